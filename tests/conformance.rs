//! Programs with what CPython 3.13 does with them: `tests/conformance/TOPIC/NAME.co` is run, and judged by the files beside it.
//!
//! ```text
//! NAME.out             its exact standard output
//! NAME.match, .lines   instead: a regular expression for each whole line; the lines in any order
//! NAME.err             where it ends by an uncaught exception: the last line of standard error; the exit status is 1
//! NAME.bad             where the compiler must refuse it: the line at fault; the exit status is 1, nothing is printed on
//!                      standard output, and standard error names `NAME.co:LINE:`
//! ```
//! `cargo test --test conformance -- generators` runs a topic. `wishlist.txt` names the programs that may fail; the run
//! reports those that have begun to pass. With the environment variable `CONFORMANCE_WISHLIST`:
//! `update` writes the list anew from what failed in this run, `show` says how each program on it fails.
//! `CORO_BIN` names another binary to judge.

mod running;

use libtest_mimic::{Arguments, Failed, Trial};
use regex_lite::Regex;
use running::{Ran, difference};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Far above what any of the programs needs: a busy machine must not fail the tests.
const LIMIT: Duration = Duration::from_secs(30);
/// For a program that may fail anyway.
const WISHLIST_LIMIT: Duration = Duration::from_secs(10);
const JUDGED_BY: [&str; 5] = ["out", "err", "bad", "match", "lines"];
const WISHLIST_HEAD: &str = "\
# Programs that coro does not run as CPython does yet. They are run, and may fail.
# CONFORMANCE_WISHLIST=update cargo test --test conformance    writes this list from what fails
# CONFORMANCE_WISHLIST=show cargo test --test conformance      says how each of them fails
";

/// How each program that was run differs from CPython; None if it does not.
type Verdicts = Arc<Mutex<BTreeMap<String, Option<String>>>>;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let wishlist = read_wishlist(&root);
    let mode = std::env::var("CONFORMANCE_WISHLIST").unwrap_or_default();
    let updating = mode == "update";
    let verdicts = Verdicts::default();
    let trials = programs(&root).into_iter().map(|(name, file)| {
        let (verdicts, listed) = (verdicts.clone(), wishlist.contains(&name));
        let kind = if listed { "wishlist" } else { "" };
        Trial::test(name.clone(), move || {
            let limit = if listed { WISHLIST_LIMIT } else { LIMIT };
            let verdict = judge(&file, limit).err();
            verdicts.lock()?.insert(name, verdict.clone());
            match verdict {
                Some(how) if !listed && !updating => Err(Failed::from(how)),
                _ => Ok(()),
            }
        })
        .with_kind(kind)
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let Ok(verdicts) = verdicts.lock() else { return ExitCode::FAILURE };
    if updating && let Err(error) = update_wishlist(&root, &wishlist, &verdicts) {
        eprintln!("cannot write the wishlist: {error}");
        return ExitCode::FAILURE;
    }
    report(&wishlist, &verdicts, &mode);
    conclusion.exit_code()
}

/// Every program with something to judge it by, as `TOPIC/NAME`.
fn programs(root: &Path) -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> = files(root)
        .iter()
        .flat_map(|topic| files(topic))
        .filter(|file| file.extension().is_some_and(|e| e == "co"))
        .filter(|file| JUDGED_BY.iter().any(|suffix| file.with_extension(suffix).exists()))
        .filter_map(|file| {
            let topic = file.parent()?.file_name()?.to_string_lossy().into_owned();
            Some((format!("{topic}/{}", file.file_stem()?.to_string_lossy()), file))
        })
        .collect();
    found.sort();
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect()
}

/// Runs a program; the error says in a line how it differs from CPython.
fn judge(file: &Path, limit: Duration) -> Result<(), String> {
    let binary = running::coro_binary();
    let ran = running::run(&[&binary, "run"], file, limit)?;
    let stderr = ran.stderr_text();
    if ran.status.code().is_none() {
        return Err(format!("killed: {}", ran.status));
    }
    if let Some(panic) = stderr.lines().find(|line| line.contains("panicked at")) {
        return Err(format!("panic: {panic}"));
    }
    if let Some(bad) = beside(file, "bad") {
        return judge_refusal(file, &bad, &ran);
    }
    judge_output(file, &ran).map_err(|how| match stderr.lines().last() {
        Some(last) => format!("{how} | {last}"),
        None => how,
    })?;
    let Some(err) = beside(file, "err") else {
        let how = format!("{} | {}", ran.status, stderr.lines().last().unwrap_or(""));
        return if ran.status.success() { Ok(()) } else { Err(how) };
    };
    expect_status_1(&ran)?;
    let (got, want) = (stderr.lines().last().unwrap_or(""), err.lines().last().unwrap_or(""));
    if got == want { Ok(()) } else { Err(format!("last line {got:?}, expected {want:?}")) }
}

