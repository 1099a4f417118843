//! Operators, comparisons, truth.

use super::{Cont, Vm, drop_operand, finish, operand_b, operand_c, plain, save};
use crate::code::{Instr, Op, fl};
use crate::object::coroutine::Frame;
use crate::object::text::Str;
use crate::object::{Ref, Value};
use crate::vm::asked::{Asked, Question};
use crate::vm::protocol::{BinOp, CmpOp, UnaryOp};

fn binary_of(op: Op) -> (BinOp, bool) {
    use Op::*;
    match op {
        Add | AddL => (BinOp::Add, false),
        AddI | AddIL => (BinOp::Add, true),
        Sub | SubL => (BinOp::Sub, false),
        SubI | SubIL => (BinOp::Sub, true),
        Mul | MulL => (BinOp::Mul, false),
        MulI | MulIL => (BinOp::Mul, true),
        Div | DivL => (BinOp::Div, false),
        FloorDiv | FloorDivL => (BinOp::FloorDiv, false),
        FloorDivI | FloorDivIL => (BinOp::FloorDiv, true),
        Mod | ModL => (BinOp::Mod, false),
        ModI | ModIL => (BinOp::Mod, true),
        Pow => (BinOp::Pow, false),
        MatMul => (BinOp::MatMul, false),
        And | AndL => (BinOp::And, false),
        AndI | AndIL => (BinOp::And, true),
        Or | OrL => (BinOp::Or, false),
        Xor | XorL => (BinOp::Xor, false),
        Shl | ShlL => (BinOp::Shl, false),
        ShlI | ShlIL => (BinOp::Shl, true),
        Shr | ShrL => (BinOp::Shr, false),
        _ => (BinOp::Shr, true),
    }
}

/// The right operand: a register, or the immediate of the instruction.
unsafe fn right_operand(instr: Instr, regs: *mut Value, immediate: bool) -> Ref {
    if immediate { Ref::from_owned(Value::small_int(instr.ic())) } else { unsafe { operand_c(instr, regs) } }
}

/// The same, borrowed.
unsafe fn right_value(instr: Instr, regs: *mut Value, immediate: bool) -> Value {
    if immediate { Value::small_int(instr.ic()) } else { unsafe { *regs.add(instr.c()) } }
}

/// Drops the operands that are temporaries.
unsafe fn drop_temps(instr: Instr, regs: *mut Value, left: bool, right: bool) {
    unsafe {
        drop_operand(regs, instr.b(), left && instr.has(fl::B_TEMP));
        drop_operand(regs, instr.c(), right && instr.has(fl::C_TEMP));
    }
}

/// `text += more` on strings: the register gives the old text up, which may be only its own, and is free for the new one.
unsafe fn grow_text(register: *mut Value, more: Value) -> Option<Ref> {
    unsafe {
        let old = *register;
        let grows = plain::text(&old)?.char_len() > 0 && plain::text(&more)?.char_len() > 0;
        if !grows || old == more {
            return None;
        }
        *register = Value::UNBOUND;
        plain::text(&more).map(|more| Str::append(Ref::from_owned(old), more))
    }
}

fn opcode(instr: Instr) -> Op {
    Op::from_u8(instr.op()).unwrap_or(Op::Exit)
}

#[inline(never)]
pub unsafe fn binary(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let (op, immediate) = binary_of(opcode(instr));
        let (a, b) = (*regs.add(instr.b()), right_value(instr, regs, immediate));
        if instr.has(fl::IN_PLACE) && instr.b() == instr.a() && op == BinOp::Add {
            if let Some(result) = grow_text(regs.add(instr.a()), b) {
                drop_temps(instr, regs, false, !immediate);
                return finish(vm, frame, Ok(result));
            }
        }
        if let Some(result) = plain::binary(op, a, b) {
            drop_temps(instr, regs, true, !immediate);
            return finish(vm, frame, Ok(result));
        }
        let left = operand_b(instr, regs);
        let right = right_operand(instr, regs, immediate);
        let in_place = instr.has(fl::IN_PLACE);
        if let Some(method) = vm.binary_method(op, *left, *right, in_place) {
            let question = if in_place { Question::InPlace(op) } else { Question::Binary(op) };
            return vm.enter_asked(frame, method, Asked::left(question, left, right));
        }
        let outcome = vm.binary(op, *left, *right, in_place);
        drop(left);
        drop(right);
        finish(vm, frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn unary(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let op = match opcode(instr) {
            Op::Neg => UnaryOp::Neg,
            Op::Pos => UnaryOp::Pos,
            _ => UnaryOp::Invert,
        };
        let value = operand_b(instr, regs);
        let outcome = vm.unary(op, *value);
        drop(value);
        finish(vm, frame, outcome)
    }
}

/// `Not` and `Truth`.
#[inline(never)]
pub unsafe fn truth(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let value = operand_b(instr, regs);
        let outcome = vm.truth_tail(*value);
        drop(value);
        // What a user-defined method answers is delivered later: see `deliver_complex`.
        let negate = opcode(instr) == Op::Not;
        finish(vm, frame, outcome.map(|t| Ref::bool((*t == Value::TRUE) != negate)))
    }
}

