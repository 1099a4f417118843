//! Gives every local and temporary its register: locals first, in their order (frames are cleared in that order, which
//! finalisers can see), then temporaries by their depth on the stack.
//!
//! ```text
//! locals n i .iter, t0 at depth 0, t1 at depth 1     →     n=r0 i=r1 .iter=r2 t0=r3 t1=r4, size 5
//! ```

use crate::mir::data::*;
use crate::mir::temps;

/// Precondition: `verify` holds. Registers beyond `u16` are cut to its maximum; `verify::too_large` reports that before.
pub fn run(body: &mut Body) {
    let base = body.locals.len();
    let mut depths: Vec<usize> = vec![0; body.temps as usize];
    let mut deepest = 0;
    // The body was verified, so every reachable block has a stack.
    let entries = temps::entry_stacks(body).unwrap_or_default();
    for (block, entry) in body.blocks.iter().zip(entries) {
        let Some(mut stack) = entry else { continue };
        note(&stack, &mut depths, &mut deepest);
        for instr in &block.instrs {
            let _ = temps::step(instr, &mut stack);
            note(&stack, &mut depths, &mut deepest);
        }
    }
    body.frame = Some(FrameLayout {
        locals: (0..base).map(register).collect(),
        temps: depths.iter().map(|depth| register(base + depth)).collect(),
        size: register(base + deepest),
    });
}

fn note(stack: &temps::Stack, depths: &mut [usize], deepest: &mut usize) {
    for (depth, temp) in stack.iter().enumerate() {
        depths[temp.0 as usize] = depth;
    }
    *deepest = stack.len().max(*deepest);
}

fn register(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
