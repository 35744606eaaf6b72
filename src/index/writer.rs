//! Brings the index up to date with the archive: builds a generation, whole or out of the one before,
//! and publishes it.

use std::collections::BTreeMap;
use std::io;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tantivy::TantivyError;

use super::Settings;
use super::checksums::{self, Checksums};
use super::compare::{Comparison, Recall, Stock};
use super::filling::Filling;
use super::fingerprint::fingerprint;
use super::generation::{BuildSummary, FailedFile, Generations, folder_size, now};
use super::lock::{Holder, Lock};
use super::manifest::{DocumentRecord, FileRecord, Head, Manifest};
use super::proof;
use crate::corpus::{self, Archive, Failure, Read, Verdict, Walk, WalkError};
use crate::structure::{PatternError, Rules};

/// Most threads that index; more segments would only have to be merged.
const MAX_THREADS: usize = 8;
/// Files for which another thread is worth while.
const FILES_PER_THREAD: usize = 200;
/// More files than this of which only the time changed are worth a new manifest; fewer are read
/// again each time.
const MAX_RETIMED: u64 = 1000;

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
    /// The archive cannot be walked.
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
        match self {
            Self::Io(error) => error.kind() == io::ErrorKind::StorageFull,
            // tantivy wraps it in several ways and gives no source.
            Self::Tantivy(error) => error.to_string().contains("(os error 28)"),
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
                | Self::Walk(WalkError::Root { .. })
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
        // Merging needs half of it twice; a new index is about as large as its texts.
        let built = served.map_or(0, |summary| summary.bytes).max(of_archive);
        BuildError::DiskFull {
            needed: built + built / 2,
        }
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
    let lock = Lock::take(generations.root(), options.wait)?;
    let mut lock = lock.map_err(|holder| BuildError::Locked { holder })?;
    progress.step(Step::Walking);
    let base = Base::find(archive, &generations, options)?;
    let head = Head::new(fingerprint(archive), corpus::nanoseconds(SystemTime::now()));
    let walk = Walk::new(&archive.corpus)?;
    *of_archive = walk.entries.iter().map(|entry| entry.stamp.size).sum();
    let max_shrink = options.max_shrink.unwrap_or(settings.max_shrink);
    if walk.entries.is_empty() && max_shrink < 100 {
        let documents = base.served;
        return Err(BuildError::ArchiveEmpty { documents });
    }
    let base = base.or_resumed(&generations, &head, &mut lock, progress)?;
    let mut change = Change {
        scanned: (walk.entries.len() + walk.failures.len()) as u64,
        head,
        ..Change::default()
    };
    for failure in &walk.failures {
        progress.failed(failure);
        change.head.unlisted.push(FailedFile::from(failure.clone()));
    }
    let comparison = Comparison::new(&base.manifest, walk);
    let threads = n_threads(settings).min(comparison.to_read.len() / FILES_PER_THREAD + 1);
    let mut filling = Filling::new(&generations, settings, &base, threads, &mut lock);
    let read = change.read(
        archive,
        &rules,
        &base,
        &comparison,
        threads,
        &mut filling,
        progress,
    );
    let change = match read {
        Ok(()) => change,
        Err(error) => {
            filling.give_up();
            return Err(error);
        }
    };
    if !filling.is_open() && base.name.is_some() && !change.is_worth_while(&base.manifest) {
        let name = base.name.clone().unwrap_or_default();
        let mut summary = generations.summary(&name)?;
        change.tell(&mut summary);
        summary.seconds = started.elapsed().as_secs_f64();
        return Ok(Run {
            summary,
            published: false,
        });
    }
    let published = finish(&generations, &base, change, filling, max_shrink, progress);
    let mut summary = published?;
    summary.seconds = started.elapsed().as_secs_f64();
    publish(&generations, &base, &summary)?;
    if let Err(error) = generations.remove_old(settings.keep) {
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
    let base = Base::find(archive, &generations, options)?;
    let walk = Walk::new(&archive.corpus)?;
    let mut summary = BuildSummary {
        generation: generations.current()?.unwrap_or_default(),
        scanned: (walk.entries.len() + walk.failures.len()) as u64,
        ..BuildSummary::default()
    };
    let comparison = Comparison::new(&base.manifest, walk);
    let recall = Recall::new(&base.manifest, &comparison, None);
    let n_documents = |n: &usize| base.manifest.files[*n].documents.len() as u64;
    summary.unchanged = comparison.same.iter().map(n_documents).sum();
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

/// What a run builds upon.
#[derive(Default)]
pub(super) struct Base {
    /// The generation that is served, if it can be built upon.
    pub(super) name: Option<String>,
    /// An unfinished one that goes on in its own folder.
    pub(super) unfinished: Option<String>,
    /// What either was built of.
    pub(super) manifest: Manifest,
    /// Documents that are served.
    served: u64,
    why: Option<Rebuild>,
}

impl Base {
    fn find(archive: &Archive, generations: &Generations, options: &Options) -> io::Result<Self> {
        let Some(current) = generations.current()? else {
            return Ok(Self::default());
        };
        let served = generations
            .summary(&current)
            .map_or(0, |summary| summary.documents);
        let anew = |why| Self {
            served,
            why: Some(why),
            ..Self::default()
        };
        if options.rebuild {
            return Ok(anew(Rebuild::Asked));
        }
        let manifest = match generations.manifest(&current) {
            Ok(manifest) => manifest,
            Err(error) => return Ok(anew(Rebuild::Damaged(error.to_string()))),
        };
        let changed = differences(&manifest.head.fingerprint, &fingerprint(archive));
        if !changed.is_empty() {
            return Ok(anew(Rebuild::Changed(changed)));
        }
        let wrong = checksums::wrong_sizes(&generations.folder(&current));
        match wrong {
            Ok(wrong) if wrong.is_empty() => Ok(Self {
                name: Some(current),
                manifest,
                served,
                ..Self::default()
            }),
            Ok(wrong) => Ok(anew(Rebuild::Damaged(wrong.join(", ")))),
            Err(error) => Ok(anew(Rebuild::Damaged(error.to_string()))),
        }
    }

    /// A build of everything goes on where one that was killed has stopped.
    fn or_resumed(
        self,
        generations: &Generations,
        head: &Head,
        lock: &mut Lock,
        progress: &dyn Progress,
    ) -> Result<Self, BuildError> {
        if self.name.is_some() {
            return Ok(self);
        }
        lock.sign()?;
        if let Some(why) = &self.why {
            progress.rebuilding(why);
        }
        let resumed = generations.clear(|left| left.head.fingerprint == head.fingerprint)?;
        Ok(match resumed {
            None => self,
            Some((name, manifest)) => {
                progress.resuming(manifest.n_documents());
                Self {
                    unfinished: Some(name),
                    manifest,
                    ..self
                }
            }
        })
    }

    /// The documents of the generation that is served.
    fn stock(&self, generations: &Generations) -> Option<Stock> {
        let folder = generations.folder(self.name.as_deref()?);
        proof::open(&folder).ok()
    }
}

fn differences(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<String> {
    new.iter()
        .filter(|(name, hash)| old.get(*name) != Some(hash))
        .map(|(name, _)| name.clone())
        .collect()
}

/// What a run finds out.
#[derive(Default)]
pub(super) struct Change {
    head: Head,
    files: Vec<FileRecord>,
    scanned: u64,
    added: u64,
    changed: u64,
    moved: u64,
    removed: u64,
    unchanged: u64,
    /// Files of which only the time changed.
    retimed: u64,
}

impl Change {
    #[expect(clippy::too_many_arguments, reason = "each is needed once, here")]
    fn read(
        &mut self,
        archive: &Archive,
        rules: &Rules,
        base: &Base,
        comparison: &Comparison,
        threads: usize,
        filling: &mut Filling<'_>,
        progress: &dyn Progress,
    ) -> Result<(), BuildError> {
        let old = &base.manifest.files;
        for n in &comparison.same {
            filling.keep(&old[*n]);
            self.keep(old[*n].clone());
        }
        for n in &comparison.gone {
            filling.delete(&old[*n])?;
            self.removed += old[*n].documents.len() as u64;
        }
        let of = comparison.to_read.len() as u64;
        let (mut done, mut bytes) = (0, 0);
        let stock = if of > 0 {
            base.stock(filling.generations())
        } else {
            None
        };
        let recall = Recall::new(&base.manifest, comparison, stock);
        let mut open: BTreeMap<usize, Open> = BTreeMap::new();
        let entries = &comparison.to_read;
        corpus::read_unknown(archive, rules, entries, threads, &recall, |read| {
            match read {
                Read::Begun(n, imprint, verdict) => {
                    let mut record = FileRecord {
                        path: entries[n].path.clone(),
                        ..Default::default()
                    };
                    record.set(entries[n].stamp, entries[n].sidecar, imprint.as_ref());
                    let before = comparison.before[n].map(|n| &old[n]);
                    if verdict == Verdict::Same
                        && let Some(before) = before
                    {
                        record.documents.clone_from(&before.documents);
                        record.failures.clone_from(&before.failures);
                        self.retimed += u64::from(record != *before);
                    } else if let Some(before) = before {
                        filling.delete(before)?;
                    }
                    open.insert(n, Open { record, verdict });
                }
                Read::Found(n, found) => {
                    if let Some(open) = open.get_mut(&n) {
                        bytes += filling.take(&mut open.record, found, progress)?;
                    }
                }
                Read::Done(n) => {
                    done += 1;
                    progress.step(Step::Reading { done, of, bytes });
                    if let Some(Open { record, verdict }) = open.remove(&n) {
                        self.count(&record, verdict, comparison.before[n], old);
                        filling.done(&self.head, &record)?;
                        self.files.push(record);
                    }
                }
            }
            Ok(())
        })
    }

    fn keep(&mut self, record: FileRecord) {
        self.unchanged += record.documents.len() as u64;
        self.files.push(record);
    }

    fn count(
        &mut self,
        record: &FileRecord,
        verdict: Verdict,
        before: Option<usize>,
        old: &[FileRecord],
    ) {
        let n = record.documents.len() as u64;
        let known = before.map_or(&[][..], |before| &old[before].documents);
        match verdict {
            Verdict::Same => self.unchanged += n,
            Verdict::Kept(from) if Some(from) != before => {
                self.moved += n;
                self.removed -= (old[from].documents.len() as u64).min(self.removed);
                self.removed += known.len() as u64;
            }
            Verdict::Read | Verdict::Kept(_) => {
                let is_known = |document: &&DocumentRecord| {
                    known.iter().any(|other| other.member == document.member)
                };
                let changed = record.documents.iter().filter(is_known).count() as u64;
                self.changed += changed;
                self.added += n - changed;
                self.removed += (known.len() as u64).saturating_sub(changed);
            }
        }
    }

    /// Whether there is anything that a new generation would say otherwise.
    fn is_worth_while(&self, old: &Manifest) -> bool {
        let failures = |files: &[FileRecord]| -> Vec<FailedFile> {
            let all = files.iter().flat_map(|file| file.failures.iter().cloned());
            let mut all: Vec<FailedFile> = all.collect();
            all.sort_by(|a, b| (&a.path, &a.detail).cmp(&(&b.path, &b.detail)));
            all
        };
        self.retimed > MAX_RETIMED
            || self.added + self.changed + self.moved + self.removed > 0
            || self.head.unlisted != old.head.unlisted
            || failures(&self.files) != failures(&old.files)
    }

    fn tell(&self, summary: &mut BuildSummary) {
        summary.scanned = self.scanned;
        summary.added = self.added;
        summary.changed = self.changed;
        summary.moved = self.moved;
        summary.removed = self.removed;
        summary.unchanged = self.unchanged;
    }
}

struct Open {
    record: FileRecord,
    verdict: Verdict,
}

/// Writes what is left to write, and checks all of it.
fn finish(
    generations: &Generations,
    base: &Base,
    mut change: Change,
    mut filling: Filling<'_>,
    max_shrink: u8,
    progress: &dyn Progress,
) -> Result<BuildSummary, BuildError> {
    let result = (|| {
        change.files.sort_by(|a, b| a.path.cmp(&b.path));
        if base.name.is_none() {
            // What was read before the build was stopped is as new as the rest.
            change.added += std::mem::take(&mut change.unchanged);
            change.added += std::mem::take(&mut change.changed);
            change.added += std::mem::take(&mut change.moved);
            change.removed = 0;
        }
        let mut summary = BuildSummary::default();
        change.tell(&mut summary);
        summary.failed.clone_from(&change.head.unlisted);
        for file in &change.files {
            for document in &file.documents {
                summary.add(document);
            }
            summary.failed.extend(file.failures.iter().cloned());
        }
        summary.failed.sort_by(|a, b| a.path.cmp(&b.path));
        let (before, now_there) = (base.served, summary.documents);
        if now_there * 100 < before * u64::from(100 - max_shrink.min(100)) {
            return Err(BuildError::Shrunk {
                before,
                now: now_there,
                max_shrink,
            });
        }
        progress.step(Step::Writing);
        let name = filling.finish()?;
        let folder = generations.folder(&name);
        let manifest = Manifest {
            head: change.head,
            files: change.files,
        };
        generations.describe(&name, &manifest)?;
        progress.step(Step::Checking);
        summary.generation = name;
        summary.built_at = now();
        summary.units = proof::n_units(&folder)?;
        summary.bytes = folder_size(&folder)?;
        let problems = proof::before_publishing(&folder, &summary, &manifest)?;
        if problems.is_empty() {
            Ok(summary)
        } else {
            Err(BuildError::CheckFailed { problems })
        }
    })();
    if result.is_err() {
        filling.give_up();
    }
    result
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

fn n_threads(settings: &Settings) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    match settings.threads {
        0 => cores().min(MAX_THREADS),
        n => n.min(MAX_THREADS),
    }
}
