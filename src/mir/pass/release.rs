//! Clears hidden locals where their value is needed no more, so that nothing lives longer than on CPython's value stack.
//!
//! ```text
//! .list = build_list                    .list = build_list
//! …                                     …
//! t0 = .list                     →      t0 = .list
//! call print t0                         clear .list
//!                                       call print t0
//! handler: e = catch                    handler: e = catch
//!                                                clear .iter      the loop was left by the exception
//! ```
//! A local that an explicit `clear` mentions later (a loop's iterator) waits for that.

use super::liveness::{self, Meet, Need};
use crate::diag::Span;
use crate::mir::bits::LocalSet;
use crate::mir::data::*;

pub fn run(body: &mut Body) {
    let candidates = candidates(body);
    if candidates.iter().next().is_none() {
        return;
    }
    let assigned = liveness::assigned(body, Meet::Any);
    let needed = liveness::needed(body, Need::Mention);
    for (i, entry) in assigned.into_iter().enumerate() {
        let Some(mut held) = entry else { continue };
        held.intersect(&candidates);
        let block = BlockId(i as u32);
        let after = liveness::needed_after(body, block, &needed, Need::Mention);
        let data = &mut body.blocks[i];
        let old = std::mem::take(&mut data.instrs);
        let mut release = Release { candidates: &candidates, held, out: Vec::with_capacity(old.len()) };
        // A handler first takes the exception.
        if !matches!(old.first(), Some(Instr { op: Op::Catch { .. }, .. })) {
            let span = old.first().map_or(data.term_span, |instr| instr.span);
            release.clear_all_but(&needed[i], span);
        }
        for (instr, needed) in old.into_iter().zip(&after) {
            release.pass(instr, needed);
        }
        data.instrs = release.out;
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
