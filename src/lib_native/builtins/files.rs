//! File objects: where their bytes come from, and the buffers in between.
//!
//! A file object has one buffer for what was read ahead and one for what was not written yet; at most one of them holds
//! anything. Text is UTF-8 (or Latin-1, ASCII); line ends are translated when read unless `newline` says otherwise.

use super::streams::Standard;
use crate::lib_native::modules::io::newlines::{Newlines, Seen};
use crate::object::opaque::OpaqueData;
use crate::object::{Ref, Value};
use crate::vm::descriptors;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::fd::IntoRawFd;
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

/// When written bytes leave the buffer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Buffering {
    Full,
    Line,
    None,
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
    /// What ends a line, and what becomes of it.
    pub(super) newlines: Newlines,
    /// The kinds of line ends met.
    pub(super) seen: Seen,
    /// The last byte read was a `\r`.
    pub(super) after_return: bool,
    /// Positions in `read` of a `\n` that stands for two bytes, if it does.
    pub(super) doubles: Vec<usize>,
    /// What is written goes out at once, or with each line.
    pub(super) buffering: Buffering,
    /// The descriptor is the program's: it stays open.
    pub(super) keep_open: bool,
    pub(super) read: Vec<u8>,
    /// Position in `read`.
    pub(super) at: usize,
    pub(super) unwritten: Vec<u8>,
    /// How long reading took since that was last asked.
    pub(super) waited: Duration,
}

impl OpaqueData for FileObject {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(*self.name);
    }
}

impl Drop for FileObject {
    fn drop(&mut self) {
        // Nobody is left to be told of a failure.
        let _ = self.write_out();
        let _ = self.shut();
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
            newlines: if binary { Newlines::Lf } else { Newlines::Translate },
            seen: Seen::default(),
            after_return: false,
            doubles: Vec::new(),
            buffering: Buffering::Full,
            keep_open: false,
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

    /// Closes the source; what is still to be written is lost.
    pub(super) fn shut(&mut self) -> io::Result<()> {
        match std::mem::replace(&mut self.source, Source::Closed) {
            Source::File(file) if self.keep_open => {
                let _ = file.into_raw_fd();
                Ok(())
            }
            Source::File(file) => descriptors::close_file(file),
            _ => Ok(()),
        }
    }

    /// Reads more ahead; false at the end.
    pub(super) fn fill(&mut self) -> io::Result<bool> {
        if self.at > 0 {
            self.read.drain(..self.at);
            let taken = self.at;
            self.doubles.retain_mut(|place| {
                *place = place.wrapping_sub(taken);
                *place < usize::MAX / 2
            });
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
        self.add(&chunk[..count]);
        Ok(count > 0)
    }

    /// Adds bytes to those read ahead, their line ends translated; none at the end of the file.
    fn add(&mut self, piece: &[u8]) {
        let after_return = self.after_return;
        if self.binary || !matches!(self.newlines, Newlines::Translate | Newlines::Any) {
            self.read.extend_from_slice(piece);
            return;
        }
        if piece.is_empty() && after_return {
            self.seen.end_after_return();
        }
        self.after_return = self.seen.note(piece, after_return);
        let plain = !after_return && memchr::memchr(b'\r', piece).is_none();
        if plain || self.newlines == Newlines::Any {
            self.read.extend_from_slice(piece);
            return;
        }
        let mut after_return = after_return;
        for &byte in piece {
            match byte {
                b'\r' => self.read.push(b'\n'),
                b'\n' if after_return => {
                    // Of one that was taken already both bytes count as taken.
                    if self.read.len() > self.at {
                        self.doubles.push(self.read.len() - 1);
                    }
                }
                byte => self.read.push(byte),
            }
            after_return = byte == b'\r';
        }
    }

    /// Where the first line of what was read ahead ends, searched from a position on; None if that is not known yet.
    fn line_end(&self, from: usize) -> Option<usize> {
        let ahead = &self.read[self.at..];
        match self.newlines {
            Newlines::Translate | Newlines::Lf => memchr::memchr(b'\n', &ahead[from..]).map(|i| from + i + 1),
            Newlines::Cr => memchr::memchr(b'\r', &ahead[from..]).map(|i| from + i + 1),
            Newlines::CrLf => {
                let from = from.saturating_sub(1);
                ahead[from..].windows(2).position(|pair| pair == b"\r\n").map(|i| from + i + 2)
            }
            Newlines::Any => {
                let from = from.saturating_sub(1);
                let end = from + memchr::memchr2(b'\r', b'\n', &ahead[from..])?;
                match (ahead[end], ahead.get(end + 1)) {
                    (b'\n', _) => Some(end + 1),
                    (_, Some(b'\n')) => Some(end + 2),
                    (_, Some(_)) => Some(end + 1),
                    (_, None) => None,
                }
            }
        }
    }

    /// How many of the bytes read ahead a limit admits: that many bytes, or characters of a text. None if that is more than
    /// there are.
    fn admitted(&self, limit: usize) -> Option<usize> {
        let ahead = &self.read[self.at..];
        if self.binary || self.encoding != Encoding::Utf8 {
            return (ahead.len() >= limit).then_some(limit);
        }
        // A character begins with every byte that is no continuation; the one after the last wanted ends it.
        let starts = ahead.iter().enumerate().filter(|(_, byte)| (**byte as i8) >= -0x40);
        starts.into_iter().nth(limit).map(|(end, _)| end)
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
            if let Some(end) = self.admitted(limit) {
                let taken = self.read[self.at..self.at + end].to_vec();
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
        let end = self.line_end(0)?;
        let text = std::str::from_utf8(&self.read[self.at..self.at + end]).ok()?;
        self.at += end;
        Some(text)
    }

    /// Takes a line with its end, at most `limit` bytes (of a text: characters) of it.
    pub(super) fn take_line(&mut self, limit: Option<usize>) -> io::Result<Vec<u8>> {
        let mut searched = 0;
        loop {
            let found = self.line_end(searched);
            let end = match limit.and_then(|limit| self.admitted(limit)) {
                Some(most) => Some(found.map_or(most, |end| end.min(most))),
                None => found,
            };
            if let Some(end) = end {
                let line = self.read[self.at..self.at + end].to_vec();
                self.at += end;
                return Ok(line);
            }
            searched = self.read.len() - self.at;
            if !self.fill()? {
                return self.take(None);
            }
        }
    }

    /// The position in the file of what is read or written next.
    pub(super) fn position(&mut self) -> io::Result<u64> {
        let doubles = self.doubles.iter().filter(|place| **place >= self.at).count();
        let ahead = (self.read.len() - self.at + doubles) as u64;
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
        self.doubles.clear();
        match &mut self.source {
            Source::File(file) => file.seek(to),
            _ => Ok(0),
        }
    }
}
