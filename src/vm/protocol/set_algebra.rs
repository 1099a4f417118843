//! Union, intersection, differences and order of sets, with CPython's order of operations: it decides the order of the
//! result's items (Objects/setobject.c).

use super::iterate::is_plain_object;
use super::{BinOp, CmpOp};
use crate::object::call::{Outcome, Signal};
use crate::object::heap::Kind;
use crate::object::iter::{DictPart, DictView};
use crate::object::set::{FrozenSet, Set, SetTable};
use crate::object::{Ref, Value};
use crate::vm::Vm;

/// The table of a set as something to change. Short borrows only.
fn table_of(set: &Value) -> Option<&mut SetTable> {
    match set.get_mut::<Set>() {
        Some(set) => Some(&mut set.table),
        None => set.get_mut::<FrozenSet>().map(|s| &mut s.table),
    }
}

/// Keys with their hashes, owned, in table order.
pub fn entries(set: Value) -> Vec<(i64, Ref)> {
    set.as_set().map(|table| table.iter().map(|(hash, key)| (hash, key.to_ref())).collect()).unwrap_or_default()
}

fn same_kind(like: Value, table: SetTable) -> Ref {
    if like.is_kind(Kind::FrozenSet) { Ref::frozenset(table) } else { Ref::set(table) }
}

fn is_keys_or_items(v: Value) -> bool {
    v.get::<DictView>().is_some_and(|view| view.part != DictPart::Values)
}

