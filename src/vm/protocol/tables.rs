//! Look-up, insertion and removal in dicts and sets by any key: hashing and equality may run Coro code.

use super::namespace::{is_namespace, read_slots};
use crate::object::algo::hash::hash_i64;
use crate::object::call::Outcome;
use crate::object::dict::Dict;
use crate::object::heap::Kind;
use crate::object::text::Str;
use crate::object::{Ref, Value};
use crate::vm::Vm;

impl Vm {
    /// The position of `key` in a dict, with its hash.
    ///
    /// # Errors
    /// TypeError if it is unhashable; what `__hash__` and `__eq__` raise.
    #[inline]
    pub fn dict_find(&mut self, dict: Value, key: Value) -> Outcome<(i64, Option<usize>)> {
        let Some(d) = dict.get::<Dict>() else { return Ok((0, None)) };
        if is_namespace(d) {
            read_slots(dict);
        }
        if key.is_int() {
            let hash = hash_i64(key.as_small_int());
            return match d.find_int(key) {
                Some(found) => Ok((hash, found)),
                None => Ok((hash, d.find(hash, |stored| self.equal(stored, key))?)),
            };
        }
        if super::iterate::is_plain_object(key)
            && let Some(text) = key.get::<Str>()
        {
            let hash = text.hash_value();
            return match d.find_text(text) {
                Some(found) => Ok((hash, found)),
                None => Ok((hash, d.find(hash, |stored| self.equal(stored, key))?)),
            };
        }
        let hash = self.hash(key)?;
        Ok((hash, d.find(hash, |stored| self.equal(stored, key))?))
    }

    /// The position of a key whose hash is known.
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn dict_find_hashed(&mut self, dict: Value, hash: i64, key: Value) -> Outcome<Option<usize>> {
        match dict.get::<Dict>() {
            Some(d) => d.find(hash, |stored| self.equal(stored, key)),
            None => Ok(None),
        }
    }

    /// `dict[key]` without `__missing__`; `None` if it is not there.
    ///
    /// # Errors
    /// As [`Vm::dict_find`].
    #[inline]
    pub fn dict_get(&mut self, dict: Value, key: Value) -> Outcome<Option<Ref>> {
        let (_, at) = self.dict_find(dict, key)?;
        Ok(at.and_then(|at| Some(dict.get::<Dict>()?.value_at(at).to_ref())))
    }

    /// `dict[key] = value`.
    ///
    /// # Errors
    /// As [`Vm::dict_find`].
    #[inline]
    pub fn dict_set(&mut self, dict: Value, key: Value, value: Ref) -> Outcome<()> {
        let (hash, at) = self.dict_find(dict, key)?;
        let Some(d) = dict.get_mut::<Dict>() else { return Ok(()) };
        match at {
            Some(at) => {
                let old = d.replace_at(at, value);
                drop(old);
            }
            None => d.insert_new(hash, key.to_ref(), value),
        }
        self.dict_changed(dict);
        Ok(())
    }

    /// Removes a key; its value, or `None` if it was not there.
    ///
    /// # Errors
    /// As [`Vm::dict_find`].
    pub fn dict_del(&mut self, dict: Value, key: Value) -> Outcome<Option<Ref>> {
        let (_, at) = self.dict_find(dict, key)?;
        let Some(at) = at else { return Ok(None) };
        let Some(d) = dict.get_mut::<Dict>() else { return Ok(None) };
        let (key, value) = d.remove_at(at);
        drop(key);
        self.dict_changed(dict);
        Ok(Some(value))
    }

    /// `{**target, **source}` into `target`, for any mapping.
    ///
    /// # Errors
    /// TypeError if the source is no mapping; what its methods raise.
    pub fn dict_merge(&mut self, target: Value, source: Value) -> Outcome<()> {
        if source.is_kind(Kind::Dict) {
            return self.dict_merge_entries(target, source);
        }
        let keys = self.names.keys;
        if self.get_attr_opt(source, keys)?.is_none() {
            let message = format!("'{}' object is not a mapping", self.type_name(source));
            return Err(self.type_error(message));
        }
        self.merge_mapping(target, source)
    }

