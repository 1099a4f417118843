//! Uncaught exceptions as text.

use super::Vm;
use crate::object::Value;
use crate::object::exception::Exception;

/// The report of an exception that nobody caught: where it was raised, and CPython's last line.
pub fn render_uncaught(vm: &mut Vm, exc: Value, _color: bool) -> String {
    let mut text = String::new();
    let entries = exc.get::<Exception>().map(|e| e.traceback.borrow().clone()).unwrap_or_default();
    if !entries.is_empty() {
        text.push_str("Traceback (most recent call last):\n");
    }
    for entry in entries.iter().rev() {
        let data = &entry.code.info.data;
        let source = &entry.code.info.unit.source;
        let span = data.spans.get(entry.pc as usize).copied().unwrap_or_default();
        let (line, column) = source.line_column(span.start);
        text.push_str(&format!(
            "  --> {}:{line}:{column} in {}\n    {}\n",
            source.name,
            data.qualname,
            source.line_text(line).trim()
        ));
    }
    text.push_str(&last_line(vm, exc));
    text.push('\n');
    text
}

/// `ValueError: bad`, or the class name alone.
pub fn last_line(vm: &mut Vm, exc: Value) -> String {
    let class = vm.type_of(exc).name_text();
    let shown = vm.str(exc).map(|s| s.as_str().unwrap_or("").to_owned());
    match shown {
        Ok(text) if text.is_empty() => class,
        Ok(text) => format!("{class}: {text}"),
        Err(_) => {
            drop(vm.take_raised());
            format!("{class}: <exception str() failed>")
        }
    }
}
