//! Types with arguments (`list[int]`) and unions of types (`int | None`).

use crate::natives;
use crate::object::algo::hash::hash_frozenset;
use crate::object::call::{Args, Outcome};
use crate::object::heap::Kind;
use crate::object::reflect::{GenericAlias, Union};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::repr_object::full_type_name;

pub fn install(vm: &mut Vm) {
    let types = &vm.types;
    let generic = [
        types.list,
        types.tuple,
        types.dict,
        types.set,
        types.frozenset,
        types.generator,
        types.coroutine,
        types.async_generator,
        types.enumerate,
        types.mappingproxy,
        types.exc.base_exception_group,
    ];
    let (alias, union) = (types.generic_alias, types.union);
    for ty in generic {
        vm.add_class_methods(ty, CLASS_GETITEM);
    }
    vm.add_methods(alias, ALIAS_METHODS);
    vm.add_getters(alias, ALIAS_GETTERS);
    vm.add_methods(union, UNION_METHODS);
    vm.add_getters(union, UNION_GETTERS);
}

natives! {
    /// For classes that take type arguments and ignore them.
    CLASS_GETITEM;
    "__class_getitem__", class_getitem, 2, 2;
}

natives! { ALIAS_METHODS;
    "__new__", alias_new, 3, 3;
    "__call__", alias_call, 1, MANY, keywords;
    "__getitem__", alias_getitem, 2, 2;
    "__iter__", alias_iter, 1, 1;
    "__repr__", alias_repr, 1, 1;
    "__eq__", alias_eq, 2, 2;
    "__hash__", alias_hash, 1, 1;
    "__or__", union_of, 2, 2;
    "__ror__", union_reversed, 2, 2;
    "__mro_entries__", alias_mro_entries, 2, 2;
}

natives! { ALIAS_GETTERS;
    "__origin__", origin, 1, 1;
    "__args__", alias_args, 1, 1;
    "__parameters__", no_parameters, 1, 1;
}

natives! { UNION_METHODS;
    "__repr__", union_repr, 1, 1;
    "__eq__", union_eq, 2, 2;
    "__hash__", union_hash, 1, 1;
    "__or__", union_of, 2, 2;
    "__ror__", union_reversed, 2, 2;
}

natives! { UNION_GETTERS;
    "__args__", union_args, 1, 1;
    "__parameters__", no_parameters, 1, 1;
}

fn class_getitem(_: &mut Vm, args: Args) -> Outcome {
    Ok(GenericAlias::alloc(args.values[0].to_ref(), args.values[1].to_ref()))
}

fn alias_new(_: &mut Vm, args: Args) -> Outcome {
    Ok(GenericAlias::alloc(args.values[1].to_ref(), args.values[2].to_ref()))
}

fn parts(value: Value) -> (Ref, Ref) {
    match value.get::<GenericAlias>() {
        Some(alias) => (alias.origin.clone(), alias.args.clone()),
        None => (Ref::NONE, Ref::NONE),
    }
}

fn alias_call(vm: &mut Vm, args: Args) -> Outcome {
    let (origin, _) = parts(args.values[0]);
    Err(vm.tail_call_kw(*origin, &args.values[1..], args.names))
}

fn alias_getitem(_: &mut Vm, args: Args) -> Outcome {
    let (origin, _) = parts(args.values[0]);
    Ok(GenericAlias::alloc(origin, args.values[1].to_ref()))
}

/// `*tuple[int, str]` among type arguments: one item.
fn alias_iter(vm: &mut Vm, args: Args) -> Outcome {
    let items = Ref::tuple(vec![args.values[0].to_ref()]);
    vm.iter(*items)
}

/// A type argument as it is shown.
fn write_argument(vm: &mut Vm, value: Value, out: &mut String) -> Outcome<()> {
    match value.as_type() {
        Some(ty) if std::ptr::eq(ty, vm.types.none) => out.push_str("None"),
        Some(ty) => out.push_str(&full_type_name(ty)),
        None if value == Value::ELLIPSIS => out.push_str("..."),
        None => vm.write_repr(value, out)?,
    }
    Ok(())
}

fn alias_repr(vm: &mut Vm, args: Args) -> Outcome {
    let (origin, arguments) = parts(args.values[0]);
    let mut out = String::new();
    write_argument(vm, *origin, &mut out)?;
    out.push('[');
    let items = arguments.as_sequence().unwrap_or(&[]);
    // The parameters of `Callable[[int], str]` lie flat in the arguments.
    let listed = match (origin.as_type(), items) {
        (Some(ty), [first, ..]) if full_type_name(ty) == "collections.abc.Callable" => {
            let alone =
                items.len() == 2 && (**first == Value::ELLIPSIS || vm.type_name(**first).starts_with("typing."));
            if alone { 0 } else { items.len() - 1 }
        }
        _ => 0,
    };
    if listed > 0 {
        out.push('[');
    }
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(if i == listed { "], " } else { ", " });
        }
        match item.as_type() {
            Some(ty) => out.push_str(&full_type_name(ty)),
            None => write_argument(vm, **item, &mut out)?,
        }
    }
    if items.is_empty() {
        out.push_str("()");
    }
    out.push(']');
    Ok(Ref::str(&out))
}

