//! Short circuits and conditions: as jumps where only the truth matters, with the last value kept where it matters.

use super::Builder;
use crate::diag::Span;
use crate::hir::{CmpOp, Expr, ExprKind, UnaryOp, Var};
use crate::mir::data::*;

impl Builder<'_> {
    /// Jumps to `then` or `orelse` by the truth of `e`.
    pub(super) fn branch(&mut self, e: &Expr, then: BlockId, orelse: BlockId) {
        match &e.kind {
            ExprKind::Const(c) => self.jump(if c.is_true() { then } else { orelse }, e.span),
            ExprKind::Unary { op: UnaryOp::Not, operand } => self.branch(operand, orelse, then),
            ExprKind::And(operands) => self.branch_all(operands, true, then, orelse, e.span),
            ExprKind::Or(operands) => self.branch_all(operands, false, orelse, then, e.span),
            ExprKind::Block { body, value } => {
                self.stmts(body);
                self.branch(value, then, orelse);
            }
            _ => {
                let cond = self.operand(e, &[]);
                self.terminate(Term::Branch { cond, then, orelse }, e.span);
            }
        }
    }

    /// `all` is reached when every operand's truth is `truth`, `other` at the first one that differs.
    fn branch_all(&mut self, operands: &[Expr], truth: bool, all: BlockId, other: BlockId, span: Span) {
        let Some((last, init)) = operands.split_last() else { return self.jump(all, span) };
        for operand in init {
            let next = self.new_block();
            self.branch_if(operand, truth, next, other);
            self.start(next);
        }
        self.branch_if(last, truth, all, other);
    }

    fn branch_if(&mut self, e: &Expr, truth: bool, same: BlockId, other: BlockId) {
        if truth { self.branch(e, same, other) } else { self.branch(e, other, same) }
    }

    /// `and` (`truth`) and `or`: the value of the first operand whose truth differs, or of the last.
    pub(super) fn short_circuit(&mut self, operands: &[Expr], truth: bool, dst: Place, span: Span) {
        let Some((last, init)) = operands.split_last() else { return };
        let end = self.new_block();
        let base = self.stack.len();
        for operand in init {
            let (next, found) = (self.new_block(), self.new_block());
            let value = self.decide(operand, truth, next, found);
            self.start(found);
            self.copy(dst, value, operand.span);
            self.jump(end, operand.span);
            self.stack.truncate(base);
            self.start(next);
        }
        self.into(last, dst);
        self.jump_and_start(end, span);
    }

    /// Goes to `next` if the operand's truth is `truth`, else to `found`, where the answer is its value.
    fn decide(&mut self, e: &Expr, truth: bool, next: BlockId, found: BlockId) -> Operand {
        if is_bool(e) {
            self.branch_if(e, truth, next, found);
            return Operand::Const(if truth { Const::False } else { Const::True });
        }
        let (cond, kept) = match &e.kind {
            ExprKind::Const(c) => {
                self.jump(if c.is_true() == truth { next } else { found }, e.span);
                return Operand::Const(c.clone());
            }
            ExprKind::Var(Var::Local(_)) => (self.operand(e, &[]), None),
            _ => {
                let kept = self.hidden(".value");
                self.into(e, Place::Local(kept));
                (Operand::Local(kept), Some(kept))
            }
        };
        let (then, orelse) = if truth { (next, found) } else { (found, next) };
        self.terminate(Term::Branch { cond: cond.clone(), then, orelse }, e.span);
        if let Some(kept) = kept {
            self.give_back(kept);
        }
        cond
    }

    pub(super) fn conditional(&mut self, test: &Expr, then: &Expr, orelse: &Expr, dst: Place, span: Span) {
        let (yes, no, end) = (self.new_block(), self.new_block(), self.new_block());
        let base = self.stack.len();
        self.branch(test, yes, no);
        self.start(yes);
        self.into(then, dst);
        self.jump(end, span);
        self.stack.truncate(base);
        self.start(no);
        self.into(orelse, dst);
        self.jump_and_start(end, span);
    }

    /// A short circuit or conditional whose value is dropped.
    pub(super) fn logic_effect(&mut self, e: &Expr) {
        let end = self.new_block();
        match &e.kind {
            ExprKind::And(operands) | ExprKind::Or(operands) => {
                let truth = matches!(e.kind, ExprKind::And(_));
                let Some((last, init)) = operands.split_last() else { return };
                for operand in init {
                    let next = self.new_block();
                    self.branch_if(operand, truth, next, end);
                    self.start(next);
                }
                self.effect(last);
            }
            ExprKind::Conditional { test, then, orelse } => {
                let (yes, no) = (self.new_block(), self.new_block());
                self.branch(test, yes, no);
                self.start(yes);
                self.effect(then);
                self.jump(end, e.span);
                self.start(no);
                self.effect(orelse);
            }
            _ => self.effect(e),
        }
        self.jump_and_start(end, e.span);
    }
}

/// Whether the value is surely a `bool`; the ordering comparisons may give anything.
fn is_bool(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Unary { op, .. } => *op == UnaryOp::Not,
        ExprKind::Compare { op, .. } => matches!(op, CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn),
        _ => false,
    }
}
