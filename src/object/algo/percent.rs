//! The `%` operator on strings: a parser that yields literals and conversions one at a time, and the formatting of each
//! kind of argument. Follows `unicode_format` in CPython's `Objects/unicodeobject.c`.
//!
//! The caller walks the pieces in order, because CPython reports a bad conversion only after it has evaluated what
//! stands before it: for each conversion, fetch the star arguments, [`Conversion::resolve`] it, fetch the value, ask
//! [`Layout::argument`] what it must be, and call the `format_*` of that kind.

use super::char_class::decimal_value;
use super::fault::{Fault, check_size};
use super::float_text::{FloatFlags, FloatStyle, double_to_text};
use super::int_math::Int;
use super::int_text;

/// A width or precision as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    Fixed(usize),
    /// `*`: taken from the arguments.
    Star,
}

/// The flags between `%` and the width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `-`
    pub left: bool,
    /// `+`
    pub plus: bool,
    /// a space
    pub space: bool,
    /// `#`
    pub alternate: bool,
    /// `0`
    pub zero: bool,
}

/// `%(key)flags width.precision kind`, before star arguments are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversion<'a> {
    /// The mapping key; the operand must then be a mapping ([`not_a_mapping`]).
    pub key: Option<&'a str>,
    pub flags: Flags,
    pub width: Option<Amount>,
    pub precision: Option<Amount>,
    /// The conversion letter, not yet judged.
    pub kind: char,
    /// Position of `kind` in the template, in code points, for the error text.
    pub index: usize,
}

/// A part of the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Literal(&'a str),
    Conversion(Conversion<'a>),
}

/// What a conversion needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// `str(value)`, then [`Layout::format_text`].
    Str,
    /// `repr(value)`.
    Repr,
    /// `ascii(value)`.
    Ascii,
    /// `d i u`: an int, or a float cut toward zero; else [`Layout::not_a_number`].
    Number,
    /// `x X o`: an int (or `__index__`); else [`Layout::not_an_integer`].
    Integer,
    /// `e f g`: anything that `float()` takes as a number; else [`not_a_real`].
    Float,
    /// `c`: an int ([`code_point`]) or a string of one character; else [`not_a_char`].
    Char,
}

/// A conversion with its numbers known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub flags: Flags,
    pub width: usize,
    pub precision: Option<usize>,
    pub kind: char,
    pub index: usize,
}

/// Fewer arguments than conversions.
pub fn not_enough() -> Fault {
    Fault::type_error("not enough arguments for format string")
}

/// More arguments than conversions.
pub fn too_many() -> Fault {
    Fault::type_error("not all arguments converted during string formatting")
}

/// A `%(key)` with an operand that is no mapping.
pub fn not_a_mapping() -> Fault {
    Fault::type_error("format requires a mapping")
}

/// A star argument that is no int.
pub fn star_not_int() -> Fault {
    Fault::type_error("* wants int")
}

/// `%c` with something else than an int or one character.
pub fn not_a_char() -> Fault {
    Fault::type_error("%c requires int or char")
}

/// `%f` with something that is no number.
pub fn not_a_real(type_name: &str) -> Fault {
    Fault::type_error(format!("must be real number, not {type_name}"))
}

/// The character of `%c` with an int.
///
/// # Errors
/// `OverflowError: %c arg not in range(0x110000)`.
pub fn code_point(value: &Int) -> Result<char, Fault> {
    let code = if let Int::Small(code) = value { u32::try_from(*code).ok() } else { None };
    code.and_then(char::from_u32).ok_or_else(|| Fault::overflow("%c arg not in range(0x110000)"))
}

/// The pieces of a template, in order.
#[derive(Clone, Debug)]
pub struct Pieces<'a> {
    template: &'a str,
    /// Byte position of what is not read yet.
    at: usize,
}

