//! Nothing is left that could ever run again: the deadlock is reported, and the program ends with status 13.

use super::{functions, show};
use crate::object::call::Outcome;
use crate::object::future::Task;
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use std::fmt::Write;

/// Exit status of a deadlock.
const DEADLOCK: i64 = 13;

/// Reports who waits for what, and raises `SystemExit(13)`.
pub(super) fn nothing_left(vm: &mut Vm, event_loop: &Ref) -> Outcome<()> {
    let tasks = functions::pending_tasks(event_loop);
    let mut text = String::from("error[deadlock]: nothing can run again: no ready task and no timer is left\n");
    for task in &tasks {
        let line = describe(vm, task);
        let _ = writeln!(text, "  {line}");
    }
    if tasks.is_empty() {
        text.push_str("  no task is pending; the loop was to run until somebody stops it\n");
    }
    vm.flush_output();
    eprint!("{text}");
    let class = vm.types.exc.system_exit;
    let exc = vm.make_exception(class, &[Value::small_int(DEADLOCK)]);
    Err(vm.raise_value(exc))
}

/// One task: its name, where it stands, what it waits for.
fn describe(vm: &mut Vm, task: &Ref) -> String {
    let Some(object) = task.get::<Task>() else { return String::new() };
    let name = super::task::name_text(object);
    let place = show::coroutine_text(vm, *object.coroutine);
    let waits = match object.waiter.kind() {
        Some(Kind::Task) => match object.waiter.get::<Task>() {
            Some(other) => format!("waits for task '{}'", super::task::name_text(other)),
            None => String::new(),
        },
        Some(Kind::Future) if super::gather::is_gathering(*object.waiter) => {
            let names: Vec<String> = object
                .waiter
                .as_future()
                .map(|f| super::gather::children(&f.result).iter().filter_map(|c| c.get::<Task>()).collect::<Vec<_>>())
                .unwrap_or_default()
                .into_iter()
                .map(|t| format!("'{}'", super::task::name_text(t)))
                .collect();
            format!("waits for tasks {}", names.join(", "))
        }
        Some(Kind::Future) => "waits for a future that nobody will settle".to_owned(),
        Some(Kind::Wait) => "sleeps for ever".to_owned(),
        _ => "waits".to_owned(),
    };
    format!("task '{name}' {place} {waits}")
}
