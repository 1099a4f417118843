//! The three faces of the coroutine engine: methods and attributes of generators, coroutines and async generators, what
//! `await`, `async for` and `yield from` accept, and what happens when a suspended one dies.

use super::Vm;
use super::async_step;
use super::native::MANY;
use super::resume::Mode;
use super::thrown;
use crate::code::{CodeKind, Op};
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::coroutine::{AsyncStep, Coro, CoroutineWrapper, Frame, StepMode, StepState, frame_flag};
use crate::object::exception::Exception;
use crate::object::heap::{self, Header, Kind};
use crate::object::reflect::FrameObj;
use crate::object::{Ref, Value, atom};

natives! {
    /// Methods of generators.
    GENERATOR;
    "__iter__", this, 1, 1;
    "__next__", next, 1, 1;
    "send", send, 2, 2;
    "throw", throw, 2, 4;
    "close", close, 1, 1;
}

natives! {
    /// Methods of coroutines.
    COROUTINE;
    "__await__", coroutine_await, 1, 1;
    "send", send, 2, 2;
    "throw", throw, 2, 4;
    "close", close, 1, 1;
}

natives! {
    /// Methods of what a coroutine's `__await__()` gives.
    COROUTINE_WRAPPER;
    "__iter__", this, 1, 1;
    "__next__", wrapper_next, 1, 1;
    "send", wrapper_send, 2, 2;
    "throw", wrapper_throw, 2, 4;
    "close", wrapper_close, 1, 1;
}

natives! {
    /// Methods of async generators.
    ASYNC_GENERATOR;
    "__aiter__", this, 1, 1;
    "__anext__", anext, 1, 1;
    "asend", asend, 2, 2;
    "athrow", athrow, 2, 4;
    "aclose", aclose, 1, 1;
}

natives! {
    /// Methods of the steps of async generators.
    ASYNC_STEP;
    "__await__", this, 1, 1;
    "__iter__", this, 1, 1;
    "__next__", async_step::next, 1, 1;
    "send", async_step::send, 2, 2;
    "throw", async_step::throw, 2, MANY;
    "close", async_step::close, 1, 1;
}

/// Attributes by number, for [`attr`].
const ATTRS: [&str; 17] = [
    "__name__",
    "__qualname__",
    "gi_running",
    "gi_suspended",
    "gi_code",
    "gi_frame",
    "gi_yieldfrom",
    "cr_running",
    "cr_suspended",
    "cr_code",
    "cr_frame",
    "cr_await",
    "cr_origin",
    "ag_running",
    "ag_suspended",
    "ag_code",
    "ag_frame",
];

/// `__name__` (0) or `__qualname__` (1), read or set.
fn name<const N: usize>(vm: &mut Vm, args: Args) -> Outcome {
    let Some(&new) = args.values.get(1) else { return attr::<N>(vm, args) };
    if !new.is_kind(Kind::Str) {
        return Err(vm.type_error(format!("{} must be set to a string object", ATTRS[N])));
    }
    // Safety: methods of the coroutine types are called with coroutine objects.
    let coro = unsafe { &mut *Coro::of_frame(Coro::frame_of(args.values[0])) };
    let mut names = coro.names();
    *(if N == 0 { &mut names.name } else { &mut names.qualname }) = new.to_ref();
    coro.rename(names);
    Ok(Ref::NONE)
}

fn attr<const N: usize>(vm: &mut Vm, args: Args) -> Outcome {
    let name = ATTRS.get(N).copied().unwrap_or("ag_await");
    Ok(vm.coroutine_attr(args.values[0], name).unwrap_or(Ref::NONE))
}

natives! {
    /// Attributes of generators.
    GENERATOR_ATTRS;
    "__name__", name::<0>, 1, 2;
    "__qualname__", name::<1>, 1, 2;
    "gi_running", attr::<2>, 1, 1;
    "gi_suspended", attr::<3>, 1, 1;
    "gi_code", attr::<4>, 1, 1;
    "gi_frame", attr::<5>, 1, 1;
    "gi_yieldfrom", attr::<6>, 1, 1;
}

