//! `super`.

use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::coroutine::Frame;
use crate::object::function::{CellObj, Super};
use crate::object::heap::{self, Kind};
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;

pub fn install(vm: &mut Vm) {
    let ty = vm.types.super_;
    vm.add_methods(ty, METHODS);
    vm.add_getters(ty, GETTERS);
}

natives! { METHODS;
    "__new__", new, 1, MANY;
    "__get__", get, 2, 3;
}

natives! { GETTERS;
    "__thisclass__", this_class, 1, 1;
    "__self__", this_self, 1, 1;
    "__self_class__", self_class, 1, 1;
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let (class, object) = match args.values {
        [_] => implicit(vm)?,
        [_, class] => (class.to_ref(), Ref::NONE),
        [_, class, object] => (class.to_ref(), object.to_ref()),
        [_, more @ ..] => {
            let given = more.len();
            return Err(vm.type_error(format!("super() expected at most 2 arguments, got {given}")));
        }
        [] => return Ok(Ref::NONE),
    };
    let Some(start) = class.as_type() else {
        let message = format!("super() argument 1 must be a type, not {}", vm.type_name(*class));
        return Err(vm.type_error(message));
    };
    let object_type = if object.is_none() { Ref::NONE } else { check(vm, start, *object)?.value().to_ref() };
    let own = vm.class_arg(args.values[0], vm.types.super_)?;
    let proxy = heap::new(Super { header: heap::blank(Kind::Super), class, object, object_type });
    Ok(vm.as_subclass(own, proxy))
}

/// `super(C).__get__(obj)`: bound to the object, as an attribute of the class is.
fn get(vm: &mut Vm, args: Args) -> Outcome {
    let (value, object) = (args.values[0], args.values[1]);
    match value.get::<Super>() {
        Some(proxy) if proxy.object.is_none() && !object.is_none() => {
            let class = vm.type_of(value);
            vm.call_values(class.value(), &[*proxy.class, object])
        }
        _ => Ok(value.to_ref()),
    }
}

/// The type in whose MRO the search goes: the object itself if it is a class below `class`, else its type.
fn check(vm: &mut Vm, class: TypeRef, object: Value) -> Outcome<TypeRef> {
    if let Some(sub) = object.as_type()
        && sub.is_subclass(class)
    {
        return Ok(sub);
    }
    let ty = vm.type_of(object);
    if ty.is_subclass(class) {
        return Ok(ty);
    }
    // A proxy may say that it is of another class.
    let claimed = vm.get_attr_opt(object, vm.names.class)?;
    if let Some(claimed) = claimed.and_then(|claimed| claimed.as_type())
        && claimed.is_subclass(class)
    {
        return Ok(claimed);
    }
    let (kind, name) = match object.as_type() {
        Some(ty) => ("type", ty.name_text()),
        None => ("instance of", ty.name_text()),
    };
    let class = class.name_text();
    Err(vm
        .type_error(format!("super(type, obj): obj ({kind} {name}) is not an instance or subtype of type ({class}).")))
}

/// The class and first argument of the method that calls `super()`.
fn implicit(vm: &mut Vm) -> Outcome<(Ref, Ref)> {
    let frame = vm.caller_frame();
    if frame.is_null() {
        return Err(vm.runtime_error("super(): no current frame"));
    }
    // Safety: the caller's frame is alive while it waits for this call; its locals are values or unbound.
    let (first, first_is_cell, class) = unsafe {
        let code = &*(*frame).code;
        let locals = &code.info.data.locals;
        let regs = Frame::regs(frame);
        let class = locals.iter().position(|local| &*local.name == "__class__" && local.free);
        let has_parameter = code.positional > 0 || code.info.data.varargs;
        let first = if has_parameter { Some(*regs) } else { None };
        (first, locals.first().is_some_and(|local| local.cell), class.map(|at| *regs.add(at)))
    };
    let Some(first) = first else { return Err(vm.runtime_error("super(): no arguments")) };
    let first = match (first_is_cell, first.get::<CellObj>()) {
        (true, Some(cell)) => cell.value.clone(),
        _ => first.to_ref(),
    };
    if first.is_unbound() {
        return Err(vm.runtime_error("super(): arg[0] deleted"));
    }
    let Some(class) = class else { return Err(vm.runtime_error("super(): __class__ cell not found")) };
    match class.get::<CellObj>().map(|cell| cell.value.clone()) {
        Some(class) if !class.is_unbound() => Ok((class, first)),
        _ => Err(vm.runtime_error("super(): empty __class__ cell")),
    }
}

fn this_class(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].get::<Super>().map_or(Ref::NONE, |proxy| proxy.class.clone()))
}

fn this_self(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].get::<Super>().map_or(Ref::NONE, |proxy| proxy.object.clone()))
}

fn self_class(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].get::<Super>().map_or(Ref::NONE, |proxy| proxy.object_type.clone()))
}
