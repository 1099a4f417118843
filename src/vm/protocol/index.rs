//! Indices and slices applied to the built-in sequences.

use crate::object::algo::slice_index::{self, SliceSpan};
use crate::object::algo::{Int, int_math};
use crate::object::call::{Outcome, Signal};
use crate::object::container::{List, Range, Slice};
use crate::object::heap::Kind;
use crate::object::text::{ByteArray, Str};
use crate::object::{Ref, Value};
use crate::vm::Vm;

impl Vm {
    /// An index into a sequence of that kind.
    ///
    /// # Errors
    /// TypeError for what is no index, IndexError for one beyond the machine's range.
    pub(super) fn item_index(&mut self, kind: Kind, i: Value) -> Outcome<i64> {
        if i.is_int() {
            return Ok(i.as_small_int());
        }
        let name = self.names.index;
        if i.as_int().is_none() && self.special(i, name).is_none() {
            let given = self.type_name(i);
            return Err(self.type_error(match kind {
                Kind::Str => format!("string indices must be integers, not '{given}'"),
                Kind::Tuple => format!("tuple indices must be integers or slices, not {given}"),
                Kind::Bytes => format!("byte indices must be integers or slices, not {given}"),
                Kind::ByteArray => format!("bytearray indices must be integers or slices, not {given}"),
                Kind::Range => format!("range indices must be integers or slices, not {given}"),
                _ => format!("list indices must be integers or slices, not {given}"),
            }));
        }
        let int = self.index_value(i)?;
        match int.as_i64() {
            Some(index) => Ok(index),
            None => {
                let message = format!("cannot fit '{}' into an index-sized integer", self.type_name(i));
                Err(self.index_error(message))
            }
        }
    }

    /// A slice bound: `None` for None, an index beyond the machine's range is the nearest one.
    #[inline]
    fn slice_bound(&mut self, bound: Value) -> Outcome<Option<i64>> {
        if bound.is_none() {
            return Ok(None);
        }
        if bound.is_int() {
            return Ok(Some(bound.as_small_int()));
        }
        self.slice_int(bound).map(|int| Some(slice_index::saturate(&int)))
    }

    fn slice_int(&mut self, bound: Value) -> Outcome<Int> {
        let name = self.names.index;
        if bound.as_int().is_none() && self.special(bound, name).is_none() {
            let message = "slice indices must be integers or None or have an __index__ method";
            return Err(self.type_error(message));
        }
        let int = self.index_value(bound)?;
        Ok(int.as_int().map_or(Int::Small(0), Int::from))
    }

    /// The positions that a slice object means in a sequence of `length` items.
    ///
    /// # Errors
    /// TypeError for bounds that are no indices, ValueError for a step of zero.
    pub fn slice_span(&mut self, slice: Value, length: usize) -> Outcome<SliceSpan> {
        let bounds = self.slice_bounds(slice)?;
        self.span_of(bounds, length)
    }

    /// The start, stop and step of a slice object. `__index__` methods of the bounds run here and nowhere else.
    fn slice_bounds(&mut self, slice: Value) -> Outcome<[Option<i64>; 3]> {
        let Some(s) = slice.get::<Slice>() else { return Err(Signal::Raised) };
        // In CPython's order: step, start, stop.
        let step = self.slice_bound(*s.step)?;
        if step == Some(0) {
            return Err(self.value_error("slice step cannot be zero"));
        }
        let start = self.slice_bound(*s.start)?;
        let stop = self.slice_bound(*s.stop)?;
        Ok([start, stop, step])
    }

    fn span_of(&mut self, [start, stop, step]: [Option<i64>; 3], length: usize) -> Outcome<SliceSpan> {
        let span = slice_index::slice(start, stop, step, length);
        self.checked(span)
    }

