//! Methods of the built-in types: a table of natives for each, and the function that installs it.

pub mod alias;
pub mod bool_;
pub mod bytearray;
pub mod bytes_;
pub mod bytes_search;
pub mod bytes_split;
mod codecs;
pub mod exception;
pub mod exception_fields;
pub mod exception_group;
pub mod float;
pub mod function;
pub mod int;
pub mod module;
pub mod number_operators;
pub mod object;
pub mod property;
pub mod shared;
pub mod str_;
pub mod str_format;
pub mod str_search;
pub mod str_split;
pub mod super_;
pub mod type_;

use crate::vm::Vm;

/// Installs the methods of all built-in types.
pub fn install(vm: &mut Vm) {
    object::install(vm);
    type_::install(vm);
    function::install(vm);
    property::install(vm);
    super_::install(vm);
    module::install(vm);
    alias::install(vm);
    exception::install(vm);
    exception_fields::install(vm);
    exception_group::install(vm);
    shared::install(vm);
    number_operators::install(vm);
    int::install(vm);
    bool_::install(vm);
    float::install(vm);
    str_::install(vm);
    bytes_::install(vm);
}
