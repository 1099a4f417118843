//! Signals, as the system delivers them. A handler only notes what came, wakes whoever waits, and *poisons* dispatch, so
//! that the machine answers at the next instruction where it may (`signals`).
//!
//! A second SIGINT that comes before the first was answered ends the process. SIGVTALRM comes while a loop runs for so much
//! processor time used: it finds steps that hold up others.

use super::handlers;
use crate::event_loop::clock::Nanos;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

/// Signals that came and were not answered: bit `n` is signal `n`.
static RECEIVED: AtomicU64 = AtomicU64::new(0);
/// The thread that runs the program, so that its waiting is what a signal interrupts.
static THREAD: AtomicU64 = AtomicU64::new(0);
/// A descriptor to be written to, or -1: see [`wake_source`].
static WAKER: AtomicI32 = AtomicI32::new(-1);
/// A second SIGINT ends the process.
static IMPATIENT: AtomicBool = AtomicBool::new(true);
/// Steps made by event loops. Written by their thread only.
static STEPS: AtomicU32 = AtomicU32::new(0);
/// The step that the last ticks found under way, and how many did.
static WATCHED_STEP: AtomicU32 = AtomicU32::new(0);
static TICKS: AtomicU32 = AtomicU32::new(0);

/// Exit status of a program that was interrupted.
const INTERRUPTED: i32 = 130;
/// Ticks in one step that make it a slow one. The first may come at any time after its beginning.
const SLOW_TICKS: u32 = 3;

/// Whether the signal has reached the program's thread; else it is sent there.
fn is_here(signal: libc::c_int) -> bool {
    let wanted = THREAD.load(Ordering::SeqCst);
    // Safety: both may be called in a signal handler; the program's thread outlives the handlers.
    unsafe {
        if wanted == libc::pthread_self() as u64 {
            return true;
        }
        libc::pthread_kill(wanted as libc::pthread_t, signal);
    }
    false
}

extern "C" fn on_signal(signal: libc::c_int) {
    if !is_here(signal) {
        return;
    }
    let bit = 1 << signal;
    let again = RECEIVED.fetch_or(bit, Ordering::SeqCst) & bit != 0;
    if again && signal == libc::SIGINT && IMPATIENT.load(Ordering::SeqCst) {
        // Nobody has answered to the first one.
        // Safety: `_exit` may be called in a signal handler.
        unsafe { libc::_exit(INTERRUPTED) }
    }
    handlers::poison();
    let waker = WAKER.load(Ordering::SeqCst);
    if waker >= 0 {
        // Safety: `write` may be called in a signal handler; the descriptor stays open. `errno` is put back.
        unsafe {
            let errno = *errno();
            libc::write(waker, [0u8].as_ptr().cast(), 1);
            *self::errno() = errno;
        }
    }
}

#[cfg(target_os = "linux")]
unsafe fn errno() -> *mut libc::c_int {
    // Safety: has no conditions.
    unsafe { libc::__errno_location() }
}

#[cfg(not(target_os = "linux"))]
unsafe fn errno() -> *mut libc::c_int {
    // Safety: has no conditions.
    unsafe { libc::__error() }
}

/// So much processor time has passed: is it the same step as before?
extern "C" fn on_tick(_: libc::c_int) {
    let step = STEPS.load(Ordering::Relaxed);
    if WATCHED_STEP.swap(step, Ordering::Relaxed) != step {
        TICKS.store(1, Ordering::Relaxed);
        return;
    }
    if TICKS.fetch_add(1, Ordering::Relaxed) + 1 == SLOW_TICKS {
        RECEIVED.fetch_or(1 << libc::SIGVTALRM, Ordering::SeqCst);
        handlers::poison();
    }
}

fn install(signal: libc::c_int, handler: usize, flags: libc::c_int) -> libc::sigaction {
    // Safety: plain data, for which zeros are valid; the handlers only touch atomics and the table of handlers.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        let mut old: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = handler;
        new.sa_flags = flags;
        libc::sigemptyset(&mut new.sa_mask);
        libc::sigaction(signal, &new, &mut old);
        old
    }
}

/// From now on SIGINT is KeyboardInterrupt in this thread's program, unless it was ignored before.
pub fn begin() {
    if cfg!(miri) {
        // Miri knows no signals.
        return;
    }
    // Safety: has no conditions.
    THREAD.store(unsafe { libc::pthread_self() } as u64, Ordering::SeqCst);
    let old = install(libc::SIGINT, on_signal as *const () as usize, 0);
    if old.sa_sigaction == libc::SIG_IGN {
        install(libc::SIGINT, libc::SIG_IGN, 0);
    }
}

/// What becomes of a signal that the program decides on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Disposition {
    Default,
    Ignore,
    /// It is noted, and answered by the machine.
    Answer,
}

/// Sets what becomes of a signal.
///
/// # Errors
/// The system's: no such signal, or one that cannot be caught.
pub fn dispose(signal: i32, disposition: Disposition) -> std::io::Result<()> {
    let handler = match disposition {
        Disposition::Default if signal == libc::SIGINT => on_signal as *const () as usize,
        Disposition::Default => libc::SIG_DFL,
        Disposition::Ignore => libc::SIG_IGN,
        Disposition::Answer => on_signal as *const () as usize,
    };
    if !(1..64).contains(&signal) || [libc::SIGKILL, libc::SIGSTOP].contains(&signal) {
        return Err(std::io::Error::from_raw_os_error(libc::EINVAL));
    }
    if signal == libc::SIGINT {
        IMPATIENT.store(disposition != Disposition::Answer, Ordering::SeqCst);
    }
    install(signal, handler, 0);
    Ok(())
}