/// The program must not have begun to run, and the line at fault must be named.
fn judge_refusal(file: &Path, bad: &str, ran: &Ran) -> Result<(), String> {
    expect_status_1(ran)?;
    if !ran.stdout.is_empty() {
        return Err("printed on standard output before refusing".to_owned());
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let place = format!("{name}:{}:", bad.lines().next().unwrap_or("").trim());
    if ran.stderr_text().contains(&place) { Ok(()) } else { Err(format!("no '{place}' on standard error")) }
}

fn judge_output(file: &Path, ran: &Ran) -> Result<(), String> {
    if let Some(want) = beside(file, "out")
        && ran.stdout != want.as_bytes()
    {
        return Err(difference(&ran.stdout, want.as_bytes()));
    }
    let text = String::from_utf8_lossy(&ran.stdout);
    let got: Vec<&str> = text.lines().collect();
    if let Some(patterns) = beside(file, "match") {
        let whole = |pattern: &str| Regex::new(&format!("^(?:{pattern})$")).map_err(|error| error.to_string());
        let patterns = patterns.lines().map(whole).collect::<Result<Vec<Regex>, String>>()?;
        if got.len() != patterns.len() || !patterns.iter().zip(&got).all(|(pattern, line)| pattern.is_match(line)) {
            return Err(format!("output does not match: {got:?}"));
        }
    }
    if let Some(lines) = beside(file, "lines") {
        let sorted = |mut lines: Vec<&str>| {
            lines.sort_unstable();
            lines.join("\n")
        };
        if sorted(got.clone()) != sorted(lines.lines().collect()) {
            return Err(format!("other lines: {got:?}"));
        }
    }
    Ok(())
}

fn expect_status_1(ran: &Ran) -> Result<(), String> {
    if ran.status.code() == Some(1) { Ok(()) } else { Err(format!("{}, not 1", ran.status)) }
}

/// The text of the file of that suffix beside the program.
fn beside(file: &Path, suffix: &str) -> Option<String> {
    fs::read_to_string(file.with_extension(suffix)).ok()
}

fn read_wishlist(root: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(root.join("wishlist.txt")).unwrap_or_default();
    text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned).collect()
}

/// What was not run stays as it was listed.
fn update_wishlist(
    root: &Path,
    old: &BTreeSet<String>,
    verdicts: &BTreeMap<String, Option<String>>,
) -> std::io::Result<()> {
    let exists: BTreeSet<String> = programs(root).into_iter().map(|(name, _)| name).collect();
    let mut listed: BTreeSet<&String> = old.iter().filter(|name| exists.contains(*name)).collect();
    for (name, verdict) in verdicts {
        if verdict.is_some() {
            listed.insert(name);
        } else {
            listed.remove(name);
        }
    }
    let mut text = WISHLIST_HEAD.to_owned();
    for name in listed {
        text.push_str(name);
        text.push('\n');
    }
    fs::write(root.join("wishlist.txt"), text)
}

fn report(wishlist: &BTreeSet<String>, verdicts: &BTreeMap<String, Option<String>>, mode: &str) {
    let mut topics: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (name, verdict) in verdicts {
        let row = topics.entry(name.split('/').next().unwrap_or(name)).or_default();
        row.0 += usize::from(verdict.is_none());
        row.1 += 1;
    }
    for (topic, (passed, all)) in &topics {
        println!("{topic:16} {passed:4} of {all:4}");
    }
    if mode == "show" {
        for (name, how) in verdicts.iter().filter(|(name, _)| wishlist.contains(*name)) {
            println!("{name}: {}", how.as_deref().unwrap_or("passes"));
        }
    }
    let new: Vec<&str> =
        verdicts.iter().filter(|(n, v)| v.is_none() && wishlist.contains(*n)).map(|(n, _)| n.as_str()).collect();
    if !new.is_empty() && mode != "update" {
        println!("\n{} programs of the wishlist pass now; CONFORMANCE_WISHLIST=update takes them off:", new.len());
        for name in new {
            println!("    {name}");
        }
    }
}
