//! Descriptors: what a class attribute becomes when it is read, set or deleted through an instance or through the class.

use crate::object::call::{Args, Outcome, Signal};
use crate::object::function::{BoundMethod, ClassMethod, Native, NativeRole, Property, StaticMethod};
use crate::object::heap::flag;
use crate::object::opaque::OpaqueData;
use crate::object::types::{Instance, TypeRef, type_flag};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::repr_object::full_type_name;

/// A name in `__slots__`: reads and writes the instance's own attribute of that name.
pub struct Member {
    pub name: Value,
    pub owner: TypeRef,
}

impl OpaqueData for Member {}

/// What a class attribute is to an access through an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Descriptor {
    /// An ordinary value.
    Plain,
    /// A function that binds the instance.
    Method,
    /// A function that binds the class.
    ClassMethod,
    StaticMethod,
    /// Computed by a native; data descriptor.
    Getter,
    Property,
    Member,
    /// `__get__` only.
    User,
    /// `__set__` or `__delete__` (and `__get__` perhaps).
    UserData,
}

impl Descriptor {
    /// Goes before the instance's own attributes.
    pub fn is_data(self) -> bool {
        matches!(self, Descriptor::Getter | Descriptor::Property | Descriptor::Member | Descriptor::UserData)
    }
}

impl Vm {
    /// What a class attribute is.
    #[inline]
    pub fn descriptor_kind(&self, attr: Value) -> Descriptor {
        match attr.kind() {
            None => Descriptor::Plain,
            Some(Kind::Function) => Descriptor::Method,
            Some(Kind::Native) => match attr.get::<Native>().map(|n| n.role) {
                Some(NativeRole::Method) => Descriptor::Method,
                Some(NativeRole::ClassMethod) => Descriptor::ClassMethod,
                Some(NativeRole::Getter) => Descriptor::Getter,
                _ => Descriptor::Plain,
            },
            Some(_) => self.object_descriptor(attr),
        }
    }

    fn object_descriptor(&self, attr: Value) -> Descriptor {
        let by_kind = match attr.kind() {
            Some(Kind::Property) => Descriptor::Property,
            Some(Kind::StaticMethod) => Descriptor::StaticMethod,
            Some(Kind::ClassMethod) => Descriptor::ClassMethod,
            Some(Kind::Opaque) if attr.opaque::<Member>().is_some() => Descriptor::Member,
            Some(Kind::Instance | Kind::Opaque | Kind::Super) => return self.user_descriptor(attr),
            _ => Descriptor::Plain,
        };
        // Safety: a heap object, as its kind was asked for.
        let subclass = unsafe { (*attr.header()).flags & flag::SUBCLASS != 0 };
        if !subclass {
            return by_kind;
        }
        // A subclass of `property` may define `__get__` anew.
        let ty = self.type_of(attr);
        let own = [self.names.get, self.names.set, self.names.delete]
            .iter()
            .any(|name| ty.lookup(*name).is_some_and(|method| !method.is_kind(Kind::Native)));
        if own || by_kind == Descriptor::Plain { self.user_descriptor(attr) } else { by_kind }
    }

    fn user_descriptor(&self, attr: Value) -> Descriptor {
        let ty = self.type_of(attr);
        if ty.has(type_flag::DATA_DESCRIPTOR) {
            Descriptor::UserData
        } else if ty.has(type_flag::DESCRIPTOR) {
            Descriptor::User
        } else {
            Descriptor::Plain
        }
    }

