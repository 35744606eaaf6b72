//! The index that a run writes: opened when there is something to write, made safe now and then.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use rustc_hash::FxHashSet;
use tantivy::directory::MmapDirectory;
use tantivy::indexer::NoMergePolicy;
use tantivy::{Index, IndexWriter, TantivyError};

use super::base::Base;
use super::generation::Generations;
use super::lock::Lock;
use super::manifest::{FileRecord, Manifest};
use super::schema::{Fields, builder, equip, register_words};
use super::segments::{share, tidy};
use super::suggestions::{self, Collected, Previous};
use super::writer::BuildError;
use super::{Settings, ids};
use crate::document::{Document, DocumentId};

/// Least memory of an indexing thread, in bytes; tantivy refuses less.
const MIN_MEMORY: usize = 16 << 20;
/// Most memory of an indexing thread.
const MAX_MEMORY: usize = 2 << 30;

/// Longest time between two checkpoints.
const MAX_PAUSE: Duration = Duration::from_mins(10);
/// They get rarer as a run gets longer: one in this part of its time.
const PART: u32 = 10;

/// The index of a new generation while it is filled.
///
/// At a checkpoint, what is written so far and a manifest of it are brought to the disk, so that a
/// run that is killed goes on from there. The index keeps the number of its checkpoint, and the
/// manifest has it in its name: of a run that is killed between the two steps, the manifest that
/// belongs to the index is there still.
pub(super) struct Filling<'a> {
    generations: &'a Generations,
    settings: &'a Settings,
    base: &'a Base,
    threads: usize,
    lock: &'a mut Lock,
    target: Option<Target>,
    /// What can be suggested, of an index that is filled from nothing.
    collected: Option<Collected>,
    started: Instant,
    last_checkpoint: Instant,
    /// The generation, once it is written.
    finished: Option<String>,
}

struct Target {
    name: String,
    index: Index,
    writer: IndexWriter,
    fields: Fields,
    /// Number of the last checkpoint; none yet: 0.
    checkpoint: u64,
}

impl<'a> Filling<'a> {
    pub(super) fn new(
        generations: &'a Generations,
        settings: &'a Settings,
        base: &'a Base,
        threads: usize,
        lock: &'a mut Lock,
    ) -> Self {
        Self {
            generations,
            settings,
            base,
            threads,
            lock,
            target: None,
            collected: (base.name.is_none() && base.unfinished.is_none()).then(Collected::default),
            started: Instant::now(),
            last_checkpoint: Instant::now(),
            finished: None,
        }
    }

