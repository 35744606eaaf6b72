//! Measures what masks and other notations of numbers add to phrases, on a folder of texts:
//! `cargo run --release --example variants -- FOLDER [QUERIES]`
//!
//! Phrases of 4 to 12 characters are cut at random from the texts: some without numbers, asked with
//! and without masks, and some around a number or several, asked with and without other notations.

#![allow(clippy::print_stdout, reason = "it is a report")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use yicha::analysis::numbers::numbers_in;
use yicha::corpus::{self, Failure, Found, Read, Walk};
use yicha::index::{self, Progress, Reader, Step, build};
use yicha::query::{self, Limits, Numbers};
use yicha::search::{Mask, Request, Searcher};
use yicha::structure::Rules;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Silent;

impl Progress for Silent {
    fn step(&self, _: Step) {}
    fn failed(&self, _: &Failure) {}
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "corpus".to_owned());
    let n = arguments.next().map(|n| n.parse()).transpose()?;
    let n = n.unwrap_or(1_500);
    let mut archive = corpus::Archive::default();
    archive.corpus.path = PathBuf::from(folder);
    let texts = read_all(&archive)?;
    let at = tempfile::tempdir()?;
    let index = index::Settings {
        path: at.path().to_owned(),
        ..index::Settings::default()
    };
    build(&archive, &index, &Silent)?;
    let reader = Reader::open(at.path())?;
    println!("{} documents; ms p50, p95, p99, mean", texts.len());
    let (off, also) = ((Mask::Off, Numbers::Off), (Mask::Also, Numbers::Also));
    for n_numbers in 0..=3 {
        let phrases = cuts(&texts, n, n_numbers);
        println!("{} phrases with {n_numbers} numbers", phrases.len());
        for (name, limit, n_snippets) in [("totals", 1, 0), ("ten hits with snippets", 10, 3)] {
            let mut means = Vec::new();
            for (how, (mask, numbers)) in [("as typed", off), ("also otherwise", also)] {
                let mut times = Vec::with_capacity(phrases.len());
                for phrase in &phrases {
                    let query = query::parse(&format!("\"{phrase}\""), Limits::default())?;
                    let request = Request {
                        query: query.with_numbers(numbers),
                        mask,
                        limit,
                        n_snippets,
                        ..Request::default()
                    };
                    times.push(best_of_three(&reader, &request)?);
                }
                means.push(report(&format!("{name}, {how}"), times));
            }
            if let [plain, otherwise] = means[..] {
                println!("    {:.2} times", otherwise / plain);
            }
        }
    }
    Ok(())
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

/// A small generator of its own, so that every run asks the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// Phrases with so many numbers; fewer where they are hard to find.
fn cuts(texts: &[String], n: usize, n_numbers: usize) -> Vec<String> {
    let mut dice = Dice(n_numbers as u64 + 1);
    let mut cuts = Vec::new();
    for _ in 0..n * 2_000 {
        if cuts.len() >= n {
            break;
        }
        let text = &texts[dice.below(texts.len())];
        let start = dice.below(text.len());
        let start = (start..=text.len()).find(|at| text.is_char_boundary(*at));
        let len = 4 + dice.below(9);
        let cut: String = text[start.unwrap_or(0)..].chars().take(len).collect();
        let is_plain = !cut.contains(['"', '\n', '*', '＊', '…']) && cut.chars().count() == len;
        if is_plain && numbers_in(&cut).len() == n_numbers {
            cuts.push(cut);
        }
    }
    cuts
}

/// Shared machines interrupt: the best of three tells what the work takes.
fn best_of_three(reader: &Reader, request: &Request) -> anyhow::Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..3 {
        let started = Instant::now();
        reader.search(request)?;
        best = best.min(started.elapsed());
    }
    Ok(best)
}

/// Prints times and gives their mean, in ms.
fn report(name: &str, mut times: Vec<Duration>) -> f64 {
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let at = |share: f64| ms(times[((times.len() - 1) as f64 * share) as usize]);
    let mean = times.iter().map(|time| ms(*time)).sum::<f64>() / times.len() as f64;
    println!(
        "  {name}: {:.3}  {:.3}  {:.3}  {mean:.3}",
        at(0.5),
        at(0.95),
        at(0.99)
    );
    mean
}
