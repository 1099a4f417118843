//! `__reduce__` and `__setstate__` of the built-in iterators, which `copy` asks: what an iterator would be made of anew, and
//! the place where it stands.

use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::container::{List, Range, Tuple};
use crate::object::iter::{Iter, IterState, IterType};
use crate::object::number::IntRef;
use crate::object::text::Str;
use crate::object::{Ref, atom};
use crate::vm::Vm;
use crate::vm::protocol::Step;

natives! {
    REDUCE;
    "__reduce__", reduce, 1, 1;
}

natives! {
    SET_STATE;
    "__setstate__", set_state, 2, 2;
}

/// `(function, arguments)` or `(function, arguments, place)`.
fn reduce(vm: &mut Vm, args: Args) -> Outcome {
    let this = args.values[0];
    let Some(iter) = this.get::<Iter>() else { return Ok(Ref::NONE) };
    let named = |vm: &Vm, name: &str| vm.builtins.get(&atom::intern(name)).map_or(Ref::NONE, |value| value.clone());
    let (function, arguments, place) = match &iter.state {
        IterState::List { list, at } => ("iter", vec![list.clone()], Some(*at as i64)),
        IterState::ListReversed { list, at } => ("reversed", vec![list.clone()], Some(*at as i64 - 1)),
        IterState::Tuple { tuple, at } => ("iter", vec![tuple.clone()], Some(*at as i64)),
        IterState::Str { text, at } => {
            let at = text.get::<Str>().map_or(0, |text| text.char_index(*at));
            ("iter", vec![text.clone()], Some(at as i64))
        }
        IterState::Bytes { bytes, at } => ("iter", vec![bytes.clone()], Some(*at as i64)),
        IterState::Sequence { object, at } => ("iter", vec![object.clone()], Some(*at)),
        IterState::SequenceReversed { object, at } => ("reversed", vec![object.clone()], Some(*at)),
        IterState::Range { next, step, left } => {
            let range = Range::alloc(Ref::int(*next), Ref::int(*next + *step * (*left).max(0)), Ref::int(*step));
            ("iter", vec![range], None)
        }
        IterState::Dict { .. } | IterState::Set { .. } => ("iter", vec![Ref::list(rest(vm, iter)?)], None),
        IterState::Call { callable, sentinel } => ("iter", vec![callable.clone(), sentinel.clone()], None),
        IterState::Enumerate { inner, next, .. } => ("enumerate", vec![inner.clone(), next.clone()], None),
        IterState::Zip { inners, .. } => ("zip", inners.clone(), None),
        IterState::Map { function, inners } => {
            let mut all = vec![function.clone()];
            all.extend(inners.iter().cloned());
            ("map", all, None)
        }
        IterState::Filter { function, inner } => ("filter", vec![function.clone(), inner.clone()], None),
        IterState::Done(IterType::List) => ("iter", vec![Ref::list(Vec::new())], None),
        IterState::Done(_) => ("iter", vec![Ref::tuple(Vec::new())], None),
        IterState::BigRange { .. } | IterState::Native { .. } => {
            let message = format!("cannot pickle '{}' object", vm.type_name(this));
            return Err(vm.type_error(message));
        }
    };
    let mut parts = vec![named(vm, function), Ref::tuple(arguments)];
    parts.extend(place.map(Ref::int));
    Ok(Ref::tuple(parts))
}

/// The items that a table's iterator would still give.
fn rest(vm: &mut Vm, iter: &Iter) -> Outcome<Vec<Ref>> {
    let state = match iter.state {
        IterState::Dict { ref dict, at, len, places, left, what, reversed } => {
            IterState::Dict { dict: dict.clone(), at, len, places, left, what, reversed }
        }
        IterState::Set { ref set, at, len } => IterState::Set { set: set.clone(), at, len },
        _ => return Ok(Vec::new()),
    };
    let copy = Iter::alloc(state);
    let mut items = Vec::new();
    loop {
        match vm.next(*copy) {
            Step::Item(item) => items.push(item),
            Step::Raised => return Err(Signal::Raised),
            _ => return Ok(items),
        }
    }
}

/// Moves an iterator over a sequence to a place, cut to the sequence.
fn set_state(vm: &mut Vm, args: Args) -> Outcome {
    let place = match args.values[1].as_int() {
        Some(IntRef::Small(place)) => place,
        Some(IntRef::Big(_)) => {
            return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
        }
        None => return Err(vm.type_error("an integer is required")),
    };
    let Some(iter) = args.values[0].get_mut::<Iter>() else { return Ok(Ref::NONE) };
    let cut = |len: usize| usize::try_from(place).unwrap_or(0).min(len);
    match &mut iter.state {
        IterState::List { list, at } => *at = cut(list.get::<List>().map_or(0, |list| list.items.len())),
        IterState::Tuple { tuple, at } => *at = cut(tuple.get::<Tuple>().map_or(0, Tuple::len)),
        IterState::Bytes { bytes, at } => *at = cut(bytes.as_bytes().map_or(0, <[u8]>::len)),
        IterState::Str { text, at } => {
            *at = text.get::<Str>().map_or(0, |text| text.byte_offset(cut(text.char_len())));
        }
        IterState::ListReversed { list, at } => {
            let len = list.get::<List>().map_or(0, |list| list.items.len());
            *at = usize::try_from(place.saturating_add(1)).unwrap_or(0).min(len);
        }
        IterState::Sequence { at, .. } => *at = place.max(0),
        IterState::SequenceReversed { at, .. } => *at = place.max(-1).min(*at),
        IterState::Range { next, step, left } => {
            let steps = place.clamp(0, (*left).max(0));
            *next += *step * steps;
            *left -= steps;
        }
        _ => {}
    }
    Ok(Ref::NONE)
}

/// Installs them on the iterator types.
pub fn install(vm: &mut Vm) {
    let t = &vm.types;
    let tables = [
        t.dict_keyiterator,
        t.dict_valueiterator,
        t.dict_itemiterator,
        t.odict_iterator,
        t.set_iterator,
        t.callable_iterator,
        t.enumerate,
        t.zip,
        t.map,
        t.filter,
    ];
    let sequences = [
        t.range_iterator,
        t.list_iterator,
        t.list_reverseiterator,
        t.tuple_iterator,
        t.str_ascii_iterator,
        t.str_iterator,
        t.bytes_iterator,
        t.bytearray_iterator,
        t.iterator,
        t.reversed,
    ];
    for ty in sequences {
        vm.add_methods(ty, REDUCE);
        vm.add_methods(ty, SET_STATE);
    }
    tables.into_iter().for_each(|ty| vm.add_methods(ty, REDUCE));
}
