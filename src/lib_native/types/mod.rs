//! The methods of the built-in types.

pub mod dict;
pub mod iterators;
pub mod list;
pub mod range;
mod sequence;
pub mod set;
pub mod sort;
pub mod tuple;
pub mod views;

use crate::vm::Vm;

/// Installs the method tables.
pub fn install(vm: &mut Vm) {
    list::install(vm);
    tuple::install(vm);
    dict::install(vm);
    views::install(vm);
    set::install(vm);
    range::install(vm);
    iterators::install(vm);
}
