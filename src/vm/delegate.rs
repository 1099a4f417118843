//! Delegation: what `yield from` and `await` drive. Coroutines of ours are linked into the chain, so that nothing stands
//! between the innermost frame and the resumer; steps of async generators likewise; futures and iterators of the program
//! are driven one step at a time, with their delegator as the innermost frame. PEP 380 says what is passed on.

use super::Vm;
use super::dispatch::Cont;
use super::protocol::Step;
use super::resume::{Mode, depth_below, kind_name};
use super::thrown;
use crate::code::{Op, fl};
use crate::object::call::{Outcome, Signal};
use crate::object::coroutine::{AsyncStep, Coro, CoroutineWrapper, Frame, StepMode, StepState, frame_flag};
use crate::object::{Kind, Ref, Value};

impl Vm {
    /// The `YieldFrom`/`Await` at which `frame` stands begins (Send of None) or goes on. Unless something is sent, the
    /// frame has not taken its share.
    pub(super) unsafe fn drive_delegate(&mut self, frame: *mut Frame, mode: Mode, value: Ref) -> Cont {
        unsafe {
            self.frame = frame;
            if (*(*frame).pc).has(fl::EXTRA) && !self.head.is_null() {
                (*self.head).flags |= frame_flag::WATCHED;
            }
            let regs = Frame::regs(frame);
            let delegate = *regs.add((*(*frame).pc).b());
            if mode == Mode::Close || (mode == Mode::Throw && self.is_exit(&value)) {
                return self.close_delegate(frame, delegate, mode, value);
            }
            match delegate.kind() {
                Some(Kind::Generator | Kind::Coroutine) => self.drive_coroutine(frame, delegate, mode, value),
                Some(Kind::AsyncGenerator) => self.drive_async(frame, delegate, mode, value, StepMode::Send),
                Some(Kind::CoroutineWrapper) => {
                    let inner = delegate.get::<CoroutineWrapper>().map_or(Value::NONE, |w| *w.coroutine);
                    self.drive_coroutine(frame, inner, mode, value)
                }
                Some(Kind::AsyncStep) => self.drive_step(frame, delegate, mode, value),
                _ => self.drive_foreign(frame, delegate, mode, value),
            }
        }
    }

    /// Drives a delegate that is none of the chain yet, or is no longer.
    pub(super) unsafe fn drive_coroutine(
        &mut self,
        frame: *mut Frame,
        delegate: Value,
        mode: Mode,
        value: Ref,
    ) -> Cont {
        unsafe {
            let child = Coro::frame_of(delegate);
            let flags = (*child).flags;
            let kind = (*delegate.header()).kind;
            if flags & frame_flag::DONE != 0 {
                return self.drive_done(frame, kind, mode, value);
            }
            let running =
                flags & frame_flag::RUNNING != 0 || (flags & frame_flag::DELEGATE != 0 && !self.detach(child));
            if running {
                let error = self.types.exc.value_error;
                self.raise(error, format!("{} already executing", kind_name(kind)));
                return self.not_driven(frame, mode);
            }
            if mode == Mode::Close && flags & frame_flag::START != 0 {
                self.mark_closed(delegate);
                return self.delegate_closed(frame, None);
            }
            if depth_below(frame, child, (*Coro::of_frame(child)).link) > u32::from(self.max_depth) {
                self.raise_recursion();
                return self.not_driven(frame, mode);
            }
            let leaf = self.link(frame, child, mode);
            self.enter_leaf(leaf, mode, value)
        }
    }

    /// Drives a delegate that has ended.
    unsafe fn drive_done(&mut self, frame: *mut Frame, kind: Kind, mode: Mode, value: Ref) -> Cont {
        unsafe {
            match mode {
                Mode::Close => return self.delegate_closed(frame, None),
                Mode::Send if kind != Kind::Coroutine => return self.end_with(frame, Ref::NONE),
                Mode::Send => {}
                Mode::Throw => match self.thrown_exception(&value) {
                    Ok(exc) if kind != Kind::Coroutine => return self.raise_in(frame, exc),
                    Ok(_) => {}
                    Err(_) => return self.raised_below(frame),
                },
            }
            let error = self.types.exc.runtime_error;
            self.raise(error, "cannot reuse already awaited coroutine");
            self.not_driven(frame, mode)
        }
    }

