//! The wrapper that `functools.lru_cache` and `cache` make: a callable that remembers results. A result that is known is given
//! without any frame; a new one is worked out by the prelude, which then stores it.

use super::Building;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::function::{BoundMethod, Machine, NativeDef};
use crate::object::heap::Kind;
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::{MANY, hidden_native};
use crate::vm::protocol::arith::is_plain;
use std::cell::Cell;

thread_local! {
    static MEMO: Cell<Option<TypeRef>> = const { Cell::new(None) };
}

/// The state of a wrapper.
struct Memo {
    function: Ref,
    /// Results by key; the one used last is last if there is a limit.
    known: Ref,
    /// Most results that are kept; no limit if None.
    limit: Option<usize>,
    /// Whether equal arguments of different types are different.
    typed: bool,
    hits: i64,
    misses: i64,
    /// No entry of `known` that is live stands before this position.
    front: usize,
}

impl OpaqueData for Memo {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(*self.function);
        visit(*self.known);
    }

    fn clear(&mut self) {
        let function = std::mem::replace(&mut self.function, Ref::NONE);
        let known = std::mem::replace(&mut self.known, Ref::NONE);
        drop((function, known));
    }
}

natives! { METHODS;
    "__new__", new, 4, 4;
    "__call__", call, 1, MANY, keywords;
    "__get__", get, 2, 3;
    "cache_clear", cache_clear, 1, 1;
    "_counts", counts, 1, 1;
}

/// For the prelude: `store(memo, key, result)`.
static STORE: NativeDef = NativeDef {
    name: "store",
    func: |machine: &mut Machine, args: Args| store(Vm::of(machine), args),
    min: 3,
    max: 3,
    keywords: false,
    doc: "",
};

/// Adds the base of the wrappers to `_functools`.
pub fn add(vm: &mut Vm, building: &Building) {
    let memo = vm.define_type("functools.memo", &[], Kind::Opaque, METHODS);
    MEMO.set(Some(memo));
    building.types(&[memo]);
}

/// `__new__(class, function, maxsize, typed)`; `maxsize` is None or a count.
fn new(vm: &mut Vm, args: Args) -> Outcome {
    let &[class, function, limit, typed] = args.values else { return Ok(Ref::NONE) };
    let Some(base) = MEMO.get() else { return Ok(Ref::NONE) };
    let class = vm.class_arg(class, base)?;
    let data = Memo {
        function: function.to_ref(),
        known: Dict::alloc(Dict::new()),
        limit: (!limit.is_none()).then(|| limit.as_i64().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX)),
        typed: vm.truth(typed)?,
        hits: 0,
        misses: 0,
        front: 0,
    };
    let object = Ref::opaque(base, data);
    Ok(vm.as_subclass(class, object))
}

fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a mut Memo> {
    match args.values[0].opaque::<Memo>() {
        Some(memo) => Ok(memo),
        None => {
            let given = vm.type_name(args.values[0]);
            Err(vm.type_error(format!(
                "descriptor requires a 'functools._lru_cache_wrapper' object but received a '{given}'"
            )))
        }
    }
}

/// What a call is known by: a single int or `str` itself, else a tuple of the arguments, of a mark and the keyword arguments
/// if there are any, and of all types if these count.
fn key_of(vm: &Vm, args: Args, typed: bool) -> Ref {
    let given = &args.pos()[1..];
    if !typed && args.names.is_empty() {
        if let &[only] = given
            && (only.is_int() || (matches!(only.kind(), Some(Kind::Str | Kind::BigInt)) && is_plain(only)))
        {
            return only.to_ref();
        }
        return Ref::tuple_of(given);
    }
    let mut parts: Vec<Value> = given.to_vec();
    if !args.names.is_empty() {
        // Nothing that a program gives equals this.
        parts.extend(MEMO.get().map(|memo| memo.value()));
        args.keywords().for_each(|(name, value)| parts.extend([name, value]));
    }
    if typed {
        parts.extend(args.values[1..].iter().map(|value| vm.type_of(*value).value()));
    }
    Ref::tuple_of(&parts)
}

