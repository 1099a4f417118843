//! Fibers: calls that run on a stack of their own. A native that would block in one suspends the whole call, however many
//! functions deep, as long as no other native stands in between; whoever started the fiber goes on, and resumes it later.
//!
//! All that a running call has is in frames, so suspending copies nothing: a few words of the machine are exchanged.

use super::Vm;
use super::calls::BOUNDARY;
use super::dispatch::Cont;
use super::pending::Pending;
use super::stack::Stack;
use crate::object::call::{Outcome, Signal};
use crate::object::coroutine::{Frame, frame_flag};
use crate::object::{Ref, Value};
use std::mem::swap;

/// Bytes of a fiber's stack; untouched pages cost nothing.
const STACK: usize = 4 << 20;

/// A call on a stack of its own.
pub struct Fiber {
    stack: Stack,
    /// What the machine has of it while it does not run.
    sp: *mut u8,
    limit: *mut u8,
    head: *mut Frame,
    frame: *mut Frame,
    handled: Value,
    /// The greenlet that runs in it: greenlets of different fibers do not switch to one another.
    greenlet: Ref,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    New,
    Suspended,
    Running,
    Done,
}

impl Fiber {
    pub fn new() -> Fiber {
        let stack = Stack::sized(STACK);
        Fiber {
            sp: stack.start(),
            limit: stack.end(),
            stack,
            head: std::ptr::null_mut(),
            frame: std::ptr::null_mut(),
            handled: Value::NONE,
            greenlet: Ref::NONE,
            state: State::New,
        }
    }

    pub fn is_suspended(&self) -> bool {
        self.state == State::Suspended
    }
}

impl Default for Fiber {
    fn default() -> Fiber {
        Fiber::new()
    }
}

impl Drop for Fiber {
    fn drop(&mut self) {
        if self.state == State::Suspended {
            // Its frames may be referred to by coroutines that run in it: they stay as they are.
            std::mem::forget(std::mem::replace(&mut self.stack, Stack::sized(16)));
        }
    }
}

impl Vm {
    /// Begins the call `callee(*args)`; its result, or None if it was suspended.
    ///
    /// # Errors
    /// What the call raises.
    pub fn start_fiber(
        &mut self,
        fiber: &mut Fiber,
        callee: Ref,
        args: Vec<Ref>,
        names: Vec<Value>,
    ) -> Outcome<Option<Ref>> {
        // Safety: the boundary frame is the first thing on the fiber's own stack, which has room for it.
        self.within(fiber, |vm| unsafe {
            let frame = vm.sp as *mut Frame;
            frame.write(Frame {
                prev: std::ptr::null_mut(),
                code: vm.boundary_code,
                pc: BOUNDARY.as_ptr(),
                flags: frame_flag::BOUNDARY,
                depth: 1,
                created: 0,
            });
            Frame::regs(frame).write(Value::UNBOUND);
            vm.sp = vm.sp.add(Frame::SIZE + 16);
            vm.frame = frame;
            vm.call_from(frame, callee, args, names)
        })
    }

    /// Goes on with a suspended call: what suspended it gives `value`, or raises it. The call's result, or None if it was
    /// suspended again.
    ///
    /// # Errors
    /// What the call raises.
    pub fn resume_fiber(&mut self, fiber: &mut Fiber, value: Outcome) -> Outcome<Option<Ref>> {
        if fiber.state != State::Suspended {
            return Ok(None);
        }
        // Safety: the frame that waits is the one that was running when the call was suspended.
        self.within(fiber, |vm| unsafe {
            let frame = vm.frame;
            match value {
                Ok(value) => vm.deliver(frame, value),
                Err(_) => vm.unwind(frame),
            }
        })
    }

    /// Runs in the fiber until its call ends or is suspended.
    fn within(&mut self, fiber: &mut Fiber, begin: impl FnOnce(&mut Vm) -> Cont) -> Outcome<Option<Ref>> {
        let base = fiber.stack.start() as *mut Frame;
        self.exchange(fiber);
        fiber.state = State::Running;
        let outer = self.fiber_nesting.replace(self.nesting);
        let cont = begin(self);
        self.run(cont);
        self.fiber_nesting = outer;
        let suspended = std::mem::take(&mut self.suspended);
        self.exchange(fiber);
        if suspended {
            fiber.state = State::Suspended;
            return Ok(None);
        }
        fiber.state = State::Done;
        if !self.raised.is_unbound() {
            return Err(Signal::Raised);
        }
        // Safety: the boundary frame, whose register has the result.
        Ok(Some(Ref::from_owned(unsafe { *Frame::regs(base) })))
    }

    fn exchange(&mut self, fiber: &mut Fiber) {
        swap(&mut self.sp, &mut fiber.sp);
        swap(&mut self.limit, &mut fiber.limit);
        swap(&mut self.head, &mut fiber.head);
        swap(&mut self.frame, &mut fiber.frame);
        swap(&mut self.handled, &mut fiber.handled);
        let other = fiber.greenlet.take();
        fiber.greenlet = self.exchange_greenlet(other);
    }

    /// Whether the native that runs may suspend the fiber it is called in.
    pub fn can_suspend(&self) -> bool {
        self.fiber_nesting == Some(self.nesting)
    }

    /// Suspends the fiber in place of the native function that returns the signal: what `resume_fiber` gives is its result.
    pub fn suspend_fiber(&mut self) -> Signal {
        self.pending = Some(Pending::Suspend);
        Signal::Call
    }
}
