//! Modules, mapping proxies, frames and tracebacks.

use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::code::Globals;
use crate::object::coroutine::{Coro, frame_flag};
use crate::object::dict::Dict;
use crate::object::function::Module;
use crate::object::heap::{self, Kind};
use crate::object::reflect::{FrameObj, MappingProxy, Traceback};
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::protocol::namespace::namespace_dict;

pub fn install(vm: &mut Vm) {
    let types = &vm.types;
    let (module, proxy, frame, traceback) = (types.module, types.mappingproxy, types.frame, types.traceback);
    vm.add_methods(module, MODULE_METHODS);
    vm.add_methods(proxy, PROXY_METHODS);
    vm.add_methods(frame, FRAME_METHODS);
    vm.add_getters(frame, FRAME_GETTERS);
    vm.add_getters(traceback, TRACEBACK_GETTERS);
}

natives! { MODULE_METHODS;
    "__new__", module_new, 2, 3;
    "__repr__", module_repr, 1, 1;
}

natives! { PROXY_METHODS;
    "__new__", proxy_new, 2, 2;
    "__getitem__", proxy_getitem, 2, 2;
    "__contains__", proxy_contains, 2, 2;
    "__len__", proxy_len, 1, 1;
    "__iter__", proxy_iter, 1, 1;
    "__repr__", proxy_repr, 1, 1;
    "__str__", proxy_str, 1, 1;
    "__eq__", proxy_eq, 2, 2;
    "__or__", proxy_or, 2, 2;
    "__ror__", proxy_ror, 2, 2;
    "__hash__", proxy_hash, 1, 1;
    "__reversed__", proxy_reversed, 1, 1;
    "get", proxy_get, 2, 3;
    "keys", proxy_keys, 1, 1;
    "values", proxy_values, 1, 1;
    "items", proxy_items, 1, 1;
    "copy", proxy_copy, 1, 1;
}

natives! { FRAME_METHODS;
    "clear", frame_clear, 1, 1;
    "__repr__", frame_repr, 1, 1;
}

natives! { FRAME_GETTERS;
    "f_code", f_code, 1, 1;
    "f_lineno", f_lineno, 1, 1;
    "f_back", f_back, 1, 1;
    "f_globals", f_globals, 1, 1;
    "f_lasti", f_lasti, 1, 1;
    "f_locals", f_locals, 1, 1;
}

natives! { TRACEBACK_GETTERS;
    "tb_lineno", tb_lineno, 1, 1;
    "tb_next", tb_next, 1, 2;
    "tb_frame", tb_frame, 1, 1;
    "tb_lasti", tb_lasti, 1, 1;
}

/// `types.ModuleType(name, doc)`
fn module_new(vm: &mut Vm, args: Args) -> Outcome {
    let name = args.values[1];
    if name.as_str().is_none() {
        let message = format!("module() argument 'name' must be str, not {}", vm.type_name(name));
        return Err(vm.type_error(message));
    }
    let globals = Globals::new();
    globals.name.replace(name.to_ref());
    let doc = args.values.get(2).map_or(Ref::NONE, |doc| doc.to_ref());
    for (key, value) in [
        ("__name__", name.to_ref()),
        ("__doc__", doc),
        ("__package__", Ref::NONE),
        ("__loader__", Ref::NONE),
        ("__spec__", Ref::NONE),
    ] {
        globals.set(atom::intern(key), value);
    }
    Ok(heap::new(Module { header: heap::blank(Kind::Module), name: name.to_ref(), globals }))
}

fn module_repr(vm: &mut Vm, args: Args) -> Outcome {
    let mut out = String::new();
    vm.write_native_repr(args.values[0], &mut out)?;
    Ok(Ref::str(&out))
}

fn inner(args: &Args) -> Ref {
    args.values[0].get::<MappingProxy>().map_or(Ref::NONE, |proxy| proxy.mapping.clone())
}

