//! From MIR with states and registers to code.
//!
//! For each body: `cfg` finds the loops, `layout` orders the blocks, `depth` counts live temporaries, `peephole` tidies
//! each block, `select` and `term` choose instructions (`pool` holds the tables beside them), `assemble` resolves the
//! jumps.

mod assemble;
mod cfg;
mod depth;
mod layout;
mod peephole;
mod pool;
mod select;
mod sequence;
mod term;
#[cfg(test)]
mod tests;

use super::{CodeKind, CodeUnit, FunctionCode, LocalName, StateEntry, StateKind};
use crate::diag::{Diagnostic, SourceFile, Span};
use crate::mir::{self, BlockId, Body, Flavor, FnKind, FrameLayout, LocalId, LocalKind, RegionId, SuspendKind};
use assemble::{Assembly, Input, Node, NodeKind};
use cfg::{Cfg, index};
use pool::{Globals, Pool};
use std::rc::Rc;

/// The code of all bodies. The error is a function that has too much of something for the instruction format.
pub fn emit(module: &mir::Module, source: Rc<SourceFile>) -> Result<CodeUnit, Vec<Diagnostic>> {
    let mut globals = Globals::default();
    let mut functions = Vec::with_capacity(module.bodies.len());
    let mut errors = Vec::new();
    for body in &module.bodies {
        match function(body, &mut globals) {
            Ok(code) => functions.push(code),
            Err(error) => errors.push(*error),
        }
    }
    if errors.is_empty() { Ok(CodeUnit { source, functions, globals: globals.names }) } else { Err(errors) }
}

fn function(body: &Body, globals: &mut Globals) -> Result<FunctionCode, Box<Diagnostic>> {
    let cfg = Cfg::new(body);
    let no_layout = FrameLayout::default();
    let mut emitter = Emitter::new(body, body.frame.as_ref().unwrap_or(&no_layout), globals);
    emitter.blocks(&cfg);
    emitter.finish(&cfg)
}

/// The emission of one function.
struct Emitter<'a> {
    body: &'a Body,
    frame: &'a FrameLayout,
    globals: &'a mut Globals,
    pool: Pool,
    nodes: Vec<Node>,
    /// First node of each block that was emitted.
    block_nodes: Vec<Option<usize>>,
    /// Node of each switch with its targets.
    switches: Vec<(usize, Vec<BlockId>)>,
    /// Node of each state's suspension.
    state_nodes: Vec<Option<usize>>,
    /// Live temporaries: before the current instruction, then, once its operands are known, without those it consumes.
    depth: u32,
    /// Constants loaded for the current instruction, on top of the live temporaries.
    scratch: u32,
    span: Span,
    region: Option<RegionId>,
    /// Highest register used, plus one.
    registers: u32,
    /// Why there will be no code.
    refused: Option<Box<Diagnostic>>,
}

