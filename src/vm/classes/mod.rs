//! Classes: built-in types and their tables, class statements, instantiation, `isinstance`.

mod builtin;
mod check;
pub mod construct;
mod make;
mod metaclass;
mod mro;
mod slots;
mod statement;

pub use construct::Construction;
pub use make::Keywords;

use super::Vm;
use crate::object::code::{Code, Globals};
use crate::object::coroutine::{Frame, frame_flag};
use crate::object::{Ref, Value};

impl Vm {
    /// The globals of the function that runs (parts of built-ins do not count); None outside of any.
    pub fn current_globals(&self) -> Option<&'static Globals> {
        let mut frame = self.frame;
        // Safety: the chain of frames from the running one on is alive while a native runs.
        unsafe {
            while !frame.is_null() {
                let code: *const Code = (*frame).code;
                if !code.is_null() && (*frame).flags & frame_flag::BOUNDARY == 0 {
                    let globals = (&*code).info.unit.globals;
                    if !self.imports.is_prelude(globals) {
                        return Some(globals);
                    }
                }
                frame = (*frame).prev;
            }
        }
        None
    }

    /// The globals of the innermost function that is part of the program, not of a library; None outside of any.
    pub fn visible_globals(&self) -> Option<&'static Globals> {
        // Safety: a live frame of the running program.
        self.visible_frame().map(|frame| unsafe { &*(*frame).code }.info.unit.globals)
    }

    /// The innermost frame of Coro code, or null.
    pub fn caller_frame(&self) -> *mut Frame {
        let mut frame = self.frame;
        // Safety: as in `current_globals`.
        unsafe {
            while !frame.is_null() && (*frame).flags & frame_flag::BOUNDARY != 0 {
                frame = (*frame).prev;
            }
        }
        frame
    }

    /// `callable(value)`
    pub fn is_callable(&self, value: Value) -> bool {
        self.special(value, self.names.call).is_some()
    }

    /// `__name__` of the running module, or `builtins`.
    pub fn current_module_name(&self) -> Ref {
        let name = self.current_globals().and_then(|globals| globals.get(self.names.name));
        name.map_or_else(|| Ref::str("builtins"), |name| name.to_ref())
    }
}
