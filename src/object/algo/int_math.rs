//! Integer arithmetic with Python's rules: floor division, modular power, shifts, correctly rounded true division, and
//! exact comparison with floats. Small operands stay on `i64`; what does not fit becomes a `BigInt`.

use super::fault::{Fault, check_size};
use super::float_math::trunc_to_int;
use num_bigint::{BigInt, BigUint, Sign};
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::borrow::Cow;
use std::cmp::Ordering;

/// A shift or power that would need more bits than this is refused (a gibibit, 128 MiB).
const MAX_BITS: u64 = 1 << 30;

/// A Python int. `Big` is used only for what does not fit `Small`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Int {
    Small(i64),
    Big(BigInt),
}

impl From<i64> for Int {
    fn from(value: i64) -> Int {
        Int::Small(value)
    }
}

impl From<BigInt> for Int {
    /// Normalises: a value that fits becomes `Small`.
    fn from(value: BigInt) -> Int {
        match value.to_i64() {
            Some(small) => Int::Small(small),
            None => Int::Big(value),
        }
    }
}

impl Int {
    /// The value as a big integer, copied only if it is small.
    pub fn to_big(&self) -> Cow<'_, BigInt> {
        match self {
            Int::Small(value) => Cow::Owned(BigInt::from(*value)),
            Int::Big(value) => Cow::Borrowed(value),
        }
    }

    pub fn into_big(self) -> BigInt {
        match self {
            Int::Small(value) => BigInt::from(value),
            Int::Big(value) => value,
        }
    }

    pub fn is_zero(&self) -> bool {
        *self == Int::Small(0)
    }

    pub fn is_negative(&self) -> bool {
        match self {
            Int::Small(value) => *value < 0,
            Int::Big(value) => value.is_negative(),
        }
    }
}

fn zero_divisor() -> Fault {
    Fault::zero_division("integer division or modulo by zero")
}

fn zero_modulus() -> Fault {
    Fault::zero_division("integer modulo by zero")
}

fn too_many_digits() -> Fault {
    Fault::overflow("too many digits in integer")
}

/// `a // b` on small ints; the one overflow (`i64::MIN // -1`) is a big result.
///
/// # Errors
/// `ZeroDivisionError: integer division or modulo by zero`.
pub fn floor_div_i64(a: i64, b: i64) -> Result<Int, Fault> {
    if b == 0 {
        return Err(zero_divisor());
    }
    match a.checked_div(b) {
        Some(quotient) => Ok(Int::Small(if a % b != 0 && (a < 0) != (b < 0) { quotient - 1 } else { quotient })),
        None => Ok(Int::Big(-BigInt::from(a))),
    }
}

/// `a % b` on small ints: the sign of `b`.
///
/// # Errors
/// `ZeroDivisionError: integer modulo by zero`.
pub fn modulo_i64(a: i64, b: i64) -> Result<i64, Fault> {
    if b == 0 {
        return Err(zero_modulus());
    }
    let rest = a.wrapping_rem(b);
    Ok(if rest != 0 && (rest < 0) != (b < 0) { rest + b } else { rest })
}

/// `a // b`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn floor_div_big(a: &BigInt, b: &BigInt) -> Result<Int, Fault> {
    if b.is_zero() { Err(zero_divisor()) } else { Ok(a.div_floor(b).into()) }
}

/// `a % b`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn modulo_big(a: &BigInt, b: &BigInt) -> Result<Int, Fault> {
    if b.is_zero() { Err(zero_modulus()) } else { Ok(a.mod_floor(b).into()) }
}

/// `divmod(a, b)`.
///
/// # Errors
/// `ZeroDivisionError`.
pub fn divmod_big(a: &BigInt, b: &BigInt) -> Result<(Int, Int), Fault> {
    if b.is_zero() {
        return Err(zero_divisor());
    }
    let (quotient, rest) = a.div_mod_floor(b);
    Ok((quotient.into(), rest.into()))
}

