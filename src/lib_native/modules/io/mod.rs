//! `_io`: streams in memory, and the classes of files. The module `io` (in Coro) adds the base classes.

mod bytes_io;
pub mod newlines;
mod string_io;

use super::Building;
use crate::lib_native::builtins::open::file_types;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::heap::Kind;
use crate::object::opaque::OpaqueData;
use crate::object::types::{TypeObj, TypeRef};
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use std::cell::Cell;

thread_local! {
    /// The types `_io.StringIO` and `_io.BytesIO`; set when the module is made.
    static TYPES: Cell<Option<(TypeRef, TypeRef)>> = const { Cell::new(None) };
}

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    let strings = vm.define_type("_io.StringIO", &[], Kind::Opaque, string_io::METHODS);
    vm.add_getters(strings, string_io::GETTERS);
    let bytes = vm.define_type("_io.BytesIO", &[], Kind::Opaque, bytes_io::METHODS);
    vm.add_getters(bytes, bytes_io::GETTERS);
    [strings, bytes].into_iter().for_each(TypeObj::name_in_full);
    TYPES.set(Some((strings, bytes)));
    let files = file_types(vm);
    let building = Building::new(vm, "_io");
    building.types(&[strings, bytes, files.text, files.reader, files.writer, files.random, files.unsupported]);
    Ok(building.module)
}

/// A new stream for `__new__`; `base` picks the type.
fn new_stream(vm: &mut Vm, class: Value, base: fn((TypeRef, TypeRef)) -> TypeRef, data: impl OpaqueData) -> Outcome {
    let Some(types) = TYPES.get() else { return Ok(Ref::NONE) };
    let base = base(types);
    let class = vm.class_arg(class, base)?;
    let object = Ref::opaque(base, data);
    Ok(vm.as_subclass(class, object))
}

/// A size argument: None or negative is no limit.
fn size_arg(vm: &mut Vm, size: Option<&Value>) -> Outcome<Option<usize>> {
    let Some(size) = size.filter(|size| !size.is_none()) else { return Ok(None) };
    let index_method = vm.names.index;
    if size.as_int().is_none() && vm.special(*size, index_method).is_none() {
        let name = vm.type_name(*size);
        return Err(vm.type_error(format!("argument should be integer or None, not '{name}'")));
    }
    Ok(usize::try_from(vm.index(*size)?).ok())
}

/// The most that one stream holds, in bytes.
const MOST: usize = crate::object::algo::fault::MAX_RESULT;

/// Refuses to grow beyond [`MOST`].
fn check_length(vm: &mut Vm, bytes: usize) -> Outcome<()> {
    if bytes <= MOST {
        return Ok(());
    }
    let class = vm.types.exc.memory_error;
    Err(vm.raise_bare(class))
}

/// `__next__`: the line, or the end; through `readline` if a subclass has its own.
fn next_line(vm: &mut Vm, args: Args, native: fn(&mut Vm, Args) -> Outcome) -> Outcome {
    let name = atom::intern("readline");
    let class = vm.type_of(args.values[0]);
    if class.lookup(name).is_some_and(|method| !method.is_kind(Kind::Native)) {
        return Err(vm.tail_prelude("next_line", &[args.values[0]]));
    }
    let line = native(vm, Args::positional(&args.values[..1]))?;
    let empty = line.as_str().is_some_and(str::is_empty) || line.as_bytes().is_some_and(<[u8]>::is_empty);
    if empty { Err(vm.stop_iteration(Ref::NONE)) } else { Ok(line) }
}

/// `OSError` with a message only.
fn os_error(vm: &mut Vm, message: &str) -> Signal {
    let class = vm.types.exc.os_error;
    vm.raise(class, message)
}
