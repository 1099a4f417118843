//! The slow halves of the instructions: everything that may allocate, call, raise, or drop an object.
//!
//! Each function gets the instruction's address and the registers of its frame, and answers where execution goes on.
//! Temporaries that the instruction consumes are taken over here, also when it fails. None of them may be inlined into a
//! handler: one that keeps anything on the native stack cannot end in a jump, and the stack would grow with each step.

mod call;
mod compute;
mod data;
pub(super) mod enter;
mod items;
mod object;
mod plain;
mod suspend;

pub(super) use call::*;
pub(super) use compute::*;
pub(super) use data::*;
pub(super) use items::*;
pub(super) use object::*;
pub(super) use suspend::*;

use super::Vm;
use super::dispatch::Cont;
use crate::code::{Instr, fl};
use crate::object::call::Outcome;
use crate::object::code::Code;
use crate::object::coroutine::Frame;
use crate::object::{Ref, Value};

/// Records where the frame stands, before anything that may look at frames.
#[inline]
pub(super) unsafe fn save(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> *mut Frame {
    unsafe {
        let frame = Frame::of(regs);
        (*frame).pc = pc;
        vm.frame = frame;
        vm.poll_cycles();
        frame
    }
}

/// The operand in R[index]: moved out if it is a temporary, else a new reference.
#[inline]
unsafe fn operand(regs: *mut Value, index: usize, temp: bool) -> Ref {
    unsafe {
        let value = *regs.add(index);
        if temp { Ref::from_owned(value) } else { value.to_ref() }
    }
}

/// Drops the operand in R[index] if it is a temporary.
#[inline]
unsafe fn drop_operand(regs: *mut Value, index: usize, temp: bool) {
    if temp {
        unsafe { (*regs.add(index)).dec() }
    }
}

#[inline]
unsafe fn operand_b(instr: Instr, regs: *mut Value) -> Ref {
    unsafe { operand(regs, instr.b(), instr.has(fl::B_TEMP)) }
}

#[inline]
unsafe fn operand_c(instr: Instr, regs: *mut Value) -> Ref {
    unsafe { operand(regs, instr.c(), instr.has(fl::C_TEMP)) }
}

/// The `count` temporaries from R[first], moved out.
unsafe fn take_temps(regs: *mut Value, first: usize, count: usize) -> Vec<Ref> {
    unsafe { (0..count).map(|i| Ref::from_owned(*regs.add(first + i))).collect() }
}

unsafe fn code_of(regs: *mut Value) -> &'static Code {
    unsafe { &*(*Frame::of(regs)).code }
}

/// Stores a result, or goes where its signal leads.
#[inline]
unsafe fn finish(vm: &mut Vm, frame: *mut Frame, outcome: Outcome) -> Cont {
    unsafe {
        match outcome {
            Ok(value) => vm.store(frame, value),
            other => vm.take_outcome(frame, other),
        }
    }
}

/// Goes on behind the instruction, or where the signal leads.
unsafe fn proceed(vm: &mut Vm, frame: *mut Frame, outcome: Outcome<()>) -> Cont {
    unsafe {
        match outcome {
            Ok(()) => Cont::at((*frame).pc.add(1), frame),
            Err(signal) => vm.take_outcome(frame, Err(signal)),
        }
    }
}
