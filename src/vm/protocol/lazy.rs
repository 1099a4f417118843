//! Steps of the lazy built-ins: `enumerate`, `zip`, `map`, `filter`, iteration by `__getitem__` and by calls.
//!
//! While everything within is native, a step is native. As soon as Coro code gives a part of the item, the step is a
//! function of the prelude (`lib_coro/prelude/iteration.co`), left as a pending call: no native code waits in between.

use super::Step;
use super::iterate::{exhaust, is_plain_object};
use crate::object::call::{Args, Outcome, Signal};
use crate::object::container::Tuple;
use crate::object::coroutine::{Coro, frame_flag};
use crate::object::function::{BoundMethod, Machine, NativeDef};
use crate::object::heap::{Kind, flag};
use crate::object::iter::{Iter, IterState, IterType};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::hidden_native;
use crate::vm::pending::Few;
use crate::vm::resume::Mode;

/// Levels of lazy built-ins within one another that are stepped natively.
const MAX_LEVELS: u32 = 4;

/// Whether a step of the iterator runs no Coro code whatsoever (it may still raise).
#[inline]
pub fn is_leaf(iterator: Value, level: u32) -> bool {
    match iterator.get::<Iter>().map(|iter| &iter.state) {
        None => false,
        Some(IterState::List { .. } | IterState::Range { .. } | IterState::Tuple { .. }) => true,
        Some(_) => is_other_leaf(iterator, level),
    }
}

fn is_other_leaf(iterator: Value, level: u32) -> bool {
    let Some(iter) = iterator.get::<Iter>() else { return false };
    match &iter.state {
        IterState::Enumerate { inner, .. } => {
            level < MAX_LEVELS && iter.header.flags & flag::SUBCLASS == 0 && is_leaf(**inner, level + 1)
        }
        IterState::Zip { inners, strict, .. } => {
            level < MAX_LEVELS
                && !strict
                && iter.header.flags & flag::SUBCLASS == 0
                && inners.iter().all(|inner| is_leaf(**inner, level + 1))
        }
        IterState::SequenceReversed { object, .. } => is_builtin_sequence(**object),
        IterState::Map { .. } | IterState::Filter { .. } | IterState::Sequence { .. } | IterState::Call { .. } => false,
        _ => true,
    }
}

/// `mark(iterator, True)`: the iterator advances (gives the count of an `enumerate`); `mark(iterator, False)`: it is
/// exhausted; `mark(iterator, None)`: is it exhausted? For the prelude.
static MARK: NativeDef = NativeDef {
    name: "mark",
    func: |machine: &mut Machine, args: Args| mark_native(Vm::of(machine), args),
    min: 2,
    max: 2,
    keywords: false,
    doc: "",
};

fn mark() -> Value {
    hidden_native(&MARK)
}

fn mark_native(_: &mut Vm, args: Args) -> Outcome {
    let (iterator, advance) = (args.values[0], args.values[1] == Value::TRUE);
    let Some(iter) = iterator.get_mut::<Iter>() else { return Ok(Ref::NONE) };
    if args.values[1].is_none() {
        return Ok(Ref::bool(matches!(iter.state, IterState::Done(_))));
    }
    match &mut iter.state {
        IterState::Enumerate { next, .. } => Ok(std::mem::replace(next, successor(**next))),
        IterState::Sequence { at, .. } if advance => {
            *at += 1;
            Ok(Ref::NONE)
        }
        IterState::SequenceReversed { at, .. } if advance => {
            *at -= 1;
            Ok(Ref::NONE)
        }
        IterState::Sequence { .. } => {
            exhaust(iter, IterType::Sequence);
            Ok(Ref::NONE)
        }
        IterState::SequenceReversed { .. } => {
            exhaust(iter, IterType::Reversed);
            Ok(Ref::NONE)
        }
        IterState::Call { .. } if !advance => {
            exhaust(iter, IterType::Callable);
            Ok(Ref::NONE)
        }
        _ => Ok(Ref::NONE),
    }
}

