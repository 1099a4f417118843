//! Methods of the built-in types: a table of natives for each, and the function that installs it.

pub mod bool_;
pub mod bytearray;
pub mod bytes_;
pub mod bytes_search;
pub mod bytes_split;
mod codecs;
pub mod float;
pub mod int;
pub mod number_operators;
pub mod shared;
pub mod str_;
pub mod str_format;
pub mod str_search;
pub mod str_split;

use crate::vm::Vm;

/// Installs the methods of all built-in types.
pub fn install(vm: &mut Vm) {
    shared::install(vm);
    number_operators::install(vm);
    int::install(vm);
    bool_::install(vm);
    float::install(vm);
    str_::install(vm);
    bytes_::install(vm);
}
