//! What `match` asks of its subject (PEP 634).

use super::Vm;
use crate::object::call::{Outcome, Signal};
use crate::object::dict::Dict;
use crate::object::types::{Instance, TypeRef, type_flag};
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::protocol::iterate::is_plain_object;
use std::rc::Rc;

impl Vm {
    /// A sequence in the sense of PEP 634.
    pub(super) fn matches_sequence(&self, subject: Value) -> bool {
        match subject.kind() {
            Some(Kind::List | Kind::Tuple | Kind::Range) => {
                is_plain_object(subject) || !self.type_of(subject).has(type_flag::MAPPING)
            }
            Some(Kind::Instance | Kind::Opaque) => self.type_of(subject).has(type_flag::SEQUENCE),
            _ => false,
        }
    }

    /// A mapping in the sense of PEP 634.
    pub(super) fn matches_mapping(&self, subject: Value) -> bool {
        match subject.kind() {
            Some(Kind::MappingProxy) => true,
            Some(Kind::Dict) => is_plain_object(subject) || !self.type_of(subject).has(type_flag::SEQUENCE),
            Some(Kind::List | Kind::Tuple) => {
                !is_plain_object(subject) && self.type_of(subject).has(type_flag::MAPPING)
            }
            Some(Kind::Instance | Kind::Opaque) => self.type_of(subject).has(type_flag::MAPPING),
            _ => false,
        }
    }

    pub(super) fn match_keys(&mut self, subject: Value, keys: Value) -> Outcome {
        let keys = keys.as_sequence().unwrap_or(&[]).to_vec();
        for (i, key) in keys.iter().enumerate() {
            for earlier in &keys[..i] {
                if self.equal(**key, **earlier)? {
                    let shown = self.repr(**key)?;
                    let message =
                        format!("mapping pattern checks duplicate key ({})", shown.as_str().unwrap_or_default());
                    return Err(self.value_error(message));
                }
            }
        }
        let mut values = Vec::with_capacity(keys.len());
        let exact = std::ptr::eq(self.type_of(subject), self.types.dict);
        let get = if exact { Ref::NONE } else { self.get_attr(subject, atom::intern("get"))? };
        let missing = Instance::alloc(self.types.object);
        for key in &keys {
            let found = match subject.get::<Dict>() {
                Some(_) if exact => self.dict_get(subject, **key)?,
                _ => Some(self.call_values(*get, &[**key, *missing])?).filter(|value| **value != *missing),
            };
            match found {
                Some(value) => values.push(value),
                None => return Ok(Ref::NONE),
            }
        }
        Ok(Ref::tuple(values))
    }

    /// The items whose keys are not among `keys`, as a dict.
    pub(super) fn match_rest(&mut self, subject: Value, keys: Value) -> Outcome {
        let dict_type = self.types.dict;
        let rest = self.call_values(dict_type.value(), &[subject])?;
        for key in keys.as_sequence().unwrap_or(&[]) {
            self.del_item(*rest, **key)?;
        }
        Ok(rest)
    }

    /// The attributes that a class pattern looks at, or None if the subject is not of the class.
    pub(super) fn match_class(
        &mut self,
        subject: Value,
        class: Value,
        positional: usize,
        names: &[Rc<str>],
    ) -> Outcome {
        let Some(ty) = class.as_type() else { return Err(self.type_error("called match pattern must be a class")) };
        if !self.is_instance(subject, class)? {
            return Ok(Ref::NONE);
        }
        let mut wanted: Vec<Value> = Vec::new();
        let mut values = Vec::with_capacity(positional + names.len());
        if positional > 0 {
            if self.matches_itself(ty) {
                if positional > 1 {
                    return Err(self.too_many_patterns(ty, 1, positional));
                }
                values.push(subject.to_ref());
            } else {
                wanted = self.match_args(ty, positional)?;
            }
        }
        for name in names {
            let name = atom::intern(name);
            if wanted.contains(&name) {
                let message = format!(
                    "{}() got multiple sub-patterns for attribute '{}'",
                    ty.name_text(),
                    name.as_str().unwrap_or("?")
                );
                return Err(self.type_error(message));
            }
            wanted.push(name);
        }
        for name in wanted {
            match self.get_attr_opt(subject, name)? {
                Some(value) => values.push(value),
                None => return Ok(Ref::NONE),
            }
        }
        Ok(Ref::tuple(values))
    }

    /// Built-in types whose only positional sub-pattern is the subject itself.
    fn matches_itself(&self, class: TypeRef) -> bool {
        let t = &self.types;
        let selves =
            [t.bool_, t.bytearray, t.bytes, t.dict, t.float, t.frozenset, t.int, t.list, t.set, t.str_, t.tuple];
        class.lookup(self.names.match_args).is_none() && selves.iter().any(|ty| class.is_subclass(ty))
    }

    fn match_args(&mut self, class: TypeRef, positional: usize) -> Outcome<Vec<Value>> {
        let args = self.get_attr_opt(class.value(), self.names.match_args)?.unwrap_or_else(|| Ref::tuple(Vec::new()));
        let Some(items) = args.as_sequence().filter(|_| args.is_kind(Kind::Tuple)) else {
            let message =
                format!("{}.__match_args__ must be a tuple (got {})", class.name_text(), self.type_name(*args));
            return Err(self.type_error(message));
        };
        if items.len() < positional {
            return Err(self.too_many_patterns(class, items.len(), positional));
        }
        let mut names: Vec<Value> = Vec::with_capacity(positional);
        for item in &items[..positional] {
            if item.as_str().is_none() {
                let message = format!("__match_args__ elements must be strings (got {})", self.type_name(**item));
                return Err(self.type_error(message));
            }
            let name = atom::intern_value(**item);
            if names.contains(&name) {
                let message = format!(
                    "{}() got multiple sub-patterns for attribute '{}'",
                    class.name_text(),
                    name.as_str().unwrap_or("?")
                );
                return Err(self.type_error(message));
            }
            names.push(name);
        }
        Ok(names)
    }

    #[cold]
    fn too_many_patterns(&mut self, class: TypeRef, accepted: usize, given: usize) -> Signal {
        let plural = if accepted == 1 { "" } else { "s" };
        let name = class.name_text();
        self.type_error(format!("{name}() accepts {accepted} positional sub-pattern{plural} ({given} given)"))
    }

    /// An item of a sequence pattern, counted from the end if negative.
    pub(super) fn item_at(&mut self, subject: Value, index: i64) -> Outcome {
        let plain = subject.as_sequence();
        if let Some(items) = plain {
            let at = if index < 0 { index + items.len() as i64 } else { index };
            if let Some(item) = items.get(at as usize) {
                return Ok(item.clone());
            }
        }
        let index = if index < 0 && plain.is_none() { index + self.len(subject)? } else { index };
        self.get_item(subject, Value::small_int(index))
    }

    /// The items that a starred sub-pattern gets, as a list.
    pub(super) fn slice_between(&mut self, subject: Value, before: usize, after: usize) -> Outcome {
        let items = self.collect(subject)?;
        let end = items.len().saturating_sub(after).max(before);
        Ok(Ref::list(items[before.min(end)..end].to_vec()))
    }
}
