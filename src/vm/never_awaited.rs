//! The warning for a coroutine that was dropped without ever being awaited: where it was made, and what to write instead.

use super::Vm;
use crate::code::CodeKind;
use crate::diag::{ColorChoice, Diagnostic, Severity, Span, render};
use crate::object::Value;
use crate::object::code::Code;
use crate::object::coroutine::Coro;
use crate::object::future::Wait;
use rustc_hash::FxHashSet;
use std::cell::RefCell;
use std::rc::Rc;

thread_local! {
    /// Places warned of: each once, as CPython's default filter has it. (File by address, offset.)
    static WARNED: RefCell<FxHashSet<(usize, u32)>> = RefCell::default();
}

impl Vm {
    /// `RuntimeWarning: coroutine 'f' was never awaited`, on standard error.
    pub(super) fn warn_never_awaited(&mut self, coro: &Coro) {
        let code = coro.code();
        let name = coro.names().qualname.as_str().unwrap_or("?").to_owned();
        let title = format!("coroutine '{name}' was never awaited");
        let text = match made_at(code, coro.frame.created) {
            Some((span, by)) => {
                let place = (Rc::as_ptr(&code.info.unit.source) as *const u8 as usize, span.start);
                if !WARNED.with_borrow_mut(|warned| warned.insert(place)) {
                    return;
                }
                let color = if self.colors_errors() { ColorChoice::Always } else { ColorChoice::Never };
                render(&warning(title, code, span, by), &code.info.unit.source, color)
            }
            None => format!("RuntimeWarning: {title}\n"),
        };
        self.flush_output();
        super::output::complain(&text);
    }

    /// The same for a native wait (`asyncio.sleep(1)` without `await`): it knows where it is dropped.
    pub(super) fn warn_wait_dropped(&mut self, value: Value) {
        let Some(name) = value.get::<Wait>().map(|wait| wait.what.function_name()) else { return };
        let title = format!("coroutine '{name}' was never awaited");
        let place = self.current_place();
        let text = match place.and_then(|place| Some((place, *place.code.info.data.spans.get(place.pc as usize)?))) {
            Some((place, span)) => {
                let source = &place.code.info.unit.source;
                let key = (Rc::as_ptr(source) as *const u8 as usize, span.start);
                if !WARNED.with_borrow_mut(|warned| warned.insert(key)) {
                    return;
                }
                let color = if self.colors_errors() { ColorChoice::Always } else { ColorChoice::Never };
                let called = name.rsplit('.').next().unwrap_or(name);
                let is_call =
                    source.text.get(span.start as usize..span.end as usize).is_some_and(|t| t.contains(called));
                render(&dropped(title, place.code, span, is_call), source, color)
            }
            None => format!("RuntimeWarning: {title}\n"),
        };
        self.flush_output();
        super::output::complain(&text);
    }

    /// `file:line` of the call at offset `created`, which made a task of this coroutine; None if it is in another file.
    pub fn spawn_place(&self, coroutine: Value, created: u32) -> Option<String> {
        let code = Coro::from_value(&coroutine)?.code();
        let (span, by) = made_at(code, created)?;
        let source = &by.info.unit.source;
        Some(format!("{}:{}", source.name, source.line(span.start)))
    }

    /// Shows a warning about a place in `code`'s file, on standard error.
    pub(super) fn warn(&mut self, warning: &Diagnostic, code: &'static Code) {
        let color = if self.colors_errors() { ColorChoice::Always } else { ColorChoice::Never };
        let text = render(warning, &code.info.unit.source, color);
        self.flush_output();
        crate::vm::output::complain(&text);
    }

    /// Whether what goes to standard error is coloured.
    fn colors_errors(&self) -> bool {
        use std::io::IsTerminal;
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
    }
}

/// The call that made the coroutine and the function it stands in, if it is in the same file as the coroutine's function:
/// only the offset is kept with a coroutine.
fn made_at(code: &'static Code, created: u32) -> Option<(Span, &'static Code)> {
    if code.info.hidden {
        return None;
    }
    let unit = &code.info.unit;
    let name = code.info.name.as_str()?;
    let calls = |by: &'static Code| {
        let spans = by.info.data.spans.iter().filter(move |span| span.start == created);
        spans.max_by_key(|span| span.end).map(|span| (*span, by))
    };
    let (span, by) = unit.codes.borrow().iter().filter_map(|by| calls(by)).max_by_key(|(span, _)| span.end)?;
    let text = unit.source.text.get(span.start as usize..span.end as usize)?;
    text.contains(&format!("{name}(")).then_some((span, by))
}

fn dropped(title: String, by: &'static Code, span: Span, is_call: bool) -> Diagnostic {
    let mut warning = plain(title, span, "dropped here without being awaited");
    if is_call && matches!(by.kind, CodeKind::Coroutine | CodeKind::AsyncGenerator) {
        warning = warning.with_fix(Span::new(span.start, span.start), "await ", "wait for it");
    }
    warning
}

fn plain(title: String, span: Span, label: &str) -> Diagnostic {
    Diagnostic {
        severity: Severity::Warning,
        code: "never-awaited",
        class: "RuntimeWarning",
        title,
        span,
        label: label.to_owned(),
        labels: Vec::new(),
        notes: Vec::new(),
        fix: None,
    }
}

fn warning(title: String, code: &'static Code, span: Span, by: &'static Code) -> Diagnostic {
    let warning = plain(title, span, "made here, and dropped without being awaited");
    let warning = warning.with_secondary(code.info.data.header, "calling it builds a coroutine and runs nothing");
    match by.kind {
        CodeKind::Coroutine | CodeKind::AsyncGenerator => {
            warning.with_fix(Span::new(span.start, span.start), "await ", "wait for it")
        }
        _ => warning.with_note("run it with `asyncio.run(…)`, or await it in an `async def`"),
    }
}
