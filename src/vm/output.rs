//! Standard output: buffered; flushed at exit, before anything goes to standard error, and at each line on a terminal.

use super::Vm;
use std::io::{IsTerminal, Write};

/// The buffer before standard output.
pub struct Output {
    buffer: Vec<u8>,
    /// Flush at each line end.
    line_buffered: bool,
    /// The reader is gone: what is printed is dropped.
    closed: bool,
}

const CAPACITY: usize = 1 << 15;

impl Default for Output {
    fn default() -> Output {
        Output { buffer: Vec::new(), line_buffered: std::io::stdout().is_terminal(), closed: false }
    }
}

impl Output {
    pub fn write(&mut self, text: &[u8]) {
        self.buffer.extend_from_slice(text);
        if self.buffer.len() >= CAPACITY || (self.line_buffered && text.contains(&b'\n')) {
            self.flush();
        }
    }

    /// Writes the buffer out. A closed pipe ends the output quietly.
    pub fn flush(&mut self) {
        if !self.closed && !self.buffer.is_empty() {
            let mut stdout = std::io::stdout().lock();
            self.closed = stdout.write_all(&self.buffer).and_then(|()| stdout.flush()).is_err();
        }
        self.buffer.clear();
    }

    /// The reader of standard output has gone away.
    pub fn is_closed(&self) -> bool {
        self.closed
    }
}

impl Vm {
    /// Before anything is written to standard error, so that the order on a terminal is right.
    pub fn flush_output(&mut self) {
        self.stdout.flush();
    }
}