/// `base ** exponent` for an exponent of zero or more (a negative one gives a float: see [`pow_negative`]).
///
/// # Errors
/// `MemoryError` for a result beyond a gibibit.
pub fn pow(base: &Int, exponent: u64) -> Result<Int, Fault> {
    if let Int::Small(small) = base {
        if let Some(power) = u32::try_from(exponent).ok().and_then(|e| small.checked_pow(e)) {
            return Ok(Int::Small(power));
        }
        if matches!(small, -1..=1) {
            return Ok(Int::Small(if *small == -1 && exponent.is_multiple_of(2) { 1 } else { *small }));
        }
    }
    let base = base.to_big();
    let exponent32 = u32::try_from(exponent).ok();
    match exponent32 {
        Some(power) if (base.bits() - 1).saturating_mul(exponent) <= MAX_BITS => Ok(base.pow(power).into()),
        _ => Err(Fault::memory()),
    }
}

/// `base ** exponent` for a negative exponent: a float.
///
/// # Errors
/// `ZeroDivisionError` for base zero, `OverflowError` if an operand has no float value.
pub fn pow_negative(base: &Int, exponent: &Int) -> Result<f64, Fault> {
    super::float_math::pow(to_f64(base)?, to_f64(exponent)?)
}

/// `pow(base, exponent, modulus)`, exponents below zero by the modular inverse.
///
/// # Errors
/// `ValueError: pow() 3rd argument cannot be 0` and `ValueError: base is not invertible for the given modulus`.
pub fn pow_mod(base: &BigInt, exponent: &BigInt, modulus: &BigInt) -> Result<Int, Fault> {
    if modulus.is_zero() {
        return Err(Fault::value("pow() 3rd argument cannot be 0"));
    }
    if modulus.magnitude().is_one() {
        return Ok(Int::Small(0));
    }
    if !exponent.is_negative() {
        return Ok(base.modpow(exponent, modulus).into());
    }
    let inverse = base
        .mod_floor(modulus)
        .modinv(modulus)
        .ok_or_else(|| Fault::value("base is not invertible for the given modulus"))?;
    Ok(inverse.modpow(&-exponent, modulus).into())
}

/// `a << count`.
///
/// # Errors
/// `ValueError: negative shift count`; `OverflowError` or `MemoryError` for a result beyond a gibibit.
pub fn shl(a: &Int, count: &Int) -> Result<Int, Fault> {
    if count.is_negative() {
        return Err(Fault::value("negative shift count"));
    }
    if a.is_zero() {
        return Ok(Int::Small(0));
    }
    let Int::Small(count) = *count else { return Err(too_many_digits()) };
    if let Int::Small(small) = *a {
        let shifted = if count < 63 { small << count } else { 0 };
        if count < 63 && shifted >> count == small {
            return Ok(Int::Small(shifted));
        }
    }
    if count as u64 > MAX_BITS {
        return Err(Fault::memory());
    }
    Ok((a.to_big().into_owned() << count as u64).into())
}

/// `a >> count`, rounding down.
///
/// # Errors
/// `ValueError: negative shift count`.
pub fn shr(a: &Int, count: &Int) -> Result<Int, Fault> {
    if count.is_negative() {
        return Err(Fault::value("negative shift count"));
    }
    let everything = Int::Small(if a.is_negative() { -1 } else { 0 });
    match (a, count) {
        (_, Int::Big(_)) => Ok(everything),
        (Int::Small(small), Int::Small(count)) => Ok(Int::Small(small >> (*count).min(63))),
        (Int::Big(big), Int::Small(count)) if *count as u64 <= big.bits() => Ok((big >> *count as u64).into()),
        _ => Ok(everything),
    }
}

/// `math.isqrt(a)`.
///
/// # Errors
/// `ValueError: isqrt() argument must be nonnegative`.
pub fn isqrt(a: &Int) -> Result<Int, Fault> {
    if a.is_negative() {
        return Err(Fault::value("isqrt() argument must be nonnegative"));
    }
    Ok(match a {
        Int::Small(small) => Int::Small(small.isqrt()),
        Int::Big(big) => big.sqrt().into(),
    })
}

/// `a.bit_length()`.
pub fn bit_length(a: &Int) -> u64 {
    match a {
        Int::Small(small) => u64::from(64 - small.unsigned_abs().leading_zeros()),
        Int::Big(big) => big.bits(),
    }
}

/// `a.bit_count()`: ones in the absolute value.
pub fn bit_count(a: &Int) -> u64 {
    match a {
        Int::Small(small) => u64::from(small.unsigned_abs().count_ones()),
        Int::Big(big) => big.magnitude().count_ones(),
    }
}

