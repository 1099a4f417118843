//! Callables: Coro functions, natives, bound methods, cells; and small descriptor objects.

use super::call::{Args, Outcome};
use super::code::Code;
use super::heap::{self, Header, Kind, Object};
use super::{Ref, Value};
use std::cell::{Cell, RefCell};

/// A Coro function.
#[repr(C)]
pub struct Function {
    pub header: Header,
    pub code: &'static Code,
    /// A tuple for the last positional parameters, or None.
    pub defaults: Ref,
    /// A dict, or None.
    pub kwdefaults: Ref,
    /// The cells of the free variables.
    pub closure: Box<[Ref]>,
    /// What few functions have.
    pub extra: RefCell<Option<Box<FunctionExtra>>>,
}

/// Attributes set on a function, and its annotations.
#[derive(Default)]
pub struct FunctionExtra {
    pub name: Option<Ref>,
    pub qualname: Option<Ref>,
    pub doc: Option<Ref>,
    pub module: Option<Ref>,
    pub annotations: Option<Ref>,
    /// `__dict__`
    pub dict: Option<Ref>,
}

// Safety: repr(C), header first.
unsafe impl Object for Function {
    const KIND: Kind = Kind::Function;
}

/// The machine, as natives see it: `vm::Vm`. Declared here so that a native's type can be named without importing it.
#[repr(C)]
pub struct Machine {
    _private: [u8; 0],
}

pub type NativeFn = fn(&mut Machine, Args) -> Outcome;

/// A native function as declared in a table.
pub struct NativeDef {
    pub name: &'static str,
    pub func: NativeFn,
    /// Fewest positional arguments (`self` included for a method).
    pub min: u16,
    /// Most positional arguments; `u16::MAX` for any number.
    pub max: u16,
    /// Keyword arguments are passed on to the function (which judges them); otherwise they are a TypeError.
    pub keywords: bool,
    pub doc: &'static str,
}

/// What a native is to the type that holds it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NativeRole {
    /// `builtin_function_or_method`
    Function,
    /// `method_descriptor`: binds `self`; the class name for messages.
    Method,
    /// `classmethod_descriptor`
    ClassMethod,
    StaticMethod,
    /// `getset_descriptor`: called with the object it gives the attribute; with a value too (if it takes two arguments) it
    /// sets it.
    Getter,
}

#[repr(C)]
pub struct Native {
    pub header: Header,
    pub def: &'static NativeDef,
    pub role: NativeRole,
    /// The type it belongs to (for its qualname and messages), or unbound.
    pub owner: Value,
    /// The module's name, or unbound.
    pub module: Value,
}

// Safety: repr(C), header first.
unsafe impl Object for Native {
    const KIND: Kind = Kind::Native;
}

/// A function (Coro or native) with its first argument.
#[repr(C)]
pub struct BoundMethod {
    pub header: Header,
    pub func: Ref,
    pub receiver: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for BoundMethod {
    const KIND: Kind = Kind::BoundMethod;
}

impl BoundMethod {
    pub fn alloc(func: Ref, receiver: Ref) -> Ref {
        heap::new(BoundMethod { header: heap::blank(Kind::BoundMethod), func, receiver })
    }
}

/// A variable shared between functions.
#[repr(C)]
pub struct CellObj {
    pub header: Header,
    /// Unbound while the variable is.
    pub value: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for CellObj {
    const KIND: Kind = Kind::Cell;
}

impl CellObj {
    pub fn alloc(value: Ref) -> Ref {
        heap::new(CellObj { header: heap::blank(Kind::Cell), value })
    }
}

/// `property`
#[repr(C)]
pub struct Property {
    pub header: Header,
    pub getter: Ref,
    pub setter: Ref,
    pub deleter: Ref,
    pub doc: Ref,
    /// `doc` is the getter's.
    pub getter_doc: bool,
    pub name: Cell<Value>,
}

// Safety: repr(C), header first.
unsafe impl Object for Property {
    const KIND: Kind = Kind::Property;
}

/// `staticmethod`
#[repr(C)]
pub struct StaticMethod {
    pub header: Header,
    pub func: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for StaticMethod {
    const KIND: Kind = Kind::StaticMethod;
}

/// `classmethod`
#[repr(C)]
pub struct ClassMethod {
    pub header: Header,
    pub func: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for ClassMethod {
    const KIND: Kind = Kind::ClassMethod;
}

/// `super(cls, obj)`
#[repr(C)]
pub struct Super {
    pub header: Header,
    /// The class after which the search begins.
    pub class: Ref,
    /// The object or class that is bound, or None.
    pub object: Ref,
    /// Its type, in whose MRO the search goes, or None.
    pub object_type: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for Super {
    const KIND: Kind = Kind::Super;
}

/// A module.
#[repr(C)]
pub struct Module {
    pub header: Header,
    pub name: Ref,
    pub globals: &'static super::code::Globals,
}

// Safety: repr(C), header first.
unsafe impl Object for Module {
    const KIND: Kind = Kind::Module;
}
