//! What the containers' method tables share: the special methods that lead to the protocols' native halves.

use crate::object::call::{Args, Outcome, Signal};
use crate::object::heap::Object;
use crate::object::reflect::GenericAlias;
use crate::object::{Ref, Value};
use crate::vm::Vm;

/// The object of a method call.
///
/// # Errors
/// TypeError if the method was called on an object of another type.
#[inline(always)]
pub(super) fn receiver<'a, T: Object>(vm: &mut Vm, args: Args<'a>, class: &str) -> Outcome<&'a mut T> {
    let this: &'a Value = &args.values[0];
    match this.get_mut::<T>() {
        Some(object) => Ok(object),
        None => Err(wrong_receiver(vm, *this, class)),
    }
}

#[cold]
fn wrong_receiver(vm: &mut Vm, given: Value, class: &str) -> Signal {
    let message = format!("descriptor requires a '{class}' object but received a '{}'", vm.type_name(given));
    vm.type_error(message)
}

/// The only argument of a constructor, an iterable that may be left out; `self` or the class comes first.
///
/// # Errors
/// TypeError for keyword arguments or several arguments.
pub(super) fn only_iterable(vm: &mut Vm, args: Args, class: &str) -> Outcome<Option<Value>> {
    if !args.names.is_empty() && !has_own_new(vm, args.values[0]) {
        return Err(vm.type_error(format!("{class}() takes no keyword arguments")));
    }
    let given = args.pos().len() - 1;
    if given > 1 {
        return Err(vm.type_error(format!("{class} expected at most 1 argument, got {given}")));
    }
    Ok(args.pos().get(1).copied())
}

/// An instance of a class whose `__new__` is not the built-in one: that has dealt with the keyword arguments.
fn has_own_new(vm: &Vm, this: Value) -> bool {
    !this.is_kind(crate::object::Kind::Type)
        && vm.type_of(this).lookup(vm.names.new).is_some_and(|new| !new.is_kind(crate::object::Kind::Native))
}

/// The position of the first item equal to `args[1]`, between the bounds `args[2]` and `args[3]`.
pub(super) fn find(vm: &mut Vm, args: Args) -> Outcome<Option<usize>> {
    let len = args.values[0].as_sequence().map_or(0, <[Ref]>::len);
    let mut bounds = [0, usize::MAX];
    for (bound, given) in bounds.iter_mut().zip(&args.values[2..]) {
        let at = search_bound(vm, *given)?;
        let at = if at < 0 { at.saturating_add_unsigned(len as u64).max(0) } else { at };
        *bound = usize::try_from(at).unwrap_or(usize::MAX);
    }
    vm.position_of(args.values[0], args.values[1], bounds[0], bounds[1])
}

/// A bound of `index()`: an int of any size, or with `__index__`; None is not allowed.
fn search_bound(vm: &mut Vm, bound: Value) -> Outcome<i64> {
    let name = vm.names.index;
    if bound.as_int().is_none() && vm.overriding(bound, name).is_none() {
        return Err(vm.type_error("slice indices must be integers or have an __index__ method"));
    }
    Ok(vm.bound(Some(bound))?.unwrap_or(0))
}

pub(super) fn count(vm: &mut Vm, args: Args) -> Outcome {
    let (mut found, mut at) = (0, 0);
    while let Some(position) = vm.position_of(args.values[0], args.values[1], at, usize::MAX)? {
        found += 1;
        at = position + 1;
    }
    Ok(Ref::int(found))
}

pub(super) fn len(vm: &mut Vm, args: Args) -> Outcome {
    vm.len_native(args.values[0])
}

pub(super) fn get_item(vm: &mut Vm, args: Args) -> Outcome {
    vm.sequence_item(args.values[0], args.values[1])
}

pub(super) fn set_item(vm: &mut Vm, args: Args) -> Outcome {
    vm.set_item_native(args.values[0], args.values[1], args.values[2])
}

pub(super) fn del_item(vm: &mut Vm, args: Args) -> Outcome {
    vm.del_item_native(args.values[0], args.values[1])
}

pub(super) fn contains(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(vm.contains_native(args.values[0], args.values[1])?.unwrap_or(false)))
}

pub(super) fn iter(vm: &mut Vm, args: Args) -> Outcome {
    match vm.iter_native(args.values[0]) {
        Some(iterator) => Ok(iterator),
        None => {
            let message = format!("'{}' object is not iterable", vm.type_name(args.values[0]));
            Err(vm.type_error(message))
        }
    }
}

/// `list[int]`
pub(super) fn class_getitem(_: &mut Vm, args: Args) -> Outcome {
    Ok(GenericAlias::alloc(args.values[0].to_ref(), args.values[1].to_ref()))
}
