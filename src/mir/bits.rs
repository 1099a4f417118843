//! A set of locals as bits.

use super::data::LocalId;

/// A set over the locals of one body.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LocalSet {
    words: Vec<u64>,
}

impl LocalSet {
    /// The empty set over `count` locals.
    pub fn empty(count: usize) -> LocalSet {
        LocalSet { words: vec![0; count.div_ceil(64)] }
    }

    pub fn contains(&self, local: LocalId) -> bool {
        let (word, bit) = place(local);
        self.words.get(word).is_some_and(|w| w & bit != 0)
    }

    pub fn insert(&mut self, local: LocalId) {
        let (word, bit) = place(local);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= bit;
    }

    pub fn remove(&mut self, local: LocalId) {
        let (word, bit) = place(local);
        if let Some(w) = self.words.get_mut(word) {
            *w &= !bit;
        }
    }

    /// Adds all of `other`; true if that changed something.
    pub fn union(&mut self, other: &LocalSet) -> bool {
        let mut changed = false;
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            changed |= theirs & !*mine != 0;
            *mine |= theirs;
        }
        changed
    }

    /// Keeps what is in `other` too; true if that changed something.
    pub fn intersect(&mut self, other: &LocalSet) -> bool {
        let mut changed = false;
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            changed |= *mine & !theirs != 0;
            *mine &= theirs;
        }
        changed
    }

    /// The members, ascending.
    pub fn iter(&self) -> impl Iterator<Item = LocalId> + '_ {
        self.words.iter().enumerate().flat_map(|(i, &word)| {
            (0..64).filter(move |bit| word >> bit & 1 != 0).map(move |bit| LocalId(i as u32 * 64 + bit))
        })
    }
}

fn place(local: LocalId) -> (usize, u64) {
    (local.0 as usize / 64, 1 << (local.0 % 64))
}
