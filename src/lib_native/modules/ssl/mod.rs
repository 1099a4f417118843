//! `_ssl`: TLS by rustls, behind the module `ssl` (which is written in Coro). Sessions have no sockets: asyncio's transports
//! and blocking sockets move the bytes.

mod certificate;
mod context;
mod failure;
mod session;
mod verify;

use super::Building;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::types::TypeRef;
use crate::object::{Kind, Ref};
use crate::vm::Vm;

natives! { FUNCTIONS;
    "decode_certificate", decode_certificate, 1, 1;
    "pem_to_der", pem_to_der, 1, 1;
}

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    let context = vm.define_type("_ssl.Context", &[], Kind::Opaque, context::METHODS);
    let session = vm.define_type("_ssl.Session", &[], Kind::Opaque, session::METHODS);
    vm.add_getters(session, session::GETTERS);
    let building = Building::new(vm, "_ssl");
    building.types(&[context, session]);
    building.functions(vm, "_ssl", FUNCTIONS);
    Ok(building.module)
}

/// The type of sessions.
fn types(vm: &mut Vm) -> Outcome<TypeRef> {
    let module = vm.import_module("_ssl")?;
    let name = vm.atom("Session");
    let class = vm.get_attr(*module, name)?;
    match class.as_type() {
        Some(class) => Ok(class),
        None => Err(vm.runtime_error("_ssl.Session was replaced")),
    }
}

/// A certificate as `getpeercert()` shows it; None if it cannot be read.
fn decode_certificate(_: &mut Vm, args: Args) -> Outcome {
    let der = args.values[0].as_bytes().unwrap_or_default();
    Ok(certificate::Certificate::parse(der).map_or(Ref::NONE, |certificate| certificate.to_dict()))
}

/// The certificates of a PEM text as they are encoded.
fn pem_to_der(_: &mut Vm, args: Args) -> Outcome {
    let pem = args.values[0].as_bytes().unwrap_or_default();
    let found = context::certificates(pem).unwrap_or_default();
    Ok(Ref::list(found.iter().map(|der| Ref::bytes(der.to_vec())).collect()))
}
