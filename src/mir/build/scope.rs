//! What encloses a point, and what leaving it costs: `break`, `continue` and `return` walk the scopes outwards, ending
//! the handling of exceptions and dropping iterators on the way, in CPython's order; at a `finally` or `with` they
//! stop and leave a completion for it to dispatch.

use super::Builder;
use crate::diag::Span;
use crate::hir::LabelId;
use crate::mir::data::*;

/// A way out of a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    Return,
    Break(LabelId),
    Continue(LabelId),
}

#[derive(Clone)]
pub(super) enum Scope {
    Loop {
        label: LabelId,
        /// Where `break` goes; the iterator is cleared before.
        end: BlockId,
        /// Where `continue` goes.
        next: BlockId,
        iterator: Option<LocalId>,
    },
    Labeled {
        label: LabelId,
        end: BlockId,
    },
    /// The body of a `try` with handlers; `outer` is the region around it.
    Try {
        outer: Option<RegionId>,
    },
    /// Where an exception is being handled (in a `finally`: may be).
    Handler {
        outer: Option<RegionId>,
        saved: LocalId,
        exc: LocalId,
    },
    /// A body after which a local is cleared, however it ends (the name of an `except … as`).
    Cleanup {
        outer: Option<RegionId>,
        local: LocalId,
    },
    /// The body of a `finally` or `with`.
    Protected(Completion),
}

/// The completion registers of a `finally` or `with`.
#[derive(Clone)]
pub(super) struct Completion {
    /// The region around it.
    pub outer: Option<RegionId>,
    /// The block that runs on the way out.
    pub entry: BlockId,
    /// How the body was left: [`FALL_THROUGH`], [`RAISE`], [`RETURN`], then the jumps in the order of `jumps`.
    pub kind: LocalId,
    /// The exception or the value to return.
    pub value: LocalId,
    pub returns: bool,
    pub jumps: Vec<Exit>,
}

pub(super) const FALL_THROUGH: usize = 0;
pub(super) const RAISE: usize = RAISE_TARGET;
pub(super) const RETURN: usize = 2;
const FIRST_JUMP: usize = 3;

impl Completion {
    /// The number of `exit`, noted for the dispatch.
    fn note(&mut self, exit: Exit) -> usize {
        if exit == Exit::Return {
            self.returns = true;
            return RETURN;
        }
        let known = self.jumps.iter().position(|j| *j == exit);
        FIRST_JUMP
            + known.unwrap_or_else(|| {
                self.jumps.push(exit);
                self.jumps.len() - 1
            })
    }

    /// Whether anything but falling through leaves the body without an exception.
    pub(super) fn has_exits(&self) -> bool {
        self.returns || !self.jumps.is_empty()
    }
}

