//! Functions of `_asyncio`.

use super::event_loop::{plain_seconds, spawn};
use super::task::Wanted;
use super::{data, is_future, running_loop, usual_loop};
use crate::event_loop::ready::{Entry, What};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::coroutine::{Coro, frame_flag};
use crate::object::function::{BoundMethod, Function, Native, NativeRole};
use crate::object::future::{Handle, Task, Wait, WaitFor};
use crate::object::set::SetTable;
use crate::object::{Kind, Ref, Value, heap};
use crate::vm::Vm;

natives! {
    FUNCTIONS;
    "get_running_loop", get_running_loop, 0, 0;
    "_get_running_loop", get_running_loop_or_none, 0, 0;
    "_set_running_loop", set_running_loop, 1, 1;
    "_get_set_loop", get_set_loop, 0, 0;
    "_set_set_loop", set_set_loop, 1, 1;
    "create_task", create_task, 1, 1, keywords;
    "ensure_future", ensure_future_function, 1, 1, keywords;
    "current_task", current_task, 0, 1, keywords;
    "_swap_current_task", swap_current_task, 2, 2;
    "all_tasks", all_tasks, 0, 1, keywords;
    "sleep", sleep, 1, 2, keywords;
    "isfuture", isfuture, 1, 1;
    "iscoroutine", iscoroutine, 1, 1;
    "_mark_coroutine", mark_coroutine, 1, 1;
    "_code_kind", code_kind, 1, 1;
    "_show_leftovers", show_leftovers, 1, 1;
    "_import_module", import_module, 1, 1;
}

natives! {
    /// Native callbacks for futures that are not ours: the bound object comes first.
    CALLBACKS;
    "_gather_child_done", gather_child_done, 2, 2;
    "_wake", wake, 2, 2;
    "_run_handle", run_handle, 2, 2;
}

/// A native callback bound to an object.
pub(super) fn bound(vm: &mut Vm, name: &str, receiver: Ref) -> Ref {
    let Some(def) = CALLBACKS.iter().find(|def| def.name == name) else { return Ref::NONE };
    let func = heap::new(Native {
        header: heap::blank(Kind::Native),
        def,
        role: NativeRole::Function,
        owner: Value::UNBOUND,
        module: vm.atom("_asyncio"),
    });
    BoundMethod::alloc(func, receiver)
}

/// Queues a handle, whatever the future has become.
fn run_handle(_: &mut Vm, args: Args) -> Outcome {
    if let Some(handle) = args.values[0].get::<Handle>()
        && let Some(data) = data(&handle.event_loop)
    {
        data.ready.push(Entry::new(What::Handle, args.values[0].to_ref(), Ref::NONE));
    }
    Ok(Ref::NONE)
}

fn gather_child_done(vm: &mut Vm, args: Args) -> Outcome {
    super::gather::child_done(vm, &args.values[0].to_ref(), &args.values[1].to_ref())?;
    Ok(Ref::NONE)
}

fn wake(vm: &mut Vm, args: Args) -> Outcome {
    super::step::wake(vm, &args.values[0].to_ref(), &args.values[1].to_ref())?;
    Ok(Ref::NONE)
}

fn get_running_loop(vm: &mut Vm, _: Args) -> Outcome {
    running_loop(vm)
}

fn get_running_loop_or_none(vm: &mut Vm, _: Args) -> Outcome {
    Ok(vm.sched.running.clone())
}

fn set_running_loop(vm: &mut Vm, args: Args) -> Outcome {
    let old = std::mem::replace(&mut vm.sched.running, args.values[0].to_ref());
    drop(old);
    Ok(Ref::NONE)
}

fn get_set_loop(vm: &mut Vm, _: Args) -> Outcome {
    Ok(vm.sched.current.clone())
}

fn set_set_loop(vm: &mut Vm, args: Args) -> Outcome {
    let old = std::mem::replace(&mut vm.sched.current, args.values[0].to_ref());
    drop(old);
    Ok(Ref::NONE)
}

fn create_task(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<4> = Parameters {
        function: "create_task",
        names: ["coro", "name", "context", "eager_start"],
        required: 1,
        positional: 1,
    };
    let [coroutine, name, context, eager] = PARAMETERS.bind(vm, args, 0)?;
    let eager = eager.map_or(Ok(false), |v| vm.truth(v))?;
    let event_loop = running_loop(vm)?;
    let coroutine = coroutine.map_or(Ref::NONE, |c| c.to_ref());
    spawn(vm, &event_loop, coroutine, Wanted::new(name, context, eager))
}

