//! `float`: the constructor and the methods.

use crate::natives;
use crate::object::algo::{Fault, Int, float_hex, float_math, float_text, slice_index, str_repr};
use crate::object::call::{Args, Outcome};
use crate::object::{Ref, Value};
use crate::vm::Vm;

/// `float(x=0.0, /)`
fn new(vm: &mut Vm, args: Args) -> Outcome {
    let class = vm.class_arg(args.values[0], vm.types.float)?;
    let x = match args.values.get(1) {
        None => 0.0,
        Some(x) => vm.float_from(*x)?,
    };
    Ok(vm.as_subclass(class, Ref::float(x)))
}

impl Vm {
    /// `float(x)`.
    ///
    /// # Errors
    /// ValueError for bad text; OverflowError for too large an int; TypeError for what is no number or text.
    pub fn float_from(&mut self, x: Value) -> Outcome<f64> {
        if let Some(text) = x.as_str() {
            return self.checked(float_text::parse_float(text));
        }
        if let Some(bytes) = x.as_bytes() {
            let parsed = match std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii()) {
                Some(text) => float_text::parse_float(text),
                None => Err(Fault::value("")),
            };
            let shown = str_repr::repr_bytes(bytes);
            return match parsed {
                Ok(x) => Ok(x),
                Err(_) => Err(self.value_error(format!("could not convert string to float: {shown}"))),
            };
        }
        let (float, index) = (self.names.float_, self.names.index);
        let is_number = x.as_float().is_some() || x.as_int().is_some();
        if !is_number && self.overriding(x, float).is_none() && self.overriding(x, index).is_none() {
            let name = self.type_name(x);
            return Err(self.type_error(format!("float() argument must be a string or a real number, not '{name}'")));
        }
        self.real(x)
    }
}

/// The float of `self`.
fn this(args: Args) -> f64 {
    args.values[0].as_float().unwrap_or_default()
}

fn plain(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::float(this(args)))
}

fn zero(_: &mut Vm, _: Args) -> Outcome {
    Ok(Ref::float(0.0))
}

fn is_integer(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::bool(float_math::is_integer(this(args))))
}

fn as_integer_ratio(vm: &mut Vm, args: Args) -> Outcome {
    let (numerator, denominator) = vm.checked(float_math::as_integer_ratio(this(args)))?;
    Ok(Ref::tuple(vec![numerator.into(), denominator.into()]))
}

fn hex(_: &mut Vm, args: Args) -> Outcome {
    Ok(Ref::str(&float_hex::hex(this(args))))
}

/// `fromhex(string)`
fn from_hex(vm: &mut Vm, args: Args) -> Outcome {
    let Some(text) = args.values[1].as_str() else {
        return Err(vm.type_error("bad argument type for built-in operation"));
    };
    let x = vm.checked(float_hex::from_hex(text))?;
    let class = args.values[0];
    if class == vm.types.float.value() {
        return Ok(Ref::float(x));
    }
    let x = Ref::float(x);
    Err(vm.tail_call(class, &[*x]))
}

fn to_int(vm: &mut Vm, args: Args) -> Outcome {
    vm.checked(float_math::to_int(this(args))).map(Ref::from)
}

fn floor(vm: &mut Vm, args: Args) -> Outcome {
    vm.checked(float_math::to_int(this(args).floor())).map(Ref::from)
}

fn ceil(vm: &mut Vm, args: Args) -> Outcome {
    vm.checked(float_math::to_int(this(args).ceil())).map(Ref::from)
}

/// `__round__(ndigits=None)`
fn round(vm: &mut Vm, args: Args) -> Outcome {
    match args.values.get(1).filter(|v| !v.is_none()) {
        None => vm.checked(float_math::round_to_int(this(args))).map(Ref::from),
        Some(digits) => {
            let digits = vm.index_value(*digits)?;
            let digits = digits.as_int().map_or(0, |int| slice_index::saturate(&Int::from(int)));
            vm.checked(float_math::round_digits(this(args), digits)).map(Ref::float)
        }
    }
}

natives! {
    METHODS;
    "__new__", new, 1, 2;
    "conjugate", plain, 1, 1;
    "is_integer", is_integer, 1, 1;
    "as_integer_ratio", as_integer_ratio, 1, 1;
    "hex", hex, 1, 1;
    "__float__", plain, 1, 1;
    "__int__", to_int, 1, 1;
    "__trunc__", to_int, 1, 1;
    "__floor__", floor, 1, 1;
    "__ceil__", ceil, 1, 1;
    "__round__", round, 1, 2;
}

natives! {
    CLASS_METHODS;
    "fromhex", from_hex, 2, 2;
}

natives! {
    GETTERS;
    "real", plain, 1, 1;
    "imag", zero, 1, 1;
}

pub fn install(vm: &mut Vm) {
    let float = vm.types.float;
    vm.add_methods(float, METHODS);
    vm.add_class_methods(float, CLASS_METHODS);
    vm.add_getters(float, GETTERS);
}
