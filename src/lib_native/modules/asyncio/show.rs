//! Representations of futures, tasks and handles.

use super::task::name_text;
use crate::object::call::{Args, Outcome};
use crate::object::code::Code;
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::function::{BoundMethod, Function};
use crate::object::future::{Future, Handle, Task, fut, handle_flag};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use std::fmt::Write;

/// The text of a value, or of its absence.
fn text(vm: &mut Vm, value: Value) -> Outcome<String> {
    let shown = vm.repr(value)?;
    Ok(shown.as_str().unwrap_or("").to_owned())
}

/// Long representations are shortened as `reprlib` does it.
fn shortened(vm: &mut Vm, value: Value) -> Outcome<String> {
    const MOST: usize = 500;
    let full = text(vm, value)?;
    if full.chars().count() <= MOST {
        return Ok(full);
    }
    Ok(full.chars().take(MOST - 3).chain("...".chars()).collect())
}

/// ` finished result=3`
fn state(vm: &mut Vm, future: &mut Future) -> Outcome<String> {
    Ok(match future.state() {
        fut::PENDING => "pending".to_owned(),
        fut::CANCELLED => "cancelled".to_owned(),
        fut::FAILED => {
            let exc = future.result.clone();
            format!("finished exception={}", shortened(vm, *exc)?)
        }
        _ => {
            let result = future.result.clone();
            format!("finished result={}", shortened(vm, *result)?)
        }
    })
}

/// ` cb=[...]`, or nothing.
fn callbacks(vm: &mut Vm, future: &Future) -> String {
    let targets: Vec<Value> = future.callbacks().map(|(target, _)| target).collect();
    let mut names: Vec<String> = targets.iter().map(|t| callback_name(vm, *t)).collect();
    if names.is_empty() {
        return String::new();
    }
    if names.len() > 2 {
        let last = names.pop().unwrap_or_default();
        names = vec![names.swap_remove(0), format!("<{} more>", names.len()), last];
    }
    format!(" cb=[{}]", names.join(", "))
}

fn callback_name(vm: &mut Vm, target: Value) -> String {
    match target.kind() {
        Some(Kind::Task) => "Task.task_wakeup()".to_owned(),
        Some(Kind::Future) => "gather.<locals>._done_callback()".to_owned(),
        Some(Kind::Opaque) => "_run_until_complete_cb()".to_owned(),
        _ => callback_text(vm, target, &[]),
    }
}

/// `name(args)` of a callback with its place.
pub(super) fn callback_text(vm: &mut Vm, callback: Value, args: &[Value]) -> String {
    let shown: Vec<String> = args.iter().map(|a| text(vm, *a).unwrap_or_else(|_| forget(vm))).collect();
    let mut function = callback.to_ref();
    while let Some(method) = function.get::<BoundMethod>() {
        function = method.func.clone();
    }
    let name = match function.get::<Function>() {
        Some(f) => f.code.info.qualname.as_str().unwrap_or("?").to_owned(),
        None => text(vm, callback).unwrap_or_else(|_| forget(vm)),
    };
    let place = match function.get::<Function>() {
        Some(f) => format!(" at {}", defined_at(f.code)),
        None => String::new(),
    };
    format!("{name}({}){place}", shown.join(", "))
}

fn forget(vm: &mut Vm) -> String {
    drop(vm.take_raised());
    "?".to_owned()
}

/// `file:line` of a function's definition.
fn defined_at(code: &Code) -> String {
    let source = &code.info.unit.source;
    format!("{}:{}", source.name, source.line_column(code.info.data.span.start).0)
}

