//! One engine for generators, coroutines and async generators: resume, yield, delegation in O(1), return, close.
//!
//! `vm.head` is the head of the delegation chain being driven. A head that is suspended knows its innermost delegate
//! (`link`), which knows its delegator (`prev`): resuming goes straight to the innermost one, and what it yields goes
//! straight to whoever resumed the head (`prev` of the head). Only a return walks one step.
//! A delegate that is not one of our objects (or cannot be linked) leaves its delegator as the innermost one, suspended
//! at its `YieldFrom`/`Await`; resuming it there drives the foreign iterator one step.

use super::dispatch::Cont;
use super::{Pending, Vm};
use crate::code::{CodeKind, Op, fl};
use crate::object::call::Signal;
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::{Kind, Ref, Value};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// `value` is what the suspension evaluates to (None for `next`).
    Send,
    /// `value` is an exception object.
    Throw,
    /// GeneratorExit is thrown; swallowed when it comes out again.
    Close,
}

/// How a resume made by native code ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resumed {
    Yielded,
    Returned,
    /// An async generator driven by hand gave an item.
    AsyncYielded,
}

impl Vm {
    /// Drives `coroutine` for the frame `resumer`, whose pc is saved.
    ///
    /// # Safety
    /// Both are live; `resumer` is the running frame.
    pub(super) unsafe fn resume(&mut self, resumer: *mut Frame, coroutine: Value, mode: Mode, value: Ref) -> Cont {
        unsafe {
            let head = Coro::frame_of(coroutine);
            let kind = (*coroutine.header()).kind;
            let flags = (*head).flags;
            if flags & frame_flag::RUNNING != 0 {
                let message = format!("{} already executing", kind_name(kind));
                let error = self.types.exc.value_error;
                self.raise(error, message);
                return self.unwind(resumer);
            }
            if flags & frame_flag::DONE != 0 {
                return self.resume_done(resumer, coroutine, mode, value);
            }
            if flags & frame_flag::DELEGATE != 0 && !self.detach(head) {
                let message = format!("{} already executing", kind_name(kind));
                let error = self.types.exc.value_error;
                self.raise(error, message);
                return self.unwind(resumer);
            }
            let below = depth_below(resumer, head, (*Coro::of_frame(head)).link);
            if below > u32::from(self.max_depth) {
                self.raise_recursion();
                return self.unwind(resumer);
            }
            // Safety of the extra reference: the chain owns its head while driven.
            coroutine.inc();
            let coro = Coro::of_frame(head);
            let leaf = (*coro).link;
            (*coro).link = self.head;
            self.head = head;
            (*head).prev = resumer;
            (*head).flags |= frame_flag::RUNNING | frame_flag::AWAITED;
            (*head).depth = (*resumer).depth + 1;
            (*leaf).depth = below as u16;
            if mode == Mode::Close {
                (*head).flags |= frame_flag::CLOSING;
            }
            self.chain_handles = flags & frame_flag::HANDLING != 0 && self.swap_chain(leaf, head, true);
            self.enter_leaf(leaf, mode, value)
        }
    }

    /// Continues the innermost frame of the chain being driven.
    pub(super) unsafe fn enter_leaf(&mut self, leaf: *mut Frame, mode: Mode, value: Ref) -> Cont {
        unsafe {
            if (*leaf).flags & frame_flag::START != 0 {
                return self.enter_start(leaf, mode, value);
            }
            let instr = *(*leaf).pc;
            if instr.op() == Op::YieldFrom as u8 || instr.op() == Op::Await as u8 {
                return self.drive_delegate(leaf, mode, value);
            }
            if instr.has(fl::EXTRA) {
                self.swap_handled(leaf);
            }
            match mode {
                Mode::Send => self.store(leaf, value),
                Mode::Throw | Mode::Close => {
                    let exc = if mode == Mode::Close { self.generator_exit() } else { value };
                    self.mark_closing(leaf, &exc);
                    // What the resumer handles is no context of it; what the frame itself handles is.
                    self.raise_thrown(exc, instr.has(fl::EXTRA));
                    self.unwind(leaf)
                }
            }
        }
    }

