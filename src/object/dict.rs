//! `dict`: an index table over entries in insertion order.
//!
//! A word of the index table of `2^k` words has the position of an entry in its low `k` bits and, above them, what is left
//! of the mixed hash: probing looks at an entry only if it is very likely the right one.

use super::call::Outcome;
use super::heap::{self, Header, Kind, Object};
use super::text::Str;
use super::{Ref, Value};
use std::cell::Cell;

const EMPTY: u32 = u32::MAX;
const DELETED: u32 = u32::MAX - 1;

/// One entry; a removed one has an unbound key.
#[derive(Clone)]
pub struct Entry {
    pub hash: i64,
    pub key: Ref,
    pub value: Ref,
}

#[repr(C)]
pub struct Dict {
    pub header: Header,
    /// Live entries.
    len: u32,
    /// Changes with every insertion of a new key and every removal: iterators look at it.
    pub version: Cell<u32>,
    entries: Vec<Entry>,
    /// Entries added since the table was last built; `entries` is shorter after `pop_last`.
    fill: u32,
    /// All entries before this position are dead: what takes items from the front does not walk over those again.
    first: u32,
    /// A power of two long, or empty while there are no entries; at most two thirds in use. Positions are smaller than the
    /// two highest ones, which mark the words without an entry.
    indices: Box<[u32]>,
}

/// A walk over the words of the index table that may lead to a key with a certain hash.
struct Probe<'a> {
    indices: &'a [u32],
    slot: usize,
    mask: usize,
    /// The upper bits that the word of the key has.
    tag: u32,
}

impl Iterator for Probe<'_> {
    type Item = usize;

    /// The next position to look at.
    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        loop {
            let word = *self.indices.get(self.slot)?;
            self.slot = (self.slot + 1) & self.mask;
            if (word ^ self.tag) & !(self.mask as u32) == 0 && word < DELETED {
                return Some(word as usize & self.mask);
            }
            if word == EMPTY {
                return None;
            }
        }
    }
}

// Safety: repr(C), header first.
unsafe impl Object for Dict {
    const KIND: Kind = Kind::Dict;
}

impl Str {
    /// The string's hash (not observable but through `hash()`).
    #[inline]
    pub fn hash_value(&self) -> i64 {
        let cached = self.hash.get();
        if cached != 0 {
            return cached;
        }
        let hash = super::algo::hash::hash_str(self.as_str());
        self.hash.set(hash);
        hash
    }
}

/// Equality of a stored key with a `str`, without running anything.
#[inline]
fn same_str(key: Value, wanted: &Str) -> bool {
    key.get::<Str>().is_some_and(|k| k.same(wanted))
}

impl Dict {
    pub fn new() -> Dict {
        Dict {
            header: heap::blank(Kind::Dict),
            len: 0,
            version: Cell::new(0),
            entries: Vec::new(),
            fill: 0,
            first: 0,
            indices: Box::default(),
        }
    }

    pub fn alloc(dict: Dict) -> Ref {
        heap::new(dict)
    }

    #[inline]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of entry positions, removed ones included: positions go from 0 to this.
    pub fn positions(&self) -> usize {
        self.entries.len()
    }

    /// The entry at a position, if it is live.
    #[inline]
    pub fn entry(&self, position: usize) -> Option<&Entry> {
        self.entries.get(position).filter(|e| !e.key.is_unbound())
    }

