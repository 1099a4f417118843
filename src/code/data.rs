//! The code of one function as plain data, before the runtime links it.

use super::isa::{Instr, Op, fl};
use crate::diag::{SourceFile, Span};
use num_bigint::BigInt;
use std::rc::Rc;

/// The code of one source file. `functions[0]` is the module body.
#[derive(Debug)]
pub struct CodeUnit {
    pub source: Rc<SourceFile>,
    pub functions: Vec<FunctionCode>,
    /// Names of the module's globals in slot order: `GetGlobal` and its kin name them by number.
    pub globals: Vec<Rc<str>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeKind {
    Plain,
    Generator,
    Coroutine,
    AsyncGenerator,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Constant {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    BigInt(Rc<BigInt>),
    Float(f64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    Tuple(Vec<Constant>),
}

#[derive(Debug)]
pub struct FunctionCode {
    pub name: Rc<str>,
    pub qualname: Rc<str>,
    pub kind: CodeKind,
    /// Where it stands among the kinds of definitions: module, function, lambda, class body, generator expression.
    pub is_module: bool,
    pub is_class: bool,
    pub posonly: u16,
    pub positional: u16,
    pub kwonly: u16,
    pub varargs: bool,
    pub varkw: bool,
    /// Source name of each local register (hidden ones begin with a dot), parameters first.
    pub locals: Vec<LocalName>,
    /// Number of registers, locals and temporaries.
    pub registers: u16,
    pub instrs: Vec<Instr>,
    /// Span of each instruction.
    pub spans: Vec<Span>,
    /// Number of live temporaries at each instruction, once its operands are consumed and before its result is there:
    /// unwinding drops registers `locals.len() .. locals.len() + depth`; the instruction has dropped its operands itself.
    pub depths: Vec<u16>,
    pub constants: Vec<Constant>,
    /// Sorted by start; the innermost region that covers an instruction comes last among those that do.
    pub handlers: Vec<HandlerEntry>,
    pub states: Vec<StateEntry>,
    /// Attribute names of the inline caches, by number.
    pub caches: Vec<Rc<str>>,
    pub call_sites: Vec<CallSite>,
    pub function_sites: Vec<FunctionSite>,
    pub intrinsic_sites: Vec<IntrinsicSite>,
    /// Relative jumps of each `Switch`, from the Switch instruction.
    pub switches: Vec<Vec<i32>>,
    pub doc: Option<Rc<str>>,
    pub span: Span,
    pub header: Span,
}

impl FunctionCode {
    /// Names of the attributes that it stores on the object in a register.
    pub fn attributes_stored_on(&self, register: usize) -> impl Iterator<Item = &str> {
        let stores = self
            .instrs
            .iter()
            .filter(move |instr| instr.op() == Op::SetAttr as u8 && instr.b() == register && !instr.has(fl::B_TEMP));
        stores.map(|instr| &*self.caches[instr.c()])
    }
}

#[derive(Clone, PartialEq, Debug)]
pub struct LocalName {
    pub name: Rc<str>,
    pub cell: bool,
    /// A captured variable: filled from the function's closure, in order.
    pub free: bool,
}

/// Exceptions raised at instructions `start..end` go to `handler`, with temporaries above `depth` dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HandlerEntry {
    pub start: u32,
    pub end: u32,
    pub handler: u32,
    pub depth: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StateKind {
    Start,
    Yield,
    AsyncYield,
    YieldFrom,
    Await,
}

/// One state of a coroutine: all that dump, traceback, unwinding of a dropped coroutine need.
#[derive(Clone, PartialEq, Debug)]
pub struct StateEntry {
    pub kind: StateKind,
    /// Index of the suspending instruction (0 for the start).
    pub instr: u32,
    /// Temporaries live across it.
    pub depth: u16,
    /// Register that holds the delegate, for delegation.
    pub delegate: Option<u16>,
    /// No handler around it: closing it there runs no code.
    pub bare: bool,
    /// Registers that may keep what was handled before, outermost first: the first one that is bound does.
    pub handling: Vec<u16>,
    /// Registers whose value may be read after the resume (shown, not used).
    pub live: Vec<u16>,
    pub span: Span,
}

/// A call with keywords, or a method call.
#[derive(Clone, PartialEq, Debug)]
pub struct CallSite {
    /// The method's name; None for `CallKw`.
    pub name: Option<Rc<str>>,
    /// Arguments in all, keyword ones included, the object of a method call not.
    pub argc: u16,
    /// Names of the last arguments.
    pub keywords: Vec<Rc<str>>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct FunctionSite {
    /// Index into [`CodeUnit::functions`].
    pub function: u32,
    /// Registers of this frame whose cells the new function captures, in the order of its free locals.
    pub captures: Vec<u16>,
}

/// An intrinsic with its arguments in consecutive temporaries.
#[derive(Clone, PartialEq, Debug)]
pub struct IntrinsicSite {
    pub op: IntrinsicOp,
    pub argc: u16,
}

/// As `hir::Intrinsic`, with slots as registers.
#[derive(Clone, PartialEq, Debug)]
pub enum IntrinsicOp {
    ExcMatch,
    ExcStarSplit,
    ExcStarFinish,
    WithEnter { exit: u16 },
    AsyncWithEnter { exit: u16 },
    ListAppend,
    SetAdd,
    DictSet,
    IsSequence,
    IsMapping,
    Len,
    MatchKeys,
    MatchRest,
    MatchClass { positional: u32, names: Vec<Rc<str>> },
    ItemAt { index: i64 },
    SliceBetween { before: u32, after: u32 },
    Import { module: Rc<str>, level: u32, names: Vec<Rc<str>>, leaf: bool },
    ImportFrom { name: Rc<str> },
    ImportStar,
    Locals,
    AIter,
    ToStr,
    LoadCell { slot: u16 },
    AssertionError,
    Iter,
    Annotate { name: Rc<str> },
}
