//! Methods of the loop.

use super::task::{self, Wanted};
use super::{beside, data, functions, outside, report, run};
use crate::event_loop::clock;
use crate::event_loop::reactor::Direction;
use crate::event_loop::ready::{Entry, What};
use crate::event_loop::state::EventLoop;
use crate::lib_native::arguments::Parameters;
use crate::lib_native::modules::{contextvars, signal};
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::function::Machine;
use crate::object::future::{Future, Handle, fut, handle_flag};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::interrupt::{self, Disposition};
use crate::vm::native::MANY;

natives! {
    METHODS;
    "__new__", new, 1, MANY, keywords;
    "__repr__", repr, 1, 1;
    "call_soon", call_soon, 2, MANY, keywords;
    "call_soon_threadsafe", call_soon, 2, MANY, keywords;
    "call_later", call_later, 3, MANY, keywords;
    "call_at", call_at, 3, MANY, keywords;
    "time", time, 1, 1;
    "create_future", create_future, 1, 1;
    "create_task", create_task, 2, 2, keywords;
    "run_forever", run_forever, 1, 1;
    "run_until_complete", run_until_complete, 2, 2;
    "stop", stop, 1, 1;
    "close", close, 1, 1;
    "is_running", is_running, 1, 1;
    "is_closed", is_closed, 1, 1;
    "get_debug", get_debug, 1, 1;
    "set_debug", set_debug, 2, 2;
    "get_task_factory", get_task_factory, 1, 1;
    "set_task_factory", set_task_factory, 2, 2;
    "get_exception_handler", get_exception_handler, 1, 1;
    "set_exception_handler", set_exception_handler, 2, 2;
    "call_exception_handler", call_exception_handler, 2, 2;
    "default_exception_handler", default_exception_handler, 2, 2;
    "add_reader", add_reader, 3, MANY;
    "add_writer", add_writer, 3, MANY;
    "remove_reader", remove_reader, 2, 2;
    "remove_writer", remove_writer, 2, 2;
    "_forget_watchers", forget_watchers, 1, 1;
    "_add_signal", add_signal, 3, MANY;
    "_remove_signal", remove_signal, 2, 2;
    "_set_main_task", set_main_task, 2, 2;
    "_was_interrupted", was_interrupted, 1, 1;
    "_check_closed", check_closed_method, 1, 1;
    "_take_generators", take_generators, 1, 1;
}

/// The loop behind `self`.
macro_rules! this {
    ($vm:expr, $args:expr) => {
        match data(&$args.values[0]) {
            Some(event_loop) => event_loop,
            None => return Err($vm.type_error("an event loop is needed")),
        }
    };
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(kit) = vm.sched.kit else { return Ok(Ref::NONE) };
    let class = vm.class_arg(args.values[0], kit.event_loop)?;
    let event_loop = Ref::opaque(kit.event_loop, EventLoop::new(vm.sched.clock.now(), kit.handle));
    Ok(vm.as_subclass(class, event_loop))
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let name = vm.type_name(args.values[0]);
    let event_loop = this!(vm, args);
    let word = |on: bool| if on { "True" } else { "False" };
    let (running, closed, debug) = (word(event_loop.running), word(event_loop.closed), word(event_loop.debug));
    Ok(Ref::str(&format!("<{name} running={running} closed={closed} debug={debug}>")))
}

fn check_closed(vm: &mut Vm, event_loop: Value) -> Outcome<()> {
    if data(&event_loop).is_none_or(|d| d.closed) {
        return Err(vm.runtime_error("Event loop is closed"));
    }
    Ok(())
}

fn check_closed_method(vm: &mut Vm, args: Args) -> Outcome {
    check_closed(vm, args.values[0])?;
    Ok(Ref::NONE)
}

