//! The ready queue: what runs in the next pass, in order.

use crate::object::Ref;
use std::collections::VecDeque;

/// What a ready entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum What {
    /// `target` is a task whose next step is due; `arg` is an exception to throw into it, or None.
    Step,
    /// `target` is a task, `arg` the future it waited for.
    Wake,
    /// `target` is a task whose sleep is over, if it still has the entry's stamp.
    Slept,
    /// `target` is a future that a timer settles with None, unless it is done.
    Elapsed,
    /// `target` is a pending future, `arg` its result or (with a stamp of 1) its exception.
    Settle,
    /// `target` is a handle.
    Handle,
    /// `target` is a callable, called with the future `arg` that is done.
    Callback,
    /// `target` is the future of a `gather`, `arg` a child that is done.
    Child,
    /// `target` is a loop whose main future is done: stop it.
    Stop,
}

/// Something to be run by the loop.
pub struct Entry {
    pub target: Ref,
    pub arg: Ref,
    pub stamp: u32,
    pub what: What,
}

impl Entry {
    pub fn new(what: What, target: Ref, arg: Ref) -> Entry {
        Entry { target, arg, stamp: 0, what }
    }
}

/// First in, first out. The choice of the next entry is made here and nowhere else.
#[derive(Default)]
pub struct Ready {
    ring: VecDeque<Entry>,
}

impl Ready {
    #[inline]
    pub fn push(&mut self, entry: Entry) {
        self.ring.push_back(entry);
    }

    #[inline]
    pub fn take(&mut self) -> Option<Entry> {
        self.ring.pop_front()
    }

    pub fn len(&self) -> usize {
        self.ring.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ring.is_empty()
    }

    /// Takes everything out.
    pub fn drain(&mut self) -> VecDeque<Entry> {
        std::mem::take(&mut self.ring)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.ring.iter()
    }
}
