//! What the grammar's productions do: they build nodes, and nothing else. The few rules that the tree could not
//! express afterwards (a `**` in a dict comprehension, a parenthesised star pattern) are reported here, in [`Cx`].

use super::ast::*;
use super::explain;
use super::token::{Number, Token, TokenKind};
use crate::diag::{Diagnostic, SourceFile, Span};
use lalrpop_util::{ErrorRecovery, ParseError};

/// After so many errors the parser gives up: the text is no program.
const MAX_ERRORS: usize = 50;

/// Ends the parse: there are too many errors.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stop;

pub(super) type Unexpected = ParseError<u32, TokenKind, Stop>;

/// What the actions share while a file is parsed.
pub struct Cx<'s> {
    pub(super) source: &'s SourceFile,
    pub(super) tokens: &'s [Token],
    diagnostics: Vec<Diagnostic>,
    /// How many of `diagnostics` the lexer made.
    lexical: usize,
    /// Where the parser was stuck without saying so, because an earlier error explains it.
    silent: Vec<u32>,
}

impl<'s> Cx<'s> {
    pub(super) fn new(source: &'s SourceFile, tokens: &'s [Token], lexical: Vec<Diagnostic>) -> Cx<'s> {
        Cx { source, tokens, lexical: lexical.len(), diagnostics: lexical, silent: Vec::new() }
    }

    pub(super) fn finish(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn error(&mut self, code: &'static str, title: impl Into<String>, span: Span) {
        self.report(Diagnostic::syntax(code, title, span));
    }

    /// A statement that does not parse: words the error (unless its line already has one) and stands in for it.
    pub(super) fn recover(
        &mut self,
        recovery: ErrorRecovery<u32, TokenKind, Stop>,
    ) -> Result<Box<Stmt>, ParseError<u32, TokenKind, Stop>> {
        let span = explain::recovered(self, &recovery.error);
        if self.diagnostics.len() - self.lexical > MAX_ERRORS {
            return Err(ParseError::User { error: Stop });
        }
        Ok(stmt(StmtKind::Error, span.start, span.end))
    }

    /// A `case` whose header does not parse, with its block.
    pub(super) fn recover_case(
        &mut self,
        recovery: ErrorRecovery<u32, TokenKind, Stop>,
        body: Block,
    ) -> Result<Box<Case>, ParseError<u32, TokenKind, Stop>> {
        let span = self.recover(recovery)?.span;
        Ok(Box::new(Case { pattern: Pattern { kind: PatternKind::Wildcard, span }, guard: None, body, span }))
    }

    /// The index of the token that starts at byte `start`, is `kind` if there are several, or the number of tokens.
    pub(super) fn token_at(&self, start: u32, kind: &TokenKind) -> usize {
        let first = self.tokens.partition_point(|t| t.span.start < start);
        let here = self.tokens[first..].iter().take_while(|t| t.span.start == start);
        first + here.enumerate().find(|(_, t)| t.kind == *kind).map_or(0, |(n, _)| n)
    }

    /// The index of the first token of the logical line that token `at` stands in.
    pub(super) fn line_first(&self, at: usize) -> usize {
        let before = &self.tokens[..at.min(self.tokens.len())];
        let ends = |t: &Token| t.kind.is_layout();
        before.iter().rposition(ends).map_or(0, |n| n + 1)
    }

    /// Notes a place at which the parser was stuck and nothing needs to be said.
    pub(super) fn fail_silently(&mut self, at: u32) {
        self.silent.push(at);
    }

    /// Whether the parser was stuck or something was reported on the logical line whose tokens are `first..=last`.
    pub(super) fn line_has_error(&self, first: usize, last: usize) -> bool {
        let (Some(first), Some(last)) = (self.tokens.get(first), self.tokens.get(last)) else { return false };
        // A NEWLINE ends where the next line begins.
        let line = first.span.start..=last.span.start;
        self.diagnostics.iter().any(|d| line.contains(&d.span.start)) || self.silent.iter().any(|at| line.contains(at))
    }

    /// Whether an error at token `at` only follows from an earlier one: a clause whose statement failed, or the end of
    /// a block whose beginning was lost.
    pub(super) fn follows_from_error(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at) else { return false };
        if token.kind == TokenKind::Dedent {
            return !self.diagnostics.is_empty();
        }
        let first = self.line_first(at);
        if token.kind == TokenKind::Indent {
            return at > 0 && self.line_has_error(self.line_first(at - 1), at - 1);
        }
        at == first && is_clause(&token.kind) && self.clause_before_failed(first)
    }

    /// Walks back over the lines at the same depth, to the statement that the clause at `first` would continue.
    fn clause_before_failed(&self, first: usize) -> bool {
        let mut depth = 0usize;
        let mut end = first;
        while end > 0 {
            let last = end - 1;
            end = last;
            match self.tokens[last].kind {
                TokenKind::Dedent => depth += 1,
                TokenKind::Indent if depth == 0 => {
                    // The first `case` of a `match` whose header failed.
                    let newline = last.saturating_sub(1);
                    return self.line_has_error(self.line_first(newline), newline);
                }
                TokenKind::Indent => depth -= 1,
                _ => {
                    let start = self.line_first(last);
                    if depth == 0 {
                        if self.line_has_error(start, last) {
                            return true;
                        }
                        if !is_clause(&self.tokens[start].kind) {
                            return false;
                        }
                    }
                    end = start;
                }
            }
        }
        false
    }

    /// A block where none may be. Silent if the line before already failed: then this is its body.
    pub(super) fn stray_block(&mut self, start: u32, end: u32) {
        let indent = self.token_at(start, &TokenKind::Indent);
        if indent > 0 {
            let newline = indent - 1;
            let first = self.line_first(newline);
            if self.line_has_error(first, newline) {
                return;
            }
        }
        self.report(unexpected_indent(Span::new(start, end)));
    }

    pub(super) fn handler(
        &mut self,
        star: bool,
        (class, name): (Option<Expr>, Option<Ident>),
        body: Block,
        span: Span,
    ) -> Box<Handler> {
        if star && class.is_none() {
            self.error("except-star-type", "expected one or more exception types", span);
        }
        Box::new(Handler { star, class, name, body, span })
    }

    pub(super) fn class(&mut self, start: u32, name: Ident, args: Vec<Arg>, body: Block) -> Box<Stmt> {
        for arg in &args {
            if arg.kind == ArgKind::Positional && matches!(arg.value.kind, ExprKind::Comp(_)) {
                self.error("invalid-syntax", "invalid syntax", arg.span);
            }
        }
        let span = Span::new(start, block_end(&body));
        Box::new(Stmt {
            span,
            kind: StmtKind::Class(Box::new(ClassDef { name, args, body, decorators: vec![], span })),
        })
    }

    /// A sequence pattern, or the one pattern that stands alone (perhaps in parentheses).
    pub(super) fn sequence_or_one(
        &mut self,
        (mut items, comma): (Vec<Pattern>, bool),
        start: u32,
        end: u32,
    ) -> Pattern {
        if items.len() == 1
            && !comma
            && let Some(one) = items.pop()
        {
            if matches!(one.kind, PatternKind::Star(_)) {
                self.error("invalid-syntax", "invalid syntax", one.span);
            }
            return one;
        }
        pattern(PatternKind::Sequence(items), start, end)
    }

    /// `name: pattern` in a mapping pattern; the key must be a dotted name.
    pub(super) fn mapping_pair(&mut self, key: Expr, value: Pattern) -> MappingItem {
        if matches!(key.kind, ExprKind::Name(_)) {
            self.error("invalid-syntax", "invalid syntax", key.span);
        }
        MappingItem::Pair { key, value }
    }

    pub(super) fn dict_comp(&mut self, item: DictItem, clauses: Vec<CompClause>, start: u32, end: u32) -> Expr {
        match item {
            DictItem::Pair(key, value) => comp(CompKind::Dict, key, Some(value), clauses, start, end),
            DictItem::Unpack(mapping) => {
                let title = "dict unpacking cannot be used in dict comprehension";
                self.error("dict-comprehension-unpacking", title, mapping.span);
                let value = Expr { kind: ExprKind::Error, span: mapping.span };
                comp(CompKind::Dict, mapping, Some(value), clauses, start, end)
            }
        }
    }
}

