//! `tuple`.

use super::sequence;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::container::Tuple;
use crate::object::{Ref, subclass};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::iterate::is_plain_object;

/// `tuple(iterable)`
fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(class) = args.values[0].as_type() else {
        return Err(vm.type_error("tuple.__new__(X): X is not a type object"));
    };
    if class.builtin {
        let Some(iterable) = sequence::only_iterable(vm, args, "tuple")? else { return Ok(Ref::tuple(Vec::new())) };
        if is_plain_object(iterable) && iterable.get::<Tuple>().is_some() {
            return Ok(iterable.to_ref());
        }
        if is_plain_object(iterable)
            && let Some(items) = iterable.as_sequence()
        {
            return Ok(Tuple::from_iter(items.iter().cloned()));
        }
        return match vm.collect_native(iterable)? {
            Some(items) => Ok(Ref::tuple(items)),
            None => Err(vm.tail_prelude("tuple_from", &[iterable])),
        };
    }
    let items = match args.pos().get(1) {
        Some(iterable) => vm.collect(*iterable)?,
        None => Vec::new(),
    };
    Ok(subclass::tuple_of(class, items))
}

fn index(vm: &mut Vm, args: Args) -> Outcome {
    match sequence::find(vm, args)? {
        Some(at) => Ok(Ref::int(at as i64)),
        None => Err(vm.value_error("tuple.index(x): x not in tuple")),
    }
}

fn getnewargs(_: &mut Vm, args: Args) -> Outcome {
    let items = args.values[0].as_sequence().unwrap_or_default().to_vec();
    Ok(Ref::tuple(vec![Ref::tuple(items)]))
}

natives! {
    METHODS;
    "__new__", new, 1, MANY, keywords;
    "index", index, 2, 4;
    "count", sequence::count, 2, 2;
    "__len__", sequence::len, 1, 1;
    "__getitem__", sequence::get_item, 2, 2;
    "__contains__", sequence::contains, 2, 2;
    "__iter__", sequence::iter, 1, 1;
    "__class_getitem__", sequence::class_getitem, 2, 2;
    "__getnewargs__", getnewargs, 1, 1;
}

pub fn install(vm: &mut Vm) {
    let tuple = vm.types.tuple;
    vm.add_methods(tuple, METHODS);
}
