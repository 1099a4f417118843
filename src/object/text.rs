//! `str`, `bytes`, `bytearray`.
//!
//! A `str` is immutable UTF-8 with its length in code points. ASCII ones are indexed directly; for the others a table of
//! byte offsets, one for every 64 code points, is built when first indexed, so that indexing stays O(1).

use super::heap::{self, Header, Kind, Object, flag};
use super::{Ref, Value};
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};

/// `str`: followed by its bytes. `header.aux` has [`Str::INTERNED`], [`Str::INDEXED`] and, above them, the size class of
/// its slot.
#[repr(C)]
pub struct Str {
    pub header: Header,
    /// Cached hash; 0 is "not computed".
    pub hash: Cell<i64>,
    /// Length in bytes.
    len: u32,
    /// Length in code points.
    chars: u32,
}

thread_local! {
    /// Byte offset of every 64th code point, by address; only of non-ASCII strings that were indexed.
    static INDEXES: RefCell<FxHashMap<usize, Box<[u32]>>> = RefCell::default();
}

// Safety: repr(C), header first.
unsafe impl Object for Str {
    const KIND: Kind = Kind::Str;
}

const STRIDE: usize = 64;
/// Bytes of room that a short string gets when it begins to grow by `+=`; from `GROW_FROM` on, half its length.
const ROOM: usize = 16;
const GROW_FROM: usize = 64;

impl Str {
    /// Bit of `header.aux`.
    pub const INTERNED: u16 = 1;
    /// Bit of `header.aux`: it has a table of offsets.
    const INDEXED: u16 = 2;
    const CLASS_SHIFT: u16 = 2;

    /// A new `str` object.
    pub fn alloc(text: &str) -> Ref {
        let ascii = text.is_ascii();
        let chars = if ascii { text.len() } else { text.chars().count() };
        // Safety: all bytes are written.
        unsafe {
            let (object, bytes) = Str::blank(text.len(), text.len(), chars, ascii);
            bytes.copy_from_nonoverlapping(text.as_ptr(), text.len());
            object
        }
    }

    /// A new `str` of a part of this one's text; the empty one and those of a single ASCII character are shared.
    #[inline]
    pub fn part(&self, text: &str) -> Ref {
        match text.as_bytes() {
            [] => return Ref::str(""),
            [byte] => return Ref::char(*byte as char),
            _ => {}
        }
        if !self.is_ascii() {
            return Str::alloc(text);
        }
        // Safety: all bytes are written; part of what is ASCII is ASCII.
        unsafe {
            let (object, bytes) = Str::blank(text.len(), text.len(), text.len(), true);
            bytes.copy_from_nonoverlapping(text.as_ptr(), text.len());
            object
        }
    }

    /// The text with each byte changed by `f`, which gives ASCII; only if this is ASCII.
    #[inline]
    pub fn map_ascii(&self, f: impl Fn(u8) -> u8) -> Option<Ref> {
        if !self.is_ascii() {
            return None;
        }
        let text = self.as_str().as_bytes();
        // Safety: all bytes are written.
        unsafe {
            let (object, bytes) = Str::blank(text.len(), text.len(), text.len(), true);
            text.iter().enumerate().for_each(|(i, byte)| bytes.add(i).write(f(*byte) & 0x7f));
            Some(object)
        }
    }

    /// A `str` object of `len` bytes and `chars` code points, with room for `room` bytes, and where its bytes stand.
    ///
    /// # Safety
    /// The caller writes UTF-8 that is as long as it says, and ASCII if it says so.
    unsafe fn blank(len: usize, room: usize, chars: usize, ascii: bool) -> (Ref, *mut u8) {
        assert!(room <= u32::MAX as usize, "string too long");
        let header = heap::allocate(size_of::<Str>() + room, Kind::Str);
        let class = heap::slab_class(size_of::<Str>() + room).unwrap_or(0);
        // Safety: the memory holds a Str and `room` bytes after it.
        unsafe {
            (*header).aux = class << Str::CLASS_SHIFT;
            (*header).flags |= if ascii { flag::ASCII } else { 0 };
            let object = header as *mut Str;
            (&raw mut (*object).hash).write(Cell::new(0));
            (&raw mut (*object).len).write(len as u32);
            (&raw mut (*object).chars).write(chars as u32);
            (Ref::from_owned(Value::from_header(header)), object.add(1) as *mut u8)
        }
    }

    /// Drops the object and gives its memory back.
    ///
    /// # Safety
    /// `header` is that of a dead `str` without a tail.
    pub(super) unsafe fn destroy(header: *mut Header) {
        unsafe {
            (*(header as *mut Str)).forget_index();
            match (*header).flags & flag::LARGE != 0 {
                true => heap::free(header, usize::MAX),
                false => heap::free_leaf(header, (*header).aux >> Str::CLASS_SHIFT),
            }
        }
    }

    /// The texts one after the other; what is no `str` counts as empty.
    pub fn concat(items: &[Ref]) -> Ref {
        Str::joined("", items)
    }

    /// `self.join(items)`; likewise.
    pub fn join(&self, items: &[Ref]) -> Ref {
        Str::joined(self.as_str(), items)
    }

