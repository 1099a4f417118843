//! The native half of `collections.deque`: a double-ended queue, and its iterator. What builds on these methods
//! (comparison, representation, copies) is written in Coro.

use super::Building;
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::heap::Kind;
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use std::cell::Cell;
use std::collections::VecDeque;

thread_local! {
    /// The type of iterators over deques; set when the module is made.
    static ITERATOR: Cell<Option<TypeRef>> = const { Cell::new(None) };
    /// The type `_collections.deque`.
    static DEQUE: Cell<Option<TypeRef>> = const { Cell::new(None) };
}

/// Items, the limit of their number, and a count of changes for iterators to notice.
struct Deque {
    items: VecDeque<Ref>,
    limit: Option<usize>,
    changes: u64,
}

impl OpaqueData for Deque {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        self.items.iter().for_each(|item| visit(item.value()));
    }

    fn clear(&mut self) {
        let items = std::mem::take(&mut self.items);
        drop(items);
    }
}

/// Where an iterator is; `deque` is None at the end.
struct DequeIter {
    deque: Ref,
    at: usize,
    backwards: bool,
    changes: u64,
}

impl OpaqueData for DequeIter {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(self.deque.value());
    }

    fn clear(&mut self) {
        let deque = std::mem::replace(&mut self.deque, Ref::NONE);
        drop(deque);
    }
}

natives! { METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, 3, keywords;
    "append", append, 2, 2;
    "appendleft", append_left, 2, 2;
    "pop", pop, 1, 1;
    "popleft", pop_left, 1, 1;
    "extend", extend, 2, 2;
    "extendleft", extend_left, 2, 2;
    "clear", clear, 1, 1;
    "rotate", rotate, 1, 2;
    "reverse", reverse, 1, 1;
    "insert", insert, 3, 3;
    "remove", remove, 2, 2;
    "index", index, 2, 4;
    "count", count, 2, 2;
    "__len__", len, 1, 1;
    "__contains__", contains, 2, 2;
    "__getitem__", get_item, 2, 2;
    "__setitem__", set_item, 3, 3;
    "__delitem__", del_item, 2, 2;
    "__iter__", iter, 1, 1;
    "__reversed__", reversed, 1, 1;
}

natives! { GETTERS;
    "maxlen", maxlen, 1, 1;
}

natives! { ITERATOR_METHODS;
    "__iter__", iter_self, 1, 1;
    "__next__", next, 1, 1;
    "__length_hint__", length_hint, 1, 1;
}

/// Makes the module `_collections`.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_collections");
    let deque = vm.define_type("collections.deque", &[], Kind::Opaque, METHODS);
    vm.add_getters(deque, GETTERS);
    vm.set_class_attr(deque, "__hash__", Ref::NONE);
    let iterator = vm.define_type("_collections._deque_iterator", &[], Kind::Opaque, ITERATOR_METHODS);
    ITERATOR.set(Some(iterator));
    DEQUE.set(Some(deque));
    building.types(&[deque, iterator]);
    building.functions(vm, "_collections", super::counting::FUNCTIONS);
    Ok(building.module)
}

/// The receiver's data. Not to be kept across anything that runs Coro code.
fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut Deque> {
    match args.values[0].opaque::<Deque>() {
        Some(deque) => Ok(deque),
        None => {
            let given = vm.type_name(args.values[0]);
            Err(vm.type_error(format!("descriptor requires a 'collections.deque' object but received a '{given}'")))
        }
    }
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(base) = DEQUE.get() else { return Ok(Ref::NONE) };
    let class = vm.class_arg(args.values[0], base)?;
    let data = Deque { items: VecDeque::new(), limit: None, changes: 0 };
    let object = Ref::opaque(base, data);
    Ok(vm.as_subclass(class, object))
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<2> =
        Parameters { function: "deque", names: ["iterable", "maxlen"], required: 0, positional: 2 };
    let [iterable, limit] = PARAMETERS.bind(vm, args, 1)?;
    let limit = match limit.filter(|limit| !limit.is_none()) {
        None => None,
        Some(limit) if limit.as_int().is_none() => return Err(vm.type_error("an integer is required")),
        Some(limit) => match usize::try_from(vm.index(limit)?) {
            Ok(number) => Some(number),
            Err(_) => return Err(vm.value_error("maxlen must be non-negative")),
        },
    };
    let old = {
        let deque = this(vm, &args)?;
        deque.limit = limit;
        std::mem::take(&mut deque.items)
    };
    drop(old);
    match iterable {
        Some(iterable) => add_all(vm, &args, iterable, false),
        None => Ok(Ref::NONE),
    }
}

