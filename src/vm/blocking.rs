//! The warning for code that held up the event loop: its line, and what to write instead.

use super::Vm;
use super::stacks::Place;
use crate::code::CodeKind;
use crate::diag::{Diagnostic, Severity, Span};
use crate::event_loop::clock::Nanos;
use crate::object::code::Code;
use std::cell::RefCell;

thread_local! {
    /// Places reported, each once: the function, and for calls the offset of the call. (Functions by address.)
    static REPORTED: RefCell<Vec<(usize, u32)>> = const { RefCell::new(Vec::new()) };
}

/// Reports made at most.
const MOST: usize = 20;

impl Vm {
    /// Warns of the code that runs, in the task `who`: it held up `others` for so long, by a call that blocked or by
    /// computing. Each place is named once.
    pub fn warn_blocked(&mut self, who: &str, others: usize, held: Nanos, is_call: bool) {
        let Some(place) = self.current_place() else { return };
        let Some(span) = place.code.info.data.spans.get(place.pc as usize).copied() else { return };
        let key = (std::ptr::from_ref::<Code>(place.code) as usize, if is_call { span.start } else { u32::MAX });
        let is_new = REPORTED.with_borrow_mut(|reported| {
            let is_new = reported.len() < MOST && !reported.contains(&key);
            if is_new {
                reported.push(key);
            }
            is_new
        });
        if is_new {
            let warning = warning(place, span, who, others, held, is_call);
            self.warn(&warning, place.code);
        }
    }
}

fn warning(place: Place, span: Span, who: &str, others: usize, held: Nanos, is_call: bool) -> Diagnostic {
    let seconds = held as f64 / 1e9;
    let (what, label) = match is_call {
        true => ("a call blocked", "waits here without letting others run"),
        false => ("a computation held up", "computes here without giving way"),
    };
    let over = if is_call { "" } else { "more than " };
    let held_up = if others == 1 { "another was ready".to_owned() } else { format!("{others} others were ready") };
    let warning = Diagnostic {
        severity: Severity::Warning,
        code: "blocking-call",
        class: "RuntimeWarning",
        title: format!("{what} the event loop for {over}{seconds:.1} s while {held_up}"),
        span,
        label: format!("{who} {label}"),
        labels: Vec::new(),
        notes: Vec::new(),
        fix: None,
    };
    let in_coroutine = matches!(place.code.kind, CodeKind::Coroutine | CodeKind::AsyncGenerator);
    let text = place.code.info.unit.source.text.get(span.start as usize..span.end as usize).unwrap_or("");
    const SLEEP: &str = "time.sleep";
    if is_call && in_coroutine && text.starts_with(SLEEP) {
        let called = Span::new(span.start, span.start + SLEEP.len() as u32);
        return warning.with_fix(called, "await asyncio.sleep", "let the others run meanwhile");
    }
    if is_call {
        return warning;
    }
    warning.with_note("`await asyncio.sleep(0)` now and then lets the others run")
}
