//! `_gevent`: the native half of `gevent`. The hub is a greenlet written in Coro that asks here what to call next; what it
//! waits with are the timers, the clock and the reactor of `event_loop`, as asyncio's loops do.

mod hub_loop;

use super::Building;
use crate::event_loop::Until;
use crate::event_loop::clock;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::function::Machine;
use crate::object::future::{Handle, handle_flag};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::greenlets::Passed;

natives! {
    FUNCTIONS;
    "_run", run, 1, 1;
    "_to_hub", to_hub, 0, 0;
    "_set_hub", set_hub, 2, 2;
    "_set_patched", set_patched, 3, 3;
}

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    // Its handles are those of asyncio's loops.
    vm.import_module("_asyncio")?;
    vm.import_module("greenlet")?;
    let building = Building::new(vm, "_gevent");
    building.functions(vm, "gevent", FUNCTIONS);
    building.types(&[hub_loop::define(vm)]);
    Ok(building.module)
}

/// `_run(handle)`: makes its call, once.
fn run(vm: &mut Vm, args: Args) -> Outcome {
    let Some(handle) = args.values[0].get_mut::<Handle>() else { return Err(vm.type_error("a handle is needed")) };
    if handle.has(handle_flag::CANCELLED) {
        return Ok(Ref::NONE);
    }
    handle.header.aux |= handle_flag::CANCELLED;
    let (callback, arguments) = (handle.callback.take(), handle.args.take());
    let values: Vec<Value> = arguments.as_sequence().unwrap_or(&[]).iter().map(|value| **value).collect();
    Err(vm.tail_call(*callback, &values))
}

/// `_set_hub(hub, run_loop)`: the greenlet that waits for all others, and the function that runs an asyncio loop without
/// holding up the hub.
fn set_hub(vm: &mut Vm, args: Args) -> Outcome {
    let old_hub = std::mem::replace(&mut vm.greenlets.hub, args.values[0].to_ref());
    let old_run = std::mem::replace(&mut vm.sched.run_beside, args.values[1].to_ref());
    drop((old_hub, old_run));
    Ok(Ref::NONE)
}

/// `_set_patched(wait, time, sockets)`: from now on calls that let time pass, or wait for descriptors, do so by
/// `wait(seconds, fd, write)`.
fn set_patched(vm: &mut Vm, args: Args) -> Outcome {
    let old = std::mem::replace(&mut vm.greenlets.wait, args.values[0].to_ref());
    drop(old);
    vm.greenlets.waits_for_time = vm.truth(args.values[1])?;
    vm.greenlets.waits_for_descriptors = vm.truth(args.values[2])?;
    vm.sched.suspend_greenlet = Some(suspend);
    Ok(Ref::NONE)
}

/// Lets the hub run until somebody switches back: what that one passes is the result.
fn to_hub(vm: &mut Vm, _: Args) -> Outcome {
    let hub = vm.greenlets.hub.clone();
    if vm.is_greenlet_nested() {
        let message = "cannot wait here: a built-in function that has called this code would have to be left before it \
                       has returned";
        return Err(match vm.greenlets.kit {
            Some(kit) => vm.raise(kit.error, message),
            None => vm.runtime_error(message),
        });
    }
    if *vm.current_greenlet() == *hub {
        let module = vm.import_module("gevent.exceptions")?;
        let name = vm.atom("BlockingSwitchOutError");
        let class = vm.get_attr(*module, name)?;
        let text = Ref::str("Impossible to call blocking function in the event loop callback");
        let exc = vm.call_values(*class, &[*text])?;
        return Err(vm.raise_value(exc));
    }
    Err(vm.switch_greenlet(hub, Passed::Values { values: Vec::new(), names: Vec::new() }))
}

/// A native is about to block: the hub runs meanwhile, if the greenlet that calls it can be left. The native is to return
/// the signal; its result will be whether what it waits for came before the time.
fn suspend(machine: &mut Machine, until: Until) -> Option<Signal> {
    let vm = Vm::of(machine);
    let wait = vm.greenlets.wait.clone();
    let applies = match until {
        Until::Time(_) => vm.greenlets.waits_for_time,
        _ => vm.greenlets.waits_for_descriptors,
    };
    if wait.is_none() || !applies || vm.is_greenlet_nested() {
        return None;
    }
    let (time, fd, write) = match until {
        Until::Time(time) => (Some(time), Ref::NONE, false),
        Until::Ready { fd, write, limit } => (limit, Ref::int(i64::from(fd)), write),
        Until::Settled { .. } => return None,
    };
    let now = vm.sched.clock.now();
    let left = time.map_or(Ref::NONE, |time| Ref::float(clock::seconds(time.saturating_sub(now))));
    Some(vm.tail_call(*wait, &[*left, *fd, *Ref::bool(write)]))
}
