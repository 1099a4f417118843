//! `aiter all anext any iter len next sorted`

use crate::lib_native::arguments::Parameters;
use crate::lib_native::types::sort::sort_list;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::function::{Machine, NativeDef};
use crate::object::heap::Kind;
use crate::object::iter::{Iter, IterState};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::{MANY, hidden_native};
use crate::vm::protocol::Step;
use crate::vm::protocol::lazy::is_leaf;
use crate::vm::resume::Mode;

/// For the prelude: checks that what `__iter__` gave is an iterator.
static CHECK_ITERATOR: NativeDef = NativeDef {
    name: "check_iterator",
    func: |machine: &mut Machine, args: Args| Vm::of(machine).check_iterator(args.values[0]).map(|()| Ref::NONE),
    min: 1,
    max: 1,
    keywords: false,
    doc: "",
};

fn iter(vm: &mut Vm, args: Args) -> Outcome {
    if let [callable, sentinel] = args.values {
        if !vm.is_callable(*callable) {
            return Err(vm.type_error("iter(v, w): v must be callable"));
        }
        let (callable, sentinel) = (callable.to_ref(), sentinel.to_ref());
        return Ok(Iter::alloc(IterState::Call { callable, sentinel }));
    }
    let (iterable, name) = (args.values[0], vm.names.iter);
    match vm.iter(iterable) {
        // The pending call is not made: the prelude makes it and checks what it gives.
        Err(Signal::Call) => match vm.special(iterable, name) {
            Some(method) => {
                let bound = vm.bind_special(iterable, method, name)?;
                let check = hidden_native(&CHECK_ITERATOR);
                Err(vm.tail_prelude("iter_checked", &[check, *bound]))
            }
            None => Err(Signal::Call),
        },
        Ok(iterator) => vm.check_iterator(*iterator).map(|()| iterator),
        other => other,
    }
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    let iterator = args.values[0];
    let generator = iterator.is_kind(Kind::Generator);
    match args.values.get(1) {
        None if generator => Err(vm.tail_resume(iterator, Mode::Send, Ref::NONE)),
        None => {
            let step = vm.next(iterator);
            vm.outcome_of(step)
        }
        Some(default) if is_leaf(iterator, 0) => match vm.next(iterator) {
            Step::End | Step::Return(_) => Ok(default.to_ref()),
            step => vm.outcome_of(step),
        },
        Some(default) => {
            if !generator && !vm.is_iterator(iterator) {
                let message = format!("'{}' object is not an iterator", vm.type_name(iterator));
                return Err(vm.type_error(message));
            }
            Err(vm.tail_prelude("next_or", &[iterator, *default]))
        }
    }
}

fn len(vm: &mut Vm, args: Args) -> Outcome {
    vm.len_tail(args.values[0])
}

/// Walks natively until `stop` is met; `None` if Coro code is needed.
fn search(vm: &mut Vm, iterable: Value, stop: bool) -> Outcome<Option<bool>> {
    if !vm.iterates_natively(iterable) {
        return Ok(None);
    }
    let Some(iterator) = vm.iter_native(iterable) else { return Ok(None) };
    loop {
        match vm.next(*iterator) {
            Step::Item(item) => {
                if vm.truth(*item)? == stop {
                    return Ok(Some(true));
                }
            }
            Step::End | Step::Return(_) => return Ok(Some(false)),
            Step::Raised | Step::Call => return Err(Signal::Raised),
        }
    }
}

fn all(vm: &mut Vm, args: Args) -> Outcome {
    match search(vm, args.values[0], false)? {
        Some(met) => Ok(Ref::bool(!met)),
        None => Err(vm.tail_prelude("all_of", &[args.values[0]])),
    }
}

fn any(vm: &mut Vm, args: Args) -> Outcome {
    match search(vm, args.values[0], true)? {
        Some(met) => Ok(Ref::bool(met)),
        None => Err(vm.tail_prelude("any_of", &[args.values[0]])),
    }
}

const SORT: Parameters<2> = Parameters { function: "sort", names: ["key", "reverse"], required: 0, positional: 0 };

fn sorted(vm: &mut Vm, args: Args) -> Outcome {
    let &[iterable] = args.pos() else {
        let given = args.pos().len();
        return Err(vm.type_error(format!("sorted expected 1 argument, got {given}")));
    };
    let [key, reverse] = SORT.bind(vm, args, 1)?;
    let reverse = match reverse {
        Some(flag) => vm.truth(flag)?,
        None => false,
    };
    let key = key.filter(|k| !k.is_none());
    let Some(items) = vm.collect_native(iterable)? else {
        let key = key.unwrap_or(Value::NONE);
        return Err(vm.tail_prelude("sorted_from", &[iterable, key, Value::bool(reverse)]));
    };
    let list = Ref::list(items);
    match sort_list(vm, *list, key, reverse) {
        Ok(_) => Ok(list),
        Err(Signal::Call) => {
            let key = key.unwrap_or(Value::NONE);
            Err(vm.tail_prelude("sorted_by", &[*list, key, Value::bool(reverse)]))
        }
        Err(signal) => Err(signal),
    }
}

fn aiter(vm: &mut Vm, args: Args) -> Outcome {
    let (object, name) = (args.values[0], vm.names.aiter);
    if !object.is_kind(Kind::AsyncGenerator) && vm.special(object, name).is_none() {
        let message = format!("'{}' object is not an async iterable", vm.type_name(object));
        return Err(vm.type_error(message));
    }
    match vm.special(object, name).filter(|_| !object.is_kind(Kind::AsyncGenerator)) {
        Some(method) => {
            let bound = vm.bind_special(object, method, name)?;
            let iterator = vm.call_values(*bound, &[])?;
            let anext = vm.names.anext;
            if !iterator.is_kind(Kind::AsyncGenerator) && vm.special(*iterator, anext).is_none() {
                let name = vm.type_name(*iterator);
                return Err(vm.type_error(format!("aiter() returned not an async iterator of type '{name}'")));
            }
            Ok(iterator)
        }
        None => vm.get_aiter(object),
    }
}

fn anext(vm: &mut Vm, args: Args) -> Outcome {
    let (iterator, name) = (args.values[0], vm.names.anext);
    let Some(method) = vm.special(iterator, name) else {
        let message = format!("'{}' object is not an async iterator", vm.type_name(iterator));
        return Err(vm.type_error(message));
    };
    match args.values.get(1) {
        Some(default) => Err(vm.tail_prelude("anext_or", &[iterator, *default])),
        None => vm.call_or_tail(iterator, method, name, &[]),
    }
}

natives! {
    FUNCTIONS;
    "aiter", aiter, 1, 1;
    "all", all, 1, 1;
    "anext", anext, 1, 2;
    "any", any, 1, 1;
    "iter", iter, 1, 2;
    "len", len, 1, 1;
    "next", next, 1, 2;
    "sorted", sorted, 0, MANY, keywords;
}
