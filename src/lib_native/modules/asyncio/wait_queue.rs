//! `_asyncio.WaitQueue`: futures of those who wait for a primitive, in order of coming.

use super::future;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::future::{Future, fut};
use crate::object::opaque::OpaqueData;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use std::collections::VecDeque;

natives! {
    METHODS;
    "__new__", new, 1, 1;
    "__len__", len, 1, 1;
    "add", add, 2, 2;
    "remove", remove, 2, 2;
    "all_cancelled", all_cancelled, 1, 1;
    "wake_first", wake_first, 1, 1;
    "wake_first_pending", wake_first_pending, 1, 1;
    "wake_next", wake_next, 1, 1;
    "wake", wake, 2, 2;
    "wake_all", wake_all, 1, 1;
}

struct WaitQueue {
    waiters: VecDeque<Ref>,
}

impl OpaqueData for WaitQueue {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        self.waiters.iter().for_each(|w| visit(**w));
    }

    fn clear(&mut self) {
        drop(std::mem::take(&mut self.waiters));
    }
}

/// The queue behind `self`.
macro_rules! this {
    ($vm:expr, $args:expr) => {
        match $args.values[0].opaque::<WaitQueue>() {
            Some(queue) => queue,
            None => return Err($vm.type_error("a wait queue is needed")),
        }
    };
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    match args.values[0].as_type() {
        Some(class) => Ok(Ref::opaque(class, WaitQueue { waiters: VecDeque::new() })),
        None => Err(vm.type_error("a type is needed")),
    }
}

fn len(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this!(vm, args).waiters.len() as i64))
}

/// A new waiter on the given loop.
fn add(vm: &mut Vm, args: Args) -> Outcome {
    let waiter = Future::alloc(args.values[1].to_ref());
    this!(vm, args).waiters.push_back(waiter.clone());
    Ok(waiter)
}

/// Takes a waiter out, if it is there.
fn remove(vm: &mut Vm, args: Args) -> Outcome {
    let queue = this!(vm, args);
    let at = queue.waiters.iter().position(|w| **w == args.values[1]);
    let removed = at.and_then(|at| queue.waiters.remove(at));
    drop(removed);
    Ok(Ref::NONE)
}

/// Nobody waits in earnest.
fn all_cancelled(vm: &mut Vm, args: Args) -> Outcome {
    let queue = this!(vm, args);
    Ok(Ref::bool(queue.waiters.iter().all(|w| w.as_future().is_some_and(|f| f.is_cancelled()))))
}

fn settle(vm: &mut Vm, waiter: &Ref) -> Outcome<()> {
    future::finish(vm, waiter, fut::FINISHED, Ref::bool(true))
}

fn is_pending(waiter: &Ref) -> bool {
    waiter.as_future().is_some_and(|f| !f.is_done())
}

/// Wakes the first waiter unless it is awake; it stays in the queue.
fn wake_first(vm: &mut Vm, args: Args) -> Outcome {
    let first = this!(vm, args).waiters.front().cloned();
    if let Some(first) = first.filter(is_pending) {
        settle(vm, &first)?;
    }
    Ok(Ref::NONE)
}

/// Wakes the first waiter that is not awake; whether there was one.
fn wake_first_pending(vm: &mut Vm, args: Args) -> Outcome {
    let first = this!(vm, args).waiters.iter().find(|w| is_pending(w)).cloned();
    match first {
        Some(first) => {
            settle(vm, &first)?;
            Ok(Ref::bool(true))
        }
        None => Ok(Ref::bool(false)),
    }
}

/// Takes waiters out until one could be woken.
fn wake_next(vm: &mut Vm, args: Args) -> Outcome {
    while let Some(next) = this!(vm, args).waiters.pop_front() {
        if is_pending(&next) {
            settle(vm, &next)?;
            break;
        }
    }
    Ok(Ref::NONE)
}

/// Wakes up to that many; they stay in the queue.
fn wake(vm: &mut Vm, args: Args) -> Outcome {
    let most = vm.index(args.values[1])?.max(0) as usize;
    let waiters: Vec<Ref> = this!(vm, args).waiters.iter().filter(|w| is_pending(w)).take(most).cloned().collect();
    for waiter in waiters {
        settle(vm, &waiter)?;
    }
    Ok(Ref::NONE)
}

/// Wakes all; they stay in the queue.
fn wake_all(vm: &mut Vm, args: Args) -> Outcome {
    let waiters: Vec<Ref> = this!(vm, args).waiters.iter().filter(|w| is_pending(w)).cloned().collect();
    for waiter in waiters {
        settle(vm, &waiter)?;
    }
    Ok(Ref::NONE)
}
