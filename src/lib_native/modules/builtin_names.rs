//! The module `builtins`: the built-in names. Setting one here does not change what programs see under it.

use super::Building;
use crate::object::Ref;
use crate::object::call::Outcome;
use crate::vm::Vm;

pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "builtins");
    let names: Vec<(crate::object::Value, Ref)> =
        vm.builtins.iter().map(|(name, value)| (*name, value.clone())).collect();
    for (name, value) in names {
        building.set(name.as_str().unwrap_or_default(), value);
    }
    Ok(building.module)
}
