//! Floats to text and back: `repr`, the `e f g r` conversions, and what `float()` accepts.
//!
//! Follows `Python/pystrtod.c`. The digits come from Rust's formatter, which is shortest-round-trip (`{:e}`) or exactly
//! rounded half to even (`{:.N}`); the layout (when to use an exponent, when to add `.0`) is Python's.

use super::char_class::{decimal_value, is_space};
use super::fault::Fault;
use super::float_math::decompose;
use super::str_repr::repr_str;
use std::io::Write;

/// Beyond this many digits every double is exact, so more precision only adds zeros.
const EXACT_DIGITS: usize = 1100;

/// The largest precision or width that CPython takes (a C `int`).
pub const MAX_PRECISION: usize = i32::MAX as usize;

/// The layout of [`double_to_text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FloatStyle {
    /// `e`: one digit, the point, `precision` digits, exponent.
    Exponent,
    /// `f`: `precision` digits behind the point.
    Fixed,
    /// `g`: `precision` significant digits, exponent form outside `1e-4 ..= 10**precision`.
    General,
    /// `r`: as many digits as needed to read the same double back; the precision does not matter.
    Repr,
}

/// Variations of [`double_to_text`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FloatFlags {
    /// `#`: keep the point and, in `g`, trailing zeros.
    pub alternate: bool,
    /// Append `.0` to what would look like an int.
    pub dot_zero: bool,
    /// `z`: a result of zero never has a minus sign.
    pub no_negative_zero: bool,
    /// `E`, `INF` and `NAN` in capitals.
    pub upper: bool,
}

/// Decimal digits without trailing zeros (`"0"` for zero); the value is `0.DIGITS * 10**point`.
struct Digits {
    text: Vec<u8>,
    point: i64,
}

impl Digits {
    fn from_parts(mut text: Vec<u8>, point: i64) -> Digits {
        let zeros = text.iter().take_while(|&&d| d == b'0').count();
        if zeros == text.len() {
            return Digits { text: vec![b'0'], point: 1 };
        }
        text.drain(..zeros);
        while text.last() == Some(&b'0') {
            text.pop();
        }
        Digits { text, point: point - zeros as i64 }
    }

    /// Reads Rust's exponent form, `d.ddde-N`.
    fn from_exponent_form(form: &str) -> Digits {
        let (mantissa, exponent) = form.split_once('e').unwrap_or((form, "0"));
        let text = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        Digits::from_parts(text, exponent.parse::<i64>().unwrap_or(0) + 1)
    }

    fn shortest(x: f64) -> Digits {
        let digits = Digits::from_exponent_form(&format!("{x:e}"));
        if !digits.may_be_tie(x) {
            return digits;
        }
        // Halfway between two equally short candidates Rust rounds up, Python to even, as the exact conversion does.
        let even = Digits::significant(x, digits.text.len());
        let text = String::from_utf8_lossy(&even.text);
        if format!("0.{text}e{}", even.point).parse() == Ok(x) { even } else { digits }
    }

    /// Whether the exact value of `x` may have just one digit more than these, so that both neighbours are as near.
    fn may_be_tie(&self, x: f64) -> bool {
        let count = self.text.len() as i64;
        if count < 16 {
            return false;
        }
        let (mantissa, exponent) = decompose(x);
        // A double with `n` bits behind the binary point has `n` digits behind the decimal one.
        let behind = -(i64::from(exponent) + i64::from(mantissa.trailing_zeros()));
        if behind > 0 { behind == count - self.point + 1 } else { self.point > count }
    }

    fn significant(x: f64, count: usize) -> Digits {
        let behind = count.clamp(1, EXACT_DIGITS) - 1;
        Digits::from_exponent_form(&format!("{x:.behind$e}"))
    }

    fn fixed(x: f64, behind: usize) -> Digits {
        if let Some(scaled) = scaled(x, behind) {
            let mut text = Vec::with_capacity(24);
            let _ = write!(text, "{scaled:0least$}", least = behind + 1);
            let point = (text.len() - behind) as i64;
            return Digits::from_parts(text, point);
        }
        let form = format!("{x:.*}", behind.min(EXACT_DIGITS));
        let point = form.find('.').unwrap_or(form.len());
        Digits::from_parts(form.bytes().filter(u8::is_ascii_digit).collect(), point as i64)
    }
}

/// `|x| * 10**behind`, rounded half to even as the exact value is, where that fits machine words.
fn scaled(x: f64, behind: usize) -> Option<u64> {
    let (mantissa, exponent) = decompose(x);
    // Below 2^53 * 10^18, which is less than 2^113.
    let wide =
        u128::from(mantissa) * u128::from(10u64.checked_pow(u32::try_from(behind).ok()?).filter(|_| behind <= 18)?);
    let shift = exponent.unsigned_abs();
    if exponent >= 0 {
        return if shift <= 10 { u64::try_from(wide << shift).ok() } else { None };
    }
    if shift > 120 {
        return None;
    }
    let (whole, rest, half) = (wide >> shift, wide & ((1 << shift) - 1), 1 << (shift - 1));
    let up = rest > half || (rest == half && whole & 1 == 1);
    u64::try_from(whole + u128::from(up)).ok()
}

