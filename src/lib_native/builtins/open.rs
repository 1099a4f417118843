//! `open`, and the classes of file objects.

use super::file_methods::{GETTERS, METHODS};
use super::files::{Encoding, FileObject, Source};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::heap::Kind;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;
use std::cell::OnceCell;
use std::fs::{File, OpenOptions};
use std::io;

/// The classes of file objects.
#[derive(Clone, Copy)]
pub struct FileTypes {
    pub text: TypeRef,
    pub reader: TypeRef,
    pub writer: TypeRef,
    pub random: TypeRef,
    pub unsupported: TypeRef,
}

thread_local! {
    static TYPES: OnceCell<FileTypes> = const { OnceCell::new() };
}

/// The classes of file objects, made when first asked for.
pub fn file_types(vm: &mut Vm) -> FileTypes {
    if let Some(types) = TYPES.with(|cell| cell.get().copied()) {
        return types;
    }
    let mut class = |name: &str| {
        let ty = vm.define_type(name, &[], Kind::Opaque, METHODS);
        vm.add_getters(ty, GETTERS);
        ty
    };
    let (text, reader) = (class("_io.TextIOWrapper"), class("_io.BufferedReader"));
    let (writer, random) = (class("_io.BufferedWriter"), class("_io.BufferedRandom"));
    let (os, value) = (vm.types.exc.os_error, vm.types.exc.value_error);
    let unsupported = vm.define_type("io.UnsupportedOperation", &[os, value], Kind::Exception, &[]);
    let (base, exception, object) = (vm.types.exc.base_exception, vm.types.exc.exception, vm.types.object);
    unsupported.mro.replace(vec![unsupported, os, value, exception, base, object]);
    vm.class_changed(unsupported);
    let types = FileTypes { text, reader, writer, random, unsupported };
    TYPES.with(|cell| *cell.get_or_init(|| types))
}

/// What the mode string of `open` says.
struct Mode {
    kind: char,
    plus: bool,
    binary: bool,
}

fn parse_mode(vm: &mut Vm, mode: &str) -> Outcome<Mode> {
    let mut seen = String::new();
    for c in mode.chars() {
        if !"rwaxbt+".contains(c) || seen.contains(c) {
            return Err(vm.value_error(format!("invalid mode: '{mode}'")));
        }
        seen.push(c);
    }
    let (binary, text) = (seen.contains('b'), seen.contains('t'));
    if binary && text {
        return Err(vm.value_error("can't have text and binary mode at once"));
    }
    let mut kinds = seen.chars().filter(|c| "rwax".contains(*c));
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) => Ok(Mode { kind, plus: seen.contains('+'), binary }),
        (None, _) => {
            let message = "Must have exactly one of create/read/write/append mode and at most one plus";
            Err(vm.value_error(message))
        }
        _ => Err(vm.value_error("must have exactly one of create/read/write/append mode")),
    }
}

const OPEN: Parameters<8> = Parameters {
    function: "open",
    names: ["file", "mode", "buffering", "encoding", "errors", "newline", "closefd", "opener"],
    required: 1,
    positional: 8,
};

fn open(vm: &mut Vm, args: Args) -> Outcome {
    let [file, mode, _, encoding, errors, newline, _, _] = OPEN.bind(vm, args, 0)?;
    let file = file.unwrap_or(Value::NONE);
    let mode_text = match mode {
        Some(mode) => match mode.as_str() {
            Some(text) => text.to_owned(),
            None => {
                let message = format!("open() argument 'mode' must be str, not {}", vm.type_name(mode));
                return Err(vm.type_error(message));
            }
        },
        None => "r".to_owned(),
    };
    let mode = parse_mode(vm, &mode_text)?;
    let (encoding, errors, newline) =
        (encoding.filter(|v| !v.is_none()), errors.filter(|v| !v.is_none()), newline.filter(|v| !v.is_none()));
    if mode.binary {
        for (given, name) in [(encoding, "an encoding"), (errors, "an errors"), (newline, "a newline")] {
            if given.is_some() {
                return Err(vm.value_error(format!("binary mode doesn't take {name} argument")));
            }
        }
    }
    let encoding_name = encoding.and_then(|e| e.as_str().map(str::to_owned)).unwrap_or_else(|| "UTF-8".to_owned());
    let Some(encoding) = Encoding::named(&encoding_name) else {
        let class = vm.types.exc.lookup_error;
        return Err(vm.raise(class, format!("unknown encoding: {encoding_name}")));
    };
    let path = path_of(vm, file)?;
    let opened = options_of(&mode).open(&path);
    let opened = match opened.and_then(reject_directory) {
        Ok(opened) => opened,
        Err(error) => return Err(vm.os_error(&error, Some(&path))),
    };
    let translate = !mode.binary && newline.is_none();
    let types = file_types(vm);
    let class = match (mode.binary, mode.kind, mode.plus) {
        (false, ..) => types.text,
        (true, _, true) => types.random,
        (true, 'r', false) => types.reader,
        (true, ..) => types.writer,
    };
    let object = FileObject {
        source: Source::File(opened),
        binary: mode.binary,
        name: file.to_ref(),
        mode: if mode.binary && mode.plus { mode_text.replace("w+", "rb+").replace("bb", "b") } else { mode_text },
        encoding,
        encoding_name,
        errors: errors.and_then(|e| e.as_str().map(str::to_owned)).unwrap_or_else(|| "strict".to_owned()),
        readable: mode.kind == 'r' || mode.plus,
        writable: mode.kind != 'r' || mode.plus,
        translate,
        after_return: false,
        read: Vec::new(),
        at: 0,
        unwritten: Vec::new(),
        waited: std::time::Duration::ZERO,
    };
    Ok(Ref::opaque(class, object))
}

fn options_of(mode: &Mode) -> OpenOptions {
    let mut options = OpenOptions::new();
    match mode.kind {
        'r' => options.read(true).write(mode.plus),
        'w' => options.write(true).create(true).truncate(true).read(mode.plus),
        'a' => options.append(true).create(true).read(mode.plus),
        _ => options.write(true).create_new(true).read(mode.plus),
    };
    options
}

/// Opening a directory for reading succeeds, but nothing can be read from it.
fn reject_directory(file: File) -> io::Result<File> {
    if file.metadata()?.is_dir() { Err(io::Error::from_raw_os_error(libc::EISDIR)) } else { Ok(file) }
}

/// A path argument: str, bytes, or an object with `__fspath__`.
///
/// # Errors
/// TypeError for anything else.
pub fn path_of(vm: &mut Vm, file: Value) -> Outcome<String> {
    let text = |v: Value| match (v.as_str(), v.as_bytes()) {
        (Some(text), _) => Some(text.to_owned()),
        (None, Some(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    };
    if let Some(path) = text(file) {
        return Ok(path);
    }
    if let Some(path) = vm.call_special(file, atom::intern("__fspath__"), &[])?
        && let Some(path) = text(*path)
    {
        return Ok(path);
    }
    let message = format!("expected str, bytes or os.PathLike object, not {}", vm.type_name(file));
    Err(vm.type_error(message))
}

natives! {
    FUNCTIONS;
    "open", open, 0, MANY, keywords;
}
