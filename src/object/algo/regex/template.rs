//! Replacement texts of `sub` and `expand`: literal parts and references to groups.

use super::Regex;
use super::error::RegexError;
use super::escape::{is_octal, simple_char};
use super::source::{Source, Token};

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Characters; those of a template of bytes are its bytes.
    Literal(String),
    Group(usize),
}

/// Takes a template apart.
///
/// # Errors
/// What is wrong with it, or IndexError for an unknown name.
pub fn parse(chars: &[char], text: bool, regex: &Regex) -> Result<Vec<Piece>, RegexError> {
    let mut parser = Parser { source: Source::new(chars, text)?, regex, pieces: Vec::new(), literal: String::new() };
    while let Some(token) = parser.source.get()? {
        match token {
            Token::Char(c) => parser.literal.push(c),
            Token::Escape(c) => parser.escape(c)?,
        }
    }
    parser.end_literal();
    Ok(parser.pieces)
}

struct Parser<'a> {
    source: Source<'a>,
    regex: &'a Regex,
    pieces: Vec<Piece>,
    literal: String,
}

impl Parser<'_> {
    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.pieces.push(Piece::Literal(std::mem::take(&mut self.literal)));
        }
    }

    fn group(&mut self, index: usize, back: usize) -> Result<(), RegexError> {
        if index > self.regex.groups {
            return Err(self.source.error(format!("invalid group reference {index}"), back));
        }
        self.end_literal();
        self.pieces.push(Piece::Group(index));
        Ok(())
    }

    fn escape(&mut self, c: char) -> Result<(), RegexError> {
        let mut escape = format!("\\{c}");
        match c {
            'g' => return self.named(),
            '0' => {
                self.source.get_while(2, is_octal, &mut escape)?;
                self.literal.extend(octal(&escape));
            }
            '1'..='9' => {
                self.source.get_while(1, |c| c.is_ascii_digit(), &mut escape)?;
                let three = escape.len() == 3 && escape[1..].chars().all(is_octal);
                if !three || self.source.next_char(is_octal).is_none() {
                    return self.group(escape[1..].parse().unwrap_or(usize::MAX), escape.len() - 1);
                }
                self.source.get_while(1, is_octal, &mut escape)?;
                match octal(&escape) {
                    Some(c) => self.literal.push(c),
                    None => {
                        let message = format!("octal escape value {escape} outside of range 0-0o377");
                        return Err(self.source.error(message, escape.len()));
                    }
                }
            }
            _ => match simple_char(c) {
                Some(c) => self.literal.push(c),
                None if c.is_ascii_alphabetic() => {
                    return Err(self.source.error(format!("bad escape {escape}"), 2));
                }
                None => self.literal.push_str(&escape),
            },
        }
        Ok(())
    }

    /// `\g<name>` or `\g<number>` after the `g`.
    fn named(&mut self) -> Result<(), RegexError> {
        if !self.source.eat('<')? {
            return Err(self.source.error("missing <", 0));
        }
        let name = self.source.get_until('>', "group name")?;
        let length = name.chars().count();
        if name.bytes().all(|c| c.is_ascii_digit()) {
            let digits = name.trim_start_matches('0');
            let index = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(usize::MAX) };
            if index == usize::MAX {
                return Err(self.source.error(format!("invalid group reference {digits}"), length + 1));
            }
            return self.group(index, length + 1);
        }
        self.source.check_group_name(&name, 1)?;
        match self.regex.names.iter().find(|(known, _)| *known == name) {
            Some((_, index)) => self.group(*index, length + 1),
            None => {
                let shown = super::super::str_repr::repr_str(&name);
                Err(RegexError::Index(format!("unknown group name {shown}")))
            }
        }
    }
}

/// The character of an octal escape with its backslash; None beyond one byte.
fn octal(escape: &str) -> Option<char> {
    u8::from_str_radix(&escape[1..], 8).ok().map(char::from)
}
