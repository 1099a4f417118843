//! What may stand to the left of `=`, after `for`, `as` and `del`, before `:` and before `+=`.
//!
//! The parser builds targets as ordinary expressions; the offending part of a wrong one is what is reported, as
//! CPython does in `_PyPegen_get_invalid_target`.

use super::Checker;
use crate::diag::Diagnostic;
use crate::syntax::ast::*;

/// What the target is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Assign,
    /// Assignment, at the place where a mistyped `==` is likely.
    AssignOrCompare,
    For,
    With,
    Del,
}

/// CPython's name for a kind of expression in messages about targets.
fn describe(expr: &Expr) -> &'static str {
    match &expr.kind {
        ExprKind::Name(_) => "name",
        ExprKind::Attribute { .. } => "attribute",
        ExprKind::Subscript { .. } => "subscript",
        ExprKind::Starred(_) => "starred",
        ExprKind::List(_) => "list",
        ExprKind::Tuple(_) => "tuple",
        ExprKind::Lambda(_) => "lambda",
        ExprKind::Call { .. } => "function call",
        ExprKind::Yield(_) | ExprKind::YieldFrom(_) => "yield expression",
        ExprKind::Await(_) => "await expression",
        ExprKind::Comp(comp) => match comp.kind {
            CompKind::List => "list comprehension",
            CompKind::Set => "set comprehension",
            CompKind::Dict => "dict comprehension",
            CompKind::Generator => "generator expression",
        },
        ExprKind::Dict(_) => "dict literal",
        ExprKind::Set(_) => "set display",
        ExprKind::FString(_) => "f-string expression",
        ExprKind::None => "None",
        ExprKind::True => "True",
        ExprKind::False => "False",
        ExprKind::Ellipsis => "ellipsis",
        ExprKind::Compare { .. } => "comparison",
        ExprKind::Conditional { .. } => "conditional expression",
        ExprKind::Named { .. } => "named expression",
        ExprKind::Unary { .. } | ExprKind::Binary { .. } | ExprKind::Bool { .. } => "expression",
        ExprKind::Paren(inner) => describe(inner),
        _ => "literal",
    }
}

/// Without the parentheses around it.
fn strip(mut expr: &Expr) -> &Expr {
    while let ExprKind::Paren(inner) = &expr.kind {
        expr = inner;
    }
    expr
}

/// Whether CPython would take `expr = …` for a comparison with one `=` missing.
fn looks_compared(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Compare { .. } | ExprKind::Bool { .. } | ExprKind::Lambda(_) | ExprKind::Conditional { .. } => false,
        ExprKind::Unary { op: UnaryOp::Not, .. } | ExprKind::None | ExprKind::True | ExprKind::False => false,
        ExprKind::Paren(inner) => !matches!(inner.kind, ExprKind::Comp(_)),
        _ => true,
    }
}

impl Checker<'_> {
    /// The targets of `t1 = t2 = value`.
    pub(super) fn assign_targets(&mut self, targets: &[Expr], value: &Expr) {
        let value_may_compare = looks_compared(value) || matches!(value.kind, ExprKind::Compare { .. });
        for target in targets {
            let likely = targets.len() == 1 && value_may_compare;
            match &target.kind {
                // In `a, 5 = x` the comparison may be the last element.
                ExprKind::Tuple(items) if likely && !self.source.slice(target.span).starts_with('(') => {
                    self.stars(items);
                    let last = items.len().saturating_sub(1);
                    for (i, item) in items.iter().enumerate() {
                        let kind = if i == last && looks_compared(item) { Kind::AssignOrCompare } else { Kind::Assign };
                        self.element(item, kind);
                    }
                }
                _ if likely && looks_compared(target) => self.target(target, Kind::AssignOrCompare),
                _ => self.target(target, Kind::Assign),
            }
        }
    }

    /// A target that is not an element of another.
    pub(super) fn target(&mut self, target: &Expr, kind: Kind) {
        match &target.kind {
            ExprKind::Starred(inner) if kind != Kind::Del => {
                let title = "starred assignment target must be in a list or tuple";
                self.error("starred-target-alone", title, target.span);
                self.element(inner, kind);
            }
            _ => self.element(target, kind),
        }
    }

    /// At most one `*x` at each level.
    fn stars(&mut self, items: &[Expr]) {
        let mut stars = items.iter().filter(|i| matches!(i.kind, ExprKind::Starred(_)));
        let Some(first) = stars.next() else { return };
        for star in stars {
            let title = "multiple starred expressions in assignment";
            self.error_twice("starred-target-twice", title, star.span, first.span);
        }
    }

    fn element(&mut self, target: &Expr, kind: Kind) {
        match &target.kind {
            ExprKind::Error => {}
            ExprKind::Name(name) if kind == Kind::Del && &**name == "__debug__" => {
                self.error("delete-constant", "cannot delete __debug__", target.span);
            }
            ExprKind::Name(name) => self.bound_name(name, target.span),
            ExprKind::Attribute { value, attr } => {
                if kind != Kind::Del {
                    self.bound(attr);
                }
                self.expr(value);
            }
            ExprKind::Subscript { .. } => self.expr(target),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                if kind != Kind::Del {
                    self.stars(items);
                }
                let kind = if kind == Kind::AssignOrCompare { Kind::Assign } else { kind };
                items.iter().for_each(|i| self.element(i, kind));
            }
            ExprKind::Starred(inner) if kind != Kind::Del => self.element(inner, kind),
            ExprKind::Paren(inner) => match &inner.kind {
                ExprKind::Starred(_) => self.expr(target),
                _ => self.element(inner, kind),
            },
            _ => self.invalid(target, kind),
        }
    }

    fn invalid(&mut self, target: &Expr, kind: Kind) {
        let what = describe(target);
        let diagnostic = match kind {
            Kind::Del => Diagnostic::syntax("delete-target", format!("cannot delete {what}"), target.span),
            Kind::AssignOrCompare => {
                let title = format!("cannot assign to {what} here. Maybe you meant '==' instead of '='?");
                Diagnostic::syntax("assign-target", title, target.span)
            }
            _ => Diagnostic::syntax("assign-target", format!("cannot assign to {what}"), target.span),
        };
        self.diagnostics.push(diagnostic);
        match &target.kind {
            ExprKind::Starred(inner) => self.expr(inner),
            _ => self.expr(target),
        }
    }

    /// The target of `target += value`.
    pub(super) fn augmented_target(&mut self, target: &Expr) {
        let bare = strip(target);
        match &bare.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } | ExprKind::Error => {
                self.element(bare, Kind::Assign);
            }
            _ => {
                let title = format!("'{}' is an illegal expression for augmented assignment", describe(bare));
                self.error("augmented-target", title, bare.span);
            }
        }
    }

    /// The target of `target: annotation`.
    pub(super) fn annotated_target(&mut self, target: &Expr) {
        let bare = strip(target);
        match &bare.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } | ExprKind::Error => {
                self.element(bare, Kind::Assign);
            }
            ExprKind::Tuple(_) | ExprKind::List(_) => {
                let title = format!("only single target (not {}) can be annotated", describe(bare));
                self.error("annotated-target", title, bare.span);
            }
            _ => self.error("annotated-target", "illegal target for annotation", bare.span),
        }
    }
}
