//! Length, subscripts and membership.

use super::Step;
use super::iterate::is_plain_object;
use crate::object::call::{Outcome, Signal};
use crate::object::container::{List, Range, Tuple};
use crate::object::dict::Dict;
use crate::object::heap::Kind;
use crate::object::iter::{DictPart, DictView};
use crate::object::reflect::GenericAlias;
use crate::object::text::{ByteArray, Str};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::asked::{Asked, Question};

impl Vm {
    /// `len(v)`, by re-entry for a user-defined `__len__`.
    ///
    /// # Errors
    /// TypeError if it has none.
    pub fn len(&mut self, v: Value) -> Outcome<i64> {
        let outcome = self.len_tail(v);
        let result = self.settle(outcome)?;
        Ok(result.as_i64().unwrap_or(0))
    }

    /// `len(v)`; a user-defined `__len__` comes as a pending call.
    ///
    /// # Errors
    /// As [`Vm::len`].
    pub fn len_tail(&mut self, v: Value) -> Outcome {
        if is_plain_object(v)
            && let Some(len) = native_len(v)
        {
            return Ok(Ref::int(len as i64));
        }
        let name = self.names.len;
        match self.overriding(v, name) {
            Some(method) if method.is_kind(Kind::Native) => self.call_or_tail(v, method, name, &[]),
            Some(method) if !method.is_none() => {
                Err(self.tail_ask(method, "length_of", Asked::first(Question::Length, v, Value::NONE)))
            }
            _ => self.len_native(v),
        }
    }

    /// The length as the built-in type of `v` defines it.
    ///
    /// # Errors
    /// TypeError if it has none; OverflowError for a range of more than `sys.maxsize` items.
    pub fn len_native(&mut self, v: Value) -> Outcome {
        if let Some(len) = native_len(v) {
            return Ok(Ref::int(len as i64));
        }
        if let Some(range) = v.get::<Range>() {
            let len = super::equality::plain_range(range).map_or(Ref::int(0), |ints| ints.len().into());
            return match len.as_i64() {
                Some(_) => Ok(len),
                None => Err(self.overflow_error("Python int too large to convert to C ssize_t")),
            };
        }
        let message = format!("object of type '{}' has no len()", self.type_name(v));
        Err(self.type_error(message))
    }

    /// `v[i]`; user-defined `__getitem__`, `__missing__` and `__class_getitem__` come as pending calls.
    #[inline]
    pub fn get_item(&mut self, v: Value, i: Value) -> Outcome {
        if is_plain_object(v) {
            if let Some(list) = v.get::<List>()
                && i.is_int()
            {
                let len = list.items.len();
                let at = i.as_small_int();
                let at = if at < 0 { at + len as i64 } else { at } as usize;
                if let Some(item) = list.items.get(at) {
                    return Ok(item.clone());
                }
                return Err(self.index_error("list index out of range"));
            }
            match v.kind() {
                Some(Kind::Dict) => {
                    let (_, at) = self.dict_find(v, i)?;
                    return match at.and_then(|at| Some(v.get::<Dict>()?.value_at(at).to_ref())) {
                        Some(value) => Ok(value),
                        None => Err(self.key_error(i)),
                    };
                }
                Some(Kind::Tuple) if i.is_int() => {
                    let items = v.get::<Tuple>().map_or(&[][..], Tuple::items);
                    let at = i.as_small_int();
                    let at = if at < 0 { at + items.len() as i64 } else { at } as usize;
                    return match items.get(at) {
                        Some(item) => Ok(item.clone()),
                        None => Err(self.index_error("tuple index out of range")),
                    };
                }
                Some(Kind::Str) if i.is_int() => {
                    if let Some(text) = v.get::<Str>()
                        && text.is_ascii()
                    {
                        let bytes = text.as_str().as_bytes();
                        let at = i.as_small_int();
                        let at = if at < 0 { at + bytes.len() as i64 } else { at } as usize;
                        return match bytes.get(at) {
                            Some(byte) => Ok(Ref::char(char::from(*byte))),
                            None => Err(self.index_error("string index out of range")),
                        };
                    }
                    return self.sequence_item(v, i);
                }
                Some(Kind::List | Kind::Tuple | Kind::Str | Kind::Bytes | Kind::ByteArray | Kind::Range) => {
                    return self.sequence_item(v, i);
                }
                _ => {}
            }
        }
        self.get_item_special(v, i)
    }

