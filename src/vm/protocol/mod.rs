//! The language's protocols: what operators, truth tests, hashing, representation and iteration mean for every type.
//!
//! Each protocol has a native path for the built-in types and a path for classes that define special methods. Where the
//! result of a special method *is* the result (or needs a check afterwards), the call is handed to the machine by
//! [`Signal::Call`](crate::object::call::Signal), if need be through a function of the prelude; only protocols that are
//! asked for in the middle of native work (`equal`, `hash`, `repr` of items) nest.

pub mod arith;
pub mod attr;
pub mod attr_cache;
pub mod attr_set;
pub mod compare;
pub mod depth;
pub mod descriptor;
pub mod dir;
pub mod equality;
pub mod fault;
pub mod float_arith;
pub mod format;
pub mod hash;
pub mod index;
pub mod int_arith;
pub mod items;
pub mod iterate;
pub mod lazy;
pub mod namespace;
pub mod operators;
pub mod pairs;
pub mod percent;
pub mod plain_order;
pub mod repr;
pub mod repr_object;
pub mod sequence_arith;
pub mod set_algebra;
pub mod tables;
pub mod truth;
pub mod unpack;

use crate::object::Ref;

macro_rules! binary_operators {
    ($($variant:ident $symbol:literal $name:literal $reflected:literal $in_place:literal,)*) => {
        /// A binary arithmetic or bitwise operator.
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
        #[repr(u8)]
        pub enum BinOp { $($variant,)* }

        impl BinOp {
            pub const ALL: &'static [BinOp] = &[$(BinOp::$variant,)*];

            /// As written in source.
            pub const fn symbol(self) -> &'static str {
                match self { $(BinOp::$variant => $symbol,)* }
            }

            /// The special method of the left operand.
            pub const fn method(self) -> &'static str {
                match self { $(BinOp::$variant => $name,)* }
            }

            /// The special method of the right operand.
            pub const fn reflected(self) -> &'static str {
                match self { $(BinOp::$variant => $reflected,)* }
            }

            /// The special method of the augmented assignment.
            pub const fn in_place(self) -> &'static str {
                match self { $(BinOp::$variant => $in_place,)* }
            }
        }
    };
}

binary_operators! {
    Add "+" "__add__" "__radd__" "__iadd__",
    Sub "-" "__sub__" "__rsub__" "__isub__",
    Mul "*" "__mul__" "__rmul__" "__imul__",
    Div "/" "__truediv__" "__rtruediv__" "__itruediv__",
    FloorDiv "//" "__floordiv__" "__rfloordiv__" "__ifloordiv__",
    Mod "%" "__mod__" "__rmod__" "__imod__",
    Pow "**" "__pow__" "__rpow__" "__ipow__",
    MatMul "@" "__matmul__" "__rmatmul__" "__imatmul__",
    And "&" "__and__" "__rand__" "__iand__",
    Or "|" "__or__" "__ror__" "__ior__",
    Xor "^" "__xor__" "__rxor__" "__ixor__",
    Shl "<<" "__lshift__" "__rlshift__" "__ilshift__",
    Shr ">>" "__rshift__" "__rrshift__" "__irshift__",
}

impl BinOp {
    /// The operator in error texts.
    pub fn shown(self, in_place: bool) -> String {
        match (self, in_place) {
            (BinOp::Pow, false) => "** or pow()".into(),
            (_, false) => self.symbol().into(),
            (_, true) => format!("{}=", self.symbol()),
        }
    }
}

/// A unary operator (`not` is a truth test).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum UnaryOp {
    Neg,
    Pos,
    Invert,
}

/// A comparison operator (`is` and `in` are others).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum CmpOp {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

impl CmpOp {
    pub const ALL: [CmpOp; 6] = [CmpOp::Eq, CmpOp::Ne, CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge];

    pub const fn symbol(self) -> &'static str {
        match self {
            CmpOp::Eq => "==",
            CmpOp::Ne => "!=",
            CmpOp::Lt => "<",
            CmpOp::Le => "<=",
            CmpOp::Gt => ">",
            CmpOp::Ge => ">=",
        }
    }

    /// The operator that means the same with the operands exchanged.
    pub const fn swapped(self) -> CmpOp {
        match self {
            CmpOp::Lt => CmpOp::Gt,
            CmpOp::Le => CmpOp::Ge,
            CmpOp::Gt => CmpOp::Lt,
            CmpOp::Ge => CmpOp::Le,
            same => same,
        }
    }

    /// What the operator says of two things ordered so; `None` is unordered (NaN).
    #[inline]
    pub fn holds(self, ordering: Option<std::cmp::Ordering>) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        match self {
            CmpOp::Eq => ordering == Some(Equal),
            CmpOp::Ne => ordering != Some(Equal),
            CmpOp::Lt => ordering == Some(Less),
            CmpOp::Le => matches!(ordering, Some(Less | Equal)),
            CmpOp::Gt => ordering == Some(Greater),
            CmpOp::Ge => matches!(ordering, Some(Greater | Equal)),
        }
    }
}

/// What asking an iterator for its next item gives.
pub enum Step {
    Item(Ref),
    End,
    /// The end, with a result (what `yield from` and `await` give).
    Return(Ref),
    /// A call is pending whose result is the item; a StopIteration that it raises is the end.
    Call,
    Raised,
}
