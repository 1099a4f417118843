//! `yield`, `yield from` and `await`: blocks end in a suspension and go on at its resume block.

use super::Builder;
use crate::diag::Span;
use crate::hir::Expr;
use crate::mir::data::*;

impl Builder<'_> {
    pub(super) fn yield_expr(&mut self, value: &Expr, dst: Place, span: Span) {
        let is_async = self.function.flavor == Flavor::AsyncGenerator;
        let kind = if is_async { SuspendKind::AsyncYield } else { SuspendKind::Yield };
        let mut value = self.operand(value, &[]);
        // What a hidden local holds is handed over, not kept until the resume.
        if let Operand::Local(local) = value
            && self.is_hidden(local)
        {
            value = self.emit_push(Op::Copy, vec![value], span);
        }
        self.suspend(kind, value, None, dst, span);
    }

    pub(super) fn yield_from(&mut self, value: &Expr, dst: Place, span: Span) {
        let value = self.operand(value, &[]);
        self.delegate_to(SuspendKind::YieldFrom, Op::GetYieldFromIter, value, dst, span);
    }

    pub(super) fn await_expr(&mut self, value: &Expr, dst: Place, span: Span) {
        let value = self.operand(value, &[]);
        let op = Op::GetAwaitable { context: AwaitContext::Await };
        self.delegate_to(SuspendKind::Await, op, value, dst, span);
    }

    /// Awaits an operand; the result becomes the top temporary.
    pub(super) fn await_value(&mut self, value: Operand, context: AwaitContext, span: Span) -> Operand {
        let result = self.temp();
        let op = Op::GetAwaitable { context };
        self.delegate_to(SuspendKind::Await, op, value, Place::Temp(result), span);
        Operand::Temp(result)
    }

    /// `.delegate = op value`, driven to its end; its result goes to `dst`.
    pub(super) fn delegate_to(&mut self, kind: SuspendKind, op: Op, value: Operand, dst: Place, span: Span) {
        let delegate = match self.delegate {
            Some(local) => local,
            None => {
                let local = self.hidden(".delegate");
                self.delegate = Some(local);
                local
            }
        };
        self.emit(Some(Place::Local(delegate)), op, vec![value], span);
        self.suspend(kind, Operand::Local(delegate), Some(delegate), dst, span);
    }

    fn suspend(&mut self, kind: SuspendKind, value: Operand, delegate: Option<LocalId>, sent: Place, span: Span) {
        let resume = self.new_block();
        let suspend = Suspend { kind, value, delegate, sent, resume, state: StateId(0) };
        self.terminate(Term::Suspend(suspend), span);
        self.start(resume);
        if let Place::Temp(temp) = sent {
            self.stack.push(temp);
        }
    }
}