    /// `slice.indices(length)` and the slicing of ranges: bounds of any size.
    pub fn slice_ints(&mut self, slice: Value) -> Outcome<[Option<Int>; 3]> {
        let Some(s) = slice.get::<Slice>() else { return Err(Signal::Raised) };
        let mut ints = [None, None, None];
        for (int, bound) in ints.iter_mut().zip([&s.start, &s.stop, &s.step]) {
            if !bound.is_none() {
                *int = Some(self.slice_int(**bound)?);
            }
        }
        Ok(ints)
    }

    /// `v[slice]` of a built-in sequence.
    pub(super) fn sequence_slice(&mut self, v: Value, slice: Value) -> Outcome {
        match v.kind() {
            Some(Kind::Range) => self.range_slice(v, slice),
            Some(Kind::Str) => {
                let length = v.get::<Str>().map_or(0, Str::char_len);
                let span = self.slice_span(slice, length)?;
                Ok(slice_text(v, span, length))
            }
            Some(kind @ (Kind::Bytes | Kind::ByteArray)) => {
                let length = v.as_bytes().map_or(0, <[u8]>::len);
                let span = self.slice_span(slice, length)?;
                let bytes = v.as_bytes().unwrap_or_default();
                if span.step == 1 && span.count == length && kind == Kind::Bytes && super::iterate::is_plain_object(v) {
                    return Ok(v.to_ref());
                }
                let taken = span.positions().filter_map(|at| bytes.get(at).copied()).collect();
                Ok(if kind == Kind::Bytes { Ref::bytes(taken) } else { Ref::bytearray(taken) })
            }
            kind => {
                let length = v.as_sequence().map_or(0, <[Ref]>::len);
                let span = self.slice_span(slice, length)?;
                let items = v.as_sequence().unwrap_or_default();
                if span.step == 1 && span.count == items.len() && kind == Some(Kind::Tuple) {
                    return Ok(if super::iterate::is_plain_object(v) {
                        v.to_ref()
                    } else {
                        Ref::tuple(items.to_vec())
                    });
                }
                let taken: Vec<Ref> = match items.get(span.range()) {
                    Some(run) if span.step == 1 => run.to_vec(),
                    _ => span.positions().filter_map(|at| items.get(at).cloned()).collect(),
                };
                Ok(if kind == Some(Kind::Tuple) { Ref::tuple(taken) } else { Ref::list(taken) })
            }
        }
    }

    /// `v[slice] = value` of a list or bytearray.
    pub(super) fn assign_slice(&mut self, v: Value, slice: Value, value: Value) -> Outcome {
        if v.is_kind(Kind::ByteArray) {
            return self.assign_byte_slice(v, slice, value);
        }
        let bounds = self.slice_bounds(slice)?;
        let Some(items) = self.collect_native(value)? else {
            let (iter, getitem) = (self.names.iter, self.names.getitem);
            if self.special(value, iter).or_else(|| self.special(value, getitem)).is_none_or(|m| m.is_none()) {
                return Err(self.type_error("must assign iterable to extended slice"));
            }
            let [start, stop, step] = bounds.map(|bound| bound.map_or(Ref::NONE, Ref::int));
            let known = Slice::alloc(start, stop, step);
            return Err(self.tail_prelude("assign_slice", &[v, *known, value]));
        };
        let length = v.as_sequence().map_or(0, <[Ref]>::len);
        let span = self.span_of(bounds, length)?;
        let Some(list) = v.get_mut::<List>() else { return Ok(Ref::NONE) };
        if span.step == 1 {
            // `__index__` of a bound may have shortened the list.
            let start = span.range().start.min(list.items.len());
            let end = span.range().end.clamp(start, list.items.len());
            let old: Vec<Ref> = list.items.splice(start..end, items).collect();
            drop(old);
            return Ok(Ref::NONE);
        }
        if items.len() != span.count {
            let (given, size) = (items.len(), span.count);
            return Err(self
                .value_error(format!("attempt to assign sequence of size {given} to extended slice of size {size}")));
        }
        let mut old = Vec::with_capacity(items.len());
        for (at, item) in span.positions().zip(items) {
            if let Some(slot) = list.items.get_mut(at) {
                old.push(std::mem::replace(slot, item));
            }
        }
        drop(old);
        Ok(Ref::NONE)
    }