/// `mantissa * 2**exponent` to the nearest double, half to even, with subnormals; infinite if too large.
///
/// The lowest bit of a mantissa of at least 55 bits may be a sticky bit standing for what was cut off.
pub fn round_scaled(mantissa: &BigUint, exponent: i64) -> f64 {
    if mantissa.is_zero() {
        return 0.0;
    }
    let bits = mantissa.bits() as i64;
    let lowest = (bits + exponent - 53).max(-1074);
    let cut = lowest - exponent;
    let (kept, unit) = if cut <= 0 {
        (mantissa.to_u64().unwrap_or(u64::MAX), exponent)
    } else if cut > bits + 1 {
        (0, lowest)
    } else {
        (shift_half_even(mantissa, cut as u64), lowest)
    };
    if unit > 1023 {
        return if kept == 0 { 0.0 } else { f64::INFINITY };
    }
    kept as f64 * power_of_two(unit)
}

fn shift_half_even(mantissa: &BigUint, cut: u64) -> u64 {
    let kept = (mantissa >> cut).to_u64().unwrap_or(u64::MAX);
    let half = mantissa.bit(cut - 1);
    let beyond = mantissa.trailing_zeros().is_some_and(|zeros| zeros < cut - 1);
    kept + u64::from(half && (beyond || kept & 1 == 1))
}

/// `2.0**exponent` for `-1074 ..= 1023`.
fn power_of_two(exponent: i64) -> f64 {
    if exponent >= -1022 {
        f64::from_bits(((exponent + 1023) as u64) << 52)
    } else {
        f64::from_bits(1 << (exponent + 1074))
    }
}

/// `float(a)`.
///
/// # Errors
/// `OverflowError: int too large to convert to float`.
pub fn to_f64(a: &Int) -> Result<f64, Fault> {
    match a {
        Int::Small(small) => Ok(*small as f64),
        Int::Big(big) => big_to_f64(big),
    }
}

/// `float(a)` of a big int.
///
/// # Errors
/// As [`to_f64`].
pub fn big_to_f64(a: &BigInt) -> Result<f64, Fault> {
    let magnitude = if a.bits() > 1024 { f64::INFINITY } else { round_scaled(a.magnitude(), 0) };
    if magnitude.is_infinite() {
        return Err(Fault::overflow("int too large to convert to float"));
    }
    Ok(if a.is_negative() { -magnitude } else { magnitude })
}

/// `a / b` on small ints, correctly rounded.
///
/// # Errors
/// `ZeroDivisionError: division by zero`.
pub fn true_div_i64(a: i64, b: i64) -> Result<f64, Fault> {
    const EXACT: u64 = 1 << 53;
    if b != 0 && a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
        return Ok(a as f64 / b as f64);
    }
    true_div_big(&BigInt::from(a), &BigInt::from(b))
}

/// `a / b`, correctly rounded whatever the sizes.
///
/// # Errors
/// `ZeroDivisionError: division by zero`; `OverflowError: integer division result too large for a float`.
pub fn true_div_big(a: &BigInt, b: &BigInt) -> Result<f64, Fault> {
    if b.is_zero() {
        return Err(Fault::zero_division("division by zero"));
    }
    let negative = a.is_negative() != b.is_negative();
    let signed = |x: f64| if negative { -x } else { x };
    if a.is_zero() {
        return Ok(signed(0.0));
    }
    let spread = a.bits() as i64 - b.bits() as i64;
    if spread < -1100 {
        return Ok(signed(0.0));
    }
    let too_large = || Fault::overflow("integer division result too large for a float");
    if spread > 1100 {
        return Err(too_large());
    }
    // Scale so that the quotient has 65 or 66 bits; a remainder only matters as "a little more", which sets the lowest bit.
    let shift = 66 - spread;
    let (mut top, mut bottom) = (a.magnitude().clone(), b.magnitude().clone());
    if shift >= 0 {
        top <<= shift as u64
    } else {
        bottom <<= (-shift) as u64
    }
    let (mut quotient, rest) = top.div_rem(&bottom);
    if !rest.is_zero() {
        quotient.set_bit(0, true);
    }
    let value = round_scaled(&quotient, -shift);
    if value.is_infinite() { Err(too_large()) } else { Ok(signed(value)) }
}

