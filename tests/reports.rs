//! Snapshots of what the event loop reports on standard error: each `tests/cases/reports/*.co` with its exit status and its
//! report. To accept what changed: `INSTA_UPDATE=always cargo test --test reports`.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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

/// Runs the text, sends the signals each time that it has printed a line, and gives exit status, output and report.
fn interrupted(program: &str, signals: &[i32]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coro"));
    command.args(["run", "-c", program]).env("NO_COLOR", "1").stdout(Stdio::piped()).stderr(Stdio::piped());
    // Safety: `signal` may be called between fork and exec. Whoever runs the tests may have SIGINT ignored.
    unsafe {
        command.pre_exec(|| {
            libc::signal(libc::SIGINT, libc::SIG_DFL);
            Ok(())
        });
    }
    let mut child = command.spawn().expect("the program runs");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut shown = String::new();
    for signal in signals {
        out.read_line(&mut shown).expect("a line");
        // What it does next is to be under way.
        std::thread::sleep(std::time::Duration::from_millis(100));
        // Safety: has no conditions.
        unsafe { libc::kill(child.id() as i32, *signal) };
    }
    out.read_to_string(&mut shown).expect("text");
    let mut report = String::new();
    child.stderr.take().expect("its report").read_to_string(&mut report).expect("text");
    (child.wait().expect("its end").code(), shown, report)
}

#[test]
fn interrupting_a_computation() {
    let program = "\
import sys
def count():
    n = 0
    while True:
        n += 1
try:
    print('ready', flush=True)
    count()
except KeyboardInterrupt:
    print('caught', flush=True)
def spin(none):
    while none is None:
        pass
def ranges():
    for i in range(10 ** 12):
        pass
for f in (lambda: spin(None), ranges):
    try:
        f()
    except KeyboardInterrupt:
        print('again', flush=True)
for i in iter(lambda: 0, 1):
    pass
";
    let (status, shown, report) = interrupted(program, &[libc::SIGINT; 4]);
    assert_eq!((status, shown.as_str()), (Some(130), "ready\ncaught\nagain\nagain\n"));
    assert!(report.contains("<string>:22:"), "{report}");
    assert!(report.ends_with("KeyboardInterrupt\n"), "{report}");
}

#[test]
fn interrupting_what_waits() {
    let program = "\
import time, asyncio
try:
    print('ready', flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print('sleep', flush=True)
async def waits():
    await asyncio.sleep(60)
async def main():
    other = asyncio.create_task(waits(), name='other')
    try:
        await asyncio.sleep(50)
    except asyncio.CancelledError:
        print('cleaned up', flush=True)
        raise
asyncio.run(main())
";
    let (status, shown, report) = interrupted(program, &[libc::SIGINT, libc::SIGINT]);
    assert_eq!((status, shown.as_str()), (Some(130), "ready\nsleep\ncleaned up\n"));
    let tree = "\
interrupted: the main task is cancelled
  main#1  waits for sleep(50) <string>:12
  other#2 waits for sleep(60) <string>:8
";
    assert!(report.starts_with(tree), "{report}");
    assert!(report.ends_with("KeyboardInterrupt\n"), "{report}");
}

/// The first Ctrl-C cancels a task that never waits, in vain; the second ends it. SIGQUIT only shows.
#[test]
fn interrupting_a_busy_task() {
    let program = "\
import asyncio
async def main():
    for _ in range(3):
        print('ready', flush=True)
        n = 0
        while n < 1000000:
            n += 1
    while True:
        pass
asyncio.run(main(), debug=False)
";
    let (status, _, report) = interrupted(program, &[libc::SIGQUIT, libc::SIGINT, libc::SIGINT]);
    assert_eq!(status, Some(130));
    assert!(report.starts_with("tasks\n  main#1 runs <string>:"), "{report}");
    assert!(report.contains("\ninterrupted: the main task is cancelled\n  main#1 runs"), "{report}");
    assert!(report.ends_with("KeyboardInterrupt\n"), "{report}");
}

/// A computation is found by processor time: this one runs long enough on any machine.
#[test]
fn a_computation_that_holds_up_others() {
    let program = "\
import asyncio, time
async def other():
    pass
async def main():
    asyncio.create_task(other())
    end = time.monotonic() + 2
    while time.monotonic() < end:
        pass
    await asyncio.sleep(0)
asyncio.run(main())
";
    let ran = Command::new(env!("CARGO_BIN_EXE_coro"))
        .args(["run", "-c", program])
        .env("NO_COLOR", "1")
        .output()
        .expect("the program runs");
    insta::with_settings!({snapshot_path => "snapshots/reports", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("computation", String::from_utf8_lossy(&ran.stderr));
    });
}
