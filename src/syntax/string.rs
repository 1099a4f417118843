//! String and bytes literals without fields: finding the end, and CPython's messages when there is none.

use super::escape;
use super::layout::{Lexer, Open};
use super::token::TokenKind;

/// The prefix and the quotes that open a literal.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Quote {
    pub quote: char,
    pub triple: bool,
    pub raw: bool,
    pub bytes: bool,
}

impl Quote {
    /// Reads the opening of a literal, as in `Rb'''`.
    pub(super) fn parse(opening: &str) -> Quote {
        Quote {
            quote: if opening.ends_with('"') { '"' } else { '\'' },
            triple: opening.ends_with("\"\"\"") || opening.ends_with("'''"),
            raw: opening.contains(['r', 'R']),
            bytes: opening.contains(['b', 'B']),
        }
    }

    /// How many characters end the literal.
    pub(super) fn len(self) -> usize {
        if self.triple { 3 } else { 1 }
    }

    /// Whether `text` begins with the closing quotes.
    pub(super) fn closes(self, text: &str) -> bool {
        let bytes = text.as_bytes();
        bytes.len() >= self.len() && bytes[..self.len()].iter().all(|b| *b == self.quote as u8)
    }
}

/// Where the body of a literal ends.
enum End {
    /// At the closing quotes.
    Closed(usize),
    /// At a line end or at the end of the text.
    Open { at: usize, escaped_quote: bool },
}

fn find_end(quote: Quote, rest: &str) -> End {
    let bytes = rest.as_bytes();
    let mut at = 0;
    let mut escaped_quote = false;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => {
                escaped_quote |= bytes.get(at + 1) == Some(&(quote.quote as u8));
                at += if bytes[at + 1..].starts_with(b"\r\n") { 3 } else { 2 };
            }
            b'\n' | b'\r' if !quote.triple => break,
            _ if quote.closes_bytes(&bytes[at..]) => return End::Closed(at),
            _ => at += 1,
        }
    }
    End::Open { at: at.min(bytes.len()), escaped_quote }
}

impl Quote {
    fn closes_bytes(self, bytes: &[u8]) -> bool {
        bytes.len() >= self.len() && bytes[..self.len()].iter().all(|b| *b == self.quote as u8)
    }
}

impl Lexer<'_> {
    /// Scans the literal whose prefix and quotes are `start..body_start`.
    pub(super) fn string(&mut self, start: usize, body_start: usize) {
        let text: &str = &self.source.text;
        let quote = Quote::parse(&text[start..body_start]);
        match find_end(quote, &text[body_start..]) {
            End::Closed(len) => {
                let body = &text[body_start..body_start + len];
                let end = body_start + len + quote.len();
                self.raw.bump(len + quote.len());
                match escape::decode(body, quote.raw, quote.bytes) {
                    Ok(value) => self.push(TokenKind::Text(value), start, end),
                    Err(fault) => {
                        let at = body_start + fault.at;
                        self.error("invalid-escape", fault.message, at, at + fault.len);
                        self.push(TokenKind::Invalid, start, end);
                    }
                }
            }
            End::Open { at, escaped_quote } => {
                self.raw.bump(at);
                self.unterminated(quote, start, body_start, escaped_quote);
                self.push(TokenKind::Invalid, start, body_start + at);
            }
        }
    }

    /// Within a field of an f-string a literal without an end is most likely the end of the f-string itself.
    fn unterminated(&mut self, quote: Quote, start: usize, body_start: usize, escaped_quote: bool) {
        let closes_fstring = self.open.iter().rev().find_map(|open| match open {
            Open::FString(fstring) => Some(fstring.quote.quote == quote.quote && fstring.quote.triple == quote.triple),
            _ => None,
        });
        if closes_fstring == Some(true) {
            self.error("fstring-unclosed", "f-string: expecting '}'", start, body_start);
            return self.abandon_fstring();
        }
        let line = self.detected_line();
        let title = if quote.triple {
            format!("unterminated triple-quoted string literal (detected at line {line})")
        } else if escaped_quote {
            format!("unterminated string literal (detected at line {line}); perhaps you escaped the end quote?")
        } else {
            format!("unterminated string literal (detected at line {line})")
        };
        self.error("unterminated-string", title, start, body_start);
    }
}
