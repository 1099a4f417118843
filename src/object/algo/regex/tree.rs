//! The tree of a pattern.

use super::flags::Flags;

/// No upper limit of a repetition.
pub const UNLIMITED: u32 = u32::MAX;

pub type Sequence = Vec<Node>;

#[derive(Clone, Debug)]
pub enum Node {
    /// A code point; surrogates can be written, and match nothing.
    Literal(u32),
    NotLiteral(u32),
    /// `.`
    Any,
    Set {
        negate: bool,
        items: Vec<Item>,
    },
    At(Place),
    Branch(Vec<Sequence>),
    /// `index` is None for `(?:…)`.
    Group {
        index: Option<usize>,
        add: Flags,
        del: Flags,
        body: Sequence,
    },
    Atomic(Sequence),
    Repeat {
        kind: RepeatKind,
        min: u32,
        max: u32,
        body: Sequence,
    },
    Look {
        behind: bool,
        negate: bool,
        body: Sequence,
    },
    BackRef(usize),
    Conditional {
        group: usize,
        yes: Sequence,
        no: Option<Sequence>,
    },
    /// Matches nothing: `(?!)`.
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepeatKind {
    Greedy,
    Lazy,
    Possessive,
}

/// A member of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Char(u32),
    /// Both ends belong to it.
    Range(u32, u32),
    Category {
        category: Category,
        negate: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    Digit,
    Space,
    Word,
}

/// Assertions about the place, as they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `^`
    Caret,
    /// `$`
    Dollar,
    /// `\A`
    Start,
    /// `\Z`
    End,
    /// `\b`
    Boundary,
    /// `\B`
    NotBoundary,
}
