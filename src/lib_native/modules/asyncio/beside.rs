//! Running a loop in a greenlet beside others: what `run` does in one go, in steps that a function in Coro puts together,
//! so that the greenlet can be left where the loop would wait (decision 014).

use super::{data, idle, run};
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;

natives! {
    FUNCTIONS;
    "_begin_beside", begin, 1, 1;
    "_pass_beside", pass, 1, 1;
    "_end_beside", end, 2, 2;
    "_await_future", await_future, 2, 2;
    "_result_of", result_of, 4, 4;
    "_nothing_left", nothing_left, 1, 1;
}

/// Whether loops are to be run so now, and by which function.
pub(super) fn runner(vm: &mut Vm) -> Option<Ref> {
    let run = vm.sched.run_beside.clone();
    (!run.is_none() && vm.sched.job.is_none() && !vm.is_greenlet_nested()).then_some(run)
}

/// `_begin_beside(event_loop)`: it is the running one from now on; the context to give back at the end.
fn begin(vm: &mut Vm, args: Args) -> Outcome {
    let event_loop = args.values[0].to_ref();
    run::check_startable(vm, &event_loop)?;
    if let Some(data) = data(&event_loop) {
        data.running = true;
    }
    vm.sched.running = event_loop;
    Ok(vm.sched.context.take())
}

/// `_pass_beside(event_loop)`: one pass. True: stop; False: go on; None: there is nothing to do now.
fn pass(vm: &mut Vm, args: Args) -> Outcome {
    let event_loop = args.values[0].to_ref();
    let Some(data_) = data(&event_loop) else { return Ok(Ref::bool(true)) };
    let now = vm.sched.clock.now();
    if data_.ready.is_empty() && !data_.stopping && data_.next_deadline().is_none_or(|deadline| deadline > now) {
        return Ok(Ref::NONE);
    }
    run::watched_pass(vm, &event_loop)?;
    Ok(Ref::bool(data(&event_loop).is_none_or(|d| d.stopping)))
}

/// `_end_beside(event_loop, context)`
fn end(vm: &mut Vm, args: Args) -> Outcome {
    let event_loop = args.values[0].to_ref();
    let context = std::mem::replace(&mut vm.sched.context, args.values[1].to_ref());
    let running = vm.sched.running.take();
    drop((context, running));
    if let Some(data) = data(&event_loop) {
        data.running = false;
        data.stopping = false;
    }
    Ok(Ref::NONE)
}

/// `_await_future(event_loop, future)`: the loop stops when it is done.
fn await_future(vm: &mut Vm, args: Args) -> Outcome {
    run::stop_when_done(vm, &args.values[0].to_ref(), &args.values[1].to_ref())?;
    Ok(Ref::NONE)
}

/// `_result_of(event_loop, future, is_new, failed)`: its result, now that the loop has stopped; nothing if that has failed.
fn result_of(vm: &mut Vm, args: Args) -> Outcome {
    let [event_loop, future]: [Ref; 2] = [0, 1].map(|at| args.values[at].to_ref());
    let (is_new, failed) = (args.values[2] == Value::TRUE, args.values[3] == Value::TRUE);
    run::stopped_waiting(&event_loop, &future, is_new && failed);
    if failed {
        return Ok(Ref::NONE);
    }
    run::result_of(vm, &future)
}

/// `_nothing_left(event_loop)`: reports a deadlock.
fn nothing_left(vm: &mut Vm, args: Args) -> Outcome {
    idle::nothing_left(vm, &args.values[0].to_ref())?;
    Ok(Ref::NONE)
}
