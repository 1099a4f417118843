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

/// What is asked of coro itself, not of its commands.
const OWN: [&str; 4] = ["-h", "--help", "-V", "--version"];

/// Makes the short forms long. The command `run` is added before a file, its own options, or where nothing is said and
/// something is piped in. After `run`, `--` is added before the file or after the code, since all that follows is the program's.
fn with_command(mut args: Vec<OsString>) -> Vec<OsString> {
    let is_command = |word: &str| word == "help" || Cli::command().find_subcommand(word).is_some();
    match args.get(1).map(|word| word.to_string_lossy().into_owned()) {
        None if !std::io::stdin().is_terminal() => args.extend(["run", "-"].map(OsString::from)),
        None => {}
        Some(word) if OWN.contains(&&*word) || is_command(&word) => {}
        Some(_) => args.insert(1, "run".into()),
    }
    if args.get(1).is_some_and(|word| word == "run")
        && let Some(at) = program_start(&args)
    {
        args.insert(at, "--".into());
    }
    args
}

/// Where in `coro run …` coro's own words end.
fn program_start(args: &[OsString]) -> Option<usize> {
    let mut is_value = false;
    for (at, word) in args.iter().enumerate().skip(2) {
        if std::mem::take(&mut is_value) {
            continue;
        }
        match &*word.to_string_lossy() {
            "--seed" => is_value = true,
            "--" => return None,
            "-c" => return Some(at + 2).filter(|&end| end <= args.len()),
            word if word.starts_with("-c") => return Some(at + 1),
            word if word == "-" || !word.starts_with('-') => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_follows_the_program_is_its_own() {
        let long = |line: &str| {
            let args = std::iter::once("coro").chain(line.split_whitespace()).map(OsString::from).collect();
            let words: Vec<String> =
                with_command(args).iter().map(|word| word.to_string_lossy().into_owned()).collect();
            words[1..].join(" ")
        };
        assert_eq!(long("a.co -h -c x"), "run -- a.co -h -c x");
        assert_eq!(long("run a.co --version"), "run -- a.co --version");
        assert_eq!(long("run -h a.co"), "run -h -- a.co");
        assert_eq!(long("run --seed 5 a.co --seed 6"), "run --seed 5 -- a.co --seed 6");
        assert_eq!(long("run -- a.co -- b"), "run -- a.co -- b");
        assert_eq!(long("-c x -h"), "run -c x -- -h");
        assert_eq!(long("run -cx -h"), "run -cx -- -h");
        assert_eq!(long("run -c"), "run -c");
        assert_eq!(long("- -x"), "run -- - -x");
        assert_eq!(long("dump -c x"), "dump -c x");
        assert_eq!(long("--help"), "--help");
        assert_eq!(long("--virtual-time a.co --seed 3"), "run --virtual-time -- a.co --seed 3");
        assert_eq!(long("--seed 3 -"), "run --seed 3 -- -");
    }
}
