//! Calls and returns.

use super::attr::{module_key, module_variable};
use crate::code::fl;
use crate::object::cache::{CacheKind, Key};
use crate::object::code::Code;
use crate::object::container::{List, Tuple};
use crate::object::coroutine::{Coro, Frame};
use crate::object::function::{Function, Native};
use crate::object::heap::{Header, flag};
use crate::object::text::Str;
use crate::object::types::Instance;
use crate::object::{Kind, Value};
use crate::vm::{inlined, slow};
use crate::{go, go_cont, go_slow, op, set_dst, tail};

/// Keeps a loop of a few rounds as it stands: unrolled and vectorised ones want registers that the handler would first have
/// to save.
#[inline(always)]
fn keep_rolled() {
    #[cfg(not(miri))]
    // Safety: no instruction at all.
    unsafe {
        std::arch::asm!("", options(nomem, nostack, preserves_flags))
    }
}

/// Pushes a frame for a function with plain positional parameters only, all given; the arguments (owned) are moved from
/// `args`. Goes to the slow path given if the stack or the depth does not allow it.
macro_rules! push_frame {
    ($pc:ident, $regs:ident, $vm:ident, $k:ident, $code:ident, $function:expr, $args:expr, $slow:path) => {{
        let code: &'static Code = $code;
        let frame = Frame::of($regs);
        let callee = (*$vm).sp as *mut Frame;
        let sp = (*$vm).sp.add(code.frame_size as usize);
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
        fill_registers!(new, code, $function, code.quick_argc as usize, $args);
        (code, new)
    }};
}

/// The registers of a call that needs no binding: `count` owned arguments, other locals, cells of the closure.
macro_rules! fill_registers {
    ($new:ident, $code:ident, $function:expr, $count:expr, $args:expr) => {{
        let (count, args): (usize, *const Value) = ($count, $args);
        let mut i = 0;
        while i < count {
            *$new.add(i) = *args.add(i);
            i += 1;
            keep_rolled();
        }
        while i < $code.locals as usize {
            *$new.add(i) = Value::UNBOUND;
            i += 1;
            keep_rolled();
        }
        if $code.free > 0 {
            let function: *const Function = $function;
            let first = $code.first_free as usize;
            let closure = &(*function).closure;
            let mut i = 0;
            while i < closure.len() {
                let cell = closure.get_unchecked(i).value();
                (*cell.header()).rc += 1;
                *$new.add(first + i) = cell;
                i += 1;
                keep_rolled();
            }
        }
    }};
}

/// Goes on in a function of the simplest kind, `args` moved into its registers, or makes its coroutine; falls through if it
/// is none. `before` is done when that is certain.
macro_rules! enter_plain {
    ($pc:ident, $regs:ident, $vm:ident, $k:ident, $function:expr, $args:expr, $count:expr, $slow:path, $before:block) => {{
        let function: *const Function = $function;
        let code = (*function).code;
        if code.quick_argc == $count as u32 {
            let (code, new) = push_frame!($pc, $regs, $vm, $k, code, function, $args, $slow);
            $before
            go!(code.instrs, new, $vm, code.consts)
        }
        if code.quick_argc == $count as u32 | Code::MAKES_COROUTINE {
            (*$vm).passing = Value::from_header(function as *mut Header);
            (*$vm).passing_args = $args;
            $before
            return make_coroutine($pc, $regs, $vm, $k);
        }
    }};
}

// A call of the function in `vm.passing`, which outlives it, makes a generator, coroutine or async generator, or runs a
// coroutine that is awaited at once; the owned arguments are moved from `vm.passing_args`.
tail! { make_coroutine(pc, regs, vm, k) {
    let function = (*vm).passing.header() as *const Function;
    if (*pc).has(fl::AWAITED)
        && let Some(new) = inlined::push(vm, function, pc, regs)
    {
        let code: &'static Code = (*function).code;
        fill_registers!(new, code, function, code.positional as usize, (*vm).passing_args);
        go!(code.instrs, new, vm, code.consts)
    }
    make_object(pc, regs, vm, k)
} }

tail! { make_object(pc, regs, vm, k) {
    let instr = *pc;
    let function = (*vm).passing.header() as *const Function;
    (*Frame::of(regs)).pc = pc;
    let object = slow::new_coroutine(vm, function, regs);
    let new = Frame::regs(Coro::frame_of(object));
    let code: &'static Code = (*function).code;
    fill_registers!(new, code, function, code.positional as usize, (*vm).passing_args);
    set_dst!(pc, regs, vm, k, instr, object)
} }

op! { Call(pc, regs, vm, k) {
    let instr = *pc;
    let base = instr.b();
    let callee = *regs.add(base - 1);
    if callee.is_kind(Kind::Function) {
        let function = callee.header() as *const Function;
        if (*function).header.rc > 1 {
            let args = regs.add(base);
            enter_plain!(pc, regs, vm, k, function, args, instr.c(), slow::call, { (*callee.header()).rc -= 1 });
        }
        go_slow!(slow::call_function, pc, regs, vm, k)
    }
    if callee.is_kind(Kind::Native) {
        return call_native(pc, regs, vm, k);
    }
    if callee.0 == (*vm).types.range.value().0 {
        go_slow!(slow::call_range, pc, regs, vm, k)
    }
    go_slow!(slow::call, pc, regs, vm, k)
} }

