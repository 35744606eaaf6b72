//! All hits of a search as one file, written while it is sent.
//!
//! The list is walked batch by batch in one generation, each batch on a place of the pool of its own:
//! a client that reads slowly holds none, and one that is gone ends the walk.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use futures_core::Stream;
use percent_encoding::utf8_percent_encode;
use tokio::sync::mpsc;

use super::error::Problem;
use super::handlers::{Answer, App, Shared, asked, highlight, query_of, sort};
use super::router::query_parameters;
use super::wire::{self, Highlight};
use super::{address, raw};
use crate::search::{Hit, Request, Response as Found};

/// Most hits of an export.
pub(super) const MAX_HITS: u64 = 100_000;

/// Hits that are looked up at a time.
const BATCH: usize = 500;

/// How often a batch that finds no free place is tried again, and how long it waits.
const TRIES: usize = 10;
const PAUSE: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Jsonl,
}

pub(super) async fn export(State(app): Shared, uri: Uri, headers: HeaderMap) -> Answer {
    let parameters = query_parameters(&uri);
    let q = parameters.text("q")?.unwrap_or("").to_owned();
    let formats = [("csv", Format::Csv), ("jsonl", Format::Jsonl)];
    let format = parameters.choice("format", &formats, Format::Csv)?;
    let n_snippets = parameters.number("snippets", 3, 0..=20)?;
    let request = Request {
        query: query_of(&parameters)?,
        sort: sort(&parameters)?,
        limit: BATCH,
        n_snippets: match format {
            Format::Csv => 1,
            Format::Jsonl => n_snippets,
        },
        snippet_chars: parameters.number("snippet_chars", 90, 20..=400)?,
        // A file has no place to say that it holds something else than what was asked for.
        relax: false,
        by_class: false,
        ..asked(&app, &parameters, "file_format")?
    };
    let shape = Shape {
        format,
        highlight: highlight(&parameters)?,
        base: address::base(&headers).unwrap_or_default(),
    };
    parameters.finish()?;
    let first = batch(&app, &request).await?;
    if first.total.documents > MAX_HITS {
        let detail = format!(
            "there are {} hits; at most {MAX_HITS} can be exported: leave out some by filters",
            first.total.documents
        );
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return Err(Problem::new(status, "window_too_large", detail));
    }
    let (sender, receiver) = mpsc::channel(2);
    let (media_type, extension) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
        Format::Jsonl => ("application/jsonl; charset=utf-8", "jsonl"),
    };
    tokio::spawn(walk(app, request, first, shape, sender));
    let mut response = Response::new(Body::from_stream(Chunks(receiver)));
    let disposition = disposition(&q, extension);
    for (name, value) in [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, disposition.as_str()),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    Ok(response)
}

async fn batch(app: &Arc<App>, request: &Request) -> Result<Found, Problem> {
    let request = Request {
        deadline: Some(app.pool.deadline()),
        ..request.clone()
    };
    let searcher = app.searcher();
    app.pool.run(move || Ok(searcher.search(&request)?)).await
}

type Chunk = Result<Bytes, io::Error>;

/// Sends all hits, the first batch of which is there already.
async fn walk(
    app: Arc<App>,
    request: Request,
    first: Found,
    shape: Shape,
    sender: mpsc::Sender<Chunk>,
) {
    let (mut request, mut found) = (request, first);
    let mut chunk = shape.head();
    loop {
        for hit in &found.hits {
            shape.add(hit, &mut chunk);
        }
        if sender
            .send(Ok(std::mem::take(&mut chunk).into()))
            .await
            .is_err()
        {
            return;
        }
        let Some(last) = found.last.take() else {
            return;
        };
        request.after = Some(last);
        let next = tokio::select! {
            next = patient_batch(&app, &request) => next,
            () = sender.closed() => return,
        };
        match next {
            Ok(next) => found = next,
            Err(problem) => {
                tracing::warn!(code = problem.code, "an export was cut off");
                // So that the client sees that the file is not whole.
                let error = io::Error::other("the export was cut off");
                let _ = sender.send(Err(error)).await;
                return;
            }
        }
    }
}

