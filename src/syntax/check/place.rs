//! Where a node stands: in which function, loop, `except*` block or comprehension, and what may stand there.

use super::Checker;
use crate::diag::Span;
use crate::syntax::ast::CompKind;

/// What the code of a frame belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Region {
    Module,
    Class,
    Def,
    AsyncDef,
    Lambda,
    Comp(CompKind),
}

/// The innermost statement that `break` and `continue` would meet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Jump {
    /// None: they stand outside any loop.
    Outside,
    Loop,
    /// An `except*` block, which they may not leave.
    ExceptStar,
}

/// One module, class, function or comprehension around the current node.
pub(super) struct Frame {
    region: Region,
    jump: Jump,
    /// Within an `except*` block, which `return` may not leave.
    in_except_star: bool,
    /// A comprehension that waits: `async for`, `await`, or an asynchronous comprehension directly within it.
    is_async: bool,
    has_yield: bool,
    /// A statement before did not parse. What stands here may be the body of a header that is missing, so that
    /// nothing can be said about its place.
    is_broken: bool,
    /// The `return` statements that have a value.
    value_returns: Vec<Span>,
}

impl Frame {
    pub(super) fn new(region: Region) -> Frame {
        Frame {
            region,
            jump: Jump::Outside,
            in_except_star: false,
            is_async: false,
            has_yield: false,
            is_broken: false,
            value_returns: Vec::new(),
        }
    }
}

impl Checker<'_> {
    fn top(&mut self) -> &mut Frame {
        match self.frames.last_mut() {
            Some(frame) => frame,
            None => unreachable!("the module's frame is never left"),
        }
    }

    pub(super) fn region(&mut self) -> Region {
        self.top().region
    }

    /// Checks what stands in a frame of its own.
    pub(super) fn within(&mut self, region: Region, body: impl FnOnce(&mut Self)) {
        self.frames.push(Frame::new(region));
        body(self);
        let Some(frame) = self.frames.pop() else { return };
        if region == Region::AsyncDef && frame.has_yield {
            for span in frame.value_returns {
                self.error("return-value-in-async-generator", "'return' with value in async generator", span);
            }
        }
    }

    /// Checks a comprehension in a frame of its own; `span` is that of the whole expression.
    pub(super) fn within_comp(&mut self, kind: CompKind, span: Span, body: impl FnOnce(&mut Self)) {
        self.frames.push(Frame::new(Region::Comp(kind)));
        body(self);
        let Some(frame) = self.frames.pop() else { return };
        // A generator expression waits when it is iterated; the others wait where they stand.
        if !frame.is_async || kind == CompKind::Generator {
            return;
        }
        match self.region() {
            Region::AsyncDef => {}
            Region::Comp(_) => self.top().is_async = true,
            _ => {
                let title = "asynchronous comprehension outside of an asynchronous function";
                self.misplaced("async-comprehension-outside-async", title, span);
            }
        }
    }

    pub(super) fn with_jump(&mut self, jump: Jump, body: impl FnOnce(&mut Self)) {
        let frame = self.top();
        let (outer, outer_star) = (frame.jump, frame.in_except_star);
        frame.jump = jump;
        frame.in_except_star |= jump == Jump::ExceptStar;
        body(self);
        let frame = self.top();
        (frame.jump, frame.in_except_star) = (outer, outer_star);
    }

    pub(super) fn did_not_parse(&mut self) {
        self.top().is_broken = true;
    }

    fn misplaced(&mut self, code: &'static str, title: impl Into<String>, span: Span) {
        if !self.top().is_broken {
            self.error(code, title, span);
        }
    }

    pub(super) fn async_clause(&mut self) {
        self.top().is_async = true;
    }

    pub(super) fn async_statement(&mut self, what: &str, span: Span) {
        if self.region() != Region::AsyncDef {
            self.misplaced("async-outside-async", format!("'async {what}' outside async function"), span);
        }
    }

    pub(super) fn await_at(&mut self, span: Span) {
        match self.region() {
            Region::AsyncDef => {}
            Region::Comp(_) => self.top().is_async = true,
            Region::Module | Region::Class => {
                self.misplaced("await-outside-function", "'await' outside function", span)
            }
            Region::Def | Region::Lambda => {
                self.misplaced("await-outside-async", "'await' outside async function", span);
            }
        }
    }

    pub(super) fn yield_at(&mut self, span: Span, from: bool) {
        let word = if from { "yield from" } else { "yield" };
        match self.region() {
            Region::Comp(kind) => {
                let place = match kind {
                    CompKind::List => "list comprehension",
                    CompKind::Set => "set comprehension",
                    CompKind::Dict => "dict comprehension",
                    CompKind::Generator => "generator expression",
                };
                self.misplaced("yield-in-comprehension", format!("'yield' inside {place}"), span);
            }
            Region::Module | Region::Class => {
                self.misplaced("yield-outside-function", format!("'{word}' outside function"), span);
            }
            Region::AsyncDef if from => {
                self.misplaced("yield-from-in-async", "'yield from' inside async function", span);
            }
            Region::AsyncDef | Region::Def | Region::Lambda => self.top().has_yield = true,
        }
    }

    pub(super) fn return_at(&mut self, span: Span, has_value: bool) {
        if matches!(self.region(), Region::Module | Region::Class) {
            self.misplaced("return-outside-function", "'return' outside function", span);
        } else if self.top().in_except_star {
            self.leaves_except_star(span);
        }
        if has_value {
            self.top().value_returns.push(span);
        }
    }

    pub(super) fn jump_at(&mut self, span: Span, is_break: bool) {
        match self.top().jump {
            Jump::Loop => {}
            Jump::ExceptStar => self.leaves_except_star(span),
            Jump::Outside if is_break => self.misplaced("break-outside-loop", "'break' outside loop", span),
            Jump::Outside => self.misplaced("continue-outside-loop", "'continue' not properly in loop", span),
        }
    }

    fn leaves_except_star(&mut self, span: Span) {
        let title = "'break', 'continue' and 'return' cannot appear in an except* block";
        self.misplaced("jump-out-of-except-star", title, span);
    }
}
