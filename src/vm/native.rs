//! Natives: how a table of native functions is declared.

use super::Vm;
use crate::object::function::Machine;

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
