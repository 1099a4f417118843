//! Filling built-in types with their tables of natives; what a change of a class attribute entails.

use crate::object::function::{Native, NativeDef, NativeRole};
use crate::object::heap::{self, Kind};
use crate::object::types::{TypeRef, next_version, type_flag};
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::types::new_type;

/// A native as an immortal object.
fn immortal(def: &'static NativeDef, role: NativeRole, owner: Value, module: Value) -> Ref {
    let native = heap::new(Native { header: heap::blank(Kind::Native), def, role, owner, module });
    // Safety: a fresh object, kept for ever like the table it comes from.
    unsafe { (*native.header()).rc = heap::IMMORTAL };
    native
}

impl Vm {
    /// A built-in function object; `module` is the interned name of its module.
    pub fn native_function(&self, def: &'static NativeDef, module: Value) -> Ref {
        immortal(def, NativeRole::Function, Value::UNBOUND, module)
    }

    /// A new built-in type. A dotted name gives the module too (`re.Pattern`).
    pub fn define_type(
        &mut self,
        name: &str,
        bases: &[TypeRef],
        layout: Kind,
        methods: &'static [NativeDef],
    ) -> TypeRef {
        let bases = if bases.is_empty() { &[self.types.object][..] } else { bases };
        let ty = new_type(name, bases, layout, true);
        self.add_methods(ty, methods);
        ty
    }

    /// A subclass of a built-in type with native methods, whose instances carry their class as those of user-defined ones do.
    pub fn define_subclass(&mut self, name: &str, base: TypeRef, methods: &'static [NativeDef]) -> TypeRef {
        let ty = new_type(name, &[base], base.layout.get(), false);
        self.add_methods(ty, methods);
        ty
    }

    /// Installs methods. `__new__` becomes a static method, `__class_getitem__`, `__init_subclass__` and
    /// `__subclasshook__` class methods.
    pub fn add_methods(&mut self, ty: TypeRef, table: &'static [NativeDef]) {
        ty.dict.borrow_mut().reserve(table.len());
        for def in table {
            let role = match def.name {
                "__new__" => NativeRole::StaticMethod,
                "__class_getitem__" | "__init_subclass__" | "__subclasshook__" => NativeRole::ClassMethod,
                _ => NativeRole::Method,
            };
            self.add_native(ty, def, role);
        }
        self.class_changed(ty);
    }

    /// Installs class methods (`dict.fromkeys`).
    pub fn add_class_methods(&mut self, ty: TypeRef, table: &'static [NativeDef]) {
        table.iter().for_each(|def| self.add_native(ty, def, NativeRole::ClassMethod));
        self.class_changed(ty);
    }

    /// Installs static methods (`str.maketrans`).
    pub fn add_static_methods(&mut self, ty: TypeRef, table: &'static [NativeDef]) {
        table.iter().for_each(|def| self.add_native(ty, def, NativeRole::StaticMethod));
        self.class_changed(ty);
    }

    /// Installs computed attributes: each native takes the object (`min` 1), and if `max` is 2 also a value to set.
    pub fn add_getters(&mut self, ty: TypeRef, table: &'static [NativeDef]) {
        table.iter().for_each(|def| self.add_native(ty, def, NativeRole::Getter));
        self.class_changed(ty);
    }

    fn add_native(&mut self, ty: TypeRef, def: &'static NativeDef, role: NativeRole) {
        let native = immortal(def, role, ty.value(), Value::UNBOUND);
        ty.dict.borrow_mut().insert(atom::intern(def.name), native);
    }

    /// Sets an attribute of a class, whatever its metaclass says.
    pub fn set_class_attr(&mut self, ty: TypeRef, name: &str, value: Ref) {
        let old = ty.dict.borrow_mut().insert(atom::intern(name), value);
        self.class_changed(ty);
        drop(old);
    }

    /// An attribute of the class changed: new versions and flags for it and all below it.
    pub fn class_changed(&mut self, ty: TypeRef) {
        let mut work = vec![ty];
        while let Some(ty) = work.pop() {
            ty.version.set(next_version());
            if !self.installing {
                self.compute_flags(ty);
            }
            work.extend(ty.subclasses.borrow().iter());
        }
    }

    /// Fills the built-in types: `install` changes many attributes, whose consequences are worked out once.
    pub fn install_types(&mut self, install: fn(&mut Vm)) {
        self.installing = true;
        install(self);
        self.installing = false;
        self.class_changed(self.types.object);
    }

    /// Recomputes what hot paths ask of a class.
    fn compute_flags(&self, ty: TypeRef) {
        let names = &self.names;
        let below_object =
            |name: Value| ty.lookup_where(name).is_some_and(|(owner, _)| !std::ptr::eq(owner, self.types.object));
        let found = |name: Value| ty.lookup(name).is_some_and(|v| !v.is_none());
        let bits = [
            (type_flag::GETATTR, found(names.getattr)),
            (type_flag::GETATTRIBUTE, below_object(names.getattribute) && !self.native_hook(ty, names.getattribute)),
            (type_flag::SETATTR, below_object(names.setattr) && !self.native_hook(ty, names.setattr)),
            (type_flag::DELATTR, below_object(names.delattr) && !self.native_hook(ty, names.delattr)),
            (type_flag::DEL, found(names.del)),
            (type_flag::EQ, below_object(names.eq)),
            (type_flag::HASH, below_object(names.hash)),
            (type_flag::BOOL, found(names.bool_)),
            (type_flag::LEN, found(names.len)),
            (type_flag::PLAIN_NEW, !below_object(names.new)),
            (type_flag::PLAIN_INIT, !below_object(names.init)),
            (type_flag::DESCRIPTOR, found(names.get)),
            (type_flag::DATA_DESCRIPTOR, found(names.set) || found(names.delete)),
        ];
        let kept = ty.flags.get() & !bits.iter().fold(0, |all, (bit, _)| all | bit);
        ty.flags.set(bits.iter().fold(kept, |flags, (bit, on)| if *on { flags | bit } else { flags }));
    }

    /// Is the hook a native one (of `type`, `module`, `super`)? Those are built into attribute access itself.
    fn native_hook(&self, ty: TypeRef, name: Value) -> bool {
        ty.lookup(name).is_some_and(|hook| hook.is_kind(Kind::Native))
    }
}