/// A batch that waits for its turn, as others may be served in between.
async fn patient_batch(app: &Arc<App>, request: &Request) -> Result<Found, Problem> {
    for _ in 1..TRIES {
        match batch(app, request).await {
            Err(problem) if matches!(problem.code, "too_busy" | "timeout") => {
                tokio::time::sleep(PAUSE).await;
            }
            other => return other,
        }
    }
    batch(app, request).await
}

/// The chunks of the body as they come.
struct Chunks(mpsc::Receiver<Chunk>);

impl Stream for Chunks {
    type Item = Chunk;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Chunk>> {
        self.0.poll_recv(context)
    }
}

/// What the file looks like.
struct Shape {
    format: Format,
    highlight: Highlight,
    base: String,
}

/// The columns of a table.
const COLUMNS: &str = "title,type,meeting,speaker,region,date,path,occurrences,snippet,id,url";

impl Shape {
    /// What stands before the first hit. Spreadsheet programs take a file for UTF-8 if it begins with
    /// a byte-order mark.
    fn head(&self) -> String {
        match self.format {
            Format::Csv => format!("\u{feff}{COLUMNS}\r\n"),
            Format::Jsonl => String::new(),
        }
    }

    fn add(&self, hit: &Hit, to: &mut String) {
        if self.format == Format::Jsonl {
            *to += &wire::hit(hit, self.highlight).to_string();
            to.push('\n');
            return;
        }
        let document = &hit.document;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let date = document.date.map(|date| date.to_string());
        let year = document.year.map(|year| year.to_string());
        let cells = [
            cell(&document.title),
            cell(&text(&document.kind)),
            cell(&text(&document.meeting)),
            cell(&text(&document.speaker)),
            cell(&text(&document.region)),
            cell(&text(&date.or(year))),
            cell(&document.path),
            hit.occurrences.to_string(),
            cell(&snippet(hit)),
            cell(&document.id.to_string()),
            cell(&format!("{}/d/{}", self.base, document.id)),
        ];
        *to += &cells.join(",");
        *to += "\r\n";
    }
}

/// The first snippet with its matches in brackets.
fn snippet(hit: &Hit) -> String {
    let runs = hit.fragments.first().map(|placed| &placed.fragment.runs);
    let shown = runs.into_iter().flatten().map(|run| match run.class {
        None => run.text.clone(),
        Some(_) => format!("【{}】", run.text),
    });
    shown.collect()
}

/// A text as a cell of a table (RFC 4180). What a spreadsheet program would take for a formula gets an
/// apostrophe in front, as OWASP advises on CSV injection; in Chinese editions the full-width signs
/// begin formulas as well.
pub(super) fn cell(text: &str) -> String {
    let is_formula =
        text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let guard = if is_formula { "'" } else { "" };
    if text.contains([',', '"', '\r', '\n']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        format!("{guard}{text}")
    }
}

/// A name for the file out of the query: for programs that know RFC 8187 and for others.
fn disposition(q: &str, extension: &str) -> String {
    const MOST: usize = 40;
    let words: String = q
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let words: Vec<&str> = words.split_ascii_whitespace().collect();
    let words: String = words.join("_").chars().take(MOST).collect();
    let name = if words.is_empty() {
        format!("yicha.{extension}")
    } else {
        format!("yicha-{words}.{extension}")
    };
    let encoded = utf8_percent_encode(&name, raw::NAME);
    format!("attachment; filename=\"yicha.{extension}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_no_formulas() {
        for (text, expected) in [
            ("讲话", "讲话"),
            ("", ""),
            ("甲,乙", "\"甲,乙\""),
            ("说\"好\"", "\"说\"\"好\"\"\""),
            ("两\n行", "\"两\n行\""),
            ("=1+1", "'=1+1"),
            ("+86", "'+86"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            (
                "=HYPERLINK(\"http://x\",\"y\")",
                "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"",
            ),
            ("＝1", "'＝1"),
            ("1=1", "1=1"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }

    #[test]
    fn files_are_called_after_the_query() {
        let name = |q| {
            disposition(q, "csv")
                .split("UTF-8''")
                .nth(1)
                .map(str::to_owned)
        };
        assert_eq!(name("").as_deref(), Some("yicha.csv"));
        assert_eq!(name("a\"b\r\n/../c").as_deref(), Some("yicha-a_b_c.csv"));
        assert_eq!(name("路").as_deref(), Some("yicha-%E8%B7%AF.csv"));
    }
}
