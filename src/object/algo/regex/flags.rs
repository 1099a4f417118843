//! The flags of a pattern, with CPython's values.

use super::error::RegexError;

pub type Flags = u32;

pub const IGNORECASE: Flags = 2;
pub const LOCALE: Flags = 4;
pub const MULTILINE: Flags = 8;
pub const DOTALL: Flags = 16;
pub const UNICODE: Flags = 32;
pub const VERBOSE: Flags = 64;
pub const ASCII: Flags = 256;

/// Of these at most one is set.
pub const TYPES: Flags = ASCII | LOCALE | UNICODE;

/// The flag of an inline letter.
pub fn of_letter(letter: char) -> Option<Flags> {
    Some(match letter {
        'i' => IGNORECASE,
        'L' => LOCALE,
        'm' => MULTILINE,
        's' => DOTALL,
        'x' => VERBOSE,
        'a' => ASCII,
        'u' => UNICODE,
        _ => return None,
    })
}

/// The flags of a whole pattern: those of a text are Unicode unless they say otherwise.
///
/// # Errors
/// ValueError for flags that do not go together.
pub fn settle(text: bool, flags: Flags) -> Result<Flags, RegexError> {
    let has = |flag| flags & flag != 0;
    match text {
        true if has(LOCALE) => Err(RegexError::Value("cannot use LOCALE flag with a str pattern")),
        true if !has(ASCII) => Ok(flags | UNICODE),
        true if has(UNICODE) => Err(RegexError::Value("ASCII and UNICODE flags are incompatible")),
        false if has(UNICODE) => Err(RegexError::Value("cannot use UNICODE flag with a bytes pattern")),
        false if has(LOCALE) && has(ASCII) => Err(RegexError::Value("ASCII and LOCALE flags are incompatible")),
        _ => Ok(flags),
    }
}

/// The flags within a group `(?add-del:…)`.
pub fn within(outer: Flags, add: Flags, del: Flags) -> Flags {
    let outer = if add & TYPES != 0 { outer & !TYPES } else { outer };
    (outer | add) & !del
}
