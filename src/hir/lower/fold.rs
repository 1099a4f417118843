//! Folding of constant operands, where nothing can be observed: signs of number literals, small integer arithmetic,
//! tuples of constants, and displays that are only searched or iterated.

use super::super::data::*;
use num_bigint::BigInt;
use num_traits::ToPrimitive;
use std::rc::Rc;

/// The constant that `op operand` is.
pub(super) fn unary(op: UnaryOp, operand: &Const) -> Option<Const> {
    match (op, operand) {
        (UnaryOp::Neg, Const::Int(value)) => Some(int(-BigInt::from(*value))),
        (UnaryOp::Neg, Const::BigInt(value)) => Some(int(-(**value).clone())),
        (UnaryOp::Neg, Const::Float(value)) => Some(Const::Float(-value)),
        (UnaryOp::Pos, Const::Int(_) | Const::BigInt(_) | Const::Float(_)) => Some(operand.clone()),
        (UnaryOp::Invert, Const::Int(value)) => Some(Const::Int(!value)),
        _ => None,
    }
}

/// The constant that `left op right` is: integers whose result is small.
pub(super) fn binary(op: BinOp, left: &Const, right: &Const) -> Option<Const> {
    let (Const::Int(a), Const::Int(b)) = (left, right) else { return None };
    let value = match op {
        BinOp::Add => a.checked_add(*b),
        BinOp::Sub => a.checked_sub(*b),
        BinOp::Mul => a.checked_mul(*b),
        BinOp::Pow => u32::try_from(*b).ok().and_then(|b| a.checked_pow(b)),
        _ => None,
    };
    value.map(Const::Int)
}

/// The constant tuple of the elements, if all are constants.
pub(super) fn tuple(elements: &[Element]) -> Option<Const> {
    let items: Option<Vec<Const>> = elements
        .iter()
        .map(|element| match element {
            Element::Item(item) => item.as_const().cloned(),
            Element::Star(_) => None,
        })
        .collect();
    items.map(|items| Const::Tuple(Rc::from(items)))
}

/// A list display of constants becomes a constant tuple where it is only searched or iterated over.
pub(super) fn list_to_tuple(expr: Expr) -> Expr {
    let folded = match &expr.kind {
        ExprKind::List(elements) => tuple(elements),
        _ => None,
    };
    match folded {
        Some(value) => Expr::constant(value, expr.span),
        None => expr,
    }
}

fn int(value: BigInt) -> Const {
    match value.to_i64() {
        Some(small) => Const::Int(small),
        None => Const::BigInt(Rc::new(value)),
    }
}
