//! Attributes, displays, iteration, functions and classes, raising and handling.

use super::enter::enter_method;
use super::{Cont, Vm, code_of, finish, operand, operand_b, operand_c, proceed, save, take_temps};
use crate::code::{Instr, Op, fl};
use crate::object::call::Signal;
use crate::object::container::{List, Tuple};
use crate::object::coroutine::Frame;
use crate::object::dict::Dict;
use crate::object::exception::Exception;
use crate::object::function::{Function, FunctionExtra};
use crate::object::heap;
use crate::object::set::SetTable;
use crate::object::text::Str;
use crate::object::{Kind, Ref, Value};
use crate::vm::protocol::Step;
use crate::vm::protocol::format::Conversion;
use std::cell::RefCell;

#[inline(never)]
pub unsafe fn get_attr(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let cache = &code_of(regs).info.cache_cells[instr.c()];
        let getter = vm.getter_known(*regs.add(instr.b()), cache);
        let object = match enter_method(vm, frame, getter, [operand_b(instr, regs)]) {
            Ok(cont) => return cont,
            Err([object]) => object,
        };
        let outcome = vm.get_attr_cached(*object, cache);
        drop(object);
        finish(vm, frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn load_method(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let cache = &code_of(regs).info.cache_cells[instr.c()];
        let place = regs.add(instr.a());
        let object = Ref::from_owned(*place);
        // A method found by `super()` is called on the object that the proxy stands for.
        if object.is_kind(Kind::Super)
            && let Some((method, receiver)) = vm.super_method(*object, cache.name)
        {
            *place.add(1) = receiver.into_owned();
            drop(object);
            return finish(vm, frame, Ok(method));
        }
        let outcome = match vm.method_known(*object, cache) {
            Some((method, true)) => {
                *place.add(1) = object.into_owned();
                Ok(method)
            }
            found => {
                *place.add(1) = Value::UNBOUND;
                let outcome = found.map_or_else(|| vm.get_attr_tail(*object, cache.name), |(callable, _)| Ok(callable));
                drop(object);
                outcome
            }
        };
        finish(vm, frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn set_attr(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let value = operand(regs, instr.a(), instr.has(fl::A_TEMP));
        let object = operand_b(instr, regs);
        let cache = &code_of(regs).info.cache_cells[instr.c()];
        let outcome = vm.set_attr_cached(*object, cache, value);
        drop(object);
        proceed(vm, frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn del_attr(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let object = operand_b(instr, regs);
        let name = code_of(regs).info.cache_cells[instr.c()].name;
        let outcome = vm.del_attr(*object, name);
        drop(object);
        proceed(vm, frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn build_tuple(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let (base, count) = ((*pc).b(), (*pc).c());
        let items = (0..count).map(|i| Ref::from_owned(*regs.add(base + i)));
        let tuple = crate::object::container::Tuple::from_iter(items);
        finish(vm, frame, Ok(tuple))
    }
}

#[inline(never)]
pub unsafe fn build_list(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let items = take_temps(regs, (*pc).b(), (*pc).c());
        finish(vm, frame, Ok(Ref::list(items)))
    }
}

#[inline(never)]
pub unsafe fn build_set(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let items = take_temps(regs, (*pc).b(), (*pc).c());
        let set = Ref::set(SetTable::new());
        for item in &items {
            if vm.set_add(*set, **item).is_err() {
                drop(items);
                return vm.unwind(frame);
            }
        }
        drop(items);
        finish(vm, frame, Ok(set))
    }
}

#[inline(never)]
pub unsafe fn build_dict(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let mut items = take_temps(regs, (*pc).b(), (*pc).c() * 2).into_iter();
        let dict = Dict::alloc(Dict::new());
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            if vm.dict_set(*dict, *key, value).is_err() {
                drop(items);
                return vm.unwind(frame);
            }
        }
        finish(vm, frame, Ok(dict))
    }
}

#[inline(never)]
pub unsafe fn list_append(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let value = operand_b(instr, regs);
        if let Some(list) = (*regs.add(instr.a())).get_mut::<List>() {
            list.items.push(value);
        }
        proceed(vm, frame, Ok(()))
    }
}

#[inline(never)]
pub unsafe fn set_add(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let value = operand_b(instr, regs);
        let outcome = vm.set_add(*regs.add(instr.a()), *value);
        drop(value);
        proceed(vm, frame, outcome.map(|_| ()))
    }
}

#[inline(never)]
pub unsafe fn dict_set(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let (key, value) = (operand_b(instr, regs), operand_c(instr, regs));
        let outcome = vm.dict_set(*regs.add(instr.a()), *key, value);
        drop(key);
        proceed(vm, frame, outcome)
    }
}

