//! Built-in functions that look at objects: attributes, namespaces, classes, identity.

use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::function::Module;
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;

crate::natives! {
    TABLE;
    "callable", callable, 1, 1;
    "delattr", delattr, 2, 2;
    "dir", dir, 0, 1;
    "getattr", getattr, 2, 3;
    "globals", globals, 0, 0;
    "hasattr", hasattr, 2, 2;
    "hash", hash, 1, 1;
    "id", id, 1, 1;
    "isinstance", isinstance, 2, 2;
    "issubclass", issubclass, 2, 2;
    "locals", locals, 0, 0;
    "setattr", setattr, 3, 3;
    "vars", vars, 0, 1;
}

/// Whether a value can be called.
pub(super) fn is_callable(vm: &mut Vm, value: Value) -> bool {
    let known = matches!(value.kind(), Some(Kind::Function | Kind::Native | Kind::BoundMethod | Kind::Type));
    let name = vm.names.call;
    known || vm.special(value, name).is_some()
}

fn callable(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(is_callable(vm, args.values[0])))
}

/// The name argument, interned.
fn attr_name(vm: &mut Vm, value: Value) -> Outcome<Value> {
    if value.as_str().is_some() {
        return Ok(atom::intern_value(value));
    }
    let shown = vm.type_name(value);
    Err(vm.type_error(format!("attribute name must be string, not '{shown}'")))
}

fn delattr(vm: &mut Vm, args: Args) -> Outcome {
    let name = attr_name(vm, args.values[1])?;
    vm.del_attr(args.values[0], name).map(|()| Ref::NONE)
}

fn getattr(vm: &mut Vm, args: Args) -> Outcome {
    let name = attr_name(vm, args.values[1])?;
    match args.values.get(2) {
        None => vm.get_attr_tail(args.values[0], name),
        Some(default) => Ok(vm.get_attr_opt(args.values[0], name)?.unwrap_or_else(|| default.to_ref())),
    }
}

fn hasattr(vm: &mut Vm, args: Args) -> Outcome {
    let name = attr_name(vm, args.values[1])?;
    Ok(Ref::bool(vm.get_attr_opt(args.values[0], name)?.is_some()))
}

fn setattr(vm: &mut Vm, args: Args) -> Outcome {
    let name = attr_name(vm, args.values[1])?;
    vm.set_attr(args.values[0], name, args.values[2].to_ref()).map(|()| Ref::NONE)
}

fn dir(vm: &mut Vm, args: Args) -> Outcome {
    let names = match args.values.first() {
        Some(value) => {
            let dir = vm.names.dir;
            match vm.call_special(*value, dir, &[])? {
                Some(names) => vm.collect(*names)?,
                None => Vec::new(),
            }
        }
        None => {
            let locals = vm.locals_here();
            vm.collect(*locals)?
        }
    };
    let list = Ref::list(names);
    let outcome = crate::lib_native::types::sort::sort_list(vm, *list, None, false);
    vm.settle(outcome)?;
    Ok(list)
}

fn globals(vm: &mut Vm, _: Args) -> Outcome {
    let entries = vm.current_globals().map(|g| g.entries()).unwrap_or_default();
    Ok(dict_of(entries))
}

fn dict_of(entries: Vec<(Value, Value)>) -> Ref {
    let mut dict = Dict::new();
    for (name, value) in entries {
        dict.set_atom(name, value.to_ref());
    }
    Dict::alloc(dict)
}

fn hash(vm: &mut Vm, args: Args) -> Outcome {
    vm.hash(args.values[0]).map(Ref::int)
}

fn id(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(args.values[0].identity()))
}

fn isinstance(vm: &mut Vm, args: Args) -> Outcome {
    vm.is_instance(args.values[0], args.values[1]).map(Ref::bool)
}

fn issubclass(vm: &mut Vm, args: Args) -> Outcome {
    vm.is_subclass(args.values[0], args.values[1]).map(Ref::bool)
}

fn locals(vm: &mut Vm, _: Args) -> Outcome {
    Ok(vm.locals_here())
}

fn vars(vm: &mut Vm, args: Args) -> Outcome {
    let Some(value) = args.values.first() else { return Ok(vm.locals_here()) };
    if let Some(module) = value.get::<Module>() {
        return Ok(dict_of(module.globals.entries()));
    }
    let name = vm.names.dict;
    match vm.get_attr_opt(*value, name)? {
        Some(dict) => Ok(dict),
        None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
    }
}

impl Vm {
    /// `locals()` of the function that called the running native; at module level the globals.
    pub fn locals_here(&mut self) -> Ref {
        let Some(frame) = self.visible_frame() else { return dict_of(Vec::new()) };
        // Safety: a live frame of the running program.
        let code = unsafe { &*(*frame).code };
        if code.info.data.is_module {
            return dict_of(code.info.unit.globals.entries());
        }
        self.locals_of(frame)
    }
}
