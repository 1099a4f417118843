//! Items, displays, iteration, and what has no fast path.

use crate::code::fl;
use crate::object::container::{List, Tuple};
use crate::object::heap::{Header, flag};
use crate::object::iter::{Iter as IterObj, IterState};
use crate::object::text::{Str, known_char};
use crate::object::{Kind, Ref, Value};
use crate::vm::slow;
use crate::{drop_next, go, go_slow, op, set_dst, tail};

/// The header word of an exact list: kind and no subclass flag.
#[inline(always)]
unsafe fn exact(value: Value, kind: Kind) -> bool {
    unsafe { value.is_ptr() && (*value.header()).kind == kind && (*value.header()).flags & flag::SUBCLASS == 0 }
}

/// The item of a list or tuple, stored; falls through if the index is out of range.
macro_rules! item_of {
    ($pc:ident, $regs:ident, $vm:ident, $k:ident, $instr:ident, $index:ident, $items:expr) => {{
        let items: &[Ref] = $items;
        let mut at = $index.as_small_int();
        if at < 0 {
            at += items.len() as i64;
        }
        if (at as u64) < items.len() as u64 {
            let value = items.get_unchecked(at as usize).value();
            value.inc();
            set_dst!($pc, $regs, $vm, $k, $instr, value)
        }
    }};
}

op! { GetItem(pc, regs, vm, k) {
    let instr = *pc;
    let object = *regs.add(instr.b());
    let index = *regs.add(instr.c());
    if !index.is_int() || instr.has(fl::B_TEMP) {
        go_slow!(slow::get_item, pc, regs, vm, k)
    }
    if exact(object, Kind::List) {
        item_of!(pc, regs, vm, k, instr, index, &(*(object.header() as *const List)).items);
        go_slow!(slow::get_item, pc, regs, vm, k)
    }
    return get_item_of_other(pc, regs, vm, k);
} }

// `GetItem` of anything but a list.
tail! { get_item_of_other(pc, regs, vm, k) {
    // See `op!`; the index is an int.
    let instr = *pc;
    let object = *regs.add(instr.b());
    let index = *regs.add(instr.c());
    if exact(object, Kind::Tuple) {
        item_of!(pc, regs, vm, k, instr, index, (*(object.header() as *const Tuple)).items());
    }
    if exact(object, Kind::Str) && (*object.header()).flags & flag::ASCII != 0 {
        let text = (*(object.header() as *const Str)).as_str().as_bytes();
        let mut at = index.as_small_int();
        if at < 0 {
            at += text.len() as i64;
        }
        if (at as u64) < text.len() as u64 {
            let value = known_char(*text.get_unchecked(at as usize));
            if !value.is_unbound() {
                value.inc();
                set_dst!(pc, regs, vm, k, instr, value)
            }
        }
    }
    go_slow!(slow::get_item, pc, regs, vm, k)
} }

op! { SetItem(pc, regs, vm, k) {
    let instr = *pc;
    let object = *regs.add(instr.a());
    let index = *regs.add(instr.b());
    if index.is_int() && !instr.has(fl::A_TEMP) && exact(object, Kind::List) {
        let items = &mut (*(object.header() as *mut List)).items;
        let mut at = index.as_small_int();
        if at < 0 {
            at += items.len() as i64;
        }
        if (at as u64) < items.len() as u64 {
            let value = *regs.add(instr.c());
            if !instr.has(fl::C_TEMP) {
                value.inc();
            }
            let slot = items.as_mut_ptr().add(at as usize) as *mut Value;
            let old = *slot;
            *slot = value;
            drop_next!(pc, regs, vm, k, old)
        }
    }
    go_slow!(slow::set_item, pc, regs, vm, k)
} }

op! { For(pc, regs, vm, k) {
    let instr = *pc;
    let iterator = *regs.add(instr.b());
    let header: *mut Header = iterator.header();
    let value = if (*header).kind == Kind::Iter {
        match &mut (*(header as *mut IterObj)).state {
            IterState::Range { next, step, left } => {
                if *left == 0 {
                    go!(pc.add(1), regs, vm, k)
                }
                *left -= 1;
                let value = Value::small_int(*next);
                *next += *step;
                value
            }
            IterState::List { list, at } => {
                let items = &(*(list.header() as *const List)).items;
                if *at >= items.len() {
                    go_slow!(slow::for_next, pc, regs, vm, k)
                }
                let value = items.get_unchecked(*at).value();
                *at += 1;
                value.inc();
                value
            }
            _ => go_slow!(slow::for_next, pc, regs, vm, k),
        }
    } else {
        if (*header).kind == Kind::Generator {
            return super::coroutine::for_generator(pc, regs, vm, k);
        }
        go_slow!(slow::for_next, pc, regs, vm, k)
    };
    let slot = regs.add(instr.a());
    let old = *slot;
    *slot = value;
    if instr.has(fl::DST_LOCAL) && old.is_ptr() {
        let header = old.header();
        (*header).rc -= 1;
        if (*header).rc == 0 {
            (*header).rc = 1;
            (*vm).passing = old;
            go_slow!(slow::drop_passing_for, pc, regs, vm, k)
        }
    }
    go!(pc.offset(instr.ic() as isize), regs, vm, k)
} }

op! { Unpack(pc, regs, vm, k) {
    let instr = *pc;
    let value = *regs.add(instr.b());
    // A tuple that dies here gives its items away only in the slow path; a shared one is copied from.
    if exact(value, Kind::Tuple) && !instr.has(fl::B_TEMP) {
        let items = (*(value.header() as *const Tuple)).items();
        let count = instr.c();
        if items.len() == count {
            for (i, item) in items.iter().enumerate() {
                let item = item.value();
                item.inc();
                *regs.add(instr.a() + count - 1 - i) = item;
            }
            go!(pc.add(1), regs, vm, k)
        }
    }
    go_slow!(slow::unpack, pc, regs, vm, k)
} }

op!(DelItem = slow slow::del_item);
op!(BuildSlice = slow slow::build_slice);
op!(BuildTuple = slow slow::build_tuple);
op!(BuildList = slow slow::build_list);
op!(BuildSet = slow slow::build_set);
op!(BuildDict = slow slow::build_dict);
op!(SetAdd = slow slow::set_add);
op!(DictSet = slow slow::dict_set);
op!(ListExtend = slow slow::list_extend);
op!(SetUpdate = slow slow::set_update);
op!(DictUpdate = slow slow::dict_update);
op!(DictMerge = slow slow::dict_merge);
op!(ListToTuple = slow slow::list_to_tuple);
op!(Iter = slow slow::iter);
op!(UnpackStar = slow slow::unpack_star);
op!(Format = slow slow::format);
op!(Join = slow slow::join);
op!(MakeFunction = slow slow::make_function);
op!(MakeClass = slow slow::make_class);
op!(Raise = slow slow::raise);
op!(Reraise = slow slow::reraise);
op!(RaiseAgain = slow slow::raise_again);
op!(Catch = slow slow::catch);
op!(EndCatch = slow slow::end_catch);
op!(IsStopAsync = slow slow::is_stop_async);
op!(CallExit = slow slow::call_exit);
op!(Intrinsic = slow slow::intrinsic);
