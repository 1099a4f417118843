//! Frames, and the object of generators, coroutines and async generators: one engine, three faces.
//!
//! A frame stands directly below its registers. A plain call's is on the machine's stack, and so is that of a coroutine that
//! is awaited at once, until it suspends (`vm::inlined`); a coroutine's is in its object, and its registers stay there.

use super::code::Code;
use super::heap::{Header, Kind, Object};
use super::{Ref, Value};
use crate::code::Instr;

/// 32 bytes, directly below the registers.
#[repr(C)]
pub struct Frame {
    /// Who gets the result: the caller, the resumer, or (for a delegate) the delegator, also while suspended.
    pub prev: *mut Frame,
    pub code: *const Code,
    /// The instruction being executed (while it calls something), or the suspension.
    pub pc: *const Instr,
    /// [`frame_flag`] bits.
    pub flags: u16,
    /// Frames below it, for the recursion limit.
    pub depth: u16,
    /// Span start of the call that made a coroutine, for "never awaited".
    pub created: u32,
}

/// Bits of [`Frame::flags`].
pub mod frame_flag {
    /// In a coroutine object, not on the stack.
    pub const COROUTINE: u16 = 1;
    /// A head that is being driven.
    pub const RUNNING: u16 = 2;
    /// Another coroutine delegates to it: `prev` is its delegator. Without [`COROUTINE`]: it runs on the stack (`vm::inlined`).
    pub const DELEGATE: u16 = 4;
    /// Has run to its end (registers are dropped).
    pub const DONE: u16 = 8;
    /// Not yet begun.
    pub const START: u16 = 16;
    /// It is being closed: a head by `close()`, a delegate because its delegator was, or was thrown GeneratorExit.
    pub const CLOSING: u16 = 32;
    /// Constructor call: the result must be None, and the object in R[0] is the result.
    pub const INIT: u16 = 64;
    /// Its code delivers to the native boundary.
    pub const BOUNDARY: u16 = 128;
    /// A generator marked by `types.coroutine`: may be awaited.
    pub const ITERABLE_COROUTINE: u16 = 256;
    /// Async generator: an `aclose()` is driving it.
    pub const AG_CLOSING: u16 = 512;
    /// Async generator: closed.
    pub const AG_CLOSED: u16 = 1024;
    /// Async generator: the loop's hooks were called.
    pub const AG_HOOKS: u16 = 2048;
    /// Of a plain frame on the stack: a special method whose answer is looked at, see `vm::asked`. (It shares the bit of
    /// [`AG_HOOKS`], which only objects have.)
    pub const ASKED: u16 = AG_HOOKS;
    /// Async generator: a step driven by hand has begun and not ended.
    pub const AG_RUNNING: u16 = 16384;
    /// Of a head: a delegator in its chain suspends within an exception handler, or is being closed, or was.
    pub const WATCHED: u16 = 8192;
    /// Was awaited or closed: no "never awaited" warning.
    pub const AWAITED: u16 = 4096;
    /// Of a delegate: something was thrown into it that those above it only passed on.
    pub const THROWN: u16 = 32768;
}

impl Frame {
    pub const SIZE: usize = size_of::<Frame>();

    /// The registers of a frame.
    #[inline(always)]
    pub fn regs(frame: *mut Frame) -> *mut Value {
        frame.wrapping_add(1) as *mut Value
    }

    /// The frame below registers.
    #[inline(always)]
    pub fn of(regs: *mut Value) -> *mut Frame {
        (regs as *mut Frame).wrapping_sub(1)
    }
}

/// Generator, coroutine or async generator (by the header's kind): its frame, then its registers.
#[repr(C)]
pub struct Coro {
    pub header: Header,
    /// Of a suspended head, its innermost delegate's frame (or its own); of a driven head, the head driven before.
    pub link: *mut Frame,
    pub frame: Frame,
}

// Safety: repr(C), header first; the coroutine and async generator kinds share the layout.
unsafe impl Object for Coro {
    const KIND: Kind = Kind::Generator;
}

impl Coro {
    /// The object of a coroutine's frame.
    #[inline(always)]
    pub fn of_frame(frame: *mut Frame) -> *mut Coro {
        (frame as *mut u8).wrapping_sub(std::mem::offset_of!(Coro, frame)) as *mut Coro
    }

    #[inline(always)]
    pub fn frame_of(value: Value) -> *mut Frame {
        // Safety: only the address is computed.
        unsafe { &raw mut (*(value.header() as *mut Coro)).frame }
    }

    /// The object as a value (borrowed).
    #[inline(always)]
    pub fn value(&self) -> Value {
        Value::from_header(self as *const Coro as *mut Header)
    }

    pub fn from_value(value: &Value) -> Option<&Coro> {
        match value.kind()? {
            // Safety: these kinds have this layout.
            Kind::Generator | Kind::Coroutine | Kind::AsyncGenerator => {
                Some(unsafe { &*(value.header() as *const Coro) })
            }
            _ => None,
        }
    }

    pub fn code(&self) -> &'static Code {
        // Safety: code lives for ever.
        unsafe { &*self.frame.code }
    }

    pub(super) fn object_size(&self) -> usize {
        size_of::<Coro>() + self.code().registers as usize * 8
    }

    pub fn has(&self, flag: u16) -> bool {
        self.frame.flags & flag != 0
    }

    /// The registers that hold values now: all locals, and the temporaries live across the current state.
    ///
    /// # Safety
    /// The coroutine must be suspended or not begun.
    pub unsafe fn owned_registers(&self) -> (*mut Value, usize) {
        let regs = Frame::regs(&self.frame as *const Frame as *mut Frame);
        let code = self.code();
        if self.has(super::coroutine::frame_flag::DONE) {
            return (regs, 0);
        }
        let depth = if self.has(super::coroutine::frame_flag::START) {
            0
        } else {
            code.info.data.depths.get(code.pc_index(self.frame.pc)).copied().unwrap_or(0)
        };
        (regs, code.locals as usize + depth as usize)
    }
}

/// A step of an async generator (`asend`, `athrow`, `aclose`, `__anext__`) as an awaitable.
#[repr(C)]
pub struct AsyncStep {
    pub header: Header,
    pub generator: Ref,
    /// Value to send, or the exception to throw.
    pub value: Ref,
    pub mode: StepMode,
    pub state: StepState,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepMode {
    Send,
    Throw,
    Close,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepState {
    Init,
    Iterating,
    Closed,
}

// Safety: repr(C), header first.
unsafe impl Object for AsyncStep {
    const KIND: Kind = Kind::AsyncStep;
}

/// What a coroutine's `__await__()` gives.
#[repr(C)]
pub struct CoroutineWrapper {
    pub header: Header,
    pub coroutine: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for CoroutineWrapper {
    const KIND: Kind = Kind::CoroutineWrapper;
}
