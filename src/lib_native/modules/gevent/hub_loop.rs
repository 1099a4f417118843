//! The hub's queues. One turn: the calls that are queued, those queued meanwhile included; then the outside is waited for
//! (not at all if calls are left); then timers that are due, descriptors that are ready, and timers of low priority.

use crate::event_loop::clock::{self, Nanos};
use crate::event_loop::reactor::Direction;
use crate::event_loop::ready::{Entry, Ready, What};
use crate::event_loop::state::EventLoop;
use crate::lib_native::modules::asyncio::{finish_elsewhere, look_outside, wait_outside};
use crate::lib_native::modules::channel;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::future::{Handle, handle_flag};
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::interrupt;
use crate::vm::native::MANY;
use std::cell::Cell;
use std::collections::VecDeque;

natives! {
    METHODS;
    "__new__", new, 1, 1;
    "_call", call, 2, MANY;
    "_start_timer", start_timer, 5, MANY;
    "_watch", watch, 4, MANY;
    "_unwatch", unwatch, 3, 3;
    "_turn", turn, 1, 1;
    "_has_work", has_work, 1, 1;
    "_await_loop", await_loop, 3, 3;
    "_forget_loop", forget_loop, 2, 2;
    "now", now, 1, 1;
}

/// So many calls are made before the time is looked at, and so long they may go on before the outside gets its turn.
const CALLS: u32 = 50;
const SLICE: Nanos = 5_000_000;

struct HubLoop {
    /// An event loop: its timers, and in its ready queue what the outside has reported.
    core: Ref,
    callbacks: Ready,
    /// Due timers of low priority.
    late: VecDeque<Ref>,
    /// Calls made in this turn, and when it began.
    made: u32,
    since: Nanos,
    /// Loops of asyncio that greenlets run, which wait for something to do; and what to call then.
    loops: Vec<(Ref, Ref)>,
}

impl OpaqueData for HubLoop {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(*self.core);
        for entry in self.callbacks.iter() {
            visit(*entry.target);
        }
        self.late.iter().for_each(|handle| visit(**handle));
        self.loops.iter().flat_map(|(event_loop, call)| [event_loop, call]).for_each(|value| visit(**value));
    }

    fn clear(&mut self) {
        drop(self.core.take());
        drop(self.callbacks.drain());
        drop(std::mem::take(&mut self.late));
        drop(std::mem::take(&mut self.loops));
    }
}

/// The receiver's data. Not to be kept across anything that runs Coro code.
macro_rules! this {
    ($vm:expr, $args:expr) => {
        match $args.values[0].opaque::<HubLoop>() {
            Some(hub_loop) => hub_loop,
            None => return Err($vm.type_error("a loop of gevent is needed")),
        }
    };
}

fn core(value: &Ref) -> Option<&mut EventLoop> {
    value.opaque::<EventLoop>()
}

thread_local! {
    /// The type of loops; set when the module is made.
    static LOOP: Cell<Option<TypeRef>> = const { Cell::new(None) };
}

/// The type of loops.
pub(super) fn define(vm: &mut Vm) -> TypeRef {
    let base = vm.define_type("gevent.core.loop", &[], Kind::Opaque, METHODS);
    LOOP.set(Some(base));
    base
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let (Some(base), Some(kit)) = (LOOP.get(), vm.sched.kit) else { return Ok(Ref::NONE) };
    let class = vm.class_arg(args.values[0], base)?;
    let core = Ref::opaque(kit.event_loop, EventLoop::new(vm.sched.clock.now(), kit.handle));
    let (callbacks, late, loops) = (Ready::default(), VecDeque::new(), Vec::new());
    let object = Ref::opaque(base, HubLoop { core, callbacks, late, made: 0, since: 0, loops });
    Ok(vm.as_subclass(class, object))
}

/// A handle for `args[at](*args[at + 1:])`.
fn handle_of(vm: &mut Vm, args: Args, at: usize, core: &Ref) -> Ref {
    let rest = &args.values[at + 1..];
    let arguments = if rest.is_empty() { Ref::NONE } else { Ref::tuple_of(rest) };
    match vm.sched.kit {
        Some(kit) => Handle::alloc(kit.handle, args.values[at].to_ref(), arguments, Ref::NONE, core.clone()),
        None => Ref::NONE,
    }
}

