//! Type objects, shapes, instances. Types and shapes live as long as the process.

use super::heap::{self, Header, Kind, Object, flag};
use super::{Ref, Value};
use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::cell::{Cell, RefCell};

pub type TypeRef = &'static TypeObj;

/// Names (interned) to values, in order.
pub type NameMap = IndexMap<Value, Ref, FxBuildHasher>;

/// A type: built-in or user-defined.
#[repr(C)]
pub struct TypeObj {
    pub header: Header,
    pub name: RefCell<Ref>,
    pub qualname: RefCell<Ref>,
    pub bases: RefCell<Vec<TypeRef>>,
    /// Itself first.
    pub mro: RefCell<Vec<TypeRef>>,
    pub dict: RefCell<NameMap>,
    /// A new number, never given before, whenever an attribute of it or of a base changes; never 0.
    pub version: Cell<u32>,
    pub subclasses: RefCell<Vec<TypeRef>>,
    /// Layout of its instances: `Instance` for ordinary classes, else that of the built-in base.
    pub layout: Cell<Kind>,
    /// [`type_flag`] bits.
    pub flags: Cell<u32>,
    /// The shape of a fresh instance.
    pub root: Cell<Option<&'static Shape>>,
    /// Inline slots given to a new instance; learned.
    pub inline_slots: Cell<u16>,
    /// Its metaclass; none is `type`.
    pub meta: Cell<Option<TypeRef>>,
    pub builtin: bool,
}

// Safety: repr(C), header first.
unsafe impl Object for TypeObj {
    const KIND: Kind = Kind::Type;
}

/// Facts about a class that hot paths ask; recomputed with its version.
pub mod type_flag {
    /// Defines (or inherits, below `object`) the named method in Coro or natively.
    pub const GETATTR: u32 = 1;
    pub const GETATTRIBUTE: u32 = 2;
    pub const SETATTR: u32 = 4;
    pub const DELATTR: u32 = 8;
    pub const DEL: u32 = 16;
    pub const EQ: u32 = 32;
    pub const HASH: u32 = 64;
    pub const BOOL: u32 = 128;
    pub const LEN: u32 = 256;
    /// An exception class.
    pub const EXCEPTION: u32 = 512;
    /// May not be subclassed.
    pub const FINAL: u32 = 1024;
    /// `__init__` is object's, `__new__` too: call rules of `object()`.
    pub const PLAIN_NEW: u32 = 2048;
    /// A data descriptor type (`__set__` or `__delete__`).
    pub const DATA_DESCRIPTOR: u32 = 4096;
    /// A descriptor type (`__get__`).
    pub const DESCRIPTOR: u32 = 8192;
    pub const PLAIN_INIT: u32 = 16384;
    /// Made with `ABCMeta` (or below such a class).
    pub const ABC: u32 = 1 << 15;
    /// Has abstract methods: cannot be instantiated.
    pub const ABSTRACT: u32 = 1 << 16;
    /// Instances have no `__dict__`: `__slots__` in all classes of the MRO.
    pub const NO_DICT: u32 = 1 << 17;
    /// Counts as a sequence, or a mapping, for `match`.
    pub const SEQUENCE: u32 = 1 << 18;
    pub const MAPPING: u32 = 1 << 19;
    /// Named with its module in messages, as CPython's static types are. Not inherited.
    pub const FULL_NAME: u32 = 1 << 20;
    /// `OrderedDict`, or below it.
    pub const ORDERED: u32 = 1 << 21;
    /// Its own instances keep a generator or native iterator in their first slot that gives their items: loops run it directly. Not inherited.
    pub const STEPS: u32 = 1 << 22;
}

/// A remembered lookup, as in CPython's type cache. Versions are given out once only, so that one stands for a class in
/// one state; what was found (nothing: unbound) lives as long as that state.
struct Lookup {
    version: Cell<u32>,
    name: Cell<Value>,
    found: Cell<Value>,
    /// The class in whose dict it was found; None if nothing was.
    owner: Cell<Option<TypeRef>>,
}

const LOOKUPS: usize = 1024;

thread_local! {
    static LOOKED_UP: [Lookup; LOOKUPS] = const {
        [const {
            Lookup {
                version: Cell::new(0),
                name: Cell::new(Value::UNBOUND),
                found: Cell::new(Value::UNBOUND),
                owner: Cell::new(None),
            }
        }; LOOKUPS]
    };
    static LAST_VERSION: Cell<u32> = const { Cell::new(0) };
}

/// A class version that was never given before.
pub fn next_version() -> u32 {
    let version = LAST_VERSION.get().wrapping_add(1);
    LAST_VERSION.set(version);
    version
}

