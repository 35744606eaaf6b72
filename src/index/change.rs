//! What a run finds out about the archive while it reads it, and has done to the index.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::base::Base;
use super::compare::{Comparison, Recall, exists};
use super::filling::Filling;
use super::manifest::{Counts, DocumentRecord, FileRecord, Head, Manifest};
use super::summary::{BuildSummary, FailedFile};
use super::writer::{BuildError, Progress, Step};
use crate::corpus::{
    self, Archive, Failure, FailureCode, Found, Imprint, Read, Verdict, WalkError,
};
use crate::document::{Document, DocumentId};
use crate::structure::Rules;

/// More files than this of which only the time changed are worth a new manifest; fewer are read
/// again each time.
const MAX_RETIMED: u64 = 1000;

/// What a run finds out.
pub(super) struct Change<'a> {
    head: Head,
    base: &'a Base,
    comparison: &'a Comparison,
    files: Vec<Cow<'a, FileRecord>>,
    counts: Counts,
    /// Files of which only the time changed.
    retimed: u64,
    /// Files that are read at this moment, by their place in the list.
    open: BTreeMap<usize, Open>,
    /// Which of them were begun.
    begun: Vec<bool>,
    /// Documents of files that are gone, each with its file. They are taken out at the end, so that
    /// a run that is killed and goes on still knows what has moved.
    doomed: FxHashMap<DocumentId, usize>,
    /// Files that are gone and known at another path now.
    moved: FxHashSet<usize>,
    /// Files that are gone and of which the index has not all documents any more.
    spent: FxHashSet<usize>,
    /// Failures that are no news.
    known: FxHashSet<(&'a str, &'a str)>,
}

/// A file that is being read.
struct Open {
    record: FileRecord,
    verdict: Verdict,
    /// Whether the documents that it had are in the index still.
    is_untouched: bool,
    /// Whether it was there when the archive was listed, and is not any more.
    is_gone: bool,
}

impl<'a> Change<'a> {
    pub(super) fn new(head: Head, base: &'a Base, comparison: &'a Comparison) -> Self {
        let old = &base.manifest;
        let failures = old.files.iter().flat_map(|file| &file.failures);
        let failures = failures.chain(&old.head.unlisted);
        let doomed = comparison.gone.iter().flat_map(|n| {
            let ids = old.files[*n].ids();
            ids.map(|id| (id, *n))
        });
        Self {
            head,
            base,
            comparison,
            files: Vec::new(),
            counts: old.head.counts,
            retimed: 0,
            open: BTreeMap::new(),
            begun: vec![false; comparison.to_read.len()],
            doomed: doomed.collect(),
            moved: FxHashSet::default(),
            spent: FxHashSet::default(),
            known: failures
                .map(|failed| (failed.path.as_str(), failed.code.as_str()))
                .collect(),
        }
    }

    /// Notes what could not even be listed.
    pub(super) fn unlisted(&mut self, progress: &dyn Progress) {
        for failure in &self.comparison.failures {
            self.tell(failure, progress);
            self.head.unlisted.push(FailedFile::from(failure.clone()));
        }
    }

    fn tell(&self, failure: &Failure, progress: &dyn Progress) {
        let (path, code) = (failure.path.as_str(), failure.code.name());
        if !self.known.contains(&(path, code)) {
            progress.failed(failure);
        }
    }

    /// Reads what has to be read, with `threads` threads.
    pub(super) fn read(
        &mut self,
        archive: &Archive,
        rules: &Rules,
        threads: usize,
        filling: &mut Filling<'_>,
        progress: &dyn Progress,
    ) -> Result<(), BuildError> {
        let (base, comparison) = (self.base, self.comparison);
        let old = &base.manifest.files;
        self.files
            .extend(comparison.same.iter().map(|n| Cow::Borrowed(&old[*n])));
        let unlisted = comparison.unlisted.iter();
        let unlisted = unlisted.map(|n| Cow::Owned(old[*n].unsettled()));
        self.files.extend(unlisted);
        let of = comparison.to_read.len() as u64;
        let stock = if of > 0 {
            base.stock(filling.generations())
        } else {
            None
        };
        let recall = Recall::new(&base.manifest, comparison, stock);
        let entries = &comparison.to_read;
        let (mut done, mut bytes) = (0, 0);
        let read = corpus::read_unknown(archive, rules, entries, threads, &recall, |read| {
            match read {
                Read::Begun(n, imprint, verdict) => self.begin(n, imprint, verdict, filling)?,
                Read::Found(n, Found::Document(document)) => {
                    bytes += document.size;
                    self.take(n, *document, filling, progress)?;
                }
                Read::Found(n, Found::Failure(failure)) => {
                    self.fail(n, &failure, filling, progress)?;
                }
                Read::Done(n) => {
                    done += 1;
                    progress.step(Step::Reading { done, of, bytes });
                    self.end(n);
                    if filling.is_checkpoint_due() {
                        filling.checkpoint(&self.unfinished())?;
                    }
                }
            }
            Ok(())
        });
        read.and_then(|()| self.still_there())
    }

