//! Methods of `str` about the case and the kind of its characters.
//!
//! Lower-casing goes through the standard library on the whole string, because a capital sigma depends on its
//! neighbours; where only some characters are lowered, the lowered string is walked in step with the original.

use super::char_class as class;

/// `s.lower()`.
pub fn lower(s: &str) -> String {
    if s.is_ascii() { s.to_ascii_lowercase() } else { s.to_lowercase() }
}

/// `s.upper()`.
pub fn upper(s: &str) -> String {
    if s.is_ascii() { s.to_ascii_uppercase() } else { s.to_uppercase() }
}

/// `s.casefold()`.
pub fn casefold(s: &str) -> String {
    if s.is_ascii() {
        return s.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(s.len());
    s.chars().for_each(|c| class::push_fold(c, &mut out));
    out
}

/// Calls `each` with every character and its lower-case form at that place.
fn with_lowered<'a>(s: &str, lowered: &'a str, mut each: impl FnMut(char, &'a str)) {
    let mut at = 0;
    for c in s.chars() {
        // The two forms of a small sigma are equally long, so the lengths of the plain mapping hold.
        let length: usize = c.to_lowercase().map(char::len_utf8).sum();
        let end = (at + length).min(lowered.len());
        each(c, &lowered[at..end]);
        at = end;
    }
}

/// `s.capitalize()`.
pub fn capitalize(s: &str) -> String {
    let lowered = lower(s);
    let mut out = String::with_capacity(s.len());
    with_lowered(
        s,
        &lowered,
        |c, small| if out.is_empty() { class::push_title(c, &mut out) } else { out.push_str(small) },
    );
    out
}

/// `s.title()`.
pub fn title(s: &str) -> String {
    let lowered = lower(s);
    let mut out = String::with_capacity(s.len());
    let mut in_word = false;
    with_lowered(s, &lowered, |c, small| {
        if in_word {
            out.push_str(small)
        } else {
            class::push_title(c, &mut out)
        }
        in_word = class::is_cased(c);
    });
    out
}

/// `s.swapcase()`.
pub fn swapcase(s: &str) -> String {
    let lowered = lower(s);
    let mut out = String::with_capacity(s.len());
    with_lowered(s, &lowered, |c, small| {
        if c.is_uppercase() {
            out.push_str(small);
        } else if c.is_lowercase() {
            out.extend(c.to_uppercase());
        } else {
            out.push(c);
        }
    });
    out
}

fn all(s: &str, test: impl Fn(char) -> bool) -> bool {
    !s.is_empty() && s.chars().all(test)
}

/// `s.isalpha()`.
pub fn is_alpha(s: &str) -> bool {
    all(s, class::is_alpha)
}

/// `s.isalnum()`.
pub fn is_alnum(s: &str) -> bool {
    all(s, class::is_alnum)
}

/// `s.isdecimal()`.
pub fn is_decimal(s: &str) -> bool {
    all(s, class::is_decimal)
}

/// `s.isdigit()`.
pub fn is_digit(s: &str) -> bool {
    all(s, class::is_digit)
}

/// `s.isnumeric()`.
pub fn is_numeric(s: &str) -> bool {
    all(s, class::is_numeric)
}

/// `s.isspace()`.
pub fn is_space(s: &str) -> bool {
    all(s, class::is_space)
}

/// `s.isprintable()`; true of the empty string.
pub fn is_printable(s: &str) -> bool {
    s.chars().all(class::is_printable)
}

/// `s.isidentifier()`; keywords count as identifiers.
pub fn is_identifier(s: &str) -> bool {
    let mut chars = s.chars();
    chars.next().is_some_and(|first| first == '_' || unicode_ident::is_xid_start(first))
        && chars.all(unicode_ident::is_xid_continue)
}

/// `s.islower()`: at least one cased character, and none that is not lower case.
pub fn is_lower(s: &str) -> bool {
    !s.chars().any(|c| c.is_uppercase() || class::is_title_letter(c)) && s.chars().any(char::is_lowercase)
}

/// `s.isupper()`.
pub fn is_upper(s: &str) -> bool {
    !s.chars().any(|c| c.is_lowercase() || class::is_title_letter(c)) && s.chars().any(char::is_uppercase)
}

/// `s.istitle()`: capitals only after uncased characters, small letters only after cased ones.
pub fn is_title(s: &str) -> bool {
    let (mut after_cased, mut found) = (false, false);
    for c in s.chars() {
        if c.is_uppercase() || class::is_title_letter(c) {
            if after_cased {
                return false;
            }
            (after_cased, found) = (true, true);
        } else if c.is_lowercase() {
            if !after_cased {
                return false;
            }
        } else {
            after_cased = false;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversions() {
        assert_eq!(lower("ΑΣ"), "ας");
        assert_eq!(capitalize("ΑΣ"), "Ας");
        assert_eq!(capitalize("ßX"), "Ssx");
        assert_eq!(title("ΟΔΟΣ Σ"), "Οδος Σ");
        assert_eq!(title("they're ﬁx İX"), "They'Re Fix İx");
        assert_eq!(swapcase("aΣ"), "Aς");
        assert_eq!(swapcase("ǆßaB1"), "ǄSSAb1");
        assert_eq!(casefold("ßΣ"), "ssσ");
        assert_eq!(capitalize(""), "");
    }

    #[test]
    fn predicates() {
        assert!(is_title("Aa Bb") && is_title("ǅa") && !is_title("1a") && !is_title("AA") && !is_title(""));
        assert!(
            is_upper("A1") && !is_upper("1") && !is_upper("ǅ") && is_lower("a1") && is_lower("ª") && !is_lower("aB")
        );
        assert!(is_identifier("a1_é") && !is_identifier("1a") && !is_identifier("") && !is_identifier("a b"));
        assert!(is_printable("") && !is_printable("a\n") && is_space(" \x1c\u{85}") && !is_space(""));
        assert!(is_alnum("a1½") && !is_alnum("a b") && is_numeric("½") && !is_digit("½"));
    }
}
