//! Comprehensions (PEP 709: inlined) and generator expressions (functions of their own). PEP 530 for the async ones.
//!
//! ```text
//! {k: v for k in a for v in b}      do {
//!                                     .dict = {}
//!                                     for L0 k in @a via .iter:
//!                                       for L1 v in @b via .iter:
//!                                         $dict_set(.dict, k, v)
//!                                     clear k; clear v
//!                                     => take .dict
//!                                   }
//! (f(x) for x in a)                 (function #1 <genexpr>)($iter(@a))
//! ```

use super::super::data::*;
use super::loops::loop_kind;
use super::{Lowerer, Signature};
use crate::diag::Span;
use crate::sema::{ScopeId, ScopeKind};
use crate::syntax::ast::{self, Comp, CompClause, CompKind};

/// What each round of the innermost loop does with the element.
#[derive(Clone, Copy)]
enum Sink {
    List(LocalId),
    Set(LocalId),
    Dict(LocalId),
    Yield,
}

impl Lowerer<'_> {
    pub(super) fn comprehension(&mut self, comp: &Comp, span: Span) -> Expr {
        let scope = self.scopes.scope_of(span, ScopeKind::Comprehension);
        if comp.kind == CompKind::Generator { self.genexpr(comp, scope, span) } else { self.inlined(comp, scope, span) }
    }

    fn inlined(&mut self, comp: &Comp, scope: ScopeId, span: Span) -> Expr {
        let (name, empty): (_, fn() -> ExprKind) = match comp.kind {
            CompKind::Set => (".set", || ExprKind::Set(Vec::new())),
            CompKind::Dict => (".dict", || ExprKind::Dict(Vec::new())),
            CompKind::List | CompKind::Generator => (".list", || ExprKind::List(Vec::new())),
        };
        // Before the first iterable is lowered: a comprehension in there must not use the same hidden local.
        let result = self.hidden(name);
        // The first iterable belongs to the scope around.
        let first = comp.clauses.first().map(|clause| self.iterated(&clause.iter, clause.is_async));
        let sink = match comp.kind {
            CompKind::Set => Sink::Set(result),
            CompKind::Dict => Sink::Dict(result),
            CompKind::List | CompKind::Generator => Sink::List(result),
        };
        let mut body = vec![Stmt::set_local(result, Expr::new(empty(), span))];
        let cells: Vec<LocalId> = self.scopes.comp_cells(scope).map(|c| self.frame.cell_slot(c)).collect();
        let locals: Vec<LocalId> = self.scopes.comp_locals(scope).map(|l| self.frame.local_slot(l)).collect();
        body.extend(cells.iter().map(|cell| Stmt::new(StmtKind::NewCell(*cell), span)));
        let outer = std::mem::replace(&mut self.frame.scope, scope);
        let iterator = self.hidden(".iter");
        self.clauses(comp, &comp.clauses, iterator, first, sink, &mut body);
        self.release(iterator);
        self.frame.scope = outer;
        body.extend(locals.into_iter().chain(cells).map(|local| Stmt::clear(local, span)));
        self.release(result);
        Expr::block(body, Expr::take(result, span), span)
    }

    /// A generator function that is called at once with the iterator of the first iterable.
    fn genexpr(&mut self, comp: &Comp, scope: ScopeId, span: Span) -> Expr {
        let Some(clause) = comp.clauses.first() else { return Expr::none(span) };
        let iter = self.iterated(&clause.iter, clause.is_async);
        let op = if clause.is_async { Intrinsic::AIter } else { Intrinsic::Iter };
        let iter_span = iter.span;
        let iter = Expr::intrinsic(op, vec![iter], iter_span);

        self.enter(scope, FnKind::Genexpr);
        let mut body = Block::new();
        self.clauses(comp, &comp.clauses, LocalId(0), None, Sink::Yield, &mut body);
        let params = Params { positional: 1, posonly: 1, ..Params::default() };
        let closure = self.leave(Signature { params, doc: None, span, header: span }, body);
        let function = closure.into_expr(span);
        Expr::call(function, vec![Arg::Positional(iter)], span)
    }

    /// The loops of `clauses`; the first one runs over `iter`, or over what is in `iterator` already.
    fn clauses(
        &mut self,
        comp: &Comp,
        clauses: &[CompClause],
        iterator: LocalId,
        iter: Option<Expr>,
        sink: Sink,
        out: &mut Block,
    ) {
        let Some((clause, rest)) = clauses.split_first() else { return self.element(comp, sink, out) };
        let label = self.label();
        let target = self.target(&clause.target);
        let tests: Vec<Expr> = clause.conditions.iter().map(|test| self.condition(test)).collect();
        let mut body = Block::new();
        match rest.first() {
            Some(next) => {
                let iter = self.iterated(&next.iter, next.is_async);
                let iterator = self.hidden(".iter");
                self.clauses(comp, rest, iterator, Some(iter), sink, &mut body);
                self.release(iterator);
            }
            None => self.element(comp, sink, &mut body),
        }
        for test in tests.into_iter().rev() {
            body = vec![Stmt::when(test, body)];
        }
        let kind = loop_kind(clause.is_async, label, iterator, iter, target, body, Block::new());
        out.push(Stmt::new(kind, clause.span));
    }

    fn element(&mut self, comp: &Comp, sink: Sink, out: &mut Block) {
        let element: &ast::Expr = &comp.element;
        let span = comp.value.as_ref().map_or(element.span, |value| element.span.to(value.span));
        let element = self.expr(element);
        let value = match sink {
            Sink::Yield => Expr::new(ExprKind::Yield(Box::new(element)), span),
            Sink::List(list) => Expr::intrinsic(Intrinsic::ListAppend, vec![Expr::local(list, span), element], span),
            Sink::Set(set) => Expr::intrinsic(Intrinsic::SetAdd, vec![Expr::local(set, span), element], span),
            Sink::Dict(dict) => {
                let value = self.expr_or_none(comp.value.as_ref(), span);
                Expr::intrinsic(Intrinsic::DictSet, vec![Expr::local(dict, span), element, value], span)
            }
        };
        out.push(Stmt::expr(value));
    }
}
