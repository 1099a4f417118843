//! The `coro` command.

use std::process::ExitCode;

/// Containers grow and shrink all the time, and all on one thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Only the lowest eight bits reach the parent, as everywhere on Unix.
    ExitCode::from(coro::cli::main(std::env::args_os()) as u8)
}
