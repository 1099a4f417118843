//! Which name means what: scopes, bindings, and what kind of function each one is.

mod collect;
mod print;
mod resolve;
mod scope;

pub use print::print_scopes;
pub use resolve::resolve;
pub use scope::{
    Binding, Capture, Cell, CellId, Flags, Free, FreeId, Local, LocalId, Outer, Scope, ScopeId, ScopeKind, ScopeTable,
    Symbol, Uses,
};
