//! `Pattern.sub`, `Pattern.subn`, `Match.expand`: replacements by a template; those by a function are made in Coro
//! (`lib_coro/prelude/patterns.co`).

use super::pattern::{self, each_match};
use super::{characters, refuse, scanner, subject, types};
use crate::lib_native::arguments::Parameters;
use crate::object::algo::regex::Found;
use crate::object::algo::regex::template::{self as syntax, Piece};
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use std::rc::Rc;

/// A replacement text taken apart.
pub struct Template {
    parts: Vec<Part>,
    /// Of a `str`; else of bytes.
    text: bool,
}

enum Part {
    Literal(Vec<u8>),
    Group(usize),
}

impl Template {
    fn new(pieces: Vec<Piece>, text: bool) -> Template {
        let bytes = |literal: String| match text {
            true => literal.into_bytes(),
            false => literal.chars().map(|c| c as u8).collect(),
        };
        let part = |piece| match piece {
            Piece::Literal(literal) => Part::Literal(bytes(literal)),
            Piece::Group(group) => Part::Group(group),
        };
        Template { parts: pieces.into_iter().map(part).collect(), text }
    }

    /// Appends the replacement of a match.
    ///
    /// # Errors
    /// TypeError if the template and the string are not of one kind.
    pub fn append(&self, vm: &mut Vm, string: Value, found: &Found, out: &mut Vec<u8>) -> Outcome<()> {
        if self.text != string.as_str().is_some() {
            let kinds = if self.text { ("a bytes-like object", "str") } else { ("str instance", "bytes") };
            return Err(vm.type_error(format!("sequence item 1: expected {}, {} found", kinds.0, kinds.1)));
        }
        let bytes = subject::whole(&string);
        for part in &self.parts {
            match part {
                Part::Literal(literal) => out.extend_from_slice(literal),
                Part::Group(group) => {
                    if let Some(&[start, end]) = found.slots.get(2 * group..2 * group + 2)
                        && end != usize::MAX
                    {
                        out.extend_from_slice(bytes.get(start..end).unwrap_or_default());
                    }
                }
            }
        }
        Ok(())
    }

    /// The text as an object.
    pub fn finish(&self, out: Vec<u8>) -> Ref {
        finish(out, self.text)
    }
}

/// A `str` or bytes; all that is put together for a `str` is UTF-8.
fn finish(out: Vec<u8>, text: bool) -> Ref {
    match text {
        true => Ref::str(&String::from_utf8_lossy(&out)),
        false => Ref::bytes(out),
    }
}

/// The template for a pattern, from its memory if it was the last one used.
pub fn template(vm: &mut Vm, pattern: Value, given: Value) -> Outcome<Rc<Template>> {
    let own = pattern::this(vm, &pattern)?;
    if let Some((known, template)) = &own.template
        && (**known == given || (given.as_str().is_some() && known.as_str() == given.as_str()))
    {
        return Ok(template.clone());
    }
    let Some((chars, text)) = characters(given) else {
        let name = vm.type_name(given);
        return Err(vm.type_error(format!("decoding to str: need a bytes-like object, {name} found")));
    };
    match syntax::parse(&chars, text, &own.regex) {
        Err(error) => Err(refuse(vm, error, given)),
        Ok(pieces) => {
            let template = Rc::new(Template::new(pieces, text));
            let old = own.template.replace((given.to_ref(), template.clone()));
            drop(old);
            Ok(template)
        }
    }
}

/// `sub(repl, string, count=0)`
pub fn sub(vm: &mut Vm, args: Args) -> Outcome {
    replace(vm, args, "sub", false)
}

/// The same with the number of replacements.
pub fn subn(vm: &mut Vm, args: Args) -> Outcome {
    replace(vm, args, "subn", true)
}

fn replace(vm: &mut Vm, args: Args, function: &'static str, counted: bool) -> Outcome {
    let parameters = Parameters { function, names: ["repl", "string", "count"], required: 2, positional: 3 };
    let [repl, string, count] = parameters.bind(vm, args, 1)?;
    let (repl, string) = (repl.unwrap_or(Value::NONE), string.unwrap_or(Value::NONE));
    let most = count.map_or(Ok(0), |count| vm.index(count))?;
    let text = pattern::this(vm, &args.values[0])?.text;
    subject::check(vm, string, text)?;
    if vm.is_callable(repl) {
        let class = types(vm)?.iterator;
        let matches = scanner::alloc(class, scanner::Scan::new(args.values[0], string, 0, i64::MAX));
        let (most, counted) = (Ref::int(most), Value::bool(counted));
        return Err(vm.tail_prelude("substitute", &[*matches, repl, string, *most, counted]));
    }
    let template = template(vm, args.values[0], repl)?;
    let (result, count) = by_template(vm, args.values[0], &template, string, most)?;
    Ok(if counted { Ref::tuple(vec![result, Ref::int(count)]) } else { result })
}

/// The string with up to `most` (0: all) matches replaced, and their number.
fn by_template(vm: &mut Vm, pattern: Value, template: &Template, string: Value, most: i64) -> Outcome<(Ref, i64)> {
    let pattern = pattern::this(vm, &pattern)?;
    let bytes = subject::whole(&string);
    let (mut out, mut at, mut count) = (Vec::new(), 0, 0);
    if most >= 0 {
        each_match(vm, &pattern.regex, bytes, 0, |vm, found| {
            out.extend_from_slice(&bytes[at..found.slots[0]]);
            template.append(vm, string, found, &mut out)?;
            at = found.slots[1];
            count += 1;
            Ok(count != most)
        })?;
    }
    out.extend_from_slice(&bytes[at..]);
    Ok((finish(out, pattern.text), count))
}