    unsafe fn enter_start(&mut self, leaf: *mut Frame, mode: Mode, value: Ref) -> Cont {
        unsafe {
            match mode {
                Mode::Send if value.is_none() => {
                    (*leaf).flags &= !frame_flag::START;
                    if (*leaf).code.as_ref().is_some_and(|c| c.kind == CodeKind::AsyncGenerator)
                        && self.sched.generator_begins()
                    {
                        (*leaf).flags |= frame_flag::AG_HOOKS;
                    }
                    Cont::at((*leaf).pc, leaf)
                }
                Mode::Send => {
                    let kind = (*Coro::of_frame(leaf)).header.kind;
                    let resumer = self.pop_head();
                    self.type_error(format!("can't send non-None value to a just-started {}", kind_name(kind)));
                    self.unwind(resumer)
                }
                Mode::Throw | Mode::Close => {
                    let exc = if mode == Mode::Close { self.generator_exit() } else { value };
                    self.raise_thrown(exc, false);
                    self.unwind_out(leaf)
                }
            }
        }
    }

    /// GeneratorExit thrown into a delegate closes it: mark it, so that a yield is an error and a return goes on closing.
    unsafe fn mark_closing(&mut self, leaf: *mut Frame, exc: &Ref) {
        unsafe {
            // An async generator may await while it closes; `async_yield` sees to it that it does not yield.
            let asynchronous = (*Coro::of_frame(leaf)).header.kind == Kind::AsyncGenerator;
            if !asynchronous
                && (*leaf).flags & frame_flag::DELEGATE != 0
                && self.is_instance_of(**exc, self.types.exc.generator_exit)
            {
                (*leaf).flags |= frame_flag::CLOSING;
            }
        }
    }

    unsafe fn resume_done(&mut self, resumer: *mut Frame, coroutine: Value, mode: Mode, value: Ref) -> Cont {
        unsafe {
            let kind = (*coroutine.header()).kind;
            match mode {
                Mode::Close => self.deliver(resumer, Ref::NONE),
                _ if kind == Kind::Coroutine => {
                    let error = self.types.exc.runtime_error;
                    self.raise(error, "cannot reuse already awaited coroutine");
                    self.unwind(resumer)
                }
                Mode::Throw => {
                    self.raise_value(value);
                    self.unwind(resumer)
                }
                Mode::Send => self.deliver_return(resumer, Ref::NONE, kind),
            }
        }
    }

    /// Ends the driving of the head; gives the frame that resumed it. The chain's reference to the head is given up.
    pub(super) unsafe fn pop_head(&mut self) -> *mut Frame {
        unsafe {
            let head = self.head;
            let coro = Coro::of_frame(head);
            self.head = (*coro).link;
            (*coro).link = head;
            (*head).flags &= !(frame_flag::RUNNING | frame_flag::CLOSING);
            let resumer = (*head).prev;
            (*head).prev = std::ptr::null_mut();
            self.frame = resumer;
            (*coro).value().dec();
            resumer
        }
    }

    /// A coroutine that delegates is resumed directly: it becomes a head of its own. False if its chain is being driven.
    pub(super) unsafe fn detach(&mut self, frame: *mut Frame) -> bool {
        unsafe {
            let mut head = frame;
            while (*head).flags & frame_flag::DELEGATE != 0 {
                head = (*head).prev;
            }
            if (*head).flags & frame_flag::RUNNING != 0 {
                return false;
            }
            let delegator = (*frame).prev;
            (*Coro::of_frame(frame)).link = (*Coro::of_frame(head)).link;
            (*Coro::of_frame(head)).link = delegator;
            (*frame).flags &= !frame_flag::DELEGATE;
            (*frame).prev = std::ptr::null_mut();
            true
        }
    }

