//! Sums of floats without the loss of a plain loop: `fsum`, `hypot`, `sumprod`, as CPython computes them
//! (Modules/mathmodule.c).

/// How `fsum` fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SumError {
    /// "intermediate overflow in fsum"
    Overflow,
    /// "-inf + inf in fsum"
    Infinities,
}

/// The exactly rounded sum (Shewchuk's algorithm).
///
/// # Errors
/// See [`SumError`].
pub fn fsum(items: impl IntoIterator<Item = f64>) -> Result<f64, SumError> {
    let mut partials: Vec<f64> = Vec::new();
    let (mut special, mut infinities) = (0.0, 0.0);
    for item in items {
        let mut x = item;
        let mut kept = 0;
        for j in 0..partials.len() {
            let mut y = partials[j];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                partials[kept] = low;
                kept += 1;
            }
            x = high;
        }
        partials.truncate(kept);
        if x == 0.0 {
            continue;
        }
        if x.is_finite() {
            partials.push(x);
            continue;
        }
        if item.is_finite() {
            return Err(SumError::Overflow);
        }
        if item.is_infinite() {
            infinities += item;
        }
        special += item;
        partials.clear();
    }
    if special != 0.0 {
        return if infinities.is_nan() { Err(SumError::Infinities) } else { Ok(special) };
    }
    Ok(round_partials(&partials))
}

/// The sum of non-overlapping partial sums, rounded once.
fn round_partials(partials: &[f64]) -> f64 {
    let Some((last, mut rest)) = partials.split_last() else { return 0.0 };
    let mut high = *last;
    let mut low = 0.0;
    while let Some((next, others)) = rest.split_last() {
        let x = high;
        high = x + next;
        low = next - (high - x);
        rest = others;
        if low != 0.0 {
            break;
        }
    }
    // Half-way cases are decided by the sign of what follows.
    if let Some(next) = rest.last()
        && ((low < 0.0 && *next < 0.0) || (low > 0.0 && *next > 0.0))
    {
        let y = low * 2.0;
        let x = high + y;
        if y == x - high {
            return x;
        }
    }
    high
}

/// A float and what it lacks.
#[derive(Clone, Copy)]
struct Double {
    high: f64,
    low: f64,
}

fn fast_sum(a: f64, b: f64) -> Double {
    let x = a + b;
    Double { high: x, low: (a - x) + b }
}

fn sum(a: f64, b: f64) -> Double {
    let x = a + b;
    let z = x - a;
    Double { high: x, low: (a - (x - z)) + (b - z) }
}

fn product(x: f64, y: f64) -> Double {
    let z = x * y;
    Double { high: z, low: x.mul_add(y, -z) }
}

/// `m · 2^e = x` with `0.5 <= |m| < 1`; zeros, infinities and NaN are their own mantissas.
pub fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let bits = x.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    if exponent == 0 {
        let (mantissa, exponent) = frexp(x * 2f64.powi(64));
        return (mantissa, exponent - 64);
    }
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent - 1022)
}

/// `x · 2^e`, rounded once.
pub fn ldexp(x: f64, e: i64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let (mantissa, exponent) = frexp(x);
    let target = e.saturating_add(i64::from(exponent));
    if target > 1024 {
        return f64::INFINITY.copysign(x);
    }
    if target < -1080 {
        return 0f64.copysign(x);
    }
    let target = target as i32;
    if target > -1021 {
        // In two steps, as 2^1024 is no float.
        return mantissa * 2.0 * 2f64.powi(target - 1);
    }
    // The result is subnormal: the only rounding is that of the last multiplication.
    mantissa * 2f64.powi(target + 1000) * 2f64.powi(-1000)
}

/// The Euclidean norm of a vector.
pub fn norm(vector: &mut [f64]) -> f64 {
    let mut max = 0.0f64;
    let mut nan = false;
    for x in vector.iter_mut() {
        *x = x.abs();
        nan |= x.is_nan();
        if *x > max {
            max = *x;
        }
    }
    if max.is_infinite() {
        return max;
    }
    if nan {
        return f64::NAN;
    }
    norm_of(vector, max)
}

fn norm_of(vector: &mut [f64], max: f64) -> f64 {
    if max == 0.0 || vector.len() <= 1 {
        return max;
    }
    let (_, exponent) = frexp(max);
    if exponent < -1023 {
        vector.iter_mut().for_each(|x| *x /= f64::MIN_POSITIVE);
        return f64::MIN_POSITIVE * norm_of(vector, max / f64::MIN_POSITIVE);
    }
    let scale = ldexp(1.0, i64::from(-exponent));
    let (mut total, mut first, mut second) = (1.0, 0.0, 0.0);
    for x in vector.iter() {
        let x = x * scale;
        let square = product(x, x);
        let next = fast_sum(total, square.high);
        total = next.high;
        first += square.low;
        second += next.low;
    }
    let mut h = (total - 1.0 + (first + second)).sqrt();
    let square = product(-h, h);
    let next = fast_sum(total, square.high);
    total = next.high;
    first += square.low;
    second += next.low;
    let rest = total - 1.0 + (first + second);
    h += rest / (2.0 * h);
    h / scale
}

/// A running sum of products in triple precision.
#[derive(Clone, Copy, Default)]
pub struct ProductSum {
    high: f64,
    low: f64,
    tiny: f64,
}

impl ProductSum {
    /// Adds `x · y`.
    pub fn add(&mut self, x: f64, y: f64) {
        let pair = product(x, y);
        let first = sum(self.high, pair.high);
        let second = sum(self.low, pair.low);
        let third = sum(second.high, first.low);
        *self = ProductSum { high: first.high, low: third.high, tiny: self.tiny + second.low + third.low };
    }

    pub fn value(self) -> f64 {
        let last = sum(self.low, self.high);
        self.tiny + last.low + last.high
    }
}
