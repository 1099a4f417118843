//! Awaiting what the event loop settles: futures, tasks and native waits are their own iterators. A step of one that is done
//! gives its result; a step of one that is not gives the object itself, which travels to whoever drives the chain.

use super::Vm;
use super::dispatch::Cont;
use super::protocol::Step;
use crate::event_loop::WaitStep;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::coroutine::{Coro, Frame};
use crate::object::exception::Exception;
use crate::object::future::{Task, Wait, WaitFor, WaitState, fut};
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
        if wait.state == WaitState::Done {
            self.runtime_error("cannot reuse already awaited coroutine");
            return Step::Raised;
        }
        if wait.what == WaitFor::Nothing {
            wait.state = WaitState::Done;
            return Step::Return(wait.value.take());
        }
        self.step_wait(value, None)
    }

    /// An instruction calls a native with these arguments, and what it gives is awaited at once: it may do what its coroutine
    /// would have to do first, if that does not suspend, and [`answer`](Vm::answer_awaited) with the result.
    #[inline]
    pub fn is_awaited(&self, args: &Args) -> bool {
        std::ptr::eq(args.values.as_ptr(), self.awaited_args)
    }

    /// The result of awaiting what the native was to give.
    #[inline]
    pub fn answer_awaited(&mut self, result: Ref) -> Outcome {
        self.awaited_answered = true;
        Ok(result)
    }

    /// The call at which `frame` stands has given a wait, and its `Await` is two words further.
    pub(super) unsafe fn await_at_once(&mut self, frame: *mut Frame, wait: Ref) -> Cont {
        unsafe {
            (*frame).pc = (*frame).pc.add(2);
            match self.next_wait(*wait) {
                Step::Return(result) => self.store(frame, result),
                Step::Item(item) => {
                    let frame = self.materialise(frame);
                    Frame::regs(frame).add((*(*frame).pc).b()).write(wait.into_owned());
                    self.yield_value(frame, item)
                }
                _ => self.unwind(frame),
            }
        }
    }

    /// One step of a wait: by its primitive's rules.
    fn step_wait(&mut self, value: Value, thrown: Option<Ref>) -> Step {
        let Some(step) = self.sched.wait_step else { return Step::End };
        let direct = self.drives_current_task(value);
        match step(self.machine(), value, thrown, direct) {
            WaitStep::Suspend(item) => Step::Item(item),
            WaitStep::Return(result) => Step::Return(result),
            WaitStep::Raised => Step::Raised,
        }
    }

    /// What is awaited suspends the current task, and nobody stands between.
    fn drives_current_task(&self, value: Value) -> bool {
        let Some(task) = self.sched.task.get::<Task>() else { return false };
        *task.coroutine == value
            || (!self.head.is_null()
                && Coro::from_value(&task.coroutine).is_some()
                && std::ptr::eq(Coro::frame_of(*task.coroutine), self.head))
    }

    /// An exception is thrown into a future, task or wait that somebody awaits: it is raised there.
    pub fn throw_waitable(&mut self, value: Value, exc: Ref) -> Signal {
        if exc.get::<Exception>().is_none() {
            return self.type_error("exceptions must derive from BaseException");
        }
        if value.get::<Wait>().is_some_and(|w| w.state != WaitState::Done && w.what != WaitFor::Nothing) {
            return match self.step_wait(value, Some(exc)) {
                // A wait never swallows what is thrown into it.
                Step::Raised => Signal::Raised,
                _ => self.runtime_error("a wait went on after an exception"),
            };
        }
        self.raise_value(exc)
    }
}
