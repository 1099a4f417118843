//! Stores: to variables, attributes, items, and by unpacking; and deletion.

use super::Builder;
use crate::diag::Span;
use crate::hir::{Element, Expr, ExprKind, Target, TargetKind, Var};
use crate::mir::data::*;

impl Builder<'_> {
    /// `target = value`
    pub(super) fn assign(&mut self, target: &Target, value: &Expr, span: Span) {
        match (&target.kind, &value.kind) {
            (TargetKind::Var(var), _) => self.assign_var(var, value, span),
            (TargetKind::Discard, _) => self.effect(value),
            (TargetKind::Unpack { targets, star: None }, ExprKind::Tuple(elements) | ExprKind::List(elements))
                if targets.len() == elements.len() && all_items(elements) =>
            {
                self.assign_parallel(targets, elements, span);
            }
            _ => {
                let value = self.operand(value, &target_exprs(target));
                self.store(target, value, span);
            }
        }
    }

    pub(super) fn assign_var(&mut self, var: &Var, value: &Expr, span: Span) {
        if let Var::Local(local) = var {
            return self.into(value, Place::Local(*local));
        }
        let value = self.operand(value, &[]);
        self.store_var(var, value, span);
    }

    /// `a, b = x, y` without a tuple: all values are evaluated, then stored from left to right.
    fn assign_parallel(&mut self, targets: &[Target], elements: &[Element], span: Span) {
        let values: Vec<&Expr> = elements
            .iter()
            .map(|e| match e {
                Element::Item(e) | Element::Star(e) => e,
            })
            .collect();
        if permutes_locals(targets, &values) {
            return self.assign_locals(targets, &values, span);
        }
        // Temporaries leave in the reverse order, so all values but the last wait in hidden locals.
        let mut kept = Vec::new();
        let mut operands = Vec::new();
        for (i, value) in values.iter().enumerate() {
            let last = i + 1 == values.len();
            operands.push(match &value.kind {
                ExprKind::Const(c) => Operand::Const(c.clone()),
                _ if last => self.push(value),
                _ => {
                    let local = self.hidden(".item");
                    self.into(value, Place::Local(local));
                    kept.push(local);
                    Operand::Local(local)
                }
            });
        }
        for (target, value) in targets.iter().zip(operands) {
            self.store(target, value, span);
        }
        for local in kept.into_iter().rev() {
            self.give_back(local);
        }
    }

    /// The same for distinct locals and plain arithmetic, as in `a, b = b, a + b`: the last value goes straight to its
    /// target, the others wait in temporaries and are stored from right to left. Nothing reads the targets in between.
    fn assign_locals(&mut self, targets: &[Target], values: &[&Expr], span: Span) {
        let temps: Vec<Operand> = values[..values.len() - 1].iter().map(|e| self.push(e)).collect();
        let places: Vec<Place> = targets.iter().filter_map(plain_local).map(Place::Local).collect();
        self.into(values[values.len() - 1], places[places.len() - 1]);
        for (place, temp) in places.into_iter().zip(temps).rev() {
            self.copy(place, temp, span);
        }
    }

    /// Stores an operand; a temporary must be on top of the stack.
    pub(super) fn store(&mut self, target: &Target, value: Operand, span: Span) {
        match &target.kind {
            TargetKind::Var(var) => self.store_var(var, value, target.span),
            TargetKind::Attr { object, name } => {
                let object = self.operand(object, &[]);
                self.emit(None, Op::SetAttr(name.clone()), vec![object, value], target.span);
            }
            TargetKind::Item { object, index } => {
                let (object, index) = (self.operand(object, &[index]), self.operand(index, &[]));
                self.emit(None, Op::SetItem, vec![object, index, value], target.span);
            }
            TargetKind::Unpack { targets, star } => self.unpack(targets, *star, value, target.span),
            TargetKind::Discard => {
                if let Operand::Temp(_) = value {
                    self.emit(None, Op::Drop, vec![value], span);
                }
            }
        }
    }

    pub(super) fn store_var(&mut self, var: &Var, value: Operand, span: Span) {
        let op = match var {
            Var::Local(local) => return self.copy(Place::Local(*local), value, span),
            Var::Cell(local) => Op::StoreCell(*local),
            Var::Global(name) => Op::StoreGlobal(name.clone()),
            Var::ClassName { name, .. } => Op::StoreName(name.clone()),
        };
        self.emit(None, op, vec![value], span);
    }

    fn unpack(&mut self, targets: &[Target], star: Option<usize>, value: Operand, span: Span) {
        let temps: Vec<TempId> = targets.iter().map(|_| self.temp()).collect();
        let op = match star {
            None => Op::Unpack { targets: temps.clone() },
            Some(i) => Op::UnpackStar { before: temps[..i].to_vec(), star: temps[i], after: temps[i + 1..].to_vec() },
        };
        self.emit(None, op, vec![value], span);
        self.stack.extend(temps.iter().rev());
        for (target, temp) in targets.iter().zip(temps) {
            self.store(target, Operand::Temp(temp), target.span);
        }
    }

    /// `del target`
    pub(super) fn delete(&mut self, target: &Target) {
        let span = target.span;
        let (op, args) = match &target.kind {
            TargetKind::Var(var) => match var {
                Var::Local(local) => (Op::DeleteLocal(*local), Vec::new()),
                Var::Cell(local) => (Op::DeleteCell(*local), Vec::new()),
                Var::Global(name) => (Op::DeleteGlobal(name.clone()), Vec::new()),
                Var::ClassName { name, .. } => (Op::DeleteName(name.clone()), Vec::new()),
            },
            TargetKind::Attr { object, name } => (Op::DelAttr(name.clone()), vec![self.operand(object, &[])]),
            TargetKind::Item { object, index } => (Op::DelItem, self.operands(&[object, index])),
            TargetKind::Unpack { targets, .. } => return targets.iter().for_each(|t| self.delete(t)),
            TargetKind::Discard => return,
        };
        self.emit(None, op, args, span);
    }
}

/// The expressions that a store evaluates after its value.
fn target_exprs(target: &Target) -> Vec<&Expr> {
    match &target.kind {
        TargetKind::Var(_) | TargetKind::Discard => Vec::new(),
        TargetKind::Attr { object, .. } => vec![object],
        TargetKind::Item { object, index } => vec![object, index],
        TargetKind::Unpack { targets, .. } => targets.iter().flat_map(target_exprs).collect(),
    }
}

fn all_items(elements: &[Element]) -> bool {
    !elements.is_empty() && elements.iter().all(|e| matches!(e, Element::Item(_)))
}

/// The local that a target is, if it is one that is not reached through a cell.
pub(super) fn plain_local(target: &Target) -> Option<LocalId> {
    match target.kind {
        TargetKind::Var(Var::Local(local)) => Some(local),
        _ => None,
    }
}

/// Whether the targets are distinct locals and the values arithmetic on locals and constants.
fn permutes_locals(targets: &[Target], values: &[&Expr]) -> bool {
    let mut seen = Vec::new();
    let distinct = targets.iter().all(|t| match plain_local(t) {
        Some(local) if !seen.contains(&local) => {
            seen.push(local);
            true
        }
        _ => false,
    });
    distinct && targets.len() <= 16 && values.iter().all(|e| is_arithmetic(e))
}

fn is_arithmetic(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Const(_) | ExprKind::Var(Var::Local(_) | Var::Cell(_)) => true,
        ExprKind::Unary { operand, .. } => is_arithmetic(operand),
        ExprKind::Binary { left, right, .. } => is_arithmetic(left) && is_arithmetic(right),
        _ => false,
    }
}
