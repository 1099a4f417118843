//! A bound on how deep the tree of a statement can get, taken from its tokens before anything is built.
//!
//! Every later pass recurses over expressions, so their depth must be bounded whatever the input: `a+a+…+a` nests as
//! deep as it is long. Within one pair of brackets each operator adds at most one level, and what stands on both sides
//! of a comma lies side by side; so the sum over the open brackets of the operators since the last comma is an upper
//! bound. A statement beyond [`MAX_DEPTH`] is reported and replaced by an invalid expression.

use super::contextual::line_end;
use super::token::{Token, TokenKind};
use crate::diag::{Diagnostic, Span};

/// CPython 3.13 gives up at a few thousand levels as well.
pub(super) const MAX_DEPTH: usize = 3000;

/// Replaces the statements that nest too deeply.
pub(super) fn limit(tokens: &mut Vec<Token>, diagnostics: &mut Vec<Diagnostic>) {
    let mut first = 0;
    while first < tokens.len() {
        if matches!(tokens[first].kind, TokenKind::Indent | TokenKind::Dedent) {
            first += 1;
            continue;
        }
        let end = line_end(tokens, first);
        if end - first > MAX_DEPTH
            && let Some(place) = too_deep(&tokens[first..end])
        {
            let title = "maximum recursion depth exceeded during compilation";
            let diagnostic = Diagnostic::syntax("too-deep", title, place)
                .with_class("RecursionError")
                .with_note(format!("an expression may nest up to {MAX_DEPTH} operators deep"));
            diagnostics.push(diagnostic);
            let span = tokens[first].span;
            tokens.splice(first..end, [Token { kind: TokenKind::Invalid, span }]);
            first += 2;
        } else {
            first = end + 1;
        }
    }
}

/// The token at which a line gets too deep.
fn too_deep(line: &[Token]) -> Option<Span> {
    // The operators since the last comma, for each open bracket.
    let mut counts = vec![0usize];
    let mut depth = 0usize;
    for token in line {
        let innermost = counts.len() - 1;
        match &token.kind {
            TokenKind::Comma | TokenKind::Semicolon => depth -= std::mem::take(&mut counts[innermost]),
            kind if kind.is_closer() && innermost > 0 => depth -= counts.pop().unwrap_or(0),
            kind if is_operator(kind) || kind.is_opener() => {
                counts[innermost] += 1;
                depth += 1;
                if kind.is_opener() {
                    counts.push(0);
                }
            }
            _ => {}
        }
        if depth > MAX_DEPTH {
            return Some(token.span);
        }
    }
    None
}

/// Whether a token may make the tree one level deeper. `and` and `or` do not: their chains are flat.
fn is_operator(kind: &TokenKind) -> bool {
    use TokenKind::*;
    matches!(kind, Plus | Minus | Star | DoubleStar | Slash | At | Pipe | Caret | Amp | Tilde | Dot | ColonEq | FStart)
        || matches!(kind, MulDiv(_) | Shift(_) | Cmp(_) | Not | In | Is | Lambda | If | Else | Await | Yield | For)
}