// `Call` of a native: `next` of a generator and `len` of the common containers go without a call.
tail! { call_native(pc, regs, vm, k) {
    // The callee is a native; see `op!`.
    let instr = *pc;
    let base = instr.b();
    let native = (*regs.add(base - 1)).header() as *mut Native;
    if instr.c() != 1 || (*native).header.rc == 1 {
        go_slow!(slow::call_native, pc, regs, vm, k)
    }
    let argument = *regs.add(base);
    if !argument.is_ptr() {
        go_slow!(slow::call_native, pc, regs, vm, k)
    }
    if std::ptr::eq((*native).def, (*vm).next_def) && argument.is_kind(Kind::Generator) {
        return super::coroutine::next_call(pc, regs, vm, k);
    }
    if std::ptr::eq((*native).def, (*vm).len_def) {
        let header = argument.header();
        let len = match (*header).kind {
            Kind::List => (*(header as *const List)).items.len(),
            Kind::Tuple => (*(header as *const Tuple)).len(),
            Kind::Str => (*(header as *const Str)).char_len(),
            _ => usize::MAX,
        };
        // Subclasses may have a `__len__` of their own; a temporary that would die is the slow path's.
        if len != usize::MAX && (*header).flags & flag::SUBCLASS == 0 && (*header).rc > 1 {
            (*native).header.rc -= 1;
            (*header).rc -= 1;
            set_dst!(pc, regs, vm, k, instr, Value::small_int(len as i64))
        }
    }
    go_slow!(slow::call_native, pc, regs, vm, k)
} }

op! { CallMethod(pc, regs, vm, k) {
    let instr = *pc;
    let object = *regs.add(instr.b());
    let site = &*(*(*Frame::of(regs)).code).call_sites.add(instr.c());
    if !object.is_ptr() || !site.names.is_empty() {
        go_slow!(slow::call_method, pc, regs, vm, k)
    }
    let header = object.header();
    if (*header).kind == Kind::Instance {
        let instance = header as *const Instance;
        if let Some(entry) = site.cache.find(Key::shape((*instance).shape.get()))
            && entry.kind.get() == CacheKind::Method
        {
            let callee = entry.value.get();
            if callee.is_kind(Kind::Function) {
                let (function, args) = (callee.header() as *const Function, regs.add(instr.b()));
                enter_plain!(pc, regs, vm, k, function, args, site.argc as usize + 1, slow::call_method, {});
            }
        }
        go_slow!(slow::call_method, pc, regs, vm, k)
    }
    if (*header).flags & flag::SUBCLASS != 0 {
        go_slow!(slow::call_method, pc, regs, vm, k)
    }
    if (*header).kind == Kind::Module {
        let callee = module_variable(site.cache.find(module_key(header)));
        if callee.is_kind(Kind::Native) && (*header).rc > 1 {
            (*vm).passing = callee;
            go_slow!(slow::call_module_native, pc, regs, vm, k)
        }
        if callee.is_kind(Kind::Function) && (*header).rc > 1 {
            let (function, args) = (callee.header() as *const Function, regs.add(instr.b() + 1));
            enter_plain!(pc, regs, vm, k, function, args, site.argc as usize, slow::call_method, { (*header).rc -= 1 });
        }
        go_slow!(slow::call_method, pc, regs, vm, k)
    }
    if (*header).kind == Kind::Generator && site.cache.name == (*vm).names.send {
        return super::coroutine::send_method(pc, regs, vm, k);
    }
    if let Some(entry) = site.cache.find(Key::kind((*header).kind))
        && entry.kind.get() == CacheKind::Method
        && entry.value.get().is_kind(Kind::Native)
    {
        (*vm).passing = entry.value.get();
        go_slow!(slow::call_native_method, pc, regs, vm, k)
    }
    go_slow!(slow::call_method, pc, regs, vm, k)
} }

op! { CallLoaded(pc, regs, vm, k) {
    let instr = *pc;
    let receiver = regs.add(instr.b());
    let callee = *receiver.sub(1);
    let site = &*(*(*Frame::of(regs)).code).call_sites.add(instr.c());
    if callee.is_kind(Kind::Function) && site.names.is_empty() {
        let function = callee.header() as *const Function;
        if (*function).header.rc > 1 {
            let passed = !(*receiver).is_unbound();
            let args = receiver.add(usize::from(!passed));
            let count = site.argc as usize + usize::from(passed);
            enter_plain!(pc, regs, vm, k, function, args, count, slow::call_loaded, { (*callee.header()).rc -= 1 });
        }
    }
    go_slow!(slow::call_loaded, pc, regs, vm, k)
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
        let new = Frame::regs(caller);
        if !instr.stores_result() {
            (*$vm).passing = $value;
            return deliver_slow($pc, new, $vm, $k);
        }
        let consts = (*(*caller).code).consts;
        set_dst!(at, new, $vm, consts, instr, $value)
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

tail! { leave_slow(pc, regs, vm, _k) {
    // Called by a return handler with the result in `passing`.
    go_cont!(slow::leave(&mut *vm, pc, regs), vm)
} }

tail! { deliver_slow(_pc, regs, vm, _k) {
    // `regs` are those of the frame that waits for the result in `passing`.
    go_cont!(slow::deliver_passing(&mut *vm, regs), vm)
} }
