//! Items and slices.

use super::enter::enter_method;
use super::{Cont, Vm, drop_operand, finish, operand, operand_b, operand_c, plain, proceed, save};
use crate::code::{Instr, Op, fl};
use crate::object::container::Slice;
use crate::object::{Ref, Value};

#[inline(never)]
pub unsafe fn get_item(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        if let Some(item) = plain::item(*regs.add(instr.b()), *regs.add(instr.c())) {
            drop_operand(regs, instr.c(), instr.has(fl::C_TEMP));
            drop_operand(regs, instr.b(), instr.has(fl::B_TEMP));
            return finish(vm, frame, Ok(item));
        }
        let method = vm.instance_method(*regs.add(instr.b()), vm.names.getitem);
        let (object, index) = match enter_method(vm, frame, method, [operand_b(instr, regs), operand_c(instr, regs)]) {
            Ok(cont) => return cont,
            Err([object, index]) => (object, index),
        };
        let outcome = vm.get_item(*object, *index);
        drop(index);
        drop(object);
        finish(vm, frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn set_item(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let object = operand(regs, instr.a(), instr.has(fl::A_TEMP));
        let (index, value) = (operand_b(instr, regs), operand_c(instr, regs));
        let method = vm.instance_method(*object, vm.names.setitem);
        let (object, index, value) = match enter_method(vm, frame, method, [object, index, value]) {
            Ok(cont) => return cont,
            Err([object, index, value]) => (object, index, value),
        };
        let outcome = vm.set_item(*object, *index, *value);
        drop(value);
        drop(index);
        drop(object);
        proceed(vm, frame, outcome.map(|_| ()))
    }
}

#[inline(never)]
pub unsafe fn del_item(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let (object, index) = (operand_b(instr, regs), operand_c(instr, regs));
        let outcome = vm.del_item(*object, *index);
        drop(index);
        drop(object);
        proceed(vm, frame, outcome.map(|_| ()))
    }
}

#[inline(never)]
pub unsafe fn build_slice(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let (instr, next) = (*pc, *pc.add(1));
        let part = |i: usize| *regs.add(instr.b() + i);
        let only_index = next.op() == Op::GetItem as u8 && next.has(fl::C_TEMP) && next.c() == instr.a();
        if only_index && !instr.has(fl::DST_LOCAL) && part(2).is_none() {
            // Taken at once, without a slice object. Bounds that are ints or None need no release.
            if let Some(piece) = plain::run(*regs.add(next.b()), part(0), part(1)) {
                let frame = save(vm, pc.add(1), regs);
                drop_operand(regs, next.b(), next.has(fl::B_TEMP));
                return finish(vm, frame, Ok(piece));
            }
        }
        let frame = save(vm, pc, regs);
        let part = |i: usize| Ref::from_owned(part(i));
        let slice = Slice::alloc(part(0), part(1), part(2));
        finish(vm, frame, Ok(slice))
    }
}
