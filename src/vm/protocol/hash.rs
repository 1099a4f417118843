//! `hash()` of every value.

use super::equality::plain_range;
use crate::object::algo::hash::{self as hashes, TupleHasher};
use crate::object::call::{Outcome, Signal};
use crate::object::container::{Range, Slice, Tuple};
use crate::object::function::BoundMethod;
use crate::object::heap::Kind;
use crate::object::iter::{DictPart, DictView};
use crate::object::number::IntRef;
use crate::object::set::FrozenSet;
use crate::object::text::Str;
use crate::object::types::{Instance, type_flag};
use crate::object::{Ref, Value};
use crate::vm::Vm;

impl Vm {
    /// `hash(v)`, by re-entry for user-defined `__hash__`.
    ///
    /// # Errors
    /// TypeError: `unhashable type: 'list'`; what `__hash__` raises.
    #[inline]
    pub fn hash(&mut self, v: Value) -> Outcome<i64> {
        if v.is_int() {
            return Ok(hashes::hash_i64(v.as_small_int()));
        }
        if !v.is_ptr() {
            return Ok(hash_word(v));
        }
        if super::arith::is_plain(v) {
            if let Some(text) = v.get::<Str>() {
                return Ok(text.hash_value());
            }
        }
        self.hash_object(v)
    }

    fn hash_object(&mut self, v: Value) -> Outcome<i64> {
        if let Some(instance) = v.get::<Instance>() {
            // The class's flags say at once that it defines neither `__hash__` nor `__eq__` (which takes the hash away).
            if !instance.class().has(type_flag::HASH | type_flag::EQ) {
                return Ok(v.identity_hash());
            }
        }
        if !super::arith::is_plain(v) || !is_data(v) {
            let name = self.names.hash;
            if let Some(method) = self.overriding(v, name) {
                return self.hash_by_method(v, method);
            }
        }
        self.native_hash(v)
    }

    fn hash_by_method(&mut self, v: Value, method: Value) -> Outcome<i64> {
        if method.is_none() {
            return Err(self.unhashable(v));
        }
        let result = self.call_values(method, &[v])?;
        match result.as_int() {
            Some(IntRef::Small(-1)) => Ok(-2),
            // A hash is taken as it is if it fits the machine word.
            Some(IntRef::Small(i)) => Ok(i),
            Some(IntRef::Big(big)) => Ok(hashes::hash_big(big)),
            None => Err(self.type_error("__hash__ method should return an integer")),
        }
    }

    /// `hash(v)` as the built-in types define it.
    ///
    /// # Errors
    /// TypeError for what has no hash, or holds such.
    pub fn native_hash(&mut self, v: Value) -> Outcome<i64> {
        let Some(kind) = v.kind() else {
            return Ok(if v.is_int() { hashes::hash_i64(v.as_small_int()) } else { hash_word(v) });
        };
        match kind {
            Kind::Str => Ok(v.get::<Str>().map_or(0, Str::hash_value)),
            Kind::BigInt => Ok(match v.as_int() {
                Some(IntRef::Small(i)) => hashes::hash_i64(i),
                Some(IntRef::Big(big)) => hashes::hash_big(big),
                None => 0,
            }),
            Kind::Float => {
                let hash = v.as_float().and_then(hashes::hash_f64);
                Ok(hash.unwrap_or_else(|| v.identity_hash()))
            }
            Kind::Bytes => Ok(hashes::hash_bytes(v.as_bytes().unwrap_or_default())),
            Kind::Tuple => self.hash_tuple(v),
            Kind::FrozenSet => Ok(hash_frozenset(v)),
            Kind::Range => Ok(v.get::<Range>().and_then(plain_range).map_or(0, |range| range.hash())),
            Kind::Slice => self.hash_slice(v),
            Kind::BoundMethod => self.hash_method(v),
            Kind::List | Kind::Dict | Kind::Set | Kind::ByteArray => Err(self.unhashable(v)),
            Kind::DictView if v.get::<DictView>().is_some_and(|view| view.part != DictPart::Values) => {
                Err(self.unhashable(v))
            }
            _ => Ok(v.identity_hash()),
        }
    }

    fn hash_tuple(&mut self, v: Value) -> Outcome<i64> {
        let Some(tuple) = v.get::<Tuple>() else { return Ok(0) };
        self.nested("", |vm| {
            let mut hasher = TupleHasher::default();
            for item in tuple.values() {
                hasher.push(vm.hash(*item)?);
            }
            Ok(hasher.finish())
        })
    }

    fn hash_slice(&mut self, v: Value) -> Outcome<i64> {
        let Some(slice) = v.get::<Slice>() else { return Ok(0) };
        let mut hasher = TupleHasher::default();
        for part in [&slice.start, &slice.stop, &slice.step] {
            let part: &Ref = part;
            hasher.push(self.hash(**part)?);
        }
        Ok(hasher.finish())
    }

    fn hash_method(&mut self, v: Value) -> Outcome<i64> {
        let Some(method) = v.get::<BoundMethod>() else { return Ok(0) };
        Ok(method.receiver.identity_hash() ^ self.hash(*method.func)?)
    }

    /// The error of hashing a value whose type has no hash.
    #[cold]
    pub fn unhashable(&mut self, v: Value) -> Signal {
        let name = self.type_name(v);
        self.type_error(format!("unhashable type: '{name}'"))
    }
}

/// Kinds whose plain objects' hash is known here.
fn is_data(v: Value) -> bool {
    use Kind::*;
    matches!(
        v.kind(),
        Some(
            BigInt | Float | Str | Bytes | ByteArray | List | Tuple | Dict | Set | FrozenSet | Range | Slice | DictView
        ) | Some(Function | Native | BoundMethod | Cell | Generator | Coroutine | AsyncGenerator | Code | Module)
    )
}

/// The hash of a word that is neither int nor pointer.
fn hash_word(v: Value) -> i64 {
    match v {
        Value::NONE => hashes::NONE_HASH,
        Value::FALSE => 0,
        Value::TRUE => 1,
        _ => v.as_word_double().and_then(hashes::hash_f64).unwrap_or(v.0 as i64),
    }
}

/// Cached in the object.
fn hash_frozenset(v: Value) -> i64 {
    let Some(set) = v.get::<FrozenSet>() else { return 0 };
    if set.hash.get() == 0 {
        set.hash.set(hashes::hash_frozenset(set.table.iter().map(|(hash, _)| hash)));
    }
    set.hash.get()
}
