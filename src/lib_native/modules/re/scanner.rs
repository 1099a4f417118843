//! Searching on from one match to the next: `Pattern.finditer` and `Pattern.scanner`.

use super::matched::Match;
use super::{find, pattern, subject};
use crate::natives;
use crate::object::algo::regex::{Mode, Request};
use crate::object::call::{Args, Outcome};
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};
use crate::vm::Vm;

pub struct Scan {
    pattern: Ref,
    string: Ref,
    pos: i64,
    endpos: i64,
    /// Byte offset where the next search begins; None before the first one.
    next: Option<usize>,
    /// The last match was empty.
    not_empty: bool,
    /// There was a search without a match.
    ended: bool,
}

impl Scan {
    /// `string` was checked.
    pub fn new(pattern: Value, string: Value, pos: i64, endpos: i64) -> Scan {
        let (pattern, string) = (pattern.to_ref(), string.to_ref());
        Scan { pattern, string, pos, endpos, next: None, not_empty: false, ended: false }
    }
}

impl OpaqueData for Scan {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        visit(self.pattern.value());
        visit(self.string.value());
    }

    fn weakly_referable(&self) -> bool {
        false
    }
}

natives! { METHODS;
    "match", scan_match, 1, 1;
    "search", scan_search, 1, 1;
}

natives! { GETTERS;
    "pattern", scan_pattern, 1, 1;
}

natives! { ITERATOR_METHODS;
    "__iter__", iter, 1, 1;
    "__next__", next, 1, 1;
}

pub fn alloc(class: TypeRef, scan: Scan) -> Ref {
    Ref::opaque(class, scan)
}

/// The next match, None at the end.
fn step(vm: &mut Vm, args: &Args, mode: Mode) -> Outcome<Option<Ref>> {
    let Some(scan) = args.values[0].opaque::<Scan>() else {
        return Err(vm.type_error("a scanner is needed"));
    };
    if scan.ended {
        return Ok(None);
    }
    let (pattern, string) = (scan.pattern.clone(), scan.string.clone());
    let (owner, text) = (pattern.value(), string.value());
    let found = match subject::between(&text, scan.pos, scan.endpos) {
        None => None,
        Some(part) => {
            // A bytearray may have become shorter.
            let start = scan.next.unwrap_or(part.start).min(part.bytes.len());
            let request = Request { mode, start, not_empty: scan.not_empty };
            let regex = &pattern::this(vm, &owner)?.regex;
            find(vm, regex, part.bytes, request)?.map(|found| (found, (part.pos, part.endpos)))
        }
    };
    let Some((found, bounds)) = found else {
        scan.ended = true;
        return Ok(None);
    };
    scan.not_empty = found.slots[0] == found.slots[1];
    scan.next = Some(found.slots[1]);
    Match::alloc(vm, *pattern, *string, found, bounds).map(Some)
}

fn scan_match(vm: &mut Vm, args: Args) -> Outcome {
    Ok(step(vm, &args, Mode::Match)?.unwrap_or(Ref::NONE))
}

fn scan_search(vm: &mut Vm, args: Args) -> Outcome {
    Ok(step(vm, &args, Mode::Search)?.unwrap_or(Ref::NONE))
}

fn scan_pattern(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].opaque::<Scan>().map_or(Ref::NONE, |scan| scan.pattern.clone()))
}

fn iter(_: &mut Vm, args: Args) -> Outcome {
    Ok(args.values[0].to_ref())
}

fn next(vm: &mut Vm, args: Args) -> Outcome {
    match step(vm, &args, Mode::Search)? {
        Some(found) => Ok(found),
        None => Err(vm.stop_iteration(Ref::NONE)),
    }
}
