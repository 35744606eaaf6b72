//! Measures ranking on a judged set: hit@1, MRR@10 and R@10.
//!
//! `cargo run --release --example evaluate -- CORPUS.jsonl QUERIES.jsonl QRELS.tsv [--no-title] [--plain]`
//!
//! A document a line with `_id` or `id` and `text`; a query a line with `_id` and `text`; judgements
//! in the columns query, 0, document, 1. `--no-title` leaves out the first line of every text;
//! `--plain` takes quotation marks out of the queries, which else ask for exact phrases.

#![allow(clippy::print_stdout, reason = "it is a report")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
use yicha::corpus::{self, Failure};
use yicha::index::{self, Progress, Reader, Step, build};
use yicha::query::{self, Limits};
use yicha::search::{Request, Searcher};

struct Silent;

impl Progress for Silent {
    fn step(&self, _: Step) {}
    fn failed(&self, _: &Failure) {}
}

fn lines(path: &str) -> anyhow::Result<Vec<Value>> {
    let text = fs::read_to_string(path)?;
    let values = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    Ok(values)
}

fn field<'a>(value: &'a Value, names: &[&str]) -> &'a str {
    names
        .iter()
        .find_map(|name| value[*name].as_str())
        .unwrap_or("")
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [documents, queries, judgements, flags @ ..] = &arguments[..] else {
        anyhow::bail!("needs CORPUS.jsonl QUERIES.jsonl QRELS.tsv");
    };
    let no_title = flags.iter().any(|flag| flag == "--no-title");
    let plain = flags.iter().any(|flag| flag == "--plain");
    let archive = tempfile::tempdir()?;
    for document in lines(documents)? {
        let text = field(&document, &["text"]);
        let text = if no_title {
            text.split_once('\n').map_or("", |(_, rest)| rest)
        } else {
            text
        };
        fs::write(
            archive
                .path()
                .join(format!("{}.txt", field(&document, &["_id", "id"]))),
            text,
        )?;
    }
    let folder = tempfile::tempdir()?;
    let mut source = corpus::Archive::default();
    archive.path().clone_into(&mut source.corpus.path);
    let settings = index::Settings {
        path: folder.path().to_owned(),
        ..index::Settings::default()
    };
    build(&source, &settings, &Silent)?;
    let reader = Reader::open(folder.path())?;

    let mut relevant: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in fs::read_to_string(judgements)?.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        if let [query, _, document, _] = columns[..] {
            relevant
                .entry(query.to_owned())
                .or_default()
                .insert(format!("{document}.txt"));
        }
    }
    let (mut n, mut at_1, mut reciprocal, mut found, mut n_relaxed) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for query in lines(queries)? {
        let Some(wanted) = relevant.get(field(&query, &["_id"])) else {
            continue;
        };
        let mut text = field(&query, &["text"]).to_owned();
        if plain {
            text.retain(|c| !"\"“”「」『』".contains(c));
        }
        let request = Request {
            query: query::parse(&text, Limits::default())?,
            n_snippets: 0,
            ..Request::default()
        };
        let response = reader.search(&request)?;
        n += 1.0;
        n_relaxed += f64::from(u8::from(response.relaxed));
        let rank = response
            .hits
            .iter()
            .position(|hit| wanted.contains(&hit.document.path));
        if let Some(rank) = rank {
            at_1 += f64::from(u8::from(rank == 0));
            reciprocal += 1.0 / (rank + 1) as f64;
            found += 1.0;
        }
    }
    println!(
        "{n} queries: hit@1 {:.3}  MRR@10 {:.3}  R@10 {:.3}  (relaxed {:.3})",
        at_1 / n,
        reciprocal / n,
        found / n,
        n_relaxed / n
    );
    Ok(())
}
