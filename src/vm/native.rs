//! Natives: how a table of native functions is declared.

use super::Vm;
use crate::object::Value;
use crate::object::function::{Machine, Native, NativeDef, NativeRole};
use crate::object::heap::{self, Kind};
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
