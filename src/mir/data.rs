//! The data of the mid-level IR.
//!
//! Three kinds of storage. *Locals* own their value until the function ends, as CPython's do (named, hidden, and cells).
//! *Temporaries* are linear: defined once and consumed exactly once on every path; they are allocated like a stack, so
//! that "which are live here" is one number. *Constants* are immortal. An operand that names a local borrows it; one
//! that names a temporary moves it.

use crate::diag::Span;
pub use crate::hir::{
    BinOp, CmpOp, Const, Conversion, Flavor, FnId, FnKind, Intrinsic, Local, LocalId, LocalKind, Name, Params, UnaryOp,
};
use std::rc::Rc;

/// Name of the hidden locals that hold how a `finally` or `with` was left: small ints that need no dropping.
pub const COMPLETION_KIND: &str = ".kind";

/// All bodies of one source file, in the order of `hir::Module::functions`.
#[derive(Clone, Debug, Default)]
pub struct Module {
    pub bodies: Vec<Body>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct BlockId(pub u32);
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct TempId(pub u32);
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct RegionId(pub u32);
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct StateId(pub u32);

/// One function.
#[derive(Clone, Debug)]
pub struct Body {
    pub id: FnId,
    pub kind: FnKind,
    pub flavor: Flavor,
    pub name: Name,
    pub qualname: Name,
    pub params: Params,
    /// As in `hir::Function::locals`; `build` may append hidden ones (completion registers).
    pub locals: Vec<Local>,
    pub doc: Option<Rc<str>>,
    pub span: Span,
    pub header: Span,
    /// `blocks[0]` is the entry.
    pub blocks: Vec<Block>,
    /// Number of temporaries ever made.
    pub temps: u32,
    pub regions: Vec<Region>,
    /// Filled by the `coroutine` pass: state 0 is the start, then one for each suspension point in source order.
    pub states: Vec<State>,
    /// Filled by the `slots` pass.
    pub frame: Option<FrameLayout>,
}

#[derive(Clone, Debug)]
pub struct Block {
    pub instrs: Vec<Instr>,
    pub term: Term,
    pub term_span: Span,
    /// Where an exception raised in this block goes.
    pub region: Option<RegionId>,
}

/// An exception region: what happens to an exception raised in the blocks that name it.
#[derive(Clone, Debug)]
pub struct Region {
    /// Begins with [`Op::Catch`], which takes the exception, after nothing but clears.
    pub handler: BlockId,
    pub parent: Option<RegionId>,
    /// Temporaries that are live across the region (the outermost first); those above are dropped on the way to the handler.
    pub live_temps: Vec<TempId>,
    pub kind: RegionKind,
    /// The `try`/`with` header.
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegionKind {
    Except,
    Finally,
    With,
    /// Around a handler's body: ends the handling of the exception, then goes on raising.
    Handler,
    /// Around `__anext__` of an `async for`.
    AsyncFor,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Operand {
    /// Borrowed.
    Local(LocalId),
    /// Moved.
    Temp(TempId),
    Const(Const),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Place {
    Local(LocalId),
    Temp(TempId),
}

#[derive(Clone, Debug)]
pub struct Instr {
    pub dst: Option<Place>,
    pub op: Op,
    pub args: Vec<Operand>,
    pub span: Span,
}

/// Three-address operations; the comment gives the arguments → what goes to `dst`.
#[derive(Clone, PartialEq, Debug)]
pub enum Op {
    /// a → a (copy of a local or constant, move of a temporary)
    Copy,
    /// Drops its temporary argument.
    Drop,
    /// Raises UnboundLocalError/NameError unless the local is bound. Removed where it is provably bound.
    CheckBound(LocalId),
    /// Clears the local, dropping its value (no check).
    Clear(LocalId),
    /// `del x`: checks, then clears.
    DeleteLocal(LocalId),
    /// → contents of the cell in the slot; NameError when empty
    LoadCell(LocalId),
    /// a → the cell in the slot
    StoreCell(LocalId),
    DeleteCell(LocalId),
    /// Replaces the slot's content by a cell that holds it (an unbound one if `fresh`).
    MakeCell {
        slot: LocalId,
        fresh: bool,
    },
    LoadGlobal(Name),
    StoreGlobal(Name),
    DeleteGlobal(Name),
    /// Class body names (namespace in local 0).
    LoadName {
        name: Name,
        fallback: Option<LocalId>,
    },
    StoreName(Name),
    DeleteName(Name),
    Unary(UnaryOp),
    Binary(BinOp),
    InPlace(BinOp),
    Compare(CmpOp),
    /// a → bool
    Truth,
    /// object → attribute
    GetAttr(Name),
    /// object, value →
    SetAttr(Name),
    DelAttr(Name),
    GetItem,
    /// object, index, value →
    SetItem,
    DelItem,
    /// lower, upper, step → slice
    BuildSlice,
    BuildTuple,
    BuildList,
    BuildSet,
    /// key, value, key, value …
    BuildDict,
    /// list, iterable → the list, extended; it is moved through (so are the containers of the next three)
    ListExtend,
    /// list → tuple of its items
    ListToTuple,
    SetUpdate,
    DictUpdate,
    /// dict, mapping → the dict; with the duplicate check and messages of a call's `**`. The callee, for the message, is the
    /// temporary two below the dict.
    DictMerge,
    /// callee, positional arguments…
    Call,
    /// callee, positional arguments…, then one for each name
    CallKw(Vec<Name>),
    /// object, arguments…: `object.name(arguments)` without a bound method; keyword names for the last ones. Made by the
    /// `methods` pass from the next two.
    CallMethod {
        name: Name,
        keywords: Vec<Name>,
    },
    /// object → what is called, and the object if it is to be the first argument (else unbound)
    LoadMethod {
        name: Name,
        callee: TempId,
        receiver: TempId,
    },
    /// callee, receiver (both from `LoadMethod`), arguments…; keyword names for the last ones
    CallLoaded {
        keywords: Vec<Name>,
    },
    /// callee, tuple of positionals (or what a lone `*x` gave), dict of keywords (or None)
    CallEx,
    /// value, spec? → str
    Format {
        conversion: Option<Conversion>,
        has_spec: bool,
    },
    /// strings → str
    Join,
    /// defaults (a tuple or None), keyword defaults (a dict or None), annotations (dict or None) → function; cells captured by slot
    MakeFunction {
        function: FnId,
        captures: Vec<LocalId>,
    },
    /// function of the body, bases tuple, keywords dict or None → class
    MakeClass {
        name: Name,
    },
    /// iterable → iterator
    GetIter,
    /// value → n values into the listed temporaries. The first is on top of the stack (the highest register), so that it is
    /// stored first; ValueError texts as CPython's
    Unpack {
        targets: Vec<TempId>,
    },
    UnpackStar {
        before: Vec<TempId>,
        star: TempId,
        after: Vec<TempId>,
    },
    /// value → what `await` drives (a coroutine or an iterator); TypeError otherwise. `context` as in CPython's messages.
    GetAwaitable {
        context: AwaitContext,
    },
    /// async iterator → its `__anext__()` result, made awaitable
    GetANext,
    /// value → iterator that `yield from` drives
    GetYieldFromIter,
    /// Takes the exception in flight; makes it the handled one, with the one handled before (or None) kept in `saved`.
    /// `saved` is unbound except between `Catch` and `EndCatch`.
    Catch {
        saved: LocalId,
    },
    /// Ends the handling: the exception in `saved`, moved out of it, is the handled one again. If `saved` is unbound, nothing
    /// happens: a `finally` that was entered without an exception has nothing to end.
    EndCatch {
        saved: LocalId,
    },
    /// exc (borrowed) → bool: it is StopAsyncIteration
    IsStopAsyncIteration,
    /// exit function, exc → result of `exit(type, exc, tb)`
    CallExit,
    Intrinsic(Intrinsic),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AwaitContext {
    Await,
    AEnter,
    AExit,
    ANext,
}

/// Where a [`Term::Switch`] goes on raising.
pub const RAISE_TARGET: usize = 1;

#[derive(Clone, PartialEq, Debug)]
pub enum Term {
    Jump(BlockId),
    /// Truth of the operand (consumed).
    Branch {
        cond: Operand,
        then: BlockId,
        orelse: BlockId,
    },
    /// Next item of the iterator in the local → dst, then `body`; exhausted → `exit`.
    ForIter {
        iterator: LocalId,
        dst: Place,
        body: BlockId,
        exit: BlockId,
    },
    Return(Operand),
    /// `raise exc from cause`
    Raise {
        exc: Operand,
        cause: Option<Operand>,
    },
    /// Bare `raise`.
    Reraise,
    /// Continues to raise the exception in the local (moved out of it), no new context.
    RaiseAgain(LocalId),
    /// Completion dispatch at the end of a `finally`: the hidden local `kind` holds a small int: entry i goes to `targets[i]`.
    Switch {
        kind: LocalId,
        /// Of a `finally`: what was handled before; bound on the way to `targets[RAISE_TARGET]` alone.
        saved: Option<LocalId>,
        targets: Vec<BlockId>,
    },
    Suspend(Suspend),
    /// After something that never falls through.
    Unreachable,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Suspend {
    pub kind: SuspendKind,
    /// What is yielded; for delegation the iterator or awaitable (kept in `delegate`).
    pub value: Operand,
    /// For delegation: the hidden local that holds what is driven; `value` is the same local. The suspension itself empties
    /// it when the delegate has finished, by a value or by an exception.
    pub delegate: Option<LocalId>,
    /// Receives the sent value, or the delegate's result.
    pub sent: Place,
    pub resume: BlockId,
    /// Numbered by the `coroutine` pass.
    pub state: StateId,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SuspendKind {
    Yield,
    /// `yield` in an async generator.
    AsyncYield,
    YieldFrom,
    Await,
}

/// What is known of a suspended state: everything that dump, graph, traceback and transpiler show.
#[derive(Clone, Debug)]
pub struct State {
    pub id: StateId,
    /// None for the start state.
    pub kind: Option<SuspendKind>,
    /// The block that ends in the suspension (the entry block for the start).
    pub block: BlockId,
    pub resume: BlockId,
    pub region: Option<RegionId>,
    /// Temporaries that are live across it, outermost first.
    pub saved_temps: Vec<TempId>,
    /// Locals that may be assigned (kept as CPython keeps them).
    pub saved: Vec<LocalId>,
    /// Locals whose value may be read after the resume.
    pub live: Vec<LocalId>,
    /// No `try` or `with` around it: closing it there runs no code.
    pub bare: bool,
    /// Where exceptions may be being handled: `saved` slots, outermost first. The first that is bound holds the exception
    /// that the resumer handles; if all are unbound (within a `finally`), none is handled here.
    pub handling: Vec<LocalId>,
    pub span: Span,
}

/// Result of the `slots` pass: the register of each local and temporary.
#[derive(Clone, Debug, Default)]
pub struct FrameLayout {
    /// Register of each local (same index as `locals`): locals come first, in order.
    pub locals: Vec<u16>,
    /// Register of each temporary; stack-wise, so the live ones are a prefix.
    pub temps: Vec<u16>,
    /// Number of registers in all.
    pub size: u16,
}
