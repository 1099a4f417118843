//! Signals that a running event loop answers to: SIGINT (the first one is for the program, the second one ends it) and
//! SIGQUIT (shows what the tasks do). The handlers only set a flag; the loop asks for it between two passes.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// SIGINT was received.
const INTERRUPT: u8 = 1;
/// SIGQUIT was received.
const SHOW: u8 = 2;

static RECEIVED: AtomicU8 = AtomicU8::new(0);

/// Exit status of a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// The thread that runs the loop, so that its waiting is what a signal interrupts.
static THREAD: AtomicU64 = AtomicU64::new(0);

/// Whether the signal has reached the loop's thread; else it is sent there.
fn is_here(signal: libc::c_int) -> bool {
    let wanted = THREAD.load(Ordering::SeqCst);
    // Safety: both may be called in a signal handler; the loop's thread lives while the handlers are in force.
    unsafe {
        if wanted == libc::pthread_self() as u64 {
            return true;
        }
        libc::pthread_kill(wanted as libc::pthread_t, signal);
    }
    false
}

extern "C" fn on_interrupt(signal: libc::c_int) {
    if !is_here(signal) {
        return;
    }
    if RECEIVED.fetch_or(INTERRUPT, Ordering::SeqCst) & INTERRUPT != 0 {
        // Nobody has answered to the first one.
        // Safety: `_exit` may be called in a signal handler.
        unsafe { libc::_exit(INTERRUPTED) }
    }
}

extern "C" fn on_show(signal: libc::c_int) {
    if !is_here(signal) {
        return;
    }
    RECEIVED.fetch_or(SHOW, Ordering::SeqCst);
}

/// The handlers are in force until this is dropped.
pub struct Watch {
    old: [(libc::c_int, libc::sigaction); 2],
}

impl Watch {
    /// Puts the handlers in force. System calls that wait are interrupted by them.
    pub fn begin() -> Watch {
        RECEIVED.store(0, Ordering::SeqCst);
        // Safety: has no conditions.
        THREAD.store(unsafe { libc::pthread_self() } as u64, Ordering::SeqCst);
        Watch { old: [install(libc::SIGINT, on_interrupt), install(libc::SIGQUIT, on_show)] }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for (signal, old) in &self.old {
            // Safety: puts back what `sigaction` gave for this signal.
            unsafe { libc::sigaction(*signal, old, std::ptr::null_mut()) };
        }
    }
}

fn install(signal: libc::c_int, handler: extern "C" fn(libc::c_int)) -> (libc::c_int, libc::sigaction) {
    // Safety: plain data, for which zeros are valid; the handler only touches an atomic or ends the process.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        let mut old: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = handler as *const () as usize;
        libc::sigemptyset(&mut new.sa_mask);
        libc::sigaction(signal, &new, &mut old);
        (signal, old)
    }
}

/// Whether SIGINT came since this was last asked.
pub fn take_interrupt() -> bool {
    RECEIVED.load(Ordering::Relaxed) != 0 && RECEIVED.fetch_and(!INTERRUPT, Ordering::SeqCst) & INTERRUPT != 0
}

/// Whether SIGQUIT came since this was last asked.
pub fn take_show() -> bool {
    RECEIVED.load(Ordering::Relaxed) != 0 && RECEIVED.fetch_and(!SHOW, Ordering::SeqCst) & SHOW != 0
}
