//! Inline caches of attribute instructions.
//!
//! The machine's handlers look into the caches themselves and come here for what is not in them; what is found is noted if
//! it can be found again by the receiver's [`Key`] alone.

use super::attr::is_dunder;
use super::descriptor::Descriptor;
use crate::object::cache::{Cache, CacheKind, Key};
use crate::object::call::Outcome;
use crate::object::function::{ClassMethod, Module, Property, StaticMethod};
use crate::object::heap::flag;
use crate::object::types::{Instance, Shape, TypeRef, type_flag};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;

/// What the class says of a name, for instances whose class has no hook for reading.
enum Found {
    Slot(u16),
    Method(Value),
    ClassValue(Value),
    Property(Value),
    /// Take the long way.
    Other,
}

impl Vm {
    /// `value.name` by a cache. May leave a call to the machine.
    pub fn get_attr_cached(&mut self, value: Value, cache: &Cache) -> Outcome {
        let name = cache.name;
        if let Some(instance) = value.get::<Instance>() {
            let shape = instance.shape.get();
            match self.find_for_cache(shape, name) {
                // An empty member takes the long way, to its error.
                Found::Slot(slot) if !instance.get_slot(slot).is_unbound() => {
                    cache.entry_for(Key::shape(shape), CacheKind::Slot).slot.set(slot);
                    return Ok(instance.get_slot(slot).to_ref());
                }
                Found::Method(method) => fill(cache, Key::shape(shape), CacheKind::Method, method),
                Found::ClassValue(found) => fill(cache, Key::shape(shape), CacheKind::ClassValue, found),
                Found::Property(property) => {
                    fill(cache, Key::shape(shape), CacheKind::Property, property);
                    return self.read_property(property, value);
                }
                Found::Slot(_) | Found::Other => {}
            }
        } else if value.is_kind(Kind::Module) {
            if let Some(found) = find_global(value, cache) {
                return Ok(found);
            }
        } else if let Some(class) = value.as_type()
            && let Some(found) = self.find_on_class(class, name)
        {
            fill(cache, Key::class(class), CacheKind::ClassValue, found);
            return Ok(found.to_ref());
        } else if let Some(property) = self.property_of_subclass(value, cache) {
            return self.read_property(property, value);
        }
        self.get_attr_tail(value, name)
    }

    /// A property that an object of a program's subclass of a built-in type is read by: a field of a named tuple, for one.
    fn property_of_subclass(&self, value: Value, cache: &Cache) -> Option<Value> {
        if super::arith::is_plain(value) {
            return None;
        }
        let class = self.type_of(value);
        let key = Key::subclass(class);
        if let Some(entry) = cache.find(key) {
            return (entry.kind.get() == CacheKind::Property).then(|| entry.value.get());
        }
        if class.builtin || class.has(type_flag::GETATTRIBUTE | type_flag::GETATTR) {
            return None;
        }
        let attr = class.lookup(cache.name).filter(|attr| self.descriptor_kind(*attr) == Descriptor::Property)?;
        fill(cache, key, CacheKind::Property, attr);
        Some(attr)
    }

    /// The getter that an instance's attribute was read by before.
    pub fn getter_known(&self, value: Value, cache: &Cache) -> Option<Value> {
        let entry = cache.find(Key::shape(value.get::<Instance>()?.shape.get()))?;
        if entry.kind.get() != CacheKind::Property {
            return None;
        }
        entry.value.get().get::<Property>().map(|property| *property.getter)
    }

    /// An attribute of a class that is read as it is, where no metaclass has a say.
    fn find_on_class(&self, class: TypeRef, name: Value) -> Option<Value> {
        if class.meta.get().is_some() || is_dunder(name) {
            return None;
        }
        let attr = class.lookup(name)?;
        match self.descriptor_kind(attr) {
            Descriptor::Plain | Descriptor::Method => Some(attr),
            Descriptor::StaticMethod => attr.get::<StaticMethod>().map(|method| *method.func),
            _ => None,
        }
    }