/// `_call(function, *args)`: a handle; `cancel()` takes the call back.
fn call(vm: &mut Vm, args: Args) -> Outcome {
    let core = this!(vm, args).core.clone();
    let handle = handle_of(vm, args, 1, &core);
    this!(vm, args).callbacks.push(Entry::new(What::Handle, handle.clone(), Ref::NONE));
    Ok(handle)
}

/// `_start_timer(seconds, late, unref, function, *args)`
fn start_timer(vm: &mut Vm, args: Args) -> Outcome {
    let delay = clock::nanos(vm.real(args.values[1])?.max(0.0));
    let (late, unref) = (vm.truth(args.values[2])?, vm.truth(args.values[3])?);
    let core_ref = this!(vm, args).core.clone();
    let made = handle_of(vm, args, 4, &core_ref);
    if let Some(handle) = made.get_mut::<Handle>() {
        handle.header.aux |= handle_flag::TIMER | handle_flag::SCHEDULED;
        handle.header.aux |= if late { handle_flag::LATE } else { 0 } | if unref { handle_flag::UNREF } else { 0 };
    }
    let deadline = vm.sched.clock.now().saturating_add(delay);
    if let Some(core) = core(&core_ref) {
        core.timers.insert(deadline, made.clone(), 0);
    }
    Ok(made)
}

fn direction(vm: &mut Vm, write: Value) -> Outcome<Direction> {
    Ok(if vm.truth(write)? { Direction::Write } else { Direction::Read })
}

/// `_watch(fd, write, function, *args)`: has the call made whenever the descriptor is ready. False if somebody else waits
/// for it.
fn watch(vm: &mut Vm, args: Args) -> Outcome {
    let fd = channel::descriptor(vm, args.values[1])?;
    let direction = direction(vm, args.values[2])?;
    if vm.sched.reactor.as_ref().is_some_and(|reactor| reactor.watcher(fd, direction).is_some()) {
        return Ok(Ref::bool(false));
    }
    let core = this!(vm, args).core.clone();
    let handle = handle_of(vm, args, 3, &core);
    drop(channel::watch(vm, fd, direction, handle, core)?);
    Ok(Ref::bool(true))
}

/// `_unwatch(fd, write)`
fn unwatch(vm: &mut Vm, args: Args) -> Outcome {
    let fd = channel::descriptor(vm, args.values[1])?;
    let direction = direction(vm, args.values[2])?;
    let old = vm.sched.reactor.as_mut().and_then(|reactor| reactor.unwatch(fd, direction));
    if let Some(handle) = old.as_ref().and_then(|watcher| watcher.handle.get_mut::<Handle>()) {
        handle.header.aux |= handle_flag::CANCELLED;
    }
    Ok(Ref::NONE)
}

fn is_alive(handle: &Ref) -> bool {
    handle.get::<Handle>().is_some_and(|h| !h.has(handle_flag::CANCELLED))
}

/// The next handle to run, after waiting for one if need be; None if nothing can ever happen.
fn turn(vm: &mut Vm, args: Args) -> Outcome {
    loop {
        if interrupt::is_pending() {
            vm.answer_signals()?;
        }
        if let Some(handle) = next_event(vm, &args)? {
            return Ok(handle);
        }
        let now = vm.sched.clock.now();
        let this = this!(vm, args);
        if this.made == 0 {
            this.since = now;
        }
        if this.made < CALLS || now.saturating_sub(this.since) < SLICE {
            while let Some(entry) = this.callbacks.take() {
                this.made += 1;
                if is_alive(&entry.target) {
                    return Ok(entry.target);
                }
            }
        }
        this.made = 0;
        if !wait(vm, &args)? {
            return Ok(Ref::NONE);
        }
    }
}

