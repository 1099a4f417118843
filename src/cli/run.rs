//! `coro run FILE`: runs a program.

use super::{REFUSED, report, source};
use crate::pipeline;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  coro run hello.co
  coro run hello.co --name Ada     what follows the file belongs to the program
  coro run -c 'print(6 * 7)'
  coro run -                       standard input")]
pub(super) struct Run {
    /// Let time jump to the next deadline whenever the program waits: sleeps and timeouts take none
    #[arg(long)]
    virtual_time: bool,
    /// Seed what is random (`random`), for the same output in each run
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Report what holds up an event loop for longer than this (0: never)
    #[arg(long, value_name = "N", default_value_t = 100)]
    slow_ms: u64,
    /// Let a task that fails without anybody looking make the exit status 1
    #[arg(long)]
    strict_tasks: bool,
    /// Run this text instead of a file
    #[arg(short = 'c', value_name = "CODE")]
    code: Option<String>,
    /// The program (`-`: standard input)
    #[arg(value_name = "FILE", required_unless_present = "code")]
    file: Option<PathBuf>,
    /// What the program finds in `sys.argv`
    #[arg(value_name = "ARGS")]
    args: Vec<OsString>,
}

impl Run {
    pub(super) fn execute(self) -> i32 {
        let (source, first) = match (&self.code, &self.file) {
            (Some(code), _) => (source::inline(code), "-c".to_string()),
            (None, file) => {
                let file = file.as_deref().unwrap_or(Path::new("-"));
                (source::read(file), file.to_string_lossy().into_owned())
            }
        };
        let source = match source {
            Ok(source) => source,
            Err(status) => return status,
        };
        // With `-c` the first argument stands where the file would.
        let file = self.file.map(PathBuf::into_os_string).filter(|_| self.code.is_some());
        let rest = file.into_iter().chain(self.args).map(|arg| arg.to_string_lossy().into_owned());
        let argv = std::iter::once(first).chain(rest).collect();
        let slow = (self.slow_ms > 0).then(|| self.slow_ms.saturating_mul(1_000_000));
        let (virtual_time, seed, strict_tasks) = (self.virtual_time, self.seed, self.strict_tasks);
        let options = pipeline::Options { virtual_time, seed, slow, strict_tasks };
        pipeline::run(&source, argv, options).unwrap_or_else(|found| {
            report::diagnostics(&found, &source);
            REFUSED
        })
    }
}
