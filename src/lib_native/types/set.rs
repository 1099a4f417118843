//! `set` and `frozenset`. The order of operations is CPython's, as it shows in the order of the items.

use super::sequence;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::dict::Dict;
use crate::object::heap::{self, Kind};
use crate::object::set::{FrozenSet, Set, SetTable};
use crate::object::{Ref, Value, atom, subclass};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::BinOp;
use crate::vm::protocol::iterate::is_plain_object;
use crate::vm::protocol::tables::hashed_keys;

/// `set(iterable)`; for a subclass only the empty set, which `__init__` fills.
fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(class) = args.values[0].as_type() else {
        return Err(vm.type_error("set.__new__(X): X is not a type object"));
    };
    if !class.builtin {
        return Ok(subclass::new_of(class, Set { header: heap::blank(Kind::Set), table: SetTable::new() }));
    }
    let set = Ref::set(SetTable::new());
    match sequence::only_iterable(vm, args, "set")? {
        Some(iterable) if !vm.iterates_natively(iterable) => Err(vm.tail_prelude("set_from", &[iterable])),
        Some(iterable) => {
            fill(vm, *set, iterable)?;
            Ok(set)
        }
        None => Ok(set),
    }
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    let this = table(vm, args)?;
    let old = this.clear();
    drop(old);
    match sequence::only_iterable(vm, args, "set")? {
        Some(iterable) if !vm.iterates_natively(iterable) => {
            Err(vm.tail_prelude("set_fill", &[args.values[0], iterable]))
        }
        Some(iterable) => fill(vm, args.values[0], iterable).map(|()| Ref::NONE),
        None => Ok(Ref::NONE),
    }
}

/// `frozenset(iterable)`
fn new_frozen(vm: &mut Vm, args: Args) -> Outcome {
    let Some(class) = args.values[0].as_type() else {
        return Err(vm.type_error("frozenset.__new__(X): X is not a type object"));
    };
    if !class.builtin {
        let table = SetTable::new();
        let hash = std::cell::Cell::new(0);
        let set = subclass::new_of(class, FrozenSet { header: heap::blank(Kind::FrozenSet), table, hash });
        if let Some(iterable) = args.pos().get(1) {
            fill(vm, *set, *iterable)?;
        }
        return Ok(set);
    }
    match sequence::only_iterable(vm, args, "frozenset")? {
        Some(iterable) if iterable.is_kind(Kind::FrozenSet) && is_plain_object(iterable) => Ok(iterable.to_ref()),
        Some(iterable) if !vm.iterates_natively(iterable) => Err(vm.tail_prelude("frozenset_from", &[iterable])),
        Some(iterable) => {
            let set = Ref::frozenset(SetTable::new());
            fill(vm, *set, iterable)?;
            Ok(set)
        }
        None => Ok(Ref::frozenset(SetTable::new())),
    }
}

/// Adds what an iterable gives (`set_update_internal`).
fn fill(vm: &mut Vm, set: Value, iterable: Value) -> Outcome<()> {
    if iterable.as_set().is_some() {
        return vm.set_merge(set, iterable);
    }
    if let Some(keys) = hashed_keys(iterable) {
        if let Some(table) = set.as_set_mut() {
            table.reserve_for(keys.len());
        }
        return keys.into_iter().try_for_each(|(hash, key)| vm.set_add_hashed(set, hash, key));
    }
    if let Some(items) = iterable.as_sequence().filter(|_| is_plain_object(iterable)) {
        let items: Vec<Ref> = items.to_vec();
        return items.iter().try_for_each(|item| vm.set_add(set, **item));
    }
    let iterator = vm.iter_reentrant(iterable)?;
    while let Some(item) = vm.next_reentrant(*iterator)? {
        vm.set_add(set, *item)?;
    }
    Ok(())
}

