//! Native parts of the built-ins and modules: leaf operations.

pub mod arguments;
pub mod types;

use crate::object::call::{Args, Outcome};
use crate::object::container::Range;
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;

crate::natives! {
    FUNCTIONS;
    "print", print, 0, MANY;
    "len", len, 1, 1;
    "next", next, 1, 1;
    "isinstance", isinstance, 2, 2;
    "range", range, 1, 3;
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
    Err(vm.tail_resume(args.values[0], crate::vm::resume::Mode::Send, Ref::NONE))
}

fn range(_: &mut Vm, args: Args) -> Outcome {
    let zero = Ref::int(0);
    let one = Ref::int(1);
    Ok(match args.values {
        [stop] => Range::alloc(zero, stop.to_ref(), one),
        [start, stop] => Range::alloc(start.to_ref(), stop.to_ref(), one),
        [start, stop, step, ..] => Range::alloc(start.to_ref(), stop.to_ref(), step.to_ref()),
        [] => Ref::NONE,
    })
}

/// Installs the built-in functions and types.
pub fn install(vm: &mut Vm) {
    types::install(vm);
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
