//! Publishing on a disk that fails or loses power at every step.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use super::checksums::{self, Checksums};
use super::disk::{Disk, System};
use super::generation::{BuildSummary, Generations};
use super::manifest::Manifest;

#[derive(Clone, Debug)]
enum Operation {
    Write(PathBuf, Vec<u8>),
    Rename(PathBuf, PathBuf),
    Sync(PathBuf),
}

/// Writes down what is done, and fails where it is told to.
#[derive(Debug, Default)]
struct Recorder {
    done: Mutex<Vec<Operation>>,
    fails_at: Option<(usize, io::ErrorKind)>,
    n: AtomicUsize,
}

impl Recorder {
    fn step(&self, operation: Operation) -> io::Result<()> {
        let n = self.n.fetch_add(1, Ordering::Relaxed);
        match self.fails_at {
            Some((at, kind)) if at == n => {
                // What failed may have been done in part.
                if let Operation::Write(path, bytes) = &operation {
                    System.write(path, &bytes[..bytes.len() / 2])?;
                }
                Err(kind.into())
            }
            _ => {
                self.done.lock().expect("is not poisoned").push(operation);
                Ok(())
            }
        }
    }
}

impl Disk for Recorder {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step(Operation::Write(path.to_owned(), bytes.to_owned()))?;
        System.write(path, bytes)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Operation::Rename(from.to_owned(), to.to_owned()))?;
        System.rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step(Operation::Sync(folder.to_owned()))?;
        System.sync_folder(folder)
    }
}

/// Publishes one more generation.
fn publish(generations: &Generations) -> io::Result<String> {
    let name = generations.create()?;
    let summary = BuildSummary {
        generation: name.clone(),
        ..BuildSummary::default()
    };
    generations.describe(&name, &Manifest::default())?;
    generations.publish(&summary, &Checksums::default())?;
    Ok(name)
}

/// The generation that is served, proved to be whole.
fn served(root: &Path) -> Option<String> {
    let generations = Generations::new(root);
    let name = generations.current().expect("can be read")?;
    let folder = generations.folder(&name);
    for (file, sum) in checksums::read(&folder).expect("is whole") {
        let now = checksums::of_file(&folder.join(&file)).expect("is there");
        assert_eq!(now, sum, "{name}/{file}");
    }
    generations.summary(&name).expect("is whole");
    Some(name)
}

/// Which names of files are on the disk when the power goes.
#[derive(Clone, Copy, Debug)]
enum Names {
    All,
    /// Those of folders that were synced since.
    Synced,
    /// The same, and all of the index folder, where the name of the generation is.
    SyncedAndTop,
}

/// The files after the first operations and a loss of power.
fn after(
    operations: &[Operation],
    names: Names,
    root: &Path,
    before: &BTreeMap<PathBuf, Vec<u8>>,
) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut seen = before.clone();
    let mut kept = before.clone();
    for operation in operations {
        match operation {
            Operation::Write(path, bytes) => {
                seen.insert(path.clone(), bytes.clone());
            }
            Operation::Rename(from, to) => {
                let bytes = seen.remove(from).expect("was written");
                seen.insert(to.clone(), bytes);
            }
            Operation::Sync(folder) => keep(&seen, &mut kept, folder),
        }
    }
    match names {
        Names::All => seen,
        Names::Synced => kept,
        Names::SyncedAndTop => {
            keep(&seen, &mut kept, root);
            kept
        }
    }
}

fn keep(seen: &BTreeMap<PathBuf, Vec<u8>>, kept: &mut BTreeMap<PathBuf, Vec<u8>>, folder: &Path) {
    let is_in = |path: &Path| path.parent() == Some(folder);
    kept.retain(|path, _| !is_in(path));
    let there = seen.iter().filter(|(path, _)| is_in(path));
    kept.extend(there.map(|(path, bytes)| (path.clone(), bytes.clone())));
}

fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = walkdir::WalkDir::new(root).into_iter();
    let paths = entries.map(|entry| entry.expect("can be listed").into_path());
    let paths = paths.filter(|path| path.is_file());
    paths
        .map(|path| {
            let bytes = std::fs::read(&path).expect("can be read");
            (path, bytes)
        })
        .collect()
}

#[test]
fn a_loss_of_power_leaves_the_new_generation_or_the_old() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let root = dir.path().join("index");
    let old = publish(&Generations::new(&root)).expect("can write");
    let before = files(&root);
    let recorder = Arc::new(Recorder::default());
    let new = publish(&Generations::on(&root, recorder.clone())).expect("can write");
    let operations = recorder.done.lock().expect("is not poisoned").clone();
    assert!(operations.len() > 6);
    let mut last = None;
    for n in 0..=operations.len() {
        for names in [Names::All, Names::Synced, Names::SyncedAndTop] {
            let left = after(&operations[..n], names, &root, &before);
            let elsewhere = tempfile::tempdir().expect("temporary folder");
            for (path, bytes) in left {
                let path = path.strip_prefix(dir.path()).expect("lies in the folder");
                let path = elsewhere.path().join(path);
                std::fs::create_dir_all(path.parent().expect("has one")).expect("can write");
                std::fs::write(path, bytes).expect("can write");
            }
            let serving = served(&elsewhere.path().join("index"));
            assert!(
                serving.as_ref() == Some(&old) || serving.as_ref() == Some(&new),
                "{n} {names:?}: {serving:?}"
            );
            last = serving;
        }
    }
    assert_eq!(last, Some(new));
}

#[test]
fn a_disk_that_fails_leaves_the_old_generation() {
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::Other] {
        let mut at = 0;
        loop {
            let dir = tempfile::tempdir().expect("temporary folder");
            let root = dir.path().join("index");
            let old = publish(&Generations::new(&root)).expect("can write");
            let recorder = Recorder {
                fails_at: Some((at, kind)),
                ..Recorder::default()
            };
            let result = publish(&Generations::on(&root, Arc::new(recorder)));
            let serving = served(&root);
            if result.is_ok() {
                break;
            }
            // Only the very last step, which makes the name of the new one durable, comes too late.
            let current = Generations::new(&root).current().expect("can be read");
            assert!(serving == Some(old) || current == serving);
            // The next run is not in its way.
            let next = publish(&Generations::new(&root)).expect("can write");
            assert_eq!(served(&root), Some(next));
            at += 1;
        }
        assert!(at > 6);
    }
}
