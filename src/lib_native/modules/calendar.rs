//! The module `_calendar`: what `datetime` computes from plain ints at sight. Where the arguments are anything else, or out
//! of their ranges, the answer is False or None, and `datetime` looks at them itself.

use super::Building;
use crate::natives;
use crate::object::algo::calendar::{civil_from_days, days_from_civil};
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;

natives! { FUNCTIONS;
    "from_ordinal", from_ordinal, 1, 1;
    "is_clock", is_clock, 5, 5;
    "is_date", is_date, 3, 3;
    "microseconds", microseconds, 7, 7;
    "to_ordinal", to_ordinal, 3, 3;
}

/// Makes the module `_calendar`.
pub fn module(vm: &mut Vm) -> Outcome {
    let building = Building::new(vm, "_calendar");
    building.functions(vm, "_calendar", FUNCTIONS);
    Ok(building.module)
}

/// Days from the day before 1 January of year 1 to 1970-01-01.
const EPOCH: i64 = 719_163;

fn ints<const N: usize>(values: &[Value]) -> Option<[i64; N]> {
    let values: &[Value; N] = values.try_into().ok()?;
    values.iter().all(|value| value.is_int()).then(|| values.map(|value| value.as_small_int()))
}

/// `to_ordinal(year, month, day)`: days from 1 January of year 1, which is 1.
fn to_ordinal(_: &mut Vm, args: Args) -> Outcome {
    Ok(match ints(args.values) {
        Some([year, month, day]) if year.abs() < 1 << 32 && (1..=12).contains(&month) && day.abs() < 1 << 32 => {
            Ref::int(days_from_civil(year, month, day) + EPOCH)
        }
        _ => Ref::NONE,
    })
}

/// `from_ordinal(days)`: year, month, day.
fn from_ordinal(_: &mut Vm, args: Args) -> Outcome {
    Ok(match ints(args.values) {
        Some([days]) if days.abs() < 1 << 40 => {
            let (year, month, day) = civil_from_days(days - EPOCH);
            Ref::tuple_of(&[Value::small_int(year), Value::small_int(month), Value::small_int(day)])
        }
        _ => Ref::NONE,
    })
}

/// `is_date(year, month, day)`: ints that are a date of the calendar that `datetime` has.
fn is_date(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(ints(args.values).is_some_and(|[year, month, day]| {
        let next = |year, month| if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && ((1..=28).contains(&day) || {
                let (after, first) = next(year, month);
                (1..=days_from_civil(after, first, 1) - days_from_civil(year, month, 1)).contains(&day)
            })
    })))
}

/// `is_clock(hour, minute, second, microsecond, fold)`: ints in their ranges.
fn is_clock(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(ints(args.values).is_some_and(|[hour, minute, second, microsecond, fold]| {
        (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..1_000_000).contains(&microsecond)
            && (0..2).contains(&fold)
    })))
}

/// `microseconds(days, seconds, microseconds, milliseconds, minutes, hours, weeks)`: their sum.
fn microseconds(_: &mut Vm, args: Args) -> Outcome {
    let Some(parts) = ints::<7>(args.values) else { return Ok(Ref::NONE) };
    let units = [86_400_000_000, 1_000_000, 1, 1000, 60_000_000, 3_600_000_000, 604_800_000_000];
    let total: i128 = parts.iter().zip(units).map(|(part, unit)| i128::from(*part) * unit).sum();
    Ok(i64::try_from(total).map_or(Ref::NONE, Ref::int))
}
