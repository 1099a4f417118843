//! `+` and `*` of strings, bytes, lists and tuples, and `|` of dicts.

use super::BinOp;
use super::operators::is_sequence;
use crate::object::call::{Outcome, Signal};
use crate::object::container::{List, Tuple};
use crate::object::dict::Dict;
use crate::object::heap::Kind;
use crate::object::text::{ByteArray, Str};
use crate::object::{Ref, Value};
use crate::vm::Vm;

/// Longer results than this (in items or bytes) are refused: MemoryError, as an allocation of that size would give.
pub const MAX_LENGTH: usize = 1 << 31;

impl Vm {
    /// `a + b` of two sequences of the same kind; `None` if they are not.
    pub(super) fn concatenate(&mut self, a: Value, b: Value, in_place: bool) -> Outcome<Option<Ref>> {
        let (Some(left), Some(right)) = (a.kind(), b.kind()) else {
            return if in_place && a.is_kind(Kind::List) { self.extend_list(a, b).map(Some) } else { Ok(None) };
        };
        match (left, right) {
            (Kind::Str, Kind::Str) => Ok(concat_texts(a, b)),
            (Kind::List, _) if in_place => self.extend_list(a, b).map(Some),
            (Kind::List, Kind::List) => {
                let (x, y) = (a.as_sequence().unwrap_or_default(), b.as_sequence().unwrap_or_default());
                let mut items = Vec::with_capacity(x.len() + y.len());
                items.extend_from_slice(x);
                items.extend_from_slice(y);
                Ok(Some(Ref::list(items)))
            }
            (Kind::Tuple, Kind::Tuple) => {
                let (x, y) = (a.as_sequence().unwrap_or_default(), b.as_sequence().unwrap_or_default());
                if x.is_empty() && super::arith::is_plain(b) {
                    return Ok(Some(b.to_ref()));
                }
                if y.is_empty() && super::arith::is_plain(a) {
                    return Ok(Some(a.to_ref()));
                }
                let mut items = Vec::with_capacity(x.len() + y.len());
                items.extend_from_slice(x);
                items.extend_from_slice(y);
                Ok(Some(Ref::tuple(items)))
            }
            (Kind::Bytes | Kind::ByteArray, Kind::Bytes | Kind::ByteArray) => {
                let y = b.as_bytes().unwrap_or_default().to_vec();
                if let (true, Some(array)) = (in_place, a.get_mut::<ByteArray>()) {
                    array.bytes.extend_from_slice(&y);
                    return Ok(Some(a.to_ref()));
                }
                let x = a.as_bytes().unwrap_or_default();
                if y.is_empty() && left == Kind::Bytes && super::arith::is_plain(a) {
                    return Ok(Some(a.to_ref()));
                }
                if x.is_empty() && left == Kind::Bytes && right == left && super::arith::is_plain(b) {
                    return Ok(Some(b.to_ref()));
                }
                let bytes = [x, &y].concat();
                Ok(Some(if left == Kind::Bytes { Ref::bytes(bytes) } else { Ref::bytearray(bytes) }))
            }
            _ => Ok(None),
        }
    }

    /// `list += iterable`.
    fn extend_list(&mut self, list: Value, iterable: Value) -> Outcome {
        let items = match iterable.as_sequence() {
            Some(items) if super::arith::is_plain(iterable) => items.to_vec(),
            _ => self.collect(iterable)?,
        };
        if let Some(list) = list.get_mut::<List>() {
            list.items.extend(items);
        }
        Ok(list.to_ref())
    }

    /// `a * b` of a sequence and an index; `None` if they are not such.
    pub(super) fn repeat(&mut self, a: Value, b: Value, in_place: bool) -> Outcome<Option<Ref>> {
        let (sequence, count) = if is_sequence(a) {
            (a, b)
        } else if repeats_right(a, b, in_place) {
            (b, a)
        } else {
            return Ok(None);
        };
        let Some(times) = self.repetitions(count)? else { return Ok(None) };
        let times = times.max(0) as usize;
        let length = match sequence.as_sequence() {
            Some(items) => items.len(),
            None => sequence.as_bytes().or(sequence.as_str().map(str::as_bytes)).map_or(0, <[u8]>::len),
        };
        if length.checked_mul(times).is_none_or(|n| n > MAX_LENGTH) {
            let class = self.types.exc.memory_error;
            return Err(self.raise(class, ""));
        }
        // Nothing, however often, is nothing.
        let times = if length == 0 { 0 } else { times };
        Ok(Some(repeated(sequence, times, in_place && sequence == a)))
    }

