//! The first half of resolution: walks the tree once, opens a scope for each node that has one, and notes how each
//! scope uses each name.
//!
//! The walk follows evaluation order (the value before the targets, the iterable before the target), because the
//! order of first use is the order of `co_varnames`. Rules that depend on what a scope has said so far, such as
//! "used prior to global declaration", fire here; those that need the finished scopes are in `resolve`.

use super::scope::{Binding, Flags, Scope, ScopeId, ScopeKind, ScopeTable, Symbol, Uses, mangle};
use crate::diag::{Diagnostic, Span};
use crate::syntax::ast::*;
use std::collections::HashMap;

/// A name that a `nonlocal` statement declares; `resolve` looks for its binding.
pub(super) struct NonlocalUse {
    pub scope: ScopeId,
    /// Mangled.
    pub name: Name,
    pub span: Span,
}

/// What the walk finds.
pub(super) struct Collected {
    /// Scopes with symbols and flags, still without bindings and frame tables.
    pub table: ScopeTable,
    pub nonlocals: Vec<NonlocalUse>,
    pub diagnostics: Vec<Diagnostic>,
}

pub(super) fn collect(module: &Module) -> Collected {
    let mut collector = Collector {
        out: Collected { table: ScopeTable::default(), nonlocals: Vec::new(), diagnostics: Vec::new() },
        current: ScopeId::MODULE,
        iterable_depth: 0,
        in_comp_target: false,
        comp_iter: HashMap::new(),
        declared: HashMap::new(),
        class_name: "__class__".into(),
    };
    collector.out.table.scopes.push(Scope {
        kind: ScopeKind::Module,
        comp: None,
        span: module.span,
        parent: None,
        frame: ScopeId::MODULE,
        name: "<module>".into(),
        qualname: "<module>".into(),
        symbols: Vec::new(),
        locals: Vec::new(),
        param_count: 0,
        cells: Vec::new(),
        frees: Vec::new(),
        class_cell: None,
        flags: Flags::default(),
        private: None,
        by_name: HashMap::new(),
    });
    collector.out.table.by_span.insert((module.span, ScopeKind::Module), ScopeId::MODULE);
    collector.block(&module.body);
    collector.out
}

struct Collector {
    out: Collected,
    current: ScopeId,
    /// How many iterables of comprehensions surround the expression; `:=` is refused there. Scopes inherit it.
    iterable_depth: u32,
    /// The expression is a `for` target of a comprehension.
    in_comp_target: bool,
    /// The iteration variables of each comprehension (mangled), which `:=` may not rebind.
    comp_iter: HashMap<(ScopeId, Name), Span>,
    /// The first `global` or `nonlocal` of each name (as written) in each scope.
    declared: HashMap<(ScopeId, Name), Span>,
    /// `__class__`, shared.
    class_name: Name,
}

impl Collector {
    fn scope(&mut self) -> &mut Scope {
        &mut self.out.table.scopes[self.current.0 as usize]
    }

    fn error(&mut self, code: &'static str, title: String, span: Span) {
        self.out.diagnostics.push(Diagnostic::syntax(code, title, span));
    }

    // ---- scopes and symbols ----

    /// Opens a scope inside the current one and makes it current; returns the one to go back to.
    fn enter(&mut self, kind: ScopeKind, comp: Option<CompKind>, name: Name, span: Span) -> ScopeId {
        let table = &mut self.out.table;
        let id = ScopeId(table.scopes.len() as u32);
        let outer = table.scope(self.current);
        let has_frame = kind != ScopeKind::Comprehension || comp == Some(CompKind::Generator);
        let scope = Scope {
            kind,
            comp,
            span,
            parent: Some(self.current),
            frame: if has_frame { id } else { outer.frame },
            qualname: name.clone(),
            name,
            symbols: Vec::new(),
            locals: Vec::new(),
            param_count: 0,
            cells: Vec::new(),
            frees: Vec::new(),
            class_cell: None,
            flags: Flags::default(),
            private: outer.private.clone(),
            by_name: HashMap::new(),
        };
        table.scopes.push(scope);
        table.by_span.insert((span, kind), id);
        std::mem::replace(&mut self.current, id)
    }

    /// The uses of a name (as written) in the current scope; a new symbol at the first mention.
    fn uses(&mut self, name: &Name) -> &mut Uses {
        self.uses_in(self.current, name)
    }

    fn uses_in(&mut self, id: ScopeId, name: &Name) -> &mut Uses {
        let scope = &mut self.out.table.scopes[id.0 as usize];
        let mangled = mangle(scope.private.as_deref(), name);
        let next = scope.symbols.len() as u32;
        let index = *scope.by_name.entry(mangled.clone()).or_insert(next);
        if index == next {
            let symbol = Symbol { name: mangled, uses: Uses::default(), binding: Binding::Global { explicit: false } };
            scope.symbols.push(symbol);
        }
        &mut scope.symbols[index as usize].uses
    }

