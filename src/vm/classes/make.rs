//! Making classes: the `class` statement and `type(name, bases, namespace)`.

use super::slots::Slots;
use crate::object::call::{Args, Outcome};
use crate::object::dict::Dict;
use crate::object::exception::Exception;
use crate::object::function::{CellObj, ClassMethod, Function, StaticMethod};
use crate::object::heap;
use crate::object::types::{NameMap, TypeRef, type_flag};
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::protocol::repr_object::full_type_name;
use crate::vm::types::new_type;

/// So many attributes at most are given room in instances before the first one is made.
const MOST_EXPECTED: usize = 24;

/// Keyword arguments of a class statement.
pub type Keywords<'a> = &'a [(Value, Value)];

impl Vm {
    pub(super) fn base_types(&mut self, bases: &[Ref]) -> Outcome<Vec<TypeRef>> {
        let mut types = Vec::with_capacity(bases.len());
        for base in bases {
            match base.as_type() {
                Some(ty) => types.push(ty),
                None => return Err(self.type_error("bases must be types")),
            }
        }
        Ok(types)
    }

    /// What `type.__new__` does: a new class of metaclass `meta`.
    pub fn build_class(
        &mut self,
        meta: TypeRef,
        name: Value,
        bases: &[TypeRef],
        namespace: Value,
        keywords: Keywords,
    ) -> Outcome {
        let meta = self.winner(meta, &bases.iter().map(|base| base.value()).collect::<Vec<_>>())?;
        let object = [self.types.object];
        let bases = if bases.is_empty() { &object[..] } else { bases };
        self.check_bases(bases)?;
        let layout = self.common_layout(bases)?;
        let merged = self.merge_mro(bases)?;
        let Some(source) = namespace.get::<Dict>() else {
            let given = self.type_name(namespace);
            return Err(self.type_error(format!("type.__new__() argument 3 must be dict, not {given}")));
        };
        let mut dict = NameMap::default();
        for entry in source.iter() {
            dict.insert(atom::intern_value(*entry.key), entry.value.clone());
        }
        let cell = dict.shift_remove(&atom::intern("__classcell__"));
        let qualname = dict.shift_remove(&self.names.qualname);
        if let Some(wrong) = qualname.as_ref().filter(|q| q.as_str().is_none()) {
            let message = format!("type __qualname__ must be a str, not {}", self.type_name(**wrong));
            return Err(self.type_error(message));
        }
        self.complete_namespace(&mut dict);
        let slots = self.read_slots(&dict, bases, layout)?;
        let class = new_type(name.as_str().unwrap_or("?"), bases, layout, false);
        class.name.replace(name.to_ref());
        class.qualname.replace(qualname.unwrap_or_else(|| name.to_ref()));
        class.mro.borrow_mut().truncate(1);
        class.mro.borrow_mut().extend(merged);
        self.inherit_flags(class, meta, bases, &slots);
        self.add_members(class, &mut dict, slots);
        class.dict.replace(dict);
        mark_collection(class, self.names.module);
        self.class_changed(class);
        self.expect_attributes(class);
        if let Some(cell) = cell.as_ref().and_then(|c| c.get_mut::<CellObj>()) {
            let old = std::mem::replace(&mut cell.value, class.value().to_ref());
            drop(old);
        }
        self.find_abstract(class)?;
        self.set_names(class)?;
        self.init_subclass(class, keywords)?;
        Ok(class.value().to_ref())
    }

    /// Gives instances room for the attributes that the `__init__` methods of the class and its bases store on their
    /// first parameter. More come to lie elsewhere until the class has learned.
    fn expect_attributes(&self, class: TypeRef) {
        let mut names: Vec<&str> = Vec::new();
        for ty in class.mro.borrow().iter() {
            if let Some(init) = ty.dict.borrow().get(&self.names.init).and_then(|init| init.get::<Function>()) {
                names.extend(init.code.info.data.attributes_stored_on(0));
            }
        }
        names.sort_unstable();
        names.dedup();
        let expected = names.len().min(MOST_EXPECTED) as u16;
        class.inline_slots.set(class.inline_slots.get().max(expected));
    }

    fn check_bases(&mut self, bases: &[TypeRef]) -> Outcome<()> {
        for (i, base) in bases.iter().enumerate() {
            if base.builtin && base.has(type_flag::FINAL) {
                let message = format!("type '{}' is not an acceptable base type", full_type_name(base));
                return Err(self.type_error(message));
            }
            if bases[..i].iter().any(|other| std::ptr::eq(*other, *base)) {
                return Err(self.type_error(format!("duplicate base class {}", base.name_text())));
            }
        }
        Ok(())
    }

