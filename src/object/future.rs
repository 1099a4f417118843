//! What the event loop's clients wait for: futures, tasks, native waits (a sleep, a turn at a lock), handles of callbacks.

use super::dict::Dict;
use super::heap::{self, Header, Kind, Object};
use super::types::TypeRef;
use super::{Ref, Value};

/// Bits of `Header::aux` of futures and tasks.
pub mod fut {
    /// The state is in the lowest two bits.
    pub const STATE: u16 = 3;
    pub const PENDING: u16 = 0;
    /// Done with a result.
    pub const FINISHED: u16 = 1;
    /// Done with an exception.
    pub const FAILED: u16 = 2;
    pub const CANCELLED: u16 = 3;
    /// It was yielded by an await and not yet taken by a task (`_asyncio_future_blocking`).
    pub const BLOCKING: u16 = 4;
    /// Its exception was not looked at: to be reported when it dies.
    pub const UNSEEN: u16 = 8;
    /// Of a cancelled one: `result` is the CancelledError itself, not the message.
    pub const HAS_ERROR: u16 = 16;
    /// Of a task: a CancelledError is due at its next step; `result` is the message.
    pub const MUST_CANCEL: u16 = 32;
    /// The outer future of a `gather`: while it is pending, `result` is the gather's state.
    pub const GATHER: u16 = 64;
    /// Of a task: no report if it dies pending.
    pub const QUIET: u16 = 128;
    /// Of a `gather`'s outer future: cancelled while it was pending.
    pub const CANCEL_ASKED: u16 = 256;
    /// Of a task: it sleeps; `stamp` tells its timer from stale ones.
    pub const SLEEPING: u16 = 512;
}

/// A callback of a future beyond a sole waiter.
pub struct Callback {
    /// A task that waits, a native target (a `gather`, the loop to stop), or a callable.
    pub target: Ref,
    /// The context to call it in; None is an empty one.
    pub context: Ref,
}

/// What few futures have.
#[derive(Default)]
struct More {
    callbacks: Vec<Callback>,
    /// The dict of the attributes that the program has set on it.
    dict: Option<Ref>,
}

/// The callbacks of a future in one word: none, a sole waiter that needs no context, or what few futures have.
///
/// The word is `Value::UNBOUND`, the word of an owned value (never ending in `11`), or the address of a boxed `More` plus 3.
struct Callbacks(u64);

const MORE_TAG: u64 = 3;

impl Callbacks {
    const NONE: Callbacks = Callbacks(Value::UNBOUND.0);

    fn is_empty(&self) -> bool {
        self.0 == Value::UNBOUND.0
    }

    fn more(&self) -> Option<*mut More> {
        (self.0 & 3 == MORE_TAG).then(|| (self.0 - MORE_TAG) as *mut More)
    }

    /// Makes room for what few futures have.
    fn make_more(&mut self) -> *mut More {
        if let Some(more) = self.more() {
            return more;
        }
        let callbacks = self.take();
        let more = Box::into_raw(Box::new(More { callbacks, dict: None }));
        self.0 = more as u64 + MORE_TAG;
        more
    }

    fn push(&mut self, callback: Callback) {
        if self.more().is_none() && self.is_empty() && callback.context.is_none() {
            self.0 = callback.target.into_owned().0;
            return;
        }
        // Safety: the word owns the box.
        unsafe { (*self.make_more()).callbacks.push(callback) };
    }

    /// Takes the callbacks.
    fn take(&mut self) -> Vec<Callback> {
        if let Some(more) = self.more() {
            // Safety: the word owns the box.
            return unsafe { std::mem::take(&mut (*more).callbacks) };
        }
        let word = std::mem::replace(&mut self.0, Value::UNBOUND.0);
        if word == Value::UNBOUND.0 {
            return Vec::new();
        }
        vec![Callback { target: Ref::from_owned(Value(word)), context: Ref::NONE }]
    }

    fn dict(&self) -> Option<&Ref> {
        // Safety: the word owns the box.
        self.more().and_then(|more| unsafe { (*more).dict.as_ref() })
    }

    /// The sole waiter, if there is just one and it needs no context; else the list.
    fn parts(&self) -> (Option<Value>, &[Callback]) {
        match self.more() {
            // Safety: the word owns the box.
            Some(more) => (None, unsafe { &(*more).callbacks }),
            None if self.is_empty() => (None, &[]),
            None => (Some(Value(self.0)), &[]),
        }
    }
}

impl Drop for Callbacks {
    fn drop(&mut self) {
        drop(self.take());
        if let Some(more) = self.more() {
            // Safety: the word owned the box, and goes.
            drop(unsafe { Box::from_raw(more) });
        }
    }
}

