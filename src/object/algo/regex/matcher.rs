//! The backtracking matcher: runs a program at a place, undoes what a failed way has noted, and tries the next way.

use super::Regex;
use super::case::Fold;
use super::class::in_category;
use super::error::Stop;
use super::program::{Edge, Op, Program, Start, Unit};
use super::stack::{Entry, LoopState, MOST_ENTRIES, NOWHERE, Scratch};
use super::text::{Bytes, Encoding, Utf8};
use super::tree::{Category, UNLIMITED};
use std::marker::PhantomData;

/// Backtracking steps between two questions whether to give up.
const POLL_EVERY: u32 = 1 << 14;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The match begins at `start`.
    Match,
    /// And ends where the subject ends.
    Full,
    /// The match begins anywhere from `start` on.
    Search,
}

/// What is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub mode: Mode,
    /// Byte offset; what lies before it can be looked back at.
    pub start: usize,
    /// A match at `start` itself must not be empty.
    pub not_empty: bool,
}

/// A match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Start and end of each group as byte offsets, the whole match first; `usize::MAX` if it took no part.
    pub slots: Box<[usize]>,
    /// The group that was closed last; 0 if none was.
    pub last: usize,
}

/// The next instruction and the place; None if this way has failed.
pub type Next = Option<(u32, usize)>;

pub struct Matcher<'a, E> {
    pub program: &'a Program,
    pub text: &'a [u8],
    pub entries: Vec<Entry>,
    slots: Box<[usize]>,
    loops: Vec<LoopState>,
    last: u32,
    /// The entry of the innermost assertion or atomic group.
    barrier: u32,
    full: bool,
    /// The match must not end here.
    refused_end: usize,
    steps: u32,
    poll: &'a mut dyn FnMut() -> bool,
    encoding: PhantomData<E>,
}

/// See [`Regex::find`].
pub fn find(
    regex: &Regex,
    text: &[u8],
    request: Request,
    poll: &mut dyn FnMut() -> bool,
) -> Result<Option<Found>, Stop> {
    match regex.program.text {
        true => search::<Utf8>(regex, text, request, poll),
        false => search::<Bytes>(regex, text, request, poll),
    }
}

fn search<E: Encoding>(
    regex: &Regex,
    text: &[u8],
    request: Request,
    poll: &mut dyn FnMut() -> bool,
) -> Result<Option<Found>, Stop> {
    let program = &regex.program;
    let Scratch { entries, mut loops } = regex.scratch.take().unwrap_or_default();
    loops.resize(program.loops.len(), LoopState { count: 0, last: NOWHERE });
    let mut matcher = Matcher::<E> {
        program,
        text,
        entries,
        slots: vec![NOWHERE; program.slots].into_boxed_slice(),
        loops,
        last: 0,
        barrier: 0,
        full: request.mode == Mode::Full,
        refused_end: if request.not_empty { request.start } else { NOWHERE },
        steps: 0,
        poll,
        encoding: PhantomData,
    };
    let result = match request.mode {
        Mode::Search => matcher.search(request.start),
        Mode::Match | Mode::Full => matcher.attempt(request.start),
    };
    let Matcher { entries, loops, slots, last, .. } = matcher;
    regex.scratch.replace(Some(Scratch { entries, loops }.cleared()));
    Ok(result?.then_some(Found { slots, last: last as usize }))
}

