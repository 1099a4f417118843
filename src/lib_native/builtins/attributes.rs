//! Attributes, identity, types, namespaces: `callable delattr dir getattr globals hasattr hash id isinstance issubclass
//! locals setattr vars`.

use crate::natives;
use crate::object::atom;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::dict::Dict;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::namespace::namespace_dict;

/// The interned name of an attribute.
///
/// # Errors
/// TypeError if it is no str.
fn attribute_name(vm: &mut Vm, name: Value) -> Outcome<Value> {
    if name.as_str().is_some() {
        return Ok(atom::intern_value(name));
    }
    let message = format!("attribute name must be string, not '{}'", vm.type_name(name));
    Err(vm.type_error(message))
}

fn getattr(vm: &mut Vm, args: Args) -> Outcome {
    let name = attribute_name(vm, args.values[1])?;
    let Some(default) = args.values.get(2) else { return vm.get_attr_tail(args.values[0], name) };
    match vm.find_attr(args.values[0], name) {
        Ok(found) => Ok(found.unwrap_or_else(|| default.to_ref())),
        Err(Signal::Call) => Err(vm.tail_prelude("getattr_or", &[args.values[0], name, *default])),
        Err(Signal::Raised) if vm.raised_is(vm.types.exc.attribute_error) => {
            drop(vm.take_raised());
            Ok(default.to_ref())
        }
        Err(signal) => Err(signal),
    }
}

fn hasattr(vm: &mut Vm, args: Args) -> Outcome {
    let name = attribute_name(vm, args.values[1])?;
    match vm.find_attr(args.values[0], name) {
        Ok(found) => Ok(Ref::bool(found.is_some())),
        Err(Signal::Call) => Err(vm.tail_prelude("has_attribute", &[args.values[0], name])),
        Err(Signal::Raised) if vm.raised_is(vm.types.exc.attribute_error) => {
            drop(vm.take_raised());
            Ok(Ref::bool(false))
        }
        Err(signal) => Err(signal),
    }
}

fn setattr(vm: &mut Vm, args: Args) -> Outcome {
    let name = attribute_name(vm, args.values[1])?;
    // A `__setattr__` returns None by convention, so that its result may stand for this one's.
    vm.set_attr_tail(args.values[0], name, args.values[2].to_ref()).map(|()| Ref::NONE)
}

fn delattr(vm: &mut Vm, args: Args) -> Outcome {
    let name = attribute_name(vm, args.values[1])?;
    vm.del_attr_tail(args.values[0], name).map(|()| Ref::NONE)
}

fn callable(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(vm.is_callable(args.values[0])))
}

fn hash(vm: &mut Vm, args: Args) -> Outcome {
    vm.hash(args.values[0]).map(Ref::int)
}

fn id(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(args.values[0].identity()))
}

fn isinstance(vm: &mut Vm, args: Args) -> Outcome {
    vm.is_instance(args.values[0], args.values[1]).map(Ref::bool)
}

fn issubclass(vm: &mut Vm, args: Args) -> Outcome {
    vm.is_subclass(args.values[0], args.values[1]).map(Ref::bool)
}

fn dir(vm: &mut Vm, args: Args) -> Outcome {
    if let Some(object) = args.values.first() {
        return vm.dir(*object);
    }
    let names = local_names(vm);
    let mut keys: Vec<Ref> = names.get::<Dict>().map(|d| d.iter().map(|e| e.key.clone()).collect()).unwrap_or_default();
    keys.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
    Ok(Ref::list(keys))
}

/// `vars(object)`: its `__dict__`; without an object, `locals()`.
fn vars(vm: &mut Vm, args: Args) -> Outcome {
    let Some(object) = args.values.first() else { return Ok(local_names(vm)) };
    let name = vm.names.dict;
    match vm.get_attr_opt(*object, name)? {
        Some(dict) => Ok(dict),
        None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
    }
}

fn globals(vm: &mut Vm, _: Args) -> Outcome {
    Ok(vm.current_globals().map_or_else(|| Dict::alloc(Dict::new()), namespace_dict))
}

/// `locals()` of the function that called the running native; at module level the globals.
fn local_names(vm: &mut Vm) -> Ref {
    let Some(frame) = vm.visible_frame() else { return Dict::alloc(Dict::new()) };
    // Safety: a live frame of the running program.
    let code = unsafe { &*(*frame).code };
    if code.info.data.is_module { namespace_dict(code.info.unit.globals) } else { vm.locals_of(frame) }
}

fn locals(vm: &mut Vm, _: Args) -> Outcome {
    Ok(local_names(vm))
}

fn import(vm: &mut Vm, args: Args) -> Outcome {
    let Some(name) = args.values[0].as_str() else {
        let message = format!("__import__() argument 1 must be str, not {}", vm.type_name(args.values[0]));
        return Err(vm.type_error(message));
    };
    vm.import_statement(name, 0, false)
}

natives! {
    FUNCTIONS;
    "__import__", import, 1, 5, keywords;
    "callable", callable, 1, 1;
    "delattr", delattr, 2, 2;
    "dir", dir, 0, 1;
    "getattr", getattr, 2, 3;
    "globals", globals, 0, 0;
    "hasattr", hasattr, 2, 2;
    "hash", hash, 1, 1;
    "id", id, 1, 1;
    "isinstance", isinstance, 2, 2;
    "issubclass", issubclass, 2, 2;
    "locals", locals, 0, 0;
    "setattr", setattr, 3, 3;
    "vars", vars, 0, 1;
}
