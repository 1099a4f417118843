//! `range` and `slice`.

use super::sequence::{self, receiver};
use crate::natives;
use crate::object::algo::Int;
use crate::object::algo::slice_index::{self, Range as Ints};
use crate::object::call::{Args, Outcome, Signal};
use crate::object::container::{Range, Slice};
use crate::object::heap::Kind;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::equality::plain_range;
use crate::vm::protocol::iterate::{big_range_iter, is_plain_object, range_iter};

/// `range(stop)`, `range(start, stop[, step])`
fn new(vm: &mut Vm, args: Args) -> Outcome {
    if !args.names.is_empty() {
        return Err(vm.type_error("range() takes no keyword arguments"));
    }
    let one = Value::small_int(1);
    let (start, stop, step) = match args.values[1..] {
        [] => return Err(vm.type_error("range expected at least 1 argument, got 0")),
        [stop] => (Value::small_int(0), stop, one),
        [start, stop] => (start, stop, one),
        [start, stop, step] => (start, stop, step),
        _ => {
            let given = args.values.len() - 1;
            return Err(vm.type_error(format!("range expected at most 3 arguments, got {given}")));
        }
    };
    let (start, stop, step) = (vm.index_value(start)?, vm.index_value(stop)?, vm.index_value(step)?);
    if *step == Value::small_int(0) {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    Ok(Range::alloc(start, stop, step))
}

/// A getter that was called to set its attribute.
fn read_only(vm: &mut Vm, args: Args) -> Outcome<()> {
    if args.values.len() > 1 { Err(vm.attribute_error("readonly attribute")) } else { Ok(()) }
}

/// The numbers of the range of a method call.
fn ints(vm: &mut Vm, args: Args) -> Outcome<Ints> {
    let range = receiver::<Range>(vm, args, "range")?;
    plain_range(range).ok_or(Signal::Raised)
}

fn is_exact_int(value: Value) -> bool {
    value.is_int() || value.is_bool() || (value.is_kind(Kind::BigInt) && is_plain_object(value))
}

fn index(vm: &mut Vm, args: Args) -> Outcome {
    let ints = ints(vm, args)?;
    let wanted = args.values[1];
    if !is_exact_int(wanted) {
        return Err(vm.tail_prelude("index_in", &[args.values[0], wanted]));
    }
    let int = wanted.as_int().map_or(Int::Small(0), Int::from);
    match ints.index(&int) {
        Some(at) => Ok(at.into()),
        None => {
            let shown = vm.repr(wanted)?;
            let message = format!("{} is not in range", shown.as_str().unwrap_or_default());
            Err(vm.value_error(message))
        }
    }
}

fn count(vm: &mut Vm, args: Args) -> Outcome {
    ints(vm, args)?;
    if is_exact_int(args.values[1]) {
        let found = vm.contains_native(args.values[0], args.values[1])? == Some(true);
        return Ok(Ref::int(i64::from(found)));
    }
    Err(vm.tail_prelude("count_in", &[args.values[0], args.values[1]]))
}

fn reversed(vm: &mut Vm, args: Args) -> Outcome {
    let range = receiver::<Range>(vm, args, "range")?;
    let Some(ints) = plain_range(range) else { return Err(Signal::Raised) };
    let back = ints.reversed();
    match (&back.start, &back.stop, &back.step) {
        (Int::Small(start), Int::Small(stop), Int::Small(step)) => {
            let (start, stop, step) = (Ref::int(*start), Ref::int(*stop), Ref::int(*step));
            let turned = Range::alloc(start, stop, step);
            Ok(turned.get::<Range>().map_or(Ref::NONE, range_iter))
        }
        _ => Ok(big_range_iter(&back)),
    }
}

fn start(vm: &mut Vm, args: Args) -> Outcome {
    read_only(vm, args)?;
    Ok(receiver::<Range>(vm, args, "range")?.start.clone())
}

fn stop(vm: &mut Vm, args: Args) -> Outcome {
    read_only(vm, args)?;
    Ok(receiver::<Range>(vm, args, "range")?.stop.clone())
}

fn step(vm: &mut Vm, args: Args) -> Outcome {
    read_only(vm, args)?;
    Ok(receiver::<Range>(vm, args, "range")?.step.clone())
}

natives! {
    RANGE;
    "__new__", new, 1, MANY, keywords;
    "index", index, 2, 2;
    "count", count, 2, 2;
    "__len__", sequence::len, 1, 1;
    "__getitem__", sequence::get_item, 2, 2;
    "__contains__", sequence::contains, 2, 2;
    "__iter__", sequence::iter, 1, 1;
    "__reversed__", reversed, 1, 1;
}

natives! {
    RANGE_GETTERS;
    "start", start, 1, 2;
    "stop", stop, 1, 2;
    "step", step, 1, 2;
}

/// `slice(stop)`, `slice(start, stop[, step])`
fn new_slice(vm: &mut Vm, args: Args) -> Outcome {
    if !args.names.is_empty() {
        return Err(vm.type_error("slice() takes no keyword arguments"));
    }
    let (start, stop, step) = match args.values[1..] {
        [] => return Err(vm.type_error("slice expected at least 1 argument, got 0")),
        [stop] => (Value::NONE, stop, Value::NONE),
        [start, stop] => (start, stop, Value::NONE),
        [start, stop, step] => (start, stop, step),
        _ => {
            let given = args.values.len() - 1;
            return Err(vm.type_error(format!("slice expected at most 3 arguments, got {given}")));
        }
    };
    Ok(Slice::alloc(start.to_ref(), stop.to_ref(), step.to_ref()))
}

/// `slice.indices(length)`
fn indices(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<Slice>(vm, args, "slice")?;
    let length = vm.index_value(args.values[1])?;
    let length = length.as_int().map_or(Int::Small(0), Int::from);
    if length.is_negative() {
        return Err(vm.value_error("length should not be negative"));
    }
    let [start, stop, step] = vm.slice_ints(args.values[0])?;
    let found = slice_index::slice_indices(start.as_ref(), stop.as_ref(), step.as_ref(), &length);
    let (start, stop, step) = vm.checked(found)?;
    Ok(Ref::tuple(vec![start.into(), stop.into(), step.into()]))
}

fn slice_start(vm: &mut Vm, args: Args) -> Outcome {
    read_only(vm, args)?;
    Ok(receiver::<Slice>(vm, args, "slice")?.start.clone())
}

fn slice_stop(vm: &mut Vm, args: Args) -> Outcome {
    read_only(vm, args)?;
    Ok(receiver::<Slice>(vm, args, "slice")?.stop.clone())
}

fn slice_step(vm: &mut Vm, args: Args) -> Outcome {
    read_only(vm, args)?;
    Ok(receiver::<Slice>(vm, args, "slice")?.step.clone())
}

natives! {
    SLICE;
    "__new__", new_slice, 1, MANY, keywords;
    "indices", indices, 2, 2;
}

natives! {
    SLICE_GETTERS;
    "start", slice_start, 1, 2;
    "stop", slice_stop, 1, 2;
    "step", slice_step, 1, 2;
}

pub fn install(vm: &mut Vm) {
    let (range, slice) = (vm.types.range, vm.types.slice);
    vm.add_methods(range, RANGE);
    vm.add_getters(range, RANGE_GETTERS);
    vm.add_methods(slice, SLICE);
    vm.add_getters(slice, SLICE_GETTERS);
}