/// What timers and the outside have reported, timers of low priority last.
fn next_event(vm: &mut Vm, args: &Args) -> Outcome<Option<Ref>> {
    let core_ref = this!(vm, args).core.clone();
    while let Some(entry) = core(&core_ref).and_then(|core| core.ready.take()) {
        if entry.what != What::Handle {
            finish_elsewhere(vm, entry)?;
            continue;
        }
        let late = entry.target.get::<Handle>().is_some_and(|h| h.has(handle_flag::LATE));
        match late {
            true => this!(vm, args).late.push_back(entry.target),
            false if is_alive(&entry.target) => return Ok(Some(entry.target)),
            false => {}
        }
    }
    while let Some(handle) = this!(vm, args).late.pop_front() {
        if is_alive(&handle) {
            return Ok(Some(handle));
        }
    }
    Ok(None)
}

/// Waits for the outside and the timers, if no calls are queued. False if nothing can ever happen.
fn wait(vm: &mut Vm, args: &Args) -> Outcome<bool> {
    let core_ref = this!(vm, args).core.clone();
    wake_loops(vm, args)?;
    let busy = vm.sched.is_outside_busy();
    let Some(core) = core(&core_ref) else { return Ok(false) };
    if !this!(vm, args).callbacks.is_empty() {
        if busy {
            look_outside(vm)?;
        }
    } else {
        let deadlines = this!(vm, args).loops.iter().filter_map(|(l, _)| l.opaque::<EventLoop>()?.next_deadline());
        let waited = deadlines.min();
        if !busy && waited.is_none() && !is_awaited(core) {
            return Ok(false);
        }
        let deadline = [core.next_deadline(), waited].into_iter().flatten().min();
        wait_outside(vm, deadline, core.timers.len(), busy)?;
    }
    // Timers come before what the outside has reported.
    let reported = core.ready.drain();
    core.collect_due(vm.sched.clock.now());
    reported.into_iter().for_each(|entry| core.ready.push(entry));
    Ok(true)
}

/// A timer is waited for that keeps the loop alive.
fn is_awaited(core: &mut EventLoop) -> bool {
    let counts = |h: &Handle| !h.has(handle_flag::CANCELLED) && !h.has(handle_flag::UNREF);
    core.next_deadline().is_some() && core.timers.iter().any(|timer| timer.target.get::<Handle>().is_some_and(counts))
}

/// Loops of asyncio that have something to do now go on.
fn wake_loops(vm: &mut Vm, args: &Args) -> Outcome<()> {
    let now = vm.sched.clock.now();
    let core_ref = this!(vm, args).core.clone();
    let Some(kit) = vm.sched.kit else { return Ok(()) };
    let this = this!(vm, args);
    let due = |event_loop: &Ref| {
        event_loop
            .opaque::<EventLoop>()
            .is_some_and(|l| !l.ready.is_empty() || l.next_deadline().is_some_and(|d| d <= now))
    };
    let (woken, waiting) = std::mem::take(&mut this.loops).into_iter().partition(|(event_loop, _)| due(event_loop));
    this.loops = waiting;
    let woken: Vec<(Ref, Ref)> = woken;
    for (_, call) in woken {
        let handle = Handle::alloc(kit.handle, call, Ref::NONE, Ref::NONE, core_ref.clone());
        this.callbacks.push(Entry::new(What::Handle, handle, Ref::NONE));
    }
    Ok(())
}

/// Whether the hub would have anything to do now.
fn has_work(vm: &mut Vm, args: Args) -> Outcome {
    let now = vm.sched.clock.now();
    let this = this!(vm, args);
    let timer_due = core(&this.core).and_then(EventLoop::next_deadline).is_some_and(|deadline| deadline <= now);
    Ok(Ref::bool(timer_due || !this.callbacks.is_empty() || vm.sched.is_outside_busy()))
}

/// `_await_loop(event_loop, function)`: has the call made as soon as that loop has something to do.
fn await_loop(vm: &mut Vm, args: Args) -> Outcome {
    this!(vm, args).loops.push((args.values[1].to_ref(), args.values[2].to_ref()));
    Ok(Ref::NONE)
}

fn forget_loop(vm: &mut Vm, args: Args) -> Outcome {
    let this = this!(vm, args);
    let (gone, kept) = std::mem::take(&mut this.loops).into_iter().partition(|(l, _)| **l == args.values[1]);
    this.loops = kept;
    let gone: Vec<(Ref, Ref)> = gone;
    drop(gone);
    Ok(Ref::NONE)
}

fn now(vm: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::float(clock::seconds(vm.sched.clock.now())))
}
