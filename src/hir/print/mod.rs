//! The printed form of the high-level IR: one statement a line, in the spirit of the source.
//!
//! `x` is a local, `&x` a variable in a cell, `@x` a global, `ns.x` a name of a class body (`ns.x|&x` with a cell to fall
//! back on), `.x` a hidden local, `$op(…)` an intrinsic. A slot number follows where a name is not unique: `x'4`.

mod expr;

use super::data::*;
use std::fmt::Write;

/// All functions of the module, in order, each after a blank line.
pub fn print_module(module: &Module) -> String {
    let texts: Vec<String> = (0..module.functions.len()).map(|i| print_function(module, FnId(i as u32))).collect();
    texts.join("\n")
}

/// One function of the module.
pub fn print_function(module: &Module, id: FnId) -> String {
    let index = id.0 as usize;
    let mut printer = Printer { module, function: &module.functions[index], out: String::new(), indent: 0 };
    printer.function(index);
    printer.out
}

struct Printer<'a> {
    module: &'a Module,
    function: &'a Function,
    out: String,
    indent: usize,
}

impl Printer<'_> {
    fn put(&mut self, text: impl AsRef<str>) {
        self.out.push_str(text.as_ref());
    }

    fn new_line(&mut self) {
        self.out.push('\n');
        for _ in 0..self.indent {
            self.out.push_str("  ");
        }
    }

    fn function(&mut self, index: usize) {
        let function = self.function;
        let flavor = match function.flavor {
            Flavor::Plain => "",
            Flavor::Generator => "generator ",
            Flavor::Coroutine => "coroutine ",
            Flavor::AsyncGenerator => "async generator ",
        };
        let kind = match function.kind {
            FnKind::Module => "module",
            FnKind::Function => "function",
            FnKind::Lambda => "lambda",
            FnKind::Class => "class body",
            FnKind::Genexpr => "generator expression",
        };
        let _ = write!(self.out, "{flavor}{kind} #{index} {}", function.qualname);
        self.params();
        if let Some(doc) = &function.doc {
            let _ = write!(self.out, "  ; doc {doc:?}");
        }
        self.indent = 1;
        self.locals();
        self.block(&function.body);
        self.out.push('\n');
    }

    fn params(&mut self) {
        let params = self.function.params;
        if !matches!(self.function.kind, FnKind::Function | FnKind::Lambda | FnKind::Genexpr) {
            return;
        }
        let mut names = self.function.locals.iter().map(|l| l.name.to_string());
        let mut list: Vec<String> = names.by_ref().take(params.positional as usize).collect();
        if params.posonly > 0 {
            list.insert(params.posonly as usize, "/".into());
        }
        let kwonly: Vec<String> = names.by_ref().take(params.kwonly as usize).collect();
        if params.varargs {
            list.extend(names.next().map(|name| format!("*{name}")));
        } else if !kwonly.is_empty() {
            list.push("*".into());
        }
        list.extend(kwonly);
        if params.varkw {
            list.extend(names.next().map(|name| format!("**{name}")));
        }
        let _ = write!(self.out, "({})", list.join(", "));
    }

    /// The line of the slots that are not parameters or are cells.
    fn locals(&mut self) {
        let function = self.function;
        let shown: Vec<String> = (0..function.locals.len() as u32)
            .map(LocalId)
            .filter_map(|id| {
                let local = &function.locals[id.0 as usize];
                let name = self.local_name(id);
                match local.kind {
                    LocalKind::Param if local.cell => Some(format!("{name} (parameter, cell)")),
                    LocalKind::Param => None,
                    LocalKind::Free => Some(format!("{name} (free)")),
                    LocalKind::Named if local.cell => Some(format!("{name} (cell)")),
                    LocalKind::Named | LocalKind::Hidden => Some(name),
                }
            })
            .collect();
        if !shown.is_empty() {
            let _ = write!(self.out, "\n  ; locals {}", shown.join(", "));
        }
    }

    fn local_name(&self, id: LocalId) -> String {
        let locals = &self.function.locals;
        let name = locals.get(id.0 as usize).map_or("?", |l| &*l.name);
        if locals.iter().filter(|l| &*l.name == name).count() > 1 {
            format!("{name}'{}", id.0)
        } else {
            name.to_string()
        }
    }

    fn var(&self, var: &Var) -> String {
        match var {
            Var::Local(id) => self.local_name(*id),
            Var::Cell(id) => format!("&{}", self.local_name(*id)),
            Var::Global(name) => format!("@{name}"),
            Var::ClassName { name, fallback: None } => format!("ns.{name}"),
            Var::ClassName { name, fallback: Some(id) } => format!("ns.{name}|&{}", self.local_name(*id)),
        }
    }

    /// The statements of a block on lines of their own; `pass` if there are none.
    fn block(&mut self, block: &Block) {
        if block.is_empty() {
            self.new_line();
            self.put("pass");
        }
        for stmt in block {
            self.new_line();
            self.stmt(&stmt.kind);
        }
    }

    fn indented(&mut self, block: &Block) {
        self.put(":");
        self.indent += 1;
        self.block(block);
        self.indent -= 1;
    }

    fn section(&mut self, head: &str, block: &Block) {
        self.new_line();
        self.put(head);
        self.indented(block);
    }

    fn orelse(&mut self, block: &Block) {
        if !block.is_empty() {
            self.section("else", block);
        }
    }

    fn stmt(&mut self, stmt: &StmtKind) {
        match stmt {
            StmtKind::Expr(value) => self.expr(value, false),
            StmtKind::Assign { target, value } => {
                self.target(target);
                self.put(" = ");
                self.expr(value, false);
            }
            StmtKind::Delete(target) => {
                self.put("del ");
                self.target(target);
            }
            StmtKind::Clear(local) => {
                let name = self.local_name(*local);
                self.put(format!("clear {name}"));
            }
            StmtKind::NewCell(local) => {
                let name = self.local_name(*local);
                self.put(format!("new cell {name}"));
            }
            StmtKind::If { test, then, orelse } => self.if_stmt(test, then, orelse),
            StmtKind::While { label, test, body, orelse } => {
                self.put(format!("while L{} ", label.0));
                self.expr(test, false);
                self.indented(body);
                self.orelse(orelse);
            }
            StmtKind::For { label, iterator, iter, target, body, orelse } => {
                self.for_loop("for", (*label, *iterator), iter.as_ref(), target, body, orelse);
            }
            StmtKind::AsyncFor { label, iterator, iter, target, body, orelse } => {
                self.for_loop("async for", (*label, *iterator), iter.as_ref(), target, body, orelse);
            }
            StmtKind::Labeled { label, body } => {
                self.put(format!("labeled L{}", label.0));
                self.indented(body);
            }
            StmtKind::Break(label) => self.put(format!("break L{}", label.0)),
            StmtKind::Continue(label) => self.put(format!("continue L{}", label.0)),
            StmtKind::Return(value) => {
                self.put("return ");
                self.expr(value, false);
            }
            StmtKind::Raise { exc, cause } => {
                self.put("raise ");
                self.expr(exc, false);
                if let Some(cause) = cause {
                    self.put(" from ");
                    self.expr(cause, false);
                }
            }
            StmtKind::Reraise => self.put("reraise"),
            StmtKind::RaiseLocal(local) => {
                let name = self.local_name(*local);
                self.put(format!("raise_again {name}"));
            }
            StmtKind::TryExcept { body, exc, handler, orelse } => {
                self.put("try");
                self.indented(body);
                let head = format!("except {}", self.local_name(*exc));
                self.section(&head, handler);
                self.orelse(orelse);
            }
            StmtKind::TryFinally { body, finally } => {
                self.put("try");
                self.indented(body);
                self.section("finally", finally);
            }
            StmtKind::With { is_async, exit, body } => {
                let name = self.local_name(*exit);
                self.put(if *is_async { "async with " } else { "with " });
                self.put(name);
                self.indented(body);
            }
        }
    }

    fn if_stmt(&mut self, test: &Expr, then: &Block, orelse: &Block) {
        self.put("if ");
        self.expr(test, false);
        self.indented(then);
        match &orelse[..] {
            [Stmt { kind: StmtKind::If { test, then, orelse }, .. }] => {
                self.new_line();
                self.put("el");
                self.if_stmt(test, then, orelse);
            }
            _ => self.orelse(orelse),
        }
    }

    fn for_loop(
        &mut self,
        word: &str,
        (label, iterator): (LabelId, LocalId),
        iter: Option<&Expr>,
        target: &Target,
        body: &Block,
        orelse: &Block,
    ) {
        self.put(format!("{word} L{} ", label.0));
        self.target(target);
        let name = self.local_name(iterator);
        match iter {
            Some(iter) => {
                self.put(" in ");
                self.expr(iter, false);
                self.put(format!(" via {name}"));
            }
            None => self.put(format!(" from {name}")),
        }
        self.indented(body);
        self.orelse(orelse);
    }

    fn target(&mut self, target: &Target) {
        match &target.kind {
            TargetKind::Var(var) => {
                let var = self.var(var);
                self.put(var);
            }
            TargetKind::Attr { object, name } => {
                self.expr(object, true);
                self.put(format!(".{name}"));
            }
            TargetKind::Item { object, index } => {
                self.expr(object, true);
                self.put("[");
                self.expr(index, false);
                self.put("]");
            }
            TargetKind::Unpack { targets, star } => {
                self.put("(");
                for (i, target) in targets.iter().enumerate() {
                    if i > 0 {
                        self.put(", ");
                    }
                    if *star == Some(i) {
                        self.put("*");
                    }
                    self.target(target);
                }
                self.put(if targets.len() == 1 { ",)" } else { ")" });
            }
            TargetKind::Discard => self.put("_"),
        }
    }
}