/// A mapping that is a dict, or something with its methods.
fn proxy_new(vm: &mut Vm, args: Args) -> Outcome {
    let mapping = args.values[1];
    if mapping.is_kind(Kind::List) || mapping.is_kind(Kind::Tuple) || vm.special(mapping, vm.names.getitem).is_none() {
        let message = format!("mappingproxy() argument must be a mapping, not {}", vm.type_name(mapping));
        return Err(vm.type_error(message));
    }
    Ok(MappingProxy::alloc(mapping.to_ref()))
}

fn proxy_getitem(vm: &mut Vm, args: Args) -> Outcome {
    vm.get_item(*inner(&args), args.values[1])
}

fn proxy_contains(vm: &mut Vm, args: Args) -> Outcome {
    let found = vm.contains(*inner(&args), args.values[1])?;
    Ok(Ref::bool(found))
}

fn proxy_len(vm: &mut Vm, args: Args) -> Outcome {
    let len = vm.len(*inner(&args))?;
    Ok(Ref::int(len))
}

fn proxy_iter(vm: &mut Vm, args: Args) -> Outcome {
    vm.iter(*inner(&args))
}

fn proxy_repr(vm: &mut Vm, args: Args) -> Outcome {
    let mut out = String::from("mappingproxy(");
    vm.write_repr(*inner(&args), &mut out)?;
    out.push(')');
    Ok(Ref::str(&out))
}

/// Shown as the mapping itself.
fn proxy_str(vm: &mut Vm, args: Args) -> Outcome {
    vm.str_tail(*inner(&args))
}

fn proxy_eq(vm: &mut Vm, args: Args) -> Outcome {
    let equal = vm.equal(*inner(&args), *unwrapped(args.values[1]))?;
    Ok(Ref::bool(equal))
}

fn proxy_or(vm: &mut Vm, args: Args) -> Outcome {
    vm.binary(crate::vm::protocol::BinOp::Or, *inner(&args), *unwrapped(args.values[1]), false)
}

fn proxy_ror(vm: &mut Vm, args: Args) -> Outcome {
    vm.binary(crate::vm::protocol::BinOp::Or, *unwrapped(args.values[1]), *inner(&args), false)
}

fn unwrapped(other: Value) -> Ref {
    other.get::<MappingProxy>().map_or_else(|| other.to_ref(), |proxy| proxy.mapping.clone())
}

fn proxy_hash(vm: &mut Vm, args: Args) -> Outcome {
    vm.hash(*inner(&args)).map(Ref::int)
}

fn proxy_reversed(vm: &mut Vm, args: Args) -> Outcome {
    forward(vm, args, "__reversed__")
}

/// Passes a method call on to the mapping.
fn forward(vm: &mut Vm, args: Args, method: &str) -> Outcome {
    let bound = vm.get_attr(*inner(&args), atom::intern(method))?;
    Err(vm.tail_call(*bound, &args.values[1..]))
}

fn proxy_get(vm: &mut Vm, args: Args) -> Outcome {
    forward(vm, args, "get")
}

fn proxy_keys(vm: &mut Vm, args: Args) -> Outcome {
    forward(vm, args, "keys")
}

fn proxy_values(vm: &mut Vm, args: Args) -> Outcome {
    forward(vm, args, "values")
}

fn proxy_items(vm: &mut Vm, args: Args) -> Outcome {
    forward(vm, args, "items")
}

fn proxy_copy(vm: &mut Vm, args: Args) -> Outcome {
    forward(vm, args, "copy")
}

fn frame_of(args: &Args) -> Option<(&'static crate::object::code::Code, u32, Ref)> {
    args.values[0].get::<FrameObj>().map(|frame| (frame.code, frame.pc, frame.back.clone()))
}

/// Lets go of the locals of a generator that was never started; what runs or is suspended keeps them.
fn frame_clear(vm: &mut Vm, args: Args) -> Outcome {
    let owner = owner_of(&args);
    if let Some(state) = vm.unclearable(*owner) {
        return Err(
            vm.runtime_error(format!("cannot clear {} {state} frame", if state == "executing" { "an" } else { "a" }))
        );
    }
    if !owner.is_none() {
        let close = vm.get_attr(*owner, atom::intern("close"))?;
        return Err(vm.tail_call(*close, &[]));
    }
    Ok(Ref::NONE)
}

