//! The readable listing of code: `coro dump --stage code`.
//!
//! One line for each instruction, the source line in the margin where it changes:
//!
//! ```text
//! generator evens(n)  ; n i .iter | 2 temporaries
//!   state 0 start
//!   state 1 yield at 7 -> 8, bare, live .iter  ; 4:13
//!     2 |     for i in range(n):
//!       0  GetGlobal    t0 = range
//! ```

use super::isa::{Instr, Op, fl};
use super::template::template;
use super::{CodeKind, CodeUnit, Constant, FunctionCode, IntrinsicOp, StateEntry, StateKind};
use crate::diag::{SourceFile, Span};
use std::collections::BTreeSet;
use std::fmt::{self, Write};

/// The listing of all functions.
pub fn unit(unit: &CodeUnit) -> String {
    let texts: Vec<String> = (0..unit.functions.len()).map(|i| function(unit, i)).collect();
    texts.join("\n")
}

/// The listing of the function with that number.
pub fn function(unit: &CodeUnit, number: usize) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = Listing { unit, function: &unit.functions[number], out: &mut out }.function();
    out
}

struct Listing<'a> {
    unit: &'a CodeUnit,
    function: &'a FunctionCode,
    out: &'a mut String,
}

impl Listing<'_> {
    fn function(&mut self) -> fmt::Result {
        self.header()?;
        for (number, state) in self.function.states.iter().enumerate() {
            self.state(number, state)?;
        }
        for entry in &self.function.handlers {
            let (start, last, handler) = (entry.start, entry.end - 1, entry.handler);
            write!(self.out, "  handler of {start}..{last} -> {handler}")?;
            if entry.depth > 0 {
                write!(self.out, ", keeps {}", plural(entry.depth, "temporary", "temporaries"))?;
            }
            self.out.push('\n');
        }
        self.code()
    }

    fn header(&mut self) -> fmt::Result {
        let function = self.function;
        write!(self.out, "{} {}{}", kind_name(function), function.qualname, self.parameters())?;
        let temporaries = function.registers as usize - function.locals.len();
        write!(self.out, "  ;")?;
        for local in &function.locals {
            let mark = if local.free {
                "^"
            } else if local.cell {
                "&"
            } else {
                ""
            };
            write!(self.out, " {mark}{}", local.name)?;
        }
        if temporaries > 0 {
            write!(self.out, " | {}", plural(temporaries as u16, "temporary", "temporaries"))?;
        }
        self.out.push('\n');
        Ok(())
    }

    fn parameters(&self) -> String {
        let f = self.function;
        if f.is_module || f.is_class {
            return String::new();
        }
        let (positional, kwonly) = (f.positional as usize, f.kwonly as usize);
        let mut list: Vec<String> = Vec::new();
        let name = |i: usize| f.locals.get(i).map_or("?", |local| &*local.name);
        for i in 0..positional {
            list.push(name(i).to_string());
            if i + 1 == f.posonly as usize {
                list.push("/".to_string());
            }
        }
        let rest = positional + kwonly;
        if f.varargs {
            list.push(format!("*{}", name(rest)));
        } else if kwonly > 0 {
            list.push("*".to_string());
        }
        list.extend((positional..rest).map(|i| name(i).to_string()));
        if f.varkw {
            list.push(format!("**{}", name(rest + usize::from(f.varargs))));
        }
        format!("({})", list.join(", "))
    }

    fn state(&mut self, number: usize, state: &StateEntry) -> fmt::Result {
        write!(self.out, "  state {number} {}", state_name(state.kind))?;
        if state.kind != StateKind::Start {
            write!(self.out, " at {} -> {}", state.instr, state.instr + 1)?;
            if state.depth > 0 {
                write!(self.out, ", {}", plural(state.depth, "temporary", "temporaries"))?;
            }
            if let Some(delegate) = state.delegate {
                write!(self.out, ", drives {}", self.register(delegate))?;
            }
            if state.bare {
                write!(self.out, ", bare")?;
            }
            if !state.handling.is_empty() {
                write!(self.out, ", handling")?;
                for &register in &state.handling {
                    write!(self.out, " {}", self.register(register))?;
                }
            }
            if !state.live.is_empty() {
                write!(self.out, ", live")?;
                for &register in &state.live {
                    write!(self.out, " {}", self.register(register))?;
                }
            }
            let (line, column) = self.unit.source.line_column(state.span.start);
            write!(self.out, "  ; {line}:{column}")?;
        }
        self.out.push('\n');
        Ok(())
    }

    fn code(&mut self) -> fmt::Result {
        let targets = self.targets();
        let mut line = 0;
        for (at, &instr) in self.function.instrs.iter().enumerate() {
            line = self.margin(line, self.function.spans[at])?;
            let mark = if targets.contains(&at) { '>' } else { ' ' };
            let name = Op::from_u8(instr.op()).map_or("?", Op::name);
            let operands = self.operands(at, instr);
            let text = format!("{mark}{at:>4}  {name:<12} {operands}");
            writeln!(self.out, "  {}", text.trim_end())?;
        }
        Ok(())
    }

    /// The source line, if it is another than that of the instruction before.
    fn margin(&mut self, line: u32, span: Span) -> Result<u32, fmt::Error> {
        let source: &SourceFile = &self.unit.source;
        let new = source.line(span.start);
        if new != line {
            writeln!(self.out, "{new:>5} | {}", source.line_text(new).trim_end())?;
        }
        Ok(new)
    }

    /// Instructions that are jumped to.
    fn targets(&self) -> BTreeSet<usize> {
        let jump = |(at, instr): (usize, &Instr)| {
            let kind = Op::from_u8(instr.op()).map_or("", template);
            let offset = match () {
                () if kind.contains("%J") => instr.ia() as i64,
                () if kind.contains("%F") => instr.ic(),
                () if kind.contains("%j") => i64::from(instr.imm()),
                () => return None,
            };
            Some((at as i64 + offset) as usize)
        };
        let f = self.function;
        let mut targets: BTreeSet<usize> = f.instrs.iter().enumerate().filter_map(jump).collect();
        targets.extend(f.handlers.iter().map(|entry| entry.handler as usize));
        for (at, instr) in f.instrs.iter().enumerate().filter(|(_, i)| i.op() == Op::Switch as u8) {
            targets.extend(f.switches[instr.b()].iter().map(|offset| (at as i64 + i64::from(*offset)) as usize));
        }
        targets
    }

    /// Fills in the template of the instruction.
    fn operands(&self, at: usize, instr: Instr) -> String {
        let Some(op) = Op::from_u8(instr.op()) else { return format!("{instr:?}") };
        let mut text = String::new();
        let mut rest = template(op).chars();
        while let Some(c) = rest.next() {
            match c {
                '%' => text.push_str(&self.field(at, instr, rest.next().unwrap_or('%'))),
                c => text.push(c),
            }
        }
        match op {
            Op::Format => text.push_str(&self.format_suffix(instr)),
            Op::Raise if instr.has(fl::EXTRA) => text.push_str(&format!(" from {}", self.register(instr.c() as u16))),
            Op::Call | Op::CallKw | Op::CallMethod | Op::CallLoaded if instr.has(fl::AWAITED) => {
                text.push_str("  (awaited at once)");
            }
            _ if instr.has(fl::IN_PLACE) && text.contains('=') => text.push_str("  (in place)"),
            _ => {}
        }
        text
    }

    fn format_suffix(&self, instr: Instr) -> String {
        let conversion = ["", "!s", "!r", "!a"][(instr.fl() >> fl::CONV_SHIFT & 3) as usize];
        let spec = if instr.has(fl::EXTRA) { format!(" : {}", self.register(instr.c() as u16)) } else { String::new() };
        format!("{conversion}{spec}")
    }

    /// One `%` field; `template` says what the letters mean.
    fn field(&self, at: usize, instr: Instr, letter: char) -> String {
        let f = self.function;
        let (a, b, c) = (instr.a() as u16, instr.b() as u16, instr.c() as u16);
        let target = |offset: i64| format!("-> {}", at as i64 + offset);
        match letter {
            'a' => self.register(a),
            'b' => self.register(b),
            'c' => self.register(c),
            'p' => self.register(b.wrapping_sub(1)),
            'q' => self.register(b + 1),
            'r' => self.register(b + 2),
            'i' => instr.ic().to_string(),
            'n' => c.to_string(),
            's' => self.sequence(b, c),
            'd' => self.sequence(b, c.saturating_mul(2)),
            'k' => f.constants.get(instr.imm() as usize).map_or("?".to_string(), constant),
            'w' => immediate(instr.imm()),
            'm' => f.constants.get(b as usize).map_or("?".to_string(), bare_name),
            'M' => f.constants.get(c as usize).map_or("?".to_string(), bare_name),
            'f' if c > 0 => format!(" else {}", self.register(c - 1)),
            'f' => String::new(),
            'g' => self.unit.globals.get(instr.imm() as usize).map_or("?".to_string(), |name| name.to_string()),
            'N' => f.caches.get(c as usize).map_or("?".to_string(), |name| name.to_string()),
            'j' => target(i64::from(instr.imm())),
            'J' => target(instr.ia() as i64),
            'F' => target(instr.ic()),
            'S' => self.switch(at, b as usize),
            'C' => self.call_site(b, c),
            'V' => self.method_site(b, c),
            'L' => self.loaded_site(b, c),
            'l' => format!("{}, {}", self.register(a), self.register(a.wrapping_add(1))),
            'U' => self.function_site(c),
            'I' => self.intrinsic_site(b, c),
            'u' => self.unpacked(a, c),
            't' => self.unpacked(a, (c & 255) + 1 + (c >> 8)),
            'A' => (*["await", "__aenter__", "__aexit__", "__anext__"].get(c as usize).unwrap_or(&"?")).to_string(),
            other => other.to_string(),
        }
    }

    /// A local by its name, a temporary as `t` and its depth.
    fn register(&self, register: u16) -> String {
        let locals = &self.function.locals;
        match locals.get(register as usize) {
            Some(local) if locals.iter().filter(|other| other.name == local.name).count() > 1 => {
                format!("{}@{register}", local.name)
            }
            Some(local) => local.name.to_string(),
            None => format!("t{}", register as usize - locals.len()),
        }
    }

    /// `count` registers from `first`.
    fn sequence(&self, first: u16, count: u16) -> String {
        match count {
            0 => String::new(),
            1 | 2 => (0..count).map(|i| self.register(first + i)).collect::<Vec<_>>().join(", "),
            _ => format!("{} .. {}", self.register(first), self.register(first + count - 1)),
        }
    }

    /// Targets of an unpacking, that of the first item first.
    fn unpacked(&self, first: u16, count: u16) -> String {
        (0..count).rev().map(|i| self.register(first + i)).collect::<Vec<_>>().join(", ")
    }

    fn switch(&self, at: usize, table: usize) -> String {
        let offsets = self.function.switches.get(table).map_or(&[][..], Vec::as_slice);
        offsets.iter().map(|&offset| format!(" -> {}", at as i64 + i64::from(offset))).collect()
    }

    fn arguments(&self, first: u16, argc: u16, keywords: &[std::rc::Rc<str>]) -> String {
        let positional = argc - keywords.len() as u16;
        let mut list: Vec<String> = (0..positional).map(|i| self.register(first + i)).collect();
        let keyword =
            |(i, name): (usize, &std::rc::Rc<str>)| format!("{name}={}", self.register(first + positional + i as u16));
        list.extend(keywords.iter().enumerate().map(keyword));
        list.join(", ")
    }

    fn call_site(&self, b: u16, c: u16) -> String {
        let Some(site) = self.function.call_sites.get(c as usize) else { return "?".to_string() };
        format!("{}({})", self.register(b.wrapping_sub(1)), self.arguments(b, site.argc, &site.keywords))
    }

    fn method_site(&self, b: u16, c: u16) -> String {
        let Some(site) = self.function.call_sites.get(c as usize) else { return "?".to_string() };
        let name = site.name.as_deref().unwrap_or("?");
        format!("{}.{name}({})", self.register(b), self.arguments(b + 1, site.argc, &site.keywords))
    }

    /// `?`: the receiver may be missing.
    fn loaded_site(&self, b: u16, c: u16) -> String {
        let Some(site) = self.function.call_sites.get(c as usize) else { return "?".to_string() };
        let (callee, receiver) = (self.register(b.wrapping_sub(1)), self.register(b));
        let arguments = self.arguments(b + 1, site.argc, &site.keywords);
        if arguments.is_empty() {
            format!("{callee}({receiver}?)")
        } else {
            format!("{callee}({receiver}?, {arguments})")
        }
    }

    fn function_site(&self, c: u16) -> String {
        let Some(site) = self.function.function_sites.get(c as usize) else { return "?".to_string() };
        let name = self.unit.functions.get(site.function as usize).map_or("?", |f| &*f.qualname);
        let captures: Vec<String> = site.captures.iter().map(|&r| self.register(r)).collect();
        if captures.is_empty() { name.to_string() } else { format!("{name} captures {}", captures.join(", ")) }
    }

    fn intrinsic_site(&self, b: u16, c: u16) -> String {
        let Some(site) = self.function.intrinsic_sites.get(c as usize) else { return "?".to_string() };
        format!("{}({})", self.intrinsic(&site.op), self.sequence(b, site.argc))
    }

    fn intrinsic(&self, op: &IntrinsicOp) -> String {
        match op {
            IntrinsicOp::WithEnter { exit } => format!("with_enter[exit {}]", self.register(*exit)),
            IntrinsicOp::AsyncWithEnter { exit } => format!("async_with_enter[exit {}]", self.register(*exit)),
            IntrinsicOp::LoadCell { slot } => format!("load_cell[{}]", self.register(*slot)),
            IntrinsicOp::Import { module, level, names, leaf } => {
                let dots = ".".repeat(*level as usize);
                let leaf = if *leaf { " leaf" } else { "" };
                let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
                format!("import[{dots}{module}{names}{leaf}]")
            }
            IntrinsicOp::ImportFrom { name } => format!("import_from[{name}]"),
            IntrinsicOp::Annotate { name } => format!("annotate[{name}]"),
            IntrinsicOp::MatchClass { positional, names } => format!("match_class[{positional}; {}]", names.join(", ")),
            IntrinsicOp::ItemAt { index } => format!("item_at[{index}]"),
            IntrinsicOp::SliceBetween { before, after } => format!("slice_between[{before}, {after}]"),
            simple => snake(&format!("{simple:?}")),
        }
    }
}