impl<'a> Emitter<'a> {
    fn new(body: &'a Body, frame: &'a FrameLayout, globals: &'a mut Globals) -> Emitter<'a> {
        Emitter {
            body,
            frame,
            globals,
            pool: Pool::default(),
            nodes: Vec::new(),
            block_nodes: vec![None; body.blocks.len()],
            switches: Vec::new(),
            state_nodes: vec![None; body.states.len()],
            depth: 0,
            scratch: 0,
            span: body.header,
            region: None,
            registers: (body.locals.len() as u32).max(u32::from(frame.size)),
            refused: None,
        }
    }

    fn blocks(&mut self, cfg: &Cfg) {
        let depths = depth::at_entries(self.body, cfg);
        let order = layout::order(cfg);
        if order[0] != cfg.entry() {
            self.jump(cfg.entry());
        }
        for (i, &block) in order.iter().enumerate() {
            self.block_nodes[index(block)] = Some(self.nodes.len());
            self.depth = depths[index(block)];
            self.region = cfg.block(block).region;
            self.block(cfg, block, order.get(i + 1).copied());
        }
    }

    /// Appends a node with the current span and region.
    fn push(&mut self, kind: NodeKind) {
        let depth = self.pool.narrow(self.depth as usize, "values at once");
        self.nodes.push(Node { kind, span: self.span, depth, region: self.region });
    }

    /// Register `depth` of the temporaries.
    fn temp_register(&mut self, depth: u32) -> u16 {
        let register = self.body.locals.len() as u32 + depth;
        self.registers = self.registers.max(register + 1);
        self.pool.narrow(register as usize, "variables and values at once")
    }

    fn local(&self, local: LocalId) -> u16 {
        self.frame.locals.get(local.0 as usize).copied().unwrap_or(local.0 as u16)
    }

    fn finish(mut self, cfg: &Cfg) -> Result<FunctionCode, Box<Diagnostic>> {
        let body = self.body;
        let registers = self.pool.narrow(self.registers as usize, "variables and values at once");
        self.pool.narrow(body.states.len(), "suspension points");
        self.pool.narrow(self.switches.len(), "`finally` blocks");
        if let Some(error) = self.refused {
            return Err(error);
        }
        if let Some(what) = self.pool.overflow {
            return Err(too_large(body, what));
        }
        let regions: Vec<(BlockId, u16)> =
            body.regions.iter().map(|r| (cfg.target(r.handler), r.live_temps.len() as u16)).collect();
        let assembly = assemble::assemble(&Input {
            nodes: &self.nodes,
            block_nodes: &self.block_nodes,
            switches: &self.switches,
            regions: &regions,
        });
        let states = self.states(&assembly);
        Ok(self.function_code(assembly, states, registers))
    }

    fn function_code(self, assembly: Assembly, states: Vec<StateEntry>, registers: u16) -> FunctionCode {
        let body = self.body;
        FunctionCode {
            name: body.name.clone(),
            qualname: body.qualname.clone(),
            kind: kind(body.flavor),
            is_module: body.kind == FnKind::Module,
            is_class: body.kind == FnKind::Class,
            posonly: body.params.posonly as u16,
            positional: body.params.positional as u16,
            kwonly: body.params.kwonly as u16,
            varargs: body.params.varargs,
            varkw: body.params.varkw,
            locals: body.locals.iter().map(local_name).collect(),
            registers,
            instrs: assembly.instrs,
            spans: assembly.spans,
            depths: assembly.depths,
            constants: self.pool.constants,
            handlers: assembly.handlers,
            states,
            caches: self.pool.caches,
            call_sites: self.pool.call_sites,
            function_sites: self.pool.function_sites,
            intrinsic_sites: self.pool.intrinsic_sites,
            switches: assembly.switches,
            doc: body.doc.clone(),
            span: body.span,
            header: body.header,
        }
    }

    fn states(&self, assembly: &Assembly) -> Vec<StateEntry> {
        let entry = |state: &mir::State| StateEntry {
            kind: state_kind(state.kind),
            instr: self.state_nodes[state.id.0 as usize].map_or(0, |node| assembly.node_words[node]),
            depth: state.saved_temps.len() as u16,
            delegate: self.delegate(state).map(|local| self.local(local)),
            bare: state.bare,
            handling: state.handling.iter().map(|&local| self.local(local)).collect(),
            live: state.live.iter().map(|&local| self.local(local)).collect(),
            span: state.span,
        };
        self.body.states.iter().map(entry).collect()
    }

    fn delegate(&self, state: &mir::State) -> Option<LocalId> {
        match &self.body.blocks[index(state.block)].term {
            mir::Term::Suspend(suspend) if state.kind.is_some() => suspend.delegate,
            _ => None,
        }
    }
}

fn local_name(local: &mir::Local) -> LocalName {
    LocalName { name: local.name.clone(), cell: local.cell, free: local.kind == LocalKind::Free }
}

fn kind(flavor: Flavor) -> CodeKind {
    match flavor {
        Flavor::Plain => CodeKind::Plain,
        Flavor::Generator => CodeKind::Generator,
        Flavor::Coroutine => CodeKind::Coroutine,
        Flavor::AsyncGenerator => CodeKind::AsyncGenerator,
    }
}

fn state_kind(kind: Option<SuspendKind>) -> StateKind {
    match kind {
        None => StateKind::Start,
        Some(SuspendKind::Yield) => StateKind::Yield,
        Some(SuspendKind::AsyncYield) => StateKind::AsyncYield,
        Some(SuspendKind::YieldFrom) => StateKind::YieldFrom,
        Some(SuspendKind::Await) => StateKind::Await,
    }
}

#[cold]
fn too_large(body: &Body, what: &str) -> Box<Diagnostic> {
    let title = format!("function '{}' is too large: more than 65536 {what}", body.name);
    Box::new(Diagnostic::syntax("function-too-large", title, body.header))
}
