//! Context variables: contexts are copied when a task or callback is made, so copies share their content until one of them
//! changes.

use super::heap::{self, Header, Kind, Object};
use super::{Ref, Value};
use std::rc::Rc;

/// Variables and their values, in order of setting.
pub type Bindings = Vec<(Ref, Ref)>;

/// `contextvars.Context`
#[repr(C)]
pub struct Context {
    pub header: Header,
    pub bindings: Rc<Bindings>,
    /// `run` is under way.
    pub entered: bool,
}

// Safety: repr(C), header first.
unsafe impl Object for Context {
    const KIND: Kind = Kind::Context;
}

impl Context {
    pub fn alloc(bindings: Rc<Bindings>) -> Ref {
        heap::new(Context { header: heap::blank(Kind::Context), bindings, entered: false })
    }

    /// The value of a variable.
    pub fn get(&self, var: Value) -> Option<Value> {
        self.bindings.iter().find(|(v, _)| **v == var).map(|(_, value)| **value)
    }

    /// Sets a variable; gives what was there.
    pub fn set(&mut self, var: Value, value: Ref) -> Option<Ref> {
        let bindings = Rc::make_mut(&mut self.bindings);
        match bindings.iter_mut().find(|(v, _)| **v == var) {
            Some((_, slot)) => Some(std::mem::replace(slot, value)),
            None => {
                bindings.push((var.to_ref(), value));
                None
            }
        }
    }

    /// Removes a variable.
    pub fn remove(&mut self, var: Value) -> Option<Ref> {
        let at = self.bindings.iter().position(|(v, _)| **v == var)?;
        Some(Rc::make_mut(&mut self.bindings).remove(at).1)
    }
}

/// `contextvars.ContextVar`
#[repr(C)]
pub struct ContextVar {
    pub header: Header,
    pub name: Ref,
    /// Unbound if there is none.
    pub default: Ref,
}

// Safety: repr(C), header first.
unsafe impl Object for ContextVar {
    const KIND: Kind = Kind::ContextVar;
}

impl ContextVar {
    pub fn alloc(name: Ref, default: Ref) -> Ref {
        heap::new(ContextVar { header: heap::blank(Kind::ContextVar), name, default })
    }
}

/// `contextvars.Token`: what `ContextVar.set` replaced.
#[repr(C)]
pub struct Token {
    pub header: Header,
    pub var: Ref,
    /// Unbound if the variable had no value.
    pub old: Ref,
    /// The context in which it was set.
    pub context: Ref,
    pub used: bool,
}

// Safety: repr(C), header first.
unsafe impl Object for Token {
    const KIND: Kind = Kind::Token;
}

impl Token {
    pub fn alloc(var: Ref, old: Ref, context: Ref) -> Ref {
        heap::new(Token { header: heap::blank(Kind::Token), var, old, context, used: false })
    }
}
