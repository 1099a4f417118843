//! `object`: what every value has.

use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::function::{Function, Module};
use crate::object::types::{Instance, Shape, TypeRef, type_flag};
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::namespace::namespace_dict;

pub fn install(vm: &mut Vm) {
    let object = vm.types.object;
    vm.add_methods(object, METHODS);
    vm.add_getters(object, GETTERS);
    object.flags.set(object.flags.get() | type_flag::NO_DICT);
    let doc = "The base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\n\
               instance that has no instance attributes and cannot be given any.\n";
    vm.set_class_attr(object, "__doc__", Ref::str(doc));
    for ty in [vm.types.none, vm.types.ellipsis, vm.types.not_implemented] {
        vm.add_methods(ty, SINGLETON_METHODS);
    }
}

natives! { SINGLETON_METHODS;
    "__new__", singleton, 1, MANY, keywords;
}

/// `type(None)()` is None, and so for the other types with one object.
fn singleton(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.class_arg(args.values[0], vm.types.object)?;
    if args.values.len() > 1 {
        return Err(vm.type_error(format!("{} takes no arguments", class.name_text())));
    }
    Ok(Ref::from_owned(if std::ptr::eq(class, vm.types.none) {
        Value::NONE
    } else if std::ptr::eq(class, vm.types.ellipsis) {
        Value::ELLIPSIS
    } else {
        Value::NOT_IMPLEMENTED
    }))
}

natives! { METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, MANY, keywords;
    "__repr__", repr, 1, 1;
    "__str__", str, 1, 1;
    "__eq__", eq, 2, 2;
    "__ne__", ne, 2, 2;
    "__lt__", not_implemented, 2, 2;
    "__le__", not_implemented, 2, 2;
    "__gt__", not_implemented, 2, 2;
    "__ge__", not_implemented, 2, 2;
    "__hash__", hash, 1, 1;
    "__getattribute__", getattribute, 2, 2;
    "__setattr__", setattr, 3, 3;
    "__delattr__", delattr, 2, 2;
    "__dir__", dir, 1, 1;
    "__format__", format, 2, 2;
    "__init_subclass__", init_subclass, 1, 1, keywords;
    "__subclasshook__", subclasshook, 1, MANY;
}

natives! { GETTERS;
    "__class__", class, 1, 2;
    "__dict__", dict, 1, 2;
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.class_arg(args.values[0], vm.types.object)?;
    vm.new_plain(class, Args { values: &args.values[1..], names: args.names })
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    if args.values.len() > 1 {
        let class = vm.type_of(args.values[0]);
        if !class.has(type_flag::PLAIN_INIT) {
            return Err(vm.type_error("object.__init__() takes exactly one argument (the instance to initialize)"));
        }
        if class.has(type_flag::PLAIN_NEW) {
            let name = class.name_text();
            return Err(
                vm.type_error(format!("{name}.__init__() takes exactly one argument (the instance to initialize)"))
            );
        }
    }
    Ok(Ref::NONE)
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::str(&vm.default_repr(args.values[0])))
}

fn str(vm: &mut Vm, args: Args) -> Outcome {
    vm.repr_tail(args.values[0])
}

fn eq(_: &mut Vm, args: Args) -> Outcome {
    Ok(if args.values[0] == args.values[1] { Ref::bool(true) } else { Ref::from_owned(Value::NOT_IMPLEMENTED) })
}

/// The inverse of `__eq__`, unless that knows no answer.
fn ne(vm: &mut Vm, args: Args) -> Outcome {
    let answer = vm.call_special(args.values[0], vm.names.eq, &[args.values[1]])?;
    match answer {
        Some(answer) if *answer != Value::NOT_IMPLEMENTED => Ok(Ref::bool(!vm.truth(*answer)?)),
        _ => Ok(Ref::from_owned(Value::NOT_IMPLEMENTED)),
    }
}

fn not_implemented(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::from_owned(Value::NOT_IMPLEMENTED))
}

fn hash(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(args.values[0].identity_hash()))
}

/// An attribute name given as an argument.
pub(super) fn name_arg(vm: &mut Vm, name: Value) -> Outcome<Value> {
    if name.as_str().is_some() {
        return Ok(atom::intern_value(name));
    }
    let message = format!("attribute name must be string, not '{}'", vm.type_name(name));
    Err(vm.type_error(message))
}

fn getattribute(vm: &mut Vm, args: Args) -> Outcome {
    let (value, name) = (args.values[0], name_arg(vm, args.values[1])?);
    let ty = vm.type_of(value);
    match vm.generic_attr(value, ty, name)? {
        Some(found) => Ok(found),
        None => Err(vm.no_attribute(value, name)),
    }
}

fn setattr(vm: &mut Vm, args: Args) -> Outcome {
    let (value, name) = (args.values[0], name_arg(vm, args.values[1])?);
    let ty = vm.type_of(value);
    vm.generic_set_attr(value, ty, name, Some(args.values[2].to_ref()))?;
    Ok(Ref::NONE)
}

fn delattr(vm: &mut Vm, args: Args) -> Outcome {
    let (value, name) = (args.values[0], name_arg(vm, args.values[1])?);
    let ty = vm.type_of(value);
    vm.generic_set_attr(value, ty, name, None)?;
    Ok(Ref::NONE)
}

fn dir(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::list(vm.attribute_names(args.values[0]).into_iter().map(Value::to_ref).collect()))
}

