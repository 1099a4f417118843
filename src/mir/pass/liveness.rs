//! Data-flow analyses over locals: which are assigned (forwards) and which are needed (backwards). They change nothing.
//!
//! An exception can leave a block before each instruction that may raise; what holds at those points flows to the
//! handler of the block's region.

use crate::mir::bits::LocalSet;
use crate::mir::data::*;

/// How states from several predecessors are joined.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Meet {
    /// Assigned on some path.
    Any,
    /// Assigned on every path.
    All,
}

/// The locals that are assigned at the start of each block; `None` for unreachable ones.
pub fn assigned(body: &Body, meet: Meet) -> Vec<Option<LocalSet>> {
    let mut entries: Vec<Option<LocalSet>> = vec![None; body.blocks.len()];
    entries[0] = Some(at_start(body));
    let mut work = vec![BlockId(0)];
    while let Some(block) = work.pop() {
        let Some(mut set) = entries[block.0 as usize].clone() else { continue };
        let handler = body.handler(block);
        let data = &body.blocks[block.0 as usize];
        for instr in &data.instrs {
            if let Some(handler) = handler.filter(|_| instr.op.may_raise()) {
                flow(handler, &set, meet, &mut entries, &mut work);
            }
            after(instr, &mut set);
        }
        if let Term::RaiseAgain(local) = data.term {
            set.remove(local);
        }
        if let Some(handler) = handler {
            flow(handler, &set, meet, &mut entries, &mut work);
        }
        if let Term::Suspend(Suspend { delegate: Some(local), .. }) = data.term {
            set.remove(local);
        }
        for (target, defined) in data.term.edges() {
            let mut out = set.clone();
            if let Some(Place::Local(local)) = defined {
                out.insert(local);
            }
            flow(target, &out, meet, &mut entries, &mut work);
        }
    }
    entries
}

/// The effect of one instruction on the assigned locals.
pub fn after(instr: &Instr, set: &mut LocalSet) {
    if let Some(local) = instr.unbinds() {
        set.remove(local);
    }
    if let Op::CheckBound(local) = instr.op {
        set.insert(local);
    }
    instr.writes(|local| set.insert(local));
}

/// Parameters, captured cells, and the namespace of a class body.
pub fn at_start(body: &Body) -> LocalSet {
    let mut set = LocalSet::empty(body.locals.len());
    for (i, local) in body.locals.iter().enumerate() {
        if matches!(local.kind, LocalKind::Param | LocalKind::Free) || is_namespace(body, i) {
            set.insert(LocalId(i as u32));
        }
    }
    set
}

/// Whether local `i` holds the namespace of a class body, which its names are looked up in.
pub fn is_namespace(body: &Body, i: usize) -> bool {
    body.kind == FnKind::Class && i == 0
}

fn flow(target: BlockId, set: &LocalSet, meet: Meet, entries: &mut [Option<LocalSet>], work: &mut Vec<BlockId>) {
    let entry = &mut entries[target.0 as usize];
    let changed = match entry {
        None => {
            *entry = Some(set.clone());
            true
        }
        Some(known) if meet == Meet::Any => known.union(set),
        Some(known) => known.intersect(set),
    };
    if changed {
        work.push(target);
    }
}

/// What counts as a need for a local's value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Reading it.
    Read,
    /// Any mention: reading it or clearing it explicitly.
    Mention,
}

/// The locals needed at the start of each block.
pub fn needed(body: &Body, need: Need) -> Vec<LocalSet> {
    let mut entries = vec![LocalSet::empty(body.locals.len()); body.blocks.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for i in (0..body.blocks.len()).rev() {
            let set = walk_back(body, BlockId(i as u32), &entries, need, |_, _| {});
            changed |= entries[i].union(&set);
        }
    }
    entries
}

/// Walks a block backwards; `visit` gets the index of each instruction (the number of instructions: the terminator) and
/// what is needed after it. Returns what is needed at the start.
pub fn walk_back(
    body: &Body,
    block: BlockId,
    entries: &[LocalSet],
    need: Need,
    mut visit: impl FnMut(usize, &LocalSet),
) -> LocalSet {
    let data = &body.blocks[block.0 as usize];
    let handler = body.handler(block).map(|h| &entries[h.0 as usize]);
    let mut set = LocalSet::empty(body.locals.len());
    for (target, defined) in data.term.edges() {
        let mut through = entries[target.0 as usize].clone();
        if let Some(Place::Local(local)) = defined {
            through.remove(local);
        }
        set.union(&through);
    }
    visit(data.instrs.len(), &set);
    if let Some(handler) = handler {
        set.union(handler);
    }
    data.term.reads(|local| set.insert(local));
    for (i, instr) in data.instrs.iter().enumerate().rev() {
        visit(i, &set);
        let cleared = instr.unbinds();
        if let Some(local) = cleared {
            set.remove(local);
        }
        instr.writes(|local| set.remove(local));
        if let Some(handler) = handler.filter(|_| instr.op.may_raise()) {
            set.union(handler);
        }
        instr.reads(|local| set.insert(local));
        if let Some(local) = cleared.filter(|_| need == Need::Mention) {
            set.insert(local);
        }
    }
    set
}

/// The locals needed after each instruction of a block; the last entry is for the terminator.
pub fn needed_after(body: &Body, block: BlockId, entries: &[LocalSet], need: Need) -> Vec<LocalSet> {
    let count = body.blocks[block.0 as usize].instrs.len() + 1;
    let mut sets = vec![LocalSet::default(); count];
    walk_back(body, block, entries, need, |i, set| sets[i] = set.clone());
    sets
}
