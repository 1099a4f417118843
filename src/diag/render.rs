//! Turns diagnostics into text. With `excerpt`, the only user of codespan-reporting.

use super::excerpt::Excerpt;
use super::{Diagnostic, Fix, Severity, SourceFile, Span};
use codespan_reporting::diagnostic as codespan;
use codespan_reporting::term::{self, Chars, Config, Styles, StylesWriter, termcolor};

/// The most diagnostics of one file that are shown.
const MAX_SHOWN: usize = 20;

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ColorChoice {
    Always,
    Never,
}

/// Renders one diagnostic: where it is (`name:line:column`), the source line, labels, notes, the fix. The last line is
/// `class: title`, as CPython's.
pub fn render(diagnostic: &Diagnostic, source: &SourceFile, color: ColorChoice) -> String {
    let mut out = snippet(diagnostic, source, color);
    last_line(diagnostic, &mut out);
    out
}

/// Renders what was found in one file, sorted by place and cut to 20. The last line is `class: title` of the first
/// error, which is the one that CPython reports. Empty if there is nothing to show.
pub fn render_all(diagnostics: &[Diagnostic], source: &SourceFile, color: ColorChoice) -> String {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|d| (d.span.start, d.span.end));
    sorted.dedup_by(|a, b| a.span == b.span && a.title == b.title);
    let mut out = String::new();
    for (index, diagnostic) in sorted.iter().take(MAX_SHOWN).enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.push_str(&snippet(diagnostic, source, color));
    }
    let errors = sorted.iter().filter(|d| d.severity == Severity::Error).count();
    if sorted.len() > MAX_SHOWN {
        out.push_str(&format!("\n{} more are not shown\n", sorted.len() - MAX_SHOWN));
    }
    if errors > 1 {
        out.push_str(&format!("\n{errors} errors in {}, the first of them:\n", source.name));
    }
    let first = sorted.iter().find(|d| d.severity == Severity::Error).or(sorted.first());
    if let Some(first) = first {
        last_line(first, &mut out);
    }
    out
}

fn last_line(diagnostic: &Diagnostic, out: &mut String) {
    out.push_str(diagnostic.class);
    if !diagnostic.title.is_empty() {
        out.push_str(": ");
        out.push_str(&diagnostic.title);
    }
    out.push('\n');
}

/// Everything but the last line.
fn snippet(diagnostic: &Diagnostic, source: &SourceFile, color: ColorChoice) -> String {
    let spans: Vec<Span> =
        std::iter::once(diagnostic.span).chain(diagnostic.labels.iter().map(|label| label.span)).collect();
    let excerpt = Excerpt::new(source, &spans);
    let severity = match diagnostic.severity {
        Severity::Error => codespan::Severity::Error,
        Severity::Warning => codespan::Severity::Warning,
    };
    let primary = codespan::Label::primary((), excerpt.range(source, diagnostic.span));
    let mut labels = vec![primary.with_message(printable(&diagnostic.label))];
    labels.extend(diagnostic.labels.iter().map(|label| {
        codespan::Label::secondary((), excerpt.range(source, label.span)).with_message(printable(&label.text))
    }));
    let mut notes: Vec<String> = diagnostic.notes.iter().map(|note| format!("note: {}", printable(note))).collect();
    notes.extend(diagnostic.fix.as_ref().map(|fix| help(fix, source)));
    let mut shown = codespan::Diagnostic::new(severity)
        .with_message(printable(diagnostic.title.lines().next().unwrap_or("")))
        .with_labels(labels)
        .with_notes(notes);
    if !diagnostic.code.is_empty() {
        shown = shown.with_code(diagnostic.code);
    }
    let config = Config { chars: Chars::ascii(), ..Config::default() };
    let mut buffer = match color {
        ColorChoice::Always => termcolor::Buffer::ansi(),
        ColorChoice::Never => termcolor::Buffer::no_color(),
    };
    let styles = Styles::default();
    let written = term::emit_to_write_style(&mut StylesWriter::new(&mut buffer, &styles), &config, &excerpt, &shown);
    let text = String::from_utf8_lossy(buffer.as_slice()).into_owned();
    if written.is_err() {
        // Nothing of the snippet may hide the message itself.
        let (line, column) = source.line_column(diagnostic.span.start);
        return format!("{}:{line}:{column}\n", source.name);
    }
    // codespan ends with an empty line and pads lines with blanks.
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// The help of a fix, and below it the line as it would be.
fn help(fix: &Fix, source: &SourceFile) -> String {
    let mut text = format!("help: {}", printable(&fix.text));
    let line = source.line(fix.span.start);
    let old = source.line_text(line);
    let start = (fix.span.start - source.line_start(line)) as usize;
    let end = start + (fix.span.end - fix.span.start) as usize;
    const MAX_LINE: usize = 160;
    if end <= old.len() && old.len() <= MAX_LINE && old.is_char_boundary(start) && old.is_char_boundary(end) {
        let patched = format!("{}{}{}", &old[..start], fix.replacement, &old[end..]);
        for (index, new) in patched.lines().enumerate() {
            text.push_str(&format!("\n{:>4} | {}", line as usize + index, printable(new)));
        }
    }
    text
}

/// A text of our own or of the program, without what a terminal could act upon.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}
