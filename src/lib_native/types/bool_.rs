//! `bool`: the constructor, and the bitwise operators that keep bools.

use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::BinOp;

/// `bool(x=False, /)`
fn new(vm: &mut Vm, args: Args) -> Outcome {
    match args.values.get(1) {
        None => Ok(Ref::bool(false)),
        Some(x) => vm.truth_tail(*x),
    }
}

fn bitwise(vm: &mut Vm, op: BinOp, args: Args) -> Outcome {
    let (a, b) = (args.values[0], args.values[1]);
    if b.as_int().is_none() {
        return Ok(Ref::from_owned(Value::NOT_IMPLEMENTED));
    }
    Ok(vm.number_binary(op, a, b)?.unwrap_or(Ref::NONE))
}

fn and(vm: &mut Vm, args: Args) -> Outcome {
    bitwise(vm, BinOp::And, args)
}

fn or(vm: &mut Vm, args: Args) -> Outcome {
    bitwise(vm, BinOp::Or, args)
}

fn xor(vm: &mut Vm, args: Args) -> Outcome {
    bitwise(vm, BinOp::Xor, args)
}

fn repr(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::str(if args.values[0] == Value::TRUE { "True" } else { "False" }))
}

natives! {
    METHODS;
    "__new__", new, 1, 2;
    "__and__", and, 2, 2;
    "__rand__", and, 2, 2;
    "__or__", or, 2, 2;
    "__ror__", or, 2, 2;
    "__xor__", xor, 2, 2;
    "__rxor__", xor, 2, 2;
    "__repr__", repr, 1, 1;
}

pub fn install(vm: &mut Vm) {
    let ty = vm.types.bool_;
    vm.add_methods(ty, METHODS);
}
