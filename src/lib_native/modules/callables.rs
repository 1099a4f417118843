//! Callable objects in Rust that `operator` and `functools` build on: `itemgetter`, `attrgetter`, `partial`. Calling one does
//! not take a frame of its own.

use super::Building;
use crate::natives;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::container::Tuple;
use crate::object::dict::Dict;
use crate::object::heap::Kind;
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;
use std::cell::Cell;

thread_local! {
    static ITEM_GETTER: Cell<Option<TypeRef>> = const { Cell::new(None) };
    static ATTR_GETTER: Cell<Option<TypeRef>> = const { Cell::new(None) };
    static PARTIAL: Cell<Option<TypeRef>> = const { Cell::new(None) };
}

/// What a getter gets: a tuple of indices, or of interned names and tuples of names (`a.b`).
struct Getter {
    wanted: Ref,
}

impl OpaqueData for Getter {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(*self.wanted);
    }

    fn clear(&mut self) {
        let wanted = std::mem::replace(&mut self.wanted, Ref::NONE);
        drop(wanted);
    }
}

/// A function, a tuple of its first arguments, a dict of its keyword arguments.
struct Partial {
    function: Ref,
    args: Ref,
    keywords: Ref,
}

impl OpaqueData for Partial {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        [&self.function, &self.args, &self.keywords].into_iter().for_each(|value| visit(**value));
    }

    fn clear(&mut self) {
        let function = std::mem::replace(&mut self.function, Ref::NONE);
        let args = std::mem::replace(&mut self.args, Ref::NONE);
        let keywords = std::mem::replace(&mut self.keywords, Ref::NONE);
        drop((function, args, keywords));
    }
}

natives! { ITEMS;
    "__new__", new_items, 2, 2;
    "__call__", call_items, 1, MANY, keywords;
}

natives! { ATTRIBUTES;
    "__new__", new_attributes, 2, 2;
    "__call__", call_attributes, 1, MANY, keywords;
}

natives! { PARTIALS;
    "__new__", new_partial, 4, 4;
    "__call__", call_partial, 1, MANY, keywords;
    "_set", set_partial, 4, 4;
}

natives! { PARTIAL_PARTS;
    "func", partial_function, 1, 1;
    "args", partial_args, 1, 1;
    "keywords", partial_keywords, 1, 1;
}

/// Adds the bases of `itemgetter` and `attrgetter` to `_operator`.
pub fn add_getters(vm: &mut Vm, building: &Building) {
    let items = vm.define_type("operator.item_getter", &[], Kind::Opaque, ITEMS);
    let attributes = vm.define_type("operator.attr_getter", &[], Kind::Opaque, ATTRIBUTES);
    ITEM_GETTER.set(Some(items));
    ATTR_GETTER.set(Some(attributes));
    building.types(&[items, attributes]);
}

/// Adds the base of `partial` to `_functools`.
pub fn add_partial(vm: &mut Vm, building: &Building) {
    let partial = vm.define_type("functools.partial_call", &[], Kind::Opaque, PARTIALS);
    vm.add_getters(partial, PARTIAL_PARTS);
    PARTIAL.set(Some(partial));
    building.types(&[partial]);
}

/// An object of a class below `base`.
fn make(vm: &mut Vm, base: Option<TypeRef>, class: Value, data: impl OpaqueData) -> Outcome {
    let Some(base) = base else { return Ok(Ref::NONE) };
    let class = vm.class_arg(class, base)?;
    let object = Ref::opaque(base, data);
    Ok(vm.as_subclass(class, object))
}

fn foreign(vm: &mut Vm, given: Value, wanted: &str) -> Signal {
    let given = vm.type_name(given);
    vm.type_error(format!("descriptor requires a '{wanted}' object but received a '{given}'"))
}

/// `__new__(class, indices)`, a tuple.
fn new_items(vm: &mut Vm, args: Args) -> Outcome {
    make(vm, ITEM_GETTER.get(), args.values[0], Getter { wanted: args.values[1].to_ref() })
}

