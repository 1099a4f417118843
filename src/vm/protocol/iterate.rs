//! Iteration: `iter`, one step of an iterator, and gathering what an iterable gives.
//!
//! A step never nests the run loop: an iterator that needs Coro code for its next item leaves a pending call whose result
//! is the item ([`Step::Call`]). The lazy built-ins (`zip`, `map`, …) are in `lazy`.

use super::Step;
use super::sequence_arith::MAX_LENGTH;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::container::{List, Range, Tuple};
use crate::object::dict::Dict;
use crate::object::function::Native;
use crate::object::heap::{Kind, flag};
use crate::object::iter::{DictPart, DictView, Iter, IterState, IterType};
use crate::object::text::Str;
use crate::object::types::{Instance, type_flag};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::types::is_ordered;

/// A heap object whose behaviour is that of its built-in type: no user-defined subclass.
#[inline]
pub fn is_plain_object(value: Value) -> bool {
    // Safety: a pointer word points at a live header.
    value.is_ptr() && unsafe { (*value.header()).flags & flag::SUBCLASS == 0 }
}

impl Vm {
    /// `iter(v)`. The result of a user-defined `__iter__` comes as a pending call; whoever gets it must check it with
    /// [`Vm::check_iterator`].
    ///
    /// # Errors
    /// TypeError if it is not iterable.
    #[inline]
    pub fn iter(&mut self, v: Value) -> Outcome {
        if is_plain_object(v)
            && let Some(iterator) = self.iter_native(v)
        {
            return Ok(iterator);
        }
        self.iter_special(v)
    }

    /// The iterator that a loop walks: as `iter(v)`, but of an object of `itertools` the generator that does its steps.
    ///
    /// # Errors
    /// TypeError if it is not iterable.
    #[inline]
    pub fn iter_to_walk(&mut self, v: Value) -> Outcome {
        if is_plain_object(v)
            && let Some(iterator) = self.iter_native(v).or_else(|| steps_of(v))
        {
            return Ok(iterator);
        }
        self.iter_special(v)
    }

    /// The iterator that the built-in type of `v` gives, whatever a subclass says; `None` if there is none.
    pub fn iter_native(&mut self, v: Value) -> Option<Ref> {
        let state = match v.kind()? {
            Kind::List => IterState::List { list: v.to_ref(), at: 0 },
            Kind::Tuple => IterState::Tuple { tuple: v.to_ref(), at: 0 },
            Kind::Range => return Some(range_iter(v.get::<Range>()?)),
            Kind::Dict => dict_iter(v, DictPart::Keys, false)?,
            Kind::DictView => {
                let view = v.get::<DictView>()?;
                dict_iter(*view.dict, view.part, false)?
            }
            Kind::Set | Kind::FrozenSet => IterState::Set { set: v.to_ref(), at: 0, len: v.as_set()?.len() },
            Kind::Str => IterState::Str { text: v.to_ref(), at: 0 },
            Kind::Bytes | Kind::ByteArray => IterState::Bytes { bytes: v.to_ref(), at: 0 },
            Kind::Iter | Kind::Generator | Kind::CoroutineWrapper => return Some(v.to_ref()),
            _ => return None,
        };
        Some(Iter::alloc(state))
    }

    fn iter_special(&mut self, v: Value) -> Outcome {
        let (iter, getitem) = (self.names.iter, self.names.getitem);
        match self.special(v, iter) {
            Some(method) if !method.is_none() => self.call_or_tail(v, method, iter, &[]),
            None if !v.is_kind(Kind::Dict) && self.special(v, getitem).is_some_and(|m| !m.is_none()) => {
                Ok(Iter::alloc(IterState::Sequence { object: v.to_ref(), at: 0 }))
            }
            _ => {
                let message = format!("'{}' object is not iterable", self.type_name(v));
                Err(self.type_error(message))
            }
        }
    }

    /// What a loop within a native walks, by re-entry for a user-defined `__iter__`, checked.
    pub fn iter_reentrant(&mut self, v: Value) -> Outcome {
        let outcome = self.iter_to_walk(v);
        let iterator = self.settle(outcome)?;
        self.check_iterator(*iterator)?;
        Ok(iterator)
    }

    /// Whether `next()` may be asked of it.
    pub fn is_iterator(&mut self, v: Value) -> bool {
        match v.kind() {
            Some(Kind::Iter | Kind::Generator | Kind::CoroutineWrapper) => true,
            Some(_) => {
                let next = self.names.next;
                self.special(v, next).is_some()
            }
            None => false,
        }
    }

    /// # Errors
    /// TypeError if what `__iter__` gave is no iterator.
    #[inline]
    pub fn check_iterator(&mut self, v: Value) -> Outcome<()> {
        if v.is_kind(Kind::Iter) || v.is_kind(Kind::Generator) || self.is_iterator(v) {
            return Ok(());
        }
        let message = format!("iter() returned non-iterator of type '{}'", self.type_name(v));
        Err(self.type_error(message))
    }

