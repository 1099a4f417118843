//! Exception objects and tracebacks.

use super::code::Code;
use super::heap::{self, Header, Kind, Object};
use super::reflect::Traceback;
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
    /// The traceback object last given for it, or None: see [`Exception::traceback_object`].
    shown: RefCell<Ref>,
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

impl PartialEq for TraceEntry {
    fn eq(&self, other: &TraceEntry) -> bool {
        std::ptr::eq(self.code, other.code) && self.pc == other.pc
    }
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
            shown: RefCell::new(Ref::NONE),
            dict: RefCell::new(Ref::NONE),
        })
    }

    /// `__traceback__`: the same object until the exception passes another frame; None if it has passed none.
    pub fn traceback_object(&self) -> Ref {
        let shown = self.shown.borrow().clone();
        let entries = self.traceback.borrow();
        let same = |known: &Traceback| known.entries.iter().eq(entries.iter().rev());
        if shown.get::<Traceback>().is_some_and(same) {
            return shown;
        }
        let made = Traceback::alloc(entries.iter().rev().copied().collect());
        drop(entries);
        drop(self.shown.replace(made.clone()));
        made
    }

    /// Makes `traceback`, a traceback object or None, that of the exception.
    pub fn set_traceback_object(&self, traceback: Ref) {
        let entries = traceback.get::<Traceback>().map(|tb| tb.entries.iter().rev().copied().collect());
        self.traceback.replace(entries.unwrap_or_default());
        drop(self.shown.replace(traceback));
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
