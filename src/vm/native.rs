//! Natives: how a table of native functions is declared, and which arguments a native takes.

use super::Vm;
use crate::object::Value;
use crate::object::call::Signal;
use crate::object::function::{Machine, Native, NativeDef, NativeRole};
use crate::object::heap::{self, Kind};
use crate::object::types::TypeRef;
use rustc_hash::FxHashMap;
use std::cell::RefCell;

thread_local! {
    /// Made by [`hidden_native`], by the address of the definition.
    static HIDDEN: RefCell<FxHashMap<usize, Value>> = RefCell::default();
}

/// The function object of a native that only the prelude gets to see: passed to a prelude function as an argument.
pub fn hidden_native(def: &'static NativeDef) -> Value {
    HIDDEN.with_borrow_mut(|made| {
        *made.entry(def as *const NativeDef as usize).or_insert_with(|| {
            let (owner, module) = (Value::UNBOUND, Value::UNBOUND);
            // Never given up: it lives as long as the thread.
            heap::new(Native { header: heap::blank(Kind::Native), def, role: NativeRole::Function, owner, module })
                .into_owned()
        })
    })
}

impl Vm {
    /// The machine behind the opaque argument of a native function.
    #[inline(always)]
    pub fn of(machine: &mut Machine) -> &mut Vm {
        // Safety: `Machine` stands for `Vm` in native signatures; only `Vm::machine` makes one.
        unsafe { &mut *(machine as *mut Machine as *mut Vm) }
    }

    /// This machine as natives take it.
    #[inline(always)]
    pub fn machine(&mut self) -> &mut Machine {
        // Safety: see `of`.
        unsafe { &mut *(self as *mut Vm as *mut Machine) }
    }
}

/// Declares a table of natives: `natives! { NAME; "upper", str_upper, 1, 1; "split", str_split, 1, 3, keywords; }` where each
/// function is `fn(&mut Vm, Args) -> Outcome`, with the least and most positional arguments (`MANY`: any number);
/// `keywords` passes keyword arguments on to it.
#[macro_export]
macro_rules! natives {
    ($(#[$doc:meta])* $table:ident; $($name:literal, $func:path, $min:literal, $max:expr $(, $keywords:ident)?;)*) => {
        $(#[$doc])*
        pub static $table: &[$crate::object::function::NativeDef] = &[$(
            $crate::object::function::NativeDef {
                name: $name,
                func: {
                    fn shim(
                        machine: &mut $crate::object::function::Machine,
                        args: $crate::object::call::Args,
                    ) -> $crate::object::call::Outcome {
                        $func($crate::vm::Vm::of(machine), args)
                    }
                    shim
                },
                min: $min,
                max: $max,
                keywords: $crate::natives!(@keywords $($keywords)?),
                doc: "",
            },
        )*];
    };
    (@keywords keywords) => { true };
    (@keywords) => { false };
}

/// No upper limit of arguments.
pub const MANY: u16 = u16::MAX;

impl Vm {
    /// The error of calling a native with arguments that it does not take.
    #[cold]
    pub(super) fn native_refuses(&mut self, native: &Native, values: &[Value], names: &[Value]) -> Signal {
        let positional = values.len() - names.len();
        let (name, owner) = (native.def.name, native.owner.as_type().map(|ty| ty.name_text()));
        if let (NativeRole::Method, Some(owner)) = (native.role, owner) {
            let slot = super::types::is_slot_name(name);
            if positional == 0 {
                return self.type_error(match slot {
                    true => format!("descriptor '{name}' of '{owner}' object needs an argument"),
                    false => format!("unbound method {owner}.{name}() needs an argument"),
                });
            }
            if !suits(native, values[0]) {
                let received = self.type_name(values[0]);
                return self.type_error(match slot {
                    true => format!("descriptor '{name}' requires a '{owner}' object but received a '{received}'"),
                    false => {
                        format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{received}' object")
                    }
                });
            }
        }
        self.native_arity(native, values, names)
    }

    /// The error of a wrong number of arguments.
    fn native_arity(&mut self, native: &Native, values: &[Value], names: &[Value]) -> Signal {
        let def = native.def;
        let positional = values.len() - names.len();
        let method = matches!(native.role, NativeRole::Method | NativeRole::ClassMethod);
        let own = usize::from(method);
        let (min, max) = ((def.min as usize).saturating_sub(own), (def.max as usize).saturating_sub(own));
        let given = positional.saturating_sub(own);
        let name = def.name;
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        if native.role == NativeRole::Method && super::types::is_slot_name(name) {
            return self.type_error(if !names.is_empty() && !def.keywords {
                format!("wrapper {name}() takes no keyword arguments")
            } else if min == max {
                format!("expected {min} argument{}, got {given}", plural(min))
            } else if given < min {
                format!("expected at least {min} argument{}, got {given}", plural(min))
            } else {
                format!("expected at most {max} argument{}, got {given}", plural(max))
            });
        }
        let owner = match (native.role, values.first()) {
            (NativeRole::Method, Some(receiver)) => Some(self.type_of(*receiver).name_text()),
            _ => native.owner.as_type().map(|ty| ty.name_text()),
        };
        let full = match owner {
            Some(owner) => format!("{owner}.{name}"),
            None => match native.module.as_str() {
                Some(module) if module != "builtins" => format!("{module}.{name}"),
                _ => name.to_owned(),
            },
        };
        if name == "__new__" && positional == 0 {
            return self.type_error(format!("{full}(): not enough arguments"));
        }
        let message = if !names.is_empty() && !def.keywords {
            format!("{full}() takes no keyword arguments")
        } else if max == 0 && min == 0 {
            format!("{full}() takes no arguments ({given} given)")
        } else if min == max && min == 1 {
            format!("{full}() takes exactly one argument ({given} given)")
        } else if min == max {
            format!("{name} expected {min} argument{}, got {given}", plural(min))
        } else if given < min {
            format!("{name} expected at least {min} argument{}, got {given}", plural(min))
        } else {
            format!("{name} expected at most {max} argument{}, got {given}", plural(max))
        };
        self.type_error(message)
    }
}

/// Whether a native takes these arguments: their number, and for a method of a built-in data type the receiver's layout.
#[inline]
pub(super) fn takes(native: &Native, values: &[Value], names: &[Value]) -> bool {
    let def = native.def;
    let positional = values.len() - names.len();
    (names.is_empty() || def.keywords)
        && positional >= def.min as usize
        && (positional <= def.max as usize || def.max == MANY)
        && (native.role != NativeRole::Method || values.first().is_none_or(|receiver| suits(native, *receiver)))
}

/// Whether a method of a built-in data type may rely on the receiver's layout.
#[inline]
fn suits(native: &Native, receiver: Value) -> bool {
    let Some(owner) = native.owner.as_type() else { return true };
    receiver.is_kind(owner.layout.get()) || suits_otherwise(owner, receiver)
}

/// The same for a receiver that is not an object of the owner's layout.
#[inline(never)]
fn suits_otherwise(owner: TypeRef, receiver: Value) -> bool {
    match owner.layout.get() {
        Kind::BigInt => receiver.is_int() || receiver.as_int().is_some(),
        Kind::Float => receiver.as_float().is_some(),
        layout @ (Kind::Str
        | Kind::Bytes
        | Kind::ByteArray
        | Kind::List
        | Kind::Tuple
        | Kind::Dict
        | Kind::Set
        | Kind::FrozenSet
        | Kind::Range
        | Kind::Slice
        | Kind::DictView
        | Kind::Exception) => receiver.is_kind(layout),
        _ => true,
    }
}
