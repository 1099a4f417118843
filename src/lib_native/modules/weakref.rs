//! `_weakref`: weak reference objects. What builds on them (proxies, mappings, sets, finalizers) is written in Coro.

use super::Building;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::heap::Kind;
use crate::object::opaque::Opaque;
use crate::object::reflect::GenericAlias;
use crate::object::types::TypeRef;
use crate::object::weak::{self, WeakRef};
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::CmpOp;
use crate::vm::protocol::repr_object::full_type_name;
use std::cell::Cell;

thread_local! {
    /// The type `weakref.ReferenceType`; set when the module is made.
    static REFERENCE: Cell<Option<TypeRef>> = const { Cell::new(None) };
}

natives! { METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, MANY, keywords;
    "__call__", call, 1, 1;
    "__eq__", eq, 2, 2;
    "__hash__", hash, 1, 1;
    "__repr__", repr, 1, 1;
    "__class_getitem__", class_getitem, 2, 2;
}

natives! { GETTERS;
    "__callback__", callback, 1, 1;
}

natives! { FUNCTIONS;
    "getweakrefcount", count, 1, 1;
    "getweakrefs", list, 1, 1;
}

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    let reference = vm.define_type("weakref.ReferenceType", &[], Kind::Opaque, METHODS);
    vm.add_getters(reference, GETTERS);
    reference.name_in_full();
    REFERENCE.set(Some(reference));
    let building = Building::new(vm, "_weakref");
    building.types(&[reference]);
    building.functions(vm, "_weakref", FUNCTIONS);
    Ok(building.module)
}

/// Whether the object can be referred to weakly.
fn is_referable(vm: &mut Vm, value: Value) -> Outcome<bool> {
    let class = vm.type_of(value);
    if !class.builtin && !matches!(class.layout.get(), Kind::BigInt | Kind::Tuple | Kind::Bytes) {
        let slots_name = atom::intern("__slots__");
        let own: Vec<TypeRef> = class.mro.borrow().iter().filter(|ty| !ty.builtin).copied().collect();
        for ty in own {
            let slots = ty.dict.borrow().get(&slots_name).cloned();
            let Some(slots) = slots else { return Ok(true) };
            let items = if slots.as_str().is_some() { vec![slots] } else { vm.collect(*slots)? };
            if items.iter().any(|item| item.as_str() == Some("__weakref__")) {
                return Ok(true);
            }
        }
    }
    Ok(match value.kind() {
        Some(
            Kind::Function
            | Kind::Native
            | Kind::BoundMethod
            | Kind::Generator
            | Kind::Coroutine
            | Kind::AsyncGenerator
            | Kind::Set
            | Kind::FrozenSet
            | Kind::Type
            | Kind::Module
            | Kind::Code
            | Kind::Future
            | Kind::Task
            | Kind::Context
            | Kind::Handle
            | Kind::GenericAlias,
        ) => true,
        Some(Kind::Opaque) => value.get::<Opaque>().is_some_and(|object| object.data.weakly_referable()),
        _ => false,
    })
}

