//! Errors of calling functions that are written in Coro here and in C in CPython: worded as its built-ins word them
//! (`bisect_left() missing required argument 'x' (pos 2)`, `heappush expected 2 arguments, got 1`).

use super::Vm;
use crate::object::call::Signal;
use crate::object::function::Function;

/// What the messages are made of; `self` is left out of every number.
struct Face {
    /// As messages name it: a constructor by its class.
    name: String,
    /// 1 for methods.
    own: usize,
    constructor: bool,
    required: usize,
    /// Parameters that may be given by position.
    most: usize,
    keyword_only: usize,
    /// No parameter may be given by name.
    positional_only: bool,
    varargs: bool,
}

impl Face {
    fn of(f: &Function) -> Face {
        let code = f.code;
        let qualname = code.info.qualname.as_str().unwrap_or("?");
        let (class, name) = match qualname.rsplit_once('.') {
            Some((class, name)) if !class.ends_with("<locals>") => (Some(class), name),
            _ => (None, qualname.rsplit('.').next().unwrap_or(qualname)),
        };
        let constructor = class.is_some() && matches!(name, "__init__" | "__new__" | "__call__");
        let own = usize::from(class.is_some());
        let positional = code.positional as usize;
        let defaults = f.defaults.as_sequence().map_or(0, <[_]>::len);
        Face {
            name: if constructor { class.unwrap_or(name).to_owned() } else { name.to_owned() },
            own,
            constructor,
            required: (positional - defaults.min(positional)).saturating_sub(own),
            most: positional.saturating_sub(own),
            keyword_only: code.kwonly as usize,
            positional_only: code.info.data.posonly as usize == positional && code.kwonly == 0,
            varargs: code.info.data.varargs,
        }
    }

    /// How a function without named parameters says that `given` arguments are too few or too many.
    fn count_error(&self, module: &str, given: usize) -> String {
        let Face { name, required, most, .. } = self;
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let full = if self.constructor || self.own > 0 { name.clone() } else { format!("{module}.{name}") };
        if *most == 0 && !self.varargs {
            return format!("{full}() takes no arguments ({given} given)");
        }
        if required == most && *most == 1 && !self.constructor && !self.varargs {
            return format!("{full}() takes exactly one argument ({given} given)");
        }
        let alone = self.varargs && self.constructor && *required == 1;
        if alone || required == most && !self.varargs {
            format!("{name} expected {required} argument{}, got {given}", plural(*required))
        } else if given < *required {
            format!("{name} expected at least {required} argument{}, got {given}", plural(*required))
        } else {
            format!("{name} expected at most {most} argument{}, got {given}", plural(*most))
        }
    }
}

impl Vm {
    /// A required argument is missing: the first one is number `at`, and there are `count` of them.
    #[cold]
    pub(super) fn builtin_missing(&mut self, f: &Function, at: usize, count: usize) -> Signal {
        let face = Face::of(f);
        if at < f.code.info.data.posonly as usize {
            let message = face.count_error(&module_of(f), face.required.saturating_sub(count));
            return self.type_error(message);
        }
        let parameter = f.code.info.local_names.get(at).and_then(|name| name.as_str()).unwrap_or("?");
        let (name, place) = (&face.name, at + 1 - face.own.min(at));
        self.type_error(format!("{name}() missing required argument '{parameter}' (pos {place})"))
    }

    /// `given` arguments by position are too many.
    #[cold]
    pub(super) fn builtin_too_many(&mut self, f: &Function, given: usize) -> Signal {
        let face = Face::of(f);
        let given = given.saturating_sub(face.own);
        if face.positional_only {
            let message = face.count_error(&module_of(f), given);
            return self.type_error(message);
        }
        let Face { name, most, .. } = &face;
        let least = if face.required == *most { "exactly" } else { "at most" };
        let what = if face.keyword_only > 0 { "positional argument" } else { "argument" };
        let plural = if *most == 1 { "" } else { "s" };
        self.type_error(format!("{name}() takes {least} {most} {what}{plural} ({given} given)"))
    }

    /// A function that takes no keyword arguments at all got one; None if it takes some.
    #[cold]
    pub(super) fn builtin_refuses_keywords(&mut self, f: &Function) -> Option<Signal> {
        let face = Face::of(f);
        if !face.positional_only {
            return None;
        }
        let full = if face.own > 0 { face.name } else { format!("{}.{}", module_of(f), face.name) };
        Some(self.type_error(format!("{full}() takes no keyword arguments")))
    }
}

/// The name of the module that a function is from.
fn module_of(f: &Function) -> String {
    let globals = f.code.info.unit.globals;
    globals.name.borrow().as_str().unwrap_or("?").to_owned()
}
