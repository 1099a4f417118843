//! Who waits for a primitive: tasks (or futures that stand for other drivers) with their waits, in order of coming.
//!
//! A task that suspends with a wait is registered by its step ([`park`]); the primitive grants the wait ([`Waiters::grant`]),
//! which queues the task's next step; in that step the wait goes on by its primitive's rules (`sync`, `queue`).

use super::{data, future, queue, sync};
use crate::event_loop::WaitStep;
use crate::event_loop::clock;
use crate::event_loop::log::Happened;
use crate::event_loop::ready::{Entry, What};
use crate::object::call::Outcome;
use crate::object::function::Machine;
use crate::object::future::{Future, Task, Wait, WaitFor, WaitState, fut};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use std::collections::VecDeque;

/// One who waits.
pub(super) struct Waiter {
    /// The task, or the future that stands for another driver.
    who: Ref,
    wait: Ref,
}

#[derive(Default)]
pub(super) struct Waiters {
    line: VecDeque<Waiter>,
}

impl Waiters {
    pub(super) fn len(&self) -> usize {
        self.line.len()
    }

    fn push(&mut self, who: Ref, wait: Ref) {
        self.line.push_back(Waiter { who, wait });
    }

    /// Takes a wait out of the line; it is near the front as a rule.
    pub(super) fn remove(&mut self, wait: Value) -> Option<Waiter> {
        let at = self.line.iter().position(|w| *w.wait == wait)?;
        self.line.remove(at)
    }

    /// Nobody in the line is there in earnest.
    pub(super) fn all_cancelled(&self) -> bool {
        self.line.iter().all(|w| state_of(*w.wait) == WaitState::Cancelled)
    }

    /// The first one, if it waits still.
    pub(super) fn first(&self) -> Option<(Ref, Ref)> {
        let first = self.line.front()?;
        (state_of(*first.wait) == WaitState::Parked).then(|| (first.who.clone(), first.wait.clone()))
    }

    /// The first one that waits still.
    pub(super) fn first_parked(&self) -> Option<(Ref, Ref)> {
        let first = self.line.iter().find(|w| state_of(*w.wait) == WaitState::Parked)?;
        Some((first.who.clone(), first.wait.clone()))
    }

    /// Takes out up to and with the first one that waits still.
    pub(super) fn take_parked(&mut self) -> Option<(Ref, Ref)> {
        while let Some(Waiter { who, wait }) = self.line.pop_front() {
            if state_of(*wait) == WaitState::Parked {
                return Some((who, wait));
            }
        }
        None
    }

    /// The one at this place, if it waits still.
    pub(super) fn parked_at(&self, at: usize) -> Option<(Ref, Ref)> {
        let waiter = self.line.get(at)?;
        (state_of(*waiter.wait) == WaitState::Parked).then(|| (waiter.who.clone(), waiter.wait.clone()))
    }

    pub(super) fn visit(&self, visit: &mut dyn FnMut(Value)) {
        for waiter in &self.line {
            visit(*waiter.who);
            visit(*waiter.wait);
        }
    }

    pub(super) fn clear(&mut self) {
        drop(std::mem::take(&mut self.line));
    }
}

pub(super) fn state_of(wait: Value) -> WaitState {
    wait.get::<Wait>().map_or(WaitState::Done, |w| w.state)
}

/// What somebody waits for is there: the task's step comes in the next pass.
pub(super) fn grant(vm: &mut Vm, (who, wait): (Ref, Ref)) -> Outcome<()> {
    if let Some(wait) = wait.get_mut::<Wait>() {
        wait.state = WaitState::Granted;
    }
    let Some(task) = who.get::<Task>() else {
        return future::finish(vm, &who, fut::FINISHED, Ref::NONE);
    };
    let (serial, cause, pass) = (task.serial, vm.sched.current_serial(), vm.sched.pass);
    vm.sched.log.record(Happened::Woken, serial, cause, pass);
    let event_loop = task.future.event_loop.clone();
    match data(&event_loop) {
        Some(event_loop) if event_loop.closed => Err(vm.runtime_error("Event loop is closed")),
        Some(event_loop) => {
            event_loop.ready.push(Entry::new(What::Step, who, Ref::NONE));
            Ok(())
        }
        None => Ok(()),
    }
}

/// A task suspends with a wait of ours.
pub(super) fn park(vm: &mut Vm, task: &Ref, wait: Ref) {
    let Some(object) = task.get_mut::<Task>() else { return };
    object.waiter = wait.clone();
    if object.future.has(fut::MUST_CANCEL) {
        // It cancelled itself and waits all the same.
        object.future.set(fut::MUST_CANCEL, false);
        let message = object.future.result.take();
        enqueue(vm, task.clone(), &wait);
        cancel(vm, task, &wait, &message);
        return;
    }
    enqueue(vm, task.clone(), &wait);
}

/// Puts somebody into the line of what the wait is for.
fn enqueue(vm: &mut Vm, who: Ref, wait: &Ref) {
    let Some(object) = wait.get::<Wait>() else { return };
    match object.what {
        WaitFor::Sleep => arm(vm, who, wait),
        WaitFor::Event | WaitFor::Lock | WaitFor::Semaphore => {
            if let Some(waiters) = sync::waiters(&object.source) {
                waiters.push(who, wait.clone());
            }
        }
        WaitFor::QueueGet | WaitFor::QueuePut => {
            if let Some(waiters) = queue::waiters(&object.source, object.what) {
                waiters.push(who, wait.clone());
            }
        }
        WaitFor::Nothing => {}
    }
}

