//! Encoding and decoding for `str` and `bytes`: names of encodings and handlers, and the exceptions.

use crate::object::algo::codec::{self, CodecFault, Encoding, OnError};
use crate::object::call::{Outcome, Signal};
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;

/// An argument that names an encoding or a handler; `what` begins the message ("encode() argument 'encoding'").
///
/// # Errors
/// TypeError if it is no str.
pub fn name_arg(vm: &mut Vm, value: Option<Value>, what: &str) -> Outcome<Option<Ref>> {
    match value {
        None => Ok(None),
        Some(value) if value.as_str().is_some() => Ok(Some(value.to_ref())),
        Some(value) => {
            let name = vm.arg_type_name(value);
            Err(vm.type_error(format!("{what} must be str, not {name}")))
        }
    }
}

fn encoding_of(vm: &mut Vm, name: Option<Ref>) -> Outcome<Encoding> {
    let Some(name) = name else { return Ok(Encoding::Utf8) };
    let name = name.as_str().unwrap_or_default();
    match Encoding::by_name(name) {
        Some(encoding) => Ok(encoding),
        None => {
            let class = vm.types.exc.lookup_error;
            Err(vm.raise(class, format!("unknown encoding: {name}")))
        }
    }
}

fn handler_of(vm: &mut Vm, name: &Option<Ref>) -> Outcome<OnError> {
    let Some(name) = name else { return Ok(OnError::Strict) };
    let name = name.as_str().unwrap_or_default();
    match OnError::by_name(name) {
        Some(handler) => Ok(handler),
        None => {
            let class = vm.types.exc.lookup_error;
            Err(vm.raise(class, format!("unknown error handler name '{name}'")))
        }
    }
}

/// `text.encode(encoding, errors)`.
///
/// # Errors
/// LookupError for unknown names, UnicodeEncodeError.
pub fn encode(vm: &mut Vm, text: Value, encoding: Option<Ref>, errors: Option<Ref>) -> Outcome<Vec<u8>> {
    let encoding = encoding_of(vm, encoding)?;
    // An unknown handler is no error until it is needed.
    let source = text.as_str().unwrap_or_default();
    match codec::encode(source, encoding, OnError::Strict) {
        Ok(bytes) => Ok(bytes),
        Err(_) => {
            let handler = handler_of(vm, &errors)?;
            let class = vm.types.exc.unicode_encode_error;
            codec::encode(source, encoding, handler).map_err(|fault| codec_error(vm, class, encoding, text, fault))
        }
    }
}

/// `bytes.decode(encoding, errors)`; `object` is the bytes as a value.
///
/// # Errors
/// LookupError for unknown names, UnicodeDecodeError.
pub fn decode(vm: &mut Vm, bytes: &[u8], object: Value, encoding: Option<Ref>, errors: Option<Ref>) -> Outcome {
    if bytes.is_empty() {
        // Not even the names are looked at.
        return Ok(Ref::str(""));
    }
    let encoding = encoding_of(vm, encoding)?;
    if let Ok(text) = codec::decode(bytes, encoding, OnError::Strict) {
        return Ok(Ref::str(&text));
    }
    let handler = handler_of(vm, &errors)?;
    let class = vm.types.exc.unicode_decode_error;
    match codec::decode(bytes, encoding, handler) {
        Ok(text) => Ok(Ref::str(&text)),
        Err(fault) => Err(codec_error(vm, class, encoding, object, fault)),
    }
}

#[cold]
fn codec_error(vm: &mut Vm, class: TypeRef, encoding: Encoding, object: Value, fault: CodecFault) -> Signal {
    let (name, reason) = (Ref::str(encoding.name()), Ref::str(fault.reason));
    let (start, end) = (Value::small_int(fault.start as i64), Value::small_int(fault.end as i64));
    let exc = vm.make_exception(class, &[*name, object, start, end, *reason]);
    vm.raise_value(exc)
}
