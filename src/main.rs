//! The `yicha` program: reads the command line, runs, gives the exit status.

mod cli;

use std::process::ExitCode;

/// Searches and builds make and drop many large lists; this allocator keeps their pages at hand.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
