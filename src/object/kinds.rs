//! What the heap does for each kind: the one table from kinds to their Rust types.

use super::code::Code;
use super::container::{List, Range, Slice, Tuple};
use super::context::{Context, ContextVar, Token};
use super::coroutine::{AsyncStep, Coro, CoroutineWrapper};
use super::dict::Dict;
use super::exception::Exception;
use super::function::{BoundMethod, CellObj, ClassMethod, Function, Module, Native, Property, StaticMethod, Super};
use super::future::{Future, Handle, Task, Wait};
use super::heap::{self, Header, KIND_COUNT, Kind, KindOps};
use super::iter::{DictView, Iter, IterState};
use super::number::{BigIntObj, FloatObj};
use super::opaque::Opaque;
use super::reflect::{FrameObj, GenericAlias, MappingProxy, Traceback, Union};
use super::set::{FrozenSet, Set};
use super::text::{ByteArray, Bytes, Str};
use super::types::{Instance, TypeObj};
use super::{Ref, Value};

type Visit<'a> = &'a mut dyn FnMut(Value);

/// By kind.
pub(super) static OPS: [KindOps; KIND_COUNT] = table();

const fn table() -> [KindOps; KIND_COUNT] {
    let mut t = [NEVER; KIND_COUNT];
    numbers_and_text(&mut t);
    collections(&mut t);
    callables(&mut t);
    coroutines(&mut t);
    classes(&mut t);
    views(&mut t);
    scheduling(&mut t);
    t
}

type Table = [KindOps; KIND_COUNT];

const fn set(t: &mut Table, kind: Kind, ops: KindOps) {
    t[kind as usize] = ops;
}

const fn numbers_and_text(t: &mut Table) {
    leaf::<BigIntObj>(t);
    leaf::<FloatObj>(t);
    leaf::<Bytes>(t);
    leaf::<ByteArray>(t);
    set(
        t,
        Kind::Str,
        KindOps {
            drop_payload: |h| unsafe { (*(h as *mut Str)).forget_index() },
            destroy: |h| unsafe { Str::destroy(h) },
            size: |h| unsafe { (*(h as *mut Str)).object_size() },
            ..NEVER
        },
    );
}

const fn collections(t: &mut Table) {
    set(
        t,
        Kind::Tuple,
        KindOps {
            drop_payload: |h| unsafe { (*(h as *mut Tuple)).drop_items() },
            destroy: |h| unsafe {
                let size = (*(h as *mut Tuple)).object_size();
                (*(h as *mut Tuple)).drop_items();
                heap::free(h, size);
            },
            size: |h| unsafe { (*(h as *mut Tuple)).object_size() },
            visit: |h, v| unsafe { (*(h as *mut Tuple)).values().iter().for_each(|x| v(*x)) },
            clear: |_| {},
        },
    );
    node::<List>(t, |l, v| l.items.iter().for_each(|x| v(**x)), |l| drop(std::mem::take(&mut l.items)));
    node::<Dict>(
        t,
        |d, v| {
            d.iter().for_each(|e| {
                v(*e.key);
                v(*e.value);
            })
        },
        |d| drop(d.clear()),
    );
    node::<Set>(t, |s, v| s.table.iter().for_each(|(_, k)| v(k)), |s| drop(s.table.clear()));
    node::<FrozenSet>(t, |s, v| s.table.iter().for_each(|(_, k)| v(k)), |s| drop(s.table.clear()));
    node::<Range>(t, |r, v| [&r.start, &r.stop, &r.step].into_iter().for_each(|x| v(**x)), |_| {});
    node::<Slice>(t, |r, v| [&r.start, &r.stop, &r.step].into_iter().for_each(|x| v(**x)), |_| {});
}

const fn callables(t: &mut Table) {
    node::<Function>(t, visit_function, |f| {
        f.defaults.take();
        f.kwdefaults.take();
        f.closure = Box::default();
        f.extra.take();
    });
    leaf::<Native>(t);
    immortal::<Code>(t);
    node::<BoundMethod>(
        t,
        |m, v| {
            v(*m.func);
            v(*m.receiver);
        },
        |_| {},
    );
    node::<CellObj>(t, |c, v| v(*c.value), |c| drop(std::mem::replace(&mut c.value, Ref::UNBOUND)));
    node::<Property>(t, |p, v| [&p.getter, &p.setter, &p.deleter, &p.doc].into_iter().for_each(|x| v(**x)), |_| {});
    node::<StaticMethod>(t, |m, v| v(*m.func), |_| {});
    node::<ClassMethod>(t, |m, v| v(*m.func), |_| {});
    node::<Super>(t, |s, v| [&s.class, &s.object, &s.object_type].into_iter().for_each(|x| v(**x)), |_| {});
}

