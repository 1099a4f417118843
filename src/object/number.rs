//! Ints beyond the word and doubles outside its range. `bool` is a special word.

use super::heap::{self, Header, Kind, Object};
use super::{Ref, Value};
use num_bigint::BigInt;
use num_traits::ToPrimitive;

/// An int that does not fit 62 bits. Never holds one that does.
#[repr(C)]
pub struct BigIntObj {
    pub header: Header,
    pub int: BigInt,
}

// Safety: repr(C), header first.
unsafe impl Object for BigIntObj {
    const KIND: Kind = Kind::BigInt;
}

/// A double that has no word form.
#[repr(C)]
pub struct FloatObj {
    pub header: Header,
    pub float: f64,
}

// Safety: repr(C), header first.
unsafe impl Object for FloatObj {
    const KIND: Kind = Kind::Float;
}

/// An int as a native reads it.
#[derive(Clone, Copy)]
pub enum IntRef<'a> {
    Small(i64),
    Big(&'a BigInt),
}

impl IntRef<'_> {
    pub fn to_big(self) -> BigInt {
        match self {
            IntRef::Small(i) => BigInt::from(i),
            IntRef::Big(big) => big.clone(),
        }
    }
}

impl Ref {
    /// Any i64.
    #[inline]
    pub fn int(i: i64) -> Ref {
        if Value::fits(i) { Ref::from_owned(Value::small_int(i)) } else { Ref::big(BigInt::from(i)) }
    }

    /// A big int, normalised.
    pub fn big(int: BigInt) -> Ref {
        match int.to_i64() {
            Some(i) if Value::fits(i) => Ref::from_owned(Value::small_int(i)),
            _ => heap::new(BigIntObj { header: heap::blank(Kind::BigInt), int }),
        }
    }

    #[inline]
    pub fn float(float: f64) -> Ref {
        match Value::try_double(float) {
            Some(word) => Ref::from_owned(word),
            None => heap::new(FloatObj { header: heap::blank(Kind::Float), float }),
        }
    }

    pub const fn bool(b: bool) -> Ref {
        Ref::from_owned(Value::bool(b))
    }
}

impl Value {
    /// The float of a `float` (not of an int), subclasses included.
    #[inline]
    pub fn as_float(&self) -> Option<f64> {
        match self.as_word_double() {
            Some(x) => Some(x),
            None => self.get::<FloatObj>().map(|f| f.float),
        }
    }

    /// The int of an `int` or `bool`, subclasses included.
    #[inline]
    pub fn as_int(&self) -> Option<IntRef<'_>> {
        if self.is_int() {
            return Some(IntRef::Small(self.as_small_int()));
        }
        match *self {
            Value::TRUE => Some(IntRef::Small(1)),
            Value::FALSE => Some(IntRef::Small(0)),
            _ => self.get::<BigIntObj>().map(|b| match b.int.to_i64() {
                // Instances of subclasses of int may hold small ones.
                Some(i) => IntRef::Small(i),
                None => IntRef::Big(&b.int),
            }),
        }
    }

    /// An `int` or `bool` that fits i64.
    #[inline]
    pub fn as_i64(&self) -> Option<i64> {
        match self.as_int()? {
            IntRef::Small(i) => Some(i),
            IntRef::Big(big) => big.to_i64(),
        }
    }
}
