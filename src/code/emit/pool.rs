//! The tables beside the instructions: constants, globals, sites. They are indexed by 16 bits in most instructions, so
//! each says when it is full; the function is then refused with a message.

use crate::code::{CallSite, Constant, FunctionSite, IntrinsicSite};
use crate::mir::{Const, Name};
use std::collections::HashMap;
use std::rc::Rc;

/// The module's globals by number, over all functions of a unit.
#[derive(Default)]
pub(super) struct Globals {
    pub names: Vec<Rc<str>>,
    numbers: HashMap<Rc<str>, i32>,
}

impl Globals {
    pub fn number(&mut self, name: &Name) -> i32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.names.len() as i32;
        self.names.push(name.clone());
        self.numbers.insert(name.clone(), number);
        number
    }
}

/// The tables of one function.
#[derive(Default)]
pub(super) struct Pool {
    pub constants: Vec<Constant>,
    numbers: HashMap<Key, u32>,
    pub caches: Vec<Rc<str>>,
    pub call_sites: Vec<CallSite>,
    pub function_sites: Vec<FunctionSite>,
    pub intrinsic_sites: Vec<IntrinsicSite>,
    /// What there is too much of, if anything.
    pub overflow: Option<&'static str>,
}

impl Pool {
    pub fn constant(&mut self, value: &Const) -> i32 {
        let constants = &mut self.constants;
        let number = *self.numbers.entry(key(value)).or_insert_with(|| {
            constants.push(constant(value));
            constants.len() as u32 - 1
        });
        number as i32
    }

    /// A name as a constant with a 16-bit number.
    pub fn name(&mut self, name: &Name) -> u16 {
        let number = self.constant(&Const::Str(name.clone())) as usize;
        self.narrow(number, "constants")
    }

    pub fn cache(&mut self, name: &Name) -> u16 {
        self.caches.push(name.clone());
        self.narrow(self.caches.len() - 1, "attribute accesses")
    }

    pub fn call_site(&mut self, site: CallSite) -> u16 {
        self.call_sites.push(site);
        self.narrow(self.call_sites.len() - 1, "calls")
    }

    pub fn function_site(&mut self, site: FunctionSite) -> u16 {
        self.function_sites.push(site);
        self.narrow(self.function_sites.len() - 1, "functions")
    }

    pub fn intrinsic_site(&mut self, site: IntrinsicSite) -> u16 {
        self.intrinsic_sites.push(site);
        self.narrow(self.intrinsic_sites.len() - 1, "operations")
    }

    /// `n` as 16 bits; too large: remembers that there are too many `what`.
    pub fn narrow(&mut self, n: usize, what: &'static str) -> u16 {
        u16::try_from(n).unwrap_or_else(|_| {
            self.overflow.get_or_insert(what);
            0
        })
    }
}

/// Two constants with the same key may share a number: `1`, `1.0` and `True` may not.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Singleton(u8),
    Int(i64),
    Big(Rc<num_bigint::BigInt>),
    Float(u64),
    Str(Rc<str>),
    Bytes(Rc<[u8]>),
    Tuple(Vec<Key>),
}

fn key(value: &Const) -> Key {
    match value {
        Const::None => Key::Singleton(0),
        Const::False => Key::Singleton(1),
        Const::True => Key::Singleton(2),
        Const::Ellipsis => Key::Singleton(3),
        Const::Int(i) => Key::Int(*i),
        Const::BigInt(i) => Key::Big(i.clone()),
        Const::Float(x) => Key::Float(x.to_bits()),
        Const::Str(s) => Key::Str(s.clone()),
        Const::Bytes(b) => Key::Bytes(b.clone()),
        Const::Tuple(items) => Key::Tuple(items.iter().map(key).collect()),
    }
}

fn constant(value: &Const) -> Constant {
    match value {
        Const::None => Constant::None,
        Const::True => Constant::True,
        Const::False => Constant::False,
        Const::Ellipsis => Constant::Ellipsis,
        Const::Int(i) => Constant::Int(*i),
        Const::BigInt(i) => Constant::BigInt(i.clone()),
        Const::Float(x) => Constant::Float(*x),
        Const::Str(s) => Constant::Str(s.clone()),
        Const::Bytes(b) => Constant::Bytes(b.clone()),
        Const::Tuple(items) => Constant::Tuple(items.iter().map(constant).collect()),
    }
}