    /// `frame` yields: suspends the chain and hands the value to whoever resumed its head.
    pub(super) unsafe fn yield_value(&mut self, frame: *mut Frame, value: Ref) -> Cont {
        unsafe {
            if (*frame).flags & frame_flag::CLOSING != 0 {
                return self.yield_while_closing(frame, value);
            }
            let head = self.head;
            if (*head).flags & frame_flag::HANDLING != 0 {
                self.swap_chain(frame, head, false);
            }
            let closing = (*head).flags & frame_flag::CLOSING != 0;
            let coro = Coro::of_frame(head);
            let kind = (*coro).header.kind;
            self.head = (*coro).link;
            (*coro).link = frame;
            (*head).flags &= !(frame_flag::RUNNING | frame_flag::CLOSING);
            let resumer = (*head).prev;
            (*head).prev = std::ptr::null_mut();
            self.frame = resumer;
            (*coro).value().dec();
            if closing {
                drop(value);
                let error = self.types.exc.runtime_error;
                self.raise(error, format!("{} ignored GeneratorExit", kind_name(kind)));
                return self.unwind(resumer);
            }
            self.deliver_yield(resumer, value)
        }
    }

    unsafe fn yield_while_closing(&mut self, frame: *mut Frame, value: Ref) -> Cont {
        unsafe {
            drop(value);
            (*frame).flags &= !frame_flag::CLOSING;
            let kind = (*Coro::of_frame(frame)).header.kind;
            let error = self.types.exc.runtime_error;
            let message = format!("{} ignored GeneratorExit", kind_name(kind));
            if frame == self.head {
                let coro = Coro::of_frame(frame);
                self.head = (*coro).link;
                (*coro).link = frame;
                (*frame).flags &= !frame_flag::RUNNING;
                let resumer = (*frame).prev;
                self.frame = resumer;
                (*coro).value().dec();
                self.raise(error, message);
                return self.unwind(resumer);
            }
            // A delegate that goes on yielding stays suspended by itself; its delegator gets the error.
            let delegator = (*frame).prev;
            self.unlink_delegate(frame);
            self.raise(error, message);
            self.unwind(delegator)
        }
    }

    /// A delegate that is no longer driven by its delegator becomes a head of its own.
    pub(super) unsafe fn unlink_delegate(&mut self, frame: *mut Frame) {
        unsafe {
            (*frame).flags &= !(frame_flag::DELEGATE | frame_flag::CLOSING | frame_flag::AG_CLOSING);
            // The delegator is the innermost frame again: its depth follows from this one's, which is of this drive.
            (*(*frame).prev).depth = (*frame).depth.saturating_sub(1);
            (*frame).prev = std::ptr::null_mut();
            (*Coro::of_frame(frame)).link = frame;
        }
    }

    /// A value yielded by an async generator: goes to whoever awaits its step, as that step's result.
    pub(super) unsafe fn async_yield(&mut self, frame: *mut Frame, value: Ref) -> Cont {
        unsafe {
            if (*frame).flags & frame_flag::DELEGATE == 0 {
                // Driven by hand: the step's `send` raises StopIteration(value).
                let closing = (*frame).flags & (frame_flag::CLOSING | frame_flag::AG_CLOSING) != 0;
                (*frame).flags &= !frame_flag::AG_CLOSING;
                let resumer = self.pop_head();
                if closing {
                    let error = self.types.exc.runtime_error;
                    self.raise(error, "async generator ignored GeneratorExit");
                    return self.unwind(resumer);
                }
                self.resumed = Resumed::AsyncYielded;
                return self.store(resumer, value);
            }
            let closing = (*frame).flags & (frame_flag::CLOSING | frame_flag::AG_CLOSING) != 0;
            let awaiter = (*frame).prev;
            self.unlink_delegate(frame);
            self.frame = awaiter;
            if closing {
                let error = self.types.exc.runtime_error;
                self.raise(error, "async generator ignored GeneratorExit");
                return self.unwind(awaiter);
            }
            self.end_with(awaiter, value)
        }
    }

