//! Statements: one match that sends each kind to the file that knows it.

use super::Builder;
use super::loops::ForLoop;
use super::scope::{Exit, Scope};
use crate::hir::{Expr, Stmt, StmtKind};
use crate::mir::data::*;

impl Builder<'_> {
    pub(super) fn stmts(&mut self, body: &[Stmt]) {
        body.iter().for_each(|s| self.stmt(s));
    }

    fn stmt(&mut self, s: &Stmt) {
        let span = s.span;
        match &s.kind {
            StmtKind::Expr(e) => self.effect(e),
            StmtKind::Assign { target, value } => self.assign(target, value, span),
            StmtKind::Delete(target) => self.delete(target),
            StmtKind::Clear(local) => self.clear(*local, span),
            StmtKind::NewCell(slot) => {
                self.emit(None, Op::MakeCell { slot: *slot, fresh: true }, Vec::new(), span);
            }
            StmtKind::If { test, then, orelse } => self.if_else(test, then, orelse),
            StmtKind::While { label, test, body, orelse } => self.while_loop(*label, test, body, orelse, span),
            StmtKind::For { label, iterator, iter, target, body, orelse } => {
                let parts = ForLoop { label: *label, iterator: *iterator, iter: iter.as_ref(), target, body, orelse };
                self.for_loop(&parts, span);
            }
            StmtKind::AsyncFor { label, iterator, iter, target, body, orelse } => {
                let parts = ForLoop { label: *label, iterator: *iterator, iter: iter.as_ref(), target, body, orelse };
                self.async_for_loop(&parts, span);
            }
            StmtKind::Labeled { label, body } => {
                let end = self.new_block();
                self.scopes.push(Scope::Labeled { label: *label, end });
                self.stmts(body);
                self.scopes.pop();
                self.jump_and_start(end, span);
            }
            StmtKind::Break(label) => self.leave(Exit::Break(*label), Operand::Const(Const::None), span),
            StmtKind::Continue(label) => self.leave(Exit::Continue(*label), Operand::Const(Const::None), span),
            StmtKind::Return(value) => self.return_value(value, span),
            StmtKind::Raise { exc, cause } => self.raise(exc, cause.as_ref(), s),
            StmtKind::Reraise => self.terminate(Term::Reraise, span),
            StmtKind::RaiseLocal(local) => self.raise_local(*local, span),
            StmtKind::TryExcept { body, exc, handler, orelse } => {
                self.try_except((body, *exc, handler, orelse), span);
            }
            StmtKind::TryFinally { body, finally } => self.try_finally(body, finally, span),
            StmtKind::With { is_async, exit, body } => self.with(*is_async, *exit, body, span),
        }
    }

    fn if_else(&mut self, test: &Expr, then: &[Stmt], orelse: &[Stmt]) {
        let (yes, no, end) = (self.new_block(), self.new_block(), self.new_block());
        self.branch(test, yes, no);
        self.start(yes);
        self.stmts(then);
        self.jump(end, test.span);
        self.start(no);
        self.stmts(orelse);
        self.jump_and_start(end, test.span);
    }

    fn raise(&mut self, exc: &Expr, cause: Option<&Expr>, s: &Stmt) {
        let later: Vec<&Expr> = cause.into_iter().collect();
        let exc = self.operand(exc, &later);
        let cause = cause.map(|c| self.operand(c, &[]));
        self.terminate(Term::Raise { exc, cause }, s.span);
    }
}
