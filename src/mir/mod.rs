//! The mid-level IR: a control-flow graph of basic blocks with three-address instructions; in it, coroutines become
//! explicit state machines.

pub mod data;

pub use data::*;
