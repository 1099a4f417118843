//! What a message to the user consists of.

use super::Span;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Severity {
    Error,
    Warning,
}

/// A secondary place that matters, with a few words on why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// A machine-applicable change: replace the text of `span` by `replacement`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fix {
    pub span: Span,
    pub replacement: String,
    /// What the change does, as in "wait for it".
    pub text: String,
}

/// A diagnostic as data. Constructors stand beside the rule that fires.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    pub severity: Severity,
    /// A short stable name, as in `await-outside-async`.
    pub code: &'static str,
    /// The exception class that CPython would raise, as in `SyntaxError`; it begins the last line.
    pub class: &'static str,
    /// CPython's wording where it has one; one idea, no full stop.
    pub title: String,
    pub span: Span,
    /// The text of the primary label, may be empty.
    pub label: String,
    pub labels: Vec<Label>,
    pub notes: Vec<String>,
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A `SyntaxError` at `span`.
    #[cold]
    pub fn syntax(code: &'static str, title: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code,
            class: "SyntaxError",
            title: title.into(),
            span,
            label: String::new(),
            labels: Vec::new(),
            notes: Vec::new(),
            fix: None,
        }
    }

    #[must_use]
    pub fn with_class(mut self, class: &'static str) -> Diagnostic {
        self.class = class;
        self
    }

    /// Sets the text at the primary span.
    #[must_use]
    pub fn with_label(mut self, text: impl Into<String>) -> Diagnostic {
        self.label = text.into();
        self
    }

    /// Adds a secondary place.
    #[must_use]
    pub fn with_secondary(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into() });
        self
    }

    #[must_use]
    pub fn with_note(mut self, text: impl Into<String>) -> Diagnostic {
        self.notes.push(text.into());
        self
    }

    #[must_use]
    pub fn with_fix(mut self, span: Span, replacement: impl Into<String>, text: impl Into<String>) -> Diagnostic {
        self.fix = Some(Fix { span, replacement: replacement.into(), text: text.into() });
        self
    }
}
