//! Weak references: which objects are referred to weakly, and by whom.
//!
//! An object's header has one bit for it; the rest is in a table by address, so that objects without weak references pay
//! nothing. The weak references of an object are kept in CPython's order: the plain one first, then the newest.

use super::heap::flag;
use super::opaque::OpaqueData;
use super::{Ref, Value};
use rustc_hash::FxHashMap;
use std::cell::RefCell;

thread_local! {
    /// By the address of the object: its weak references, none of them owned. An entry holds only while the object's
    /// header says that there are any.
    static WEAK: RefCell<FxHashMap<usize, Vec<Value>>> = RefCell::default();
}

/// What a weak reference object holds.
pub struct WeakRef {
    /// Not owned; unbound once the object has died.
    target: Value,
    /// Called when the object has died; None for none.
    pub callback: Ref,
    /// The object's hash, once it was asked for.
    pub hash: Option<i64>,
    /// The weak reference object itself; unbound until it is attached.
    own: Value,
}

impl WeakRef {
    /// Refers to nothing yet.
    pub fn new(callback: Ref) -> WeakRef {
        WeakRef { target: Value::UNBOUND, callback, hash: None, own: Value::UNBOUND }
    }

    /// The object, if it lives.
    pub fn target(&self) -> Option<Value> {
        // Safety: the target is set to unbound before its memory is freed. One without references is about to die.
        (!self.target.is_unbound() && unsafe { (*self.target.header()).rc > 0 }).then_some(self.target)
    }
}

impl OpaqueData for WeakRef {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(self.callback.value());
    }

    fn clear(&mut self) {
        let callback = std::mem::replace(&mut self.callback, Ref::NONE);
        drop(callback);
    }

    fn weakly_referable(&self) -> bool {
        false
    }
}

impl Drop for WeakRef {
    fn drop(&mut self) {
        if !self.target.is_unbound() {
            let (address, own) = (self.target.header() as usize, self.own);
            // A thread that ends may have dropped the table already.
            let _ = WEAK.try_with(|weak| {
                if let Some(references) = weak.borrow_mut().get_mut(&address) {
                    references.retain(|reference| *reference != own);
                }
            });
        }
    }
}

/// The weak references of an object, those that are about to die left out.
pub fn references(target: Value) -> Vec<Value> {
    if !is_flagged(target) {
        return Vec::new();
    }
    WEAK.with_borrow(|weak| {
        let all = weak.get(&(target.header() as usize)).map_or(&[][..], |references| &references[..]);
        // Safety: a weak reference leaves the table before its memory is freed.
        all.iter().copied().filter(|reference| unsafe { (*reference.header()).rc > 0 }).collect()
    })
}

fn is_flagged(target: Value) -> bool {
    // Safety: a pointer word points at a live header.
    target.is_ptr() && unsafe { (*target.header()).flags & flag::WEAKREF != 0 }
}

/// Makes a new weak reference object (an opaque [`WeakRef`]) refer to an object, as number `place` of its references.
pub fn attach(reference: Value, target: Value, place: usize) {
    let Some(data) = reference.opaque::<WeakRef>() else { return };
    (data.target, data.own) = (target, reference);
    let fresh = !is_flagged(target);
    // Safety: a live object, of which only this bit is changed.
    unsafe { (*target.header()).flags |= flag::WEAKREF };
    WEAK.with_borrow_mut(|weak| {
        let references = weak.entry(target.header() as usize).or_default();
        if fresh {
            // Left by a dead object at this address.
            references.clear();
        }
        references.insert(place.min(references.len()), reference);
    });
}

/// The object is about to die: its weak references refer to nothing from now on. Gives those with a callback, and the
/// callbacks, in the order of the calls.
pub fn detach(target: Value) -> Vec<(Ref, Ref)> {
    // Safety: a live object, of which only this bit is changed.
    unsafe { (*target.header()).flags &= !flag::WEAKREF };
    let references = WEAK.with_borrow_mut(|weak| weak.remove(&(target.header() as usize))).unwrap_or_default();
    let mut calls = Vec::new();
    for reference in references {
        let Some(data) = reference.opaque::<WeakRef>() else { continue };
        data.target = Value::UNBOUND;
        // Safety: as in `references`. One that is about to die itself is not told.
        let lives = unsafe { (*reference.header()).rc > 0 };
        if lives && !data.callback.is_none() {
            calls.push((reference.to_ref(), std::mem::replace(&mut data.callback, Ref::NONE)));
        }
    }
    calls
}
