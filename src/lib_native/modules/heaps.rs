//! The modules `_heapq` and `_bisect`: heaps and searches in lists whose items are ordered at sight (numbers, texts, tuples of
//! such). Each function gives None, and has changed nothing, if it meets other items: then `heapq` and `bisect`, written in
//! Coro, do the work.

use super::Building;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::container::List;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::plain_order::order_at_sight;
use std::cmp::Ordering;

natives! { HEAPQ;
    "heapify", heapify, 1, 1;
    "pop", pop, 1, 1;
    "push", push, 2, 2;
    "replace", replace, 2, 2;
}

natives! { BISECT;
    "search", search, 5, 5;
}

/// Makes the module `_heapq`.
pub fn heapq(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_heapq");
    building.functions(vm, "_heapq", HEAPQ);
    Ok(building.module)
}

/// Makes the module `_bisect`.
pub fn bisect(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_bisect");
    building.functions(vm, "_bisect", BISECT);
    Ok(building.module)
}

fn less(a: Value, b: Value) -> Option<bool> {
    order_at_sight(a, b).map(|order| order == Ordering::Less)
}

fn items<'a>(args: &'a Args) -> Option<&'a mut Vec<Ref>> {
    args.values[0].get_mut::<List>().map(|list| &mut list.items)
}

/// True if it was done, else None.
fn done(done: Option<()>) -> Outcome {
    Ok(done.map_or(Ref::NONE, |()| Ref::bool(true)))
}

/// Where an item goes that starts at `at` and rises to at most `top`.
fn risen(heap: &[Ref], item: Value, top: usize, mut at: usize) -> Option<usize> {
    while at > top {
        let above = (at - 1) / 2;
        if !less(item, *heap[above])? {
            break;
        }
        at = above;
    }
    Some(at)
}

/// The leaf that is reached from `at` along the smaller children.
fn leaf_below(heap: &[Ref], mut at: usize) -> Option<usize> {
    loop {
        let left = 2 * at + 1;
        let right = left + 1;
        if left >= heap.len() {
            return Some(at);
        }
        at = if right < heap.len() && !less(*heap[left], *heap[right])? { right } else { left };
    }
}

/// Moves the item at `at` down along the smaller children to a leaf, then up to its place: fewer comparisons than stopping
/// on the way. Nothing moves if one of the comparisons cannot be told.
fn sink(heap: &mut [Ref], at: usize) -> Option<()> {
    let leaf = leaf_below(heap, at)?;
    let item = heap[at].value();
    // On the way up the items stand one place higher than they will.
    let mut place = leaf;
    while place > at && less(item, *heap[place])? {
        place = (place - 1) / 2;
    }
    // From `place` up, each item takes its parent's place.
    let mut from = place;
    while from > at {
        let above = (from - 1) / 2;
        heap.swap(above, place);
        from = above;
    }
    Some(())
}

/// `push(heap, item)`
fn push(_: &mut Vm, args: Args) -> Outcome {
    let Some(heap) = items(&args) else { return Ok(Ref::NONE) };
    let item = args.values[1];
    let Some(place) = risen(heap, item, 0, heap.len()) else { return Ok(Ref::NONE) };
    heap.push(item.to_ref());
    let mut at = heap.len() - 1;
    while at > place {
        let above = (at - 1) / 2;
        heap.swap(at, above);
        at = above;
    }
    Ok(Ref::bool(true))
}

/// `pop(heap)`: the least item in a tuple of its own; the heap has at least one.
fn pop(_: &mut Vm, args: Args) -> Outcome {
    let Some(heap) = items(&args).filter(|heap| !heap.is_empty()) else { return Ok(Ref::NONE) };
    let last = heap.len() - 1;
    heap.swap(0, last);
    if last > 0 && sink(&mut heap[..last], 0).is_none() {
        heap.swap(0, last);
        return Ok(Ref::NONE);
    }
    Ok(heap.pop().map_or(Ref::NONE, |least| Ref::tuple(vec![least])))
}

/// `replace(heap, item)`: puts it in the place of the least one, which it gives in a tuple of its own.
fn replace(_: &mut Vm, args: Args) -> Outcome {
    let Some(heap) = items(&args).filter(|heap| !heap.is_empty()) else { return Ok(Ref::NONE) };
    let least = std::mem::replace(&mut heap[0], args.values[1].to_ref());
    if sink(heap, 0).is_none() {
        let item = std::mem::replace(&mut heap[0], least);
        drop(item);
        return Ok(Ref::NONE);
    }
    Ok(Ref::tuple(vec![least]))
}

/// `heapify(list)`
fn heapify(_: &mut Vm, args: Args) -> Outcome {
    let Some(heap) = items(&args) else { return Ok(Ref::NONE) };
    // What has been moved before a comparison cannot be told does no harm: making a heap may begin with any order.
    let all = (0..heap.len() / 2).rev().try_for_each(|at| sink(heap, at));
    done(all)
}

/// `search(list, x, lo, hi, right)`: where `x` goes, behind or before those equal to it.
fn search(_: &mut Vm, args: Args) -> Outcome {
    let &[list, x, lo, hi, right] = args.values else { return Ok(Ref::NONE) };
    let (Some(items), Some(lo), Some(hi)) = (list.as_sequence(), lo.as_i64(), hi.as_i64()) else {
        return Ok(Ref::NONE);
    };
    let (Ok(mut lo), Ok(mut hi)) = (usize::try_from(lo), usize::try_from(hi)) else { return Ok(Ref::NONE) };
    if hi > items.len() {
        return Ok(Ref::NONE);
    }
    while lo < hi {
        let middle = lo + (hi - lo) / 2;
        let before = match right == Value::TRUE {
            true => less(x, *items[middle]).map(|less| !less),
            false => less(*items[middle], x),
        };
        match before {
            Some(true) => lo = middle + 1,
            Some(false) => hi = middle,
            None => return Ok(Ref::NONE),
        }
    }
    Ok(Ref::int(lo as i64))
}
