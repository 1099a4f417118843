//! `str`, `bytes`, `bytearray`.
//!
//! A `str` is immutable UTF-8 with its length in code points. ASCII ones are indexed directly; for the others a table of
//! byte offsets, one for every 64 code points, is built when first indexed, so that indexing stays O(1).

use super::heap::{self, Header, Kind, Object, flag};
use super::{Ref, Value};
use std::cell::{Cell, OnceCell};

/// `str`: followed by its bytes.
#[repr(C)]
pub struct Str {
    pub header: Header,
    /// Cached hash; 0 is "not computed".
    pub hash: Cell<i64>,
    /// Length in bytes.
    len: u32,
    /// Length in code points.
    chars: u32,
    /// Byte offset of every 64th code point; only for non-ASCII strings that were indexed.
    index: OnceCell<Box<[u32]>>,
}

// Safety: repr(C), header first.
unsafe impl Object for Str {
    const KIND: Kind = Kind::Str;
}

const STRIDE: usize = 64;
/// Strings from this length on that grow by `+=` get room for more.
const GROW_FROM: usize = 1024;

impl Str {
    /// Bit of `header.aux`.
    pub const INTERNED: u16 = 1;

    /// A new `str` object.
    pub fn alloc(text: &str) -> Ref {
        Str::alloc_with(text.len(), |bytes| bytes.copy_from_slice(text.as_bytes()))
    }

    /// A new `str` object of `len` bytes that `fill` writes; they must be UTF-8.
    fn alloc_with(len: usize, fill: impl FnOnce(&mut [u8])) -> Ref {
        assert!(len <= u32::MAX as usize, "string too long");
        let header = heap::allocate(size_of::<Str>() + len, Kind::Str);
        // Safety: the memory holds a Str and `len` bytes after it.
        unsafe {
            let object = header as *mut Str;
            (&raw mut (*object).hash).write(Cell::new(0));
            (&raw mut (*object).len).write(len as u32);
            (&raw mut (*object).index).write(OnceCell::new());
            let bytes = std::slice::from_raw_parts_mut(object.add(1) as *mut u8, len);
            fill(bytes);
            let text = std::str::from_utf8_unchecked(bytes);
            let ascii = text.is_ascii();
            (&raw mut (*object).chars).write(if ascii { len } else { text.chars().count() } as u32);
            (*header).flags |= if ascii { flag::ASCII } else { 0 };
        }
        Ref::from_owned(Value::from_header(header))
    }

    /// Joins the pieces without an intermediate buffer.
    pub fn concat(pieces: &[&str]) -> Ref {
        let len = pieces.iter().map(|p| p.len()).sum();
        Str::alloc_with(len, |mut bytes| {
            for piece in pieces {
                let (head, rest) = bytes.split_at_mut(piece.len());
                head.copy_from_slice(piece.as_bytes());
                bytes = rest;
            }
        })
    }

    /// `a + b` where `a` is about to be replaced by the result (`a += b`): appended in place if nobody else refers to `a`
    /// and it has room, else a new string, with room to grow if it is long. Makes building a string step by step linear.
    pub fn append(a: Value, b: &str) -> Ref {
        let Some(left) = a.get_mut::<Str>() else { return Str::alloc(b) };
        let len = left.len as usize + b.len();
        let unshared = left.header.rc == 1 && left.header.aux & Str::INTERNED == 0;
        let inside = left.as_str().as_bytes().as_ptr_range().contains(&b.as_ptr());
        if unshared && !inside && heap::large_capacity(&left.header) >= size_of::<Str>() + len {
            left.push(b);
            return a.to_ref();
        }
        if len < GROW_FROM || len > u32::MAX as usize / 2 {
            return Str::concat(&[left.as_str(), b]);
        }
        let header = heap::allocate(size_of::<Str>() + len + len / 2, Kind::Str);
        // Safety: memory for a Str and more than its bytes; it begins empty and the pushes fill it.
        unsafe {
            (header as *mut Str).write(Str {
                header: std::ptr::read(header),
                hash: Cell::new(0),
                len: 0,
                chars: 0,
                index: OnceCell::new(),
            });
            (*header).flags |= flag::ASCII;
            (*(header as *mut Str)).push(left.as_str());
            (*(header as *mut Str)).push(b);
        }
        Ref::from_owned(Value::from_header(header))
    }

