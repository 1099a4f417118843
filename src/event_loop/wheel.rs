//! The timer wheel: deadlines in exact order, first in first out among equal ones.
//!
//! Six levels of 64 slots; a slot of level 0 is one tick (2^17 ns) wide, one of level `n` 64^n ticks. A timer lies at the
//! level of the highest bit in which its tick differs from the cursor's, so that it moves down at most five times. A slot
//! is sorted by (deadline, sequence) when the cursor reaches it. What is further away than about 104 days waits in a heap.

use super::clock::{NEVER, Nanos};
use crate::object::Ref;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

const LEVELS: usize = 6;
const SLOTS: usize = 64;
const BITS: u32 = 6;
const TICK_BITS: u32 = 17;

/// Something to wake at a time.
pub struct Timer {
    pub deadline: Nanos,
    /// Order of insertion.
    seq: u32,
    /// The target's stamp when the timer was set: a task whose stamp has changed since does not wait for it any more.
    pub stamp: u32,
    /// A sleeping task, or a handle.
    pub target: Ref,
}

impl Timer {
    fn key(&self) -> (Nanos, u32) {
        (self.deadline, self.seq)
    }
}

/// A timer in the heap of those far away: the earliest is the greatest.
struct Far(Timer);

impl PartialEq for Far {
    fn eq(&self, other: &Far) -> bool {
        self.0.key() == other.0.key()
    }
}

impl Eq for Far {}

impl PartialOrd for Far {
    fn partial_cmp(&self, other: &Far) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Far {
    fn cmp(&self, other: &Far) -> Ordering {
        other.0.key().cmp(&self.0.key())
    }
}

/// See the module's head.
pub struct Wheel {
    /// The tick whose timers (and all earlier ones) are in `due`.
    cursor: u64,
    seq: u32,
    len: usize,
    /// Sorted.
    due: VecDeque<Timer>,
    levels: [[Vec<Timer>; SLOTS]; LEVELS],
    /// A bit for each slot that is not empty.
    occupied: [u64; LEVELS],
    far: BinaryHeap<Far>,
    /// The earliest deadline, if known.
    earliest: Option<Nanos>,
}

impl Wheel {
    /// `now`: no timer of interest is before it.
    pub fn new(now: Nanos) -> Wheel {
        Wheel {
            cursor: now >> TICK_BITS,
            seq: 0,
            len: 0,
            due: VecDeque::new(),
            levels: std::array::from_fn(|_| std::array::from_fn(|_| Vec::new())),
            occupied: [0; LEVELS],
            far: BinaryHeap::new(),
            earliest: Some(NEVER),
        }
    }

    /// Timers in it, dead ones included.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a timer.
    pub fn insert(&mut self, deadline: Nanos, target: Ref, stamp: u32) {
        let timer = Timer { deadline, seq: self.seq, stamp, target };
        self.seq = self.seq.wrapping_add(1);
        self.len += 1;
        self.earliest = self.earliest.map(|e| e.min(deadline));
        self.place(timer);
    }

    fn place(&mut self, timer: Timer) {
        let tick = timer.deadline >> TICK_BITS;
        if tick <= self.cursor {
            let at = self.due.partition_point(|t| t.key() <= timer.key());
            self.due.insert(at, timer);
            return;
        }
        let level = ((63 - (tick ^ self.cursor).leading_zeros()) / BITS) as usize;
        if level >= LEVELS {
            self.far.push(Far(timer));
            return;
        }
        let slot = index(tick, level);
        self.occupied[level] |= 1 << slot;
        self.levels[level][slot].push(timer);
    }

    /// The earliest deadline of a timer for which `alive` holds; None if there is none, or only such as never come.
    pub fn earliest(&mut self, alive: impl Fn(&Timer) -> bool) -> Option<Nanos> {
        let found = match self.earliest {
            Some(known) => known,
            None => {
                let found = self.search(alive);
                self.earliest = Some(found);
                found
            }
        };
        (found != NEVER).then_some(found)
    }

    /// A timer may have died: the earliest deadline is to be looked for anew.
    pub fn forget_earliest(&mut self) {
        self.earliest = None;
    }

    fn search(&self, alive: impl Fn(&Timer) -> bool) -> Nanos {
        if let Some(timer) = self.due.iter().find(|t| alive(t)) {
            return timer.deadline;
        }
        for level in 0..LEVELS {
            let mut left = self.occupied[level];
            while left != 0 {
                let slot = left.trailing_zeros() as usize;
                left &= left - 1;
                let first = self.levels[level][slot].iter().filter(|t| alive(t)).map(|t| t.deadline).min();
                if let Some(first) = first {
                    return first;
                }
            }
        }
        self.far.iter().filter(|f| alive(&f.0)).map(|f| f.0.deadline).min().unwrap_or(NEVER)
    }

    /// Takes the next timer that is due at `now`.
    pub fn pop_due(&mut self, now: Nanos) -> Option<Timer> {
        loop {
            if let Some(first) = self.due.front() {
                if first.deadline > now {
                    return None;
                }
                self.len -= 1;
                self.earliest = None;
                return self.due.pop_front();
            }
            if !self.step(now >> TICK_BITS) {
                return None;
            }
        }
    }

    /// Moves the cursor to the next occupied slot that begins by `limit`; false if there is none.
    fn step(&mut self, limit: u64) -> bool {
        for level in 0..LEVELS {
            if self.occupied[level] == 0 {
                continue;
            }
            let slot = self.occupied[level].trailing_zeros() as usize;
            let shift = BITS * level as u32;
            let start = ((self.cursor >> shift) & !(SLOTS as u64 - 1) | slot as u64) << shift;
            if start > limit {
                return false;
            }
            self.cursor = start;
            self.occupied[level] &= !(1 << slot);
            let mut timers = std::mem::take(&mut self.levels[level][slot]);
            if level == 0 {
                timers.sort_unstable_by_key(Timer::key);
                self.due.extend(timers);
            } else {
                timers.into_iter().for_each(|t| self.place(t));
            }
            return true;
        }
        self.step_far(limit)
    }

