//! The backup cycle collector: trial deletion over the heap's containers (as CPython's gcmodule.c does it).
//!
//! Counts that references between containers do not explain come from outside (frames, natives, globals): what is
//! reachable from such an object lives; the rest is garbage. Finalisers of garbage run first (PEP 442); if they bring
//! anything back, nothing is freed this time.

use super::Vm;
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::heap::{self, Header, Kind, flag};
use crate::object::{Ref, Value};
use rustc_hash::{FxHashMap, FxHashSet};

/// Containers made between two collections, at the least.
const THRESHOLD: usize = 50_000;

impl Vm {
    /// Collects if enough containers were made since the last time that the cost is spread over them.
    #[inline(always)]
    pub(super) fn poll_cycles(&mut self) {
        if heap::young_containers() >= self.collect_at {
            self.scheduled_collection();
        }
    }

    #[cold]
    fn scheduled_collection(&mut self) {
        self.collect_cycles();
        let live = heap::live_objects();
        self.collect_at = THRESHOLD.max(live);
    }

    /// Finds and frees unreachable cycles; gives the number of objects found unreachable.
    pub fn collect_cycles(&mut self) -> usize {
        heap::reset_young();
        let garbage = find_garbage();
        if garbage.is_empty() {
            return 0;
        }
        // One reference each, so that none dies before all are dealt with.
        let owned: Vec<Ref> = garbage.iter().map(|&header| Value::from_header(header).to_ref()).collect();
        if self.finalise_garbage(&owned) && !still_garbage(&owned) {
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

    /// Runs the finalisers of garbage; true if any ran.
    fn finalise_garbage(&mut self, garbage: &[Ref]) -> bool {
        let mut ran = false;
        for value in garbage {
            let header = value.header();
            // Safety: kept alive by `garbage`.
            unsafe {
                let suspended = match (*header).kind {
                    Kind::Generator | Kind::Coroutine | Kind::AsyncGenerator => {
                        !(*(header as *const Coro)).has(frame_flag::DONE | frame_flag::START)
                    }
                    _ => false,
                };
                let del = (*header).flags & flag::HAS_DEL != 0 && (*header).flags & flag::FINALISED == 0;
                if suspended || del {
                    ran = true;
                    super::generators::finalise(header);
                }
            }
        }
        ran
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
            if value.is_ptr() {
                f(value.header());
            }
        };
        (heap::kind_ops((*header).kind).visit)(header, &mut each);
        if let Some(tail) = Value::from_header(header).tail() {
            each(*tail.dict);
        }
    }
}

/// Containers whose every reference comes from other such containers.
fn find_garbage() -> Vec<*mut Header> {
    let mut counts: FxHashMap<*mut Header, i64> = FxHashMap::default();
    heap::each_object(|header| {
        // Safety: live objects, enumerated while nothing runs.
        unsafe {
            if heap::kind_ops((*header).kind).container && (*header).rc < heap::IMMORTAL && !in_use(header) {
                counts.insert(header, i64::from((*header).rc));
            }
        }
    });
    let containers: Vec<*mut Header> = counts.keys().copied().collect();
    for &header in &containers {
        // Safety: as above.
        unsafe {
            visit(header, &mut |child| {
                if let Some(count) = counts.get_mut(&child) {
                    *count -= 1;
                }
            });
        }
    }
    let mut reached: FxHashSet<*mut Header> = FxHashSet::default();
    let mut work: Vec<*mut Header> = counts.iter().filter(|(_, count)| **count > 0).map(|(h, _)| *h).collect();
    reached.extend(work.iter().copied());
    while let Some(header) = work.pop() {
        // Safety: as above.
        unsafe {
            visit(header, &mut |child| {
                if counts.contains_key(&child) && reached.insert(child) {
                    work.push(child);
                }
            });
        }
    }
    containers.into_iter().filter(|header| !reached.contains(header)).collect()
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
