//! Async generators, where nothing unusual happens: an item awaited by `async for` comes without a step object, and the
//! generator goes on in the chain of whoever awaits it.

use crate::code::{Op, fl};
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::{Kind, Value};
use crate::vm::slow;
use crate::{go, go_slow, op, set_dst, tail};

/// What an async generator that may be resumed quickly is not.
const NOT_WAITING: u16 = frame_flag::START
    | frame_flag::RUNNING
    | frame_flag::DELEGATE
    | frame_flag::DONE
    | frame_flag::CLOSING
    | frame_flag::WATCHED
    | frame_flag::THROWN
    | frame_flag::AG_RUNNING
    | frame_flag::AG_CLOSING
    | frame_flag::AG_CLOSED;

op! { GetANext(pc, regs, vm, k) {
    let instr = *pc;
    let object = *regs.add(instr.b());
    if object.is_kind(Kind::AsyncGenerator) {
        object.inc();
        set_dst!(pc, regs, vm, k, instr, object)
    }
    go_slow!(slow::get_anext, pc, regs, vm, k)
} }

// `Await` of an async generator's next item: it goes on behind its `AsyncYield`.
tail! { pub(super) resume_async(pc, regs, vm, k) {
    // R[b] is an async generator; see `op!`.
    let instr = *pc;
    let frame = Frame::of(regs);
    let child = Coro::frame_of(*regs.add(instr.b()));
    let at = (*child).pc;
    let waiting = *at;
    let new = Frame::regs(child);
    let quick = (*child).flags & NOT_WAITING == 0
        && (*Coro::of_frame(child)).link == child
        && (*(*vm).head).flags & frame_flag::WATCHED == 0
        && (*frame).flags & frame_flag::COROUTINE != 0
        && (*frame).depth < (*vm).max_depth
        && (instr.fl() | waiting.fl()) & fl::EXTRA == 0
        && waiting.op() == Op::AsyncYield as u8
        && !(waiting.has(fl::DST_LOCAL) && (*new.add(waiting.a())).is_ptr());
    if !quick {
        go_slow!(slow::suspend, pc, regs, vm, k)
    }
    (*frame).pc = pc;
    (*child).prev = frame;
    (*child).flags |= frame_flag::DELEGATE | frame_flag::AWAITED;
    (*child).depth = (*frame).depth + 1;
    *new.add(waiting.a()) = Value::NONE;
    let code = (*child).code;
    go!(at.add(1), new, vm, (*code).consts)
} }

op! { AsyncYield(pc, regs, vm, k) {
    const AWKWARD: u16 =
        frame_flag::CLOSING | frame_flag::AG_CLOSING | frame_flag::THROWN | frame_flag::WATCHED | frame_flag::DELEGATE;
    let instr = *pc;
    let frame = Frame::of(regs);
    if instr.has(fl::EXTRA) || (*frame).flags & AWKWARD != frame_flag::DELEGATE {
        go_slow!(slow::suspend, pc, regs, vm, k)
    }
    let delegator = (*frame).prev;
    let at = (*delegator).pc;
    let waiting = *at;
    let new = Frame::regs(delegator);
    let slot = new.add(waiting.b());
    let awaited = *slot;
    if waiting.op() != Op::Await as u8
        || waiting.has(fl::DST_LOCAL)
        || !awaited.is_kind(Kind::AsyncGenerator)
        || (*awaited.header()).rc == 1
    {
        go_slow!(slow::suspend, pc, regs, vm, k)
    }
    let value = *regs.add(instr.b());
    if !instr.has(fl::B_TEMP) {
        value.inc();
    }
    (*frame).pc = pc;
    (*frame).flags &= !frame_flag::DELEGATE;
    (*frame).prev = std::ptr::null_mut();
    (*Coro::of_frame(frame)).link = frame;
    (*delegator).depth = (*frame).depth.saturating_sub(1);
    (*awaited.header()).rc -= 1;
    *slot = Value::UNBOUND;
    *new.add(waiting.a()) = value;
    let code = (*delegator).code;
    go!(at.add(1), new, vm, (*code).consts)
} }