/// `asyncio.Future`, and the beginning of a task.
#[repr(C)]
pub struct Future {
    pub header: Header,
    /// The result, exception or message of the cancellation, by state.
    pub result: Ref,
    callbacks: Callbacks,
    /// The loop it belongs to.
    pub event_loop: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for Future {
    const KIND: Kind = Kind::Future;
}

impl Future {
    fn blank(kind: Kind, event_loop: Ref) -> Future {
        Future { header: heap::blank(kind), result: Ref::NONE, callbacks: Callbacks::NONE, event_loop }
    }

    /// A pending future.
    pub fn alloc(event_loop: Ref) -> Ref {
        heap::new(Future::blank(Kind::Future, event_loop))
    }

    #[inline(always)]
    pub fn has(&self, flag: u16) -> bool {
        self.header.aux & flag != 0
    }

    #[inline(always)]
    pub fn set(&mut self, flag: u16, on: bool) {
        if on { self.header.aux |= flag } else { self.header.aux &= !flag }
    }

    #[inline(always)]
    pub fn state(&self) -> u16 {
        self.header.aux & fut::STATE
    }

    #[inline(always)]
    pub fn is_done(&self) -> bool {
        self.state() != fut::PENDING
    }

    #[inline(always)]
    pub fn is_cancelled(&self) -> bool {
        self.state() == fut::CANCELLED
    }

    /// Adds a waiter; one without a context and without anybody before it needs no memory.
    pub fn add(&mut self, target: Ref, context: Ref) {
        self.callbacks.push(Callback { target, context });
    }

    /// Whether nobody waits.
    pub fn is_alone(&self) -> bool {
        let (sole, list) = self.callbacks.parts();
        sole.is_none() && list.is_empty()
    }

    /// Takes the sole waiter, if there is just one and it needs no context.
    pub fn take_sole_waiter(&mut self) -> Option<Ref> {
        let (Some(sole), _) = self.callbacks.parts() else { return None };
        std::mem::forget(std::mem::replace(&mut self.callbacks, Callbacks::NONE));
        Some(Ref::from_owned(sole))
    }

    /// Takes all waiters, in order.
    pub fn take_callbacks(&mut self) -> impl Iterator<Item = Callback> + use<> {
        self.callbacks.take().into_iter()
    }

    /// The dict of the attributes that the program has set on it; made if `make`.
    pub fn own_dict(&mut self, make: bool) -> Option<&Ref> {
        if make {
            // Safety: the word owns the box.
            let more = unsafe { &mut *self.callbacks.make_more() };
            more.dict.get_or_insert_with(|| Dict::alloc(Dict::new()));
        }
        self.callbacks.dict()
    }

    /// The waiters with their contexts, borrowed, in order.
    pub fn callbacks(&self) -> impl Iterator<Item = (Value, Value)> {
        let (sole, list) = self.callbacks.parts();
        let sole = sole.map(|target| (target, Value::NONE));
        sole.into_iter().chain(list.iter().map(|c| (*c.target, *c.context)))
    }

    pub(super) fn visit(&self, v: &mut dyn FnMut(Value)) {
        v(*self.result);
        v(*self.event_loop);
        if let Some(dict) = self.callbacks.dict() {
            v(**dict);
        }
        self.callbacks().for_each(|(target, context)| {
            v(target);
            v(context);
        });
    }

    pub(super) fn clear(&mut self) {
        drop(self.result.take());
        self.take_callbacks().for_each(drop);
        if let Some(more) = self.callbacks.more() {
            // Safety: the word owns the box.
            drop(unsafe { (*more).dict.take() });
        }
    }
}

/// `asyncio.Task`.
#[repr(C)]
pub struct Task {
    pub future: Future,
    /// What it runs: a coroutine, a generator, a wait, or any object with `send` and `throw`.
    pub coroutine: Ref,
    /// What it waits for (a future, task or wait), or None. While a step with an exception is queued: None.
    pub waiter: Ref,
    /// Its context; None is an empty one.
    pub context: Ref,
    /// A str, or the number N of `Task-N`.
    pub name: Ref,
    /// Changes whenever a sleep ends.
    pub stamp: u32,
    /// Cancellations asked for and not withdrawn.
    pub cancels: u32,
    /// Tasks are numbered from 1 in order of creation.
    pub serial: u32,
    /// Where it was created: byte offset in the file of the creating code, for reports.
    pub created: u32,
}

// Safety: repr(C), header first.
unsafe impl Object for Task {
    const KIND: Kind = Kind::Task;
}

impl Task {
    pub fn alloc(event_loop: Ref, coroutine: Ref, context: Ref, name: Ref, serial: u32) -> Ref {
        heap::new(Task {
            future: Future::blank(Kind::Task, event_loop),
            coroutine,
            waiter: Ref::NONE,
            context,
            name,
            stamp: 0,
            cancels: 0,
            serial,
            created: 0,
        })
    }

    pub(super) fn visit(&self, v: &mut dyn FnMut(Value)) {
        self.future.visit(v);
        [&self.coroutine, &self.waiter, &self.context, &self.name].into_iter().for_each(|x| v(**x));
    }

