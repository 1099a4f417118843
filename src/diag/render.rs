//! Turns diagnostics into text. The only user of codespan-reporting.

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ColorChoice {
    Always,
    Never,
}

use super::{Diagnostic, SourceFile};

/// Renders one diagnostic; the last line is `class: title`, as CPython's.
pub fn render(diagnostic: &Diagnostic, source: &SourceFile, _color: ColorChoice) -> String {
    let (line, column) = source.line_column(diagnostic.span.start);
    format!("{}:{}:{}\n{}: {}\n", source.name, line, column, diagnostic.class, diagnostic.title)
}

/// Renders several, in the order given.
pub fn render_all(diagnostics: &[Diagnostic], source: &SourceFile, color: ColorChoice) -> String {
    diagnostics.iter().map(|d| render(d, source, color)).collect()
}
