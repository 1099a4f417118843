//! Questions: calls of special methods whose answer is looked at before it goes to the instruction that waits for it. An
//! operator asks the next method if the answer is NotImplemented, a truth test wants a bool, and so on.
//!
//! The method's frame is marked [`frame_flag::ASKED`], and what was asked stands behind its registers: no frame in between
//! waits for the answer. Methods that are no plain functions are asked by functions of the prelude.

use super::Vm;
use super::dispatch::Cont;
use super::pending::Pending;
use super::protocol::compare::order_numbers;
use super::protocol::{BinOp, CmpOp};
use super::slow::enter;
use crate::code::CodeKind;
use crate::object::call::{Outcome, Signal};
use crate::object::coroutine::{Frame, frame_flag};
use crate::object::function::Function;
use crate::object::{Kind, Ref, Value};
use std::cmp::Ordering;

/// What an answer is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Question {
    Binary(BinOp),
    InPlace(BinOp),
    Divmod,
    Compare(CmpOp),
    /// A truth test that asks `__bool__`, or `__len__`.
    Truth,
    TruthOfLength,
    Length,
    Repr,
    /// `str`, by `__str__` or `__repr__`.
    Str,
    Format,
}

impl Question {
    /// How many operands the method gets: `a`, or `b` too.
    fn operands(self) -> usize {
        use Question::*;
        if matches!(self, Truth | TruthOfLength | Length | Repr | Str) { 1 } else { 2 }
    }
}

/// A question that is being answered: three words behind the registers of the method's frame.
pub struct Asked {
    pub question: Question,
    /// How many methods were asked for this before.
    pub step: u8,
    /// The answer is to be negated: `__eq__` stands in for `__ne__`.
    pub negate: bool,
    /// The method is that of `b`.
    pub reflected: bool,
    pub a: Ref,
    pub b: Ref,
}

impl Asked {
    const WORDS: usize = size_of::<Asked>() / 8;

    /// The first question to the method of a value.
    pub fn first(question: Question, a: Value, b: Value) -> Asked {
        Asked::left(question, a.to_ref(), b.to_ref())
    }

    /// The same with the operands given up.
    pub fn left(question: Question, a: Ref, b: Ref) -> Asked {
        Asked { question, step: 0, negate: false, reflected: false, a, b }
    }

    unsafe fn of(frame: *mut Frame) -> *mut Asked {
        // Safety: the frame is live.
        unsafe { Frame::regs(frame).add((*(*frame).code).registers as usize) as *mut Asked }
    }
}

/// Whether the method can be asked in a frame of its own.
pub fn is_askable(method: Value, count: usize) -> bool {
    method.get::<Function>().is_some_and(|f| f.code.kind == CodeKind::Plain && enter::fits(f, count))
}

impl Vm {
    /// Asks the machine to ask a method, by a function of the prelude if it is no plain function.
    pub(super) fn tail_ask(&mut self, method: Value, prelude: &'static str, asked: Asked) -> Signal {
        let count = asked.question.operands();
        if is_askable(method, count) {
            self.pending = Some(Pending::Ask { method: method.to_ref(), asked });
            return Signal::Call;
        }
        self.tail_prelude(prelude, &[method, *asked.a, *asked.b][..=count])
    }

    /// Pushes the frame of a method that [`is_askable`].
    pub(super) unsafe fn enter_asked(&mut self, frame: *mut Frame, method: Value, asked: Asked) -> Cont {
        unsafe {
            let Some(f) = method.get::<Function>() else { return Cont::EXIT };
            let (a, b) = (*asked.a, *asked.b);
            let args = if asked.reflected { [b, a] } else { [a, b] };
            let count = asked.question.operands();
            // One word behind the registers is part of the frame.
            let more = (Asked::WORDS - 1) * 8;
            let fits = self.sp.wrapping_add(f.code.frame_size as usize + more) < self.limit;
            let entered = if fits { enter::enter_positional(self, frame, f, args.as_ptr(), count) } else { None };
            let Some(cont) = entered else {
                self.raise_recursion();
                return self.unwind(frame);
            };
            args[..count].iter().for_each(|arg| arg.inc());
            let callee = Frame::of(cont.regs);
            (*callee).flags |= frame_flag::ASKED;
            Asked::of(callee).write(asked);
            self.sp = self.sp.add(more);
            cont
        }
    }

    /// A method has answered; the locals of its frame are dropped.
    pub(super) unsafe fn take_answer(&mut self, frame: *mut Frame, value: Ref) -> Cont {
        unsafe {
            let asked = Asked::of(frame).read();
            let caller = (*frame).prev;
            self.sp = frame as *mut u8;
            self.frame = caller;
            let outcome = self.judge(&asked, value);
            drop(asked);
            self.take_outcome(caller, outcome)
        }
    }

    /// The method has raised something instead.
    pub(super) unsafe fn drop_asked(&mut self, frame: *mut Frame) {
        // Safety: the frame is marked.
        unsafe { drop(Asked::of(frame).read()) }
    }

    /// The result, or the next question.
    fn judge(&mut self, asked: &Asked, value: Ref) -> Outcome {
        match asked.question {
            Question::Binary(_) | Question::InPlace(_) | Question::Divmod | Question::Compare(_) => {
                if *value == Value::NOT_IMPLEMENTED {
                    return self.ask_next(asked);
                }
                if asked.negate { self.truth(*value).map(|truth| Ref::bool(!truth)) } else { Ok(value) }
            }
            Question::Truth if matches!(*value, Value::TRUE | Value::FALSE) => Ok(value),
            Question::Truth => {
                let given = self.type_name(*value);
                Err(self.type_error(format!("__bool__ should return bool, returned {given}")))
            }
            Question::Length => self.checked_length(*value).map(Ref::int),
            Question::TruthOfLength => self.checked_length(*value).map(|length| Ref::bool(length != 0)),
            _ if value.is_kind(Kind::Str) => Ok(value),
            Question::Format => {
                let given = self.type_name(*value);
                Err(self.type_error(format!("__format__ must return a str, not {given}")))
            }
            Question::Repr => self.must_be_text(value, "__repr__"),
            Question::Str => self.must_be_text(value, "__str__"),
        }
    }

    /// What `__len__` has answered.
    fn checked_length(&mut self, answer: Value) -> Outcome<i64> {
        let int = self.index_value(answer)?;
        if order_numbers(*int, Value::small_int(0)) == Some(Some(Ordering::Less)) {
            return Err(self.value_error("__len__() should return >= 0"));
        }
        int.as_i64().ok_or_else(|| {
            let given = self.type_name(*int);
            self.overflow_error(format!("cannot fit '{given}' into an index-sized integer"))
        })
    }
}
