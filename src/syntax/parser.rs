//! The entry to the parser: text in, tree and diagnostics out.

use super::actions::Cx;
use super::ast::Module;
use super::token::Token;
use super::{contextual, depth, explain, layout};
use crate::diag::{Diagnostic, SourceFile, Span};

lalrpop_util::lalrpop_mod!(
    #[allow(clippy::all, unused)]
    grammar,
    "/coro.rs"
);

/// The tokens of a source text as the parser sees them. The list of diagnostics is sorted by place.
pub fn tokenize(source: &SourceFile) -> (Vec<Token>, Vec<Diagnostic>) {
    let (mut tokens, mut diagnostics) = layout::lex(source);
    contextual::refine(source, &mut tokens, &mut diagnostics);
    depth::limit(&mut tokens, &mut diagnostics);
    diagnostics.sort_by_key(|d| (d.span.start, d.span.end));
    (tokens, diagnostics)
}

/// Parses a source text. The tree is usable in every case: statements that do not parse are `StmtKind::Error`, and a
/// diagnostic stands for each of them. An empty list of diagnostics means that the text is in the cover grammar;
/// `check` then judges what the grammar lets through. The list is sorted by place.
pub fn parse(source: &SourceFile) -> (Module, Vec<Diagnostic>) {
    let (tokens, lexical) = tokenize(source);
    let mut cx = Cx::new(source, &tokens, lexical);
    let stream = tokens.iter().map(|t| Ok((t.span.start, t.kind.clone(), t.span.end)));
    let body = match grammar::ModuleParser::new().parse(&mut cx, stream) {
        Ok(body) => body,
        Err(error) => {
            explain::unrecovered(&mut cx, error);
            Vec::new()
        }
    };
    let mut diagnostics = cx.finish();
    diagnostics.sort_by_key(|d| (d.span.start, d.span.end));
    (Module { body, span: Span::new(0, source.text.len() as u32) }, diagnostics)
}