/// Whether a line that begins so continues a compound statement.
fn is_clause(kind: &TokenKind) -> bool {
    matches!(kind, TokenKind::Elif | TokenKind::Else | TokenKind::Except | TokenKind::Finally | TokenKind::Case)
}

pub(super) fn unexpected_indent(span: Span) -> Diagnostic {
    Diagnostic::syntax("unexpected-indent", "unexpected indent", span).with_class("IndentationError")
}

// ---- statements ----

pub(super) fn stmt(kind: StmtKind, start: u32, end: u32) -> Box<Stmt> {
    Box::new(Stmt { kind, span: Span::new(start, end) })
}

/// Where a block ends: with its last statement, not with the DEDENT (which is the start of the next line).
fn block_end(block: &Block) -> u32 {
    block.last().map_or(0, |s| s.span.end)
}

fn last_end(blocks: &[&Block]) -> u32 {
    blocks.iter().map(|b| block_end(b)).max().unwrap_or(0)
}

pub(super) fn import_from(
    (level, module): (u32, Option<Dotted>),
    names: Vec<ImportName>,
    star: Option<Span>,
    start: u32,
    end: u32,
) -> Box<Stmt> {
    stmt(StmtKind::ImportFrom { level, module, names, star }, start, end)
}

pub(super) fn if_stmt(start: u32, test: Expr, body: Block, tail: (Vec<(Expr, Block)>, Block)) -> Box<Stmt> {
    let (mut branches, orelse) = tail;
    branches.push((test, body));
    branches.reverse();
    let end = branches.iter().map(|(_, b)| block_end(b)).max().unwrap_or(0).max(block_end(&orelse));
    stmt(StmtKind::If { branches, orelse }, start, end)
}

