//! Removes what control flow does not need: constant branches, jumps to jumps, blocks that nothing reaches, and the
//! seams between blocks that always follow each other.
//!
//! ```text
//! bb0: jump bb1                       bb0: i = 0
//! bb1: i = 0; jump bb2                     jump bb1
//! bb2: branch True ? bb3 : bb4   →    bb1: i = i + 1
//! bb3: i = i + 1; jump bb2                 jump bb1
//! bb4: return None
//! ```
//! The layout of loops (test at the bottom) is chosen by `code::emit`.

use crate::mir::data::*;

pub fn run(body: &mut Body) {
    fold_branches(body);
    thread_jumps(body);
    loop {
        let live = reachable(body);
        if !merge_blocks(body, &live) {
            return compact(body, &live);
        }
    }
}

/// A branch on a constant is a jump.
fn fold_branches(body: &mut Body) {
    for block in &mut body.blocks {
        if let Term::Branch { cond: Operand::Const(c), then, orelse } = &block.term {
            block.term = Term::Jump(if c.is_true() { *then } else { *orelse });
        }
    }
}

/// Redirects jumps to blocks that only jump.
fn thread_jumps(body: &mut Body) {
    let destinations: Vec<BlockId> = (0..body.blocks.len()).map(|i| destination(body, BlockId(i as u32))).collect();
    for block in &mut body.blocks {
        block.term.for_each_target(|t| *t = destinations[t.0 as usize]);
    }
}

/// Where a jump to `start` ends up; empty loops lead to their own start.
fn destination(body: &Body, start: BlockId) -> BlockId {
    let mut at = start;
    for _ in 0..body.blocks.len() {
        match &body.blocks[at.0 as usize] {
            Block { instrs, term: Term::Jump(next), .. } if instrs.is_empty() => at = *next,
            _ => return at,
        }
    }
    start
}

/// What can be reached from the entry, the handlers of reached blocks included.
fn reachable(body: &Body) -> Vec<bool> {
    let mut live = vec![false; body.blocks.len()];
    let mut work = vec![BlockId(0)];
    while let Some(block) = work.pop() {
        if std::mem::replace(&mut live[block.0 as usize], true) {
            continue;
        }
        work.extend(body.handler(block));
        work.extend(body.blocks[block.0 as usize].term.edges().iter().map(|(target, _)| *target));
    }
    live
}

/// Joins each block with the one it jumps to, if that has no other way in and the same region. True if some were joined.
fn merge_blocks(body: &mut Body, live: &[bool]) -> bool {
    let mut ways_in = vec![0u32; body.blocks.len()];
    ways_in[0] = 1;
    for (i, block) in body.blocks.iter().enumerate().filter(|(i, _)| live[*i]) {
        block.term.edges().iter().for_each(|(target, _)| ways_in[target.0 as usize] += 1);
        if let Some(handler) = body.handler(BlockId(i as u32)) {
            ways_in[handler.0 as usize] += 1;
        }
    }
    let mut merged = false;
    for i in (0..body.blocks.len()).filter(|i| live[*i]) {
        while let Term::Jump(next) = body.blocks[i].term {
            let n = next.0 as usize;
            if n == i || ways_in[n] != 1 || body.blocks[n].region != body.blocks[i].region {
                break;
            }
            let tail = Block {
                instrs: std::mem::take(&mut body.blocks[n].instrs),
                term: std::mem::replace(&mut body.blocks[n].term, Term::Unreachable),
                ..body.blocks[n].clone()
            };
            ways_in[n] = 0;
            let head = &mut body.blocks[i];
            head.instrs.extend(tail.instrs);
            (head.term, head.term_span) = (tail.term, tail.term_span);
            merged = true;
        }
    }
    merged
}

/// Drops dead blocks and the regions that only they name; numbers the rest anew.
fn compact(body: &mut Body, live: &[bool]) {
    let blocks = numbers(live);
    let mut used = vec![false; body.regions.len()];
    for (_, block) in body.blocks.iter().enumerate().filter(|(i, _)| live[*i]) {
        let mut region = block.region;
        while let Some(r) = region {
            used[r.0 as usize] = true;
            region = body.regions[r.0 as usize].parent;
        }
    }
    // A parent that no block names any more has no handler: its children take over its own parent.
    for i in 0..used.len() {
        used[i] = used[i] && live[body.regions[i].handler.0 as usize];
    }
    let parents: Vec<Option<RegionId>> =
        body.regions.iter().map(|r| nearest_used(r.parent, &used, &body.regions)).collect();
    let regions = numbers(&used);
    let renumber = |r: Option<RegionId>| r.map(|r| RegionId(regions[r.0 as usize]));
    retain_by(&mut body.blocks, live);
    for block in &mut body.blocks {
        block.region = renumber(block.region);
        block.term.for_each_target(|t| *t = BlockId(blocks[t.0 as usize]));
    }
    for (region, parent) in body.regions.iter_mut().zip(parents) {
        region.parent = renumber(parent);
    }
    retain_by(&mut body.regions, &used);
    for region in &mut body.regions {
        region.handler = BlockId(blocks[region.handler.0 as usize]);
    }
}

fn nearest_used(mut region: Option<RegionId>, used: &[bool], regions: &[Region]) -> Option<RegionId> {
    while let Some(r) = region.filter(|r| !used[r.0 as usize]) {
        region = regions[r.0 as usize].parent;
    }
    region
}

/// New number of each kept index.
fn numbers(kept: &[bool]) -> Vec<u32> {
    kept.iter()
        .scan(0, |next, kept| {
            let number = *next;
            *next += u32::from(*kept);
            Some(number)
        })
        .collect()
}

fn retain_by<T>(items: &mut Vec<T>, kept: &[bool]) {
    let mut flags = kept.iter();
    items.retain(|_| flags.next().copied().unwrap_or(false));
}
