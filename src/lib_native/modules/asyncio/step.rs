//! One step of a task: its coroutine is resumed, and what it gives decides what the task waits for. No Coro frame stands
//! between the loop and the coroutine.

use super::{cancel, data, future, waiters};
use crate::event_loop::log::Happened;
use crate::event_loop::ready::{Entry, What};
use crate::object::call::{Outcome, Signal};
use crate::object::future::{Task, Wait, WaitState, fut};
use crate::object::heap::flag;
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::Step;
use crate::vm::resume::{Mode, Resumed};

/// Makes the next step of a task; `thrown` is an exception to throw into it.
///
/// # Errors
/// KeyboardInterrupt and SystemExit, which end the loop.
pub(super) fn run(vm: &mut Vm, task: &Ref, thrown: Option<Ref>) -> Outcome<()> {
    let Some(object) = task.get_mut::<Task>() else { return Ok(()) };
    if object.future.is_done() {
        return Ok(());
    }
    let mut thrown = thrown;
    if object.future.has(fut::MUST_CANCEL) {
        object.future.set(fut::MUST_CANCEL, false);
        let message = object.future.result.take();
        if thrown.as_ref().is_none_or(|exc| !vm.is_cancellation(**exc)) {
            thrown = Some(vm.new_cancelled_error(&message));
        }
    }
    let waiter = object.waiter.take();
    drop(waiter);
    let Some(object) = task.get_mut::<Task>() else { return Ok(()) };
    let coroutine = object.coroutine.clone();
    let context = object.context.take();
    let outer_context = std::mem::replace(&mut vm.sched.context, context);
    let outer_task = std::mem::replace(&mut vm.sched.task, task.clone());
    let outcome = resume(vm, *coroutine, thrown);
    drop(coroutine);
    vm.sched.task = outer_task;
    let context = std::mem::replace(&mut vm.sched.context, outer_context);
    if let Some(object) = task.get_mut::<Task>() {
        object.context = context;
    }
    match outcome {
        Ok((Resumed::Yielded, value)) => suspend(vm, task, value),
        Ok((Resumed::Returned | Resumed::AsyncYielded, value)) => returned(vm, task, value),
        Err(_) => failed(vm, task),
    }
}

fn resume(vm: &mut Vm, coroutine: Value, thrown: Option<Ref>) -> Outcome<(Resumed, Ref)> {
    match coroutine.kind() {
        Some(Kind::Coroutine | Kind::Generator) => match thrown {
            Some(exc) => vm.resume_native(coroutine, Mode::Throw, exc),
            None => vm.resume_native(coroutine, Mode::Send, Ref::NONE),
        },
        Some(Kind::Wait) => {
            if let Some(exc) = thrown {
                return Err(vm.throw_waitable(coroutine, exc));
            }
            match vm.next_waitable(coroutine) {
                Step::Item(item) => Ok((Resumed::Yielded, item)),
                Step::Return(result) => Ok((Resumed::Returned, result)),
                Step::End => Ok((Resumed::Returned, Ref::NONE)),
                Step::Raised | Step::Call => Err(Signal::Raised),
            }
        }
        _ => resume_foreign(vm, coroutine, thrown),
    }
}

/// Any object with `send` and `throw`.
fn resume_foreign(vm: &mut Vm, coroutine: Value, thrown: Option<Ref>) -> Outcome<(Resumed, Ref)> {
    let (name, argument) = match thrown {
        Some(exc) => (vm.names.throw, exc),
        None => (vm.names.send, Ref::NONE),
    };
    let method = vm.get_attr(coroutine, name)?;
    match vm.call_values(*method, &[*argument]) {
        Ok(item) => Ok((Resumed::Yielded, item)),
        Err(_) if vm.raised_is(vm.types.exc.stop_iteration) => {
            let exc = vm.take_raised();
            let result = vm.stop_value(*exc);
            Ok((Resumed::Returned, result))
        }
        Err(signal) => Err(signal),
    }
}

