//! `def` and `lambda`: parameters, defaults, annotations, decorators.
//!
//! ```text
//! @d1                      f = @d1(@d2(function #1 f(defaults 1)))
//! @d2
//! def f(a, b=1): …
//! ```

use super::super::data::*;
use super::{Closure, Lowerer, Signature, docstring};
use crate::diag::Span;
use crate::sema::ScopeKind;
use crate::syntax::ast::{self, FunctionDef, Lambda, Param, ParamKind};

/// What of a parameter list is evaluated where the function is made, and its shape.
#[derive(Default)]
struct Parameters {
    shape: Params,
    defaults: Vec<Expr>,
    kwdefaults: Vec<(Name, Expr)>,
}

impl Lowerer<'_> {
    pub(super) fn def(&mut self, def: &FunctionDef, span: Span, out: &mut Block) {
        let decorators: Vec<Expr> = def.decorators.iter().map(|d| self.expr(d)).collect();
        let parameters = self.parameters(&def.params);
        let annotations = self.annotations(def);
        let scope = self.scopes.scope_of(def.span, ScopeKind::Function);
        self.enter(scope, FnKind::Function);
        let body = self.block(&def.body);
        let signature = Signature {
            params: parameters.shape,
            doc: docstring::of(&def.body),
            span: def.span,
            header: def.name.span,
        };
        let closure = self.leave(signature, body);
        let kind = ExprKind::Function {
            function: closure.function,
            defaults: parameters.defaults,
            kwdefaults: parameters.kwdefaults,
            annotations,
            captures: closure.captures,
        };
        let function = decorate(decorators, Expr::new(kind, def.name.span));
        let target = Target::var(self.var(&def.name.name), def.name.span);
        out.push(Stmt::assign(target, function, span));
    }

    pub(super) fn lambda(&mut self, lambda: &Lambda, span: Span) -> Expr {
        let parameters = self.parameters(&lambda.params);
        let scope = self.scopes.scope_of(span, ScopeKind::Lambda);
        self.enter(scope, FnKind::Lambda);
        let value = self.expr(&lambda.body);
        let value_span = value.span;
        let body = vec![Stmt::new(StmtKind::Return(value), value_span)];
        let signature = Signature { params: parameters.shape, doc: None, span, header: span };
        let closure = self.leave(signature, body);
        let kind = ExprKind::Function {
            function: closure.function,
            defaults: parameters.defaults,
            kwdefaults: parameters.kwdefaults,
            annotations: Vec::new(),
            captures: closure.captures,
        };
        Expr::new(kind, span)
    }

    fn parameters(&mut self, params: &[Param]) -> Parameters {
        let mut out = Parameters::default();
        let mut after_star = false;
        for param in params {
            match param.kind {
                ParamKind::Plain if after_star => {
                    out.shape.kwonly += 1;
                    if let (Some(default), Some(name)) = (&param.default, &param.name) {
                        out.kwdefaults.push((self.attr_name(&name.name), self.expr(default)));
                    }
                }
                ParamKind::Plain => {
                    out.shape.positional += 1;
                    out.defaults.extend(param.default.as_ref().map(|default| self.expr(default)));
                }
                ParamKind::Star => {
                    after_star = true;
                    out.shape.varargs = param.name.is_some();
                }
                ParamKind::DoubleStar => out.shape.varkw = true,
                ParamKind::Slash => out.shape.posonly = out.shape.positional,
            }
        }
        out
    }

    fn annotations(&mut self, def: &FunctionDef) -> Vec<(Name, Expr)> {
        let mut out = Vec::new();
        for param in &def.params {
            if let (Some(name), Some(annotation)) = (&param.name, &param.annotation) {
                out.push((self.attr_name(&name.name), self.annotation(annotation)));
            }
        }
        out.extend(def.returns.as_ref().map(|returns| ("return".into(), self.annotation(returns))));
        out
    }

    /// An annotation's value: evaluated, or its source text under `from __future__ import annotations`.
    pub(super) fn annotation(&mut self, annotation: &ast::Expr) -> Expr {
        if self.postponed_annotations {
            return Expr::str(self.source.slice(annotation.span), annotation.span);
        }
        self.expr(annotation)
    }
}

impl Closure {
    /// A function without defaults.
    pub(super) fn into_expr(self, span: Span) -> Expr {
        let kind = ExprKind::Function {
            function: self.function,
            defaults: Vec::new(),
            kwdefaults: Vec::new(),
            annotations: Vec::new(),
            captures: self.captures,
        };
        Expr::new(kind, span)
    }
}

/// Calls the decorators from the last to the first; they are evaluated from the first to the last, before `value`.
pub(super) fn decorate(decorators: Vec<Expr>, value: Expr) -> Expr {
    decorators.into_iter().rev().fold(value, |value, decorator| {
        let span = decorator.span;
        Expr::call(decorator, vec![Arg::Positional(value)], span)
    })
}