    fn get_item_special(&mut self, v: Value, i: Value) -> Outcome {
        let name = self.names.getitem;
        if let Some(method) = self.overriding(v, name)
            && !method.is_none()
        {
            return self.call_or_tail(v, method, name, &[i]);
        }
        match v.kind() {
            Some(Kind::Dict) => self.dict_item(v, i),
            Some(Kind::List | Kind::Tuple | Kind::Str | Kind::Bytes | Kind::ByteArray | Kind::Range) => {
                self.sequence_item(v, i)
            }
            Some(Kind::Type) => self.class_item(v, i),
            _ => {
                let message = format!("'{}' object is not subscriptable", self.type_name(v));
                Err(self.type_error(message))
            }
        }
    }

    /// `Class[i]`
    fn class_item(&mut self, class: Value, i: Value) -> Outcome {
        if class == self.types.type_.value() {
            return Ok(GenericAlias::alloc(class.to_ref(), i.to_ref()));
        }
        let name = self.names.class_getitem;
        match self.get_attr_opt(class, name)? {
            Some(method) => Err(self.tail_call(*method, &[i])),
            None => {
                let name = class.as_type().map(|ty| ty.name_text()).unwrap_or_default();
                Err(self.type_error(format!("type '{name}' is not subscriptable")))
            }
        }
    }

    /// `dict[key]` as `dict` defines it: `__missing__` of a subclass is asked for an absent key.
    pub fn dict_item(&mut self, dict: Value, key: Value) -> Outcome {
        if let Some(value) = self.dict_get(dict, key)? {
            return Ok(value);
        }
        if !is_plain_object(dict) {
            let name = self.names.missing;
            if let Some(method) = self.special(dict, name) {
                return self.call_or_tail(dict, method, name, &[key]);
            }
        }
        Err(self.key_error(key))
    }

    /// An item or slice as the built-in sequence type of `v` defines it.
    pub fn sequence_item(&mut self, v: Value, i: Value) -> Outcome {
        if i.is_kind(Kind::Slice) {
            return self.sequence_slice(v, i);
        }
        let Some(kind) = v.kind() else { return Err(Signal::Raised) };
        if kind == Kind::Range {
            return self.range_item(v, i);
        }
        let index = self.item_index(kind, i)?;
        let position = |len: usize| crate::object::algo::slice_index::position(index, len);
        let item = match kind {
            Kind::Str => v.get::<Str>().and_then(|s| s.char_at(position(s.char_len())?)).map(Ref::char),
            Kind::Bytes | Kind::ByteArray => {
                v.as_bytes().and_then(|b| position(b.len()).map(|at| Ref::int(i64::from(b[at]))))
            }
            _ => v.as_sequence().and_then(|items| position(items.len()).map(|at| items[at].clone())),
        };
        match item {
            Some(item) => Ok(item),
            None => Err(self.index_error(match kind {
                Kind::Str => "string index out of range",
                Kind::Bytes => "index out of range",
                Kind::ByteArray => "bytearray index out of range",
                Kind::Tuple => "tuple index out of range",
                _ => "list index out of range",
            })),
        }
    }

    /// `v[i] = value`; a user-defined `__setitem__` comes as a pending call, whose result means nothing.
    #[inline]
    pub fn set_item(&mut self, v: Value, i: Value, value: Value) -> Outcome {
        if is_plain_object(v) {
            if let Some(list) = v.get_mut::<List>()
                && i.is_int()
            {
                let len = list.items.len();
                let at = i.as_small_int();
                let at = if at < 0 { at + len as i64 } else { at } as usize;
                if let Some(slot) = list.items.get_mut(at) {
                    let old = std::mem::replace(slot, value.to_ref());
                    drop(old);
                    return Ok(Ref::NONE);
                }
                return Err(self.index_error("list assignment index out of range"));
            }
            if v.is_kind(Kind::Dict) {
                self.dict_set(v, i, value.to_ref())?;
                return Ok(Ref::NONE);
            }
        }
        let name = self.names.setitem;
        if let Some(method) = self.overriding(v, name)
            && !method.is_none()
        {
            return self.call_or_tail(v, method, name, &[i, value]);
        }
        self.set_item_native(v, i, value)
    }

