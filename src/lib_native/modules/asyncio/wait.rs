//! Methods of native waits (they pass for coroutines) and of what a future's `__await__` gives.

use super::future::FutureIter;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::future::{Wait, WaitState};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::Step;

natives! {
    METHODS;
    "__repr__", repr, 1, 1;
    "__await__", this, 1, 1;
    "__iter__", this, 1, 1;
    "__next__", next, 1, 1;
    "send", send, 2, 2;
    "throw", throw, 2, 4;
    "close", close, 1, 1;
}

natives! {
    GETTERS;
    "__name__", name, 1, 1;
    "__qualname__", qualname, 1, 1;
    "cr_running", never, 1, 1;
    "cr_await", nothing, 1, 1;
    "cr_suspended", suspended, 1, 1;
    "cr_origin", nothing, 1, 1;
}

natives! {
    ITER_METHODS;
    "__iter__", this, 1, 1;
    "__next__", iter_next, 1, 1;
    "send", iter_send, 2, 2;
    "throw", iter_throw, 2, 4;
    "close", iter_close, 1, 1;
}

fn this(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].to_ref())
}

/// The coroutine function that it stands for.
pub(super) fn function_name(value: Value) -> &'static str {
    value.get::<Wait>().map_or("sleep", |w| w.what.function_name())
}

fn repr(_: &mut Vm, args: Args) -> Outcome {
    let name = function_name(args.values[0]);
    Ok(Ref::str(&format!("<coroutine object {name} at {:#x}>", args.values[0].identity())))
}

fn qualname(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::str(function_name(args.values[0])))
}

fn name(_: &mut Vm, args: Args) -> Outcome {
    let name = function_name(args.values[0]);
    Ok(Ref::str(name.rsplit('.').next().unwrap_or(name)))
}

fn never(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::bool(false))
}

fn nothing(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::NONE)
}

fn suspended(_: &mut Vm, args: Args) -> Outcome {
    let suspended =
        args.values[0].get::<Wait>().is_some_and(|w| !matches!(w.state, WaitState::Fresh | WaitState::Done));
    Ok(Ref::bool(suspended))
}

/// A step as a native `send` gives it: the end is StopIteration.
fn outcome_of(vm: &mut Vm, step: Step) -> Outcome {
    vm.outcome_of(step)
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    let step = vm.next_waitable(args.values[0]);
    outcome_of(vm, step)
}

fn send(vm: &mut Vm, args: Args) -> Outcome {
    if !args.values[1].is_none() && args.values[0].get::<Wait>().is_some_and(|w| w.state == WaitState::Fresh) {
        return Err(vm.type_error("can't send non-None value to a just-started coroutine"));
    }
    next(vm, args)
}

fn throw(vm: &mut Vm, args: Args) -> Outcome {
    let exc = vm.exception_to_throw(&args.values[1..])?;
    Err(vm.throw_waitable(args.values[0], exc))
}

fn close(_: &mut Vm, args: Args) -> Outcome {
    if let Some(wait) = args.values[0].get_mut::<Wait>() {
        wait.begin();
        wait.state = WaitState::Done;
        let held = (wait.source.take(), wait.value.take());
        drop(held);
    }
    Ok(Ref::NONE)
}

/// The future that an iterator walks; None once it is finished.
fn future_of(value: Value) -> Ref {
    value.opaque::<FutureIter>().map_or(Ref::NONE, |i| i.future.clone())
}

fn finish(value: Value) {
    if let Some(iter) = value.opaque::<FutureIter>() {
        let future = iter.future.take();
        drop(future);
    }
}

fn iter_next(vm: &mut Vm, args: Args) -> Outcome {
    let future = future_of(args.values[0]);
    if future.is_none() {
        return Err(vm.stop_iteration(Ref::NONE));
    }
    let step = vm.next_waitable(*future);
    if !matches!(step, Step::Item(_)) {
        finish(args.values[0]);
    }
    outcome_of(vm, step)
}

fn iter_send(vm: &mut Vm, args: Args) -> Outcome {
    iter_next(vm, args)
}

fn iter_throw(vm: &mut Vm, args: Args) -> Outcome {
    let exc = vm.exception_to_throw(&args.values[1..])?;
    finish(args.values[0]);
    Err(vm.raise_value(exc))
}

fn iter_close(_: &mut Vm, args: Args) -> Outcome {
    finish(args.values[0]);
    Ok(Ref::NONE)
}
