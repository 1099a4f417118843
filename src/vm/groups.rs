//! Exception groups (PEP 654): splitting them, and what `except*` does with them.

use super::Vm;
use crate::code::Op;
use crate::object::call::{Outcome, Signal};
use crate::object::code::Code;
use crate::object::exception::{Exception, TraceEntry};
use crate::object::{Kind, Ref, Value, atom};
use std::cell::RefCell;

/// The exceptions of a group.
pub fn members(vm: &Vm, group: Value) -> Vec<Ref> {
    let list = vm.own_attr(group, atom::intern("exceptions"));
    list.as_ref().and_then(|list| list.as_sequence()).map(<[Ref]>::to_vec).unwrap_or_default()
}

/// How `split` tells the exceptions apart.
pub enum Condition<'a> {
    /// A class or a tuple of classes.
    Class(Value),
    Function(Value),
    /// Is it one of these objects?
    OneOf(&'a [Ref]),
}

impl Condition<'_> {
    fn holds(&self, vm: &mut Vm, exc: Value) -> Outcome<bool> {
        match self {
            Condition::Class(class) => vm.is_instance(exc, *class),
            Condition::Function(function) => {
                let answer = vm.call_values(*function, &[exc])?;
                vm.truth(*answer)
            }
            Condition::OneOf(list) => Ok(list.iter().any(|item| **item == exc)),
        }
    }
}

/// What matches and what does not, as groups of the same structure (or None).
pub fn split_by(vm: &mut Vm, exc: Value, condition: &Condition) -> Outcome<(Ref, Ref)> {
    if condition.holds(vm, exc)? {
        return Ok((exc.to_ref(), Ref::NONE));
    }
    if !vm.is_instance_of(exc, vm.types.exc.base_exception_group) {
        return Ok((Ref::NONE, exc.to_ref()));
    }
    let (mut matching, mut others) = (Vec::new(), Vec::new());
    for member in members(vm, exc) {
        let (matched, rest) = vm.nested(" in exception group split", |vm| split_by(vm, *member, condition))?;
        if !matched.is_none() {
            matching.push(matched);
        }
        if !rest.is_none() {
            others.push(rest);
        }
    }
    let matching = subset(vm, exc, matching)?;
    let others = subset(vm, exc, others)?;
    Ok((matching, others))
}

/// A group derived from `group` with these members, None if there are none.
fn subset(vm: &mut Vm, group: Value, members: Vec<Ref>) -> Outcome {
    if members.is_empty() {
        return Ok(Ref::NONE);
    }
    let list = Ref::list(members);
    let method = vm.get_attr(group, atom::intern("derive"))?;
    let new = vm.call_values(*method, &[*list])?;
    if !vm.is_instance_of(*new, vm.types.exc.base_exception_group) {
        return Err(vm.type_error("derive must return an instance of BaseExceptionGroup"));
    }
    let (Some(from), Some(to)) = (group.get::<Exception>(), new.get::<Exception>()) else { return Ok(new) };
    // `derive` may have given the group itself: nothing stays borrowed while something is replaced.
    let traceback = from.traceback_object();
    let (context, cause) = (from.context.borrow().clone(), from.cause.borrow().clone());
    to.set_traceback_object(traceback);
    drop((to.context.replace(context), to.cause.replace(cause)));
    to.suppress_context.set(from.suppress_context.get());
    if let Some(notes) = vm.own_attr(group, vm.names.notes)
        && let Some(items) = notes.as_sequence()
    {
        vm.set_own_attr(*new, vm.names.notes, Ref::list(items.to_vec()));
    }
    Ok(new)
}

impl Vm {
    /// An `ExceptionGroup` (or `BaseExceptionGroup`) of these exceptions (a sequence).
    pub fn make_group(&mut self, message: &str, members: Ref) -> Outcome {
        let (message, list) = (Ref::str(message), members);
        let class = self.types.exc.base_exception_group;
        self.call_values(class.value(), &[*message, *list])
    }

