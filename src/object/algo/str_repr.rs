//! `repr` and `ascii` of strings and bytes: the choice of quote and the escapes.

use super::char_class::is_printable;
use std::fmt::Write;

/// Python prefers `'` and takes `"` only if that avoids escaping.
fn quote_for(bytes: &[u8]) -> char {
    if memchr::memchr(b'\'', bytes).is_some() && memchr::memchr(b'"', bytes).is_none() { '"' } else { '\'' }
}

/// `repr(s)`.
pub fn repr_str(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    write_repr(s, &mut out);
    out
}

/// Appends `repr(s)` to `out`.
pub fn write_repr(s: &str, out: &mut String) {
    write_quoted(s, false, out);
}

/// `ascii(s)`: as `repr`, with everything outside ASCII escaped.
pub fn ascii_str(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    write_quoted(s, true, &mut out);
    out
}

/// `ascii()` of any object: `text` is its `repr`, of which the characters outside ASCII are escaped.
pub fn escape_non_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() { out.push(c) } else { write_escape(c, &mut out) }
    }
    out
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'\'' && byte != b'\\'
}

fn write_quoted(s: &str, ascii_only: bool, out: &mut String) {
    let quote = quote_for(s.as_bytes());
    out.push(quote);
    // The usual string needs no escape at all; one scan finds that out.
    if s.bytes().all(is_plain) {
        out.push_str(s);
    } else {
        for c in s.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c == quote => {
                    out.push('\\');
                    out.push(c);
                }
                c if is_printable(c) && (c.is_ascii() || !ascii_only) => out.push(c),
                c => write_escape(c, out),
            }
        }
    }
    out.push(quote);
}

fn write_escape(c: char, out: &mut String) {
    let code = c as u32;
    let written = match code {
        0..0x100 => write!(out, "\\x{code:02x}"),
        0x100..0x10000 => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}

/// `repr` of bytes: `b'...'`.
pub fn repr_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    write_bytes_literal(bytes, &mut out);
    out
}

/// The literal within the `repr` of a bytearray: as that of bytes, but a `'` is escaped within double quotes too.
pub fn repr_bytearray_literal(bytes: &[u8]) -> String {
    let literal = repr_bytes(bytes);
    if literal.starts_with("b\"") { literal.replace('\'', "\\'") } else { literal }
}

/// `repr` of a bytearray: `bytearray(b'...')`.
pub fn repr_bytearray(bytes: &[u8]) -> String {
    format!("bytearray({})", repr_bytearray_literal(bytes))
}

fn write_bytes_literal(bytes: &[u8], out: &mut String) {
    let quote = quote_for(bytes);
    out.push(quote);
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if byte as char == quote => {
                out.push('\\');
                out.push(quote);
            }
            b' '..=b'~' => out.push(byte as char),
            _ => write_escape(byte as char, out),
        }
    }
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes() {
        assert_eq!(repr_str("abc"), "'abc'");
        assert_eq!(repr_str("it's"), "\"it's\"");
        assert_eq!(repr_str("it's \"x\""), "'it\\'s \"x\"'");
        assert_eq!(repr_str("\"x\""), "'\"x\"'");
        assert_eq!(repr_str("a\n\t\r\\\0\x7f"), "'a\\n\\t\\r\\\\\\x00\\x7f'");
        assert_eq!(repr_str("é\u{a0}\u{200b}\u{e000}😀\u{10ffff}"), "'é\\xa0\\u200b\\ue000😀\\U0010ffff'");
        assert_eq!(ascii_str("é中😀'"), "\"\\xe9\\u4e2d\\U0001f600'\"");
        assert_eq!(escape_non_ascii("['é']"), "['\\xe9']");
    }

    #[test]
    fn bytes() {
        assert_eq!(repr_bytes(b"a'b\n\xff\0"), "b\"a'b\\n\\xff\\x00\"");
        assert_eq!(repr_bytes(b"'\""), "b'\\'\"'");
        assert_eq!(repr_bytearray(b"x"), "bytearray(b'x')");
    }
}
