//! Greenlets: calls on stacks of their own that switch to one another. All of them run in the same run loop: a switch
//! exchanges a few words of the machine and goes on where the other one stands (decision 014).
//!
//! What may stand in the way is native code that nests the run loop (decision 005): it lies on the stack of the processor,
//! which is not exchanged. A greenlet that is left below such a native (as the program's own code always is) can only go on
//! at the same nesting; one that is left with none in between goes on anywhere.

use super::Vm;
use super::dispatch::Cont;
use super::native::{MANY, hidden_native};
use super::pending::Pending;
use super::stack::Stack;
use crate::code::{Instr, Op, fl};
use crate::natives;
use crate::object::atom;
use crate::object::call::{Args, Outcome, Signal};
use crate::object::coroutine::{Frame, frame_flag};
use crate::object::dict::Dict;
use crate::object::heap::flag;
use crate::object::opaque::OpaqueData;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value};
use std::mem::{replace, swap};

/// Bytes of a greenlet's stack; untouched pages cost nothing. What needs more gets a RecursionError.
const STACK: usize = 512 << 10;

/// Stacks kept for the next greenlets.
const KEPT_STACKS: usize = 32;

/// Where the function of a greenlet delivers: the instruction stores the result, the next one ends the greenlet.
static BASE: [Instr; 2] = [Instr::abc(Op::Call, 0, 0, 0, 0), Instr::abc(Op::Exit, fl::EXTRA, 0, 0, 0)];

/// What the machine knows of greenlets.
pub struct Greenlets {
    /// The one that runs; None until somebody asked.
    pub(super) current: Ref,
    /// The types `greenlet` and `error`, and the class `GreenletExit`, once there are greenlets.
    pub kit: Option<Kit>,
    /// The greenlet that waits for what all others wait for, or None. What runs in a loop of asyncio is no matter of its.
    pub hub: Ref,
    /// How calls that block wait, or None; and whether those that let time pass do, and those that wait for descriptors.
    pub wait: Ref,
    pub waits_for_time: bool,
    pub waits_for_descriptors: bool,
    stacks: Vec<Stack>,
    /// Those that were left below a native that nests the run loop, the last one last.
    anchored: Vec<Ref>,
    /// The program is over: greenlets that are dropped do not end by an exception any more.
    pub over: bool,
}

impl Default for Greenlets {
    fn default() -> Greenlets {
        Greenlets {
            current: Ref::NONE,
            kit: None,
            hub: Ref::NONE,
            wait: Ref::NONE,
            waits_for_time: false,
            waits_for_descriptors: false,
            stacks: Vec::new(),
            anchored: Vec::new(),
            over: false,
        }
    }
}

/// The types that greenlets need.
#[derive(Clone, Copy)]
pub struct Kit {
    /// What `greenlet` is a subclass of.
    pub base: TypeRef,
    pub greenlet: TypeRef,
    pub error: TypeRef,
    pub exit: TypeRef,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    New,
    /// It runs, or has switched to others.
    Started,
    Dead,
}

/// The data of a greenlet object.
pub struct Greenlet {
    pub state: State,
    /// It stands for the code that the machine began with, not for a call of its own.
    pub is_main: bool,
    /// Who gets its result; None for the main one.
    pub parent: Ref,
    /// What it is to call; None once it has begun, and where the class has a method `run`.
    pub run: Ref,
    /// Its context of variables while it does not run.
    pub context: Ref,
    stack: Option<Stack>,
    words: Words,
    /// The loop and the task of asyncio that it left for the hub; None each.
    running: Ref,
    task: Ref,
    /// The nesting at which it was entered.
    base: u32,
    /// The only nesting at which it can go on.
    anchor: Option<u32>,
}

/// No nesting: a greenlet of another fiber.
const ELSEWHERE: u32 = u32::MAX;

/// What the machine has of a greenlet that does not run.
struct Words {
    sp: *mut u8,
    limit: *mut u8,
    head: *mut Frame,
    frame: *mut Frame,
    handled: Value,
    exits: Vec<(*mut Frame, Ref)>,
}

