//! `yicha stats`: figures about the index.

use std::io::Write;

use yicha::config::Config;
use yicha::http;
use yicha::index::{Reader, RunRecord, read_runs, runs_file};
use yicha::search::{Searcher, Stats};

use super::Outcome;
use super::terminal::{bytes, grouped, padded, width};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<Outcome> {
    let stats = Reader::open(&config.index.path)?.stats()?;
    let runs = read_runs(&runs_file(&config.index)).unwrap_or_default();
    let last_run = runs.last();
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(
            out,
            "{}",
            http::stats_json(&stats, last_run.map(|run| serde_json::json!(run)).as_ref())
        )?;
    } else {
        print(&mut out, &stats, last_run)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

fn print(out: &mut impl Write, stats: &Stats, last_run: Option<&RunRecord>) -> std::io::Result<()> {
    let mut rows = vec![
        ("文稿".to_owned(), grouped(stats.index.documents)),
        ("段落".to_owned(), grouped(stats.paragraphs)),
        ("字数".to_owned(), grouped(stats.characters)),
        ("检索单元".to_owned(), grouped(stats.units)),
        ("索引大小".to_owned(), bytes(stats.bytes)),
        ("索引版本".to_owned(), stats.index.generation.clone()),
        ("建立时间".to_owned(), stats.index.built_at.clone()),
        ("建立用时".to_owned(), format!("{:.1} 秒", stats.seconds)),
    ];
    if let Some(run) = last_run {
        let outcome = match run.outcome.as_str() {
            "published" => "已发布",
            "refused" => "没有发布：看来丢了文稿",
            _ => "失败",
        };
        rows.push(("上次运行".to_owned(), format!("{}  {outcome}", run.ended)));
    }
    for (name, counts) in [
        ("格式", &stats.formats),
        ("文种", &stats.kinds),
        ("年份", &stats.years),
        ("编码", &stats.encodings),
        ("未能读取", &stats.failures),
    ] {
        let row = |(key, n): (&String, &u64)| (format!("{name} {key}"), grouped(*n));
        rows.extend(counts.iter().map(row));
    }
    let columns = rows.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    for (name, value) in rows {
        writeln!(out, "{}  {value}", padded(&name, columns))?;
    }
    Ok(())
}
