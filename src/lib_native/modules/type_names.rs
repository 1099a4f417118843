//! The module `_types`: built-in types that have no built-in name, for `types`, `abc`, `copy` and `inspect`.

use super::Building;
use crate::natives;
use crate::object::Ref;
use crate::object::call::{Args, Outcome};
use crate::object::function::Function;
use crate::vm::Vm;

natives! { FUNCTIONS;
    "mark_iterable_coroutine", mark_iterable_coroutine, 1, 1;
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
