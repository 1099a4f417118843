//! Arithmetic and comparison to a value. Two ints, or two doubles in word form, are computed here; the rest in `slow`.

use crate::object::Value;
use crate::vm::slow;
use crate::{go, go_slow, op, set_dst, set_local};

/// The double's word; `None` sends it to the slow path (a special or boxed one).
#[inline(always)]
fn double(x: f64) -> Option<Value> {
    let word = x.to_bits().wrapping_add(1 << 60).rotate_left(3);
    if word & 3 == 2 && word >= Value::DOUBLE_MIN { Some(Value(word)) } else { None }
}

#[inline(always)]
fn both_ints(x: Value, y: Value) -> bool {
    (x.0 | y.0) & 3 == 0
}

#[inline(always)]
fn both_doubles(x: Value, y: Value) -> bool {
    x.is_tagged_double() && y.is_tagged_double()
}

#[inline(always)]
fn add_int(x: Value, y: Value) -> Option<Value> {
    (x.0 as i64).checked_add(y.0 as i64).map(|s| Value(s as u64))
}

#[inline(always)]
fn sub_int(x: Value, y: Value) -> Option<Value> {
    (x.0 as i64).checked_sub(y.0 as i64).map(|s| Value(s as u64))
}

#[inline(always)]
fn mul_int(x: Value, y: Value) -> Option<Value> {
    ((x.0 as i64) >> 2).checked_mul(y.0 as i64).map(|s| Value(s as u64))
}

/// Exact as long as both are below 2^53.
#[inline(always)]
fn div_int(x: Value, y: Value) -> Option<Value> {
    const LIMIT: i64 = 1 << 53;
    let (a, b) = (x.as_small_int(), y.as_small_int());
    if b == 0 || a.abs() > LIMIT || b.abs() > LIMIT { None } else { double(a as f64 / b as f64) }
}

#[inline(always)]
fn floordiv_int(x: Value, y: Value) -> Option<Value> {
    let (a, b) = (x.as_small_int(), y.as_small_int());
    if b <= 0 {
        return None;
    }
    if b & (b - 1) == 0 {
        return Some(Value::small_int(a >> b.trailing_zeros()));
    }
    if let (Ok(a), Ok(b)) = (u32::try_from(a), u32::try_from(b)) {
        return Some(Value::small_int(i64::from(a / b)));
    }
    let q = a / b;
    Some(Value::small_int(if a % b < 0 { q - 1 } else { q }))
}

#[inline(always)]
fn mod_int(x: Value, y: Value) -> Option<Value> {
    let (a, b) = (x.as_small_int(), y.as_small_int());
    if b <= 0 {
        return None;
    }
    if b & (b - 1) == 0 {
        return Some(Value::small_int(a & (b - 1)));
    }
    if let (Ok(a), Ok(b)) = (u32::try_from(a), u32::try_from(b)) {
        return Some(Value::small_int(i64::from(a % b)));
    }
    let r = a % b;
    Some(Value::small_int(if r < 0 { r + b } else { r }))
}

#[inline(always)]
fn and_int(x: Value, y: Value) -> Option<Value> {
    Some(Value(x.0 & y.0))
}

#[inline(always)]
fn or_int(x: Value, y: Value) -> Option<Value> {
    Some(Value(x.0 | y.0))
}

#[inline(always)]
fn xor_int(x: Value, y: Value) -> Option<Value> {
    Some(Value(x.0 ^ y.0))
}

#[inline(always)]
fn shl_int(x: Value, y: Value) -> Option<Value> {
    let (a, b) = (x.0 as i64, y.as_small_int());
    if !(0..62).contains(&b) {
        return None;
    }
    let shifted = a << b;
    if shifted >> b == a { Some(Value(shifted as u64)) } else { None }
}

#[inline(always)]
fn shr_int(x: Value, y: Value) -> Option<Value> {
    let b = y.as_small_int();
    if b < 0 { None } else { Some(Value::small_int(x.as_small_int() >> b.min(63))) }
}