natives! {
    /// Attributes of coroutines.
    COROUTINE_ATTRS;
    "__name__", name::<0>, 1, 2;
    "__qualname__", name::<1>, 1, 2;
    "cr_running", attr::<7>, 1, 1;
    "cr_suspended", attr::<8>, 1, 1;
    "cr_code", attr::<9>, 1, 1;
    "cr_frame", attr::<10>, 1, 1;
    "cr_await", attr::<11>, 1, 1;
    "cr_origin", attr::<12>, 1, 1;
}

natives! {
    /// Attributes of async generators.
    ASYNC_GENERATOR_ATTRS;
    "__name__", name::<0>, 1, 2;
    "__qualname__", name::<1>, 1, 2;
    "ag_running", attr::<13>, 1, 1;
    "ag_suspended", attr::<14>, 1, 1;
    "ag_code", attr::<15>, 1, 1;
    "ag_frame", attr::<16>, 1, 1;
    "ag_await", attr::<17>, 1, 1;
}

fn this(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].to_ref())
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    Err(vm.tail_resume(args.values[0], Mode::Send, Ref::NONE))
}

fn send(vm: &mut Vm, args: Args) -> Outcome {
    Err(vm.tail_resume(args.values[0], Mode::Send, args.values[1].to_ref()))
}

fn throw(vm: &mut Vm, args: Args) -> Outcome {
    let thrown = thrown::pack(&args.values[1..]);
    Err(vm.tail_resume(args.values[0], Mode::Throw, thrown))
}

fn close(vm: &mut Vm, args: Args) -> Outcome {
    let generator = args.values[0];
    if let Some(coro) = Coro::from_value(&generator)
        && coro.has(frame_flag::START)
    {
        vm.mark_closed(generator);
        return Ok(Ref::NONE);
    }
    Err(vm.tail_resume(generator, Mode::Close, Ref::NONE))
}

fn coroutine_await(_: &mut Vm, args: Args) -> Outcome {
    let header = heap::blank(Kind::CoroutineWrapper);
    Ok(heap::new(CoroutineWrapper { header, coroutine: args.values[0].to_ref() }))
}

fn wrapped(value: Value) -> Value {
    value.get::<CoroutineWrapper>().map_or(Value::NONE, |w| *w.coroutine)
}

fn wrapper_next(vm: &mut Vm, args: Args) -> Outcome {
    Err(vm.tail_resume(wrapped(args.values[0]), Mode::Send, Ref::NONE))
}

fn wrapper_send(vm: &mut Vm, args: Args) -> Outcome {
    Err(vm.tail_resume(wrapped(args.values[0]), Mode::Send, args.values[1].to_ref()))
}

fn wrapper_throw(vm: &mut Vm, args: Args) -> Outcome {
    let thrown = thrown::pack(&args.values[1..]);
    Err(vm.tail_resume(wrapped(args.values[0]), Mode::Throw, thrown))
}

fn wrapper_close(vm: &mut Vm, args: Args) -> Outcome {
    Err(vm.tail_resume(wrapped(args.values[0]), Mode::Close, Ref::NONE))
}

fn step(generator: Value, value: Ref, mode: StepMode) -> Ref {
    let header = heap::blank(Kind::AsyncStep);
    heap::new(AsyncStep { header, generator: generator.to_ref(), value, mode, state: StepState::Init })
}

fn anext(_: &mut Vm, args: Args) -> Outcome {
    Ok(step(args.values[0], Ref::NONE, StepMode::Send))
}

fn asend(_: &mut Vm, args: Args) -> Outcome {
    Ok(step(args.values[0], args.values[1].to_ref(), StepMode::Send))
}

fn athrow(vm: &mut Vm, args: Args) -> Outcome {
    let exc = vm.exception_to_throw(&args.values[1..])?;
    Ok(step(args.values[0], exc, StepMode::Throw))
}

fn aclose(_: &mut Vm, args: Args) -> Outcome {
    Ok(step(args.values[0], Ref::NONE, StepMode::Close))
}

