//! Patterns of `match` (PEP 634): literals, captures, unreachable cases, repeated names, keys and attributes.

use super::Checker;
use crate::diag::Span;
use crate::syntax::ast::*;
use num_bigint::BigInt;
use std::collections::{BTreeMap, HashMap};

/// The names a pattern binds, with the place of each.
type Names<'a> = BTreeMap<&'a str, Span>;

impl Checker<'_> {
    pub(super) fn cases(&mut self, cases: &[Case]) {
        let last = cases.len().saturating_sub(1);
        for (i, case) in cases.iter().enumerate() {
            let mut names = Names::new();
            self.pattern(&case.pattern, case.guard.is_some() || i == last, &mut names);
        }
    }

    /// `may_match_all`: the pattern may be one that matches everything, because nothing after it is cut off.
    fn pattern<'p>(&mut self, pattern: &'p Pattern, may_match_all: bool, names: &mut Names<'p>) {
        match &pattern.kind {
            PatternKind::Literal(value) => self.literal(value),
            PatternKind::Value(value) => self.expr(value),
            PatternKind::Capture(name) => {
                if !may_match_all {
                    let title = format!("name capture '{}' makes remaining patterns unreachable", name.name);
                    self.error("pattern-unreachable", title, pattern.span);
                }
                self.capture(name, names);
            }
            PatternKind::Wildcard => {
                if !may_match_all {
                    let title = "wildcard makes remaining patterns unreachable";
                    self.error("pattern-unreachable", title, pattern.span);
                }
            }
            // Those in a sequence are taken there; the parser refuses others.
            PatternKind::Star(_) => {}
            PatternKind::Sequence(items) => self.sequence(items, names),
            PatternKind::Mapping { items } => self.mapping(items, names),
            PatternKind::Class { class, args } => self.class_pattern(class, args, names),
            PatternKind::Or(alternatives) => self.alternatives(pattern.span, alternatives, may_match_all, names),
            PatternKind::As { pattern: inner, name } => {
                self.pattern(inner, may_match_all, names);
                if &*name.name == "_" {
                    self.error("pattern-as-wildcard", "cannot use '_' as a target", name.span);
                } else {
                    self.capture(name, names);
                }
            }
        }
    }

    fn capture<'p>(&mut self, name: &'p Ident, names: &mut Names<'p>) {
        self.bound(name);
        if let Some(&first) = names.get(&*name.name) {
            let title = format!("multiple assignments to name '{}' in pattern", name.name);
            self.error_twice("pattern-name-repeated", title, name.span, first);
        } else {
            names.insert(&name.name, name.span);
        }
    }

    fn sequence<'p>(&mut self, items: &'p [Pattern], names: &mut Names<'p>) {
        let mut star: Option<Span> = None;
        for item in items {
            let PatternKind::Star(name) = &item.kind else {
                self.pattern(item, true, names);
                continue;
            };
            if let Some(first) = star {
                self.error_twice("pattern-star", "multiple starred names in sequence pattern", item.span, first);
            }
            star = star.or(Some(item.span));
            if let Some(name) = name {
                self.capture(name, names);
            }
        }
    }

    fn alternatives<'p>(&mut self, whole: Span, patterns: &'p [Pattern], may_match_all: bool, names: &mut Names<'p>) {
        let last = patterns.len().saturating_sub(1);
        let outer = names.clone();
        let mut first: Option<Names<'p>> = None;
        let reported = self.diagnostics.len();
        for (i, pattern) in patterns.iter().enumerate() {
            let mut own = outer.clone();
            self.pattern(pattern, may_match_all && i == last, &mut own);
            match &first {
                None => first = Some(own),
                // An alternative that is at fault already needs no second message.
                Some(first) if self.diagnostics.len() == reported && !first.keys().eq(own.keys()) => {
                    self.error("pattern-alternatives", "alternative patterns bind different names", whole);
                    break;
                }
                Some(_) => {}
            }
        }
        if let Some(first) = first {
            *names = first;
        }
    }

    fn mapping<'p>(&mut self, items: &'p [MappingItem], names: &mut Names<'p>) {
        let mut keys: Vec<(Key<'p>, Span)> = Vec::new();
        for (i, item) in items.iter().enumerate() {
            match item {
                MappingItem::Pair { key, value } => {
                    self.mapping_key(key, &mut keys);
                    self.pattern(value, true, names);
                }
                MappingItem::Rest(name) => {
                    if i + 1 != items.len() || &*name.name == "_" {
                        self.error("pattern-rest", "invalid syntax", name.span);
                    }
                    self.capture(name, names);
                }
            }
        }
    }

    fn mapping_key<'p>(&mut self, key: &'p Expr, keys: &mut Vec<(Key<'p>, Span)>) {
        if matches!(key.kind, ExprKind::Attribute { .. } | ExprKind::Error) {
            return self.expr(key);
        }
        self.literal(key);
        let Some(value) = Key::of(key) else { return };
        if let Some((_, first)) = keys.iter().find(|(k, _)| *k == value) {
            let title = format!("mapping pattern checks duplicate key ({})", value.shown(self.source.slice(key.span)));
            self.error_twice("pattern-key-repeated", title, key.span, *first);
        } else {
            keys.push((value, key.span));
        }
    }

    fn class_pattern<'p>(&mut self, class: &Expr, args: &'p [PatternArg], names: &mut Names<'p>) {
        self.expr(class);
        let mut attributes: HashMap<&str, Span> = HashMap::new();
        for arg in args {
            match &arg.name {
                None if !attributes.is_empty() => {
                    let title = "positional patterns follow keyword patterns";
                    self.error("pattern-argument-order", title, arg.pattern.span);
                }
                None => {}
                Some(name) => {
                    if let Some(&first) = attributes.get(&*name.name) {
                        let title = format!("attribute name repeated in class pattern: {}", name.name);
                        self.error_twice("pattern-attribute-repeated", title, name.span, first);
                    } else {
                        attributes.insert(&name.name, name.span);
                    }
                }
            }
            self.pattern(&arg.pattern, true, names);
        }
    }

    /// A number with or without a minus, a text, bytes, or one of the three constants.
    fn literal(&mut self, value: &Expr) {
        match &value.kind {
            ExprKind::Error => {}
            ExprKind::Imaginary => self.imaginary(value.span),
            ExprKind::FString(_) => {
                let title = "patterns may only match literals and attribute lookups";
                self.error("pattern-literal", title, value.span);
            }
            ExprKind::Unary { op: UnaryOp::Neg, operand } if is_number(operand) => self.literal(operand),
            ExprKind::Binary { op: BinOp::Add | BinOp::Sub, right, .. } => match right.kind {
                ExprKind::Imaginary => self.imaginary(value.span),
                _ => self.error("pattern-literal", "imaginary number required in complex literal", right.span),
            },
            ExprKind::Str(_) | ExprKind::Bytes(_) | ExprKind::None | ExprKind::True | ExprKind::False => {}
            _ if is_number(value) => {}
            _ => self.error("pattern-literal", "invalid syntax", value.span),
        }
    }
}

