//! Variables: unbound ones, cells, globals, class namespaces; dropping.

use super::{Cont, Vm, code_of, finish, operand, proceed, save};
use crate::code::{Instr, fl};
use crate::object::code::GlobalSlot;
use crate::object::dict::Dict;
use crate::object::function::CellObj;
use crate::object::heap;
use crate::object::{Kind, Ref, Value};
use crate::vm::protocol::iterate::is_plain_object;

#[inline(never)]
pub unsafe fn unbound(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let name = code_of(regs).info.local_names[(*pc).a()];
        vm.unbound_local(name);
        vm.unwind(frame)
    }
}

/// An empty cell: a free variable of this function, or a variable of its own.
unsafe fn raise_unbound_cell(vm: &mut Vm, regs: *mut Value, register: usize) {
    unsafe {
        let code = code_of(regs);
        let name = code.info.local_names[register];
        if code.info.data.locals[register].free {
            vm.unbound_free(name);
        } else {
            vm.unbound_local(name);
        }
    }
}

#[inline(never)]
pub unsafe fn unbound_cell(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        raise_unbound_cell(vm, regs, (*pc).b());
        vm.unwind(frame)
    }
}

#[inline(never)]
pub unsafe fn make_cell(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let slot = regs.add((*pc).a());
        *slot = crate::vm::calls::new_cell(*slot);
        proceed(vm, frame, Ok(()))
    }
}

#[inline(never)]
pub unsafe fn new_cell(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let old = std::ptr::replace(regs.add((*pc).a()), crate::vm::calls::new_cell(Value::UNBOUND));
        old.dec();
        proceed(vm, frame, Ok(()))
    }
}

#[inline(never)]
pub unsafe fn delete_cell(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let register = (*pc).a();
        let cell = (*regs.add(register)).to_ref();
        let old = cell.get_mut::<CellObj>().map(|c| std::mem::replace(&mut c.value, Ref::UNBOUND));
        if old.as_ref().is_none_or(|o| o.is_unbound()) {
            raise_unbound_cell(vm, regs, register);
            return vm.unwind(frame);
        }
        drop(old);
        proceed(vm, frame, Ok(()))
    }
}

unsafe fn global(pc: *const Instr, regs: *mut Value) -> &'static GlobalSlot {
    unsafe { *code_of(regs).globals.add((*pc).imm() as usize) }
}

#[inline(never)]
pub unsafe fn unbound_global(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let name = global(pc, regs).name;
        // A built-in may have been added since the module was linked.
        if let Some(value) = vm.builtins.get(&name) {
            let value = value.clone();
            global(pc, regs).builtin.set(*value);
            return finish(vm, frame, Ok(value));
        }
        vm.name_error(name);
        vm.unwind(frame)
    }
}

#[inline(never)]
pub unsafe fn first_global(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let value = operand(regs, instr.a(), instr.has(fl::A_TEMP));
        let slot = global(pc, regs);
        code_of(regs).info.unit.globals.set(slot.name, value);
        proceed(vm, frame, Ok(()))
    }
}

#[inline(never)]
pub unsafe fn delete_global(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let name = global(pc, regs).name;
        if code_of(regs).info.unit.globals.remove(name) {
            return proceed(vm, frame, Ok(()));
        }
        vm.name_error(name);
        vm.unwind(frame)
    }
}

#[inline(never)]
pub unsafe fn load_name(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let code = code_of(regs);
        let name = code.info.constants[instr.b()];
        match vm.class_name(*regs, name) {
            Ok(Some(value)) => return finish(vm, frame, Ok(value)),
            Ok(None) => {}
            Err(_) => return vm.unwind(frame),
        }
        if instr.c() > 0 {
            let register = instr.c() - 1;
            let value = (*regs.add(register)).get::<CellObj>().map(|c| c.value.clone());
            if let Some(value) = value.filter(|v| !v.is_unbound()) {
                return finish(vm, frame, Ok(value));
            }
            raise_unbound_cell(vm, regs, register);
            return vm.unwind(frame);
        }
        let value = code.info.unit.globals.get(name).or_else(|| vm.builtins.get(&name).map(|r| r.value()));
        match value {
            Some(value) => finish(vm, frame, Ok(value.to_ref())),
            None => {
                vm.name_error(name);
                vm.unwind(frame)
            }
        }
    }
}

/// A namespace that is a dict and nothing else: `__prepare__` may give others.
fn is_plain_dict(namespace: Value) -> bool {
    namespace.is_kind(Kind::Dict) && is_plain_object(namespace)
}

#[inline(never)]
pub unsafe fn store_name(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let instr = *pc;
        let name = code_of(regs).info.constants[instr.b()];
        let value = operand(regs, instr.a(), instr.has(fl::A_TEMP));
        if !is_plain_dict(*regs) {
            let namespace = (*regs).to_ref();
            let outcome = vm.set_item(*namespace, name, *value);
            drop(value);
            return proceed(vm, frame, outcome.map(|_| ()));
        }
        let old = (*regs).get_mut::<Dict>().map(|namespace| namespace.set_atom(name, value));
        drop(old);
        proceed(vm, frame, Ok(()))
    }
}

#[inline(never)]
pub unsafe fn delete_name(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        let name = code_of(regs).info.constants[(*pc).b()];
        if !is_plain_dict(*regs) {
            let namespace = (*regs).to_ref();
            let outcome = vm.del_item(*namespace, name);
            return proceed(vm, frame, outcome.map(|_| ()));
        }
        match (*regs).get_mut::<Dict>().and_then(|namespace| namespace.remove_atom(name)) {
            Some(old) => {
                drop(old);
                proceed(vm, frame, Ok(()))
            }
            None => {
                vm.name_error(name);
                vm.unwind(frame)
            }
        }
    }
}

/// Drops R[a], a temporary, and goes on.
#[inline(never)]
pub unsafe fn drop_a(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        (*regs.add((*pc).a())).dec();
        proceed(vm, frame, Ok(()))
    }
}

/// Drops R[a], a temporary, and jumps.
#[inline(never)]
pub unsafe fn drop_a_jump(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = save(vm, pc, regs);
        (*regs.add((*pc).a())).dec();
        Cont::at(pc.offset((*pc).imm() as isize), frame)
    }
}

/// Drops the loop variable's old value (in `passing`), then goes on with the body of the `For`.
#[inline(never)]
pub unsafe fn drop_passing_for(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let header = vm.passing.header();
        (*header).rc -= 1;
        if (*header).rc == 0 {
            save(vm, pc, regs);
            heap::release(header);
        }
        Cont { pc: pc.offset((*pc).ic() as isize), regs }
    }
}
