//! From nodes with symbolic targets to words: chooses the short or the long form of each jump, then encodes.
//!
//! Compare-and-jump and `For` have 16 bits for their offset. What does not fit takes the long form:
//!
//! ```text
//! JLt L, b, c     →   t = Lt b, c;  JTrue t, L
//! For a, b, L     →   For a, b, +2;  Jump exit;  Jump L
//! ```

use super::cfg::index;
use crate::code::HandlerEntry;
use crate::code::isa::{Instr, Op, fl, word};
use crate::diag::Span;
use crate::mir::{BlockId, RegionId};

/// One instruction, perhaps with a target that is not placed yet.
pub(super) struct Node {
    pub kind: NodeKind,
    pub span: Span,
    /// Live temporaries once the operands are consumed.
    pub depth: u16,
    pub region: Option<RegionId>,
}

#[derive(Clone, Copy)]
pub(super) enum NodeKind {
    Word(Instr),
    /// `op` with a 32-bit offset.
    Jump {
        op: Op,
        flags: u8,
        a: u16,
        target: BlockId,
    },
    Compare(CompareJump),
    /// `exit` follows directly if `falls`.
    For {
        flags: u8,
        a: u16,
        b: u16,
        body: BlockId,
        exit: BlockId,
        falls: bool,
    },
}

/// Compare and jump, with what its long form needs.
#[derive(Clone, Copy)]
pub(super) struct CompareJump {
    pub op: Op,
    /// B_TEMP and C_TEMP.
    pub flags: u8,
    pub b: u16,
    /// Register, or immediate if `immediate`.
    pub c: u16,
    pub target: BlockId,
    /// The instruction that gives the comparison as a value, and the answer at which to jump.
    pub value_op: Op,
    pub sense: bool,
    pub immediate: bool,
    /// Registers for the result and for the immediate.
    pub result: u16,
    pub scratch: u16,
}

/// Where nodes and blocks ended up.
pub(super) struct Assembly {
    pub instrs: Vec<Instr>,
    pub spans: Vec<Span>,
    pub depths: Vec<u16>,
    pub handlers: Vec<HandlerEntry>,
    /// First word of each node.
    pub node_words: Vec<u32>,
    pub switches: Vec<Vec<i32>>,
}

/// What is to be assembled.
pub(super) struct Input<'a> {
    pub nodes: &'a [Node],
    /// First node of each block.
    pub block_nodes: &'a [Option<usize>],
    /// Targets of each switch and the node it belongs to.
    pub switches: &'a [(usize, Vec<BlockId>)],
    /// Handler and depth of each region.
    pub regions: &'a [(BlockId, u16)],
}

pub(super) fn assemble(input: &Input) -> Assembly {
    let mut assembler = Assembler { input, long: vec![false; input.nodes.len()], node_words: Vec::new() };
    assembler.place();
    while assembler.lengthen() {
        assembler.place();
    }
    assembler.encode()
}

struct Assembler<'a> {
    input: &'a Input<'a>,
    /// Nodes that need their long form.
    long: Vec<bool>,
    /// First word of each node, and the total at the end.
    node_words: Vec<u32>,
}

