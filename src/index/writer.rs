//! Builds a generation out of the archive and publishes it.

use std::io;
use std::thread;
use std::time::Instant;

use tantivy::directory::MmapDirectory;
use tantivy::indexer::NoMergePolicy;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::{Index, IndexSettings, IndexWriter, TantivyError};

use super::Settings;
use super::generation::{BuildSummary, FailedFile, Generations, folder_size, now};
use super::plugin::{Stream, open};
use super::schema::{Fields, builder, register_words};
use super::suggestions;
use crate::corpus::{self, Archive, Failure, Found, Read, Walk, WalkError};
use crate::structure::{PatternError, Rules};

/// Level of the compression of stored texts; higher ones gain little and cost much.
const ZSTD_LEVEL: i32 = 6;
/// Bytes of stored texts that are compressed together: more is smaller, and slower to read one of.
const STORE_BLOCK: usize = 24 << 10;
/// More segments than this are merged into one: a phrase is looked up in each.
const MAX_SEGMENTS: usize = 2;
/// Least memory of an indexing thread, in bytes; tantivy refuses less.
const MIN_MEMORY: usize = 16 << 20;
/// Most memory of an indexing thread.
const MAX_MEMORY: usize = 2 << 30;

/// Most threads that index; more segments would only have to be merged.
const MAX_THREADS: usize = 8;

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
}

/// Is told how a build gets on.
pub trait Progress {
    /// Called often.
    fn step(&self, step: Step);
    /// Called for each file that could not be read.
    fn failed(&self, failure: &Failure);
}

/// Why nothing was published.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Another build runs.
    #[error("another run is indexing into this folder")]
    Locked,
    /// The archive cannot be walked.
    #[error(transparent)]
    Walk(#[from] WalkError),
    /// A pattern of `[derive]` is none.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// The archive has no files any more, though the index that is served has documents of it.
    #[error(
        "the archive is empty, but {documents} documents of it are being served; is it mounted?"
    )]
    ArchiveEmpty {
        /// Documents of the published generation.
        documents: u64,
    },
    /// The index folder cannot be written.
    #[error("the index folder cannot be written")]
    Io(#[from] io::Error),
    /// The index cannot be built.
    #[error("the index cannot be built")]
    Tantivy(#[from] TantivyError),
}

/// Indexes the whole archive into a new generation and publishes it.
///
/// # Errors
/// On any error nothing is published and what was served goes on being served. A file that cannot
/// be read is no error; it is named in the summary.
pub fn build(
    archive: &Archive,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<BuildSummary, BuildError> {
    let started = Instant::now();
    let generations = Generations::new(&settings.path);
    let _lock = generations.lock()?.ok_or(BuildError::Locked)?;
    progress.step(Step::Walking);
    let rules = Rules::new(&archive.derive)?;
    let walk = Walk::new(&archive.corpus)?;
    if walk.entries.is_empty()
        && let Some(current) = generations.current()?
        && let Ok(BuildSummary {
            documents: documents @ 1..,
            ..
        }) = generations.summary(&current)
    {
        return Err(BuildError::ArchiveEmpty { documents });
    }
    let name = generations.create()?;
    let source = Source {
        archive,
        rules: &rules,
        walk,
    };
    let built = fill(&generations, &name, source, settings, progress);
    let mut summary = match built {
        Ok(summary) => summary,
        Err(error) => {
            generations.abandon(&name);
            return Err(error);
        }
    };
    summary.seconds = started.elapsed().as_secs_f64();
    generations.publish(&summary)?;
    if let Err(error) = generations.remove_old(settings.keep) {
        tracing::warn!(%error, "old generations could not be removed");
    }
    Ok(summary)
}

/// What is to be indexed.
struct Source<'a> {
    archive: &'a Archive,
    rules: &'a Rules,
    walk: Walk,
}

fn fill(
    generations: &Generations,
    name: &str,
    source: Source<'_>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<BuildSummary, BuildError> {
    let folder = generations.folder(name);
    let directory = MmapDirectory::open(&folder).map_err(TantivyError::from)?;
    let index = builder()
        .settings(IndexSettings {
            docstore_compression: Compressor::Zstd(ZstdCompressor {
                compression_level: Some(ZSTD_LEVEL),
            }),
            docstore_blocksize: STORE_BLOCK,
            ..IndexSettings::default()
        })
        .open_or_create(directory)?;
    register_words(&index);
    let mut writer = writer(&index, settings)?;
    let fields = Fields::of(&index.schema())?;

    let Source {
        archive,
        rules,
        walk,
    } = source;
    let mut summary = BuildSummary {
        generation: name.to_owned(),
        scanned: (walk.entries.len() + walk.failures.len()) as u64,
        ..BuildSummary::default()
    };
    for failure in walk.failures {
        progress.failed(&failure);
        summary.failed.push(FailedFile::from(failure));
    }
    let of = walk.entries.len() as u64;
    let (mut done, mut bytes) = (0, 0);
    corpus::read_all(archive, rules, &walk.entries, n_threads(settings), |read| {
        match read {
            Read::Found(_, Found::Document(document)) => {
                bytes += document.size;
                summary.add(&document);
                writer.add_document(fields.document(*document))?;
            }
            Read::Found(_, Found::Failure(failure)) => {
                progress.failed(&failure);
                summary.failed.push(FailedFile::from(failure));
            }
            Read::Done(_) => {
                done += 1;
                progress.step(Step::Reading { done, of, bytes });
            }
        }
        tantivy::Result::Ok(())
    })?;
    summary.failed.sort_by(|a, b| a.path.cmp(&b.path));
    progress.step(Step::Writing);
    writer.commit()?;
    let segments = index.searchable_segment_ids()?;
    if segments.len() > MAX_SEGMENTS {
        writer.merge(&segments).wait()?;
    }
    writer.wait_merging_threads()?;

    let searcher = index.reader()?.searcher();
    // Whoever searches can do without.
    if let Err(error) = suggestions::build(&searcher, &fields, &folder, n_threads(settings), None) {
        tracing::warn!(%error, "suggestions could not be made");
    }
    for reader in searcher.segment_readers() {
        summary.units += open(reader, Stream::Text)?.n_units();
    }
    summary.documents = summary.added;
    summary.bytes = folder_size(&folder)?;
    summary.built_at = now();
    Ok(summary)
}

fn writer(index: &Index, settings: &Settings) -> tantivy::Result<IndexWriter> {
    let n_threads = n_threads(settings);
    let memory = (settings.memory_mb << 20) / n_threads;
    let memory = memory.clamp(MIN_MEMORY, MAX_MEMORY);
    let writer = index.writer_with_num_threads(n_threads, memory * n_threads)?;
    writer.set_merge_policy(Box::new(NoMergePolicy));
    Ok(writer)
}

fn n_threads(settings: &Settings) -> usize {
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    match settings.threads {
        0 => cores().min(MAX_THREADS),
        n => n.min(MAX_THREADS),
    }
}
