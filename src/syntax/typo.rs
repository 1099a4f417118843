//! Which keyword a misspelled word was meant to be.

/// Keywords that are worth guessing: those that begin or join statements and expressions, three letters or more.
const KEYWORDS: [&str; 28] = [
    "and", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally",
    "for", "from", "global", "import", "lambda", "nonlocal", "not", "pass", "raise", "return", "try", "while", "with",
    "yield", "case",
];

/// The keyword that is one slip away from `word`: a letter too many, missing, wrong, or two swapped. Too many words
/// are near the keywords of three letters: there only a swap counts.
pub(super) fn keyword_like(word: &str) -> Option<&'static str> {
    KEYWORDS.into_iter().find(|keyword| {
        let same_letters = word.len() == keyword.len() && word.chars().all(|c| keyword.contains(c));
        (keyword.len() > 3 || same_letters) && one_slip(word.as_bytes(), keyword.as_bytes())
    })
}

fn one_slip(a: &[u8], b: &[u8]) -> bool {
    if a == b || a.len() < 3 {
        return false;
    }
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    match a.len() as isize - b.len() as isize {
        0 => a[1..] == b[1..] || (a.len() >= 2 && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..]),
        1 => a[1..] == *b,
        -1 => *a == b[1..],
        _ => false,
    }
}
