//! The command line from outside: exit statuses, what goes to which stream.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// Runs `coro` with `args` in a folder that holds the files given.
fn coro_in(files: &[(&str, &str)], args: &[&str], stdin: &str) -> Output {
    let dir = scratch();
    for (name, text) in files {
        std::fs::write(dir.join(name), text).expect("a file in the scratch folder");
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_coro"))
        .args(args)
        .current_dir(&dir)
        .env_remove("CLICOLOR_FORCE")
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("coro starts");
    // The program may end without reading.
    let _ = child.stdin.take().expect("a pipe").write_all(stdin.as_bytes());
    let output = child.wait_with_output().expect("coro ends");
    let _ = std::fs::remove_dir_all(&dir);
    output
}

fn coro(args: &[&str]) -> Output {
    coro_in(&[], args, "")
}

/// A folder of its own for each call.
fn scratch() -> PathBuf {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a scratch folder");
    dir
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn ends(output: &Output, status: i32) {
    assert_eq!(output.status.code(), Some(status), "stdout: {}\nstderr: {}", stdout(output), stderr(output));
}

const BAD: &str = "x = 1\ny = = 2\n";
const GENERATOR: &str = "def evens(n):\n    for i in range(n):\n        if i % 2 == 0:\n            yield i\n";

#[test]
fn version_and_help_go_to_standard_output() {
    let output = coro(&["--version"]);
    ends(&output, 0);
    assert_eq!(stdout(&output), concat!("coro ", env!("CARGO_PKG_VERSION"), "\n"));
    for args in [&["--help"][..], &["help", "run"], &["run", "--help"], &["check", "--help"], &["dump", "-h"]] {
        let output = coro(args);
        ends(&output, 0);
        assert!(stdout(&output).contains("Examples:\n"), "{args:?}");
        assert_eq!(stderr(&output), "");
    }
}

#[test]
fn wrong_command_lines_end_with_2() {
    for args in [
        &["--nonsense"][..],
        &["run", "--nonsense", "a.co"],
        &["run"],
        &["check"],
        &["dump"],
        &["check", "-c"],
        &["dump", "--stage", "nothing", "-c", "x = 1"],
        &["dump", "--fn", "f", "-c", "x = 1"],
        &["dump", "--fn", "f", "--stage", "ast", "-c", "x = 1"],
    ] {
        let output = coro(args);
        ends(&output, 2);
        assert_eq!(stdout(&output), "", "{args:?}");
        assert_ne!(stderr(&output), "", "{args:?}");
    }
}

#[test]
fn unreadable_files_end_with_2() {
    for args in [&["missing.co"][..], &["run", "missing.co"], &["check", "missing.co"], &["dump", "missing.co"]] {
        let output = coro(args);
        ends(&output, 2);
        assert_eq!(stderr(&output), "coro: can't open file 'missing.co': No such file or directory\n");
    }
    let output = coro(&["run", "."]);
    ends(&output, 2);
    assert_eq!(stderr(&output), "coro: can't open file '.': is a directory\n");
}

#[test]
fn programs_that_do_not_compile_end_with_1() {
    for args in [&["bad.co"][..], &["run", "bad.co"], &["check", "bad.co"], &["dump", "bad.co"]] {
        let output = coro_in(&[("bad.co", BAD)], args, "");
        ends(&output, 1);
        assert_eq!(stdout(&output), "");
        assert!(stderr(&output).contains("bad.co:2:"), "{}", stderr(&output));
        assert!(stderr(&output).trim_end().ends_with("SyntaxError: invalid syntax"), "{}", stderr(&output));
    }
}

#[test]
fn text_comes_from_standard_input_or_the_command_line() {
    let output = coro_in(&[], &["check", "-"], BAD);
    ends(&output, 1);
    assert!(stderr(&output).contains("<stdin>:2:"));
    let output = coro(&["check", "-c", "x = ="]);
    ends(&output, 1);
    assert!(stderr(&output).contains("<string>:1:"));
    ends(&coro_in(&[], &["-"], BAD), 1);
    ends(&coro_in(&[], &[], BAD), 1);
    ends(&coro(&["-c", "x = ="]), 1);
}

#[test]
fn check_is_silent_about_good_programs_and_looks_at_all() {
    let files = [("good.co", GENERATOR), ("bad.co", BAD)];
    let output = coro_in(&files, &["check", "good.co"], "");
    ends(&output, 0);
    assert_eq!((stdout(&output), stderr(&output)), (String::new(), String::new()));
    ends(&coro_in(&files, &["check", "bad.co", "good.co"], ""), 1);
    let output = coro_in(&files, &["check", "missing.co", "bad.co"], "");
    ends(&output, 2);
    assert!(stderr(&output).contains("bad.co:2:"));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let dir = scratch();
    std::fs::write(dir.join("latin.co"), b"x = 1\ny = '\xe9'\n").expect("a file");
    let output =
        Command::new(env!("CARGO_BIN_EXE_coro")).args(["check", "latin.co"]).current_dir(&dir).output().expect("coro");
    ends(&output, 1);
    assert!(stderr(&output).contains("latin.co:2:"));
    assert!(stderr(&output).contains("SyntaxError: Non-UTF-8 code starting with '\\xe9' on line 2"));
    let _ = std::fs::remove_dir_all(dir);
}

#[test]
fn every_stage_can_be_dumped() {
    let listed = stdout(&coro(&["dump", "--stage", "help"]));
    let names: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.starts_with(&["tokens", "ast", "scopes", "hir", "mir"]) && names.ends_with(&["code"]), "{names:?}");
    for name in names {
        let output = coro_in(&[("g.co", GENERATOR)], &["dump", "--stage", name, "g.co"], "");
        ends(&output, 0);
        assert!(stdout(&output).contains("evens"), "{name}");
        assert_eq!(stderr(&output), "", "{name}");
    }
}

#[test]
fn dump_shows_the_state_machine_unless_told_otherwise() {
    let default = coro_in(&[("g.co", GENERATOR)], &["dump", "g.co"], "");
    let named = coro_in(&[("g.co", GENERATOR)], &["dump", "--stage", "mir.coroutine", "g.co"], "");
    assert_eq!(stdout(&default), stdout(&named));
    let one = stdout(&coro_in(&[("g.co", GENERATOR)], &["dump", "--fn", "evens", "g.co"], ""));
    assert!(one.starts_with("generator evens") && one.lines().count() < stdout(&default).lines().count());
}

#[test]
fn unknown_functions_are_answered_with_the_known_ones() {
    let output = coro_in(&[("g.co", GENERATOR)], &["dump", "--fn", "odds", "g.co"], "");
    ends(&output, 2);
    assert_eq!(stderr(&output), "coro: dump: no function 'odds'; there are <module>, evens\n");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let text = "x = 1\n".repeat(20_000);
    let dir = scratch();
    std::fs::write(dir.join("long.co"), text).expect("a file");
    let mut child = Command::new(env!("CARGO_BIN_EXE_coro"))
        .args(["dump", "--stage", "ast", "long.co"])
        .current_dir(&dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("coro starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("coro ends");
    assert_eq!(stderr(&output), "");
    ends(&output, 0);
    let _ = std::fs::remove_dir_all(dir);
}

#[test]
fn colour_only_where_it_is_wanted() {
    let run = |set: &str, value: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_coro"));
        command.args(["check", "-c", "x = ="]).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        stderr(&command.env(set, value).output().expect("coro"))
    };
    assert!(!run("NO_COLOR", "1").contains('\x1b'));
    assert!(!run("TERM", "xterm").contains('\x1b'), "standard error is no terminal here");
    assert!(run("CLICOLOR_FORCE", "1").contains('\x1b'));
}

#[test]
fn deep_nesting_is_survived_by_every_stage() {
    let deep = format!("x = {}1{}\ny = {}x\n", "[".repeat(190), "]".repeat(190), "-".repeat(2900));
    for stage in ["ast", "scopes", "hir", "mir", "mir.slots", "code"] {
        ends(&coro_in(&[("deep.co", &deep)], &["dump", "--stage", stage, "deep.co"], ""), 0);
    }
}

#[test]
fn options_of_run_need_no_word_run() {
    let output =
        coro_in(&[("a.co", "import sys\nprint(sys.argv)\n")], &["--virtual-time", "--seed", "3", "a.co", "--seed"], "");
    ends(&output, 0);
    assert_eq!(stdout(&output), "['a.co', '--seed']\n");
    let output = coro_in(&[], &["--virtual-time", "-"], "import time\ntime.sleep(1000)\nprint('slept')\n");
    ends(&output, 0);
    assert_eq!(stdout(&output), "slept\n");
}

/// Runs code with its standard output, or standard error, going to a device that takes nothing.
#[cfg(target_os = "linux")]
fn into_full(code: &str, standard_error: bool) -> Output {
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").expect("the device");
    let mut command = Command::new(env!("CARGO_BIN_EXE_coro"));
    command.args(["-c", code]).env("NO_COLOR", "1").stdin(Stdio::null());
    if standard_error {
        command.stderr(full())
    } else {
        command.stdout(full())
    };
    command.output().expect("coro ends")
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_noticed() {
    let output = into_full("print(1)", false);
    ends(&output, 1);
    assert!(stderr(&output).starts_with("coro: can't write to standard output: "), "{}", stderr(&output));
    let output = into_full(
        "try:\n    print(1, flush=True)\nexcept OSError as e:\n    print(e.errno)\n    raise SystemExit(5)",
        false,
    );
    ends(&output, 5);
    let output = into_full("1 / 0", true);
    ends(&output, 1);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_the_program() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_coro"))
        .args(["-c", "while True: print('line')"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("coro starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("coro ends");
    ends(&output, 1);
    assert_eq!(stderr(&output), "");
}

#[cfg(target_os = "linux")]
#[test]
fn the_end_of_memory_is_said() {
    let program = "print('before')\nl = []\nwhile True: l.append('x' * 1000000)";
    let output = Command::new("sh")
        .args(["-c", "ulimit -v 600000 && exec \"$0\" -c \"$1\"", env!("CARGO_BIN_EXE_coro"), program])
        .output()
        .expect("coro ends");
    ends(&output, 1);
    assert_eq!(stdout(&output), "before\n");
    assert!(stderr(&output).ends_with("MemoryError\n"), "{}", stderr(&output));
}

#[test]
fn strict_tasks_fail_the_run() {
    let program = "\
import asyncio
async def bad(): raise ValueError('unseen')
async def main():
    task = asyncio.create_task(bad())
    await asyncio.wait([task])
    if SEEN: task.exception()
    print('over')
asyncio.run(main())
";
    for (seen, arguments, status) in
        [("False", &["--strict-tasks"][..], 1), ("True", &["--strict-tasks"], 0), ("False", &[], 0)]
    {
        let program = program.replace("SEEN", seen);
        let output = coro(&[&["run"], arguments, &["-c", &program]].concat());
        ends(&output, status);
        assert_eq!(stdout(&output), "over\n");
    }
}
