//! Uncaught exceptions as text: where they were raised, with the source of each frame and the part of it that failed;
//! causes and contexts; groups as a tree. The last line is CPython's.
//!
//! ```text
//! Traceback (most recent call last):
//!   program.co:7:1 in <module>
//!      7 | main()
//!        | ^^^^^^
//!   program.co:4:12 in main
//!      4 |     return 1 / n
//!        |            ^^^^^
//! ZeroDivisionError: division by zero
//! ```

use super::Vm;
use crate::object::exception::{Exception, TraceEntry};
use crate::object::{Ref, Value};
use crate::vm::groups::members;
use crate::vm::protocol::repr_object::full_type_name;
use unicode_width::UnicodeWidthStr;

/// Groups are shown to this depth, with this many members.
const MAX_GROUP_DEPTH: usize = 10;
const MAX_GROUP_WIDTH: usize = 15;
/// A frame repeated more often than this is counted instead.
const MAX_REPEATS: usize = 3;

/// The report of an exception that nobody caught.
pub fn render_uncaught(vm: &mut Vm, exc: Value, color: bool) -> String {
    let mut report = Report { out: String::new(), color, indent: String::new() };
    report.chain(vm, exc, 0);
    report.out
}

/// `ValueError: bad`, or the class name alone. The class has its module unless that is the program's own.
pub fn last_line(vm: &mut Vm, exc: Value) -> String {
    let class = vm.type_of(exc);
    let name = match full_type_name(class) {
        name if name.starts_with("__main__.") => name["__main__.".len()..].to_owned(),
        name => name,
    };
    let shown = if vm.is_instance_of(exc, vm.types.exc.syntax_error) {
        let message = vm.own_attr(exc, crate::object::atom::intern("msg")).unwrap_or(Ref::NONE);
        vm.str(*message)
    } else {
        vm.str(exc)
    };
    match shown {
        Ok(text) if text.as_str().is_none_or(str::is_empty) => name,
        Ok(text) => format!("{name}: {}", text.as_str().unwrap_or("")),
        Err(_) => {
            drop(vm.take_raised());
            format!("{name}: <exception str() failed>")
        }
    }
}

struct Report {
    out: String,
    color: bool,
    /// Before each line: the bars of the groups around.
    indent: String,
}

const RED: &str = "\x1b[1;31m";
const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";

impl Report {
    fn line(&mut self, text: &str) {
        for part in text.split('\n') {
            let line = format!("{}{}", self.indent, printable(part));
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    /// The line in a colour, if colours are wanted.
    fn colored(&mut self, color: &str, text: &str) {
        for part in text.split('\n') {
            let shown = printable(part);
            let (start, end) = if self.color { (color, RESET) } else { ("", "") };
            let line = format!("{}{start}{shown}{end}", self.indent);
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    /// The exception after those that it came from.
    fn chain(&mut self, vm: &mut Vm, exc: Value, depth: usize) {
        let mut chain: Vec<(Ref, &str)> = Vec::new();
        let mut at = exc.to_ref();
        while let Some(object) = at.get::<Exception>() {
            let (cause, context) = (object.cause.borrow().clone(), object.context.borrow().clone());
            let (next, why) = if !cause.is_none() {
                (cause, "The above exception was the direct cause of the following exception:")
            } else if !context.is_none() && !object.suppress_context.get() {
                (context, "During handling of the above exception, another exception occurred:")
            } else {
                break;
            };
            let known = *next == exc || chain.iter().any(|(seen, _)| **seen == *next);
            if known {
                break;
            }
            chain.push((next.clone(), why));
            at = next;
        }
        for (earlier, why) in chain.into_iter().rev() {
            self.one(vm, *earlier, depth);
            self.line("");
            self.line(why);
            self.line("");
        }
        self.one(vm, exc, depth);
    }

    fn one(&mut self, vm: &mut Vm, exc: Value, depth: usize) {
        let entries = exc.get::<Exception>().map(|e| e.traceback.borrow().clone()).unwrap_or_default();
        self.frames(&entries);
        let is_group = vm.is_instance_of(exc, vm.types.exc.base_exception_group);
        if is_group {
            self.group(vm, exc, depth);
        }
        if let Some(hint) = vm.suggestion(exc) {
            self.line(&format!("  help: {hint}"));
        }
        let last = last_line(vm, exc);
        self.colored(RED, &last);
        self.notes(vm, exc);
    }

    fn frames(&mut self, entries: &[TraceEntry]) {
        if entries.is_empty() {
            return;
        }
        self.line("Traceback (most recent call last):");
        let place = |entry: &TraceEntry| (entry.code as *const _, entry.pc);
        let mut repeats = 0;
        let mut previous = None;
        for entry in entries.iter().rev() {
            if previous == Some(place(entry)) {
                repeats += 1;
                if repeats >= MAX_REPEATS {
                    continue;
                }
            } else {
                self.repeated(repeats);
                repeats = 0;
            }
            previous = Some(place(entry));
            self.frame(entry);
        }
        self.repeated(repeats);
    }

    fn repeated(&mut self, repeats: usize) {
        if let Some(more @ 1..) = (repeats + 1).checked_sub(MAX_REPEATS) {
            self.line(&format!("  [{more} more of the same]"));
        }
    }

    /// Where the frame stood, and the source line with the failing part underlined.
    fn frame(&mut self, entry: &TraceEntry) {
        let info = &entry.code.info;
        let source = &info.unit.source;
        let span = info.data.spans.get(entry.pc as usize).copied().unwrap_or(info.data.header);
        let (line, column) = source.line_column(span.start);
        self.line(&format!("  {}:{line}:{column} in {}", source.name, info.data.qualname));
        let text = source.line_text(line).replace('\t', " ");
        if text.trim().is_empty() {
            return;
        }
        self.line(&format!("  {line:>5} | {}", text));
        let at = column as usize - 1;
        let end = source.line_column(span.end);
        let len = if end.0 == line { (end.1 as usize - 1).saturating_sub(at) } else { usize::MAX };
        let before: String = text.chars().take(at).collect();
        let failing: String = text.trim_end().chars().skip(at).take(len).collect();
        let marks = "^".repeat(failing.width().max(1));
        self.colored(DIM, &format!("  {:>5} | {}{marks}", "", " ".repeat(before.width())));
    }

    fn notes(&mut self, vm: &mut Vm, exc: Value) {
        let Some(notes) = vm.own_attr(exc, vm.names.notes) else { return };
        let Some(items) = notes.as_sequence() else { return };
        for note in items.iter().cloned() {
            let text = match vm.str(*note) {
                Ok(text) => text.as_str().unwrap_or("").to_owned(),
                Err(_) => {
                    drop(vm.take_raised());
                    "<note str() failed>".to_owned()
                }
            };
            self.line(&text);
        }
    }

    /// The members, each as its own report behind a bar.
    fn group(&mut self, vm: &mut Vm, exc: Value, depth: usize) {
        let all = members(vm, exc);
        if depth >= MAX_GROUP_DEPTH {
            self.line(&format!("  ... ({} exceptions, too deep to show)", all.len()));
            return;
        }
        for (index, member) in all.iter().take(MAX_GROUP_WIDTH).enumerate() {
            self.line(&format!("  +-[{} of {}]", index + 1, all.len()));
            let outer = self.indent.len();
            self.indent.push_str("  | ");
            self.chain(vm, **member, depth + 1);
            self.indent.truncate(outer);
        }
        if all.len() > MAX_GROUP_WIDTH {
            self.line(&format!("  ... and {} more", all.len() - MAX_GROUP_WIDTH));
        }
    }
}

/// Without what a terminal could act upon.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}