/// `__new__(class, paths)`, a tuple of names and of tuples of names.
fn new_attributes(vm: &mut Vm, args: Args) -> Outcome {
    let paths = args.values[1].as_sequence().unwrap_or_default();
    let interned =
        |path: &Ref| if path.is_kind(Kind::Str) { atom::intern_value(**path).to_ref() } else { path.clone() };
    let names = Tuple::from_iter(paths.iter().map(interned));
    make(vm, ATTR_GETTER.get(), args.values[0], Getter { wanted: names })
}

/// The only argument of a call.
fn only_argument(vm: &mut Vm, args: Args, class: &str) -> Outcome<Value> {
    match (args.values, args.names) {
        (&[_, object], []) => Ok(object),
        (_, []) => {
            let given = args.values.len() - 1;
            Err(vm.type_error(format!("{class} expected 1 argument, got {given}")))
        }
        _ => Err(vm.type_error(format!("{class}() takes no keyword arguments"))),
    }
}

fn call_items(vm: &mut Vm, args: Args) -> Outcome {
    let object = only_argument(vm, args, "itemgetter")?;
    let Some(getter) = args.values[0].opaque::<Getter>() else {
        return Err(foreign(vm, args.values[0], "operator.itemgetter"));
    };
    let wanted = getter.wanted.clone();
    match wanted.as_sequence().unwrap_or_default() {
        [only] => vm.get_item(object, **only),
        _ => Err(vm.tail_prelude("items_of", &[object, *wanted])),
    }
}

fn call_attributes(vm: &mut Vm, args: Args) -> Outcome {
    let object = only_argument(vm, args, "attrgetter")?;
    let Some(getter) = args.values[0].opaque::<Getter>() else {
        return Err(foreign(vm, args.values[0], "operator.attrgetter"));
    };
    let wanted = getter.wanted.clone();
    match wanted.as_sequence().unwrap_or_default() {
        [only] if only.is_kind(Kind::Str) => vm.get_attr_tail(object, **only),
        _ => Err(vm.tail_prelude("attributes_of", &[object, *wanted])),
    }
}

/// `__new__(class, function, args, keywords)`, a tuple and a dict.
fn new_partial(vm: &mut Vm, args: Args) -> Outcome {
    let &[class, function, values, keywords] = args.values else { return Ok(Ref::NONE) };
    let data = Partial { function: function.to_ref(), args: values.to_ref(), keywords: keywords.to_ref() };
    make(vm, PARTIAL.get(), class, data)
}

fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut Partial> {
    match args.values[0].opaque::<Partial>() {
        Some(partial) => Ok(partial),
        None => Err(foreign(vm, args.values[0], "functools.partial")),
    }
}

/// `_set(function, args, keywords)`
fn set_partial(vm: &mut Vm, args: Args) -> Outcome {
    let partial = this(vm, &args)?;
    let &[_, function, values, keywords] = args.values else { return Ok(Ref::NONE) };
    let new = Partial { function: function.to_ref(), args: values.to_ref(), keywords: keywords.to_ref() };
    let old = std::mem::replace(partial, new);
    drop(old);
    Ok(Ref::NONE)
}

fn partial_function(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args).map(|partial| partial.function.clone())
}

fn partial_args(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args).map(|partial| partial.args.clone())
}

fn partial_keywords(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args).map(|partial| partial.keywords.clone())
}

fn call_partial(vm: &mut Vm, args: Args) -> Outcome {
    let partial = this(vm, &args)?;
    let own = partial.args.as_sequence().unwrap_or_default();
    let mut values: Vec<Value> = own.iter().map(|value| **value).chain(args.pos()[1..].iter().copied()).collect();
    let mut names = Vec::new();
    // What the call gives stands in the place of what the partial has, then comes the rest.
    let given = |name: Value| args.keywords().find(|(known, _)| *known == name).map(|(_, value)| value);
    if let Some(dict) = partial.keywords.get::<Dict>() {
        for entry in dict.iter() {
            let name = atom::intern_value(*entry.key);
            names.push(name);
            values.push(given(name).unwrap_or(*entry.value));
        }
    }
    let own_names = names.len();
    for (name, value) in args.keywords() {
        if !names[..own_names].contains(&name) {
            names.push(name);
            values.push(value);
        }
    }
    let function = partial.function.clone();
    Err(vm.tail_call_kw(*function, &values, &names))
}