    /// `except*`: the part of `exc` that is of these classes, and the rest; a bare exception that matches is wrapped.
    pub fn split_star(&mut self, exc: Value, classes: Value) -> Outcome<(Ref, Ref)> {
        if exc.is_none() {
            return Ok((Ref::NONE, Ref::NONE));
        }
        self.check_star_classes(classes)?;
        if self.is_instance_of(exc, self.types.exc.base_exception_group) {
            return split_by(self, exc, &Condition::Class(classes));
        }
        if !self.is_instance(exc, classes)? {
            return Ok((Ref::NONE, exc.to_ref()));
        }
        let group = self.make_group("", Ref::tuple(vec![exc.to_ref()]))?;
        if let (Some(from), Some(to)) = (exc.get::<Exception>(), group.get::<Exception>()) {
            to.set_traceback_object(from.traceback_object());
        }
        Ok((group, Ref::NONE))
    }

    fn check_star_classes(&mut self, classes: Value) -> Outcome<()> {
        let listed = match classes.kind() {
            Some(Kind::Tuple) => classes.as_sequence().unwrap_or(&[]).iter().map(|c| c.value()).collect(),
            _ => vec![classes],
        };
        for class in listed {
            let Some(ty) = class.as_type().filter(|ty| ty.is_subclass(self.types.exc.base_exception)) else {
                return Err(self.bad_except_class());
            };
            if ty.is_subclass(self.types.exc.base_exception_group) {
                return Err(self.type_error("catching ExceptionGroup with except* is not allowed. Use except instead."));
            }
        }
        Ok(())
    }

    #[cold]
    pub(crate) fn bad_except_class(&mut self) -> Signal {
        self.type_error("catching classes that do not inherit from BaseException is not allowed")
    }

    /// PEP 654: what to raise at the end of an `except*` chain, or None.
    pub(super) fn finish_star(&mut self, original: Value, list: Value) -> Outcome {
        let items: Vec<Ref> =
            list.as_sequence().unwrap_or(&[]).iter().filter(|item| !item.is_none()).cloned().collect();
        if items.is_empty() {
            return Ok(Ref::NONE);
        }
        if !self.is_instance_of(original, self.types.exc.base_exception_group) {
            // A naked exception: what a clause raised, or the exception itself if no clause took it.
            return match items.len() {
                1 => Ok(items[0].clone()),
                _ => self.make_group("", Ref::list(items)),
            };
        }
        let (reraised, raised): (Vec<Ref>, Vec<Ref>) =
            items.into_iter().partition(|item| same_origin(**item, original));
        let mut leaves = Vec::new();
        for part in &reraised {
            collect_leaves(self, **part, &mut leaves);
        }
        let rest = match leaves.is_empty() {
            true => Ref::NONE,
            false => split_by(self, original, &Condition::OneOf(&leaves))?.0,
        };
        if raised.is_empty() {
            return Ok(rest);
        }
        let mut all = raised;
        if !rest.is_none() {
            all.push(rest);
        }
        match all.len() {
            1 => Ok(all.remove(0)),
            _ => self.make_group("", Ref::list(all)),
        }
    }
}

/// Is `part` what remains of `original` (re-raised or unhandled), and not an exception that a clause raised? CPython
/// compares tracebacks, context and cause: derived groups share them with the group they were split from. Entries that
/// raising again left do not count.
fn same_origin(part: Value, original: Value) -> bool {
    let (Some(part), Some(original)) = (part.get::<Exception>(), original.get::<Exception>()) else { return false };
    let same = |a: &RefCell<Ref>, b: &RefCell<Ref>| **a.borrow() == **b.borrow();
    entries(part) == entries(original) && same(&part.context, &original.context) && same(&part.cause, &original.cause)
}

/// The traceback without what `raise` alone and the end of an `except*` chain add.
fn entries(exc: &Exception) -> Vec<(*const Code, u32)> {
    let again = |entry: &&TraceEntry| {
        let op = entry.code.info.data.instrs.get(entry.pc as usize).map(|instr| instr.op());
        op != Some(Op::Reraise as u8) && op != Some(Op::RaiseAgain as u8)
    };
    exc.traceback.borrow().iter().filter(again).map(|entry| (entry.code as *const Code, entry.pc)).collect()
}

/// The exceptions of a group that are no groups themselves, from left to right.
fn collect_leaves(vm: &Vm, exc: Value, leaves: &mut Vec<Ref>) {
    let mut work = vec![exc.to_ref()];
    while let Some(exc) = work.pop() {
        if vm.is_instance_of(*exc, vm.types.exc.base_exception_group) {
            let members = members(vm, *exc);
            work.extend(members.into_iter().rev());
        } else {
            leaves.push(exc);
        }
    }
}
