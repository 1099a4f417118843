//! Source positions and diagnostics as data. Everything that can go wrong in the front end, and everything that is
//! shown of a run-time error, becomes a [`Diagnostic`]; only `render` turns one into text.

mod diagnostic;
mod excerpt;
mod render;
mod source;
mod span;
mod suggest;

pub use diagnostic::{Diagnostic, Fix, Label, Severity};
pub use render::{ColorChoice, render, render_all};
pub use source::SourceFile;
pub use span::Span;
pub use suggest::closest;
