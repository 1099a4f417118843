//! Templates of `str.format`: literal text, replacement fields with access path, conversion and format specification,
//! and the numbering of fields. Follows CPython's `Objects/stringlib/unicode_format.h`.
//!
//! A specification may hold fields itself; the caller runs [`Segments`] over it with the same [`Numbering`], to
//! [`MAX_DEPTH`] levels in all.

use super::char_class::decimal_value;
use super::fault::{Fault, FaultKind};

/// Levels of templates: the whole and the specifications in it.
pub const MAX_DEPTH: usize = 2;

/// Literal text, and the field that follows it if there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    pub literal: &'a str,
    pub field: Option<Field<'a>>,
}

/// `{name!conversion:spec}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// The part before `!` or `:`; read it with [`FieldName::parse`].
    pub name: &'a str,
    /// The letter after `!`, not yet judged (see [`conversion`]).
    pub conversion: Option<char>,
    pub spec: &'a str,
    /// The specification holds `{`, so it is a template itself.
    pub nested: bool,
}

/// What `!r` and its like ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldConversion {
    Repr,
    Str,
    Ascii,
}

/// Judges the letter of a conversion.
///
/// # Errors
/// `ValueError: Unknown conversion specifier …`.
pub fn conversion(letter: char) -> Result<FieldConversion, Fault> {
    match letter {
        'r' => Ok(FieldConversion::Repr),
        's' => Ok(FieldConversion::Str),
        'a' => Ok(FieldConversion::Ascii),
        '!'..='~' => Err(Fault::value(format!("Unknown conversion specifier {letter}"))),
        _ => Err(Fault::value(format!("Unknown conversion specifier \\x{:x}", letter as u32))),
    }
}

/// Specifications nested too deep.
pub fn too_deep() -> Fault {
    Fault::value("Max string recursion exceeded")
}

/// A numbered field without such an argument.
pub fn index_out_of_range(index: usize) -> Fault {
    Fault::new(FaultKind::IndexError, format!("Replacement index {index} out of range for positional args tuple"))
}

/// A numbered field in `format_map`.
pub fn positional_in_map() -> Fault {
    Fault::value("Format string contains positional fields")
}

/// The segments of a template, in order; ends after the first error.
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    rest: &'a str,
}

impl<'a> Segments<'a> {
    pub fn new(template: &'a str) -> Segments<'a> {
        Segments { rest: template }
    }

    fn segment(&mut self) -> Result<Segment<'a>, Fault> {
        let text = self.rest;
        let Some(brace) = memchr::memchr2(b'{', b'}', text.as_bytes()) else {
            self.rest = "";
            return Ok(Segment { literal: text, field: None });
        };
        let (here, next) = (text.as_bytes()[brace], text.as_bytes().get(brace + 1).copied());
        if next == Some(here) {
            self.rest = &text[brace + 2..];
            return Ok(Segment { literal: &text[..=brace], field: None });
        }
        if here == b'}' {
            return Err(Fault::value("Single '}' encountered in format string"));
        }
        if next.is_none() {
            return Err(Fault::value("Single '{' encountered in format string"));
        }
        self.rest = &text[brace + 1..];
        Ok(Segment { literal: &text[..brace], field: Some(self.field()?) })
    }

    /// What follows a `{`.
    fn field(&mut self) -> Result<Field<'a>, Fault> {
        let (name, end) = self.field_name()?;
        let mut field = Field { name, conversion: None, spec: "", nested: false };
        if end == '!' {
            let letter =
                self.take().ok_or_else(|| Fault::value("end of string while looking for conversion specifier"))?;
            field.conversion = Some(letter);
            match self.take() {
                Some('}') => return Ok(field),
                Some(':') | None => {}
                Some(_) => return Err(Fault::value("expected ':' after conversion specifier")),
            }
        }
        if end == '}' {
            return Ok(field);
        }
        let text = self.rest;
        let mut depth = 1;
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b'{' => {
                    field.nested = true;
                    depth += 1;
                }
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                field.spec = &text[..at];
                self.rest = &text[at + 1..];
                return Ok(field);
            }
        }
        Err(Fault::value("unmatched '{' in format spec"))
    }

    fn take(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next();
        self.rest = chars.as_str();
        c
    }

    /// The name and the character that ended it: `!`, `:` or `}`. Within `[...]` these have no meaning.
    fn field_name(&mut self) -> Result<(&'a str, char), Fault> {
        let text = self.rest;
        let mut bracket = false;
        for (at, byte) in text.bytes().enumerate() {
            match byte {
                b']' if bracket => bracket = false,
                _ if bracket => {}
                b'[' => bracket = true,
                b'{' => return Err(Fault::value("unexpected '{' in field name")),
                b'}' | b':' | b'!' => {
                    self.rest = &text[at + 1..];
                    return Ok((&text[..at], byte as char));
                }
                _ => {}
            }
        }
        Err(Fault::value("expected '}' before end of string"))
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Result<Segment<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let segment = self.segment();
        if segment.is_err() {
            self.rest = "";
        }
        Some(segment)
    }
}

