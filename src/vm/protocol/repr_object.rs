//! Representation of functions, types, exceptions, iterators and other objects.

use crate::object::call::Outcome;
use crate::object::coroutine::Coro;
use crate::object::dict::Dict;
use crate::object::exception::Exception;
use crate::object::function::{
    BoundMethod, CellObj, ClassMethod, Function, Module, Native, NativeRole, StaticMethod, Super,
};
use crate::object::heap::Kind;
use crate::object::types::TypeRef;
use crate::object::{Ref, Value, atom};
use crate::vm::Vm;
use std::fmt::Write;

/// The qualified name of a function.
fn function_name(f: &Function) -> String {
    let extra = f.extra.borrow();
    let own = extra.as_ref().and_then(|extra| extra.qualname.clone());
    let name = own.unwrap_or_else(|| f.code.info.qualname.to_ref());
    name.as_str().unwrap_or("?").to_owned()
}

/// A type with its module, as representations show it: `int`, `collections.deque`, `__main__.A`.
pub fn full_type_name(ty: TypeRef) -> String {
    let qualname = ty.qualname.borrow().as_str().unwrap_or("?").to_owned();
    let module = ty.dict.borrow().get(&atom::intern("__module__")).cloned();
    match module.as_ref().and_then(|m| m.as_str()) {
        Some(module) if module != "builtins" => format!("{module}.{qualname}"),
        _ => qualname,
    }
}

impl Vm {
    /// `object.__repr__`: the type and the identity.
    pub fn default_repr(&mut self, v: Value) -> String {
        format!("<{} object at {:#x}>", full_type_name(self.type_of(v)), v.identity())
    }

    /// Appends the representation of an object that is no plain data.
    pub(super) fn write_object(&mut self, kind: Kind, v: Value, out: &mut String) -> Outcome<()> {
        let text = match kind {
            Kind::Exception => return self.write_exception(v, out),
            Kind::BoundMethod => return self.write_method(v, out),
            Kind::StaticMethod | Kind::ClassMethod => {
                let inner = match v.get::<StaticMethod>() {
                    Some(method) => method.func.clone(),
                    None => v.get::<ClassMethod>().map_or(Ref::NONE, |m| m.func.clone()),
                };
                let name = self.type_name(v);
                write_text(out, format_args!("<{name}("));
                self.write_repr(*inner, out)?;
                out.push_str(")>");
                return Ok(());
            }
            Kind::Super => return self.write_super(v, out),
            Kind::Type => match v.as_type() {
                Some(ty) => format!("<class '{}'>", full_type_name(ty)),
                None => String::new(),
            },
            Kind::Function => match v.get::<Function>() {
                Some(f) => format!("<function {} at {:#x}>", function_name(f), v.identity()),
                None => String::new(),
            },
            Kind::Native => v.get::<Native>().map(native_repr).unwrap_or_default(),
            Kind::Generator | Kind::Coroutine | Kind::AsyncGenerator => {
                let name = Coro::from_value(&v).map_or(Ref::NONE, |coro| coro.names().qualname);
                let ty = self.type_name(v);
                format!("<{ty} object {} at {:#x}>", name.as_str().unwrap_or("?"), v.identity())
            }
            Kind::Module => module_repr(&v),
            Kind::Code => match v.get::<crate::object::code::Code>() {
                Some(code) => {
                    format!("<code object {} at {:#x}>", code.info.name.as_str().unwrap_or("?"), v.identity())
                }
                None => String::new(),
            },
            Kind::Cell => self.cell_repr(v),
            _ => self.default_repr(v),
        };
        out.push_str(&text);
        Ok(())
    }

    fn cell_repr(&mut self, v: Value) -> String {
        let content = v.get::<CellObj>().map_or(Value::UNBOUND, |cell| *cell.value);
        let shown = if content.is_unbound() {
            "empty".to_owned()
        } else {
            format!("{} object at {:#x}", self.type_name(content), content.identity())
        };
        format!("<cell at {:#x}: {shown}>", v.identity())
    }

