//! Exceptions with fields of their own: they are kept among the object's attributes, with None as the class's default.

use super::exception::{exception_of, make};
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::types::TypeRef;
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;

pub fn install(vm: &mut Vm) {
    let exc = &vm.types.exc;
    let (stop, exit, os) = (exc.stop_iteration, exc.system_exit, exc.os_error);
    let named = [exc.attribute_error, exc.name_error, exc.import_error];
    let (syntax, decode, encode, translate) =
        (exc.syntax_error, exc.unicode_decode_error, exc.unicode_encode_error, exc.unicode_translate_error);
    vm.add_getters(stop, STOP_GETTERS);
    vm.add_getters(exit, EXIT_GETTERS);
    vm.add_methods(os, OS_METHODS);
    defaults(vm, os, &["errno", "strerror", "filename", "filename2"]);
    defaults(vm, named[0], &["name", "obj"]);
    defaults(vm, named[1], &["name"]);
    defaults(vm, named[2], &["name", "path", "name_from", "msg"]);
    named.into_iter().for_each(|class| vm.add_methods(class, NAMED_METHODS));
    vm.add_methods(syntax, SYNTAX_METHODS);
    defaults(vm, syntax, SYNTAX_FIELDS);
    defaults(vm, syntax, &["msg", "print_file_and_line"]);
    vm.add_methods(decode, UNICODE_METHODS);
    vm.add_methods(encode, UNICODE_METHODS);
    vm.add_methods(translate, TRANSLATE_METHODS);
}

fn defaults(vm: &mut Vm, class: TypeRef, names: &[&str]) {
    names.iter().for_each(|name| vm.set_class_attr(class, name, Ref::NONE));
}

natives! { STOP_GETTERS;
    "value", stop_value, 1, 2;
}

natives! { EXIT_GETTERS;
    "code", exit_code, 1, 2;
}

natives! { OS_METHODS;
    "__new__", os_new, 1, MANY, keywords;
    "__init__", os_init, 1, MANY, keywords;
}

natives! { NAMED_METHODS;
    "__init__", named_init, 1, MANY, keywords;
}

natives! { SYNTAX_METHODS;
    "__init__", syntax_init, 1, MANY, keywords;
    "__str__", syntax_str, 1, 1;
}

natives! { UNICODE_METHODS;
    "__init__", unicode_init, 1, MANY;
}

natives! { TRANSLATE_METHODS;
    "__init__", translate_init, 1, MANY;
}

const SYNTAX_FIELDS: &[&str] = &["filename", "lineno", "offset", "text", "end_lineno", "end_offset"];

fn set(vm: &mut Vm, exc: Value, name: &str, value: Value) {
    let old = vm.set_own_attr(exc, atom::intern(name), value.to_ref());
    drop(old);
}

/// Reads or sets a field that is the first argument unless it was set.
fn field_or_argument(vm: &mut Vm, args: &Args, name: &str, default: fn(&[Ref]) -> Ref) -> Outcome {
    let exc = exception_of(vm, args)?;
    match args.values.get(1) {
        Some(new) => {
            let new = if new.is_unbound() { Value::NONE } else { *new };
            set(vm, args.values[0], name, new);
            Ok(Ref::NONE)
        }
        None => match vm.own_attr(args.values[0], atom::intern(name)) {
            Some(value) => Ok(value),
            None => Ok(default(exc.args.borrow().as_sequence().unwrap_or(&[]))),
        },
    }
}

fn stop_value(vm: &mut Vm, args: Args) -> Outcome {
    field_or_argument(vm, &args, "value", |args| args.first().cloned().unwrap_or(Ref::NONE))
}

fn exit_code(vm: &mut Vm, args: Args) -> Outcome {
    field_or_argument(vm, &args, "code", |args| match args {
        [] => Ref::NONE,
        [only] => only.clone(),
        several => Ref::tuple(several.to_vec()),
    })
}

/// Sets `args`.
fn set_args(vm: &mut Vm, args: &Args) -> Outcome<()> {
    let exc = exception_of(vm, args)?;
    let old = exc.args.replace(Ref::tuple_of(&args.pos()[1..]));
    drop(old);
    Ok(())
}

fn unexpected(vm: &mut Vm, exc: Value, name: Value) -> Signal {
    let class = vm.type_of(exc).mro.borrow().iter().find(|ty| ty.builtin).map_or_else(String::new, |ty| ty.name_text());
    let name = name.as_str().unwrap_or("?").to_owned();
    vm.type_error(format!("{class}() got an unexpected keyword argument '{name}'"))
}

/// NameError, AttributeError and ImportError take some of their fields by keyword.
fn named_init(vm: &mut Vm, args: Args) -> Outcome {
    set_args(vm, &args)?;
    let exc = args.values[0];
    let class = vm.type_of(exc);
    let allowed: &[&str] = if class.is_subclass(vm.types.exc.import_error) {
        if let [_, message] = args.pos() {
            set(vm, exc, "msg", *message);
        }
        &["name", "path", "name_from"]
    } else if class.is_subclass(vm.types.exc.attribute_error) {
        &["name", "obj"]
    } else {
        &["name"]
    };
    for (name, value) in args.keywords() {
        let Some(text) = name.as_str().filter(|text| allowed.contains(text)) else {
            return Err(unexpected(vm, exc, name));
        };
        set(vm, exc, text, value);
    }
    Ok(Ref::NONE)
}

