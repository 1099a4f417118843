//! Suspensions that are not of the simplest form, and what delegation needs.

use super::{Cont, Vm, finish, operand_b, save};
use crate::code::{Instr, Op};
use crate::object::coroutine::Frame;
use crate::object::{Ref, Value};
use crate::vm::resume::Mode;

/// `Yield`, `AsyncYield`, `YieldFrom`, `Await`.
#[inline(never)]
pub unsafe fn suspend(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let op = instr.op();
        if op == Op::YieldFrom as u8 || op == Op::Await as u8 {
            let frame = vm.materialise(frame);
            return vm.drive_delegate(frame, Mode::Send, Ref::NONE);
        }
        let value = operand_b(instr, regs);
        vm.swap_handled(frame);
        if op == Op::AsyncYield as u8 { vm.async_yield(frame, value) } else { vm.yield_value(frame, value) }
    }
}

/// Delivers `passing`, a yielded value, to the frame of `regs`.
pub unsafe fn yield_passing(vm: &mut Vm, regs: *mut Value) -> Cont {
    unsafe {
        let value = Ref::from_owned(vm.passing);
        vm.deliver_yield(Frame::of(regs), value)
    }
}

#[inline(never)]
pub unsafe fn get_awaitable(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let object = operand_b(instr, regs);
        let outcome = vm.get_awaitable(object, instr.c());
        finish(vm, frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn get_anext(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let object = (*regs.add((*pc).b())).to_ref();
        let outcome = vm.get_anext(object);
        finish(vm, frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn get_yield_from(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let object = operand_b(*pc, regs);
        let outcome = vm.get_yield_from(object);
        finish(vm, frame, outcome)
    }
}
