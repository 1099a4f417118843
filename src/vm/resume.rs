//! One engine for generators, coroutines and async generators: resume, yield, delegation in O(1), return, close.
//!
//! `vm.head` is the head of the delegation chain being driven. A head that is suspended knows its innermost delegate
//! (`link`), which knows its delegator (`prev`): resuming goes straight to the innermost one, and what it yields goes
//! straight to whoever resumed the head (`prev` of the head). Only a return walks one step.
//! A delegate that is not one of our objects (or cannot be linked) leaves its delegator as the innermost one, suspended
//! at its `YieldFrom`/`Await`; resuming it there drives the foreign iterator one step.

use super::Vm;
use super::dispatch::Cont;
use super::handled::delegates;
use super::pending::Pending;
use crate::code::CodeKind;
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::{Kind, Ref, Value};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// `value` is what the suspension evaluates to (None for `next`).
    Send,
    /// `value` is what `throw()` was given: see `thrown`.
    Throw,
    /// GeneratorExit is thrown; swallowed when it comes out again.
    Close,
}

/// A delegate has left, and its delegator goes on.
pub(super) struct Left {
    pub delegator: *mut Frame,
    /// The delegator only passed on what was thrown, and has taken its share just now: it handles an exception.
    pub handles: bool,
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
            let mut value = value;
            if mode == Mode::Throw && self.is_exit(&value) {
                value = match self.thrown_exception(&value) {
                    Ok(exit) => exit,
                    Err(_) => return self.unwind(resumer),
                };
            }
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
            let watched = (*head).flags & frame_flag::WATCHED != 0;
            if mode == Mode::Send {
                if watched {
                    self.take_shares(head, leaf);
                }
            } else if leaf != head {
                if watched {
                    (*leaf).flags |= frame_flag::THROWN;
                }
                if mode == Mode::Throw && self.is_exit(&value) {
                    self.exits.push((head, value));
                    return self.enter_leaf(leaf, Mode::Close, Ref::NONE);
                }
            }
            self.enter_leaf(leaf, mode, value)
        }
    }

    /// Continues the innermost frame of the chain being driven. Unless something is sent, it has not taken its share.
    pub(super) unsafe fn enter_leaf(&mut self, leaf: *mut Frame, mode: Mode, value: Ref) -> Cont {
        unsafe {
            if mode == Mode::Close {
                self.mark_closing(leaf);
            }
            if (*leaf).flags & frame_flag::START != 0 {
                return self.enter_start(leaf, mode, value);
            }
            if delegates(leaf) {
                return self.drive_delegate(leaf, mode, value);
            }
            self.frame = leaf;
            match mode {
                Mode::Send => {
                    self.swap_handled(leaf);
                    self.store(leaf, value)
                }
                Mode::Throw => match self.thrown_exception(&value) {
                    Ok(exc) => self.raise_in(leaf, exc),
                    Err(_) => self.not_thrown(leaf),
                },
                Mode::Close => {
                    let exit = self.generator_exit();
                    let handles = self.swap_handled(leaf);
                    self.raise_thrown(exit, handles);
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
                Mode::Throw => {
                    self.frame = (*leaf).prev;
                    match self.thrown_exception(&value) {
                        Ok(exc) => self.raise_again(exc),
                        Err(_) => return self.not_thrown(leaf),
                    };
                    self.unwind_out(leaf)
                }
                Mode::Close => {
                    let exit = self.generator_exit();
                    self.raise_again(exit);
                    self.unwind_out(leaf)
                }
            }
        }
    }

    unsafe fn resume_done(&mut self, resumer: *mut Frame, coroutine: Value, mode: Mode, value: Ref) -> Cont {
        unsafe {
            let kind = (*coroutine.header()).kind;
            let mut thrown = Ref::NONE;
            if mode == Mode::Throw {
                match self.thrown_exception(&value) {
                    Ok(exc) => thrown = exc,
                    Err(_) => return self.unwind(resumer),
                }
            }
            match mode {
                Mode::Close => self.deliver(resumer, Ref::NONE),
                _ if kind == Kind::Coroutine => {
                    let error = self.types.exc.runtime_error;
                    self.raise(error, "cannot reuse already awaited coroutine");
                    self.unwind(resumer)
                }
                Mode::Throw => {
                    self.raise_again(thrown);
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
            (*frame).flags = ((*frame).flags & !frame_flag::DELEGATE) | ((*head).flags & frame_flag::WATCHED);
            (*frame).prev = std::ptr::null_mut();
            true
        }
    }

    /// `frame` yields: suspends the chain and hands the value to whoever resumed its head.
    pub(super) unsafe fn yield_value(&mut self, frame: *mut Frame, value: Ref) -> Cont {
        unsafe {
            let head = self.head;
            if (*head).flags & frame_flag::WATCHED != 0 {
                if let Some(closing) = self.closing_above(frame) {
                    drop(value);
                    return self.ignores_exit(frame, closing);
                }
                self.put_shares(frame, head);
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

    /// A delegate that is no longer driven by its delegator becomes a head of its own. The delegator goes on.
    pub(super) unsafe fn unlink_delegate(&mut self, frame: *mut Frame) -> Left {
        unsafe {
            let flags = (*frame).flags;
            (*frame).flags &=
                !(frame_flag::DELEGATE | frame_flag::CLOSING | frame_flag::AG_CLOSING | frame_flag::THROWN);
            // The delegator is the innermost frame again: its depth follows from this one's, which is of this drive.
            let delegator = (*frame).prev;
            (*delegator).depth = (*frame).depth.saturating_sub(1);
            (*frame).prev = std::ptr::null_mut();
            (*Coro::of_frame(frame)).link = frame;
            let mut handles = false;
            if flags & frame_flag::THROWN != 0 {
                handles = self.swap_handled(delegator);
                if (*delegator).flags & frame_flag::DELEGATE != 0 {
                    (*delegator).flags |= frame_flag::THROWN;
                }
            }
            Left { delegator, handles }
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
            let closing = (*frame).flags & frame_flag::CLOSING != 0;
            let aclose = (*frame).flags & frame_flag::AG_CLOSING != 0;
            let left = self.unlink_delegate(frame);
            let awaiter = left.delegator;
            self.frame = awaiter;
            if aclose {
                let error = self.types.exc.runtime_error;
                self.raise(error, "async generator ignored GeneratorExit");
            }
            if closing {
                // The item of a step that is being closed is lost.
                let error = aclose.then(|| self.take_raised());
                self.close_next(left, error);
            }
            if closing || aclose {
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
                let closing = (*frame).flags & frame_flag::CLOSING != 0;
                let aclose = (*frame).flags & frame_flag::AG_CLOSING != 0;
                let left = self.unlink_delegate(frame);
                let delegator = left.delegator;
                self.frame = delegator;
                if closing {
                    drop(value);
                    self.close_next(left, None);
                    return self.unwind(delegator);
                }
                if kind == Kind::AsyncGenerator && !aclose {
                    let error = self.types.exc.stop_async_iteration;
                    self.raise_bare(error);
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

    /// What a pending resume asks for, in place of a call by `frame`.
    pub(super) unsafe fn enter_resume(&mut self, frame: *mut Frame, pending: Pending) -> Cont {
        unsafe {
            match pending {
                Pending::Resume { coroutine, mode, value } => self.resume(frame, *coroutine, mode, value),
                Pending::CallFew { callee, args } => self.call_few(frame, callee, args),
                Pending::Ask { method, asked } => self.enter_asked(frame, *method, asked),
                Pending::Call { callee, args, names } => self.call_from(frame, callee, args, names),
                Pending::Suspend => {
                    self.frame = frame;
                    self.suspended = true;
                    Cont::EXIT
                }
                Pending::Switch(switch) => self.enter_switch(frame, *switch),
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
