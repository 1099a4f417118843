//! `repr()`, `str()` and `ascii()`: the entry points, and the representation of data. `repr_object` has functions, types,
//! exceptions and the other objects.
//!
//! The plain entry points nest for user-defined methods; those named `…_tail` hand the method over to the machine instead,
//! for natives that end there. Items of containers always nest.

use super::arith::is_plain;
use crate::object::algo::{float_text, int_text, str_repr};
use crate::object::call::Outcome;
use crate::object::container::{Range, Slice, Tuple};
use crate::object::dict::Dict;
use crate::object::function::Native;
use crate::object::heap::Kind;
use crate::object::iter::{DictPart, DictView};
use crate::object::number::IntRef;
use crate::object::text::Str;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::asked::{Asked, Question};
use rustc_hash::FxHashSet;
use std::cell::RefCell;

thread_local! {
    /// Containers whose representation is being made: met again inside, they are shown as `[...]`.
    static ACTIVE: RefCell<FxHashSet<Value>> = RefCell::default();
}

thread_local! {
    /// See [`Vm::digit_limit`].
    static DIGIT_LIMIT: std::cell::Cell<usize> = const { std::cell::Cell::new(int_text::DEFAULT_DIGIT_LIMIT) };
}

impl Vm {
    /// `repr(v)`.
    ///
    /// # Errors
    /// What `__repr__` raises; TypeError if it gives no str; RecursionError.
    pub fn repr(&mut self, v: Value) -> Outcome {
        if v.is_int() {
            return Ok(Ref::decimal(v.as_small_int()));
        }
        if let Some(method) = self.repr_override(v) {
            let text = self.call_values(method, &[v])?;
            return self.must_be_text(text, "__repr__");
        }
        let mut out = String::new();
        self.write_native_repr(v, &mut out)?;
        Ok(Ref::str(&out))
    }

    /// `repr(v)`; answers `Signal::Call` for a user-defined `__repr__`.
    ///
    /// # Errors
    /// As [`Vm::repr`].
    pub fn repr_tail(&mut self, v: Value) -> Outcome {
        match self.repr_override(v) {
            Some(method) => Err(self.tail_ask(method, "repr_by_method", Asked::first(Question::Repr, v, Value::NONE))),
            None => self.repr(v),
        }
    }

    /// Appends `repr(v)`.
    ///
    /// # Errors
    /// As [`Vm::repr`].
    pub fn write_repr(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        match self.repr_override(v) {
            Some(method) => {
                let text = self.nested(" while getting the repr of an object", |vm| vm.call_values(method, &[v]))?;
                let text = self.must_be_text(text, "__repr__")?;
                out.push_str(text.as_str().unwrap_or_default());
                Ok(())
            }
            None => self.write_native_repr(v, out),
        }
    }

    /// `str(v)`.
    ///
    /// # Errors
    /// What `__str__` or `__repr__` raises; TypeError if it gives no str.
    pub fn str(&mut self, v: Value) -> Outcome {
        if v.is_kind(Kind::Str) && is_plain(v) {
            return Ok(v.to_ref());
        }
        if let Some(method) = self.str_override(v) {
            let text = self.call_values(method, &[v])?;
            return self.must_be_text(text, "__str__");
        }
        self.native_str(v)
    }

    /// `str(v)`; answers `Signal::Call` for a user-defined `__str__` or `__repr__`.
    ///
    /// # Errors
    /// As [`Vm::str`].
    pub fn str_tail(&mut self, v: Value) -> Outcome {
        if v.is_int() {
            return Ok(Ref::decimal(v.as_small_int()));
        }
        if v.is_kind(Kind::Str) && is_plain(v) {
            return Ok(v.to_ref());
        }
        if let Some(method) = self.str_override(v) {
            return Err(self.tail_ask(method, "str_by_method", Asked::first(Question::Str, v, Value::NONE)));
        }
        if v.is_kind(Kind::Str) || v.is_kind(Kind::Exception) {
            return self.native_str(v);
        }
        match self.repr_override(v) {
            Some(method) => Err(self.tail_ask(method, "str_by_method", Asked::first(Question::Str, v, Value::NONE))),
            None => self.repr(v),
        }
    }

    /// `str(v)` where the class defines no `__str__` of its own.
    ///
    /// # Errors
    /// As [`Vm::str`].
    pub fn native_str(&mut self, v: Value) -> Outcome {
        match v.kind() {
            Some(Kind::Str) => Ok(Ref::str(v.as_str().unwrap_or_default())),
            Some(Kind::Exception) => self.exception_str(v),
            _ => match self.repr_override(v) {
                Some(method) => {
                    let text = self.call_values(method, &[v])?;
                    self.must_be_text(text, "__str__")
                }
                None => self.repr(v),
            },
        }
    }

    /// Whether `str(v)` and `repr(v)` of all of it run no Coro code (as far as is known without looking inside containers).
    pub fn has_native_str(&mut self, v: Value) -> bool {
        self.str_override(v).is_none() && (v.is_kind(Kind::Str) || self.repr_override(v).is_none())
    }

