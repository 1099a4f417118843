//! `coro check FILE…`: reports all errors, runs nothing.

use super::{REFUSED, report, source};
use crate::diag::{Severity, SourceFile};
use crate::pipeline;
use std::path::PathBuf;
use std::rc::Rc;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  coro check hello.co
  coro check src/*.co && echo fine
  coro check -c 'x = = 1'")]
pub(super) struct Check {
    /// Look at this text instead of a file
    #[arg(short = 'c', value_name = "CODE", conflicts_with = "files")]
    code: Option<String>,
    /// Programs (`-`: standard input)
    #[arg(value_name = "FILE", required_unless_present = "code")]
    files: Vec<PathBuf>,
}

impl Check {
    /// 2 if a file cannot be read, else 1 if there is an error in one, else 0.
    pub(super) fn execute(self) -> i32 {
        match &self.code {
            Some(code) => check(source::inline(code)),
            None => self.files.iter().map(|file| check(source::read(file))).max().unwrap_or(0),
        }
    }
}

fn check(source: Result<Rc<SourceFile>, i32>) -> i32 {
    match source {
        Ok(source) => {
            let found = pipeline::check(&source);
            report::diagnostics(&found, &source);
            if found.iter().any(|d| d.severity == Severity::Error) { REFUSED } else { 0 }
        }
        Err(status) => status,
    }
}
