//! Ints to text and back: what `int(text, base)` accepts, decimal and other bases, and the limit on decimal digits.

use super::fault::Fault;
use super::float_text::{fold_digits_and_spaces, is_c_space};
use super::int_math::Int;
use super::str_repr::repr_str;
use num_bigint::BigInt;

/// The default of `sys.set_int_max_str_digits`; zero means no limit.
pub const DEFAULT_DIGIT_LIMIT: usize = 4300;

/// Text up to this many digits is never refused, whatever the limit (CPython's threshold).
const ALWAYS_ALLOWED: usize = 640;

/// What `int(text, base)` gives; `base` 0 reads the prefix. `digit_limit` holds for bases that are no power of two.
///
/// # Errors
/// `ValueError`: bad base, invalid literal, or too many digits, with CPython's texts.
pub fn parse_int(text: &str, base: i64, digit_limit: usize) -> Result<Int, Fault> {
    if base == 10
        && let Some(int) = parse_digits(text.as_bytes())
    {
        return Ok(Int::Small(int));
    }
    if base != 0 && !(2..=36).contains(&base) {
        return Err(Fault::value("int() base must be >= 2 and <= 36, or 0"));
    }
    let folded;
    let ascii = if text.is_ascii() {
        Some(text)
    } else {
        folded = fold_digits_and_spaces(text);
        folded.as_deref()
    };
    let parsed = match ascii {
        Some(ascii) => parse_ascii(ascii.trim_matches(is_c_space), base as u32, digit_limit)?,
        None => None,
    };
    parsed.ok_or_else(|| invalid_literal(base, &repr_str(text)))
}

/// The commonest form: a few decimal digits, perhaps after a sign, and nothing else.
fn parse_digits(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    // 18 digits always fit.
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut int = 0;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        int = int * 10 + i64::from(digit);
    }
    Some(if negative { -int } else { int })
}

/// The error of [`parse_int`]; `repr` is the literal's repr, of which the first 200 characters are shown.
pub fn invalid_literal(base: i64, repr: &str) -> Fault {
    let shown: String = repr.chars().take(200).collect();
    Fault::value(format!("invalid literal for int() with base {base}: {shown}"))
}