fn returned(vm: &mut Vm, task: &Ref, value: Ref) -> Outcome<()> {
    note(vm, task, Happened::Ended);
    let Some(object) = task.get_mut::<Task>() else { return Ok(()) };
    if object.future.has(fut::MUST_CANCEL) {
        // Cancelled in its last step: the result comes too late.
        let message = object.future.result.take();
        return cancel::settle_cancelled(vm, task, message, false);
    }
    future::finish(vm, task, fut::FINISHED, value)
}

fn failed(vm: &mut Vm, task: &Ref) -> Outcome<()> {
    note(vm, task, Happened::Failed);
    let exc = vm.take_raised();
    if vm.is_cancellation(*exc) {
        return cancel::settle_cancelled(vm, task, exc, true);
    }
    let fatal = is_fatal(vm, *exc);
    future::finish(vm, task, fut::FAILED, exc.clone())?;
    if fatal { Err(vm.raise_again(exc)) } else { Ok(()) }
}

/// Exceptions that end the loop, wherever they come from.
pub(super) fn is_fatal(vm: &Vm, exc: Value) -> bool {
    vm.is_instance_of(exc, vm.types.exc.keyboard_interrupt) || vm.is_instance_of(exc, vm.types.exc.system_exit)
}

fn note(vm: &mut Vm, task: &Ref, what: Happened) {
    let serial = task.get::<Task>().map_or(0, |t| t.serial);
    let pass = vm.sched.pass;
    vm.sched.log.record(what, serial, serial, pass);
}

/// Queues the task's next step for the next pass.
fn queue(task: &Ref, exc: Ref) {
    if let Some(object) = task.get::<Task>()
        && let Some(event_loop) = data(&object.future.event_loop)
    {
        event_loop.ready.push(Entry::new(What::Step, task.clone(), exc));
    }
}

/// The coroutine yielded: the task waits for what it yielded.
fn suspend(vm: &mut Vm, task: &Ref, yielded: Ref) -> Outcome<()> {
    if yielded.is_none() {
        queue(task, Ref::NONE);
        return Ok(());
    }
    match yielded.kind() {
        Some(Kind::Wait) if yielded.get::<Wait>().is_some_and(|w| w.state == WaitState::Parked) => {
            waiters::park(vm, task, yielded);
            Ok(())
        }
        Some(Kind::Future | Kind::Task) if !is_subclass(&yielded) => wait_for(vm, task, yielded),
        _ => wait_for_foreign(vm, task, yielded),
    }
}

/// Its methods may be the program's own.
fn is_subclass(value: &Ref) -> bool {
    value.as_future().is_some_and(|f| f.header.flags & flag::SUBCLASS != 0)
}

/// Registers the task with a future or task of ours.
fn wait_for(vm: &mut Vm, task: &Ref, awaited: Ref) -> Outcome<()> {
    let (Some(object), Some(future)) = (task.get_mut::<Task>(), awaited.as_future()) else { return Ok(()) };
    if *awaited == **task {
        let shown = vm.repr(**task)?;
        return throw(vm, task, format!("Task cannot await on itself: {}", shown.as_str().unwrap_or("")));
    }
    if *future.event_loop != *object.future.event_loop {
        let (one, other) = (vm.repr(**task)?, vm.repr(*awaited)?);
        let (one, other) = (one.as_str().unwrap_or(""), other.as_str().unwrap_or(""));
        return throw(vm, task, format!("Task {one} got Future {other} attached to a different loop"));
    }
    if !future.has(fut::BLOCKING) {
        let (one, other) = (vm.repr(**task)?, vm.repr(*awaited)?);
        let (one, other) = (one.as_str().unwrap_or(""), other.as_str().unwrap_or(""));
        return throw(vm, task, format!("yield was used instead of yield from in task {one} with {other}"));
    }
    future.set(fut::BLOCKING, false);
    object.waiter = awaited.clone();
    future::add_callback(vm, &awaited, task.clone(), Ref::NONE)?;
    cancel_if_due(vm, task, &awaited)
}

