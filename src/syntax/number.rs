//! Numeric literals, scanned as CPython's tokenizer does so that the messages agree.

use super::token::Number;
use num_bigint::BigInt;
use num_traits::Num;
use std::rc::Rc;

/// More decimal digits than this in one literal are refused, as in CPython (hexadecimal has no limit).
const MAX_DECIMAL_DIGITS: usize = 4300;

/// A scanned literal: the bytes it takes, and its value or the message with the offset of the fault.
pub(super) struct Scanned {
    pub len: usize,
    pub value: Result<Number, (String, usize)>,
}

/// Scans the literal at the start of `text`, which begins with a digit or with `.` and a digit.
pub(super) fn scan(text: &str) -> Scanned {
    let mut cursor = Cursor { bytes: text.as_bytes(), at: 0 };
    let value = cursor.literal().and_then(|kind| {
        let digits: String = text[..cursor.at].chars().filter(|c| *c != '_').collect();
        kind.value(&digits).map_err(|message| (message, 0))
    });
    if value.is_err() {
        while cursor.peek().is_some_and(is_word) {
            cursor.at += 1;
        }
    }
    Scanned { len: cursor.at.max(1), value }
}

#[derive(Clone, Copy)]
enum Kind {
    Radix(u32),
    Decimal,
    Float,
    Imaginary,
}

impl Kind {
    /// As in "invalid … literal".
    fn name(self) -> &'static str {
        match self {
            Kind::Radix(16) => "hexadecimal",
            Kind::Radix(8) => "octal",
            Kind::Radix(_) => "binary",
            Kind::Decimal | Kind::Float => "decimal",
            Kind::Imaginary => "imaginary",
        }
    }

    fn value(self, digits: &str) -> Result<Number, String> {
        let invalid = |kind: Kind| format!("invalid {} literal", kind.name());
        match self {
            Kind::Imaginary => Ok(Number::Imaginary),
            Kind::Float => digits.parse().map(Number::Float).map_err(|_| invalid(self)),
            Kind::Decimal if digits.len() > MAX_DECIMAL_DIGITS => Err(format!(
                "Exceeds the limit ({MAX_DECIMAL_DIGITS} digits) for integer string conversion: value has {} digits; \
                 use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer \
                 literals to avoid decimal conversion limits.",
                digits.len()
            )),
            Kind::Decimal => integer(digits, 10).ok_or_else(|| invalid(self)),
            Kind::Radix(radix) => integer(&digits[2..], radix).ok_or_else(|| invalid(self)),
        }
    }
}

fn integer(digits: &str, radix: u32) -> Option<Number> {
    match i64::from_str_radix(digits, radix) {
        Ok(small) => Some(Number::Small(small)),
        Err(_) => BigInt::from_str_radix(digits, radix).ok().map(|big| Number::Big(Rc::new(big))),
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

struct Cursor<'t> {
    bytes: &'t [u8],
    at: usize,
}

type Fault = (String, usize);

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn fault<T>(&self, message: impl Into<String>) -> Result<T, Fault> {
        Err((message.into(), self.at))
    }

    fn literal(&mut self) -> Result<Kind, Fault> {
        if self.peek() == Some(b'0') {
            let radix = match self.peek_at(1) {
                Some(b'x' | b'X') => 16,
                Some(b'o' | b'O') => 8,
                Some(b'b' | b'B') => 2,
                _ => return self.decimal(),
            };
            self.at += 2;
            return self.radix(radix);
        }
        self.decimal()
    }

    fn radix(&mut self, radix: u32) -> Result<Kind, Fault> {
        let kind = Kind::Radix(radix);
        let is_digit = |byte: Option<u8>| byte.is_some_and(|b| (b as char).is_digit(radix));
        loop {
            if self.peek() == Some(b'_') {
                self.at += 1;
            }
            if !is_digit(self.peek()) {
                return self.bad_digit(kind);
            }
            while is_digit(self.peek()) {
                self.at += 1;
            }
            if self.peek() != Some(b'_') {
                break;
            }
        }
        if self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return self.bad_digit(kind);
        }
        self.end_of(kind)
    }

    fn bad_digit(&self, kind: Kind) -> Result<Kind, Fault> {
        match self.peek() {
            Some(byte) if byte.is_ascii_digit() => {
                self.fault(format!("invalid digit '{}' in {} literal", byte as char, kind.name()))
            }
            _ => self.fault(format!("invalid {} literal", kind.name())),
        }
    }

    /// Digits with single underscores between them.
    fn digits(&mut self) -> Result<(), Fault> {
        loop {
            while self.peek().is_some_and(|b| b.is_ascii_digit()) {
                self.at += 1;
            }
            if self.peek() != Some(b'_') {
                return Ok(());
            }
            self.at += 1;
            if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
                return self.fault("invalid decimal literal");
            }
        }
    }

    fn decimal(&mut self) -> Result<Kind, Fault> {
        let mut kind = Kind::Decimal;
        if self.peek() != Some(b'.') {
            self.digits()?;
        }
        let whole = self.at;
        if self.peek() == Some(b'.') {
            kind = Kind::Float;
            self.at += 1;
            if self.peek().is_some_and(|b| b.is_ascii_digit()) {
                self.digits()?;
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            let signed = matches!(self.peek_at(1), Some(b'+' | b'-'));
            if self.peek_at(1 + signed as usize).is_some_and(|b| b.is_ascii_digit()) {
                kind = Kind::Float;
                self.at += 1 + signed as usize;
                self.digits()?;
            } else if signed {
                self.at += 2;
                return self.fault("invalid decimal literal");
            }
        }
        if matches!(self.peek(), Some(b'j' | b'J')) {
            self.at += 1;
            return self.end_of(Kind::Imaginary);
        }
        if matches!(kind, Kind::Decimal) && self.bytes[0] == b'0' {
            let nonzero = self.bytes[..whole].iter().any(|b| (b'1'..=b'9').contains(b));
            if nonzero {
                return Err((
                    "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers"
                        .into(),
                    0,
                ));
            }
        }
        self.end_of(kind)
    }

    /// A literal may touch a following keyword operator (`1if x else 2`), but no other word.
    fn end_of(&self, kind: Kind) -> Result<Kind, Fault> {
        if !self.peek().is_some_and(is_word) {
            return Ok(kind);
        }
        let rest = &self.bytes[self.at..];
        let word = &rest[..rest.iter().take_while(|b| is_word(**b)).count()];
        const MAY_TOUCH: [&[u8]; 8] = [b"and", b"else", b"for", b"if", b"in", b"is", b"or", b"not"];
        if MAY_TOUCH.contains(&word) {
            return Ok(kind);
        }
        self.fault(format!("invalid {} literal", kind.name()))
    }
}
