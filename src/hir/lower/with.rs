//! `with` and `async with` (PEP 343, PEP 492).
//!
//! ```text
//! with a() as x, b():       x = $with_enter[.exit](@a())
//!     body                  with .exit:
//!                             $with_enter[.exit](@b())
//!                             with .exit:
//!                               body
//! ```
//! What `__enter__` gave is bound inside the protected region if binding it can fail.

use super::super::data::*;
use super::Lowerer;
use crate::syntax::ast::{self, WithItem};

impl Lowerer<'_> {
    pub(super) fn with(&mut self, is_async: bool, items: &[WithItem], body: &[ast::Stmt], out: &mut Block) {
        let Some((item, others)) = items.split_first() else { return self.block_into(body, out) };
        let mut inner = Block::new();
        let exit = self.enter_context(is_async, item, out, &mut inner);
        self.with(is_async, others, body, &mut inner);
        self.release(exit);
        // The exit call is blamed on the manager's expression, as CPython does.
        out.push(Stmt::new(StmtKind::With { is_async, exit, body: inner }, item.context.span));
    }

    /// Enters one manager before (`out`) and binds its target before or within (`inner`) the protected region.
    fn enter_context(&mut self, is_async: bool, item: &WithItem, out: &mut Block, inner: &mut Block) -> LocalId {
        let span = item.context.span;
        let context = self.expr(&item.context);
        let exit = self.hidden(".exit");
        let entered = if is_async {
            let enter = Expr::intrinsic(Intrinsic::AsyncWithEnter { exit }, vec![context], span);
            Expr::new(ExprKind::Await(Box::new(enter)), span)
        } else {
            Expr::intrinsic(Intrinsic::WithEnter { exit }, vec![context], span)
        };
        let Some(target) = &item.target else {
            out.push(Stmt::expr(entered));
            return exit;
        };
        let target = self.target(target);
        if matches!(target.kind, TargetKind::Var(_)) {
            out.push(Stmt::assign(target, entered, item.span));
        } else {
            let value = self.hidden(".entered");
            out.push(Stmt::set_local(value, entered));
            inner.push(Stmt::assign(target, Expr::take(value, span), item.span));
            self.release(value);
        }
        exit
    }
}
