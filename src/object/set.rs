//! `set` and `frozenset`, with CPython's table: its visible order for numbers depends on probing and growth
//! (Objects/setobject.c of CPython 3.13).

use super::call::Outcome;
use super::heap::{self, Header, Kind, Object};
use super::text::Str;
use super::{Ref, Value};
use std::cell::Cell;

const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;
const MIN_SIZE: usize = 8;

/// A slot: unbound key and hash 0 when unused, unbound key and hash -1 when removed.
pub struct SetEntry {
    pub hash: i64,
    pub key: Ref,
}

/// Whether two keys are equal, where that can be seen: of small ints and texts, and if they are the same object.
fn same_at_sight(a: Value, b: Value) -> Option<bool> {
    if a == b {
        return Some(true);
    }
    if a.is_int() && b.is_int() {
        return Some(false);
    }
    let (x, y) = (a.get::<Str>()?, b.get::<Str>()?);
    let plain = (x.header.flags | y.header.flags) & heap::flag::SUBCLASS == 0;
    plain.then(|| x.same(y))
}

/// The table of a set.
pub struct SetTable {
    slots: Vec<SetEntry>,
    /// Used slots, removed ones included.
    fill: usize,
    len: usize,
    /// Changes with each insertion and removal.
    pub version: Cell<u32>,
    /// Where `pop` goes on.
    finger: usize,
}

#[repr(C)]
pub struct Set {
    pub header: Header,
    pub table: SetTable,
}

// Safety: repr(C), header first.
unsafe impl Object for Set {
    const KIND: Kind = Kind::Set;
}

#[repr(C)]
pub struct FrozenSet {
    pub header: Header,
    pub table: SetTable,
    /// 0 is "not computed".
    pub hash: Cell<i64>,
}

// Safety: repr(C), header first.
unsafe impl Object for FrozenSet {
    const KIND: Kind = Kind::FrozenSet;
}

fn unused() -> SetEntry {
    SetEntry { hash: 0, key: Ref::UNBOUND }
}

impl Default for SetTable {
    fn default() -> SetTable {
        SetTable::new()
    }
}

