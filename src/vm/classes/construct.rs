//! Calling a class: `__new__`, then `__init__`.
//!
//! The rule for built-in types: called exactly (not through a subclass), their `__new__` gets all the arguments and does all
//! the work, and may leave a call to the machine; their `__init__` is not called. Through a subclass `__new__` makes the
//! object ([`Vm::as_subclass`]) and `__init__`, if the type has one, fills it.

use crate::object::call::{Args, Outcome};
use crate::object::function::{Native, StaticMethod};
use crate::object::subclass::with_tail;
use crate::object::types::{Instance, TypeRef, type_flag};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::protocol::repr_object::full_type_name;

/// How far [`Vm::begin_construct`] came.
pub enum Construction {
    /// The object is ready.
    Done(Ref),
    /// The object is made; the function `init` (in Coro) is to be called with it and the arguments, and must return None.
    Init { object: Ref, init: Value },
}

impl Vm {
    /// For classes whose objects are made without running anything: their `__init__` (a function, or unbound if it is
    /// object's, which takes no arguments). None for all others.
    #[inline]
    pub fn plain_init(&self, class: TypeRef) -> Option<Value> {
        if !class.has(type_flag::PLAIN_NEW)
            || class.has(type_flag::ABSTRACT)
            || class.layout.get() != Kind::Instance
            || class.meta.get().is_some()
        {
            return None;
        }
        if class.has(type_flag::PLAIN_INIT) {
            return Some(Value::UNBOUND);
        }
        class.lookup(self.names.init).filter(|init| init.is_kind(Kind::Function))
    }

    /// `class(*args)`, by re-entry where it takes Coro code; may leave the last call to the machine.
    pub fn construct(&mut self, class: TypeRef, args: Args) -> Outcome {
        let construction = self.begin_construct(class, args)?;
        self.finish_construct(construction, args)
    }

    /// What `type.__call__` does: [`Vm::construct`] without the metaclass's `__call__`.
    pub fn construct_plainly(&mut self, class: TypeRef, args: Args) -> Outcome {
        let construction = self.make_object(class, args)?;
        self.finish_construct(construction, args)
    }

    fn finish_construct(&mut self, construction: Construction, args: Args) -> Outcome {
        match construction {
            Construction::Done(object) => Ok(object),
            Construction::Init { object, init } => {
                self.run_init(init, *object, args)?;
                Ok(object)
            }
        }
    }

    /// Makes an object of the class up to a `__init__` in Coro, which it leaves to the caller. May leave a call to the
    /// machine whose result is the whole result.
    pub fn begin_construct(&mut self, class: TypeRef, args: Args) -> Outcome<Construction> {
        if let Some(meta) = class.meta.get() {
            let hook = meta.lookup(self.names.call).filter(|hook| !hook.is_kind(Kind::Native));
            if let Some(hook) = hook {
                let mut values = vec![class.value()];
                values.extend_from_slice(args.values);
                return Err(self.tail_call_kw(hook, &values, args.names));
            }
        }
        self.make_object(class, args)
    }

    fn make_object(&mut self, class: TypeRef, args: Args) -> Outcome<Construction> {
        let new = class.lookup(self.names.new).unwrap_or(Value::NONE);
        if let Some(native) = new.get::<Native>() {
            return self.construct_native(class, native, args);
        }
        let object = match new.get::<StaticMethod>() {
            Some(method) => self.call_with(*method.func, class.value(), args)?,
            None if new.is_kind(Kind::Function) => self.call_with(new, class.value(), args)?,
            // Any other descriptor is bound to the class.
            None => {
                let bound = self.get_attr(class.value(), self.names.new)?;
                self.call_with(*bound, class.value(), args)?
            }
        };
        if !self.type_of(*object).is_subclass(class) {
            return Ok(Construction::Done(object));
        }
        self.find_init(object, args)
    }

    fn construct_native(&mut self, class: TypeRef, new: &Native, args: Args) -> Outcome<Construction> {
        if class.has(type_flag::PLAIN_NEW) {
            let object = self.new_plain(class, args)?;
            return self.find_init(object, args);
        }
        let exact = class.builtin;
        let mut values = Vec::with_capacity(args.values.len() + 1);
        values.push(class.value());
        values.extend_from_slice(args.values);
        let mut names = args.names;
        if !exact && !new.def.keywords && self.has_own_init(class) {
            // They are for `__init__`.
            values.truncate(values.len() - names.len());
            names = &[];
        }
        let outcome = self.call_native_def(new, Args { values: &values, names });
        if exact {
            return outcome.map(Construction::Done);
        }
        let object = self.settle(outcome)?;
        if !self.type_of(*object).is_subclass(class) {
            return Ok(Construction::Done(object));
        }
        self.find_init(object, args)
    }

    /// Whether `__init__` is that of a class statement.
    fn has_own_init(&self, class: TypeRef) -> bool {
        class.lookup_where(self.names.init).is_some_and(|(owner, _)| !owner.builtin)
    }

