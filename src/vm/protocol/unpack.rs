//! Unpacking assignments: `a, b = v` and `a, *b, c = v`.

use super::Step;
use super::iterate::is_plain_object;
use crate::object::call::{Outcome, Signal};
use crate::object::container::List;
use crate::object::{Ref, Value};
use crate::vm::Vm;

impl Vm {
    /// The `count` items of `v`. For an iterable that runs Coro code this answers `Signal::Call`: the pending call gives a
    /// list of exactly so many items, to be unpacked again.
    ///
    /// # Errors
    /// TypeError if it cannot be iterated, ValueError for another number of items.
    pub fn unpack(&mut self, v: Value, count: usize) -> Outcome<Vec<Ref>> {
        if is_plain_object(v)
            && let Some(items) = v.as_sequence()
        {
            if items.len() == count {
                return Ok(items.to_vec());
            }
            return Err(self.wrong_count(count, items.len()));
        }
        let Some(iterator) = self.unpacked_iterator(v)? else {
            let count = Value::small_int(count as i64);
            return Err(self.tail_prelude("unpack_exactly", &[v, count]));
        };
        let mut items = Vec::with_capacity(count.min(1024));
        loop {
            match self.next(*iterator) {
                Step::Item(_) if items.len() == count => return Err(self.wrong_count(count, count + 1)),
                Step::Item(item) => items.push(item),
                Step::End | Step::Return(_) if items.len() == count => return Ok(items),
                Step::End | Step::Return(_) => return Err(self.wrong_count(count, items.len())),
                Step::Raised | Step::Call => return Err(Signal::Raised),
            }
        }
    }

    /// The first `before` items, a list of the middle ones, the last `after` items. `Signal::Call` as for [`Vm::unpack`]: a
    /// list of all items.
    ///
    /// # Errors
    /// TypeError if it cannot be iterated, ValueError for too few items.
    pub fn unpack_star(&mut self, v: Value, before: usize, after: usize) -> Outcome<Vec<Ref>> {
        let mut items = match self.collect_native(v)? {
            Some(items) => items,
            None => {
                // Only to raise in this place if it is not iterable at all.
                self.unpacked_iterator(v)?;
                return Err(self.tail_prelude("list_from", &[v]));
            }
        };
        let least = before + after;
        if items.len() < least {
            let message = format!("not enough values to unpack (expected at least {least}, got {})", items.len());
            return Err(self.value_error(message));
        }
        let last = items.split_off(items.len() - after);
        let middle = items.split_off(before);
        items.push(Ref::list(middle));
        items.extend(last);
        Ok(items)
    }

    /// `[*list, *iterable]` into the list itself. For an iterable that runs Coro code the pending call does it, and gives
    /// the list.
    ///
    /// # Errors
    /// TypeError if it is not iterable.
    pub fn extend_display(&mut self, list: Value, iterable: Value) -> Outcome {
        if let Some(items) = self.collect_native(iterable)? {
            if let Some(object) = list.get_mut::<List>() {
                object.items.extend(items);
            }
            return Ok(Ref::NONE);
        }
        if !self.is_iterable(iterable) {
            let message = format!("Value after * must be an iterable, not {}", self.type_name(iterable));
            return Err(self.type_error(message));
        }
        Err(self.tail_prelude("extended_list", &[list, iterable]))
    }

    /// `{*set, *iterable}` into the set itself; otherwise as [`Vm::extend_display`].
    ///
    /// # Errors
    /// TypeError if it is not iterable, or an item is unhashable.
    pub fn update_display(&mut self, set: Value, iterable: Value) -> Outcome {
        let Some(items) = self.collect_native(iterable)? else {
            return Err(self.tail_prelude("extended_set", &[set, iterable]));
        };
        for item in items {
            self.set_add(set, *item)?;
        }
        Ok(Ref::NONE)
    }

    /// An iterator that runs no Coro code; `None` if iterating does.
    fn unpacked_iterator(&mut self, v: Value) -> Outcome<Option<Ref>> {
        if is_plain_object(v)
            && let Some(iterator) = self.iter_native(v)
        {
            return Ok(super::lazy::is_leaf(*iterator, 0).then_some(iterator));
        }
        if self.is_iterable(v) {
            return Ok(None);
        }
        let message = format!("cannot unpack non-iterable {} object", self.type_name(v));
        Err(self.type_error(message))
    }

    #[cold]
    fn wrong_count(&mut self, expected: usize, got: usize) -> Signal {
        if got > expected {
            self.value_error(format!("too many values to unpack (expected {expected})"))
        } else {
            self.value_error(format!("not enough values to unpack (expected {expected}, got {got})"))
        }
    }
}