    /// A count of repetitions; `None` if the value is no index.
    fn repetitions(&mut self, count: Value) -> Outcome<Option<i64>> {
        if count.is_int() {
            return Ok(Some(count.as_small_int()));
        }
        let name = self.names.index;
        if count.as_int().is_none() && self.overriding(count, name).is_none() {
            return Ok(None);
        }
        let int = self.index_value(count)?;
        match int.as_i64() {
            Some(n) => Ok(Some(n)),
            None => {
                let name = self.type_name(count);
                Err(self.overflow_error(format!("cannot fit '{name}' into an index-sized integer")))
            }
        }
    }

    /// The TypeError of a sequence whose `+` or `*` does not take the other operand, if that is what went wrong.
    #[cold]
    pub fn sequence_error(&mut self, op: BinOp, a: Value, b: Value, in_place: bool) -> Option<Signal> {
        match op {
            BinOp::Add if is_sequence(a) => {
                let other = self.type_name(b);
                Some(match a.kind() {
                    Some(Kind::Bytes | Kind::ByteArray) => {
                        let own = self.type_name(a);
                        self.type_error(format!("can't concat {other} to {own}"))
                    }
                    kind => {
                        let own = match kind {
                            Some(Kind::Str) => "str",
                            Some(Kind::List) => "list",
                            _ => "tuple",
                        };
                        self.type_error(format!("can only concatenate {own} (not \"{other}\") to {own}"))
                    }
                })
            }
            BinOp::Mul if is_sequence(a) || repeats_right(a, b, in_place) => {
                let other = if is_sequence(a) { b } else { a };
                let name = self.type_name(other);
                Some(self.type_error(format!("can't multiply sequence by non-int of type '{name}'")))
            }
            _ => None,
        }
    }

    /// `a | b` of dicts; `a |= b` takes any mapping or iterable of pairs. `None` if `b` is no dict.
    pub(super) fn dict_union(&mut self, a: Value, b: Value, in_place: bool) -> Outcome<Option<Ref>> {
        if in_place {
            self.merge_mapping(a, b)?;
            return Ok(Some(a.to_ref()));
        }
        if !b.is_kind(Kind::Dict) {
            return Ok(None);
        }
        let result = Dict::alloc(Dict::new());
        self.merge_mapping(*result, a)?;
        self.merge_mapping(*result, b)?;
        Ok(Some(result))
    }

    /// `target.update(source)`: a mapping (it has `keys`) or an iterable of pairs.
    ///
    /// # Errors
    /// TypeError or ValueError if it is neither; what the source's methods raise.
    pub fn merge_mapping(&mut self, target: Value, source: Value) -> Outcome<()> {
        if source.is_kind(Kind::Dict) {
            return self.dict_merge(target, source);
        }
        let keys = self.names.keys;
        if let Some(method) = self.get_attr_opt(source, keys)? {
            let keys = self.call_values(*method, &[])?;
            for key in self.collect(*keys)? {
                let outcome = self.get_item(source, *key);
                let value = self.settle(outcome)?;
                let hash = self.hash(*key)?;
                self.dict_store(target, hash, key, value)?;
            }
            return Ok(());
        }
        for (at, pair) in self.collect(source)?.into_iter().enumerate() {
            let (key, value) = self.pair(at, *pair)?;
            let hash = self.hash(*key)?;
            self.dict_store(target, hash, key, value)?;
        }
        Ok(())
    }