impl SetTable {
    pub fn new() -> SetTable {
        SetTable { slots: (0..MIN_SIZE).map(|_| unused()).collect(), fill: 0, len: 0, version: Cell::new(0), finger: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Number of slots: positions go from 0 to this.
    pub fn positions(&self) -> usize {
        self.slots.len()
    }

    /// The key in a slot, if there is one.
    pub fn key_at(&self, position: usize) -> Option<Value> {
        self.slots.get(position).filter(|e| !e.key.is_unbound()).map(|e| e.key.value())
    }

    /// Keys with their hashes in table order.
    pub fn iter(&self) -> impl Iterator<Item = (i64, Value)> {
        self.slots.iter().filter(|e| !e.key.is_unbound()).map(|e| (e.hash, e.key.value()))
    }

    /// Visits slots in probe order until `visit` answers; `set_lookkey`'s sequence.
    fn probe<R>(&self, hash: i64, mut visit: impl FnMut(usize, &SetEntry) -> Option<R>) -> R {
        let mask = self.slots.len() - 1;
        let mut perturb = hash as u64;
        let mut i = hash as usize & mask;
        loop {
            let probes = if i + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for at in i..=i + probes {
                if let Some(found) = visit(at, &self.slots[at]) {
                    return found;
                }
            }
            perturb >>= PERTURB_SHIFT;
            i = i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize) & mask;
        }
    }

    /// The position of the key for which `equal` says so. `equal` may run Coro code that changes the set: then the search
    /// begins anew.
    pub fn find(&self, hash: i64, mut equal: impl FnMut(Value) -> Outcome<bool>) -> Outcome<Option<usize>> {
        loop {
            let version = self.version.get();
            let found = self.probe(hash, |at, entry| {
                if entry.key.is_unbound() {
                    return if entry.hash == 0 { Some(Ok(None)) } else { None };
                }
                if entry.hash != hash {
                    return None;
                }
                let key = entry.key.clone();
                match equal(*key) {
                    Err(signal) => Some(Err(signal)),
                    Ok(_) if self.version.get() != version => Some(Ok(None)),
                    Ok(true) => Some(Ok(Some(at))),
                    Ok(false) => None,
                }
            })?;
            if self.version.get() == version {
                return Ok(found);
            }
        }
    }

    /// The position of a key, told without running anything; `None` if a key with its hash would have to be asked.
    pub fn find_at_sight(&self, hash: i64, key: Value) -> Option<Option<usize>> {
        self.probe(hash, |at, entry| {
            if entry.key.is_unbound() {
                return if entry.hash == 0 { Some(Some(None)) } else { None };
            }
            if entry.hash != hash {
                return None;
            }
            match same_at_sight(entry.key.value(), key) {
                Some(true) => Some(Some(Some(at))),
                Some(false) => None,
                None => Some(None),
            }
        })
    }

    /// Adds a key that is known to be absent.
    pub fn insert_new(&mut self, hash: i64, key: Ref) {
        // CPython takes the last removed slot that it passes on the way to an unused one.
        let mut removed = None;
        let unused = self.probe(hash, |at, entry| {
            if !entry.key.is_unbound() {
                return None;
            }
            if entry.hash == 0 {
                return Some(at);
            }
            removed = Some(at);
            None
        });
        self.len += 1;
        self.slots[removed.unwrap_or(unused)] = SetEntry { hash, key };
        if removed.is_some() {
            self.version.set(self.version.get().wrapping_add(1));
            return;
        }
        self.fill += 1;
        self.version.set(self.version.get().wrapping_add(1));
        if self.fill * 5 >= (self.slots.len() - 1) * 3 {
            self.resize(if self.len > 50_000 { self.len * 2 } else { self.len * 4 });
        }
    }

    /// Makes the table the smallest power of two above `min_used`.
    pub fn resize(&mut self, min_used: usize) {
        let mut size = MIN_SIZE;
        while size <= min_used {
            size <<= 1;
        }
        let old = std::mem::replace(&mut self.slots, (0..size).map(|_| unused()).collect());
        for entry in old {
            if !entry.key.is_unbound() {
                let at = self.probe(entry.hash, |at, slot| slot.key.is_unbound().then_some(at));
                self.slots[at] = entry;
            }
        }
        self.fill = self.len;
        self.version.set(self.version.get().wrapping_add(1));
    }

    /// A copy with CPython's layout: an undisturbed table of the right size is copied as it is, another is filled anew.
    pub fn copy(&self) -> SetTable {
        let mut copy = SetTable::new();
        if self.len == 0 {
            return copy;
        }
        copy.reserve_for(self.len);
        if copy.slots.len() == self.slots.len() && self.fill == self.len {
            copy.slots = self.slots.iter().map(|e| SetEntry { hash: e.hash, key: e.key.clone() }).collect();
        } else {
            for (hash, key) in self.iter() {
                let at = copy.probe(hash, |at, slot| slot.key.is_unbound().then_some(at));
                copy.slots[at] = SetEntry { hash, key: key.to_ref() };
            }
        }
        (copy.fill, copy.len) = (self.len, self.len);
        copy
    }

    /// Grows once for `more` keys that are about to be added, as CPython does before merging a set or dict.
    pub fn reserve_for(&mut self, more: usize) {
        if (self.fill + more) * 5 >= (self.slots.len() - 1) * 3 {
            self.resize((self.len + more) * 2);
        }
    }

    /// After many removals: rebuilds the table if more than a quarter of it are removed slots.
    pub fn purge(&mut self) {
        if self.fill - self.len > (self.slots.len() - 1) / 4 {
            self.resize(if self.len > 50_000 { self.len * 2 } else { self.len * 4 });
        }
    }

    /// The position of this very word.
    pub fn find_word(&self, hash: i64, word: Value) -> Option<usize> {
        self.probe(hash, |at, entry| {
            if entry.key.is_unbound() {
                return if entry.hash == 0 { Some(None) } else { None };
            }
            (entry.key.value() == word).then_some(Some(at))
        })
    }

    /// Removes the key at a position.
    pub fn remove_at(&mut self, position: usize) -> Ref {
        self.len -= 1;
        self.version.set(self.version.get().wrapping_add(1));
        self.slots[position].hash = -1;
        std::mem::replace(&mut self.slots[position].key, Ref::UNBOUND)
    }

    /// Removes some key: the next one from where the last `pop` left off.
    pub fn pop(&mut self) -> Option<Ref> {
        if self.len == 0 {
            return None;
        }
        let size = self.slots.len();
        let at = (0..size).map(|i| (self.finger + i) & (size - 1)).find(|&at| !self.slots[at].key.is_unbound())?;
        self.finger = at + 1;
        Some(self.remove_at(at))
    }

    /// Empties it; the old table is handed back, to be dropped by the caller.
    pub fn clear(&mut self) -> SetTable {
        self.replace(SetTable::new())
    }

    /// Takes another table's content; the old one is handed back. Where `pop` goes on stays as it is, as in CPython.
    pub fn replace(&mut self, new: SetTable) -> SetTable {
        let (version, finger) = (self.version.get().wrapping_add(1), self.finger);
        let old = std::mem::replace(self, new);
        (self.version, self.finger) = (Cell::new(version), finger);
        old
    }

    /// No slot was ever used since the table was made.
    pub fn is_fresh(&self) -> bool {
        self.fill == 0
    }
}

impl Ref {
    pub fn set(table: SetTable) -> Ref {
        heap::new(Set { header: heap::blank(Kind::Set), table })
    }

    pub fn frozenset(table: SetTable) -> Ref {
        heap::new(FrozenSet { header: heap::blank(Kind::FrozenSet), table, hash: Cell::new(0) })
    }
}

impl Value {
    /// The table of a `set` or `frozenset`, to be changed (a `frozenset` only while it is made). One borrow at a time, not
    /// across anything that runs Coro code.
    #[allow(clippy::mut_from_ref)]
    pub fn as_set_mut(&self) -> Option<&mut SetTable> {
        match self.get_mut::<Set>() {
            Some(set) => Some(&mut set.table),
            None => self.get_mut::<FrozenSet>().map(|s| &mut s.table),
        }
    }

    /// The table of a `set` or `frozenset`.
    pub fn as_set(&self) -> Option<&SetTable> {
        match self.kind()? {
            Kind::Set => self.get::<Set>().map(|s| &s.table),
            Kind::FrozenSet => self.get::<FrozenSet>().map(|s| &s.table),
            _ => None,
        }
    }
}
