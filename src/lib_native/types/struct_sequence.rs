//! Struct sequences: tuples with named fields, as `sys.version_info` and `time.struct_time`.

use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::function::{Machine, NativeDef, NativeFn};
use crate::object::types::TypeRef;
use crate::object::{Ref, Value, subclass};
use crate::vm::Vm;
use crate::vm::native::MANY;

/// Reads field `N`.
fn field<const N: usize>(_: &mut Machine, args: Args) -> Outcome {
    Ok(args.values[0].as_sequence().and_then(|items| items.get(N).cloned()).unwrap_or(Ref::NONE))
}

const FIELDS: [NativeFn; 20] = [
    field::<0>,
    field::<1>,
    field::<2>,
    field::<3>,
    field::<4>,
    field::<5>,
    field::<6>,
    field::<7>,
    field::<8>,
    field::<9>,
    field::<10>,
    field::<11>,
    field::<12>,
    field::<13>,
    field::<14>,
    field::<15>,
    field::<16>,
    field::<17>,
    field::<18>,
    field::<19>,
];

crate::natives! {
    METHODS;
    "__repr__", repr, 1, 1;
}

/// Makes the class `module.name` with the fields (at most 20).
pub fn define(vm: &mut Vm, module: &str, name: &str, fields: &[&'static str]) -> TypeRef {
    let tuple = vm.types.tuple;
    let ty = vm.define_subclass(name, tuple, METHODS);
    let getters: Vec<NativeDef> = fields
        .iter()
        .zip(FIELDS)
        .map(|(name, func)| NativeDef { name, func, min: 1, max: 1, keywords: false, doc: "" })
        .collect();
    vm.add_getters(ty, Vec::leak(getters));
    let names = fields.iter().map(|name| Ref::str(name)).collect();
    vm.set_class_attr(ty, "__match_args__", Ref::tuple(names));
    vm.set_class_attr(ty, "__module__", Ref::str(module));
    ty.name_in_full();
    let count = Ref::int(fields.len() as i64);
    for attr in ["n_fields", "n_sequence_fields"] {
        vm.set_class_attr(ty, attr, count.clone());
    }
    vm.set_class_attr(ty, "n_unnamed_fields", Ref::int(0));
    ty
}

/// An object of the class. `extra` are attributes that are no items.
pub fn make(ty: TypeRef, items: Vec<Ref>, extra: &[(&str, Ref)]) -> Ref {
    let made = subclass::tuple_of(ty, items);
    if !extra.is_empty()
        && let Some(tail) = made.tail()
    {
        let mut dict = Dict::new();
        for (name, value) in extra {
            dict.set_atom(crate::object::atom::intern(name), value.clone());
        }
        tail.dict = Dict::alloc(dict);
    }
    made
}

crate::natives! {
    SEALED;
    "__new__", refuse, 1, MANY, keywords;
}

/// Lets programs make no objects of the class.
pub fn seal(vm: &mut Vm, ty: TypeRef) {
    vm.add_methods(ty, SEALED);
}

fn refuse(vm: &mut Vm, args: Args) -> Outcome {
    let class = args.values[0].as_type();
    let module = class.and_then(|ty| ty.lookup(vm.names.module));
    let module = module.and_then(|m| m.as_str().map(str::to_owned)).unwrap_or_default();
    let name = class.map(|ty| ty.name_text()).unwrap_or_default();
    Err(vm.type_error(format!("cannot create '{module}.{name}' instances")))
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let this = args.values[0];
    let class = vm.type_of(this);
    let (names, module) = (class.lookup(vm.names.match_args), class.lookup(vm.names.module));
    let module = module.and_then(|m| m.as_str().map(str::to_owned)).unwrap_or_default();
    let mut text = format!("{module}.{}(", class.name_text());
    let names: Vec<Value> =
        names.as_ref().and_then(|n| n.as_sequence()).unwrap_or_default().iter().map(Ref::value).collect();
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        text.push_str(name.as_str().unwrap_or_default());
        text.push('=');
        if let Some(item) = this.as_sequence().and_then(|items| items.get(at).cloned()) {
            vm.write_repr(*item, &mut text)?;
        }
    }
    text.push(')');
    Ok(Ref::str(&text))
}
