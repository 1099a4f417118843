//! Readable forms of tokens and trees, for `coro dump` and the snapshots: S-expressions, one statement a line.
//!
//! Recursion follows the tree, whose depth the lexer bounds (`depth`).

use super::ast::*;
use super::token::{Number, Text, Token, TokenKind};
use std::fmt::Write;

/// The tokens, a logical line on each line, indented as the blocks are.
pub fn print_tokens(tokens: &[Token]) -> String {
    let mut out = String::new();
    let mut depth = 0usize;
    let mut line_start = true;
    for token in tokens {
        match &token.kind {
            TokenKind::Indent => depth += 1,
            TokenKind::Dedent => depth = depth.saturating_sub(1),
            _ => {}
        }
        if line_start {
            out.push_str(&"  ".repeat(depth));
        } else {
            out.push(' ');
        }
        line_start = token.kind.is_layout();
        print_token(&token.kind, &mut out);
        if line_start {
            out.push('\n');
        }
    }
    if !line_start {
        out.push('\n');
    }
    out
}

fn print_token(kind: &TokenKind, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = match kind {
        TokenKind::Name(name) => write!(out, "NAME({name})"),
        TokenKind::Number(Number::Small(value)) => write!(out, "NUMBER({value})"),
        TokenKind::Number(Number::Big(value)) => write!(out, "NUMBER({value})"),
        TokenKind::Number(Number::Float(value)) => write!(out, "NUMBER({value:?})"),
        TokenKind::Number(Number::Imaginary) => write!(out, "NUMBER(imaginary)"),
        TokenKind::Text(Text::Str(text)) => write!(out, "STRING({text:?})"),
        TokenKind::Text(Text::Bytes(bytes)) => write!(out, "BYTES(\"{}\")", bytes.escape_ascii()),
        TokenKind::FText(text) => write!(out, "FTEXT({text:?})"),
        TokenKind::Unknown(c) => write!(out, "UNKNOWN({c:?})"),
        other => write!(out, "{}", other.text()),
    };
}

/// The tree, one statement a line, blocks indented.
pub fn print_module(module: &Module) -> String {
    let mut printer = Printer::default();
    printer.block(&module.body);
    printer.out
}

/// One expression on one line.
pub fn print_expr(expr: &Expr) -> String {
    let mut printer = Printer::default();
    printer.expr(expr);
    printer.out
}

#[derive(Default)]
struct Printer {
    out: String,
    depth: usize,
}

