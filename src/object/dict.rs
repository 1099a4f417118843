//! `dict`: an index table over entries in insertion order.

use super::call::Outcome;
use super::heap::{self, Header, Kind, Object};
use super::text::Str;
use super::{Ref, Value};

const EMPTY: u32 = u32::MAX;
const DELETED: u32 = u32::MAX - 1;

/// One entry; a removed one has an unbound key.
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
    pub version: u32,
    entries: Vec<Entry>,
    /// Entries added since the table was last built; `entries` is shorter after `pop_last`.
    fill: u32,
    /// A power of two long, or empty while there are no entries; at most two thirds in use.
    indices: Box<[u32]>,
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
    key.get::<Str>().is_some_and(|k| std::ptr::eq(k, wanted) || k.as_str() == wanted.as_str())
}

impl Dict {
    pub fn new() -> Dict {
        Dict {
            header: heap::blank(Kind::Dict),
            len: 0,
            version: 0,
            entries: Vec::new(),
            fill: 0,
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
        self.entries.iter().filter(|e| !e.key.is_unbound())
    }

    #[inline]
    fn slots(&self, hash: i64) -> (usize, usize) {
        let mask = self.indices.len().wrapping_sub(1);
        // Multiplicative mixing: hashes of small ints are the ints themselves.
        ((((hash as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)) >> 32) as usize & mask, mask)
    }

    /// The position of the key for which `equal` says so, among those with this hash. `equal` may run Coro code that changes
    /// the dict: then the search begins anew.
    pub fn find(&self, hash: i64, mut equal: impl FnMut(Value) -> Outcome<bool>) -> Outcome<Option<usize>> {
        'again: loop {
            if self.indices.is_empty() {
                return Ok(None);
            }
            let (mut slot, mask) = self.slots(hash);
            let version = self.version;
            loop {
                match self.indices[slot] {
                    EMPTY => return Ok(None),
                    DELETED => {}
                    at => {
                        let entry = &self.entries[at as usize];
                        if entry.hash == hash {
                            let key = entry.key.clone();
                            if equal(*key)? {
                                if self.version != version {
                                    continue 'again;
                                }
                                return Ok(Some(at as usize));
                            }
                            if self.version != version {
                                continue 'again;
                            }
                        }
                    }
                }
                slot = (slot + 1) & mask;
            }
        }
    }

    /// The position of the key for which `same` says so, among those with this hash, without running anything; `None` if
    /// `same` cannot tell for one of them.
    #[inline]
    pub fn find_plain(&self, hash: i64, same: impl Fn(Value) -> Option<bool>) -> Option<Option<usize>> {
        if self.indices.is_empty() {
            return Some(None);
        }
        let (mut slot, mask) = self.slots(hash);
        loop {
            match self.indices[slot] {
                EMPTY => return Some(None),
                DELETED => {}
                at => {
                    let entry = &self.entries[at as usize];
                    if entry.hash == hash && same(entry.key.value())? {
                        return Some(Some(at as usize));
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The position of a `str` key.
    #[inline]
    pub fn find_str(&self, wanted: &Str) -> Option<usize> {
        if self.indices.is_empty() {
            return None;
        }
        let hash = wanted.hash_value();
        let (mut slot, mask) = self.slots(hash);
        loop {
            match self.indices[slot] {
                EMPTY => return None,
                DELETED => {}
                at => {
                    let entry = &self.entries[at as usize];
                    if entry.hash == hash && same_str(entry.key.value(), wanted) {
                        return Some(at as usize);
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The position of a small-int key (hash is the int's own), for exact ints only.
    #[inline]
    pub fn find_word(&self, hash: i64, word: Value) -> Option<usize> {
        if self.indices.is_empty() {
            return None;
        }
        let (mut slot, mask) = self.slots(hash);
        loop {
            match self.indices[slot] {
                EMPTY => return None,
                DELETED => {}
                at => {
                    if self.entries[at as usize].key.value() == word {
                        return Some(at as usize);
                    }
                }
            }
            slot = (slot + 1) & mask;
        }
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
        let (mut slot, mask) = self.slots(hash);
        while self.indices[slot] < DELETED {
            slot = (slot + 1) & mask;
        }
        self.indices[slot] = self.entries.len() as u32;
        self.entries.push(Entry { hash, key, value });
        self.fill += 1;
        self.len += 1;
        self.version = self.version.wrapping_add(1);
    }

    /// Removes the entry at a position; key and value are handed back.
    pub fn remove_at(&mut self, position: usize) -> (Ref, Ref) {
        let (mut slot, mask) = self.slots(self.entries[position].hash);
        while self.indices[slot] != position as u32 {
            slot = (slot + 1) & mask;
        }
        self.indices[slot] = DELETED;
        let entry = &mut self.entries[position];
        let key = std::mem::replace(&mut entry.key, Ref::UNBOUND);
        let value = std::mem::replace(&mut entry.value, Ref::UNBOUND);
        self.len -= 1;
        self.version = self.version.wrapping_add(1);
        // The dead entry stays until the table grows, as in CPython: iterators see positions.
        (key, value)
    }

    /// Removes the last entry (`popitem`); unlike `remove_at` it leaves no dead entries at the end.
    pub fn pop_last(&mut self) -> Option<(Ref, Ref)> {
        let position = self.entries.iter().rposition(|e| !e.key.is_unbound())?;
        let removed = self.remove_at(position);
        self.entries.truncate(position);
        Some(removed)
    }

    #[cold]
    fn grow(&mut self) {
        self.entries.retain(|e| !e.key.is_unbound());
        // CPython's growth, so that entries move at the same moments.
        let size = (self.entries.len() * 3).next_power_of_two().max(8);
        self.indices = vec![EMPTY; size].into_boxed_slice();
        for at in 0..self.entries.len() {
            let (mut slot, mask) = self.slots(self.entries[at].hash);
            while self.indices[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            self.indices[slot] = at as u32;
        }
        self.fill = self.len;
        self.version = self.version.wrapping_add(1);
    }

    /// A dict with the same entries, without removed ones.
    pub fn copy(&self) -> Dict {
        let mut copy = Dict::new();
        copy.entries.reserve(self.len());
        for entry in self.iter() {
            copy.insert_new(entry.hash, entry.key.clone(), entry.value.clone());
        }
        copy
    }

    /// Empties the dict; the entries are handed back, to be dropped by the caller.
    pub fn clear(&mut self) -> Vec<Entry> {
        self.len = 0;
        self.fill = 0;
        self.version = self.version.wrapping_add(1);
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
