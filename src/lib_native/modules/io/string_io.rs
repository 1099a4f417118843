//! `io.StringIO`: characters in memory. Places count characters, so they are kept as such.

use super::newlines::{Newlines, Seen};
use super::{check_length, new_stream, next_line, os_error, size_arg};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::Ref;
use crate::object::call::{Args, Outcome};
use crate::object::opaque::OpaqueData;
use crate::vm::Vm;
use crate::vm::native::MANY;

struct StringIo {
    chars: Vec<char>,
    at: usize,
    newlines: Newlines,
    seen: Seen,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// `__init__` has not run.
    Raw,
    Open,
    Closed,
}

impl OpaqueData for StringIo {}

natives! { METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, 3, keywords;
    "read", read, 1, 2;
    "readline", readline, 1, 2;
    "write", write, 2, 2;
    "getvalue", getvalue, 1, 1;
    "seek", seek, 2, 3;
    "tell", tell, 1, 1;
    "truncate", truncate, 1, 2;
    "close", close, 1, 1;
    "readable", able, 1, 1;
    "writable", able, 1, 1;
    "seekable", able, 1, 1;
    "__next__", next, 1, 1;
}

natives! { GETTERS;
    "closed", closed, 1, 1;
    "line_buffering", line_buffering, 1, 1;
    "newlines", newlines, 1, 1;
    "_newline", newline, 1, 1;
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let newlines = Newlines::Lf;
    let empty = StringIo { chars: Vec::new(), at: 0, newlines, seen: Seen::default(), state: State::Raw };
    new_stream(vm, args.values[0], |(strings, _)| strings, empty)
}

/// The receiver's data. Not to be kept across anything that runs Coro code.
fn data<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut StringIo> {
    match args.values[0].opaque::<StringIo>() {
        Some(stream) => Ok(stream),
        None => {
            let given = vm.type_name(args.values[0]);
            Err(vm.type_error(format!("descriptor requires a '_io.StringIO' object but received a '{given}'")))
        }
    }
}

/// The open stream of a method call.
fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut StringIo> {
    let stream = data(vm, args)?;
    match stream.state {
        State::Open => Ok(stream),
        State::Raw => Err(vm.value_error("I/O operation on uninitialized object")),
        State::Closed => Err(vm.value_error("I/O operation on closed file")),
    }
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<2> =
        Parameters { function: "StringIO", names: ["initial_value", "newline"], required: 0, positional: 2 };
    let [initial, newline] = PARAMETERS.bind(vm, args, 1)?;
    let newlines = match newline {
        None => Newlines::Lf,
        Some(given) if given.is_none() => Newlines::Translate,
        Some(given) => {
            let Some(text) = given.as_str() else {
                let name = vm.type_name(given);
                return Err(vm.type_error(format!("newline must be str or None, not {name}")));
            };
            match Newlines::of(Some(text)) {
                Some(newlines) => newlines,
                None => {
                    let shown = crate::object::algo::str_repr::repr_str(text);
                    return Err(vm.value_error(format!("illegal newline value: {shown}")));
                }
            }
        }
    };
    let mut seen = Seen::default();
    let chars = match initial.filter(|initial| !initial.is_none()) {
        None => Vec::new(),
        Some(initial) => match initial.as_str() {
            Some(text) => newlines.stored(text, &mut seen),
            None => {
                let name = vm.type_name(initial);
                return Err(vm.type_error(format!("initial_value must be str or None, not {name}")));
            }
        },
    };
    *data(vm, &args)? = StringIo { chars, at: 0, newlines, seen, state: State::Open };
    Ok(Ref::NONE)
}

impl StringIo {
    fn rest(&self) -> &[char] {
        self.chars.get(self.at..).unwrap_or_default()
    }

    /// Reads a number of characters that are there.
    fn take(&mut self, count: usize) -> Ref {
        let taken: String = self.rest()[..count].iter().collect();
        self.at += count;
        Ref::str(&taken)
    }
}