    pub(super) fn clear(&mut self) {
        self.future.clear();
        drop(self.waiter.take());
        drop(self.coroutine.take());
        drop(self.context.take());
    }
}

impl Value {
    /// A future or a task, as a future.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub fn as_future(&self) -> Option<&mut Future> {
        match self.kind()? {
            // Safety: a task begins with a future. Single-threaded; callers keep such borrows short.
            Kind::Future | Kind::Task => Some(unsafe { &mut *(self.header() as *mut Future) }),
            _ => None,
        }
    }
}

/// What a native wait waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum WaitFor {
    /// `source` seconds to pass (0 or less: one pass of the loop); gives `value`.
    Sleep,
    /// The event `source` to be set.
    Event,
    /// A turn at the lock `source`; gives True.
    Lock,
    /// A unit of the semaphore `source`; gives True.
    Semaphore,
    /// An item of the queue `source`.
    QueueGet,
    /// Room for `value` in the queue `source`.
    QueuePut,
    /// Nothing: gives `value`.
    Nothing,
}

impl WaitFor {
    /// The coroutine function of `asyncio` that it stands for.
    pub fn function_name(self) -> &'static str {
        match self {
            WaitFor::Event => "Event.wait",
            WaitFor::Lock => "Lock.acquire",
            WaitFor::Semaphore => "Semaphore.acquire",
            WaitFor::QueueGet => "Queue.get",
            WaitFor::QueuePut => "Queue.put",
            WaitFor::Sleep | WaitFor::Nothing => "sleep",
        }
    }
}

/// How far a wait has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum WaitState {
    /// Nobody has awaited it.
    Fresh,
    /// Somebody waits.
    Parked,
    /// What it waits for is there; who waits is ready.
    Granted,
    /// Who waits was cancelled before that.
    Cancelled,
    Done,
}

/// What a native primitive gives to be awaited: it acts as a coroutine, and it is itself what a task waits for.
#[repr(C)]
pub struct Wait {
    pub header: Header,
    pub source: Ref,
    pub value: Ref,
    pub what: WaitFor,
    pub state: WaitState,
    /// Give None instead of the result (`async with`, `join`).
    pub quiet: bool,
}

// Safety: repr(C), header first.
unsafe impl Object for Wait {
    const KIND: Kind = Kind::Wait;
}

impl Wait {
    /// Somebody awaits it, or it is closed.
    pub fn begin(&mut self) {
        self.header.flags &= !heap::flag::HAS_DEL;
    }

    pub fn alloc(what: WaitFor, source: Ref, value: Ref) -> Ref {
        let (mut header, state) = (heap::blank(Kind::Wait), WaitState::Fresh);
        if what != WaitFor::Nothing {
            // Until it is awaited its death is worth a warning.
            header.flags |= heap::flag::HAS_DEL;
        }
        heap::new(Wait { header, source, value, what, state, quiet: false })
    }
}

/// Bits of `Header::aux` of a handle.
pub mod handle_flag {
    pub const CANCELLED: u16 = 1;
    /// Made by `call_later` or `call_at`.
    pub const TIMER: u16 = 2;
    /// A timer that has not run.
    pub const SCHEDULED: u16 = 4;
    /// A timer of low priority: it comes after others that are due in the same turn.
    pub const LATE: u16 = 8;
    /// A timer that does not keep its loop alive.
    pub const UNREF: u16 = 16;
}

/// `asyncio.Handle` and `asyncio.TimerHandle`: a call to be made by the loop.
#[repr(C)]
pub struct Handle {
    pub header: Header,
    /// None once cancelled.
    pub callback: Ref,
    /// A tuple, or None for none.
    pub args: Ref,
    /// None is an empty context.
    pub context: Ref,
    pub event_loop: Ref,
    /// `Handle` or `TimerHandle`.
    pub class: TypeRef,
    /// Time at which it is due, in seconds.
    pub when: f64,
}

// Safety: repr(C), header first.
unsafe impl Object for Handle {
    const KIND: Kind = Kind::Handle;
}

impl Handle {
    pub fn alloc(class: TypeRef, callback: Ref, args: Ref, context: Ref, event_loop: Ref) -> Ref {
        heap::new(Handle { header: heap::blank(Kind::Handle), callback, args, context, event_loop, class, when: 0.0 })
    }

    pub fn has(&self, flag: u16) -> bool {
        self.header.aux & flag != 0
    }

    pub(super) fn visit(&self, v: &mut dyn FnMut(Value)) {
        [&self.callback, &self.args, &self.context, &self.event_loop].into_iter().for_each(|x| v(**x));
    }

    pub(super) fn clear(&mut self) {
        drop(self.callback.take());
        drop(self.args.take());
        drop(self.context.take());
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<Future>() == 32);
    assert!(size_of::<Task>() == 80);
    assert!(size_of::<Wait>() == 32);
};
