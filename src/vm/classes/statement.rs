//! The `class` statement: runs the body in a new namespace, then makes the class.

use crate::object::call::{Outcome, Signal};
use crate::object::container::Tuple;
use crate::object::dict::Dict;
use crate::object::types::TypeRef;
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;

impl Vm {
    /// `class name(*bases, **keywords): body`; `keywords` is a dict or None.
    pub(in crate::vm) fn class_statement(
        &mut self,
        name: Value,
        body: Value,
        bases: Value,
        keywords: Value,
    ) -> Outcome {
        let bases = bases.to_ref();
        let given: Vec<Value> = bases.get::<Tuple>().map(|t| t.values().to_vec()).unwrap_or_default();
        let pairs: Vec<(Value, Value)> = match keywords.get::<Dict>() {
            Some(dict) => dict.iter().map(|e| (atom::intern_value(*e.key), *e.value)).collect(),
            None => Vec::new(),
        };
        let resolved = self.resolve_bases(&given)?;
        let (meta, rest) = self.metaclass_for(&resolved, &pairs)?;
        let namespace = self.prepare_namespace(meta, name, &resolved, &rest)?;
        let cell = self.run_class_body(body, *namespace)?;
        if resolved.iter().map(|base| base.value()).ne(given.iter().copied()) {
            self.set_class_name(*namespace, self.names.orig_bases, *bases)?;
        }
        if !cell.is_none() {
            self.set_class_name(*namespace, self.names.classcell, *cell)?;
        }
        let Some(meta) = meta.as_type().filter(|meta| !self.makes_by_itself(meta)) else {
            return self.call_metaclass(meta, name, *namespace, &resolved, &rest);
        };
        let types = self.base_types(&resolved)?;
        self.build_class(meta, name, &types, *namespace, &rest)
    }

    /// The metaclass does more than `type`.
    fn makes_by_itself(&mut self, meta: TypeRef) -> bool {
        let custom = |ty: TypeRef, hook: Value| ty.lookup(hook).is_some_and(|f| !f.is_kind(Kind::Native));
        let metameta = self.type_of(meta.value());
        !meta.is_subclass(self.types.type_)
            || custom(meta, self.names.new)
            || custom(meta, self.names.init)
            || custom(metameta, self.names.call)
    }

    fn set_class_name(&mut self, namespace: Value, name: Value, value: Value) -> Outcome<()> {
        let outcome = self.set_item(namespace, name, value);
        self.settle(outcome).map(|_| ())
    }

    /// `**mapping` in a call: keys must be new strings. `callee` is for the message.
    pub(in crate::vm) fn merge_keywords(&mut self, dict: Value, mapping: Value, callee: Value) -> Outcome<()> {
        let source = match mapping.get::<Dict>() {
            Some(_) => mapping.to_ref(),
            None => {
                let fresh = Dict::alloc(Dict::new());
                let keys = self.names.keys;
                if self.get_attr_opt(mapping, keys)?.is_none() {
                    let (f, t) = (self.callee_name(callee), self.type_name(mapping));
                    return Err(self.type_error(format!("{f} argument after ** must be a mapping, not {t}")));
                }
                self.dict_merge(*fresh, mapping)?;
                fresh
            }
        };
        let entries = source.get::<Dict>().map(Dict::atom_entries).unwrap_or_default();
        for (key, value) in entries {
            let Some(text) = key.as_str() else {
                // What cannot be called at all is the first complaint.
                let message = match self.is_callable(callee) {
                    true => "keywords must be strings".to_owned(),
                    false => format!("'{}' object is not callable", self.type_name(callee)),
                };
                return Err(self.type_error(message));
            };
            let known = dict.get::<Dict>().is_some_and(|d| d.get_atom(key).is_some());
            if known {
                let f = self.callee_name(callee);
                let message = format!("{f} got multiple values for keyword argument '{text}'");
                return Err(self.type_error(message));
            }
            if let Some(target) = dict.get_mut::<Dict>() {
                let old = target.set_atom(key, value.to_ref());
                drop(old);
            }
        }
        Ok(())
    }

    /// The callee as messages name it: module and qualified name.
    pub(in crate::vm) fn callee_name(&mut self, callee: Value) -> String {
        let qualname = self.names.qualname;
        let module = self.names.module;
        let text = |vm: &mut Vm, name: Value| -> Option<String> {
            match vm.get_attr_opt(callee, name) {
                Ok(found) => found.and_then(|f| f.as_str().map(str::to_owned)),
                Err(Signal::Raised | Signal::Call) => {
                    drop(vm.take_raised());
                    None
                }
            }
        };
        let (module, qualname) = (text(self, module), text(self, qualname));
        match (module, qualname) {
            (Some(module), Some(name)) if module != "builtins" => format!("{module}.{name}()"),
            (_, Some(name)) => format!("{name}()"),
            _ => self.repr(callee).ok().and_then(|r| r.as_str().map(str::to_owned)).unwrap_or_default(),
        }
    }

    /// Any iterable after `*` in a call, as a list of values.
    pub(in crate::vm) fn star_arguments(&mut self, iterable: Value, callee: Value) -> Outcome<Vec<Ref>> {
        match self.collect(iterable) {
            Err(Signal::Raised) if self.raised_is(self.types.exc.type_error) && !self.is_iterable(iterable) => {
                drop(self.take_raised());
                let (f, t) = (self.callee_name(callee), self.type_name(iterable));
                Err(self.type_error(format!("{f} argument after * must be an iterable, not {t}")))
            }
            other => other,
        }
    }

    /// Whether the value can be iterated over.
    pub fn is_iterable(&mut self, value: Value) -> bool {
        let (iter, getitem) = (self.names.iter, self.names.getitem);
        match self.special(value, iter) {
            Some(method) => !method.is_none(),
            None => self.special(value, getitem).is_some(),
        }
    }
}
