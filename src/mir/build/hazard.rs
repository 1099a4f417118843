//! Questions about expressions that are evaluated later: may a local still be borrowed by then?

use crate::hir::*;

/// Whether evaluating one of `later` can suspend or rebind `local`, so that an operand read before must be a copy.
pub(super) fn forbids_borrow(local: LocalId, later: &[&Expr]) -> bool {
    let mut found = |node: Node| match node {
        Node::Expr(e) => match &e.kind {
            ExprKind::Await(_) | ExprKind::Yield(_) | ExprKind::YieldFrom(_) => true,
            ExprKind::Assign { target: Var::Local(l), .. } => *l == local,
            ExprKind::Take(l) => *l == local,
            ExprKind::Intrinsic { op: Intrinsic::WithEnter { exit } | Intrinsic::AsyncWithEnter { exit }, .. } => {
                *exit == local
            }
            _ => false,
        },
        Node::Stmt(s) => match &s.kind {
            StmtKind::AsyncFor { .. } | StmtKind::With { is_async: true, .. } => true,
            StmtKind::Clear(l) | StmtKind::NewCell(l) => *l == local,
            StmtKind::For { iterator: l, .. } | StmtKind::TryExcept { exc: l, .. } => *l == local,
            _ => false,
        },
        Node::Target(t) => matches!(&t.kind, TargetKind::Var(Var::Local(l)) if *l == local),
    };
    later.iter().any(|e| expr(e, &mut found))
}

/// Whether a `NewCell` in the body fills the slot.
pub(super) fn has_new_cell(body: &Block, slot: LocalId) -> bool {
    let mut found = |node: Node| matches!(node, Node::Stmt(Stmt { kind: StmtKind::NewCell(l), .. }) if *l == slot);
    block(body, &mut found)
}

/// What the walk visits.
enum Node<'a> {
    Expr(&'a Expr),
    Stmt(&'a Stmt),
    Target(&'a Target),
}

type Found<'f> = &'f mut dyn FnMut(Node) -> bool;

/// Whether `found` answers true for a node in or under `e`. Bodies of other functions are not entered.
fn expr(e: &Expr, found: Found) -> bool {
    if found(Node::Expr(e)) {
        return true;
    }
    match &e.kind {
        ExprKind::Const(_) | ExprKind::Var(_) | ExprKind::Take(_) => false,
        ExprKind::Unary { operand: a, .. }
        | ExprKind::Attr { object: a, .. }
        | ExprKind::Await(a)
        | ExprKind::Yield(a)
        | ExprKind::YieldFrom(a)
        | ExprKind::Assign { value: a, .. } => expr(a, found),
        ExprKind::Binary { left: a, right: b, .. }
        | ExprKind::InPlace { left: a, right: b, .. }
        | ExprKind::Compare { left: a, right: b, .. }
        | ExprKind::Item { object: a, index: b } => expr(a, found) || expr(b, found),
        ExprKind::Conditional { test: a, then: b, orelse: c } | ExprKind::Slice { lower: a, upper: b, step: c } => {
            expr(a, found) || expr(b, found) || expr(c, found)
        }
        ExprKind::And(es) | ExprKind::Or(es) | ExprKind::Join(es) => exprs(es, found),
        ExprKind::Intrinsic { args, .. } => exprs(args, found),
        ExprKind::Call { func, args: list } => expr(func, found) || args(list, found),
        ExprKind::Class { args: list, .. } => args(list, found),
        ExprKind::Tuple(es) | ExprKind::List(es) | ExprKind::Set(es) => es.iter().any(|e| match e {
            Element::Item(e) | Element::Star(e) => expr(e, found),
        }),
        ExprKind::Dict(es) => es.iter().any(|e| match e {
            DictElement::Pair(k, v) => expr(k, found) || expr(v, found),
            DictElement::Unpack(e) => expr(e, found),
        }),
        ExprKind::Format { value, spec, .. } => expr(value, found) || spec.as_ref().is_some_and(|s| expr(s, found)),
        ExprKind::Function { defaults, kwdefaults, annotations, .. } => {
            exprs(defaults, found) || kwdefaults.iter().chain(annotations).any(|(_, e)| expr(e, found))
        }
        ExprKind::Block { body, value } => block(body, found) || expr(value, found),
    }
}

fn exprs(es: &[Expr], found: Found) -> bool {
    es.iter().any(|e| expr(e, found))
}

fn args(list: &[Arg], found: Found) -> bool {
    list.iter().any(|a| match a {
        Arg::Positional(e) | Arg::Keyword(_, e) | Arg::Star(e) | Arg::DoubleStar(e) => expr(e, found),
    })
}

fn block(body: &Block, found: Found) -> bool {
    body.iter().any(|s| stmt(s, found))
}

fn stmt(s: &Stmt, found: Found) -> bool {
    if found(Node::Stmt(s)) {
        return true;
    }
    match &s.kind {
        StmtKind::Expr(e) | StmtKind::Return(e) => expr(e, found),
        StmtKind::Assign { target: t, value } => expr(value, found) || target(t, found),
        StmtKind::Delete(t) => target(t, found),
        StmtKind::Clear(_)
        | StmtKind::NewCell(_)
        | StmtKind::Break(_)
        | StmtKind::Continue(_)
        | StmtKind::Reraise
        | StmtKind::RaiseLocal(_) => false,
        StmtKind::If { test, then, orelse } => expr(test, found) || block(then, found) || block(orelse, found),
        StmtKind::While { test, body, orelse, .. } => expr(test, found) || block(body, found) || block(orelse, found),
        StmtKind::For { iter, target: t, body, orelse, .. }
        | StmtKind::AsyncFor { iter, target: t, body, orelse, .. } => {
            iter.as_ref().is_some_and(|e| expr(e, found))
                || target(t, found)
                || block(body, found)
                || block(orelse, found)
        }
        StmtKind::Labeled { body, .. } | StmtKind::With { body, .. } => block(body, found),
        StmtKind::Raise { exc, cause } => expr(exc, found) || cause.as_ref().is_some_and(|c| expr(c, found)),
        StmtKind::TryExcept { body, handler, orelse, .. } => {
            block(body, found) || block(handler, found) || block(orelse, found)
        }
        StmtKind::TryFinally { body, finally } => block(body, found) || block(finally, found),
    }
}

fn target(t: &Target, found: Found) -> bool {
    if found(Node::Target(t)) {
        return true;
    }
    match &t.kind {
        TargetKind::Var(_) | TargetKind::Discard => false,
        TargetKind::Attr { object, .. } => expr(object, found),
        TargetKind::Item { object, index } => expr(object, found) || expr(index, found),
        TargetKind::Unpack { targets, .. } => targets.iter().any(|t| target(t, found)),
    }
}
