//! Arguments of natives: binding positional and keyword arguments to parameters, with the messages of CPython's argument
//! clinic; and the conversions that many natives need.

use crate::object::Value;
use crate::object::algo::Int;
use crate::object::algo::slice_index::saturate;
use crate::object::call::{Args, Outcome, Signal};
use crate::vm::Vm;
use crate::vm::errors::did_you_mean;

/// The parameters of a native, `self` left out.
pub struct Parameters<const N: usize> {
    /// For messages, without parentheses.
    pub function: &'static str,
    /// Names in order; an empty name is positional-only.
    pub names: [&'static str; N],
    /// How many of the first ones must be given.
    pub required: usize,
    /// How many of the first ones may be given by position.
    pub positional: usize,
}

impl<const N: usize> Parameters<N> {
    /// The arguments by parameter, after the first `skip` (`self`, or the class).
    ///
    /// # Errors
    /// TypeError as CPython words it.
    #[inline]
    pub fn bind(&self, vm: &mut Vm, args: Args, skip: usize) -> Outcome<[Option<Value>; N]> {
        let mut bound = [None; N];
        let given = &args.pos()[skip.min(args.pos().len())..];
        if args.names.is_empty() && given.len() <= self.positional && given.len() >= self.required {
            for (slot, value) in bound.iter_mut().zip(given) {
                *slot = Some(*value);
            }
            return Ok(bound);
        }
        self.bind_all(vm, args, given)
    }

    /// The arguments by parameter where some are given by name, or wrongly; `given` are those by position.
    fn bind_all(&self, vm: &mut Vm, args: Args, given: &[Value]) -> Outcome<[Option<Value>; N]> {
        let mut bound = [None; N];
        let count = given.len() + args.names.len();
        if given.len() > self.positional || count > N {
            return Err(self.too_many(vm, given.len(), count));
        }
        let unnamed = self.names[..self.required].iter().take_while(|name| name.is_empty()).count();
        if given.len() < unnamed {
            return Err(self.missing(vm, given.len(), given.len()));
        }
        for (slot, value) in bound.iter_mut().zip(given) {
            *slot = Some(*value);
        }
        for (name, value) in args.keywords() {
            let text = name.as_str().unwrap_or_default();
            let Some(at) = self.names.iter().position(|n| *n == text && !n.is_empty()) else {
                let function = self.function;
                let hint = did_you_mean(text, &self.names);
                return Err(vm.type_error(format!("{function}() got an unexpected keyword argument '{text}'{hint}")));
            };
            if bound[at].is_some() {
                let (function, position) = (self.function, at + 1);
                return Err(vm.type_error(format!(
                    "argument for {function}() given by name ('{text}') and position ({position})"
                )));
            }
            bound[at] = Some(value);
        }
        if let Some(at) = bound[..self.required].iter().position(Option::is_none) {
            return Err(self.missing(vm, at, count));
        }
        Ok(bound)
    }

    #[cold]
    fn too_many(&self, vm: &mut Vm, positional: usize, count: usize) -> Signal {
        let (function, most) = (self.function, self.positional);
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        if count > N || self.positional == N {
            let least = if self.required == N { "exactly" } else { "at most" };
            return vm.type_error(format!("{function}() takes {least} {N} argument{} ({count} given)", plural(N)));
        }
        if most == 0 {
            return vm.type_error(format!("{function}() takes no positional arguments"));
        }
        let least = if self.required >= most { "exactly" } else { "at most" };
        vm.type_error(format!(
            "{function}() takes {least} {most} positional argument{} ({positional} given)",
            plural(most)
        ))
    }

    #[cold]
    fn missing(&self, vm: &mut Vm, at: usize, count: usize) -> Signal {
        let (function, name) = (self.function, self.names[at]);
        if name.is_empty() {
            let required = self.names[..self.required].iter().take_while(|name| name.is_empty()).count();
            let least = if required == self.positional { "exactly" } else { "at least" };
            let plural = if required == 1 { "" } else { "s" };
            return vm.type_error(format!(
                "{function}() takes {least} {required} positional argument{plural} ({count} given)"
            ));
        }
        vm.type_error(format!("{function}() missing required argument '{name}' (pos {})", at + 1))
    }
}

impl Vm {
    /// An argument that CPython takes as a C int.
    ///
    /// # Errors
    /// TypeError if it is no index; OverflowError.
    pub fn c_int(&mut self, value: Value) -> Outcome<i64> {
        let int = self.index_value(value)?;
        match int.as_i64().filter(|i| i32::try_from(*i).is_ok()) {
            Some(int) => Ok(int),
            None => Err(self.overflow_error("Python int too large to convert to C int")),
        }
    }

    /// A slice bound: None, or an index cut to the range of `i64`.
    ///
    /// # Errors
    /// TypeError: `slice indices must be integers or None or have an __index__ method`.
    pub fn bound(&mut self, value: Option<Value>) -> Outcome<Option<i64>> {
        let Some(value) = value.filter(|v| !v.is_none()) else { return Ok(None) };
        if value.is_int() {
            return Ok(Some(value.as_small_int()));
        }
        let index = self.names.index;
        if value.as_int().is_none() && self.overriding(value, index).is_none() {
            return Err(self.type_error("slice indices must be integers or None or have an __index__ method"));
        }
        let int = self.index_value(value)?;
        Ok(int.as_int().map(|int| saturate(&Int::from(int))))
    }

    /// A count that is negative for "all" (`maxsplit`, `count`).
    ///
    /// # Errors
    /// TypeError if it is no index.
    pub fn count_limit(&mut self, value: Option<Value>) -> Outcome<Option<usize>> {
        match value {
            None => Ok(None),
            Some(value) => {
                let count = self.index(value)?;
                Ok(usize::try_from(count).ok())
            }
        }
    }

    /// A str argument.
    ///
    /// # Errors
    /// TypeError: `f() argument N must be str, not X`, worded by `what`.
    pub fn text_arg<'a>(&mut self, value: &'a Value, what: &str) -> Outcome<&'a str> {
        match value.as_str() {
            Some(text) => Ok(text),
            None => {
                let name = self.arg_type_name(*value);
                Err(self.type_error(format!("{what} must be str, not {name}")))
            }
        }
    }

    /// How argument errors name a value: its type, or `None`.
    pub fn arg_type_name(&self, value: Value) -> String {
        if value.is_none() { "None".to_owned() } else { self.type_name(value) }
    }
}
