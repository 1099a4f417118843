//! The regular part of the lexer (logos). It knows no lines, no brackets and no strings: `layout` drives it, and
//! scans by hand what is not regular (strings, f-strings, numbers with CPython's messages).

use super::ast::{BinOp, CmpOp};
use super::token::TokenKind;
use logos::Logos;

/// What begins at a place of the text. Private to the lexer: the parser never sees it.
#[derive(Logos, Clone, Copy, PartialEq, Debug)]
#[logos(skip r"[ \t\x0c]+")]
pub(super) enum Raw {
    #[regex(r"\r\n|\n|\r")]
    LineEnd,
    #[regex(r"#[^\n\r]*", allow_greedy = true)]
    Comment,
    /// A backslash at the end of a line.
    #[regex(r"\\(\r\n|\n|\r)")]
    Join,
    #[token("\\")]
    Backslash,
    /// Anything that may be an identifier; characters beyond ASCII are checked afterwards.
    #[regex(r"[A-Za-z_\u{80}-\u{10FFFF}][A-Za-z0-9_\u{80}-\u{10FFFF}]*")]
    Word,
    /// The first characters of a number; `number` scans the rest.
    #[regex(r"[0-9]|\.[0-9]")]
    Number,
    /// A prefix and the opening quote or quotes; `string` scans the rest.
    #[regex(r#"([rR]|[bB]|[uU]|[bB][rR]|[rR][bB])?("""|'''|"|')"#)]
    Quote,
    #[regex(r#"([fF]|[fF][rR]|[rR][fF])("""|'''|"|')"#)]
    FQuote,
    #[token("!")]
    Bang,
    #[token("(")]
    LPar,
    #[token(")")]
    RPar,
    #[token("[")]
    LBracket,
    #[token("]")]
    RBracket,
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token(":")]
    Colon,
    #[token(":=")]
    ColonEq,
    #[token(",")]
    Comma,
    #[token(";")]
    Semicolon,
    #[token(".")]
    Dot,
    #[token("...")]
    Ellipsis,
    #[token("->")]
    Arrow,
    #[token("=")]
    Eq,
    #[token("@")]
    At,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("**")]
    DoubleStar,
    #[token("/")]
    Slash,
    #[token("//", |_| BinOp::FloorDiv)]
    #[token("%", |_| BinOp::Mod)]
    MulDiv(BinOp),
    #[token("<<", |_| BinOp::Shl)]
    #[token(">>", |_| BinOp::Shr)]
    Shift(BinOp),
    #[token("|")]
    Pipe,
    #[token("^")]
    Caret,
    #[token("&")]
    Amp,
    #[token("~")]
    Tilde,
    #[token("==", |_| CmpOp::Eq)]
    #[token("!=", |_| CmpOp::Ne)]
    #[token("<", |_| CmpOp::Lt)]
    #[token("<=", |_| CmpOp::Le)]
    #[token(">", |_| CmpOp::Gt)]
    #[token(">=", |_| CmpOp::Ge)]
    Cmp(CmpOp),
    #[token("+=", |_| BinOp::Add)]
    #[token("-=", |_| BinOp::Sub)]
    #[token("*=", |_| BinOp::Mul)]
    #[token("/=", |_| BinOp::Div)]
    #[token("//=", |_| BinOp::FloorDiv)]
    #[token("%=", |_| BinOp::Mod)]
    #[token("**=", |_| BinOp::Pow)]
    #[token("@=", |_| BinOp::MatMul)]
    #[token("&=", |_| BinOp::BitAnd)]
    #[token("|=", |_| BinOp::BitOr)]
    #[token("^=", |_| BinOp::BitXor)]
    #[token("<<=", |_| BinOp::Shl)]
    #[token(">>=", |_| BinOp::Shr)]
    Aug(BinOp),
}

impl Raw {
    /// The finished token of an operator or a delimiter that needs no bookkeeping.
    pub(super) fn plain(self) -> Option<TokenKind> {
        Some(match self {
            Raw::Colon => TokenKind::Colon,
            Raw::ColonEq => TokenKind::ColonEq,
            Raw::Comma => TokenKind::Comma,
            Raw::Semicolon => TokenKind::Semicolon,
            Raw::Dot => TokenKind::Dot,
            Raw::Ellipsis => TokenKind::Ellipsis,
            Raw::Arrow => TokenKind::Arrow,
            Raw::Eq => TokenKind::Eq,
            Raw::At => TokenKind::At,
            Raw::Plus => TokenKind::Plus,
            Raw::Minus => TokenKind::Minus,
            Raw::Star => TokenKind::Star,
            Raw::DoubleStar => TokenKind::DoubleStar,
            Raw::Slash => TokenKind::Slash,
            Raw::MulDiv(op) => TokenKind::MulDiv(op),
            Raw::Shift(op) => TokenKind::Shift(op),
            Raw::Pipe => TokenKind::Pipe,
            Raw::Caret => TokenKind::Caret,
            Raw::Amp => TokenKind::Amp,
            Raw::Tilde => TokenKind::Tilde,
            Raw::Cmp(op) => TokenKind::Cmp(op),
            Raw::Aug(op) => TokenKind::Aug(op),
            _ => return None,
        })
    }
}
