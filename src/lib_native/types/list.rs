//! `list`.

use super::sequence::{self, receiver};
use super::sort;
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::algo::slice_index;
use crate::object::call::{Args, Outcome};
use crate::object::container::List;
use crate::object::heap::{self, Kind};
use crate::object::iter::{Iter, IterState};
use crate::object::{Ref, Value, subclass};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::iterate::is_plain_object;

/// `list(iterable)`; for a subclass only the empty list, which `__init__` fills.
fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(class) = args.values[0].as_type() else {
        return Err(vm.type_error("list.__new__(X): X is not a type object"));
    };
    if !class.builtin {
        return Ok(subclass::new_of(class, List { header: heap::blank(Kind::List), items: Vec::new() }));
    }
    let Some(iterable) = sequence::only_iterable(vm, args, "list")? else { return Ok(Ref::list(Vec::new())) };
    match vm.collect_native(iterable)? {
        Some(items) => Ok(Ref::list(items)),
        None => Err(vm.tail_prelude("list_from", &[iterable])),
    }
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    let this = receiver::<List>(vm, args, "list")?;
    let iterable = sequence::only_iterable(vm, args, "list")?;
    let old = std::mem::take(&mut this.items);
    drop(old);
    match iterable {
        Some(iterable) => extend_list(vm, args.values[0], iterable),
        None => Ok(Ref::NONE),
    }
}

fn extend_list(vm: &mut Vm, list: Value, iterable: Value) -> Outcome {
    if list != iterable
        && is_plain_object(iterable)
        && let (Some(items), Some(this)) = (iterable.as_sequence(), list.get_mut::<List>())
    {
        this.items.extend_from_slice(items);
        return Ok(Ref::NONE);
    }
    match vm.collect_native(iterable)? {
        Some(items) => {
            if let Some(this) = list.get_mut::<List>() {
                this.items.extend(items);
            }
            Ok(Ref::NONE)
        }
        None => Err(vm.tail_prelude("list_extend", &[list, iterable])),
    }
}

fn append(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<List>(vm, args, "list")?.items.push(args.values[1].to_ref());
    Ok(Ref::NONE)
}

fn extend(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<List>(vm, args, "list")?;
    extend_list(vm, args.values[0], args.values[1])
}

fn insert(vm: &mut Vm, args: Args) -> Outcome {
    let index = vm.index(args.values[1])?;
    let this = receiver::<List>(vm, args, "list")?;
    let at = slice_index::insert_position(index, this.items.len());
    this.items.insert(at, args.values[2].to_ref());
    Ok(Ref::NONE)
}

fn pop(vm: &mut Vm, args: Args) -> Outcome {
    let index = match args.values.get(1) {
        Some(index) => vm.index(*index)?,
        None => -1,
    };
    let this = receiver::<List>(vm, args, "list")?;
    if this.items.is_empty() {
        return Err(vm.index_error("pop from empty list"));
    }
    match slice_index::position(index, this.items.len()) {
        Some(at) if at + 1 == this.items.len() => Ok(this.items.pop().unwrap_or(Ref::NONE)),
        Some(at) => Ok(this.items.remove(at)),
        None => Err(vm.index_error("pop index out of range")),
    }
}

fn remove(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<List>(vm, args, "list")?;
    let Some(at) = vm.position_of(args.values[0], args.values[1], 0, usize::MAX)? else {
        return Err(vm.value_error("list.remove(x): x not in list"));
    };
    let this = receiver::<List>(vm, args, "list")?;
    let removed = (at < this.items.len()).then(|| this.items.remove(at));
    drop(removed);
    Ok(Ref::NONE)
}

fn index(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<List>(vm, args, "list")?;
    match sequence::find(vm, args)? {
        Some(at) => Ok(Ref::int(at as i64)),
        None => {
            let shown = vm.repr(args.values[1])?;
            let message = format!("{} is not in list", shown.as_str().unwrap_or_default());
            Err(vm.value_error(message))
        }
    }
}

fn reverse(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<List>(vm, args, "list")?.items.reverse();
    Ok(Ref::NONE)
}

fn copy(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::list(receiver::<List>(vm, args, "list")?.items.clone()))
}

fn clear(vm: &mut Vm, args: Args) -> Outcome {
    let old = std::mem::take(&mut receiver::<List>(vm, args, "list")?.items);
    drop(old);
    Ok(Ref::NONE)
}

const SORT: Parameters<2> = Parameters { function: "sort", names: ["key", "reverse"], required: 0, positional: 0 };

fn sort(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<List>(vm, args, "list")?;
    let [key, reverse] = SORT.bind(vm, args, 1)?;
    let reverse = match reverse {
        Some(flag) => vm.truth(flag)?,
        None => false,
    };
    sort::sort_list(vm, args.values[0], key.filter(|k| !k.is_none()), reverse)
}

fn reversed(vm: &mut Vm, args: Args) -> Outcome {
    let len = receiver::<List>(vm, args, "list")?.items.len();
    Ok(Iter::alloc(IterState::ListReversed { list: args.values[0].to_ref(), at: len }))
}

natives! {
    METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, MANY, keywords;
    "append", append, 2, 2;
    "extend", extend, 2, 2;
    "insert", insert, 3, 3;
    "pop", pop, 1, 2;
    "remove", remove, 2, 2;
    "index", index, 2, 4;
    "count", sequence::count, 2, 2;
    "reverse", reverse, 1, 1;
    "sort", sort, 1, MANY, keywords;
    "copy", copy, 1, 1;
    "clear", clear, 1, 1;
    "__len__", sequence::len, 1, 1;
    "__getitem__", sequence::get_item, 2, 2;
    "__setitem__", sequence::set_item, 3, 3;
    "__delitem__", sequence::del_item, 2, 2;
    "__contains__", sequence::contains, 2, 2;
    "__iter__", sequence::iter, 1, 1;
    "__reversed__", reversed, 1, 1;
    "__class_getitem__", sequence::class_getitem, 2, 2;
}

pub fn install(vm: &mut Vm) {
    let list = vm.types.list;
    vm.add_methods(list, METHODS);
}
