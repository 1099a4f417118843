//! Searching, splitting, padding and case of byte strings: the methods of `bytes` and `bytearray`, which know ASCII only.

use super::fault::{Fault, check_size};
use super::slice_index::clamp_bounds;
use super::str_split::Ends;
use memchr::memmem;

/// What `bytes` takes for white space.
pub const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// The part that is searched, with its position; `None` if the bounds cross.
fn window(b: &[u8], start: Option<i64>, end: Option<i64>) -> Option<(usize, &[u8])> {
    let (start, end) = clamp_bounds(start, end, b.len())?;
    Some((start, &b[start..end]))
}

pub fn find(b: &[u8], sub: &[u8], start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (base, part) = window(b, start, end)?;
    memmem::find(part, sub).map(|at| base + at)
}

pub fn rfind(b: &[u8], sub: &[u8], start: Option<i64>, end: Option<i64>) -> Option<usize> {
    let (base, part) = window(b, start, end)?;
    memmem::rfind(part, sub).map(|at| base + at)
}

pub fn count(b: &[u8], sub: &[u8], start: Option<i64>, end: Option<i64>) -> usize {
    match window(b, start, end) {
        None => 0,
        Some((_, part)) if sub.is_empty() => part.len() + 1,
        Some((_, part)) => memmem::find_iter(part, sub).count(),
    }
}

pub fn starts_with(b: &[u8], prefix: &[u8], start: Option<i64>, end: Option<i64>) -> bool {
    window(b, start, end).is_some_and(|(_, part)| part.starts_with(prefix))
}

pub fn ends_with(b: &[u8], suffix: &[u8], start: Option<i64>, end: Option<i64>) -> bool {
    window(b, start, end).is_some_and(|(_, part)| part.ends_with(suffix))
}

/// `b.replace(old, new, max)`; `None` is no limit.
///
/// # Errors
/// `MemoryError` for an absurd size.
pub fn replace(b: &[u8], old: &[u8], new: &[u8], max: Option<usize>) -> Result<Vec<u8>, Fault> {
    let max = max.unwrap_or(usize::MAX);
    let places: Vec<usize> =
        if old.is_empty() { (0..=b.len()).take(max).collect() } else { memmem::find_iter(b, old).take(max).collect() };
    check_size(places.len().saturating_mul(new.len()))?;
    let mut out = Vec::with_capacity(b.len() + places.len() * new.len());
    let mut start = 0;
    for at in places {
        out.extend_from_slice(&b[start..at]);
        out.extend_from_slice(new);
        start = at + old.len();
    }
    out.extend_from_slice(&b[start..]);
    Ok(out)
}

fn empty_separator() -> Fault {
    Fault::value("empty separator")
}

/// `b.split(separator, max)`; without a separator by runs of white space.
///
/// # Errors
/// `ValueError: empty separator`.
pub fn split<'a>(b: &'a [u8], separator: Option<&[u8]>, max: Option<usize>) -> Result<Vec<&'a [u8]>, Fault> {
    let max = max.unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    let mut rest = b;
    if let Some(separator) = separator {
        if separator.is_empty() {
            return Err(empty_separator());
        }
        while parts.len() < max {
            let Some(at) = memmem::find(rest, separator) else { break };
            parts.push(&rest[..at]);
            rest = &rest[at + separator.len()..];
        }
        parts.push(rest);
        return Ok(parts);
    }
    loop {
        rest = strip(rest, None, Ends::Left);
        if rest.is_empty() {
            return Ok(parts);
        }
        let end = rest.iter().position(|&byte| is_space(byte)).unwrap_or(rest.len());
        if parts.len() >= max {
            parts.push(rest);
            return Ok(parts);
        }
        parts.push(&rest[..end]);
        rest = &rest[end..];
    }
}

/// `b.rsplit(separator, max)`.
///
/// # Errors
/// As [`split`].
pub fn rsplit<'a>(b: &'a [u8], separator: Option<&[u8]>, max: Option<usize>) -> Result<Vec<&'a [u8]>, Fault> {
    let max = max.unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    let mut rest = b;
    match separator {
        Some([]) => return Err(empty_separator()),
        Some(separator) => {
            while parts.len() < max {
                let Some(at) = memmem::rfind(rest, separator) else { break };
                parts.push(&rest[at + separator.len()..]);
                rest = &rest[..at];
            }
            parts.push(rest);
        }
        None => loop {
            rest = strip(rest, None, Ends::Right);
            if rest.is_empty() {
                break;
            }
            if parts.len() >= max {
                parts.push(rest);
                break;
            }
            let start = rest.iter().rposition(|&byte| is_space(byte)).map_or(0, |at| at + 1);
            parts.push(&rest[start..]);
            rest = &rest[..start];
        },
    }
    parts.reverse();
    Ok(parts)
}

