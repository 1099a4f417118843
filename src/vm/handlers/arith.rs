//! Arithmetic and comparison to a value. Ints and doubles in word form are computed here; the rest in `slow`.

use crate::object::Value;
use crate::vm::slow;
use crate::{go, go_slow, op, set_dst, set_local, tail};

/// The double's word; `None` sends it to the slow path (a special or boxed one).
#[inline(always)]
fn double(x: f64) -> Option<Value> {
    Value::try_tagged_double(x)
}

#[inline(always)]
fn both_ints(x: Value, y: Value) -> bool {
    (x.0 | y.0) & 3 == 0
}

/// No value word ends in `11`: both end in `10` if both have the second bit.
#[inline(always)]
pub(super) fn both_doubles(x: Value, y: Value) -> bool {
    x.0 & y.0 & 2 != 0 && x.0 >= Value::DOUBLE_MIN && y.0 >= Value::DOUBLE_MIN
}

/// A double in word form, or an int as one.
#[inline(always)]
fn number(x: Value) -> Option<f64> {
    if x.is_int() { Some(x.as_small_int() as f64) } else { x.as_word_double() }
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

/// Both as doubles, without loss.
#[inline(always)]
pub(super) fn exact_numbers(x: Value, y: Value) -> Option<(f64, f64)> {
    let exact = |v: Value| !v.is_int() || v.as_small_int().unsigned_abs() <= 1 << 53;
    if exact(x) && exact(y) { Some((number(x)?, number(y)?)) } else { None }
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

/// Stores the result into the destination that the variant has: a temporary, or a local.
macro_rules! put {
    (temp, $pc:ident, $regs:ident, $vm:ident, $k:ident, $a:expr, $value:expr) => {{
        *$regs.add($a) = $value;
        go!($pc.add(1), $regs, $vm, $k)
    }};
    (local, $pc:ident, $regs:ident, $vm:ident, $k:ident, $a:expr, $value:expr) => {
        set_local!($pc, $regs, $vm, $k, $a, $value)
    };
}

/// An int and a double, or one of the doubles that have a word of their own, as operand or result: a function of its own, so
/// that the handler stays small.
macro_rules! mixed {
    ($dst:ident, $float:tt, $pc:ident, $regs:ident, $vm:ident, $k:ident) => {{
        tail! { int_and_double(pc, regs, vm, k) {
            let instr = *pc;
            if let (Some(x), Some(y)) = (number(*regs.add(instr.b())), number(*regs.add(instr.c()))) {
                // (Division by zero is infinite: the slow path raises.)
                let result = x $float y;
                if result.is_finite()
                    && let Some(value) = Value::try_double(result)
                {
                    put!($dst, pc, regs, vm, k, instr.a(), value)
                }
            }
            go_slow!(slow::binary, pc, regs, vm, k)
        } }
        return int_and_double($pc, $regs, $vm, $k);
    }};
}

/// Both variants of a binary operator: `$int` for two ints, `$float` (if there is one) for two doubles.
macro_rules! binary {
    ($temp:ident, $local:ident, $int:path $(, $float:tt)?) => {
        binary!(@one temp, $temp, $int $(, $float)?);
        binary!(@one local, $local, $int $(, $float)?);
    };
    (@one $dst:ident, $name:ident, $int:path $(, $float:tt)?) => {
        op! { $name(pc, regs, vm, k) {
            let instr = *pc;
            let x = *regs.add(instr.b());
            let y = *regs.add(instr.c());
            if both_ints(x, y) {
                if let Some(value) = $int(x, y) {
                    put!($dst, pc, regs, vm, k, instr.a(), value)
                }
            }
            $(else if both_doubles(x, y) {
                if let Some(value) = double(x.as_tagged_double() $float y.as_tagged_double()) {
                    put!($dst, pc, regs, vm, k, instr.a(), value)
                }
            }
            if !both_ints(x, y) {
                mixed!($dst, $float, pc, regs, vm, k)
            })?
            go_slow!(slow::binary, pc, regs, vm, k)
        } }
    };
}

/// The same with the immediate of the instruction on the right.
macro_rules! immediate {
    ($temp:ident, $local:ident, $int:path $(, $float:tt)?) => {
        immediate!(@one temp, $temp, $int $(, $float)?);
        immediate!(@one local, $local, $int $(, $float)?);
    };
    (@one $dst:ident, $name:ident, $int:path $(, $float:tt)?) => {
        op! { $name(pc, regs, vm, k) {
            let instr = *pc;
            let x = *regs.add(instr.b());
            if x.is_int() {
                if let Some(value) = $int(x, Value::small_int(instr.ic())) {
                    put!($dst, pc, regs, vm, k, instr.a(), value)
                }
            }
            $(else if x.is_tagged_double() {
                if let Some(value) = double(x.as_tagged_double() $float instr.ic() as f64) {
                    put!($dst, pc, regs, vm, k, instr.a(), value)
                }
            })?
            go_slow!(slow::binary, pc, regs, vm, k)
        } }
    };
}

binary!(Add, AddL, add_int, +);
binary!(Sub, SubL, sub_int, -);
binary!(Mul, MulL, mul_int, *);
binary!(Div, DivL, div_int, /);
binary!(FloorDiv, FloorDivL, floordiv_int);
binary!(Mod, ModL, mod_int);
binary!(And, AndL, and_int);
binary!(Or, OrL, or_int);
binary!(Xor, XorL, xor_int);
binary!(Shl, ShlL, shl_int);
binary!(Shr, ShrL, shr_int);
immediate!(AddI, AddIL, add_int, +);
immediate!(SubI, SubIL, sub_int, -);
immediate!(MulI, MulIL, mul_int, *);
immediate!(FloorDivI, FloorDivIL, floordiv_int);
immediate!(ModI, ModIL, mod_int);
immediate!(AndI, AndIL, and_int);
immediate!(ShlI, ShlIL, shl_int);
immediate!(ShrI, ShrIL, shr_int);

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

/// A comparison to a bool.
macro_rules! comparison {
    ($name:ident, $op:tt) => {
        op! { $name(pc, regs, vm, k) {
            let instr = *pc;
            let (x, y) = (*regs.add(instr.b()), *regs.add(instr.c()));
            if both_ints(x, y) {
                set_dst!(pc, regs, vm, k, instr, Value::bool((x.0 as i64) $op (y.0 as i64)))
            }
            if both_doubles(x, y) {
                set_dst!(pc, regs, vm, k, instr, Value::bool(x.as_tagged_double() $op y.as_tagged_double()))
            }
            tail! { numbers(pc, regs, vm, k) {
                let instr = *pc;
                if let Some((x, y)) = exact_numbers(*regs.add(instr.b()), *regs.add(instr.c())) {
                    set_dst!(pc, regs, vm, k, instr, Value::bool(x $op y))
                }
                go_slow!(slow::compare, pc, regs, vm, k)
            } }
            return numbers(pc, regs, vm, k);
        } }
    };
}

comparison!(Eq, ==);
comparison!(Ne, !=);
comparison!(Lt, <);
comparison!(Le, <=);
comparison!(Gt, >);
comparison!(Ge, >=);
