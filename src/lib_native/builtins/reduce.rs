//! `max min sum`

use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::heap::Kind;
use crate::object::number::IntRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::iterate::is_plain_object;
use crate::vm::protocol::{BinOp, CmpOp};

/// `sum(iterable, start=0)`
fn sum(vm: &mut Vm, args: Args) -> Outcome {
    let mut start = Value::small_int(0);
    let given = args.pos().len();
    if given == 0 {
        return Err(vm.type_error("sum() takes at least 1 positional argument (0 given)"));
    }
    if given + args.names.len() > 2 {
        let count = given + args.names.len();
        return Err(vm.type_error(format!("sum() takes at most 2 arguments ({count} given)")));
    }
    if let Some(value) = args.pos().get(1) {
        start = *value;
    }
    for (name, value) in args.keywords() {
        if name.as_str() != Some("start") {
            let message = format!("sum() got an unexpected keyword argument '{}'", name.as_str().unwrap_or_default());
            return Err(vm.type_error(message));
        }
        start = value;
    }
    match start.kind() {
        Some(Kind::Str) => return Err(vm.type_error("sum() can't sum strings [use ''.join(seq) instead]")),
        Some(Kind::Bytes) => return Err(vm.type_error("sum() can't sum bytes [use b''.join(seq) instead]")),
        Some(Kind::ByteArray) => return Err(vm.type_error("sum() can't sum bytearray [use b''.join(seq) instead]")),
        _ => {}
    }
    match vm.collect_native(args.values[0])? {
        Some(items) => sum_items(vm, &items, start),
        None => Err(vm.tail_prelude("sum_of", &[args.values[0], start])),
    }
}

/// Ints first, then floats with compensation (Neumaier), then whatever `+` means.
fn sum_items(vm: &mut Vm, items: &[Ref], start: Value) -> Outcome {
    let mut at = 0;
    let mut total = start.to_ref();
    if total.is_int() || total.is_bool() {
        let mut sum = total.as_i64().unwrap_or(0);
        while let Some(item) = items.get(at) {
            let small = item.is_int() || item.is_bool();
            match if small { item.as_i64().and_then(|i| sum.checked_add(i)) } else { None } {
                Some(next) => sum = next,
                None => break,
            }
            at += 1;
        }
        if at > 0 || total.is_int() {
            total = Ref::int(sum);
        }
    }
    // An int total meets its first float (or big int) by ordinary addition.
    while at < items.len() && total.as_int().is_some() && plain_number(*items[at]) {
        total = add(vm, *total, *items[at])?;
        at += 1;
    }
    if let Some(first) = total.as_float().filter(|_| plain_number(*total)) {
        let (sum, stopped) = sum_floats(items, at, first);
        total = Ref::float(sum);
        at = stopped;
    }
    while let Some(item) = items.get(at) {
        match vm.native_binary(BinOp::Add, *total, **item, false)? {
            Some(sum) if is_core(*total) && is_core(**item) => total = sum,
            _ => {
                let rest = Ref::list(items[at..].to_vec());
                return Err(vm.tail_prelude("sum_rest", &[*rest, *total]));
            }
        }
        at += 1;
    }
    Ok(total)
}

fn is_core(v: Value) -> bool {
    !v.is_ptr() || is_plain_object(v)
}

fn plain_number(v: Value) -> bool {
    is_core(v) && (v.as_int().is_some() || v.as_float().is_some())
}

fn add(vm: &mut Vm, a: Value, b: Value) -> Outcome {
    let outcome = vm.binary(BinOp::Add, a, b, false);
    vm.settle(outcome)
}

/// Sums floats and small ints from position `at`; gives the sum and the first position that is neither.
fn sum_floats(items: &[Ref], mut at: usize, first: f64) -> (f64, usize) {
    let (mut sum, mut lost) = (first, 0.0);
    while let Some(item) = items.get(at) {
        if !is_core(**item) {
            break;
        }
        if let Some(x) = item.as_float() {
            let next: f64 = sum + x;
            lost += if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
            sum = next;
        } else if let Some(IntRef::Small(i)) = item.as_int() {
            sum += i as f64;
        } else {
            break;
        }
        at += 1;
    }
    // A compensation that is not finite would spoil an infinite sum.
    (if lost != 0.0 && f64::is_finite(lost) { sum + lost } else { sum }, at)
}

