//! Queues: the native class under those of `asyncio.queues`.
//!
//! A queue whose class does not say otherwise keeps its items here. One with its own `_init`, `_get` and `_put` (they are
//! meant to be overridden) is *hooked*: its items are wherever those put them.

use super::sync;
use super::waiters::{self, Advance, Waiters};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::future::{Wait, WaitFor, WaitState};
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::CmpOp;
use std::collections::VecDeque;

natives! {
    METHODS;
    "__new__", new, 1, MANY, keywords;
    "_begin", begin, 4, 4;
    "qsize", qsize, 1, 1;
    "empty", empty, 1, 1;
    "full", full, 1, 1;
    "put", put, 2, 2;
    "put_nowait", put_nowait, 2, 2;
    "get", get, 1, 1;
    "get_nowait", get_nowait, 1, 1;
    "task_done", task_done, 1, 1;
    "join", join, 1, 1;
    "shutdown", shutdown, 1, 2, keywords;
}

natives! {
    GETTERS;
    "maxsize", maxsize, 1, 1;
    "_maxsize", maxsize, 1, 2;
    "_queue", items, 1, 2;
    "_unfinished_tasks", unfinished, 1, 1;
    "_is_shutdown", is_shutdown, 1, 1;
    "_getters", getters, 1, 1;
    "_putters", putters, 1, 1;
}

/// Which item comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Order {
    Fifo,
    Lifo,
    /// The smallest; the items are a heap as `heapq` builds it.
    Priority,
    /// As the class's own methods say.
    Hooked,
}

/// The data of a queue.
struct Queue {
    maxsize: Ref,
    /// The bound; 0 is none.
    bound: usize,
    order: Order,
    items: VecDeque<Ref>,
    /// `_queue` of a hooked queue.
    hooked_items: Ref,
    getters: Waiters,
    putters: Waiters,
    unfinished: usize,
    /// An event: set while nothing is unfinished.
    finished: Ref,
    is_shutdown: bool,
    event_loop: Ref,
}

impl OpaqueData for Queue {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        self.items.iter().for_each(|i| visit(**i));
        self.getters.visit(visit);
        self.putters.visit(visit);
        [&self.hooked_items, &self.finished, &self.event_loop].into_iter().for_each(|v| visit(**v));
    }

    fn clear(&mut self) {
        drop(std::mem::take(&mut self.items));
        self.getters.clear();
        self.putters.clear();
        drop(self.hooked_items.take());
    }
}

/// The queue behind `self`.
macro_rules! this {
    ($vm:expr, $value:expr) => {
        match $value.opaque::<Queue>() {
            Some(queue) => queue,
            None => return Err($vm.type_error("a queue is needed")),
        }
    };
}

/// The line of those who want items, or room.
#[allow(clippy::mut_from_ref)]
pub(super) fn waiters(source: &Value, what: WaitFor) -> Option<&mut Waiters> {
    let queue = source.opaque::<Queue>()?;
    Some(if what == WaitFor::QueueGet { &mut queue.getters } else { &mut queue.putters })
}

/// Makes the native class.
pub(super) fn define(vm: &mut Vm) -> TypeRef {
    let ty = vm.define_type("_asyncio.Queue", &[], Kind::Opaque, METHODS);
    vm.add_getters(ty, GETTERS);
    ty
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(class) = args.values[0].as_type() else { return Err(vm.type_error("a type is needed")) };
    let queue = Queue {
        maxsize: Ref::int(0),
        bound: 0,
        order: Order::Fifo,
        items: VecDeque::new(),
        hooked_items: Ref::NONE,
        getters: Waiters::default(),
        putters: Waiters::default(),
        unfinished: 0,
        finished: sync::plain_event(vm, true),
        is_shutdown: false,
        event_loop: Ref::NONE,
    };
    let base = vm.builtin_base(class);
    Ok(vm.as_subclass(class, Ref::opaque(base, queue)))
}

/// `_begin(maxsize, order, hooked)`: what `__init__` says of it.
fn begin(vm: &mut Vm, args: Args) -> Outcome {
    let bound = vm.index(args.values[1])?.max(0) as usize;
    let order = match args.values[2].as_i64() {
        _ if vm.truth(args.values[3])? => Order::Hooked,
        Some(1) => Order::Lifo,
        Some(2) => Order::Priority,
        _ => Order::Fifo,
    };
    let queue = this!(vm, args.values[0]);
    queue.maxsize = args.values[1].to_ref();
    queue.bound = bound;
    queue.order = order;
    Ok(Ref::NONE)
}

