//! Jobs of executors: calls that run on the loop's thread, in fibers. A job that would block (`time.sleep`, a socket's
//! `recv`) is suspended, and the loop goes on; from the inside it looks like a thread of its own, in which no loop runs.

use super::{data, future, outside};
use crate::event_loop::reactor::Direction;
use crate::event_loop::{Until, clock};
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::dict::Dict;
use crate::object::function::Machine;
use crate::object::future::{Handle, fut, handle_flag};
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::fibers::Fiber;
use std::os::fd::RawFd;

natives! {
    FUNCTIONS;
    "_job_wait", wait_for_future, 2, 2;
    "_job_number", number, 0, 0;
}

natives! {
    METHODS;
    "__new__", new, 6, 6;
    "__call__", go_on, 1, 2;
}

/// A call, and where its result goes.
struct Job {
    fiber: Option<Box<Fiber>>,
    call: Option<(Ref, Ref, Ref)>,
    event_loop: Ref,
    /// Settled with its result, unless it was cancelled.
    future: Ref,
    /// Settled when it is over.
    finished: Ref,
    context: Ref,
    /// What it waits for: handles that call the job.
    waits: Vec<Ref>,
    watched: Option<(RawFd, Direction)>,
    /// Jobs are numbered from 1.
    number: u32,
}

impl OpaqueData for Job {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        for value in [&self.event_loop, &self.future, &self.finished, &self.context].into_iter().chain(&self.waits) {
            visit(**value);
        }
        if let Some((function, args, kwargs)) = &self.call {
            [function, args, kwargs].into_iter().for_each(|value| visit(**value));
        }
    }
}

/// The type of jobs.
pub(super) fn define(vm: &mut Vm) -> TypeRef {
    vm.sched.suspend_job = Some(suspend);
    vm.define_type("_asyncio.Job", &[], Kind::Opaque, METHODS)
}

/// `Job(future, finished, function, args, kwargs)`
fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(class) = args.values[0].as_type() else { return Err(vm.type_error("a type is needed")) };
    let [future, finished, function, values, keywords] = [1, 2, 3, 4, 5].map(|at| args.values[at].to_ref());
    vm.sched.jobs_made += 1;
    let event_loop = future.as_future().map_or(Ref::NONE, |f| f.event_loop.clone());
    Ok(Ref::opaque(
        class,
        Job {
            fiber: None,
            call: Some((function, values, keywords)),
            event_loop,
            future,
            finished,
            context: Ref::NONE,
            waits: Vec::new(),
            watched: None,
            number: vm.sched.jobs_made,
        },
    ))
}

/// Begins the job, or goes on with it: what it waited for gives the argument.
fn go_on(vm: &mut Vm, args: Args) -> Outcome {
    let this = args.values[0].to_ref();
    let Some(job) = this.opaque::<Job>() else { return Err(vm.type_error("a job is needed")) };
    if let Some((fd, direction)) = job.watched.take()
        && let Some(reactor) = &mut vm.sched.reactor
    {
        drop(reactor.unwatch(fd, direction));
    }
    for wait in std::mem::take(&mut job.waits) {
        if let Some(handle) = wait.get_mut::<Handle>() {
            handle.header.aux |= handle_flag::CANCELLED;
        }
    }
    let begins = job.call.take();
    if begins.is_some() && job.future.as_future().is_none_or(|f| f.is_done()) {
        // Cancelled before it began.
        return over(vm, &this);
    }
    let mut fiber = job.fiber.take().unwrap_or_default();
    if begins.is_none() {
        vm.sched.context = job.context.take();
    }
    let outer_loop = vm.sched.running.take();
    let outer_task = vm.sched.task.take();
    let outer_job = std::mem::replace(&mut vm.sched.job, this.clone());
    let outcome = match begins {
        Some((function, values, keywords)) => {
            let mut all: Vec<Ref> = values.as_sequence().unwrap_or(&[]).to_vec();
            let named = keywords.get::<Dict>().map(Dict::atom_entries).unwrap_or_default();
            let (names, given): (Vec<Value>, Vec<Value>) = named.into_iter().unzip();
            all.extend(given.into_iter().map(|v| v.to_ref()));
            vm.start_fiber(&mut fiber, function, all, names)
        }
        None => {
            let value = args.values.get(1).map_or(Ref::NONE, |v| v.to_ref());
            vm.resume_fiber(&mut fiber, Ok(value))
        }
    };
    vm.sched.job = outer_job;
    vm.sched.task = outer_task;
    vm.sched.running = outer_loop;
    let Some(job) = this.opaque::<Job>() else { return Ok(Ref::NONE) };
    match outcome {
        Ok(None) => {
            job.context = vm.sched.context.clone();
            job.fiber = Some(fiber);
            return Ok(Ref::NONE);
        }
        Ok(Some(result)) => settle(vm, &this, fut::FINISHED, result)?,
        Err(_) => {
            let exc = vm.take_raised();
            if super::step::is_fatal(vm, *exc) {
                over(vm, &this)?;
                return Err(vm.raise_again(exc));
            }
            settle(vm, &this, fut::FAILED, exc)?;
        }
    }
    over(vm, &this)
}

