//! `print`, `input`, `exit`.

use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;

crate::natives! {
    TABLE;
    "exit", exit, 0, 1;
    "input", input, 0, 1;
    "print", print, 0, MANY, keywords;
    "quit", exit, 0, 1;
}

fn exit(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.types.exc.system_exit;
    let exc = vm.make_exception(class, args.values);
    Err(vm.raise_value(exc))
}

fn input(vm: &mut Vm, args: Args) -> Outcome {
    if let Some(prompt) = args.values.first() {
        let text = vm.str(*prompt)?;
        vm.stdout.write(text.as_str().unwrap_or("").as_bytes());
    }
    vm.stdout.flush();
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => {
            let class = vm.types.exc.eof_error;
            Err(vm.raise(class, "EOF when reading a line"))
        }
        Ok(_) => Ok(Ref::str(line.strip_suffix('\n').unwrap_or(&line))),
    }
}

/// What `print` was told by keyword.
struct Options {
    sep: Value,
    end: Value,
    file: Value,
    flush: Value,
}

fn options(vm: &mut Vm, args: Args) -> Outcome<Options> {
    let mut options = Options { sep: Value::NONE, end: Value::NONE, file: Value::NONE, flush: Value::FALSE };
    for (name, value) in args.keywords() {
        match name.as_str() {
            Some("sep") => options.sep = value,
            Some("end") => options.end = value,
            Some("file") => options.file = value,
            Some("flush") => options.flush = value,
            other => {
                let message = format!("print() got an unexpected keyword argument '{}'", other.unwrap_or("?"));
                return Err(vm.type_error(message));
            }
        }
    }
    for (name, value) in [("sep", options.sep), ("end", options.end)] {
        if !value.is_none() && value.as_str().is_none() {
            let shown = vm.type_name(value);
            return Err(vm.type_error(format!("{name} must be None or a string, not {shown}")));
        }
    }
    Ok(options)
}

fn print(vm: &mut Vm, args: Args) -> Outcome {
    let Options { sep, end, file, flush } = options(vm, args)?;
    let file = if file.is_none() { vm.standard_output() } else { file.to_ref() };
    let native = vm.is_own_stdout(*file);
    if !native || !args.pos().iter().all(|v| vm.has_native_str(*v)) {
        let values = Ref::tuple_of(args.pos());
        let sep = if sep.is_none() { Ref::str(" ") } else { sep.to_ref() };
        let end = if end.is_none() { Ref::str("\n") } else { end.to_ref() };
        let file = if native { Ref::NONE } else { file };
        return Err(vm.tail_prelude("print_to", &[*values, *sep, *end, *file, flush]));
    }
    let mut text = String::new();
    for (i, value) in args.pos().iter().enumerate() {
        if i > 0 {
            text.push_str(sep.as_str().unwrap_or(" "));
        }
        vm.write_str(*value, &mut text)?;
    }
    text.push_str(end.as_str().unwrap_or("\n"));
    vm.stdout.write(text.as_bytes());
    if vm.truth(flush)? {
        vm.stdout.flush();
    }
    Ok(Ref::NONE)
}
