//! The format mini-language: `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`.
//!
//! Parsing and the entry points for each type; `format_number` lays out numbers. Follows `Python/formatter_unicode.c`
//! of CPython 3.13, with its texts.

use super::fault::{Fault, check_size};
use super::format_number::{self, Grouping};
use super::int_math::Int;

/// Where the padding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: between sign and digits.
    AfterSign,
}

impl Align {
    fn from_char(c: char) -> Option<Align> {
        Some(match c {
            '<' => Align::Left,
            '>' => Align::Right,
            '^' => Align::Center,
            '=' => Align::AfterSign,
            _ => return None,
        })
    }
}

/// A parsed format specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormatSpec {
    pub fill: char,
    pub align: Align,
    /// `+`, `-`, a space, or none given.
    pub sign: Option<char>,
    /// `z`
    pub no_negative_zero: bool,
    /// `#`
    pub alternate: bool,
    pub width: usize,
    pub grouping: Grouping,
    pub precision: Option<usize>,
    /// The type letter; `None` if left out.
    pub kind: Option<char>,
}

/// The families of types that share the mini-language; they differ in default alignment and type letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Text,
    Int,
    Float,
}

/// Longest number CPython reads in a format (`PY_SSIZE_T_MAX`).
const MAX_NUMBER: usize = i64::MAX as usize;

/// Reads decimal digits at the front; `None` if there are none.
fn take_number(chars: &mut &[char]) -> Result<Option<usize>, Fault> {
    let mut value: Option<usize> = None;
    while let Some(digit) = chars.first().and_then(|&c| super::char_class::decimal_value(c)) {
        let digit = digit as usize;
        let so_far = value.unwrap_or(0);
        if so_far > (MAX_NUMBER - digit) / 10 {
            return Err(Fault::value("Too many decimal digits in format string"));
        }
        value = Some(so_far * 10 + digit);
        *chars = &chars[1..];
    }
    Ok(value)
}

fn take_if<T>(chars: &mut &[char], test: impl Fn(char) -> Option<T>) -> Option<T> {
    let taken = test(*chars.first()?)?;
    *chars = &chars[1..];
    Some(taken)
}

fn take_char(chars: &mut &[char], wanted: char) -> bool {
    take_if(chars, |c| (c == wanted).then_some(())).is_some()
}

impl FormatSpec {
    fn parse(spec: &str, family: Family, type_name: &str) -> Result<FormatSpec, Fault> {
        let all: Vec<char> = spec.chars().collect();
        let mut rest = all.as_slice();
        let default_align = if family == Family::Text { Align::Left } else { Align::Right };
        let (mut fill, mut align) = (None, None);
        if let Some(given) = rest.get(1).and_then(|&c| Align::from_char(c)) {
            (fill, align) = (Some(rest[0]), Some(given));
            rest = &rest[2..];
        } else if let Some(given) = take_if(&mut rest, Align::from_char) {
            align = Some(given);
        }
        let sign = take_if(&mut rest, |c| matches!(c, ' ' | '+' | '-').then_some(c));
        let no_negative_zero = take_char(&mut rest, 'z');
        let alternate = take_char(&mut rest, '#');
        // A zero before the width means zero fill, and for numbers also padding after the sign.
        if fill.is_none() && take_char(&mut rest, '0') {
            fill = Some('0');
            if align.is_none() && default_align == Align::Right {
                align = Some(Align::AfterSign);
            }
        }
        let width = take_number(&mut rest)?.unwrap_or(0);
        let mut grouping = take_grouping(&mut rest)?;
        let precision = if take_char(&mut rest, '.') {
            Some(take_number(&mut rest)?.ok_or_else(|| Fault::value("Format specifier missing precision"))?)
        } else {
            None
        };
        if rest.len() > 1 {
            return Err(Fault::value(format!("Invalid format specifier '{spec}' for object of type '{type_name}'")));
        }
        check_size(width)?;
        let kind = rest.first().copied();
        check_grouping(&mut grouping, kind, family)?;
        let (fill, align) = (fill.unwrap_or(' '), align.unwrap_or(default_align));
        Ok(FormatSpec { fill, align, sign, no_negative_zero, alternate, width, grouping, precision, kind })
    }
}

fn both_separators() -> Fault {
    Fault::value("Cannot specify both ',' and '_'.")
}

fn take_grouping(rest: &mut &[char]) -> Result<Grouping, Fault> {
    let mut grouping = Grouping::None;
    if take_char(rest, ',') {
        grouping = Grouping::Comma;
    }
    if take_char(rest, '_') {
        if grouping == Grouping::Comma {
            return Err(both_separators());
        }
        grouping = Grouping::Underscore;
    }
    if grouping == Grouping::Underscore && rest.first() == Some(&',') {
        return Err(both_separators());
    }
    Ok(grouping)
}

