//! What to say about a token that the parser did not expect: CPython's wording for the mistakes it knows, and
//! "invalid syntax" otherwise, with what was expected as the label.

use super::actions::{Cx, Unexpected, unexpected_indent};
use super::token::{Token, TokenKind};
use super::typo;
use crate::diag::{Diagnostic, SourceFile, Span};
use lalrpop_util::ParseError;

/// Reports an error from which the parser recovers, unless its line already has one. Returns the place.
pub(super) fn recovered(cx: &mut Cx<'_>, error: &Unexpected) -> Span {
    let (at, expected): (usize, &[String]) = match error {
        ParseError::UnrecognizedToken { token: (start, kind, _), expected } => (cx.token_at(*start, kind), expected),
        ParseError::ExtraToken { token: (start, kind, _) } => (cx.token_at(*start, kind), &[]),
        ParseError::UnrecognizedEof { expected, .. } => (cx.tokens.len(), expected),
        ParseError::InvalidToken { .. } | ParseError::User { .. } => (cx.tokens.len(), &[]),
    };
    let first = cx.line_first(at);
    let place = Place { source: cx.source, tokens: cx.tokens, at, first, expected };
    let span = place.span();
    let last = cx.tokens[at.min(cx.tokens.len())..].iter().position(|t| t.kind == TokenKind::Newline);
    let last = last.map_or(cx.tokens.len().saturating_sub(1), |n| at + n);
    if cx.line_has_error(first, last) || cx.follows_from_error(at) {
        cx.fail_silently(span.start);
    } else {
        let diagnostic = place.explain();
        cx.report(diagnostic);
    }
    span
}

/// Reports an error that ends the parse.
pub(super) fn unrecovered(cx: &mut Cx<'_>, error: Unexpected) {
    if !matches!(error, ParseError::User { .. }) {
        recovered(cx, &error);
    }
}

/// A place at which the parser was stuck.
struct Place<'t> {
    source: &'t SourceFile,
    tokens: &'t [Token],
    /// Index of the unexpected token; the number of tokens at the end of the text.
    at: usize,
    /// Index of the first token of its logical line.
    first: usize,
    /// The terminals that would have been taken, as the grammar spells them.
    expected: &'t [String],
}

