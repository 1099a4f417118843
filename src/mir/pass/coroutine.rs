//! Makes the state machine explicit: numbers the suspension points and records for each what is known of it there.
//!
//! ```text
//! bb1: suspend yield i → bb2        →    state 0 start → bb0
//! bb4: suspend await .delegate → bb5     state 1 yield → bb2, saved {n, i, .iter}, live {.iter}
//!                                        state 2 await → bb5, throw bb7, …
//! ```
//! States follow the source order, as .NET's and rustc's coroutine transforms number them. Named locals are saved whether
//! live or not, since CPython keeps them alive; the live ones are what may be read after the resume.

use super::liveness::{self, Meet, Need};
use crate::mir::bits::LocalSet;
use crate::mir::data::*;
use crate::mir::temps;

/// Precondition: `verify` holds.
pub fn run(body: &mut Body) {
    body.states.clear();
    if body.flavor == Flavor::Plain {
        return;
    }
    let facts = Facts {
        assigned: liveness::assigned(body, Meet::Any),
        needed: liveness::needed(body, Need::Read),
        stacks: temps::entry_stacks(body).unwrap_or_else(|_| vec![None; body.blocks.len()]),
        chains: chains(body),
    };
    let mut states = vec![start(body, &facts)];
    for block in suspensions(body) {
        let id = StateId(states.len() as u32);
        states.extend(suspended(body, block, id, &facts));
        if let Term::Suspend(suspend) = &mut body.blocks[block.0 as usize].term {
            suspend.state = id;
        }
    }
    body.states = states;
}

struct Facts {
    assigned: Vec<Option<LocalSet>>,
    needed: Vec<LocalSet>,
    stacks: Vec<Option<temps::Stack>>,
    chains: Vec<Option<Chain>>,
}

/// The blocks that end in a suspension, in source order.
fn suspensions(body: &Body) -> Vec<BlockId> {
    let mut blocks: Vec<BlockId> = (0..body.blocks.len() as u32).map(BlockId).collect();
    blocks.retain(|b| matches!(body.blocks[b.0 as usize].term, Term::Suspend(_)));
    // By the end: an operand suspends before the expression around it.
    blocks.sort_by_key(|b| {
        let span = body.blocks[b.0 as usize].term_span;
        (span.end, std::cmp::Reverse(span.start), *b)
    });
    blocks
}

fn start(body: &Body, facts: &Facts) -> State {
    let assigned = liveness::at_start(body);
    State {
        id: StateId(0),
        kind: None,
        block: BlockId(0),
        resume: BlockId(0),
        region: None,
        saved_temps: Vec::new(),
        saved: assigned.iter().collect(),
        live: facts.needed[0].iter().filter(|l| assigned.contains(*l)).collect(),
        bare: true,
        handling: Vec::new(),
        span: body.header,
    }
}

fn suspended(body: &Body, block: BlockId, id: StateId, facts: &Facts) -> Option<State> {
    let data = &body.blocks[block.0 as usize];
    let Term::Suspend(suspend) = &data.term else { return None };
    let (assigned, stack, chain) = at_end(body, block, facts);
    let mut live = facts.needed[suspend.resume.0 as usize].clone();
    if let Place::Local(local) = suspend.sent {
        live.remove(local);
    }
    if let Some(local) = suspend.delegate {
        live.insert(local);
    }
    Some(State {
        id,
        kind: Some(suspend.kind),
        block,
        resume: suspend.resume,
        region: data.region,
        saved_temps: stack,
        saved: assigned.iter().collect(),
        live: live.iter().filter(|l| assigned.contains(*l)).collect(),
        bare: !body.region_chain(data.region).any(|r| runs_code(r.kind)),
        handling: handling(&chain),
        span: data.term_span,
    })
}

/// Whether closing within such a region runs code of the program.
fn runs_code(kind: RegionKind) -> bool {
    match kind {
        RegionKind::Except | RegionKind::Finally | RegionKind::With | RegionKind::AsyncFor => true,
        RegionKind::Handler => false,
    }
}

/// What holds when the block's terminator has consumed its operands.
fn at_end(body: &Body, block: BlockId, facts: &Facts) -> (LocalSet, temps::Stack, Chain) {
    let i = block.0 as usize;
    let mut assigned = facts.assigned[i].clone().unwrap_or_default();
    let mut stack = facts.stacks[i].clone().unwrap_or_default();
    let mut chain = facts.chains[i].clone().unwrap_or_default();
    let data = &body.blocks[i];
    for instr in &data.instrs {
        liveness::after(instr, &mut assigned);
        // The body was verified, so these cannot fail.
        let _ = temps::step(instr, &mut stack);
        after(instr, &mut chain);
    }
    let _ = temps::consume(data.term.operands().into_iter(), &mut stack);
    (assigned, stack, chain)
}

/// The `saved` locals of the handlers around a point, outermost first; whether the handling is certain (within a
/// `finally` it depends on how that was entered).
type Chain = Vec<(LocalId, bool)>;

/// The `saved` locals up to the first certain one: the first that is bound is the outermost.
fn handling(chain: &Chain) -> Vec<LocalId> {
    let count = chain.iter().position(|(_, certain)| *certain).map_or(chain.len(), |i| i + 1);
    chain[..count].iter().map(|(local, _)| *local).collect()
}

fn after(instr: &Instr, chain: &mut Chain) {
    match instr.op {
        Op::Catch { saved } => chain.push((saved, true)),
        Op::EndCatch { saved } => chain.retain(|(local, _)| *local != saved),
        _ => {}
    }
}

/// The chain at the start of each reachable block.
fn chains(body: &Body) -> Vec<Option<Chain>> {
    let mut entries: Vec<Option<Chain>> = vec![None; body.blocks.len()];
    entries[0] = Some(Vec::new());
    let mut work = vec![BlockId(0)];
    while let Some(block) = work.pop() {
        let Some(mut chain) = entries[block.0 as usize].clone() else { continue };
        let data = &body.blocks[block.0 as usize];
        let handler = body.handler(block);
        for instr in &data.instrs {
            if let Some(handler) = handler.filter(|_| instr.op.may_raise()) {
                flow(handler, &chain, &mut entries, &mut work);
            }
            after(instr, &mut chain);
        }
        for (i, (target, _)) in data.term.edges().into_iter().enumerate() {
            match data.term {
                // However else a `finally` is left, it was entered without an exception.
                Term::Switch { saved: Some(saved), .. } if i != RAISE_TARGET => {
                    let others: Chain = chain.iter().copied().filter(|(local, _)| *local != saved).collect();
                    flow(target, &others, &mut entries, &mut work);
                }
                _ => flow(target, &chain, &mut entries, &mut work),
            }
        }
        if let Some(handler) = handler.filter(|_| data.term.may_raise()) {
            flow(handler, &chain, &mut entries, &mut work);
        }
    }
    entries
}

/// Joins: what only one side has becomes uncertain.
fn flow(target: BlockId, chain: &Chain, entries: &mut [Option<Chain>], work: &mut Vec<BlockId>) {
    let entry = &mut entries[target.0 as usize];
    let Some(known) = entry else {
        *entry = Some(chain.clone());
        work.push(target);
        return;
    };
    let mut joined = known.clone();
    for (local, certain) in &mut joined {
        *certain &= chain.iter().any(|(l, c)| l == local && *c);
    }
    for (i, (local, _)) in chain.iter().enumerate() {
        if !joined.iter().any(|(l, _)| l == local) {
            joined.insert(i.min(joined.len()), (*local, false));
        }
    }
    if joined != *known {
        *known = joined;
        work.push(target);
    }
}
