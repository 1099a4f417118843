//! Statements: the dispatch, and those that need no file of their own.

use super::super::data::*;
use super::Lowerer;
use super::loops::ForLoop;
use crate::diag::Span;
use crate::syntax::ast::{self, StmtKind as Ast};

/// A chain of more branches than this becomes a labelled block instead of nested ones, so that the depth of the tree
/// does not grow with the length of an `elif` chain.
const NESTED_BRANCHES: usize = 16;

impl Lowerer<'_> {
    pub(super) fn block(&mut self, stmts: &[ast::Stmt]) -> Block {
        let mut out = Block::new();
        self.block_into(stmts, &mut out);
        out
    }

    pub(super) fn block_into(&mut self, stmts: &[ast::Stmt], out: &mut Block) {
        for stmt in stmts {
            self.stmt(stmt, out);
        }
    }

    fn stmt(&mut self, stmt: &ast::Stmt, out: &mut Block) {
        let span = stmt.span;
        match &stmt.kind {
            Ast::Expr(value) => {
                let value = self.expr(value);
                if value.as_const().is_none() {
                    out.push(Stmt::new(StmtKind::Expr(value), span));
                }
            }
            Ast::Assign { targets, value } => self.assign(targets, value, span, out),
            Ast::AugAssign { target, op, value } => self.aug_assign(target, *op, value, span, out),
            Ast::AnnAssign { target, annotation, value } => {
                self.ann_assign(target, annotation, value.as_ref(), span, out);
            }
            Ast::Pass | Ast::Global(_) | Ast::Nonlocal(_) | Ast::Error => {}
            Ast::Break => out.extend(self.frame.loops.last().map(|l| Stmt::new(StmtKind::Break(*l), span))),
            Ast::Continue => out.extend(self.frame.loops.last().map(|l| Stmt::new(StmtKind::Continue(*l), span))),
            Ast::Return(value) => {
                let value = self.expr_or_none(value.as_ref(), span);
                out.push(Stmt::new(StmtKind::Return(value), span));
            }
            Ast::Raise { exc: None, .. } => out.push(Stmt::new(StmtKind::Reraise, span)),
            Ast::Raise { exc: Some(exc), cause } => {
                let exc = self.expr(exc);
                let cause = cause.as_ref().map(|cause| self.expr(cause));
                out.push(Stmt::new(StmtKind::Raise { exc, cause }, span));
            }
            Ast::Del(targets) => self.delete(targets, span, out),
            Ast::Assert { test, msg } => self.assert(test, msg.as_ref(), span, out),
            Ast::Import(items) => self.import(items, span, out),
            Ast::ImportFrom { level, module, names, star } => {
                self.import_from((*level, module.as_ref()), names, star.is_some(), span, out);
            }
            Ast::If { branches, orelse } => self.if_chain(branches, orelse, span, out),
            Ast::While { test, body, orelse } => self.while_loop(test, body, orelse, span, out),
            Ast::For { is_async, target, iter, body, orelse } => {
                self.for_loop(ForLoop { is_async: *is_async, target, iter, body, orelse }, span, out);
            }
            Ast::With { is_async, items, body } => self.with(*is_async, items, body, out),
            Ast::Try(try_stmt) => self.try_stmt(try_stmt, span, out),
            Ast::Match { subject, cases } => self.match_stmt(subject, cases, span, out),
            Ast::Def(def) => self.def(def, span, out),
            Ast::Class(class) => self.class(class, span, out),
        }
    }

    /// `assert test, msg`; the failure is blamed on the test, as CPython does.
    fn assert(&mut self, test: &ast::Expr, msg: Option<&ast::Expr>, span: Span, out: &mut Block) {
        let test_span = test.span;
        let test = self.condition(test);
        let args = msg.map(|msg| self.expr(msg)).into_iter().collect();
        let exc = Expr::intrinsic(Intrinsic::AssertionError, args, test_span);
        let raise = Stmt::new(StmtKind::Raise { exc, cause: None }, test_span);
        out.push(Stmt::new(StmtKind::If { test: Expr::negate(test), then: vec![raise], orelse: Block::new() }, span));
    }

    fn if_chain(&mut self, branches: &[(ast::Expr, ast::Block)], orelse: &[ast::Stmt], span: Span, out: &mut Block) {
        let branches = branches.iter().map(|(test, body)| (self.condition(test), self.block(body))).collect();
        let orelse = self.block(orelse);
        self.chain_of_branches(branches, orelse, span, out);
    }

    /// `if`/`elif`/…/`else` of lowered parts.
    pub(super) fn chain_of_branches(
        &mut self,
        branches: Vec<(Expr, Block)>,
        orelse: Block,
        span: Span,
        out: &mut Block,
    ) {
        if branches.len() <= NESTED_BRANCHES {
            let mut rest = orelse;
            for (test, then) in branches.into_iter().rev() {
                let span = test.span;
                rest = vec![Stmt::new(StmtKind::If { test, then, orelse: rest }, span)];
            }
            return out.append(&mut rest);
        }
        let label = self.label();
        let mut body = Block::new();
        for (test, mut then) in branches {
            then.push(Stmt::new(StmtKind::Break(label), test.span));
            body.push(Stmt::when(test, then));
        }
        body.extend(orelse);
        out.push(Stmt::new(StmtKind::Labeled { label, body }, span));
    }
}