fn maxsize(vm: &mut Vm, args: Args) -> Outcome {
    if let Some(value) = args.values.get(1) {
        let bound = vm.index(*value)?.max(0) as usize;
        let queue = this!(vm, args.values[0]);
        queue.bound = bound;
        queue.maxsize = value.to_ref();
    }
    Ok(this!(vm, args.values[0]).maxsize.clone())
}

fn items(vm: &mut Vm, args: Args) -> Outcome {
    let queue = this!(vm, args.values[0]);
    if let Some(value) = args.values.get(1) {
        let old = std::mem::replace(&mut queue.hooked_items, value.to_ref());
        drop(old);
        return Ok(Ref::NONE);
    }
    Ok(match queue.order {
        Order::Hooked => queue.hooked_items.clone(),
        _ => Ref::list(queue.items.iter().cloned().collect()),
    })
}

fn unfinished(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this!(vm, args.values[0]).unfinished as i64))
}

fn is_shutdown(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this!(vm, args.values[0]).is_shutdown))
}

fn getters(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this!(vm, args.values[0]).getters.len() as i64))
}

fn putters(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this!(vm, args.values[0]).putters.len() as i64))
}

/// Calls a method of a hooked queue.
fn hook(vm: &mut Vm, queue: Value, name: &str, args: &[Value]) -> Outcome {
    let method = vm.get_attr(queue, atom::intern(name))?;
    vm.call_values(*method, args)
}

fn len(vm: &mut Vm, value: Value) -> Outcome<usize> {
    let queue = this!(vm, value);
    if queue.order != Order::Hooked {
        return Ok(queue.items.len());
    }
    let size = hook(vm, value, "qsize", &[])?;
    Ok(vm.index(*size)?.max(0) as usize)
}

fn qsize(vm: &mut Vm, args: Args) -> Outcome {
    let queue = this!(vm, args.values[0]);
    if queue.order != Order::Hooked {
        return Ok(Ref::int(queue.items.len() as i64));
    }
    let items = queue.hooked_items.clone();
    vm.len(*items).map(Ref::int)
}

fn is_empty(vm: &mut Vm, value: Value) -> Outcome<bool> {
    let queue = this!(vm, value);
    if queue.order != Order::Hooked {
        return Ok(queue.items.is_empty());
    }
    let empty = hook(vm, value, "empty", &[])?;
    vm.truth(*empty)
}

fn empty(vm: &mut Vm, args: Args) -> Outcome {
    let queue = this!(vm, args.values[0]);
    if queue.order != Order::Hooked {
        return Ok(Ref::bool(queue.items.is_empty()));
    }
    let items = queue.hooked_items.clone();
    Ok(Ref::bool(!vm.truth(*items)?))
}

fn is_full(vm: &mut Vm, value: Value) -> Outcome<bool> {
    let queue = this!(vm, value);
    if queue.order != Order::Hooked {
        return Ok(queue.bound > 0 && queue.items.len() >= queue.bound);
    }
    let full = hook(vm, value, "full", &[])?;
    vm.truth(*full)
}

fn full(vm: &mut Vm, args: Args) -> Outcome {
    let bound = this!(vm, args.values[0]).bound;
    Ok(Ref::bool(bound > 0 && len(vm, args.values[0])? >= bound))
}

/// Raises an exception of `asyncio.queues`.
fn raise(vm: &mut Vm, name: &str) -> Signal {
    let made = vm.import_module("asyncio.queues").and_then(|module| {
        let class = vm.get_attr(*module, atom::intern(name))?;
        vm.call_values(*class, &[])
    });
    match made {
        Ok(exc) => vm.raise_value(exc),
        Err(signal) => signal,
    }
}

fn store(vm: &mut Vm, value: Value, item: Ref) -> Outcome<()> {
    let queue = this!(vm, value);
    match queue.order {
        Order::Fifo | Order::Lifo => {
            queue.items.push_back(item);
            Ok(())
        }
        Order::Priority => {
            queue.items.push_back(item);
            let last = queue.items.len() - 1;
            sift_down(vm, value, 0, last)
        }
        Order::Hooked => hook(vm, value, "_put", &[*item]).map(drop),
    }
}

fn fetch(vm: &mut Vm, value: Value) -> Outcome {
    let queue = this!(vm, value);
    let item = match queue.order {
        Order::Fifo => queue.items.pop_front(),
        Order::Lifo => queue.items.pop_back(),
        Order::Priority => return fetch_smallest(vm, value),
        Order::Hooked => return hook(vm, value, "_get", &[]),
    };
    Ok(item.unwrap_or(Ref::NONE))
}

