//! `dict_keys`, `dict_values`, `dict_items`.

use super::sequence::{self, receiver};
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::iter::{DictView, Iter};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::BinOp;
use crate::vm::protocol::iterate::dict_iter;

fn reversed(vm: &mut Vm, args: Args) -> Outcome {
    let view = receiver::<DictView>(vm, args, "dict_keys")?;
    Ok(dict_iter(*view.dict, view.part, true).map_or(Ref::NONE, Iter::alloc))
}

fn isdisjoint(vm: &mut Vm, args: Args) -> Outcome {
    let (view, other) = (args.values[0], args.values[1]);
    for item in vm.collect(other)? {
        if vm.contains_native(view, *item)? == Some(true) {
            return Ok(Ref::bool(false));
        }
    }
    Ok(Ref::bool(true))
}

/// A read-only view of the dict.
fn mapping(vm: &mut Vm, args: Args) -> Outcome {
    let dict = receiver::<DictView>(vm, args, "dict_keys")?.dict.clone();
    Ok(crate::object::reflect::MappingProxy::alloc(dict))
}

fn operator(vm: &mut Vm, op: BinOp, a: Value, b: Value) -> Outcome {
    let answer = vm.native_binary(op, a, b, false)?;
    Ok(answer.unwrap_or(Ref::from_owned(Value::NOT_IMPLEMENTED)))
}

macro_rules! operators {
    ($($name:ident $reflected:ident $op:ident;)*) => {
        $(
            fn $name(vm: &mut Vm, args: Args) -> Outcome {
                operator(vm, BinOp::$op, args.values[0], args.values[1])
            }

            fn $reflected(vm: &mut Vm, args: Args) -> Outcome {
                operator(vm, BinOp::$op, args.values[1], args.values[0])
            }
        )*
    };
}

operators! {
    and rand And;
    or ror Or;
    sub rsub Sub;
    xor rxor Xor;
}

natives! {
    ITERATION;
    "__len__", sequence::len, 1, 1;
    "__iter__", sequence::iter, 1, 1;
    "__reversed__", reversed, 1, 1;
}

natives! {
    /// What keys and items have in common with sets.
    SET_LIKE;
    "isdisjoint", isdisjoint, 2, 2;
    "__contains__", sequence::contains, 2, 2;
    "__and__", and, 2, 2;
    "__rand__", rand, 2, 2;
    "__or__", or, 2, 2;
    "__ror__", ror, 2, 2;
    "__sub__", sub, 2, 2;
    "__rsub__", rsub, 2, 2;
    "__xor__", xor, 2, 2;
    "__rxor__", rxor, 2, 2;
}

natives! {
    GETTERS;
    "mapping", mapping, 1, 1;
}

pub fn install(vm: &mut Vm) {
    let (keys, values, items) = (vm.types.dict_keys, vm.types.dict_values, vm.types.dict_items);
    for view in [keys, values, items] {
        vm.add_methods(view, ITERATION);
        vm.add_getters(view, GETTERS);
    }
    vm.add_methods(keys, SET_LIKE);
    vm.add_methods(items, SET_LIKE);
}
