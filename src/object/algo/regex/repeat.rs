//! Repetitions of single characters: they need one entry on the stack, however often they repeat.

use super::matcher::{Matcher, Next};
use super::program::{Op, Repeat, Unit};
use super::stack::Entry;
use super::text::Encoding;
use super::tree::{RepeatKind, UNLIMITED};

impl<E: Encoding> Matcher<'_, E> {
    /// The repetition at `pc`, with the fewest or the most characters first.
    pub fn repeat(&mut self, index: u32, pc: u32, at: usize) -> Next {
        let repeat = &self.program.repeats[index as usize];
        let mut low = at;
        for _ in 0..repeat.min {
            low = self.one(repeat.unit, low)?;
        }
        let left = if repeat.max == UNLIMITED { UNLIMITED } else { repeat.max - repeat.min };
        match repeat.kind {
            RepeatKind::Lazy => {
                self.entries.push(Entry::Lazy { pc, left, at: low });
                let fits = repeat.follow.is_none_or(|byte| self.text.get(low) == Some(&byte));
                fits.then_some((pc + 1, low))
            }
            RepeatKind::Possessive => Some((pc + 1, self.run(repeat.unit, low, left))),
            RepeatKind::Greedy => {
                let high = self.run(repeat.unit, low, left);
                let fits = repeat.follow.is_none_or(|byte| self.text.get(high) == Some(&byte));
                if !fits {
                    return self.give_back(pc, low, high).map(|at| (pc + 1, at));
                }
                if high > low {
                    self.entries.push(Entry::Greedy { pc, low, at: high });
                }
                Some((pc + 1, high))
            }
        }
    }

    /// The end of the longest run of the unit, of at most `most` characters.
    fn run(&self, unit: Unit, mut at: usize, most: u32) -> usize {
        if most == UNLIMITED {
            match unit {
                Unit::All => return self.text.len(),
                Unit::Any => {
                    return memchr::memchr(b'\n', &self.text[at..]).map_or(self.text.len(), |found| at + found);
                }
                _ => {}
            }
        }
        if let Unit::Set(index) = unit {
            let set = &self.program.sets[index as usize];
            return self.run_while(at, most, |code| set.contains(code));
        }
        for _ in 0..most {
            match self.one(unit, at) {
                Some(after) => at = after,
                None => break,
            }
        }
        at
    }

    fn run_while(&self, mut at: usize, most: u32, belongs: impl Fn(u32) -> bool) -> usize {
        for _ in 0..most {
            match E::next(self.text, at) {
                Some((code, after)) if belongs(code) => at = after,
                _ => break,
            }
        }
        at
    }

    /// Goes back from `at` to the next place that what follows can begin at, and notes that it can go further.
    pub fn give_back(&mut self, pc: u32, low: usize, at: usize) -> Option<usize> {
        if at <= low {
            return None;
        }
        let at = match self.repeat_at(pc)?.follow {
            Some(byte) => low + memchr::memrchr(byte, &self.text[low..at])?,
            None => E::back(self.text, at),
        };
        if at > low {
            self.entries.push(Entry::Greedy { pc, low, at });
        }
        Some(at)
    }

    /// Takes one more, and more still while what follows cannot begin there.
    pub fn take_more(&mut self, pc: u32, mut left: u32, mut at: usize) -> Option<usize> {
        let repeat = self.repeat_at(pc)?;
        let (unit, follow) = (repeat.unit, repeat.follow);
        loop {
            if left == 0 {
                return None;
            }
            at = self.one(unit, at)?;
            if left != UNLIMITED {
                left -= 1;
            }
            if follow.is_none_or(|byte| self.text.get(at) == Some(&byte)) {
                self.entries.push(Entry::Lazy { pc, left, at });
                return Some(at);
            }
        }
    }

    fn repeat_at(&self, pc: u32) -> Option<&Repeat> {
        match self.program.ops[pc as usize] {
            Op::Repeat(index) => Some(&self.program.repeats[index as usize]),
            _ => None,
        }
    }
}
