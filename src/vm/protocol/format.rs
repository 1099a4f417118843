//! `format()` and the replacement fields of f-strings.

use super::arith::is_plain;
use crate::object::algo::format_spec;
use crate::object::call::Outcome;
use crate::object::heap::Kind;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::asked::{Asked, Question};

/// The conversion of a replacement field (`!s`, `!r`, `!a`), as instructions encode it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conversion {
    None,
    Str,
    Repr,
    Ascii,
}

impl Conversion {
    /// From the two bits of a FORMAT instruction.
    pub const fn from_bits(bits: u8) -> Conversion {
        match bits & 3 {
            0 => Conversion::None,
            1 => Conversion::Str,
            2 => Conversion::Repr,
            _ => Conversion::Ascii,
        }
    }
}

impl Vm {
    /// A replacement field: `format(convert(v), spec)`. May answer `Signal::Call`.
    ///
    /// # Errors
    /// ValueError or TypeError for a bad spec; what the methods raise.
    pub fn format_value(&mut self, v: Value, conversion: Conversion, spec: Option<Value>) -> Outcome {
        let spec = spec.filter(|s| s.as_str() != Some(""));
        let Some(spec) = spec else {
            return match conversion {
                Conversion::None => self.format_tail(v, ""),
                Conversion::Str => self.str_tail(v),
                Conversion::Repr => self.repr_tail(v),
                Conversion::Ascii => self.ascii_tail(v),
            };
        };
        if conversion == Conversion::None {
            return self.format_tail(v, spec.as_str().unwrap_or_default());
        }
        if !self.has_native_str(v) {
            return Err(self.tail_prelude("format_converted", &[Value::small_int(conversion as i64), v, spec]));
        }
        let text = match conversion {
            Conversion::Repr => self.repr(v)?,
            Conversion::Ascii => self.ascii(v)?,
            _ => self.str(v)?,
        };
        self.native_format(*text, spec.as_str().unwrap_or_default())
    }

    /// `format(v, spec)`, by re-entry for user-defined methods.
    ///
    /// # Errors
    /// As [`Vm::format_value`].
    pub fn format(&mut self, v: Value, spec: &str) -> Outcome {
        let outcome = self.format_tail(v, spec);
        self.settle(outcome)
    }

    /// `format(v, spec)`; may answer `Signal::Call`.
    ///
    /// # Errors
    /// As [`Vm::format_value`].
    pub fn format_tail(&mut self, v: Value, spec: &str) -> Outcome {
        if !is_plain(v) || matches!(v.kind(), Some(Kind::Instance | Kind::Exception | Kind::Opaque)) {
            let name = self.names.format;
            if let Some(method) = self.overriding(v, name) {
                let spec = Ref::str(spec);
                return Err(self.tail_ask(method, "format_by_method", Asked::first(Question::Format, v, *spec)));
            }
        }
        self.native_format(v, spec)
    }

    /// `format(v, spec)` as the built-in type defines it. May answer `Signal::Call` (`str()` of the value).
    ///
    /// # Errors
    /// As [`Vm::format_value`].
    pub fn native_format(&mut self, v: Value, spec: &str) -> Outcome {
        if spec.is_empty() {
            return self.str_tail(v);
        }
        let name = self.type_name(v);
        let limit = self.digit_limit();
        let text = if let Some(text) = v.as_str() {
            self.checked(format_spec::format_str(text, spec, &name))?
        } else if let Some(int) = v.as_int() {
            self.checked(format_spec::format_int(&int.into(), spec, &name, limit))?
        } else if let Some(x) = v.as_float() {
            self.checked(format_spec::format_float(x, spec, &name))?
        } else {
            return Err(self.fault(format_spec::unsupported(&name)));
        };
        Ok(Ref::str(&text))
    }
}