fn ensure_future_function(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<2> =
        Parameters { function: "ensure_future", names: ["coro_or_future", "loop"], required: 1, positional: 1 };
    let [object, event_loop] = PARAMETERS.bind(vm, args, 0)?;
    ensure_future(vm, object.unwrap_or(Value::NONE), event_loop.unwrap_or(Value::NONE))
}

/// A future for anything that can be awaited; coroutines become tasks. `event_loop` may be None.
pub(super) fn ensure_future(vm: &mut Vm, value: Value, event_loop: Value) -> Outcome {
    if let Some(future) = value.as_future() {
        if !event_loop.is_none() && *future.event_loop != event_loop {
            let message = "The future belongs to a different loop than the one specified as the loop argument";
            return Err(vm.value_error(message));
        }
        return Ok(value.to_ref());
    }
    let mut coroutine = value.to_ref();
    if !is_coroutine(vm, value) {
        if looks_like_future(vm, value)? {
            return Ok(value.to_ref());
        }
        let name = vm.names.await_;
        if vm.special(value, name).is_none() {
            return Err(vm.type_error("An asyncio.Future, a coroutine or an awaitable is required"));
        }
        let module = vm.import_module("asyncio")?;
        let wrap = vm.atom("_wrap_awaitable");
        let wrap = vm.get_attr(*module, wrap)?;
        coroutine = vm.call_values(*wrap, &[value])?;
    }
    let event_loop = if event_loop.is_none() { usual_loop(vm)? } else { event_loop.to_ref() };
    let name = vm.atom("create_task");
    let native = vm.type_of(*event_loop).lookup(name).is_some_and(|method| method.is_kind(Kind::Native));
    if native && data(&event_loop).is_some() {
        return spawn(vm, &event_loop, coroutine, Wanted::default());
    }
    let create = vm.get_attr(*event_loop, name)?;
    vm.call_values(*create, &[*coroutine])
}

/// An object of another class that says it is a future.
fn looks_like_future(vm: &mut Vm, value: Value) -> Outcome<bool> {
    let name = vm.names.asyncio_future_blocking;
    if vm.type_of(value).lookup(name).is_none() {
        return Ok(false);
    }
    Ok(vm.get_attr_opt(value, name)?.is_some_and(|flag| !flag.is_none()))
}

fn isfuture(vm: &mut Vm, args: Args) -> Outcome {
    let value = args.values[0];
    Ok(Ref::bool(is_future(value) || looks_like_future(vm, value)?))
}

/// What a task can run.
pub(super) fn is_coroutine(vm: &mut Vm, value: Value) -> bool {
    match value.kind() {
        Some(Kind::Coroutine | Kind::Wait | Kind::AsyncStep) => true,
        Some(Kind::Generator) => Coro::from_value(&value).is_some_and(|c| c.has(frame_flag::ITERABLE_COROUTINE)),
        Some(Kind::Instance) => {
            let ty = vm.type_of(value);
            let names = [vm.names.await_, vm.names.send, vm.names.throw, vm.names.close];
            names.into_iter().all(|name| ty.lookup(name).is_some_and(|m| !m.is_none()))
        }
        _ => false,
    }
}

fn iscoroutine(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(is_coroutine(vm, args.values[0])))
}

/// Can it be called?
pub(super) fn is_callable(vm: &mut Vm, value: Value) -> bool {
    match value.kind() {
        Some(Kind::Function | Kind::Native | Kind::BoundMethod | Kind::Type) => true,
        Some(_) => {
            let name = vm.names.call;
            vm.special(value, name).is_some()
        }
        None => false,
    }
}

/// A loop argument, or the running loop.
fn given_or_running(vm: &mut Vm, args: Args, function: &'static str) -> Outcome {
    let parameters = Parameters::<1> { function, names: ["loop"], required: 0, positional: 1 };
    match parameters.bind(vm, args, 0)? {
        [Some(event_loop)] if !event_loop.is_none() => Ok(event_loop.to_ref()),
        _ => running_loop(vm),
    }
}

