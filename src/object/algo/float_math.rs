//! Arithmetic of floats where Python differs from IEEE: errors, floor division, rounding, conversion to exact ints.

use super::fault::Fault;
use super::int_math::Int;
use num_bigint::BigInt;

/// `a / b`.
///
/// # Errors
/// `ZeroDivisionError: float division by zero`.
pub fn div(a: f64, b: f64) -> Result<f64, Fault> {
    if b == 0.0 { Err(Fault::zero_division("float division by zero")) } else { Ok(a / b) }
}

/// `a // b`.
///
/// # Errors
/// `ZeroDivisionError: float floor division by zero`.
pub fn floor_div(a: f64, b: f64) -> Result<f64, Fault> {
    if b == 0.0 { Err(Fault::zero_division("float floor division by zero")) } else { Ok(quotient_and_rest(a, b).0) }
}

/// `a % b`, with the sign of `b`.
///
/// # Errors
/// `ZeroDivisionError: float modulo by zero`.
pub fn modulo(a: f64, b: f64) -> Result<f64, Fault> {
    if b == 0.0 { Err(Fault::zero_division("float modulo by zero")) } else { Ok(rest(a, b)) }
}

/// `divmod(a, b)`.
///
/// # Errors
/// `ZeroDivisionError: float divmod()`.
pub fn divmod(a: f64, b: f64) -> Result<(f64, f64), Fault> {
    if b == 0.0 { Err(Fault::zero_division("float divmod()")) } else { Ok(quotient_and_rest(a, b)) }
}

fn rest(a: f64, b: f64) -> f64 {
    let rest = a % b;
    if rest == 0.0 {
        0f64.copysign(b)
    } else if (b < 0.0) != (rest < 0.0) {
        rest + b
    } else {
        rest
    }
}

fn quotient_and_rest(a: f64, b: f64) -> (f64, f64) {
    let mut modulus = a % b;
    // `a - modulus` is very nearly a multiple of `b`, so the quotient is nearly an integer.
    let mut quotient = (a - modulus) / b;
    if modulus == 0.0 {
        modulus = 0f64.copysign(b);
    } else if (b < 0.0) != (modulus < 0.0) {
        modulus += b;
        quotient -= 1.0;
    }
    let floor = if quotient == 0.0 {
        0f64.copysign(a / b)
    } else if quotient - quotient.floor() > 0.5 {
        quotient.floor() + 1.0
    } else {
        quotient.floor()
    };
    (floor, modulus)
}

