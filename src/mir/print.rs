//! The printed form of MIR: a header, the table of states, the blocks, with source positions in the margin.
//!
//! ```text
//! generator evens(n)                          ; states 0..1   n=s0 i=s1 .iter=s2   frame 64 bytes
//!   state 0 start -> bb0                      ; live {n}
//!   state 1 yield -> bb2                      ; 4:13 `yield i`   saved {n i .iter}   live {n .iter}   bare
//!   bb1:                                      ; 3:5  for i in range(n):
//!     for i in .iter -> bb2 else bb4
//! ```
//! Temporaries are `t0 t1 …`, and `r5 …` by register once slots are given. Names used for several locals get `#index`.

use super::data::*;
use super::operators;
use crate::diag::{SourceFile, Span};
use std::fmt::Write;

/// Column of the margin.
const MARGIN: usize = 52;

/// Prints all bodies.
pub fn module(module: &Module, source: &SourceFile) -> String {
    let texts: Vec<String> = module.bodies.iter().map(|b| body(b, source)).collect();
    texts.join("\n")
}

/// Prints one body.
pub fn body(body: &Body, source: &SourceFile) -> String {
    let mut printer = Printer { body, source, out: String::new(), line: 0 };
    printer.header();
    for state in &body.states {
        printer.state(state);
    }
    for (i, block) in body.blocks.iter().enumerate() {
        printer.block(i, block);
    }
    printer.out
}

struct Printer<'a> {
    body: &'a Body,
    source: &'a SourceFile,
    out: String,
    /// The source line shown last.
    line: u32,
}

