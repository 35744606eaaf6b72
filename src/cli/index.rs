//! `yicha index`: builds the index and says what it did.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use yicha::config::Config;
use yicha::corpus::Failure;
use yicha::index::{BuildSummary, Progress, Step, build};

use super::Outcome;
use super::extract_worker::archive;
use super::terminal::{bytes, grouped, say};

#[derive(clap::Args)]
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
    /// 以一个 JSON 对象输出结果
    #[arg(long)]
    json: bool,
    /// 只输出错误
    #[arg(long)]
    quiet: bool,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<Outcome> {
    let mut config = config.clone();
    config.corpus.path = arguments.corpus.clone().unwrap_or(config.corpus.path);
    config.index.path = arguments.index.clone().unwrap_or(config.index.path);
    // For now every run builds anew.
    let _ = arguments.rebuild;
    let summary = build_with_bar(&config, arguments.quiet)?;
    if arguments.json {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", json(&summary))?;
        out.flush()?;
    } else if !arguments.quiet {
        say(&told(&summary));
    }
    let all_read = summary.failed.is_empty();
    Ok(if all_read {
        Outcome::Done
    } else {
        Outcome::SomeFilesFailed
    })
}

/// Builds with a progress bar where stderr is a terminal; failures are named as they come.
pub(super) fn build_with_bar(config: &Config, quiet: bool) -> anyhow::Result<BuildSummary> {
    let bar = if quiet || !std::io::stderr().is_terminal() {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(0)
    };
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} 篇  剩余 {eta}")?;
    bar.set_style(style);
    let progress = Bar { bar };
    let summary = build(&archive(config), &config.index, &progress);
    progress.bar.finish_and_clear();
    Ok(summary?)
}

struct Bar {
    bar: ProgressBar,
}

impl Progress for Bar {
    fn step(&self, step: Step) {
        match step {
            Step::Walking => self.bar.set_message("查看目录"),
            Step::Reading { done, of, .. } => {
                self.bar.set_message("读取文稿");
                self.bar.set_length(of);
                self.bar.set_position(done);
            }
            Step::Writing => self.bar.set_message("写入索引"),
        }
    }

    fn failed(&self, failure: &Failure) {
        let Failure { path, code, detail } = failure;
        self.bar
            .suspend(|| say(&format!("未能读取 {path}：{}（{detail}）", code.name())));
    }
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

fn told(summary: &BuildSummary) -> String {
    let failed = match summary.failed.len() {
        0 => String::new(),
        n => format!("，{n} 个文件未能读取"),
    };
    format!(
        "已索引 {} 篇、{} 字{failed}；用时 {:.1} 秒，索引 {}（{}）",
        grouped(summary.documents),
        grouped(summary.characters),
        summary.seconds,
        bytes(summary.bytes),
        summary.generation,
    )
}