pub(super) fn while_stmt(start: u32, test: Expr, body: Block, orelse: Block) -> Box<Stmt> {
    let end = last_end(&[&body, &orelse]);
    stmt(StmtKind::While { test, body, orelse }, start, end)
}

pub(super) fn for_stmt(start: u32, target: Expr, iter: Expr, body: Block, orelse: Block) -> Box<Stmt> {
    let end = last_end(&[&body, &orelse]);
    stmt(StmtKind::For { is_async: false, target, iter, body, orelse }, start, end)
}

pub(super) fn with_stmt(start: u32, items: Vec<WithItem>, body: Block) -> Box<Stmt> {
    let end = block_end(&body);
    stmt(StmtKind::With { is_async: false, items, body }, start, end)
}

/// `async` before `for` or `with`.
pub(super) fn make_async(start: u32, mut inner: Box<Stmt>) -> Box<Stmt> {
    if let StmtKind::For { is_async, .. } | StmtKind::With { is_async, .. } = &mut inner.kind {
        *is_async = true;
    }
    inner.span.start = start;
    inner
}

/// What follows the body of a `try`.
pub struct Tail {
    pub handlers: Vec<Handler>,
    pub orelse: Block,
    pub finally: Option<Block>,
}

pub(super) fn try_stmt(start: u32, body: Block, tail: Tail) -> Box<Stmt> {
    let Tail { handlers, orelse, finally } = tail;
    let last = match (&finally, orelse.is_empty(), handlers.last()) {
        (Some(block), _, _) => block_end(block),
        (None, false, _) => block_end(&orelse),
        (None, true, Some(handler)) => block_end(&handler.body),
        (None, true, None) => block_end(&body),
    };
    stmt(StmtKind::Try(Box::new(Try { body, handlers, orelse, finally })), start, last)
}

pub(super) fn match_stmt(start: u32, subject: Expr, cases: Vec<Case>) -> Box<Stmt> {
    let end = cases.last().map_or(subject.span.end, |c| c.span.end);
    stmt(StmtKind::Match { subject, cases }, start, end)
}

pub(super) fn case(start: u32, pattern: Pattern, guard: Option<Expr>, body: Block) -> Box<Case> {
    let span = Span::new(start, block_end(&body));
    Box::new(Case { pattern, guard, body, span })
}

pub(super) fn def(
    start: u32,
    is_async: bool,
    name: Ident,
    params: Vec<Param>,
    returns: Option<Expr>,
    body: Block,
) -> Box<Stmt> {
    let span = Span::new(start, block_end(&body));
    let def = FunctionDef { is_async, name, params, returns, body, decorators: vec![], span };
    Box::new(Stmt { span, kind: StmtKind::Def(Box::new(def)) })
}

