//! What `collections.Counter` and `OrderedDict` do to their entries: part of the module `_collections`.

use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::dict::Dict;
use crate::object::heap::Kind;
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::protocol::{BinOp, Step};

natives! { FUNCTIONS;
    "count_elements", count_elements, 2, 2;
    "move_entry", move_entry, 3, 3;
}

/// `move_entry(dict, key, last)`: the entry becomes the last one, or the first.
///
/// # Errors
/// KeyError; what comparing and hashing keys raises.
fn move_entry(vm: &mut Vm, args: Args) -> Outcome {
    let &[mapping, key, last] = args.values else { return Ok(Ref::NONE) };
    let last = vm.truth(last)?;
    let (hash, at) = vm.dict_find(mapping, key)?;
    let (Some(at), Some(dict)) = (at, mapping.get_mut::<Dict>()) else { return Err(vm.key_error(key)) };
    let (key, value) = dict.remove_at(at);
    if last {
        dict.insert_new(hash, key, value);
    } else {
        let rest = dict.clear();
        dict.insert_new(hash, key, value);
        for entry in rest.into_iter().filter(|entry| !entry.key.is_unbound()) {
            dict.insert_new(entry.hash, entry.key, entry.value);
        }
    }
    vm.dict_changed(mapping);
    Ok(Ref::NONE)
}

/// `count_elements(mapping, iterable)`: counts each item up by one. False, and nothing has happened, if the mapping's class
/// has its own idea of `get` or of storing, or the iterable gives its items by code of the program.
fn count_elements(vm: &mut Vm, args: Args) -> Outcome {
    let &[mapping, iterable] = args.values else { return Ok(Ref::NONE) };
    let class = vm.type_of(mapping);
    let plain = |name: &str| class.lookup(atom::intern(name)).is_some_and(|method| method.is_kind(Kind::Native));
    if !mapping.is_kind(Kind::Dict) || !plain("get") || !plain("__setitem__") || !vm.iterates_natively(iterable) {
        return Ok(Ref::bool(false));
    }
    let Some(iterator) = vm.iter_native(iterable) else { return Ok(Ref::bool(false)) };
    loop {
        match vm.next(*iterator) {
            Step::Item(item) => count(vm, mapping, item)?,
            Step::End | Step::Return(_) => break,
            Step::Raised | Step::Call => return Err(Signal::Raised),
        }
    }
    vm.dict_changed(mapping);
    Ok(Ref::bool(true))
}

fn count(vm: &mut Vm, mapping: Value, item: Ref) -> Outcome<()> {
    let (hash, at) = vm.dict_find(mapping, *item)?;
    let Some(dict) = mapping.get_mut::<Dict>() else { return Ok(()) };
    let Some(at) = at else {
        dict.insert_new(hash, item, Ref::int(1));
        return Ok(());
    };
    let before = dict.value_at(at);
    if before.is_int() {
        dict.replace_at(at, Ref::int(before.as_small_int() + 1));
        return Ok(());
    }
    let before = before.to_ref();
    let outcome = vm.binary(BinOp::Add, *before, Value::small_int(1), false);
    let after = vm.settle(outcome)?;
    vm.dict_set(mapping, *item, after).map(|_| ())
}
