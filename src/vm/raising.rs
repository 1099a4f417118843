//! The `raise` statement, and what an exception chain needs.

use super::Vm;
use super::dispatch::Cont;
use super::protocol::repr_object::full_type_name;
use crate::object::call::{Outcome, Signal};
use crate::object::coroutine::Frame;
use crate::object::exception::Exception;
use crate::object::{Ref, Value};

impl Vm {
    /// `raise exc from cause`
    pub(super) fn raise_statement(&mut self, exc: Ref, cause: Option<Ref>) -> Signal {
        let exc = match self.exception_instance(exc, "exceptions must derive from BaseException") {
            Ok(exc) => exc,
            Err(signal) => return signal,
        };
        if let Some(cause) = cause {
            let cause = if cause.is_none() {
                cause
            } else {
                match self.exception_instance(cause, "exception causes must derive from BaseException") {
                    Ok(cause) => cause,
                    Err(signal) => return signal,
                }
            };
            if let Some(object) = exc.get::<Exception>() {
                let old = object.cause.replace(cause);
                object.suppress_context.set(true);
                drop(old);
            }
        }
        self.raise_value(exc)
    }

    /// An exception object; a class is instantiated.
    fn exception_instance(&mut self, value: Ref, otherwise: &str) -> Outcome {
        if value.get::<Exception>().is_some() {
            return Ok(value);
        }
        match value.as_type() {
            Some(class) if class.is_subclass(self.types.exc.base_exception) => {
                let made = self.call_values(*value, &[])?;
                if made.get::<Exception>().is_some() {
                    return Ok(made);
                }
                let (class, got) = (full_type_name(class), full_type_name(self.type_of(*made)));
                let message = format!(
                    "calling <class '{class}'> should have returned an instance of BaseException, not <class '{got}'>"
                );
                Err(self.type_error(message))
            }
            _ => Err(self.type_error(otherwise)),
        }
    }

    /// Continues to raise at the end of a handler: the frame is in the traceback already.
    pub(super) unsafe fn unwind_again(&mut self, frame: *mut Frame) -> Cont {
        unsafe {
            if let Some(exc) = self.raised.get::<Exception>() {
                // `unwind` notes the frame once more: take the note of the first raise away.
                let code: *const crate::object::code::Code = (*frame).code;
                let mut traceback = exc.traceback.borrow_mut();
                if traceback.last().is_some_and(|entry| std::ptr::eq(entry.code, code)) {
                    let kept = traceback.pop();
                    drop(traceback);
                    let at = (*frame).pc;
                    let cont = self.unwind(frame);
                    self.restore_trace(kept, code, at);
                    return cont;
                }
            }
            self.unwind(frame)
        }
    }

    /// The place first noted for the frame is the one to show.
    unsafe fn restore_trace(
        &mut self,
        kept: Option<crate::object::exception::TraceEntry>,
        code: *const crate::object::code::Code,
        at: *const crate::code::Instr,
    ) {
        let Some(kept) = kept else { return };
        // Safety: code lives for ever.
        let index = unsafe { (*code).pc_index(at) } as u32;
        let exc: Value = if self.raised.is_unbound() { self.handled } else { *self.raised };
        if let Some(exc) = exc.get::<Exception>() {
            let mut traceback = exc.traceback.borrow_mut();
            if let Some(entry) = traceback.iter_mut().rev().find(|e| std::ptr::eq(e.code, code) && e.pc == index) {
                *entry = kept;
            }
        }
    }

    /// The traceback object of an exception, or None.
    pub fn traceback_of(&mut self, exc: Value) -> Ref {
        let name = self.names.traceback;
        match self.get_attr(exc, name) {
            Ok(traceback) => traceback,
            Err(_) => {
                drop(self.take_raised());
                Ref::NONE
            }
        }
    }
}
