//! Calls: binding arguments to parameters, pushing frames, making coroutine objects; and re-entry from native code.

use super::Vm;
use super::classes::construct::Construction;
use super::dispatch::Cont;
use super::native::takes;
use super::pending::{Few, Pending};
use super::protocol::descriptor::Descriptor;
use super::resume::{Mode, Resumed};
use super::slow::enter::enter_positional;
use crate::code::{CodeKind, Instr, Op, fl};
use crate::object::call::{Args, Outcome, Signal};
use crate::object::code::Code;
use crate::object::coroutine::{Coro, Frame, frame_flag};
use crate::object::function::{BoundMethod, CellObj, Function, Native};
use crate::object::types::Instance;
use crate::object::{Kind, Ref, Value, heap};

/// Where native code waits for a result: the instruction stores it, the next one leaves the run loop.
pub(super) static BOUNDARY: [Instr; 2] = [Instr::abc(Op::Call, 0, 0, 0, 0), Instr::abc(Op::Exit, 0, 0, 0, 0)];
/// The same for native code that resumes a coroutine and wants to know whether it yielded or returned.
static RESUME_BOUNDARY: [Instr; 2] = [Instr::abc(Op::Call, fl::EXTRA, 0, 0, 0), Instr::abc(Op::Exit, 0, 0, 0, 0)];

/// Native re-entries allowed below one another.
const MAX_NESTING: u32 = 400;

impl Vm {
    /// Calls and waits for the result: nests the run loop. For natives that can do no better.
    pub fn call(&mut self, callee: Value, args: Args) -> Outcome {
        let values = args.values.iter().map(|v| v.to_ref()).collect();
        let names = args.names.to_vec();
        // Safety: the boundary frame is pushed and popped here.
        unsafe { self.run_nested(&BOUNDARY, |vm, frame| vm.call_from(frame, callee.to_ref(), values, names)) }
    }

    /// Calls with positional arguments only.
    pub fn call_values(&mut self, callee: Value, values: &[Value]) -> Outcome {
        match Few::of(values) {
            // Safety: as in `call`.
            Some(few) => unsafe { self.run_nested(&BOUNDARY, |vm, frame| vm.call_few(frame, callee.to_ref(), few)) },
            None => self.call(callee, Args::positional(values)),
        }
    }

    /// Does what a native handed over, and waits for the result.
    pub fn settle(&mut self, outcome: Outcome) -> Outcome {
        match outcome {
            Err(Signal::Call) => {
                // Safety: as in `call`.
                unsafe { self.run_nested(&BOUNDARY, |vm, frame| vm.enter_pending(frame)) }
            }
            other => other,
        }
    }

    /// Resumes a coroutine from native code.
    pub fn resume_native(&mut self, coroutine: Value, mode: Mode, value: Ref) -> Outcome<(Resumed, Ref)> {
        // Safety: as in `call`.
        let result =
            unsafe { self.run_nested(&RESUME_BOUNDARY, |vm, frame| vm.resume(frame, coroutine, mode, value)) }?;
        Ok((self.resumed, result))
    }

    /// The next item of any iterator by re-entry; None at its end.
    pub fn next_reentrant(&mut self, iterator: Value) -> Outcome<Option<Ref>> {
        if iterator.is_kind(Kind::Generator) {
            return match self.resume_native(iterator, Mode::Send, Ref::NONE) {
                Ok((Resumed::Yielded, item)) => Ok(Some(item)),
                Ok((Resumed::Returned | Resumed::AsyncYielded, _)) => Ok(None),
                Err(signal) => Err(signal),
            };
        }
        let step = match self.next(iterator) {
            super::protocol::Step::Item(item) => return Ok(Some(item)),
            super::protocol::Step::End | super::protocol::Step::Return(_) => return Ok(None),
            super::protocol::Step::Call => self.settle(Err(Signal::Call)),
            super::protocol::Step::Raised => Err(Signal::Raised),
        };
        match step {
            Ok(item) => Ok(Some(item)),
            Err(_) if self.raised_is(self.types.exc.stop_iteration) => {
                drop(self.take_raised());
                Ok(None)
            }
            Err(signal) => Err(signal),
        }
    }

    /// Asks the machine to make this call in place of the native function that returns the signal.
    pub fn tail_call(&mut self, callee: Value, values: &[Value]) -> Signal {
        match Few::of(values) {
            Some(args) => {
                self.pending = Some(Pending::CallFew { callee: callee.to_ref(), args });
                Signal::Call
            }
            None => self.tail_call_kw(callee, values, &[]),
        }
    }

