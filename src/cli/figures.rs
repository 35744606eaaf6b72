//! `yicha search --count-by` and `--concordance`: answers about words instead of documents.

use std::io::Write;
use std::time::Instant;

use clap::ValueEnum;
use yicha::http;
use yicha::query::{self, Limits, Numbers};
use yicha::search::{
    Beside, Bucket, By, Concordance, ConcordanceRequest, Counts, CountsRequest, Line, LineOrder,
    Listed, MAX_QUERIES, MAX_READ, Neighbour, Request, Searcher, Summary, Tally,
};

use super::Outcome;
use super::explain::Misuse;
use super::search::tell_repairs;
use super::terminal::{Paint, Style, grouped, padded, printable, say, width};

#[derive(clap::Args)]
pub(super) struct FiguresArguments {
    /// 不列文稿，按年、月、文种、会议、讲话人或地区统计
    #[arg(long, value_enum, value_name = "单位", conflicts_with = "concordance")]
    count_by: Option<ByArgument>,
    /// 统计时并排比较的另一个查询（可以重复，最多 4 个）
    #[arg(long, value_name = "查询", requires = "count_by")]
    compare: Vec<String>,
    /// 不列文稿，逐处列出前后文
    #[arg(long)]
    concordance: bool,
    /// 前后文各多少字
    #[arg(long, default_value_t = 20, value_name = "字数", requires = "concordance",
          value_parser = clap::value_parser!(u8).range(5..=60))]
    context: u8,
    /// 统计紧挨着的词：后一个、前一个
    #[arg(long, value_enum, value_name = "方向", requires = "concordance")]
    group: Option<BesideArgument>,
}

