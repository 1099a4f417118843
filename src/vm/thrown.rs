//! What `throw()` was given, until it reaches the frame that it is raised in: an iterator of the program gets the
//! arguments as they are, a frame gets the exception that they stand for.

use super::Vm;
use super::dispatch::Cont;
use crate::object::call::Outcome;
use crate::object::coroutine::{Frame, frame_flag};
use crate::object::exception::Exception;
use crate::object::types::TypeRef;
use crate::object::{Kind, Ref, Value};

/// The arguments of `throw` as one value: a single one itself, several as a tuple (and a single tuple in one).
pub(super) fn pack(args: &[Value]) -> Ref {
    match args {
        [single] if !single.is_kind(Kind::Tuple) => single.to_ref(),
        _ => Ref::tuple_of(args),
    }
}

/// The arguments that [`pack`] made one.
pub(super) fn unpack(packed: &Ref) -> Vec<Value> {
    if packed.is_kind(Kind::Tuple) {
        return packed.as_sequence().unwrap_or(&[]).iter().map(|r| r.value()).collect();
    }
    vec![packed.value()]
}

impl Vm {
    /// The exception that packed arguments of `throw` stand for. Arguments that stand for none raise TypeError; what the
    /// construction of an exception raises takes that one's place.
    pub(super) fn thrown_exception(&mut self, packed: &Ref) -> Outcome {
        if packed.get::<Exception>().is_some() {
            return Ok(packed.clone());
        }
        self.exception_to_throw(&unpack(packed))
    }

    /// The arguments of `throw(type[, value[, tb]])` as an exception object.
    pub fn exception_to_throw(&mut self, args: &[Value]) -> Outcome {
        let traceback = args.get(2).copied().filter(|tb| !tb.is_none());
        if traceback.is_some_and(|tb| !tb.is_kind(Kind::Traceback)) {
            return Err(self.type_error("throw() third argument must be a traceback object"));
        }
        let value = args.get(1).copied().unwrap_or(Value::NONE);
        let exc = match args[0] {
            exc if exc.get::<Exception>().is_some() => {
                if !value.is_none() {
                    return Err(self.type_error("instance exception may not have a separate value"));
                }
                exc.to_ref()
            }
            class => match self.exception_type(class) {
                Some(class) => self.construct_thrown(class, value),
                None => {
                    let name = self.type_name(class);
                    return Err(self.type_error(format!(
                        "exceptions must be classes or instances deriving from BaseException, not {name}"
                    )));
                }
            },
        };
        if let (Some(traceback), Some(object)) = (traceback, exc.get::<Exception>()) {
            object.set_traceback_object(traceback.to_ref());
        }
        Ok(exc)
    }

    fn exception_type(&self, value: Value) -> Option<TypeRef> {
        value.as_type().filter(|ty| ty.is_subclass(self.types.exc.base_exception))
    }

    /// An instance of `class` by the argument `value` of `throw`, or what its construction raises.
    fn construct_thrown(&mut self, class: TypeRef, value: Value) -> Ref {
        let made = match value {
            value if value.exception_class().is_some_and(|c| c.is_subclass(class)) => return value.to_ref(),
            value if value.is_none() => self.call_values(class.value(), &[]),
            value if value.is_kind(Kind::Tuple) => {
                let items: Vec<Value> = value.as_sequence().unwrap_or(&[]).iter().map(|r| r.value()).collect();
                self.call_values(class.value(), &items)
            }
            value => self.call_values(class.value(), &[value]),
        };
        match made {
            Ok(exc) if exc.get::<Exception>().is_some() => exc,
            Ok(other) => {
                let name = self.type_name(*other);
                let class = super::protocol::repr_object::full_type_name(class);
                self.type_error(format!(
                    "calling <class '{class}'> should have returned an instance of BaseException, not {name}"
                ));
                self.take_raised()
            }
            Err(_) => self.take_raised(),
        }
    }

    /// Packed arguments of `throw` are GeneratorExit, which closes what is delegated to.
    pub(super) fn is_exit(&self, packed: &Ref) -> bool {
        let first = match packed.is_kind(Kind::Tuple) {
            true => packed.as_sequence().and_then(|items| items.first()).map_or(Value::NONE, |r| r.value()),
            false => packed.value(),
        };
        let exit = self.types.exc.generator_exit;
        self.is_instance_of(first, exit) || first.as_type().is_some_and(|ty| ty.is_subclass(exit))
    }

    /// What was thrown at `leaf` stands for no exception (a TypeError is in flight): the frame stays suspended, and
    /// whoever passed it on gets the error.
    pub(super) unsafe fn not_thrown(&mut self, leaf: *mut Frame) -> Cont {
        unsafe {
            if (*leaf).flags & frame_flag::DELEGATE == 0 {
                let resumer = self.pop_head();
                return self.unwind(resumer);
            }
            let left = self.unlink_delegate(leaf);
            let error = self.take_raised();
            self.raise_thrown(error, left.handles);
            self.unwind(left.delegator)
        }
    }
}