    /// A delegate could not be driven: the exception in flight is raised in its delegator.
    unsafe fn not_driven(&mut self, frame: *mut Frame, mode: Mode) -> Cont {
        unsafe {
            match mode {
                Mode::Send => self.unwind(frame),
                Mode::Throw => self.raised_below(frame),
                Mode::Close => {
                    let error = self.take_raised();
                    self.delegate_closed(frame, Some(error))
                }
            }
        }
    }

    /// Makes `child` the delegate of `frame`; gives the innermost frame.
    unsafe fn link(&mut self, frame: *mut Frame, child: *mut Frame, mode: Mode) -> *mut Frame {
        unsafe {
            (*child).prev = frame;
            (*child).flags |= frame_flag::DELEGATE | frame_flag::AWAITED;
            let leaf = (*Coro::of_frame(child)).link;
            (*Coro::of_frame(child)).link = child;
            (*leaf).depth = depth_below(frame, child, leaf) as u16;
            (*child).depth = (*frame).depth + 1;
            (*self.head).flags |= (*child).flags & frame_flag::WATCHED;
            if (*self.head).flags & frame_flag::WATCHED != 0 {
                if mode == Mode::Send {
                    self.take_shares(child, leaf);
                } else {
                    (*leaf).flags |= frame_flag::THROWN;
                }
            }
            leaf
        }
    }

    /// `__anext__()` awaited, or a step of `asend`, `athrow`, `aclose` that goes on.
    unsafe fn drive_async(
        &mut self,
        frame: *mut Frame,
        generator: Value,
        mode: Mode,
        value: Ref,
        step: StepMode,
    ) -> Cont {
        unsafe {
            let child = Coro::frame_of(generator);
            let close = step == StepMode::Close;
            if let Some(cont) = self.async_not_driven(frame, child, mode, &value, step) {
                return cont;
            }
            let leaf = self.link(frame, child, mode);
            if close {
                (*child).flags |= frame_flag::AG_CLOSING;
            }
            self.enter_leaf(leaf, mode, value)
        }
    }

    /// What comes of a step of an async generator that runs, or has ended.
    unsafe fn async_not_driven(
        &mut self,
        frame: *mut Frame,
        child: *mut Frame,
        mode: Mode,
        value: &Ref,
        step: StepMode,
    ) -> Option<Cont> {
        unsafe {
            let flags = (*child).flags;
            if flags & (frame_flag::RUNNING | frame_flag::DELEGATE | frame_flag::AG_RUNNING) != 0 {
                let error = self.types.exc.runtime_error;
                let what = match step {
                    StepMode::Close => "aclose",
                    StepMode::Throw => "athrow",
                    StepMode::Send => "anext",
                };
                self.raise(error, format!("{what}(): asynchronous generator is already running"));
                return Some(self.not_driven(frame, mode));
            }
            if flags & (frame_flag::DONE | frame_flag::AG_CLOSED) == 0 {
                return None;
            }
            if step == StepMode::Close {
                return Some(self.end_with(frame, Ref::NONE));
            }
            if mode == Mode::Throw {
                match self.thrown_exception(value) {
                    Ok(exc) => self.raise_value(exc),
                    Err(signal) => signal,
                };
            } else {
                let error = self.types.exc.stop_async_iteration;
                self.raise_bare(error);
            }
            Some(self.not_driven(frame, mode))
        }
    }

    /// A step begins: something is sent to or thrown into the generator by the running frame.
    unsafe fn begin_step(&mut self, frame: *mut Frame, generator: Value, step: StepMode, payload: Ref) -> Cont {
        unsafe {
            let child = Coro::frame_of(generator);
            let mode = if step == StepMode::Send { Mode::Send } else { Mode::Throw };
            if let Some(cont) = self.async_not_driven(frame, child, Mode::Send, &payload, step) {
                return cont;
            }
            // The frame has its share: the generator is linked as for a send, whatever is done to it.
            let leaf = self.link(frame, child, Mode::Send);
            if step == StepMode::Close {
                (*child).flags |= frame_flag::AG_CLOSING;
            }
            self.enter_leaf(leaf, mode, payload)
        }
    }

