//! Short cuts of the slow paths: operands of the built-in types themselves, for which nothing has to be asked.
//!
//! None of these runs anything of a program or raises; operands are borrowed from the registers.

use crate::object::algo::str_search;
use crate::object::container::{Slice, Tuple};
use crate::object::dict::Dict;
use crate::object::heap::flag;
use crate::object::text::Str;
use crate::object::{Kind, Ref, Value};
use crate::vm::protocol::{BinOp, CmpOp};

/// A `str`, not an instance of a subclass.
#[inline(always)]
pub(super) fn text(value: &Value) -> Option<&Str> {
    // Safety: a pointer word points at a live header.
    value.get::<Str>().filter(|_| unsafe { (*value.header()).flags & flag::SUBCLASS == 0 })
}

/// A float, or an int that converts to one, that lies in its word.
#[inline(always)]
fn word_number(value: Value) -> Option<f64> {
    if value.is_int() { Some(value.as_small_int() as f64) } else { value.as_word_double() }
}

/// Operators on a float in its word and a number, and `+` on strings. (Two ints are the handlers'.)
#[inline(always)]
pub(super) fn binary(op: BinOp, a: Value, b: Value) -> Option<Ref> {
    if let (Some(x), Some(y)) = (text(&a), text(&b)) {
        // With an empty one the result is the other itself, which the long way sees to.
        let both = op == BinOp::Add && x.char_len() > 0 && y.char_len() > 0;
        return both.then(|| x.plus(y));
    }
    if a.is_int() && b.is_int() {
        return None;
    }
    let (x, y) = (word_number(a)?, word_number(b)?);
    match op {
        BinOp::Add => Some(Ref::float(x + y)),
        BinOp::Sub => Some(Ref::float(x - y)),
        BinOp::Mul => Some(Ref::float(x * y)),
        BinOp::Div if y != 0.0 => Some(Ref::float(x / y)),
        _ => None,
    }
}

/// `a op b` of two strings, or of a float in its word and a float or small int.
#[inline(always)]
pub(super) fn compare(op: CmpOp, a: Value, b: Value) -> Option<bool> {
    if let (Some(x), Some(y)) = (text(&a), text(&b)) {
        return Some(match op {
            CmpOp::Eq => x.same(y),
            CmpOp::Ne => !x.same(y),
            // UTF-8 sorts as its code points do.
            _ => op.holds(Some(x.as_str().cmp(y.as_str()))),
        });
    }
    // Beyond 2^53 an int is not what it converts to.
    let exact = |v: Value| !v.is_int() || v.as_small_int().unsigned_abs() <= 1 << 53;
    if !exact(a) || !exact(b) {
        return None;
    }
    Some(op.holds(word_number(a)?.partial_cmp(&word_number(b)?)))
}

/// `object[index]`: a character or a run of characters of a `str`, the value of a key in a dict.
#[inline(always)]
pub(super) fn item(object: Value, index: Value) -> Option<Ref> {
    if let Some(text) = text(&object) {
        if index.is_int() {
            let at = position(index.as_small_int(), text.char_len())?;
            return match text.is_ascii() {
                true => Some(Ref::char(text.as_str().as_bytes()[at] as char)),
                false => text.char_at(at).map(Ref::char),
            };
        }
        let slice = index.get::<Slice>().filter(|slice| slice.step.is_none())?;
        return run(object, *slice.start, *slice.stop);
    }
    let dict = plain_dict(&object)?;
    Some(dict.value_at(key_position(dict, index)??).to_ref())
}

/// `item in container`.
#[inline(always)]
pub(super) fn contains(container: Value, item: Value) -> Option<bool> {
    if let Some(text) = container.get::<Str>() {
        return Some(str_search::find(text.as_str(), item.as_str()?).is_some());
    }
    Some(key_position(plain_dict(&container)?, item)?.is_some())
}

/// A dict that is not an instance of a subclass, nor stands for a module's variables.
#[inline(always)]
fn plain_dict(value: &Value) -> Option<&Dict> {
    // Safety: a pointer word points at a live header.
    let plain = value.is_kind(Kind::Dict) && unsafe { (*value.header()).flags & flag::SUBCLASS == 0 };
    value.get::<Dict>().filter(|dict| plain && !crate::vm::protocol::namespace::is_namespace(dict))
}

/// The position of a small int or a `str` among the keys; `None` if other keys with its hash would have to be asked.
#[inline(always)]
fn key_position(dict: &Dict, key: Value) -> Option<Option<usize>> {
    if key.is_int() {
        return dict.find_int(key);
    }
    dict.find_text(text(&key)?)
}

/// Index `at` of a sequence that is `len` long.
#[inline(always)]
fn position(at: i64, len: usize) -> Option<usize> {
    let at = if at < 0 { at + len as i64 } else { at };
    usize::try_from(at).ok().filter(|at| *at < len)
}

/// `object[start:stop]` of a `str`, list or tuple where both bounds are small ints or None. (All of a `str` or tuple is the
/// object itself, which the long way sees to.)
#[inline(always)]
pub(super) fn run(object: Value, start: Value, stop: Value) -> Option<Ref> {
    if let Some(text) = text(&object) {
        let len = text.char_len();
        let (start, stop) = bounds(start, stop, len)?;
        return (start > 0 || stop < len).then(|| text.substring(start, stop));
    }
    // Safety: a pointer word points at a live header.
    let plain = object.is_ptr() && unsafe { (*object.header()).flags & flag::SUBCLASS == 0 };
    let items = object.as_sequence().filter(|_| plain)?;
    let (start, stop) = bounds(start, stop, items.len())?;
    match object.is_kind(Kind::List) {
        true => Some(Ref::list(items[start..stop].to_vec())),
        false if stop - start < items.len() => Some(Tuple::from_iter(items[start..stop].iter().cloned())),
        false => None,
    }
}

/// Bounds cut to a sequence that is `len` long.
#[inline(always)]
fn bounds(start: Value, stop: Value, len: usize) -> Option<(usize, usize)> {
    let bound = |v: Value, default: i64| {
        if v.is_none() {
            return Some(default);
        }
        let at = v.is_int().then(|| v.as_small_int())?;
        Some(if at < 0 { at + len as i64 } else { at }.clamp(0, len as i64))
    };
    let (start, stop) = (bound(start, 0)?, bound(stop, len as i64)?);
    Some((start as usize, stop.max(start) as usize))
}
