//! From text to tokens: logical lines, indentation, brackets. Literals are scanned by `string`, `fstring`, `number`.
//!
//! An error becomes a diagnostic and a token that lets the parser go on: an `Invalid` literal stands for an
//! expression, an `Unknown` character is refused by the parser. An error that hides the rest of the file (a bracket
//! that is never closed) ends the tokens at the line before it.

use super::ast::Name;
use super::fstring::FString;
use super::identifier;
use super::indent::Indentation;
use super::number;
use super::raw::Raw;
use super::token::{Token, TokenKind};
use crate::diag::{Diagnostic, SourceFile, Span};
use logos::Logos;
use std::collections::HashSet;

/// CPython's limit of open brackets.
const MAX_BRACKETS: usize = 200;
/// After so many errors the rest of the file is not read: it is no program.
const MAX_ERRORS: usize = 100;
/// Words that begin a statement and can stand nowhere in an expression.
const STATEMENT_WORDS: [&str; 18] = [
    "assert", "break", "class", "continue", "def", "del", "elif", "except", "finally", "global", "import", "nonlocal",
    "pass", "raise", "return", "try", "while", "with",
];

/// Splits a source text into tokens, NEWLINE, INDENT and DEDENT included.
pub(super) fn lex(source: &SourceFile) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut lexer = Lexer::new(source);
    lexer.run();
    (lexer.tokens, lexer.diagnostics)
}

/// What is open at a place of the text, innermost last.
#[derive(Debug)]
pub(super) enum Open {
    Bracket {
        close: char,
        span: Span,
    },
    /// The literal part of an f-string.
    FString(FString),
    /// `{` of an f-string: an expression, then (`in_spec`) the text of its format specification.
    Field {
        in_spec: bool,
        span: Span,
    },
}

pub(super) struct Lexer<'s> {
    pub(super) source: &'s SourceFile,
    pub(super) raw: logos::Lexer<'s, Raw>,
    pub(super) tokens: Vec<Token>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) open: Vec<Open>,
    indentation: Indentation,
    /// Index of the first token of the logical line at hand.
    line_first: usize,
    names: HashSet<Name>,
    /// Set when the rest of the text is not worth reading.
    stopped: bool,
}