fn max(vm: &mut Vm, args: Args) -> Outcome {
    extreme(vm, args, true)
}

fn min(vm: &mut Vm, args: Args) -> Outcome {
    extreme(vm, args, false)
}

/// Of several small ints given by position.
fn extreme_int(args: Args, larger: bool) -> Option<Value> {
    let &[first, ref rest @ ..] = args.values else { return None };
    if rest.is_empty() || !args.names.is_empty() || !args.values.iter().all(|value| value.is_int()) {
        return None;
    }
    let better = |a: Value, b: Value| {
        let (x, y) = (a.as_small_int(), b.as_small_int());
        if if larger { y > x } else { y < x } { b } else { a }
    };
    Some(rest.iter().copied().fold(first, better))
}

fn extreme(vm: &mut Vm, args: Args, larger: bool) -> Outcome {
    if let Some(best) = extreme_int(args, larger) {
        return Ok(best.to_ref());
    }
    let function = if larger { "max" } else { "min" };
    let (mut key, mut default) = (None, None);
    for (name, value) in args.keywords() {
        match name.as_str() {
            Some("key") => key = Some(value).filter(|k| !k.is_none()),
            Some("default") => default = Some(value),
            other => {
                let other = other.unwrap_or_default();
                return Err(vm.type_error(format!("{function}() got an unexpected keyword argument '{other}'")));
            }
        }
    }
    let several = Ref::tuple_of(args.pos());
    let iterable = match args.pos() {
        [] => return Err(vm.type_error(format!("{function} expected at least 1 argument, got 0"))),
        [one] => *one,
        _ if default.is_some() => {
            let message = format!("Cannot specify a default for {function}() with multiple positional arguments");
            return Err(vm.type_error(message));
        }
        _ => *several,
    };
    let items = if key.is_none() { vm.collect_native(iterable)? } else { None };
    match items {
        Some(items) if items.iter().all(|item| orders_natively(**item)) => {
            extreme_native(vm, &items, larger, default, function)
        }
        other => {
            // What was taken from an iterator must not be taken again.
            let source = other.map(Ref::list);
            let (key, has_default) = (key.unwrap_or(Value::NONE), Value::bool(default.is_some()));
            let default = default.unwrap_or(Value::NONE);
            let source = source.as_deref().copied().unwrap_or(iterable);
            Err(vm.tail_prelude("extreme_of", &[source, key, Value::bool(larger), default, has_default]))
        }
    }
}

/// Whether `<` of such values is native (as far as can be seen without looking inside containers).
fn orders_natively(v: Value) -> bool {
    !v.is_ptr() || (is_plain_object(v) && !matches!(v.kind(), Some(Kind::Instance | Kind::Type | Kind::Opaque)))
}

fn extreme_native(vm: &mut Vm, items: &[Ref], larger: bool, default: Option<Value>, function: &str) -> Outcome {
    let op = if larger { CmpOp::Gt } else { CmpOp::Lt };
    let mut items = items.iter();
    let Some(mut best) = items.next() else {
        return match default {
            Some(default) => Ok(default.to_ref()),
            None => Err(vm.value_error(format!("{function}() iterable argument is empty"))),
        };
    };
    for item in items {
        let better = if item.is_int() && best.is_int() {
            let (a, b) = (item.as_small_int(), best.as_small_int());
            if larger { a > b } else { a < b }
        } else {
            vm.compare_bool(op, **item, **best)?
        };
        if better {
            best = item;
        }
    }
    Ok(best.clone())
}

natives! {
    FUNCTIONS;
    "max", max, 0, MANY, keywords;
    "min", min, 0, MANY, keywords;
    "sum", sum, 0, MANY, keywords;
}
