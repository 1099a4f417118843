//! The parser of patterns: recursive descent, with CPython's messages and places.

use super::error::{RegexError, Warning};
use super::flags::{self, Flags, VERBOSE};
use super::source::{Source, Token};
use super::tree::{Item, Node, Place, RepeatKind, Sequence, UNLIMITED};

/// Groups nested in one another; beyond it CPython's parser runs into its recursion limit too.
pub const MAX_DEPTH: usize = 480;

/// A parsed pattern.
pub struct Parsed {
    pub tree: Sequence,
    pub flags: Flags,
    pub groups: usize,
    pub names: Vec<(String, usize)>,
    pub warnings: Vec<Warning>,
}

pub struct Parser<'a> {
    pub source: Source<'a>,
    /// Grow by inline flags for the whole pattern.
    pub flags: Flags,
    /// Of each group, the whole match included: has it been closed?
    closed: Vec<bool>,
    pub names: Vec<(String, usize)>,
    /// Within a look-behind: the number of groups when it began.
    pub lookbehind: Option<usize>,
    /// Groups that conditions name by number, each with the place of the first; they may come later.
    pub conditions: Vec<(usize, usize)>,
    pub warnings: Vec<Warning>,
    pub depth: usize,
}

/// Parses a pattern given as characters.
pub fn parse(chars: &[char], text: bool, flags: Flags) -> Result<Parsed, RegexError> {
    let mut parser = Parser {
        source: Source::new(chars, text)?,
        flags,
        closed: vec![false],
        names: Vec::new(),
        lookbehind: None,
        conditions: Vec::new(),
        warnings: Vec::new(),
        depth: 0,
    };
    let tree = parser.alternatives(flags & VERBOSE != 0)?;
    let flags = flags::settle(text, parser.flags)?;
    if parser.source.next.is_some() {
        return Err(parser.source.error("unbalanced parenthesis", 0));
    }
    let groups = parser.group_count();
    if let Some((group, at)) = parser.conditions.iter().find(|(group, _)| *group >= groups) {
        let message = format!("invalid group reference {group}");
        return Err(RegexError::Pattern { message, at: Some(*at) });
    }
    let (names, warnings) = (parser.names, parser.warnings);
    Ok(Parsed { tree, flags, groups: groups - 1, names, warnings })
}

pub fn is_pattern_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c')
}

