//! Removes checks of locals that are assigned on every path (definite assignment).
//!
//! ```text
//! i = 0                i = 0
//! check i        →     t0 = i + 1
//! t0 = i + 1           return t0
//! return t0
//! ```
//! Parameters are bound; after `del`, and after the clearing of an `except … as` name, a local is not.

use super::liveness::{self, Meet};
use crate::mir::data::*;

pub fn run(body: &mut Body) {
    let entries = liveness::assigned(body, Meet::All);
    for (block, entry) in body.blocks.iter_mut().zip(entries) {
        let Some(mut bound) = entry else { continue };
        block.instrs.retain_mut(|instr| {
            match instr.op {
                Op::CheckBound(local) if bound.contains(local) => return false,
                Op::DeleteLocal(local) if bound.contains(local) => instr.op = Op::Clear(local),
                _ => {}
            }
            liveness::after(instr, &mut bound);
            true
        });
    }
}
