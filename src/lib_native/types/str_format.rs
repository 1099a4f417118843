//! `str.format` and `str.format_map`.

use super::str_::this;
use crate::natives;
use crate::object::algo::str_format::{self, FieldConversion, FieldName, Numbering, Root, Segments, Step};
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;

/// Where the fields' values come from.
enum Source<'a> {
    Arguments(Args<'a>),
    Mapping(Value),
}

fn format(vm: &mut Vm, args: Args) -> Outcome {
    let arguments = Args { values: &args.values[1..], names: args.names };
    let mut numbering = Numbering::default();
    let text = fill(vm, this(args), &Source::Arguments(arguments), &mut numbering, str_format::MAX_DEPTH)?;
    Ok(Ref::str(&text))
}

fn format_map(vm: &mut Vm, args: Args) -> Outcome {
    let mut numbering = Numbering::default();
    let source = Source::Mapping(args.values[1]);
    let text = fill(vm, this(args), &source, &mut numbering, str_format::MAX_DEPTH)?;
    Ok(Ref::str(&text))
}

/// The template with its fields replaced; `depth` levels of templates are allowed.
fn fill(vm: &mut Vm, template: &str, source: &Source, numbering: &mut Numbering, depth: usize) -> Outcome<String> {
    if depth == 0 {
        return Err(vm.fault(str_format::too_deep()));
    }
    let mut out = String::with_capacity(template.len() + 16);
    for segment in Segments::new(template) {
        let segment = vm.checked(segment)?;
        out.push_str(segment.literal);
        let Some(field) = segment.field else { continue };
        let mut value = field_value(vm, field.name, source, numbering)?;
        if let Some(letter) = field.conversion {
            value = match vm.checked(str_format::conversion(letter))? {
                FieldConversion::Repr => vm.repr(*value)?,
                FieldConversion::Str => vm.str(*value)?,
                FieldConversion::Ascii => vm.ascii(*value)?,
            };
        }
        let text = if field.nested {
            let spec = fill(vm, field.spec, source, numbering, depth - 1)?;
            vm.format(*value, &spec)?
        } else {
            vm.format(*value, field.spec)?
        };
        out.push_str(text.as_str().unwrap_or_default());
    }
    Ok(out)
}

/// The value of a field: its root argument and the path from there.
fn field_value(vm: &mut Vm, name: &str, source: &Source, numbering: &mut Numbering) -> Outcome {
    let numbering = match source {
        Source::Arguments(_) => Some(numbering),
        Source::Mapping(_) => None,
    };
    let path = vm.checked(FieldName::parse(name, numbering))?;
    let mut value = match (path.root, source) {
        (Root::Position(at), Source::Arguments(args)) => match args.pos().get(at) {
            Some(value) => value.to_ref(),
            None => return Err(vm.fault(str_format::index_out_of_range(at))),
        },
        (Root::Position(_), Source::Mapping(_)) => return Err(vm.fault(str_format::positional_in_map())),
        (Root::Keyword(key), Source::Arguments(args)) => match args.keyword(atom::intern(key)) {
            Some(value) => value.to_ref(),
            None => {
                let key = Ref::str(key);
                return Err(vm.key_error(*key));
            }
        },
        (Root::Keyword(key), Source::Mapping(mapping)) => {
            let key = Ref::str(key);
            let outcome = vm.get_item(*mapping, *key);
            vm.settle(outcome)?
        }
    };
    for step in path {
        value = match vm.checked(step)? {
            Step::Attribute(name) => vm.get_attr(*value, atom::intern(name))?,
            Step::Index(at) => {
                let outcome = vm.get_item(*value, Value::small_int(at as i64));
                vm.settle(outcome)?
            }
            Step::Key(key) => {
                let key = Ref::str(key);
                let outcome = vm.get_item(*value, *key);
                vm.settle(outcome)?
            }
        };
    }
    Ok(value)
}

natives! {
    METHODS;
    "format", format, 1, crate::vm::native::MANY, keywords;
    "format_map", format_map, 2, 2;
}

pub fn install(vm: &mut Vm) {
    let ty = vm.types.str_;
    vm.add_methods(ty, METHODS);
}