    /// Appends; the caller has made sure of the room.
    fn push(&mut self, text: &str) {
        // Safety: the allocation has room behind the `len` bytes in use, and `text` does not lie in it.
        unsafe {
            let end = ((self as *mut Str).add(1) as *mut u8).add(self.len as usize);
            std::ptr::copy_nonoverlapping(text.as_ptr(), end, text.len());
        }
        self.len += text.len() as u32;
        self.chars += text.chars().count() as u32;
        if !text.is_ascii() {
            self.header.flags &= !flag::ASCII;
        }
        self.hash.set(0);
        self.index.take();
    }

    #[inline]
    pub fn as_str(&self) -> &str {
        // Safety: `len` bytes of UTF-8 follow the object.
        unsafe {
            let bytes = std::slice::from_raw_parts((self as *const Str).add(1) as *const u8, self.len as usize);
            std::str::from_utf8_unchecked(bytes)
        }
    }

    #[inline]
    pub fn is_ascii(&self) -> bool {
        self.header.flags & flag::ASCII != 0
    }

    /// Length in code points.
    #[inline]
    pub fn char_len(&self) -> usize {
        self.chars as usize
    }

    /// Byte offset of code point `at` (which may be the length).
    pub fn byte_offset(&self, at: usize) -> usize {
        if self.is_ascii() || at == 0 {
            return at;
        }
        if at >= self.char_len() {
            return self.len as usize;
        }
        let text = self.as_str();
        let index =
            self.index.get_or_init(|| text.char_indices().step_by(STRIDE).map(|(offset, _)| offset as u32).collect());
        let start = index[at / STRIDE] as usize;
        text[start..].char_indices().nth(at % STRIDE).map_or(text.len(), |(offset, _)| start + offset)
    }

    /// Code point number `at`.
    pub fn char_at(&self, at: usize) -> Option<char> {
        if at >= self.char_len() {
            return None;
        }
        self.as_str()[self.byte_offset(at)..].chars().next()
    }

    /// Code points `start..end` as text.
    pub fn slice(&self, start: usize, end: usize) -> &str {
        &self.as_str()[self.byte_offset(start)..self.byte_offset(end.max(start))]
    }

    /// Code-point index of a byte offset.
    pub fn char_index(&self, byte: usize) -> usize {
        if self.is_ascii() { byte } else { self.as_str()[..byte].chars().count() }
    }

    pub(super) fn object_size(&self) -> usize {
        // Rounded, so that the tail of a subclass's instance is aligned behind it.
        (size_of::<Str>() + self.len as usize).next_multiple_of(8)
    }
}

thread_local! {
    /// The one-character ASCII strings, made when first asked for.
    static CHARS: [Cell<Value>; 128] = const { [const { Cell::new(Value::UNBOUND) }; 128] };
}

impl Ref {
    /// A `str` of one character.
    #[inline]
    pub fn char(c: char) -> Ref {
        if !c.is_ascii() {
            return Str::alloc(c.encode_utf8(&mut [0; 4]));
        }
        CHARS.with(|chars| {
            let known = &chars[c as usize];
            if known.get().is_unbound() {
                known.set(super::atom::intern(c.encode_utf8(&mut [0; 4])));
            }
            known.get().to_ref()
        })
    }

    pub fn str(text: &str) -> Ref {
        Str::alloc(text)
    }

    pub fn bytes(bytes: Vec<u8>) -> Ref {
        heap::new(Bytes { header: heap::blank(Kind::Bytes), bytes: bytes.into_boxed_slice() })
    }

    pub fn bytearray(bytes: Vec<u8>) -> Ref {
        heap::new(ByteArray { header: heap::blank(Kind::ByteArray), bytes })
    }
}

impl Value {
    /// The text of a `str` (subclasses included).
    #[inline]
    pub fn as_str(&self) -> Option<&str> {
        self.get::<Str>().map(Str::as_str)
    }

    /// The bytes of a `bytes` or `bytearray`.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self.get::<Bytes>() {
            Some(bytes) => Some(&bytes.bytes),
            None => self.get::<ByteArray>().map(|b| &b.bytes[..]),
        }
    }
}

#[repr(C)]
pub struct Bytes {
    pub header: Header,
    pub bytes: Box<[u8]>,
}

// Safety: repr(C), header first.
unsafe impl Object for Bytes {
    const KIND: Kind = Kind::Bytes;
}

#[repr(C)]
pub struct ByteArray {
    pub header: Header,
    pub bytes: Vec<u8>,
}

// Safety: repr(C), header first.
unsafe impl Object for ByteArray {
    const KIND: Kind = Kind::ByteArray;
}
