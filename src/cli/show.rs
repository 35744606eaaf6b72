//! `yicha show`: one document, with the matches of a query if one is given.

use std::io::Write;

use yicha::config::Config;
use yicha::document::DocumentId;
use yicha::http;
use yicha::index::Reader;
use yicha::query::{self, Limits};
use yicha::search::{Error, FullDocument, Searcher};

use super::Outcome;
use super::search::painted;
use super::terminal::{Paint, Style, bytes, grouped};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// 文稿编号，或它在文稿目录里的路径
    #[arg(value_name = "编号|路径")]
    document: String,
    /// 标出这个查询的命中
    #[arg(long, short, value_name = "查询", allow_hyphen_values = true)]
    q: Option<String>,
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
    let by_path = || {
        reader.document(
            DocumentId::of_path(name.trim_start_matches("./")),
            query.as_ref(),
        )
    };
    let found = match name.parse() {
        Ok(id) => reader.document(id, query.as_ref()).or_else(|_| by_path()),
        Err(_) => by_path(),
    };
    let document = found.map_err(|error| match error {
        Error::NoDocument(_) => Error::NoDocument(name.to_owned()),
        other => other,
    })?;
    let mut out = std::io::stdout().lock();
    if arguments.json {
        writeln!(out, "{}", http::document_json(&document))?;
    } else {
        print(&mut out, &document)?;
    }
    out.flush()?;
    Ok(Outcome::Done)
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
    if let Some(total) = &document.matches {
        let told = format!("{} 处", grouped(total.occurrences));
        writeln!(out, "{}", paint.paint(Style::Faint, &told))?;
    }
    writeln!(out)?;
    let digits = document.paragraphs.len().to_string().len();
    for paragraph in &document.paragraphs {
        let n = paint.paint(Style::Faint, &format!("{:>digits$}", paragraph.n));
        let text: String = paragraph
            .runs
            .iter()
            .map(|run| painted(paint, run))
            .collect();
        writeln!(out, "{n}  {text}")?;
    }
    Ok(())
}
