//! The instruction set: 64-bit words `op:8 | fl:8 | a:16 | b:16 | c:16`, op in the lowest byte.
//!
//! `R[x]` is register x of the current frame: locals first, then temporaries. A *local* register owns its value and must
//! have the old one dropped when it is overwritten; a *temporary* is written once and consumed once.
//! Suffix `L` marks the variant whose destination `a` is a local; instructions without such a variant look at
//! [`fl::DST_LOCAL`]. Jumps are relative to the instruction itself, in words: `pc + off`.
//! An instruction that may run Coro code gets its result *delivered* later: the frame keeps the address of this
//! instruction, the result goes to `a`, and execution goes on at the next word; [`fl::COMPLEX`] marks those that want
//! more done on delivery (a truth test, a discard).

/// Bits of the `fl` byte.
pub mod fl {
    /// `a` is a destination and a local register.
    pub const DST_LOCAL: u8 = 0x80;
    /// `R[b]` is a temporary: consumed.
    pub const B_TEMP: u8 = 0x40;
    /// `R[c]` is a temporary: consumed.
    pub const C_TEMP: u8 = 0x20;
    /// `R[a]` is a source and a temporary: consumed (never together with DST_LOCAL's meaning).
    pub const A_TEMP: u8 = 0x80;
    /// Arithmetic: in-place form (`+=`).
    pub const IN_PLACE: u8 = 0x10;
    /// Calls: what they give is awaited at once, by the next two words, and not within an exception handler.
    pub const AWAITED: u8 = 0x10;
    /// Result needs more than a store: see `vm::deliver`.
    pub const COMPLEX: u8 = 0x08;
    /// FORMAT: a spec is in `R[c]`; suspensions: the state is within an exception handler.
    pub const EXTRA: u8 = 0x01;
    /// FORMAT: conversion in two bits: 0 none, 1 str, 2 repr, 3 ascii.
    pub const CONV_SHIFT: u8 = 1;
}

/// Value words that `LoadW` can hold, as 32 bits to be sign-extended. `object::value` defines what they mean.
pub mod word {
    pub const NONE: i32 = special(1);
    pub const FALSE: i32 = special(2);
    pub const TRUE: i32 = special(3);
    pub const ELLIPSIS: i32 = special(4);

    const fn special(n: i32) -> i32 {
        n << 2 | 2
    }

    /// The word of an int; `i` must be one for which [`fits`] holds.
    pub const fn small_int(i: i32) -> i32 {
        i << 2
    }

    pub const fn fits(i: i64) -> bool {
        i >= -(1 << 29) && i < 1 << 29
    }
}

/// One instruction word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Instr(pub u64);

impl Instr {
    pub const fn abc(op: Op, flags: u8, a: u16, b: u16, c: u16) -> Instr {
        Instr(op as u64 | (flags as u64) << 8 | (a as u64) << 16 | (b as u64) << 32 | (c as u64) << 48)
    }

    /// With a 32-bit immediate in place of `b` and `c`.
    pub const fn ai(op: Op, flags: u8, a: u16, imm: i32) -> Instr {
        Instr(op as u64 | (flags as u64) << 8 | (a as u64) << 16 | (imm as u32 as u64) << 32)
    }

    #[inline(always)]
    pub const fn op(self) -> u8 {
        self.0 as u8
    }
    #[inline(always)]
    pub const fn fl(self) -> u8 {
        (self.0 >> 8) as u8
    }
    #[inline(always)]
    pub const fn a(self) -> usize {
        (self.0 >> 16) as u16 as usize
    }
    #[inline(always)]
    pub const fn b(self) -> usize {
        (self.0 >> 32) as u16 as usize
    }
    #[inline(always)]
    pub const fn c(self) -> usize {
        (self.0 >> 48) as usize
    }
    /// `c` as a signed immediate.
    #[inline(always)]
    pub const fn ic(self) -> i64 {
        (self.0 as i64) >> 48
    }
    /// `a` as a signed offset.
    #[inline(always)]
    pub const fn ia(self) -> isize {
        (self.0 >> 16) as i16 as isize
    }
    /// The 32-bit immediate.
    #[inline(always)]
    pub const fn imm(self) -> i32 {
        (self.0 >> 32) as i32
    }
    #[inline(always)]
    pub const fn has(self, flag: u8) -> bool {
        self.fl() & flag != 0
    }
    /// The same with a flag set.
    pub const fn with(self, flag: u8) -> Instr {
        Instr(self.0 | (flag as u64) << 8)
    }
}

impl Instr {
    /// Whether a result that arrives just goes to `a`.
    #[inline(always)]
    pub const fn stores_result(self) -> bool {
        !self.has(fl::COMPLEX) && self.op() < Op::For as u8
    }
}

impl Op {
    /// Whether the instruction carries [`fl::COMPLEX`]: a delivered result is not just stored.
    pub const fn is_complex(self) -> bool {
        use Op::*;
        matches!(
            self,
            Not | Truth | In | NotIn | JTrue | JFalse | SetAttr | DelAttr | SetItem | DelItem | StoreName | DelName
        ) || matches!(self, ListExtend | SetUpdate | DictUpdate | DictMerge | Iter | Unpack | UnpackStar)
            || (self as u8 >= JEq as u8 && self as u8 <= JNGeI as u8)
    }
}