/// Identity: the same word (small ints and floats of equal value are the same object here).
#[inline(never)]
pub unsafe fn is(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let (left, right) = (operand_b(instr, regs), operand_c(instr, regs));
        let same = *left == *right;
        drop(left);
        drop(right);
        let wanted = opcode(instr) == Op::Is;
        finish(vm, frame, Ok(Ref::bool(same == wanted)))
    }
}

#[inline(never)]
pub unsafe fn contains(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        if let Some(found) = plain::contains(*regs.add(instr.c()), *regs.add(instr.b())) {
            drop_temps(instr, regs, true, true);
            return finish(vm, frame, Ok(Ref::bool(found == (opcode(instr) == Op::In))));
        }
        let (item, container) = (operand_b(instr, regs), operand_c(instr, regs));
        let outcome = vm.contains_tail(*container, *item);
        drop(item);
        drop(container);
        // What a user-defined method answers is delivered later: see `deliver_complex`.
        let wanted = opcode(instr) == Op::In;
        finish(vm, frame, outcome.map(|found| Ref::bool((*found == Value::TRUE) == wanted)))
    }
}

#[inline(never)]
pub unsafe fn compare(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let op = match opcode(instr) {
            Op::Eq => CmpOp::Eq,
            Op::Ne => CmpOp::Ne,
            Op::Lt => CmpOp::Lt,
            Op::Le => CmpOp::Le,
            Op::Gt => CmpOp::Gt,
            _ => CmpOp::Ge,
        };
        if let Some(answer) = plain::compare(op, *regs.add(instr.b()), *regs.add(instr.c())) {
            drop_temps(instr, regs, true, true);
            return finish(vm, frame, Ok(Ref::bool(answer)));
        }
        let (left, right) = (operand_b(instr, regs), operand_c(instr, regs));
        if let Some(method) = vm.comparison_method(op, *left, *right) {
            return vm.enter_asked(frame, method, Asked::left(Question::Compare(op), left, right));
        }
        let outcome = vm.compare(op, *left, *right);
        drop(left);
        drop(right);
        finish(vm, frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn compare_jump(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let number = instr.op() - Op::JEq as u8;
        let immediate = instr.op() >= Op::JEqI as u8;
        let op = [CmpOp::Eq, CmpOp::Ne, CmpOp::Lt, CmpOp::Le, CmpOp::Gt, CmpOp::Ge][(number as usize / 2) % 6];
        if let Some(answer) = plain::compare(op, *regs.add(instr.b()), right_value(instr, regs, immediate)) {
            drop_temps(instr, regs, true, !immediate);
            // Forms that jump if it holds, and if it does not, alternate.
            let jumps = answer == number.is_multiple_of(2);
            return Cont { pc: if jumps { pc.offset(instr.ia()) } else { pc.add(1) }, regs };
        }
        let left = operand_b(instr, regs);
        let right = right_operand(instr, regs, immediate);
        if let Some(method) = vm.comparison_method(op, *left, *right) {
            return vm.enter_asked(frame, method, Asked::left(Question::Compare(op), left, right));
        }
        let outcome = vm.compare(op, *left, *right);
        drop(left);
        drop(right);
        vm.take_outcome(frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn jump_is(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let (left, right) = (operand_b(instr, regs), operand_c(instr, regs));
        let same = *left == *right;
        drop(left);
        drop(right);
        let wanted = opcode(instr) == Op::JIs;
        Cont::at(if same == wanted { pc.offset(instr.ia()) } else { pc.add(1) }, frame)
    }
}

#[inline(never)]
pub unsafe fn jump_truth(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let value = super::operand(regs, instr.a(), instr.has(fl::A_TEMP));
        let outcome = vm.truth_tail(*value);
        drop(value);
        match outcome {
            Ok(truth) => {
                let wanted = opcode(instr) == Op::JTrue;
                let jumps = (*truth == Value::TRUE) == wanted;
                Cont::at(if jumps { pc.offset(instr.imm() as isize) } else { pc.add(1) }, frame)
            }
            outcome => vm.take_outcome(frame, outcome),
        }
    }
}

#[inline(never)]
pub unsafe fn switch(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let at = (*regs.add(instr.a())).as_small_int() as usize;
        let offset = super::code_of(regs).info.data.switches[instr.b()][at];
        Cont::at(pc.offset(offset as isize), Frame::of(Frame::regs(frame)))
    }
}
