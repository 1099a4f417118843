//! `dict`.

use super::sequence::{self, receiver};
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::function::{Machine, NativeDef};
use crate::object::heap::Kind;
use crate::object::iter::{DictPart, DictView, Iter};
use crate::object::{Ref, Value, subclass};
use crate::vm::Vm;
use crate::vm::native::{MANY, hidden_native};
use crate::vm::protocol::BinOp;
use crate::vm::protocol::iterate::dict_iter;

/// For the prelude: `store_pair(dict, number, element)` stores element `number` of a sequence of pairs.
static STORE_PAIR: NativeDef = NativeDef {
    name: "store_pair",
    func: |machine: &mut Machine, args: Args| store_pair(Vm::of(machine), args),
    min: 3,
    max: 3,
    keywords: false,
    doc: "",
};

fn store_pair(vm: &mut Vm, args: Args) -> Outcome {
    let at = args.values[1].as_i64().unwrap_or(0) as usize;
    let (key, value) = vm.pair(at, args.values[2])?;
    vm.dict_set(args.values[0], *key, value)?;
    Ok(Ref::NONE)
}

/// `dict(source, **more)`; for a subclass only the empty dict, which `__init__` fills.
fn new(vm: &mut Vm, args: Args) -> Outcome {
    let Some(class) = args.values[0].as_type() else {
        return Err(vm.type_error("dict.__new__(X): X is not a type object"));
    };
    if !class.builtin {
        return Ok(subclass::new_of(class, Dict::new()));
    }
    let dict = Dict::alloc(Dict::new());
    update_by_args(vm, *dict, args, "dict", Prelude { pairs: "dict_from_pairs", mapping: "dict_from_mapping" })?;
    Ok(dict)
}

fn init(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<Dict>(vm, args, "dict")?;
    update_by_args(vm, args.values[0], args, "dict", UPDATE)
}

fn update(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<Dict>(vm, args, "dict")?;
    update_by_args(vm, args.values[0], args, "update", UPDATE)
}

/// Functions of the prelude that take a source that runs Coro code.
struct Prelude {
    pairs: &'static str,
    mapping: &'static str,
}

const UPDATE: Prelude = Prelude { pairs: "dict_update_pairs", mapping: "dict_update_mapping" };

/// The work of `dict()` and `update()`. A source that runs Coro code is left to the prelude.
fn update_by_args(vm: &mut Vm, target: Value, args: Args, name: &str, prelude: Prelude) -> Outcome {
    let given = args.pos().len() - 1;
    if given > 1 {
        return Err(vm.type_error(format!("{name} expected at most 1 argument, got {given}")));
    }
    let mut extra = Dict::new();
    for (key, value) in args.keywords() {
        extra.set_atom(key, value.to_ref());
    }
    let extra = Dict::alloc(extra);
    if let Some(source) = args.pos().get(1) {
        match how_to_update(vm, *source)? {
            Source::Dict => vm.dict_merge_entries(target, *source)?,
            Source::Native => vm.merge_mapping(target, *source)?,
            Source::Mapping => {
                return Err(vm.tail_prelude(prelude.mapping, &[target, *source, *extra]));
            }
            Source::Pairs => {
                let store = hidden_native(&STORE_PAIR);
                return Err(vm.tail_prelude(prelude.pairs, &[store, target, *source, *extra]));
            }
        }
    }
    vm.dict_merge_entries(target, *extra)?;
    vm.dict_changed(target);
    Ok(Ref::NONE)
}

/// What a dict is updated from.
enum Source {
    /// A dict that iterates as dicts do.
    Dict,
    /// Pairs that are had without Coro code.
    Native,
    Mapping,
    Pairs,
}

fn how_to_update(vm: &mut Vm, source: Value) -> Outcome<Source> {
    let (iter, keys) = (vm.names.iter, vm.names.keys);
    if source.is_kind(Kind::Dict) && vm.overriding(source, iter).is_none() {
        return Ok(Source::Dict);
    }
    if vm.iterates_natively(source) && !source.is_kind(Kind::Dict) {
        return Ok(Source::Native);
    }
    let mapping = vm.get_attr_opt(source, keys)?.is_some();
    Ok(if mapping { Source::Mapping } else { Source::Pairs })
}

fn get(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<Dict>(vm, args, "dict")?;
    match vm.dict_get(args.values[0], args.values[1])? {
        Some(value) => Ok(value),
        None => Ok(args.values.get(2).map_or(Ref::NONE, |default| default.to_ref())),
    }
}

fn setdefault(vm: &mut Vm, args: Args) -> Outcome {
    let this = receiver::<Dict>(vm, args, "dict")?;
    let (hash, at) = vm.dict_find(args.values[0], args.values[1])?;
    match at {
        Some(at) => Ok(this.value_at(at).to_ref()),
        None => {
            let value = args.values.get(2).map_or(Ref::NONE, |default| default.to_ref());
            this.insert_new(hash, args.values[1].to_ref(), value.clone());
            vm.dict_changed(args.values[0]);
            Ok(value)
        }
    }
}

