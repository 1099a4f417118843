//! Arithmetic on ints of any size: `i64` first, big integers where that overflows.

use super::BinOp;
use crate::object::Ref;
use crate::object::algo::int_math::{self, Int};
use crate::object::algo::{Fault, FaultKind};
use crate::object::number::IntRef;
use num_bigint::BigInt;
use num_traits::Signed;

impl From<IntRef<'_>> for Int {
    fn from(int: IntRef<'_>) -> Int {
        match int {
            IntRef::Small(small) => Int::Small(small),
            IntRef::Big(big) => Int::Big(big.clone()),
        }
    }
}

impl From<Int> for Ref {
    fn from(int: Int) -> Ref {
        match int {
            Int::Small(small) => Ref::int(small),
            Int::Big(big) => Ref::big(big),
        }
    }
}

/// `a op b` on ints; `None` if ints do not have the operator (`@`).
///
/// # Errors
/// ZeroDivisionError, ValueError (negative shift), OverflowError, MemoryError.
pub fn binary(op: BinOp, a: IntRef, b: IntRef) -> Result<Option<Ref>, Fault> {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b) {
        if let Some(result) = small(op, x, y)? {
            return Ok(Some(result));
        }
    }
    Ok(Some(match op {
        BinOp::Add => Ref::big(sum(a, b)),
        BinOp::Sub => Ref::big(difference(a, b)),
        BinOp::Mul => Ref::big(product(a, b)?),
        BinOp::And => Ref::big(a.to_big() & b.to_big()),
        BinOp::Or => Ref::big(a.to_big() | b.to_big()),
        BinOp::Xor => Ref::big(a.to_big() ^ b.to_big()),
        BinOp::Div => Ref::float(int_math::true_div_big(&a.to_big(), &b.to_big())?),
        BinOp::FloorDiv => int_math::floor_div_big(&a.to_big(), &b.to_big())?.into(),
        BinOp::Mod => int_math::modulo_big(&a.to_big(), &b.to_big())?.into(),
        BinOp::Pow => power(&a.into(), &b.into())?,
        BinOp::Shl => int_math::shl(&a.into(), &b.into())?.into(),
        BinOp::Shr => int_math::shr(&a.into(), &b.into())?.into(),
        BinOp::MatMul => return Ok(None),
    }))
}

/// The result if `i64` (or a 128-bit intermediate) suffices.
#[inline]
fn small(op: BinOp, a: i64, b: i64) -> Result<Option<Ref>, Fault> {
    let wide = |x: i128| Some(i64::try_from(x).map_or_else(|_| Ref::big(BigInt::from(x)), Ref::int));
    Ok(match op {
        BinOp::Add => wide(i128::from(a) + i128::from(b)),
        BinOp::Sub => wide(i128::from(a) - i128::from(b)),
        BinOp::Mul => wide(i128::from(a) * i128::from(b)),
        BinOp::And => Some(Ref::int(a & b)),
        BinOp::Or => Some(Ref::int(a | b)),
        BinOp::Xor => Some(Ref::int(a ^ b)),
        BinOp::Div => Some(Ref::float(int_math::true_div_i64(a, b)?)),
        BinOp::FloorDiv => Some(int_math::floor_div_i64(a, b)?.into()),
        BinOp::Mod => Some(Ref::int(int_math::modulo_i64(a, b)?)),
        BinOp::Pow | BinOp::Shl | BinOp::Shr | BinOp::MatMul => None,
    })
}

fn sum(a: IntRef, b: IntRef) -> BigInt {
    match (a, b) {
        (IntRef::Big(x), IntRef::Big(y)) => x + y,
        (IntRef::Big(x), IntRef::Small(y)) | (IntRef::Small(y), IntRef::Big(x)) => x + y,
        (IntRef::Small(x), IntRef::Small(y)) => BigInt::from(x) + y,
    }
}

fn difference(a: IntRef, b: IntRef) -> BigInt {
    match (a, b) {
        (IntRef::Big(x), IntRef::Big(y)) => x - y,
        (IntRef::Big(x), IntRef::Small(y)) => x - y,
        (IntRef::Small(x), IntRef::Big(y)) => x - y,
        (IntRef::Small(x), IntRef::Small(y)) => BigInt::from(x) - y,
    }
}

fn product(a: IntRef, b: IntRef) -> Result<BigInt, Fault> {
    Ok(match (a, b) {
        (IntRef::Big(x), IntRef::Big(y)) if x.bits() + y.bits() > 1 << 31 => {
            return Err(Fault::new(FaultKind::MemoryError, ""));
        }
        (IntRef::Big(x), IntRef::Big(y)) => x * y,
        (IntRef::Big(x), IntRef::Small(y)) | (IntRef::Small(y), IntRef::Big(x)) => x * y,
        (IntRef::Small(x), IntRef::Small(y)) => BigInt::from(x) * y,
    })
}

/// `a ** b`; a float for a negative exponent.
///
/// # Errors
/// ZeroDivisionError, OverflowError, MemoryError.
pub fn power(a: &Int, b: &Int) -> Result<Ref, Fault> {
    if b.is_negative() {
        return Ok(Ref::float(int_math::pow_negative(a, b)?));
    }
    match b {
        Int::Small(exponent) => Ok(int_math::pow(a, *exponent as u64)?.into()),
        // Only 0, 1 and -1 have powers of that size.
        Int::Big(exponent) => int_math::pow(a, u64::MAX - u64::from(!exponent.bit(0))).map(Ref::from),
    }
}

/// `divmod(a, b)`.
///
/// # Errors
/// ZeroDivisionError.
pub fn divmod(a: IntRef, b: IntRef) -> Result<(Ref, Ref), Fault> {
    if let (IntRef::Small(x), IntRef::Small(y)) = (a, b) {
        return Ok((int_math::floor_div_i64(x, y)?.into(), Ref::int(int_math::modulo_i64(x, y)?)));
    }
    let (quotient, rest) = int_math::divmod_big(&a.to_big(), &b.to_big())?;
    Ok((quotient.into(), rest.into()))
}

pub fn negate(a: IntRef) -> Ref {
    match a {
        IntRef::Small(i) => i.checked_neg().map_or_else(|| Ref::big(-BigInt::from(i)), Ref::int),
        IntRef::Big(big) => Ref::big(-big),
    }
}

pub fn invert(a: IntRef) -> Ref {
    match a {
        IntRef::Small(i) => Ref::int(!i),
        IntRef::Big(big) => Ref::big(!big),
    }
}

pub fn absolute(a: IntRef) -> Ref {
    match a {
        IntRef::Small(i) => i.checked_abs().map_or_else(|| Ref::big(BigInt::from(i).abs()), Ref::int),
        IntRef::Big(big) => Ref::big(big.abs()),
    }
}

/// The int itself, as an exact `int` (of a bool or a subclass instance).
pub fn plain(a: IntRef) -> Ref {
    match a {
        IntRef::Small(i) => Ref::int(i),
        IntRef::Big(big) => Ref::big(big.clone()),
    }
}