    /// Assignment as the built-in type of `v` defines it.
    pub fn set_item_native(&mut self, v: Value, i: Value, value: Value) -> Outcome {
        match v.kind() {
            Some(Kind::Dict) => {
                self.dict_set(v, i, value.to_ref())?;
                Ok(Ref::NONE)
            }
            Some(Kind::List | Kind::ByteArray) if i.is_kind(Kind::Slice) => self.assign_slice(v, i, value),
            Some(kind @ Kind::List) => {
                let index = self.item_index(kind, i)?;
                let slot = v.get_mut::<List>().and_then(|list| {
                    let at = crate::object::algo::slice_index::position(index, list.items.len())?;
                    list.items.get_mut(at)
                });
                match slot {
                    Some(slot) => {
                        let old = std::mem::replace(slot, value.to_ref());
                        drop(old);
                        Ok(Ref::NONE)
                    }
                    None => Err(self.index_error("list assignment index out of range")),
                }
            }
            Some(kind @ Kind::ByteArray) => {
                let index = self.item_index(kind, i)?;
                let byte = self.byte_of(value)?;
                let slot = v.get_mut::<ByteArray>().and_then(|array| {
                    let at = crate::object::algo::slice_index::position(index, array.bytes.len())?;
                    array.bytes.get_mut(at)
                });
                match slot {
                    Some(slot) => {
                        *slot = byte;
                        Ok(Ref::NONE)
                    }
                    None => Err(self.index_error("bytearray index out of range")),
                }
            }
            _ => {
                let message = format!("'{}' object does not support item assignment", self.type_name(v));
                Err(self.type_error(message))
            }
        }
    }

    /// `del v[i]`; a user-defined `__delitem__` comes as a pending call, whose result means nothing.
    pub fn del_item(&mut self, v: Value, i: Value) -> Outcome {
        let name = self.names.delitem;
        if let Some(method) = self.overriding(v, name)
            && !method.is_none()
        {
            return self.call_or_tail(v, method, name, &[i]);
        }
        self.del_item_native(v, i)
    }

    /// Deletion as the built-in type of `v` defines it.
    pub fn del_item_native(&mut self, v: Value, i: Value) -> Outcome {
        match v.kind() {
            Some(Kind::Dict) => match self.dict_del(v, i)? {
                Some(_) => Ok(Ref::NONE),
                None => Err(self.key_error(i)),
            },
            Some(Kind::List | Kind::ByteArray) if i.is_kind(Kind::Slice) => self.delete_slice(v, i),
            Some(kind @ Kind::List) => {
                let index = self.item_index(kind, i)?;
                let removed = v.get_mut::<List>().and_then(|list| {
                    let at = crate::object::algo::slice_index::position(index, list.items.len())?;
                    Some(list.items.remove(at))
                });
                match removed {
                    Some(_) => Ok(Ref::NONE),
                    None => Err(self.index_error("list assignment index out of range")),
                }
            }
            Some(kind @ Kind::ByteArray) => {
                let index = self.item_index(kind, i)?;
                let removed = v.get_mut::<ByteArray>().and_then(|array| {
                    let at = crate::object::algo::slice_index::position(index, array.bytes.len())?;
                    Some(array.bytes.remove(at))
                });
                match removed {
                    Some(_) => Ok(Ref::NONE),
                    None => Err(self.index_error("bytearray index out of range")),
                }
            }
            kind => {
                // An item of a sequence is worded differently.
                let verb = match kind {
                    Some(Kind::Tuple | Kind::Str | Kind::Bytes | Kind::Range) if i.as_int().is_some() => "doesn't",
                    _ => "does not",
                };
                let message = format!("'{}' object {verb} support item deletion", self.type_name(v));
                Err(self.type_error(message))
            }
        }
    }

    /// `item in container`, by re-entry for user-defined methods.
    pub fn contains(&mut self, container: Value, item: Value) -> Outcome<bool> {
        let outcome = self.contains_tail(container, item);
        let answer = self.settle(outcome)?;
        self.truth(*answer)
    }

    /// `item in container` as a value whose truth is the answer; user-defined methods come as pending calls.
    pub fn contains_tail(&mut self, container: Value, item: Value) -> Outcome {
        if is_plain_object(container)
            && let Some(found) = self.contains_native(container, item)?
        {
            return Ok(Ref::bool(found));
        }
        let name = self.names.contains;
        match self.overriding(container, name) {
            Some(method) if !method.is_none() => return self.call_or_tail(container, method, name, &[item]),
            Some(_) => {
                let message = format!("'{}' object is not a container", self.type_name(container));
                return Err(self.type_error(message));
            }
            None => {}
        }
        if let Some(found) = self.contains_native(container, item)? {
            return Ok(Ref::bool(found));
        }
        self.contains_by_iteration(container, item)
    }

    fn contains_by_iteration(&mut self, container: Value, item: Value) -> Outcome {
        let (iter, getitem) = (self.names.iter, self.names.getitem);
        let iterable = match self.special(container, iter) {
            Some(method) => !method.is_none(),
            None => self.special(container, getitem).is_some(),
        };
        if !iterable {
            let message = format!("argument of type '{}' is not iterable", self.type_name(container));
            return Err(self.type_error(message));
        }
        if super::lazy::is_leaf(container, 0) {
            loop {
                match self.next(container) {
                    Step::Item(candidate) => {
                        if self.equal(*candidate, item)? {
                            return Ok(Ref::bool(true));
                        }
                    }
                    Step::End | Step::Return(_) => return Ok(Ref::bool(false)),
                    Step::Raised | Step::Call => return Err(Signal::Raised),
                }
            }
        }
        Err(self.tail_prelude("contains_by_iteration", &[container, item]))
    }

