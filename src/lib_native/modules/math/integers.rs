//! Integer functions: `ceil comb factorial floor gcd isqrt lcm perm trunc`.

use crate::natives;
use crate::object::algo::{Int, float_math, int_math};
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::native::MANY;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Rounds by the special method, or as a float.
fn rounded(vm: &mut Vm, value: Value, name: &str, round: fn(f64) -> f64) -> Outcome {
    if let Some(x) = value.as_float()
        && crate::vm::protocol::arith::is_plain(value)
    {
        let int = float_math::to_int(round(x));
        return Ok(vm.checked(int)?.into());
    }
    let name = atom::intern(name);
    if let Some(method) = vm.special(value, name) {
        return vm.call_or_tail(value, method, name, &[]);
    }
    let x = vm.real(value)?;
    let int = float_math::to_int(round(x));
    Ok(vm.checked(int)?.into())
}

fn ceil(vm: &mut Vm, args: Args) -> Outcome {
    rounded(vm, args.values[0], "__ceil__", f64::ceil)
}

fn floor(vm: &mut Vm, args: Args) -> Outcome {
    rounded(vm, args.values[0], "__floor__", f64::floor)
}

fn trunc(vm: &mut Vm, args: Args) -> Outcome {
    let (value, name) = (args.values[0], vm.names.trunc);
    match vm.special(value, name) {
        Some(method) => vm.call_or_tail(value, method, name, &[]),
        None => {
            let message = format!("type {} doesn't define __trunc__ method", vm.type_name(value));
            Err(vm.type_error(message))
        }
    }
}

fn gcd(vm: &mut Vm, args: Args) -> Outcome {
    if let &[a, b] = args.values
        && a.is_int()
        && b.is_int()
    {
        return Ok(Ref::int(a.as_small_int().gcd(&b.as_small_int())));
    }
    let mut result = BigInt::zero();
    for value in args.values {
        result = result.gcd(&vm.index_big(*value)?);
    }
    Ok(Ref::big(result))
}

fn lcm(vm: &mut Vm, args: Args) -> Outcome {
    let mut result = BigInt::one();
    for value in args.values {
        let int = vm.index_big(*value)?;
        result = if int.is_zero() { BigInt::zero() } else { result.lcm(&int) };
    }
    Ok(Ref::big(result.abs()))
}

fn isqrt(vm: &mut Vm, args: Args) -> Outcome {
    let int = vm.index_big(args.values[0])?;
    let root = int_math::isqrt(&Int::from(int));
    Ok(vm.checked(root)?.into())
}

/// The product of `from..=to`, by halves so that the factors stay of similar size.
fn product(from: u64, to: u64) -> BigInt {
    if from > to {
        return BigInt::one();
    }
    if to - from < 8 {
        return (from..=to).fold(BigInt::one(), |all, i| all * i);
    }
    let middle = from + (to - from) / 2;
    product(from, middle) * product(middle + 1, to)
}

fn factorial(vm: &mut Vm, args: Args) -> Outcome {
    let int = vm.index_big(args.values[0])?;
    if int.is_negative() {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    match int.to_u64() {
        Some(n) if n <= i64::MAX as u64 => {
            if n > 10_000_000 {
                let class = vm.types.exc.memory_error;
                return Err(vm.raise(class, ""));
            }
            Ok(Ref::big(product(2, n)))
        }
        _ => Err(vm.overflow_error(format!("factorial() argument should not exceed {}", i64::MAX))),
    }
}

/// `n (n-1) … (n-k+1)`
fn falling(n: &BigInt, k: u64) -> BigInt {
    if let Some(n) = n.to_u64() {
        return product(n - k + 1, n);
    }
    (0..k).fold(BigInt::one(), |all, i| all * (n - i))
}

fn perm(vm: &mut Vm, args: Args) -> Outcome {
    let Some(k) = args.values.get(1).filter(|k| !k.is_none()) else {
        return factorial(vm, Args::positional(&args.values[..1]));
    };
    let (n, k) = (vm.index_big(args.values[0])?, vm.index_big(*k)?);
    if n.is_negative() {
        return Err(vm.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(vm.value_error("k must be a non-negative integer"));
    }
    if k > n {
        return Ok(Ref::int(0));
    }
    match k.to_u64().filter(|k| *k < 10_000_000) {
        Some(k) => Ok(Ref::big(falling(&n, k))),
        None => Err(vm.overflow_error(format!("k must not exceed {}", i64::MAX))),
    }
}

fn comb(vm: &mut Vm, args: Args) -> Outcome {
    let (n, k) = (vm.index_big(args.values[0])?, vm.index_big(args.values[1])?);
    if n.is_negative() {
        return Err(vm.value_error("n must be a non-negative integer"));
    }
    if k.is_negative() {
        return Err(vm.value_error("k must be a non-negative integer"));
    }
    if k > n {
        return Ok(Ref::int(0));
    }
    let other = &n - &k;
    match k.min(other).to_u64().filter(|k| *k < 10_000_000) {
        Some(k) => Ok(Ref::big(falling(&n, k) / product(2, k))),
        None => Err(vm.overflow_error(format!("min(n - k, k) must not exceed {}", i64::MAX))),
    }
}

natives! {
    FUNCTIONS;
    "ceil", ceil, 1, 1;
    "comb", comb, 2, 2;
    "factorial", factorial, 1, 1;
    "floor", floor, 1, 1;
    "gcd", gcd, 0, MANY;
    "isqrt", isqrt, 1, 1;
    "lcm", lcm, 0, MANY;
    "perm", perm, 1, 2;
    "trunc", trunc, 1, 1;
}
