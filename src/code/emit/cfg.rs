//! The control-flow graph as the emitter sees it: empty blocks that only jump are skipped, handlers are successors of
//! the blocks they protect, and natural loops are known (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm).

use crate::mir::{Block, BlockId, Body, Term};

/// Index into [`Cfg::loops`].
pub(super) type LoopId = usize;

pub(super) struct Loop {
    pub header: BlockId,
    pub parent: Option<LoopId>,
}

pub(super) struct Cfg<'a> {
    pub blocks: &'a [Block],
    /// Where a jump to each block really goes.
    alias: Vec<BlockId>,
    /// All reachable blocks in reverse postorder, the entry first.
    pub order: Vec<BlockId>,
    /// Predecessors by ordinary edges, of reachable blocks only.
    pub preds: Vec<Vec<BlockId>>,
    /// Reachable without any exception.
    pub hot: Vec<bool>,
    pub loops: Vec<Loop>,
    /// The innermost loop of each block.
    pub loop_of: Vec<Option<LoopId>>,
}

impl<'a> Cfg<'a> {
    pub fn new(body: &'a Body) -> Cfg<'a> {
        let n = body.blocks.len();
        let mut cfg = Cfg {
            blocks: &body.blocks,
            alias: aliases(&body.blocks),
            order: Vec::new(),
            preds: vec![Vec::new(); n],
            hot: vec![false; n],
            loops: Vec::new(),
            loop_of: vec![None; n],
        };
        let handler =
            |b: BlockId| body.blocks[index(b)].region.map(|r| cfg.alias[index(body.regions[r.0 as usize].handler)]);
        let handlers: Vec<Option<BlockId>> = (0..n).map(|b| handler(BlockId(b as u32))).collect();
        cfg.find_hot();
        cfg.order = cfg.reverse_postorder(&handlers);
        let mut all_preds = vec![Vec::new(); n];
        for i in 0..cfg.order.len() {
            let block = cfg.order[i];
            for successor in cfg.successors(block) {
                cfg.preds[index(successor)].push(block);
                all_preds[index(successor)].push(block);
            }
            if let Some(handler) = handlers[index(block)] {
                all_preds[index(handler)].push(block);
            }
        }
        cfg.find_loops(&all_preds);
        cfg
    }

    pub fn entry(&self) -> BlockId {
        self.alias[0]
    }

    /// Where a jump to `block` really goes.
    pub fn target(&self, block: BlockId) -> BlockId {
        self.alias[index(block)]
    }

    pub fn block(&self, block: BlockId) -> &'a Block {
        &self.blocks[index(block)]
    }

    /// Ordinary successors, the one that should follow directly first.
    pub fn successors(&self, block: BlockId) -> Vec<BlockId> {
        raw_successors(&self.blocks[index(block)].term).into_iter().map(|b| self.target(b)).collect()
    }

    pub fn in_loop(&self, block: BlockId, which: LoopId) -> bool {
        let mut current = self.loop_of[index(block)];
        while let Some(id) = current {
            if id == which {
                return true;
            }
            current = self.loops[id].parent;
        }
        false
    }

    fn find_hot(&mut self) {
        let mut work = vec![self.entry()];
        while let Some(block) = work.pop() {
            if !std::mem::replace(&mut self.hot[index(block)], true) {
                work.extend(self.successors(block));
            }
        }
    }

    fn reverse_postorder(&self, handlers: &[Option<BlockId>]) -> Vec<BlockId> {
        let mut seen = vec![false; self.blocks.len()];
        let mut order = Vec::new();
        let mut stack = vec![(self.entry(), self.visit_list(self.entry(), handlers))];
        seen[index(self.entry())] = true;
        while let Some((block, pending)) = stack.last_mut() {
            match pending.pop() {
                Some(next) if !seen[index(next)] => {
                    seen[index(next)] = true;
                    stack.push((next, self.visit_list(next, handlers)));
                }
                Some(_) => {}
                None => {
                    order.push(*block);
                    stack.pop();
                }
            }
        }
        order.reverse();
        order
    }

