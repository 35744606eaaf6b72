//! Shows how a run of `index` gets on: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use yicha::corpus::Failure;
use yicha::index::{Progress, Rebuild, Step};

use super::failures;
use super::terminal::{bytes, grouped, say, speaks_by_log};

/// Time between two lines where there is no bar.
const PAUSE: Duration = Duration::from_secs(10);

/// How much is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Failures only.
    Failures,
    /// A bar where stderr is a terminal.
    Usual,
    /// The same, and a line now and then where it is none.
    Verbose,
}

pub(super) struct Feedback {
    bar: ProgressBar,
    told: Told,
    started: Instant,
    last: Mutex<Instant>,
}

impl Feedback {
    pub(super) fn new(told: Told) -> anyhow::Result<Self> {
        let has_bar = told != Told::Failures && !speaks_by_log() && std::io::stderr().is_terminal();
        let bar = if has_bar {
            ProgressBar::new(0)
        } else {
            ProgressBar::hidden()
        };
        let style = ProgressStyle::with_template(
            "{msg} {wide_bar} {pos}/{len} 个文件  {per_sec}  剩余 {eta}",
        )?;
        bar.set_style(style);
        let told = if has_bar { Told::Usual } else { told };
        Ok(Self {
            bar,
            told,
            started: Instant::now(),
            last: Mutex::new(Instant::now()),
        })
    }

    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }

    /// A line, if it is time for one.
    fn line(&self, text: impl FnOnce() -> String) {
        if self.told != Told::Verbose {
            return;
        }
        if let Ok(mut last) = self.last.lock()
            && last.elapsed() >= PAUSE
        {
            *last = Instant::now();
            say(&text());
        }
    }

    fn stage(&self, text: &'static str) {
        self.bar.set_message(text);
        if self.told == Told::Verbose {
            say(text);
        }
    }
}

impl Progress for Feedback {
    fn step(&self, step: Step) {
        match step {
            Step::Walking => self.stage("查看目录"),
            Step::Reading {
                done,
                of,
                bytes: size,
            } => {
                self.bar.set_message("读取文稿");
                self.bar.set_length(of);
                self.bar.set_position(done);
                self.line(|| {
                    let seconds = self.started.elapsed().as_secs_f64();
                    let rate = done as f64 / seconds.max(0.001);
                    let left = (of - done.min(of)) as f64 / rate.max(0.001);
                    format!(
                        "已读 {}/{} 个文件（{}），每秒 {rate:.0} 个，约剩 {left:.0} 秒",
                        grouped(done),
                        grouped(of),
                        bytes(size),
                    )
                });
            }
            Step::Writing => self.stage("写入索引"),
            Step::Checking => self.stage("核对索引"),
        }
    }

    fn failed(&self, failure: &Failure) {
        let Failure { path, code, detail } = failure;
        let why = failures::told(*code, detail);
        tracing::debug!(path, code = code.name(), detail, "a file could not be read");
        self.bar
            .suspend(|| say(&format!("未能读取 {path}：{why}（{}）", code.name())));
    }

    fn rebuilding(&self, why: &Rebuild) {
        if self.told == Told::Failures {
            return;
        }
        let why = match why {
            Rebuild::Asked => return,
            Rebuild::Changed(parts) => {
                let names = parts.iter().map(|part| match part.as_str() {
                    "analysis" => "分析规则",
                    "schema" => "索引结构",
                    "extraction" => "文件读取方法",
                    "settings" => "[extract]、[derive] 或 max_file_size 设置",
                    "suggestions" => "输入提示的做法",
                    other => other,
                });
                let names: Vec<&str> = names.collect();
                format!("{}已改变", names.join("、"))
            }
            Rebuild::Damaged(what) => format!("现有索引不能沿用（{what}）"),
        };
        self.bar.suspend(|| say(&format!("{why}，全部重建")));
    }

    fn resuming(&self, documents: u64) {
        if self.told != Told::Failures {
            let documents = grouped(documents);
            self.bar
                .suspend(|| say(&format!("接着上次中断的任务继续，已有 {documents} 篇")));
        }
    }
}
