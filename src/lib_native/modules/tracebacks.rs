//! The module `_traceback`: what `traceback` needs of the machine.

use super::Building;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::reflect::Traceback;
use crate::object::{Ref, Value};
use crate::vm::Vm;

natives! { FUNCTIONS;
    "positions", positions, 1, 1;
    "suggestion", suggestion, 1, 1;
}

/// Makes the module `_traceback`.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_traceback");
    building.functions(vm, "_traceback", FUNCTIONS);
    Ok(building.module)
}

/// Where the outermost entry of a traceback stands: `(end_lineno, colno, end_colno)`, columns from 0.
fn positions(_: &mut Vm, args: Args) -> Outcome {
    let Some(entry) = args.values[0].get::<Traceback>().and_then(|tb| tb.entries.first()) else {
        return Ok(Ref::tuple_of(&[Value::NONE; 3]));
    };
    let info = &entry.code.info;
    let span = info.data.spans.get(entry.pc as usize).copied().unwrap_or(info.data.header);
    let (_, column) = info.unit.source.line_column(span.start);
    let (end_line, end_column) = info.unit.source.line_column(span.end);
    let numbers = [end_line, column - 1, end_column - 1];
    Ok(Ref::tuple(numbers.into_iter().map(|n| Ref::int(i64::from(n))).collect()))
}

/// The name that the program may have meant, for an exception; else None.
fn suggestion(vm: &mut Vm, args: Args) -> Outcome {
    Ok(vm.meant_name(args.values[0]).map_or(Ref::NONE, |name| Ref::str(&name)))
}
