//! Class statements: the body becomes a function that fills a namespace.
//!
//! ```text
//! class C(B):              C = class #1 C(@B)
//!     x = 1                class body #1 C: ns.__module__ = @__name__; ns.__qualname__ = "C"; …; ns.x = 1; return None
//! ```
//! The body returns the cell of `__class__` for the type to fill, or None.

use super::super::data::*;
use super::function::decorate;
use super::{Lowerer, Signature, docstring};
use crate::diag::Span;
use crate::sema::ScopeKind;
use crate::syntax::ast::ClassDef;

impl Lowerer<'_> {
    pub(super) fn class(&mut self, class: &ClassDef, span: Span, out: &mut Block) {
        let decorators: Vec<Expr> = class.decorators.iter().map(|d| self.expr(d)).collect();
        let scope = self.scopes.scope_of(class.span, ScopeKind::Class);
        self.enter(scope, FnKind::Class);
        let body = self.class_body(class);
        let signature = Signature { params: Params::default(), doc: None, span: class.span, header: class.name.span };
        let closure = self.leave(signature, body);
        let kind = ExprKind::Class {
            body: closure.function,
            name: class.name.name.clone(),
            args: self.args(&class.args),
            captures: closure.captures,
        };
        let value = decorate(decorators, Expr::new(kind, class.name.span));
        let target = Target::var(self.var(&class.name.name), class.name.span);
        out.push(Stmt::assign(target, value, span));
    }

    fn class_body(&mut self, class: &ClassDef) -> Block {
        let span = class.name.span;
        let scope = self.scopes.scope(self.frame.owner);
        let first_line = class.decorators.first().map_or(class.span, |d| d.span);
        let first_line = i64::from(self.source.line(first_line.start));
        let mut body = vec![
            set_name("__module__", Expr::var(Var::Global("__name__".into()), span)),
            set_name("__qualname__", Expr::str(scope.qualname.clone(), span)),
            set_name("__firstlineno__", Expr::constant(Const::Int(first_line), span)),
        ];
        if let Some(doc) = docstring::of(&class.body) {
            body.push(set_name("__doc__", Expr::str(doc, span)));
        }
        self.block_into(&class.body, &mut body);
        let attributes: Vec<Const> = self.frame.static_attributes.drain(..).map(Const::Str).collect();
        let attributes = Expr::constant(Const::Tuple(attributes.into()), span);
        body.push(set_name("__static_attributes__", attributes));
        let result = match scope.class_cell {
            Some(cell) => {
                let slot = self.frame.cell_slot(cell);
                Expr::intrinsic(Intrinsic::LoadCell { slot }, Vec::new(), span)
            }
            None => Expr::none(span),
        };
        body.push(Stmt::new(StmtKind::Return(result), span));
        body
    }
}

/// `name = value` in the class namespace.
fn set_name(name: &str, value: Expr) -> Stmt {
    let span = value.span;
    Stmt::assign(Target::var(Var::ClassName { name: name.into(), fallback: None }, span), value, span)
}
