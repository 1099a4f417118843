//! Values to JSON text, by an object that can be left and come back to: what it does not know it hands out to the Coro half,
//! which asks the encoder's `default`, or for the items of a mapping with an order of its own.

use super::DEEPEST;
use crate::natives;
use crate::object::algo::{float_text, int_text, json_text};
use crate::object::call::{Args, Outcome, Signal};
use crate::object::container::Tuple;
use crate::object::dict::Dict;
use crate::object::heap::Kind;
use crate::object::number::IntRef;
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::arith::is_plain;
use rustc_hash::FxHashSet;
use std::cell::Cell;

thread_local! {
    /// The type; set when the module is made.
    static WRITER: Cell<Option<TypeRef>> = const { Cell::new(None) };
}

natives! { METHODS;
    "__new__", new, 9, MANY;
    "write", write, 2, 2;
    "resume", resume, 2, 2;
    "text", text, 1, 1;
}

pub(super) fn writer_type(vm: &mut Vm) -> TypeRef {
    let ty = vm.define_type("_json.Writer", &[], Kind::Opaque, METHODS);
    WRITER.set(Some(ty));
    ty
}

/// How to write.
struct Style {
    ascii: bool,
    /// What stands before an item, for each level; None: all in one line.
    indent: Option<String>,
    item_separator: String,
    key_separator: String,
    sort_keys: bool,
    skip_keys: bool,
    allow_nan: bool,
    check_circular: bool,
}

/// A container that is being written: what it is, and how many of its items have been dealt with.
struct Open {
    object: Ref,
    items: Items,
    at: usize,
    /// Nothing of it has been written.
    first: bool,
}

enum Items {
    /// Those of a list or tuple.
    Sequence,
    /// Those of a dict, by position.
    Entries,
    /// In an order of their own.
    Pairs(Vec<(Ref, Ref)>),
    /// The one value that `default` gave for the object.
    Default(Ref),
    /// Those that have been asked for.
    Asked,
}

struct Writer {
    style: Style,
    out: String,
    open: Vec<Open>,
    /// Addresses of the open ones.
    circular: FxHashSet<usize>,
    level: usize,
}

impl OpaqueData for Writer {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        for open in &self.open {
            visit(*open.object);
            match &open.items {
                Items::Pairs(pairs) => pairs.iter().for_each(|(key, value)| {
                    visit(**key);
                    visit(**value);
                }),
                Items::Default(value) => visit(**value),
                Items::Sequence | Items::Entries | Items::Asked => {}
            }
        }
    }

    fn clear(&mut self) {
        let open = std::mem::take(&mut self.open);
        drop(open);
    }
}

/// `Writer(ascii, indent, item_separator, key_separator, sort_keys, skip_keys, allow_nan, check_circular)`
fn new(vm: &mut Vm, args: Args) -> Outcome {
    let (Some(class), [_, ascii, indent, item, key, sort_keys, skip_keys, allow_nan, circular]) =
        (WRITER.get(), args.values)
    else {
        return Err(vm.type_error("Writer() takes exactly 8 arguments"));
    };
    let indent = match indent.as_str() {
        _ if indent.is_none() => None,
        Some(text) => Some(text.to_owned()),
        None => Some(" ".repeat(vm.index(*indent)?.clamp(0, 1 << 20) as usize)),
    };
    let item_separator = vm.text_arg(item, "item_separator")?.to_owned();
    let key_separator = vm.text_arg(key, "key_separator")?.to_owned();
    let style = Style {
        ascii: vm.truth(*ascii)?,
        indent,
        item_separator,
        key_separator,
        sort_keys: vm.truth(*sort_keys)?,
        skip_keys: vm.truth(*skip_keys)?,
        allow_nan: vm.truth(*allow_nan)?,
        check_circular: vm.truth(*circular)?,
    };
    let writer = Writer { style, out: String::new(), open: Vec::new(), circular: FxHashSet::default(), level: 0 };
    Ok(Ref::opaque(class, writer))
}

fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut Writer> {
    match args.values[0].opaque::<Writer>() {
        Some(writer) => Ok(writer),
        None => Err(vm.type_error("a '_json.Writer' object is required")),
    }
}

/// `write(value)`: None if it is written; else what has to be found out: `("default", object)` or `("items", mapping)`.
fn write(vm: &mut Vm, args: Args) -> Outcome {
    let writer = this(vm, &args)?;
    writer.write(vm, args.values[1].to_ref())
}

