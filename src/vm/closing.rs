//! GeneratorExit in a chain of delegation: `close()`, and `throw(GeneratorExit)`. By PEP 380 a frame first closes what it
//! delegates to, and is then raised an exception itself: an error that came out of that, or GeneratorExit.
//!
//! The chain is entered at its innermost frame all the same. A delegate that is being closed is marked `CLOSING`; as it
//! leaves, its delegator is the next one to be closed, up to the head. `Vm::exits` keeps what a head was thrown until its
//! delegate is closed.

use super::Vm;
use super::dispatch::Cont;
use super::resume::{Left, Mode, kind_name};
use crate::object::call::{Outcome, Signal};
use crate::object::coroutine::{AsyncStep, Coro, CoroutineWrapper, Frame, StepState, frame_flag};
use crate::object::{Kind, Ref, Value};

impl Vm {
    /// `frame`, which stands at a delegation and has not taken its share, is closed (`Mode::Close`) or was thrown the
    /// GeneratorExit `exit`: its delegate, none of the chain, is closed first.
    pub(super) unsafe fn close_delegate(&mut self, frame: *mut Frame, delegate: Value, mode: Mode, exit: Ref) -> Cont {
        unsafe {
            if mode == Mode::Throw {
                self.exits.push((frame, exit));
            }
            match delegate.kind() {
                Some(Kind::Generator | Kind::Coroutine | Kind::AsyncGenerator) => {
                    self.drive_coroutine(frame, delegate, Mode::Close, Ref::NONE)
                }
                Some(Kind::CoroutineWrapper) => {
                    let inner = delegate.get::<CoroutineWrapper>().map_or(Value::NONE, |w| *w.coroutine);
                    self.drive_coroutine(frame, inner, Mode::Close, Ref::NONE)
                }
                Some(Kind::AsyncStep) => self.close_step(frame, delegate),
                _ => {
                    let error = self.close_foreign(delegate).err().map(|_| self.take_raised());
                    self.delegate_closed(frame, error)
                }
            }
        }
    }

    /// A step of an async generator is closed as a delegate.
    unsafe fn close_step(&mut self, frame: *mut Frame, delegate: Value) -> Cont {
        unsafe {
            let generator = match delegate.get_mut::<AsyncStep>() {
                Some(step) if step.state == StepState::Iterating => step.generator.clone(),
                Some(step) => {
                    step.state = StepState::Closed;
                    return self.delegate_closed(frame, None);
                }
                None => return self.delegate_closed(frame, None),
            };
            self.drive_coroutine(frame, *generator, Mode::Close, Ref::NONE)
        }
    }

    /// Closes an iterator that is no coroutine of ours.
    fn close_foreign(&mut self, delegate: Value) -> Outcome<()> {
        match delegate.kind() {
            Some(Kind::Future | Kind::Task) => return Ok(()),
            Some(Kind::Wait) => {
                let exit = self.generator_exit();
                let signal = self.throw_waitable(delegate, exit);
                if matches!(signal, Signal::Raised) && self.raised_is(self.types.exc.generator_exit) {
                    drop(self.take_raised());
                    return Ok(());
                }
                return Err(signal);
            }
            _ => {}
        }
        let name = self.names.close;
        if let Some(close) = self.get_attr_opt(delegate, name)? {
            self.call_values(*close, &[])?;
        }
        Ok(())
    }

    /// What `frame` delegates to is closed, or failed to close with `error`. The frame has not taken its share.
    pub(super) unsafe fn delegate_closed(&mut self, frame: *mut Frame, error: Option<Ref>) -> Cont {
        unsafe {
            let handles = self.swap_handled(frame);
            self.close_next(Left { delegator: frame, handles }, error);
            self.unwind(frame)
        }
    }

    /// A delegate under `CLOSING` has left, by `error` if it did not close: sets the exception that its delegator is
    /// raised, which is closed in turn if it is a delegate itself.
    pub(super) unsafe fn close_next(&mut self, left: Left, error: Option<Ref>) {
        unsafe {
            let frame = left.delegator;
            self.mark_closing(frame);
            let mut thrown = None;
            if self.exits.last().is_some_and(|(head, _)| *head == frame) {
                thrown = self.exits.pop().map(|(_, exit)| exit);
            }
            match error.or(thrown) {
                Some(exc) => self.raise_thrown(exc, left.handles),
                None => {
                    let exit = self.generator_exit();
                    self.raise_value(exit)
                }
            };
        }
    }

    /// `frame` is being closed. Of a head, the driving knows that already.
    pub(super) unsafe fn mark_closing(&mut self, frame: *mut Frame) {
        unsafe {
            if (*frame).flags & frame_flag::DELEGATE != 0 {
                (*frame).flags |= frame_flag::CLOSING;
                (*self.head).flags |= frame_flag::WATCHED;
            }
        }
    }

    /// The innermost delegate, from `leaf` upwards, that is being closed.
    pub(super) unsafe fn closing_above(&self, leaf: *mut Frame) -> Option<*mut Frame> {
        unsafe {
            let mut frame = leaf;
            while (*frame).flags & frame_flag::DELEGATE != 0 {
                if (*frame).flags & frame_flag::CLOSING != 0 {
                    return Some(frame);
                }
                frame = (*frame).prev;
            }
            None
        }
    }

    /// The delegate `closing` suspends (in `leaf`) instead of ending: it stays so, a head of its own.
    pub(super) unsafe fn ignores_exit(&mut self, leaf: *mut Frame, closing: *mut Frame) -> Cont {
        unsafe {
            self.put_shares(leaf, closing);
            (*closing).flags |= frame_flag::WATCHED;
            let kind = (*Coro::of_frame(closing)).header.kind;
            let left = self.unlink_delegate(closing);
            (*Coro::of_frame(closing)).link = leaf;
            self.frame = left.delegator;
            let name = match kind {
                Kind::AsyncGenerator => {
                    // Its step has not ended.
                    (*closing).flags |= frame_flag::AG_RUNNING;
                    "coroutine"
                }
                _ => kind_name(kind),
            };
            let class = self.types.exc.runtime_error;
            self.raise(class, format!("{name} ignored GeneratorExit"));
            let error = self.take_raised();
            self.close_next(Left { ..left }, Some(error));
            self.unwind(left.delegator)
        }
    }
}