impl Vm {
    /// Closes a coroutine that has not begun.
    pub(super) fn mark_closed(&mut self, value: Value) {
        let frame = Coro::frame_of(value);
        // Safety: a coroutine object that is not running.
        unsafe {
            self.drop_locals(frame);
            (*frame).flags = ((*frame).flags | frame_flag::DONE | frame_flag::AWAITED) & !frame_flag::START;
        }
    }

    /// What awaiting an object drives.
    pub(super) fn get_awaitable(&mut self, object: Ref, context: usize) -> Outcome {
        match object.kind() {
            Some(Kind::Coroutine) => {
                if Coro::from_value(&object).is_some_and(|c| self.is_suspended(c)) {
                    return Err(self.runtime_error("coroutine is being awaited already"));
                }
                return Ok(object);
            }
            Some(Kind::Generator)
                if Coro::from_value(&object).is_some_and(|c| c.has(frame_flag::ITERABLE_COROUTINE)) =>
            {
                return Ok(object);
            }
            Some(Kind::Future | Kind::Task | Kind::Wait | Kind::AsyncStep) => return Ok(object),
            _ => {}
        }
        let name = self.names.await_;
        let Some(method) = self.special(*object, name) else {
            return Err(self.not_awaitable(*object, context));
        };
        let bound = self.bind_special(*object, method, name)?;
        let iterator = self.call_values(*bound, &[])?;
        match iterator.kind() {
            Some(Kind::Coroutine) => Err(self.type_error("__await__() returned a coroutine")),
            Some(Kind::Generator)
                if Coro::from_value(&iterator).is_some_and(|c| c.has(frame_flag::ITERABLE_COROUTINE)) =>
            {
                Err(self.type_error("__await__() returned a coroutine"))
            }
            _ if self.is_iterator(*iterator) => Ok(iterator),
            _ => {
                let name = self.type_name(*iterator);
                Err(self.type_error(format!("__await__() returned non-iterator of type '{name}'")))
            }
        }
    }

    #[cold]
    fn not_awaitable(&mut self, object: Value, context: usize) -> Signal {
        let name = self.type_name(object);
        let message = match context {
            1 => format!("'async with' received an object from __aenter__ that does not implement __await__: {name}"),
            2 => format!("'async with' received an object from __aexit__ that does not implement __await__: {name}"),
            3 => format!("'async for' received an invalid object from __anext__: {name}"),
            _ => format!("object {name} can't be used in 'await' expression"),
        };
        self.type_error(message)
    }

    /// `aiter.__anext__()`, made awaitable.
    pub(super) fn get_anext(&mut self, object: Ref) -> Outcome {
        if object.is_kind(Kind::AsyncGenerator) {
            return Ok(object);
        }
        let name = self.names.anext;
        let Some(method) = self.special(*object, name) else {
            let name = self.type_name(*object);
            return Err(self.type_error(format!("'async for' requires an iterator with __anext__ method, got {name}")));
        };
        let bound = self.bind_special(*object, method, name)?;
        let step = self.call_values(*bound, &[])?;
        let shown = step.clone();
        match self.get_awaitable(step, 3) {
            Err(Signal::Raised) if self.raised_is(self.types.exc.type_error) => {
                let cause = self.take_raised();
                let signal = self.not_awaitable(*shown, 3);
                if let Some(exc) = self.raised.get::<Exception>() {
                    exc.cause.replace(cause.clone());
                    exc.context.replace(cause);
                    exc.suppress_context.set(true);
                }
                Err(signal)
            }
            other => other,
        }
    }

    /// `aiter(x)` for `async for`.
    pub fn get_aiter(&mut self, object: Value) -> Outcome {
        if object.is_kind(Kind::AsyncGenerator) {
            return Ok(object.to_ref());
        }
        let type_name = self.type_name(object);
        let name = self.names.aiter;
        let Some(method) = self.special(object, name) else {
            return Err(
                self.type_error(format!("'async for' requires an object with __aiter__ method, got {type_name}"))
            );
        };
        let bound = self.bind_special(object, method, name)?;
        let iterator = self.call_values(*bound, &[])?;
        let anext = self.names.anext;
        if !iterator.is_kind(Kind::AsyncGenerator) && self.special(*iterator, anext).is_none() {
            let name = self.type_name(*iterator);
            let message =
                format!("'async for' received an object from __aiter__ that does not implement __anext__: {name}");
            return Err(self.type_error(message));
        }
        Ok(iterator)
    }

