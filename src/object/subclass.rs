//! Making instances of user-defined subclasses of built-in types: the built-in object with a [`Tail`] behind it.

use super::container::Tuple;
use super::heap::{self, Header, Kind, Object, flag};
use super::types::{Tail, TypeRef, type_flag};
use super::{Ref, Value};

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
    heap::count_container();
    // Safety: the caller's.
    unsafe {
        ((header as *mut u8).add(size) as *mut Tail).write(Tail { class, dict: Ref::NONE });
        (*header).flags |= flag::SUBCLASS;
        if class.has(type_flag::DEL) {
            (*header).flags |= flag::HAS_DEL;
        }
    }
}
