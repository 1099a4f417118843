//! The finished tokens: what `layout` hands to the parser. Raw lexer tokens never get this far.

use super::ast::{BinOp, CmpOp, Name};
use crate::diag::Span;
use num_bigint::BigInt;
use std::rc::Rc;

/// One token with its place. Layout tokens (NEWLINE, INDENT, DEDENT) may be empty.
#[derive(Clone, PartialEq, Debug)]
pub struct Token {
    pub kind: TokenKind,
    pub span: Span,
}

/// The value of a numeric literal.
#[derive(Clone, PartialEq, Debug)]
pub enum Number {
    Small(i64),
    Big(Rc<BigInt>),
    Float(f64),
    Imaginary,
}

/// The value of a literal without fields, escapes already decoded.
#[derive(Clone, PartialEq, Debug)]
pub enum Text {
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
}

/// Declares the tokens without payload, their spelling, and the keyword table.
macro_rules! tokens {
    (keywords { $($kw:ident $kw_text:literal)* } fixed { $($op:ident $op_text:literal)* }) => {
        #[derive(Clone, PartialEq, Debug)]
        pub enum TokenKind {
            /// Tokens with a payload.
            Name(Name),
            Number(Number),
            Text(Text),
            /// A literal stretch of an f-string, decoded.
            FText(Rc<str>),
            /// `+=` and its kin.
            Aug(BinOp),
            /// `== != < <= > >=`
            Cmp(CmpOp),
            /// `<< >>`
            Shift(BinOp),
            /// `// %`
            MulDiv(BinOp),
            /// A character that begins no token; the parser refuses it.
            Unknown(char),
            $($kw,)*
            $($op,)*
        }

        impl TokenKind {
            /// The keyword spelled `word`, if it is one (`match` and `case` are not: see `contextual`).
            pub fn keyword(word: &str) -> Option<TokenKind> {
                match word {
                    $($kw_text => Some(TokenKind::$kw),)*
                    _ => None,
                }
            }

            /// Whether this is a reserved word.
            pub fn is_keyword(&self) -> bool {
                matches!(self, $(TokenKind::$kw)|*)
            }

            /// The spelling of a token without payload; a class name in capitals for the others.
            pub fn text(&self) -> &'static str {
                match self {
                    TokenKind::Name(_) => "NAME",
                    TokenKind::Number(_) => "NUMBER",
                    TokenKind::Text(_) => "STRING",
                    TokenKind::FText(_) => "FTEXT",
                    TokenKind::Aug(op) => aug_text(*op),
                    TokenKind::Cmp(op) => op.symbol(),
                    TokenKind::Shift(op) | TokenKind::MulDiv(op) => op.symbol(),
                    TokenKind::Unknown(_) => "UNKNOWN",
                    $(TokenKind::$kw => $kw_text,)*
                    $(TokenKind::$op => $op_text,)*
                }
            }
        }
    };
}

tokens! {
    keywords {
        False "False" None "None" True "True" And "and" As "as" Assert "assert" Async "async" Await "await"
        Break "break" Class "class" Continue "continue" Def "def" Del "del" Elif "elif" Else "else"
        Except "except" Finally "finally" For "for" From "from" Global "global" If "if" Import "import" In "in"
        Is "is" Lambda "lambda" Nonlocal "nonlocal" Not "not" Or "or" Pass "pass" Raise "raise" Return "return"
        Try "try" While "while" With "with" Yield "yield"
    }
    fixed {
        Newline "NEWLINE" Indent "INDENT" Dedent "DEDENT" Invalid "INVALID"
        Match "match" Case "case" WithLPar "WITH_LPAR"
        FStart "FSTART" FOpen "FOPEN" FClose "FCLOSE" FColon "FCOLON" FBang "FBANG" FEnd "FEND"
        LPar "(" RPar ")" LBracket "[" RBracket "]" LBrace "{" RBrace "}"
        Comma "," Colon ":" Semicolon ";" Dot "." Ellipsis "..." Arrow "->" Eq "=" ColonEq ":="
        At "@" Plus "+" Minus "-" Star "*" DoubleStar "**" Slash "/" Pipe "|" Caret "^" Amp "&" Tilde "~"
    }
}

impl TokenKind {
    /// Whether the token only carries layout.
    pub fn is_layout(&self) -> bool {
        matches!(self, TokenKind::Newline | TokenKind::Indent | TokenKind::Dedent)
    }

    /// Whether an expression may begin with this token.
    pub fn starts_expression(&self) -> bool {
        use TokenKind::*;
        matches!(
            self,
            Name(_)
                | Number(_)
                | Text(_)
                | FStart
                | True
                | False
                | None
                | Ellipsis
                | LPar
                | LBracket
                | LBrace
                | Invalid
        ) || matches!(self, Lambda | Not | Await | Minus | Plus | Tilde)
    }

    /// Whether an expression may end with this token.
    pub fn ends_expression(&self) -> bool {
        use TokenKind::*;
        matches!(
            self,
            Name(_) | Number(_) | Text(_) | FEnd | True | False | None | Ellipsis | RPar | RBracket | RBrace | Invalid
        )
    }

    pub fn is_opener(&self) -> bool {
        matches!(
            self,
            TokenKind::LPar | TokenKind::LBracket | TokenKind::LBrace | TokenKind::FOpen | TokenKind::WithLPar
        )
    }

    pub fn is_closer(&self) -> bool {
        matches!(self, TokenKind::RPar | TokenKind::RBracket | TokenKind::RBrace | TokenKind::FClose)
    }

    /// Whether a compound statement's header begins with this token.
    pub fn starts_compound(&self) -> bool {
        use TokenKind::*;
        matches!(
            self,
            If | Elif | Else | While | For | With | Async | Try | Except | Finally | Def | Class | Match | Case
        )
    }
}

fn aug_text(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+=",
        BinOp::Sub => "-=",
        BinOp::Mul => "*=",
        BinOp::Div => "/=",
        BinOp::FloorDiv => "//=",
        BinOp::Mod => "%=",
        BinOp::Pow => "**=",
        BinOp::MatMul => "@=",
        BinOp::BitAnd => "&=",
        BinOp::BitOr => "|=",
        BinOp::BitXor => "^=",
        BinOp::Shl => "<<=",
        BinOp::Shr => ">>=",
    }
}
