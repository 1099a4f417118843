//! Calls and returns.

use crate::code::{CodeKind, fl};
use crate::object::code::{CacheKind, Code};
use crate::object::container::{List, Tuple};
use crate::object::coroutine::Frame;
use crate::object::function::{Function, Native};
use crate::object::text::Str;
use crate::object::types::Instance;
use crate::object::{Kind, Value};
use crate::vm::slow;
use crate::{go, go_cont, go_slow, op, set_dst};

/// Pushes a frame for a function with plain positional parameters only, all given; the arguments (owned) are moved from
/// `args`. Goes to the slow path given if the stack or the depth does not allow it.
macro_rules! push_frame {
    ($pc:ident, $regs:ident, $vm:ident, $k:ident, $code:ident, $function:expr, $args:expr, $slow:path) => {{
        let code: &'static Code = $code;
        let frame = Frame::of($regs);
        let callee = (*$vm).sp as *mut Frame;
        let size = Frame::SIZE + (code.registers as usize + 1) * 8;
        let sp = (*$vm).sp.add(size);
        if (*frame).depth >= (*$vm).max_depth || sp >= (*$vm).limit {
            go_slow!($slow, $pc, $regs, $vm, $k)
        }
        (*frame).pc = $pc;
        (*callee).prev = frame;
        (*callee).code = code;
        (*callee).flags = 0;
        (*callee).depth = (*frame).depth + 1;
        (*$vm).sp = sp;
        let new = Frame::regs(callee);
        let count = code.positional as usize;
        let args: *const Value = $args;
        for i in 0..count {
            *new.add(i) = *args.add(i);
        }
        for i in count..code.locals as usize {
            *new.add(i) = Value::UNBOUND;
        }
        if code.free > 0 {
            let function: *const Function = $function;
            let first = code.first_free as usize;
            let closure = &(*function).closure;
            for i in 0..closure.len() {
                let cell = closure.get_unchecked(i).value();
                (*cell.header()).rc += 1;
                *new.add(first + i) = cell;
            }
        }
        (code, new)
    }};
}

op! { Call(pc, regs, vm, k) {
    let instr = *pc;
    let base = instr.b();
    let callee = *regs.add(base - 1);
    if callee.is_kind(Kind::Function) {
        let function = callee.header() as *const Function;
        let code = (*function).code;
        if code.kind == CodeKind::Plain
            && code.simple
            && code.positional as usize == instr.c()
            && (*function).header.rc > 1
        {
            let (code, new) = push_frame!(pc, regs, vm, k, code, function, regs.add(base), slow::call);
            (*(callee.header())).rc -= 1;
            go!(code.instrs, new, vm, code.consts)
        }
    }
    if callee.is_kind(Kind::Native) {
        let native = callee.header() as *const Native;
        let argument = *regs.add(base);
        if instr.c() == 1
            && std::ptr::eq((*native).def, (*vm).next_def)
            && (*native).header.rc > 1
            && argument.is_kind(Kind::Generator)
        {
            return super::coroutine::next_call(pc, regs, vm, k);
        }
        if instr.c() == 1 && std::ptr::eq((*native).def, (*vm).len_def) && (*native).header.rc > 1 {
            let len = match argument.kind() {
                Some(Kind::List) => (*(argument.header() as *const List)).items.len(),
                Some(Kind::Tuple) => (*(argument.header() as *const Tuple)).len(),
                Some(Kind::Str) => (*(argument.header() as *const Str)).char_len(),
                _ => usize::MAX,
            };
            // Subclasses may have a `__len__` of their own; a temporary that would die is the slow path's.
            let plain = len != usize::MAX
                && (*argument.header()).flags & crate::object::heap::flag::SUBCLASS == 0
                && (*argument.header()).rc > 1;
            if plain {
                (*native.cast_mut()).header.rc -= 1;
                (*argument.header()).rc -= 1;
                set_dst!(pc, regs, vm, k, instr, Value::small_int(len as i64))
            }
        }
    }
    go_slow!(slow::call, pc, regs, vm, k)
} }

