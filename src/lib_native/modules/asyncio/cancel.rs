//! Cancellation: a request travels to what the innermost task waits for.

use super::{future, gather, waiters};
use crate::event_loop::log::Happened;
use crate::lib_native::arguments::Parameters;
use crate::object::call::{Args, Outcome};
use crate::object::future::{Task, fut};
use crate::object::heap::flag;
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;

/// `future.cancel(msg=None)`
pub(super) fn method(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<1> = Parameters { function: "cancel", names: ["msg"], required: 0, positional: 1 };
    let [message] = PARAMETERS.bind(vm, args, 1)?;
    let message = message.map_or(Ref::NONE, |m| m.to_ref());
    cancel_native(vm, args.values[0], &message).map(Ref::bool)
}

/// Cancels anything that looks like a future; whether it was a request to something still pending.
pub(super) fn cancel(vm: &mut Vm, target: Value, message: &Ref) -> Outcome<bool> {
    if overrides(target) {
        let name = vm.atom("cancel");
        let method = vm.get_attr(target, name)?;
        let msg = vm.atom("msg");
        let outcome = vm.call(*method, Args { values: &[**message], names: &[msg] })?;
        return vm.truth(*outcome);
    }
    cancel_native(vm, target, message)
}

/// `cancel` may be somebody else's method.
fn overrides(target: Value) -> bool {
    match target.kind() {
        // Safety is not at stake: the flag says that a class in Coro stands behind the object.
        Some(Kind::Future | Kind::Task) => target.as_future().is_some_and(|f| f.header.flags & flag::SUBCLASS != 0),
        _ => true,
    }
}

/// Native futures and tasks. Chains of tasks that wait for one another are walked with a list of their own, since they may
/// be of any length.
fn cancel_native(vm: &mut Vm, target: Value, message: &Ref) -> Outcome<bool> {
    let accepted = accepts(target);
    let mut work = vec![target.to_ref()];
    while let Some(next) = work.pop() {
        cancel_one(vm, &next, message, &mut work)?;
    }
    Ok(accepted)
}

/// A request would reach somebody.
fn accepts(target: Value) -> bool {
    match target.as_future() {
        Some(future) if future.is_done() => false,
        Some(future) if future.has(fut::GATHER) => {
            gather::children(&future.result).iter().any(|c| c.as_future().is_none_or(|f| !f.is_done()))
        }
        Some(_) => true,
        None => false,
    }
}

fn cancel_one(vm: &mut Vm, target: &Ref, message: &Ref, work: &mut Vec<Ref>) -> Outcome<()> {
    let Some(object) = target.as_future() else { return Ok(()) };
    if object.is_done() {
        return Ok(());
    }
    if object.has(fut::GATHER) {
        if accepts(**target) {
            object.set(fut::CANCEL_ASKED, true);
        }
        // The first child is to be done first: it goes on top.
        let children: Vec<Ref> = gather::children(&object.result).to_vec();
        for child in children.into_iter().rev() {
            push(vm, child, message, work)?;
        }
        return Ok(());
    }
    match target.get_mut::<Task>() {
        Some(task) => cancel_task(vm, target, task, message, work),
        None => settle_cancelled(vm, target, message.clone(), false),
    }
}

/// Puts a native future on the list; others are cancelled by their own method.
fn push(vm: &mut Vm, target: Ref, message: &Ref, work: &mut Vec<Ref>) -> Outcome<()> {
    if overrides(*target) {
        return cancel(vm, *target, message).map(drop);
    }
    work.push(target);
    Ok(())
}

fn cancel_task(vm: &mut Vm, target: &Ref, task: &mut Task, message: &Ref, work: &mut Vec<Ref>) -> Outcome<()> {
    task.cancels += 1;
    let (serial, cause, pass) = (task.serial, vm.sched.current_serial(), vm.sched.pass);
    vm.sched.log.record(Happened::Cancelled, serial, cause, pass);
    let waiter = task.waiter.clone();
    let reached = match waiter.kind() {
        Some(Kind::Future | Kind::Task) if !overrides(*waiter) => {
            let reached = accepts(*waiter);
            if reached {
                work.push(waiter);
            }
            reached
        }
        Some(Kind::Wait) => waiters::cancel(vm, target, &waiter, message),
        None => false,
        Some(_) => cancel(vm, *waiter, message)?,
    };
    if !reached && let Some(task) = target.get_mut::<Task>() {
        task.future.set(fut::MUST_CANCEL, true);
        let old = std::mem::replace(&mut task.future.result, message.clone());
        drop(old);
    }
    Ok(())
}

/// A pending future becomes cancelled. `is_error`: `result` is the CancelledError to raise, not a message.
pub(super) fn settle_cancelled(vm: &mut Vm, target: &Ref, result: Ref, is_error: bool) -> Outcome<()> {
    let Some(object) = target.as_future() else { return Ok(()) };
    object.header.aux = (object.header.aux & !(fut::STATE | fut::MUST_CANCEL)) | fut::CANCELLED;
    object.set(fut::HAS_ERROR, is_error);
    let old = std::mem::replace(&mut object.result, result);
    drop(old);
    future::schedule_callbacks(vm, target)
}