/// Whether fields are numbered by themselves (`{}`) or by hand (`{0}`): one template must not mix them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbering {
    #[default]
    Undecided,
    /// The next number.
    Automatic(usize),
    Manual,
}

impl Numbering {
    fn automatic(&mut self) -> Result<usize, Fault> {
        let number = match *self {
            Numbering::Manual => {
                return Err(Fault::value("cannot switch from manual field specification to automatic field numbering"));
            }
            Numbering::Undecided => 0,
            Numbering::Automatic(next) => next,
        };
        *self = Numbering::Automatic(number + 1);
        Ok(number)
    }

    fn manual(&mut self) -> Result<(), Fault> {
        if matches!(self, Numbering::Automatic(_)) {
            return Err(Fault::value("cannot switch from automatic field numbering to manual field specification"));
        }
        *self = Numbering::Manual;
        Ok(())
    }
}

/// The argument that a field starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root<'a> {
    Position(usize),
    Keyword(&'a str),
}

/// One step of a field's access path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// `.name`
    Attribute(&'a str),
    /// `[3]`
    Index(usize),
    /// `[key]`: anything that is not all digits.
    Key(&'a str),
}

/// A field's name taken apart. Iterate for the steps, which are checked one by one, as CPython does.
#[derive(Clone, Copy, Debug)]
pub struct FieldName<'a> {
    pub root: Root<'a>,
    path: &'a str,
}

impl<'a> FieldName<'a> {
    /// Splits the name and counts it in `numbering`; `format_map` passes `None`, which leaves an empty name at 0.
    ///
    /// # Errors
    /// `ValueError` for mixed numbering or a number too large.
    pub fn parse(name: &'a str, numbering: Option<&mut Numbering>) -> Result<FieldName<'a>, Fault> {
        let end = memchr::memchr2(b'.', b'[', name.as_bytes()).unwrap_or(name.len());
        let (first, path) = name.split_at(end);
        let number = all_digits(first)?;
        let root = match (first.is_empty(), number, numbering) {
            (true, _, Some(numbering)) => Root::Position(numbering.automatic()?),
            (true, _, None) => Root::Position(0),
            (false, Some(position), numbering) => {
                numbering.map_or(Ok(()), Numbering::manual)?;
                Root::Position(position)
            }
            (false, None, _) => Root::Keyword(first),
        };
        Ok(FieldName { root, path })
    }

    fn step(&mut self) -> Result<Step<'a>, Fault> {
        let (kind, rest) = (self.path.as_bytes()[0], &self.path.as_bytes()[1..]);
        let body = match kind {
            b'.' => {
                let end = memchr::memchr2(b'.', b'[', rest).map_or(self.path.len(), |at| at + 1);
                let body = &self.path[1..end];
                self.path = &self.path[end..];
                body
            }
            b'[' => {
                let end = memchr::memchr(b']', rest).ok_or_else(|| Fault::value("Missing ']' in format string"))? + 1;
                let body = &self.path[1..end];
                self.path = &self.path[end + 1..];
                body
            }
            _ => return Err(Fault::value("Only '.' or '[' may follow ']' in format field specifier")),
        };
        if body.is_empty() {
            return Err(Fault::value("Empty attribute in format string"));
        }
        if kind == b'.' {
            return Ok(Step::Attribute(body));
        }
        Ok(all_digits(body)?.map_or(Step::Key(body), Step::Index))
    }
}

impl<'a> Iterator for FieldName<'a> {
    type Item = Result<Step<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.path.is_empty() {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.path = "";
        }
        Some(step)
    }
}

