//! The object heap: header, size-class slab, release at the last reference.
//!
//! Small objects come from 16 KiB pages of one size class each, so that an address gives its page and a page can be
//! enumerated; larger ones come from the global allocator and are listed. Containers and leaves (what refers to nothing)
//! have pages of their own: the collector never looks at the latter. Release is depth-first like CPython's, with deferral
//! past a fixed depth, so that no chain of objects can exhaust the native stack.

use super::kinds::OPS;
use std::alloc::{GlobalAlloc, Layout, System, alloc, dealloc};
use std::cell::{Cell, UnsafeCell};
use std::mem::ManuallyDrop;

/// The first eight bytes of every object.
#[repr(C)]
pub struct Header {
    /// References; objects made to live for ever start at [`IMMORTAL`].
    pub rc: u32,
    pub kind: Kind,
    /// [`flag`] bits.
    pub flags: u8,
    /// Per kind.
    pub aux: u16,
}

/// Initial count of objects that are never freed (types, interned names, code).
pub const IMMORTAL: u32 = 1 << 30;

/// Header flag bits.
pub mod flag {
    /// An instance of a user-defined subclass of a built-in type: a [`super::super::types::Tail`] follows the object.
    pub const SUBCLASS: u8 = 1;
    /// Weak references to it exist (side table).
    pub const WEAKREF: u8 = 2;
    /// Its finaliser has run.
    pub const FINALISED: u8 = 4;
    /// Of a str: ASCII only. Of a class instance's class: has `__del__`.
    pub const ASCII: u8 = 8;
    /// An id was assigned (side table).
    pub const HAS_ID: u8 = 16;
    /// Its class defines `__del__` (set when the instance is made).
    pub const HAS_DEL: u8 = 32;
    /// Allocated outside the slab.
    pub const LARGE: u8 = 128;
    /// Bits of an object whose end concerns more than its memory.
    pub(super) const SPECIAL_END: u8 = SUBCLASS | WEAKREF | HAS_ID | HAS_DEL;
}

/// Layout of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A slab slot without an object.
    Free = 0,
    BigInt,
    Float,
    Str,
    Bytes,
    ByteArray,
    List,
    Tuple,
    Dict,
    Set,
    FrozenSet,
    Range,
    Slice,
    Function,
    Native,
    BoundMethod,
    Cell,
    Generator,
    Coroutine,
    AsyncGenerator,
    /// Awaitable of an async generator's step, and the wrapper `__await__()` gives for a coroutine.
    AsyncStep,
    CoroutineWrapper,
    Exception,
    Traceback,
    Frame,
    Code,
    Type,
    Instance,
    Module,
    Property,
    StaticMethod,
    ClassMethod,
    Super,
    Iter,
    DictView,
    MappingProxy,
    Union,
    GenericAlias,
    Future,
    Task,
    /// What a native primitive gives to be awaited.
    Wait,
    Context,
    ContextVar,
    Token,
    Handle,
    WeakRef,
    File,
    /// A native object of a module, opaque to the core: see `object::opaque`.
    Opaque,
}

pub const KIND_COUNT: usize = Kind::Opaque as usize + 1;

impl Kind {
    /// May objects of this kind hold references to others? (Code and types do, but live for ever.)
    pub const fn is_container(self) -> bool {
        use Kind::*;
        !matches!(self, Free | BigInt | Float | Str | Bytes | ByteArray | Native | Code | Type | Traceback)
    }
}

/// A heap object: `#[repr(C)]`, with a [`Header`] as its first field.
///
/// # Safety
/// The type must be `repr(C)` and begin with a `Header`, and `KIND` must belong to it alone (or to layouts with the same
/// prefix, as the coroutine kinds).
pub unsafe trait Object {
    const KIND: Kind;
}

/// What the core does for each kind when an object dies or the collector visits it.
#[derive(Clone, Copy)]
pub struct KindOps {
    /// Drops the payload (fields of the Rust type), without freeing the memory.
    pub drop_payload: unsafe fn(*mut Header),
    /// Drops the payload of an object without a tail and gives its memory back.
    pub destroy: unsafe fn(*mut Header),
    /// Size in bytes of the object, the subclass tail not included.
    pub size: unsafe fn(*mut Header) -> usize,
    /// Calls back with each value that the object owns.
    pub visit: unsafe fn(*mut Header, &mut dyn FnMut(super::Value)),
    /// Gives up all references to other containers, to break a cycle.
    pub clear: unsafe fn(*mut Header),
}

