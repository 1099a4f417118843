//! The module `_operator`: the operators as functions, for `operator`.

use super::Building;
use crate::natives;
use crate::object::Ref;
use crate::object::call::{Args, Outcome};
use crate::vm::Vm;
use crate::vm::protocol::{BinOp, CmpOp, UnaryOp};

/// Makes the module `_operator`.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_operator");
    building.functions(vm, "_operator", FUNCTIONS);
    super::callables::add_getters(vm, &building);
    Ok(building.module)
}

macro_rules! binary {
    ($($name:ident $in_place:ident $op:ident;)*) => {
        $(
            fn $name(vm: &mut Vm, args: Args) -> Outcome {
                vm.binary(BinOp::$op, args.values[0], args.values[1], false)
            }

            fn $in_place(vm: &mut Vm, args: Args) -> Outcome {
                vm.binary(BinOp::$op, args.values[0], args.values[1], true)
            }
        )*
    };
}

binary! {
    add iadd Add;
    and iand And;
    floordiv ifloordiv FloorDiv;
    lshift ilshift Shl;
    matmul imatmul MatMul;
    modulo imod Mod;
    mul imul Mul;
    or ior Or;
    pow ipow Pow;
    rshift irshift Shr;
    sub isub Sub;
    truediv itruediv Div;
    xor ixor Xor;
}

macro_rules! comparisons {
    ($($name:ident $op:ident;)*) => {
        $(fn $name(vm: &mut Vm, args: Args) -> Outcome {
            vm.compare(CmpOp::$op, args.values[0], args.values[1])
        })*
    };
}

comparisons! {
    eq Eq;
    ge Ge;
    gt Gt;
    le Le;
    lt Lt;
    ne Ne;
}

fn neg(vm: &mut Vm, args: Args) -> Outcome {
    vm.unary(UnaryOp::Neg, args.values[0])
}

fn pos(vm: &mut Vm, args: Args) -> Outcome {
    vm.unary(UnaryOp::Pos, args.values[0])
}

fn invert(vm: &mut Vm, args: Args) -> Outcome {
    vm.unary(UnaryOp::Invert, args.values[0])
}

fn truth(vm: &mut Vm, args: Args) -> Outcome {
    vm.truth_tail(args.values[0])
}

fn is(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(args.values[0] == args.values[1]))
}

fn is_not(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(args.values[0] != args.values[1]))
}

fn getitem(vm: &mut Vm, args: Args) -> Outcome {
    vm.get_item(args.values[0], args.values[1])
}

natives! { FUNCTIONS;
    "add", add, 2, 2;
    "and_", and, 2, 2;
    "eq", eq, 2, 2;
    "floordiv", floordiv, 2, 2;
    "ge", ge, 2, 2;
    "getitem", getitem, 2, 2;
    "gt", gt, 2, 2;
    "iadd", iadd, 2, 2;
    "iand", iand, 2, 2;
    "ifloordiv", ifloordiv, 2, 2;
    "ilshift", ilshift, 2, 2;
    "imatmul", imatmul, 2, 2;
    "imod", imod, 2, 2;
    "imul", imul, 2, 2;
    "invert", invert, 1, 1;
    "ior", ior, 2, 2;
    "ipow", ipow, 2, 2;
    "irshift", irshift, 2, 2;
    "is_", is, 2, 2;
    "is_not", is_not, 2, 2;
    "isub", isub, 2, 2;
    "itruediv", itruediv, 2, 2;
    "ixor", ixor, 2, 2;
    "le", le, 2, 2;
    "lshift", lshift, 2, 2;
    "lt", lt, 2, 2;
    "matmul", matmul, 2, 2;
    "mod", modulo, 2, 2;
    "mul", mul, 2, 2;
    "ne", ne, 2, 2;
    "neg", neg, 1, 1;
    "or_", or, 2, 2;
    "pos", pos, 1, 1;
    "pow", pow, 2, 2;
    "rshift", rshift, 2, 2;
    "sub", sub, 2, 2;
    "truediv", truediv, 2, 2;
    "truth", truth, 1, 1;
    "xor", xor, 2, 2;
}
