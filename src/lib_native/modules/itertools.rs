//! The module `_itertools`: the steps of `itertools` that run no code of the program, as iterators in Rust. Each function
//! checks nothing: `itertools` has.

use super::Building;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::container::Tuple;
use crate::object::function::Machine;
use crate::object::iter::{Iter, IterState};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::Step;
use crate::vm::protocol::lazy::is_leaf;
use crate::vm::protocol::sequence_arith::MAX_LENGTH;

natives! { FUNCTIONS;
    "batched", batched, 3, 3;
    "combinations", combinations, 2, 2;
    "combinations_with_replacement", combinations_with_replacement, 2, 2;
    "left_of", left_of, 1, 1;
    "pairwise", pairwise, 1, 1;
    "permutations", permutations, 2, 2;
    "product", product, 1, 1;
    "repeat", repeat, 2, 2;
    "zip_longest", zip_longest, 2, 2;
}

/// Makes the module `_itertools`.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_itertools");
    building.functions(vm, "_itertools", FUNCTIONS);
    Ok(building.module)
}

type Steps = fn(&mut Machine, &mut Iter) -> Outcome<Option<Ref>>;

/// [`Steps`] that keep `data` and `number` between them; a negative number is the end.
fn iterator(step: Steps, data: Vec<Ref>, number: i64) -> Outcome {
    Ok(Iter::alloc(IterState::Native { step, data, number, type_name: "itertools" }))
}

/// What a step works on: data, and the number that is its own.
fn parts(iter: &mut Iter) -> Option<(&mut Vec<Ref>, &mut i64)> {
    match &mut iter.state {
        IterState::Native { data, number, .. } => Some((data, number)),
        _ => None,
    }
}

fn number_at(data: &[Ref], at: usize) -> usize {
    data[at].as_small_int() as usize
}

fn set_number(data: &mut [Ref], at: usize, number: usize) {
    data[at] = Ref::int(number as i64);
}

fn numbers(from: impl Iterator<Item = usize>) -> impl Iterator<Item = Ref> {
    from.map(|number| Ref::int(number as i64))
}

fn pool_len(pool: Value) -> usize {
    pool.get::<Tuple>().map_or(0, Tuple::len)
}

/// The items of the pool `data[0]` whose numbers are in `data[range]`.
fn picked(data: &[Ref], range: std::ops::Range<usize>) -> Ref {
    let pool = data[0].get::<Tuple>().map_or(&[][..], Tuple::items);
    Tuple::from_iter(data[range].iter().map(|number| pool[number.as_small_int() as usize].clone()))
}

/// The argument as a count; `itertools` has made sure that it is one. What is beyond any length counts as the most.
fn count(value: Value) -> usize {
    value.as_i64().map_or(usize::MAX, |count| count.max(0) as usize)
}

/// `permutations(pool, r)`: data are the pool, then the order of its items, then for each place how many changes are left.
fn permutations(_: &mut Vm, args: Args) -> Outcome {
    let (pool, r) = (args.values[0], count(args.values[1]));
    let n = pool_len(pool);
    let mut data = vec![pool.to_ref()];
    if r > n {
        return iterator(next_permutation, data, -1);
    }
    data.extend(numbers(0..n));
    data.extend(numbers((n - r + 1..=n).rev()));
    iterator(next_permutation, data, r as i64)
}

fn next_permutation(_: &mut Machine, iter: &mut Iter) -> Outcome<Option<Ref>> {
    let Some((data, r)) = parts(iter).filter(|(_, r)| **r >= 0) else { return Ok(None) };
    let (n, places) = (pool_len(*data[0]), *r as usize);
    let item = picked(data, 1..1 + places);
    for place in (0..places).rev() {
        let (order, left) = (1 + place, 1 + n + place);
        let changes = number_at(data, left) - 1;
        if changes > 0 {
            set_number(data, left, changes);
            data.swap(order, 1 + n - changes);
            return Ok(Some(item));
        }
        data[order..=n].rotate_left(1);
        set_number(data, left, n - place);
    }
    *r = -1;
    Ok(Some(item))
}

