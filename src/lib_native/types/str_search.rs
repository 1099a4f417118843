//! `str`: finding, counting, replacing, translating.

use super::str_::this;
use super::str_split::part_of;
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::algo::slice_index::clamp_bounds;
use crate::object::algo::str_search::{self, Translation};
use crate::object::call::{Args, Outcome, Signal};
use crate::object::dict::Dict;
use crate::object::text::Str;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;

/// A part of a text, and the code point where it begins.
struct Window<'a> {
    text: &'a Str,
    start: usize,
    part: &'a str,
}

impl Window<'_> {
    /// The position of what was found at a byte of the part, in code points; -1 for nothing.
    fn position(&self, found: Option<usize>) -> Ref {
        Ref::int(match found {
            None => -1,
            Some(at) if self.text.is_ascii() => (self.start + at) as i64,
            Some(at) => (self.start + str_search::char_count(&self.part[..at])) as i64,
        })
    }
}

/// The part of `self` within the bounds that are arguments 2 and 3. `None`: the bounds cross, so nothing is found, not even
/// the empty string.
fn window<'a>(vm: &mut Vm, args: Args<'a>) -> Outcome<Option<Window<'a>>> {
    let start = vm.bound(args.values.get(2).copied())?;
    let end = vm.bound(args.values.get(3).copied())?;
    let Some(text) = args.values[0].get::<Str>() else { return Ok(None) };
    if start.is_none() && end.is_none() {
        return Ok(Some(Window { text, start: 0, part: text.as_str() }));
    }
    let bounds = clamp_bounds(start, end, text.char_len());
    Ok(bounds.map(|(start, end)| Window { text, start, part: text.slice(start, end) }))
}

/// The text that is looked for.
fn sought<'a>(vm: &mut Vm, args: Args<'a>, function: &str) -> Outcome<&'a str> {
    match args.values[1].as_str() {
        Some(text) => Ok(text),
        None => {
            let name = vm.arg_type_name(args.values[1]);
            Err(vm.type_error(format!("{function}() argument 1 must be str, not {name}")))
        }
    }
}

type Search = fn(&str, &str) -> Option<usize>;

/// `find` and `rfind`.
fn search(vm: &mut Vm, args: Args, function: &str, search: Search) -> Outcome {
    let sub = sought(vm, args, function)?;
    Ok(match window(vm, args)? {
        Some(window) => window.position(search(window.part, sub)),
        None => Ref::int(-1),
    })
}

fn find(vm: &mut Vm, args: Args) -> Outcome {
    search(vm, args, "find", str_search::find)
}

fn rfind(vm: &mut Vm, args: Args) -> Outcome {
    search(vm, args, "rfind", str_search::rfind)
}

fn index(vm: &mut Vm, args: Args) -> Outcome {
    let found = search(vm, args, "index", str_search::find)?;
    if *found == Value::small_int(-1) { Err(vm.fault(str_search::not_found())) } else { Ok(found) }
}

fn rindex(vm: &mut Vm, args: Args) -> Outcome {
    let found = search(vm, args, "rindex", str_search::rfind)?;
    if *found == Value::small_int(-1) { Err(vm.fault(str_search::not_found())) } else { Ok(found) }
}

fn count(vm: &mut Vm, args: Args) -> Outcome {
    let sub = sought(vm, args, "count")?;
    let window = window(vm, args)?;
    Ok(Ref::int(window.map_or(0, |window| str_search::count(window.part, sub) as i64)))
}

type Test = fn(&str, &str) -> bool;

/// `startswith` and `endswith`: a string or a tuple of strings.
fn test_affix(vm: &mut Vm, args: Args, function: &str, test: Test) -> Outcome {
    let window = window(vm, args)?;
    let test = |affix: &str| window.as_ref().is_some_and(|window| test(window.part, affix));
    let affix = args.values[1];
    if let Some(affix) = affix.as_str() {
        return Ok(Ref::bool(test(affix)));
    }
    let Some(tuple) = affix.get::<crate::object::container::Tuple>() else {
        let name = vm.type_name(affix);
        return Err(vm.type_error(format!("{function} first arg must be str or a tuple of str, not {name}")));
    };
    for item in tuple.values() {
        let Some(text) = item.as_str() else {
            let name = vm.type_name(*item);
            return Err(vm.type_error(format!("tuple for {function} must only contain str, not {name}")));
        };
        if test(text) {
            return Ok(Ref::bool(true));
        }
    }
    Ok(Ref::bool(false))
}

fn startswith(vm: &mut Vm, args: Args) -> Outcome {
    test_affix(vm, args, "startswith", |text, prefix| text.starts_with(prefix))
}

fn endswith(vm: &mut Vm, args: Args) -> Outcome {
    test_affix(vm, args, "endswith", |text, suffix| text.ends_with(suffix))
}

fn removeprefix(vm: &mut Vm, args: Args) -> Outcome {
    let prefix = vm.text_arg(&args.values[1], "removeprefix() argument")?;
    let text = this(args);
    Ok(part_of(args.values[0], text.strip_prefix(prefix).unwrap_or(text)))
}

fn removesuffix(vm: &mut Vm, args: Args) -> Outcome {
    let suffix = vm.text_arg(&args.values[1], "removesuffix() argument")?;
    let text = this(args);
    Ok(part_of(args.values[0], text.strip_suffix(suffix).unwrap_or(text)))
}