    /// Calls the special method `name` (found on the type of `v`): directly if it is native, else as a pending call.
    pub fn call_or_tail(&mut self, v: Value, method: Value, name: Value, args: &[Value]) -> Outcome {
        match method.kind() {
            Some(Kind::Native) => {
                let mut all = Vec::with_capacity(args.len() + 1);
                all.push(v.to_ref());
                all.extend(args.iter().map(|a| a.to_ref()));
                self.call_native(method, &all, &[])
            }
            Some(Kind::Function) => {
                let mut few = [v; 4];
                if args.len() < few.len() {
                    few[1..=args.len()].copy_from_slice(args);
                    return Err(self.tail_call(method, &few[..=args.len()]));
                }
                let mut all = Vec::with_capacity(args.len() + 1);
                all.push(v);
                all.extend_from_slice(args);
                Err(self.tail_call(method, &all))
            }
            _ => {
                let bound = self.bind_special(v, method, name)?;
                Err(self.tail_call(*bound, args))
            }
        }
    }

    /// The next item of an iterator that is no generator.
    #[inline(always)]
    pub fn next(&mut self, iterator: Value) -> Step {
        let Some(iter) = iterator.get_mut::<Iter>() else { return self.next_foreign(iterator) };
        match &mut iter.state {
            IterState::Range { next, step, left } => {
                if *left <= 0 {
                    return Step::End;
                }
                let item = *next;
                *left -= 1;
                *next = item.wrapping_add(*step);
                Step::Item(Ref::int(item))
            }
            IterState::List { list, at } => match list.get::<List>().and_then(|l| l.items.get(*at)) {
                Some(item) => {
                    *at += 1;
                    Step::Item(item.clone())
                }
                None => exhaust(iter, IterType::List),
            },
            IterState::Tuple { tuple, at } => match tuple.get::<Tuple>().and_then(|t| t.items().get(*at)) {
                Some(item) => {
                    *at += 1;
                    Step::Item(item.clone())
                }
                None => exhaust(iter, IterType::Tuple),
            },
            _ => self.next_other(iterator),
        }
    }

    #[inline(never)]
    fn next_other(&mut self, iterator: Value) -> Step {
        let Some(iter) = iterator.get_mut::<Iter>() else { return Step::End };
        match &mut iter.state {
            IterState::Dict { .. } => self.next_dict(iter),
            IterState::Set { set, at, len } => {
                let Some(table) = set.as_set() else { return Step::End };
                if table.len() != *len {
                    *len = usize::MAX;
                    self.runtime_error("Set changed size during iteration");
                    return Step::Raised;
                }
                while *at < table.positions() {
                    *at += 1;
                    if let Some(key) = table.key_at(*at - 1) {
                        return Step::Item(key.to_ref());
                    }
                }
                exhaust(iter, IterType::Set)
            }
            IterState::Str { text, at } => match text.as_str().and_then(|t| t[*at..].chars().next()) {
                Some(c) => {
                    *at += c.len_utf8();
                    Step::Item(Ref::char(c))
                }
                None => {
                    let ascii = text.get::<Str>().is_some_and(Str::is_ascii);
                    exhaust(iter, if ascii { IterType::StrAscii } else { IterType::Str })
                }
            },
            IterState::Bytes { bytes, at } => match bytes.as_bytes().and_then(|b| b.get(*at)) {
                Some(byte) => {
                    *at += 1;
                    Step::Item(Ref::int(i64::from(*byte)))
                }
                None => {
                    let ty = if bytes.is_kind(Kind::Bytes) { IterType::Bytes } else { IterType::ByteArray };
                    exhaust(iter, ty)
                }
            },
            IterState::ListReversed { list, at } => {
                // `at` is one more than the position.
                match at.checked_sub(1).and_then(|i| list.get::<List>()?.items.get(i)) {
                    Some(item) => {
                        *at -= 1;
                        Step::Item(item.clone())
                    }
                    None => exhaust(iter, IterType::ListReversed),
                }
            }
            IterState::BigRange { next, step, left } => {
                use num_traits::{One, Signed};
                if !left.is_positive() {
                    return Step::End;
                }
                *left -= num_bigint::BigInt::one();
                let after = match (next.as_int(), step.as_int()) {
                    (Some(next), Some(step)) => Ref::big(next.to_big() + step.to_big()),
                    _ => Ref::NONE,
                };
                Step::Item(std::mem::replace(next, after))
            }
            IterState::Native { step, .. } => {
                let step = *step;
                match step(self.machine(), iter) {
                    Ok(Some(item)) => Step::Item(item),
                    Ok(None) => Step::End,
                    Err(_) => Step::Raised,
                }
            }
            IterState::Done(_) => Step::End,
            // Handled by `next`.
            IterState::Range { .. } | IterState::List { .. } | IterState::Tuple { .. } => Step::End,
            _ => self.next_lazy(iterator),
        }
    }

