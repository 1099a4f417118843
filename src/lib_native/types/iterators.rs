//! Iterator types, and the lazy built-ins `enumerate`, `zip`, `map`, `filter`, `reversed`.

use super::sequence;
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::container::{List, Tuple};
use crate::object::dict::Dict;
use crate::object::heap::{self, Kind};
use crate::object::iter::{Iter, IterState};
use crate::object::{Ref, Value, subclass};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::iterate::is_plain_object;

fn iter_self(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].to_ref())
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    let this = args.values[0];
    let Some(iter) = this.get::<Iter>() else {
        let message = format!("descriptor '__next__' requires an iterator, not '{}'", vm.type_name(this));
        return Err(vm.type_error(message));
    };
    let lazy = matches!(
        iter.state,
        IterState::Enumerate { .. } | IterState::Zip { .. } | IterState::Map { .. } | IterState::Filter { .. }
    );
    let step = if lazy { vm.next_lazy_native(this) } else { vm.next(this) };
    vm.outcome_of(step)
}

/// How many items are left, if that is known.
fn length_hint(vm: &mut Vm, args: Args) -> Outcome {
    let Some(iter) = args.values[0].get::<Iter>() else { return Ok(Ref::int(0)) };
    let left = match &iter.state {
        IterState::Range { left, .. } => return Ok(Ref::int((*left).max(0))),
        IterState::BigRange { left, .. } => return Ok(Ref::big(left.clone())),
        IterState::List { list, at } => list.get::<List>().map_or(0, |l| l.items.len().saturating_sub(*at)),
        IterState::ListReversed { list, at } => match list.get::<List>() {
            Some(list) if *at <= list.items.len() => *at,
            _ => 0,
        },
        IterState::Tuple { tuple, at } => tuple.get::<Tuple>().map_or(0, |t| t.len().saturating_sub(*at)),
        IterState::Str { text, at } => text.as_str().map_or(0, |t| t[*at..].chars().count()),
        IterState::Bytes { bytes, at } => bytes.as_bytes().map_or(0, |b| b.len().saturating_sub(*at)),
        // None, once the table has grown or shrunk.
        IterState::Dict { dict, left, len, .. } => dict.get::<Dict>().filter(|d| d.len() == *len).map_or(0, |_| *left),
        IterState::Set { set, at, len } => {
            let same = set.as_set().filter(|table| table.len() == *len);
            same.map_or(0, |t| (*at..t.positions()).filter(|&i| t.key_at(i).is_some()).count())
        }
        IterState::SequenceReversed { object, at } => {
            let (object, left) = (object.clone(), *at + 1);
            let now = vm.len(*object)?;
            return Ok(Ref::int(if now < left { 0 } else { left.max(0) }));
        }
        _ => 0,
    };
    Ok(Ref::int(left as i64))
}

natives! {
    /// Of every iterator type.
    ITERATOR;
    "__iter__", iter_self, 1, 1;
    "__next__", next, 1, 1;
}

natives! {
    /// Of the iterators of containers.
    HINT;
    "__length_hint__", length_hint, 1, 1;
}

/// A new iterator as an instance of the class that `__new__` was called for.
fn make(class: Value, state: IterState) -> Outcome {
    let iter = Iter { header: heap::blank(Kind::Iter), state };
    match class.as_type() {
        Some(class) => Ok(subclass::new_of(class, iter)),
        None => Err(Signal::Raised),
    }
}

fn is_exact(vm: &Vm, class: Value, exact: impl Fn(&crate::vm::types::Types) -> crate::object::types::TypeRef) -> bool {
    class == exact(&vm.types).value()
}

/// `enumerate(iterable, start=0)`
fn new_enumerate(vm: &mut Vm, args: Args) -> Outcome {
    let given = args.pos().len() - 1;
    if given + args.names.len() == 0 {
        return Err(vm.type_error("enumerate() missing required argument 'iterable'"));
    }
    const PARAMETERS: Parameters<2> =
        Parameters { function: "enumerate", names: ["iterable", "start"], required: 1, positional: 2 };
    let [iterable, start] = PARAMETERS.bind(vm, args, 1)?;
    let next = match start {
        Some(start) => vm.index_value(start)?,
        None => Ref::int(0),
    };
    let inner = vm.iter_reentrant(iterable.unwrap_or(Value::NONE))?;
    make(args.values[0], IterState::Enumerate { inner, next, steps: Ref::NONE })
}

/// `zip(*iterables, strict=False)`
fn new_zip(vm: &mut Vm, args: Args) -> Outcome {
    let mut strict = false;
    for (name, value) in args.keywords() {
        match name.as_str() {
            Some("strict") => strict = vm.truth(value)?,
            other => {
                let message = format!("zip() got an unexpected keyword argument '{}'", other.unwrap_or_default());
                return Err(vm.type_error(message));
            }
        }
    }
    let inners = iterators(vm, &args.pos()[1..])?;
    make(args.values[0], IterState::Zip { inners, strict, steps: Ref::NONE })
}

fn iterators(vm: &mut Vm, iterables: &[Value]) -> Outcome<Vec<Ref>> {
    iterables.iter().map(|iterable| vm.iter_reentrant(*iterable)).collect()
}