/// `iter()` of it is itself, without asking anybody.
fn iterates_itself(iterator: Value) -> bool {
    iterator.is_kind(Kind::Generator) || (iterator.is_kind(Kind::Iter) && is_plain_object(iterator))
}

/// Immutable and indexed natively.
fn is_builtin_sequence(object: Value) -> bool {
    is_plain_object(object) && matches!(object.kind(), Some(Kind::Tuple | Kind::Str | Kind::Bytes))
}

impl Vm {
    /// A step of the states that may need Coro code.
    pub(super) fn next_lazy(&mut self, iterator: Value) -> Step {
        let Some(iter) = iterator.get_mut::<Iter>() else { return Step::End };
        if iter.header.flags & flag::SUBCLASS != 0
            && let Some(step) = self.next_overridden(iterator)
        {
            return step;
        }
        self.next_lazy_native(iterator)
    }

    /// A user-defined subclass of a lazy built-in may have a `__next__` of its own.
    #[cold]
    fn next_overridden(&mut self, iterator: Value) -> Option<Step> {
        let name = self.names.next;
        let method = self.special(iterator, name)?;
        if method.is_kind(Kind::Native) {
            return None;
        }
        let outcome = self.call_or_tail(iterator, method, name, &[]);
        Some(self.step_of(outcome))
    }

    /// The built-in step, whatever a subclass says.
    pub fn next_lazy_native(&mut self, iterator: Value) -> Step {
        let Some(iter) = iterator.get_mut::<Iter>() else { return Step::End };
        match &mut iter.state {
            IterState::Enumerate { .. } => self.next_enumerate(iterator),
            IterState::Zip { .. } => self.next_zip(iterator),
            IterState::Map { .. } => self.next_map(iterator),
            IterState::Filter { .. } => self.next_filter(iterator),
            IterState::Sequence { object, at } => {
                let (object, at) = (object.clone(), Ref::int(*at));
                self.step_prelude("sequence_next", &[mark(), iterator, *object, *at])
            }
            IterState::SequenceReversed { object, at } => {
                if *at < 0 {
                    return Step::End;
                }
                if is_builtin_sequence(**object) {
                    let (object, index) = (object.clone(), Value::small_int(*at));
                    *at -= 1;
                    let outcome = self.sequence_item(*object, index);
                    return self.step_of(outcome);
                }
                let (object, at) = (object.clone(), Ref::int(*at));
                self.step_prelude("sequence_next", &[mark(), iterator, *object, *at])
            }
            IterState::Call { callable, sentinel } => {
                let (callable, sentinel) = (callable.clone(), sentinel.clone());
                self.step_prelude("call_next", &[mark(), iterator, *callable, *sentinel])
            }
            _ => self.next(iterator),
        }
    }

    fn step_prelude(&mut self, name: &'static str, args: &[Value]) -> Step {
        self.tail_prelude(name, args);
        Step::Call
    }

    /// Makes the generator that does the steps of a lazy built-in from now on, and takes the first.
    fn start_steps(&mut self, iterator: Value, name: &'static str, args: &[Value]) -> Step {
        let made = self.prelude_function(name).and_then(|function| self.call_values(*function, args));
        let Ok(made) = made else { return Step::Raised };
        let Some(Iter { state: IterState::Enumerate { steps, .. } | IterState::Zip { steps, .. }, .. }) =
            iterator.get_mut::<Iter>()
        else {
            return Step::End;
        };
        let old = std::mem::replace(steps, made.clone());
        drop(old);
        self.resume_steps(*made)
    }

    fn resume_steps(&mut self, steps: Value) -> Step {
        self.tail_resume(steps, Mode::Send, Ref::NONE);
        Step::Call
    }

