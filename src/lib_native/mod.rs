//! Native parts of the built-ins and modules: leaf operations.

pub mod arguments;
pub mod builtins;
pub mod modules;
pub mod types;

use crate::vm::Vm;

/// Installs the built-in types and functions, and how native modules are found.
pub fn install(vm: &mut Vm) {
    vm.install_types(types::install);
    builtins::install(vm);
    vm.install_coroutine_types();
    vm.imports.native = Some(modules::load);
}
