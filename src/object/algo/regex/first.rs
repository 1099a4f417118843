//! Which bytes a match can begin with: what lets a search and a choice between alternatives skip.

use super::program::{Op, Program, Start, Unit};
use super::tree::RepeatKind;
use memchr::memmem::Finder;

/// Instructions looked at for one answer, so that a big pattern compiles in time.
const BUDGET: u32 = 500;

/// A set of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bytes([u64; 4]);

impl Bytes {
    const NONE: Bytes = Bytes([0; 4]);

    #[inline(always)]
    pub fn contains(&self, byte: u8) -> bool {
        self.0[byte as usize / 64] >> (byte % 64) & 1 != 0
    }

    fn add(&mut self, byte: u8) {
        self.0[byte as usize / 64] |= 1 << (byte % 64);
    }

    fn add_if(&mut self, belongs: impl Fn(u8) -> bool) {
        (0..=255).filter(|byte| belongs(*byte)).for_each(|byte| self.add(byte));
    }
}

struct Walk<'a> {
    program: &'a Program,
    found: Bytes,
    left: u32,
}

/// The bytes that what is matched from `pc` on can begin with; None if it can be empty, or nothing is known.
pub fn first_bytes(program: &Program, pc: usize) -> Option<Bytes> {
    let mut walk = Walk { program, found: Bytes::NONE, left: BUDGET };
    walk.from(pc, 0)?;
    Some(walk.found)
}

impl Walk<'_> {
    fn unit(&mut self, unit: Unit) -> Option<()> {
        let text = self.program.text;
        match unit {
            Unit::Byte(byte) => self.found.add(byte),
            Unit::Char(code) => match char::from_u32(code) {
                Some(c) if text => self.found.add(c.encode_utf8(&mut [0; 4]).as_bytes()[0]),
                _ => self.found.add(code as u8),
            },
            Unit::Any => self.found.add_if(|byte| byte != b'\n'),
            Unit::Set(index) => {
                let set = &self.program.sets[index as usize];
                let beyond = text && !set.is_ascii();
                self.found.add_if(|byte| if text && byte >= 128 { beyond } else { set.contains_low(byte) });
            }
            Unit::NotChar(_) | Unit::All => return None,
        }
        Some(())
    }

    fn from(&mut self, mut pc: usize, depth: u32) -> Option<()> {
        loop {
            self.left = self.left.checked_sub(1)?;
            let program = self.program;
            match program.ops[pc] {
                Op::Byte(byte) => {
                    self.found.add(byte);
                    return Some(());
                }
                Op::Text { start, .. } => {
                    self.found.add(program.literals[start as usize]);
                    return Some(());
                }
                Op::One(unit) => return self.unit(unit),
                Op::Fail => return Some(()),
                Op::Split { other } | Op::SplitIf { other, .. } | Op::IfGroup { other, .. } => {
                    if depth > 20 {
                        return None;
                    }
                    self.from(pc + 1, depth + 1)?;
                    pc = other as usize;
                }
                Op::Jump(target) => pc = target as usize,
                Op::Repeat(index) => {
                    let repeat = &program.repeats[index as usize];
                    self.unit(repeat.unit)?;
                    if repeat.min > 0 {
                        return Some(());
                    }
                    pc += 1;
                }
                Op::LoopInit(index) => {
                    let info = &program.loops[index as usize];
                    if info.min > 0 {
                        pc = info.body as usize;
                    } else {
                        if depth > 20 {
                            return None;
                        }
                        self.from(info.body as usize, depth + 1)?;
                        pc = info.next as usize + if info.lazy { 2 } else { 1 };
                    }
                }
                Op::Look(index) => pc = program.looks[index as usize].after as usize,
                Op::At(_) | Op::Save(_) | Op::Atomic | Op::AtomicEnd => pc += 1,
                // An iteration may be empty, a group too.
                Op::LoopNext(_) | Op::LoopMore(_) | Op::LookEnd(_) | Op::BackRef { .. } | Op::Match => return None,
            }
        }
    }
}

/// The text that every match begins with.
fn prefix(program: &Program) -> Vec<u8> {
    let mut found = Vec::new();
    for op in &program.ops {
        match *op {
            Op::Byte(byte) => found.push(byte),
            Op::Text { start, len } => {
                found.extend_from_slice(&program.literals[start as usize..(start + len) as usize]);
            }
            Op::Save(_) => {}
            _ => break,
        }
    }
    found
}

/// How a search for the program begins.
pub fn start(program: &Program) -> Start {
    use super::program::Edge;
    if let Some(Op::At(Edge::Start)) = program.ops.iter().find(|op| !matches!(op, Op::Save(_))) {
        return Start::Beginning;
    }
    match &prefix(program)[..] {
        [] => {}
        [byte] => return Start::Byte(*byte),
        text => return Start::Text(Box::new(Finder::new(text).into_owned())),
    }
    match first_bytes(program, 0) {
        Some(bytes) => Start::First(Box::new(bytes)),
        None => Start::Anywhere,
    }
}

/// Fills in what the matcher may skip by: the bytes that alternatives, loops and what follows repetitions begin with.
pub fn annotate(program: &mut Program) {
    for pc in 0..program.ops.len() {
        match program.ops[pc] {
            Op::Split { other } => {
                if let Some(bytes) = first_bytes(program, pc + 1) {
                    let first = program.firsts.len() as u32;
                    program.firsts.push(bytes);
                    program.ops[pc] = Op::SplitIf { first, other };
                }
            }
            Op::LoopInit(index) => {
                let body = program.loops[index as usize].body as usize;
                if let Some(bytes) = first_bytes(program, body) {
                    program.loops[index as usize].first = Some(program.firsts.len() as u32);
                    program.firsts.push(bytes);
                }
            }
            Op::Repeat(index) => {
                let after = program.ops[pc + 1..].iter().find(|op| !matches!(op, Op::Save(_)));
                let follow = match after {
                    Some(Op::Byte(byte)) => Some(*byte),
                    Some(Op::Text { start, .. }) => Some(program.literals[*start as usize]),
                    _ => None,
                };
                let repeat = &mut program.repeats[index as usize];
                if repeat.kind != RepeatKind::Possessive {
                    repeat.follow = follow;
                }
            }
            _ => {}
        }
    }
}
