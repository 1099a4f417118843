//! What a native function hands over to the machine instead of doing it.

use super::asked::Asked;
use super::greenlets::Switch;
use super::resume::Mode;
use crate::object::{Ref, Value};

/// Done in place of the instruction or native that answers `Signal::Call`.
pub enum Pending {
    Call {
        callee: Ref,
        args: Vec<Ref>,
        names: Vec<Value>,
    },
    /// A call with few positional arguments.
    CallFew {
        callee: Ref,
        args: Few,
    },
    /// A call of a special method, a function of the program whose answer is looked at before it is delivered.
    Ask {
        method: Ref,
        asked: Asked,
    },
    Resume {
        coroutine: Ref,
        mode: Mode,
        value: Ref,
    },
    /// The fiber is suspended: see `fibers`.
    Suspend,
    /// Another greenlet goes on: see `greenlets`.
    Switch(Box<Switch>),
}

impl Pending {
    /// The callee and arguments of a call without keywords.
    ///
    /// # Errors
    /// What it is else.
    pub fn into_positional(self) -> Result<(Ref, Vec<Ref>), Pending> {
        match self {
            Pending::Call { callee, args, names } if names.is_empty() => Ok((callee, args)),
            Pending::CallFew { callee, args } => Ok((callee, args.into_vec())),
            other => Err(other),
        }
    }
}

/// Up to four arguments.
pub struct Few {
    values: [Ref; Few::MOST],
    count: usize,
}

impl Few {
    pub const MOST: usize = 4;

    /// None if there are more.
    pub fn of(given: &[Value]) -> Option<Few> {
        Few::filled(given, 0)
    }

    /// The same with one before the others.
    pub fn with_first(first: Value, rest: &[Value]) -> Option<Few> {
        let mut few = Few::filled(rest, 1)?;
        few.values[0] = first.to_ref();
        Some(few)
    }

    #[inline(always)]
    fn filled(given: &[Value], free: usize) -> Option<Few> {
        let count = free + given.len();
        if count > Few::MOST {
            return None;
        }
        let mut values = [const { Ref::NONE }; Few::MOST];
        for (place, value) in values[free..].iter_mut().zip(given) {
            *place = value.to_ref();
        }
        Some(Few { values, count })
    }

    pub fn as_values(&self) -> &[Value] {
        // Safety: a Ref is a transparent Value.
        unsafe { std::slice::from_raw_parts(self.values.as_ptr() as *const Value, self.count) }
    }

    pub fn into_vec(self) -> Vec<Ref> {
        self.values.into_iter().take(self.count).collect()
    }
}
