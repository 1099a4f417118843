//! Instructions for terminators: what jumps, returns, raises, suspends.

use super::Emitter;
use super::assemble::{CompareJump, NodeKind, complex};
use super::cfg::{Cfg, index};
use super::peephole;
use super::sequence::small;
use crate::code::isa::{Instr, Op, fl};
use crate::mir::{self, BlockId, CmpOp, Const, Flavor, Operand, Place, Suspend, SuspendKind, Term, UnaryOp};

impl Emitter<'_> {
    /// One block; `next` is the block that will follow it in the code.
    pub(super) fn block(&mut self, cfg: &Cfg, block: BlockId, next: Option<BlockId>) {
        let source = cfg.block(block);
        let (mut instrs, term) = peephole::rewrite(source);
        let test = match &term {
            Term::Branch { cond, .. } => Some(fold_test(&mut instrs, cond.clone())),
            _ => None,
        };
        for instr in &instrs {
            self.instr(instr);
        }
        self.span = source.term_span;
        self.scratch = 0;
        match &term {
            Term::Jump(target) => self.jump_or_return(cfg, cfg.target(*target), next),
            Term::Branch { then, orelse, .. } => {
                if let Some(test) = test {
                    self.branch(test, cfg.target(*then), cfg.target(*orelse), next);
                }
            }
            Term::ForIter { iterator, dst, body, exit } => {
                let (b, dst) = (self.local(*iterator), self.place(*dst));
                let (body, exit) = (cfg.target(*body), cfg.target(*exit));
                let falls = next == Some(exit);
                self.push(NodeKind::For { flags: dst.flag(), a: dst.register, b, body, exit, falls });
            }
            Term::Return(value) => self.emit_return(value),
            Term::Raise { exc, cause } => self.raise(exc, cause.as_ref()),
            Term::RaiseAgain(local) => self.word(Instr::abc(Op::RaiseAgain, 0, self.local(*local), 0, 0)),
            Term::Switch { kind, targets, .. } => {
                let table = self.switches.len() as u16;
                self.switches.push((self.nodes.len(), targets.iter().map(|&t| cfg.target(t)).collect()));
                self.word(Instr::abc(Op::Switch, 0, self.local(*kind), table, 0));
            }
            Term::Suspend(suspend) => {
                self.suspend(suspend);
                self.jump_unless_next(cfg.target(suspend.resume), next);
            }
            // Never executed if unreachable; an error of its own if it is after all.
            Term::Reraise | Term::Unreachable => self.word(Instr::abc(Op::Reraise, 0, 0, 0, 0)),
        }
    }

    pub(super) fn jump(&mut self, target: BlockId) {
        self.push(NodeKind::Jump { op: Op::Jump, flags: 0, a: 0, target });
    }

    fn jump_unless_next(&mut self, target: BlockId, next: Option<BlockId>) {
        if next != Some(target) {
            self.jump(target);
        }
    }

    /// A jump to a block that only returns returns at once.
    fn jump_or_return(&mut self, cfg: &Cfg, target: BlockId, next: Option<BlockId>) {
        if next == Some(target) {
            return;
        }
        let block = cfg.block(target);
        match &block.term {
            Term::Return(value) if block.instrs.is_empty() => {
                self.span = block.term_span;
                self.emit_return(value);
            }
            _ => self.jump(target),
        }
    }

    fn emit_return(&mut self, value: &Operand) {
        let plain = self.body.flavor == Flavor::Plain;
        if plain && *value == Operand::Const(Const::None) {
            return self.word(Instr::abc(Op::ReturnNone, 0, 0, 0, 0));
        }
        let source = self.source(value);
        self.consume(std::slice::from_ref(value));
        let op = if plain { Op::Return } else { Op::ReturnGen };
        self.word(Instr::abc(op, source.flag(fl::A_TEMP), source.register, 0, 0));
    }

    fn raise(&mut self, exc: &Operand, cause: Option<&Operand>) {
        let b = self.source(exc);
        let mut flags = b.flag(fl::B_TEMP);
        let mut c = 0;
        if let Some(cause) = cause {
            let source = self.source(cause);
            flags |= source.flag(fl::C_TEMP) | fl::EXTRA;
            c = source.register;
        }
        self.consume(std::slice::from_ref(exc));
        self.consume(cause.map_or(&[], std::slice::from_ref));
        self.word(Instr::abc(Op::Raise, flags, 0, b.register, c));
    }

    fn suspend(&mut self, suspend: &Suspend) {
        let state = suspend.state.0 as usize;
        let handling = self.body.states.get(state).is_some_and(|s| !s.handling.is_empty());
        let dst = self.place(suspend.sent);
        let mut flags = dst.flag() | if handling { fl::EXTRA } else { 0 };
        let (op, b) = match (suspend.kind, suspend.delegate) {
            (SuspendKind::YieldFrom, Some(delegate)) => (Op::YieldFrom, self.keep_delegate(delegate, &suspend.value)),
            (SuspendKind::Await, Some(delegate)) => (Op::Await, self.keep_delegate(delegate, &suspend.value)),
            (kind, _) => {
                let source = self.source(&suspend.value);
                flags |= source.flag(fl::B_TEMP);
                self.consume(std::slice::from_ref(&suspend.value));
                (if kind == SuspendKind::AsyncYield { Op::AsyncYield } else { Op::Yield }, source.register)
            }
        };
        if let Some(node) = self.state_nodes.get_mut(state) {
            *node = Some(self.nodes.len());
        }
        self.word(Instr::abc(op, flags, dst.register, b, state as u16));
    }

    /// Puts what is driven into its hidden local, unless it is there.
    fn keep_delegate(&mut self, delegate: mir::LocalId, value: &Operand) -> u16 {
        if *value != Operand::Local(delegate) {
            self.copy(Place::Local(delegate), value);
        }
        self.local(delegate)
    }

    /// A conditional jump, and a second jump where neither target follows; the conditional one is then that which goes
    /// backwards, to where a loop goes on.
    fn branch(&mut self, test: Test, then: BlockId, orelse: BlockId, next: Option<BlockId>) {
        let is_back = |block: BlockId| self.block_nodes[index(block)].is_some();
        let on_false = if next == Some(then) { then != orelse } else { next != Some(orelse) && is_back(orelse) };
        let (answer, target, other) = if on_false { (false, orelse, then) } else { (true, then, orelse) };
        self.jump_if(test, answer, target);
        self.jump_unless_next(other, next);
    }

    /// Jumps to `target` if the test's answer is `answer`, else goes on.
    fn jump_if(&mut self, test: Test, answer: bool, target: BlockId) {
        let sense = answer != test.negated;
        match test.subject {
            Subject::Truth(Operand::Const(value)) => {
                if truth(&value) == sense {
                    self.jump(target);
                }
            }
            Subject::Truth(operand) => {
                self.jump_on_value(&operand, if sense { Op::JTrue } else { Op::JFalse }, target);
            }
            Subject::Compare { op, left, right, span } => {
                self.span = span;
                self.jump_on_compare(op, &left, &right, sense, target);
            }
        }
    }

    fn jump_on_value(&mut self, operand: &Operand, op: Op, target: BlockId) {
        let source = self.source(operand);
        self.consume(std::slice::from_ref(operand));
        let flags = source.flag(fl::A_TEMP) | complex(op);
        self.push(NodeKind::Jump { op, flags, a: source.register, target });
    }

    fn jump_on_compare(&mut self, op: CmpOp, left: &Operand, right: &Operand, sense: bool, target: BlockId) {
        let (value_op, [yes, no], immediates) = comparison(op);
        let is_identity = matches!(op, CmpOp::Is | CmpOp::IsNot);
        if is_identity && *right == Operand::Const(Const::None) {
            let is_none = sense == (op == CmpOp::Is);
            return self.jump_on_value(left, if is_none { Op::JNone } else { Op::JNotNone }, target);
        }
        let b = self.source(left);
        let mut flags = b.flag(fl::B_TEMP);
        let immediate = small(right).zip(immediates);
        let (jump, c) = match immediate {
            Some((value, [yes, no])) => (if sense { yes } else { no }, value as u16),
            None => {
                let source = self.source(right);
                flags |= source.flag(fl::C_TEMP);
                (if sense { yes } else { no }, source.register)
            }
        };
        let scratch = self.scratch();
        self.consume(std::slice::from_ref(left));
        self.consume(std::slice::from_ref(right));
        let result = self.temp_register(self.depth);
        let immediate = immediate.is_some();
        let jump =
            CompareJump { op: jump, flags, b: b.register, c, target, value_op, sense, immediate, result, scratch };
        self.push(NodeKind::Compare(jump));
    }
}