const fn coroutines(t: &mut Table) {
    set(t, Kind::Generator, COROUTINE);
    set(t, Kind::Coroutine, COROUTINE);
    set(t, Kind::AsyncGenerator, COROUTINE);
    node::<AsyncStep>(
        t,
        |s, v| {
            v(*s.generator);
            v(*s.value);
        },
        |s| {
            s.generator.take();
            s.value.take();
        },
    );
    node::<CoroutineWrapper>(t, |w, v| v(*w.coroutine), |w| drop(w.coroutine.take()));
}

const fn classes(t: &mut Table) {
    immortal::<TypeObj>(t);
    set(
        t,
        Kind::Instance,
        KindOps {
            drop_payload: |h| unsafe { (*(h as *mut Instance)).clear() },
            destroy: |h| unsafe {
                let size = (*(h as *mut Instance)).object_size();
                (*(h as *mut Instance)).clear();
                heap::free(h, size);
            },
            size: |h| unsafe { (*(h as *mut Instance)).object_size() },
            visit: |h, v| unsafe { (*(h as *mut Instance)).visit(v) },
            clear: |h| unsafe { (*(h as *mut Instance)).clear() },
        },
    );
    node::<Exception>(
        t,
        |e, v| {
            for field in [&e.args, &e.cause, &e.context, &e.dict] {
                v(**field.borrow());
            }
        },
        |e| {
            for field in [&e.cause, &e.context, &e.dict] {
                let old = field.borrow_mut().take();
                drop(old);
            }
        },
    );
    node::<Module>(t, |m, v| v(*m.name), |_| {});
    node::<Opaque>(t, |o, v| o.data.visit(v), |o| o.data.clear());
}

const fn views(t: &mut Table) {
    node::<Iter>(t, visit_iter, |i| i.state = IterState::Done(super::iter::IterType::Native));
    node::<DictView>(t, |d, v| v(*d.dict), |_| {});
    node::<MappingProxy>(t, |m, v| v(*m.mapping), |_| {});
    node::<GenericAlias>(
        t,
        |g, v| {
            v(*g.origin);
            v(*g.args);
        },
        |_| {},
    );
    node::<Union>(t, |u, v| v(*u.args), |_| {});
    node::<FrameObj>(
        t,
        |f, v| {
            v(*f.back);
            v(*f.owner);
        },
        |f| drop(f.owner.take()),
    );
    leaf::<Traceback>(t);
}

const fn scheduling(t: &mut Table) {
    node::<Future>(t, |f, v| f.visit(v), |f| f.clear());
    node::<Task>(t, |t, v| t.visit(v), |t| t.clear());
    node::<Wait>(
        t,
        |w, v| {
            v(*w.source);
            v(*w.value);
        },
        |w| drop((w.source.take(), w.value.take())),
    );
    node::<Handle>(t, |h, v| h.visit(v), |h| h.clear());
    node::<Context>(
        t,
        |c, v| {
            c.bindings.iter().for_each(|(var, value)| {
                v(**var);
                v(**value);
            })
        },
        |c| drop(std::mem::take(&mut c.bindings)),
    );
    node::<ContextVar>(t, |c, v| v(*c.default), |c| drop(c.default.take()));
    node::<Token>(t, |t, v| [&t.var, &t.old, &t.context].into_iter().for_each(|x| v(**x)), |t| drop(t.old.take()));
}

/// Of kinds that no object has.
const NEVER: KindOps = KindOps {
    drop_payload: |_| {},
    destroy: |h| unreachable!("an object of kind {:?}", unsafe { (*h).kind }),
    size: |_| 0,
    visit: |_, _| {},
    clear: |_| {},
};

/// A type of fixed size.
const fn sized<T: heap::Object>() -> KindOps {
    KindOps {
        // Safety: called by the heap with an object of this kind, once.
        drop_payload: |h| unsafe { std::ptr::drop_in_place(h as *mut T) },
        destroy: |h| unsafe {
            std::ptr::drop_in_place(h as *mut T);
            heap::free_sized::<T>(h);
        },
        size: |_| size_of::<T>(),
        ..NEVER
    }
}

