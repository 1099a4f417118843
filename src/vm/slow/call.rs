//! Calls that are not of the simplest form, and slow returns.

use super::enter::{enter_positional, enter_spread, enter_with_keywords};
use super::{Cont, Vm, code_of, finish, save, take_temps};
use crate::code::{CodeKind, Instr, Op, fl};
use crate::object::call::{Args, Outcome};
use crate::object::code::CallSite;
use crate::object::container::Range;
use crate::object::coroutine::{Frame, frame_flag};
use crate::object::function::{BoundMethod, Function, Native};
use crate::object::iter::Iter;
use crate::object::types::{Instance, type_flag};
use crate::object::{Kind, Ref, Value};
use crate::vm::native::takes;

/// Calls a native on arguments that lie in consecutive temporaries, and drops them.
#[inline(always)]
unsafe fn native_on_registers(vm: &mut Vm, native: Value, first: *mut Value, count: usize, names: &[Value]) -> Outcome {
    unsafe {
        let values = std::slice::from_raw_parts(first, count);
        if (*(*vm.frame).pc).has(fl::AWAITED) {
            vm.awaited_args = first;
        }
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

/// A native's answer. What is awaited at once takes its first step here.
unsafe fn finish_native(vm: &mut Vm, frame: *mut Frame, outcome: Outcome) -> Cont {
    unsafe {
        if !(*(*frame).pc).has(fl::AWAITED) {
            return finish(vm, frame, outcome);
        }
        vm.awaited_args = std::ptr::null();
        let answered = std::mem::take(&mut vm.awaited_answered);
        match outcome {
            Ok(result) if answered => {
                (*frame).pc = (*frame).pc.add(2);
                vm.store(frame, result)
            }
            Ok(wait) if wait.is_kind(Kind::Wait) => vm.await_at_once(frame, wait),
            outcome => finish(vm, frame, outcome),
        }
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
        if callee.is_kind(Kind::Instance)
            && let Some(method) = vm.special(callee, vm.names.call)
            && let Some(function) = method.get::<Function>()
            && let Some(cont) = enter_positional(vm, frame, function, regs.add(base - 1), count + 1)
        {
            // The object is the first argument, and lies where it has to.
            return cont;
        }
        if callee.is_kind(Kind::BoundMethod)
            && let Some(cont) = call_bound(vm, frame, regs.add(base - 1), count)
        {
            return cont;
        }
        let args = take_temps(regs, base, count);
        vm.call_from(frame, Ref::from_owned(callee), args, Vec::new())
    }
}

/// Calls a bound method, in `first`, on the `count` owned arguments behind it. None, and nothing is taken, if it needs more
/// than moving.
unsafe fn call_bound(vm: &mut Vm, frame: *mut Frame, first: *mut Value, count: usize) -> Option<Cont> {
    unsafe {
        let bound = *first;
        let method = bound.get::<BoundMethod>()?;
        let receiver = method.receiver.clone();
        if method.func.is_kind(Kind::Native) {
            let func = method.func.clone();
            *first = receiver.into_owned();
            bound.dec();
            let outcome = native_on_registers(vm, *func, first, count + 1, &[]);
            drop(func);
            return Some(finish_native(vm, frame, outcome));
        }
        let function = method.func.get::<Function>()?;
        // The receiver takes the place of the method before the arguments.
        *first = *receiver;
        let Some(cont) = enter_positional(vm, frame, function, first, count + 1) else {
            *first = bound;
            return None;
        };
        std::mem::forget(receiver);
        bound.dec();
        Some(cont)
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
        finish_native(vm, frame, outcome)
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
        // Built-in types do not change: the method needs no reference of its own.
        let callee = vm.passing;
        let frame = save(vm, pc, regs);
        let outcome = native_on_registers(vm, callee, regs.add(base), count + 1, &[]);
        finish_native(vm, frame, outcome)
    }
}

/// A native, in `passing`, that is a variable of the module R[b]; the module does not die with this reference.
#[inline(never)]
pub unsafe fn call_module_native(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let base = (*pc).b();
        let count = code_of(regs).info.call_sites[(*pc).c()].argc as usize;
        (*(*regs.add(base)).header()).rc -= 1;
        let callee = vm.passing.to_ref();
        let frame = save(vm, pc, regs);
        let outcome = native_on_registers(vm, *callee, regs.add(base + 1), count, &[]);
        drop(callee);
        finish_native(vm, frame, outcome)
    }
}

/// Instantiates a class on owned values: the class itself in `first`, then `count` arguments. Ordinary classes with an
/// `__init__` in Coro, and built-in types, need no list of arguments.
unsafe fn call_class(vm: &mut Vm, frame: *mut Frame, class: Value, first: *mut Value, count: usize) -> Option<Cont> {
    unsafe {
        let ty = class.as_type()?;
        if count == 1 && std::ptr::eq(ty, vm.types.type_) {
            // `type(object)`. The class `type` does not die with this reference.
            let argument = Ref::from_owned(*first.add(1));
            class.dec();
            let of = vm.type_of(*argument).value().to_ref();
            drop(argument);
            return Some(vm.deliver(frame, of));
        }
        if let Some(init) = vm.plain_init(ty) {
            let function = init.get::<Function>()?;
            if function.code.kind != CodeKind::Plain {
                return None;
            }
            return init_on_registers(vm, frame, class, Instance::alloc(ty), function, first, count);
        }
        if ty.meta.get().is_some() || ty.has(type_flag::PLAIN_NEW | type_flag::ABSTRACT) {
            return None;
        }
        let new = ty.lookup(vm.names.new)?;
        let native = new.get::<Native>()?;
        let values = std::slice::from_raw_parts(first, count + 1);
        if !takes(native, values, &[]) {
            return None;
        }
        if ty.builtin {
            let outcome = native_on_registers(vm, new, first, count + 1, &[]);
            return Some(vm.take_outcome(frame, outcome));
        }
        // A class of exceptions of the program: `BaseException.__new__` runs nothing.
        let init = ty.lookup(vm.names.init)?;
        let init = init.get::<Function>()?;
        if ty.layout.get() != Kind::Exception || !ty.has(type_flag::EXCEPTION) || init.code.kind != CodeKind::Plain {
            return None;
        }
        match (native.def.func)(vm.machine(), Args { values, names: &[] }) {
            Ok(object) if object.is_kind(Kind::Exception) => {
                init_on_registers(vm, frame, class, object, init, first, count)
            }
            // It refuses its arguments: once more, the long way, to its error.
            Ok(_) => None,
            Err(signal) => {
                (0..=count).for_each(|i| (*first.add(i)).dec());
                Some(vm.take_outcome(frame, Err(signal)))
            }
        }
    }
}

/// Runs `__init__` of a new object on the arguments behind the class in `first`. None, and nothing is taken, if they need
/// more than moving.
unsafe fn init_on_registers(
    vm: &mut Vm,
    frame: *mut Frame,
    class: Value,
    object: Ref,
    init: &Function,
    first: *mut Value,
    count: usize,
) -> Option<Cont> {
    unsafe {
        // The object takes the place of the class before the arguments.
        *first = *object;
        let Some(cont) = enter_positional(vm, frame, init, first, count + 1) else {
            *first = class;
            return None;
        };
        // The frame owns one reference in its first register and one as the result to be.
        object.value().inc();
        class.dec();
        let callee = Frame::of(cont.regs);
        (*callee).flags |= frame_flag::INIT;
        Frame::regs(callee).add(init.code.registers as usize).write(object.into_owned());
        Some(cont)
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
            return finish_native(vm, frame, outcome);
        }
        if let Some(function) = callee.get::<Function>() {
            let (args, count) = (regs.add(base), site.argc as usize);
            if let Some(cont) = enter_with_keywords(vm, frame, function, args, count, &site.names) {
                return cont;
            }
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
        // A method found by `super()` is called on the object that the proxy stands for.
        if object.is_kind(Kind::Super)
            && let Some((method, receiver)) = vm.super_method(object, site.cache.name)
        {
            *regs.add(base) = receiver.into_owned();
            object.dec();
            return call_found(vm, frame, site, regs.add(base), count + 1, method);
        }
        match vm.method_cached(object, &site.cache) {
            Ok((method, true)) => call_found(vm, frame, site, regs.add(base), count + 1, method),
            Ok((method, false)) => {
                // The function is what holds the object, if anything still does.
                object.dec();
                call_without_receiver(vm, frame, site, regs.add(base), count, method)
            }
            Err(_) => {
                drop(take_temps(regs, base, count + 1));
                vm.unwind(frame)
            }
        }
    }
}

/// `CallLoaded` of anything but the simplest functions.
#[inline(never)]
pub unsafe fn call_loaded(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let site = &code_of(regs).info.call_sites[(*pc).c()];
        let count = site.argc as usize;
        let receiver = regs.add((*pc).b());
        let callee = Ref::from_owned(*receiver.sub(1));
        if (*receiver).is_unbound() {
            call_without_receiver(vm, frame, site, receiver, count, callee)
        } else {
            call_found(vm, frame, site, receiver, count + 1, callee)
        }
    }
}