impl<'t> Place<'t> {
    /// A rule knows one mistake. The first that recognises it words the error.
    const RULES: &'t [fn(&Place<'t>) -> Option<Diagnostic>] = &[
        Self::indent,
        Self::field,
        Self::unsupported,
        Self::print_statement,
        Self::else_if,
        Self::missing_colon,
        Self::missing_parenthesis,
        Self::try_alone,
        Self::import_names,
        Self::except_list,
        Self::case_sum,
        Self::assignment,
        Self::walrus,
        Self::comprehension,
        Self::dict_item,
        Self::missing_else,
        Self::missing_comma,
    ];

    fn explain(&self) -> Diagnostic {
        Self::RULES.iter().find_map(|rule| rule(self)).unwrap_or_else(|| {
            let diagnostic = self.error("invalid-syntax", "invalid syntax");
            if let Some((span, keyword)) = self.misspelled() {
                return diagnostic.with_fix(span, keyword, format!("did you mean '{keyword}'?"));
            }
            match self.expectation() {
                Some(label) => diagnostic.with_label(label),
                None => diagnostic,
            }
        })
    }

    fn error(&self, code: &'static str, title: impl Into<String>) -> Diagnostic {
        Diagnostic::syntax(code, title, self.span())
    }

    // ---- looking around ----

    fn kind(&self, index: usize) -> Option<&TokenKind> {
        self.tokens.get(index).map(|t| &t.kind)
    }

    fn here(&self) -> Option<&TokenKind> {
        self.kind(self.at)
    }

    /// The token before, on the same logical line.
    fn before(&self) -> Option<&TokenKind> {
        (self.at > self.first).then(|| self.kind(self.at - 1)).flatten()
    }

    /// The place to point at. The end of the text has no line of its own: there it is the last token before.
    fn span(&self) -> Span {
        let rest = &self.tokens[self.at.min(self.tokens.len())..];
        let at_end = rest.iter().all(|t| t.kind == TokenKind::Dedent);
        if at_end {
            let last = self.tokens.iter().rev().find(|t| !t.kind.is_layout());
            return last.map_or(Span::default(), |t| t.span);
        }
        rest[0].span
    }

    fn expects(&self, terminal: &str) -> bool {
        self.expected.iter().any(|e| e.trim_matches('"') == terminal)
    }

    fn expects_only(&self, terminals: &[&str]) -> bool {
        self.expected.len() == terminals.len() && terminals.iter().all(|t| self.expects(t))
    }

    /// The index of the innermost bracket that is open before the token, on the same logical line.
    fn opener(&self) -> Option<usize> {
        self.opener_before(self.at)
    }

    fn opener_before(&self, at: usize) -> Option<usize> {
        let mut depth = 0usize;
        for index in (self.first..at.min(self.tokens.len())).rev() {
            let kind = &self.tokens[index].kind;
            if kind.is_closer() {
                depth += 1;
            } else if kind.is_opener() {
                if depth == 0 {
                    return Some(index);
                }
                depth -= 1;
            }
        }
        None
    }

    /// Whether `wanted` stands between the bracket at `opener` and here, outside inner brackets.
    fn within(&self, opener: usize, wanted: &TokenKind) -> bool {
        let mut depth = 0usize;
        self.tokens[opener + 1..self.at.min(self.tokens.len())].iter().any(|token| {
            if token.kind.is_closer() {
                depth = depth.saturating_sub(1);
            } else if token.kind.is_opener() {
                depth += 1;
            }
            depth == 0 && token.kind == *wanted
        })
    }

    /// Whether the token stands outside brackets and before the colon that ends the header.
    fn in_header(&self) -> bool {
        let mut depth = 0usize;
        let line = &self.tokens[self.first..self.at.min(self.tokens.len())];
        let ended = line.iter().any(|token| {
            if token.kind.is_opener() {
                depth += 1;
            } else if token.kind.is_closer() {
                depth = depth.saturating_sub(1);
            }
            depth == 0 && token.kind == TokenKind::Colon
        });
        depth == 0 && !ended
    }

    /// Whether the bracket at `opener` is that of a call.
    fn is_call(&self, opener: usize) -> bool {
        let callee = opener > self.first && self.tokens[opener - 1].kind.ends_expression();
        let declares =
            opener >= self.first + 2 && matches!(self.tokens[opener - 2].kind, TokenKind::Def | TokenKind::Class);
        self.kind(opener) == Some(&TokenKind::LPar) && callee && !declares
    }

    /// What ends before the token, in CPython's words; None for a plain name or something not recognised.
    fn operand(&self) -> Option<&'static str> {
        let last = self.at.checked_sub(1)?;
        match self.kind(last)? {
            TokenKind::Name(_) if last > self.first && self.kind(last - 1) == Some(&TokenKind::Dot) => {
                Some("attribute")
            }
            TokenKind::Number(_) | TokenKind::Text(_) => Some("literal"),
            TokenKind::FEnd => Some("f-string expression"),
            TokenKind::Ellipsis => Some("ellipsis"),
            TokenKind::True => Some("True"),
            TokenKind::False => Some("False"),
            TokenKind::None => Some("None"),
            TokenKind::RBracket => {
                let opener = self.opener_before(last)?;
                let indexes = opener > self.first && self.tokens[opener - 1].kind.ends_expression();
                Some(if indexes { "subscript" } else { "list" })
            }
            TokenKind::RPar => {
                let opener = self.opener_before(last)?;
                if self.is_call(opener) {
                    return Some("function call");
                }
                let inner = Place { at: last, ..*self };
                inner.within(opener, &TokenKind::Comma).then_some("tuple")
            }
            _ => None,
        }
    }

    /// A name at the start of the line or around the error that looks like a keyword.
    fn misspelled(&self) -> Option<(Span, &'static str)> {
        [Some(self.first), self.at.checked_sub(1), Some(self.at)].into_iter().flatten().find_map(|index| {
            let token = self.tokens.get(index)?;
            let TokenKind::Name(name) = &token.kind else { return None };
            Some((token.span, typo::keyword_like(name)?))
        })
    }

    /// Whether the token stands among the parameters of a lambda within the brackets at `opener`.
    fn in_lambda_header(&self, opener: usize) -> bool {
        let line = &self.tokens[opener + 1..self.at.min(self.tokens.len())];
        let lambda = line.iter().rposition(|t| t.kind == TokenKind::Lambda);
        lambda.is_some_and(|at| !line[at..].iter().any(|t| t.kind == TokenKind::Colon))
    }

    /// What was expected, for the label; None if that would be a long list.
    fn expectation(&self) -> Option<String> {
        if let [only] = self.expected {
            return match only.as_str() {
                "NEWLINE" => Some("expected the end of the line".into()),
                "NAME" => Some("expected a name".into()),
                "INDENT" | "DEDENT" => None,
                terminal => Some(format!("expected '{}'", terminal.trim_matches('"'))),
            };
        }
        if self.expects("NAME") && self.expects("(") && self.expects("lambda") && !self.expects("pass") {
            return Some("expected an expression".into());
        }
        if self.here().is_some_and(TokenKind::is_keyword) && self.expects("NAME") && self.expected.len() < 8 {
            return Some("a keyword cannot be a name".into());
        }
        None
    }

    // ---- the rules ----

    fn indent(&self) -> Option<Diagnostic> {
        (self.here() == Some(&TokenKind::Indent)).then(|| unexpected_indent(self.tokens[self.at].span))
    }

    /// The field of an f-string.
    fn field(&self) -> Option<Diagnostic> {
        let opener = self.opener()?;
        if self.kind(opener) != Some(&TokenKind::FOpen) {
            return None;
        }
        let here = self.here()?;
        let title = match self.before()? {
            TokenKind::FOpen => match here {
                TokenKind::FClose => "f-string: valid expression required before '}'",
                TokenKind::FBang => "f-string: valid expression required before '!'",
                TokenKind::FColon => "f-string: valid expression required before ':'",
                TokenKind::Eq => "f-string: valid expression required before '='",
                _ => "f-string: expecting a valid expression after '{'",
            },
            TokenKind::FBang if *here == TokenKind::FClose || *here == TokenKind::FColon => {
                "f-string: missing conversion character"
            }
            TokenKind::FBang => "f-string: invalid conversion character",
            _ if *here == TokenKind::FColon && self.within(opener, &TokenKind::Lambda) => {
                "f-string: lambda expressions are not allowed without parentheses"
            }
            TokenKind::Eq => "f-string: expecting '!', or ':', or '}'",
            _ if self.within(opener, &TokenKind::FBang) => "f-string: expecting ':' or '}'",
            last if last.ends_expression() && !here.starts_expression() && !here.is_keyword() => {
                "f-string: expecting '=', or '!', or ':', or '}'"
            }
            _ => return None,
        };
        Some(self.error("fstring-field", title))
    }

    /// Python that is not in the language.
    fn unsupported(&self) -> Option<Diagnostic> {
        let is_type = matches!(self.kind(self.first), Some(TokenKind::Name(word)) if &**word == "type");
        if is_type && self.at == self.first + 1 && matches!(self.here(), Some(TokenKind::Name(_))) {
            return Some(self.error("unsupported", "'type' statements are not supported in Coro"));
        }
        let declares = matches!(self.kind(self.at.checked_sub(2)?), Some(TokenKind::Def | TokenKind::Class));
        (declares && self.here() == Some(&TokenKind::LBracket))
            .then(|| self.error("unsupported", "type parameters are not supported in Coro"))
    }

    /// `print x`
    fn print_statement(&self) -> Option<Diagnostic> {
        let Some(TokenKind::Name(word)) = self.kind(self.first) else { return None };
        let word = word.clone();
        if self.at != self.first + 1 || !matches!(&*word, "print" | "exec") || !self.here()?.starts_expression() {
            return None;
        }
        let end =
            self.tokens[self.at..].iter().position(|t| matches!(t.kind, TokenKind::Newline | TokenKind::Semicolon));
        let last = self.at + end?.max(1) - 1;
        let title = format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?");
        let span = self.tokens[self.first].span.to(self.tokens[last].span);
        let arguments = self.tokens[self.at].span.to(self.tokens[last].span);
        let replacement = format!("{word}({})", self.source.slice(arguments));
        Some(Diagnostic::syntax("print-statement", title, span).with_fix(span, replacement, "call it"))
    }

    /// `else if x:`
    fn else_if(&self) -> Option<Diagnostic> {
        if self.before() != Some(&TokenKind::Else) || self.here() != Some(&TokenKind::If) || !self.expects_only(&[":"])
        {
            return None;
        }
        let span = self.tokens[self.at - 1].span.to(self.span());
        Some(self.error("missing-colon", "expected ':'").with_fix(span, "elif", "this is one word"))
    }

    fn missing_colon(&self) -> Option<Diagnostic> {
        let header = self.kind(self.first).is_some_and(TokenKind::starts_compound);
        let at_line_end = header && self.here() == Some(&TokenKind::Newline) && self.expects(":");
        let clause = matches!(self.before(), Some(TokenKind::Else | TokenKind::Try | TokenKind::Finally));
        let def = matches!(
            (self.kind(self.first), self.kind(self.first + 1)),
            (Some(TokenKind::Def), _) | (Some(TokenKind::Async), Some(TokenKind::Def))
        );
        let forced = (clause && self.expects_only(&[":"])) || (def && self.in_header() && self.expects(":"));
        if !at_line_end && !forced {
            return None;
        }
        let insert = self.tokens[self.at.checked_sub(1)?].span.at_end();
        let diagnostic = self.error("missing-colon", "expected ':'");
        Some(if at_line_end { diagnostic.with_fix(insert, ":", "end the header with a colon") } else { diagnostic })
    }

    fn missing_parenthesis(&self) -> Option<Diagnostic> {
        (self.expects_only(&["("])).then(|| self.error("missing-parenthesis", "expected '('"))
    }

    fn try_alone(&self) -> Option<Diagnostic> {
        self.expects_only(&["except", "finally"])
            .then(|| self.error("try-alone", "expected 'except' or 'finally' block"))
    }

    fn import_names(&self) -> Option<Diagnostic> {
        if self.here() != Some(&TokenKind::Newline) {
            return None;
        }
        match (self.kind(self.first)?, self.before()?) {
            (TokenKind::Import | TokenKind::From, TokenKind::Import) => {
                Some(self.error("import-names", "Expected one or more names after 'import'"))
            }
            (TokenKind::From, TokenKind::Comma) => {
                let title = "trailing comma not allowed without surrounding parentheses";
                let comma = self.tokens[self.at - 1].span;
                Some(Diagnostic::syntax("import-comma", title, comma).with_fix(comma, "", "leave it out"))
            }
            _ => None,
        }
    }

    /// `except A, B:`
    fn except_list(&self) -> Option<Diagnostic> {
        let header = self.kind(self.first) == Some(&TokenKind::Except);
        if !header || self.here() != Some(&TokenKind::Comma) || self.opener().is_some() {
            return None;
        }
        Some(self.error("except-list", "multiple exception types must be parenthesized"))
    }

    /// `case 1 + 2:`
    fn case_sum(&self) -> Option<Diagnostic> {
        let sign = matches!(self.here(), Some(TokenKind::Plus | TokenKind::Minus));
        let number = matches!(self.before(), Some(TokenKind::Number(_)));
        (self.kind(self.first) == Some(&TokenKind::Case) && sign && number)
            .then(|| self.error("case-sum", "imaginary number required in complex literal"))
    }

    /// `=` where an expression goes on.
    fn assignment(&self) -> Option<Diagnostic> {
        let before = self.before()?;
        if self.here() != Some(&TokenKind::Eq) || !before.ends_expression() {
            return None;
        }
        let opener = self.opener();
        let operand = self.operand();
        if opener.is_some_and(|at| self.is_call(at)) {
            return Some(match operand {
                Some(constant @ ("True" | "False" | "None")) => {
                    self.error("keyword-constant", format!("cannot assign to {constant}"))
                }
                _ => {
                    let title = "expression cannot contain assignment, perhaps you meant \"==\"?";
                    self.error("assignment-in-expression", title).with_fix(self.span(), "==", "compare")
                }
            });
        }
        let in_parameters =
            opener.is_some_and(|at| at >= 2 && matches!(self.tokens[at - 2].kind, TokenKind::Def | TokenKind::Class));
        let conditional = matches!(self.kind(self.first)?, TokenKind::If | TokenKind::Elif | TokenKind::While);
        if in_parameters
            || (opener.is_none() && !conditional)
            || opener.is_some_and(|at| self.in_lambda_header(at))
            || self.kind(opener.unwrap_or(0)) == Some(&TokenKind::FOpen)
        {
            return None;
        }
        let title = match operand {
            Some(operand) => format!("cannot assign to {operand} here. Maybe you meant '==' instead of '='?"),
            None => "invalid syntax. Maybe you meant '==' or ':=' instead of '='?".to_owned(),
        };
        Some(self.error("assignment-in-expression", title).with_fix(self.span(), "==", "compare"))
    }

    /// `:=` after something that is not a name.
    fn walrus(&self) -> Option<Diagnostic> {
        if self.here() != Some(&TokenKind::ColonEq) {
            return None;
        }
        let title = format!("cannot use assignment expressions with {}", self.operand()?);
        Some(self.error("walrus-target", title))
    }

    fn comprehension(&self) -> Option<Diagnostic> {
        let opener = self.opener()?;
        if self.expects("in") && !self.expects("or") && self.within(opener, &TokenKind::For) {
            return Some(self.error("comprehension-in", "'in' expected after for-loop variables"));
        }
        let display = matches!(self.kind(opener)?, TokenKind::LBracket | TokenKind::LBrace);
        if !display || self.here() != Some(&TokenKind::For) || !self.within(opener, &TokenKind::Comma) {
            return None;
        }
        let target = self.tokens[opener + 1].span.to(self.tokens[self.at - 1].span);
        let title = "did you forget parentheses around the comprehension target?";
        Some(Diagnostic::syntax("comprehension-target", title, target))
    }

    fn dict_item(&self) -> Option<Diagnostic> {
        let opener = self.opener()?;
        let ends_item = matches!(self.here()?, TokenKind::RBrace | TokenKind::Comma);
        if self.kind(opener) != Some(&TokenKind::LBrace) || !ends_item {
            return None;
        }
        if self.before() == Some(&TokenKind::Colon) {
            let title = "expression expected after dictionary key and ':'";
            return Some(Diagnostic::syntax("dict-value", title, self.tokens[self.at - 1].span));
        }
        let is_dict = self.within(opener, &TokenKind::Colon);
        (is_dict && self.expects(":")).then(|| self.error("dict-colon", "':' expected after dictionary key"))
    }

    /// `a if b`
    fn missing_else(&self) -> Option<Diagnostic> {
        (self.expects("else") && self.expects("or") && self.here() != Some(&TokenKind::Colon))
            .then(|| self.error("missing-else", "expected 'else' after 'if' expression"))
    }

    /// Two expressions side by side within brackets.
    fn missing_comma(&self) -> Option<Diagnostic> {
        let opener = self.opener()?;
        let (before, here) = (self.before()?, self.here()?);
        let is_text = matches!(here, TokenKind::Text(_) | TokenKind::FStart);
        let prefix_typo = matches!(before, TokenKind::Name(_)) && is_text;
        if !before.ends_expression() || !here.starts_expression() || prefix_typo || self.in_lambda_header(opener) {
            return None;
        }
        let before = self.tokens[self.at - 1].span;
        let diagnostic =
            Diagnostic::syntax("missing-comma", "invalid syntax. Perhaps you forgot a comma?", before.to(self.span()));
        Some(if self.kind(opener) == Some(&TokenKind::FOpen) {
            diagnostic
        } else {
            diagnostic.with_fix(before.at_end(), ",", "separate them")
        })
    }
}
