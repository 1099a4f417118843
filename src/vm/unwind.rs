//! Unwinding: an exception goes to the innermost handler around the current instruction, or out of the frame.

use super::Vm;
use super::dispatch::Cont;
use crate::code::Op;
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::exception::{Exception, TraceEntry};
use crate::object::{Kind, Ref, Value};

impl Vm {
    /// The exception in flight was raised by the instruction at which `frame` stands.
    #[inline(never)]
    pub(super) unsafe fn unwind(&mut self, frame: *mut Frame) -> Cont {
        unsafe {
            let mut frame = frame;
            loop {
                self.frame = frame;
                if (*frame).flags & frame_flag::BOUNDARY != 0 {
                    return if Vm::is_greenlet_base(frame) { self.end_greenlet(frame) } else { Cont::EXIT };
                }
                let op = (*(*frame).pc).op();
                if self.ends_iteration(frame, op) {
                    drop(self.take_raised());
                    return Cont::at((*frame).pc.add(1), frame);
                }
                if op == Op::YieldFrom as u8 || op == Op::Await as u8 {
                    let exc = self.take_raised();
                    self.end_delegation(frame);
                    self.raised = exc;
                }
                self.note_frame(frame);
                if let Some(cont) = self.find_handler(frame) {
                    return cont;
                }
                match self.leave(frame) {
                    Leave::Up(next) => frame = next,
                    Leave::Done(cont) => return cont,
                }
                // A foreign delegate's StopIteration is its result.
                let op = (*(*frame).pc).op();
                if (op == Op::YieldFrom as u8 || op == Op::Await as u8)
                    && (*frame).flags & frame_flag::BOUNDARY == 0
                    && self.raised_is(self.types.exc.stop_iteration)
                {
                    return self.foreign_raised(frame);
                }
            }
        }
    }

    /// A coroutine was thrown into before it began: no handler of its own applies.
    pub(super) unsafe fn unwind_out(&mut self, frame: *mut Frame) -> Cont {
        unsafe {
            self.note_frame(frame);
            match self.leave(frame) {
                Leave::Up(next) => self.unwind(next),
                Leave::Done(cont) => cont,
            }
        }
    }

    /// StopIteration raised by what a `for` asked for its next item (a `__next__`, a mapped function) ends the loop.
    unsafe fn ends_iteration(&mut self, frame: *mut Frame, op: u8) -> bool {
        let _ = frame;
        op == Op::For as u8 && self.raised_is(self.types.exc.stop_iteration)
    }

    /// Records the frame in the exception's traceback.
    unsafe fn note_frame(&mut self, frame: *mut Frame) {
        unsafe {
            let code: &'static crate::object::code::Code = &*(*frame).code;
            if code.info.hidden {
                return;
            }
            if let Some(exc) = self.raised.get::<Exception>() {
                let pc = code.pc_index((*frame).pc) as u32;
                exc.traceback.borrow_mut().push(TraceEntry { code, pc });
            }
        }
    }

    /// Drops the temporaries above the handler's depth and goes to it.
    unsafe fn find_handler(&mut self, frame: *mut Frame) -> Option<Cont> {
        unsafe {
            let code = &*(*frame).code;
            let data = &code.info.data;
            let pc = code.pc_index((*frame).pc);
            let entry = data.handlers.iter().rev().find(|h| h.start as usize <= pc && pc < h.end as usize)?;
            self.drop_temps(frame, data.depths[pc] as usize, entry.depth as usize);
            Some(Cont::at(code.instrs.add(entry.handler as usize), frame))
        }
    }

    unsafe fn drop_temps(&mut self, frame: *mut Frame, from: usize, to: usize) {
        unsafe {
            let temps = Frame::regs(frame).add((*(*frame).code).locals as usize);
            for i in (to..from).rev() {
                (*temps.add(i)).dec();
            }
        }
    }

