//! Comparison chains and conditions.
//!
//! ```text
//! if a < f() < b:          if (a < (.operand := @f()) ? take .operand < b : do { clear .operand => False }):
//! x = a < f() < b          do { .result = a < (.operand := @f()) and take .operand < b; clear .operand => take .result }
//! ```
//! A middle operand is evaluated once. It needs a hidden local only if reading it again could give something else, or
//! do something. A condition only needs the truth of a chain, so it branches straight away.

use super::super::data::*;
use super::{Lowerer, fold};
use crate::diag::Span;
use crate::syntax::ast::{self, BoolOp, ExprKind as Ast};

/// The links `left op right` of a chain; each middle operand is assigned to, then taken from its hidden local, if any.
struct Chain {
    links: Vec<Expr>,
    /// The hidden local between link `i` and link `i + 1`.
    held: Vec<Option<LocalId>>,
}

impl Lowerer<'_> {
    /// An expression of which only the truth is wanted.
    pub(super) fn condition(&mut self, expr: &ast::Expr) -> Expr {
        let span = expr.span;
        match &expr.kind {
            Ast::Paren(inner) => self.condition(inner),
            Ast::Bool { op, values } => {
                let values = values.iter().map(|v| self.condition(v)).collect();
                let kind = match op {
                    BoolOp::And => ExprKind::And(values),
                    BoolOp::Or => ExprKind::Or(values),
                };
                Expr::new(kind, span)
            }
            Ast::Compare { left, rest } if rest.len() > 1 => {
                let chain = self.chain(left, rest);
                self.truth_of(chain, span)
            }
            _ => self.expr(expr),
        }
    }

    /// The value of a comparison or a chain of them.
    pub(super) fn compare(&mut self, left: &ast::Expr, rest: &[(CmpOp, ast::Expr)], span: Span) -> Expr {
        if let [(op, right)] = rest {
            let left = self.expr(left);
            let right = self.right_operand(*op, right);
            return Expr::compare(*op, left, right, span);
        }
        let chain = self.chain(left, rest);
        let held: Vec<LocalId> = chain.held.iter().flatten().copied().collect();
        let value = Expr::new(ExprKind::And(chain.links), span);
        if held.is_empty() {
            return value;
        }
        let result = self.hidden(".result");
        let mut body = vec![Stmt::set_local(result, value)];
        for local in held {
            body.push(Stmt::clear(local, span));
            self.release(local);
        }
        self.release(result);
        Expr::block(body, Expr::take(result, span), span)
    }

    fn chain(&mut self, left: &ast::Expr, rest: &[(CmpOp, ast::Expr)]) -> Chain {
        let mut starts = vec![left.span];
        let mut operands = vec![self.expr(left)];
        let mut walruses = vec![self.walrus_count];
        for (op, right) in rest {
            starts.push(right.span);
            operands.push(self.right_operand(*op, right));
            walruses.push(self.walrus_count);
        }
        let mut chain = Chain { links: Vec::with_capacity(rest.len()), held: Vec::new() };
        let mut operands = operands.into_iter();
        let Some(mut left) = operands.next() else { unreachable!("a chain starts with an operand") };
        for (i, right) in operands.enumerate() {
            let op = rest[i].0;
            let span = starts[i].to(starts[i + 1]);
            if i + 1 == rest.len() {
                chain.links.push(Expr::compare(op, left, right, span));
                break;
            }
            let stable = is_stable(&right, walruses[i + 1] == walruses[i + 2]);
            let (right, next) = self.keep(right, stable, &mut chain);
            chain.links.push(Expr::compare(op, left, right, span));
            left = next;
        }
        chain
    }

    /// The middle operand twice: as the right side of one link and as the left side of the next.
    fn keep(&mut self, operand: Expr, stable: bool, chain: &mut Chain) -> (Expr, Expr) {
        if stable {
            chain.held.push(None);
            return (operand.clone(), operand);
        }
        let span = operand.span;
        let local = self.hidden(".operand");
        chain.held.push(Some(local));
        let assign = ExprKind::Assign { target: Var::Local(local), value: Box::new(operand) };
        (Expr::new(assign, span), Expr::take(local, span))
    }

    /// The chain as nested conditionals: where a link fails, its right operand dies and the answer is no.
    fn truth_of(&mut self, chain: Chain, span: Span) -> Expr {
        if chain.held.iter().all(Option::is_none) {
            return Expr::new(ExprKind::And(chain.links), span);
        }
        let mut links = chain.links.into_iter().rev();
        let Some(mut result) = links.next() else { unreachable!("a chain has links") };
        for (link, held) in links.zip(chain.held.into_iter().rev()) {
            let no = Expr::constant(Const::False, span);
            let orelse = match held {
                Some(local) => Expr::block(vec![Stmt::clear(local, span)], no, span),
                None => no,
            };
            if let Some(local) = held {
                self.release(local);
            }
            let kind = ExprKind::Conditional { test: Box::new(link), then: Box::new(result), orelse: Box::new(orelse) };
            result = Expr::new(kind, span);
        }
        result
    }

    fn right_operand(&mut self, op: CmpOp, right: &ast::Expr) -> Expr {
        let right = self.expr(right);
        if matches!(op, CmpOp::In | CmpOp::NotIn) { fold::list_to_tuple(right) } else { right }
    }
}

/// Whether reading the operand again gives the same and does nothing: constants, and plain locals that nothing rebinds
/// in between.
pub(super) fn is_stable(operand: &Expr, no_walrus_between: bool) -> bool {
    match operand.kind {
        ExprKind::Const(_) => true,
        ExprKind::Var(Var::Local(_)) => no_walrus_between,
        _ => false,
    }
}
