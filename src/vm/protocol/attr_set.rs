//! Attribute access: setting and deleting.

use super::descriptor::Descriptor;
use crate::object::call::{Outcome, Signal};
use crate::object::function::Module;
use crate::object::types::{TypeRef, type_flag};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;

impl Vm {
    /// `value.name = new`, by re-entry if it takes Coro code.
    pub fn set_attr(&mut self, value: Value, name: Value, new: Ref) -> Outcome<()> {
        let outcome = self.set_attr_tail(value, name, new);
        self.settle_unit(outcome)
    }

    /// `del value.name`, by re-entry if it takes Coro code.
    pub fn del_attr(&mut self, value: Value, name: Value) -> Outcome<()> {
        let outcome = self.del_attr_tail(value, name);
        self.settle_unit(outcome)
    }

    fn settle_unit(&mut self, outcome: Outcome<()>) -> Outcome<()> {
        match outcome {
            Err(Signal::Call) => self.settle(Err(Signal::Call)).map(drop),
            other => other,
        }
    }

    /// `value.name = new`; may leave a call to the machine, whose result is to be dropped.
    pub fn set_attr_tail(&mut self, value: Value, name: Value, new: Ref) -> Outcome<()> {
        let ty = self.type_of(value);
        if ty.has(type_flag::SETATTR)
            && let Some(hook) = ty.lookup(self.names.setattr)
        {
            return Err(self.tail_call(hook, &[value, name, *new]));
        }
        self.generic_set_attr(value, ty, name, Some(new))
    }

    /// `del value.name`; may leave a call to the machine, whose result is to be dropped.
    pub fn del_attr_tail(&mut self, value: Value, name: Value) -> Outcome<()> {
        let ty = self.type_of(value);
        if ty.has(type_flag::DELATTR)
            && let Some(hook) = ty.lookup(self.names.delattr)
        {
            return Err(self.tail_call(hook, &[value, name]));
        }
        self.generic_set_attr(value, ty, name, None)
    }

    /// What `object.__setattr__` and `object.__delattr__` (`new` is None) do: no hooks of the class.
    pub fn generic_set_attr(&mut self, value: Value, ty: TypeRef, name: Value, new: Option<Ref>) -> Outcome<()> {
        let found = ty.lookup(name);
        let kind = found.map_or(Descriptor::Plain, |attr| self.descriptor_kind(attr));
        if let Some(attr) = found
            && kind.is_data()
        {
            return self.write_descriptor(attr, kind, value, name, new);
        }
        match value.kind() {
            Some(Kind::Type) => match value.as_type() {
                Some(class) => self.set_class(class, name, new),
                None => Ok(()),
            },
            Some(Kind::Module) => self.set_module(value, name, new),
            Some(Kind::Instance | Kind::Function | Kind::Exception) if !ty.has(type_flag::NO_DICT) => {
                self.write_own(value, name, new)
            }
            Some(Kind::Future | Kind::Task) if value.tail().is_none() => self.write_own(value, name, new),
            _ if value.tail().is_some() && !ty.has(type_flag::NO_DICT) => self.write_own(value, name, new),
            _ => Err(self.cannot_set(value, name, found.is_some())),
        }
    }

    fn write_own(&mut self, value: Value, name: Value, new: Option<Ref>) -> Outcome<()> {
        match new {
            Some(new) => {
                let old = self.set_own_attr(value, name, new);
                drop(old);
                Ok(())
            }
            None => match self.del_own_attr(value, name) {
                Some(old) => {
                    drop(old);
                    Ok(())
                }
                None => Err(self.no_attribute(value, name)),
            },
        }
    }

    /// Sets or deletes an attribute of a class.
    fn set_class(&mut self, class: TypeRef, name: Value, new: Option<Ref>) -> Outcome<()> {
        if class.builtin {
            let verb = if new.is_some() { "set" } else { "delete" };
            let message = format!(
                "cannot {verb} '{}' attribute of immutable type '{}'",
                name.as_str().unwrap_or("?"),
                class.name_text()
            );
            return Err(self.type_error(message));
        }
        let old = match new {
            Some(new) => class.dict.borrow_mut().insert(name, new),
            None if self.delete_class_attr(class, name) => return Ok(()),
            None => return Err(self.no_attribute(class.value(), name)),
        };
        self.class_changed(class);
        drop(old);
        Ok(())
    }

    /// Takes an attribute out of a class's own dict; false if it is not there.
    pub fn delete_class_attr(&mut self, class: TypeRef, name: Value) -> bool {
        let old = class.dict.borrow_mut().shift_remove(&name);
        if old.is_some() {
            self.class_changed(class);
        }
        old.is_some()
    }

    fn set_module(&mut self, value: Value, name: Value, new: Option<Ref>) -> Outcome<()> {
        let Some(globals) = value.get::<Module>().map(|module| module.globals) else { return Ok(()) };
        match new {
            Some(new) => globals.set(name, new),
            None if globals.get(name).is_some() => {
                globals.remove(name);
            }
            None => return Err(self.no_attribute(value, name)),
        }
        Ok(())
    }

    /// The object has no attributes of its own (or not that one).
    #[cold]
    fn cannot_set(&mut self, value: Value, name: Value, in_class: bool) -> Signal {
        let (class, wanted) = (self.type_name(value), name.as_str().unwrap_or("?").to_owned());

        let message = if in_class {
            format!("'{class}' object attribute '{wanted}' is read-only")
        } else {
            format!("'{class}' object has no attribute '{wanted}' and no __dict__ for setting new attributes")
        };
        self.missing_attribute(message, value, name)
    }
}
