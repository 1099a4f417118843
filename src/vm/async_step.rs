//! Steps of async generators driven by hand: `send`, `throw` and `close` of what `asend`, `athrow`, `aclose` and `__anext__`
//! give. (Awaited by a coroutine, a step is driven within the chain: see `resume`.)

use super::Vm;
use super::resume::{Mode, Resumed};
use crate::object::call::{Args, Outcome, Signal};
use crate::object::coroutine::{AsyncStep, Coro, StepMode, StepState, frame_flag};
use crate::object::{Ref, Value};

pub(super) fn next(vm: &mut Vm, args: Args) -> Outcome {
    drive(vm, args.values[0], Mode::Send, Ref::NONE)
}

pub(super) fn send(vm: &mut Vm, args: Args) -> Outcome {
    drive(vm, args.values[0], Mode::Send, args.values[1].to_ref())
}

pub(super) fn throw(vm: &mut Vm, args: Args) -> Outcome {
    let exc = vm.exception_to_throw(&args.values[1..])?;
    drive(vm, args.values[0], Mode::Throw, exc)
}

/// Throws GeneratorExit into the step; its end by that, or by the end of the generator, is no error.
pub(super) fn close(vm: &mut Vm, args: Args) -> Outcome {
    if args.values[0].get::<AsyncStep>().is_none_or(|s| s.state == StepState::Closed) {
        return Ok(Ref::NONE);
    }
    let exc = vm.generator_exit();
    match drive(vm, args.values[0], Mode::Throw, exc) {
        Ok(_) => Err(vm.runtime_error("coroutine ignored GeneratorExit")),
        Err(signal) => {
            let exc = &vm.types.exc;
            let ends = [exc.stop_iteration, exc.stop_async_iteration, exc.generator_exit];
            if !ends.into_iter().any(|class| vm.raised_is(class)) {
                return Err(signal);
            }
            drop(vm.take_raised());
            Ok(Ref::NONE)
        }
    }
}

/// How messages name the step.
fn name_of(mode: StepMode) -> &'static str {
    match mode {
        StepMode::Send => "anext",
        StepMode::Throw => "athrow",
        StepMode::Close => "aclose",
    }
}

/// One step by hand: the async generator becomes the head of a chain.
fn drive(vm: &mut Vm, value: Value, mode: Mode, sent: Ref) -> Outcome {
    let Some(step) = value.get_mut::<AsyncStep>() else { return Ok(Ref::NONE) };
    let generator = step.generator.clone();
    let Some(coro) = Coro::from_value(&generator) else { return Ok(Ref::NONE) };
    if step.state == StepState::Closed {
        return Err(reused(vm, step.mode));
    }
    let first = step.state == StepState::Init;
    if step.mode != StepMode::Send && coro.has(frame_flag::DONE) {
        step.state = StepState::Closed;
        return Err(vm.stop_iteration(Ref::NONE));
    }
    if first && coro.has(frame_flag::RUNNING | frame_flag::DELEGATE | frame_flag::AG_RUNNING) {
        step.state = StepState::Closed;
        return Err(vm.runtime_error(format!("{}(): asynchronous generator is already running", name_of(step.mode))));
    }
    if first && step.mode != StepMode::Send && mode == Mode::Send {
        if coro.has(frame_flag::AG_CLOSED) {
            step.state = StepState::Closed;
            let class = vm.types.exc.stop_async_iteration;
            return Err(vm.raise_bare(class));
        }
        if !sent.is_none() {
            return Err(vm.runtime_error("can't send non-None value to a just-started coroutine"));
        }
    }
    step.state = StepState::Iterating;
    let (mode, sent) = first_action(vm, step, first, mode, sent);
    set_flags(*generator, step.mode == StepMode::Close && first, true);
    let outcome = vm.resume_native(*generator, mode, sent);
    finish(vm, value, *generator, outcome)
}

/// What the step's first `send` does; later ones pass on what they got.
fn first_action(vm: &mut Vm, step: &AsyncStep, first: bool, mode: Mode, sent: Ref) -> (Mode, Ref) {
    if !first || mode != Mode::Send {
        return (mode, sent);
    }
    match step.mode {
        StepMode::Send if sent.is_none() => (Mode::Send, step.value.clone()),
        StepMode::Send => (Mode::Send, sent),
        StepMode::Throw => (Mode::Throw, step.value.clone()),
        StepMode::Close => (Mode::Throw, vm.generator_exit()),
    }
}

fn set_flags(generator: Value, closed: bool, running: bool) {
    let frame = Coro::frame_of(generator);
    // Safety: the frame of a live coroutine object.
    unsafe {
        if closed {
            (*frame).flags |= frame_flag::AG_CLOSED;
        }
        if running {
            (*frame).flags |= frame_flag::AG_RUNNING;
        } else {
            (*frame).flags &= !frame_flag::AG_RUNNING;
        }
    }
}

#[cold]
fn reused(vm: &mut Vm, mode: StepMode) -> Signal {
    vm.runtime_error(match mode {
        StepMode::Send => "cannot reuse already awaited __anext__()/asend()",
        _ => "cannot reuse already awaited aclose()/athrow()",
    })
}

/// What the resume gave, as the step's `send` gives it.
fn finish(vm: &mut Vm, value: Value, generator: Value, outcome: Outcome<(Resumed, Ref)>) -> Outcome {
    if let Ok((Resumed::Yielded, item)) = outcome {
        // Something awaited within the generator.
        return Ok(item);
    }
    set_flags(generator, false, false);
    let Some(step) = value.get_mut::<AsyncStep>() else { return Ok(Ref::NONE) };
    step.state = StepState::Closed;
    let closing = step.mode == StepMode::Close;
    match outcome {
        Ok((Resumed::AsyncYielded, _)) if closing => Err(vm.runtime_error("async generator ignored GeneratorExit")),
        Ok((Resumed::AsyncYielded, item)) => Err(vm.stop_iteration(item)),
        Ok(_) if closing => Err(vm.stop_iteration(Ref::NONE)),
        Ok(_) => {
            set_flags(generator, true, false);
            let class = vm.types.exc.stop_async_iteration;
            Err(vm.raise_bare(class))
        }
        Err(signal) => {
            let exc = &vm.types.exc;
            let (stop, exit) = (exc.stop_async_iteration, exc.generator_exit);
            if vm.raised_is(stop) || vm.raised_is(exit) {
                set_flags(generator, true, false);
                if closing {
                    drop(vm.take_raised());
                    return Err(vm.stop_iteration(Ref::NONE));
                }
            }
            Err(signal)
        }
    }
}