/// `combinations(pool, r)`: data are the pool and the numbers of the chosen items.
fn combinations(_: &mut Vm, args: Args) -> Outcome {
    let (pool, r) = (args.values[0], count(args.values[1]));
    let mut data = vec![pool.to_ref()];
    if r > pool_len(pool) {
        return iterator(next_combination, data, -1);
    }
    data.extend(numbers(0..r));
    iterator(next_combination, data, 0)
}

fn next_combination(_: &mut Machine, iter: &mut Iter) -> Outcome<Option<Ref>> {
    let Some((data, state)) = parts(iter).filter(|(_, state)| **state >= 0) else { return Ok(None) };
    let (n, r) = (pool_len(*data[0]), data.len() - 1);
    let item = picked(data, 1..1 + r);
    match (0..r).rfind(|&place| number_at(data, 1 + place) < n - r + place) {
        Some(place) => {
            let first = number_at(data, 1 + place) + 1;
            (place..r).for_each(|at| set_number(data, 1 + at, first + at - place));
        }
        None => *state = -1,
    }
    Ok(Some(item))
}

/// `combinations_with_replacement(pool, r)`: likewise.
fn combinations_with_replacement(vm: &mut Vm, args: Args) -> Outcome {
    let (pool, r) = (args.values[0], count(args.values[1]));
    if r > MAX_LENGTH {
        let class = vm.types.exc.memory_error;
        return Err(vm.raise(class, ""));
    }
    let mut data = vec![pool.to_ref()];
    if r > 0 && pool_len(pool) == 0 {
        return iterator(next_with_replacement, data, -1);
    }
    data.extend(numbers(std::iter::repeat_n(0, r)));
    iterator(next_with_replacement, data, 0)
}

fn next_with_replacement(_: &mut Machine, iter: &mut Iter) -> Outcome<Option<Ref>> {
    let Some((data, state)) = parts(iter).filter(|(_, state)| **state >= 0) else { return Ok(None) };
    let (n, r) = (pool_len(*data[0]), data.len() - 1);
    let item = picked(data, 1..1 + r);
    match (0..r).rfind(|&place| number_at(data, 1 + place) + 1 < n) {
        Some(place) => {
            let number = number_at(data, 1 + place) + 1;
            (place..r).for_each(|at| set_number(data, 1 + at, number));
        }
        None => *state = -1,
    }
    Ok(Some(item))
}

/// `product(pools)`: data are the pools and the number of the item that each is at.
fn product(_: &mut Vm, args: Args) -> Outcome {
    let pools = args.values[0].as_sequence().unwrap_or_default();
    let mut data = pools.to_vec();
    data.extend(numbers(std::iter::repeat_n(0, pools.len())));
    let empty = pools.iter().any(|pool| pool_len(**pool) == 0);
    iterator(next_product, data, if empty { -1 } else { 0 })
}

fn next_product(_: &mut Machine, iter: &mut Iter) -> Outcome<Option<Ref>> {
    let Some((data, state)) = parts(iter).filter(|(_, state)| **state >= 0) else { return Ok(None) };
    let count = data.len() / 2;
    let (pools, at) = data.split_at_mut(count);
    let item = |pool: &Ref, number: &Ref| {
        pool.get::<Tuple>().map_or(Ref::NONE, |pool| pool.items()[number.as_small_int() as usize].clone())
    };
    let row = Tuple::from_iter(pools.iter().zip(at.iter()).map(|(pool, number)| item(pool, number)));
    for place in (0..count).rev() {
        let number = number_at(at, place) + 1;
        if number < pool_len(*pools[place]) {
            set_number(at, place, number);
            return Ok(Some(row));
        }
        set_number(at, place, 0);
    }
    *state = -1;
    Ok(Some(row))
}

/// `repeat(item, times)`: the number is how often still.
fn repeat(_: &mut Vm, args: Args) -> Outcome {
    iterator(next_repeated, vec![args.values[0].to_ref()], args.values[1].as_i64().unwrap_or(i64::MAX))
}

fn next_repeated(_: &mut Machine, iter: &mut Iter) -> Outcome<Option<Ref>> {
    let Some((data, left)) = parts(iter).filter(|(_, left)| **left > 0) else { return Ok(None) };
    *left -= 1;
    Ok(Some(data[0].clone()))
}

