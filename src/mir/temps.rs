//! The stack of live temporaries at each block's start. Temporaries are defined and consumed like a stack, so that the
//! set that is live at a point is told by one number; [`entry_stacks`] computes it and reports where that is broken.

use super::data::*;

/// The temporaries live at a point, outermost first.
pub type Stack = Vec<TempId>;

/// The stack at the start of each block, `None` for unreachable ones.
///
/// # Errors
/// The first violation of the linear discipline, in words.
pub fn entry_stacks(body: &Body) -> Result<Vec<Option<Stack>>, String> {
    let mut entries: Vec<Option<Stack>> = vec![None; body.blocks.len()];
    let mut work = vec![BlockId(0)];
    entries[0] = Some(Vec::new());
    while let Some(block) = work.pop() {
        let mut stack = entries[block.0 as usize].clone().unwrap_or_default();
        let data = &body.blocks[block.0 as usize];
        let region = data.region.map(|r| &body.regions[r.0 as usize]);
        for instr in &data.instrs {
            if instr.op.may_raise() {
                check_region(block, region, &stack)?;
            }
            step(instr, &mut stack).map_err(|e| format!("bb{}: {e}", block.0))?;
        }
        check_region(block, region, &stack)?;
        consume(data.term.operands().into_iter(), &mut stack).map_err(|e| format!("bb{}: {e}", block.0))?;
        if let Some(region) = region {
            arrive(region.handler, region.live_temps.clone(), &mut entries, &mut work)?;
        }
        if data.term.edges().is_empty() && !stack.is_empty() && matches!(data.term, Term::Return(_)) {
            return Err(format!("bb{}: returns with {} live temporaries", block.0, stack.len()));
        }
        for (target, defined) in data.term.edges() {
            let mut out = stack.clone();
            if let Some(Place::Temp(temp)) = defined {
                define(temp, &mut out).map_err(|e| format!("bb{}: {e}", block.0))?;
            }
            arrive(target, out, &mut entries, &mut work)?;
        }
    }
    Ok(entries)
}

/// The effect of one instruction on the stack.
pub fn step(instr: &Instr, stack: &mut Stack) -> Result<(), String> {
    consume(instr.args.iter(), stack)?;
    match &instr.op {
        // The first item ends up on top, so that it is stored first.
        Op::Unpack { targets } => targets.iter().rev().try_for_each(|t| define(*t, stack))?,
        Op::UnpackStar { before, star, after } => {
            let all = before.iter().chain(std::iter::once(star)).chain(after);
            all.rev().try_for_each(|t| define(*t, stack))?;
        }
        Op::LoadMethod { callee, receiver, .. } => {
            define(*callee, stack)?;
            define(*receiver, stack)?;
        }
        _ => {}
    }
    match instr.dst {
        Some(Place::Temp(temp)) => define(temp, stack),
        _ => Ok(()),
    }
}

/// Takes the temporaries among `args` off the stack; they must be its top, in any order.
pub fn consume<'a>(args: impl Iterator<Item = &'a Operand>, stack: &mut Stack) -> Result<(), String> {
    let used: Vec<TempId> = args.filter_map(|a| if let Operand::Temp(t) = a { Some(*t) } else { None }).collect();
    let rest = stack.len().checked_sub(used.len()).ok_or("more temporaries consumed than live")?;
    for (i, temp) in used.iter().enumerate() {
        if !stack[rest..].contains(temp) || used[..i].contains(temp) {
            return Err(format!("t{} consumed, but it is not on top of the live temporaries", temp.0));
        }
    }
    stack.truncate(rest);
    Ok(())
}

fn define(temp: TempId, stack: &mut Stack) -> Result<(), String> {
    if stack.contains(&temp) {
        return Err(format!("t{} defined while it is live", temp.0));
    }
    stack.push(temp);
    Ok(())
}

fn check_region(block: BlockId, region: Option<&Region>, stack: &Stack) -> Result<(), String> {
    match region {
        Some(r) if !stack.starts_with(&r.live_temps) => {
            Err(format!("bb{}: the temporaries live across its region are not a prefix of the live ones", block.0))
        }
        _ => Ok(()),
    }
}

fn arrive(target: BlockId, stack: Stack, entries: &mut [Option<Stack>], work: &mut Vec<BlockId>) -> Result<(), String> {
    let entry = &mut entries[target.0 as usize];
    match entry {
        None => {
            *entry = Some(stack);
            work.push(target);
            Ok(())
        }
        Some(known) if *known == stack => Ok(()),
        Some(_) => Err(format!("bb{}: predecessors disagree about the live temporaries", target.0)),
    }
}