/// Adds at one end; what falls out at the other end is returned, to be dropped by the caller.
#[inline]
fn push(deque: &mut Deque, item: Ref, left: bool) -> Option<Ref> {
    deque.changes += 1;
    if left {
        deque.items.push_front(item);
    } else {
        deque.items.push_back(item);
    }
    match deque.limit {
        Some(limit) if deque.items.len() > limit => {
            if left {
                deque.items.pop_back()
            } else {
                deque.items.pop_front()
            }
        }
        _ => None,
    }
}

fn append(vm: &mut Vm, args: Args) -> Outcome {
    let fallen = push(this(vm, &args)?, args.values[1].to_ref(), false);
    drop(fallen);
    Ok(Ref::NONE)
}

fn append_left(vm: &mut Vm, args: Args) -> Outcome {
    let fallen = push(this(vm, &args)?, args.values[1].to_ref(), true);
    drop(fallen);
    Ok(Ref::NONE)
}

fn pop(vm: &mut Vm, args: Args) -> Outcome {
    let deque = this(vm, &args)?;
    deque.changes += 1;
    match deque.items.pop_back() {
        Some(item) => Ok(item),
        None => Err(vm.index_error("pop from an empty deque")),
    }
}

fn pop_left(vm: &mut Vm, args: Args) -> Outcome {
    let deque = this(vm, &args)?;
    deque.changes += 1;
    match deque.items.pop_front() {
        Some(item) => Ok(item),
        None => Err(vm.index_error("pop from an empty deque")),
    }
}

fn add_all(vm: &mut Vm, args: &Args, iterable: Value, left: bool) -> Outcome {
    let items = vm.collect(iterable)?;
    for item in items {
        let fallen = push(this(vm, args)?, item, left);
        drop(fallen);
    }
    Ok(Ref::NONE)
}

fn extend(vm: &mut Vm, args: Args) -> Outcome {
    add_all(vm, &args, args.values[1], false)
}

fn extend_left(vm: &mut Vm, args: Args) -> Outcome {
    add_all(vm, &args, args.values[1], true)
}

fn clear(vm: &mut Vm, args: Args) -> Outcome {
    let deque = this(vm, &args)?;
    deque.changes += 1;
    let items = std::mem::take(&mut deque.items);
    drop(items);
    Ok(Ref::NONE)
}

fn rotate(vm: &mut Vm, args: Args) -> Outcome {
    let steps = match args.values.get(1) {
        Some(steps) => vm.index(*steps)?,
        None => 1,
    };
    let deque = this(vm, &args)?;
    let len = deque.items.len() as i64;
    if len > 1 {
        deque.changes += 1;
        deque.items.rotate_right(steps.rem_euclid(len) as usize);
    }
    Ok(Ref::NONE)
}

fn reverse(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args)?.items.make_contiguous().reverse();
    Ok(Ref::NONE)
}

fn insert(vm: &mut Vm, args: Args) -> Outcome {
    let at = vm.index(args.values[1])?;
    let deque = this(vm, &args)?;
    if deque.limit.is_some_and(|limit| deque.items.len() >= limit) {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    let len = deque.items.len() as i64;
    let at = if at < 0 { (at + len).max(0) } else { at.min(len) };
    deque.changes += 1;
    deque.items.insert(at as usize, args.values[2].to_ref());
    Ok(Ref::NONE)
}

/// The first place from `start` to before `stop` of an item equal to the argument; an error if the deque changes.
fn find(vm: &mut Vm, args: &Args, start: usize, stop: usize) -> Outcome<Option<usize>> {
    let changes = this(vm, args)?.changes;
    let mut at = start;
    loop {
        let deque = this(vm, args)?;
        if deque.changes != changes {
            let class = vm.types.exc.runtime_error;
            return Err(vm.raise(class, "deque mutated during iteration"));
        }
        let Some(item) = deque.items.get(at).filter(|_| at < stop).cloned() else { return Ok(None) };
        if vm.equal(*item, args.values[1])? {
            return Ok(Some(at));
        }
        at += 1;
    }
}

fn remove(vm: &mut Vm, args: Args) -> Outcome {
    match find(vm, &args, 0, usize::MAX)? {
        Some(at) => {
            let deque = this(vm, &args)?;
            deque.changes += 1;
            let removed = deque.items.remove(at);
            drop(removed);
            Ok(Ref::NONE)
        }
        None => Err(absent(vm, args.values[1])?),
    }
}

fn index(vm: &mut Vm, args: Args) -> Outcome {
    let mut bounds = [0, i64::MAX];
    for (bound, given) in bounds.iter_mut().zip(&args.pos()[2..]) {
        *bound = vm.index(*given)?;
    }
    let len = this(vm, &args)?.items.len() as i64;
    let [start, stop] = bounds.map(|bound| if bound < 0 { (bound + len).max(0) } else { bound.min(len) } as usize);
    match find(vm, &args, start, stop)? {
        Some(at) => Ok(Ref::int(at as i64)),
        None => Err(absent(vm, args.values[1])?),
    }
}

/// The error that the value is not among the items.
fn absent(vm: &mut Vm, value: Value) -> Outcome<Signal> {
    let shown = vm.repr(value)?;
    Ok(vm.value_error(format!("{} is not in deque", shown.as_str().unwrap_or("?"))))
}

fn count(vm: &mut Vm, args: Args) -> Outcome {
    let (mut found, mut start) = (0, 0);
    while let Some(at) = find(vm, &args, start, usize::MAX)? {
        found += 1;
        start = at + 1;
    }
    Ok(Ref::int(found))
}

fn len(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this(vm, &args)?.items.len() as i64))
}

