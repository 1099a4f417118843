//! The loop's exception handler, and what is reported of futures that die.

use super::data;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::function::Machine;
use crate::object::future::{Handle, Task, fut};
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::{Vm, traceback};
use std::fmt::Write;

/// Calls a loop's exception handler with a context of these entries.
pub(super) fn call_handler(vm: &mut Vm, event_loop: &Ref, entries: Vec<(&str, Ref)>) -> Outcome<()> {
    let mut dict = Dict::new();
    for (name, value) in entries {
        drop(dict.set_atom(atom::intern(name), value));
    }
    let context = Dict::alloc(dict);
    call_handler_with(vm, event_loop, &context)
}

/// Calls a loop's exception handler; one that fails is reported too.
pub(super) fn call_handler_with(vm: &mut Vm, event_loop: &Ref, context: &Ref) -> Outcome<()> {
    let handler = data(event_loop).map_or(Ref::NONE, |d| d.exception_handler.clone());
    if handler.is_none() {
        return default_handler(vm, **context);
    }
    let own = context_of(**context);
    let outer = own.map(|own| std::mem::replace(&mut vm.sched.context, own));
    let outcome = vm.call_values(*handler, &[**event_loop, **context]);
    if let Some(outer) = outer {
        vm.sched.context = outer;
    }
    match outcome {
        Ok(_) => Ok(()),
        Err(signal) => {
            let exc = vm.take_raised();
            if super::step::is_fatal(vm, *exc) {
                vm.raise_again(exc);
                return Err(signal);
            }
            let mut dict = Dict::new();
            drop(dict.set_atom(atom::intern("message"), Ref::str("Unhandled error in exception handler")));
            drop(dict.set_atom(atom::intern("exception"), exc));
            drop(dict.set_atom(atom::intern("context"), context.clone()));
            let context = Dict::alloc(dict);
            default_handler(vm, *context)
        }
    }
}

/// The context variables of the task or handle that a report is about.
fn context_of(context: Value) -> Option<Ref> {
    let dict = context.get::<Dict>()?;
    let thing = ["task", "future", "handle"].into_iter().find_map(|name| dict.get_atom(atom::intern(name)))?;
    match (thing.get::<Task>(), thing.get::<Handle>()) {
        (Some(task), _) => Some(task.context.clone()),
        (_, Some(handle)) => Some(handle.context.clone()),
        _ => None,
    }
}

/// Writes a context to standard error.
pub(super) fn default_handler(vm: &mut Vm, context: Value) -> Outcome<()> {
    let get = |name: &str| context.get::<Dict>().and_then(|d| d.get_atom(atom::intern(name))).map(|v| v.to_ref());
    let message = get("message").and_then(|m| m.as_str().map(str::to_owned));
    let mut text = message.unwrap_or_else(|| "Unhandled exception in event loop".to_owned());
    text.push('\n');
    let entries = context.get::<Dict>().map(Dict::atom_entries).unwrap_or_default();
    let mut entries: Vec<(String, Ref)> =
        entries.into_iter().map(|(k, v)| (k.as_str().unwrap_or("?").to_owned(), v.to_ref())).collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    for (name, value) in entries.iter().filter(|(name, _)| name != "message" && name != "exception") {
        let shown = match vm.repr(**value) {
            Ok(shown) => shown.as_str().unwrap_or("").to_owned(),
            Err(_) => {
                drop(vm.take_raised());
                "?".to_owned()
            }
        };
        let _ = writeln!(text, "{name}: {shown}");
    }
    let task = get("future").or_else(|| get("task"));
    if let Some(task) = task.as_ref().and_then(|t| t.get::<Task>())
        && let Some(place) = vm.spawn_place(*task.coroutine, task.created)
    {
        let _ = writeln!(text, "spawned at {place}; nobody waits for this task");
    }
    if let Some(exc) = get("exception").filter(|e| e.is_kind(Kind::Exception)) {
        text.push_str(&traceback::render_uncaught(vm, *exc, false));
    }
    vm.flush_output();
    crate::vm::output::complain(&text);
    Ok(())
}

/// A future or task is about to die: an exception that nobody saw, or a task that was still pending, is reported.
pub(super) fn report_dying(machine: &mut Machine, args: Args) -> Outcome {
    let (vm, value) = (Vm::of(machine), args.values[0]);
    let Some(future) = value.as_future() else { return Ok(Ref::NONE) };
    let unseen = future.state() == fut::FAILED && future.has(fut::UNSEEN);
    let is_task = value.is_kind(Kind::Task);
    let lost =
        is_task && !future.is_done() && !future.has(fut::QUIET) && value.get::<Task>().is_some_and(|t| t.serial > 0);
    if !unseen && !lost {
        return Ok(Ref::NONE);
    }
    vm.sched.task_failed_unseen |= unseen && is_task;
    future.set(fut::UNSEEN, false);
    future.set(fut::QUIET, true);
    let event_loop = future.event_loop.clone();
    let this = value.to_ref();
    let mut entries = Vec::new();
    if unseen {
        let message = format!("{} exception was never retrieved", if is_task { "Task" } else { "Future" });
        entries.push(("message", Ref::str(&message)));
        entries.push(("exception", future.result.clone()));
        entries.push(("future", this));
    } else {
        entries.push(("task", this));
        entries.push(("message", Ref::str("Task was destroyed but it is pending!")));
    }
    if call_handler(vm, &event_loop, entries).is_err() {
        let exc = vm.take_raised();
        vm.report_unraisable(*exc, value);
    }
    Ok(Ref::NONE)
}
