//! Calls of functions on arguments that are at hand: they are moved into the registers of the callee, without a list.

use super::{Cont, Vm};
use crate::code::CodeKind;
use crate::object::container::Tuple;
use crate::object::coroutine::{Coro, Frame};
use crate::object::dict::Dict;
use crate::object::function::{BoundMethod, Function};
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::calls::bind_free;

/// Whether the function takes `count` positional arguments with plain parameters and defaults.
#[inline]
pub fn fits(f: &Function, count: usize) -> bool {
    f.code.simple
        && count <= f.code.positional as usize
        && (count == f.code.positional as usize || count >= required(f))
}

/// Positional parameters without a default.
#[inline]
fn required(f: &Function) -> usize {
    (f.code.positional as usize).saturating_sub(f.defaults.as_sequence().map_or(0, <[Ref]>::len))
}

/// Calls a function without keyword-only parameters on `count` owned values from `args`, defaults filled in. None (and
/// nothing is taken) if it needs more than that.
pub unsafe fn enter_positional(
    vm: &mut Vm,
    frame: *mut Frame,
    f: &Function,
    args: *const Value,
    count: usize,
) -> Option<Cont> {
    unsafe {
        let code = f.code;
        let positional = code.positional as usize;
        if !fits(f, count) {
            return if code.simple { None } else { enter_variadic(vm, frame, f, args, count, &[]) };
        }
        let defaults = f.defaults.as_sequence().unwrap_or(&[]);
        let new = Fresh::make(vm, frame, f)?;
        // Most methods have one or two arguments: these go without a call of `memcpy`.
        match count {
            1 => *new.regs = *args,
            2 => *(new.regs as *mut [Value; 2]) = *(args as *const [Value; 2]),
            _ => std::ptr::copy_nonoverlapping(args, new.regs, count),
        }
        for (i, default) in defaults[defaults.len() - (positional - count)..].iter().enumerate() {
            new.regs.add(count + i).write(default.clone().into_owned());
        }
        Some(new.enter(vm, frame, f, positional))
    }
}

/// The registers of a call that is being made: of a frame on the stack, or of a new coroutine.
struct Fresh {
    regs: *mut Value,
    object: Option<Ref>,
}

impl Fresh {
    /// None if stack or depth do not allow it.
    #[inline]
    unsafe fn make(vm: &mut Vm, frame: *mut Frame, f: &Function) -> Option<Fresh> {
        unsafe {
            if f.code.kind == CodeKind::Plain {
                return Some(Fresh { regs: vm.push_frame(f.code, frame)?, object: None });
            }
            let object = vm.new_coroutine(f, frame);
            Some(Fresh { regs: Frame::regs(Coro::frame_of(*object)), object: Some(object) })
        }
    }

    /// Gives positional parameters that are unbound yet their defaults.
    unsafe fn fill_defaults(&self, f: &Function) {
        unsafe {
            let defaults = f.defaults.as_sequence().unwrap_or(&[]);
            for (at, default) in (required(f)..f.code.positional as usize).zip(defaults) {
                if (*self.regs.add(at)).is_unbound() {
                    self.regs.add(at).write(default.clone().into_owned());
                }
            }
        }
    }

    /// The first `filled` locals are in place: fills the others, then goes there, or delivers the coroutine.
    #[inline]
    unsafe fn enter(self, vm: &mut Vm, frame: *mut Frame, f: &Function, filled: usize) -> Cont {
        unsafe {
            for i in filled..f.code.locals as usize {
                self.regs.add(i).write(Value::UNBOUND);
            }
            bind_free(f, self.regs);
            match self.object {
                Some(object) => vm.deliver(frame, object),
                None => Cont { pc: f.code.instrs, regs: self.regs },
            }
        }
    }
}

/// Keyword arguments in one call that [`enter_with_keywords`] places without a list of arguments.
const QUICK_KEYWORDS: usize = 8;

/// Arguments in one call that [`enter_spread`] puts side by side.
const MOST_SPREAD: usize = 16;

/// The parameter of each keyword, if all keywords name parameters that are not given by position, and all others have
/// defaults.
fn keyword_places(f: &Function, given: usize, names: &[Value]) -> Option<[u16; QUICK_KEYWORDS]> {
    let code = f.code;
    let positional = code.positional as usize;
    if !code.simple || given > positional || names.len() > QUICK_KEYWORDS {
        return None;
    }
    let parameters = &code.info.local_names[..positional];
    let from = given.max(code.info.data.posonly as usize);
    let mut places = [0; QUICK_KEYWORDS];
    for (i, name) in names.iter().enumerate() {
        let place = (from..positional).find(|&at| parameters[at] == *name)? as u16;
        if places[..i].contains(&place) {
            return None;
        }
        places[i] = place;
    }
    (given..required(f)).all(|at| places[..names.len()].contains(&(at as u16))).then_some(places)
}

/// As [`enter_positional`], the last of the `count` arguments being keyword arguments called `names`.
pub(super) unsafe fn enter_with_keywords(
    vm: &mut Vm,
    frame: *mut Frame,
    f: &Function,
    args: *const Value,
    count: usize,
    names: &[Value],
) -> Option<Cont> {
    unsafe {
        let given = count - names.len();
        let positional = f.code.positional as usize;
        if !f.code.simple {
            return enter_variadic(vm, frame, f, args, count, names);
        }
        let places = keyword_places(f, given, names)?;
        let new = Fresh::make(vm, frame, f)?;
        std::ptr::copy_nonoverlapping(args, new.regs, given);
        for at in given..positional {
            new.regs.add(at).write(Value::UNBOUND);
        }
        for (i, place) in places[..names.len()].iter().enumerate() {
            new.regs.add(*place as usize).write(*args.add(given + i));
        }
        new.fill_defaults(f);
        Some(new.enter(vm, frame, f, positional))
    }
}

