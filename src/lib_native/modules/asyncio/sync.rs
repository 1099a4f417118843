//! Events, locks and semaphores: the native classes under those of `asyncio.locks`.
//!
//! The order is CPython's to the pass: a lock that is released reads as unlocked while whoever comes next has not run, but
//! newcomers queue behind it; a semaphore's unit is taken for the waiter at release.

use super::waiters::{self, Advance, Waiters};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::future::{Wait, WaitFor, WaitState};
use crate::object::opaque::OpaqueData;
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::stacks::Place;

natives! {
    EVENT;
    "__new__", new_event, 1, MANY, keywords;
    "is_set", is_set, 1, 1;
    "set", set, 1, 1;
    "clear", clear, 1, 1;
    "wait", wait, 1, 1;
    "_waiting", waiting, 1, 1;
}

natives! {
    LOCK;
    "__new__", new_lock, 1, MANY, keywords;
    "locked", locked, 1, 1;
    "acquire", acquire, 1, 1;
    "release", release, 1, 1;
    "__aenter__", enter, 1, 1;
    "__aexit__", exit, 4, 4;
    "_waiting", waiting, 1, 1;
}

natives! {
    SEMAPHORE;
    "__new__", new_semaphore, 1, MANY, keywords;
    "__init__", init_semaphore, 1, MANY, keywords;
    "locked", semaphore_locked, 1, 1;
    "acquire", semaphore_acquire, 1, 1;
    "release", semaphore_release, 1, 1;
    "__aenter__", semaphore_enter, 1, 1;
    "__aexit__", semaphore_exit, 4, 4;
    "_waiting", waiting, 1, 1;
}

natives! {
    SEMAPHORE_GETTERS;
    "_value", value, 1, 2;
}

/// The data of an event, lock or semaphore.
pub(super) struct Primitive {
    waiters: Waiters,
    /// Of an event: 1 if it is set. Of a lock: 0 if it is taken. Of a semaphore: its units.
    value: i64,
    /// The loop in which somebody first waited, or None.
    event_loop: Ref,
    /// Of a lock that is taken: by which task, and where.
    holder: Option<(u32, Option<Place>)>,
}

impl Primitive {
    pub(super) fn new(value: i64) -> Primitive {
        Primitive { waiters: Waiters::default(), value, event_loop: Ref::NONE, holder: None }
    }
}

impl OpaqueData for Primitive {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        self.waiters.visit(visit);
        visit(*self.event_loop);
    }

    fn clear(&mut self) {
        self.waiters.clear();
        drop(self.event_loop.take());
    }
}

/// The primitive behind `self`.
macro_rules! this {
    ($vm:expr, $args:expr) => {
        match $args.values[0].opaque::<Primitive>() {
            Some(primitive) => primitive,
            None => return Err($vm.type_error("an event, lock or semaphore is needed")),
        }
    };
}

/// The line of those who wait for an event, lock or semaphore.
#[allow(clippy::mut_from_ref)]
pub(super) fn waiters(source: &Value) -> Option<&mut Waiters> {
    source.opaque::<Primitive>().map(|p| &mut p.waiters)
}

/// An event that is internal to another primitive.
pub(super) fn plain_event(vm: &mut Vm, is_set: bool) -> Ref {
    let class = vm.types.object;
    Ref::opaque(class, Primitive::new(i64::from(is_set)))
}

fn make(vm: &mut Vm, args: Args, value: i64) -> Outcome {
    let Some(class) = args.values[0].as_type() else { return Err(vm.type_error("a type is needed")) };
    let base = vm.builtin_base(class);
    let object = Ref::opaque(base, Primitive::new(value));
    Ok(vm.as_subclass(class, object))
}

fn new_event(vm: &mut Vm, args: Args) -> Outcome {
    make(vm, args, 0)
}

fn new_lock(vm: &mut Vm, args: Args) -> Outcome {
    make(vm, args, 1)
}

fn new_semaphore(vm: &mut Vm, args: Args) -> Outcome {
    make(vm, args, 1)
}