/// `a ** b`.
///
/// # Errors
/// `ZeroDivisionError` for zero to a negative power, `OverflowError` if a finite pair gives no finite result,
/// `ValueError` for a negative base with a fractional exponent (complex in Python, which Coro has not).
pub fn pow(a: f64, b: f64) -> Result<f64, Fault> {
    if a == 0.0 && b < 0.0 && b.is_finite() {
        return Err(Fault::zero_division("0.0 cannot be raised to a negative power"));
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b != b.floor() {
        return Err(Fault::value(
            "a negative number to a fractional power is complex, and complex numbers are not supported",
        ));
    }
    let result = a.powf(b);
    if result.is_infinite() && a.is_finite() && b.is_finite() {
        return Err(Fault::overflow("(34, 'Numerical result out of range')"));
    }
    Ok(result)
}

/// `x.is_integer()`.
pub fn is_integer(x: f64) -> bool {
    x.is_finite() && x == x.trunc()
}

/// Mantissa and exponent: `x.abs() == mantissa * 2**exponent`, exactly. For finite `x`.
pub fn decompose(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let biased = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if biased == 0 { (fraction, -1074) } else { (fraction | (1 << 52), biased - 1075) }
}

/// `int(x)`: toward zero.
///
/// # Errors
/// `OverflowError` for infinities, `ValueError` for NaN, with CPython's texts.
pub fn to_int(x: f64) -> Result<Int, Fault> {
    if x.is_nan() {
        return Err(Fault::value("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(Fault::overflow("cannot convert float infinity to integer"));
    }
    Ok(trunc_to_int(x))
}

/// The integer part of a finite float.
pub(super) fn trunc_to_int(x: f64) -> Int {
    const LIMIT: f64 = 9223372036854775808.0;
    if (-LIMIT..LIMIT).contains(&x) {
        return Int::Small(x as i64);
    }
    let (mantissa, exponent) = decompose(x);
    let magnitude = BigInt::from(mantissa) << exponent.max(0);
    Int::from(if x < 0.0 { -magnitude } else { magnitude })
}

/// `x.as_integer_ratio()`: numerator and positive denominator in lowest terms.
///
/// # Errors
/// `OverflowError` for infinities, `ValueError` for NaN.
pub fn as_integer_ratio(x: f64) -> Result<(Int, Int), Fault> {
    if x.is_nan() {
        return Err(Fault::value("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(Fault::overflow("cannot convert Infinity to integer ratio"));
    }
    let (mantissa, exponent) = decompose(x);
    if mantissa == 0 {
        return Ok((Int::Small(0), Int::Small(1)));
    }
    let twos = mantissa.trailing_zeros() as i32;
    let (mantissa, exponent) = (mantissa >> twos, exponent + twos);
    let signed = if x < 0.0 { -BigInt::from(mantissa) } else { BigInt::from(mantissa) };
    Ok(if exponent >= 0 {
        (Int::from(signed << exponent), Int::Small(1))
    } else {
        (Int::from(signed), Int::from(BigInt::from(1) << -exponent))
    })
}

/// `round(x)`: to the nearest int, half to even.
///
/// # Errors
/// As [`to_int`].
pub fn round_to_int(x: f64) -> Result<Int, Fault> {
    to_int(x.round_ties_even())
}

/// `round(x, ndigits)`: correctly rounded from the exact decimal value, half to even.
///
/// # Errors
/// `OverflowError: rounded value too large to represent`.
pub fn round_digits(x: f64, ndigits: i64) -> Result<f64, Fault> {
    // The same bounds as CPython: beyond them nothing changes, or nothing is left.
    if !x.is_finite() || ndigits > 323 || x == 0.0 {
        return Ok(x);
    }
    if ndigits < -308 {
        return Ok(0f64.copysign(x));
    }
    let magnitude = if ndigits >= 0 {
        format!("{:.*}", ndigits as usize, x.abs()).parse()
    } else {
        round_to_tens(x.abs(), -ndigits).parse()
    };
    let rounded: f64 = magnitude.unwrap_or(x.abs());
    if rounded.is_infinite() {
        return Err(Fault::overflow("rounded value too large to represent"));
    }
    Ok(rounded.copysign(x))
}

/// `x` rounded to a multiple of `10**tens`, as decimal text. `x` is positive.
fn round_to_tens(x: f64, tens: i64) -> String {
    // The exact expansion of a double above 1 has at most 309 + 1074 digits, all of them in this form.
    let exact = format!("{x:.1100e}");
    let (mantissa, exponent) = exact.split_once('e').unwrap_or((&exact, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let kept = exponent + 1 - tens;
    if kept > 0 {
        return format!("{x:.*e}", kept as usize - 1);
    }
    // Not one digit is kept: the result is one unit of 10**tens if x is above half of it, else zero.
    let above_half = kept == 0
        && (mantissa.as_bytes()[0] > b'5'
            || (mantissa.as_bytes()[0] == b'5' && mantissa.bytes().skip(2).any(|digit| digit != b'0')));
    if above_half { format!("1e{tens}") } else { "0".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_follows_the_divisor() {
        assert_eq!(modulo(-7.5, 2.0), Ok(0.5));
        assert_eq!(modulo(7.5, -2.0), Ok(-0.5));
        assert_eq!(floor_div(-7.5, 2.0), Ok(-4.0));
        assert_eq!(divmod(1.0, 0.1), Ok((9.0, 0.09999999999999995)));
        assert!(floor_div(-0.0, 5.0).is_ok_and(|q| q == 0.0 && q.is_sign_negative()));
        assert!(modulo(5.0, f64::NEG_INFINITY).is_ok_and(|m| m == f64::NEG_INFINITY));
        assert_eq!(divmod(1.0, 0.0).unwrap_err().text, "float divmod()");
    }

    #[test]
    fn rounding() {
        for (x, n, rounded) in [
            (2.675, 2, 2.67),
            (0.5, 0, 0.0),
            (1.5, 0, 2.0),
            (2.5, 0, 2.0),
            (0.125, 2, 0.12),
            (0.15, 1, 0.1),
            (1234.5, -2, 1200.0),
            (1250.0, -2, 1200.0),
            (1350.0, -2, 1400.0),
            (50.0, -2, 0.0),
            (51.0, -2, 100.0),
            (50.0001, -2, 100.0),
            (4.0, -1, 0.0),
            (1e308, -308, 1e308),
            (-1.25, 1, -1.2),
            (1e22, 5, 1e22),
        ] {
            assert_eq!(round_digits(x, n), Ok(rounded), "round({x}, {n})");
        }
        assert!(round_digits(1.7e308, -308).is_err());
        assert_eq!(round_to_int(2.5), Ok(Int::Small(2)));
        assert_eq!(round_to_int(-3.5), Ok(Int::Small(-4)));
    }

    #[test]
    fn exact_conversions() {
        assert_eq!(as_integer_ratio(0.75), Ok((Int::Small(3), Int::Small(4))));
        assert_eq!(as_integer_ratio(-0.0), Ok((Int::Small(0), Int::Small(1))));
        assert_eq!(as_integer_ratio(0.1), Ok((Int::Small(3602879701896397), Int::Small(36028797018963968))));
        assert_eq!(to_int(-3.9), Ok(Int::Small(-3)));
        assert_eq!(to_int(1e20), Ok(Int::from(BigInt::from(100000000000000000000u128))));
        assert_eq!(to_int(-9223372036854775808.0), Ok(Int::Small(i64::MIN)));
        assert!(is_integer(3.0) && !is_integer(3.5) && !is_integer(f64::INFINITY));
        assert!(pow(-8.0, 1.0 / 3.0).is_err() && pow(10.0, 400.0).is_err());
        assert_eq!(pow(2.0, -1.0), Ok(0.5));
    }
}
