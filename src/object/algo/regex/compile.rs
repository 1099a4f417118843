//! From the tree to the program.

use super::case::Fold;
use super::class::Set;
use super::error::RegexError;
use super::first;
use super::flags::{self, ASCII, DOTALL, Flags, MULTILINE, UNICODE};
use super::parse::Parsed;
use super::program::{Edge, Look, Loop, Op, Program, Repeat, Start, Unit};
use super::tree::{Item, Node, Place, RepeatKind, UNLIMITED};
use super::width::{self, Width};

struct Compiler {
    program: Program,
    /// Literal bytes that are not emitted yet.
    pending: Vec<u8>,
    /// Widths of the groups that are complete.
    widths: Vec<Width>,
}

/// A target that is filled in later.
const LATER: u32 = u32::MAX;

/// Compiles a parsed pattern.
///
/// # Errors
/// A look-behind without a fixed width.
pub fn compile(parsed: &Parsed, text: bool) -> Result<Program, RegexError> {
    let slots = 2 * (parsed.groups + 1);
    let program = Program {
        ops: Vec::new(),
        literals: Vec::new(),
        sets: Vec::new(),
        repeats: Vec::new(),
        loops: Vec::new(),
        looks: Vec::new(),
        firsts: Vec::new(),
        start: Start::Anywhere,
        min_width: 0,
        slots,
        text,
    };
    let widths = vec![(0, width::MAX_WIDTH); parsed.groups + 1];
    let mut compiler = Compiler { program, pending: Vec::new(), widths };
    compiler.sequence(&parsed.tree, parsed.flags)?;
    compiler.emit(Op::Match);
    let (least, _) = width::of_sequence(&parsed.tree, &compiler.widths);
    let mut program = compiler.program;
    program.min_width = usize::try_from(least).unwrap_or(usize::MAX);
    program.start = first::start(&program);
    first::annotate(&mut program);
    Ok(program)
}

/// Categories are those of ASCII.
fn is_ascii(flags: Flags) -> bool {
    flags & UNICODE == 0 || flags & ASCII != 0
}

impl Compiler {
    fn emit(&mut self, op: Op) -> usize {
        self.flush();
        self.program.ops.push(op);
        self.program.ops.len() - 1
    }

    /// The index of the next instruction.
    fn here(&mut self) -> u32 {
        self.flush();
        self.program.ops.len() as u32
    }

    fn flush(&mut self) {
        match self.pending[..] {
            [] => return,
            [byte] => self.program.ops.push(Op::Byte(byte)),
            _ => {
                let (start, len) = (self.program.literals.len() as u32, self.pending.len() as u32);
                self.program.literals.extend_from_slice(&self.pending);
                self.program.ops.push(Op::Text { start, len });
            }
        }
        self.pending.clear();
    }

    fn sequence(&mut self, nodes: &[Node], flags: Flags) -> Result<(), RegexError> {
        nodes.iter().try_for_each(|node| self.node(node, flags))
    }

    fn node(&mut self, node: &Node, flags: Flags) -> Result<(), RegexError> {
        match node {
            Node::Literal(code) if !Fold::of(flags).is_cased(*code) => self.literal(*code),
            Node::Literal(_) | Node::NotLiteral(_) | Node::Any | Node::Set { .. } => {
                if let Some(unit) = self.unit(node, flags) {
                    self.emit(Op::One(unit));
                }
            }
            Node::At(place) => {
                self.emit(Op::At(edge(*place, flags)));
            }
            Node::Branch(items) => return self.branch(items, flags),
            Node::Group { index, add, del, body } => {
                let flags = flags::within(flags, *add, *del);
                let Some(index) = *index else { return self.sequence(body, flags) };
                self.emit(Op::Save(2 * index as u32));
                self.sequence(body, flags)?;
                self.emit(Op::Save(2 * index as u32 + 1));
                self.widths[index] = width::of_sequence(body, &self.widths);
            }
            Node::Atomic(body) => return self.atomic(body, flags),
            Node::Repeat { kind, min, max, body } => return self.repeat(*kind, *min, *max, body, flags),
            Node::Look { behind, negate, body } => return self.look(*behind, *negate, body, flags),
            Node::BackRef(group) => {
                self.emit(Op::BackRef { group: *group as u32, fold: Fold::of(flags) });
            }
            Node::Conditional { group, yes, no } => return self.conditional(*group, yes, no.as_deref(), flags),
            Node::Fail => {
                self.emit(Op::Fail);
            }
        }
        Ok(())
    }

    fn literal(&mut self, code: u32) {
        match (char::from_u32(code), self.program.text) {
            (Some(c), true) => self.pending.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            (_, false) => self.pending.push(code as u8),
            // A surrogate: no text has one.
            (None, true) => {
                self.emit(Op::Fail);
            }
        }
    }

    /// What matches one character of the node, if that is what the node is.
    fn unit(&mut self, node: &Node, flags: Flags) -> Option<Unit> {
        let fold = Fold::of(flags);
        let set = |compiler: &mut Compiler, items: &[Item], negate| {
            compiler.program.sets.push(Set::new(items, negate, fold, is_ascii(flags)));
            Unit::Set(compiler.program.sets.len() as u32 - 1)
        };
        Some(match node {
            Node::Literal(code) if fold.is_cased(*code) => set(self, &[Item::Char(*code)], false),
            Node::Literal(code) if *code < 128 => Unit::Byte(*code as u8),
            Node::Literal(code) => Unit::Char(*code),
            Node::NotLiteral(code) if fold.is_cased(*code) => set(self, &[Item::Char(*code)], true),
            Node::NotLiteral(code) => Unit::NotChar(*code),
            Node::Any if flags & DOTALL != 0 => Unit::All,
            Node::Any => Unit::Any,
            Node::Set { negate, items } => set(self, items, *negate),
            _ => return None,
        })
    }

