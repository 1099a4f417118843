//! Tasks: making them, and their methods.

use super::{cancel, data, functions, loop_or_usual, show, step};
use crate::event_loop::log::Happened;
use crate::event_loop::ready::{Entry, What};
use crate::lib_native::arguments::Parameters;
use crate::lib_native::modules::contextvars;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::exception::Exception;
use crate::object::future::{Task, fut};
use crate::object::reflect::FrameObj;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::stacks::Place;

natives! {
    METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, MANY, keywords;
    "__repr__", show::task_repr, 1, 1;
    "cancel", cancel::method, 1, 2, keywords;
    "cancelling", cancelling, 1, 1;
    "uncancel", uncancel, 1, 1;
    "get_coro", get_coro, 1, 1;
    "get_context", get_context, 1, 1;
    "get_name", get_name, 1, 1;
    "get_stack", get_stack, 1, 2, keywords;
    "print_stack", print_stack, 1, 3, keywords;
    "set_name", set_name, 2, 2;
    "set_result", set_result, 2, 2;
    "set_exception", set_exception, 2, 2;
}

natives! {
    /// As up to Python 3.8.
    CLASS_METHODS;
    "current_task", current_task, 1, 2, keywords;
    "all_tasks", all_tasks, 1, 2, keywords;
}

natives! {
    GETTERS;
    "_coro", get_coro, 1, 1;
    "_fut_waiter", waiter, 1, 1;
    "_must_cancel", must_cancel, 1, 1;
    "_log_destroy_pending", log_destroy_pending, 1, 2;
}

/// The task behind `self`.
macro_rules! this {
    ($vm:expr, $args:expr) => {
        match $args.values[0].get_mut::<Task>() {
            Some(task) => task,
            None => return Err($vm.type_error("a task is needed")),
        }
    };
}

/// How a task is to be made.
#[derive(Default)]
pub(super) struct Wanted {
    pub name: Option<Ref>,
    pub context: Option<Ref>,
    pub eager: bool,
}

impl Wanted {
    /// From arguments that may be absent or None.
    pub(super) fn new(name: Option<Value>, context: Option<Value>, eager: bool) -> Wanted {
        let given = |value: Option<Value>| value.filter(|v| !v.is_none()).map(|v| v.to_ref());
        Wanted { name: given(name), context: given(context), eager }
    }
}

/// A new task on a loop of ours, its first step queued (or made, if it is eager).
pub(super) fn create(vm: &mut Vm, event_loop: Ref, coroutine: Ref, wanted: Wanted) -> Outcome {
    let task = Task::alloc(event_loop.clone(), Ref::NONE, Ref::NONE, Ref::NONE, 0);
    start(vm, &task, event_loop, coroutine, wanted)?;
    Ok(task)
}

fn start(vm: &mut Vm, task: &Ref, event_loop: Ref, coroutine: Ref, wanted: Wanted) -> Outcome<()> {
    if !functions::is_coroutine(vm, *coroutine) {
        let shown = vm.repr(*coroutine)?;
        return Err(vm.type_error(format!("a coroutine was expected, got {}", shown.as_str().unwrap_or(""))));
    }
    let name = match wanted.name {
        Some(name) => vm.str(*name)?,
        None => {
            vm.sched.next_name += 1;
            Ref::int(vm.sched.next_name - 1)
        }
    };
    vm.sched.tasks_made += 1;
    let (serial, cause, pass) = (vm.sched.tasks_made, vm.sched.current_serial(), vm.sched.pass);
    vm.sched.log.record(Happened::Spawned, serial, cause, pass);
    let context = wanted.context.unwrap_or_else(|| contextvars::copy_current(vm));
    let created = vm.call_position();
    let Some(object) = task.get_mut::<Task>() else { return Ok(()) };
    object.future.event_loop = event_loop.clone();
    object.coroutine = coroutine;
    object.name = name;
    object.context = context;
    object.serial = serial;
    object.created = created;
    if wanted.eager && *event_loop == *vm.sched.running {
        step::run(vm, task, None)?;
        if let Some(object) = task.get_mut::<Task>()
            && object.future.is_done()
        {
            drop(object.coroutine.take());
        }
        return Ok(());
    }
    match data(&event_loop) {
        Some(event_loop) if event_loop.closed => Err(vm.runtime_error("Event loop is closed")),
        Some(event_loop) => {
            event_loop.ready.push(Entry::new(What::Step, task.clone(), Ref::NONE));
            Ok(())
        }
        None => Err(foreign_loop(vm)),
    }
}

fn foreign_loop(vm: &mut Vm) -> Signal {
    vm.type_error("a task needs an event loop of asyncio")
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(kit) = vm.sched.kit else { return Ok(Ref::NONE) };
    let class = vm.class_arg(args.values[0], kit.task)?;
    let task = Task::alloc(Ref::NONE, Ref::NONE, Ref::NONE, Ref::NONE, 0);
    if class.builtin {
        fill(vm, &task, args)?;
        return Ok(task);
    }
    Ok(vm.as_subclass(class, task))
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    fill(vm, &args.values[0].to_ref(), args)
}

fn fill(vm: &mut Vm, task: &Ref, args: Args) -> Outcome {
    const PARAMETERS: Parameters<5> = Parameters {
        function: "Task",
        names: ["coro", "loop", "name", "context", "eager_start"],
        required: 1,
        positional: 1,
    };
    let [coroutine, event_loop, name, context, eager] = PARAMETERS.bind(vm, args, 1)?;
    let eager = eager.map_or(Ok(false), |v| vm.truth(v))?;
    let event_loop = loop_or_usual(vm, event_loop)?;
    let coroutine = coroutine.map_or(Ref::NONE, |c| c.to_ref());
    start(vm, task, event_loop, coroutine, Wanted::new(name, context, eager))?;
    Ok(Ref::NONE)
}

