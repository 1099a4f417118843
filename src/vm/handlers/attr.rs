//! Attributes, by inline caches: see `object::cache`.

use crate::code::fl;
use crate::object::Kind;
use crate::object::Value;
use crate::object::cache::{CacheKind, Entry, Key};
use crate::object::coroutine::Frame;
use crate::object::function::Module;
use crate::object::heap::{Header, flag};
use crate::object::types::{Instance, TypeObj};
use crate::vm::slow;
use crate::{drop_next, go, go_slow, op, set_dst};

/// The module's variable that an entry names, or unbound.
#[inline(always)]
pub(super) unsafe fn module_variable(entry: Option<&Entry>) -> Value {
    match entry {
        Some(entry) if entry.kind.get() == CacheKind::Global => {
            entry.global.get().map_or(Value::UNBOUND, |slot| slot.value.get())
        }
        _ => Value::UNBOUND,
    }
}

/// The key of a module's entries: its globals.
#[inline(always)]
pub(super) unsafe fn module_key(header: *const Header) -> Key {
    // Safety: the header of a module.
    Key::globals(unsafe { (*(header as *const Module)).globals })
}

op! { GetAttr(pc, regs, vm, k) {
    let instr = *pc;
    let object = *regs.add(instr.b());
    if !object.is_ptr() {
        go_slow!(slow::get_attr, pc, regs, vm, k)
    }
    let header = object.header();
    let cache = &*(*(*Frame::of(regs)).code).caches.add(instr.c());
    let mut value = Value::UNBOUND;
    if (*header).kind == Kind::Instance {
        let instance = header as *const Instance;
        if let Some(entry) = cache.find(Key::shape((*instance).shape.get())) {
            let slot = entry.slot.get();
            if entry.kind.get() == CacheKind::Slot {
                if slot < (*header).aux {
                    value = *(*instance).inline_slots().add(slot as usize);
                }
            } else if entry.kind.get() == CacheKind::ClassValue {
                value = entry.value.get();
            }
        }
    } else if (*header).kind == Kind::Module {
        if (*header).flags & flag::SUBCLASS == 0 {
            value = module_variable(cache.find(module_key(header)));
        }
    } else if (*header).kind == Kind::Type {
        let class = &*(header as *const TypeObj);
        if let Some(entry) = cache.find(Key::class(class)) {
            value = entry.value.get();
        }
    }
    if value.is_unbound() {
        go_slow!(slow::get_attr, pc, regs, vm, k)
    }
    if instr.has(fl::B_TEMP) {
        if (*header).rc == 1 {
            go_slow!(slow::get_attr, pc, regs, vm, k)
        }
        (*header).rc -= 1;
    }
    value.inc();
    set_dst!(pc, regs, vm, k, instr, value)
} }

op! { LoadMethod(pc, regs, vm, k) {
    let instr = *pc;
    let place = regs.add(instr.a());
    let object = *place;
    if !object.is_ptr() {
        go_slow!(slow::load_method, pc, regs, vm, k)
    }
    let header = object.header();
    let cache = &*(*(*Frame::of(regs)).code).caches.add(instr.c());
    if (*header).kind == Kind::Instance {
        if let Some(entry) = cache.find(Key::shape((*(header as *const Instance)).shape.get()))
            && entry.kind.get() == CacheKind::Method
        {
            let callee = entry.value.get();
            callee.inc();
            *place = callee;
            *place.add(1) = object;
            go!(pc.add(1), regs, vm, k)
        }
    } else if (*header).flags & flag::SUBCLASS == 0 {
        if (*header).kind == Kind::Module {
            let callee = module_variable(cache.find(module_key(header)));
            if !callee.is_unbound() && (*header).rc > 1 {
                (*header).rc -= 1;
                callee.inc();
                *place = callee;
                *place.add(1) = Value::UNBOUND;
                go!(pc.add(1), regs, vm, k)
            }
        } else if let Some(entry) = cache.find(Key::kind((*header).kind))
            && entry.kind.get() == CacheKind::Method
        {
            let callee = entry.value.get();
            callee.inc();
            *place = callee;
            *place.add(1) = object;
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::load_method, pc, regs, vm, k)
} }

op! { SetAttr(pc, regs, vm, k) {
    let instr = *pc;
    let object = *regs.add(instr.b());
    if object.is_kind(Kind::Instance) && !instr.has(fl::B_TEMP) {
        let instance = object.header() as *const Instance;
        let cache = &*(*(*Frame::of(regs)).code).caches.add(instr.c());
        if let Some(entry) = cache.find(Key::shape((*instance).shape.get()))
            && entry.slot.get() < (*instance).header.aux
        {
            let value = *regs.add(instr.a());
            let slot = (*instance).inline_slots().add(entry.slot.get() as usize);
            if entry.kind.get() == CacheKind::Slot {
                if !instr.has(fl::A_TEMP) {
                    value.inc();
                }
                let old = *slot;
                *slot = value;
                drop_next!(pc, regs, vm, k, old)
            }
            if let Some(next) = entry.next_shape.get() && entry.kind.get() == CacheKind::AddSlot {
                if !instr.has(fl::A_TEMP) {
                    value.inc();
                }
                *slot = value;
                (*instance).shape.set(next);
                go!(pc.add(1), regs, vm, k)
            }
        }
    }
    go_slow!(slow::set_attr, pc, regs, vm, k)
} }

op!(DelAttr = slow slow::del_attr);
