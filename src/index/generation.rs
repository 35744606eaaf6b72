//! Generations: each build has a folder of its own, and one small file names the one being served.
//!
//! ```text
//! index/CURRENT                 name of the published generation
//! index/generations/NAME/       a tantivy index
//! index/generations/NAME/summary.json    figures; written last, so what has one is whole
//! index/generations/NAME/manifest.jsonl.zst  the files of the archive that it was built of
//! index/generations/NAME/checksums       of every file of the generation
//! index/generations/NAME/partial.jsonl   how far a build is that is not done
//! index/lock                    held by the build that runs
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::time::OffsetDateTime;
use tantivy::time::format_description::well_known::Rfc3339;

use super::checksums::{self, Checksums};
use super::disk::{Disk, System, replace};
use super::manifest::{DocumentRecord, MANIFEST, Manifest};
use crate::corpus::Failure;

/// The index folder.
#[derive(Clone, Debug)]
pub struct Generations {
    root: PathBuf,
    disk: Arc<dyn Disk>,
}

/// What a build did, kept beside what it built.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct BuildSummary {
    /// Name of the generation.
    pub generation: String,
    /// Files that were looked at.
    pub scanned: u64,
    /// New documents.
    pub added: u64,
    /// Documents with a new content.
    pub changed: u64,
    /// Documents with a new path.
    pub moved: u64,
    /// Documents that are gone.
    pub removed: u64,
    /// Documents that stayed as they were.
    pub unchanged: u64,
    /// Files that could not be read.
    pub failed: Vec<FailedFile>,
    /// Documents by character encoding.
    pub encodings: BTreeMap<String, u64>,
    /// Documents by kind of file.
    pub formats: BTreeMap<String, u64>,
    /// Documents by kind, 讲话 and others.
    pub kinds: BTreeMap<String, u64>,
    /// Documents by year.
    pub years: BTreeMap<String, u64>,
    /// How long it took.
    pub seconds: f64,
    /// Size of the index on disk.
    pub bytes: u64,
    /// When it was published, RFC 3339.
    pub built_at: String,
    /// Documents in the index.
    pub documents: u64,
    /// Paragraphs of all documents.
    pub paragraphs: u64,
    /// Characters of all documents.
    pub characters: u64,
    /// Units of all documents.
    pub units: u64,
}

/// A file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedFile {
    /// Relative to the archive.
    pub path: String,
    /// Kind of failure.
    pub code: String,
    /// For the person who has to mend it.
    pub detail: String,
}

impl From<Failure> for FailedFile {
    fn from(failure: Failure) -> Self {
        Self {
            path: failure.path,
            code: failure.code.name().to_owned(),
            detail: failure.detail,
        }
    }
}

impl BuildSummary {
    /// Adds the figures of a document.
    pub(super) fn add(&mut self, document: &DocumentRecord) {
        self.documents += 1;
        self.paragraphs += document.paragraphs;
        self.characters += document.characters;
        let count = |counts: &mut BTreeMap<String, u64>, value: &str| {
            *counts.entry(value.to_owned()).or_default() += 1;
        };
        count(&mut self.formats, &document.format);
        if !document.encoding.is_empty() {
            count(&mut self.encodings, &document.encoding);
        }
        if let Some(kind) = &document.kind {
            count(&mut self.kinds, kind);
        }
        if let Some(year) = document.year {
            count(&mut self.years, &year.to_string());
        }
    }
}

const CURRENT: &str = "CURRENT";
const SUMMARY: &str = "summary.json";
/// The manifest of a build that is not done.
const PARTIAL: &str = "partial.jsonl";

