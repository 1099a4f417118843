//! Which characters are the same when case is ignored.

use super::flags::{ASCII, Flags, IGNORECASE, UNICODE};

/// How characters are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// As they are.
    Exact,
    /// ASCII letters without their case.
    Ascii,
    /// All letters without their case.
    Unicode,
}

impl Fold {
    pub fn of(flags: Flags) -> Fold {
        if flags & IGNORECASE == 0 {
            Fold::Exact
        } else if flags & UNICODE != 0 && flags & ASCII == 0 {
            Fold::Unicode
        } else {
            Fold::Ascii
        }
    }

    /// The small letter of a code point.
    pub fn lower(self, code: u32) -> u32 {
        match self {
            Fold::Exact => code,
            Fold::Ascii => u8::try_from(code).map_or(code, |byte| u32::from(byte.to_ascii_lowercase())),
            Fold::Unicode => match char::from_u32(code) {
                // Of a letter that becomes two, the first one.
                Some(c) => c.to_lowercase().next().map_or(code, |c| c as u32),
                None => code,
            },
        }
    }

    /// Whether another character may be the same as this one.
    pub fn is_cased(self, code: u32) -> bool {
        self.lower(code) != code
            || match self {
                Fold::Exact => false,
                Fold::Ascii => u8::try_from(code).is_ok_and(|byte| byte.is_ascii_lowercase()),
                Fold::Unicode => {
                    char::from_u32(code).is_some_and(|c| c.to_uppercase().next() != Some(c)) || !same(code).is_empty()
                }
            }
    }

    /// The small letters that match `code`: its own, and others with the same capital.
    pub fn variants(self, code: u32) -> impl Iterator<Item = u32> {
        let low = self.lower(code);
        let more = if self == Fold::Unicode { same(low) } else { &[] };
        std::iter::once(low).chain(more.iter().copied().filter(move |other| *other != low))
    }
}

/// Code points from here on have no case.
pub const CASED_END: u32 = 0x1_e944;
/// Between these there is no case: ideographs; Hangul, private use.
pub const CASELESS: [(u32, u32); 2] = [(0x2e00, 0xa640), (0xabc0, 0xfb00)];

/// Small letters that share a capital: of Unicode's case tables, where lowering alone keeps them apart.
const SAME: [&[u32]; 24] = [
    &[0x69, 0x131],
    &[0x73, 0x17f],
    &[0xb5, 0x3bc],
    &[0x345, 0x3b9, 0x1fbe],
    &[0x390, 0x1fd3],
    &[0x3b0, 0x1fe3],
    &[0x3b2, 0x3d0],
    &[0x3b5, 0x3f5],
    &[0x3b8, 0x3d1],
    &[0x3ba, 0x3f0],
    &[0x3c0, 0x3d6],
    &[0x3c1, 0x3f1],
    &[0x3c2, 0x3c3],
    &[0x3c6, 0x3d5],
    &[0x432, 0x1c80],
    &[0x434, 0x1c81],
    &[0x43e, 0x1c82],
    &[0x441, 0x1c83],
    &[0x442, 0x1c84, 0x1c85],
    &[0x44a, 0x1c86],
    &[0x463, 0x1c87],
    &[0x1c88, 0xa64b],
    &[0x1e61, 0x1e9b],
    &[0xfb05, 0xfb06],
];

fn same(low: u32) -> &'static [u32] {
    SAME.iter().find(|group| group.contains(&low)).copied().unwrap_or(&[])
}
