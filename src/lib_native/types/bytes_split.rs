//! `bytes` and `bytearray`: splitting, joining, stripping.

use super::bytes_::{like, part, this};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::algo::byte_ops;
use crate::object::algo::str_split::Ends;
use crate::object::call::{Args, Outcome};
use crate::object::heap::Kind;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::arith::is_plain;

fn list_of(args: Args, parts: Vec<&[u8]>) -> Ref {
    Ref::list(parts.into_iter().map(|bytes| part(args, bytes)).collect())
}

/// Separator and limit of `split` and `rsplit`.
fn split_args(vm: &mut Vm, args: Args, function: &'static str) -> Outcome<(Option<Vec<u8>>, Option<usize>)> {
    let parameters = Parameters { function, names: ["sep", "maxsplit"], required: 0, positional: 2 };
    let [separator, max] = parameters.bind(vm, args, 1)?;
    let max = vm.count_limit(max)?;
    match separator.filter(|v| !v.is_none()) {
        None => Ok((None, max)),
        Some(separator) => Ok((Some(vm.bytes_like(&separator)?.to_vec()), max)),
    }
}

fn split(vm: &mut Vm, args: Args) -> Outcome {
    let (separator, max) = split_args(vm, args, "split")?;
    vm.checked(byte_ops::split(this(args), separator.as_deref(), max)).map(|parts| list_of(args, parts))
}

fn rsplit(vm: &mut Vm, args: Args) -> Outcome {
    let (separator, max) = split_args(vm, args, "rsplit")?;
    vm.checked(byte_ops::rsplit(this(args), separator.as_deref(), max)).map(|parts| list_of(args, parts))
}

/// `splitlines(keepends=False)`
fn splitlines(vm: &mut Vm, args: Args) -> Outcome {
    let parameters = Parameters { function: "splitlines", names: ["keepends"], required: 0, positional: 1 };
    let [keep] = parameters.bind(vm, args, 1)?;
    let keep = match keep {
        None => false,
        Some(keep) => vm.truth(keep)?,
    };
    Ok(list_of(args, byte_ops::splitlines(this(args), keep)))
}

/// What `partition` gives; bytes without the separator are in it as they are, be they of a subclass.
fn triple(args: Args, parts: [&[u8]; 3]) -> Ref {
    let whole = args.values[0];
    let item = |bytes: &[u8]| match whole.is_kind(Kind::Bytes) && whole.as_bytes() == Some(bytes) {
        true => whole.to_ref(),
        false => like(args, bytes.to_vec()),
    };
    Ref::tuple(parts.into_iter().map(item).collect())
}

fn partition(vm: &mut Vm, args: Args) -> Outcome {
    let separator = vm.bytes_like(&args.values[1])?;
    let found = vm.checked(byte_ops::partition(this(args), separator))?;
    Ok(match found {
        Some((before, after)) => triple(args, [before, separator, after]),
        None => triple(args, [this(args), b"", b""]),
    })
}

fn rpartition(vm: &mut Vm, args: Args) -> Outcome {
    let separator = vm.bytes_like(&args.values[1])?;
    let found = vm.checked(byte_ops::rpartition(this(args), separator))?;
    Ok(match found {
        Some((before, after)) => triple(args, [before, separator, after]),
        None => triple(args, [b"", b"", this(args)]),
    })
}

fn stripped(vm: &mut Vm, args: Args, ends: Ends) -> Outcome {
    let set = match args.values.get(1).filter(|v| !v.is_none()) {
        None => None,
        Some(set) => Some(vm.bytes_like(set)?),
    };
    Ok(part(args, byte_ops::strip(this(args), set, ends)))
}

fn strip(vm: &mut Vm, args: Args) -> Outcome {
    stripped(vm, args, Ends::Both)
}

fn lstrip(vm: &mut Vm, args: Args) -> Outcome {
    stripped(vm, args, Ends::Left)
}

fn rstrip(vm: &mut Vm, args: Args) -> Outcome {
    stripped(vm, args, Ends::Right)
}

/// `join(iterable)`; what only Coro code can walk is collected by the prelude, which comes back with a list.
fn join(vm: &mut Vm, args: Args) -> Outcome {
    let iterable = args.values[1];
    if let Some(items) = vm.collect_native(iterable)? {
        return join_items(vm, args, &items);
    }
    if !vm.is_iterable(iterable) {
        return Err(vm.type_error("can only join an iterable"));
    }
    Err(vm.tail_prelude("join_items", &[args.values[0], iterable]))
}

fn join_items(vm: &mut Vm, args: Args, items: &[Ref]) -> Outcome {
    if let [only] = items {
        if only.is_kind(Kind::Bytes) && is_plain(**only) && args.values[0].is_kind(Kind::Bytes) {
            return Ok(only.clone());
        }
    }
    let mut out = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let item: &Value = item;
        let Some(bytes) = item.as_bytes() else {
            let name = vm.type_name(*item);
            return Err(vm.type_error(format!("sequence item {at}: expected a bytes-like object, {name} found")));
        };
        if at > 0 {
            out.extend_from_slice(this(args));
        }
        out.extend_from_slice(bytes);
    }
    Ok(like(args, out))
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
    for ty in [vm.types.bytes, vm.types.bytearray] {
        vm.add_methods(ty, METHODS);
    }
}
