//! `type`, and `ABCMeta`.

use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::reflect::MappingProxy;
use crate::object::types::TypeRef;
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;

pub fn install(vm: &mut Vm) {
    let (ty, abc) = (vm.types.type_, vm.types.abc_meta);
    vm.add_methods(ty, METHODS);
    vm.add_getters(ty, GETTERS);
    vm.add_class_methods(ty, CLASS_METHODS);
    vm.add_methods(abc, ABC_METHODS);
}

natives! { METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, MANY, keywords;
    "__call__", call, 1, MANY, keywords;
    "__repr__", repr, 1, 1;
    "__instancecheck__", instancecheck, 2, 2;
    "__subclasscheck__", subclasscheck, 2, 2;
    "__subclasses__", subclasses, 1, 1;
    "mro", mro, 1, 1;
    "__or__", super::alias::union_of, 2, 2;
    "__ror__", super::alias::union_reversed, 2, 2;
}

natives! { CLASS_METHODS;
    "__prepare__", prepare, 1, MANY, keywords;
}

natives! { GETTERS;
    "__name__", name, 1, 2;
    "__qualname__", qualname, 1, 2;
    "__module__", module, 1, 2;
    "__doc__", doc, 1, 2;
    "__bases__", bases, 1, 1;
    "__base__", base, 1, 1;
    "__mro__", mro_tuple, 1, 1;
    "__dict__", dict, 1, 1;
    "__annotations__", annotations, 1, 2;
    "__type_params__", type_params, 1, 1;
}

natives! { ABC_METHODS;
    "register", register, 2, 2;
    "__instancecheck__", abc_instancecheck, 2, 2;
    "__subclasscheck__", abc_subclasscheck, 2, 2;
}

/// The class that a method or getter of `type` is called on.
fn class_of(vm: &mut Vm, args: &Args) -> Outcome<TypeRef> {
    match args.values[0].as_type() {
        Some(class) => Ok(class),
        None => {
            let message =
                format!("descriptor requires a 'type' object but received '{}'", vm.type_name(args.values[0]));
            Err(vm.type_error(message))
        }
    }
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let meta = vm.class_arg(args.values[0], vm.types.type_)?;
    let given = &args.pos()[1..];
    if let ([value], true, true) = (given, args.names.is_empty(), std::ptr::eq(meta, vm.types.type_)) {
        return Ok(vm.type_of(*value).value().to_ref());
    }
    let [name, bases, namespace] = given else {
        let message = if std::ptr::eq(meta, vm.types.type_) {
            "type() takes 1 or 3 arguments".to_owned()
        } else {
            format!("type.__new__() takes exactly 3 arguments ({} given)", given.len())
        };
        return Err(vm.type_error(message));
    };
    for (at, value, kind, wanted) in
        [(1, *name, Kind::Str, "str"), (2, *bases, Kind::Tuple, "tuple"), (3, *namespace, Kind::Dict, "dict")]
    {
        if !value.is_kind(kind) {
            let message = format!("type.__new__() argument {at} must be {wanted}, not {}", vm.type_name(value));
            return Err(vm.type_error(message));
        }
    }
    let mut types = Vec::new();
    for base in bases.as_sequence().unwrap_or(&[]) {
        match base.as_type() {
            Some(ty) => types.push(ty),
            None => return Err(vm.type_error("type() doesn't support MRO entry resolution; use types.new_class()")),
        }
    }
    let keywords: Vec<(Value, Value)> =
        args.keywords().filter(|(name, _)| name.as_str() != Some("metaclass")).collect();
    vm.build_class(meta, *name, &types, *namespace, &keywords)
}

fn init(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::NONE)
}

fn call(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    vm.construct_plainly(class, Args { values: &args.values[1..], names: args.names })
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    Ok(Ref::str(&format!("<class '{}'>", crate::vm::protocol::repr_object::full_type_name(class))))
}

fn instancecheck(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    Ok(Ref::bool(vm.type_of(args.values[1]).is_subclass(class)))
}

fn subclasscheck(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    match args.values[1].as_type() {
        Some(sub) => Ok(Ref::bool(sub.is_subclass(class))),
        None => Err(vm.type_error("issubclass() arg 1 must be a class")),
    }
}

fn subclasses(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    let list = class.subclasses.borrow().iter().map(|ty| ty.value().to_ref()).collect();
    Ok(Ref::list(list))
}

fn mro(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    let list = class.mro.borrow().iter().map(|ty| ty.value().to_ref()).collect();
    Ok(Ref::list(list))
}

fn prepare(_: &mut Vm, _: Args) -> Outcome {
    Ok(Dict::alloc(Dict::new()))
}

fn mro_tuple(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    let tuple = Vm::type_tuple(&class.mro.borrow());
    Ok(tuple)
}

fn bases(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    let tuple = Vm::type_tuple(&class.bases.borrow());
    Ok(tuple)
}

