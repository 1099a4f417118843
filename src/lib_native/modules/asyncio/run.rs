//! Running a loop: passes of exactly asyncio's shape. First whatever is due comes to the end of the ready queue, then just
//! the entries that are there run; what they queue waits for the next pass.

use super::{data, gather, idle, outside, report, step};
use crate::event_loop::log::Happened;
use crate::event_loop::ready::{Entry, What};
use crate::object::call::{Args, Outcome};
use crate::object::exception::Exception;
use crate::object::future::{Handle, Task, Wait, WaitState, fut, handle_flag};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::interrupt::{self, Watch};

/// `run_forever`
pub(super) fn forever(vm: &mut Vm, event_loop: &Ref) -> Outcome<()> {
    check_startable(vm, event_loop)?;
    if let Some(data) = data(event_loop) {
        data.running = true;
    }
    let outer_task = vm.sched.task.take();
    let outer_loop = std::mem::replace(&mut vm.sched.running, event_loop.clone());
    let outer_context = vm.sched.context.take();
    let slow = vm.sched.slow.filter(|_| !vm.sched.clock.is_virtual());
    let watch = Watch::begin(slow);
    let outcome = passes(vm, event_loop);
    drop(watch);
    vm.sched.context = outer_context;
    vm.sched.running = outer_loop;
    vm.sched.task = outer_task;
    if let Some(data) = data(event_loop) {
        data.running = false;
        data.stopping = false;
    }
    outcome
}

pub(super) fn check_startable(vm: &mut Vm, event_loop: &Ref) -> Outcome<()> {
    let (closed, running) = data(event_loop).map_or((true, false), |d| (d.closed, d.running));
    if closed {
        return Err(vm.runtime_error("Event loop is closed"));
    }
    if running {
        return Err(vm.runtime_error("This event loop is already running"));
    }
    if !vm.sched.running.is_none() {
        return Err(vm.runtime_error("Cannot run the event loop while another loop is running"));
    }
    Ok(())
}

fn passes(vm: &mut Vm, event_loop: &Ref) -> Outcome<()> {
    loop {
        if interrupt::is_pending() {
            vm.answer_signals()?;
        }
        pass(vm, event_loop)?;
        if data(event_loop).is_none_or(|d| d.stopping) {
            return Ok(());
        }
    }
}

/// One pass, with long computations found; something is ready or due.
pub(super) fn watched_pass(vm: &mut Vm, event_loop: &Ref) -> Outcome<()> {
    if interrupt::is_pending() {
        vm.answer_signals()?;
    }
    let watch = Watch::begin(vm.sched.slow.filter(|_| !vm.sched.clock.is_virtual()));
    let outcome = pass(vm, event_loop);
    drop(watch);
    outcome
}

/// One pass.
fn pass(vm: &mut Vm, event_loop: &Ref) -> Outcome<()> {
    let Some(data_) = data(event_loop) else { return Ok(()) };
    vm.sched.pass = vm.sched.pass.wrapping_add(1);
    let busy = vm.sched.is_outside_busy();
    if data_.ready.is_empty() && !data_.stopping {
        let deadline = data_.next_deadline();
        if deadline.is_none() && !busy {
            return match vm.signals.is_empty() {
                true => idle::nothing_left(vm, event_loop),
                false => outside::wait_for_signal(vm),
            };
        }
        let timers = data_.timers.len();
        outside::wait(vm, deadline, timers, busy)?;
    } else if busy {
        outside::look(vm)?;
    }
    if !data_.timers.is_empty() {
        data_.collect_due(vm.sched.clock.now());
    }
    for _ in 0..data_.ready.len() {
        let Some(entry) = data(event_loop).and_then(|d| d.ready.take()) else { break };
        run_entry(vm, event_loop, entry)?;
    }
    Ok(())
}

fn run_entry(vm: &mut Vm, event_loop: &Ref, entry: Entry) -> Outcome<()> {
    let Entry { target, arg, stamp, what } = entry;
    interrupt::step_begins();
    match what {
        What::Step if arg.is_none() => step::run(vm, &target, None),
        What::Step => step::run(vm, &target, Some(arg)),
        What::Wake => step::wake(vm, &target, &arg),
        What::Slept => {
            slept(vm, event_loop, target, stamp);
            Ok(())
        }
        What::Elapsed => match target.as_future() {
            Some(future) if !future.is_done() => super::future::finish(vm, &target, fut::FINISHED, Ref::NONE),
            _ => Ok(()),
        },
        What::Settle => settle(vm, &target, arg, stamp == 1),
        What::Handle => run_handle(vm, event_loop, &target),
        What::Callback => run_callback(vm, event_loop, &target, &arg),
        What::Child => gather::child_done(vm, &target, &arg),
        What::Stop => {
            stop_for(vm, &target, &arg);
            Ok(())
        }
    }
}

/// Work for a future was done elsewhere.
pub(super) fn settle(vm: &mut Vm, target: &Ref, value: Ref, is_error: bool) -> Outcome<()> {
    match target.as_future() {
        Some(future) if !future.is_done() => {
            let state = if is_error { fut::FAILED } else { fut::FINISHED };
            super::future::finish(vm, target, state, value)
        }
        _ => Ok(()),
    }
}

