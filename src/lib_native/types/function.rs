//! Functions, methods, built-in functions, code objects and cells.

use crate::code::CodeKind;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::code::Code;
use crate::object::dict::Dict;
use crate::object::function::{BoundMethod, CellObj, Function, FunctionExtra, Native, NativeRole};
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::namespace::namespace_dict;

pub fn install(vm: &mut Vm) {
    let types = &vm.types;
    let (function, method, code, cell) = (types.function, types.method, types.code, types.cell);
    let getset = types.getset_descriptor;
    let natives = [
        types.builtin_function,
        types.method_descriptor,
        types.classmethod_descriptor,
        types.wrapper_descriptor,
        types.method_wrapper,
        types.getset_descriptor,
    ];
    vm.add_methods(function, FUNCTION_METHODS);
    vm.add_getters(function, FUNCTION_GETTERS);
    vm.add_methods(method, METHOD_METHODS);
    vm.add_getters(method, METHOD_GETTERS);
    for ty in natives {
        vm.add_methods(ty, NATIVE_METHODS);
        vm.add_getters(ty, NATIVE_GETTERS);
    }
    vm.add_methods(getset, GETTER_METHODS);
    vm.add_getters(code, CODE_GETTERS);
    vm.add_methods(cell, CELL_METHODS);
    vm.add_getters(cell, CELL_GETTERS);
}

natives! { FUNCTION_METHODS;
    "__call__", call, 1, MANY, keywords;
    "__get__", get, 2, 3;
    "__repr__", native_repr, 1, 1;
}

natives! { FUNCTION_GETTERS;
    "__name__", name, 1, 2;
    "__qualname__", qualname, 1, 2;
    "__doc__", doc, 1, 2;
    "__module__", module, 1, 2;
    "__annotations__", annotations, 1, 2;
    "__defaults__", defaults, 1, 2;
    "__kwdefaults__", kwdefaults, 1, 2;
    "__code__", code, 1, 1;
    "__closure__", closure, 1, 1;
    "__globals__", globals, 1, 1;
    "__type_params__", no_params, 1, 1;
}

natives! { METHOD_METHODS;
    "__new__", new_method, 3, 3;
    "__call__", call, 1, MANY, keywords;
    "__get__", get_self, 2, 3;
    "__repr__", native_repr, 1, 1;
}

natives! { METHOD_GETTERS;
    "__self__", method_self, 1, 1;
    "__func__", method_func, 1, 1;
    "__doc__", method_doc, 1, 1;
}

natives! { NATIVE_METHODS;
    "__call__", call, 1, MANY, keywords;
    "__get__", get_native, 2, 3;
    "__repr__", native_repr, 1, 1;
}

natives! { GETTER_METHODS;
    "__set__", set_native, 3, 3;
    "__delete__", delete_native, 2, 2;
}

natives! { NATIVE_GETTERS;
    "__name__", native_name, 1, 1;
    "__qualname__", native_qualname, 1, 1;
    "__doc__", native_doc, 1, 1;
    "__module__", native_module, 1, 1;
    "__self__", native_self, 1, 1;
    "__objclass__", native_owner, 1, 1;
    "__text_signature__", none, 1, 1;
}

natives! { CODE_GETTERS;
    "co_name", co_name, 1, 1;
    "co_qualname", co_qualname, 1, 1;
    "co_varnames", co_varnames, 1, 1;
    "co_freevars", co_freevars, 1, 1;
    "co_cellvars", co_cellvars, 1, 1;
    "co_argcount", co_argcount, 1, 1;
    "co_posonlyargcount", co_posonlyargcount, 1, 1;
    "co_kwonlyargcount", co_kwonlyargcount, 1, 1;
    "co_names", co_names, 1, 1;
    "co_nlocals", co_nlocals, 1, 1;
    "co_flags", co_flags, 1, 1;
    "co_filename", co_filename, 1, 1;
    "co_firstlineno", co_firstlineno, 1, 1;
}

