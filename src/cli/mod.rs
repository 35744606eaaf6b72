//! Rank 6: the command line. It alone picks an engine, prints, and knows exit
//! statuses. Results go to stdout, all else to stderr.

mod check;
mod extract_worker;
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

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use tracing_subscriber::EnvFilter;
use yicha::config::{Config, ConfigError};
use yicha::index::BuildError;
use yicha::query::QueryTooLong;

const TEMPLATE: &str = "{about}\n\n用法：{usage}\n\n{all-args}{after-help}";

/// 议查：会议文稿的精确全文检索
#[derive(Parser)]
#[command(name = "yicha", version, help_template = TEMPLATE, subcommand_help_heading = "命令")]
#[command(next_help_heading = "选项", disable_help_subcommand = true)]
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
    #[command(help_template = TEMPLATE, next_help_heading = "选项")]
    Index(index::Arguments),
    /// 启动检索服务；还没有索引时先建立
    #[command(help_template = TEMPLATE, next_help_heading = "选项")]
    Serve(serve::Arguments),
    /// 在终端里检索
    #[command(help_template = TEMPLATE, next_help_heading = "选项")]
    Search(search::Arguments),
    /// 显示一篇文稿
    #[command(help_template = TEMPLATE, next_help_heading = "选项")]
    Show(show::Arguments),
    /// 显示索引的统计数字
    #[command(help_template = TEMPLATE, next_help_heading = "选项")]
    Stats(stats::Arguments),
    /// 核对索引：校验和、文稿清单、随机短语
    #[command(help_template = TEMPLATE, next_help_heading = "选项")]
    Check(check::Arguments),
    /// 列出已建成的各代索引
    #[command(help_template = TEMPLATE, next_help_heading = "选项")]
    Generations(generations::ListArguments),
    /// 回到前一代索引
    #[command(help_template = TEMPLATE, next_help_heading = "选项")]
    Rollback(generations::RollbackArguments),
    /// 删除旧的各代索引
    #[command(help_template = TEMPLATE, next_help_heading = "选项")]
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
    let arguments = Arguments::parse();
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
    if error.is::<ConfigError>() {
        return 2;
    }
    match error.downcast_ref::<BuildError>() {
        Some(BuildError::Locked { .. }) => 3,
        Some(error) if error.is_refusal() => 5,
        Some(
            BuildError::Walk(yicha::corpus::WalkError::Pattern { .. }) | BuildError::Pattern(_),
        ) => 2,
        // Of a search 1 means that nothing was found.
        _ if is_index => 1,
        _ => 2,
    }
}

/// An error for the person at the terminal.
fn explain(error: &anyhow::Error) -> String {
    if let Some(too_long) = error.downcast_ref::<QueryTooLong>() {
        return match too_long {
            QueryTooLong::Chars { got, most } => format!("查询有 {got} 个字符，最多 {most} 个"),
            QueryTooLong::Leaves { got, most } => format!("查询有 {got} 个条件，最多 {most} 个"),
        };
    }
    let headline = match error.downcast_ref::<yicha::search::Error>() {
        Some(yicha::search::Error::NotReady) => return "还没有索引；请先运行 yicha index".into(),
        Some(yicha::search::Error::NoDocument(name)) => return format!("没有这篇文稿：{name}"),
        Some(yicha::search::Error::CursorExpired(_)) => {
            return "这次翻页所用的索引已经没有了，请重新检索".into();
        }
        Some(yicha::search::Error::Timeout) => return "检索超时".into(),
        Some(yicha::search::Error::Internal(_)) => "索引读不出来；可以用 yicha index 重建",
        None => match error.downcast_ref::<BuildError>() {
            Some(BuildError::Locked { holder: None }) => return "另一个索引任务正在运行".into(),
            Some(BuildError::Locked {
                holder: Some(holder),
            }) => {
                let (pid, since) = (holder.pid, &holder.since);
                return format!("另一个索引任务正在运行（进程 {pid}，{since} 开始）");
            }
            Some(BuildError::Shrunk {
                before,
                now,
                max_shrink,
            }) => {
                return format!(
                    "文稿从 {before} 篇减少到 {now} 篇，超过 {max_shrink}%；没有发布，原有索引继续服务（确实如此时加 --max-shrink 100）"
                );
            }
            Some(BuildError::DiskFull { needed }) => {
                let needed = terminal::bytes(*needed);
                return format!(
                    "索引所在磁盘已满，没有发布，原有索引继续服务；除现有索引外约需 {needed}"
                );
            }
            Some(BuildError::CheckFailed { .. }) => {
                "新建的索引没有通过核对，没有发布，原有索引继续服务"
            }
            Some(BuildError::ArchiveEmpty { documents: 0 }) => {
                return "文稿目录是空的；没有发布（目录挂载了吗？确实没有文稿时加 --max-shrink 100）"
                    .to_owned();
            }
            Some(BuildError::ArchiveEmpty { documents }) => {
                return format!(
                    "文稿目录是空的，而正在服务的索引有 {documents} 篇；没有发布（目录挂载了吗？）"
                );
            }
            Some(BuildError::ArchiveLost) => {
                return "读取途中文稿目录不见了；没有发布，原有索引继续服务（目录还挂载着吗？）"
                    .to_owned();
            }
            Some(BuildError::Walk(_)) => "文稿目录打不开",
            Some(BuildError::Pattern(_)) => "配置有误",
            Some(_) => "索引没有建成，原有索引不受影响",
            None if error.is::<ConfigError>() => "配置有误",
            None => "出错了",
        },
    };
    format!("{headline}：{error:#}")
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
    let filter = EnvFilter::try_from_env("YICHA_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(terminal::colours_on(&io::stderr()));
    match arguments.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
