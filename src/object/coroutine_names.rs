//! Names of coroutine objects that differ from their code's: the function was renamed before the call, or the object was.
//! Few have any, so that they are kept beside the objects.

use super::Ref;
use super::coroutine::Coro;
use super::function::Function;
use rustc_hash::FxHashMap;
use std::cell::RefCell;

/// `Header::aux` of a coroutine object: it has an entry.
const NAMED: u16 = 1;

/// `__name__` and `__qualname__`.
#[derive(Clone)]
pub struct Names {
    pub name: Ref,
    pub qualname: Ref,
}

thread_local! {
    /// By the object's address.
    static NAMES: RefCell<FxHashMap<usize, Names>> = RefCell::default();
}

impl Coro {
    pub fn names(&self) -> Names {
        let own = || NAMES.with_borrow(|names| names.get(&(self as *const Coro as usize)).cloned());
        let named = if self.header.aux & NAMED != 0 { own() } else { None };
        named.unwrap_or_else(|| {
            let info = &self.code().info;
            Names { name: info.name.to_ref(), qualname: info.qualname.to_ref() }
        })
    }

    pub fn rename(&mut self, names: Names) {
        self.header.aux |= NAMED;
        let old = NAMES.with_borrow_mut(|table| table.insert(self as *const Coro as usize, names));
        drop(old);
    }

    /// Takes over the names that were set on the function.
    #[inline(always)]
    pub fn name_after(&mut self, function: &Function) {
        if function.extra.borrow().is_some() {
            self.take_names(function);
        }
    }

    #[cold]
    fn take_names(&mut self, function: &Function) {
        let extra = function.extra.borrow();
        let Some(extra) = extra.as_deref().filter(|e| e.name.is_some() || e.qualname.is_some()) else { return };
        let Names { name, qualname } = self.names();
        let names =
            Names { name: extra.name.clone().unwrap_or(name), qualname: extra.qualname.clone().unwrap_or(qualname) };
        self.rename(names);
    }

    /// The object dies.
    pub(super) fn forget_names(&mut self) {
        if self.header.aux & NAMED != 0 {
            self.header.aux &= !NAMED;
            let old = NAMES.with_borrow_mut(|table| table.remove(&(self as *const Coro as usize)));
            drop(old);
        }
    }
}