/// Sets the timer of a sleep: no object stands for it but the wheel's entry.
fn arm(vm: &mut Vm, who: Ref, wait: &Ref) {
    let seconds = wait.get::<Wait>().map_or(0.0, |w| super::event_loop::plain_seconds(*w.source).unwrap_or(0.0));
    let deadline = vm.sched.clock.now().saturating_add(clock::nanos(seconds));
    let (event_loop, stamp) = match who.get_mut::<Task>() {
        Some(task) => {
            task.future.set(fut::SLEEPING, true);
            (task.future.event_loop.clone(), task.stamp)
        }
        None => (who.as_future().map_or(Ref::NONE, |f| f.event_loop.clone()), 0),
    };
    if let Some(event_loop) = data(&event_loop) {
        event_loop.timers.insert(deadline, who, stamp);
    }
}

/// A task that waits is cancelled: whether that reached it in time. Its step comes with the error in the next pass.
pub(super) fn cancel(vm: &mut Vm, task: &Ref, wait: &Ref, message: &Ref) -> bool {
    let Some(object) = wait.get_mut::<Wait>() else { return false };
    if object.state != WaitState::Parked {
        return false;
    }
    object.state = WaitState::Cancelled;
    let exc = vm.new_cancelled_error(message);
    let Some(task_object) = task.get_mut::<Task>() else { return false };
    let event_loop = task_object.future.event_loop.clone();
    let mut swept = Vec::new();
    if let Some(event_loop) = data(&event_loop) {
        if task_object.future.has(fut::SLEEPING) {
            task_object.future.set(fut::SLEEPING, false);
            task_object.stamp = task_object.stamp.wrapping_add(1);
            swept = event_loop.timer_died();
        }
        event_loop.ready.push(Entry::new(What::Step, task.clone(), exc));
    }
    drop(swept);
    true
}

/// The step of any wait.
pub(super) fn step(machine: &mut Machine, value: Value, thrown: Option<Ref>, direct: bool) -> WaitStep {
    let vm = Vm::of(machine);
    let Some(wait) = value.get_mut::<Wait>() else { return WaitStep::Raised };
    wait.begin();
    if wait.state == WaitState::Parked && thrown.is_none() && wait.what != WaitFor::Sleep {
        // It goes on when it is granted, not before.
        vm.runtime_error("await wasn't used with future");
        return WaitStep::Raised;
    }
    let advance = match wait.what {
        WaitFor::Sleep => sleep(vm, value, thrown),
        WaitFor::Event | WaitFor::Lock | WaitFor::Semaphore => sync::advance(vm, value, thrown),
        WaitFor::QueueGet | WaitFor::QueuePut => queue::advance(vm, value, thrown),
        WaitFor::Nothing => Ok(Advance::Return(Ref::NONE)),
    };
    let Some(wait) = value.get_mut::<Wait>() else { return WaitStep::Raised };
    match advance {
        Ok(Advance::Return(result)) => {
            wait.state = WaitState::Done;
            WaitStep::Return(if wait.quiet { Ref::NONE } else { result })
        }
        Ok(Advance::OnePass) => {
            wait.state = WaitState::Granted;
            WaitStep::Suspend(Ref::NONE)
        }
        Ok(Advance::Park) => suspend(vm, value, direct),
        Err(_) => {
            wait.state = WaitState::Done;
            WaitStep::Raised
        }
    }
}

/// What a wait does next.
pub(super) enum Advance {
    Return(Ref),
    /// Wait for whatever it is.
    Park,
    /// Let the others have one pass.
    OnePass,
}

fn suspend(vm: &mut Vm, value: Value, direct: bool) -> WaitStep {
    if vm.sched.running.is_none() {
        if let Some(wait) = value.get_mut::<Wait>() {
            wait.state = WaitState::Done;
        }
        vm.runtime_error("no running event loop");
        return WaitStep::Raised;
    }
    let Some(wait) = value.get_mut::<Wait>() else { return WaitStep::Raised };
    wait.state = WaitState::Parked;
    if direct {
        return WaitStep::Suspend(value.to_ref());
    }
    // Driven by hand: what is given is a future, as a coroutine in CPython would.
    let future = Future::alloc(vm.sched.running.clone());
    if let Some(object) = future.as_future() {
        object.set(fut::BLOCKING, true);
    }
    enqueue(vm, future.clone(), &value.to_ref());
    WaitStep::Suspend(future)
}

fn sleep(vm: &mut Vm, value: Value, thrown: Option<Ref>) -> Outcome<Advance> {
    if let Some(exc) = thrown {
        vm.raise_value(exc);
        return Err(crate::object::call::Signal::Raised);
    }
    let Some(wait) = value.get_mut::<Wait>() else { return Ok(Advance::Park) };
    if wait.state != WaitState::Fresh {
        return Ok(Advance::Return(wait.value.take()));
    }
    let seconds = super::event_loop::plain_seconds(*wait.source).unwrap_or(0.0);
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid delay: NaN (not a number)"));
    }
    Ok(if seconds <= 0.0 { Advance::OnePass } else { Advance::Park })
}