    fn joined(separator: &str, items: &[Ref]) -> Ref {
        let between = items.len().saturating_sub(1);
        let mut len = separator.len() * between;
        let mut chars = separator.chars().count() * between;
        let mut ascii = between == 0 || separator.is_ascii();
        for text in items.iter().filter_map(|item| item.get::<Str>()) {
            len += text.len as usize;
            chars += text.char_len();
            ascii &= text.is_ascii();
        }
        // Safety: the loop writes exactly what was counted.
        unsafe {
            let (object, mut bytes) = Str::blank(len, len, chars, ascii);
            for (i, item) in items.iter().enumerate() {
                let separator = if i > 0 { separator } else { "" };
                for text in [separator, item.get::<Str>().map_or("", Str::as_str)] {
                    bytes.copy_from_nonoverlapping(text.as_ptr(), text.len());
                    bytes = bytes.add(text.len());
                }
            }
            object
        }
    }

    /// The text `times` times over.
    pub fn repeated(&self, times: usize) -> Ref {
        let text = self.as_str().as_bytes();
        let len = text.len() * times;
        if len <= 1 {
            return Ref::str(if len == 0 { "" } else { self.as_str() });
        }
        // Safety: what is written is doubled until it is all.
        unsafe {
            let (object, bytes) = Str::blank(len, len, self.char_len() * times, self.is_ascii());
            if let [byte] = text {
                bytes.write_bytes(*byte, len);
                return object;
            }
            bytes.copy_from_nonoverlapping(text.as_ptr(), text.len());
            let mut done = text.len();
            while done < len {
                let more = done.min(len - done);
                bytes.add(done).copy_from_nonoverlapping(bytes, more);
                done += more;
            }
            object
        }
    }

    /// Its characters, one `str` each.
    pub fn characters(&self) -> Vec<Ref> {
        match self.is_ascii() {
            true => self.as_str().bytes().map(|byte| Ref::char(char::from(byte))).collect(),
            false => self.as_str().chars().map(Ref::char).collect(),
        }
    }

    /// `self + other`.
    pub fn plus(&self, other: &Str) -> Ref {
        self.plus_with_room(other, 0)
    }

    fn plus_with_room(&self, other: &Str, room: usize) -> Ref {
        let (a, b) = (self.as_str(), other.as_str());
        let (len, chars) = (a.len() + b.len(), self.char_len() + other.char_len());
        // Safety: the two fill it.
        unsafe {
            let (object, bytes) = Str::blank(len, len + room, chars, self.is_ascii() && other.is_ascii());
            bytes.copy_from_nonoverlapping(a.as_ptr(), a.len());
            bytes.add(a.len()).copy_from_nonoverlapping(b.as_ptr(), b.len());
            object
        }
    }

    /// `a + b` where `a` is about to be replaced by the result (`a += b`): appended in place if nobody else refers to `a`
    /// and it has room, else a new string with room to grow. Makes building a string step by step linear.
    pub fn append(a: Ref, b: &Str) -> Ref {
        let Some(left) = a.get_mut::<Str>() else { return a };
        let (old, more) = (left.len as usize, b.len as usize);
        let unshared = left.header.rc == 1
            && left.header.aux & Str::INTERNED == 0
            && left.header.flags & flag::SUBCLASS == 0
            && !std::ptr::eq(left, b);
        if unshared && heap::capacity(&left.header) >= size_of::<Str>() + old + more {
            // Safety: nobody else refers to it and there is room behind the bytes in use.
            unsafe { left.push(b) };
            return a;
        }
        let len = old + more;
        let room = if len < GROW_FROM { ROOM } else { len / 2 };
        left.plus_with_room(b, if len + room > u32::MAX as usize { 0 } else { room })
    }

    /// Appends.
    ///
    /// # Safety
    /// The allocation has room behind the bytes in use, and `other` is another string.
    unsafe fn push(&mut self, other: &Str) {
        // Safety: the caller's.
        unsafe {
            let end = ((self as *mut Str).add(1) as *mut u8).add(self.len as usize);
            end.copy_from_nonoverlapping(other.as_str().as_ptr(), other.len as usize);
        }
        self.forget_index();
        self.len += other.len;
        self.chars += other.chars;
        if !other.is_ascii() {
            self.header.flags &= !flag::ASCII;
        }
        self.hash.set(0);
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
        let start = self.indexed_offset(at / STRIDE);
        text[start..].char_indices().nth(at % STRIDE).map_or(text.len(), |(offset, _)| start + offset)
    }

    /// Byte offset of code point number `64 * n` of a string that is not ASCII.
    fn indexed_offset(&self, n: usize) -> usize {
        self.with_index(|index| index[n] as usize)
    }

    /// Calls `f` with the byte offsets of every 64th code point of a string that is not ASCII.
    fn with_index<R>(&self, f: impl FnOnce(&[u32]) -> R) -> R {
        INDEXES.with_borrow_mut(|indexes| {
            let index = indexes.entry(self as *const Str as usize).or_insert_with(|| {
                // Safety: a live object, of which only this bit is changed.
                unsafe { (*(self as *const Str as *mut Header)).aux |= Str::INDEXED };
                self.as_str().char_indices().step_by(STRIDE).map(|(offset, _)| offset as u32).collect()
            });
            f(index)
        })
    }

