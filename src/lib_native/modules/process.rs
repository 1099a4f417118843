//! `_process`: child processes with pipes that never block.

use super::Building;
use super::channel::{self, Channel};
use crate::event_loop::reactor::Finding;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::function::Machine;
use crate::object::future::Future;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};

natives! {
    FUNCTIONS;
    "spawn", spawn, 6, 6;
    "kill", kill, 2, 2;
}

/// `stdin=PIPE` and the like.
const PIPE: i64 = -1;
const STDOUT: i64 = -2;
const DEVNULL: i64 = -3;

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_process");
    building.functions(vm, "_process", FUNCTIONS);
    for (name, value) in [("PIPE", PIPE), ("STDOUT", STDOUT), ("DEVNULL", DEVNULL)] {
        building.set(name, Ref::int(value));
    }
    Ok(building.module)
}

fn stdio(vm: &mut Vm, value: Value) -> Outcome<Stdio> {
    Ok(match value.as_i64() {
        None if value.is_none() => Stdio::inherit(),
        Some(PIPE) => Stdio::piped(),
        Some(DEVNULL) => Stdio::null(),
        _ => return Err(vm.value_error("a stream of a child process must be None, PIPE or DEVNULL")),
    })
}

fn text(vm: &mut Vm, value: Value) -> Outcome<std::ffi::OsString> {
    use std::os::unix::ffi::OsStringExt;
    if let Some(text) = value.as_str() {
        return Ok(text.into());
    }
    match value.as_bytes() {
        Some(bytes) => Ok(std::ffi::OsString::from_vec(bytes.to_vec())),
        None => {
            let name = vm.type_name(value);
            Err(vm.type_error(format!("expected str, bytes or os.PathLike object, not {name}")))
        }
    }
}

/// `spawn(arguments, stdin, stdout, stderr, env, cwd)`: `(pid, stdin, stdout, stderr, future of the return code)`.
fn spawn(vm: &mut Vm, args: Args) -> Outcome {
    let arguments = vm.collect(args.values[0])?;
    let Some((program, rest)) = arguments.split_first() else {
        return Err(vm.value_error("no program to run"));
    };
    let name = text(vm, **program)?;
    let mut command = Command::new(&name);
    for argument in rest {
        let argument = text(vm, **argument)?;
        command.arg(argument);
    }
    command.stdin(stdio(vm, args.values[1])?);
    let merged = args.values[3].as_i64() == Some(STDOUT);
    let mut reader = None;
    if merged {
        reader = both_outputs(vm, &mut command, args.values[2])?;
    } else {
        command.stdout(stdio(vm, args.values[2])?);
        command.stderr(stdio(vm, args.values[3])?);
    }
    if let Some(env) = args.values[4].get::<Dict>() {
        command.env_clear();
        let pairs: Vec<(Ref, Ref)> = env.iter().map(|e| (e.key.clone(), e.value.clone())).collect();
        for (key, value) in pairs {
            let (key, value) = (text(vm, *key)?, text(vm, *value)?);
            command.env(key, value);
        }
    }
    if !args.values[5].is_none() {
        let directory = text(vm, args.values[5])?;
        command.current_dir(directory);
    }
    vm.flush_output();
    match command.spawn() {
        Ok(child) => started(vm, child, reader),
        Err(error) => Err(vm.os_error(&error, name.to_str())),
    }
}

/// `stderr=STDOUT`: both streams go into one pipe, or wherever standard output goes.
fn both_outputs(vm: &mut Vm, command: &mut Command, stdout: Value) -> Outcome<Option<mio::unix::pipe::Receiver>> {
    if stdout.as_i64() != Some(PIPE) {
        command.stdout(stdio(vm, stdout)?);
        command.stderr(stdio(vm, stdout)?);
        return Ok(None);
    }
    let made = std::io::pipe().and_then(|(reader, writer)| Ok((reader, writer.try_clone()?, writer)));
    match made {
        Ok((reader, one, other)) => {
            command.stdout(one);
            command.stderr(other);
            let receiver = mio::unix::pipe::Receiver::from(std::os::fd::OwnedFd::from(reader));
            receiver.set_nonblocking(true).map_err(|error| vm.os_error(&error, None))?;
            Ok(Some(receiver))
        }
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn started(vm: &mut Vm, mut child: Child, merged: Option<mio::unix::pipe::Receiver>) -> Outcome {
    let pid = child.id();
    let pipes = pipes(&mut child);
    let (stdin, stdout, stderr) = pipes.map_err(|error| vm.os_error(&error, None))?;
    let stdout = merged.or(stdout);
    let mut parts = vec![Ref::int(i64::from(pid))];
    parts.push(match stdin {
        Some(pipe) => channel::wrap(vm, Channel::Output(pipe))?,
        None => Ref::NONE,
    });
    for pipe in [stdout, stderr] {
        parts.push(match pipe {
            Some(pipe) => channel::wrap(vm, Channel::Input(pipe))?,
            None => Ref::NONE,
        });
    }
    let future = Future::alloc(vm.sched.running.clone());
    let work = move || -> Finding { Box::new(child.wait()) };
    match vm.sched.reactor() {
        Ok(reactor) => reactor.submit_alone(future.clone(), Box::new(work), ended),
        Err(error) => return Err(vm.os_error(&error, None)),
    }
    parts.push(future);
    Ok(Ref::tuple(parts))
}

type Pipes = (Option<mio::unix::pipe::Sender>, Option<mio::unix::pipe::Receiver>, Option<mio::unix::pipe::Receiver>);

/// The child's pipes, set not to block.
fn pipes(child: &mut Child) -> io::Result<Pipes> {
    let stdin = child.stdin.take().map(mio::unix::pipe::Sender::from);
    let stdout = child.stdout.take().map(mio::unix::pipe::Receiver::from);
    let stderr = child.stderr.take().map(mio::unix::pipe::Receiver::from);
    if let Some(pipe) = &stdin {
        pipe.set_nonblocking(true)?;
    }
    for pipe in stdout.iter().chain(&stderr) {
        pipe.set_nonblocking(true)?;
    }
    Ok((stdin, stdout, stderr))
}

/// The return code: negative for a signal.
fn ended(machine: &mut Machine, finding: Finding) -> Outcome {
    let vm = Vm::of(machine);
    match finding.downcast::<io::Result<ExitStatus>>().map(|status| *status) {
        Ok(Ok(status)) => {
            let code = status.code().or_else(|| status.signal().map(|s| -s)).unwrap_or(255);
            Ok(Ref::int(i64::from(code)))
        }
        Ok(Err(error)) => Err(vm.os_error(&error, None)),
        Err(_) => Err(vm.runtime_error("a helper thread gave something else")),
    }
}

/// Sends a signal: `kill(pid, signal)`.
fn kill(vm: &mut Vm, args: Args) -> Outcome {
    use rustix::process::{Pid, Signal, kill_process};
    let (pid, signal) = (vm.index(args.values[0])? as i32, vm.index(args.values[1])? as i32);
    let (Some(pid), Some(signal)) = (Pid::from_raw(pid), Signal::from_named_raw(signal)) else {
        return Err(vm.os_error(&io::Error::from_raw_os_error(libc::EINVAL), None));
    };
    kill_process(pid, signal).map(|()| Ref::NONE).map_err(|error| vm.os_error(&io::Error::from(error), None))
}
