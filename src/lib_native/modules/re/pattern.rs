//! `re.Pattern`.

use super::matched::Match;
use super::scanner::{self, Scan};
use super::{find, replace, subject, types};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::algo::regex::flags::{self, Flags};
use crate::object::algo::regex::{Found, Mode, Regex, Request};
use crate::object::algo::str_repr;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::opaque::OpaqueData;
use crate::object::reflect::{GenericAlias, MappingProxy};
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use std::rc::Rc;

pub struct Pattern {
    pub regex: Regex,
    /// The str or bytes it was made from.
    pub source: Ref,
    /// For `str`; else for bytes-like objects.
    pub text: bool,
    /// The template used last, taken apart.
    pub template: Option<(Ref, Rc<replace::Template>)>,
}

impl OpaqueData for Pattern {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(self.source.value());
        if let Some((template, _)) = &self.template {
            visit(template.value());
        }
    }
}

natives! { METHODS;
    "match", match_, 1, 4, keywords;
    "fullmatch", full_match, 1, 4, keywords;
    "search", search, 1, 4, keywords;
    "findall", find_all, 1, 4, keywords;
    "finditer", find_iter, 1, 4, keywords;
    "scanner", scanner, 1, 4, keywords;
    "split", split, 1, 3, keywords;
    "sub", replace::sub, 1, 4, keywords;
    "subn", replace::subn, 1, 4, keywords;
    "__copy__", itself, 1, 1;
    "__deepcopy__", itself, 2, 2;
    "__repr__", repr, 1, 1;
    "__eq__", eq, 2, 2;
    "__hash__", hash, 1, 1;
    "__class_getitem__", class_getitem, 2, 2;
}

natives! { GETTERS;
    "pattern", pattern, 1, 1;
    "flags", flags, 1, 1;
    "groups", groups, 1, 1;
    "groupindex", group_index, 1, 1;
}

/// A new Pattern object.
pub fn alloc(vm: &mut Vm, regex: Regex, source: Value, text: bool) -> Outcome {
    let class = types(vm)?.pattern;
    let source = source.to_ref();
    Ok(Ref::opaque(class, Pattern { regex, source, text, template: None }))
}

/// The receiver's data. Not to be kept across anything that runs Coro code.
pub fn this<'a>(vm: &mut Vm, value: &'a Value) -> Outcome<&'a mut Pattern> {
    match value.opaque::<Pattern>() {
        Some(pattern) => Ok(pattern),
        None => {
            let given = vm.type_name(*value);
            Err(vm.type_error(format!("descriptor requires a 're.Pattern' object but received a '{given}'")))
        }
    }
}

/// `(string, pos, endpos)` of most methods, checked.
fn where_to(vm: &mut Vm, args: Args, function: &'static str) -> Outcome<(Value, i64, i64)> {
    let parameters = Parameters { function, names: ["string", "pos", "endpos"], required: 1, positional: 3 };
    let [string, pos, endpos] = parameters.bind(vm, args, 1)?;
    let pos = pos.map_or(Ok(0), |pos| vm.index(pos))?;
    let endpos = endpos.map_or(Ok(i64::MAX), |endpos| vm.index(endpos))?;
    let string = string.unwrap_or(Value::NONE);
    let text = this(vm, &args.values[0])?.text;
    subject::check(vm, string, text)?;
    Ok((string, pos, endpos))
}

fn match_at(vm: &mut Vm, args: Args, function: &'static str, mode: Mode) -> Outcome {
    let (string, pos, endpos) = where_to(vm, args, function)?;
    let Some(part) = subject::between(&string, pos, endpos) else { return Ok(Ref::NONE) };
    let request = Request { mode, start: part.start, not_empty: false };
    let regex = &this(vm, &args.values[0])?.regex;
    match find(vm, regex, part.bytes, request)? {
        Some(found) => Match::alloc(vm, args.values[0], string, found, (part.pos, part.endpos)),
        None => Ok(Ref::NONE),
    }
}

fn match_(vm: &mut Vm, args: Args) -> Outcome {
    match_at(vm, args, "match", Mode::Match)
}

fn full_match(vm: &mut Vm, args: Args) -> Outcome {
    match_at(vm, args, "fullmatch", Mode::Full)
}

fn search(vm: &mut Vm, args: Args) -> Outcome {
    match_at(vm, args, "search", Mode::Search)
}

/// Calls back with each match of the string's part, in order, until `each` says false.
pub fn each_match(
    vm: &mut Vm,
    regex: &Regex,
    bytes: &[u8],
    start: usize,
    mut each: impl FnMut(&mut Vm, &Found) -> Outcome<bool>,
) -> Outcome<()> {
    let mut request = Request { mode: Mode::Search, start, not_empty: false };
    while let Some(found) = find(vm, regex, bytes, request)? {
        let (start, end) = (found.slots[0], found.slots[1]);
        if !each(vm, &found)? {
            break;
        }
        request = Request { mode: Mode::Search, start: end, not_empty: start == end };
    }
    Ok(())
}

/// A group as an object; `absent` if it took no part.
pub fn group_of(string: Value, found: &Found, group: usize, absent: &Ref) -> Ref {
    match found.slots.get(2 * group..2 * group + 2) {
        Some(&[start, end]) if start != usize::MAX && end != usize::MAX => subject::piece(string, start, end),
        _ => absent.clone(),
    }
}

