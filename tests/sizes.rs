//! Sizes that speed and memory rest on. A change here is a decision; see `docs/decisions/`.

use coro::code::Instr;
use coro::object::call::Signal;
use coro::object::coroutine::{Coro, Frame};
use coro::object::{Header, Ref, Value, container, number, text, types};
use std::mem::{offset_of, size_of};

#[test]
fn words() {
    assert_eq!(size_of::<Value>(), 8);
    assert_eq!(size_of::<Ref>(), 8);
    assert_eq!(size_of::<Instr>(), 8);
    assert_eq!(size_of::<Header>(), 8);
}

/// A native's result and a fallible step must be cheap to hand back.
#[test]
fn results() {
    assert_eq!(size_of::<Signal>(), 1, "what goes with it is in the machine, not in the result");
    assert_eq!(size_of::<Result<Ref, Signal>>(), 16);
}

#[test]
fn a_suspended_coroutine_is_48_bytes_and_8_for_each_register() {
    assert_eq!(size_of::<Frame>(), 32);
    assert_eq!(size_of::<Coro>(), 48);
    assert_eq!(offset_of!(Coro, frame) + size_of::<Frame>(), size_of::<Coro>(), "registers follow the frame directly");
}

#[test]
fn objects() {
    assert_eq!(size_of::<number::FloatObj>(), 16);
    assert_eq!(size_of::<container::Tuple>(), 16, "then 8 for each item");
    assert_eq!(size_of::<container::List>(), 32);
    assert_eq!(size_of::<container::Range>(), 32);
    assert_eq!(size_of::<types::Instance>(), 24, "then 8 for each attribute in line");
}

/// The text follows; two million short strings are a common sight.
#[test]
fn a_str_is_24_bytes_and_its_text() {
    assert_eq!(size_of::<text::Str>(), 24);
}