    /// `target.update(source)` for a dict `source` (its own entries, whatever a subclass says).
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn dict_merge_entries(&mut self, target: Value, source: Value) -> Outcome<()> {
        if target == source {
            return Ok(());
        }
        let (Some(d), Some(from)) = (target.get_mut::<Dict>(), source.get::<Dict>()) else { return Ok(()) };
        if d.is_empty() {
            // As CPython does, the positions begin anew.
            d.clear();
            d.fill_from(from);
            return Ok(());
        }
        let (len, mut at) = (from.len(), 0);
        while at < from.positions() {
            if let Some(entry) = from.entry(at) {
                let (hash, key, value) = (entry.hash, entry.key.clone(), entry.value.clone());
                let found = d.find(hash, |stored| self.equal(stored, *key))?;
                match found {
                    Some(found) => {
                        let old = d.replace_at(found, value);
                        drop(old);
                    }
                    None => d.insert_new(hash, key, value),
                }
                if from.len() != len {
                    return Err(self.runtime_error("dict mutated during update"));
                }
            }
            at += 1;
        }
        Ok(())
    }

    /// The position of a key in a set or frozenset, with its hash.
    ///
    /// # Errors
    /// TypeError if it is unhashable; what `__hash__` and `__eq__` raise.
    #[inline]
    fn set_position(&mut self, set: Value, key: Value) -> Outcome<(i64, Option<usize>)> {
        let hash = if key.is_int() { hash_i64(key.as_small_int()) } else { self.hash(key)? };
        if let Some(table) = set.as_set()
            && let Some(at) = table.find_word(hash, key)
        {
            return Ok((hash, Some(at)));
        }
        Ok((hash, self.set_find(set, hash, key)?))
    }

    /// Adds a key to a set.
    ///
    /// # Errors
    /// TypeError if it is unhashable; what `__hash__` and `__eq__` raise.
    #[inline]
    pub fn set_add(&mut self, set: Value, key: Value) -> Outcome<()> {
        let (hash, at) = self.set_position(set, key)?;
        if at.is_none()
            && let Some(table) = set.as_set_mut()
        {
            table.insert_new(hash, key.to_ref());
        }
        Ok(())
    }

    /// `key in set`; a set as the key stands for the frozenset of its items.
    ///
    /// # Errors
    /// As [`Vm::set_add`].
    pub fn set_contains(&mut self, set: Value, key: Value) -> Outcome<bool> {
        match self.set_position(set, key) {
            Ok((_, at)) => Ok(at.is_some()),
            Err(_) if self.stands_for_frozenset(key) => {
                let frozen = self.frozen(key);
                Ok(self.set_position(set, *frozen)?.1.is_some())
            }
            Err(signal) => Err(signal),
        }
    }

    /// Removes a key from a set; whether it was there.
    ///
    /// # Errors
    /// As [`Vm::set_add`].
    pub fn set_discard(&mut self, set: Value, key: Value) -> Outcome<bool> {
        let position = match self.set_position(set, key) {
            Err(_) if self.stands_for_frozenset(key) => {
                let frozen = self.frozen(key);
                self.set_position(set, *frozen)
            }
            other => other,
        };
        let Some(at) = position?.1 else { return Ok(false) };
        let removed = set.as_set_mut().map(|table| table.remove_at(at));
        Ok(removed.is_some())
    }

    fn stands_for_frozenset(&self, key: Value) -> bool {
        key.is_kind(Kind::Set) && self.raised_is(self.types.exc.type_error)
    }

    fn frozen(&mut self, key: Value) -> Ref {
        drop(self.take_raised());
        Ref::frozenset(key.as_set().map(|table| table.copy()).unwrap_or_default())
    }
}

/// The keys of a dict or set with the hashes they have there; `None` for anything else.
pub fn hashed_keys(v: Value) -> Option<Vec<(i64, Ref)>> {
    if !super::iterate::is_plain_object(v) {
        return None;
    }
    if let Some(dict) = v.get::<Dict>() {
        return Some(dict.iter().map(|e| (e.hash, e.key.clone())).collect());
    }
    v.as_set().map(|_| super::set_algebra::entries(v))
}