    fn assign_byte_slice(&mut self, v: Value, slice: Value, value: Value) -> Outcome {
        let mut bounds = self.slice_bounds(slice)?;
        let bytes = match value.as_bytes() {
            Some(bytes) => bytes.to_vec(),
            None => self.bytes_to_assign(value)?,
        };
        if !value.is_kind(Kind::ByteArray) {
            // CPython makes a bytearray of the items and begins anew with that.
            bounds = self.slice_bounds(slice)?;
        }
        let length = v.as_bytes().map_or(0, <[u8]>::len);
        let span = self.span_of(bounds, length)?;
        let Some(array) = v.get_mut::<ByteArray>() else { return Ok(Ref::NONE) };
        if span.step == 1 {
            array.bytes.splice(span.range(), bytes);
            return Ok(Ref::NONE);
        }
        if bytes.is_empty() {
            // As CPython does: no bytes for every second one are a deletion.
            remove_span(&mut array.bytes, span);
            return Ok(Ref::NONE);
        }
        if bytes.len() != span.count {
            let (given, size) = (bytes.len(), span.count);
            return Err(
                self.value_error(format!("attempt to assign bytes of size {given} to extended slice of size {size}"))
            );
        }
        span.positions().zip(bytes).for_each(|(at, byte)| array.bytes[at] = byte);
        Ok(Ref::NONE)
    }

    /// What any iterable of ints gives as bytes, for `bytearray[slice] = iterable`.
    fn bytes_to_assign(&mut self, value: Value) -> Outcome<Vec<u8>> {
        let number = value.is_kind(Kind::Str)
            || [self.names.index, self.names.int_, self.names.float_]
                .iter()
                .any(|name| self.special(value, *name).is_some());
        if number {
            let message = "can assign only bytes, buffers, or iterables of ints in range(0, 256)";
            return Err(self.type_error(message));
        }
        let (iter, getitem) = (self.names.iter, self.names.getitem);
        if self.special(value, iter).or_else(|| self.special(value, getitem)).is_none() {
            let message = format!("cannot convert '{}' object to bytearray", self.type_name(value));
            return Err(self.type_error(message));
        }
        let mut bytes = Vec::new();
        for item in self.collect(value)? {
            bytes.push(self.byte_of(*item)?);
        }
        Ok(bytes)
    }

    /// `del v[slice]` of a list or bytearray.
    pub(super) fn delete_slice(&mut self, v: Value, slice: Value) -> Outcome {
        let length = v.as_sequence().map(<[Ref]>::len).or(v.as_bytes().map(<[u8]>::len)).unwrap_or(0);
        let span = self.slice_span(slice, length)?;
        if let Some(list) = v.get_mut::<List>() {
            let old = remove_span(&mut list.items, span);
            drop(old);
        } else if let Some(array) = v.get_mut::<ByteArray>() {
            remove_span(&mut array.bytes, span);
        }
        Ok(Ref::NONE)
    }

    /// A value as a byte.
    ///
    /// # Errors
    /// TypeError, ValueError.
    pub(super) fn byte_of(&mut self, v: Value) -> Outcome<u8> {
        let int = self.index_value(v)?;
        match int.as_i64().and_then(|i| u8::try_from(i).ok()) {
            Some(byte) => Ok(byte),
            None => Err(self.value_error("byte must be in range(0, 256)")),
        }
    }

