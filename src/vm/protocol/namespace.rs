//! The variables of a module as a dict: what `globals()`, `vars(module)` and `function.__globals__` give.
//!
//! Variables live in numbered slots, not in a dict. The dict is made when first asked for, one for each module; it is
//! marked, so that looking something up in it first takes over what changed in the slots, and storing into it writes
//! the slots.

use crate::object::code::Globals;
use crate::object::dict::Dict;
use crate::object::heap::flag;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use rustc_hash::FxHashMap;
use std::cell::RefCell;

/// Bit of a dict's `header.aux`: it stands for a module's variables.
const NAMESPACE: u16 = 1;

thread_local! {
    /// By the address of the globals: their dict, while the program has one (no reference is owned, as that would keep
    /// alive what the variables held once). By the address of the dict: the globals.
    static DICTS: RefCell<FxHashMap<usize, Value>> = RefCell::default();
    static OWNERS: RefCell<FxHashMap<usize, &'static Globals>> = RefCell::default();
}

/// The dict of a module's variables.
pub fn namespace_dict(globals: &'static Globals) -> Ref {
    let key = globals as *const Globals as usize;
    let known = DICTS.with_borrow(|dicts| dicts.get(&key).map(|dict| dict.to_ref()));
    let dict = known.unwrap_or_else(|| {
        let dict = Dict::alloc(Dict::new());
        if let Some(d) = dict.get_mut::<Dict>() {
            d.header.aux |= NAMESPACE;
            // So that the heap says when it dies: see `forget`.
            d.header.flags |= flag::HAS_ID;
        }
        OWNERS.with_borrow_mut(|owners| owners.insert(dict.header() as usize, globals));
        DICTS.with_borrow_mut(|dicts| dicts.insert(key, *dict));
        dict
    });
    read_slots(*dict);
    dict
}

/// Does the dict stand for a module's variables?
#[inline(always)]
pub(crate) fn is_namespace(dict: &Dict) -> bool {
    dict.header.aux & NAMESPACE != 0
}

/// The dict is about to die.
pub(crate) fn forget(dict: Value) {
    if dict.get::<Dict>().is_some_and(is_namespace)
        && let Some(globals) = OWNERS.with_borrow_mut(|owners| owners.remove(&(dict.header() as usize)))
    {
        DICTS.with_borrow_mut(|dicts| dicts.remove(&(globals as *const Globals as usize)));
    }
}

fn owner(dict: Value) -> Option<&'static Globals> {
    OWNERS.with_borrow(|owners| owners.get(&(dict.header() as usize)).copied())
}

/// Takes over what changed in the slots.
#[cold]
pub(crate) fn read_slots(dict: Value) {
    let (Some(globals), Some(d)) = (owner(dict), dict.get_mut::<Dict>()) else { return };
    let entries = globals.entries();
    let mut old = Vec::new();
    if d.len() > entries.len() || d.iter().any(|e| e.key.as_str().is_some() && globals.get(*e.key).is_none()) {
        let gone: Vec<Value> =
            d.iter().map(|e| *e.key).filter(|k| k.as_str().is_some() && globals.get(*k).is_none()).collect();
        old.extend(gone.into_iter().filter_map(|name| d.remove_atom(name)));
    }
    for (name, value) in entries {
        if d.get_atom(name) != Some(value) {
            old.push(d.set_atom(name, value.to_ref()));
        }
    }
    drop(old);
}

/// Writes what changed in the dict to the slots.
#[cold]
pub(crate) fn write_slots(dict: Value) {
    let (Some(globals), Some(d)) = (owner(dict), dict.get::<Dict>()) else { return };
    let entries: Vec<(Value, Ref)> = d
        .iter()
        .filter(|e| e.key.as_str().is_some())
        .map(|e| (crate::object::atom::intern_value(*e.key), e.value.clone()))
        .collect();
    for (name, _) in globals.entries() {
        if !entries.iter().any(|(n, _)| *n == name) {
            globals.remove(name);
        }
    }
    for (name, value) in entries {
        if globals.get(name) != Some(*value) {
            globals.set(name, value);
        }
    }
}

impl Vm {
    /// After a change of a dict: a module's variables follow.
    #[inline(always)]
    pub fn dict_changed(&mut self, dict: Value) {
        if dict.get::<Dict>().is_some_and(is_namespace) {
            write_slots(dict);
        }
    }
}
