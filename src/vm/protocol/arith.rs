//! Arithmetic and bitwise operators: the native path, and the entry points.

use super::{BinOp, UnaryOp, float_arith, int_arith};
use crate::object::call::{Outcome, Signal};
use crate::object::heap::{Kind, flag};
use crate::object::number::IntRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;

/// Whether the value is of a built-in type itself, not of a user-defined subclass of one.
#[inline(always)]
pub fn is_plain(value: Value) -> bool {
    // Safety: a pointer word points at a live header.
    !value.is_ptr() || unsafe { (*value.header()).flags & flag::SUBCLASS == 0 }
}

impl Vm {
    /// `a op b`, or `a op= b` if `in_place`. May answer `Signal::Call` for operands of user-defined classes.
    ///
    /// # Errors
    /// TypeError for operands without the operator; what the operator raises.
    pub fn binary(&mut self, op: BinOp, a: Value, b: Value, in_place: bool) -> Outcome {
        if is_plain(a) && is_plain(b) {
            if let Some(result) = self.native_binary(op, a, b, in_place)? {
                return Ok(result);
            }
        }
        self.dispatch_binary(op, a, b, in_place)
    }

    /// The operator as the built-in types define it (for instances of their subclasses too); `None` if they do not.
    ///
    /// # Errors
    /// What the operator raises; a wrong operand of a sequence is not an error here yet.
    pub fn native_binary(&mut self, op: BinOp, a: Value, b: Value, in_place: bool) -> Outcome<Option<Ref>> {
        if let Some(result) = self.number_binary(op, a, b)? {
            return Ok(Some(result));
        }
        let (left, right) = (a.kind(), b.kind());
        let set_like = |k| matches!(k, Some(Kind::Set | Kind::FrozenSet | Kind::DictView));
        match op {
            BinOp::Mod if left == Some(Kind::Str) => self.percent_str(a, b).map(Some),
            BinOp::Mod if matches!(left, Some(Kind::Bytes | Kind::ByteArray)) => self.percent_bytes(a, b).map(Some),
            BinOp::Add => self.concatenate(a, b, in_place),
            BinOp::Mul => self.repeat(a, b, in_place),
            BinOp::Or if left == Some(Kind::Dict) && right != Some(Kind::DictView) => self.dict_union(a, b, in_place),
            BinOp::And | BinOp::Or | BinOp::Xor | BinOp::Sub if set_like(left) || set_like(right) => {
                self.set_binary(op, a, b, in_place)
            }
            _ => Ok(None),
        }
    }

