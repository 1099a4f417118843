//! Method tables of the built-in types, one file each.

pub mod alias;
pub mod exception;
pub mod exception_fields;
pub mod exception_group;
pub mod function;
pub mod module;
pub mod object;
pub mod property;
pub mod super_;
pub mod type_;

use crate::vm::Vm;

/// Installs the tables of all built-in types.
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
}
