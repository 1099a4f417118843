//! `while`, `for`, `async for`. A loop's iterator lives in a hidden local, which is cleared on every way out.

use super::Builder;
use super::assign::plain_local;
use super::scope::Scope;
use crate::diag::Span;
use crate::hir::{Block, Expr, Intrinsic, LabelId, Target};
use crate::mir::data::*;

/// The parts of a `for` or `async for`.
pub(super) struct ForLoop<'a> {
    pub label: LabelId,
    pub iterator: LocalId,
    /// `None`: the iterator is there already.
    pub iter: Option<&'a Expr>,
    pub target: &'a Target,
    pub body: &'a Block,
    pub orelse: &'a Block,
}

impl ForLoop<'_> {
    /// What an error in the iteration is blamed on.
    fn at(&self) -> Span {
        self.iter.map_or(self.target.span, |e| e.span)
    }
}

impl Builder<'_> {
    pub(super) fn while_loop(&mut self, label: LabelId, test: &Expr, body: &Block, orelse: &Block, span: Span) {
        let (head, inside) = (self.new_block(), self.new_block());
        let (exhausted, end) = (self.new_block(), self.new_block());
        self.jump_and_start(head, span);
        self.branch(test, inside, exhausted);
        self.start(inside);
        self.scopes.push(Scope::Loop { label, end, next: head, iterator: None });
        self.stmts(body);
        self.scopes.pop();
        self.jump(head, test.span);
        self.start(exhausted);
        self.stmts(orelse);
        self.jump_and_start(end, span);
    }

    pub(super) fn for_loop(&mut self, parts: &ForLoop, span: Span) {
        let (head, exhausted, inside) = (self.new_block(), self.new_block(), self.new_block());
        let (iterator, at) = (parts.iterator, parts.at());
        self.take_iterator(parts, Op::GetIter);
        self.jump_and_start(head, at);
        let dst = self.item_place(parts.target);
        self.terminate(Term::ForIter { iterator, dst, body: inside, exit: exhausted }, at);
        self.start(inside);
        self.store_item(dst, parts.target);
        self.loop_body(parts, head, exhausted, span);
    }

    /// Each step awaits `__anext__()` within a region whose handler takes StopAsyncIteration for the end (PEP 492).
    pub(super) fn async_for_loop(&mut self, parts: &ForLoop, span: Span) {
        let (head, exhausted, caught) = (self.new_block(), self.new_block(), self.new_block());
        let (outer, at, iterator) = (self.region, parts.at(), parts.iterator);
        self.take_iterator(parts, Op::Intrinsic(Intrinsic::AIter));
        self.jump(head, at);
        let region = self.new_region(caught, RegionKind::AsyncFor, span);
        self.region = Some(region);
        self.start(head);
        let dst = self.item_place(parts.target);
        self.delegate_to(SuspendKind::Await, Op::GetANext, Operand::Local(iterator), dst, at);
        self.enter_region(outer, at);
        self.store_item(dst, parts.target);
        self.stop_handler(caught, exhausted, outer, at);
        self.loop_body(parts, head, exhausted, span);
    }

    /// Evaluates the iterable and keeps its iterator.
    fn take_iterator(&mut self, parts: &ForLoop, op: Op) {
        if let Some(iter) = parts.iter {
            let iterable = self.operand(iter, &[]);
            self.emit(Some(Place::Local(parts.iterator)), op, vec![iterable], iter.span);
        }
    }

    /// The handler around `__anext__`. Nothing in it can raise before the handling has ended.
    fn stop_handler(&mut self, caught: BlockId, exhausted: BlockId, outer: Option<RegionId>, span: Span) {
        let (body, stack) = (self.current.take(), self.stack.clone());
        let (exc, saved) = (self.hidden(".raised"), self.hidden(".saved"));
        let (stop, raise) = (self.new_block(), self.new_block());
        self.cold_depth += 1;
        self.region = outer;
        self.start(caught);
        self.emit(Some(Place::Local(exc)), Op::Catch { saved }, Vec::new(), span);
        let cond = self.emit_push(Op::IsStopAsyncIteration, vec![Operand::Local(exc)], span);
        self.emit(None, Op::EndCatch { saved }, Vec::new(), span);
        self.terminate(Term::Branch { cond, then: stop, orelse: raise }, span);
        self.start(stop);
        self.jump(exhausted, span);
        self.start(raise);
        self.terminate(Term::RaiseAgain(exc), span);
        self.cold_depth -= 1;
        self.give_back(saved);
        self.give_back(exc);
        (self.current, self.stack) = (body, stack);
    }

    fn loop_body(&mut self, parts: &ForLoop, head: BlockId, exhausted: BlockId, span: Span) {
        let end = self.new_block();
        let iterator = Some(parts.iterator);
        self.scopes.push(Scope::Loop { label: parts.label, end, next: head, iterator });
        self.stmts(parts.body);
        self.scopes.pop();
        self.jump(head, parts.at());
        self.start(exhausted);
        self.clear(parts.iterator, parts.at());
        self.stmts(parts.orelse);
        self.jump_and_start(end, span);
    }

    /// Where the item goes: straight to a plain local, else to a temporary.
    fn item_place(&mut self, target: &Target) -> Place {
        match plain_local(target) {
            Some(local) => Place::Local(local),
            None => Place::Temp(self.temp()),
        }
    }

    /// At the start of the body: an item in a temporary is stored to its target.
    fn store_item(&mut self, dst: Place, target: &Target) {
        if let Place::Temp(temp) = dst {
            if self.stack.last() != Some(&temp) {
                self.stack.push(temp);
            }
            self.store(target, Operand::Temp(temp), target.span);
        }
    }
}