    /// `frame` (a coroutine) is finished with a result: its registers are dropped already.
    pub(super) unsafe fn finish(&mut self, frame: *mut Frame, value: Ref) -> Cont {
        unsafe {
            (*frame).flags |= frame_flag::DONE;
            (*Coro::of_frame(frame)).header.flags |= crate::object::heap::flag::FINALISED;
            let kind = (*Coro::of_frame(frame)).header.kind;
            if (*frame).flags & frame_flag::DELEGATE != 0 {
                let delegator = (*frame).prev;
                let closing = (*frame).flags & frame_flag::CLOSING != 0;
                let aclose = (*frame).flags & frame_flag::AG_CLOSING != 0;
                self.unlink_delegate(frame);
                self.frame = delegator;
                if kind == Kind::AsyncGenerator && !aclose {
                    let error = self.types.exc.stop_async_iteration;
                    self.raise_bare(error);
                    return self.unwind(delegator);
                }
                if closing && !aclose {
                    let exc = self.generator_exit();
                    self.mark_closing(delegator, &exc);
                    self.raise_value(exc);
                    return self.unwind(delegator);
                }
                return self.end_with(delegator, value);
            }
            let closing = (*frame).flags & (frame_flag::CLOSING | frame_flag::AG_CLOSING) != 0;
            let resumer = self.pop_head();
            if closing {
                return self.deliver(resumer, value);
            }
            self.deliver_return(resumer, value, kind)
        }
    }

    /// Swaps the handled exception with the one that the innermost handlers of a suspended frame keep.
    pub(super) unsafe fn swap_handled(&mut self, frame: *mut Frame) {
        unsafe {
            let code = &*(*frame).code;
            if let Some((outer, inner)) = code.suspension((*frame).pc).handling {
                let regs = Frame::regs(frame);
                // A `finally` entered normally keeps nothing: its slot is unbound.
                let saved = [outer, inner].into_iter().map(|r| regs.add(r as usize)).find(|r| !(**r).is_unbound());
                if let Some(slot) = saved {
                    self.handled = std::ptr::replace(slot, self.handled);
                }
            }
        }
    }

    /// The delegators above the innermost frame that suspend within handlers put their handled exceptions away, or (on a
    /// resume) take them back, outermost first.
    unsafe fn swap_chain(&mut self, leaf: *mut Frame, head: *mut Frame, resuming: bool) -> bool {
        unsafe {
            let mut chain = Vec::new();
            let mut frame = leaf;
            // An innermost frame at a delegation keeps its own share too.
            let delegating = |f: *mut Frame| {
                let op = (*(*f).pc).op();
                op == Op::YieldFrom as u8 || op == Op::Await as u8
            };
            if (*leaf).flags & frame_flag::START == 0 && delegating(leaf) && (*(*leaf).pc).has(fl::EXTRA) {
                chain.push(leaf);
            }
            while frame != head {
                frame = (*frame).prev;
                if (*(*frame).pc).has(fl::EXTRA) {
                    chain.push(frame);
                }
            }
            if resuming {
                chain.reverse();
            }
            let any = !chain.is_empty();
            for frame in chain {
                self.swap_handled(frame);
            }
            any
        }
    }

    /// Raises what was thrown in. What the frame or its delegators handle is its context; what the resumer handles is not.
    pub(super) fn raise_thrown(&mut self, exc: Ref, handling: bool) -> Signal {
        if handling || self.chain_handles { self.raise_value(exc) } else { self.raise_again(exc) }
    }

    pub(super) fn generator_exit(&mut self) -> Ref {
        let class = self.types.exc.generator_exit;
        self.make_exception(class, &[])
    }

    /// What a pending resume asks for, in place of a call by `frame`.
    pub(super) unsafe fn enter_resume(&mut self, frame: *mut Frame, pending: Pending) -> Cont {
        unsafe {
            match pending {
                Pending::Resume { coroutine, mode, value } => self.resume(frame, *coroutine, mode, value),
                Pending::Call { callee, args, names } => self.call_from(frame, callee, args, names),
                Pending::Suspend => {
                    self.frame = frame;
                    self.suspended = true;
                    Cont::EXIT
                }
            }
        }
    }
}

/// Depth that the innermost frame of a chain gets below a new resumer: the chain keeps its length.
pub(super) unsafe fn depth_below(resumer: *mut Frame, head: *mut Frame, leaf: *mut Frame) -> u32 {
    // Safety: live frames.
    unsafe { u32::from((*leaf).depth.wrapping_sub((*head).depth)) + u32::from((*resumer).depth) + 1 }
}

/// As CPython's messages name them.
pub fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Coroutine => "coroutine",
        Kind::AsyncGenerator => "async generator",
        _ => "generator",
    }
}
