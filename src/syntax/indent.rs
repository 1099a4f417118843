//! INDENT and DEDENT, with CPython's rule for tabs: a line's indentation is measured twice, with tabs to multiples of
//! 8 and with tabs as one column, and both measures must compare alike with the enclosing lines.

use super::layout::span;
use super::token::{Token, TokenKind};
use crate::diag::Diagnostic;

/// CPython's limit.
const MAX_INDENTS: usize = 100;

#[derive(Clone, Copy, PartialEq, Debug, Default)]
struct Columns {
    /// Tabs to multiples of 8.
    wide: u32,
    /// Tabs as one column.
    narrow: u32,
}

/// The indentations of the enclosing blocks, outermost first; the file's own (zero) is left out.
#[derive(Debug, Default)]
pub(super) struct Indentation {
    stack: Vec<Columns>,
    /// Set once the limit was reported.
    reported: bool,
}

fn measure(blanks: &str) -> Columns {
    let mut columns = Columns::default();
    for byte in blanks.bytes() {
        match byte {
            b' ' => {
                columns.wide += 1;
                columns.narrow += 1;
            }
            b'\t' => {
                columns.wide = (columns.wide / 8 + 1) * 8;
                columns.narrow += 1;
            }
            _ => columns = Columns::default(),
        }
    }
    columns
}

impl Indentation {
    /// Compares a line that begins with `blanks` at byte `start` with the lines before it.
    pub(super) fn line(
        &mut self,
        blanks: &str,
        start: usize,
        tokens: &mut Vec<Token>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let here = measure(blanks);
        let end = start + blanks.len();
        let mut error = |class, code, title: &str| {
            diagnostics.push(Diagnostic::syntax(code, title, span(start, end)).with_class(class));
        };
        let mut tabs_fault = false;
        let top = self.top();
        if here.wide == top.wide {
            tabs_fault = here.narrow != top.narrow;
        } else if here.wide > top.wide {
            tabs_fault = here.narrow <= top.narrow;
            if self.stack.len() >= MAX_INDENTS {
                if !std::mem::replace(&mut self.reported, true) {
                    error("IndentationError", "too-deep", "too many levels of indentation");
                }
            } else {
                self.stack.push(here);
                tokens.push(Token { kind: TokenKind::Indent, span: span(start, end) });
            }
        } else {
            while here.wide < self.top().wide {
                self.stack.pop();
                tokens.push(Token { kind: TokenKind::Dedent, span: span(end, end) });
            }
            let top = self.top();
            if here.wide != top.wide {
                let title = "unindent does not match any outer indentation level";
                return error("IndentationError", "unindent-mismatch", title);
            }
            tabs_fault |= here.narrow != top.narrow;
        }
        if tabs_fault {
            error("TabError", "tab-mix", "inconsistent use of tabs and spaces in indentation");
        }
    }

    /// Closes the blocks that are open at the end of the text.
    pub(super) fn end(&mut self, end: usize, tokens: &mut Vec<Token>) {
        while self.stack.pop().is_some() {
            tokens.push(Token { kind: TokenKind::Dedent, span: span(end, end) });
        }
    }

    fn top(&self) -> Columns {
        self.stack.last().copied().unwrap_or_default()
    }
}
