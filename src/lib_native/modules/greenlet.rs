//! `greenlet`: the type of greenlets. How they switch is in `vm/greenlets.rs`.

use super::Building;
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::types::{TypeRef, type_flag};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::greenlets::{Greenlet, Kit, Passed, State};
use crate::vm::native::MANY;

natives! {
    METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, 3, keywords;
    "__repr__", repr, 1, 1;
    "__bool__", active, 1, 1;
    "__del__", end_dropped, 1, 1;
    "switch", switch, 1, MANY, keywords;
    "throw", throw, 1, 4;
}

natives! {
    GETTERS;
    "dead", dead, 1, 1;
    "parent", parent, 1, 2;
    "run", run, 1, 2;
    "gr_context", context, 1, 2;
}

natives! {
    FUNCTIONS;
    "getcurrent", current, 0, 0;
}

/// Makes the module, and the types that it brings, once.
pub fn module(vm: &mut Vm) -> Outcome {
    let kit = match vm.greenlets.kit {
        Some(kit) => kit,
        None => make_kit(vm),
    };
    let building = Building::new(vm, "greenlet");
    building.functions(vm, "greenlet", FUNCTIONS);
    building.types(&[kit.greenlet, kit.error, kit.exit]);
    building.set("GREENLET_USE_CONTEXT_VARS", Ref::bool(true));
    building.set("GREENLET_USE_GC", Ref::bool(true));
    building.set("GREENLET_USE_TRACING", Ref::bool(false));
    building.set("__version__", Ref::str("3.5"));
    Ok(building.module)
}

fn make_kit(vm: &mut Vm) -> Kit {
    let base = vm.define_type("greenlet._greenlet", &[], Kind::Opaque, METHODS);
    vm.add_getters(base, GETTERS);
    vm.add_static_methods(base, FUNCTIONS);
    // Greenlets may have attributes of their own.
    let greenlet = vm.define_subclass("greenlet.greenlet", base, &[]);
    greenlet.flags.set(greenlet.flags.get() & !type_flag::NO_DICT);
    let error = define_error(vm, "greenlet.error", vm.types.exc.exception);
    let exit = define_error(vm, "greenlet.GreenletExit", vm.types.exc.base_exception);
    vm.set_class_attr(greenlet, "error", error.value().to_ref());
    vm.set_class_attr(greenlet, "GreenletExit", exit.value().to_ref());
    let kit = Kit { base, greenlet, error, exit };
    vm.greenlets.kit = Some(kit);
    kit
}

fn define_error(vm: &mut Vm, name: &str, base: TypeRef) -> TypeRef {
    let ty = vm.define_type(name, &[base], Kind::Exception, &[]);
    ty.flags.set(ty.flags.get() | type_flag::EXCEPTION);
    ty
}

/// The receiver's data. Not to be kept across anything that runs Coro code.
fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut Greenlet> {
    match args.values[0].opaque::<Greenlet>() {
        Some(greenlet) => Ok(greenlet),
        None => Err(not_a_greenlet(vm, args.values[0])),
    }
}

fn not_a_greenlet(vm: &mut Vm, given: Value) -> Signal {
    let name = vm.type_name(given);
    vm.type_error(format!("GreenletChecker: Expected any type of greenlet, not {name}"))
}

fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(kit) = vm.greenlets.kit else { return Ok(Ref::NONE) };
    let class = vm.class_arg(args.values[0], kit.base)?;
    let parent = vm.current_greenlet();
    let object = Ref::opaque(kit.base, Greenlet::new(parent));
    Ok(vm.as_subclass(class, object))
}

/// `greenlet(run=None, parent=None)`
fn init(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<2> =
        Parameters { function: "greenlet", names: ["run", "parent"], required: 0, positional: 2 };
    let [run, parent] = PARAMETERS.bind(vm, args, 1)?;
    if let Some(run) = run.filter(|run| !run.is_none()) {
        set_run(vm, &args, run)?;
    }
    if let Some(parent) = parent.filter(|parent| !parent.is_none()) {
        set_parent(vm, &args, parent)?;
    }
    Ok(Ref::NONE)
}

/// `switch(*args, **kwargs)`
fn switch(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args)?;
    let values = args.values[1..].iter().map(|value| value.to_ref()).collect();
    Err(vm.switch_greenlet(args.values[0].to_ref(), Passed::Values { values, names: args.names.to_vec() }))
}

