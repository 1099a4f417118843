//! Small programs under Miri, in one process and by the trampoline: `.ci/miri` runs this. What they print is judged elsewhere;
//! here counts that Miri finds no undefined behaviour. `CORO_MIRI=NAME` runs those whose path contains the name.
#![cfg(miri)]

use coro::pipeline::{self, Options};
use std::fs;

/// Of `tests/conformance/`.
const PROGRAMS: &[&str] = &[
    "generators/closed_at_exit",
    "generators/close_basic_2",
    "generators/with_in_generator_2",
    "generators/for_iterables_2",
    "generators/uncaught_in_generator",
    "yield_from/send_user_iterators_2",
    "yield_from/uncaught_through_chain",
    "classes/finalisers_once",
    "classes/comparison_matrix",
    "containers/dict_probing",
    "containers/set_order",
    "functions/globals_dict",
    "strings/character_tests",
    "async_core/types_coroutine_3",
    "async_core/await_at_once_2",
    "classes/method_before_arguments",
    "state_machines/async_for_loops_3",
    "with_stmt/protocol_order_2",
];

#[test]
fn programs() {
    let wanted = std::env::var("CORO_MIRI").unwrap_or_default();
    for name in PROGRAMS.iter().filter(|name| name.contains(&wanted)) {
        let path = format!("tests/conformance/{name}.co");
        println!("== {path}");
        let bytes = fs::read(&path).expect("a program");
        let options = Options { virtual_time: true, ..Options::default() };
        let status = pipeline::on_deep_stack(|| {
            let source = pipeline::decode(&path, bytes.clone()).expect("a text");
            pipeline::run(&source, vec![path.clone()], options).expect("a program that compiles")
        });
        assert!(matches!(status, Some(0 | 1)), "{path}: {status:?}");
    }
}