impl Printer<'_> {
    /// One line with a note in the margin.
    fn put(&mut self, text: &str, note: &str) {
        if note.is_empty() {
            let _ = writeln!(self.out, "{text}");
        } else {
            let _ = writeln!(self.out, "{text:<MARGIN$}; {note}");
        }
    }

    fn header(&mut self) {
        let b = self.body;
        let kind = match (b.kind, b.flavor) {
            (FnKind::Module, _) => "module",
            (FnKind::Class, _) => "class",
            (_, Flavor::Generator) => "generator",
            (_, Flavor::Coroutine) => "coroutine",
            (_, Flavor::AsyncGenerator) => "async generator",
            (FnKind::Lambda, _) => "lambda",
            (FnKind::Function | FnKind::Genexpr, Flavor::Plain) => "function",
        };
        let params: Vec<&str> = b.locals[..b.params.total() as usize].iter().map(|l| &*l.name).collect();
        let mut notes = Vec::new();
        if let Some(last) = b.states.last() {
            notes.push(format!("states 0..{}", last.id.0));
        }
        let slots: Vec<String> = (0..b.locals.len() as u32).map(|i| self.slot(LocalId(i))).collect();
        if !slots.is_empty() {
            notes.push(slots.join(" "));
        }
        if let Some(frame) = &b.frame {
            notes.push(format!("frame {} bytes", 8 + 32 + 8 * u32::from(frame.size)));
        }
        let text = format!("{kind} {}({})", b.qualname, params.join(", "));
        self.put(&text, &notes.join("   "));
    }

    /// `name=s0`, with a star if the slot holds a cell.
    fn slot(&self, local: LocalId) -> String {
        let star = if self.body.locals[local.0 as usize].cell { "*" } else { "" };
        match &self.body.frame {
            Some(frame) => format!("{star}{}=s{}", self.local(local), frame.locals[local.0 as usize]),
            None => format!("{star}{}", self.local(local)),
        }
    }

    fn state(&mut self, state: &State) {
        let kind = state.kind.map_or("start", suspend_name);
        let text = format!("  state {} {kind} -> bb{}", state.id.0, state.resume.0);
        let mut notes = Vec::new();
        if state.kind.is_some() {
            let (line, column) = self.source.line_column(state.span.start);
            let fragment: String =
                self.source.slice(state.span).lines().next().unwrap_or("").chars().take(40).collect();
            notes.push(format!("{line}:{column} `{fragment}`"));
        }
        if let Some(region) = state.region {
            notes.push(format!("handler bb{}", self.body.regions[region.0 as usize].handler.0));
        }
        let temps = state.saved_temps.iter().map(|t| self.temp(*t));
        let saved: Vec<String> = state.saved.iter().map(|l| self.local(*l)).chain(temps).collect();
        notes.push(format!("saved {{{}}}", saved.join(" ")));
        let live: Vec<String> = state.live.iter().map(|l| self.local(*l)).collect();
        notes.push(format!("live {{{}}}", live.join(" ")));
        if !state.handling.is_empty() {
            let saved: Vec<String> = state.handling.iter().map(|l| self.local(*l)).collect();
            notes.push(format!("handling {{{}}}", saved.join(" ")));
        }
        if state.bare {
            notes.push("bare".into());
        }
        self.put(&text, &notes.join("   "));
    }

    fn block(&mut self, i: usize, block: &Block) {
        let region = match block.region.map(|r| &self.body.regions[r.0 as usize]) {
            Some(r) => format!(" ({}: bb{})", region_name(r.kind), r.handler.0),
            None => String::new(),
        };
        let _ = writeln!(self.out, "  bb{i}{region}:");
        self.line = 0;
        for instr in &block.instrs {
            let text = format!("    {}", self.instr(instr));
            self.put_at(&text, instr.span);
        }
        let text = format!("    {}", self.term(&block.term));
        self.put_at(&text, block.term_span);
    }

    /// Shows the position and the source line, once for each run of the same line.
    fn put_at(&mut self, text: &str, span: Span) {
        let (line, column) = self.source.line_column(span.start);
        if line == self.line {
            return self.put(text, "");
        }
        self.line = line;
        let shown: String = self.source.line_text(line).trim().chars().take(60).collect();
        self.put(text, format!("{line}:{column}  {shown}").trim_end());
    }

    fn instr(&self, instr: &Instr) -> String {
        let args: Vec<String> = instr.args.iter().map(|a| self.operand(a)).collect();
        let right = match (&instr.op, &args[..]) {
            (Op::Copy, [a]) => a.clone(),
            (Op::Unary(op), [a]) => format!("{}{a}", operators::unary(*op)),
            (Op::Binary(op), [a, b]) => format!("{a} {} {b}", op.symbol()),
            (Op::InPlace(op), [a, b]) => format!("{a} {}= {b}", op.symbol()),
            (Op::Compare(op), [a, b]) => format!("{a} {} {b}", op.symbol()),
            (Op::GetAttr(name), [a]) => format!("{a}.{name}"),
            (Op::SetAttr(name), [a, b]) => format!("{a}.{name} = {b}"),
            (Op::DelAttr(name), [a]) => format!("del {a}.{name}"),
            (Op::GetItem, [a, b]) => format!("{a}[{b}]"),
            (Op::SetItem, [a, b, c]) => format!("{a}[{b}] = {c}"),
            (Op::DelItem, [a, b]) => format!("del {a}[{b}]"),
            (op, _) => format!("{} {}", self.op(op), args.join(", ")).trim_end().to_string(),
        };
        match instr.dst {
            Some(place) => format!("{} = {right}", self.place(place)),
            None => right,
        }
    }

    /// The name of an operation with its own parameters.
    fn op(&self, op: &Op) -> String {
        let local = |l: &LocalId| self.local(*l);
        match op {
            Op::CheckBound(l) => format!("check {}", local(l)),
            Op::Clear(l) => format!("clear {}", local(l)),
            Op::DeleteLocal(l) => format!("del {}", local(l)),
            Op::LoadCell(l) => format!("cell {}", local(l)),
            Op::StoreCell(l) => format!("set_cell {} =", local(l)),
            Op::DeleteCell(l) => format!("del_cell {}", local(l)),
            Op::MakeCell { slot, fresh } => {
                format!("{} {}", if *fresh { "new_cell" } else { "make_cell" }, local(slot))
            }
            Op::LoadName { name, fallback: Some(l) } => format!("name {name} else cell {}", local(l)),
            Op::Unpack { targets } => format!("{} = unpack", self.temps(targets)),
            Op::UnpackStar { before, star, after } => {
                let parts = [self.temps(before), format!("*{}", self.temp(*star)), self.temps(after)];
                let parts: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
                format!("{} = unpack", parts.join(", "))
            }
            Op::LoadMethod { name, callee, receiver } => {
                format!("{} = load_method .{name}", self.temps(&[*callee, *receiver]))
            }
            Op::MakeFunction { function, captures } if captures.is_empty() => format!("function f{}", function.0),
            Op::MakeFunction { function, captures } => {
                let names: Vec<String> = captures.iter().map(local).collect();
                format!("function f{} [{}]", function.0, names.join(" "))
            }
            Op::Catch { saved } => format!("catch, {} = handled", local(saved)),
            Op::EndCatch { saved } => format!("end_catch {}", local(saved)),
            Op::Intrinsic(Intrinsic::WithEnter { exit }) => format!("with_enter {},", local(exit)),
            Op::Intrinsic(Intrinsic::AsyncWithEnter { exit }) => format!("async_with_enter {},", local(exit)),
            Op::Intrinsic(Intrinsic::LoadCell { slot }) => format!("cell_object {}", local(slot)),
            op => operators::name(op),
        }
    }

    fn term(&self, term: &Term) -> String {
        match term {
            Term::Jump(target) => format!("jump bb{}", target.0),
            Term::Branch { cond, then, orelse } => {
                format!("br {} ? bb{} : bb{}", self.operand(cond), then.0, orelse.0)
            }
            Term::ForIter { iterator, dst, body, exit } => {
                format!("for {} in {} -> bb{} else bb{}", self.place(*dst), self.local(*iterator), body.0, exit.0)
            }
            Term::Return(value) => format!("return {}", self.operand(value)),
            Term::Raise { exc, cause: None } => format!("raise {}", self.operand(exc)),
            Term::Raise { exc, cause: Some(cause) } => {
                format!("raise {} from {}", self.operand(exc), self.operand(cause))
            }
            Term::Reraise => "reraise".into(),
            Term::RaiseAgain(local) => format!("raise_again {}", self.local(*local)),
            Term::Switch { kind, targets, .. } => {
                let targets: Vec<String> = targets.iter().map(|t| format!("bb{}", t.0)).collect();
                format!("switch {} -> {}", self.local(*kind), targets.join(", "))
            }
            Term::Suspend(s) => {
                let state =
                    if self.body.states.is_empty() { String::new() } else { format!(" as state {}", s.state.0) };
                let (kind, value) = (suspend_name(s.kind), self.operand(&s.value));
                format!("suspend {kind} {value}{state} -> bb{}, {} = sent", s.resume.0, self.place(s.sent))
            }
            Term::Unreachable => "unreachable".into(),
        }
    }

    fn operand(&self, operand: &Operand) -> String {
        match operand {
            Operand::Local(local) => self.local(*local),
            Operand::Temp(temp) => self.temp(*temp),
            Operand::Const(c) => operators::constant(c),
        }
    }

    fn place(&self, place: Place) -> String {
        match place {
            Place::Local(local) => self.local(local),
            Place::Temp(temp) => self.temp(temp),
        }
    }

    fn local(&self, local: LocalId) -> String {
        let name = &self.body.locals[local.0 as usize].name;
        if self.body.locals.iter().filter(|l| l.name == *name).count() > 1 {
            format!("{name}#{}", local.0)
        } else {
            name.to_string()
        }
    }

    fn temp(&self, temp: TempId) -> String {
        match &self.body.frame {
            Some(frame) => format!("r{}", frame.temps[temp.0 as usize]),
            None => format!("t{}", temp.0),
        }
    }

    fn temps(&self, temps: &[TempId]) -> String {
        let names: Vec<String> = temps.iter().map(|t| self.temp(*t)).collect();
        names.join(", ")
    }
}

fn suspend_name(kind: SuspendKind) -> &'static str {
    match kind {
        SuspendKind::Yield => "yield",
        SuspendKind::AsyncYield => "async_yield",
        SuspendKind::YieldFrom => "yield_from",
        SuspendKind::Await => "await",
    }
}

fn region_name(kind: RegionKind) -> &'static str {
    match kind {
        RegionKind::Except => "except",
        RegionKind::Finally => "finally",
        RegionKind::With => "with",
        RegionKind::Handler => "handler",
        RegionKind::AsyncFor => "async_for",
    }
}