    /// The operator on two numbers; `None` if an operand is none, or numbers do not have it.
    ///
    /// # Errors
    /// ZeroDivisionError, OverflowError, ValueError, MemoryError.
    pub fn number_binary(&mut self, op: BinOp, a: Value, b: Value) -> Outcome<Option<Ref>> {
        if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
            if a.is_bool() && b.is_bool() {
                let (p, q) = (a == Value::TRUE, b == Value::TRUE);
                match op {
                    BinOp::And => return Ok(Some(Ref::bool(p & q))),
                    BinOp::Or => return Ok(Some(Ref::bool(p | q))),
                    BinOp::Xor => return Ok(Some(Ref::bool(p ^ q))),
                    _ => {}
                }
            }
            let result = int_arith::binary(op, x, y);
            return self.checked(result);
        }
        if a.as_float().is_none() && b.as_float().is_none() {
            return Ok(None);
        }
        let (x, y) = (float_arith::as_float(a), float_arith::as_float(b));
        if matches!(x, Ok(None)) || matches!(y, Ok(None)) {
            return Ok(None);
        }
        match (self.checked(x)?, self.checked(y)?) {
            (Some(x), Some(y)) => {
                let result = float_arith::binary(op, x, y);
                self.checked(result)
            }
            _ => Ok(None),
        }
    }

    /// `op a`. May answer `Signal::Call`.
    ///
    /// # Errors
    /// TypeError for an operand without the operator.
    pub fn unary(&mut self, op: UnaryOp, a: Value) -> Outcome {
        if is_plain(a) {
            if let Some(result) = native_unary(op, a) {
                return Ok(result);
            }
        }
        let (name, shown) = match op {
            UnaryOp::Neg => (self.names.neg, "unary -"),
            UnaryOp::Pos => (self.names.pos, "unary +"),
            UnaryOp::Invert => (self.names.invert, "unary ~"),
        };
        if let Some(method) = self.overriding(a, name) {
            return Err(self.tail_call(method, &[a]));
        }
        match native_unary(op, a) {
            Some(result) => Ok(result),
            None => Err(self.bad_operand(shown, a)),
        }
    }

    /// `abs(a)`. May answer `Signal::Call`.
    ///
    /// # Errors
    /// TypeError for what has no absolute value.
    pub fn absolute(&mut self, a: Value) -> Outcome {
        let name = self.names.abs;
        if let Some(method) = self.overriding(a, name) {
            return Err(self.tail_call(method, &[a]));
        }
        if let Some(int) = a.as_int() {
            return Ok(int_arith::absolute(int));
        }
        match a.as_float() {
            Some(x) => Ok(Ref::float(x.abs())),
            None => Err(self.bad_operand("abs()", a)),
        }
    }

    #[cold]
    fn bad_operand(&mut self, shown: &str, a: Value) -> Signal {
        let name = self.type_name(a);
        self.type_error(format!("bad operand type for {shown}: '{name}'"))
    }

    /// The quotient and remainder of two numbers, or `None`.
    ///
    /// # Errors
    /// ZeroDivisionError, OverflowError.
    pub fn number_divmod(&mut self, a: Value, b: Value) -> Outcome<Option<(Ref, Ref)>> {
        if let (Some(x), Some(y)) = (a.as_int(), b.as_int()) {
            let result = int_arith::divmod(x, y);
            return self.checked(result).map(Some);
        }
        if a.as_float().is_none() && b.as_float().is_none() {
            return Ok(None);
        }
        let x = self.checked(float_arith::as_float(a))?;
        let y = self.checked(float_arith::as_float(b))?;
        let (Some(x), Some(y)) = (x, y) else { return Ok(None) };
        let (quotient, rest) = self.checked(crate::object::algo::float_math::divmod(x, y))?;
        Ok(Some((Ref::float(quotient), Ref::float(rest))))
    }

    /// `divmod(a, b)`. May answer `Signal::Call`.
    ///
    /// # Errors
    /// TypeError for operands without it; ZeroDivisionError.
    pub fn divmod(&mut self, a: Value, b: Value) -> Outcome {
        if is_plain(a) && is_plain(b) {
            if let Some((quotient, rest)) = self.number_divmod(a, b)? {
                return Ok(Ref::tuple(vec![quotient, rest]));
            }
        }
        self.dispatch_divmod(a, b)
    }

    /// `pow(base, exponent, modulus)`. May answer `Signal::Call`.
    ///
    /// # Errors
    /// TypeError for operands without it; ValueError for a modulus of 0 or a base without inverse.
    pub fn power(&mut self, base: Value, exponent: Value, modulus: Value) -> Outcome {
        if modulus.is_none() {
            return self.binary(super::BinOp::Pow, base, exponent, false);
        }
        let name = crate::object::atom::intern(super::BinOp::Pow.method());
        if let Some(method) = self.overriding(base, name) {
            return Err(self.tail_call(method, &[base, exponent, modulus]));
        }
        if let Some(result) = self.number_pow_mod(base, exponent, modulus)? {
            return Ok(result);
        }
        let (a, b, c) = (self.type_name(base), self.type_name(exponent), self.type_name(modulus));
        Err(self.type_error(format!("unsupported operand type(s) for ** or pow(): '{a}', '{b}', '{c}'")))
    }

    /// `pow(base, exponent, modulus)` of numbers; `None` if one is none.
    ///
    /// # Errors
    /// As [`Vm::power`]; TypeError for floats.
    pub fn number_pow_mod(&mut self, base: Value, exponent: Value, modulus: Value) -> Outcome<Option<Ref>> {
        if let (Some(a), Some(b), Some(m)) = (base.as_int(), exponent.as_int(), modulus.as_int()) {
            let result = crate::object::algo::int_math::pow_mod(&a.to_big(), &b.to_big(), &m.to_big());
            return self.checked(result).map(|int| Some(int.into()));
        }
        let number = |v: Value| v.as_int().is_some() || v.as_float().is_some();
        if number(base) && number(exponent) && number(modulus) {
            return Err(self.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
        }
        Ok(None)
    }

    /// A real number as a float, by `__float__` or `__index__`.
    ///
    /// # Errors
    /// TypeError: `must be real number, not X`; OverflowError for too large an int.
    pub fn real(&mut self, v: Value) -> Outcome<f64> {
        let (float, index) = (self.names.float_, self.names.index);
        if let Some(method) = self.overriding(v, float) {
            let result = self.call_values(method, &[v])?;
            if let Some(x) = result.as_float() {
                return Ok(x);
            }
            let (own, name) = (self.type_name(v), self.type_name(*result));
            return Err(self.type_error(format!("{own}.__float__ returned non-float (type {name})")));
        }
        if let Some(x) = self.checked(float_arith::as_float(v))? {
            return Ok(x);
        }
        if self.overriding(v, index).is_some() {
            let int = self.index_value(v)?;
            let x = self.checked(float_arith::as_float(*int))?;
            return Ok(x.unwrap_or_default());
        }
        let name = self.type_name(v);
        Err(self.type_error(format!("must be real number, not {name}")))
    }

    /// An int by `__index__`.
    ///
    /// # Errors
    /// TypeError: `'X' object cannot be interpreted as an integer`.
    pub fn index_value(&mut self, v: Value) -> Outcome {
        if let Some(int) = v.as_int() {
            return Ok(int_arith::plain(int));
        }
        let name = self.names.index;
        if let Some(method) = self.overriding(v, name) {
            let result = self.call_values(method, &[v])?;
            if let Some(int) = result.as_int() {
                return Ok(int_arith::plain(int));
            }
            let name = self.type_name(*result);
            return Err(self.type_error(format!("__index__ returned non-int (type {name})")));
        }
        let name = self.type_name(v);
        Err(self.type_error(format!("'{name}' object cannot be interpreted as an integer")))
    }

    /// An index-sized int by `__index__`.
    ///
    /// # Errors
    /// TypeError as [`Vm::index_value`]; OverflowError beyond 64 bits.
    #[inline]
    pub fn index(&mut self, v: Value) -> Outcome<i64> {
        if v.is_int() {
            return Ok(v.as_small_int());
        }
        let int = self.index_value(v)?;
        match int.as_i64() {
            Some(i) => Ok(i),
            None => Err(self.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }

    /// An int of any size by `__index__`.
    ///
    /// # Errors
    /// TypeError as [`Vm::index_value`].
    pub fn index_big(&mut self, v: Value) -> Outcome<num_bigint::BigInt> {
        let int = self.index_value(v)?;
        Ok(int.as_int().map(IntRef::to_big).unwrap_or_default())
    }
}

/// The unary operator on a number; `None` if it is none, or has not this operator.
pub fn native_unary(op: UnaryOp, a: Value) -> Option<Ref> {
    if let Some(int) = a.as_int() {
        return Some(match op {
            UnaryOp::Neg => int_arith::negate(int),
            UnaryOp::Pos => int_arith::plain(int),
            UnaryOp::Invert => int_arith::invert(int),
        });
    }
    let x = a.as_float()?;
    match op {
        UnaryOp::Neg => Some(Ref::float(-x)),
        UnaryOp::Pos => Some(Ref::float(x)),
        UnaryOp::Invert => None,
    }
}
