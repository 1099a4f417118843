//! `__slots__`: members instead of a `__dict__`.

use crate::object::call::Outcome;
use crate::object::types::{NameMap, Shape, TypeRef};
use crate::object::{Kind, Ref, Value, atom};
use crate::vm::Vm;
use crate::vm::protocol::descriptor::Member;

/// What a class's `__slots__` says.
pub struct Slots {
    /// Interned, mangled.
    names: Vec<Value>,
    /// `__dict__` is among them.
    pub dict: bool,
}

impl Vm {
    /// Reads `__slots__` of a new class.
    pub(super) fn read_slots(&mut self, dict: &NameMap, bases: &[TypeRef], layout: Kind) -> Outcome<Option<Slots>> {
        let Some(given) = dict.get(&self.names.slots).cloned() else { return Ok(None) };
        let items = match given.as_str() {
            Some(_) => vec![given],
            None => self.collect(*given)?,
        };
        let variable = matches!(layout, Kind::BigInt | Kind::Tuple | Kind::Bytes);
        let mut slots = Slots { names: Vec::new(), dict: false };
        for item in items {
            let Some(name) = item.as_str() else {
                let message = format!("__slots__ items must be strings, not '{}'", self.type_name(*item));
                return Err(self.type_error(message));
            };
            if !is_identifier(name) {
                return Err(self.type_error("__slots__ must be identifiers"));
            }
            match name {
                "__dict__" => slots.dict = true,
                "__weakref__" => {}
                _ if variable => {
                    let base = bases.first().map_or_else(String::new, |base| base.name_text());
                    let message = format!("nonempty __slots__ not supported for subtype of '{base}'");
                    return Err(self.type_error(message));
                }
                _ if dict.contains_key(&atom::intern(name)) => {
                    let message = format!("'{name}' in __slots__ conflicts with class variable");
                    return Err(self.value_error(message));
                }
                _ => slots.names.push(atom::intern(name)),
            }
        }
        Ok(Some(slots))
    }

    /// Puts the member descriptors into the class.
    pub(super) fn add_members(&mut self, class: TypeRef, dict: &mut NameMap, slots: Option<Slots>) {
        let mut members: Vec<Value> = Vec::new();
        for base in class.mro.borrow()[1..].iter().filter_map(|base| base.root.get()) {
            let inherited = &base.names[..base.members as usize];
            members.extend(inherited.iter().filter(|name| !members.contains(name)).copied().collect::<Vec<_>>());
        }
        for name in slots.into_iter().flat_map(|s| s.names) {
            let name = mangled(class, name);
            dict.insert(name, Ref::opaque(self.types.member_descriptor, Member { name, owner: class }));
            if !members.contains(&name) {
                members.push(name);
            }
        }
        if !members.is_empty() {
            class.root.set(Some(Shape::root_with_members(class, members)));
        }
    }
}

/// A private name as it is inside the class.
fn mangled(class: TypeRef, name: Value) -> Value {
    let text = name.as_str().unwrap_or("");
    let own = class.name_text();
    let stripped = own.trim_start_matches('_');
    if text.starts_with("__") && !text.ends_with("__") && !stripped.is_empty() {
        return atom::intern(&format!("_{stripped}{text}"));
    }
    name
}

fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c))
        && chars.all(unicode_ident::is_xid_continue)
}
