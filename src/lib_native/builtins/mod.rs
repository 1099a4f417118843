//! The built-in functions. (Built-in names that are types are installed with the types.)

pub mod attributes;
mod file_methods;
pub mod files;
pub mod iteration;
pub mod numbers;
pub mod open;
pub mod output;
pub mod reduce;
pub mod streams;
pub mod text;

use crate::object::function::NativeDef;
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;

/// Installs the functions and the constants.
pub fn install(vm: &mut Vm) {
    let tables: [&'static [NativeDef]; 6] = [
        attributes::FUNCTIONS,
        iteration::FUNCTIONS,
        numbers::FUNCTIONS,
        output::FUNCTIONS,
        reduce::FUNCTIONS,
        text::FUNCTIONS,
    ];
    let module = atom::intern("builtins");
    for def in tables.into_iter().flatten().chain(open::FUNCTIONS) {
        let function = vm.native_function(def, module);
        vm.builtins.insert(atom::intern(def.name), function);
        match def.name {
            "next" => vm.next_def = def,
            "len" => vm.len_def = def,
            _ => {}
        }
    }
    let constants =
        [("NotImplemented", Value::NOT_IMPLEMENTED), ("Ellipsis", Value::ELLIPSIS), ("__debug__", Value::TRUE)];
    for (name, value) in constants {
        vm.builtins.insert(atom::intern(name), Ref::from_owned(value));
    }
}
