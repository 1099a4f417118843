//! Jumps and fused comparisons.

use super::arith::{both_doubles, exact_numbers};
use crate::code::fl;
use crate::object::Value;
use crate::object::text::same_interned;
use crate::vm::slow;
use crate::{go, go_slow, op, tail};

/// Takes the jump of the fused comparison, or goes on.
macro_rules! branch {
    ($pc:ident, $regs:ident, $vm:ident, $k:ident, $instr:ident, $taken:expr) => {{
        if $taken {
            go!($pc.offset($instr.ia()), $regs, $vm, $k)
        }
        go!($pc.add(1), $regs, $vm, $k)
    }};
}

/// The four forms of a fused comparison: jump if it holds or if it does not (which is not the opposite comparison: nan),
/// with a register or an immediate on the right.
macro_rules! compare_jumps {
    ($yes:ident, $no:ident, $yes_imm:ident, $no_imm:ident, $op:tt $(, $same:ident)?) => {
        compare_jumps!(@register $yes, $op, true $(, $same)?);
        compare_jumps!(@register $no, $op, false $(, $same)?);
        compare_jumps!(@immediate $yes_imm, $op, true);
        compare_jumps!(@immediate $no_imm, $op, false);
    };
    (@register $name:ident, $op:tt, $sense:literal $(, $same:ident)?) => {
        op! { $name(pc, regs, vm, k) {
            let instr = *pc;
            let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
            if (x.0 | y.0) & 3 == 0 {
                branch!(pc, regs, vm, k, instr, ((x.0 as i64) $op (y.0 as i64)) == $sense)
            }
            if both_doubles(x, y) {
                branch!(pc, regs, vm, k, instr, (x.as_tagged_double() $op y.as_tagged_double()) == $sense)
            }
            if !x.is_ptr() && !y.is_ptr() {
                return numbers(pc, regs, vm, k);
            }
            // Two words that are not both ints or both plain doubles.
            tail! { numbers(pc, regs, vm, k) {
                let instr = *pc;
                if let Some((x, y)) = exact_numbers(*regs.add(instr.b()), *regs.add(instr.c())) {
                    branch!(pc, regs, vm, k, instr, (x $op y) == $sense)
                }
                go_slow!(slow::compare_jump, pc, regs, vm, k)
            } }
            $(
                // Names, literals, single characters: the same object, or different.
                if let Some(same) = $same(x, y) {
                    if instr.has(fl::B_TEMP) {
                        (*x.header()).rc -= 1;
                    }
                    if instr.has(fl::C_TEMP) {
                        (*y.header()).rc -= 1;
                    }
                    branch!(pc, regs, vm, k, instr, (same $op true) == $sense)
                }
            )?
            go_slow!(slow::compare_jump, pc, regs, vm, k)
        } }
    };
    (@immediate $name:ident, $op:tt, $sense:literal) => {
        op! { $name(pc, regs, vm, k) {
            let instr = *pc;
            let x = *regs.add(instr.b());
            if x.is_int() {
                branch!(pc, regs, vm, k, instr, (x.as_small_int() $op instr.ic()) == $sense)
            }
            if x.is_tagged_double() {
                branch!(pc, regs, vm, k, instr, (x.as_tagged_double() $op instr.ic() as f64) == $sense)
            }
            go_slow!(slow::compare_jump, pc, regs, vm, k)
        } }
    };
}

compare_jumps!(JEq, JNEq, JEqI, JNEqI, ==, same_interned);
compare_jumps!(JNe, JNNe, JNeI, JNNeI, !=, same_interned);
compare_jumps!(JLt, JNLt, JLtI, JNLtI, <);
compare_jumps!(JLe, JNLe, JLeI, JNLeI, <=);
compare_jumps!(JGt, JNGt, JGtI, JNGtI, >);
compare_jumps!(JGe, JNGe, JGeI, JNGeI, >=);

/// Jumps if the operands are the same object, or if they are not. One that may die with its temporary goes the slow way.
macro_rules! identity_jump {
    ($name:ident, $op:tt) => {
        op! { $name(pc, regs, vm, k) {
            let instr = *pc;
            let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
            let lives = |v: Value| !v.is_ptr() || (*v.header()).rc > 2;
            let (left, right) = (instr.has(fl::B_TEMP), instr.has(fl::C_TEMP));
            if (left && !lives(x)) || (right && !lives(y)) {
                go_slow!(slow::jump_is, pc, regs, vm, k)
            }
            if left && x.is_ptr() {
                (*x.header()).rc -= 1;
            }
            if right && y.is_ptr() {
                (*y.header()).rc -= 1;
            }
            branch!(pc, regs, vm, k, instr, x $op y)
        } }
    };
}

identity_jump!(JIs, ==);
identity_jump!(JIsNot, !=);

op! { JNone(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.a());
    if x.is_none() {
        go!(pc.offset(instr.imm() as isize), regs, vm, k)
    }
    if instr.has(fl::A_TEMP) {
        go_slow!(slow::drop_a, pc, regs, vm, k)
    }
    go!(pc.add(1), regs, vm, k)
} }

op! { JNotNone(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.a());
    if x.is_none() {
        go!(pc.add(1), regs, vm, k)
    }
    if instr.has(fl::A_TEMP) && x.is_ptr() {
        go_slow!(slow::drop_a_jump, pc, regs, vm, k)
    }
    go!(pc.offset(instr.imm() as isize), regs, vm, k)
} }

op! { JTrue(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.a());
    if x == Value::TRUE || (x.is_int() && x.0 != 0) {
        go!(pc.offset(instr.imm() as isize), regs, vm, k)
    }
    if x == Value::FALSE || x.is_none() || x.0 == 0 {
        go!(pc.add(1), regs, vm, k)
    }
    go_slow!(slow::jump_truth, pc, regs, vm, k)
} }

op! { JFalse(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.a());
    if x == Value::FALSE || x.is_none() || x.0 == 0 {
        go!(pc.offset(instr.imm() as isize), regs, vm, k)
    }
    if x == Value::TRUE || x.is_int() {
        go!(pc.add(1), regs, vm, k)
    }
    go_slow!(slow::jump_truth, pc, regs, vm, k)
} }

op! { Jump(pc, regs, vm, k) {
    go!(pc.offset((*pc).imm() as isize), regs, vm, k)
} }

op!(Switch = slow slow::switch);