    /// Appends `str(v)`.
    ///
    /// # Errors
    /// As [`Vm::str`].
    pub fn write_str(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        if is_plain(v) {
            if let Some(text) = v.as_str() {
                out.push_str(text);
                return Ok(());
            }
        }
        let text = self.str(v)?;
        out.push_str(text.as_str().unwrap_or_default());
        Ok(())
    }

    /// `ascii(v)`.
    ///
    /// # Errors
    /// As [`Vm::repr`].
    pub fn ascii(&mut self, v: Value) -> Outcome {
        let text = self.repr(v)?;
        match text.get::<Str>() {
            Some(s) if !s.is_ascii() => Ok(Ref::str(&str_repr::escape_non_ascii(s.as_str()))),
            _ => Ok(text),
        }
    }

    /// `ascii(v)`; answers `Signal::Call` for a user-defined `__repr__`.
    ///
    /// # Errors
    /// As [`Vm::repr`].
    pub fn ascii_tail(&mut self, v: Value) -> Outcome {
        match self.repr_override(v) {
            Some(method) => Err(self.tail_prelude("ascii_by_method", &[method, v])),
            None => self.ascii(v),
        }
    }

    pub(in crate::vm) fn must_be_text(&mut self, text: Ref, method: &str) -> Outcome {
        if text.is_kind(Kind::Str) {
            return Ok(text);
        }
        let name = self.type_name(*text);
        Err(self.type_error(format!("{method} returned non-string (type {name})")))
    }

    /// The `__repr__` that stands in place of the native representation.
    fn repr_override(&mut self, v: Value) -> Option<Value> {
        if !may_override(v) {
            return None;
        }
        let name = self.names.repr;
        self.overriding(v, name).filter(|method| !is_own_native(v, *method))
    }

    /// The `__str__` that stands in place of the native one.
    fn str_override(&mut self, v: Value) -> Option<Value> {
        if !may_override(v) {
            return None;
        }
        let name = self.names.str_;
        // A class may have the native `__repr__` of its data type as its `__str__`, or that of `object`.
        let object = self.types.object.value();
        let is_repr = |method: &Value| {
            let native = method.get::<Native>();
            native.is_some_and(|native| native.def.name == "__repr__" || native.owner == object && v.is_kind(Kind::Str))
        };
        self.overriding(v, name).filter(|method| is_repr(method) || !is_own_native(v, *method))
    }

    /// Appends the representation that the built-in type gives, whatever a subclass says.
    ///
    /// # Errors
    /// As [`Vm::repr`], for items.
    pub fn write_native_repr(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        if v.is_int() {
            out.push_str(int_text::small_to_decimal(v.as_small_int(), &mut [0; 20]));
            return Ok(());
        }
        let Some(kind) = v.kind() else {
            match v {
                Value::NONE => out.push_str("None"),
                Value::TRUE => out.push_str("True"),
                Value::FALSE => out.push_str("False"),
                Value::ELLIPSIS => out.push_str("Ellipsis"),
                Value::NOT_IMPLEMENTED => out.push_str("NotImplemented"),
                _ => out.push_str(&float_text::repr_float(v.as_word_double().unwrap_or_default())),
            }
            return Ok(());
        };
        match kind {
            Kind::BigInt => match v.as_int() {
                Some(IntRef::Small(i)) => out.push_str(&i.to_string()),
                Some(IntRef::Big(big)) => {
                    let text = self.checked(int_text::big_to_decimal(big, self.digit_limit()))?;
                    out.push_str(&text);
                }
                None => {}
            },
            Kind::Float => out.push_str(&float_text::repr_float(v.as_float().unwrap_or_default())),
            Kind::Str => str_repr::write_repr(v.as_str().unwrap_or_default(), out),
            Kind::Bytes => out.push_str(&str_repr::repr_bytes(v.as_bytes().unwrap_or_default())),
            Kind::ByteArray => {
                out.push_str(&self.type_name(v));
                out.push('(');
                out.push_str(&str_repr::repr_bytearray_literal(v.as_bytes().unwrap_or_default()));
                out.push(')');
            }
            Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::FrozenSet | Kind::DictView => {
                self.write_container(kind, v, out)?;
            }
            Kind::Range => self.write_range(v, out)?,
            Kind::Slice => self.write_slice(v, out)?,
            _ => self.write_object(kind, v, out)?,
        }
        Ok(())
    }

    /// The most digits that an int is shown or read with; 0 is no limit.
    pub fn digit_limit(&self) -> usize {
        DIGIT_LIMIT.get()
    }

    /// Sets that limit.
    pub fn set_digit_limit(&mut self, digits: usize) {
        DIGIT_LIMIT.set(digits);
    }

    fn write_range(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        let Some(range) = v.get::<Range>() else { return Ok(()) };
        out.push_str("range(");
        self.write_repr(*range.start, out)?;
        out.push_str(", ");
        self.write_repr(*range.stop, out)?;
        if *range.step != Value::small_int(1) {
            out.push_str(", ");
            self.write_repr(*range.step, out)?;
        }
        out.push(')');
        Ok(())
    }

