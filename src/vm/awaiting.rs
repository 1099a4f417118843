//! Awaiting what the event loop settles: futures, tasks and native waits are their own iterators. A step of one that is done
//! gives its result; a step of one that is not gives the object itself, which travels to whoever drives the chain.

use super::Vm;
use super::protocol::Step;
use crate::event_loop::clock;
use crate::event_loop::event_loop::EventLoop;
use crate::object::call::{Outcome, Signal};
use crate::object::coroutine::Coro;
use crate::object::exception::Exception;
use crate::object::future::{Future, Task, Wait, WaitFor, WaitState, fut};
use crate::object::{Kind, Ref, Value};

impl Vm {
    /// One step of awaiting a future, task or wait.
    pub fn next_waitable(&mut self, value: Value) -> Step {
        if value.is_kind(Kind::Wait) {
            return self.next_wait(value);
        }
        let Some(future) = value.as_future() else { return Step::End };
        if !future.is_done() {
            if future.has(fut::BLOCKING) {
                self.runtime_error("await wasn't used with future");
                return Step::Raised;
            }
            future.set(fut::BLOCKING, true);
            return Step::Item(value.to_ref());
        }
        match self.future_result(value) {
            Ok(result) => Step::Return(result),
            Err(_) => Step::Raised,
        }
    }

    /// The result of a future that is done, or its exception raised.
    pub fn future_result(&mut self, value: Value) -> Outcome {
        let Some(future) = value.as_future() else { return Ok(Ref::NONE) };
        match future.state() {
            fut::FAILED => {
                future.set(fut::UNSEEN, false);
                let exc = future.result.clone();
                Err(self.raise_value(exc))
            }
            fut::CANCELLED => {
                let exc = self.cancelled_error(value);
                Err(self.raise_value(exc))
            }
            _ => Ok(future.result.clone()),
        }
    }

    /// The exception that awaiting a cancelled future raises. One that ended a task is raised itself, once.
    pub fn cancelled_error(&mut self, value: Value) -> Ref {
        let Some(future) = value.as_future() else { return Ref::NONE };
        if future.has(fut::HAS_ERROR) {
            future.set(fut::HAS_ERROR, false);
            return future.result.take();
        }
        let message = future.result.clone();
        self.new_cancelled_error(&message)
    }

    /// A CancelledError with a message, if there is one.
    pub fn new_cancelled_error(&mut self, message: &Ref) -> Ref {
        let class = self.sched.kit.map_or(self.types.exc.base_exception, |kit| kit.cancelled_error);
        let args: &[Value] = if message.is_none() { &[] } else { std::slice::from_ref(message) };
        self.make_exception(class, args)
    }

    /// `exc` is what a cancelled task raises.
    pub fn is_cancellation(&self, exc: Value) -> bool {
        self.sched.kit.is_some_and(|kit| self.is_instance_of(exc, kit.cancelled_error))
    }

    fn next_wait(&mut self, value: Value) -> Step {
        let Some(wait) = value.get_mut::<Wait>() else { return Step::End };
        match wait.state {
            WaitState::Done => {
                self.runtime_error("cannot reuse already awaited coroutine");
                Step::Raised
            }
            WaitState::Fresh => self.begin_wait(value),
            WaitState::Parked | WaitState::Granted => {
                wait.state = WaitState::Done;
                Step::Return(wait.source.clone())
            }
            WaitState::Delegated => self.next_delegated(value),
        }
    }

    fn begin_wait(&mut self, value: Value) -> Step {
        let Some(wait) = value.get_mut::<Wait>() else { return Step::End };
        let WaitFor::Sleep = wait.what;
        if wait.amount.is_nan() {
            wait.state = WaitState::Done;
            self.value_error("Invalid delay: NaN (not a number)");
            return Step::Raised;
        }
        if wait.amount <= 0.0 {
            wait.state = WaitState::Granted;
            return Step::Item(Ref::NONE);
        }
        if self.sched.running.is_none() {
            wait.state = WaitState::Done;
            self.runtime_error("no running event loop");
            return Step::Raised;
        }
        if self.drives_current_task(value) {
            wait.state = WaitState::Parked;
            return Step::Item(value.to_ref());
        }
        self.begin_delegated(value)
    }

    /// What is awaited suspends the current task, and nobody stands between.
    fn drives_current_task(&self, value: Value) -> bool {
        let Some(task) = self.sched.task.get::<Task>() else { return false };
        *task.coroutine == value
            || (!self.head.is_null()
                && Coro::from_value(&task.coroutine).is_some()
                && std::ptr::eq(Coro::frame_of(*task.coroutine), self.head))
    }

    /// A sleep driven by somebody else than a task: a future, settled by a timer, stands for it.
    fn begin_delegated(&mut self, value: Value) -> Step {
        let Some(wait) = value.get_mut::<Wait>() else { return Step::End };
        let event_loop = self.sched.running.clone();
        let future = Future::alloc(event_loop.clone());
        let result = wait.source.take();
        wait.source = Ref::tuple(vec![future.clone(), result]);
        wait.state = WaitState::Delegated;
        let deadline = self.sched.clock.now().saturating_add(clock::nanos(wait.amount));
        if let Some(data) = event_loop.opaque::<EventLoop>() {
            data.timers.insert(deadline, future, 0);
        }
        self.next_delegated(value)
    }

    fn next_delegated(&mut self, value: Value) -> Step {
        let Some(wait) = value.get_mut::<Wait>() else { return Step::End };
        let Some([future, result]) = wait.source.as_sequence() else { return Step::End };
        let (future, result) = (future.clone(), result.clone());
        match self.next_waitable(*future) {
            Step::Return(_) => {
                wait.state = WaitState::Done;
                Step::Return(result)
            }
            Step::Raised => {
                wait.state = WaitState::Done;
                Step::Raised
            }
            step => step,
        }
    }

    /// An exception is thrown into a future, task or wait that somebody awaits: it is raised there.
    pub fn throw_waitable(&mut self, value: Value, exc: Ref) -> Signal {
        if let Some(wait) = value.get_mut::<Wait>() {
            wait.state = WaitState::Done;
            let source = wait.source.take();
            drop(source);
        }
        if exc.get::<Exception>().is_none() {
            return self.type_error("exceptions must derive from BaseException");
        }
        self.raise_value(exc)
    }
}
