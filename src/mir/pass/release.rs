//! Clears hidden locals where their value is needed no more, so that nothing lives longer than on CPython's value stack.
//!
//! ```text
//! .list = build_list                    .list = build_list
//! …                                     …
//! t0 = .list                     →      t0 = .list
//! call print t0                         clear .list
//!                                       call print t0
//! handler: e = catch                    handler: clear .iter      the loop was left by the exception
//!                                                e = catch
//! ```
//! A handler clears before it takes the exception: what a finaliser finds being handled is what was handled before.
//! A local that an explicit `clear` mentions later (a loop's iterator) waits for that.

use super::liveness::{self, Need};
use crate::diag::Span;
use crate::mir::bits::LocalSet;
use crate::mir::data::*;

pub fn run(body: &mut Body) {
    let candidates = candidates(body);
    if candidates.iter().next().is_none() {
        return;
    }
    let needed = liveness::needed(body, Need::Mention);
    let after: Vec<Vec<LocalSet>> = (0..body.blocks.len() as u32)
        .map(|i| liveness::needed_after(body, BlockId(i), &needed, Need::Mention))
        .collect();
    let held = Held { body, candidates: &candidates, needed: &needed, after: &after }.at_entries();
    for (i, entry) in held.into_iter().enumerate() {
        let Some(held) = entry else { continue };
        let data = &mut body.blocks[i];
        let old = std::mem::take(&mut data.instrs);
        let mut release = Release { candidates: &candidates, held, out: Vec::with_capacity(old.len()) };
        let span = old.first().map_or(data.term_span, |instr| instr.span);
        release.clear_all_but(&needed[i], span);
        for (instr, needed) in old.into_iter().zip(&after[i]) {
            release.pass(instr, needed);
        }
        data.instrs = release.out;
    }
}

/// Which candidates hold a value at the start of each block, given that those not needed are cleared at once.
struct Held<'a> {
    body: &'a Body,
    candidates: &'a LocalSet,
    /// At the start of each block.
    needed: &'a [LocalSet],
    /// After each instruction of each block.
    after: &'a [Vec<LocalSet>],
}

impl Held<'_> {
    fn at_entries(&self) -> Vec<Option<LocalSet>> {
        let mut entries: Vec<Option<LocalSet>> = vec![None; self.body.blocks.len()];
        entries[0] = Some(LocalSet::empty(self.body.locals.len()));
        let mut work = vec![BlockId(0)];
        while let Some(block) = work.pop() {
            let Some(entry) = entries[block.0 as usize].clone() else { continue };
            for (target, set) in self.ways_out(block, entry) {
                let known = &mut entries[target.0 as usize];
                let changed = match known {
                    Some(known) => known.union(&set),
                    None => {
                        *known = Some(set);
                        true
                    }
                };
                if changed {
                    work.push(target);
                }
            }
        }
        entries
    }

    /// What is held on each edge out of the block.
    fn ways_out(&self, block: BlockId, mut held: LocalSet) -> Vec<(BlockId, LocalSet)> {
        let i = block.0 as usize;
        let data = &self.body.blocks[i];
        let handler = self.body.handler(block);
        let mut out = Vec::new();
        held.intersect(&self.needed[i]);
        for (instr, needed) in data.instrs.iter().zip(&self.after[i]) {
            if let Some(handler) = handler.filter(|_| instr.op.may_raise()) {
                out.push((handler, held.clone()));
            }
            liveness::after(instr, &mut held);
            held.intersect(self.candidates);
            held.intersect(needed);
        }
        if let Term::RaiseAgain(local) = data.term {
            held.remove(local);
        }
        out.extend(handler.map(|handler| (handler, held.clone())));
        if let Term::Suspend(Suspend { delegate: Some(local), .. }) = data.term {
            held.remove(local);
        }
        for (target, defined) in data.term.edges() {
            let mut set = held.clone();
            if let Some(Place::Local(local)) = defined {
                set.insert(local);
                set.intersect(self.candidates);
            }
            out.push((target, set));
        }
        out
    }
}

struct Release<'a> {
    /// What may be cleared at all.
    candidates: &'a LocalSet,
    /// Candidates that may hold a value at the current point.
    held: LocalSet,
    out: Vec<Instr>,
}

impl Release<'_> {
    fn pass(&mut self, instr: Instr, needed: &LocalSet) {
        let span = instr.span;
        liveness::after(&instr, &mut self.held);
        self.held.intersect(self.candidates);
        self.out.push(instr);
        self.clear_all_but(needed, span);
    }

    /// Clears what is held for nothing, the youngest first.
    fn clear_all_but(&mut self, needed: &LocalSet, span: Span) {
        let dead: Vec<LocalId> = self.held.iter().filter(|local| !needed.contains(*local)).collect();
        for local in dead.into_iter().rev() {
            self.held.remove(local);
            self.out.push(Instr { dst: None, op: Op::Clear(local), args: Vec::new(), span });
        }
    }
}

/// Hidden locals whose values may need dropping.
fn candidates(body: &Body) -> LocalSet {
    let mut set = LocalSet::empty(body.locals.len());
    for (i, local) in body.locals.iter().enumerate() {
        let counts = local.kind == LocalKind::Hidden && !local.cell && &*local.name != COMPLETION_KIND;
        if counts && !liveness::is_namespace(body, i) {
            set.insert(LocalId(i as u32));
        }
    }
    // What was handled before is always given back by an `EndCatch`.
    for instr in body.blocks.iter().flat_map(|b| &b.instrs) {
        if let Op::Catch { saved } = instr.op {
            set.remove(saved);
        }
    }
    set
}
