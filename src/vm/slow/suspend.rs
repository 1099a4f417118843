//! Beginnings and ends of coroutines, suspensions that are not of the simplest form, and what delegation needs.

use super::{Cont, Vm, finish, operand_b, save};
use crate::code::{Instr, Op};
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::function::Function;
use crate::object::heap::{self, Header};
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

/// `ReturnGen`: R[a], from a coroutine of any kind.
#[inline(never)]
pub unsafe fn return_gen(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let value = Ref::from_owned(*regs.add(instr.a()));
        if !instr.has(crate::code::fl::A_TEMP) {
            *regs.add(instr.a()) = Value::UNBOUND;
        }
        // The registers are dropped while the coroutine still counts as running.
        vm.drop_locals(frame);
        debug_assert!((*Coro::of_frame(frame)).has(frame_flag::COROUTINE));
        vm.finish(frame, value)
    }
}

/// `ReturnGen` with its result in `passing`, some locals dropped already.
#[inline(never)]
pub unsafe fn return_gen_passing(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let value = Ref::from_owned(vm.passing);
        vm.drop_locals(frame);
        vm.finish(frame, value)
    }
}

/// `ReturnGen` of a coroutine that runs on the stack, its result in `passing`, some locals dropped already.
#[inline(never)]
pub unsafe fn return_inlined(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let value = Ref::from_owned(vm.passing);
        vm.finish_inlined(frame, value)
    }
}

/// The object of a call of a generator or coroutine function (owned); its registers are to be filled.
#[inline(never)]
pub unsafe fn new_coroutine(vm: *mut Vm, function: *const Function, regs: *mut Value) -> Value {
    unsafe { (*vm).new_coroutine(&*function, Frame::of(regs)).into_owned() }
}

/// Frees a coroutine that has run to its end and to which nobody refers.
#[inline(never)]
pub unsafe fn free_coroutine(coro: *mut Coro) {
    unsafe {
        let registers = (*(*coro).frame.code).registers as usize;
        heap::free(coro as *mut Header, size_of::<Coro>() + registers * 8);
    }
}
