//! What an instruction or terminator touches (locals, blocks) and can do: the one place that the analyses ask.

use super::data::*;

impl Const {
    /// The truth of a constant.
    pub fn is_true(&self) -> bool {
        match self {
            Const::None | Const::False => false,
            Const::True | Const::Ellipsis => true,
            Const::Int(i) => *i != 0,
            Const::BigInt(i) => i.sign() != num_bigint::Sign::NoSign,
            Const::Float(f) => *f != 0.0,
            Const::Str(s) => !s.is_empty(),
            Const::Bytes(b) => !b.is_empty(),
            Const::Tuple(t) => !t.is_empty(),
        }
    }
}

impl Op {
    /// Whether the operation can raise. Dropping a value never does: what a finaliser raises is only reported.
    pub fn may_raise(&self) -> bool {
        !matches!(
            self,
            Op::Copy
                | Op::Drop
                | Op::Clear(_)
                | Op::StoreCell(_)
                | Op::MakeCell { .. }
                | Op::BuildTuple
                | Op::BuildList
                | Op::ListToTuple
                | Op::MakeFunction { .. }
                | Op::Catch { .. }
                | Op::EndCatch { .. }
                | Op::IsStopAsyncIteration
        )
    }
}

impl Instr {
    /// Calls `f` for each local whose slot is read (for a cell variable the slot that holds the cell).
    pub fn reads(&self, mut f: impl FnMut(LocalId)) {
        for arg in &self.args {
            if let Operand::Local(local) = arg {
                f(*local);
            }
        }
        match &self.op {
            Op::CheckBound(l) | Op::DeleteLocal(l) | Op::LoadCell(l) | Op::StoreCell(l) | Op::DeleteCell(l) => f(*l),
            Op::MakeCell { slot, fresh: false } => f(*slot),
            Op::EndCatch { saved } => f(*saved),
            Op::LoadName { fallback: Some(l), .. } => f(*l),
            Op::MakeFunction { captures, .. } => captures.iter().copied().for_each(f),
            Op::Intrinsic(Intrinsic::LoadCell { slot }) => f(*slot),
            _ => {}
        }
    }

    /// Calls `f` for each local that the instruction binds when it succeeds.
    pub fn writes(&self, mut f: impl FnMut(LocalId)) {
        match &self.op {
            Op::MakeCell { slot, .. } => f(*slot),
            Op::Catch { saved } => f(*saved),
            Op::Intrinsic(Intrinsic::WithEnter { exit } | Intrinsic::AsyncWithEnter { exit }) => f(*exit),
            _ => {}
        }
        if let Some(Place::Local(local)) = self.dst {
            f(local);
        }
    }

    /// The local that the instruction leaves unbound.
    pub fn unbinds(&self) -> Option<LocalId> {
        match self.op {
            Op::Clear(l) | Op::DeleteLocal(l) | Op::EndCatch { saved: l } => Some(l),
            _ => None,
        }
    }
}

impl Term {
    /// The operands it consumes or borrows.
    pub fn operands(&self) -> Vec<&Operand> {
        match self {
            Term::Branch { cond, .. } => vec![cond],
            Term::Return(value) => vec![value],
            Term::Raise { exc, cause } => std::iter::once(exc).chain(cause).collect(),
            Term::Suspend(suspend) => vec![&suspend.value],
            _ => Vec::new(),
        }
    }

    pub fn may_raise(&self) -> bool {
        !matches!(self, Term::Jump(_) | Term::Switch { .. } | Term::Return(_) | Term::Unreachable)
    }

    /// Calls `f` for each local that the terminator reads.
    pub fn reads(&self, mut f: impl FnMut(LocalId)) {
        for operand in self.operands() {
            if let Operand::Local(local) = operand {
                f(*local);
            }
        }
        match self {
            Term::ForIter { iterator, .. } => f(*iterator),
            Term::RaiseAgain(local) | Term::Switch { kind: local, .. } => f(*local),
            _ => {}
        }
    }

    /// The successors, each with what the edge defines.
    pub fn edges(&self) -> Vec<(BlockId, Option<Place>)> {
        match self {
            Term::Jump(target) => vec![(*target, None)],
            Term::Branch { then, orelse, .. } => vec![(*then, None), (*orelse, None)],
            Term::ForIter { dst, body, exit, .. } => vec![(*body, Some(*dst)), (*exit, None)],
            Term::Switch { targets, .. } => targets.iter().map(|t| (*t, None)).collect(),
            Term::Suspend(suspend) => vec![(suspend.resume, Some(suspend.sent))],
            Term::Return(_) | Term::Raise { .. } | Term::Reraise | Term::RaiseAgain(_) | Term::Unreachable => {
                Vec::new()
            }
        }
    }

    /// Calls `f` on each successor, to redirect it.
    pub fn for_each_target(&mut self, mut f: impl FnMut(&mut BlockId)) {
        match self {
            Term::Jump(target) => f(target),
            Term::Branch { then, orelse, .. } => {
                f(then);
                f(orelse);
            }
            Term::ForIter { body, exit, .. } => {
                f(body);
                f(exit);
            }
            Term::Switch { targets, .. } => targets.iter_mut().for_each(f),
            Term::Suspend(suspend) => f(&mut suspend.resume),
            Term::Return(_) | Term::Raise { .. } | Term::Reraise | Term::RaiseAgain(_) | Term::Unreachable => {}
        }
    }
}

impl Body {
    /// The block that handles an exception raised in `block`.
    pub fn handler(&self, block: BlockId) -> Option<BlockId> {
        self.blocks[block.0 as usize].region.map(|r| self.regions[r.0 as usize].handler)
    }

    /// The regions around a point, innermost first.
    pub fn region_chain(&self, region: Option<RegionId>) -> impl Iterator<Item = &Region> {
        std::iter::successors(region.map(|r| &self.regions[r.0 as usize]), |r| {
            r.parent.map(|p| &self.regions[p.0 as usize])
        })
    }
}
