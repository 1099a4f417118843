//! The native half of `json`: reading a text into values and writing values, both without recursion. Hooks, which are Coro
//! code, are called by the Coro half.

mod scan;
mod write;

use super::Building;
use crate::object::call::Outcome;
use crate::vm::Vm;

/// Containers within one another, at the most; CPython's limit for its own recursion.
const DEEPEST: usize = 10_000;

/// Makes the module `_json`.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_json");
    building.functions(vm, "_json", scan::FUNCTIONS);
    let writer = write::writer_type(vm);
    building.types(&[writer]);
    Ok(building.module)
}
