//! `try` with `except`, `else`, `finally`.
//!
//! ```text
//! try: body                  try:
//! except A: …                  body
//! except B as e: use(e)      except .exc:
//! else: …                      if $exc_match(.exc, @A): …
//! finally: …                   elif $exc_match(.exc, @B):
//!                                e = .exc
//!                                try: @use(e)
//!                                finally: clear e
//!                              else: raise_again .exc
//! ```

use super::super::data::*;
use super::Lowerer;
use crate::diag::Span;
use crate::syntax::ast::{self, Handler, Ident, Try};

impl Lowerer<'_> {
    pub(super) fn try_stmt(&mut self, stmt: &Try, span: Span, out: &mut Block) {
        let Some(finally) = &stmt.finally else { return self.try_except(stmt, span, out) };
        let mut body = Block::new();
        if stmt.handlers.is_empty() {
            self.block_into(&stmt.body, &mut body);
            self.block_into(&stmt.orelse, &mut body);
        } else {
            self.try_except(stmt, span, &mut body);
        }
        let finally = self.block(finally);
        out.push(Stmt::new(StmtKind::TryFinally { body, finally }, span));
    }

    fn try_except(&mut self, stmt: &Try, span: Span, out: &mut Block) {
        let body = self.block(&stmt.body);
        let exc = self.hidden(".exc");
        let handler = if stmt.handlers.iter().any(|h| h.star) {
            self.except_star(exc, &stmt.handlers, span)
        } else {
            self.except_chain(exc, &stmt.handlers, span)
        };
        self.release(exc);
        let orelse = self.block(&stmt.orelse);
        out.push(Stmt::new(StmtKind::TryExcept { body, exc, handler, orelse }, span));
    }

    fn except_chain(&mut self, exc: LocalId, handlers: &[Handler], span: Span) -> Block {
        let mut branches = Vec::with_capacity(handlers.len());
        // What is left when no class matches: the exception goes on.
        let mut orelse = vec![Stmt::new(StmtKind::RaiseLocal(exc), span)];
        for handler in handlers {
            let Some(class) = &handler.class else {
                orelse = self.block(&handler.body);
                break;
            };
            let class_span = class.span;
            let args = vec![Expr::local(exc, class_span), self.expr(class)];
            let test = Expr::intrinsic(Intrinsic::ExcMatch, args, class_span);
            let mut body = Block::new();
            self.handler_body(exc, handler.name.as_ref(), &handler.body, handler.span, &mut body);
            branches.push((test, body));
        }
        let mut out = Block::new();
        self.chain_of_branches(branches, orelse, span, &mut out);
        out
    }

    /// The body of a clause, with the exception bound to `name` while it runs. Afterwards the name is unbound, whatever
    /// the body did to it: CPython sets it to None and deletes it.
    pub(super) fn handler_body(
        &mut self,
        exc: LocalId,
        name: Option<&Ident>,
        body: &[ast::Stmt],
        span: Span,
        out: &mut Block,
    ) {
        let Some(name) = name else { return self.block_into(body, out) };
        let var = self.var(&name.name);
        let target = Target::var(var.clone(), name.span);
        out.push(Stmt::assign(target.clone(), Expr::local(exc, name.span), name.span));
        let body = self.block(body);
        let finally = match var {
            Var::Local(local) => vec![Stmt::clear(local, name.span)],
            _ => vec![
                Stmt::assign(target.clone(), Expr::none(name.span), name.span),
                Stmt::new(StmtKind::Delete(target), name.span),
            ],
        };
        out.push(Stmt::new(StmtKind::TryFinally { body, finally }, span));
    }
}
