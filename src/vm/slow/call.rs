//! Calls that are not of the simplest form, and slow returns.

use super::{Cont, Vm, code_of, save, take_temps};
use crate::code::{CodeKind, Instr};
use crate::object::call::{Args, Outcome};
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::function::{Function, Native};
use crate::object::{Kind, Ref, Value};
use crate::vm::calls::bind_free;
use crate::vm::native::takes;

/// Calls a native on arguments that lie in consecutive temporaries, and drops them.
unsafe fn native_on_registers(vm: &mut Vm, native: Value, first: *mut Value, count: usize, names: &[Value]) -> Outcome {
    unsafe {
        let values = std::slice::from_raw_parts(first, count);
        let outcome = match native.get::<Native>() {
            Some(native) => {
                let def = native.def;
                if takes(native, values, names) {
                    (def.func)(vm.machine(), Args { values, names })
                } else {
                    Err(vm.native_refuses(native, values, names))
                }
            }
            None => Ok(Ref::NONE),
        };
        for i in 0..count {
            (*first.add(i)).dec();
        }
        outcome
    }
}

/// Makes the coroutine object of a function that takes just these arguments, straight from their registers; None if binding
/// takes more than that, or it is a function that runs.
#[inline]
unsafe fn make_coroutine(
    vm: &mut Vm,
    frame: *mut Frame,
    function: Value,
    first: *mut Value,
    count: usize,
) -> Option<Ref> {
    unsafe {
        let function = function.get::<Function>()?;
        let code = function.code;
        if code.kind == CodeKind::Plain || !code.simple || count != code.positional as usize {
            return None;
        }
        let object = vm.new_coroutine(code, frame);
        let registers = Frame::regs(Coro::frame_of(*object));
        for i in 0..count {
            registers.add(i).write(*first.add(i));
        }
        for i in count..code.locals as usize {
            registers.add(i).write(Value::UNBOUND);
        }
        bind_free(function, registers);
        Some(object)
    }
}

#[inline(never)]
pub unsafe fn call(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let (base, count) = ((*pc).b(), (*pc).c());
        let callee = Ref::from_owned(*regs.add(base - 1));
        if callee.is_kind(Kind::Native) {
            let outcome = native_on_registers(vm, *callee, regs.add(base), count, &[]);
            drop(callee);
            return vm.take_outcome(frame, outcome);
        }
        if let Some(object) = make_coroutine(vm, frame, *callee, regs.add(base), count) {
            return vm.deliver(frame, object);
        }
        let args = take_temps(regs, base, count);
        vm.call_from(frame, callee, args, Vec::new())
    }
}

#[inline(never)]
pub unsafe fn call_kw(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let site = &code_of(regs).info.call_sites[(*pc).c()];
        let base = (*pc).b();
        let callee = Ref::from_owned(*regs.add(base - 1));
        if callee.is_kind(Kind::Native) {
            let outcome = native_on_registers(vm, *callee, regs.add(base), site.argc as usize, &site.names);
            drop(callee);
            return vm.take_outcome(frame, outcome);
        }
        let args = take_temps(regs, base, site.argc as usize);
        vm.call_from(frame, callee, args, site.names.to_vec())
    }
}

#[inline(never)]
pub unsafe fn call_method(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let site = &code_of(regs).info.call_sites[(*pc).c()];
        let base = (*pc).b();
        let count = site.argc as usize;
        let object = *regs.add(base);
        match vm.method_cached(object, &site.cache) {
            Ok((method, true)) if method.is_kind(Kind::Native) => {
                let outcome = native_on_registers(vm, *method, regs.add(base), count + 1, &site.names);
                drop(method);
                vm.take_outcome(frame, outcome)
            }
            Ok((method, true)) => {
                if site.names.is_empty()
                    && let Some(made) = make_coroutine(vm, frame, *method, regs.add(base), count + 1)
                {
                    return vm.deliver(frame, made);
                }
                let args = take_temps(regs, base, count + 1);
                vm.call_from(frame, method, args, site.names.to_vec())
            }
            Ok((method, false)) => {
                if site.names.is_empty()
                    && let Some(made) = make_coroutine(vm, frame, *method, regs.add(base + 1), count)
                {
                    object.dec();
                    return vm.deliver(frame, made);
                }
                let args = take_temps(regs, base + 1, count);
                object.dec();
                vm.call_from(frame, method, args, site.names.to_vec())
            }
            Err(_) => {
                drop(take_temps(regs, base, count + 1));
                vm.unwind(frame)
            }
        }
    }
}

#[inline(never)]
pub unsafe fn call_ex(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let mut operands = take_temps(regs, (*pc).b(), 3);
        let keywords = operands.pop().unwrap_or(Ref::NONE);
        let positional = operands.pop().unwrap_or(Ref::NONE);
        let callee = operands.pop().unwrap_or(Ref::NONE);
        let mut args: Vec<Ref> = match positional.as_sequence() {
            Some(items) => items.to_vec(),
            None => match vm.star_arguments(*positional, *callee) {
                Ok(items) => items,
                Err(signal) => {
                    drop((positional, keywords, callee));
                    return vm.take_outcome(frame, Err(signal));
                }
            },
        };
        let mut names = Vec::new();
        if let Some(dict) = keywords.get::<crate::object::dict::Dict>() {
            for entry in dict.iter() {
                names.push(crate::object::atom::intern_value(*entry.key));
                args.push(entry.value.clone());
            }
        }
        drop(positional);
        drop(keywords);
        vm.call_from(frame, callee, args, names)
    }
}

/// Ends the running plain frame: its result is in `passing`.
#[inline(never)]
pub unsafe fn leave(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let mut value = Ref::from_owned(vm.passing);
        vm.drop_locals(frame);
        let caller = (*frame).prev;
        if (*frame).flags & frame_flag::INIT != 0 {
            let instance = Ref::from_owned(*regs.add(code_of(regs).registers as usize));
            vm.sp = frame as *mut u8;
            vm.frame = caller;
            if !value.is_none() {
                let message = format!("__init__() should return None, not '{}'", vm.type_name(*value));
                vm.type_error(message);
                drop(instance);
                return vm.unwind(caller);
            }
            value = instance;
        }
        vm.sp = frame as *mut u8;
        vm.deliver(caller, value)
    }
}

/// Delivers `passing` to the frame of `regs`.
pub unsafe fn deliver_passing(vm: &mut Vm, regs: *mut Value) -> Cont {
    unsafe {
        let value = Ref::from_owned(vm.passing);
        vm.deliver(Frame::of(regs), value)
    }
}

/// `ReturnGen`: R[a], from a coroutine of any kind.
#[inline(never)]
pub unsafe fn return_gen(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let value = Ref::from_owned(*regs.add(instr.a()));
        if !instr.has(crate::code::fl::A_TEMP) {
            *regs.add(instr.a()) = Value::UNBOUND;
        }
        // The registers are dropped while the coroutine still counts as running.
        vm.drop_locals(frame);
        debug_assert!((*Coro::of_frame(frame)).has(frame_flag::COROUTINE));
        vm.finish(frame, value)
    }
}
