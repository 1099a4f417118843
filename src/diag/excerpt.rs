//! The lines of a source file that a diagnostic shows, made fit for a terminal: control characters are replaced, long
//! lines are cut to a window around what is marked. Line and column numbers stay those of the file.

use super::{SourceFile, Span};
use codespan_reporting::files::{Error, Files};
use std::ops::Range;

/// The most characters shown of a line.
const MAX_WIDTH: usize = 160;
/// How many characters of a cut line stand before the mark.
const LEAD: usize = 60;

/// A few lines of a file, as a text of their own.
pub(super) struct Excerpt<'s> {
    name: &'s str,
    text: String,
    /// Byte offset in `text` at which each line starts.
    starts: Vec<usize>,
    lines: Vec<Line>,
}

struct Line {
    /// 1-based, in the file.
    number: u32,
    /// The characters cut off before the window.
    skipped: usize,
    /// Where in `text` the window's first character is (after an ellipsis, if it was cut).
    origin: usize,
    /// Byte offset in the file of the window's first character.
    window: u32,
}

impl<'s> Excerpt<'s> {
    /// The lines on which `spans` begin.
    pub(super) fn new(source: &'s SourceFile, spans: &[Span]) -> Excerpt<'s> {
        let mut excerpt = Excerpt { name: &source.name, text: String::new(), starts: Vec::new(), lines: Vec::new() };
        let mut places: Vec<(u32, u32)> = spans.iter().map(|s| (source.line(s.start), s.start)).collect();
        places.sort_unstable();
        places.dedup_by_key(|place| place.0);
        let mut last = None;
        for (line, offset) in places {
            if last.is_some_and(|last| line > last + 1) {
                // Lines between, so that the gap is shown as one; their text is never shown.
                excerpt.filler();
                excerpt.filler();
            }
            excerpt.push_line(source, line, offset);
            last = Some(line);
        }
        excerpt
    }

    fn filler(&mut self) {
        self.starts.push(self.text.len());
        self.lines.push(Line { number: 0, skipped: 0, origin: self.text.len(), window: 0 });
        self.text.push('\n');
    }

    fn push_line(&mut self, source: &SourceFile, number: u32, offset: u32) {
        let start = source.line_start(number);
        let text = source.line_text(number);
        let mark = (offset - start.min(offset)) as usize;
        let (window, skipped) = window(text, mark);
        self.starts.push(self.text.len());
        if window.start > 0 {
            self.text.push_str("... ");
        }
        let origin = self.text.len();
        self.lines.push(Line { number, skipped, origin, window: start + window.start as u32 });
        for c in text[window.clone()].chars() {
            clean(c, &mut self.text);
        }
        if window.end < text.len() {
            self.text.push_str(" ...");
        }
        self.text.push('\n');
    }

    /// The range of `text` for a span of the file, cut to the line on which it begins.
    pub(super) fn range(&self, source: &SourceFile, span: Span) -> Range<usize> {
        let number = source.line(span.start);
        let Some(index) = self.lines.iter().position(|l| l.number == number) else { return 0..0 };
        let line = &self.lines[index];
        let line_end = self.starts.get(index + 1).copied().unwrap_or(self.text.len()) - 1;
        let place = |offset: u32| {
            let inside = offset.max(line.window) - line.window;
            (line.origin + inside as usize).min(line_end)
        };
        let start = place(span.start);
        start..place(span.end).max(start)
    }
}

/// The bytes of a line to show, and how many characters come before them.
fn window(text: &str, mark: usize) -> (Range<usize>, usize) {
    let mark = text.len().min(mark);
    // A line is seldom long: count characters only if its bytes are many.
    if text.len() <= MAX_WIDTH {
        return (0..text.len(), 0);
    }
    let before = text.get(..mark).unwrap_or("");
    let start = before.char_indices().rev().nth(LEAD - 1).map_or(0, |(at, _)| at);
    let end = text[start..].char_indices().nth(MAX_WIDTH).map_or(text.len(), |(at, _)| start + at);
    (start..end, text[..start].chars().count())
}

/// Appends a character, or as many bytes of something harmless: offsets must stay.
fn clean(c: char, out: &mut String) {
    match c {
        '\t' => out.push('\t'),
        c if c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
        {
            match c.len_utf8() {
                3 => out.push('\u{fffd}'),
                bytes => out.extend(std::iter::repeat_n('?', bytes)),
            }
        }
        c => out.push(c),
    }
}

impl<'f> Files<'f> for Excerpt<'_> {
    type FileId = ();
    type Name = &'f str;
    type Source = &'f str;

    fn name(&'f self, (): ()) -> Result<&'f str, Error> {
        Ok(self.name)
    }

    fn source(&'f self, (): ()) -> Result<&'f str, Error> {
        Ok(&self.text)
    }

    fn line_index(&'f self, (): (), byte_index: usize) -> Result<usize, Error> {
        Ok(self.starts.partition_point(|&start| start <= byte_index).saturating_sub(1))
    }

    fn line_number(&'f self, (): (), line_index: usize) -> Result<usize, Error> {
        self.lines.get(line_index).map(|l| l.number as usize).ok_or(Error::FileMissing)
    }

    fn column_number(&'f self, (): (), line_index: usize, byte_index: usize) -> Result<usize, Error> {
        let line = self.lines.get(line_index).ok_or(Error::FileMissing)?;
        let before = self.text.get(line.origin..byte_index.max(line.origin)).unwrap_or("");
        Ok(line.skipped + before.chars().count() + 1)
    }

    fn line_range(&'f self, (): (), line_index: usize) -> Result<Range<usize>, Error> {
        let start = *self.starts.get(line_index).ok_or(Error::FileMissing)?;
        Ok(start..self.starts.get(line_index + 1).copied().unwrap_or(self.text.len()))
    }
}
