//! Interned strings: one immortal `str` object for each name, so that names compare by word.

use super::text::Str;
use super::{Value, heap};
use rustc_hash::FxHashMap;
use std::cell::RefCell;

thread_local! {
    /// With room for the names of the built-ins.
    static ATOMS: RefCell<FxHashMap<Box<str>, Value>> =
        RefCell::new(FxHashMap::with_capacity_and_hasher(1500, Default::default()));
}

/// The interned `str` object of `name`; immortal, no reference is handed out.
pub fn intern(name: &str) -> Value {
    ATOMS.with_borrow_mut(|atoms| {
        if let Some(&atom) = atoms.get(name) {
            return atom;
        }
        let atom = Str::alloc(name).into_owned();
        // Safety: a fresh str object; this keeps it for ever.
        unsafe {
            (*atom.header()).rc = heap::IMMORTAL;
            (*atom.header()).aux |= Str::INTERNED;
        }
        atoms.insert(name.into(), atom);
        atom
    })
}

/// The interned object of a `str` value, if there is one already or `value` is one itself.
pub fn lookup(value: Value) -> Option<Value> {
    let text = value.get::<Str>()?;
    if text.header.aux & Str::INTERNED != 0 {
        return Some(value);
    }
    ATOMS.with_borrow(|atoms| atoms.get(text.as_str()).copied())
}

/// Interns a `str` value.
pub fn intern_value(value: Value) -> Value {
    match lookup(value) {
        Some(atom) => atom,
        None => value.get::<Str>().map_or(value, |text| intern(text.as_str())),
    }
}

macro_rules! names {
    ($($ident:ident = $text:literal,)*) => {
        /// Names the runtime itself uses, interned once.
        #[derive(Clone, Copy)]
        pub struct Names { $(pub $ident: Value,)* }
        impl Names {
            pub fn new() -> Names {
                Names { $($ident: intern($text),)* }
            }
        }
        impl Default for Names {
            fn default() -> Names { Names::new() }
        }
    };
}

names! {
    init = "__init__", new = "__new__", del = "__del__", call = "__call__", repr = "__repr__", str_ = "__str__",
    format = "__format__", hash = "__hash__", bool_ = "__bool__", len = "__len__", length_hint = "__length_hint__",
    getattr = "__getattr__", getattribute = "__getattribute__", setattr = "__setattr__", delattr = "__delattr__",
    get = "__get__", set = "__set__", delete = "__delete__", set_name = "__set_name__",
    init_subclass = "__init_subclass__", class_getitem = "__class_getitem__", mro_entries = "__mro_entries__",
    prepare = "__prepare__", orig_bases = "__orig_bases__", classcell = "__classcell__",
    getitem = "__getitem__", setitem = "__setitem__", delitem = "__delitem__", contains = "__contains__",
    missing = "__missing__", iter = "__iter__", next = "__next__", reversed = "__reversed__",
    enter = "__enter__", exit = "__exit__", aenter = "__aenter__", aexit = "__aexit__", await_ = "__await__",
    aiter = "__aiter__", anext = "__anext__", index = "__index__", int_ = "__int__", float_ = "__float__",
    trunc = "__trunc__", round = "__round__", ceil = "__ceil__", floor = "__floor__", divmod = "__divmod__", rdivmod = "__rdivmod__",
    abs = "__abs__", neg = "__neg__", pos = "__pos__", invert = "__invert__",
    eq = "__eq__", ne = "__ne__", lt = "__lt__", le = "__le__", gt = "__gt__", ge = "__ge__",
    bytes_ = "__bytes__", dir = "__dir__", instancecheck = "__instancecheck__", subclasscheck = "__subclasscheck__",
    class = "__class__", dict = "__dict__", doc = "__doc__", name = "__name__", qualname = "__qualname__",
    module = "__module__", bases = "__bases__", mro = "__mro__", slots = "__slots__", match_args = "__match_args__",
    annotations = "__annotations__", defaults = "__defaults__", kwdefaults = "__kwdefaults__", code = "__code__",
    wrapped = "__wrapped__", file = "__file__", path = "__path__", all = "__all__", build_class = "__build_class__",
    func = "__func__", self_ = "__self__", globals = "__globals__", closure = "__closure__",
    send = "send", throw = "throw", close = "close", value = "value", args = "args", cause = "__cause__",
    context = "__context__", suppress_context = "__suppress_context__", traceback = "__traceback__", notes = "__notes__",
    keys = "keys", items = "items", values = "values", print = "print", write = "write", flush = "flush",
    main = "__main__", builtins = "__builtins__", asyncio_future_blocking = "_asyncio_future_blocking",
}