op! { Add(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = add_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    } else if both_doubles(x, y) {
        if let Some(value) = double(x.as_tagged_double() + y.as_tagged_double()) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { AddL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = add_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    } else if both_doubles(x, y) {
        if let Some(value) = double(x.as_tagged_double() + y.as_tagged_double()) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { Sub(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = sub_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    } else if both_doubles(x, y) {
        if let Some(value) = double(x.as_tagged_double() - y.as_tagged_double()) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { SubL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = sub_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    } else if both_doubles(x, y) {
        if let Some(value) = double(x.as_tagged_double() - y.as_tagged_double()) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { Mul(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = mul_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    } else if both_doubles(x, y) {
        if let Some(value) = double(x.as_tagged_double() * y.as_tagged_double()) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { MulL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = mul_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    } else if both_doubles(x, y) {
        if let Some(value) = double(x.as_tagged_double() * y.as_tagged_double()) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { Div(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = div_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    } else if both_doubles(x, y) {
        if let Some(value) = double(x.as_tagged_double() / y.as_tagged_double()) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { DivL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = div_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    } else if both_doubles(x, y) {
        if let Some(value) = double(x.as_tagged_double() / y.as_tagged_double()) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { FloorDiv(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = floordiv_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { FloorDivL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = floordiv_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { Mod(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = mod_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { ModL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = mod_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { And(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = and_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { AndL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = and_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { Or(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = or_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { OrL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = or_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { Xor(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = xor_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { XorL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = xor_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { Shl(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = shl_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { ShlL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = shl_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { Shr(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = shr_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { ShrL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = *regs.add(instr.c());
    if both_ints(x, y) {
        if let Some(value) = shr_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { AddI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = add_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    } else if x.is_tagged_double() {
        if let Some(value) = double(x.as_tagged_double() + instr.ic() as f64) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { AddIL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = add_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    } else if x.is_tagged_double() {
        if let Some(value) = double(x.as_tagged_double() + instr.ic() as f64) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { SubI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = sub_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    } else if x.is_tagged_double() {
        if let Some(value) = double(x.as_tagged_double() - instr.ic() as f64) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { SubIL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = sub_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    } else if x.is_tagged_double() {
        if let Some(value) = double(x.as_tagged_double() - instr.ic() as f64) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { MulI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = mul_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    } else if x.is_tagged_double() {
        if let Some(value) = double(x.as_tagged_double() * instr.ic() as f64) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { MulIL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = mul_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    } else if x.is_tagged_double() {
        if let Some(value) = double(x.as_tagged_double() * instr.ic() as f64) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { FloorDivI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = floordiv_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { FloorDivIL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = floordiv_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { ModI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = mod_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { ModIL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = mod_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { AndI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = and_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { AndIL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = and_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { ShlI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = shl_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { ShlIL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = shl_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { ShrI(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = shr_int(x, y) {
            *regs.add(instr.a()) = value;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op! { ShrIL(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    let y = Value::small_int(instr.ic());
    if x.is_int() {
        if let Some(value) = shr_int(x, y) {
            set_local!(pc, regs, vm, k, instr.a(), value)
        }
    }
    go_slow!(slow::binary, pc, regs, vm, k)
} }

op!(Pow = slow slow::binary);
op!(MatMul = slow slow::binary);
op!(Pos = slow slow::unary);
op!(Invert = slow slow::unary);

op! { Neg(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_int() && x.as_small_int() != Value::INT_MIN {
        set_dst!(pc, regs, vm, k, instr, Value::small_int(-x.as_small_int()))
    }
    if x.is_tagged_double() {
        if let Some(value) = double(-x.as_tagged_double()) {
            set_dst!(pc, regs, vm, k, instr, value)
        }
    }
    go_slow!(slow::unary, pc, regs, vm, k)
} }

op! { Not(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_bool() {
        set_dst!(pc, regs, vm, k, instr, Value::bool(x == Value::FALSE))
    }
    go_slow!(slow::truth, pc, regs, vm, k)
} }

op! { Truth(pc, regs, vm, k) {
    let instr = *pc;
    let x = *regs.add(instr.b());
    if x.is_bool() {
        set_dst!(pc, regs, vm, k, instr, x)
    }
    go_slow!(slow::truth, pc, regs, vm, k)
} }

op!(Is = slow slow::is);
op!(IsNot = slow slow::is);
op!(In = slow slow::contains);
op!(NotIn = slow slow::contains);

op! { Eq(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if both_ints(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool((x.0 as i64) == (y.0 as i64)))
    }
    if both_doubles(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool(x.as_tagged_double() == y.as_tagged_double()))
    }
    go_slow!(slow::compare, pc, regs, vm, k)
} }

op! { Ne(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if both_ints(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool((x.0 as i64) != (y.0 as i64)))
    }
    if both_doubles(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool(x.as_tagged_double() != y.as_tagged_double()))
    }
    go_slow!(slow::compare, pc, regs, vm, k)
} }

op! { Lt(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if both_ints(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool((x.0 as i64) < (y.0 as i64)))
    }
    if both_doubles(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool(x.as_tagged_double() < y.as_tagged_double()))
    }
    go_slow!(slow::compare, pc, regs, vm, k)
} }

op! { Le(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if both_ints(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool((x.0 as i64) <= (y.0 as i64)))
    }
    if both_doubles(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool(x.as_tagged_double() <= y.as_tagged_double()))
    }
    go_slow!(slow::compare, pc, regs, vm, k)
} }

op! { Gt(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if both_ints(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool((x.0 as i64) > (y.0 as i64)))
    }
    if both_doubles(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool(x.as_tagged_double() > y.as_tagged_double()))
    }
    go_slow!(slow::compare, pc, regs, vm, k)
} }

op! { Ge(pc, regs, vm, k) {
    let instr = *pc;
    let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
    if both_ints(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool((x.0 as i64) >= (y.0 as i64)))
    }
    if both_doubles(x, y) {
        set_dst!(pc, regs, vm, k, instr, Value::bool(x.as_tagged_double() >= y.as_tagged_double()))
    }
    go_slow!(slow::compare, pc, regs, vm, k)
} }
