//! What the examples that measure have in common.

use std::path::Path;
use std::time::{Duration, Instant};

use yicha::corpus::{self, Failure, Found, Read, Walk};
use yicha::index::{self, Progress, Step, build};
use yicha::structure::Rules;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Silent;

impl Progress for Silent {
    fn step(&self, _: Step) {}
    fn failed(&self, _: &Failure) {}
}

/// The archive in a folder, on defaults.
pub(crate) fn archive(folder: &Path) -> corpus::Archive {
    let mut archive = corpus::Archive::default();
    folder.clone_into(&mut archive.corpus.path);
    archive
}

/// The texts of all documents.
pub(crate) fn read_all(archive: &corpus::Archive) -> anyhow::Result<Vec<String>> {
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

/// Builds the index of an archive in a folder.
pub(crate) fn build_in(archive: &corpus::Archive, folder: &Path) -> anyhow::Result<()> {
    let index = index::Settings {
        path: folder.to_owned(),
        ..index::Settings::default()
    };
    build(archive, &index, &Silent)?;
    Ok(())
}

/// A small generator, so that every run asks the same.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n.max(1)
    }
}

/// Shared machines interrupt: the best of several times tells what the work takes.
pub(crate) fn best_of(
    times: usize,
    mut work: impl FnMut() -> anyhow::Result<()>,
) -> anyhow::Result<Duration> {
    let mut best = Duration::MAX;
    for _ in 0..times {
        let started = Instant::now();
        work()?;
        best = best.min(started.elapsed());
    }
    Ok(best)
}
