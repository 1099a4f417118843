//! The two drivers of the machine do the same. `.ci/drivers` builds both and runs this; by hand:
//!
//! ```text
//! cargo build --release
//! cargo build --release --features trampoline --target-dir target/trampoline
//! CORO_SIBLING=$PWD/target/release/coro CORO_TRAMPOLINE=$PWD/target/trampoline/release/coro \
//!     cargo test --test driver -- --ignored
//! ```
//! Without these variables the default build stands on both sides, which still shows output that varies from run to run.

mod running;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Topics whose programs print neither times nor addresses, and which need no clock.
const TOPICS: &[&str] = &[
    "classes",
    "containers",
    "exceptions",
    "expressions",
    "functions",
    "generators",
    "programs",
    "runtime_errors",
    "state_machines",
    "statements",
    "with_stmt",
    "yield_from",
];

fn programs() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let mut found: Vec<PathBuf> = TOPICS
        .iter()
        .flat_map(|topic| fs::read_dir(root.join(topic)).expect("a topic"))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "co"))
        .collect();
    found.sort();
    found
}

fn build(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| running::coro_binary())
}

#[test]
#[ignore = "needs two builds: see .ci/drivers"]
fn both_drivers_do_the_same() {
    let (sibling, trampoline) = (build("CORO_SIBLING"), build("CORO_TRAMPOLINE"));
    let mut different = Vec::new();
    for program in programs() {
        let run = |binary: &str| {
            running::run(&[binary, "run"], &program, Duration::from_secs(30))
                .map(|ran| (ran.status.code(), ran.stdout, ran.stderr))
        };
        if run(&sibling) != run(&trampoline) {
            different.push(program.display().to_string());
        }
    }
    assert!(different.is_empty(), "the drivers differ on:\n{}", different.join("\n"));
}
