//! Index arithmetic of sequences and ranges: negative indices, slices, and what a `range` holds, on `i64` and on big ints.

use super::fault::{Fault, FaultKind};
use super::hash::{NONE_HASH, hash_int, hash_tuple};
use super::int_math::Int;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// The nearest `i64`: what a slice bound or `find` bound means, as sequences are never that long.
pub fn saturate(value: &Int) -> i64 {
    match value {
        Int::Small(small) => *small,
        Int::Big(big) => {
            if big.is_negative() {
                i64::MIN
            } else {
                i64::MAX
            }
        }
    }
}

/// The position that `index` (negative: from the end) means; `None` if it is out of range.
pub fn position(index: i64, length: usize) -> Option<usize> {
    let at = if index < 0 { index.checked_add_unsigned(length as u64)? } else { index };
    usize::try_from(at).ok().filter(|&at| at < length)
}

/// Where `list.insert(index, …)` inserts: any index, clamped.
pub fn insert_position(index: i64, length: usize) -> usize {
    clamp(index, length)
}

fn clamp(index: i64, length: usize) -> usize {
    let at = if index < 0 { index.saturating_add_unsigned(length as u64) } else { index };
    usize::try_from(at).unwrap_or(0).min(length)
}

/// The bounds of `find`, `count`, `startswith`: clamped to the length. `None` if they cross, or `start` is beyond the end.
pub fn clamp_bounds(start: Option<i64>, end: Option<i64>, length: usize) -> Option<(usize, usize)> {
    let first = start.unwrap_or(0);
    if usize::try_from(first).is_ok_and(|first| first > length) {
        return None;
    }
    let (first, last) = (clamp(first, length), clamp(end.unwrap_or(i64::MAX), length));
    (first <= last).then_some((first, last))
}

/// A slice applied to a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SliceSpan {
    /// The first position; `-1` is possible if `count` is zero.
    pub start: i64,
    /// Where it ends, not included; `-1` before the first for a negative step.
    pub stop: i64,
    /// Not zero.
    pub step: i64,
    /// How many items there are.
    pub count: usize,
}

impl SliceSpan {
    /// The positions, in order.
    pub fn positions(self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator {
        (0..self.count).map(move |i| (self.start + i as i64 * self.step) as usize)
    }

    /// `start..stop` of a slice with step 1, with `stop` not before `start` (where slice assignment inserts).
    pub fn range(self) -> std::ops::Range<usize> {
        let start = self.start.max(0) as usize;
        start..start + self.count
    }
}

fn zero_step() -> Fault {
    Fault::value("slice step cannot be zero")
}

/// Applies `[start:stop:step]` to a sequence of `length` items (`None`: left out). Bounds beyond `i64` are given
/// [`saturate`]d.
///
/// # Errors
/// `ValueError: slice step cannot be zero`.
pub fn slice(start: Option<i64>, stop: Option<i64>, step: Option<i64>, length: usize) -> Result<SliceSpan, Fault> {
    // The least step is left out so that it can be negated.
    let step = step.unwrap_or(1).max(-i64::MAX);
    if step == 0 {
        return Err(zero_step());
    }
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let (low, high) = if step < 0 { (-1, length - 1) } else { (0, length) };
    let bound = |given: Option<i64>, default: i64| match given {
        None => default,
        Some(at) if at < 0 => at.saturating_add(length).max(low),
        Some(at) => at.min(high),
    };
    let start = bound(start, if step < 0 { high } else { low });
    let stop = bound(stop, if step < 0 { low } else { high });
    let distance = if step < 0 { start - stop } else { stop - start };
    let count = if distance <= 0 { 0 } else { ((distance - 1) / step.abs() + 1) as usize };
    Ok(SliceSpan { start, stop, step, count })
}

/// `slice(start, stop, step).indices(length)` with ints of any size: start, stop and step.
///
/// # Errors
/// `ValueError` for a step of zero or a negative length.
pub fn slice_indices(
    start: Option<&Int>,
    stop: Option<&Int>,
    step: Option<&Int>,
    length: &Int,
) -> Result<(Int, Int, Int), Fault> {
    if length.is_negative() {
        return Err(Fault::value("length should not be negative"));
    }
    let step = step.map_or_else(BigInt::one, |step| step.to_big().into_owned());
    if step.is_zero() {
        return Err(zero_step());
    }
    let length = length.to_big();
    let down = step.is_negative();
    let (low, high) =
        if down { (BigInt::from(-1), &*length - 1) } else { (BigInt::zero(), length.clone().into_owned()) };
    let bound = |given: Option<&Int>, default: &BigInt| match given {
        None => default.clone(),
        Some(at) if at.is_negative() => (&*at.to_big() + &*length).max(low.clone()),
        Some(at) => at.to_big().into_owned().min(high.clone()),
    };
    let first = bound(start, if down { &high } else { &low });
    let last = bound(stop, if down { &low } else { &high });
    Ok((first.into(), last.into(), step.into()))
}

/// `range(start, stop, step)`.
#[derive(Clone, Debug)]
pub struct Range {
    pub start: Int,
    pub stop: Int,
    pub step: Int,
}

/// The number of items of a range of small ints; always fits `u64`.
pub fn range_len(start: i64, stop: i64, step: i64) -> u64 {
    let (from, to) = if step > 0 { (start, stop) } else { (stop, start) };
    if from >= to || step == 0 {
        return 0;
    }
    (to.wrapping_sub(from) as u64 - 1) / step.unsigned_abs() + 1
}

/// Whether a range of small ints holds `value`.
pub fn range_contains(start: i64, stop: i64, step: i64, value: i64) -> bool {
    let inside = if step > 0 { start <= value && value < stop } else { stop < value && value <= start };
    inside && i128::from(value).wrapping_sub(i128::from(start)) % i128::from(step) == 0
}

impl Range {
    /// # Errors
    /// `ValueError: range() arg 3 must not be zero`.
    pub fn new(start: Int, stop: Int, step: Int) -> Result<Range, Fault> {
        if step.is_zero() {
            return Err(Fault::value("range() arg 3 must not be zero"));
        }
        Ok(Range { start, stop, step })
    }

