//! One event loop: its queues and its settings, as the data of a native object.

use super::clock::Nanos;
use super::ready::{Entry, Ready, What};
use super::wheel::{Timer, Wheel};
use crate::object::future::{Callback, Future, Handle, Task, handle_flag};
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Kind, Ref, Value};

/// The data of a loop object.
pub struct EventLoop {
    pub ready: Ready,
    pub timers: Wheel,
    /// Timers in the wheel known to be dead.
    dead: usize,
    /// `stop` was asked for.
    pub stopping: bool,
    pub running: bool,
    pub closed: bool,
    pub debug: bool,
    /// Async generators were begun under it: there may be some to close.
    pub has_generators: bool,
    pub generators_closed: bool,
    /// SIGINT cancelled the main task.
    pub interrupted: bool,
    /// The task that SIGINT cancels, or None.
    pub main_task: Ref,
    /// Or None.
    pub exception_handler: Ref,
    /// Or None.
    pub task_factory: Ref,
    /// The class of handles.
    handle: TypeRef,
}

/// Dead timers are swept out from this number on, if they are more than half.
const SWEEP_FROM: usize = 128;

impl EventLoop {
    /// `handle`: the class of the handles that it makes.
    pub fn new(now: Nanos, handle: TypeRef) -> EventLoop {
        EventLoop {
            ready: Ready::default(),
            timers: Wheel::new(now),
            dead: 0,
            stopping: false,
            running: false,
            closed: false,
            debug: false,
            has_generators: false,
            generators_closed: false,
            interrupted: false,
            main_task: Ref::NONE,
            exception_handler: Ref::NONE,
            task_factory: Ref::NONE,
            handle,
        }
    }

    /// Queues all callbacks of a future that is done.
    pub fn settle(&mut self, future: &Ref, callbacks: impl Iterator<Item = Callback>) {
        callbacks.for_each(|callback| self.queue_callback(callback, future));
    }

    /// Queues one callback of a future that is done.
    pub fn queue_callback(&mut self, callback: Callback, future: &Ref) {
        let Callback { target, context } = callback;
        let entry = match target.kind() {
            Some(Kind::Task) => Entry::new(What::Wake, target, future.clone()),
            Some(Kind::Future) => Entry::new(What::Child, target, future.clone()),
            Some(Kind::Opaque) if target.opaque::<EventLoop>().is_some() => {
                Entry::new(What::Stop, target, future.clone())
            }
            _ if context.is_none() => Entry::new(What::Callback, target, future.clone()),
            _ => {
                let event_loop = future.as_future().map_or(Ref::NONE, |f: &mut Future| f.event_loop.clone());
                let args = Ref::tuple(vec![future.clone()]);
                Entry::new(What::Handle, Handle::alloc(self.handle, target, args, context, event_loop), Ref::NONE)
            }
        };
        self.ready.push(entry);
    }

    /// Moves the timers due at `now` to the ready queue, in order.
    pub fn collect_due(&mut self, now: Nanos) {
        while let Some(timer) = self.timers.pop_due(now) {
            let alive = is_alive(&timer);
            if !alive {
                self.dead = self.dead.saturating_sub(1);
                continue;
            }
            let Timer { target, stamp, .. } = timer;
            let what = match target.kind() {
                Some(Kind::Handle) => What::Handle,
                Some(Kind::Future) => What::Elapsed,
                _ => What::Slept,
            };
            self.ready.push(Entry { target, arg: Ref::NONE, stamp, what });
        }
    }

    /// The time at which the next timer is due.
    pub fn next_deadline(&mut self) -> Option<Nanos> {
        self.timers.earliest(is_alive)
    }

    /// What could run at `now` if the code that runs gave way: entries that are ready, and timers that are due.
    pub fn waiting_at(&self, now: Nanos) -> usize {
        let cancelled = |entry: &&Entry| entry.target.get::<Handle>().is_some_and(|h| h.has(handle_flag::CANCELLED));
        let ready = self.ready.len() - self.ready.iter().filter(cancelled).count();
        ready + self.timers.iter().filter(|t| t.deadline <= now && is_alive(t)).count()
    }

    /// A timer has died; gives those that are swept out, to be dropped outside of any borrow of the loop.
    pub fn timer_died(&mut self) -> Vec<Timer> {
        self.dead += 1;
        self.timers.forget_earliest();
        if self.dead < SWEEP_FROM || self.dead * 2 < self.timers.len() {
            return Vec::new();
        }
        self.dead = 0;
        self.timers.sweep(is_alive)
    }
}

/// Somebody still waits for the timer.
fn is_alive(timer: &Timer) -> bool {
    if let Some(task) = timer.target.get::<Task>() {
        return task.stamp == timer.stamp;
    }
    timer.target.get::<Handle>().is_none_or(|h| !h.has(handle_flag::CANCELLED))
}

impl OpaqueData for EventLoop {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        for entry in self.ready.iter() {
            visit(*entry.target);
            visit(*entry.arg);
        }
        self.timers.targets().for_each(|t| visit(**t));
        visit(*self.main_task);
        visit(*self.exception_handler);
        visit(*self.task_factory);
    }

    fn clear(&mut self) {
        drop(self.ready.drain());
        drop(self.timers.drain());
        drop(self.exception_handler.take());
        drop(self.task_factory.take());
    }
}
