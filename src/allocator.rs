//! The allocator of what is not in the object slab, and how it is set up.

use std::ffi::{c_int, c_long};

/// Containers grow and shrink all the time, and all on one thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

unsafe extern "C" {
    fn mi_option_set(option: c_int, value: c_long);
}

/// `mi_option_purge_delay` of mimalloc 3.
const PURGE_DELAY: c_int = 15;
/// Milliseconds after which memory that is no longer used goes back to the system. Mimalloc waits for a second by default,
/// so that a program that fills one list after the other would keep the memory of all.
const DELAY: c_long = 10;

/// To be called before any other thread is started.
pub fn set_up() {
    // Safety: a function of the library that the allocator above is from; no other thread runs.
    unsafe { mi_option_set(PURGE_DELAY, DELAY) }
}
