//! Suspension and resumption: the fast paths of `vm::resume`.

use crate::code::{Instr, Op, fl};
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::heap::flag;
use crate::object::{Kind, Value};
use crate::vm::{inlined, slow};
use crate::{go, go_cont, go_slow, op, set_dst, tail};

/// States of a head that need more than the fast path.
const NOT_PLAIN: u16 =
    frame_flag::RUNNING | frame_flag::DELEGATE | frame_flag::DONE | frame_flag::CLOSING | frame_flag::WATCHED;

/// A plain suspension whose destination can be overwritten without dropping anything.
#[inline(always)]
unsafe fn takes_quickly(instr: Instr, regs: *mut Value) -> bool {
    // Safety: `regs` are those of the suspended frame.
    instr.op() == Op::Yield as u8
        && instr.fl() & fl::EXTRA == 0
        && (!instr.has(fl::DST_LOCAL) || unsafe { !(*regs.add(instr.a())).is_ptr() })
}

/// Makes the chain of `head` the driven one and goes to its innermost frame, which gets `value`.
macro_rules! enter {
    ($pc:ident, $regs:ident, $vm:ident, $k:ident, $head:ident, $value:expr, $slow:path) => {{
        let frame = Frame::of($regs);
        let coro = Coro::of_frame($head);
        let leaf = (*coro).link;
        let at = (*leaf).pc;
        let start = (*leaf).flags & frame_flag::START != 0;
        let instr = *at;
        let plain = start || (takes_quickly(instr, Frame::regs(leaf)));
        // The chain keeps its length: as deep below its new resumer as it was below the last one.
        let below = u32::from((*leaf).depth.wrapping_sub((*$head).depth)) + u32::from((*frame).depth) + 1;
        if !plain || below > u32::from((*$vm).max_depth) {
            go_slow!($slow, $pc, $regs, $vm, $k)
        }
        (*coro).header.rc += 1;
        (*frame).pc = $pc;
        (*coro).link = (*$vm).head;
        (*$vm).head = $head;
        (*$head).prev = frame;
        (*$head).flags |= frame_flag::RUNNING;
        (*$head).depth = (*frame).depth + 1;
        (*leaf).depth = below as u16;
        let new = Frame::regs(leaf);
        let code = (*leaf).code;
        if start {
            (*leaf).flags &= !frame_flag::START;
            go!(at, new, $vm, (*code).consts)
        }
        *new.add(instr.a()) = $value;
        go!(at.add(1), new, $vm, (*code).consts)
    }};
}

// `For` over a generator: resumes it without any iterator protocol.
tail! { pub(super) for_generator(pc, regs, vm, k) {
    // R[b] is a generator; see `op!`.
    let head = Coro::frame_of(*regs.add((*pc).b()));
    if (*head).flags & NOT_PLAIN != 0 {
        go_slow!(slow::for_next, pc, regs, vm, k)
    }
    enter!(pc, regs, vm, k, head, Value::NONE, slow::for_next)
} }

// `generator.send(value)` as a method call.
tail! { pub(super) send_method(pc, regs, vm, k) {
    // The receiver is a generator; see `op!`.
    let instr = *pc;
    let generator = *regs.add(instr.b());
    let site = &*(*(*Frame::of(regs)).code).call_sites.add(instr.c());
    let head = Coro::frame_of(generator);
    let sendable = site.cache.name == (*vm).names.send && site.argc == 1 && site.names.is_empty();
    if !sendable || (*head).flags & (NOT_PLAIN | frame_flag::START) != 0 || (*generator.header()).rc == 1 {
        go_slow!(slow::call_method, pc, regs, vm, k)
    }
    let value = *regs.add(instr.b() + 1);
    // The receiver's temporary is consumed here: one reference less, and one more for the driving.
    let coro = Coro::of_frame(head);
    let leaf = (*coro).link;
    let at = *(*leaf).pc;
    if (*leaf).flags & frame_flag::START != 0 || !takes_quickly(at, Frame::regs(leaf)) {
        go_slow!(slow::call_method, pc, regs, vm, k)
    }
    let span = u32::from((*leaf).depth.wrapping_sub((*head).depth));
    if u32::from((*Frame::of(regs)).depth) + span + 1 > u32::from((*vm).max_depth) {
        go_slow!(slow::call_method, pc, regs, vm, k)
    }
    (*generator.header()).rc -= 1;
    enter!(pc, regs, vm, k, head, value, slow::call_method)
} }

