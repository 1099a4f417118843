//! Native modules, made when they are first imported.

pub mod asyncio;
pub mod builtin_names;
mod calendar;
mod callables;
pub mod channel;
pub mod contextvars;
mod counting;
mod datagrams;
pub mod deque;
mod descriptors;
pub mod functional;
pub mod gc;
pub mod gevent;
pub mod greenlet;
mod heaps;
pub mod io;
pub mod itertools;
pub mod json;
pub mod math;
mod memo;
pub mod operators;
pub mod os;
pub mod process;
pub mod random;
pub mod re;
pub mod signal;
mod ssl;
pub mod sys;
pub mod sys_info;
pub mod templates;
pub mod time;
pub mod tracebacks;
pub mod type_names;
pub mod weakref;

use crate::object::Ref;
use crate::object::atom;
use crate::object::call::Outcome;
use crate::object::function::{Module, NativeDef};
use crate::object::types::TypeRef;
use crate::vm::Vm;

type Maker = fn(&mut Vm) -> Outcome;

/// Names and makers.
const MODULES: &[(&str, Maker)] = &[
    ("_asyncio", asyncio::module),
    ("_bisect", heaps::bisect),
    ("_calendar", calendar::module),
    ("_channel", channel::module),
    ("_contextvars", contextvars::module),
    ("_io", io::module),
    ("_os", os::module),
    ("_process", process::module),
    ("_collections", deque::module),
    ("_functools", functional::module),
    ("_gevent", gevent::module),
    ("_heapq", heaps::heapq),
    ("_operator", operators::module),
    ("_itertools", itertools::module),
    ("_json", json::module),
    ("_random", random::module),
    ("_re", re::module),
    ("_string", templates::module),
    ("_signal", signal::module),
    ("_ssl", ssl::module),
    ("_traceback", tracebacks::module),
    ("_types", type_names::module),
    ("_weakref", weakref::module),
    ("builtins", builtin_names::module),
    ("gc", gc::module),
    ("greenlet", greenlet::module),
    ("math", math::module),
    ("sys", sys::module),
    ("time", time::module),
];

/// Makes the native module of that name; None if there is none.
pub fn load(vm: &mut Vm, name: &str) -> Option<Outcome> {
    let (_, make) = MODULES.iter().find(|(known, _)| *known == name)?;
    Some(make(vm))
}

/// A module object being filled.
pub struct Building {
    pub module: Ref,
}

impl Building {
    pub fn new(vm: &mut Vm, name: &str) -> Building {
        Building { module: vm.new_module(name) }
    }

    /// Binds a name.
    pub fn set(&self, name: &str, value: Ref) {
        if let Some(module) = self.module.get::<Module>() {
            module.globals.set(atom::intern(name), value);
        }
    }

    /// Binds functions; `public` is the module's name as their `__module__`.
    pub fn functions(&self, vm: &mut Vm, public: &str, table: &'static [NativeDef]) {
        for def in table {
            let function = vm.native_function(def, atom::intern(public));
            self.set(def.name, function);
        }
    }

    /// Binds types under their names.
    pub fn types(&self, types: &[TypeRef]) {
        for ty in types {
            self.set(&ty.name_text(), ty.value().to_ref());
        }
    }
}
