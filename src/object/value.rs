//! The value word: one 64-bit word that is an int, a double, a special or a pointer to a heap object.
//!
//! ```text
//! ...00  int62    the int shifted left by two
//! ...10  double   rotl(bits + 2^60, 3); valid if it ends in 10 and is at least 4096 (|x| in about [1.7e-77, 1.2e77])
//! ...10  special  the words below 4096 that end in 10: unbound, None, False, True, …, ±0.0, ±inf
//! ...01  pointer  the address of an object's header plus one
//! ```
//! Ints beyond 62 bits and the other doubles live on the heap. A zeroed word is the int 0.

use super::heap::{self, Header, Kind, Object};

/// A value word, copied freely; whether it owns a reference is the holder's business. [`Ref`] owns one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(pub u64);

const fn special(n: u64) -> Value {
    Value(n << 2 | 2)
}

impl Value {
    /// The content of a variable that has none; never seen by a program.
    pub const UNBOUND: Value = special(0);
    pub const NONE: Value = special(1);
    pub const FALSE: Value = special(2);
    pub const TRUE: Value = special(3);
    pub const ELLIPSIS: Value = special(4);
    pub const NOT_IMPLEMENTED: Value = special(5);
    pub const ZERO_F: Value = special(6);
    pub const NEG_ZERO_F: Value = special(7);
    pub const INF: Value = special(8);
    pub const NEG_INF: Value = special(9);

    /// The smallest and largest int that fits into the word.
    pub const INT_MIN: i64 = -(1 << 61);
    pub const INT_MAX: i64 = (1 << 61) - 1;
    /// Words at or above this that end in `10` are doubles.
    pub const DOUBLE_MIN: u64 = 4096;

    #[inline(always)]
    pub const fn is_int(self) -> bool {
        self.0 & 3 == 0
    }

    #[inline(always)]
    pub const fn is_ptr(self) -> bool {
        self.0 & 1 != 0
    }

    #[inline(always)]
    pub const fn is_bool(self) -> bool {
        self.0 == Value::FALSE.0 || self.0 == Value::TRUE.0
    }

    #[inline(always)]
    pub const fn is_none(self) -> bool {
        self.0 == Value::NONE.0
    }

    #[inline(always)]
    pub const fn is_unbound(self) -> bool {
        self.0 == Value::UNBOUND.0
    }

    /// A double within the word (not ±0, ±inf, nor a boxed one): it ends in `10` and is at least [`Value::DOUBLE_MIN`].
    #[inline(always)]
    pub const fn is_tagged_double(self) -> bool {
        // Both in one comparison: the last two bits, zero if they were `10`, become the first two.
        const LEAST: u64 = Value::DOUBLE_MIN >> 2;
        (self.0 ^ 2).rotate_right(2).wrapping_sub(LEAST) < (1 << 62) - LEAST
    }

    /// An int that is known to fit 62 bits.
    #[inline(always)]
    pub const fn small_int(i: i64) -> Value {
        Value((i as u64) << 2)
    }

    #[inline(always)]
    pub const fn fits(i: i64) -> bool {
        i >= Value::INT_MIN && i <= Value::INT_MAX
    }

