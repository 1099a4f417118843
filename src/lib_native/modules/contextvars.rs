//! `_contextvars`: context variables. An empty context that nobody has asked for is not made: it is None inside.

use super::Building;
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::context::{Context, ContextVar, Token};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use std::rc::Rc;

natives! {
    FUNCTIONS;
    "copy_context", copy_context, 0, 0;
}

natives! {
    CONTEXT;
    "__new__", context_new, 1, 1;
    "__eq__", context_eq, 2, 2;
    "run", context_run, 2, MANY, keywords;
    "copy", context_copy, 1, 1;
    "get", context_get, 2, 3;
    "__getitem__", context_getitem, 2, 2;
    "__contains__", context_contains, 2, 2;
    "__len__", context_len, 1, 1;
    "__iter__", context_iter, 1, 1;
    "keys", context_keys, 1, 1;
    "values", context_values, 1, 1;
    "items", context_items, 1, 1;
}

natives! {
    VAR;
    "__new__", var_new, 1, MANY, keywords;
    "__repr__", var_repr, 1, 1;
    "get", var_get, 1, 2;
    "set", var_set, 2, 2;
    "reset", var_reset, 2, 2;
    "__class_getitem__", class_getitem, 2, 2;
}

natives! {
    VAR_GETTERS;
    "name", var_name, 1, 1;
}

natives! {
    TOKEN;
    "__repr__", token_repr, 1, 1;
}

natives! {
    TOKEN_GETTERS;
    "var", token_var, 1, 1;
    "old_value", token_old, 1, 1;
}

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    let context = vm.define_type("_contextvars.Context", &[], Kind::Context, CONTEXT);
    vm.set_class_attr(context, "__hash__", Ref::NONE);
    let var = vm.define_type("_contextvars.ContextVar", &[], Kind::ContextVar, VAR);
    vm.add_getters(var, VAR_GETTERS);
    let token = vm.define_type("_contextvars.Token", &[], Kind::Token, TOKEN);
    vm.add_getters(token, TOKEN_GETTERS);
    let missing = Ref::str("<Token.MISSING>");
    vm.set_class_attr(token, "MISSING", missing);
    for (kind, ty) in [(Kind::Context, context), (Kind::ContextVar, var), (Kind::Token, token)] {
        vm.types.set_kind_type(kind, ty);
        ty.name_in_full();
    }
    let building = Building::new(vm, "_contextvars");
    building.types(&[context, var, token]);
    building.functions(vm, "_contextvars", FUNCTIONS);
    Ok(building.module)
}

/// A copy of the current context, None if it is empty.
pub fn copy_current(vm: &Vm) -> Ref {
    match vm.sched.context.get::<Context>() {
        Some(context) if !context.bindings.is_empty() => Context::alloc(context.bindings.clone()),
        _ => Ref::NONE,
    }
}

/// A context object for what may be None.
pub fn or_new(context: &Ref) -> Ref {
    if context.is_none() { Context::alloc(Rc::default()) } else { context.clone() }
}

/// The current context as an object.
pub fn current(vm: &mut Vm) -> Ref {
    if vm.sched.context.is_none() {
        vm.sched.context = Context::alloc(Rc::default());
    }
    vm.sched.context.clone()
}

fn copy_context(vm: &mut Vm, _: Args) -> Outcome {
    let copy = copy_current(vm);
    Ok(or_new(&copy))
}

fn context_new(_: &mut Vm, _: Args) -> Outcome {
    Ok(Context::alloc(Rc::default()))
}

/// The context behind `self`.
macro_rules! this {
    ($vm:expr, $args:expr) => {
        match $args.values[0].get_mut::<Context>() {
            Some(context) => context,
            None => return Err($vm.type_error("a context is needed")),
        }
    };
}

