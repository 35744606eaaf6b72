//! Generations: each build has a folder of its own, and one small file names the one being served.
//!
//! ```text
//! index/CURRENT                 name of the published generation
//! index/generations/NAME/       a tantivy index
//! index/generations/NAME/summary.json
//! index/lock                    held by the build that runs
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tantivy::time::OffsetDateTime;
use tantivy::time::format_description::well_known::Rfc3339;

use crate::corpus::Failure;
use crate::document::Document;

/// The index folder.
#[derive(Clone, Debug)]
pub struct Generations {
    root: PathBuf,
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
    /// Counts a new document.
    pub(super) fn add(&mut self, document: &Document) {
        self.added += 1;
        self.paragraphs += document.text.matches('\n').count() as u64 + 1;
        self.characters += document.text.chars().count() as u64;
        let count = |counts: &mut BTreeMap<String, u64>, value: &str| {
            *counts.entry(value.to_owned()).or_default() += 1;
        };
        count(&mut self.formats, document.format.name());
        if !document.encoding.is_empty() {
            count(&mut self.encodings, &document.encoding);
        }
        if let Some(kind) = &document.origin.kind {
            count(&mut self.kinds, &kind.value);
        }
        if let Some(year) = &document.origin.year {
            count(&mut self.years, &year.value.to_string());
        }
    }
}

const CURRENT: &str = "CURRENT";
const SUMMARY: &str = "summary.json";

impl Generations {
    /// The generations in the index folder `root`, which need not exist yet.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
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

    /// Takes the lock of the index folder; `None` where another build holds it. The operating
    /// system frees it when the file is closed, by a crash too.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        fs::create_dir_all(&self.root)?;
        let path = self.root.join("lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Makes the folder of a new generation; gives its name. What builds that were killed have left
    /// is removed: only the holder of the lock calls this.
    pub(super) fn create(&self) -> io::Result<String> {
        for name in self.names()? {
            if !self.folder(&name).join(SUMMARY).exists() {
                fs::remove_dir_all(self.folder(&name))?;
            }
        }
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

    /// Writes the summary of a generation and makes it the one being served, in one step.
    pub(super) fn publish(&self, summary: &BuildSummary) -> io::Result<()> {
        let folder = self.folder(&summary.generation);
        write_synced(&folder.join(SUMMARY), &serde_json::to_vec_pretty(summary)?)?;
        sync_folder(&folder)?;
        sync_folder(&self.root.join("generations"))?;
        let temporary = self.root.join("CURRENT.new");
        write_synced(&temporary, summary.generation.as_bytes())?;
        fs::rename(&temporary, self.root.join(CURRENT))?;
        sync_folder(&self.root)
    }

    /// The summary of a generation.
    pub fn summary(&self, name: &str) -> io::Result<BuildSummary> {
        let bytes = fs::read(self.folder(name).join(SUMMARY))?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Removes all generations but the `keep` newest and the one being served.
    pub(super) fn remove_old(&self, keep: usize) -> io::Result<()> {
        let current = self.current()?;
        let names = self.names()?;
        let n_old = names.len().saturating_sub(keep.max(1));
        for name in &names[..n_old] {
            if Some(name) != current.as_ref() {
                fs::remove_dir_all(self.folder(name))?;
            }
        }
        Ok(())
    }

    /// Removes a generation that was not published.
    pub(super) fn abandon(&self, name: &str) {
        if let Err(error) = fs::remove_dir_all(self.folder(name)) {
            tracing::warn!(%error, name, "an unfinished generation could not be removed");
        }
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

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
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
            let lock = generations.lock().expect("can lock").expect("is free");
            assert!(generations.lock().expect("can try").is_none());
            let name = generations.create().expect("can write");
            let summary = BuildSummary {
                generation: name.clone(),
                ..BuildSummary::default()
            };
            generations.publish(&summary).expect("can write");
            assert_eq!(generations.current().expect("readable"), Some(name.clone()));
            names.push(name);
            drop(lock);
        }
        assert_eq!(generations.names().expect("readable"), names);
        // A build that was killed leaves no trace.
        generations.create().expect("can write");
        let next = generations.create().expect("can write");
        let left = generations.names().expect("readable");
        assert_eq!((&left[..4], &left[4..]), (&names[..], &[next.clone()][..]));
        generations.abandon(&next);
        generations.remove_old(2).expect("can remove");
        assert_eq!(generations.names().expect("readable"), names[2..]);
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
