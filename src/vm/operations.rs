//! Intrinsics: operations of the language that have no operator, as `hir::Intrinsic` lists them.

use super::Vm;
use crate::code::IntrinsicOp;
use crate::object::call::Outcome;
use crate::object::container::List;
use crate::object::coroutine::Frame;
use crate::object::{Kind, Ref, Value, atom};

impl Vm {
    /// Does one; `args` are borrowed, `frame` is the running frame (some read or write its registers).
    pub(super) unsafe fn intrinsic_op(&mut self, op: &IntrinsicOp, args: &[Value], frame: *mut Frame) -> Outcome {
        match op {
            IntrinsicOp::ListAppend => {
                if let Some(list) = args[0].get_mut::<List>() {
                    list.items.push(args[1].to_ref());
                }
                Ok(Ref::NONE)
            }
            IntrinsicOp::SetAdd => self.set_add(args[0], args[1]).map(|_| Ref::NONE),
            IntrinsicOp::DictSet => self.dict_set(args[0], args[1], args[2].to_ref()).map(|_| Ref::NONE),
            IntrinsicOp::Len => self.len(args[0]).map(Ref::int),
            IntrinsicOp::Import { module, level, leaf, .. } => self.import_statement(module, *level, *leaf),
            IntrinsicOp::ImportFrom { name } => self.import_from(args[0], name),
            IntrinsicOp::ImportStar => self.import_star(args[0]).map(|()| Ref::NONE),
            IntrinsicOp::AIter => self.get_aiter(args[0]),
            IntrinsicOp::Iter => {
                let outcome = self.iter(args[0]);
                self.settle(outcome)
            }
            // Safety: the slot is a register of the running frame, by the compiler.
            IntrinsicOp::LoadCell { slot } => Ok(unsafe { super::deliver::reg(frame, *slot as usize) }.to_ref()),
            IntrinsicOp::AssertionError => {
                let class = self.types.exc.assertion_error;
                Ok(self.make_exception(class, args))
            }
            IntrinsicOp::WithEnter { exit } => {
                let (leave, enter) = self.with_methods(args[0], false)?;
                // Safety: as above; the slot is a hidden local, which owns its value.
                unsafe { std::ptr::replace(Frame::regs(frame).add(*exit as usize), leave.into_owned()).dec() };
                Err(self.tail_call(*enter, &[]))
            }
            IntrinsicOp::AsyncWithEnter { exit } => {
                let (leave, enter) = self.with_methods(args[0], true)?;
                // Safety: as above.
                unsafe { std::ptr::replace(Frame::regs(frame).add(*exit as usize), leave.into_owned()).dec() };
                Err(self.tail_call(*enter, &[]))
            }
            IntrinsicOp::Locals => Ok(self.locals_of(frame)),
            IntrinsicOp::Annotate { name } => {
                let name = atom::intern(name);
                // Safety: the running frame.
                unsafe { self.annotate(frame, name, args[0]) }
            }
            other => self.intrinsic(other, args),
        }
    }

    /// Bound `__exit__` and `__enter__` (or the asynchronous ones) of a context manager.
    fn with_methods(&mut self, manager: Value, is_async: bool) -> Outcome<(Ref, Ref)> {
        let (enter, exit) = match is_async {
            false => (self.names.enter, self.names.exit),
            true => (self.names.aenter, self.names.aexit),
        };
        let (Some(enter_method), exit_method) = (self.special(manager, enter), self.special(manager, exit)) else {
            return Err(self.no_context_manager(manager, is_async, false));
        };
        let Some(exit_method) = exit_method else {
            return Err(self.no_context_manager(manager, is_async, true));
        };
        let bound_enter = self.bind_special(manager, enter_method, enter)?;
        let bound_exit = self.bind_special(manager, exit_method, exit)?;
        Ok((bound_exit, bound_enter))
    }

    #[cold]
    fn no_context_manager(
        &mut self,
        manager: Value,
        is_async: bool,
        missing_exit: bool,
    ) -> crate::object::call::Signal {
        let name = self.type_name(manager);
        let what = if is_async { "asynchronous context manager" } else { "context manager" };
        let tail = match (missing_exit, is_async) {
            (true, false) => " (missed __exit__ method)",
            (true, true) => " (missed __aexit__ method)",
            (false, _) => "",
        };
        self.type_error(format!("'{name}' object does not support the {what} protocol{tail}"))
    }

