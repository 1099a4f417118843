//! Values and heap objects: the data of each built-in type and what needs no Coro code to run.
//!
//! Protocols that may run Coro code (equality, hashing, attribute access, iteration) are `vm`'s; method tables are
//! `lib_native`'s.

pub mod algo;
pub mod atom;
pub mod cache;
pub mod call;
pub mod code;
pub mod container;
pub mod context;
pub mod coroutine;
mod coroutine_names;
pub mod dict;
pub mod exception;
pub mod exhausted;
pub mod function;
pub mod future;
pub mod heap;
pub mod identity;
pub mod iter;
pub mod kinds;
pub mod number;
pub mod opaque;
pub mod reflect;
pub mod set;
pub mod subclass;
pub mod text;
pub mod types;
mod value;
pub mod weak;

pub use heap::{Header, Kind, Object};
pub use value::{Ref, Value};
