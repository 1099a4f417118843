//! The order of values that can be told by looking at them: numbers, texts, and tuples of such. Nothing runs, nothing is
//! raised; for everything else ask [`Vm::compare_bool`](crate::vm::Vm::compare_bool).

use super::arith::is_plain;
use super::compare::order_numbers;
use crate::object::Value;
use crate::object::container::Tuple;
use crate::object::text::Str;
use std::cmp::Ordering;

/// Tuples within tuples that are looked into.
const MAX_LEVELS: u32 = 4;

/// How `a` and `b` are ordered; `None` if that is not at sight, as for NaN and for instances of the program's classes.
#[inline]
pub fn order_at_sight(a: Value, b: Value) -> Option<Ordering> {
    if a.is_int() && b.is_int() {
        return Some(a.as_small_int().cmp(&b.as_small_int()));
    }
    order_within(a, b, 0)
}

fn order_within(a: Value, b: Value, level: u32) -> Option<Ordering> {
    if !is_plain(a) || !is_plain(b) {
        return None;
    }
    if let (Some(x), Some(y)) = (a.get::<Str>(), b.get::<Str>()) {
        // UTF-8 sorts as its code points do.
        return Some(x.as_str().cmp(y.as_str()));
    }
    if let (Some(x), Some(y)) = (a.get::<Tuple>(), b.get::<Tuple>()) {
        if level == MAX_LEVELS {
            return None;
        }
        for (x, y) in x.values().iter().zip(y.values()) {
            // What is the same object counts as equal.
            if x != y {
                match order_within(*x, *y, level + 1)? {
                    Ordering::Equal => {}
                    order => return Some(order),
                }
            }
        }
        return Some(x.len().cmp(&y.len()));
    }
    order_numbers(a, b)?
}
