//! `int`: the constructor and the methods.

use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::algo::{Fault, Int, float_math, int_math, int_text, slice_index, str_repr};
use crate::object::call::{Args, Outcome};
use crate::object::{Kind, Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use crate::vm::protocol::arith::is_plain;
use crate::vm::protocol::{float_arith, int_arith};

/// `int(x=0, /, base=10)`
fn new(vm: &mut Vm, args: Args) -> Outcome {
    if let [class, x] = *args.values
        && args.names.is_empty()
        && class == vm.types.int.value()
    {
        // Nothing to bind, and the result is as it is.
        let int = vm.int_from(x)?;
        return Ok(vm.as_subclass(vm.types.int, int));
    }
    let class = vm.class_arg(args.values[0], vm.types.int)?;
    let given = args.pos().len() - 1;
    if given > 2 {
        return Err(vm.type_error(format!("int expected at most 2 arguments, got {given}")));
    }
    let parameters = Parameters { function: "int", names: ["", "base"], required: 0, positional: 2 };
    let [x, base] = parameters.bind(vm, args, 1)?;
    let int = match (x, base) {
        (None, None) => Ref::int(0),
        (None, Some(_)) => return Err(vm.type_error("int() missing string argument")),
        (Some(x), None) => vm.int_from(x)?,
        (Some(x), Some(base)) => {
            let base = vm.index_value(base)?;
            let base = base.as_int().map_or(10, |int| slice_index::saturate(&Int::from(int)));
            parse_with_base(vm, x, base)?
        }
    };
    Ok(vm.as_subclass(class, int))
}

fn parse_with_base(vm: &mut Vm, x: Value, base: i64) -> Outcome {
    let limit = vm.digit_limit();
    if let Some(text) = x.as_str() {
        return vm.checked(int_text::parse_int(text, base, limit)).map(Ref::from);
    }
    let Some(bytes) = x.as_bytes() else {
        return Err(vm.type_error("int() can't convert non-string with explicit base"));
    };
    let parsed = match std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii()) {
        Some(text) => int_text::parse_int(text, base, limit),
        None => Err(Fault::value("")),
    };
    match parsed {
        Ok(int) => Ok(int.into()),
        Err(fault) if fault.text.starts_with("invalid literal") || fault.text.is_empty() => {
            Err(vm.fault(int_text::invalid_literal(base, &str_repr::repr_bytes(bytes))))
        }
        Err(fault) => Err(vm.fault(fault)),
    }
}

impl Vm {
    /// `int(x)`.
    ///
    /// # Errors
    /// ValueError for bad text or NaN; OverflowError for an infinity; TypeError for what is no number or text.
    pub fn int_from(&mut self, x: Value) -> Outcome {
        if x.is_int() {
            return Ok(x.to_ref());
        }
        if x.is_kind(Kind::Str) && is_plain(x) {
            return parse_with_base(self, x, 10);
        }
        let (int, index) = (self.names.int_, self.names.index);
        if let Some(method) = self.overriding(x, int) {
            let result = self.call_values(method, &[x])?;
            return match result.as_int() {
                Some(int) => Ok(int_arith::plain(int)),
                None => {
                    let name = self.type_name(*result);
                    Err(self.type_error(format!("__int__ returned non-int (type {name})")))
                }
            };
        }
        if let Some(int) = x.as_int() {
            return Ok(int_arith::plain(int));
        }
        if let Some(float) = x.as_float() {
            return self.checked(float_math::to_int(float)).map(Ref::from);
        }
        if self.overriding(x, index).is_some() {
            return self.index_value(x);
        }
        if x.as_str().is_some() || x.as_bytes().is_some() {
            return parse_with_base(self, x, 10);
        }
        if let Some(method) = self.overriding(x, self.names.trunc) {
            let result = self.call_values(method, &[x])?;
            if result.as_int().is_some() || self.overriding(*result, index).is_some() {
                return self.index_value(*result);
            }
            let name = self.type_name(*result);
            return Err(self.type_error(format!("__trunc__ returned non-Integral (type {name})")));
        }
        let name = self.type_name(x);
        Err(self
            .type_error(format!("int() argument must be a string, a bytes-like object or a real number, not '{name}'")))
    }
}

/// The int of `self`.
fn this(args: Args) -> Int {
    args.values[0].as_int().map_or(Int::Small(0), Into::into)
}

fn plain(_: &mut Vm, args: Args) -> Outcome {
    Ok(this(args).into())
}

