//! The built-in functions, by what they are about.

pub mod attributes;
pub mod conversion;
pub mod iteration;
pub mod output;
pub mod reduction;

use crate::object::{Value, atom};
use crate::vm::Vm;

/// Installs all of them.
pub fn install(vm: &mut Vm) {
    for table in [attributes::TABLE, conversion::TABLE, iteration::TABLE, output::TABLE, reduction::TABLE] {
        for def in table {
            let function = vm.native_function(def, Value::UNBOUND);
            vm.builtins.insert(atom::intern(def.name), function);
        }
    }
}