const fn leaf<T: heap::Object>(t: &mut Table) {
    assert!(!T::KIND.is_container());
    set(t, T::KIND, sized::<T>());
}

/// A kind whose objects live for ever, outside the heap.
const fn immortal<T: heap::Object>(t: &mut Table) {
    set(t, T::KIND, KindOps { size: |_| size_of::<T>(), ..NEVER });
}

/// A kind with references: how to visit and how to clear them.
const fn node<T: heap::Object>(t: &mut Table, visit: fn(&T, Visit), clear: fn(&mut T)) {
    assert!(T::KIND.is_container());
    // Safety: the functions are called with objects of this kind; references to them and pointers to their headers are
    // passed alike.
    let (visit, clear) = unsafe {
        (
            std::mem::transmute::<fn(&T, Visit), unsafe fn(*mut Header, Visit)>(visit),
            std::mem::transmute::<fn(&mut T), unsafe fn(*mut Header)>(clear),
        )
    };
    set(t, T::KIND, KindOps { visit, clear, ..sized::<T>() });
}

const COROUTINE: KindOps = KindOps {
    drop_payload: |h| unsafe { drop_registers(&mut *(h as *mut Coro)) },
    destroy: |h| unsafe {
        let size = (*(h as *mut Coro)).object_size();
        drop_registers(&mut *(h as *mut Coro));
        heap::free(h, size);
    },
    size: |h| unsafe { (*(h as *mut Coro)).object_size() },
    visit: |h, v| unsafe {
        let coro = &*(h as *mut Coro);
        if !coro.has(super::coroutine::frame_flag::RUNNING) {
            let (regs, count) = coro.owned_registers();
            (0..count).for_each(|i| v(*regs.add(i)));
        }
    },
    clear: |h| unsafe { drop_registers(&mut *(h as *mut Coro)) },
};

/// Drops what a suspended coroutine holds, in the order of its registers.
unsafe fn drop_registers(coro: &mut Coro) {
    unsafe {
        coro.forget_names();
        let (regs, count) = coro.owned_registers();
        coro.frame.flags |= super::coroutine::frame_flag::DONE;
        let locals = (coro.code().locals as usize).min(count);
        // CPython's frame_clear: the operand stack goes after the locals' turn begins at the top.
        for i in (locals..count).rev().chain(0..locals) {
            let value = std::ptr::replace(regs.add(i), Value::UNBOUND);
            value.dec();
        }
    }
}

fn visit_function(f: &Function, v: Visit) {
    v(*f.defaults);
    v(*f.kwdefaults);
    f.closure.iter().for_each(|c| v(**c));
    if let Some(extra) = f.extra.borrow().as_deref() {
        let fields = [&extra.name, &extra.qualname, &extra.doc, &extra.module, &extra.annotations, &extra.dict];
        fields.into_iter().flatten().for_each(|x| v(**x));
    }
}

fn visit_iter(iter: &Iter, v: Visit) {
    match &iter.state {
        IterState::Range { .. } | IterState::Done(_) => {}
        IterState::BigRange { next, step, .. } => {
            v(**next);
            v(**step);
        }
        IterState::List { list: x, .. }
        | IterState::ListReversed { list: x, .. }
        | IterState::Tuple { tuple: x, .. }
        | IterState::Str { text: x, .. }
        | IterState::Bytes { bytes: x, .. }
        | IterState::Dict { dict: x, .. }
        | IterState::Set { set: x, .. }
        | IterState::Sequence { object: x, .. }
        | IterState::SequenceReversed { object: x, .. } => v(**x),
        IterState::Call { callable: a, sentinel: b } | IterState::Filter { function: a, inner: b } => {
            v(**a);
            v(**b);
        }
        IterState::Enumerate { inner, next, steps } => {
            v(**inner);
            v(**next);
            v(**steps);
        }
        IterState::Zip { inners, steps, .. } => {
            inners.iter().for_each(|x| v(**x));
            v(**steps);
        }
        IterState::Native { data: inners, .. } => inners.iter().for_each(|x| v(**x)),
        IterState::Map { function, inners } => {
            v(**function);
            inners.iter().for_each(|x| v(**x));
        }
    }
}
