//! The module `gc`: the cycle collector, which has one generation here.

use super::Building;
use crate::lib_native::arguments::Parameters;
use crate::object::Ref;
use crate::object::call::{Args, Outcome};
use crate::vm::Vm;
use crate::vm::native::MANY;

crate::natives! {
    FUNCTIONS;
    "collect", collect, 0, MANY, keywords;
    "disable", disable, 0, 0;
    "enable", enable, 0, 0;
    "freeze", nothing, 0, 0;
    "isenabled", isenabled, 0, 0;
    "unfreeze", nothing, 0, 0;
}

pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "gc");
    building.functions(vm, "gc", FUNCTIONS);
    building.set("garbage", Ref::list(Vec::new()));
    building.set("callbacks", Ref::list(Vec::new()));
    Ok(building.module)
}

/// Generations are looked at and not told apart.
fn collect(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<1> =
        Parameters { function: "collect", names: ["generation"], required: 0, positional: 1 };
    if let Some(generation) = PARAMETERS.bind(vm, args, 0)?[0] {
        let generation = vm.index(generation)?;
        if !(0..=2).contains(&generation) {
            return Err(vm.value_error("invalid generation"));
        }
    }
    Ok(Ref::int(vm.collect_cycles() as i64))
}

fn disable(vm: &mut Vm, _: Args) -> Outcome {
    vm.collect_by_itself(false);
    Ok(Ref::NONE)
}

fn enable(vm: &mut Vm, _: Args) -> Outcome {
    vm.collect_by_itself(true);
    Ok(Ref::NONE)
}

fn isenabled(vm: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::bool(vm.collects_by_itself()))
}

fn nothing(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::NONE)
}
