//! What the frames of a suspended chain handle. A frame within an exception handler keeps the exception that it handles
//! (`sys.exception()`) in a register of its own while it is suspended: its share.
//!
//! A chain that goes on by a send takes the shares back from the head down to the innermost frame, as every frame runs
//! again. What is thrown goes to the innermost frame alone: those above only pass it on (CPython's `gen_throw` and
//! `gen_close`), and each takes its share when something comes back to it. Such an innermost frame is marked `THROWN`.

use super::Vm;
use super::dispatch::Cont;
use crate::code::{Op, fl};
use crate::object::call::Signal;
use crate::object::coroutine::{Frame, frame_flag};
use crate::object::{Ref, Value};

/// A frame stands at `yield from` or `await`.
pub(super) unsafe fn delegates(frame: *mut Frame) -> bool {
    // Safety: the caller's frame is live.
    let op = unsafe { (*(*frame).pc).op() };
    op == Op::YieldFrom as u8 || op == Op::Await as u8
}

impl Vm {
    /// Swaps the handled exception with the share of a suspended frame. False if it has none.
    pub(super) unsafe fn swap_handled(&mut self, frame: *mut Frame) -> bool {
        unsafe {
            if !(*(*frame).pc).has(fl::EXTRA) {
                return false;
            }
            let code = &*(*frame).code;
            let candidates = &code.suspension((*frame).pc).handling;
            let regs = Frame::regs(frame);
            // A `finally` entered normally keeps nothing: its slot is unbound.
            let saved = candidates.iter().map(|r| regs.add(*r as usize)).find(|r| !(**r).is_unbound());
            let Some(slot) = saved else { return false };
            self.handled = std::ptr::replace(slot, self.handled);
            true
        }
    }

    /// The chain from `head` to `leaf` goes on by a send: those that delegate take their shares, outermost first.
    pub(super) unsafe fn take_shares(&mut self, head: *mut Frame, leaf: *mut Frame) {
        unsafe {
            let mut chain = Vec::new();
            let mut frame = leaf;
            // The innermost one is among them if what it drives is no coroutine of ours.
            if (*leaf).flags & frame_flag::START == 0 && delegates(leaf) {
                chain.push(leaf);
            }
            while frame != head {
                frame = (*frame).prev;
                chain.push(frame);
            }
            for frame in chain.into_iter().rev() {
                self.swap_handled(frame);
            }
        }
    }

    /// The chain from `top` to `leaf` suspends: those that delegate put their shares away, innermost first. Those above
    /// the one that something was thrown into have not taken theirs.
    pub(super) unsafe fn put_shares(&mut self, leaf: *mut Frame, top: *mut Frame) {
        unsafe {
            let mut frame = leaf;
            loop {
                if frame != leaf || delegates(leaf) {
                    self.swap_handled(frame);
                }
                if frame == top {
                    return;
                }
                if (*frame).flags & frame_flag::THROWN != 0 {
                    (*frame).flags &= !frame_flag::THROWN;
                    return;
                }
                frame = (*frame).prev;
            }
        }
    }

    /// Raises what was thrown into a frame. What the frame handles becomes its context; what the thrower handles does not.
    pub(super) fn raise_thrown(&mut self, exc: Ref, handles: bool) -> Signal {
        if handles { self.raise_value(exc) } else { self.raise_again(exc) }
    }

    /// The exception in flight came out of what `frame` passed something on to.
    pub(super) unsafe fn raised_below(&mut self, frame: *mut Frame) -> Cont {
        unsafe {
            let exc = self.take_raised();
            self.raise_in(frame, exc)
        }
    }

    /// Raises an exception at the suspension of `frame`, which has not taken its share.
    pub(super) unsafe fn raise_in(&mut self, frame: *mut Frame, exc: Ref) -> Cont {
        unsafe {
            let handles = self.swap_handled(frame);
            self.raise_thrown(exc, handles);
            self.unwind(frame)
        }
    }

    /// GeneratorExit as `close()` makes it: what the closer handles is its context.
    pub(super) fn generator_exit(&mut self) -> Ref {
        let class = self.types.exc.generator_exit;
        let exit = self.make_exception(class, &[]);
        if self.handled != Value::NONE {
            self.set_context(*exit, self.handled);
        }
        exit
    }
}