/// Which types take separators; underscores in other bases separate four digits.
fn check_grouping(grouping: &mut Grouping, kind: Option<char>, family: Family) -> Result<(), Fault> {
    let separator = match *grouping {
        Grouping::None => return Ok(()),
        Grouping::Comma => ',',
        Grouping::Underscore | Grouping::UnderscoreFour => '_',
    };
    // A string's default type is `s`, an int's `d`: the check sees the default.
    let kind = match (kind, family) {
        (None, Family::Text) => 's',
        (None, _) => return Ok(()),
        (Some(kind), _) => kind,
    };
    match kind {
        'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' => Ok(()),
        'b' | 'o' | 'x' | 'X' if *grouping == Grouping::Underscore => {
            *grouping = Grouping::UnderscoreFour;
            Ok(())
        }
        _ => Err(Fault::value(format!("Cannot specify '{separator}' with '{}'.", shown_code(kind)))),
    }
}

fn shown_code(kind: char) -> String {
    if ('!'..='\x7f').contains(&kind) { kind.to_string() } else { format!("\\x{:x}", kind as u32) }
}

fn unknown_code(kind: char, type_name: &str) -> Fault {
    Fault::value(format!("Unknown format code '{}' for object of type '{type_name}'", shown_code(kind)))
}

/// `text.__format__(spec)`.
///
/// # Errors
/// `ValueError` with CPython's text.
pub fn format_str(text: &str, spec: &str, type_name: &str) -> Result<String, Fault> {
    if spec.is_empty() {
        return Ok(text.to_owned());
    }
    let spec = FormatSpec::parse(spec, Family::Text, type_name)?;
    if let Some(kind) = spec.kind.filter(|&kind| kind != 's') {
        return Err(unknown_code(kind, type_name));
    }
    let refused = match spec {
        FormatSpec { sign: Some(' '), .. } => Some("Space not allowed in string format specifier"),
        FormatSpec { sign: Some(_), .. } => Some("Sign not allowed in string format specifier"),
        FormatSpec { no_negative_zero: true, .. } => {
            Some("Negative zero coercion (z) not allowed in string format specifier")
        }
        FormatSpec { alternate: true, .. } => Some("Alternate form (#) not allowed in string format specifier"),
        FormatSpec { align: Align::AfterSign, .. } => Some("'=' alignment not allowed in string format specifier"),
        _ => None,
    };
    if let Some(message) = refused {
        return Err(Fault::value(message));
    }
    let cut = match spec.precision {
        Some(precision) => text.char_indices().nth(precision).map_or(text, |(end, _)| &text[..end]),
        None => text,
    };
    Ok(pad(cut, &spec))
}

/// Pads text to the width; counts code points.
pub(super) fn pad(text: &str, spec: &FormatSpec) -> String {
    let missing = spec.width.saturating_sub(text.chars().count());
    let left = match spec.align {
        Align::Left => 0,
        Align::Center => missing / 2,
        Align::Right | Align::AfterSign => missing,
    };
    let mut out = String::with_capacity(text.len() + missing);
    out.extend(std::iter::repeat_n(spec.fill, left));
    out.push_str(text);
    out.extend(std::iter::repeat_n(spec.fill, missing - left));
    out
}

/// `value.__format__(spec)` of an int. `type_name` is for error texts (`bool` shares the method).
///
/// # Errors
/// `ValueError` or `OverflowError` with CPython's text.
pub fn format_int(value: &Int, spec: &str, type_name: &str, digit_limit: usize) -> Result<String, Fault> {
    if spec.is_empty() {
        return super::int_text::to_decimal(value, digit_limit);
    }
    let spec = FormatSpec::parse(spec, Family::Int, type_name)?;
    match spec.kind.unwrap_or('d') {
        'c' => format_number::code_point(value, &spec),
        'b' | 'd' | 'o' | 'x' | 'X' | 'n' => format_number::integer(value, &spec, digit_limit),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%' => format_number::float(super::int_math::to_f64(value)?, &spec),
        kind => Err(unknown_code(kind, type_name)),
    }
}

/// `x.__format__(spec)` of a float.
///
/// # Errors
/// `ValueError` with CPython's text.
pub fn format_float(x: f64, spec: &str, type_name: &str) -> Result<String, Fault> {
    if spec.is_empty() {
        return Ok(super::float_text::repr_float(x));
    }
    let spec = FormatSpec::parse(spec, Family::Float, type_name)?;
    match spec.kind {
        None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') => format_number::float(x, &spec),
        Some(kind) => Err(unknown_code(kind, type_name)),
    }
}