    /// Calls the native `__init__`, or leaves the one in Coro.
    fn find_init(&mut self, object: Ref, args: Args) -> Outcome<Construction> {
        let class = self.type_of(*object);
        if class.has(type_flag::PLAIN_INIT) {
            return Ok(Construction::Done(object));
        }
        let Some(init) = class.lookup(self.names.init) else { return Ok(Construction::Done(object)) };
        if init.is_kind(Kind::Function) {
            return Ok(Construction::Init { object, init });
        }
        self.run_init(init, *object, args)?;
        Ok(Construction::Done(object))
    }

    fn run_init(&mut self, init: Value, object: Value, args: Args) -> Outcome<()> {
        let result = match init.kind() {
            Some(Kind::Function | Kind::Native) => self.call_with(init, object, args)?,
            _ => {
                let bound = self.bind_special(object, init, self.names.init)?;
                self.call(*bound, args)?
            }
        };
        if !result.is_none() {
            let message = format!("__init__() should return None, not '{}'", self.type_name(*result));
            return Err(self.type_error(message));
        }
        Ok(())
    }

    /// Calls `func(first, *args)` by re-entry.
    fn call_with(&mut self, func: Value, first: Value, args: Args) -> Outcome {
        let mut values = Vec::with_capacity(args.values.len() + 1);
        values.push(first);
        values.extend_from_slice(args.values);
        self.call(func, Args { values: &values, names: args.names })
    }

    /// What `object.__new__` does.
    pub fn new_plain(&mut self, class: TypeRef, args: Args) -> Outcome {
        if class.has(type_flag::ABSTRACT) {
            return Err(self.abstract_error(class));
        }
        if !args.values.is_empty() && class.layout.get() == Kind::Instance {
            if !class.has(type_flag::PLAIN_NEW) {
                let message = "object.__new__() takes exactly one argument (the type to instantiate)";
                return Err(self.type_error(message));
            }
            if class.has(type_flag::PLAIN_INIT) {
                return Err(self.type_error(format!("{}() takes no arguments", class.name_text())));
            }
        }
        match class.layout.get() {
            Kind::Instance => Ok(Instance::alloc(class)),
            _ => {
                let (name, base) = (class.name_text(), self.solid_name(class));
                let message = match class.has(type_flag::PLAIN_NEW) {
                    true => format!("cannot create '{}' instances", full_type_name(class)),
                    false => format!("object.__new__({name}) is not safe, use {base}.__new__()"),
                };
                Err(self.type_error(message))
            }
        }
    }

    /// The nearest built-in type of a class.
    pub fn builtin_base(&self, class: TypeRef) -> TypeRef {
        class.mro.borrow().iter().find(|ty| ty.builtin).copied().unwrap_or(self.types.object)
    }

    fn solid_name(&self, class: TypeRef) -> String {
        self.builtin_base(class).name_text()
    }

    /// An object of a built-in type as an instance of `class`, which is that type or one below it.
    pub fn as_subclass(&mut self, class: TypeRef, object: Ref) -> Ref {
        if std::ptr::eq(self.type_of(*object), class) { object } else { with_tail(class, object) }
    }

    /// The class that a native `__new__` got as its first argument; it must be `base` or a class below it.
    pub fn class_arg(&mut self, value: Value, base: TypeRef) -> Outcome<TypeRef> {
        let Some(class) = value.as_type() else {
            let message =
                format!("{}.__new__(X): X is not a type object ({})", base.name_text(), self.type_name(value));
            return Err(self.type_error(message));
        };
        if !class.is_subclass(base) {
            let (name, base) = (class.name_text(), base.name_text());
            return Err(self.type_error(format!("{base}.__new__({name}): {name} is not a subtype of {base}")));
        }
        let nearest = self.builtin_base(class);
        let replaced = !std::ptr::eq(base, self.types.object) && !std::ptr::eq(nearest, base);
        if replaced && nearest.dict.borrow().contains_key(&self.names.new) {
            let (name, base, nearest) = (class.name_text(), base.name_text(), nearest.name_text());
            return Err(self.type_error(format!("{base}.__new__({name}) is not safe, use {nearest}.__new__()")));
        }
        Ok(class)
    }

    /// Calls a native with its arity checked.
    fn call_native_def(&mut self, native: &Native, args: Args) -> Outcome {
        let positional = args.pos().len();
        let def = native.def;
        let keywords_ok = def.keywords || args.names.is_empty();
        if keywords_ok
            && positional >= def.min as usize
            && (positional <= def.max as usize || def.max == crate::vm::native::MANY)
        {
            return (def.func)(self.machine(), args);
        }
        // The class is not one of the arguments for who reads the message.
        let owner = native.owner.as_type().map_or_else(String::new, |ty| ty.name_text());
        let (given, min, max) = (positional.saturating_sub(1), def.min.saturating_sub(1), def.max.saturating_sub(1));
        let message = if !keywords_ok {
            format!("{owner}() takes no keyword arguments")
        } else if max == 0 {
            format!("{owner}() takes no arguments")
        } else if given > max as usize {
            let least = if min == max { "" } else { "at most " };
            let plural = if max == 1 { "" } else { "s" };
            format!("{owner} expected {least}{max} argument{plural}, got {given}")
        } else {
            let least = if min == max { "" } else { "at least " };
            let plural = if min == 1 { "" } else { "s" };
            format!("{owner} expected {least}{min} argument{plural}, got {given}")
        };
        Err(self.type_error(message))
    }
}
