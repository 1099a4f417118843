//! Native objects of modules (files, locks, sockets, random generators …): a Rust value behind a trait object, with its type.

use super::heap::{self, Header, Kind, Object};
use super::types::TypeRef;
use super::{Ref, Value};
use std::any::{Any, TypeId};

#[repr(C)]
pub struct Opaque {
    pub header: Header,
    pub class: TypeRef,
    /// What `data` is.
    type_id: TypeId,
    pub data: Box<dyn OpaqueData>,
}

// Safety: repr(C), header first.
unsafe impl Object for Opaque {
    const KIND: Kind = Kind::Opaque;
}

/// What a native object must offer.
pub trait OpaqueData: Any {
    /// Calls back with each value it owns.
    fn visit(&self, _visit: &mut dyn FnMut(Value)) {}
    /// Lets go of the values it owns.
    fn clear(&mut self) {}
    /// Whether weak references to it can be made.
    fn weakly_referable(&self) -> bool {
        true
    }
}

impl Ref {
    pub fn opaque<T: OpaqueData>(class: TypeRef, data: T) -> Ref {
        heap::new(Opaque { header: heap::blank(Kind::Opaque), class, type_id: TypeId::of::<T>(), data: Box::new(data) })
    }
}

impl Value {
    /// The Rust value of a native object, if it is a `T`. One borrow at a time, not across anything that runs Coro code.
    #[allow(clippy::mut_from_ref)]
    pub fn opaque<T: OpaqueData>(&self) -> Option<&mut T> {
        let object = self.get_mut::<Opaque>()?;
        // Safety: `type_id` says that `data` was made from a T.
        (object.type_id == TypeId::of::<T>()).then(|| unsafe { &mut *(&raw mut *object.data as *mut T) })
    }
}