    fn smalls(&self) -> Option<(i64, i64, i64)> {
        match (&self.start, &self.stop, &self.step) {
            (Int::Small(start), Int::Small(stop), Int::Small(step)) => Some((*start, *stop, *step)),
            _ => None,
        }
    }

    /// The number of items.
    pub fn len(&self) -> Int {
        if let Some((start, stop, step)) = self.smalls() {
            return BigInt::from(range_len(start, stop, step)).into();
        }
        let (start, stop, step) = (self.start.to_big(), self.stop.to_big(), self.step.to_big());
        let distance = if step.is_positive() { &*stop - &*start } else { &*start - &*stop };
        if !distance.is_positive() {
            return Int::Small(0);
        }
        ((distance - 1i32) / step.abs() + 1i32).into()
    }

    pub fn is_empty(&self) -> bool {
        self.len().is_zero()
    }

    /// Item `number` (from zero, not checked against the length).
    pub fn item(&self, number: &Int) -> Int {
        if let (Some((start, _, step)), Int::Small(number)) = (self.smalls(), number)
            && let Some(item) = step.checked_mul(*number).and_then(|offset| offset.checked_add(start))
        {
            return Int::Small(item);
        }
        (&*self.step.to_big() * &*number.to_big() + &*self.start.to_big()).into()
    }

    /// `r[index]`.
    ///
    /// # Errors
    /// `IndexError: range object index out of range`.
    pub fn get(&self, index: &Int) -> Result<Int, Fault> {
        let length = self.len();
        let number = if index.is_negative() { Int::from(&*index.to_big() + &*length.to_big()) } else { index.clone() };
        if number.is_negative() || *number.to_big() >= *length.to_big() {
            return Err(Fault::new(FaultKind::IndexError, "range object index out of range"));
        }
        Ok(self.item(&number))
    }

    /// `value in r`.
    pub fn contains(&self, value: &Int) -> bool {
        if let (Some((start, stop, step)), Int::Small(value)) = (self.smalls(), value) {
            return range_contains(start, stop, step, *value);
        }
        let (start, stop, step, value) = (self.start.to_big(), self.stop.to_big(), self.step.to_big(), value.to_big());
        let inside = if step.is_positive() { start <= value && value < stop } else { stop < value && value <= start };
        inside && (&*value - &*start).is_multiple_of(&step)
    }

    /// `r.index(value)` for an int; `None` if it is not there (`ValueError: {value} is not in range`).
    pub fn index(&self, value: &Int) -> Option<Int> {
        self.contains(value).then(|| ((&*value.to_big() - &*self.start.to_big()) / &*self.step.to_big()).into())
    }

    /// `r[start:stop:step]`.
    ///
    /// # Errors
    /// `ValueError: slice step cannot be zero`.
    pub fn slice(&self, start: Option<&Int>, stop: Option<&Int>, step: Option<&Int>) -> Result<Range, Fault> {
        let (start, stop, step) = slice_indices(start, stop, step, &self.len())?;
        let step = &*step.to_big() * &*self.step.to_big();
        Ok(Range { start: self.item(&start), stop: self.item(&stop), step: step.into() })
    }

    /// The same items in the other direction.
    pub fn reversed(&self) -> Range {
        let last = self.item(&Int::from(&*self.len().to_big() - 1));
        let before = Int::from(&*self.start.to_big() - &*self.step.to_big());
        Range { start: last, stop: before, step: Int::from(-&*self.step.to_big()) }
    }