fn context_run(vm: &mut Vm, args: Args) -> Outcome {
    let context = this!(vm, args);
    if context.entered {
        let shown = vm.repr(args.values[0])?;
        let shown = shown.as_str().unwrap_or("").to_owned();
        return Err(vm.runtime_error(format!("cannot enter context: {shown} is already entered")));
    }
    context.entered = true;
    let outer = std::mem::replace(&mut vm.sched.context, args.values[0].to_ref());
    let rest = Args { values: &args.values[2..], names: args.names };
    let outcome = vm.call(args.values[1], rest);
    vm.sched.context = outer;
    this!(vm, args).entered = false;
    outcome
}

fn context_copy(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Context::alloc(this!(vm, args).bindings.clone()))
}

fn need_var(vm: &mut Vm, value: Value) -> Outcome<()> {
    if value.get::<ContextVar>().is_some() {
        return Ok(());
    }
    let shown = vm.repr(value)?;
    let shown = shown.as_str().unwrap_or("").to_owned();
    Err(vm.type_error(format!("a ContextVar key was expected, got {shown}")))
}

fn context_get(vm: &mut Vm, args: Args) -> Outcome {
    need_var(vm, args.values[1])?;
    let default = args.values.get(2).copied().unwrap_or(Value::NONE);
    Ok(this!(vm, args).get(args.values[1]).unwrap_or(default).to_ref())
}

fn context_getitem(vm: &mut Vm, args: Args) -> Outcome {
    need_var(vm, args.values[1])?;
    match this!(vm, args).get(args.values[1]) {
        Some(value) => Ok(value.to_ref()),
        None => Err(vm.key_error(args.values[1])),
    }
}

/// The same variables with equal values.
fn context_eq(vm: &mut Vm, args: Args) -> Outcome {
    let Some(other) = args.values[1].get::<Context>() else { return Ok(Ref::from_owned(Value::NOT_IMPLEMENTED)) };
    let own = this!(vm, args).bindings.clone();
    let mut equal = own.len() == other.bindings.len();
    for (var, value) in own.iter() {
        equal = match other.get(**var).map(Value::to_ref) {
            Some(found) if equal => vm.equal(**value, *found)?,
            _ => false,
        };
    }
    Ok(Ref::bool(equal))
}

fn context_contains(vm: &mut Vm, args: Args) -> Outcome {
    need_var(vm, args.values[1])?;
    Ok(Ref::bool(this!(vm, args).get(args.values[1]).is_some()))
}

fn context_len(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this!(vm, args).bindings.len() as i64))
}

fn context_keys(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::list(this!(vm, args).bindings.iter().map(|(var, _)| var.clone()).collect()))
}

fn context_iter(vm: &mut Vm, args: Args) -> Outcome {
    let keys = context_keys(vm, args)?;
    vm.iter(*keys)
}

fn context_values(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::list(this!(vm, args).bindings.iter().map(|(_, value)| value.clone()).collect()))
}

fn context_items(vm: &mut Vm, args: Args) -> Outcome {
    let pairs = this!(vm, args).bindings.iter().map(|(var, value)| Ref::tuple_of(&[**var, **value]));
    Ok(Ref::list(pairs.collect()))
}

fn var_new(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<2> =
        Parameters { function: "ContextVar", names: ["", "default"], required: 1, positional: 1 };
    let given = args.pos().len() - 1;
    if given > 1 {
        return Err(vm.type_error(format!("ContextVar() takes at most 1 positional argument ({given} given)")));
    }
    let [name, default] = PARAMETERS.bind(vm, args, 1)?;
    let name = name.unwrap_or(Value::NONE);
    if name.as_str().is_none() {
        return Err(vm.type_error("context variable name must be a str"));
    }
    Ok(ContextVar::alloc(name.to_ref(), default.map_or(Ref::UNBOUND, |d| d.to_ref())))
}

/// The variable behind `self`.
macro_rules! this_var {
    ($vm:expr, $args:expr) => {
        match $args.values[0].get::<ContextVar>() {
            Some(var) => var,
            None => return Err($vm.type_error("a context variable is needed")),
        }
    };
}