    /// Membership as the built-in type of the container defines it; `None` if it defines none.
    pub fn contains_native(&mut self, container: Value, item: Value) -> Outcome<Option<bool>> {
        let Some(kind) = container.kind() else { return Ok(None) };
        Ok(Some(match kind {
            Kind::List | Kind::Tuple => self.position_of(container, item, 0, usize::MAX)?.is_some(),
            Kind::Dict => self.dict_find(container, item)?.1.is_some(),
            Kind::Set | Kind::FrozenSet => self.set_contains(container, item)?,
            Kind::Str => match (container.as_str(), item.as_str()) {
                (Some(text), Some(part)) => text.contains(part),
                _ => {
                    let name = self.type_name(item);
                    return Err(self.type_error(format!("'in <string>' requires string as left operand, not {name}")));
                }
            },
            Kind::Bytes | Kind::ByteArray => self.bytes_contain(container, item)?,
            Kind::Range => return self.range_contains(container, item),
            Kind::DictView => match container.get::<DictView>() {
                Some(DictView { dict, part: DictPart::Keys, .. }) => self.dict_find(**dict, item)?.1.is_some(),
                Some(DictView { dict, part: DictPart::Items, .. }) => self.view_has_pair(**dict, item)?,
                _ => return self.values_contain(container, item).map(Some),
            },
            _ => return Ok(None),
        }))
    }

    /// The first position from `start` to `stop` of an item equal to `item` in a list or tuple.
    pub fn position_of(&mut self, sequence: Value, item: Value, start: usize, stop: usize) -> Outcome<Option<usize>> {
        let mut at = start;
        while at < stop {
            let Some(candidate) = sequence.as_sequence().and_then(|items| items.get(at)) else { break };
            if candidate.value() == item {
                return Ok(Some(at));
            }
            // Only what may run Coro code needs to be kept alive.
            let found = if candidate.is_ptr() {
                let candidate = candidate.clone();
                self.equal(*candidate, item)?
            } else {
                let candidate = candidate.value();
                self.equal(candidate, item)?
            };
            if found {
                return Ok(Some(at));
            }
            at += 1;
        }
        Ok(None)
    }

    fn bytes_contain(&mut self, container: Value, item: Value) -> Outcome<bool> {
        if item.as_int().is_some() {
            let byte = self.byte_of(item)?;
            return Ok(container.as_bytes().is_some_and(|b| b.contains(&byte)));
        }
        match (container.as_bytes(), item.as_bytes()) {
            (Some(bytes), Some(part)) => Ok(memchr::memmem::find(bytes, part).is_some()),
            _ => {
                let message = format!("a bytes-like object is required, not '{}'", self.type_name(item));
                Err(self.type_error(message))
            }
        }
    }

    fn view_has_pair(&mut self, dict: Value, item: Value) -> Outcome<bool> {
        let Some(pair) = item.get::<Tuple>() else { return Ok(false) };
        let [key, value] = pair.values() else { return Ok(false) };
        match self.dict_get(dict, *key)? {
            Some(found) => self.equal(*found, *value),
            None => Ok(false),
        }
    }

    fn values_contain(&mut self, view: Value, item: Value) -> Outcome<bool> {
        let Some(iterator) = self.iter_native(view) else { return Ok(false) };
        loop {
            match self.next(*iterator) {
                Step::Item(candidate) => {
                    if self.equal(*candidate, item)? {
                        return Ok(true);
                    }
                }
                Step::Raised | Step::Call => return Err(Signal::Raised),
                Step::End | Step::Return(_) => return Ok(false),
            }
        }
    }
}

/// The length of containers and text that have one at hand.
fn native_len(v: Value) -> Option<usize> {
    Some(match v.kind()? {
        Kind::List | Kind::Tuple => v.as_sequence()?.len(),
        Kind::Dict => v.get::<Dict>()?.len(),
        Kind::Str => v.get::<Str>()?.char_len(),
        Kind::Set | Kind::FrozenSet => v.as_set()?.len(),
        Kind::Bytes | Kind::ByteArray => v.as_bytes()?.len(),
        Kind::DictView => v.get::<DictView>()?.dict.get::<Dict>()?.len(),
        _ => return None,
    })
}
