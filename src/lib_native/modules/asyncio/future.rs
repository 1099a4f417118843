//! Methods of futures, and settling them.

use super::{cancel, data, loop_or_usual, show};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::exception::Exception;
use crate::object::future::{Callback, Future, fut};
use crate::object::opaque::OpaqueData;
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;

natives! {
    /// Methods of futures, which tasks inherit.
    METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, MANY, keywords;
    "__repr__", show::future_repr, 1, 1;
    "__await__", iter, 1, 1;
    "__iter__", iter, 1, 1;
    "result", result, 1, 1;
    "exception", exception, 1, 1;
    "done", done, 1, 1;
    "cancelled", cancelled, 1, 1;
    "cancel", cancel::method, 1, 2, keywords;
    "add_done_callback", add_done_callback, 2, 2, keywords;
    "remove_done_callback", remove_done_callback, 2, 2;
    "set_result", set_result, 2, 2;
    "set_exception", set_exception, 2, 2;
    "get_loop", get_loop, 1, 1;
    "_make_cancelled_error", make_cancelled_error, 1, 1;
}

natives! {
    GETTERS;
    "_state", state, 1, 1;
    "_loop", get_loop, 1, 1;
    "_result", raw_result, 1, 1;
    "_exception", raw_exception, 1, 1;
    "_callbacks", raw_callbacks, 1, 1;
    "_cancel_message", cancel_message, 1, 2;
    "_log_traceback", log_traceback, 1, 2;
    "_asyncio_future_blocking", blocking, 1, 2;
}

natives! {
    CLASS_METHODS;
    "__class_getitem__", class_getitem, 2, 2;
}

/// The future behind `self`.
macro_rules! this {
    ($vm:expr, $args:expr) => {
        match $args.values[0].as_future() {
            Some(future) => future,
            None => return Err($vm.type_error("a future is needed")),
        }
    };
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(kit) = vm.sched.kit else { return Ok(Ref::NONE) };
    let class = vm.class_arg(args.values[0], kit.future)?;
    let future = Future::alloc(Ref::NONE);
    if class.builtin {
        fill(vm, *future, args)?;
        return Ok(future);
    }
    Ok(vm.as_subclass(class, future))
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    fill(vm, args.values[0], args)
}

fn fill(vm: &mut Vm, future: Value, args: Args) -> Outcome {
    const PARAMETERS: Parameters<1> = Parameters { function: "Future", names: ["loop"], required: 0, positional: 0 };
    let [event_loop] = PARAMETERS.bind(vm, args, 1)?;
    let event_loop = loop_or_usual(vm, event_loop)?;
    if let Some(future) = future.as_future() {
        let old = std::mem::replace(&mut future.event_loop, event_loop);
        drop(old);
    }
    Ok(Ref::NONE)
}

fn class_getitem(_: &mut Vm, args: Args) -> Outcome {
    Ok(crate::object::reflect::GenericAlias::alloc(args.values[0].to_ref(), args.values[1].to_ref()))
}

fn done(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args).is_done()))
}

fn cancelled(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args).is_cancelled()))
}

fn get_loop(vm: &mut Vm, args: Args) -> Outcome {
    let event_loop = this!(vm, args).event_loop.clone();
    if event_loop.is_none() {
        return Err(vm.runtime_error("Future object is not initialized."));
    }
    Ok(event_loop)
}

fn result(vm: &mut Vm, args: Args) -> Outcome {
    if !this!(vm, args).is_done() {
        return Err(invalid_state(vm, "Result is not set."));
    }
    vm.future_result(args.values[0])
}

fn exception(vm: &mut Vm, args: Args) -> Outcome {
    let future = this!(vm, args);
    match future.state() {
        fut::PENDING => Err(invalid_state(vm, "Exception is not set.")),
        fut::CANCELLED => {
            let exc = vm.cancelled_error(args.values[0]);
            Err(vm.raise_value(exc))
        }
        fut::FAILED => {
            future.set(fut::UNSEEN, false);
            Ok(future.result.clone())
        }
        _ => Ok(Ref::NONE),
    }
}

fn make_cancelled_error(vm: &mut Vm, args: Args) -> Outcome {
    Ok(vm.cancelled_error(args.values[0]))
}

fn set_result(vm: &mut Vm, args: Args) -> Outcome {
    require_pending(vm, args.values[0])?;
    finish(vm, &args.values[0].to_ref(), fut::FINISHED, args.values[1].to_ref())?;
    Ok(Ref::NONE)
}