    /// Reads a class attribute through an instance. None: a data descriptor without `__get__`, or an empty slot.
    /// May leave a call to the machine (`Signal::Call`).
    pub(super) fn read_through_instance(
        &mut self,
        attr: Value,
        kind: Descriptor,
        object: Value,
        ty: TypeRef,
        name: Value,
    ) -> Outcome<Option<Ref>> {
        match kind {
            Descriptor::Plain => Ok(Some(attr.to_ref())),
            Descriptor::Method => Ok(Some(BoundMethod::alloc(attr.to_ref(), object.to_ref()))),
            Descriptor::ClassMethod => Ok(Some(bind_class(attr, ty))),
            Descriptor::StaticMethod => Ok(Some(attr.get::<StaticMethod>().map_or(Ref::NONE, |s| s.func.clone()))),
            Descriptor::Getter => self.call_getter(attr, object).map(Some),
            Descriptor::Property => self.read_property(attr, object).map(Some),
            Descriptor::Member => Ok(self.own_attr(object, name)),
            Descriptor::User | Descriptor::UserData => match self.special(attr, self.names.get) {
                Some(get) => Err(self.tail_call(get, &[attr, object, ty.value()])),
                None => Ok(None),
            },
        }
    }

    /// Reads a class attribute through the class itself (or one below it).
    pub(in crate::vm) fn read_through_class(&mut self, attr: Value, kind: Descriptor, class: TypeRef) -> Outcome {
        match kind {
            Descriptor::ClassMethod => Ok(bind_class(attr, class)),
            Descriptor::StaticMethod => Ok(attr.get::<StaticMethod>().map_or(Ref::NONE, |s| s.func.clone())),
            Descriptor::User | Descriptor::UserData => match self.special(attr, self.names.get) {
                Some(get) => Err(self.tail_call(get, &[attr, Value::NONE, class.value()])),
                None => Ok(attr.to_ref()),
            },
            _ => Ok(attr.to_ref()),
        }
    }

    fn call_getter(&mut self, attr: Value, object: Value) -> Outcome {
        match attr.get::<Native>() {
            Some(native) => (native.def.func)(self.machine(), Args::positional(&[object])),
            None => Ok(Ref::NONE),
        }
    }

    /// Calls a property's getter (left to the machine).
    pub fn read_property(&mut self, attr: Value, object: Value) -> Outcome {
        let Some(property) = attr.get::<Property>() else { return Ok(Ref::NONE) };
        if property.getter.is_none() {
            return Err(self.property_error(attr, object, "getter"));
        }
        let getter = property.getter.clone();
        match self.call_if_native(*getter, &[object]) {
            Some(outcome) => outcome,
            None => Err(self.tail_call(*getter, &[object])),
        }
    }

    /// `property 'x' of 'C' object has no setter`; the name is the property's or its getter's, if one is known.
    fn property_error(&mut self, attr: Value, object: Value, what: &str) -> Signal {
        let Some(property) = attr.get::<Property>() else { return Signal::Raised };
        let mut name = property.name.get().to_ref();
        let getter = property.getter.clone();
        if name.is_none() && !getter.is_none() {
            name = match self.get_attr_opt(*getter, self.names.name) {
                Ok(found) => found.unwrap_or(Ref::NONE),
                Err(signal) => return signal,
            };
        }
        let name = name.as_str().map_or_else(String::new, |name| format!(" '{name}'"));
        let class = self.type_of(object).qualname.borrow().as_str().unwrap_or("?").to_owned();
        self.attribute_error(format!("property{name} of '{class}' object has no {what}"))
    }

    /// Sets (`Some`) or deletes (`None`) through a data descriptor found in the class.
    pub(super) fn write_descriptor(
        &mut self,
        attr: Value,
        kind: Descriptor,
        object: Value,
        name: Value,
        value: Option<Ref>,
    ) -> Outcome<()> {
        match kind {
            Descriptor::Getter => self.write_getter(attr, object, name, value),
            Descriptor::Property => self.write_property(attr, object, value),
            Descriptor::Member => self.write_member(object, name, value),
            _ => {
                let (method, what) = match value {
                    Some(_) => (self.names.set, "__set__"),
                    None => (self.names.delete, "__delete__"),
                };
                let Some(method) = self.special(attr, method) else { return Err(self.attribute_error(what)) };
                Err(match value {
                    Some(value) => self.tail_call(method, &[attr, object, *value]),
                    None => self.tail_call(method, &[attr, object]),
                })
            }
        }
    }

