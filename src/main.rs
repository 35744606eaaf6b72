//! The `yicha` program: reads the command line, runs, gives the exit status.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