impl TypeObj {
    /// The type as a value; types are immortal.
    pub fn value(&'static self) -> Value {
        Value::from_header(self as *const TypeObj as *mut Header)
    }

    /// From now on messages name it with its module.
    pub fn name_in_full(&self) {
        self.flags.set(self.flags.get() | type_flag::FULL_NAME);
    }

    pub fn has(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    /// Looks an interned name up along the MRO; what was found lately is remembered (see [`Lookup`]).
    #[inline]
    pub fn lookup(&self, name: Value) -> Option<Value> {
        let found = self.remembered(name, |entry| entry.found.get());
        (!found.is_unbound()).then_some(found)
    }

    /// The type in whose dict the name is found, with the value; remembered likewise.
    #[inline]
    pub fn lookup_where(&self, name: Value) -> Option<(TypeRef, Value)> {
        self.remembered(name, |entry| entry.owner.get().map(|owner| (owner, entry.found.get())))
    }

    #[inline]
    fn remembered<R>(&self, name: Value, read: impl FnOnce(&Lookup) -> R) -> R {
        let version = self.version.get();
        let at = ((name.0 >> 4) as usize).wrapping_add((version as usize).wrapping_mul(0x9E37)) % LOOKUPS;
        LOOKED_UP.with(|lookups| {
            let entry = &lookups[at];
            if entry.version.get() != version || entry.name.get() != name {
                let found = self.lookup_along_mro(name);
                entry.version.set(version);
                entry.name.set(name);
                entry.found.set(found.map_or(Value::UNBOUND, |(_, value)| value));
                entry.owner.set(found.map(|(owner, _)| owner));
            }
            read(entry)
        })
    }

    #[inline(never)]
    fn lookup_along_mro(&self, name: Value) -> Option<(TypeRef, Value)> {
        self.mro.borrow().iter().find_map(|ty| ty.dict.borrow().get(&name).map(|r| (*ty, r.value())))
    }

    pub fn is_subclass(&self, other: TypeRef) -> bool {
        std::ptr::eq(self, other) || self.mro.borrow().iter().any(|ty| std::ptr::eq(*ty, other))
    }

    /// The class name as text.
    pub fn name_text(&self) -> String {
        self.name.borrow().as_str().unwrap_or("?").to_owned()
    }
}

impl Value {
    pub fn as_type(self) -> Option<TypeRef> {
        // Safety: types are never freed.
        if self.is_kind(Kind::Type) { Some(unsafe { &*(self.header() as *const TypeObj) }) } else { None }
    }
}

/// The layout of an instance's attributes: which name is in which slot. A tree, rooted in the class.
pub struct Shape {
    pub class: TypeRef,
    /// Names in slot order.
    pub names: Vec<Value>,
    children: RefCell<Vec<(Value, &'static Shape)>>,
    /// For many attributes.
    index: Option<rustc_hash::FxHashMap<Value, u16>>,
    /// So many of the first names are members (`__slots__`): they are in every shape of the class, bound or not.
    pub members: u16,
    /// Instances of this shape keep their other attributes in a dict in the slot after the members (`__dict__` was asked
    /// for).
    pub is_dict: bool,
    dict_shape: Cell<Option<&'static Shape>>,
}

const INDEX_FROM: usize = 9;

impl Shape {
    pub fn root(class: TypeRef) -> &'static Shape {
        Shape::make(class, Vec::new(), 0, false)
    }

    /// The root of a class with members.
    pub fn root_with_members(class: TypeRef, members: Vec<Value>) -> &'static Shape {
        let count = members.len() as u16;
        class.inline_slots.set(class.inline_slots.get().max(count));
        Shape::make(class, members, count, false)
    }

