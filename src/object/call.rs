//! The calling convention of native functions.

use super::{Ref, Value};

/// What stops a native function early. The details are in the virtual machine (the exception in flight, or the call).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// An exception is set.
    Raised,
    /// The result is that of a call the machine is to make in this function's place (set by `Vm::tail_call`): natives that
    /// end in Coro code do not nest.
    Call,
}

pub type Outcome<T = Ref> = Result<T, Signal>;

/// Arguments of a native call: positional ones, then the values of keyword arguments. For a method, `self` comes first.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    /// All values, borrowed from the caller.
    pub values: &'a [Value],
    /// Interned names of the last values.
    pub names: &'a [Value],
}

impl<'a> Args<'a> {
    pub const fn positional(values: &'a [Value]) -> Args<'a> {
        Args { values, names: &[] }
    }

    /// The positional arguments.
    pub fn pos(&self) -> &'a [Value] {
        &self.values[..self.values.len() - self.names.len()]
    }

    /// Keyword arguments with their (interned) names.
    pub fn keywords(&self) -> impl Iterator<Item = (Value, Value)> + 'a {
        let first = self.values.len() - self.names.len();
        self.names.iter().copied().zip(self.values[first..].iter().copied())
    }

    /// The value of keyword `name` (interned).
    pub fn keyword(&self, name: Value) -> Option<Value> {
        self.keywords().find(|(n, _)| *n == name).map(|(_, value)| value)
    }
}