natives! { CELL_METHODS;
    "__new__", new_cell, 1, 2;
}

natives! { CELL_GETTERS;
    "cell_contents", cell_contents, 1, 2;
}

fn none(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::NONE)
}

fn no_params(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::tuple(Vec::new()))
}

/// `f.__call__(…)`
fn call(vm: &mut Vm, args: Args) -> Outcome {
    Err(vm.tail_call_kw(args.values[0], &args.values[1..], args.names))
}

fn native_repr(vm: &mut Vm, args: Args) -> Outcome {
    let mut out = String::new();
    vm.write_native_repr(args.values[0], &mut out)?;
    Ok(Ref::str(&out))
}

/// `f.__get__(obj, cls)`
fn get(_: &mut Vm, args: Args) -> Outcome {
    let (func, object) = (args.values[0], args.values[1]);
    Ok(if object.is_none() { func.to_ref() } else { BoundMethod::alloc(func.to_ref(), object.to_ref()) })
}

fn get_self(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].to_ref())
}

fn get_native(vm: &mut Vm, args: Args) -> Outcome {
    let (func, object) = (args.values[0], args.values[1]);
    let role = func.get::<Native>().map(|native| native.role);
    match role {
        Some(NativeRole::Method) if !object.is_none() => Ok(BoundMethod::alloc(func.to_ref(), object.to_ref())),
        Some(NativeRole::Getter) if !object.is_none() => {
            let native = getter_for(vm, &args)?;
            (native.def.func)(vm.machine(), Args::positional(&[object]))
        }
        _ => Ok(func.to_ref()),
    }
}

