//! Statements, in evaluation order; functions and classes open scopes.

use super::Collector;
use crate::sema::scope::{ScopeId, ScopeKind};
use crate::syntax::ast::*;

impl Collector {
    pub(super) fn block(&mut self, block: &Block) {
        for stmt in block {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Assign { targets, value } => {
                self.expr(value);
                self.targets(targets);
            }
            StmtKind::AugAssign { target, value, .. } => {
                if let ExprKind::Name(name) = &strip(target).kind {
                    self.read(name);
                    self.expr(value);
                    self.bind(name, target.span);
                } else {
                    self.expr(target);
                    self.expr(value);
                }
            }
            StmtKind::AnnAssign { target, annotation, value } => self.ann_assign(target, annotation, value.as_ref()),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue | StmtKind::Error => {}
            StmtKind::Return(value) => self.opt(value.as_ref()),
            StmtKind::Raise { exc, cause } => {
                self.opt(exc.as_ref());
                self.opt(cause.as_ref());
            }
            StmtKind::Global(names) => names.iter().for_each(|n| self.declare(n, "global")),
            StmtKind::Nonlocal(names) => names.iter().for_each(|n| self.declare(n, "nonlocal")),
            StmtKind::Del(targets) => self.targets(targets),
            StmtKind::Assert { test, msg } => {
                self.expr(test);
                self.opt(msg.as_ref());
            }
            StmtKind::Import(paths) => {
                for path in paths {
                    if let Some(name) = path.alias.as_ref().or(path.path.parts.first()) {
                        self.bind_ident(name);
                    }
                }
            }
            StmtKind::ImportFrom { names, .. } => {
                for name in names {
                    self.bind_ident(name.alias.as_ref().unwrap_or(&name.name));
                }
            }
            StmtKind::Def(def) => self.function(def),
            StmtKind::Class(class) => self.class(class),
            _ => self.compound(&stmt.kind),
        }
    }

    fn compound(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::If { branches, orelse } => {
                for (test, body) in branches {
                    self.expr(test);
                    self.block(body);
                }
                self.block(orelse);
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test);
                self.block(body);
                self.block(orelse);
            }
            StmtKind::For { is_async, target, iter, body, orelse } => {
                self.expr(iter);
                self.scope().flags.has_await |= is_async;
                self.target(target);
                self.block(body);
                self.block(orelse);
            }
            StmtKind::With { is_async, items, body } => {
                self.scope().flags.has_await |= is_async;
                for item in items {
                    self.expr(&item.context);
                    if let Some(target) = &item.target {
                        self.target(target);
                    }
                }
                self.block(body);
            }
            StmtKind::Try(tried) => {
                self.block(&tried.body);
                // As CPython compiles it: what follows without an exception comes first.
                self.block(&tried.orelse);
                for handler in &tried.handlers {
                    self.opt(handler.class.as_ref());
                    if let Some(name) = &handler.name {
                        self.bind_ident(name);
                    }
                    self.block(&handler.body);
                }
                if let Some(finally) = &tried.finally {
                    self.block(finally);
                }
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                for case in cases {
                    self.pattern(&case.pattern);
                    self.opt(case.guard.as_ref());
                    self.block(&case.body);
                }
            }
            _ => {}
        }
    }

    fn ann_assign(&mut self, target: &Expr, annotation: &Expr, value: Option<&Expr>) {
        self.opt(value);
        let ExprKind::Name(name) = &strip(target).kind else {
            self.target(target);
            self.expr(annotation);
            return;
        };
        // `(x): int` declares nothing.
        let simple = matches!(target.kind, ExprKind::Name(_));
        let at_module = self.current == ScopeId::MODULE;
        let before = *self.uses(name);
        if simple && !at_module && (before.global || before.nonlocal) {
            let word = if before.global { "global" } else { "nonlocal" };
            self.error("declared-annotated", format!("annotated name '{name}' can't be {word}"), target.span);
        }
        if simple || value.is_some() {
            self.bind(name, target.span);
        }
        self.uses(name).annotated |= simple;
        self.expr(annotation);
    }

    fn function(&mut self, def: &FunctionDef) {
        def.decorators.iter().for_each(|d| self.expr(d));
        self.defaults(&def.params);
        for annotation in def.params.iter().filter_map(|p| p.annotation.as_ref()) {
            self.expr(annotation);
        }
        self.opt(def.returns.as_ref());
        let outer = self.enter(ScopeKind::Function, None, def.name.name.clone(), def.span);
        self.set_qualname(outer, Some(&def.name.name));
        self.params(&def.params);
        self.block(&def.body);
        let flags = &mut self.scope().flags;
        if def.is_async {
            flags.is_async_generator = flags.is_generator;
            flags.is_coroutine = !flags.is_generator;
            flags.is_generator = false;
        }
        self.current = outer;
        self.bind_ident(&def.name);
    }

    fn class(&mut self, class: &ClassDef) {
        class.decorators.iter().for_each(|d| self.expr(d));
        self.args(&class.args);
        let outer = self.enter(ScopeKind::Class, None, class.name.name.clone(), class.span);
        self.set_qualname(outer, Some(&class.name.name));
        let stripped = class.name.name.trim_start_matches('_');
        self.scope().private = (!stripped.is_empty()).then(|| stripped.into());
        self.block(&class.body);
        self.current = outer;
        self.bind_ident(&class.name);
    }

    pub(super) fn defaults(&mut self, params: &[Param]) {
        params.iter().filter_map(|p| p.default.as_ref()).for_each(|d| self.expr(d));
    }

    /// Enters the parameters in `co_varnames` order: positional, keyword-only, `*args`, `**kwargs`.
    pub(super) fn params(&mut self, params: &[Param]) {
        let mut star = None;
        let mut double_star = None;
        for param in params {
            let Some(name) = &param.name else { continue };
            match param.kind {
                ParamKind::Star => star = Some(name),
                ParamKind::DoubleStar => double_star = Some(name),
                _ => self.uses(&name.name).param = true,
            }
        }
        for name in star.into_iter().chain(double_star) {
            self.uses(&name.name).param = true;
        }
        let count = self.scope().symbols.len() as u32;
        let scope = self.scope();
        scope.param_count = count;
        scope.flags.has_varargs = star.is_some();
        scope.flags.has_varkeywords = double_star.is_some();
    }

    pub(super) fn args(&mut self, args: &[Arg]) {
        args.iter().for_each(|a| self.expr(&a.value));
    }

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Literal(value) | PatternKind::Value(value) => self.expr(value),
            PatternKind::Capture(name) => self.bind_ident(name),
            PatternKind::Wildcard | PatternKind::Star(None) => {}
            PatternKind::Star(Some(name)) => self.bind_ident(name),
            PatternKind::Sequence(items) | PatternKind::Or(items) => items.iter().for_each(|p| self.pattern(p)),
            PatternKind::Mapping { items } => {
                for item in items {
                    match item {
                        MappingItem::Pair { key, value } => {
                            self.expr(key);
                            self.pattern(value);
                        }
                        MappingItem::Rest(name) => self.bind_ident(name),
                    }
                }
            }
            PatternKind::Class { class, args } => {
                self.expr(class);
                args.iter().for_each(|a| self.pattern(&a.pattern));
            }
            PatternKind::As { pattern, name } => {
                self.pattern(pattern);
                self.bind_ident(name);
            }
        }
    }
}
/// Without the parentheses around it.
fn strip(mut expr: &Expr) -> &Expr {
    while let ExprKind::Paren(inner) = &expr.kind {
        expr = inner;
    }
    expr
}