fn kind_name(function: &FunctionCode) -> &'static str {
    match function.kind {
        _ if function.is_module => "module",
        _ if function.is_class => "class",
        CodeKind::Plain => "function",
        CodeKind::Generator => "generator",
        CodeKind::Coroutine => "coroutine",
        CodeKind::AsyncGenerator => "async generator",
    }
}

fn state_name(kind: StateKind) -> &'static str {
    match kind {
        StateKind::Start => "start",
        StateKind::Yield => "yield",
        StateKind::AsyncYield => "async yield",
        StateKind::YieldFrom => "yield from",
        StateKind::Await => "await",
    }
}

fn plural(n: u16, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// `ExcMatch` → `exc_match`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for (i, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && i > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The constant that a `LoadW` stands for.
fn immediate(imm: i32) -> String {
    use super::isa::word;
    match imm {
        word::NONE => "None".to_string(),
        word::TRUE => "True".to_string(),
        word::FALSE => "False".to_string(),
        word::ELLIPSIS => "...".to_string(),
        int => (int >> 2).to_string(),
    }
}

fn bare_name(value: &Constant) -> String {
    match value {
        Constant::Str(name) => name.to_string(),
        other => constant(other),
    }
}

fn constant(value: &Constant) -> String {
    match value {
        Constant::None => "None".to_string(),
        Constant::True => "True".to_string(),
        Constant::False => "False".to_string(),
        Constant::Ellipsis => "...".to_string(),
        Constant::Int(i) => i.to_string(),
        Constant::BigInt(i) => i.to_string(),
        Constant::Float(x) => format!("{x:?}"),
        Constant::Str(text) => shortened(&format!("{text:?}")),
        Constant::Bytes(bytes) => shortened(&format!("b\"{}\"", bytes.escape_ascii())),
        Constant::Tuple(items) => {
            let comma = if items.len() == 1 { "," } else { "" };
            shortened(&format!("({}{comma})", items.iter().map(constant).collect::<Vec<_>>().join(", ")))
        }
    }
}

/// At most 60 characters.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}