/// The getter that a call of one of its methods is about, if the object is one that it is for.
fn getter_for<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a Native> {
    let Some(native) = args.values[0].get::<Native>().filter(|native| native.role == NativeRole::Getter) else {
        let given = vm.type_name(args.values[0]);
        return Err(vm.type_error(format!("descriptor requires a 'getset_descriptor' object but received a '{given}'")));
    };
    match native.owner.as_type() {
        Some(owner) if !vm.type_of(args.values[1]).is_subclass(owner) => {
            let (name, owner, given) = (native.def.name, owner.name_text(), vm.type_name(args.values[1]));
            Err(vm.type_error(format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{given}' object")))
        }
        _ => Ok(native),
    }
}

fn set_native(vm: &mut Vm, args: Args) -> Outcome {
    let name = getter_for(vm, &args)?.def.name;
    vm.write_getter(args.values[0], args.values[1], atom::intern(name), Some(args.values[2].to_ref()))?;
    Ok(Ref::NONE)
}

fn delete_native(vm: &mut Vm, args: Args) -> Outcome {
    let name = getter_for(vm, &args)?.def.name;
    vm.write_getter(args.values[0], args.values[1], atom::intern(name), None)?;
    Ok(Ref::NONE)
}

fn function_of<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a Function> {
    match args.values[0].get::<Function>() {
        Some(function) => Ok(function),
        None => {
            let name = vm.type_name(args.values[0]);
            Err(vm.type_error(format!("descriptor requires a 'function' object but received '{name}'")))
        }
    }
}

/// Reads or sets one of a function's rarely set attributes.
fn extra(
    function: &Function,
    new: Option<Value>,
    field: fn(&mut FunctionExtra) -> &mut Option<Ref>,
    default: impl FnOnce() -> Ref,
) -> Ref {
    match new {
        None => {
            let mut extra = function.extra.borrow_mut();
            extra.as_deref_mut().and_then(|extra| field(extra).clone()).unwrap_or_else(default)
        }
        Some(new) => {
            let new = if new.is_unbound() { Ref::NONE } else { new.to_ref() };
            let old = field(function.extra.borrow_mut().get_or_insert_with(Default::default)).replace(new);
            drop(old);
            Ref::NONE
        }
    }
}

fn must_be_str(vm: &mut Vm, args: &Args, what: &str) -> Outcome<()> {
    match args.values.get(1) {
        Some(value) if !value.is_kind(Kind::Str) => {
            Err(vm.type_error(format!("{what} must be set to a string object")))
        }
        _ => Ok(()),
    }
}

fn name(vm: &mut Vm, args: Args) -> Outcome {
    must_be_str(vm, &args, "__name__")?;
    let function = function_of(vm, &args)?;
    Ok(extra(function, args.values.get(1).copied(), |e| &mut e.name, || function.code.info.name.to_ref()))
}

fn qualname(vm: &mut Vm, args: Args) -> Outcome {
    must_be_str(vm, &args, "__qualname__")?;
    let function = function_of(vm, &args)?;
    Ok(extra(function, args.values.get(1).copied(), |e| &mut e.qualname, || function.code.info.qualname.to_ref()))
}

fn doc(vm: &mut Vm, args: Args) -> Outcome {
    let function = function_of(vm, &args)?;
    let own = || function.code.info.data.doc.as_deref().map_or(Ref::NONE, Ref::str);
    Ok(extra(function, args.values.get(1).copied(), |e| &mut e.doc, own))
}

fn module(vm: &mut Vm, args: Args) -> Outcome {
    let function = function_of(vm, &args)?;
    let own = || {
        let globals = function.code.info.unit.globals;
        globals.get(vm.names.name).map_or(Ref::NONE, Value::to_ref)
    };
    Ok(extra(function, args.values.get(1).copied(), |e| &mut e.module, own))
}

fn annotations(vm: &mut Vm, args: Args) -> Outcome {
    let function = function_of(vm, &args)?;
    let known = extra(function, args.values.get(1).copied(), |e| &mut e.annotations, || Ref::NONE);
    if args.values.len() > 1 || !known.is_none() {
        return Ok(known);
    }
    let dict = Dict::alloc(Dict::new());
    extra(function, Some(*dict), |e| &mut e.annotations, || Ref::NONE);
    Ok(dict)
}

fn defaults(vm: &mut Vm, args: Args) -> Outcome {
    function_of(vm, &args)?;
    let Some(function) = args.values[0].get_mut::<Function>() else { return Ok(Ref::NONE) };
    match args.values.get(1) {
        None => Ok(function.defaults.clone()),
        Some(new) if new.is_unbound() || new.is_none() || new.is_kind(Kind::Tuple) => {
            let new = if new.is_unbound() { Ref::NONE } else { new.to_ref() };
            let old = std::mem::replace(&mut function.defaults, new);
            drop(old);
            Ok(Ref::NONE)
        }
        Some(_) => Err(vm.type_error("__defaults__ must be set to a tuple object")),
    }
}

fn kwdefaults(vm: &mut Vm, args: Args) -> Outcome {
    function_of(vm, &args)?;
    let Some(function) = args.values[0].get_mut::<Function>() else { return Ok(Ref::NONE) };
    match args.values.get(1) {
        None => Ok(function.kwdefaults.clone()),
        Some(new) if new.is_unbound() || new.is_none() || new.is_kind(Kind::Dict) => {
            let new = if new.is_unbound() { Ref::NONE } else { new.to_ref() };
            let old = std::mem::replace(&mut function.kwdefaults, new);
            drop(old);
            Ok(Ref::NONE)
        }
        Some(_) => Err(vm.type_error("__kwdefaults__ must be set to a dict object")),
    }
}

fn code(vm: &mut Vm, args: Args) -> Outcome {
    Ok(function_of(vm, &args)?.code.value().to_ref())
}

fn closure(vm: &mut Vm, args: Args) -> Outcome {
    let function = function_of(vm, &args)?;
    Ok(if function.closure.is_empty() { Ref::NONE } else { Ref::tuple(function.closure.to_vec()) })
}

fn globals(vm: &mut Vm, args: Args) -> Outcome {
    let function = function_of(vm, &args)?;
    Ok(namespace_dict(function.code.info.unit.globals))
}

/// `types.MethodType(func, obj)`
fn new_method(vm: &mut Vm, args: Args) -> Outcome {
    if args.values[2].is_none() {
        return Err(vm.type_error("instance must not be None"));
    }
    if !vm.is_callable(args.values[1]) {
        return Err(vm.type_error("first argument must be callable"));
    }
    Ok(BoundMethod::alloc(args.values[1].to_ref(), args.values[2].to_ref()))
}

fn method_self(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].get::<BoundMethod>().map_or(Ref::NONE, |method| method.receiver.clone()))
}

