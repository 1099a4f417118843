//! Whole programs of a grammar: none brings coro down, hangs it or makes it lose objects; all print what CPython prints.
//!
//! `docs/testing.md` says how to go on for a given time, how to compare the two drivers, and how to look for differences from
//! CPython with other seeds than the recorded ones. A program that is found stays in the build folder and is named.

#[path = "fuzz/grammar.rs"]
mod grammar;
#[path = "fuzz/program.rs"]
mod program;
#[path = "fuzz/random.rs"]
mod random;
mod running;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The seeds with a recorded result, which are tried where nothing else is said.
const RECORDED: u64 = 60;
/// Seeds among them whose programs do not yet print what they should: a traceback does not keep the locals of its frames.
const NOT_YET: &[u64] = &[20, 41];
const LIMIT: Duration = Duration::from_secs(30);
/// Exit statuses that a program may cause: all is well, an uncaught exception, a deadlock, an interrupt.
const STATUSES: [i32; 4] = [0, 1, 13, 130];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/recorded")
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn write(name: &str, text: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, text).expect("a file in the build folder");
    file
}

/// What coro does with a program, if it is what any program may bring about.
fn run(binary: &str, file: &Path) -> Result<running::Ran, String> {
    let ran = running::run(&[binary, "run", "--virtual-time", "--seed", "1"], file, LIMIT)?;
    match ran.status.code() {
        Some(code) if STATUSES.contains(&code) => Ok(ran),
        _ => Err(format!("{} | {}", ran.status, ran.stderr_text())),
    }
}

/// What is wrong with the program of a seed.
fn problem(seed: u64) -> Result<(), String> {
    let program = program::program(seed);
    let text = program.text();
    let file = write(&format!("program{seed}.co"), &text);
    let binary = running::coro_binary();
    let ran = run(&binary, &file)?;
    if let Some(want) = expected(seed, &text, &file)?
        && ran.stdout != want
    {
        return Err(running::difference(&ran.stdout, &want));
    }
    if let Some(other) = variable("FUZZ_OTHER_DRIVER") {
        let other = run(&other, &file).map_err(|how| format!("the other driver: {how}"))?;
        if (other.status, &other.stdout, &other.stderr) != (ran.status, &ran.stdout, &ran.stderr) {
            return Err(format!("the other driver: {}", running::difference(&other.stdout, &ran.stdout)));
        }
    }
    if let Some(repeated) = program.repeated() {
        let again = write(&format!("program{seed}_repeated.co"), &repeated);
        let ran = run(&binary, &again)?;
        if let Some(counts) = lost(&String::from_utf8_lossy(&ran.stdout)) {
            return Err(format!("objects are lost: {counts}: {}", again.display()));
        }
        let _ = fs::remove_file(again);
    }
    let _ = fs::remove_file(file);
    Ok(())
}

/// The last line of a repeated program shows by how much the number of objects had grown after each round. What grows in
/// each round is lost; what was made once is kept for use.
fn lost(printed: &str) -> Option<String> {
    let counts = printed.trim_end().rsplit('\n').next()?.strip_prefix("blocks [")?.strip_suffix(']')?;
    let numbers: Vec<i64> = counts.split(", ").filter_map(|number| number.parse().ok()).collect();
    numbers.windows(2).all(|pair| pair[0] < pair[1]).then(|| counts.to_owned())
}

/// What CPython prints for a program: asked, or as recorded; None if nobody knows.
fn expected(seed: u64, text: &str, file: &Path) -> Result<Option<Vec<u8>>, String> {
    if let Some(oracle) = variable("FUZZ_ORACLE") {
        let command: Vec<&str> = oracle.split_whitespace().collect();
        // Where CPython itself gives up there is nothing to learn.
        return Ok(running::run(&command, file, LIMIT)
            .ok()
            .filter(|ran| ran.status.code().is_some())
            .map(|ran| ran.stdout));
    }
    if seed >= RECORDED {
        return Ok(None);
    }
    let recorded = fs::read_to_string(folder().join(format!("{seed:03}.out"))).map_err(|_| "no recorded result")?;
    let (head, printed) = recorded.split_once('\n').unwrap_or(("", ""));
    if head == running::checksum(text) { Ok(Some(printed.into())) } else { Err("recorded for another program".into()) }
}

fn record(seed: u64) {
    let text = program::program(seed).text();
    let file = write(&format!("program{seed}.co"), &text);
    let printed = expected(seed, &text, &file).expect("the oracle runs it").expect("the oracle ends well");
    let text = format!("{}\n{}", running::checksum(&text), String::from_utf8_lossy(&printed));
    fs::write(folder().join(format!("{seed:03}.out")), text).expect("a recorded result");
}

/// Tries seeds one after the other until there are no more or the time is over; what was found.
fn work(next: &AtomicU64, end: u64, until: Option<Instant>) -> Vec<String> {
    let mut found = Vec::new();
    while until.is_none_or(|until| Instant::now() < until) && found.len() < 50 {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            break;
        }
        let listed = seed < RECORDED && NOT_YET.contains(&seed);
        match problem(seed) {
            Err(how) if listed => println!("not yet: seed {seed}: {how}"),
            Err(how) => found.push(format!("seed {seed}: {how}")),
            Ok(()) if listed => println!("seed {seed} is right now: take it off NOT_YET"),
            Ok(()) => {}
        }
    }
    found
}

#[test]
fn no_program_brings_coro_down() {
    let number = |name: &str| variable(name).map(|text| text.parse::<u64>().expect("a number"));
    if variable("FUZZ_RECORD").is_some() {
        (0..RECORDED).for_each(record);
        return;
    }
    let first = number("FUZZ_FIRST").unwrap_or(0);
    let until = number("FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let end = if until.is_some() { u64::MAX } else { number("FUZZ_LAST").map_or(RECORDED, |last| last + 1) };
    let next = AtomicU64::new(first);
    let found: Vec<String> = std::thread::scope(|scope| {
        let workers = [(); 2].map(|()| scope.spawn(|| work(&next, end, until)));
        workers.into_iter().flat_map(|worker| worker.join().expect("a worker ends")).collect()
    });
    println!("{} programs", next.into_inner().min(end) - first);
    assert!(found.is_empty(), "{} found:\n{}", found.len(), found.join("\n"));
}

#[test]
fn a_program_depends_on_its_seed_alone() {
    assert_eq!(program::program(7).text(), program::program(7).text());
    assert_ne!(program::program(7).text(), program::program(8).text());
}