/// A cancellation that came before the task had anything to wait for reaches what it waits for now.
fn cancel_if_due(vm: &mut Vm, task: &Ref, awaited: &Ref) -> Outcome<()> {
    let Some(object) = task.get_mut::<Task>() else { return Ok(()) };
    if !object.future.has(fut::MUST_CANCEL) {
        return Ok(());
    }
    let message = object.future.result.clone();
    if cancel::cancel(vm, **awaited, &message)?
        && let Some(object) = task.get_mut::<Task>()
    {
        object.future.set(fut::MUST_CANCEL, false);
        drop(object.future.result.take());
    }
    Ok(())
}

/// An object that is no future of ours: one that says it is a future, or an error.
fn wait_for_foreign(vm: &mut Vm, task: &Ref, awaited: Ref) -> Outcome<()> {
    let name = vm.names.asyncio_future_blocking;
    let flag = vm.get_attr_opt(*awaited, name)?.filter(|flag| !flag.is_none());
    if *awaited == **task {
        let shown = vm.repr(**task)?;
        return throw(vm, task, format!("Task cannot await on itself: {}", shown.as_str().unwrap_or("")));
    }
    if let Some(flag) = flag {
        if !vm.truth(*flag)? {
            let (one, other) = (vm.repr(**task)?, vm.repr(*awaited)?);
            let (one, other) = (one.as_str().unwrap_or(""), other.as_str().unwrap_or(""));
            return throw(vm, task, format!("yield was used instead of yield from in task {one} with {other}"));
        }
        vm.set_attr(*awaited, name, Ref::bool(false))?;
        let add = vm.atom("add_done_callback");
        let add = vm.get_attr(*awaited, add)?;
        let wakeup = super::functions::bound(vm, "_wake", task.clone());
        vm.call_values(*add, &[*wakeup])?;
        if let Some(object) = task.get_mut::<Task>() {
            object.waiter = awaited.clone();
        }
        return cancel_if_due(vm, task, &awaited);
    }
    let (one, other) = (vm.repr(**task)?, vm.repr(*awaited)?);
    let (one, other) = (one.as_str().unwrap_or(""), other.as_str().unwrap_or(""));
    let message = match awaited.kind() {
        Some(Kind::Generator | Kind::Coroutine) => {
            format!("yield was used instead of yield from for generator in task {one} with {other}")
        }
        _ => format!("Task got bad yield: {other}"),
    };
    throw(vm, task, message)
}

/// A RuntimeError is thrown into the task in the next pass.
fn throw(vm: &mut Vm, task: &Ref, message: String) -> Outcome<()> {
    let class = vm.types.exc.runtime_error;
    let text = Ref::str(&message);
    let exc = vm.make_exception(class, &[*text]);
    queue(task, exc);
    Ok(())
}

/// What a task waited for is done: the next step. A failure is thrown, as anybody on the way may have caught the future.
pub(super) fn wake(vm: &mut Vm, task: &Ref, awaited: &Ref) -> Outcome<()> {
    let thrown = match awaited.as_future() {
        Some(future) => match future.state() {
            fut::FAILED => {
                future.set(fut::UNSEEN, false);
                Some(future.result.clone())
            }
            fut::CANCELLED => Some(vm.cancelled_error(**awaited)),
            _ => None,
        },
        None => foreign_failure(vm, awaited)?,
    };
    run(vm, task, thrown)
}

fn foreign_failure(vm: &mut Vm, awaited: &Ref) -> Outcome<Option<Ref>> {
    let name = vm.atom("result");
    let result = vm.get_attr(**awaited, name)?;
    match vm.call_values(*result, &[]) {
        Ok(_) => Ok(None),
        Err(_) => Ok(Some(vm.take_raised())),
    }
}
