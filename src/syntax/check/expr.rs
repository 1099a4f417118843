//! Expressions: where `*x` may stand, and the walk into their parts.

use super::Checker;
use super::place::Region;
use super::target::Kind;
use crate::diag::Span;
use crate::syntax::ast::*;

impl Checker<'_> {
    pub(super) fn opt(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    /// The elements of a display, where `*x` is welcome.
    fn elements(&mut self, elements: &[Expr]) {
        for element in elements {
            match &element.kind {
                ExprKind::Starred(inner) => self.expr(inner),
                _ => self.expr(element),
            }
        }
    }

    /// An expression that stands for one value.
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(_)
            | ExprKind::Int(_)
            | ExprKind::SmallInt(_)
            | ExprKind::Float(_)
            | ExprKind::Str(_)
            | ExprKind::Bytes(_)
            | ExprKind::None
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Ellipsis
            | ExprKind::Error => {}
            ExprKind::Imaginary => self.imaginary(expr.span),
            ExprKind::FString(parts) => self.fstring(parts),
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => self.elements(items),
            ExprKind::Dict(items) => {
                for item in items {
                    match item {
                        DictItem::Pair(key, value) => {
                            self.expr(key);
                            self.expr(value);
                        }
                        DictItem::Unpack(value) => self.expr(value),
                    }
                }
            }
            ExprKind::Starred(inner) => {
                self.error("starred-place", "can't use starred expression here", expr.span);
                self.expr(inner);
            }
            ExprKind::Paren(inner) => match &inner.kind {
                ExprKind::Starred(value) => {
                    self.error("starred-place", "cannot use starred expression here", inner.span);
                    self.expr(value);
                }
                _ => self.expr(inner),
            },
            ExprKind::Bool { values, .. } => values.iter().for_each(|v| self.expr(v)),
            ExprKind::Lambda(lambda) => {
                self.params(&lambda.params);
                self.within(Region::Lambda, |c| c.expr(&lambda.body));
            }
            ExprKind::Named { target, value } => {
                self.bound(target);
                self.expr(value);
            }
            ExprKind::Await(value) => {
                self.await_at(expr.span);
                self.expr(value);
            }
            ExprKind::Yield(value) => {
                self.yield_at(expr.span, false);
                self.opt(value.as_deref());
            }
            ExprKind::YieldFrom(value) => {
                self.yield_at(expr.span, true);
                self.expr(value);
            }
            ExprKind::Subscript { value, index } => {
                self.expr(value);
                self.elements(std::slice::from_ref(&**index));
            }
            ExprKind::Call { func, args } => {
                self.expr(func);
                self.args(args, expr.span);
            }
            ExprKind::Comp(comp) => self.comprehension(comp, expr.span),
            _ => self.operands(expr),
        }
    }

    /// The kinds that have no rule of their own.
    fn operands(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Unary { operand, .. } => self.expr(operand),
            ExprKind::Binary { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Compare { left, rest } => {
                self.expr(left);
                rest.iter().for_each(|(_, right)| self.expr(right));
            }
            ExprKind::Conditional { test, body, orelse } => {
                self.expr(test);
                self.expr(body);
                self.expr(orelse);
            }
            ExprKind::Attribute { value, .. } => self.expr(value),
            ExprKind::Slice { lower, upper, step } => {
                for part in [lower, upper, step] {
                    self.opt(part.as_deref());
                }
            }
            _ => {}
        }
    }

    pub(super) fn imaginary(&mut self, span: Span) {
        self.error("complex-literal", "complex numbers are not supported in Coro", span);
    }

    fn fstring(&mut self, parts: &[FPart]) {
        for part in parts {
            if let FPart::Field(field) = part {
                self.expr(&field.value);
                if let Some(spec) = &field.spec {
                    self.fstring(spec);
                }
            }
        }
    }

    fn comprehension(&mut self, comp: &Comp, span: Span) {
        let Some((first, rest)) = comp.clauses.split_first() else { return };
        // The first iterable is evaluated outside; it is not part of the comprehension.
        self.expr(&first.iter);
        self.within_comp(comp.kind, span, |c| {
            c.clause(first);
            for clause in rest {
                c.expr(&clause.iter);
                c.clause(clause);
            }
            match &comp.element.kind {
                ExprKind::Starred(inner) => {
                    let title = "iterable unpacking cannot be used in comprehension";
                    c.error("unpacking-in-comprehension", title, comp.element.span);
                    c.expr(inner);
                }
                _ => c.expr(&comp.element),
            }
            c.opt(comp.value.as_ref());
        });
    }

    fn clause(&mut self, clause: &CompClause) {
        if clause.is_async {
            self.async_clause();
        }
        self.target(&clause.target, Kind::For);
        clause.conditions.iter().for_each(|c| self.expr(c));
    }
}
