//! The stack of backtrack points, and of what is to be undone on the way back to them.

/// No place: of a group that has not matched, a loop that has not begun.
pub const NOWHERE: usize = usize::MAX;

/// The most entries (24 bytes each) that a match may need.
pub const MOST_ENTRIES: usize = 1 << 25;
/// Memory for so many entries is kept from one search to the next.
const KEPT_ENTRIES: usize = 1 << 12;

#[derive(Clone, Copy, Debug)]
pub enum Entry {
    /// Another way: go on with `pc` at `at`.
    Choice { pc: u32, at: usize },
    /// The greedy repetition of single characters at `pc` went up to `at`; it may give back down to `low`.
    Greedy { pc: u32, low: usize, at: usize },
    /// The lazy one at `pc` stopped at `at`; it may take `left` more.
    Lazy { pc: u32, left: u32, at: usize },
    /// A slot had the value `old`, and `last` was the group closed last.
    Slot { slot: u32, last: u32, old: usize },
    /// A loop had this state.
    Loop { index: u32, count: u32, last: usize },
    /// An assertion or an atomic group began (instruction `pc`, place `at`); `outer` is the entry of the one around it.
    Barrier { pc: u32, outer: u32, at: usize },
}

/// Where a loop is.
#[derive(Clone, Copy, Debug)]
pub struct LoopState {
    /// Iterations begun.
    pub count: u32,
    /// Where the last one began: one that matches nothing is not followed by another.
    pub last: usize,
}

/// Memory of a matcher, kept from one search to the next.
#[derive(Default)]
pub struct Scratch {
    pub entries: Vec<Entry>,
    pub loops: Vec<LoopState>,
}

impl Scratch {
    /// Empty, and not too big to be kept.
    pub fn cleared(mut self) -> Scratch {
        self.entries.clear();
        self.entries.shrink_to(KEPT_ENTRIES);
        self
    }
}