const PAGE: usize = 16 * 1024;
const CHUNK: usize = 16 * PAGE;
/// Sizes of slots are multiples of this.
const GRAIN: usize = 8;
/// Size classes: up to 512 bytes.
const SIZES: usize = 64;
/// Those of leaves, then those of containers.
const CLASSES: usize = 2 * SIZES;
/// Nested releases before the rest is deferred.
const RELEASE_DEPTH: u32 = 40;

/// At the start of each page.
#[repr(C)]
struct PageHeader {
    /// Slot size in bytes.
    slot: u32,
    /// Slots ever handed out from this page.
    used: u32,
    /// Of containers: a word for each slot while a collection is under way. Else null.
    side: *mut u32,
}

const PAGE_DATA: usize = 16;
/// Before each object outside of the slab: its place in the list of those, its size, the collector's word.
const LARGE_PREFIX: usize = 32;

struct Heap {
    free: [*mut FreeSlot; CLASSES],
    /// Bump allocation within the newest page of the class: next and end.
    bump: [(usize, usize); CLASSES],
    /// Pages of containers.
    pages: Vec<*mut PageHeader>,
    chunk_next: usize,
    chunk_end: usize,
    large: Vec<*mut Header>,
    deferred: Vec<*mut Header>,
    finaliser: Option<unsafe fn(*mut Header)>,
}

#[repr(C)]
struct FreeSlot {
    header: Header,
    next: *mut FreeSlot,
}

/// Never dropped: objects may outlive everything else of a thread, and access needs no check.
struct HeapCell(UnsafeCell<ManuallyDrop<Heap>>);

