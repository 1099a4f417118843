//! Calls that are not of the simplest form, and slow returns.

use super::{Cont, Vm, code_of, finish, save, take_temps};
use crate::code::{CodeKind, Instr, Op, fl};
use crate::object::call::{Args, Outcome};
use crate::object::container::Range;
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::function::{Function, Native};
use crate::object::heap::{self, Header};
use crate::object::iter::Iter;
use crate::object::types::{Instance, type_flag};
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

#[inline(never)]
pub unsafe fn call(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let (base, count) = ((*pc).b(), (*pc).c());
        let callee = *regs.add(base - 1);
        if callee.is_kind(Kind::Type)
            && let Some(cont) = call_class(vm, frame, callee, regs.add(base - 1), count)
        {
            return cont;
        }
        let args = take_temps(regs, base, count);
        vm.call_from(frame, Ref::from_owned(callee), args, Vec::new())
    }
}

/// `Call` of a function: with defaults, or one that makes a coroutine.
#[inline(never)]
pub unsafe fn call_function(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let (base, count) = ((*pc).b(), (*pc).c());
        let callee = *regs.add(base - 1);
        let function = callee.header() as *const Function;
        if let Some(cont) = enter_positional(vm, frame, &*function, regs.add(base), count) {
            callee.dec();
            return cont;
        }
        let args = take_temps(regs, base, count);
        vm.call_from(frame, Ref::from_owned(callee), args, Vec::new())
    }
}

/// `Call` of a native.
#[inline(never)]
pub unsafe fn call_native(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let base = (*pc).b();
        let callee = Ref::from_owned(*regs.add(base - 1));
        let outcome = native_on_registers(vm, *callee, regs.add(base), (*pc).c(), &[]);
        drop(callee);
        finish(vm, frame, outcome)
    }
}

/// `Call` of the class `range`. Where the range is only gone through, its iterator is made at once.
#[inline(never)]
pub unsafe fn call_range(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let instr = *pc;
        let (base, count) = (instr.b(), instr.c());
        let next = *pc.add(1);
        let only_iterated = next.op() == Op::Iter as u8 && next.b() == instr.a() && next.has(fl::B_TEMP);
        let args = std::slice::from_raw_parts(regs.add(base), count);
        if !only_iterated || instr.has(fl::DST_LOCAL) || !args.iter().all(|arg| arg.is_int()) {
            return call(vm, pc, regs);
        }
        let int = |i: usize| args[i].as_small_int();
        let (start, stop, step) = match count {
            1 => (0, int(0), 1),
            2 => (int(0), int(1), 1),
            3 if int(2) != 0 => (int(0), int(1), int(2)),
            _ => return call(vm, pc, regs),
        };
        // The class is a built-in: it does not die with this reference.
        (*(*regs.add(base - 1)).header()).rc -= 1;
        let frame = save(vm, pc.add(1), regs);
        let left = Range::small_len(start, stop, step);
        vm.store(frame, Iter::range(start, step, left))
    }
}

/// A method of a built-in type, in `passing`, that suits the receiver.
#[inline(never)]
pub unsafe fn call_native_method(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let base = (*pc).b();
        let count = code_of(regs).info.call_sites[(*pc).c()].argc as usize;
        native_in_passing(vm, pc, regs, base, count + 1)
    }
}

/// A native, in `passing`, that is a variable of the module R[b]; the module does not die with this reference.
#[inline(never)]
pub unsafe fn call_module_native(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let base = (*pc).b();
        let count = code_of(regs).info.call_sites[(*pc).c()].argc as usize;
        (*(*regs.add(base)).header()).rc -= 1;
        native_in_passing(vm, pc, regs, base + 1, count)
    }
}

#[inline(always)]
unsafe fn native_in_passing(vm: &mut Vm, pc: *const Instr, regs: *mut Value, first: usize, count: usize) -> Cont {
    unsafe {
        let callee = vm.passing.to_ref();
        let frame = save(vm, pc, regs);
        let outcome = native_on_registers(vm, *callee, regs.add(first), count, &[]);
        drop(callee);
        finish(vm, frame, outcome)
    }
}