fn init_semaphore(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<1> =
        Parameters { function: "Semaphore", names: ["value"], required: 0, positional: 1 };
    let [value] = PARAMETERS.bind(vm, args, 1)?;
    let value = value.map_or(Ok(1), |v| vm.index(v))?;
    if value < 0 {
        return Err(vm.value_error("Semaphore initial value must be >= 0"));
    }
    this!(vm, args).value = value;
    Ok(Ref::NONE)
}

fn waiting(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this!(vm, args).waiters.len() as i64))
}

fn value(vm: &mut Vm, args: Args) -> Outcome {
    if let Some(value) = args.values.get(1) {
        this!(vm, args).value = vm.index(*value)?;
    }
    Ok(Ref::int(this!(vm, args).value))
}

fn new_wait(args: Args, what: WaitFor, quiet: bool) -> Outcome {
    let wait = Wait::alloc(what, args.values[0].to_ref(), Ref::NONE);
    if let Some(object) = wait.get_mut::<Wait>() {
        object.quiet = quiet;
    }
    Ok(wait)
}

/// What is awaited at the end of `async with`: nothing.
fn nothing() -> Ref {
    Wait::alloc(WaitFor::Nothing, Ref::NONE, Ref::NONE)
}

// Events

fn is_set(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args).value != 0))
}

fn set(vm: &mut Vm, args: Args) -> Outcome {
    set_event(vm, args.values[0])?;
    Ok(Ref::NONE)
}

/// Sets an event: all who wait are woken, in order.
pub(super) fn set_event(vm: &mut Vm, event: Value) -> Outcome<()> {
    let Some(primitive) = event.opaque::<Primitive>() else { return Ok(()) };
    if primitive.value != 0 {
        return Ok(());
    }
    primitive.value = 1;
    // They leave the line in their own steps: a list of them would only take memory.
    for at in 0..primitive.waiters.len() {
        if let Some(waiter) = primitive.waiters.parked_at(at) {
            waiters::grant(vm, waiter)?;
        }
    }
    Ok(())
}

/// Clears an event.
pub(super) fn clear_event(event: Value) {
    if let Some(primitive) = event.opaque::<Primitive>() {
        primitive.value = 0;
    }
}

fn clear(vm: &mut Vm, args: Args) -> Outcome {
    this!(vm, args).value = 0;
    Ok(Ref::NONE)
}

fn wait(_: &mut Vm, args: Args) -> Outcome {
    new_wait(args, WaitFor::Event, false)
}

// Locks

fn locked(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args).value == 0))
}

fn acquire(_: &mut Vm, args: Args) -> Outcome {
    new_wait(args, WaitFor::Lock, false)
}

fn enter(_: &mut Vm, args: Args) -> Outcome {
    new_wait(args, WaitFor::Lock, true)
}

fn release(vm: &mut Vm, args: Args) -> Outcome {
    let lock = this!(vm, args);
    if lock.value != 0 {
        return Err(vm.runtime_error("Lock is not acquired."));
    }
    lock.value = 1;
    lock.holder = None;
    wake_first(vm, args.values[0])?;
    Ok(Ref::NONE)
}

fn exit(vm: &mut Vm, args: Args) -> Outcome {
    release(vm, args)?;
    Ok(nothing())
}

fn wake_first(vm: &mut Vm, lock: Value) -> Outcome<()> {
    match lock.opaque::<Primitive>().and_then(|p| p.waiters.first()) {
        Some(first) => waiters::grant(vm, first),
        None => Ok(()),
    }
}

// Semaphores

fn is_exhausted(semaphore: &Primitive) -> bool {
    semaphore.value == 0 || !semaphore.waiters.all_cancelled()
}

fn semaphore_locked(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(is_exhausted(this!(vm, args))))
}

fn semaphore_acquire(_: &mut Vm, args: Args) -> Outcome {
    new_wait(args, WaitFor::Semaphore, false)
}

fn semaphore_enter(_: &mut Vm, args: Args) -> Outcome {
    new_wait(args, WaitFor::Semaphore, true)
}

fn semaphore_release(vm: &mut Vm, args: Args) -> Outcome {
    this!(vm, args).value += 1;
    hand_out(vm, args.values[0])?;
    Ok(Ref::NONE)
}

