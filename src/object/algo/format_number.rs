//! Lays out a number for the format mini-language: sign, prefix, zero padding, thousands, fill.

use super::fault::{Fault, check_size};
use super::float_text::{FloatFlags, FloatStyle, MAX_PRECISION, double_to_text};
use super::format_spec::{Align, FormatSpec, pad};
use super::int_math::Int;
use super::int_text;

/// Thousands separators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    None,
    /// `,` every three digits.
    Comma,
    /// `_` every three digits.
    Underscore,
    /// `_` every four digits, in bases 2, 8 and 16.
    UnderscoreFour,
}

/// The parts of a number before layout.
struct Parts<'a> {
    negative: bool,
    prefix: &'a str,
    /// The digits that are padded and grouped; may be empty (`inf`).
    digits: &'a str,
    /// What follows them: point, fraction, exponent, `inf`, `%`.
    rest: &'a str,
}

/// An int as the character with that code: type `c`.
pub(super) fn code_point(value: &Int, spec: &FormatSpec) -> Result<String, Fault> {
    check_int_spec(spec)?;
    if spec.sign.is_some() {
        return Err(Fault::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(Fault::value("Alternate form (#) not allowed with integer format specifier 'c'"));
    }
    let Int::Small(code) = *value else {
        return Err(Fault::overflow("Python int too large to convert to C long"));
    };
    let c = u32::try_from(code).ok().and_then(char::from_u32);
    let c = c.ok_or_else(|| Fault::overflow("%c arg not in range(0x110000)"))?;
    Ok(pad(c.encode_utf8(&mut [0; 4]), spec))
}

fn check_int_spec(spec: &FormatSpec) -> Result<(), Fault> {
    if spec.precision.is_some() {
        return Err(Fault::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(Fault::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    Ok(())
}

/// An int in one of the bases: types `b d o x X n`.
pub(super) fn integer(value: &Int, spec: &FormatSpec, digit_limit: usize) -> Result<String, Fault> {
    check_int_spec(spec)?;
    let (base, prefix) = match spec.kind {
        Some('b') => (2, "0b"),
        Some('o') => (8, "0o"),
        Some('x') => (16, "0x"),
        Some('X') => (16, "0X"),
        _ => (10, ""),
    };
    let mut digits = if base == 10 {
        let text = int_text::to_decimal(value, digit_limit)?;
        text.trim_start_matches('-').to_owned()
    } else {
        int_text::magnitude_digits(value, base)
    };
    if spec.kind == Some('X') {
        digits.make_ascii_uppercase();
    }
    let prefix = if spec.alternate { prefix } else { "" };
    Ok(lay_out(&Parts { negative: value.is_negative(), prefix, digits: &digits, rest: "" }, spec))
}

/// A float: types `e E f F g G n %` and none.
pub(super) fn float(x: f64, spec: &FormatSpec) -> Result<String, Fault> {
    let percent = spec.kind == Some('%');
    let (style, default_precision) = match spec.kind {
        // No type: as `repr`, or with a precision as `g` that keeps a digit behind the point.
        None => (if spec.precision.is_some() { FloatStyle::General } else { FloatStyle::Repr }, 0),
        Some('e' | 'E') => (FloatStyle::Exponent, 6),
        Some('f' | 'F' | '%') => (FloatStyle::Fixed, 6),
        _ => (FloatStyle::General, 6),
    };
    let precision = spec.precision.unwrap_or(default_precision);
    if precision > MAX_PRECISION {
        return Err(Fault::value("precision too big"));
    }
    check_size(precision)?;
    let flags = FloatFlags {
        alternate: spec.alternate,
        dot_zero: spec.kind.is_none(),
        no_negative_zero: spec.no_negative_zero,
        upper: matches!(spec.kind, Some('E' | 'F' | 'G')),
    };
    let mut text = double_to_text(if percent { x * 100.0 } else { x }, style, precision, flags);
    if percent {
        text.push('%');
    }
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.as_str()),
    };
    let whole = body.bytes().take_while(u8::is_ascii_digit).count();
    Ok(lay_out(&Parts { negative, prefix: "", digits: &body[..whole], rest: &body[whole..] }, spec))
}

fn lay_out(parts: &Parts, spec: &FormatSpec) -> String {
    let sign = match (parts.negative, spec.sign) {
        (true, _) => "-",
        (_, Some('+')) => "+",
        (_, Some(' ')) => " ",
        _ => "",
    };
    let outside = sign.len() + parts.prefix.len() + parts.rest.len();
    // Zero padding after the sign takes part in the grouping: `format(123, '08,')` is `0,000,123`.
    let zero_padded = spec.fill == '0' && spec.align == Align::AfterSign;
    let least = if zero_padded { spec.width.saturating_sub(outside) } else { 0 };
    let digits = group(parts.digits, least, spec.grouping);
    let missing = spec.width.saturating_sub(outside + digits.len());
    let (left, middle, right) = match spec.align {
        Align::Left => (0, 0, missing),
        Align::Center => (missing / 2, 0, missing - missing / 2),
        Align::AfterSign => (0, missing, 0),
        Align::Right => (missing, 0, 0),
    };
    let mut out = String::with_capacity(outside + digits.len() + missing * spec.fill.len_utf8());
    out.extend(std::iter::repeat_n(spec.fill, left));
    out.push_str(sign);
    out.push_str(parts.prefix);
    out.extend(std::iter::repeat_n(spec.fill, middle));
    out.push_str(&digits);
    out.push_str(parts.rest);
    out.extend(std::iter::repeat_n(spec.fill, right));
    out
}

/// Inserts separators, and zeros in front until the whole is at least `least` long (never a separator first).
fn group(digits: &str, least: usize, grouping: Grouping) -> String {
    let (size, separator) = match grouping {
        _ if digits.is_empty() => return String::new(),
        Grouping::None => return format!("{}{digits}", "0".repeat(least.saturating_sub(digits.len()))),
        Grouping::Comma => (3, ','),
        Grouping::Underscore => (3, '_'),
        Grouping::UnderscoreFour => (4, '_'),
    };
    let mut reversed = Vec::with_capacity(digits.len() * 4 / 3 + least + 1);
    let mut source = digits.bytes().rev();
    let mut left = digits.len();
    let mut written = 0;
    while left > 0 || reversed.len() < least || written == 0 {
        if written > 0 && written % size == 0 {
            reversed.push(separator as u8);
        }
        reversed.push(source.next().unwrap_or(b'0'));
        left = left.saturating_sub(1);
        written += 1;
    }
    reversed.iter().rev().map(|&byte| byte as char).collect()
}
