//! No text brings the compiler down: random and mutated programs go through every pass, and every message that they cause
//! is shown. A text that is found is kept in the build folder and named.
//!
//! `FUZZ_SECONDS=600 cargo test --test fuzz_text` goes on for as long; `FUZZ_SEED=N` runs one text and prints it.

#[path = "fuzz/random.rs"]
mod random;
#[path = "fuzz/text.rs"]
mod text;

use coro::diag::{ColorChoice, SourceFile, render_all};
use coro::pipeline;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

/// Texts tried where no time is given.
const CASES: u64 = 1500;
/// A text that takes longer is reported; the texts are short.
const LIMIT: Duration = Duration::from_secs(10);

/// All programs of the tests, right and wrong ones.
fn corpus() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> = ["tests/conformance", "tests/cases", "samples"].map(|at| root.join(at)).into();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder of the project").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "co") {
                files.push(path);
            }
        }
    }
    files.sort();
    files.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}

/// Everything that the compiler does with a text and that it says about it.
fn compile(text: &str) {
    let source = Rc::new(SourceFile::new("fuzz.co", text));
    let found = pipeline::check(&source);
    for diagnostic in &found {
        let span = diagnostic.span;
        assert!(span.start <= span.end && span.end as usize <= text.len(), "{span:?} of {}", diagnostic.title);
    }
    let _ = render_all(&found, &source, ColorChoice::Always);
    for stage in pipeline::STAGES {
        // An error is as good as a listing.
        let _ = pipeline::dump(&source, stage.name, None);
    }
}

/// What goes wrong with the text of a seed.
fn problem(seed: u64, corpus: &[String]) -> Option<String> {
    let text = text::text(seed, corpus);
    let start = Instant::now();
    let ended = pipeline::on_deep_stack(|| compile(&text)).is_some();
    let how = if !ended {
        "a panic".to_owned()
    } else if start.elapsed() > LIMIT {
        format!("{} s", start.elapsed().as_secs())
    } else {
        return None;
    };
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("text{seed}.co"));
    let _ = fs::write(&file, &text);
    Some(format!("seed {seed}: {how}: {}", file.display()))
}

#[test]
fn no_text_brings_the_compiler_down() {
    let corpus = corpus();
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    if let Some(seed) = number("FUZZ_SEED") {
        println!("{}", text::text(seed, &corpus));
        assert_eq!(problem(seed, &corpus), None);
        return;
    }
    let until = number("FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let first = number("FUZZ_FIRST").unwrap_or(0);
    let mut wrong = Vec::new();
    let mut seed = first;
    while until.map_or(seed < first + CASES, |end| Instant::now() < end) && wrong.len() < 20 {
        wrong.extend(problem(seed, &corpus));
        seed += 1;
    }
    println!("{} texts", seed - first);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
