//! Brings the index up to date with the archive: builds a generation, whole or out of the one before,
//! and publishes it.

use std::io;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tantivy::TantivyError;

use super::Settings;
use super::base::Base;
use super::change::Change;
use super::checksums::{self, Checksums};
use super::compare::{Comparison, Recall};
use super::filling::{Filling, Suggesting};
use super::fingerprint::fingerprint;
use super::generation::{Generations, folder_size, now};
use super::lock::{Holder, Lock};
use super::manifest::Head;
use super::proof;
use super::summary::BuildSummary;
use crate::corpus::{self, Archive, Failure, Verdict, Walk, WalkError};
use crate::structure::{PatternError, Rules};

/// Most threads that index; more segments would only have to be merged.
const MAX_THREADS: usize = 8;
/// Files for which another thread is worth while.
const FILES_PER_THREAD: usize = 200;

/// How far a build is.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// The archive is being listed.
    Walking,
    /// So many of so many files have been read.
    Reading {
        /// Files read so far.
        done: u64,
        /// Files in all.
        of: u64,
        /// Bytes read so far.
        bytes: u64,
    },
    /// The index is being written.
    Writing,
    /// What was written is being checked.
    Checking,
}

/// Is told how a build gets on.
pub trait Progress {
    /// Called often.
    fn step(&self, step: Step);
    /// Called for each file that could not be read.
    fn failed(&self, failure: &Failure);
    /// Called when everything is built anew though there is a generation.
    fn rebuilding(&self, _: &Rebuild) {}
    /// Called when a build that was stopped goes on; so many documents are done.
    fn resuming(&self, _documents: u64) {}
}

/// Why everything is built anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebuild {
    /// It was asked for.
    Asked,
    /// These decide how files become documents, and are others now: `analysis`, `schema`,
    /// `extraction`, `settings`.
    Changed(Vec<String>),
    /// The generation that is served cannot be built upon.
    Damaged(String),
}

/// What a run is to do.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Builds everything anew.
    pub rebuild: bool,
    /// How long to wait for another run to end.
    pub wait: Duration,
    /// Other than `[index] max_shrink`.
    pub max_shrink: Option<u8>,
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Another build runs.
    #[error("another run is indexing into this folder")]
    Locked {
        /// Who, if it has said so.
        holder: Option<Holder>,
    },
    /// The archive cannot be walked, or went away while it was read.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// A pattern of `[derive]` is none.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The archive has no files.
    #[error("the archive is empty; {documents} documents of it are being served; is it mounted?")]
    ArchiveEmpty {
        /// Documents of the published generation.
        documents: u64,
    },
    /// Too many documents are gone.
    #[error(
        "{now} documents are left of {before}, which is more than {max_shrink} percent less; publish with `--max-shrink 100` if that is right"
    )]
    Shrunk {
        /// Documents of the published generation.
        before: u64,
        /// Documents that were found.
        now: u64,
        /// Percent that may go.
        max_shrink: u8,
    },
    /// What was built is not what it should be.
    #[error("the check before publishing failed: {}", problems.join("; "))]
    CheckFailed {
        /// What is wrong.
        problems: Vec<String>,
    },
    /// There is no room for what is built.
    #[error(
        "no space is left on the disk of the index; about {needed} bytes are needed beside what is served"
    )]
    DiskFull {
        /// An estimate, in bytes.
        needed: u64,
    },
    /// The index folder cannot be written.
    #[error("the index folder cannot be written")]
    Io(#[from] io::Error),
    /// The index cannot be built.
    #[error("the index cannot be built")]
    Tantivy(#[from] TantivyError),
}

impl BuildError {
    fn is_full_disk(&self) -> bool {
        let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded];
        match self {
            Self::Io(error) => full.contains(&error.kind()),
            // tantivy wraps it in several ways and gives no source. On Linux 28 is a full disk, 122
            // a quota that is used up.
            Self::Tantivy(error) => {
                let told = error.to_string();
                let signs = [
                    "StorageFull",
                    "QuotaExceeded",
                    "(os error 28)",
                    "(os error 122)",
                ];
                signs.iter().any(|sign| told.contains(sign))
            }
            _ => false,
        }
    }

    /// Whether it could have been published, but it looks as if it should not.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::ArchiveEmpty { .. }
                | Self::Shrunk { .. }
                | Self::CheckFailed { .. }
                | Self::Walk(WalkError::Root { .. } | WalkError::Lost)
        )
    }
}

/// What a run did.
#[derive(Clone, Debug)]
pub struct Run {
    /// Of the generation that is served now.
    pub summary: BuildSummary,
    /// Whether it is a new one.
    pub published: bool,
}

