//! Failures of the pure algorithms as exceptions.

use crate::object::algo::{Fault, FaultKind};
use crate::object::call::{Outcome, Signal};
use crate::vm::Vm;

impl Vm {
    /// Raises what a pure algorithm reported.
    #[cold]
    pub fn fault(&mut self, fault: Fault) -> Signal {
        let exc = &self.types.exc;
        let class = match fault.kind {
            FaultKind::IndexError => exc.index_error,
            FaultKind::KeyError => exc.key_error,
            FaultKind::MemoryError => exc.memory_error,
            FaultKind::OverflowError => exc.overflow_error,
            FaultKind::TypeError => exc.type_error,
            FaultKind::ValueError => exc.value_error,
            FaultKind::ZeroDivisionError => exc.zero_division_error,
        };
        self.raise(class, fault.text)
    }

    /// The value of a pure algorithm's result, or its failure raised.
    #[inline]
    pub fn checked<T>(&mut self, result: Result<T, Fault>) -> Outcome<T> {
        result.map_err(|fault| self.fault(fault))
    }
}
