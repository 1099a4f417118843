//! `while` and `for`, synchronous or not.

use super::super::data::*;
use super::{Lowerer, fold};
use crate::diag::Span;
use crate::syntax::ast;

impl Lowerer<'_> {
    pub(super) fn while_loop(
        &mut self,
        test: &ast::Expr,
        body: &[ast::Stmt],
        orelse: &[ast::Stmt],
        span: Span,
        out: &mut Block,
    ) {
        let label = self.label();
        let test = self.condition(test);
        let body = self.loop_body(label, body);
        let orelse = self.block(orelse);
        out.push(Stmt::new(StmtKind::While { label, test, body, orelse }, span));
    }

    pub(super) fn for_loop(&mut self, stmt: ForLoop<'_>, span: Span, out: &mut Block) {
        let label = self.label();
        let iter = Some(self.iterated(stmt.iter, stmt.is_async));
        let iterator = self.hidden(".iter");
        let target = self.target(stmt.target);
        let body = self.loop_body(label, stmt.body);
        self.release(iterator);
        let orelse = self.block(stmt.orelse);
        out.push(Stmt::new(loop_kind(stmt.is_async, label, iterator, iter, target, body, orelse), span));
    }

    /// What a loop runs over: a list display is as good as a tuple, unless its type is to be seen (in an error).
    pub(super) fn iterated(&mut self, iter: &ast::Expr, is_async: bool) -> Expr {
        let iter = self.expr(iter);
        if is_async { iter } else { fold::list_to_tuple(iter) }
    }

    fn loop_body(&mut self, label: LabelId, body: &[ast::Stmt]) -> Block {
        self.frame.loops.push(label);
        let body = self.block(body);
        self.frame.loops.pop();
        body
    }
}

/// The parts of a `for` statement.
pub(super) struct ForLoop<'a> {
    pub is_async: bool,
    pub target: &'a ast::Expr,
    pub iter: &'a ast::Expr,
    pub body: &'a [ast::Stmt],
    pub orelse: &'a [ast::Stmt],
}

/// `For` or `AsyncFor`.
pub(super) fn loop_kind(
    is_async: bool,
    label: LabelId,
    iterator: LocalId,
    iter: Option<Expr>,
    target: Target,
    body: Block,
    orelse: Block,
) -> StmtKind {
    if is_async {
        StmtKind::AsyncFor { label, iterator, iter, target, body, orelse }
    } else {
        StmtKind::For { label, iterator, iter, target, body, orelse }
    }
}
