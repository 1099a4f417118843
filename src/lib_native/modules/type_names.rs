//! The module `_types`: built-in types that have no built-in name, for `types`, `abc`, `copy` and `inspect`.

use super::Building;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::function::{ClassMethod, Function, StaticMethod};
use crate::object::types::type_flag;
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;

natives! { FUNCTIONS;
    "builtin", builtin, 1, 1;
    "calling_module", calling_module, 0, 0;
    "calling_place", calling_place, 1, 1;
    "define", define, 2, 2;
    "keep_order", keep_order, 1, 1;
    "mark_iterable_coroutine", mark_iterable_coroutine, 1, 1;
    "steps", steps, 1, 1;
    "update_abstractmethods", update_abstractmethods, 1, 1;
}

/// Makes the module `_types`.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_types");
    let types = &vm.types;
    let names = [
        ("ABCMeta", types.abc_meta),
        ("AsyncGeneratorType", types.async_generator),
        ("BuiltinFunctionType", types.builtin_function),
        ("CellType", types.cell),
        ("ClassMethodDescriptorType", types.classmethod_descriptor),
        ("CodeType", types.code),
        ("CoroutineType", types.coroutine),
        ("FrameType", types.frame),
        ("FunctionType", types.function),
        ("GeneratorType", types.generator),
        ("GenericAlias", types.generic_alias),
        ("GetSetDescriptorType", types.getset_descriptor),
        ("MappingProxyType", types.mappingproxy),
        ("MemberDescriptorType", types.member_descriptor),
        ("MethodDescriptorType", types.method_descriptor),
        ("MethodType", types.method),
        ("MethodWrapperType", types.method_wrapper),
        ("ModuleType", types.module),
        ("TracebackType", types.traceback),
        ("UnionType", types.union),
        ("WrapperDescriptorType", types.wrapper_descriptor),
    ];
    for (name, ty) in names {
        building.set(name, ty.value().to_ref());
    }
    building.functions(vm, "_types", FUNCTIONS);
    Ok(building.module)
}

/// For `OrderedDict`: iterators notice that its keys move, and views and iterators have types of their own.
fn keep_order(_: &mut Vm, args: Args) -> Outcome {
    if let Some(class) = args.values[0].as_type() {
        class.flags.set(class.flags.get() | type_flag::ORDERED);
    }
    Ok(args.values[0].to_ref())
}

/// The `__name__` of the module of the innermost function that is part of the program, or None.
fn calling_module(vm: &mut Vm, _: Args) -> Outcome {
    let globals = vm.visible_globals();
    Ok(globals.and_then(|globals| globals.get(vm.names.name)).map_or(Ref::NONE, Value::to_ref))
}

/// File and line of the program's code, so many calls up; `("sys", 0)` beyond the outermost.
fn calling_place(vm: &mut Vm, args: Args) -> Outcome {
    let level = usize::try_from(vm.index(args.values[0])?).unwrap_or(1);
    Ok(match vm.place_above(level.max(1)) {
        Some(place) => {
            let file = Ref::str(&place.code.info.unit.source.name);
            Ref::tuple(vec![file, Ref::int(place.line().into())])
        }
        None => Ref::tuple(vec![Ref::str("sys"), Ref::int(0)]),
    })
}

/// `define(source, names)`: runs statements of the library's own making, typically function definitions, with `names` as
/// their globals besides the built-ins. Gives a dict of what they have bound. For what is made for each class anew
/// (`dataclasses`).
fn define(vm: &mut Vm, args: Args) -> Outcome {
    let (Some(text), Some(names)) = (args.values[0].as_str(), args.values[1].get::<Dict>()) else {
        return Err(vm.type_error("define() takes source and a dict"));
    };
    let names: Vec<(Value, Ref)> =
        names.iter().map(|entry| (atom::intern_value(*entry.key), entry.value.clone())).collect();
    vm.define(text, &names)
}

/// For functions and classes that are written in C in CPython: wrong arguments are reported as there, and messages name
/// the class with its module.
fn builtin(_: &mut Vm, args: Args) -> Outcome {
    let given = args.values[0];
    mark_function(given);
    if let Some(class) = given.as_type() {
        class.name_in_full();
        class.dict.borrow().values().for_each(|value| mark_function(**value));
    }
    Ok(given.to_ref())
}

fn mark_function(value: Value) {
    if let Some(function) = value.get::<Function>() {
        function.code.info.builtin.set(true);
    } else if let Some(method) = value.get::<StaticMethod>() {
        mark_function(*method.func);
    } else if let Some(method) = value.get::<ClassMethod>() {
        mark_function(*method.func);
    }
}

/// For `itertools`: the first slot of the instances of the class is a generator that gives their items.
fn steps(_: &mut Vm, args: Args) -> Outcome {
    if let Some(class) = args.values[0].as_type() {
        class.flags.set(class.flags.get() | type_flag::STEPS);
    }
    Ok(args.values[0].to_ref())
}

/// Works out anew which methods of an abstract class are missing. Gives the class.
fn update_abstractmethods(vm: &mut Vm, args: Args) -> Outcome {
    if let Some(class) = args.values[0].as_type() {
        vm.find_abstract(class)?;
    }
    Ok(args.values[0].to_ref())
}

/// Makes the generators of a generator function awaitable; False if the argument is no function written in Coro.
fn mark_iterable_coroutine(_: &mut Vm, args: Args) -> Outcome {
    use crate::code::CodeKind;
    let Some(function) = args.values[0].get::<Function>() else { return Ok(Ref::bool(false)) };
    match function.code.kind {
        CodeKind::Generator => {
            function.code.iterable.set(true);
            Ok(Ref::bool(true))
        }
        CodeKind::Coroutine => Ok(Ref::bool(true)),
        _ => Ok(Ref::bool(false)),
    }
}
