//! Calls of functions on arguments that are at hand: they are moved into the registers of the callee, without a list.

use super::{Cont, Vm};
use crate::code::CodeKind;
use crate::object::coroutine::{Coro, Frame};
use crate::object::function::Function;
use crate::object::{Ref, Value};
use crate::vm::calls::bind_free;

/// Whether the function takes `count` positional arguments with plain parameters and defaults.
#[inline]
pub fn fits(f: &Function, count: usize) -> bool {
    let positional = f.code.positional as usize;
    f.code.simple
        && count <= positional
        && (count == positional || positional - count <= f.defaults.as_sequence().map_or(0, <[Ref]>::len))
}

/// Calls a function with plain positional parameters on `count` owned values from `args`, defaults filled in. None (and
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
            return None;
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
        Some(new.enter(vm, frame, f))
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

    /// The parameters are in place: fills the other locals, then goes there, or delivers the coroutine.
    #[inline]
    unsafe fn enter(self, vm: &mut Vm, frame: *mut Frame, f: &Function) -> Cont {
        unsafe {
            for i in f.code.positional as usize..f.code.locals as usize {
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
    let required = positional - f.defaults.as_sequence().map_or(0, <[Ref]>::len).min(positional);
    (given..required).all(|at| places[..names.len()].contains(&(at as u16))).then_some(places)
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
        let places = keyword_places(f, given, names)?;
        let new = Fresh::make(vm, frame, f)?;
        std::ptr::copy_nonoverlapping(args, new.regs, given);
        for at in given..positional {
            new.regs.add(at).write(Value::UNBOUND);
        }
        for (i, place) in places[..names.len()].iter().enumerate() {
            new.regs.add(*place as usize).write(*args.add(given + i));
        }
        let defaults = f.defaults.as_sequence().unwrap_or(&[]);
        let first = positional - defaults.len().min(positional);
        for (at, default) in (first..positional).zip(defaults) {
            if (*new.regs.add(at)).is_unbound() {
                new.regs.add(at).write(default.clone().into_owned());
            }
        }
        Some(new.enter(vm, frame, f))
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