impl Printer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Starts a line.
    fn line(&mut self, text: &str) {
        self.out.push_str(&"  ".repeat(self.depth));
        self.out.push_str(text);
    }

    fn block(&mut self, block: &Block) {
        for stmt in block {
            self.stmt(stmt);
        }
    }

    /// A block below a header line that is still open: closes it, and prints the block one level deeper.
    fn body(&mut self, block: &Block) {
        self.put("\n");
        self.depth += 1;
        self.block(block);
        self.depth -= 1;
    }

    /// A block with a header of its own, left out if it is empty.
    fn named_block(&mut self, header: &str, block: &Block) {
        if !block.is_empty() {
            self.line(header);
            self.body(block);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::If { branches, orelse } => {
                for (index, (test, body)) in branches.iter().enumerate() {
                    self.line(if index == 0 { "if " } else { "elif " });
                    self.expr(test);
                    self.body(body);
                }
                self.named_block("else", orelse);
            }
            StmtKind::While { test, body, orelse } => {
                self.line("while ");
                self.expr(test);
                self.body(body);
                self.named_block("else", orelse);
            }
            StmtKind::For { is_async, target, iter, body, orelse } => {
                self.line(if *is_async { "async-for " } else { "for " });
                self.exprs([target, iter]);
                self.body(body);
                self.named_block("else", orelse);
            }
            StmtKind::With { is_async, items, body } => {
                self.line(if *is_async { "async-with" } else { "with" });
                for item in items {
                    self.put(" ");
                    self.expr(&item.context);
                    self.optional(" as ", item.target.as_ref());
                }
                self.body(body);
            }
            StmtKind::Try(node) => self.try_stmt(node),
            StmtKind::Match { subject, cases } => {
                self.line("match ");
                self.expr(subject);
                self.put("\n");
                self.depth += 1;
                cases.iter().for_each(|case| self.case(case));
                self.depth -= 1;
            }
            StmtKind::Def(def) => self.def(def),
            StmtKind::Class(class) => {
                self.decorators(&class.decorators);
                self.line("class ");
                self.put(&class.name.name);
                self.args(&class.args);
                self.body(&class.body);
            }
            simple => {
                self.line("(");
                self.simple(simple);
                self.put(")\n");
            }
        }
    }

    fn simple(&mut self, kind: &StmtKind) {
        match kind {
            StmtKind::Expr(value) => self.head("expr", [value]),
            StmtKind::Assign { targets, value } => {
                self.put("= ");
                self.exprs(targets.iter().chain([value]));
            }
            StmtKind::AugAssign { target, op, value } => {
                self.put(op.symbol());
                self.put("= ");
                self.exprs([target, value]);
            }
            StmtKind::AnnAssign { target, annotation, value } => {
                self.put(": ");
                self.exprs([target, annotation].into_iter().chain(value));
            }
            StmtKind::Pass => self.put("pass"),
            StmtKind::Break => self.put("break"),
            StmtKind::Continue => self.put("continue"),
            StmtKind::Return(value) => self.head("return", value),
            StmtKind::Raise { exc, cause } => {
                self.head("raise", exc);
                self.optional(" from ", cause.as_ref());
            }
            StmtKind::Global(names) => self.names("global", names),
            StmtKind::Nonlocal(names) => self.names("nonlocal", names),
            StmtKind::Del(targets) => self.head("del", targets),
            StmtKind::Assert { test, msg } => self.head("assert", [test].into_iter().chain(msg)),
            StmtKind::Import(list) => self.import(list),
            StmtKind::ImportFrom { level, module, names, star } => {
                self.import_from(*level, module.as_ref(), names, star.is_some());
            }
            _ => self.put("error"),
        }
    }

    fn import(&mut self, list: &[ImportAs]) {
        self.put("import");
        for item in list {
            self.put(" ");
            self.dotted(&item.path);
            self.alias(item.alias.as_ref());
        }
    }

    fn import_from(&mut self, level: u32, module: Option<&Dotted>, names: &[ImportName], star: bool) {
        self.put("from ");
        self.put(&".".repeat(level as usize));
        if let Some(path) = module {
            self.dotted(path);
        }
        self.put(" import");
        if star {
            self.put(" *");
        }
        for item in names {
            self.put(" ");
            self.put(&item.name.name);
            self.alias(item.alias.as_ref());
        }
    }

    fn dotted(&mut self, path: &Dotted) {
        for (index, part) in path.parts.iter().enumerate() {
            self.put(if index > 0 { "." } else { "" });
            self.put(&part.name);
        }
    }

    fn alias(&mut self, alias: Option<&Ident>) {
        if let Some(alias) = alias {
            self.put(" as ");
            self.put(&alias.name);
        }
    }

    fn names(&mut self, head: &str, names: &[Ident]) {
        self.put(head);
        for name in names {
            self.put(" ");
            self.put(&name.name);
        }
    }

    fn try_stmt(&mut self, node: &Try) {
        self.line("try");
        self.body(&node.body);
        for handler in &node.handlers {
            self.line(if handler.star { "except*" } else { "except" });
            self.optional(" ", handler.class.as_ref());
            self.alias(handler.name.as_ref());
            self.body(&handler.body);
        }
        self.named_block("else", &node.orelse);
        if let Some(block) = &node.finally {
            self.named_block("finally", block);
        }
    }

    fn case(&mut self, case: &Case) {
        self.line("case ");
        self.pattern(&case.pattern);
        self.optional(" if ", case.guard.as_ref());
        self.body(&case.body);
    }

    fn def(&mut self, def: &FunctionDef) {
        self.decorators(&def.decorators);
        self.line(if def.is_async { "async-def " } else { "def " });
        self.put(&def.name.name);
        self.put(" (");
        self.params(&def.params);
        self.put(")");
        self.optional(" -> ", def.returns.as_ref());
        self.body(&def.body);
    }

    fn decorators(&mut self, list: &[Expr]) {
        for decorator in list {
            self.line("@");
            self.expr(decorator);
            self.put("\n");
        }
    }

    fn params(&mut self, params: &[Param]) {
        for (index, param) in params.iter().enumerate() {
            self.put(if index > 0 { " " } else { "" });
            self.put(match param.kind {
                ParamKind::Plain => "",
                ParamKind::Star => "*",
                ParamKind::DoubleStar => "**",
                ParamKind::Slash => "/",
            });
            if let Some(name) = &param.name {
                self.put(&name.name);
            }
            self.optional(":", param.annotation.as_ref());
            self.optional("=", param.default.as_ref());
        }
    }

    // ---- patterns ----

    fn pattern(&mut self, pattern: &Pattern) {
        match &pattern.kind {
            PatternKind::Literal(value) | PatternKind::Value(value) => self.expr(value),
            PatternKind::Capture(name) => {
                self.put("?");
                self.put(&name.name);
            }
            PatternKind::Wildcard => self.put("_"),
            PatternKind::Star(name) => {
                self.put("*");
                self.put(name.as_ref().map_or("_", |n| &n.name));
            }
            PatternKind::Sequence(items) => self.patterns("(seq", items),
            PatternKind::Or(items) => self.patterns("(or", items),
            PatternKind::As { pattern, name } => {
                self.put("(as ");
                self.pattern(pattern);
                self.put(" ");
                self.put(&name.name);
                self.put(")");
            }
            PatternKind::Mapping { items } => self.mapping(items),
            PatternKind::Class { class, args } => {
                self.put("(class ");
                self.expr(class);
                for arg in args {
                    self.put(" ");
                    if let Some(name) = &arg.name {
                        self.put(&name.name);
                        self.put("=");
                    }
                    self.pattern(&arg.pattern);
                }
                self.put(")");
            }
        }
    }

    fn patterns(&mut self, head: &str, items: &[Pattern]) {
        self.put(head);
        for item in items {
            self.put(" ");
            self.pattern(item);
        }
        self.put(")");
    }

    fn mapping(&mut self, items: &[MappingItem]) {
        self.put("(map");
        for item in items {
            self.put(" ");
            match item {
                MappingItem::Pair { key, value } => {
                    self.expr(key);
                    self.put(":");
                    self.pattern(value);
                }
                MappingItem::Rest(name) => {
                    self.put("**");
                    self.put(&name.name);
                }
            }
        }
        self.put(")");
    }

    // ---- expressions ----

    /// Each on the same line, a blank between.
    fn exprs<'e>(&mut self, list: impl IntoIterator<Item = &'e Expr>) {
        for (index, expr) in list.into_iter().enumerate() {
            self.put(if index > 0 { " " } else { "" });
            self.expr(expr);
        }
    }

    /// A word and its operands.
    fn head<'e>(&mut self, head: &str, list: impl IntoIterator<Item = &'e Expr>) {
        self.put(head);
        for expr in list {
            self.put(" ");
            self.expr(expr);
        }
    }

    /// A parenthesised form.
    fn form<'e>(&mut self, head: &str, list: impl IntoIterator<Item = &'e Expr>) {
        self.put("(");
        self.head(head, list);
        self.put(")");
    }

    fn optional(&mut self, before: &str, expr: Option<&Expr>) {
        if let Some(expr) = expr {
            self.put(before);
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Name(name) => self.put(name),
            ExprKind::Int(value) => self.put(&value.to_string()),
            ExprKind::SmallInt(value) => self.put(&value.to_string()),
            ExprKind::Float(value) => self.put(&format!("{value:?}")),
            ExprKind::Imaginary => self.put("imaginary"),
            ExprKind::Str(text) => self.put(&format!("{text:?}")),
            ExprKind::Bytes(bytes) => self.put(&format!("b\"{}\"", bytes.escape_ascii())),
            ExprKind::FString(parts) => self.fstring("(f", parts),
            ExprKind::None => self.put("None"),
            ExprKind::True => self.put("True"),
            ExprKind::False => self.put("False"),
            ExprKind::Ellipsis => self.put("..."),
            ExprKind::Tuple(items) => self.form("tuple", items),
            ExprKind::List(items) => self.form("list", items),
            ExprKind::Set(items) => self.form("set", items),
            ExprKind::Dict(items) => self.dict(items),
            ExprKind::Starred(value) => self.form("*", [&**value]),
            ExprKind::Unary { op, operand } => self.form(unary_symbol(*op), [&**operand]),
            ExprKind::Binary { op, left, right } => self.form(op.symbol(), [&**left, &**right]),
            ExprKind::Bool { op: BoolOp::And, values } => self.form("and", values),
            ExprKind::Bool { op: BoolOp::Or, values } => self.form("or", values),
            ExprKind::Compare { left, rest } => self.compare(left, rest),
            ExprKind::Conditional { test, body, orelse } => self.form("if", [&**test, &**body, &**orelse]),
            ExprKind::Lambda(lambda) => {
                self.put("(lambda (");
                self.params(&lambda.params);
                self.put(") ");
                self.expr(&lambda.body);
                self.put(")");
            }
            ExprKind::Named { target, value } => self.form(&format!(":= {}", target.name), [&**value]),
            ExprKind::Await(value) => self.form("await", [&**value]),
            ExprKind::Yield(value) => self.form("yield", value.as_deref()),
            ExprKind::YieldFrom(value) => self.form("yield-from", [&**value]),
            ExprKind::Attribute { value, attr } => {
                self.form(&format!(". {}", attr.name), [&**value]);
            }
            ExprKind::Subscript { value, index } => self.form("[]", [&**value, &**index]),
            ExprKind::Slice { lower, upper, step } => self.slice([lower, upper, step]),
            ExprKind::Call { func, args } => {
                self.put("(call ");
                self.expr(func);
                self.args(args);
                self.put(")");
            }
            ExprKind::Comp(comp) => self.comp(comp),
            ExprKind::Paren(inner) => self.form("paren", [&**inner]),
            ExprKind::Error => self.put("<error>"),
        }
    }

    fn compare(&mut self, left: &Expr, rest: &[(CmpOp, Expr)]) {
        self.put("(cmp ");
        self.expr(left);
        for (op, right) in rest {
            self.put(" ");
            self.put(op.symbol());
            self.put(" ");
            self.expr(right);
        }
        self.put(")");
    }

    fn slice(&mut self, parts: [&Option<Box<Expr>>; 3]) {
        self.put("(slice");
        for part in parts {
            self.put(" ");
            match part {
                Some(expr) => self.expr(expr),
                None => self.put("-"),
            }
        }
        self.put(")");
    }

    fn dict(&mut self, items: &[DictItem]) {
        self.put("(dict");
        for item in items {
            self.put(" ");
            match item {
                DictItem::Pair(key, value) => {
                    self.expr(key);
                    self.put(":");
                    self.expr(value);
                }
                DictItem::Unpack(mapping) => {
                    self.put("**");
                    self.expr(mapping);
                }
            }
        }
        self.put(")");
    }

    fn args(&mut self, args: &[Arg]) {
        for arg in args {
            self.put(" ");
            match &arg.kind {
                ArgKind::Positional => {}
                ArgKind::Keyword(name) => {
                    self.put(&name.name);
                    self.put("=");
                }
                ArgKind::Star => self.put("*"),
                ArgKind::DoubleStar => self.put("**"),
            }
            self.expr(&arg.value);
        }
    }

    fn comp(&mut self, comp: &Comp) {
        self.put(match comp.kind {
            CompKind::List => "(list-comp ",
            CompKind::Set => "(set-comp ",
            CompKind::Dict => "(dict-comp ",
            CompKind::Generator => "(generator ",
        });
        self.expr(&comp.element);
        self.optional(":", comp.value.as_ref());
        for clause in &comp.clauses {
            self.put(if clause.is_async { " (async-for " } else { " (for " });
            self.exprs([&clause.target, &clause.iter]);
            for condition in &clause.conditions {
                self.put(" if ");
                self.expr(condition);
            }
            self.put(")");
        }
        self.put(")");
    }

    fn fstring(&mut self, head: &str, parts: &[FPart]) {
        self.put(head);
        for part in parts {
            self.put(" ");
            match part {
                FPart::Text(text) => self.put(&format!("{text:?}")),
                FPart::Field(field) => self.field(field),
            }
        }
        self.put(")");
    }

    fn field(&mut self, field: &FField) {
        self.put("{");
        self.expr(&field.value);
        if let Some(text) = &field.debug_text {
            self.put(&format!(" ={text:?}"));
        }
        self.put(match field.conversion {
            Some(Conversion::Str) => " !s",
            Some(Conversion::Repr) => " !r",
            Some(Conversion::Ascii) => " !a",
            None => "",
        });
        if let Some(spec) = &field.spec {
            self.fstring(" (spec", spec);
        }
        self.put("}");
    }
}

fn unary_symbol(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Pos => "+",
        UnaryOp::Neg => "-",
        UnaryOp::Invert => "~",
        UnaryOp::Not => "not",
    }
}
