//! Delegation: what `yield from` and `await` drive. Coroutines of ours are linked into the chain, so that nothing stands
//! between the innermost frame and the resumer; steps of async generators likewise; futures and iterators of the program
//! are driven one step at a time, with their delegator as the innermost frame. PEP 380 says what is passed on.

use super::Vm;
use super::dispatch::Cont;
use super::protocol::Step;
use super::resume::{Mode, depth_below, kind_name};
use crate::code::{Op, fl};
use crate::object::call::Signal;
use crate::object::coroutine::{AsyncStep, Coro, CoroutineWrapper, Frame, StepMode, StepState, frame_flag};
use crate::object::{Kind, Ref, Value};

impl Vm {
    /// The `YieldFrom`/`Await` at which `frame` stands begins (Send of None) or goes on.
    pub(super) unsafe fn drive_delegate(&mut self, frame: *mut Frame, mode: Mode, value: Ref) -> Cont {
        unsafe {
            self.frame = frame;
            if (*(*frame).pc).has(fl::EXTRA) && !self.head.is_null() {
                (*self.head).flags |= frame_flag::HANDLING;
            }
            let regs = Frame::regs(frame);
            let delegate = *regs.add((*(*frame).pc).b());
            match delegate.kind() {
                Some(Kind::Generator | Kind::Coroutine) => self.drive_coroutine(frame, delegate, mode, value),
                Some(Kind::AsyncGenerator) => self.drive_async(frame, delegate, mode, value, false),
                Some(Kind::CoroutineWrapper) => {
                    let inner = delegate.get::<CoroutineWrapper>().map_or(Value::NONE, |w| *w.coroutine);
                    self.drive_coroutine(frame, inner, mode, value)
                }
                Some(Kind::AsyncStep) => self.drive_step(frame, delegate, mode, value),
                _ => self.drive_foreign(frame, delegate, mode, value),
            }
        }
    }

    unsafe fn drive_coroutine(&mut self, frame: *mut Frame, delegate: Value, mode: Mode, value: Ref) -> Cont {
        unsafe {
            let child = Coro::frame_of(delegate);
            let flags = (*child).flags;
            let kind = (*delegate.header()).kind;
            if flags & frame_flag::DONE != 0 {
                if kind == Kind::Coroutine && mode == Mode::Send {
                    let error = self.types.exc.runtime_error;
                    self.raise(error, "cannot reuse already awaited coroutine");
                    return self.unwind(frame);
                }
                return match mode {
                    Mode::Send => self.end_with(frame, Ref::NONE),
                    Mode::Throw => {
                        self.raise_value(value);
                        self.unwind(frame)
                    }
                    Mode::Close => {
                        let exc = self.generator_exit();
                        self.raise_value(exc);
                        self.unwind(frame)
                    }
                };
            }
            let running =
                flags & frame_flag::RUNNING != 0 || (flags & frame_flag::DELEGATE != 0 && !self.detach(child));
            if running {
                let error = self.types.exc.value_error;
                self.raise(error, format!("{} already executing", kind_name(kind)));
                return self.unwind(frame);
            }
            if depth_below(frame, child, (*Coro::of_frame(child)).link) > u32::from(self.max_depth) {
                self.raise_recursion();
                return self.unwind(frame);
            }
            let leaf = self.link(frame, child);
            self.enter_leaf(leaf, mode, value)
        }
    }

    /// Makes `child` the delegate of `frame`; gives the innermost frame.
    unsafe fn link(&mut self, frame: *mut Frame, child: *mut Frame) -> *mut Frame {
        unsafe {
            (*child).prev = frame;
            (*child).flags |= frame_flag::DELEGATE | frame_flag::AWAITED;
            let leaf = (*Coro::of_frame(child)).link;
            (*Coro::of_frame(child)).link = child;
            (*leaf).depth = depth_below(frame, child, leaf) as u16;
            (*child).depth = (*frame).depth + 1;
            leaf
        }
    }

    /// `__anext__()` awaited, or a step of `asend`, `athrow`, `aclose`.
    unsafe fn drive_async(&mut self, frame: *mut Frame, generator: Value, mode: Mode, value: Ref, close: bool) -> Cont {
        unsafe {
            let child = Coro::frame_of(generator);
            let flags = (*child).flags;
            if flags & (frame_flag::RUNNING | frame_flag::DELEGATE | frame_flag::AG_RUNNING) != 0 {
                let error = self.types.exc.runtime_error;
                let what = if close {
                    "aclose"
                } else if mode == Mode::Throw {
                    "athrow"
                } else {
                    "anext"
                };
                self.raise(error, format!("{what}(): asynchronous generator is already running"));
                return self.unwind(frame);
            }
            if flags & frame_flag::DONE != 0 || flags & frame_flag::AG_CLOSED != 0 {
                if close {
                    return self.end_with(frame, Ref::NONE);
                }
                if mode == Mode::Throw {
                    self.raise_value(value);
                } else {
                    let error = self.types.exc.stop_async_iteration;
                    self.raise_bare(error);
                }
                return self.unwind(frame);
            }
            let leaf = self.link(frame, child);
            if close {
                (*child).flags |= frame_flag::AG_CLOSING;
            }
            self.enter_leaf(leaf, mode, value)
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
            step.state = StepState::Iterating;
            if !first || mode != Mode::Send {
                let close = step.mode == StepMode::Close;
                return self.drive_async(frame, *generator, mode, value, close);
            }
            let payload = step.value.clone();
            step.state = StepState::Closed;
            match step.mode {
                StepMode::Send => self.drive_async(frame, *generator, Mode::Send, payload, false),
                StepMode::Throw => self.drive_async(frame, *generator, Mode::Throw, payload, false),
                StepMode::Close => {
                    let exc = self.generator_exit();
                    self.drive_async(frame, *generator, Mode::Throw, exc, true)
                }
            }
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
                    let exc = if mode == Mode::Close { self.generator_exit() } else { value };
                    self.throw_foreign(delegate, exc)
                }
            };
            let result: Result<Ref, Signal> = result;
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

    /// PEP 380: `throw` is passed on if the delegate has it; GeneratorExit closes it and is raised here.
    unsafe fn throw_foreign(&mut self, delegate: Value, exc: Ref) -> Result<Ref, Signal> {
        if let Some(Kind::Future | Kind::Task | Kind::Wait) = delegate.kind() {
            return Err(self.throw_waitable(delegate, exc));
        }
        if self.is_instance_of(*exc, self.types.exc.generator_exit) {
            let name = self.names.close;
            if let Some(close) = self.get_attr_opt(delegate, name)? {
                self.call_values(*close, &[])?;
            }
            return Err(self.raise_thrown(exc, false));
        }
        let name = self.names.throw;
        match self.get_attr_opt(delegate, name)? {
            Some(throw) => Err(self.tail_call(*throw, &[*exc])),
            None => Err(self.raise_thrown(exc, false)),
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
