//! `float.hex` and `float.fromhex`.

use super::fault::Fault;
use super::float_text::is_c_space;
use super::int_math::round_scaled;
use num_bigint::BigUint;

/// `x.hex()`, such as `0x1.8000000000000p+1`.
pub fn hex(x: f64) -> String {
    if !x.is_finite() {
        return super::float_text::repr_float(x);
    }
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x == 0.0 {
        return format!("{sign}0x0.0p+0");
    }
    let bits = x.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let biased = ((bits >> 52) & 0x7ff) as i32;
    let (lead, exponent) = if biased == 0 { (0, -1022) } else { (1, biased - 1023) };
    format!("{sign}0x{lead}.{fraction:013x}p{exponent:+}")
}

/// `float.fromhex(text)`.
///
/// # Errors
/// `ValueError` for anything that is no hexadecimal float, `OverflowError` if it is too large.
pub fn from_hex(text: &str) -> Result<f64, Fault> {
    let body = text.trim_matches(is_c_space);
    let (negative, body) = match body.as_bytes().first() {
        Some(b'-') => (true, &body[1..]),
        Some(b'+') => (false, &body[1..]),
        _ => (false, body),
    };
    let magnitude = match body.to_ascii_lowercase().as_str() {
        "inf" | "infinity" => f64::INFINITY,
        "nan" => f64::NAN,
        lower => parse_magnitude(lower)?,
    };
    Ok(if negative { -magnitude } else { magnitude })
}

fn invalid() -> Fault {
    Fault::value("invalid hexadecimal floating-point string")
}

fn parse_magnitude(lower: &str) -> Result<f64, Fault> {
    let body = lower.strip_prefix("0x").unwrap_or(lower);
    let (mantissa, exponent) = match body.split_once('p') {
        Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        None => (body, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(invalid());
    }
    let Some(mantissa) = BigUint::parse_bytes(&digits, 16).filter(|m| *m != BigUint::ZERO) else {
        return Ok(0.0);
    };
    let exponent = exponent.saturating_sub(4 * fraction.len() as i64);
    let top = exponent.saturating_add(mantissa.bits() as i64);
    if top < -1100 {
        return Ok(0.0);
    }
    let value = if top > 1100 { f64::INFINITY } else { round_scaled(&mantissa, exponent) };
    if value.is_infinite() {
        return Err(Fault::overflow("hexadecimal value too large to represent as a float"));
    }
    Ok(value)
}

fn parse_exponent(text: &str) -> Result<i64, Fault> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(invalid());
    }
    // Far outside the range of a double the exact number does not matter any more.
    let magnitude = digits.parse::<i64>().unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    Ok(if text.starts_with('-') { -magnitude } else { magnitude })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for (x, text) in [
            (3.0, "0x1.8000000000000p+1"),
            (0.1, "0x1.999999999999ap-4"),
            (-0.0, "-0x0.0p+0"),
            (5e-324, "0x0.0000000000001p-1022"),
            (f64::MAX, "0x1.fffffffffffffp+1023"),
        ] {
            assert_eq!(hex(x), text);
            assert_eq!(from_hex(text).map(f64::to_bits), Ok(x.to_bits()));
        }
        assert_eq!(from_hex(" -a.8P1 "), Ok(-21.0));
        assert_eq!(from_hex("0x1.fffffffffffff8p0"), Ok(2.0));
        assert_eq!(from_hex("0x1p-1075"), Ok(0.0));
        assert_eq!(from_hex("0x1.8p-1075"), Ok(5e-324));
        assert_eq!(from_hex("Infinity"), Ok(f64::INFINITY));
        assert_eq!(
            from_hex("0x1p1024").unwrap_err(),
            Fault::overflow("hexadecimal value too large to represent as a float")
        );
        for bad in ["", "0x", "0x.p1", "zz", "0x1p", "0x1p+", "1.2.3", "- 1"] {
            assert_eq!(from_hex(bad), Err(invalid()), "{bad}");
        }
    }
}
