//! Identities: `id()`, the address shown in default representations, and the hash of objects without one of their own.
//!
//! An identity is a number given when first asked for, not an address, so that a program prints the same from run to
//! run. The numbers look like addresses: they rise in steps of 16 from a fixed base.

use super::Value;
use super::heap::flag;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};

const BASE: i64 = 0x7f00_0000_0000;
const STEP: i64 = 16;

thread_local! {
    /// By address. An entry holds only while the object's header says that it has one: a new object at the address of a
    /// dead one does not.
    static GIVEN: RefCell<FxHashMap<usize, i64>> = RefCell::default();
    static NEXT: Cell<i64> = const { Cell::new(BASE) };
}

impl Value {
    /// `id()` of the value; never negative. Equal words (small ints, floats, `None`) are the same object.
    pub fn identity(self) -> i64 {
        if !self.is_ptr() {
            return (self.0 & i64::MAX as u64) as i64;
        }
        let header = self.header();
        // Safety: a pointer word points at a live header.
        let known = unsafe {
            let known = (*header).flags & flag::HAS_ID != 0;
            (*header).flags |= flag::HAS_ID;
            known
        };
        GIVEN.with_borrow_mut(|given| {
            if known {
                if let Some(&id) = given.get(&(header as usize)) {
                    return id;
                }
            }
            let id = NEXT.replace(NEXT.get() + STEP);
            given.insert(header as usize, id);
            id
        })
    }

    /// The hash of an object that hashes by identity.
    pub fn identity_hash(self) -> i64 {
        self.identity().rotate_right(4)
    }
}
