//! Moves, constants, variables.

use crate::code::fl;
use crate::object::code::GlobalSlot;
use crate::object::coroutine::Frame;
use crate::object::function::CellObj;
use crate::object::{Kind, Value};
use crate::vm::slow;
use crate::{drop_next, go, go_slow, op, set_dst, set_local};

op! { Copy(pc, regs, vm, k) {
    let instr = *pc;
    let value = *regs.add(instr.b());
    value.inc();
    *regs.add(instr.a()) = value;
    go!(pc.add(1), regs, vm, k)
} }

op! { CopyL(pc, regs, vm, k) {
    let instr = *pc;
    let value = *regs.add(instr.b());
    value.inc();
    set_local!(pc, regs, vm, k, instr.a(), value)
} }

op! { Move(pc, regs, vm, k) {
    let instr = *pc;
    *regs.add(instr.a()) = *regs.add(instr.b());
    go!(pc.add(1), regs, vm, k)
} }

op! { MoveL(pc, regs, vm, k) {
    let instr = *pc;
    let value = *regs.add(instr.b());
    set_local!(pc, regs, vm, k, instr.a(), value)
} }

op! { LoadK(pc, regs, vm, k) {
    let instr = *pc;
    let value = *k.add(instr.imm() as usize);
    value.inc();
    *regs.add(instr.a()) = value;
    go!(pc.add(1), regs, vm, k)
} }

op! { LoadKL(pc, regs, vm, k) {
    let instr = *pc;
    let value = *k.add(instr.imm() as usize);
    value.inc();
    set_local!(pc, regs, vm, k, instr.a(), value)
} }

op! { LoadW(pc, regs, vm, k) {
    let instr = *pc;
    *regs.add(instr.a()) = Value(instr.imm() as i64 as u64);
    go!(pc.add(1), regs, vm, k)
} }

op! { LoadWL(pc, regs, vm, k) {
    let instr = *pc;
    set_local!(pc, regs, vm, k, instr.a(), Value(instr.imm() as i64 as u64))
} }

op! { Drop(pc, regs, vm, k) {
    let instr = *pc;
    let value = *regs.add(instr.a());
    drop_next!(pc, regs, vm, k, value)
} }

op! { Clear(pc, regs, vm, k) {
    let instr = *pc;
    set_local!(pc, regs, vm, k, instr.a(), Value::UNBOUND)
} }

op! { Check(pc, regs, vm, k) {
    let instr = *pc;
    if (*regs.add(instr.a())).is_unbound() {
        go_slow!(slow::unbound, pc, regs, vm, k)
    }
    go!(pc.add(1), regs, vm, k)
} }

op! { DeleteLocal(pc, regs, vm, k) {
    let instr = *pc;
    if (*regs.add(instr.a())).is_unbound() {
        go_slow!(slow::unbound, pc, regs, vm, k)
    }
    set_local!(pc, regs, vm, k, instr.a(), Value::UNBOUND)
} }

op!(MakeCell = slow slow::make_cell);
op!(NewCell = slow slow::new_cell);

op! { LoadCell(pc, regs, vm, k) {
    let instr = *pc;
    let cell = *regs.add(instr.b());
    let value = *(*(cell.header() as *const CellObj)).value;
    if value.is_unbound() {
        go_slow!(slow::unbound_cell, pc, regs, vm, k)
    }
    value.inc();
    set_dst!(pc, regs, vm, k, instr, value)
} }

op! { StoreCell(pc, regs, vm, k) {
    let instr = *pc;
    let cell = *regs.add(instr.a());
    let value = *regs.add(instr.b());
    if !instr.has(fl::B_TEMP) {
        value.inc();
    }
    let slot = &raw mut (*(cell.header() as *mut CellObj)).value as *mut Value;
    let old = *slot;
    *slot = value;
    drop_next!(pc, regs, vm, k, old)
} }

op!(DeleteCell = slow slow::delete_cell);

op! { GetGlobal(pc, regs, vm, k) {
    let instr = *pc;
    let code = (*Frame::of(regs)).code;
    let slot: &GlobalSlot = *(*code).globals.add(instr.imm() as usize);
    let mut value = slot.value.get();
    if value.is_unbound() {
        value = slot.builtin.get();
        if value.is_unbound() {
            go_slow!(slow::unbound_global, pc, regs, vm, k)
        }
    }
    value.inc();
    set_dst!(pc, regs, vm, k, instr, value)
} }

op! { SetGlobal(pc, regs, vm, k) {
    let instr = *pc;
    let code = (*Frame::of(regs)).code;
    let slot: &GlobalSlot = *(*code).globals.add(instr.imm() as usize);
    let value = *regs.add(instr.a());
    let old = slot.value.get();
    if old.is_unbound() {
        go_slow!(slow::first_global, pc, regs, vm, k)
    }
    if !instr.has(fl::A_TEMP) {
        value.inc();
    }
    slot.value.set(value);
    drop_next!(pc, regs, vm, k, old)
} }

op!(DelGlobal = slow slow::delete_global);
op!(LoadName = slow slow::load_name);
op!(StoreName = slow slow::store_name);
op!(DelName = slow slow::delete_name);

op! { ListAppend(pc, regs, vm, k) {
    let instr = *pc;
    let list = *regs.add(instr.a());
    let value = *regs.add(instr.b());
    if list.is_kind(Kind::List) {
        let items = &mut (*(list.header() as *mut crate::object::container::List)).items;
        if items.len() < items.capacity() {
            if !instr.has(fl::B_TEMP) {
                value.inc();
            }
            // Within the capacity: no allocation, no call.
            let len = items.len();
            items.as_mut_ptr().add(len).write(crate::object::Ref::from_owned(value));
            items.set_len(len + 1);
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::list_append, pc, regs, vm, k)
} }
