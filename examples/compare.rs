//! Measures yicha on a folder of texts beside stock tantivy + cang-jie and a plain scan, all in the
//! same minutes: `cargo run --release --example compare -- FOLDER [QUERIES | --builds [ROUNDS]]`
//!
//! Prints build times, index sizes, and the latency of phrases and keywords; every phrase's answer
//! is compared with the scan's. With `--builds` it only builds, stock and yicha by turns, so many
//! times (three), and prints the share of the stock speed.

#![allow(clippy::print_stdout, reason = "it is a report")]

#[path = "shared/mod.rs"]
mod shared;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use shared::{Dice, archive, best_of, build_in, read_all};

use cang_jie::{CangJieTokenizer, TokenizerOption};
use jieba_rs::Jieba;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, PhraseQuery, Query, TermQuery};
use tantivy::schema::{IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{TextAnalyzer, TokenStream as _};
use tantivy::{Index, TantivyDocument, Term};
use yicha::analysis::{Phrase, Scanner, words};
use yicha::corpus;
use yicha::index::Reader;
use yicha::query::{self, Limits};
use yicha::search::{Mask, Request, Searcher};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "corpus".to_owned()));
    let second = arguments.next();
    let only_builds = second.as_deref() == Some("--builds");
    let number = if only_builds {
        arguments.next()
    } else {
        second
    };
    let number = number.map(|n| n.parse()).transpose()?;
    let archive = archive(&folder);
    let texts = read_all(&archive)?;
    let bytes: usize = texts.iter().map(String::len).sum();
    println!(
        "{} documents, {:.1} MB of text",
        texts.len(),
        bytes as f64 / 1e6
    );
    words::load_dictionary();
    if only_builds {
        return builds(&archive, &texts, bytes, number.unwrap_or(3));
    }
    let n_queries = number.unwrap_or(400);

    let stock_folder = tempfile::tempdir()?;
    let (stock, _) = stock_build(&texts, stock_folder.path(), bytes)?;
    let ours_folder = tempfile::tempdir()?;
    our_build(&archive, ours_folder.path(), bytes)?;
    let reader = Reader::open(ours_folder.path())?;
    let again = tempfile::tempdir()?;
    stock_build(&texts, again.path(), bytes)?;

    phrases(&texts, &reader, &stock, n_queries)?;
    keywords(&texts, &reader, &stock, n_queries)?;
    Ok(())
}

/// Builds by turns, so that both have the same minutes.
fn builds(
    archive: &corpus::Archive,
    texts: &[String],
    bytes: usize,
    rounds: usize,
) -> anyhow::Result<()> {
    let mut stock = Vec::with_capacity(rounds + 1);
    let mut ours = Vec::with_capacity(rounds);
    for round in 0..=rounds {
        let folder = tempfile::tempdir()?;
        stock.push(stock_build(texts, folder.path(), bytes)?.1);
        if round < rounds {
            let folder = tempfile::tempdir()?;
            ours.push(our_build(archive, folder.path(), bytes)?);
        }
    }
    for (ours, stock) in ours.iter().zip(stock.windows(2)) {
        let stock = (stock[0] + stock[1]) / 2;
        println!(
            "share of the stock speed: {:.3}",
            stock.as_secs_f64() / ours.as_secs_f64()
        );
    }
    Ok(())
}

fn size_of(folder: &Path) -> u64 {
    let mut size = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let metadata = entry.metadata();
        if entry.path().is_dir() {
            size += size_of(&entry.path());
        } else {
            size += metadata.map_or(0, |m| m.len());
        }
    }
    size
}

fn report(name: &str, took: Duration, bytes: usize, size: u64) {
    println!(
        "build {name}: {:.1} s, {:.2} MB/s; index {:.3} of the text",
        took.as_secs_f64(),
        bytes as f64 / 1e6 / took.as_secs_f64(),
        size as f64 / bytes as f64
    );
}

fn analyzer() -> TextAnalyzer {
    TextAnalyzer::from(CangJieTokenizer {
        worker: Arc::new(Jieba::new()),
        option: TokenizerOption::ForSearch { hmm: false },
    })
}

