//! `yicha search`: the same search as over HTTP, in a terminal.

use std::io::Write;
use std::time::Instant;

use clap::ValueEnum;
use yicha::config::Config;
use yicha::document::Date;
use yicha::http;
use yicha::index::Reader;
use yicha::query::{self, Limits, Numbers, Query};
use yicha::search::{
    Facet, Filters, Hint, Hit, LineOrder, Mask, Placed, Request, Response, Scope, Searcher, Sort,
    Summary, Zone,
};
use yicha::snippet::Run;

use super::Outcome;
use super::explain::Misuse;
use super::figures::{self, Asked, FiguresArguments};
use super::terminal::{Paint, Style, grouped, printable, say};

/// Most hits, unless it is said how many.
const HITS: usize = 10;

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// 要找什么，如 "两年三级跳" 、 产业 园区 -房地产
    #[arg(value_name = "查询", required = true, num_args = 1.., value_parser = super::usage::word)]
    query: Vec<String>,
    /// 最多显示几篇（默认 10；逐处列出时几处，默认 20；统计时几项，默认 50）
    #[arg(long, short = 'n', value_name = "篇数",
          value_parser = clap::value_parser!(u16).range(1..=100))]
    limit: Option<u16>,
    /// 跳过前几篇，逐处列出时前几处
    #[arg(long, default_value_t = 0, value_name = "篇数",
          value_parser = clap::value_parser!(u16).range(0..=9900))]
    offset: u16,
    /// 在哪里找：全文、标题、小标题、正文
    #[arg(long = "in", value_enum, default_value = "all", value_name = "范围")]
    zone: ZoneArgument,
    /// 哪里同时出现才算：全篇、同一段、同一句
    #[arg(long, value_enum, default_value = "document", value_name = "范围")]
    scope: ScopeArgument,
    /// 掩码（四*省）遮住的地方：也算、不算、只要这种；默认取配置 [search] `mask_matching`
    #[arg(long, value_enum, value_name = "方式")]
    mask: Option<MaskArgument>,
    /// 数字的其他写法（2023年、二〇二三年）：也算、不算
    #[arg(long, value_enum, default_value = "also", value_name = "方式")]
    numbers: NumbersArgument,
    /// 只看这些文种，如 讲话（可以重复）
    #[arg(long = "type", value_name = "文种")]
    kind: Vec<String>,
    /// 只看这些会议（可以重复）
    #[arg(long, value_name = "会议")]
    meeting: Vec<String>,
    /// 只看这些讲话人（可以重复）
    #[arg(long, value_name = "姓名")]
    speaker: Vec<String>,
    /// 只看这些地区（可以重复）
    #[arg(long, value_name = "地区")]
    region: Vec<String>,
    /// 只看这些年份（可以重复）
    #[arg(long, value_name = "年份")]
    year: Vec<u16>,
    /// 只看这些目录（可以重复）
    #[arg(long, value_name = "目录")]
    path: Vec<String>,
    /// 只看这些文件格式，如 docx（可以重复）
    #[arg(long, value_name = "格式")]
    format: Vec<String>,
    /// 不早于，如 2023、2023-07、2023-07-18
    #[arg(long, value_name = "日期", value_parser = date)]
    from: Option<Date>,
    /// 不晚于
    #[arg(long, value_name = "日期", value_parser = date)]
    until: Option<Date>,
    /// 排序：相关度（默认）、日期（-date 从新到旧）、出现次数（-occurrences）、标题；逐处列出时按左边（默认）、右边、日期（从新到旧）、文稿
    #[arg(
        long,
        value_enum,
        value_name = "次序",
        allow_hyphen_values = true,
        conflicts_with = "count_by"
    )]
    sort: Option<SortArgument>,
    /// 每篇最多几个片段
    #[arg(long, default_value_t = 3, value_name = "个数",
          value_parser = clap::value_parser!(u8).range(0..=20))]
    snippets: u8,
    /// 片段长度（字）
    #[arg(long, default_value_t = 90, value_name = "字数",
          value_parser = clap::value_parser!(u16).range(20..=400))]
    snippet_chars: u16,
    #[command(flatten)]
    figures: FiguresArguments,
    /// 输出 API 的 JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum ZoneArgument {
    All,
    Title,
    Heading,
    Body,
}