fn base(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    let bases = class.bases.borrow();
    let best = bases.iter().find(|base| base.layout.get() == class.layout.get()).or(bases.first());
    Ok(best.map_or(Ref::NONE, |base| base.value().to_ref()))
}

fn dict(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    let mut copy = Dict::new();
    for (name, value) in class.dict.borrow().iter() {
        copy.set_atom(*name, value.clone());
    }
    Ok(MappingProxy::alloc(Dict::alloc(copy)))
}

/// The value to set, checked: the class must be the program's own, and the value there.
fn settable(vm: &mut Vm, args: &Args, what: &str) -> Outcome<(TypeRef, Option<Value>)> {
    let class = class_of(vm, args)?;
    let Some(value) = args.values.get(1).copied() else { return Ok((class, None)) };
    let name = class.name_text();
    if class.builtin {
        return Err(vm.type_error(format!("cannot set '{what}' attribute of immutable type '{name}'")));
    }
    if value.is_unbound() {
        return Err(vm.type_error(format!("cannot delete '{what}' attribute of type '{name}'")));
    }
    Ok((class, Some(value)))
}

fn name(vm: &mut Vm, args: Args) -> Outcome {
    let (class, new) = settable(vm, &args, "__name__")?;
    match new {
        None => Ok(class.name.borrow().clone()),
        Some(new) if new.is_kind(Kind::Str) => {
            class.name.replace(new.to_ref());
            Ok(Ref::NONE)
        }
        Some(new) => {
            let message =
                format!("can only assign string to {}.__name__, not '{}'", class.name_text(), vm.type_name(new));
            Err(vm.type_error(message))
        }
    }
}

fn qualname(vm: &mut Vm, args: Args) -> Outcome {
    let (class, new) = settable(vm, &args, "__qualname__")?;
    match new {
        None => Ok(class.qualname.borrow().clone()),
        Some(new) if new.is_kind(Kind::Str) => {
            class.qualname.replace(new.to_ref());
            Ok(Ref::NONE)
        }
        Some(new) => {
            let message =
                format!("can only assign string to {}.__qualname__, not '{}'", class.name_text(), vm.type_name(new));
            Err(vm.type_error(message))
        }
    }
}

/// An attribute that is simply in the class's own dict.
fn own(vm: &mut Vm, args: &Args, what: &'static str, default: Ref) -> Outcome {
    let (class, new) = settable(vm, args, what)?;
    match new {
        None => Ok(class.dict.borrow().get(&atom::intern(what)).cloned().unwrap_or(default)),
        Some(new) => {
            vm.set_class_attr(class, what, new.to_ref());
            Ok(Ref::NONE)
        }
    }
}

fn module(vm: &mut Vm, args: Args) -> Outcome {
    own(vm, &args, "__module__", Ref::from_owned(atom::intern("builtins")))
}

/// A descriptor in its place is asked.
fn doc(vm: &mut Vm, args: Args) -> Outcome {
    let found = own(vm, &args, "__doc__", Ref::NONE)?;
    match found.is_kind(Kind::Instance) && args.values.len() == 1 {
        true => {
            let (class, get) = (args.values[0], vm.names.get);
            let bound = vm.call_special(*found, get, &[Value::NONE, class])?;
            Ok(bound.unwrap_or(found))
        }
        false => Ok(found),
    }
}

fn annotations(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    if args.values.get(1).is_some_and(|new| new.is_unbound()) && !class.builtin {
        return match vm.delete_class_attr(class, vm.names.annotations) {
            true => Ok(Ref::NONE),
            false => Err(vm.attribute_error("__annotations__")),
        };
    }
    if args.values.len() > 1 {
        return own(vm, &args, "__annotations__", Ref::NONE);
    }
    if class.builtin {
        return Err(vm.no_attribute(class.value(), vm.names.annotations));
    }
    let known = class.dict.borrow().get(&vm.names.annotations).cloned();
    match known {
        Some(known) => Ok(known),
        None => {
            let dict = Dict::alloc(Dict::new());
            vm.set_class_attr(class, "__annotations__", dict.clone());
            Ok(dict)
        }
    }
}

fn type_params(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::tuple(Vec::new()))
}

fn register(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    let Some(sub) = args.values[1].as_type() else { return Err(vm.type_error("Can only register classes")) };
    vm.register_abstract(class, sub)?;
    Ok(args.values[1].to_ref())
}

fn abc_instancecheck(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    let ty = vm.type_of(args.values[1]);
    Ok(Ref::bool(vm.is_abstract_subclass(ty, class)?))
}

fn abc_subclasscheck(vm: &mut Vm, args: Args) -> Outcome {
    let class = class_of(vm, &args)?;
    match args.values[1].as_type() {
        Some(sub) => Ok(Ref::bool(vm.is_abstract_subclass(sub, class)?)),
        None => Err(vm.type_error("issubclass() arg 1 must be a class")),
    }
}
