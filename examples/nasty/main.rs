//! Measures queries that are made to be slow on a folder of texts:
//! `cargo run --release --example nasty -- FOLDER [--only WORD] [--answers]`
//!
//! Each query is asked alone, twice; the better time counts. For every kind the number of queries,
//! the median and the slowest are printed, with the slowest query. `--only` leaves out kinds whose
//! name does not hold the word. `--answers` prints what each query found instead, so that two
//! programs can be compared.

#![allow(clippy::print_stdout, reason = "it is a report")]

mod questions;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use yicha::corpus::{self, Failure, Found, Read, Walk};
use yicha::index::{self, Progress, Reader, Step, build};
use yicha::structure::Rules;

use questions::{Common, Kinds, Question};

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Silent;

impl Progress for Silent {
    fn step(&self, _: Step) {}
    fn failed(&self, _: &Failure) {}
}

fn main() -> anyhow::Result<()> {
    let mut folder = PathBuf::from("corpus");
    let (mut only, mut answers) = (String::new(), false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--only" => only = arguments.next().unwrap_or_default(),
            "--answers" => answers = true,
            _ => folder = PathBuf::from(argument),
        }
    }
    let mut archive = corpus::Archive::default();
    archive.corpus.path = folder;
    let texts = read_all(&archive)?;
    let common = Common::of(&texts);
    let at = tempfile::tempdir()?;
    let reader = built(&archive, at.path())?;
    let kinds = Kinds::new(&common, &texts);
    let asked = kinds.0.iter().filter(|(name, _)| name.contains(&only));
    if answers {
        for (name, questions) in asked {
            for question in questions {
                println!("{name}\t{}\t{}", question.text(), question.ask(&reader)?);
            }
        }
        return Ok(());
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    println!(
        "{} documents, {:.1} MB of text; slowest and median in ms",
        texts.len(),
        bytes as f64 / 1e6
    );
    for (name, questions) in asked {
        let mut times = Vec::with_capacity(questions.len());
        for question in questions {
            times.push((best_of_two(question, &reader)?, question.text()));
        }
        times.sort();
        if let Some((slowest, query)) = times.last() {
            let ms = |time: Duration| time.as_secs_f64() * 1e3;
            let (slowest, median) = (ms(*slowest), ms(times[times.len() / 2].0));
            let (n, start) = (times.len(), query.chars().take(60).collect::<String>());
            println!("{slowest:6.0} {median:6.0}  {name} ({n}): {start}");
        }
    }
    Ok(())
}

fn best_of_two(question: &Question, reader: &Reader) -> anyhow::Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..2 {
        let started = Instant::now();
        question.ask(reader)?;
        best = best.min(started.elapsed());
    }
    Ok(best)
}

fn read_all(archive: &corpus::Archive) -> anyhow::Result<Vec<String>> {
    let walk = Walk::new(&archive.corpus)?;
    let rules = Rules::new(&archive.derive)?;
    let mut texts = Vec::new();
    corpus::read_all(archive, &rules, &walk.entries, 1, |read| {
        if let Read::Found(_, Found::Document(document)) = read {
            texts.push(document.text);
        }
        anyhow::Ok(())
    })?;
    Ok(texts)
}

fn built(archive: &corpus::Archive, folder: &Path) -> anyhow::Result<Reader> {
    let index = index::Settings {
        path: folder.to_owned(),
        ..index::Settings::default()
    };
    build(archive, &index, &Silent)?;
    Ok(Reader::open(folder)?)
}
