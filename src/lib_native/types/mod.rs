//! Methods of the built-in types: a table of natives for each, and the function that installs it.

pub mod alias;
pub mod bool_;
pub mod bytearray;
pub mod bytes_;
pub mod bytes_search;
pub mod bytes_split;
mod codecs;
pub mod dict;
pub mod exception;
pub mod exception_fields;
pub mod exception_group;
pub mod float;
pub mod function;
pub mod int;
pub mod iterator_state;
pub mod iterators;
pub mod list;
mod member;
pub mod module;
pub mod number_operators;
pub mod object;
pub mod property;
pub mod range;
mod sequence;
pub mod set;
pub mod shared;
pub mod sort;
pub mod str_;
pub mod str_format;
pub mod str_search;
pub mod str_split;
pub mod struct_sequence;
pub mod super_;
pub mod tuple;
pub mod type_;
pub mod views;

use crate::object::atom;
use crate::vm::Vm;

/// Installs the tables of all built-in types, and the names of those that are built-in names too.
pub fn install(vm: &mut Vm) {
    name_types(vm);
    object::install(vm);
    type_::install(vm);
    function::install(vm);
    member::install(vm);
    property::install(vm);
    super_::install(vm);
    module::install(vm);
    alias::install(vm);
    exception::install(vm);
    exception_fields::install(vm);
    exception_group::install(vm);
    shared::install(vm);
    number_operators::install(vm);
    int::install(vm);
    bool_::install(vm);
    float::install(vm);
    str_::install(vm);
    bytes_::install(vm);
    list::install(vm);
    tuple::install(vm);
    dict::install(vm);
    views::install(vm);
    set::install(vm);
    range::install(vm);
    iterators::install(vm);
    iterator_state::install(vm);
}

/// Types and constants that every program can name.
fn name_types(vm: &mut Vm) {
    let t = &vm.types;
    let mut named = vec![
        t.object,
        t.type_,
        t.int,
        t.bool_,
        t.float,
        t.str_,
        t.bytes,
        t.bytearray,
        t.list,
        t.tuple,
        t.dict,
        t.set,
        t.frozenset,
        t.range,
        t.slice,
        t.property,
        t.staticmethod,
        t.classmethod,
        t.super_,
        t.reversed,
        t.enumerate,
        t.zip,
        t.map,
        t.filter,
    ];
    named.extend(t.exc.all());
    let os_error = t.exc.os_error;
    for ty in named {
        let name = *ty.name.borrow().clone();
        vm.builtins.insert(atom::intern_value(name), ty.value().to_ref());
    }
    for alias in ["EnvironmentError", "IOError"] {
        vm.builtins.insert(atom::intern(alias), os_error.value().to_ref());
    }
}
