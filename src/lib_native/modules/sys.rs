//! The module `sys`: what scripts use of it.

use super::{Building, sys_info};
use crate::lib_native::arguments::Parameters;
use crate::lib_native::builtins::output;
use crate::lib_native::builtins::streams::{self, Standard};
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::exception::Exception;
use crate::object::function::Module;
use crate::object::{Ref, Value, atom, heap};
use crate::vm::Vm;
use crate::vm::native::MANY;

crate::natives! {
    FUNCTIONS;
    "exc_info", exc_info, 0, 0;
    "exception", exception, 0, 0;
    "_getframe", getframe, 0, 1;
    "exit", exit, 0, 1;
    "getrecursionlimit", getrecursionlimit, 0, 0;
    "setrecursionlimit", setrecursionlimit, 1, 1;
    "getallocatedblocks", getallocatedblocks, 0, 0;
    "getrefcount", getrefcount, 1, 1;
    "getsizeof", getsizeof, 0, MANY, keywords;
    "intern", intern, 1, 1;
    "displayhook", displayhook, 1, 1;
    "excepthook", excepthook, 3, 3;
    "get_int_max_str_digits", get_int_max_str_digits, 0, 0;
    "set_int_max_str_digits", set_int_max_str_digits, 0, MANY, keywords;
    "getdefaultencoding", getdefaultencoding, 0, 0;
    "getfilesystemencoding", getdefaultencoding, 0, 0;
    "getswitchinterval", getswitchinterval, 0, 0;
    "setswitchinterval", nothing, 1, 1;
    "is_finalizing", is_finalizing, 0, 0;
    "gettrace", nothing, 0, 0;
    "settrace", nothing, 1, 1;
}

pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "sys");
    building.functions(vm, "sys", FUNCTIONS);
    for hook in ["displayhook", "excepthook"] {
        let own = vm.get_attr(*building.module, atom::intern(hook))?;
        building.set(&format!("__{hook}__"), own);
    }
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
    sys_info::fill(vm, &building);
    let path = vm.imports.path.iter().map(|p| Ref::str(&p.display().to_string())).collect();
    building.set("path", Ref::list(path));
    building.set("executable", Ref::str("coro"));
    building.set("dont_write_bytecode", Ref::bool(true));
    building.set("float_repr_style", Ref::str("short"));
    building.set("prefix", Ref::str(""));
    building.set("ps1", Ref::str(">>> "));
    let modules = vm.modules_dict();
    if let Some(dict) = modules.get_mut::<Dict>() {
        dict.set_atom(atom::intern("sys"), building.module.clone());
    }
    building.set("modules", modules);
    Ok(building.module)
}

/// `_getframe(depth=0)`: the frame that calls, or one further out.
fn getframe(vm: &mut Vm, args: Args) -> Outcome {
    let depth = args.values.first().map_or(Ok(0), |depth| vm.index(*depth))?;
    match vm.frame_chain(depth.max(0) as usize) {
        Some(frame) => Ok(frame),
        None => Err(vm.value_error("call stack is not deep enough")),
    }
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
    let args = match args.values.first() {
        Some(code) if code.is_none() => Ref::tuple(Vec::new()),
        Some(code) if code.is_kind(crate::object::Kind::Tuple) => code.to_ref(),
        _ => Ref::tuple_of(args.values),
    };
    let exc = Exception::alloc(class, args);
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

/// Objects alive.
fn getallocatedblocks(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(heap::live_objects() as i64))
}

fn getrefcount(_: &mut Vm, args: Args) -> Outcome {
    let value = args.values[0];
    // Safety: a live object.
    let count = if value.is_ptr() { unsafe { (*value.header()).rc } } else { heap::IMMORTAL };
    Ok(Ref::int(i64::from(count)))
}

/// Bytes of the object itself; what it owns elsewhere is not counted.
fn getsizeof(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<2> =
        Parameters { function: "getsizeof", names: ["object", "default"], required: 1, positional: 2 };
    let value = PARAMETERS.bind(vm, args, 0)?[0].unwrap_or(Value::NONE);
    let Some(kind) = value.kind() else { return Ok(Ref::int(8)) };
    // Safety: a live object of that kind.
    let size = unsafe { (heap::kind_ops(kind).size)(value.header()) };
    Ok(Ref::int(size as i64))
}

fn displayhook(vm: &mut Vm, args: Args) -> Outcome {
    if !args.values[0].is_none() {
        let shown = vm.repr(args.values[0])?;
        output::write_out(vm, shown.as_str().unwrap_or_default())?;
        output::write_out(vm, "\n")?;
    }
    Ok(Ref::NONE)
}

fn excepthook(vm: &mut Vm, args: Args) -> Outcome {
    let text = crate::vm::traceback::render_uncaught(vm, args.values[1], false);
    crate::lib_native::builtins::output::write_error(vm, &text);
    Ok(Ref::NONE)
}

fn get_int_max_str_digits(vm: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(vm.digit_limit() as i64))
}

fn set_int_max_str_digits(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<1> =
        Parameters { function: "set_int_max_str_digits", names: ["maxdigits"], required: 1, positional: 1 };
    let digits = PARAMETERS.bind(vm, args, 0)?[0].unwrap_or(Value::NONE);
    match usize::try_from(vm.index(digits)?) {
        Ok(digits) if digits == 0 || digits >= 640 => {
            vm.set_digit_limit(digits);
            Ok(Ref::NONE)
        }
        _ => Err(vm.value_error("maxdigits must be 0 or larger than 640")),
    }
}

fn getdefaultencoding(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::str("utf-8"))
}

fn getswitchinterval(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::float(0.005))
}

fn is_finalizing(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::bool(false))
}

fn nothing(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::NONE)
}

fn intern(vm: &mut Vm, args: Args) -> Outcome {
    if args.values[0].as_str().is_none() {
        let message = format!("intern() argument must be str, not {}", vm.type_name(args.values[0]));
        return Err(vm.type_error(message));
    }
    Ok(atom::intern_value(args.values[0]).to_ref())
}