/// The table of the object of a method call.
fn table<'a>(vm: &mut Vm, args: Args<'a>) -> Outcome<&'a mut SetTable> {
    let this: &'a Value = &args.values[0];
    match this.as_set_mut() {
        Some(table) => Ok(table),
        None => {
            let message = format!("descriptor requires a 'set' object but received a '{}'", vm.type_name(*this));
            Err(vm.type_error(message))
        }
    }
}

fn add(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    vm.set_add(args.values[0], args.values[1])?;
    Ok(Ref::NONE)
}

fn discard(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    vm.set_discard(args.values[0], args.values[1])?;
    Ok(Ref::NONE)
}

fn remove(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if vm.set_discard(args.values[0], args.values[1])? { Ok(Ref::NONE) } else { Err(vm.key_error(args.values[1])) }
}

fn pop(vm: &mut Vm, args: Args) -> Outcome {
    match table(vm, args)?.pop() {
        Some(key) => Ok(key),
        None => {
            let message = Ref::str("pop from an empty set");
            Err(vm.key_error(*message))
        }
    }
}

fn clear(vm: &mut Vm, args: Args) -> Outcome {
    let old = table(vm, args)?.clear();
    drop(old);
    Ok(Ref::NONE)
}

fn copy(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    let this = args.values[0];
    if this.is_kind(Kind::FrozenSet) && is_plain_object(this) {
        return Ok(this.to_ref());
    }
    Ok(vm.set_copy(this))
}

/// Hands a method with arguments that run Coro code to the prelude, which makes lists of those.
fn through_prelude(vm: &mut Vm, args: Args, name: &str) -> Option<Signal> {
    let others = &args.values[1..];
    if others.iter().all(|other| vm.iterates_natively(*other)) {
        return None;
    }
    let method = vm.special(args.values[0], atom::intern(name))?;
    let coro: Vec<Ref> = others.iter().map(|other| Ref::bool(!vm.iterates_natively(*other))).collect();
    let (others, coro) = (Ref::tuple_of(others), Ref::tuple(coro));
    Some(vm.tail_prelude("set_method", &[method, args.values[0], *others, *coro]))
}

/// A set to take part in an operation: the argument itself if it is one.
fn as_set(vm: &mut Vm, iterable: Value) -> Outcome {
    if iterable.as_set().is_some() {
        return Ok(iterable.to_ref());
    }
    let set = Ref::set(SetTable::new());
    fill(vm, *set, iterable)?;
    Ok(set)
}

fn union(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if let Some(signal) = through_prelude(vm, args, "union") {
        return Err(signal);
    }
    let result = vm.set_copy(args.values[0]);
    for other in &args.values[1..] {
        if *other != args.values[0] {
            fill(vm, *result, *other)?;
        }
    }
    Ok(result)
}

fn update(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if let Some(signal) = through_prelude(vm, args, "update") {
        return Err(signal);
    }
    for other in &args.values[1..] {
        fill(vm, args.values[0], *other)?;
    }
    Ok(Ref::NONE)
}

/// `a & iterable`: of an iterable that is no set, the items found in `a`, in its order.
fn intersect(vm: &mut Vm, a: Value, other: Value) -> Outcome {
    if other.as_set().is_some() {
        return vm.set_intersection(a, other);
    }
    let result = empty_like(a);
    for item in vm.collect(other)? {
        if vm.set_contains(a, *item)? {
            vm.set_add(*result, *item)?;
        }
    }
    Ok(result)
}

fn empty_like(set: Value) -> Ref {
    if set.is_kind(Kind::FrozenSet) { Ref::frozenset(SetTable::new()) } else { Ref::set(SetTable::new()) }
}

fn intersection(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if let Some(signal) = through_prelude(vm, args, "intersection") {
        return Err(signal);
    }
    let [this, others @ ..] = args.values else { return Ok(Ref::NONE) };
    let [first, rest @ ..] = others else { return copy(vm, args) };
    let mut result = intersect(vm, *this, *first)?;
    for other in rest {
        result = intersect(vm, *result, *other)?;
    }
    Ok(result)
}