/// `repr(x)`, which is also `str(x)`.
pub fn repr_float(x: f64) -> String {
    double_to_text(x, FloatStyle::Repr, 0, FloatFlags { dot_zero: true, ..FloatFlags::default() })
}

/// Formats `x`. `precision` counts digits as `style` says and is not limited here (see [`MAX_PRECISION`]).
pub fn double_to_text(x: f64, style: FloatStyle, precision: usize, flags: FloatFlags) -> String {
    if !x.is_finite() {
        return non_finite_text(x, flags.upper);
    }
    let magnitude = x.abs();
    let precision = if style == FloatStyle::General { precision.max(1) } else { precision };
    let digits = match style {
        FloatStyle::Exponent => Digits::significant(magnitude, precision.saturating_add(1)),
        FloatStyle::Fixed => Digits::fixed(magnitude, precision),
        FloatStyle::General => Digits::significant(magnitude, precision),
        FloatStyle::Repr => Digits::shortest(magnitude),
    };
    let mut out = String::with_capacity(24);
    if x.is_sign_negative() && !(flags.no_negative_zero && digits.text == b"0") {
        out.push('-');
    }
    write_layout(&digits, style, precision as i64, flags, &mut out);
    out
}

fn non_finite_text(x: f64, upper: bool) -> String {
    let text = match (x.is_nan(), x.is_sign_negative()) {
        (true, _) => "nan",
        (_, true) => "-inf",
        _ => "inf",
    };
    if upper { text.to_ascii_uppercase() } else { text.to_owned() }
}

/// Places point, padding zeros and exponent (`format_float_short`).
fn write_layout(digits: &Digits, style: FloatStyle, precision: i64, flags: FloatFlags, out: &mut String) {
    let count = digits.text.len() as i64;
    let point = digits.point;
    let (use_exponent, mut end) = match style {
        FloatStyle::Exponent => (true, precision + 1),
        FloatStyle::Fixed => (false, point + precision),
        FloatStyle::General => {
            let limit = precision - i64::from(flags.dot_zero);
            (point <= -4 || point > limit, if flags.alternate { precision } else { count })
        }
        FloatStyle::Repr => (point <= -4 || point > 16, count),
    };
    let shown_point = if use_exponent { 1 } else { point };
    // `end` counts digits from the first significant one; at least one digit stands before the point.
    let least = if !use_exponent && flags.dot_zero { shown_point + 1 } else { shown_point };
    end = end.max(least).max(count);
    write_digits(&digits.text, shown_point, end, flags.alternate, out);
    if use_exponent {
        let exponent = point - 1;
        out.push(if flags.upper { 'E' } else { 'e' });
        out.push(if exponent < 0 { '-' } else { '+' });
        out.push_str(&format!("{:02}", exponent.abs()));
    }
}

/// Writes the digits at positions `min(point, 1) - 1 .. end`, zeros outside the known ones, the point after `point` of them.
fn write_digits(text: &[u8], point: i64, end: i64, keep_point: bool, out: &mut String) {
    let count = text.len() as i64;
    if point <= 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', (-point) as usize));
        out.extend(text.iter().map(|&d| d as char));
        out.extend(std::iter::repeat_n('0', (end - count).max(0) as usize));
        if end <= point && !keep_point {
            out.pop();
        }
        return;
    }
    let before = point.min(count);
    out.extend(text[..before as usize].iter().map(|&d| d as char));
    out.extend(std::iter::repeat_n('0', (point - before) as usize));
    if end > point || keep_point {
        out.push('.');
    }
    if end > point {
        out.extend(text[before as usize..].iter().map(|&d| d as char));
        out.extend(std::iter::repeat_n('0', (end - count.max(point)) as usize));
    }
}

/// What `float(text)` gives.
///
/// # Errors
/// `ValueError: could not convert string to float: '…'`.
pub fn parse_float(text: &str) -> Result<f64, Fault> {
    parse_plain(text).ok_or_else(|| Fault::value(format!("could not convert string to float: {}", repr_str(text))))
}

fn parse_plain(text: &str) -> Option<f64> {
    let folded;
    let ascii = if text.is_ascii() {
        text
    } else {
        folded = fold_digits_and_spaces(text)?;
        &folded
    };
    let body = ascii.trim_matches(is_c_space);
    let cleaned;
    let body = if memchr::memchr(b'_', body.as_bytes()).is_some() {
        cleaned = without_underscores(body)?;
        &cleaned
    } else {
        body
    };
    body.parse::<f64>().ok()
}