    /// What every class has: a docstring, implicit static and class methods, no hash if only equality is defined.
    fn complete_namespace(&mut self, dict: &mut NameMap) {
        let names = self.names;
        dict.entry(names.doc).or_insert(Ref::NONE);
        if !dict.contains_key(&names.module) {
            let module = self.current_module_name();
            dict.insert(names.module, module);
        }
        if let Some(new) = dict.get_mut(&names.new)
            && new.is_kind(Kind::Function)
        {
            let func = new.clone();
            *new = heap::new(StaticMethod { header: heap::blank(Kind::StaticMethod), func });
        }
        for name in [names.init_subclass, names.class_getitem] {
            if let Some(method) = dict.get_mut(&name)
                && method.is_kind(Kind::Function)
            {
                let func = method.clone();
                *method = heap::new(ClassMethod { header: heap::blank(Kind::ClassMethod), func });
            }
        }
        if dict.contains_key(&names.eq) && !dict.contains_key(&names.hash) {
            dict.insert(names.hash, Ref::NONE);
        }
    }

    fn inherit_flags(&mut self, class: TypeRef, meta: TypeRef, bases: &[TypeRef], slots: &Option<Slots>) {
        let mut flags = 0;
        for base in bases {
            const INHERITED: u32 = type_flag::EXCEPTION | type_flag::ABC | type_flag::ORDERED;
            flags |= base.flags.get() & INHERITED;
            // The first base that is one of them decides.
            const MATCHED_AS: u32 = type_flag::SEQUENCE | type_flag::MAPPING;
            if flags & MATCHED_AS == 0 {
                flags |= match base.layout.get() {
                    _ if base.has(MATCHED_AS) => base.flags.get() & MATCHED_AS,
                    Kind::List | Kind::Tuple | Kind::Range => type_flag::SEQUENCE,
                    Kind::Dict => type_flag::MAPPING,
                    _ => 0,
                };
            }
        }
        if meta.is_subclass(self.types.abc_meta) {
            flags |= type_flag::ABC;
        }
        let bare = |base: &TypeRef| base.builtin && !base.has(type_flag::EXCEPTION) || base.has(type_flag::NO_DICT);
        if slots.as_ref().is_some_and(|s| !s.dict) && bases.iter().all(bare) {
            flags |= type_flag::NO_DICT;
        }
        class.flags.set(flags);
        if !std::ptr::eq(meta, self.types.type_) {
            class.meta.set(Some(meta));
        }
    }

    /// Tells the attributes that want to know their names.
    fn set_names(&mut self, class: TypeRef) -> Outcome<()> {
        let attrs: Vec<(Value, Ref)> = class.dict.borrow().iter().map(|(k, v)| (*k, v.clone())).collect();
        for (name, value) in attrs {
            if matches!(value.kind(), None | Some(Kind::Function | Kind::Str | Kind::Type | Kind::Native)) {
                continue;
            }
            let called = self.call_special(*value, self.names.set_name, &[class.value(), name]);
            if called.is_err() {
                let note = format!(
                    "Error calling __set_name__ on '{}' instance '{}' in '{}'",
                    self.type_name(*value),
                    name.as_str().unwrap_or("?"),
                    class.name_text()
                );
                let exc = self.take_raised();
                self.add_note(*exc, Ref::str(&note));
                return Err(self.raise_again(exc));
            }
        }
        Ok(())
    }

    /// Appends to an exception's `__notes__`.
    pub fn add_note(&mut self, exc: Value, note: Ref) {
        if exc.get::<Exception>().is_none() {
            return;
        }
        match self.own_attr(exc, self.names.notes) {
            Some(notes) => {
                if let Some(list) = notes.get_mut::<crate::object::container::List>() {
                    list.items.push(note);
                }
            }
            None => {
                self.set_own_attr(exc, self.names.notes, Ref::list(vec![note]));
            }
        }
    }

    /// `super(cls, cls).__init_subclass__(**keywords)`
    fn init_subclass(&mut self, class: TypeRef, keywords: Keywords) -> Outcome<()> {
        let hook = crate::vm::protocol::attr::lookup_after(class, class, self.names.init_subclass);
        let Some(hook) = hook else { return Ok(()) };
        if hook.is_kind(Kind::Native) {
            if keywords.is_empty() {
                return Ok(());
            }
            let name = class.qualname.borrow().as_str().unwrap_or("?").to_owned();
            let message = format!("{name}.__init_subclass__() takes no keyword arguments");
            return Err(self.type_error(message));
        }
        let kind = self.descriptor_kind(hook);
        let outcome = self.read_through_class(hook, kind, class);
        let bound = self.settle(outcome)?;
        let values: Vec<Value> = keywords.iter().map(|(_, value)| *value).collect();
        let names: Vec<Value> = keywords.iter().map(|(key, _)| *key).collect();
        self.call(*bound, Args { values: &values, names: &names }).map(drop)
    }
}

/// The roots of what `match` takes for sequences and mappings.
fn mark_collection(class: TypeRef, module: Value) {
    let module = class.dict.borrow().get(&module).and_then(|m| m.as_str().map(str::to_owned));
    if module.as_deref() == Some("collections.abc") {
        let flag = match class.name_text().as_str() {
            "Sequence" => type_flag::SEQUENCE,
            "Mapping" => type_flag::MAPPING,
            _ => 0,
        };
        class.flags.set(class.flags.get() | flag);
    }
}