    fn next_dict(&mut self, iter: &mut Iter) -> Step {
        let IterState::Dict { dict, at, len, places, left, what, reversed } = &mut iter.state else {
            return Step::End;
        };
        let Some(d) = dict.get::<Dict>() else { return Step::End };
        if d.len() != *len || (d.positions() != *places && is_ordered(**dict)) {
            *len = usize::MAX;
            self.runtime_error(match is_ordered(**dict) {
                true => "OrderedDict mutated during iteration",
                false => "dictionary changed size during iteration",
            });
            return Step::Raised;
        }
        let (what, reversed) = (*what, *reversed);
        let entry = if reversed {
            loop {
                match at.checked_sub(1) {
                    None => break None,
                    Some(i) => {
                        *at = i;
                        if let Some(entry) = d.entry(i) {
                            break Some(entry);
                        }
                    }
                }
            }
        } else {
            *at = (*at).max(d.first_position());
            loop {
                if *at >= d.positions() {
                    break None;
                }
                *at += 1;
                if let Some(entry) = d.entry(*at - 1) {
                    break Some(entry);
                }
            }
        };
        let Some(entry) = entry else {
            let ty = if is_ordered(**dict) { IterType::Ordered } else { dict_iter_type(what, reversed) };
            return exhaust(iter, ty);
        };
        if !reversed && *left == 0 {
            self.runtime_error("dictionary keys changed during iteration");
            return Step::Raised;
        }
        *left = left.saturating_sub(1);
        Step::Item(match what {
            DictPart::Keys => entry.key.clone(),
            DictPart::Values => entry.value.clone(),
            DictPart::Items => Tuple::from_iter([entry.key.clone(), entry.value.clone()].into_iter()),
        })
    }

    /// A step of an object with `__next__`.
    #[inline(never)]
    fn next_foreign(&mut self, iterator: Value) -> Step {
        if let Some(Kind::Future | Kind::Task | Kind::Wait) = iterator.kind() {
            return self.next_waitable(iterator);
        }
        let name = self.names.next;
        let Some(method) = self.special(iterator, name) else {
            let message = format!("'{}' object is not an iterator", self.type_name(iterator));
            self.type_error(message);
            return Step::Raised;
        };
        if let Some(native) = method.get::<Native>() {
            let outcome = (native.def.func)(self.machine(), Args::positional(&[iterator]));
            return self.step_of(outcome);
        }
        let outcome = self.call_or_tail(iterator, method, name, &[]);
        self.step_of(outcome)
    }

    /// A `__next__` outcome as a step: StopIteration is the end.
    pub fn step_of(&mut self, outcome: Outcome) -> Step {
        match outcome {
            Ok(item) => Step::Item(item),
            Err(Signal::Call) => Step::Call,
            Err(Signal::Raised) if self.raised_is(self.types.exc.stop_iteration) => {
                let exc = self.take_raised();
                let value = self.stop_value(*exc);
                if value.is_none() { Step::End } else { Step::Return(value) }
            }
            Err(Signal::Raised) => Step::Raised,
        }
    }

    /// A step as the outcome of a native `__next__`.
    pub fn outcome_of(&mut self, step: Step) -> Outcome {
        match step {
            Step::Item(item) => Ok(item),
            Step::Call => Err(Signal::Call),
            Step::Raised => Err(Signal::Raised),
            Step::Return(value) => Err(self.stop_iteration(value)),
            Step::End => Err(self.stop_iteration(Ref::NONE)),
        }
    }

    /// Whether iterating runs no Coro code.
    pub fn iterates_natively(&mut self, v: Value) -> bool {
        if !is_plain_object(v) {
            return false;
        }
        match v.kind() {
            Some(Kind::Iter) => super::lazy::is_leaf(v, 0),
            Some(
                Kind::List
                | Kind::Tuple
                | Kind::Range
                | Kind::Dict
                | Kind::DictView
                | Kind::Set
                | Kind::FrozenSet
                | Kind::Str
                | Kind::Bytes
                | Kind::ByteArray,
            ) => true,
            _ => false,
        }
    }

    /// All items of an iterable, by re-entry where Coro code gives them.
    pub fn collect(&mut self, iterable: Value) -> Outcome<Vec<Ref>> {
        if let Some(items) = self.collect_native(iterable)? {
            return Ok(items);
        }
        let iterator = self.iter_reentrant(iterable)?;
        let mut items = Vec::new();
        while let Some(item) = self.next_reentrant(*iterator)? {
            items.push(item);
        }
        Ok(items)
    }

