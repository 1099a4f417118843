//! The `coro` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Only the lowest eight bits reach the parent, as everywhere on Unix.
    ExitCode::from(coro::cli::main(std::env::args_os()) as u8)
}