    /// What `yield from` drives.
    pub(super) fn get_yield_from(&mut self, object: Ref) -> Outcome {
        match object.kind() {
            Some(Kind::Generator) => Ok(object),
            Some(Kind::Coroutine) => {
                // Only generators marked as coroutines may delegate to one.
                // Safety: the running frame.
                let allowed = unsafe {
                    !self.frame.is_null()
                        && ((*self.frame).flags & frame_flag::ITERABLE_COROUTINE != 0
                            || (*(*self.frame).code).kind == CodeKind::Coroutine)
                };
                if allowed {
                    return Ok(object);
                }
                Err(self.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator"))
            }
            Some(Kind::Future | Kind::Task | Kind::Wait) => Ok(object),
            _ => {
                let outcome = self.iter(*object);
                let iterator = self.settle(outcome)?;
                self.check_iterator(*iterator)?;
                Ok(iterator)
            }
        }
    }

    /// Attributes of the coroutine kinds that are not methods; None if there is no such one.
    pub fn coroutine_attr(&mut self, value: Value, name: &str) -> Option<Ref> {
        let coro = Coro::from_value(&value)?;
        let code = coro.code();
        let kind = (coro.header).kind;
        let prefix = match kind {
            Kind::Coroutine => "cr_",
            Kind::AsyncGenerator => "ag_",
            _ => "gi_",
        };
        match name {
            "__name__" => return Some(coro.names().name),
            "__qualname__" => return Some(coro.names().qualname),
            _ => {}
        }
        match name.strip_prefix(prefix)? {
            // Of an async generator: a step of it has begun and not ended.
            "running" if coro.has(frame_flag::AG_RUNNING | frame_flag::DELEGATE) && kind == Kind::AsyncGenerator => {
                Some(Ref::bool(true))
            }
            "running" => Some(Ref::bool(self.is_running(coro))),
            "suspended" => Some(Ref::bool(self.is_suspended(coro))),
            "code" => Some(Value::from_header(code as *const _ as *mut Header).to_ref()),
            "frame" if coro.has(frame_flag::DONE) => Some(Ref::NONE),
            "frame" => Some(self.frame_object(value)),
            "yieldfrom" if kind == Kind::Generator => Some(self.delegate_of(coro)),
            "await" if kind != Kind::Generator => Some(self.delegate_of(coro)),
            "origin" if kind == Kind::Coroutine => Some(Ref::NONE),
            _ => None,
        }
    }

    /// The object that a suspended coroutine delegates to, or None.
    fn delegate_of(&self, coro: &Coro) -> Ref {
        if coro.has(frame_flag::DONE | frame_flag::START) || self.is_running(coro) {
            return Ref::NONE;
        }
        // Safety: a suspended frame's pc is an instruction of its code.
        unsafe {
            let instr = *coro.frame.pc;
            if instr.op() != Op::YieldFrom as u8 && instr.op() != Op::Await as u8 {
                return Ref::NONE;
            }
            let delegate = super::deliver::reg(&coro.frame as *const Frame as *mut Frame, instr.b());
            if delegate.is_unbound() { Ref::NONE } else { delegate.to_ref() }
        }
    }

    fn is_suspended(&self, coro: &Coro) -> bool {
        !coro.has(frame_flag::DONE | frame_flag::START) && !self.is_running(coro)
    }

    /// A delegate runs while the head of its chain does.
    fn is_running(&self, coro: &Coro) -> bool {
        let mut frame = &coro.frame as *const Frame;
        // Safety: delegators outlive their delegates' links.
        unsafe {
            while (*frame).flags & frame_flag::DELEGATE != 0 {
                frame = (*frame).prev;
            }
            (*frame).flags & frame_flag::RUNNING != 0
        }
    }

    /// What keeps the frame of a coroutine from being cleared: `executing` or `suspended`; None if it has ended.
    pub fn unclearable(&self, coroutine: Value) -> Option<&'static str> {
        let coro = Coro::from_value(&coroutine).filter(|coro| !coro.has(frame_flag::DONE))?;
        if self.is_running(coro) {
            return Some("executing");
        }
        self.is_suspended(coro).then_some("suspended")
    }