impl Assembler<'_> {
    fn place(&mut self) {
        self.node_words.clear();
        let mut at = 0;
        for (node, &long) in self.input.nodes.iter().zip(&self.long) {
            self.node_words.push(at);
            at += size(&node.kind, long);
        }
        self.node_words.push(at);
    }

    /// Marks nodes whose offset does not fit; true if there was a new one.
    fn lengthen(&mut self) -> bool {
        let mut changed = false;
        for (i, node) in self.input.nodes.iter().enumerate() {
            let target = match node.kind {
                NodeKind::Compare(CompareJump { target, .. }) | NodeKind::For { body: target, .. } => target,
                NodeKind::Word(_) | NodeKind::Jump { .. } => continue,
            };
            if !self.long[i] && i16::try_from(self.offset(self.node_words[i], target)).is_err() {
                self.long[i] = true;
                changed = true;
            }
        }
        changed
    }

    fn block_word(&self, block: BlockId) -> u32 {
        let node = self.input.block_nodes[index(block)].unwrap_or(self.input.nodes.len());
        self.node_words[node]
    }

    fn offset(&self, from: u32, target: BlockId) -> i32 {
        self.block_word(target) as i32 - from as i32
    }

    fn encode(self) -> Assembly {
        let mut out = Assembly {
            instrs: Vec::new(),
            spans: Vec::new(),
            depths: Vec::new(),
            handlers: Vec::new(),
            node_words: Vec::new(),
            switches: Vec::new(),
        };
        for (i, node) in self.input.nodes.iter().enumerate() {
            self.encode_node(node, self.long[i], self.node_words[i], &mut out.instrs);
            let count = out.instrs.len();
            out.spans.resize(count, node.span);
            out.depths.resize(count, node.depth);
            self.cover(node, self.node_words[i], count as u32, &mut out.handlers);
        }
        for (node, targets) in self.input.switches {
            out.switches.push(targets.iter().map(|&t| self.offset(self.node_words[*node], t)).collect());
        }
        out.node_words = self.node_words;
        mark_awaited(&mut out.instrs);
        out
    }

    /// Extends the last handler entry over a node, or begins another.
    fn cover(&self, node: &Node, start: u32, end: u32, handlers: &mut Vec<HandlerEntry>) {
        let Some(region) = node.region else { return };
        let (block, depth) = self.input.regions[region.0 as usize];
        let handler = self.block_word(block);
        match handlers.last_mut() {
            Some(last) if last.end == start && last.handler == handler && last.depth == depth => last.end = end,
            _ => handlers.push(HandlerEntry { start, end, handler, depth }),
        }
    }

    fn encode_node(&self, node: &Node, long: bool, at: u32, out: &mut Vec<Instr>) {
        match node.kind {
            NodeKind::Word(instr) => out.push(instr),
            NodeKind::Jump { op, flags, a, target } => out.push(Instr::ai(op, flags, a, self.offset(at, target))),
            NodeKind::Compare(jump) if long => self.encode_long_compare(&jump, at, out),
            NodeKind::Compare(CompareJump { op, flags, b, c, target, .. }) => {
                let offset = self.offset(at, target) as i16 as u16;
                out.push(Instr::abc(op, flags | complex(op), offset, b, c));
            }
            NodeKind::For { flags, a, b, body, exit, .. } if long => {
                out.push(Instr::abc(Op::For, flags, a, b, 2));
                out.push(Instr::ai(Op::Jump, 0, 0, self.offset(at + 1, exit)));
                out.push(Instr::ai(Op::Jump, 0, 0, self.offset(at + 2, body)));
            }
            NodeKind::For { flags, a, b, body, exit, falls } => {
                out.push(Instr::abc(Op::For, flags, a, b, self.offset(at, body) as i16 as u16));
                if !falls {
                    out.push(Instr::ai(Op::Jump, 0, 0, self.offset(at + 1, exit)));
                }
            }
        }
    }

    fn encode_long_compare(&self, jump: &CompareJump, at: u32, out: &mut Vec<Instr>) {
        let mut at = at;
        let (mut c, mut flags) = (jump.c, jump.flags);
        if jump.immediate {
            out.push(Instr::ai(Op::LoadW, 0, jump.scratch, word::small_int(i32::from(jump.c as i16))));
            (c, flags) = (jump.scratch, flags | fl::C_TEMP);
            at += 1;
        }
        out.push(Instr::abc(jump.value_op, flags | complex(jump.value_op), jump.result, jump.b, c));
        let op = if jump.sense { Op::JTrue } else { Op::JFalse };
        out.push(Instr::ai(op, fl::A_TEMP | complex(op), jump.result, self.offset(at + 1, jump.target)));
    }
}

/// Tells calls that what they give is awaited at once.
fn mark_awaited(instrs: &mut [Instr]) {
    const CALLS: [Op; 4] = [Op::Call, Op::CallKw, Op::CallMethod, Op::CallLoaded];
    for at in 0..instrs.len().saturating_sub(2) {
        let [call, get, wait] = [instrs[at], instrs[at + 1], instrs[at + 2]];
        let is_call = CALLS.iter().any(|op| *op as u8 == call.op()) && !call.has(fl::DST_LOCAL);
        let gets = get.op() == Op::GetAwaitable as u8 && get.b() == call.a() && get.has(fl::B_TEMP);
        let waits = wait.op() == Op::Await as u8 && wait.b() == get.a() && !wait.has(fl::EXTRA);
        if is_call && gets && waits {
            instrs[at] = call.with(fl::AWAITED);
        }
    }
}

fn size(kind: &NodeKind, long: bool) -> u32 {
    match kind {
        NodeKind::Word(_) | NodeKind::Jump { .. } => 1,
        NodeKind::Compare(jump) if long => 2 + u32::from(jump.immediate),
        NodeKind::Compare(_) => 1,
        NodeKind::For { .. } if long => 3,
        NodeKind::For { falls, .. } => 2 - u32::from(*falls),
    }
}

/// The flag of instructions whose delivered result needs more than a store.
pub(super) fn complex(op: Op) -> u8 {
    if op.is_complex() { fl::COMPLEX } else { 0 }
}
