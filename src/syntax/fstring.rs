//! f-strings (PEP 701): FSTART, then FTEXT and fields, then FEND. A field is FOPEN, the tokens of an expression,
//! perhaps `=`, FBANG and a name, perhaps FCOLON and again text and fields, and FCLOSE.
//!
//! The modes live on the lexer's stack of open things (`layout::Open`), so that quotes and brackets may nest in any way.

use super::escape;
use super::layout::{Lexer, Open, span};
use super::string::Quote;
use super::token::TokenKind;
use crate::diag::Span;

/// An f-string that is open.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct FString {
    pub quote: Quote,
    /// Of the prefix and the opening quotes.
    pub span: Span,
}

/// Why a stretch of literal text ends.
#[derive(Clone, Copy, PartialEq)]
enum Stop {
    Quote,
    OpenBrace,
    CloseBrace,
    LineEnd,
    TextEnd,
}

impl Lexer<'_> {
    pub(super) fn fstring_start(&mut self, start: usize, end: usize) {
        if self.too_deep(start, end) {
            return;
        }
        let quote = Quote::parse(&self.source.text[start..end]);
        self.open.push(Open::FString(FString { quote, span: span(start, end) }));
        self.push(TokenKind::FStart, start, end);
    }

    /// The innermost open f-string.
    fn innermost(&self) -> Option<FString> {
        self.open.iter().rev().find_map(|open| match open {
            Open::FString(fstring) => Some(*fstring),
            _ => None,
        })
    }

    /// Leaves everything up to and including the innermost f-string.
    pub(super) fn abandon_fstring(&mut self) {
        let end = self.offset();
        while let Some(open) = self.open.pop() {
            match open {
                Open::Bracket { close, .. } => {
                    let kind = match close {
                        ')' => TokenKind::RPar,
                        ']' => TokenKind::RBracket,
                        _ => TokenKind::RBrace,
                    };
                    self.push(kind, end, end);
                }
                Open::Field { .. } => self.push(TokenKind::FClose, end, end),
                Open::FString(_) => return self.push(TokenKind::FEnd, end, end),
            }
        }
    }

    /// A `:` (or the first half of `:=`) that begins a format specification.
    pub(super) fn field_colon(&mut self, start: usize) {
        self.seek(start + 1);
        if let Some(Open::Field { in_spec, .. }) = self.open.last_mut() {
            *in_spec = true;
        }
        self.push(TokenKind::FColon, start, start + 1);
    }

    /// Reads literal text (of an f-string or of a format specification) and what ends it.
    pub(super) fn fstring_text(&mut self) -> bool {
        let Some(fstring) = self.innermost() else { return false };
        let in_spec = matches!(self.open.last(), Some(Open::Field { .. }));
        let start = self.offset();
        let mut text = String::new();
        let stop = self.literal(fstring.quote, in_spec, &mut text);
        let end = self.offset();
        if !text.is_empty() {
            self.push(TokenKind::FText(text.into()), start, end);
        }
        match stop {
            Stop::Quote if in_spec => {
                self.error("fstring-unclosed", "f-string: expecting '}', or format specs", end, end + 1);
                self.close_fstring(fstring);
            }
            Stop::Quote => self.close_fstring(fstring),
            Stop::OpenBrace => self.field_start(end),
            Stop::CloseBrace if in_spec => {
                self.raw.bump(1);
                self.open.pop();
                self.push(TokenKind::FClose, end, end + 1);
            }
            Stop::CloseBrace => {
                self.raw.bump(1);
                self.error("fstring-brace", "f-string: single '}' is not allowed", end, end + 1);
            }
            Stop::LineEnd if in_spec => {
                let title = "f-string: newlines are not allowed in format specifiers for single quoted f-strings";
                self.error("fstring-newline", title, end, end);
                self.abandon_fstring();
            }
            Stop::LineEnd | Stop::TextEnd => self.unterminated_fstring(fstring, in_spec),
        }
        true
    }

    fn field_start(&mut self, at: usize) {
        self.raw.bump(1);
        if self.too_deep(at, at + 1) {
            return;
        }
        self.open.push(Open::Field { in_spec: false, span: span(at, at + 1) });
        self.push(TokenKind::FOpen, at, at + 1);
    }

    fn close_fstring(&mut self, fstring: FString) {
        let start = self.offset();
        self.raw.bump(fstring.quote.len());
        let end = self.offset();
        while let Some(Open::Field { .. } | Open::Bracket { .. }) = self.open.last() {
            self.open.pop();
            self.push(TokenKind::FClose, start, start);
        }
        self.open.pop();
        self.push(TokenKind::FEnd, start, end);
    }

    fn unterminated_fstring(&mut self, fstring: FString, in_spec: bool) {
        let line = self.detected_line();
        let title = match (in_spec, fstring.quote.triple) {
            (true, _) => "f-string: expecting '}', or format specs".to_owned(),
            (_, true) => format!("unterminated triple-quoted f-string literal (detected at line {line})"),
            (_, false) => format!("unterminated f-string literal (detected at line {line})"),
        };
        self.error("unterminated-string", title, fstring.span.start as usize, fstring.span.end as usize);
        self.abandon_fstring();
    }

    /// Collects decoded text up to the next thing that is not text, which is left to read.
    fn literal(&mut self, quote: Quote, in_spec: bool, out: &mut String) -> Stop {
        let body_start = self.offset();
        let body = self.raw.remainder();
        let bytes = body.as_bytes();
        let (mut at, mut chunk) = (0, 0);
        let stop = loop {
            match bytes.get(at) {
                None => break Stop::TextEnd,
                Some(b'{') if !in_spec && bytes.get(at + 1) == Some(&b'{') => {
                    self.decode_chunk(quote, body_start + chunk, &body[chunk..=at], out);
                    at += 2;
                    chunk = at;
                }
                Some(b'}') if !in_spec && bytes.get(at + 1) == Some(&b'}') => {
                    self.decode_chunk(quote, body_start + chunk, &body[chunk..=at], out);
                    at += 2;
                    chunk = at;
                }
                Some(b'{') => break Stop::OpenBrace,
                Some(b'}') => break Stop::CloseBrace,
                Some(b'\n' | b'\r') if !quote.triple => break Stop::LineEnd,
                Some(b'\\') => at += escape_len(&bytes[at..], quote.raw),
                Some(_) if quote.closes(body.get(at..).unwrap_or("")) => break Stop::Quote,
                Some(_) => at += 1,
            }
        };
        let at = at.min(bytes.len());
        self.decode_chunk(quote, body_start + chunk, &body[chunk..at], out);
        self.raw.bump(at);
        stop
    }

    fn decode_chunk(&mut self, quote: Quote, start: usize, chunk: &str, out: &mut String) {
        if quote.raw {
            escape::raw_str(chunk, out);
        } else if let Err(fault) = escape::decode_str(chunk, out) {
            let at = start + fault.at;
            self.error("invalid-escape", fault.message, at, at + fault.len);
        }
    }
}

/// How many bytes a backslash takes with it, so that an escaped quote or a `\N{…}` does not end the text.
fn escape_len(bytes: &[u8], raw: bool) -> usize {
    match bytes.get(1) {
        Some(b'{' | b'}') | None => 1,
        Some(b'N') if !raw && bytes.get(2) == Some(&b'{') => {
            bytes.iter().take_while(|b| !matches!(b, b'}' | b'\n' | b'"' | b'\'')).count()
        }
        Some(b'\r') if bytes.get(2) == Some(&b'\n') => 3,
        Some(_) => 2,
    }
}
