//! The machine's stack for plain frames: one region, reserved once and committed by use.

use std::alloc::{Layout, alloc, dealloc};

/// Bytes reserved. At most 65,535 frames fit the depth counter; untouched pages cost nothing.
const SIZE: usize = 64 << 20;

/// Owns the region.
pub struct Stack {
    base: *mut u8,
    size: usize,
}

impl Stack {
    pub fn new() -> Stack {
        Stack::sized(SIZE)
    }

    /// `size` bytes; not zero, and far below what fits the address space.
    pub fn sized(size: usize) -> Stack {
        // Safety: a valid, non-zero layout.
        let base = unsafe { alloc(Stack::layout(size)) };
        if base.is_null() {
            crate::object::exhausted::exit(size);
        }
        Stack { base, size }
    }

    const fn layout(size: usize) -> Layout {
        // Safety: the alignment is a power of two and the size does not overflow.
        unsafe { Layout::from_size_align_unchecked(size, 16) }
    }

    pub fn start(&self) -> *mut u8 {
        self.base
    }

    pub fn end(&self) -> *mut u8 {
        self.base.wrapping_add(self.size)
    }
}

impl Default for Stack {
    fn default() -> Stack {
        Stack::new()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // Safety: allocated in `sized` with the same layout.
        unsafe { dealloc(self.base, Stack::layout(self.size)) }
    }
}