// `next(generator)` by the built-in function.
tail! { pub(super) next_call(pc, regs, vm, k) {
    // The callee is the built-in `next`, the argument a generator; see `op!`.
    let base = (*pc).b();
    let generator = *regs.add(base);
    let head = Coro::frame_of(generator);
    if (*head).flags & NOT_PLAIN != 0 || (*generator.header()).rc == 1 {
        go_slow!(slow::call, pc, regs, vm, k)
    }
    let leaf = (*Coro::of_frame(head)).link;
    let start = (*leaf).flags & frame_flag::START != 0;
    let span = u32::from((*leaf).depth.wrapping_sub((*head).depth));
    let deep = u32::from((*Frame::of(regs)).depth) + span + 1 > u32::from((*vm).max_depth);
    if deep || !(start || takes_quickly(*(*leaf).pc, Frame::regs(leaf))) {
        go_slow!(slow::call, pc, regs, vm, k)
    }
    // Callee and argument are consumed here.
    (*(*regs.add(base - 1)).header()).rc -= 1;
    (*generator.header()).rc -= 1;
    enter!(pc, regs, vm, k, head, Value::NONE, slow::call)
} }

op! { Yield(pc, regs, vm, k) {
    let instr = *pc;
    let frame = Frame::of(regs);
    let head = (*vm).head;
    let coro = Coro::of_frame(head);
    if instr.has(fl::EXTRA)
        || ((*frame).flags | (*head).flags) & (frame_flag::CLOSING | frame_flag::WATCHED) != 0
        || (*coro).header.rc == 1
    {
        go_slow!(slow::suspend, pc, regs, vm, k)
    }
    let value = *regs.add(instr.b());
    if !instr.has(fl::B_TEMP) {
        value.inc();
    }
    (*frame).pc = pc;
    (*vm).head = (*coro).link;
    (*coro).link = frame;
    (*coro).header.rc -= 1;
    (*head).flags &= !frame_flag::RUNNING;
    let resumer = (*head).prev;
    let at = (*resumer).pc;
    let waiting = *at;
    let new = Frame::regs(resumer);
    let code = (*resumer).code;
    if waiting.op() == Op::For as u8 {
        let slot = new.add(waiting.a());
        let old = *slot;
        *slot = value;
        if waiting.has(fl::DST_LOCAL) && old.is_ptr() {
            let header = old.header();
            if (*header).rc == 1 {
                (*vm).passing = old;
                return drop_for(at, new, vm, k);
            }
            (*header).rc -= 1;
        }
        go!(at.offset(waiting.ic() as isize), new, vm, (*code).consts)
    }
    if waiting.fl() & (fl::DST_LOCAL | fl::COMPLEX) != 0
        || waiting.op() >= Op::YieldFrom as u8
        || (*resumer).flags & frame_flag::BOUNDARY != 0
    {
        (*vm).passing = value;
        return yield_slow(pc, new, vm, k);
    }
    *new.add(waiting.a()) = value;
    go!(at.add(1), new, vm, (*code).consts)
} }

// The loop variable's old value is dropped, then the loop goes on.
tail! { drop_for(pc, regs, vm, _k) {
    // `pc` is the `For` of the frame of `regs`.
    go_cont!(slow::drop_passing_for(&mut *vm, pc, regs), vm)
} }

tail! { yield_slow(_pc, regs, vm, _k) {
    // `regs` are those of the frame that resumed the head.
    go_cont!(slow::yield_passing(&mut *vm, regs), vm)
} }

op! { GetAwaitable(pc, regs, vm, k) {
    let instr = *pc;
    let object = *regs.add(instr.b());
    if object.is_kind(Kind::Coroutine)
        && instr.has(fl::B_TEMP)
        && (*Coro::frame_of(object)).flags & frame_flag::START != 0
    {
        set_dst!(pc, regs, vm, k, instr, object)
    }
    go_slow!(slow::get_awaitable, pc, regs, vm, k)
} }

op! { GetYieldFrom(pc, regs, vm, k) {
    let instr = *pc;
    let object = *regs.add(instr.b());
    if object.is_kind(Kind::Generator) && instr.has(fl::B_TEMP) {
        set_dst!(pc, regs, vm, k, instr, object)
    }
    go_slow!(slow::get_yield_from, pc, regs, vm, k)
} }

op! { YieldFrom(pc, regs, vm, k) {
    let instr = *pc;
    let delegate = *regs.add(instr.b());
    let frame = Frame::of(regs);
    if (delegate.is_kind(Kind::Generator) || delegate.is_kind(Kind::Coroutine)) && !instr.has(fl::EXTRA) {
        let child = Coro::frame_of(delegate);
        if (*child).flags & NOT_PLAIN == 0
            && (*child).flags & frame_flag::START != 0
            && (*frame).flags & frame_flag::COROUTINE != 0
            && (*frame).depth < (*vm).max_depth
        {
            (*frame).pc = pc;
            (*child).prev = frame;
            (*child).flags = ((*child).flags | frame_flag::DELEGATE | frame_flag::AWAITED) & !frame_flag::START;
            (*child).depth = (*frame).depth + 1;
            let code = (*child).code;
            go!((*child).pc, Frame::regs(child), vm, (*code).consts)
        }
    }
    go_slow!(slow::suspend, pc, regs, vm, k)
} }

