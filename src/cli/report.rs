//! What coro itself says: on standard error, in colour where that is wanted (`NO_COLOR`, `CLICOLOR_FORCE`, a terminal).

use crate::diag::{ColorChoice, Diagnostic, SourceFile, render_all};
use std::io::{ErrorKind, Write};

/// Shows what was found in a file.
pub(super) fn diagnostics(found: &[Diagnostic], source: &SourceFile) {
    let color = match anstream::AutoStream::choice(&std::io::stderr()) {
        anstream::ColorChoice::Never => ColorChoice::Never,
        _ => ColorChoice::Always,
    };
    say(&render_all(found, source, color));
}

/// Shows one line about something that is not in a program's text.
pub(super) fn problem(text: &str) {
    say(&format!("coro: {text}\n"));
}

/// Nobody may be there to read it.
fn say(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Writes a listing to standard output. A reader who has seen enough is no error.
pub(super) fn listing(text: &str) -> i32 {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            problem(&format!("can't write: {error}"));
            1
        }
        _ => 0,
    }
}