pub(super) fn decorate(list: Vec<Expr>, mut def: Box<Stmt>) -> Box<Stmt> {
    match &mut def.kind {
        StmtKind::Def(function) => function.decorators = list,
        StmtKind::Class(class) => class.decorators = list,
        _ => {}
    }
    def
}

pub(super) fn param(
    kind: ParamKind,
    name: Option<Ident>,
    annotation: Option<Expr>,
    default: Option<Expr>,
    start: u32,
    end: u32,
) -> Param {
    Param { kind, name, annotation, default, span: Span::new(start, end) }
}

// ---- patterns ----

pub(super) fn pattern(kind: PatternKind, start: u32, end: u32) -> Pattern {
    Pattern { kind, span: Span::new(start, end) }
}

pub(super) fn star_pattern(name: Ident, start: u32, end: u32) -> Pattern {
    pattern(PatternKind::Star((&*name.name != "_").then_some(name)), start, end)
}

pub(super) fn or_pattern(mut alternatives: Vec<Pattern>, start: u32, end: u32) -> Pattern {
    match alternatives.pop() {
        Some(one) if alternatives.is_empty() => one,
        Some(last) => {
            alternatives.push(last);
            pattern(PatternKind::Or(alternatives), start, end)
        }
        None => pattern(PatternKind::Wildcard, start, end),
    }
}

pub(super) fn as_pattern(alternatives: Vec<Pattern>, name: Ident, start: u32, middle: u32, end: u32) -> Pattern {
    let inner = Box::new(or_pattern(alternatives, start, middle));
    pattern(PatternKind::As { pattern: inner, name }, start, end)
}

/// A bare name captures, `_` matches anything, a dotted name is a value.
pub(super) fn name_pattern(name: Expr) -> Pattern {
    let span = name.span;
    let kind = match name.kind {
        ExprKind::Name(text) if &*text == "_" => PatternKind::Wildcard,
        ExprKind::Name(text) => PatternKind::Capture(Ident { name: text, span }),
        _ => PatternKind::Value(name),
    };
    Pattern { kind, span }
}

pub(super) fn class_pattern(class: Expr, args: Vec<PatternArg>, end: u32) -> Pattern {
    pattern(PatternKind::Class { args, class: class.clone() }, class.span.start, end)
}

// ---- expressions ----

pub(super) fn expr(kind: ExprKind, start: u32, end: u32) -> Expr {
    Expr { kind, span: Span::new(start, end) }
}

pub(super) fn name(name: Ident) -> Expr {
    Expr { kind: ExprKind::Name(name.name), span: name.span }
}

pub(super) fn number(value: Number, start: u32, end: u32) -> Expr {
    let kind = match value {
        Number::Small(value) => ExprKind::SmallInt(value),
        Number::Big(value) => ExprKind::Int(Box::new((*value).clone())),
        Number::Float(value) => ExprKind::Float(value),
        Number::Imaginary => ExprKind::Imaginary,
    };
    expr(kind, start, end)
}

/// `a, b` is a tuple, `a,` too, `a` is not.
pub(super) fn tuple_or_one((mut items, comma): (Vec<Expr>, bool), start: u32, end: u32) -> Expr {
    match items.pop() {
        Some(one) if items.is_empty() && !comma => one,
        last => {
            items.extend(last);
            expr(ExprKind::Tuple(items), start, end)
        }
    }
}

pub(super) fn tuple_or_paren((mut items, comma): (Vec<Expr>, bool), start: u32, end: u32) -> Expr {
    match items.pop() {
        Some(one) if items.is_empty() && !comma => expr(ExprKind::Paren(Box::new(one)), start, end),
        last => {
            items.extend(last);
            expr(ExprKind::Tuple(items), start, end)
        }
    }
}

pub(super) fn starred(start: u32, inner: Expr) -> Expr {
    let end = inner.span.end;
    expr(ExprKind::Starred(Box::new(inner)), start, end)
}

pub(super) fn named(target: Ident, value: Expr) -> Expr {
    Expr { span: target.span.to(value.span), kind: ExprKind::Named { target, value: Box::new(value) } }
}

pub(super) fn conditional(test: Expr, body: Expr, orelse: Expr) -> Expr {
    let span = body.span.to(orelse.span);
    let kind = ExprKind::Conditional { test: Box::new(test), body: Box::new(body), orelse: Box::new(orelse) };
    Expr { kind, span }
}