/// Calls what was found as an attribute and is not a method: `count` owned arguments come after the free register `place`.
unsafe fn call_without_receiver(
    vm: &mut Vm,
    frame: *mut Frame,
    site: &CallSite,
    place: *mut Value,
    count: usize,
    callee: Ref,
) -> Cont {
    unsafe {
        let mut callee = callee;
        if callee.is_kind(Kind::Type) && site.names.is_empty() {
            *place = callee.into_owned();
            if let Some(cont) = call_class(vm, frame, *place, place, count) {
                return cont;
            }
            callee = Ref::from_owned(*place);
        }
        if callee.is_kind(Kind::BoundMethod) && site.names.is_empty() {
            // A class method, or a method kept as an attribute.
            *place = callee.into_owned();
            if let Some(cont) = call_bound(vm, frame, place, count) {
                return cont;
            }
            callee = Ref::from_owned(*place);
        }
        call_found(vm, frame, site, place.add(1), count, callee)
    }
}

/// Calls what a method call has found, on `count` owned arguments from `first`.
unsafe fn call_found(
    vm: &mut Vm,
    frame: *mut Frame,
    site: &CallSite,
    first: *mut Value,
    count: usize,
    callee: Ref,
) -> Cont {
    unsafe {
        if callee.is_kind(Kind::Native) {
            let outcome = native_on_registers(vm, *callee, first, count, &site.names);
            drop(callee);
            return finish_native(vm, frame, outcome);
        }
        if let Some(function) = callee.get::<Function>() {
            let cont = match &site.names[..] {
                [] => enter_positional(vm, frame, function, first, count),
                names => enter_with_keywords(vm, frame, function, first, count, names),
            };
            if let Some(cont) = cont {
                return cont;
            }
        }
        let args = (0..count).map(|i| Ref::from_owned(*first.add(i))).collect();
        vm.call_from(frame, callee, args, site.names.to_vec())
    }
}

#[inline(never)]
pub unsafe fn call_ex(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        if let Some(cont) = enter_spread(vm, frame, regs.add((*pc).b())) {
            return cont;
        }
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
        if (*frame).flags & frame_flag::ASKED != 0 {
            return vm.take_answer(frame, value);
        }
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
