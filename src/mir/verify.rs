//! The rules of a well-formed body, checked after each pass in debug builds and tests.

use super::data::*;
use super::temps;
use crate::diag::Diagnostic;

/// Checks a body.
///
/// # Errors
/// The first broken rule, in words. That is a bug of the compiler, never of the program.
pub fn verify(body: &Body) -> Result<(), String> {
    let blocks = body.blocks.len();
    if blocks == 0 {
        return Err("no entry block".into());
    }
    ids_exist(body)?;
    handlers_catch(body)?;
    temps::entry_stacks(body)?;
    if !body.states.is_empty() {
        states_are_dense(body)?;
    }
    if let Some(frame) = &body.frame {
        layout_is_complete(body, frame)?;
    }
    Ok(())
}

fn ids_exist(body: &Body) -> Result<(), String> {
    for (i, block) in body.blocks.iter().enumerate() {
        for (target, _) in block.term.edges() {
            if target.0 as usize >= body.blocks.len() {
                return Err(format!("bb{i}: goes to bb{}, which does not exist", target.0));
            }
        }
        if block.region.is_some_and(|r| r.0 as usize >= body.regions.len()) {
            return Err(format!("bb{i}: names a region that does not exist"));
        }
        let mut bad = None;
        let mut check = |local: LocalId| {
            if local.0 as usize >= body.locals.len() {
                bad = Some(local);
            }
        };
        for instr in &block.instrs {
            instr.reads(&mut check);
            instr.writes(&mut check);
        }
        block.term.reads(&mut check);
        if let Some(local) = bad {
            return Err(format!("bb{i}: names local {}, which does not exist", local.0));
        }
    }
    Ok(())
}

/// A handler begins by taking the exception (what the exception left behind may be cleared before), and nothing else
/// takes one.
fn handlers_catch(body: &Body) -> Result<(), String> {
    for (i, region) in body.regions.iter().enumerate() {
        let Some(handler) = body.blocks.get(region.handler.0 as usize) else {
            return Err(format!("region {i}: its handler does not exist"));
        };
        let first = handler.instrs.iter().map(|instr| &instr.op).find(|op| !matches!(op, Op::Clear(_)));
        if !matches!(first, Some(Op::Catch { .. })) {
            return Err(format!("region {i}: its handler bb{} does not begin with a catch", region.handler.0));
        }
        if region.parent.is_some_and(|p| p.0 as usize >= i) {
            return Err(format!("region {i}: its parent comes later"));
        }
    }
    for (i, block) in body.blocks.iter().enumerate() {
        let is_handler = body.regions.iter().any(|r| r.handler.0 as usize == i);
        let catches = block.instrs.iter().filter(|instr| matches!(instr.op, Op::Catch { .. })).count();
        if catches > usize::from(is_handler) {
            return Err(format!("bb{i}: a catch that begins no handler"));
        }
    }
    Ok(())
}

fn states_are_dense(body: &Body) -> Result<(), String> {
    for (i, state) in body.states.iter().enumerate() {
        if state.id.0 as usize != i {
            return Err(format!("state {i} has the number {}", state.id.0));
        }
    }
    let mut used = vec![false; body.states.len()];
    used[0] = true;
    for (i, block) in body.blocks.iter().enumerate() {
        if let Term::Suspend(suspend) = &block.term {
            match used.get_mut(suspend.state.0 as usize) {
                Some(used) if !*used => *used = true,
                _ => return Err(format!("bb{i}: suspends in a state that is not its own")),
            }
        }
    }
    if used.iter().all(|used| *used) { Ok(()) } else { Err("a state without a suspension".into()) }
}

fn layout_is_complete(body: &Body, frame: &FrameLayout) -> Result<(), String> {
    let complete = frame.locals.len() == body.locals.len() && frame.temps.len() == body.temps as usize;
    if complete { Ok(()) } else { Err("the frame layout misses locals or temporaries".into()) }
}

/// Functions with more registers than an instruction can name, as errors for the user.
pub fn too_large(module: &Module) -> Vec<Diagnostic> {
    let full = |body: &&Body| body.frame.as_ref().is_some_and(|f| f.size == u16::MAX);
    let report = |body: &Body| {
        Diagnostic::syntax("function-too-large", "too many local variables in one function", body.header)
            .with_note("a function can have about 65,000 local variables and intermediate values")
    };
    module.bodies.iter().filter(full).map(report).collect()
}