fn zero(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(0))
}

fn one(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::int(1))
}

fn yes(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::bool(true))
}

fn float(vm: &mut Vm, args: Args) -> Outcome {
    let x = vm.checked(float_arith::as_float(args.values[0]))?;
    Ok(Ref::float(x.unwrap_or_default()))
}

fn bit_length(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(int_math::bit_length(&this(args)) as i64))
}

fn bit_count(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::int(int_math::bit_count(&this(args)) as i64))
}

fn as_integer_ratio(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::tuple(vec![this(args).into(), Ref::int(1)]))
}

/// `__round__(ndigits=None)`
fn round(vm: &mut Vm, args: Args) -> Outcome {
    match args.values.get(1).filter(|v| !v.is_none()) {
        None => Ok(this(args).into()),
        Some(digits) => {
            let digits = vm.index_value(*digits)?;
            let digits = digits.as_int().map_or(0, |int| slice_index::saturate(&Int::from(int)));
            Ok(int_math::round_digits(&this(args), digits).into())
        }
    }
}

/// Whether the byte order is big.
fn is_big_endian(vm: &mut Vm, order: Option<Value>, function: &str) -> Outcome<bool> {
    let Some(order) = order else { return Ok(true) };
    match vm.text_arg(&order, &format!("{function}() argument 'byteorder'"))? {
        "big" => Ok(true),
        "little" => Ok(false),
        _ => Err(vm.value_error("byteorder must be either 'little' or 'big'")),
    }
}

/// `to_bytes(length=1, byteorder='big', *, signed=False)`
fn to_bytes(vm: &mut Vm, args: Args) -> Outcome {
    let parameters =
        Parameters { function: "to_bytes", names: ["length", "byteorder", "signed"], required: 0, positional: 2 };
    let [length, order, signed] = parameters.bind(vm, args, 1)?;
    let length = match length {
        None => 1,
        Some(length) => vm.index(length)?,
    };
    let big_endian = is_big_endian(vm, order, "to_bytes")?;
    let signed = match signed {
        None => false,
        Some(signed) => vm.truth(signed)?,
    };
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    vm.checked(int_math::to_bytes(&this(args), length, big_endian, signed)).map(Ref::bytes)
}

/// `from_bytes(bytes, byteorder='big', *, signed=False)`
fn from_bytes(vm: &mut Vm, args: Args) -> Outcome {
    let parameters =
        Parameters { function: "from_bytes", names: ["bytes", "byteorder", "signed"], required: 1, positional: 2 };
    let [bytes, order, signed] = parameters.bind(vm, args, 1)?;
    let big_endian = is_big_endian(vm, order, "from_bytes")?;
    let signed = match signed {
        None => false,
        Some(signed) => vm.truth(signed)?,
    };
    let source = bytes.unwrap_or(Value::NONE);
    if source.as_int().is_some() {
        let name = vm.type_name(source);
        return Err(vm.type_error(format!("cannot convert '{name}' object to bytes")));
    }
    let bytes = vm.bytes_from(source, "bytes")?;
    let int: Ref = int_math::from_bytes(&bytes, big_endian, signed).into();
    let class = args.values[0];
    if class == vm.types.int.value() {
        return Ok(int);
    }
    Err(vm.tail_call(class, &[*int]))
}

natives! {
    METHODS;
    "__new__", new, 1, 4, keywords;
    "bit_length", bit_length, 1, 1;
    "bit_count", bit_count, 1, 1;
    "conjugate", plain, 1, 1;
    "as_integer_ratio", as_integer_ratio, 1, 1;
    "is_integer", yes, 1, 1;
    "to_bytes", to_bytes, 1, MANY, keywords;
    "__int__", plain, 1, 1;
    "__index__", plain, 1, 1;
    "__float__", float, 1, 1;
    "__trunc__", plain, 1, 1;
    "__floor__", plain, 1, 1;
    "__ceil__", plain, 1, 1;
    "__round__", round, 1, 2;
}

natives! {
    CLASS_METHODS;
    "from_bytes", from_bytes, 1, MANY, keywords;
}

natives! {
    GETTERS;
    "real", plain, 1, 1;
    "imag", zero, 1, 1;
    "numerator", plain, 1, 1;
    "denominator", one, 1, 1;
}

pub fn install(vm: &mut Vm) {
    let int = vm.types.int;
    vm.add_methods(int, METHODS);
    vm.add_class_methods(int, CLASS_METHODS);
    vm.add_getters(int, GETTERS);
}