/// `[*iterable]`, `f(*iterable)`.
#[inline(never)]
pub unsafe fn list_extend(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let (list, iterable) = (Ref::from_owned(*regs.add(instr.b())), Ref::from_owned(*regs.add(instr.c())));
        let outcome = vm.extend_display(*list, *iterable);
        drop(iterable);
        match outcome {
            Ok(_) => finish(vm, frame, Ok(list)),
            Err(signal) => vm.take_outcome(frame, Err(signal)),
        }
    }
}

#[inline(never)]
pub unsafe fn set_update(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let (set, iterable) = (Ref::from_owned(*regs.add(instr.b())), Ref::from_owned(*regs.add(instr.c())));
        let outcome = vm.update_display(*set, *iterable);
        drop(iterable);
        vm.take_outcome(frame, outcome.map(|_| set))
    }
}

#[inline(never)]
pub unsafe fn dict_update(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let (dict, mapping) = (Ref::from_owned(*regs.add(instr.b())), Ref::from_owned(*regs.add(instr.c())));
        let outcome = vm.dict_merge(*dict, *mapping);
        drop(mapping);
        vm.take_outcome(frame, outcome.map(|()| dict))
    }
}

#[inline(never)]
pub unsafe fn dict_merge(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let (dict, mapping) = (Ref::from_owned(*regs.add(instr.b())), Ref::from_owned(*regs.add(instr.c())));
        let callee = (*regs.add(instr.b() - 2)).to_ref();
        let outcome = vm.merge_keywords(*dict, *mapping, *callee);
        drop(mapping);
        drop(callee);
        vm.take_outcome(frame, outcome.map(|()| dict))
    }
}

#[inline(never)]
pub unsafe fn list_to_tuple(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let list = Ref::from_owned(*regs.add((*pc).b()));
        let items = list.get_mut::<List>().map(|l| std::mem::take(&mut l.items)).unwrap_or_default();
        drop(list);
        finish(vm, frame, Ok(Ref::tuple(items)))
    }
}

#[inline(never)]
pub unsafe fn iter(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let object = operand_b(*pc, regs);
        let outcome = vm.iter_to_walk(*object);
        drop(object);
        finish(vm, frame, outcome)
    }
}

/// `For` over anything else.
#[inline(never)]
pub unsafe fn for_next(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let iterator = *regs.add((*pc).b());
        if iterator.is_kind(Kind::Generator) {
            return vm.resume(frame, iterator, crate::vm::resume::Mode::Send, Ref::NONE);
        }
        if let Some(cont) = for_pair(vm, frame, iterator) {
            return cont;
        }
        match vm.next(iterator) {
            Step::Item(item) => vm.deliver(frame, item),
            Step::End | Step::Return(_) => Cont::at(pc.add(1), frame),
            Step::Call => vm.enter_pending(frame),
            Step::Raised => vm.unwind(frame),
        }
    }
}

