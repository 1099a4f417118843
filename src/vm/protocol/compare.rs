//! Comparison operators.

use super::CmpOp;
use super::arith::is_plain;
use crate::object::algo::int_math;
use crate::object::call::{Outcome, Signal};
use crate::object::container::Slice;
use crate::object::heap::Kind;
use crate::object::number::IntRef;
use crate::object::text::Str;
use crate::object::types::{Instance, type_flag};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::asked::Question;
use std::cmp::Ordering;

/// How two numbers are ordered, exactly even between int and float; `None` in the outer option if one is no number, in
/// the inner one if one is NaN.
#[inline]
pub fn order_numbers(a: Value, b: Value) -> Option<Option<Ordering>> {
    if a.is_int() && b.is_int() {
        return Some(Some(a.as_small_int().cmp(&b.as_small_int())));
    }
    match (a.as_int(), b.as_int()) {
        (Some(x), Some(y)) => Some(Some(order_ints(x, y))),
        (Some(x), None) => Some(order_int_float(x, b.as_float()?)),
        (None, Some(y)) => Some(order_int_float(y, a.as_float()?).map(Ordering::reverse)),
        (None, None) => Some(a.as_float()?.partial_cmp(&b.as_float()?)),
    }
}

fn order_ints(a: IntRef, b: IntRef) -> Ordering {
    match (a, b) {
        (IntRef::Small(x), IntRef::Small(y)) => x.cmp(&y),
        (IntRef::Big(x), IntRef::Big(y)) => x.cmp(y),
        // A big one lies beyond every small one, on the side of its sign.
        (IntRef::Big(x), IntRef::Small(_)) => {
            if num_traits::Signed::is_negative(x) {
                Ordering::Less
            } else {
                Ordering::Greater
            }
        }
        (IntRef::Small(_), IntRef::Big(y)) => {
            if num_traits::Signed::is_negative(y) {
                Ordering::Greater
            } else {
                Ordering::Less
            }
        }
    }
}

fn order_int_float(a: IntRef, x: f64) -> Option<Ordering> {
    match a {
        IntRef::Small(i) => int_math::cmp_i64_float(i, x),
        IntRef::Big(big) => int_math::cmp_big_float(big, x),
    }
}

impl Vm {
    /// `a op b`. May answer `Signal::Call` for operands of user-defined classes, whose methods may give any value.
    ///
    /// # Errors
    /// TypeError for `<` and its like between types that have no order; what methods raise.
    #[inline]
    pub fn compare(&mut self, op: CmpOp, a: Value, b: Value) -> Outcome {
        if op == CmpOp::Eq && have_identity(a, b) {
            return Ok(Ref::bool(a == b));
        }
        if let Some(method) = self.comparison_method(op, a, b) {
            return Err(self.ask_left(Question::Compare(op), method, a, b));
        }
        if let Some(answer) = self.compare_plain(op, a, b)? {
            return Ok(Ref::bool(answer));
        }
        let asks = match self.comparison_asks(op, a, b)? {
            Ok(answer) => return Ok(Ref::bool(answer)),
            Err(asks) => asks,
        };
        self.ask_from(0, Question::Compare(op), a, b, &asks)
    }

    /// The truth of `a op b`, by re-entry if need be.
    ///
    /// # Errors
    /// As [`Vm::compare`].
    #[inline]
    pub fn compare_bool(&mut self, op: CmpOp, a: Value, b: Value) -> Outcome<bool> {
        if op == CmpOp::Eq && have_identity(a, b) {
            return Ok(a == b);
        }
        if let Some(method) = self.comparison_method(op, a, b) {
            // The others are asked only if it does not know.
            let signal = self.ask_left(Question::Compare(op), method, a, b);
            let answer = self.settle(Err(signal))?;
            return self.truth(*answer);
        }
        if let Some(answer) = self.compare_plain(op, a, b)? {
            return Ok(answer);
        }
        let asks = match self.comparison_asks(op, a, b)? {
            Ok(answer) => return Ok(answer),
            Err(asks) => asks,
        };
        match self.ask_reentrant(&asks)? {
            Some(answer) => self.truth(*answer),
            None => self.compare_without_methods(op, a, b),
        }
    }

    /// The answer for operands of the built-in data types themselves.
    #[inline]
    fn compare_plain(&mut self, op: CmpOp, a: Value, b: Value) -> Outcome<Option<bool>> {
        if !is_plain(a) || !is_plain(b) {
            return Ok(None);
        }
        if a.is_kind(Kind::Str) && b.is_kind(Kind::Str) {
            return Ok(Some(compare_texts(op, a, b)));
        }
        self.native_compare(op, a, b)
    }

