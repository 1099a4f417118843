//! Handles: calls that the loop is to make.

use super::{data, show};
use crate::lib_native::arguments::Parameters;
use crate::lib_native::modules::contextvars;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::future::{Handle, handle_flag};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::CmpOp;

natives! {
    METHODS;
    "__new__", new, 1, MANY, keywords;
    "__repr__", show::handle_repr, 1, 1;
    "cancel", cancel, 1, 1;
    "cancelled", cancelled, 1, 1;
    "get_context", get_context, 1, 1;
}

natives! {
    GETTERS;
    "_callback", callback, 1, 1;
    "_args", handle_args, 1, 1;
    "_loop", get_loop, 1, 1;
    "_scheduled", scheduled, 1, 1;
    "_cancelled", cancelled, 1, 1;
    "_when", when, 1, 1;
}

natives! {
    TIMER_METHODS;
    "__new__", new_timer, 1, MANY, keywords;
    "when", when, 1, 1;
    "__lt__", less, 2, 2;
    "__le__", less_equal, 2, 2;
    "__gt__", greater, 2, 2;
    "__ge__", greater_equal, 2, 2;
}

/// The handle behind `self`.
macro_rules! this {
    ($vm:expr, $args:expr) => {
        match $args.values[0].get_mut::<Handle>() {
            Some(handle) => handle,
            None => return Err($vm.type_error("a handle is needed")),
        }
    };
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<4> =
        Parameters { function: "Handle", names: ["callback", "args", "loop", "context"], required: 3, positional: 4 };
    let [callback, arguments, event_loop, context] = PARAMETERS.bind(vm, args, 1)?;
    make(vm, args.values[0], [callback, arguments, event_loop, context], None)
}

fn new_timer(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<5> = Parameters {
        function: "TimerHandle",
        names: ["when", "callback", "args", "loop", "context"],
        required: 4,
        positional: 5,
    };
    let [when, callback, arguments, event_loop, context] = PARAMETERS.bind(vm, args, 1)?;
    let when = when.map_or(Ok(0.0), |v| vm.real(v))?;
    make(vm, args.values[0], [callback, arguments, event_loop, context], Some(when))
}

fn make(vm: &mut Vm, class: Value, parts: [Option<Value>; 4], when: Option<f64>) -> Outcome {
    let Some(kit) = vm.sched.kit else { return Ok(Ref::NONE) };
    let class = vm.class_arg(class, kit.handle)?;
    let [callback, arguments, event_loop, context] = parts.map(|p| p.map_or(Ref::NONE, |v| v.to_ref()));
    let arguments = if arguments.is_none() { arguments } else { Ref::tuple(vm.collect(*arguments)?) };
    let context = if context.is_none() { contextvars::copy_current(vm) } else { context };
    let base = if when.is_some() { kit.timer_handle } else { kit.handle };
    let handle = Handle::alloc(base, callback, arguments, context, event_loop);
    if let (Some(object), Some(when)) = (handle.get_mut::<Handle>(), when) {
        object.when = when;
        object.header.aux |= handle_flag::TIMER;
    }
    Ok(vm.as_subclass(class, handle))
}

fn cancel(vm: &mut Vm, args: Args) -> Outcome {
    let handle = this!(vm, args);
    if handle.has(handle_flag::CANCELLED) {
        return Ok(Ref::NONE);
    }
    let in_wheel = handle.has(handle_flag::SCHEDULED);
    handle.header.aux |= handle_flag::CANCELLED;
    let (callback, arguments) = (handle.callback.take(), handle.args.take());
    let event_loop = handle.event_loop.clone();
    let swept = match data(&event_loop) {
        Some(event_loop) if in_wheel => event_loop.timer_died(),
        _ => Vec::new(),
    };
    drop((callback, arguments, swept));
    Ok(Ref::NONE)
}

fn cancelled(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args).has(handle_flag::CANCELLED)))
}

fn get_context(vm: &mut Vm, args: Args) -> Outcome {
    let handle = this!(vm, args);
    handle.context = contextvars::or_new(&handle.context);
    Ok(handle.context.clone())
}

fn callback(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this!(vm, args).callback.clone())
}

fn handle_args(vm: &mut Vm, args: Args) -> Outcome {
    let handle = this!(vm, args);
    let empty = handle.args.is_none() && !handle.has(handle_flag::CANCELLED);
    Ok(if empty { Ref::tuple(Vec::new()) } else { handle.args.clone() })
}

fn get_loop(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this!(vm, args).event_loop.clone())
}

fn scheduled(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args).has(handle_flag::SCHEDULED)))
}

fn when(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::float(this!(vm, args).when))
}

fn compare(vm: &mut Vm, args: Args, op: CmpOp) -> Outcome {
    let one = this!(vm, args).when;
    match args.values[1].get::<Handle>() {
        Some(other) => Ok(Ref::bool(op.holds(one.partial_cmp(&other.when)))),
        None => Ok(Ref::from_owned(Value::NOT_IMPLEMENTED)),
    }
}

fn less(vm: &mut Vm, args: Args) -> Outcome {
    compare(vm, args, CmpOp::Lt)
}

fn less_equal(vm: &mut Vm, args: Args) -> Outcome {
    compare(vm, args, CmpOp::Le)
}

fn greater(vm: &mut Vm, args: Args) -> Outcome {
    compare(vm, args, CmpOp::Gt)
}

fn greater_equal(vm: &mut Vm, args: Args) -> Outcome {
    compare(vm, args, CmpOp::Ge)
}
