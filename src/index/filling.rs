//! The index that a run writes: opened when there is something to write, made safe now and then.

use rustc_hash::FxHashSet;
use tantivy::directory::MmapDirectory;
use tantivy::indexer::NoMergePolicy;
use tantivy::{Index, IndexWriter, TantivyError, Term};

use super::generation::{FailedFile, Generations};
use super::lock::Lock;
use super::manifest::{DocumentRecord, FileRecord, Head, Manifest};
use super::schema::{Fields, builder, equip, register_words};
use super::segments::{share, tidy};
use super::suggestions::{self, Previous};
use super::writer::{Base, BuildError, Progress};
use super::{Settings, ids};
use crate::corpus::{Failure, FailureCode, Found};
use crate::document::DocumentId;

/// Least memory of an indexing thread, in bytes; tantivy refuses less.
const MIN_MEMORY: usize = 16 << 20;
/// Most memory of an indexing thread.
const MAX_MEMORY: usize = 2 << 30;

/// The index of a new generation while it is filled.
pub(super) struct Filling<'a> {
    generations: &'a Generations,
    settings: &'a Settings,
    base: &'a Base,
    threads: usize,
    lock: &'a mut Lock,
    target: Option<Target>,
    /// What is done of a build of everything, for its checkpoints.
    done: Vec<FileRecord>,
    unsafe_documents: u64,
    /// Documents that were added or removed.
    n_changed: u64,
    /// The generation, once it is written.
    finished: Option<String>,
}

struct Target {
    name: String,
    index: Index,
    writer: IndexWriter,
    fields: Fields,
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
            done: Vec::new(),
            unsafe_documents: 0,
            n_changed: 0,
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
            // What a run that was killed has left; where one is resumed this was done.
            self.generations.clear(|_| false)?;
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
        let index = if let Some(old) = &self.base.name {
            share(&self.generations.folder(old), &folder)?;
            let mut index = Index::open_in_dir(&folder)?;
            equip(&mut index)?;
            index
        } else if self.base.unfinished.is_some() {
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
        let target = Target {
            name: name.to_owned(),
            index,
            writer,
            fields,
        };
        if self.base.unfinished.is_some() {
            // Documents of files that were not done when the build was stopped.
            let files = &self.base.manifest.files;
            let known: FxHashSet<String> = files
                .iter()
                .flat_map(FileRecord::paths)
                .map(|path| DocumentId::of_path(&path).to_string())
                .collect();
            let searcher = target.index.reader()?.searcher();
            for (id, n) in ids::all(&searcher, fields.id)? {
                if n > 1 || !known.contains(&id) {
                    target
                        .writer
                        .delete_term(Term::from_field_text(fields.id, &id));
                }
            }
        }
        Ok(target)
    }

    /// Removes the documents of a file.
    pub(super) fn delete(&mut self, file: &FileRecord) -> Result<(), BuildError> {
        if !file.documents.is_empty() {
            self.n_changed += file.documents.len() as u64;
            let target = self.target()?;
            for path in file.paths() {
                let id = DocumentId::of_path(&path).to_string();
                let term = Term::from_field_text(target.fields.id, &id);
                target.writer.delete_term(term);
            }
        }
        Ok(())
    }

    /// Takes what was found in a file; gives its bytes.
    pub(super) fn take(
        &mut self,
        record: &mut FileRecord,
        found: Found,
        progress: &dyn Progress,
    ) -> Result<u64, BuildError> {
        let document = match found {
            Found::Document(document) => document,
            Found::Failure(failure) => {
                progress.failed(&failure);
                record.failures.push(FailedFile::from(failure));
                return Ok(0);
            }
        };
        let line = DocumentRecord::of(&document, &record.path);
        if record.documents.iter().any(|d| d.member == line.member) {
            // Two members of a zip file may have one name, but not one id.
            let failure = Failure {
                path: document.path.clone(),
                code: FailureCode::Unsupported,
                detail: "another member has the same name".to_owned(),
            };
            progress.failed(&failure);
            record.failures.push(FailedFile::from(failure));
            return Ok(0);
        }
        record.documents.push(line);
        let size = document.size;
        let target = self.target()?;
        let document = target.fields.document(*document);
        target.writer.add_document(document)?;
        self.unsafe_documents += 1;
        self.n_changed += 1;
        Ok(size)
    }

    /// A file is as it was.
    pub(super) fn keep(&mut self, record: &FileRecord) {
        if self.base.name.is_none() {
            self.done.push(record.clone());
        }
    }

    /// A file was read to its end. Now and then what is done is made safe, so that a build of
    /// everything that is killed goes on from there.
    pub(super) fn done(&mut self, head: &Head, record: &FileRecord) -> Result<(), BuildError> {
        if self.base.name.is_some() {
            return Ok(());
        }
        self.done.push(record.clone());
        if self.unsafe_documents < self.settings.checkpoint.max(1) {
            return Ok(());
        }
        self.unsafe_documents = 0;
        let mut files = self.done.clone();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let head = Head {
            // What an earlier part of the build has read may have changed since.
            started: match self.base.unfinished {
                Some(_) => self.base.manifest.head.started,
                None => head.started,
            },
            ..head.clone()
        };
        let generations = self.generations;
        let target = self.target()?;
        target.writer.commit()?;
        generations.checkpoint(&target.name, &Manifest { head, files })?;
        Ok(())
    }

    /// Writes the rest, and merges; gives the name of the generation.
    pub(super) fn finish(&mut self) -> Result<String, BuildError> {
        self.target()?;
        let Some(target) = self.target.take() else {
            return Ok(String::new());
        };
        let Target {
            name,
            index,
            mut writer,
            ..
        } = target;
        let is_new = self.base.name.is_none();
        let result = (|| {
            writer.commit()?;
            tidy(&index, &mut writer, is_new)?;
            writer.garbage_collect_files().wait()?;
            writer.wait_merging_threads()?;
            self.suggest(&index, &name)
        })();
        if let Err(error) = result {
            self.generations.abandon(&name);
            return Err(error.into());
        }
        // From here on a failure takes the folder with it, writer or not.
        self.finished = Some(name.clone());
        Ok(name)
    }

    /// Makes the suggestions of what was written; whoever searches can do without.
    fn suggest(&self, index: &Index, name: &str) -> Result<(), TantivyError> {
        let old = self
            .base
            .name
            .as_ref()
            .map(|old| self.generations.folder(old));
        let previous = old.as_ref().map(|folder| Previous {
            folder,
            changed: self.n_changed,
        });
        let searcher = index.reader()?.searcher();
        let folder = self.generations.folder(name);
        let made = suggestions::build(&searcher, &folder, self.threads, previous.as_ref());
        if let Err(error) = made {
            tracing::warn!(%error, "suggestions could not be made");
        }
        Ok(())
    }

    /// Removes what was written.
    pub(super) fn give_up(&mut self) {
        let open = self.target.take().map(|target| target.name);
        for name in open.into_iter().chain(self.finished.take()) {
            self.generations.abandon(&name);
        }
    }
}
