//! The text of a pattern or a template, read character by character; a backslash and what follows are one token.

use super::super::str_repr;
use super::error::RegexError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    Char(char),
    /// The character after a backslash.
    Escape(char),
}

impl Token {
    /// Characters of the text.
    pub fn len(self) -> usize {
        match self {
            Token::Char(_) => 1,
            Token::Escape(_) => 2,
        }
    }

    pub fn push_to(self, out: &mut String) {
        match self {
            Token::Char(c) => out.push(c),
            Token::Escape(c) => out.extend(['\\', c]),
        }
    }

    pub fn text(self) -> String {
        let mut out = String::new();
        self.push_to(&mut out);
        out
    }
}

pub struct Source<'a> {
    chars: &'a [char],
    /// A `str`; else bytes as characters.
    pub text: bool,
    /// Behind `next`.
    index: usize,
    /// The token to be read.
    pub next: Option<Token>,
}

impl<'a> Source<'a> {
    pub fn new(chars: &'a [char], text: bool) -> Result<Source<'a>, RegexError> {
        let mut source = Source { chars, text, index: 0, next: None };
        source.advance()?;
        Ok(source)
    }

    fn advance(&mut self) -> Result<(), RegexError> {
        self.next = match self.chars.get(self.index) {
            None => None,
            Some('\\') => match self.chars.get(self.index + 1) {
                Some(c) => Some(Token::Escape(*c)),
                None => {
                    let (message, at) = ("bad escape (end of pattern)".to_owned(), Some(self.chars.len() - 1));
                    return Err(RegexError::Pattern { message, at });
                }
            },
            Some(c) => Some(Token::Char(*c)),
        };
        self.index += self.next.map_or(0, Token::len);
        Ok(())
    }

    /// Reads a token.
    pub fn get(&mut self) -> Result<Option<Token>, RegexError> {
        let token = self.next;
        self.advance()?;
        Ok(token)
    }

    pub fn peek_is(&self, c: char) -> bool {
        self.next == Some(Token::Char(c))
    }

    /// Reads `c` if it is next.
    pub fn eat(&mut self, c: char) -> Result<bool, RegexError> {
        let found = self.peek_is(c);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    /// The next character, if `wanted`.
    pub fn next_char(&self, wanted: impl Fn(char) -> bool) -> Option<char> {
        match self.next {
            Some(Token::Char(c)) if wanted(c) => Some(c),
            _ => None,
        }
    }

    /// Appends up to `most` characters that are `wanted`.
    pub fn get_while(
        &mut self,
        most: usize,
        wanted: impl Fn(char) -> bool,
        out: &mut String,
    ) -> Result<(), RegexError> {
        for _ in 0..most {
            let Some(c) = self.next_char(&wanted) else { break };
            out.push(c);
            self.advance()?;
        }
        Ok(())
    }

    /// The text before `terminator`, which is read too; `what` it is, for the errors.
    pub fn get_until(&mut self, terminator: char, what: &str) -> Result<String, RegexError> {
        let mut result = String::new();
        loop {
            match self.get()? {
                None if result.is_empty() => return Err(self.error(format!("missing {what}"), 0)),
                None => {
                    let length = result.chars().count();
                    return Err(self.error(format!("missing {terminator}, unterminated name"), length));
                }
                Some(Token::Char(c)) if c == terminator => {
                    if result.is_empty() {
                        return Err(self.error(format!("missing {what}"), 1));
                    }
                    return Ok(result);
                }
                Some(token) => token.push_to(&mut result),
            }
        }
    }

    /// Where `next` begins, in characters.
    pub fn tell(&self) -> usize {
        self.index - self.next.map_or(0, Token::len)
    }

    pub fn seek(&mut self, index: usize) -> Result<(), RegexError> {
        self.index = index;
        self.advance()
    }

    /// An error `back` characters before the next token.
    #[cold]
    pub fn error(&self, message: impl Into<String>, back: usize) -> RegexError {
        let message = message.into();
        let message = if self.text { message } else { str_repr::escape_non_ascii(&message) };
        RegexError::Pattern { message, at: Some(self.tell().saturating_sub(back)) }
    }

    /// Refuses what is no name for a group; `back` as in [`Source::error`], behind the name.
    pub fn check_group_name(&self, name: &str, back: usize) -> Result<(), RegexError> {
        let shown = if !self.text && !name.is_ascii() {
            str_repr::ascii_str(name)
        } else if !super::super::str_case::is_identifier(name) {
            str_repr::repr_str(name)
        } else {
            return Ok(());
        };
        Err(self.error(format!("bad character in group name {shown}"), name.chars().count() + back))
    }
}