impl Parser<'_> {
    /// Groups so far, the whole match included.
    pub fn group_count(&self) -> usize {
        self.closed.len()
    }

    pub fn is_closed(&self, group: usize) -> bool {
        self.closed.get(group).copied().unwrap_or(false)
    }

    /// A new group; `name_end` is where errors about the name count back from.
    pub fn open_group(&mut self, name: Option<String>) -> Result<usize, RegexError> {
        let index = self.closed.len();
        self.closed.push(false);
        if let Some(name) = name {
            if let Some((_, old)) = self.names.iter().find(|(known, _)| *known == name) {
                let shown = super::super::str_repr::repr_str(&name);
                let message = format!("redefinition of group name {shown} as group {index}; was group {old}");
                return Err(self.source.error(message, name.chars().count() + 1));
            }
            self.names.push((name, index));
        }
        Ok(index)
    }

    pub fn close_group(&mut self, index: usize) {
        self.closed[index] = true;
    }

    /// A look-behind may only refer to groups that were complete before it.
    pub fn check_lookbehind_group(&self, group: usize) -> Result<(), RegexError> {
        let Some(first) = self.lookbehind else { return Ok(()) };
        if !self.is_closed(group) {
            return Err(self.source.error("cannot refer to an open group", 0));
        }
        if group >= first {
            let message = "cannot refer to group defined in the same lookbehind subpattern";
            return Err(self.source.error(message, 0));
        }
        Ok(())
    }

    /// `a|b|c`
    pub fn alternatives(&mut self, mut verbose: bool) -> Result<Sequence, RegexError> {
        let mut items = Vec::new();
        loop {
            items.push(self.sequence(verbose, items.is_empty() && self.depth == 0)?);
            if !self.source.eat('|')? {
                break;
            }
            if self.depth == 0 {
                verbose = self.flags & VERBOSE != 0;
            }
        }
        if items.len() == 1 {
            return Ok(items.pop().unwrap_or_default());
        }
        Ok(vec![as_set(&items).unwrap_or(Node::Branch(items))])
    }

    /// Items up to `|`, `)` or the end. `first`: flags for the whole pattern may stand at the beginning.
    pub fn sequence(&mut self, mut verbose: bool, first: bool) -> Result<Sequence, RegexError> {
        let mut out = Sequence::new();
        while let Some(token) = self.source.next {
            if matches!(token, Token::Char('|' | ')')) {
                break;
            }
            self.source.get()?;
            match token {
                Token::Char(c) if verbose && is_pattern_space(c) => {}
                Token::Char('#') if verbose => while !matches!(self.source.get()?, None | Some(Token::Char('\n'))) {},
                Token::Escape(c) => out.push(self.escape(c)?),
                Token::Char('[') => out.push(self.set()?),
                Token::Char(c @ ('*' | '+' | '?' | '{')) => self.quantifier(c, &mut out)?,
                Token::Char('.') => out.push(Node::Any),
                Token::Char('^') => out.push(Node::At(Place::Caret)),
                Token::Char('$') => out.push(Node::At(Place::Dollar)),
                Token::Char('(') => self.parenthesis(&mut verbose, first, &mut out)?,
                Token::Char(c) => out.push(Node::Literal(c as u32)),
            }
        }
        Ok(out)
    }

    /// A quantifier, its first character having been read.
    fn quantifier(&mut self, c: char, out: &mut Sequence) -> Result<(), RegexError> {
        let here = self.source.tell();
        let (min, max) = match c {
            '?' => (0, 1),
            '*' => (0, UNLIMITED),
            '+' => (1, UNLIMITED),
            _ => match self.bounds(here)? {
                Some(bounds) => bounds,
                None => {
                    out.push(Node::Literal('{' as u32));
                    return Ok(());
                }
            },
        };
        let width = self.source.tell() + 1 - here;
        let body = match out.pop() {
            None | Some(Node::At(_)) => return Err(self.source.error("nothing to repeat", width)),
            Some(Node::Repeat { .. }) => return Err(self.source.error("multiple repeat", width)),
            Some(Node::Group { index: None, add: 0, del: 0, body }) => body,
            Some(node) => vec![node],
        };
        let kind = if self.source.eat('?')? {
            RepeatKind::Lazy
        } else if self.source.eat('+')? {
            RepeatKind::Possessive
        } else {
            RepeatKind::Greedy
        };
        out.push(Node::Repeat { kind, min, max, body });
        Ok(())
    }

    /// `{m,n}` after its brace; None if it is none, and the brace a plain character.
    fn bounds(&mut self, here: usize) -> Result<Option<(u32, u32)>, RegexError> {
        if self.source.peek_is('}') {
            return Ok(None);
        }
        let (mut low, mut high) = (String::new(), String::new());
        self.source.get_while(usize::MAX, |c| c.is_ascii_digit(), &mut low)?;
        if self.source.eat(',')? {
            self.source.get_while(usize::MAX, |c| c.is_ascii_digit(), &mut high)?;
        } else {
            high.clone_from(&low);
        }
        if !self.source.eat('}')? {
            self.source.seek(here)?;
            return Ok(None);
        }
        let number = |text: &str, default: u32| match text {
            "" => Ok(default),
            _ => match text.parse::<u32>() {
                Ok(number) if number != UNLIMITED => Ok(number),
                _ => Err(RegexError::Overflow("the repetition number is too large")),
            },
        };
        let (min, max) = (number(&low, 0)?, number(&high, UNLIMITED)?);
        if max < min {
            return Err(self.source.error("min repeat greater than max repeat", self.source.tell() - here));
        }
        Ok(Some((min, max)))
    }
}

/// Alternatives of one character each are a set.
fn as_set(alternatives: &[Sequence]) -> Option<Node> {
    let mut items = Vec::new();
    for alternative in alternatives {
        match &alternative[..] {
            [Node::Literal(code)] => items.push(Item::Char(*code)),
            [Node::Set { negate: false, items: more }] => items.extend(more),
            _ => return None,
        }
    }
    Some(Node::Set { negate: false, items })
}