    /// `a op b` as the built-in data types define it; `None` if they leave it to others.
    ///
    /// # Errors
    /// What comparing items raises.
    pub fn native_compare(&mut self, op: CmpOp, a: Value, b: Value) -> Outcome<Option<bool>> {
        if let Some(ordering) = order_numbers(a, b) {
            return Ok(Some(op.holds(ordering)));
        }
        let (Some(left), Some(right)) = (a.kind(), b.kind()) else { return Ok(None) };
        match (left, right) {
            (Kind::Str, Kind::Str) => Ok(Some(compare_texts(op, a, b))),
            (Kind::Bytes | Kind::ByteArray, Kind::Bytes | Kind::ByteArray) => {
                Ok(Some(op.holds(Some(a.as_bytes().cmp(&b.as_bytes())))))
            }
            (Kind::List, Kind::List) | (Kind::Tuple, Kind::Tuple) => self.compare_sequences(op, a, b).map(Some),
            // Slices compare as tuples of their parts.
            (Kind::Slice, Kind::Slice) => {
                let parts = |v: Value| v.get::<Slice>().map(|s| Ref::tuple_of(&[*s.start, *s.stop, *s.step]));
                let (Some(a), Some(b)) = (parts(a), parts(b)) else { return Ok(None) };
                self.compare_sequences(op, *a, *b).map(Some)
            }
            _ if matches!(op, CmpOp::Eq | CmpOp::Ne) => {
                let equal = self.native_equal(a, b)?;
                Ok(equal.map(|equal| equal == (op == CmpOp::Eq)))
            }
            _ => self.set_order(op, a, b),
        }
    }

    /// Lists or tuples: the first items that differ decide, else the lengths.
    fn compare_sequences(&mut self, op: CmpOp, a: Value, b: Value) -> Outcome<bool> {
        let lengths =
            |a: Value, b: Value| (a.as_sequence().map_or(0, <[Ref]>::len), b.as_sequence().map_or(0, <[Ref]>::len));
        if matches!(op, CmpOp::Eq | CmpOp::Ne) {
            let (m, n) = lengths(a, b);
            if m != n {
                return Ok(op == CmpOp::Ne);
            }
        }
        self.nested(" in comparison", |vm| {
            let mut at = 0;
            loop {
                if let (Some(x), Some(y)) = (a.as_sequence(), b.as_sequence())
                    && let (Some(x), Some(y)) = (x.get(at..), y.get(at..))
                {
                    at += x.iter().zip(y).take_while(|(x, y)| same_at_sight(x.value(), y.value())).count();
                }
                // Comparing may change a list: items and lengths are looked at anew each time.
                let items = (a.as_sequence().and_then(|s| s.get(at)), b.as_sequence().and_then(|s| s.get(at)));
                let (Some(x), Some(y)) = items else { break };
                let (x, y) = (x.clone(), y.clone());
                if !vm.equal(*x, *y)? {
                    return match op {
                        CmpOp::Eq => Ok(false),
                        CmpOp::Ne => Ok(true),
                        _ => vm.compare_bool(op, *x, *y),
                    };
                }
                at += 1;
            }
            let (m, n) = lengths(a, b);
            Ok(op.holds(Some(m.cmp(&n))))
        })
    }

    /// What is left when no method answered: the built-in meaning, else identity for `==` and `!=`, else a TypeError.
    pub(super) fn compare_without_methods(&mut self, op: CmpOp, a: Value, b: Value) -> Outcome<bool> {
        if let Some(answer) = self.native_compare(op, a, b)? {
            return Ok(answer);
        }
        match op {
            CmpOp::Eq => Ok(a == b),
            CmpOp::Ne => Ok(a != b),
            _ => Err(self.not_ordered(op, a, b)),
        }
    }

    #[cold]
    fn not_ordered(&mut self, op: CmpOp, a: Value, b: Value) -> Signal {
        let (left, right) = (self.type_name(a), self.type_name(b));
        self.type_error(format!("'{}' not supported between instances of '{left}' and '{right}'", op.symbol()))
    }
}

/// Two ordinary objects whose classes define no `__eq__`.
#[inline]
fn have_identity(a: Value, b: Value) -> bool {
    let plain = |v: Value| v.get::<Instance>().is_some_and(|instance| !instance.class().has(type_flag::EQ));
    plain(a) && plain(b)
}

/// Equal as the same object is, or as texts; others may be equal too.
#[inline]
fn same_at_sight(x: Value, y: Value) -> bool {
    x == y
        || (x.is_ptr() && y.is_ptr() && is_plain(x) && is_plain(y))
            && matches!((x.get::<Str>(), y.get::<Str>()), (Some(x), Some(y)) if same_text(x, y))
}

fn compare_texts(op: CmpOp, a: Value, b: Value) -> bool {
    let (Some(x), Some(y)) = (a.get::<Str>(), b.get::<Str>()) else { return false };
    match op {
        CmpOp::Eq => same_text(x, y),
        CmpOp::Ne => !same_text(x, y),
        // UTF-8 sorts as its code points do.
        _ => op.holds(Some(x.as_str().cmp(y.as_str()))),
    }
}

#[inline]
pub(super) fn same_text(x: &Str, y: &Str) -> bool {
    x.same(y)
}
