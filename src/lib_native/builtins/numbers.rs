//! `abs bin chr divmod hex oct ord pow round`

use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::algo::{Int, int_text};
use crate::object::call::{Args, Outcome};
use crate::object::text::Str;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;

fn abs(vm: &mut Vm, args: Args) -> Outcome {
    vm.absolute(args.values[0])
}

fn in_base(vm: &mut Vm, args: Args, show: fn(&Int) -> String) -> Outcome {
    let int = vm.index_value(args.values[0])?;
    Ok(Ref::str(&int.as_int().map_or_else(String::new, |int| show(&Int::from(int)))))
}

fn bin(vm: &mut Vm, args: Args) -> Outcome {
    in_base(vm, args, int_text::bin)
}

fn oct(vm: &mut Vm, args: Args) -> Outcome {
    in_base(vm, args, int_text::oct)
}

fn hex(vm: &mut Vm, args: Args) -> Outcome {
    in_base(vm, args, int_text::hex)
}

fn chr(vm: &mut Vm, args: Args) -> Outcome {
    let int = vm.index_value(args.values[0])?;
    match int.as_i64().and_then(|i| u32::try_from(i).ok()) {
        Some(code) if code < 0x11_0000 => match char::from_u32(code) {
            Some(c) => Ok(Ref::char(c)),
            None => Err(vm.value_error("chr() of a surrogate is not supported")),
        },
        _ => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}

fn ord(vm: &mut Vm, args: Args) -> Outcome {
    let v = args.values[0];
    let length = match (v.get::<Str>(), v.as_bytes()) {
        (Some(text), _) => match text.char_at(0) {
            Some(c) if text.char_len() == 1 => return Ok(Ref::int(i64::from(u32::from(c)))),
            _ => text.char_len(),
        },
        (None, Some([byte])) => return Ok(Ref::int(i64::from(*byte))),
        (None, Some(bytes)) => bytes.len(),
        _ => {
            let message = format!("ord() expected string of length 1, but {} found", vm.type_name(v));
            return Err(vm.type_error(message));
        }
    };
    Err(vm.type_error(format!("ord() expected a character, but string of length {length} found")))
}

fn divmod(vm: &mut Vm, args: Args) -> Outcome {
    vm.divmod(args.values[0], args.values[1])
}

const POW: Parameters<3> = Parameters { function: "pow", names: ["base", "exp", "mod"], required: 2, positional: 3 };

fn pow(vm: &mut Vm, args: Args) -> Outcome {
    let [base, exponent, modulus] = POW.bind(vm, args, 0)?;
    let given = |v: Option<Value>| v.unwrap_or(Value::NONE);
    vm.power(given(base), given(exponent), given(modulus))
}

const ROUND: Parameters<2> = Parameters { function: "round", names: ["number", "ndigits"], required: 1, positional: 2 };

fn round(vm: &mut Vm, args: Args) -> Outcome {
    let [number, digits] = ROUND.bind(vm, args, 0)?;
    let number = number.unwrap_or(Value::NONE);
    let name = vm.names.round;
    let Some(method) = vm.special(number, name) else {
        let message = format!("type {} doesn't define __round__ method", vm.type_name(number));
        return Err(vm.type_error(message));
    };
    match digits.filter(|d| !d.is_none()) {
        Some(digits) => vm.call_or_tail(number, method, name, &[digits]),
        None => vm.call_or_tail(number, method, name, &[]),
    }
}

natives! {
    FUNCTIONS;
    "abs", abs, 1, 1;
    "bin", bin, 1, 1;
    "chr", chr, 1, 1;
    "divmod", divmod, 2, 2;
    "hex", hex, 1, 1;
    "oct", oct, 1, 1;
    "ord", ord, 1, 1;
    "pow", pow, 0, MANY, keywords;
    "round", round, 0, MANY, keywords;
}
