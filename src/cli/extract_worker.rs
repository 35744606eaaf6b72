//! The process that reads Word files, PDF and the like for `index`, so that a hostile file takes down
//! no more than it. Not for people.

use std::path::PathBuf;

use yicha::config::Config;
use yicha::corpus::Archive;
use yicha::extract::{self, Settings};

use super::Outcome;

#[derive(clap::Args)]
pub(super) struct Arguments {
    #[arg(long)]
    timeout_seconds: u64,
    #[arg(long)]
    memory_mb: u64,
    #[arg(long)]
    max_unpacked_mb: u64,
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Outcome> {
    let settings = Settings {
        timeout_seconds: arguments.timeout_seconds,
        memory_mb: arguments.memory_mb,
        max_unpacked_mb: arguments.max_unpacked_mb,
    };
    extract::serve(&settings, std::io::stdin().lock(), std::io::stdout().lock())?;
    Ok(Outcome::Done)
}

/// The archive of a configuration, read by this very program in processes of its own.
pub(super) fn archive(config: &Config) -> Archive {
    let command = |program: PathBuf| {
        let number = |name: &str, value: u64| format!("--{name}={value}");
        let arguments = vec![
            "extract-worker".to_owned(),
            number("timeout-seconds", config.extract.timeout_seconds),
            number("memory-mb", config.extract.memory_mb),
            number("max-unpacked-mb", config.extract.max_unpacked_mb),
        ];
        (program, arguments)
    };
    let program = std::env::current_exe().inspect_err(|error| {
        tracing::warn!(%error, "files are read in the process of the run itself");
    });
    config.archive(program.ok().map(command))
}
