//! Sorting: `list.sort` and what `sorted` shares with it.
//!
//! Keys are computed first: natively, or by the prelude when the key function is Coro code. Ints, floats and strings are
//! compared directly; everything else by `<`, nested if that is user-defined. While a list is being sorted it is empty,
//! so that a comparison cannot see it half sorted.

use crate::object::algo::timsort;
use crate::object::call::{Args, Outcome};
use crate::object::container::List;
use crate::object::function::{Machine, NativeDef};
use crate::object::heap::Kind;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::hidden_native;
use crate::vm::protocol::CmpOp;
use crate::vm::protocol::iterate::is_plain_object;
use crate::vm::protocol::plain_order::order_at_sight;
use std::cmp::Ordering;

/// For the prelude: `take(list)` empties the list and gives its items as a new one.
static TAKE: NativeDef = NativeDef {
    name: "take",
    func: |_: &mut Machine, args: Args| Ok(Ref::list(take(args.values[0]))),
    min: 1,
    max: 1,
    keywords: false,
    doc: "",
};

/// For the prelude: `put(list, items, keys, reverse)` sorts the items by the keys, if there are any, and puts them back.
static PUT: NativeDef = NativeDef {
    name: "put",
    func: |machine: &mut Machine, args: Args| put(Vm::of(machine), args),
    min: 4,
    max: 4,
    keywords: false,
    doc: "",
};

/// Sorts a list.
pub fn sort_list(vm: &mut Vm, list: Value, key: Option<Value>, reverse: bool) -> Outcome {
    let Some(key) = key else {
        let items = take(list);
        let (items, result) = sort_items(vm, items, None, reverse);
        return put_back(vm, list, items, result);
    };
    if !is_native_callable(vm, key) {
        let natives = (hidden_native(&TAKE), hidden_native(&PUT));
        return Err(vm.tail_prelude("sort_by_key", &[natives.0, natives.1, list, key, Value::bool(reverse)]));
    }
    let items = take(list);
    let (items, result) = match native_keys(vm, key, &items) {
        Ok(keys) => sort_items(vm, items, Some(keys), reverse),
        Err(signal) => (items, Err(signal)),
    };
    put_back(vm, list, items, result)
}

/// Whether calling it runs no Coro code of its own.
fn is_native_callable(vm: &mut Vm, callable: Value) -> bool {
    match callable.kind() {
        Some(Kind::Opaque) => vm.native_call_method(callable).is_some(),
        Some(Kind::Native) => true,
        Some(Kind::Type) => callable.as_type().is_some_and(|ty| ty.builtin),
        Some(Kind::BoundMethod) => {
            callable.get::<crate::object::function::BoundMethod>().is_some_and(|m| m.func.is_kind(Kind::Native))
        }
        _ => false,
    }
}

fn native_keys(vm: &mut Vm, key: Value, items: &[Ref]) -> Outcome<Vec<Ref>> {
    let mut keys = Vec::with_capacity(items.len());
    for item in items {
        let outcome = match vm.call_if_native(key, &[**item]) {
            Some(outcome) => vm.settle(outcome),
            None => vm.call_values(key, &[**item]),
        };
        keys.push(outcome?);
    }
    Ok(keys)
}

fn take(list: Value) -> Vec<Ref> {
    list.get_mut::<List>().map(|l| std::mem::take(&mut l.items)).unwrap_or_default()
}

fn put(vm: &mut Vm, args: Args) -> Outcome {
    let &[list, items, keys, reverse] = args.values else { return Ok(Ref::NONE) };
    let items = take(items);
    let (items, result) = match keys.get_mut::<List>() {
        Some(keys) => sort_items(vm, items, Some(std::mem::take(&mut keys.items)), reverse == Value::TRUE),
        None => {
            // The key function failed: the items go back as they were.
            restore(list, items);
            return Ok(Ref::NONE);
        }
    };
    put_back(vm, list, items, result)
}

/// Puts items into the list; gives what was put there meanwhile.
fn restore(list: Value, items: Vec<Ref>) -> Vec<Ref> {
    list.get_mut::<List>().map(|l| std::mem::replace(&mut l.items, items)).unwrap_or_default()
}

