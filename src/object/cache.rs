//! Inline caches of attribute instructions and method calls.
//!
//! A site remembers for up to four receivers where it found the name. What a receiver is goes by its *key*: the address of
//! the shape (instances), of the type (classes, objects of subclasses of built-in types), of the globals (modules), or the
//! number of the kind (plain objects of the built-in types). An entry of an instance or a class is valid while the class has the version it had.

use super::Value;
use super::code::GlobalSlot;
use super::heap::Kind;
use super::types::{Shape, TypeRef};
use std::cell::Cell;

/// Entries beyond the first that a site may have.
const MORE: usize = 3;

/// What one site knows.
#[repr(C)]
pub struct Cache {
    first: Entry,
    more: Cell<Option<&'static [Entry; MORE]>>,
    /// The one of `more` to be overwritten next.
    next: Cell<u8>,
    /// The attribute's name, interned.
    pub name: Value,
}

/// What a name was for one kind of receiver.
#[repr(C)]
pub struct Entry {
    /// 0: empty.
    key: Cell<usize>,
    /// Of the class; 0 where it does not matter.
    version: Cell<u32>,
    pub kind: Cell<CacheKind>,
    /// Slot index within the instance.
    pub slot: Cell<u16>,
    /// The method or class value found (borrowed from the class, valid while the version is).
    pub value: Cell<Value>,
    /// The shape after a store that adds the attribute.
    pub next_shape: Cell<Option<&'static Shape>>,
    /// The module's variable.
    pub global: Cell<Option<&'static GlobalSlot>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CacheKind {
    Empty,
    /// In an instance slot.
    Slot,
    /// A store that adds a slot.
    AddSlot,
    /// A function in the class: a method.
    Method,
    /// Another class attribute, not a data descriptor.
    ClassValue,
    /// A variable of a module.
    Global,
    /// A property in the class, which instances are read by.
    Property,
}

/// Receiver and state of its class, as entries are found by.
#[derive(Clone, Copy)]
pub struct Key {
    pub key: usize,
    pub version: u32,
}

impl Key {
    #[inline(always)]
    pub fn shape(shape: &'static Shape) -> Key {
        Key { key: shape as *const Shape as usize, version: shape.class.version.get() }
    }

    #[inline(always)]
    pub fn class(class: TypeRef) -> Key {
        Key { key: class as *const _ as usize, version: class.version.get() }
    }

    /// Objects of a program's subclass of a built-in type; the class itself has another key.
    #[inline(always)]
    pub fn subclass(class: TypeRef) -> Key {
        Key { key: class as *const _ as usize | 1, version: class.version.get() }
    }

    /// Globals live for ever.
    #[inline(always)]
    pub fn globals(globals: &'static super::code::Globals) -> Key {
        Key { key: globals as *const _ as usize, version: 0 }
    }

    /// Plain objects of a built-in type, whose methods never change.
    #[inline(always)]
    pub fn kind(kind: Kind) -> Key {
        Key { key: kind as usize, version: 0 }
    }
}

impl Entry {
    const fn empty() -> Entry {
        Entry {
            key: Cell::new(0),
            version: Cell::new(0),
            kind: Cell::new(CacheKind::Empty),
            slot: Cell::new(0),
            value: Cell::new(Value::UNBOUND),
            next_shape: Cell::new(None),
            global: Cell::new(None),
        }
    }

    #[inline(always)]
    fn is(&self, key: Key) -> bool {
        self.key.get() == key.key && self.version.get() == key.version
    }

    fn copy_from(&self, other: &Entry) {
        self.key.set(other.key.get());
        self.version.set(other.version.get());
        self.kind.set(other.kind.get());
        self.slot.set(other.slot.get());
        self.value.set(other.value.get());
        self.next_shape.set(other.next_shape.get());
        self.global.set(other.global.get());
    }
}

impl Cache {
    pub fn empty(name: Value) -> Cache {
        Cache { first: Entry::empty(), more: Cell::new(None), next: Cell::new(0), name }
    }

    /// What is known of a receiver.
    #[inline(always)]
    pub fn find(&self, key: Key) -> Option<&Entry> {
        if self.first.is(key) {
            return Some(&self.first);
        }
        self.more.get()?.iter().find(|entry| entry.is(key))
    }

    /// An entry to be filled in for a receiver: the one it has from an older state, else the first, whose content moves on.
    pub fn entry_for(&self, key: Key, kind: CacheKind) -> &Entry {
        let old = self.more.get().into_iter().flatten().find(|entry| entry.key.get() == key.key);
        let entry = match old {
            Some(entry) => entry,
            None => {
                if self.first.key.get() != 0 && self.first.key.get() != key.key {
                    self.move_on();
                }
                &self.first
            }
        };
        entry.key.set(key.key);
        entry.version.set(key.version);
        entry.kind.set(kind);
        entry
    }

    #[cold]
    fn move_on(&self) {
        let more = match self.more.get() {
            Some(more) => more,
            None => {
                // Code is never freed, and its caches with it.
                let more: &'static [Entry; MORE] = Box::leak(Box::new([const { Entry::empty() }; MORE]));
                self.more.set(Some(more));
                more
            }
        };
        let at = self.next.get() as usize % MORE;
        self.next.set(at as u8 + 1);
        more[at].copy_from(&self.first);
    }
}
