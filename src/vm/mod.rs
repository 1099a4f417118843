//! The virtual machine: runs linked code on heap frames.
//!
//! `dispatch` and `handlers` execute instructions, `slow` holds their slow halves, `calls` binds arguments and pushes
//! frames, `deliver` takes a result to whoever waits for it, `resume` drives generators, coroutines and async generators,
//! `closing` and `thrown` what
//! is thrown into them, `handled` keeps what they handle, `unwind` finds handlers. `protocol` holds the language's protocols (attributes, operators, iteration, equality,
//! representation) that instructions and natives share, `classes` makes classes, `intrinsics` the instructions without an
//! operator.

mod arity;
mod asked;
mod async_step;
pub mod awaiting;
mod binding;
mod blocking;
mod calls;
pub mod classes;
mod closing;
pub mod cycles;
pub mod delegate;
pub mod deliver;
pub mod descriptors;
pub mod dispatch;
pub mod errors;
pub mod exc_types;
pub mod fibers;
mod finalise;
pub mod generators;
pub mod greenlets;
pub mod groups;
mod handled;
pub mod handlers;
pub mod import;
mod inlined;
pub mod interrupt;
pub mod native;
mod never_awaited;
pub mod operations;
pub mod output;
pub mod patterns;
pub mod pending;
pub mod protocol;
pub mod raising;
pub mod resume;
pub mod signals;
pub mod slow;
pub mod stack;
pub mod stacks;
pub mod suggest;
mod thrown;
pub mod traceback;
pub mod types;
pub mod unwind;

use crate::code::{CodeKind, CodeUnit, FunctionCode};
use crate::diag::{SourceFile, Span};
use crate::object::atom::Names;
use crate::object::code::{Code, Globals};
use crate::object::coroutine::Frame;
use crate::object::types::NameMap;
use crate::object::{Ref, Value, heap};
use std::cell::Cell;
use std::rc::Rc;

/// CPython's default recursion limit.
pub const RECURSION_LIMIT: u16 = 1000;

/// The machine's state. There is one for each thread that runs Coro code.
#[repr(C)]
pub struct Vm {
    /// Next free byte of the stack, and its end.
    pub(crate) sp: *mut u8,
    pub(crate) limit: *mut u8,
    /// Head of the delegation chain being driven.
    pub(crate) head: *mut Frame,
    /// Deepest allowed frame.
    pub(crate) max_depth: u16,
    /// Trampoline state.
    pub(crate) loop_regs: *mut Value,
    pub(crate) loop_consts: *const Value,
    /// The frame that runs (set whenever anything but a fast handler is entered).
    pub(crate) frame: *mut Frame,
    /// The exception being handled (`sys.exc_info`), owned, or None.
    pub(crate) handled: Value,
    /// The exception in flight, or unbound.
    pub(crate) raised: Ref,
    /// Set by [`Vm::tail_call`] and its kin.
    pub(crate) pending: Option<pending::Pending>,
    /// Of a native that an instruction calls whose result is awaited at once: its arguments, and whether it has answered with
    /// what its coroutine would give in the end.
    pub(crate) awaited_args: *const Value,
    pub(crate) awaited_answered: bool,
    /// A result on its way through a slow delivery.
    pub(crate) passing: Value,
    /// Goes with it: arguments of a call.
    pub(crate) passing_args: *const Value,
    /// What heads were thrown, to be raised in them as soon as their delegate is closed: see `closing`.
    pub(crate) exits: Vec<(*mut Frame, Ref)>,
    /// How the last `resume` ended.
    pub(crate) resumed: resume::Resumed,
    /// Native re-entries below.
    pub(crate) nesting: u32,
    /// The fiber being run was entered at this nesting.
    pub(crate) fiber_nesting: Option<u32>,
    /// The run loop was left because the fiber is suspended.
    pub(crate) suspended: bool,
    /// Code of the frames that stand for native code.
    pub(crate) boundary_code: &'static Code,
    _stack: stack::Stack,
    pub names: Names,
    pub types: types::Types,
    pub builtins: NameMap,
    /// The event loop's state: what runs, the clock, the event log.
    pub sched: crate::event_loop::Scheduler,
    pub stdout: output::Output,
    /// The built-in `next`, which `Call` knows.
    pub next_def: *const crate::object::function::NativeDef,
    /// The built-in `len`, likewise.
    pub len_def: *const crate::object::function::NativeDef,
    /// Containers alive that call for the next collection.
    pub(crate) collect_at: usize,
    /// The built-in types are being filled: what hot paths ask of classes is found out at the end.
    pub(crate) installing: bool,
    /// `sys.argv`
    pub argv: Vec<String>,
    /// Modules and how they are found.
    pub imports: import::Imports,
    pub signals: signals::Signals,
    pub greenlets: greenlets::Greenlets,
}

