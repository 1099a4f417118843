//! Expressions: into a place, as an operand, or for their effect.

use super::{Builder, hazard};
use crate::diag::Span;
use crate::hir::{Expr, ExprKind, Intrinsic, Var};
use crate::mir::data::*;

impl Builder<'_> {
    /// Evaluates `e` into `dst`; a temporary becomes the top of the stack.
    pub(super) fn into(&mut self, e: &Expr, dst: Place) {
        let span = e.span;
        match &e.kind {
            ExprKind::Const(c) => self.copy(dst, Operand::Const(c.clone()), span),
            ExprKind::Var(var) => self.load(var, dst, span),
            ExprKind::Take(local) => {
                self.copy(dst, Operand::Local(*local), span);
                self.clear(*local, span);
            }
            ExprKind::Unary { op, operand } => self.operation(Op::Unary(*op), &[operand], dst, span),
            ExprKind::Binary { op, left, right } => self.operation(Op::Binary(*op), &[left, right], dst, span),
            ExprKind::InPlace { op, left, right } => self.operation(Op::InPlace(*op), &[left, right], dst, span),
            ExprKind::Compare { op, left, right } => self.operation(Op::Compare(*op), &[left, right], dst, span),
            ExprKind::And(operands) => self.short_circuit(operands, true, dst, span),
            ExprKind::Or(operands) => self.short_circuit(operands, false, dst, span),
            ExprKind::Conditional { test, then, orelse } => self.conditional(test, then, orelse, dst, span),
            ExprKind::Attr { object, name } => self.operation(Op::GetAttr(name.clone()), &[object], dst, span),
            ExprKind::Item { object, index } => self.operation(Op::GetItem, &[object, index], dst, span),
            ExprKind::Slice { lower, upper, step } => {
                self.operation(Op::BuildSlice, &[lower, upper, step], dst, span);
            }
            ExprKind::Call { func, args } => self.call(func, args, dst, span),
            ExprKind::Tuple(elements) => self.tuple(elements, dst, span),
            ExprKind::List(elements) => self.list(elements, dst, span),
            ExprKind::Set(elements) => self.set(elements, dst, span),
            ExprKind::Dict(elements) => self.dict(elements, dst, span),
            ExprKind::Format { value, conversion, spec } => {
                let op = Op::Format { conversion: *conversion, has_spec: spec.is_some() };
                let operands: Vec<&Expr> = std::iter::once(&**value).chain(spec.as_deref()).collect();
                self.operation(op, &operands, dst, span);
            }
            ExprKind::Join(parts) => self.join(parts, dst, span),
            ExprKind::Function { function, defaults, kwdefaults, annotations, captures } => {
                self.make_function(*function, defaults, kwdefaults, annotations, captures, dst, span);
            }
            ExprKind::Class { body, name, args, captures } => {
                self.make_class(*body, name, args, captures, dst, span);
            }
            ExprKind::Await(value) => self.await_expr(value, dst, span),
            ExprKind::Yield(value) => self.yield_expr(value, dst, span),
            ExprKind::YieldFrom(value) => self.yield_from(value, dst, span),
            ExprKind::Assign { target, value } => self.walrus(target, value, dst, span),
            ExprKind::Block { body, value } => {
                self.stmts(body);
                self.into(value, dst);
            }
            ExprKind::Intrinsic { op, args } => {
                let operands: Vec<&Expr> = args.iter().collect();
                if gives_nothing(op) {
                    let args = self.operands(&operands);
                    self.emit(None, Op::Intrinsic(op.clone()), args, span);
                    self.copy(dst, Operand::Const(Const::None), span);
                } else {
                    self.operation(Op::Intrinsic(op.clone()), &operands, dst, span);
                }
            }
        }
    }

    /// Evaluates `e` into a new temporary on top of the stack.
    pub(super) fn push(&mut self, e: &Expr) -> Operand {
        let temp = self.temp();
        self.into(e, Place::Temp(temp));
        Operand::Temp(temp)
    }

    /// Evaluates `e` as an operand; a local is borrowed unless `later`, evaluated before its use, forbids it.
    pub(super) fn operand(&mut self, e: &Expr, later: &[&Expr]) -> Operand {
        match &e.kind {
            ExprKind::Const(c) => Operand::Const(c.clone()),
            ExprKind::Var(Var::Local(local)) if !hazard::forbids_borrow(*local, later) => {
                self.check_bound(*local, e.span);
                Operand::Local(*local)
            }
            // Borrowed; the `release` pass clears it after its use.
            ExprKind::Take(local) if !hazard::forbids_borrow(*local, later) => Operand::Local(*local),
            ExprKind::Assign { target: Var::Local(local), value } if !hazard::forbids_borrow(*local, later) => {
                self.into(value, Place::Local(*local));
                Operand::Local(*local)
            }
            ExprKind::Block { body, value } => {
                self.stmts(body);
                self.operand(value, later)
            }
            _ => self.push(e),
        }
    }

    /// Evaluates all in order.
    pub(super) fn operands(&mut self, es: &[&Expr]) -> Vec<Operand> {
        (0..es.len()).map(|i| self.operand(es[i], &es[i + 1..])).collect()
    }

    /// `dst = op operands…`
    fn operation(&mut self, op: Op, operands: &[&Expr], dst: Place, span: Span) {
        let args = self.operands(operands);
        self.emit(Some(dst), op, args, span);
    }

    /// Evaluates `e` and drops its value.
    pub(super) fn effect(&mut self, e: &Expr) {
        match &e.kind {
            ExprKind::Const(_) => {}
            ExprKind::Var(Var::Local(local)) => self.check_bound(*local, e.span),
            ExprKind::And(_) | ExprKind::Or(_) | ExprKind::Conditional { .. } => self.logic_effect(e),
            ExprKind::Block { body, value } => {
                self.stmts(body);
                self.effect(value);
            }
            ExprKind::Assign { target, value } => self.assign_var(target, value, e.span),
            ExprKind::Intrinsic { op, args } if gives_nothing(op) => {
                let operands: Vec<&Expr> = args.iter().collect();
                let args = self.operands(&operands);
                self.emit(None, Op::Intrinsic(op.clone()), args, e.span);
            }
            _ => {
                let value = self.push(e);
                self.emit(None, Op::Drop, vec![value], e.span);
            }
        }
    }

    fn load(&mut self, var: &Var, dst: Place, span: Span) {
        let op = match var {
            Var::Local(local) => {
                self.check_bound(*local, span);
                return self.copy(dst, Operand::Local(*local), span);
            }
            Var::Cell(local) => Op::LoadCell(*local),
            Var::Global(name) => Op::LoadGlobal(name.clone()),
            Var::ClassName { name, fallback } => Op::LoadName { name: name.clone(), fallback: *fallback },
        };
        self.emit(Some(dst), op, Vec::new(), span);
    }

    /// Hidden locals are bound wherever they are read; of the others the `bound` pass removes what it can prove.
    pub(super) fn check_bound(&mut self, local: LocalId, span: Span) {
        if !self.is_hidden(local) {
            self.emit(None, Op::CheckBound(local), Vec::new(), span);
        }
    }

    /// `(target := value)` whose value goes to `dst`.
    fn walrus(&mut self, target: &Var, value: &Expr, dst: Place, span: Span) {
        if let Var::Local(local) = target {
            self.into(value, Place::Local(*local));
            return self.copy(dst, Operand::Local(*local), span);
        }
        let kept = self.hidden(".value");
        self.into(value, Place::Local(kept));
        self.store_var(target, Operand::Local(kept), span);
        self.copy(dst, Operand::Local(kept), span);
        self.give_back(kept);
    }
}

/// Intrinsics that are performed for their effect; their value is None.
fn gives_nothing(op: &Intrinsic) -> bool {
    matches!(
        op,
        Intrinsic::ListAppend
            | Intrinsic::SetAdd
            | Intrinsic::DictSet
            | Intrinsic::ImportStar
            | Intrinsic::Annotate { .. }
    )
}
