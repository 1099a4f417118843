//! The `%` operator of strings and bytes.

use super::arith::is_plain;
use super::float_arith;
use crate::object::algo::percent::{self, Amount, Argument, Conversion, Layout, Piece, Pieces};
use crate::object::algo::{Int, float_math, int_text};
use crate::object::call::Outcome;
use crate::object::container::Tuple;
use crate::object::heap::Kind;
use crate::object::{Ref, Value};
use crate::vm::Vm;

/// The right operand, handed out one argument at a time.
struct Arguments {
    /// A tuple gives its items, anything else itself.
    values: Vec<Ref>,
    next: usize,
    /// The operand as a mapping, if it may be one.
    mapping: Option<Ref>,
}

impl Arguments {
    fn take(&mut self, vm: &mut Vm) -> Outcome {
        match self.values.get(self.next) {
            Some(value) => {
                self.next += 1;
                Ok(value.clone())
            }
            None => Err(vm.fault(percent::not_enough())),
        }
    }
}

impl Vm {
    /// `template % operand` of a str.
    ///
    /// # Errors
    /// TypeError, ValueError, KeyError as CPython.
    pub(super) fn percent_str(&mut self, template: Value, operand: Value) -> Outcome {
        let text = template.as_str().unwrap_or_default();
        Ok(Ref::str(&self.percent(text, operand, false)?))
    }

    /// `template % operand` of bytes or bytearray: done on text of one character for each byte.
    ///
    /// # Errors
    /// As [`Vm::percent_str`].
    pub(super) fn percent_bytes(&mut self, template: Value, operand: Value) -> Outcome {
        let text = latin1(template.as_bytes().unwrap_or_default());
        let result = self.percent(&text, operand, true)?;
        let bytes = result.chars().map(|c| c as u8).collect();
        Ok(if template.is_kind(Kind::ByteArray) { Ref::bytearray(bytes) } else { Ref::bytes(bytes) })
    }

    fn percent(&mut self, template: &str, operand: Value, bytes: bool) -> Outcome<String> {
        let values = match operand.get::<Tuple>() {
            Some(tuple) => tuple.items().to_vec(),
            None => vec![operand.to_ref()],
        };
        let textual = matches!(operand.kind(), Some(Kind::Tuple | Kind::Str))
            || (bytes && matches!(operand.kind(), Some(Kind::Bytes | Kind::ByteArray)));
        let mapping = (!textual && self.is_mapping(operand)).then(|| operand.to_ref());
        let mut arguments = Arguments { values, next: 0, mapping };
        let mut out = String::with_capacity(template.len() + 16);
        for piece in Pieces::new(template) {
            match self.checked(piece)? {
                Piece::Literal(text) => out.push_str(text),
                Piece::Conversion(conversion) => self.convert(&conversion, &mut arguments, bytes, &mut out)?,
            }
        }
        if arguments.next < arguments.values.len() && arguments.mapping.is_none() {
            let what = if bytes { "not all arguments converted during bytes formatting" } else { "" };
            return Err(if bytes { self.type_error(what) } else { self.fault(percent::too_many()) });
        }
        Ok(out)
    }

    fn is_mapping(&mut self, v: Value) -> bool {
        match v.kind() {
            Some(Kind::Dict | Kind::List | Kind::Bytes | Kind::ByteArray | Kind::Range | Kind::MappingProxy) => true,
            Some(_) => self.type_of(v).lookup(self.names.getitem).is_some(),
            None => false,
        }
    }

    fn convert(
        &mut self,
        conversion: &Conversion,
        arguments: &mut Arguments,
        bytes: bool,
        out: &mut String,
    ) -> Outcome<()> {
        let mut keyed = None;
        if let Some(key) = conversion.key {
            let Some(mapping) = arguments.mapping.clone() else {
                return Err(self.fault(percent::not_a_mapping()));
            };
            let key = if bytes { Ref::bytes(key.chars().map(|c| c as u8).collect()) } else { Ref::str(key) };
            let outcome = self.get_item(*mapping, *key);
            keyed = Some(self.settle(outcome)?);
            // After a key nothing is left for conversions without one.
            arguments.next = arguments.values.len();
        }
        if conversion.is_bare() && !bytes {
            return self.convert_bare(conversion, arguments, out);
        }
        let width = self.star(conversion.width, arguments)?;
        let precision = self.star(conversion.precision, arguments)?;
        let layout = self.checked(conversion.resolve(width.as_ref(), precision.as_ref()))?;
        let value = match keyed {
            Some(value) => value,
            None => arguments.take(self)?,
        };
        let text = self.convert_value(&layout, *value, bytes)?;
        out.push_str(&text);
        Ok(())
    }

    /// A conversion without key, flags, width and precision: mostly of a `str` or a small int.
    fn convert_bare(&mut self, conversion: &Conversion, arguments: &mut Arguments, out: &mut String) -> Outcome<()> {
        let value = arguments.take(self)?;
        match (conversion.kind, value.as_str()) {
            ('s', Some(text)) if is_plain(*value) => out.push_str(text),
            ('s' | 'd' | 'i', None) if value.is_int() => {
                out.push_str(int_text::small_to_decimal(value.as_small_int(), &mut [0; 20]));
            }
            _ => {
                let layout = self.checked(conversion.resolve(None, None))?;
                out.push_str(&self.convert_value(&layout, *value, false)?);
            }
        }
        Ok(())
    }

