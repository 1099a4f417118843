//! The module `sys`: what scripts use of it.

use super::Building;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::exception::Exception;
use crate::object::function::Module;
use crate::object::opaque::OpaqueData;
use crate::object::{Kind, Ref, Value, atom, heap};
use crate::vm::Vm;
use std::any::Any;
use std::io::{IsTerminal, Write};

crate::natives! {
    FUNCTIONS;
    "exc_info", exc_info, 0, 0;
    "exception", exception, 0, 0;
    "exit", exit, 0, 1;
    "getrecursionlimit", getrecursionlimit, 0, 0;
    "setrecursionlimit", setrecursionlimit, 1, 1;
    "getrefcount", getrefcount, 1, 1;
    "intern", intern, 1, 1;
}

crate::natives! {
    /// Methods of the standard streams.
    STREAM;
    "write", write, 2, 2;
    "flush", flush, 1, 1;
    "isatty", isatty, 1, 1;
    "fileno", fileno, 1, 1;
}

/// `sys.stdout` or `sys.stderr`.
struct Stream {
    error: bool,
}

impl OpaqueData for Stream {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "sys");
    building.functions(vm, "sys", FUNCTIONS);
    let class = vm.define_type("TextIOWrapper", &[], Kind::Opaque, STREAM);
    for (name, error) in [("stdout", false), ("stderr", true)] {
        building.set(name, Ref::opaque(class, Stream { error }));
        building.set(&format!("__{name}__"), Ref::opaque(class, Stream { error }));
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

fn intern(_: &mut Vm, args: Args) -> Outcome {
    Ok(atom::intern_value(args.values[0]).to_ref())
}

fn write(vm: &mut Vm, args: Args) -> Outcome {
    let Some(text) = args.values[1].as_str() else {
        let shown = vm.type_name(args.values[1]);
        return Err(vm.type_error(format!("write() argument must be str, not {shown}")));
    };
    let error = args.values[0].opaque::<Stream>().is_some_and(|s| s.error);
    if error {
        vm.flush_output();
        // A closed standard error has nobody to be told.
        let _ = std::io::stderr().write_all(text.as_bytes());
    } else {
        vm.stdout.write(text.as_bytes());
    }
    Ok(Ref::int(text.chars().count() as i64))
}

fn flush(vm: &mut Vm, _: Args) -> Outcome {
    vm.flush_output();
    Ok(Ref::NONE)
}

fn isatty(_: &mut Vm, args: Args) -> Outcome {
    let error = args.values[0].opaque::<Stream>().is_some_and(|s| s.error);
    Ok(Ref::bool(if error { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() }))
}

fn fileno(_: &mut Vm, args: Args) -> Outcome {
    let error = args.values[0].opaque::<Stream>().is_some_and(|s| s.error);
    Ok(Ref::int(if error { 2 } else { 1 }))
}

impl Vm {
    /// What `print` writes to: `sys.stdout` if `sys` was imported, else None for the machine's own output.
    pub fn standard_output(&mut self) -> Ref {
        let Some(module) = self.imports.modules.get("sys").cloned() else { return Ref::NONE };
        let Some(globals) = module.get::<Module>().map(|m| m.globals) else { return Ref::NONE };
        globals.get(atom::intern("stdout")).map_or(Ref::NONE, Value::to_ref)
    }

    /// The machine's own standard output, not a file of the program's.
    pub fn is_own_stdout(&mut self, file: Value) -> bool {
        file.is_none() || file.opaque::<Stream>().is_some_and(|s| !s.error)
    }
}