/// Brings the index up to date.
///
/// # Errors
/// As [`update`].
pub fn build(
    archive: &Archive,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<BuildSummary, BuildError> {
    update(archive, settings, &Options::default(), progress).map(|run| run.summary)
}

/// Brings the index up to date with the archive. Where there is nothing to do, no file is touched.
///
/// # Errors
/// On any error nothing is published and what was served goes on being served. A file that cannot
/// be read is no error; it is named in the summary.
pub fn update(
    archive: &Archive,
    settings: &Settings,
    options: &Options,
    progress: &dyn Progress,
) -> Result<Run, BuildError> {
    let mut of_archive = 0;
    let result = run(archive, settings, options, progress, &mut of_archive);
    result.map_err(|error| {
        if !error.is_full_disk() {
            return error;
        }
        let generations = Generations::new(&settings.path);
        let current = generations.current().ok().flatten();
        let served = current.and_then(|name| generations.summary(&name).ok());
        let served = served.map_or(0, |summary| summary.bytes);
        // An index has up to 1.8 times the bytes of plain texts, and merging needs all of it twice.
        let needed = served.max(of_archive / 5 * 9) * 2;
        BuildError::DiskFull { needed }
    })
}

fn run(
    archive: &Archive,
    settings: &Settings,
    options: &Options,
    progress: &dyn Progress,
    of_archive: &mut u64,
) -> Result<Run, BuildError> {
    let started = Instant::now();
    let generations = Generations::new(&settings.path);
    let rules = Rules::new(&archive.derive)?;
    let lock = Lock::take(&generations, options.wait)?;
    let mut lock = lock.map_err(|holder| BuildError::Locked { holder })?;
    progress.step(Step::Walking);
    let head = Head::new(fingerprint(archive), corpus::nanoseconds(SystemTime::now()));
    // Both only read, and either may take most of a run that has nothing to do.
    let (base, walk) = thread::scope(|scope| {
        let base = scope.spawn(|| Base::find(&generations, &head.fingerprint, options));
        let walk = Walk::new(&archive.corpus);
        (base.join(), walk)
    });
    let panicked = |_| io::Error::other("the manifest cannot be read");
    let base = base.map_err(panicked)??;
    let walk = walk?;
    *of_archive = walk.entries.iter().map(|entry| entry.stamp.size).sum();
    let max_shrink = options.max_shrink.unwrap_or(settings.max_shrink).min(100);
    if walk.entries.is_empty() && max_shrink < 100 {
        let documents = base.served;
        return Err(BuildError::ArchiveEmpty { documents });
    }
    let base = base.or_resumed(&generations, &head.fingerprint, &mut lock, progress)?;
    let comparison = Comparison::new(&base.manifest, walk);
    let mut change = Change::new(head, &base, &comparison);
    change.unlisted(progress);
    let threads = n_threads(settings).min(comparison.to_read.len() / FILES_PER_THREAD + 1);
    let mut filling = Filling::new(&generations, settings, &base, threads, &mut lock);
    let read = change.read(archive, &rules, threads, &mut filling, progress);
    if let Err(error) = read {
        if matches!(error, BuildError::Walk(WalkError::Lost)) {
            // It may be back soon, and reading may have taken hours.
            filling.leave();
        } else {
            filling.give_up();
        }
        return Err(error);
    }
    if !filling.is_open()
        && !change.is_worth_while()
        && let Some(name) = &base.name
    {
        let mut summary = generations.summary(name)?;
        // Of a first run that was killed before its last step, say.
        if generations.named()?.is_none() {
            generations.point_to(name)?;
        }
        change.tell_counts(&mut summary);
        summary.seconds = started.elapsed().as_secs_f64();
        return Ok(Run {
            summary,
            published: false,
        });
    }
    let finished = finish(
        &generations,
        base.served,
        change,
        &mut filling,
        max_shrink,
        progress,
    );
    let mut summary = finished.inspect_err(|_| filling.give_up())?;
    summary.seconds = started.elapsed().as_secs_f64();
    publish(&generations, &base, &summary)?;
    if let Err(error) = tidy_up(&generations, &base, &summary, settings.keep) {
        tracing::warn!(%error, "old generations could not be removed");
    }
    Ok(Run {
        summary,
        published: true,
    })
}

/// Counts what a run would do; neither the index nor its lock is touched, and no document is taken
/// out of a file.
///
/// # Errors
/// Those of walking the archive and of reading the generation.
pub fn preview(
    archive: &Archive,
    settings: &Settings,
    options: &Options,
) -> Result<BuildSummary, BuildError> {
    let started = Instant::now();
    let generations = Generations::new(&settings.path);
    let base = Base::find(&generations, &fingerprint(archive), options)?;
    let comparison = Comparison::new(&base.manifest, Walk::new(&archive.corpus)?);
    let mut summary = BuildSummary {
        generation: generations.current()?.unwrap_or_default(),
        scanned: comparison.n_scanned(),
        ..BuildSummary::default()
    };
    let recall = Recall::new(&base.manifest, &comparison, None);
    let n_documents = |n: &usize| base.manifest.files[*n].documents.len() as u64;
    let kept = comparison.same.iter().chain(&comparison.unlisted);
    summary.unchanged = kept.map(n_documents).sum();
    summary.removed = comparison.gone.iter().map(n_documents).sum();
    for (n, before) in comparison.before.iter().enumerate() {
        match recall.look(n, archive.corpus.max_file_size) {
            Verdict::Same => summary.unchanged += before.as_ref().map_or(0, n_documents),
            Verdict::Read if before.is_none() => summary.added += 1,
            Verdict::Kept(from) if Some(from) != *before => {
                summary.moved += n_documents(&from);
                summary.removed -= n_documents(&from);
            }
            Verdict::Read | Verdict::Kept(_) => summary.changed += 1,
        }
    }
    summary.seconds = started.elapsed().as_secs_f64();
    Ok(summary)
}

/// Writes what is left to write, and checks all of it.
fn finish(
    generations: &Generations,
    served: u64,
    mut change: Change<'_>,
    filling: &mut Filling<'_>,
    max_shrink: u8,
    progress: &dyn Progress,
) -> Result<BuildSummary, BuildError> {
    let documents = change.n_documents();
    if documents * 100 < served * u64::from(100 - max_shrink) {
        return Err(BuildError::Shrunk {
            before: served,
            now: documents,
            max_shrink,
        });
    }
    progress.step(Step::Writing);
    change.remove_gone(filling)?;
    let mut summary = BuildSummary::default();
    change.tell_counts(&mut summary);
    let changed = change.counts(documents).sum();
    let (partial, manifest) = change.into_manifests();
    summary.failed.clone_from(&manifest.head.unlisted);
    for file in &manifest.files {
        for document in &file.documents {
            summary.add(document);
        }
        summary.failed.extend(file.failures.iter().cloned());
    }
    summary.failed.sort_by(|a, b| a.path.cmp(&b.path));
    let (bytes, finished) = thread::scope(|scope| {
        let bytes = scope.spawn(|| manifest.write());
        let finished = filling.finish(&partial, changed);
        (bytes.join(), finished)
    });
    let (name, suggesting) = finished?;
    let bytes = bytes.unwrap_or_else(|_| manifest.write())?;
    let folder = generations.folder(&name);
    generations.describe(&name, &bytes)?;
    progress.step(Step::Checking);
    summary.generation = name;
    summary.built_at = now();
    let problems = thread::scope(|scope| {
        // No search of the check depends on them.
        scope.spawn(|| suggesting.as_ref().map(Suggesting::make));
        summary.units = proof::n_units(&folder)?;
        proof::before_publishing(&folder, &summary, &manifest)
    })?;
    summary.bytes = folder_size(&folder)?;
    if problems.is_empty() {
        Ok(summary)
    } else {
        Err(BuildError::CheckFailed { problems })
    }
}

fn publish(generations: &Generations, base: &Base, summary: &BuildSummary) -> io::Result<()> {
    let known = match &base.name {
        Some(name) => checksums::read(&generations.folder(name)).unwrap_or_default(),
        None => Checksums::new(),
    };
    let published = generations.publish(summary, &known);
    let is_current = || generations.current().ok().flatten().as_ref() == Some(&summary.generation);
    if published.is_err() && !is_current() {
        generations.abandon(&summary.generation);
    }
    published
}

/// Removes generations that are not needed any more.
fn tidy_up(
    generations: &Generations,
    base: &Base,
    summary: &BuildSummary,
    keep: usize,
) -> io::Result<()> {
    if let Some(before) = &base.current {
        generations.remove_between(before, &summary.generation)?;
        if base.is_damaged() {
            // It must not be kept in the place of one that can be gone back to.
            generations.discard(before)?;
        }
    }
    generations.remove_old(keep)?;
    Ok(())
}

fn n_threads(settings: &Settings) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    match settings.threads {
        0 => cores().min(MAX_THREADS),
        n => n.min(MAX_THREADS),
    }
}
