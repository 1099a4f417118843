//! `print`, `input`, `exit`, `quit`.

use super::streams;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::function::{BoundMethod, Machine, NativeDef};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::native::{MANY, hidden_native};
use std::io::{BufRead, Write};

/// Writes to standard output.
///
/// # Errors
/// OSError, as BrokenPipeError, when the buffer cannot be written out.
pub fn write_out(vm: &mut Vm, text: &str) -> Outcome<()> {
    vm.stdout.write(text.as_bytes()).map_err(|error| vm.os_error(&error, None))
}

/// Flushes standard output.
///
/// # Errors
/// As [`write_out`].
pub fn flush_out(vm: &mut Vm) -> Outcome<()> {
    vm.stdout.flush().map_err(|error| vm.os_error(&error, None))
}

/// For the prelude: writes a str to standard output.
static WRITE: NativeDef = NativeDef {
    name: "write",
    func: |machine: &mut Machine, args: Args| {
        write_out(Vm::of(machine), args.values[0].as_str().unwrap_or_default())?;
        Ok(Ref::NONE)
    },
    min: 1,
    max: 1,
    keywords: false,
    doc: "",
};

/// For the prelude: flushes standard output.
static FLUSH: NativeDef = NativeDef {
    name: "flush",
    func: |machine: &mut Machine, _: Args| {
        flush_out(Vm::of(machine))?;
        Ok(Ref::NONE)
    },
    min: 0,
    max: 0,
    keywords: false,
    doc: "",
};

/// The keyword arguments of `print`.
struct Options {
    sep: Value,
    end: Value,
    file: Value,
    flush: bool,
}

fn options(vm: &mut Vm, args: Args) -> Outcome<Options> {
    let mut options = Options { sep: Value::NONE, end: Value::NONE, file: Value::NONE, flush: false };
    for (name, value) in args.keywords() {
        let text = name.as_str().unwrap_or_default();
        match text {
            "sep" | "end" if !value.is_none() && value.as_str().is_none() => {
                let message = format!("{text} must be None or a string, not {}", vm.type_name(value));
                return Err(vm.type_error(message));
            }
            "sep" => options.sep = value,
            "end" => options.end = value,
            "file" => options.file = value,
            "flush" => options.flush = vm.truth(value)?,
            _ => return Err(vm.type_error(format!("print() got an unexpected keyword argument '{text}'"))),
        }
    }
    Ok(options)
}

/// `print(*values, sep=' ', end='\n', file=None, flush=False)`
fn print(vm: &mut Vm, args: Args) -> Outcome {
    let options = options(vm, args)?;
    let file = if options.file.is_none() { streams::redirected(vm) } else { Some(options.file.to_ref()) };
    if let Some(file) = file.filter(|file| !streams::is_stdout(**file)) {
        return if file.is_none() { Ok(Ref::NONE) } else { print_to_file(vm, args, &options, *file) };
    }
    if !args.pos().iter().all(|value| vm.has_native_str(*value)) {
        let flush = if options.flush { hidden_native(&FLUSH) } else { Value::NONE };
        return print_by_prelude(vm, args, &options, hidden_native(&WRITE), flush);
    }
    let sep = options.sep.as_str().unwrap_or(" ");
    for (i, value) in args.pos().iter().enumerate() {
        if i > 0 {
            write_out(vm, sep)?;
        }
        match value.as_str().filter(|_| crate::vm::protocol::iterate::is_plain_object(*value)) {
            Some(text) => write_out(vm, text)?,
            None => {
                let mut text = String::new();
                vm.write_str(*value, &mut text)?;
                write_out(vm, &text)?;
            }
        }
    }
    write_out(vm, options.end.as_str().unwrap_or("\n"))?;
    if options.flush {
        flush_out(vm)?;
    }
    Ok(Ref::NONE)
}