/// The same for functions with `*args` or `**named`, which collect what no other parameter takes.
unsafe fn enter_variadic(
    vm: &mut Vm,
    frame: *mut Frame,
    f: &Function,
    args: *const Value,
    count: usize,
    names: &[Value],
) -> Option<Cont> {
    unsafe {
        let (data, positional, given) = (&f.code.info.data, f.code.positional as usize, count - names.len());
        if f.code.kwonly > 0 || names.len() > QUICK_KEYWORDS || (given > positional && !data.varargs) {
            return None;
        }
        let taken = given.min(positional);
        let parameters = &f.code.info.local_names[..positional];
        // Where each keyword goes; `positional` stands for the dict.
        let mut places = [positional; QUICK_KEYWORDS];
        for (place, name) in places.iter_mut().zip(names) {
            match (data.posonly as usize..positional).find(|&at| parameters[at] == *name) {
                Some(at) if at < taken => return None,
                Some(at) => *place = at,
                None if data.varkw => {}
                None => return None,
            }
        }
        if !(taken..required(f)).all(|at| places[..names.len()].contains(&at)) {
            return None;
        }
        let new = Fresh::make(vm, frame, f)?;
        std::ptr::copy_nonoverlapping(args, new.regs, taken);
        (taken..positional).for_each(|at| new.regs.add(at).write(Value::UNBOUND));
        let mut named = data.varkw.then(Dict::new);
        for (i, (place, name)) in places.iter().zip(names).enumerate() {
            let value = *args.add(given + i);
            match &mut named {
                Some(named) if *place == positional => drop(named.set_atom(*name, Ref::from_owned(value))),
                _ => new.regs.add(*place).write(value),
            }
        }
        new.fill_defaults(f);
        let mut filled = positional;
        if data.varargs {
            let rest = Tuple::from_iter((taken..given).map(|i| Ref::from_owned(*args.add(i))));
            new.regs.add(filled).write(rest.into_owned());
            filled += 1;
        }
        if let Some(named) = named {
            new.regs.add(filled).write(Dict::alloc(named).into_owned());
            filled += 1;
        }
        Some(new.enter(vm, frame, f, filled))
    }
}

/// A call `f(*positional, **keywords)` of a function, method or native: the three operands (owned) lie in `operands`. None,
/// and nothing is taken, if there are many arguments, or they have to be found out by iteration.
pub(super) unsafe fn enter_spread(vm: &mut Vm, frame: *mut Frame, operands: *mut Value) -> Option<Cont> {
    unsafe {
        let given = *(operands as *const [Value; 3]);
        let [callee, positional, keywords] = given;
        let method = callee.get::<BoundMethod>();
        let func = method.map_or(callee, |method| *method.func);
        let receiver = method.map(|method| *method.receiver);
        let items = positional.as_sequence()?;
        let named = keywords.get::<Dict>();
        let name_count = named.map_or(0, Dict::len);
        let count = usize::from(receiver.is_some()) + items.len() + name_count;
        if count > MOST_SPREAD || name_count > QUICK_KEYWORDS {
            return None;
        }
        let mut args = [Value::NONE; MOST_SPREAD];
        let mut names = [Value::NONE; QUICK_KEYWORDS];
        let plain = receiver.into_iter().chain(items.iter().map(Ref::value));
        args.iter_mut().zip(plain).for_each(|(place, value)| *place = value);
        for (i, entry) in named.into_iter().flat_map(Dict::iter).enumerate() {
            names[i] = atom::intern_value(*entry.key);
            args[count - name_count + i] = entry.value.value();
        }
        let (args, names) = (&args[..count], &names[..name_count]);
        if !matches!(func.kind(), Some(Kind::Native | Kind::Function)) {
            return None;
        }
        // The callee's references, before anything may drop others.
        args.iter().for_each(|arg| arg.inc());
        let cont = match func.get::<Function>() {
            Some(function) if names.is_empty() => enter_positional(vm, frame, function, args.as_ptr(), count),
            Some(function) => enter_with_keywords(vm, frame, function, args.as_ptr(), count, names),
            None => {
                let outcome = vm.call_native_values(func, args, names);
                args.iter().for_each(|arg| arg.dec());
                given.iter().for_each(|operand| operand.dec());
                return Some(vm.take_outcome(frame, outcome));
            }
        };
        match cont {
            // Not from the registers: a coroutine that was made may lie in them already.
            Some(_) => given.iter().for_each(|operand| operand.dec()),
            None => args.iter().for_each(|arg| arg.dec()),
        }
        cont
    }
}

/// Calls a method in Coro on operands that are at hand, the receiver first; gives them back if they need more than moving.
pub(super) unsafe fn enter_method<const N: usize>(
    vm: &mut Vm,
    frame: *mut Frame,
    method: Option<Value>,
    operands: [Ref; N],
) -> Result<Cont, [Ref; N]> {
    unsafe {
        let Some(method) = method.as_ref().and_then(|method| method.get::<Function>()) else { return Err(operands) };
        match enter_positional(vm, frame, method, operands.as_ptr() as *const Value, N) {
            Some(cont) => {
                // They are the callee's.
                std::mem::forget(operands);
                Ok(cont)
            }
            None => Err(operands),
        }
    }
}