thread_local! {
    static HEAP: HeapCell = const { HeapCell(UnsafeCell::new(ManuallyDrop::new(Heap {
        free: [std::ptr::null_mut(); CLASSES],
        bump: [(0, 0); CLASSES],
        pages: Vec::new(),
        chunk_next: 0,
        chunk_end: 0,
        large: Vec::new(),
        deferred: Vec::new(),
        finaliser: None,
    }))) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Leaves and containers alive.
    static LEAVES: Cell<usize> = const { Cell::new(0) };
    static CONTAINERS: Cell<usize> = const { Cell::new(0) };
}

/// Runs `f` with the heap of this thread; `f` must not allocate or release.
#[inline(always)]
fn with<R>(f: impl FnOnce(&mut Heap) -> R) -> R {
    // Safety: single-threaded by construction, and no caller's closure re-enters.
    HEAP.with(|heap| f(unsafe { &mut *heap.0.get() }))
}

/// Sets the function that runs finalisers (`__del__`, closing of generators). It is called with an object whose count is
/// one again, before its payload is dropped, and may resurrect it.
pub fn set_finaliser(finaliser: unsafe fn(*mut Header)) {
    with(|heap| heap.finaliser = Some(finaliser));
}

/// The size class of an object of `size` bytes, leaves and containers counted alike.
#[inline(always)]
const fn size_class(size: usize) -> usize {
    (if size < 16 { 16 } else { size }).div_ceil(GRAIN) - 1
}

#[inline(always)]
fn count(container: bool, by: isize) {
    let counter = if container { &CONTAINERS } else { &LEAVES };
    counter.set(counter.get().wrapping_add_signed(by));
}

/// Memory for an object of `size` bytes with its header set up (count one). The rest is uninitialised.
#[inline]
pub fn allocate(size: usize, kind: Kind) -> *mut Header {
    let (class, container) = (size_class(size), kind.is_container());
    count(container, 1);
    let (memory, flags) = if class < SIZES {
        let class = if container { class + SIZES } else { class };
        let memory = with(|heap| {
            let slot = heap.free[class];
            if slot.is_null() {
                heap.bump(class)
            } else {
                // Safety: slots on the free list are unused memory of this class.
                unsafe { heap.free[class] = (*slot).next };
                slot as *mut Header
            }
        });
        (memory, 0)
    } else {
        (allocate_large(size.next_multiple_of(8)), flag::LARGE)
    };
    // Safety: fresh memory of at least 16 bytes.
    unsafe { memory.write(Header { rc: 1, kind, flags, aux: 0 }) };
    memory
}

#[cold]
fn allocate_large(size: usize) -> *mut Header {
    // Safety: the size is not zero; the layout is the same in `free_memory`.
    let memory = unsafe { alloc(Layout::from_size_align_unchecked(size + LARGE_PREFIX, 16)) };
    if memory.is_null() {
        super::exhausted::exit(size);
    }
    with(|heap| {
        // The index in the list stands before the object, so that it can be taken out in O(1).
        // Safety: 16 extra bytes were allocated.
        unsafe { (memory as *mut usize).write(heap.large.len()) };
        let object = unsafe { memory.add(LARGE_PREFIX) } as *mut Header;
        unsafe { (memory as *mut usize).add(1).write(size) };
        heap.large.push(object);
        object
    })
}

impl Heap {
    #[inline]
    fn bump(&mut self, class: usize) -> *mut Header {
        let slot = (class % SIZES + 1) * GRAIN;
        let (next, end) = self.bump[class];
        if next + slot <= end {
            self.bump[class].0 = next + slot;
            let page = (next & !(PAGE - 1)) as *mut PageHeader;
            // Safety: `next` lies within a page of ours.
            unsafe { (*page).used += 1 };
            return next as *mut Header;
        }
        self.new_page(class)
    }

    #[cold]
    fn new_page(&mut self, class: usize) -> *mut Header {
        if self.chunk_next == self.chunk_end {
            // Safety: constant, valid layout.
            // From the system: an allocator of small objects between would only round it up.
            let chunk = unsafe { System.alloc(Layout::from_size_align_unchecked(CHUNK, PAGE)) } as usize;
            if chunk == 0 {
                super::exhausted::exit(CHUNK);
            }
            self.chunk_next = chunk;
            self.chunk_end = chunk + CHUNK;
        }
        let page = self.chunk_next;
        self.chunk_next += PAGE;
        let slot = (class % SIZES + 1) * GRAIN;
        // Safety: the page is fresh memory.
        unsafe {
            (page as *mut PageHeader).write(PageHeader { slot: slot as u32, used: 0, side: std::ptr::null_mut() })
        };
        if class >= SIZES {
            self.pages.push(page as *mut PageHeader);
        }
        self.bump[class] = (page + PAGE_DATA, page + PAGE);
        self.bump(class)
    }
}

/// Gives the memory of a dead object back.
///
/// # Safety
/// The object is the caller's alone, its payload has been dropped or moved elsewhere, `size` is what its kind says, and
/// nobody uses its bytes afterwards.
#[inline]
pub unsafe fn free(header: *mut Header, size: usize) {
    unsafe {
        let container = (*header).kind.is_container();
        if (*header).flags & flag::LARGE != 0 {
            free_large(header)
        } else {
            free_slot(header, size_class(size), container)
        }
    }
}

/// The same for an object of fixed size (and without a tail), which lies in the slab.
///
/// # Safety
/// As [`free`].
#[inline]
pub(super) unsafe fn free_sized<T: Object>(header: *mut Header) {
    const { assert!(size_class(size_of::<T>()) < SIZES) };
    unsafe { free_slot(header, size_class(size_of::<T>()), T::KIND.is_container()) }
}

/// The size class of a fresh object of `size` bytes in the slab, for [`free_leaf`]; none if it lies outside.
#[inline]
pub(super) fn slab_class(size: usize) -> Option<u16> {
    let class = size_class(size);
    (class < SIZES).then_some(class as u16)
}

/// Gives the slot of a leaf back.
///
/// # Safety
/// As [`free`]; the object was allocated with a size of this class.
#[inline]
pub(super) unsafe fn free_leaf(header: *mut Header, size_class: u16) {
    unsafe { free_slot(header, size_class as usize, false) }
}

/// Gives a slot of the slab back.
///
/// # Safety
/// As [`free`]; `size_class` and `container` are those it was allocated with.
#[inline(always)]
unsafe fn free_slot(header: *mut Header, size_class: usize, container: bool) {
    unsafe {
        count(container, -1);
        (*header).kind = Kind::Free;
        #[cfg(debug_assertions)]
        std::ptr::write_bytes((header as *mut u8).add(16), 0xDD, (size_class + 1) * GRAIN - 16);
        let slot = header as *mut FreeSlot;
        let class = if container { size_class + SIZES } else { size_class };
        with(|heap| {
            (*slot).next = heap.free[class];
            heap.free[class] = slot;
        });
    }
}

#[cold]
unsafe fn free_large(header: *mut Header) {
    unsafe {
        count((*header).kind.is_container(), -1);
        let memory = (header as *mut u8).sub(LARGE_PREFIX);
        let index = *(memory as *mut usize);
        let size = *(memory as *mut usize).add(1);
        with(|heap| {
            heap.large.swap_remove(index);
            if let Some(&moved) = heap.large.get(index) {
                *((moved as *mut u8).sub(LARGE_PREFIX) as *mut usize) = index;
            }
        });
        dealloc(memory, Layout::from_size_align_unchecked(size + LARGE_PREFIX, 16));
    }
}

/// Bytes that an object may use: its own size, or more if it was allocated with room to grow.
pub fn capacity(header: &Header) -> usize {
    let at = header as *const Header as usize;
    // Safety: an object outside the slab has its size in front, another one's page says how large its slots are.
    unsafe {
        match header.flags & flag::LARGE != 0 {
            true => *((at - LARGE_PREFIX) as *const usize).add(1),
            false => (*((at & !(PAGE - 1)) as *const PageHeader)).slot as usize,
        }
    }
}

/// The last reference is gone: finalise, drop the payload, free the memory. Depth-first, deferred past a limit.
#[inline(never)]
pub fn release(header: *mut Header) {
    // Safety: the count of a live object just fell to zero, so that nobody else refers to it.
    unsafe {
        // A leaf's end brings about no other.
        if !(*header).kind.is_container() && (*header).flags & flag::SPECIAL_END == 0 {
            return (OPS[(*header).kind as usize].destroy)(header);
        }
    }
    release_container(header);
}

fn release_container(header: *mut Header) {
    let depth = DEPTH.get();
    if depth >= RELEASE_DEPTH {
        with(|heap| heap.deferred.push(header));
        return;
    }
    DEPTH.set(depth + 1);
    // Safety: as above.
    unsafe { destroy(header) };
    if depth == 0 {
        while let Some(next) = with(|heap| heap.deferred.pop()) {
            // Safety: as above; it was only put off.
            unsafe { destroy(next) };
        }
    }
    DEPTH.set(depth);
}

/// Runs `f` as if no release were under way: the finaliser's nested run loop must release promptly again.
pub fn at_release_depth_zero<R>(f: impl FnOnce() -> R) -> R {
    let depth = DEPTH.replace(0);
    let result = f();
    DEPTH.set(depth);
    result
}

unsafe fn destroy(header: *mut Header) {
    unsafe {
        let kind = (*header).kind;
        let finalised_kind = matches!(
            kind,
            Kind::Generator | Kind::Coroutine | Kind::AsyncGenerator | Kind::Task | Kind::Future | Kind::File
        );
        if (finalised_kind && (*header).flags & flag::FINALISED == 0)
            || (*header).flags & (flag::HAS_DEL | flag::WEAKREF | flag::HAS_ID) != 0
        {
            if let Some(finaliser) = with(|heap| heap.finaliser) {
                (*header).rc = 1;
                finaliser(header);
                (*header).rc -= 1;
                if (*header).rc > 0 {
                    return;
                }
            }
        }
        let ops = &OPS[kind as usize];
        if (*header).flags & flag::SUBCLASS == 0 {
            return (ops.destroy)(header);
        }
        let base = (ops.size)(header);
        std::ptr::drop_in_place((header as *mut u8).add(base) as *mut super::types::Tail);
        (ops.drop_payload)(header);
        free(header, base + size_of::<super::types::Tail>());
    }
}

/// Moves a Rust object to the heap.
#[inline]
pub fn new<T: Object>(object: T) -> super::Ref {
    let header = allocate(std::mem::size_of::<T>(), T::KIND);
    // Safety: the memory has the size of a T; its header is kept.
    unsafe {
        let Header { rc, kind, flags, aux } = std::ptr::read(header);
        let given = &object as *const T as *const Header;
        let merged = Header { rc, kind, flags: flags | (*given).flags, aux: aux | (*given).aux };
        (header as *mut T).write(object);
        header.write(merged);
    }
    super::Ref::from_owned(super::Value::from_header(header))
}

/// A header to put into an object that is about to be moved to the heap by [`new`].
pub const fn blank(kind: Kind) -> Header {
    Header { rc: 1, kind, flags: 0, aux: 0 }
}

/// Objects alive now.
pub fn live_objects() -> usize {
    LEAVES.get() + CONTAINERS.get()
}

/// Containers alive now.
#[inline(always)]
pub fn live_containers() -> usize {
    CONTAINERS.get()
}

/// Calls back with each live container of the heap. One that has lost its last reference and waits for its release does not
/// count as live.
pub fn each_container(mut f: impl FnMut(*mut Header)) {
    let (pages, large) = with(|heap| (heap.pages.clone(), heap.large.clone()));
    for page in pages {
        // Safety: pages are never freed; slots below `used` were handed out and say whether they are free.
        unsafe {
            let slot = (*page).slot as usize;
            for i in 0..(*page).used as usize {
                let header = (page as usize + PAGE_DATA + i * slot) as *mut Header;
                if (*header).kind != Kind::Free && (*header).rc > 0 {
                    f(header);
                }
            }
        }
    }
    // Safety: large objects are listed as long as they exist.
    large.into_iter().filter(|&header| unsafe { (*header).rc > 0 && (*header).kind.is_container() }).for_each(f);
}

/// What is to be done for objects of a kind.
#[inline(always)]
pub fn kind_ops(kind: Kind) -> &'static KindOps {
    &OPS[kind as usize]
}