fn set_exception(vm: &mut Vm, args: Args) -> Outcome {
    require_pending(vm, args.values[0])?;
    let exc = exception_to_set(vm, args.values[1])?;
    finish(vm, &args.values[0].to_ref(), fut::FAILED, exc)?;
    Ok(Ref::NONE)
}

fn require_pending(vm: &mut Vm, value: Value) -> Outcome<()> {
    match value.as_future().is_some_and(|f| f.is_done()) {
        true => Err(invalid_state(vm, "invalid state")),
        false => Ok(()),
    }
}

/// An exception object from a class or object; StopIteration would be taken for a return.
fn exception_to_set(vm: &mut Vm, value: Value) -> Outcome {
    let mut exc = value.to_ref();
    if let Some(class) = value.as_type()
        && class.is_subclass(vm.types.exc.base_exception)
    {
        exc = vm.call_values(value, &[])?;
    }
    if exc.get::<Exception>().is_none() {
        return Err(vm.type_error("invalid exception object"));
    }
    if vm.is_instance_of(*exc, vm.types.exc.stop_iteration) {
        let class = vm.types.exc.runtime_error;
        let text = Ref::str("StopIteration interacts badly with generators and cannot be raised into a Future");
        let wrapped = vm.make_exception(class, &[*text]);
        if let Some(object) = wrapped.get::<Exception>() {
            drop(object.cause.replace(exc.clone()));
            drop(object.context.replace(exc));
            object.suppress_context.set(true);
        }
        return Ok(wrapped);
    }
    Ok(exc)
}

/// InvalidStateError.
pub(super) fn invalid_state(vm: &mut Vm, message: &str) -> Signal {
    match vm.sched.kit {
        Some(kit) => vm.raise(kit.invalid_state, message),
        None => vm.runtime_error(message),
    }
}

/// Settles a pending future and queues its callbacks.
pub(super) fn finish(vm: &mut Vm, future: &Ref, state: u16, result: Ref) -> Outcome<()> {
    let Some(object) = future.as_future() else { return Ok(()) };
    object.header.aux = (object.header.aux & !(fut::STATE | fut::MUST_CANCEL | fut::HAS_ERROR)) | state;
    if state == fut::FAILED {
        object.set(fut::UNSEEN, true);
    }
    let old = std::mem::replace(&mut object.result, result);
    drop(old);
    schedule_callbacks(vm, future)
}

/// Queues all callbacks of a future that is done now.
pub(super) fn schedule_callbacks(vm: &mut Vm, future: &Ref) -> Outcome<()> {
    let Some(object) = future.as_future() else { return Ok(()) };
    if object.is_alone() {
        return Ok(());
    }
    let event_loop = object.event_loop.clone();
    if let Some(event_loop) = data(&event_loop)
        && !event_loop.closed
        && let Some(target) = object.take_sole_waiter()
    {
        event_loop.queue_callback(Callback { target, context: Ref::NONE }, future);
        return Ok(());
    }
    let callbacks = object.take_callbacks();
    match data(&event_loop) {
        Some(event_loop) if event_loop.closed => Err(vm.runtime_error("Event loop is closed")),
        Some(event_loop) => {
            event_loop.settle(future, callbacks);
            Ok(())
        }
        None => call_soon_foreign(vm, *event_loop, future, callbacks),
    }
}

/// The loop is not ours: its `call_soon` queues the callbacks.
fn call_soon_foreign(
    vm: &mut Vm,
    event_loop: Value,
    future: &Ref,
    callbacks: impl Iterator<Item = Callback>,
) -> Outcome<()> {
    let name = vm.atom("call_soon");
    let context = vm.atom("context");
    for callback in callbacks {
        let call_soon = vm.get_attr(event_loop, name)?;
        let given = super::super::contextvars::or_new(&callback.context);
        let values = [*callback.target, **future, *given];
        vm.call(*call_soon, Args { values: &values, names: &[context] })?;
    }
    Ok(())
}

/// Adds a callback: queued at once if the future is done.
pub(super) fn add_callback(vm: &mut Vm, future: &Ref, target: Ref, context: Ref) -> Outcome<()> {
    let Some(object) = future.as_future() else { return Ok(()) };
    if !object.is_done() {
        object.add(target, context);
        return Ok(());
    }
    let event_loop = object.event_loop.clone();
    let callback = Callback { target, context };
    match data(&event_loop) {
        Some(event_loop) if event_loop.closed => Err(vm.runtime_error("Event loop is closed")),
        Some(event_loop) => {
            event_loop.queue_callback(callback, future);
            Ok(())
        }
        None => call_soon_foreign(vm, *event_loop, future, std::iter::once(callback)),
    }
}

