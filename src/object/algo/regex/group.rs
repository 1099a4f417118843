//! `(…)` and everything that begins with `(?`.

use super::error::RegexError;
use super::flags::{self, Flags, VERBOSE};
use super::parse::{MAX_DEPTH, Parser};
use super::source::Token;
use super::tree::{Node, Sequence};

/// As many groups as CPython allows on 64-bit machines.
const MAX_GROUPS: usize = (u32::MAX / 2) as usize;

/// What stands between a parenthesis and the body.
enum Head {
    /// It was complete in itself.
    Done,
    Capture(Option<String>),
    Atomic,
    Plain {
        add: Flags,
        del: Flags,
    },
}

impl Parser<'_> {
    /// A parenthesis, having been read; `first` as in `sequence`.
    pub fn parenthesis(&mut self, verbose: &mut bool, first: bool, out: &mut Sequence) -> Result<(), RegexError> {
        let start = self.source.tell() - 1;
        if self.depth >= MAX_DEPTH {
            return Err(RegexError::Recursion);
        }
        self.depth += 1;
        let head = match self.source.eat('?')? {
            true => self.extension(start, verbose, first && out.is_empty(), out)?,
            false => Head::Capture(None),
        };
        let (index, add, del, atomic) = match head {
            Head::Done => {
                self.depth -= 1;
                return Ok(());
            }
            Head::Capture(name) => (Some(self.open_group(name)?), 0, 0, false),
            Head::Atomic => (None, 0, 0, true),
            Head::Plain { add, del } => (None, add, del, false),
        };
        let inner_verbose = (*verbose || add & VERBOSE != 0) && del & VERBOSE == 0;
        let body = self.alternatives(inner_verbose)?;
        self.close(start)?;
        if let Some(index) = index {
            self.close_group(index);
        }
        self.depth -= 1;
        out.push(if atomic { Node::Atomic(body) } else { Node::Group { index, add, del, body } });
        Ok(())
    }

    fn close(&mut self, start: usize) -> Result<(), RegexError> {
        if self.source.eat(')')? {
            return Ok(());
        }
        Err(self.source.error("missing ), unterminated subpattern", self.source.tell() - start))
    }

    /// What follows `(?`.
    fn extension(
        &mut self,
        start: usize,
        verbose: &mut bool,
        first: bool,
        out: &mut Sequence,
    ) -> Result<Head, RegexError> {
        let token = self.some("unexpected end of pattern")?;
        match token {
            Token::Char('P') => self.python_extension(out),
            Token::Char(':') => Ok(Head::Plain { add: 0, del: 0 }),
            Token::Char('#') => self.comment(start),
            Token::Char('=' | '!' | '<') => self.look(start, token, *verbose, out),
            Token::Char('(') => self.conditional(start, *verbose, out),
            Token::Char('>') => Ok(Head::Atomic),
            Token::Char(c) if c == '-' || flags::of_letter(c).is_some() => {
                if let Some((add, del)) = self.inline_flags(c)? {
                    return Ok(Head::Plain { add, del });
                }
                if !first {
                    let message = "global flags not at the start of the expression";
                    return Err(self.source.error(message, self.source.tell() - start));
                }
                *verbose = self.flags & VERBOSE != 0;
                Ok(Head::Done)
            }
            _ => Err(self.source.error(format!("unknown extension ?{}", token.text()), token.len() + 1)),
        }
    }

    /// The next token, or an error.
    fn some(&mut self, message: &str) -> Result<Token, RegexError> {
        match self.source.get()? {
            Some(token) => Ok(token),
            None => Err(self.source.error(message, 0)),
        }
    }

    /// `(?P<name>…)`, `(?P=name)`
    fn python_extension(&mut self, out: &mut Sequence) -> Result<Head, RegexError> {
        if self.source.eat('<')? {
            let name = self.source.get_until('>', "group name")?;
            self.source.check_group_name(&name, 1)?;
            return Ok(Head::Capture(Some(name)));
        }
        if self.source.eat('=')? {
            let name = self.source.get_until(')', "group name")?;
            self.source.check_group_name(&name, 1)?;
            let group = self.group_named(&name)?;
            if !self.is_closed(group) {
                return Err(self.source.error("cannot refer to an open group", name.chars().count() + 1));
            }
            self.check_lookbehind_group(group)?;
            out.push(Node::BackRef(group));
            return Ok(Head::Done);
        }
        let token = self.some("unexpected end of pattern")?;
        Err(self.source.error(format!("unknown extension ?P{}", token.text()), token.len() + 2))
    }

    fn group_named(&self, name: &str) -> Result<usize, RegexError> {
        match self.names.iter().find(|(known, _)| known == name) {
            Some((_, group)) => Ok(*group),
            None => {
                let shown = super::super::str_repr::repr_str(name);
                Err(self.source.error(format!("unknown group name {shown}"), name.chars().count() + 1))
            }
        }
    }

    fn comment(&mut self, start: usize) -> Result<Head, RegexError> {
        loop {
            if self.source.next.is_none() {
                return Err(self.source.error("missing ), unterminated comment", self.source.tell() - start));
            }
            if self.source.get()? == Some(Token::Char(')')) {
                return Ok(Head::Done);
            }
        }
    }

    /// `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)`
    fn look(&mut self, start: usize, head: Token, verbose: bool, out: &mut Sequence) -> Result<Head, RegexError> {
        let behind = head == Token::Char('<');
        let mut sign = head;
        let outer = self.lookbehind;
        if behind {
            sign = self.some("unexpected end of pattern")?;
            if !matches!(sign, Token::Char('=' | '!')) {
                return Err(self.source.error(format!("unknown extension ?<{}", sign.text()), sign.len() + 2));
            }
            self.lookbehind = outer.or(Some(self.group_count()));
        }
        let body = self.alternatives(verbose)?;
        self.lookbehind = outer;
        self.close(start)?;
        let negate = sign == Token::Char('!');
        let never = negate && body.is_empty();
        out.push(if never { Node::Fail } else { Node::Look { behind, negate, body } });
        Ok(Head::Done)
    }

    /// `(?(group)yes|no)`
    fn conditional(&mut self, start: usize, verbose: bool, out: &mut Sequence) -> Result<Head, RegexError> {
        let name = self.source.get_until(')', "group name")?;
        let length = name.chars().count();
        let group = if name.bytes().all(|c| c.is_ascii_digit()) {
            self.conditional_number(&name, length)?
        } else {
            self.source.check_group_name(&name, 1)?;
            self.group_named(&name)?
        };
        self.check_lookbehind_group(group)?;
        let yes = self.sequence(verbose, false)?;
        let mut no = None;
        if self.source.eat('|')? {
            no = Some(self.sequence(verbose, false)?);
            if self.source.peek_is('|') {
                return Err(self.source.error("conditional backref with more than two branches", 0));
            }
        }
        self.close(start)?;
        out.push(Node::Conditional { group, yes, no });
        Ok(Head::Done)
    }

    fn conditional_number(&mut self, name: &str, length: usize) -> Result<usize, RegexError> {
        let group = name.parse().unwrap_or(usize::MAX);
        if group == 0 {
            return Err(self.source.error("bad group number", length + 1));
        }
        if group >= MAX_GROUPS {
            let digits = name.trim_start_matches('0');
            return Err(self.source.error(format!("invalid group reference {digits}"), length + 1));
        }
        if !self.conditions.iter().any(|(known, _)| *known == group) {
            self.conditions.push((group, self.source.tell() - length - 1));
        }
        Ok(group)
    }

    /// `(?aiLmsux-imsx:`, or `(?aiLmsux)`, whose flags are the whole pattern's: None.
    fn inline_flags(&mut self, first: char) -> Result<Option<(Flags, Flags)>, RegexError> {
        let (mut add, mut del, mut c) = (0, 0, first);
        if c != '-' {
            c = loop {
                add = self.added_flag(c, add)?;
                match self.some("missing -, : or )")? {
                    Token::Char(end @ (')' | '-' | ':')) => break end,
                    token => c = self.flag_letter(token, "missing -, : or )")?,
                }
            };
        }
        if c == ')' {
            self.flags |= add;
            return Ok(None);
        }
        if c == '-' {
            let token = self.some("missing flag")?;
            let mut c = self.flag_letter(token, "missing flag")?;
            loop {
                let flag = flags::of_letter(c).unwrap_or(0);
                if flag & flags::TYPES != 0 {
                    let message = "bad inline flags: cannot turn off flags 'a', 'u' and 'L'";
                    return Err(self.source.error(message, 0));
                }
                del |= flag;
                match self.some("missing :")? {
                    Token::Char(':') => break,
                    token => c = self.flag_letter(token, "missing :")?,
                }
            }
        }
        if add & del != 0 {
            return Err(self.source.error("bad inline flags: flag turned on and off", 1));
        }
        Ok(Some((add, del)))
    }

    /// A letter of [`flags::of_letter`], or an error: `otherwise` if it is no letter at all.
    fn flag_letter(&mut self, token: Token, otherwise: &str) -> Result<char, RegexError> {
        match token {
            Token::Char(c) if flags::of_letter(c).is_some() => Ok(c),
            Token::Char(c) if super::super::char_class::is_alpha(c) => Err(self.source.error("unknown flag", 1)),
            token => Err(self.source.error(otherwise, token.len())),
        }
    }

    fn added_flag(&mut self, c: char, add: Flags) -> Result<Flags, RegexError> {
        let wrong = match (c, self.source.text) {
            ('L', true) => Some("bad inline flags: cannot use 'L' flag with a str pattern"),
            ('u', false) => Some("bad inline flags: cannot use 'u' flag with a bytes pattern"),
            _ => None,
        };
        if let Some(message) = wrong {
            return Err(self.source.error(message, 0));
        }
        let flag = flags::of_letter(c).unwrap_or(0);
        let add = add | flag;
        if flag & flags::TYPES != 0 && add & flags::TYPES != flag {
            let message = "bad inline flags: flags 'a', 'u' and 'L' are incompatible";
            return Err(self.source.error(message, 0));
        }
        Ok(add)
    }
}
