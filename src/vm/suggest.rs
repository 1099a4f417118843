//! "Did you mean" for uncaught exceptions: names, attributes, names to import.

use super::Vm;
use crate::diag::closest;
use crate::object::exception::Exception;
use crate::object::{Ref, Value, atom};

/// If there are more candidates, none is looked at.
const MAX_CANDIDATES: usize = 750;

impl Vm {
    /// What the program may have meant, for an exception that nobody caught.
    pub(super) fn suggestion(&mut self, exc: Value) -> Option<String> {
        let meant = self.meant_name(exc).map(|name| format!("Did you mean: '{name}'?"));
        match (meant, self.forgotten_import(exc)) {
            (Some(meant), Some(module)) => Some(format!("{meant} Or did you forget to import '{module}'?")),
            (None, Some(module)) => Some(format!("Did you forget to import '{module}'?")),
            (meant, None) => meant,
        }
    }

    /// The module of the library that an unknown name is the name of.
    fn forgotten_import(&mut self, exc: Value) -> Option<String> {
        if !self.is_instance_of(exc, self.types.exc.name_error) {
            return None;
        }
        let name = self.field(exc, "name")?.as_str()?.to_owned();
        let known = !name.starts_with('_')
            && (self.imports.modules.contains_key(&name)
                || self.imports.builtin_source.is_some_and(|source| source(&name).is_some())
                || self.imports.native.is_some_and(|make| make(self, &name).is_some()));
        known.then_some(name)
    }

    /// The name that an exception's wrong name is close to.
    pub fn meant_name(&mut self, exc: Value) -> Option<String> {
        let types = &self.types.exc;
        let (name_error, attribute_error, import_error) = (types.name_error, types.attribute_error, types.import_error);
        let wanted = self.field(exc, "name");
        let wanted = wanted.as_ref().and_then(|name| name.as_str().map(str::to_owned));
        if self.is_instance_of(exc, name_error) {
            return self.suggest_name(exc, &wanted?);
        }
        if self.is_instance_of(exc, attribute_error) {
            let object = self.field(exc, "obj")?;
            return self.suggest_attribute(*object, &wanted?);
        }
        if self.is_instance_of(exc, import_error) {
            let missing = self.field(exc, "name_from")?;
            let module = self.imports.modules.get(wanted?.as_str()).cloned()?;
            return self.suggest_attribute(*module, missing.as_str()?);
        }
        None
    }

    fn field(&self, exc: Value, name: &str) -> Option<Ref> {
        self.own_attr(exc, atom::intern(name)).filter(|value| !value.is_none())
    }

    fn suggest_name(&mut self, exc: Value, wanted: &str) -> Option<String> {
        let innermost = exc.get::<Exception>().and_then(|e| e.traceback.borrow().first().copied());
        let mut names: Vec<String> = Vec::new();
        if let Some(entry) = innermost {
            let info = &entry.code.info;
            names.extend(info.data.locals.iter().map(|l| l.name.to_string()).filter(|n| !n.starts_with('.')));
            names.extend(info.unit.globals.entries().iter().filter_map(|(n, _)| n.as_str().map(str::to_owned)));
        }
        names.extend(self.builtins.keys().filter_map(|n| n.as_str().map(str::to_owned)));
        if names.len() > MAX_CANDIDATES {
            return None;
        }
        closest(wanted, names.iter().map(String::as_str)).map(str::to_owned)
    }

    fn suggest_attribute(&mut self, object: Value, wanted: &str) -> Option<String> {
        let mut names: Vec<String> =
            self.attribute_names(object).iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        if names.len() > MAX_CANDIDATES {
            return None;
        }
        names.sort_unstable();
        let hidden = !wanted.starts_with('_');
        let candidates = names.iter().map(String::as_str).filter(|name| !(hidden && name.starts_with('_')));
        closest(wanted, candidates).map(str::to_owned)
    }
}
