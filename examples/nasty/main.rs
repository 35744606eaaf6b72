//! Measures queries that are made to be slow on a folder of texts:
//! `cargo run --release --example nasty -- FOLDER [--only WORD] [--answers]`
//!
//! Each query is asked alone, twice; the better time counts. For every kind the number of queries,
//! the median and the slowest are printed, with the slowest query. `--only` leaves out kinds whose
//! name does not hold the word. `--answers` prints what each query found instead, so that two
//! programs can be compared.

#![allow(clippy::print_stdout, reason = "it is a report")]

mod questions;
#[path = "../shared/mod.rs"]
mod shared;

use std::path::PathBuf;
use std::time::Duration;

use questions::{Common, Kinds};
use shared::{archive, best_of, build_in, read_all};
use yicha::index::Reader;

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
    let archive = archive(&folder);
    let texts = read_all(&archive)?;
    let common = Common::of(&texts);
    let at = tempfile::tempdir()?;
    build_in(&archive, at.path())?;
    let reader = Reader::open(at.path())?;
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
            let best = best_of(2, || question.ask(&reader).map(|_| ()))?;
            times.push((best, question.text()));
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
