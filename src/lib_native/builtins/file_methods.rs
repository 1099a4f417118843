//! Methods and attributes of file objects.

use super::files::{Buffering, CHUNK, Encoding, FileObject, Source};
use super::open::file_types;
use super::streams::{self, Standard};
use crate::lib_native::modules::io::newlines::Newlines;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use std::borrow::Cow;
use std::io::{self, SeekFrom, Write};

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

/// Reads; what a signal interrupts goes on when that was answered. Reading that takes long holds up a running loop.
fn take_with<T>(vm: &mut Vm, file: &mut FileObject, take: impl Fn(&mut FileObject) -> io::Result<T>) -> Outcome<T> {
    loop {
        match take(file) {
            Ok(taken) => {
                let waited = std::mem::take(&mut file.waited);
                vm.held_up(Some(waited.as_nanos() as u64));
                return Ok(taken);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => vm.answer_signals()?,
            Err(error) => return Err(vm.os_error(&error, None)),
        }
    }
}

fn read(vm: &mut Vm, args: Args) -> Outcome {
    let size = size_arg(vm, args)?;
    let file = readable_file(vm, args)?;
    let bytes = take_with(vm, file, |file| match size {
        Some(chars) if !file.binary => file.take_chars(chars),
        size => file.take(size),
    })?;
    given(vm, file, bytes)
}

fn readline(vm: &mut Vm, args: Args) -> Outcome {
    let size = size_arg(vm, args)?;
    let file = readable_file(vm, args)?;
    if size.is_none()
        && let Some(line) = file.line_ahead()
    {
        return Ok(Ref::str(line));
    }
    let bytes = take_with(vm, file, |file| file.take_line(size))?;
    given(vm, file, bytes)
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    let file = readable_file(vm, args)?;
    if let Some(line) = file.line_ahead() {
        return Ok(Ref::str(line));
    }
    match take_with(vm, file, |file| file.take_line(None))? {
        bytes if bytes.is_empty() => Err(vm.stop_iteration(Ref::NONE)),
        bytes => given(vm, file, bytes),
    }
}

fn readlines(vm: &mut Vm, args: Args) -> Outcome {
    let hint = size_arg(vm, args)?.filter(|hint| *hint > 0);
    let file = readable_file(vm, args)?;
    let (mut lines, mut total) = (Vec::new(), 0);
    loop {
        if let Some(line) = file.line_ahead() {
            total += line.len();
            lines.push(Ref::str(line));
        } else {
            let bytes = take_with(vm, file, |file| file.take_line(None))?;
            if bytes.is_empty() {
                return Ok(Ref::list(lines));
            }
            total += bytes.len();
            lines.push(given(vm, file, bytes)?);
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
        (false, Some(text), _) => (encode(vm, file, &ended(file, text))?, text.chars().count()),
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
        Source::Standard(_) => vm.stdout.write(&bytes),
        _ => {
            if file.at < file.read.len() {
                let back = (file.read.len() - file.at) as i64;
                if let Err(error) = file.seek(SeekFrom::Current(-back)) {
                    return Err(vm.os_error(&error, None));
                }
            }
            file.unwritten.extend_from_slice(&bytes);
            let at_once = match file.buffering {
                Buffering::Full => file.unwritten.len() >= CHUNK,
                Buffering::Line => file.unwritten.len() >= CHUNK || bytes.contains(&b'\n'),
                Buffering::None => true,
            };
            if at_once { file.write_out() } else { Ok(()) }
        }
    };
    match outcome {
        Ok(()) => Ok(Ref::int(count as i64)),
        Err(error) => Err(vm.os_error(&error, None)),
    }
}

/// A text with its line ends as the file has them.
fn ended<'a>(file: &FileObject, text: &'a str) -> Cow<'a, str> {
    match file.newlines {
        Newlines::Cr if text.contains('\n') => Cow::Owned(text.replace('\n', "\r")),
        Newlines::CrLf if text.contains('\n') => Cow::Owned(text.replace('\n', "\r\n")),
        _ => Cow::Borrowed(text),
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
        Source::Standard(Standard::Out) => vm.stdout.flush(),
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

/// The kinds of line ends read so far.
fn newlines(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].opaque::<FileObject>().map_or(Ref::NONE, |file| file.seen.shown()))
}

fn line_buffering(_: &mut Vm, args: Args) -> Outcome {
    let file = args.values[0].opaque::<FileObject>();
    Ok(Ref::bool(file.is_some_and(|file| file.buffering == Buffering::Line)))
}

fn close(vm: &mut Vm, args: Args) -> Outcome {
    let Some(file) = args.values[0].opaque::<FileObject>() else { return Ok(Ref::NONE) };
    let result = file.write_out();
    let result = file.shut().and(result);
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
    "newlines", newlines, 1, 1;
    "line_buffering", line_buffering, 1, 1;
}
