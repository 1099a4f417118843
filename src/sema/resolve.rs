//! The second half of resolution: decides for each name of each scope where it lives, and lays out the frames.
//!
//! ```text
//! def f(a):            f: locals a, cells n, and hidden i      (n is captured, i belongs to the comprehension)
//!     n = 0            g: frees n
//!     def g(): return n
//!     return [i for i in a]
//! ```
//! A variable becomes a cell when a scope of another frame reads or rebinds it; each frame on the way down gets it as
//! a free variable. Class bodies are skipped, except for the `__class__` cell that their methods see (PEP 3135).

use super::collect::{Collected, NonlocalUse, collect};
use super::scope::*;
use crate::diag::Diagnostic;
use crate::syntax::ast::{Module, Name};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Resolves every name of a module. The table is complete even if there are diagnostics.
pub fn resolve(module: &Module) -> (ScopeTable, Vec<Diagnostic>) {
    let Collected { table, nonlocals, diagnostics } = collect(module);
    let mut resolver = Resolver {
        table,
        diagnostics,
        captured: HashSet::new(),
        free_names: HashMap::new(),
        locals: HashMap::new(),
        cells: HashMap::new(),
        class_name: "__class__".into(),
    };
    resolver.check_nonlocals(&nonlocals);
    resolver.find_captures();
    resolver.lay_out_frames();
    resolver.bind_symbols();
    resolver.diagnostics.sort_by_key(|d| d.span);
    (resolver.table, resolver.diagnostics)
}

/// A variable: the scope that binds it and its mangled name.
type Variable = (ScopeId, Name);

struct Resolver {
    table: ScopeTable,
    diagnostics: Vec<Diagnostic>,
    /// Variables that a scope of another frame uses.
    captured: HashSet<Variable>,
    /// The free variables of each frame; sorted, so that the position is the [`FreeId`].
    free_names: HashMap<ScopeId, BTreeSet<Name>>,
    locals: HashMap<Variable, LocalId>,
    cells: HashMap<Variable, CellId>,
    /// `__class__`, shared.
    class_name: Name,
}

impl Resolver {
    /// `nonlocal x` needs an `x` in a function around it.
    fn check_nonlocals(&mut self, nonlocals: &[NonlocalUse]) {
        for declared in nonlocals {
            if self.look_up(declared.scope, &declared.name).is_none() {
                let title = format!("no binding for nonlocal '{}' found", declared.name);
                self.diagnostics.push(Diagnostic::syntax("nonlocal-unbound", title, declared.span));
            }
        }
    }

    /// The scope around `scope` that binds `name` for it; None if the name is global.
    fn look_up(&self, scope: ScopeId, name: &Name) -> Option<ScopeId> {
        let mut around = self.table.scope(scope).parent;
        while let Some(id) = around {
            let scope = self.table.scope(id);
            match scope.kind {
                ScopeKind::Module => return None,
                ScopeKind::Class if *name == self.class_name => return Some(id),
                ScopeKind::Class => {}
                _ => match scope.symbol(name).map(|s| s.uses) {
                    Some(uses) if uses.global => return None,
                    Some(uses) if is_own(uses) => return Some(id),
                    _ => {}
                },
            }
            around = scope.parent;
        }
        None
    }

    fn find_captures(&mut self) {
        for id in self.table.ids() {
            let scope = self.table.scope(id);
            if scope.kind == ScopeKind::Module {
                continue;
            }
            let foreign: Vec<Name> =
                scope.symbols.iter().filter(|s| !s.uses.global && !is_own(s.uses)).map(|s| s.name.clone()).collect();
            for name in foreign {
                if let Some(owner) = self.look_up(id, &name) {
                    self.capture(id, owner, name);
                }
            }
        }
    }

    /// Makes the variable of `owner` reachable from the frame of `user`.
    fn capture(&mut self, user: ScopeId, owner: ScopeId, name: Name) {
        let home = self.table.frame(owner);
        let mut frame = self.table.frame(user);
        // The `__class__` cell is one even for a comprehension that stands directly in the class body.
        if frame != home || self.table.scope(owner).kind == ScopeKind::Class {
            self.captured.insert((owner, name.clone()));
        }
        while frame != home {
            if !self.free_names.entry(frame).or_default().insert(name.clone()) {
                return;
            }
            frame = self.enclosing_frame(frame);
        }
    }

    /// The frame that runs the statement which makes a closure of `frame`.
    fn enclosing_frame(&self, frame: ScopeId) -> ScopeId {
        self.table.scope(frame).parent.map_or(ScopeId::MODULE, |parent| self.table.frame(parent))
    }

    /// Fills `locals`, `cells` and `frees` of each frame.
    fn lay_out_frames(&mut self) {
        self.add_locals();
        for id in self.table.ids() {
            self.add_cells(id);
        }
        for id in self.table.ids() {
            let Some(names) = self.free_names.get(&id) else { continue };
            let around = self.enclosing_frame(id);
            let frees = names.iter().map(|name| Free { name: name.clone(), from: self.source(id, around, name) });
            let frees = frees.collect();
            self.scope_mut(id).frees = frees;
        }
    }