/// What is passed to a greenlet.
pub enum Passed {
    /// The arguments of `switch`; the names belong to the last ones.
    Values { values: Vec<Ref>, names: Vec<Value> },
    /// An exception to be raised in it.
    Error(Ref),
}

/// A switch asked for by a native.
pub struct Switch {
    pub target: Ref,
    pub passed: Passed,
}

impl Greenlet {
    /// One that has not begun.
    pub fn new(parent: Ref) -> Greenlet {
        Greenlet {
            state: State::New,
            is_main: false,
            parent,
            run: Ref::NONE,
            context: Ref::NONE,
            stack: None,
            running: Ref::NONE,
            task: Ref::NONE,
            words: Words {
                sp: std::ptr::null_mut(),
                limit: std::ptr::null_mut(),
                head: std::ptr::null_mut(),
                frame: std::ptr::null_mut(),
                handled: Value::NONE,
                exits: Vec::new(),
            },
            base: 0,
            anchor: None,
        }
    }
}

impl OpaqueData for Greenlet {
    /// What its stack holds is not looked into: it counts as referred to from outside.
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        let values = [&self.parent, &self.run, &self.context, &self.running, &self.task];
        values.into_iter().for_each(|value| visit(**value));
    }

    fn clear(&mut self) {
        drop(self.parent.take());
        drop(self.run.take());
        drop(self.context.take());
    }
}

impl Drop for Greenlet {
    fn drop(&mut self) {
        if self.state == State::Started
            && let Some(stack) = self.stack.take()
        {
            // Coroutines that run in it may refer to its frames: they stay as they are.
            std::mem::forget(stack);
        }
    }
}

impl Vm {
    /// The greenlet that runs; the main one is made when first asked for. None before the types are there.
    pub fn current_greenlet(&mut self) -> Ref {
        if self.greenlets.current.is_none()
            && let Some(kit) = self.greenlets.kit
        {
            let mut main = Greenlet::new(Ref::NONE);
            (main.state, main.is_main) = (State::Started, true);
            let main = Ref::opaque(kit.base, main);
            self.greenlets.current = self.as_subclass(kit.greenlet, main);
        }
        self.greenlets.current.clone()
    }

    /// Asks the machine to switch in place of the native function that returns the signal: its result is what is passed
    /// when somebody switches back.
    pub fn switch_greenlet(&mut self, target: Ref, passed: Passed) -> Signal {
        self.pending = Some(Pending::Switch(Box::new(Switch { target, passed })));
        Signal::Call
    }

    /// Whether natives that nest the run loop stand between the running greenlet and the native that asks. (What the main
    /// one has below it does not count: it waits for all others anyway.)
    pub fn is_greenlet_nested(&self) -> bool {
        self.greenlets.current.opaque::<Greenlet>().is_some_and(|g| !g.is_main && g.base != self.nesting)
    }

    /// Leaves the greenlet that runs for another fiber's (None if that has none yet); gives the one left.
    pub(super) fn exchange_greenlet(&mut self, other: Ref) -> Ref {
        if let Some(greenlet) = self.greenlets.current.opaque::<Greenlet>() {
            greenlet.anchor = Some(ELSEWHERE);
        }
        if let Some(greenlet) = other.opaque::<Greenlet>() {
            greenlet.anchor = None;
            greenlet.base = self.nesting;
        }
        replace(&mut self.greenlets.current, other)
    }

    /// Does the switch that `frame` waits for.
    pub(super) unsafe fn enter_switch(&mut self, frame: *mut Frame, switch: Switch) -> Cont {
        unsafe {
            self.frame = frame;
            let current = self.current_greenlet();
            let (target, passed) = self.living(switch.target, switch.passed);
            if *target == *current {
                return self.arrive(frame, passed);
            }
            if let Err(_signal) = self.check_reachable(&target) {
                return self.unwind(frame);
            }
            if let Some(greenlet) = current.opaque::<Greenlet>() {
                let anchored = greenlet.is_main || greenlet.base != self.nesting;
                greenlet.anchor = anchored.then_some(self.nesting);
                self.exchange_words(greenlet);
                greenlet.context = self.sched.context.take();
                if *target == *self.greenlets.hub {
                    greenlet.running = self.sched.running.take();
                    greenlet.task = self.sched.task.take();
                }
                // From now on it has to be ended when it is dropped.
                (*current.header()).flags |= flag::HAS_DEL;
                if anchored {
                    self.greenlets.anchored.push(current.clone());
                }
            }
            self.go_to(target, passed)
        }
    }

