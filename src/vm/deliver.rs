//! Delivery: a result goes to the instruction that waits for it. The waiting frame's pc is that instruction; a plain
//! result goes to its `a`, and execution goes on behind it.

use super::Vm;
use super::dispatch::Cont;
use super::resume::Resumed;
use crate::code::{Instr, Op, fl};
use crate::object::coroutine::Frame;
use crate::object::{Kind, Ref, Value};

impl Vm {
    /// Puts `value` into the destination of the instruction at which `frame` waits, and goes on behind it.
    #[inline]
    pub(super) unsafe fn store(&mut self, frame: *mut Frame, value: Ref) -> Cont {
        unsafe {
            let instr = *(*frame).pc;
            let slot = Frame::regs(frame).add(instr.a());
            if instr.has(fl::DST_LOCAL) {
                let old = slot.replace(value.into_owned());
                self.frame = frame;
                old.dec();
            } else {
                // A temporary holds nothing before.
                slot.write(value.into_owned());
            }
            Cont::at((*frame).pc.add(1), frame)
        }
    }

    /// Delivers the result of a call (or of whatever the instruction asked for).
    pub(super) unsafe fn deliver(&mut self, frame: *mut Frame, value: Ref) -> Cont {
        unsafe {
            let instr = *(*frame).pc;
            self.frame = frame;
            let op = instr.op();
            if op == Op::For as u8 {
                let cont = self.store(frame, value);
                return Cont { pc: (*frame).pc.offset(instr.ic() as isize), regs: cont.regs };
            }
            if op == Op::YieldFrom as u8 || op == Op::Await as u8 {
                // The result of `next()` or `send()` on a foreign iterator: an item to yield.
                return self.yield_value(frame, value);
            }
            if instr.has(fl::COMPLEX) { self.deliver_complex(frame, instr, value) } else { self.store(frame, value) }
        }
    }

    #[cold]
    unsafe fn deliver_complex(&mut self, frame: *mut Frame, instr: Instr, value: Ref) -> Cont {
        unsafe {
            let pc = (*frame).pc;
            let Some(op) = Op::from_u8(instr.op()) else { return self.store(frame, value) };
            match op {
                _ if (Op::JEq as u8..=Op::JNGeI as u8).contains(&(op as u8)) => {
                    let truth = match self.truth(*value) {
                        Ok(truth) => truth,
                        Err(_) => return self.unwind(frame),
                    };
                    // Positive and negated forms alternate.
                    let wanted = (op as u8 - Op::JEq as u8).is_multiple_of(2);
                    Cont::at(if truth == wanted { pc.offset(instr.ia()) } else { pc.add(1) }, frame)
                }
                // The truth that was asked for.
                Op::JTrue | Op::JFalse => {
                    let jumps = (*value == Value::TRUE) == (op == Op::JTrue);
                    Cont::at(if jumps { pc.offset(instr.imm() as isize) } else { pc.add(1) }, frame)
                }
                Op::Not => self.store(frame, Ref::bool(*value != Value::TRUE)),
                Op::SetAttr | Op::DelAttr | Op::SetItem | Op::DelItem | Op::StoreName | Op::DelName => {
                    Cont::at(pc.add(1), frame)
                }
                // The prelude went through the iterable: a list of its items, to be taken apart.
                Op::Unpack | Op::UnpackStar => {
                    let items = match op {
                        Op::Unpack => self.unpack(*value, instr.c()),
                        _ => self.unpack_star(*value, instr.c() & 255, instr.c() >> 8),
                    };
                    drop(value);
                    match items {
                        Ok(items) => {
                            super::slow::spread(Frame::regs(frame), instr.a(), items);
                            Cont::at(pc.add(1), frame)
                        }
                        Err(_) => self.unwind(frame),
                    }
                }
                Op::Iter => match self.check_iterator(*value) {
                    Ok(()) => self.store(frame, value),
                    Err(_) => self.unwind(frame),
                },
                Op::In | Op::NotIn => match self.truth(*value) {
                    Ok(found) => self.store(frame, Ref::bool(found == (op == Op::In))),
                    Err(_) => self.unwind(frame),
                },
                _ => self.store(frame, value),
            }
        }
    }

    /// A value yielded by the head that `frame` resumed.
    pub(super) unsafe fn deliver_yield(&mut self, frame: *mut Frame, value: Ref) -> Cont {
        unsafe {
            if op_is_boundary(frame) {
                self.resumed = Resumed::Yielded;
            }
            self.deliver(frame, value)
        }
    }

    /// The head that `frame` resumed has returned.
    pub(super) unsafe fn deliver_return(&mut self, frame: *mut Frame, value: Ref, kind: Kind) -> Cont {
        unsafe {
            let instr = *(*frame).pc;
            self.frame = frame;
            if instr.op() == Op::For as u8 {
                return Cont::at((*frame).pc.add(1), frame);
            }
            if op_is_boundary(frame) {
                self.resumed = Resumed::Returned;
                return self.store(frame, value);
            }
            if instr.op() == Op::YieldFrom as u8 || instr.op() == Op::Await as u8 {
                // An iterator that is driven step by step by a coroutine of its own: that one's end is its end.
                return self.store(frame, value);
            }
            if kind == Kind::AsyncGenerator {
                let error = self.types.exc.stop_async_iteration;
                self.raise_bare(error);
            } else {
                self.stop_iteration(value);
            }
            self.unwind(frame)
        }
    }
}

/// The frame stands for native code that resumed a coroutine (see `Vm::resume_native`).
unsafe fn op_is_boundary(frame: *mut Frame) -> bool {
    unsafe {
        (*frame).flags & crate::object::coroutine::frame_flag::BOUNDARY != 0 && (*(*frame).pc).fl() & fl::EXTRA != 0
    }
}

/// Reads the register `index` of a frame.
pub(super) unsafe fn reg(frame: *mut Frame, index: usize) -> Value {
    unsafe { *Frame::regs(frame).add(index) }
}
