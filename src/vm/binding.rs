//! Binding: arguments to parameters, with defaults, keywords and the errors of both.

use super::Vm;
use super::calls::bind_free;
use crate::object::call::{Outcome, Signal};
use crate::object::container::Tuple;
use crate::object::function::Function;
use crate::object::{Ref, Value};

impl Vm {
    /// Fills the local registers of a new frame: arguments, defaults, free variables. On error nothing is left in them.
    pub(super) unsafe fn bind(
        &mut self,
        f: &Function,
        args: Vec<Ref>,
        names: &[Value],
        regs: *mut Value,
    ) -> Outcome<()> {
        unsafe {
            let code = f.code;
            for i in 0..code.locals as usize {
                regs.add(i).write(Value::UNBOUND);
            }
            let positional = args.len() - names.len();
            let result = if code.simple && names.is_empty() && positional == code.positional as usize {
                for (i, arg) in args.into_iter().enumerate() {
                    regs.add(i).write(arg.into_owned());
                }
                Ok(())
            } else {
                self.bind_general(f, args, names, regs)
            };
            if result.is_err() {
                for i in 0..code.locals as usize {
                    std::ptr::replace(regs.add(i), Value::UNBOUND).dec();
                }
                return result;
            }
            bind_free(f, regs);
            Ok(())
        }
    }

    unsafe fn bind_general(&mut self, f: &Function, args: Vec<Ref>, names: &[Value], regs: *mut Value) -> Outcome<()> {
        unsafe {
            let code = f.code;
            let data = &code.info.data;
            let given = args.len() - names.len();
            let npos = code.positional as usize;
            let nkw = code.kwonly as usize;
            let mut args = args.into_iter();
            for i in 0..given.min(npos) {
                regs.add(i).write(args.next().map_or(Value::NONE, Ref::into_owned));
            }
            let surplus = given.saturating_sub(npos);
            let mut slot = npos + nkw;
            if data.varargs {
                regs.add(slot).write(Tuple::from_iter(args.by_ref().take(surplus)).into_owned());
                slot += 1;
            } else {
                args.by_ref().take(surplus).for_each(drop);
            }
            let mut extra = data.varkw.then(crate::object::dict::Dict::new);
            for (name, value) in names.iter().zip(args) {
                let at = (data.posonly as usize..npos + nkw).find(|&i| code.info.local_names[i] == *name);
                match (at, &mut extra) {
                    (Some(at), _) if (*regs.add(at)).is_unbound() => regs.add(at).write(value.into_owned()),
                    (Some(_), _) => {
                        let message =
                            format!("{}() got multiple values for argument '{}'", function_name(f), text(*name));
                        return Err(self.type_error(message));
                    }
                    (None, Some(dict)) => {
                        dict.set_atom(*name, value);
                    }
                    (None, None) => return Err(self.unexpected_keyword(f, *name, names)),
                }
            }
            if let Some(dict) = extra {
                regs.add(slot).write(crate::object::dict::Dict::alloc(dict).into_owned());
            }
            if surplus > 0 && !data.varargs {
                if code.info.builtin.get() {
                    return Err(self.builtin_too_many(f, given));
                }
                return Err(self.too_many(f, given, regs));
            }
            self.fill_defaults(f, regs)
        }
    }

    unsafe fn fill_defaults(&mut self, f: &Function, regs: *mut Value) -> Outcome<()> {
        unsafe {
            let code = f.code;
            let (npos, nkw) = (code.positional as usize, code.kwonly as usize);
            let defaults = f.defaults.as_sequence().unwrap_or(&[]);
            let first = npos - defaults.len().min(npos);
            let mut missing = Vec::new();
            for i in 0..npos {
                if (*regs.add(i)).is_unbound() {
                    match i.checked_sub(first).and_then(|d| defaults.get(d)) {
                        Some(default) => regs.add(i).write(default.clone().into_owned()),
                        None => missing.push(text(code.info.local_names[i])),
                    }
                }
            }
            if !missing.is_empty() {
                if code.info.builtin.get() {
                    let at = (0..npos).find(|&i| (*regs.add(i)).is_unbound()).unwrap_or(0);
                    return Err(self.builtin_missing(f, at, missing.len()));
                }
                return Err(self.missing(f, "positional", &missing));
            }
            for i in npos..npos + nkw {
                if (*regs.add(i)).is_unbound() {
                    let name = code.info.local_names[i];
                    match f.kwdefaults.get::<crate::object::dict::Dict>().and_then(|d| d.get_atom(name)) {
                        Some(default) => regs.add(i).write(default.to_ref().into_owned()),
                        None => missing.push(text(name)),
                    }
                }
            }
            if missing.is_empty() { Ok(()) } else { Err(self.missing(f, "keyword-only", &missing)) }
        }
    }

