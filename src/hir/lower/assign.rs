//! Targets, assignment in all its forms, and `del`.
//!
//! ```text
//! a = b = f()            .value = @f();  a = .value;  b = take .value
//! self.n += 1            self.n = (self.n += 1)
//! f().n += 1             .object = @f();  take .object.n = (.object.n += 1)
//! ```
//! (`+=` within parentheses stands for the in-place operator's result.)

use super::super::data::*;
use super::Lowerer;
use super::compare::is_stable;
use crate::diag::Span;
use crate::syntax::ast::{self, ExprKind as Ast};

/// An object or index that is read to get the old value and again to store the new one.
struct Twice {
    first: Expr,
    second: Expr,
    held: Option<LocalId>,
}

impl Lowerer<'_> {
    /// An assignment target.
    pub(super) fn target(&mut self, target: &ast::Expr) -> Target {
        let span = target.span;
        let kind = match &target.kind {
            Ast::Paren(inner) | Ast::Starred(inner) => return self.target(inner),
            Ast::Name(name) => TargetKind::Var(self.var(name)),
            Ast::Attribute { value, attr } => {
                self.note_static_attribute(value, &attr.name);
                TargetKind::Attr { object: self.expr(value), name: self.attr_name(&attr.name) }
            }
            Ast::Subscript { value, index } => TargetKind::Item { object: self.expr(value), index: self.expr(index) },
            Ast::Tuple(items) | Ast::List(items) => {
                let star = items.iter().position(|item| matches!(item.kind, Ast::Starred(_)));
                TargetKind::Unpack { targets: items.iter().map(|item| self.target(item)).collect(), star }
            }
            // Refused by `check`.
            _ => TargetKind::Discard,
        };
        Target::new(kind, span)
    }

    pub(super) fn assign(&mut self, targets: &[ast::Expr], value: &ast::Expr, span: Span, out: &mut Block) {
        let value = self.expr(value);
        let Some((last, others)) = targets.split_last() else { return out.push(Stmt::expr(value)) };
        if others.is_empty() || value.as_const().is_some() {
            for target in others {
                let target = self.target(target);
                out.push(Stmt::assign(target, value.clone(), span));
            }
            let target = self.target(last);
            return out.push(Stmt::assign(target, value, span));
        }
        let held = self.hidden(".value");
        let value_span = value.span;
        out.push(Stmt::set_local(held, value));
        for target in others {
            let target = self.target(target);
            out.push(Stmt::assign(target, Expr::local(held, value_span), span));
        }
        let target = self.target(last);
        out.push(Stmt::assign(target, Expr::take(held, value_span), span));
        self.release(held);
    }

    pub(super) fn aug_assign(&mut self, target: &ast::Expr, op: BinOp, value: &ast::Expr, span: Span, out: &mut Block) {
        match &target.kind {
            Ast::Paren(inner) => self.aug_assign(inner, op, value, span, out),
            Ast::Attribute { value: object, attr } => {
                self.note_static_attribute(object, &attr.name);
                let object = self.expr(object);
                let before = self.walrus_count;
                let value = self.expr(value);
                let object = self.twice(object, ".object", before == self.walrus_count, out);
                let name = self.attr_name(&attr.name);
                let old = ExprKind::Attr { object: Box::new(object.first), name: name.clone() };
                let new = in_place(op, Expr::new(old, target.span), value, span);
                let store = TargetKind::Attr { object: object.second, name };
                out.push(Stmt::assign(Target::new(store, target.span), new, span));
                object.held.into_iter().for_each(|local| self.release(local));
            }
            Ast::Subscript { value: object, index } => {
                let object = self.expr(object);
                let before_index = self.walrus_count;
                let index = self.expr(index);
                let before_value = self.walrus_count;
                let value = self.expr(value);
                let object = self.twice(object, ".object", before_index == self.walrus_count, out);
                let index = self.twice(index, ".index", before_value == self.walrus_count, out);
                let old = ExprKind::Item { object: Box::new(object.first), index: Box::new(index.first) };
                let new = in_place(op, Expr::new(old, target.span), value, span);
                let store = TargetKind::Item { object: object.second, index: index.second };
                out.push(Stmt::assign(Target::new(store, target.span), new, span));
                object.held.into_iter().chain(index.held).for_each(|local| self.release(local));
            }
            _ => {
                let old = self.expr(target);
                let new = self.expr(value);
                let target = self.target(target);
                out.push(Stmt::assign(target, in_place(op, old, new, span), span));
            }
        }
    }

    /// Splits the evaluation of an operand from its two uses, through a hidden local unless it is stable.
    fn twice(&mut self, operand: Expr, name: &'static str, no_walrus: bool, out: &mut Block) -> Twice {
        if is_stable(&operand, no_walrus) {
            return Twice { first: operand.clone(), second: operand, held: None };
        }
        let local = self.hidden(name);
        let span = operand.span;
        out.push(Stmt::set_local(local, operand));
        Twice { first: Expr::local(local, span), second: Expr::take(local, span), held: Some(local) }
    }

    /// PEP 526. A simple name's annotation is evaluated and recorded in modules and classes, after the assignment; in
    /// functions it is not evaluated.
    pub(super) fn ann_assign(
        &mut self,
        target: &ast::Expr,
        annotation: &ast::Expr,
        value: Option<&ast::Expr>,
        span: Span,
        out: &mut Block,
    ) {
        match value {
            Some(value) => {
                let value = self.expr(value);
                let target = self.target(target);
                out.push(Stmt::assign(target, value, span));
            }
            None => self.evaluate_target(target, out),
        }
        if !self.frame.keeps_annotations() {
            return;
        }
        match &target.kind {
            Ast::Name(name) => {
                let op = Intrinsic::Annotate { name: self.attr_name(name) };
                let annotation = self.annotation(annotation);
                out.push(Stmt::expr(Expr::intrinsic(op, vec![annotation], span)));
            }
            _ if self.postponed_annotations => {}
            _ => {
                let annotation = self.expr(annotation);
                out.push(Stmt::expr(annotation));
            }
        }
    }

    /// The object and index of an annotated target without a value are evaluated, the target itself is not read.
    fn evaluate_target(&mut self, target: &ast::Expr, out: &mut Block) {
        match &target.kind {
            Ast::Paren(inner) => self.evaluate_target(inner, out),
            Ast::Attribute { value, .. } => {
                let object = self.expr(value);
                out.push(Stmt::expr(object));
            }
            Ast::Subscript { value, index } => {
                let object = self.expr(value);
                out.push(Stmt::expr(object));
                let index = self.expr(index);
                out.push(Stmt::expr(index));
            }
            _ => {}
        }
    }

    pub(super) fn delete(&mut self, targets: &[ast::Expr], span: Span, out: &mut Block) {
        for target in targets {
            self.delete_one(target, span, out);
        }
    }

    fn delete_one(&mut self, target: &ast::Expr, span: Span, out: &mut Block) {
        let kind = match &target.kind {
            Ast::Paren(inner) => return self.delete_one(inner, span, out),
            Ast::Tuple(items) | Ast::List(items) => return self.delete(items, span, out),
            Ast::Attribute { value, attr } => {
                TargetKind::Attr { object: self.expr(value), name: self.attr_name(&attr.name) }
            }
            _ => self.target(target).kind,
        };
        out.push(Stmt::new(StmtKind::Delete(Target::new(kind, target.span)), target.span));
    }

    /// Keeps in mind that `self.name` is assigned within the nearest class, for its `__static_attributes__`.
    fn note_static_attribute(&mut self, object: &ast::Expr, name: &Name) {
        if !matches!(&object.kind, Ast::Name(object) if &**object == "self") {
            return;
        }
        let name = self.attr_name(name);
        let mut frames = std::iter::once(&mut self.frame).chain(self.outer.iter_mut().rev());
        if let Some(class) = frames.find(|frame| frame.kind == FnKind::Class)
            && !class.static_attributes.contains(&name)
        {
            class.static_attributes.push(name);
        }
    }
}

fn in_place(op: BinOp, left: Expr, right: Expr, span: Span) -> Expr {
    Expr::new(ExprKind::InPlace { op, left: Box::new(left), right: Box::new(right) }, span)
}