/// A handle for `callback(*args)`, from the arguments behind the first `skip`.
fn make_handle(vm: &mut Vm, args: Args, skip: usize, function: &str) -> Outcome {
    let mut context = Value::NONE;
    for (name, value) in args.keywords() {
        if name != vm.names.context && name.as_str() != Some("context") {
            let name = name.as_str().unwrap_or("");
            return Err(vm.type_error(format!("{function}() got an unexpected keyword argument '{name}'")));
        }
        context = value;
    }
    let context = if context.is_none() { contextvars::copy_current(vm) } else { context.to_ref() };
    let callback = args.pos()[skip];
    if data(&args.values[0]).is_some_and(|d| d.debug) {
        let name = vm.atom("_check_callback");
        if let Some(check) = vm.get_attr_opt(args.values[0], name)? {
            let function = Ref::str(function);
            vm.call_values(*check, &[callback, *function])?;
        }
    }
    if !functions::is_callable(vm, callback) {
        let shown = vm.repr(callback)?;
        let shown = shown.as_str().unwrap_or("").to_owned();
        return Err(vm.type_error(format!("a callable object was expected by {function}(), got {shown}")));
    }
    let rest = &args.pos()[skip + 1..];
    let arguments = if rest.is_empty() { Ref::NONE } else { Ref::tuple_of(rest) };
    let Some(kit) = vm.sched.kit else { return Ok(Ref::NONE) };
    Ok(Handle::alloc(kit.handle, callback.to_ref(), arguments, context, args.values[0].to_ref()))
}

fn call_soon(vm: &mut Vm, args: Args) -> Outcome {
    check_closed(vm, args.values[0])?;
    let handle = make_handle(vm, args, 1, "call_soon")?;
    this!(vm, args).ready.push(Entry::new(What::Handle, handle.clone(), Ref::NONE));
    Ok(handle)
}

/// A number of seconds that is a plain int or float.
pub(super) fn plain_seconds(value: Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_i64().map(|seconds| seconds as f64))
}

/// A number of seconds.
fn seconds(vm: &mut Vm, value: Value) -> Outcome<f64> {
    match plain_seconds(value) {
        Some(seconds) => Ok(seconds),
        None => vm.real(value),
    }
}

fn call_later(vm: &mut Vm, args: Args) -> Outcome {
    check_closed(vm, args.values[0])?;
    if args.values[1].is_none() {
        return Err(vm.type_error("delay must not be None"));
    }
    let delay = seconds(vm, args.values[1])?;
    let when = clock::seconds(vm.sched.clock.now()) + delay;
    schedule(vm, args, when, "call_later")
}

fn call_at(vm: &mut Vm, args: Args) -> Outcome {
    check_closed(vm, args.values[0])?;
    if args.values[1].is_none() {
        return Err(vm.type_error("when cannot be None"));
    }
    let when = seconds(vm, args.values[1])?;
    schedule(vm, args, when, "call_at")
}

fn schedule(vm: &mut Vm, args: Args, when: f64, function: &str) -> Outcome {
    let made = make_handle(vm, args, 2, function)?;
    let kit = match vm.sched.kit {
        Some(kit) => kit,
        None => return Ok(made),
    };
    if let Some(handle) = made.get_mut::<Handle>() {
        handle.when = when;
        handle.class = kit.timer_handle;
        handle.header.aux |= handle_flag::TIMER | handle_flag::SCHEDULED;
    }
    this!(vm, args).timers.insert(clock::nanos(when), made.clone(), 0);
    Ok(made)
}

fn time(vm: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::float(clock::seconds(vm.sched.clock.now())))
}

fn create_future(_: &mut Vm, args: Args) -> Outcome {
    Ok(Future::alloc(args.values[0].to_ref()))
}

fn create_task(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<4> = Parameters {
        function: "create_task",
        names: ["", "name", "context", "eager_start"],
        required: 1,
        positional: 1,
    };
    let [coroutine, name, context, eager] = PARAMETERS.bind(vm, args, 1)?;
    let eager = eager.map_or(Ok(false), |v| vm.truth(v))?;
    let coroutine = coroutine.map_or(Ref::NONE, |c| c.to_ref());
    spawn(vm, &args.values[0].to_ref(), coroutine, Wanted::new(name, context, eager))
}