    /// Records an annotation in the running module's or class body's `__annotations__`.
    unsafe fn annotate(&mut self, frame: *mut Frame, name: Value, value: Value) -> Outcome {
        let key = self.names.annotations;
        // Safety: the running frame.
        let (is_class, namespace) = unsafe {
            let code = &*(*frame).code;
            (code.info.data.is_class, super::deliver::reg(frame, 0))
        };
        let fresh = || crate::object::dict::Dict::alloc(crate::object::dict::Dict::new());
        let annotations = if is_class {
            let Some(dict) = namespace.get_mut::<crate::object::dict::Dict>() else { return Ok(Ref::NONE) };
            match dict.get_atom(key) {
                Some(found) => found.to_ref(),
                None => {
                    let made = fresh();
                    dict.set_atom(key, made.clone());
                    made
                }
            }
        } else {
            // Safety: the running frame.
            let globals = unsafe { (&(*(*frame).code)).info.unit.globals };
            match globals.get(key) {
                Some(found) => found.to_ref(),
                None => {
                    let made = fresh();
                    globals.set(key, made.clone());
                    made
                }
            }
        };
        self.dict_set(*annotations, name, value.to_ref()).map(|_| Ref::NONE)
    }

    /// The variables of a frame by name: bound named locals, cells through.
    pub fn locals_of(&mut self, frame: *mut Frame) -> Ref {
        let mut dict = crate::object::dict::Dict::new();
        // Safety: a live frame; its local registers are always valid.
        unsafe {
            let code = &*(*frame).code;
            if code.info.data.is_class {
                return super::deliver::reg(frame, 0).to_ref();
            }
            for (i, local) in code.info.data.locals.iter().enumerate() {
                if local.name.starts_with('.') {
                    continue;
                }
                let mut value = super::deliver::reg(frame, i);
                if local.cell {
                    value = value.get::<crate::object::function::CellObj>().map_or(Value::UNBOUND, |c| *c.value);
                }
                if !value.is_unbound() {
                    dict.set_atom(code.info.local_names[i], value.to_ref());
                }
            }
        }
        crate::object::dict::Dict::alloc(dict)
    }
}

impl Vm {
    /// Matching of exceptions and patterns.
    fn intrinsic(&mut self, op: &IntrinsicOp, args: &[Value]) -> Outcome {
        match (op, args) {
            (IntrinsicOp::ExcMatch, [exc, class]) => self.exc_match(*exc, *class).map(Ref::bool),
            (IntrinsicOp::ExcStarSplit, [exc, class]) => {
                let (matched, rest) = self.split_star(*exc, *class)?;
                Ok(Ref::tuple(vec![matched, rest]))
            }
            (IntrinsicOp::ExcStarFinish, [exc, list]) => self.finish_star(*exc, *list),
            (IntrinsicOp::IsSequence, [subject]) => Ok(Ref::bool(self.matches_sequence(*subject))),
            (IntrinsicOp::IsMapping, [subject]) => Ok(Ref::bool(self.matches_mapping(*subject))),
            (IntrinsicOp::MatchKeys, [subject, keys]) => self.match_keys(*subject, *keys),
            (IntrinsicOp::MatchRest, [subject, keys]) => self.match_rest(*subject, *keys),
            (IntrinsicOp::MatchClass { positional, names }, [subject, class]) => {
                self.match_class(*subject, *class, *positional as usize, names)
            }
            (IntrinsicOp::ItemAt { index }, [subject]) => self.item_at(*subject, *index),
            (IntrinsicOp::SliceBetween { before, after }, [subject]) => {
                self.slice_between(*subject, *before as usize, *after as usize)
            }
            (IntrinsicOp::ToStr, [value]) => self.str_tail(*value),
            _ => Err(self.runtime_error(format!("an intrinsic got {} arguments: {op:?}", args.len()))),
        }
    }

    /// Does an exception match the class (or tuple of classes) of an `except` clause?
    pub fn exc_match(&mut self, exc: Value, class: Value) -> Outcome<bool> {
        let own = self.type_of(exc);
        if let Some(ty) = class.as_type() {
            if !ty.is_subclass(self.types.exc.base_exception) {
                return Err(self.bad_except_class());
            }
            return Ok(own.is_subclass(ty));
        }
        let Some(items) = class.as_sequence().filter(|_| class.is_kind(Kind::Tuple)) else {
            return Err(self.bad_except_class());
        };
        let mut matched = false;
        for item in items {
            match item.as_type().filter(|ty| ty.is_subclass(self.types.exc.base_exception)) {
                Some(ty) => matched = matched || own.is_subclass(ty),
                None => return Err(self.bad_except_class()),
            }
        }
        Ok(matched)
    }
}

impl Vm {
    /// The innermost frame of the program (parts of built-ins do not count).
    pub fn visible_frame(&self) -> Option<*mut Frame> {
        let mut frame = self.frame;
        // Safety: the chain of frames from the running one on is alive.
        unsafe {
            while !frame.is_null() {
                let code = &*(*frame).code;
                if !code.info.hidden {
                    return Some(frame);
                }
                frame = (*frame).prev;
            }
        }
        None
    }

    /// The exception being handled, or None.
    pub fn handled_exception(&self) -> Ref {
        self.handled.to_ref()
    }

    pub fn recursion_limit(&self) -> u16 {
        self.max_depth
    }

    pub fn set_recursion_limit(&mut self, limit: u16) {
        self.max_depth = limit;
    }
}