pub(super) fn current_task(vm: &mut Vm, args: Args) -> Outcome {
    let event_loop = given_or_running(vm, args, "current_task")?;
    Ok(if *event_loop == *vm.sched.running { vm.sched.task.clone() } else { Ref::NONE })
}

fn swap_current_task(vm: &mut Vm, args: Args) -> Outcome {
    Ok(std::mem::replace(&mut vm.sched.task, args.values[1].to_ref()))
}

/// The pending tasks of a loop in order of creation.
pub(super) fn pending_tasks(event_loop: &Ref) -> Vec<Ref> {
    pending(|task| *task.future.event_loop == **event_loop)
}

/// The pending tasks of all loops.
pub(super) fn all_pending() -> Vec<Ref> {
    pending(|task| task.serial > 0)
}

fn pending(wanted: impl Fn(&Task) -> bool) -> Vec<Ref> {
    let mut found: Vec<(u32, Value)> = Vec::new();
    heap::each_container(|header| {
        let value = Value::from_header(header);
        if let Some(task) = value.get::<Task>()
            && !task.future.is_done()
            && wanted(task)
        {
            found.push((task.serial, value));
        }
    });
    found.sort_by_key(|(serial, _)| *serial);
    found.into_iter().map(|(_, value)| value.to_ref()).collect()
}

pub(super) fn all_tasks(vm: &mut Vm, args: Args) -> Outcome {
    let event_loop = given_or_running(vm, args, "all_tasks")?;
    let set = Ref::set(SetTable::new());
    for task in pending_tasks(&event_loop) {
        vm.set_add(*set, *task)?;
    }
    Ok(set)
}

fn show_leftovers(vm: &mut Vm, args: Args) -> Outcome {
    let event_loop = args.values[0].to_ref();
    super::idle::show_leftovers(vm, &event_loop);
    Ok(Ref::NONE)
}

fn sleep(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<3> =
        Parameters { function: "sleep", names: ["delay", "result", "loop"], required: 1, positional: 2 };
    let (delay, result) = match (args.values, args.names) {
        // As it is called most often.
        ([delay], []) => (*delay, Value::NONE),
        _ => {
            let [delay, result, _] = PARAMETERS.bind(vm, args, 0)?;
            (delay.unwrap_or(Value::NONE), result.unwrap_or(Value::NONE))
        }
    };
    if plain_seconds(delay).is_none() {
        let module = vm.import_module("asyncio.tasks")?;
        let name = vm.atom("_sleep_of");
        let general = vm.get_attr(*module, name)?;
        return vm.call_values(*general, &[delay, result]);
    }
    Ok(Wait::alloc(WaitFor::Sleep, delay.to_ref(), result.to_ref()))
}

/// The module of a dotted name itself.
fn import_module(vm: &mut Vm, args: Args) -> Outcome {
    let name = args.values[0].as_str().unwrap_or("").to_owned();
    vm.import_module(&name)
}

/// Marks a generator function: its generators may be awaited, and run by tasks.
fn mark_coroutine(vm: &mut Vm, args: Args) -> Outcome {
    match args.values[0].get::<Function>() {
        Some(function) => {
            function.code.iterable.set(true);
            Ok(args.values[0].to_ref())
        }
        None => Err(vm.type_error("a generator function is needed")),
    }
}

/// What calling a function gives: 0 a plain result, 1 a generator, 2 a coroutine, 3 an async generator, 4 a generator that
/// may be awaited; -1 it is no function in Coro.
fn code_kind(_: &mut Vm, args: Args) -> Outcome {
    use crate::code::CodeKind;
    let mut value = args.values[0].to_ref();
    while let Some(method) = value.get::<BoundMethod>() {
        value = method.func.clone();
    }
    Ok(Ref::int(match value.get::<Function>().map(|f| (f.code.kind, f.code.iterable.get())) {
        None => -1,
        Some((CodeKind::Plain, _)) => 0,
        Some((CodeKind::Generator, false)) => 1,
        Some((CodeKind::Generator, true)) => 4,
        Some((CodeKind::Coroutine, _)) => 2,
        Some((CodeKind::AsyncGenerator, _)) => 3,
    }))
}

/// An async generator that has begun and not finished.
pub(super) fn is_unfinished(value: Value) -> bool {
    Coro::from_value(&value).is_some_and(|c| !c.has(frame_flag::START | frame_flag::DONE | frame_flag::AG_CLOSED))
}