    /// The frame of a coroutine that has not ended, as programs see it.
    fn frame_object(&mut self, value: Value) -> Ref {
        let Some(coro) = Coro::from_value(&value) else { return Ref::NONE };
        let code = coro.code();
        FrameObj::of(value.to_ref(), code, code.pc_index(coro.frame.pc) as u32)
    }

    /// Installs methods and attributes of the coroutine kinds.
    pub fn install_coroutine_types(&mut self) {
        let t = &self.types;
        let tables = [
            (t.generator, GENERATOR),
            (t.coroutine, COROUTINE),
            (t.coroutine_wrapper, COROUTINE_WRAPPER),
            (t.async_generator, ASYNC_GENERATOR),
            (t.async_generator_asend, ASYNC_STEP),
            (t.async_generator_athrow, ASYNC_STEP),
        ];
        let getters = [
            (t.generator, GENERATOR_ATTRS),
            (t.coroutine, COROUTINE_ATTRS),
            (t.async_generator, ASYNC_GENERATOR_ATTRS),
        ];
        for (ty, table) in tables {
            self.add_methods(ty, table);
        }
        for (ty, table) in getters {
            self.add_getters(ty, table);
        }
    }

    /// The last reference to a suspended coroutine is gone: closes it as CPython's finaliser does.
    pub(super) fn finalise_coroutine(&mut self, value: Value) {
        let Some(coro) = Coro::from_value(&value) else { return };
        if coro.has(frame_flag::DONE) {
            return;
        }
        let kind = coro.header.kind;
        if coro.has(frame_flag::START) {
            if kind == Kind::Coroutine && !coro.has(frame_flag::AWAITED) {
                self.warn_never_awaited(coro);
            }
            return;
        }
        if kind == Kind::AsyncGenerator && coro.has(frame_flag::AG_HOOKS) {
            self.drop_generator(value);
            return;
        }
        if self.closing_runs_nothing(coro) {
            return;
        }
        let raised = self.take_raised();
        let pending = self.pending.take();
        let passing = self.passing;
        if self.resume_native(value, Mode::Close, Ref::NONE).is_err() {
            let exc = self.take_raised();
            self.report_unraisable(*exc, value);
        }
        self.passing = passing;
        self.pending = pending;
        self.raised = raised;
    }

    /// An async generator that was begun under a loop is left to the loop, which closes it in a task.
    fn drop_generator(&mut self, value: Value) {
        let frame = Coro::frame_of(value);
        // Safety: a suspended coroutine object.
        unsafe { (*frame).flags &= !frame_flag::AG_HOOKS };
        if let Some(hook) = self.sched.generator_dropped {
            let raised = self.take_raised();
            drop(hook(self.machine(), Args::positional(&[value])));
            self.raised = raised;
        }
    }

    /// A step that closes an async generator.
    pub fn closing_step(&self, generator: Value) -> Ref {
        step(generator, Ref::NONE, StepMode::Close)
    }

    /// The state is bare and nothing is delegated to: dropping the registers is all.
    fn closing_runs_nothing(&self, coro: &Coro) -> bool {
        let code = coro.code();
        // Safety: a suspended frame stands at its suspension.
        let state = unsafe { code.suspension(coro.frame.pc) };
        state.bare && state.delegate.is_none()
    }

    /// An exception that nobody can receive: shown on standard error, and forgotten.
    pub fn report_unraisable(&mut self, exc: Value, source: Value) {
        self.flush_output();
        let what = self.type_name(source);
        let text = super::traceback::render_uncaught(self, exc, false);
        super::output::complain(&format!("Exception ignored in: <{what}>\n{text}"));
    }

    /// Interned text, for attribute lookups by literal name.
    pub fn atom(&self, name: &str) -> Value {
        atom::intern(name)
    }
}
