//! Built-in functions about iteration.

use super::attributes::is_callable;
use crate::object::call::{Args, Outcome};
use crate::object::iter::{Iter, IterState};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::resume::Mode;

crate::natives! {
    TABLE;
    "aiter", aiter, 1, 1;
    "anext", anext, 1, 2;
    "iter", iter, 1, 2;
    "len", len, 1, 1;
    "next", next, 1, 2;
    "sorted", sorted, 1, 1, keywords;
}

fn aiter(vm: &mut Vm, args: Args) -> Outcome {
    let value = args.values[0];
    let name = vm.names.aiter;
    if vm.special(value, name).is_none() {
        let shown = vm.type_name(value);
        return Err(vm.type_error(format!("'{shown}' object is not an async iterable")));
    }
    vm.get_aiter(value)
}

fn anext(vm: &mut Vm, args: Args) -> Outcome {
    let value = args.values[0];
    let name = vm.names.anext;
    let Some(method) = vm.special(value, name) else {
        let shown = vm.type_name(value);
        return Err(vm.type_error(format!("'{shown}' object is not an async iterator")));
    };
    match args.values.get(1) {
        None => {
            let bound = vm.bind_special(value, method, name)?;
            Err(vm.tail_call(*bound, &[]))
        }
        Some(default) => Err(vm.tail_prelude("anext_or", &[value, *default])),
    }
}

fn iter(vm: &mut Vm, args: Args) -> Outcome {
    let [callable, sentinel] = *args.values else { return vm.iter(args.values[0]) };
    if !is_callable(vm, callable) {
        return Err(vm.type_error("iter(v, w): v must be callable"));
    }
    Ok(Iter::alloc(IterState::Call { callable: callable.to_ref(), sentinel: sentinel.to_ref() }))
}

fn len(vm: &mut Vm, args: Args) -> Outcome {
    vm.len_tail(args.values[0])
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    let iterator = args.values[0];
    let generator = iterator.is_kind(Kind::Generator);
    if !generator && !vm.is_iterator(iterator) {
        let shown = vm.type_name(iterator);
        return Err(vm.type_error(format!("'{shown}' object is not an iterator")));
    }
    if let Some(default) = args.values.get(1) {
        return Err(vm.tail_prelude("next_or", &[iterator, *default]));
    }
    if generator {
        return Err(vm.tail_resume(iterator, Mode::Send, Ref::NONE));
    }
    let step = vm.next(iterator);
    vm.outcome_of(step)
}

fn sorted(vm: &mut Vm, args: Args) -> Outcome {
    let iterable = args.pos()[0];
    let (mut key, mut reverse) = (Value::NONE, Value::FALSE);
    for (name, value) in args.keywords() {
        match name.as_str() {
            Some("key") => key = value,
            Some("reverse") => reverse = value,
            other => {
                let message = format!("sort() got an unexpected keyword argument '{}'", other.unwrap_or("?"));
                return Err(vm.type_error(message));
            }
        }
    }
    match vm.collect_native(iterable)? {
        Some(items) if key.is_none() => {
            let list = Ref::list(items);
            let reverse = vm.truth(reverse)?;
            let outcome = crate::lib_native::types::sort::sort_list(vm, *list, None, reverse);
            vm.settle(outcome)?;
            Ok(list)
        }
        Some(items) => {
            let list = Ref::list(items);
            Err(vm.tail_prelude("sorted_by", &[*list, key, reverse]))
        }
        None => Err(vm.tail_prelude("sorted_from", &[iterable, key, reverse])),
    }
}
