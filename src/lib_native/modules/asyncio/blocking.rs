//! Code that held up a running loop while others were ready: a call that blocked, or a long computation. Who was held up is
//! found out here; `vm/blocking.rs` words the report.

use super::{data, idle, jobs};
use crate::event_loop::clock::Nanos;
use crate::object::function::Machine;
use crate::object::future::Task;
use crate::vm::Vm;

/// Reports the code that runs, if it is due. `blocked`: for how long a call blocked; None: it computes.
pub(super) fn report(machine: &mut Machine, blocked: Option<Nanos>) {
    let vm = Vm::of(machine);
    let Some(slow) = vm.sched.slow else { return };
    let held = blocked.unwrap_or(slow);
    if held < slow {
        return;
    }
    let now = vm.sched.clock.now();
    let in_job = vm.sched.running.is_none();
    let event_loop = if in_job { jobs::loop_of_running(vm) } else { vm.sched.running.clone() };
    let others = data(&event_loop).map_or(0, |d| d.waiting_at(now));
    if others == 0 {
        return;
    }
    let who = match vm.sched.task.get::<Task>() {
        Some(task) => idle::label(task),
        None if in_job => "a job, called by a native function that cannot be suspended,".to_owned(),
        None => "a callback".to_owned(),
    };
    vm.warn_blocked(&who, others, held, blocked.is_some());
}