fn alias_eq(vm: &mut Vm, args: Args) -> Outcome {
    if !args.values[1].is_kind(Kind::GenericAlias) {
        return Ok(Ref::from_owned(Value::NOT_IMPLEMENTED));
    }
    let ((origin, own), (other_origin, other)) = (parts(args.values[0]), parts(args.values[1]));
    let equal = vm.equal(*origin, *other_origin)? && vm.equal(*own, *other)?;
    Ok(Ref::bool(equal))
}

fn alias_hash(vm: &mut Vm, args: Args) -> Outcome {
    let (origin, own) = parts(args.values[0]);
    Ok(Ref::int(vm.hash(*origin)? ^ vm.hash(*own)?))
}

fn alias_mro_entries(_: &mut Vm, args: Args) -> Outcome {
    let (origin, _) = parts(args.values[0]);
    Ok(Ref::tuple(vec![origin]))
}

fn origin(_: &mut Vm, args: Args) -> Outcome {
    Ok(parts(args.values[0]).0)
}

fn alias_args(_: &mut Vm, args: Args) -> Outcome {
    Ok(parts(args.values[0]).1)
}

fn no_parameters(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::tuple(Vec::new()))
}

/// The members of a value as an operand of `|`; None if it cannot be one.
fn members(vm: &Vm, value: Value) -> Option<Vec<Ref>> {
    if value.is_none() {
        return Some(vec![vm.types.none.value().to_ref()]);
    }
    match value.kind()? {
        Kind::Union => Some(value.get::<Union>()?.args.as_sequence()?.to_vec()),
        Kind::Type | Kind::GenericAlias => Some(vec![value.to_ref()]),
        _ => None,
    }
}

fn unite(vm: &mut Vm, left: Value, right: Value) -> Outcome {
    let (Some(left), Some(right)) = (members(vm, left), members(vm, right)) else {
        return Ok(Ref::from_owned(Value::NOT_IMPLEMENTED));
    };
    let mut all: Vec<Ref> = Vec::new();
    for member in left.into_iter().chain(right) {
        let mut known = false;
        for other in &all {
            known = known || vm.equal(**other, *member)?;
        }
        if !known {
            all.push(member);
        }
    }
    Ok(match all.len() {
        1 => all.remove(0),
        _ => Union::alloc(Ref::tuple(all)),
    })
}

/// `left | right` of types.
pub fn union_of(vm: &mut Vm, args: Args) -> Outcome {
    unite(vm, args.values[0], args.values[1])
}

/// `left | right` asked of the right operand.
pub fn union_reversed(vm: &mut Vm, args: Args) -> Outcome {
    unite(vm, args.values[1], args.values[0])
}

fn union_members(value: Value) -> Ref {
    value.get::<Union>().map_or(Ref::NONE, |union| union.args.clone())
}

fn union_args(_: &mut Vm, args: Args) -> Outcome {
    Ok(union_members(args.values[0]))
}

fn union_repr(vm: &mut Vm, args: Args) -> Outcome {
    let own = union_members(args.values[0]);
    let mut out = String::new();
    for (i, member) in own.as_sequence().unwrap_or(&[]).iter().enumerate() {
        if i > 0 {
            out.push_str(" | ");
        }
        write_argument(vm, **member, &mut out)?;
    }
    Ok(Ref::str(&out))
}

/// The same members in any order.
fn union_eq(vm: &mut Vm, args: Args) -> Outcome {
    if !args.values[1].is_kind(Kind::Union) {
        return Ok(Ref::from_owned(Value::NOT_IMPLEMENTED));
    }
    let (own, other) = (union_members(args.values[0]), union_members(args.values[1]));
    let (own, other) = (own.as_sequence().unwrap_or(&[]), other.as_sequence().unwrap_or(&[]));
    if own.len() != other.len() {
        return Ok(Ref::bool(false));
    }
    for member in own {
        let mut found = false;
        for candidate in other {
            found = found || vm.equal(**member, **candidate)?;
        }
        if !found {
            return Ok(Ref::bool(false));
        }
    }
    Ok(Ref::bool(true))
}

fn union_hash(vm: &mut Vm, args: Args) -> Outcome {
    let own = union_members(args.values[0]);
    let mut hashes = Vec::new();
    for member in own.as_sequence().unwrap_or(&[]) {
        hashes.push(vm.hash(**member)?);
    }
    // That of the frozenset of the members.
    Ok(Ref::int(hash_frozenset(hashes)))
}
