//! Rank 6: the command line. It alone picks an engine, prints, and knows exit
//! statuses. Results go to stdout, all else to stderr.

mod check;
mod explain;
mod extract_worker;
mod failures;
mod figures;
mod generations;
mod index;
mod progress;
mod reindexing;
mod search;
mod serve;
mod show;
mod stats;
mod terminal;
mod usage;
mod watching;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;
use yicha::config::{Config, ConfigError};
use yicha::corpus::WalkError;
use yicha::index::BuildError;

use explain::{Misuse, explain};

const TEMPLATE: &str = "{about}\n\n用法：{usage}\n\n{all-args}{after-help}";

/// 议查：会议文稿的精确全文检索
#[derive(Parser)]
#[command(name = "yicha", version, help_template = TEMPLATE, subcommand_help_heading = "命令")]
#[command(
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true
)]
struct Arguments {
    /// 配置文件；默认读取当前目录的 config.toml（可以没有）
    #[arg(
        long,
        global = true,
        env = "YICHA_CONFIG",
        value_name = "文件",
        hide_env = true
    )]
    config: Option<PathBuf>,
    /// 日志格式
    #[arg(
        long,
        global = true,
        value_enum,
        default_value = "text",
        value_name = "格式"
    )]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Subcommand)]
enum Command {
    /// 读取文稿，建立索引
    #[command(help_template = TEMPLATE)]
    Index(index::Arguments),
    /// 启动检索服务；还没有索引时先建立
    #[command(help_template = TEMPLATE)]
    Serve(serve::Arguments),
    /// 在终端里检索
    #[command(help_template = TEMPLATE)]
    Search(search::Arguments),
    /// 显示一篇文稿
    #[command(help_template = TEMPLATE)]
    Show(show::Arguments),
    /// 显示索引的统计数字
    #[command(help_template = TEMPLATE)]
    Stats(stats::Arguments),
    /// 核对索引：校验和、文稿清单、随机短语
    #[command(help_template = TEMPLATE)]
    Check(check::Arguments),
    /// 列出已建成的各代索引
    #[command(help_template = TEMPLATE)]
    Generations(generations::ListArguments),
    /// 回到前一代索引
    #[command(help_template = TEMPLATE)]
    Rollback(generations::RollbackArguments),
    /// 删除旧的各代索引
    #[command(help_template = TEMPLATE)]
    Gc(generations::GcArguments),
    /// Reads files for a run of `index`.
    #[command(hide = true)]
    ExtractWorker(extract_worker::Arguments),
}

/// How a command ended well; what this means as a number is said in [`status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    NothingFound,
    SomeFilesFailed,
    Failed,
}

/// Runs the command of the command line.
pub(crate) fn main() -> ExitCode {
    let command = usage::in_chinese(Arguments::command());
    let words = usage::words(&command, std::env::args_os());
    let matches = command.clone().try_get_matches_from(words);
    let arguments = match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => {
            terminal::complain(&usage::told(&error, &command));
            return ExitCode::from(2);
        }
        Err(help) => {
            // A pipe that nobody reads any more is no failure.
            let _ = help.print();
            return ExitCode::SUCCESS;
        }
    };
    start_log(&arguments);
    let is_index = !matches!(
        arguments.command,
        Command::Search(_) | Command::Show(_) | Command::Stats(_) | Command::Serve(_)
    );
    match run(arguments) {
        Ok(outcome) => ExitCode::from(status(outcome)),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::complain(&explain(&error));
            ExitCode::from(failure_status(&error, is_index))
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    // `vars` would panic on what is no Unicode, whoever has set it.
    let environment = std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        Some((name, value.to_string_lossy().into_owned()))
    });
    let config = Config::load(arguments.config.as_deref(), environment)?;
    match arguments.command {
        Command::Index(arguments) => index::run(&config, &arguments),
        Command::Serve(arguments) => serve::run(config, arguments),
        Command::Search(arguments) => search::run(&config, &arguments),
        Command::Show(arguments) => show::run(&config, &arguments),
        Command::Stats(arguments) => stats::run(&config, &arguments),
        Command::Check(arguments) => check::run(&config, &arguments),
        Command::Generations(arguments) => generations::run_list(&config, &arguments),
        Command::Rollback(arguments) => generations::run_rollback(&config, &arguments),
        Command::Gc(arguments) => generations::run_gc(&config, &arguments),
        Command::ExtractWorker(arguments) => extract_worker::run(&arguments),
    }
}

/// The one place where outcomes become exit statuses.
fn status(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Done => 0,
        Outcome::NothingFound | Outcome::Failed => 1,
        Outcome::SomeFilesFailed => 4,
    }
}

/// The one place where errors become exit statuses.
fn failure_status(error: &anyhow::Error, is_index: bool) -> u8 {
    let is_misuse = error.is::<ConfigError>() || error.is::<Misuse>();
    // Nothing to work on, whatever the command.
    let has_no_index = matches!(error.downcast_ref(), Some(yicha::search::Error::NotReady));
    if is_misuse || has_no_index {
        return 2;
    }
    match error.downcast_ref::<BuildError>() {
        Some(BuildError::Locked { .. }) => 3,
        Some(error) if error.is_refusal() => 5,
        Some(
            BuildError::Walk(WalkError::Pattern { .. } | WalkError::Own { .. })
            | BuildError::Pattern(_),
        ) => 2,
        // Of a search 1 means that nothing was found.
        _ if is_index => 1,
        _ => 2,
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>();
        io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

fn start_log(arguments: &Arguments) {
    let default = if matches!(arguments.command, Command::Serve(_)) {
        "warn,yicha=info"
    } else {
        "error,yicha=warn"
    };
    let mut filter =
        EnvFilter::try_from_env("YICHA_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    if arguments.log_format == LogFormat::Json
        && let Ok(said) = format!("{}=info", terminal::SAID).parse()
    {
        filter = filter.add_directive(said);
        terminal::speak_by_log();
    }
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(terminal::colours_on(&io::stderr()));
    match arguments.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