    pub(super) fn generations(&self) -> &'a Generations {
        self.generations
    }

    /// Whether anything was written.
    pub(super) fn is_open(&self) -> bool {
        self.target.is_some()
    }

    fn target(&mut self) -> Result<&mut Target, BuildError> {
        if self.target.is_none() {
            self.lock.sign()?;
            self.target = Some(self.open()?);
        }
        self.target.as_mut().ok_or_else(|| {
            let detail = "no index is open to write to";
            TantivyError::InternalError(detail.to_owned()).into()
        })
    }

    fn open(&mut self) -> Result<Target, BuildError> {
        let name = if let Some(name) = &self.base.unfinished {
            name.clone()
        } else {
            self.generations.create()?
        };
        match self.open_in(&name) {
            Ok(target) => Ok(target),
            Err(error) => {
                self.generations.abandon(&name);
                Err(error)
            }
        }
    }

    fn open_in(&mut self, name: &str) -> Result<Target, BuildError> {
        let folder = self.generations.folder(name);
        let is_resumed = self.base.unfinished.is_some();
        let index = if is_resumed || self.base.name.is_some() {
            if let (false, Some(old)) = (is_resumed, &self.base.name) {
                let old = self.generations.folder(old);
                share(self.generations.disk(), &old, &folder)?;
            }
            let mut index = Index::open_in_dir(&folder)?;
            equip(&mut index)?;
            index
        } else {
            let directory = MmapDirectory::open(&folder).map_err(TantivyError::from)?;
            builder().open_or_create(directory)?
        };
        register_words(&index);
        let fields = Fields::of(&index.schema())?;
        let memory = (self.settings.memory_mb << 20) / self.threads;
        let memory = memory.clamp(MIN_MEMORY, MAX_MEMORY);
        let writer = index.writer_with_num_threads(self.threads, memory * self.threads)?;
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let mut target = Target {
            name: name.to_owned(),
            index,
            writer,
            fields,
            checkpoint: 0,
        };
        if is_resumed {
            let number = target.index.load_metas()?.payload;
            target.checkpoint = number.and_then(|n| n.parse().ok()).unwrap_or(0);
            // Of work that was not safe yet; names of files come again.
            target.writer.garbage_collect_files().wait()?;
            self.generations.drop_unnamed(name)?;
            let files = &self.base.manifest.files;
            target.keep_only(&files.iter().flat_map(FileRecord::ids).collect())?;
        }
        Ok(target)
    }

    /// Removes the documents of a file.
    pub(super) fn delete(&mut self, file: &FileRecord) -> Result<(), BuildError> {
        file.ids().try_for_each(|id| self.delete_document(id))
    }

    /// Removes the document with an id.
    pub(super) fn delete_document(&mut self, id: DocumentId) -> Result<(), BuildError> {
        self.target()?.delete(id);
        Ok(())
    }

    /// Adds a document.
    pub(super) fn add(&mut self, document: Document) -> Result<(), BuildError> {
        self.collected = self.collected.take().and_then(|mut collected| {
            let fits = collected.add(&document);
            fits.then_some(collected)
        });
        let target = self.target()?;
        let document = target.fields.document(document);
        if let Err(killed) = target.writer.add_document(document) {
            // The thread that failed says why when it is joined.
            let cause = target.writer.prepare_commit().err();
            return Err(cause.unwrap_or(killed).into());
        }
        Ok(())
    }

    /// Whether so much was done since the last checkpoint that it would be a pity to lose it.
    pub(super) fn is_checkpoint_due(&self) -> bool {
        let least = Duration::from_secs(self.settings.checkpoint_seconds);
        let pause = (self.started.elapsed() / PART).min(MAX_PAUSE).max(least);
        self.target.is_some() && self.last_checkpoint.elapsed() >= pause
    }

    /// Makes safe what is written; `manifest` is what it was made of.
    pub(super) fn checkpoint(&mut self, manifest: &Manifest) -> Result<(), BuildError> {
        let generations = self.generations;
        let target = self.target()?;
        let number = target.checkpoint + 1;
        generations.checkpoint(&target.name, number, manifest)?;
        let mut commit = target.writer.prepare_commit()?;
        commit.set_payload(&number.to_string());
        commit.commit()?;
        target.checkpoint = number;
        generations.drop_checkpoints(&target.name, Some(number))?;
        self.last_checkpoint = Instant::now();
        Ok(())
    }

    /// Writes the rest, and merges; gives the name of the generation, and the suggestions if they are
    /// still to be made. `manifest` is what it was made of, and `changed` how many documents are not
    /// as in the generation before.
    pub(super) fn finish(
        &mut self,
        manifest: &Manifest,
        changed: u64,
    ) -> Result<(String, Option<Suggesting>), BuildError> {
        // Merging takes long where reading did.
        if self.target()?.checkpoint > 0 || self.is_checkpoint_due() {
            self.checkpoint(manifest)?;
        }
        let Some(target) = self.target.take() else {
            return Ok((String::new(), None));
        };
        // From here on a failure takes the folder with it, writer or not.
        let name = target.name.clone();
        self.finished = Some(name.clone());
        let folder = self.generations.folder(&name);
        let collected = self.collected.take();
        let is_collected = collected.is_some();
        let is_new = self.base.name.is_none();
        let index = thread::scope(|scope| {
            // A processor that waits for the others to write their segments has time for these.
            scope.spawn(|| {
                if let Some(collected) = collected {
                    suggest(&folder, || suggestions::build_collected(collected, &folder));
                }
            });
            target.close(is_new)
        })?;
        let suggesting = Suggesting {
            index,
            folder,
            old: self
                .base
                .name
                .as_ref()
                .map(|old| self.generations.folder(old)),
            changed,
            threads: self.threads,
        };
        Ok((name, (!is_collected).then_some(suggesting)))
    }

    /// Leaves what was made safe to the next run, and removes it where nothing was.
    pub(super) fn leave(&mut self) {
        let is_safe = |target: &Target| target.checkpoint > 0;
        if self.target.as_ref().is_some_and(is_safe) {
            self.target = None;
        } else {
            self.give_up();
        }
    }

    /// Removes what was written.
    pub(super) fn give_up(&mut self) {
        let open = self.target.take().map(|target| target.name);
        for name in open.into_iter().chain(self.finished.take()) {
            self.generations.abandon(&name);
        }
    }
}

