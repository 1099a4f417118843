//! The programs under `samples/` do what stands beside them, and can be looked at in every stage.

mod running;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Samples that need more of the language than there is yet; they are run, and may fail.
const NOT_YET: &[&str] = &[];

fn samples() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .expect("samples/")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "co"))
        .collect();
    found.sort();
    found
}

/// How the sample differs from its recorded output; None if it does not.
fn difference(sample: &Path) -> Option<String> {
    let binary = running::coro_binary();
    let ran = match running::run(&[&binary, "run"], sample, Duration::from_secs(30)) {
        Ok(ran) => ran,
        Err(how) => return Some(how),
    };
    let want = fs::read(sample.with_extension("out")).expect("each sample has its output beside it");
    let last = ran.stderr_text().lines().last().unwrap_or("").to_owned();
    if ran.stdout != want {
        return Some(format!("{} | {last}", running::difference(&ran.stdout, &want)));
    }
    (!ran.status.success()).then(|| format!("{} | {last}", ran.status))
}

#[test]
fn samples_do_what_stands_beside_them() {
    let mut wrong = Vec::new();
    for sample in samples() {
        let name = sample.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let listed = NOT_YET.contains(&name.as_str());
        match difference(&sample) {
            Some(how) if listed => println!("not yet: {name}: {how}"),
            Some(how) => wrong.push(format!("{name}: {how}")),
            None if listed => println!("{name} passes now: take it off NOT_YET"),
            None => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn samples_can_be_dumped() {
    for sample in samples() {
        let text = fs::read_to_string(&sample).expect("UTF-8");
        let source = coro::diag::SourceFile::new(&*sample.to_string_lossy(), &*text);
        let source = std::rc::Rc::new(source);
        for stage in coro::pipeline::STAGES {
            let shown = coro::pipeline::dump(&source, stage.name, None);
            assert!(shown.is_ok_and(|text| !text.is_empty()), "{} in stage {}", sample.display(), stage.name);
        }
    }
}
