//! Constructors for the nodes that lowering makes most.

use super::data::*;
use crate::diag::Span;
use std::rc::Rc;

impl Expr {
    pub fn new(kind: ExprKind, span: Span) -> Expr {
        Expr { kind, span }
    }

    pub fn constant(value: Const, span: Span) -> Expr {
        Expr::new(ExprKind::Const(value), span)
    }

    pub fn none(span: Span) -> Expr {
        Expr::constant(Const::None, span)
    }

    pub fn str(text: impl Into<Rc<str>>, span: Span) -> Expr {
        Expr::constant(Const::Str(text.into()), span)
    }

    pub fn var(var: Var, span: Span) -> Expr {
        Expr::new(ExprKind::Var(var), span)
    }

    pub fn local(local: LocalId, span: Span) -> Expr {
        Expr::var(Var::Local(local), span)
    }

    /// Moves the value out of a hidden local.
    pub fn take(local: LocalId, span: Span) -> Expr {
        Expr::new(ExprKind::Take(local), span)
    }

    pub fn intrinsic(op: Intrinsic, args: Vec<Expr>, span: Span) -> Expr {
        Expr::new(ExprKind::Intrinsic { op, args }, span)
    }

    pub fn compare(op: CmpOp, left: Expr, right: Expr, span: Span) -> Expr {
        Expr::new(ExprKind::Compare { op, left: Box::new(left), right: Box::new(right) }, span)
    }

    /// `not operand`.
    pub fn negate(operand: Expr) -> Expr {
        let span = operand.span;
        Expr::new(ExprKind::Unary { op: UnaryOp::Not, operand: Box::new(operand) }, span)
    }

    pub fn call(func: Expr, args: Vec<Arg>, span: Span) -> Expr {
        Expr::new(ExprKind::Call { func: Box::new(func), args }, span)
    }

    pub fn block(body: Block, value: Expr, span: Span) -> Expr {
        Expr::new(ExprKind::Block { body, value: Box::new(value) }, span)
    }

    /// The constant that the expression is, if it is one.
    pub fn as_const(&self) -> Option<&Const> {
        match &self.kind {
            ExprKind::Const(value) => Some(value),
            _ => None,
        }
    }
}

impl Stmt {
    pub fn new(kind: StmtKind, span: Span) -> Stmt {
        Stmt { kind, span }
    }

    pub fn expr(value: Expr) -> Stmt {
        let span = value.span;
        Stmt::new(StmtKind::Expr(value), span)
    }

    pub fn assign(target: Target, value: Expr, span: Span) -> Stmt {
        Stmt::new(StmtKind::Assign { target, value }, span)
    }

    pub fn set_local(local: LocalId, value: Expr) -> Stmt {
        let span = value.span;
        Stmt::assign(Target::local(local, span), value, span)
    }

    pub fn clear(local: LocalId, span: Span) -> Stmt {
        Stmt::new(StmtKind::Clear(local), span)
    }

    pub fn when(test: Expr, then: Block) -> Stmt {
        let span = test.span;
        Stmt::new(StmtKind::If { test, then, orelse: Block::new() }, span)
    }
}

impl Target {
    pub fn new(kind: TargetKind, span: Span) -> Target {
        Target { kind, span }
    }

    pub fn var(var: Var, span: Span) -> Target {
        Target::new(TargetKind::Var(var), span)
    }

    pub fn local(local: LocalId, span: Span) -> Target {
        Target::var(Var::Local(local), span)
    }
}
