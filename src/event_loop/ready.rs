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
///
/// The entries lie in blocks of a fixed size, so that a queue of a million entries is never copied to grow, and gives its
/// memory back as it is worked off.
#[derive(Default)]
pub struct Ready {
    /// All but the last are full; those before `taken` in the first one are gone.
    blocks: VecDeque<Vec<Option<Entry>>>,
    taken: usize,
    len: usize,
    /// An empty block to be used next.
    spare: Option<Vec<Option<Entry>>>,
}

/// Entries in a block.
const BLOCK: usize = 512;

impl Ready {
    #[inline]
    pub fn push(&mut self, entry: Entry) {
        self.len += 1;
        match self.blocks.back_mut() {
            Some(block) if block.len() < BLOCK => block.push(Some(entry)),
            _ => self.push_block(entry),
        }
    }

    #[cold]
    fn push_block(&mut self, entry: Entry) {
        let mut block = self.spare.take().unwrap_or_else(|| Vec::with_capacity(BLOCK));
        block.push(Some(entry));
        self.blocks.push_back(block);
    }

    #[inline]
    pub fn take(&mut self) -> Option<Entry> {
        let block = self.blocks.front_mut()?;
        let entry = block.get_mut(self.taken)?.take();
        self.taken += 1;
        self.len -= 1;
        if self.taken == block.len() {
            self.drop_block();
        }
        entry
    }

    /// The first block is worked off.
    fn drop_block(&mut self) {
        self.taken = 0;
        if let Some(mut block) = self.blocks.pop_front() {
            block.clear();
            self.spare = Some(block);
        }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes everything out.
    pub fn drain(&mut self) -> Vec<Entry> {
        std::iter::from_fn(|| self.take()).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.blocks.iter().flatten().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Value;

    #[test]
    fn first_in_first_out_over_many_blocks() {
        let mut ready = Ready::default();
        let (mut made, mut seen) = (0, 0);
        for round in 0..40 {
            for _ in 0..round * 37 {
                ready.push(Entry::new(What::Stop, Ref::from_owned(Value::small_int(made)), Ref::NONE));
                made += 1;
            }
            for _ in 0..round * 35 {
                let entry = ready.take().expect("an entry");
                assert_eq!(*entry.target, Value::small_int(seen));
                seen += 1;
            }
            assert_eq!(ready.len() as i64, made - seen);
            assert_eq!(ready.iter().count(), ready.len());
        }
        assert_eq!(ready.drain().len() as i64, made - seen);
        assert!(ready.is_empty() && ready.take().is_none());
    }
}