    /// The table of offsets, if there is one, is no longer right or no longer needed.
    #[inline]
    pub(super) fn forget_index(&mut self) {
        if self.header.aux & Str::INDEXED != 0 {
            self.header.aux &= !Str::INDEXED;
            INDEXES.with_borrow_mut(|indexes| indexes.remove(&(self as *const Str as usize)));
        }
    }

    /// Code point number `at`.
    pub fn char_at(&self, at: usize) -> Option<char> {
        if at >= self.char_len() {
            return None;
        }
        self.as_str()[self.byte_offset(at)..].chars().next()
    }

    /// Code points `start..end` as a new `str`.
    pub fn substring(&self, start: usize, end: usize) -> Ref {
        if self.is_ascii() {
            // Every byte is a character: there is no other boundary to look for.
            return self.part(self.as_str().get(start..end.max(start)).unwrap_or_default());
        }
        self.part(self.slice(start, end))
    }

    /// Code points `start..end` as text.
    pub fn slice(&self, start: usize, end: usize) -> &str {
        &self.as_str()[self.byte_offset(start)..self.byte_offset(end.max(start))]
    }

    /// Whether two strings are the same text.
    #[inline(always)]
    pub fn same(&self, other: &Str) -> bool {
        if std::ptr::eq(self, other) {
            return true;
        }
        // Interned ones (names, literals, single ASCII characters) are the same object or differ.
        self.header.aux & other.header.aux & Str::INTERNED == 0 && self.as_str() == other.as_str()
    }

    /// Code-point index of a byte offset.
    pub fn char_index(&self, byte: usize) -> usize {
        if self.is_ascii() {
            return byte;
        }
        let (stride, start) = self.with_index(|index| {
            let stride = index.partition_point(|&offset| offset as usize <= byte).saturating_sub(1);
            (stride, index.get(stride).map_or(0, |&offset| offset as usize))
        });
        stride * STRIDE + self.as_str()[start..byte].chars().count()
    }

    pub(super) fn object_size(&self) -> usize {
        // Rounded, so that the tail of a subclass's instance is aligned behind it.
        (size_of::<Str>() + self.len as usize).next_multiple_of(8)
    }
}

/// Whether two values are the same text, if both are interned strings, which tell it by their addresses. (Interned ones are
/// never instances of subclasses.)
#[inline(always)]
pub fn same_interned(x: Value, y: Value) -> Option<bool> {
    let interned = |v: Value| v.get::<Str>().is_some_and(|text| text.header.aux & Str::INTERNED != 0);
    if interned(x) && interned(y) { Some(x == y) } else { None }
}

thread_local! {
    /// The one-character ASCII strings, made when first asked for, and the empty one behind them.
    static CHARS: [Cell<Value>; 129] = const { [const { Cell::new(Value::UNBOUND) }; 129] };
}

/// The `str` of one ASCII character, borrowed; unbound if nobody has asked for it yet.
#[inline(always)]
pub fn known_char(byte: u8) -> Value {
    CHARS.with(|chars| chars[usize::from(byte & 0x7f)].get())
}

impl Ref {
    /// A `str` of one character.
    #[inline]
    pub fn char(c: char) -> Ref {
        if c.is_ascii() {
            let known = known_char(c as u8);
            if !known.is_unbound() {
                return known.to_ref();
            }
        }
        Ref::new_char(c)
    }

    /// A character that is not ASCII, or that nobody has asked for yet.
    #[inline(never)]
    fn new_char(c: char) -> Ref {
        let mut buffer = [0; 4];
        let text = c.encode_utf8(&mut buffer);
        if c.is_ascii() { Ref::short(c as usize, text) } else { Str::alloc(text) }
    }

    /// The one `str` of that ASCII character (or none: number 128).
    fn short(number: usize, text: &str) -> Ref {
        CHARS.with(|chars| {
            let known = &chars[number];
            if known.get().is_unbound() {
                known.set(super::atom::intern(text));
            }
            known.get().to_ref()
        })
    }

    /// A `str` with that text; of the shortest ones there is only one each.
    #[inline]
    pub fn str(text: &str) -> Ref {
        match text.as_bytes() {
            [] => Ref::short(128, ""),
            [byte] => Ref::short(*byte as usize, text),
            _ => Str::alloc(text),
        }
    }

    /// An int in decimal.
    pub fn decimal(i: i64) -> Ref {
        if (0..10).contains(&i) {
            return Ref::char(char::from(b'0' + i as u8));
        }
        let mut buffer = [0; 20];
        let digits = super::algo::int_text::small_to_decimal(i, &mut buffer);
        // Safety: all bytes are written; digits and sign are ASCII.
        unsafe {
            let (object, bytes) = Str::blank(digits.len(), digits.len(), digits.len(), true);
            bytes.copy_from_nonoverlapping(digits.as_ptr(), digits.len());
            object
        }
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
