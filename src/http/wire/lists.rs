//! Counts and concordances as JSON.

use std::time::Duration;

use serde_json::{Value, json};

use super::{index, millis, query, summary};
use crate::search::{
    Beside, Bucket, By, Concordance, ConcordanceRequest, Counts, CountsRequest, Line, Listed,
    MAX_LINES, QueryCounts, Summary, Tally,
};

pub(in crate::http) fn counts(
    qs: &[String],
    request: &CountsRequest,
    counts: &Counts,
    took: Duration,
) -> Value {
    let bucket = |bucket: &Bucket| {
        let value = match request.by {
            By::Year => json!(bucket.value.parse::<u16>().ok()),
            _ => json!(bucket.value),
        };
        let counts: Vec<Value> = bucket.counts.iter().map(tally).collect();
        json!({ "value": value, "documents": bucket.documents, "counts": counts })
    };
    let buckets: Vec<Value> = counts.buckets.iter().map(bucket).collect();
    let mut without = bucket(&counts.without);
    if let Some(fields) = without.as_object_mut() {
        fields.remove("value");
    }
    let asked = qs.iter().zip(&request.queries).zip(&counts.queries);
    let queries: Vec<Value> = asked
        .map(|((q, asked), counted)| {
            let QueryCounts {
                total,
                variants,
                first,
                last,
            } = counted;
            let mut value = query(q, asked, false, variants);
            if let Some(fields) = value.as_object_mut() {
                // Here nothing is ever relaxed.
                fields.remove("relaxed");
            }
            value["total"] = tally(total);
            value["first"] = some(first.as_ref());
            value["last"] = some(last.as_ref());
            value
        })
        .collect();
    json!({
        "index": index(&counts.index),
        "by": request.by.name(),
        "total": { "documents": counts.documents },
        "took_ms": millis(took),
        "buckets": buckets,
        "left_out": counts.n_left_out,
        "without": without,
        "queries": queries,
    })
}

fn tally(tally: &Tally) -> Value {
    json!({ "documents": tally.documents, "occurrences": tally.occurrences })
}

fn some(document: Option<&Summary>) -> Value {
    document.map_or(Value::Null, |document| Value::Object(summary(document)))
}

pub(in crate::http) fn concordance(
    q: &str,
    request: &ConcordanceRequest,
    concordance: &Concordance,
    took: Duration,
) -> Value {
    let mut how = query(q, &request.request.query, false, &concordance.variants);
    if let Some(fields) = how.as_object_mut() {
        fields.remove("relaxed");
    }
    let mut value = json!({
        "query": how,
        "index": index(&concordance.index),
        "total": {
            "documents": concordance.documents,
            "occurrences": concordance.occurrences,
        },
        "listed": {
            "documents": concordance.n_listed_documents,
            "occurrences": concordance.n_listed,
        },
        "took_ms": millis(took),
    });
    let asked = &request.request;
    let (n, n_all) = match &concordance.listed {
        Listed::Lines(lines) => {
            value["lines"] = lines.iter().map(line).collect();
            (lines.len(), concordance.n_listed)
        }
        Listed::Neighbours {
            words,
            n_words,
            n_without,
        } => {
            let side = match request.group {
                Some(Beside::Previous) => "previous",
                _ => "next",
            };
            value["group"] = json!(side);
            value["words"] = words
                .iter()
                .map(|word| {
                    json!({
                        "word": word.word,
                        "occurrences": word.occurrences,
                        "documents": word.documents,
                    })
                })
                .collect();
            value["total"]["words"] = json!(n_words);
            value["without"] = json!({ "occurrences": n_without });
            (words.len(), *n_words)
        }
    };
    let reached = asked.offset + n;
    let more = n == asked.limit && (reached as u64) < n_all && reached + asked.limit <= MAX_LINES;
    // What no `offset` reaches is not listed either.
    value["truncated"] = json!(concordance.truncated || n_all > MAX_LINES as u64);
    value["next"] = if more {
        json!({ "offset": reached })
    } else {
        Value::Null
    };
    value
}

fn line(line: &Line) -> Value {
    json!({
        "id": line.id.to_string(),
        "url": format!("/d/{}#p{}", line.id, line.paragraph),
        "title": line.title,
        "date": line.date.map(|date| date.to_string()),
        "path": line.path,
        "paragraph": line.paragraph,
        "start": line.start,
        "end": line.end,
        "left": line.left,
        "match": line.text,
        "right": line.right,
        "class": line.class.name(),
    })
}