impl Generations {
    /// The generations in the index folder `root`, which need not exist yet.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            disk: Arc::new(System),
        }
    }

    /// The same on another disk.
    #[cfg(test)]
    pub(super) fn on(root: &Path, disk: Arc<dyn Disk>) -> Self {
        Self {
            root: root.to_owned(),
            disk,
        }
    }

    /// The index folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Name of the published generation, if there is one.
    pub fn current(&self) -> io::Result<Option<String>> {
        match fs::read_to_string(self.root.join(CURRENT)) {
            Ok(name) => Ok(Some(name.trim().to_owned()).filter(|name| is_name(name))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Folder of a generation.
    pub fn folder(&self, name: &str) -> PathBuf {
        self.root.join("generations").join(name)
    }

    /// What was built, by name from old to new.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        match fs::read_dir(self.root.join("generations")) {
            Ok(entries) => {
                for entry in entries {
                    let name = entry?.file_name().to_string_lossy().into_owned();
                    if is_name(&name) {
                        names.push(name);
                    }
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        names.sort_by_key(|name| sequence(name));
        Ok(names)
    }

    /// Whether a generation was built to its end.
    pub(super) fn is_whole(&self, name: &str) -> bool {
        self.folder(name).join(SUMMARY).exists()
    }

    /// Removes what builds that were killed have left, but for one that `keep` says can be resumed;
    /// gives that. Only the holder of the lock calls this.
    pub(super) fn clear(
        &self,
        keep: impl Fn(&Manifest) -> bool,
    ) -> io::Result<Option<(String, Manifest)>> {
        let mut kept = None;
        for name in self.names()?.into_iter().rev() {
            if self.is_whole(&name) {
                continue;
            }
            match Manifest::read(&self.folder(&name).join(PARTIAL)) {
                Ok(manifest) if kept.is_none() && keep(&manifest) => kept = Some((name, manifest)),
                _ => self.discard(&name)?,
            }
        }
        Ok(kept)
    }

    /// Makes the folder of a new generation; gives its name.
    pub(super) fn create(&self) -> io::Result<String> {
        let last = self.names()?.last().map_or(0, |name| sequence(name));
        let now = OffsetDateTime::now_utc();
        let name = format!(
            "{:04}{:02}{:02}T{:02}{:02}{:02}Z-{}",
            now.year(),
            u8::from(now.month()),
            now.day(),
            now.hour(),
            now.minute(),
            now.second(),
            last + 1
        );
        fs::create_dir_all(self.folder(&name))?;
        Ok(name)
    }

    /// Notes how far a build is, so that it can go on from here if it is killed.
    pub(super) fn checkpoint(&self, name: &str, manifest: &Manifest) -> io::Result<()> {
        let path = self.folder(name).join(PARTIAL);
        replace(&*self.disk, &path, &manifest.write()?)
    }

    /// Writes the manifest of a generation.
    pub(super) fn describe(&self, name: &str, manifest: &Manifest) -> io::Result<()> {
        let folder = self.folder(name);
        remove_file(&folder.join(PARTIAL))?;
        self.disk.write(&folder.join(MANIFEST), &manifest.write()?)
    }

    /// The manifest of a generation.
    pub(super) fn manifest(&self, name: &str) -> io::Result<Manifest> {
        Manifest::read(&self.folder(name).join(MANIFEST))
    }

    /// Writes the summary of a generation and makes it the one being served, in one step. `known`
    /// are checksums of files that it shares with another.
    ///
    /// Everything is on the disk before the one file that names the generation is, and that is
    /// replaced whole: after a crash the newest published generation is served, or the one before.
    pub(super) fn publish(&self, summary: &BuildSummary, known: &Checksums) -> io::Result<()> {
        let folder = self.folder(&summary.generation);
        open_to_readers(&folder)?;
        let text = serde_json::to_vec_pretty(summary)?;
        let sums = checksums::of_folder(&folder, known, (SUMMARY, &text))?;
        self.disk
            .write(&folder.join(checksums::FILE), &checksums::write(&sums))?;
        self.disk.sync_folder(&folder)?;
        // What has a summary is whole.
        replace(&*self.disk, &folder.join(SUMMARY), &text)?;
        self.disk.sync_folder(&self.root.join("generations"))?;
        self.point_to(&summary.generation)
    }

    /// Makes a generation the one being served.
    fn point_to(&self, name: &str) -> io::Result<()> {
        replace(&*self.disk, &self.root.join(CURRENT), name.as_bytes())
    }

    /// Goes back to the whole generation before the one being served; gives its name, or `None`
    /// where there is none. Only the holder of the lock calls this.
    pub(super) fn roll_back(&self) -> io::Result<Option<String>> {
        let Some(current) = self.current()? else {
            return Ok(None);
        };
        let before = self.before(&current)?;
        if let Some(name) = &before {
            self.point_to(name)?;
        }
        Ok(before)
    }

    /// The whole generation before another.
    pub(super) fn before(&self, name: &str) -> io::Result<Option<String>> {
        let is_before = |other: &String| sequence(other) < sequence(name) && self.is_whole(other);
        Ok(self.names()?.into_iter().rfind(is_before))
    }

    /// The summary of a generation.
    pub fn summary(&self, name: &str) -> io::Result<BuildSummary> {
        let bytes = fs::read(self.folder(name).join(SUMMARY))?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Removes all generations but the `keep` newest and the one being served.
    /// Gives their names. Only the holder of the lock calls this.
    pub(super) fn remove_old(&self, keep: usize) -> io::Result<Vec<String>> {
        let current = self.current()?;
        let mut removed = Vec::new();
        let names = self.names()?;
        let n_old = names.len().saturating_sub(keep.max(1));
        for name in &names[..n_old] {
            if Some(name) != current.as_ref() {
                self.discard(name)?;
                removed.push(name.clone());
            }
        }
        Ok(removed)
    }

    /// Removes the folder of a generation: first what says that it is whole or can be resumed, for
    /// this may be killed as well.
    fn discard(&self, name: &str) -> io::Result<()> {
        let folder = self.folder(name);
        remove_file(&folder.join(SUMMARY))?;
        remove_file(&folder.join(PARTIAL))?;
        fs::remove_dir_all(folder)
    }

    /// Removes a generation that was not published.
    pub(super) fn abandon(&self, name: &str) {
        if let Err(error) = self.discard(name) {
            tracing::warn!(%error, name, "an unfinished generation could not be removed");
        }
    }
}

/// What tantivy writes by way of temporary files is for their owner alone; an index is for whoever
/// may read its other files.
fn open_to_readers(folder: &Path) -> io::Result<()> {
    let Ok(usual) = fs::metadata(folder.join(MANIFEST)) else {
        return Ok(());
    };
    for name in ["meta.json", ".managed.json"] {
        match fs::set_permissions(folder.join(name), usual.permissions()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Removes a file if it is there.
fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The present time, RFC 3339, in whole seconds.
pub(super) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let whole = now.replace_nanosecond(0).unwrap_or(now);
    whole.format(&Rfc3339).unwrap_or_default()
}

/// Bytes of all files of a folder.
pub(super) fn folder_size(folder: &Path) -> io::Result<u64> {
    let mut size = 0;
    for entry in fs::read_dir(folder)? {
        size += entry?.metadata()?.len();
    }
    Ok(size)
}

fn sequence(name: &str) -> u64 {
    name.rsplit('-')
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}

fn is_name(name: &str) -> bool {
    let parts = name.split_once("Z-");
    parts.is_some_and(|(time, n)| {
        time.len() == 15
            && time.bytes().all(|b| b.is_ascii_digit() || b == b'T')
            && !n.is_empty()
            && n.bytes().all(|b| b.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishing_replaces_and_old_ones_go() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let generations = Generations::new(&dir.path().join("index"));
        assert_eq!(generations.current().expect("readable"), None);
        let mut names = Vec::new();
        for _ in 0..4 {
            let name = generations.create().expect("can write");
            let summary = BuildSummary {
                generation: name.clone(),
                ..BuildSummary::default()
            };
            generations
                .publish(&summary, &Checksums::default())
                .expect("can write");
            assert_eq!(generations.current().expect("readable"), Some(name.clone()));
            names.push(name);
        }
        assert_eq!(generations.names().expect("readable"), names);
        // A build that was killed leaves no trace.
        generations.create().expect("can write");
        assert_eq!(generations.clear(|_| true).expect("can remove"), None);
        let next = generations.create().expect("can write");
        let left = generations.names().expect("readable");
        assert_eq!((&left[..4], &left[4..]), (&names[..], &[next.clone()][..]));
        generations.abandon(&next);
        generations.remove_old(2).expect("can remove");
        assert_eq!(generations.names().expect("readable"), names[2..]);
        let back = generations.roll_back().expect("can write");
        assert_eq!(back.as_ref(), Some(&names[2]));
        assert_eq!(generations.current().expect("readable"), back);
        assert_eq!(generations.roll_back().expect("readable"), None);
    }

    #[test]
    fn a_name_leads_nowhere_else() {
        assert!(is_name("20261122T030001Z-7"));
        for name in [
            "..",
            "../../etc",
            "20261122T030001Z-",
            "20261122T030001Z-7/..",
            "",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }
}
