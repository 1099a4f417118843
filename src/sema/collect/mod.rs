//! The first half of resolution: walks the tree once, opens a scope for each node that has one, and notes how each
//! scope uses each name.
//!
//! The walk follows evaluation order (the value before the targets, the iterable before the target), because the
//! order of first use is the order of `co_varnames`. Rules that depend on what a scope has said so far, such as
//! "used prior to global declaration", fire here; those that need the finished scopes are in `resolve`.

mod expr;
mod stmt;

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
        mentions: HashMap::new(),
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
            mentions: HashMap::new(),
        };
        table.scopes.push(scope);
        table.by_span.insert((span, kind), id);
        std::mem::replace(&mut self.current, id)
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
            ScopeKind::Class | ScopeKind::Comprehension => format!("{}.{name}", around.qualname).into(),
            _ => format!("{}.<locals>.{name}", around.qualname).into(),
        };
        self.scope().qualname = qualname;
    }

    /// The uses of a name (as written) in the current scope; a new symbol at the first mention.
    fn uses(&mut self, name: &Name) -> &mut Uses {
        self.uses_in(self.current, name)
    }

    fn uses_in(&mut self, id: ScopeId, name: &Name) -> &mut Uses {
        let scopes = &mut self.out.table.scopes;
        let scope = &mut scopes[id.0 as usize];
        let mangled = mangle(scope.private.as_deref(), name);
        let next = scope.symbols.len() as u32;
        let index = *scope.by_name.entry(mangled.clone()).or_insert(next) as usize;
        if index == next as usize {
            let symbol =
                Symbol { name: mangled.clone(), uses: Uses::default(), binding: Binding::Global { explicit: false } };
            scope.symbols.push(symbol);
            let frame = scope.frame.0 as usize;
            let mentions = &mut scopes[frame].mentions;
            let rank = mentions.len();
            mentions.entry(mangled).or_insert(rank);
        }
        &mut scopes[id.0 as usize].symbols[index].uses
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
}
