//! HIR → MIR: a control-flow graph of basic blocks. Structured statements become blocks and terminators, expressions
//! become three-address instructions over locals, linear temporaries and constants.
//!
//! A value is always evaluated *into a place*, so that `i = i + 1` is one instruction. Each `finally` is built once,
//! with completion registers (see `protect`). Named locals are borrowed as operands wherever nothing evaluated later
//! can suspend or rebind them (see `hazard`).

mod assign;
mod call;
mod display;
mod expr;
mod hazard;
mod logic;
mod loops;
mod protect;
mod scope;
mod stmt;
mod suspend;

use crate::diag::Span;
use crate::hir;
use crate::mir::data::*;
use scope::Scope;
use std::rc::Rc;

/// Builds every function of a file.
pub fn build(module: &hir::Module) -> Module {
    let bodies = module.functions.iter().enumerate().map(|(i, f)| function(FnId(i as u32), f)).collect();
    Module { bodies }
}

fn function(id: FnId, f: &hir::Function) -> Body {
    let mut builder = Builder::new(f);
    let entry = builder.new_block();
    builder.start(entry);
    builder.make_cells();
    builder.stmts(&f.body);
    builder.terminate(Term::Return(Operand::Const(Const::None)), f.body.last().map_or(f.span, |s| s.span));
    builder.finish(id)
}

/// A block under construction.
struct Draft {
    instrs: Vec<Instr>,
    /// `None` until it is closed.
    term: Option<(Term, Span)>,
    region: Option<RegionId>,
}

struct Builder<'a> {
    function: &'a hir::Function,
    /// The function's locals, then the hidden ones made here.
    locals: Vec<Local>,
    blocks: Vec<Draft>,
    /// Blocks in the order of the final layout.
    hot: Vec<BlockId>,
    /// Blocks of handlers, laid out after all others.
    cold: Vec<BlockId>,
    /// How many handlers are being built around the current point.
    cold_depth: u32,
    /// The open block; `None` after a terminator, when what follows cannot be reached and is not emitted.
    current: Option<BlockId>,
    /// Live temporaries at the current point, outermost first.
    stack: Vec<TempId>,
    /// Number of temporaries made.
    temps: u32,
    regions: Vec<Region>,
    /// Region of the blocks that are started now.
    region: Option<RegionId>,
    /// What encloses the current point, outermost first.
    scopes: Vec<Scope>,
    /// Hidden locals made here that are not in use.
    spare: Vec<LocalId>,
    /// The hidden local that holds what is awaited; one suffices, since a delegation ends before another starts.
    delegate: Option<LocalId>,
}

