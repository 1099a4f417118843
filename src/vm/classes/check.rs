//! `isinstance` and `issubclass`, abstract base classes included.

use crate::object::call::{Outcome, Signal};
use crate::object::container::List;
use crate::object::reflect::Union;
use crate::object::set::SetTable;
use crate::object::text::Str;
use crate::object::types::{TypeRef, type_flag};
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;

const BAD_INSTANCE: &str = "isinstance() arg 2 must be a type, a tuple of types, or a union";
const BAD_SUBCLASS: &str = "issubclass() arg 2 must be a class, a tuple of classes, or a union";

impl Vm {
    /// `isinstance(value, class_or_tuple)`
    pub fn is_instance(&mut self, value: Value, class: Value) -> Outcome<bool> {
        if let Some(class) = class.as_type() {
            return self.is_instance_of_class(value, class);
        }
        for class in self.alternatives(class, "isinstance")? {
            let answer = match class.as_type() {
                Some(class) => self.is_instance_of_class(value, class)?,
                None => self.is_instance_of_other(value, *class)?,
            };
            if answer {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// `issubclass(value, class_or_tuple)`
    pub fn is_subclass(&mut self, value: Value, class: Value) -> Outcome<bool> {
        for class in self.alternatives(class, "issubclass")? {
            let answer = match (value.as_type(), class.as_type()) {
                (Some(sub), Some(class)) => self.is_subclass_of_class(sub, class)?,
                _ => self.is_subclass_by_bases(value, *class)?,
            };
            if answer {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The classes that a second argument stands for, tuples and unions taken apart.
    fn alternatives(&mut self, class: Value, what: &str) -> Outcome<Vec<Ref>> {
        let mut work = vec![class.to_ref()];
        let mut classes = Vec::new();
        while let Some(class) = work.pop() {
            match class.kind() {
                Some(Kind::Tuple) => {
                    work.extend(class.as_sequence().unwrap_or(&[]).iter().rev().cloned());
                }
                Some(Kind::Union) => {
                    if let Some(union) = class.get::<Union>() {
                        work.extend(union.args.as_sequence().unwrap_or(&[]).iter().rev().cloned());
                    }
                }
                Some(Kind::GenericAlias) => {
                    return Err(self.type_error(format!("{what}() argument 2 cannot be a parameterized generic")));
                }
                _ => classes.push(class),
            }
        }
        Ok(classes)
    }

    fn is_instance_of_class(&mut self, value: Value, class: TypeRef) -> Outcome<bool> {
        let ty = self.type_of(value);
        if std::ptr::eq(ty, class) {
            return Ok(true);
        }
        if let Some(meta) = class.meta.get()
            && let Some(hook) = meta.lookup(self.names.instancecheck)
            && !hook.is_kind(Kind::Native)
        {
            let answer = self.call_values(hook, &[class.value(), value])?;
            return self.truth(*answer);
        }
        if class.has(type_flag::ABC) {
            return self.is_abstract_subclass(ty, class);
        }
        if ty.is_subclass(class) {
            return Ok(true);
        }
        self.claims_class(value, ty, class)
    }

    /// An object may say that it is of another class than it is: by its attribute `__class__`.
    fn claims_class(&mut self, value: Value, ty: TypeRef, class: TypeRef) -> Outcome<bool> {
        let key = self.names.class;
        let own = ty.lookup(key).is_none_or(|attr| attr.is_kind(Kind::Native));
        if own && !ty.has(type_flag::GETATTRIBUTE) {
            return Ok(false);
        }
        let claimed = self.get_attr_opt(value, key)?;
        Ok(claimed.and_then(|claimed| claimed.as_type()).is_some_and(|claimed| claimed.is_subclass(class)))
    }

    /// The class is not a type: it may have `__instancecheck__`.
    fn is_instance_of_other(&mut self, value: Value, class: Value) -> Outcome<bool> {
        match self.call_special(class, self.names.instancecheck, &[value])? {
            Some(answer) => self.truth(*answer),
            None => {
                self.must_have_bases(class, BAD_INSTANCE)?;
                let key = self.names.class;
                match self.get_attr_opt(value, key)? {
                    Some(own) => self.has_base(*own, class),
                    None => Ok(false),
                }
            }
        }
    }

    /// `issubclass` where one of both is no type: a class is what has `__subclasscheck__`, or a tuple `__bases__`.
    fn is_subclass_by_bases(&mut self, sub: Value, class: Value) -> Outcome<bool> {
        if class.as_type().is_none()
            && let Some(answer) = self.call_special(class, self.names.subclasscheck, &[sub])?
        {
            return self.truth(*answer);
        }
        self.must_have_bases(sub, "issubclass() arg 1 must be a class")?;
        self.must_have_bases(class, BAD_SUBCLASS)?;
        self.has_base(sub, class)
    }

    fn must_have_bases(&mut self, class: Value, otherwise: &str) -> Outcome<()> {
        match self.bases_of(class)? {
            Some(_) => Ok(()),
            None => Err(self.type_error(otherwise)),
        }
    }

    /// `class.__bases__`, if it is there and a tuple.
    fn bases_of(&mut self, class: Value) -> Outcome<Option<Ref>> {
        let bases = self.get_attr_opt(class, atom::intern("__bases__"))?;
        Ok(bases.filter(|bases| bases.is_kind(Kind::Tuple)))
    }

    /// `base` is `class` or, by `__bases__`, somewhere below it. What the program answers may be an endless chain.
    fn has_base(&mut self, class: Value, base: Value) -> Outcome<bool> {
        let mut work = vec![(class.to_ref(), 0)];
        while let Some((class, depth)) = work.pop() {
            if *class == base {
                return Ok(true);
            }
            if depth > self.max_depth {
                return Err(self.raise_recursion());
            }
            if let Some(bases) = self.bases_of(*class)? {
                let bases = bases.as_sequence().unwrap_or(&[]);
                work.extend(bases.iter().rev().map(|base| (base.clone(), depth + 1)));
            }
        }
        Ok(false)
    }

    fn is_subclass_of_class(&mut self, sub: TypeRef, class: TypeRef) -> Outcome<bool> {
        if std::ptr::eq(sub, class) {
            return Ok(true);
        }
        if let Some(meta) = class.meta.get()
            && let Some(hook) = meta.lookup(self.names.subclasscheck)
            && !hook.is_kind(Kind::Native)
        {
            let answer = self.call_values(hook, &[class.value(), sub.value()])?;
            return self.truth(*answer);
        }
        if class.has(type_flag::ABC) {
            return self.is_abstract_subclass(sub, class);
        }
        Ok(sub.is_subclass(class))
    }

    /// `issubclass` by the rules of `ABCMeta`: the hook, the MRO, what was registered, the subclasses of the class.
    pub fn is_abstract_subclass(&mut self, sub: TypeRef, class: TypeRef) -> Outcome<bool> {
        let mut work = vec![class];
        let mut seen: Vec<TypeRef> = Vec::new();
        while let Some(class) = work.pop() {
            if seen.iter().any(|s| std::ptr::eq(*s, class)) {
                continue;
            }
            seen.push(class);
            if let Some(answer) = self.subclass_hook(sub, class)? {
                if answer {
                    return Ok(true);
                }
                continue;
            }
            if sub.is_subclass(class) {
                return Ok(true);
            }
            for registered in self.registered(class) {
                if sub.is_subclass(registered) {
                    return Ok(true);
                }
                work.push(registered);
            }
            work.extend(class.subclasses.borrow().iter());
        }
        Ok(false)
    }

    /// What `__subclasshook__` says; None is NotImplemented.
    fn subclass_hook(&mut self, sub: TypeRef, class: TypeRef) -> Outcome<Option<bool>> {
        if !class.has(type_flag::ABC) {
            return Ok(None);
        }
        let name = atom::intern("__subclasshook__");
        let Some((owner, hook)) = class.lookup_where(name) else { return Ok(None) };
        if std::ptr::eq(owner, self.types.object) {
            return Ok(None);
        }
        let kind = self.descriptor_kind(hook);
        let outcome = self.read_through_class(hook, kind, class);
        let bound = self.settle(outcome)?;
        let answer = self.call_values(*bound, &[sub.value()])?;
        if *answer == Value::NOT_IMPLEMENTED {
            return Ok(None);
        }
        self.truth(*answer).map(Some)
    }

    fn registered(&self, class: TypeRef) -> Vec<TypeRef> {
        let dict = class.dict.borrow();
        let list = dict.get(&atom::intern("_abc_registry")).and_then(|r| r.get::<List>());
        list.map_or_else(Vec::new, |list| list.items.iter().filter_map(|item| item.as_type()).collect())
    }

    /// `ABCMeta.register(class, sub)`
    pub fn register_abstract(&mut self, class: TypeRef, sub: TypeRef) -> Outcome<()> {
        if sub.is_subclass(class) {
            return Ok(());
        }
        if class.is_subclass(sub) {
            let class = self.types.exc.runtime_error;
            return Err(self.raise(class, "Refusing to create an inheritance cycle"));
        }
        let marks = class.flags.get() & (type_flag::SEQUENCE | type_flag::MAPPING);
        sub.flags.set(sub.flags.get() | marks);
        let key = atom::intern("_abc_registry");
        let mut dict = class.dict.borrow_mut();
        let list = dict.entry(key).or_insert_with(|| Ref::list(Vec::new()));
        if let Some(list) = list.get_mut::<List>() {
            list.items.push(sub.value().to_ref());
        }
        Ok(())
    }

    /// Finds the abstract methods of a new class and marks it if it has any.
    pub fn find_abstract(&mut self, class: TypeRef) -> Outcome<()> {
        if !class.has(type_flag::ABC) {
            return Ok(());
        }
        let mark = atom::intern("__isabstractmethod__");
        let key = atom::intern("__abstractmethods__");
        let mut names: Vec<Value> = Vec::new();
        let own: Vec<(Value, Ref)> = class.dict.borrow().iter().map(|(k, v)| (*k, v.clone())).collect();
        for (name, value) in own {
            if self.is_marked_abstract(*value, mark)? {
                names.push(name);
            }
        }
        let bases: Vec<TypeRef> = class.bases.borrow().clone();
        for base in bases {
            for name in abstract_names(base, key) {
                let Some(value) = class.lookup(name).map(Value::to_ref) else { continue };
                if !names.contains(&name) && self.is_marked_abstract(*value, mark)? {
                    names.push(name);
                }
            }
        }
        names.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        class.flags.set(class.flags.get() & !type_flag::ABSTRACT);
        if !names.is_empty() {
            class.flags.set(class.flags.get() | type_flag::ABSTRACT);
        }
        let mut table = SetTable::new();
        for name in &names {
            table.insert_new(name.get::<Str>().map_or(0, Str::hash_value), name.to_ref());
        }
        class.dict.borrow_mut().insert(key, Ref::frozenset(table));
        self.class_changed(class);
        Ok(())
    }

    fn is_marked_abstract(&mut self, value: Value, mark: Value) -> Outcome<bool> {
        if !value.is_ptr() || value.is_kind(Kind::Str) || value.is_kind(Kind::Type) {
            return Ok(false);
        }
        match self.get_attr_opt(value, mark)? {
            Some(answer) => self.truth(*answer),
            None => Ok(false),
        }
    }

    #[cold]
    pub fn abstract_error(&mut self, class: TypeRef) -> Signal {
        let key = atom::intern("__abstractmethods__");
        let mut names: Vec<String> =
            abstract_names(class, key).iter().map(|name| format!("'{}'", name.as_str().unwrap_or("?"))).collect();
        names.sort();
        let plural = if names.len() == 1 { "" } else { "s" };
        self.type_error(format!(
            "Can't instantiate abstract class {} without an implementation for abstract method{plural} {}",
            class.name_text(),
            names.join(", ")
        ))
    }
}

/// The names in a class's own `__abstractmethods__`.
fn abstract_names(class: TypeRef, key: Value) -> Vec<Value> {
    let dict = class.dict.borrow();
    let names = dict.get(&key).and_then(|set| set.as_set());
    names.map_or_else(Vec::new, |set| set.iter().map(|(_, name)| name).collect())
}