    fn write_slice(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        let Some(slice) = v.get::<Slice>() else { return Ok(()) };
        out.push_str("slice(");
        self.write_repr(*slice.start, out)?;
        out.push_str(", ");
        self.write_repr(*slice.stop, out)?;
        out.push_str(", ");
        self.write_repr(*slice.step, out)?;
        out.push(')');
        Ok(())
    }

    fn write_container(&mut self, kind: Kind, v: Value, out: &mut String) -> Outcome<()> {
        if !ACTIVE.with_borrow_mut(|active| active.insert(v)) {
            match kind {
                Kind::List => out.push_str("[...]"),
                Kind::Tuple => out.push_str("(...)"),
                Kind::Dict => out.push_str("{...}"),
                Kind::DictView => out.push_str("..."),
                _ => out.push_str(&format!("{}(...)", self.type_name(v))),
            }
            return Ok(());
        }
        let result = self.nested(" while getting the repr of an object", |vm| match kind {
            Kind::List => vm.write_list(v, out),
            Kind::Tuple => vm.write_tuple(v, out),
            Kind::Dict => vm.write_dict(v, out),
            Kind::DictView => vm.write_view(v, out),
            _ => vm.write_set(v, out),
        });
        ACTIVE.with_borrow_mut(|active| active.remove(&v));
        result
    }

    fn write_list(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        out.push('[');
        let mut at = 0;
        // The list may change while an item's `__repr__` runs.
        while let Some(item) = v.as_sequence().and_then(|items| items.get(at)).cloned() {
            if at > 0 {
                out.push_str(", ");
            }
            self.write_repr(*item, out)?;
            at += 1;
        }
        out.push(']');
        Ok(())
    }

    fn write_tuple(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        let items = v.get::<Tuple>().map(Tuple::values).unwrap_or_default();
        out.push('(');
        self.write_joined(items, out)?;
        out.push_str(if items.len() == 1 { ",)" } else { ")" });
        Ok(())
    }

    /// Representations with `, ` between them.
    pub(super) fn write_joined(&mut self, items: &[Value], out: &mut String) -> Outcome<()> {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                out.push_str(", ");
            }
            self.write_repr(*item, out)?;
        }
        Ok(())
    }

    fn write_dict(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        let Some(dict) = v.get::<Dict>() else { return Ok(()) };
        out.push('{');
        let mut first = true;
        let mut at = 0;
        while at < dict.positions() {
            if let Some((key, value)) = dict.entry(at).map(|e| (e.key.clone(), e.value.clone())) {
                if !first {
                    out.push_str(", ");
                }
                first = false;
                self.write_repr(*key, out)?;
                out.push_str(": ");
                self.write_repr(*value, out)?;
            }
            at += 1;
        }
        out.push('}');
        Ok(())
    }

    fn write_view(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        let Some(view) = v.get::<DictView>() else { return Ok(()) };
        let Some(dict) = view.dict.get::<Dict>() else { return Ok(()) };
        let items: Vec<Ref> = dict
            .iter()
            .map(|e| match view.part {
                DictPart::Keys => e.key.clone(),
                DictPart::Values => e.value.clone(),
                DictPart::Items => Ref::tuple(vec![e.key.clone(), e.value.clone()]),
            })
            .collect();
        out.push_str(&self.type_name(v));
        out.push_str("([");
        let values: Vec<Value> = items.iter().map(|item| **item).collect();
        self.write_joined(&values, out)?;
        out.push_str("])");
        Ok(())
    }

    fn write_set(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        let items: Vec<Ref> = super::set_algebra::entries(v).into_iter().map(|(_, key)| key).collect();
        let name = self.type_name(v);
        if items.is_empty() {
            out.push_str(&format!("{name}()"));
            return Ok(());
        }
        let bare = name == "set" && is_plain(v);
        if !bare {
            out.push_str(&name);
            out.push('(');
        }
        out.push('{');
        let values: Vec<Value> = items.iter().map(|item| **item).collect();
        self.write_joined(&values, out)?;
        out.push('}');
        if !bare {
            out.push(')');
        }
        Ok(())
    }
}

/// Whether the value's class may define its own representation.
fn may_override(v: Value) -> bool {
    use Kind::*;
    match v.kind() {
        None => false,
        Some(
            BigInt | Float | Str | Bytes | ByteArray | List | Tuple | Dict | Set | FrozenSet | Range | Slice | Function
            | Native | BoundMethod | Cell | Generator | Coroutine | AsyncGenerator | Code | Module,
        ) => !is_plain(v),
        Some(_) => true,
    }
}

/// A native method of a kind whose representation is here: it would only lead back.
fn is_own_native(v: Value, method: Value) -> bool {
    use Kind::*;
    method.is_kind(Native)
        && !matches!(
            v.kind(),
            Some(Instance | Opaque | Iter | Future | Task | Context | ContextVar | Token | Handle | WeakRef | File)
                | Some(MappingProxy | Union | GenericAlias | Frame | Traceback)
                // Tuples with named fields: `tuple`'s own method is not found here.
                | Some(Tuple)
        )
}
