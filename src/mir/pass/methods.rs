//! Puts a method call whose arguments cannot go wrong or have an effect into one instruction.
//!
//! ```text
//! t0 = items                                   t0 = items
//! t1, t2 = load_method .append t0       →      t3 = i
//! t3 = i                                       call_method .append t0, t3
//! call_loaded t1, t2, t3
//! ```
//! What is called is looked up before the arguments are evaluated: if they could change it, or raise, or if there is no
//! such attribute, a program can tell. Comes after `bound`, which removes the checks of arguments that are surely bound.

use crate::mir::data::*;

pub fn run(body: &mut Body) {
    for block in &mut body.blocks {
        let mut at = 0;
        while at < block.instrs.len() {
            if let Some(call) = call_of(&block.instrs, at) {
                fuse(&mut block.instrs, at, call);
            } else {
                at += 1;
            }
        }
    }
}

/// The call of the method loaded at `at`, if nothing between them can be told from outside.
fn call_of(instrs: &[Instr], at: usize) -> Option<usize> {
    let Op::LoadMethod { callee, .. } = instrs[at].op else { return None };
    let later = instrs[at + 1..].iter().position(|instr| !is_inert(instr))?;
    let call = at + 1 + later;
    let calls_it = matches!(instrs[call].op, Op::CallLoaded { .. }) && instrs[call].args[0] == Operand::Temp(callee);
    calls_it.then_some(call)
}

/// Makes a temporary from what is there, and nothing else.
fn is_inert(instr: &Instr) -> bool {
    matches!(instr.op, Op::Copy | Op::BuildTuple | Op::BuildList | Op::MakeFunction { .. })
        && matches!(instr.dst, Some(Place::Temp(_)))
}

fn fuse(instrs: &mut Vec<Instr>, at: usize, call: usize) {
    let load = instrs.remove(at);
    let call = &mut instrs[call - 1];
    let (Op::LoadMethod { name, .. }, Op::CallLoaded { keywords }) = (load.op, &call.op) else { return };
    call.op = Op::CallMethod { name, keywords: keywords.clone() };
    // The object comes in place of the callee and the receiver.
    call.args.splice(0..2, load.args);
}
