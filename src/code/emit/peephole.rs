//! Small rewrites within a block before instructions are chosen.
//!
//! ```text
//! t0 = x; t1 = t0 + 1      →  t1 = x + 1       a copy that is used at once is not made
//! t0 = x + 1; x = t0       →  x = x + 1        a result goes where it is wanted
//! ```

use crate::mir::{Block, Instr, Intrinsic, Op, Operand, Place, TempId, Term};

/// The instructions and the terminator of `block`, rewritten.
pub(super) fn rewrite(block: &Block) -> (Vec<Instr>, Term) {
    let mut out: Vec<Instr> = Vec::with_capacity(block.instrs.len());
    for instr in &block.instrs {
        if let Some(last) = out.last_mut() {
            if retarget(last, instr) {
                continue;
            }
            if let Some((temp, source)) = plain_copy(last)
                && instr.args.contains(&Operand::Temp(temp))
            {
                out.pop();
                if instr.op != Op::Drop {
                    let mut instr = instr.clone();
                    instr.args.iter_mut().for_each(|arg| replace(arg, temp, &source));
                    out.push(instr);
                }
                continue;
            }
        }
        out.push(instr.clone());
    }
    let mut term = block.term.clone();
    if let Some((temp, source)) = out.last().and_then(plain_copy)
        && operands(&mut term).into_iter().any(|operand| *operand == Operand::Temp(temp))
    {
        operands(&mut term).into_iter().for_each(|operand| replace(operand, temp, &source));
        out.pop();
    }
    (out, term)
}

/// `t = local` or `t = constant`.
fn plain_copy(instr: &Instr) -> Option<(TempId, Operand)> {
    match (&instr.op, instr.dst, instr.args.as_slice()) {
        (Op::Copy, Some(Place::Temp(temp)), [source @ (Operand::Local(_) | Operand::Const(_))]) => {
            Some((temp, source.clone()))
        }
        _ => None,
    }
}

fn replace(operand: &mut Operand, temp: TempId, source: &Operand) {
    if *operand == Operand::Temp(temp) {
        *operand = source.clone();
    }
}

/// Lets `last` write where `next` would only move or drop its result to; true if `next` is then superfluous.
fn retarget(last: &mut Instr, next: &Instr) -> bool {
    let Some(Place::Temp(temp)) = last.dst else { return false };
    if next.args.as_slice() != [Operand::Temp(temp)] {
        return false;
    }
    match (&next.op, next.dst) {
        (Op::Copy, Some(place)) if !updates_in_place(&last.op) => last.dst = Some(place),
        (Op::Drop, _) if has_no_result(&last.op) => last.dst = None,
        _ => return false,
    }
    true
}

/// The result is the first operand's own register.
fn updates_in_place(op: &Op) -> bool {
    matches!(op, Op::ListExtend | Op::SetUpdate | Op::DictUpdate | Op::DictMerge)
}

/// The result is always None and made only if it is wanted.
pub(super) fn has_no_result(op: &Op) -> bool {
    matches!(op, Op::Intrinsic(Intrinsic::ListAppend | Intrinsic::SetAdd | Intrinsic::DictSet))
}

fn operands(term: &mut Term) -> Vec<&mut Operand> {
    match term {
        Term::Branch { cond, .. } => vec![cond],
        Term::Return(value) => vec![value],
        Term::Raise { exc, cause } => std::iter::once(exc).chain(cause).collect(),
        Term::Suspend(suspend) => vec![&mut suspend.value],
        _ => Vec::new(),
    }
}
