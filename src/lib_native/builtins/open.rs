//! `open`, and the classes of file objects.

use super::file_methods::{GETTERS, METHODS};
use super::files::{Buffering, Encoding, FileObject, Source};
use crate::lib_native::arguments::Parameters;
use crate::lib_native::modules::io::newlines::{Newlines, Seen};
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::heap::Kind;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::descriptors;
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
        ty.name_in_full();
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
    let [file, mode, buffering, encoding, errors, newline, closefd, opener] = OPEN.bind(vm, args, 0)?;
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
    let newlines = newlines_of(vm, newline)?;
    let buffering = buffering_of(vm, &mode, buffering)?;
    let closefd = closefd.map_or(Ok(true), |flag| vm.truth(flag))?;
    let opened = open_source(vm, file, &mode, closefd, opener.filter(|opener| !opener.is_none()))?;
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
        newlines: if mode.binary { Newlines::Lf } else { newlines },
        seen: Seen::default(),
        after_return: false,
        doubles: Vec::new(),
        buffering,
        keep_open: !closefd,
        read: Vec::new(),
        at: 0,
        unwritten: Vec::new(),
        waited: std::time::Duration::ZERO,
    };
    Ok(Ref::opaque(class, object))
}

fn newlines_of(vm: &mut Vm, newline: Option<Value>) -> Outcome<Newlines> {
    let text = newline.and_then(|newline| newline.as_str().map(str::to_owned));
    if let Some(other) = newline.filter(|_| text.is_none()) {
        let message = format!("open() argument 'newline' must be str or None, not {}", vm.type_name(other));
        return Err(vm.type_error(message));
    }
    match Newlines::of(text.as_deref()) {
        Some(newlines) => Ok(newlines),
        None => Err(vm.value_error(format!("illegal newline value: {}", text.unwrap_or_default()))),
    }
}

fn buffering_of(vm: &mut Vm, mode: &Mode, buffering: Option<Value>) -> Outcome<Buffering> {
    match buffering.map_or(Ok(-1), |buffering| vm.index(buffering))? {
        0 if mode.binary => Ok(Buffering::None),
        0 => Err(vm.value_error("can't have unbuffered text I/O")),
        1 if !mode.binary => Ok(Buffering::Line),
        _ => Ok(Buffering::Full),
    }
}

/// Opens what `file` names: a descriptor, or a path (by `opener`, if there is one).
fn open_source(vm: &mut Vm, file: Value, mode: &Mode, closefd: bool, opener: Option<Value>) -> Outcome<File> {
    if let Some(fd) = file.as_i64() {
        let Ok(fd) = i32::try_from(fd) else {
            return Err(vm.overflow_error("Python int too large to convert to C int"));
        };
        if fd < 0 {
            return Err(vm.value_error("negative file descriptor"));
        }
        return descriptors::into_file(fd).map_err(|error| vm.os_error(&error, Some(&fd.to_string())));
    }
    let path = path_of(vm, file)?;
    if !closefd {
        return Err(vm.value_error("Cannot use closefd=False with file name"));
    }
    let opened = match opener {
        None => options_of(mode).open(&path),
        Some(opener) => {
            let flags = Ref::int(flags_of(mode).into());
            let fd = vm.call_values(opener, &[file, *flags])?;
            match fd.as_i64() {
                None => return Err(vm.type_error("expected integer from opener")),
                Some(fd) if fd < 0 => return Err(vm.value_error(format!("opener returned {fd}"))),
                Some(fd) => descriptors::into_file(i32::try_from(fd).unwrap_or(i32::MAX)),
            }
        }
    };
    match opened.and_then(reject_directory) {
        Ok(opened) => Ok(opened),
        Err(error) => Err(vm.os_error(&error, Some(&path))),
    }
}

/// The flags of `os.open` for a mode.
fn flags_of(mode: &Mode) -> i32 {
    let access = match (mode.kind, mode.plus) {
        (_, true) => libc::O_RDWR,
        ('r', false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    let more = match mode.kind {
        'w' => libc::O_CREAT | libc::O_TRUNC,
        'a' => libc::O_CREAT | libc::O_APPEND,
        'x' => libc::O_CREAT | libc::O_EXCL,
        _ => 0,
    };
    access | more | libc::O_CLOEXEC
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
