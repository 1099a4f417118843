//! Exception objects and tracebacks.

use super::code::Code;
use super::heap::{self, Header, Kind, Object};
use super::types::TypeRef;
use super::{Ref, Value};
use std::cell::{Cell, RefCell};

/// An instance of any exception class.
#[repr(C)]
pub struct Exception {
    pub header: Header,
    pub class: Cell<TypeRef>,
    /// A tuple.
    pub args: RefCell<Ref>,
    /// An exception or None.
    pub cause: RefCell<Ref>,
    pub context: RefCell<Ref>,
    pub suppress_context: Cell<bool>,
    pub traceback: RefCell<Vec<TraceEntry>>,
    /// Other attributes (a dict), or None. Built-in extras (`StopIteration.value`, `OSError.errno`, groups' `exceptions`)
    /// are here under their names too.
    pub dict: RefCell<Ref>,
}

// Safety: repr(C), header first.
unsafe impl Object for Exception {
    const KIND: Kind = Kind::Exception;
}

/// A frame that the exception passed, innermost first.
#[derive(Clone, Copy)]
pub struct TraceEntry {
    pub code: &'static Code,
    /// Index of the instruction.
    pub pc: u32,
}

impl Exception {
    pub fn alloc(class: TypeRef, args: Ref) -> Ref {
        heap::new(Exception {
            header: heap::blank(Kind::Exception),
            class: Cell::new(class),
            args: RefCell::new(args),
            cause: RefCell::new(Ref::NONE),
            context: RefCell::new(Ref::NONE),
            suppress_context: Cell::new(false),
            traceback: RefCell::default(),
            dict: RefCell::new(Ref::NONE),
        })
    }

    /// The entries of a traceback object, outermost first, take the place of its own.
    pub fn set_entries(&self, mut entries: Vec<TraceEntry>) {
        entries.reverse();
        self.traceback.replace(entries);
    }

    /// The first argument, or None.
    pub fn first_arg(&self) -> Ref {
        let args = self.args.borrow();
        args.as_sequence().and_then(|items| items.first().cloned()).unwrap_or(Ref::NONE)
    }
}

impl Value {
    /// The class of an exception object.
    pub fn exception_class(&self) -> Option<TypeRef> {
        self.get::<Exception>().map(|e| e.class.get())
    }
}
