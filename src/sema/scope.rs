//! What resolution finds out: one [`Scope`] for each module, function, lambda, class and comprehension, and where
//! each name of it lives.
//!
//! Two notions are kept apart. A *scope* is a region of names. A *frame* is what has variables at run time: a module,
//! function, lambda, class body or generator expression. List, set and dict comprehensions have a scope but no frame
//! (PEP 709): their variables are unique entries in the frame around them, reachable by name from the comprehension
//! only. [`Scope::frame`] leads from a scope to its frame; every [`Binding`] is an index into the tables of that frame.

use crate::diag::Span;
use crate::syntax::ast::{CompKind, Name};
use std::collections::HashMap;

/// A scope of one [`ScopeTable`]. The module is [`ScopeId::MODULE`]; parents come before their children.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ScopeId(pub u32);

impl ScopeId {
    pub const MODULE: ScopeId = ScopeId(0);
}

/// An index into [`Scope::locals`] of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct LocalId(pub u32);

/// An index into [`Scope::cells`] of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CellId(pub u32);

/// An index into [`Scope::frees`] of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct FreeId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ScopeKind {
    Module,
    Function,
    Lambda,
    Class,
    /// All four kinds; [`Scope::comp`] says which.
    Comprehension,
}

/// Where a name lives, seen from one scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Binding {
    /// A variable of the frame that nothing captures.
    Local(LocalId),
    /// A variable of the frame that an inner frame captures.
    Cell(CellId),
    /// A variable of an outer frame, captured when the closure was made.
    Free(FreeId),
    /// A module variable, then a built-in. `explicit` after a `global` statement. All names of a module's own
    /// statements are of this kind.
    Global { explicit: bool },
    /// A name in a class body: reads look in the class namespace and then at `outer`; writes go to the namespace.
    ClassName { outer: Outer },
}

/// Where a name in a class body is read from when the class namespace does not have it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outer {
    Global,
    Free(FreeId),
}

/// A variable of a frame with a slot of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Local {
    /// Mangled.
    pub name: Name,
    /// The scope that binds it: the frame itself, or the comprehension (without a frame) that it is hidden in.
    pub owner: ScopeId,
    pub is_param: bool,
    /// Set for a parameter that an inner frame captures: at entry the argument moves into this cell.
    pub cell: Option<CellId>,
}

/// A variable of a frame that lives in a heap cell, because an inner frame captures it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    /// Mangled; `__class__` for the cell of a class body that its methods see.
    pub name: Name,
    /// The scope that binds it. If it is a comprehension without a frame, each run of the comprehension starts with
    /// a fresh cell; otherwise the cell is made at entry.
    pub owner: ScopeId,
    /// The parameter whose argument moves into the cell at entry.
    pub param: Option<LocalId>,
}

/// A variable that a frame captures from the frame around it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Free {
    pub name: Name,
    /// Where the enclosing frame (that of [`Scope::parent`]) has the cell when it makes the closure.
    pub from: Capture,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Capture {
    Cell(CellId),
    Free(FreeId),
}

/// How a name was used in a scope, for the printed form.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Uses {
    pub param: bool,
    pub bound: bool,
    pub read: bool,
    pub annotated: bool,
    pub global: bool,
    pub nonlocal: bool,
}

/// A name that a scope mentions.
#[derive(Clone, PartialEq, Debug)]
pub struct Symbol {
    /// Mangled.
    pub name: Name,
    pub uses: Uses,
    pub binding: Binding,
}

/// What a frame turns out to be. PEP 255, 492, 525, 530.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Flags {
    /// A plain `def` or lambda with `yield`, or a synchronous generator expression.
    pub is_generator: bool,
    /// `async def` without `yield`.
    pub is_coroutine: bool,
    /// `async def` with `yield`, or an asynchronous generator expression.
    pub is_async_generator: bool,
    /// Contains `await`, `async for`, `async with` or an asynchronous comprehension.
    pub has_await: bool,
    /// Of a comprehension: it has an `async for`, an `await`, or an asynchronous list, set or dict comprehension.
    pub is_async: bool,
    /// Takes `*args`, `**kwargs`.
    pub has_varargs: bool,
    pub has_varkeywords: bool,
}