    fn write_method(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        let Some(method) = v.get::<BoundMethod>() else { return Ok(()) };
        if let Some(native) = method.func.get::<Native>() {
            let name = native.def.name;
            let slot = std::ptr::eq(self.type_of(v), self.types.method_wrapper);
            let what = if slot { "method-wrapper" } else { "built-in method" };
            let quoted = if slot { format!("'{name}'") } else { name.to_owned() };
            let receiver = match method.receiver.as_type() {
                Some(_) => "type".to_owned(),
                None => self.type_name(*method.receiver),
            };
            write_text(
                out,
                format_args!("<{what} {quoted} of {receiver} object at {:#x}>", method.receiver.identity()),
            );
            return Ok(());
        }
        let name = match method.func.get::<Function>() {
            Some(f) => function_name(f),
            None => "?".to_owned(),
        };
        write_text(out, format_args!("<bound method {name} of "));
        self.write_repr(*method.receiver, out)?;
        out.push('>');
        Ok(())
    }

    fn write_super(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        let Some(object) = v.get::<Super>() else { return Ok(()) };
        let class = object.class.as_type().map_or_else(String::new, |class| class.name_text());
        write_text(out, format_args!("<super: <class '{class}'>"));
        match object.object_type.as_type() {
            Some(ty) => write_text(out, format_args!(", <{} object>>", ty.name_text())),
            None => out.push_str(", NULL>"),
        }
        Ok(())
    }

    /// `BaseException.__repr__`: the class and the arguments.
    fn write_exception(&mut self, v: Value, out: &mut String) -> Outcome<()> {
        let Some(exception) = v.get::<Exception>() else { return Ok(()) };
        let args = exception.args.borrow().clone();
        out.push_str(&exception.class.get().name_text());
        match args.as_sequence() {
            Some([only]) => {
                out.push('(');
                self.nested(" while getting the repr of an object", |vm| vm.write_repr(**only, out))?;
                out.push(')');
                Ok(())
            }
            _ => self.write_repr(*args, out),
        }
    }

    /// `str()` of an exception whose class defines no `__str__`.
    ///
    /// # Errors
    /// What representing its arguments raises.
    pub fn exception_str(&mut self, v: Value) -> Outcome {
        let Some(exception) = v.get::<Exception>() else { return Ok(Ref::str("")) };
        let class = exception.class.get();
        let exc = &self.types.exc;
        if class.is_subclass(exc.os_error) {
            return self.os_error_str(v);
        }
        if class.is_subclass(exc.base_exception_group) {
            return self.group_str(v);
        }
        if class.is_subclass(exc.syntax_error) {
            return self.syntax_error_str(v);
        }
        if class.is_subclass(exc.unicode_decode_error) || class.is_subclass(exc.unicode_encode_error) {
            if let Some(text) = unicode_error_text(exception) {
                return Ok(Ref::str(&text));
            }
        }
        let is_key_error = class.is_subclass(exc.key_error);
        let args = exception.args.borrow().clone();
        match args.as_sequence() {
            Some([]) | None => Ok(Ref::str("")),
            Some([only]) if is_key_error => self.repr(**only),
            Some([only]) => self.nested(" while getting the str of an object", |vm| vm.str(**only)),
            Some(_) => self.repr(*args),
        }
    }

    fn os_error_str(&mut self, v: Value) -> Outcome {
        let Some(exception) = v.get::<Exception>() else { return Ok(Ref::str("")) };
        let errno = exception_attr(exception, "errno");
        let strerror = exception_attr(exception, "strerror");
        let args = exception.args.borrow().clone();
        let (Some(errno), Some(strerror)) = (errno, strerror) else {
            return match args.as_sequence() {
                Some([]) | None => Ok(Ref::str("")),
                Some([only]) => self.str(**only),
                Some(_) => self.repr(*args),
            };
        };
        let mut out = String::from("[Errno ");
        self.write_str(*errno, &mut out)?;
        out.push_str("] ");
        self.write_str(*strerror, &mut out)?;
        if let Some(filename) = exception_attr(exception, "filename") {
            out.push_str(": ");
            self.write_repr(*filename, &mut out)?;
            if let Some(second) = exception_attr(exception, "filename2") {
                out.push_str(" -> ");
                self.write_repr(*second, &mut out)?;
            }
        }
        Ok(Ref::str(&out))
    }

