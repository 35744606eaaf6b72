//! What goes over the wire: JSON as docs/http-api.md has it. Only here do names of fields exist.

mod lists;

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::cursor;
use crate::analysis::{units, words};
use crate::document::{Date, Derived, Origin};
use crate::query::{Node, Query};
use crate::search::{
    Facet, FacetCount, FullDocument, Hint, Hit, IndexInfo, MAX_WINDOW, Paragraph, Placed, Request,
    Response, Stats, Suggestion, Summary, TermCount, Total,
};
use crate::snippet::Run;

pub(super) use lists::{concordance, counts};

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
    let hits: Vec<Value> = response.hits.iter().map(|h| hit(h, highlight)).collect();
    json!({
        "query": query(q, &request.query, response.relaxed, &response.variants),
        "index": index(&response.index),
        "total": {
            "documents": response.total.documents,
            "occurrences": response.total.occurrences,
            "by_match": by_match(&response.total),
            "folded": 0,
        },
        "took_ms": millis(took),
        "hits": hits,
        "facets": facets(response),
        "next": next(request, response),
        "hint": response.hint.as_ref().map(hint),
    })
}

/// How a query was read.
fn query(q: &str, query: &Query, relaxed: bool, variants: &[String]) -> Value {
    let repairs: Vec<Value> = query
        .repairs
        .iter()
        .map(|r| json!({ "at": r.at, "code": r.code.name(), "text": r.text }))
        .collect();
    let understood = query
        .root
        .as_ref()
        .map_or_else(|| "all()".to_owned(), Node::understood);
    json!({
        "q": q,
        "understood": understood,
        "repairs": repairs,
        "relaxed": relaxed,
        "variants": variants,
    })
}

fn hint(hint: &Hint) -> Value {
    let counts = |counts: &[TermCount], name: &str| -> Vec<Value> {
        let count = |count: &TermCount| json!({ name: count.term, "documents": count.documents });
        counts.iter().map(count).collect()
    };
    json!({
        "longest_found": hint.longest_found,
        "without": counts(&hint.without, "term"),
        "without_filters": hint.without_filters,
        "did_you_mean": counts(&hint.did_you_mean, "text"),
    })
}

pub(super) fn suggestions(q: &str, suggestions: &[Suggestion], took: Duration) -> Value {
    let value = |suggestion: &Suggestion| {
        let matched = suggestion.matched.iter();
        let matched: Vec<Value> = matched
            .map(|range| json!({ "start": range.start, "end": range.end }))
            .collect();
        json!({
            "text": suggestion.text,
            "kind": suggestion.kind.name(),
            "documents": suggestion.documents,
            "matched": matched,
        })
    };
    let suggestions: Vec<Value> = suggestions.iter().map(value).collect();
    json!({ "q": q, "took_ms": millis(took), "suggestions": suggestions })
}

pub(super) fn documents(request: &Request, response: &Response, took: Duration) -> Value {
    let documents: Vec<Value> = response
        .hits
        .iter()
        .map(|hit| Value::Object(listed(hit)))
        .collect();
    json!({
        "index": index(&response.index),
        "total": { "documents": response.total.documents },
        "took_ms": millis(took),
        "documents": documents,
        "next": next(request, response),
    })
}

fn facets(response: &Response) -> Value {
    let facets = response.facets.iter().map(|(facet, counts)| {
        let count = |count: &FacetCount| match facet {
            Facet::Year => {
                json!({ "value": count.value.parse::<u16>().ok(), "documents": count.documents })
            }
            _ => json!({ "value": count.value, "documents": count.documents }),
        };
        let counts: Vec<Value> = counts.iter().map(count).collect();
        (facet.name().to_owned(), Value::Array(counts))
    });
    Value::Object(facets.collect())
}

fn next(request: &Request, response: &Response) -> Value {
    let Some(last) = &response.last else {
        return Value::Null;
    };
    let mut next = json!({ "cursor": cursor::encode(request, last) });
    // Where a list goes on by its cursor, numbers of another generation mean nothing; and beyond
    // the window only the cursor goes on.
    let reach = last.position.saturating_add(request.limit as u64);
    if request.after.is_none() && reach <= MAX_WINDOW as u64 {
        next["offset"] = json!(last.position);
    }
    next
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
    json!({ "exact": total.exact, "normalized": total.normalized, "masked": total.masked })
}