thread_local! {
    static CURRENT: Cell<*mut Vm> = const { Cell::new(std::ptr::null_mut()) };
}

/// The machine of this thread, for the heap's finalisers.
pub(crate) fn current() -> Option<&'static mut Vm> {
    let vm = CURRENT.get();
    // Safety: set by `Vm::new` to a boxed machine and reset when it is dropped; single-threaded.
    if vm.is_null() { None } else { Some(unsafe { &mut *vm }) }
}

impl Vm {
    /// A machine without built-ins; `lib_native::install` adds them. `compile` is how imported source becomes code.
    pub fn new(compile: import::Compile) -> Box<Vm> {
        heap::set_finaliser(finalise::finalise);
        let stack = stack::Stack::new();
        let mut vm = Box::new(Vm {
            sp: stack.start(),
            limit: stack.end(),
            head: std::ptr::null_mut(),
            max_depth: RECURSION_LIMIT,
            loop_regs: std::ptr::null_mut(),
            loop_consts: std::ptr::null(),
            frame: std::ptr::null_mut(),
            handled: Value::NONE,
            raised: Ref::UNBOUND,
            pending: None,
            passing: Value::UNBOUND,
            awaited_args: std::ptr::null(),
            awaited_answered: false,
            passing_args: std::ptr::null(),
            exits: Vec::new(),
            resumed: resume::Resumed::Returned,
            nesting: 0,
            fiber_nesting: None,
            suspended: false,
            boundary_code: boundary_code(),
            _stack: stack,
            names: Names::new(),
            types: types::Types::bootstrap(),
            builtins: NameMap::default(),
            sched: crate::event_loop::Scheduler::default(),
            stdout: output::Output::default(),
            next_def: std::ptr::null(),
            len_def: std::ptr::null(),
            collect_at: 50_000,
            installing: false,
            argv: Vec::new(),
            imports: import::Imports::new(compile),
            signals: signals::Signals::default(),
            greenlets: greenlets::Greenlets::default(),
        });
        vm.sched.wake_source = Some(interrupt::wake_source);
        CURRENT.set(&mut *vm);
        vm
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        CURRENT.set(std::ptr::null_mut());
    }
}

/// Code without instructions, for boundary frames.
fn boundary_code() -> &'static Code {
    let function = FunctionCode {
        name: "<native>".into(),
        qualname: "<native>".into(),
        kind: CodeKind::Plain,
        is_module: false,
        is_class: false,
        posonly: 0,
        positional: 0,
        kwonly: 0,
        varargs: false,
        varkw: false,
        locals: Vec::new(),
        registers: 1,
        instrs: Vec::new(),
        spans: Vec::new(),
        depths: Vec::new(),
        constants: Vec::new(),
        handlers: Vec::new(),
        states: Vec::new(),
        caches: Vec::new(),
        call_sites: Vec::new(),
        function_sites: Vec::new(),
        intrinsic_sites: Vec::new(),
        switches: Vec::new(),
        doc: None,
        span: Span::default(),
        header: Span::default(),
    };
    let source = Rc::new(SourceFile::new("<native>", ""));
    let unit = CodeUnit { source, functions: vec![function], globals: Vec::new() };
    let linked = crate::object::code::link(unit, Globals::new(), true, &|_| Value::UNBOUND);

    (linked.codes.borrow()[0]) as _
}
