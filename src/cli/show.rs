//! `yicha show`: one document, with the matches of a query if one is given.

use std::io::Write;
use std::ops::Range;
use std::path::Path;

use yicha::config::Config;
use yicha::corpus::resolved;
use yicha::document::DocumentId;
use yicha::http;
use yicha::index::Reader;
use yicha::query::{self, Limits};
use yicha::search::{Error, FullDocument, Searcher};
use yicha::snippet::Run;

use super::Outcome;
use super::search::{origin_told, painted};
use super::terminal::{Paint, Style, bytes, grouped, printable};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// 文稿编号，或它在文稿目录里的路径
    #[arg(value_name = "编号|路径")]
    document: String,
    /// 标出这个查询的命中
    #[arg(long, short, value_name = "查询", allow_hyphen_values = true)]
    q: Option<String>,
    /// 只显示提纲
    #[arg(long)]
    outline: bool,
    /// 以 JSON 输出
    #[arg(long)]
    json: bool,
}

pub(super) fn run(config: &Config, arguments: &Arguments) -> anyhow::Result<Outcome> {
    let query = match &arguments.q {
        Some(q) => Some(query::parse(q, Limits::default())?),
        None => None,
    };
    let reader = Reader::open(&config.index.path)?;
    let name = arguments.document.as_str();
    let of_path = |path: &str| reader.document(DocumentId::of_path(path), query.as_ref());
    let by_path = || match of_path(name.trim_start_matches("./")) {
        // As the shell completes it, from where it stands.
        Err(Error::NoDocument(name)) => match inside(config, arguments) {
            Some(path) => of_path(&path),
            None => Err(Error::NoDocument(name)),
        },
        found => found,
    };
    let found = match name.parse() {
        Ok(id) => match reader.document(id, query.as_ref()) {
            Err(Error::NoDocument(_)) => by_path(),
            found => found,
        },
        Err(_) => by_path(),
    };
    let document = found.map_err(|error| match error {
        Error::NoDocument(_) => Error::NoDocument(name.to_owned()),
        other => other,
    })?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", http::document_json(&document))?;
    } else if arguments.outline {
        print_outline(&mut out, &document)?;
    } else {
        print(&mut out, &document)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// The place in the archive of a path that leads there from the present folder.
fn inside(config: &Config, arguments: &Arguments) -> Option<String> {
    let root = &config.corpus.path;
    let path = Path::new(&arguments.document);
    // A member of a zip file is no file, and a link in the archive has its name there.
    let as_written = (
        std::path::absolute(path).ok()?,
        std::path::absolute(root).ok()?,
    );
    let as_it_is = (resolved(path), resolved(root));
    let inside = [as_written, as_it_is].into_iter().find_map(|(path, root)| {
        let parts = path
            .strip_prefix(&root)
            .ok()?
            .iter()
            .map(|part| part.to_str());
        Some(parts.collect::<Option<Vec<&str>>>()?.join("/"))
    });
    inside.filter(|path| !path.is_empty())
}

fn print(out: &mut impl Write, document: &FullDocument) -> std::io::Result<()> {
    let paint = Paint::stdout();
    let summary = &document.summary;
    writeln!(out, "{}", paint.paint(Style::Title, &summary.title))?;
    let facts = format!(
        "{}  {}  {} {} {}  {} 字",
        summary.path,
        summary.id,
        summary.format,
        summary.encoding,
        bytes(document.size),
        grouped(document.text.chars().count() as u64),
    );
    writeln!(out, "{}", paint.paint(Style::Faint, &facts))?;
    if let Some(told) = origin_told(summary) {
        writeln!(out, "{}", paint.paint(Style::Faint, &told))?;
    }
    if let Some(total) = &document.matches {
        let told = format!("{} 处", grouped(total.occurrences));
        writeln!(out, "{}", paint.paint(Style::Faint, &told))?;
    }
    writeln!(out)?;
    let digits = document.paragraphs.len().to_string().len();
    let mut headings = document.headings.iter().peekable();
    for paragraph in &document.paragraphs {
        let n = paint.paint(Style::Faint, &format!("{:>digits$}", paragraph.n));
        let mut here = Vec::new();
        while let Some(heading) = headings.next_if(|heading| heading.paragraph <= paragraph.n) {
            here.push(heading.start..heading.end);
        }
        writeln!(out, "{n}  {}", structured(paint, &paragraph.runs, &here))?;
    }
    Ok(())
}

/// The runs of a paragraph with its headings, whose places are in characters, set off.
fn structured(paint: Paint, runs: &[Run], headings: &[Range<usize>]) -> String {
    let mut painted_runs = String::new();
    let mut at = 0;
    for run in runs {
        let chars: Vec<char> = run.text.chars().collect();
        let mut from = 0;
        while from < chars.len() {
            let place = at + from;
            let inside = headings.iter().find(|h| h.contains(&place));
            let next = headings
                .iter()
                .map(|h| h.start)
                .find(|start| *start > place);
            let end = inside
                .map_or(next, |h| Some(h.end))
                .map_or(chars.len(), |end| end - at);
            let end = end.min(chars.len());
            let piece = Run {
                text: chars[from..end].iter().collect(),
                class: run.class,
            };
            let text = if piece.class.is_none() && inside.is_some() {
                paint.paint(Style::Title, &piece.text)
            } else {
                painted(paint, &piece)
            };
            painted_runs.push_str(&text);
            from = end;
        }
        at += chars.len();
    }
    painted_runs
}

fn print_outline(out: &mut impl Write, document: &FullDocument) -> std::io::Result<()> {
    let paint = Paint::stdout();
    let title = paint.paint(Style::Title, &document.summary.title);
    writeln!(out, "{title}")?;
    let paragraphs: Vec<&str> = document.text.split('\n').collect();
    let digits = paragraphs.len().to_string().len();
    // Headings come in order: each paragraph is walked through once.
    let (mut paragraph, mut at, mut chars) = (0, 0, "".chars());
    for heading in &document.headings {
        if heading.paragraph != paragraph {
            (paragraph, at) = (heading.paragraph, 0);
            chars = paragraphs.get(paragraph - 1).copied().unwrap_or("").chars();
        }
        chars
            .by_ref()
            .take(heading.start.saturating_sub(at))
            .for_each(drop);
        let text: String = chars.by_ref().take(heading.end - heading.start).collect();
        at = heading.end;
        let n = paint.paint(Style::Faint, &format!("{:>digits$}", heading.paragraph));
        let indent = "  ".repeat(usize::from(heading.level));
        writeln!(out, "{n}{indent}{}", printable(&text))?;
    }
    Ok(())
}
