//! Linked code: what the machine runs. Code objects and module globals live as long as the process.

use super::cache::Cache;
use super::coroutine::Frame;
use super::heap::{self, Header, Kind, Object};
use super::{Ref, Value, atom};
use crate::code::{CodeKind, CodeUnit, Constant, FunctionCode, Instr, IntrinsicSite};
use crate::diag::SourceFile;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The global variables of one module: slots, numbered at link time; names bound later get new slots.
pub struct Globals {
    /// Slots by number. They live for ever, as the code that names them does.
    slots: RefCell<Vec<&'static GlobalSlot>>,
    index: RefCell<FxHashMap<Value, u32>>,
    /// Bound names in order of first binding is not kept by slot number, so it is here.
    order: RefCell<Vec<u32>>,
    pub name: RefCell<Ref>,
}

/// One global variable.
pub struct GlobalSlot {
    pub name: Value,
    /// The module's own value, or unbound.
    pub value: Cell<Value>,
    /// The built-in of that name, or unbound.
    pub builtin: Cell<Value>,
}

impl Globals {
    pub fn new() -> &'static Globals {
        Box::leak(Box::new(Globals {
            slots: RefCell::default(),
            index: RefCell::default(),
            order: RefCell::default(),
            name: RefCell::new(Ref::NONE),
        }))
    }

    fn slot_at(&self, at: u32) -> &'static GlobalSlot {
        self.slots.borrow()[at as usize]
    }

    /// The slot for an interned name, made if there is none. `builtin` gives the fallback for a new slot.
    pub fn slot(&self, name: Value, builtin: impl FnOnce() -> Value) -> &'static GlobalSlot {
        let mut index = self.index.borrow_mut();
        let at = *index.entry(name).or_insert_with(|| {
            let (value, builtin) = (Cell::new(Value::UNBOUND), Cell::new(builtin()));
            let mut slots = self.slots.borrow_mut();
            slots.push(Box::leak(Box::new(GlobalSlot { name, value, builtin })));
            slots.len() as u32 - 1
        });
        self.slot_at(at)
    }

    /// The slot of an interned name, if there is one.
    pub fn find_slot(&self, name: Value) -> Option<&'static GlobalSlot> {
        Some(self.slot_at(*self.index.borrow().get(&name)?))
    }

    /// The module's own value of an interned name.
    pub fn get(&self, name: Value) -> Option<Value> {
        let at = *self.index.borrow().get(&name)?;
        let value = self.slot_at(at).value.get();
        (!value.is_unbound()).then_some(value)
    }

    /// Binds a name.
    pub fn set(&self, name: Value, value: Ref) {
        let slot = self.slot(name, || Value::UNBOUND);
        let old = slot.value.replace(value.into_owned());
        if old.is_unbound() {
            self.note_bound(name);
        }
        old.dec();
    }

    /// Records that a slot became bound (order of `dir`, `globals()`).
    pub fn note_bound(&self, name: Value) {
        if let Some(&at) = self.index.borrow().get(&name) {
            let mut order = self.order.borrow_mut();
            order.push(at);
        }
    }

    /// Unbinds a name; false if it was not bound.
    pub fn remove(&self, name: Value) -> bool {
        let Some(at) = self.index.borrow().get(&name).copied() else { return false };
        self.order.borrow_mut().retain(|&o| o != at);
        let old = self.slot_at(at).value.replace(Value::UNBOUND);
        old.dec();
        !old.is_unbound()
    }

    /// Bound names and values in order of binding.
    pub fn entries(&self) -> Vec<(Value, Value)> {
        let mut seen = rustc_hash::FxHashSet::default();
        let order = self.order.borrow();
        let slots = self.slots.borrow();
        let in_order = order.iter().copied().chain(0..slots.len() as u32);
        let mut entries = Vec::new();
        for at in in_order {
            let slot = &slots[at as usize];
            if seen.insert(at) && !slot.value.get().is_unbound() {
                entries.push((slot.name, slot.value.get()));
            }
        }
        entries
    }
}