/// `heapq.heappop`, with its order of comparisons.
fn fetch_smallest(vm: &mut Vm, value: Value) -> Outcome {
    let queue = this!(vm, value);
    let Some(last) = queue.items.pop_back() else { return Ok(Ref::NONE) };
    let Some(first) = queue.items.front_mut() else { return Ok(last) };
    let smallest = std::mem::replace(first, last);
    sift_up(vm, value)?;
    Ok(smallest)
}

/// `a < b` of two items; they may be compared by the program.
fn less(vm: &mut Vm, value: Value, a: usize, b: usize) -> Outcome<bool> {
    let queue = this!(vm, value);
    let (Some(a), Some(b)) = (queue.items.get(a).cloned(), queue.items.get(b).cloned()) else { return Ok(false) };
    vm.compare_bool(CmpOp::Lt, *a, *b)
}

/// Moves the item at `at` towards the root as long as it is smaller than its parent.
fn sift_down(vm: &mut Vm, value: Value, start: usize, mut at: usize) -> Outcome<()> {
    while at > start {
        let parent = (at - 1) / 2;
        if !less(vm, value, at, parent)? {
            break;
        }
        this!(vm, value).items.swap(at, parent);
        at = parent;
    }
    Ok(())
}

/// Moves the root to the leaves along the smaller children, then up to its place.
fn sift_up(vm: &mut Vm, value: Value) -> Outcome<()> {
    let mut at = 0;
    loop {
        let count = this!(vm, value).items.len();
        let mut child = 2 * at + 1;
        if child >= count {
            break;
        }
        if child + 1 < count && !less(vm, value, child, child + 1)? {
            child += 1;
        }
        this!(vm, value).items.swap(at, child);
        at = child;
    }
    sift_down(vm, value, 0, at)
}

/// `put_nowait` when there is room.
fn add(vm: &mut Vm, value: Value, item: Ref) -> Outcome<()> {
    store(vm, value, item)?;
    let queue = this!(vm, value);
    queue.unfinished += 1;
    sync::clear_event(*queue.finished);
    match queue.getters.take_parked() {
        Some(next) => waiters::grant(vm, next),
        None => Ok(()),
    }
}

/// `get_nowait` when there is an item.
fn take(vm: &mut Vm, value: Value) -> Outcome {
    let item = fetch(vm, value)?;
    if let Some(next) = this!(vm, value).putters.take_parked() {
        waiters::grant(vm, next)?;
    }
    Ok(item)
}

fn put_nowait(vm: &mut Vm, args: Args) -> Outcome {
    put_now(vm, args.values[0], args.values[1].to_ref())?;
    Ok(Ref::NONE)
}

fn put_now(vm: &mut Vm, value: Value, item: Ref) -> Outcome<()> {
    if this!(vm, value).is_shutdown {
        return Err(raise(vm, "QueueShutDown"));
    }
    if is_full(vm, value)? {
        return Err(raise(vm, "QueueFull"));
    }
    add(vm, value, item)
}

fn get_nowait(vm: &mut Vm, args: Args) -> Outcome {
    get_now(vm, args.values[0])
}

fn get_now(vm: &mut Vm, value: Value) -> Outcome {
    if is_empty(vm, value)? {
        let shut = this!(vm, value).is_shutdown;
        return Err(raise(vm, if shut { "QueueShutDown" } else { "QueueEmpty" }));
    }
    take(vm, value)
}

fn put(vm: &mut Vm, args: Args) -> Outcome {
    if vm.is_awaited(&args) {
        let queue = this!(vm, args.values[0]);
        let room = queue.bound == 0 || queue.items.len() < queue.bound;
        if queue.order != Order::Hooked && room && !queue.is_shutdown {
            add(vm, args.values[0], args.values[1].to_ref())?;
            return vm.answer_awaited(Ref::NONE);
        }
    }
    Ok(Wait::alloc(WaitFor::QueuePut, args.values[0].to_ref(), args.values[1].to_ref()))
}

fn get(vm: &mut Vm, args: Args) -> Outcome {
    if vm.is_awaited(&args) {
        let queue = this!(vm, args.values[0]);
        if queue.order != Order::Hooked && !queue.items.is_empty() {
            let item = take(vm, args.values[0])?;
            return vm.answer_awaited(item);
        }
    }
    Ok(Wait::alloc(WaitFor::QueueGet, args.values[0].to_ref(), Ref::NONE))
}

