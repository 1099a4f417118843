//! The loop and the outside: waiting for descriptors and helper threads, and what their news become.

use super::data;
use crate::event_loop::clock::Nanos;
use crate::event_loop::reactor::{Direction, Done};
use crate::event_loop::ready::{Entry, What};
use crate::lib_native::modules::channel;
use crate::object::Ref;
use crate::object::call::{Args, Outcome};
use crate::object::future::{Handle, handle_flag};
use crate::vm::Vm;
use crate::vm::interrupt;
use std::os::fd::RawFd;

/// How long a virtual clock waits for descriptors before it jumps.
const GRACE: Nanos = 1_000_000;

/// So many timers are a crowd: waking for each would cost more than it is worth. Those that are due within `TOGETHER` of the
/// first are met together (CPython's loop, which counts in milliseconds, has all of them wait for the next one).
const CROWD: usize = 1000;
const TOGETHER: Nanos = 500_000;

/// Waits until the deadline or until something happens outside. `busy`: something may.
pub(in crate::lib_native::modules) fn wait(
    vm: &mut Vm,
    deadline: Option<Nanos>,
    timers: usize,
    busy: bool,
) -> Outcome<()> {
    let now = vm.sched.clock.now();
    let mut left = deadline.map(|d| d.saturating_sub(now));
    if timers >= CROWD && !vm.sched.clock.is_virtual() {
        left = left.map(|left| left.max(TOGETHER));
    }
    if !busy {
        if let Some(left) = left.filter(|left| *left > 0) {
            vm.flush_if_slow(left);
            vm.let_pass(left);
        }
        return Ok(());
    }
    if vm.sched.clock.is_virtual()
        && let Some(left) = left
    {
        let found = poll(vm, Some(GRACE))?;
        if !found {
            vm.let_pass(left);
        }
        return Ok(());
    }
    vm.flush_if_slow(left.unwrap_or(Nanos::MAX));
    // The system counts in milliseconds: a wait that is too short would only come back early and wait again.
    poll(vm, left)?;
    Ok(())
}

/// Nothing but a signal can go on.
pub(super) fn wait_for_signal(vm: &mut Vm) -> Outcome<()> {
    vm.flush_output();
    interrupt::wait(Nanos::MAX);
    Ok(())
}

/// Takes what has happened, without waiting.
pub(in crate::lib_native::modules) fn look(vm: &mut Vm) -> Outcome<()> {
    poll(vm, Some(0)).map(drop)
}

/// Whether anything happened.
fn poll(vm: &mut Vm, timeout: Option<Nanos>) -> Outcome<bool> {
    let Some(reactor) = &mut vm.sched.reactor else { return Ok(false) };
    let (ready, done) = match reactor.wait(timeout) {
        Ok(news) => news,
        Err(error) => return Err(vm.os_error(&error, None)),
    };
    let any = !ready.is_empty() || !done.is_empty();
    for (handle, event_loop) in ready {
        if let Some(data) = data(&event_loop) {
            data.ready.push(Entry::new(What::Handle, handle, Ref::NONE));
        }
    }
    for work in done {
        deliver(vm, work);
    }
    Ok(any)
}

fn deliver(vm: &mut Vm, work: Done) {
    let Done { future, finding, convert } = work;
    let (value, stamp) = match convert(vm.machine(), finding) {
        Ok(value) => (value, 0),
        Err(_) => (vm.take_raised(), 1),
    };
    let event_loop = future.as_future().map_or(Ref::NONE, |f| f.event_loop.clone());
    if let Some(data) = data(&event_loop) {
        data.ready.push(Entry { target: future, arg: value, stamp, what: What::Settle });
    }
}

/// `add_reader(fd, callback, *args)` and its like.
pub(super) fn watch(vm: &mut Vm, args: Args, direction: Direction) -> Outcome {
    let Some(kit) = vm.sched.kit else { return Ok(Ref::NONE) };
    let fd = channel::descriptor(vm, args.values[1])?;
    let event_loop = args.values[0].to_ref();
    let rest = &args.values[3..];
    let arguments = if rest.is_empty() { Ref::NONE } else { Ref::tuple_of(rest) };
    let context = crate::lib_native::modules::contextvars::copy_current(vm);
    let handle = Handle::alloc(kit.handle, args.values[2].to_ref(), arguments, context, event_loop.clone());
    let old = channel::watch(vm, fd, direction, handle.clone(), event_loop)?;
    cancel(old);
    Ok(handle)
}

/// Has a handle run by its loop when the descriptor is ready.
pub(super) fn watch_for(vm: &mut Vm, fd: RawFd, direction: Direction, handle: Ref, event_loop: Ref) -> Outcome<()> {
    cancel(channel::watch(vm, fd, direction, handle, event_loop)?);
    Ok(())
}

/// `remove_reader(fd)` and its like: whether there was one.
pub(super) fn unwatch(vm: &mut Vm, args: Args, direction: Direction) -> Outcome {
    let fd = channel::descriptor(vm, args.values[1])?;
    let old = vm.sched.reactor.as_mut().and_then(|reactor| reactor.unwatch(fd, direction));
    let found = old.is_some();
    cancel(old.map(|watcher| watcher.handle));
    Ok(Ref::bool(found))
}

/// A watcher that is not to be told any more, even of what was seen already.
fn cancel(handle: Option<Ref>) {
    if let Some(handle) = handle.as_ref().and_then(|h| h.get_mut::<Handle>()) {
        handle.header.aux |= handle_flag::CANCELLED;
    }
}

impl Vm {
    /// Before a wait that a person would notice, what was printed is shown.
    fn flush_if_slow(&mut self, left: Nanos) {
        const NOTICEABLE: Nanos = 50_000_000;
        if left >= NOTICEABLE {
            self.flush_output();
        }
    }
}
