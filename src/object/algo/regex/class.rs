//! Sets of characters, compiled: a bitmap for the first 256, ranges and categories beyond.

use super::super::char_class;
use super::case::{CASED_END, CASELESS, Fold};
use super::tree::{Category, Item};

#[derive(Debug)]
pub struct Set {
    /// Of the code points below 256; negation and case are worked in.
    low: [u64; 4],
    /// Sorted, ends included, small letters only if case is ignored.
    ranges: Box<[(u32, u32)]>,
    categories: Box<[(Category, bool)]>,
    negate: bool,
    fold: Fold,
    /// Categories of ASCII characters only.
    ascii: bool,
}

/// Whether a code point belongs to a category.
pub fn in_category(category: Category, code: u32, ascii: bool) -> bool {
    let Some(c) = char::from_u32(code) else { return false };
    if ascii && !c.is_ascii() {
        return false;
    }
    match category {
        Category::Digit => char_class::is_decimal(c),
        Category::Space if ascii => matches!(c, ' ' | '\t'..='\r'),
        Category::Space => char_class::is_space(c),
        Category::Word => c == '_' || char_class::is_alnum(c),
    }
}

impl Set {
    /// `ascii`: categories are those of ASCII characters.
    pub fn new(items: &[Item], negate: bool, fold: Fold, ascii: bool) -> Set {
        let mut ranges = Vec::new();
        let mut categories = Vec::new();
        for item in items {
            match *item {
                Item::Char(code) if fold == Fold::Exact => ranges.push((code, code)),
                Item::Char(code) => ranges.extend(fold.variants(code).map(|code| (code, code))),
                Item::Range(low, high) => add_range(low, high, fold, &mut ranges),
                Item::Category { category, negate } => categories.push((category, negate)),
            }
        }
        let (ranges, categories) = (merged(ranges), categories.into_boxed_slice());
        let mut set = Set { low: [0; 4], ranges, categories, negate, fold, ascii };
        for code in 0..256 {
            if set.contains_slowly(code) {
                set.low[code as usize / 64] |= 1 << (code % 64);
            }
        }
        set
    }

    #[inline(always)]
    pub fn contains_low(&self, byte: u8) -> bool {
        self.low[byte as usize / 64] >> (byte % 64) & 1 != 0
    }

    #[inline]
    pub fn contains(&self, code: u32) -> bool {
        match u8::try_from(code) {
            Ok(byte) => self.contains_low(byte),
            Err(_) => self.contains_slowly(code),
        }
    }

    fn contains_slowly(&self, code: u32) -> bool {
        let code = self.fold.lower(code);
        let after = self.ranges.partition_point(|&(first, _)| first <= code);
        let found = after > 0 && code <= self.ranges[after - 1].1
            || self.categories.iter().any(|&(category, negate)| in_category(category, code, self.ascii) != negate);
        found != self.negate
    }

    /// Whether nothing but ASCII characters can belong to it.
    pub fn is_ascii(&self) -> bool {
        let plain = !self.negate && self.fold != Fold::Unicode && self.categories.is_empty();
        plain && self.ranges.last().is_none_or(|&(_, last)| last < 128)
    }
}

/// Adds a range, for case-insensitive sets as the small letters of all that is in it.
fn add_range(low: u32, high: u32, fold: Fold, out: &mut Vec<(u32, u32)>) {
    if fold == Fold::Exact {
        out.push((low, high));
        return;
    }
    let mut code = low;
    while code <= high {
        if let Some((_, end)) = CASELESS.iter().find(|(start, end)| (*start..*end).contains(&code)) {
            let last = high.min(end - 1);
            out.push((code, last));
            code = last + 1;
        } else if code >= CASED_END {
            out.push((code, high));
            return;
        } else {
            out.extend(fold.variants(code).map(|code| (code, code)));
            code += 1;
        }
    }
}

/// Sorted, and without overlaps.
fn merged(mut ranges: Vec<(u32, u32)>) -> Box<[(u32, u32)]> {
    ranges.sort_unstable();
    let mut out: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
    for (low, high) in ranges {
        match out.last_mut() {
            Some((_, last)) if low <= last.saturating_add(1) => *last = high.max(*last),
            _ => out.push((low, high)),
        }
    }
    out.into_boxed_slice()
}