/// `resume(answer)`: goes on with what was found out; the answer is as that of `write`.
fn resume(vm: &mut Vm, args: Args) -> Outcome {
    let writer = this(vm, &args)?;
    let answer = args.values[1];
    match writer.open.last_mut() {
        Some(open @ Open { items: Items::Asked, .. }) => {
            let pairs = answer.as_sequence().unwrap_or_default().iter().map(|pair| match pair.get::<Tuple>() {
                Some(pair) if pair.len() == 2 => Some((pair.items()[0].clone(), pair.items()[1].clone())),
                _ => None,
            });
            match pairs.collect::<Option<Vec<_>>>() {
                Some(pairs) => open.items = Items::Pairs(pairs),
                None => return Err(vm.value_error("items must return 2-tuples")),
            }
            writer.begin_object();
            writer.go_on(vm)
        }
        Some(open) => {
            open.items = Items::Default(answer.to_ref());
            writer.write(vm, answer.to_ref())
        }
        None => Ok(Ref::NONE),
    }
}

fn text(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::str(&std::mem::take(&mut this(vm, &args)?.out)))
}

impl Writer {
    /// Writes a value, then all that is left of the open ones.
    fn write(&mut self, vm: &mut Vm, value: Ref) -> Outcome {
        match self.begin(vm, value)? {
            Some(asked) => Ok(asked),
            None => self.go_on(vm),
        }
    }

    fn go_on(&mut self, vm: &mut Vm) -> Outcome {
        while let Some(value) = self.next(vm)? {
            if let Some(asked) = self.begin(vm, value)? {
                return Ok(asked);
            }
        }
        Ok(Ref::NONE)
    }

    /// Writes a value without parts, or opens a container; a question for the caller, if there is one.
    fn begin(&mut self, vm: &mut Vm, value: Ref) -> Outcome<Option<Ref>> {
        if let Some(text) = value.as_str() {
            json_text::write_string(text, self.style.ascii, &mut self.out);
        } else if let Some(text) = word(*value) {
            self.out.push_str(text);
        } else if value.as_int().is_some() || value.as_float().is_some() {
            self.number(vm, *value)?;
        } else if let Some(items) = value.as_sequence() {
            if items.is_empty() {
                self.out.push_str("[]");
                return Ok(None);
            }
            self.push(vm, value, Items::Sequence)?;
            self.out.push('[');
            self.level += 1;
            self.new_line();
        } else if value.is_kind(Kind::Dict) {
            return self.begin_dict(vm, value);
        } else {
            self.push(vm, value.clone(), Items::Default(Ref::NONE))?;
            return Ok(Some(Ref::tuple(vec![Ref::str("default"), value])));
        }
        Ok(None)
    }

    fn begin_dict(&mut self, vm: &mut Vm, value: Ref) -> Outcome<Option<Ref>> {
        let Some(dict) = value.get::<Dict>() else { return Ok(None) };
        if dict.is_empty() {
            self.out.push_str("{}");
            return Ok(None);
        }
        let items = match is_plain(*value) {
            true if !self.style.sort_keys => Items::Entries,
            true => sorted_pairs(dict).map_or(Items::Asked, Items::Pairs),
            false => Items::Asked,
        };
        let asked = matches!(items, Items::Asked);
        self.push(vm, value.clone(), items)?;
        if asked {
            return Ok(Some(Ref::tuple(vec![Ref::str("items"), value])));
        }
        self.begin_object();
        Ok(None)
    }

    fn begin_object(&mut self) {
        self.out.push('{');
        self.level += 1;
        self.new_line();
    }

    fn push(&mut self, vm: &mut Vm, object: Ref, items: Items) -> Outcome<()> {
        if self.style.check_circular && !self.circular.insert(object.header() as usize) {
            return Err(vm.value_error("Circular reference detected"));
        }
        if self.open.len() >= DEEPEST {
            let class = vm.types.exc.recursion_error;
            return Err(vm.raise(class, "maximum recursion depth exceeded while encoding a JSON object"));
        }
        self.open.push(Open { object, items, at: 0, first: true });
        Ok(())
    }