fn read(vm: &mut Vm, args: Args) -> Outcome {
    let size = size_arg(vm, args.values.get(1))?;
    let stream = this(vm, &args)?;
    let left = stream.rest().len();
    Ok(stream.take(size.map_or(left, |size| size.min(left))))
}

fn readline(vm: &mut Vm, args: Args) -> Outcome {
    let size = size_arg(vm, args.values.get(1))?;
    let stream = this(vm, &args)?;
    let line = stream.newlines.line_length(stream.rest());
    Ok(stream.take(size.map_or(line, |size| size.min(line))))
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args)?;
    next_line(vm, args, readline)
}

fn write(vm: &mut Vm, args: Args) -> Outcome {
    let value = args.values[1];
    let Some(text) = value.as_str() else {
        let name = vm.type_name(value);
        return Err(vm.type_error(format!("string argument expected, got '{name}'")));
    };
    let stream = this(vm, &args)?;
    let stored = stream.newlines.stored(text, &mut stream.seen);
    if !stored.is_empty() {
        let end = stream.at.saturating_add(stored.len());
        check_length(vm, end.saturating_mul(size_of::<char>()))?;
        if stream.at > stream.chars.len() {
            stream.chars.resize(stream.at, '\0');
        }
        let over = end.min(stream.chars.len());
        if over == stream.at {
            stream.chars.extend_from_slice(&stored);
        } else {
            stream.chars.splice(stream.at..over, stored);
        }
        stream.at = end;
    }
    Ok(Ref::int(text.chars().count() as i64))
}

fn getvalue(vm: &mut Vm, args: Args) -> Outcome {
    let text: String = this(vm, &args)?.chars.iter().collect();
    Ok(Ref::str(&text))
}

fn seek(vm: &mut Vm, args: Args) -> Outcome {
    let offset = vm.index(args.values[1])?;
    let whence = args.values.get(2).map_or(Ok(0), |whence| vm.c_int(*whence))?;
    let stream = this(vm, &args)?;
    stream.at = match whence {
        0 => match usize::try_from(offset) {
            Ok(at) => at,
            Err(_) => return Err(vm.value_error(format!("Negative seek position {offset}"))),
        },
        1 | 2 if offset != 0 => return Err(os_error(vm, "Can't do nonzero cur-relative seeks")),
        1 => stream.at,
        2 => stream.chars.len(),
        _ => return Err(vm.value_error(format!("Invalid whence ({whence}, should be 0, 1 or 2)"))),
    };
    Ok(Ref::int(stream.at as i64))
}

fn tell(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this(vm, &args)?.at as i64))
}

fn truncate(vm: &mut Vm, args: Args) -> Outcome {
    let size = match args.values.get(1).filter(|size| !size.is_none()) {
        None => this(vm, &args)?.at,
        given => {
            size_arg(vm, given)?;
            let size = given.map_or(Ok(0), |size| vm.index(*size))?;
            match usize::try_from(size) {
                Ok(size) => size,
                Err(_) => return Err(vm.value_error(format!("Negative size value {size}"))),
            }
        }
    };
    this(vm, &args)?.chars.truncate(size);
    Ok(Ref::int(size as i64))
}

fn close(vm: &mut Vm, args: Args) -> Outcome {
    let stream = data(vm, &args)?;
    stream.state = State::Closed;
    stream.chars = Vec::new();
    Ok(Ref::NONE)
}

fn able(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args).map(|_| Ref::bool(true))
}

fn closed(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(data(vm, &args)?.state == State::Closed))
}

fn line_buffering(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args).map(|_| Ref::bool(false))
}

fn newlines(vm: &mut Vm, args: Args) -> Outcome {
    let stream = this(vm, &args)?;
    if !matches!(stream.newlines, Newlines::Translate | Newlines::Any) {
        return Ok(Ref::NONE);
    }
    Ok(match &stream.seen.kinds()[..] {
        [] => Ref::NONE,
        [one] => Ref::str(one),
        several => Ref::tuple(several.iter().map(|kind| Ref::str(kind)).collect()),
    })
}

/// For `__getstate__`.
fn newline(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this(vm, &args)?.newlines.argument().map_or(Ref::NONE, Ref::str))
}
