//! Answering signals. While dispatch is poisoned every instruction is looked at before it runs, until one is reached where
//! an exception may be raised: there the machine answers. So a program that computes without end can be interrupted, and
//! an instruction costs nothing for it.
//!
//! SIGINT raises KeyboardInterrupt, or is what the running event loop makes of it; SIGQUIT shows what the tasks of a running
//! loop do; others are the program's own.

use super::dispatch::Cont;
use super::{Vm, handlers, interrupt};
use crate::code::{Instr, Op, fl};
use crate::event_loop::Until;
use crate::event_loop::clock::Nanos;
use crate::event_loop::ready::{Entry, What};
use crate::event_loop::state::EventLoop;
use crate::object::call::{Args, Outcome};
use crate::object::future::Handle;
use crate::object::{Ref, Value};

/// Whether an exception may be raised before the instruction, and which temporaries it would have consumed.
fn is_safe_point(instr: Instr) -> bool {
    let op = instr.op();
    op == Op::For as u8 || is_jump(op)
}

/// Fused comparisons, tests of one register, and the plain jump.
fn is_jump(op: u8) -> bool {
    op >= Op::JEq as u8 && op <= Op::Jump as u8
}

/// What every instruction does while dispatch is poisoned.
pub(super) unsafe extern "C-unwind" fn examine(
    pc: *const Instr,
    regs: *mut Value,
    vm: *mut Vm,
    k: *const Value,
) -> *const Instr {
    // Safety: called by dispatch, as any handler is.
    unsafe {
        if is_safe_point(*pc) {
            return answer(pc, regs, vm, k);
        }
        handlers::original((*pc).op())(pc, regs, vm, k)
    }
}

#[inline(never)]
unsafe extern "C-unwind" fn answer(pc: *const Instr, regs: *mut Value, vm: *mut Vm, _k: *const Value) -> *const Instr {
    // Safety: called by `examine` with its own arguments.
    unsafe { crate::go_cont!(answer_at(&mut *vm, pc, regs), vm) }
}

/// Answers, and goes on with the instruction or to the handler of what was raised.
unsafe fn answer_at(vm: &mut Vm, pc: *const Instr, regs: *mut Value) -> Cont {
    unsafe {
        let frame = super::slow::save(vm, pc, regs);
        match vm.answer_signals() {
            Ok(()) => Cont::at(pc, frame),
            Err(_) => {
                drop_operands(*pc, regs);
                vm.unwind(frame)
            }
        }
    }
}

/// The temporaries that the instruction would have consumed are dropped.
unsafe fn drop_operands(instr: Instr, regs: *mut Value) {
    let op = instr.op();
    // Safety: operands of an instruction of the running frame.
    unsafe {
        if op >= Op::JEq as u8 && op <= Op::JIsNot as u8 {
            if instr.has(fl::B_TEMP) {
                drop(Ref::from_owned(*regs.add(instr.b())));
            }
            if instr.has(fl::C_TEMP) {
                drop(Ref::from_owned(*regs.add(instr.c())));
            }
        } else if op != Op::Jump as u8 && is_jump(op) && instr.has(fl::A_TEMP) {
            drop(Ref::from_owned(*regs.add(instr.a())));
        }
    }
}

/// What the machine keeps of signals.
#[derive(Default)]
pub struct Signals {
    /// What the program wants called: functions of `signal.signal`, handles of event loops.
    handlers: Vec<(i32, Ref)>,
}

impl Signals {
    /// Sets what answers a signal; gives what did before.
    pub fn set(&mut self, signal: i32, handler: Option<Ref>) -> Option<Ref> {
        let at = self.handlers.iter().position(|(s, _)| *s == signal);
        match (at, handler) {
            (Some(at), Some(handler)) => Some(std::mem::replace(&mut self.handlers[at].1, handler)),
            (Some(at), None) => Some(self.handlers.swap_remove(at).1),
            (None, Some(handler)) => {
                self.handlers.push((signal, handler));
                None
            }
            (None, None) => None,
        }
    }

