//! What only a look ahead over whole lines can decide, done on the finished tokens so that the grammar stays LR(1):
//! whether `match` and `case` are keywords, whether the parenthesis after `with` holds a list of managers, and where
//! the block of a compound statement is missing.

use super::token::{Token, TokenKind};
use crate::diag::{Diagnostic, SourceFile, Span};

/// Rewrites the tokens of one file.
pub(super) fn refine(source: &SourceFile, tokens: &mut Vec<Token>, diagnostics: &mut Vec<Diagnostic>) {
    soft_keywords(tokens);
    with_parentheses(tokens);
    missing_blocks(source, tokens, diagnostics);
}

/// The index of the NEWLINE that ends the logical line beginning at `first` (or the number of tokens).
pub(super) fn line_end(tokens: &[Token], first: usize) -> usize {
    tokens[first..].iter().position(|t| t.kind == TokenKind::Newline).map_or(tokens.len(), |n| first + n)
}

fn is_name(token: &Token, word: &str) -> bool {
    matches!(&token.kind, TokenKind::Name(name) if &**name == word)
}

/// `match` begins a statement when its logical line ends with `:`; `case` when its line stands directly in the block
/// of a `match`. Everywhere else they are names.
fn soft_keywords(tokens: &mut [Token]) {
    // For each open block, whether it is that of a `match`.
    let mut blocks = vec![false];
    let mut opens_match = false;
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].kind {
            TokenKind::Indent => blocks.push(std::mem::take(&mut opens_match)),
            TokenKind::Dedent => {
                blocks.pop();
            }
            _ => {
                let end = line_end(tokens, at);
                opens_match = false;
                if blocks.last() == Some(&true) && is_name(&tokens[at], "case") {
                    tokens[at].kind = TokenKind::Case;
                } else if is_name(&tokens[at], "match") && end >= at + 2 && begins_match(tokens, end) {
                    tokens[at].kind = TokenKind::Match;
                    opens_match = true;
                }
                at = end;
            }
        }
        at += 1;
    }
}

/// Whether the line that ends at `end` is the header of a `match`: it ends with a colon, or lacks only that.
fn begins_match(tokens: &[Token], end: usize) -> bool {
    let indented = tokens.get(end + 1).is_some_and(|t| t.kind == TokenKind::Indent);
    let case_follows = indented && tokens.get(end + 2).is_some_and(|t| is_name(t, "case"));
    tokens[end - 1].kind == TokenKind::Colon || case_follows
}

/// `with (a as x, b):` is a list of managers, `with (a, b) as c:` and `with (a):` an expression.
fn with_parentheses(tokens: &mut [Token]) {
    for at in 1..tokens.len() {
        if tokens[at].kind == TokenKind::LPar && tokens[at - 1].kind == TokenKind::With && holds_managers(&tokens[at..])
        {
            tokens[at].kind = TokenKind::WithLPar;
        }
    }
}

/// `tokens` begins with the opening parenthesis.
fn holds_managers(tokens: &[Token]) -> bool {
    let (mut depth, mut comma, mut expression) = (0usize, false, false);
    let mut item_start = true;
    for (at, token) in tokens.iter().enumerate() {
        let starts_item = std::mem::take(&mut item_start);
        match &token.kind {
            kind if kind.is_opener() => {
                depth += 1;
                item_start = depth == 1;
            }
            kind if kind.is_closer() => {
                depth -= 1;
                if depth == 0 {
                    let header_ends = tokens.get(at + 1).is_some_and(|t| t.kind == TokenKind::Colon);
                    return header_ends && comma && !expression;
                }
            }
            TokenKind::As if depth == 1 => return closes_before_colon(&tokens[at..]),
            TokenKind::Comma if depth == 1 => {
                comma = true;
                item_start = true;
            }
            TokenKind::For | TokenKind::ColonEq | TokenKind::Yield if depth == 1 => expression = true,
            TokenKind::Star if depth == 1 && starts_item => expression = true,
            TokenKind::Newline => return false,
            _ => {}
        }
    }
    false
}

/// Whether the parenthesis that `tokens` stands in closes right before a `:`.
fn closes_before_colon(tokens: &[Token]) -> bool {
    let mut depth = 1usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.kind.is_opener() {
            depth += 1;
        } else if token.kind.is_closer() {
            depth -= 1;
            if depth == 0 {
                return tokens.get(at + 1).is_some_and(|t| t.kind == TokenKind::Colon);
            }
        } else if token.kind == TokenKind::Newline {
            return false;
        }
    }
    false
}

/// A header whose line ends with `:` and that no INDENT follows: reports it, and gives it an empty block so that what
/// follows is still understood.
fn missing_blocks(source: &SourceFile, tokens: &mut Vec<Token>, diagnostics: &mut Vec<Diagnostic>) {
    let mut faults = Vec::new();
    let mut first = 0;
    while first < tokens.len() {
        if matches!(tokens[first].kind, TokenKind::Indent | TokenKind::Dedent) {
            first += 1;
            continue;
        }
        let end = line_end(tokens, first);
        let ends_with_colon = end > first && tokens[end - 1].kind == TokenKind::Colon;
        let has_block = tokens.get(end + 1).is_some_and(|t| t.kind == TokenKind::Indent);
        if ends_with_colon && !has_block && end < tokens.len() {
            faults.extend(header_name(&tokens[first..end]).map(|name| (first, end, name)));
        }
        first = end + 1;
    }
    for &(first, end, name) in faults.iter().rev() {
        let header = tokens[first].span;
        // At the end of the text there is nothing to point at but the header.
        let next = tokens[end + 1..].iter().find(|t| !t.kind.is_layout());
        let place = next.map_or(tokens[end - 1].span, |t| t.span);
        let title = format!("expected an indented block after {name} on line {}", source.line(header.start));
        let diagnostic = Diagnostic::syntax("missing-block", title, place)
            .with_class("IndentationError")
            .with_secondary(Span::new(header.start, tokens[end - 1].span.end), "this needs a block");
        diagnostics.push(diagnostic);
        let here = tokens[end].span.at_end();
        let body = block_stub(matches!(tokens[first].kind, TokenKind::Match));
        tokens.splice(end + 1..end + 1, body.into_iter().map(|kind| Token { kind, span: here }));
    }
}

/// The smallest block that the grammar takes.
fn block_stub(of_match: bool) -> Vec<TokenKind> {
    use TokenKind::*;
    if of_match {
        vec![Indent, Case, Name("_".into()), Colon, Pass, Newline, Dedent]
    } else {
        vec![Indent, Pass, Newline, Dedent]
    }
}

/// The compound statement that a header begins, in CPython's words; None if it begins none.
fn header_name(header: &[Token]) -> Option<&'static str> {
    let second = header.get(1).map(|t| &t.kind);
    Some(match header[0].kind {
        TokenKind::If => "'if' statement",
        TokenKind::Elif => "'elif' statement",
        TokenKind::Else => "'else' statement",
        TokenKind::While => "'while' statement",
        TokenKind::For => "'for' statement",
        TokenKind::With => "'with' statement",
        TokenKind::Try => "'try' statement",
        TokenKind::Except if second == Some(&TokenKind::Star) => "'except*' statement",
        TokenKind::Except => "'except' statement",
        TokenKind::Finally => "'finally' statement",
        TokenKind::Def => "function definition",
        TokenKind::Class => "class definition",
        TokenKind::Match => "'match' statement",
        TokenKind::Case => "'case' statement",
        TokenKind::Async => return header.get(1).and_then(|_| header_name(&header[1..])),
        _ => return None,
    })
}
