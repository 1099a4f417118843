//! Running a program on a built `coro` from a test: with a time limit, output kept apart, no input.

// Each test file uses its part of this.
#![allow(dead_code)]

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How a program ended and what it said.
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Ran {
    /// Standard error without trailing white space.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim_end().to_owned()
    }
}

/// The `coro` that these tests were built with, or the one that the environment variable `CORO_BIN` names.
pub fn coro_binary() -> String {
    std::env::var("CORO_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_coro").to_owned())
}

/// Runs `command FILE` in the file's folder, for at most `limit`; an error text if it does not end or cannot start.
pub fn run(command: &[&str], file: &Path, limit: Duration) -> Result<Ran, String> {
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
        return Err(format!("{} is no file", file.display()));
    };
    let mut child = Command::new(command[0])
        .args(&command[1..])
        .arg(name)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("PYTHONHASHSEED", "0")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", command[0]))?;
    // Both pipes are drained while the program runs, or a talkative one would block.
    let stdout = drain(child.stdout.take());
    let stderr = drain(child.stderr.take());
    let status = wait(&mut child, limit)?;
    let text = |reader: JoinHandle<Vec<u8>>| reader.join().map_err(|_| "the reader of a pipe panicked".to_owned());
    Ok(Ran { status, stdout: text(stdout)?, stderr: text(stderr)? })
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // What was read before an error is still worth comparing.
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

fn wait(child: &mut Child, limit: Duration) -> Result<ExitStatus, String> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status),
            Ok(None) if start.elapsed() < limit => {}
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no end in {} s", limit.as_secs()));
            }
            Err(error) => return Err(format!("cannot wait: {error}")),
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// The first difference between what was printed and what was expected.
pub fn difference(got: &[u8], want: &[u8]) -> String {
    let (got, want) = (String::from_utf8_lossy(got), String::from_utf8_lossy(want));
    let differing = got.lines().zip(want.lines()).enumerate().find(|(_, (g, w))| g != w);
    match differing {
        Some((at, (got, want))) => format!("line {}: got {got:?}, expected {want:?}", at + 1),
        None => format!("{} lines, expected {}", got.lines().count(), want.lines().count()),
    }
}

/// FNV-1a: tells whether a recorded result belongs to the program.
pub fn checksum(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}
