//! The allocator of what is not in the object slab, and how it is set up.

use coro::object::exhausted;
use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::ffi::{c_int, c_long};

#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

/// Mimalloc, since containers grow and shrink all the time, and all on one thread. Where memory runs out, the process ends
/// with a message.
struct Allocator;

#[inline(always)]
fn checked(memory: *mut u8, size: usize) -> *mut u8 {
    if memory.is_null() {
        exhausted::exit(size);
    }
    memory
}

// Safety: hands on what mimalloc gives, with the same layouts.
unsafe impl GlobalAlloc for Allocator {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        checked(unsafe { MiMalloc.alloc(layout) }, layout.size())
    }

    #[inline(always)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        checked(unsafe { MiMalloc.alloc_zeroed(layout) }, layout.size())
    }

    #[inline(always)]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { MiMalloc.dealloc(memory, layout) }
    }

    #[inline(always)]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        checked(unsafe { MiMalloc.realloc(memory, layout, size) }, size)
    }
}

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
