//! Steps of `enumerate`, `zip` and `dict.items()` where a loop takes each item apart at once: `for k, v in d.items()`. The
//! two parts go to the loop as they are; no tuple is made that nobody would see.

use super::Step;
use super::iterate::is_plain_object;
use super::lazy::{is_leaf, successor};
use crate::object::Ref;
use crate::object::Value;
use crate::object::dict::Dict;
use crate::object::iter::{DictPart, Iter, IterState};
use crate::vm::Vm;

impl Vm {
    /// The two parts of the next item of an iterator over pairs, or the step that gave no item. `None`, and nothing has
    /// happened, if it is no such iterator or the step needs Coro code.
    pub fn next_pair(&mut self, iterator: Value) -> Option<Result<(Ref, Ref), Step>> {
        let iter = iterator.get_mut::<Iter>()?;
        match &mut iter.state {
            IterState::Dict { dict, at, len, places, left, what: DictPart::Items, reversed: false } => {
                let table = dict.get::<Dict>()?;
                if table.len() != *len || table.positions() != *places || *left == 0 {
                    return None;
                }
                let entry = table.entry(*at)?;
                *at += 1;
                *left -= 1;
                Some(Ok((entry.key.clone(), entry.value.clone())))
            }
            IterState::Enumerate { inner, next, .. } if is_plain_object(iterator) && is_leaf(**inner, 0) => {
                let item = match self.next(**inner) {
                    Step::Item(item) => item,
                    other => return Some(Err(other)),
                };
                let count = successor(**next);
                Some(Ok((std::mem::replace(next, count), item)))
            }
            IterState::Zip { inners, strict: false, .. } if is_plain_object(iterator) => {
                let [a, b] = &inners[..] else { return None };
                if !is_leaf(**a, 0) || !is_leaf(**b, 0) {
                    return None;
                }
                let first = match self.next(**a) {
                    Step::Item(item) => item,
                    other => return Some(Err(other)),
                };
                Some(match self.next(**b) {
                    Step::Item(second) => Ok((first, second)),
                    other => Err(other),
                })
            }
            _ => None,
        }
    }
}
