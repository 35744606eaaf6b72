//! Compares the archive with what the generation before was built of: which files are as they were,
//! which are gone, and, while they are read, which have only moved.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use rustc_hash::{FxHashMap, FxHashSet};
use tantivy::DocAddress;

use super::manifest::{FileRecord, Manifest, hex};
use super::schema::Fields;
use super::{ids, store};
use crate::corpus::{
    Entry, Failure, FailureCode, Imprint, Kept, Known, Memory, Root, Verdict, Walk, imprint_of,
};
use crate::document::{DocumentId, Format};

/// A file that was changed this close to the start of a run may have been changed again within the
/// same tick of its file system's clock, in nanoseconds.
const RACY: i64 = 2_000_000_000;

/// What a run has to look at.
pub(super) struct Comparison {
    /// The archive, held since before it was listed.
    pub(super) root: Root,
    /// What could not even be listed.
    pub(super) failures: Vec<Failure>,
    /// Files that are as they were, by their numbers in the manifest.
    pub(super) same: Vec<usize>,
    /// Files in folders that cannot be listed though they are there.
    pub(super) unlisted: Vec<usize>,
    /// Files that are no longer there.
    pub(super) gone: Vec<usize>,
    /// Files that are new or may have changed, by path.
    pub(super) to_read: Vec<Entry>,
    /// What was at the path of each of these.
    pub(super) before: Vec<Option<usize>>,
}

impl Comparison {
    /// Compares what a walk through the archive has found with a manifest.
    pub(super) fn new(manifest: &Manifest, walk: Walk) -> Self {
        let Walk {
            root,
            entries,
            failures,
        } = walk;
        let files = &manifest.files;
        let hidden: FxHashSet<&str> = failures
            .iter()
            .filter(|failure| {
                failure.code == FailureCode::Unreadable && exists(&root.path().join(&failure.path))
            })
            .map(|failure| failure.path.as_str())
            .collect();
        let racy = manifest.head.started.saturating_sub(RACY);
        let mut there = vec![false; files.len()];
        let (mut same, mut to_read, mut before) = (Vec::new(), Vec::new(), Vec::new());
        // Both are in the order of paths.
        let mut next = 0;
        for entry in entries {
            let is_before = |file: &FileRecord| file.path < entry.path;
            while files.get(next).is_some_and(is_before) {
                next += 1;
            }
            let known = files.get(next).filter(|file| file.path == entry.path);
            let known = known.map(|_| next);
            if let Some(n) = known {
                there[n] = true;
            }
            match known {
                Some(n) if is_settled(&files[n], &entry, racy) => same.push(n),
                _ => {
                    to_read.push(entry);
                    before.push(known);
                }
            }
        }
        let missing = (0..files.len()).filter(|n| !there[*n]);
        let (unlisted, gone) = missing.partition(|n| is_in(&files[*n].path, &hidden));
        Self {
            root,
            failures,
            same,
            unlisted,
            gone,
            to_read,
            before,
        }
    }

    /// Files that were found, and what could not even be listed.
    pub(super) fn n_scanned(&self) -> u64 {
        (self.same.len() + self.to_read.len() + self.failures.len()) as u64
    }
}

/// Whether something is at a place, as far as the system lets it be known.
pub(super) fn exists(place: &Path) -> bool {
    let gone = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
    let metadata = fs::metadata(place);
    metadata.map_or_else(|error| !gone.contains(&error.kind()), |_| true)
}

/// Whether a path is one of some places or lies below one; the place `""` is the root.
fn is_in(path: &str, places: &FxHashSet<&str>) -> bool {
    let above = path.match_indices('/').map(|(at, _)| &path[..at]);
    !places.is_empty()
        && ["", path]
            .into_iter()
            .chain(above)
            .any(|place| places.contains(place))
}

/// Whether a file need not even be read to know that it is the same.
fn is_settled(record: &FileRecord, entry: &Entry, racy: i64) -> bool {
    let is_old = |modified: i64| modified != 0 && modified < racy;
    let beside = entry.sidecar.is_none_or(|stamp| is_old(stamp.modified));
    // What the system would not let be read may be let now, without any sign of it.
    let may_be_read_now = record
        .failures
        .iter()
        .any(|failure| failure.code == FailureCode::Unreadable.name());
    record.looks_like(entry.stamp, entry.sidecar)
        && is_old(entry.stamp.modified)
        && beside
        && !may_be_read_now
}

/// A generation that documents can be taken from.
pub(super) struct Stock {
    pub(super) searcher: tantivy::Searcher,
    pub(super) fields: Fields,
    /// Of each segment.
    pub(super) stores: Vec<store::Reader>,
}

impl Stock {
    /// What is stored of a document.
    pub(super) fn record(&self, address: DocAddress) -> io::Result<store::Record> {
        let store = self.stores.get(address.segment_ord as usize);
        let store = store.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        store.get(address.doc_id)
    }