/// Suggestions that are to be made of an index that is written.
pub(super) struct Suggesting {
    index: Index,
    folder: PathBuf,
    /// Folder of the generation before.
    old: Option<PathBuf>,
    changed: u64,
    threads: usize,
}

impl Suggesting {
    /// Makes them.
    pub(super) fn make(&self) {
        suggest(&self.folder, || {
            let changed = self.changed;
            let previous = self.old.as_ref().map(|folder| Previous { folder, changed });
            let searcher = self.index.reader()?.searcher();
            suggestions::build(&searcher, &self.folder, self.threads, previous.as_ref())
        });
    }
}

/// Makes the suggestions of the generation in `folder`. Whoever searches can do without: what goes wrong
/// does not stop the run, and leaves none, be it half of them or those of a run that was killed.
fn suggest(folder: &Path, make: impl FnOnce() -> tantivy::Result<()>) {
    let error = match catch_unwind(AssertUnwindSafe(make)) {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "broke off".to_owned(),
    };
    tracing::warn!(error, "suggestions could not be made");
    match fs::remove_file(folder.join(suggestions::FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, "what there is of them cannot be removed");
        }
        _ => {}
    }
}

impl Target {
    /// Writes what is not written yet, and merges.
    fn close(mut self, is_new: bool) -> Result<Index, TantivyError> {
        if self.checkpoint == 0 {
            self.writer.commit()?;
        }
        tidy(&self.index, &mut self.writer, is_new)?;
        self.writer.garbage_collect_files().wait()?;
        self.writer.wait_merging_threads()?;
        Ok(self.index)
    }

    fn delete(&self, id: DocumentId) {
        self.writer.delete_term(ids::term(self.fields.id, id));
    }

    /// Removes documents that are not known: those of files that were not read to their end when
    /// the run was stopped.
    fn keep_only(&self, known: &FxHashSet<DocumentId>) -> Result<(), BuildError> {
        let searcher = self.index.reader()?.searcher();
        for (id, n) in ids::all(&searcher, self.fields.id)? {
            if n > 1 || !known.contains(&id) {
                self.delete(id);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_that_cannot_be_made_leave_nothing() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join(suggestions::FILE);
        let half = || fs::write(&file, "half").expect("can write");
        suggest(folder.path(), || {
            half();
            Ok(())
        });
        assert!(file.exists());
        suggest(folder.path(), || {
            half();
            Err(io::Error::from(io::ErrorKind::StorageFull).into())
        });
        assert!(!file.exists());
        suggest(folder.path(), || {
            half();
            panic!("as a defect would");
        });
        assert!(!file.exists());
        suggest(folder.path(), || panic!("before it wrote anything"));
    }
}