/// A linked call site.
pub struct CallSite {
    pub argc: u16,
    /// Interned keyword names.
    pub names: Box<[Value]>,
    /// For method calls.
    pub cache: Cache,
}

/// What the machine reads on hot paths comes first; the instructions follow in `instrs`.
#[repr(C)]
pub struct Code {
    pub header: Header,
    pub instrs: *const Instr,
    pub consts: *const Value,
    pub caches: *const Cache,
    pub globals: *const &'static GlobalSlot,
    pub call_sites: *const CallSite,
    /// A call with so many arguments needs no binding but moves them into place; with [`Code::MAKES_COROUTINE`] unless the
    /// function is a plain one; [`Code::NEVER`] if there are other than plain positional parameters.
    pub quick_argc: u32,
    /// Bytes of its frame on the stack.
    pub frame_size: u32,
    /// Registers in all.
    pub registers: u16,
    /// Local registers (the first ones).
    pub locals: u16,
    pub positional: u16,
    pub kwonly: u16,
    pub kind: CodeKind,
    /// Only plain positional parameters: a call with exactly that many arguments needs no binding.
    pub simple: bool,
    /// Number of free variables, and the register of the first.
    pub free: u16,
    pub first_free: u16,
    /// Of a generator function: its generators may be awaited (`types.coroutine`).
    pub iterable: Cell<bool>,
    pub info: CodeInfo,
}

/// The rest.
pub struct CodeInfo {
    pub data: FunctionCode,
    pub unit: Rc<Unit>,
    pub constants: Box<[Value]>,
    pub cache_cells: Box<[Cache]>,
    pub call_sites: Box<[CallSite]>,
    pub global_slots: &'static [&'static GlobalSlot],
    /// Interned names of the locals.
    pub local_names: Box<[Value]>,
    pub name: Value,
    pub qualname: Value,
    /// Frames of it are left out of tracebacks (the parts of built-ins that are written in Coro).
    pub hidden: bool,
    /// Wrong arguments are reported as CPython's built-ins report them.
    pub builtin: Cell<bool>,
}

/// One linked source file.
pub struct Unit {
    pub source: Rc<SourceFile>,
    pub codes: RefCell<Vec<&'static Code>>,
    pub globals: &'static Globals,
    pub hidden: bool,
}

// Safety: repr(C), header first.
unsafe impl Object for Code {
    const KIND: Kind = Kind::Code;
}

fn empty_cache(name: &str) -> Cache {
    Cache::empty(atom::intern(name))
}

/// A constant as an immortal value.
fn constant(constant_: &Constant) -> Value {
    let value = match constant_ {
        Constant::None => Ref::NONE,
        Constant::True => Ref::bool(true),
        Constant::False => Ref::bool(false),
        Constant::Ellipsis => Ref::from_owned(Value::ELLIPSIS),
        Constant::Int(i) => Ref::int(*i),
        Constant::BigInt(big) => Ref::big((**big).clone()),
        Constant::Float(x) => Ref::float(*x),
        Constant::Str(s) if s.len() <= 64 => Ref::from_owned(atom::intern(s)),
        Constant::Str(s) => Ref::str(s),
        Constant::Bytes(b) => Ref::bytes(b.to_vec()),
        Constant::Tuple(items) => Ref::tuple(items.iter().map(|c| Ref::from_owned(constant(c))).collect()),
    }
    .into_owned();
    if value.is_ptr() {
        // Safety: a live object that the code keeps for ever.
        unsafe { (*value.header()).rc |= heap::IMMORTAL };
    }
    value
}

