//! `try` and `with`.
//!
//! ```text
//! try: a          bb0 (region r0): a; kind = 0; jump bb1
//! finally: b      bb2: value = catch; kind = 1; jump bb1            the handler of r0
//!                 bb1: b; switch kind: 0 → after, 1 → bb3, …        b is built once
//!                 bb3: end_catch; raise_again value
//! ```
//! While an exception is handled, the one handled before is kept in a hidden local `.saved`. It is unbound when a
//! `finally` was entered without an exception, and `EndCatch` then does nothing: so one copy serves both entries.
//! An exception that leaves a handler ends the handling in a block of its own ([`Builder::leaving_handler`]).

use super::Builder;
use super::scope::{Completion, Exit, FALL_THROUGH, RAISE, Scope};
use crate::diag::Span;
use crate::hir::{Block, Stmt, StmtKind};
use crate::mir::data::*;

impl Builder<'_> {
    pub(super) fn try_except(&mut self, parts: (&Block, LocalId, &Block, &Block), span: Span) {
        let (body, exc, handler, orelse) = parts;
        let (outer, caught, end) = (self.region, self.new_block(), self.new_block());
        let region = self.new_region(caught, RegionKind::Except, span);
        self.enter_region(Some(region), span);
        self.scopes.push(Scope::Try { outer });
        self.stmts(body);
        self.scopes.pop();
        self.enter_region(outer, span);
        self.stmts(orelse);
        self.jump(end, end_of(orelse).unwrap_or(span));

        self.cold_depth += 1;
        let saved = self.hidden(".saved");
        let around = self.start_handler(caught, exc, saved, span);
        self.scopes.push(Scope::Handler { outer, saved, exc });
        self.stmts(handler);
        self.scopes.pop();
        self.end_handler(outer, saved, span);
        self.jump(end, end_of(handler).unwrap_or(span));
        self.leaving_handler(around, outer, saved, span);
        self.give_back(saved);
        self.cold_depth -= 1;

        self.region = outer;
        self.start(end);
    }

    pub(super) fn try_finally(&mut self, body: &Block, finally: &Block, span: Span) {
        if let [Stmt { kind: StmtKind::Clear(local), span: at }] = finally[..] {
            return self.try_cleanup(body, local, at);
        }
        let (outer, caught, end, raise) = (self.region, self.new_block(), self.new_block(), self.new_block());
        let region = self.new_region(caught, RegionKind::Finally, span);
        let completion = self.protected_body(body, region, span);
        let (kind, value) = (completion.kind, completion.value);
        self.enter_region(outer, span);
        self.set_kind(kind, FALL_THROUGH, span);
        self.jump(completion.entry, span);

        self.cold_depth += 1;
        let saved = self.hidden(".saved");
        let around = self.start_handler(caught, value, saved, span);
        self.set_kind(kind, RAISE, span);
        self.jump(completion.entry, span);
        self.cold_depth -= 1;

        self.region = Some(around);
        self.start(completion.entry);
        self.scopes.push(Scope::Handler { outer, saved, exc: value });
        self.stmts(finally);
        self.scopes.pop();
        self.enter_region(outer, span);
        let last = end_of(finally).unwrap_or(span);
        self.dispatch(&completion, end, (raise, Some(saved)), last);

        self.cold_depth += 1;
        self.start(raise);
        self.emit(None, Op::EndCatch { saved }, Vec::new(), last);
        self.terminate(Term::RaiseAgain(value), last);
        self.leaving_handler(around, outer, saved, span);
        self.cold_depth -= 1;
        for local in [saved, value, kind] {
            self.give_back(local);
        }
        self.region = outer;
        self.start(end);
    }

    /// `try: body finally: clear local`, which runs no code of the program and so needs no completion.
    fn try_cleanup(&mut self, body: &Block, local: LocalId, span: Span) {
        let (outer, caught, end) = (self.region, self.new_block(), self.new_block());
        let region = self.new_region(caught, RegionKind::Handler, span);
        self.enter_region(Some(region), span);
        self.scopes.push(Scope::Cleanup { outer, local });
        self.stmts(body);
        self.scopes.pop();
        self.enter_region(outer, span);
        self.clear(local, span);
        self.jump(end, span);

        self.cold_depth += 1;
        let (raised, saved) = (self.hidden(".raised"), self.hidden(".saved"));
        self.region = outer;
        self.start(caught);
        self.emit(Some(Place::Local(raised)), Op::Catch { saved }, Vec::new(), span);
        self.emit(None, Op::EndCatch { saved }, Vec::new(), span);
        self.clear(local, span);
        self.terminate(Term::RaiseAgain(raised), span);
        self.give_back(saved);
        self.give_back(raised);
        self.cold_depth -= 1;
        self.region = outer;
        self.start(end);
    }

    pub(super) fn with(&mut self, is_async: bool, exit: LocalId, body: &Block, span: Span) {
        let (outer, caught, end) = (self.region, self.new_block(), self.new_block());
        let region = self.new_region(caught, RegionKind::With, span);
        let completion = self.protected_body(body, region, span);
        let (kind, value) = (completion.kind, completion.value);
        self.enter_region(outer, span);
        if completion.has_exits() {
            self.set_kind(kind, FALL_THROUGH, span);
        }
        self.jump_and_start(completion.entry, span);
        let result = self.call_exit(is_async, exit, Operand::Const(Const::None), span);
        self.emit(None, Op::Drop, vec![result], span);
        // The local is given up before another way out may need its block.
        self.clear(exit, span);
        if completion.has_exits() {
            let no_raise = self.new_block();
            self.dispatch(&completion, end, (no_raise, None), span);
            self.start(no_raise);
            self.terminate(Term::Unreachable, span);
        } else {
            self.jump(end, span);
        }
        self.with_handler(is_async, exit, (caught, end), (outer, value), span);
        for local in [value, kind] {
            self.give_back(local);
        }
        self.region = outer;
        self.start(end);
    }

    /// The exceptional way out of a `with`: `exit(type, exc, tb)` decides.
    fn with_handler(
        &mut self,
        is_async: bool,
        exit: LocalId,
        (caught, end): (BlockId, BlockId),
        (outer, exc): (Option<RegionId>, LocalId),
        span: Span,
    ) {
        self.cold_depth += 1;
        let saved = self.hidden(".saved");
        let around = self.start_handler(caught, exc, saved, span);
        let (swallow, raise) = (self.new_block(), self.new_block());
        let cond = self.call_exit(is_async, exit, Operand::Local(exc), span);
        self.terminate(Term::Branch { cond, then: swallow, orelse: raise }, span);
        self.region = outer;
        self.start(swallow);
        self.emit(None, Op::EndCatch { saved }, Vec::new(), span);
        self.jump(end, span);
        self.start(raise);
        self.emit(None, Op::EndCatch { saved }, Vec::new(), span);
        self.terminate(Term::RaiseAgain(exc), span);
        self.leaving_handler(around, outer, saved, span);
        self.give_back(saved);
        self.cold_depth -= 1;
    }

    /// Builds a body whose ways out all go to the completion's entry block.
    fn protected_body(&mut self, body: &Block, region: RegionId, span: Span) -> Completion {
        let completion = Completion {
            outer: self.region,
            entry: self.new_block(),
            kind: self.hidden(COMPLETION_KIND),
            value: self.hidden(".value"),
            returns: false,
            jumps: Vec::<Exit>::new(),
        };
        self.enter_region(Some(region), span);
        self.scopes.push(Scope::Protected(completion.clone()));
        self.stmts(body);
        match self.scopes.pop() {
            Some(Scope::Protected(noted)) => noted,
            _ => completion,
        }
    }

    /// Starts the handler block `caught` within a new region that ends the handling when the handler raises.
    fn start_handler(&mut self, caught: BlockId, exc: LocalId, saved: LocalId, span: Span) -> RegionId {
        let leaving = self.new_block();
        let around = self.new_region(leaving, RegionKind::Handler, span);
        self.region = Some(around);
        self.start(caught);
        self.emit(Some(Place::Local(exc)), Op::Catch { saved }, Vec::new(), span);
        around
    }

    /// The normal end of a handler.
    fn end_handler(&mut self, outer: Option<RegionId>, saved: LocalId, span: Span) {
        self.enter_region(outer, span);
        self.emit(None, Op::EndCatch { saved }, Vec::new(), span);
    }

    /// The handler of a handler's own region: ends the handling, then goes on raising.
    fn leaving_handler(&mut self, around: RegionId, outer: Option<RegionId>, saved: LocalId, span: Span) {
        let block = self.regions[around.0 as usize].handler;
        let (raised, inner) = (self.hidden(".raised"), self.hidden(".saved"));
        self.region = outer;
        self.start(block);
        self.emit(Some(Place::Local(raised)), Op::Catch { saved: inner }, Vec::new(), span);
        self.emit(None, Op::EndCatch { saved: inner }, Vec::new(), span);
        self.emit(None, Op::EndCatch { saved }, Vec::new(), span);
        self.terminate(Term::RaiseAgain(raised), span);
        self.give_back(inner);
        self.give_back(raised);
    }

    fn call_exit(&mut self, is_async: bool, exit: LocalId, exc: Operand, span: Span) -> Operand {
        let result = self.emit_push(Op::CallExit, vec![Operand::Local(exit), exc], span);
        if is_async { self.await_value(result, AwaitContext::AExit, span) } else { result }
    }
}

fn end_of(body: &[Stmt]) -> Option<Span> {
    body.last().map(|s| s.span)
}