    unsafe fn drive_step(&mut self, frame: *mut Frame, delegate: Value, mode: Mode, value: Ref) -> Cont {
        unsafe {
            let Some(step) = delegate.get_mut::<AsyncStep>() else { return Cont::EXIT };
            let generator = step.generator.clone();
            if step.state == StepState::Closed {
                let error = self.types.exc.runtime_error;
                self.raise(error, "cannot reuse already awaited __anext__()/asend()");
                return self.unwind(frame);
            }
            let first = step.state == StepState::Init;
            let what = step.mode;
            step.state = StepState::Iterating;
            if !first || mode != Mode::Send {
                return self.drive_async(frame, *generator, mode, value, what);
            }
            let payload = step.value.clone();
            step.state = StepState::Closed;
            let payload = if what == StepMode::Close { self.generator_exit() } else { payload };
            self.begin_step(frame, *generator, what, payload)
        }
    }

    /// One step of an iterator that is not a coroutine of ours.
    unsafe fn drive_foreign(&mut self, frame: *mut Frame, delegate: Value, mode: Mode, value: Ref) -> Cont {
        unsafe {
            let result = match mode {
                Mode::Send if value.is_none() => match self.next(delegate) {
                    Step::Item(item) => return self.yield_value(frame, item),
                    Step::End => return self.end_with(frame, Ref::NONE),
                    Step::Return(result) => return self.end_with(frame, result),
                    Step::Call => Err(Signal::Call),
                    Step::Raised => Err(Signal::Raised),
                },
                Mode::Send => {
                    let name = self.names.send;
                    self.get_attr(delegate, name).and_then(|send| Err(self.tail_call(*send, &[*value])))
                }
                Mode::Throw | Mode::Close => {
                    let handles = self.swap_handled(frame);
                    self.throw_foreign(delegate, &value, handles)
                }
            };
            let result: Outcome = result;
            match result {
                Ok(item) => self.yield_value(frame, item),
                Err(Signal::Call) => self.enter_pending(frame),
                Err(Signal::Raised) => self.foreign_raised(frame),
            }
        }
    }

    /// An exception came out of a foreign delegate: StopIteration ends the delegation with its value.
    pub(super) unsafe fn foreign_raised(&mut self, frame: *mut Frame) -> Cont {
        unsafe {
            if self.raised_is(self.types.exc.stop_iteration) {
                let exc = self.take_raised();
                let value = self.stop_value(*exc);
                drop(exc);
                return self.end_with(frame, value);
            }
            self.unwind(frame)
        }
    }

    /// PEP 380: `throw` is passed on, its arguments as they are, if the delegate has it.
    fn throw_foreign(&mut self, delegate: Value, thrown: &Ref, handles: bool) -> Outcome {
        if let Some(Kind::Future | Kind::Task | Kind::Wait) = delegate.kind() {
            let exc = self.thrown_exception(thrown)?;
            return Err(self.throw_waitable(delegate, exc));
        }
        let name = self.names.throw;
        match self.get_attr_opt(delegate, name)? {
            Some(throw) => Err(self.tail_call(*throw, &thrown::unpack(thrown))),
            None => {
                let exc = self.thrown_exception(thrown)?;
                Err(self.raise_thrown(exc, handles))
            }
        }
    }

    /// Delegation is over: the register that held the delegate is emptied.
    pub(super) unsafe fn end_delegation(&mut self, frame: *mut Frame) {
        unsafe {
            let instr = *(*frame).pc;
            if instr.op() == Op::YieldFrom as u8 || instr.op() == Op::Await as u8 {
                std::ptr::replace(Frame::regs(frame).add(instr.b()), Value::UNBOUND).dec();
            }
        }
    }

    /// The delegate's result goes to its delegator.
    pub(super) unsafe fn end_with(&mut self, frame: *mut Frame, value: Ref) -> Cont {
        unsafe {
            self.frame = frame;
            self.end_delegation(frame);
            self.store(frame, value)
        }
    }
}
