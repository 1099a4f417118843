//! The standard streams as file objects, and where `print` writes.

use super::files::{FileObject, Source};
use super::open::file_types;
use crate::object::atom;
use crate::object::code::Globals;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use std::cell::{Cell, RefCell};

/// One of the standard streams.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standard {
    In,
    Out,
    Err,
}

thread_local! {
    /// The variables of `sys`, once it was imported: a program may have put something else for `stdout`.
    static SYS: Cell<Option<&'static Globals>> = const { Cell::new(None) };
    /// The stream objects, made when first asked for.
    static STREAMS: RefCell<[Option<Ref>; 3]> = const { RefCell::new([None, None, None]) };
}

/// From now on `print` asks the module for `stdout`.
pub fn watch(sys: &'static Globals) {
    SYS.set(Some(sys));
}

/// What stands for standard output now, if the `sys` module is in use. None (the value) if there is none.
pub fn redirected(_: &Vm) -> Option<Ref> {
    let sys = SYS.get()?;
    Some(sys.get(atom::intern("stdout")).unwrap_or(Value::NONE).to_ref())
}

/// What the program put in the place of `sys.stdin`.
pub fn replaced_stdin() -> Option<Ref> {
    let stdin = SYS.get()?.get(atom::intern("stdin"))?;
    let own = stdin.opaque::<FileObject>().is_some_and(|f| matches!(f.source, Source::Standard(Standard::In)));
    (!own).then(|| stdin.to_ref())
}

/// Is it the stream of the process's standard output?
pub fn is_stdout(file: Value) -> bool {
    file.opaque::<FileObject>().is_some_and(|f| matches!(f.source, Source::Standard(Standard::Out)) && !f.binary)
}

/// The stream object.
pub fn stream(vm: &mut Vm, which: Standard) -> Ref {
    if let Some(stream) = STREAMS.with_borrow(|streams| streams[which as usize].clone()) {
        return stream;
    }
    let made = Ref::opaque(file_types(vm).text, FileObject::standard(which, false));
    STREAMS.with_borrow_mut(|streams| streams[which as usize] = Some(made.clone()));
    made
}

/// The stream below a text stream: takes bytes.
pub fn binary_stream(vm: &mut Vm, which: Standard) -> Ref {
    let types = file_types(vm);
    let class = if which == Standard::In { types.reader } else { types.writer };
    Ref::opaque(class, FileObject::standard(which, true))
}