/// `throw(type=GreenletExit, value=None, traceback=None)`
fn throw(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args)?;
    let exc = match (args.values.len(), vm.greenlets.kit) {
        (1, Some(kit)) => vm.make_exception(kit.exit, &[]),
        _ => vm.exception_to_throw(&args.values[1..])?,
    };
    Err(vm.switch_greenlet(args.values[0].to_ref(), Passed::Error(exc)))
}

/// Nobody can switch to it any more: it ends by GreenletExit, as a child of the greenlet that runs.
fn end_dropped(vm: &mut Vm, args: Args) -> Outcome {
    let (over, current) = (vm.greenlets.over, vm.current_greenlet());
    let greenlet = this(vm, &args)?;
    if over || greenlet.is_main || greenlet.state != State::Started || *current == args.values[0] {
        return Ok(Ref::NONE);
    }
    greenlet.parent = current;
    throw(vm, Args::positional(&args.values[..1]))
}

fn current(vm: &mut Vm, _: Args) -> Outcome {
    Ok(vm.current_greenlet())
}

fn dead(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this(vm, &args)?.state == State::Dead))
}

fn active(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(this(vm, &args)?.state == State::Started))
}

fn parent(vm: &mut Vm, args: Args) -> Outcome {
    match args.values.get(1) {
        Some(parent) => set_parent(vm, &args, *parent),
        None => Ok(this(vm, &args)?.parent.clone()),
    }
}

fn set_parent(vm: &mut Vm, args: &Args, parent: Value) -> Outcome {
    if this(vm, args)?.is_main {
        let class = vm.types.exc.attribute_error;
        return Err(vm.raise(class, "cannot set the parent of a main greenlet"));
    }
    if parent.is_unbound() {
        let class = vm.types.exc.attribute_error;
        return Err(vm.raise(class, "can't delete attribute"));
    }
    if parent.opaque::<Greenlet>().is_none() {
        return Err(not_a_greenlet(vm, parent));
    }
    let mut above = parent.to_ref();
    while let Some(greenlet) = above.opaque::<Greenlet>() {
        if *above == args.values[0] {
            return Err(vm.value_error("cyclic parent chain"));
        }
        let next = greenlet.parent.clone();
        above = next;
    }
    let old = std::mem::replace(&mut this(vm, args)?.parent, parent.to_ref());
    drop(old);
    Ok(Ref::NONE)
}

fn run(vm: &mut Vm, args: Args) -> Outcome {
    if let Some(run) = args.values.get(1) {
        return set_run(vm, &args, *run);
    }
    let greenlet = this(vm, &args)?;
    if greenlet.state != State::New || greenlet.run.is_none() {
        let class = vm.types.exc.attribute_error;
        return Err(vm.raise(class, "run"));
    }
    Ok(greenlet.run.clone())
}

fn set_run(vm: &mut Vm, args: &Args, run: Value) -> Outcome {
    let greenlet = this(vm, args)?;
    if greenlet.state != State::New || greenlet.is_main {
        let class = vm.types.exc.attribute_error;
        return Err(vm.raise(class, "run cannot be set after the start of the greenlet"));
    }
    let old = std::mem::replace(&mut greenlet.run, run.to_ref());
    drop(old);
    Ok(Ref::NONE)
}

/// The context of variables, None for an empty one.
fn context(vm: &mut Vm, args: Args) -> Outcome {
    let is_current = *vm.current_greenlet() == args.values[0];
    let given = args.values.get(1).map(|context| context.to_ref());
    let place = match is_current {
        true => &mut vm.sched.context,
        false => &mut this(vm, &args)?.context,
    };
    match given {
        None => Ok(place.clone()),
        Some(context) => {
            let old = std::mem::replace(place, context);
            drop(old);
            Ok(Ref::NONE)
        }
    }
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let is_current = *vm.current_greenlet() == args.values[0];
    let greenlet = this(vm, &args)?;
    let (state, is_main) = (greenlet.state, greenlet.is_main);
    let state = match state {
        State::New => "pending",
        State::Dead => "dead",
        State::Started if is_current => "current active started",
        State::Started => "suspended active started",
    };
    let main = if is_main { " main" } else { "" };
    let class = vm.type_of(args.values[0]);
    let name = crate::vm::protocol::repr_object::full_type_name(class);
    let address = args.values[0].header() as usize;
    Ok(Ref::str(&format!("<{name} object at {address:#x} (otid=0x1) {state}{main}>")))
}
