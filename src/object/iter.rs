//! Iterators of the built-in types and the lazy built-ins. One object kind; the variant says what it walks.

use super::call::Outcome;
use super::function::Machine;
use super::heap::{self, Header, Kind, Object};
use super::{Ref, Value};

#[repr(C)]
pub struct Iter {
    pub header: Header,
    pub state: IterState,
}

// Safety: repr(C), header first.
unsafe impl Object for Iter {
    const KIND: Kind = Kind::Iter;
}

/// What is being iterated, and where it stands. (The tag is a byte of its own: handlers test it.)
#[repr(u8)]
pub enum IterState {
    /// Ints: the next one, the step, how many are left.
    Range {
        next: i64,
        step: i64,
        left: i64,
    },
    /// Ints beyond the word.
    BigRange {
        next: Ref,
        step: Ref,
        left: num_bigint::BigInt,
    },
    List {
        list: Ref,
        at: usize,
    },
    ListReversed {
        list: Ref,
        at: usize,
    },
    Tuple {
        tuple: Ref,
        at: usize,
    },
    /// `at` is a byte offset.
    Str {
        text: Ref,
        at: usize,
    },
    Bytes {
        bytes: Ref,
        at: usize,
    },
    /// Keys, values or items of a dict: position, number of entries and of places when begun, and how many entries are
    /// still to come.
    Dict {
        dict: Ref,
        at: usize,
        len: usize,
        places: usize,
        left: usize,
        what: DictPart,
        reversed: bool,
    },
    /// Position in the table.
    Set {
        set: Ref,
        at: usize,
        len: usize,
    },
    /// Over `__getitem__(0)`, `__getitem__(1)`, …
    Sequence {
        object: Ref,
        at: i64,
    },
    SequenceReversed {
        object: Ref,
        at: i64,
    },
    /// `iter(callable, sentinel)`
    Call {
        callable: Ref,
        sentinel: Ref,
    },
    /// `steps` is a generator that does the work once Coro code gives the items, or None.
    Enumerate {
        inner: Ref,
        next: Ref,
        steps: Ref,
    },
    Zip {
        inners: Vec<Ref>,
        strict: bool,
        steps: Ref,
    },
    Map {
        function: Ref,
        inners: Vec<Ref>,
    },
    /// function or None
    Filter {
        function: Ref,
        inner: Ref,
    },
    /// An iterator of a native module: `step` gives the next item, or None at the end. It runs no Coro code.
    Native {
        step: fn(&mut Machine, &mut Iter) -> Outcome<Option<Ref>>,
        data: Vec<Ref>,
        number: i64,
        type_name: &'static str,
    },
    /// Nothing more to come (what it walked is let go).
    Done(IterType),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DictPart {
    Keys,
    Values,
    Items,
}

/// For `type(it)` once exhausted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IterType {
    Range,
    LongRange,
    List,
    ListReversed,
    Tuple,
    StrAscii,
    Str,
    Bytes,
    ByteArray,
    DictKeys,
    DictValues,
    DictItems,
    DictKeysReversed,
    DictValuesReversed,
    DictItemsReversed,
    Ordered,
    Set,
    Sequence,
    Reversed,
    Callable,
    Enumerate,
    Zip,
    Map,
    Filter,
    Native,
}

impl Iter {
    pub fn alloc(state: IterState) -> Ref {
        heap::new(Iter { header: heap::blank(Kind::Iter), state })
    }

    /// Over `left` ints from `next` on. (Written in place: loops over ranges are made all the time.)
    #[inline]
    pub fn range(next: i64, step: i64, left: i64) -> Ref {
        let header = heap::allocate(size_of::<Iter>(), Kind::Iter);
        // Safety: fresh memory for an iterator.
        unsafe { (&raw mut (*(header as *mut Iter)).state).write(IterState::Range { next, step, left }) };
        Ref::from_owned(Value::from_header(header))
    }
}

/// `dict.keys()`, `.values()`, `.items()`
#[repr(C)]
pub struct DictView {
    pub header: Header,
    pub dict: Ref,
    pub part: DictPart,
}

// Safety: repr(C), header first.
unsafe impl Object for DictView {
    const KIND: Kind = Kind::DictView;
}

impl DictView {
    pub fn alloc(dict: Value, part: DictPart) -> Ref {
        heap::new(DictView { header: heap::blank(Kind::DictView), dict: dict.to_ref(), part })
    }
}
