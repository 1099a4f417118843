//! Attribute access: reading.
//!
//! [`Vm::get_attr`] is for natives that go on with the value; [`Vm::get_attr_tail`] for those that end with it (it may
//! leave a getter's call to the machine); [`Vm::get_attr_opt`] asks without raising. The order is CPython's: data
//! descriptors of the class, the object's own attributes, other class attributes, `__getattr__`.

use super::descriptor::Descriptor;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::dict::Dict;
use crate::object::exception::Exception;
use crate::object::function::{BoundMethod, ClassMethod, Function, Module, StaticMethod, Super};
use crate::object::reflect::GenericAlias;
use crate::object::types::{Instance, TypeRef, type_flag};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::pending::Pending;

impl Vm {
    /// `value.name`, by re-entry if it takes Coro code.
    pub fn get_attr(&mut self, value: Value, name: Value) -> Outcome {
        let outcome = self.get_attr_tail(value, name);
        self.settle(outcome)
    }

    /// `value.name`, or None if there is no such attribute.
    pub fn get_attr_opt(&mut self, value: Value, name: Value) -> Outcome<Option<Ref>> {
        let found = match self.find_attr(value, name) {
            Err(Signal::Call) => self.settle(Err(Signal::Call)).map(Some),
            other => other,
        };
        match found {
            Err(Signal::Raised) if self.raised_is(self.types.exc.attribute_error) => {
                drop(self.take_raised());
                Ok(None)
            }
            other => other,
        }
    }

    /// `value.name`; may leave a call to the machine.
    #[inline]
    pub fn get_attr_tail(&mut self, value: Value, name: Value) -> Outcome {
        match self.find_attr(value, name) {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(self.no_attribute(value, name)),
            Err(signal) => Err(signal),
        }
    }

    /// `value.name` with all hooks; None where AttributeError is due.
    pub fn find_attr(&mut self, value: Value, name: Value) -> Outcome<Option<Ref>> {
        let ty = self.type_of(value);
        if !ty.has(type_flag::GETATTRIBUTE | type_flag::GETATTR) {
            return self.generic_attr(value, ty, name);
        }
        if ty.has(type_flag::GETATTRIBUTE)
            && let Some(hook) = ty.lookup(self.names.getattribute)
        {
            let signal = self.tail_call(hook, &[value, name]);
            return self.or_getattr(Err(signal), value, ty, name);
        }
        let found = self.generic_attr(value, ty, name);
        self.or_getattr(found, value, ty, name)
    }

    /// Where `found` is missing or ends in AttributeError, `__getattr__` is asked.
    fn or_getattr(
        &mut self,
        found: Outcome<Option<Ref>>,
        value: Value,
        ty: TypeRef,
        name: Value,
    ) -> Outcome<Option<Ref>> {
        let hook = match ty.lookup(self.names.getattr) {
            Some(hook) if ty.has(type_flag::GETATTR) => hook,
            _ => return found,
        };
        match found {
            Ok(Some(found)) => Ok(Some(found)),
            Ok(None) => Err(self.tail_call(hook, &[value, name])),
            Err(Signal::Raised) if self.raised_is(self.types.exc.attribute_error) => {
                drop(self.take_raised());
                Err(self.tail_call(hook, &[value, name]))
            }
            Err(Signal::Call) => match self.pending.take().map(Pending::into_positional) {
                Some(Ok((callee, args))) => {
                    let args = Ref::tuple(args);
                    Err(self.tail_prelude("attribute_or_hook", &[*callee, *args, hook, value, name]))
                }
                pending => {
                    self.pending = pending.and_then(Result::err);
                    Err(Signal::Call)
                }
            },
            Err(signal) => Err(signal),
        }
    }

    /// What `object.__getattribute__` does: no hooks of the class.
    pub fn generic_attr(&mut self, value: Value, ty: TypeRef, name: Value) -> Outcome<Option<Ref>> {
        match value.kind() {
            Some(Kind::Type) => match value.as_type() {
                Some(class) => self.class_attr(class, ty, name),
                None => Ok(None),
            },
            Some(Kind::Super) => self.super_attr(value, name),
            _ => self.object_attr(value, ty, name),
        }
    }

    fn object_attr(&mut self, value: Value, ty: TypeRef, name: Value) -> Outcome<Option<Ref>> {
        if let Some(module) = value.get::<Module>()
            && !is_dunder(name)
            && let Some(found) = module.globals.get(name)
        {
            return Ok(Some(found.to_ref()));
        }
        let found = ty.lookup(name);
        let kind = found.map_or(Descriptor::Plain, |attr| self.descriptor_kind(attr));
        if let Some(attr) = found
            && kind.is_data()
        {
            let read = self.read_through_instance(attr, kind, value, ty, name)?;
            if read.is_some() || kind == Descriptor::Member {
                return Ok(read);
            }
        }
        if let Some(own) = self.own_attr(value, name) {
            return Ok(Some(own));
        }
        match found {
            Some(attr) if kind.is_data() => Ok(Some(attr.to_ref())),
            Some(attr) => self.read_through_instance(attr, kind, value, ty, name),
            None => self.forwarded_attr(value, name),
        }
    }

