//! What the heap does for each kind: the one table from kinds to their Rust types.

use super::code::Code;
use super::container::{List, Range, Slice, Tuple};
use super::context::{Context, ContextVar, Token};
use super::coroutine::{AsyncStep, Coro, CoroutineWrapper};
use super::dict::Dict;
use super::exception::Exception;
use super::function::{BoundMethod, CellObj, ClassMethod, Function, Module, Native, Property, StaticMethod, Super};
use super::future::{Future, Handle, Task, Wait};
use super::heap::{self, Kind, KindOps};
use super::iter::{DictView, Iter, IterState};
use super::number::{BigIntObj, FloatObj};
use super::opaque::Opaque;
use super::reflect::{FrameObj, GenericAlias, MappingProxy, Traceback, Union};
use super::set::{FrozenSet, Set};
use super::text::{ByteArray, Bytes, Str};
use super::types::{Instance, TypeObj};
use super::{Ref, Value};

type Visit<'a> = &'a mut dyn FnMut(Value);

/// Registers all kinds; once for each thread that runs Coro code.
pub fn register_all() {
    leaf::<BigIntObj>();
    leaf::<FloatObj>();
    leaf::<Bytes>();
    leaf::<ByteArray>();
    heap::register(Kind::Str, KindOps { size: |h| unsafe { (*(h as *mut Str)).object_size() }, ..leaf_ops::<Str>() });
    heap::register(
        Kind::Tuple,
        KindOps {
            drop_payload: |h| unsafe { (*(h as *mut Tuple)).drop_items() },
            size: |h| unsafe { (*(h as *mut Tuple)).object_size() },
            visit: |h, v| unsafe { (*(h as *mut Tuple)).values().iter().for_each(|x| v(*x)) },
            clear: |_| {},
            container: true,
        },
    );
    node::<List>(|l, v| l.items.iter().for_each(|x| v(**x)), |l| drop(std::mem::take(&mut l.items)));
    node::<Dict>(
        |d, v| {
            d.iter().for_each(|e| {
                v(*e.key);
                v(*e.value);
            })
        },
        |d| drop(d.clear()),
    );
    node::<Set>(|s, v| s.table.iter().for_each(|(_, k)| v(k)), |s| drop(s.table.clear()));
    node::<FrozenSet>(|s, v| s.table.iter().for_each(|(_, k)| v(k)), |s| drop(s.table.clear()));
    node::<Range>(|r, v| [&r.start, &r.stop, &r.step].into_iter().for_each(|x| v(**x)), |_| {});
    node::<Slice>(|r, v| [&r.start, &r.stop, &r.step].into_iter().for_each(|x| v(**x)), |_| {});
    node::<Function>(visit_function, |f| {
        f.defaults.take();
        f.kwdefaults.take();
        f.closure = Box::default();
        f.extra.take();
    });
    leaf::<Native>();
    node::<BoundMethod>(
        |m, v| {
            v(*m.func);
            v(*m.receiver);
        },
        |_| {},
    );
    node::<CellObj>(|c, v| v(*c.value), |c| drop(std::mem::replace(&mut c.value, Ref::UNBOUND)));
    for kind in [Kind::Generator, Kind::Coroutine, Kind::AsyncGenerator] {
        heap::register(kind, coroutine_ops());
    }
    node::<AsyncStep>(
        |s, v| {
            v(*s.generator);
            v(*s.value);
        },
        |s| {
            s.generator.take();
            s.value.take();
        },
    );
    node::<CoroutineWrapper>(|w, v| v(*w.coroutine), |w| drop(w.coroutine.take()));
    node::<Exception>(
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
    leaf::<Code>();
    leaf::<TypeObj>();
    heap::register(
        Kind::Instance,
        KindOps {
            drop_payload: |h| unsafe { drop_instance(h as *mut Instance) },
            size: |h| unsafe { (*(h as *mut Instance)).object_size() },
            visit: |h, v| unsafe { visit_instance(&*(h as *mut Instance), v) },
            clear: |h| unsafe { clear_instance(&*(h as *mut Instance)) },
            container: true,
        },
    );
    node::<Module>(|m, v| v(*m.name), |_| {});
    node::<Property>(|p, v| [&p.getter, &p.setter, &p.deleter, &p.doc].into_iter().for_each(|x| v(**x)), |_| {});
    node::<StaticMethod>(|m, v| v(*m.func), |_| {});
    node::<ClassMethod>(|m, v| v(*m.func), |_| {});
    node::<Super>(|s, v| [&s.class, &s.object, &s.object_type].into_iter().for_each(|x| v(**x)), |_| {});
    node::<Iter>(visit_iter, |i| i.state = IterState::Done(super::iter::IterType::Native));
    node::<DictView>(|d, v| v(*d.dict), |_| {});
    node::<MappingProxy>(|m, v| v(*m.mapping), |_| {});
    node::<GenericAlias>(
        |g, v| {
            v(*g.origin);
            v(*g.args);
        },
        |_| {},
    );
    node::<Union>(|u, v| v(*u.args), |_| {});
    node::<FrameObj>(|f, v| v(*f.back), |_| {});
    leaf::<Traceback>();
    node::<Future>(|f, v| f.visit(v), |f| f.clear());
    node::<Task>(|t, v| t.visit(v), |t| t.clear());
    node::<Wait>(
        |w, v| {
            v(*w.source);
            v(*w.value);
        },
        |w| drop((w.source.take(), w.value.take())),
    );
    node::<Handle>(|h, v| h.visit(v), |h| h.clear());
    node::<Context>(
        |c, v| {
            c.bindings.iter().for_each(|(var, value)| {
                v(**var);
                v(**value);
            })
        },
        |c| drop(std::mem::take(&mut c.bindings)),
    );
    node::<ContextVar>(|c, v| v(*c.default), |c| drop(c.default.take()));
    node::<Token>(|t, v| [&t.var, &t.old, &t.context].into_iter().for_each(|x| v(**x)), |t| drop(t.old.take()));
    node::<Opaque>(|o, v| o.data.visit(v), |o| o.data.clear());
}

fn leaf_ops<T: heap::Object>() -> KindOps {
    KindOps {
        // Safety: called by the heap with an object of this kind, once.
        drop_payload: |h| unsafe { std::ptr::drop_in_place(h as *mut T) },
        size: |_| size_of::<T>(),
        visit: |_, _| {},
        clear: |_| {},
        container: false,
    }
}

fn leaf<T: heap::Object>() {
    heap::register(T::KIND, leaf_ops::<T>());
}

/// A kind with references: how to visit and how to clear them. (The functions are stored per kind through a trait-less
/// table, so that they may be plain closures.)
fn node<T: heap::Object + 'static>(visit: fn(&T, Visit), clear: fn(&mut T)) {
    register_node::<T>(visit, clear);
}