pub(super) fn lambda(start: u32, params: Vec<Param>, body: Expr) -> Expr {
    let end = body.span.end;
    expr(ExprKind::Lambda(Box::new(Lambda { params, body })), start, end)
}

/// `a and b and c` becomes one flat node. Parentheses keep their own node, so they are never merged.
pub(super) fn bool_op(op: BoolOp, left: Expr, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    let values = match left.kind {
        ExprKind::Bool { op: inner, mut values } if inner == op => {
            values.push(right);
            values
        }
        kind => vec![Expr { kind, span: left.span }, right],
    };
    Expr { kind: ExprKind::Bool { op, values }, span }
}

pub(super) fn unary(start: u32, op: UnaryOp, operand: Expr) -> Expr {
    let end = operand.span.end;
    expr(ExprKind::Unary { op, operand: Box::new(operand) }, start, end)
}

pub(super) fn binary(left: Expr, op: BinOp, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    Expr { kind: ExprKind::Binary { op, left: Box::new(left), right: Box::new(right) }, span }
}

pub(super) fn compare(left: Expr, op: CmpOp, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    Expr { kind: ExprKind::Compare { left: Box::new(left), rest: vec![(op, right)] }, span }
}

/// One more link of a chain.
pub(super) fn compare_more(mut chain: Expr, op: CmpOp, right: Expr) -> Expr {
    chain.span = chain.span.to(right.span);
    if let ExprKind::Compare { rest, .. } = &mut chain.kind {
        rest.push((op, right));
    }
    chain
}

pub(super) fn attribute(value: Expr, attr: Ident) -> Expr {
    let span = value.span.to(attr.span);
    Expr { kind: ExprKind::Attribute { value: Box::new(value), attr }, span }
}

pub(super) fn call(func: Expr, args: Vec<Arg>, end: u32) -> Expr {
    let start = func.span.start;
    expr(ExprKind::Call { func: Box::new(func), args }, start, end)
}

pub(super) fn subscript(value: Expr, index: Expr, end: u32) -> Expr {
    let start = value.span.start;
    expr(ExprKind::Subscript { value: Box::new(value), index: Box::new(index) }, start, end)
}

/// What stands between the brackets of a subscript; a lone `*x` makes a tuple (PEP 646).
pub(super) fn index((items, comma): (Vec<Expr>, bool), start: u32, end: u32) -> Expr {
    let starred = matches!(items.last(), Some(Expr { kind: ExprKind::Starred(_), .. }));
    tuple_or_one((items, comma || starred), start, end)
}

pub(super) fn slice(
    lower: Option<Box<Expr>>,
    upper: Option<Box<Expr>>,
    step: Option<Box<Expr>>,
    start: u32,
    end: u32,
) -> Expr {
    expr(ExprKind::Slice { lower, upper, step }, start, end)
}

pub(super) fn comp(
    kind: CompKind,
    element: Expr,
    value: Option<Expr>,
    clauses: Vec<CompClause>,
    start: u32,
    end: u32,
) -> Expr {
    expr(ExprKind::Comp(Box::new(Comp { kind, element, value, clauses })), start, end)
}

/// A generator expression in parentheses of its own: they are a node, so that `check` can tell it from a bare argument.
pub(super) fn generator(element: Expr, clauses: Vec<CompClause>, start: u32, end: u32) -> Expr {
    let inner_end = clauses.last().map_or(element.span.end, |c| c.span.end);
    let inner_start = element.span.start;
    let inner = comp(CompKind::Generator, element, None, clauses, inner_start, inner_end);
    expr(ExprKind::Paren(Box::new(inner)), start, end)
}

/// A generator expression as an argument, without parentheses of its own.
pub(super) fn generator_argument(element: Expr, clauses: Vec<CompClause>, start: u32, end: u32) -> Arg {
    let value = comp(CompKind::Generator, element, None, clauses, start, end);
    Arg { kind: ArgKind::Positional, value, span: Span::new(start, end) }
}

pub(super) fn comp_clause(
    is_async: bool,
    target: Expr,
    iter: Expr,
    conditions: Vec<Expr>,
    start: u32,
    end: u32,
) -> Box<CompClause> {
    Box::new(CompClause { is_async, target, iter, conditions, span: Span::new(start, end) })
}