op! { Await(pc, regs, vm, k) {
    if (*regs.add((*pc).b())).is_kind(Kind::AsyncGenerator) {
        return super::async_gen::resume_async(pc, regs, vm, k);
    }
    return YieldFrom(pc, regs, vm, k);
} }

// The coroutine in `vm.passing` has run to its end and nobody refers to it but its delegator, which lets it go.
tail! { free_finished(pc, regs, vm, k) {
    // See `op!`; the registers of the coroutine are dropped.
    let coro = (*vm).passing.header() as *mut Coro;
    if (*coro).header.flags != flag::FINALISED {
        (*coro).header.rc -= 1;
        return super::release_next(pc, regs, vm, k);
    }
    slow::free_coroutine(coro);
    go!(pc.add(1), regs, vm, k)
} }

// `ReturnGen` of a coroutine that runs on the stack.
tail! { return_inlined(pc, regs, vm, k) {
    // See `op!`; the frame is an inlined one.
    let instr = *pc;
    let value = *regs.add(instr.a());
    if !instr.has(fl::A_TEMP) {
        *regs.add(instr.a()) = Value::UNBOUND;
    }
    let frame = Frame::of(regs);
    let count = (*(*frame).code).locals as usize;
    if !crate::drop_locals!(regs, count) {
        (*vm).passing = value;
        go_slow!(slow::return_inlined, pc, regs, vm, k)
    }
    let delegator = (*frame).prev;
    (*vm).sp = frame as *mut u8;
    let at = (*delegator).pc;
    let waiting = *at;
    let new = Frame::regs(delegator);
    let consts = (*(*delegator).code).consts;
    set_dst!(at, new, vm, consts, waiting, value)
} }

op! { ReturnGen(pc, regs, vm, k) {
    let instr = *pc;
    let frame = Frame::of(regs);
    let coro = Coro::of_frame(frame);
    let flags = (*frame).flags;
    if inlined::is_inlined(frame) {
        return return_inlined(pc, regs, vm, k);
    }
    let awkward = frame_flag::CLOSING | frame_flag::AG_CLOSING | frame_flag::WATCHED | frame_flag::THROWN;
    let delegate = flags & frame_flag::DELEGATE != 0;
    let last = !delegate && (*coro).header.rc == 1;
    if flags & awkward != 0 || last || (*coro).header.kind == Kind::AsyncGenerator {
        go_slow!(slow::return_gen, pc, regs, vm, k)
    }
    let waiter = (*frame).prev;
    let at = (*waiter).pc;
    let waiting = *at;
    let value = *regs.add(instr.a());
    // A `for` drops the result; a delegator stores it. Everything else has StopIteration to raise.
    let plain = if delegate {
        !waiting.has(fl::DST_LOCAL)
    } else {
        waiting.op() == Op::For as u8 && !value.is_ptr() && (*waiter).flags & frame_flag::BOUNDARY == 0
    };
    if !plain {
        go_slow!(slow::return_gen, pc, regs, vm, k)
    }
    if !instr.has(fl::A_TEMP) {
        *regs.add(instr.a()) = Value::UNBOUND;
    }
    let count = (*(*frame).code).locals as usize;
    if !crate::drop_locals!(regs, count) {
        (*vm).passing = value;
        go_slow!(slow::return_gen_passing, pc, regs, vm, k)
    }
    (*frame).flags = (flags & !(frame_flag::RUNNING | frame_flag::DELEGATE)) | frame_flag::DONE;
    (*coro).header.flags |= flag::FINALISED;
    (*frame).prev = std::ptr::null_mut();
    let new = Frame::regs(waiter);
    let code = (*waiter).code;
    if !delegate {
        (*vm).head = (*coro).link;
        (*coro).link = frame;
        (*coro).header.rc -= 1;
        go!(at.add(1), new, vm, (*code).consts)
    }
    (*coro).link = frame;
    (*waiter).depth = (*frame).depth.saturating_sub(1);
    *new.add(waiting.a()) = value;
    let slot = new.add(waiting.b());
    let child = *slot;
    *slot = Value::UNBOUND;
    if child.is_ptr() {
        let header = child.header();
        if (*header).rc == 1 {
            (*vm).passing = child;
            return free_finished(at, new, vm, (*code).consts);
        }
        (*header).rc -= 1;
    }
    go!(at.add(1), new, vm, (*code).consts)
} }