    pub(super) fn range_item(&mut self, v: Value, i: Value) -> Outcome {
        let Some(range) = v.get::<Range>() else { return Err(Signal::Raised) };
        if let (Some((start, stop, step)), true) = (range.small(), i.is_int()) {
            let len = Range::small_len(start, stop, step);
            let index = i.as_small_int();
            let index = if index < 0 { index + len } else { index };
            if (0..len).contains(&index) {
                return Ok(Ref::int(start + index * step));
            }
            return Err(self.index_error("range object index out of range"));
        }
        let name = self.names.index;
        if i.as_int().is_none() && self.special(i, name).is_none() {
            let given = self.type_name(i);
            return Err(self.type_error(format!("range indices must be integers or slices, not {given}")));
        }
        let int = self.index_value(i)?;
        let index = int.as_int().map_or(Int::Small(0), Int::from);
        let Some(ints) = super::equality::plain_range(range) else { return Err(Signal::Raised) };
        let item = ints.get(&index);
        Ok(self.checked(item)?.into())
    }

    fn range_slice(&mut self, v: Value, slice: Value) -> Outcome {
        let [start, stop, step] = self.slice_ints(slice)?;
        let Some(ints) = v.get::<Range>().and_then(super::equality::plain_range) else { return Err(Signal::Raised) };
        let part = ints.slice(start.as_ref(), stop.as_ref(), step.as_ref());
        let part = self.checked(part)?;
        Ok(Range::alloc(part.start.into(), part.stop.into(), part.step.into()))
    }

    /// `item in range`; `None` if the item is no int (then the items are compared one by one).
    pub(super) fn range_contains(&mut self, v: Value, item: Value) -> Outcome<Option<bool>> {
        let Some(range) = v.get::<Range>() else { return Ok(None) };
        let exact =
            item.is_int() || item.is_bool() || (item.is_kind(Kind::BigInt) && super::iterate::is_plain_object(item));
        if exact {
            let int = item.as_int().map_or(Int::Small(0), Int::from);
            return Ok(super::equality::plain_range(range).map(|ints| ints.contains(&int)));
        }
        // A float is in the range if it is one of its ints; nothing else equals an int but by a method of its own.
        if let Some(x) = item.as_float() {
            let int = int_math::Int::Small(x as i64);
            let exact = x == x.trunc() && x.abs() < 9e18;
            return Ok(Some(exact && super::equality::plain_range(range).is_some_and(|ints| ints.contains(&int))));
        }
        if item.is_kind(Kind::Instance) {
            let iterator = super::iterate::range_iter(range);
            while let Some(candidate) = self.next_reentrant(*iterator)? {
                if self.equal(*candidate, item)? {
                    return Ok(Some(true));
                }
            }
        }
        Ok(Some(false))
    }
}

/// Takes out the items of a span.
fn remove_span<T>(items: &mut Vec<T>, span: SliceSpan) -> Vec<T> {
    if span.count == 0 {
        return Vec::new();
    }
    if span.step == 1 {
        let end = span.range().end.min(items.len());
        return items.drain(span.range().start.min(end)..end).collect();
    }
    let mut marks = vec![false; items.len()];
    span.positions().for_each(|at| {
        if let Some(mark) = marks.get_mut(at) {
            *mark = true;
        }
    });
    let mut removed = Vec::with_capacity(span.count);
    let mut kept = Vec::with_capacity(items.len());
    for (item, marked) in std::mem::take(items).into_iter().zip(marks) {
        if marked { removed.push(item) } else { kept.push(item) }
    }
    *items = kept;
    removed
}

fn slice_text(v: Value, span: SliceSpan, length: usize) -> Ref {
    let Some(text) = v.get::<Str>() else { return Ref::NONE };
    if span.step == 1 {
        if span.count == length && super::iterate::is_plain_object(v) {
            return v.to_ref();
        }
        let range = span.range();
        return text.substring(range.start, range.end);
    }
    if text.is_ascii() {
        let bytes = text.as_str().as_bytes();
        let taken: String = span.positions().map(|at| bytes[at] as char).collect();
        return Ref::str(&taken);
    }
    let chars: Vec<char> = text.as_str().chars().collect();
    let taken: String = span.positions().map(|at| chars[at]).collect();
    Ref::str(&taken)
}
