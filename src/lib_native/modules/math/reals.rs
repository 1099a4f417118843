//! Functions of floats.

use crate::natives;
use crate::object::algo::float_special::{self, MathError};
use crate::object::algo::float_sums::{frexp as split, ldexp as scale};
use crate::object::call::{Args, Outcome, Signal};
use crate::object::number::IntRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};

#[cold]
fn domain(vm: &mut Vm) -> Signal {
    vm.value_error("math domain error")
}

#[cold]
fn range(vm: &mut Vm) -> Signal {
    vm.overflow_error("math range error")
}

/// A function that is defined everywhere, or gives NaN where it is not. An infinite result of a finite argument is an
/// overflow if the function can overflow, else a pole.
fn apply(vm: &mut Vm, args: Args, f: fn(f64) -> f64, overflows: bool) -> Outcome {
    let x = vm.real(args.values[0])?;
    let y = f(x);
    if y.is_nan() && !x.is_nan() {
        return Err(domain(vm));
    }
    if y.is_infinite() && x.is_finite() {
        return Err(if overflows { range(vm) } else { domain(vm) });
    }
    Ok(Ref::float(y))
}

macro_rules! functions {
    ($($name:ident $f:expr, $overflows:literal;)*) => {
        $(fn $name(vm: &mut Vm, args: Args) -> Outcome {
            apply(vm, args, $f, $overflows)
        })*
    };
}

functions! {
    acos f64::acos, false;
    acosh libm::acosh, false;
    asin f64::asin, false;
    asinh libm::asinh, false;
    atan f64::atan, false;
    atanh libm::atanh, false;
    cbrt f64::cbrt, false;
    cos f64::cos, false;
    cosh f64::cosh, true;
    erf libm::erf, false;
    erfc float_special::erfc, false;
    exp f64::exp, true;
    exp2 f64::exp2, true;
    expm1 f64::exp_m1, true;
    fabs f64::abs, false;
    log1p f64::ln_1p, false;
    sin f64::sin, false;
    sinh f64::sinh, true;
    sqrt f64::sqrt, false;
    tan f64::tan, false;
    tanh f64::tanh, false;
}

fn special(vm: &mut Vm, args: Args, f: fn(f64) -> Result<f64, MathError>) -> Outcome {
    let x = vm.real(args.values[0])?;
    match f(x) {
        Ok(y) => Ok(Ref::float(y)),
        Err(MathError::Domain) => Err(domain(vm)),
        Err(MathError::Range) => Err(range(vm)),
    }
}

fn gamma(vm: &mut Vm, args: Args) -> Outcome {
    special(vm, args, float_special::gamma)
}

fn lgamma(vm: &mut Vm, args: Args) -> Outcome {
    special(vm, args, float_special::lgamma)
}

fn degrees(vm: &mut Vm, args: Args) -> Outcome {
    let x = vm.real(args.values[0])?;
    Ok(Ref::float(x * (180.0 / std::f64::consts::PI)))
}

fn radians(vm: &mut Vm, args: Args) -> Outcome {
    let x = vm.real(args.values[0])?;
    Ok(Ref::float(x * (std::f64::consts::PI / 180.0)))
}

fn isfinite(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(vm.real(args.values[0])?.is_finite()))
}

fn isinf(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(vm.real(args.values[0])?.is_infinite()))
}

fn isnan(vm: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(vm.real(args.values[0])?.is_nan()))
}

/// A logarithm; of an int beyond the floats by its exponent.
fn logarithm(vm: &mut Vm, value: Value, f: fn(f64) -> f64, of_two: f64) -> Outcome<f64> {
    if let Some(IntRef::Big(big)) = value.as_int() {
        let big: BigInt = big.clone();
        if !big.is_positive() {
            return Err(domain(vm));
        }
        if let Some(x) = big.to_f64().filter(|x| x.is_finite()) {
            return Ok(f(x));
        }
        let shift = big.bits().saturating_sub(64);
        let mantissa: BigInt = &big >> shift;
        return Ok(f(mantissa.to_f64().unwrap_or(1.0)) + of_two * shift as f64);
    }
    let x = vm.real(value)?;
    if x <= 0.0 {
        return Err(domain(vm));
    }
    Ok(f(x))
}

fn ln(vm: &mut Vm, value: Value) -> Outcome<f64> {
    logarithm(vm, value, f64::ln, std::f64::consts::LN_2)
}

