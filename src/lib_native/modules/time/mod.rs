//! `time`: the machine's clock, real or virtual.

mod dates;

use super::Building;
use crate::event_loop::clock;
use crate::lib_native::types::struct_sequence;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
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
    "clock_gettime", clock_gettime, 1, 1;
    "clock_gettime_ns", clock_gettime_ns, 1, 1;
    "clock_getres", clock_getres, 1, 1;
    "get_clock_info", get_clock_info, 1, 1;
    "thread_time", process_time, 0, 0;
    "thread_time_ns", process_time_ns, 0, 0;
}

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "time");
    building.functions(vm, "time", FUNCTIONS);
    for (name, id) in CLOCKS {
        building.set(name, Ref::int(*id));
    }
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
    vm.sleep(clock::nanos(seconds))?;
    Ok(Ref::NONE)
}

/// The clocks of POSIX that `clock_gettime` reads.
const CLOCKS: &[(&str, i64)] =
    &[("CLOCK_REALTIME", 0), ("CLOCK_MONOTONIC", 1), ("CLOCK_PROCESS_CPUTIME_ID", 2), ("CLOCK_THREAD_CPUTIME_ID", 3)];

/// Nanoseconds of a clock.
fn read_clock(vm: &mut Vm, id: Value) -> Outcome<i128> {
    let id = vm.index(id)?;
    Ok(match id {
        0 => vm.sched.clock.wall() as i128,
        1 => vm.sched.clock.now() as i128,
        2 | 3 => vm.sched.clock.busy() as i128,
        _ => return Err(vm.os_error(&std::io::Error::from_raw_os_error(libc::EINVAL), None)),
    })
}

fn clock_gettime(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::float(read_clock(vm, args.values[0])? as f64 / 1e9))
}

fn clock_gettime_ns(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(read_clock(vm, args.values[0])? as i64))
}

fn clock_getres(vm: &mut Vm, args: Args) -> Outcome {
    read_clock(vm, args.values[0])?;
    Ok(Ref::float(1e-9))
}

/// What is known of a clock: implementation, monotonic, adjustable, resolution.
fn get_clock_info(vm: &mut Vm, args: Args) -> Outcome {
    let (clock, monotonic) = match args.values[0].as_str() {
        Some("time") => ("CLOCK_REALTIME", false),
        Some("monotonic" | "perf_counter") => ("CLOCK_MONOTONIC", true),
        Some("process_time") => ("CLOCK_PROCESS_CPUTIME_ID", true),
        Some("thread_time") => ("CLOCK_THREAD_CPUTIME_ID", true),
        Some(_) => return Err(vm.value_error("unknown clock")),
        None => {
            let message = format!("get_clock_info() argument 1 must be str, not {}", vm.type_name(args.values[0]));
            return Err(vm.type_error(message));
        }
    };
    let fields = ["implementation", "monotonic", "adjustable", "resolution"];
    let class = struct_sequence::define(vm, "time", "clock_info", &fields);
    let shown = Ref::str(&format!("clock_gettime({clock})"));
    let values = vec![shown, Ref::bool(monotonic), Ref::bool(!monotonic), Ref::float(1e-9)];
    Ok(struct_sequence::make(class, values, &[]))
}
