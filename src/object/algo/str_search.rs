//! Finding, counting and replacing in a `str`, and building padded strings.
//!
//! Strings are UTF-8, positions those of bytes. Bounds are the caller's, who knows how to find the bytes of a code point: it
//! passes the part to be searched.

use super::fault::{Fault, check_size};
use memchr::{memchr, memmem, memrchr};

/// Bytes from which on a result counts as long.
const LONG: usize = 1 << 24;

/// Length in code points.
pub fn char_count(s: &str) -> usize {
    // Every byte but the continuation bytes starts a character.
    s.bytes().filter(|&byte| (byte as i8) >= -0x40).count()
}

/// `s.find(sub)`: a byte position.
#[inline]
pub fn find(s: &str, sub: &str) -> Option<usize> {
    match sub.as_bytes() {
        [byte] => memchr(*byte, s.as_bytes()),
        sub => memmem::find(s.as_bytes(), sub),
    }
}

/// `s.rfind(sub)`: a byte position.
#[inline]
pub fn rfind(s: &str, sub: &str) -> Option<usize> {
    match sub.as_bytes() {
        [byte] => memrchr(*byte, s.as_bytes()),
        sub => memmem::rfind(s.as_bytes(), sub),
    }
}

/// The error of `index` and `rindex`.
pub fn not_found() -> Fault {
    Fault::value("substring not found")
}

/// The places of `sub`, which is not empty, from left to right and without overlaps.
pub fn places<'a>(s: &'a str, sub: &'a str) -> impl Iterator<Item = usize> + 'a {
    /// Preparing a search for the whole of a short text takes longer than searching.
    const SHORT: usize = 64;
    // It lives on the stack, for one search.
    #[allow(clippy::large_enum_variant)]
    enum Search<'a> {
        Byte(memchr::Memchr<'a>),
        Short(usize),
        Long(memmem::FindIter<'a, 'a>),
    }
    let mut search = match sub.as_bytes() {
        [byte] => Search::Byte(memchr::memchr_iter(*byte, s.as_bytes())),
        _ if s.len() <= SHORT => Search::Short(0),
        sub => Search::Long(memmem::find_iter(s.as_bytes(), sub)),
    };
    std::iter::from_fn(move || match &mut search {
        Search::Byte(places) => places.next(),
        Search::Short(from) => {
            let at = *from + memmem::find(&s.as_bytes()[*from..], sub.as_bytes())?;
            *from = at + sub.len();
            Some(at)
        }
        Search::Long(places) => places.next(),
    })
}

/// `s.count(sub)`: without overlaps; the empty string is found at every position.
pub fn count(s: &str, sub: &str) -> usize {
    if sub.is_empty() { char_count(s) + 1 } else { places(s, sub).count() }
}

/// `s.replace(old, new, max)`; no limit without `max`. `None` if nothing changes.
///
/// # Errors
/// `MemoryError` if the result would be absurdly long.
pub fn replace(s: &str, old: &str, new: &str, max: Option<usize>) -> Result<Option<String>, Fault> {
    let max = max.unwrap_or(usize::MAX);
    let mut out = String::new();
    let mut start = 0;
    let mut found = 0;
    let mut add = |at: usize| {
        if found == 0 {
            out.reserve(s.len() + new.len());
        }
        out.push_str(&s[start..at]);
        out.push_str(new);
        start = at + old.len();
        found += 1;
    };
    // Only if the result may be really long is it worth the while to count beforehand.
    let most = (s.len() / old.len().max(1) + 1).saturating_mul(new.len());
    if most > LONG {
        check_size(count(s, old).min(max).saturating_mul(new.len()))?;
    }
    if old.is_empty() {
        s.char_indices().map(|(at, _)| at).chain([s.len()]).take(max).for_each(&mut add);
    } else {
        places(s, old).take(max).for_each(&mut add);
    }
    if found == 0 {
        return Ok(None);
    }
    out.push_str(&s[start..]);
    Ok(Some(out))
}

/// What a translation table says about a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Translation {
    Keep,
    Delete,
    Char(char),
    Text(String),
}

/// `s.translate(table)`; `look_up` asks the table.
///
/// # Errors
/// Whatever `look_up` fails with.
pub fn translate<E>(s: &str, mut look_up: impl FnMut(char) -> Result<Translation, E>) -> Result<String, E> {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        match look_up(c)? {
            Translation::Keep => out.push(c),
            Translation::Delete => {}
            Translation::Char(c) => out.push(c),
            Translation::Text(text) => out.push_str(&text),
        }
    }
    Ok(out)
}

fn padded(s: &str, left: usize, right: usize, fill: char) -> Result<String, Fault> {
    check_size(left.saturating_add(right))?;
    let mut out = String::with_capacity(s.len() + (left + right) * fill.len_utf8());
    out.extend(std::iter::repeat_n(fill, left));
    out.push_str(s);
    out.extend(std::iter::repeat_n(fill, right));
    Ok(out)
}

