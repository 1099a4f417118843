//! The abstract syntax tree: what the parser builds, what `check` judges, what `sema` resolves and `hir::lower` reads.
//!
//! It stays close to the source: parentheses that matter are [`ExprKind::Paren`], assignment targets are ordinary
//! expressions until `hir::lower` takes them (their shape is `check`'s business). Chains that the grammar makes
//! long (`a and b and …`, `a < b < …`, `elif`) are flat vectors, so that depth is bounded by real nesting.

use crate::diag::Span;
use num_bigint::BigInt;
use std::rc::Rc;

/// An identifier's text (NFKC-normalised), shared between the passes.
pub type Name = Rc<str>;

#[derive(Clone, PartialEq, Debug)]
pub struct Ident {
    pub name: Name,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Module {
    pub body: Block,
    pub span: Span,
}

pub type Block = Vec<Stmt>;

#[derive(Clone, PartialEq, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    /// From the first token to the end of the last child (a compound statement ends with its last statement).
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum StmtKind {
    Expr(Expr),
    /// `t1 = t2 = value`
    Assign {
        targets: Vec<Expr>,
        value: Expr,
    },
    AugAssign {
        target: Expr,
        op: BinOp,
        value: Expr,
    },
    AnnAssign {
        target: Expr,
        annotation: Expr,
        value: Option<Expr>,
    },
    Pass,
    Break,
    Continue,
    Return(Option<Expr>),
    Raise {
        exc: Option<Expr>,
        cause: Option<Expr>,
    },
    Global(Vec<Ident>),
    Nonlocal(Vec<Ident>),
    Del(Vec<Expr>),
    Assert {
        test: Expr,
        msg: Option<Expr>,
    },
    Import(Vec<ImportAs>),
    /// `from ..module import a as b`; `names` is empty for `*`. `level` counts the leading dots.
    ImportFrom {
        level: u32,
        module: Option<Dotted>,
        names: Vec<ImportName>,
        star: Option<Span>,
    },
    /// `if`/`elif` branches in order.
    If {
        branches: Vec<(Expr, Block)>,
        orelse: Block,
    },
    While {
        test: Expr,
        body: Block,
        orelse: Block,
    },
    For {
        is_async: bool,
        target: Expr,
        iter: Expr,
        body: Block,
        orelse: Block,
    },
    With {
        is_async: bool,
        items: Vec<WithItem>,
        body: Block,
    },
    Try(Box<Try>),
    Match {
        subject: Expr,
        cases: Vec<Case>,
    },
    Def(Box<FunctionDef>),
    Class(Box<ClassDef>),
    /// A statement that did not parse; a diagnostic stands for it.
    Error,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Dotted {
    pub parts: Vec<Ident>,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub struct ImportAs {
    pub path: Dotted,
    pub alias: Option<Ident>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct ImportName {
    pub name: Ident,
    pub alias: Option<Ident>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct WithItem {
    pub context: Expr,
    pub target: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Try {
    pub body: Block,
    pub handlers: Vec<Handler>,
    pub orelse: Block,
    pub finally: Option<Block>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Handler {
    /// `except*`
    pub star: bool,
    pub class: Option<Expr>,
    pub name: Option<Ident>,
    pub body: Block,
    /// Of the header, `except E as e`.
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Case {
    pub pattern: Pattern,
    pub guard: Option<Expr>,
    pub body: Block,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Pattern {
    pub kind: PatternKind,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum PatternKind {
    /// A literal (number with sign, string, f-string, None, True, False); `check` judges it.
    Literal(Expr),
    /// `a.b.c`, compared with `==`
    Value(Expr),
    /// A bare name other than `_`.
    Capture(Ident),
    Wildcard,
    /// `[a, *rest]`, `(a, b)`, `a, b`
    Sequence(Vec<Pattern>),
    /// `*name` or `*_` (None) within a sequence.
    Star(Option<Ident>),
    /// `{key: pattern, **rest}`
    Mapping {
        items: Vec<MappingItem>,
    },
    /// `Point(1, y=2)`; `args` in source order, so that `check` can judge it.
    Class {
        class: Expr,
        args: Vec<PatternArg>,
    },
    Or(Vec<Pattern>),
    /// `pattern as name`
    As {
        pattern: Box<Pattern>,
        name: Ident,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub enum MappingItem {
    Pair { key: Expr, value: Pattern },
    Rest(Ident),
}

#[derive(Clone, PartialEq, Debug)]
pub struct PatternArg {
    pub name: Option<Ident>,
    pub pattern: Pattern,
}

#[derive(Clone, PartialEq, Debug)]
pub struct FunctionDef {
    pub is_async: bool,
    pub name: Ident,
    pub params: Vec<Param>,
    pub returns: Option<Expr>,
    pub body: Block,
    pub decorators: Vec<Expr>,
    /// From `def` to the end of the last statement, without the decorators.
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub struct ClassDef {
    pub name: Ident,
    pub args: Vec<Arg>,
    pub body: Block,
    pub decorators: Vec<Expr>,
    pub span: Span,
}

/// One entry of a parameter list, flat and in source order; `check` judges the order.
#[derive(Clone, PartialEq, Debug)]
pub struct Param {
    pub kind: ParamKind,
    /// None for a bare `*` and for `/`.
    pub name: Option<Ident>,
    pub annotation: Option<Expr>,
    pub default: Option<Expr>,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamKind {
    Plain,
    /// `*args`, or a bare `*` when there is no name.
    Star,
    DoubleStar,
    Slash,
}

/// One argument of a call or of a class statement, in source order.
#[derive(Clone, PartialEq, Debug)]
pub struct Arg {
    pub kind: ArgKind,
    pub value: Expr,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum ArgKind {
    Positional,
    Keyword(Ident),
    Star,
    DoubleStar,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum ExprKind {
    Name(Name),
    Int(Box<BigInt>),
    /// An int that fits, by far the usual case.
    SmallInt(i64),
    Float(f64),
    /// An imaginary literal; `check` refuses it (complex numbers are not in the language).
    Imaginary,
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    FString(Vec<FPart>),
    None,
    True,
    False,
    Ellipsis,
    Tuple(Vec<Expr>),
    List(Vec<Expr>),
    Set(Vec<Expr>),
    Dict(Vec<DictItem>),
    /// `*x` in a display, a target, a subscript or a tuple.
    Starred(Box<Expr>),
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Binary {
        op: BinOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `a and b and c`, flattened; at least two values.
    Bool {
        op: BoolOp,
        values: Vec<Expr>,
    },
    /// `a < b <= c`: each operator with its right operand.
    Compare {
        left: Box<Expr>,
        rest: Vec<(CmpOp, Expr)>,
    },
    Conditional {
        test: Box<Expr>,
        body: Box<Expr>,
        orelse: Box<Expr>,
    },
    Lambda(Box<Lambda>),
    /// `name := value`
    Named {
        target: Ident,
        value: Box<Expr>,
    },
    Await(Box<Expr>),
    Yield(Option<Box<Expr>>),
    YieldFrom(Box<Expr>),
    Attribute {
        value: Box<Expr>,
        attr: Ident,
    },
    Subscript {
        value: Box<Expr>,
        index: Box<Expr>,
    },
    /// Only as an index, or within a tuple index.
    Slice {
        lower: Option<Box<Expr>>,
        upper: Option<Box<Expr>>,
        step: Option<Box<Expr>>,
    },
    Call {
        func: Box<Expr>,
        args: Vec<Arg>,
    },
    Comp(Box<Comp>),
    /// Parentheses around one expression (not those of a tuple). They matter to `check`; `hir::lower` erases them.
    Paren(Box<Expr>),
    /// An expression that did not parse; a diagnostic stands for it.
    Error,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Lambda {
    pub params: Vec<Param>,
    pub body: Expr,
}

#[derive(Clone, PartialEq, Debug)]
pub enum DictItem {
    Pair(Expr, Expr),
    /// `**mapping`
    Unpack(Expr),
}

#[derive(Clone, PartialEq, Debug)]
pub struct Comp {
    pub kind: CompKind,
    /// The element, or the key of a dict comprehension.
    pub element: Expr,
    /// The value of a dict comprehension.
    pub value: Option<Expr>,
    /// At least one.
    pub clauses: Vec<CompClause>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CompKind {
    List,
    Set,
    Dict,
    Generator,
}

#[derive(Clone, PartialEq, Debug)]
pub struct CompClause {
    pub is_async: bool,
    pub target: Expr,
    pub iter: Expr,
    pub conditions: Vec<Expr>,
    pub span: Span,
}

/// A piece of an f-string (adjacent plain literals are already merged in).
#[derive(Clone, PartialEq, Debug)]
pub enum FPart {
    Text(Rc<str>),
    Field(Box<FField>),
}

#[derive(Clone, PartialEq, Debug)]
pub struct FField {
    pub value: Expr,
    /// For `{x = }`: the source text from the brace to the `=` and its blanks, printed before the value.
    pub debug_text: Option<Rc<str>>,
    pub conversion: Option<Conversion>,
    /// The format specification, which may hold fields itself.
    pub spec: Option<Vec<FPart>>,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conversion {
    Str,
    Repr,
    Ascii,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    Pos,
    Neg,
    Invert,
    Not,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinOp {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    MatMul,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
}

impl BinOp {
    /// The operator as written.
    pub const fn symbol(self) -> &'static str {
        match self {
            BinOp::Add => "+",
            BinOp::Sub => "-",
            BinOp::Mul => "*",
            BinOp::Div => "/",
            BinOp::FloorDiv => "//",
            BinOp::Mod => "%",
            BinOp::Pow => "**",
            BinOp::MatMul => "@",
            BinOp::BitAnd => "&",
            BinOp::BitOr => "|",
            BinOp::BitXor => "^",
            BinOp::Shl => "<<",
            BinOp::Shr => ">>",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BoolOp {
    And,
    Or,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CmpOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn,
    Is,
    IsNot,
}

impl CmpOp {
    /// The operator as written.
    pub const fn symbol(self) -> &'static str {
        match self {
            CmpOp::Eq => "==",
            CmpOp::Ne => "!=",
            CmpOp::Lt => "<",
            CmpOp::Le => "<=",
            CmpOp::Gt => ">",
            CmpOp::Ge => ">=",
            CmpOp::In => "in",
            CmpOp::NotIn => "not in",
            CmpOp::Is => "is",
            CmpOp::IsNot => "is not",
        }
    }
}
