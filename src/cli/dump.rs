//! `coro dump FILE`: shows a program after one of the passes.

use super::{REFUSED, USAGE, report, source};
use crate::pipeline::{self, DEFAULT_STAGE, DumpError, STAGES};
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  coro dump hello.co                        coroutines as state machines
  coro dump --fn numbers hello.co           one function
  coro dump --stage code hello.co           the instructions that run
  coro dump --stage ast -c 'x = yield'      a line
  coro dump --stage help                    the list of stages")]
pub(super) struct Dump {
    /// The form to show; `help` lists them
    #[arg(long, value_name = "STAGE", default_value = DEFAULT_STAGE)]
    stage: String,
    /// Only functions of this name, plain or qualified
    #[arg(long = "fn", value_name = "NAME")]
    function: Option<String>,
    /// Show this text instead of a file
    #[arg(short = 'c', value_name = "CODE", conflicts_with = "file")]
    code: Option<String>,
    /// A program (`-`: standard input)
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

impl Dump {
    pub(super) fn execute(self) -> i32 {
        if self.stage == "help" {
            return report::listing(&stages());
        }
        let source = match (&self.code, &self.file) {
            (Some(code), _) => source::inline(code),
            (None, Some(file)) => source::read(file),
            (None, None) => {
                report::problem("dump: which FILE? (`coro dump --help` has examples)");
                Err(USAGE)
            }
        };
        let source = match source {
            Ok(source) => source,
            Err(status) => return status,
        };
        match pipeline::dump(&source, &self.stage, self.function.as_deref()) {
            Ok(text) => report::listing(&text),
            Err(DumpError::Program(found)) => {
                report::diagnostics(&found, &source);
                REFUSED
            }
            Err(error) => {
                report::problem(&self.explain(&error));
                USAGE
            }
        }
    }

    fn explain(&self, error: &DumpError) -> String {
        let function = self.function.as_deref().unwrap_or_default();
        match error {
            DumpError::UnknownStage => {
                let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
                format!("dump: no stage '{}'; there are {}", self.stage, names.join(", "))
            }
            DumpError::UnknownFunction(names) => {
                format!("dump: no function '{function}'; there are {}", names.join(", "))
            }
            DumpError::NotByFunction => {
                format!("dump: stage '{}' shows whole files; --fn works from hir on", self.stage)
            }
            DumpError::Program(_) => error.to_string(),
        }
    }
}

/// The list of stages.
fn stages() -> String {
    let line = |stage: &pipeline::Stage| {
        let mark = if stage.name == DEFAULT_STAGE { " (shown unless --stage says otherwise)" } else { "" };
        format!("{:<14}{}{mark}\n", stage.name, stage.about)
    };
    STAGES.iter().map(line).collect()
}