/// Takes over the table of `result`.
fn replace_table(set: Value, result: Ref) {
    if let (Some(table), Some(new)) = (set.as_set_mut(), result.as_set_mut()) {
        let old = table.replace(std::mem::take(new));
        drop(old);
    }
}

fn intersection_update(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if let Some(signal) = through_prelude(vm, args, "intersection_update") {
        return Err(signal);
    }
    let [this, others @ ..] = args.values else { return Ok(Ref::NONE) };
    let mut result = match others {
        [first, ..] => intersect(vm, *this, *first)?,
        [] => vm.set_copy(*this),
    };
    for other in others.iter().skip(1) {
        result = intersect(vm, *result, *other)?;
    }
    replace_table(*this, result);
    Ok(Ref::NONE)
}

/// `set -= iterable`
fn subtract(vm: &mut Vm, set: Value, other: Value) -> Outcome<()> {
    if other.as_set().is_some() {
        return vm.set_remove_all(set, other);
    }
    match hashed_keys(other) {
        Some(keys) => {
            for (hash, key) in keys {
                vm.set_discard_hashed(set, hash, *key)?;
            }
        }
        None => {
            for item in vm.collect(other)? {
                vm.set_discard(set, *item)?;
            }
        }
    }
    if let Some(table) = set.as_set_mut() {
        table.purge();
    }
    Ok(())
}

fn difference(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if let Some(signal) = through_prelude(vm, args, "difference") {
        return Err(signal);
    }
    let [this, others @ ..] = args.values else { return Ok(Ref::NONE) };
    let [first, rest @ ..] = others else { return copy(vm, args) };
    let result = subtracted(vm, *this, *first)?;
    for other in rest {
        subtract(vm, *result, *other)?;
    }
    Ok(result)
}

/// `a - iterable`
fn subtracted(vm: &mut Vm, a: Value, other: Value) -> Outcome {
    if other.as_set().is_some() {
        return vm.set_difference(a, other);
    }
    let small = a.as_set().map_or(0, SetTable::len) >> 2;
    if let (Some(dict), true) = (other.get::<Dict>(), is_plain_object(other))
        && small <= dict.len()
    {
        let result = empty_like(a);
        for (hash, key) in crate::vm::protocol::set_algebra::entries(a) {
            if vm.dict_find_hashed(other, hash, *key)?.is_none() {
                vm.set_add_hashed(*result, hash, key)?;
            }
        }
        return Ok(result);
    }
    let result = vm.set_copy(a);
    subtract(vm, *result, other)?;
    Ok(result)
}

fn difference_update(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if let Some(signal) = through_prelude(vm, args, "difference_update") {
        return Err(signal);
    }
    for other in &args.values[1..] {
        subtract(vm, args.values[0], *other)?;
    }
    Ok(Ref::NONE)
}

fn symmetric_difference(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if let Some(signal) = through_prelude(vm, args, "symmetric_difference") {
        return Err(signal);
    }
    let other = as_set(vm, args.values[1])?;
    if *other == args.values[1] || args.values[0].is_kind(Kind::FrozenSet) {
        return vm.set_symmetric_difference(args.values[0], *other);
    }
    // The set made of another iterable becomes the result itself: its layout is that of items added one by one.
    vm.set_toggle_all(*other, args.values[0])?;
    Ok(other)
}

fn symmetric_difference_update(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if let Some(signal) = through_prelude(vm, args, "symmetric_difference_update") {
        return Err(signal);
    }
    let other = as_set(vm, args.values[1])?;
    vm.set_toggle_all(args.values[0], *other)?;
    Ok(Ref::NONE)
}

fn issubset(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if let Some(signal) = through_prelude(vm, args, "issubset") {
        return Err(signal);
    }
    let other = as_set(vm, args.values[1])?;
    vm.set_is_subset(args.values[0], *other).map(Ref::bool)
}