    /// The function of the running greenlet has returned, or raised: its parent goes on.
    pub(super) unsafe fn end_greenlet(&mut self, base: *mut Frame) -> Cont {
        unsafe {
            let result = match self.raised.is_unbound() {
                true => Ok(Ref::from_owned(replace(&mut *Frame::regs(base), Value::UNBOUND))),
                false => Err(self.take_raised()),
            };
            let is_exit = |vm: &Vm, exc: &Ref| vm.greenlets.kit.is_some_and(|kit| vm.is_instance_of(**exc, kit.exit));
            let result = match result {
                Err(exc) if is_exit(self, &exc) => Ok(exc),
                other => other,
            };
            let current = self.greenlets.current.take();
            let mut parent = Ref::NONE;
            if let Some(greenlet) = current.opaque::<Greenlet>() {
                greenlet.state = State::Dead;
                self.exchange_words(greenlet);
                greenlet.context = self.sched.context.take();
                parent = greenlet.parent.clone();
                if let Some(stack) = greenlet.stack.take() {
                    self.keep_stack(stack);
                }
            }
            let passed = match result {
                Ok(value) => Passed::Values { values: vec![value], names: Vec::new() },
                Err(exc) => Passed::Error(exc),
            };
            let (target, passed) = self.living(parent, passed);
            if let Err(_signal) = self.check_reachable(&target) {
                // Only those that wait at this nesting can go on: the last one learns of it.
                let error = self.take_raised();
                let nesting = self.nesting;
                let waits = |g: &&Ref| g.opaque::<Greenlet>().is_some_and(|g| g.anchor == Some(nesting));
                let waiting = self.greenlets.anchored.iter().rev().find(waits).cloned().unwrap_or(target);
                return self.go_to(waiting, Passed::Error(error));
            }
            self.go_to(target, passed)
        }
    }

    /// Who gets what is passed to `target`: a dead greenlet passes it on to its parent, as its result.
    fn living(&mut self, target: Ref, passed: Passed) -> (Ref, Passed) {
        let (mut target, mut passed) = (target, passed);
        loop {
            let Some(greenlet) = target.opaque::<Greenlet>() else { return (target, passed) };
            if greenlet.state == State::New && matches!(passed, Passed::Error(_)) {
                // It ends before it begins.
                greenlet.state = State::Dead;
                drop(greenlet.run.take());
            }
            if let Passed::Error(exc) = &passed
                && self.greenlets.kit.is_some_and(|kit| self.is_instance_of(**exc, kit.exit))
                && greenlet.state == State::Dead
            {
                passed = Passed::Values { values: vec![exc.clone()], names: Vec::new() };
            }
            if greenlet.state != State::Dead {
                return (target, passed);
            }
            let parent = greenlet.parent.clone();
            target = parent;
        }
    }

    fn check_reachable(&mut self, target: &Ref) -> Outcome<()> {
        let (nesting, kit) = (self.nesting, self.greenlets.kit);
        match (target.opaque::<Greenlet>(), kit) {
            (Some(greenlet), _) if greenlet.anchor.is_none_or(|anchor| anchor == nesting) => Ok(()),
            (_, Some(kit)) => {
                let message = "cannot switch: a built-in function that has called this code, or the other greenlet's, \
                               would have to be left before it has returned";
                Err(self.raise(kit.error, message))
            }
            _ => Err(self.runtime_error("there are no greenlets")),
        }
    }

