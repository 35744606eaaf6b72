//! `yicha index`: brings the index up to date and says what it did.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use yicha::config::Config;
use yicha::index::{
    BuildError, BuildSummary, FailedFile, Generations, Options, Run, keep_run, preview, update,
};

use super::Outcome;
use super::explain::Misuse;
use super::extract_worker::archive;
use super::progress::{Feedback, Told};
use super::terminal::{bytes, complain, grouped, io_told, say};

#[derive(clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(super) struct Arguments {
    /// 文稿目录（默认取配置 [corpus] path）
    #[arg(long, value_name = "目录")]
    pub(super) corpus: Option<PathBuf>,
    /// 索引目录（默认取配置 [index] path）
    #[arg(long, value_name = "目录")]
    pub(super) index: Option<PathBuf>,
    /// 全部重建
    #[arg(long)]
    rebuild: bool,
    /// 只统计会做什么，不改动索引
    #[arg(long)]
    dry_run: bool,
    /// 以一个 JSON 对象输出结果
    #[arg(long)]
    json: bool,
    /// 只输出错误
    #[arg(long, conflicts_with = "verbose")]
    quiet: bool,
    /// 不在终端里运行时，每 10 秒输出一行进度
    #[arg(long)]
    verbose: bool,
    /// 另一个索引任务正在运行时，最多等多少秒
    #[arg(long, value_name = "秒", default_value_t = 0)]
    wait: u64,
    /// 文稿最多可以减少百分之几（默认取配置 `[index] max_shrink`；100 为不限）
    #[arg(long, value_name = "百分数", value_parser = clap::value_parser!(u8).range(0..=100))]
    max_shrink: Option<u8>,
    /// 把未能读取的文件写入这个文件：路径、原因代码、说明，以制表符分隔
    #[arg(long, value_name = "文件")]
    failures: Option<PathBuf>,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut config = config.clone();
    config.corpus.path = arguments.corpus.clone().unwrap_or(config.corpus.path);
    config.index.path = arguments.index.clone().unwrap_or(config.index.path);
    let options = Options {
        rebuild: arguments.rebuild,
        wait: Duration::from_secs(arguments.wait),
        max_shrink: arguments.max_shrink,
    };
    let cannot = |file: &Path, error: &std::io::Error| {
        format!("不能写入 {}（{}）", file.display(), io_told(error))
    };
    if let Some(file) = &arguments.failures {
        // Known before anything is built, and without losing the list of the last run.
        let opened = std::fs::File::options()
            .append(true)
            .create(true)
            .open(file);
        opened.map_err(|error| Misuse(cannot(file, &error)))?;
    }
    let ran = if arguments.dry_run {
        preview(&archive(&config), &config.index, &options).map(|summary| Run {
            summary,
            published: false,
        })
    } else {
        let told = match (arguments.quiet, arguments.verbose) {
            (true, _) => Told::Failures,
            (_, true) => Told::Verbose,
            _ => Told::Usual,
        };
        update_with_feedback(&config, &options, told)
    };
    let run = match ran {
        Ok(run) => run,
        Err(error) => {
            if arguments.json {
                print_failure(&config, &error)?;
            }
            return Err(error.into());
        }
    };
    if let Some(file) = &arguments.failures
        && let Err(error) = write_failures(file, &run.summary.failed)
    {
        // What was published stays published.
        complain(&cannot(file, &error));
    }
    if arguments.json {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", json(&run.summary))?;
        out.flush()?;
    } else if arguments.dry_run {
        say(&foretold(&run.summary));
    } else if !arguments.quiet {
        say(&told(&run));
    }
    // What could not be read before, and is as it was, is no news.
    let all_read = run.summary.failed.is_empty() || !run.published;
    Ok(if all_read {
        Outcome::Done
    } else {
        Outcome::SomeFilesFailed
    })
}

/// Runs with a progress bar where stderr is a terminal; failures are named as they come.
pub(super) fn update_with_feedback(
    config: &Config,
    options: &Options,
    told: Told,
) -> Result<Run, BuildError> {
    let feedback =
        Feedback::new(told).map_err(|error| BuildError::Io(std::io::Error::other(error)))?;
    let result = update(&archive(config), &config.index, options, &feedback);
    feedback.end();
    if let Err(error) = keep_run(&config.index, &result) {
        tracing::warn!(%error, "the log of runs could not be written");
    }
    result
}

/// One line for each file by path: path, code, detail, separated by tabs.
fn write_failures(file: &Path, failed: &[FailedFile]) -> std::io::Result<()> {
    let mut text = String::new();
    for FailedFile { path, code, detail } in failed {
        let plain = |text: &str| text.replace(['\t', '\n', '\r'], " ");
        let _ = writeln!(text, "{}\t{code}\t{}", plain(path), plain(detail));
    }
    std::fs::write(file, text)
}

/// The object of a run that published nothing.
fn print_failure(config: &Config, error: &BuildError) -> std::io::Result<()> {
    let current = Generations::new(&config.index.path).current();
    let mut value = json(&BuildSummary::default());
    value["generation"] = serde_json::json!(current.ok().flatten());
    value["error"] = serde_json::json!(error.to_string());
    let mut out = std::io::stdout().lock();
    writeln!(out, "{value}")?;
    out.flush()
}

fn json(summary: &BuildSummary) -> serde_json::Value {
    serde_json::json!({
        "generation": summary.generation,
        "scanned": summary.scanned,
        "added": summary.added,
        "changed": summary.changed,
        "moved": summary.moved,
        "removed": summary.removed,
        "unchanged": summary.unchanged,
        "failed": summary.failed,
        "encodings": summary.encodings,
        "formats": summary.formats,
        "seconds": summary.seconds,
        "bytes": summary.bytes,
    })
}

/// What was done with how many documents, as far as there are any.
fn changes(summary: &BuildSummary) -> String {
    let all = [
        ("新增", summary.added),
        ("修改", summary.changed),
        ("移动", summary.moved),
        ("删除", summary.removed),
    ];
    let some = all.iter().filter(|(_, n)| *n > 0);
    let some: Vec<String> = some
        .map(|(what, n)| format!("{what} {}", grouped(*n)))
        .collect();
    some.join("、")
}

fn foretold(summary: &BuildSummary) -> String {
    match changes(summary).as_str() {
        "" => "没有变化".to_owned(),
        changes => format!("将{changes} 篇（未改动索引）"),
    }
}

fn told(run: &Run) -> String {
    let summary = &run.summary;
    let failed = match summary.failed.len() {
        0 => String::new(),
        n => format!("，{n} 个文件未能读取"),
    };
    if !run.published {
        return format!(
            "没有变化：已索引 {} 篇{failed}；用时 {:.1} 秒（{}）",
            grouped(summary.documents),
            summary.seconds,
            summary.generation,
        );
    }
    let changes = match changes(summary) {
        changes if summary.added == summary.documents || changes.is_empty() => String::new(),
        changes => format!("，其中{changes} 篇"),
    };
    format!(
        "已索引 {} 篇、{} 字{changes}{failed}；用时 {:.1} 秒，索引 {}（{}）",
        grouped(summary.documents),
        grouped(summary.characters),
        summary.seconds,
        bytes(summary.bytes),
        summary.generation,
    )
}
