//! Expressions. Sugar that needs statements becomes an [`ExprKind::Block`]; see the files beside this one.

use super::super::data::*;
use super::{Lowerer, fold};
use crate::diag::Span;
use crate::syntax::ast::{self, ArgKind, BoolOp, DictItem, ExprKind as Ast};
use std::rc::Rc;

impl Lowerer<'_> {
    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Expr {
        let span = expr.span;
        let kind = match &expr.kind {
            Ast::Name(name) => return self.name(name, span),
            Ast::Int(value) => ExprKind::Const(Const::BigInt(Rc::new((**value).clone()))),
            Ast::SmallInt(value) => ExprKind::Const(Const::Int(*value)),
            Ast::Float(value) => ExprKind::Const(Const::Float(*value)),
            Ast::Str(text) => ExprKind::Const(Const::Str(text.clone())),
            Ast::Bytes(bytes) => ExprKind::Const(Const::Bytes(bytes.clone())),
            Ast::None => ExprKind::Const(Const::None),
            Ast::True => ExprKind::Const(Const::True),
            Ast::False => ExprKind::Const(Const::False),
            Ast::Ellipsis => ExprKind::Const(Const::Ellipsis),
            Ast::FString(parts) => return self.fstring(parts, span),
            Ast::Tuple(items) => {
                let elements = self.elements(items);
                match fold::tuple(&elements) {
                    Some(value) => ExprKind::Const(value),
                    None => ExprKind::Tuple(elements),
                }
            }
            Ast::List(items) => ExprKind::List(self.elements(items)),
            Ast::Set(items) => ExprKind::Set(self.elements(items)),
            Ast::Dict(items) => ExprKind::Dict(self.dict_items(items)),
            Ast::Unary { op, operand } => return self.unary(*op, operand, span),
            Ast::Binary { op, left, right } => return self.binary(*op, left, right, span),
            Ast::Bool { op, values } => {
                let values = values.iter().map(|v| self.expr(v)).collect();
                match op {
                    BoolOp::And => ExprKind::And(values),
                    BoolOp::Or => ExprKind::Or(values),
                }
            }
            Ast::Compare { left, rest } => return self.compare(left, rest, span),
            Ast::Conditional { test, body, orelse } => {
                let test = Box::new(self.condition(test));
                let then = Box::new(self.expr(body));
                ExprKind::Conditional { test, then, orelse: Box::new(self.expr(orelse)) }
            }
            Ast::Lambda(lambda) => return self.lambda(lambda, span),
            Ast::Named { target, value } => {
                let value = Box::new(self.expr(value));
                self.walrus_count += 1;
                ExprKind::Assign { target: self.var(&target.name), value }
            }
            Ast::Await(value) => ExprKind::Await(Box::new(self.expr(value))),
            Ast::Yield(value) => ExprKind::Yield(Box::new(match value {
                Some(value) => self.expr(value),
                None => Expr::none(span),
            })),
            Ast::YieldFrom(value) => ExprKind::YieldFrom(Box::new(self.expr(value))),
            Ast::Attribute { value, attr } => {
                ExprKind::Attr { object: Box::new(self.expr(value)), name: self.attr_name(&attr.name) }
            }
            Ast::Subscript { value, index } => {
                ExprKind::Item { object: Box::new(self.expr(value)), index: Box::new(self.expr(index)) }
            }
            Ast::Slice { lower, upper, step } => {
                let mut bound = |e: &Option<Box<ast::Expr>>| Box::new(self.expr_or_none(e.as_deref(), span));
                ExprKind::Slice { lower: bound(lower), upper: bound(upper), step: bound(step) }
            }
            Ast::Call { func, args } => ExprKind::Call { func: Box::new(self.expr(func)), args: self.args(args) },
            Ast::Comp(comp) => return self.comprehension(comp, span),
            Ast::Paren(inner) => return self.expr(inner),
            // A star outside a display is refused by `check`, as are the other two.
            Ast::Starred(_) | Ast::Imaginary | Ast::Error => ExprKind::Const(Const::None),
        };
        Expr::new(kind, span)
    }

    /// The expression, or `None` where it is left out.
    pub(super) fn expr_or_none(&mut self, expr: Option<&ast::Expr>, span: Span) -> Expr {
        match expr {
            Some(expr) => self.expr(expr),
            None => Expr::none(span),
        }
    }

    fn name(&mut self, name: &Name, span: Span) -> Expr {
        if &**name == "__debug__" {
            return Expr::constant(Const::True, span);
        }
        Expr::var(self.var(name), span)
    }

    fn unary(&mut self, op: UnaryOp, operand: &ast::Expr, span: Span) -> Expr {
        let operand = if op == UnaryOp::Not { self.condition(operand) } else { self.expr(operand) };
        match operand.as_const().and_then(|value| fold::unary(op, value)) {
            Some(value) => Expr::constant(value, span),
            None => Expr::new(ExprKind::Unary { op, operand: Box::new(operand) }, span),
        }
    }

    /// A chain `a + b + c + …` leans to the left; its spine is walked without recursion.
    fn binary(&mut self, op: BinOp, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let mut spine = vec![(op, right, span)];
        let mut first = left;
        while let Ast::Binary { op, left, right } = &first.kind {
            spine.push((*op, right, first.span));
            first = left;
        }
        let mut result = self.expr(first);
        for (op, right, span) in spine.into_iter().rev() {
            let right = self.expr(right);
            let folded = match (result.as_const(), right.as_const()) {
                (Some(a), Some(b)) => fold::binary(op, a, b),
                _ => None,
            };
            result = match folded {
                Some(value) => Expr::constant(value, span),
                None => Expr::new(ExprKind::Binary { op, left: Box::new(result), right: Box::new(right) }, span),
            };
        }
        result
    }

    fn elements(&mut self, items: &[ast::Expr]) -> Vec<Element> {
        items
            .iter()
            .map(|item| match &item.kind {
                Ast::Starred(inner) => Element::Star(self.expr(inner)),
                _ => Element::Item(self.expr(item)),
            })
            .collect()
    }

    fn dict_items(&mut self, items: &[DictItem]) -> Vec<DictElement> {
        items
            .iter()
            .map(|item| match item {
                DictItem::Pair(key, value) => DictElement::Pair(self.expr(key), self.expr(value)),
                DictItem::Unpack(mapping) => DictElement::Unpack(self.expr(mapping)),
            })
            .collect()
    }

    /// Arguments in the order of their evaluation: all positional ones (`*args` too), then all keywords, as CPython does
    /// even where the source has `*args` after a keyword.
    pub(super) fn args(&mut self, args: &[ast::Arg]) -> Vec<Arg> {
        let by_position = |arg: &&ast::Arg| matches!(arg.kind, ArgKind::Positional | ArgKind::Star);
        let mut out = Vec::with_capacity(args.len());
        for arg in args.iter().filter(by_position).chain(args.iter().filter(|a| !by_position(a))) {
            let value = match (&arg.kind, &arg.value.kind) {
                (ArgKind::Star, Ast::Starred(inner)) => self.expr(inner),
                _ => self.expr(&arg.value),
            };
            out.push(match &arg.kind {
                ArgKind::Positional => Arg::Positional(value),
                ArgKind::Keyword(name) => Arg::Keyword(name.name.clone(), value),
                ArgKind::Star => Arg::Star(value),
                ArgKind::DoubleStar => Arg::DoubleStar(value),
            });
        }
        out
    }
}