    /// The int of a word for which [`Value::is_int`] holds.
    #[inline(always)]
    pub const fn as_small_int(self) -> i64 {
        (self.0 as i64) >> 2
    }

    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }

    /// The double of a word for which [`Value::is_tagged_double`] holds.
    #[inline(always)]
    pub const fn as_tagged_double(self) -> f64 {
        f64::from_bits(self.0.rotate_right(3).wrapping_sub(1 << 60))
    }

    /// The word of a double, if it has one.
    #[inline(always)]
    pub fn try_double(x: f64) -> Option<Value> {
        match Value::try_tagged_double(x) {
            Some(word) => Some(word),
            None => Value::special_double(x),
        }
    }

    /// The word of a double that has one of its own (not ±0, ±inf).
    #[inline(always)]
    pub fn try_tagged_double(x: f64) -> Option<Value> {
        let word = Value(x.to_bits().wrapping_add(1 << 60).rotate_left(3));
        if word.is_tagged_double() { Some(word) } else { None }
    }

    #[cold]
    fn special_double(x: f64) -> Option<Value> {
        if x == 0.0 {
            Some(if x.is_sign_negative() { Value::NEG_ZERO_F } else { Value::ZERO_F })
        } else if x.is_nan() {
            // Each NaN is an object of its own: it equals nothing but is found where it itself was put.
            None
        } else if x.is_infinite() {
            Some(if x > 0.0 { Value::INF } else { Value::NEG_INF })
        } else {
            None
        }
    }

    /// Any double in word form (the boxed ones are on the heap: [`Value::as_float`]).
    #[inline]
    pub fn as_word_double(self) -> Option<f64> {
        if self.is_tagged_double() {
            return Some(self.as_tagged_double());
        }
        match self {
            Value::ZERO_F => Some(0.0),
            Value::NEG_ZERO_F => Some(-0.0),
            Value::INF => Some(f64::INFINITY),
            Value::NEG_INF => Some(f64::NEG_INFINITY),
            _ => None,
        }
    }

    /// The header of a pointer word.
    #[inline(always)]
    pub fn header(self) -> *mut Header {
        debug_assert!(self.is_ptr());
        self.0.wrapping_sub(1) as *mut Header
    }

    #[inline(always)]
    pub fn from_header(header: *mut Header) -> Value {
        Value(header as u64 + 1)
    }

    /// The kind of a heap object; None for words without one.
    #[inline(always)]
    pub fn kind(self) -> Option<Kind> {
        // Safety: a pointer word always points at a live header.
        if self.is_ptr() { Some(unsafe { (*self.header()).kind }) } else { None }
    }

    #[inline(always)]
    pub fn is_kind(self, kind: Kind) -> bool {
        // Safety: as above.
        self.is_ptr() && unsafe { (*self.header()).kind } == kind
    }

    /// The object if it is a `T` (or an instance of a subclass of that built-in type).
    #[inline(always)]
    pub fn get<T: Object>(&self) -> Option<&T> {
        // Safety: the kind says that the object is a T; the caller's value keeps it alive.
        if self.is_kind(T::KIND) { Some(unsafe { &*(self.header() as *const T) }) } else { None }
    }

    /// Mutable access to the object behind the word. One at a time, not across anything that runs Coro code.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub fn get_mut<T: Object>(&self) -> Option<&mut T> {
        // Safety: single-threaded; callers keep such borrows short (mutate first, drop values after; see docs).
        if self.is_kind(T::KIND) { Some(unsafe { &mut *(self.header() as *mut T) }) } else { None }
    }

    /// Adds a reference.
    #[inline(always)]
    pub fn inc(self) {
        if self.is_ptr() {
            // Safety: points at a live header.
            unsafe { (*self.header()).rc += 1 }
        }
    }

    /// Gives up a reference; the object dies with its last one.
    #[inline(always)]
    pub fn dec(self) {
        if self.is_ptr() {
            // Safety: points at a live header of which the caller owns a reference.
            unsafe {
                let header = self.header();
                (*header).rc -= 1;
                if (*header).rc == 0 {
                    heap::release(header);
                }
            }
        }
    }

    /// A new owner of the same value.
    #[inline(always)]
    pub fn to_ref(self) -> Ref {
        self.inc();
        Ref(self)
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_int() {
            write!(f, "{}", self.as_small_int())
        } else if let Some(x) = self.as_word_double() {
            write!(f, "{x:?}")
        } else if let Some(kind) = self.kind() {
            write!(f, "<{kind:?}>")
        } else {
            write!(f, "special({})", self.0 >> 2)
        }
    }
}

/// An owned reference: dropping it gives the reference up.
#[repr(transparent)]
pub struct Ref(Value);

impl Ref {
    pub const NONE: Ref = Ref(Value::NONE);
    pub const UNBOUND: Ref = Ref(Value::UNBOUND);

    /// Takes over a reference that the caller owns.
    #[inline(always)]
    pub const fn from_owned(value: Value) -> Ref {
        Ref(value)
    }

    /// Gives the reference to the caller.
    #[inline(always)]
    pub fn into_owned(self) -> Value {
        let value = self.0;
        std::mem::forget(self);
        value
    }

    /// The value, borrowed.
    #[inline(always)]
    pub const fn value(&self) -> Value {
        self.0
    }

    pub const fn is_unbound(&self) -> bool {
        self.0.is_unbound()
    }

    /// Takes the value out and leaves None behind.
    pub fn take(&mut self) -> Ref {
        std::mem::replace(self, Ref::NONE)
    }
}

impl Clone for Ref {
    #[inline(always)]
    fn clone(&self) -> Ref {
        self.0.to_ref()
    }
}

impl Drop for Ref {
    #[inline(always)]
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl std::ops::Deref for Ref {
    type Target = Value;
    #[inline(always)]
    fn deref(&self) -> &Value {
        &self.0
    }
}

impl std::fmt::Debug for Ref {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
