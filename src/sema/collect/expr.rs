//! Expressions and targets, in evaluation order; lambdas and comprehensions open scopes.

use super::Collector;
use crate::diag::{Diagnostic, Span};
use crate::sema::scope::ScopeKind;
use crate::syntax::ast::*;

impl Collector {
    pub(super) fn targets(&mut self, targets: &[Expr]) {
        targets.iter().for_each(|t| self.target(t));
    }

    pub(super) fn target(&mut self, target: &Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.bind(name, target.span),
            ExprKind::Tuple(items) | ExprKind::List(items) => self.targets(items),
            ExprKind::Starred(inner) | ExprKind::Paren(inner) => self.target(inner),
            _ => {
                // A name inside an attribute or subscript target is read, not an iteration variable.
                let outer = std::mem::replace(&mut self.in_comp_target, false);
                self.expr(target);
                self.in_comp_target = outer;
            }
        }
    }

    pub(super) fn opt(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    pub(super) fn exprs(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|e| self.expr(e));
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.read(name),
            ExprKind::Int(_)
            | ExprKind::SmallInt(_)
            | ExprKind::Float(_)
            | ExprKind::Imaginary
            | ExprKind::Str(_)
            | ExprKind::Bytes(_)
            | ExprKind::None
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Ellipsis
            | ExprKind::Error => {}
            ExprKind::FString(parts) => self.fstring(parts),
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => self.exprs(items),
            ExprKind::Bool { values, .. } => self.exprs(values),
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
            ExprKind::Starred(inner) | ExprKind::Paren(inner) => self.expr(inner),
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
            ExprKind::Subscript { value, index } => {
                self.expr(value);
                self.expr(index);
            }
            ExprKind::Slice { lower, upper, step } => {
                for part in [lower, upper, step] {
                    self.opt(part.as_deref());
                }
            }
            ExprKind::Call { func, args } => {
                self.expr(func);
                self.args(args);
            }
            ExprKind::Await(value) => {
                self.expr(value);
                self.waits();
            }
            ExprKind::Yield(value) => {
                self.opt(value.as_deref());
                self.scope().flags.is_generator = true;
            }
            ExprKind::YieldFrom(value) => {
                self.expr(value);
                self.scope().flags.is_generator = true;
            }
            ExprKind::Named { target, value } => {
                self.expr(value);
                self.walrus(target);
            }
            ExprKind::Lambda(lambda) => self.lambda(lambda, expr.span),
            ExprKind::Comp(comp) => self.comprehension(comp, expr.span),
        }
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

    fn lambda(&mut self, lambda: &Lambda, span: Span) {
        self.defaults(&lambda.params);
        let outer = self.enter(ScopeKind::Lambda, None, "<lambda>".into(), span);
        self.set_qualname(outer, None);
        self.params(&lambda.params);
        self.expr(&lambda.body);
        self.current = outer;
    }

    fn comprehension(&mut self, comp: &Comp, span: Span) {
        let Some((first, rest)) = comp.clauses.split_first() else { return };
        self.iterable(&first.iter);
        let name = match comp.kind {
            CompKind::List => "<listcomp>",
            CompKind::Set => "<setcomp>",
            CompKind::Dict => "<dictcomp>",
            CompKind::Generator => "<genexpr>",
        };
        let outer = self.enter(ScopeKind::Comprehension, Some(comp.kind), name.into(), span);
        self.set_qualname(outer, None);
        self.scope().flags.is_async |= comp.clauses.iter().any(|c| c.is_async);
        self.clause_rest(first);
        for clause in rest {
            self.iterable(&clause.iter);
            self.clause_rest(clause);
        }
        self.expr(&comp.element);
        self.opt(comp.value.as_ref());
        let flags = &mut self.scope().flags;
        let is_async = flags.is_async;
        flags.has_await |= is_async;
        if comp.kind == CompKind::Generator {
            flags.is_generator = !is_async;
            flags.is_async_generator = is_async;
        }
        self.current = outer;
        // An asynchronous list, set or dict comprehension waits where it stands; a generator expression does not.
        if is_async && comp.kind != CompKind::Generator {
            self.waits();
        }
    }

    /// Notes that the current scope waits for something.
    fn waits(&mut self) {
        let scope = self.scope();
        scope.flags.has_await = true;
        scope.flags.is_async |= scope.kind == ScopeKind::Comprehension;
    }

    fn iterable(&mut self, iter: &Expr) {
        self.iterable_depth += 1;
        self.expr(iter);
        self.iterable_depth -= 1;
    }

    fn clause_rest(&mut self, clause: &CompClause) {
        let outer = std::mem::replace(&mut self.in_comp_target, true);
        self.target(&clause.target);
        self.in_comp_target = outer;
        self.exprs(&clause.conditions);
    }

    /// `:=` binds in the nearest scope that is not a comprehension (PEP 572).
    fn walrus(&mut self, target: &Ident) {
        let name = &target.name;
        if self.iterable_depth > 0 {
            let title = "assignment expression cannot be used in a comprehension iterable expression";
            self.error("walrus-in-iterable", title.into(), target.span);
            return;
        }
        let mut host = self.current;
        while let (ScopeKind::Comprehension, Some(parent)) =
            (self.out.table.scope(host).kind, self.out.table.scope(host).parent)
        {
            let mangled = self.out.table.mangle(host, name);
            if let Some(&first) = self.comp_iter.get(&(host, mangled)) {
                let title = format!("assignment expression cannot rebind comprehension iteration variable '{name}'");
                let diagnostic = Diagnostic::syntax("walrus-rebinds-iteration", title, target.span)
                    .with_secondary(first, "the iteration variable");
                self.out.diagnostics.push(diagnostic);
                return;
            }
            host = parent;
        }
        if host == self.current {
            self.bind_ident(target);
            return;
        }
        let kind = self.out.table.scope(host).kind;
        if kind == ScopeKind::Class {
            let title = "assignment expression within a comprehension cannot be used in a class body";
            self.error("walrus-in-class-comprehension", title.into(), target.span);
            return;
        }
        let host_uses = self.uses_in(host, name);
        host_uses.bound = true;
        let is_global = kind == ScopeKind::Module || host_uses.global;
        let uses = self.uses(name);
        uses.global |= is_global;
        uses.nonlocal |= !is_global;
    }
}