    /// Everything near is gone: goes on with what was far away.
    fn step_far(&mut self, limit: u64) -> bool {
        let tick = match self.far.peek() {
            Some(Far(first)) => first.deadline >> TICK_BITS,
            None => return false,
        };
        if tick > limit {
            return false;
        }
        self.cursor = tick;
        let block = tick >> (BITS * LEVELS as u32);
        while self.far.peek().is_some_and(|f| (f.0.deadline >> TICK_BITS) >> (BITS * LEVELS as u32) == block) {
            match self.far.pop() {
                Some(Far(timer)) => self.place(timer),
                None => break,
            }
        }
        true
    }

    /// Drops the timers for which `alive` does not hold, and gives them back, so that they die outside.
    pub fn sweep(&mut self, alive: impl Fn(&Timer) -> bool) -> Vec<Timer> {
        let mut dead = Vec::new();
        for (level, slots) in self.levels.iter_mut().enumerate() {
            for (slot, timers) in slots.iter_mut().enumerate() {
                dead.extend(timers.extract_if(.., |t| !alive(t)));
                if timers.is_empty() {
                    self.occupied[level] &= !(1 << slot);
                }
            }
        }
        let (live, gone): (Vec<Timer>, Vec<Timer>) = std::mem::take(&mut self.due).into_iter().partition(&alive);
        self.due = live.into();
        dead.extend(gone);
        let (live, gone): (Vec<Far>, Vec<Far>) = std::mem::take(&mut self.far).into_iter().partition(|f| alive(&f.0));
        self.far = live.into();
        dead.extend(gone.into_iter().map(|f| f.0));
        self.len -= dead.len();
        self.earliest = None;
        dead
    }

    /// Takes all timers out.
    pub fn drain(&mut self) -> Vec<Timer> {
        self.sweep(|_| false)
    }

    /// The targets of all timers.
    pub fn targets(&self) -> impl Iterator<Item = &Ref> {
        self.iter().map(|t| &t.target)
    }

    /// All timers, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Timer> {
        let near = self.levels.iter().flatten().flatten();
        near.chain(&self.due).chain(self.far.iter().map(|f| &f.0))
    }
}

fn index(tick: u64, level: usize) -> usize {
    (tick >> (BITS * level as u32)) as usize & (SLOTS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::Value;

    fn value(i: usize) -> Ref {
        Ref::from_owned(Value::small_int(i as i64))
    }

    /// A small linear congruential generator, so that the test is the same in each run.
    fn random(state: &mut u64) -> u64 {
        *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        *state >> 33
    }

    /// Inserts and pops at random; the order must be that of a stable sort by deadline.
    fn exercise(spread: u64, step: u64) {
        let start = 86_400_000_000_000;
        let mut wheel = Wheel::new(start);
        let (mut now, mut seed, mut made) = (start, spread, 0);
        let mut model: Vec<(Nanos, usize)> = Vec::new();
        let mut popped = 0;
        while popped < 3000 {
            if made < 3000 {
                for _ in 0..random(&mut seed) % 8 {
                    let deadline = now.saturating_sub(step / 2) + random(&mut seed) * 1000 % spread;
                    wheel.insert(deadline, value(made), 0);
                    model.push((deadline, made));
                    made += 1;
                }
            }
            model.sort();
            assert_eq!(wheel.earliest(|_| true), model.first().map(|m| m.0));
            now += random(&mut seed) * 1000 % step;
            if made >= 3000 {
                now = model.first().map_or(now, |m| m.0.max(now));
            }
            while let Some(timer) = wheel.pop_due(now) {
                let (deadline, number) = model.remove(0);
                assert_eq!((timer.deadline, *timer.target), (deadline, Value::small_int(number as i64)));
                popped += 1;
            }
            assert!(model.first().is_none_or(|m| m.0 > now));
            assert_eq!(wheel.len(), model.len());
        }
    }

    #[test]
    fn order_is_exact_at_every_scale() {
        exercise(1 << 16, 1 << 14);
        exercise(1 << 24, 1 << 22);
        exercise(10_000_000_000, 1 << 28);
        exercise(1 << 45, 1 << 43);
        exercise(1 << 58, 1 << 55);
    }

    #[test]
    fn equal_deadlines_are_first_in_first_out() {
        let mut wheel = Wheel::new(0);
        for i in 0..1000 {
            wheel.insert(5_000_000_000 + (i as u64 % 2), value(i), 0);
        }
        let order: Vec<i64> =
            std::iter::from_fn(|| wheel.pop_due(6_000_000_000)).map(|t| t.target.as_small_int()).collect();
        let expected: Vec<i64> = (0..1000).step_by(2).chain((1..1000).step_by(2)).collect();
        assert_eq!(order, expected);
    }

    #[test]
    fn sweeping_leaves_the_living() {
        let mut wheel = Wheel::new(0);
        for i in 0..100 {
            wheel.insert(i * 1_000_000_000, value(i as usize), (i % 2) as u32);
        }
        assert_eq!(wheel.sweep(|t| t.stamp == 1).len(), 50);
        assert_eq!(wheel.earliest(|_| true), Some(1_000_000_000));
        assert_eq!(std::iter::from_fn(|| wheel.pop_due(NEVER - 1)).count(), 50);
        assert!(wheel.is_empty());
    }
}
