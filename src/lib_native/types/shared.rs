//! Special methods that several built-in data types share: what a subclass reaches by `super().__eq__(other)`.
//!
//! They are thin faces of the native halves of the protocols and never look special methods up themselves.

use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::{BinOp, CmpOp};

fn not_implemented() -> Ref {
    Ref::from_owned(Value::NOT_IMPLEMENTED)
}

fn compare(vm: &mut Vm, args: Args, op: CmpOp) -> Outcome {
    let (a, b) = (args.values[0], args.values[1]);
    if a.as_int().is_some() && b.as_int().is_none() {
        // An int leaves the comparison with a float to the float.
        return Ok(not_implemented());
    }
    let answer = vm.native_compare(op, a, b)?;
    Ok(answer.map_or_else(not_implemented, Ref::bool))
}

fn eq(vm: &mut Vm, args: Args) -> Outcome {
    compare(vm, args, CmpOp::Eq)
}

fn ne(vm: &mut Vm, args: Args) -> Outcome {
    compare(vm, args, CmpOp::Ne)
}

fn lt(vm: &mut Vm, args: Args) -> Outcome {
    compare(vm, args, CmpOp::Lt)
}

fn le(vm: &mut Vm, args: Args) -> Outcome {
    compare(vm, args, CmpOp::Le)
}

fn gt(vm: &mut Vm, args: Args) -> Outcome {
    compare(vm, args, CmpOp::Gt)
}

fn ge(vm: &mut Vm, args: Args) -> Outcome {
    compare(vm, args, CmpOp::Ge)
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let mut out = String::new();
    vm.write_native_repr(args.values[0], &mut out)?;
    Ok(Ref::str(&out))
}

fn hash(vm: &mut Vm, args: Args) -> Outcome {
    vm.native_hash(args.values[0]).map(Ref::int)
}

fn format(vm: &mut Vm, args: Args) -> Outcome {
    let Some(spec) = args.values[1].as_str() else {
        let name = vm.arg_type_name(args.values[1]);
        return Err(vm.type_error(format!("__format__() argument must be str, not {name}")));
    };
    vm.native_format(args.values[0], spec)
}

/// An operator method of a sequence: a wrong operand is a TypeError at once.
pub(super) fn sequence_operator(vm: &mut Vm, op: BinOp, args: Args, in_place: bool) -> Outcome {
    let (a, b) = (args.values[0], args.values[1]);
    match vm.native_binary(op, a, b, in_place)? {
        Some(result) => Ok(result),
        None if op == BinOp::Mul => {
            let name = vm.type_name(b);
            Err(vm.type_error(format!("'{name}' object cannot be interpreted as an integer")))
        }
        None => match vm.sequence_error(op, a, b, in_place) {
            Some(signal) => Err(signal),
            None => Ok(not_implemented()),
        },
    }
}

fn add(vm: &mut Vm, args: Args) -> Outcome {
    sequence_operator(vm, BinOp::Add, args, false)
}

fn mul(vm: &mut Vm, args: Args) -> Outcome {
    sequence_operator(vm, BinOp::Mul, args, false)
}

fn iadd(vm: &mut Vm, args: Args) -> Outcome {
    sequence_operator(vm, BinOp::Add, args, true)
}

fn imul(vm: &mut Vm, args: Args) -> Outcome {
    sequence_operator(vm, BinOp::Mul, args, true)
}

fn modulo(vm: &mut Vm, args: Args) -> Outcome {
    match vm.native_binary(BinOp::Mod, args.values[0], args.values[1], false)? {
        Some(result) => Ok(result),
        None => Ok(not_implemented()),
    }
}

/// `other % self`, asked of the right operand: only one of the same type will do.
fn rmodulo(vm: &mut Vm, args: Args) -> Outcome {
    let (this, other) = (args.values[0], args.values[1]);
    if other.kind() != this.kind() {
        return Ok(not_implemented());
    }
    Ok(vm.native_binary(BinOp::Mod, other, this, false)?.unwrap_or_else(not_implemented))
}

natives! {
    /// `==` and `!=`.
    EQUALITY;
    "__eq__", eq, 2, 2;
    "__ne__", ne, 2, 2;
}

natives! {
    /// The comparisons that order.
    ORDER;
    "__lt__", lt, 2, 2;
    "__le__", le, 2, 2;
    "__gt__", gt, 2, 2;
    "__ge__", ge, 2, 2;
}

natives! {
    REPR;
    "__repr__", repr, 1, 1;
}

natives! {
    HASH;
    "__hash__", hash, 1, 1;
}

natives! {
    FORMAT;
    "__format__", format, 2, 2;
}

natives! {
    /// `+` and `*` of sequences.
    SEQUENCE;
    "__add__", add, 2, 2;
    "__mul__", mul, 2, 2;
    "__rmul__", mul, 2, 2;
}

natives! {
    /// `+=` and `*=` of mutable sequences.
    MUTABLE_SEQUENCE;
    "__iadd__", iadd, 2, 2;
    "__imul__", imul, 2, 2;
}

natives! {
    /// `%` of strings and bytes.
    PERCENT;
    "__mod__", modulo, 2, 2;
    "__rmod__", rmodulo, 2, 2;
}

/// Installs what the built-in data types share, but for the number types' operators.
pub fn install(vm: &mut Vm) {
    let types = &vm.types;
    let ordered = [
        types.int,
        types.float,
        types.str_,
        types.bytes,
        types.bytearray,
        types.list,
        types.tuple,
        types.set,
        types.frozenset,
    ];
    let equal_only = [types.dict, types.range, types.slice, types.dict_keys, types.dict_items];
    let hashed =
        [types.int, types.float, types.str_, types.bytes, types.tuple, types.frozenset, types.range, types.slice];
    let unhashable = [types.list, types.dict, types.set, types.bytearray, types.dict_keys, types.dict_items];
    let sequences = [types.str_, types.bytes, types.bytearray, types.list, types.tuple];
    let formatted = [types.int, types.float, types.str_];
    let mutable = [types.bytearray, types.list];
    let percent = [types.str_, types.bytes, types.bytearray];
    let views = [types.dict_keys, types.dict_items, types.dict_values];
    for ty in ordered {
        vm.add_methods(ty, EQUALITY);
        vm.add_methods(ty, ORDER);
        vm.add_methods(ty, REPR);
    }
    for ty in equal_only {
        vm.add_methods(ty, EQUALITY);
        vm.add_methods(ty, REPR);
    }
    views.into_iter().for_each(|ty| vm.add_methods(ty, REPR));
    hashed.into_iter().for_each(|ty| vm.add_methods(ty, HASH));
    unhashable.into_iter().for_each(|ty| vm.set_class_attr(ty, "__hash__", Ref::NONE));
    sequences.into_iter().for_each(|ty| vm.add_methods(ty, SEQUENCE));
    mutable.into_iter().for_each(|ty| vm.add_methods(ty, MUTABLE_SEQUENCE));
    formatted.into_iter().for_each(|ty| vm.add_methods(ty, FORMAT));
    percent.into_iter().for_each(|ty| vm.add_methods(ty, PERCENT));
}