    /// Live entries in insertion order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries[self.first as usize..].iter().filter(|e| !e.key.is_unbound())
    }

    /// A position that no live entry comes before.
    #[inline]
    pub fn first_position(&self) -> usize {
        self.first as usize
    }

    /// Mixed, because hashes of small ints are the ints themselves.
    #[inline(always)]
    fn mix(hash: i64) -> u32 {
        ((hash as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32
    }

    /// The positions of the keys that may have this hash.
    #[inline(always)]
    fn probe(&self, hash: i64) -> Probe<'_> {
        let (mixed, mask) = (Dict::mix(hash), self.indices.len().wrapping_sub(1));
        Probe { indices: &self.indices, slot: mixed as usize & mask, mask, tag: mixed }
    }

    /// Writes the word of an entry into the first free place for its hash.
    #[inline]
    fn index(&mut self, hash: i64, position: usize) {
        let (mixed, mask) = (Dict::mix(hash), self.indices.len() - 1);
        let mut slot = mixed as usize & mask;
        while self.indices[slot] < DELETED {
            slot = (slot + 1) & mask;
        }
        self.indices[slot] = (mixed & !(mask as u32)) | position as u32;
    }

    /// The position of the key for which `equal` says so, among those with this hash. `equal` may run Coro code that changes
    /// the dict: then the search begins anew.
    pub fn find(&self, hash: i64, mut equal: impl FnMut(Value) -> Outcome<bool>) -> Outcome<Option<usize>> {
        'again: loop {
            let version = self.version.get();
            for at in self.probe(hash) {
                let entry = &self.entries[at];
                if entry.hash == hash {
                    let key = entry.key.clone();
                    let same = equal(*key)?;
                    if self.version.get() != version {
                        continue 'again;
                    }
                    if same {
                        return Ok(Some(at));
                    }
                }
            }
            return Ok(None);
        }
    }

    /// The position of the key for which `same` says so, among those with this hash, without running anything; `None` if
    /// `same` cannot tell for one of them.
    #[inline]
    pub fn find_plain(&self, hash: i64, same: impl Fn(Value) -> Option<bool>) -> Option<Option<usize>> {
        for at in self.probe(hash) {
            let entry = &self.entries[at];
            if entry.hash == hash && same(entry.key.value())? {
                return Some(Some(at));
            }
        }
        Some(None)
    }

    /// The position of a `str` key.
    #[inline]
    pub fn find_str(&self, wanted: &Str) -> Option<usize> {
        let hash = wanted.hash_value();
        self.probe(hash).find(|&at| {
            let entry = &self.entries[at];
            entry.hash == hash && same_str(entry.key.value(), wanted)
        })
    }

    /// The position of a key that is a small int; `None` if a key of another type with its hash would have to be asked.
    #[inline]
    pub fn find_int(&self, key: Value) -> Option<Option<usize>> {
        let hash = super::algo::hash::hash_i64(key.as_small_int());
        // Two words that are ints are the same key only if they are the same word.
        self.find_plain(hash, |stored| if stored == key { Some(true) } else { stored.is_int().then_some(false) })
    }

    /// The position of a key that is a `str` itself; `None` if a key of another type with its hash would have to be asked.
    #[inline]
    pub fn find_text(&self, key: &Str) -> Option<Option<usize>> {
        self.find_plain(key.hash_value(), |stored| {
            let stored = stored.get::<Str>()?;
            // An instance of a subclass may have an `__eq__` of its own.
            let plain = stored.header.flags & heap::flag::SUBCLASS == 0;
            (plain || std::ptr::eq(stored, key)).then(|| stored.same(key))
        })
    }

    /// The value at a position, borrowed.
    #[inline]
    pub fn value_at(&self, position: usize) -> Value {
        self.entries[position].value.value()
    }

    /// Replaces the value at a position; the old one is handed back.
    pub fn replace_at(&mut self, position: usize, value: Ref) -> Ref {
        std::mem::replace(&mut self.entries[position].value, value)
    }

    /// Appends a key that is known to be absent.
    pub fn insert_new(&mut self, hash: i64, key: Ref, value: Ref) {
        if (self.fill as usize + 1) * 3 > self.indices.len() * 2 {
            self.grow();
        }
        self.index(hash, self.entries.len());
        self.entries.push(Entry { hash, key, value });
        self.fill += 1;
        self.len += 1;
        self.version.set(self.version.get().wrapping_add(1));
    }

    /// Removes the entry at a position; key and value are handed back.
    pub fn remove_at(&mut self, position: usize) -> (Ref, Ref) {
        let (mixed, mask) = (Dict::mix(self.entries[position].hash), self.indices.len() - 1);
        let word = (mixed & !(mask as u32)) | position as u32;
        let mut slot = mixed as usize & mask;
        while self.indices[slot] != word {
            slot = (slot + 1) & mask;
        }
        self.indices[slot] = DELETED;
        let entry = &mut self.entries[position];
        let key = std::mem::replace(&mut entry.key, Ref::UNBOUND);
        let value = std::mem::replace(&mut entry.value, Ref::UNBOUND);
        self.len -= 1;
        self.version.set(self.version.get().wrapping_add(1));
        if position == self.first as usize {
            let dead = self.entries[position..].iter().take_while(|e| e.key.is_unbound()).count();
            self.first += dead as u32;
        }
        // The dead entry stays until the table grows, as in CPython: iterators see positions.
        (key, value)
    }

    /// Removes the last entry (`popitem`); unlike `remove_at` it leaves no dead entries at the end.
    pub fn pop_last(&mut self) -> Option<(Ref, Ref)> {
        let position = self.entries.iter().rposition(|e| !e.key.is_unbound())?;
        let removed = self.remove_at(position);
        self.entries.truncate(position);
        self.first = self.first.min(position as u32);
        Some(removed)
    }

    #[cold]
    fn grow(&mut self) {
        self.entries.retain(|e| !e.key.is_unbound());
        self.first = 0;
        // CPython's growth, so that entries move at the same moments.
        let size = (self.entries.len() * 3).next_power_of_two().max(8);
        self.indices = vec![EMPTY; size].into_boxed_slice();
        for at in 0..self.entries.len() {
            self.index(self.entries[at].hash, at);
        }
        self.fill = self.len;
        self.version.set(self.version.get().wrapping_add(1));
    }

    /// A dict with the same entries, without removed ones.
    pub fn copy(&self) -> Dict {
        let mut copy = Dict::new();
        copy.fill_from(self);
        copy
    }

    /// Takes over the entries of another dict; this one must be new or cleared.
    pub fn fill_from(&mut self, other: &Dict) {
        debug_assert!(self.entries.is_empty() && self.fill == 0);
        // Without removed entries the index table is right as it is.
        if other.fill == other.len && other.entries.len() == other.len() {
            self.entries = other.entries.clone();
            self.indices = other.indices.clone();
            self.fill = other.fill;
            self.len = other.len;
            self.version.set(self.version.get().wrapping_add(1));
            return;
        }
        self.entries.reserve(other.len());
        for entry in other.iter() {
            self.insert_new(entry.hash, entry.key.clone(), entry.value.clone());
        }
    }

    /// Empties the dict; the entries are handed back, to be dropped by the caller.
    pub fn clear(&mut self) -> Vec<Entry> {
        self.len = 0;
        self.fill = 0;
        self.first = 0;
        self.version.set(self.version.get().wrapping_add(1));
        self.indices = Box::default();
        std::mem::take(&mut self.entries)
    }

    /// The value of an interned (or any `str`) key, borrowed.
    pub fn get_atom(&self, name: Value) -> Option<Value> {
        let at = self.find_str(name.get::<Str>()?)?;
        Some(self.value_at(at))
    }

    /// Sets the value of a `str` key; the old one (or None) is handed back.
    pub fn set_atom(&mut self, name: Value, value: Ref) -> Ref {
        let Some(text) = name.get::<Str>() else { return Ref::NONE };
        match self.find_str(text) {
            Some(at) => self.replace_at(at, value),
            None => {
                self.insert_new(text.hash_value(), name.to_ref(), value);
                Ref::NONE
            }
        }
    }

    pub fn remove_atom(&mut self, name: Value) -> Option<Ref> {
        let at = self.find_str(name.get::<Str>()?)?;
        Some(self.remove_at(at).1)
    }

    /// All `str` keys with their values (borrowed).
    pub fn atom_entries(&self) -> Vec<(Value, Value)> {
        self.iter().map(|e| (e.key.value(), e.value.value())).collect()
    }
}

impl Default for Dict {
    fn default() -> Dict {
        Dict::new()
    }
}