/// White space of C's `isspace`, which is all that number parsing strips from ASCII text.
pub(super) fn is_c_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// Decimal digits of other scripts become ASCII ones and other spaces blanks, as `int()` and `float()` read them.
/// `None` if anything else outside ASCII is left.
pub(super) fn fold_digits_and_spaces(text: &str) -> Option<String> {
    text.chars()
        .map(|c| match c {
            c if c.is_ascii() => Some(c),
            c if is_space(c) => Some(' '),
            c => decimal_value(c).and_then(|value| char::from_digit(value, 10)),
        })
        .collect()
}

/// Underscores may stand only between two digits.
fn without_underscores(body: &str) -> Option<String> {
    let bytes = body.as_bytes();
    let digit_at = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let mut out = String::with_capacity(body.len());
    for (i, c) in body.char_indices() {
        if c != '_' {
            out.push(c);
        } else if i == 0 || !digit_at(i - 1) || !digit_at(i + 1) {
            return None;
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(x: f64, style: FloatStyle, precision: usize) -> String {
        double_to_text(x, style, precision, FloatFlags::default())
    }

    #[test]
    fn repr_is_shortest_with_python_exponents() {
        for (x, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (9999999999999998.0, "9999999999999998.0"),
            (1e15, "1000000000000000.0"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (100.5, "100.5"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
            (1.0 / 3.0, "0.3333333333333333"),
            (1402819851641385.0 / 8.0, "175352481455173.12"),
        ] {
            assert_eq!(repr_float(x), text);
        }
    }

    #[test]
    fn fixed_digits_are_those_of_the_exact_value() {
        let mut bits = 1u64;
        for i in 0..if cfg!(miri) { 20 } else { 200_000u64 } {
            bits = bits.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            // Exponents around that of 1, and short mantissas, whose products may be ties.
            let exponent = 1023 - 70 + bits % 140;
            let mantissa = (bits >> 12) & (u64::MAX << (i % 53));
            let x = f64::from_bits(exponent << 52 | (mantissa & ((1 << 52) - 1)));
            for behind in [0, 1, 3, 6, 17] {
                if let Some(scaled) = scaled(x, behind) {
                    let exact: String = format!("{x:.behind$}").chars().filter(char::is_ascii_digit).collect();
                    assert_eq!(
                        exact.trim_start_matches('0'),
                        scaled.to_string().trim_start_matches('0'),
                        "{x} {behind}"
                    );
                }
            }
        }
    }

    #[test]
    fn conversions() {
        use FloatStyle::*;
        assert_eq!(plain(2.5, Fixed, 0), "2");
        assert_eq!(plain(0.125, Fixed, 2), "0.12");
        assert_eq!(plain(1e22, Fixed, 1), "10000000000000000000000.0");
        assert_eq!(plain(0.0004, Fixed, 2), "0.00");
        assert_eq!(plain(-0.0004, Fixed, 2), "-0.00");
        assert_eq!(plain(0.0, Exponent, 3), "0.000e+00");
        assert_eq!(plain(123456.0, Exponent, 2), "1.23e+05");
        assert_eq!(plain(1e100, Exponent, 0), "1e+100");
        assert_eq!(plain(100000.0, General, 6), "100000");
        assert_eq!(plain(1000000.0, General, 6), "1e+06");
        assert_eq!(plain(0.0001, General, 6), "0.0001");
        assert_eq!(plain(0.00001234, General, 6), "1.234e-05");
        assert_eq!(plain(5.0, General, 0), "5");
        let alternate = FloatFlags { alternate: true, ..FloatFlags::default() };
        assert_eq!(double_to_text(1.0, General, 6, alternate), "1.00000");
        assert_eq!(double_to_text(2.0, Fixed, 0, alternate), "2.");
        assert_eq!(double_to_text(0.0, Fixed, 0, alternate), "0.");
        let no_zero = FloatFlags { no_negative_zero: true, ..FloatFlags::default() };
        assert_eq!(double_to_text(-0.0004, Fixed, 2, no_zero), "0.00");
        let dotted = FloatFlags { dot_zero: true, ..FloatFlags::default() };
        assert_eq!(double_to_text(12.0, General, 2, dotted), "1.2e+01");
        assert_eq!(double_to_text(12.0, General, 3, dotted), "12.0");
    }

    #[test]
    fn parsing() {
        for (text, x) in [
            ("1_0.5", 10.5),
            (" \t1e5\n", 1e5),
            ("٣.5", 3.5),
            ("-inf", f64::NEG_INFINITY),
            ("+Infinity", f64::INFINITY),
            ("1.", 1.0),
            (".5", 0.5),
            ("1e-400", 0.0),
            ("1e400", f64::INFINITY),
            ("\u{3000}7", 7.0),
        ] {
            assert_eq!(parse_float(text), Ok(x), "{text}");
        }
        assert!(parse_float("nan").is_ok_and(f64::is_nan));
        for text in ["", " ", "1__0", "_1", "1_", "1_.5", "1e", "e5", ".", "0x10", "1 2", "infin", "1\0", "é", "\x1f1"]
        {
            assert!(parse_float(text).is_err(), "{text}");
        }
        assert_eq!(parse_float("é\n").unwrap_err().text, "could not convert string to float: 'é\\n'");
    }
}
