//! Native parts of the built-ins and modules: leaf operations.

pub mod arguments;
pub mod modules;
pub mod types;

use crate::object::call::{Args, Outcome, Signal};
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::Step;
use crate::vm::resume::Mode;

crate::natives! {
    FUNCTIONS;
    "print", print, 0, MANY;
    "len", len, 1, 1;
    "next", next, 1, 1;
    "isinstance", isinstance, 2, 2;
}

fn print(vm: &mut Vm, args: Args) -> Outcome {
    let mut text = String::new();
    for (i, value) in args.pos().iter().enumerate() {
        if i > 0 {
            text.push(' ');
        }
        let shown = vm.str(*value)?;
        text.push_str(shown.as_str().unwrap_or(""));
    }
    text.push('\n');
    vm.stdout.write(text.as_bytes());
    Ok(Ref::NONE)
}

fn len(vm: &mut Vm, args: Args) -> Outcome {
    vm.len(args.values[0]).map(Ref::int)
}

fn isinstance(vm: &mut Vm, args: Args) -> Outcome {
    vm.is_instance(args.values[0], args.values[1]).map(Ref::bool)
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    let iterator = args.values[0];
    if iterator.is_kind(Kind::Generator) {
        return Err(vm.tail_resume(iterator, Mode::Send, Ref::NONE));
    }
    match vm.next(iterator) {
        Step::Item(item) => Ok(item),
        Step::Call => Err(Signal::Call),
        Step::Raised => Err(Signal::Raised),
        Step::End => Err(vm.stop_iteration(Ref::NONE)),
        Step::Return(value) => Err(vm.stop_iteration(value)),
    }
}

/// Installs the built-in functions and types.
pub fn install(vm: &mut Vm) {
    types::install(vm);
    vm.imports.native = Some(modules::load);
    for def in FUNCTIONS {
        let function = vm.native_function(def, Value::UNBOUND);
        vm.builtins.insert(atom::intern(def.name), function);
    }
    for (ty, table) in vm.coroutine_tables() {
        vm.add_methods(ty, table);
    }
    let constants =
        [("NotImplemented", Value::NOT_IMPLEMENTED), ("Ellipsis", Value::ELLIPSIS), ("__debug__", Value::TRUE)];
    for (name, value) in constants {
        vm.builtins.insert(atom::intern(name), Ref::from_owned(value));
    }
}