fn format(vm: &mut Vm, args: Args) -> Outcome {
    match args.values[1].as_str() {
        Some("") => vm.str_tail(args.values[0]),
        Some(_) => {
            let name = vm.type_name(args.values[0]);
            Err(vm.type_error(format!("unsupported format string passed to {name}.__format__")))
        }
        None => {
            let name = vm.type_name(args.values[1]);
            Err(vm.type_error(format!("__format__() argument must be str, not {name}")))
        }
    }
}

fn init_subclass(vm: &mut Vm, args: Args) -> Outcome {
    if args.names.is_empty() {
        return Ok(Ref::NONE);
    }
    let class = args.values[0].as_type().map(|class| class.qualname.borrow().to_ref()).unwrap_or(Ref::NONE);
    let name = class.as_str().unwrap_or("object");
    Err(vm.type_error(format!("{name}.__init_subclass__() takes no keyword arguments")))
}

fn subclasshook(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::from_owned(Value::NOT_IMPLEMENTED))
}

fn class(vm: &mut Vm, args: Args) -> Outcome {
    let [value, given @ ..] = args.values else { return Ok(Ref::NONE) };
    match given.first() {
        None => Ok(vm.type_of(*value).value().to_ref()),
        Some(new) => set_class(vm, *value, *new),
    }
}

/// `obj.__class__ = new`, for objects of ordinary classes.
fn set_class(vm: &mut Vm, value: Value, new: Value) -> Outcome {
    if new.is_unbound() {
        return Err(vm.type_error("can't delete __class__ attribute"));
    }
    let Some(class) = new.as_type() else {
        let message = format!("__class__ must be set to a class, not '{}' object", vm.type_name(new));
        return Err(vm.type_error(message));
    };
    let old = vm.type_of(value);
    if class.builtin || old.builtin {
        return Err(vm.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses"));
    }
    let members = |ty: TypeRef| ty.root.get().map_or(0, |root| root.members);
    if class.layout.get() != old.layout.get() || members(class) != members(old) {
        let message =
            format!("__class__ assignment: '{}' object layout differs from '{}'", class.name_text(), old.name_text());
        return Err(vm.type_error(message));
    }
    if let Some(instance) = value.get::<Instance>() {
        move_to_class(instance, class);
    } else if let Some(exception) = value.get::<crate::object::exception::Exception>() {
        exception.class.set(class);
    } else if let Some(tail) = value.tail() {
        tail.class = class;
    }
    Ok(Ref::NONE)
}

/// The same attributes in the same order under a shape of another class.
fn move_to_class(instance: &Instance, class: TypeRef) {
    let root = class.root.get().unwrap_or_else(|| {
        let root = Shape::root(class);
        class.root.set(Some(root));
        root
    });
    let shape = instance.shape.get();
    let new = match shape.is_dict {
        true => root.dict_mode(),
        false => shape.names[shape.members as usize..].iter().fold(root, |shape, name| shape.with(*name)),
    };
    instance.shape.set(new);
}

fn dict(vm: &mut Vm, args: Args) -> Outcome {
    let [value, given @ ..] = args.values else { return Ok(Ref::NONE) };
    let bare = vm.type_of(*value).has(type_flag::NO_DICT);
    match given.first() {
        None if bare => Err(vm.no_attribute(*value, vm.names.dict)),
        None => match value.kind() {
            Some(Kind::Instance) => match value.get::<Instance>() {
                Some(instance) if !instance.class().builtin => Ok(instance.dict()),
                _ => Err(vm.no_attribute(*value, vm.names.dict)),
            },
            Some(Kind::Module) => Ok(module_dict(*value)),
            // They have attributes, but do not show them as a dict.
            Some(Kind::Future | Kind::Task) if value.tail().is_none() => Err(vm.no_attribute(*value, vm.names.dict)),
            _ => match vm.own_dict(*value, true) {
                Some(dict) => Ok(dict),
                None => Err(vm.no_attribute(*value, vm.names.dict)),
            },
        },
        Some(new) => set_dict(vm, *value, *new),
    }
}

/// The globals of a module.
fn module_dict(value: Value) -> Ref {
    value.get::<Module>().map_or(Ref::NONE, |module| namespace_dict(module.globals))
}

fn set_dict(vm: &mut Vm, value: Value, new: Value) -> Outcome {
    let new = if new.is_unbound() {
        // Deleted, it is made anew when it is asked for; only of instances of classes that the program made.
        if !value.is_kind(Kind::Instance) && value.tail().is_none() {
            return Err(vm.type_error("cannot delete __dict__"));
        }
        Dict::alloc(Dict::new())
    } else {
        new.to_ref()
    };
    if !new.is_kind(Kind::Dict) {
        let message = format!("__dict__ must be set to a dictionary, not a '{}'", vm.type_name(*new));
        return Err(vm.type_error(message));
    }
    let old = if let Some(instance) = value.get::<Instance>() {
        drop(instance.dict());
        instance.set_slot(instance.shape.get().members, new)
    } else if let Some(exception) = value.get::<crate::object::exception::Exception>() {
        exception.dict.replace(new)
    } else if let Some(function) = value.get::<Function>() {
        let replaced = function.extra.borrow_mut().get_or_insert_with(Default::default).dict.replace(new);
        replaced.unwrap_or(Ref::NONE)
    } else if let Some(tail) = value.tail() {
        std::mem::replace(&mut tail.dict, new)
    } else {
        return Err(vm.no_attribute(value, vm.names.dict));
    };
    drop(old);
    Ok(Ref::NONE)
}