    /// Goes on in a greenlet that is reachable; no other one runs.
    unsafe fn go_to(&mut self, target: Ref, passed: Passed) -> Cont {
        unsafe {
            let Some(greenlet) = target.opaque::<Greenlet>() else { return Cont::EXIT };
            if greenlet.anchor.take().is_some() {
                self.greenlets.anchored.retain(|g| **g != *target);
            } else {
                greenlet.base = self.nesting;
            }
            self.sched.context = greenlet.context.take();
            if !greenlet.running.is_none() {
                self.sched.running = greenlet.running.take();
                self.sched.task = greenlet.task.take();
            }
            self.greenlets.current = target.clone();
            if greenlet.state != State::New {
                self.exchange_words(greenlet);
                let frame = self.frame;
                return self.arrive(frame, passed);
            }
            greenlet.state = State::Started;
            let stack = self.greenlets.stacks.pop().unwrap_or_else(|| Stack::sized(STACK));
            let base = stack.start() as *mut Frame;
            // Safety: the first thing on the greenlet's own stack, which has room for it.
            base.write(Frame {
                prev: std::ptr::null_mut(),
                code: self.boundary_code,
                pc: BASE.as_ptr(),
                flags: frame_flag::BOUNDARY,
                depth: 1,
                created: 0,
            });
            Frame::regs(base).write(Value::UNBOUND);
            self.sp = stack.start().add(Frame::SIZE + 16);
            self.limit = stack.end();
            self.head = std::ptr::null_mut();
            self.frame = base;
            self.handled = Value::NONE;
            greenlet.stack = Some(stack);
            match passed {
                Passed::Values { values, names } => {
                    let begin = hidden_native(&BEGIN[0]).to_ref();
                    self.call_from(base, begin, values, names)
                }
                error => self.arrive(base, error),
            }
        }
    }

    /// What was passed becomes the result of the native at which `frame` waits.
    unsafe fn arrive(&mut self, frame: *mut Frame, passed: Passed) -> Cont {
        unsafe {
            match passed {
                Passed::Error(exc) => {
                    self.raise_again(exc);
                    self.unwind(frame)
                }
                Passed::Values { values, names } => self.deliver(frame, packed(values, &names)),
            }
        }
    }

    /// The base of a greenlet's stack, where unwinding and returning end it.
    pub(super) unsafe fn is_greenlet_base(frame: *mut Frame) -> bool {
        // Safety: a live frame.
        unsafe { std::ptr::eq((*frame).pc, BASE.as_ptr()) || std::ptr::eq((*frame).pc, BASE.as_ptr().wrapping_add(1)) }
    }

    fn keep_stack(&mut self, stack: Stack) {
        if self.greenlets.stacks.len() < KEPT_STACKS {
            self.greenlets.stacks.push(stack);
        }
    }

    fn exchange_words(&mut self, greenlet: &mut Greenlet) {
        let words = &mut greenlet.words;
        swap(&mut self.sp, &mut words.sp);
        swap(&mut self.limit, &mut words.limit);
        swap(&mut self.head, &mut words.head);
        swap(&mut self.frame, &mut words.frame);
        swap(&mut self.handled, &mut words.handled);
        swap(&mut self.exits, &mut words.exits);
    }
}

natives! {
    BEGIN;
    "<greenlet>", begin, 0, MANY, keywords;
}

/// The first thing that a greenlet does: it calls its function.
fn begin(vm: &mut Vm, args: Args) -> Outcome {
    let current = vm.current_greenlet();
    let run = current.opaque::<Greenlet>().map_or(Ref::NONE, |greenlet| greenlet.run.take());
    let run = if run.is_none() { vm.get_attr(*current, atom::intern("run"))? } else { run };
    Err(vm.tail_call_kw(*run, args.values, args.names))
}

/// The arguments of `switch` as one value.
fn packed(values: Vec<Ref>, names: &[Value]) -> Ref {
    let mut values = values;
    let mut keywords = Dict::new();
    let named = values.split_off(values.len() - names.len());
    for (name, value) in names.iter().zip(named) {
        keywords.set_atom(*name, value);
    }
    let is_single = values.len() == 1;
    match (names.is_empty(), values.is_empty()) {
        (true, _) if is_single => values.swap_remove(0),
        (true, _) => Ref::tuple(values),
        (false, true) => Dict::alloc(keywords),
        (false, false) => Ref::tuple(vec![Ref::tuple(values), Dict::alloc(keywords)]),
    }
}