impl Vm {
    /// Whether the set holds a key of this hash that equals `key`.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn set_find(&mut self, set: Value, hash: i64, key: Value) -> Outcome<Option<usize>> {
        match table_of(&set) {
            Some(table) if let Some(found) = table.find_at_sight(hash, key) => Ok(found),
            Some(table) => table.find(hash, |k| self.equal(k, key)),
            None => Ok(None),
        }
    }

    /// Adds a key whose hash is known.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn set_add_hashed(&mut self, set: Value, hash: i64, key: Ref) -> Outcome<()> {
        if self.set_find(set, hash, *key)?.is_none() {
            if let Some(table) = table_of(&set) {
                table.insert_new(hash, key);
            }
        }
        Ok(())
    }

    /// Removes a key whose hash is known; whether it was there.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn set_discard_hashed(&mut self, set: Value, hash: i64, key: Value) -> Outcome<bool> {
        let Some(at) = self.set_find(set, hash, key)? else { return Ok(false) };
        let removed = table_of(&set).map(|table| table.remove_at(at));
        Ok(removed.is_some())
    }

    /// `set(a)` of a set, of the same kind.
    pub fn set_copy(&self, a: Value) -> Ref {
        same_kind(a, a.as_set().map(SetTable::copy).unwrap_or_default())
    }

    /// `target |= other` for a set `other`.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn set_merge(&mut self, target: Value, other: Value) -> Outcome<()> {
        let (Some(table), Some(source)) = (table_of(&target), other.as_set()) else { return Ok(()) };
        if target == other || source.is_empty() {
            return Ok(());
        }
        if table.is_fresh() && table.positions() == SetTable::new().positions() {
            let old = table.replace(source.copy());
            drop(old);
            return Ok(());
        }
        table.reserve_for(source.len());
        for (hash, key) in entries(other) {
            self.set_add_hashed(target, hash, key)?;
        }
        Ok(())
    }

    /// `a & b` of two sets, of `a`'s kind.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn set_intersection(&mut self, a: Value, b: Value) -> Outcome {
        if a == b {
            return Ok(self.set_copy(a));
        }
        let len = |s: Value| s.as_set().map_or(0, SetTable::len);
        let (walked, searched) = if len(b) > len(a) { (a, b) } else { (b, a) };
        let result = same_kind(a, SetTable::new());
        for (hash, key) in entries(walked) {
            if self.set_find(searched, hash, *key)?.is_some() {
                self.set_add_hashed(*result, hash, key)?;
            }
        }
        Ok(result)
    }

    /// `a - b` of two sets, of `a`'s kind.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn set_difference(&mut self, a: Value, b: Value) -> Outcome {
        let len = |s: Value| s.as_set().map_or(0, SetTable::len);
        if len(a) >> 2 > len(b) {
            let result = self.set_copy(a);
            self.set_remove_all(*result, b)?;
            return Ok(result);
        }
        let result = same_kind(a, SetTable::new());
        for (hash, key) in entries(a) {
            if self.set_find(b, hash, *key)?.is_none() {
                self.set_add_hashed(*result, hash, key)?;
            }
        }
        Ok(result)
    }

    /// `target -= other` for a set `other`.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn set_remove_all(&mut self, target: Value, other: Value) -> Outcome<()> {
        if target == other {
            let old = table_of(&target).map(SetTable::clear);
            drop(old);
            return Ok(());
        }
        for (hash, key) in entries(other) {
            self.set_discard_hashed(target, hash, *key)?;
        }
        if let Some(table) = table_of(&target) {
            table.purge();
        }
        Ok(())
    }

    /// `target ^= other` for a set `other`.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn set_toggle_all(&mut self, target: Value, other: Value) -> Outcome<()> {
        if target == other {
            let old = table_of(&target).map(SetTable::clear);
            drop(old);
            return Ok(());
        }
        for (hash, key) in entries(other) {
            if !self.set_discard_hashed(target, hash, *key)? {
                self.set_add_hashed(target, hash, key)?;
            }
        }
        Ok(())
    }

    /// `a ^ b` of two sets, of `a`'s kind.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn set_symmetric_difference(&mut self, a: Value, b: Value) -> Outcome {
        let result = same_kind(a, b.as_set().map(SetTable::copy).unwrap_or_default());
        self.set_toggle_all(*result, a)?;
        Ok(result)
    }

    /// Whether every key of `a` is in `b`.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn set_is_subset(&mut self, a: Value, b: Value) -> Outcome<bool> {
        let len = |s: Value| s.as_set().map_or(0, SetTable::len);
        if len(a) > len(b) {
            return Ok(false);
        }
        for (hash, key) in entries(a) {
            if self.set_find(b, hash, *key)?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `&`, `|`, `^` and `-` of sets and of dict views; `None` if an operand does not fit.
    pub(super) fn set_binary(&mut self, op: BinOp, a: Value, b: Value, in_place: bool) -> Outcome<Option<Ref>> {
        if is_keys_or_items(a) || is_keys_or_items(b) {
            return self.view_binary(op, a, b);
        }
        if a.as_set().is_none() || b.as_set().is_none() {
            return Ok(None);
        }
        if in_place && a.is_kind(Kind::Set) {
            self.set_update(op, a, b)?;
            return Ok(Some(a.to_ref()));
        }
        let result = match op {
            BinOp::And => self.set_intersection(a, b)?,
            BinOp::Sub => self.set_difference(a, b)?,
            BinOp::Xor => self.set_symmetric_difference(a, b)?,
            _ => {
                let result = self.set_copy(a);
                self.set_merge(*result, b)?;
                result
            }
        };
        Ok(Some(result))
    }

    fn set_update(&mut self, op: BinOp, a: Value, b: Value) -> Outcome<()> {
        match op {
            BinOp::Or => self.set_merge(a, b),
            BinOp::Sub => self.set_remove_all(a, b),
            BinOp::Xor => self.set_toggle_all(a, b),
            _ => {
                let result = self.set_intersection(a, b)?;
                if let (Some(table), Some(new)) = (table_of(&a), table_of(&result)) {
                    let old = table.replace(std::mem::take(new));
                    drop(old);
                }
                Ok(())
            }
        }
    }

    /// A set of what any iterable gives.
    ///
    /// # Errors
    /// TypeError if it is not iterable or an item is unhashable.
    pub fn set_from(&mut self, iterable: Value) -> Outcome {
        if let Some(table) = iterable.as_set() {
            return Ok(Ref::set(table.copy()));
        }
        let result = Ref::set(SetTable::new());
        for item in self.collect(iterable)? {
            let hash = self.hash(*item)?;
            self.set_add_hashed(*result, hash, item)?;
        }
        Ok(result)
    }

    /// Dict views take any iterable on the other side; the result is a `set` (Objects/dictobject.c, dictviews_as_number).
    fn view_binary(&mut self, op: BinOp, a: Value, b: Value) -> Outcome<Option<Ref>> {
        if op == BinOp::And {
            return if is_keys_or_items(a) { self.view_intersection(a, b) } else { self.view_intersection(b, a) }
                .map(Some);
        }
        let (left, right) = (self.set_from(a)?, self.set_from(b)?);
        match op {
            BinOp::Or => self.set_merge(*left, *right)?,
            BinOp::Sub => self.set_remove_all(*left, *right)?,
            _ => return self.set_symmetric_difference(*right, *left).map(Some),
        }
        Ok(Some(left))
    }

    /// What a view has of another iterable, whose items need not be hashable where they cannot be in the view. A larger set
    /// or view is asked, and not walked.
    fn view_intersection(&mut self, view: Value, other: Value) -> Outcome {
        let length = self.len(view)?;
        if let Some(table) = other.as_set()
            && is_plain_object(other)
            && length <= table.len() as i64
        {
            let view = self.set_from(view)?;
            let result = Ref::set(SetTable::new());
            for (hash, key) in entries(*view) {
                if self.set_find(other, hash, *key)?.is_some() {
                    self.set_add_hashed(*result, hash, key)?;
                }
            }
            return Ok(result);
        }
        let (view, other) =
            if is_keys_or_items(other) && self.len(other)? > length { (other, view) } else { (view, other) };
        let result = Ref::set(SetTable::new());
        for item in self.collect(other)? {
            if self.contains_native(view, *item)? == Some(true) {
                let hash = self.hash(*item)?;
                self.set_add_hashed(*result, hash, item)?;
            }
        }
        Ok(result)
    }

    /// Comparisons of sets and of dict views with each other; `None` if an operand is neither.
    pub(super) fn set_order(&mut self, op: CmpOp, a: Value, b: Value) -> Outcome<Option<bool>> {
        let set_like = |v: Value| v.as_set().is_some() || is_keys_or_items(v);
        if !set_like(a) || !set_like(b) {
            return Ok(None);
        }
        let (m, n) = (self.len(a)?, self.len(b)?);
        let answer: Result<bool, Signal> = match op {
            CmpOp::Eq => Ok(m == n && self.is_contained(a, b)?),
            CmpOp::Ne => Ok(m != n || !self.is_contained(a, b)?),
            CmpOp::Le => Ok(m <= n && self.is_contained(a, b)?),
            CmpOp::Ge => Ok(n <= m && self.is_contained(b, a)?),
            CmpOp::Lt => Ok(m < n && self.is_contained(a, b)?),
            CmpOp::Gt => Ok(n < m && self.is_contained(b, a)?),
        };
        answer.map(Some)
    }

    /// Whether a set or view has all items of another. The items of a view need not be hashable.
    fn is_contained(&mut self, a: Value, b: Value) -> Outcome<bool> {
        if a.as_set().is_some() && b.as_set().is_some() {
            return self.set_is_subset(a, b);
        }
        for item in self.collect(a)? {
            if self.contains_native(b, *item)? != Some(true) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