/// `replace(old, new, count=-1)`
fn replace(vm: &mut Vm, args: Args) -> Outcome {
    let parameters = Parameters { function: "replace", names: ["", "", "count"], required: 2, positional: 3 };
    let [old, new, count] = parameters.bind(vm, args, 1)?;
    let (old, new) = (old.unwrap_or(Value::NONE), new.unwrap_or(Value::NONE));
    let old = vm.text_arg(&old, "replace() argument 1")?;
    let new = vm.text_arg(&new, "replace() argument 2")?;
    let max = vm.count_limit(count)?;
    if old == new {
        return Ok(part_of(args.values[0], this(args)));
    }
    match vm.checked(str_search::replace(this(args), old, new, max))? {
        Some(text) => Ok(Ref::str(&text)),
        None => Ok(part_of(args.values[0], this(args))),
    }
}

/// `translate(table)`: each code point is looked up; LookupError keeps it.
fn translate(vm: &mut Vm, args: Args) -> Outcome {
    let table = args.values[1];
    let text = str_search::translate(this(args), |c| look_up(vm, table, c))?;
    Ok(Ref::str(&text))
}

fn look_up(vm: &mut Vm, table: Value, c: char) -> Outcome<Translation> {
    let key = Value::small_int(c as i64);
    let found = match table.get::<Dict>() {
        Some(dict) if crate::vm::protocol::arith::is_plain(table) => {
            let hash = vm.hash(key)?;
            match dict.find(hash, |k| vm.equal(k, key))? {
                Some(at) => dict.value_at(at).to_ref(),
                None => return Ok(Translation::Keep),
            }
        }
        _ => {
            let outcome = vm.get_item(table, key);
            match vm.settle(outcome) {
                Ok(found) => found,
                Err(Signal::Raised) if vm.raised_is(vm.types.exc.lookup_error) => {
                    drop(vm.take_raised());
                    return Ok(Translation::Keep);
                }
                Err(signal) => return Err(signal),
            }
        }
    };
    if found.is_none() {
        return Ok(Translation::Delete);
    }
    if let Some(text) = found.as_str() {
        return Ok(Translation::Text(text.to_owned()));
    }
    let Some(code) = found.as_int() else {
        return Err(vm.type_error("character mapping must return integer, None or str"));
    };
    let code = match code {
        crate::object::number::IntRef::Small(code) => u32::try_from(code).ok(),
        crate::object::number::IntRef::Big(_) => None,
    };
    match code.and_then(char::from_u32) {
        Some(c) => Ok(Translation::Char(c)),
        None => Err(vm.value_error("character mapping must be in range(0x110000)")),
    }
}

/// `maketrans(x)`, `maketrans(x, y)`, `maketrans(x, y, z)`
fn maketrans(vm: &mut Vm, args: Args) -> Outcome {
    let result = Dict::alloc(Dict::new());
    if let [table] = args.values {
        let Some(dict) = table.get::<Dict>() else {
            return Err(vm.type_error("if you give only one argument to maketrans it must be a dict"));
        };
        let entries: Vec<_> = dict.iter().map(|e| (e.key.clone(), e.value.clone())).collect();
        for (key, value) in entries {
            let key = match key.get::<Str>() {
                Some(text) if text.char_len() == 1 => code_of(text.as_str()),
                Some(_) => return Err(vm.value_error("string keys in translate table must be of length 1")),
                None if key.as_int().is_some() => key,
                None => return Err(vm.type_error("keys in translate table must be strings or integers")),
            };
            store(vm, &result, key, value)?;
        }
        return Ok(result);
    }
    let to = vm.text_arg(&args.values[1], "maketrans() argument 2")?;
    let gone = match args.values.get(2) {
        Some(gone) => vm.text_arg(gone, "maketrans() argument 3")?,
        None => "",
    };
    let Some(from) = args.values[0].as_str() else {
        return Err(vm.type_error("first maketrans argument must be a string if there is a second argument"));
    };
    if from.chars().count() != to.chars().count() {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    for (x, y) in from.chars().zip(to.chars()) {
        store(vm, &result, Ref::int(x as i64), Ref::int(y as i64))?;
    }
    for c in gone.chars() {
        store(vm, &result, Ref::int(c as i64), Ref::NONE)?;
    }
    Ok(result)
}

fn code_of(text: &str) -> Ref {
    Ref::int(text.chars().next().map_or(0, |c| c as i64))
}

fn store(vm: &mut Vm, dict: &Ref, key: Ref, value: Ref) -> Outcome<()> {
    let hash = vm.hash(*key)?;
    vm.dict_store(**dict, hash, key, value)
}

natives! {
    METHODS;
    "find", find, 2, 4;
    "rfind", rfind, 2, 4;
    "index", index, 2, 4;
    "rindex", rindex, 2, 4;
    "count", count, 2, 4;
    "startswith", startswith, 2, 4;
    "endswith", endswith, 2, 4;
    "removeprefix", removeprefix, 2, 2;
    "removesuffix", removesuffix, 2, 2;
    "replace", replace, 1, MANY, keywords;
    "translate", translate, 2, 2;
}

natives! {
    STATIC_METHODS;
    "maketrans", maketrans, 1, 3;
}

pub fn install(vm: &mut Vm) {
    let ty = vm.types.str_;
    vm.add_methods(ty, METHODS);
    vm.add_static_methods(ty, STATIC_METHODS);
}