    fn star(&mut self, amount: Option<Amount>, arguments: &mut Arguments) -> Outcome<Option<Int>> {
        if amount != Some(Amount::Star) {
            return Ok(None);
        }
        let value = arguments.take(self)?;
        match value.as_int() {
            Some(int) => Ok(Some(int.into())),
            None => Err(self.fault(percent::star_not_int())),
        }
    }

    fn convert_value(&mut self, layout: &Layout, value: Value, bytes: bool) -> Outcome<String> {
        if bytes && matches!(layout.kind, 'b' | 's') {
            return match value.as_bytes() {
                Some(raw) => Ok(layout.format_text(&latin1(raw))),
                None => self.bytes_of(value, layout),
            };
        }
        let argument = if bytes && layout.kind == 'r' { Argument::Ascii } else { self.checked(layout.argument())? };
        let limit = self.digit_limit();
        let text = match argument {
            Argument::Str => self.str(value)?,
            Argument::Repr => self.repr(value)?,
            Argument::Ascii => self.ascii(value)?,
            Argument::Number => {
                let int = self.percent_number(layout, value)?;
                return self.checked(layout.format_int(&int, limit));
            }
            Argument::Integer => {
                let int = match value.as_int() {
                    Some(int) => int.into(),
                    None => self.percent_index(layout, value)?,
                };
                return self.checked(layout.format_int(&int, limit));
            }
            Argument::Float => {
                let x = self.percent_real(value)?;
                return Ok(layout.format_float(x));
            }
            Argument::Char => return self.percent_char(layout, value, bytes),
        };
        Ok(layout.format_text(text.as_str().unwrap_or_default()))
    }

    fn bytes_of(&mut self, value: Value, layout: &Layout) -> Outcome<String> {
        let name = self.names.bytes_;
        if let Some(method) = self.overriding(value, name) {
            let raw = self.call_values(method, &[value])?;
            if let Some(raw) = raw.as_bytes() {
                return Ok(layout.format_text(&latin1(raw)));
            }
        }
        let (kind, name) = (layout.kind, self.type_name(value));
        Err(self.type_error(format!(
            "%{} requires a bytes-like object, or an object that implements __bytes__, not '{name}'",
            if kind == 's' { 'b' } else { kind }
        )))
    }

    fn percent_number(&mut self, layout: &Layout, value: Value) -> Outcome<Int> {
        if let Some(int) = value.as_int() {
            return Ok(int.into());
        }
        if let Some(x) = value.as_float() {
            return self.checked(float_math::to_int(x));
        }
        let (index, int) = (self.names.index, self.names.int_);
        for name in [index, int] {
            if let Some(method) = self.overriding(value, name) {
                let result = self.call_values(method, &[value])?;
                if let Some(int) = result.as_int() {
                    return Ok(int.into());
                }
            }
        }
        let name = self.type_name(value);
        Err(self.fault(layout.not_a_number(&name)))
    }

    fn percent_index(&mut self, layout: &Layout, value: Value) -> Outcome<Int> {
        let name = self.names.index;
        if self.overriding(value, name).is_none() {
            let name = self.type_name(value);
            return Err(self.fault(layout.not_an_integer(&name)));
        }
        let int = self.index_value(value)?;
        Ok(int.as_int().map_or(Int::Small(0), Into::into))
    }

    fn percent_real(&mut self, value: Value) -> Outcome<f64> {
        if let Some(x) = self.checked(float_arith::as_float(value))? {
            return Ok(x);
        }
        self.real(value)
    }

    fn percent_char(&mut self, layout: &Layout, value: Value, bytes: bool) -> Outcome<String> {
        if bytes {
            let byte = match (value.as_bytes(), value.as_i64()) {
                (Some([byte]), _) => Some(*byte),
                (_, Some(code)) => match u8::try_from(code) {
                    Ok(byte) => Some(byte),
                    Err(_) => return Err(self.overflow_error("%c arg not in range(256)")),
                },
                _ => None,
            };
            return match byte {
                Some(byte) => Ok(layout.format_char(byte as char)),
                None => Err(self.type_error("%c requires an integer in range(256) or a single byte")),
            };
        }
        if let Some(text) = value.as_str() {
            let mut chars = text.chars();
            if let (Some(c), None) = (chars.next(), chars.next()) {
                return Ok(layout.format_char(c));
            }
            return Err(self.fault(percent::not_a_char()));
        }
        let int: Int = match value.as_int() {
            Some(int) => int.into(),
            None => {
                let name = self.names.index;
                if self.overriding(value, name).is_none() {
                    return Err(self.fault(percent::not_a_char()));
                }
                let int = self.index_value(value)?;
                int.as_int().map_or(Int::Small(0), Into::into)
            }
        };
        let c = self.checked(percent::code_point(&int))?;
        Ok(layout.format_char(c))
    }
}

/// Bytes as text of one character each.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&b| b as char).collect()
}
