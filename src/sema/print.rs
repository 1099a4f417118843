//! The printed form of a scope table, for `coro dump --stage scopes` and the snapshots.
//!
//! ```text
//! function f(a) coroutine awaits
//!   locals: 0 a (param), 1 i (of <listcomp>)
//!   cells:  0 n
//!   names:  a local 0 | n cell 0 | print global
//!   function f.<locals>.g() generator
//!     frees:  0 n from cell 0
//!     names:  n free 0
//! ```

use super::scope::*;
use std::fmt::Write;

/// Prints every scope, each inside its parent.
pub fn print_scopes(table: &ScopeTable) -> String {
    let mut children: Vec<Vec<ScopeId>> = vec![Vec::new(); table.scopes.len()];
    for id in table.ids() {
        if let Some(parent) = table.scope(id).parent {
            children[parent.0 as usize].push(id);
        }
    }
    let mut out = String::new();
    let mut pending: Vec<(ScopeId, usize)> = table.ids().take(1).map(|id| (id, 0)).collect();
    while let Some((id, depth)) = pending.pop() {
        print_scope(table, id, depth, &mut out);
        pending.extend(children[id.0 as usize].iter().rev().map(|&child| (child, depth + 1)));
    }
    out
}

fn print_scope(table: &ScopeTable, id: ScopeId, depth: usize, out: &mut String) {
    let scope = table.scope(id);
    let indent = "  ".repeat(depth);
    let _ = writeln!(out, "{indent}{}", header(scope));
    let mut row = |title: &str, items: Vec<String>, separator: &str| {
        if !items.is_empty() {
            let _ = writeln!(out, "{indent}  {title:<8}{}", items.join(separator));
        }
    };
    row("locals:", scope.locals.iter().enumerate().map(|(i, l)| local(table, id, i, l)).collect(), ", ");
    row("cells:", scope.cells.iter().enumerate().map(|(i, c)| cell(table, id, i, c)).collect(), ", ");
    row("frees:", scope.frees.iter().enumerate().map(|(i, f)| free(i, f)).collect(), ", ");
    row("names:", scope.symbols.iter().map(symbol).collect(), " | ");
}

fn header(scope: &Scope) -> String {
    let mut text = match scope.kind {
        ScopeKind::Module => "module".to_string(),
        ScopeKind::Class => format!("class {}", scope.qualname),
        ScopeKind::Comprehension if !scope.has_frame() => format!("inlined {}", scope.name),
        ScopeKind::Comprehension => format!("generator expression {}", scope.qualname),
        ScopeKind::Function | ScopeKind::Lambda => {
            let params = scope.locals.iter().take(scope.param_count as usize).map(|l| &*l.name);
            let params = params.collect::<Vec<_>>().join(", ");
            let word = if scope.kind == ScopeKind::Lambda { "lambda" } else { "function" };
            format!("{word} {}({params})", scope.qualname)
        }
    };
    let flags = scope.flags;
    for (set, word) in [
        (flags.is_generator, " generator"),
        (flags.is_coroutine, " coroutine"),
        (flags.is_async_generator, " async-generator"),
        (flags.has_await, " awaits"),
        (flags.has_varargs, " *args"),
        (flags.has_varkeywords, " **kwargs"),
    ] {
        if set {
            text.push_str(word);
        }
    }
    text
}

fn local(table: &ScopeTable, frame: ScopeId, index: usize, local: &Local) -> String {
    let mut notes = Vec::new();
    if local.is_param {
        notes.push("param".to_string());
    }
    if let Some(CellId(cell)) = local.cell {
        notes.push(format!("into cell {cell}"));
    }
    notes.extend(hidden(table, frame, local.owner));
    with_notes(format!("{index} {}", local.name), &notes)
}

fn cell(table: &ScopeTable, frame: ScopeId, index: usize, cell: &Cell) -> String {
    let mut notes: Vec<String> = cell.param.iter().map(|LocalId(i)| format!("from param {i}")).collect();
    notes.extend(hidden(table, frame, cell.owner));
    with_notes(format!("{index} {}", cell.name), &notes)
}

/// The comprehension that a variable of the frame belongs to, if one does.
fn hidden(table: &ScopeTable, frame: ScopeId, owner: ScopeId) -> Option<String> {
    (owner != frame).then(|| format!("of {}", table.scope(owner).name))
}

fn with_notes(text: String, notes: &[String]) -> String {
    if notes.is_empty() { text } else { format!("{text} ({})", notes.join(", ")) }
}

fn free(index: usize, free: &Free) -> String {
    let from = match free.from {
        Capture::Cell(CellId(i)) => format!("cell {i}"),
        Capture::Free(FreeId(i)) => format!("free {i}"),
    };
    format!("{index} {} from {from}", free.name)
}

fn symbol(symbol: &Symbol) -> String {
    let binding = match symbol.binding {
        Binding::Local(LocalId(i)) => format!("local {i}"),
        Binding::Cell(CellId(i)) => format!("cell {i}"),
        Binding::Free(FreeId(i)) => format!("free {i}"),
        Binding::Global { explicit: true } => "global (declared)".to_string(),
        Binding::Global { explicit: false } => "global".to_string(),
        Binding::ClassName { outer: Outer::Global } => "class, global".to_string(),
        Binding::ClassName { outer: Outer::Free(FreeId(i)) } => format!("class, free {i}"),
    };
    format!("{} {binding}", symbol.name)
}