    fn make(class: TypeRef, names: Vec<Value>, members: u16, is_dict: bool) -> &'static Shape {
        let index =
            (names.len() >= INDEX_FROM).then(|| names.iter().enumerate().map(|(i, n)| (*n, i as u16)).collect());
        Box::leak(Box::new(Shape {
            class,
            names,
            children: RefCell::default(),
            index,
            members,
            is_dict,
            dict_shape: Cell::new(None),
        }))
    }

    #[inline]
    pub fn slot(&self, name: Value) -> Option<u16> {
        match &self.index {
            Some(index) => index.get(&name).copied(),
            None => self.names.iter().position(|n| *n == name).map(|i| i as u16),
        }
    }

    /// The shape with `name` added.
    pub fn with(&'static self, name: Value) -> &'static Shape {
        if let Some((_, child)) = self.children.borrow().iter().find(|(n, _)| *n == name) {
            return child;
        }
        let mut names = self.names.clone();
        names.push(name);
        let child = Shape::make(self.class, names, self.members, false);
        self.children.borrow_mut().push((name, child));
        child
    }

    /// The shape without `name`: built anew from the root, so that order stays insertion order.
    pub fn without(&'static self, name: Value) -> &'static Shape {
        let root = self.class.root.get().unwrap_or_else(|| Shape::root(self.class));
        self.names[self.members as usize..].iter().filter(|n| **n != name).fold(root, |shape, n| shape.with(*n))
    }

    /// The shape of instances of the same class whose attributes are in a dict.
    pub fn dict_mode(&'static self) -> &'static Shape {
        let root = self.class.root.get().unwrap_or(self);
        if let Some(shape) = root.dict_shape.get() {
            return shape;
        }
        let shape = Shape::make(self.class, root.names.clone(), root.members, true);
        root.dict_shape.set(Some(shape));
        shape
    }
}

/// An instance of an ordinary class: followed by `header.aux` inline slots.
#[repr(C)]
pub struct Instance {
    pub header: Header,
    pub shape: Cell<&'static Shape>,
    /// Slots beyond the inline ones.
    #[allow(clippy::box_collection, reason = "one word in every instance instead of three")]
    overflow: Cell<Option<Box<Vec<Ref>>>>,
}

// Safety: repr(C), header first.
unsafe impl Object for Instance {
    const KIND: Kind = Kind::Instance;
}

impl Instance {
    pub fn alloc(class: TypeRef) -> Ref {
        let inline = class.inline_slots.get();
        let header = heap::allocate(size_of::<Instance>() + inline as usize * 8, Kind::Instance);
        let root = match class.root.get() {
            Some(root) => root,
            None => {
                let root = Shape::root(class);
                class.root.set(Some(root));
                root
            }
        };
        // Safety: memory for an instance and its slots; slots are initialised to unbound.
        unsafe {
            (*header).aux = inline;
            if class.has(type_flag::DEL) {
                (*header).flags |= flag::HAS_DEL;
            }
            let instance = header as *mut Instance;
            (&raw mut (*instance).shape).write(Cell::new(root));
            (&raw mut (*instance).overflow).write(Cell::new(None));
            let slots = instance.add(1) as *mut Value;
            for i in 0..inline as usize {
                slots.add(i).write(Value::UNBOUND);
            }
        }
        Ref::from_owned(Value::from_header(header))
    }

    pub fn class(&self) -> TypeRef {
        self.shape.get().class
    }

    #[inline(always)]
    pub fn inline_slots(&self) -> *mut Value {
        (self as *const Instance).wrapping_add(1) as *mut Value
    }

    /// Slot `i`, borrowed.
    #[inline]
    pub fn get_slot(&self, i: u16) -> Value {
        if i < self.header.aux {
            // Safety: within the inline slots.
            unsafe { *self.inline_slots().add(i as usize) }
        } else {
            let at = (i - self.header.aux) as usize;
            self.with_overflow(|slots| slots.as_ref()?.get(at).map(|slot| slot.value())).unwrap_or(Value::UNBOUND)
        }
    }

    /// Stores into slot `i`; the old value is handed back, to be dropped by the caller after its own bookkeeping.
    pub fn set_slot(&self, i: u16, value: Ref) -> Ref {
        if i < self.header.aux {
            // Safety: within the inline slots.
            return unsafe {
                Ref::from_owned(std::ptr::replace(self.inline_slots().add(i as usize), value.into_owned()))
            };
        }
        let class = self.class();
        if class.inline_slots.get() < 32 {
            class.inline_slots.set(class.inline_slots.get().max(i + 1));
        }
        let at = (i - self.header.aux) as usize;
        self.with_overflow(|overflow| {
            let slots = overflow.get_or_insert_with(Default::default);
            while slots.len() <= at {
                slots.push(Ref::UNBOUND);
            }
            std::mem::replace(&mut slots[at], value)
        })
    }

    /// Runs `f` on the slots beyond the inline ones; it must not release anything.
    fn with_overflow<R>(&self, f: impl FnOnce(&mut Option<Box<Vec<Ref>>>) -> R) -> R {
        let mut slots = self.overflow.take();
        let result = f(&mut slots);
        self.overflow.set(slots);
        result
    }

    /// Calls back with every value in its slots.
    pub(super) fn visit(&self, v: &mut dyn FnMut(Value)) {
        for i in 0..self.header.aux {
            v(self.get_slot(i));
        }
        self.with_overflow(|slots| slots.iter().flat_map(|slots| slots.iter()).for_each(|slot| v(slot.value())));
    }

    /// Empties its slots, in order.
    pub(super) fn clear(&self) {
        for i in 0..self.header.aux as usize {
            // Safety: within the inline slots.
            unsafe { std::ptr::replace(self.inline_slots().add(i), Value::UNBOUND).dec() };
        }
        drop(self.overflow.take());
    }

    /// An attribute of the instance itself.
    pub fn get_attr(&self, name: Value) -> Option<Value> {
        let shape = self.shape.get();
        let slot = shape.slot(name);
        if shape.is_dict && slot.is_none() {
            return self.get_slot(shape.members).get::<super::dict::Dict>().and_then(|d| d.get_atom(name));
        }
        let value = self.get_slot(slot?);
        (!value.is_unbound()).then_some(value)
    }

    /// Sets an attribute of the instance itself; the old value is handed back.
    pub fn set_attr(&self, name: Value, value: Ref) -> Ref {
        let shape = self.shape.get();
        let slot = shape.slot(name);
        if shape.is_dict && slot.is_none() {
            return match self.get_slot(shape.members).get_mut::<super::dict::Dict>() {
                Some(dict) => dict.set_atom(name, value),
                None => Ref::NONE,
            };
        }
        match slot {
            Some(slot) => self.set_slot(slot, value),
            None => {
                let next = shape.with(name);
                let old = self.set_slot(next.names.len() as u16 - 1, value);
                self.shape.set(next);
                old
            }
        }
    }

    /// Removes an attribute of the instance itself.
    pub fn del_attr(&self, name: Value) -> Option<Ref> {
        let shape = self.shape.get();
        let slot = shape.slot(name);
        if let Some(member) = slot.filter(|slot| *slot < shape.members) {
            let old = self.set_slot(member, Ref::UNBOUND);
            return (!old.is_unbound()).then_some(old);
        }
        if shape.is_dict {
            return self.get_slot(shape.members).get_mut::<super::dict::Dict>().and_then(|d| d.remove_atom(name));
        }
        let slot = slot?;
        let next = shape.without(name);
        let mut values: Vec<Ref> = (0..shape.names.len()).map(|i| self.set_slot(i as u16, Ref::UNBOUND)).collect();
        let removed = values.remove(slot as usize);
        self.shape.set(next);
        for (i, value) in values.into_iter().enumerate() {
            self.set_slot(i as u16, value);
        }
        Some(removed)
    }

    /// The instance's `__dict__`, live: from now on its attributes are kept in it.
    pub fn dict(&self) -> Ref {
        let shape = self.shape.get();
        if shape.is_dict {
            return self.get_slot(shape.members).to_ref();
        }
        let mut dict = super::dict::Dict::new();
        for (i, name) in shape.names.iter().enumerate().skip(shape.members as usize) {
            let value = self.set_slot(i as u16, Ref::UNBOUND);
            if !value.is_unbound() {
                dict.set_atom(*name, value);
            }
        }
        let dict = super::dict::Dict::alloc(dict);
        self.set_slot(shape.members, dict.clone());
        self.shape.set(shape.dict_mode());
        dict
    }

    /// Names and values of its attributes but the members, in order.
    pub fn attrs(&self) -> Vec<(Value, Value)> {
        let shape = self.shape.get();
        if shape.is_dict {
            return self
                .get_slot(shape.members)
                .get::<super::dict::Dict>()
                .map(|d| d.atom_entries())
                .unwrap_or_default();
        }
        let names = shape.names.iter().enumerate().skip(shape.members as usize);
        let slots = names.map(|(i, n)| (*n, self.get_slot(i as u16)));
        slots.filter(|(_, v)| !v.is_unbound()).collect()
    }

    pub(super) fn object_size(&self) -> usize {
        size_of::<Instance>() + self.header.aux as usize * 8
    }
}

/// Behind an instance of a user-defined subclass of a built-in type (flag SUBCLASS).
#[repr(C)]
pub struct Tail {
    pub class: TypeRef,
    /// Its attributes: a dict, or None.
    pub dict: Ref,
}

impl Value {
    /// The tail of an instance of a user-defined subclass of a built-in type.
    #[allow(clippy::mut_from_ref)]
    pub fn tail(&self) -> Option<&mut Tail> {
        if !self.is_ptr() {
            return None;
        }
        // Safety: the flag says that a tail follows the object; borrows are short (single-threaded).
        unsafe {
            let header = self.header();
            if (*header).flags & flag::SUBCLASS == 0 {
                return None;
            }
            let base = (heap::kind_ops((*header).kind).size)(header);
            Some(&mut *((header as *mut u8).add(base) as *mut Tail))
        }
    }
}
