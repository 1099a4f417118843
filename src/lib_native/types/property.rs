//! `property`, `staticmethod`, `classmethod`.

use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::function::{BoundMethod, ClassMethod, Property, StaticMethod};
use crate::object::heap::{self, Kind};
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;
use std::cell::Cell;

pub fn install(vm: &mut Vm) {
    let types = &vm.types;
    let (property, staticmethod, classmethod) = (types.property, types.staticmethod, types.classmethod);
    vm.add_methods(property, PROPERTY_METHODS);
    vm.add_getters(property, PROPERTY_GETTERS);
    vm.add_methods(staticmethod, STATIC_METHODS);
    vm.add_getters(staticmethod, WRAPPER_GETTERS);
    vm.add_methods(classmethod, CLASS_METHODS);
    vm.add_getters(classmethod, WRAPPER_GETTERS);
}

natives! { PROPERTY_METHODS;
    "__new__", property_new, 1, MANY, keywords;
    "__init__", property_init, 1, MANY, keywords;
    "getter", getter, 2, 2;
    "setter", setter, 2, 2;
    "deleter", deleter, 2, 2;
    "__get__", property_get, 2, 3;
    "__set__", property_set, 3, 3;
    "__delete__", property_delete, 2, 2;
    "__set_name__", property_set_name, 3, 3;
}

natives! { PROPERTY_GETTERS;
    "fget", fget, 1, 1;
    "fset", fset, 1, 1;
    "fdel", fdel, 1, 1;
    "__doc__", property_doc, 1, 2;
    "__name__", property_name, 1, 2;
    "__isabstractmethod__", property_abstract, 1, 1;
}

natives! { STATIC_METHODS;
    "__new__", static_new, 1, 2;
    "__init__", wrapper_init, 1, 2;
    "__call__", static_call, 1, MANY, keywords;
    "__get__", static_get, 2, 3;
}

natives! { CLASS_METHODS;
    "__new__", class_new, 1, 2;
    "__init__", wrapper_init, 1, 2;
    "__get__", class_get, 2, 3;
}

natives! { WRAPPER_GETTERS;
    "__func__", func, 1, 1;
    "__wrapped__", func, 1, 1;
    "__doc__", wrapper_doc, 1, 1;
}

/// The four arguments of `property()`, by position or name.
fn property_args(vm: &mut Vm, args: &Args) -> Outcome<[Value; 4]> {
    const NAMES: [&str; 4] = ["fget", "fset", "fdel", "doc"];
    let mut values = [Value::NONE; 4];
    let given = args.values.len() - 1;
    if given > NAMES.len() {
        return Err(vm.type_error(format!("property() takes at most 4 arguments ({given} given)")));
    }
    for (slot, value) in values.iter_mut().zip(&args.pos()[1..]) {
        *slot = *value;
    }
    for (name, value) in args.keywords() {
        match NAMES.iter().position(|known| name.as_str() == Some(*known)) {
            Some(at) => values[at] = value,
            None => {
                let name = name.as_str().unwrap_or("?").to_owned();
                return Err(vm.type_error(format!("property() got an unexpected keyword argument '{name}'")));
            }
        }
    }
    Ok(values)
}

fn property_new(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.class_arg(args.values[0], vm.types.property)?;
    let property = heap::new(Property {
        header: heap::blank(Kind::Property),
        getter: Ref::NONE,
        setter: Ref::NONE,
        deleter: Ref::NONE,
        doc: Ref::NONE,
        getter_doc: false,
        name: Cell::new(Value::NONE),
    });
    let property = vm.as_subclass(class, property);
    // A subclass's own `__init__` may have other parameters.
    if class.builtin {
        fill(vm, *property, &args)?;
    }
    Ok(property)
}

fn property_init(vm: &mut Vm, args: Args) -> Outcome {
    fill(vm, args.values[0], &args)?;
    Ok(Ref::NONE)
}