    /// `hash(r)`: of the length, the start if there is one, the step if there are two.
    pub fn hash(&self) -> i64 {
        let length = self.len();
        let start = if length.is_zero() { NONE_HASH } else { hash_int(&self.start) };
        let single = length.is_zero() || length == Int::Small(1);
        hash_tuple([hash_int(&length), start, if single { NONE_HASH } else { hash_int(&self.step) }])
    }
}

impl PartialEq for Range {
    /// Equal as sequences.
    fn eq(&self, other: &Range) -> bool {
        let length = self.len();
        length == other.len()
            && (length.is_zero() || (self.start == other.start && (length == Int::Small(1) || self.step == other.step)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: i64, stop: i64, step: i64) -> Range {
        Range::new(Int::Small(start), Int::Small(stop), Int::Small(step)).expect("a step")
    }

    #[test]
    fn slices() {
        let span = |start, stop, step| slice(start, stop, step, 5).map(|s| (s.start, s.stop, s.step, s.count));
        assert_eq!(span(None, None, None), Ok((0, 5, 1, 5)));
        assert_eq!(span(None, None, Some(-1)), Ok((4, -1, -1, 5)));
        assert_eq!(span(Some(-2), None, None), Ok((3, 5, 1, 2)));
        assert_eq!(span(Some(1), Some(100), Some(2)), Ok((1, 5, 2, 2)));
        assert_eq!(span(Some(i64::MIN), Some(i64::MAX), Some(i64::MAX)), Ok((0, 5, i64::MAX, 1)));
        assert_eq!(span(Some(i64::MAX), Some(i64::MIN), Some(i64::MIN)), Ok((4, -1, -i64::MAX, 1)));
        assert_eq!(span(Some(4), Some(1), None), Ok((4, 1, 1, 0)));
        assert_eq!(span(None, None, Some(0)).unwrap_err().text, "slice step cannot be zero");
        let backwards = slice(Some(3), None, Some(-2), 5).expect("a step");
        assert_eq!(backwards.positions().collect::<Vec<_>>(), [3, 1]);
        assert_eq!(slice(Some(4), Some(1), None, 5).map(SliceSpan::range), Ok(4..4));
        assert_eq!(slice(None, None, Some(-1), 0).map(|s| (s.start, s.stop, s.count)), Ok((-1, -1, 0)));
    }

    #[test]
    fn positions() {
        assert_eq!(
            (position(-1, 3), position(3, 3), position(-4, 3), position(i64::MIN, 3)),
            (Some(2), None, None, None)
        );
        assert_eq!((insert_position(-9, 3), insert_position(9, 3)), (0, 3));
        assert_eq!(clamp_bounds(Some(-2), Some(-1), 3), Some((1, 2)));
        assert_eq!(clamp_bounds(Some(3), None, 3), Some((3, 3)));
        assert_eq!(clamp_bounds(Some(4), None, 3), None);
        assert_eq!(clamp_bounds(Some(2), Some(1), 3), None);
    }

    #[test]
    fn big_indices() {
        let huge = Int::from(BigInt::one() << 70);
        let indices = |step: &Int| slice_indices(None, None, Some(step), &Int::Small(10));
        assert_eq!(indices(&huge), Ok((Int::Small(0), Int::Small(10), huge.clone())));
        let negative = Int::from(BigInt::from(-1) << 70);
        assert_eq!(indices(&negative), Ok((Int::Small(9), Int::Small(-1), negative)));
        assert!(slice_indices(None, None, None, &Int::Small(-1)).is_err());
    }

    #[test]
    fn ranges() {
        assert_eq!(range(0, 10, 3).len(), Int::Small(4));
        assert_eq!(range(10, 0, -3).len(), Int::Small(4));
        assert_eq!(range_len(i64::MIN, i64::MAX, 1), u64::MAX);
        assert_eq!(range_len(0, 1, i64::MIN), 0);
        assert_eq!(range(0, 10, 3).get(&Int::Small(-1)), Ok(Int::Small(9)));
        assert_eq!(range(0, 5, 1).get(&Int::Small(5)).unwrap_err().text, "range object index out of range");
        assert!(range(0, 10, 3).contains(&Int::Small(9)) && !range(0, 10, 3).contains(&Int::Small(8)));
        assert!(range(10, 0, -3).contains(&Int::Small(1)) && !range(10, 0, -3).contains(&Int::Small(0)));
        assert_eq!(range(10, 0, -3).index(&Int::Small(4)), Some(Int::Small(2)));
        assert_eq!(range(0, 10, 1).slice(Some(&Int::Small(2)), None, Some(&Int::Small(3))), Ok(range(2, 10, 3)));
        let back = range(0, 10, 3).reversed();
        assert_eq!((back.start, back.stop, back.step), (Int::Small(9), Int::Small(-3), Int::Small(-3)));
        assert!(
            range(0, 3, 2) == range(0, 4, 2) && range(1, 1, 1) == range(9, 2, 5) && range(0, 3, 1) != range(0, 4, 1)
        );
        assert_eq!(range(0, 5, 1).hash(), hash_tuple([5, 0, 1]));
        assert_eq!(range(3, 4, 1).hash(), hash_tuple([1, 3, NONE_HASH]));
        let huge = Range::new(Int::Small(0), Int::from(BigInt::one() << 70), Int::Small(1)).expect("a step");
        assert_eq!(huge.get(&Int::Small(-1)), Ok(Int::from((BigInt::one() << 70) - 1)));
        assert!(Range::new(Int::Small(1), Int::Small(2), Int::Small(0)).is_err());
    }
}