/// `b.splitlines(keep_ends)`: at `\n`, `\r` and `\r\n`.
pub fn splitlines(b: &[u8], keep_ends: bool) -> Vec<&[u8]> {
    let mut lines = Vec::new();
    let mut rest = b;
    while !rest.is_empty() {
        let (line, end) = match memchr::memchr2(b'\n', b'\r', rest) {
            None => (rest.len(), rest.len()),
            Some(at) if rest[at..].starts_with(b"\r\n") => (at, at + 2),
            Some(at) => (at, at + 1),
        };
        lines.push(&rest[..if keep_ends { end } else { line }]);
        rest = &rest[end..];
    }
    lines
}

/// What stands before and behind the first separator, if there is one.
///
/// # Errors
/// As [`split`].
pub fn partition<'a>(b: &'a [u8], separator: &[u8]) -> Result<Option<(&'a [u8], &'a [u8])>, Fault> {
    if separator.is_empty() {
        return Err(empty_separator());
    }
    Ok(memmem::find(b, separator).map(|at| (&b[..at], &b[at + separator.len()..])))
}

/// The same for the last separator.
///
/// # Errors
/// As [`split`].
pub fn rpartition<'a>(b: &'a [u8], separator: &[u8]) -> Result<Option<(&'a [u8], &'a [u8])>, Fault> {
    if separator.is_empty() {
        return Err(empty_separator());
    }
    Ok(memmem::rfind(b, separator).map(|at| (&b[..at], &b[at + separator.len()..])))
}

/// `b.strip(set)` and its one-sided forms; without a set, white space.
pub fn strip<'a>(b: &'a [u8], set: Option<&[u8]>, ends: Ends) -> &'a [u8] {
    let gone = |byte: &u8| match set {
        Some(set) => set.contains(byte),
        None => is_space(*byte),
    };
    let mut rest = b;
    if ends != Ends::Right {
        rest = &rest[rest.iter().position(|byte| !gone(byte)).unwrap_or(rest.len())..];
    }
    if ends != Ends::Left {
        rest = &rest[..rest.iter().rposition(|byte| !gone(byte)).map_or(0, |at| at + 1)];
    }
    rest
}

/// `left` fills, the bytes, `right` fills.
fn padded(b: &[u8], left: usize, right: usize, fill: u8) -> Result<Vec<u8>, Fault> {
    check_size(left.saturating_add(right))?;
    let mut out = vec![fill; left];
    out.extend_from_slice(b);
    out.resize(out.len() + right, fill);
    Ok(out)
}

/// How many fills are missing to a width.
fn missing(b: &[u8], width: i64) -> usize {
    usize::try_from(width).unwrap_or(0).saturating_sub(b.len())
}

/// `b.ljust(width, fill)`.
///
/// # Errors
/// `MemoryError` for an absurd width.
pub fn ljust(b: &[u8], width: i64, fill: u8) -> Result<Vec<u8>, Fault> {
    padded(b, 0, missing(b, width), fill)
}

/// `b.rjust(width, fill)`.
///
/// # Errors
/// As [`ljust`].
pub fn rjust(b: &[u8], width: i64, fill: u8) -> Result<Vec<u8>, Fault> {
    padded(b, missing(b, width), 0, fill)
}

/// `b.center(width, fill)`.
///
/// # Errors
/// As [`ljust`].
pub fn center(b: &[u8], width: i64, fill: u8) -> Result<Vec<u8>, Fault> {
    let missing = missing(b, width);
    let left = missing / 2 + (missing & width as usize & 1);
    padded(b, left, missing - left, fill)
}

/// `b.zfill(width)`: zeros behind a sign.
///
/// # Errors
/// As [`ljust`].
pub fn zfill(b: &[u8], width: i64) -> Result<Vec<u8>, Fault> {
    let mut out = rjust(b, width, b'0')?;
    let zeros = out.len() - b.len();
    if let (Some(sign @ (b'+' | b'-')), true) = (b.first(), zeros > 0) {
        out[0] = *sign;
        out[zeros] = b'0';
    }
    Ok(out)
}

/// `b.expandtabs(size)`.
///
/// # Errors
/// `MemoryError` for an absurd size.
pub fn expandtabs(b: &[u8], size: i64) -> Result<Vec<u8>, Fault> {
    let size = usize::try_from(size).unwrap_or(0);
    let mut out = Vec::with_capacity(b.len());
    let mut column = 0;
    for &byte in b {
        match byte {
            b'\t' => {
                let blanks = if size == 0 { 0 } else { size - column % size };
                check_size(out.len().saturating_add(blanks))?;
                out.resize(out.len() + blanks, b' ');
                column += blanks;
            }
            b'\n' | b'\r' => {
                out.push(byte);
                column = 0;
            }
            _ => {
                out.push(byte);
                column += 1;
            }
        }
    }
    Ok(out)
}

