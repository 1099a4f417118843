//! The mid-level IR: a control-flow graph of basic blocks with three-address instructions; in it, coroutines become
//! explicit state machines.
//!
//! [`build`] makes it from the HIR, the rows of [`PASSES`] transform it in their order, `code::emit` reads the result.
//! `docs/mir.md` shows its printed form.

mod access;
pub mod bits;
mod build;
pub mod data;
mod operators;
pub mod pass;
pub mod print;
pub mod temps;
pub mod verify;

pub use build::build;
pub use data::*;
pub use pass::{PASSES, Pass, run_passes};