fn print_to_file(vm: &mut Vm, args: Args, options: &Options, file: Value) -> Outcome {
    let (write, flush) = (vm.names.write, vm.names.flush);
    let write = vm.get_attr(file, write)?;
    let flush = if options.flush { vm.get_attr(file, flush)? } else { Ref::NONE };
    let native = write.get::<BoundMethod>().is_some_and(|method| method.func.is_kind(Kind::Native));
    if native && flush.is_none() && args.pos().iter().all(|value| vm.has_native_str(*value)) {
        return print_by_native(vm, args, options, *write);
    }
    print_by_prelude(vm, args, options, *write, *flush)
}

/// To a file whose `write` is native, values whose texts run no code of the program.
fn print_by_native(vm: &mut Vm, args: Args, options: &Options, write: Value) -> Outcome {
    let sep = if options.sep.is_none() { Ref::str(" ") } else { options.sep.to_ref() };
    let end = if options.end.is_none() { Ref::str("\n") } else { options.end.to_ref() };
    let put = |vm: &mut Vm, text: Value| match vm.call_if_native(write, &[text]) {
        Some(outcome) => vm.settle(outcome).map(|_| ()),
        None => Ok(()),
    };
    for (i, value) in args.pos().iter().enumerate() {
        if i > 0 {
            put(vm, *sep)?;
        }
        let text = vm.str(*value)?;
        put(vm, *text)?;
    }
    put(vm, *end)?;
    Ok(Ref::NONE)
}

fn print_by_prelude(vm: &mut Vm, args: Args, options: &Options, write: Value, flush: Value) -> Outcome {
    let values = Ref::tuple_of(args.pos());
    let sep = if options.sep.is_none() { Ref::str(" ") } else { options.sep.to_ref() };
    let end = if options.end.is_none() { Ref::str("\n") } else { options.end.to_ref() };
    Err(vm.tail_prelude("print_to", &[write, *values, *sep, *end, flush]))
}

fn input(vm: &mut Vm, args: Args) -> Outcome {
    if let Some(stdin) = streams::replaced_stdin() {
        let prompt = args.values.first().copied().unwrap_or(Value::NONE);
        return Err(vm.tail_prelude("input_from", &[*stdin, prompt]));
    }
    if let Some(prompt) = args.values.first() {
        let text = vm.str(*prompt)?;
        write_out(vm, text.as_str().unwrap_or_default())?;
    }
    flush_out(vm)?;
    let began = vm.sched.clock.now();
    let mut line = read_line(vm)?;
    let waited = vm.sched.clock.now() - began;
    vm.held_up(Some(waited));
    if line.is_empty() {
        let class = vm.types.exc.eof_error;
        return Err(vm.raise(class, "EOF when reading a line"));
    }
    if line.ends_with(b"\n") {
        line.pop();
        if line.ends_with(b"\r") {
            line.pop();
        }
    }
    Ok(Ref::str(&String::from_utf8_lossy(&line)))
}

/// A line from standard input, with its end.
fn read_line(vm: &mut Vm) -> Outcome<Vec<u8>> {
    let mut line = Vec::new();
    loop {
        let mut stdin = std::io::stdin().lock();
        let (used, done) = match stdin.fill_buf() {
            Ok(ahead) => match memchr::memchr(b'\n', ahead) {
                Some(at) => {
                    line.extend_from_slice(&ahead[..=at]);
                    (at + 1, true)
                }
                None => {
                    line.extend_from_slice(ahead);
                    (ahead.len(), ahead.is_empty())
                }
            },
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {
                drop(stdin);
                vm.answer_signals()?;
                continue;
            }
            Err(error) => return Err(vm.os_error(&error, None)),
        };
        stdin.consume(used);
        if done {
            return Ok(line);
        }
    }
}

/// `exit(code=None)`
fn exit(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.types.exc.system_exit;
    let code = args.values.first().copied().unwrap_or(Value::NONE);
    let exc = vm.construct(class, Args::positional(&[code]))?;
    Err(vm.raise_value(exc))
}

/// Writes to standard error; what was printed before goes first.
pub fn write_error(vm: &mut Vm, text: &str) {
    vm.flush_output();
    // A closed standard error is nobody's concern.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

natives! {
    FUNCTIONS;
    "exit", exit, 0, 1;
    "input", input, 0, 1;
    "print", print, 0, MANY, keywords;
    "quit", exit, 0, 1;
}
