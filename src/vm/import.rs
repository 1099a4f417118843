//! Imports, and the prelude: how source becomes running modules.
//!
//! The compiler is not named here: `pipeline` gives the machine a function that compiles.

use super::Vm;
use crate::code::CodeUnit;
use crate::diag::SourceFile;
use crate::object::call::{Outcome, Signal};
use crate::object::code::{Globals, Unit, link};
use crate::object::dict::Dict;
use crate::object::function::{Function, Module};
use crate::object::heap::{self, Kind};
use crate::object::{Ref, Value, atom};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;

/// Compiles a source file; the error is the rendered diagnostics and the last line's text.
pub type Compile = fn(&Rc<SourceFile>) -> Result<CodeUnit, String>;

/// A native module, made when first imported; None if there is none of that name.
pub type NativeModules = fn(&mut Vm, &str) -> Option<Outcome>;

/// State of the import system.
pub struct Imports {
    compile: Compile,
    pub native: Option<NativeModules>,
    /// Sources of modules written in Coro that are part of the binary.
    pub builtin_source: Option<fn(&str) -> Option<&'static str>>,
    /// Sources of the prelude: parts of built-ins that are written in Coro.
    pub prelude: &'static [(&'static str, &'static str)],
    /// `sys.modules`
    pub modules: FxHashMap<String, Ref>,
    /// `sys.modules` as the program sees it, once it was asked for.
    modules_dict: Option<Ref>,
    /// Where modules are looked for.
    pub path: Vec<PathBuf>,
    prelude_globals: Option<&'static Globals>,
    /// Functions of the prelude that were asked for, by address and length of the name (a literal). The prelude keeps them alive.
    prelude_functions: FxHashMap<(usize, usize), Value>,
}

impl Imports {
    pub fn new(compile: Compile) -> Imports {
        Imports {
            compile,
            native: None,
            builtin_source: None,
            prelude: &[],
            modules: FxHashMap::default(),
            modules_dict: None,
            path: Vec::new(),
            prelude_globals: None,
            prelude_functions: FxHashMap::default(),
        }
    }
}

impl Imports {
    /// The globals of the prelude, whose functions stand for built-ins.
    pub fn is_prelude(&self, globals: &Globals) -> bool {
        self.prelude_globals.is_some_and(|prelude| std::ptr::eq(prelude, globals))
    }
}

impl Vm {
    /// Links a unit into a module's globals.
    pub fn link_unit(&mut self, unit: CodeUnit, globals: &'static Globals, hidden: bool) -> Rc<Unit> {
        let builtins = &self.builtins;
        link(unit, globals, hidden, &|name| builtins.get(&name).map_or(Value::UNBOUND, |r| r.value()))
    }

    /// A new, empty module object.
    pub fn new_module(&mut self, name: &str) -> Ref {
        let globals = Globals::new();
        globals.name.replace(Ref::str(name));
        globals.set(self.names.name, Ref::str(name));
        heap::new(Module { header: heap::blank(Kind::Module), name: Ref::str(name), globals })
    }

    /// Runs a unit's module body in a module.
    pub fn run_unit(&mut self, unit: CodeUnit, module: Value, hidden: bool) -> Outcome<()> {
        let Some(globals) = module.get::<Module>().map(|m| m.globals) else { return Ok(()) };
        let unit = self.link_unit(unit, globals, hidden);
        let body = unit.codes.borrow()[0];
        let function = heap::new(Function {
            header: heap::blank(Kind::Function),
            code: body,
            defaults: Ref::NONE,
            kwdefaults: Ref::NONE,
            closure: Box::default(),
            extra: RefCell::new(None),
        });
        self.call_values(*function, &[]).map(|_| ())
    }

    /// A function of the prelude by name, compiled when the first one is asked for.
    pub fn prelude_function(&mut self, name: &str) -> Outcome {
        let globals = match self.imports.prelude_globals {
            Some(globals) => globals,
            None => self.load_prelude()?,
        };
        match globals.get(atom::intern(name)) {
            Some(function) => Ok(function.to_ref()),
            None => Err(self.runtime_error(format!("the prelude has no function '{name}'"))),
        }
    }

