//! The module `sys`: what scripts use of it.

use super::Building;
use crate::lib_native::builtins::streams::{self, Standard};
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::exception::Exception;
use crate::object::function::Module;
use crate::object::{Ref, Value, atom, heap};
use crate::vm::Vm;

crate::natives! {
    FUNCTIONS;
    "exc_info", exc_info, 0, 0;
    "exception", exception, 0, 0;
    "exit", exit, 0, 1;
    "getrecursionlimit", getrecursionlimit, 0, 0;
    "setrecursionlimit", setrecursionlimit, 1, 1;
    "getrefcount", getrefcount, 1, 1;
    "getsizeof", getsizeof, 1, 2;
    "intern", intern, 1, 1;
}

pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "sys");
    building.functions(vm, "sys", FUNCTIONS);
    for (name, which) in [("stdin", Standard::In), ("stdout", Standard::Out), ("stderr", Standard::Err)] {
        let stream = streams::stream(vm, which);
        building.set(name, stream.clone());
        building.set(&format!("__{name}__"), stream);
    }
    if let Some(module) = building.module.get::<Module>() {
        streams::watch(module.globals);
    }
    let argv = vm.argv.iter().map(|arg| Ref::str(arg)).collect();
    building.set("argv", Ref::list(argv));
    building.set("maxsize", Ref::int(i64::MAX));
    building.set("maxunicode", Ref::int(0x10_FFFF));
    building.set("byteorder", Ref::str("little"));
    building.set("platform", Ref::str(std::env::consts::OS));
    building.set("version", Ref::str(concat!("3.13.0 (coro ", env!("CARGO_PKG_VERSION"), ")")));
    let version = [3, 13, 0].map(Ref::int).into_iter().chain([Ref::str("final"), Ref::int(0)]);
    building.set("version_info", Ref::tuple(version.collect()));
    let path = vm.imports.path.iter().map(|p| Ref::str(&p.display().to_string())).collect();
    building.set("path", Ref::list(path));
    building.set("executable", Ref::str("coro"));
    let mut modules = Dict::new();
    for (name, module) in &vm.imports.modules {
        modules.set_atom(atom::intern(name), module.clone());
    }
    building.set("modules", Dict::alloc(modules));
    Ok(building.module)
}

fn exc_info(vm: &mut Vm, _: Args) -> Outcome {
    let exc = vm.handled_exception();
    let Some(class) = exc.exception_class() else { return Ok(Ref::tuple_of(&[Value::NONE; 3])) };
    let traceback = vm.traceback_of(*exc);
    Ok(Ref::tuple(vec![class.value().to_ref(), exc, traceback]))
}

fn exception(vm: &mut Vm, _: Args) -> Outcome {
    Ok(vm.handled_exception())
}

fn exit(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.types.exc.system_exit;
    let exc = Exception::alloc(class, Ref::tuple_of(args.values));
    Err(vm.raise_value(exc))
}

fn getrecursionlimit(vm: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(i64::from(vm.recursion_limit())))
}

fn setrecursionlimit(vm: &mut Vm, args: Args) -> Outcome {
    let limit = vm.index(args.values[0])?;
    if limit < 1 {
        return Err(vm.value_error("recursion limit must be greater or equal than 1"));
    }
    vm.set_recursion_limit(limit.min(60_000) as u16);
    Ok(Ref::NONE)
}

fn getrefcount(_: &mut Vm, args: Args) -> Outcome {
    let value = args.values[0];
    // Safety: a live object.
    let count = if value.is_ptr() { unsafe { (*value.header()).rc } } else { heap::IMMORTAL };
    Ok(Ref::int(i64::from(count)))
}

/// Bytes of the object itself; what it owns elsewhere is not counted.
fn getsizeof(_: &mut Vm, args: Args) -> Outcome {
    let value = args.values[0];
    let Some(kind) = value.kind() else { return Ok(Ref::int(8)) };
    // Safety: a live object of that kind.
    let size = unsafe { (heap::kind_ops(kind).size)(value.header()) };
    Ok(Ref::int(size as i64))
}

fn intern(_: &mut Vm, args: Args) -> Outcome {
    Ok(atom::intern_value(args.values[0]).to_ref())
}
