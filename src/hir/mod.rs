//! The high-level IR: the program with its sugar removed, names bound to variables, functions in one flat table.
//! About thirty core nodes; `lower` makes them, `mir::build` reads them.

pub mod data;

pub use data::*;
