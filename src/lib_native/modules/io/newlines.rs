//! The `newline` argument of text streams: what ends a line, and what is translated.

use crate::object::Ref;

/// Kinds of line ends that were met: bits.
const LF: u8 = 1;
const CR: u8 = 2;
const CRLF: u8 = 4;

/// What becomes of line ends in a stream of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newlines {
    /// `None`: all kinds become `\n`.
    Translate,
    /// `''`: all kinds end a line and stay as they are.
    Any,
    /// `'\n'`
    Lf,
    /// `'\r'`: a `\n` that is written becomes one.
    Cr,
    /// `'\r\n'`
    CrLf,
}

impl Newlines {
    /// The rule for an argument; None if there is none.
    pub fn of(argument: Option<&str>) -> Option<Newlines> {
        Some(match argument {
            None => Newlines::Translate,
            Some("") => Newlines::Any,
            Some("\n") => Newlines::Lf,
            Some("\r") => Newlines::Cr,
            Some("\r\n") => Newlines::CrLf,
            Some(_) => return None,
        })
    }

    /// The argument it was made from.
    pub fn argument(self) -> Option<&'static str> {
        match self {
            Newlines::Translate => None,
            Newlines::Any => Some(""),
            Newlines::Lf => Some("\n"),
            Newlines::Cr => Some("\r"),
            Newlines::CrLf => Some("\r\n"),
        }
    }

    /// A text as it is stored; notes the kinds of line ends it has.
    pub fn stored(self, text: &str, seen: &mut Seen) -> Vec<char> {
        let mut out = Vec::with_capacity(text.len());
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match (self, c) {
                (Newlines::Cr, '\n') => out.push('\r'),
                (Newlines::CrLf, '\n') => out.extend(['\r', '\n']),
                (Newlines::Translate | Newlines::Any, '\r') => {
                    let pair = chars.next_if_eq(&'\n').is_some();
                    seen.0 |= if pair { CRLF } else { CR };
                    match self {
                        Newlines::Translate => out.push('\n'),
                        _ if pair => out.extend(['\r', '\n']),
                        _ => out.push('\r'),
                    }
                }
                (_, c) => {
                    seen.0 |= if c == '\n' { LF } else { 0 };
                    out.push(c);
                }
            }
        }
        out
    }

    /// The length of the first line, its end included.
    pub fn line_length(self, text: &[char]) -> usize {
        let after = |found: Option<usize>, length: usize| found.map_or(text.len(), |at| at + length);
        match self {
            Newlines::Translate | Newlines::Lf => after(text.iter().position(|c| *c == '\n'), 1),
            Newlines::Cr => after(text.iter().position(|c| *c == '\r'), 1),
            Newlines::CrLf => after(text.windows(2).position(|pair| pair == ['\r', '\n']), 2),
            Newlines::Any => {
                let found = text.iter().position(|c| matches!(c, '\n' | '\r'));
                let pair = found.is_some_and(|at| text[at] == '\r' && text.get(at + 1) == Some(&'\n'));
                after(found, if pair { 2 } else { 1 })
            }
        }
    }
}

/// Which kinds of line ends a stream has met.
#[derive(Clone, Copy, Default)]
pub struct Seen(u8);

impl Seen {
    /// Notes what a piece of a stream of bytes has. `after_return`: the last piece ended in a `\r`, which is not noted
    /// yet. Gives whether this piece does.
    pub fn note(&mut self, piece: &[u8], mut after_return: bool) -> bool {
        if !after_return && memchr::memchr(b'\r', piece).is_none() {
            if self.0 & LF == 0 && memchr::memchr(b'\n', piece).is_some() {
                self.0 |= LF;
            }
            return false;
        }
        for &byte in piece {
            self.0 |= match (after_return, byte) {
                (true, b'\n') => CRLF,
                (true, _) => CR,
                (false, b'\n') => LF,
                _ => 0,
            };
            // A byte after `\r` may be a `\n` of its own only if it follows another one.
            after_return = byte == b'\r';
        }
        after_return
    }

    /// The stream ended after a `\r`.
    pub fn end_after_return(&mut self) {
        self.0 |= CR;
    }

    /// As the attribute `newlines` shows them: None, one, or a tuple.
    pub fn shown(self) -> Ref {
        match &self.kinds()[..] {
            [] => Ref::NONE,
            [one] => Ref::str(one),
            more => Ref::tuple(more.iter().map(|kind| Ref::str(kind)).collect()),
        }
    }

    /// The kinds in the order of the attribute `newlines`.
    pub fn kinds(self) -> Vec<&'static str> {
        let kinds = [(CR, "\r"), (LF, "\n"), (CRLF, "\r\n")];
        kinds.into_iter().filter(|(bit, _)| self.0 & bit != 0).map(|(_, text)| text).collect()
    }
}