fn pop(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<Dict>(vm, args, "dict")?;
    match vm.dict_del(args.values[0], args.values[1])? {
        Some(value) => Ok(value),
        None => match args.values.get(2) {
            Some(default) => Ok(default.to_ref()),
            None => Err(vm.key_error(args.values[1])),
        },
    }
}

fn popitem(vm: &mut Vm, args: Args) -> Outcome {
    let last = receiver::<Dict>(vm, args, "dict")?.pop_last();
    vm.dict_changed(args.values[0]);
    match last {
        Some((key, value)) => Ok(Ref::tuple(vec![key, value])),
        None => {
            let message = Ref::str("popitem(): dictionary is empty");
            Err(vm.key_error(*message))
        }
    }
}

fn keys(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<Dict>(vm, args, "dict")?;
    Ok(DictView::alloc(args.values[0], DictPart::Keys))
}

fn values(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<Dict>(vm, args, "dict")?;
    Ok(DictView::alloc(args.values[0], DictPart::Values))
}

fn items(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<Dict>(vm, args, "dict")?;
    Ok(DictView::alloc(args.values[0], DictPart::Items))
}

fn copy(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Dict::alloc(receiver::<Dict>(vm, args, "dict")?.copy()))
}

fn clear(vm: &mut Vm, args: Args) -> Outcome {
    let old = receiver::<Dict>(vm, args, "dict")?.clear();
    drop(old);
    vm.dict_changed(args.values[0]);
    Ok(Ref::NONE)
}

/// `dict.fromkeys(iterable, value=None)`
fn fromkeys(vm: &mut Vm, args: Args) -> Outcome {
    let (class, iterable) = (args.values[0], args.values[1]);
    let value = args.values.get(2).copied().unwrap_or(Value::NONE);
    if class != vm.types.dict.value() || !vm.iterates_natively(iterable) {
        return Err(vm.tail_prelude("dict_fromkeys", &[class, iterable, value]));
    }
    let dict = Dict::alloc(Dict::new());
    for (hash, key) in crate::vm::protocol::tables::hashed_keys(iterable).unwrap_or_default() {
        vm.dict_store(*dict, hash, key, value.to_ref())?;
    }
    if !dict.get::<Dict>().is_some_and(Dict::is_empty) {
        return Ok(dict);
    }
    for key in vm.collect(iterable)? {
        vm.dict_set(*dict, *key, value.to_ref())?;
    }
    Ok(dict)
}

fn get_item(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<Dict>(vm, args, "dict")?;
    vm.dict_item(args.values[0], args.values[1])
}

fn reversed(vm: &mut Vm, args: Args) -> Outcome {
    receiver::<Dict>(vm, args, "dict")?;
    Ok(dict_iter(args.values[0], DictPart::Keys, true).map_or(Ref::NONE, Iter::alloc))
}

fn union(vm: &mut Vm, a: Value, b: Value, in_place: bool) -> Outcome {
    let answer = vm.native_binary(BinOp::Or, a, b, in_place)?;
    Ok(answer.unwrap_or(Ref::from_owned(Value::NOT_IMPLEMENTED)))
}

fn or(vm: &mut Vm, args: Args) -> Outcome {
    union(vm, args.values[0], args.values[1], false)
}

fn ror(vm: &mut Vm, args: Args) -> Outcome {
    union(vm, args.values[1], args.values[0], false)
}

fn ior(vm: &mut Vm, args: Args) -> Outcome {
    union(vm, args.values[0], args.values[1], true)
}

natives! {
    METHODS;
    "__new__", new, 1, MANY, keywords;
    "__init__", init, 1, MANY, keywords;
    "get", get, 2, 3;
    "setdefault", setdefault, 2, 3;
    "pop", pop, 2, 3;
    "popitem", popitem, 1, 1;
    "update", update, 1, MANY, keywords;
    "keys", keys, 1, 1;
    "values", values, 1, 1;
    "items", items, 1, 1;
    "copy", copy, 1, 1;
    "clear", clear, 1, 1;
    "__len__", sequence::len, 1, 1;
    "__getitem__", get_item, 2, 2;
    "__setitem__", sequence::set_item, 3, 3;
    "__delitem__", sequence::del_item, 2, 2;
    "__contains__", sequence::contains, 2, 2;
    "__iter__", sequence::iter, 1, 1;
    "__reversed__", reversed, 1, 1;
    "__or__", or, 2, 2;
    "__ror__", ror, 2, 2;
    "__ior__", ior, 2, 2;
    "__class_getitem__", sequence::class_getitem, 2, 2;
}

natives! {
    CLASS_METHODS;
    "fromkeys", fromkeys, 2, 3;
}

pub fn install(vm: &mut Vm) {
    let dict = vm.types.dict;
    vm.add_methods(dict, METHODS);
    vm.add_class_methods(dict, CLASS_METHODS);
}
