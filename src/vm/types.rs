//! The built-in type objects: made once when a machine starts, before any method table is installed; and the type of a value.

use super::Vm;
use super::exc_types::ExcTypes;
use crate::object::container::Tuple;
use crate::object::coroutine::AsyncStep;
use crate::object::exception::Exception;
use crate::object::function::{Native, NativeRole};
use crate::object::heap::{self, Header, KIND_COUNT, flag};
use crate::object::iter::{DictPart, DictView, Iter, IterState, IterType};
use crate::object::opaque::Opaque;
use crate::object::types::{Instance, NameMap, TypeObj, TypeRef, next_version, type_flag};
use crate::object::{Kind, Ref, Value, atom};
use std::cell::{Cell, RefCell};

macro_rules! types {
    ($object:ident; $($field:ident = $name:literal : $base:ident, $layout:ident $(, $flag:ident)*;)*) => {
        /// The built-in types.
        pub struct Types {
            pub object: TypeRef,
            $(pub $field: TypeRef,)*
            pub exc: ExcTypes,
            /// The type of plain objects of each kind, where the kind alone decides.
            pub(super) of_kind: [Option<TypeRef>; KIND_COUNT],
            /// Types of native iterators by name, made when first asked for.
            native_iters: RefCell<Vec<(&'static str, TypeRef)>>,
        }

        impl Types {
            /// Makes all built-in types, without their methods.
            pub fn bootstrap() -> Types {
                let $object = new_type("object", &[], Kind::Instance, true);
                $(let $field = new_type($name, &[$base], Kind::$layout, true);
                $field.flags.set($field.flags.get() $(| type_flag::$flag)*);)*
                let exc = ExcTypes::bootstrap($object);
                let mut types = Types {
                    object: $object, $($field,)* exc, of_kind: [None; KIND_COUNT], native_iters: RefCell::default(),
                };
                types.assign_kinds();
                types
            }

            /// All of them but the exceptions.
            pub fn all(&self) -> Vec<TypeRef> {
                vec![self.object, $(self.$field,)*]
            }
        }
    };
}

types! {
    object;
    type_ = "type": object, Type;
    abc_meta = "abc.ABCMeta": type_, Type;
    member_descriptor = "member_descriptor": object, Opaque, FINAL;
    int = "int": object, BigInt;
    bool_ = "bool": int, BigInt, FINAL;
    float = "float": object, Float;
    str_ = "str": object, Str;
    bytes = "bytes": object, Bytes;
    bytearray = "bytearray": object, ByteArray;
    list = "list": object, List;
    tuple = "tuple": object, Tuple;
    dict = "dict": object, Dict;
    set = "set": object, Set;
    frozenset = "frozenset": object, FrozenSet;
    range = "range": object, Range, FINAL;
    slice = "slice": object, Slice, FINAL;
    none = "NoneType": object, Free, FINAL;
    ellipsis = "ellipsis": object, Free, FINAL;
    not_implemented = "NotImplementedType": object, Free, FINAL;
    function = "function": object, Function, FINAL;
    builtin_function = "builtin_function_or_method": object, Native, FINAL;
    method_descriptor = "method_descriptor": object, Native, FINAL;
    classmethod_descriptor = "classmethod_descriptor": object, Native, FINAL;
    getset_descriptor = "getset_descriptor": object, Native, FINAL;
    wrapper_descriptor = "wrapper_descriptor": object, Native, FINAL;
    method = "method": object, BoundMethod, FINAL;
    method_wrapper = "method-wrapper": object, BoundMethod, FINAL;
    cell = "cell": object, Cell, FINAL;
    code = "code": object, Code, FINAL;
    frame = "frame": object, Frame, FINAL;
    traceback = "traceback": object, Traceback, FINAL;
    module = "module": object, Module, FINAL;
    generator = "generator": object, Generator, FINAL;
    coroutine = "coroutine": object, Coroutine, FINAL;
    async_generator = "async_generator": object, AsyncGenerator, FINAL;
    async_generator_asend = "async_generator_asend": object, AsyncStep, FINAL;
    async_generator_athrow = "async_generator_athrow": object, AsyncStep, FINAL;
    coroutine_wrapper = "coroutine_wrapper": object, CoroutineWrapper, FINAL;
    property = "property": object, Property;
    staticmethod = "staticmethod": object, StaticMethod;
    classmethod = "classmethod": object, ClassMethod;
    super_ = "super": object, Super;
    mappingproxy = "mappingproxy": object, MappingProxy, FINAL;
    generic_alias = "types.GenericAlias": object, GenericAlias, FINAL, FULL_NAME;
    union = "types.UnionType": object, Union, FINAL, FULL_NAME;
    dict_keys = "dict_keys": object, DictView, FINAL;
    dict_values = "dict_values": object, DictView, FINAL;
    dict_items = "dict_items": object, DictView, FINAL;
    odict_keys = "odict_keys": dict_keys, DictView;
    odict_values = "odict_values": dict_values, DictView;
    odict_items = "odict_items": dict_items, DictView;
    odict_iterator = "odict_iterator": object, Iter, FINAL;
    range_iterator = "range_iterator": object, Iter, FINAL;
    longrange_iterator = "longrange_iterator": object, Iter, FINAL;
    list_iterator = "list_iterator": object, Iter, FINAL;
    list_reverseiterator = "list_reverseiterator": object, Iter, FINAL;
    tuple_iterator = "tuple_iterator": object, Iter, FINAL;
    str_ascii_iterator = "str_ascii_iterator": object, Iter, FINAL;
    str_iterator = "str_iterator": object, Iter, FINAL;
    bytes_iterator = "bytes_iterator": object, Iter, FINAL;
    bytearray_iterator = "bytearray_iterator": object, Iter, FINAL;
    dict_keyiterator = "dict_keyiterator": object, Iter, FINAL;
    dict_valueiterator = "dict_valueiterator": object, Iter, FINAL;
    dict_itemiterator = "dict_itemiterator": object, Iter, FINAL;
    dict_reversekeyiterator = "dict_reversekeyiterator": object, Iter, FINAL;
    dict_reversevalueiterator = "dict_reversevalueiterator": object, Iter, FINAL;
    dict_reverseitemiterator = "dict_reverseitemiterator": object, Iter, FINAL;
    set_iterator = "set_iterator": object, Iter, FINAL;
    iterator = "iterator": object, Iter, FINAL;
    reversed = "reversed": object, Iter;
    callable_iterator = "callable_iterator": object, Iter, FINAL;
    enumerate = "enumerate": object, Iter;
    zip = "zip": object, Iter;
    map = "map": object, Iter;
    filter = "filter": object, Iter;
}

/// A new type object: immortal, MRO set for single inheritance. `builtin`: it is not made by a class statement.
pub(super) fn new_type(name: &str, bases: &[TypeRef], layout: Kind, builtin: bool) -> TypeRef {
    let short = atom::intern(name.rsplit('.').next().unwrap_or(name)).to_ref();
    let ty: TypeRef = Box::leak(Box::new(TypeObj {
        header: Header { rc: heap::IMMORTAL, kind: Kind::Type, flags: 0, aux: 0 },
        name: RefCell::new(short.clone()),
        qualname: RefCell::new(short),
        bases: RefCell::new(bases.to_vec()),
        mro: RefCell::default(),
        dict: RefCell::new(NameMap::default()),
        version: Cell::new(next_version()),
        subclasses: RefCell::default(),
        layout: Cell::new(layout),
        flags: Cell::new(0),
        root: Cell::new(None),
        inline_slots: Cell::new(0),
        meta: Cell::new(None),
        builtin,
    }));
    let mut mro = vec![ty];
    if let [base, ..] = bases {
        // With several bases the maker sets the linearised order afterwards.
        mro.extend(base.mro.borrow().iter());
        ty.flags.set(base.flags.get() & !type_flag::FINAL);
    }
    ty.mro.replace(mro);
    for base in bases {
        base.subclasses.borrow_mut().push(ty);
    }
    if let (true, Some(dot)) = (builtin, name.rfind('.')) {
        let module = atom::intern(&name[..dot]).to_ref();
        ty.dict.borrow_mut().insert(atom::intern("__module__"), module);
    }
    ty
}

impl Types {
    fn assign_kinds(&mut self) {
        let pairs = [
            (Kind::BigInt, self.int),
            (Kind::Float, self.float),
            (Kind::Str, self.str_),
            (Kind::Bytes, self.bytes),
            (Kind::ByteArray, self.bytearray),
            (Kind::List, self.list),
            (Kind::Tuple, self.tuple),
            (Kind::Dict, self.dict),
            (Kind::Set, self.set),
            (Kind::FrozenSet, self.frozenset),
            (Kind::Range, self.range),
            (Kind::Slice, self.slice),
            (Kind::Function, self.function),
            (Kind::Cell, self.cell),
            (Kind::Generator, self.generator),
            (Kind::Coroutine, self.coroutine),
            (Kind::AsyncGenerator, self.async_generator),
            (Kind::CoroutineWrapper, self.coroutine_wrapper),
            (Kind::Traceback, self.traceback),
            (Kind::Frame, self.frame),
            (Kind::Code, self.code),
            (Kind::Module, self.module),
            (Kind::Property, self.property),
            (Kind::StaticMethod, self.staticmethod),
            (Kind::ClassMethod, self.classmethod),
            (Kind::Super, self.super_),
            (Kind::MappingProxy, self.mappingproxy),
            (Kind::Union, self.union),
            (Kind::GenericAlias, self.generic_alias),
        ];
        for (kind, ty) in pairs {
            self.of_kind[kind as usize] = Some(ty);
        }
    }

    /// Whether all plain objects of a kind are of that type.
    pub fn is_of_kind(&self, kind: Kind, ty: TypeRef) -> bool {
        self.of_kind[kind as usize].is_some_and(|of_kind| std::ptr::eq(of_kind, ty))
    }

    /// Names the type of plain objects of a kind that a module brings (`Future`, `Task`, …).
    pub fn set_kind_type(&mut self, kind: Kind, ty: TypeRef) {
        self.of_kind[kind as usize] = Some(ty);
    }

    /// The type of any value.
    #[inline]
    pub fn type_of(&self, value: Value) -> TypeRef {
        if value.is_int() {
            return self.int;
        }
        if !value.is_ptr() {
            return self.of_word(value);
        }
        // Safety: a pointer word points at a live header.
        let (kind, flags) = unsafe { ((*value.header()).kind, (*value.header()).flags) };
        if kind == Kind::Instance {
            return value.get::<Instance>().map_or(self.object, Instance::class);
        }
        if flags & flag::SUBCLASS != 0 {
            return value.tail().map_or(self.object, |tail| tail.class);
        }
        match self.of_kind[kind as usize] {
            Some(ty) => ty,
            None => self.by_content(value),
        }
    }

    fn of_word(&self, value: Value) -> TypeRef {
        match value {
            Value::NONE => self.none,
            Value::TRUE | Value::FALSE => self.bool_,
            Value::ELLIPSIS => self.ellipsis,
            Value::NOT_IMPLEMENTED => self.not_implemented,
            _ if value.as_word_double().is_some() => self.float,
            _ => self.object,
        }
    }

    /// For kinds that several types share.
    fn by_content(&self, value: Value) -> TypeRef {
        if let Some(exception) = value.get::<Exception>() {
            return exception.class.get();
        }
        if let Some(ty) = value.as_type() {
            return ty.meta.get().unwrap_or(self.type_);
        }
        if let Some(native) = value.get::<Native>() {
            return self.of_native(native);
        }
        if let Some(method) = value.get::<crate::object::function::BoundMethod>() {
            return if method.func.is_kind(Kind::Native) { self.of_bound_native(&method.func) } else { self.method };
        }
        if let Some(iter) = value.get::<Iter>() {
            return self.of_iter(iter);
        }
        if let Some(view) = value.get::<DictView>() {
            return match (view.part, is_ordered(*view.dict)) {
                (DictPart::Keys, false) => self.dict_keys,
                (DictPart::Values, false) => self.dict_values,
                (DictPart::Items, false) => self.dict_items,
                (DictPart::Keys, true) => self.odict_keys,
                (DictPart::Values, true) => self.odict_values,
                (DictPart::Items, true) => self.odict_items,
            };
        }
        if let Some(step) = value.get::<AsyncStep>() {
            return match step.mode {
                crate::object::coroutine::StepMode::Send => self.async_generator_asend,
                _ => self.async_generator_athrow,
            };
        }
        if let Some(handle) = value.get::<crate::object::future::Handle>() {
            return handle.class;
        }
        match value.get::<Opaque>() {
            Some(opaque) => opaque.class,
            None => self.object,
        }
    }

    /// Slot methods (`int.__add__`) are wrapper descriptors, the rest method descriptors.
    fn of_native(&self, native: &Native) -> TypeRef {
        let name = native.def.name;
        match native.role {
            NativeRole::Function | NativeRole::StaticMethod => self.builtin_function,
            NativeRole::Method if is_slot_name(name) => self.wrapper_descriptor,
            NativeRole::Method => self.method_descriptor,
            NativeRole::ClassMethod => self.classmethod_descriptor,
            NativeRole::Getter => self.getset_descriptor,
        }
    }

    fn of_bound_native(&self, func: &Ref) -> TypeRef {
        match func.get::<Native>() {
            Some(native) if native.role == NativeRole::Method && is_slot_name(native.def.name) => self.method_wrapper,
            _ => self.builtin_function,
        }
    }

    fn of_iter(&self, iter: &Iter) -> TypeRef {
        let ty = match &iter.state {
            IterState::Range { .. } => IterType::Range,
            IterState::BigRange { .. } => IterType::LongRange,
            IterState::List { .. } => IterType::List,
            IterState::ListReversed { .. } => IterType::ListReversed,
            IterState::Tuple { .. } => IterType::Tuple,
            IterState::Str { text, .. } => match text.get::<crate::object::text::Str>() {
                Some(text) if text.is_ascii() => IterType::StrAscii,
                _ => IterType::Str,
            },
            IterState::Bytes { bytes, .. } if bytes.is_kind(Kind::ByteArray) => IterType::ByteArray,
            IterState::Bytes { .. } => IterType::Bytes,
            IterState::Dict { dict, .. } if is_ordered(**dict) => IterType::Ordered,
            IterState::Dict { what, reversed, .. } => match (what, reversed) {
                (DictPart::Keys, false) => IterType::DictKeys,
                (DictPart::Values, false) => IterType::DictValues,
                (DictPart::Items, false) => IterType::DictItems,
                (DictPart::Keys, true) => IterType::DictKeysReversed,
                (DictPart::Values, true) => IterType::DictValuesReversed,
                (DictPart::Items, true) => IterType::DictItemsReversed,
            },
            IterState::Set { .. } => IterType::Set,
            IterState::Sequence { .. } => IterType::Sequence,
            IterState::SequenceReversed { .. } => IterType::Reversed,
            IterState::Call { .. } => IterType::Callable,
            IterState::Enumerate { .. } => IterType::Enumerate,
            IterState::Zip { .. } => IterType::Zip,
            IterState::Map { .. } => IterType::Map,
            IterState::Filter { .. } => IterType::Filter,
            IterState::Native { type_name, .. } => return self.native_iter(type_name),
            IterState::Done(ty) => *ty,
        };
        self.of_iter_type(ty)
    }

    fn of_iter_type(&self, ty: IterType) -> TypeRef {
        match ty {
            IterType::Range => self.range_iterator,
            IterType::LongRange => self.longrange_iterator,
            IterType::List => self.list_iterator,
            IterType::ListReversed => self.list_reverseiterator,
            IterType::Tuple => self.tuple_iterator,
            IterType::StrAscii => self.str_ascii_iterator,
            IterType::Str => self.str_iterator,
            IterType::Bytes => self.bytes_iterator,
            IterType::ByteArray => self.bytearray_iterator,
            IterType::DictKeys => self.dict_keyiterator,
            IterType::DictValues => self.dict_valueiterator,
            IterType::DictItems => self.dict_itemiterator,
            IterType::DictKeysReversed => self.dict_reversekeyiterator,
            IterType::DictValuesReversed => self.dict_reversevalueiterator,
            IterType::DictItemsReversed => self.dict_reverseitemiterator,
            IterType::Ordered => self.odict_iterator,
            IterType::Set => self.set_iterator,
            IterType::Sequence | IterType::Native => self.iterator,
            IterType::Reversed => self.reversed,
            IterType::Callable => self.callable_iterator,
            IterType::Enumerate => self.enumerate,
            IterType::Zip => self.zip,
            IterType::Map => self.map,
            IterType::Filter => self.filter,
        }
    }

    /// The type of the native iterators called `name`; it shares the methods of `iterator`.
    pub fn native_iter(&self, name: &'static str) -> TypeRef {
        if let Some((_, ty)) = self.native_iters.borrow().iter().find(|(n, _)| *n == name) {
            return ty;
        }
        let ty = new_type(name, &[self.object], Kind::Iter, true);
        ty.flags.set(self.iterator.flags.get());
        for (key, value) in self.iterator.dict.borrow().iter() {
            ty.dict.borrow_mut().insert(*key, value.clone());
        }
        self.native_iters.borrow_mut().push((name, ty));
        ty
    }
}

/// Names of methods that CPython keeps in type slots.
pub(super) fn is_slot_name(name: &str) -> bool {
    const PLAIN: &[&str] = &[
        "__init_subclass__",
        "__class_getitem__",
        "__format__",
        "__dir__",
        "__reversed__",
        "__enter__",
        "__exit__",
        "__aenter__",
        "__aexit__",
        "__instancecheck__",
        "__subclasscheck__",
        "__round__",
        "__trunc__",
        "__floor__",
        "__ceil__",
        "__length_hint__",
        "__bytes__",
        "__sizeof__",
        "__subclasshook__",
        "__copy__",
        "__deepcopy__",
        "__reduce__",
        "__reduce_ex__",
        "__getnewargs__",
        "__new__",
        "__missing__",
        "__await__",
    ];
    name.starts_with("__") && name.ends_with("__") && !PLAIN.contains(&name)
}

/// A dict that notices when its keys move.
pub(super) fn is_ordered(dict: Value) -> bool {
    dict.tail().is_some_and(|tail| tail.class.has(type_flag::ORDERED))
}

impl Vm {
    /// The type of any value.
    #[inline]
    pub fn type_of(&self, value: Value) -> TypeRef {
        self.types.type_of(value)
    }

    /// The name of a value's type, for messages.
    pub fn type_name(&self, value: Value) -> String {
        let ty = self.type_of(value);
        match ty.has(type_flag::FULL_NAME) {
            true => crate::vm::protocol::repr_object::full_type_name(ty),
            false => ty.name_text(),
        }
    }

    /// Is it of exactly that built-in type, with no subclass between?
    #[inline]
    pub fn is_exact(&self, value: Value, ty: TypeRef) -> bool {
        std::ptr::eq(self.type_of(value), ty)
    }

    /// A tuple of types as a value.
    pub fn type_tuple(types: &[TypeRef]) -> Ref {
        Tuple::from_iter(types.iter().map(|ty| ty.value().to_ref()))
    }
}