/// A sleep is over: the task's step comes in the next pass, as if a future had been settled by the timer.
fn slept(vm: &mut Vm, event_loop: &Ref, target: Ref, stamp: u32) {
    let Some(task) = target.get_mut::<Task>() else { return };
    if task.stamp != stamp || !task.future.has(fut::SLEEPING) {
        return;
    }
    task.stamp = task.stamp.wrapping_add(1);
    task.future.set(fut::SLEEPING, false);
    if let Some(wait) = task.waiter.get_mut::<Wait>() {
        wait.state = WaitState::Granted;
    }
    let (serial, pass) = (task.serial, vm.sched.pass);
    vm.sched.log.record(Happened::TimerFired, serial, serial, pass);
    if let Some(data) = data(event_loop) {
        data.ready.push(Entry::new(What::Step, target, Ref::NONE));
    }
}

/// The main future of `run_until_complete` is done.
fn stop_for(vm: &mut Vm, event_loop: &Ref, future: &Ref) {
    if let Some(object) = future.as_future()
        && object.state() == fut::FAILED
    {
        object.set(fut::UNSEEN, false);
        let exc = object.result.clone();
        if exc.get::<Exception>().is_some() && step::is_fatal(vm, *exc) {
            // It has ended the loop already.
            return;
        }
    }
    if let Some(data) = data(event_loop) {
        data.stopping = true;
    }
}

fn run_handle(vm: &mut Vm, event_loop: &Ref, target: &Ref) -> Outcome<()> {
    let Some(handle) = target.get_mut::<Handle>() else { return Ok(()) };
    handle.header.aux &= !handle_flag::SCHEDULED;
    if handle.has(handle_flag::CANCELLED) {
        return Ok(());
    }
    let (callback, args, context) = (handle.callback.clone(), handle.args.clone(), handle.context.clone());
    let values: Vec<Value> = args.as_sequence().unwrap_or(&[]).iter().map(|a| **a).collect();
    let outer = std::mem::replace(&mut vm.sched.context, context);
    let outcome = vm.call(*callback, Args::positional(&values));
    let context = std::mem::replace(&mut vm.sched.context, outer);
    match outcome {
        Ok(_) => Ok(()),
        Err(_) => {
            // The exception handler is called with the variables as the callback left them.
            if let Some(handle) = target.get_mut::<Handle>() {
                handle.context = context;
            }
            callback_failed(vm, event_loop, *callback, &values, Some(target))
        }
    }
}

fn run_callback(vm: &mut Vm, event_loop: &Ref, callback: &Ref, argument: &Ref) -> Outcome<()> {
    let outer = vm.sched.context.take();
    let outcome = vm.call_values(**callback, &[**argument]);
    vm.sched.context = outer;
    match outcome {
        Ok(_) => Ok(()),
        Err(_) => callback_failed(vm, event_loop, **callback, &[**argument], None),
    }
}

/// The exception of a callback goes to the loop's exception handler.
fn callback_failed(
    vm: &mut Vm,
    event_loop: &Ref,
    callback: Value,
    args: &[Value],
    handle: Option<&Ref>,
) -> Outcome<()> {
    let exc = vm.take_raised();
    if step::is_fatal(vm, *exc) {
        return Err(vm.raise_again(exc));
    }
    let shown = super::show::callback_text(vm, callback, args);
    let message = Ref::str(&format!("Exception in callback {shown}"));
    let mut context = vec![("message", message), ("exception", exc)];
    if let Some(handle) = handle {
        context.push(("handle", handle.clone()));
    }
    report::call_handler(vm, event_loop, context)
}

/// `run_until_complete` of a future: runs until it is done, and gives its result.
pub(super) fn until_complete(vm: &mut Vm, event_loop: &Ref, future: &Ref, is_new: bool) -> Outcome {
    stop_when_done(vm, event_loop, future)?;
    let outcome = forever(vm, event_loop);
    stopped_waiting(event_loop, future, outcome.is_err() && is_new);
    outcome?;
    result_of(vm, future)
}

/// Has the loop stop when the future is done.
pub(super) fn stop_when_done(vm: &mut Vm, event_loop: &Ref, future: &Ref) -> Outcome<()> {
    super::future::add_callback(vm, future, event_loop.clone(), Ref::NONE)
}

/// The loop has stopped: the callback that was to stop it may be left over. `is_seen`: nobody will ask for the exception.
pub(super) fn stopped_waiting(event_loop: &Ref, future: &Ref, is_seen: bool) {
    let Some(object) = future.as_future() else { return };
    let kept: Vec<_> = object.take_callbacks().filter(|c| *c.target != **event_loop).collect();
    kept.into_iter().for_each(|c| object.add(c.target, c.context));
    if is_seen && object.is_done() {
        object.set(fut::UNSEEN, false);
    }
}

/// The result of a future that the loop was to run until.
pub(super) fn result_of(vm: &mut Vm, future: &Ref) -> Outcome {
    if future.as_future().is_some_and(|f| !f.is_done()) {
        return Err(vm.runtime_error("Event loop stopped before Future completed."));
    }
    vm.future_result(**future)
}