fn is_number(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Int(_) | ExprKind::SmallInt(_) | ExprKind::Float(_) | ExprKind::Imaginary)
}

/// A literal key of a mapping pattern, equal when the values are: `1`, `True` and `1.0` are one key.
#[derive(PartialEq)]
enum Key<'p> {
    Text(&'p str),
    Bytes(&'p [u8]),
    Int(BigInt),
    Float(f64),
    None,
}

impl<'p> Key<'p> {
    fn of(expr: &'p Expr) -> Option<Key<'p>> {
        Some(match &expr.kind {
            ExprKind::Str(text) => Key::Text(text),
            ExprKind::Bytes(bytes) => Key::Bytes(bytes),
            ExprKind::Int(value) => Key::Int((**value).clone()),
            ExprKind::SmallInt(value) => Key::Int(BigInt::from(*value)),
            ExprKind::True => Key::Int(BigInt::from(1)),
            ExprKind::False => Key::Int(BigInt::from(0)),
            ExprKind::Float(value) => Key::float(*value),
            ExprKind::None => Key::None,
            ExprKind::Unary { op: UnaryOp::Neg, operand } => match Key::of(operand)? {
                Key::Int(value) => Key::Int(-value),
                Key::Float(value) => Key::Float(-value),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// A float with an integral value is the same key as the int.
    fn float(value: f64) -> Key<'p> {
        use num_traits::FromPrimitive;
        match BigInt::from_f64(value) {
            Some(int) if value.fract() == 0.0 => Key::Int(int),
            _ => Key::Float(value),
        }
    }

    /// As `repr` has it, for a simple text; other keys as written.
    fn shown(&self, written: &str) -> String {
        match self {
            Key::Text(text) if !text.contains(['\'', '\\']) && !text.contains(char::is_control) => format!("'{text}'"),
            _ => written.to_string(),
        }
    }
}
