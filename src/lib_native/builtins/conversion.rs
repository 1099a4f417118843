//! Built-in functions that turn a value into another form.

use crate::lib_native::arguments::Parameters;
use crate::object::algo::{Int, int_text};
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;

crate::natives! {
    TABLE;
    "abs", abs, 1, 1;
    "ascii", ascii, 1, 1;
    "bin", bin, 1, 1;
    "chr", chr, 1, 1;
    "divmod", divmod, 2, 2;
    "format", format, 1, 2;
    "hex", hex, 1, 1;
    "oct", oct, 1, 1;
    "ord", ord, 1, 1;
    "pow", pow, 0, 3, keywords;
    "repr", repr, 1, 1;
    "round", round, 0, 2, keywords;
}

fn abs(vm: &mut Vm, args: Args) -> Outcome {
    vm.absolute(args.values[0])
}

fn ascii(vm: &mut Vm, args: Args) -> Outcome {
    vm.ascii_tail(args.values[0])
}

fn based(vm: &mut Vm, value: Value, text: fn(&Int) -> String) -> Outcome {
    let index = vm.index_big(value)?;
    Ok(Ref::str(&text(&index.into())))
}

fn bin(vm: &mut Vm, args: Args) -> Outcome {
    based(vm, args.values[0], int_text::bin)
}

fn hex(vm: &mut Vm, args: Args) -> Outcome {
    based(vm, args.values[0], int_text::hex)
}

fn oct(vm: &mut Vm, args: Args) -> Outcome {
    based(vm, args.values[0], int_text::oct)
}

fn chr(vm: &mut Vm, args: Args) -> Outcome {
    let code = vm.index(args.values[0])?;
    match u32::try_from(code).ok().filter(|c| *c < 0x11_0000) {
        Some(code) => match char::from_u32(code) {
            Some(c) => Ok(Ref::char(c)),
            None => Err(vm.value_error("chr() arg is a surrogate, which a str of coro cannot hold")),
        },
        None => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}

fn divmod(vm: &mut Vm, args: Args) -> Outcome {
    vm.divmod(args.values[0], args.values[1])
}

fn format(vm: &mut Vm, args: Args) -> Outcome {
    let spec = match args.values.get(1) {
        None => "",
        Some(spec) => match spec.as_str() {
            Some(text) => text,
            None => {
                let shown = vm.type_name(*spec);
                return Err(vm.type_error(format!("format() argument 2 must be str, not {shown}")));
            }
        },
    };
    vm.format_tail(args.values[0], spec)
}

fn ord(vm: &mut Vm, args: Args) -> Outcome {
    let value = args.values[0];
    let count = if let Some(text) = value.as_str() {
        let mut chars = text.chars();
        if let (Some(c), None) = (chars.next(), chars.next()) {
            return Ok(Ref::int(i64::from(u32::from(c))));
        }
        text.chars().count()
    } else if let Some(bytes) = value.as_bytes() {
        if let [byte] = bytes {
            return Ok(Ref::int(i64::from(*byte)));
        }
        bytes.len()
    } else {
        let shown = vm.type_name(value);
        return Err(vm.type_error(format!("ord() expected string of length 1, but {shown} found")));
    };
    Err(vm.type_error(format!("ord() expected a character, but string of length {count} found")))
}

fn pow(vm: &mut Vm, args: Args) -> Outcome {
    static PARAMETERS: Parameters<3> =
        Parameters { function: "pow", names: ["base", "exp", "mod"], required: 2, positional: 3 };
    let [base, exp, modulus] = PARAMETERS.bind(vm, args, 0)?;
    let given = |value: Option<Value>| value.unwrap_or(Value::NONE);
    vm.power(given(base), given(exp), given(modulus))
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    vm.repr_tail(args.values[0])
}

fn round(vm: &mut Vm, args: Args) -> Outcome {
    static PARAMETERS: Parameters<2> =
        Parameters { function: "round", names: ["number", "ndigits"], required: 1, positional: 2 };
    let [number, digits] = PARAMETERS.bind(vm, args, 0)?;
    let number = number.unwrap_or(Value::NONE);
    let name = vm.names.round;
    let Some(method) = vm.special(number, name) else {
        let shown = vm.type_name(number);
        return Err(vm.type_error(format!("type {shown} doesn't define __round__ method")));
    };
    let bound = vm.bind_special(number, method, name)?;
    match digits {
        Some(digits) if !digits.is_none() => Err(vm.tail_call(*bound, &[digits])),
        _ => Err(vm.tail_call(*bound, &[])),
    }
}