fn log(vm: &mut Vm, args: Args) -> Outcome {
    let numerator = ln(vm, args.values[0])?;
    let Some(base) = args.values.get(1) else { return Ok(Ref::float(numerator)) };
    let denominator = ln(vm, *base)?;
    if denominator == 0.0 {
        return Err(vm.zero_division("float division by zero"));
    }
    Ok(Ref::float(numerator / denominator))
}

fn log2(vm: &mut Vm, args: Args) -> Outcome {
    logarithm(vm, args.values[0], f64::log2, 1.0).map(Ref::float)
}

fn log10(vm: &mut Vm, args: Args) -> Outcome {
    logarithm(vm, args.values[0], f64::log10, std::f64::consts::LOG10_2).map(Ref::float)
}

fn two(vm: &mut Vm, args: Args) -> Outcome<(f64, f64)> {
    Ok((vm.real(args.values[0])?, vm.real(args.values[1])?))
}

fn atan2(vm: &mut Vm, args: Args) -> Outcome {
    let (y, x) = two(vm, args)?;
    Ok(Ref::float(y.atan2(x)))
}

fn copysign(vm: &mut Vm, args: Args) -> Outcome {
    let (x, y) = two(vm, args)?;
    Ok(Ref::float(x.copysign(y)))
}

fn fmod(vm: &mut Vm, args: Args) -> Outcome {
    let (x, y) = two(vm, args)?;
    let r = x % y;
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain(vm));
    }
    Ok(Ref::float(r))
}

fn pow(vm: &mut Vm, args: Args) -> Outcome {
    let (x, y) = two(vm, args)?;
    let r = x.powf(y);
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain(vm));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(if x == 0.0 { domain(vm) } else { range(vm) });
    }
    Ok(Ref::float(r))
}

fn fma(vm: &mut Vm, args: Args) -> Outcome {
    let (x, y) = two(vm, args)?;
    let z = vm.real(args.values[2])?;
    let r = x.mul_add(y, z);
    if r.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(vm.value_error("invalid operation in fma"));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(vm.overflow_error("overflow in fma"));
    }
    Ok(Ref::float(r))
}

fn frexp(vm: &mut Vm, args: Args) -> Outcome {
    let (mantissa, exponent) = split(vm.real(args.values[0])?);
    Ok(Ref::tuple(vec![Ref::float(mantissa), Ref::int(i64::from(exponent))]))
}

fn ldexp(vm: &mut Vm, args: Args) -> Outcome {
    let x = vm.real(args.values[0])?;
    let exponent = match args.values[1].as_int() {
        Some(IntRef::Small(i)) => i,
        Some(IntRef::Big(big)) => {
            if big.is_negative() {
                i64::MIN
            } else {
                i64::MAX
            }
        }
        None => return Err(vm.type_error("Expected an int as second argument to ldexp.")),
    };
    let r = scale(x, exponent);
    if r.is_infinite() && x.is_finite() {
        return Err(range(vm));
    }
    Ok(Ref::float(r))
}

fn modf(vm: &mut Vm, args: Args) -> Outcome {
    let x = vm.real(args.values[0])?;
    let (fraction, whole) =
        if x.is_infinite() { (0f64.copysign(x), x) } else { ((x - x.trunc()).copysign(x), x.trunc()) };
    Ok(Ref::tuple(vec![Ref::float(fraction), Ref::float(whole)]))
}

/// The IEEE remainder: of the quotient rounded to the nearest even integer.
fn remainder(vm: &mut Vm, args: Args) -> Outcome {
    let (x, y) = two(vm, args)?;
    if x.is_nan() || y.is_nan() {
        return Ok(Ref::float(f64::NAN));
    }
    if x.is_infinite() || y == 0.0 {
        return Err(domain(vm));
    }
    if y.is_infinite() {
        return Ok(Ref::float(x));
    }
    let (absx, absy) = (x.abs(), y.abs());
    let m = absx % absy;
    let c = absy - m;
    let r = if m < c {
        m
    } else if m > c {
        -c
    } else {
        m - 2.0 * ((0.5 * (absx - m)) % absy)
    };
    Ok(Ref::float(1f64.copysign(x) * r))
}