/// The stock index: words with positions, text stored, defaults everywhere else.
fn stock_build(texts: &[String], folder: &Path, bytes: usize) -> anyhow::Result<(Index, Duration)> {
    let started = Instant::now();
    let mut schema = Schema::builder();
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("cang_jie")
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let options = TextOptions::default().set_indexing_options(indexing) | STORED;
    let field = schema.add_text_field("text", options);
    let index = Index::create_in_dir(folder, schema.build())?;
    index.tokenizers().register("cang_jie", analyzer());
    let mut writer = index.writer_with_num_threads(2, 512 << 20)?;
    for text in texts {
        let mut document = TantivyDocument::new();
        document.add_text(field, text);
        writer.add_document(document)?;
    }
    writer.commit()?;
    writer.wait_merging_threads()?;
    let took = started.elapsed();
    report("stock tantivy + cang-jie", took, bytes, size_of(folder));
    Ok((index, took))
}

fn our_build(archive: &corpus::Archive, folder: &Path, bytes: usize) -> anyhow::Result<Duration> {
    let started = Instant::now();
    build_in(archive, folder)?;
    let took = started.elapsed();
    report("yicha (reads the files, too)", took, bytes, size_of(folder));
    Ok(took)
}

fn percentiles(name: &str, mut times: Vec<Duration>) {
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "  {name}: p50 {:.3}  p95 {:.3}  p99 {:.3} ms ({})",
        at(0.5),
        at(0.95),
        at(0.99),
        times.len()
    );
}

fn cuts(texts: &[String], n: usize, units: std::ops::RangeInclusive<usize>) -> Vec<String> {
    let mut dice = Dice(7);
    let mut cuts = Vec::new();
    while cuts.len() < n {
        let text = &texts[dice.below(texts.len())];
        let chars: Vec<char> = text.chars().collect();
        let len = units.start() + dice.below(units.end() - units.start() + 1);
        if chars.len() <= len {
            continue;
        }
        let start = dice.below(chars.len() - len);
        let cut: String = chars[start..start + len].iter().collect();
        if !cut.contains(['"', '\n']) && Phrase::new(&cut).is_some() {
            cuts.push(cut);
        }
    }
    cuts
}

