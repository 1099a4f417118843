//! The `coro` command.

mod allocator;

use std::process::ExitCode;

fn main() -> ExitCode {
    allocator::set_up();
    // Only the lowest eight bits reach the parent, as everywhere on Unix.
    ExitCode::from(coro::cli::main(std::env::args_os()) as u8)
}
