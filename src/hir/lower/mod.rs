//! From the AST and its scopes to the high-level IR.
//!
//! ```text
//! squares = [x * x for x in data if x]      @squares = do {
//!                                               .list = []
//!                                               for L0 x in @data via .iter:
//!                                                 if x:
//!                                                   $list_append(.list, x * x)
//!                                               clear x
//!                                               => take .list
//!                                           }
//! ```
//! Order of evaluation, of attribute lookups and of the death of temporaries is CPython 3.13's (`Python/compile.c`).
//! What CPython keeps on its value stack lives in *hidden* locals here; they are moved out at their last use, so that
//! no object outlives its time. One file for each kind of sugar.
//!
//! Precondition: `syntax::check` and `sema::resolve` found no error. What they refuse is lowered to `None`.

mod assign;
mod class;
mod compare;
mod comprehension;
mod docstring;
mod except_star;
mod expr;
mod fold;
mod frame;
mod fstring;
mod function;
mod import;
mod loops;
mod pattern;
mod stmt;
mod try_except;
mod with;

use super::data::*;
use crate::diag::{SourceFile, Span};
use crate::sema::{ScopeId, ScopeTable};
use crate::syntax::ast;
use frame::Frame;

/// Lowers a module that was checked and resolved. `source` is read for the text of postponed annotations and for line
/// numbers that the program can see.
pub fn lower(module: &ast::Module, scopes: &ScopeTable, source: &SourceFile) -> Module {
    let mut lowerer = Lowerer {
        scopes,
        source,
        functions: vec![None],
        frame: Frame::new(scopes, ScopeId::MODULE, FnKind::Module, FnId(0)),
        outer: Vec::new(),
        postponed_annotations: imports_annotations(&module.body),
        walrus_count: 0,
    };
    lowerer.module(module);
    Module { functions: lowerer.functions.into_iter().flatten().collect() }
}

/// Whether the module starts with `from __future__ import annotations` (PEP 563).
fn imports_annotations(body: &[ast::Stmt]) -> bool {
    body.iter().any(|stmt| match &stmt.kind {
        ast::StmtKind::ImportFrom { level: 0, module: Some(path), names, .. } => {
            import::is_future(path) && names.iter().any(|n| &*n.name.name == "annotations")
        }
        _ => false,
    })
}

struct Lowerer<'a> {
    scopes: &'a ScopeTable,
    source: &'a SourceFile,
    /// The finished functions; None while one is being lowered.
    functions: Vec<Option<Function>>,
    /// The function being lowered.
    frame: Frame,
    /// Those around it, outermost first.
    outer: Vec<Frame>,
    /// Annotations are their source text (PEP 563).
    postponed_annotations: bool,
    /// Number of `:=` lowered so far. If it does not change while an expression is lowered, that expression does not
    /// rebind a plain local of its own frame: nothing else in an expression can.
    walrus_count: u32,
}

impl Lowerer<'_> {
    fn module(&mut self, module: &ast::Module) {
        let mut body = Block::new();
        let doc = docstring::of(&module.body);
        if let (Some(doc), Some(first)) = (&doc, module.body.first()) {
            let target = Target::var(Var::Global("__doc__".into()), first.span);
            body.push(Stmt::assign(target, Expr::str(doc.clone(), first.span), first.span));
        }
        self.block_into(&module.body, &mut body);
        self.finish(Signature { doc, span: module.span, header: module.span, ..Signature::default() }, body);
    }

    /// Starts a function whose names are those of `scope`.
    fn enter(&mut self, scope: ScopeId, kind: FnKind) {
        let id = FnId(self.functions.len() as u32);
        self.functions.push(None);
        let frame = Frame::new(self.scopes, scope, kind, id);
        self.outer.push(std::mem::replace(&mut self.frame, frame));
    }

    /// Ends it and returns to the function around it; gives what makes the closure.
    fn leave(&mut self, signature: Signature, body: Block) -> Closure {
        self.finish(signature, body);
        let Some(outer) = self.outer.pop() else { unreachable!("`leave` without `enter`") };
        let inner = std::mem::replace(&mut self.frame, outer);
        Closure { function: inner.id, captures: self.frame.captures(self.scopes.scope(inner.owner)) }
    }

    fn finish(&mut self, signature: Signature, body: Block) {
        let scope = self.scopes.scope(self.frame.owner);
        let flavor = if scope.flags.is_async_generator {
            Flavor::AsyncGenerator
        } else if scope.flags.is_coroutine {
            Flavor::Coroutine
        } else if scope.flags.is_generator {
            Flavor::Generator
        } else {
            Flavor::Plain
        };
        self.functions[self.frame.id.0 as usize] = Some(Function {
            kind: self.frame.kind,
            flavor,
            name: scope.name.clone(),
            qualname: scope.qualname.clone(),
            params: signature.params,
            locals: std::mem::take(&mut self.frame.locals),
            body,
            doc: signature.doc,
            span: signature.span,
            header: signature.header,
        });
    }

    /// The variable that `name` (as written) means here.
    fn var(&self, name: &Name) -> Var {
        let binding = self.scopes.binding(self.frame.scope, name);
        self.frame.var(binding, self.scopes.mangle(self.frame.scope, name))
    }

    /// An attribute's name, with private names mangled.
    fn attr_name(&self, name: &Name) -> Name {
        self.scopes.mangle(self.frame.scope, name)
    }

    fn hidden(&mut self, name: &'static str) -> LocalId {
        self.frame.hidden(name)
    }

    fn release(&mut self, local: LocalId) {
        self.frame.release(local);
    }

    fn label(&mut self) -> LabelId {
        self.frame.label()
    }
}

/// What [`Lowerer::leave`] needs to know of a function besides its body and its scope.
#[derive(Default)]
struct Signature {
    params: Params,
    doc: Option<std::rc::Rc<str>>,
    span: Span,
    header: Span,
}

/// A finished function, seen from the one around it.
struct Closure {
    function: FnId,
    /// Slots of the outer function, in the order of the inner one's free variables.
    captures: Vec<LocalId>,
}
