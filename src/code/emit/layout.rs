//! The order of the blocks in the code.
//!
//! Reverse postorder, with three changes: a loop's blocks stay together; its test goes to the bottom, so that one
//! instruction both tests and jumps back; blocks that only exceptions reach go to the end.
//!
//! ```text
//! head: branch c ? body : exit          jump head
//! body: …; jump head            →       body: …
//! exit:                                 head: jump if c → body
//!                                       exit:
//! ```

use super::cfg::{Cfg, LoopId, index};
use crate::mir::{BlockId, Term};

/// All reachable blocks in the order in which they are to be emitted.
pub(super) fn order(cfg: &Cfg) -> Vec<BlockId> {
    let mut order = arrange(cfg, true);
    order.extend(arrange(cfg, false));
    order
}

#[derive(Clone, Copy)]
enum Item {
    Block(BlockId),
    Loop(LoopId),
}

/// The blocks of one temperature.
fn arrange(cfg: &Cfg, hot: bool) -> Vec<BlockId> {
    let (mut lists, top) = loop_tree(cfg, hot);
    for (id, list) in lists.iter_mut().enumerate() {
        let test = test_length(cfg, id, list);
        list.rotate_left(test);
    }
    let mut order = Vec::new();
    let mut stack: Vec<Item> = top.into_iter().rev().collect();
    while let Some(item) = stack.pop() {
        match item {
            Item::Block(block) => order.push(block),
            Item::Loop(id) => stack.extend(lists[id].iter().rev()),
        }
    }
    order
}

/// What each loop directly consists of, and what is in no loop, in reverse postorder of the first block.
fn loop_tree(cfg: &Cfg, hot: bool) -> (Vec<Vec<Item>>, Vec<Item>) {
    let mut lists = vec![Vec::new(); cfg.loops.len()];
    let mut top = Vec::new();
    for &block in cfg.order.iter().filter(|&&b| cfg.hot[index(b)] == hot) {
        let mut item = Item::Block(block);
        let mut home = cfg.loop_of[index(block)];
        loop {
            let Some(id) = home else {
                top.push(item);
                break;
            };
            let known = !lists[id].is_empty();
            lists[id].push(item);
            if known {
                break;
            }
            item = Item::Loop(id);
            home = cfg.loops[id].parent;
        }
    }
    (lists, top)
}

/// How many of the loop's first blocks are its test: they start with the header, are entered only from each other, and the last can leave the loop.
fn test_length(cfg: &Cfg, id: LoopId, items: &[Item]) -> usize {
    let mut test: Vec<BlockId> = Vec::new();
    let mut length = 0;
    for item in items {
        let Item::Block(block) = *item else { break };
        let is_header = block == cfg.loops[id].header;
        let joined = !is_header && cfg.preds[index(block)].iter().all(|p| test.contains(p));
        if (test.is_empty() && !is_header) || (!test.is_empty() && !joined) || test.len() == MAX_TEST {
            break;
        }
        test.push(block);
        match &cfg.block(block).term {
            Term::ForIter { exit, .. } => {
                if !cfg.in_loop(cfg.target(*exit), id) {
                    length = test.len();
                }
                break;
            }
            Term::Branch { then, orelse, .. } => {
                if !cfg.in_loop(cfg.target(*then), id) || !cfg.in_loop(cfg.target(*orelse), id) {
                    length = test.len();
                }
            }
            _ => break,
        }
    }
    if length < items.len() { length } else { 0 }
}

/// Longer tests bring nothing more.
const MAX_TEST: usize = 16;
