//! `member_descriptor`: what a name in `__slots__` becomes in the class.

use crate::natives;
use crate::object::Ref;
use crate::object::call::{Args, Outcome};
use crate::vm::Vm;
use crate::vm::protocol::descriptor::Member;

pub fn install(vm: &mut Vm) {
    let ty = vm.types.member_descriptor;
    vm.add_methods(ty, METHODS);
    vm.add_getters(ty, GETTERS);
}

natives! { METHODS;
    "__get__", get, 2, 3;
    "__set__", set, 3, 3;
    "__delete__", delete, 2, 2;
    "__repr__", repr, 1, 1;
}

natives! { GETTERS;
    "__name__", name, 1, 1;
    "__qualname__", qualname, 1, 1;
    "__objclass__", owner, 1, 1;
    "__doc__", doc, 1, 1;
}

fn this<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a Member> {
    match args.values[0].opaque::<Member>() {
        Some(member) => Ok(&*member),
        None => {
            let given = vm.type_name(args.values[0]);
            Err(vm.type_error(format!("descriptor requires a 'member_descriptor' object but received a '{given}'")))
        }
    }
}

/// The member that a call of one of its methods is about, if the object is one that has it.
fn member_for<'a>(vm: &mut Vm, args: &'a Args) -> Outcome<&'a Member> {
    let member = this(vm, args)?;
    if vm.type_of(args.values[1]).is_subclass(member.owner) {
        return Ok(member);
    }
    let (name, owner) = (member.name.as_str().unwrap_or("?"), member.owner.name_text());
    let given = vm.type_name(args.values[1]);
    Err(vm.type_error(format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{given}' object")))
}

fn get(vm: &mut Vm, args: Args) -> Outcome {
    let [member, object, ..] = args.values else { return Ok(Ref::NONE) };
    if object.is_none() {
        return Ok(member.to_ref());
    }
    let name = member_for(vm, &args)?.name;
    match vm.own_attr(*object, name) {
        Some(value) => Ok(value),
        None => Err(vm.no_attribute(*object, name)),
    }
}

fn set(vm: &mut Vm, args: Args) -> Outcome {
    let name = member_for(vm, &args)?.name;
    vm.write_member(args.values[1], name, Some(args.values[2].to_ref()))?;
    Ok(Ref::NONE)
}

fn delete(vm: &mut Vm, args: Args) -> Outcome {
    let name = member_for(vm, &args)?.name;
    vm.write_member(args.values[1], name, None)?;
    Ok(Ref::NONE)
}

fn repr(vm: &mut Vm, args: Args) -> Outcome {
    let member = this(vm, &args)?;
    let name = member.name.as_str().unwrap_or("?");
    Ok(Ref::str(&format!("<member '{name}' of '{}' objects>", member.owner.name_text())))
}

fn name(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this(vm, &args)?.name.to_ref())
}

fn qualname(vm: &mut Vm, args: Args) -> Outcome {
    let member = this(vm, &args)?;
    let owner = member.owner.qualname.borrow().as_str().unwrap_or("?").to_owned();
    Ok(Ref::str(&format!("{owner}.{}", member.name.as_str().unwrap_or("?"))))
}

fn owner(vm: &mut Vm, args: Args) -> Outcome {
    Ok(this(vm, &args)?.owner.value().to_ref())
}

fn doc(vm: &mut Vm, args: Args) -> Outcome {
    this(vm, &args)?;
    Ok(Ref::NONE)
}
