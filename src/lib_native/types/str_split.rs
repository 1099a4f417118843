//! `str`: splitting, joining, stripping.

use super::str_::this;
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::algo::str_split::{self, Ends};
use crate::object::call::{Args, Outcome};
use crate::object::text::Str;
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::arith::is_plain;

/// Parts from which on a list has no room left over.
const LONG: usize = 64;

/// Parts of `self` as a list.
fn list_of(args: Args, parts: Vec<&str>) -> Ref {
    Ref::list(parts.into_iter().map(|part| part_of(args.values[0], part)).collect())
}

/// A part of the text of `whole`, which is the result itself if that is all of it.
pub(super) fn part_of(whole: Value, part: &str) -> Ref {
    match whole.get::<Str>() {
        Some(text) if text.as_str().len() == part.len() && is_plain(whole) => whole.to_ref(),
        Some(text) => text.part(part),
        None => Ref::str(part),
    }
}

/// Separator and limit of `split` and `rsplit`.
fn split_args(vm: &mut Vm, args: Args, function: &'static str) -> Outcome<(Option<Ref>, Option<usize>)> {
    let parameters = Parameters { function, names: ["sep", "maxsplit"], required: 0, positional: 2 };
    let [separator, max] = parameters.bind(vm, args, 1)?;
    let max = vm.count_limit(max)?;
    let Some(separator) = separator.filter(|v| !v.is_none()) else { return Ok((None, max)) };
    if separator.as_str().is_none() {
        let name = vm.type_name(separator);
        return Err(vm.type_error(format!("must be str or None, not {name}")));
    }
    Ok((Some(separator.to_ref()), max))
}

fn split(vm: &mut Vm, args: Args) -> Outcome {
    let (separator, max) = split_args(vm, args, "split")?;
    let mut items = Vec::new();
    let take = |piece: &str| items.push(part_of(args.values[0], piece));
    match separator.as_ref().and_then(|s| s.as_str()) {
        None => str_split::split_whitespace(this(args), max, take),
        Some(separator) => vm.checked(str_split::split(this(args), separator, max, take))?,
    }
    if items.len() > LONG {
        items.shrink_to_fit();
    }
    Ok(Ref::list(items))
}

fn rsplit(vm: &mut Vm, args: Args) -> Outcome {
    let (separator, max) = split_args(vm, args, "rsplit")?;
    let parts = match separator.as_ref().and_then(|s| s.as_str()) {
        None => str_split::rsplit_whitespace(this(args), max),
        Some(separator) => vm.checked(str_split::rsplit(this(args), separator, max))?,
    };
    Ok(list_of(args, parts))
}

/// `splitlines(keepends=False)`
fn splitlines(vm: &mut Vm, args: Args) -> Outcome {
    let parameters = Parameters { function: "splitlines", names: ["keepends"], required: 0, positional: 1 };
    let [keep] = parameters.bind(vm, args, 1)?;
    let keep = match keep {
        None => false,
        Some(keep) => vm.truth(keep)?,
    };
    Ok(list_of(args, str_split::splitlines(this(args), keep)))
}

fn triple(args: Args, parts: (&str, &str, &str)) -> Ref {
    // What is not cut is handed back as it is, also an instance of a subclass.
    let part = |part: &str| match part.len() == this(args).len() {
        true => args.values[0].to_ref(),
        false => part_of(args.values[0], part),
    };
    Ref::tuple(vec![part(parts.0), part(parts.1), part(parts.2)])
}

fn partition(vm: &mut Vm, args: Args) -> Outcome {
    let separator = plain_text(vm, &args.values[1])?;
    vm.checked(str_split::partition(this(args), separator)).map(|parts| triple(args, parts))
}

fn rpartition(vm: &mut Vm, args: Args) -> Outcome {
    let separator = plain_text(vm, &args.values[1])?;
    vm.checked(str_split::rpartition(this(args), separator)).map(|parts| triple(args, parts))
}

fn plain_text<'a>(vm: &mut Vm, value: &'a Value) -> Outcome<&'a str> {
    match value.as_str() {
        Some(text) => Ok(text),
        None => {
            let name = vm.type_name(*value);
            Err(vm.type_error(format!("must be str, not {name}")))
        }
    }
}

fn stripped(vm: &mut Vm, args: Args, function: &str, ends: Ends) -> Outcome {
    let chars = match args.values.get(1).filter(|v| !v.is_none()) {
        None => None,
        Some(chars) => match chars.as_str() {
            Some(chars) => Some(chars),
            None => return Err(vm.type_error(format!("{function} arg must be None or str"))),
        },
    };
    Ok(part_of(args.values[0], str_split::strip(this(args), chars, ends)))
}

fn strip(vm: &mut Vm, args: Args) -> Outcome {
    stripped(vm, args, "strip", Ends::Both)
}

fn lstrip(vm: &mut Vm, args: Args) -> Outcome {
    stripped(vm, args, "lstrip", Ends::Left)
}

fn rstrip(vm: &mut Vm, args: Args) -> Outcome {
    stripped(vm, args, "rstrip", Ends::Right)
}

/// `join(iterable)`; what only Coro code can walk is collected by the prelude, which comes back with a list.
fn join(vm: &mut Vm, args: Args) -> Outcome {
    let iterable = args.values[1];
    if let Some(items) = iterable.as_sequence() {
        if is_plain(iterable) {
            return join_items(vm, args.values[0], items);
        }
    }
    if let Some(items) = vm.collect_native(iterable)? {
        return join_items(vm, args.values[0], &items);
    }
    if !vm.is_iterable(iterable) {
        return Err(vm.type_error("can only join an iterable"));
    }
    Err(vm.tail_prelude("join_items", &[args.values[0], iterable]))
}

fn join_items(vm: &mut Vm, separator: Value, items: &[Ref]) -> Outcome {
    if let Some(at) = items.iter().position(|item| !item.is_kind(Kind::Str)) {
        let name = vm.type_name(*items[at]);
        return Err(vm.type_error(format!("sequence item {at}: expected str instance, {name} found")));
    }
    match items {
        [] => Ok(Ref::str("")),
        [only] if is_plain(**only) => Ok(only.clone()),
        _ => Ok(separator.get::<Str>().map_or(Ref::NONE, |separator| separator.join(items))),
    }
}

natives! {
    METHODS;
    "split", split, 1, MANY, keywords;
    "rsplit", rsplit, 1, MANY, keywords;
    "splitlines", splitlines, 1, MANY, keywords;
    "partition", partition, 2, 2;
    "rpartition", rpartition, 2, 2;
    "strip", strip, 1, 2;
    "lstrip", lstrip, 1, 2;
    "rstrip", rstrip, 1, 2;
    "join", join, 2, 2;
}

pub fn install(vm: &mut Vm) {
    let ty = vm.types.str_;
    vm.add_methods(ty, METHODS);
}
