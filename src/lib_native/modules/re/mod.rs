//! `_re`: patterns and matches. The module `re` (in Coro) adds functions, flags and the cache; the matching itself is
//! `object::algo::regex`.

mod matched;
mod pattern;
mod replace;
mod scanner;
mod subject;

use super::Building;
use crate::natives;
use crate::object::algo::regex::{Found, Regex, RegexError, Request, Stop};
use crate::object::call::{Args, Outcome, Signal};
use crate::object::heap::Kind;
use crate::object::types::{TypeObj, TypeRef};
use crate::object::{Ref, Value};
use crate::vm::{Vm, interrupt};
use std::cell::Cell;

/// The types of the module.
#[derive(Clone, Copy)]
struct Types {
    pattern: TypeRef,
    matched: TypeRef,
    scanner: TypeRef,
    iterator: TypeRef,
}

thread_local! {
    /// Set when the module is made.
    static TYPES: Cell<Option<Types>> = const { Cell::new(None) };
}

natives! { FUNCTIONS;
    "compile", compile, 2, 2;
}

/// Makes the module.
pub fn module(vm: &mut Vm) -> Outcome {
    let pattern = vm.define_type("re.Pattern", &[], Kind::Opaque, pattern::METHODS);
    vm.add_getters(pattern, pattern::GETTERS);
    let matched = vm.define_type("re.Match", &[], Kind::Opaque, matched::METHODS);
    vm.add_getters(matched, matched::GETTERS);
    // `m[1]` does not make it a sequence.
    vm.set_class_attr(matched, "__iter__", Ref::NONE);
    let scanner = vm.define_type("_sre.SRE_Scanner", &[], Kind::Opaque, scanner::METHODS);
    vm.add_getters(scanner, scanner::GETTERS);
    let iterator = vm.define_type("callable_iterator", &[], Kind::Opaque, scanner::ITERATOR_METHODS);
    [pattern, matched, scanner].into_iter().for_each(TypeObj::name_in_full);
    TYPES.set(Some(Types { pattern, matched, scanner, iterator }));
    let building = Building::new(vm, "_re");
    building.types(&[pattern, matched]);
    building.functions(vm, "_re", FUNCTIONS);
    Ok(building.module)
}

/// The types; natives of the module run only after it was made.
fn types(vm: &mut Vm) -> Outcome<Types> {
    match TYPES.get() {
        Some(types) => Ok(types),
        None => Err(vm.runtime_error("the module re is not initialised")),
    }
}

/// The text of a pattern or template as characters, and whether it is a `str`; None for other values.
fn characters(value: Value) -> Option<(Vec<char>, bool)> {
    match value.as_str() {
        Some(text) => Some((text.chars().collect(), true)),
        None => value.as_bytes().map(|bytes| (bytes.iter().map(|byte| char::from(*byte)).collect(), false)),
    }
}

/// `compile(pattern, flags)`: a new Pattern.
fn compile(vm: &mut Vm, args: Args) -> Outcome {
    let source = args.values[0];
    let Some((chars, text)) = characters(source) else {
        return Err(vm.type_error("first argument must be string or compiled pattern"));
    };
    let flags = vm.index(args.values[1])?;
    let flags = u32::try_from(flags & i64::from(u32::MAX)).unwrap_or(0);
    match Regex::compile(&chars, text, flags) {
        Err(error) => Err(refuse(vm, error, source)),
        Ok(compiled) => {
            let made = pattern::alloc(vm, compiled.regex, source, text)?;
            if compiled.warnings.is_empty() {
                return Ok(made);
            }
            let messages = compiled.warnings.iter().map(|warning| Ref::str(&warning.message));
            let messages = Ref::tuple(messages.collect());
            Err(vm.tail_prelude("pattern_warnings", &[*made, *messages]))
        }
    }
}

/// Raises what a bad pattern or template (`source`) deserves.
fn refuse(vm: &mut Vm, error: RegexError, source: Value) -> Signal {
    match error {
        RegexError::Pattern { message, at } => {
            let message = Ref::str(&message);
            let (source, at) = match at {
                Some(at) => (source, Ref::int(at as i64)),
                None => (Value::NONE, Ref::NONE),
            };
            vm.tail_prelude("pattern_error", &[*message, source, *at])
        }
        RegexError::Value(message) => vm.value_error(message),
        RegexError::Overflow(message) => vm.overflow_error(message),
        RegexError::Index(message) => vm.index_error(message),
        RegexError::Recursion => {
            let class = vm.types.exc.recursion_error;
            vm.raise(class, "maximum recursion depth exceeded")
        }
    }
}

/// Searches. A signal interrupts a search that takes long: unless its answer raises, the search begins again.
fn find(vm: &mut Vm, regex: &Regex, subject: &[u8], request: Request) -> Outcome<Option<Found>> {
    loop {
        match regex.find(subject, request, &mut interrupt::is_pending) {
            Ok(found) => return Ok(found),
            Err(Stop::Interrupted) => vm.answer_signals()?,
            Err(Stop::Memory) => {
                let class = vm.types.exc.memory_error;
                return Err(vm.raise_bare(class));
            }
        }
    }
}
