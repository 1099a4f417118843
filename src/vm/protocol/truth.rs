//! Truth tests.

use crate::object::call::Outcome;
use crate::object::container::{Range, Tuple};
use crate::object::dict::Dict;
use crate::object::heap::Kind;
use crate::object::iter::DictView;
use crate::object::reflect::MappingProxy;
use crate::object::set::SetTable;
use crate::object::types::type_flag;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::asked::{Asked, Question};

impl Vm {
    /// The truth of a value if its type decides it natively.
    #[inline]
    pub fn truth_fast(&self, v: Value) -> Option<bool> {
        if v.is_int() {
            return Some(v.as_small_int() != 0);
        }
        if !v.is_ptr() {
            return Some(!matches!(v, Value::NONE | Value::FALSE | Value::ZERO_F | Value::NEG_ZERO_F));
        }
        if super::arith::is_plain(v) && !matches!(v.kind(), Some(Kind::Instance | Kind::Exception | Kind::Opaque)) {
            return Some(native_truth(v));
        }
        let class = self.type_of(v);
        if class.has(type_flag::BOOL | type_flag::LEN) { None } else { Some(native_truth(v)) }
    }

    /// The truth of a value, by re-entry for user-defined `__bool__` and `__len__`.
    ///
    /// # Errors
    /// What those raise; TypeError if they answer with something else than a bool or a length.
    #[inline]
    pub fn truth(&mut self, v: Value) -> Outcome<bool> {
        match self.truth_fast(v) {
            Some(truth) => Ok(truth),
            None => {
                let outcome = self.truth_by_method(v);
                let result = self.settle(outcome)?;
                Ok(*result == Value::TRUE)
            }
        }
    }

    /// The truth of a value as a bool object; answers `Signal::Call` for user-defined `__bool__` and `__len__`.
    ///
    /// # Errors
    /// As [`Vm::truth`].
    pub fn truth_tail(&mut self, v: Value) -> Outcome {
        match self.truth_fast(v) {
            Some(truth) => Ok(Ref::bool(truth)),
            None => self.truth_by_method(v),
        }
    }

    fn truth_by_method(&mut self, v: Value) -> Outcome {
        let (bool_, len) = (self.names.bool_, self.names.len);
        if let Some(method) = self.overriding(v, bool_) {
            let asked = Asked::first(Question::Truth, v, Value::NONE);
            return Err(self.tail_ask(method, "truth_by_bool", asked));
        }
        match self.overriding(v, len) {
            Some(method) => {
                let asked = Asked::first(Question::TruthOfLength, v, Value::NONE);
                Err(self.tail_ask(method, "truth_by_len", asked))
            }
            None => Ok(Ref::bool(native_truth(v))),
        }
    }
}

/// The truth of a heap object as the built-in types define it: numbers by value, containers by length, the rest true.
pub fn native_truth(v: Value) -> bool {
    match v.kind() {
        Some(Kind::Str) => v.as_str().is_some_and(|s| !s.is_empty()),
        Some(Kind::List | Kind::Tuple) => v.as_sequence().is_some_and(|s| !s.is_empty()),
        Some(Kind::Dict) => v.get::<Dict>().is_some_and(|d| !d.is_empty()),
        Some(Kind::Set | Kind::FrozenSet) => v.as_set().is_some_and(|s: &SetTable| !s.is_empty()),
        Some(Kind::Bytes | Kind::ByteArray) => v.as_bytes().is_some_and(|b| !b.is_empty()),
        // Zero is a word, but an instance of a subclass of int may hold it.
        Some(Kind::BigInt) => v.as_i64() != Some(0),
        Some(Kind::Float) => v.as_float() != Some(0.0),
        Some(Kind::Range) => v.get::<Range>().is_some_and(|r| match r.small() {
            Some((start, stop, step)) => Range::small_len(start, stop, step) != 0,
            None => super::equality::plain_range(r).is_some_and(|r| !r.is_empty()),
        }),
        Some(Kind::MappingProxy) => v.get::<MappingProxy>().is_none_or(|proxy| native_truth(*proxy.mapping)),
        Some(Kind::DictView) => {
            v.get::<DictView>().and_then(|view| view.dict.get::<Dict>().map(|d| !d.is_empty())).unwrap_or(true)
        }
        _ => v.get::<Tuple>().is_none_or(|t| !t.is_empty()) && truth_of_word(v),
    }
}

fn truth_of_word(v: Value) -> bool {
    !matches!(v, Value::NONE | Value::FALSE | Value::ZERO_F | Value::NEG_ZERO_F) && v != Value::small_int(0)
}