    /// The same with keyword arguments: `names` (interned) belong to the last values.
    pub fn tail_call_kw(&mut self, callee: Value, values: &[Value], names: &[Value]) -> Signal {
        let args = values.iter().map(|v| v.to_ref()).collect();
        self.pending = Some(Pending::Call { callee: callee.to_ref(), args, names: names.to_vec() });
        Signal::Call
    }

    /// Asks the machine to resume a coroutine in place of the native function that returns the signal.
    pub fn tail_resume(&mut self, coroutine: Value, mode: Mode, value: Ref) -> Signal {
        self.pending = Some(Pending::Resume { coroutine: coroutine.to_ref(), mode, value });
        Signal::Call
    }

    /// Runs the machine above a boundary frame.
    unsafe fn run_nested(
        &mut self,
        boundary: &'static [Instr; 2],
        start: impl FnOnce(&mut Vm, *mut Frame) -> Cont,
    ) -> Outcome {
        unsafe {
            let below = self.frame;
            let depth = if below.is_null() { 0 } else { (*below).depth };
            if depth >= self.max_depth || self.nesting >= MAX_NESTING {
                return Err(self.raise_recursion());
            }
            let frame = self.sp as *mut Frame;
            let sp = self.sp.add(Frame::SIZE + 16);
            if sp >= self.limit {
                return Err(self.raise_recursion());
            }
            frame.write(Frame {
                prev: below,
                code: self.boundary_code,
                pc: boundary.as_ptr(),
                flags: frame_flag::BOUNDARY,
                depth: depth + 1,
                created: 0,
            });
            Frame::regs(frame).write(Value::UNBOUND);
            let head = std::mem::replace(&mut self.head, std::ptr::null_mut());
            self.sp = sp;
            self.frame = frame;
            self.nesting += 1;
            let cont = start(self, frame);
            self.run(cont);
            self.nesting -= 1;
            self.head = head;
            self.sp = frame as *mut u8;
            self.frame = below;
            if self.raised.is_unbound() { Ok(Ref::from_owned(*Frame::regs(frame))) } else { Err(Signal::Raised) }
        }
    }

    /// Does what is pending in place of the instruction at which `frame` stands.
    pub(super) unsafe fn enter_pending(&mut self, frame: *mut Frame) -> Cont {
        unsafe {
            match self.pending.take() {
                Some(pending) => self.enter_resume(frame, pending),
                None => self.deliver(frame, Ref::NONE),
            }
        }
    }

    /// Calls anything on few arguments: the frame of a function of the simplest kinds gets them without a list.
    pub(super) unsafe fn call_few(&mut self, frame: *mut Frame, callee: Ref, args: Few) -> Cont {
        unsafe {
            let (mut callee, mut args) = (callee, args);
            if let Some(method) = callee.get::<BoundMethod>()
                && let Some(all) = Few::with_first(*method.receiver, args.as_values())
            {
                let func = method.func.clone();
                (callee, args) = (func, all);
            }
            if let Some(function) = callee.get::<Function>() {
                let values = args.as_values();
                if let Some(cont) = enter_positional(self, frame, function, values.as_ptr(), values.len()) {
                    // They are the callee's.
                    std::mem::forget(args);
                    return cont;
                }
            } else if callee.is_kind(Kind::Native) {
                let outcome = self.call_native_values(*callee, args.as_values(), &[]);
                drop(args);
                return self.take_outcome(frame, outcome);
            }
            self.call_from(frame, callee, args.into_vec(), Vec::new())
        }
    }

    /// Calls anything from `frame` (its pc is saved); the result is delivered to it.
    pub(super) unsafe fn call_from(
        &mut self,
        frame: *mut Frame,
        callee: Ref,
        args: Vec<Ref>,
        names: Vec<Value>,
    ) -> Cont {
        unsafe {
            let (mut callee, mut args) = (callee, args);
            loop {
                match callee.kind() {
                    Some(Kind::Function) => return self.call_function(frame, *callee, args, &names),
                    Some(Kind::Native) => {
                        let outcome = self.call_native(*callee, &args, &names);
                        drop(args);
                        return self.take_outcome(frame, outcome);
                    }
                    Some(Kind::BoundMethod) => {
                        let Some(method) = callee.get::<BoundMethod>() else { return Cont::EXIT };
                        args.insert(0, method.receiver.clone());
                        let func = method.func.clone();
                        callee = func;
                    }
                    Some(Kind::Type) => return self.call_type(frame, *callee, args, &names),
                    _ => {
                        let name = self.names.call;
                        let Some(call) = self.special(*callee, name) else {
                            let message = format!("'{}' object is not callable", self.type_name(*callee));
                            self.type_error(message);
                            return self.unwind(frame);
                        };
                        if matches!(self.descriptor_kind(call), Descriptor::Method) {
                            args.insert(0, std::mem::replace(&mut callee, call.to_ref()));
                            continue;
                        }
                        let outcome = self.bind_special(*callee, call, name);
                        match outcome {
                            Ok(bound) => callee = bound,
                            Err(_) => return self.unwind(frame),
                        }
                    }
                }
            }
        }
    }

