//! `re.Match`.

use super::pattern::{self, group_of};
use super::{replace, subject, types};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::algo::regex::Found;
use crate::object::algo::str_repr;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::opaque::OpaqueData;
use crate::object::reflect::GenericAlias;
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;

pub struct Match {
    pattern: Ref,
    string: Ref,
    found: Found,
    /// `pos` and `endpos`
    bounds: (usize, usize),
}

impl OpaqueData for Match {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(self.pattern.value());
        visit(self.string.value());
    }

    fn weakly_referable(&self) -> bool {
        false
    }
}

natives! { METHODS;
    "group", group, 1, MANY;
    "__getitem__", get_item, 2, 2;
    "groups", groups, 1, 2, keywords;
    "groupdict", group_dict, 1, 2, keywords;
    "start", start, 1, 2;
    "end", end, 1, 2;
    "span", span, 1, 2;
    "expand", expand, 1, 2, keywords;
    "__copy__", itself, 1, 1;
    "__deepcopy__", itself, 2, 2;
    "__repr__", repr, 1, 1;
    "__class_getitem__", class_getitem, 2, 2;
}

natives! { GETTERS;
    "pos", pos, 1, 1;
    "endpos", endpos, 1, 1;
    "lastindex", last_index, 1, 1;
    "lastgroup", last_group, 1, 1;
    "re", re, 1, 1;
    "string", string, 1, 1;
    "regs", regs, 1, 1;
}

impl Match {
    /// A new Match object.
    pub fn alloc(vm: &mut Vm, pattern: Value, string: Value, found: Found, bounds: (usize, usize)) -> Outcome {
        let class = types(vm)?.matched;
        Ok(Ref::opaque(class, Match { pattern: pattern.to_ref(), string: string.to_ref(), found, bounds }))
    }

    /// The number of groups, the whole match included.
    fn count(&self) -> usize {
        self.found.slots.len() / 2
    }

    fn group(&self, group: usize, absent: &Ref) -> Ref {
        group_of(*self.string, &self.found, group, absent)
    }

    /// Start and end of a group in characters; None if it took no part.
    fn span(&self, group: usize) -> Option<(usize, usize)> {
        let (start, end) = (self.found.slots[2 * group], self.found.slots[2 * group + 1]);
        let took_part = start != usize::MAX && end != usize::MAX;
        took_part.then(|| (subject::position(*self.string, start), subject::position(*self.string, end)))
    }
}

/// The receiver's data. Not to be kept across anything that runs Coro code.
fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut Match> {
    match args.values[0].opaque::<Match>() {
        Some(found) => Ok(found),
        None => {
            let given = vm.type_name(args.values[0]);
            Err(vm.type_error(format!("descriptor requires a 're.Match' object but received a '{given}'")))
        }
    }
}

/// The number of the group that an argument names.
fn index_of(vm: &mut Vm, args: &Args, given: Value) -> Outcome<usize> {
    let found = this(vm, args)?;
    if let Some(name) = given.as_str() {
        let pattern = found.pattern.value();
        let names = &pattern::this(vm, &pattern)?.regex.names;
        if let Some((_, index)) = names.iter().find(|(known, _)| known == name) {
            return Ok(*index);
        }
    } else {
        let index_method = vm.names.index;
        if given.as_int().is_some() || vm.special(given, index_method).is_some() {
            let index = vm.index_value(given)?;
            if let Some(index) = index.as_i64().and_then(|index| usize::try_from(index).ok())
                && index < this(vm, args)?.count()
            {
                return Ok(index);
            }
        }
    }
    Err(vm.index_error("no such group"))
}

/// The group of an optional argument: the whole match if it is missing.
fn index_arg(vm: &mut Vm, args: &Args) -> Outcome<usize> {
    args.values.get(1).map_or(Ok(0), |given| index_of(vm, args, *given))
}

fn group(vm: &mut Vm, args: Args) -> Outcome {
    if args.values.len() <= 2 {
        let index = index_arg(vm, &args)?;
        return Ok(this(vm, &args)?.group(index, &Ref::NONE));
    }
    let mut items = Vec::with_capacity(args.values.len() - 1);
    for given in &args.values[1..] {
        let index = index_of(vm, &args, *given)?;
        items.push(this(vm, &args)?.group(index, &Ref::NONE));
    }
    Ok(Ref::tuple(items))
}

