//! The module `_functools`: the functions of `functools` that classes may hold without binding them. The work is done in
//! the prelude.

use super::Building;
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::Value;
use crate::object::call::{Args, Outcome};
use crate::vm::Vm;
use crate::vm::native::MANY;

natives! { FUNCTIONS;
    "cmp_to_key", cmp_to_key, 0, MANY, keywords;
    "reduce", reduce, 2, 3;
}

/// Makes the module `_functools`.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_functools");
    building.functions(vm, "_functools", FUNCTIONS);
    super::callables::add_partial(vm, &building);
    super::memo::add(vm, &building);
    Ok(building.module)
}

/// `cmp_to_key(mycmp)`
fn cmp_to_key(vm: &mut Vm, args: Args) -> Outcome {
    let parameters = Parameters { function: "cmp_to_key", names: ["mycmp"], required: 1, positional: 1 };
    let [mycmp] = parameters.bind(vm, args, 0)?;
    Err(vm.tail_prelude("key_by_comparison", &[mycmp.unwrap_or(Value::NONE)]))
}

/// `reduce(function, iterable[, initial])`
fn reduce(vm: &mut Vm, args: Args) -> Outcome {
    if !vm.is_iterable(args.values[1]) {
        return Err(vm.type_error("reduce() arg 2 must support iteration"));
    }
    match args.values {
        [function, iterable, initial] => Err(vm.tail_prelude("reduce_from", &[*function, *iterable, *initial])),
        _ => Err(vm.tail_prelude("reduce_items", args.values)),
    }
}