fn var_name(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this_var!(vm, args).name.clone())
}

fn var_repr(vm: &mut Vm, args: Args) -> Outcome {
    let var = this_var!(vm, args);
    let name = vm.repr(*var.name)?;
    let mut text = format!("<ContextVar name={}", name.as_str().unwrap_or(""));
    if !var.default.is_unbound() {
        let default = vm.repr(*var.default)?;
        text.push_str(&format!(" default={}", default.as_str().unwrap_or("")));
    }
    text.push_str(&format!(" at {:#x}>", args.values[0].identity()));
    Ok(Ref::str(&text))
}

fn var_get(vm: &mut Vm, args: Args) -> Outcome {
    let var = this_var!(vm, args);
    let found = vm.sched.context.get::<Context>().and_then(|c| c.get(args.values[0]));
    match (found, args.values.get(1)) {
        (Some(value), _) => Ok(value.to_ref()),
        (None, Some(default)) => Ok(default.to_ref()),
        (None, None) if !var.default.is_unbound() => Ok(var.default.clone()),
        (None, None) => {
            let class = vm.types.exc.lookup_error;
            let exc = vm.make_exception(class, &[args.values[0]]);
            Err(vm.raise_value(exc))
        }
    }
}

fn var_set(vm: &mut Vm, args: Args) -> Outcome {
    let context = current(vm);
    let Some(object) = context.get_mut::<Context>() else { return Ok(Ref::NONE) };
    let old = object.set(args.values[0], args.values[1].to_ref());
    Ok(Token::alloc(args.values[0].to_ref(), old.unwrap_or(Ref::UNBOUND), context))
}

fn var_reset(vm: &mut Vm, args: Args) -> Outcome {
    let Some(token) = args.values[1].get_mut::<Token>() else {
        let shown = vm.repr(args.values[1])?;
        let shown = shown.as_str().unwrap_or_default();
        return Err(vm.type_error(format!("expected an instance of Token, got {shown}")));
    };
    let context = current(vm);
    let refused = if token.used {
        Some("has already been used once")
    } else if *token.var != args.values[0] {
        Some("was created by a different ContextVar")
    } else if *token.context != *context {
        Some("was created in a different Context")
    } else {
        None
    };
    if let Some(why) = refused {
        let used = token.used;
        let shown = vm.repr(args.values[1])?;
        let message = format!("{} {why}", shown.as_str().unwrap_or_default());
        return Err(if used { vm.runtime_error(message) } else { vm.value_error(message) });
    }
    token.used = true;
    let Some(object) = context.get_mut::<Context>() else { return Ok(Ref::NONE) };
    let old = match token.old.is_unbound() {
        true => object.remove(args.values[0]),
        false => object.set(args.values[0], token.old.clone()),
    };
    drop(old);
    Ok(Ref::NONE)
}

fn class_getitem(_: &mut Vm, args: Args) -> Outcome {
    Ok(crate::object::reflect::GenericAlias::alloc(args.values[0].to_ref(), args.values[1].to_ref()))
}

fn token_repr(vm: &mut Vm, args: Args) -> Outcome {
    let Some(token) = args.values[0].get::<Token>() else { return Ok(Ref::NONE) };
    let var = vm.repr(*token.var)?;
    let used = if token.used { " used" } else { "" };
    let at = args.values[0].identity();
    Ok(Ref::str(&format!("<Token{used} var={} at {at:#x}>", var.as_str().unwrap_or(""))))
}

fn token_var(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].get::<Token>().map_or(Ref::NONE, |t| t.var.clone()))
}

fn token_old(vm: &mut Vm, args: Args) -> Outcome {
    match args.values[0].get::<Token>() {
        Some(token) if !token.old.is_unbound() => Ok(token.old.clone()),
        _ => {
            let name = vm.atom("MISSING");
            Ok(vm.type_of(args.values[0]).lookup(name).unwrap_or(Value::NONE).to_ref())
        }
    }
}