    fn read(&mut self, name: &Name) {
        self.uses(name).read = true;
        // A bare `super()` finds its class through the cell (PEP 3135).
        let scope = self.scope();
        if &**name == "super" && !matches!(scope.kind, ScopeKind::Module | ScopeKind::Class) {
            let class_name = self.class_name.clone();
            self.uses(&class_name).read = true;
        }
    }

    fn bind(&mut self, name: &Name, span: Span) {
        let in_comp_target = self.in_comp_target;
        let uses = self.uses(name);
        uses.bound = true;
        if in_comp_target {
            let conflict = uses.global || uses.nonlocal;
            let mangled = self.out.table.mangle(self.current, name);
            self.comp_iter.insert((self.current, mangled), span);
            if conflict {
                let title = format!("comprehension inner loop cannot rebind assignment expression target '{name}'");
                self.error("comprehension-rebinds-walrus", title, span);
            }
        }
    }

    fn bind_ident(&mut self, ident: &Ident) {
        self.bind(&ident.name, ident.span);
    }

    // ---- global and nonlocal ----

    fn declare(&mut self, ident: &Ident, word: &'static str) {
        let is_global = word == "global";
        let name = &ident.name;
        let before = *self.uses(name);
        if !is_global && self.current == ScopeId::MODULE {
            self.error("nonlocal-at-module", "nonlocal declaration not allowed at module level".into(), ident.span);
            return;
        }
        let title = if before.param {
            Some(("declared-parameter", format!("name '{name}' is parameter and {word}")))
        } else if before.read {
            Some(("declared-after-use", format!("name '{name}' is used prior to {word} declaration")))
        } else if before.annotated {
            Some(("declared-annotated", format!("annotated name '{name}' can't be {word}")))
        } else if before.bound {
            Some(("declared-after-assignment", format!("name '{name}' is assigned to before {word} declaration")))
        } else if is_global && before.nonlocal || !is_global && before.global {
            let first = self.declared.get(&(self.current, name.clone())).copied().unwrap_or(ident.span);
            let diagnostic =
                Diagnostic::syntax("nonlocal-and-global", format!("name '{name}' is nonlocal and global"), first)
                    .with_secondary(ident.span, "declared again here");
            self.out.diagnostics.push(diagnostic);
            return;
        } else {
            None
        };
        if let Some((code, title)) = title {
            self.error(code, title, ident.span);
            return;
        }
        let uses = self.uses(name);
        uses.global |= is_global;
        uses.nonlocal |= !is_global;
        self.declared.entry((self.current, name.clone())).or_insert(ident.span);
        if !is_global {
            let name = self.out.table.mangle(self.current, name);
            self.out.nonlocals.push(NonlocalUse { scope: self.current, name, span: ident.span });
        }
    }

    // ---- statements ----

    fn block(&mut self, block: &Block) {
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
                for handler in &tried.handlers {
                    self.opt(handler.class.as_ref());
                    if let Some(name) = &handler.name {
                        self.bind_ident(name);
                    }
                    self.block(&handler.body);
                }
                self.block(&tried.orelse);
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

    /// `__qualname__` of the current scope, opened inside `outer`. A definition whose name `outer` declares `global`
    /// is named as if it stood at module level.
    fn set_qualname(&mut self, outer: ScopeId, defined: Option<&Name>) {
        let table = &self.out.table;
        let declared_global = defined
            .is_some_and(|name| table.scope(outer).symbol(&table.mangle(outer, name)).is_some_and(|s| s.uses.global));
        let around = table.scope(table.frame(outer));
        let name = &table.scope(self.current).name;
        let qualname = match around.kind {
            _ if declared_global => name.clone(),
            ScopeKind::Module => name.clone(),
            ScopeKind::Class => format!("{}.{name}", around.qualname).into(),
            _ => format!("{}.<locals>.{name}", around.qualname).into(),
        };
        self.scope().qualname = qualname;
    }

    fn defaults(&mut self, params: &[Param]) {
        params.iter().filter_map(|p| p.default.as_ref()).for_each(|d| self.expr(d));
    }

    /// Enters the parameters in `co_varnames` order: positional, keyword-only, `*args`, `**kwargs`.
    fn params(&mut self, params: &[Param]) {
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

    fn args(&mut self, args: &[Arg]) {
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

    // ---- targets and expressions ----

    fn targets(&mut self, targets: &[Expr]) {
        targets.iter().for_each(|t| self.target(t));
    }

    fn target(&mut self, target: &Expr) {
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

    fn opt(&mut self, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|e| self.expr(e));
    }

    fn expr(&mut self, expr: &Expr) {
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

/// Without the parentheses around it.
fn strip(mut expr: &Expr) -> &Expr {
    while let ExprKind::Paren(inner) = &expr.kind {
        expr = inner;
    }
    expr
}
