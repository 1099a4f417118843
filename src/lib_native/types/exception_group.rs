//! `BaseExceptionGroup` and `ExceptionGroup` (PEP 654).

use super::exception::make;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::exception::Exception;
use crate::object::types::TypeRef;
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::groups::{Condition, split_by};
use crate::vm::native::MANY;

pub fn install(vm: &mut Vm) {
    let base = vm.types.exc.base_exception_group;
    vm.add_methods(base, METHODS);
    vm.add_getters(base, GETTERS);
}

natives! { METHODS;
    "__new__", new, 1, MANY;
    "__init__", init, 1, MANY, keywords;
    "derive", derive, 2, 2;
    "split", split, 2, 2;
    "subgroup", subgroup, 2, 2;
}

natives! { GETTERS;
    "message", message, 1, 2;
    "exceptions", exceptions, 1, 2;
}

/// A field that is set once, by `__new__`.
fn fixed(vm: &mut Vm, args: Args, name: &str) -> Outcome {
    if args.values.len() > 1 {
        return Err(vm.attribute_error("readonly attribute"));
    }
    Ok(vm.own_attr(args.values[0], atom::intern(name)).unwrap_or(Ref::NONE))
}

fn message(vm: &mut Vm, args: Args) -> Outcome {
    fixed(vm, args, "message")
}

fn exceptions(vm: &mut Vm, args: Args) -> Outcome {
    fixed(vm, args, "exceptions")
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.class_arg(args.values[0], vm.types.exc.base_exception_group)?;
    let [message, list] = &args.values[1..] else {
        let given = args.values.len() - 1;
        return Err(vm.type_error(format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({given} given)")));
    };
    if message.as_str().is_none() {
        let text = format!("BaseExceptionGroup.__new__() argument 1 must be str, not {}", vm.type_name(*message));
        return Err(vm.type_error(text));
    }
    let sequence = list.as_sequence().is_some() || vm.special(*list, vm.names.getitem).is_some();
    if !sequence || list.is_kind(Kind::Dict) {
        return Err(vm.type_error("second argument (exceptions) must be a sequence"));
    }
    let items = vm.collect(*list)?;
    if items.is_empty() {
        return Err(vm.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    if let Some(at) = items.iter().position(|item| !item.is_kind(Kind::Exception)) {
        return Err(vm.value_error(format!("Item {at} of second argument (exceptions) is not an exception")));
    }
    let class = suitable_class(vm, class, &items)?;
    let exc = make(vm, class, Ref::tuple_of(&args.values[1..]))?;
    vm.set_own_attr(*exc, atom::intern("message"), message.to_ref());
    vm.set_own_attr(*exc, atom::intern("exceptions"), Ref::tuple(items));
    Ok(exc)
}

/// `BaseExceptionGroup(…)` of plain exceptions is an `ExceptionGroup`; that may not hold others.
fn suitable_class(vm: &mut Vm, class: TypeRef, items: &[Ref]) -> Outcome<TypeRef> {
    let exc = &vm.types.exc;
    let plain = items.iter().all(|item| vm.is_instance_of(**item, exc.exception));
    if plain {
        return Ok(if std::ptr::eq(class, exc.base_exception_group) { exc.exception_group } else { class });
    }
    if std::ptr::eq(class, exc.exception_group) {
        return Err(vm.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    }
    if class.is_subclass(exc.exception) {
        let message = format!("Cannot nest BaseExceptions in '{}'", class.name_text());
        return Err(vm.type_error(message));
    }
    Ok(class)
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    if !args.names.is_empty() {
        let name = vm.type_name(args.values[0]);
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    if let Some(exc) = args.values[0].get::<Exception>() {
        let old = exc.args.replace(Ref::tuple_of(&args.values[1..]));
        drop(old);
    }
    Ok(Ref::NONE)
}

fn derive(vm: &mut Vm, args: Args) -> Outcome {
    let message = vm.own_attr(args.values[0], atom::intern("message")).unwrap_or(Ref::NONE);
    let class = vm.types.exc.base_exception_group;
    vm.call_values(class.value(), &[*message, args.values[1]])
}

fn condition(vm: &mut Vm, value: Value) -> Outcome<Condition<'static>> {
    let is_class = |value: Value| value.as_type().is_some_and(|ty| ty.is_subclass(vm.types.exc.base_exception));
    let classes = match value.kind() {
        Some(Kind::Type) => is_class(value),
        Some(Kind::Tuple) => value.as_sequence().unwrap_or(&[]).iter().all(|item| is_class(**item)),
        _ => false,
    };
    if classes {
        return Ok(Condition::Class(value));
    }
    if !value.is_kind(Kind::Type) && !value.is_kind(Kind::Tuple) && vm.is_callable(value) {
        return Ok(Condition::Function(value));
    }
    Err(vm.type_error("expected an exception type, a tuple of exception types, or a callable (other than a class)"))
}

fn split(vm: &mut Vm, args: Args) -> Outcome {
    let condition = condition(vm, args.values[1])?;
    let (matching, others) = split_by(vm, args.values[0], &condition)?;
    Ok(Ref::tuple(vec![matching, others]))
}

fn subgroup(vm: &mut Vm, args: Args) -> Outcome {
    let condition = condition(vm, args.values[1])?;
    Ok(split_by(vm, args.values[0], &condition)?.0)
}