/// `coro=<...>` without the name: where a coroutine stands.
pub(super) fn coroutine_text(vm: &mut Vm, coroutine: Value) -> String {
    if coroutine.is_kind(Kind::Wait) {
        return format!("<{}()>", super::wait::function_name(coroutine));
    }
    let Some(coro) = Coro::from_value(&coroutine) else {
        return text(vm, coroutine).unwrap_or_else(|_| forget(vm));
    };
    let code = coro.code();
    let names = coro.names();
    let name = names.qualname.as_str().unwrap_or("?");
    if coro.has(frame_flag::DONE) {
        return format!("<{name}() done, defined at {}>", defined_at(code));
    }
    let source = &code.info.unit.source;
    // Safety is the core's: a coroutine's frame is readable at any time.
    let line = line_of(code, &coro.frame);
    format!("<{name}() running at {}:{line}>", source.name)
}

/// The line at which a frame stands.
fn line_of(code: &Code, frame: &Frame) -> u32 {
    let data = &code.info.data;
    let span = match frame.flags & frame_flag::START != 0 {
        true => data.span,
        false => data.spans.get(code.pc_index(frame.pc)).copied().unwrap_or(data.span),
    };
    code.info.unit.source.line_column(span.start).0
}

pub(super) fn future_repr(vm: &mut Vm, args: Args) -> Outcome {
    let Some(future) = args.values[0].as_future() else { return Ok(Ref::str("<Future>")) };
    let name = match future.has(fut::GATHER) {
        true => "_GatheringFuture".to_owned(),
        false => vm.type_of(args.values[0]).name_text(),
    };
    let state = state(vm, future)?;
    let callbacks = callbacks(vm, future);
    Ok(Ref::str(&format!("<{name} {state}{callbacks}>")))
}

pub(super) fn task_repr(vm: &mut Vm, args: Args) -> Outcome {
    let this = args.values[0];
    let (Some(task), Some(future)) = (this.get::<Task>(), this.as_future()) else { return Ok(Ref::str("<Task>")) };
    let class = vm.type_of(this).name_text();
    let mut out = format!("<{class} ");
    // As CPython shows it: the state alone first, what came of it last.
    let (word, rest) = match future.is_done() {
        false if future.has(fut::MUST_CANCEL) || (task.cancels > 0 && !future.is_done()) => {
            ("cancelling", String::new())
        }
        false => ("pending", String::new()),
        true => {
            let full = state(vm, future)?;
            match full.split_once(' ') {
                Some((_, rest)) => ("finished", format!(" {rest}")),
                None => ("cancelled", String::new()),
            }
        }
    };
    let name = Ref::str(&name_text(task));
    let shown = text(vm, *name)?;
    let coroutine = task.coroutine.clone();
    let _ = write!(out, "{word} name={shown} coro={}", coroutine_text(vm, *coroutine));
    if !task.waiter.is_none() && !future.is_done() {
        let waiter = task.waiter.clone();
        let shown = match waiter.is_kind(Kind::Wait) {
            true => "<Future pending cb=[Task.task_wakeup()]>".to_owned(),
            false => text(vm, *waiter)?,
        };
        let _ = write!(out, " wait_for={shown}");
    }
    let _ = write!(out, "{}{rest}>", callbacks(vm, future));
    Ok(Ref::str(&out))
}

pub(super) fn handle_repr(vm: &mut Vm, args: Args) -> Outcome {
    let Some(handle) = args.values[0].get::<Handle>() else { return Ok(Ref::str("<Handle>")) };
    let mut out = if handle.has(handle_flag::TIMER) { "<TimerHandle".to_owned() } else { "<Handle".to_owned() };
    if handle.has(handle_flag::CANCELLED) {
        out.push_str(" cancelled");
    }
    if handle.has(handle_flag::TIMER) {
        let when = Ref::float(handle.when);
        let _ = write!(out, " when={}", text(vm, *when)?);
    }
    let callback = handle.callback.clone();
    if !callback.is_none() {
        let values: Vec<Value> = handle.args.as_sequence().unwrap_or(&[]).iter().map(|a| **a).collect();
        let _ = write!(out, " {}", callback_text(vm, *callback, &values));
    }
    out.push('>');
    Ok(Ref::str(&out))
}
