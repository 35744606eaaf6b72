//! A search as an Atom feed (RFC 4287): its newest hits.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::IntoResponse;
use xxhash_rust::xxh3::xxh3_64;

use super::address;
use super::handlers::{Answer, Shared, asked, query_of};
use super::router::query_parameters;
use super::wire;
use crate::document::Date;
use crate::search::{Facet, Hit, Request, Response, Sort};

/// Entries of a feed.
const ENTRIES: usize = 50;

pub(super) async fn feed(State(app): Shared, uri: Uri, headers: HeaderMap) -> Answer {
    let parameters = query_parameters(&uri);
    let q = parameters.text("q")?.unwrap_or("").to_owned();
    let request = Request {
        query: query_of(&parameters)?,
        sort: Sort::Newest,
        limit: ENTRIES,
        n_snippets: 1,
        // Who waits for something wants to hear of nothing else.
        relax: false,
        by_class: false,
        ..asked(&app, &parameters, Facet::Format.name())?
    };
    parameters.finish()?;
    let base = address::base(&headers).unwrap_or_default();
    let searcher = app.searcher();
    let answer = app.pool.run(move || {
        let response = searcher.search(&request)?;
        Ok(written(&q, &uri, &base, &response))
    });
    let media_type = [(header::CONTENT_TYPE, "application/atom+xml; charset=utf-8")];
    Ok((media_type, answer.await?).into_response())
}

fn written(q: &str, uri: &Uri, base: &str, response: &Response) -> String {
    let address = uri
        .path_and_query()
        .map_or("/feed.atom", |path| path.as_str());
    let built_at = &response.index.built_at;
    // The same search keeps its id wherever it is asked.
    let id = xxh3_64(uri.query().unwrap_or("").as_bytes());
    let title = if q.is_empty() { "全部文稿" } else { q };
    let mut feed = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    feed += "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"zh-CN\">\n";
    let _ = write!(
        feed,
        "<id>tag:yicha,2026:search/{id:016x}</id>\n<title>议查：{}</title>\n\
         <updated>{}</updated>\n<author><name>议查</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{}{}\"/>\n",
        escaped(title),
        escaped(built_at),
        escaped(base),
        escaped(address),
    );
    for hit in &response.hits {
        entry(&mut feed, hit, base, built_at);
    }
    feed += "</feed>\n";
    feed
}

fn entry(feed: &mut String, hit: &Hit, base: &str, built_at: &str) {
    let document = &hit.document;
    let id = document.id;
    // As the list is sorted: a year by itself stands at its first day.
    let year = document.year.and_then(|year| Date::new(year, None, None));
    let date = document.date.or(year);
    let updated = date.map_or_else(|| built_at.to_owned(), day_begins);
    let _ = write!(
        feed,
        "<entry>\n<id>tag:yicha,2026:document/{id}</id>\n<title>{}</title>\n\
         <updated>{}</updated>\n<link rel=\"alternate\" type=\"text/html\" href=\"{}/d/{id}\"/>\n",
        escaped(&document.title),
        escaped(&updated),
        escaped(base),
    );
    if let Some(speaker) = &document.speaker {
        let _ = writeln!(feed, "<author><name>{}</name></author>", escaped(speaker));
    }
    if let Some(kind) = &document.kind {
        let _ = writeln!(feed, "<category term=\"{}\"/>", escaped(kind));
    }
    if let Some(placed) = hit.fragments.first() {
        let html = wire::html(&placed.fragment.runs);
        let _ = writeln!(feed, "<summary type=\"html\">{}</summary>", escaped(&html));
    }
    *feed += "</entry>\n";
}

/// The first moment that a date may mean, where the documents were written.
fn day_begins(date: Date) -> String {
    let day = date.first_day();
    let (year, month, day) = (day / 10_000, day / 100 % 100, day % 100);
    format!("{year:04}-{month:02}-{day:02}T00:00:00+08:00")
}

/// Text for XML: signs with a meaning escaped, and what XML 1.0 has no place for left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}