fn add_done_callback(vm: &mut Vm, args: Args) -> Outcome {
    let context = match args.keyword(vm.atom("context")) {
        Some(context) if !context.is_none() => context.to_ref(),
        _ => super::super::contextvars::copy_current(vm),
    };
    let this = args.values[0].to_ref();
    add_callback(vm, &this, args.values[1].to_ref(), context)?;
    Ok(Ref::NONE)
}

fn remove_done_callback(vm: &mut Vm, args: Args) -> Outcome {
    let future = this!(vm, args);
    let callbacks: Vec<Callback> = future.take_callbacks().collect();
    let mut kept = Vec::with_capacity(callbacks.len());
    let mut removed = 0;
    for callback in callbacks {
        if *callback.target == args.values[1] || vm.equal(*callback.target, args.values[1])? {
            removed += 1;
        } else {
            kept.push(callback);
        }
    }
    let future = this!(vm, args);
    // What was added meanwhile comes after.
    let later: Vec<Callback> = future.take_callbacks().collect();
    for Callback { target, context } in kept.into_iter().chain(later) {
        future.add(target, context);
    }
    Ok(Ref::int(removed))
}

/// The state as `_state` shows it.
pub(super) fn state_name(state: u16) -> &'static str {
    match state {
        fut::PENDING => "PENDING",
        fut::CANCELLED => "CANCELLED",
        _ => "FINISHED",
    }
}

fn state(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::str(state_name(this!(vm, args).state())))
}

fn raw_result(vm: &mut Vm, args: Args) -> Outcome {
    let future = this!(vm, args);
    Ok(if future.state() == fut::FINISHED { future.result.clone() } else { Ref::NONE })
}

fn raw_exception(vm: &mut Vm, args: Args) -> Outcome {
    let future = this!(vm, args);
    Ok(if future.state() == fut::FAILED { future.result.clone() } else { Ref::NONE })
}

fn raw_callbacks(vm: &mut Vm, args: Args) -> Outcome {
    let pairs: Vec<Ref> =
        this!(vm, args).callbacks().map(|(target, context)| Ref::tuple_of(&[target, context])).collect();
    Ok(if pairs.is_empty() { Ref::NONE } else { Ref::list(pairs) })
}

fn cancel_message(vm: &mut Vm, args: Args) -> Outcome {
    let future = this!(vm, args);
    let holds = future.has(fut::MUST_CANCEL) || (future.is_cancelled() && !future.has(fut::HAS_ERROR));
    match args.values.get(1) {
        Some(message) if holds => {
            let old = std::mem::replace(&mut future.result, message.to_ref());
            drop(old);
            Ok(Ref::NONE)
        }
        Some(_) => Ok(Ref::NONE),
        None => Ok(if holds { future.result.clone() } else { Ref::NONE }),
    }
}

fn log_traceback(vm: &mut Vm, args: Args) -> Outcome {
    let future = this!(vm, args);
    match args.values.get(1) {
        Some(value) => {
            if vm.truth(*value)? {
                return Err(vm.value_error("_log_traceback can only be set to False"));
            }
            future.set(fut::UNSEEN, false);
            Ok(Ref::NONE)
        }
        None => Ok(Ref::bool(future.has(fut::UNSEEN))),
    }
}

fn blocking(vm: &mut Vm, args: Args) -> Outcome {
    let future = this!(vm, args);
    match args.values.get(1) {
        Some(value) => {
            let on = vm.truth(*value)?;
            future.set(fut::BLOCKING, on);
            Ok(Ref::NONE)
        }
        None => Ok(Ref::bool(future.has(fut::BLOCKING))),
    }
}

/// What `future.__await__()` gives: an iterator over the future's one suspension.
pub(super) struct FutureIter {
    pub future: Ref,
}

impl OpaqueData for FutureIter {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(*self.future);
    }
}

fn iter(vm: &mut Vm, args: Args) -> Outcome {
    let Some(kit) = vm.sched.kit else { return Ok(Ref::NONE) };
    let value = args.values[0];
    if !matches!(value.kind(), Some(Kind::Future | Kind::Task)) {
        return Err(vm.type_error("a future is needed"));
    }
    Ok(Ref::opaque(kit.future_iter, FutureIter { future: value.to_ref() }))
}