/// The commonest sequences of `n` characters in a part of the texts.
fn commonest(texts: &[String], n: usize, most: usize) -> Vec<String> {
    let mut counts: BTreeMap<Vec<char>, usize> = BTreeMap::new();
    for text in texts.iter().step_by(7) {
        let chars: Vec<char> = text.chars().collect();
        for window in chars.windows(n) {
            if window.iter().all(|c| yicha::analysis::fold::is_han(*c)) {
                *counts.entry(window.to_vec()).or_default() += 1;
            }
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    counts
        .into_iter()
        .take(most)
        .map(|(gram, _)| gram.into_iter().collect())
        .collect()
}

fn request(q: &str, limit: usize, n_snippets: usize) -> Request {
    Request {
        query: query::parse(q, Limits::default()).expect("is short"),
        limit,
        n_snippets,
        ..Request::default()
    }
}

fn time_searches(
    name: &str,
    reader: &Reader,
    queries: &[String],
    limit: usize,
    n_snippets: usize,
) -> anyhow::Result<()> {
    let mut times = Vec::with_capacity(queries.len());
    for q in queries {
        let request = request(q, limit, n_snippets);
        times.push(best_of(3, || {
            reader.search(&request)?;
            Ok(())
        })?);
    }
    percentiles(name, times);
    Ok(())
}

fn phrases(texts: &[String], reader: &Reader, stock: &Index, n: usize) -> anyhow::Result<()> {
    let sets = [
        ("random, 4-12 characters", cuts(texts, n, 4..=12)),
        ("random, 2 characters", cuts(texts, n, 2..=2)),
        ("commonest of 2", commonest(texts, 2, 60)),
        ("commonest of 4", commonest(texts, 4, 60)),
        ("commonest of 8", commonest(texts, 8, 60)),
    ];
    let field = stock.schema().get_field("text")?;
    let stock_searcher = stock.reader()?.searcher();
    let mut tokenizer = analyzer();
    for (name, cuts) in &sets {
        println!("phrases, {name}:");
        let queries: Vec<String> = cuts.iter().map(|cut| format!("\"{cut}\"")).collect();
        time_searches("yicha, page of ten with snippets", reader, &queries, 10, 3)?;
        time_searches("yicha, totals and one hit", reader, &queries, 1, 0)?;
        let (mut scans, mut stock_times) = (Vec::new(), Vec::new());
        let (mut n_compared, mut n_wrong) = (0, 0);
        let (mut stock_found, mut all_found) = (0usize, 0usize);
        for (cut, q) in cuts.iter().zip(&queries).take(100) {
            let started = Instant::now();
            let finder = memchr::memmem::Finder::new(cut.as_bytes());
            let n_literal = texts
                .iter()
                .filter(|text| finder.find(text.as_bytes()).is_some())
                .count();
            scans.push(started.elapsed());
            // The truth: a scan over the units of every text.
            let phrase = Phrase::new(cut).expect("has units");
            let scanner = Scanner::new([&phrase]);
            let counts = texts
                .iter()
                .map(|text| scanner.scan(text))
                .filter(|m| !m.is_empty());
            let (mut documents, mut occurrences, mut exact) = (0, 0, 0);
            for matches in counts {
                documents += 1;
                occurrences += matches.len() as u64;
                exact += matches.iter().filter(|m| m.exact).count() as u64;
            }
            let literal = Request {
                mask: Mask::Off,
                ..request(q, 1, 0)
            };
            let response = reader.search(&literal)?;
            // The scan knows nothing of openings and of numbers in other notations.
            if response.variants.is_empty() && !cut.contains(['*', '＊', '…']) {
                let total = response.total;
                n_compared += 1;
                n_wrong += usize::from(
                    (total.documents, total.occurrences, total.exact)
                        != (documents, occurrences, exact),
                );
            }

            let mut found = 0;
            stock_times.push(best_of(3, || {
                let mut terms = Vec::new();
                let mut stream = tokenizer.token_stream(cut);
                while stream.advance() {
                    terms.push(Term::from_field_text(field, &stream.token().text));
                }
                let query: Box<dyn Query> = match &terms[..] {
                    [one] => Box::new(TermQuery::new(one.clone(), IndexRecordOption::WithFreqs)),
                    _ => Box::new(PhraseQuery::new(terms)),
                };
                let collectors = (TopDocs::with_limit(10).order_by_score(), Count);
                found = stock_searcher.search(&query, &collectors)?.1;
                Ok(())
            })?);
            stock_found += found.min(n_literal);
            all_found += n_literal;
        }
        percentiles("scan by memchr over all texts in memory", scans);
        percentiles("stock phrase query, no snippets", stock_times);
        println!(
            "  stock finds {:.3} of the documents that hold it literally; yicha wrong on {n_wrong} of {n_compared}",
            stock_found as f64 / all_found.max(1) as f64
        );
    }
    Ok(())
}

/// All words have to be there; ten hits without snippets.
fn time_stock_words(stock: &Index, queries: &[String]) -> anyhow::Result<()> {
    let field = stock.schema().get_field("text")?;
    let searcher = stock.reader()?.searcher();
    let mut times = Vec::with_capacity(queries.len());
    for q in queries {
        times.push(best_of(3, || {
            let words = q.split(' ').map(|word| {
                let term = Term::from_field_text(field, word);
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) as Box<dyn Query>
            });
            let query = BooleanQuery::intersection(words.collect());
            searcher.search(&query, &(TopDocs::with_limit(10).order_by_score(), Count))?;
            Ok(())
        })?);
    }
    percentiles("stock, the same words, no snippets", times);
    Ok(())
}

fn keywords(texts: &[String], reader: &Reader, stock: &Index, n: usize) -> anyhow::Result<()> {
    println!("keywords:");
    let long = cuts(texts, n, 6..=16);
    time_searches("6-16 characters in one", reader, &long, 10, 3)?;
    let mut dice = Dice(11);
    let mut sets = Vec::new();
    for text in cuts(texts, n, 40..=60) {
        let words = words::segment(&text);
        let mut picked: Vec<&str> = words
            .iter()
            .map(|r| &text[r.clone()])
            .filter(|w| w.chars().count() > 1)
            .collect();
        picked.truncate(2 + dice.below(3));
        if picked.len() > 1 {
            sets.push(picked.join(" "));
        }
    }
    time_searches("two to four words", reader, &sets, 10, 3)?;
    time_searches("two to four words, totals and one hit", reader, &sets, 1, 0)?;
    time_stock_words(stock, &sets)?;
    let questions: Vec<String> = cuts(texts, n, 12..=30)
        .into_iter()
        .map(|cut| format!("{cut}是什么时候的哪一次会议"))
        .collect();
    time_searches("long ones that are relaxed", reader, &questions, 10, 3)
}