/// `event_loop.create_task`, by the loop's task factory if it has one.
pub(super) fn spawn(vm: &mut Vm, event_loop: &Ref, coroutine: Ref, wanted: Wanted) -> Outcome {
    check_closed(vm, **event_loop)?;
    let factory = data(event_loop).map_or(Ref::NONE, |d| d.task_factory.clone());
    if factory.is_none() {
        return task::create(vm, event_loop.clone(), coroutine, wanted);
    }
    let made = match wanted.context {
        None => vm.call_values(*factory, &[**event_loop, *coroutine])?,
        Some(context) => {
            let name = vm.atom("context");
            let values = [**event_loop, *coroutine, *context];
            vm.call(*factory, Args { values: &values, names: &[name] })?
        }
    };
    if let Some(name) = wanted.name {
        let set_name = vm.atom("set_name");
        if let Some(set_name) = vm.get_attr_opt(*made, set_name)? {
            vm.call_values(*set_name, &[*name])?;
        }
    }
    Ok(made)
}

fn run_forever(vm: &mut Vm, args: Args) -> Outcome {
    if let Some(runner) = beside::runner(vm) {
        return Err(vm.tail_call(*runner, &[args.values[0], Value::NONE, Value::FALSE]));
    }
    run::forever(vm, &args.values[0].to_ref())?;
    Ok(Ref::NONE)
}

fn run_until_complete(vm: &mut Vm, args: Args) -> Outcome {
    let event_loop = args.values[0].to_ref();
    check_closed(vm, *event_loop)?;
    if this!(vm, args).running {
        return Err(vm.runtime_error("This event loop is already running"));
    }
    if !vm.sched.running.is_none() {
        return Err(vm.runtime_error("Cannot run the event loop while another loop is running"));
    }
    let given = args.values[1];
    let future = functions::ensure_future(vm, given, *event_loop)?;
    let is_new = *future != given;
    if is_new && let Some(object) = future.as_future() {
        object.set(fut::QUIET, true);
    }
    if let Some(runner) = beside::runner(vm) {
        return Err(vm.tail_call(*runner, &[*event_loop, *future, *Ref::bool(is_new)]));
    }
    run::until_complete(vm, &event_loop, &future, is_new)
}

fn stop(vm: &mut Vm, args: Args) -> Outcome {
    this!(vm, args).stopping = true;
    Ok(Ref::NONE)
}

fn close(vm: &mut Vm, args: Args) -> Outcome {
    let event_loop = this!(vm, args);
    if event_loop.running {
        return Err(vm.runtime_error("Cannot close a running event loop"));
    }
    if event_loop.closed {
        return Ok(Ref::NONE);
    }
    event_loop.closed = true;
    let ready = event_loop.ready.drain();
    let timers = event_loop.timers.drain();
    drop((ready, timers));
    Ok(Ref::NONE)
}

fn is_running(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args).running))
}

fn is_closed(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args).closed))
}

fn get_debug(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args).debug))
}

fn set_debug(vm: &mut Vm, args: Args) -> Outcome {
    let on = vm.truth(args.values[1])?;
    this!(vm, args).debug = on;
    Ok(Ref::NONE)
}

fn get_task_factory(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this!(vm, args).task_factory.clone())
}

fn set_task_factory(vm: &mut Vm, args: Args) -> Outcome {
    if !args.values[1].is_none() && !functions::is_callable(vm, args.values[1]) {
        return Err(vm.type_error("task factory must be a callable or None"));
    }
    let old = std::mem::replace(&mut this!(vm, args).task_factory, args.values[1].to_ref());
    drop(old);
    Ok(Ref::NONE)
}

fn get_exception_handler(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this!(vm, args).exception_handler.clone())
}

fn set_exception_handler(vm: &mut Vm, args: Args) -> Outcome {
    if !args.values[1].is_none() && !functions::is_callable(vm, args.values[1]) {
        let shown = vm.repr(args.values[1])?;
        let shown = shown.as_str().unwrap_or("").to_owned();
        return Err(vm.type_error(format!("A callable object or None is expected, got {shown}")));
    }
    let old = std::mem::replace(&mut this!(vm, args).exception_handler, args.values[1].to_ref());
    drop(old);
    Ok(Ref::NONE)
}

fn call_exception_handler(vm: &mut Vm, args: Args) -> Outcome {
    report::call_handler_with(vm, &args.values[0].to_ref(), &args.values[1].to_ref())?;
    Ok(Ref::NONE)
}

