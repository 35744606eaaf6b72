//! `yicha search`: the same search as over HTTP, in a terminal.

use std::io::Write;
use std::time::Instant;

use clap::ValueEnum;
use yicha::config::Config;
use yicha::http;
use yicha::index::Reader;
use yicha::query::{self, Limits};
use yicha::search::{Hit, MAX_WINDOW, Request, Response, Searcher, Sort, Zone};
use yicha::snippet::Run;

use super::Outcome;
use super::terminal::{Paint, Style, grouped, say};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// 要找什么，如 "两年三级跳" 、 产业 园区 -房地产
    #[arg(value_name = "查询", allow_hyphen_values = true)]
    query: String,
    /// 最多显示几篇
    #[arg(long, short = 'n', default_value_t = 10, value_name = "篇数",
          value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: u16,
    /// 跳过前几篇
    #[arg(long, default_value_t = 0, value_name = "篇数",
          value_parser = clap::value_parser!(u16).range(0..=9900))]
    offset: u16,
    /// 在哪里找：全文、标题、正文
    #[arg(long = "in", value_enum, default_value = "all", value_name = "范围")]
    zone: ZoneArgument,
    /// 排序：相关度、出现次数（-occurrences）、标题
    #[arg(
        long,
        value_enum,
        default_value = "relevance",
        value_name = "次序",
        allow_hyphen_values = true
    )]
    sort: SortArgument,
    /// 每篇最多几个片段
    #[arg(long, default_value_t = 3, value_name = "个数",
          value_parser = clap::value_parser!(u8).range(0..=20))]
    snippets: u8,
    /// 片段长度（字）
    #[arg(long, default_value_t = 90, value_name = "字数",
          value_parser = clap::value_parser!(u16).range(20..=400))]
    snippet_chars: u16,
    /// 输出 API 的 JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum ZoneArgument {
    All,
    Title,
    Body,
}

#[derive(Clone, Copy, ValueEnum)]
enum SortArgument {
    Relevance,
    #[value(name = "-occurrences")]
    Occurrences,
    Title,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<Outcome> {
    let q = arguments.query.clone();
    let request = Request {
        query: query::parse(&q, Limits::default())?,
        zone: match arguments.zone {
            ZoneArgument::All => Zone::All,
            ZoneArgument::Title => Zone::Title,
            ZoneArgument::Body => Zone::Body,
        },
        sort: match arguments.sort {
            SortArgument::Relevance => Sort::Relevance,
            SortArgument::Occurrences => Sort::Occurrences,
            SortArgument::Title => Sort::Title,
        },
        offset: usize::from(arguments.offset),
        limit: usize::from(arguments.limit).min(MAX_WINDOW),
        n_snippets: usize::from(arguments.snippets),
        snippet_chars: usize::from(arguments.snippet_chars),
    };
    let reader = Reader::open(&config.index.path)?;
    let started = Instant::now();
    let response = reader.search(&request)?;
    let took = started.elapsed();
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(
            out,
            "{}",
            http::response_json(&q, &request, &response, took)
        )?;
    } else {
        print_hits(&mut out, &request, &response)?;
        out.flush()?;
        say(&told(&response, took.as_secs_f64() * 1000.0));
        for repair in &request.query.repairs {
            say(&format!(
                "查询第 {} 字“{}”：{}",
                repair.at + 1,
                repair.text,
                repair_told(repair.code)
            ));
        }
    }
    out.flush()?;
    let found = response.total.documents > 0;
    Ok(if found {
        Outcome::Done
    } else {
        Outcome::NothingFound
    })
}

fn print_hits(out: &mut impl Write, request: &Request, response: &Response) -> std::io::Result<()> {
    let paint = Paint::stdout();
    for (hit, n) in response.hits.iter().zip(request.offset + 1..) {
        print_hit(out, paint, n, hit)?;
    }
    Ok(())
}

fn print_hit(out: &mut impl Write, paint: Paint, n: usize, hit: &Hit) -> std::io::Result<()> {
    let title = paint.paint(Style::Title, &hit.document.title);
    let count = match hit.occurrences {
        0 => String::new(),
        n => paint.paint(Style::Faint, &format!("  {n} 处")),
    };
    writeln!(out, "{n}. {title}{count}")?;
    let place = format!("   {}  {}", hit.document.path, hit.document.id);
    writeln!(out, "{}", paint.paint(Style::Faint, &place))?;
    for fragment in &hit.fragments {
        let text: String = fragment
            .runs
            .iter()
            .map(|run| painted(paint, run))
            .collect();
        let place = paint.paint(Style::Faint, &format!("第{}段", fragment.paragraph));
        writeln!(out, "   {place} {text}")?;
    }
    writeln!(out)
}

/// Without colours a match is set in brackets of its own, so that it is still seen.
pub(super) fn painted(paint: Paint, run: &Run) -> String {
    match run.class {
        None => super::terminal::printable(&run.text),
        Some(_) if paint.colours => paint.paint(Style::Match, &run.text),
        Some(_) => format!("【{}】", super::terminal::printable(&run.text)),
    }
}

fn told(response: &Response, millis: f64) -> String {
    let total = &response.total;
    if total.documents == 0 {
        return format!("没有找到（{millis:.1} 毫秒）");
    }
    let relaxed = if response.relaxed {
        "没有文稿含有全部词语，以下含有其中一部分。"
    } else {
        ""
    };
    let normalized = match total.normalized {
        0 => String::new(),
        n => format!("（其中 {} 处写法不同）", grouped(n)),
    };
    format!(
        "{relaxed}共 {} 篇、{} 处{normalized}，{millis:.1} 毫秒",
        grouped(total.documents),
        grouped(total.occurrences),
    )
}

fn repair_told(code: query::RepairCode) -> &'static str {
    match code {
        query::RepairCode::UnclosedQuote => "引号没有配对，已作处理",
        query::RepairCode::StrayBracket => "括号没有配对，当作文字",
        query::RepairCode::StrayOperator => "运算符没有对象，当作文字",
        query::RepairCode::NothingToFind => "没有可检索的内容，已略去",
    }
}
