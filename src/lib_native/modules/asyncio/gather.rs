//! `asyncio.gather`: natively, since every program uses it and it has one callback for each child.

use super::{functions, future, usual_loop};
use crate::lib_native::arguments::Parameters;
use crate::natives;
use crate::object::call::{Args, Outcome};
use crate::object::future::{Future, fut};
use crate::object::opaque::OpaqueData;
use crate::object::{Ref, Value};
use crate::vm::Vm;
use crate::vm::native::MANY;
use rustc_hash::FxHashMap;

natives! {
    FUNCTIONS;
    "gather", gather, 0, MANY, keywords;
}

/// What the outer future of a gather knows while it is pending.
struct Gather {
    /// One for each argument; the same one more than once if it was given so.
    children: Vec<Ref>,
    /// Distinct children that are not done.
    left: usize,
    return_exceptions: bool,
}

impl OpaqueData for Gather {
    fn visit(&self, visit: &mut dyn FnMut(Value)) {
        self.children.iter().for_each(|c| visit(**c));
    }

    fn clear(&mut self) {
        drop(std::mem::take(&mut self.children));
    }
}

/// The children of a gather's state.
pub(super) fn children(state: &Value) -> &[Ref] {
    state.opaque::<Gather>().map_or(&[], |g| &g.children)
}

fn gather(vm: &mut Vm, args: Args) -> Outcome {
    const PARAMETERS: Parameters<2> =
        Parameters { function: "gather", names: ["return_exceptions", "loop"], required: 0, positional: 0 };
    let names = Args { values: &args.values[args.pos().len()..], names: args.names };
    let [return_exceptions, event_loop] = PARAMETERS.bind(vm, names, 0)?;
    let return_exceptions = return_exceptions.map_or(Ok(false), |v| vm.truth(v))?;
    let mut event_loop = event_loop.map_or(Ref::NONE, |v| v.to_ref());
    let mut children = Vec::with_capacity(args.pos().len());
    let mut seen: FxHashMap<Value, Ref> = FxHashMap::default();
    let mut distinct = Vec::with_capacity(args.pos().len());
    for &argument in args.pos() {
        if let Some(known) = seen.get(&argument) {
            children.push(known.clone());
            continue;
        }
        let child = functions::ensure_future(vm, argument, *event_loop)?;
        if event_loop.is_none() {
            event_loop = loop_of(vm, &child)?;
        }
        if *child != argument
            && let Some(object) = child.as_future()
        {
            object.set(fut::QUIET, true);
        }
        seen.insert(argument, child.clone());
        distinct.push(child.clone());
        children.push(child);
    }
    if event_loop.is_none() {
        event_loop = usual_loop(vm)?;
    }
    let outer = Future::alloc(event_loop);
    if children.is_empty() {
        future::finish(vm, &outer, fut::FINISHED, Ref::list(Vec::new()))?;
        return Ok(outer);
    }
    watch(vm, &outer, children, distinct, return_exceptions)?;
    Ok(outer)
}

fn loop_of(vm: &mut Vm, child: &Ref) -> Outcome {
    match child.as_future() {
        Some(future) => Ok(future.event_loop.clone()),
        None => {
            let name = vm.atom("get_loop");
            let get_loop = vm.get_attr(**child, name)?;
            vm.call_values(*get_loop, &[])
        }
    }
}

/// Registers the outer future with its children; those that are done count at once.
fn watch(vm: &mut Vm, outer: &Ref, children: Vec<Ref>, distinct: Vec<Ref>, return_exceptions: bool) -> Outcome<()> {
    let class = vm.types.object;
    let state = Ref::opaque(class, Gather { children, left: distinct.len(), return_exceptions });
    if let Some(object) = outer.as_future() {
        object.set(fut::GATHER, true);
        object.result = state;
    }
    let mut done = Vec::new();
    for child in distinct {
        match child.as_future() {
            Some(object) if object.is_done() => done.push(child),
            Some(object) => object.add(outer.clone(), Ref::NONE),
            None => {
                let name = vm.atom("add_done_callback");
                let add = vm.get_attr(*child, name)?;
                let callback = functions::bound(vm, "_gather_child_done", outer.clone());
                vm.call_values(*add, &[*callback])?;
            }
        }
    }
    for child in done {
        child_done(vm, outer, &child)?;
    }
    Ok(())
}

/// `child` is done.
pub(super) fn child_done(vm: &mut Vm, outer: &Ref, child: &Ref) -> Outcome<()> {
    let Some(object) = outer.as_future() else { return Ok(()) };
    if object.is_done() || !object.has(fut::GATHER) {
        // Nobody will ask for it any more.
        if let Some(child) = child.as_future() {
            child.set(fut::UNSEEN, false);
        }
        return Ok(());
    }
    let state = object.result.clone();
    let Some(gather) = state.opaque::<Gather>() else { return Ok(()) };
    gather.left -= 1;
    if !gather.return_exceptions
        && let Some(exc) = failure(vm, child)?
    {
        return future::finish(vm, outer, fut::FAILED, exc);
    }
    if gather.left > 0 {
        return Ok(());
    }
    let children = gather.children.clone();
    let results = children.iter().map(|c| outcome(vm, c)).collect::<Outcome<Vec<Ref>>>()?;
    let asked = outer.as_future().is_some_and(|o| o.has(fut::CANCEL_ASKED));
    if asked {
        // The cancellation reached the children but none of them failed by it, or exceptions are results.
        let cancelled = child.as_future().is_some_and(|c| c.is_cancelled());
        let exc = if cancelled { vm.cancelled_error(**child) } else { vm.new_cancelled_error(&Ref::NONE) };
        return future::finish(vm, outer, fut::FAILED, exc);
    }
    future::finish(vm, outer, fut::FINISHED, Ref::list(results))
}

/// The exception of a child, seen; None if it has a result.
fn failure(vm: &mut Vm, child: &Ref) -> Outcome<Option<Ref>> {
    match child.as_future() {
        Some(object) => Ok(match object.state() {
            fut::CANCELLED => Some(vm.cancelled_error(**child)),
            fut::FAILED => {
                object.set(fut::UNSEEN, false);
                Some(object.result.clone())
            }
            _ => None,
        }),
        None => {
            let name = vm.atom("exception");
            let method = vm.get_attr(**child, name)?;
            let exc = match vm.call_values(*method, &[]) {
                Ok(exc) => exc,
                Err(_) => vm.take_raised(),
            };
            Ok((!exc.is_none()).then_some(exc))
        }
    }
}

/// The result or exception of a child.
fn outcome(vm: &mut Vm, child: &Ref) -> Outcome {
    if let Some(object) = child.as_future()
        && object.is_cancelled()
    {
        let message = if object.has(fut::HAS_ERROR) { Ref::NONE } else { object.result.clone() };
        return Ok(match message.is_none() {
            // As CPython has it: an empty text.
            true => vm.new_cancelled_error(&Ref::str("")),
            false => vm.new_cancelled_error(&message),
        });
    }
    if let Some(exc) = failure(vm, child)? {
        return Ok(exc);
    }
    match child.as_future() {
        Some(_) => vm.future_result(**child),
        None => {
            let name = vm.atom("result");
            let method = vm.get_attr(**child, name)?;
            vm.call_values(*method, &[])
        }
    }
}

/// Whether a future is a gather's and pending.
pub(super) fn is_gathering(value: Value) -> bool {
    value.as_future().is_some_and(|f| f.has(fut::GATHER) && !f.is_done())
}