impl Builder<'_> {
    /// `return e`
    pub(super) fn return_value(&mut self, e: &crate::hir::Expr, span: Span) {
        let protected = self.scopes.iter().rev().find_map(|s| match s {
            Scope::Protected(completion) => Some(completion.value),
            _ => None,
        });
        let value = match protected {
            Some(value) => {
                self.into(e, Place::Local(value));
                Operand::Local(value)
            }
            None => self.operand(e, &[]),
        };
        let value = match value {
            Operand::Local(local) if protected.is_none() && self.is_cleared_on_return(local) => {
                self.emit_push(Op::Copy, vec![value], span)
            }
            value => value,
        };
        self.leave(Exit::Return, value, span);
    }

    /// Whether a return from here clears the local before it returns.
    fn is_cleared_on_return(&self, local: LocalId) -> bool {
        self.scopes.iter().any(|s| match s {
            Scope::Cleanup { local: cleared, .. } => *cleared == local,
            Scope::Loop { iterator, .. } => *iterator == Some(local),
            _ => false,
        })
    }

    /// Emits the way out; `value` is what `Exit::Return` returns.
    pub(super) fn leave(&mut self, exit: Exit, value: Operand, span: Span) {
        let here = self.region;
        let mut depth = self.scopes.len();
        while depth > 0 {
            depth -= 1;
            if self.leave_scope(depth, exit, &value, span) {
                self.region = here;
                return;
            }
        }
        // Only `return` gets here: the front end has checked that labels exist.
        self.terminate(Term::Return(value), span);
        self.region = here;
    }

    /// Leaves one scope; true if the way out ends there.
    fn leave_scope(&mut self, depth: usize, exit: Exit, value: &Operand, span: Span) -> bool {
        match self.scopes[depth].clone() {
            Scope::Loop { label, next, .. } if exit == Exit::Continue(label) => self.jump(next, span),
            Scope::Loop { label, end, iterator, .. } => {
                if let Some(iterator) = iterator {
                    self.clear(iterator, span);
                }
                if exit != Exit::Break(label) {
                    return false;
                }
                self.jump(end, span);
            }
            Scope::Labeled { label, end } if exit == Exit::Break(label) => self.jump(end, span),
            Scope::Labeled { .. } => return false,
            Scope::Try { outer } => {
                self.enter_region(outer, span);
                return false;
            }
            Scope::Handler { outer, saved, .. } => {
                self.enter_region(outer, span);
                self.emit(None, Op::EndCatch { saved }, Vec::new(), span);
                return false;
            }
            Scope::Cleanup { outer, local } => {
                self.enter_region(outer, span);
                self.clear(local, span);
                return false;
            }
            Scope::Protected(completion) => self.complete(depth, &completion, exit, value, span),
        }
        true
    }

    /// Leaves the body of a `finally` or `with`: notes how, and goes to what must run first.
    fn complete(&mut self, depth: usize, completion: &Completion, exit: Exit, value: &Operand, span: Span) {
        if exit == Exit::Return && *value != Operand::Local(completion.value) {
            self.copy(Place::Local(completion.value), value.clone(), span);
        }
        // Code that cannot be reached adds no way out.
        if self.current.is_none() {
            return;
        }
        let Scope::Protected(noted) = &mut self.scopes[depth] else { return };
        let kind = noted.note(exit);
        self.enter_region(completion.outer, span);
        self.set_kind(completion.kind, kind, span);
        self.jump(completion.entry, span);
    }

    pub(super) fn set_kind(&mut self, local: LocalId, kind: usize, span: Span) {
        self.copy(Place::Local(local), Operand::Const(Const::Int(kind as i64)), span);
    }

    /// The end of a `finally` or `with`: goes on as the completion says. `raise` is the block for an exception.
    /// `saved` is what a `finally` entered by an exception keeps.
    pub(super) fn dispatch(
        &mut self,
        completion: &Completion,
        fall: BlockId,
        (raise, saved): (BlockId, Option<LocalId>),
        span: Span,
    ) {
        let unused = self.new_block();
        let returns = if completion.returns { self.new_block() } else { unused };
        let mut targets = vec![fall, raise, returns];
        targets.extend(completion.jumps.iter().map(|_| BlockId(0)));
        for target in &mut targets[FIRST_JUMP..] {
            *target = self.new_block();
        }
        self.terminate(Term::Switch { kind: completion.kind, saved, targets: targets.clone() }, span);
        if completion.returns {
            self.start(returns);
            self.leave(Exit::Return, Operand::Local(completion.value), span);
        } else {
            self.start(unused);
            self.terminate(Term::Unreachable, span);
        }
        for (exit, target) in completion.jumps.iter().zip(&targets[FIRST_JUMP..]) {
            self.start(*target);
            self.leave(*exit, Operand::Const(Const::None), span);
        }
    }

    /// `RaiseLocal`: where it ends the very handler of that exception, the handling is ended on the way.
    pub(super) fn raise_local(&mut self, local: LocalId, span: Span) {
        let handler = self.scopes.iter().rev().find(|s| !matches!(s, Scope::Labeled { .. }));
        if let Some(Scope::Handler { outer, saved, exc }) = handler.cloned()
            && exc == local
        {
            let here = self.region;
            self.enter_region(outer, span);
            self.emit(None, Op::EndCatch { saved }, Vec::new(), span);
            self.terminate(Term::RaiseAgain(local), span);
            self.region = here;
            return;
        }
        self.terminate(Term::RaiseAgain(local), span);
    }
}
