//! Methods of `str` that cut a string into pieces or trim it. All pieces are parts of the original.

use super::char_class::{is_line_break, is_space};
use super::fault::Fault;
use super::str_search::places;

fn empty_separator() -> Fault {
    Fault::value("empty separator")
}

/// `s.split(None, max)`: gives `take` each piece between white space, runs of it counting once. No limit without `max`.
pub fn split_whitespace<'a>(s: &'a str, max: Option<usize>, mut take: impl FnMut(&'a str)) {
    if max.is_none() && s.is_ascii() {
        let blank = |byte: &u8| is_space(char::from(*byte));
        let pieces = s.as_bytes().split(blank).filter(|piece| !piece.is_empty());
        return pieces.for_each(|piece| take(std::str::from_utf8(piece).unwrap_or_default()));
    }
    let mut taken = 0;
    let mut rest = s.trim_start_matches(is_space);
    while !rest.is_empty() {
        if max.is_some_and(|max| taken >= max) {
            return take(rest);
        }
        let end = rest.find(is_space).unwrap_or(rest.len());
        take(&rest[..end]);
        taken += 1;
        rest = rest[end..].trim_start_matches(is_space);
    }
}

/// `s.rsplit(None, max)`.
pub fn rsplit_whitespace(s: &str, max: Option<usize>) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = s.trim_end_matches(is_space);
    while !rest.is_empty() {
        if max.is_some_and(|max| pieces.len() >= max) {
            pieces.push(rest);
            break;
        }
        let start = rest.char_indices().rfind(|&(_, c)| is_space(c)).map_or(0, |(at, c)| at + c.len_utf8());
        pieces.push(&rest[start..]);
        rest = rest[..start].trim_end_matches(is_space);
    }
    pieces.reverse();
    pieces
}

/// `s.split(separator, max)`: gives `take` each piece.
///
/// # Errors
/// `ValueError: empty separator`.
pub fn split<'a>(
    s: &'a str,
    separator: &'a str,
    max: Option<usize>,
    mut take: impl FnMut(&'a str),
) -> Result<(), Fault> {
    if separator.is_empty() {
        return Err(empty_separator());
    }
    let mut start = 0;
    for at in places(s, separator).take(max.unwrap_or(usize::MAX)) {
        take(&s[start..at]);
        start = at + separator.len();
    }
    take(&s[start..]);
    Ok(())
}

/// `s.rsplit(separator, max)`.
///
/// # Errors
/// `ValueError: empty separator`.
pub fn rsplit<'a>(s: &'a str, separator: &str, max: Option<usize>) -> Result<Vec<&'a str>, Fault> {
    if separator.is_empty() {
        return Err(empty_separator());
    }
    let mut pieces = Vec::new();
    let mut end = s.len();
    for at in memchr::memmem::rfind_iter(s.as_bytes(), separator).take(max.unwrap_or(usize::MAX)) {
        pieces.push(&s[at + separator.len()..end]);
        end = at;
    }
    pieces.push(&s[..end]);
    pieces.reverse();
    Ok(pieces)
}

/// `s.splitlines(keep_ends)`.
pub fn splitlines(s: &str, keep_ends: bool) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = s;
    while let Some((at, c)) = rest.char_indices().find(|&(_, c)| is_line_break(c)) {
        let end = if rest[at..].starts_with("\r\n") { at + 2 } else { at + c.len_utf8() };
        lines.push(&rest[..if keep_ends { end } else { at }]);
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// `s.partition(separator)`: before, separator, after; the whole comes first if there is none.
///
/// # Errors
/// `ValueError: empty separator`.
pub fn partition<'a>(s: &'a str, separator: &str) -> Result<(&'a str, &'a str, &'a str), Fault> {
    if separator.is_empty() {
        return Err(empty_separator());
    }
    let found = memchr::memmem::find(s.as_bytes(), separator.as_bytes());
    Ok(found.map_or((s, "", ""), |at| cut(s, at, separator.len())))
}

