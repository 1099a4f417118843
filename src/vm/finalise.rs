//! What happens when the last reference to an object goes, before its memory does: finalisers, and the end of weak
//! references. CPython's order: an instance of a class of the program is finalised first and loses its weak references
//! then; it is the other way round for generators, functions and sets.

use super::Vm;
use crate::object::call::Args;
use crate::object::function::NativeFn;
use crate::object::heap::{self, Header, Kind, flag};
use crate::object::{Value, weak};

/// The heap's finaliser: called with an object whose count is one again.
///
/// # Safety
/// `header` is an object about to die, on the thread of the machine.
pub(super) unsafe fn finalise(header: *mut Header) {
    let value = Value::from_header(header);
    let Some(vm) = super::current() else { return };
    unsafe {
        // An object with a class of the program's is finalised first, the others lose their weak references first.
        let referred = (*header).flags & flag::WEAKREF != 0;
        let plain = (*header).kind != Kind::Instance && (*header).flags & flag::SUBCLASS == 0;
        if referred && plain {
            vm.end_weak_references(value);
        }
        match (*header).kind {
            Kind::Generator | Kind::Coroutine | Kind::AsyncGenerator => {
                heap::at_release_depth_zero(|| vm.finalise_coroutine(value));
            }
            Kind::Dict if (*header).flags & flag::SUBCLASS == 0 => super::protocol::namespace::forget(value),
            Kind::Wait => {
                (*header).flags &= !flag::HAS_DEL;
                vm.warn_wait_dropped(value);
            }
            Kind::Future | Kind::Task => {
                if let Some(report) = vm.sched.report_dying {
                    heap::at_release_depth_zero(|| vm.finalise_future(value, report));
                }
            }
            _ if (*header).flags & flag::HAS_DEL != 0 && (*header).flags & flag::FINALISED == 0 => {
                (*header).flags |= flag::FINALISED;
                heap::at_release_depth_zero(|| vm.call_del(value));
            }
            _ => {}
        }
        if referred && !plain && (*header).rc == 1 {
            vm.end_weak_references(value);
        }
    }
}

impl Vm {
    /// A future or task is about to die: what it has to say is reported.
    fn finalise_future(&mut self, value: Value, report: NativeFn) {
        let raised = self.take_raised();
        let pending = self.pending.take();
        let passing = self.passing;
        drop(report(self.machine(), Args::positional(&[value])));
        self.passing = passing;
        self.pending = pending;
        self.raised = raised;
    }

    /// Calls `__del__`; its exceptions are reported, not raised.
    fn call_del(&mut self, value: Value) {
        let name = self.names.del;
        let Some(method) = self.special(value, name) else { return };
        self.call_aside(method, value, value);
    }

    /// The object is about to die: its weak references refer to nothing from now on, and their callbacks are called.
    pub(super) fn end_weak_references(&mut self, value: Value) {
        for (reference, callback) in weak::detach(value) {
            heap::at_release_depth_zero(|| self.call_aside(*callback, *reference, *callback));
        }
    }

    /// Calls a function in between, whatever is under way; its exceptions are reported as those of `source`, not raised.
    pub(super) fn call_aside(&mut self, function: Value, argument: Value, source: Value) {
        let raised = self.take_raised();
        let pending = self.pending.take();
        let passing = self.passing;
        let outcome = self.call_values(function, &[argument]);
        if outcome.is_err() {
            let exc = self.take_raised();
            self.report_unraisable(*exc, source);
        }
        drop(outcome);
        self.passing = passing;
        self.pending = pending;
        self.raised = raised;
    }
}
