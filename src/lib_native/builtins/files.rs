//! `open` and file objects.
//!
//! A file object has one buffer for what was read ahead and one for what was not written yet; at most one of them holds
//! anything. Text is UTF-8 (or Latin-1, ASCII); line ends are translated when read unless `newline` says otherwise.

use super::streams::{self, Standard};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::heap::Kind;
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;
use std::any::Any;
use std::cell::OnceCell;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};

const CHUNK: usize = 1 << 16;

/// Where the bytes come from or go to.
pub enum Source {
    Standard(Standard),
    File(File),
    Closed,
}

/// How bytes become text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    Utf8,
    Ascii,
    Latin1,
}

impl Encoding {
    fn named(name: &str) -> Option<Encoding> {
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" | "utf-8-sig" | "locale" => Some(Encoding::Utf8),
            "ascii" | "us-ascii" => Some(Encoding::Ascii),
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => Some(Encoding::Latin1),
            _ => None,
        }
    }
}

/// A file object.
pub struct FileObject {
    pub source: Source,
    pub binary: bool,
    /// As given to `open`.
    name: Ref,
    mode: String,
    encoding: Encoding,
    /// The encoding as it was named.
    encoding_name: String,
    /// Undecodable bytes become U+FFFD, or are left out, instead of raising.
    errors: String,
    readable: bool,
    writable: bool,
    /// `\r\n` and `\r` are read as `\n`.
    translate: bool,
    /// The last byte read was a `\r` that was given as `\n`.
    after_return: bool,
    read: Vec<u8>,
    /// Position in `read`.
    at: usize,
    unwritten: Vec<u8>,
}

impl OpaqueData for FileObject {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(*self.name);
    }
}

impl Drop for FileObject {
    fn drop(&mut self) {
        // Nobody is left to be told of a failure.
        let _ = self.write_out();
    }
}

impl FileObject {
    /// A standard stream.
    pub fn standard(which: Standard, binary: bool) -> FileObject {
        let name = ["<stdin>", "<stdout>", "<stderr>"][which as usize];
        FileObject {
            source: Source::Standard(which),
            binary,
            name: Ref::str(name),
            mode: if which == Standard::In { "r" } else { "w" }.to_owned(),
            encoding: Encoding::Utf8,
            encoding_name: "utf-8".to_owned(),
            errors: "strict".to_owned(),
            readable: which == Standard::In,
            writable: which != Standard::In,
            translate: !binary,
            after_return: false,
            read: Vec::new(),
            at: 0,
            unwritten: Vec::new(),
        }
    }

    fn write_out(&mut self) -> io::Result<()> {
        if let Source::File(file) = &mut self.source
            && !self.unwritten.is_empty()
        {
            file.write_all(&self.unwritten)?;
        }
        self.unwritten.clear();
        Ok(())
    }

    /// Reads more ahead; false at the end.
    fn fill(&mut self) -> io::Result<bool> {
        if self.at > 0 {
            self.read.drain(..self.at);
            self.at = 0;
        }
        let mut chunk = vec![0; CHUNK];
        let count = match &mut self.source {
            Source::File(file) => file.read(&mut chunk)?,
            Source::Standard(Standard::In) => io::stdin().lock().read(&mut chunk)?,
            _ => 0,
        };
        if !self.translate {
            self.read.extend_from_slice(&chunk[..count]);
            return Ok(count > 0);
        }
        for &byte in &chunk[..count] {
            match byte {
                b'\r' => self.read.push(b'\n'),
                b'\n' if self.after_return => {}
                byte => self.read.push(byte),
            }
            self.after_return = byte == b'\r';
        }
        Ok(count > 0)
    }

    /// Takes up to `limit` bytes, or all.
    fn take(&mut self, limit: Option<usize>) -> io::Result<Vec<u8>> {
        while limit.is_none_or(|limit| self.read.len() - self.at < limit) && self.fill()? {}
        let end = limit.map_or(self.read.len(), |limit| (self.at + limit).min(self.read.len()));
        let taken = self.read[self.at..end].to_vec();
        self.at = end;
        Ok(taken)
    }

