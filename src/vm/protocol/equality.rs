//! Equality of the built-in types, and the equality that containers use.

use super::CmpOp;
use super::arith::is_plain;
use super::compare::same_text;
use crate::object::call::Outcome;
use crate::object::container::Range;
use crate::object::dict::Dict;
use crate::object::function::BoundMethod;
use crate::object::heap::Kind;
use crate::object::text::Str;
use crate::object::{Ref, Value};
use crate::vm::Vm;

impl Vm {
    /// Whether a container takes the two for the same: identical, or equal. By re-entry for user-defined `__eq__`.
    ///
    /// # Errors
    /// What `__eq__` raises; RecursionError.
    #[inline]
    pub fn equal(&mut self, a: Value, b: Value) -> Outcome<bool> {
        if a == b {
            return Ok(true);
        }
        if a.is_int() && b.is_int() {
            return Ok(false);
        }
        if let (Some(x), Some(y)) = (a.get::<Str>(), b.get::<Str>()) {
            if is_plain(a) && is_plain(b) {
                return Ok(same_text(x, y));
            }
        }
        self.compare_bool(CmpOp::Eq, a, b)
    }

    /// `a == b` for heap objects of built-in types other than numbers, strings and sequences; `None`: not comparable.
    pub(super) fn native_equal(&mut self, a: Value, b: Value) -> Outcome<Option<bool>> {
        let (Some(left), Some(right)) = (a.kind(), b.kind()) else { return Ok(None) };
        match (left, right) {
            (Kind::Dict, Kind::Dict) => self.equal_dicts(a, b).map(Some),
            (Kind::Range, Kind::Range) => Ok(Some(equal_ranges(a, b))),
            (Kind::BoundMethod, Kind::BoundMethod) => self.equal_methods(a, b).map(Some),
            _ => self.set_order(CmpOp::Eq, a, b),
        }
    }

    fn equal_dicts(&mut self, a: Value, b: Value) -> Outcome<bool> {
        let (Some(x), Some(y)) = (a.get::<Dict>(), b.get::<Dict>()) else { return Ok(false) };
        if x.len() != y.len() {
            return Ok(false);
        }
        self.nested(" in comparison", |vm| {
            let mut at = 0;
            while at < x.positions() {
                if let Some(entry) = x.entry(at) {
                    let (hash, key, value) = (entry.hash, entry.key.clone(), entry.value.clone());
                    let Some(found) = y.find(hash, |k| vm.equal(k, *key))? else { return Ok(false) };
                    let other = y.value_at(found).to_ref();
                    if !vm.equal(*value, *other)? {
                        return Ok(false);
                    }
                }
                at += 1;
            }
            Ok(true)
        })
    }

    /// Bound methods are equal if they bind the same object to equal functions.
    fn equal_methods(&mut self, a: Value, b: Value) -> Outcome<bool> {
        let (Some(x), Some(y)) = (a.get::<BoundMethod>(), b.get::<BoundMethod>()) else { return Ok(false) };
        Ok(*x.receiver == *y.receiver && *x.func == *y.func)
    }
}

/// Ranges are equal if they give the same items.
fn equal_ranges(a: Value, b: Value) -> bool {
    let (Some(x), Some(y)) = (a.get::<Range>(), b.get::<Range>()) else { return false };
    let (Some(x), Some(y)) = (plain_range(x), plain_range(y)) else { return false };
    let length = x.len();
    length == y.len() && (x.is_empty() || (x.start == y.start && (is_one(&length) || x.step == y.step)))
}

fn is_one(int: &crate::object::algo::Int) -> bool {
    *int == crate::object::algo::Int::Small(1)
}

/// A range object's numbers.
pub fn plain_range(range: &Range) -> Option<crate::object::algo::slice_index::Range> {
    let int = |v: &Ref| v.as_int().map(Into::into);
    crate::object::algo::slice_index::Range::new(int(&range.start)?, int(&range.stop)?, int(&range.step)?).ok()
}