fn task_done(vm: &mut Vm, args: Args) -> Outcome {
    let queue = this!(vm, args.values[0]);
    if queue.unfinished == 0 {
        return Err(vm.value_error("task_done() called too many times"));
    }
    queue.unfinished -= 1;
    if queue.unfinished == 0 {
        let finished = queue.finished.clone();
        sync::set_event(vm, *finished)?;
    }
    Ok(Ref::NONE)
}

fn join(vm: &mut Vm, args: Args) -> Outcome {
    let finished = this!(vm, args.values[0]).finished.clone();
    let wait = Wait::alloc(WaitFor::Event, finished, Ref::NONE);
    if let Some(object) = wait.get_mut::<Wait>() {
        object.quiet = true;
    }
    Ok(wait)
}

fn shutdown(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<1> =
        Parameters { function: "shutdown", names: ["immediate"], required: 0, positional: 1 };
    let [immediate] = PARAMETERS.bind(vm, args, 1)?;
    let immediate = immediate.map_or(Ok(false), |v| vm.truth(v))?;
    let value = args.values[0];
    this!(vm, value).is_shutdown = true;
    if immediate {
        while !is_empty(vm, value)? {
            drop(fetch(vm, value)?);
            let queue = this!(vm, value);
            queue.unfinished = queue.unfinished.saturating_sub(1);
        }
        if this!(vm, value).unfinished == 0 {
            let finished = this!(vm, value).finished.clone();
            sync::set_event(vm, *finished)?;
        }
    }
    // All who wait look again.
    while let Some(next) = this!(vm, value).getters.take_parked() {
        waiters::grant(vm, next)?;
    }
    while let Some(next) = this!(vm, value).putters.take_parked() {
        waiters::grant(vm, next)?;
    }
    Ok(Ref::NONE)
}

/// The next thing that a wait for an item or for room does.
pub(super) fn advance(vm: &mut Vm, value: Value, thrown: Option<Ref>) -> Outcome<Advance> {
    let Some(wait) = value.get::<Wait>() else { return Ok(Advance::Park) };
    let (what, state, source) = (wait.what, wait.state, wait.source.clone());
    if let Some(exc) = thrown {
        return abandon(vm, value, what, state, *source, exc);
    }
    let blocked = match what {
        WaitFor::QueueGet => is_empty(vm, *source)?,
        _ => is_full(vm, *source)?,
    };
    if blocked {
        if this!(vm, source).is_shutdown {
            return Err(raise(vm, "QueueShutDown"));
        }
        bind_loop(vm, *source)?;
        return Ok(Advance::Park);
    }
    if what == WaitFor::QueueGet {
        return take(vm, *source).map(Advance::Return);
    }
    let item = value.get_mut::<Wait>().map_or(Ref::NONE, |w| w.value.take());
    put_now(vm, *source, item)?;
    Ok(Advance::Return(Ref::NONE))
}

/// Who waited gives up; a wake-up that it cannot use goes to the next one.
fn abandon(vm: &mut Vm, value: Value, what: WaitFor, state: WaitState, source: Value, exc: Ref) -> Outcome<Advance> {
    let removed = waiters(&source, what).and_then(|w| w.remove(value));
    drop(removed);
    if state == WaitState::Granted {
        let usable = match what {
            WaitFor::QueueGet => !is_empty(vm, source)?,
            _ => !is_full(vm, source)?,
        };
        if usable && let Some(next) = waiters(&source, what).and_then(Waiters::take_parked) {
            waiters::grant(vm, next)?;
        }
    }
    Err(vm.raise_value(exc))
}

fn bind_loop(vm: &mut Vm, source: Value) -> Outcome<()> {
    let running = super::running_loop(vm)?;
    let queue = this!(vm, source);
    if queue.event_loop.is_none() {
        queue.event_loop = running;
    } else if *queue.event_loop != *running {
        let shown = vm.repr(source)?;
        let shown = shown.as_str().unwrap_or("").to_owned();
        return Err(vm.runtime_error(format!("{shown} is bound to a different event loop")));
    }
    Ok(())
}

/// An event that is the `finished` of one of the queues among the variables.
pub(super) fn is_finished_event(event: Value, variables: &[(Value, Ref)]) -> bool {
    variables.iter().any(|(_, value)| value.opaque::<Queue>().is_some_and(|q| *q.finished == event))
}