    /// Delivers what a native answered.
    pub(super) unsafe fn take_outcome(&mut self, frame: *mut Frame, outcome: Outcome) -> Cont {
        unsafe {
            match outcome {
                Ok(value) => self.deliver(frame, value),
                Err(Signal::Call) => self.enter_pending(frame),
                Err(Signal::Raised) => self.unwind(frame),
            }
        }
    }

    /// Calls a native function: checks the argument count, then runs it.
    pub(super) fn call_native(&mut self, callee: Value, args: &[Ref], names: &[Value]) -> Outcome {
        // Safety: a Ref is a transparent Value.
        let values = unsafe { std::slice::from_raw_parts(args.as_ptr() as *const Value, args.len()) };
        self.call_native_values(callee, values, names)
    }

    /// The same on arguments that somebody keeps alive.
    pub(super) fn call_native_values(&mut self, callee: Value, values: &[Value], names: &[Value]) -> Outcome {
        let Some(native) = callee.get::<Native>() else { return Ok(Ref::NONE) };
        let def = native.def;
        if !takes(native, values, names) {
            return Err(self.native_refuses(native, values, names));
        }
        (def.func)(self.machine(), Args { values, names })
    }

    /// Instantiates a class, or converts with a built-in type.
    unsafe fn call_type(&mut self, frame: *mut Frame, class: Value, args: Vec<Ref>, names: &[Value]) -> Cont {
        unsafe {
            let Some(ty) = class.as_type() else { return Cont::EXIT };
            if let Some(init) = self.plain_init(ty) {
                if init.is_unbound() && args.is_empty() {
                    return self.deliver(frame, Instance::alloc(ty));
                }
                if init.is_kind(Kind::Function) {
                    let instance = Instance::alloc(ty);
                    let mut all = Vec::with_capacity(args.len() + 1);
                    all.push(instance.clone());
                    all.extend(args);
                    return self.push_init(frame, init, all, names, instance);
                }
            }
            // Safety: a Ref is a transparent Value.
            let values = std::slice::from_raw_parts(args.as_ptr() as *const Value, args.len());
            match self.begin_construct(ty, Args { values, names }) {
                Ok(Construction::Done(object)) => self.deliver(frame, object),
                Ok(Construction::Init { object, init }) => {
                    let mut all = Vec::with_capacity(args.len() + 1);
                    all.push(object.clone());
                    all.extend(args);
                    self.push_init(frame, init, all, names, object)
                }
                Err(signal) => self.take_outcome(frame, Err(signal)),
            }
        }
    }

    unsafe fn push_init(
        &mut self,
        frame: *mut Frame,
        init: Value,
        args: Vec<Ref>,
        names: &[Value],
        instance: Ref,
    ) -> Cont {
        unsafe {
            let Some(function) = init.get::<Function>() else { return Cont::EXIT };
            if function.code.kind != CodeKind::Plain {
                let outcome = self.call(
                    init,
                    Args { values: std::slice::from_raw_parts(args.as_ptr() as *const Value, args.len()), names },
                );
                return match outcome {
                    Ok(result) => {
                        let message = format!("__init__() should return None, not '{}'", self.type_name(*result));
                        self.type_error(message);
                        self.unwind(frame)
                    }
                    Err(_) => self.unwind(frame),
                };
            }
            let cont = self.call_function(frame, init, args, names);
            let callee = Frame::of(cont.regs);
            if !cont.pc.is_null()
                && (*callee).prev == frame
                && std::ptr::eq((*callee).code, function.code)
                && self.sp as usize > callee as usize
            {
                (*callee).flags |= frame_flag::INIT;
                Frame::regs(callee).add(function.code.registers as usize).write(instance.into_owned());
            }
            cont
        }
    }