    /// The program waits for no signal.
    pub fn is_empty(&self) -> bool {
        self.handlers.is_empty()
    }

    pub fn get(&self, signal: i32) -> Option<Ref> {
        self.handlers.iter().find(|(s, _)| *s == signal).map(|(_, handler)| handler.clone())
    }
}

impl Vm {
    /// Answers the signals that came.
    ///
    /// # Errors
    /// KeyboardInterrupt, or what a function of the program raises.
    #[cold]
    pub fn answer_signals(&mut self) -> Outcome<()> {
        let mut received = interrupt::take();
        while received != 0 {
            let signal = received.trailing_zeros() as i32;
            received &= received - 1;
            if let Err(stop) = self.answer_signal(signal) {
                interrupt::put_back(received);
                return Err(stop);
            }
        }
        Ok(())
    }

    fn answer_signal(&mut self, signal: i32) -> Outcome<()> {
        if let Some(handler) = self.signals.get(signal) {
            return self.answer_by_program(signal, handler);
        }
        match signal {
            libc::SIGINT => match (self.sched.interrupted, self.sched.running.is_none()) {
                (Some(interrupted), false) => interrupted(self.machine(), Args::positional(&[])).map(drop),
                _ => {
                    let class = self.types.exc.keyboard_interrupt;
                    Err(self.raise_bare(class))
                }
            },
            libc::SIGQUIT => match self.sched.show_tasks {
                Some(show) => show(self.machine(), Args::positional(&[])).map(drop),
                None => Ok(()),
            },
            libc::SIGVTALRM => {
                self.held_up(None);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn answer_by_program(&mut self, signal: i32, handler: Ref) -> Outcome<()> {
        if let Some(handle) = handler.get::<Handle>() {
            let event_loop = handle.event_loop.clone();
            if let Some(data) = event_loop.opaque::<EventLoop>() {
                data.ready.push(Entry::new(What::Handle, handler, Ref::NONE));
            }
            return Ok(());
        }
        self.call_values(*handler, &[Value::small_int(i64::from(signal)), Value::NONE]).map(drop)
    }
}

impl Vm {
    /// The code that runs has held up the loop: a call that blocked for so long, or a computation (None). A job of an
    /// executor does so where a native stands between it and the call.
    pub fn held_up(&mut self, blocked: Option<Nanos>) {
        let in_job = blocked.is_some() && !self.sched.job.is_none();
        if let Some(report) = self.sched.held_up
            && (in_job || !self.sched.running.is_none())
        {
            report(self.machine(), blocked);
        }
    }

    /// Lets time pass as `time.sleep` does: signals are answered meanwhile.
    ///
    /// # Errors
    /// What answering a signal raises.
    pub fn sleep(&mut self, duration: Nanos) -> Outcome<()> {
        let end = self.sched.clock.now().saturating_add(duration);
        self.block(Until::Time(end))?;
        let mut left = duration;
        loop {
            self.let_pass(left);
            if interrupt::is_pending() {
                self.answer_signals()?;
            }
            left = end.saturating_sub(self.sched.clock.now());
            if left == 0 {
                break;
            }
        }
        self.held_up(Some(duration));
        Ok(())
    }

    /// The native that runs is about to block: a job of an executor is suspended instead, or another greenlet runs, and the
    /// native gets its result later.
    ///
    /// # Errors
    /// The signal to return, if so.
    pub fn block(&mut self, until: Until) -> Outcome<()> {
        match self.sched.suspend_job {
            Some(suspend) if self.can_suspend() && !self.sched.job.is_none() => Err(suspend(self.machine(), until)?),
            _ => match self.sched.suspend_greenlet {
                Some(suspend) if self.sched.job.is_none() => suspend(self.machine(), until).map_or(Ok(()), Err),
                _ => Ok(()),
            },
        }
    }

    /// Lets so much time pass, or less if a signal comes.
    pub fn let_pass(&mut self, duration: Nanos) {
        if self.sched.clock.is_virtual() {
            self.sched.clock.pass(duration);
        } else {
            interrupt::wait(duration);
        }
    }
}