fn method_func(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].get::<BoundMethod>().map_or(Ref::NONE, |method| method.func.clone()))
}

fn method_doc(vm: &mut Vm, args: Args) -> Outcome {
    let func = method_func(vm, args)?;
    vm.get_attr_tail(*func, vm.names.doc)
}

/// The native behind a built-in function or a bound built-in method.
fn with_native<R>(value: Value, read: impl FnOnce(&Native) -> R) -> Option<R> {
    match value.get::<BoundMethod>() {
        Some(method) => method.func.get::<Native>().map(read),
        None => value.get::<Native>().map(read),
    }
}

fn native_name(_: &mut Vm, args: Args) -> Outcome {
    Ok(with_native(args.values[0], |native| atom::intern(native.def.name).to_ref()).unwrap_or(Ref::NONE))
}

fn native_qualname(_: &mut Vm, args: Args) -> Outcome {
    let name = with_native(args.values[0], |native| match native.owner.as_type() {
        Some(owner) => Ref::str(&format!("{}.{}", owner.name_text(), native.def.name)),
        None => atom::intern(native.def.name).to_ref(),
    });
    Ok(name.unwrap_or(Ref::NONE))
}

fn native_doc(_: &mut Vm, args: Args) -> Outcome {
    let doc = with_native(args.values[0], |native| native.def.doc).filter(|doc| !doc.is_empty());
    Ok(doc.map_or(Ref::NONE, Ref::str))
}

fn native_module(_: &mut Vm, args: Args) -> Outcome {
    let module = with_native(args.values[0], |native| match native.role {
        NativeRole::Function if native.module.is_unbound() => atom::intern("builtins"),
        NativeRole::Function => native.module,
        _ => Value::NONE,
    });
    Ok(module.unwrap_or(Value::NONE).to_ref())
}

fn native_self(vm: &mut Vm, args: Args) -> Outcome {
    match args.values[0].get::<BoundMethod>() {
        Some(method) => Ok(method.receiver.clone()),
        None => match with_native(args.values[0], |native| native.role) {
            Some(NativeRole::Function | NativeRole::StaticMethod) => Ok(Ref::NONE),
            _ => Err(vm.no_attribute(args.values[0], vm.names.self_)),
        },
    }
}

fn native_owner(vm: &mut Vm, args: Args) -> Outcome {
    match args.values[0].get::<Native>().and_then(|native| native.owner.as_type()) {
        Some(owner) => Ok(owner.value().to_ref()),
        None => Err(vm.no_attribute(args.values[0], atom::intern("__objclass__"))),
    }
}

fn code_of<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a Code> {
    match args.values[0].get::<Code>() {
        Some(code) => Ok(code),
        None => Err(vm.type_error("descriptor requires a 'code' object")),
    }
}

fn co_name(vm: &mut Vm, args: Args) -> Outcome {
    Ok(code_of(vm, &args)?.info.name.to_ref())
}

fn co_qualname(vm: &mut Vm, args: Args) -> Outcome {
    Ok(code_of(vm, &args)?.info.qualname.to_ref())
}

