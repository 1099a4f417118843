//! Native objects of modules (files, locks, sockets, random generators …): a Rust value behind a trait object, with its type.

use super::heap::{self, Header, Kind, Object};
use super::types::TypeRef;
use super::{Ref, Value};
use std::any::Any;

#[repr(C)]
pub struct Opaque {
    pub header: Header,
    pub class: TypeRef,
    pub data: Box<dyn OpaqueData>,
}

// Safety: repr(C), header first.
unsafe impl Object for Opaque {
    const KIND: Kind = Kind::Opaque;
}

/// What a native object must offer.
pub trait OpaqueData: Any {
    /// The value as `Any`, for downcasts.
    fn as_any(&mut self) -> &mut dyn Any;
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
    pub fn opaque(class: TypeRef, data: impl OpaqueData) -> Ref {
        heap::new(Opaque { header: heap::blank(Kind::Opaque), class, data: Box::new(data) })
    }
}

impl Value {
    /// The Rust value of a native object, if it is a `T`. One borrow at a time, not across anything that runs Coro code.
    #[allow(clippy::mut_from_ref)]
    pub fn opaque<T: OpaqueData>(&self) -> Option<&mut T> {
        self.get_mut::<Opaque>()?.data.as_any().downcast_mut::<T>()
    }
}
