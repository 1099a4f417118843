//! The function being lowered: which slot each variable of `sema` gets, hidden locals, labels.

use super::super::data::*;
use crate::sema::{self, Binding, Capture, Outer, Scope, ScopeId, ScopeTable};

pub(super) struct Frame {
    pub id: FnId,
    pub kind: FnKind,
    /// The scope that the frame belongs to.
    pub owner: ScopeId,
    /// The scope that names are looked up in now: the owner, or a comprehension within it.
    pub scope: ScopeId,
    pub locals: Vec<Local>,
    /// Loops around the current statement, innermost last.
    pub loops: Vec<LabelId>,
    /// Of a class body: attributes that its methods assign through `self` (`__static_attributes__`).
    pub static_attributes: Vec<Name>,
    /// Slot of sema's first local.
    first_local: u32,
    /// Slot of each of sema's cells (a parameter's own slot for a captured parameter).
    cells: Vec<LocalId>,
    /// Slot of sema's first free variable.
    first_free: u32,
    /// Hidden locals that may be used again.
    idle: Vec<LocalId>,
    next_label: u32,
}

impl Frame {
    pub fn new(scopes: &ScopeTable, owner: ScopeId, kind: FnKind, id: FnId) -> Frame {
        let scope = scopes.scope(owner);
        let mut locals = Vec::new();
        match kind {
            FnKind::Class => locals.push(Local { name: ".namespace".into(), kind: LocalKind::Hidden, cell: false }),
            FnKind::Genexpr if scope.locals.first().is_none_or(|l| &*l.name != ".0") => {
                locals.push(Local { name: ".0".into(), kind: LocalKind::Param, cell: false });
            }
            _ => {}
        }
        let first_local = locals.len() as u32;
        locals.extend(scope.locals.iter().map(|local| Local {
            name: local.name.clone(),
            kind: if local.is_param { LocalKind::Param } else { LocalKind::Named },
            cell: local.cell.is_some(),
        }));
        let mut cells = Vec::with_capacity(scope.cells.len());
        for cell in &scope.cells {
            let slot = match cell.param {
                Some(param) => first_local + param.0,
                None => {
                    locals.push(Local { name: cell.name.clone(), kind: LocalKind::Named, cell: true });
                    locals.len() as u32 - 1
                }
            };
            cells.push(LocalId(slot));
        }
        let first_free = locals.len() as u32;
        locals.extend(scope.frees.iter().map(|free| Local {
            name: free.name.clone(),
            kind: LocalKind::Free,
            cell: true,
        }));
        Frame {
            id,
            kind,
            owner,
            scope: owner,
            locals,
            loops: Vec::new(),
            static_attributes: Vec::new(),
            first_local,
            cells,
            first_free,
            idle: Vec::new(),
            next_label: 0,
        }
    }

    pub fn local_slot(&self, local: sema::LocalId) -> LocalId {
        LocalId(self.first_local + local.0)
    }

    pub fn cell_slot(&self, cell: sema::CellId) -> LocalId {
        self.cells[cell.0 as usize]
    }

    pub fn free_slot(&self, free: sema::FreeId) -> LocalId {
        LocalId(self.first_free + free.0)
    }

    /// The variable of a name (mangled) with that binding.
    pub fn var(&self, binding: Binding, name: Name) -> Var {
        match binding {
            Binding::Local(local) => Var::Local(self.local_slot(local)),
            Binding::Cell(cell) => Var::Cell(self.cell_slot(cell)),
            Binding::Free(free) => Var::Cell(self.free_slot(free)),
            Binding::Global { .. } => Var::Global(name),
            Binding::ClassName { outer: Outer::Global } => Var::ClassName { name, fallback: None },
            Binding::ClassName { outer: Outer::Free(free) } => {
                Var::ClassName { name, fallback: Some(self.free_slot(free)) }
            }
        }
    }

    /// The slots of this frame that a function with the scope `inner` captures.
    pub fn captures(&self, inner: &Scope) -> Vec<LocalId> {
        let slot = |free: &sema::Free| match free.from {
            Capture::Cell(cell) => self.cell_slot(cell),
            Capture::Free(free) => self.free_slot(free),
        };
        inner.frees.iter().map(slot).collect()
    }

    /// A hidden local that is not in use, unbound. `name` says what it holds.
    pub fn hidden(&mut self, name: &'static str) -> LocalId {
        let locals = &self.locals;
        if let Some(at) = self.idle.iter().position(|l| &*locals[l.0 as usize].name == name) {
            return self.idle.swap_remove(at);
        }
        self.locals.push(Local { name: name.into(), kind: LocalKind::Hidden, cell: false });
        LocalId(self.locals.len() as u32 - 1)
    }

    /// Gives a hidden local back: its value is not needed any more.
    pub fn release(&mut self, local: LocalId) {
        self.idle.push(local);
    }

    pub fn label(&mut self) -> LabelId {
        self.next_label += 1;
        LabelId(self.next_label - 1)
    }

    /// Whether simple annotated names are recorded here (PEP 526).
    pub fn keeps_annotations(&self) -> bool {
        matches!(self.kind, FnKind::Module | FnKind::Class)
    }
}
