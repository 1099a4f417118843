//! The module `_string`: templates of `str.format` taken apart, for `string.Formatter`.

use super::Building;
use crate::natives;
use crate::object::algo::str_format::{FieldName, Root, Segments, Step};
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;

natives! { FUNCTIONS;
    "formatter_parser", formatter_parser, 1, 1;
    "formatter_field_name_split", formatter_field_name_split, 1, 1;
}

/// Makes the module `_string`.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_string");
    building.functions(vm, "_string", FUNCTIONS);
    Ok(building.module)
}

fn template<'a>(vm: &mut Vm, value: &'a Value) -> Outcome<&'a str> {
    match value.as_str() {
        Some(text) => Ok(text),
        None => {
            let name = vm.type_name(*value);
            Err(vm.type_error(format!("expected str, got {name}")))
        }
    }
}

/// A list of `(literal, field, specification, conversion)`; the last three are None where only text is left.
fn formatter_parser(vm: &mut Vm, args: Args) -> Outcome {
    let text = template(vm, &args.values[0])?;
    let mut parts = Vec::new();
    for segment in Segments::new(text) {
        let segment = vm.checked(segment)?;
        let mut part = vec![Ref::str(segment.literal)];
        match segment.field {
            Some(field) => {
                let conversion = field.conversion.map_or(Ref::NONE, Ref::char);
                part.extend([Ref::str(field.name), Ref::str(field.spec), conversion]);
            }
            None => part.extend([Ref::NONE, Ref::NONE, Ref::NONE]),
        }
        parts.push(Ref::tuple(part));
    }
    Ok(Ref::list(parts))
}

/// `(first, steps)`: the number or name of the argument, and a list of `(is an attribute, name or key)`.
fn formatter_field_name_split(vm: &mut Vm, args: Args) -> Outcome {
    let text = template(vm, &args.values[0])?;
    let name = vm.checked(FieldName::parse(text, None))?;
    let first = match name.root {
        Root::Position(_) if text.is_empty() || text.starts_with(['.', '[']) => Ref::str(""),
        Root::Position(position) => Ref::int(position as i64),
        Root::Keyword(name) => Ref::str(name),
    };
    let mut steps = Vec::new();
    for step in name {
        let (is_attribute, key) = match vm.checked(step)? {
            Step::Attribute(name) => (true, Ref::str(name)),
            Step::Index(index) => (false, Ref::int(index as i64)),
            Step::Key(key) => (false, Ref::str(key)),
        };
        steps.push(Ref::tuple(vec![Ref::bool(is_attribute), key]));
    }
    Ok(Ref::tuple(vec![first, Ref::list(steps)]))
}