    /// All items, if getting them runs no Coro code; `None` if it would (then nothing was consumed).
    pub fn collect_native(&mut self, iterable: Value) -> Outcome<Option<Vec<Ref>>> {
        if !is_plain_object(iterable) {
            return Ok(None);
        }
        if let Some(items) = iterable.as_sequence() {
            return Ok(Some(items.to_vec()));
        }
        if let Some(text) = iterable.get::<Str>() {
            return Ok(Some(text.characters()));
        }
        match iterable.get::<Range>().map(range_len) {
            Some(Some(length)) if length > MAX_LENGTH as i64 => {
                let class = self.types.exc.memory_error;
                return Err(self.raise(class, ""));
            }
            Some(None) => return Err(self.overflow_error("Python int too large to convert to C ssize_t")),
            _ => {}
        }
        let Some(iterator) = self.iter_native(iterable) else { return Ok(None) };
        if !super::lazy::is_leaf(*iterator, 0) {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(expected(*iterator).min(MOST_EXPECTED));
        loop {
            match self.next(*iterator) {
                Step::Item(item) => items.push(item),
                Step::End | Step::Return(_) => return Ok(Some(items)),
                // A leaf has no pending calls.
                Step::Raised | Step::Call => return Err(Signal::Raised),
            }
        }
    }
}

/// The generator or native iterator in the first slot of an object whose class is marked by `_types.steps`.
fn steps_of(v: Value) -> Option<Ref> {
    let instance = v.get::<Instance>()?;
    if !instance.class().has(type_flag::STEPS) {
        return None;
    }
    let steps = instance.get_slot(0);
    (steps.is_kind(Kind::Generator) || steps.is_kind(Kind::Iter)).then(|| steps.to_ref())
}

/// Lets go of what the iterator walked.
pub(crate) fn exhaust(iter: &mut Iter, ty: IterType) -> Step {
    let old = std::mem::replace(&mut iter.state, IterState::Done(ty));
    drop(old);
    Step::End
}

/// Items that room is made for before they are there.
const MOST_EXPECTED: usize = 1 << 16;

/// How many items to make room for: what is easily known of how many an iterator will give.
fn expected(iterator: Value) -> usize {
    let Some(iter) = iterator.get::<Iter>() else { return 0 };
    match &iter.state {
        IterState::Range { left, .. } => usize::try_from(*left).unwrap_or(0),
        IterState::List { list, at } => list.get::<List>().map_or(0, |l| l.items.len().saturating_sub(*at)),
        IterState::ListReversed { at, .. } => *at,
        IterState::Dict { left, .. } => *left,
        IterState::Set { len, at: 0, .. } => *len,
        IterState::Enumerate { inner, .. } => expected(**inner),
        IterState::Zip { inners, .. } => inners.first().map_or(0, |inner| expected(**inner)),
        _ => 0,
    }
}

/// Number of items; None if it is beyond 64 bits.
fn range_len(range: &Range) -> Option<i64> {
    match range.small() {
        Some((start, stop, step)) => Some(Range::small_len(start, stop, step)),
        None => super::equality::plain_range(range).map_or(Some(0), |ints| Ref::from(ints.len()).as_i64()),
    }
}

/// An iterator over a range.
pub fn range_iter(range: &Range) -> Ref {
    if let Some((start, stop, step)) = range.small()
        && step != 0
    {
        let left = Range::small_len(start, stop, step);
        return Iter::range(start, step, left);
    }
    match super::equality::plain_range(range) {
        Some(ints) => big_range_iter(&ints),
        None => Iter::alloc(IterState::Done(IterType::Range)),
    }
}

/// An iterator over a range with ints beyond the word.
pub fn big_range_iter(ints: &crate::object::algo::slice_index::Range) -> Ref {
    let left = ints.len().into_big();
    Iter::alloc(IterState::BigRange { next: ints.start.clone().into(), step: ints.step.clone().into(), left })
}

/// An iterator over a part of a dict.
pub fn dict_iter(dict: Value, what: DictPart, reversed: bool) -> Option<IterState> {
    let d = dict.get::<Dict>()?;
    if super::namespace::is_namespace(d) {
        super::namespace::read_slots(dict);
    }
    let at = if reversed { d.positions() } else { 0 };
    let (len, places) = (d.len(), d.positions());
    Some(IterState::Dict { dict: dict.to_ref(), at, len, places, left: len, what, reversed })
}

fn dict_iter_type(what: DictPart, reversed: bool) -> IterType {
    match (what, reversed) {
        (DictPart::Keys, false) => IterType::DictKeys,
        (DictPart::Values, false) => IterType::DictValues,
        (DictPart::Items, false) => IterType::DictItems,
        (DictPart::Keys, true) => IterType::DictKeysReversed,
        (DictPart::Values, true) => IterType::DictValuesReversed,
        (DictPart::Items, true) => IterType::DictItemsReversed,
    }
}