    #[cold]
    fn missing(&mut self, f: &Function, what: &str, names: &[String]) -> Signal {
        let quoted: Vec<String> = names.iter().map(|n| format!("'{n}'")).collect();
        let list = match &quoted[..] {
            [one] => one.clone(),
            [a, b] => format!("{a} and {b}"),
            [most @ .., last] => format!("{}, and {last}", most.join(", ")),
            [] => String::new(),
        };
        let plural = if names.len() == 1 { "" } else { "s" };
        let count = names.len();
        self.type_error(format!("{}() missing {count} required {what} argument{plural}: {list}", function_name(f)))
    }

    #[cold]
    unsafe fn too_many(&mut self, f: &Function, given: usize, regs: *mut Value) -> Signal {
        unsafe {
            let code = f.code;
            let (npos, nkw) = (code.positional as usize, code.kwonly as usize);
            let kwonly_given = (npos..npos + nkw).filter(|&i| !(*regs.add(i)).is_unbound()).count();
            let defaults = f.defaults.as_sequence().map_or(0, <[Ref]>::len);
            let (takes, plural) = if defaults > 0 {
                (format!("from {} to {npos}", npos - defaults), true)
            } else {
                (npos.to_string(), npos != 1)
            };
            let s = if plural { "s" } else { "" };
            let (extra, were) = if kwonly_given > 0 {
                let ks = if kwonly_given == 1 { "" } else { "s" };
                let gs = if given == 1 { "" } else { "s" };
                (format!(" positional argument{gs} (and {kwonly_given} keyword-only argument{ks})"), "were")
            } else {
                (String::new(), if given == 1 { "was" } else { "were" })
            };
            let name = function_name(f);
            self.type_error(format!("{name}() takes {takes} positional argument{s} but {given}{extra} {were} given"))
        }
    }

    #[cold]
    fn unexpected_keyword(&mut self, f: &Function, name: Value, names: &[Value]) -> Signal {
        let code = f.code;
        if code.info.builtin.get()
            && let Some(signal) = self.builtin_refuses_keywords(f)
        {
            return signal;
        }
        let posonly = &code.info.local_names[..code.info.data.posonly as usize];
        let given_posonly: Vec<String> = posonly.iter().filter(|p| names.contains(p)).map(|p| text(*p)).collect();
        if !given_posonly.is_empty() {
            let list = given_posonly.join(", ");
            let what = "got some positional-only arguments passed as keyword arguments";
            return self.type_error(format!("{}() {what}: '{list}'", function_name(f)));
        }
        let wanted = text(name);
        let known = &code.info.local_names[posonly.len()..code.positional as usize + code.kwonly as usize];
        let hint = match crate::diag::closest(&wanted, known.iter().filter_map(|known| known.as_str())) {
            Some(near) => format!(". Did you mean '{near}'?"),
            None => String::new(),
        };
        self.type_error(format!("{}() got an unexpected keyword argument '{wanted}'{hint}", function_name(f)))
    }
}

fn text(name: Value) -> String {
    name.as_str().unwrap_or("?").to_owned()
}

/// The qualified name, as CPython's messages show it.
fn function_name(f: &Function) -> String {
    if let Some(extra) = f.extra.borrow().as_deref()
        && let Some(name) = extra.qualname.as_ref().and_then(|n| n.as_str())
    {
        return name.to_owned();
    }
    text(f.code.info.qualname)
}
