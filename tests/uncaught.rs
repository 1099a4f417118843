//! Snapshots of the reports of uncaught exceptions: each `tests/cases/uncaught/*.co` with what running it writes to
//! standard error. To accept what changed: `INSTA_UPDATE=always cargo test --test uncaught`.

use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn reports() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/uncaught");
    let entries = std::fs::read_dir(&folder).expect("the folder of cases");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a case").path()).collect();
    paths.sort();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/uncaught");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in paths {
            let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let ran = Command::new(env!("CARGO_BIN_EXE_coro"))
                .args(["run", &format!("{name}.co")])
                .current_dir(&folder)
                .env("NO_COLOR", "1")
                .output()
                .expect("the program runs");
            assert_eq!(ran.status.code(), Some(1), "{name}");
            let text = std::fs::read_to_string(&path).expect("a case is text");
            let report = String::from_utf8_lossy(&ran.stderr);
            insta::assert_snapshot!(name, format!("{}\n----\n{}", text.trim_end(), report.trim_end()));
        }
    });
}