fn fill(vm: &mut Vm, property: Value, args: &Args) -> Outcome<()> {
    let [getter, setter, deleter, doc] = property_args(vm, args)?;
    let mut getter_doc = doc.is_none() && !getter.is_none();
    let doc = match getter_doc {
        true => vm.get_attr_opt(getter, vm.names.doc)?.unwrap_or(Ref::NONE),
        false => doc.to_ref(),
    };
    getter_doc &= !doc.is_none();
    let plain = vm.type_of(property).builtin;
    if let Some(property) = property.get_mut::<Property>() {
        property.getter = getter.to_ref();
        property.setter = setter.to_ref();
        property.deleter = deleter.to_ref();
        property.getter_doc = getter_doc;
        property.doc = if plain { doc.clone() } else { Ref::NONE };
    }
    // The class of an instance of a subclass has a `__doc__` of its own, which the instance's hides.
    if !plain && let Err(signal) = vm.set_attr(property, vm.names.doc, doc) {
        if getter_doc || !vm.raised_is(vm.types.exc.attribute_error) {
            return Err(signal);
        }
        drop(vm.take_raised());
    }
    Ok(())
}

/// A copy with one function replaced, of the same class.
fn changed(vm: &mut Vm, args: Args, at: usize) -> Outcome {
    let Some(old) = args.values[0].get::<Property>() else { return Ok(Ref::NONE) };
    let mut parts = [old.getter.clone(), old.setter.clone(), old.deleter.clone(), Ref::NONE];
    let (name, doc, getter_doc) = (old.name.get(), old.doc.clone(), old.getter_doc);
    if !args.values[1].is_none() {
        parts[at] = args.values[1].to_ref();
    }
    // A getter's text is taken from the getter again.
    if !getter_doc || parts[0].is_none() {
        parts[3] = doc;
    }
    let values: Vec<Value> = parts.iter().map(|part| part.value()).collect();
    let class = vm.type_of(args.values[0]);
    let new = vm.call_values(class.value(), &values)?;
    if let Some(property) = new.get::<Property>() {
        property.name.set(name);
    }
    Ok(new)
}

fn getter(vm: &mut Vm, args: Args) -> Outcome {
    changed(vm, args, 0)
}

fn setter(vm: &mut Vm, args: Args) -> Outcome {
    changed(vm, args, 1)
}

fn deleter(vm: &mut Vm, args: Args) -> Outcome {
    changed(vm, args, 2)
}

fn property_get(vm: &mut Vm, args: Args) -> Outcome {
    if args.values[1].is_none() {
        return Ok(args.values[0].to_ref());
    }
    vm.read_property(args.values[0], args.values[1])
}

fn property_set(vm: &mut Vm, args: Args) -> Outcome {
    vm.write_property(args.values[0], args.values[1], Some(args.values[2].to_ref())).map(|()| Ref::NONE)
}

fn property_delete(vm: &mut Vm, args: Args) -> Outcome {
    vm.write_property(args.values[0], args.values[1], None).map(|()| Ref::NONE)
}

fn property_set_name(_: &mut Vm, args: Args) -> Outcome {
    if let Some(property) = args.values[0].get::<Property>() {
        property.name.set(atom::intern_value(args.values[2]));
    }
    Ok(Ref::NONE)
}

fn fget(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].get::<Property>().map_or(Ref::NONE, |p| p.getter.clone()))
}

fn fset(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].get::<Property>().map_or(Ref::NONE, |p| p.setter.clone()))
}

fn fdel(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].get::<Property>().map_or(Ref::NONE, |p| p.deleter.clone()))
}

fn property_doc(_: &mut Vm, args: Args) -> Outcome {
    let Some(property) = args.values[0].get_mut::<Property>() else { return Ok(Ref::NONE) };
    match args.values.get(1) {
        None => Ok(property.doc.clone()),
        Some(new) => {
            let new = if new.is_unbound() { Ref::NONE } else { new.to_ref() };
            let old = std::mem::replace(&mut property.doc, new);
            drop(old);
            Ok(Ref::NONE)
        }
    }
}