    /// Calls a Coro function: pushes its frame, or makes its coroutine object and delivers that.
    pub(super) unsafe fn call_function(
        &mut self,
        frame: *mut Frame,
        function: Value,
        args: Vec<Ref>,
        names: &[Value],
    ) -> Cont {
        unsafe {
            let Some(f) = function.get::<Function>() else { return Cont::EXIT };
            let code = f.code;
            if code.kind != CodeKind::Plain {
                let object = self.new_coroutine(f, frame);
                let regs = Frame::regs(Coro::frame_of(*object));
                return match self.bind(f, args, names, regs) {
                    Ok(()) => self.deliver(frame, object),
                    Err(_) => {
                        (*Coro::frame_of(*object)).flags |= frame_flag::DONE;
                        drop(object);
                        self.unwind(frame)
                    }
                };
            }
            let Some(regs) = self.push_frame(code, frame) else {
                drop(args);
                self.raise_recursion();
                return self.unwind(frame);
            };
            // The frame has its place before anything is bound: what binding drops may run code above it.
            match self.bind(f, args, names, regs) {
                Ok(()) => Cont { pc: code.instrs, regs },
                Err(_) => {
                    self.sp = Frame::of(regs) as *mut u8;
                    self.unwind(frame)
                }
            }
        }
    }

    /// Room for a plain frame of `code` above `frame`; None if stack or depth do not allow it. Registers are not filled.
    pub(super) unsafe fn push_frame(&mut self, code: &'static Code, frame: *mut Frame) -> Option<*mut Value> {
        unsafe {
            let callee = self.sp as *mut Frame;
            let sp = self.sp.add(code.frame_size as usize);
            let depth = (*frame).depth;
            if depth >= self.max_depth || sp >= self.limit {
                return None;
            }
            callee.write(Frame { prev: frame, code, pc: code.instrs, flags: 0, depth: depth + 1, created: 0 });
            self.sp = sp;
            Some(Frame::regs(callee))
        }
    }

    /// A coroutine object that has not begun; its registers are to be bound.
    pub(super) unsafe fn new_coroutine(&mut self, function: &Function, caller: *mut Frame) -> Ref {
        unsafe {
            let code = function.code;
            let kind = match code.kind {
                CodeKind::Coroutine => Kind::Coroutine,
                CodeKind::AsyncGenerator => Kind::AsyncGenerator,
                _ => Kind::Generator,
            };
            let header = heap::allocate(size_of::<Coro>() + code.registers as usize * 8, kind);
            let coro = header as *mut Coro;
            let frame = &raw mut (*coro).frame;
            (&raw mut (*coro).link).write(frame);
            let created = if kind == Kind::Coroutine { self.span_start(caller) } else { 0 };
            let mut flags = frame_flag::COROUTINE | frame_flag::START;
            if code.iterable.get() {
                flags |= frame_flag::ITERABLE_COROUTINE;
            }
            frame.write(Frame { prev: std::ptr::null_mut(), code, pc: code.instrs, flags, depth: 0, created });
            (*coro).name_after(function);
            Ref::from_owned(Value::from_header(header))
        }
    }

    /// Runs a class body: its first register holds the namespace. Gives what it returns.
    pub(super) fn run_class_body(&mut self, body: Value, namespace: Value) -> Outcome {
        // Safety: as in `call`; the body's frame is the topmost one when its register is written.
        unsafe {
            self.run_nested(&BOUNDARY, |vm, frame| {
                let cont = vm.call_function(frame, body, Vec::new(), &[]);
                if !cont.pc.is_null() {
                    std::ptr::replace(cont.regs, namespace.to_ref().into_owned()).dec();
                }
                cont
            })
        }
    }

    /// Byte offset of the call that the running native function answers, for reports.
    pub fn call_position(&self) -> u32 {
        // Safety: the running frame is live, or null before the first one.
        unsafe { self.span_start(self.frame) }
    }

    /// Byte offset of the call at which `frame` stands, for reports.
    unsafe fn span_start(&self, frame: *mut Frame) -> u32 {
        unsafe {
            if frame.is_null() || (*frame).flags & frame_flag::BOUNDARY != 0 {
                return 0;
            }
            let code = &*(*frame).code;
            code.info.data.spans.get(code.pc_index((*frame).pc)).map_or(0, |s| s.start)
        }
    }
}

/// Copies the closure's cells into the free-variable registers.
#[inline]
pub(super) unsafe fn bind_free(f: &Function, regs: *mut Value) {
    unsafe {
        if f.code.free > 0 {
            let first = f.code.first_free as usize;
            for (i, cell) in f.closure.iter().enumerate() {
                regs.add(first + i).write(cell.clone().into_owned());
            }
        }
    }
}

/// A cell for a captured variable.
pub(super) fn new_cell(value: Value) -> Value {
    CellObj::alloc(Ref::from_owned(value)).into_owned()
}
