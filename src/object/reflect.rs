//! Objects through which a program looks at other objects: mapping proxies, generic aliases and unions of types, frames
//! and tracebacks.

use super::code::Code;
use super::exception::TraceEntry;
use super::heap::{self, Header, Kind, Object};
use super::{Ref, Value};

/// `mappingproxy`: a read-only view of a mapping.
#[repr(C)]
pub struct MappingProxy {
    pub header: Header,
    pub mapping: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for MappingProxy {
    const KIND: Kind = Kind::MappingProxy;
}

impl MappingProxy {
    pub fn alloc(mapping: Ref) -> Ref {
        heap::new(MappingProxy { header: heap::blank(Kind::MappingProxy), mapping })
    }
}

/// `list[int]` and the like.
#[repr(C)]
pub struct GenericAlias {
    pub header: Header,
    pub origin: Ref,
    /// A tuple.
    pub args: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for GenericAlias {
    const KIND: Kind = Kind::GenericAlias;
}

impl GenericAlias {
    /// `args` is a tuple, or stands for the only argument.
    pub fn alloc(origin: Ref, args: Ref) -> Ref {
        let args = if args.is_kind(Kind::Tuple) { args } else { Ref::tuple(vec![args]) };
        heap::new(GenericAlias { header: heap::blank(Kind::GenericAlias), origin, args })
    }
}

/// `int | str`
#[repr(C)]
pub struct Union {
    pub header: Header,
    /// A tuple of distinct members.
    pub args: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for Union {
    const KIND: Kind = Kind::Union;
}

impl Union {
    pub fn alloc(args: Ref) -> Ref {
        heap::new(Union { header: heap::blank(Kind::Union), args })
    }
}

/// A frame as a program sees it: where a function stood when the object was asked for.
#[repr(C)]
pub struct FrameObj {
    pub header: Header,
    pub code: &'static Code,
    /// Index of the instruction.
    pub pc: u32,
    /// The next outer frame, or None.
    pub back: Ref,
    /// The generator or coroutine that it is the frame of, or None.
    pub owner: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for FrameObj {
    const KIND: Kind = Kind::Frame;
}

impl FrameObj {
    pub fn alloc(code: &'static Code, pc: u32, back: Ref) -> Ref {
        heap::new(FrameObj { header: heap::blank(Kind::Frame), code, pc, back, owner: Ref::NONE })
    }

    /// The frame of a generator or coroutine.
    pub fn of(owner: Ref, code: &'static Code, pc: u32) -> Ref {
        heap::new(FrameObj { header: heap::blank(Kind::Frame), code, pc, back: Ref::NONE, owner })
    }

    /// The 1-based source line.
    pub fn line(&self) -> u32 {
        self.code.line_at(self.pc)
    }
}

/// A traceback: the entries from one frame inwards.
#[repr(C)]
pub struct Traceback {
    pub header: Header,
    /// Outermost first; never empty.
    pub entries: Box<[TraceEntry]>,
}

// Safety: repr(C), header first.
unsafe impl Object for Traceback {
    const KIND: Kind = Kind::Traceback;
}

impl Traceback {
    /// Entries outermost first; None if there are none.
    pub fn alloc(entries: Vec<TraceEntry>) -> Ref {
        if entries.is_empty() {
            return Ref::NONE;
        }
        heap::new(Traceback { header: heap::blank(Kind::Traceback), entries: entries.into() })
    }
}

impl Code {
    /// The 1-based source line of instruction `pc`.
    pub fn line_at(&self, pc: u32) -> u32 {
        let data = &self.info.data;
        let span = data.spans.get(pc as usize).copied().unwrap_or(data.header);
        self.info.unit.source.line(span.start)
    }

    /// The code as a value; it lives for ever.
    pub fn value(&'static self) -> Value {
        Value::from_header(self as *const Code as *mut Header)
    }
}
