//! Which attributes a value has: for `dir()` and for suggestions in diagnostics.

use crate::object::call::Outcome;
use crate::object::dict::Dict;
use crate::object::function::Module;
use crate::object::types::{Instance, TypeRef};
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;
use rustc_hash::FxHashSet;

impl Vm {
    /// Names of the value's attributes, each once, unsorted: its own, its class's, and those of the class's bases.
    pub fn attribute_names(&mut self, value: Value) -> Vec<Value> {
        let mut names = Vec::new();
        let mut seen = FxHashSet::default();
        let mut add = |name: Value| {
            if name.as_str().is_some() && seen.insert(atom::intern_value(name)) {
                names.push(name);
            }
        };
        match value.kind() {
            Some(Kind::Module) => {
                if let Some(module) = value.get::<Module>() {
                    module.globals.entries().into_iter().for_each(|(name, _)| add(name));
                }
                return names;
            }
            Some(Kind::Type) => {
                if let Some(class) = value.as_type() {
                    class_names(class, &mut add);
                }
                return names;
            }
            Some(Kind::Instance) => {
                if let Some(instance) = value.get::<Instance>() {
                    instance.attrs().into_iter().for_each(|(name, _)| add(name));
                }
            }
            _ => {
                let dict = self.own_dict(value, false);
                if let Some(dict) = dict.as_ref().and_then(|d| d.get::<Dict>()) {
                    dict.iter().for_each(|entry| add(*entry.key));
                }
            }
        }
        class_names(self.type_of(value), &mut add);
        names
    }

    /// `dir(value)`: a sorted list.
    pub fn dir(&mut self, value: Value) -> Outcome {
        let hook = match value.get::<Module>() {
            Some(module) => module.globals.get(self.names.dir),
            None => None,
        };
        let names = match hook {
            Some(hook) => self.call_values(hook, &[])?,
            None => match self.call_special(value, self.names.dir, &[])? {
                Some(names) => names,
                None => return Err(self.type_error("object does not provide __dir__")),
            },
        };
        let mut items = self.collect(*names)?;
        if items.iter().all(|item| item.as_str().is_some()) {
            items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        }
        Ok(Ref::list(items))
    }
}

fn class_names(class: TypeRef, add: &mut impl FnMut(Value)) {
    for ty in class.mro.borrow().iter() {
        ty.dict.borrow().keys().for_each(|name| add(*name));
    }
}
