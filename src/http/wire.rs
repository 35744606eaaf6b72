//! What goes over the wire: JSON as docs/http-api.md has it. Only here do names of fields exist.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::analysis::{units, words};
use crate::query::Node;
use crate::search::{
    FullDocument, Hit, IndexInfo, Paragraph, Request, Response, Stats, Summary, Total,
};
use crate::snippet::{Fragment, Run};

/// How matches are shown in snippets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Highlight {
    /// Escaped text with `<mark>`.
    Html,
    /// Runs of plain and matched text.
    Runs,
    /// The text alone.
    None,
}

pub(super) fn search(
    q: &str,
    request: &Request,
    response: &Response,
    highlight: Highlight,
    took: Duration,
) -> Value {
    let query = &request.query;
    let repairs: Vec<Value> = query
        .repairs
        .iter()
        .map(|r| json!({ "at": r.at, "code": r.code.name(), "text": r.text }))
        .collect();
    let understood = query
        .root
        .as_ref()
        .map_or_else(|| "all()".to_owned(), Node::understood);
    let hits: Vec<Value> = response.hits.iter().map(|h| hit(h, highlight)).collect();
    json!({
        "query": {
            "q": q,
            "understood": understood,
            "repairs": repairs,
            "relaxed": response.relaxed,
            "variants": [],
        },
        "index": index(&response.index),
        "total": {
            "documents": response.total.documents,
            "occurrences": response.total.occurrences,
            "by_match": by_match(&response.total),
            "folded": 0,
        },
        "took_ms": millis(took),
        "hits": hits,
        "facets": {},
        "next": next(request, response),
        "hint": null,
    })
}

pub(super) fn documents(request: &Request, response: &Response, took: Duration) -> Value {
    let documents: Vec<Value> = response
        .hits
        .iter()
        .map(|hit| Value::Object(summary(&hit.document)))
        .collect();
    json!({
        "index": index(&response.index),
        "total": { "documents": response.total.documents },
        "took_ms": millis(took),
        "documents": documents,
        "next": next(request, response),
    })
}

fn next(request: &Request, response: &Response) -> Value {
    let reached = request.offset + response.hits.len();
    if response.hits.is_empty() || reached as u64 >= response.total.documents {
        return Value::Null;
    }
    json!({ "offset": reached })
}

/// To a hundredth, which is as fine as it means anything.
fn millis(took: Duration) -> f64 {
    (took.as_secs_f64() * 1e5).round() / 100.0
}

fn index(info: &IndexInfo) -> Value {
    json!({
        "generation": info.generation,
        "documents": info.documents,
        "built_at": info.built_at,
    })
}

fn by_match(total: &Total) -> Value {
    json!({ "exact": total.exact, "normalized": total.normalized, "masked": 0 })
}

