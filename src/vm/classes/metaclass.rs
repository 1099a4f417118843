//! Metaclasses: which one makes a class, the namespace it prepares (PEP 3115), and that it is called.

use super::make::Keywords;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::dict::Dict;
use crate::object::function::Native;
use crate::object::reflect::GenericAlias;
use crate::object::types::TypeRef;
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::iterate::is_plain_object;

impl Vm {
    /// What a class with these bases and keywords is made by, and the keywords without `metaclass`.
    pub(super) fn metaclass_for(&mut self, bases: &[Ref], keywords: Keywords) -> Outcome<(Value, Vec<(Value, Value)>)> {
        let is_metaclass = |key: &Value| key.as_str() == Some("metaclass");
        let given = keywords.iter().find(|(key, _)| is_metaclass(key)).map(|(_, value)| *value);
        let rest = keywords.iter().filter(|(key, _)| !is_metaclass(key)).copied().collect();
        let meta = match given {
            Some(given) => match given.as_type() {
                Some(meta) => meta,
                None => return Ok((given, rest)),
            },
            None => bases.first().map_or(self.types.type_, |base| self.type_of(**base)),
        };
        let bases: Vec<Value> = bases.iter().map(|base| base.value()).collect();
        Ok((self.winner(meta, &bases)?.value(), rest))
    }

    /// The namespace for the body: what `__prepare__` of the metaclass gives.
    pub(super) fn prepare_namespace(&mut self, meta: Value, name: Value, bases: &[Ref], keywords: Keywords) -> Outcome {
        if meta == self.types.type_.value() {
            return Ok(Dict::alloc(Dict::new()));
        }
        let hook = self.names.prepare;
        let Some(prepare) = self.get_attr_opt(meta, hook)?.filter(|prepare| !is_usual_prepare(**prepare)) else {
            return Ok(Dict::alloc(Dict::new()));
        };
        let bases = Ref::tuple(bases.to_vec());
        let mut values = vec![name, *bases];
        values.extend(keywords.iter().map(|(_, value)| *value));
        let names: Vec<Value> = keywords.iter().map(|(key, _)| *key).collect();
        let namespace = self.call(*prepare, Args { values: &values, names: &names })?;
        let getitem = self.names.getitem;
        if self.special(*namespace, getitem).is_none() {
            let maker = meta.as_type().map_or("<metaclass>".to_owned(), |meta| meta.name_text());
            let given = self.type_name(*namespace);
            return Err(self.type_error(format!("{maker}.__prepare__() must return a mapping, not {given}")));
        }
        Ok(namespace)
    }

    /// A name in the namespace of a class body; `None` if it is not there.
    ///
    /// # Errors
    /// What a namespace of the program raises, but for KeyError.
    pub(in crate::vm) fn class_name(&mut self, namespace: Value, name: Value) -> Outcome<Option<Ref>> {
        if let Some(dict) = namespace.get::<Dict>()
            && (is_plain_object(namespace) || !self.defines_lookup(namespace))
        {
            return Ok(dict.get_atom(name).map(|value| value.to_ref()));
        }
        let outcome = self.get_item(namespace, name);
        match self.settle(outcome) {
            Ok(value) => Ok(Some(value)),
            Err(Signal::Raised) if self.raised_is(self.types.exc.key_error) => {
                drop(self.take_raised());
                Ok(None)
            }
            Err(signal) => Err(signal),
        }
    }

    /// Whether the class of a dict has a lookup of its own.
    fn defines_lookup(&mut self, namespace: Value) -> bool {
        let (getitem, missing) = (self.names.getitem, self.names.missing);
        self.special(namespace, missing).is_some()
            || self.special(namespace, getitem).is_none_or(|method| !method.is_kind(Kind::Native))
    }

    pub(super) fn call_metaclass(
        &mut self,
        meta: Value,
        name: Value,
        namespace: Value,
        bases: &[Ref],
        keywords: Keywords,
    ) -> Outcome {
        let bases = Ref::tuple(bases.to_vec());
        let mut values = vec![name, *bases, namespace];
        values.extend(keywords.iter().map(|(_, value)| *value));
        let names: Vec<Value> = keywords.iter().map(|(key, _)| *key).collect();
        self.call(meta, Args { values: &values, names: &names })
    }

    /// PEP 560: what is not a type may say which bases stand for it.
    pub(super) fn resolve_bases(&mut self, bases: &[Value]) -> Outcome<Vec<Ref>> {
        let mut resolved = Vec::with_capacity(bases.len());
        for base in bases {
            if base.is_kind(Kind::Type) {
                resolved.push(base.to_ref());
            } else if let Some(alias) = base.get::<GenericAlias>() {
                resolved.push(alias.origin.clone());
            } else {
                let all = Ref::tuple_of(bases);
                match self.call_special(*base, self.names.mro_entries, &[*all])? {
                    Some(entries) => match entries.as_sequence() {
                        Some(items) => resolved.extend(items.iter().cloned()),
                        None => return Err(self.type_error("__mro_entries__ must return a tuple")),
                    },
                    None => resolved.push(base.to_ref()),
                }
            }
        }
        Ok(resolved)
    }

    /// The most derived of a metaclass and those of the bases.
    pub(super) fn winner(&mut self, meta: TypeRef, bases: &[Value]) -> Outcome<TypeRef> {
        let mut winner = meta;
        for base in bases {
            let other = self.type_of(*base);
            if other.is_subclass(winner) {
                winner = other;
            } else if !winner.is_subclass(other) {
                return Err(self.type_error(
                    "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the \
                     metaclasses of all its bases",
                ));
            }
        }
        Ok(winner)
    }
}

/// `type.__prepare__`, bound or not.
fn is_usual_prepare(prepare: Value) -> bool {
    let native = match prepare.get::<crate::object::function::BoundMethod>() {
        Some(bound) => bound.func.get::<Native>(),
        None => prepare.get::<Native>(),
    };
    native.is_some()
}