    /// Takes as many bytes as `limit` characters of text have.
    fn take_chars(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        if self.encoding != Encoding::Utf8 {
            return self.take(Some(limit));
        }
        loop {
            let ahead = &self.read[self.at..];
            // A character begins with every byte that is no continuation; the one after the last wanted ends it.
            let starts = ahead.iter().enumerate().filter(|(_, byte)| (**byte as i8) >= -0x40);
            if let Some((end, _)) = starts.into_iter().nth(limit) {
                let taken = ahead[..end].to_vec();
                self.at += end;
                return Ok(taken);
            }
            if !self.fill()? {
                return self.take(None);
            }
        }
    }

    /// Takes a line with its end, at most `limit` bytes of it.
    fn take_line(&mut self, limit: Option<usize>) -> io::Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            let ahead = &self.read[self.at..];
            let found = memchr::memchr(b'\n', &ahead[searched..]).map(|i| searched + i + 1);
            let end = match (found, limit) {
                (Some(end), Some(limit)) => Some(end.min(limit)),
                (Some(end), None) => Some(end),
                (None, Some(limit)) if ahead.len() >= limit => Some(limit),
                _ => None,
            };
            if let Some(end) = end {
                let line = ahead[..end].to_vec();
                self.at += end;
                return Ok(line);
            }
            searched = ahead.len();
            if !self.fill()? {
                return self.take(None);
            }
        }
    }

    /// The position in the file of what is read or written next.
    fn position(&mut self) -> io::Result<u64> {
        let ahead = (self.read.len() - self.at) as u64;
        let unwritten = self.unwritten.len() as u64;
        match &mut self.source {
            Source::File(file) => Ok((file.stream_position()? + unwritten).saturating_sub(ahead)),
            _ => Ok(0),
        }
    }

    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.write_out()?;
        self.read.clear();
        self.at = 0;
        self.after_return = false;
        match &mut self.source {
            Source::File(file) => file.seek(to),
            _ => Ok(0),
        }
    }
}

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

/// The open file of a method call.
fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Outcome<&'a mut FileObject> {
    let value: &'a Value = &args.values[0];
    match value.opaque::<FileObject>() {
        Some(file) if matches!(file.source, Source::Closed) => Err(vm.value_error("I/O operation on closed file.")),
        Some(file) => Ok(file),
        None => Err(vm.type_error("a file object is required")),
    }
}

fn unsupported(vm: &mut Vm, what: &str) -> Signal {
    let class = file_types(vm).unsupported;
    vm.raise(class, what)
}

