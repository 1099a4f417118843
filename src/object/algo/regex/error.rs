//! What can be wrong with a pattern, and what ends a search early.

/// A pattern or a template that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegexError {
    /// `re.PatternError`; `at` counts characters, None if the error belongs to no place.
    Pattern { message: String, at: Option<usize> },
    /// `ValueError`
    Value(&'static str),
    /// `OverflowError`
    Overflow(&'static str),
    /// `RecursionError`: groups nested too deeply.
    Recursion,
    /// `IndexError`: a template names a group that is not there.
    Index(String),
}

/// Something doubtful in a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The text of a `FutureWarning`.
    pub message: String,
}

/// Why a search ended without an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The caller was asked and wanted it.
    Interrupted,
    /// More backtrack points than are allowed.
    Memory,
}