/// `map(function, *iterables)`
fn new_map(vm: &mut Vm, args: Args) -> Outcome {
    if is_exact(vm, args.values[0], |t| t.map) && !args.names.is_empty() {
        return Err(vm.type_error("map() takes no keyword arguments"));
    }
    let [class, function, iterables @ ..] = args.pos() else {
        return Err(vm.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(vm.type_error("map() must have at least two arguments."));
    }
    let inners = iterators(vm, iterables)?;
    make(*class, IterState::Map { function: function.to_ref(), inners })
}

/// `filter(function, iterable)`
fn new_filter(vm: &mut Vm, args: Args) -> Outcome {
    if is_exact(vm, args.values[0], |t| t.filter) && !args.names.is_empty() {
        return Err(vm.type_error("filter() takes no keyword arguments"));
    }
    let [class, function, iterable] = args.pos() else {
        let given = args.pos().len() - 1;
        return Err(vm.type_error(format!("filter expected 2 arguments, got {given}")));
    };
    let inner = vm.iter_reentrant(*iterable)?;
    make(*class, IterState::Filter { function: function.to_ref(), inner })
}

/// `reversed(sequence)`
fn new_reversed(vm: &mut Vm, args: Args) -> Outcome {
    if is_exact(vm, args.values[0], |t| t.reversed) && !args.names.is_empty() {
        return Err(vm.type_error("reversed() takes no keyword arguments"));
    }
    let &[class, sequence] = args.pos() else {
        let given = args.pos().len() - 1;
        return Err(vm.type_error(format!("reversed expected 1 argument, got {given}")));
    };
    let name = vm.names.reversed;
    match vm.special(sequence, name) {
        Some(method) if !method.is_none() => return vm.call_or_tail(sequence, method, name, &[]),
        Some(_) => return Err(not_reversible(vm, sequence)),
        None => {}
    }
    if let Some(state) = native_reversed(sequence) {
        return make(class, state);
    }
    let (getitem, len) = (vm.names.getitem, vm.names.len);
    if sequence.is_kind(Kind::Dict) || vm.special(sequence, getitem).is_none() {
        return Err(not_reversible(vm, sequence));
    }
    if vm.special(sequence, len).is_none() {
        let message = format!("object of type '{}' has no len()", vm.type_name(sequence));
        return Err(vm.type_error(message));
    }
    let len = vm.len(sequence)?;
    make(class, IterState::SequenceReversed { object: sequence.to_ref(), at: len - 1 })
}

#[cold]
fn not_reversible(vm: &mut Vm, value: Value) -> Signal {
    let message = format!("'{}' object is not reversible", vm.type_name(value));
    vm.type_error(message)
}

/// Sequences without a `__reversed__` of their own.
fn native_reversed(sequence: Value) -> Option<IterState> {
    if !is_plain_object(sequence) {
        return None;
    }
    let len = match sequence.kind()? {
        Kind::Tuple => sequence.as_sequence()?.len(),
        Kind::Str => sequence.get::<crate::object::text::Str>()?.char_len(),
        Kind::Bytes | Kind::ByteArray => sequence.as_bytes()?.len(),
        _ => return None,
    };
    Some(IterState::SequenceReversed { object: sequence.to_ref(), at: len as i64 - 1 })
}

natives! {
    ENUMERATE;
    "__new__", new_enumerate, 1, MANY, keywords;
    "__class_getitem__", sequence::class_getitem, 2, 2;
}

natives! {
    ZIP;
    "__new__", new_zip, 1, MANY, keywords;
}

natives! {
    MAP;
    "__new__", new_map, 1, MANY, keywords;
}

natives! {
    FILTER;
    "__new__", new_filter, 1, MANY, keywords;
}

natives! {
    REVERSED;
    "__new__", new_reversed, 1, MANY, keywords;
}

pub fn install(vm: &mut Vm) {
    let t = &vm.types;
    let containers = [
        t.range_iterator,
        t.longrange_iterator,
        t.list_iterator,
        t.list_reverseiterator,
        t.tuple_iterator,
        t.str_ascii_iterator,
        t.str_iterator,
        t.bytes_iterator,
        t.bytearray_iterator,
        t.dict_keyiterator,
        t.dict_valueiterator,
        t.dict_itemiterator,
        t.dict_reversekeyiterator,
        t.dict_reversevalueiterator,
        t.dict_reverseitemiterator,
        t.odict_iterator,
        t.set_iterator,
        t.reversed,
    ];
    let others = [t.iterator, t.callable_iterator, t.enumerate, t.zip, t.map, t.filter];
    let lazy = [(t.enumerate, ENUMERATE), (t.zip, ZIP), (t.map, MAP), (t.filter, FILTER), (t.reversed, REVERSED)];
    for ty in containers {
        vm.add_methods(ty, ITERATOR);
        vm.add_methods(ty, HINT);
    }
    others.into_iter().for_each(|ty| vm.add_methods(ty, ITERATOR));
    lazy.into_iter().for_each(|(ty, table)| vm.add_methods(ty, table));
}
