//! Statements: each rule in turn, and the walk into their parts.

use super::Checker;
use super::place::{Jump, Region};
use super::target::Kind;
use crate::diag::Span;
use crate::syntax::ast::*;

/// The features that `from __future__` knows in CPython 3.13.
const FUTURE_FEATURES: [&str; 10] = [
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "barry_as_FLUFL",
    "generator_stop",
    "annotations",
];

fn is_future(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::ImportFrom { level: 0, module: Some(module), .. } => {
            module.parts.len() == 1 && &*module.parts[0].name == "__future__"
        }
        _ => false,
    }
}

impl Checker<'_> {
    pub(super) fn module(&mut self, module: &Module) {
        let docstring = module
            .body
            .first()
            .is_some_and(|s| matches!(&s.kind, StmtKind::Expr(value) if matches!(value.kind, ExprKind::Str(_))));
        let body = &module.body[usize::from(docstring)..];
        let futures = body.iter().take_while(|s| is_future(s)).count();
        for stmt in &body[..futures] {
            self.future(stmt);
        }
        self.block(&body[futures..]);
    }

    fn future(&mut self, stmt: &Stmt) {
        let StmtKind::ImportFrom { names, .. } = &stmt.kind else { return };
        for ImportName { name, .. } in names {
            if &*name.name == "braces" {
                self.error("future-feature", "not a chance", name.span);
            } else if !FUTURE_FEATURES.contains(&&*name.name) {
                self.error("future-feature", format!("future feature {} is not defined", name.name), name.span);
            }
        }
    }

    fn block(&mut self, block: &[Stmt]) {
        for stmt in block {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(value) => self.expr(value),
            StmtKind::Assign { targets, value } => {
                self.assign_targets(targets, value);
                self.expr(value);
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.augmented_target(target);
                self.expr(value);
            }
            StmtKind::AnnAssign { target, annotation, value } => {
                self.annotated_target(target);
                self.expr(annotation);
                self.opt(value.as_ref());
            }
            StmtKind::Pass | StmtKind::Global(_) | StmtKind::Nonlocal(_) => {}
            StmtKind::Error => self.did_not_parse(),
            StmtKind::Break => self.jump_at(stmt.span, true),
            StmtKind::Continue => self.jump_at(stmt.span, false),
            StmtKind::Return(value) => {
                self.return_at(stmt.span, value.is_some());
                self.opt(value.as_ref());
            }
            StmtKind::Raise { exc, cause } => {
                self.opt(exc.as_ref());
                self.opt(cause.as_ref());
            }
            StmtKind::Del(targets) => targets.iter().for_each(|t| self.target(t, Kind::Del)),
            StmtKind::Assert { test, msg } => {
                self.expr(test);
                self.opt(msg.as_ref());
            }
            StmtKind::Import(paths) => {
                for path in paths {
                    if let Some(name) = path.alias.as_ref().or(path.path.parts.first()) {
                        self.bound(name);
                    }
                }
            }
            StmtKind::ImportFrom { names, star, .. } => self.import_from(stmt, names, *star),
            StmtKind::Def(def) => self.function(def),
            StmtKind::Class(class) => self.class(class),
            _ => self.compound(stmt),
        }
    }

    fn import_from(&mut self, stmt: &Stmt, names: &[ImportName], star: Option<Span>) {
        if is_future(stmt) {
            let title = "from __future__ imports must occur at the beginning of the file";
            self.error("future-import-late", title, stmt.span);
        }
        if let Some(span) = star
            && self.region() != Region::Module
        {
            self.error("import-star-place", "import * only allowed at module level", span);
        }
        for name in names {
            self.bound(name.alias.as_ref().unwrap_or(&name.name));
        }
    }

    fn compound(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::If { branches, orelse } => {
                for (test, body) in branches {
                    self.expr(test);
                    self.block(body);
                }
                self.block(orelse);
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test);
                self.with_jump(Jump::Loop, |c| c.block(body));
                self.block(orelse);
            }
            StmtKind::For { is_async, target, iter, body, orelse } => {
                if *is_async {
                    self.async_statement("for", stmt.span);
                }
                self.target(target, Kind::For);
                self.expr(iter);
                self.with_jump(Jump::Loop, |c| c.block(body));
                self.block(orelse);
            }
            StmtKind::With { is_async, items, body } => {
                if *is_async {
                    self.async_statement("with", stmt.span);
                }
                for item in items {
                    self.expr(&item.context);
                    if let Some(target) = &item.target {
                        self.target(target, Kind::With);
                    }
                }
                self.block(body);
            }
            StmtKind::Try(tried) => self.try_statement(tried),
            StmtKind::Match { subject, cases } => {
                self.expr(subject);
                self.cases(cases);
                for case in cases {
                    self.opt(case.guard.as_ref());
                    self.block(&case.body);
                }
            }
            _ => {}
        }
    }

    fn try_statement(&mut self, tried: &Try) {
        self.block(&tried.body);
        let last = tried.handlers.len().saturating_sub(1);
        let star = tried.handlers.first().is_some_and(|h| h.star);
        for (i, handler) in tried.handlers.iter().enumerate() {
            if handler.star != star {
                let title = "cannot have both 'except' and 'except*' on the same 'try'";
                self.error_twice("except-mixed", title, handler.span, tried.handlers[0].span);
            }
            match &handler.class {
                Some(class) => self.expr(class),
                // The parser refuses `except*` without a class.
                None if handler.star => {}
                None if i != last => self.error("bare-except-not-last", "default 'except:' must be last", handler.span),
                None => {}
            }
            if let Some(name) = &handler.name {
                self.bound(name);
            }
            if handler.star {
                self.with_jump(Jump::ExceptStar, |c| c.block(&handler.body));
            } else {
                self.block(&handler.body);
            }
        }
        self.block(&tried.orelse);
        if let Some(finally) = &tried.finally {
            self.block(finally);
        }
    }

    fn function(&mut self, def: &FunctionDef) {
        def.decorators.iter().for_each(|d| self.expr(d));
        self.bound(&def.name);
        self.params(&def.params);
        self.opt(def.returns.as_ref());
        let region = if def.is_async { Region::AsyncDef } else { Region::Def };
        self.within(region, |c| c.block(&def.body));
    }

    fn class(&mut self, class: &ClassDef) {
        class.decorators.iter().for_each(|d| self.expr(d));
        self.bound(&class.name);
        self.args(&class.args, class.span);
        self.within(Region::Class, |c| c.block(&class.body));
    }
}
