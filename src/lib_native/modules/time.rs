//! The module `time`: clocks and `sleep`.

use super::Building;
use crate::object::Ref;
use crate::object::call::{Args, Outcome};
use crate::vm::Vm;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

crate::natives! {
    FUNCTIONS;
    "monotonic", monotonic, 0, 0;
    "monotonic_ns", monotonic_ns, 0, 0;
    "perf_counter", monotonic, 0, 0;
    "perf_counter_ns", monotonic_ns, 0, 0;
    "process_time", monotonic, 0, 0;
    "sleep", sleep, 1, 1;
    "time", time, 0, 0;
    "time_ns", time_ns, 0, 0;
}

pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "time");
    building.functions(vm, "time", FUNCTIONS);
    Ok(building.module)
}

/// Time since the first reading.
fn elapsed() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

fn monotonic(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::float(elapsed().as_secs_f64()))
}

fn monotonic_ns(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(elapsed().as_nanos() as i64))
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn time(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::float(now().as_secs_f64()))
}

fn time_ns(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(now().as_nanos() as i64))
}

fn sleep(vm: &mut Vm, args: Args) -> Outcome {
    let seconds = vm.real(args.values[0])?;
    if seconds < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    vm.flush_output();
    std::thread::sleep(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    Ok(Ref::NONE)
}