/// What a branch asks.
struct Test {
    subject: Subject,
    negated: bool,
}

enum Subject {
    Truth(Operand),
    Compare { op: CmpOp, left: Operand, right: Operand, span: crate::diag::Span },
}

/// Takes `not`, a truth test or a comparison off the end of the block, if the branch is all that wants its result.
fn fold_test(instrs: &mut Vec<mir::Instr>, cond: Operand) -> Test {
    let mut test = Test { subject: Subject::Truth(cond), negated: false };
    while let Subject::Truth(Operand::Temp(temp)) = test.subject
        && let Some(last) = instrs.pop_if(|last| last.dst == Some(Place::Temp(temp)) && is_test(&last.op))
    {
        let mut args = last.args.into_iter();
        let left = args.next().unwrap_or(Operand::Const(Const::None));
        match (last.op, args.next()) {
            (mir::Op::Compare(op), Some(right)) => {
                test.subject = Subject::Compare { op, left, right, span: last.span };
            }
            (op, _) => {
                test.negated ^= op == mir::Op::Unary(UnaryOp::Not);
                test.subject = Subject::Truth(left);
            }
        }
    }
    test
}

fn is_test(op: &mir::Op) -> bool {
    match op {
        mir::Op::Compare(op) => !matches!(op, CmpOp::In | CmpOp::NotIn),
        mir::Op::Truth | mir::Op::Unary(UnaryOp::Not) => true,
        _ => false,
    }
}

