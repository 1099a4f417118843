//! `[…]`.

use super::error::{RegexError, Warning};
use super::escape;
use super::parse::Parser;
use super::source::Token;
use super::tree::{Item, Node};

impl Parser<'_> {
    fn warn(&mut self, what: &str, at: usize) {
        self.warnings.push(Warning { message: format!("Possible {what} at position {at}") });
    }

    fn unterminated(&self, here: usize) -> RegexError {
        self.source.error("unterminated character set", self.source.tell() - here)
    }

    /// A set, its bracket having been read.
    pub fn set(&mut self) -> Result<Node, RegexError> {
        let here = self.source.tell() - 1;
        if self.source.peek_is('[') {
            self.warn("nested set", self.source.tell());
        }
        let negate = self.source.eat('^')?;
        let mut items = Vec::new();
        loop {
            let Some(token) = self.source.get()? else { return Err(self.unterminated(here)) };
            if token == Token::Char(']') && !items.is_empty() {
                break;
            }
            if !items.is_empty() && self.source.next == Some(token) {
                self.warn_of_operator(token);
            }
            let low = self.member(token)?;
            if !self.source.eat('-')? {
                items.push(low);
                continue;
            }
            match self.source.get()? {
                None => return Err(self.unterminated(here)),
                Some(Token::Char(']')) => {
                    items.extend([low, Item::Char('-' as u32)]);
                    break;
                }
                Some(end) => items.push(self.range(low, token, end)?),
            }
        }
        Ok(match (&items[..], negate) {
            ([Item::Char(code)], true) => Node::NotLiteral(*code),
            ([Item::Char(code)], false) => Node::Literal(*code),
            _ => Node::Set { negate, items },
        })
    }

    /// Doubled characters that other languages read as operations on sets.
    fn warn_of_operator(&mut self, token: Token) {
        let what = match token {
            Token::Char('-') => "set difference",
            Token::Char('&') => "set intersection",
            Token::Char('~') => "set symmetric difference",
            Token::Char('|') => "set union",
            _ => return,
        };
        self.warn(what, self.source.tell() - 1);
    }

    fn member(&mut self, token: Token) -> Result<Item, RegexError> {
        match token {
            Token::Escape(c) => escape::in_set(&mut self.source, c),
            Token::Char(c) => Ok(Item::Char(c as u32)),
        }
    }

    /// `first-last`; `low` is the member that `first` has given.
    fn range(&mut self, low: Item, first: Token, last: Token) -> Result<Item, RegexError> {
        if last == Token::Char('-') {
            self.warn("set difference", self.source.tell() - 2);
        }
        match (low, self.member(last)?) {
            (Item::Char(low), Item::Char(high)) if low <= high => Ok(Item::Range(low, high)),
            _ => {
                let message = format!("bad character range {}-{}", first.text(), last.text());
                Err(self.source.error(message, first.len() + 1 + last.len()))
            }
        }
    }
}