fn cancelling(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(i64::from(this!(vm, args).cancels)))
}

fn uncancel(vm: &mut Vm, args: Args) -> Outcome {
    let task = this!(vm, args);
    task.cancels = task.cancels.saturating_sub(1);
    if task.cancels == 0 && task.future.has(fut::MUST_CANCEL) {
        task.future.set(fut::MUST_CANCEL, false);
        let message = task.future.result.take();
        drop(message);
    }
    Ok(Ref::int(i64::from(this!(vm, args).cancels)))
}

fn get_coro(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this!(vm, args).coroutine.clone())
}

fn get_context(vm: &mut Vm, args: Args) -> Outcome {
    if *vm.sched.task == args.values[0] {
        return Ok(contextvars::current(vm));
    }
    let task = this!(vm, args);
    task.context = contextvars::or_new(&task.context);
    Ok(task.context.clone())
}

fn get_name(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::str(&name_text(this!(vm, args))))
}

/// The name as text.
pub(super) fn name_text(task: &Task) -> String {
    match task.name.as_str() {
        Some(name) => name.to_owned(),
        None => format!("Task-{}", task.name.as_i64().unwrap_or(0)),
    }
}

fn set_name(vm: &mut Vm, args: Args) -> Outcome {
    let name = vm.str(args.values[1])?;
    let old = std::mem::replace(&mut this!(vm, args).name, name);
    drop(old);
    Ok(Ref::NONE)
}

fn set_result(vm: &mut Vm, _: Args) -> Outcome {
    Err(vm.runtime_error("Task does not support set_result operation"))
}

fn set_exception(vm: &mut Vm, _: Args) -> Outcome {
    Err(vm.runtime_error("Task does not support set_exception operation"))
}

fn waiter(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this!(vm, args).waiter.clone())
}

fn must_cancel(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args).future.has(fut::MUST_CANCEL)))
}

fn log_destroy_pending(vm: &mut Vm, args: Args) -> Outcome {
    let on = match args.values.get(1) {
        Some(value) => Some(vm.truth(*value)?),
        None => None,
    };
    let task = this!(vm, args);
    match on {
        Some(on) => {
            task.future.set(fut::QUIET, !on);
            Ok(Ref::NONE)
        }
        None => Ok(Ref::bool(!task.future.has(fut::QUIET))),
    }
}

/// The arguments of a class method without the class.
fn without_class<'a>(args: Args<'a>) -> Args<'a> {
    Args { values: &args.values[1..], names: args.names }
}

/// `Task.current_task(loop=None)`: None where no loop runs.
fn current_task(vm: &mut Vm, args: Args) -> Outcome {
    match vm.sched.running.is_none() {
        true => Ok(Ref::NONE),
        false => functions::current_task(vm, without_class(args)),
    }
}

/// `Task.all_tasks(loop=None)`
fn all_tasks(vm: &mut Vm, args: Args) -> Outcome {
    functions::all_tasks(vm, without_class(args))
}

/// The frames of a task: where its coroutine stands, or the traceback of the exception that ended it; the newest `limit`.
fn stack(vm: &mut Vm, args: Args, function: &'static str) -> Outcome<Vec<Place>> {
    let parameters = Parameters::<2> { function, names: ["limit", "file"], required: 0, positional: 0 };
    let [limit, _] = parameters.bind(vm, args, 1)?;
    let limit = match limit.filter(|l| !l.is_none()) {
        Some(limit) => vm.index(limit)?.max(0) as usize,
        None => usize::MAX,
    };
    let task = this!(vm, args);
    if task.future.state() == fut::FAILED {
        let exc = task.future.result.clone();
        let entries = exc.get::<Exception>().map(|e| e.traceback.borrow().clone()).unwrap_or_default();
        return Ok(entries.iter().rev().take(limit).map(|e| Place { code: e.code, pc: e.pc }).collect());
    }
    let coroutine = task.coroutine.clone();
    let places = vm.suspended_stack(*coroutine);
    Ok(places.into_iter().filter(|p| !p.is_hidden()).take(limit.min(1)).collect())
}

fn get_stack(vm: &mut Vm, args: Args) -> Outcome {
    let frames = stack(vm, args, "get_stack")?.into_iter().map(|p| FrameObj::alloc(p.code, p.pc, Ref::NONE));
    Ok(Ref::list(frames.collect()))
}

fn print_stack(vm: &mut Vm, args: Args) -> Outcome {
    let places = stack(vm, args, "print_stack")?;
    let shown = vm.repr(args.values[0])?;
    let shown = shown.as_str().unwrap_or("").to_owned();
    let failed = this!(vm, args).future.state() == fut::FAILED;
    let mut text = match (places.is_empty(), failed) {
        (true, _) => format!("No stack for {shown}\n"),
        (false, true) => format!("Traceback for {shown} (most recent call last):\n"),
        (false, false) => format!("Stack for {shown} (most recent call last):\n"),
    };
    for place in places {
        let name = place.code.info.name.as_str().unwrap_or("?");
        text.push_str(&format!("  {} in {name}\n", place.text()));
    }
    match args.keyword(vm.atom("file")).filter(|f| !f.is_none()) {
        Some(file) => {
            let write = vm.names.write;
            let write = vm.get_attr(file, write)?;
            let text = Ref::str(&text);
            vm.call_values(*write, &[*text])?;
        }
        None => {
            vm.flush_output();
            crate::vm::output::complain(&text);
        }
    }
    Ok(Ref::NONE)
}