    /// Objects that pass on what they do not have themselves.
    fn forwarded_attr(&mut self, value: Value, name: Value) -> Outcome<Option<Ref>> {
        match value.kind() {
            Some(Kind::BoundMethod) => {
                let mut func = value.to_ref();
                while let Some(method) = func.get::<BoundMethod>() {
                    func = method.func.clone();
                }
                self.find_attr(*func, name)
            }
            Some(Kind::StaticMethod | Kind::ClassMethod) => {
                // They show the name, docstring and own attributes of what they wrap.
                let func = match value.get::<StaticMethod>() {
                    Some(method) => method.func.clone(),
                    None => value.get::<ClassMethod>().map_or(Ref::NONE, |method| method.func.clone()),
                };
                if func.is_kind(Kind::Function) { self.find_attr(*func, name) } else { Ok(None) }
            }
            Some(Kind::Module) => self.module_getattr(value, name),
            Some(Kind::GenericAlias) => {
                if is_dunder(name) {
                    return Ok(None);
                }
                let mut origin = value.to_ref();
                while let Some(alias) = origin.get::<GenericAlias>() {
                    origin = alias.origin.clone();
                }
                self.find_attr(*origin, name)
            }
            _ => Ok(None),
        }
    }

    /// PEP 562: a module's own `__getattr__`.
    fn module_getattr(&mut self, value: Value, name: Value) -> Outcome<Option<Ref>> {
        let hook = value.get::<Module>().and_then(|module| module.globals.get(self.names.getattr));
        match hook {
            Some(hook) => Err(self.tail_call(hook, &[name])),
            None => Ok(None),
        }
    }

    /// `class.name`
    fn class_attr(&mut self, class: TypeRef, meta: TypeRef, name: Value) -> Outcome<Option<Ref>> {
        // The data descriptors of `type` all have names with underscores.
        if class.meta.get().is_none()
            && !is_dunder(name)
            && let Some(attr) = class.lookup(name)
        {
            let kind = self.descriptor_kind(attr);
            return self.read_through_class(attr, kind, class).map(Some);
        }
        let of_meta = meta.lookup(name);
        let kind = of_meta.map_or(Descriptor::Plain, |attr| self.descriptor_kind(attr));
        if let Some(attr) = of_meta
            && kind.is_data()
        {
            return self.read_through_instance(attr, kind, class.value(), meta, name);
        }
        if let Some(attr) = class.lookup(name) {
            let kind = self.descriptor_kind(attr);
            return self.read_through_class(attr, kind, class).map(Some);
        }
        match of_meta {
            Some(attr) => self.read_through_instance(attr, kind, class.value(), meta, name),
            None => Ok(None),
        }
    }

    /// `super(...).name`: the search goes on behind the class.
    fn super_attr(&mut self, value: Value, name: Value) -> Outcome<Option<Ref>> {
        let Some(proxy) = value.get::<Super>() else { return Ok(None) };
        let (class, object, object_type) = (proxy.class.clone(), proxy.object.clone(), proxy.object_type.value());
        if let (Some(class), Some(start)) = (class.as_type(), object_type.as_type())
            && name != self.names.class
        {
            let found = lookup_after(start, class, name);
            if let Some(attr) = found {
                let kind = self.descriptor_kind(attr);
                let bound_to_class = object.as_type().is_some_and(|ty| std::ptr::eq(ty, start));
                return match bound_to_class {
                    true => self.read_through_class(attr, kind, start).map(Some),
                    false => self.read_through_instance(attr, kind, *object, start, name),
                };
            }
        }
        let ty = self.type_of(value);
        self.object_attr(value, ty, name)
    }

    /// For `super().name(…)`: a method that is found, and the object to call it on, without binding the one to the other.
    pub fn super_method(&self, value: Value, name: Value) -> Option<(Ref, Ref)> {
        let proxy = value.get::<Super>()?;
        let (class, start) = (proxy.class.as_type()?, proxy.object_type.as_type()?);
        let attr = lookup_after(start, class, name)?;
        let of_class = proxy.object.as_type().is_some_and(|ty| std::ptr::eq(ty, start));
        let method = self.descriptor_kind(attr) == Descriptor::Method && !of_class;
        method.then(|| (attr.to_ref(), proxy.object.clone()))
    }

    /// An attribute of the object itself, not of its class.
    pub fn own_attr(&self, value: Value, name: Value) -> Option<Ref> {
        match value.kind()? {
            Kind::Instance => value.get::<Instance>()?.get_attr(name).map(Value::to_ref),
            Kind::Module => value.get::<Module>()?.globals.get(name).map(Value::to_ref),
            Kind::Function => {
                let function = value.get::<Function>()?;
                let extra = function.extra.borrow();
                let dict = extra.as_ref()?.dict.as_ref()?;
                dict.get::<Dict>()?.get_atom(name).map(Value::to_ref)
            }
            Kind::Exception => {
                let exception = value.get::<Exception>()?;
                let dict = exception.dict.borrow();
                dict.get::<Dict>()?.get_atom(name).map(Value::to_ref)
            }
            Kind::Future | Kind::Task if value.tail().is_none() => {
                value.as_future()?.own_dict(false)?.get::<Dict>()?.get_atom(name).map(Value::to_ref)
            }
            _ => value.tail()?.dict.get::<Dict>()?.get_atom(name).map(Value::to_ref),
        }
    }