#[derive(Clone, Copy, ValueEnum)]
enum ScopeArgument {
    Document,
    Paragraph,
    Sentence,
}

#[derive(Clone, Copy, ValueEnum)]
enum MaskArgument {
    Also,
    Off,
    Only,
}

#[derive(Clone, Copy, ValueEnum)]
enum NumbersArgument {
    Also,
    Off,
}

#[derive(Clone, Copy, ValueEnum)]
enum SortArgument {
    Relevance,
    #[value(name = "-occurrences")]
    Occurrences,
    Title,
    #[value(name = "-date")]
    Newest,
    #[value(name = "date")]
    Date,
    Left,
    Right,
    Document,
}

impl SortArgument {
    fn of_hits(self) -> Result<Sort, Misuse> {
        match self {
            Self::Relevance => Ok(Sort::Relevance),
            Self::Occurrences => Ok(Sort::Occurrences),
            Self::Title => Ok(Sort::Title),
            Self::Newest => Ok(Sort::Newest),
            Self::Date => Ok(Sort::Oldest),
            Self::Left | Self::Right | Self::Document => {
                let told = "--sort 的 left、right、document 只用于逐处列出（--concordance）";
                Err(Misuse(told.to_owned()))
            }
        }
    }

    fn of_lines(self) -> Result<LineOrder, Misuse> {
        match self {
            Self::Left => Ok(LineOrder::Left),
            Self::Right => Ok(LineOrder::Right),
            Self::Date => Ok(LineOrder::Date),
            Self::Document => Ok(LineOrder::Document),
            Self::Relevance | Self::Occurrences | Self::Title | Self::Newest => {
                let told = "逐处列出（--concordance）时 --sort 可选：left、right、date、document";
                Err(Misuse(told.to_owned()))
            }
        }
    }
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<Outcome> {
    let q = arguments.query.join(" ");
    let numbers = match arguments.numbers {
        NumbersArgument::Also => Numbers::Also,
        NumbersArgument::Off => Numbers::Off,
    };
    let (mut sort, mut order) = (Sort::default(), LineOrder::default());
    if let Some(argument) = arguments.sort {
        if arguments.figures.lists_lines() {
            order = argument.of_lines()?;
        } else {
            sort = argument.of_hits()?;
        }
    }
    let limit = arguments.limit.map(usize::from);
    let request = Request {
        query: query::parse(&q, Limits::default())?.with_numbers(numbers),
        zone: match arguments.zone {
            ZoneArgument::All => Zone::All,
            ZoneArgument::Title => Zone::Title,
            ZoneArgument::Heading => Zone::Heading,
            ZoneArgument::Body => Zone::Body,
        },
        sort,
        scope: match arguments.scope {
            ScopeArgument::Document => Scope::Document,
            ScopeArgument::Paragraph => Scope::Paragraph,
            ScopeArgument::Sentence => Scope::Sentence,
        },
        mask: match arguments.mask {
            None => super::serve::mask(config),
            Some(MaskArgument::Also) => Mask::Also,
            Some(MaskArgument::Off) => Mask::Off,
            Some(MaskArgument::Only) => Mask::Only,
        },
        filters: filters(arguments),
        offset: usize::from(arguments.offset),
        limit: limit.unwrap_or(HITS),
        n_snippets: usize::from(arguments.snippets),
        snippet_chars: usize::from(arguments.snippet_chars),
        ..Request::default()
    };
    let reader = Reader::open(&config.index.path)?;
    let asked = Asked {
        q: &q,
        request: &request,
        numbers,
        limit,
        order,
        json: arguments.json,
    };
    let found = figures::run(&arguments.figures, &reader, &asked)?;
    if let Some(found) = found {
        return Ok(found);
    }
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
        for line in response.hint.iter().flat_map(hint_told) {
            say(&line);
        }
        tell_repairs(&request.query);
    }
    out.flush()?;
    let found = response.total.documents > 0;
    Ok(if found {
        Outcome::Done
    } else {
        Outcome::NothingFound
    })
}

/// What was done about a query that made no sense as it was.
pub(super) fn tell_repairs(query: &Query) {
    for repair in &query.repairs {
        say(&format!(
            "查询第 {} 字“{}”：{}",
            repair.at + 1,
            printable(&repair.text),
            repair_told(repair.code)
        ));
    }
}

