//! The method resolution order (C3) and the layout of a class with several bases.

use crate::object::Kind;
use crate::object::call::Outcome;
use crate::object::types::TypeRef;
use crate::vm::Vm;

impl Vm {
    /// The bases' MROs merged by C3, without the class itself.
    pub(super) fn merge_mro(&mut self, bases: &[TypeRef]) -> Outcome<Vec<TypeRef>> {
        if let [base] = bases {
            return Ok(base.mro.borrow().clone());
        }
        let mut lists: Vec<Vec<TypeRef>> = bases.iter().map(|base| base.mro.borrow().clone()).collect();
        lists.push(bases.to_vec());
        // Reversed, so that heads are popped from the end.
        lists.iter_mut().for_each(|list| list.reverse());
        let mut merged = Vec::new();
        loop {
            lists.retain(|list| !list.is_empty());
            if lists.is_empty() {
                return Ok(merged);
            }
            let good = lists.iter().filter_map(|list| list.last().copied()).find(|head| !in_tail(&lists, head));
            let Some(next) = good else { return Err(self.inconsistent(&lists)) };
            merged.push(next);
            for list in &mut lists {
                if list.last().is_some_and(|head| std::ptr::eq(*head, next)) {
                    list.pop();
                }
            }
        }
    }

    #[cold]
    fn inconsistent(&mut self, lists: &[Vec<TypeRef>]) -> crate::object::call::Signal {
        let mut names: Vec<String> = Vec::new();
        for head in lists.iter().filter_map(|list| list.last()) {
            let name = head.name_text();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        self.type_error(format!(
            "Cannot create a consistent method resolution order (MRO) for bases {}",
            names.join(", ")
        ))
    }

    /// The base whose layout instances of a class with these bases have.
    pub(super) fn common_layout(&mut self, bases: &[TypeRef]) -> Outcome<Kind> {
        let mut winner: Option<TypeRef> = None;
        for base in bases.iter().map(|base| self.solid(base)) {
            match winner {
                None => winner = Some(base),
                Some(chosen) if base.is_subclass(chosen) => winner = Some(base),
                Some(chosen) if chosen.is_subclass(base) => {}
                Some(_) => return Err(self.type_error("multiple bases have instance lay-out conflict")),
            }
        }
        Ok(winner.map_or(Kind::Instance, |ty| ty.layout.get()))
    }

    /// The nearest built-in type with a layout of its own.
    fn solid(&self, class: TypeRef) -> TypeRef {
        let mro = class.mro.borrow();
        let solid = mro.iter().find(|ty| {
            let layout = ty.layout.get();
            let parent = ty.bases.borrow().first().map(|base| base.layout.get());
            ty.builtin && (parent != Some(layout) || own_exception_layout(&ty.name_text()))
        });
        solid.copied().unwrap_or(self.types.object)
    }
}

/// Exception classes with fields of their own in CPython's layout.
fn own_exception_layout(name: &str) -> bool {
    const WITH_FIELDS: &[&str] = &[
        "BaseExceptionGroup",
        "SystemExit",
        "ImportError",
        "OSError",
        "StopIteration",
        "SyntaxError",
        "UnicodeDecodeError",
        "UnicodeEncodeError",
        "UnicodeTranslateError",
        "AttributeError",
        "NameError",
    ];
    WITH_FIELDS.contains(&name)
}

fn in_tail(lists: &[Vec<TypeRef>], ty: &TypeRef) -> bool {
    lists.iter().any(|list| list[..list.len() - 1].iter().any(|other| std::ptr::eq(*other, *ty)))
}