impl<'s> Lexer<'s> {
    fn new(source: &'s SourceFile) -> Lexer<'s> {
        let mut raw = Raw::lexer(&source.text);
        if source.text.starts_with('\u{feff}') {
            raw.bump('\u{feff}'.len_utf8());
        }
        Lexer {
            source,
            raw,
            tokens: Vec::with_capacity(source.text.len() / 4),
            diagnostics: Vec::new(),
            open: Vec::new(),
            indentation: Indentation::default(),
            line_first: 0,
            names: HashSet::new(),
            stopped: false,
        }
    }

    fn run(&mut self) {
        self.start_line();
        while !self.stopped {
            let more = match self.open.last() {
                Some(Open::FString(_) | Open::Field { in_spec: true, .. }) => self.fstring_text(),
                _ => self.code(),
            };
            if !more {
                break;
            }
            if self.diagnostics.len() >= MAX_ERRORS {
                self.stop();
            }
        }
        self.finish();
    }

    // ---- places and tokens ----

    /// The byte offset of the next character to read.
    pub(super) fn offset(&self) -> usize {
        self.source.text.len() - self.raw.remainder().len()
    }

    /// Continues reading at the byte `offset`.
    pub(super) fn seek(&mut self, offset: usize) {
        self.raw = Raw::lexer(&self.source.text);
        self.raw.bump(offset);
    }

    pub(super) fn push(&mut self, kind: TokenKind, start: usize, end: usize) {
        self.tokens.push(Token { kind, span: span(start, end) });
    }

    pub(super) fn error(&mut self, code: &'static str, title: impl Into<String>, start: usize, end: usize) {
        self.diagnostics.push(Diagnostic::syntax(code, title, span(start, end)));
    }

    fn name(&mut self, text: &str) -> Name {
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        let name: Name = text.into();
        self.names.insert(name.clone());
        name
    }

    /// The line on which a literal turns out to have no end. A line end at the very end begins no line.
    pub(super) fn detected_line(&self) -> u32 {
        let offset = self.offset();
        let line = self.source.line(offset as u32);
        let past_end = offset == self.source.text.len() && self.source.text.ends_with('\n');
        line - u32::from(past_end)
    }

    // ---- lines ----

    /// At the start of a physical line outside brackets: skips blank lines, then compares the indentation.
    fn start_line(&mut self) {
        loop {
            let start = self.offset();
            let blanks = self.raw.remainder().bytes().take_while(|b| matches!(b, b' ' | b'\t' | 0x0c)).count();
            let rest = &self.source.text[start + blanks..];
            if rest.is_empty() {
                self.raw.bump(blanks);
                return;
            }
            if let Some(skipped) = blank_line(rest) {
                self.raw.bump(blanks + skipped);
                continue;
            }
            self.raw.bump(blanks);
            let blank_text = &self.source.text[start..start + blanks];
            self.indentation.line(blank_text, start, &mut self.tokens, &mut self.diagnostics);
            self.line_first = self.tokens.len();
            return;
        }
    }

    /// Ends a logical line, unless it holds nothing.
    fn end_line(&mut self, start: usize, end: usize) {
        if self.tokens.len() > self.line_first {
            self.push(TokenKind::Newline, start, end);
        }
        self.line_first = self.tokens.len();
    }

    /// Gives up on the line at hand and on the rest of the text.
    fn stop(&mut self) {
        self.stopped = true;
        self.invalidate_line();
    }

    /// Puts an invalid expression in the place of the logical line at hand, and forgets its brackets.
    fn invalidate_line(&mut self) {
        if self.tokens.len() > self.line_first {
            let at = self.tokens[self.line_first].span;
            self.tokens.truncate(self.line_first);
            self.tokens.push(Token { kind: TokenKind::Invalid, span: at });
        }
        self.open.clear();
    }

    fn finish(&mut self) {
        let end = self.source.text.len();
        if !self.open.is_empty() {
            self.never_closed();
            self.stop();
        }
        self.end_line(end, end);
        self.indentation.end(end, &mut self.tokens);
    }

    /// Whether the next line begins with a word that only begins a statement: then the brackets that are open here
    /// were never meant to go on. Not asked within f-strings.
    fn statement_follows(&self) -> bool {
        if self.open.iter().any(|open| !matches!(open, Open::Bracket { .. })) {
            return false;
        }
        let line = self.raw.remainder().trim_start_matches([' ', '\t']);
        let word = &line[..line.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(line.len())];
        let rest = line[word.len()..].chars().next();
        !rest.is_some_and(|c| c == '_' || c.is_alphanumeric()) && STATEMENT_WORDS.contains(&word)
    }

    /// Reports the outermost open bracket and goes on after the logical line, which is given up.
    fn close_abandoned(&mut self, start: usize, end: usize) {
        self.never_closed();
        self.invalidate_line();
        self.end_line(start, end);
        self.start_line();
    }

    /// Reports the innermost bracket that nothing closes, as CPython does, unless a literal without an end explains it.
    fn never_closed(&mut self) {
        let Some(Open::Bracket { span, .. } | Open::Field { span, .. }) =
            self.open.iter().rev().find(|open| !matches!(open, Open::FString(_)))
        else {
            return;
        };
        let span = *span;
        if self.diagnostics.iter().any(|d| d.code == "unterminated-string" && d.span.start > span.start) {
            return;
        }
        let title = format!("'{}' was never closed", self.source.slice(span));
        self.error("unclosed-bracket", title, span.start as usize, span.end as usize);
    }

    // ---- code ----

    /// Reads one raw token; false at the end of the text.
    fn code(&mut self) -> bool {
        let Some(raw) = self.raw.next() else { return false };
        let (start, end) = (self.raw.span().start, self.raw.span().end);
        let Ok(raw) = raw else {
            self.unknown(start, end);
            return true;
        };
        match raw {
            Raw::Comment => {}
            Raw::LineEnd if !self.open.is_empty() => {
                if self.statement_follows() {
                    self.close_abandoned(start, end);
                }
            }
            Raw::LineEnd => {
                self.end_line(start, end);
                self.start_line();
            }
            Raw::Join => {
                if self.raw.remainder().is_empty() {
                    self.error("unexpected-eof", "unexpected EOF while parsing", start, end);
                }
            }
            Raw::Backslash => self.stray_backslash(start, end),
            Raw::Word => self.word(start, end),
            Raw::Number => self.number(start),
            Raw::Quote => self.string(start, end),
            Raw::FQuote => self.fstring_start(start, end),
            Raw::LPar => self.opener(TokenKind::LPar, ')', start, end),
            Raw::LBracket => self.opener(TokenKind::LBracket, ']', start, end),
            Raw::LBrace => self.opener(TokenKind::LBrace, '}', start, end),
            Raw::RPar => self.closer(')', start, end),
            Raw::RBracket => self.closer(']', start, end),
            Raw::RBrace => self.closer('}', start, end),
            Raw::Bang if self.in_field() => self.push(TokenKind::FBang, start, end),
            Raw::Bang => self.push(TokenKind::Unknown('!'), start, end),
            Raw::Colon | Raw::ColonEq if self.in_field() => self.field_colon(start),
            other => self.push(other.plain().unwrap_or(TokenKind::Unknown('?')), start, end),
        }
        true
    }

    /// Whether the next token stands directly in a replacement field.
    fn in_field(&self) -> bool {
        matches!(self.open.last(), Some(Open::Field { in_spec: false, .. }))
    }

    fn word(&mut self, start: usize, end: usize) {
        let text = &self.source.text[start..end];
        if let Some(keyword) = TokenKind::keyword(text) {
            return self.push(keyword, start, end);
        }
        let text = match identifier::normalize(text) {
            Ok(text) => text,
            Err(fault) => {
                let at = start + fault.at;
                self.error("invalid-character", fault.message, at, at + fault.len);
                return self.push(TokenKind::Invalid, start, end);
            }
        };
        let name = self.name(&text);
        self.push(TokenKind::Name(name), start, end);
    }

    fn number(&mut self, start: usize) {
        self.seek(start);
        let scanned = number::scan(self.raw.remainder());
        self.raw.bump(scanned.len);
        let end = start + scanned.len;
        match scanned.value {
            Ok(value) => self.push(TokenKind::Number(value), start, end),
            Err((message, _)) => {
                self.error("invalid-number", message, start, end);
                self.push(TokenKind::Invalid, start, end);
            }
        }
    }

    fn unknown(&mut self, start: usize, end: usize) {
        let c = self.source.text[start..end].chars().next().unwrap_or('?');
        if c == '\0' {
            self.error("null-byte", "source code cannot contain null bytes", start, end);
            return self.stop();
        }
        if c.is_control() {
            let title = format!("invalid non-printable character U+{:04X}", c as u32);
            self.error("invalid-character", title, start, end);
        }
        self.push(TokenKind::Unknown(c), start, end);
    }

    fn stray_backslash(&mut self, start: usize, end: usize) {
        if self.raw.remainder().is_empty() {
            return self.error("unexpected-eof", "unexpected EOF while parsing", start, end);
        }
        let title = "unexpected character after line continuation character";
        self.error("stray-backslash", title, start, end);
        self.push(TokenKind::Unknown('\\'), start, end);
    }

    // ---- brackets ----

    fn opener(&mut self, kind: TokenKind, close: char, start: usize, end: usize) {
        if self.too_deep(start, end) {
            return;
        }
        self.open.push(Open::Bracket { close, span: span(start, end) });
        self.push(kind, start, end);
    }

    /// Refuses what nests deeper than CPython allows, and everything after it.
    pub(super) fn too_deep(&mut self, start: usize, end: usize) -> bool {
        if self.open.len() < MAX_BRACKETS {
            return false;
        }
        self.error("too-deep", "too many nested parentheses", start, end);
        self.stop();
        true
    }

    fn closer(&mut self, close: char, start: usize, end: usize) {
        match self.open.last() {
            Some(Open::Bracket { close: expected, .. }) if *expected == close => {
                self.open.pop();
                self.push_closer(close, start, end);
            }
            Some(Open::Field { .. }) if close == '}' => {
                self.open.pop();
                self.push(TokenKind::FClose, start, end);
            }
            Some(Open::Bracket { span, .. }) => self.mismatch(close, *span, start, end),
            Some(Open::Field { .. }) => {
                self.error("unmatched-bracket", format!("f-string: unmatched '{close}'"), start, end)
            }
            _ => self.error("unmatched-bracket", format!("unmatched '{close}'"), start, end),
        }
    }

    /// A closer that does not fit the innermost opener. If it fits an outer one, what lies between is closed too.
    fn mismatch(&mut self, close: char, opener: Span, start: usize, end: usize) {
        let open = self.source.slice(opener);
        let (line, open_line) = (self.source.line(start as u32), self.source.line(opener.start));
        let mut title = format!("closing parenthesis '{close}' does not match opening parenthesis '{open}'");
        if line != open_line {
            title.push_str(&format!(" on line {open_line}"));
        }
        let diagnostic =
            Diagnostic::syntax("mismatched-bracket", title, span(start, end)).with_secondary(opener, "opened here");
        self.diagnostics.push(diagnostic);
        let fits = |open: &Open| match open {
            Open::Bracket { close: expected, .. } => *expected == close,
            Open::Field { .. } => close == '}',
            Open::FString(_) => false,
        };
        let brackets = self.open.iter().rposition(|open| matches!(open, Open::FString(_))).map_or(0, |at| at + 1);
        let keep = self.open[brackets..].iter().rposition(fits).map_or(self.open.len() - 1, |at| brackets + at);
        for open in self.open.split_off(keep).into_iter().rev() {
            match open {
                Open::Bracket { close, .. } => self.push_closer(close, start, end),
                Open::Field { .. } | Open::FString(_) => self.push(TokenKind::FClose, start, end),
            }
        }
    }

    fn push_closer(&mut self, close: char, start: usize, end: usize) {
        let kind = match close {
            ')' => TokenKind::RPar,
            ']' => TokenKind::RBracket,
            _ => TokenKind::RBrace,
        };
        self.push(kind, start, end);
    }
}

/// The length of a line that holds only a comment or nothing, its line end included; None if it holds more.
fn blank_line(rest: &str) -> Option<usize> {
    let line = match rest.as_bytes()[0] {
        b'#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
        b'\n' | b'\r' => 0,
        _ => return None,
    };
    let ending = &rest.as_bytes()[line..];
    Some(line + if ending.starts_with(b"\r\n") { 2 } else { ending.len().min(1) })
}

pub(super) fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}