/// The number that `text` is, if it is all decimal digits.
fn all_digits(text: &str) -> Result<Option<usize>, Fault> {
    let mut value: Option<usize> = None;
    for c in text.chars() {
        let Some(digit) = decimal_value(c) else { return Ok(None) };
        let so_far = value.unwrap_or(0);
        if so_far > (i64::MAX as usize - digit as usize) / 10 {
            return Err(Fault::value("Too many decimal digits in format string"));
        }
        value = Some(so_far * 10 + digit as usize);
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Literals as they are, fields as `<name!conversion:spec>`.
    fn show(template: &str) -> String {
        let mut out = String::new();
        for segment in Segments::new(template) {
            match segment {
                Ok(Segment { literal, field }) => {
                    out.push_str(literal);
                    if let Some(field) = field {
                        let letter = field.conversion.map(String::from).unwrap_or_default();
                        let mark = if field.nested { "+" } else { "" };
                        out.push_str(&format!("<{}!{letter}:{}{mark}>", field.name, field.spec));
                    }
                }
                Err(fault) => out.push_str(&fault.text),
            }
        }
        out
    }

    #[test]
    fn templates() {
        for (template, shown) in [
            ("a{}b", "a<!:>b"),
            ("}}{{", "}{"),
            ("{0!r:>5}", "<0!r:>5>"),
            ("{:>{w}}é", "<!:>{w}+>é"),
            ("{0[a}b]}", "<0[a}b]!:>"),
            ("{0[a:b!]}", "<0[a:b!]!:>"),
            ("{!r:}", "<!r:>"),
            ("{:}}}", "<!:>}"),
            ("{", "Single '{' encountered in format string"),
            ("x}", "Single '}' encountered in format string"),
            ("{0:}}", "<0!:>Single '}' encountered in format string"),
            ("{0", "expected '}' before end of string"),
            ("{0[", "expected '}' before end of string"),
            ("{a{b}", "unexpected '{' in field name"),
            ("{0!", "end of string while looking for conversion specifier"),
            ("{0!r", "unmatched '{' in format spec"),
            ("{!}", "unmatched '{' in format spec"),
            ("{0!rr}", "expected ':' after conversion specifier"),
            ("{0:{", "unmatched '{' in format spec"),
        ] {
            assert_eq!(show(template), shown, "{template}");
        }
    }

    #[test]
    fn names() {
        let parse = |name| {
            let field = FieldName::parse(name, None).map_err(|fault| fault.text.into_owned())?;
            let steps: Result<Vec<_>, _> = field.collect();
            Ok((field.root, steps.map_err(|fault| fault.text.into_owned())?))
        };
        assert_eq!(
            parse("a.b[c][12].d"),
            Ok((Root::Keyword("a"), vec![Step::Attribute("b"), Step::Key("c"), Step::Index(12), Step::Attribute("d")]))
        );
        assert_eq!(parse("0[-1]"), Ok((Root::Position(0), vec![Step::Key("-1")])));
        assert_eq!(parse(" 0"), Ok((Root::Keyword(" 0"), vec![])));
        for (name, text) in [
            ("0[]", "Empty attribute in format string"),
            ("0.", "Empty attribute in format string"),
            ("0..a", "Empty attribute in format string"),
            ("0[0]x", "Only '.' or '[' may follow ']' in format field specifier"),
            ("0[0", "Missing ']' in format string"),
            ("99999999999999999999", "Too many decimal digits in format string"),
        ] {
            assert_eq!(parse(name), Err(text.to_owned()), "{name}");
        }
    }

    #[test]
    fn numbering() {
        let mut numbering = Numbering::default();
        let mut root = |name| FieldName::parse(name, Some(&mut numbering)).map(|field| field.root);
        assert_eq!(root(""), Ok(Root::Position(0)));
        assert_eq!(root("key"), Ok(Root::Keyword("key")));
        assert_eq!(root(".x"), Ok(Root::Position(1)));
        let text = "cannot switch from automatic field numbering to manual field specification";
        assert_eq!(root("0").unwrap_err().text, text);
        let mut numbering = Numbering::Manual;
        let text = "cannot switch from manual field specification to automatic field numbering";
        assert_eq!(FieldName::parse("", Some(&mut numbering)).unwrap_err().text, text);
        assert_eq!(conversion('x').unwrap_err().text, "Unknown conversion specifier x");
    }
}
