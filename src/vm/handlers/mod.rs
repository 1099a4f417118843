//! The handlers: one function for each instruction, and the table of them.
//!
//! Fast handlers do the common case and nothing else; every other case is a function of `slow`, called last. Register
//! operands are trusted: `emit` and the verifier guarantee that they lie within the frame.

// Handlers have the names of their instructions; they are reached through the table, whose type is what the macros need.
#![allow(non_snake_case)]

mod arith;
mod async_gen;
mod attr;
mod call;
mod coroutine;
mod data;
mod jump;
mod object;

use super::Vm;
use super::dispatch::Handler;
use crate::code::Instr;
use crate::object::Value;
use std::cell::UnsafeCell;

/// Defines a handler.
#[macro_export]
macro_rules! op {
    ($(#[$doc:meta])* $name:ident($pc:ident, $regs:ident, $vm:ident, $k:ident) $body:block) => {
        $(#[$doc])*
        pub(super) unsafe extern "C-unwind" fn $name(
            $pc: *const $crate::code::Instr,
            $regs: *mut $crate::object::Value,
            $vm: *mut $crate::vm::Vm,
            $k: *const $crate::object::Value,
        ) -> *const $crate::code::Instr {
            // Safety: called by dispatch with the running frame's registers and an instruction of its code.
            unsafe { $body }
        }
    };
    // A handler without a fast path.
    ($name:ident = slow $func:path) => {
        op! { $name(pc, regs, vm, _k) {
            $crate::go_cont!($func(&mut *vm, pc, regs), vm)
        } }
    };
}

/// Defines what handlers end by jumping to: a function of its own, so that they stay small and make no ordinary call. It may
/// do with its arguments what the handler may that hands them on.
#[macro_export]
macro_rules! tail {
    ($vis:vis $name:ident($pc:ident, $regs:ident, $vm:ident, $k:ident) $body:block) => {
        #[inline(never)]
        $vis unsafe extern "C-unwind" fn $name(
            $pc: *const $crate::code::Instr,
            $regs: *mut $crate::object::Value,
            $vm: *mut $crate::vm::Vm,
            $k: *const $crate::object::Value,
        ) -> *const $crate::code::Instr {
            // Safety: called by a handler with its own arguments.
            unsafe { $body }
        }
    };
}

/// Leaves a fast handler for a slow path: a function of its own, so that the handler makes no ordinary call.
#[macro_export]
macro_rules! go_slow {
    ($func:path, $pc:expr, $regs:expr, $vm:expr, $k:expr) => {{
        $crate::tail! { cold(pc, regs, vm, _k) {
            $crate::go_cont!($func(&mut *vm, pc, regs), vm)
        } }
        return cold($pc, $regs, $vm, $k);
    }};
}

/// Drops a value that was overwritten, goes on behind the instruction.
#[macro_export]
macro_rules! drop_next {
    ($pc:ident, $regs:ident, $vm:ident, $k:ident, $old:expr) => {{
        let old: $crate::object::Value = $old;
        if old.is_ptr() {
            let header = old.header();
            (*header).rc -= 1;
            if (*header).rc == 0 {
                (*$vm).passing = old;
                return $crate::vm::handlers::release_next($pc, $regs, $vm, $k);
            }
        }
        $crate::go!($pc.add(1), $regs, $vm, $k)
    }};
}

/// Stores into a local register, drops the old value, goes on behind the instruction.
#[macro_export]
macro_rules! set_local {
    ($pc:ident, $regs:ident, $vm:ident, $k:ident, $a:expr, $value:expr) => {{
        let slot = $regs.add($a);
        let old: $crate::object::Value = *slot;
        *slot = $value;
        $crate::drop_next!($pc, $regs, $vm, $k, old)
    }};
}

/// Stores into the destination register of either kind.
#[macro_export]
macro_rules! set_dst {
    ($pc:ident, $regs:ident, $vm:ident, $k:ident, $instr:ident, $value:expr) => {{
        if $instr.has($crate::code::fl::DST_LOCAL) {
            $crate::set_local!($pc, $regs, $vm, $k, $instr.a(), $value)
        }
        *$regs.add($instr.a()) = $value;
        $crate::go!($pc.add(1), $regs, $vm, $k)
    }};
}

// The object in `vm.passing` has lost its last reference; goes on behind the instruction.
tail! { pub(super) release_next(pc, regs, vm, k) {
    // See `op!`; the object's count is zero and nobody else refers to it.
    super::slow::save(&mut *vm, pc, regs);
    crate::object::heap::release((*vm).passing.header());
    crate::go!(pc.add(1), regs, vm, k)
} }

// Leaves the run loop, or the greenlet whose function has returned.
op! { Exit(pc, regs, vm, k) {
    if (*pc).has(crate::code::fl::EXTRA) {
        return leave_greenlet(pc, regs, vm, k);
    }
    std::ptr::null()
} }

// The function of the running greenlet has returned: another one goes on.
tail! { leave_greenlet(_pc, regs, vm, _k) {
    // `regs` are those of the frame at the base of its stack.
    let cont = (*vm).end_greenlet(crate::object::coroutine::Frame::of(regs));
    crate::go_cont!(cont, vm)
} }

/// Never reached: codes are below the number of opcodes.
unsafe extern "C-unwind" fn invalid(_: *const Instr, _: *mut Value, _: *mut Vm, _: *const Value) -> *const Instr {
    std::ptr::null()
}

mod all {
    pub(super) use super::Exit;
    pub(super) use super::arith::*;
    pub(super) use super::async_gen::*;
    pub(super) use super::attr::*;
    pub(super) use super::call::*;
    pub(super) use super::coroutine::*;
    pub(super) use super::data::*;
    pub(super) use super::jump::*;
    pub(super) use super::object::*;
}

macro_rules! table {
    ($($name:ident)*) => {{
        let mut table: [Handler; 256] = [invalid as Handler; 256];
        $(table[crate::code::Op::$name as usize] = all::$name;)*
        table
    }};
}

/// Handlers by opcode.
const ORIGINAL: [Handler; 256] = crate::code::isa::for_each_op!(table);

/// Handlers by opcode, as dispatch reads them.
struct Table(UnsafeCell<[Handler; 256]>);

// Safety: written by the program's thread, and by signal handlers, which run on it. An entry is one word.
unsafe impl Sync for Table {}

static ORIGINALS: [Handler; 256] = ORIGINAL;
static CURRENT: Table = Table(UnsafeCell::new(ORIGINAL));

/// The handler to call.
#[inline(always)]
pub(super) fn current(op: u8) -> Handler {
    // Safety: see `Table`.
    unsafe { (*CURRENT.0.get())[op as usize] }
}

/// The handler that does what the instruction says.
#[inline]
pub(super) fn original(op: u8) -> Handler {
    ORIGINALS[op as usize]
}

/// From now on each instruction is looked at before it runs (`signals`). May be called by a signal handler.
pub(super) fn poison() {
    for op in 0..256 {
        // Safety: see `Table`.
        unsafe { (&raw mut (*CURRENT.0.get())[op]).write_volatile(super::signals::examine) };
    }
}

/// Ends that.
pub(super) fn heal() {
    for (op, handler) in ORIGINALS.iter().enumerate() {
        // Safety: see `Table`.
        unsafe { (&raw mut (*CURRENT.0.get())[op]).write_volatile(*handler) };
    }
}
