//! The backup cycle collector: trial deletion over the heap's containers (as CPython's gcmodule.c does it).
//!
//! Counts that references between containers do not explain come from outside (frames, natives, globals): what is
//! reachable from such an object lives; the rest is garbage. Finalisers of garbage run first (PEP 442); if they bring
//! anything back, nothing is freed this time.

use super::Vm;
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::heap::{self, Header, Kind, SideTable, flag};
use crate::object::{Ref, Value, weak};
use rustc_hash::{FxHashMap, FxHashSet};

/// Containers by which the heap grows between two collections, at the least.
const THRESHOLD: usize = 50_000;

impl Vm {
    /// Collects if the heap has grown so much since the last time that the cost is spread over the growth. What reference
    /// counts free in between does not count.
    #[inline(always)]
    pub(super) fn poll_cycles(&mut self) {
        if heap::live_containers() >= self.collect_at {
            self.scheduled_collection();
        }
    }

    #[cold]
    fn scheduled_collection(&mut self) {
        self.collect_cycles();
        if !self.collects_by_itself() {
            return;
        }
        let live = heap::live_containers();
        self.collect_at = (live + THRESHOLD).max(live * 2);
    }

    /// Lets collections happen by themselves, or only when asked for.
    pub fn collect_by_itself(&mut self, yes: bool) {
        self.collect_at = if yes { heap::live_containers() + THRESHOLD } else { usize::MAX };
    }

    /// Whether collections happen by themselves.
    pub fn collects_by_itself(&self) -> bool {
        self.collect_at != usize::MAX
    }

    /// Finds and frees unreachable cycles; gives the number of objects found unreachable.
    pub fn collect_cycles(&mut self) -> usize {
        let garbage = find_garbage();
        if garbage.is_empty() {
            return 0;
        }
        // One reference each, so that none dies before all are dealt with.
        let owned: Vec<Ref> = garbage.iter().map(|&header| Value::from_header(header).to_ref()).collect();
        let called = self.end_weak_references_to(&owned);
        if (self.finalise_garbage(&owned) || called) && !still_garbage(&owned) {
            return 0;
        }
        let count = owned.len();
        for value in &owned {
            let header = value.header();
            // Safety: a live object of that kind; its references are given up, it stays valid.
            unsafe { (heap::kind_ops((*header).kind).clear)(header) };
        }
        drop(owned);
        count
    }

    /// Weak references to garbage refer to nothing from now on; the callbacks of those that are not garbage themselves
    /// are called. True if any was.
    fn end_weak_references_to(&mut self, garbage: &[Ref]) -> bool {
        // Safety: live objects.
        let is_referred = |value: &&Ref| unsafe { (*value.header()).flags & flag::WEAKREF != 0 };
        let mut calls: Vec<(Ref, Ref)> = garbage.iter().filter(is_referred).flat_map(|v| weak::detach(**v)).collect();
        if calls.is_empty() {
            return false;
        }
        let dead: FxHashSet<*mut Header> = garbage.iter().map(|value| value.header()).collect();
        calls.retain(|(reference, _)| !dead.contains(&reference.header()));
        for (reference, callback) in &calls {
            self.call_aside(**callback, **reference, **callback);
        }
        true
    }

    /// The program is over: runs the finalisers of what still lives, while the names that they use are still there. What
    /// `first` holds comes first, in this order, then the rest as it lies in the heap.
    pub fn finalise_remaining(&mut self, first: &[Value]) {
        let mut found: Vec<Ref> = Vec::new();
        let mut add = |value: Value| {
            // Safety: a live object.
            if value.is_ptr() && !value.is_kind(Kind::Type) && unsafe { has_finaliser(value.header()) } {
                found.push(value.to_ref());
            }
        };
        first.iter().copied().for_each(&mut add);
        heap::each_container(|header| add(Value::from_header(header)));
        for value in found {
            // Safety: alive, and perhaps finalised by one before it or named twice.
            unsafe {
                if has_finaliser(value.header()) {
                    super::finalise::finalise(value.header());
                }
            }
        }
    }