    /// `message (file, line 1)`
    fn syntax_error_str(&mut self, v: Value) -> Outcome {
        let Some(exception) = v.get::<Exception>() else { return Ok(Ref::str("")) };
        let file = exception_attr(exception, "filename");
        let line = exception_attr(exception, "lineno").and_then(|line| line.as_i64());
        let message = exception_attr(exception, "msg").unwrap_or(Ref::NONE);
        let message = self.str(*message)?;
        let text = message.as_str().unwrap_or("");
        let file = file.as_ref().and_then(|f| f.as_str()).map(|f| f.rsplit('/').next().unwrap_or(f));
        Ok(match (file, line) {
            (Some(file), Some(line)) => Ref::str(&format!("{text} ({file}, line {line})")),
            (None, Some(line)) => Ref::str(&format!("{text} (line {line})")),
            (Some(file), None) => Ref::str(&format!("{text} ({file})")),
            (None, None) => message,
        })
    }

    fn group_str(&mut self, v: Value) -> Outcome {
        let Some(exception) = v.get::<Exception>() else { return Ok(Ref::str("")) };
        let args = exception.args.borrow().clone();
        let args = args.as_sequence().unwrap_or_default();
        let count = match exception_attr(exception, "exceptions").or_else(|| args.get(1).cloned()) {
            Some(list) => list.as_sequence().map_or(0, <[Ref]>::len),
            None => 0,
        };
        let mut out = String::new();
        if let Some(message) = args.first() {
            self.write_str(**message, &mut out)?;
        }
        write_text(&mut out, format_args!(" ({count} sub-exception{})", if count == 1 { "" } else { "s" }));
        Ok(Ref::str(&out))
    }
}

/// An attribute of an exception object, unless it is None.
fn exception_attr(exception: &Exception, name: &str) -> Option<Ref> {
    let dict = exception.dict.borrow();
    let value = dict.get::<Dict>()?.get_atom(atom::intern(name))?;
    (!value.is_none()).then(|| value.to_ref())
}

/// `'utf-8' codec can't decode byte 0xff in position 0: invalid start byte`
fn unicode_error_text(exception: &Exception) -> Option<String> {
    let args = exception.args.borrow().clone();
    let [encoding, object, start, end, reason] = args.as_sequence()? else { return None };
    let (start, end) = (start.as_i64()?, end.as_i64()?);
    let (encoding, reason) = (encoding.as_str()?, reason.as_str()?);
    let one = end == start + 1;
    let place = if one { format!("position {start}") } else { format!("position {start}-{}", end - 1) };
    let what = match (object.as_bytes(), object.as_str()) {
        (Some(bytes), _) if one => format!("decode byte {:#04x}", bytes.get(start as usize)?),
        (Some(_), _) => "decode bytes".to_owned(),
        (None, Some(text)) if one => {
            let c = text.chars().nth(start as usize)?;
            let escaped = crate::object::algo::str_repr::escape_non_ascii(&c.to_string());
            format!("encode character '{escaped}'")
        }
        _ => "encode characters".to_owned(),
    };
    Some(format!("'{encoding}' codec can't {what} in {place}: {reason}"))
}

fn native_repr(native: &Native) -> String {
    let name = native.def.name;
    let owner = native.owner.as_type().map(full_type_name);
    match (native.role, owner) {
        (NativeRole::Method, Some(owner)) if crate::vm::types::is_slot_name(name) => {
            format!("<slot wrapper '{name}' of '{owner}' objects>")
        }
        (NativeRole::Getter, Some(owner)) => format!("<attribute '{name}' of '{owner}' objects>"),
        (NativeRole::Method | NativeRole::ClassMethod, Some(owner)) => {
            format!("<method '{name}' of '{owner}' objects>")
        }
        (NativeRole::StaticMethod, Some(_)) => format!("<built-in method {name} of type object>"),
        _ => format!("<built-in function {name}>"),
    }
}

fn module_repr(v: &Value) -> String {
    let Some(module) = v.get::<Module>() else { return String::new() };
    let name = module.name.as_str().unwrap_or("?");
    let file = module.globals.get(atom::intern("__file__"));
    match file.as_ref().and_then(|f| f.as_str()) {
        Some(file) => format!("<module '{name}' from '{file}'>"),
        None => format!("<module '{name}' (built-in)>"),
    }
}

fn write_text(out: &mut String, text: std::fmt::Arguments) {
    let written = out.write_fmt(text);
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
}
