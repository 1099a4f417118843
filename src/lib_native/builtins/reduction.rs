//! Built-in functions that make one value of many.

use crate::lib_native::arguments::Parameters;
use crate::object::call::{Args, Outcome};
use crate::object::number::IntRef;
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::{BinOp, CmpOp};

crate::natives! {
    TABLE;
    "all", all, 1, 1;
    "any", any, 1, 1;
    "max", max, 0, MANY, keywords;
    "min", min, 0, MANY, keywords;
    "sum", sum, 1, 2, keywords;
}

fn all(vm: &mut Vm, args: Args) -> Outcome {
    all_or_any(vm, args.values[0], false)
}

fn any(vm: &mut Vm, args: Args) -> Outcome {
    all_or_any(vm, args.values[0], true)
}

/// Lists and the like are walked here; what may run Coro code in between, in the prelude.
fn all_or_any(vm: &mut Vm, iterable: Value, any: bool) -> Outcome {
    let items = match iterable.as_sequence() {
        Some(items) => items.to_vec(),
        None => return Err(vm.tail_prelude(if any { "any_of" } else { "all_of" }, &[iterable])),
    };
    for item in &items {
        if vm.truth(**item)? == any {
            return Ok(Ref::bool(any));
        }
    }
    Ok(Ref::bool(!any))
}

fn sum(vm: &mut Vm, args: Args) -> Outcome {
    static PARAMETERS: Parameters<2> = Parameters { function: "sum", names: ["", "start"], required: 1, positional: 2 };
    let [iterable, start] = PARAMETERS.bind(vm, args, 0)?;
    let (iterable, start) = (iterable.unwrap_or(Value::NONE), start.unwrap_or(Value::small_int(0)));
    let refused = match start.kind() {
        Some(Kind::Str) => Some("can't sum strings [use ''.join(seq) instead]"),
        Some(Kind::Bytes) => Some("can't sum bytes [use b''.join(seq) instead]"),
        Some(Kind::ByteArray) => Some("can't sum bytearray [use b''.join(seq) instead]"),
        _ => None,
    };
    if let Some(message) = refused {
        return Err(vm.type_error(message));
    }
    match vm.collect_native(iterable)? {
        Some(items) => sum_native(vm, items, start),
        None => Err(vm.tail_prelude("sum_of", &[iterable, start])),
    }
}

/// Ints exactly, floats with the compensation that CPython has since 3.12 (Neumaier), the rest by `+`.
fn sum_native(vm: &mut Vm, items: Vec<Ref>, start: Value) -> Outcome {
    let mut total = start.to_ref();
    let mut items = items.into_iter().peekable();
    while let (Some(IntRef::Small(a)), Some(next)) = (total.as_int(), items.peek()) {
        let Some(IntRef::Small(b)) = next.as_int() else { break };
        let Some(sum) = a.checked_add(b) else { break };
        total = Ref::int(sum);
        items.next();
    }
    if let Some(mut sum) = total.as_float().or_else(|| int_before_float(&total, items.peek())) {
        let mut compensation = 0.0f64;
        while let Some(next) = items.peek() {
            let x = match (next.as_float(), next.as_int()) {
                (Some(x), _) => x,
                (None, Some(IntRef::Small(i))) => i as f64,
                _ => break,
            };
            let partial = sum + x;
            compensation += if sum.abs() >= x.abs() { (sum - partial) + x } else { (x - partial) + sum };
            sum = partial;
            items.next();
        }
        if compensation != 0.0 && compensation.is_finite() {
            sum += compensation;
        }
        total = Ref::float(sum);
    }
    let rest: Vec<Ref> = items.collect();
    for item in rest {
        let outcome = vm.binary(BinOp::Add, *total, *item, false);
        total = vm.settle(outcome)?;
    }
    Ok(total)
}

fn int_before_float(total: &Ref, next: Option<&Ref>) -> Option<f64> {
    next?.as_float()?;
    match total.as_int()? {
        IntRef::Small(i) => Some(i as f64),
        IntRef::Big(_) => None,
    }
}

fn max(vm: &mut Vm, args: Args) -> Outcome {
    extreme(vm, args, true)
}

fn min(vm: &mut Vm, args: Args) -> Outcome {
    extreme(vm, args, false)
}

fn extreme(vm: &mut Vm, args: Args, larger: bool) -> Outcome {
    let name = if larger { "max" } else { "min" };
    let (mut key, mut default) = (Value::NONE, None);
    for (keyword, value) in args.keywords() {
        match keyword.as_str() {
            Some("key") => key = value,
            Some("default") => default = Some(value),
            other => {
                let message = format!("{name}() got an unexpected keyword argument '{}'", other.unwrap_or("?"));
                return Err(vm.type_error(message));
            }
        }
    }
    let iterable = match args.pos() {
        [] => return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [one] => one.to_ref(),
        many if default.is_none() => Ref::tuple_of(many),
        _ => {
            let message = format!("Cannot specify a default for {name}() with multiple positional arguments");
            return Err(vm.type_error(message));
        }
    };
    let items = if key.is_none() { vm.collect_native(*iterable)? } else { None };
    let Some(items) = items else {
        let has_default = Value::bool(default.is_some());
        let default = default.unwrap_or(Value::NONE);
        return Err(vm.tail_prelude("extreme_of", &[*iterable, key, Value::bool(larger), default, has_default]));
    };
    let mut items = items.into_iter();
    let Some(mut best) = items.next() else {
        return match default {
            Some(default) => Ok(default.to_ref()),
            None => Err(vm.value_error(format!("{name}() iterable argument is empty"))),
        };
    };
    let op = if larger { CmpOp::Gt } else { CmpOp::Lt };
    for item in items {
        if vm.compare_bool(op, *item, *best)? {
            best = item;
        }
    }
    Ok(best)
}
