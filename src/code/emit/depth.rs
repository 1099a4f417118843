//! How many temporaries are live where: they are linear and stack-wise, so that one number says it.

use super::cfg::{Cfg, index};
use crate::mir::{BlockId, Body, Instr, Op, Operand, Place, Term};

/// The number of live temporaries at the start of each reachable block.
pub(super) fn at_entries(body: &Body, cfg: &Cfg) -> Vec<u32> {
    let mut depths: Vec<Option<u32>> = vec![None; body.blocks.len()];
    let mut work = vec![(cfg.entry(), 0)];
    for region in &body.regions {
        work.push((cfg.target(region.handler), region.live_temps.len() as u32));
    }
    while let Some((block, depth)) = work.pop() {
        match depths[index(block)] {
            Some(known) => debug_assert_eq!(known, depth, "temporaries at block {} of {}", block.0, body.qualname),
            None => {
                depths[index(block)] = Some(depth);
                let at_end = cfg.block(block).instrs.iter().fold(depth, after);
                work.extend(at_successors(&cfg.block(block).term, at_end).map(|(b, d)| (cfg.target(b), d)));
            }
        }
    }
    depths.into_iter().map(Option::unwrap_or_default).collect()
}

/// Live temporaries after `instr`, given how many there were before.
pub(super) fn after(depth: u32, instr: &Instr) -> u32 {
    depth.saturating_sub(consumed(&instr.args)) + defined(instr)
}

pub(super) fn consumed(operands: &[Operand]) -> u32 {
    operands.iter().filter(|a| is_temp(a)).count() as u32
}

pub(super) fn is_temp(operand: &Operand) -> bool {
    matches!(operand, Operand::Temp(_))
}

fn defined(instr: &Instr) -> u32 {
    match &instr.op {
        Op::Unpack { targets } => targets.len() as u32,
        Op::UnpackStar { before, after, .. } => (before.len() + 1 + after.len()) as u32,
        Op::LoadMethod { .. } => 2,
        _ => u32::from(matches!(instr.dst, Some(Place::Temp(_)))),
    }
}

fn at_successors(term: &Term, depth: u32) -> impl Iterator<Item = (BlockId, u32)> {
    let is_new = |place: &Place| u32::from(matches!(place, Place::Temp(_)));
    let list = match term {
        Term::Jump(target) => vec![(*target, depth)],
        Term::Branch { cond, then, orelse } => {
            let rest = depth - u32::from(is_temp(cond)).min(depth);
            vec![(*then, rest), (*orelse, rest)]
        }
        Term::ForIter { dst, body, exit, .. } => vec![(*body, depth + is_new(dst)), (*exit, depth)],
        Term::Switch { targets, .. } => targets.iter().map(|t| (*t, depth)).collect(),
        Term::Suspend(s) => vec![(s.resume, depth - u32::from(is_temp(&s.value)).min(depth) + is_new(&s.sent))],
        Term::Return(_) | Term::Raise { .. } | Term::Reraise | Term::RaiseAgain(_) | Term::Unreachable => Vec::new(),
    };
    list.into_iter()
}
