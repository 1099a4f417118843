//! How deep native protocols (equality, hashing, representation of nested containers) may nest.
//!
//! CPython counts the same nesting and gives up at 10,000 levels with a RecursionError; so does this, long before the
//! native stack ends.

use crate::object::call::{Outcome, Signal};
use crate::vm::Vm;
use std::cell::Cell;

/// Levels of nested native protocol calls.
const LIMIT: u32 = 10_000;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

impl Vm {
    /// Runs `f` one level deeper. `doing` completes the message "maximum recursion depth exceeded".
    ///
    /// # Errors
    /// RecursionError past the limit, and whatever `f` gives.
    #[inline]
    pub fn nested<R>(&mut self, doing: &str, f: impl FnOnce(&mut Vm) -> Outcome<R>) -> Outcome<R> {
        let depth = DEPTH.get();
        if depth >= LIMIT {
            return Err(self.too_deep(doing));
        }
        DEPTH.set(depth + 1);
        let result = f(self);
        DEPTH.set(depth);
        result
    }

    #[cold]
    fn too_deep(&mut self, doing: &str) -> Signal {
        let class = self.types.exc.recursion_error;
        self.raise(class, format!("maximum recursion depth exceeded{doing}"))
    }
}