    /// Element `at` of a sequence of pairs.
    pub fn pair(&mut self, at: usize, element: Value) -> Outcome<(Ref, Ref)> {
        let items = match element.as_sequence() {
            Some(items) => items.to_vec(),
            None => match self.collect(element) {
                Ok(items) => items,
                Err(Signal::Raised) if self.raised_is(self.types.exc.type_error) => {
                    drop(self.take_raised());
                    let message = format!("cannot convert dictionary update sequence element #{at} to a sequence");
                    return Err(self.type_error(message));
                }
                Err(signal) => return Err(signal),
            },
        };
        match <[Ref; 2]>::try_from(items) {
            Ok([key, value]) => Ok((key, value)),
            Err(items) => {
                let length = items.len();
                Err(self.value_error(format!(
                    "dictionary update sequence element #{at} has length {length}; 2 is required"
                )))
            }
        }
    }

    /// `target[key] = value` with a known hash.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn dict_store(&mut self, target: Value, hash: i64, key: Ref, value: Ref) -> Outcome<()> {
        let Some(dict) = target.get_mut::<Dict>() else { return Ok(()) };
        let found = match key.get::<Str>() {
            Some(text) if super::arith::is_plain(*key) => dict.find_str(text),
            _ => dict.find(hash, |k| self.equal(k, *key))?,
        };
        let old = match found {
            Some(at) => dict.replace_at(at, value),
            None => {
                dict.insert_new(hash, key, value);
                return Ok(());
            }
        };
        drop(old);
        Ok(())
    }
}

/// Whether `a * b` repeats the sequence on the right. `a *= b` does so only for numbers and the like: CPython asks the right
/// operand only if the left one's type has no sequence methods at all, which containers and user-defined classes have.
fn repeats_right(a: Value, b: Value, in_place: bool) -> bool {
    let bare = matches!(a.kind(), None | Some(Kind::BigInt | Kind::Float)) && super::arith::is_plain(a);
    is_sequence(b) && (!in_place || bare)
}

fn concat_texts(a: Value, b: Value) -> Option<Ref> {
    let (x, y) = (a.get::<Str>()?, b.get::<Str>()?);
    if x.as_str().is_empty() && super::arith::is_plain(b) {
        return Some(b.to_ref());
    }
    if y.as_str().is_empty() && super::arith::is_plain(a) {
        return Some(a.to_ref());
    }
    Some(x.plus(y))
}

fn repeated(sequence: Value, times: usize, in_place: bool) -> Ref {
    let copy = |items: &[Ref]| -> Vec<Ref> {
        let mut all = Vec::with_capacity(items.len() * times);
        if let [only] = items {
            all.resize(times, only.clone());
            return all;
        }
        (0..times).for_each(|_| all.extend_from_slice(items));
        all
    };
    match sequence.kind() {
        Some(Kind::Str) => match sequence.as_str() {
            Some(_) if times == 1 && super::arith::is_plain(sequence) => sequence.to_ref(),
            _ => sequence.get::<Str>().map_or(Ref::NONE, |text| text.repeated(times)),
        },
        // What cannot change need not be copied.
        Some(Kind::Tuple | Kind::Bytes) if times == 1 && super::iterate::is_plain_object(sequence) => sequence.to_ref(),
        Some(Kind::List) => {
            let all = copy(sequence.as_sequence().unwrap_or_default());
            match sequence.get_mut::<List>() {
                Some(list) if in_place => {
                    let old = std::mem::replace(&mut list.items, all);
                    drop(old);
                    sequence.to_ref()
                }
                _ => Ref::list(all),
            }
        }
        Some(Kind::Tuple) => {
            if times == 1 && super::arith::is_plain(sequence) {
                return sequence.to_ref();
            }
            Ref::tuple(copy(sequence.get::<Tuple>().map(Tuple::items).unwrap_or_default()))
        }
        Some(Kind::ByteArray) => {
            let all = sequence.as_bytes().unwrap_or_default().repeat(times);
            match sequence.get_mut::<ByteArray>() {
                Some(array) if in_place => {
                    array.bytes = all;
                    sequence.to_ref()
                }
                _ => Ref::bytearray(all),
            }
        }
        _ if times == 1 && super::arith::is_plain(sequence) => sequence.to_ref(),
        _ => Ref::bytes(sequence.as_bytes().unwrap_or_default().repeat(times)),
    }
}