/// `release` may be a subclass's.
fn semaphore_exit(vm: &mut Vm, args: Args) -> Outcome {
    let name = vm.atom("release");
    let method = vm.get_attr(args.values[0], name)?;
    vm.call_values(*method, &[])?;
    Ok(nothing())
}

/// Gives units to those who wait, while there are any.
fn hand_out(vm: &mut Vm, semaphore: Value) -> Outcome<()> {
    while let Some(primitive) = semaphore.opaque::<Primitive>()
        && primitive.value > 0
        && let Some(next) = primitive.waiters.first_parked()
    {
        primitive.value -= 1;
        waiters::grant(vm, next)?;
    }
    Ok(())
}

/// The next thing that a wait for a primitive does.
pub(super) fn advance(vm: &mut Vm, value: Value, thrown: Option<Ref>) -> Outcome<Advance> {
    let Some(wait) = value.get::<Wait>() else { return Ok(Advance::Park) };
    let (what, state, source) = (wait.what, wait.state, wait.source.clone());
    if state != WaitState::Fresh {
        let removed = waiters(&source).and_then(|w| w.remove(value));
        drop(removed);
    }
    if let Some(exc) = thrown {
        return abandon(vm, what, state, *source, exc);
    }
    let Some(primitive) = source.opaque::<Primitive>() else { return Ok(Advance::Park) };
    let granted = state == WaitState::Granted;
    let free = match what {
        WaitFor::Event => primitive.value != 0,
        WaitFor::Lock => primitive.value != 0 && primitive.waiters.all_cancelled(),
        _ => !is_exhausted(primitive),
    };
    if !granted && !free {
        bind_loop(vm, *source)?;
        return Ok(Advance::Park);
    }
    match what {
        WaitFor::Lock => {
            primitive.value = 0;
            primitive.holder = Some((vm.sched.current_serial(), vm.current_place()));
        }
        WaitFor::Semaphore if granted => hand_out(vm, *source)?,
        WaitFor::Semaphore => primitive.value -= 1,
        _ => {}
    }
    Ok(Advance::Return(Ref::bool(true)))
}

/// Who waited gives up.
fn abandon(vm: &mut Vm, what: WaitFor, state: WaitState, source: Value, exc: Ref) -> Outcome<Advance> {
    if vm.is_cancellation(*exc)
        && let Some(primitive) = source.opaque::<Primitive>()
    {
        match what {
            WaitFor::Lock if primitive.value != 0 => wake_first(vm, source)?,
            WaitFor::Semaphore => {
                if state == WaitState::Granted {
                    // It had its unit already.
                    primitive.value += 1;
                }
                hand_out(vm, source)?;
            }
            _ => {}
        }
    }
    Err(vm.raise_value(exc))
}

/// A primitive belongs to the loop in which somebody first had to wait for it.
fn bind_loop(vm: &mut Vm, source: Value) -> Outcome<()> {
    let running = super::running_loop(vm)?;
    let Some(primitive) = source.opaque::<Primitive>() else { return Ok(()) };
    if primitive.event_loop.is_none() {
        primitive.event_loop = running;
        return Ok(());
    }
    if *primitive.event_loop != *running {
        let shown = vm.repr(source)?;
        let shown = shown.as_str().unwrap_or("").to_owned();
        return Err(vm.runtime_error(format!("{shown} is bound to a different event loop")));
    }
    Ok(())
}

/// Makes the native classes.
pub(super) fn types(vm: &mut Vm) -> [crate::object::types::TypeRef; 3] {
    let event = vm.define_type("_asyncio.Event", &[], Kind::Opaque, EVENT);
    let lock = vm.define_type("_asyncio.Lock", &[], Kind::Opaque, LOCK);
    let semaphore = vm.define_type("_asyncio.Semaphore", &[], Kind::Opaque, SEMAPHORE);
    vm.add_getters(semaphore, SEMAPHORE_GETTERS);
    [event, lock, semaphore]
}

/// Who took a lock (a task's number; 0 is code outside any), and where.
pub(super) fn holder(source: &Value) -> Option<(u32, Option<Place>)> {
    source.opaque::<Primitive>()?.holder
}
