//! coro: a Python-like language with first-class coroutines. The modules follow the pipeline:
//!
//! `diag` positions and messages · `syntax` text to tree · `sema` scopes · `hir` sugar removed · `mir` the state-machine
//! IR · `code` instructions · `object` values and heap · `vm` execution · `event_loop` tasks, timers, I/O ·
//! `lib_native`, `lib_coro` the modules · `pipeline` the list of passes. `docs/ARCHITECTURE.md` has the drawing.

// They panic when nobody can be written to; `vm::output` and `cli::report` do not.
#![deny(clippy::print_stderr, clippy::print_stdout)]

pub mod cli;
pub mod code;
pub mod diag;
pub mod event_loop;
pub mod hir;
pub mod lib_coro;
pub mod lib_native;
pub mod mir;
pub mod object;
pub mod pipeline;
pub mod run;
pub mod sema;
pub mod syntax;
pub mod vm;
