//! Jumps and fused comparisons.

use crate::code::fl;
use crate::object::Value;
use crate::vm::slow;
use crate::{go, go_slow, op};

/// Takes the jump of the fused comparison, or goes on.
macro_rules! branch {
    ($pc:ident, $regs:ident, $vm:ident, $k:ident, $instr:ident, $taken:expr) => {{
        if $taken {
            go!($pc.offset($instr.ia()), $regs, $vm, $k)
        }
        go!($pc.add(1), $regs, $vm, $k)
    }};
}

op! { JEq(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, (x.0 as i64) == (y.0 as i64))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, x.as_tagged_double() == y.as_tagged_double())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JEqI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, x.as_small_int() == instr.ic())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNEq(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, !((x.0 as i64) == (y.0 as i64)))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, !(x.as_tagged_double() == y.as_tagged_double()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNEqI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, !(x.as_small_int() == instr.ic()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNe(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, (x.0 as i64) != (y.0 as i64))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, x.as_tagged_double() != y.as_tagged_double())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNeI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, x.as_small_int() != instr.ic())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNNe(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, !((x.0 as i64) != (y.0 as i64)))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, !(x.as_tagged_double() != y.as_tagged_double()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNNeI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, !(x.as_small_int() != instr.ic()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JLt(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, (x.0 as i64) < (y.0 as i64))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, x.as_tagged_double() < y.as_tagged_double())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JLtI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, x.as_small_int() < instr.ic())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNLt(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, !((x.0 as i64) < (y.0 as i64)))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, !(x.as_tagged_double() < y.as_tagged_double()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNLtI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, !(x.as_small_int() < instr.ic()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JLe(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, (x.0 as i64) <= (y.0 as i64))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, x.as_tagged_double() <= y.as_tagged_double())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JLeI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, x.as_small_int() <= instr.ic())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNLe(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, !((x.0 as i64) <= (y.0 as i64)))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, !(x.as_tagged_double() <= y.as_tagged_double()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNLeI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, !(x.as_small_int() <= instr.ic()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JGt(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, (x.0 as i64) > (y.0 as i64))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, x.as_tagged_double() > y.as_tagged_double())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JGtI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, x.as_small_int() > instr.ic())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNGt(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, !((x.0 as i64) > (y.0 as i64)))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, !(x.as_tagged_double() > y.as_tagged_double()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNGtI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, !(x.as_small_int() > instr.ic()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JGe(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, (x.0 as i64) >= (y.0 as i64))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, x.as_tagged_double() >= y.as_tagged_double())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JGeI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, x.as_small_int() >= instr.ic())
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNGe(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if (x.0 | y.0) & 3 == 0 {
        branch!(pc, regs, vm, k, instr, !((x.0 as i64) >= (y.0 as i64)))
    }
    if x.is_tagged_double() && y.is_tagged_double() {
        branch!(pc, regs, vm, k, instr, !(x.as_tagged_double() >= y.as_tagged_double()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op! { JNGeI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() {
        branch!(pc, regs, vm, k, instr, !(x.as_small_int() >= instr.ic()))
    }
    go_slow!(slow::compare_jump, pc, regs, vm, k)
} }

op!(JIs = slow slow::jump_is);
op!(JIsNot = slow slow::jump_is);

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
