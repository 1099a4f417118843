//! `BaseException`: construction, arguments, causes, notes, tracebacks.

use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::container::List;
use crate::object::exception::Exception;
use crate::object::types::{TypeRef, type_flag};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;

pub fn install(vm: &mut Vm) {
    let base = vm.types.exc.base_exception;
    vm.add_methods(base, METHODS);
    vm.add_getters(base, GETTERS);
}

natives! { METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, MANY, keywords;
    "__repr__", repr, 1, 1;
    "__str__", str, 1, 1;
    "with_traceback", with_traceback, 2, 2;
    "add_note", add_note, 2, 2;
}

natives! { GETTERS;
    "args", args_attr, 1, 2;
    "__cause__", cause, 1, 2;
    "__context__", context, 1, 2;
    "__suppress_context__", suppress_context, 1, 2;
    "__traceback__", traceback, 1, 2;
}

/// A new exception of a class below `BaseException` with these arguments; fields are left to `__init__`.
pub(super) fn make(vm: &mut Vm, class: TypeRef, args: Ref) -> Outcome {
    if class.has(type_flag::ABSTRACT) {
        return Err(vm.abstract_error(class));
    }
    let exc = Exception::alloc(class, args);
    if class.has(type_flag::DEL) {
        // Safety: a fresh object.
        unsafe { (*exc.header()).flags |= crate::object::heap::flag::HAS_DEL };
    }
    Ok(exc)
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.class_arg(args.values[0], vm.types.exc.base_exception)?;
    let rest = Args { values: &args.values[1..], names: args.names };
    let exc = make(vm, class, Ref::tuple_of(rest.pos()))?;
    // Called directly, a built-in class does everything here; it may have an `__init__` of its own.
    if class.builtin {
        initialise(vm, class, *exc, &args, rest)?;
    }
    Ok(exc)
}

/// Runs the class's native `__init__`.
pub(super) fn initialise(vm: &mut Vm, class: TypeRef, exc: Value, args: &Args, rest: Args) -> Outcome<()> {
    let own = class.lookup_where(vm.names.init);
    match own {
        Some((owner, hook)) if !std::ptr::eq(owner, vm.types.exc.base_exception) => {
            let mut values = args.values.to_vec();
            values[0] = exc;
            vm.call(hook, Args { values: &values, names: args.names }).map(drop)
        }
        _ => no_keywords(vm, exc, rest),
    }
}

fn no_keywords(vm: &mut Vm, exc: Value, args: Args) -> Outcome<()> {
    if args.names.is_empty() {
        return Ok(());
    }
    let name = vm.type_name(exc);
    Err(vm.type_error(format!("{name}() takes no keyword arguments")))
}

/// The exception that a method or getter is called on.
pub(super) fn exception_of<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a Exception> {
    match args.values[0].get::<Exception>() {
        Some(exc) => Ok(exc),
        None => {
            let name = vm.type_name(args.values[0]);
            Err(vm.type_error(format!("descriptor requires a 'BaseException' object but received a '{name}'")))
        }
    }
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    let exc = exception_of(vm, &args)?;
    let rest = Args { values: &args.values[1..], names: args.names };
    no_keywords(vm, args.values[0], rest)?;
    let old = exc.args.replace(Ref::tuple_of(rest.pos()));
    drop(old);
    Ok(Ref::NONE)
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let mut out = String::new();
    vm.write_native_repr(args.values[0], &mut out)?;
    Ok(Ref::str(&out))
}

fn str(vm: &mut Vm, args: Args) -> Outcome {
    vm.exception_str(args.values[0])
}

fn args_attr(vm: &mut Vm, args: Args) -> Outcome {
    let exc = exception_of(vm, &args)?;
    let Some(new) = args.values.get(1) else { return Ok(exc.args.borrow().clone()) };
    if new.is_unbound() {
        return Err(vm.type_error("args may not be deleted"));
    }
    let items = vm.collect(*new)?;
    let old = exc.args.replace(Ref::tuple(items));
    drop(old);
    Ok(Ref::NONE)
}

/// An exception or None, given to be stored.
fn exception_or_none(vm: &mut Vm, new: Value, what: &str) -> Outcome {
    if new.is_unbound() {
        return Err(vm.type_error(format!("{what} may not be deleted")));
    }
    if new.is_none() || new.is_kind(Kind::Exception) {
        return Ok(new.to_ref());
    }
    Err(vm.type_error(format!("exception {} must be None or derive from BaseException", what.trim_matches('_'))))
}

fn cause(vm: &mut Vm, args: Args) -> Outcome {
    let exc = exception_of(vm, &args)?;
    let Some(new) = args.values.get(1) else { return Ok(exc.cause.borrow().clone()) };
    let new = exception_or_none(vm, *new, "__cause__")?;
    let old = exc.cause.replace(new);
    exc.suppress_context.set(true);
    drop(old);
    Ok(Ref::NONE)
}

fn context(vm: &mut Vm, args: Args) -> Outcome {
    let exc = exception_of(vm, &args)?;
    let Some(new) = args.values.get(1) else { return Ok(exc.context.borrow().clone()) };
    let new = exception_or_none(vm, *new, "__context__")?;
    let old = exc.context.replace(new);
    drop(old);
    Ok(Ref::NONE)
}

fn suppress_context(vm: &mut Vm, args: Args) -> Outcome {
    let exc = exception_of(vm, &args)?;
    let Some(new) = args.values.get(1) else { return Ok(Ref::bool(exc.suppress_context.get())) };
    if !new.is_bool() {
        return Err(vm.type_error("attribute value type must be bool"));
    }
    exc.suppress_context.set(*new == Value::TRUE);
    Ok(Ref::NONE)
}

fn traceback(vm: &mut Vm, args: Args) -> Outcome {
    let exc = exception_of(vm, &args)?;
    match args.values.get(1) {
        None => Ok(exc.traceback_object()),
        Some(new) => {
            set_traceback(vm, exc, *new)?;
            Ok(Ref::NONE)
        }
    }
}

fn set_traceback(vm: &mut Vm, exc: &Exception, new: Value) -> Outcome<()> {
    if new.is_unbound() {
        return Err(vm.type_error("__traceback__ may not be deleted"));
    }
    if !new.is_none() && !new.is_kind(Kind::Traceback) {
        return Err(vm.type_error("__traceback__ must be a traceback or None"));
    }
    exc.set_traceback_object(new.to_ref());
    Ok(())
}

fn with_traceback(vm: &mut Vm, args: Args) -> Outcome {
    let exc = exception_of(vm, &args)?;
    set_traceback(vm, exc, args.values[1])?;
    Ok(args.values[0].to_ref())
}

fn add_note(vm: &mut Vm, args: Args) -> Outcome {
    let note = args.values[1];
    if note.as_str().is_none() {
        let message = format!("note must be a str, not '{}'", vm.type_name(note));
        return Err(vm.type_error(message));
    }
    let known = vm.own_attr(args.values[0], vm.names.notes);
    if known.is_some_and(|notes| notes.get::<List>().is_none()) {
        return Err(vm.type_error("Cannot add note: __notes__ is not a list"));
    }
    vm.add_note(args.values[0], note.to_ref());
    Ok(Ref::NONE)
}