impl<'a> Pieces<'a> {
    pub fn new(template: &'a str) -> Pieces<'a> {
        Pieces { template, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.template[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The next character, which must exist.
    fn next_char(&mut self) -> Result<char, Fault> {
        let c = self.peek().ok_or_else(|| Fault::value("incomplete format"))?;
        self.at += c.len_utf8();
        Ok(c)
    }

    fn key(&mut self) -> Result<Option<&'a str>, Fault> {
        if self.peek() != Some('(') {
            return Ok(None);
        }
        self.at += 1;
        let start = self.at;
        let mut depth = 1;
        for (offset, byte) in self.rest().bytes().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => continue,
            }
            if depth == 0 {
                self.at = start + offset + 1;
                return Ok(Some(&self.template[start..start + offset]));
            }
        }
        Err(Fault::value("incomplete format key"))
    }

    fn flags(&mut self) -> Flags {
        let mut flags = Flags::default();
        while let Some(c) = self.peek() {
            match c {
                '-' => flags.left = true,
                '+' => flags.plus = true,
                ' ' => flags.space = true,
                '#' => flags.alternate = true,
                '0' => flags.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        flags
    }

    fn amount(&mut self, limit: usize, too_big: &'static str) -> Result<Option<Amount>, Fault> {
        if self.peek() == Some('*') {
            self.at += 1;
            return Ok(Some(Amount::Star));
        }
        let mut value = None;
        while let Some(digit) = self.peek().filter(char::is_ascii_digit).and_then(decimal_value) {
            let so_far = value.unwrap_or(0);
            if so_far > (limit - digit as usize) / 10 {
                return Err(Fault::value(too_big));
            }
            value = Some(so_far * 10 + digit as usize);
            self.at += 1;
        }
        Ok(value.map(Amount::Fixed))
    }

    /// What follows a `%`.
    fn conversion(&mut self) -> Result<Conversion<'a>, Fault> {
        let key = self.key()?;
        let flags = self.flags();
        let width = self.amount(i64::MAX as usize, "width too big")?;
        let mut precision = None;
        if self.peek() == Some('.') {
            self.at += 1;
            precision = Some(self.amount(i32::MAX as usize, "precision too big")?.unwrap_or(Amount::Fixed(0)));
        }
        // C's length modifiers mean nothing, but one is allowed.
        if matches!(self.peek(), Some('h' | 'l' | 'L')) {
            self.at += 1;
        }
        let index = self.template[..self.at].chars().count();
        let kind = self.next_char()?;
        Ok(Conversion { key, flags, width, precision, kind, index })
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        if !rest.starts_with('%') {
            let end = memchr::memchr(b'%', rest.as_bytes()).unwrap_or(rest.len());
            self.at += end;
            return Some(Ok(Piece::Literal(&rest[..end])));
        }
        self.at += 1;
        if self.peek() == Some('%') {
            self.at += 1;
            return Some(Ok(Piece::Literal(&rest[..1])));
        }
        let conversion = self.conversion();
        if conversion.is_err() {
            self.at = self.template.len();
        }
        Some(conversion.map(Piece::Conversion))
    }
}

impl Conversion<'_> {
    /// Whether there is nothing but the conversion letter.
    pub fn is_bare(&self) -> bool {
        self.key.is_none() && self.flags == Flags::default() && self.width.is_none() && self.precision.is_none()
    }

    /// Fills in the star arguments: `width` and `precision` are the ints that stand for the stars, in that order.
    ///
    /// # Errors
    /// `OverflowError` or `MemoryError` if one is too large; `TypeError` if one is missing.
    pub fn resolve(&self, width: Option<&Int>, precision: Option<&Int>) -> Result<Layout, Fault> {
        let mut flags = self.flags;
        let width = match self.width {
            None => 0,
            Some(Amount::Fixed(width)) => width,
            Some(Amount::Star) => match width.ok_or_else(not_enough)? {
                Int::Small(width) => {
                    flags.left |= *width < 0;
                    width.unsigned_abs() as usize
                }
                Int::Big(_) => return Err(Fault::overflow("Python int too large to convert to C ssize_t")),
            },
        };
        let precision = match self.precision {
            None => None,
            Some(Amount::Fixed(precision)) => Some(precision),
            Some(Amount::Star) => match precision.ok_or_else(not_enough)? {
                Int::Small(value) if i32::try_from(*value).is_ok() => Some(usize::try_from(*value).unwrap_or(0)),
                _ => return Err(Fault::overflow("Python int too large to convert to C int")),
            },
        };
        check_size(width)?;
        check_size(precision.unwrap_or(0))?;
        Ok(Layout { flags, width, precision, kind: self.kind, index: self.index })
    }
}

impl Layout {
    /// What the value must be.
    ///
    /// # Errors
    /// `ValueError: unsupported format character …`.
    pub fn argument(&self) -> Result<Argument, Fault> {
        Ok(match self.kind {
            's' => Argument::Str,
            'r' => Argument::Repr,
            'a' => Argument::Ascii,
            'd' | 'i' | 'u' => Argument::Number,
            'x' | 'X' | 'o' => Argument::Integer,
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => Argument::Float,
            'c' => Argument::Char,
            kind => {
                let shown = if matches!(kind, '\x1f'..='~') { kind } else { '?' };
                let (code, index) = (kind as u32, self.index);
                return Err(Fault::value(format!(
                    "unsupported format character '{shown}' (0x{code:x}) at index {index}"
                )));
            }
        })
    }