fn owner_of(args: &Args) -> Ref {
    args.values[0].get::<FrameObj>().map_or(Ref::NONE, |frame| frame.owner.clone())
}

/// The variables of a suspended generator or coroutine, or of a module. Others are not kept.
fn f_locals(vm: &mut Vm, args: Args) -> Outcome {
    let owner = owner_of(&args);
    if let Some(coro) = Coro::from_value(&owner) {
        if coro.has(frame_flag::DONE) {
            return Ok(Dict::alloc(Dict::new()));
        }
        return Ok(vm.locals_of(Coro::frame_of(*owner)));
    }
    match frame_of(&args) {
        Some((code, ..)) if code.info.data.is_module => Ok(namespace_dict(code.info.unit.globals)),
        _ => Err(vm.attribute_error("'frame' object has no attribute 'f_locals'")),
    }
}

fn frame_repr(_: &mut Vm, args: Args) -> Outcome {
    let Some((code, pc, _)) = frame_of(&args) else { return Ok(Ref::str("")) };
    Ok(Ref::str(&format!(
        "<frame at {:#x}, file '{}', line {}, code {}>",
        args.values[0].identity(),
        code.info.unit.source.name,
        code.line_at(pc),
        code.info.name.as_str().unwrap_or("?")
    )))
}

fn f_code(_: &mut Vm, args: Args) -> Outcome {
    Ok(frame_of(&args).map_or(Ref::NONE, |(code, ..)| code.value().to_ref()))
}

fn f_lineno(_: &mut Vm, args: Args) -> Outcome {
    Ok(frame_of(&args).map_or(Ref::NONE, |(code, pc, _)| Ref::int(code.line_at(pc) as i64)))
}

fn f_lasti(_: &mut Vm, args: Args) -> Outcome {
    Ok(frame_of(&args).map_or(Ref::NONE, |(_, pc, _)| Ref::int(pc as i64)))
}

fn f_back(_: &mut Vm, args: Args) -> Outcome {
    Ok(frame_of(&args).map_or(Ref::NONE, |(_, _, back)| back))
}

fn f_globals(_: &mut Vm, args: Args) -> Outcome {
    Ok(frame_of(&args).map_or(Ref::NONE, |(code, ..)| namespace_dict(code.info.unit.globals)))
}

fn tb_lineno(_: &mut Vm, args: Args) -> Outcome {
    let first = args.values[0].get::<Traceback>().and_then(|tb| tb.entries.first().copied());
    Ok(first.map_or(Ref::NONE, |entry| Ref::int(entry.code.line_at(entry.pc) as i64)))
}

fn tb_lasti(_: &mut Vm, args: Args) -> Outcome {
    let first = args.values[0].get::<Traceback>().and_then(|tb| tb.entries.first().copied());
    Ok(first.map_or(Ref::NONE, |entry| Ref::int(entry.pc as i64)))
}

fn tb_frame(_: &mut Vm, args: Args) -> Outcome {
    let first = args.values[0].get::<Traceback>().and_then(|tb| tb.entries.first().copied());
    Ok(first.map_or(Ref::NONE, |entry| FrameObj::alloc(entry.code, entry.pc, Ref::NONE)))
}

fn tb_next(vm: &mut Vm, args: Args) -> Outcome {
    let Some(traceback) = args.values[0].get_mut::<Traceback>() else { return Ok(Ref::NONE) };
    match args.values.get(1).copied() {
        None => Ok(Traceback::alloc(traceback.entries[1..].to_vec())),
        Some(next) if next.is_none() || next.is_kind(Kind::Traceback) => {
            let mut entries = vec![traceback.entries[0]];
            entries.extend(next.get::<Traceback>().map(|tb| tb.entries.to_vec()).unwrap_or_default());
            traceback.entries = entries.into();
            Ok(Ref::NONE)
        }
        Some(next) => {
            let message = format!("expected traceback object or None, got '{}'", vm.type_name(next));
            Err(vm.type_error(message))
        }
    }
}