    fn load_prelude(&mut self) -> Outcome<&'static Globals> {
        let module = self.new_module("builtins");
        let raised = self.take_raised();
        for (name, text) in self.imports.prelude {
            let source = Rc::new(SourceFile::new(format!("<prelude {name}>"), *text));
            match (self.imports.compile)(&source) {
                Ok(unit) => self.run_unit(unit, *module, true)?,
                Err(message) => return Err(self.runtime_error(message)),
            }
        }
        self.raised = raised;
        let globals = module.get::<Module>().map_or_else(Globals::new, |m| m.globals);
        self.imports.prelude_globals = Some(globals);
        // The module lives as long as the machine.
        let _ = module.into_owned();
        Ok(globals)
    }

    /// Runs statements that the library has put together, with `names` (interned) as their globals; a dict of what they
    /// bind besides. Like the library's own functions, these are left out of tracebacks.
    ///
    /// # Errors
    /// SyntaxError; what the statements raise.
    pub fn define(&mut self, text: &str, names: &[(Value, Ref)]) -> Outcome {
        let source = Rc::new(SourceFile::new("<string>".to_owned(), text));
        let unit = match (self.imports.compile)(&source) {
            Ok(unit) => unit,
            Err(message) => {
                let class = self.types.exc.syntax_error;
                return Err(self.raise(class, message));
            }
        };
        let module = self.new_module("builtins");
        let Some(globals) = module.get::<Module>().map(|m| m.globals) else { return Ok(Ref::NONE) };
        names.iter().for_each(|(name, value)| globals.set(*name, value.clone()));
        self.run_unit(unit, *module, true)?;
        let mut made = Dict::new();
        for (name, value) in globals.entries() {
            if name != self.names.name && !names.iter().any(|(given, _)| *given == name) {
                made.set_atom(name, value.to_ref());
            }
        }
        Ok(Dict::alloc(made))
    }

    /// Hands the work of a native to a function of the prelude.
    pub fn tail_prelude(&mut self, name: &'static str, args: &[Value]) -> Signal {
        let key = (name.as_ptr() as usize, name.len());
        if let Some(&function) = self.imports.prelude_functions.get(&key) {
            return self.tail_call(function, args);
        }
        match self.prelude_function(name) {
            Ok(function) => {
                self.imports.prelude_functions.insert(key, *function);
                self.tail_call(*function, args)
            }
            Err(signal) => signal,
        }
    }

    /// The module of that dotted name, imported with its parents if need be.
    pub fn import_module(&mut self, name: &str) -> Outcome {
        if let Some(module) = self.imports.modules.get(name) {
            return Ok(module.clone());
        }
        let parent = match name.rsplit_once('.') {
            Some((parent, _)) => Some(self.import_module(parent)?),
            None => None,
        };
        // The package itself may have imported it.
        if let Some(module) = self.imports.modules.get(name) {
            return Ok(module.clone());
        }
        let module = self.load_module(name, parent.as_deref().copied())?;
        if let (Some(parent), Some((_, last))) = (parent, name.rsplit_once('.')) {
            let attr = atom::intern(last);
            self.set_attr(*parent, attr, module.clone())?;
        }
        Ok(module)
    }

    fn load_module(&mut self, name: &str, parent: Option<Value>) -> Outcome {
        if let Some(native) = self.imports.native
            && let Some(outcome) = native(self, name)
        {
            let module = outcome?;
            self.note_module(name, &module);
            return Ok(module);
        }
        if let Some(text) = self.imports.builtin_source.and_then(|find| find(name)) {
            let source = Rc::new(SourceFile::new(format!("<coro {name}>"), text));
            return self.run_module(name, &source, true, None);
        }
        match self.find_file(name, parent) {
            Some((path, package)) => {
                let bytes = match std::fs::read_to_string(&path) {
                    Ok(text) => text,
                    Err(error) => {
                        let class = self.types.exc.import_error;
                        return Err(self.raise(class, format!("cannot read {}: {error}", path.display())));
                    }
                };
                let source = Rc::new(SourceFile::new(path.display().to_string(), bytes));
                self.run_module(name, &source, false, package)
            }
            None => {
                let class = self.types.exc.module_not_found_error;
                let message = match (name.rsplit_once('.'), parent) {
                    (Some((package, _)), Some(module)) if !self.is_package(module) => {
                        format!("No module named '{name}'; '{package}' is not a package")
                    }
                    _ => format!("No module named '{name}'"),
                };
                Err(self.raise_with(class, &[("name", name)], message))
            }
        }
    }

    /// The module is found by its name from now on.
    fn note_module(&mut self, name: &str, module: &Ref) {
        self.imports.modules.insert(name.to_owned(), module.clone());
        if let Some(dict) = self.imports.modules_dict.as_ref().and_then(|d| d.get_mut::<Dict>()) {
            let old = dict.set_atom(atom::intern(name), module.clone());
            drop(old);
        }
    }

    /// `sys.modules`: a dict that grows with each import. What a program changes in it changes no import.
    pub fn modules_dict(&mut self) -> Ref {
        if let Some(dict) = &self.imports.modules_dict {
            return dict.clone();
        }
        let mut dict = Dict::new();
        for (name, module) in &self.imports.modules {
            dict.set_atom(atom::intern(name), module.clone());
        }
        let dict = Dict::alloc(dict);
        self.imports.modules_dict = Some(dict.clone());
        dict
    }

    fn is_package(&mut self, module: Value) -> bool {
        let path = self.names.path;
        module.get::<Module>().is_some_and(|m| m.globals.get(path).is_some())
    }

    /// The source file of a module: `NAME.co`, or `NAME/__init__.co` for a package.
    fn find_file(&mut self, name: &str, parent: Option<Value>) -> Option<(PathBuf, Option<PathBuf>)> {
        let last = name.rsplit('.').next().unwrap_or(name);
        let roots: Vec<PathBuf> = match parent {
            Some(module) => {
                let path = module.get::<Module>()?.globals.get(self.names.path)?;
                path.as_sequence()?.iter().filter_map(|p| p.as_str().map(PathBuf::from)).collect()
            }
            None => self.imports.path.clone(),
        };
        for root in roots {
            for extension in ["co", "py"] {
                let init = root.join(last).join(format!("__init__.{extension}"));
                if init.is_file() {
                    return Some((init, Some(root.join(last))));
                }
                let file = root.join(format!("{last}.{extension}"));
                if file.is_file() {
                    return Some((file, None));
                }
            }
        }
        None
    }

    fn run_module(&mut self, name: &str, source: &Rc<SourceFile>, hidden: bool, package: Option<PathBuf>) -> Outcome {
        let unit = match (self.imports.compile)(source) {
            Ok(unit) => unit,
            Err(message) => {
                let class = self.types.exc.syntax_error;
                return Err(self.raise(class, message));
            }
        };
        let module = self.new_module(name);
        if let Some(globals) = module.get::<Module>().map(|m| m.globals) {
            if !hidden {
                globals.set(self.names.file, Ref::str(&source.name));
            }
            if let Some(path) = &package {
                globals.set(self.names.path, Ref::list(vec![Ref::str(&path.display().to_string())]));
            }
            let in_package = if package.is_some() { name } else { name.rsplit_once('.').map_or("", |(p, _)| p) };
            globals.set(atom::intern("__package__"), Ref::str(in_package));
        }
        self.note_module(name, &module);
        match self.run_unit(unit, *module, hidden) {
            Ok(()) => Ok(module),
            Err(signal) => {
                self.imports.modules.remove(name);
                Err(signal)
            }
        }
    }

    /// The absolute name that a relative import means in the running module.
    fn resolve_relative(&mut self, module: &str, level: u32) -> Outcome<String> {
        if level == 0 {
            return Ok(module.to_owned());
        }
        let package = self
            .current_globals()
            .and_then(|g| g.get(atom::intern("__package__")))
            .and_then(|p| p.as_str().map(str::to_owned))
            .unwrap_or_default();
        if package.is_empty() {
            let class = self.types.exc.import_error;
            return Err(self.raise(class, "attempted relative import with no known parent package"));
        }
        let mut parts: Vec<&str> = package.split('.').collect();
        for _ in 1..level {
            if parts.pop().is_none() || parts.is_empty() {
                let class = self.types.exc.import_error;
                return Err(self.raise(class, "attempted relative import beyond top-level package"));
            }
        }
        if !module.is_empty() {
            parts.push(module);
        }
        Ok(parts.join("."))
    }

    /// The `import` statements' first half: see `IntrinsicOp::Import`.
    pub fn import_statement(&mut self, module: &str, level: u32, leaf: bool) -> Outcome {
        let name = self.resolve_relative(module, level)?;
        let found = self.import_module(&name)?;
        match name.split_once('.') {
            Some((top, _)) if !leaf => self.import_module(top),
            _ => Ok(found),
        }
    }

    /// `from module import name`: an attribute, else a submodule.
    pub fn import_from(&mut self, module: Value, name: &str) -> Outcome {
        let attr = atom::intern(name);
        if let Some(value) = self.get_attr_opt(module, attr)? {
            return Ok(value);
        }
        let full = module.get::<Module>().and_then(|m| m.name.as_str().map(str::to_owned)).unwrap_or_default();
        if self.is_package(module) {
            match self.import_module(&format!("{full}.{name}")) {
                Ok(found) => return Ok(found),
                Err(signal) if !self.raised_is(self.types.exc.module_not_found_error) => return Err(signal),
                Err(_) => drop(self.take_raised()),
            }
        }
        let file = self.names.file;
        let place =
            module.get::<Module>().and_then(|m| m.globals.get(file)).and_then(|f| f.as_str().map(str::to_owned));
        let place = place.unwrap_or_else(|| "unknown location".to_owned());
        let class = self.types.exc.import_error;
        let message = format!("cannot import name '{name}' from '{full}' ({place})");
        Err(self.raise_with(class, &[("name", &full), ("name_from", name)], message))
    }

    /// `from module import *` into the running module.
    pub fn import_star(&mut self, module: Value) -> Outcome<()> {
        let Some(globals) = module.get::<Module>().map(|m| m.globals) else { return Ok(()) };
        let Some(target) = self.current_globals() else { return Ok(()) };
        let all = self.names.all;
        if let Some(names) = globals.get(all) {
            let names = self.collect(names)?;
            for name in names {
                let name = atom::intern_value(*name);
                let value = self.get_attr(module, name)?;
                target.set(name, value);
            }
            return Ok(());
        }
        for (name, value) in globals.entries() {
            if !name.as_str().is_some_and(|n| n.starts_with('_')) {
                target.set(name, value.to_ref());
            }
        }
        Ok(())
    }
}
