//! `except*` (PEP 654): every clause takes its share of the group; what is left or raised on the way is put together.
//!
//! ```text
//! except* A as e: body       except .exc:
//!                              .rest = .exc;  .raised = []
//!                              .match, .rest = $exc_star_split(take .rest, @A)
//!                              if .match is not None:
//!                                try:
//!                                  try: raise_again .match           # makes it the handled exception
//!                                  except .handled: e = .handled; body; clear e
//!                                except .failed: $list_append(.raised, .failed)
//!                              $list_append(.raised, take .rest)
//!                              .result = $exc_star_finish(.exc, take .raised)
//!                              if .result is not None: raise_again .result
//! ```

use super::super::data::*;
use super::Lowerer;
use crate::diag::Span;
use crate::syntax::ast::Handler;

/// The hidden locals of one `except*` chain.
struct Group {
    rest: LocalId,
    raised: LocalId,
}

impl Lowerer<'_> {
    pub(super) fn except_star(&mut self, exc: LocalId, handlers: &[Handler], span: Span) -> Block {
        let group = Group { rest: self.hidden(".rest"), raised: self.hidden(".raised") };
        let mut out = vec![
            Stmt::set_local(group.rest, Expr::local(exc, span)),
            Stmt::set_local(group.raised, Expr::new(ExprKind::List(Vec::new()), span)),
        ];
        for handler in handlers {
            self.star_clause(&group, handler, &mut out);
        }
        out.push(append(group.raised, Expr::take(group.rest, span)));
        let result = self.hidden(".result");
        let args = vec![Expr::local(exc, span), Expr::take(group.raised, span)];
        out.push(Stmt::set_local(result, Expr::intrinsic(Intrinsic::ExcStarFinish, args, span)));
        out.push(Stmt::new(
            StmtKind::If {
                test: is_not_none(result, span),
                then: vec![Stmt::new(StmtKind::RaiseLocal(result), span)],
                orelse: vec![Stmt::clear(result, span)],
            },
            span,
        ));
        for local in [group.rest, group.raised, result] {
            self.release(local);
        }
        out
    }

    fn star_clause(&mut self, group: &Group, handler: &Handler, out: &mut Block) {
        let span = handler.span;
        let class = self.expr_or_none(handler.class.as_ref(), span);
        let matched = self.hidden(".match");
        let split = Expr::intrinsic(Intrinsic::ExcStarSplit, vec![Expr::take(group.rest, span), class], span);
        let pair = vec![Target::local(matched, span), Target::local(group.rest, span)];
        out.push(Stmt::assign(Target::new(TargetKind::Unpack { targets: pair, star: None }, span), split, span));

        let handled = self.hidden(".handled");
        let failed = self.hidden(".failed");
        let mut body = Block::new();
        self.handler_body(handled, handler.name.as_ref(), &handler.body, span, &mut body);
        let handle = StmtKind::TryExcept {
            body: vec![Stmt::new(StmtKind::RaiseLocal(matched), span)],
            exc: handled,
            handler: body,
            orelse: Block::new(),
        };
        let collect = StmtKind::TryExcept {
            body: vec![Stmt::new(handle, span)],
            exc: failed,
            handler: vec![append(group.raised, Expr::local(failed, span))],
            orelse: Block::new(),
        };
        out.push(Stmt::when(is_not_none(matched, span), vec![Stmt::new(collect, span)]));
        for local in [matched, handled, failed] {
            self.release(local);
        }
    }
}

fn append(list: LocalId, value: Expr) -> Stmt {
    let span = value.span;
    Stmt::expr(Expr::intrinsic(Intrinsic::ListAppend, vec![Expr::local(list, span), value], span))
}

fn is_not_none(local: LocalId, span: Span) -> Expr {
    Expr::compare(CmpOp::IsNot, Expr::local(local, span), Expr::none(span), span)
}
