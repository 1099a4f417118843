//! The end of memory: what was printed is written out, a last word said, and the process ends. Nothing here allocates.
//!
//! Sizes that a program asks for in one go are refused with a `MemoryError` where they are absurd
//! ([`super::algo::fault`]); this is for memory that ran out little by little, or under a limit of the system.

use std::cell::Cell;

/// Exit status, as of an uncaught `MemoryError`.
const STATUS: i32 = 1;

thread_local! {
    /// Where the bytes lie that were printed and not yet written.
    static UNWRITTEN: Cell<(*const u8, usize)> = const { Cell::new((std::ptr::null(), 0)) };
}

/// Notes what would be lost. The buffer must not move or change before the next note, but for growing.
#[inline]
pub fn unwritten(buffer: &[u8]) {
    UNWRITTEN.set((buffer.as_ptr(), buffer.len()));
}

/// Ends the process because an allocation of `size` bytes failed.
#[cold]
pub fn exit(size: usize) -> ! {
    let (start, length) = UNWRITTEN.get();
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = size;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    // Safety: the buffer that was noted is alive until the next note; `write` and `_exit` have no other conditions.
    unsafe {
        write(1, std::slice::from_raw_parts(if length == 0 { digits.as_ptr() } else { start }, length));
        write(2, b"coro: out of memory (");
        write(2, &digits[at..]);
        write(2, b" bytes asked for)\nMemoryError\n");
        libc::_exit(STATUS)
    }
}

unsafe fn write(descriptor: i32, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        // Safety: the bytes are alive.
        let written = unsafe { libc::write(descriptor, rest.as_ptr().cast(), rest.len()) };
        // What cannot be written is lost.
        let Some(left) = usize::try_from(written).ok().filter(|&n| n > 0).and_then(|n| rest.get(n..)) else { return };
        rest = left;
    }
}