/// `object.__format__`: any specification at all is an error for other types.
pub fn unsupported(type_name: &str) -> Fault {
    Fault::type_error(format!("unsupported format string passed to {type_name}.__format__"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_bigint::BigInt;

    fn int(value: i64, spec: &str) -> String {
        format_int(&Int::Small(value), spec, "int", 4300).unwrap_or_else(|fault| fault.text.into_owned())
    }

    fn float(x: f64, spec: &str) -> String {
        format_float(x, spec, "float").unwrap_or_else(|fault| fault.text.into_owned())
    }

    fn text(value: &str, spec: &str) -> String {
        format_str(value, spec, "str").unwrap_or_else(|fault| fault.text.into_owned())
    }

    #[test]
    fn ints() {
        for (value, spec, expected) in [
            (42, "", "42"),
            (42, "5", "   42"),
            (42, "<5", "42   "),
            (42, "*^6", "**42**"),
            (-42, "06", "-00042"),
            (-42, "=6", "-   42"),
            (42, "+", "+42"),
            (42, " ", " 42"),
            (255, "#x", "0xff"),
            (255, "#06X", "0X00FF"),
            (-5, "#b", "-0b101"),
            (1234567, ",", "1,234,567"),
            (1234567, "_", "1_234_567"),
            (0xabcdef, "_x", "ab_cdef"),
            (123, "08,", "0,000,123"),
            (1234, "010,", "00,001,234"),
            (-1234, "+012_", "-000_001_234"),
            (97, "c", "a"),
            (97, "5c", "    a"),
            (97, "<5c", "a    "),
            (97, "05c", "0000a"),
            (3, ".2f", "3.00"),
            (1, "%", "100.000000%"),
            (1234, "n", "1234"),
            (7, "\u{e9}>4", "\u{e9}\u{e9}\u{e9}7"),
            (5, ".3", "Precision not allowed in integer format specifier"),
            (5, "q", "Unknown format code 'q' for object of type 'int'"),
            (5, "é", "Unknown format code '\\xe9' for object of type 'int'"),
            (5, ",x", "Cannot specify ',' with 'x'."),
            (5, "_,", "Cannot specify both ',' and '_'."),
            (5, ",,", "Cannot specify ',' with ','."),
            (5, "10xx", "Invalid format specifier '10xx' for object of type 'int'"),
            (-1, "c", "%c arg not in range(0x110000)"),
            (5, "+c", "Sign not allowed with integer format specifier 'c'"),
            (5, "99999999999999999999", "Too many decimal digits in format string"),
        ] {
            assert_eq!(int(value, spec), expected, "{spec}");
        }
        let big = Int::from(BigInt::from(10).pow(24));
        assert_eq!(format_int(&big, ",", "int", 4300).as_deref(), Ok("1,000,000,000,000,000,000,000,000"));
    }

    #[test]
    fn floats() {
        for (x, spec, expected) in [
            (2.34567, ".2f", "2.35"),
            (1234567.891, ",.2f", "1,234,567.89"),
            (1234567.891, "015,.1f", "0,001,234,567.9"),
            (1e10, "", "10000000000.0"),
            (1e10, "g", "1e+10"),
            (1e10, "15", "  10000000000.0"),
            (3.0, ".3", "3.0"),
            (1234.5, ".3", "1.23e+03"),
            (0.5, "%", "50.000000%"),
            (0.256, ".1%", "25.6%"),
            (f64::INFINITY, "010", "0000000inf"),
            (f64::NEG_INFINITY, "F", "-INF"),
            (f64::NAN, "+", "+nan"),
            (-0.0001, "z.1f", "0.0"),
            (1.0, "#.0f", "1."),
            (1.0, "e", "1.000000e+00"),
            (1.5, "+.0e", "+2e+00"),
            (1.0, "d", "Unknown format code 'd' for object of type 'float'"),
            (1.0, ".", "Format specifier missing precision"),
            (1.0, ".9999999999f", "precision too big"),
        ] {
            assert_eq!(float(x, spec), expected, "{spec}");
        }
    }

    #[test]
    fn strings() {
        for (value, spec, expected) in [
            ("abc", "", "abc"),
            ("abc", "6", "abc   "),
            ("abc", ">6", "   abc"),
            ("abc", "*^7.2", "**ab***"),
            ("é中", "4s", "é中  "),
            ("a", "010", "a000000000"),
            ("a", "d", "Unknown format code 'd' for object of type 'str'"),
            ("a", "+", "Sign not allowed in string format specifier"),
            ("a", " ", "Space not allowed in string format specifier"),
            ("a", "=5", "'=' alignment not allowed in string format specifier"),
            ("a", "#", "Alternate form (#) not allowed in string format specifier"),
            ("a", ",", "Cannot specify ',' with 's'."),
        ] {
            assert_eq!(text(value, spec), expected, "{spec}");
        }
    }
}