    /// The unit of a body of one character; groups without a number may stand around it.
    fn unit_of(&mut self, body: &[Node], flags: Flags) -> Option<Unit> {
        match body {
            [Node::Group { index: None, add, del, body }] => self.unit_of(body, flags::within(flags, *add, *del)),
            [node] => self.unit(node, flags),
            _ => None,
        }
    }

    fn branch(&mut self, items: &[Vec<Node>], flags: Flags) -> Result<(), RegexError> {
        let mut jumps = Vec::new();
        for (i, item) in items.iter().enumerate() {
            if i + 1 == items.len() {
                self.sequence(item, flags)?;
                break;
            }
            let split = self.emit(Op::Split { other: LATER });
            self.sequence(item, flags)?;
            jumps.push(self.emit(Op::Jump(LATER)));
            let other = self.here();
            self.program.ops[split] = Op::Split { other };
        }
        let end = self.here();
        jumps.into_iter().for_each(|jump| self.program.ops[jump] = Op::Jump(end));
        Ok(())
    }

    fn atomic(&mut self, body: &[Node], flags: Flags) -> Result<(), RegexError> {
        self.emit(Op::Atomic);
        self.sequence(body, flags)?;
        self.emit(Op::AtomicEnd);
        Ok(())
    }

    fn repeat(&mut self, kind: RepeatKind, min: u32, max: u32, body: &[Node], flags: Flags) -> Result<(), RegexError> {
        if let Some(unit) = self.unit_of(body, flags) {
            self.program.repeats.push(Repeat { unit, min, max, kind, follow: None });
            self.emit(Op::Repeat(self.program.repeats.len() as u32 - 1));
            return Ok(());
        }
        // What cannot match anything need not be done twice.
        let (_, most) = width::of_sequence(body, &self.widths);
        let (min, max) = if most == 0 { (min.min(1), max.min(1)) } else { (min, max) };
        match (kind, min, max) {
            (RepeatKind::Possessive, ..) => {
                self.emit(Op::Atomic);
                let once = [Node::Atomic(body.to_vec())];
                self.iterate(false, min, max, &once, flags)?;
                self.emit(Op::AtomicEnd);
                Ok(())
            }
            (_, 1, 1) => self.sequence(body, flags),
            (RepeatKind::Greedy, 0, 1) => {
                let split = self.emit(Op::Split { other: LATER });
                self.sequence(body, flags)?;
                let other = self.here();
                self.program.ops[split] = Op::Split { other };
                Ok(())
            }
            _ => self.iterate(kind == RepeatKind::Lazy, min, max, body, flags),
        }
    }

    /// A loop with a counter.
    fn iterate(&mut self, lazy: bool, min: u32, max: u32, body: &[Node], flags: Flags) -> Result<(), RegexError> {
        let index = self.program.loops.len() as u32;
        self.program.loops.push(Loop { min, max, lazy, body: LATER, next: LATER, first: None });
        self.emit(Op::LoopInit(index));
        let start = self.here();
        self.sequence(body, flags)?;
        let next = self.emit(Op::LoopNext(index)) as u32;
        if lazy {
            self.emit(Op::LoopMore(index));
        }
        let info = &mut self.program.loops[index as usize];
        (info.body, info.next) = (start, next);
        debug_assert!(info.max == UNLIMITED || info.min <= info.max);
        Ok(())
    }

    fn look(&mut self, behind: bool, negate: bool, body: &[Node], flags: Flags) -> Result<(), RegexError> {
        let index = self.program.looks.len();
        self.program.looks.push(Look { back: None, negate, after: LATER });
        self.emit(Op::Look(index as u32));
        self.sequence(body, flags)?;
        if behind {
            let refused = |message: &str| Err(RegexError::Pattern { message: message.to_owned(), at: None });
            let (low, high) = width::of_sequence(body, &self.widths);
            if low != high {
                return refused("look-behind requires fixed-width pattern");
            }
            match u32::try_from(low) {
                Ok(back) => self.program.looks[index].back = Some(back),
                Err(_) => return refused("looks too much behind"),
            }
        }
        self.emit(Op::LookEnd(index as u32));
        self.program.looks[index].after = self.here();
        Ok(())
    }

    fn conditional(&mut self, group: usize, yes: &[Node], no: Option<&[Node]>, flags: Flags) -> Result<(), RegexError> {
        let group = group as u32;
        let test = self.emit(Op::IfGroup { group, other: LATER });
        self.sequence(yes, flags)?;
        let other = match no {
            None => self.here(),
            Some(no) => {
                let jump = self.emit(Op::Jump(LATER));
                let other = self.here();
                self.sequence(no, flags)?;
                let end = self.here();
                self.program.ops[jump] = Op::Jump(end);
                other
            }
        };
        self.program.ops[test] = Op::IfGroup { group, other };
        Ok(())
    }
}

fn edge(place: Place, flags: Flags) -> Edge {
    let lines = flags & MULTILINE != 0;
    let ascii = is_ascii(flags);
    match place {
        Place::Caret if lines => Edge::LineStart,
        Place::Caret | Place::Start => Edge::Start,
        Place::Dollar if lines => Edge::LineEnd,
        Place::Dollar => Edge::LastLineEnd,
        Place::End => Edge::End,
        Place::Boundary => Edge::Boundary { negate: false, ascii },
        Place::NotBoundary => Edge::Boundary { negate: true, ascii },
    }
}