    /// What the documents of a file were made of, at the path where it is now.
    fn kept(&self, record: &FileRecord, path: &str) -> Option<Vec<Kept>> {
        let mut all = Vec::with_capacity(record.documents.len());
        for document in &record.documents {
            let old = format!("{}{}", record.path, document.member);
            let id = DocumentId::of_path(&old);
            let address = ids::find(&self.searcher, self.fields.id, id).ok()??;
            let record = self.record(address).ok()?;
            all.push(Kept {
                path: format!("{path}{}", document.member),
                format: Format::of_name(&document.format)?,
                size: record.size,
                text: record.text,
                encoding: record.encoding,
                rejoined: record.rejoined,
                notes: record.notes,
            });
        }
        Some(all)
    }
}

/// Remembers what files held, for those that are read.
pub(super) struct Recall<'a> {
    manifest: &'a Manifest,
    comparison: &'a Comparison,
    stock: Option<Stock>,
    /// Files that are gone and gave documents, by hash: one of the same content has been moved.
    gone: Mutex<FxHashMap<&'a str, Vec<usize>>>,
}

impl<'a> Recall<'a> {
    pub(super) fn new(
        manifest: &'a Manifest,
        comparison: &'a Comparison,
        stock: Option<Stock>,
    ) -> Self {
        let mut gone: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        // Taken from the end, so that of files with one content the first moves to the first.
        for n in comparison.gone.iter().rev() {
            let file = &manifest.files[*n];
            if !file.documents.is_empty() && !file.hash.is_empty() {
                gone.entry(&file.hash).or_default().push(*n);
            }
        }
        Self {
            manifest,
            comparison,
            stock,
            gone: Mutex::new(gone),
        }
    }

    /// What is to be done with a file, as far as its imprint tells.
    fn verdict(&self, n: usize, imprint: &Imprint) -> Verdict {
        let hash = hex(imprint.hash);
        let entry = &self.comparison.to_read[n];
        if let Some(before) = self.comparison.before[n] {
            let record = &self.manifest.files[before];
            if record.hash == hash && record.sidecar_hash() == imprint.sidecar {
                return Verdict::Same;
            }
            if record.hash == hash && !record.documents.is_empty() {
                return Verdict::Kept(before);
            }
        }
        let mut gone = self.gone.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(files) = gone.get_mut(hash.as_str()) else {
            return Verdict::Read;
        };
        // The ending decides how a file is read.
        let alike = |n: &usize| ending(&self.manifest.files[*n].path) == ending(&entry.path);
        match files.iter().rposition(alike) {
            Some(at) => Verdict::Kept(files.remove(at)),
            None => Verdict::Read,
        }
    }

    /// The same for a run that only counts: reads the file, but nothing out of it.
    pub(super) fn look(&self, n: usize, limit: u64) -> Verdict {
        match imprint_of(&self.comparison.to_read[n], limit) {
            Some(imprint) => self.verdict(n, &imprint),
            None => Verdict::Read,
        }
    }
}

fn ending(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ending.to_ascii_lowercase()
}

impl Memory for Recall<'_> {
    fn known(&self, n: usize, imprint: &Imprint) -> Known {
        match self.verdict(n, imprint) {
            Verdict::Same => Known::Same,
            Verdict::Read => Known::Nothing,
            Verdict::Kept(from) => {
                let record = &self.manifest.files[from];
                let path = &self.comparison.to_read[n].path;
                let stock = self.stock.as_ref();
                match stock.and_then(|stock| stock.kept(record, path)) {
                    Some(kept) => Known::Kept(from, kept, failures(record, path)),
                    None => Known::Nothing,
                }
            }
        }
    }
}

/// The failures of a zip file's members, at the path where it is now. Those of other files come out
/// of composing them anew.
fn failures(record: &FileRecord, path: &str) -> Vec<Failure> {
    let old = &record.path;
    let of_member = |failure: &super::summary::FailedFile| {
        let member = failure.path.strip_prefix(old.as_str())?;
        let code = FailureCode::of_name(&failure.code)?;
        member.starts_with('/').then(|| Failure {
            path: format!("{path}{member}"),
            code,
            detail: failure.detail.clone(),
        })
    };
    record.failures.iter().filter_map(of_member).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_hold_what_is_below_them() {
        let places = FxHashSet::from_iter(["甲", "乙/丙"]);
        for (path, expected) in [
            ("甲", true),
            ("甲/一.txt", true),
            ("甲/二/一.txt", true),
            ("甲乙/一.txt", false),
            ("乙/一.txt", false),
            ("乙/丙/一.txt", true),
        ] {
            assert_eq!(is_in(path, &places), expected, "{path}");
        }
        assert!(is_in("一.txt", &FxHashSet::from_iter([""])));
        assert!(!is_in("一.txt", &FxHashSet::default()));
    }
}
