//! Classes: built-in types and their tables, class statements, instantiation, `isinstance`.

mod builtin;