    fn next_enumerate(&mut self, iterator: Value) -> Step {
        let Some(Iter { state: IterState::Enumerate { inner, next, steps }, .. }) = iterator.get_mut::<Iter>() else {
            return Step::End;
        };
        if is_leaf(**inner, 0) {
            return match self.next(**inner) {
                Step::Item(item) => {
                    let index = std::mem::replace(next, successor(**next));
                    Step::Item(Tuple::from_iter([index, item].into_iter()))
                }
                other => other,
            };
        }
        let inner_value = inner.clone();
        if inner_value.is_kind(Kind::Generator) {
            // A generator that raises or returns is finished for good: the count may live in the steps.
            if steps.is_none() {
                let count = next.clone();
                return self.start_steps(iterator, "enumerate_steps", &[*inner_value, *count]);
            }
            let steps = steps.clone();
            return self.resume_steps(*steps);
        }
        self.step_prelude("enumerate_next", &[mark(), iterator, *inner_value])
    }

    fn next_zip(&mut self, iterator: Value) -> Step {
        let Some(Iter { state: IterState::Zip { inners, strict, steps }, .. }) = iterator.get_mut::<Iter>() else {
            return Step::End;
        };
        if inners.is_empty() {
            return Step::End;
        }
        if !*strict && inners.iter().all(|inner| is_leaf(**inner, 0)) {
            return self.next_zip_native(inners);
        }
        if *strict {
            let inners = Ref::tuple(inners.clone());
            return self.step_prelude("zip_strict", &[*inners]);
        }
        if inners.iter().all(|inner| iterates_itself(**inner)) {
            // What is over may go on later: then the steps begin anew.
            if Coro::from_value(steps).is_some_and(|coro| !coro.has(frame_flag::DONE)) {
                let steps = steps.clone();
                return self.resume_steps(*steps);
            }
            let inners = inners.clone();
            return match &inners[..] {
                [a, b] => self.start_steps(iterator, "zip_steps2", &[**a, **b]),
                [a, b, c] => self.start_steps(iterator, "zip_steps3", &[**a, **b, **c]),
                _ => {
                    let inners = Ref::tuple(inners);
                    self.start_steps(iterator, "zip_steps", &[*inners])
                }
            };
        }
        match &inners[..] {
            [one] => {
                let one = one.clone();
                self.step_prelude("zip1", &[*one])
            }
            [a, b] => {
                let (a, b) = (a.clone(), b.clone());
                self.step_prelude("zip2", &[*a, *b])
            }
            [a, b, c] => {
                let (a, b, c) = (a.clone(), b.clone(), c.clone());
                self.step_prelude("zip3", &[*a, *b, *c])
            }
            _ => {
                let inners = Ref::tuple(inners.clone());
                self.step_prelude("zip_many", &[*inners])
            }
        }
    }

    /// The inner iterators run no Coro code, so that the list of them stays as it is.
    fn next_zip_native(&mut self, inners: &[Ref]) -> Step {
        if let [a, b] = inners {
            let first = match self.next(**a) {
                Step::Item(item) => item,
                other => return other,
            };
            return match self.next(**b) {
                Step::Item(second) => Step::Item(Tuple::from_iter([first, second].into_iter())),
                other => other,
            };
        }
        let mut items = Vec::with_capacity(inners.len());
        for inner in inners {
            match self.next(**inner) {
                Step::Item(item) => items.push(item),
                other => return other,
            }
        }
        Step::Item(Ref::tuple(items))
    }

    fn next_map(&mut self, iterator: Value) -> Step {
        let Some(Iter { state: IterState::Map { function, inners }, .. }) = iterator.get_mut::<Iter>() else {
            return Step::End;
        };
        let function = function.clone();
        if let [inner] = &inners[..] {
            let inner = inner.clone();
            if !is_leaf(*inner, 0) {
                return self.step_prelude("map1", &[*function, *inner]);
            }
            return match self.next(*inner) {
                Step::Item(item) => self.call_step(*function, &[*item]),
                other => other,
            };
        }
        if !inners.iter().all(|inner| is_leaf(**inner, 0)) {
            let inners = Ref::tuple(inners.clone());
            return self.step_prelude("map_many", &[*function, *inners]);
        }
        match self.next_zip_native(inners) {
            Step::Item(items) => match items.get::<Tuple>() {
                Some(items) => self.call_step(*function, items.values()),
                None => Step::End,
            },
            other => other,
        }
    }

