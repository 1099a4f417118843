//! Adjacent literals become one, and the fields of f-strings are put together.

use super::actions::Cx;
use super::ast::*;
use super::token::Text;
use crate::diag::Span;
use std::rc::Rc;

/// One literal of a row of adjacent ones.
pub enum Piece {
    Plain(Text),
    /// An f-string; empty without text and fields.
    Format(Vec<FPart>),
}

/// Joins a row of literals: bytes with bytes, text with text; one f-string makes the whole an f-string.
pub(super) fn concatenate(cx: &mut Cx<'_>, pieces: Vec<Piece>, start: u32, end: u32) -> Expr {
    let span = Span::new(start, end);
    let is_bytes = |piece: &Piece| matches!(piece, Piece::Plain(Text::Bytes(_)));
    let bytes = pieces.iter().filter(|p| is_bytes(p)).count();
    if bytes > 0 && bytes < pieces.len() {
        cx.error("mixed-literals", "cannot mix bytes and nonbytes literals", span);
        return Expr { kind: ExprKind::Error, span };
    }
    let kind = if bytes > 0 {
        ExprKind::Bytes(join_bytes(&pieces))
    } else if pieces.iter().any(|p| matches!(p, Piece::Format(_))) {
        ExprKind::FString(join_parts(pieces))
    } else {
        ExprKind::Str(join_text(&pieces))
    };
    Expr { kind, span }
}

fn join_bytes(pieces: &[Piece]) -> Rc<[u8]> {
    if let [Piece::Plain(Text::Bytes(only))] = pieces {
        return only.clone();
    }
    let mut all = Vec::new();
    for piece in pieces {
        if let Piece::Plain(Text::Bytes(bytes)) = piece {
            all.extend_from_slice(bytes);
        }
    }
    all.into()
}

fn join_text(pieces: &[Piece]) -> Rc<str> {
    if let [Piece::Plain(Text::Str(only))] = pieces {
        return only.clone();
    }
    let mut all = String::new();
    for piece in pieces {
        if let Piece::Plain(Text::Str(text)) = piece {
            all.push_str(text);
        }
    }
    all.into()
}

fn join_parts(pieces: Vec<Piece>) -> Vec<FPart> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let flush = |text: &mut String, parts: &mut Vec<FPart>| {
        if !text.is_empty() {
            parts.push(FPart::Text(std::mem::take(text).into()));
        }
    };
    for piece in pieces {
        match piece {
            Piece::Plain(Text::Str(more)) => text.push_str(&more),
            Piece::Plain(Text::Bytes(_)) => {}
            Piece::Format(inner) => {
                for part in inner {
                    match part {
                        FPart::Text(more) => text.push_str(&more),
                        field => {
                            flush(&mut text, &mut parts);
                            parts.push(field);
                        }
                    }
                }
            }
        }
    }
    flush(&mut text, &mut parts);
    parts
}

/// A replacement field; `debug` is the place of the text that `{x = }` shows, up to the sign: the blanks behind it belong to
/// the text too.
pub(super) fn field(
    cx: &Cx<'_>,
    value: Expr,
    debug: Option<Span>,
    conversion: Option<Conversion>,
    spec: Option<Vec<FPart>>,
    span: Span,
) -> FPart {
    let debug_text = debug.map(|text| {
        let rest = cx.source.slice(Span::new(text.end, span.end));
        let blanks = rest.len() - rest.trim_start().len();
        Rc::from(cx.source.slice(Span::new(text.start, text.end + blanks as u32)))
    });
    FPart::Field(Box::new(FField { value, debug_text, conversion, spec, span }))
}

pub(super) fn conversion(cx: &mut Cx<'_>, name: Ident) -> Option<Conversion> {
    match &*name.name {
        "s" => Some(Conversion::Str),
        "r" => Some(Conversion::Repr),
        "a" => Some(Conversion::Ascii),
        other => {
            let title = format!("f-string: invalid conversion character '{other}': expected 's', 'r', or 'a'");
            cx.error("fstring-conversion", title, name.span);
            None
        }
    }
}