impl<'a> Builder<'a> {
    fn new(function: &'a hir::Function) -> Builder<'a> {
        Builder {
            function,
            locals: function.locals.clone(),
            blocks: Vec::new(),
            hot: Vec::new(),
            cold: Vec::new(),
            cold_depth: 0,
            current: None,
            stack: Vec::new(),
            temps: 0,
            regions: Vec::new(),
            region: None,
            scopes: Vec::new(),
            spare: Vec::new(),
            delegate: None,
        }
    }

    /// Own cells are made at entry, but for comprehension variables, which get a fresh one by `NewCell`.
    fn make_cells(&mut self) {
        for (i, local) in self.function.locals.iter().enumerate() {
            let slot = LocalId(i as u32);
            if !local.cell || local.kind == hir::LocalKind::Free || hazard::has_new_cell(&self.function.body, slot) {
                continue;
            }
            let fresh = local.kind != hir::LocalKind::Param;
            self.emit(None, Op::MakeCell { slot, fresh }, Vec::new(), self.function.header);
        }
    }

    // ---- blocks -----------------------------------------------------------------------------------------------

    fn new_block(&mut self) -> BlockId {
        self.blocks.push(Draft { instrs: Vec::new(), term: None, region: None });
        BlockId(self.blocks.len() as u32 - 1)
    }

    /// Makes `block` the open one. The previous one must be closed.
    fn start(&mut self, block: BlockId) {
        debug_assert!(self.current.is_none(), "a block is open");
        self.blocks[block.0 as usize].region = self.region;
        let order = if self.cold_depth > 0 { &mut self.cold } else { &mut self.hot };
        order.push(block);
        self.current = Some(block);
    }

    /// Closes the open block, if there is one; consumes the terminator's temporaries.
    fn terminate(&mut self, term: Term, span: Span) {
        let consumed = term.operands().iter().filter(|o| matches!(o, Operand::Temp(_))).count();
        self.stack.truncate(self.stack.len() - consumed);
        if let Some(block) = self.current.take() {
            self.blocks[block.0 as usize].term = Some((term, span));
        }
    }

    fn jump(&mut self, target: BlockId, span: Span) {
        self.terminate(Term::Jump(target), span);
    }

    /// Jumps to a fresh block and goes on there.
    fn jump_and_start(&mut self, block: BlockId, span: Span) {
        self.jump(block, span);
        self.start(block);
    }

    /// What is emitted from here on lies in `region`.
    fn enter_region(&mut self, region: Option<RegionId>, span: Span) {
        if self.region == region {
            return;
        }
        self.region = region;
        let Some(block) = self.current else { return };
        if self.blocks[block.0 as usize].instrs.is_empty() {
            self.blocks[block.0 as usize].region = region;
        } else {
            let next = self.new_block();
            self.jump_and_start(next, span);
        }
    }

    fn new_region(&mut self, handler: BlockId, kind: RegionKind, span: Span) -> RegionId {
        let live_temps = self.stack.clone();
        self.regions.push(Region { handler, parent: self.region, live_temps, kind, span });
        RegionId(self.regions.len() as u32 - 1)
    }

    // ---- instructions -----------------------------------------------------------------------------------------

    /// Appends an instruction; keeps the stack of live temporaries.
    fn emit(&mut self, dst: Option<Place>, op: Op, args: Vec<Operand>, span: Span) {
        let consumed = args.iter().filter(|o| matches!(o, Operand::Temp(_))).count();
        self.stack.truncate(self.stack.len() - consumed);
        if let Some(Place::Temp(temp)) = dst {
            self.stack.push(temp);
        }
        if let Some(block) = self.current {
            self.blocks[block.0 as usize].instrs.push(Instr { dst, op, args, span });
        }
    }

    /// Emits an operation whose result becomes the top temporary.
    fn emit_push(&mut self, op: Op, args: Vec<Operand>, span: Span) -> Operand {
        let temp = self.temp();
        self.emit(Some(Place::Temp(temp)), op, args, span);
        Operand::Temp(temp)
    }

    fn clear(&mut self, local: LocalId, span: Span) {
        self.emit(None, Op::Clear(local), Vec::new(), span);
    }

    fn copy(&mut self, dst: Place, value: Operand, span: Span) {
        self.emit(Some(dst), Op::Copy, vec![value], span);
    }

    /// A new temporary; it is live from the instruction that defines it.
    fn temp(&mut self) -> TempId {
        self.temps += 1;
        TempId(self.temps - 1)
    }

    // ---- hidden locals ----------------------------------------------------------------------------------------

    /// A hidden local that holds what `name` says, until it is given back.
    fn hidden(&mut self, name: &str) -> LocalId {
        if let Some(i) = self.spare.iter().position(|l| &*self.locals[l.0 as usize].name == name) {
            return self.spare.swap_remove(i);
        }
        self.locals.push(Local { name: Rc::from(name), kind: hir::LocalKind::Hidden, cell: false });
        LocalId(self.locals.len() as u32 - 1)
    }

    fn give_back(&mut self, local: LocalId) {
        self.spare.push(local);
    }

    fn is_hidden(&self, local: LocalId) -> bool {
        self.locals[local.0 as usize].kind == hir::LocalKind::Hidden
    }

    // ---- the end ----------------------------------------------------------------------------------------------

    /// Numbers the blocks in layout order.
    fn finish(mut self, id: FnId) -> Body {
        let order: Vec<BlockId> = self.hot.iter().chain(&self.cold).copied().collect();
        let mut number = vec![BlockId(0); self.blocks.len()];
        for (i, old) in order.iter().enumerate() {
            number[old.0 as usize] = BlockId(i as u32);
        }
        let mut blocks = Vec::with_capacity(order.len());
        for old in &order {
            let draft = &mut self.blocks[old.0 as usize];
            let (mut term, term_span) = draft.term.take().unwrap_or((Term::Unreachable, self.function.span));
            term.for_each_target(|t| *t = number[t.0 as usize]);
            blocks.push(Block { instrs: std::mem::take(&mut draft.instrs), term, term_span, region: draft.region });
        }
        for region in &mut self.regions {
            region.handler = number[region.handler.0 as usize];
        }
        let f = self.function;
        Body {
            id,
            kind: f.kind,
            flavor: f.flavor,
            name: f.name.clone(),
            qualname: f.qualname.clone(),
            params: f.params,
            locals: self.locals,
            doc: f.doc.clone(),
            span: f.span,
            header: f.header,
            blocks,
            temps: self.temps,
            regions: self.regions,
            states: Vec::new(),
            frame: None,
        }
    }
}