    /// The result of a call as an item; pending if it is Coro code.
    fn call_step(&mut self, function: Value, args: &[Value]) -> Step {
        match self.call_if_native(function, args) {
            Some(outcome) => self.step_of(outcome),
            None => {
                self.tail_call(function, args);
                Step::Call
            }
        }
    }

    /// Calls natives, methods of built-in objects and built-in types directly; `None` for everything else.
    pub fn call_if_native(&mut self, function: Value, args: &[Value]) -> Option<Outcome> {
        match function.kind()? {
            Kind::Native => Some(self.call_native_on(function, None, args)),
            Kind::BoundMethod => {
                let method = function.get::<BoundMethod>()?;
                if !method.func.is_kind(Kind::Native) {
                    return None;
                }
                let func = method.func.clone();
                Some(self.call_native_on(*func, Some(*method.receiver), args))
            }
            Kind::Type => {
                let ty = function.as_type().filter(|ty| ty.builtin)?;
                Some(self.construct(ty, Args::positional(args)))
            }
            Kind::Opaque => {
                let method = self.native_call_method(function)?;
                Some(self.call_native_on(method, Some(function), args))
            }
            _ => None,
        }
    }

    /// Calls a native on arguments that are kept alive, the receiver first.
    fn call_native_on(&mut self, native: Value, receiver: Option<Value>, args: &[Value]) -> Outcome {
        let few = match receiver {
            Some(receiver) => Few::with_first(receiver, args),
            None => Few::of(args),
        };
        if let Some(few) = few {
            return self.call_native_values(native, few.as_values(), &[]);
        }
        let all: Vec<Ref> = receiver.iter().chain(args).map(|value| value.to_ref()).collect();
        self.call_native(native, &all, &[])
    }

    /// The `__call__` of a native object, if that is native.
    pub fn native_call_method(&mut self, object: Value) -> Option<Value> {
        let name = self.names.call;
        self.special(object, name).filter(|method| method.is_kind(Kind::Native))
    }

    fn next_filter(&mut self, iterator: Value) -> Step {
        let Some(Iter { state: IterState::Filter { function, inner }, .. }) = iterator.get_mut::<Iter>() else {
            return Step::End;
        };
        let (function, inner) = (function.clone(), inner.clone());
        let by_truth = function.is_none() || *function == self.types.bool_.value();
        let native = by_truth
            || function.is_kind(Kind::Native)
            || function.get::<BoundMethod>().is_some_and(|m| m.func.is_kind(Kind::Native));
        if !native || !is_leaf(*inner, 0) {
            let function = if by_truth { Ref::NONE } else { function };
            return self.step_prelude("filter_next", &[*function, *inner]);
        }
        loop {
            let item = match self.next(*inner) {
                Step::Item(item) => item,
                other => return other,
            };
            let verdict = if by_truth { Ok(item.clone()) } else { self.settled_call(*function, *item) };
            let kept = match verdict {
                Ok(verdict) => self.truth(*verdict),
                Err(signal) => Err(signal),
            };
            match kept {
                Ok(true) => return Step::Item(item),
                Ok(false) => {}
                Err(_) => return Step::Raised,
            }
        }
    }

    /// A native's result; what it hands over is done by re-entry.
    fn settled_call(&mut self, function: Value, item: Value) -> Outcome {
        match self.call_if_native(function, &[item]) {
            Some(outcome) => self.settle(outcome),
            None => Err(Signal::Raised),
        }
    }
}

/// The next count of an `enumerate`.
pub fn successor(count: Value) -> Ref {
    match count.as_i64().and_then(|i| i.checked_add(1)) {
        Some(next) => Ref::int(next),
        None => count.as_int().map_or(Ref::NONE, |int| Ref::big(int.to_big() + 1)),
    }
}
