//! Code: instruction words and the tables beside them. The only bridge between the compiler and the runtime.
//!
//! `isa` is the instruction set, `data` the code of one function as plain data, `emit` makes it from the MIR, `print`
//! shows it. The runtime links it (`object::code`).

pub mod data;
pub mod emit;
pub mod isa;
pub mod print;
mod template;

pub use data::*;
pub use isa::{Instr, Op, fl};
