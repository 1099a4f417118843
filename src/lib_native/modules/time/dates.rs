//! Broken-down times: `gmtime localtime mktime strftime strptime asctime ctime struct_time`.

use crate::lib_native::modules::Building;
use crate::lib_native::types::struct_sequence;
use crate::natives;
use crate::object::algo::calendar::{self, Moment};
use crate::object::algo::time_zone::Zone;
use crate::object::call::{Args, Outcome};
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use std::cell::OnceCell;

const FIELDS: &[&str] =
    &["tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst"];

thread_local! {
    static ZONE: OnceCell<Zone> = const { OnceCell::new() };
    static CLASS: OnceCell<TypeRef> = const { OnceCell::new() };
}

/// Runs `f` with the local zone.
fn with_zone<R>(f: impl FnOnce(&Zone) -> R) -> R {
    ZONE.with(|zone| f(zone.get_or_init(Zone::local)))
}

fn struct_time(vm: &mut Vm) -> TypeRef {
    if let Some(class) = CLASS.with(|class| class.get().copied()) {
        return class;
    }
    let class = struct_sequence::define(vm, "time", "struct_time", FIELDS);
    vm.add_methods(class, NEW);
    vm.set_class_attr(class, "n_fields", Ref::int(11));
    CLASS.with(|cell| *cell.get_or_init(|| class))
}

/// Binds the names in the module.
pub fn fill(vm: &mut Vm, building: &Building) {
    let class = struct_time(vm);
    building.set("struct_time", class.value().to_ref());
    with_zone(|zone| {
        let ((standard, name), (daylight, daylight_name)) = zone.names();
        building.set("timezone", Ref::int(-standard));
        building.set("altzone", Ref::int(-daylight));
        building.set("daylight", Ref::int(i64::from(name != daylight_name)));
        building.set("tzname", Ref::tuple(vec![Ref::str(name), Ref::str(daylight_name)]));
    });
    building.functions(vm, "time", FUNCTIONS);
}

fn broken_down(vm: &mut Vm, moment: &Moment) -> Ref {
    let fields = [
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.weekday,
        moment.yearday,
        moment.dst,
    ];
    let zone = if moment.zone.is_empty() { Ref::NONE } else { Ref::str(&moment.zone) };
    let offset = if moment.dst < 0 { Ref::NONE } else { Ref::int(moment.offset) };
    let class = struct_time(vm);
    struct_sequence::make(class, fields.map(Ref::int).into(), &[("tm_zone", zone), ("tm_gmtoff", offset)])
}

/// `struct_time(sequence)`
fn new(vm: &mut Vm, args: Args) -> Outcome {
    let items = vm.collect(args.values[1])?;
    let count = items.len();
    if count < 9 {
        let message = format!("time.struct_time() takes an at least 9-sequence ({count}-sequence given)");
        return Err(vm.type_error(message));
    }
    if count > 11 {
        let message = format!("time.struct_time() takes an at most 11-sequence ({count}-sequence given)");
        return Err(vm.type_error(message));
    }
    let extra = |at: usize| items.get(at).cloned().unwrap_or(Ref::NONE);
    let extra = [("tm_zone", extra(9)), ("tm_gmtoff", extra(10))];
    let class = args.values[0].as_type().unwrap_or_else(|| struct_time(vm));
    Ok(struct_sequence::make(class, items[..9].to_vec(), &extra))
}

natives! {
    NEW;
    "__new__", new, 2, 2;
}

/// A moment given as a number of seconds, or now.
fn seconds_arg(vm: &mut Vm, args: Args) -> Outcome<i64> {
    match args.values.first() {
        Some(value) if !value.is_none() => {
            if value.as_int().is_none() && value.as_float().is_none() {
                let message = format!("'{}' object cannot be interpreted as an integer", vm.type_name(*value));
                return Err(vm.type_error(message));
            }
            let seconds = vm.real(*value)?;
            if seconds.is_nan() {
                return Err(vm.value_error("Invalid value NaN (not a number)"));
            }
            if seconds.abs() > 6.7e16 {
                return Err(vm.overflow_error("timestamp out of range for platform time_t"));
            }
            Ok(seconds.floor() as i64)
        }
        _ => Ok((vm.sched.clock.wall() / 1_000_000_000) as i64),
    }
}

fn local(seconds: i64) -> Moment {
    with_zone(|zone| {
        let (offset, dst, name) = zone.at(seconds);
        Moment::at(seconds, offset, name, i64::from(dst))
    })
}

fn gmtime(vm: &mut Vm, args: Args) -> Outcome {
    let seconds = seconds_arg(vm, args)?;
    Ok(broken_down(vm, &Moment::at(seconds, 0, "GMT", 0)))
}

fn localtime(vm: &mut Vm, args: Args) -> Outcome {
    let seconds = seconds_arg(vm, args)?;
    Ok(broken_down(vm, &local(seconds)))
}