pub fn lower(b: &[u8]) -> Vec<u8> {
    b.to_ascii_lowercase()
}

pub fn upper(b: &[u8]) -> Vec<u8> {
    b.to_ascii_uppercase()
}

pub fn capitalize(b: &[u8]) -> Vec<u8> {
    let mut out = b.to_ascii_lowercase();
    if let Some(first) = out.first_mut() {
        first.make_ascii_uppercase();
    }
    out
}

pub fn title(b: &[u8]) -> Vec<u8> {
    let mut inside = false;
    let change = |&byte: &u8| {
        let changed = if inside { byte.to_ascii_lowercase() } else { byte.to_ascii_uppercase() };
        inside = byte.is_ascii_alphabetic();
        changed
    };
    b.iter().map(change).collect()
}

pub fn swapcase(b: &[u8]) -> Vec<u8> {
    let swap =
        |byte: &u8| if byte.is_ascii_lowercase() { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
    b.iter().map(swap).collect()
}

pub fn is_lower(b: &[u8]) -> bool {
    b.iter().any(u8::is_ascii_lowercase) && !b.iter().any(u8::is_ascii_uppercase)
}

pub fn is_upper(b: &[u8]) -> bool {
    b.iter().any(u8::is_ascii_uppercase) && !b.iter().any(u8::is_ascii_lowercase)
}

pub fn is_title(b: &[u8]) -> bool {
    let mut inside = false;
    let mut cased = false;
    for byte in b {
        if byte.is_ascii_alphabetic() {
            if byte.is_ascii_uppercase() == inside {
                return false;
            }
            (inside, cased) = (true, true);
        } else {
            inside = false;
        }
    }
    cased
}

/// `b.hex(separator, group)`: a separator after every `group` bytes, counted from the right if positive.
pub fn hex(b: &[u8], separator: Option<char>, group: i64) -> String {
    let mut out = String::with_capacity(b.len() * 2);
    let size = group.unsigned_abs() as usize;
    for (at, byte) in b.iter().enumerate() {
        if let (Some(separator), true) = (separator, size > 0 && at > 0) {
            let count = if group > 0 { b.len() - at } else { at };
            if count % size == 0 {
                out.push(separator);
            }
        }
        out.push_str(&format!("{byte:02x}"));
    }
    out
}

/// `bytes.fromhex(text)`; blanks between bytes are skipped.
///
/// # Errors
/// `ValueError` with the position of what is no hexadecimal digit.
pub fn from_hex(text: &str) -> Result<Vec<u8>, Fault> {
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut chars = text.chars().enumerate();
    let bad = |at: usize| Fault::value(format!("non-hexadecimal number found in fromhex() arg at position {at}"));
    while let Some((at, c)) = chars.next() {
        if c.is_ascii() && is_space(c as u8) {
            continue;
        }
        let high = c.to_digit(16).ok_or_else(|| bad(at))?;
        let low = match chars.next() {
            None => return Err(bad(at + 1)),
            Some((next, c)) => c.to_digit(16).ok_or_else(|| bad(next))?,
        };
        out.push((high * 16 + low) as u8);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splitting() {
        let show = |parts: Vec<&[u8]>| parts.join(&b'|');
        assert_eq!(split(b" a  b c ", None, None).map(show), Ok(b"a|b|c".to_vec()));
        assert_eq!(split(b" a  b c ", None, Some(1)).map(show), Ok(b"a|b c ".to_vec()));
        assert_eq!(rsplit(b" a  b c ", None, Some(1)).map(show), Ok(b" a  b|c".to_vec()));
        assert_eq!(split(b"a,b,,c", Some(b","), Some(2)).map(show), Ok(b"a|b|,c".to_vec()));
        assert_eq!(rsplit(b"a,b,,c", Some(b","), Some(2)).map(show), Ok(b"a,b||c".to_vec()));
        assert_eq!(show(splitlines(b"a\nb\r\nc\r", false)), b"a|b|c".to_vec());
    }

    #[test]
    fn shapes() {
        assert_eq!(hex(b"abc", Some(':'), 1), "61:62:63");
        assert_eq!(hex(b"abc", Some(':'), 2), "61:6263");
        assert_eq!(hex(b"abc", Some(':'), -2), "6162:63");
        assert_eq!(from_hex("61 62"), Ok(b"ab".to_vec()));
        assert_eq!(zfill(b"-1", 4), Ok(b"-001".to_vec()));
        assert_eq!(title(b"ab c1d"), b"Ab C1D".to_vec());
        assert!(is_title(b"Ab C") && !is_title(b"AB"));
        assert_eq!(replace(b"aa", b"", b"-", None), Ok(b"-a-a-".to_vec()));
        assert_eq!(strip(b"xxaxx", Some(b"x"), Ends::Left), b"axx");
    }
}
