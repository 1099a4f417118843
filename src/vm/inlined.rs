//! `await f(…)` without an object: a coroutine that is awaited as soon as it is made runs in a frame on the stack, like a
//! call, until it has to suspend. Most never do.
//!
//! Such a frame is marked [`frame_flag::DELEGATE`] without [`frame_flag::COROUTINE`]; its `prev` stands at its `Await`,
//! whose register for the delegate is unbound. Before it drives anything, it is moved to an object, as are those below it
//! that are of its kind: so they are always the innermost frames of a chain, on top of the stack, and nobody else sees
//! them. Nothing points into a frame's registers, so that they can be moved.

use super::Vm;
use super::dispatch::Cont;
use crate::code::{CodeKind, Instr};
use crate::object::code::Code;
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::function::Function;
use crate::object::{Kind, Ref, Value, heap};

/// Bytes of the stack that are left to calls: inlined awaits take none of them, so that a program gets as deep as without.
const RESERVED: usize = 1 << 18;

/// Pushes the frame of a coroutine that is awaited at once ([`crate::code::fl::AWAITED`]) on top of that of `regs`, which stands at its `Await` from now on. None if it has to
/// be made in the ordinary way.
#[inline(always)]
pub(super) unsafe fn push(
    vm: *mut Vm,
    function: *const Function,
    pc: *const Instr,
    regs: *mut Value,
) -> Option<*mut Value> {
    unsafe {
        let code: &'static Code = (*function).code;
        let frame = Frame::of(regs);
        let callee = (*vm).sp as *mut Frame;
        let sp = (*vm).sp.wrapping_add(code.frame_size as usize);
        let fits = sp.wrapping_add(RESERVED) < (*vm).limit && (*frame).depth < (*vm).max_depth;
        if !fits || code.kind != CodeKind::Coroutine || (*(*function).extra.as_ptr()).is_some() {
            return None;
        }
        (*frame).pc = pc.add(2);
        (*callee).prev = frame;
        (*callee).code = code;
        (*callee).flags = frame_flag::DELEGATE;
        (*callee).depth = (*frame).depth + 1;
        (*callee).created = 0;
        (*vm).sp = sp;
        Some(Frame::regs(callee))
    }
}

/// Whether the frame is one of these.
#[inline(always)]
pub(super) unsafe fn is_inlined(frame: *const Frame) -> bool {
    unsafe { (*frame).flags & (frame_flag::DELEGATE | frame_flag::COROUTINE) == frame_flag::DELEGATE }
}

impl Vm {
    /// The running frame is about to suspend or to drive something: it and those below it get objects. Gives where it is
    /// now; its pc is saved.
    pub(super) unsafe fn materialise(&mut self, frame: *mut Frame) -> *mut Frame {
        unsafe {
            if !is_inlined(frame) {
                return frame;
            }
            let innermost = move_to_object(frame);
            let (mut old, mut new) = (frame, innermost);
            loop {
                let below = (*old).prev;
                let inlined = is_inlined(below);
                let delegator = if inlined { move_to_object(below) } else { below };
                (*new).prev = delegator;
                let slot = Frame::regs(delegator).add((*(*delegator).pc).b());
                slot.write((*Coro::of_frame(new)).value());
                if !inlined {
                    break;
                }
                (old, new) = (below, delegator);
            }
            self.sp = old as *mut u8;
            self.frame = innermost;
            innermost
        }
    }

    /// An inlined coroutine has a result; its registers are to be dropped.
    pub(super) unsafe fn finish_inlined(&mut self, frame: *mut Frame, value: Ref) -> Cont {
        unsafe {
            self.drop_locals(frame);
            let delegator = (*frame).prev;
            self.sp = frame as *mut u8;
            self.end_with(delegator, value)
        }
    }
}

/// A coroutine object with what the frame holds; it is not linked to its delegator yet.
unsafe fn move_to_object(frame: *mut Frame) -> *mut Frame {
    unsafe {
        let registers = (*(*frame).code).registers as usize;
        let header = heap::allocate(size_of::<Coro>() + registers * size_of::<Value>(), Kind::Coroutine);
        let coro = header as *mut Coro;
        let new = &raw mut (*coro).frame;
        (&raw mut (*coro).link).write(new);
        new.write(std::ptr::read(frame));
        (*new).flags |= frame_flag::COROUTINE | frame_flag::AWAITED;
        std::ptr::copy_nonoverlapping(Frame::regs(frame), Frame::regs(new), registers);
        new
    }
}