/// A word for each container, for the time of a collection: 4 bytes a slot, no table of addresses.
pub struct SideTable(());

impl SideTable {
    /// Makes the table; all words are `fill`. Objects allocated afterwards have none until the next table.
    pub fn new(fill: u32) -> SideTable {
        let (pages, large) = with(|heap| (heap.pages.clone(), heap.large.clone()));
        for page in pages {
            // Safety: pages are never freed.
            unsafe {
                let words = vec![fill; (PAGE - PAGE_DATA) / (*page).slot as usize].into_boxed_slice();
                (*page).side = Box::into_raw(words) as *mut u32;
            }
        }
        for header in large {
            // Safety: the prefix has room for it.
            unsafe { *SideTable::large_word(header) = fill };
        }
        SideTable(())
    }

    unsafe fn large_word(header: *mut Header) -> *mut u32 {
        unsafe { (header as *mut u8).sub(LARGE_PREFIX).add(2 * size_of::<usize>()) as *mut u32 }
    }

    /// The word of a live object that existed when the table was made, if it is a container; none is allocated in between.
    #[inline]
    pub fn word(&self, header: *mut Header) -> Option<&mut u32> {
        // Safety: an address within a page names its page; the side array has a word for each slot.
        unsafe {
            if !(*header).kind.is_container() {
                return None;
            }
            if (*header).flags & flag::LARGE != 0 {
                return Some(&mut *SideTable::large_word(header));
            }
            let page = (header as usize & !(PAGE - 1)) as *mut PageHeader;
            let at = (header as usize - page as usize - PAGE_DATA) as u32 / (*page).slot;
            Some(&mut *(*page).side.add(at as usize))
        }
    }
}

impl Drop for SideTable {
    fn drop(&mut self) {
        for page in with(|heap| heap.pages.clone()) {
            // Safety: made in `new` with this length; pages that are newer have none.
            unsafe {
                let side = std::mem::replace(&mut (*page).side, std::ptr::null_mut());
                if !side.is_null() {
                    let count = (PAGE - PAGE_DATA) / (*page).slot as usize;
                    drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(side, count)));
                }
            }
        }
    }
}
