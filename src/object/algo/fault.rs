//! A failure of a pure algorithm: which exception it becomes, and the text CPython gives it.

use std::borrow::Cow;

/// The longest text (in bytes) or bytes that one operation builds: beyond it the answer is a `MemoryError` and not an
/// allocation that would end the process.
pub const MAX_RESULT: usize = 1 << 30;

/// Refuses a result that would be longer than [`MAX_RESULT`].
///
/// # Errors
/// `MemoryError`.
pub fn check_size(bytes: usize) -> Result<(), Fault> {
    if bytes > MAX_RESULT { Err(Fault::memory()) } else { Ok(()) }
}

/// The built-in exception that a [`Fault`] becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    IndexError,
    KeyError,
    MemoryError,
    OverflowError,
    TypeError,
    ValueError,
    ZeroDivisionError,
}

/// An exception to be raised by the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// The argument of the exception: what `str(e)` gives (for `KeyError`, the key itself).
    pub text: Cow<'static, str>,
}

impl Fault {
    #[cold]
    pub fn new(kind: FaultKind, text: impl Into<Cow<'static, str>>) -> Fault {
        Fault { kind, text: text.into() }
    }

    #[cold]
    pub fn value(text: impl Into<Cow<'static, str>>) -> Fault {
        Fault::new(FaultKind::ValueError, text)
    }

    #[cold]
    pub fn type_error(text: impl Into<Cow<'static, str>>) -> Fault {
        Fault::new(FaultKind::TypeError, text)
    }

    #[cold]
    pub fn overflow(text: impl Into<Cow<'static, str>>) -> Fault {
        Fault::new(FaultKind::OverflowError, text)
    }

    #[cold]
    pub fn memory() -> Fault {
        Fault::new(FaultKind::MemoryError, "")
    }

    #[cold]
    pub fn zero_division(text: impl Into<Cow<'static, str>>) -> Fault {
        Fault::new(FaultKind::ZeroDivisionError, text)
    }
}