thread_local! {
    static NODES: std::cell::RefCell<[Option<(usize, usize)>; heap::KIND_COUNT]> =
        const { std::cell::RefCell::new([None; heap::KIND_COUNT]) };
}

fn register_node<T: heap::Object + 'static>(visit: fn(&T, Visit), clear: fn(&mut T)) {
    NODES.with_borrow_mut(|nodes| nodes[T::KIND as usize] = Some((visit as usize, clear as usize)));
    heap::register(
        T::KIND,
        KindOps {
            // Safety: functions of exactly these types were stored for this kind just above.
            visit: |h, v| unsafe {
                if let Some((visit, _)) = NODES.with_borrow(|nodes| nodes[T::KIND as usize]) {
                    std::mem::transmute::<usize, fn(&T, Visit)>(visit)(&*(h as *mut T), v)
                }
            },
            clear: |h| unsafe {
                if let Some((_, clear)) = NODES.with_borrow(|nodes| nodes[T::KIND as usize]) {
                    std::mem::transmute::<usize, fn(&mut T)>(clear)(&mut *(h as *mut T))
                }
            },
            container: true,
            ..leaf_ops::<T>()
        },
    );
}

fn coroutine_ops() -> KindOps {
    KindOps {
        drop_payload: |h| unsafe { drop_registers(&mut *(h as *mut Coro)) },
        size: |h| unsafe { (*(h as *mut Coro)).object_size() },
        visit: |h, v| unsafe {
            let coro = &*(h as *mut Coro);
            if !coro.has(super::coroutine::frame_flag::RUNNING) {
                let (regs, count) = coro.owned_registers();
                (0..count).for_each(|i| v(*regs.add(i)));
            }
        },
        clear: |h| unsafe { drop_registers(&mut *(h as *mut Coro)) },
        container: true,
    }
}

/// Drops what a suspended coroutine holds, in the order of its registers.
unsafe fn drop_registers(coro: &mut Coro) {
    unsafe {
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

fn visit_instance(instance: &Instance, v: Visit) {
    for i in 0..instance.header.aux {
        v(instance.get_slot(i));
    }
    if let Some(overflow) = instance.overflow.borrow().as_deref() {
        overflow.iter().for_each(|x| v(**x));
    }
}

fn clear_instance(instance: &Instance) {
    for i in 0..instance.header.aux {
        drop(instance.set_slot(i, Ref::UNBOUND));
    }
    let overflow = instance.overflow.borrow_mut().take();
    drop(overflow);
}

unsafe fn drop_instance(instance: *mut Instance) {
    unsafe {
        clear_instance(&*instance);
        std::ptr::drop_in_place(&raw mut (*instance).overflow);
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
