//! Generations: each build has a folder of its own, and one small file names the one being served.
//!
//! ```text
//! index/CURRENT                 name of the published generation
//! index/generations/NAME/       a tantivy index
//! index/generations/NAME/summary.json    figures; written last, so what has one is whole
//! index/generations/NAME/manifest.jsonl.zst  the files of the archive that it was built of
//! index/generations/NAME/checksums       of every file of the generation
//! index/generations/NAME/partial-N.jsonl.zst  how far a build is that is not done
//! index/lock                    held by the build that runs
//! ```

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::time::OffsetDateTime;
use tantivy::time::format_description::well_known::Rfc3339;

use super::checksums::{self, Checksums};
use super::disk::{Disk, NEW, System, create_folders, replace};
use super::manifest::{MANIFEST, Manifest};
use super::summary::BuildSummary;

/// The index folder.
#[derive(Clone, Debug)]
pub struct Generations {
    root: PathBuf,
    disk: Arc<dyn Disk>,
}

const CURRENT: &str = "CURRENT";
const SUMMARY: &str = "summary.json";
/// tantivy's lists of segments and of files.
pub(super) const LISTS: [&str; 2] = ["meta.json", ".managed.json"];
/// How the names of manifests of a build that is not done begin.
pub(super) const PARTIAL: &str = "partial-";

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

    /// What steps on the disk go through.
    pub(super) fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// Name of the published generation, if there is one. Where the file that names it is missing
    /// or damaged that is the newest whole one: nothing may take a full index for none.
    pub fn current(&self) -> io::Result<Option<String>> {
        if let Some(name) = self.named()? {
            return Ok(Some(name));
        }
        Ok(self.whole()?.pop())
    }

    /// The generation that the file for it names.
    pub(super) fn named(&self) -> io::Result<Option<String>> {
        match fs::read(self.root.join(CURRENT)) {
            Ok(bytes) => {
                let name = String::from_utf8_lossy(&bytes).trim().to_owned();
                Ok(Some(name).filter(|name| is_name(name)))
            }
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

    /// Those that were built to their end, from old to new.
    pub(super) fn whole(&self) -> io::Result<Vec<String>> {
        let mut names = self.names()?;
        names.retain(|name| self.is_whole(name));
        Ok(names)
    }

    /// What builds that were killed have left, from old to new.
    pub(super) fn unfinished(&self) -> io::Result<Vec<String>> {
        let mut names = self.names()?;
        names.retain(|name| !self.is_whole(name));
        Ok(names)
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
        create_folders(&*self.disk, &self.folder(&name))?;
        Ok(name)
    }

    /// Notes how far a build is, so that it can go on from here if it is killed. `n` is known to
    /// the index as well: see `filling.rs`.
    pub(super) fn checkpoint(&self, name: &str, n: u64, manifest: &Manifest) -> io::Result<()> {
        let path = self.partial_file(name, n);
        replace(&*self.disk, &path, &manifest.write()?)
    }

    /// How far a build was at its checkpoint `n`.
    pub(super) fn partial(&self, name: &str, n: u64) -> io::Result<Manifest> {
        Manifest::read(&self.partial_file(name, n))
    }

    fn partial_file(&self, name: &str, n: u64) -> PathBuf {
        self.folder(name).join(format!("{PARTIAL}{n}.jsonl.zst"))
    }

    /// Removes the checkpoints of a build but for `n`.
    pub(super) fn drop_checkpoints(&self, name: &str, n: Option<u64>) -> io::Result<()> {
        let kept = n.map(|n| self.partial_file(name, n));
        for entry in fs::read_dir(self.folder(name))? {
            let entry = entry?;
            let is_partial = entry.file_name().to_string_lossy().starts_with(PARTIAL);
            if is_partial && Some(entry.path()) != kept {
                self.disk.remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes files of an unfinished generation that have not got their names yet: ours, and those
    /// of tantivy.
    pub(super) fn drop_unnamed(&self, name: &str) -> io::Result<()> {
        for entry in fs::read_dir(self.folder(name))? {
            let path = entry?.path();
            let is_tantivys = path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(".tmp"));
            if is_tantivys || path.extension().is_some_and(|ending| ending == NEW) {
                self.disk.remove(&path)?;
            }
        }
        Ok(())
    }

    /// Writes the manifest of a generation, which these bytes are. Whoever may read it may read
    /// tantivy's lists as well, which are their writer's own otherwise: the server may be another user.
    pub(super) fn describe(&self, name: &str, manifest: &[u8]) -> io::Result<()> {
        let folder = self.folder(name);
        let path = folder.join(MANIFEST);
        self.disk.write(&path, manifest)?;
        let permissions = fs::metadata(&path)?.permissions();
        for list in LISTS.map(|list| folder.join(list)) {
            if list.exists() {
                fs::set_permissions(list, permissions.clone())?;
            }
        }
        Ok(())
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
        let text = serde_json::to_vec_pretty(summary)?;
        let sums = checksums::of_folder(&folder, known, (SUMMARY, &text))?;
        self.disk
            .write(&folder.join(checksums::FILE), &checksums::write(&sums))?;
        self.disk.sync_folder(&folder)?;
        // What has a summary is whole.
        replace(&*self.disk, &folder.join(SUMMARY), &text)?;
        self.point_to(&summary.generation)?;
        if let Err(error) = self.drop_checkpoints(&summary.generation, None) {
            tracing::warn!(%error, "checkpoints could not be removed");
        }
        Ok(())
    }

    /// Makes a generation the one being served.
    pub(super) fn point_to(&self, name: &str) -> io::Result<()> {
        replace(&*self.disk, &self.root.join(CURRENT), name.as_bytes())
    }

    /// Goes back to the newest generation before the one being served that `opens`; gives its name,
    /// or `None` where there is none. Only the holder of the lock calls this.
    pub(super) fn roll_back(&self, opens: impl Fn(&str) -> bool) -> io::Result<Option<String>> {
        let Some(current) = self.current()? else {
            return Ok(None);
        };
        let mut before = self.before(&current)?;
        while let Some(name) = &before {
            if opens(name) {
                self.point_to(name)?;
                break;
            }
            before = self.before(name)?;
        }
        Ok(before)
    }

    /// The whole generation before another.
    pub(super) fn before(&self, name: &str) -> io::Result<Option<String>> {
        let is_before = |other: &String| sequence(other) < sequence(name);
        Ok(self.whole()?.into_iter().rfind(is_before))
    }

    /// The summary of a generation.
    pub fn summary(&self, name: &str) -> io::Result<BuildSummary> {
        let bytes = fs::read(self.folder(name).join(SUMMARY))?;
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// Removes all whole generations but the `keep` newest and the one being served.
    /// Gives their names. Only the holder of the lock calls this.
    pub(super) fn remove_old(&self, keep: usize) -> io::Result<Vec<String>> {
        let current = self.current()?;
        let mut names = self.whole()?;
        names.truncate(names.len().saturating_sub(keep.max(1)));
        names.retain(|name| Some(name) != current.as_ref());
        for name in &names {
            self.discard(name)?;
        }
        Ok(names)
    }

    /// Removes the generations between two: what somebody went back from is not what was before.
    pub(super) fn remove_between(&self, before: &str, after: &str) -> io::Result<()> {
        for name in self.whole()? {
            if sequence(before) < sequence(&name) && sequence(&name) < sequence(after) {
                self.discard(&name)?;
            }
        }
        Ok(())
    }

    /// Removes the folder of a generation: first what says that it is whole, for this may be killed
    /// as well.
    pub(super) fn discard(&self, name: &str) -> io::Result<()> {
        let folder = self.folder(name);
        if self.is_whole(name) {
            self.disk.remove(&folder.join(SUMMARY))?;
            self.disk.sync_folder(&folder)?;
        }
        self.disk.remove_folder(&folder)
    }

    /// Removes a generation that was not published.
    pub(super) fn abandon(&self, name: &str) {
        if let Err(error) = self.discard(name) {
            tracing::warn!(%error, name, "an unfinished generation could not be removed");
        }
    }
}

/// The present time, RFC 3339, in whole seconds.
pub(super) fn now() -> String {
    in_rfc3339(OffsetDateTime::now_utc())
}

/// A time, RFC 3339, in whole seconds.
pub(super) fn in_rfc3339(time: OffsetDateTime) -> String {
    let whole = time.replace_nanosecond(0).unwrap_or(time);
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
        // A build that was killed counts for nothing.
        let next = generations.create().expect("can write");
        let unfinished = generations.unfinished().expect("readable");
        assert_eq!(unfinished, std::slice::from_ref(&next));
        assert_eq!(generations.whole().expect("readable"), names);
        generations.remove_old(2).expect("can remove");
        assert_eq!(generations.whole().expect("readable"), names[2..]);
        generations.abandon(&next);
        assert_eq!(generations.names().expect("readable"), names[2..]);
        // What cannot be opened is no place to go back to.
        let back = generations.roll_back(|_| false).expect("readable");
        assert_eq!(back, None);
        assert_eq!(
            generations.current().expect("readable").as_ref(),
            names.last()
        );
        let back = generations.roll_back(|_| true).expect("can write");
        assert_eq!(back.as_ref(), Some(&names[2]));
        assert_eq!(generations.current().expect("readable"), back);
        assert_eq!(generations.roll_back(|_| true).expect("readable"), None);
        // What follows is built upon that, and what was gone back from is no way back.
        let next = generations.create().expect("can write");
        let summary = BuildSummary {
            generation: next.clone(),
            ..BuildSummary::default()
        };
        let none = Checksums::default();
        generations.publish(&summary, &none).expect("can write");
        generations
            .remove_between(&names[2], &next)
            .expect("can remove");
        let left = generations.names().expect("readable");
        assert_eq!(left, [names[2].clone(), next]);
        // A name that is lost does not make an index none.
        for damage in [&b""[..], b"\xFF", b"../x"] {
            fs::write(dir.path().join("index/CURRENT"), damage).expect("can write");
            assert_eq!(
                generations.current().expect("readable"),
                left.last().cloned()
            );
        }
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
