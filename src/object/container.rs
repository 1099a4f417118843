//! `list`, `tuple`, `range`, `slice`.

use super::heap::{self, Header, Kind, Object};
use super::{Ref, Value};

#[repr(C)]
pub struct List {
    pub header: Header,
    pub items: Vec<Ref>,
}

// Safety: repr(C), header first.
unsafe impl Object for List {
    const KIND: Kind = Kind::List;
}

/// `tuple`: followed by its items.
#[repr(C)]
pub struct Tuple {
    pub header: Header,
    len: usize,
}

// Safety: repr(C), header first.
unsafe impl Object for Tuple {
    const KIND: Kind = Kind::Tuple;
}

impl Tuple {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline(always)]
    pub fn items(&self) -> &[Ref] {
        // Safety: `len` owned values follow the object.
        unsafe { std::slice::from_raw_parts((self as *const Tuple).add(1) as *const Ref, self.len) }
    }

    /// The items as plain values.
    #[inline(always)]
    pub fn values(&self) -> &[Value] {
        // Safety: as above; a Ref is a transparent Value.
        unsafe { std::slice::from_raw_parts((self as *const Tuple).add(1) as *const Value, self.len) }
    }

    /// A tuple of values that the iterator owns.
    pub fn from_iter(items: impl ExactSizeIterator<Item = Ref>) -> Ref {
        let header = heap::allocate(size_of::<Tuple>() + items.len() * 8, Kind::Tuple);
        // Safety: memory for the object and its items.
        unsafe { Tuple::fill(header, items) };
        Ref::from_owned(Value::from_header(header))
    }

    /// Writes length and items.
    ///
    /// # Safety
    /// `header` is fresh memory for a tuple of as many items as the iterator says it has.
    pub(super) unsafe fn fill(header: *mut Header, items: impl ExactSizeIterator<Item = Ref>) {
        // Safety: the iterator gives exactly `len` items or we stop at what it gave.
        unsafe {
            let tuple = header as *mut Tuple;
            let slots = tuple.add(1) as *mut Ref;
            let len = items.len();
            let mut count = 0;
            for item in items.take(len) {
                slots.add(count).write(item);
                count += 1;
            }
            (*tuple).len = count;
        }
    }

    /// Hands the items out, with their numbers: moved if `tuple` is the only reference (it is to be dropped then), else
    /// copied.
    #[inline]
    pub fn give_items(tuple: &Ref, mut out: impl FnMut(usize, Ref)) {
        let Some(this) = tuple.get_mut::<Tuple>() else { return };
        let slots = (this as *mut Tuple).wrapping_add(1) as *mut Ref;
        let only = this.header.rc == 1;
        for i in 0..this.len {
            // Safety: one of the tuple's `len` items; nobody else can see the unbound value left in its place.
            let slot = unsafe { &mut *slots.add(i) };
            out(i, if only { std::mem::replace(slot, Ref::UNBOUND) } else { slot.clone() });
        }
    }

    pub(super) fn object_size(&self) -> usize {
        size_of::<Tuple>() + self.len * 8
    }

    /// Drops the items.
    ///
    /// # Safety
    /// The tuple must not be used afterwards.
    pub(super) unsafe fn drop_items(&mut self) {
        unsafe {
            let slots = (self as *mut Tuple).add(1) as *mut Ref;
            std::ptr::drop_in_place(std::ptr::slice_from_raw_parts_mut(slots, self.len));
        }
    }
}

impl Ref {
    pub fn list(items: Vec<Ref>) -> Ref {
        heap::new(List { header: heap::blank(Kind::List), items })
    }

    pub fn tuple(items: Vec<Ref>) -> Ref {
        Tuple::from_iter(items.into_iter())
    }

    pub fn tuple_of(items: &[Value]) -> Ref {
        Tuple::from_iter(items.iter().map(|v| v.to_ref()))
    }
}

impl Value {
    /// The items of a `list` or `tuple` (subclasses included).
    pub fn as_sequence(&self) -> Option<&[Ref]> {
        match self.kind()? {
            Kind::List => self.get::<List>().map(|l| &l.items[..]),
            Kind::Tuple => self.get::<Tuple>().map(Tuple::items),
            _ => None,
        }
    }
}

/// `range`: ints of any size.
#[repr(C)]
pub struct Range {
    pub header: Header,
    pub start: Ref,
    pub stop: Ref,
    pub step: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for Range {
    const KIND: Kind = Kind::Range;
}

impl Range {
    /// Start, stop and step when all fit i64.
    pub fn small(&self) -> Option<(i64, i64, i64)> {
        let small = |v: &Ref| v.is_int().then(|| v.as_small_int());
        Some((small(&self.start)?, small(&self.stop)?, small(&self.step)?))
    }

    /// Number of items when start, stop and step are small.
    pub fn small_len(start: i64, stop: i64, step: i64) -> i64 {
        if step > 0 && start < stop {
            (stop - start - 1) / step + 1
        } else if step < 0 && start > stop {
            (start - stop - 1) / -step + 1
        } else {
            0
        }
    }

    pub fn alloc(start: Ref, stop: Ref, step: Ref) -> Ref {
        heap::new(Range { header: heap::blank(Kind::Range), start, stop, step })
    }
}

#[repr(C)]
pub struct Slice {
    pub header: Header,
    pub start: Ref,
    pub stop: Ref,
    pub step: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for Slice {
    const KIND: Kind = Kind::Slice;
}

impl Slice {
    pub fn alloc(start: Ref, stop: Ref, step: Ref) -> Ref {
        heap::new(Slice { header: heap::blank(Kind::Slice), start, stop, step })
    }
}