    /// `%d` and its like with something that is no number.
    pub fn not_a_number(&self, type_name: &str) -> Fault {
        Fault::type_error(format!("%{} format: a real number is required, not {type_name}", self.kind))
    }

    /// `%x` and its like with something that is no int.
    pub fn not_an_integer(&self, type_name: &str) -> Fault {
        Fault::type_error(format!("%{} format: an integer is required, not {type_name}", self.kind))
    }

    /// `s r a`: `text` cut to the precision and padded with blanks.
    pub fn format_text(&self, text: &str) -> String {
        let cut = match self.precision {
            Some(precision) => text.char_indices().nth(precision).map_or(text, |(end, _)| &text[..end]),
            None => text,
        };
        self.pad(cut, cut.chars().count())
    }

    /// `c`: one character, padded with blanks.
    pub fn format_char(&self, c: char) -> String {
        self.pad(c.encode_utf8(&mut [0; 4]), 1)
    }

    fn pad(&self, text: &str, length: usize) -> String {
        let blanks = self.width.saturating_sub(length);
        let mut out = String::with_capacity(text.len() + blanks);
        if !self.flags.left {
            out.extend(std::iter::repeat_n(' ', blanks));
        }
        out.push_str(text);
        if self.flags.left {
            out.extend(std::iter::repeat_n(' ', blanks));
        }
        out
    }

    /// `d i u x X o`: the precision is the least number of digits.
    ///
    /// # Errors
    /// The limit on decimal digits, see [`int_text::to_decimal`].
    pub fn format_int(&self, value: &Int, digit_limit: usize) -> Result<String, Fault> {
        let (base, prefix) = match self.kind {
            'x' => (16, "0x"),
            'X' => (16, "0X"),
            'o' => (8, "0o"),
            _ => (10, ""),
        };
        let mut digits = if base == 10 {
            int_text::to_decimal(value, digit_limit)?.trim_start_matches('-').to_owned()
        } else {
            int_text::magnitude_digits(value, base)
        };
        if self.kind == 'X' {
            digits.make_ascii_uppercase();
        }
        let zeros = self.precision.unwrap_or(0).saturating_sub(digits.len());
        if zeros > 0 {
            digits.insert_str(0, &"0".repeat(zeros));
        }
        let prefix = if self.flags.alternate { prefix } else { "" };
        Ok(self.lay_out(value.is_negative(), prefix, &digits))
    }

    /// `e E f F g G`.
    pub fn format_float(&self, x: f64) -> String {
        let style = match self.kind {
            'e' | 'E' => FloatStyle::Exponent,
            'f' | 'F' => FloatStyle::Fixed,
            _ => FloatStyle::General,
        };
        let flags = FloatFlags {
            alternate: self.flags.alternate,
            upper: self.kind.is_ascii_uppercase(),
            ..FloatFlags::default()
        };
        let text = double_to_text(x, style, self.precision.unwrap_or(6), flags);
        match text.strip_prefix('-') {
            Some(body) => self.lay_out(true, "", body),
            None => self.lay_out(false, "", &text),
        }
    }

    fn lay_out(&self, negative: bool, prefix: &str, body: &str) -> String {
        let sign = match (negative, self.flags) {
            (true, _) => "-",
            (_, Flags { plus: true, .. }) => "+",
            (_, Flags { space: true, .. }) => " ",
            _ => "",
        };
        let length = sign.len() + prefix.len() + body.len();
        let zeros = if self.flags.zero && !self.flags.left { self.width.saturating_sub(length) } else { 0 };
        let blanks = self.width.saturating_sub(length + zeros);
        let mut out = String::with_capacity(length + zeros + blanks);
        out.extend(std::iter::repeat_n(' ', if self.flags.left { 0 } else { blanks }));
        out.push_str(sign);
        out.push_str(prefix);
        out.extend(std::iter::repeat_n('0', zeros));
        out.push_str(body);
        out.extend(std::iter::repeat_n(' ', if self.flags.left { blanks } else { 0 }));
        out
    }
}

#[cfg(test)]
#[path = "percent_tests.rs"]
mod tests;