fn issuperset(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if let Some(signal) = through_prelude(vm, args, "issuperset") {
        return Err(signal);
    }
    let other = as_set(vm, args.values[1])?;
    vm.set_is_subset(*other, args.values[0]).map(Ref::bool)
}

fn isdisjoint(vm: &mut Vm, args: Args) -> Outcome {
    table(vm, args)?;
    if let Some(signal) = through_prelude(vm, args, "isdisjoint") {
        return Err(signal);
    }
    for item in vm.collect(args.values[1])? {
        if vm.set_contains(args.values[0], *item)? {
            return Ok(Ref::bool(false));
        }
    }
    Ok(Ref::bool(true))
}

fn operator(vm: &mut Vm, op: BinOp, a: Value, b: Value, in_place: bool) -> Outcome {
    let both = a.as_set().is_some() && b.as_set().is_some();
    let answer = if both { vm.native_binary(op, a, b, in_place)? } else { None };
    Ok(answer.unwrap_or(Ref::from_owned(Value::NOT_IMPLEMENTED)))
}

macro_rules! operators {
    ($($name:ident $reflected:ident $in_place:ident $op:ident;)*) => {
        $(
            fn $name(vm: &mut Vm, args: Args) -> Outcome {
                operator(vm, BinOp::$op, args.values[0], args.values[1], false)
            }

            fn $reflected(vm: &mut Vm, args: Args) -> Outcome {
                operator(vm, BinOp::$op, args.values[1], args.values[0], false)
            }

            fn $in_place(vm: &mut Vm, args: Args) -> Outcome {
                operator(vm, BinOp::$op, args.values[0], args.values[1], true)
            }
        )*
    };
}

operators! {
    and rand iand And;
    or ror ior Or;
    sub rsub isub Sub;
    xor rxor ixor Xor;
}

natives! {
    /// Of both types.
    METHODS;
    "copy", copy, 1, 1;
    "union", union, 1, MANY;
    "intersection", intersection, 1, MANY;
    "difference", difference, 1, MANY;
    "symmetric_difference", symmetric_difference, 2, 2;
    "issubset", issubset, 2, 2;
    "issuperset", issuperset, 2, 2;
    "isdisjoint", isdisjoint, 2, 2;
    "__len__", sequence::len, 1, 1;
    "__contains__", sequence::contains, 2, 2;
    "__iter__", sequence::iter, 1, 1;
    "__and__", and, 2, 2;
    "__rand__", rand, 2, 2;
    "__or__", or, 2, 2;
    "__ror__", ror, 2, 2;
    "__sub__", sub, 2, 2;
    "__rsub__", rsub, 2, 2;
    "__xor__", xor, 2, 2;
    "__rxor__", rxor, 2, 2;
    "__class_getitem__", sequence::class_getitem, 2, 2;
}

natives! {
    /// Of `set`.
    MUTABLE;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, MANY, keywords;
    "add", add, 2, 2;
    "discard", discard, 2, 2;
    "remove", remove, 2, 2;
    "pop", pop, 1, 1;
    "clear", clear, 1, 1;
    "update", update, 1, MANY;
    "intersection_update", intersection_update, 1, MANY;
    "difference_update", difference_update, 1, MANY;
    "symmetric_difference_update", symmetric_difference_update, 2, 2;
    "__iand__", iand, 2, 2;
    "__ior__", ior, 2, 2;
    "__isub__", isub, 2, 2;
    "__ixor__", ixor, 2, 2;
}

natives! {
    /// Of `frozenset`.
    FROZEN;
    "__new__", new_frozen, 1, MANY, keywords;
}

pub fn install(vm: &mut Vm) {
    let (set, frozenset) = (vm.types.set, vm.types.frozenset);
    vm.add_methods(set, METHODS);
    vm.add_methods(set, MUTABLE);
    vm.add_methods(frozenset, METHODS);
    vm.add_methods(frozenset, FROZEN);
}
