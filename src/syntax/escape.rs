//! Escape sequences of string and bytes literals.

use super::token::Text;

/// A fault in a literal: CPython's wording, and the byte offset within the body.
pub(super) struct Fault {
    pub message: String,
    pub at: usize,
    pub len: usize,
}

/// Decodes the body of a `str` literal (the text between the quotes) onto `out`.
pub(super) fn decode_str(body: &str, out: &mut String) -> Result<(), Fault> {
    let bytes = body.as_bytes();
    let mut at = 0;
    while let Some(step) = body[at..].find(['\\', '\r']) {
        out.push_str(&body[at..at + step]);
        at += step;
        if bytes[at] == b'\r' {
            at += line_end_len(&bytes[at..]);
            out.push('\n');
            continue;
        }
        at = escape(body, at, out)?;
    }
    out.push_str(&body[at..]);
    Ok(())
}

/// A raw body: as written, but line ends become `\n`.
pub(super) fn raw_str(body: &str, out: &mut String) {
    if !body.contains('\r') {
        return out.push_str(body);
    }
    out.push_str(&body.replace("\r\n", "\n").replace('\r', "\n"));
}

fn line_end_len(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\r\n") { 2 } else { 1 }
}

/// Decodes the escape at byte `at` (a backslash); returns the offset after it.
fn escape(body: &str, at: usize, out: &mut String) -> Result<usize, Fault> {
    let Some(next) = body[at + 1..].chars().next() else {
        out.push('\\');
        return Ok(at + 1);
    };
    if let Some(simple) = simple_escape(next) {
        out.push(simple as char);
        return Ok(at + 2);
    }
    match next {
        '\n' => Ok(at + 2),
        '\r' => Ok(at + 1 + line_end_len(&body.as_bytes()[at + 1..])),
        '0'..='7' => {
            let (value, len) = octal(&body.as_bytes()[at + 1..]);
            out.extend(char::from_u32(value));
            Ok(at + 1 + len)
        }
        'x' => hex_escape(body, at, 2, "truncated \\xXX escape", out),
        'u' => hex_escape(body, at, 4, "truncated \\uXXXX escape", out),
        'U' => hex_escape(body, at, 8, "truncated \\UXXXXXXXX escape", out),
        'N' => Err(Fault { message: "\\N{...} escapes are not supported; write \\uXXXX".into(), at, len: 2 }),
        _ => {
            out.push('\\');
            Ok(at + 1)
        }
    }
}

fn simple_escape(c: char) -> Option<u8> {
    Some(match c {
        '\\' => b'\\',
        '\'' => b'\'',
        '"' => b'"',
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        _ => return None,
    })
}

/// Up to three octal digits: their value and how many there are.
fn octal(bytes: &[u8]) -> (u32, usize) {
    let len = bytes.iter().take(3).take_while(|b| (b'0'..=b'7').contains(*b)).count();
    (bytes[..len].iter().fold(0, |value, b| value * 8 + u32::from(b - b'0')), len)
}

fn hex_escape(body: &str, at: usize, digits: usize, truncated: &str, out: &mut String) -> Result<usize, Fault> {
    let rest = &body.as_bytes()[at + 2..];
    let have = rest.iter().take(digits).take_while(|b| b.is_ascii_hexdigit()).count();
    // CPython decodes a copy in which each character beyond ASCII is written `\UXXXXXXXX`, and counts in that.
    let position: usize = body[..at].chars().map(|c| if c.is_ascii() { 1 } else { 10 }).sum();
    let fault = |reason: &str| {
        let message = format!(
            "(unicode error) 'unicodeescape' codec can't decode bytes in position {position}-{}: {reason}",
            position + 1 + have
        );
        Fault { message, at, len: 2 + have }
    };
    if have < digits {
        return Err(fault(truncated));
    }
    let value = rest[..digits].iter().fold(0u32, |value, b| value * 16 + (*b as char).to_digit(16).unwrap_or(0));
    match char::from_u32(value) {
        Some(c) => out.push(c),
        None if value > 0x10FFFF => return Err(fault("illegal Unicode character")),
        None => {
            let message = format!("a lone surrogate (U+{value:04X}) cannot be part of a str in Coro");
            return Err(Fault { message, at, len: 2 + digits });
        }
    }
    Ok(at + 2 + digits)
}

/// Decodes the body of a `bytes` literal.
pub(super) fn decode_bytes(body: &str, raw: bool) -> Result<Vec<u8>, Fault> {
    let bytes = body.as_bytes();
    if let Some(at) = bytes.iter().position(|b| !b.is_ascii()) {
        let len = body[at..].chars().next().map_or(1, char::len_utf8);
        return Err(Fault { message: "bytes can only contain ASCII literal characters".into(), at, len });
    }
    if raw {
        let mut out = String::new();
        raw_str(body, &mut out);
        return Ok(out.into_bytes());
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1).copied()) {
            (b'\r', _) => {
                out.push(b'\n');
                at += line_end_len(&bytes[at..]);
            }
            (b'\\', Some(b'\n')) => at += 2,
            (b'\\', Some(b'\r')) => at += 1 + line_end_len(&bytes[at + 1..]),
            (b'\\', Some(b'0'..=b'7')) => {
                let (value, len) = octal(&bytes[at + 1..]);
                out.push(value as u8);
                at += 1 + len;
            }
            (b'\\', Some(b'x')) => {
                let digits = bytes.get(at + 2..at + 4).and_then(|d| std::str::from_utf8(d).ok());
                let value = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
                let Some(value) = value.and_then(|d| u8::from_str_radix(d, 16).ok()) else {
                    let message = format!("(value error) invalid \\x escape at position {at}");
                    return Err(Fault { message, at, len: 2 });
                };
                out.push(value);
                at += 4;
            }
            (b'\\', Some(next)) if simple_escape(next as char).is_some() => {
                out.extend(simple_escape(next as char));
                at += 2;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    Ok(out)
}

/// Decodes a whole literal without fields.
pub(super) fn decode(body: &str, raw: bool, is_bytes: bool) -> Result<Text, Fault> {
    if is_bytes {
        return decode_bytes(body, raw).map(|bytes| Text::Bytes(bytes.into()));
    }
    let mut out = String::with_capacity(body.len());
    if raw {
        raw_str(body, &mut out);
    } else {
        decode_str(body, &mut out)?;
    }
    Ok(Text::Str(out.into()))
}
