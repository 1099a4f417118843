//! `io.BytesIO`: bytes in memory.

use super::{check_length, new_stream, next_line, size_arg};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::opaque::OpaqueData;
use crate::object::text::ByteArray;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;

struct BytesIo {
    bytes: Vec<u8>,
    at: usize,
    closed: bool,
}

impl OpaqueData for BytesIo {}

natives! { METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, 2, keywords;
    "read", read, 1, 2;
    "read1", read, 1, 2;
    "readinto", readinto, 2, 2;
    "readinto1", readinto, 2, 2;
    "readline", readline, 1, 2;
    "readlines", readlines, 1, 2;
    "write", write, 2, 2;
    "getvalue", getvalue, 1, 1;
    "seek", seek, 2, 3;
    "tell", tell, 1, 1;
    "truncate", truncate, 1, 2;
    "close", close, 1, 1;
    "flush", flush, 1, 1;
    "isatty", isatty, 1, 1;
    "readable", able, 1, 1;
    "writable", able, 1, 1;
    "seekable", able, 1, 1;
    "__next__", next, 1, 1;
}

natives! { GETTERS;
    "closed", closed, 1, 1;
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    new_stream(vm, args.values[0], |(_, bytes)| bytes, BytesIo { bytes: Vec::new(), at: 0, closed: false })
}

/// The receiver's data. Not to be kept across anything that runs Coro code.
fn data<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut BytesIo> {
    match args.values[0].opaque::<BytesIo>() {
        Some(stream) => Ok(stream),
        None => {
            let given = vm.type_name(args.values[0]);
            Err(vm.type_error(format!("descriptor requires a '_io.BytesIO' object but received a '{given}'")))
        }
    }
}

/// The open stream of a method call.
fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut BytesIo> {
    let stream = data(vm, args)?;
    if stream.closed { Err(vm.value_error("I/O operation on closed file.")) } else { Ok(stream) }
}

/// The bytes of an argument.
fn bytes_arg<'a>(vm: &mut Vm, value: &'a Value) -> Outcome<&'a [u8]> {
    match value.as_bytes() {
        Some(bytes) => Ok(bytes),
        None => {
            let name = vm.type_name(*value);
            Err(vm.type_error(format!("a bytes-like object is required, not '{name}'")))
        }
    }
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<1> =
        Parameters { function: "BytesIO", names: ["initial_bytes"], required: 0, positional: 1 };
    let [initial] = PARAMETERS.bind(vm, args, 1)?;
    let bytes = match initial.filter(|initial| !initial.is_none()) {
        None => Vec::new(),
        Some(initial) => bytes_arg(vm, &initial)?.to_vec(),
    };
    *data(vm, &args)? = BytesIo { bytes, at: 0, closed: false };
    Ok(Ref::NONE)
}

impl BytesIo {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Reads up to `limit` of `count` bytes that are there.
    fn take(&mut self, count: usize, limit: Option<usize>) -> Vec<u8> {
        let count = limit.map_or(count, |limit| count.min(limit));
        let taken = self.rest()[..count].to_vec();
        self.at += count;
        taken
    }

    fn line_length(&self) -> usize {
        let rest = self.rest();
        memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1)
    }
}

fn read(vm: &mut Vm, args: Args) -> Outcome {
    let limit = size_arg(vm, args.values.get(1))?;
    let stream = this(vm, &args)?;
    Ok(Ref::bytes(stream.take(stream.rest().len(), limit)))
}

fn readinto(vm: &mut Vm, args: Args) -> Outcome {
    let stream = this(vm, &args)?;
    let Some(target) = args.values[1].get_mut::<ByteArray>() else {
        let name = vm.type_name(args.values[1]);
        let message = format!("readinto() argument must be read-write bytes-like object, not {name}");
        return Err(vm.type_error(message));
    };
    let taken = stream.take(stream.rest().len(), Some(target.bytes.len()));
    target.bytes[..taken.len()].copy_from_slice(&taken);
    Ok(Ref::int(taken.len() as i64))
}

fn readline(vm: &mut Vm, args: Args) -> Outcome {
    let limit = size_arg(vm, args.values.get(1))?;
    let stream = this(vm, &args)?;
    Ok(Ref::bytes(stream.take(stream.line_length(), limit)))
}

fn readlines(vm: &mut Vm, args: Args) -> Outcome {
    let hint = size_arg(vm, args.values.get(1))?.filter(|hint| *hint > 0);
    let stream = this(vm, &args)?;
    let (mut lines, mut total) = (Vec::new(), 0);
    while !stream.rest().is_empty() && hint.is_none_or(|hint| total < hint) {
        let line = stream.take(stream.line_length(), None);
        total += line.len();
        lines.push(Ref::bytes(line));
    }
    Ok(Ref::list(lines))
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args)?;
    next_line(vm, args, readline)
}

fn write(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args)?;
    let given = bytes_arg(vm, &args.values[1])?;
    let stream = this(vm, &args)?;
    if !given.is_empty() {
        let end = stream.at.saturating_add(given.len());
        check_length(vm, end)?;
        if end > stream.bytes.len() {
            stream.bytes.resize(end, 0);
        }
        stream.bytes[stream.at..end].copy_from_slice(given);
        stream.at = end;
    }
    Ok(Ref::int(given.len() as i64))
}

fn getvalue(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bytes(this(vm, &args)?.bytes.clone()))
}

fn seek(vm: &mut Vm, args: Args) -> Outcome {
    let offset = vm.index(args.values[1])?;
    let whence = args.values.get(2).map_or(Ok(0), |whence| vm.c_int(*whence))?;
    let stream = this(vm, &args)?;
    let from = match whence {
        0 if offset < 0 => return Err(vm.value_error(format!("negative seek value {offset}"))),
        0 => 0,
        1 => stream.at as i64,
        2 => stream.bytes.len() as i64,
        _ => return Err(vm.value_error(format!("invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    let Some(at) = from.checked_add(offset) else { return Err(vm.overflow_error("new position too large")) };
    stream.at = usize::try_from(at).unwrap_or(0);
    Ok(Ref::int(stream.at as i64))
}

fn tell(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this(vm, &args)?.at as i64))
}

fn truncate(vm: &mut Vm, args: Args) -> Outcome {
    let size = match args.values.get(1).filter(|size| !size.is_none()) {
        None => this(vm, &args)?.at as i64,
        given => {
            this(vm, &args)?;
            size_arg(vm, given)?;
            given.map_or(Ok(0), |size| vm.index(*size))?
        }
    };
    match usize::try_from(size) {
        Ok(length) => this(vm, &args)?.bytes.truncate(length),
        Err(_) => return Err(vm.value_error(format!("negative size value {size}"))),
    }
    Ok(Ref::int(size))
}

fn close(vm: &mut Vm, args: Args) -> Outcome {
    let stream = data(vm, &args)?;
    stream.closed = true;
    stream.bytes = Vec::new();
    Ok(Ref::NONE)
}

fn flush(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args).map(|_| Ref::NONE)
}

fn isatty(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args).map(|_| Ref::bool(false))
}

fn able(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args).map(|_| Ref::bool(true))
}

fn closed(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(data(vm, &args)?.closed))
}