/// Number of locals that are parameters.
fn parameters(code: &Code) -> usize {
    let data = &code.info.data;
    (data.positional + data.kwonly) as usize + data.varargs as usize + data.varkw as usize
}

fn plain_locals(code: &Code) -> Vec<Ref> {
    let parameters = parameters(code);
    let locals = code.info.data.locals.iter().enumerate();
    let own = locals.filter(|(i, l)| !l.free && !l.name.starts_with('.') && (*i < parameters || !l.cell));
    own.map(|(_, l)| atom::intern(&l.name).to_ref()).collect()
}

fn co_varnames(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::tuple(plain_locals(code_of(vm, &args)?)))
}

/// Names of globals and attributes.
fn co_names(vm: &mut Vm, args: Args) -> Outcome {
    let info = &code_of(vm, &args)?.info;
    let globals = info.global_slots.iter().map(|slot| slot.name);
    let mut names: Vec<Value> = Vec::new();
    for name in globals.chain(info.cache_cells.iter().map(|cache| cache.name)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(Ref::tuple_of(&names))
}

fn co_nlocals(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(plain_locals(code_of(vm, &args)?).len() as i64))
}

fn co_freevars(vm: &mut Vm, args: Args) -> Outcome {
    let code = code_of(vm, &args)?;
    let free = code.info.data.locals.iter().filter(|l| l.free);
    Ok(Ref::tuple(free.map(|l| atom::intern(&l.name).to_ref()).collect()))
}

fn co_cellvars(vm: &mut Vm, args: Args) -> Outcome {
    let code = code_of(vm, &args)?;
    let cells = code.info.data.locals.iter().filter(|l| l.cell && !l.free);
    Ok(Ref::tuple(cells.map(|l| atom::intern(&l.name).to_ref()).collect()))
}

fn co_argcount(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(code_of(vm, &args)?.positional as i64))
}

fn co_posonlyargcount(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(code_of(vm, &args)?.info.data.posonly as i64))
}

fn co_kwonlyargcount(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(code_of(vm, &args)?.kwonly as i64))
}

/// The bits of `inspect.CO_…`.
fn co_flags(vm: &mut Vm, args: Args) -> Outcome {
    let code = code_of(vm, &args)?;
    let data = &code.info.data;
    let function = !data.is_module && !data.is_class;
    let nested = data.qualname.contains("<locals>");
    let bits = [
        (function, 0x1 | 0x2),
        (data.varargs, 0x4),
        (data.varkw, 0x8),
        (function && nested, 0x10),
        (code.kind == CodeKind::Generator, 0x20),
        (code.kind == CodeKind::Coroutine, 0x80),
        (code.iterable.get(), 0x100),
        (code.kind == CodeKind::AsyncGenerator, 0x200),
    ];
    Ok(Ref::int(bits.iter().filter(|(on, _)| *on).map(|(_, bit)| bit).sum()))
}

fn co_filename(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::str(&code_of(vm, &args)?.info.unit.source.name))
}

fn co_firstlineno(vm: &mut Vm, args: Args) -> Outcome {
    let code = code_of(vm, &args)?;
    Ok(Ref::int(code.info.unit.source.line(code.info.data.span.start) as i64))
}

fn new_cell(_: &mut Vm, args: Args) -> Outcome {
    Ok(CellObj::alloc(args.values.get(1).map_or(Ref::UNBOUND, |value| value.to_ref())))
}

fn cell_contents(vm: &mut Vm, args: Args) -> Outcome {
    let Some(cell) = args.values[0].get_mut::<CellObj>() else { return Ok(Ref::NONE) };
    match args.values.get(1) {
        None if cell.value.is_unbound() => Err(vm.value_error("cell is empty")),
        None => Ok(cell.value.clone()),
        Some(new) => {
            let old = std::mem::replace(&mut cell.value, new.to_ref());
            drop(old);
            Ok(Ref::NONE)
        }
    }
}