/// The blanks that are missing to `width`.
fn missing(s: &str, width: i64) -> usize {
    usize::try_from(width).unwrap_or(0).saturating_sub(char_count(s))
}

/// `s.ljust(width, fill)`.
///
/// # Errors
/// `MemoryError` for an absurd width.
pub fn ljust(s: &str, width: i64, fill: char) -> Result<String, Fault> {
    padded(s, 0, missing(s, width), fill)
}

/// `s.rjust(width, fill)`.
///
/// # Errors
/// `MemoryError` for an absurd width.
pub fn rjust(s: &str, width: i64, fill: char) -> Result<String, Fault> {
    padded(s, missing(s, width), 0, fill)
}

/// `s.center(width, fill)`: of an odd number of fills the extra one stands left if `width` is odd, else right.
///
/// # Errors
/// `MemoryError` for an absurd width.
pub fn center(s: &str, width: i64, fill: char) -> Result<String, Fault> {
    let missing = missing(s, width);
    let left = missing / 2 + (missing & width as usize & 1);
    padded(s, left, missing - left, fill)
}

/// `s.zfill(width)`: zeros after a sign.
///
/// # Errors
/// `MemoryError` for an absurd width.
pub fn zfill(s: &str, width: i64) -> Result<String, Fault> {
    let signed = s.starts_with(['+', '-']);
    let (sign, digits) = s.split_at(usize::from(signed));
    let zeros = missing(s, width);
    check_size(zeros)?;
    Ok(format!("{sign}{}{digits}", "0".repeat(zeros)))
}

/// `s.expandtabs(size)`: columns restart after `\n` and `\r`.
///
/// # Errors
/// `MemoryError` for an absurd size.
pub fn expandtabs(s: &str, size: i64) -> Result<String, Fault> {
    let size = usize::try_from(size).unwrap_or(0);
    let mut out = String::with_capacity(s.len());
    let mut column = 0usize;
    for c in s.chars() {
        match c {
            '\t' => {
                let blanks = if size > 0 { size - column % size } else { 0 };
                check_size(out.len().saturating_add(blanks))?;
                out.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searching() {
        assert_eq!(find("éaéb", "b"), Some(5));
        assert_eq!(find("éaéb", "éb"), Some(3));
        assert_eq!(find("abc", ""), Some(0));
        assert_eq!(find("abc", "d"), None);
        assert_eq!(rfind("abcabc", "b"), Some(4));
        assert_eq!(rfind("abcabc", "bc"), Some(4));
        assert_eq!(rfind("abc", ""), Some(3));
        assert_eq!(count("aaaa", "aa"), 2);
        assert_eq!(count("é中", ""), 3);
        assert_eq!(char_count("é中😀a"), 4);
    }

    #[test]
    fn replacing() {
        assert_eq!(replace("abc", "", "-", Some(2)), Ok(Some("-a-bc".to_owned())));
        assert_eq!(replace("é", "", "-", None), Ok(Some("-é-".to_owned())));
        assert_eq!(replace("aXbXc", "X", "", Some(1)), Ok(Some("abXc".to_owned())));
        assert_eq!(replace("abc", "x", "y", None), Ok(None));
        assert_eq!(replace("abc", "a", "y", Some(0)), Ok(None));
        let look_up = |c| -> Result<Translation, ()> {
            Ok(match c {
                'a' => Translation::Text("xyz".to_owned()),
                'b' => Translation::Char('c'),
                'd' => Translation::Delete,
                _ => Translation::Keep,
            })
        };
        assert_eq!(translate("abdé", look_up).as_deref(), Ok("xyzcé"));
    }

    #[test]
    fn padding() {
        assert_eq!(center("aXb", 6, '*').as_deref(), Ok("*aXb**"));
        assert_eq!(center("ab", 5, '*').as_deref(), Ok("**ab*"));
        assert_eq!(center("abc", -1, '*').as_deref(), Ok("abc"));
        assert_eq!(ljust("é", 3, '中').as_deref(), Ok("é中中"));
        assert_eq!(rjust("a", 3, ' ').as_deref(), Ok("  a"));
        assert_eq!(zfill("+5", 5).as_deref(), Ok("+0005"));
        assert_eq!(zfill("", 2).as_deref(), Ok("00"));
        assert_eq!(expandtabs("a\tb\n\tc", 4).as_deref(), Ok("a   b\n    c"));
        assert_eq!(ljust("a", i64::MAX, ' '), Err(Fault::memory()));
        assert_eq!(expandtabs("a\tb", i64::MAX), Err(Fault::memory()));
        assert_eq!(expandtabs("a\tb", -1).as_deref(), Ok("ab"));
    }
}