op! { CallMethod(pc, regs, vm, k) {
    let instr = *pc;
    let object = *regs.add(instr.b());
    if object.is_kind(Kind::Instance) {
        let site = &*(*(*Frame::of(regs)).code).call_sites.add(instr.c());
        let cache = &site.cache;
        let instance = object.header() as *const Instance;
        let shape = (*instance).shape.get();
        if cache.key.get() == shape as *const _ as usize
            && cache.kind.get() == CacheKind::Method
            && cache.version.get() == shape.class.version.get()
            && site.names.is_empty()
        {
            let callee = cache.value.get();
            if callee.is_kind(Kind::Function) {
                let function = callee.header() as *const Function;
                let code = (*function).code;
                if code.kind == CodeKind::Plain && code.simple && code.positional == site.argc + 1 {
                    let (code, new) =
                        push_frame!(pc, regs, vm, k, code, function, regs.add(instr.b()), slow::call_method);
                    go!(code.instrs, new, vm, code.consts)
                }
            }
        }
    } else if object.is_kind(Kind::Generator) {
        return super::coroutine::send_method(pc, regs, vm, k);
    }
    go_slow!(slow::call_method, pc, regs, vm, k)
} }

op!(CallKw = slow slow::call_kw);
op!(CallEx = slow slow::call_ex);

/// Drops the locals without running anything; false if one of them would die (then it and the rest are
/// left alone).
#[macro_export]
macro_rules! drop_locals {
    ($regs:ident, $count:expr) => {{
        let mut i = 0;
        let count = $count;
        loop {
            if i == count {
                break true;
            }
            let value: $crate::object::Value = *$regs.add(i);
            if value.is_ptr() {
                let header = value.header();
                if (*header).rc == 1 {
                    break false;
                }
                (*header).rc -= 1;
                *$regs.add(i) = $crate::object::Value::UNBOUND;
            }
            i += 1;
        }
    }};
}

/// Ends a plain frame: what remains of its locals is cheap to drop, and the caller wants nothing special.
macro_rules! leave_frame {
    ($pc:ident, $regs:ident, $vm:ident, $k:ident, $value:ident) => {{
        let frame = Frame::of($regs);
        let count = (*(*frame).code).locals as usize;
        let quick = $crate::drop_locals!($regs, count);
        if !quick || (*frame).flags != 0 {
            (*$vm).passing = $value;
            return leave_slow($pc, $regs, $vm, $k);
        }
        let caller = (*frame).prev;
        (*$vm).sp = frame as *mut u8;
        let at = (*caller).pc;
        let instr = *at;
        if instr.fl() & (fl::DST_LOCAL | fl::COMPLEX) != 0
            || instr.op() == crate::code::Op::For as u8
            || instr.op() >= crate::code::Op::YieldFrom as u8
        {
            (*$vm).passing = $value;
            return deliver_slow($pc, Frame::regs(caller), $vm, $k);
        }
        let new = Frame::regs(caller);
        *new.add(instr.a()) = $value;
        let code = (*caller).code;
        go!(at.add(1), new, $vm, (*code).consts)
    }};
}

op! { Return(pc, regs, vm, k) {
    let instr = *pc;
    let value = *regs.add(instr.a());
    if !instr.has(fl::A_TEMP) {
        *regs.add(instr.a()) = Value::UNBOUND;
    }
    leave_frame!(pc, regs, vm, k, value)
} }

op! { ReturnNone(pc, regs, vm, k) {
    let value = Value::NONE;
    leave_frame!(pc, regs, vm, k, value)
} }

#[inline(never)]
unsafe extern "C-unwind" fn leave_slow(
    pc: *const crate::code::Instr,
    regs: *mut Value,
    vm: *mut crate::vm::Vm,
    _k: *const Value,
) -> *const crate::code::Instr {
    // Safety: called by a return handler with the result in `passing`.
    unsafe { go_cont!(slow::leave(&mut *vm, pc, regs), vm) }
}

#[inline(never)]
unsafe extern "C-unwind" fn deliver_slow(
    _pc: *const crate::code::Instr,
    regs: *mut Value,
    vm: *mut crate::vm::Vm,
    _k: *const Value,
) -> *const crate::code::Instr {
    // Safety: `regs` are those of the frame that waits for the result in `passing`.
    unsafe { go_cont!(slow::deliver_passing(&mut *vm, regs), vm) }
}
