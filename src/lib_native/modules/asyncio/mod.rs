//! `_asyncio`: the native half of `asyncio`. Futures and tasks are settled, cancelled and stepped here, the loop runs here;
//! what composes them is written in Coro (`lib_coro/asyncio`).

mod beside;
mod blocking;
mod cancel;
mod event_loop;
mod functions;
mod future;
mod gather;
mod handle;
mod idle;
mod jobs;
mod outside;
mod queue;
mod report;
mod run;
mod show;
mod step;
mod sync;
mod task;
mod wait;
mod wait_queue;
mod waiters;

pub use idle::show_pending_at_exit;
pub(super) use outside::{look as look_outside, wait as wait_outside};

use super::Building;
use crate::event_loop::Kit;
use crate::event_loop::ready::{Entry, What};
use crate::event_loop::state::EventLoop;
use crate::object::call::Outcome;
use crate::object::types::{TypeObj, TypeRef, type_flag};
use crate::object::{Kind, Value, atom};
use crate::vm::Vm;

/// Makes the module, and the types that it brings, once.
pub fn module(vm: &mut Vm) -> Outcome {
    let kit = match vm.sched.kit {
        Some(kit) => kit,
        None => make_kit(vm),
    };
    let building = Building::new(vm, "_asyncio");
    building.functions(vm, "asyncio", functions::FUNCTIONS);
    building.functions(vm, "asyncio", gather::FUNCTIONS);
    building.functions(vm, "asyncio", beside::FUNCTIONS);
    building.functions(vm, "asyncio", jobs::FUNCTIONS);
    building.types(&[kit.future, kit.task, kit.handle, kit.timer_handle, kit.event_loop]);
    building.types(&[kit.cancelled_error, kit.invalid_state]);
    let wait_queue = vm.define_type("_asyncio.WaitQueue", &[], Kind::Opaque, wait_queue::METHODS);
    building.types(&[wait_queue]);
    building.types(&sync::types(vm));
    building.types(&[queue::define(vm), jobs::define(vm)]);
    Ok(building.module)
}

fn make_kit(vm: &mut Vm) -> Kit {
    let future = vm.define_type("_asyncio.Future", &[], Kind::Future, future::METHODS);
    vm.add_getters(future, future::GETTERS);
    vm.add_class_methods(future, future::CLASS_METHODS);
    let task = vm.define_type("_asyncio.Task", &[future], Kind::Task, task::METHODS);
    vm.add_getters(task, task::GETTERS);
    vm.add_class_methods(task, task::CLASS_METHODS);
    [future, task].into_iter().for_each(TypeObj::name_in_full);
    let coroutine = vm.types.coroutine;
    let wait = vm.define_type("coroutine", &[coroutine], Kind::Wait, wait::METHODS);
    vm.add_getters(wait, wait::GETTERS);
    let future_iter = vm.define_type("_asyncio.FutureIter", &[], Kind::Opaque, wait::ITER_METHODS);
    let handle = vm.define_type("asyncio.events.Handle", &[], Kind::Handle, handle::METHODS);
    vm.add_getters(handle, handle::GETTERS);
    let timer_handle = vm.define_type("asyncio.events.TimerHandle", &[handle], Kind::Handle, handle::TIMER_METHODS);
    let event_loop = vm.define_type("_asyncio.EventLoop", &[], Kind::Opaque, event_loop::METHODS);
    let cancelled_error = define_error(vm, "asyncio.exceptions.CancelledError", vm.types.exc.base_exception);
    let invalid_state = define_error(vm, "asyncio.exceptions.InvalidStateError", vm.types.exc.exception);
    for (kind, ty) in [(Kind::Future, future), (Kind::Task, task), (Kind::Wait, wait)] {
        vm.types.set_kind_type(kind, ty);
    }
    let kit = Kit { future, task, wait, future_iter, handle, timer_handle, event_loop, cancelled_error, invalid_state };
    vm.sched.wait_step = Some(waiters::step);
    vm.sched.generator_dropped = Some(event_loop::generator_dropped);
    vm.sched.report_dying = Some(report::report_dying);
    vm.sched.interrupted = Some(idle::interrupted);
    vm.sched.show_tasks = Some(idle::show_tasks);
    vm.sched.held_up = Some(blocking::report);
    vm.sched.kit = Some(kit);
    kit
}

fn define_error(vm: &mut Vm, name: &str, base: TypeRef) -> TypeRef {
    let ty = vm.define_type(name, &[base], Kind::Exception, &[]);
    ty.flags.set(ty.flags.get() | type_flag::EXCEPTION);
    ty
}

/// Something was done elsewhere for the client of another loop.
pub(super) fn finish_elsewhere(vm: &mut Vm, entry: Entry) -> Outcome<()> {
    match entry.what {
        What::Settle => run::settle(vm, &entry.target, entry.arg, entry.stamp == 1),
        _ => Ok(()),
    }
}

/// The data of a loop object.
#[allow(clippy::mut_from_ref)]
fn data(event_loop: &Value) -> Option<&mut EventLoop> {
    event_loop.opaque::<EventLoop>()
}

/// The running loop.
///
/// # Errors
/// RuntimeError: no running event loop.
fn running_loop(vm: &mut Vm) -> Outcome {
    if vm.sched.running.is_none() {
        return Err(vm.runtime_error("no running event loop"));
    }
    Ok(vm.sched.running.clone())
}

/// The loop to use where none is given: the running one, else the one set, as `asyncio.events._get_event_loop` finds it.
fn usual_loop(vm: &mut Vm) -> Outcome {
    if !vm.sched.running.is_none() {
        return Ok(vm.sched.running.clone());
    }
    let module = vm.import_module("asyncio")?;
    let get = vm.get_attr(*module, atom::intern("get_event_loop"))?;
    vm.call_values(*get, &[])
}

/// A `loop` argument that may be absent or None.
fn loop_or_usual(vm: &mut Vm, given: Option<Value>) -> Outcome {
    match given {
        Some(event_loop) if !event_loop.is_none() => Ok(event_loop.to_ref()),
        _ => usual_loop(vm),
    }
}

/// A future or a task, natively.
fn is_future(value: Value) -> bool {
    matches!(value.kind(), Some(Kind::Future | Kind::Task))
}
