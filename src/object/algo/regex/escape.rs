//! Escapes within a pattern, inside and outside of sets.

use super::error::RegexError;
use super::parse::Parser;
use super::source::Source;
use super::tree::{Category, Item, Node, Place};

/// The code of an escape that stands for one character everywhere; `\b` does so only in sets.
fn simple(c: char) -> Option<u32> {
    Some(match c {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        '\\' => '\\' as u32,
        _ => return None,
    })
}

/// The same for templates, where `\b` is a backspace too.
pub fn simple_char(c: char) -> Option<char> {
    simple(c).and_then(char::from_u32)
}

fn category(c: char) -> Option<Item> {
    let category = match c.to_ascii_lowercase() {
        'd' => Category::Digit,
        's' => Category::Space,
        'w' => Category::Word,
        _ => return None,
    };
    Some(Item::Category { category, negate: c.is_ascii_uppercase() })
}

fn place(c: char) -> Option<Place> {
    Some(match c {
        'A' => Place::Start,
        'Z' => Place::End,
        'b' => Place::Boundary,
        'B' => Place::NotBoundary,
        _ => return None,
    })
}

pub fn is_octal(c: char) -> bool {
    ('0'..='7').contains(&c)
}

/// `\xhh`, `\uhhhh`, `\Uhhhhhhhh`; None if `c` begins none of them.
fn by_number(source: &mut Source, c: char) -> Result<Option<u32>, RegexError> {
    let digits = match c {
        'x' => 2,
        'u' if source.text => 4,
        'U' if source.text => 8,
        _ => return Ok(None),
    };
    let mut escape = format!("\\{c}");
    source.get_while(digits, |c| c.is_ascii_hexdigit(), &mut escape)?;
    if escape.len() != digits + 2 {
        return Err(source.error(format!("incomplete escape {escape}"), escape.len()));
    }
    match u32::from_str_radix(&escape[2..], 16) {
        Ok(code) if code <= char::MAX as u32 => Ok(Some(code)),
        _ => Err(bad(source, &escape)),
    }
}

/// `\N{name}`: this language has no table of the characters' names.
fn by_name(source: &mut Source) -> Result<u32, RegexError> {
    if !source.eat('{')? {
        return Err(source.error("missing {", 0));
    }
    let name = source.get_until('}', "character name")?;
    let shown = super::super::str_repr::repr_str(&name);
    Err(source.error(format!("undefined character name {shown}"), name.chars().count() + 4))
}

fn bad(source: &Source, escape: &str) -> RegexError {
    source.error(format!("bad escape {escape}"), escape.chars().count())
}

/// An octal escape with its backslash.
fn octal(source: &Source, escape: &str) -> Result<u32, RegexError> {
    match u32::from_str_radix(&escape[1..], 8) {
        Ok(code) if code <= 0o377 => Ok(code),
        _ => Err(source.error(format!("octal escape value {escape} outside of range 0-0o377"), escape.len())),
    }
}

/// An escape within a set, the backslash and `c` having been read.
pub fn in_set(source: &mut Source, c: char) -> Result<Item, RegexError> {
    if let Some(item) = simple(c).map(Item::Char).or_else(|| category(c)) {
        return Ok(item);
    }
    if let Some(code) = by_number(source, c)? {
        return Ok(Item::Char(code));
    }
    if c == 'N' && source.text {
        return by_name(source).map(Item::Char);
    }
    if is_octal(c) {
        let mut escape = format!("\\{c}");
        source.get_while(2, is_octal, &mut escape)?;
        return octal(source, &escape).map(Item::Char);
    }
    if c.is_ascii_alphanumeric() { Err(bad(source, &format!("\\{c}"))) } else { Ok(Item::Char(c as u32)) }
}

impl Parser<'_> {
    /// An escape outside of sets, the backslash and `c` having been read.
    pub fn escape(&mut self, c: char) -> Result<Node, RegexError> {
        if let Some(place) = place(c) {
            return Ok(Node::At(place));
        }
        if let Some(item) = category(c) {
            return Ok(Node::Set { negate: false, items: vec![item] });
        }
        if let Some(code) = simple(c) {
            return Ok(Node::Literal(code));
        }
        if let Some(code) = by_number(&mut self.source, c)? {
            return Ok(Node::Literal(code));
        }
        if c == 'N' && self.source.text {
            return by_name(&mut self.source).map(Node::Literal);
        }
        if c == '0' {
            let mut escape = "\\0".to_owned();
            self.source.get_while(2, is_octal, &mut escape)?;
            return octal(&self.source, &escape).map(Node::Literal);
        }
        if c.is_ascii_digit() {
            return self.digits(c);
        }
        if c.is_ascii_alphabetic() { Err(bad(&self.source, &format!("\\{c}"))) } else { Ok(Node::Literal(c as u32)) }
    }

    /// A reference to a group (one or two digits), or three octal digits.
    fn digits(&mut self, first: char) -> Result<Node, RegexError> {
        let mut escape = format!("\\{first}");
        self.source.get_while(1, |c| c.is_ascii_digit(), &mut escape)?;
        if escape.len() == 3 && escape[1..].chars().all(is_octal) && self.source.next_char(is_octal).is_some() {
            self.source.get_while(1, is_octal, &mut escape)?;
            return octal(&self.source, &escape).map(Node::Literal);
        }
        let group = escape[1..].parse().unwrap_or(usize::MAX);
        if group >= self.group_count() {
            return Err(self.source.error(format!("invalid group reference {group}"), escape.len() - 1));
        }
        if !self.is_closed(group) {
            return Err(self.source.error("cannot refer to an open group", escape.len()));
        }
        self.check_lookbehind_group(group)?;
        Ok(Node::BackRef(group))
    }
}
