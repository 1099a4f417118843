//! The text of JSON's strings and numbers: recognising and writing them. Positions are those of bytes.

use std::borrow::Cow;
use std::fmt::Write;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub message: Cow<'static, str>,
    pub at: usize,
}

impl Wrong {
    pub fn new(message: impl Into<Cow<'static, str>>, at: usize) -> Wrong {
        Wrong { message: message.into(), at }
    }
}

/// The first place from `at` on that is no white space.
#[inline]
pub fn skip_space(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = text.get(at) {
        at += 1;
    }
    at
}

/// The string whose text begins at `at`, behind the quote, and the place behind its end. `strict`: without control
/// characters.
///
/// # Errors
/// The message of CPython's `json`, and where.
pub fn scan_string(text: &str, at: usize, strict: bool) -> Result<(Cow<'_, str>, usize), Wrong> {
    let bytes = text.as_bytes();
    let mut made = String::new();
    let (begin, mut from, mut at) = (at, at, at);
    loop {
        match bytes.get(at) {
            None => return Err(Wrong::new("Unterminated string starting at", begin - 1)),
            Some(b'"') if made.is_empty() && from == begin => return Ok((Cow::Borrowed(&text[begin..at]), at + 1)),
            Some(b'"') => {
                made.push_str(&text[from..at]);
                return Ok((Cow::Owned(made), at + 1));
            }
            Some(b'\\') => {
                made.push_str(&text[from..at]);
                let (c, end) = scan_escape(bytes, at, begin)?;
                made.push(c);
                (from, at) = (end, end);
            }
            Some(byte) if *byte < b' ' && strict => return Err(Wrong::new("Invalid control character at", at)),
            Some(_) => at += 1,
        }
    }
}

/// The character that the escape at `slash` stands for, and the place behind it. `begin` is where the string's text began.
fn scan_escape(bytes: &[u8], slash: usize, begin: usize) -> Result<(char, usize), Wrong> {
    let c = match bytes.get(slash + 1) {
        None => return Err(Wrong::new("Unterminated string starting at", begin - 1)),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(c @ (b'"' | b'\\' | b'/')) => char::from(*c),
        Some(b'u') => {
            let (code, end) = scan_code(bytes, slash)?;
            return match char::from_u32(code) {
                Some(c) => Ok((c, end)),
                None => {
                    let message = format!("A lone surrogate (U+{code:04X}) cannot be part of a str, found at");
                    Err(Wrong::new(message, slash))
                }
            };
        }
        Some(_) => return Err(Wrong::new("Invalid \\escape", slash)),
    };
    Ok((c, slash + 2))
}

/// The code point of `\uXXXX`, or of two of them that are a surrogate pair, at `slash`.
fn scan_code(bytes: &[u8], slash: usize) -> Result<(u32, usize), Wrong> {
    let high = scan_unit(bytes, slash + 2)?;
    let end = slash + 6;
    if (0xD800..0xDC00).contains(&high) && bytes.get(end..end + 2) == Some(b"\\u") {
        let low = scan_unit(bytes, end + 2)?;
        if (0xDC00..0xE000).contains(&low) {
            return Ok((0x10000 + ((high - 0xD800) << 10 | (low - 0xDC00)), end + 6));
        }
    }
    Ok((high, end))
}

/// The four digits at `at`, behind `\u`.
fn scan_unit(bytes: &[u8], at: usize) -> Result<u32, Wrong> {
    let digits = bytes.get(at..at + 4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
    let code = digits.and_then(|digits| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
    code.ok_or(Wrong::new("Invalid \\uXXXX escape", at - 1))
}

/// Where the number that begins at `at` ends, and whether it is an int; `None` if there is none.
pub fn scan_number(text: &[u8], at: usize) -> Option<(usize, bool)> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let start = at + usize::from(text.get(at) == Some(&b'-'));
    let mut end = match text.get(start)? {
        b'0' => start + 1,
        b'1'..=b'9' => start + digits(start),
        _ => return None,
    };
    let mut whole = true;
    if text.get(end) == Some(&b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
        whole = false;
    }
    if let Some(b'e' | b'E') = text.get(end) {
        let first = end + 1 + usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        if first <= text.len() && digits(first) > 0 {
            end = first + digits(first);
            whole = false;
        }
    }
    Some((end, whole))
}

/// Appends a string in quotes; `ascii`: everything else as escapes.
pub fn write_string(text: &str, ascii: bool, out: &mut String) {
    out.push('"');
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\' && (!ascii || byte < 0x7f);
    if text.bytes().all(plain) {
        out.push_str(text);
    } else {
        text.chars().for_each(|c| write_char(c, ascii, out));
    }
    out.push('"');
}

fn write_char(c: char, ascii: bool, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c < ' ' || (ascii && c > '~') => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        assert_eq!(scan_string("\"ab\" ", 1, true), Ok(("ab".into(), 4)));
        assert_eq!(scan_string("\"\" ", 1, true), Ok(("".into(), 2)));
        assert_eq!(scan_string(r#""a\n\u00e9\ud83d\ude00é""#, 1, true), Ok(("a\né😀é".into(), 25)));
        assert_eq!(scan_string("\"a", 1, true), Err(Wrong::new("Unterminated string starting at", 0)));
        assert_eq!(scan_string("\"a\\", 1, true), Err(Wrong::new("Unterminated string starting at", 0)));
        assert_eq!(scan_string("\"a\n\"", 1, true), Err(Wrong::new("Invalid control character at", 2)));
        assert_eq!(scan_string("\"a\n\"", 1, false), Ok(("a\n".into(), 4)));
        assert_eq!(scan_string("\"\\x\"", 1, true), Err(Wrong::new("Invalid \\escape", 1)));
        assert_eq!(scan_string("\"\\u12g4\"", 1, true), Err(Wrong::new("Invalid \\uXXXX escape", 2)));
        assert_eq!(scan_string("\"\\u1é\"", 1, true), Err(Wrong::new("Invalid \\uXXXX escape", 2)));
    }

    #[test]
    fn numbers() {
        let scan = |text: &str| scan_number(text.as_bytes(), 0);
        assert_eq!(scan("12,"), Some((2, true)));
        assert_eq!(scan("-0"), Some((2, true)));
        assert_eq!(scan("012"), Some((1, true)));
        assert_eq!(scan("1.5e-3x"), Some((6, false)));
        assert_eq!(scan("1."), Some((1, true)));
        assert_eq!(scan("1e"), Some((1, true)));
        assert_eq!(scan("1E+"), Some((1, true)));
        assert_eq!(scan("-"), None);
        assert_eq!(scan(".5"), None);
        assert_eq!(scan(""), None);
    }

    #[test]
    fn writing() {
        let quoted = |text: &str, ascii: bool| {
            let mut out = String::new();
            write_string(text, ascii, &mut out);
            out
        };
        assert_eq!(quoted("a b", true), "\"a b\"");
        assert_eq!(quoted("\"\\/\n\u{1}é😀\u{7f}", true), r#""\"\\/\n\u0001\u00e9\ud83d\ude00\u007f""#);
        assert_eq!(quoted("é\u{7f}\t", false), "\"é\u{7f}\\t\"");
    }
}
