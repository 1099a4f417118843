//! The module `math`.

mod integers;
mod reals;
mod sums;

use super::Building;
use crate::object::Ref;
use crate::object::call::Outcome;
use crate::vm::Vm;

pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "math");
    for table in [integers::FUNCTIONS, reals::FUNCTIONS, sums::FUNCTIONS] {
        building.functions(vm, "math", table);
    }
    for (name, value) in [
        ("e", std::f64::consts::E),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
        ("pi", std::f64::consts::PI),
        ("tau", std::f64::consts::TAU),
    ] {
        building.set(name, Ref::float(value));
    }
    Ok(building.module)
}