fn settle(vm: &mut Vm, this: &Ref, state: u16, value: Ref) -> Outcome<()> {
    let future = this.opaque::<Job>().map_or(Ref::NONE, |job| job.future.clone());
    match future.as_future() {
        Some(object) if !object.is_done() => future::finish(vm, &future, state, value),
        _ => Ok(()),
    }
}

fn over(vm: &mut Vm, this: &Ref) -> Outcome {
    let finished = this.opaque::<Job>().map_or(Ref::NONE, |job| job.finished.clone());
    if finished.as_future().is_some_and(|f| !f.is_done()) {
        future::finish(vm, &finished, fut::FINISHED, Ref::NONE)?;
    }
    Ok(Ref::NONE)
}

/// Suspends the running job until then. The native that is to return the signal gets None after a time, whether the
/// descriptor is ready after a wait for one.
fn suspend(machine: &mut Machine, until: Until) -> Outcome<Signal> {
    let vm = Vm::of(machine);
    let this = vm.sched.job.clone();
    let Some(job) = this.opaque::<Job>() else { return Err(vm.runtime_error("no job runs")) };
    let event_loop = job.event_loop.clone();
    let (time, late) = match until {
        Until::Time(time) => (Some(time), Ref::NONE),
        Until::Ready { limit, .. } | Until::Settled { limit, .. } => (limit, Ref::bool(false)),
    };
    if let Until::Settled { future, .. } = until {
        let handle = wake_with(vm, &this, Ref::bool(true));
        job.waits.push(handle.clone());
        let wake = super::functions::bound(vm, "_run_handle", handle);
        super::future::add_callback(vm, &future.to_ref(), wake, Ref::NONE)?;
    }
    if let Until::Ready { fd, write, .. } = until {
        let direction = if write { Direction::Write } else { Direction::Read };
        let handle = wake_with(vm, &this, Ref::bool(true));
        outside::watch_for(vm, fd, direction, handle.clone(), event_loop.clone())?;
        job.watched = Some((fd, direction));
        job.waits.push(handle);
    }
    if let Some(time) = time {
        let handle = wake_with(vm, &this, late);
        job.waits.push(handle.clone());
        if let Some(data) = data(&event_loop) {
            data.timers.insert(time, handle, 0);
        }
    }
    Ok(vm.suspend_fiber())
}

/// `_job_wait(future, timeout)`: suspends the running job until the future is done; False if that took too long.
fn wait_for_future(vm: &mut Vm, args: Args) -> Outcome {
    let limit = match args.values[1].is_none() {
        true => None,
        false => Some(vm.sched.clock.now().saturating_add(clock::nanos(vm.real(args.values[1])?.max(0.0)))),
    };
    vm.block(Until::Settled { future: args.values[0], limit })?;
    Err(vm.runtime_error("the loop's own thread cannot wait for what the loop is to do"))
}

/// Which job runs: 0 is the program's own thread.
fn number(vm: &mut Vm, _: Args) -> Outcome {
    let number = vm.sched.job.opaque::<Job>().map_or(0, |job| job.number);
    Ok(Ref::int(i64::from(number)))
}

/// The loop that the running job belongs to, or None.
pub(super) fn loop_of_running(vm: &mut Vm) -> Ref {
    vm.sched.job.opaque::<Job>().map_or(Ref::NONE, |job| job.event_loop.clone())
}

/// A handle that goes on with the job.
fn wake_with(vm: &mut Vm, this: &Ref, value: Ref) -> Ref {
    let event_loop = this.opaque::<Job>().map_or(Ref::NONE, |job| job.event_loop.clone());
    match vm.sched.kit {
        Some(kit) => Handle::alloc(kit.handle, this.clone(), Ref::tuple(vec![value]), Ref::NONE, event_loop),
        None => Ref::NONE,
    }
}