    fn find_for_cache(&self, shape: &'static Shape, name: Value) -> Found {
        let class = shape.class;
        if shape.is_dict || class.has(type_flag::GETATTRIBUTE) {
            return Found::Other;
        }
        let Some(attr) = class.lookup(name) else {
            return shape.slot(name).map_or(Found::Other, Found::Slot);
        };
        match (self.descriptor_kind(attr), shape.slot(name)) {
            (Descriptor::Property, _) if !class.has(type_flag::GETATTR) => Found::Property(attr),
            (Descriptor::Getter | Descriptor::Property | Descriptor::UserData, _) => Found::Other,
            (_, Some(slot)) => Found::Slot(slot),
            (Descriptor::Method, None) => Found::Method(attr),
            (Descriptor::Plain, None) => Found::ClassValue(attr),
            _ => Found::Other,
        }
    }

    /// For objects whose attributes are all their type's: the type, the attribute, whether it binds.
    fn find_on_type(&self, value: Value, name: Value) -> Option<(TypeRef, Value, bool)> {
        if !only_type_attrs(value) {
            return None;
        }
        let ty = self.type_of(value);
        let attr = ty.lookup(name)?;
        match self.descriptor_kind(attr) {
            Descriptor::Method => Some((ty, attr, true)),
            Descriptor::Plain => Some((ty, attr, false)),
            _ => None,
        }
    }

    /// For a method call: the callable, and whether the value is to be passed as its first argument. By re-entry if
    /// finding it takes Coro code.
    pub fn method_cached(&mut self, value: Value, cache: &Cache) -> Outcome<(Ref, bool)> {
        match self.method_known(value, cache) {
            Some(found) => Ok(found),
            None => self.get_attr(value, cache.name).map(|callable| (callable, false)),
        }
    }

    /// The same, where it can be found without running anything and without error.
    pub fn method_known(&mut self, value: Value, cache: &Cache) -> Option<(Ref, bool)> {
        let name = cache.name;
        if let Some(instance) = value.get::<Instance>() {
            let shape = instance.shape.get();
            // A method that a call does not enter directly, such as a coroutine's.
            if let Some(entry) = cache.find(Key::shape(shape))
                && entry.kind.get() == CacheKind::Method
            {
                return Some((entry.value.get().to_ref(), true));
            }
            match self.find_for_cache(shape, name) {
                Found::Method(method) => {
                    fill(cache, Key::shape(shape), CacheKind::Method, method);
                    return Some((method.to_ref(), true));
                }
                Found::Slot(slot) if !instance.get_slot(slot).is_unbound() => {
                    cache.entry_for(Key::shape(shape), CacheKind::Slot).slot.set(slot);
                    return Some((instance.get_slot(slot).to_ref(), false));
                }
                Found::ClassValue(found) => {
                    fill(cache, Key::shape(shape), CacheKind::ClassValue, found);
                    return Some((found.to_ref(), false));
                }
                Found::Slot(_) | Found::Property(_) | Found::Other => {}
            }
        } else if let Some((ty, found, method)) = self.find_on_type(value, name) {
            if let Some(kind) = value.kind().filter(|kind| self.types.is_of_kind(*kind, ty)) {
                let what = if method { CacheKind::Method } else { CacheKind::ClassValue };
                fill(cache, Key::kind(kind), what, found);
            }
            return Some((found.to_ref(), method));
        } else if value.is_kind(Kind::Module) {
            if let Some(found) = find_global(value, cache) {
                return Some((found, false));
            }
        } else if let Some(tail) = value.tail() {
            let key = Key::subclass(tail.class);
            if let Some(entry) = cache.find(key)
                && (tail.dict.is_none() || self.own_attr(value, name).is_none())
            {
                return Some((entry.value.get().to_ref(), true));
            }
            let found = self.method_without_cache(value, name);
            // What is found as a method of an object is one for all objects of its class.
            if let Some((method, true)) = &found
                && !value.is_kind(Kind::Type)
            {
                fill(cache, key, CacheKind::Method, **method);
            }
            return found;
        } else {
            return self.method_without_cache(value, name);
        }
        None
    }

