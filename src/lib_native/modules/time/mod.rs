//! `time`: the machine's clock, real or virtual.

mod dates;

use super::Building;
use crate::event_loop::clock;
use crate::natives;
use crate::object::Ref;
use crate::object::call::{Args, Outcome};
use crate::vm::Vm;

natives! {
    FUNCTIONS;
    "time", time, 0, 0;
    "time_ns", time_ns, 0, 0;
    "monotonic", monotonic, 0, 0;
    "monotonic_ns", monotonic_ns, 0, 0;
    "perf_counter", monotonic, 0, 0;
    "perf_counter_ns", monotonic_ns, 0, 0;
    "process_time", process_time, 0, 0;
    "process_time_ns", process_time_ns, 0, 0;
    "sleep", sleep, 1, 1;
    "thread_time", process_time, 0, 0;
    "thread_time_ns", process_time_ns, 0, 0;
}

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "time");
    building.functions(vm, "time", FUNCTIONS);
    dates::fill(vm, &building);
    Ok(building.module)
}

fn time(vm: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::float(clock::seconds(vm.sched.clock.wall())))
}

fn time_ns(vm: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(vm.sched.clock.wall() as i64))
}

fn monotonic(vm: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::float(clock::seconds(vm.sched.clock.now())))
}

fn monotonic_ns(vm: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(vm.sched.clock.now() as i64))
}

fn process_time(vm: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::float(clock::seconds(vm.sched.clock.busy())))
}

fn process_time_ns(vm: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(vm.sched.clock.busy() as i64))
}

fn sleep(vm: &mut Vm, args: Args) -> Outcome {
    let given = args.values[0];
    let seconds =
        if given.as_float().is_some() { vm.real(given)? } else { vm.index_value(given).and_then(|i| vm.real(*i))? };
    if seconds.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if seconds < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    // What was printed before is to be seen while the program sleeps.
    vm.flush_output();
    vm.sched.clock.pass(clock::nanos(seconds));
    Ok(Ref::NONE)
}
