//! The virtual machine: runs linked code on heap frames.
//!
//! `dispatch` and `handlers` execute instructions, `calls` binds arguments and pushes frames, `deliver` takes a result to
//! whoever waits for it, `resume` drives generators, coroutines and async generators, `unwind` finds handlers. `protocol`
//! holds the language's protocols (attributes, operators, iteration, equality, representation) that instructions and
//! natives share, `classes` makes classes, `intrinsics` the rest of the instructions' slow halves.

pub mod classes;
pub mod exc_types;
pub mod native;
pub mod types;

use crate::object::atom::Names;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::coroutine::{Coro, Frame};
use crate::object::{Ref, Value};

/// A call that a native function hands over instead of making it.
pub struct PendingCall {
    pub callee: Ref,
    pub args: Vec<Ref>,
    /// Interned names of the last arguments.
    pub names: Vec<Value>,
}

/// The machine's state. There is one for each thread that runs Coro code.
#[repr(C)]
pub struct Vm {
    /// Next free byte of the stack, and its end.
    pub(crate) sp: *mut u8,
    pub(crate) limit: *mut u8,
    /// Head of the delegation chain being driven.
    pub(crate) head: *mut Frame,
    /// Deepest allowed frame.
    pub(crate) max_depth: u16,
    /// The exception being handled (`sys.exc_info`), or None.
    pub(crate) handled: Value,
    /// The exception in flight, or unbound.
    pub(crate) raised: Value,
    /// Set by [`Vm::tail_call`].
    pub(crate) pending: Option<PendingCall>,
    pub names: Names,
    pub types: types::Types,
}
