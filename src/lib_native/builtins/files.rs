//! File objects: where their bytes come from, and the buffers in between.
//!
//! A file object has one buffer for what was read ahead and one for what was not written yet; at most one of them holds
//! anything. Text is UTF-8 (or Latin-1, ASCII); line ends are translated when read unless `newline` says otherwise.

use super::streams::Standard;
use crate::object::opaque::OpaqueData;
use crate::object::{Ref, Value};
use std::any::Any;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

/// Bytes read at once, and kept before they are written.
pub(super) const CHUNK: usize = 1 << 16;

/// Where the bytes come from or go to.
pub enum Source {
    Standard(Standard),
    File(File),
    Closed,
}

/// How bytes become text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    Utf8,
    Ascii,
    Latin1,
}

impl Encoding {
    pub(super) fn named(name: &str) -> Option<Encoding> {
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" | "utf-8-sig" | "locale" => Some(Encoding::Utf8),
            "ascii" | "us-ascii" => Some(Encoding::Ascii),
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" => Some(Encoding::Latin1),
            _ => None,
        }
    }
}

/// A file object.
pub struct FileObject {
    pub source: Source,
    pub binary: bool,
    /// As given to `open`.
    pub(super) name: Ref,
    pub(super) mode: String,
    pub(super) encoding: Encoding,
    /// The encoding as it was named.
    pub(super) encoding_name: String,
    /// Undecodable bytes become U+FFFD, or are left out, instead of raising.
    pub(super) errors: String,
    pub(super) readable: bool,
    pub(super) writable: bool,
    /// `\r\n` and `\r` are read as `\n`.
    pub(super) translate: bool,
    /// The last byte read was a `\r` that was given as `\n`.
    pub(super) after_return: bool,
    pub(super) read: Vec<u8>,
    /// Position in `read`.
    pub(super) at: usize,
    pub(super) unwritten: Vec<u8>,
    /// How long reading took since that was last asked.
    pub(super) waited: Duration,
}

impl OpaqueData for FileObject {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(*self.name);
    }
}

impl Drop for FileObject {
    fn drop(&mut self) {
        // Nobody is left to be told of a failure.
        let _ = self.write_out();
    }
}

impl FileObject {
    /// A standard stream.
    pub fn standard(which: Standard, binary: bool) -> FileObject {
        let name = ["<stdin>", "<stdout>", "<stderr>"][which as usize];
        FileObject {
            source: Source::Standard(which),
            binary,
            name: Ref::str(name),
            mode: if which == Standard::In { "r" } else { "w" }.to_owned(),
            encoding: Encoding::Utf8,
            encoding_name: "utf-8".to_owned(),
            errors: "strict".to_owned(),
            readable: which == Standard::In,
            writable: which != Standard::In,
            translate: !binary,
            after_return: false,
            read: Vec::new(),
            at: 0,
            unwritten: Vec::new(),
            waited: Duration::ZERO,
        }
    }

    pub(super) fn write_out(&mut self) -> io::Result<()> {
        if let Source::File(file) = &mut self.source
            && !self.unwritten.is_empty()
        {
            file.write_all(&self.unwritten)?;
        }
        self.unwritten.clear();
        Ok(())
    }

    /// Reads more ahead; false at the end.
    pub(super) fn fill(&mut self) -> io::Result<bool> {
        if self.at > 0 {
            self.read.drain(..self.at);
            self.at = 0;
        }
        let mut chunk = vec![0; CHUNK];
        let began = Instant::now();
        let count = match &mut self.source {
            Source::File(file) => file.read(&mut chunk)?,
            Source::Standard(Standard::In) => io::stdin().lock().read(&mut chunk)?,
            _ => 0,
        };
        self.waited += began.elapsed();
        let plain = !self.after_return && memchr::memchr(b'\r', &chunk[..count]).is_none();
        if !self.translate || plain {
            self.read.extend_from_slice(&chunk[..count]);
            return Ok(count > 0);
        }
        for &byte in &chunk[..count] {
            match byte {
                b'\r' => self.read.push(b'\n'),
                b'\n' if self.after_return => {}
                byte => self.read.push(byte),
            }
            self.after_return = byte == b'\r';
        }
        Ok(count > 0)
    }

    /// Takes up to `limit` bytes, or all.
    pub(super) fn take(&mut self, limit: Option<usize>) -> io::Result<Vec<u8>> {
        while limit.is_none_or(|limit| self.read.len() - self.at < limit) && self.fill()? {}
        let end = limit.map_or(self.read.len(), |limit| (self.at + limit).min(self.read.len()));
        let taken = self.read[self.at..end].to_vec();
        self.at = end;
        Ok(taken)
    }

    /// Takes as many bytes as `limit` characters of text have.
    pub(super) fn take_chars(&mut self, limit: usize) -> io::Result<Vec<u8>> {
        if self.encoding != Encoding::Utf8 {
            return self.take(Some(limit));
        }
        loop {
            let ahead = &self.read[self.at..];
            // A character begins with every byte that is no continuation; the one after the last wanted ends it.
            let starts = ahead.iter().enumerate().filter(|(_, byte)| (**byte as i8) >= -0x40);
            if let Some((end, _)) = starts.into_iter().nth(limit) {
                let taken = ahead[..end].to_vec();
                self.at += end;
                return Ok(taken);
            }
            if !self.fill()? {
                return self.take(None);
            }
        }
    }

    /// The next line, if all of it has been read ahead and it is plain text: no copy is made in between.
    pub(super) fn line_ahead(&mut self) -> Option<&str> {
        if self.binary || !matches!(self.encoding, Encoding::Utf8) {
            return None;
        }
        let ahead = &self.read[self.at..];
        let end = memchr::memchr(b'\n', ahead)? + 1;
        let text = std::str::from_utf8(&ahead[..end]).ok()?;
        self.at += end;
        Some(text)
    }

    /// Takes a line with its end, at most `limit` bytes of it.
    pub(super) fn take_line(&mut self, limit: Option<usize>) -> io::Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            let ahead = &self.read[self.at..];
            let found = memchr::memchr(b'\n', &ahead[searched..]).map(|i| searched + i + 1);
            let end = match (found, limit) {
                (Some(end), Some(limit)) => Some(end.min(limit)),
                (Some(end), None) => Some(end),
                (None, Some(limit)) if ahead.len() >= limit => Some(limit),
                _ => None,
            };
            if let Some(end) = end {
                let line = ahead[..end].to_vec();
                self.at += end;
                return Ok(line);
            }
            searched = ahead.len();
            if !self.fill()? {
                return self.take(None);
            }
        }
    }

    /// The position in the file of what is read or written next.
    pub(super) fn position(&mut self) -> io::Result<u64> {
        let ahead = (self.read.len() - self.at) as u64;
        let unwritten = self.unwritten.len() as u64;
        match &mut self.source {
            Source::File(file) => Ok((file.stream_position()? + unwritten).saturating_sub(ahead)),
            _ => Ok(0),
        }
    }

    pub(super) fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.write_out()?;
        self.read.clear();
        self.at = 0;
        self.after_return = false;
        match &mut self.source {
            Source::File(file) => file.seek(to),
            _ => Ok(0),
        }
    }
}