fn nextafter(vm: &mut Vm, args: Args) -> Outcome {
    let mut steps = None;
    for (name, value) in args.keywords() {
        match name.as_str() {
            Some("steps") => steps = Some(value).filter(|v| !v.is_none()),
            other => {
                let other = other.unwrap_or_default();
                return Err(vm.type_error(format!("nextafter() got an unexpected keyword argument '{other}'")));
            }
        }
    }
    let (mut x, y) = two(vm, args)?;
    let steps = match steps {
        Some(steps) => vm.index_big(steps)?,
        None => BigInt::from(1),
    };
    if steps.is_negative() {
        return Err(vm.value_error("steps must be a non-negative integer"));
    }
    if x.is_nan() || y.is_nan() {
        return Ok(Ref::float(f64::NAN));
    }
    // Floats in order of value are integers in order of their bits.
    let ordered = |x: f64| {
        let bits = x.to_bits() as i64;
        if bits < 0 { i128::from(i64::MIN) - i128::from(bits) } else { i128::from(bits) }
    };
    if x != y {
        let (from, to) = (ordered(x), ordered(y));
        let steps = steps.to_i128().unwrap_or(i128::MAX >> 1);
        let at = if from < to { (from + steps).min(to) } else { (from - steps).max(to) };
        let bits = if at < 0 { (i128::from(i64::MIN) - at) as i64 } else { at as i64 };
        // Zero keeps the sign of the side it is reached from.
        x = if at == 0 { 0f64.copysign(x) } else { f64::from_bits(bits as u64) };
    } else {
        x = y;
    }
    Ok(Ref::float(x))
}

fn ulp(vm: &mut Vm, args: Args) -> Outcome {
    let x = vm.real(args.values[0])?.abs();
    if !x.is_finite() {
        return Ok(Ref::float(x));
    }
    let next = f64::from_bits(x.to_bits() + 1);
    Ok(Ref::float(if next.is_infinite() { x - f64::from_bits(x.to_bits() - 1) } else { next - x }))
}

fn isclose(vm: &mut Vm, args: Args) -> Outcome {
    let (a, b) = two(vm, args)?;
    let (mut relative, mut absolute) = (1e-9, 0.0);
    for (name, value) in args.keywords() {
        match name.as_str() {
            Some("rel_tol") => relative = vm.real(value)?,
            Some("abs_tol") => absolute = vm.real(value)?,
            other => {
                let other = other.unwrap_or_default();
                return Err(vm.type_error(format!("isclose() got an unexpected keyword argument '{other}'")));
            }
        }
    }
    if relative < 0.0 || absolute < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Ref::bool(true));
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Ref::bool(false));
    }
    let difference = (b - a).abs();
    let close = difference <= (relative * b).abs() || difference <= (relative * a).abs() || difference <= absolute;
    Ok(Ref::bool(close))
}

natives! {
    FUNCTIONS;
    "acos", acos, 1, 1;
    "acosh", acosh, 1, 1;
    "asin", asin, 1, 1;
    "asinh", asinh, 1, 1;
    "atan", atan, 1, 1;
    "atan2", atan2, 2, 2;
    "atanh", atanh, 1, 1;
    "cbrt", cbrt, 1, 1;
    "copysign", copysign, 2, 2;
    "cos", cos, 1, 1;
    "cosh", cosh, 1, 1;
    "degrees", degrees, 1, 1;
    "erf", erf, 1, 1;
    "erfc", erfc, 1, 1;
    "exp", exp, 1, 1;
    "exp2", exp2, 1, 1;
    "expm1", expm1, 1, 1;
    "fabs", fabs, 1, 1;
    "fma", fma, 3, 3;
    "fmod", fmod, 2, 2;
    "frexp", frexp, 1, 1;
    "gamma", gamma, 1, 1;
    "isclose", isclose, 2, 2, keywords;
    "isfinite", isfinite, 1, 1;
    "isinf", isinf, 1, 1;
    "isnan", isnan, 1, 1;
    "ldexp", ldexp, 2, 2;
    "lgamma", lgamma, 1, 1;
    "log", log, 1, 2;
    "log10", log10, 1, 1;
    "log1p", log1p, 1, 1;
    "log2", log2, 1, 1;
    "modf", modf, 1, 1;
    "nextafter", nextafter, 2, 2, keywords;
    "pow", pow, 2, 2;
    "radians", radians, 1, 1;
    "remainder", remainder, 2, 2;
    "sin", sin, 1, 1;
    "sinh", sinh, 1, 1;
    "sqrt", sqrt, 1, 1;
    "tan", tan, 1, 1;
    "tanh", tanh, 1, 1;
    "ulp", ulp, 1, 1;
}
