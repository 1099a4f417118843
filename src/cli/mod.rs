//! The command line: `coro run`, `check`, `dump`; one file a subcommand.
//!
//! Standard output belongs to the program or to the asked-for listing; all else goes to standard error. Exit status: 0;
//! what the program gave to `sys.exit`; 1 for an uncaught exception or a program that does not compile; 2 for a wrong
//! command line or a file that cannot be read; 13 for a deadlock; 101 for a bug of coro; 130 if interrupted.

mod check;
mod dump;
mod report;
mod run;
mod source;

use crate::pipeline;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::io::IsTerminal;

/// Exit status of a program that does not compile.
const REFUSED: i32 = 1;
/// Exit status of a wrong command line or a file that cannot be read.
const USAGE: i32 = 2;
/// Exit status of a bug of coro.
const INTERNAL: i32 = 101;

/// A Python-like language with first-class coroutines
#[derive(Parser)]
#[command(name = "coro", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(
    override_usage = "coro [run] FILE [ARGS]...\n       coro [run] -c CODE [ARGS]...\n       coro COMMAND [OPTIONS]"
)]
#[command(subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program (the word `run` may be left out)
    Run(run::Run),
    /// Look for errors without running anything
    Check(check::Check),
    /// Show what a program becomes on its way to code
    Dump(dump::Dump),
}

const EXAMPLES: &str = "\
Examples:
  coro hello.co                          run a program
  coro run server.co --port 80           what follows the file belongs to the program
  coro -c 'print(6 * 7)'                 run a line
  echo 'print(6 * 7)' | coro -           run standard input
  coro check *.co                        look for errors
  coro dump --fn numbers hello.co        the state machine of a generator
  coro dump --stage help                 the forms that dump can show";

/// Runs the command line `args`, the name of the program first; the exit status.
pub fn main(args: impl IntoIterator<Item = OsString>) -> i32 {
    let args = with_command(args.into_iter().collect());
    let parsed = Cli::command().try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // The reader of the help may be gone.
            let _ = error.print();
            return error.exit_code();
        }
    };
    let work = || match cli.command {
        Command::Run(run) => run.execute(),
        Command::Check(check) => check.execute(),
        Command::Dump(dump) => dump.execute(),
    };
    pipeline::on_deep_stack(work).unwrap_or(INTERNAL)
}

/// Adds `run` where the command is left out: before a file, `-`, `-c`, or where nothing is said and something is piped in.
fn with_command(mut args: Vec<OsString>) -> Vec<OsString> {
    let is_command = |word: &str| word == "help" || Cli::command().find_subcommand(word).is_some();
    match args.get(1).map(|word| word.to_string_lossy().into_owned()) {
        None if !std::io::stdin().is_terminal() => args.extend(["run", "-"].map(OsString::from)),
        None => {}
        Some(word) if word == "-" || word.starts_with("-c") => args.insert(1, "run".into()),
        Some(word) if word.starts_with('-') || is_command(&word) => {}
        Some(_) => args.insert(1, "run".into()),
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