fn default_exception_handler(vm: &mut Vm, args: Args) -> Outcome {
    report::default_handler(vm, args.values[1])?;
    Ok(Ref::NONE)
}

/// The async generators that were begun and not finished, in order of creation; none are noted from now on.
fn take_generators(vm: &mut Vm, args: Args) -> Outcome {
    let event_loop = this!(vm, args);
    event_loop.generators_closed = true;
    if !std::mem::take(&mut event_loop.has_generators) {
        return Ok(Ref::list(Vec::new()));
    }
    let mut found = Vec::new();
    crate::object::heap::each_container(|header| {
        let value = Value::from_header(header);
        if value.is_kind(Kind::AsyncGenerator) && functions::is_unfinished(value) {
            found.push(value);
        }
    });
    Ok(Ref::list(found.into_iter().map(|v| v.to_ref()).collect()))
}

/// An async generator was dropped unfinished: a task that closes it is made in the next pass.
pub(super) fn generator_dropped(machine: &mut Machine, args: Args) -> Outcome {
    let vm = Vm::of(machine);
    let event_loop = vm.sched.running.clone();
    let Some(kit) = vm.sched.kit else { return Ok(Ref::NONE) };
    let step = vm.closing_step(args.values[0]);
    let name = vm.atom("create_task");
    let Some(create) = vm.get_attr_opt(*event_loop, name)? else { return Ok(Ref::NONE) };
    let handle = Handle::alloc(kit.handle, create, Ref::tuple(vec![step]), Ref::NONE, event_loop.clone());
    if let Some(event_loop) = data(&event_loop) {
        event_loop.ready.push(Entry::new(What::Handle, handle, Ref::NONE));
    }
    Ok(Ref::NONE)
}

fn add_reader(vm: &mut Vm, args: Args) -> Outcome {
    check_closed(vm, args.values[0])?;
    outside::watch(vm, args, Direction::Read)
}

fn add_writer(vm: &mut Vm, args: Args) -> Outcome {
    check_closed(vm, args.values[0])?;
    outside::watch(vm, args, Direction::Write)
}

fn remove_reader(vm: &mut Vm, args: Args) -> Outcome {
    outside::unwatch(vm, args, Direction::Read)
}

fn remove_writer(vm: &mut Vm, args: Args) -> Outcome {
    outside::unwatch(vm, args, Direction::Write)
}

/// No descriptor is watched for this loop any more.
fn forget_watchers(vm: &mut Vm, args: Args) -> Outcome {
    if let Some(reactor) = &mut vm.sched.reactor {
        drop(reactor.unwatch_all(args.values[0]));
    }
    Ok(Ref::NONE)
}

/// `_add_signal(signal, callback, *args)`
fn add_signal(vm: &mut Vm, args: Args) -> Outcome {
    let signal = signal::number(vm, args.values[1])?;
    let handle = make_handle(vm, args, 2, "add_signal_handler")?;
    if let Err(error) = interrupt::dispose(signal, Disposition::Answer) {
        return Err(vm.os_error(&error, None));
    }
    drop(vm.signals.set(signal, Some(handle)));
    Ok(Ref::NONE)
}

/// `_remove_signal(signal)`: whether this loop answered it.
fn remove_signal(vm: &mut Vm, args: Args) -> Outcome {
    let signal = signal::number(vm, args.values[1])?;
    let handle = vm.signals.get(signal);
    let ours = handle.as_ref().and_then(|h| h.get::<Handle>()).is_some_and(|h| *h.event_loop == args.values[0]);
    if ours {
        drop(vm.signals.set(signal, None));
        if let Err(error) = interrupt::dispose(signal, Disposition::Default) {
            return Err(vm.os_error(&error, None));
        }
    }
    Ok(Ref::bool(ours))
}

/// The task that Ctrl-C cancels, or None.
fn set_main_task(vm: &mut Vm, args: Args) -> Outcome {
    let event_loop = this!(vm, args);
    event_loop.interrupted = false;
    let old = std::mem::replace(&mut event_loop.main_task, args.values[1].to_ref());
    drop(old);
    Ok(Ref::NONE)
}

/// Whether Ctrl-C cancelled the main task.
fn was_interrupted(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args).interrupted))
}
