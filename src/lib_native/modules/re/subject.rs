//! What is searched: the part of a string between two places, and pieces of it as objects.

use crate::object::call::Outcome;
use crate::object::text::Str;
use crate::object::{Ref, Value};
use crate::vm::Vm;

/// The string's bytes up to `end`, and where a search begins; byte offsets.
pub struct Subject<'a> {
    pub bytes: &'a [u8],
    pub start: usize,
    /// `pos` and `endpos` as they were given, cut to the string's length; characters.
    pub pos: usize,
    pub endpos: usize,
}

/// The bytes of a str or a bytes-like object.
fn bytes_of(string: &Value) -> Option<&[u8]> {
    string.as_str().map(str::as_bytes).or_else(|| string.as_bytes())
}

/// Length in characters.
fn length(string: Value) -> usize {
    match string.get::<Str>() {
        Some(text) => text.char_len(),
        None => string.as_bytes().map_or(0, <[u8]>::len),
    }
}

/// Byte offset of a character.
fn offset(string: Value, at: usize) -> usize {
    string.get::<Str>().map_or(at, |text| text.byte_offset(at))
}

/// The character at a byte offset.
pub fn position(string: Value, offset: usize) -> usize {
    string.get::<Str>().map_or(offset, |text| text.char_index(offset))
}

/// Refuses what a pattern of this kind cannot be matched with.
///
/// # Errors
/// TypeError.
pub fn check(vm: &mut Vm, string: Value, text: bool) -> Outcome<()> {
    let message = match (string.as_str().is_some(), string.as_bytes().is_some()) {
        (false, false) => format!("expected string or bytes-like object, got '{}'", vm.type_name(string)),
        (true, _) if !text => "cannot use a bytes pattern on a string-like object".to_owned(),
        (false, _) if text => "cannot use a string pattern on a bytes-like object".to_owned(),
        _ => return Ok(()),
    };
    Err(vm.type_error(message))
}

/// What is between `pos` and `endpos` of a string that was checked; None if they are in the wrong order.
pub fn between(string: &Value, pos: i64, endpos: i64) -> Option<Subject<'_>> {
    let length = length(*string);
    let cut = |at: i64| usize::try_from(at).map_or(0, |at| at.min(length));
    let (pos, endpos) = (cut(pos), cut(endpos));
    let end = if endpos == length { usize::MAX } else { offset(*string, endpos) };
    let bytes = bytes_of(string)?;
    let bytes = bytes.get(..end).unwrap_or(bytes);
    (pos <= endpos).then(|| Subject { bytes, start: offset(*string, pos), pos, endpos })
}

/// The whole of a string that was checked.
pub fn whole(string: &Value) -> &[u8] {
    bytes_of(string).unwrap_or_default()
}

/// A piece as a `str` or `bytes`. A bytearray may have become shorter since: then less is left of it.
pub fn piece(string: Value, start: usize, end: usize) -> Ref {
    if let Some(text) = string.as_str() {
        return match text.get(start..end) {
            Some(piece) if piece.len() == 1 => Ref::char(char::from(piece.as_bytes()[0])),
            Some(piece) => Ref::str(piece),
            None => Ref::str(""),
        };
    }
    let bytes = string.as_bytes().unwrap_or_default();
    let end = end.min(bytes.len());
    Ref::bytes(bytes.get(start..end).unwrap_or_default().to_vec())
}