/// `Ok(None)` is an invalid literal.
fn parse_ascii(text: &str, base: u32, digit_limit: usize) -> Result<Option<Int>, Fault> {
    let bytes = text.as_bytes();
    let (negative, bytes) = match bytes.first() {
        Some(b'-') => (true, &bytes[1..]),
        Some(b'+') => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    let (base, bytes, only_zero) = strip_prefix(bytes, base);
    // The largest part that could be a number is measured first, so that the limit is reported before what follows it.
    let Some((digits, complete)) = collect_digits(bytes, base) else { return Ok(None) };
    check_limit(digits.len(), base, digit_limit)?;
    if !complete {
        return Ok(None);
    }
    let Some(value) = digits_to_int(&digits, base, negative) else { return Ok(None) };
    Ok((!only_zero || value.is_zero()).then_some(value))
}

/// Finds the base and skips `0x` and its like with one underscore after it. The flag: base 0 and a leading zero without
/// a prefix, which only zero may have.
fn strip_prefix(bytes: &[u8], base: u32) -> (u32, &[u8], bool) {
    let marked = match bytes {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    if marked != 0 && (base == 0 || base == marked) {
        let rest = &bytes[2..];
        return (marked, rest.strip_prefix(b"_").unwrap_or(rest), false);
    }
    if base == 0 { (10, bytes, bytes.first() == Some(&b'0')) } else { (base, bytes, false) }
}

/// The digits up to the first other character, and whether that is the end. `None`: no digit, or a misplaced underscore.
fn collect_digits(bytes: &[u8], base: u32) -> Option<(Vec<u8>, bool)> {
    let mut digits = Vec::with_capacity(bytes.len());
    let mut after_digit = false;
    let mut complete = true;
    for &byte in bytes {
        if byte == b'_' {
            if !after_digit {
                return None;
            }
            after_digit = false;
        } else if (byte as char).is_digit(base) {
            digits.push(byte);
            after_digit = true;
        } else {
            complete = false;
            break;
        }
    }
    after_digit.then_some((digits, complete))
}

fn check_limit(count: usize, base: u32, limit: usize) -> Result<(), Fault> {
    if base.is_power_of_two() || limit == 0 || count <= ALWAYS_ALLOWED || count <= limit {
        return Ok(());
    }
    Err(Fault::value(format!(
        "Exceeds the limit ({limit} digits) for integer string conversion: value has {count} digits; \
         use sys.set_int_max_str_digits() to increase the limit"
    )))
}

fn digits_to_int(digits: &[u8], base: u32, negative: bool) -> Option<Int> {
    let text = std::str::from_utf8(digits).ok()?;
    if let Ok(small) = i64::from_str_radix(text, base) {
        return Some(Int::Small(if negative { -small } else { small }));
    }
    let big = BigInt::parse_bytes(digits, base)?;
    Some(Int::from(if negative { -big } else { big }))
}

/// The decimal digits of an int, written to the end of the buffer.
#[inline]
pub fn small_to_decimal(value: i64, buffer: &mut [u8; 20]) -> &str {
    let mut at = buffer.len();
    let mut rest = value.unsigned_abs();
    // Two digits a step: the divisions depend on one another.
    while rest >= 100 {
        let pair = (rest % 100) as usize * 2;
        rest /= 100;
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    }
    if rest >= 10 {
        let pair = rest as usize * 2;
        at -= 2;
        buffer[at..at + 2].copy_from_slice(&PAIRS[pair..pair + 2]);
    } else {
        at -= 1;
        buffer[at] = b'0' + rest as u8;
    }
    if value < 0 {
        at -= 1;
        buffer[at] = b'-';
    }
    // Safety: digits and a sign.
    unsafe { std::str::from_utf8_unchecked(&buffer[at..]) }
}

/// The numbers from 0 to 99 in two digits each.
static PAIRS: [u8; 200] = {
    let mut pairs = [b'0'; 200];
    let mut i = 0;
    while i < 100 {
        pairs[2 * i] += (i / 10) as u8;
        pairs[2 * i + 1] += (i % 10) as u8;
        i += 1;
    }
    pairs
};

/// `str(a)`; `digit_limit` as in [`parse_int`].
///
/// # Errors
/// `ValueError: Exceeds the limit (… digits) for integer string conversion; …`.
pub fn to_decimal(a: &Int, digit_limit: usize) -> Result<String, Fault> {
    match a {
        Int::Small(small) => Ok(small.to_string()),
        Int::Big(big) => big_to_decimal(big, digit_limit),
    }
}

/// `str(a)` of a big int.
///
/// # Errors
/// As [`to_decimal`].
pub fn big_to_decimal(a: &BigInt, digit_limit: usize) -> Result<String, Fault> {
    let too_long = || {
        Fault::value(format!(
            "Exceeds the limit ({digit_limit} digits) for integer string conversion; \
             use sys.set_int_max_str_digits() to increase the limit"
        ))
    };
    let limited = digit_limit != 0;
    // A decimal digit holds at most 3.33 bits: this refuses hopeless sizes before the quadratic conversion.
    if limited && a.bits() > digit_limit.max(ALWAYS_ALLOWED) as u64 * 10 / 3 + 4 {
        return Err(too_long());
    }
    let text = a.to_string();
    let digits = text.trim_start_matches('-').len();
    if limited && digits > digit_limit && digits > ALWAYS_ALLOWED {
        return Err(too_long());
    }
    Ok(text)
}

/// The digits of the absolute value in base 2, 8, 10 or 16, without sign, prefix or limit.
pub fn magnitude_digits(a: &Int, base: u32) -> String {
    match a {
        Int::Small(small) => {
            let magnitude = small.unsigned_abs();
            match base {
                2 => format!("{magnitude:b}"),
                8 => format!("{magnitude:o}"),
                16 => format!("{magnitude:x}"),
                _ => magnitude.to_string(),
            }
        }
        Int::Big(big) => big.magnitude().to_str_radix(base),
    }
}

/// Sign, prefix and digits in base 2, 8 or 16.
fn prefixed(a: &Int, base: u32, prefix: &str) -> String {
    let mut text = String::with_capacity(32);
    text.push_str(if a.is_negative() { "-" } else { "" });
    text.push_str(prefix);
    match a {
        Int::Small(small) => {
            let (magnitude, shift) = (small.unsigned_abs(), base.ilog2());
            let count = (u64::BITS - magnitude.leading_zeros()).div_ceil(shift).max(1);
            let digit = |i: u32| (magnitude >> (i * shift)) as u32 & (base - 1);
            text.extend((0..count).rev().filter_map(|i| char::from_digit(digit(i), base)));
        }
        Int::Big(_) => text.push_str(&magnitude_digits(a, base)),
    }
    text
}

/// `hex(a)`.
pub fn hex(a: &Int) -> String {
    prefixed(a, 16, "0x")
}

/// `oct(a)`.
pub fn oct(a: &Int) -> String {
    prefixed(a, 8, "0o")
}

/// `bin(a)`.
pub fn bin(a: &Int) -> String {
    prefixed(a, 2, "0b")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, base: i64) -> Result<Int, Fault> {
        parse_int(text, base, DEFAULT_DIGIT_LIMIT)
    }

    #[test]
    fn accepted() {
        for (text, base, value) in [
            (" -12\n", 10, -12),
            ("+1_000", 10, 1000),
            ("0x1F", 16, 31),
            ("0x_1f", 0, 31),
            ("0b101", 0, 5),
            ("0o17", 0, 15),
            ("00", 0, 0),
            ("0_0", 0, 0),
            ("z", 36, 35),
            ("b1", 16, 177),
            ("0b1", 16, 177),
            ("١٢", 10, 12),
            ("\u{3000}7\u{a0}", 10, 7),
            ("-9223372036854775808", 10, i64::MIN),
        ] {
            assert_eq!(parse(text, base), Ok(Int::Small(value)), "{text}");
        }
        assert_eq!(parse("9223372036854775808", 10), Ok(Int::from(BigInt::from(i64::MIN) * -1)));
    }

    #[test]
    fn refused() {
        for (text, base) in [
            ("", 10),
            (" ", 10),
            ("-", 10),
            ("1__1", 10),
            ("_1", 10),
            ("1_", 10),
            ("0x", 16),
            ("0x__1", 16),
            ("01", 0),
            ("1.5", 10),
            ("1 2", 10),
            ("- 1", 10),
            ("0b2", 0),
            ("12", 2),
            ("é", 10),
            ("1\0", 10),
            ("\x1f1", 10),
        ] {
            assert!(parse(text, base).is_err(), "{text}");
        }
        assert_eq!(parse("a'", 10).unwrap_err().text, "invalid literal for int() with base 10: \"a'\"");
        assert_eq!(parse("1", 1).unwrap_err().text, "int() base must be >= 2 and <= 36, or 0");
        assert_eq!(
            parse(&"z".repeat(300), 10).unwrap_err().text.len(),
            "invalid literal for int() with base 10: ".len() + 200
        );
    }

    #[test]
    fn limits() {
        let long = "1".repeat(5000);
        assert_eq!(
            parse(&long, 10).unwrap_err().text,
            "Exceeds the limit (4300 digits) for integer string conversion: value has 5000 digits; \
             use sys.set_int_max_str_digits() to increase the limit"
        );
        assert!(parse(&long, 16).is_ok());
        assert!(parse_int(&long, 10, 0).is_ok());
        let edge = BigInt::from(10).pow(4299);
        assert_eq!(big_to_decimal(&edge, 4300).map(|text| text.len()), Ok(4300));
        assert!(big_to_decimal(&(edge * 10), 4300).is_err());
    }

    #[test]
    fn other_bases() {
        assert_eq!(hex(&Int::Small(-255)), "-0xff");
        assert_eq!(oct(&Int::Small(8)), "0o10");
        assert_eq!(bin(&Int::Small(i64::MIN)), format!("-0b1{}", "0".repeat(63)));
        assert_eq!(hex(&Int::from(BigInt::from(1) << 64)), "0x10000000000000000");
    }
}