    /// The next value to be written, with what stands before it; None: nothing is left.
    fn next(&mut self, vm: &mut Vm) -> Outcome<Option<Ref>> {
        loop {
            let Some(open) = self.open.last_mut() else { return Ok(None) };
            let at = open.at;
            open.at += 1;
            let (key, value) = match &open.items {
                Items::Sequence => match open.object.as_sequence().and_then(|items| items.get(at)) {
                    Some(item) => (None, item.clone()),
                    None => {
                        self.close(Some(']'));
                        continue;
                    }
                },
                Items::Entries => match open.object.get::<Dict>() {
                    Some(dict) if at < dict.positions() => match dict.entry(at) {
                        Some(entry) => (Some(entry.key.clone()), entry.value.clone()),
                        None => continue,
                    },
                    _ => {
                        self.close(Some('}'));
                        continue;
                    }
                },
                Items::Pairs(pairs) => match pairs.get(at) {
                    Some((key, value)) => (Some(key.clone()), value.clone()),
                    None => {
                        self.close(Some('}'));
                        continue;
                    }
                },
                Items::Default(_) | Items::Asked => {
                    self.close(None);
                    continue;
                }
            };
            if self.separate(vm, key)? {
                return Ok(Some(value));
            }
        }
    }

    /// Writes what stands before an item: separator and key. False: the item is left out.
    fn separate(&mut self, vm: &mut Vm, key: Option<Ref>) -> Outcome<bool> {
        let known = key.as_ref().is_none_or(|key| {
            key.as_str().is_some() || word(**key).is_some() || key.as_int().is_some() || key.as_float().is_some()
        });
        if !known {
            if self.style.skip_keys {
                return Ok(false);
            }
            let name = key.map_or_else(String::new, |key| vm.type_name(*key));
            return Err(vm.type_error(format!("keys must be str, int, float, bool or None, not {name}")));
        }
        let first = self.open.last_mut().is_none_or(|open| std::mem::replace(&mut open.first, false));
        if !first {
            self.out.push_str(&self.style.item_separator);
            self.new_line();
        }
        let Some(key) = key else { return Ok(true) };
        match key.as_str() {
            Some(text) => json_text::write_string(text, self.style.ascii, &mut self.out),
            None => {
                self.out.push('"');
                match word(*key) {
                    Some(word) => self.out.push_str(word),
                    None => self.number(vm, *key)?,
                }
                self.out.push('"');
            }
        }
        self.out.push_str(&self.style.key_separator);
        Ok(true)
    }

    /// Closes the innermost container.
    fn close(&mut self, bracket: Option<char>) {
        if let Some(bracket) = bracket {
            self.level -= 1;
            self.new_line();
            self.out.push(bracket);
        }
        if let Some(open) = self.open.pop() {
            self.circular.remove(&(open.object.header() as usize));
        }
    }

    fn new_line(&mut self) {
        if let Some(indent) = &self.style.indent {
            self.out.push('\n');
            (0..self.level).for_each(|_| self.out.push_str(indent));
        }
    }

    /// Writes an int or a float, whatever a subclass says of its representation.
    fn number(&mut self, vm: &mut Vm, value: Value) -> Outcome<()> {
        match value.as_int() {
            Some(IntRef::Small(int)) => self.out.push_str(int_text::small_to_decimal(int, &mut [0; 20])),
            Some(IntRef::Big(int)) => {
                let limit = vm.digit_limit();
                self.out.push_str(&vm.checked(int_text::big_to_decimal(int, limit))?);
            }
            None => {
                let float = value.as_float().unwrap_or_default();
                if !float.is_finite() && !self.style.allow_nan {
                    return Err(self.not_compliant(vm, float));
                }
                self.out.push_str(&match float {
                    _ if float.is_nan() => "NaN".into(),
                    f64::INFINITY => "Infinity".into(),
                    f64::NEG_INFINITY => "-Infinity".into(),
                    _ => std::borrow::Cow::Owned(float_text::repr_float(float)),
                });
            }
        }
        Ok(())
    }

    fn not_compliant(&self, vm: &mut Vm, float: f64) -> Signal {
        let shown = float_text::repr_float(float);
        vm.value_error(format!("Out of range float values are not JSON compliant: {shown}"))
    }
}

/// The words of JSON.
fn word(value: Value) -> Option<&'static str> {
    match value {
        Value::NONE => Some("null"),
        Value::TRUE => Some("true"),
        Value::FALSE => Some("false"),
        _ => None,
    }
}

/// The entries in order of their keys; None if those are not all strings themselves.
fn sorted_pairs(dict: &Dict) -> Option<Vec<(Ref, Ref)>> {
    let text = |key: &Ref| key.is_kind(Kind::Str) && is_plain(**key);
    let mut pairs: Vec<(Ref, Ref)> = dict
        .iter()
        .map(|entry| text(&entry.key).then(|| (entry.key.clone(), entry.value.clone())))
        .collect::<Option<_>>()?;
    pairs.sort_by(|(a, _), (b, _)| a.as_str().cmp(&b.as_str()));
    Some(pairs)
}
