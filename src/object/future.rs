//! What the event loop's clients wait for: futures, tasks, native waits (a sleep, a turn at a lock), handles of callbacks.

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
    /// Of a task: its first step runs within its creation.
    pub const EAGER: u16 = 1024;
}

/// A callback of a future beyond a sole waiter.
pub struct Callback {
    /// A task that waits, a native target (a `gather`, the loop to stop), or a callable.
    pub target: Ref,
    /// The context to call it in; None is an empty one.
    pub context: Ref,
}

/// The callbacks of a future in one word: none, a sole waiter that needs no context, or a list.
///
/// The word is `Value::UNBOUND`, the word of an owned value (never ending in `11`), or the address of a boxed list plus 3.
struct Callbacks(u64);

const LIST_TAG: u64 = 3;

impl Callbacks {
    const NONE: Callbacks = Callbacks(Value::UNBOUND.0);

    fn is_empty(&self) -> bool {
        self.0 == Value::UNBOUND.0
    }

    fn list(&self) -> Option<*mut Vec<Callback>> {
        (self.0 & 3 == LIST_TAG).then(|| (self.0 - LIST_TAG) as *mut Vec<Callback>)
    }

    fn push(&mut self, callback: Callback) {
        if let Some(list) = self.list() {
            // Safety: the word owns the boxed list.
            unsafe { (*list).push(callback) };
            return;
        }
        if self.is_empty() && callback.context.is_none() {
            self.0 = callback.target.into_owned().0;
            return;
        }
        let mut list = Box::new(Vec::with_capacity(2));
        list.extend(std::mem::replace(self, Callbacks::NONE).into_list());
        list.push(callback);
        self.0 = Box::into_raw(list) as u64 + LIST_TAG;
    }

    fn into_list(self) -> Vec<Callback> {
        let word = std::mem::ManuallyDrop::new(self);
        match word.list() {
            // Safety: the word owned the boxed list, and is forgotten.
            Some(list) => unsafe { *Box::from_raw(list) },
            None if word.is_empty() => Vec::new(),
            None => vec![Callback { target: Ref::from_owned(Value(word.0)), context: Ref::NONE }],
        }
    }

    /// The sole waiter, if there is just one and it needs no context; else the list.
    fn parts(&self) -> (Option<Value>, &[Callback]) {
        match self.list() {
            // Safety: the word owns the boxed list.
            Some(list) => (None, unsafe { &*list }),
            None if self.is_empty() => (None, &[]),
            None => (Some(Value(self.0)), &[]),
        }
    }
}

impl Drop for Callbacks {
    fn drop(&mut self) {
        drop(std::mem::replace(self, Callbacks::NONE).into_list());
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
        self.callbacks.is_empty()
    }

    /// Takes the sole waiter, if there is just one and it needs no context.
    pub fn take_sole_waiter(&mut self) -> Option<Ref> {
        let (Some(sole), _) = self.callbacks.parts() else { return None };
        std::mem::forget(std::mem::replace(&mut self.callbacks, Callbacks::NONE));
        Some(Ref::from_owned(sole))
    }

    /// Takes all waiters, in order.
    pub fn take_callbacks(&mut self) -> impl Iterator<Item = Callback> + use<> {
        std::mem::replace(&mut self.callbacks, Callbacks::NONE).into_list().into_iter()
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
        self.callbacks().for_each(|(target, context)| {
            v(target);
            v(context);
        });
    }

    pub(super) fn clear(&mut self) {
        drop(self.result.take());
        self.take_callbacks().for_each(drop);
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
