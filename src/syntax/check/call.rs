//! The order of arguments and parameters, and what may be there once only.

use super::Checker;
use crate::diag::Span;
use crate::syntax::ast::*;
use std::collections::HashMap;

/// A generator expression without parentheses of its own: it starts with its element.
fn is_bare_generator(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Comp(comp) => comp.kind == CompKind::Generator && comp.element.span.start == value.span.start,
        _ => false,
    }
}

/// The strictest kind of argument so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    Positional,
    Keyword,
    DoubleStar,
}

impl Checker<'_> {
    /// The arguments of a call or class statement; `whole` is the span of that.
    pub(super) fn args(&mut self, args: &[Arg], whole: Span) {
        let mut seen = Seen::Positional;
        let mut names: HashMap<&str, Span> = HashMap::new();
        for arg in args {
            match &arg.kind {
                ArgKind::Positional => {
                    let title = match seen {
                        Seen::Positional => None,
                        Seen::Keyword => Some("positional argument follows keyword argument"),
                        Seen::DoubleStar => Some("positional argument follows keyword argument unpacking"),
                    };
                    if let Some(title) = title {
                        self.error("argument-order", title, arg.span);
                    }
                    if is_bare_generator(&arg.value) && (args.len() > 1 || self.comma_follows(arg.span, whole)) {
                        let title = "Generator expression must be parenthesized";
                        self.error("generator-argument", title, arg.span);
                    }
                }
                ArgKind::Star => {
                    if seen == Seen::DoubleStar {
                        let title = "iterable argument unpacking follows keyword argument unpacking";
                        self.error("argument-order", title, arg.span);
                    }
                }
                ArgKind::Keyword(name) => {
                    seen = seen.max(Seen::Keyword);
                    self.bound(name);
                    if let Some(&first) = names.get(&*name.name) {
                        let title = format!("keyword argument repeated: {}", name.name);
                        self.error_twice("argument-repeated", title, name.span, first);
                    } else {
                        names.insert(&name.name, name.span);
                    }
                }
                ArgKind::DoubleStar => seen = Seen::DoubleStar,
            }
            match &arg.value.kind {
                // `f(*x)` however the parser wraps it.
                ExprKind::Starred(inner) if arg.kind == ArgKind::Star => self.expr(inner),
                _ => self.expr(&arg.value),
            }
        }
    }

    /// Whether a comma stands between an argument and the end of the call.
    fn comma_follows(&self, arg: Span, whole: Span) -> bool {
        let mut rest = self.source.slice(Span::new(arg.end, whole.end.max(arg.end))).trim_start();
        while rest.starts_with('#') {
            rest = rest.split_once('\n').map_or("", |(_, after)| after).trim_start();
        }
        rest.starts_with(',')
    }

    /// A parameter list; defaults and annotations belong to the frame around the function.
    pub(super) fn params(&mut self, params: &[Param]) {
        self.param_order(params);
        self.param_names(params);
        for param in params {
            self.opt(param.annotation.as_ref().map(star_annotation));
            self.opt(param.default.as_ref());
        }
    }

    fn param_names(&mut self, params: &[Param]) {
        let mut names: HashMap<&str, Span> = HashMap::new();
        for name in params.iter().filter_map(|p| p.name.as_ref()) {
            self.bound(name);
            if let Some(&first) = names.get(&*name.name) {
                let title = format!("duplicate argument '{}' in function definition", name.name);
                self.error_twice("parameter-repeated", title, name.span, first);
            } else {
                names.insert(&name.name, name.span);
            }
        }
    }

    fn param_order(&mut self, params: &[Param]) {
        let mut star: Option<Span> = None;
        let mut slash: Option<Span> = None;
        let mut double_star = false;
        let mut default: Option<Span> = None;
        for (i, param) in params.iter().enumerate() {
            let span = param.span;
            if double_star {
                self.error("parameter-order", "arguments cannot follow var-keyword argument", span);
                continue;
            }
            match param.kind {
                ParamKind::Plain if star.is_some() => {}
                ParamKind::Plain => match (&param.default, default) {
                    (Some(_), _) => default = default.or(Some(span)),
                    (None, Some(first)) => {
                        let title = "parameter without a default follows parameter with a default";
                        self.error_twice("parameter-order", title, span, first);
                    }
                    (None, None) => {}
                },
                ParamKind::Slash => {
                    if let Some(first) = slash {
                        self.error_twice("parameter-slash", "/ may appear only once", span, first);
                    } else if star.is_some() {
                        self.error("parameter-slash", "/ must be ahead of *", span);
                    } else if i == 0 {
                        self.error("parameter-slash", "at least one argument must precede /", span);
                    }
                    slash = slash.or(Some(span));
                }
                ParamKind::Star => {
                    if param.default.is_some() {
                        let title = "var-positional argument cannot have default value";
                        self.error("parameter-default", title, span);
                    }
                    let named_follows = params.get(i + 1).is_some_and(|p| p.kind == ParamKind::Plain);
                    if let Some(first) = star {
                        self.error_twice("parameter-star", "* argument may appear only once", span, first);
                    } else if param.name.is_none() && !named_follows && !self.star_follows(&params[i + 1..]) {
                        self.error("parameter-star", "named arguments must follow bare *", span);
                    }
                    star = star.or(Some(span));
                }
                ParamKind::DoubleStar => {
                    if param.default.is_some() {
                        let title = "var-keyword argument cannot have default value";
                        self.error("parameter-default", title, span);
                    }
                    double_star = true;
                }
            }
        }
    }

    /// Another `*` or a `/` is reported for itself.
    fn star_follows(&self, rest: &[Param]) -> bool {
        rest.first().is_some_and(|p| matches!(p.kind, ParamKind::Star | ParamKind::Slash))
    }
}

/// `*args: *Ts` (PEP 646): the star of an annotation is no fault.
fn star_annotation(annotation: &Expr) -> &Expr {
    match &annotation.kind {
        ExprKind::Starred(inner) => inner,
        _ => annotation,
    }
}
