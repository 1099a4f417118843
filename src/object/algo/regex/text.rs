//! The two kinds of subjects: UTF-8 and single bytes.

/// How characters lie in a subject. Places are byte offsets at the boundary of a character.
pub trait Encoding {
    /// The character at a place, and the place behind it.
    fn next(text: &[u8], at: usize) -> Option<(u32, usize)>;
    /// The place of the character before; `at` is not the start.
    fn back(text: &[u8], at: usize) -> usize;
    /// The place behind the character there; `at` is not the end.
    fn skip(text: &[u8], at: usize) -> usize;
}

pub struct Bytes;

impl Encoding for Bytes {
    #[inline(always)]
    fn next(text: &[u8], at: usize) -> Option<(u32, usize)> {
        text.get(at).map(|byte| (u32::from(*byte), at + 1))
    }

    #[inline(always)]
    fn back(_: &[u8], at: usize) -> usize {
        at - 1
    }

    #[inline(always)]
    fn skip(_: &[u8], at: usize) -> usize {
        at + 1
    }
}

/// The subject is valid UTF-8.
pub struct Utf8;

impl Encoding for Utf8 {
    #[inline(always)]
    fn next(text: &[u8], at: usize) -> Option<(u32, usize)> {
        let byte = *text.get(at)?;
        if byte < 0x80 {
            Some((u32::from(byte), at + 1))
        } else {
            long(&text[at..]).map(|(code, len)| (code, at + len))
        }
    }

    #[inline(always)]
    fn back(text: &[u8], at: usize) -> usize {
        let mut at = at - 1;
        while at > 0 && text[at] & 0xc0 == 0x80 {
            at -= 1;
        }
        at
    }

    #[inline(always)]
    fn skip(text: &[u8], at: usize) -> usize {
        match text[at] {
            0..0xc0 => at + 1,
            0xc0..0xe0 => at + 2,
            0xe0..0xf0 => at + 3,
            0xf0.. => at + 4,
        }
    }
}

/// A character beyond ASCII and its length.
fn long(text: &[u8]) -> Option<(u32, usize)> {
    let part = |at: usize| text.get(at).map(|byte| u32::from(byte & 0x3f));
    let head = u32::from(*text.first()?);
    Some(match head {
        0..0xe0 => ((head & 0x1f) << 6 | part(1)?, 2),
        0xe0..0xf0 => ((head & 0x0f) << 12 | part(1)? << 6 | part(2)?, 3),
        _ => ((head & 0x07) << 18 | part(1)? << 12 | part(2)? << 6 | part(3)?, 4),
    })
}
