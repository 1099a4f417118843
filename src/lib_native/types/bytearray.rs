//! `bytearray`: the constructor and what changes it.

use super::bytes_;
use crate::natives;
use crate::object::algo::slice_index;
use crate::object::call::{Args, Outcome};
use crate::object::text::ByteArray;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;

/// `bytearray(source=b'', encoding=…, errors=…)`; for a subclass only the empty array, which `__init__` fills.
fn new(vm: &mut Vm, args: Args) -> Outcome {
    let base = vm.types.bytearray;
    let class = vm.class_arg(args.values[0], base)?;
    if !class.builtin {
        return Ok(vm.as_subclass(class, Ref::bytearray(Vec::new())));
    }
    match bytes_::construct(vm, class, args, "bytearray")? {
        Some(bytes) => Ok(Ref::bytearray(bytes)),
        None => Err(vm.tail_prelude("bytes_of_items", &[args.values[0], args.values[1]])),
    }
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.types.bytearray;
    match bytes_::construct(vm, class, args, "bytearray")? {
        Some(bytes) => {
            if let Some(array) = array(args) {
                *array = bytes;
            }
            Ok(Ref::NONE)
        }
        None => {
            if let Some(array) = array(args) {
                array.clear();
            }
            Err(vm.tail_prelude("extend_items", &[args.values[0], args.values[1]]))
        }
    }
}

/// The bytes of `self`, to be changed. Not to be held across anything that runs Coro code.
fn array<'a>(args: Args<'a>) -> Option<&'a mut Vec<u8>> {
    args.values.first()?.get_mut::<ByteArray>().map(|array| &mut array.bytes)
}

fn append(vm: &mut Vm, args: Args) -> Outcome {
    let byte = vm.byte_value(args.values[1], "byte")?;
    if let Some(array) = array(args) {
        array.push(byte);
    }
    Ok(Ref::NONE)
}

fn extend(vm: &mut Vm, args: Args) -> Outcome {
    let source = args.values[1];
    let bytes = if let Some(bytes) = source.as_bytes() {
        bytes.to_vec()
    } else if source.as_str().is_some() {
        return Err(vm.type_error("expected iterable of integers; got: 'str'"));
    } else if let Some(items) = vm.collect_native(source)? {
        let mut bytes = Vec::with_capacity(items.len());
        for item in items {
            bytes.push(vm.byte_value(*item, "byte")?);
        }
        bytes
    } else if vm.is_iterable(source) {
        return Err(vm.tail_prelude("extend_items", &[args.values[0], source]));
    } else {
        let name = vm.type_name(source);
        return Err(vm.type_error(format!("can't extend bytearray with {name}")));
    };
    if let Some(array) = array(args) {
        array.extend(bytes);
    }
    Ok(Ref::NONE)
}

fn insert(vm: &mut Vm, args: Args) -> Outcome {
    let at = vm.index(args.values[1])?;
    let byte = vm.byte_value(args.values[2], "byte")?;
    if let Some(array) = array(args) {
        array.insert(slice_index::insert_position(at, array.len()), byte);
    }
    Ok(Ref::NONE)
}

/// `pop(index=-1, /)`
fn pop(vm: &mut Vm, args: Args) -> Outcome {
    let at = match args.values.get(1) {
        None => -1,
        Some(at) => vm.index(*at)?,
    };
    let Some(array) = array(args) else { return Ok(Ref::NONE) };
    if array.is_empty() {
        return Err(vm.index_error("pop from empty bytearray"));
    }
    match slice_index::position(at, array.len()) {
        Some(at) => Ok(Ref::int(array.remove(at).into())),
        None => Err(vm.index_error("pop index out of range")),
    }
}

fn remove(vm: &mut Vm, args: Args) -> Outcome {
    let byte = vm.byte_value(args.values[1], "byte")?;
    let Some(array) = array(args) else { return Ok(Ref::NONE) };
    match memchr::memchr(byte, array) {
        Some(at) => {
            array.remove(at);
            Ok(Ref::NONE)
        }
        None => Err(vm.value_error("value not found in bytearray")),
    }
}

fn reverse(_: &mut Vm, args: Args) -> Outcome {
    if let Some(array) = array(args) {
        array.reverse();
    }
    Ok(Ref::NONE)
}

fn clear(_: &mut Vm, args: Args) -> Outcome {
    if let Some(array) = array(args) {
        array.clear();
    }
    Ok(Ref::NONE)
}

fn copy(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bytearray(bytes_::this(args).to_vec()))
}

fn setitem(vm: &mut Vm, args: Args) -> Outcome {
    let [array, index, value]: [Value; 3] = [args.values[0], args.values[1], args.values[2]];
    vm.set_item_native(array, index, value)
}

fn delitem(vm: &mut Vm, args: Args) -> Outcome {
    vm.del_item_native(args.values[0], args.values[1])
}

natives! {
    METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, 4, keywords;
    "append", append, 2, 2;
    "extend", extend, 2, 2;
    "insert", insert, 3, 3;
    "pop", pop, 1, 2;
    "remove", remove, 2, 2;
    "reverse", reverse, 1, 1;
    "clear", clear, 1, 1;
    "copy", copy, 1, 1;
    "__setitem__", setitem, 3, 3;
    "__delitem__", delitem, 2, 2;
}

pub fn install(vm: &mut Vm) {
    let ty = vm.types.bytearray;
    vm.add_methods(ty, METHODS);
}
