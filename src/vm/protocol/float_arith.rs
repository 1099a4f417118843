//! Arithmetic where one operand is a float; an int operand is converted.

use super::BinOp;
use crate::object::algo::{Fault, float_math, int_math};
use crate::object::number::IntRef;
use crate::object::{Ref, Value};

/// A number as a float, if it is a float, an int or a bool.
///
/// # Errors
/// OverflowError for an int that is too large.
#[inline]
pub fn as_float(value: Value) -> Result<Option<f64>, Fault> {
    if let Some(x) = value.as_float() {
        return Ok(Some(x));
    }
    match value.as_int() {
        Some(IntRef::Small(i)) => Ok(Some(i as f64)),
        Some(IntRef::Big(big)) => int_math::big_to_f64(big).map(Some),
        None => Ok(None),
    }
}

/// `a op b` on floats; `None` if floats do not have the operator.
///
/// # Errors
/// ZeroDivisionError, OverflowError, ValueError (see the algorithms).
#[inline]
pub fn binary(op: BinOp, a: f64, b: f64) -> Result<Option<Ref>, Fault> {
    Ok(Some(Ref::float(match op {
        BinOp::Add => a + b,
        BinOp::Sub => a - b,
        BinOp::Mul => a * b,
        BinOp::Div => float_math::div(a, b)?,
        BinOp::FloorDiv => float_math::floor_div(a, b)?,
        BinOp::Mod => float_math::modulo(a, b)?,
        BinOp::Pow => float_math::pow(a, b)?,
        BinOp::MatMul | BinOp::And | BinOp::Or | BinOp::Xor | BinOp::Shl | BinOp::Shr => return Ok(None),
    })))
}
