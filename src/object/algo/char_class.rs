//! Character classes as Python defines them, where the standard library of Rust differs or has none.

use super::unicode_tables::{
    ALPHA, DECIMAL_ZEROS, DIGIT_EXTRA, FOLD, NOT_PRINTABLE, NUMERIC_EXTRA, TITLE, TITLE_LETTERS,
};

fn in_ranges(table: &[(u32, u32)], c: char) -> bool {
    let code = c as u32;
    let after = table.partition_point(|&(first, _)| first <= code);
    after > 0 && code <= table[after - 1].1
}

fn mapping(table: &'static [(u32, &'static str)], c: char) -> Option<&'static str> {
    table.binary_search_by_key(&(c as u32), |&(code, _)| code).ok().map(|i| table[i].1)
}

/// Whether `repr` shows `c` as it is (`str.isprintable`).
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() { (' '..='~').contains(&c) } else { !in_ranges(NOT_PRINTABLE, c) }
}

/// A letter (`str.isalpha`).
pub fn is_alpha(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { in_ranges(ALPHA, c) }
}

/// White space for `split`, `strip` and `isspace`.
pub fn is_space(c: char) -> bool {
    matches!(c, '\t'..='\r' | '\x1c'..='\x1f' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}'
        | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// The end of a line for `str.splitlines` (of `\r\n` each half).
pub fn is_line_break(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The value of a decimal digit of any script, as `int()` and `float()` read it.
pub fn decimal_value(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let code = c as u32;
    let after = DECIMAL_ZEROS.partition_point(|&zero| zero <= code);
    let value = code - DECIMAL_ZEROS[after.checked_sub(1)?];
    (value < 10).then_some(value)
}

/// `str.isdecimal`.
pub fn is_decimal(c: char) -> bool {
    decimal_value(c).is_some()
}

/// `str.isdigit`: decimal digits, superscripts, circled digits.
pub fn is_digit(c: char) -> bool {
    is_decimal(c) || (!c.is_ascii() && in_ranges(DIGIT_EXTRA, c))
}

/// `str.isnumeric`: digits, fractions, Roman numerals, ideographs for numbers.
pub fn is_numeric(c: char) -> bool {
    is_digit(c) || (!c.is_ascii() && in_ranges(NUMERIC_EXTRA, c))
}

/// `str.isalnum`.
pub fn is_alnum(c: char) -> bool {
    is_alpha(c) || is_numeric(c)
}

/// A title-case letter such as `ǅ`.
pub fn is_title_letter(c: char) -> bool {
    !c.is_ascii() && in_ranges(TITLE_LETTERS, c)
}

/// Has case: lower, upper or title.
pub fn is_cased(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase() || is_title_letter(c)
}

/// Appends the title-case form of `c` (`ß` gives `Ss`).
pub fn push_title(c: char, out: &mut String) {
    match mapping(TITLE, c) {
        Some(text) => out.push_str(text),
        None => out.extend(c.to_uppercase()),
    }
}

/// Appends the case folding of `c`.
pub fn push_fold(c: char, out: &mut String) {
    match mapping(FOLD, c) {
        Some(text) => out.push_str(text),
        None => out.extend(c.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_python() {
        assert!(is_alpha('é') && is_alpha('中') && !is_alpha('Ⅷ') && !is_alpha('\u{345}'));
        assert!(is_decimal('٣') && !is_decimal('²') && is_digit('²') && !is_digit('½') && is_numeric('½'));
        assert!(is_numeric('三') && !is_digit('三'));
        assert_eq!(decimal_value('𝟛'), Some(3));
        assert_eq!(decimal_value('a'), None);
        assert!(!is_printable('\u{a0}') && !is_printable('\u{200b}') && is_printable('é') && !is_printable('\x7f'));
        assert!(!is_printable('\u{e000}') && is_printable('😀'));
        assert!(is_space('\x1f') && !is_space('\u{200b}') && is_space('\u{3000}'));
    }

    #[test]
    fn special_mappings() {
        let mut out = String::new();
        for c in ['ß', 'ǆ', 'ﬁ', 'a'] {
            push_title(c, &mut out);
        }
        assert_eq!(out, "SsǅFiA");
        out.clear();
        for c in ['ß', 'ς', 'Ꭰ', 'K'] {
            push_fold(c, &mut out);
        }
        assert_eq!(out, "ssσᎠk");
    }
}
