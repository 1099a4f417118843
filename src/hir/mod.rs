//! The high-level IR: the program with its sugar removed, names bound to variables, functions in one flat table.
//! About thirty core nodes; `lower` makes them, `mir::build` reads them.

mod construct;
pub mod data;
mod lower;
mod print;

pub use data::*;
pub use lower::lower;
pub use print::{print_function, print_module};