fn find_all(vm: &mut Vm, args: Args) -> Outcome {
    let (string, pos, endpos) = where_to(vm, args, "findall")?;
    let mut items = Vec::new();
    if let Some(part) = subject::between(&string, pos, endpos) {
        let regex = &this(vm, &args.values[0])?.regex;
        let empty = subject::piece(string, 0, 0);
        each_match(vm, regex, part.bytes, part.start, |_, found| {
            items.push(match regex.groups {
                0 => group_of(string, found, 0, &empty),
                1 => group_of(string, found, 1, &empty),
                groups => Ref::tuple((1..=groups).map(|group| group_of(string, found, group, &empty)).collect()),
            });
            Ok(true)
        })?;
    }
    Ok(Ref::list(items))
}

fn find_iter(vm: &mut Vm, args: Args) -> Outcome {
    let (string, pos, endpos) = where_to(vm, args, "finditer")?;
    let class = types(vm)?.iterator;
    Ok(scanner::alloc(class, Scan::new(args.values[0], string, pos, endpos)))
}

fn scanner(vm: &mut Vm, args: Args) -> Outcome {
    let (string, pos, endpos) = where_to(vm, args, "scanner")?;
    let class = types(vm)?.scanner;
    Ok(scanner::alloc(class, Scan::new(args.values[0], string, pos, endpos)))
}

fn split(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<2> =
        Parameters { function: "split", names: ["string", "maxsplit"], required: 1, positional: 2 };
    let [string, most] = PARAMETERS.bind(vm, args, 1)?;
    let most = most.map_or(Ok(0), |most| vm.index(most))?;
    let string = string.unwrap_or(Value::NONE);
    let pattern = this(vm, &args.values[0])?;
    subject::check(vm, string, pattern.text)?;
    let (mut items, mut at, mut count) = (Vec::new(), 0, 0);
    let bytes = subject::whole(&string);
    if most >= 0 {
        each_match(vm, &pattern.regex, bytes, 0, |_, found| {
            items.push(subject::piece(string, at, found.slots[0]));
            items.extend((1..=pattern.regex.groups).map(|group| group_of(string, found, group, &Ref::NONE)));
            at = found.slots[1];
            count += 1;
            Ok(count != most)
        })?;
    }
    items.push(subject::piece(string, at, bytes.len()));
    Ok(Ref::list(items))
}

fn itself(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].to_ref())
}

/// Names of the flags in the order of their values.
const FLAG_NAMES: [(Flags, &str); 8] = [
    (flags::IGNORECASE, "re.IGNORECASE"),
    (flags::LOCALE, "re.LOCALE"),
    (flags::MULTILINE, "re.MULTILINE"),
    (flags::DOTALL, "re.DOTALL"),
    (flags::UNICODE, "re.UNICODE"),
    (flags::VERBOSE, "re.VERBOSE"),
    (128, "re.DEBUG"),
    (flags::ASCII, "re.ASCII"),
];

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let pattern = this(vm, &args.values[0])?;
    let shown = match pattern.source.as_str() {
        Some(text) => str_repr::repr_str(text),
        None => str_repr::repr_bytes(pattern.source.as_bytes().unwrap_or_default()),
    };
    let shown: String = shown.chars().take(200).collect();
    let mut left = pattern.regex.flags;
    if pattern.text && left & flags::TYPES == flags::UNICODE {
        left &= !flags::UNICODE;
    }
    let mut names = Vec::new();
    for (flag, name) in FLAG_NAMES {
        if left & flag != 0 {
            names.push(name.to_owned());
            left &= !flag;
        }
    }
    if left != 0 {
        names.push(format!("{left:#x}"));
    }
    let separator = if names.is_empty() { "" } else { ", " };
    Ok(Ref::str(&format!("re.compile({shown}{separator}{})", names.join("|"))))
}

fn eq(vm: &mut Vm, args: Args) -> Outcome {
    let Some(other) = args.values[1].opaque::<Pattern>() else { return Ok(Value::NOT_IMPLEMENTED.to_ref()) };
    let own = this(vm, &args.values[0])?;
    let same = own.regex.flags == other.regex.flags && own.text == other.text;
    let (a, b) = (own.source.clone(), other.source.clone());
    Ok(Ref::bool(same && vm.equal(*a, *b)?))
}

fn hash(vm: &mut Vm, args: Args) -> Outcome {
    let pattern = this(vm, &args.values[0])?;
    let flags = i64::from(pattern.regex.flags);
    let source = pattern.source.clone();
    let hash = vm.hash(*source)?;
    // An int object's hash is its value modulo the prime of CPython's hashes: near enough to the value here.
    Ok(Ref::int((hash ^ flags) >> 3))
}

fn class_getitem(_: &mut Vm, args: Args) -> Outcome {
    Ok(GenericAlias::alloc(args.values[0].to_ref(), args.values[1].to_ref()))
}

fn pattern(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this(vm, &args.values[0])?.source.clone())
}

fn flags(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(i64::from(this(vm, &args.values[0])?.regex.flags)))
}

fn groups(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this(vm, &args.values[0])?.regex.groups as i64))
}

fn group_index(vm: &mut Vm, args: Args) -> Outcome {
    let mut names = Dict::new();
    for (name, group) in &this(vm, &args.values[0])?.regex.names {
        let old = names.set_atom(atom::intern(name), Ref::int(*group as i64));
        drop(old);
    }
    Ok(MappingProxy::alloc(Dict::alloc(names)))
}
