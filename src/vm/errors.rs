//! Raising exceptions from native code.

use super::Vm;
use crate::object::call::Signal;
use crate::object::exception::Exception;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};

impl Vm {
    /// A new exception of a built-in class.
    pub fn make_exception(&mut self, class: TypeRef, args: &[Value]) -> Ref {
        Exception::alloc(class, Ref::tuple_of(args))
    }

    /// Raises a built-in exception with a message.
    #[cold]
    pub fn raise(&mut self, class: TypeRef, message: impl AsRef<str>) -> Signal {
        let text = Ref::str(message.as_ref());
        let exc = self.make_exception(class, &[*text]);
        self.raise_value(exc)
    }

    /// Raises a built-in exception without arguments.
    #[cold]
    pub fn raise_bare(&mut self, class: TypeRef) -> Signal {
        let exc = self.make_exception(class, &[]);
        self.raise_value(exc)
    }

    /// Raises an exception object; the one being handled becomes its context.
    pub fn raise_value(&mut self, exc: Ref) -> Signal {
        if self.handled != Value::NONE && self.handled != *exc {
            self.set_context(*exc, self.handled);
        }
        self.raised = exc;
        Signal::Raised
    }

    /// Raises an exception object again, its context untouched.
    pub fn raise_again(&mut self, exc: Ref) -> Signal {
        self.raised = exc;
        Signal::Raised
    }

    /// `exc.__context__ = context`, cutting the chain where it would become a cycle.
    pub(super) fn set_context(&mut self, exc: Value, context: Value) {
        let mut at = context.to_ref();
        // A program may have closed a cycle elsewhere in the chain: a second walker at half the pace meets the first.
        let (mut slow, mut pace) = (at.clone(), false);
        while let Some(link) = at.get::<Exception>() {
            let next = link.context.borrow().clone();
            if next.is_none() {
                break;
            }
            if *next == exc {
                let old = link.context.replace(Ref::NONE);
                drop(old);
                break;
            }
            at = next;
            if pace {
                let behind = slow.get::<Exception>().map(|link| link.context.borrow().clone());
                slow = behind.unwrap_or(Ref::NONE);
            }
            pace = !pace;
            if *at == *slow {
                break;
            }
        }
        if let Some(object) = exc.get::<Exception>() {
            let old = object.context.replace(context.to_ref());
            drop(old);
        }
    }

    /// Takes the exception in flight.
    pub fn take_raised(&mut self) -> Ref {
        std::mem::replace(&mut self.raised, Ref::UNBOUND)
    }

    /// The exception in flight is an instance of `class`.
    pub fn raised_is(&self, class: TypeRef) -> bool {
        self.raised.exception_class().is_some_and(|c| c.is_subclass(class))
    }

    /// An exception object is an instance of `class`.
    pub fn is_instance_of(&self, exc: Value, class: TypeRef) -> bool {
        exc.exception_class().is_some_and(|c| c.is_subclass(class))
    }

    #[cold]
    pub fn type_error(&mut self, message: impl AsRef<str>) -> Signal {
        let class = self.types.exc.type_error;
        self.raise(class, message)
    }

    #[cold]
    pub fn value_error(&mut self, message: impl AsRef<str>) -> Signal {
        let class = self.types.exc.value_error;
        self.raise(class, message)
    }

    #[cold]
    pub fn index_error(&mut self, message: impl AsRef<str>) -> Signal {
        let class = self.types.exc.index_error;
        self.raise(class, message)
    }

    #[cold]
    pub fn runtime_error(&mut self, message: impl AsRef<str>) -> Signal {
        let class = self.types.exc.runtime_error;
        self.raise(class, message)
    }

    #[cold]
    pub fn overflow_error(&mut self, message: impl AsRef<str>) -> Signal {
        let class = self.types.exc.overflow_error;
        self.raise(class, message)
    }

    #[cold]
    pub fn zero_division(&mut self, message: impl AsRef<str>) -> Signal {
        let class = self.types.exc.zero_division_error;
        self.raise(class, message)
    }

    #[cold]
    pub fn attribute_error(&mut self, message: impl AsRef<str>) -> Signal {
        let class = self.types.exc.attribute_error;
        self.raise(class, message)
    }

    #[cold]
    pub fn key_error(&mut self, key: Value) -> Signal {
        let class = self.types.exc.key_error;
        let exc = self.make_exception(class, &[key]);
        self.raise_value(exc)
    }

    /// StopIteration with a value (none for None, as CPython shows it).
    pub fn stop_iteration(&mut self, value: Ref) -> Signal {
        let class = self.types.exc.stop_iteration;
        let args: &[Value] = if value.is_none() { &[] } else { &[*value] };
        let exc = self.make_exception(class, args);
        self.raise_value(exc)
    }

    /// `StopIteration.value` of an exception object.
    pub fn stop_value(&mut self, exc: Value) -> Ref {
        exc.get::<Exception>().map_or(Ref::NONE, Exception::first_arg)
    }

    #[cold]
    pub(super) fn raise_recursion(&mut self) -> Signal {
        let class = self.types.exc.recursion_error;
        self.raise(class, "maximum recursion depth exceeded")
    }

    /// UnboundLocalError for a named local, as CPython words it.
    #[cold]
    pub(super) fn unbound_local(&mut self, name: Value) -> Signal {
        let class = self.types.exc.unbound_local_error;
        let name = name.as_str().unwrap_or("?").to_owned();
        self.raise_named(
            class,
            &name,
            format!("cannot access local variable '{name}' where it is not associated with a value"),
        )
    }

    #[cold]
    pub(super) fn unbound_free(&mut self, name: Value) -> Signal {
        let class = self.types.exc.name_error;
        let name = name.as_str().unwrap_or("?").to_owned();
        let message =
            format!("cannot access free variable '{name}' where it is not associated with a value in enclosing scope");
        self.raise_named(class, &name, message)
    }

    #[cold]
    pub fn name_error(&mut self, name: Value) -> Signal {
        let class = self.types.exc.name_error;
        let name = name.as_str().unwrap_or("?").to_owned();
        self.raise_named(class, &name, format!("name '{name}' is not defined"))
    }

    /// With the `name` attribute that NameError has.
    fn raise_named(&mut self, class: TypeRef, name: &str, message: String) -> Signal {
        self.raise_with(class, &[("name", name)], message)
    }

    /// With attributes that are texts.
    pub(super) fn raise_with(&mut self, class: TypeRef, attributes: &[(&str, &str)], message: String) -> Signal {
        let text = Ref::str(&message);
        let exc = self.make_exception(class, &[*text]);
        if let Some(object) = exc.get::<Exception>() {
            let mut dict = crate::object::dict::Dict::new();
            for (attribute, text) in attributes {
                dict.set_atom(crate::object::atom::intern(attribute), Ref::str(text));
            }
            object.dict.replace(crate::object::dict::Dict::alloc(dict));
        }
        self.raise_value(exc)
    }
}

/// `. Did you mean 'x'?` for the name among `known` that is close to the one that was given; else nothing.
pub fn did_you_mean(wanted: &str, known: &[&str]) -> String {
    match crate::diag::closest(wanted, known.iter().copied().filter(|name| !name.is_empty())) {
        Some(close) => format!(". Did you mean '{close}'?"),
        None => String::new(),
    }
}