fn put_back(vm: &mut Vm, list: Value, items: Vec<Ref>, result: Outcome<()>) -> Outcome {
    let meanwhile = restore(list, items);
    result?;
    if !meanwhile.is_empty() {
        return Err(vm.value_error("list modified during sort"));
    }
    Ok(Ref::NONE)
}

/// What all keys are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keys {
    Ints,
    /// No NaN among them.
    Floats,
    Texts,
    Others,
}

fn class_of(keys: &[Ref]) -> Keys {
    let float = |k: &Ref| k.as_float().is_some_and(|x| !x.is_nan()) && (!k.is_ptr() || is_plain_object(**k));
    match keys.first() {
        Some(first) if first.is_int() && keys.iter().all(|k| k.is_int()) => Keys::Ints,
        Some(first)
            if first.is_kind(Kind::Str) && keys.iter().all(|k| k.is_kind(Kind::Str) && is_plain_object(**k)) =>
        {
            Keys::Texts
        }
        Some(first) if float(first) && keys.iter().all(float) => Keys::Floats,
        _ => Keys::Others,
    }
}

/// Sorts by the keys (or the items themselves). If a comparison fails, the items are in some order.
fn sort_items(vm: &mut Vm, mut items: Vec<Ref>, keys: Option<Vec<Ref>>, reverse: bool) -> (Vec<Ref>, Outcome<()>) {
    let class = class_of(keys.as_deref().unwrap_or(&items));
    let Some(keys) = keys else {
        if class != Keys::Others {
            sort_known(&mut items, class, reverse, |item| **item);
            return (items, Ok(()));
        }
        let (order, result) = order_of(vm, &items, reverse);
        return (permute(items, &order), result);
    };
    if class != Keys::Others {
        let mut pairs: Vec<(Ref, Ref)> = keys.into_iter().zip(items).collect();
        sort_known(&mut pairs, class, reverse, |pair| *pair.0);
        let (keys, items): (Vec<Ref>, Vec<Ref>) = pairs.into_iter().unzip();
        drop(keys);
        return (items, Ok(()));
    }
    let (order, result) = order_of(vm, &keys, reverse);
    drop(keys);
    (permute(items, &order), result)
}

/// A stable sort by keys that compare without Coro code; equal keys keep their order, also in reverse.
fn sort_known<T>(items: &mut [T], class: Keys, reverse: bool, key: impl Fn(&T) -> Value) {
    let by = |a: &T, b: &T| {
        let (a, b) = (key(a), key(b));
        match class {
            Keys::Ints => a.as_small_int().cmp(&b.as_small_int()),
            Keys::Texts => a.as_str().cmp(&b.as_str()),
            _ => a.as_float().partial_cmp(&b.as_float()).unwrap_or(Ordering::Equal),
        }
    };
    if reverse {
        items.sort_by(|a, b| by(b, a));
    } else {
        items.sort_by(by);
    }
}

/// The positions of the keys in order, by `<`.
fn order_of(vm: &mut Vm, keys: &[Ref], reverse: bool) -> (Vec<u32>, Outcome<()>) {
    let count = keys.len();
    if !reverse {
        return timsort::sort(count, |i, j| less(vm, *keys[i as usize], *keys[j as usize]));
    }
    // As CPython does it: turned around before and afterwards, so that equal ones keep their order.
    let mirror = |i: u32| count - 1 - i as usize;
    let (order, result) = timsort::sort(count, |i, j| less(vm, *keys[mirror(i)], *keys[mirror(j)]));
    (order.into_iter().rev().map(|i| mirror(i) as u32).collect(), result)
}

fn less(vm: &mut Vm, a: Value, b: Value) -> Outcome<bool> {
    if let Some(order) = order_at_sight(a, b) {
        return Ok(order == Ordering::Less);
    }
    vm.compare_bool(CmpOp::Lt, a, b)
}

fn permute(items: Vec<Ref>, order: &[u32]) -> Vec<Ref> {
    let mut slots: Vec<Ref> = items;
    order.iter().map(|&i| std::mem::replace(&mut slots[i as usize], Ref::NONE)).collect()
}