/// How many items a `repeat` still gives.
fn left_of(_: &mut Vm, args: Args) -> Outcome {
    let left = args.values[0].get_mut::<Iter>().and_then(parts).map_or(0, |(_, left)| *left);
    Ok(Ref::int(left.max(0)))
}

/// `zip_longest(iterators, fill)`, or None if one of them runs code of the program. Data are the iterators, None where one
/// is at its end, and what fills their places; the number is how many still give items.
fn zip_longest(_: &mut Vm, args: Args) -> Outcome {
    let iterators = args.values[0].as_sequence().unwrap_or_default();
    if !iterators.iter().all(|iterator| is_leaf(**iterator, 0)) {
        return Ok(Ref::NONE);
    }
    let mut data = iterators.to_vec();
    data.push(args.values[1].to_ref());
    iterator(next_longest, data, iterators.len() as i64)
}

fn next_longest(machine: &mut Machine, iter: &mut Iter) -> Outcome<Option<Ref>> {
    let Some((data, active)) = parts(iter).filter(|(_, active)| **active > 0) else { return Ok(None) };
    let vm = Vm::of(machine);
    let count = data.len() - 1;
    let mut row = Vec::with_capacity(count);
    for at in 0..count {
        let step = if data[at].is_none() { Step::Item(data[count].clone()) } else { vm.next(*data[at]) };
        row.push(match step {
            Step::Item(item) => item,
            Step::Raised | Step::Call => {
                *active = -1;
                return Err(Signal::Raised);
            }
            Step::End | Step::Return(_) => {
                *active -= 1;
                if *active == 0 {
                    return Ok(None);
                }
                let ended = std::mem::replace(&mut data[at], Ref::NONE);
                drop(ended);
                data[count].clone()
            }
        });
    }
    Ok(Some(Ref::tuple(row)))
}

/// `batched(iterator, n, strict)`, or None if the iterator runs code of the program. Data are the iterator and `strict`.
fn batched(_: &mut Vm, args: Args) -> Outcome {
    if !is_leaf(args.values[0], 0) {
        return Ok(Ref::NONE);
    }
    let data = vec![args.values[0].to_ref(), args.values[2].to_ref()];
    iterator(next_batch, data, count(args.values[1]) as i64)
}

fn next_batch(machine: &mut Machine, iter: &mut Iter) -> Outcome<Option<Ref>> {
    let Some((data, size)) = parts(iter).filter(|(_, size)| **size > 0) else { return Ok(None) };
    let vm = Vm::of(machine);
    let mut batch = Vec::new();
    while (batch.len() as i64) < *size {
        match vm.next(*data[0]) {
            Step::Item(item) => batch.push(item),
            Step::End | Step::Return(_) => break,
            Step::Raised | Step::Call => {
                *size = -1;
                return Err(Signal::Raised);
            }
        }
    }
    if (batch.len() as i64) < *size {
        *size = -1;
        if !batch.is_empty() && *data[1] == Value::TRUE {
            return Err(vm.value_error("batched(): incomplete batch"));
        }
    }
    Ok((!batch.is_empty()).then(|| Ref::tuple(batch)))
}

/// `pairwise(iterator)`, or None if the iterator runs code of the program. Data are the iterator and, once there is one, the
/// item before; the number is negative at the end.
fn pairwise(_: &mut Vm, args: Args) -> Outcome {
    match is_leaf(args.values[0], 0) {
        true => iterator(next_pairwise, vec![args.values[0].to_ref()], 0),
        false => Ok(Ref::NONE),
    }
}

fn next_pairwise(machine: &mut Machine, iter: &mut Iter) -> Outcome<Option<Ref>> {
    let Some((data, state)) = parts(iter).filter(|(_, state)| **state >= 0) else { return Ok(None) };
    let vm = Vm::of(machine);
    loop {
        match vm.next(*data[0]) {
            Step::Item(item) if data.len() == 1 => data.push(item),
            Step::Item(item) => {
                let before = std::mem::replace(&mut data[1], item.clone());
                return Ok(Some(Tuple::from_iter([before, item].into_iter())));
            }
            Step::End | Step::Return(_) => {
                *state = -1;
                return Ok(None);
            }
            Step::Raised | Step::Call => return Err(Signal::Raised),
        }
    }
}
