//! The rules of the syntax that the cover grammar leaves open: shapes of targets, order of arguments and parameters,
//! where `yield`, `await`, `return` and `break` may stand, and what patterns may hold.
//!
//! Every rule that is broken is reported, with CPython's wording where it has one. Rules about names (`global`,
//! `nonlocal`, where `:=` binds) belong to `sema`.

mod call;
mod expr;
mod pattern;
mod place;
mod stmt;
mod target;

use crate::diag::{Diagnostic, SourceFile, Span};
use crate::syntax::ast::{Ident, Module};
use place::{Frame, Region};

/// Reports everything that CPython's compiler would refuse in a module that parsed, in source order.
pub fn check(module: &Module, source: &SourceFile) -> Vec<Diagnostic> {
    let mut checker = Checker { source, frames: vec![Frame::new(Region::Module)], diagnostics: Vec::new() };
    checker.module(module);
    checker.diagnostics.sort_by_key(|d| d.span);
    checker.diagnostics
}

struct Checker<'a> {
    source: &'a SourceFile,
    /// The functions, classes and comprehensions around the current node, the module first; never empty.
    frames: Vec<Frame>,
    diagnostics: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn error(&mut self, code: &'static str, title: impl Into<String>, span: Span) {
        self.diagnostics.push(Diagnostic::syntax(code, title, span));
    }

    /// A second mention of something that may be said once.
    fn error_twice(&mut self, code: &'static str, title: impl Into<String>, span: Span, first: Span) {
        self.diagnostics.push(Diagnostic::syntax(code, title, span).with_secondary(first, "first here"));
    }

    /// A name that is about to be bound.
    fn bound(&mut self, ident: &Ident) {
        self.bound_name(&ident.name, ident.span);
    }

    fn bound_name(&mut self, name: &str, span: Span) {
        if matches!(name, "__debug__" | "None" | "True" | "False") {
            self.error("assign-to-constant", format!("cannot assign to {name}"), span);
        }
    }
}