/// Links a unit: interns names, makes constants, numbers globals. `builtin` gives the built-in of a name, or unbound.
pub fn link(unit: CodeUnit, globals: &'static Globals, hidden: bool, builtin: &dyn Fn(Value) -> Value) -> Rc<Unit> {
    // One table for all functions of the unit; code is never freed.
    let slots: Vec<&'static GlobalSlot> = unit
        .globals
        .iter()
        .map(|name| {
            let name = atom::intern(name);
            globals.slot(name, || builtin(name))
        })
        .collect();
    let slots: &'static [&'static GlobalSlot] = Vec::leak(slots);
    let linked = Rc::new(Unit { source: unit.source, codes: RefCell::default(), globals, hidden });
    let codes: Vec<&'static Code> =
        unit.functions.into_iter().map(|function| link_function(function, &linked, slots)).collect();
    linked.codes.replace(codes);
    linked
}

fn link_function(data: FunctionCode, unit: &Rc<Unit>, slots: &'static [&'static GlobalSlot]) -> &'static Code {
    let info = CodeInfo {
        constants: data.constants.iter().map(constant).collect(),
        cache_cells: data.caches.iter().map(|name| empty_cache(name)).collect(),
        call_sites: data
            .call_sites
            .iter()
            .map(|site| CallSite {
                argc: site.argc,
                names: site.keywords.iter().map(|k| atom::intern(k)).collect(),
                cache: empty_cache(site.name.as_deref().unwrap_or("")),
            })
            .collect(),
        global_slots: slots,
        local_names: data.locals.iter().map(|l| atom::intern(&l.name)).collect(),
        name: atom::intern(&data.name),
        qualname: atom::intern(&data.qualname),
        hidden: unit.hidden,
        builtin: Cell::new(false),
        unit: unit.clone(),
        data,
    };
    let data = &info.data;
    let simple = data.kwonly == 0 && !data.varargs && !data.varkw;
    let code = Code {
        header: Header { rc: heap::IMMORTAL, kind: Kind::Code, flags: 0, aux: 0 },
        instrs: data.instrs.as_ptr(),
        consts: info.constants.as_ptr(),
        caches: info.cache_cells.as_ptr(),
        globals: info.global_slots.as_ptr(),
        call_sites: info.call_sites.as_ptr(),
        quick_argc: match (simple, data.kind) {
            (false, _) => Code::NEVER,
            (true, CodeKind::Plain) => u32::from(data.positional),
            (true, _) => u32::from(data.positional) | Code::MAKES_COROUTINE,
        },
        // One register more for the instance that a constructor makes.
        frame_size: (Frame::SIZE + (data.registers as usize + 1) * 8) as u32,
        registers: data.registers,
        locals: data.locals.len() as u16,
        positional: data.positional,
        kwonly: data.kwonly,
        kind: data.kind,
        simple,
        free: data.locals.iter().filter(|l| l.free).count() as u16,
        first_free: data.locals.iter().position(|l| l.free).unwrap_or(0) as u16,
        iterable: Cell::new(false),
        info,
    };
    Box::leak(Box::new(code))
}

impl Code {
    /// No number of arguments.
    pub const NEVER: u32 = u32::MAX;
    /// Calling it makes a generator, coroutine or async generator: in [`Code::quick_argc`].
    pub const MAKES_COROUTINE: u32 = 1 << 31;

    /// Index of the instruction at an address within this code.
    #[inline]
    pub fn pc_index(&self, pc: *const Instr) -> usize {
        (pc as usize - self.instrs as usize) / size_of::<Instr>()
    }

    /// The state of the suspending instruction at an address: its number stands in the instruction.
    ///
    /// # Safety
    /// `pc` is a `Yield`, `AsyncYield`, `YieldFrom` or `Await` of this code.
    pub unsafe fn suspension(&self, pc: *const Instr) -> &crate::code::StateEntry {
        // Safety: the caller's; states are dense, so that the number is the index.
        let state = &self.info.data.states[unsafe { (*pc).c() }];
        debug_assert_eq!(state.instr as usize, self.pc_index(pc));
        state
    }

    pub fn intrinsic(&self, site: usize) -> &IntrinsicSite {
        &self.info.data.intrinsic_sites[site]
    }
}