fn property_name(vm: &mut Vm, args: Args) -> Outcome {
    let Some(property) = args.values[0].get::<Property>() else { return Ok(Ref::NONE) };
    match args.values.get(1) {
        Some(new) if new.is_unbound() => property.name.set(Value::NONE),
        Some(new) => property.name.set(atom::intern_value(*new)),
        None if property.name.get().is_none() => {
            let getter = property.getter.clone();
            return match vm.get_attr_opt(*getter, vm.names.name)? {
                Some(name) if !getter.is_none() => Ok(name),
                _ => Err(vm.no_attribute(args.values[0], vm.names.name)),
            };
        }
        None => return Ok(property.name.get().to_ref()),
    }
    Ok(Ref::NONE)
}

fn property_abstract(vm: &mut Vm, args: Args) -> Outcome {
    let Some(property) = args.values[0].get::<Property>() else { return Ok(Ref::bool(false)) };
    let parts = [property.getter.clone(), property.setter.clone(), property.deleter.clone()];
    let mark = atom::intern("__isabstractmethod__");
    for part in parts.iter().filter(|part| !part.is_none()) {
        if let Some(answer) = vm.get_attr_opt(**part, mark)?
            && vm.truth(*answer)?
        {
            return Ok(Ref::bool(true));
        }
    }
    Ok(Ref::bool(false))
}

fn static_new(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.class_arg(args.values[0], vm.types.staticmethod)?;
    let func = args.values.get(1).map_or(Ref::NONE, |f| f.to_ref());
    if class.builtin && args.values.len() < 2 {
        return Err(vm.type_error("staticmethod expected 1 argument, got 0"));
    }
    let method = heap::new(StaticMethod { header: heap::blank(Kind::StaticMethod), func });
    Ok(vm.as_subclass(class, method))
}

fn class_new(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.class_arg(args.values[0], vm.types.classmethod)?;
    let func = args.values.get(1).map_or(Ref::NONE, |f| f.to_ref());
    if class.builtin && args.values.len() < 2 {
        return Err(vm.type_error("classmethod expected 1 argument, got 0"));
    }
    let method = heap::new(ClassMethod { header: heap::blank(Kind::ClassMethod), func });
    Ok(vm.as_subclass(class, method))
}

fn wrapper_init(vm: &mut Vm, args: Args) -> Outcome {
    let Some(new) = args.values.get(1) else {
        let name = vm.type_name(args.values[0]);
        return Err(vm.type_error(format!("{name} expected 1 argument, got 0")));
    };
    let old = if let Some(method) = args.values[0].get_mut::<StaticMethod>() {
        std::mem::replace(&mut method.func, new.to_ref())
    } else if let Some(method) = args.values[0].get_mut::<ClassMethod>() {
        std::mem::replace(&mut method.func, new.to_ref())
    } else {
        Ref::NONE
    };
    drop(old);
    Ok(Ref::NONE)
}

fn func(_: &mut Vm, args: Args) -> Outcome {
    let value = args.values[0];
    Ok(match value.get::<StaticMethod>() {
        Some(method) => method.func.clone(),
        None => value.get::<ClassMethod>().map_or(Ref::NONE, |method| method.func.clone()),
    })
}

fn wrapper_doc(vm: &mut Vm, args: Args) -> Outcome {
    let func = func(vm, args)?;
    vm.get_attr_tail(*func, vm.names.doc)
}

fn static_call(vm: &mut Vm, args: Args) -> Outcome {
    let func = func(vm, args)?;
    Err(vm.tail_call_kw(*func, &args.values[1..], args.names))
}

fn static_get(vm: &mut Vm, args: Args) -> Outcome {
    func(vm, args)
}

fn class_get(vm: &mut Vm, args: Args) -> Outcome {
    let func = func(vm, args)?;
    let class = match args.values.get(2).filter(|class| !class.is_none()) {
        Some(class) => class.to_ref(),
        None => vm.type_of(args.values[1]).value().to_ref(),
    };
    Ok(BoundMethod::alloc(func, class))
}