fn summary(summary: &Summary) -> Map<String, Value> {
    let value = json!({
        "id": summary.id.to_string(),
        "url": format!("/d/{}", summary.id),
        "path": summary.path,
        "title": summary.title,
        "date": summary.date.map(|date| date.to_string()),
        "year": summary.year,
        "type": summary.kind,
        "meeting": summary.meeting,
        "speaker": summary.speaker,
        "region": summary.region,
        "format": summary.format,
    });
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// What lists of documents and of hits have in common.
fn listed(hit: &Hit) -> Map<String, Value> {
    let mut fields = summary(&hit.document);
    fields.insert("occurrences".to_owned(), json!(hit.occurrences));
    fields.insert("folded".to_owned(), json!([]));
    fields
}

pub(super) fn hit(hit: &Hit, highlight: Highlight) -> Value {
    let mut fields = listed(hit);
    let url = format!("/d/{}", hit.document.id);
    let snippets: Vec<Value> = hit
        .fragments
        .iter()
        .map(|fragment| snippet(fragment, highlight, &url))
        .collect();
    fields.insert("score".to_owned(), json!(hit.score));
    fields.insert("snippets".to_owned(), Value::Array(snippets));
    Value::Object(fields)
}

fn snippet(placed: &Placed, highlight: Highlight, url: &str) -> Value {
    let Placed { fragment, outline } = placed;
    let mut value = json!({
        "paragraph": fragment.paragraph,
        "start": fragment.start,
        "end": fragment.end,
        "outline": outline,
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

pub(super) fn html(runs: &[Run]) -> String {
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
    let with_matches = document.matches.is_some();
    let level = |n: usize| {
        let after = document
            .headings
            .partition_point(|heading| heading.paragraph < n);
        let heading = document.headings.get(after)?;
        (heading.paragraph == n && heading.start == 0).then_some(heading.level)
    };
    let paragraphs: Vec<Value> = document
        .paragraphs
        .iter()
        .map(|p| paragraph(p, level(p.n), with_matches))
        .collect();
    fields.insert("index".to_owned(), index(&document.index));
    fields.insert(
        "encoding".to_owned(),
        json!(some(&document.summary.encoding)),
    );
    fields.insert("rejoined".to_owned(), json!(document.rejoined));
    fields.insert("size".to_owned(), json!(document.size));
    fields.insert("derived".to_owned(), derived(&document.origin));
    fields.insert("outline".to_owned(), outline(document));
    fields.insert("paragraphs".to_owned(), Value::Array(paragraphs));
    if let Some(total) = &document.matches {
        let matches = json!({ "occurrences": total.occurrences, "by_match": by_match(total) });
        fields.insert("matches".to_owned(), matches);
    }
    Value::Object(fields)
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn derived(origin: &Origin) -> Value {
    let text = |derived: &Option<Derived<String>>| {
        let value = |text: &Derived<String>| json!({ "value": text.value, "from": text.from });
        derived.as_ref().map(value)
    };
    let date = |date: &Derived<Date>| json!({ "value": date.value.to_string(), "from": date.from });
    let year = |year: &Derived<u16>| json!({ "value": year.value, "from": year.from });
    let all = [
        ("title", text(&origin.title)),
        ("date", origin.date.as_ref().map(date)),
        ("year", origin.year.as_ref().map(year)),
        ("type", text(&origin.kind)),
        ("meeting", text(&origin.meeting)),
        ("speaker", text(&origin.speaker)),
        ("region", text(&origin.region)),
    ];
    let known = all
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(known.collect())
}

/// The headings as a tree, with places in characters of the text.
fn outline(document: &FullDocument) -> Value {
    let mut starts = document
        .paragraphs
        .iter()
        .map(|p| (p.n, p.start, &p.runs))
        .peekable();
    let mut flat = Vec::with_capacity(document.headings.len());
    // Headings come in order: each paragraph is walked through once.
    let (mut of, mut chars, mut at) = (0, None, 0);
    for heading in &document.headings {
        while starts.next_if(|(n, ..)| *n < heading.paragraph).is_some() {}
        let Some((_, start, runs)) = starts.peek() else {
            break;
        };
        if of != heading.paragraph {
            of = heading.paragraph;
            chars = Some(runs.iter().flat_map(|run| run.text.chars()));
            at = 0;
        }
        let passed = heading.start.saturating_sub(at);
        let text: String = chars
            .iter_mut()
            .flat_map(|chars| chars.skip(passed).take(heading.end - heading.start))
            .collect();
        at = heading.end;
        let node = json!({
            "level": heading.level,
            "text": text,
            "paragraph": heading.paragraph,
            "start": start + heading.start,
            "end": start + heading.end,
            "children": [],
        });
        flat.push((heading.level, node));
    }
    Value::Array(nested(flat))
}

/// Puts each node below the last one before it of a lesser level.
fn nested(flat: Vec<(u8, Value)>) -> Vec<Value> {
    let mut open: Vec<(u8, Value)> = Vec::new();
    let mut top = Vec::new();
    let close = |open: &mut Vec<(u8, Value)>, top: &mut Vec<Value>, level: u8| {
        while open.last().is_some_and(|(last, _)| *last >= level) {
            let Some((_, node)) = open.pop() else { break };
            match open.last_mut() {
                Some((_, parent)) => {
                    if let Some(children) = parent["children"].as_array_mut() {
                        children.push(node);
                    }
                }
                None => top.push(node),
            }
        }
    };
    for (level, node) in flat {
        close(&mut open, &mut top, level);
        open.push((level, node));
    }
    close(&mut open, &mut top, 0);
    top
}

fn paragraph(paragraph: &Paragraph, level: Option<u8>, with_matches: bool) -> Value {
    let text: String = paragraph.runs.iter().map(|run| run.text.as_str()).collect();
    let mut value = json!({
        "n": paragraph.n,
        "start": paragraph.start,
        "level": level,
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

/// `last_run` is a run as it is kept; here only what tells whether all is well.
pub(super) fn stats(stats: &Stats, last_run: Option<&Value>) -> Value {
    let last_run = last_run.map(|run| {
        json!({
            "ended": run["ended"],
            "outcome": run["outcome"],
            "generation": run["generation"],
            "failed": run["failed"],
            "seconds": run["seconds"],
        })
    });
    json!({
        "index": index(&stats.index),
        "documents": stats.index.documents,
        "paragraphs": stats.paragraphs,
        "characters": stats.characters,
        "units": stats.units,
        "bytes": stats.bytes,
        "formats": stats.formats,
        "types": stats.kinds,
        "years": stats.years,
        "encodings": stats.encodings,
        "failures": stats.failures,
        "seconds": stats.seconds,
        "last_run": last_run,
    })
}