/// A moment given as a tuple of nine numbers.
fn moment_arg(vm: &mut Vm, value: Value) -> Outcome<Moment> {
    let Some(items) = value.as_sequence().filter(|_| value.is_kind(crate::object::Kind::Tuple)) else {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    };
    if items.len() != 9 {
        return Err(
            vm.type_error("function takes exactly 9 arguments (0 given)".replace('0', &items.len().to_string()))
        );
    }
    let mut n = [0; 9];
    for (slot, item) in n.iter_mut().zip(items) {
        *slot = vm.index(**item)?;
    }
    let offset = local(0).offset;
    let zone = with_zone(|zone| zone.at(0).2.to_owned());
    Ok(Moment {
        year: n[0],
        month: n[1],
        day: n[2],
        hour: n[3],
        minute: n[4],
        second: n[5],
        weekday: n[6],
        yearday: n[7],
        dst: n[8],
        zone,
        offset,
    })
}

/// Refuses what `strftime` and `asctime` cannot show.
fn checked(vm: &mut Vm, mut moment: Moment) -> Outcome<Moment> {
    // Zero is taken for the first.
    for field in [&mut moment.month, &mut moment.day, &mut moment.yearday] {
        if *field == 0 {
            *field = 1;
        }
    }
    let wrong = match &moment {
        m if !(1..=12).contains(&m.month) => "month out of range",
        m if !(1..=31).contains(&m.day) => "day of month out of range",
        m if !(0..=23).contains(&m.hour) => "hour out of range",
        m if !(0..=59).contains(&m.minute) => "minute out of range",
        m if !(0..=61).contains(&m.second) => "seconds out of range",
        m if m.weekday < -1 => "day of week out of range",
        m if !(1..=366).contains(&m.yearday) => "day of year out of range",
        _ => return Ok(moment),
    };
    Err(vm.value_error(wrong))
}

fn strftime(vm: &mut Vm, args: Args) -> Outcome {
    let Some(format) = args.values[0].as_str() else {
        let message = format!("strftime() argument 1 must be str, not {}", vm.type_name(args.values[0]));
        return Err(vm.type_error(message));
    };
    if format.contains('\0') {
        return Err(vm.value_error("embedded null character"));
    }
    let moment = match args.values.get(1) {
        Some(tuple) => {
            let moment = moment_arg(vm, *tuple)?;
            checked(vm, moment)?
        }
        None => local(seconds_arg(vm, Args::positional(&[]))?),
    };
    Ok(Ref::str(&moment.format(format)))
}

/// The moment that a text shows by a format, its microseconds, and whether it has an offset.
fn parsed(vm: &mut Vm, args: Args) -> Outcome<(Moment, i64, bool)> {
    let mut texts = [""; 2];
    texts[1] = "%a %b %d %H:%M:%S %Y";
    for (at, (slot, value)) in texts.iter_mut().zip(args.values).enumerate() {
        let Some(text) = value.as_str() else {
            let message = format!("strptime() argument {at} must be str, not {}", vm.type_name(*value));
            return Err(vm.type_error(message));
        };
        *slot = text;
    }
    calendar::parse(texts[0], texts[1]).map_err(|message| vm.value_error(message))
}

fn strptime(vm: &mut Vm, args: Args) -> Outcome {
    let (moment, ..) = parsed(vm, args)?;
    Ok(broken_down(vm, &moment))
}

/// For `datetime`: the `struct_time`, microseconds, and the offset in seconds and the zone's name, or None.
fn strptime_exactly(vm: &mut Vm, args: Args) -> Outcome {
    let (moment, micros, has_offset) = parsed(vm, args)?;
    let offset = if has_offset { Ref::int(moment.offset) } else { Ref::NONE };
    let zone = if moment.zone.is_empty() { Ref::NONE } else { Ref::str(&moment.zone) };
    Ok(Ref::tuple(vec![broken_down(vm, &moment), Ref::int(micros), offset, zone]))
}

fn asctime(vm: &mut Vm, args: Args) -> Outcome {
    let moment = match args.values.first() {
        Some(tuple) => {
            let moment = moment_arg(vm, *tuple)?;
            checked(vm, moment)?
        }
        None => local(seconds_arg(vm, Args::positional(&[]))?),
    };
    Ok(Ref::str(&moment.asctime()))
}

fn ctime(vm: &mut Vm, args: Args) -> Outcome {
    let seconds = seconds_arg(vm, args)?;
    Ok(Ref::str(&local(seconds).asctime()))
}

fn mktime(vm: &mut Vm, args: Args) -> Outcome {
    let moment = moment_arg(vm, args.values[0])?;
    let wall = moment.seconds();
    // The offset in force then is that of the moment found: two steps settle it.
    let offset = with_zone(|zone| zone.at(wall - zone.at(wall).0).0);
    Ok(Ref::float((wall - offset) as f64))
}

natives! {
    FUNCTIONS;
    "asctime", asctime, 0, 1;
    "ctime", ctime, 0, 1;
    "gmtime", gmtime, 0, 1;
    "localtime", localtime, 0, 1;
    "mktime", mktime, 1, 1;
    "strftime", strftime, 1, 2;
    "strptime", strptime, 1, 2;
    "_strptime", strptime_exactly, 2, 2;
}