    /// Spares the bound method for class methods called on a class, and for methods of objects with attributes.
    fn method_without_cache(&mut self, value: Value, name: Value) -> Option<(Ref, bool)> {
        let ty = self.type_of(value);
        if ty.has(type_flag::GETATTRIBUTE) {
            return None;
        }
        match value.kind()? {
            Kind::Type => {
                if ty.lookup(name).is_some_and(|attr| self.descriptor_kind(attr).is_data()) {
                    return None;
                }
                let attr = value.as_type()?.lookup(name)?;
                match self.descriptor_kind(attr) {
                    Descriptor::Method | Descriptor::Plain => Some((attr.to_ref(), false)),
                    Descriptor::StaticMethod => attr.get::<StaticMethod>().map(|method| (method.func.clone(), false)),
                    Descriptor::ClassMethod => {
                        let func = attr.get::<ClassMethod>().map_or_else(|| attr.to_ref(), |m| m.func.clone());
                        Some((func, true))
                    }
                    _ => None,
                }
            }
            Kind::Super | Kind::Module => None,
            _ => {
                let attr = ty.lookup(name)?;
                let method = self.descriptor_kind(attr) == Descriptor::Method && self.own_attr(value, name).is_none();
                method.then(|| (attr.to_ref(), true))
            }
        }
    }

    /// `value.name = new` by a cache. May leave a call to the machine, whose result is to be dropped.
    pub fn set_attr_cached(&mut self, value: Value, cache: &Cache, new: Ref) -> Outcome<()> {
        let name = cache.name;
        let Some(instance) = value.get::<Instance>() else { return self.set_attr_tail(value, name, new) };
        let shape = instance.shape.get();
        let class = shape.class;
        if shape.is_dict || class.has(type_flag::SETATTR) {
            return self.set_attr_tail(value, name, new);
        }
        let kind = class.lookup(name).map_or(Descriptor::Plain, |attr| self.descriptor_kind(attr));
        let allowed = match kind {
            Descriptor::Member => true,
            _ => !kind.is_data() && !class.has(type_flag::NO_DICT),
        };
        if !allowed {
            return self.set_attr_tail(value, name, new);
        }
        let key = Key::shape(shape);
        let old = match shape.slot(name) {
            Some(slot) => {
                cache.entry_for(key, CacheKind::Slot).slot.set(slot);
                instance.set_slot(slot, new)
            }
            None => {
                let next = shape.with(name);
                let slot = next.names.len() as u16 - 1;
                let entry = cache.entry_for(key, CacheKind::AddSlot);
                entry.slot.set(slot);
                entry.next_shape.set(Some(next));
                let old = instance.set_slot(slot, new);
                instance.shape.set(next);
                old
            }
        };
        drop(old);
        Ok(())
    }
}

fn fill(cache: &Cache, key: Key, kind: CacheKind, value: Value) {
    cache.entry_for(key, kind).value.set(value);
}

/// A variable of a module, whose slot is noted.
fn find_global(module: Value, cache: &Cache) -> Option<Ref> {
    let found = module.get::<Module>()?;
    if is_dunder(cache.name) || found.header.flags & flag::SUBCLASS != 0 {
        return None;
    }
    let globals = found.globals;
    let slot = globals.find_slot(cache.name)?;
    let value = slot.value.get();
    if value.is_unbound() {
        return None;
    }
    cache.entry_for(Key::globals(globals), CacheKind::Global).global.set(Some(slot));
    Some(value.to_ref())
}

/// Objects without attributes of their own.
fn only_type_attrs(value: Value) -> bool {
    let Some(kind) = value.kind() else { return true };
    // Safety: a heap object, as it has a kind.
    let plain = unsafe { (*value.header()).flags & flag::SUBCLASS == 0 };
    let own = matches!(
        kind,
        Kind::Instance
            | Kind::Exception
            | Kind::Function
            | Kind::Module
            | Kind::Type
            | Kind::Super
            | Kind::BoundMethod
            | Kind::GenericAlias
    );
    plain && !own
}
