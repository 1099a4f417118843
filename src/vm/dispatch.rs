//! Dispatch: one handler function for each instruction.
//!
//! In release builds a handler ends by calling the next one in tail position; all handlers have one signature, so that
//! LLVM makes these calls jumps. In debug builds, under Miri, and with the feature `trampoline`, a handler returns the
//! next instruction's address to a loop instead. The macros below are the only difference. For the jumps to come out
//! right, a fast handler must hold nothing that needs dropping and make no ordinary call: what is slow is a function of
//! its own (`slow`), called last.

use super::Vm;
use crate::code::Instr;
use crate::object::Value;
use crate::object::coroutine::Frame;

/// Program counter, registers, machine, constants → the next instruction (trampoline) or null (left the run loop).
pub type Handler = unsafe extern "C-unwind" fn(*const Instr, *mut Value, *mut Vm, *const Value) -> *const Instr;

/// Where execution goes on after a slow path; `pc` null: leave the run loop.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Cont {
    pub pc: *const Instr,
    pub regs: *mut Value,
}

impl Cont {
    pub const EXIT: Cont = Cont { pc: std::ptr::null(), regs: std::ptr::null_mut() };

    /// At `pc` of the frame.
    #[inline(always)]
    pub fn at(pc: *const Instr, frame: *mut Frame) -> Cont {
        Cont { pc, regs: Frame::regs(frame) }
    }
}

/// Goes on at an instruction of the current frame, or of another one.
#[cfg(not(any(debug_assertions, miri, feature = "trampoline")))]
#[macro_export]
macro_rules! go {
    ($pc:expr, $regs:expr, $vm:expr, $k:expr) => {{
        let pc = $pc;
        return ($crate::vm::handlers::current((*pc).op()))(pc, $regs, $vm, $k);
    }};
}

#[cfg(any(debug_assertions, miri, feature = "trampoline"))]
#[macro_export]
macro_rules! go {
    ($pc:expr, $regs:expr, $vm:expr, $k:expr) => {{
        let pc = $pc;
        (*$vm).loop_regs = $regs;
        (*$vm).loop_consts = $k;
        return pc;
    }};
}

/// Goes on where a slow path says.
#[macro_export]
macro_rules! go_cont {
    ($cont:expr, $vm:expr) => {{
        let cont: $crate::vm::dispatch::Cont = $cont;
        if cont.pc.is_null() {
            return std::ptr::null();
        }
        let code = (*$crate::object::coroutine::Frame::of(cont.regs)).code;
        $crate::go!(cont.pc, cont.regs, $vm, (*code).consts)
    }};
}

impl Vm {
    /// Runs from `cont` until the native boundary is reached.
    pub(super) fn run(&mut self, cont: Cont) {
        if cont.pc.is_null() {
            return;
        }
        // Safety: `cont` names an instruction of the code of a live frame.
        unsafe {
            let vm: *mut Vm = self;
            let consts = (*(*Frame::of(cont.regs)).code).consts;
            #[cfg(not(any(debug_assertions, miri, feature = "trampoline")))]
            {
                super::handlers::current((*cont.pc).op())(cont.pc, cont.regs, vm, consts);
            }
            #[cfg(any(debug_assertions, miri, feature = "trampoline"))]
            {
                (*vm).loop_regs = cont.regs;
                (*vm).loop_consts = consts;
                let mut pc = cont.pc;
                while !pc.is_null() {
                    let handler = super::handlers::current((*pc).op());
                    pc = handler(pc, (*vm).loop_regs, vm, (*vm).loop_consts);
                }
            }
        }
    }
}
