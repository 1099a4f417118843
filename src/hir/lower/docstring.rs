//! Docstrings, with their indentation taken out as CPython 3.13's compiler does (`_PyCompile_CleanDoc`).

use crate::syntax::ast::{Expr, ExprKind, Stmt, StmtKind};
use std::rc::Rc;

/// The docstring of a body: its first statement, if that is a plain string.
pub(super) fn of(body: &[Stmt]) -> Option<Rc<str>> {
    match &body.first()?.kind {
        StmtKind::Expr(value) => text(value).map(|t| clean(&t)),
        _ => None,
    }
}

fn text(expr: &Expr) -> Option<Rc<str>> {
    match &expr.kind {
        ExprKind::Str(text) => Some(text.clone()),
        ExprKind::Paren(inner) => text(inner),
        _ => None,
    }
}

fn clean(doc: &str) -> Rc<str> {
    let expanded = expand_tabs(doc);
    let mut lines = expanded.split('\n');
    let first = lines.next().unwrap_or("").trim_start_matches(' ');
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let margin = lines.clone().filter(|l| indent(l) < l.len()).map(indent).min().unwrap_or(0);
    let mut out = String::from(first);
    for line in lines {
        out.push('\n');
        out.push_str(&line[margin.min(indent(line))..]);
    }
    out.into()
}

/// `str.expandtabs()`: columns start again after each line end.
fn expand_tabs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let blanks = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}