/// `s.rpartition(separator)`: the whole comes last if there is none.
///
/// # Errors
/// `ValueError: empty separator`.
pub fn rpartition<'a>(s: &'a str, separator: &str) -> Result<(&'a str, &'a str, &'a str), Fault> {
    if separator.is_empty() {
        return Err(empty_separator());
    }
    let found = memchr::memmem::rfind(s.as_bytes(), separator.as_bytes());
    Ok(found.map_or(("", "", s), |at| cut(s, at, separator.len())))
}

fn cut(s: &str, at: usize, length: usize) -> (&str, &str, &str) {
    (&s[..at], &s[at..at + length], &s[at + length..])
}

/// Which ends [`strip`] trims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    Both,
    Left,
    Right,
}

/// `s.strip(chars)`, `lstrip`, `rstrip`: white space without `chars`.
pub fn strip<'a>(s: &'a str, chars: Option<&str>, ends: Ends) -> &'a str {
    match chars {
        None => trim(s, is_space, ends),
        Some(chars) => trim(s, |c| chars.contains(c), ends),
    }
}

fn trim(s: &str, drop: impl Fn(char) -> bool + Copy, ends: Ends) -> &str {
    let s = if ends == Ends::Right { s } else { s.trim_start_matches(drop) };
    if ends == Ends::Left { s } else { s.trim_end_matches(drop) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(s: &str, max: Option<usize>) -> Vec<&str> {
        let mut pieces = Vec::new();
        split_whitespace(s, max, |piece| pieces.push(piece));
        pieces
    }

    fn parts<'a>(s: &'a str, separator: &'a str, max: Option<usize>) -> Result<Vec<&'a str>, Fault> {
        let mut pieces = Vec::new();
        split(s, separator, max, |piece| pieces.push(piece)).map(|()| pieces)
    }

    #[test]
    fn splitting() {
        assert_eq!(words("  a b\u{3000}c ", None), ["a", "b", "c"]);
        assert_eq!(words("  a b  c ", Some(1)), ["a", "b  c "]);
        assert_eq!(words(" a ", Some(0)), ["a "]);
        assert_eq!(rsplit_whitespace("  a b  c ", Some(1)), ["  a b", "c"]);
        assert_eq!(rsplit_whitespace(" a é ", None), ["a", "é"]);
        assert!(words(" ", None).is_empty());
        assert_eq!(parts("a,b,,c", ",", None), Ok(vec!["a", "b", "", "c"]));
        assert_eq!(parts("a,b,c", ",", Some(1)), Ok(vec!["a", "b,c"]));
        assert_eq!(rsplit("a,b,c", ",", Some(1)), Ok(vec!["a,b", "c"]));
        assert_eq!(rsplit("aaaa", "aa", None), Ok(vec!["", "", ""]));
        assert_eq!(rsplit("aaa", "aa", None), Ok(vec!["a", ""]));
        assert_eq!(parts("", ",", None), Ok(vec![""]));
        assert_eq!(parts("a", "", None).unwrap_err().text, "empty separator");
    }

    #[test]
    fn lines_and_parts() {
        assert_eq!(splitlines("a\r\nb\u{85}c\n", true), ["a\r\n", "b\u{85}", "c\n"]);
        assert_eq!(splitlines("a\n\nb\x1cc", false), ["a", "", "b", "c"]);
        assert!(splitlines("", false).is_empty());
        assert_eq!(partition("a.b.c", "."), Ok(("a", ".", "b.c")));
        assert_eq!(rpartition("a.b.c", "."), Ok(("a.b", ".", "c")));
        assert_eq!(partition("abc", "."), Ok(("abc", "", "")));
        assert_eq!(rpartition("abc", "."), Ok(("", "", "abc")));
        assert_eq!(strip(" \x1f\u{a0}a b\n", None, Ends::Both), "a b");
        assert_eq!(strip("xyaéyx", Some("xyé"), Ends::Both), "a");
        assert_eq!(strip("xax", Some("x"), Ends::Left), "ax");
        assert_eq!(strip("xax", Some("x"), Ends::Right), "xa");
        assert_eq!(strip(" a ", Some(""), Ends::Both), " a ");
    }
}