    /// Sets (`Some`) or deletes (`None`) through a native getter.
    ///
    /// # Errors
    /// AttributeError if it only reads.
    pub fn write_getter(&mut self, attr: Value, object: Value, name: Value, value: Option<Ref>) -> Outcome<()> {
        let Some(native) = attr.get::<Native>() else { return Ok(()) };
        match value {
            Some(value) if native.def.max >= 2 => {
                (native.def.func)(self.machine(), Args::positional(&[object, *value])).map(drop)
            }
            // Deleting is setting to the mark of an unbound variable; natives that allow it know it.
            None if native.def.max >= 2 => {
                (native.def.func)(self.machine(), Args::positional(&[object, Value::UNBOUND])).map(drop)
            }
            _ => {
                let owner = native.owner.as_type();
                if owner.is_some_and(has_members) {
                    return Err(self.attribute_error("readonly attribute"));
                }
                let name = name.as_str().unwrap_or("?").to_owned();
                let owner = owner.map_or(String::new(), full_type_name);
                let message = format!("attribute '{name}' of '{owner}' objects is not writable");
                Err(self.attribute_error(message))
            }
        }
    }

    /// Calls a property's setter, or its deleter if there is no value (left to the machine).
    pub fn write_property(&mut self, attr: Value, object: Value, value: Option<Ref>) -> Outcome<()> {
        let Some(property) = attr.get::<Property>() else { return Ok(()) };
        let (function, what) = match value {
            Some(_) => (*property.setter, "setter"),
            None => (*property.deleter, "deleter"),
        };
        if function.is_none() {
            return Err(self.property_error(attr, object, what));
        }
        Err(match value {
            Some(value) => self.tail_call(function, &[object, *value]),
            None => self.tail_call(function, &[object]),
        })
    }

    pub fn write_member(&mut self, object: Value, name: Value, value: Option<Ref>) -> Outcome<()> {
        match value {
            Some(value) => {
                let old = self.set_own_attr(object, name, value);
                drop(old);
                Ok(())
            }
            None => match self.del_own_attr(object, name) {
                Some(old) => {
                    drop(old);
                    Ok(())
                }
                None => Err(self.attribute_error(name.as_str().unwrap_or("?"))),
            },
        }
    }

    /// Stores an attribute into the object itself; the old value is handed back. Nothing happens to objects without
    /// attributes of their own.
    pub(crate) fn set_own_attr(&mut self, object: Value, name: Value, value: Ref) -> Option<Ref> {
        if let Some(instance) = object.get::<Instance>() {
            return Some(instance.set_attr(name, value));
        }
        let dict = self.own_dict(object, true)?;
        dict.get_mut::<crate::object::dict::Dict>().map(|d| d.set_atom(name, value))
    }

    /// Removes an attribute from the object itself.
    pub(crate) fn del_own_attr(&mut self, object: Value, name: Value) -> Option<Ref> {
        if let Some(instance) = object.get::<Instance>() {
            return instance.del_attr(name);
        }
        let dict = self.own_dict(object, false)?;
        dict.get_mut::<crate::object::dict::Dict>()?.remove_atom(name)
    }
}

/// Built-in types whose attributes are plain fields in CPython: those have a message of their own.
fn has_members(ty: TypeRef) -> bool {
    use Kind::*;
    ty.builtin && matches!(ty.layout.get(), Range | Slice | Property | BoundMethod | Super | Code | Function)
}

/// A class method bound to a class.
fn bind_class(attr: Value, class: TypeRef) -> Ref {
    let func = match attr.get::<ClassMethod>() {
        Some(method) => method.func.clone(),
        None => attr.to_ref(),
    };
    BoundMethod::alloc(func, class.value().to_ref())
}
