//! Which name means what: scopes, bindings, and what kind of function each one is.

mod scope;

pub use scope::{
    Binding, Capture, Cell, CellId, Flags, Free, FreeId, Local, LocalId, Outer, Scope, ScopeId, ScopeKind, ScopeTable,
    Symbol, Uses,
};
