//! `match` (PEP 634). Each case is a labelled block that is left where the pattern fails.
//!
//! ```text
//! match f():                 .subject = @f()
//!     case [1, x] if x: A    labeled L0:
//!     case _: B                labeled L1:
//!                                if not $is_sequence(.subject): break L1
//!                                if $len(.subject) != 2: break L1
//!                                (.item, .capture) = .subject
//!                                if not (.item == 1): break L1
//!                                x = take .capture
//!                                if not x: break L1
//!                                clear .item; clear .subject
//!                                A
//!                                break L0
//!                              clear .item; clear .capture
//!                              clear .subject
//!                              B
//! ```
//! Names are bound when the whole pattern has matched, before the guard, as CPython does.

use super::super::data::*;
use super::Lowerer;
use crate::diag::Span;
use crate::syntax::ast::{self, Case, ExprKind as Ast, Ident, MappingItem, Pattern, PatternArg, PatternKind};

/// What one case has collected.
#[derive(Default)]
struct Bindings {
    /// Names in the order of their first capture, with the hidden locals that hold their values.
    captures: Vec<(Ident, LocalId)>,
    /// Hidden locals that hold parts of the subject.
    parts: Vec<LocalId>,
    /// Whether the pattern or its guard can fail.
    can_fail: bool,
}