/// Calls a function with plain positional parameters on `count` owned values from `args`, defaults filled in. None (and
/// nothing is taken) if it needs more than that.
unsafe fn enter_positional(
    vm: &mut Vm,
    frame: *mut Frame,
    f: &Function,
    args: *const Value,
    count: usize,
) -> Option<Cont> {
    unsafe {
        let code = f.code;
        let positional = code.positional as usize;
        let defaults = f.defaults.as_sequence().unwrap_or(&[]);
        if !code.simple || count > positional || positional - count > defaults.len() {
            return None;
        }
        let object = match code.kind {
            CodeKind::Plain => None,
            _ => Some(vm.new_coroutine(code, frame)),
        };
        let regs = match &object {
            Some(object) => Frame::regs(Coro::frame_of(**object)),
            None => vm.push_frame(code, frame)?,
        };
        std::ptr::copy_nonoverlapping(args, regs, count);
        for (i, default) in defaults[defaults.len() - (positional - count)..].iter().enumerate() {
            regs.add(count + i).write(default.clone().into_owned());
        }
        for i in positional..code.locals as usize {
            regs.add(i).write(Value::UNBOUND);
        }
        bind_free(f, regs);
        Some(match object {
            Some(object) => vm.deliver(frame, object),
            None => Cont { pc: code.instrs, regs },
        })
    }
}

/// Instantiates a class on owned values: the class itself in `first`, then `count` arguments. Ordinary classes with an
/// `__init__` in Coro, and built-in types, need no list of arguments.
unsafe fn call_class(vm: &mut Vm, frame: *mut Frame, class: Value, first: *mut Value, count: usize) -> Option<Cont> {
    unsafe {
        let ty = class.as_type()?;
        if let Some(init) = vm.plain_init(ty) {
            let function = init.get::<Function>()?;
            if function.code.kind != CodeKind::Plain {
                return None;
            }
            let instance = Instance::alloc(ty);
            // The instance takes the place of the class before the arguments.
            *first = *instance;
            let Some(cont) = enter_positional(vm, frame, function, first, count + 1) else {
                *first = class;
                return None;
            };
            // The frame owns one reference in its first register and one as the result to be.
            instance.value().inc();
            class.dec();
            let callee = Frame::of(cont.regs);
            (*callee).flags |= frame_flag::INIT;
            Frame::regs(callee).add(function.code.registers as usize).write(instance.into_owned());
            return Some(cont);
        }
        if !ty.builtin || ty.meta.get().is_some() || ty.has(type_flag::PLAIN_NEW) {
            return None;
        }
        let new = ty.lookup(vm.names.new)?;
        if !takes(new.get::<Native>()?, std::slice::from_raw_parts(first, count + 1), &[]) {
            return None;
        }
        let outcome = native_on_registers(vm, new, first, count + 1, &[]);
        Some(vm.take_outcome(frame, outcome))
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
                    && let Some(function) = method.get::<Function>()
                    && let Some(cont) = enter_positional(vm, frame, function, regs.add(base), count + 1)
                {
                    return cont;
                }
                let args = take_temps(regs, base, count + 1);
                vm.call_from(frame, method, args, site.names.to_vec())
            }
            Ok((method, false)) => {
                if site.names.is_empty()
                    && let Some(function) = method.get::<Function>()
                    && let Some(cont) = enter_positional(vm, frame, function, regs.add(base + 1), count)
                {
                    object.dec();
                    return cont;
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

/// `ReturnGen` with its result in `passing`, some locals dropped already.
#[inline(never)]
pub unsafe fn return_gen_passing(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let value = Ref::from_owned(vm.passing);
        vm.drop_locals(frame);
        vm.finish(frame, value)
    }
}

/// Frees a coroutine that has run to its end and to which nobody refers.
#[inline(never)]
pub unsafe fn free_coroutine(coro: *mut Coro) {
    unsafe {
        let registers = (*(*coro).frame.code).registers as usize;
        heap::free(coro as *mut Header, size_of::<Coro>() + registers * 8);
    }
}