fn get_item(vm: &mut Vm, args: Args) -> Outcome {
    let index = index_of(vm, &args, args.values[1])?;
    Ok(this(vm, &args)?.group(index, &Ref::NONE))
}

/// The argument `default`.
fn default_arg(vm: &mut Vm, args: Args, function: &'static str) -> Outcome {
    let parameters = Parameters { function, names: ["default"], required: 0, positional: 1 };
    let [default] = parameters.bind(vm, args, 1)?;
    Ok(default.unwrap_or(Value::NONE).to_ref())
}

fn groups(vm: &mut Vm, args: Args) -> Outcome {
    let default = default_arg(vm, args, "groups")?;
    let found = this(vm, &args)?;
    Ok(Ref::tuple((1..found.count()).map(|group| found.group(group, &default)).collect()))
}

fn group_dict(vm: &mut Vm, args: Args) -> Outcome {
    let default = default_arg(vm, args, "groupdict")?;
    let found = this(vm, &args)?;
    let pattern = found.pattern.value();
    let mut groups = Dict::new();
    for (name, group) in &pattern::this(vm, &pattern)?.regex.names {
        let old = groups.set_atom(atom::intern(name), found.group(*group, &default));
        drop(old);
    }
    Ok(Dict::alloc(groups))
}

/// A place as an int, -1 for none.
fn place(place: Option<usize>) -> Ref {
    Ref::int(place.map_or(-1, |place| place as i64))
}

fn start(vm: &mut Vm, args: Args) -> Outcome {
    let group = index_arg(vm, &args)?;
    Ok(place(this(vm, &args)?.span(group).map(|(start, _)| start)))
}

fn end(vm: &mut Vm, args: Args) -> Outcome {
    let group = index_arg(vm, &args)?;
    Ok(place(this(vm, &args)?.span(group).map(|(_, end)| end)))
}

fn pair(span: Option<(usize, usize)>) -> Ref {
    Ref::tuple(vec![place(span.map(|(start, _)| start)), place(span.map(|(_, end)| end))])
}

fn span(vm: &mut Vm, args: Args) -> Outcome {
    let group = index_arg(vm, &args)?;
    Ok(pair(this(vm, &args)?.span(group)))
}

fn expand(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<1> =
        Parameters { function: "expand", names: ["template"], required: 1, positional: 1 };
    let [template] = PARAMETERS.bind(vm, args, 1)?;
    let found = this(vm, &args)?;
    let pattern = found.pattern.clone();
    let template = replace::template(vm, *pattern, template.unwrap_or(Value::NONE))?;
    let mut out = Vec::new();
    template.append(vm, *found.string, &found.found, &mut out)?;
    Ok(template.finish(out))
}

fn itself(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].to_ref())
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let found = this(vm, &args)?;
    let (start, end) = found.span(0).unwrap_or_default();
    let text = found.group(0, &Ref::NONE);
    let shown = match text.as_str() {
        Some(text) => str_repr::repr_str(text),
        None => str_repr::repr_bytes(text.as_bytes().unwrap_or_default()),
    };
    let shown: String = shown.chars().take(50).collect();
    Ok(Ref::str(&format!("<re.Match object; span=({start}, {end}), match={shown}>")))
}

fn class_getitem(_: &mut Vm, args: Args) -> Outcome {
    Ok(GenericAlias::alloc(args.values[0].to_ref(), args.values[1].to_ref()))
}

fn pos(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this(vm, &args)?.bounds.0 as i64))
}

fn endpos(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(this(vm, &args)?.bounds.1 as i64))
}

fn last_index(vm: &mut Vm, args: Args) -> Outcome {
    Ok(match this(vm, &args)?.found.last {
        0 => Ref::NONE,
        last => Ref::int(last as i64),
    })
}

fn last_group(vm: &mut Vm, args: Args) -> Outcome {
    let found = this(vm, &args)?;
    let pattern = found.pattern.value();
    let names = &pattern::this(vm, &pattern)?.regex.names;
    let name = names.iter().find(|(_, index)| *index == found.found.last);
    Ok(name.map_or(Ref::NONE, |(name, _)| Ref::str(name)))
}

fn re(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this(vm, &args)?.pattern.clone())
}

fn string(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this(vm, &args)?.string.clone())
}

fn regs(vm: &mut Vm, args: Args) -> Outcome {
    let found = this(vm, &args)?;
    Ok(Ref::tuple((0..found.count()).map(|group| pair(found.span(group))).collect()))
}