    /// Successors so that popping gives the one to be placed last first.
    fn visit_list(&self, block: BlockId, handlers: &[Option<BlockId>]) -> Vec<BlockId> {
        let mut list = self.successors(block);
        list.extend(handlers[index(block)]);
        list
    }

    fn find_loops(&mut self, preds: &[Vec<BlockId>]) {
        let dominators = Dominators::new(&self.order, preds);
        for i in (0..self.order.len()).rev() {
            let header = self.order[i];
            let latches: Vec<BlockId> =
                preds[index(header)].iter().copied().filter(|&latch| dominators.dominates(header, latch)).collect();
            if latches.is_empty() {
                continue;
            }
            let id = self.loops.len();
            self.loops.push(Loop { header, parent: None });
            self.loop_of[index(header)] = Some(id);
            self.claim(id, latches, preds);
        }
    }

    /// Walks backwards from the latches: blocks without a loop join, loops found before become children.
    fn claim(&mut self, id: LoopId, mut work: Vec<BlockId>, preds: &[Vec<BlockId>]) {
        while let Some(block) = work.pop() {
            let Some(mut inner) = self.loop_of[index(block)] else {
                self.loop_of[index(block)] = Some(id);
                work.extend(&preds[index(block)]);
                continue;
            };
            while inner != id {
                match self.loops[inner].parent {
                    Some(parent) => inner = parent,
                    None => {
                        self.loops[inner].parent = Some(id);
                        let inner_header = self.loops[inner].header;
                        work.extend(&preds[index(inner_header)]);
                        break;
                    }
                }
            }
        }
    }
}

struct Dominators {
    /// Position of each block in reverse postorder.
    position: Vec<usize>,
    /// Immediate dominator of each position.
    immediate: Vec<usize>,
}

impl Dominators {
    fn new(order: &[BlockId], preds: &[Vec<BlockId>]) -> Dominators {
        let mut position = vec![usize::MAX; preds.len()];
        for (i, &block) in order.iter().enumerate() {
            position[index(block)] = i;
        }
        let mut immediate = vec![usize::MAX; order.len()];
        immediate[0] = 0;
        let mut changed = true;
        while changed {
            changed = false;
            for (i, &block) in order.iter().enumerate().skip(1) {
                let known =
                    preds[index(block)].iter().map(|&p| position[index(p)]).filter(|&p| immediate[p] != usize::MAX);
                let Some(best) = known.reduce(|a, b| intersect(&immediate, a, b)) else { continue };
                if immediate[i] != best {
                    immediate[i] = best;
                    changed = true;
                }
            }
        }
        Dominators { position, immediate }
    }

    fn dominates(&self, a: BlockId, b: BlockId) -> bool {
        let (a, mut b) = (self.position[index(a)], self.position[index(b)]);
        while b > a {
            b = self.immediate[b];
        }
        a == b
    }
}

fn intersect(immediate: &[usize], mut a: usize, mut b: usize) -> usize {
    while a != b {
        while a > b {
            a = immediate[a];
        }
        while b > a {
            b = immediate[b];
        }
    }
    a
}

/// Follows blocks that do nothing but jump; a circle of such blocks keeps its first.
fn aliases(blocks: &[Block]) -> Vec<BlockId> {
    let follow = |start: usize| {
        let mut at = start;
        for _ in 0..blocks.len() {
            match blocks[at].term {
                Term::Jump(next) if blocks[at].instrs.is_empty() && index(next) != at => at = index(next),
                _ => return BlockId(at as u32),
            }
        }
        BlockId(start as u32)
    };
    (0..blocks.len()).map(follow).collect()
}

fn raw_successors(term: &Term) -> Vec<BlockId> {
    match term {
        Term::Jump(target) => vec![*target],
        Term::Branch { then, orelse, .. } => vec![*then, *orelse],
        Term::ForIter { body, exit, .. } => vec![*body, *exit],
        Term::Switch { targets, .. } => targets.clone(),
        Term::Suspend(suspend) => vec![suspend.resume],
        Term::Return(_) | Term::Raise { .. } | Term::Reraise | Term::RaiseAgain(_) | Term::Unreachable => Vec::new(),
    }
}

pub(super) fn index(block: BlockId) -> usize {
    block.0 as usize
}