    /// The dict of an object's own attributes, where it is kept as one; made if `make`. Not for plain instances and
    /// modules.
    pub fn own_dict(&mut self, value: Value, make: bool) -> Option<Ref> {
        match value.kind()? {
            Kind::Function => {
                let function = value.get::<Function>()?;
                let mut extra = function.extra.borrow_mut();
                if !make {
                    return extra.as_ref()?.dict.clone();
                }
                let dict = &mut extra.get_or_insert_with(Default::default).dict;
                Some(dict.get_or_insert_with(|| Dict::alloc(Dict::new())).clone())
            }
            Kind::Exception => {
                let exception = value.get::<Exception>()?;
                if make && exception.dict.borrow().is_none() {
                    exception.dict.replace(Dict::alloc(Dict::new()));
                }
                let dict = exception.dict.borrow().clone();
                (!dict.is_none()).then_some(dict)
            }
            Kind::Future | Kind::Task if value.tail().is_none() => value.as_future()?.own_dict(make).cloned(),
            _ => {
                let tail = value.tail()?;
                if make && tail.dict.is_none() {
                    tail.dict = Dict::alloc(Dict::new());
                }
                (!tail.dict.is_none()).then(|| tail.dict.clone())
            }
        }
    }

    /// A special method, looked up on the type; unbound and borrowed.
    #[inline]
    pub fn special(&self, value: Value, name: Value) -> Option<Value> {
        self.type_of(value).lookup(name)
    }

    /// Calls a special method by re-entry; None if the type has none (or has set it to None).
    pub fn call_special(&mut self, value: Value, name: Value, args: &[Value]) -> Outcome<Option<Ref>> {
        let Some(method) = self.special(value, name).filter(|m| !m.is_none()) else { return Ok(None) };
        if self.descriptor_kind(method) == Descriptor::Method {
            let mut values = Vec::with_capacity(args.len() + 1);
            values.push(value);
            values.extend_from_slice(args);
            return self.call(method, Args::positional(&values)).map(Some);
        }
        let bound = self.bind_special(value, method, name)?;
        self.call(*bound, Args::positional(args)).map(Some)
    }

    /// A special method that was found on the type, bound to the value.
    pub fn bind_special(&mut self, value: Value, method: Value, name: Value) -> Outcome {
        let (ty, kind) = (self.type_of(value), self.descriptor_kind(method));
        let read = self.read_through_instance(method, kind, value, ty, name);
        let read = match read {
            Err(Signal::Call) => self.settle(Err(Signal::Call)).map(Some),
            other => other,
        };
        read.map(|found| found.unwrap_or_else(|| method.to_ref()))
    }

    /// AttributeError for a missing attribute, with CPython's message.
    #[cold]
    pub fn no_attribute(&mut self, value: Value, name: Value) -> Signal {
        let wanted = name.as_str().unwrap_or("?");
        let message = match value.kind() {
            Some(Kind::Type) => match value.as_type() {
                Some(class) => format!("type object '{}' has no attribute '{wanted}'", class.name_text()),
                None => String::new(),
            },
            Some(Kind::Module) => {
                let module = value.get::<Module>().and_then(|m| m.name.as_str().map(str::to_owned));
                format!("module '{}' has no attribute '{wanted}'", module.unwrap_or_default())
            }
            _ => format!("'{}' object has no attribute '{wanted}'", self.type_name(value)),
        };
        self.missing_attribute(message, value, name)
    }

    /// AttributeError that remembers which attribute of what was asked for.
    #[cold]
    pub(super) fn missing_attribute(&mut self, message: String, value: Value, name: Value) -> Signal {
        let text = Ref::str(&message);
        let exc = Exception::alloc(self.types.exc.attribute_error, Ref::tuple_of(&[*text]));
        let (name_key, obj_key) = (crate::object::atom::intern("name"), crate::object::atom::intern("obj"));
        self.set_own_attr(*exc, name_key, name.to_ref());
        self.set_own_attr(*exc, obj_key, value.to_ref());
        self.raise_value(exc)
    }
}

/// A name like `__dict__`.
pub(super) fn is_dunder(name: Value) -> bool {
    name.as_str().is_some_and(|name| name.starts_with("__") && name.ends_with("__"))
}

/// Looks a name up in the MRO of `start` behind `class`.
pub fn lookup_after(start: TypeRef, class: TypeRef, name: Value) -> Option<Value> {
    let mro = start.mro.borrow();
    let at = mro.iter().position(|ty| std::ptr::eq(*ty, class))?;
    mro[at + 1..].iter().find_map(|ty| ty.dict.borrow().get(&name).map(|r| r.value()))
}