    /// Where the frame `around` has the free variable `name` of the frame `inner` in it.
    fn source(&self, inner: ScopeId, around: ScopeId, name: &Name) -> Capture {
        let cell =
            self.look_up(inner, name).and_then(|owner| self.cells.get(&(owner, name.clone())).map(|c| (owner, *c)));
        match cell {
            Some((owner, cell)) if self.table.frame(owner) == around => Capture::Cell(cell),
            _ => Capture::Free(self.free_id(around, name)),
        }
    }

    fn free_id(&self, frame: ScopeId, name: &Name) -> FreeId {
        let position = self.free_names.get(&frame).and_then(|names| names.iter().position(|n| n == name));
        FreeId(position.unwrap_or(0) as u32)
    }

    fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.table.scopes[id.0 as usize]
    }

    /// The variables that a scope binds and that live in its frame.
    fn own_symbols(&self, id: ScopeId) -> impl Iterator<Item = &Symbol> {
        let scope = self.table.scope(id);
        let has_slots = !matches!(scope.kind, ScopeKind::Module | ScopeKind::Class);
        scope.symbols.iter().filter(move |s| has_slots && !s.uses.global && is_own(s.uses))
    }

    fn is_captured(&self, id: ScopeId, name: &Name) -> bool {
        self.captured.contains(&(id, name.clone()))
    }

    /// Gives each variable that has a slot its place, in the order in which the frame mentions the names.
    fn add_locals(&mut self) {
        let mut found: Vec<(ScopeId, usize, ScopeId, Name, bool)> = Vec::new();
        for id in self.table.ids() {
            let frame = self.table.frame(id);
            let mentions = &self.table.scope(frame).mentions;
            let slots = self.own_symbols(id).filter(|s| s.uses.param || !self.is_captured(id, &s.name));
            found.extend(slots.map(|s| {
                let rank = mentions.get(&s.name).copied().unwrap_or(usize::MAX);
                (frame, rank, id, s.name.clone(), s.uses.param)
            }));
        }
        found.sort();
        for (frame, _, owner, name, is_param) in found {
            let locals = &mut self.scope_mut(frame).locals;
            let local = LocalId(locals.len() as u32);
            locals.push(Local { name: name.clone(), owner, is_param, cell: None });
            self.locals.insert((owner, name), local);
        }
    }

    /// Gives the captured variables of the scope their cells. Scopes come in order of creation, so a frame's own
    /// cells precede those of the comprehensions in it.
    fn add_cells(&mut self, id: ScopeId) {
        let frame = self.table.frame(id);
        let mut cells: Vec<Name> =
            (self.own_symbols(id).filter(|s| self.is_captured(id, &s.name))).map(|s| s.name.clone()).collect();
        if self.table.scope(id).kind == ScopeKind::Class && self.is_captured(id, &self.class_name) {
            cells.push(self.class_name.clone());
            self.scope_mut(id).class_cell = Some(CellId(0));
        }
        cells.sort();
        for name in cells {
            let param = self.locals.get(&(id, name.clone())).copied();
            self.add_cell(frame, id, name, param);
        }
    }

    fn add_cell(&mut self, frame: ScopeId, owner: ScopeId, name: Name, param: Option<LocalId>) {
        let scope = self.scope_mut(frame);
        let cell = CellId(scope.cells.len() as u32);
        scope.cells.push(Cell { name: name.clone(), owner, param });
        if let Some(LocalId(local)) = param {
            scope.locals[local as usize].cell = Some(cell);
        }
        self.cells.insert((owner, name), cell);
    }

    fn bind_symbols(&mut self) {
        for id in self.table.ids() {
            let bindings: Vec<Binding> = self.table.scope(id).symbols.iter().map(|s| self.binding(id, s)).collect();
            for (symbol, binding) in self.scope_mut(id).symbols.iter_mut().zip(bindings) {
                symbol.binding = binding;
            }
        }
    }

    fn binding(&self, id: ScopeId, symbol: &Symbol) -> Binding {
        let Symbol { name, uses, .. } = symbol;
        let kind = self.table.scope(id).kind;
        if uses.global || kind == ScopeKind::Module {
            return Binding::Global { explicit: uses.global };
        }
        if is_own(*uses) {
            return match kind {
                ScopeKind::Class => Binding::ClassName { outer: Outer::Global },
                _ => self.place(id, name),
            };
        }
        let found = self.look_up(id, name);
        if kind == ScopeKind::Class && !uses.nonlocal {
            let outer = found.map_or(Outer::Global, |_| Outer::Free(self.free_id(id, name)));
            return Binding::ClassName { outer };
        }
        let frame = self.table.frame(id);
        match found {
            None => Binding::Global { explicit: false },
            Some(owner) if self.table.frame(owner) == frame => self.place(owner, name),
            Some(_) => Binding::Free(self.free_id(frame, name)),
        }
    }

    /// Where the frame of `owner` has its variable.
    fn place(&self, owner: ScopeId, name: &Name) -> Binding {
        let variable = (owner, name.clone());
        match (self.cells.get(&variable), self.locals.get(&variable)) {
            (Some(&cell), _) => Binding::Cell(cell),
            (None, Some(&local)) => Binding::Local(local),
            (None, None) => Binding::Global { explicit: false },
        }
    }
}

/// Whether the scope itself binds the name.
fn is_own(uses: Uses) -> bool {
    (uses.param || uses.bound) && !uses.nonlocal
}