    fn still_there(&self) -> Result<(), BuildError> {
        if self.comparison.root.is_there() {
            Ok(())
        } else {
            Err(WalkError::Lost.into())
        }
    }

    fn before(&self, n: usize) -> Option<&'a FileRecord> {
        let known = self.comparison.before[n];
        known.map(|known| &self.base.manifest.files[known])
    }

    fn begin(
        &mut self,
        n: usize,
        imprint: Option<Imprint>,
        verdict: Verdict,
        filling: &mut Filling<'_>,
    ) -> Result<(), BuildError> {
        let entry = &self.comparison.to_read[n];
        let before = self.before(n);
        let mut record = FileRecord {
            path: entry.path.clone(),
            ..FileRecord::default()
        };
        record.set(entry.stamp, entry.sidecar, imprint.as_ref());
        if let (Verdict::Same, Some(before)) = (verdict, before) {
            record.documents.clone_from(&before.documents);
            record.failures = other_failures(before);
            self.retimed += u64::from(record != *before);
        }
        // Of a file that cannot be read it is not decided yet what becomes of its documents.
        let is_untouched = verdict == Verdict::Same || imprint.is_none();
        let open = Open {
            record,
            verdict,
            is_untouched,
            is_gone: false,
        };
        self.begun[n] = true;
        self.open.insert(n, open);
        if is_untouched {
            return Ok(());
        }
        before.map_or(Ok(()), |before| filling.delete(before))
    }

    fn take(
        &mut self,
        n: usize,
        document: Document,
        filling: &mut Filling<'_>,
        progress: &dyn Progress,
    ) -> Result<(), BuildError> {
        let Some(open) = self.open.get_mut(&n) else {
            return Ok(());
        };
        let line = DocumentRecord::of(&document, &open.record.path);
        if open
            .record
            .documents
            .iter()
            .any(|d| d.member == line.member)
        {
            // Two members of a zip file may have one name, but not one id.
            let failure = Failure {
                path: document.path.clone(),
                code: FailureCode::Unsupported,
                detail: "another member has the same name".to_owned(),
            };
            return self.fail(n, &failure, filling, progress);
        }
        open.record.documents.push(line);
        // A zip file may have become a folder, or the other way round.
        if let Some(gone) = self.doomed.remove(&document.id) {
            filling.delete_document(document.id)?;
            self.spent.insert(gone);
        }
        filling.add(document)
    }

    fn fail(
        &mut self,
        n: usize,
        failure: &Failure,
        filling: &mut Filling<'_>,
        progress: &dyn Progress,
    ) -> Result<(), BuildError> {
        let is_unreadable = failure.code == FailureCode::Unreadable;
        if is_unreadable {
            // Otherwise each file that is left would be named.
            self.still_there()?;
        }
        let before = self.before(n);
        let Some(open) = self.open.get_mut(&n) else {
            return Ok(());
        };
        // What was found in it before, if nothing was decided about that yet.
        let before = before.filter(|_| open.is_untouched && open.verdict == Verdict::Read);
        let is_of_file = failure.path == open.record.path;
        if is_unreadable && is_of_file && !exists(&self.comparison.to_read[n].file) {
            open.is_gone = true;
        }
        if let (Some(before), true, false) = (before, is_unreadable, open.is_gone) {
            // The system does not let it be read, or somebody is writing it: what was read last
            // stays until it can be read again, or is known to be gone.
            open.record = before.unsettled();
            open.record.failures = other_failures(before);
            open.verdict = Verdict::Same;
        } else {
            open.is_untouched &= open.verdict == Verdict::Same;
            if let Some(before) = before {
                filling.delete(before)?;
            }
        }
        if !open.is_gone {
            open.record.failures.push(FailedFile::from(failure.clone()));
            self.tell(failure, progress);
        }
        Ok(())
    }

    fn end(&mut self, n: usize) {
        if let Some(open) = self.open.remove(&n) {
            self.count(&open.record, open.verdict, self.comparison.before[n]);
            if !open.is_gone {
                self.files.push(Cow::Owned(open.record));
            }
        }
    }

    fn count(&mut self, record: &FileRecord, verdict: Verdict, before: Option<usize>) {
        let n = record.documents.len() as u64;
        let known = self.base.manifest.files.get(before.unwrap_or(usize::MAX));
        let known = known.map_or(&[][..], |known| &known.documents);
        match verdict {
            Verdict::Same => {}
            Verdict::Kept(from) if Some(from) != before => {
                self.counts.moved += n;
                self.counts.removed += known.len() as u64;
                self.moved.insert(from);
            }
            Verdict::Read | Verdict::Kept(_) => {
                let is_known = |document: &&DocumentRecord| {
                    known.iter().any(|other| other.member == document.member)
                };
                let changed = record.documents.iter().filter(is_known).count() as u64;
                self.counts.changed += changed;
                self.counts.added += n - changed;
                self.counts.removed += (known.len() as u64).saturating_sub(changed);
            }
        }
    }

    /// What the index holds at this moment, for a run that goes on if this one is killed.
    fn unfinished(&self) -> Manifest {
        let old = &self.base.manifest.files;
        let mut files = self.files.clone();
        for (n, before) in self.comparison.before.iter().enumerate() {
            let is_untouched = match self.open.get(&n) {
                Some(open) => open.is_untouched,
                None => !self.begun[n],
            };
            if let (true, Some(before)) = (is_untouched, before) {
                files.push(Cow::Owned(old[*before].unsettled()));
            }
        }
        let is_whole = |n: &&usize| !self.moved.contains(n) && !self.spent.contains(n);
        let gone = self.comparison.gone.iter().filter(is_whole);
        files.extend(gone.map(|n| Cow::Borrowed(&old[*n])));
        self.manifest(files, self.counts)
    }

    fn manifest(&self, mut files: Vec<Cow<'_, FileRecord>>, counts: Counts) -> Manifest {
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let mut head = Head {
            base: self.base.name.clone(),
            counts,
            ..self.head.clone()
        };
        if self.base.unfinished.is_some() {
            // What an earlier part of the run has read may have changed since.
            head.started = head.started.min(self.base.manifest.head.started);
        }
        let files = files.into_iter().map(Cow::into_owned).collect();
        Manifest { head, files }
    }

    /// Takes out of the index what is gone from the archive.
    pub(super) fn remove_gone(&mut self, filling: &mut Filling<'_>) -> Result<(), BuildError> {
        let mut doomed: Vec<DocumentId> = self.doomed.drain().map(|(id, _)| id).collect();
        doomed.sort_unstable();
        for id in doomed {
            filling.delete_document(id)?;
        }
        Ok(())
    }

    /// All that was counted. Of a build of everything each document is new.
    pub(super) fn counts(&self, documents: u64) -> Counts {
        if self.base.name.is_none() {
            return Counts {
                added: documents,
                ..Counts::default()
            };
        }
        let gone = self.comparison.gone.iter();
        let gone = gone.filter(|n| !self.moved.contains(n));
        let gone = gone.map(|n| self.base.manifest.files[*n].documents.len() as u64);
        Counts {
            removed: self.counts.removed + gone.sum::<u64>(),
            ..self.counts
        }
    }

    /// Documents that the index is to have.
    pub(super) fn n_documents(&self) -> u64 {
        let n_documents = self.files.iter().map(|file| file.documents.len() as u64);
        n_documents.sum()
    }

    /// Whether there is anything that a new generation would say otherwise.
    pub(super) fn is_worth_while(&self) -> bool {
        let old = &self.base.manifest;
        self.base.name.is_none()
            || self.base.unfinished.is_some()
            || self.retimed > MAX_RETIMED
            || self.counts(0).sum() > 0
            || self.head.unlisted != old.head.unlisted
            || failures(self.files.iter().map(Cow::as_ref)) != failures(old.files.iter())
    }

    /// Fills in what the run did.
    pub(super) fn tell_counts(&self, summary: &mut BuildSummary) {
        let documents = self.n_documents();
        let counts = self.counts(documents);
        summary.scanned = self.comparison.n_scanned();
        summary.added = counts.added;
        summary.changed = counts.changed;
        summary.moved = counts.moved;
        summary.removed = counts.removed;
        let done = counts.added + counts.changed + counts.moved;
        summary.unchanged = documents.saturating_sub(done);
    }

    /// What the generation is built of: as it is kept if the run is killed before it is published,
    /// and as it is published.
    pub(super) fn into_manifests(mut self) -> (Manifest, Manifest) {
        let counts = self.counts(self.n_documents());
        let files = std::mem::take(&mut self.files);
        let partial = self.manifest(files, counts);
        let head = Head {
            base: None,
            counts: Counts::default(),
            ..partial.head.clone()
        };
        let files = partial.files.clone();
        (partial, Manifest { head, files })
    }
}

/// All failures of files, in their order.
fn failures<'f>(files: impl Iterator<Item = &'f FileRecord>) -> Vec<&'f FailedFile> {
    let mut all: Vec<&FailedFile> = files.flat_map(|file| &file.failures).collect();
    all.sort_by_key(|failed| (&failed.path, &failed.detail));
    all
}

/// The failures of a file but for its not having been readable.
fn other_failures(file: &FileRecord) -> Vec<FailedFile> {
    let unreadable = FailureCode::Unreadable.name();
    let failures = file.failures.iter();
    let others = failures.filter(|failed| failed.path != file.path || failed.code != unreadable);
    others.cloned().collect()
}