fn readable_file<'a>(vm: &mut Vm, args: Args<'a>) -> Outcome<&'a mut FileObject> {
    let file = this(vm, args)?;
    if !file.readable {
        return Err(unsupported(vm, if file.binary { "read" } else { "not readable" }));
    }
    match file.write_out() {
        Ok(()) => Ok(file),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

/// Bytes as the file gives them: `bytes`, or decoded.
fn given(vm: &mut Vm, file: &FileObject, bytes: Vec<u8>) -> Outcome {
    if file.binary {
        return Ok(Ref::bytes(bytes));
    }
    match file.encoding {
        Encoding::Latin1 => Ok(Ref::str(&bytes.iter().map(|b| *b as char).collect::<String>())),
        _ => match std::str::from_utf8(&bytes) {
            Ok(text) => Ok(Ref::str(text)),
            Err(error) => match file.errors.as_str() {
                "replace" => Ok(Ref::str(&String::from_utf8_lossy(&bytes))),
                "ignore" => Ok(Ref::str(&String::from_utf8_lossy(&bytes).replace('\u{fffd}', ""))),
                _ => {
                    let (class, at) = (vm.types.exc.unicode_decode_error, error.valid_up_to());
                    let (start, end) = (Ref::int(at as i64), Ref::int(at as i64 + 1));
                    let reason = Ref::str("invalid start byte");
                    let (encoding, object) = (Ref::str("utf-8"), Ref::bytes(bytes));
                    let values = [*encoding, *object, *start, *end, *reason];
                    let exc = vm.construct(class, Args::positional(&values))?;
                    Err(vm.raise_value(exc))
                }
            },
        },
    }
}

/// A size argument: None or negative is no limit.
fn size_arg(vm: &mut Vm, args: Args) -> Outcome<Option<usize>> {
    match args.values.get(1) {
        Some(size) if !size.is_none() => Ok(usize::try_from(vm.index(*size)?).ok()),
        _ => Ok(None),
    }
}

fn read(vm: &mut Vm, args: Args) -> Outcome {
    let size = size_arg(vm, args)?;
    let file = readable_file(vm, args)?;
    let taken = match size {
        Some(chars) if !file.binary => file.take_chars(chars),
        size => file.take(size),
    };
    match taken {
        Ok(bytes) => given(vm, file, bytes),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn readline(vm: &mut Vm, args: Args) -> Outcome {
    let size = size_arg(vm, args)?;
    let file = readable_file(vm, args)?;
    match file.take_line(size) {
        Ok(bytes) => given(vm, file, bytes),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    let file = readable_file(vm, args)?;
    match file.take_line(None) {
        Ok(bytes) if bytes.is_empty() => Err(vm.stop_iteration(Ref::NONE)),
        Ok(bytes) => given(vm, file, bytes),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn readlines(vm: &mut Vm, args: Args) -> Outcome {
    let hint = size_arg(vm, args)?.filter(|hint| *hint > 0);
    let file = readable_file(vm, args)?;
    let (mut lines, mut total) = (Vec::new(), 0);
    loop {
        match file.take_line(None) {
            Ok(bytes) if bytes.is_empty() => return Ok(Ref::list(lines)),
            Ok(bytes) => {
                total += bytes.len();
                lines.push(given(vm, file, bytes)?);
            }
            Err(error) => return Err(vm.os_error(&error, None)),
        }
        if hint.is_some_and(|hint| total >= hint) {
            return Ok(Ref::list(lines));
        }
    }
}

fn write(vm: &mut Vm, args: Args) -> Outcome {
    let file = this(vm, args)?;
    if !file.writable {
        return Err(unsupported(vm, if file.binary { "write" } else { "not writable" }));
    }
    let value = args.values[1];
    let (bytes, count) = match (file.binary, value.as_str(), value.as_bytes()) {
        (false, Some(text), _) => (encode(vm, file, text)?, text.chars().count()),
        (true, None, Some(bytes)) => (bytes.to_vec(), bytes.len()),
        (true, ..) => {
            let message = format!("a bytes-like object is required, not '{}'", vm.type_name(value));
            return Err(vm.type_error(message));
        }
        _ => {
            let message = format!("write() argument must be str, not {}", vm.type_name(value));
            return Err(vm.type_error(message));
        }
    };
    let outcome = match &file.source {
        Source::Standard(Standard::Err) => {
            vm.flush_output();
            io::stderr().write_all(&bytes)
        }
        Source::Standard(_) => {
            vm.stdout.write(&bytes);
            Ok(())
        }
        _ => {
            if file.at < file.read.len() {
                let back = (file.read.len() - file.at) as i64;
                if let Err(error) = file.seek(SeekFrom::Current(-back)) {
                    return Err(vm.os_error(&error, None));
                }
            }
            file.unwritten.extend_from_slice(&bytes);
            if file.unwritten.len() >= CHUNK { file.write_out() } else { Ok(()) }
        }
    };
    match outcome {
        Ok(()) => Ok(Ref::int(count as i64)),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn encode(vm: &mut Vm, file: &FileObject, text: &str) -> Outcome<Vec<u8>> {
    let limit = match file.encoding {
        Encoding::Utf8 => return Ok(text.as_bytes().to_vec()),
        Encoding::Ascii => 0x80,
        Encoding::Latin1 => 0x100,
    };
    let mut bytes = Vec::with_capacity(text.len());
    for (at, c) in text.chars().enumerate() {
        match u32::from(c) {
            code if code < limit => bytes.push(code as u8),
            _ if file.errors == "replace" => bytes.push(b'?'),
            _ if file.errors == "ignore" => {}
            _ => {
                let class = vm.types.exc.unicode_encode_error;
                let (start, end) = (Ref::int(at as i64), Ref::int(at as i64 + 1));
                let (encoding, object) = (Ref::str(&file.encoding_name), Ref::str(text));
                let reason = Ref::str(&format!("ordinal not in range({limit})"));
                let exc = vm.construct(class, Args::positional(&[*encoding, *object, *start, *end, *reason]))?;
                return Err(vm.raise_value(exc));
            }
        }
    }
    Ok(bytes)
}

fn writelines(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, args)?;
    if !vm.iterates_natively(args.values[1]) {
        return Err(vm.tail_prelude("write_lines", &[args.values[0], args.values[1]]));
    }
    for line in vm.collect(args.values[1])? {
        write(vm, Args::positional(&[args.values[0], *line]))?;
    }
    Ok(Ref::NONE)
}

fn flush(vm: &mut Vm, args: Args) -> Outcome {
    let file = this(vm, args)?;
    let done = match &file.source {
        Source::Standard(Standard::Out) => {
            vm.stdout.flush();
            Ok(())
        }
        _ => file.write_out(),
    };
    done.map(|()| Ref::NONE).map_err(|error| vm.os_error(&error, None))
}

fn seek(vm: &mut Vm, args: Args) -> Outcome {
    let offset = vm.index(args.values[1])?;
    let whence = match args.values.get(2) {
        Some(whence) => vm.index(*whence)?,
        None => 0,
    };
    let file = this(vm, args)?;
    if !file.binary && whence == 1 && offset != 0 {
        return Err(unsupported(vm, "can't do nonzero cur-relative seeks"));
    }
    if !file.binary && whence == 2 && offset != 0 {
        return Err(unsupported(vm, "can't do nonzero end-relative seeks"));
    }
    let to = match whence {
        0 if offset < 0 => return Err(vm.value_error(format!("negative seek position {offset}"))),
        0 => SeekFrom::Start(offset as u64),
        1 => match file.position() {
            Ok(position) => SeekFrom::Start(position.saturating_add_signed(offset)),
            Err(error) => return Err(vm.os_error(&error, None)),
        },
        2 => SeekFrom::End(offset),
        _ => return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    match file.seek(to) {
        Ok(position) => Ok(Ref::int(position as i64)),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn tell(vm: &mut Vm, args: Args) -> Outcome {
    match this(vm, args)?.position() {
        Ok(position) => Ok(Ref::int(position as i64)),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn truncate(vm: &mut Vm, args: Args) -> Outcome {
    let size = size_arg(vm, args)?;
    let file = this(vm, args)?;
    let result = file.write_out().and_then(|()| {
        let size = match size {
            Some(size) => size as u64,
            None => file.position()?,
        };
        match &mut file.source {
            Source::File(file) => file.set_len(size).map(|()| size),
            _ => Ok(size),
        }
    });
    match result {
        Ok(size) => Ok(Ref::int(size as i64)),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

fn close(vm: &mut Vm, args: Args) -> Outcome {
    let Some(file) = args.values[0].opaque::<FileObject>() else { return Ok(Ref::NONE) };
    let result = file.write_out();
    file.source = Source::Closed;
    file.read.clear();
    file.at = 0;
    result.map(|()| Ref::NONE).map_err(|error| vm.os_error(&error, None))
}

fn enter(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, args)?;
    Ok(args.values[0].to_ref())
}

fn exit(vm: &mut Vm, args: Args) -> Outcome {
    close(vm, Args::positional(&args.values[..1]))
}

fn iter(vm: &mut Vm, args: Args) -> Outcome {
    enter(vm, args)
}

fn readable(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, args).map(|file| Ref::bool(file.readable))
}

fn writable(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, args).map(|file| Ref::bool(file.writable))
}

fn seekable(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, args).map(|file| Ref::bool(matches!(file.source, Source::File(_))))
}

fn isatty(vm: &mut Vm, args: Args) -> Outcome {
    use std::io::IsTerminal;
    let terminal = match &this(vm, args)?.source {
        Source::Standard(Standard::In) => io::stdin().is_terminal(),
        Source::Standard(Standard::Out) => io::stdout().is_terminal(),
        Source::Standard(Standard::Err) => io::stderr().is_terminal(),
        Source::File(file) => file.is_terminal(),
        Source::Closed => false,
    };
    Ok(Ref::bool(terminal))
}

fn fileno(vm: &mut Vm, args: Args) -> Outcome {
    use std::os::fd::AsRawFd;
    Ok(Ref::int(match &this(vm, args)?.source {
        Source::Standard(which) => *which as i64,
        Source::File(file) => i64::from(file.as_raw_fd()),
        Source::Closed => -1,
    }))
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.type_name(args.values[0]);
    let Some(file) = args.values[0].opaque::<FileObject>() else { return Ok(Ref::NONE) };
    let name = vm.repr(*file.name)?;
    let name = name.as_str().unwrap_or_default();
    Ok(Ref::str(&if file.binary {
        format!("<_io.{class} name={name}>")
    } else {
        format!("<_io.{class} name={name} mode='{}' encoding='{}'>", file.mode, file.encoding_name)
    }))
}

natives! {
    METHODS;
    "read", read, 1, 2;
    "readline", readline, 1, 2;
    "readlines", readlines, 1, 2;
    "write", write, 2, 2;
    "writelines", writelines, 2, 2;
    "flush", flush, 1, 1;
    "seek", seek, 2, 3;
    "tell", tell, 1, 1;
    "truncate", truncate, 1, 2;
    "close", close, 1, 1;
    "readable", readable, 1, 1;
    "writable", writable, 1, 1;
    "seekable", seekable, 1, 1;
    "isatty", isatty, 1, 1;
    "fileno", fileno, 1, 1;
    "__enter__", enter, 1, 1;
    "__exit__", exit, 1, 4;
    "__iter__", iter, 1, 1;
    "__next__", next, 1, 1;
    "__repr__", repr, 1, 1;
}

/// The file whose attribute is read; it may be closed.
fn any_file<'a>(vm: &mut Vm, args: Args<'a>) -> Outcome<&'a mut FileObject> {
    let value: &'a Value = &args.values[0];
    match value.opaque::<FileObject>() {
        Some(file) => Ok(file),
        None => Err(vm.type_error("a file object is required")),
    }
}

fn name(vm: &mut Vm, args: Args) -> Outcome {
    any_file(vm, args).map(|file| file.name.clone())
}

fn mode(vm: &mut Vm, args: Args) -> Outcome {
    any_file(vm, args).map(|file| Ref::str(&file.mode))
}

fn closed(vm: &mut Vm, args: Args) -> Outcome {
    any_file(vm, args).map(|file| Ref::bool(matches!(file.source, Source::Closed)))
}

fn encoding(vm: &mut Vm, args: Args) -> Outcome {
    any_file(vm, args).map(|file| Ref::str(&file.encoding_name))
}

fn errors(vm: &mut Vm, args: Args) -> Outcome {
    any_file(vm, args).map(|file| Ref::str(&file.errors))
}

/// The stream below: of a standard stream, one that takes bytes.
fn buffer(vm: &mut Vm, args: Args) -> Outcome {
    match any_file(vm, args)?.source {
        Source::Standard(which) => Ok(streams::binary_stream(vm, which)),
        _ => Ok(args.values[0].to_ref()),
    }
}

natives! {
    GETTERS;
    "name", name, 1, 1;
    "mode", mode, 1, 1;
    "closed", closed, 1, 1;
    "encoding", encoding, 1, 1;
    "errors", errors, 1, 1;
    "buffer", buffer, 1, 1;
}

natives! {
    FUNCTIONS;
    "open", open, 0, MANY, keywords;
}
