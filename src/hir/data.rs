//! The nodes of the high-level IR.
//!
//! What is gone compared with the AST: comprehensions (an [`ExprKind::Block`] around loops), `with` beyond one manager,
//! `match`, comparison chains, f-strings, `assert`, decorators, augmented assignment to anything but a variable's
//! own operator, imports, class statements. What stays is what the state machine needs to see: loops, `try`, `with`
//! exits, suspension points.

use crate::diag::Span;
pub use crate::syntax::ast::{BinOp, CmpOp, Conversion, Name, UnaryOp};
use num_bigint::BigInt;
use std::rc::Rc;

/// All functions of one source file. `functions[0]` is the module body.
#[derive(Clone, Debug, Default)]
pub struct Module {
    pub functions: Vec<Function>,
}

/// Index into [`Module::functions`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct FnId(pub u32);

/// Index into [`Function::locals`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct LocalId(pub u32);

/// Target of `Break` and `Continue`: unique within a function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct LabelId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FnKind {
    Module,
    Function,
    Lambda,
    /// A class body: runs once, its names live in a namespace (its first local, hidden, holds the dict).
    Class,
    Genexpr,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Flavor {
    Plain,
    Generator,
    Coroutine,
    AsyncGenerator,
}

#[derive(Clone, Debug)]
pub struct Function {
    pub kind: FnKind,
    pub flavor: Flavor,
    pub name: Name,
    /// CPython's `__qualname__`, as in `f.<locals>.g`.
    pub qualname: Name,
    pub params: Params,
    /// A class body's namespace (hidden, only there); parameters (positional, keyword-only, `*args`, `**kwargs`); named
    /// locals in `co_varnames` order; own cells that are not parameters; free variables (captured cells, filled at the
    /// call); then the other hidden ones.
    pub locals: Vec<Local>,
    pub body: Block,
    pub doc: Option<Rc<str>>,
    /// The whole definition.
    pub span: Span,
    /// The name in the header, or the whole expression for a lambda.
    pub header: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Params {
    /// Positional-only ones.
    pub posonly: u32,
    /// All that can be given by position, `posonly` included.
    pub positional: u32,
    pub kwonly: u32,
    pub varargs: bool,
    pub varkw: bool,
}

impl Params {
    /// Number of locals that parameters occupy.
    pub fn total(&self) -> u32 {
        self.positional + self.kwonly + u32::from(self.varargs) + u32::from(self.varkw)
    }
}

#[derive(Clone, PartialEq, Debug)]
pub struct Local {
    /// The source name; for hidden ones what it holds, as in `.iter`, `.exit`, `.exc`.
    pub name: Name,
    pub kind: LocalKind,
    /// The slot holds a cell object; the variable is reached through it. Own cells are made at function entry
    /// (a parameter's value is moved in), or by [`StmtKind::NewCell`] for comprehension variables.
    pub cell: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LocalKind {
    Param,
    Named,
    /// Made by lowering; always valid (unbound or a value), dropped at function exit like a named one.
    Hidden,
    /// A captured variable's cell; `cell` is true.
    Free,
}

pub type Block = Vec<Stmt>;

#[derive(Clone, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum StmtKind {
    /// Evaluate and drop.
    Expr(Expr),
    Assign {
        target: Target,
        value: Expr,
    },
    /// `del`; an unbound variable raises NameError/UnboundLocalError.
    Delete(Target),
    /// Clears a hidden or named local without complaint (end of `except … as e`, a loop's iterator).
    Clear(LocalId),
    /// Puts a fresh, empty cell into a comprehension variable's slot.
    NewCell(LocalId),
    If {
        test: Expr,
        then: Block,
        orelse: Block,
    },
    /// `orelse` runs when the test fails; `Continue(label)` goes to the test.
    While {
        label: LabelId,
        test: Expr,
        body: Block,
        orelse: Block,
    },
    /// `iter` is evaluated, iter() taken, kept in the hidden local; exhausted: local cleared, then `orelse`.
    /// `Break` out of it clears the local too. No `iter`: the local holds the iterator already (parameter `.0` of a
    /// generator expression).
    For {
        label: LabelId,
        iterator: LocalId,
        iter: Option<Expr>,
        target: Target,
        body: Block,
        orelse: Block,
    },
    /// `async for`: the same over `__aiter__`/`__anext__`, with the await and StopAsyncIteration made by `mir::build`.
    AsyncFor {
        label: LabelId,
        iterator: LocalId,
        iter: Option<Expr>,
        target: Target,
        body: Block,
        orelse: Block,
    },
    /// A labelled block: `Break(label)` leaves it forwards (used by `match` and `except` chains).
    Labeled {
        label: LabelId,
        body: Block,
    },
    Break(LabelId),
    Continue(LabelId),
    Return(Expr),
    Raise {
        exc: Expr,
        cause: Option<Expr>,
    },
    /// Bare `raise`: the exception being handled.
    Reraise,
    /// Raises the exception in the local again without touching its context or traceback start (end of an `except` chain).
    RaiseLocal(LocalId),
    /// `exc` (hidden) receives the exception; while `handler` runs it is the handled one (`sys.exc_info`). Falling out of
    /// `handler` ends the handling; the handler itself re-raises by `RaiseLocal(exc)` when nothing matched.
    TryExcept {
        body: Block,
        exc: LocalId,
        handler: Block,
        orelse: Block,
    },
    TryFinally {
        body: Block,
        finally: Block,
    },
    /// One context manager that was already entered: `exit` (hidden) holds its bound `__exit__`/`__aexit__`.
    /// Leaving `body` in any way calls it; a true answer to an exception swallows it.
    With {
        is_async: bool,
        exit: LocalId,
        body: Block,
    },
}

/// Where a value can be stored.
#[derive(Clone, Debug)]
pub struct Target {
    pub kind: TargetKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum TargetKind {
    Var(Var),
    Attr {
        object: Expr,
        name: Name,
    },
    Item {
        object: Expr,
        index: Expr,
    },
    /// `a, *b, c = …`: `star` is the position of the starred one.
    Unpack {
        targets: Vec<Target>,
        star: Option<usize>,
    },
    /// Evaluate the unpacking but drop the value (never from source; `_` is an ordinary name).
    Discard,
}

/// A resolved variable.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Var {
    Local(LocalId),
    /// Through the cell in that slot (own or free).
    Cell(LocalId),
    /// Module global, then built-in.
    Global(Name),
    /// In a class body: the namespace in hidden local 0; reads fall back to the cell if there is one, else to the global.
    ClassName {
        name: Name,
        fallback: Option<LocalId>,
    },
}

#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    BigInt(Rc<BigInt>),
    Float(f64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    /// A display of constants (folded).
    Tuple(Rc<[Const]>),
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    Const(Const),
    Var(Var),
    /// The value of a hidden local, which is unbound afterwards: the local's reference moves to whoever uses the value,
    /// so that no hidden local keeps an object alive longer than CPython's stack does.
    Take(LocalId),
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Binary {
        op: BinOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `left op= right`: the value to store back.
    InPlace {
        op: BinOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Compare {
        op: CmpOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// Short circuit: the last value evaluated.
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Conditional {
        test: Box<Expr>,
        then: Box<Expr>,
        orelse: Box<Expr>,
    },
    Attr {
        object: Box<Expr>,
        name: Name,
    },
    Item {
        object: Box<Expr>,
        index: Box<Expr>,
    },
    /// `slice(lower, upper, step)`, None where absent.
    Slice {
        lower: Box<Expr>,
        upper: Box<Expr>,
        step: Box<Expr>,
    },
    Call {
        func: Box<Expr>,
        args: Vec<Arg>,
    },
    Tuple(Vec<Element>),
    List(Vec<Element>),
    Set(Vec<Element>),
    Dict(Vec<DictElement>),
    /// `format(value after conversion, spec)`
    Format {
        value: Box<Expr>,
        conversion: Option<Conversion>,
        spec: Option<Box<Expr>>,
    },
    /// Concatenation of strings that are known to be `str` (an f-string).
    Join(Vec<Expr>),
    /// A function object: `defaults` for the last positional parameters, then keyword-only ones by name;
    /// its free variables are captured from the current function's slots by name.
    Function {
        function: FnId,
        defaults: Vec<Expr>,
        kwdefaults: Vec<(Name, Expr)>,
        annotations: Vec<(Name, Expr)>,
        captures: Vec<LocalId>,
    },
    /// A class statement's value: bases and keywords evaluated, body run in a new namespace, type called.
    Class {
        body: FnId,
        name: Name,
        args: Vec<Arg>,
        captures: Vec<LocalId>,
    },
    Await(Box<Expr>),
    Yield(Box<Expr>),
    YieldFrom(Box<Expr>),
    /// Assigns and gives the value (`:=`, chain temporaries).
    Assign {
        target: Var,
        value: Box<Expr>,
    },
    /// Runs the statements, then gives the value.
    Block {
        body: Block,
        value: Box<Expr>,
    },
    /// An operation of the runtime that has no operator in the source.
    Intrinsic {
        op: Intrinsic,
        args: Vec<Expr>,
    },
}

#[derive(Clone, Debug)]
pub enum Element {
    Item(Expr),
    Star(Expr),
}

#[derive(Clone, Debug)]
pub enum DictElement {
    Pair(Expr, Expr),
    Unpack(Expr),
}

#[derive(Clone, Debug)]
pub enum Arg {
    Positional(Expr),
    Keyword(Name, Expr),
    Star(Expr),
    DoubleStar(Expr),
}

/// Operations without an operator. The comment gives arguments → result.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Intrinsic {
    /// exc, class-or-tuple → bool; TypeError unless it is an exception class or a tuple of such.
    ExcMatch,
    /// exc (or group), class-or-tuple → tuple (matched group or None, rest or None), wrapping a naked exception (PEP 654).
    ExcStarSplit,
    /// original exc, list of exceptions raised or re-raised in the clauses → exception to raise or None (PEP 654).
    ExcStarFinish,
    /// manager → bound `__enter__` result (type lookup of both methods, CPython's message); stores the bound `__exit__` in the local.
    WithEnter { exit: LocalId },
    /// manager → awaitable of `__aenter__()`; stores the bound `__aexit__` in the local.
    AsyncWithEnter { exit: LocalId },
    /// list, value → None (comprehension element)
    ListAppend,
    /// set, value → None
    SetAdd,
    /// dict, key, value → None
    DictSet,
    /// subject → bool: a sequence in the sense of PEP 634
    IsSequence,
    /// subject → bool: a mapping
    IsMapping,
    /// subject → int
    Len,
    /// mapping, tuple of keys → tuple of values or None
    MatchKeys,
    /// mapping, tuple of keys → dict of the others
    MatchRest,
    /// subject, class → tuple of `positional` + keyword attribute values, or None; names are the keyword ones
    MatchClass { positional: u32, names: Vec<Name> },
    /// subject, index → item
    ItemAt { index: i64 },
    /// subject, → list of subject[before : len-after]
    SliceBetween { before: u32, after: u32 },
    /// → module; `names` empty for a plain import. A plain dotted import gives the top package unless `leaf`.
    Import { module: Name, level: u32, names: Vec<Name>, leaf: bool },
    /// module → attribute, importing a submodule if need be
    ImportFrom { name: Name },
    /// module → None; binds its public names in the current module
    ImportStar,
    /// → locals of this frame as a dict (kept for `locals()` seen by name)
    Locals,
    /// iterable → async iterator; bad type: CPython's message
    AIter,
    /// value → str, by conversion
    ToStr,
    /// cell slot → the cell object itself (`__class__` cell of a class body)
    LoadCell { slot: LocalId },
    /// test failed → AssertionError instance (args: message, or none)
    AssertionError,
    /// async-generator expression's first iterable etc. need no intrinsic; iter(x) where lowering wants it eagerly
    Iter,
    /// name, value → None: record in the enclosing namespace's `__annotations__`
    Annotate { name: Name },
}