/// `For` over pairs whose loop begins by taking the item apart (`for k, v in d.items()`): does both. None, and nothing has
/// happened, if it is not that.
unsafe fn for_pair(vm: &mut Vm, frame: *mut Frame, iterator: Value) -> Option<Cont> {
    unsafe {
        let pc = (*frame).pc;
        let instr = *pc;
        let target = pc.offset(instr.ic() as isize);
        let unpack = *target;
        let apart = unpack.op() == Op::Unpack as u8 && unpack.c() == 2 && unpack.has(fl::B_TEMP);
        if !apart || unpack.b() != instr.a() || instr.has(fl::DST_LOCAL) {
            return None;
        }
        match vm.next_pair(iterator)? {
            Ok((first, second)) => {
                let slot = Frame::regs(frame).add(unpack.a());
                slot.add(1).write(first.into_owned());
                slot.write(second.into_owned());
                Some(Cont::at(target.add(1), frame))
            }
            Err(Step::End | Step::Return(_)) => Some(Cont::at(pc.add(1), frame)),
            Err(_) => Some(vm.unwind(frame)),
        }
    }
}

/// Puts unpacked items into their temporaries: the first on top.
pub(in crate::vm) unsafe fn spread(regs: *mut Value, first: usize, items: Vec<Ref>) {
    unsafe {
        let count = items.len();
        for (i, item) in items.into_iter().enumerate() {
            *regs.add(first + count - 1 - i) = item.into_owned();
        }
    }
}

#[inline(never)]
pub unsafe fn unpack(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let value = operand_b(instr, regs);
        let count = instr.c();
        if crate::vm::protocol::iterate::is_plain_object(*value)
            && value.get::<Tuple>().is_some_and(|tuple| tuple.len() == count)
        {
            let last = regs.add(instr.a() + count).wrapping_sub(1);
            Tuple::give_items(&value, |i, item| *last.sub(i) = item.into_owned());
            drop(value);
            return proceed(vm, frame, Ok(()));
        }
        let outcome = vm.unpack(*value, count);
        drop(value);
        proceed(vm, frame, outcome.map(|items| spread(regs, instr.a(), items)))
    }
}

#[inline(never)]
pub unsafe fn unpack_star(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let value = operand_b(instr, regs);
        let outcome = vm.unpack_star(*value, instr.c() & 255, instr.c() >> 8);
        drop(value);
        proceed(vm, frame, outcome.map(|items| spread(regs, instr.a(), items)))
    }
}

#[inline(never)]
pub unsafe fn format(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let value = operand_b(instr, regs);
        let spec = if instr.has(fl::EXTRA) { Some(operand_c(instr, regs)) } else { None };
        let conversion = (instr.fl() >> fl::CONV_SHIFT) & 3;
        let conversion = match conversion {
            1 => Conversion::Str,
            2 => Conversion::Repr,
            3 => Conversion::Ascii,
            _ => Conversion::None,
        };
        let outcome = vm.format_value(*value, conversion, spec.as_ref().map(|s| s.value()));
        drop(spec);
        drop(value);
        finish(vm, frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn join(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let pieces = std::slice::from_raw_parts(regs.add((*pc).b()) as *const Ref, (*pc).c());
        let joined = Str::concat(pieces);
        pieces.iter().for_each(|piece| piece.value().dec());
        finish(vm, frame, Ok(joined))
    }
}

#[inline(never)]
pub unsafe fn make_function(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let owner = code_of(regs);
        let site = &owner.info.data.function_sites[instr.c()];
        let code = owner.info.unit.codes.borrow()[site.function as usize];
        let mut operands = take_temps(regs, instr.b(), 3);
        let annotations = operands.pop().unwrap_or(Ref::NONE);
        let kwdefaults = operands.pop().unwrap_or(Ref::NONE);
        let defaults = operands.pop().unwrap_or(Ref::NONE);
        let closure = site.captures.iter().map(|&r| (*regs.add(r as usize)).to_ref()).collect();
        let extra = if annotations.is_none() {
            None
        } else {
            Some(Box::new(FunctionExtra { annotations: Some(annotations), ..FunctionExtra::default() }))
        };
        let function = heap::new(Function {
            header: heap::blank(Kind::Function),
            code,
            defaults,
            kwdefaults,
            closure,
            extra: RefCell::new(extra),
        });
        finish(vm, frame, Ok(function))
    }
}

