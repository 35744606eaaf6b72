//! Measures what masks and other notations of numbers add to phrases, on a folder of texts:
//! `cargo run --release --example variants -- FOLDER [QUERIES]`
//!
//! Phrases of 4 to 12 characters are cut at random from the texts: some without numbers, asked with
//! and without masks, and some around a number or several, asked with and without other notations.

#![allow(clippy::print_stdout, reason = "it is a report")]

#[path = "shared/mod.rs"]
mod shared;

use std::path::Path;
use std::time::Duration;

use shared::{Dice, archive, best_of, build_in, read_all};
use yicha::analysis::numbers::numbers_in;
use yicha::index::Reader;
use yicha::query::{self, Limits, Numbers};
use yicha::search::{Mask, Request, Searcher};

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "corpus".to_owned());
    let n = arguments.next().map(|n| n.parse()).transpose()?;
    let n = n.unwrap_or(1_500);
    let archive = archive(Path::new(&folder));
    let texts = read_all(&archive)?;
    let at = tempfile::tempdir()?;
    build_in(&archive, at.path())?;
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
                    times.push(best_of(3, || Ok(reader.search(&request).map(|_| ())?))?);
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
