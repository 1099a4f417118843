//! The printed form of expressions, constants and intrinsics.

use super::super::data::*;
use super::Printer;
use std::fmt::Write;

impl Printer<'_> {
    /// `inner`: within an operation, so that one with operators needs parentheses.
    pub(super) fn expr(&mut self, expr: &Expr, inner: bool) {
        let operation = matches!(
            expr.kind,
            ExprKind::Unary { .. }
                | ExprKind::Binary { .. }
                | ExprKind::InPlace { .. }
                | ExprKind::Compare { .. }
                | ExprKind::And(_)
                | ExprKind::Or(_)
                | ExprKind::Conditional { .. }
                | ExprKind::Function { .. }
                | ExprKind::Await(_)
                | ExprKind::Yield(_)
                | ExprKind::YieldFrom(_)
                | ExprKind::Assign { .. }
                | ExprKind::Take(_)
        );
        let parens = (inner && operation) || matches!(expr.kind, ExprKind::InPlace { .. });
        if parens {
            self.put("(");
        }
        self.bare_expr(&expr.kind);
        if parens {
            self.put(")");
        }
    }

    fn bare_expr(&mut self, expr: &ExprKind) {
        match expr {
            ExprKind::Const(value) => write_const(&mut self.out, value),
            ExprKind::Var(var) => {
                let var = self.var(var);
                self.put(var);
            }
            ExprKind::Take(local) => {
                let name = self.local_name(*local);
                self.put(format!("take {name}"));
            }
            ExprKind::Unary { op, operand } => {
                self.put(match op {
                    UnaryOp::Pos => "+",
                    UnaryOp::Neg => "-",
                    UnaryOp::Invert => "~",
                    UnaryOp::Not => "not ",
                });
                self.expr(operand, true);
            }
            ExprKind::Binary { op, left, right } => self.infix(left, op.symbol(), right),
            ExprKind::InPlace { op, left, right } => self.infix(left, &format!("{}=", op.symbol()), right),
            ExprKind::Compare { op, left, right } => self.infix(left, op.symbol(), right),
            ExprKind::And(values) => self.separated(values, " and "),
            ExprKind::Or(values) => self.separated(values, " or "),
            ExprKind::Conditional { test, then, orelse } => {
                self.expr(test, true);
                self.put(" ? ");
                self.expr(then, true);
                self.put(" : ");
                self.expr(orelse, true);
            }
            ExprKind::Attr { object, name } => {
                self.expr(object, true);
                self.put(format!(".{name}"));
            }
            ExprKind::Item { object, index } => {
                self.expr(object, true);
                self.put("[");
                self.expr(index, false);
                self.put("]");
            }
            ExprKind::Slice { lower, upper, step } => {
                self.put("slice(");
                for (i, bound) in [lower, upper, step].into_iter().enumerate() {
                    if i > 0 {
                        self.put(", ");
                    }
                    self.expr(bound, false);
                }
                self.put(")");
            }
            ExprKind::Call { func, args } => {
                self.expr(func, true);
                self.args(args);
            }
            ExprKind::Tuple(items) => self.elements("(", items, if items.len() == 1 { ",)" } else { ")" }),
            ExprKind::List(items) => self.elements("[", items, "]"),
            ExprKind::Set(items) => self.elements("{", items, if items.is_empty() { "*()}" } else { "}" }),
            ExprKind::Dict(items) => self.dict(items),
            ExprKind::Format { value, conversion, spec } => {
                self.put("format(");
                self.expr(value, false);
                self.put(match conversion {
                    None => "",
                    Some(Conversion::Str) => ", !s",
                    Some(Conversion::Repr) => ", !r",
                    Some(Conversion::Ascii) => ", !a",
                });
                if let Some(spec) = spec {
                    self.put(", ");
                    self.expr(spec, false);
                }
                self.put(")");
            }
            ExprKind::Join(parts) => {
                self.put("join(");
                self.list(parts);
                self.put(")");
            }
            ExprKind::Function { function, defaults, kwdefaults, annotations, captures } => {
                self.function_value(*function, captures);
                self.named("defaults", defaults.iter().map(|d| (None, d)));
                self.named("kwdefaults", kwdefaults.iter().map(|(name, value)| (Some(name), value)));
                self.named("annotations", annotations.iter().map(|(name, value)| (Some(name), value)));
            }
            ExprKind::Class { body, name, args, captures } => {
                let _ = write!(self.out, "class #{} {name}", body.0);
                self.captures(captures);
                self.args(args);
            }
            ExprKind::Await(value) => {
                self.put("await ");
                self.expr(value, true);
            }
            ExprKind::Yield(value) => {
                self.put("yield ");
                self.expr(value, true);
            }
            ExprKind::YieldFrom(value) => {
                self.put("yield from ");
                self.expr(value, true);
            }
            ExprKind::Assign { target, value } => {
                let target = self.var(target);
                self.put(format!("{target} := "));
                self.expr(value, true);
            }
            ExprKind::Block { body, value } => {
                self.put("do {");
                self.indent += 1;
                self.block(body);
                self.new_line();
                self.put("=> ");
                self.expr(value, false);
                self.indent -= 1;
                self.new_line();
                self.put("}");
            }
            ExprKind::Intrinsic { op, args } => {
                let op = self.intrinsic(op);
                self.put(format!("${op}("));
                self.list(args);
                self.put(")");
            }
        }
    }

    fn infix(&mut self, left: &Expr, symbol: &str, right: &Expr) {
        self.expr(left, true);
        self.put(format!(" {symbol} "));
        self.expr(right, true);
    }

    fn separated(&mut self, values: &[Expr], separator: &str) {
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                self.put(separator);
            }
            self.expr(value, true);
        }
    }

    fn list(&mut self, values: &[Expr]) {
        for (i, value) in values.iter().enumerate() {
            if i > 0 {
                self.put(", ");
            }
            self.expr(value, false);
        }
    }

    fn elements(&mut self, open: &str, items: &[Element], close: &str) {
        self.put(open);
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.put(", ");
            }
            match item {
                Element::Item(value) => self.expr(value, false),
                Element::Star(value) => {
                    self.put("*");
                    self.expr(value, true);
                }
            }
        }
        self.put(close);
    }

    fn dict(&mut self, items: &[DictElement]) {
        self.put("{");
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                self.put(", ");
            }
            match item {
                DictElement::Pair(key, value) => {
                    self.expr(key, false);
                    self.put(": ");
                    self.expr(value, false);
                }
                DictElement::Unpack(mapping) => {
                    self.put("**");
                    self.expr(mapping, true);
                }
            }
        }
        self.put("}");
    }

    fn args(&mut self, args: &[Arg]) {
        self.put("(");
        for (i, arg) in args.iter().enumerate() {
            if i > 0 {
                self.put(", ");
            }
            let (mark, value) = match arg {
                Arg::Positional(value) => (String::new(), value),
                Arg::Keyword(name, value) => (format!("{name}="), value),
                Arg::Star(value) => ("*".into(), value),
                Arg::DoubleStar(value) => ("**".into(), value),
            };
            self.put(mark);
            self.expr(value, false);
        }
        self.put(")");
    }

    fn function_value(&mut self, function: FnId, captures: &[LocalId]) {
        let name = self.module.functions.get(function.0 as usize).map_or("?", |f| &*f.name);
        let _ = write!(self.out, "function #{} {name}", function.0);
        self.captures(captures);
    }

    fn captures(&mut self, captures: &[LocalId]) {
        if !captures.is_empty() {
            let names: Vec<String> = captures.iter().map(|id| format!("&{}", self.local_name(*id))).collect();
            let _ = write!(self.out, "[{}]", names.join(", "));
        }
    }

    fn named<'e>(&mut self, word: &str, values: impl ExactSizeIterator<Item = (Option<&'e Name>, &'e Expr)>) {
        if values.len() == 0 {
            return;
        }
        self.put(format!(" {word}("));
        for (i, (name, value)) in values.enumerate() {
            if i > 0 {
                self.put(", ");
            }
            if let Some(name) = name {
                self.put(format!("{name}: "));
            }
            self.expr(value, false);
        }
        self.put(")");
    }

    /// The name of an intrinsic with its parameters in brackets.
    fn intrinsic(&self, op: &Intrinsic) -> String {
        let plain = match op {
            Intrinsic::ExcMatch => "exc_match",
            Intrinsic::ExcStarSplit => "exc_star_split",
            Intrinsic::ExcStarFinish => "exc_star_finish",
            Intrinsic::WithEnter { exit } => return format!("with_enter[{}]", self.local_name(*exit)),
            Intrinsic::AsyncWithEnter { exit } => return format!("async_with_enter[{}]", self.local_name(*exit)),
            Intrinsic::ListAppend => "list_append",
            Intrinsic::SetAdd => "set_add",
            Intrinsic::DictSet => "dict_set",
            Intrinsic::IsSequence => "is_sequence",
            Intrinsic::IsMapping => "is_mapping",
            Intrinsic::Len => "len",
            Intrinsic::MatchKeys => "match_keys",
            Intrinsic::MatchRest => "match_rest",
            Intrinsic::MatchClass { positional, names } => {
                return format!("match_class[{}]", joined(&positional.to_string(), names));
            }
            Intrinsic::ItemAt { index } => return format!("item_at[{index}]"),
            Intrinsic::SliceBetween { before, after } => return format!("slice_between[{before}, {after}]"),
            Intrinsic::Import { module, level, names, leaf } => {
                let dots = ".".repeat(*level as usize);
                let leaf = if *leaf { " leaf" } else { "" };
                return format!("import[{}]", joined(&format!("{dots}{module}{leaf}"), names));
            }
            Intrinsic::ImportFrom { name } => return format!("import_from[{name}]"),
            Intrinsic::ImportStar => "import_star",
            Intrinsic::Locals => "locals",
            Intrinsic::AIter => "aiter",
            Intrinsic::ToStr => "to_str",
            Intrinsic::LoadCell { slot } => return format!("load_cell[{}]", self.local_name(*slot)),
            Intrinsic::AssertionError => "assertion_error",
            Intrinsic::Iter => "iter",
            Intrinsic::Annotate { name } => return format!("annotate[{name}]"),
        };
        plain.to_string()
    }
}

fn joined(first: &str, names: &[Name]) -> String {
    std::iter::once(first).chain(names.iter().map(|n| &**n)).collect::<Vec<_>>().join(", ")
}

/// A constant as the source would write it.
pub fn write_const(out: &mut String, value: &Const) {
    let _ = match value {
        Const::None => write!(out, "None"),
        Const::True => write!(out, "True"),
        Const::False => write!(out, "False"),
        Const::Ellipsis => write!(out, "..."),
        Const::Int(value) => write!(out, "{value}"),
        Const::BigInt(value) => write!(out, "{value}"),
        Const::Float(value) => write!(out, "{value:?}"),
        Const::Str(text) => write!(out, "{text:?}"),
        Const::Bytes(bytes) => write!(out, "b\"{}\"", bytes.escape_ascii()),
        Const::Tuple(items) => {
            out.push('(');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_const(out, item);
            }
            write!(out, "{}", if items.len() == 1 { ",)" } else { ")" })
        }
    };
}