impl<E: Encoding> Matcher<'_, E> {
    /// The first match from `at` on.
    fn search(&mut self, mut at: usize) -> Result<bool, Stop> {
        while let Some(found) = self.candidate(at) {
            if self.attempt(found)? {
                return Ok(true);
            }
            if found >= self.text.len() {
                break;
            }
            at = E::skip(self.text, found);
        }
        Ok(false)
    }

    /// The next place where a match may begin.
    fn candidate(&self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        if rest.len() < self.program.min_width {
            return None;
        }
        match &self.program.start {
            Start::Anywhere => Some(at),
            Start::Beginning => (at == 0).then_some(0),
            Start::Byte(byte) => memchr::memchr(*byte, rest).map(|found| at + found),
            Start::Text(finder) => finder.find(rest).map(|found| at + found),
            Start::First(bytes) => rest.iter().position(|byte| bytes.contains(*byte)).map(|found| at + found),
        }
    }

    /// Tries to match at a place.
    fn attempt(&mut self, start: usize) -> Result<bool, Stop> {
        if self.text.len() - start < self.program.min_width {
            return Ok(false);
        }
        let program = self.program;
        let (mut pc, mut at) = (0, start);
        loop {
            let next = match program.ops[pc as usize] {
                Op::Byte(byte) if self.text.get(at) == Some(&byte) => Some((pc + 1, at + 1)),
                Op::Byte(_) | Op::Fail => None,
                Op::Text { start, len } => {
                    let wanted = &program.literals[start as usize..(start + len) as usize];
                    self.text[at..].starts_with(wanted).then_some((pc + 1, at + wanted.len()))
                }
                Op::One(unit) => self.one(unit, at).map(|at| (pc + 1, at)),
                Op::At(edge) => self.is_at(edge, at).then_some((pc + 1, at)),
                Op::Save(slot) => Some((pc + 1, self.save(slot, at))),
                Op::Split { other } => {
                    self.entries.push(Entry::Choice { pc: other, at });
                    Some((pc + 1, at))
                }
                Op::SplitIf { first, other } => Some(self.split_if(first, other, pc, at)),
                Op::Jump(target) => Some((target, at)),
                Op::Repeat(index) => self.repeat(index, pc, at),
                Op::LoopInit(index) => {
                    self.set_loop(index, LoopState { count: 0, last: NOWHERE });
                    Some((program.loops[index as usize].next, at))
                }
                Op::LoopNext(index) => self.loop_next(index, pc, at)?,
                Op::LoopMore(index) => self.loop_more(index, at),
                Op::Atomic => {
                    self.raise_barrier(pc, at);
                    Some((pc + 1, at))
                }
                Op::AtomicEnd => {
                    self.cut();
                    Some((pc + 1, at))
                }
                Op::Look(index) => self.look(index, pc, at),
                Op::LookEnd(index) => self.look_end(index, pc),
                Op::BackRef { group, fold } => self.back_reference(group, fold, at).map(|at| (pc + 1, at)),
                Op::IfGroup { group, other } => {
                    let matched = self.slots[2 * group as usize + 1] != NOWHERE;
                    Some((if matched { pc + 1 } else { other }, at))
                }
                Op::Match if (self.full && at != self.text.len()) || at == self.refused_end => None,
                Op::Match => {
                    (self.slots[0], self.slots[1]) = (start, at);
                    return Ok(true);
                }
            };
            (pc, at) = match next {
                Some(next) => next,
                None => match self.backtrack()? {
                    Some(next) => next,
                    None => return Ok(false),
                },
            };
        }
    }

    /// Goes back to the latest point that has another way, undoing what was noted since.
    fn backtrack(&mut self) -> Result<Next, Stop> {
        self.step()?;
        while let Some(entry) = self.entries.pop() {
            match entry {
                Entry::Choice { pc, at } => return Ok(Some((pc, at))),
                Entry::Greedy { pc, low, at } => {
                    if let Some(at) = self.give_back(pc, low, at) {
                        return Ok(Some((pc + 1, at)));
                    }
                }
                Entry::Lazy { pc, left, at } => {
                    if let Some(at) = self.take_more(pc, left, at) {
                        return Ok(Some((pc + 1, at)));
                    }
                }
                Entry::Slot { .. } | Entry::Loop { .. } => self.undo(entry),
                Entry::Barrier { pc, outer, at } => {
                    self.barrier = outer;
                    if let Op::Look(index) = self.program.ops[pc as usize] {
                        let look = &self.program.looks[index as usize];
                        if look.negate {
                            return Ok(Some((look.after, at)));
                        }
                    }
                }
            }
        }
        Ok(None)
    }

    /// Counts a step, and asks from time to time whether to go on.
    #[inline]
    fn step(&mut self) -> Result<(), Stop> {
        self.steps += 1;
        if self.steps >= POLL_EVERY {
            self.steps = 0;
            if (self.poll)() {
                return Err(Stop::Interrupted);
            }
        }
        Ok(())
    }

    fn undo(&mut self, entry: Entry) {
        match entry {
            Entry::Slot { slot, last, old } => {
                self.slots[slot as usize] = old;
                self.last = last;
            }
            Entry::Loop { index, count, last } => self.loops[index as usize] = LoopState { count, last },
            _ => {}
        }
    }

    fn save(&mut self, slot: u32, at: usize) -> usize {
        let old = std::mem::replace(&mut self.slots[slot as usize], at);
        self.entries.push(Entry::Slot { slot, last: self.last, old });
        if slot % 2 == 1 {
            self.last = slot / 2;
        }
        at
    }

    fn split_if(&mut self, first: u32, other: u32, pc: u32, at: usize) -> (u32, usize) {
        if !self.begins_with(first, at) {
            return (other, at);
        }
        self.entries.push(Entry::Choice { pc: other, at });
        (pc + 1, at)
    }

    fn begins_with(&self, first: u32, at: usize) -> bool {
        self.text.get(at).is_some_and(|byte| self.program.firsts[first as usize].contains(*byte))
    }

    fn set_loop(&mut self, index: u32, state: LoopState) {
        let LoopState { count, last } = std::mem::replace(&mut self.loops[index as usize], state);
        self.entries.push(Entry::Loop { index, count, last });
    }

    /// Behind an iteration, or before the first: once more, or on.
    fn loop_next(&mut self, index: u32, pc: u32, at: usize) -> Result<Next, Stop> {
        self.step()?;
        if self.entries.len() > MOST_ENTRIES {
            return Err(Stop::Memory);
        }
        let info = &self.program.loops[index as usize];
        let LoopState { count, last } = self.loops[index as usize];
        if count < info.min {
            self.set_loop(index, LoopState { count: count + 1, last });
            return Ok(Some((info.body, at)));
        }
        if info.lazy {
            self.entries.push(Entry::Choice { pc: pc + 1, at });
            return Ok(Some((pc + 2, at)));
        }
        let more = (count < info.max || info.max == UNLIMITED) && at != last;
        if !more || info.first.is_some_and(|first| !self.begins_with(first, at)) {
            return Ok(Some((pc + 1, at)));
        }
        self.entries.push(Entry::Choice { pc: pc + 1, at });
        self.set_loop(index, LoopState { count: count.saturating_add(1), last: at });
        Ok(Some((info.body, at)))
    }

    fn loop_more(&mut self, index: u32, at: usize) -> Next {
        let info = &self.program.loops[index as usize];
        let LoopState { count, last } = self.loops[index as usize];
        if (count >= info.max && info.max != UNLIMITED) || at == last {
            return None;
        }
        self.set_loop(index, LoopState { count: count.saturating_add(1), last: at });
        Some((info.body, at))
    }

    fn raise_barrier(&mut self, pc: u32, at: usize) {
        let entry = self.entries.len() as u32;
        self.entries.push(Entry::Barrier { pc, outer: self.barrier, at });
        self.barrier = entry;
    }

    /// Forgets the other ways since the barrier, but not what is to be undone. Gives the place where the barrier is.
    fn cut(&mut self) -> usize {
        let mut kept = self.barrier as usize;
        let Entry::Barrier { outer, at, .. } = self.entries[kept] else { return 0 };
        for i in kept + 1..self.entries.len() {
            let entry = self.entries[i];
            if matches!(entry, Entry::Slot { .. } | Entry::Loop { .. }) {
                self.entries[kept] = entry;
                kept += 1;
            }
        }
        self.entries.truncate(kept);
        self.barrier = outer;
        at
    }

    /// The place `count` characters before; None if there are not so many.
    fn back_by(&self, at: usize, count: usize) -> Option<usize> {
        // No character has less than a byte.
        if count > at {
            return None;
        }
        let mut start = at;
        for _ in 0..count {
            if start == 0 {
                return None;
            }
            start = E::back(self.text, start);
        }
        Some(start)
    }

    fn look(&mut self, index: u32, pc: u32, at: usize) -> Next {
        let look = &self.program.looks[index as usize];
        let Some(start) = self.back_by(at, look.back.unwrap_or(0) as usize) else {
            return look.negate.then_some((look.after, at));
        };
        self.raise_barrier(pc, at);
        Some((pc + 1, start))
    }

    fn look_end(&mut self, index: u32, pc: u32) -> Next {
        let barrier = self.barrier as usize;
        if !self.program.looks[index as usize].negate {
            let at = self.cut();
            return Some((pc + 1, at));
        }
        while self.entries.len() > barrier + 1 {
            if let Some(entry) = self.entries.pop() {
                self.undo(entry);
            }
        }
        if let Some(Entry::Barrier { outer, .. }) = self.entries.pop() {
            self.barrier = outer;
        }
        None
    }

    /// Matches one character: the place behind it.
    #[inline(always)]
    pub fn one(&self, unit: Unit, at: usize) -> Option<usize> {
        if let Unit::Byte(byte) = unit {
            return (self.text.get(at) == Some(&byte)).then_some(at + 1);
        }
        let (code, after) = E::next(self.text, at)?;
        let matches = match unit {
            Unit::Byte(_) | Unit::All => true,
            Unit::Char(wanted) => code == wanted,
            Unit::NotChar(wanted) => code != wanted,
            Unit::Any => code != u32::from(b'\n'),
            Unit::Set(index) => self.program.sets[index as usize].contains(code),
        };
        matches.then_some(after)
    }

    fn is_at(&self, edge: Edge, at: usize) -> bool {
        let text = self.text;
        let newline = |at: usize| text.get(at) == Some(&b'\n');
        match edge {
            Edge::Start => at == 0,
            Edge::LineStart => at == 0 || newline(at - 1),
            Edge::LastLineEnd => at == text.len() || (at + 1 == text.len() && newline(at)),
            Edge::LineEnd => at == text.len() || newline(at),
            Edge::End => at == text.len(),
            Edge::Boundary { negate, ascii } => {
                let is_word =
                    |at: usize| E::next(text, at).is_some_and(|(code, _)| in_category(Category::Word, code, ascii));
                let before = at > 0 && is_word(E::back(text, at));
                !text.is_empty() && (before != is_word(at)) != negate
            }
        }
    }

    /// Matches what a group has matched once more.
    fn back_reference(&self, group: u32, fold: Fold, at: usize) -> Option<usize> {
        let (start, end) = (self.slots[2 * group as usize], self.slots[2 * group as usize + 1]);
        if start == NOWHERE || end == NOWHERE || start > end {
            return None;
        }
        if fold == Fold::Exact {
            let wanted = &self.text[start..end];
            return self.text[at..].starts_with(wanted).then_some(at + wanted.len());
        }
        let (mut from, mut at) = (start, at);
        while from < end {
            let (wanted, after) = E::next(self.text, from)?;
            let (given, behind) = E::next(self.text, at)?;
            if fold.lower(wanted) != fold.lower(given) {
                return None;
            }
            (from, at) = (after, behind);
        }
        Some(at)
    }
}
