//! The passes over MIR, in their order.

pub mod bound;
pub mod coroutine;
pub mod liveness;
pub mod methods;
pub mod release;
pub mod simplify;
pub mod slots;

use super::data::{Body, Module};
use super::verify;

/// A transformation of one body.
pub struct Pass {
    /// As in `coro dump --stage mir.NAME`.
    pub name: &'static str,
    pub run: fn(&mut Body),
}

/// All passes; `run_passes`, the dump and the snapshot tests loop over them.
pub const PASSES: &[Pass] = &[
    Pass { name: "simplify", run: simplify::run },
    Pass { name: "bound", run: bound::run },
    Pass { name: "methods", run: methods::run },
    Pass { name: "release", run: release::run },
    Pass { name: "coroutine", run: coroutine::run },
    Pass { name: "slots", run: slots::run },
];

/// Runs every pass over every body.
///
/// # Panics
/// In debug builds, if a pass leaves a body that breaks the rules of `verify` (a bug of the compiler).
pub fn run_passes(module: &mut Module) {
    for body in &mut module.bodies {
        debug_verify(body, "build");
        for pass in PASSES {
            (pass.run)(body);
            debug_verify(body, pass.name);
        }
    }
}

fn debug_verify(body: &Body, after: &str) {
    if cfg!(debug_assertions)
        && let Err(message) = verify::verify(body)
    {
        panic!("mir of {} is invalid after {after}: {message}", body.qualname);
    }
}