fn call(vm: &mut Vm, args: Args) -> Outcome {
    let memo = this(vm, &args)?;
    let function = memo.function.clone();
    if memo.limit == Some(0) {
        memo.misses += 1;
        return Err(vm.tail_call_kw(*function, &args.values[1..], args.names));
    }
    let known = memo.known.clone();
    let key = key_of(vm, args, memo.typed);
    let (hash, at) = vm.dict_find(*known, *key)?;
    let memo = this(vm, &args)?;
    if let (Some(at), Some(dict)) = (at, known.get_mut::<Dict>()) {
        memo.hits += 1;
        if memo.limit.is_none() {
            return Ok(dict.value_at(at).to_ref());
        }
        // What was used last is last.
        let (key, result) = dict.remove_at(at);
        insert(memo, dict, hash, key, result.clone());
        return Ok(result);
    }
    memo.misses += 1;
    let store = hidden_native(&STORE);
    if let ([_, only], []) = (args.values, args.names) {
        return Err(vm.tail_prelude("remember_one", &[store, args.values[0], *key, *function, *only]));
    }
    let positional = Ref::tuple_of(&args.pos()[1..]);
    let mut named = Dict::new();
    args.keywords().for_each(|(name, value)| drop(named.set_atom(name, value.to_ref())));
    let named = Dict::alloc(named);
    Err(vm.tail_prelude("remember", &[store, args.values[0], *key, *function, *positional, *named]))
}

/// Adds a key that is absent.
fn insert(memo: &mut Memo, dict: &mut Dict, hash: i64, key: Ref, result: Ref) {
    let positions = dict.positions();
    dict.insert_new(hash, key, result);
    if dict.positions() != positions + 1 {
        // The dict has closed its gaps.
        memo.front = 0;
    }
}

fn store(vm: &mut Vm, args: Args) -> Outcome {
    let known = this(vm, &args)?.known.clone();
    let &[_, key, result] = args.values else { return Ok(Ref::NONE) };
    let (hash, at) = vm.dict_find(*known, key)?;
    let (memo, Some(dict)) = (this(vm, &args)?, known.get_mut::<Dict>()) else { return Ok(Ref::NONE) };
    if let Some(at) = at {
        // The function has called itself with the same arguments.
        if memo.limit.is_none() {
            let old = dict.replace_at(at, result.to_ref());
            drop(old);
        }
        return Ok(Ref::NONE);
    }
    let mut oldest = None;
    if memo.limit.is_some_and(|limit| dict.len() >= limit) {
        while memo.front < dict.positions() && dict.entry(memo.front).is_none() {
            memo.front += 1;
        }
        if memo.front < dict.positions() {
            oldest = Some(dict.remove_at(memo.front));
        }
    }
    insert(memo, dict, hash, key.to_ref(), result.to_ref());
    drop(oldest);
    Ok(Ref::NONE)
}

/// `__get__(instance, owner)`: it binds as functions do.
fn get(_: &mut Vm, args: Args) -> Outcome {
    Ok(match args.values[1].is_none() {
        true => args.values[0].to_ref(),
        false => BoundMethod::alloc(args.values[0].to_ref(), args.values[1].to_ref()),
    })
}

fn cache_clear(vm: &mut Vm, args: Args) -> Outcome {
    let memo = this(vm, &args)?;
    (memo.hits, memo.misses, memo.front) = (0, 0, 0);
    let entries = memo.known.get_mut::<Dict>().map(Dict::clear);
    drop(entries);
    Ok(Ref::NONE)
}

/// Hits, misses, the limit, how many results are kept.
fn counts(vm: &mut Vm, args: Args) -> Outcome {
    let memo = this(vm, &args)?;
    let limit = memo.limit.map_or(Ref::NONE, |limit| Ref::int(limit as i64));
    let kept = memo.known.get::<Dict>().map_or(0, Dict::len);
    Ok(Ref::tuple(vec![Ref::int(memo.hits), Ref::int(memo.misses), limit, Ref::int(kept as i64)]))
}
