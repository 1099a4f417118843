//! Patterns against subjects: order of alternatives, repetitions, assertions, case, errors, templates.

use super::flags::{ASCII, IGNORECASE, MULTILINE};
use super::template::{self, Piece};
use super::{Flags, Found, Mode, Regex, RegexError, Request};

fn compiled(pattern: &str, flags: Flags) -> Result<Regex, RegexError> {
    let chars: Vec<char> = pattern.chars().collect();
    Regex::compile(&chars, true, flags).map(|compiled| compiled.regex)
}

fn find(pattern: &str, subject: &str, mode: Mode, flags: Flags) -> Option<Found> {
    let regex = compiled(pattern, flags).expect("a good pattern");
    let request = Request { mode, start: 0, not_empty: false };
    regex.find(subject.as_bytes(), request, &mut || false).expect("an answer")
}

/// The groups of the first match, `-` for one that took no part; None if there is no match.
fn groups(pattern: &str, subject: &str) -> Option<String> {
    let found = find(pattern, subject, Mode::Search, 0)?;
    let shown = found.slots.chunks(2).map(|ends| match ends {
        [start, end] if *end != usize::MAX => &subject[*start..*end],
        _ => "-",
    });
    Some(shown.collect::<Vec<_>>().join("|"))
}

#[track_caller]
fn check(pattern: &str, subject: &str, expected: &str) {
    let got = groups(pattern, subject);
    assert_eq!(got.as_deref().unwrap_or("no match"), expected, "{pattern} on {subject}");
}

#[track_caller]
fn refused(pattern: &str, message: &str, place: usize) {
    let expected = RegexError::Pattern { message: message.to_owned(), at: Some(place) };
    assert_eq!(compiled(pattern, 0).err(), Some(expected), "{pattern}");
}

#[test]
fn order_of_alternatives() {
    check("a|ab", "ab", "a");
    check("(?:a|ab)(?:c|bcd)(d*)", "abcd", "abcd|");
    check("(a+|b)*", "ab", "ab|b");
    check("(a|ab)(c|bcd)(d*)", "abcd", "abcd|a|bcd|");
    check("foo|bar|baz", "xbaz", "baz");
    check("(?:x|(y))z", "yz", "yz|y");
    check("(?:x|(y))z", "xz", "xz|-");
}

#[test]
fn repetitions() {
    check("a{2,3}?", "aaaa", "aa");
    check("(a*)*", "aab", "aa|");
    check("(a*)+", "b", "|");
    check("(?:a?)*?$", "aa", "aa");
    check("(a|b)*?c", "abc", "abc|b");
    check("<.+>x", "<a>x<b>", "<a>x");
    check("(ab|a)*+b", "aab", "b|-");
    check("(?>a+)b", "aab", "aab");
    check("a++a", "aaa", "no match");
    check("(?:ab){2,3}", "abababab", "ababab");
    check("(x)*", "y", "|-");
    check("((a)|b)*", "ab", "ab|b|a");
    check("é{2}", "éé", "éé");
    check("x{,2}", "xxx", "xx");
    check("x{a", "x{a", "x{a");
}

#[test]
fn looking_around() {
    check("(?<=ab)c", "abc", "c");
    check("(?<!a)c", "acbc", "c");
    check("a(?=(b+))", "abb", "a|bb");
    check("(?!a)\\w", "ab", "b");
    check("(?<=é)x", "éx", "x");
    check("(?<!^)x", "xx", "x");
    check("(a)?(?(1)b|c)", "ab", "ab|a");
    check("(a)?(?(1)b|c)", "c", "c|-");
    check("(a)\\1", "aba a aa", "aa|a");
    check("(?i:(a))b\\1", "Abaa", "no match");
    check("(?i)(a)b\\1", "Aba", "Aba|A");
    check("\\bfoo\\b", "foot foo", "foo");
    check("\\B", "", "no match");
}

#[test]
fn case_and_classes() {
    assert!(find("[k]", "\u{212a}", Mode::Match, IGNORECASE).is_some());
    assert!(find("ſ", "S", Mode::Match, IGNORECASE).is_some());
    assert!(find("ſ", "S", Mode::Match, IGNORECASE | ASCII).is_none());
    assert!(find("[А-Я]+", "привет", Mode::Full, IGNORECASE).is_some());
    assert!(find("\\d", "٣", Mode::Match, 0).is_some());
    assert!(find("\\d", "٣", Mode::Match, ASCII).is_none());
    assert!(find("[^a-c]", "é", Mode::Match, 0).is_some());
    assert!(find("^b$", "a\nb\nc", Mode::Search, MULTILINE).is_some());
    assert!(find("a|ab", "ab", Mode::Full, 0).is_some());
    check("[]x]+", "a]x]", "]x]");
    check("[a\\-z]+", "b-az", "-az");
}

#[test]
fn places_of_errors() {
    refused("(", "missing ), unterminated subpattern", 0);
    refused(")", "unbalanced parenthesis", 0);
    refused("a**", "multiple repeat", 2);
    refused("*", "nothing to repeat", 0);
    refused("a{3,2}", "min repeat greater than max repeat", 2);
    refused("[a", "unterminated character set", 0);
    refused("[z-a]", "bad character range z-a", 1);
    refused("\\", "bad escape (end of pattern)", 0);
    refused("\\1", "invalid group reference 1", 1);
    refused("(?P<a>x)(?P<a>y)", "redefinition of group name 'a' as group 2; was group 1", 12);
    refused("x(?i)", "global flags not at the start of the expression", 1);
    refused("(?P<1>x)", "bad character in group name '1'", 4);
    let deep = "(".repeat(100_000);
    assert_eq!(compiled(&deep, 0).err(), Some(RegexError::Recursion));
}

#[test]
fn templates() {
    let regex = compiled("(?P<a>x)(y)", 0).expect("a good pattern");
    let parse = |text: &str| template::parse(&text.chars().collect::<Vec<_>>(), true, &regex);
    let literal = |text: &str| Piece::Literal(text.to_owned());
    assert_eq!(parse("-\\2\\g<a>\\n"), Ok(vec![literal("-"), Piece::Group(2), Piece::Group(1), literal("\n")]));
    assert_eq!(parse("\\101"), Ok(vec![literal("A")]));
    assert!(parse("\\3").is_err() && parse("\\q").is_err() && parse("\\g<b>").is_err());
}

#[test]
fn a_long_search_can_be_given_up() {
    let regex = compiled("(a+)+b", 0).expect("a good pattern");
    let request = Request { mode: Mode::Match, start: 0, not_empty: false };
    let subject = "a".repeat(60);
    let mut asked = 0;
    let given_up = regex.find(subject.as_bytes(), request, &mut || {
        asked += 1;
        asked == 3
    });
    assert_eq!(given_up, Err(super::Stop::Interrupted));
}