/// The class for an `errno`.
fn class_of_errno(vm: &Vm, errno: i64) -> Option<TypeRef> {
    let exc = &vm.types.exc;
    Some(match i32::try_from(errno).ok()? {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => exc.blocking_io_error,
        libc::EPIPE | libc::ESHUTDOWN => exc.broken_pipe_error,
        libc::ECHILD => exc.child_process_error,
        libc::ECONNABORTED => exc.connection_aborted_error,
        libc::ECONNREFUSED => exc.connection_refused_error,
        libc::ECONNRESET => exc.connection_reset_error,
        libc::EEXIST => exc.file_exists_error,
        libc::ENOENT => exc.file_not_found_error,
        libc::EISDIR => exc.is_a_directory_error,
        libc::ENOTDIR => exc.not_a_directory_error,
        libc::EINTR => exc.interrupted_error,
        libc::EACCES | libc::EPERM => exc.permission_error,
        libc::ESRCH => exc.process_lookup_error,
        libc::ETIMEDOUT => exc.timeout_error,
        _ => return None,
    })
}

/// `OSError(errno, strerror)` makes an object of the subclass for the number.
fn os_new(vm: &mut Vm, args: Args) -> Outcome {
    let mut class = vm.class_arg(args.values[0], vm.types.exc.os_error)?;
    let given = &args.pos()[1..];
    if std::ptr::eq(class, vm.types.exc.os_error)
        && (2..=5).contains(&given.len())
        && let Some(better) = given[0].as_i64().and_then(|errno| class_of_errno(vm, errno))
    {
        class = better;
    }
    let exc = make(vm, class, Ref::tuple_of(given))?;
    if class.builtin {
        let mut values = args.values.to_vec();
        values[0] = *exc;
        os_init(vm, Args { values: &values, names: args.names })?;
    }
    Ok(exc)
}

fn os_init(vm: &mut Vm, args: Args) -> Outcome {
    if !args.names.is_empty() {
        let name = vm.type_name(args.values[0]);
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    set_args(vm, &args)?;
    let exc = args.values[0];
    let given = &args.values[1..];
    if !(2..=5).contains(&given.len()) {
        return Ok(Ref::NONE);
    }
    set(vm, exc, "errno", given[0]);
    set(vm, exc, "strerror", given[1]);
    if let Some(filename) = given.get(2).filter(|f| !f.is_none()) {
        set(vm, exc, "filename", *filename);
        if let Some(second) = given.get(4).filter(|f| !f.is_none()) {
            set(vm, exc, "filename2", *second);
        }
        let old = exception_of(vm, &args)?.args.replace(Ref::tuple_of(&given[..2]));
        drop(old);
    }
    Ok(Ref::NONE)
}

impl Vm {
    /// The OSError for an error of the operating system: `[Errno 2] No such file or directory: 'name'`.
    pub fn os_error(&mut self, error: &std::io::Error, filename: Option<&str>) -> Signal {
        let class = self.types.exc.os_error;
        let Some(errno) = error.raw_os_error() else { return self.raise(class, error.to_string()) };
        let shown = error.to_string();
        let text = Ref::str(shown.split(" (os error").next().unwrap_or(&shown));
        let filename = filename.map_or(Ref::NONE, Ref::str);
        let values = [class.value(), Value::small_int(errno as i64), *text, *filename];
        match os_new(self, Args::positional(&values)) {
            Ok(exc) => self.raise_value(exc),
            Err(signal) => signal,
        }
    }
}

/// `SyntaxError(message, (filename, line, offset, text, …))`
fn syntax_init(vm: &mut Vm, args: Args) -> Outcome {
    set_args(vm, &args)?;
    let exc = args.values[0];
    let given = &args.pos()[1..];
    if let Some(message) = given.first() {
        set(vm, exc, "msg", *message);
    }
    if let [_, details] = given {
        let items = vm.collect(*details)?;
        for (name, value) in SYNTAX_FIELDS.iter().zip(&items) {
            set(vm, exc, name, **value);
        }
    }
    Ok(Ref::NONE)
}

fn syntax_str(vm: &mut Vm, args: Args) -> Outcome {
    vm.exception_str(args.values[0])
}

fn unicode_fields(vm: &mut Vm, args: &Args, names: &[&str]) -> Outcome {
    set_args(vm, args)?;
    let given = &args.values[1..];
    if given.len() != names.len() {
        let message = format!("function takes exactly {} arguments ({} given)", names.len(), given.len());
        return Err(vm.type_error(message));
    }
    for (name, value) in names.iter().zip(given) {
        set(vm, args.values[0], name, *value);
    }
    Ok(Ref::NONE)
}

fn unicode_init(vm: &mut Vm, args: Args) -> Outcome {
    unicode_fields(vm, &args, &["encoding", "object", "start", "end", "reason"])
}

fn translate_init(vm: &mut Vm, args: Args) -> Outcome {
    unicode_fields(vm, &args, &["object", "start", "end", "reason"])
}