#[inline(never)]
pub unsafe fn make_class(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let name = code_of(regs).info.constants[instr.c()];
        let mut operands = take_temps(regs, instr.b(), 3);
        let keywords = operands.pop().unwrap_or(Ref::NONE);
        let bases = operands.pop().unwrap_or(Ref::NONE);
        let body = operands.pop().unwrap_or(Ref::NONE);
        let outcome = vm.class_statement(name, *body, *bases, *keywords);
        drop((body, bases, keywords));
        finish(vm, frame, outcome)
    }
}

#[inline(never)]
pub unsafe fn raise(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let exc = operand_b(instr, regs);
        let cause = if instr.has(fl::EXTRA) { Some(operand_c(instr, regs)) } else { None };
        let _: Signal = vm.raise_statement(exc, cause);
        vm.unwind(frame)
    }
}

#[inline(never)]
pub unsafe fn reraise(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        if vm.handled.is_none() {
            vm.runtime_error("No active exception to reraise");
        } else {
            let exc = vm.handled.to_ref();
            vm.raise_again(exc);
        }
        vm.unwind(frame)
    }
}

#[inline(never)]
pub unsafe fn raise_again(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let exc = Ref::from_owned(std::ptr::replace(regs.add((*pc).a()), Value::UNBOUND));
        vm.raise_again(exc);
        vm.unwind_again(frame)
    }
}

#[inline(never)]
pub unsafe fn catch(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let exc = vm.take_raised();
        let handled = std::mem::replace(&mut vm.handled, exc.clone().into_owned());
        let old_exc = std::ptr::replace(regs.add(instr.a()), exc.into_owned());
        let old_saved = std::ptr::replace(regs.add(instr.b()), handled);
        old_exc.dec();
        old_saved.dec();
        proceed(vm, frame, Ok(()))
    }
}

#[inline(never)]
pub unsafe fn end_catch(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let saved = std::ptr::replace(regs.add((*pc).b()), Value::UNBOUND);
        // Unbound: a `finally` that was entered normally; there is nothing to end.
        if !saved.is_unbound() {
            let handled = std::mem::replace(&mut vm.handled, saved);
            handled.dec();
        }
        proceed(vm, frame, Ok(()))
    }
}

#[inline(never)]
pub unsafe fn is_stop_async(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let is = vm.is_instance_of(*regs.add((*pc).b()), vm.types.exc.stop_async_iteration);
        finish(vm, frame, Ok(Ref::bool(is)))
    }
}

/// `exit(type, exc, tb)`, or with three times None.
#[inline(never)]
pub unsafe fn call_exit(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let exit = (*regs.add((*pc).b())).to_ref();
        let exc = *regs.add((*pc).c());
        let args = match exc.get::<Exception>() {
            Some(object) => {
                let class = Ref::from_owned(object.class.get().value());
                let traceback = vm.traceback_of(exc);
                vec![class, exc.to_ref(), traceback]
            }
            None => vec![Ref::NONE, Ref::NONE, Ref::NONE],
        };
        vm.call_from(frame, exit, args, Vec::new())
    }
}

#[inline(never)]
pub unsafe fn intrinsic(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let site = code_of(regs).intrinsic(instr.c());
        let count = site.argc as usize;
        let first = regs.add(instr.b());
        let values = std::slice::from_raw_parts(first, count);
        let outcome = vm.intrinsic_op(&site.op, values, frame);
        for i in 0..count {
            (*first.add(i)).dec();
        }
        finish(vm, frame, outcome)
    }
}