impl FiguresArguments {
    /// Whether lines or words are listed instead of documents.
    pub(super) fn lists_lines(&self) -> bool {
        self.concordance
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum ByArgument {
    Year,
    Month,
    Type,
    Meeting,
    Speaker,
    Region,
}

#[derive(Clone, Copy, ValueEnum)]
enum BesideArgument {
    Next,
    Previous,
}

/// Most buckets that are no stretches of time, and most lines or words, unless it is said how many.
const BUCKETS: usize = 50;
const LINES: usize = 20;

/// Columns of the longest bar.
const BAR: u64 = 30;

/// What is asked of the searcher.
pub(super) struct Asked<'a> {
    /// The query as typed.
    pub(super) q: &'a str,
    /// The same with its filters.
    pub(super) request: &'a Request,
    /// For the queries that are compared.
    pub(super) numbers: Numbers,
    /// Most buckets, lines or words.
    pub(super) limit: Option<usize>,
    /// In which order lines are listed.
    pub(super) order: LineOrder,
    /// As the API has it.
    pub(super) json: bool,
}

/// Answers where one of these flags asks for it.
pub(super) fn run(
    arguments: &FiguresArguments,
    searcher: &dyn Searcher,
    asked: &Asked<'_>,
) -> anyhow::Result<Option<Outcome>> {
    let found = if let Some(by) = arguments.count_by {
        count(arguments, by, searcher, asked)?
    } else if arguments.concordance {
        list(arguments, searcher, asked)?
    } else {
        return Ok(None);
    };
    Ok(Some(if found {
        Outcome::Done
    } else {
        Outcome::NothingFound
    }))
}

fn count(
    arguments: &FiguresArguments,
    by: ByArgument,
    searcher: &dyn Searcher,
    asked: &Asked<'_>,
) -> anyhow::Result<bool> {
    let request = asked.request;
    let mut qs = vec![asked.q.to_owned()];
    qs.extend(arguments.compare.iter().cloned());
    if qs.len() > MAX_QUERIES {
        let told = format!("最多并排比较 {MAX_QUERIES} 个查询");
        return Err(Misuse(told).into());
    }
    let mut queries = vec![request.query.clone()];
    for q in &arguments.compare {
        queries.push(query::parse(q, Limits::default())?.with_numbers(asked.numbers));
    }
    let request = CountsRequest {
        queries,
        by: match by {
            ByArgument::Year => By::Year,
            ByArgument::Month => By::Month,
            ByArgument::Type => By::Kind,
            ByArgument::Meeting => By::Meeting,
            ByArgument::Speaker => By::Speaker,
            ByArgument::Region => By::Region,
        },
        zone: request.zone,
        mask: request.mask,
        scope: request.scope,
        filters: request.filters.clone(),
        limit: asked.limit.unwrap_or(BUCKETS),
        deadline: None,
    };
    let started = Instant::now();
    let counts = searcher.counts(&request)?;
    let took = started.elapsed();
    let mut out = std::io::stdout().lock();
    if asked.json {
        let value = http::counts_json(&qs, &request, &counts, took);
        writeln!(out, "{value}")?;
    } else {
        chart(&mut out, &qs, &counts)?;
        out.flush()?;
        told(&qs, &counts, took.as_secs_f64() * 1000.0);
        request.queries.iter().for_each(tell_repairs);
    }
    out.flush()?;
    Ok(counts.queries.iter().any(|q| q.total.documents > 0))
}

/// A line for each bucket, or one for each query in it. The bar comes last: how wide its sign is,
/// terminals do not agree on.
fn chart(out: &mut impl Write, qs: &[String], counts: &Counts) -> std::io::Result<()> {
    if counts.queries.iter().all(|q| q.total.documents == 0) {
        return Ok(());
    }
    let paint = Paint::stdout();
    let label = |bucket: &Bucket| printable(&bucket.value);
    // Time before the first and behind the last match says nothing; gaps between do.
    let is_bare = |bucket: &&Bucket| bucket.counts.iter().all(|tally| tally.documents == 0);
    let n_before = counts.buckets.iter().take_while(is_bare).count();
    let n_behind = counts.buckets.iter().rev().take_while(is_bare).count();
    let end = counts.buckets.len().saturating_sub(n_behind);
    let shown = counts.buckets.get(n_before..end).unwrap_or(&[]);
    let mut lines: Vec<(String, &Bucket)> = shown.iter().map(|b| (label(b), b)).collect();
    if counts.without.documents > 0 {
        lines.push(("（不详）".to_owned(), &counts.without));
    }
    let columns = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let label_columns = columns(&mut lines.iter().map(|(label, _)| width(label)));
    let names: Vec<String> = if qs.len() > 1 {
        qs.iter().map(|q| printable(q)).collect()
    } else {
        vec![String::new()]
    };
    let name_columns = columns(&mut names.iter().map(|name| width(name)));
    let tallies = || lines.iter().flat_map(|(_, bucket)| &bucket.counts);
    let most = tallies().map(|tally| tally.documents).max().unwrap_or(0);
    let digits = |number: u64| grouped(number).len();
    let documents_digits = digits(most);
    let occurrences_digits = columns(&mut tallies().map(|tally| digits(tally.occurrences)));
    for (label, bucket) in &lines {
        for (n, (name, tally)) in names.iter().zip(&bucket.counts).enumerate() {
            let label = if n == 0 { label.as_str() } else { "" };
            let mut line = padded(label, label_columns);
            if name_columns > 0 {
                line += "  ";
                line += &padded(name, name_columns);
            }
            let Tally {
                documents,
                occurrences,
            } = *tally;
            let rate = 100.0 * documents as f64 / bucket.documents.max(1) as f64;
            let counted = format!(
                "  {:>documents_digits$} 篇 {rate:>5.1}%  {:>occurrences_digits$} 处",
                grouped(documents),
                grouped(occurrences),
            );
            line += &counted;
            // Whatever is there shows.
            let bar = (documents * BAR).div_ceil(most.max(1)) as usize;
            if bar > 0 {
                line += "  ";
                line += &paint.paint(Style::Match, &"█".repeat(bar));
            }
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

fn told(qs: &[String], counts: &Counts, millis: f64) {
    if counts.n_left_out > 0 {
        say(&format!("还有 {} 项没有列出", grouped(counts.n_left_out)));
    }
    for (q, counted) in qs.iter().zip(&counts.queries) {
        let name = if qs.len() > 1 {
            format!("“{}”", printable(q))
        } else {
            String::new()
        };
        let Tally {
            documents,
            occurrences,
        } = counted.total;
        say(&format!(
            "{name}共 {} 篇、{} 处，占 {} 篇的 {:.1}%",
            grouped(documents),
            grouped(occurrences),
            grouped(counts.documents),
            100.0 * documents as f64 / counts.documents.max(1) as f64,
        ));
        let end = |end: &Option<Summary>| {
            end.as_ref().map(|document| {
                let date = document.date.map(|date| date.to_string());
                let date = date.or(document.year.map(|year| year.to_string()));
                let (date, title) = (date.unwrap_or_default(), printable(&document.title));
                format!("{date} {title}")
            })
        };
        if let Some(first) = end(&counted.first) {
            say(&format!("最早：{first}"));
        }
        if let Some(last) = end(&counted.last) {
            say(&format!("最近：{last}"));
        }
    }
    say(&format!("{millis:.1} 毫秒"));
}

fn list(
    arguments: &FiguresArguments,
    searcher: &dyn Searcher,
    asked: &Asked<'_>,
) -> anyhow::Result<bool> {
    let request = ConcordanceRequest {
        request: Request {
            relax: false,
            limit: asked.limit.unwrap_or(LINES),
            ..asked.request.clone()
        },
        context: usize::from(arguments.context),
        order: asked.order,
        group: arguments.group.map(|beside| match beside {
            BesideArgument::Next => Beside::Next,
            BesideArgument::Previous => Beside::Previous,
        }),
        max_read: MAX_READ,
    };
    let started = Instant::now();
    let concordance = searcher.concordance(&request)?;
    let took = started.elapsed();
    let mut out = std::io::stdout().lock();
    if asked.json {
        let value = http::concordance_json(asked.q, &request, &concordance, took);
        writeln!(out, "{value}")?;
    } else {
        match &concordance.listed {
            Listed::Lines(lines) => print_lines(&mut out, lines, request.context)?,
            Listed::Neighbours { words, .. } => print_words(&mut out, words)?,
        }
        out.flush()?;
        tell(&concordance, took.as_secs_f64() * 1000.0);
        tell_repairs(&request.request.query);
    }
    out.flush()?;
    Ok(concordance.occurrences > 0)
}

/// One occurrence a line, the matches below each other.
fn print_lines(out: &mut impl Write, lines: &[Line], context: usize) -> std::io::Result<()> {
    let paint = Paint::stdout();
    // A tab would push what stands behind it out of its column.
    let shown = |text: &str| printable(text).replace('\t', " ");
    let widest = lines.iter().map(|line| width(&line.text)).max();
    let widest = widest.unwrap_or(0);
    for line in lines {
        let left = shown(&line.left);
        // Two columns a character, which most are.
        let blanks = " ".repeat((context * 2).saturating_sub(width(&left)));
        let found = if paint.colours {
            paint.paint(Style::Match, &line.text)
        } else {
            format!("【{}】", printable(&line.text))
        };
        let right = shown(&line.right);
        let columns = context * 2 + widest.saturating_sub(width(&line.text));
        let right = padded(&right, columns);
        let date = line.date.map(|date| format!("{date} ")).unwrap_or_default();
        let source = format!("{date}{} 第{}段", line.title, line.paragraph);
        let source = paint.paint(Style::Faint, &source);
        writeln!(out, "{blanks}{left}{found}{right}  {source}")?;
    }
    Ok(())
}

fn print_words(out: &mut impl Write, words: &[Neighbour]) -> std::io::Result<()> {
    let columns = words.iter().map(|word| width(&word.word)).max();
    for word in words {
        writeln!(
            out,
            "{}  {:>7} 处  {:>7} 篇",
            padded(&printable(&word.word), columns.unwrap_or(0)),
            grouped(word.occurrences),
            grouped(word.documents),
        )?;
    }
    Ok(())
}

fn tell(concordance: &Concordance, millis: f64) {
    if concordance.occurrences == 0 {
        say(&format!("没有找到（{millis:.1} 毫秒）"));
        return;
    }
    if concordance.truncated {
        say(&format!(
            "文稿太多，只看了最近的 {} 篇（{} 处）",
            grouped(concordance.n_listed_documents),
            grouped(concordance.n_listed),
        ));
    }
    if let Listed::Neighbours {
        n_words, n_without, ..
    } = &concordance.listed
    {
        say(&format!(
            "共 {} 个词；{} 处旁边没有词",
            grouped(*n_words),
            grouped(*n_without)
        ));
    }
    say(&format!(
        "共 {} 篇、{} 处，{millis:.1} 毫秒",
        grouped(concordance.documents),
        grouped(concordance.occurrences),
    ));
}