/// Compares a small int with a float exactly; `None` for NaN.
pub fn cmp_i64_float(a: i64, x: f64) -> Option<Ordering> {
    if a.unsigned_abs() <= 1 << 53 {
        return (a as f64).partial_cmp(&x);
    }
    cmp_big_float(&BigInt::from(a), x)
}

/// Compares a big int with a float exactly; `None` for NaN.
pub fn cmp_big_float(a: &BigInt, x: f64) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = trunc_to_int(x);
    Some(a.cmp(&whole.to_big()).then_with(|| 0f64.total_cmp(&(x.fract() + 0.0))))
}

/// `round(a, ndigits)` of an int: unchanged for `ndigits >= 0`, else to a multiple of a power of ten, half to even.
pub fn round_digits(a: &Int, ndigits: i64) -> Int {
    if ndigits >= 0 {
        return a.clone();
    }
    let value = a.to_big();
    let tens = ndigits.unsigned_abs();
    // 10**tens is more than twice the value: nothing is left, whatever the digits.
    if tens.saturating_mul(3) > value.bits() + 2 {
        return Int::Small(0);
    }
    let unit = BigInt::from(10).pow(u32::try_from(tens).unwrap_or(u32::MAX));
    let (quotient, rest) = value.div_mod_floor(&unit);
    let doubled: BigInt = rest * 2;
    let up = match doubled.cmp(&unit) {
        Ordering::Less => false,
        Ordering::Greater => true,
        Ordering::Equal => quotient.is_odd(),
    };
    ((quotient + i32::from(up)) * unit).into()
}

/// `int.from_bytes`; `big_endian` is the byte order, `signed` two's complement.
pub fn from_bytes(bytes: &[u8], big_endian: bool, signed: bool) -> Int {
    if (1..8).contains(&bytes.len()) {
        // What is in front of them repeats the sign.
        let first = if big_endian { bytes[0] } else { bytes[bytes.len() - 1] };
        let filler = if signed && first >= 0x80 { 0xff } else { 0 };
        let mut word = [filler; 8];
        match big_endian {
            true => word[8 - bytes.len()..].copy_from_slice(bytes),
            false => word[..bytes.len()].copy_from_slice(bytes),
        }
        return Int::Small(if big_endian { i64::from_be_bytes(word) } else { i64::from_le_bytes(word) });
    }
    match (big_endian, signed) {
        (true, true) => BigInt::from_signed_bytes_be(bytes),
        (true, false) => BigInt::from_bytes_be(Sign::Plus, bytes),
        (false, true) => BigInt::from_signed_bytes_le(bytes),
        (false, false) => BigInt::from_bytes_le(Sign::Plus, bytes),
    }
    .into()
}

/// `a.to_bytes(length, order, signed=...)`.
///
/// # Errors
/// `OverflowError` if `a` does not fit, or is negative and `signed` is not set; `MemoryError` for an absurd length.
pub fn to_bytes(a: &Int, length: usize, big_endian: bool, signed: bool) -> Result<Vec<u8>, Fault> {
    if a.is_negative() && !signed {
        return Err(Fault::overflow("can't convert negative int to unsigned"));
    }
    if let (Int::Small(small), 1..=8) = (a, length) {
        // The bits that are cut off must all be as the sign, and so must the first one that stays, if there is a sign.
        let kept = 8 * length as u32 - u32::from(signed);
        if kept < i64::BITS && (small >> kept) != if *small < 0 { -1 } else { 0 } {
            return Err(Fault::overflow("int too big to convert"));
        }
        let mut bytes = small.to_le_bytes()[..length].to_vec();
        if big_endian {
            bytes.reverse();
        }
        return Ok(bytes);
    }
    let value = a.to_big();
    let mut bytes = if signed { value.to_signed_bytes_le() } else { value.magnitude().to_bytes_le() };
    // Zero needs no byte, and CPython also lets -1 vanish into none.
    if a.is_zero() || (*a == Int::Small(-1) && length == 0) {
        bytes.clear();
    }
    if bytes.len() > length {
        return Err(Fault::overflow("int too big to convert"));
    }
    check_size(length)?;
    bytes.resize(length, if a.is_negative() { 0xff } else { 0 });
    if big_endian {
        bytes.reverse();
    }
    Ok(bytes)
}

#[cfg(test)]
#[path = "int_math_tests.rs"]
mod tests;