impl Lowerer<'_> {
    pub(super) fn match_stmt(&mut self, subject: &ast::Expr, cases: &[Case], span: Span, out: &mut Block) {
        let value = self.expr(subject);
        let subject = self.hidden(".subject");
        out.push(Stmt::set_local(subject, value));
        let done = self.label();
        let mut body = Block::new();
        let mut always = false;
        for case in cases {
            always |= self.case(case, subject, done, &mut body);
        }
        if !always {
            body.push(Stmt::clear(subject, span));
        }
        self.release(subject);
        out.push(Stmt::new(StmtKind::Labeled { label: done, body }, span));
    }

    /// Returns whether the case always matches.
    fn case(&mut self, case: &Case, subject: LocalId, done: LabelId, out: &mut Block) -> bool {
        let span = case.pattern.span;
        let fail = self.label();
        let mut found = Bindings::default();
        let mut steps = Block::new();
        if let PatternKind::Capture(name) = &case.pattern.kind {
            let target = Target::var(self.var(&name.name), name.span);
            steps.push(Stmt::assign(target, Expr::local(subject, span), span));
        } else {
            self.pattern(&case.pattern, subject, fail, &mut found, &mut steps);
        }
        for (name, held) in &found.captures {
            let target = Target::var(self.var(&name.name), name.span);
            steps.push(Stmt::assign(target, Expr::take(*held, name.span), name.span));
        }
        if let Some(guard) = &case.guard {
            let guard = self.condition(guard);
            unless(guard, fail, &mut found, &mut steps);
        }
        steps.extend(found.parts.iter().map(|part| Stmt::clear(*part, span)));
        steps.push(Stmt::clear(subject, span));
        self.release_all(&found);
        self.block_into(&case.body, &mut steps);
        if !found.can_fail {
            out.append(&mut steps);
            return true;
        }
        steps.push(Stmt::new(StmtKind::Break(done), span));
        out.push(Stmt::new(StmtKind::Labeled { label: fail, body: steps }, case.span));
        let held = found.captures.iter().map(|(_, held)| held).chain(&found.parts);
        out.extend(held.map(|local| Stmt::clear(*local, span)));
        false
    }

    fn release_all(&mut self, found: &Bindings) {
        for (_, held) in &found.captures {
            self.release(*held);
        }
        for part in &found.parts {
            self.release(*part);
        }
    }

    /// Leaves by `fail` unless what is in `subject` matches.
    fn pattern(&mut self, pattern: &Pattern, subject: LocalId, fail: LabelId, found: &mut Bindings, out: &mut Block) {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Wildcard | PatternKind::Star(None) => {}
            PatternKind::Capture(name) | PatternKind::Star(Some(name)) => {
                let held = self.capture(name, found);
                out.push(Stmt::set_local(held, Expr::local(subject, span)));
            }
            PatternKind::Literal(value) | PatternKind::Value(value) => {
                let singleton = matches!(strip(value).kind, Ast::None | Ast::True | Ast::False);
                let op = if singleton { CmpOp::Is } else { CmpOp::Eq };
                let value = self.expr(value);
                unless(Expr::compare(op, Expr::local(subject, span), value, span), fail, found, out);
            }
            PatternKind::Sequence(items) => self.sequence(items, subject, fail, found, out, span),
            PatternKind::Mapping { items } => self.mapping(items, subject, fail, found, out, span),
            PatternKind::Class { class, args } => self.class_pattern(class, args, (subject, fail), found, out, span),
            PatternKind::Or(alternatives) => self.alternatives(alternatives, subject, fail, found, out, span),
            PatternKind::As { pattern, name } => {
                self.pattern(pattern, subject, fail, found, out);
                let held = self.capture(name, found);
                out.push(Stmt::set_local(held, Expr::local(subject, span)));
            }
        }
    }

    /// The hidden local for a captured name; alternatives of one pattern share it.
    fn capture(&mut self, name: &Ident, found: &mut Bindings) -> LocalId {
        if let Some((_, held)) = found.captures.iter().find(|(known, _)| known.name == name.name) {
            return *held;
        }
        let held = self.hidden(".capture");
        found.captures.push((name.clone(), held));
        held
    }

    fn part(&mut self, name: &'static str, found: &mut Bindings) -> LocalId {
        let part = self.hidden(name);
        found.parts.push(part);
        part
    }

    fn sequence(
        &mut self,
        items: &[Pattern],
        subject: LocalId,
        fail: LabelId,
        found: &mut Bindings,
        out: &mut Block,
        span: Span,
    ) {
        unless(Expr::intrinsic(Intrinsic::IsSequence, vec![Expr::local(subject, span)], span), fail, found, out);
        let star = items.iter().position(|item| matches!(item.kind, PatternKind::Star(_)));
        let (op, least) = if star.is_some() { (CmpOp::Lt, items.len() - 1) } else { (CmpOp::Ne, items.len()) };
        if star.is_none() || least > 0 {
            leave_if(length_is(op, subject, least, span), fail, found, out);
        }
        let is_wildcard = |item: &Pattern| matches!(item.kind, PatternKind::Wildcard | PatternKind::Star(None));
        match star {
            _ if items.iter().all(is_wildcard) => {}
            Some(at) if is_wildcard(&items[at]) => {
                // Items around an ignored rest are fetched one by one.
                for (i, item) in items.iter().enumerate().filter(|(_, item)| !is_wildcard(item)) {
                    let index = if i < at { i as i64 } else { i as i64 - items.len() as i64 };
                    let op = Intrinsic::ItemAt { index };
                    let value = Expr::intrinsic(op, vec![Expr::local(subject, span)], item.span);
                    let part = self.part(".item", found);
                    out.push(Stmt::set_local(part, value));
                    self.pattern(item, part, fail, found, out);
                }
            }
            _ => {
                let items: Vec<&Pattern> = items.iter().collect();
                self.unpack(&items, star, Expr::local(subject, span), fail, found, out);
            }
        }
    }

    /// Takes `value` apart, then matches each part.
    fn unpack(
        &mut self,
        items: &[&Pattern],
        star: Option<usize>,
        value: Expr,
        fail: LabelId,
        found: &mut Bindings,
        out: &mut Block,
    ) {
        let mut targets = Vec::with_capacity(items.len());
        let mut parts = Vec::new();
        for item in items {
            let kind = match &item.kind {
                PatternKind::Wildcard | PatternKind::Star(None) => TargetKind::Discard,
                PatternKind::Capture(name) | PatternKind::Star(Some(name)) => {
                    TargetKind::Var(Var::Local(self.capture(name, found)))
                }
                _ => {
                    let part = self.part(".item", found);
                    parts.push((*item, part));
                    TargetKind::Var(Var::Local(part))
                }
            };
            targets.push(Target::new(kind, item.span));
        }
        let span = value.span;
        out.push(Stmt::assign(Target::new(TargetKind::Unpack { targets, star }, span), value, span));
        for (item, part) in parts {
            self.pattern(item, part, fail, found, out);
        }
    }

    fn mapping(
        &mut self,
        items: &[MappingItem],
        subject: LocalId,
        fail: LabelId,
        found: &mut Bindings,
        out: &mut Block,
        span: Span,
    ) {
        unless(Expr::intrinsic(Intrinsic::IsMapping, vec![Expr::local(subject, span)], span), fail, found, out);
        let mut keys = Vec::new();
        let mut patterns = Vec::new();
        let mut rest = None;
        for item in items {
            match item {
                MappingItem::Pair { key, value } => {
                    keys.push(Element::Item(self.expr(key)));
                    patterns.push(value);
                }
                MappingItem::Rest(name) => rest = Some(name),
            }
        }
        if keys.is_empty() && rest.is_none() {
            return;
        }
        if !keys.is_empty() {
            leave_if(length_is(CmpOp::Lt, subject, keys.len(), span), fail, found, out);
        }
        let key_tuple = self.part(".keys", found);
        out.push(Stmt::set_local(key_tuple, Expr::new(ExprKind::Tuple(keys), span)));
        let both = || vec![Expr::local(subject, span), Expr::local(key_tuple, span)];
        let values = self.part(".values", found);
        out.push(Stmt::set_local(values, Expr::intrinsic(Intrinsic::MatchKeys, both(), span)));
        leave_if(is_none(values, span), fail, found, out);
        if let Some(name) = rest {
            let held = self.capture(name, found);
            out.push(Stmt::set_local(held, Expr::intrinsic(Intrinsic::MatchRest, both(), span)));
        }
        if !patterns.is_empty() {
            self.unpack(&patterns, None, Expr::take(values, span), fail, found, out);
        }
    }

    fn class_pattern(
        &mut self,
        class: &ast::Expr,
        args: &[PatternArg],
        (subject, fail): (LocalId, LabelId),
        found: &mut Bindings,
        out: &mut Block,
        span: Span,
    ) {
        let class = self.expr(class);
        let names: Vec<Name> =
            args.iter().filter_map(|arg| arg.name.as_ref()).map(|n| self.attr_name(&n.name)).collect();
        let op = Intrinsic::MatchClass { positional: (args.len() - names.len()) as u32, names };
        let values = self.part(".values", found);
        let attributes = Expr::intrinsic(op, vec![Expr::local(subject, span), class], span);
        out.push(Stmt::set_local(values, attributes));
        leave_if(is_none(values, span), fail, found, out);
        let patterns: Vec<&Pattern> = args.iter().map(|arg| &arg.pattern).collect();
        if !patterns.is_empty() {
            self.unpack(&patterns, None, Expr::take(values, span), fail, found, out);
        }
    }

    /// `labeled ok: labeled f1: first; break ok … last`: the last alternative fails as the whole pattern does.
    fn alternatives(
        &mut self,
        alternatives: &[Pattern],
        subject: LocalId,
        fail: LabelId,
        found: &mut Bindings,
        out: &mut Block,
        span: Span,
    ) {
        let Some((last, others)) = alternatives.split_last() else { return };
        let matched = self.label();
        let failed_before = found.can_fail;
        let mut body = Block::new();
        for alternative in others {
            let next = self.label();
            let mut steps = Block::new();
            self.pattern(alternative, subject, next, found, &mut steps);
            steps.push(Stmt::new(StmtKind::Break(matched), alternative.span));
            body.push(Stmt::new(StmtKind::Labeled { label: next, body: steps }, alternative.span));
        }
        // Only the last alternative decides whether the whole can fail.
        found.can_fail = false;
        self.pattern(last, subject, fail, found, &mut body);
        found.can_fail |= failed_before;
        out.push(Stmt::new(StmtKind::Labeled { label: matched, body }, span));
    }
}

/// Leaves the block `fail` unless `test` is true.
fn unless(test: Expr, fail: LabelId, found: &mut Bindings, out: &mut Block) {
    leave_if(Expr::negate(test), fail, found, out);
}

fn leave_if(test: Expr, fail: LabelId, found: &mut Bindings, out: &mut Block) {
    found.can_fail = true;
    let span = test.span;
    out.push(Stmt::when(test, vec![Stmt::new(StmtKind::Break(fail), span)]));
}

fn length_is(op: CmpOp, subject: LocalId, length: usize, span: Span) -> Expr {
    let len = Expr::intrinsic(Intrinsic::Len, vec![Expr::local(subject, span)], span);
    Expr::compare(op, len, Expr::constant(Const::Int(length as i64), span), span)
}

fn is_none(local: LocalId, span: Span) -> Expr {
    Expr::compare(CmpOp::Is, Expr::local(local, span), Expr::none(span), span)
}

fn strip(mut expr: &ast::Expr) -> &ast::Expr {
    while let Ast::Paren(inner) = &expr.kind {
        expr = inner;
    }
    expr
}
