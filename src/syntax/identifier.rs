//! Identifiers beyond ASCII (PEP 3131): validity, and NFKC normalisation.

use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfkc};

/// A character that may not stand in an identifier.
pub(super) struct Fault {
    pub message: String,
    /// Byte offset within the word, and the character's length.
    pub at: usize,
    pub len: usize,
}

/// The identifier as it is compared; an error names the first character that cannot be part of one.
pub(super) fn normalize(word: &str) -> Result<Cow<'_, str>, Fault> {
    if word.is_ascii() {
        return Ok(Cow::Borrowed(word));
    }
    for (at, c) in word.char_indices() {
        let valid = if at == 0 { is_start(c) } else { is_continue(c) };
        if !valid {
            return Err(Fault { message: describe(c), at, len: c.len_utf8() });
        }
    }
    if is_nfkc(word) { Ok(Cow::Borrowed(word)) } else { Ok(Cow::Owned(word.nfkc().collect())) }
}

fn is_start(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic() || unicode_ident::is_xid_start(c)
}

fn is_continue(c: char) -> bool {
    c == '_' || c.is_ascii_alphanumeric() || unicode_ident::is_xid_continue(c)
}

fn describe(c: char) -> String {
    let code = c as u32;
    let invisible = c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(code, 0xAD | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xE000..=0xF8FF)
        || matches!(code, 0xFFF9..=0xFFFB | 0xE0000..=0x10FFFF);
    if invisible {
        format!("invalid non-printable character U+{code:04X}")
    } else {
        format!("invalid character '{c}' (U+{code:04X})")
    }
}
