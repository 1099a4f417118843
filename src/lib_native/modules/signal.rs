//! `_signal`: what becomes of signals. The constants and `signal` itself are in `lib_coro/modules/signal.co`.

use super::Building;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::interrupt::{self, Disposition};

natives! {
    FUNCTIONS;
    "set_handler", set_handler, 2, 2;
    "get_handler", get_handler, 1, 1;
    "raise_signal", raise_signal, 1, 1;
    "pause", pause, 0, 0;
    "strsignal", strsignal, 1, 1;
}

/// The signals that have the same meaning on every Unix system, with their numbers here.
const NAMES: &[(&str, i32)] = &[
    ("SIGHUP", libc::SIGHUP),
    ("SIGINT", libc::SIGINT),
    ("SIGQUIT", libc::SIGQUIT),
    ("SIGILL", libc::SIGILL),
    ("SIGTRAP", libc::SIGTRAP),
    ("SIGABRT", libc::SIGABRT),
    ("SIGBUS", libc::SIGBUS),
    ("SIGFPE", libc::SIGFPE),
    ("SIGKILL", libc::SIGKILL),
    ("SIGUSR1", libc::SIGUSR1),
    ("SIGSEGV", libc::SIGSEGV),
    ("SIGUSR2", libc::SIGUSR2),
    ("SIGPIPE", libc::SIGPIPE),
    ("SIGALRM", libc::SIGALRM),
    ("SIGTERM", libc::SIGTERM),
    ("SIGCHLD", libc::SIGCHLD),
    ("SIGCONT", libc::SIGCONT),
    ("SIGSTOP", libc::SIGSTOP),
    ("SIGTSTP", libc::SIGTSTP),
    ("SIGTTIN", libc::SIGTTIN),
    ("SIGTTOU", libc::SIGTTOU),
    ("SIGURG", libc::SIGURG),
    ("SIGXCPU", libc::SIGXCPU),
    ("SIGXFSZ", libc::SIGXFSZ),
    ("SIGVTALRM", libc::SIGVTALRM),
    ("SIGPROF", libc::SIGPROF),
    ("SIGWINCH", libc::SIGWINCH),
    ("SIGIO", libc::SIGIO),
    ("SIGSYS", libc::SIGSYS),
];

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_signal");
    building.functions(vm, "signal", FUNCTIONS);
    let pair = |(name, number): &(&str, i32)| Ref::tuple(vec![Ref::str(name), Ref::int(i64::from(*number))]);
    building.set("NAMES", Ref::tuple(NAMES.iter().map(pair).collect()));
    Ok(building.module)
}

/// A signal's number, if it is one.
pub fn number(vm: &mut Vm, value: Value) -> Outcome<i32> {
    match vm.index(value)? {
        signal @ 1..64 => Ok(signal as i32),
        _ => Err(vm.value_error("signal number out of range")),
    }
}

/// `set_handler(signal, handler)`: 0 is the default, 1 to ignore it, else a callable. Gives what there was.
fn set_handler(vm: &mut Vm, args: Args) -> Outcome {
    let signal = number(vm, args.values[0])?;
    let (disposition, handler) = match args.values[1].as_i64() {
        Some(0) => (Disposition::Default, None),
        Some(_) => (Disposition::Ignore, Some(args.values[1].to_ref())),
        None => (Disposition::Answer, Some(args.values[1].to_ref())),
    };
    if let Err(error) = interrupt::dispose(signal, disposition) {
        return Err(vm.os_error(&error, None));
    }
    Ok(vm.signals.set(signal, handler).unwrap_or(Ref::int(0)))
}

fn get_handler(vm: &mut Vm, args: Args) -> Outcome {
    let signal = number(vm, args.values[0])?;
    Ok(vm.signals.get(signal).unwrap_or(Ref::int(0)))
}

/// Sends a signal to the process itself; it is answered before this returns.
fn raise_signal(vm: &mut Vm, args: Args) -> Outcome {
    let signal = number(vm, args.values[0])?;
    vm.flush_output();
    if let Err(error) = interrupt::send(signal) {
        return Err(vm.os_error(&error, None));
    }
    vm.answer_signals()?;
    Ok(Ref::NONE)
}

/// Waits until a signal comes.
fn pause(vm: &mut Vm, _: Args) -> Outcome {
    vm.flush_output();
    while !interrupt::is_pending() {
        interrupt::wait(u64::MAX);
    }
    vm.answer_signals()?;
    Ok(Ref::NONE)
}

fn strsignal(vm: &mut Vm, args: Args) -> Outcome {
    let signal = number(vm, args.values[0])?;
    Ok(match signal {
        libc::SIGHUP => Ref::str("Hangup"),
        libc::SIGINT => Ref::str("Interrupt"),
        libc::SIGQUIT => Ref::str("Quit"),
        libc::SIGKILL => Ref::str("Killed"),
        libc::SIGTERM => Ref::str("Terminated"),
        libc::SIGUSR1 => Ref::str("User defined signal 1"),
        libc::SIGUSR2 => Ref::str("User defined signal 2"),
        libc::SIGPIPE => Ref::str("Broken pipe"),
        libc::SIGALRM => Ref::str("Alarm clock"),
        libc::SIGCHLD => Ref::str("Child exited"),
        _ => Ref::NONE,
    })
}