macro_rules! ops {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The opcodes.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum Op { $($(#[$doc])* $name,)* }

        impl Op {
            /// All opcodes in order.
            pub const ALL: &'static [Op] = &[$(Op::$name,)*];
            /// Mnemonics in the same order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name),)*];

            pub const fn name(self) -> &'static str {
                Op::NAMES[self as usize]
            }

            pub fn from_u8(op: u8) -> Option<Op> {
                Op::ALL.get(op as usize).copied()
            }
        }

        /// Calls `$callback!` with the list of opcodes (the runtime's dispatch tables).
        macro_rules! for_each_op {
            ($callback:ident) => { $callback! { $($name)* } };
        }
        pub(crate) use for_each_op;
    };
}

ops! {
    /// Leaves the run loop: the value delivered to this frame is the result (native boundary).
    Exit,
    /// R[a] temp = copy of R[b] local
    Copy,
    /// R[a] local = copy of R[b] local
    CopyL,
    /// R[a] temp = R[b] temp, moved
    Move,
    /// R[a] local = R[b] temp, moved
    MoveL,
    /// R[a] = K[imm]
    LoadK,
    LoadKL,
    /// R[a] = the value word that is `imm` sign-extended (small ints, None, True, …)
    LoadW,
    LoadWL,
    /// drops R[a] temp
    Drop,
    /// R[a] local = unbound, old value dropped
    Clear,
    /// raises UnboundLocalError if R[a] is unbound
    Check,
    /// Check, then Clear
    DeleteLocal,
    /// R[a] = new cell holding what R[a] held
    MakeCell,
    /// R[a] = new empty cell (old content dropped)
    NewCell,
    /// R[a] = contents of the cell R[b]; NameError if empty (fl DST_LOCAL)
    LoadCell,
    /// contents of the cell R[a] = R[b] (fl B_TEMP)
    StoreCell,
    DeleteCell,
    /// R[a] = global number imm, else built-in, else NameError (fl DST_LOCAL)
    GetGlobal,
    /// global number imm = R[a] (fl A_TEMP)
    SetGlobal,
    DelGlobal,
    /// class body: R[a] = name K[b] in namespace R[0], else cell R[c-1] if c > 0, else global of that name
    LoadName,
    /// class body: name K[b] = R[a] (fl A_TEMP)
    StoreName,
    /// class body: del name K[b]
    DelName,
    // Arithmetic: R[a] = R[b] op R[c] (fl DST_LOCAL, B_TEMP, C_TEMP, IN_PLACE). Plain form: a is a temp.
    Add,
    AddL,
    Sub,
    SubL,
    Mul,
    MulL,
    Div,
    DivL,
    FloorDiv,
    FloorDivL,
    Mod,
    ModL,
    Pow,
    MatMul,
    And,
    AndL,
    Or,
    OrL,
    Xor,
    XorL,
    Shl,
    ShlL,
    Shr,
    ShrL,
    // The same with a 16-bit signed immediate c.
    AddI,
    AddIL,
    SubI,
    SubIL,
    MulI,
    MulIL,
    FloorDivI,
    FloorDivIL,
    ModI,
    ModIL,
    AndI,
    AndIL,
    ShlI,
    ShlIL,
    ShrI,
    ShrIL,
    /// R[a] = op R[b] (fl DST_LOCAL, B_TEMP)
    Neg,
    Pos,
    Invert,
    /// R[a] = not R[b] (COMPLEX)
    Not,
    /// R[a] = bool(R[b]) (COMPLEX)
    Truth,
    // R[a] = R[b] cmp R[c] (fl DST_LOCAL, B_TEMP, C_TEMP)
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Is,
    IsNot,
    /// R[a] = R[b] in R[c] (COMPLEX)
    In,
    /// (COMPLEX)
    NotIn,
    // Jump by signed a if R[b] cmp R[c] is true; the N forms if it is not (COMPLEX; fl B_TEMP, C_TEMP).
    JEq,
    JNEq,
    JNe,
    JNNe,
    JLt,
    JNLt,
    JLe,
    JNLe,
    JGt,
    JNGt,
    JGe,
    JNGe,
    // The same against the signed immediate c.
    JEqI,
    JNEqI,
    JNeI,
    JNNeI,
    JLtI,
    JNLtI,
    JLeI,
    JNLeI,
    JGtI,
    JNGtI,
    JGeI,
    JNGeI,
    /// jump by signed a if R[b] is R[c]
    JIs,
    JIsNot,
    /// jump by imm if R[a] is None (fl A_TEMP)
    JNone,
    JNotNone,
    /// jump by imm if R[a] is true (fl A_TEMP, COMPLEX)
    JTrue,
    JFalse,
    /// jump by imm
    Jump,
    /// jump by the entry of switch table b that R[a] (a small int) selects
    Switch,
    /// R[a] = R[b].name of cache c (fl DST_LOCAL, B_TEMP)
    GetAttr,
    /// R[b].name of cache c = R[a] (fl A_TEMP, B_TEMP, COMPLEX)
    SetAttr,
    /// del R[b].name of cache c (fl B_TEMP, COMPLEX)
    DelAttr,
    /// R[a] = R[b][R[c]] (fl DST_LOCAL, B_TEMP, C_TEMP)
    GetItem,
    /// R[a][R[b]] = R[c] (fl A_TEMP, B_TEMP, C_TEMP, COMPLEX)
    SetItem,
    /// del R[b][R[c]] (fl B_TEMP, C_TEMP, COMPLEX)
    DelItem,
    /// R[a] = slice(R[b], R[b+1], R[b+2]) (temps)
    BuildSlice,
    /// R[a] = tuple of the c temps from R[b]
    BuildTuple,
    BuildList,
    BuildSet,
    /// c pairs from R[b]
    BuildDict,
    /// R[a] (list, borrowed local) append R[b] (fl B_TEMP)
    ListAppend,
    SetAdd,
    /// R[a] (dict, borrowed local)[R[b]] = R[c] (temps)
    DictSet,
    /// R[a] = R[b] (list temp, moved) extended by R[c] (temp; COMPLEX)
    ListExtend,
    SetUpdate,
    DictUpdate,
    /// R[a] = R[b] (dict temp, moved) merged with mapping R[c] (temp), callee for messages in R[b-2] (COMPLEX)
    DictMerge,
    /// R[a] = tuple(R[b] list temp)
    ListToTuple,
    /// R[a] = R[b-1](R[b] … c arguments), all temps (fl DST_LOCAL)
    Call,
    /// R[a] = R[b-1](…) by call site c (argument count and keyword names); arguments from R[b]
    CallKw,
    /// R[a] = R[b].name(R[b+1] …) by call site c; object and arguments are temps
    CallMethod,
    /// R[a], R[a+1] = what `.name` of cache c calls on the object in R[a], and the object or unbound; temps
    LoadMethod,
    /// R[a] = R[b-1](R[b] if it is bound, R[b+1] …) by call site c; temps
    CallLoaded,
    /// R[a] = R[b](*R[b+1], **R[b+2]), R[b+2] None or a dict; temps
    CallEx,
    /// return R[a] (fl A_TEMP: moved; else a local: copied)
    Return,
    /// return None
    ReturnNone,
    /// the same from a generator, coroutine or async generator
    ReturnGen,
    /// R[a] = iter(R[b]) (fl DST_LOCAL, B_TEMP, COMPLEX)
    Iter,
    /// unpack R[b] (fl B_TEMP, COMPLEX) into the c temps R[a] …, item i into R[a + c-1-i]
    Unpack,
    /// with `before = c & 255`, `after = c >> 8`: before + 1 + after temps from R[a], in the same reversed order
    UnpackStar,
    /// R[a] = format(R[b]) (fl DST_LOCAL, B_TEMP, EXTRA: spec in R[c] temp; conversion bits)
    Format,
    /// R[a] = the c strings (temps) from R[b] joined
    Join,
    /// R[a] = function by function site c; R[b] defaults tuple or None, R[b+1] keyword defaults dict or None, R[b+2] annotations
    MakeFunction,
    /// R[a] = class named K[c] from body function R[b], bases tuple R[b+1], keywords dict or None R[b+2]
    MakeClass,
    /// raise R[b] from R[c] (EXTRA: there is a cause; fl B_TEMP, C_TEMP)
    Raise,
    /// bare raise
    Reraise,
    /// raise the exception in local R[a] again, moved out
    RaiseAgain,
    /// local R[a] = exception in flight, local R[b] = exception handled so far; the former becomes the handled one
    Catch,
    /// the exception in local R[b] is the handled one again (moved out)
    EndCatch,
    /// R[a] = R[b] (borrowed) is a StopAsyncIteration
    IsStopAsync,
    /// R[a] = R[b](type, exc, tb) for the exception R[c], or R[b](None, None, None) if that is None; b, c borrowed locals
    CallExit,
    /// R[a] = what awaiting R[b] drives; c: 0 await, 1 aenter, 2 aexit, 3 anext (fl B_TEMP, DST_LOCAL)
    GetAwaitable,
    /// R[a] = R[b].__anext__() made awaitable (b borrowed)
    GetANext,
    /// R[a] = iterator for `yield from` over R[b] (fl B_TEMP, DST_LOCAL)
    GetYieldFrom,
    /// R[a] = intrinsic of site c on the temps from R[b]
    Intrinsic,
    /// suspend in state c, yield R[b] (fl B_TEMP, EXTRA: in a handler); the sent value goes to R[a] (fl DST_LOCAL)
    Yield,
    /// the same in an async generator
    AsyncYield,
    // From here on: a result that arrives is not stored like that of a call (see [`Instr::stores_result`]).
    /// R[a] = next item of the iterator R[b], jump by signed c; exhausted: go on at the next word (fl DST_LOCAL)
    For,
    /// drive the iterator in local R[b], state c; its result goes to R[a]
    YieldFrom,
    /// drive the awaitable in local R[b], state c
    Await,
}