fn date(text: &str) -> Result<Date, &'static str> {
    text.parse()
        .map_err(|_| "应是 1900 到 2100 年的日期，如 2023、2023-07、2023-07-18")
}

fn filters(arguments: &Arguments) -> Filters {
    let years = arguments.year.iter().map(ToString::to_string).collect();
    let values = [
        (Facet::Kind, arguments.kind.clone()),
        (Facet::Year, years),
        (Facet::Meeting, arguments.meeting.clone()),
        (Facet::Speaker, arguments.speaker.clone()),
        (Facet::Region, arguments.region.clone()),
        (Facet::Format, arguments.format.clone()),
    ];
    Filters {
        values: values
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
            .collect(),
        paths: Filters::folders(arguments.path.clone()),
        from: arguments.from,
        until: arguments.until,
    }
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
    if let Some(origin) = origin_told(&hit.document) {
        writeln!(out, "   {}", paint.paint(Style::Faint, &origin))?;
    }
    let place = format!("   {}  {}", hit.document.path, hit.document.id);
    writeln!(out, "{}", paint.paint(Style::Faint, &place))?;
    for Placed { fragment, outline } in &hit.fragments {
        let text: String = fragment
            .runs
            .iter()
            .map(|run| painted(paint, run))
            .collect();
        let mut place = format!("第{}段", fragment.paragraph);
        for heading in outline {
            place = place + " › " + heading;
        }
        writeln!(out, "   {}", paint.paint(Style::Faint, &place))?;
        writeln!(out, "     {text}")?;
    }
    writeln!(out)
}

/// 文种 · 会议 · 讲话人 · 地区 · 日期, as far as they are known.
pub(super) fn origin_told(document: &Summary) -> Option<String> {
    let date = document.date.map(|date| date.to_string());
    let year = document.year.map(|year| year.to_string());
    let parts = [
        document.kind.clone(),
        document.meeting.clone(),
        document.speaker.clone(),
        document.region.clone(),
        date.or(year),
    ];
    let known: Vec<String> = parts.into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.join(" · "))
}

/// Without colours a match is set in brackets of its own, so that it is still seen.
pub(super) fn painted(paint: Paint, run: &Run) -> String {
    match run.class {
        None => printable(&run.text),
        Some(_) if paint.colours => paint.paint(Style::Match, &run.text),
        Some(_) => format!("【{}】", printable(&run.text)),
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
    let masked = match total.masked {
        0 => String::new(),
        n => format!("（其中 {} 处部分被遮盖）", grouped(n)),
    };
    format!(
        "{relaxed}共 {} 篇、{} 处{normalized}{masked}，{millis:.1} 毫秒",
        grouped(total.documents),
        grouped(total.occurrences),
    )
}

/// What may be done where nothing was found, a line each.
fn hint_told(hint: &Hint) -> Vec<String> {
    let mut lines = Vec::new();
    let meant: Vec<String> = hint
        .did_you_mean
        .iter()
        .map(|meant| {
            format!(
                "{}（{} 篇）",
                printable(&meant.term),
                grouped(meant.documents)
            )
        })
        .collect();
    if !meant.is_empty() {
        lines.push(format!("是不是要找：{}", meant.join("、")));
    }
    if let Some(longest) = &hint.longest_found {
        lines.push(format!("最长能找到的部分：{}", printable(longest)));
    }
    for without in hint.without.iter().filter(|without| without.documents > 0) {
        let (term, documents) = (printable(&without.term), grouped(without.documents));
        lines.push(format!("去掉“{term}”有 {documents} 篇"));
    }
    if let Some(documents @ 1..) = hint.without_filters {
        lines.push(format!("不加筛选有 {} 篇", grouped(documents)));
    }
    lines
}

fn repair_told(code: query::RepairCode) -> &'static str {
    match code {
        query::RepairCode::UnclosedQuote => "引号没有配对，已作处理",
        query::RepairCode::StrayBracket => "括号没有配对，当作文字",
        query::RepairCode::StrayOperator => "运算符没有对象，当作文字",
        query::RepairCode::NothingToFind => "没有可检索的内容，已略去",
        query::RepairCode::NoDate => "不是年份或日期，当作文字",
        query::RepairCode::NoDistance => "NEAR 后要写 /1 到 /1000，当作文字",
    }
}