/// One region of names. The tables `locals`, `cells` and `frees` are filled only for scopes with a frame.
#[derive(Clone, PartialEq, Debug)]
pub struct Scope {
    pub kind: ScopeKind,
    /// Of a comprehension, which one.
    pub comp: Option<CompKind>,
    /// The span of the AST node: `Module`, `FunctionDef`, `ClassDef`, or the lambda or comprehension expression.
    pub span: Span,
    pub parent: Option<ScopeId>,
    /// The scope whose frame has the variables: this one, unless it is a list, set or dict comprehension.
    pub frame: ScopeId,
    /// `__name__`: as written, or `<module>`, `<lambda>`, `<genexpr>`, `<listcomp>`, `<setcomp>`, `<dictcomp>`.
    pub name: Name,
    /// `__qualname__`: `f.<locals>.g`, `C.m`.
    pub qualname: Name,
    /// Every name that the scope mentions, in the order of first mention.
    pub symbols: Vec<Symbol>,
    /// CPython's `co_varnames` order: positional parameters, keyword-only ones, `*args`, `**kwargs`, then the others
    /// in the order of first use in evaluation order, the hidden ones of comprehensions among them. Captured variables are in `cells` and not here, except
    /// parameters, which are in both. Frames are torn down in this order, then `cells`, then `frees`.
    pub locals: Vec<Local>,
    /// Parameters, the first entries of `locals`.
    pub param_count: u32,
    /// By name, as CPython's `co_cellvars`; those of comprehensions after the frame's own.
    pub cells: Vec<Cell>,
    /// By name, as CPython's `co_freevars`.
    pub frees: Vec<Free>,
    /// Of a class body: the cell `__class__`, if a method uses `super` or `__class__`.
    pub class_cell: Option<CellId>,
    pub flags: Flags,
    /// The class whose private names (`__x`) are mangled here, its leading underscores stripped; None if there is
    /// none or nothing is left.
    pub(super) private: Option<Name>,
    pub(super) by_name: HashMap<Name, u32>,
    /// Of a frame: the rank of each name by first mention, in its own scope or in a comprehension that shares it.
    pub(super) mentions: HashMap<Name, usize>,
}

impl Scope {
    /// Whether the scope has variables of its own at run time.
    pub fn has_frame(&self) -> bool {
        self.kind != ScopeKind::Comprehension || self.comp == Some(CompKind::Generator)
    }

    /// The symbol of a name (mangled already), if the scope mentions it.
    pub fn symbol(&self, mangled: &str) -> Option<&Symbol> {
        self.by_name.get(mangled).map(|&i| &self.symbols[i as usize])
    }
}

/// All scopes of a module.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ScopeTable {
    pub(super) scopes: Vec<Scope>,
    pub(super) by_span: HashMap<(Span, ScopeKind), ScopeId>,
}

impl ScopeTable {
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id.0 as usize]
    }

    /// The scope that the node of `kind` at `span` opens (see [`Scope::span`]). `resolve` enters every such node, so
    /// a miss is a bug of the caller.
    pub fn scope_of(&self, span: Span, kind: ScopeKind) -> ScopeId {
        match self.by_span.get(&(span, kind)) {
            Some(&id) => id,
            None => panic!("no {kind:?} scope at {span:?}"),
        }
    }

    /// The scope whose frame holds the variables of `id`.
    pub fn frame(&self, id: ScopeId) -> ScopeId {
        self.scope(id).frame
    }

    /// Where `name` (as written) lives, seen from `scope`. Indices are into the tables of `frame(scope)`. A name that
    /// the scope does not mention (one that a later pass makes up) is taken for one that it only reads, and that no
    /// function around it has.
    pub fn binding(&self, scope: ScopeId, name: &Name) -> Binding {
        let mangled = self.mangle(scope, name);
        let scope = self.scope(scope);
        match scope.symbol(&mangled) {
            Some(symbol) => symbol.binding,
            None if scope.kind == ScopeKind::Class => Binding::ClassName { outer: Outer::Global },
            None => Binding::Global { explicit: false },
        }
    }

    /// `name` as it is known inside `scope`: `__x` in a class `C` is `_C__x`. For attributes and imported names too.
    pub fn mangle(&self, scope: ScopeId, name: &Name) -> Name {
        mangle(self.scope(scope).private.as_deref(), name)
    }

    /// The hidden variables of a comprehension without a frame: to be cleared when it ends.
    pub fn comp_locals(&self, comp: ScopeId) -> impl Iterator<Item = LocalId> + '_ {
        let frame = self.scope(self.frame(comp));
        (0..).zip(&frame.locals).filter(move |(_, l)| l.owner == comp).map(|(i, _)| LocalId(i))
    }

    /// The cells of a comprehension without a frame: each run makes them afresh at its start.
    pub fn comp_cells(&self, comp: ScopeId) -> impl Iterator<Item = CellId> + '_ {
        let frame = self.scope(self.frame(comp));
        (0..).zip(&frame.cells).filter(move |(_, c)| c.owner == comp).map(|(i, _)| CellId(i))
    }

    pub fn ids(&self) -> impl Iterator<Item = ScopeId> + use<> {
        (0..self.scopes.len() as u32).map(ScopeId)
    }
}

/// Private name mangling. `class` has its leading underscores stripped.
pub(super) fn mangle(class: Option<&str>, name: &Name) -> Name {
    match class {
        Some(class) if name.starts_with("__") && !name.ends_with("__") && !name.contains('.') => {
            format!("_{class}{name}").into()
        }
        _ => name.clone(),
    }
}