/// The instruction for the value, the jumps on true and on false, the same with an immediate. (`in` is not jumped on.)
fn comparison(op: CmpOp) -> (Op, [Op; 2], Option<[Op; 2]>) {
    match op {
        CmpOp::Eq => (Op::Eq, [Op::JEq, Op::JNEq], Some([Op::JEqI, Op::JNEqI])),
        CmpOp::Ne => (Op::Ne, [Op::JNe, Op::JNNe], Some([Op::JNeI, Op::JNNeI])),
        CmpOp::Lt => (Op::Lt, [Op::JLt, Op::JNLt], Some([Op::JLtI, Op::JNLtI])),
        CmpOp::Le => (Op::Le, [Op::JLe, Op::JNLe], Some([Op::JLeI, Op::JNLeI])),
        CmpOp::Gt => (Op::Gt, [Op::JGt, Op::JNGt], Some([Op::JGtI, Op::JNGtI])),
        CmpOp::Ge => (Op::Ge, [Op::JGe, Op::JNGe], Some([Op::JGeI, Op::JNGeI])),
        CmpOp::Is | CmpOp::In => (Op::Is, [Op::JIs, Op::JIsNot], None),
        CmpOp::IsNot | CmpOp::NotIn => (Op::IsNot, [Op::JIsNot, Op::JIs], None),
    }
}

/// The truth of a constant.
fn truth(value: &Const) -> bool {
    match value {
        Const::None | Const::False => false,
        Const::True | Const::Ellipsis => true,
        Const::Int(i) => *i != 0,
        Const::BigInt(i) => i.sign() != num_bigint::Sign::NoSign,
        Const::Float(x) => *x != 0.0,
        Const::Str(s) => !s.is_empty(),
        Const::Bytes(b) => !b.is_empty(),
        Const::Tuple(items) => !items.is_empty(),
    }
}
