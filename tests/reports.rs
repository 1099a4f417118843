//! Snapshots of what the event loop reports on standard error: each `tests/cases/reports/*.co` with its exit status and its
//! report. To accept what changed: `INSTA_UPDATE=always cargo test --test reports`.

use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn reports() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/reports");
    let entries = std::fs::read_dir(&folder).expect("the folder of cases");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a case").path()).collect();
    paths.sort();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/reports");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in paths {
            let name = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let ran = Command::new(env!("CARGO_BIN_EXE_coro"))
                .args(["run", "--virtual-time", &format!("{name}.co")])
                .current_dir(&folder)
                .env("NO_COLOR", "1")
                .output()
                .expect("the program runs");
            let status = ran.status.code().unwrap_or(-1);
            let text = std::fs::read_to_string(&path).expect("a case is text");
            let report = String::from_utf8_lossy(&ran.stderr);
            let shown = format!("{}\n---- exit status {status}\n{}", text.trim_end(), report.trim_end());
            insta::assert_snapshot!(name, shown);
        }
    });
}

/// Under virtual time a program that sleeps for a day ends at once, and what is seeded is the same in each run.
#[test]
fn virtual_time_and_seeds() {
    let program = "\
import asyncio, random, time
async def main():
    begin = time.monotonic()
    await asyncio.sleep(86400)
    try:
        async with asyncio.timeout(3600):
            await asyncio.sleep(1e6)
    except TimeoutError:
        print('timeout', time.monotonic() - begin)
    time.sleep(100)
    print(time.monotonic() - begin, time.time())
    print(random.random())
asyncio.run(main())
";
    let run = || {
        let ran = Command::new(env!("CARGO_BIN_EXE_coro"))
            .args(["run", "--virtual-time", "--seed", "7", "-c", program])
            .output()
            .expect("the program runs");
        String::from_utf8_lossy(&ran.stdout).into_owned()
    };
    let begin = std::time::Instant::now();
    let first = run();
    assert!(begin.elapsed() < std::time::Duration::from_secs(20));
    assert!(first.starts_with("timeout 90000.0\n90100.0 946774900.0\n"), "{first}");
    assert_eq!(first, run());
}
