//! The operator methods of `int` and `float`: `__add__`, `__radd__` and so on.

use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::{BinOp, UnaryOp, arith, int_arith};

fn not_implemented() -> Ref {
    Ref::from_owned(Value::NOT_IMPLEMENTED)
}

/// Ints know only ints.
fn of_int(vm: &mut Vm, op: BinOp, a: Value, b: Value) -> Outcome {
    if a.as_int().is_none() || b.as_int().is_none() {
        return Ok(not_implemented());
    }
    Ok(vm.number_binary(op, a, b)?.unwrap_or_else(not_implemented))
}

/// Floats know ints too, and have no bitwise operators.
fn of_float(vm: &mut Vm, op: BinOp, a: Value, b: Value) -> Outcome {
    Ok(vm.number_binary(op, a, b)?.unwrap_or_else(not_implemented))
}

macro_rules! operators {
    ($module:ident $apply:ident: $($name:ident $reflected:ident $op:ident;)*) => {
        mod $module {
            use super::*;
            $(
                pub fn $name(vm: &mut Vm, args: Args) -> Outcome {
                    $apply(vm, BinOp::$op, args.values[0], args.values[1])
                }

                pub fn $reflected(vm: &mut Vm, args: Args) -> Outcome {
                    $apply(vm, BinOp::$op, args.values[1], args.values[0])
                }
            )*
        }
    };
}

operators! { int of_int:
    add radd Add;
    sub rsub Sub;
    mul rmul Mul;
    truediv rtruediv Div;
    floordiv rfloordiv FloorDiv;
    modulo rmodulo Mod;
    and rand And;
    or ror Or;
    xor rxor Xor;
    lshift rlshift Shl;
    rshift rrshift Shr;
}

operators! { float of_float:
    add radd Add;
    sub rsub Sub;
    mul rmul Mul;
    truediv rtruediv Div;
    floordiv rfloordiv FloorDiv;
    modulo rmodulo Mod;
}

/// `__pow__(self, other, mod=None)`
fn pow(vm: &mut Vm, args: Args) -> Outcome {
    power(vm, args.values[0], args.values[1], args.values.get(2).copied(), args.values[0])
}

/// `__rpow__(self, other, mod=None)`
fn rpow(vm: &mut Vm, args: Args) -> Outcome {
    power(vm, args.values[1], args.values[0], args.values.get(2).copied(), args.values[0])
}

fn power(vm: &mut Vm, base: Value, exponent: Value, modulus: Option<Value>, receiver: Value) -> Outcome {
    let result = match modulus.filter(|m| !m.is_none()) {
        None if receiver.as_int().is_some() => return of_int(vm, BinOp::Pow, base, exponent),
        None => vm.number_binary(BinOp::Pow, base, exponent)?,
        Some(_) if receiver.as_float().is_some() => {
            return Err(vm.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
        }
        Some(modulus) if [base, exponent, modulus].iter().all(|v| v.as_int().is_some()) => {
            vm.number_pow_mod(base, exponent, modulus)?
        }
        Some(_) => None,
    };
    Ok(result.unwrap_or_else(not_implemented))
}

fn divmod_of(vm: &mut Vm, a: Value, b: Value, receiver: Value) -> Outcome {
    if receiver.as_int().is_some() && (a.as_int().is_none() || b.as_int().is_none()) {
        return Ok(not_implemented());
    }
    match vm.number_divmod(a, b)? {
        Some((quotient, rest)) => Ok(Ref::tuple(vec![quotient, rest])),
        None => Ok(not_implemented()),
    }
}

fn divmod(vm: &mut Vm, args: Args) -> Outcome {
    divmod_of(vm, args.values[0], args.values[1], args.values[0])
}

fn rdivmod(vm: &mut Vm, args: Args) -> Outcome {
    divmod_of(vm, args.values[1], args.values[0], args.values[0])
}

fn unary(op: UnaryOp, args: Args) -> Outcome {
    Ok(arith::native_unary(op, args.values[0]).unwrap_or_else(not_implemented))
}

fn neg(_: &mut Vm, args: Args) -> Outcome {
    unary(UnaryOp::Neg, args)
}

fn pos(_: &mut Vm, args: Args) -> Outcome {
    unary(UnaryOp::Pos, args)
}

fn invert(_: &mut Vm, args: Args) -> Outcome {
    unary(UnaryOp::Invert, args)
}

fn abs(_: &mut Vm, args: Args) -> Outcome {
    let v = args.values[0];
    Ok(match (v.as_int(), v.as_float()) {
        (Some(int), _) => int_arith::absolute(int),
        (_, Some(x)) => Ref::float(x.abs()),
        _ => not_implemented(),
    })
}

fn truth(_: &mut Vm, args: Args) -> Outcome {
    let v = args.values[0];
    let zero = v.as_i64() == Some(0) || v.as_float() == Some(0.0);
    Ok(Ref::bool(!zero))
}

natives! {
    /// What `int` and `float` share.
    NUMBER;
    "__pow__", pow, 2, 3;
    "__rpow__", rpow, 2, 3;
    "__divmod__", divmod, 2, 2;
    "__rdivmod__", rdivmod, 2, 2;
    "__neg__", neg, 1, 1;
    "__pos__", pos, 1, 1;
    "__abs__", abs, 1, 1;
    "__bool__", truth, 1, 1;
}

natives! {
    INT;
    "__invert__", invert, 1, 1;
    "__add__", int::add, 2, 2;
    "__radd__", int::radd, 2, 2;
    "__sub__", int::sub, 2, 2;
    "__rsub__", int::rsub, 2, 2;
    "__mul__", int::mul, 2, 2;
    "__rmul__", int::rmul, 2, 2;
    "__truediv__", int::truediv, 2, 2;
    "__rtruediv__", int::rtruediv, 2, 2;
    "__floordiv__", int::floordiv, 2, 2;
    "__rfloordiv__", int::rfloordiv, 2, 2;
    "__mod__", int::modulo, 2, 2;
    "__rmod__", int::rmodulo, 2, 2;
    "__and__", int::and, 2, 2;
    "__rand__", int::rand, 2, 2;
    "__or__", int::or, 2, 2;
    "__ror__", int::ror, 2, 2;
    "__xor__", int::xor, 2, 2;
    "__rxor__", int::rxor, 2, 2;
    "__lshift__", int::lshift, 2, 2;
    "__rlshift__", int::rlshift, 2, 2;
    "__rshift__", int::rshift, 2, 2;
    "__rrshift__", int::rrshift, 2, 2;
}

natives! {
    FLOAT;
    "__add__", float::add, 2, 2;
    "__radd__", float::radd, 2, 2;
    "__sub__", float::sub, 2, 2;
    "__rsub__", float::rsub, 2, 2;
    "__mul__", float::mul, 2, 2;
    "__rmul__", float::rmul, 2, 2;
    "__truediv__", float::truediv, 2, 2;
    "__rtruediv__", float::rtruediv, 2, 2;
    "__floordiv__", float::floordiv, 2, 2;
    "__rfloordiv__", float::rfloordiv, 2, 2;
    "__mod__", float::modulo, 2, 2;
    "__rmod__", float::rmodulo, 2, 2;
}

/// Installs the operators of `int` (with `bool` below it) and `float`.
pub fn install(vm: &mut Vm) {
    let (int, float) = (vm.types.int, vm.types.float);
    vm.add_methods(int, NUMBER);
    vm.add_methods(int, INT);
    vm.add_methods(float, NUMBER);
    vm.add_methods(float, FLOAT);
}
