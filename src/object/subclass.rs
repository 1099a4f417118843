//! Instances of user-defined subclasses of built-in types: the built-in object with a tail behind it (flag SUBCLASS).

use super::container::Tuple;
use super::heap::{self, Header, Kind, Object, flag};
use super::number::{BigIntObj, FloatObj, IntRef};
use super::set::{FrozenSet, SetTable};
use super::text::Str;
use super::types::{Tail, TypeRef, type_flag};
use super::{Ref, Value};

/// `object` (of a built-in type exactly) as an instance of `class`, a subclass of its type. Objects that somebody else
/// refers to are copied first; words become heap objects.
pub fn with_tail(class: TypeRef, object: Ref) -> Ref {
    let object = unshared(object);
    if !object.is_ptr() {
        return object;
    }
    if let Some(text) = object.get_mut::<Str>() {
        text.forget_index();
    }
    let header = object.header();
    // Safety: the object is ours alone. Its bytes move to a bigger place as they are; the old memory is freed without
    // dropping them.
    unsafe {
        let kind = (*header).kind;
        let size = (heap::kind_ops(kind).size)(header);
        let new = heap::allocate(size + size_of::<Tail>(), kind);
        let large = (*new).flags & flag::LARGE;
        std::ptr::copy_nonoverlapping(header as *const u8, new as *mut u8, size);
        (*new).rc = 1;
        (*new).flags = ((*header).flags & !flag::LARGE) | large | flag::SUBCLASS;
        if class.has(type_flag::DEL) {
            (*new).flags |= flag::HAS_DEL;
        }
        if kind == Kind::Str {
            (*new).aux = 0;
        }
        ((new as *mut u8).add(size) as *mut Tail).write(Tail { class, dict: Ref::NONE });
        heap::free(object.into_owned().header(), size);
        Ref::from_owned(Value::from_header(new))
    }
}

/// A heap object with the same content that nobody else refers to.
fn unshared(object: Ref) -> Ref {
    if !object.is_ptr() {
        if let Some(float) = object.as_word_double() {
            return heap::new(FloatObj { header: heap::blank(Kind::Float), float });
        }
        return match object.as_int() {
            Some(int) => heap::new(BigIntObj { header: heap::blank(Kind::BigInt), int: int.to_big() }),
            None => object,
        };
    }
    // Safety: points at a live header.
    let (shared, plain) = unsafe { ((*object.header()).rc > 1, (*object.header()).flags & flag::SUBCLASS == 0) };
    if !shared && plain {
        return object;
    }
    match object.kind() {
        Some(Kind::Str) => Str::alloc(object.as_str().unwrap_or("")),
        Some(Kind::Bytes) => Ref::bytes(object.as_bytes().unwrap_or(&[]).to_vec()),
        Some(Kind::Tuple) => object.get::<Tuple>().map_or(Ref::NONE, |t| Ref::tuple(t.items().to_vec())),
        Some(Kind::BigInt) => match object.as_int() {
            Some(IntRef::Big(int)) => heap::new(BigIntObj { header: heap::blank(Kind::BigInt), int: int.clone() }),
            Some(int) => heap::new(BigIntObj { header: heap::blank(Kind::BigInt), int: int.to_big() }),
            None => object,
        },
        Some(Kind::Float) => {
            heap::new(FloatObj { header: heap::blank(Kind::Float), float: object.as_float().unwrap_or(0.0) })
        }
        Some(Kind::FrozenSet) => {
            let mut table = SetTable::new();
            if let Some(set) = object.get::<FrozenSet>() {
                set.table.iter().for_each(|(hash, key)| table.insert_new(hash, key.to_ref()));
            }
            Ref::frozenset(table)
        }
        _ => object,
    }
}

/// The object as an instance of `class`: plain if that is a built-in type.
pub fn new_of<T: Object>(class: TypeRef, object: T) -> Ref {
    if class.builtin {
        return heap::new(object);
    }
    let size = size_of::<T>();
    let header = heap::allocate(size + size_of::<Tail>(), T::KIND);
    // Safety: fresh memory for the object and its tail; the header is kept.
    unsafe {
        let Header { rc, kind, flags, aux } = std::ptr::read(header);
        let given = &object as *const T as *const Header;
        let merged = Header { rc, kind, flags: flags | (*given).flags, aux: aux | (*given).aux };
        (header as *mut T).write(object);
        header.write(merged);
        add_tail(header, size, class);
    }
    Ref::from_owned(Value::from_header(header))
}

/// A tuple as an instance of `class`.
pub fn tuple_of(class: TypeRef, items: Vec<Ref>) -> Ref {
    if class.builtin {
        return Ref::tuple(items);
    }
    let size = size_of::<Tuple>() + items.len() * size_of::<Ref>();
    let header = heap::allocate(size + size_of::<Tail>(), Kind::Tuple);
    // Safety: fresh memory for the tuple, its items and its tail.
    unsafe {
        Tuple::fill(header, items.into_iter());
        add_tail(header, size, class);
    }
    Ref::from_owned(Value::from_header(header))
}

/// Writes the tail of an object of `size` bytes.
///
/// # Safety
/// The memory behind the object is free for it.
unsafe fn add_tail(header: *mut Header, size: usize, class: TypeRef) {
    // Safety: the caller's.
    unsafe {
        ((header as *mut u8).add(size) as *mut Tail).write(Tail { class, dict: Ref::NONE });
        (*header).flags |= flag::SUBCLASS;
        if class.has(type_flag::DEL) {
            (*header).flags |= flag::HAS_DEL;
        }
    }
}