    /// Drops the locals of a frame in order.
    pub(super) unsafe fn drop_locals(&mut self, frame: *mut Frame) {
        unsafe {
            let regs = Frame::regs(frame);
            for i in 0..(*(*frame).code).locals as usize {
                std::ptr::replace(regs.add(i), Value::UNBOUND).dec();
            }
        }
    }

    /// The exception leaves the frame.
    unsafe fn leave(&mut self, frame: *mut Frame) -> Leave {
        unsafe {
            let code = &*(*frame).code;
            // What is dropped may run code: keep the exception out of its way.
            let exc = std::mem::replace(&mut self.raised, Ref::UNBOUND);
            let start = (*frame).flags & frame_flag::START != 0;
            if !start {
                let depth = code.info.data.depths[code.pc_index((*frame).pc)] as usize;
                self.drop_temps(frame, depth, 0);
            }
            self.drop_locals(frame);
            if (*frame).flags & frame_flag::INIT != 0 {
                (*Frame::regs(frame).add(code.registers as usize)).dec();
            }
            let asked = frame_flag::ASKED | frame_flag::COROUTINE;
            if (*frame).flags & asked == frame_flag::ASKED {
                self.drop_asked(frame);
            }
            self.raised = exc;
            if (*frame).flags & frame_flag::COROUTINE == 0 {
                if super::inlined::is_inlined(frame) {
                    self.convert_stop(Kind::Coroutine);
                }
                let prev = (*frame).prev;
                self.sp = frame as *mut u8;
                return Leave::Up(prev);
            }
            self.leave_coroutine(frame)
        }
    }

    unsafe fn leave_coroutine(&mut self, frame: *mut Frame) -> Leave {
        unsafe {
            (*frame).flags |= frame_flag::DONE;
            (*Coro::of_frame(frame)).header.flags |= crate::object::heap::flag::FINALISED;
            (*frame).flags &= !frame_flag::START;
            let kind = (*Coro::of_frame(frame)).header.kind;
            self.convert_stop(kind);
            let exit = self.raised_is(self.types.exc.generator_exit);
            if (*frame).flags & frame_flag::DELEGATE != 0 {
                let aclose = (*frame).flags & frame_flag::AG_CLOSING != 0;
                let closing = (*frame).flags & frame_flag::CLOSING != 0;
                let left = self.unlink_delegate(frame);
                let delegator = left.delegator;
                self.frame = delegator;
                let exc = self.take_raised();
                let ended = exit || self.is_instance_of(*exc, self.types.exc.stop_async_iteration);
                if closing {
                    self.close_next(left, if ended { None } else { Some(exc) });
                } else if aclose && ended {
                    return Leave::Done(self.end_with(delegator, Ref::NONE));
                } else {
                    self.raise_thrown(exc, left.handles);
                }
                return Leave::Up(delegator);
            }
            let closing = (*frame).flags & (frame_flag::CLOSING | frame_flag::AG_CLOSING) != 0;
            let resumer = self.pop_head();
            if closing && exit {
                drop(self.take_raised());
                return Leave::Done(self.deliver(resumer, Ref::NONE));
            }
            Leave::Up(resumer)
        }
    }

    /// PEP 479: StopIteration does not leave a generator as itself; nor StopAsyncIteration an async generator.
    unsafe fn convert_stop(&mut self, kind: Kind) {
        let name = super::resume::kind_name(kind);
        let stop = if self.raised_is(self.types.exc.stop_iteration) {
            "StopIteration"
        } else if kind == Kind::AsyncGenerator && self.raised_is(self.types.exc.stop_async_iteration) {
            "StopAsyncIteration"
        } else {
            return;
        };
        let cause = self.take_raised();
        let class = self.types.exc.runtime_error;
        self.raise(class, format!("{name} raised {stop}"));
        if let Some(exc) = self.raised.get::<Exception>() {
            exc.cause.replace(cause.clone());
            exc.context.replace(cause);
            exc.suppress_context.set(true);
        }
    }
}

/// What became of an exception that left a frame.
enum Leave {
    /// It goes on in this frame.
    Up(*mut Frame),
    /// It was swallowed.
    Done(Cont),
}