/// `(object, callback)` of `__new__` and `__init__`, without the first argument.
fn arguments(vm: &mut Vm, args: Args, function: &str) -> Outcome<(Value, Value)> {
    let given = args.pos().len() - 1;
    let message = match given {
        1 | 2 => return Ok((args.values[1], if given == 2 { args.values[2] } else { Value::NONE })),
        0 => format!("{function} expected at least 1 argument, got 0"),
        _ => format!("{function} expected at most 2 arguments, got {given}"),
    };
    Err(vm.type_error(message))
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(base) = REFERENCE.get() else { return Ok(Ref::NONE) };
    let class = vm.class_arg(args.values[0], base)?;
    let exact = std::ptr::eq(class, base);
    if exact && !args.names.is_empty() {
        return Err(vm.type_error("ref() takes no keyword arguments"));
    }
    let (target, callback) = arguments(vm, args, "__new__")?;
    if !is_referable(vm, target)? {
        let class = vm.type_of(target);
        let name = if class.builtin { full_type_name(class) } else { class.name_text() };
        return Err(vm.type_error(format!("cannot create weak reference to '{name}' object")));
    }
    let plain = |vm: &mut Vm, reference: Value| {
        let is_plain = reference.opaque::<WeakRef>().is_some_and(|data| data.callback.is_none());
        is_plain && std::ptr::eq(vm.type_of(reference), base)
    };
    let first = weak::references(target).first().copied().filter(|first| plain(vm, *first));
    let place = match first {
        Some(first) if exact && callback.is_none() => return Ok(first.to_ref()),
        Some(_) => 1,
        None => 0,
    };
    let data = WeakRef::new(callback.to_ref());
    let object = Ref::opaque(base, data);
    let object = vm.as_subclass(class, object);
    weak::attach(*object, target, place);
    Ok(object)
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    if !args.names.is_empty() {
        return Err(vm.type_error("ref() takes no keyword arguments"));
    }
    arguments(vm, args, "__init__").map(|_| Ref::NONE)
}

/// The receiver's data. Not to be kept across anything that runs Coro code.
fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut WeakRef> {
    match args.values[0].opaque::<WeakRef>() {
        Some(data) => Ok(data),
        None => Err(needs_reference(vm, args)),
    }
}

fn needs_reference(vm: &mut Vm, args: &Args) -> Signal {
    let given = vm.type_name(args.values[0]);
    vm.type_error(format!("descriptor requires a 'weakref.ReferenceType' object but received a '{given}'"))
}

fn call(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this(vm, &args)?.target().map_or(Ref::NONE, Value::to_ref))
}

/// Two live references are equal if what they refer to is; else they must be the same.
fn eq(vm: &mut Vm, args: Args) -> Outcome {
    let Some(other) = args.values[1].opaque::<WeakRef>() else { return Ok(Value::NOT_IMPLEMENTED.to_ref()) };
    let (own, other) = (this(vm, &args)?.target(), other.target());
    match (own.map(Value::to_ref), other.map(Value::to_ref)) {
        (Some(own), Some(other)) => vm.compare(CmpOp::Eq, *own, *other),
        _ => Ok(Ref::bool(args.values[0] == args.values[1])),
    }
}

fn hash(vm: &mut Vm, args: Args) -> Outcome {
    let data = this(vm, &args)?;
    if let Some(hash) = data.hash {
        return Ok(Ref::int(hash));
    }
    let Some(target) = data.target().map(Value::to_ref) else {
        return Err(vm.type_error("weak object has gone away"));
    };
    let hash = vm.hash(*target)?;
    this(vm, &args)?.hash = Some(hash);
    Ok(Ref::int(hash))
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let own = args.values[0].identity();
    let Some(target) = this(vm, &args)?.target().map(Value::to_ref) else {
        return Ok(Ref::str(&format!("<weakref at {own:#x}; dead>")));
    };
    let (class, address) = (full_type_name(vm.type_of(*target)), target.identity());
    // Looked up on the type: the object's own attributes may be computed by the program.
    let method = vm.special(*target, atom::intern("__name__"));
    let name = match method {
        Some(method) => Some(vm.bind_special(*target, method, atom::intern("__name__"))?),
        None => None,
    };
    let name = match name.as_ref().and_then(|name| name.as_str()) {
        Some(name) => format!(" ({name})"),
        None => String::new(),
    };
    Ok(Ref::str(&format!("<weakref at {own:#x}; to '{class}' at {address:#x}{name}>")))
}

fn class_getitem(_: &mut Vm, args: Args) -> Outcome {
    Ok(GenericAlias::alloc(args.values[0].to_ref(), args.values[1].to_ref()))
}

fn callback(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this(vm, &args)?.callback.clone())
}

fn count(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(weak::references(args.values[0]).len() as i64))
}

fn list(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::list(weak::references(args.values[0]).into_iter().map(Value::to_ref).collect()))
}
