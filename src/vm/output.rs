//! Standard output: buffered; flushed at exit, before anything goes to standard error, and at each line on a terminal. And
//! what is said on standard error.

use super::Vm;
use crate::object::exhausted;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// The buffer before standard output.
pub struct Output {
    buffer: Vec<u8>,
    /// Flush at each line end.
    line_buffered: bool,
    /// The last write did not succeed.
    failure: Option<ErrorKind>,
}

const CAPACITY: usize = 1 << 15;

impl Default for Output {
    fn default() -> Output {
        Output { buffer: Vec::new(), line_buffered: io::stdout().is_terminal(), failure: None }
    }
}

impl Output {
    /// # Errors
    /// What the system says when the buffer is written out. It is empty then: what was in it is lost.
    pub fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.buffer.extend_from_slice(text);
        if self.buffer.len() >= CAPACITY || (self.line_buffered && text.contains(&b'\n')) {
            return self.flush();
        }
        exhausted::unwritten(&self.buffer);
        Ok(())
    }

    /// Writes the buffer out.
    ///
    /// # Errors
    /// As [`Output::write`].
    pub fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let outcome = stdout.write_all(&self.buffer).and_then(|()| stdout.flush());
        self.failure = outcome.as_ref().err().map(io::Error::kind);
        self.buffer.clear();
        exhausted::unwritten(&self.buffer);
        outcome
    }

    /// The reader of standard output has gone away, as that of `coro … | head` does.
    pub fn is_cut_off(&self) -> bool {
        self.failure == Some(ErrorKind::BrokenPipe)
    }

    /// What was printed last could not be written, and somebody should know.
    pub fn has_failed(&self) -> bool {
        self.failure.is_some() && !self.is_cut_off()
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        exhausted::unwritten(&[]);
    }
}

impl Vm {
    /// Before anything is written to standard error, so that the order on a terminal is right.
    pub fn flush_output(&mut self) {
        // The failure is remembered.
        let _ = self.stdout.flush();
    }
}

/// Says something on standard error. Nobody may be there to read it.
pub fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