fn summary(summary: &Summary) -> Map<String, Value> {
    let value = json!({
        "id": summary.id.to_string(),
        "url": format!("/d/{}", summary.id),
        "path": summary.path,
        "title": summary.title,
        "date": null,
        "year": null,
        "type": null,
        "meeting": null,
        "speaker": null,
        "region": null,
        "format": summary.format,
    });
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn hit(hit: &Hit, highlight: Highlight) -> Value {
    let mut fields = summary(&hit.document);
    let url = format!("/d/{}", hit.document.id);
    let snippets: Vec<Value> = hit
        .fragments
        .iter()
        .map(|fragment| snippet(fragment, highlight, &url))
        .collect();
    fields.insert("score".to_owned(), json!(hit.score));
    fields.insert("occurrences".to_owned(), json!(hit.occurrences));
    fields.insert("folded".to_owned(), json!([]));
    fields.insert("snippets".to_owned(), Value::Array(snippets));
    Value::Object(fields)
}

fn snippet(fragment: &Fragment, highlight: Highlight, url: &str) -> Value {
    let mut value = json!({
        "paragraph": fragment.paragraph,
        "start": fragment.start,
        "end": fragment.end,
        "outline": [],
        "match": fragment.class.name(),
        "url": format!("{url}#p{}", fragment.paragraph),
    });
    match highlight {
        Highlight::Html => value["html"] = json!(html(&fragment.runs)),
        Highlight::Runs => value["runs"] = runs(&fragment.runs),
        Highlight::None => {
            let text: String = fragment.runs.iter().map(|run| run.text.as_str()).collect();
            value["text"] = json!(text);
        }
    }
    value
}

fn runs(runs: &[Run]) -> Value {
    let value = |run: &Run| match run.class {
        None => json!({ "text": run.text }),
        Some(class) => json!({ "text": run.text, "match": class.name() }),
    };
    runs.iter().map(value).collect()
}

fn html(runs: &[Run]) -> String {
    let mut html = String::new();
    for run in runs {
        if run.class.is_some() {
            html.push_str("<mark>");
        }
        escape_into(&run.text, &mut html);
        if run.class.is_some() {
            html.push_str("</mark>");
        }
    }
    html
}

fn escape_into(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

pub(super) fn document(document: &FullDocument) -> Value {
    let mut fields = summary(&document.summary);
    let derived: Map<String, Value> = document
        .derived
        .iter()
        .map(|(name, value, from)| ((*name).to_owned(), json!({ "value": value, "from": from })))
        .collect();
    let with_matches = document.matches.is_some();
    let paragraphs: Vec<Value> = document
        .paragraphs
        .iter()
        .map(|p| paragraph(p, with_matches))
        .collect();
    fields.insert("index".to_owned(), index(&document.index));
    fields.insert("encoding".to_owned(), json!(document.summary.encoding));
    fields.insert("rejoined".to_owned(), json!(document.rejoined));
    fields.insert("size".to_owned(), json!(document.size));
    fields.insert("derived".to_owned(), Value::Object(derived));
    fields.insert("outline".to_owned(), json!([]));
    fields.insert("paragraphs".to_owned(), Value::Array(paragraphs));
    if let Some(total) = &document.matches {
        let matches = json!({ "occurrences": total.occurrences, "by_match": by_match(total) });
        fields.insert("matches".to_owned(), matches);
    }
    Value::Object(fields)
}

fn paragraph(paragraph: &Paragraph, with_matches: bool) -> Value {
    let text: String = paragraph.runs.iter().map(|run| run.text.as_str()).collect();
    let mut value = json!({
        "n": paragraph.n,
        "start": paragraph.start,
        "level": null,
        "text": text,
    });
    if with_matches {
        let mut at = paragraph.start;
        let mut matches = Vec::new();
        for run in &paragraph.runs {
            let start = at;
            at += run.text.chars().count();
            if let Some(class) = run.class {
                matches.push(json!({ "start": start, "end": at, "match": class.name() }));
            }
        }
        value["matches"] = Value::Array(matches);
    }
    value
}

/// The units and words of a text, with places in characters.
pub(super) fn analysis(text: &str) -> Value {
    let mut chars_before = vec![0; text.len() + 1];
    for (n, (at, _)) in text.char_indices().enumerate() {
        chars_before[at] = n;
    }
    chars_before[text.len()] = text.chars().count();
    let units: Vec<Value> = units::collect(text)
        .iter()
        .map(|(unit, range)| {
            let kind = match unit {
                units::OwnedUnit::Stop => "stop",
                units::OwnedUnit::Mask => "mask",
                units::OwnedUnit::Han(_) => "han",
                units::OwnedUnit::Run(_) => "run",
            };
            json!({
                "unit": unit.as_unit().to_string(),
                "kind": kind,
                "start": chars_before[range.start],
                "end": chars_before[range.end],
            })
        })
        .collect();
    let words: Vec<Value> = words::segment(text)
        .into_iter()
        .map(|range| {
            json!({
                "word": &text[range.clone()],
                "start": chars_before[range.start],
                "end": chars_before[range.end],
            })
        })
        .collect();
    json!({ "text": text, "units": units, "words": words })
}

pub(super) fn stats(stats: &Stats) -> Value {
    json!({
        "index": index(&stats.index),
        "documents": stats.index.documents,
        "paragraphs": stats.paragraphs,
        "characters": stats.characters,
        "units": stats.units,
        "bytes": stats.bytes,
        "formats": stats.formats,
        "encodings": stats.encodings,
        "failures": stats.failures,
        "seconds": stats.seconds,
    })
}
