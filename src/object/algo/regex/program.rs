//! The program that the matcher runs.

use super::case::Fold;
use super::class::Set;
use super::first::Bytes;
use super::tree::RepeatKind;
use memchr::memmem::Finder;

/// An instruction; targets are indices into `Program::ops`.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    Byte(u8),
    /// Bytes `start..start + len` of `Program::literals`.
    Text {
        start: u32,
        len: u32,
    },
    One(Unit),
    At(Edge),
    /// Notes the place in a slot: two for each group.
    Save(u32),
    /// Goes on; if that fails, tries `other`.
    Split {
        other: u32,
    },
    /// The same, but goes straight to `other` if the next byte is not in `Program::firsts[first]`.
    SplitIf {
        first: u32,
        other: u32,
    },
    Jump(u32),
    /// A repetition of single characters: index into `Program::repeats`.
    Repeat(u32),
    /// Begins a loop: index into `Program::loops`.
    LoopInit(u32),
    /// Stands behind the body: once more, or on.
    LoopNext(u32),
    /// Reached only by backtracking, behind `LoopNext` of a lazy loop: once more after all.
    LoopMore(u32),
    /// Begins what is matched in its first way only.
    Atomic,
    AtomicEnd,
    /// Begins an assertion: index into `Program::looks`.
    Look(u32),
    LookEnd(u32),
    BackRef {
        group: u32,
        fold: Fold,
    },
    /// Goes on if the group has matched, else to `other`.
    IfGroup {
        group: u32,
        other: u32,
    },
    Fail,
    Match,
}

/// What matches one character.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    Byte(u8),
    Char(u32),
    NotChar(u32),
    /// Anything but a newline.
    Any,
    All,
    /// Index into `Program::sets`.
    Set(u32),
}

/// An assertion about a place without a body.
#[derive(Clone, Copy, Debug)]
pub enum Edge {
    Start,
    LineStart,
    /// At the end, or before a newline that ends the text.
    LastLineEnd,
    LineEnd,
    End,
    /// Between a character of a word and another; `negate`: not there, nor in an empty text.
    Boundary {
        negate: bool,
        ascii: bool,
    },
}

#[derive(Debug)]
pub struct Repeat {
    pub unit: Unit,
    pub min: u32,
    pub max: u32,
    pub kind: RepeatKind,
    /// The byte that must come after it.
    pub follow: Option<u8>,
}

#[derive(Debug)]
pub struct Loop {
    pub min: u32,
    pub max: u32,
    pub lazy: bool,
    /// The first instruction of the body.
    pub body: u32,
    /// Index of `LoopNext`.
    pub next: u32,
    /// What the body must begin with: index into `Program::firsts`.
    pub first: Option<u32>,
}

#[derive(Debug)]
pub struct Look {
    /// For a look-behind: how many characters back.
    pub back: Option<u32>,
    pub negate: bool,
    /// Behind `LookEnd`.
    pub after: u32,
}

/// How a search finds places where a match may begin.
#[derive(Debug)]
pub enum Start {
    Anywhere,
    /// Only at the start of the text.
    Beginning,
    Byte(u8),
    Text(Box<Finder<'static>>),
    First(Box<Bytes>),
}

#[derive(Debug)]
pub struct Program {
    pub ops: Vec<Op>,
    pub literals: Vec<u8>,
    pub sets: Vec<Set>,
    pub repeats: Vec<Repeat>,
    pub loops: Vec<Loop>,
    pub looks: Vec<Look>,
    pub firsts: Vec<Bytes>,
    pub start: Start,
    /// The fewest characters of a match.
    pub min_width: usize,
    /// Slots of all groups, the whole match included.
    pub slots: usize,
    /// UTF-8; else single bytes.
    pub text: bool,
}
