//! `bytes` and `bytearray`: finding, counting, replacing, translating.

use super::bytes_::{like, part, this};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::algo::byte_ops;
use crate::object::call::{Args, Outcome};
use crate::object::container::Tuple;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;

/// What is looked for: bytes, or one byte given as an int.
fn needle(vm: &mut Vm, value: Value) -> Outcome<Vec<u8>> {
    if let Some(bytes) = value.as_bytes() {
        return Ok(bytes.to_vec());
    }
    let index = vm.names.index;
    if value.as_int().is_some() || vm.overriding(value, index).is_some() {
        return Ok(vec![vm.byte_value(value, "byte")?]);
    }
    let name = vm.type_name(value);
    Err(vm.type_error(format!("argument should be integer or bytes-like object, not '{name}'")))
}

fn search_args(vm: &mut Vm, args: Args) -> Outcome<(Vec<u8>, Option<i64>, Option<i64>)> {
    let start = vm.bound(args.values.get(2).copied())?;
    let end = vm.bound(args.values.get(3).copied())?;
    let sub = needle(vm, args.values[1])?;
    Ok((sub, start, end))
}

fn position(found: Option<usize>) -> Outcome {
    Ok(Ref::int(found.map_or(-1, |at| at as i64)))
}

fn find(vm: &mut Vm, args: Args) -> Outcome {
    let (sub, start, end) = search_args(vm, args)?;
    position(byte_ops::find(this(args), &sub, start, end))
}

fn rfind(vm: &mut Vm, args: Args) -> Outcome {
    let (sub, start, end) = search_args(vm, args)?;
    position(byte_ops::rfind(this(args), &sub, start, end))
}

fn index(vm: &mut Vm, args: Args) -> Outcome {
    let (sub, start, end) = search_args(vm, args)?;
    match byte_ops::find(this(args), &sub, start, end) {
        None => Err(vm.value_error("subsection not found")),
        found => position(found),
    }
}

fn rindex(vm: &mut Vm, args: Args) -> Outcome {
    let (sub, start, end) = search_args(vm, args)?;
    match byte_ops::rfind(this(args), &sub, start, end) {
        None => Err(vm.value_error("subsection not found")),
        found => position(found),
    }
}

fn count(vm: &mut Vm, args: Args) -> Outcome {
    let (sub, start, end) = search_args(vm, args)?;
    Ok(Ref::int(byte_ops::count(this(args), &sub, start, end) as i64))
}

type Test = fn(&[u8], &[u8], Option<i64>, Option<i64>) -> bool;

/// `startswith` and `endswith`: bytes or a tuple of bytes.
fn test_affix(vm: &mut Vm, args: Args, function: &str, test: Test) -> Outcome {
    let start = vm.bound(args.values.get(2).copied())?;
    let end = vm.bound(args.values.get(3).copied())?;
    let affix = args.values[1];
    if let Some(affix) = affix.as_bytes() {
        return Ok(Ref::bool(test(this(args), affix, start, end)));
    }
    let Some(tuple) = affix.get::<Tuple>() else {
        let name = vm.type_name(affix);
        return Err(vm.type_error(format!("{function} first arg must be bytes or a tuple of bytes, not {name}")));
    };
    for item in tuple.values() {
        let affix = vm.bytes_like(item)?;
        if test(this(args), affix, start, end) {
            return Ok(Ref::bool(true));
        }
    }
    Ok(Ref::bool(false))
}

fn startswith(vm: &mut Vm, args: Args) -> Outcome {
    test_affix(vm, args, "startswith", byte_ops::starts_with)
}

fn endswith(vm: &mut Vm, args: Args) -> Outcome {
    test_affix(vm, args, "endswith", byte_ops::ends_with)
}

fn removeprefix(vm: &mut Vm, args: Args) -> Outcome {
    let prefix = vm.bytes_like(&args.values[1])?;
    let bytes = this(args);
    Ok(part(args, bytes.strip_prefix(prefix).unwrap_or(bytes)))
}

fn removesuffix(vm: &mut Vm, args: Args) -> Outcome {
    let suffix = vm.bytes_like(&args.values[1])?;
    let bytes = this(args);
    Ok(part(args, bytes.strip_suffix(suffix).unwrap_or(bytes)))
}

/// `replace(old, new, count=-1, /)`
fn replace(vm: &mut Vm, args: Args) -> Outcome {
    let old = vm.bytes_like(&args.values[1])?;
    let new = vm.bytes_like(&args.values[2])?;
    let max = vm.count_limit(args.values.get(3).copied())?;
    let bytes = vm.checked(byte_ops::replace(this(args), old, new, max))?;
    // What was replaced by the same is a copy nevertheless.
    if old == new && !old.is_empty() && max != Some(0) && memchr::memmem::find(this(args), old).is_some() {
        return Ok(like(args, bytes));
    }
    Ok(part(args, &bytes))
}

/// `translate(table, /, delete=b'')`
fn translate(vm: &mut Vm, args: Args) -> Outcome {
    let parameters = Parameters { function: "translate", names: ["", "delete"], required: 1, positional: 2 };
    let [table, delete] = parameters.bind(vm, args, 1)?;
    let table = match table.filter(|table| !table.is_none()) {
        None => None,
        Some(table) => {
            let table = vm.bytes_like(&table)?.to_vec();
            if table.len() != 256 {
                return Err(vm.value_error("translation table must be 256 characters long"));
            }
            Some(table)
        }
    };
    let delete = match &delete {
        None => &[],
        Some(delete) => vm.bytes_like(delete)?,
    };
    let kept = this(args).iter().filter(|byte| !delete.contains(byte));
    let bytes: Vec<u8> = match table {
        None => kept.copied().collect(),
        Some(table) => kept.map(|&byte| table[byte as usize]).collect(),
    };
    Ok(part(args, &bytes))
}

/// `maketrans(from, to)`
fn maketrans(vm: &mut Vm, args: Args) -> Outcome {
    let from = vm.bytes_like(&args.values[0])?;
    let to = vm.bytes_like(&args.values[1])?;
    if from.len() != to.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (&x, &y) in from.iter().zip(to) {
        table[x as usize] = y;
    }
    Ok(Ref::bytes(table))
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
    "replace", replace, 3, 4;
    "translate", translate, 1, MANY, keywords;
}

natives! {
    STATIC_METHODS;
    "maketrans", maketrans, 2, 2;
}

pub fn install(vm: &mut Vm) {
    for ty in [vm.types.bytes, vm.types.bytearray] {
        vm.add_methods(ty, METHODS);
        vm.add_static_methods(ty, STATIC_METHODS);
    }
}