/// Sends a signal to this thread.
///
/// # Errors
/// The system's: no such signal.
pub fn send(signal: i32) -> std::io::Result<()> {
    // Safety: has no conditions.
    match unsafe { libc::pthread_kill(libc::pthread_self(), signal) } {
        0 => Ok(()),
        error => Err(std::io::Error::from_raw_os_error(error)),
    }
}

/// While it lives, SIGQUIT shows the tasks, and steps that take long are found.
pub struct Watch {
    quit: libc::sigaction,
    ticking: bool,
}

impl Watch {
    /// `slow`: processor time that makes a step a slow one; None: they are not looked for.
    pub fn begin(slow: Option<Nanos>) -> Watch {
        let quit = install(libc::SIGQUIT, on_signal as *const () as usize, 0);
        if let Some(slow) = slow {
            install(libc::SIGVTALRM, on_tick as *const () as usize, libc::SA_RESTART);
            tick((slow / u64::from(SLOW_TICKS - 1)).max(1_000_000));
        }
        Watch { quit, ticking: slow.is_some() }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.ticking {
            tick(0);
        }
        // Safety: puts back what `sigaction` gave for this signal.
        unsafe { libc::sigaction(libc::SIGQUIT, &self.quit, std::ptr::null_mut()) };
    }
}

/// Has SIGVTALRM sent each time that so much processor time was used; 0: no more.
fn tick(period: Nanos) {
    let period = libc::timeval {
        tv_sec: (period / 1_000_000_000) as libc::time_t,
        tv_usec: (period % 1_000_000_000 / 1000) as libc::suseconds_t,
    };
    let timer = libc::itimerval { it_interval: period, it_value: period };
    // Safety: a valid timer; the old one is not asked for. ITIMER_VIRTUAL only runs while the program computes: it wakes
    // nobody who waits.
    unsafe { libc::setitimer(libc::ITIMER_VIRTUAL, &timer, std::ptr::null_mut()) };
}

/// A loop begins a step.
#[inline(always)]
pub fn step_begins() {
    // Not `fetch_add`: only this thread writes it.
    STEPS.store(STEPS.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// Whether a signal waits for an answer.
#[inline(always)]
pub fn is_pending() -> bool {
    RECEIVED.load(Ordering::Relaxed) != 0
}

thread_local! {
    /// The end of the pair that is read.
    static SOURCE: std::cell::RefCell<Option<UnixStream>> = const { std::cell::RefCell::new(None) };
}

/// A descriptor that gets readable when a signal comes: whoever waits for anything else waits for it too, so that a signal
/// that comes just before is not lost. Made when first asked for.
///
/// # Errors
/// The system's, when there are no more descriptors.
pub fn wake_source() -> std::io::Result<RawFd> {
    SOURCE.with_borrow_mut(|source| {
        if let Some(source) = source {
            return Ok(source.as_raw_fd());
        }
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        writer.set_nonblocking(true)?;
        let fd = reader.as_raw_fd();
        *source = Some(reader);
        // It stays open: a signal may come at any time.
        WAKER.store(std::os::fd::IntoRawFd::into_raw_fd(writer), Ordering::SeqCst);
        if is_pending() {
            wake();
        }
        Ok(fd)
    })
}

/// Makes the wake source readable.
fn wake() {
    let waker = WAKER.load(Ordering::SeqCst);
    if waker >= 0 {
        // Safety: the descriptor stays open, and belongs to nobody else.
        let mut writer =
            std::mem::ManuallyDrop::new(unsafe { <UnixStream as std::os::fd::FromRawFd>::from_raw_fd(waker) });
        let _ = writer.write(&[0]);
    }
}

/// What was written to the wake source is used up.
fn drain() {
    SOURCE.with_borrow_mut(|source| {
        if let Some(source) = source {
            let mut bytes = [0; 64];
            while source.read(&mut bytes).is_ok_and(|n| n == bytes.len()) {}
        }
    });
}

/// Lets so much time pass, or less if a signal comes.
pub fn wait(duration: Nanos) {
    let fd = wake_source().unwrap_or(-1);
    let mut entry = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    const LONGEST: Nanos = 86_400_000_000_000;
    let duration = duration.min(LONGEST);
    // Milliseconds first, as `poll` counts; the rest with the precision of `nanosleep`.
    let millis = (duration / 1_000_000) as libc::c_int;
    if millis > 0 {
        // Safety: one valid entry; negative descriptors are skipped.
        let found = unsafe { libc::poll(&mut entry, 1, millis) };
        if found != 0 {
            return;
        }
    }
    let rest = libc::timespec { tv_sec: 0, tv_nsec: (duration % 1_000_000) as _ };
    if rest.tv_nsec > 0 {
        // Safety: a valid duration.
        unsafe { libc::nanosleep(&rest, std::ptr::null_mut()) };
    }
}

/// Takes the signals that came: bit `n` is signal `n`.
pub(super) fn take() -> u64 {
    // In this order: what comes in between poisons again.
    handlers::heal();
    let received = RECEIVED.swap(0, Ordering::SeqCst);
    drain();
    received
}

/// Signals that were taken and are to be answered later.
pub(super) fn put_back(signals: u64) {
    if signals != 0 {
        RECEIVED.fetch_or(signals, Ordering::SeqCst);
        handlers::poison();
        wake();
    }
}