fn contains(vm: &mut Vm, args: Args) -> Outcome {
    find(vm, &args, 0, usize::MAX).map(|found| Ref::bool(found.is_some()))
}

/// The argument as a place in the deque.
fn place(vm: &mut Vm, args: &Args) -> Outcome<usize> {
    let given = args.values[1];
    if given.as_int().is_none() && vm.special(given, vm.names.index).is_none() {
        let message = format!("sequence index must be integer, not '{}'", vm.type_name(given));
        return Err(vm.type_error(message));
    }
    let at = vm.index(given)?;
    let len = this(vm, args)?.items.len() as i64;
    let at = if at < 0 { at + len } else { at };
    if (0..len).contains(&at) { Ok(at as usize) } else { Err(vm.index_error("deque index out of range")) }
}

fn get_item(vm: &mut Vm, args: Args) -> Outcome {
    let at = place(vm, &args)?;
    Ok(this(vm, &args)?.items[at].clone())
}

fn set_item(vm: &mut Vm, args: Args) -> Outcome {
    let at = place(vm, &args)?;
    let old = std::mem::replace(&mut this(vm, &args)?.items[at], args.values[2].to_ref());
    drop(old);
    Ok(Ref::NONE)
}

fn del_item(vm: &mut Vm, args: Args) -> Outcome {
    let at = place(vm, &args)?;
    let deque = this(vm, &args)?;
    deque.changes += 1;
    let removed = deque.items.remove(at);
    drop(removed);
    Ok(Ref::NONE)
}

fn maxlen(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this(vm, &args)?.limit.map_or(Ref::NONE, |limit| Ref::int(limit as i64)))
}

fn iterate(vm: &mut Vm, args: &Args, backwards: bool) -> Outcome {
    let changes = this(vm, args)?.changes;
    let Some(class) = ITERATOR.get() else { return Ok(Ref::NONE) };
    Ok(Ref::opaque(class, DequeIter { deque: args.values[0].to_ref(), at: 0, backwards, changes }))
}

fn iter(vm: &mut Vm, args: Args) -> Outcome {
    iterate(vm, &args, false)
}

fn reversed(vm: &mut Vm, args: Args) -> Outcome {
    iterate(vm, &args, true)
}

fn iter_self(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].to_ref())
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    let Some(iter) = args.values[0].opaque::<DequeIter>() else { return Err(vm.stop_iteration(Ref::NONE)) };
    let Some(deque) = iter.deque.opaque::<Deque>() else { return Err(vm.stop_iteration(Ref::NONE)) };
    if deque.changes != iter.changes {
        let class = vm.types.exc.runtime_error;
        return Err(vm.raise(class, "deque mutated during iteration"));
    }
    let len = deque.items.len();
    if iter.at < len {
        let at = if iter.backwards { len - 1 - iter.at } else { iter.at };
        let item = deque.items[at].clone();
        iter.at += 1;
        return Ok(item);
    }
    let finished = std::mem::replace(&mut iter.deque, Ref::NONE);
    drop(finished);
    Err(vm.stop_iteration(Ref::NONE))
}

fn length_hint(_: &mut Vm, args: Args) -> Outcome {
    let left = args.values[0].opaque::<DequeIter>().and_then(|iter| {
        let deque = iter.deque.opaque::<Deque>()?;
        (deque.changes == iter.changes).then(|| deque.items.len().saturating_sub(iter.at))
    });
    Ok(Ref::int(left.unwrap_or(0) as i64))
}