    /// Runs the finalisers of garbage; true if any ran.
    fn finalise_garbage(&mut self, garbage: &[Ref]) -> bool {
        let mut ran = false;
        for value in garbage {
            let header = value.header();
            // Safety: kept alive by `garbage`.
            unsafe {
                if has_finaliser(header) {
                    ran = true;
                    super::finalise::finalise(header);
                }
            }
        }
        ran
    }
}

/// A finaliser would run something: `__del__`, or what a suspended coroutine does when it is closed.
unsafe fn has_finaliser(header: *mut Header) -> bool {
    unsafe {
        match (*header).kind {
            Kind::Generator | Kind::Coroutine | Kind::AsyncGenerator => {
                !(*(header as *const Coro)).has(frame_flag::DONE | frame_flag::START)
            }
            // Their ends are the machine's own matter.
            Kind::Wait | Kind::Dict => false,
            _ => (*header).flags & flag::HAS_DEL != 0 && (*header).flags & flag::FINALISED == 0,
        }
    }
}

/// A running coroutine's registers are in use: what they hold counts as referred to from outside.
unsafe fn in_use(header: *mut Header) -> bool {
    unsafe {
        if !matches!((*header).kind, Kind::Generator | Kind::Coroutine | Kind::AsyncGenerator) {
            return false;
        }
        let mut frame: *const Frame = &raw const (*(header as *const Coro)).frame;
        while (*frame).flags & frame_flag::DELEGATE != 0 {
            frame = (*frame).prev;
        }
        (*frame).flags & frame_flag::RUNNING != 0
    }
}

/// Calls back with the references of a container.
unsafe fn visit(header: *mut Header, f: &mut dyn FnMut(*mut Header)) {
    unsafe {
        let mut each = |value: Value| {
            // Types live outside the heap's pages, and for ever.
            if value.is_ptr() && !value.is_kind(Kind::Type) {
                f(value.header());
            }
        };
        (heap::kind_ops((*header).kind).visit)(header, &mut each);
        if let Some(tail) = Value::from_header(header).tail() {
            each(*tail.dict);
        }
    }
}

/// Word of a container that is no candidate.
const NO: u32 = u32::MAX;
/// Bit of an object that lives.
const REACHED: u32 = 1 << 31;

/// Containers whose every reference comes from other such containers.
fn find_garbage() -> Vec<*mut Header> {
    let side = SideTable::new(NO);
    let word = |header: *mut Header| side.word(header).filter(|count| **count != NO);
    heap::each_container(|header| {
        // Safety: live objects, enumerated while nothing runs.
        unsafe {
            if (*header).rc < heap::IMMORTAL && !in_use(header) {
                if let Some(count) = side.word(header) {
                    *count = (*header).rc;
                }
            }
        }
    });
    heap::each_container(|header| {
        if word(header).is_some() {
            // Safety: as above.
            unsafe {
                visit(header, &mut |child| {
                    if let Some(count) = word(child) {
                        *count = count.saturating_sub(1);
                    }
                });
            }
        }
    });
    let mut work = Vec::new();
    let reach = |header: *mut Header, work: &mut Vec<*mut Header>| {
        if let Some(count) = word(header).filter(|count| **count & REACHED == 0) {
            *count |= REACHED;
            work.push(header);
        }
    };
    heap::each_container(|header| {
        if word(header).is_none_or(|count| *count == 0) {
            return;
        }
        reach(header, &mut work);
        while let Some(header) = work.pop() {
            // Safety: as above.
            unsafe { visit(header, &mut |child| reach(child, &mut work)) };
        }
    });
    let mut garbage = Vec::new();
    heap::each_container(|header| {
        if word(header).is_some_and(|count| *count & REACHED == 0) {
            garbage.push(header);
        }
    });
    garbage
}

/// After finalisers ran: nobody outside of the set refers to any of them.
fn still_garbage(garbage: &[Ref]) -> bool {
    let mut counts: FxHashMap<*mut Header, i64> =
        // Safety: kept alive by `garbage`, whose own reference is not counted.
        garbage.iter().map(|v| (v.header(), unsafe { i64::from((*v.header()).rc) } - 1)).collect();
    for value in garbage {
        // Safety: live objects.
        unsafe {
            visit(value.header(), &mut |child| {
                if let Some(count) = counts.get_mut(&child) {
                    *count -= 1;
                }
            });
        }
    }
    counts.values().all(|&count| count <= 0)
}
