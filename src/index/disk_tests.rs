//! Building, publishing and dropping generations on a disk that fails or loses power at every step.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::checksums::{self, Checksums};
use super::disk::{Disk, System, parent};
use super::generation::Generations;
use super::lock::Lock;
use super::manifest::{Head, Manifest};
use super::summary::BuildSummary;

#[derive(Clone, Debug)]
enum Operation {
    Write(PathBuf, Vec<u8>),
    Rename(PathBuf, PathBuf),
    Link(PathBuf, PathBuf),
    Create(PathBuf),
    Sync(PathBuf),
    Remove(PathBuf),
    RemoveFolder(PathBuf),
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
        if let Some((at, kind)) = self.fails_at
            && at == n
        {
            // What failed may have been done in part.
            if let Operation::Write(path, bytes) = &operation {
                System.write(path, &bytes[..bytes.len() / 2])?;
            }
            return Err(kind.into());
        }
        match &operation {
            Operation::Write(path, bytes) => System.write(path, bytes)?,
            Operation::Rename(from, to) => System.rename(from, to)?,
            Operation::Link(from, to) => System.link(from, to)?,
            Operation::Create(folder) => System.create_folder(folder)?,
            Operation::Sync(folder) => System.sync_folder(folder)?,
            Operation::Remove(path) => System.remove(path)?,
            Operation::RemoveFolder(folder) => System.remove_folder(folder)?,
        }
        self.done.lock().expect("is not poisoned").push(operation);
        Ok(())
    }
}

impl Disk for Recorder {
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.step(Operation::Write(path.to_owned(), bytes.to_owned()))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Operation::Rename(from.to_owned(), to.to_owned()))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(Operation::Link(from.to_owned(), to.to_owned()))
    }

    fn create_folder(&self, folder: &Path) -> io::Result<()> {
        self.step(Operation::Create(folder.to_owned()))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step(Operation::Sync(folder.to_owned()))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(Operation::Remove(path.to_owned()))
    }

    fn remove_folder(&self, folder: &Path) -> io::Result<()> {
        self.step(Operation::RemoveFolder(folder.to_owned()))
    }
}

/// What stands for a file of a segment, which generations share.
const SEGMENT: &str = "0123456789abcdef0123456789abcdef.store";

fn manifest() -> Manifest {
    Manifest {
        head: Head::new(BTreeMap::new(), 0),
        files: Vec::new(),
    }
}

/// Does what a run does to the disk beside what tantivy does: takes the lock, for which it makes the
/// index folder if there is none, begins with the generation before,
/// makes checkpoints, publishes, and drops what is old.
fn run(generations: &Generations) -> io::Result<String> {
    let _lock = Lock::take(generations, Duration::ZERO)?.expect("is free");
    for left in generations.unfinished()? {
        generations.discard(&left)?;
    }
    let before = generations.current()?;
    let name = generations.create()?;
    let segment = generations.folder(&name).join(SEGMENT);
    let disk = generations.disk();
    match &before {
        Some(before) => disk.link(&generations.folder(before).join(SEGMENT), &segment)?,
        None => disk.write(&segment, b"texts")?,
    }
    for n in 1..3 {
        generations.checkpoint(&name, n, &manifest())?;
        generations.drop_checkpoints(&name, Some(n))?;
    }
    let summary = BuildSummary {
        generation: name.clone(),
        ..BuildSummary::default()
    };
    generations.describe(&name, &manifest().write()?)?;
    let published = generations.publish(&summary, &Checksums::default());
    if published.is_err() && generations.current()?.as_ref() != Some(&name) {
        generations.abandon(&name);
    }
    published?;
    generations.remove_old(1)?;
    Ok(name)
}

/// The generation that is served. It, and all that say that they are whole, are proved to be.
fn served(root: &Path) -> Option<String> {
    let generations = Generations::new(root);
    for name in generations.whole().expect("can be listed") {
        let folder = generations.folder(&name);
        for (file, sum) in checksums::read(&folder).expect("is whole") {
            let now = checksums::of_file(&folder.join(&file));
            assert_eq!(now.ok(), Some(sum), "{name}/{file}");
        }
        generations.summary(&name).expect("is whole");
        generations.manifest(&name).expect("is whole");
    }
    let current = generations.current().expect("can be read");
    assert!(
        current
            .as_ref()
            .is_none_or(|name| generations.is_whole(name))
    );
    current
}

/// What a disk holds: the bytes of files, and nothing for folders.
type Tree = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// What the program sees, and what is certainly on the disk.
#[derive(Clone)]
struct Model {
    /// The folder that all of it lies in, and that is on the disk itself.
    base: PathBuf,
    seen: Tree,
    kept: Tree,
}

impl Model {
    fn apply(&mut self, operation: &Operation) {
        let seen = &mut self.seen;
        match operation {
            Operation::Write(path, bytes) => {
                seen.insert(path.clone(), Some(bytes.clone()));
            }
            Operation::Rename(from, to) => {
                let bytes = seen.remove(from).expect("was written");
                seen.insert(to.clone(), bytes);
            }
            Operation::Link(from, to) => {
                let bytes = seen[from].clone();
                seen.insert(to.clone(), bytes);
            }
            Operation::Create(folder) => {
                seen.insert(folder.clone(), None);
            }
            Operation::Remove(path) => {
                seen.remove(path);
            }
            Operation::RemoveFolder(folder) => seen.retain(|path, _| !path.starts_with(folder)),
            Operation::Sync(folder) => {
                let is_in = |path: &Path| parent(path) == folder;
                self.kept.retain(|path, _| !is_in(path));
                let there = seen.iter().filter(|(path, _)| is_in(path));
                let there = there.map(|(path, bytes)| (path.clone(), bytes.clone()));
                self.kept.extend(there);
            }
        }
    }

    /// What is left when the power goes: of the names that were changed since their folders were
    /// synced, those that `is_new` picks are on the disk.
    fn after(&self, mut is_new: impl FnMut() -> bool) -> Tree {
        let mut left = Tree::new();
        for path in self.seen.keys().chain(self.kept.keys()) {
            let (seen, kept) = (self.seen.get(path), self.kept.get(path));
            let bytes = if seen == kept || !is_new() {
                kept
            } else {
                seen
            };
            if let Some(bytes) = bytes {
                left.insert(path.clone(), bytes.clone());
            }
        }
        // What lies in a folder without a name cannot be found.
        let names: BTreeSet<PathBuf> = left.keys().cloned().collect();
        left.retain(|path, _| {
            let above = path.ancestors().skip(1);
            let mut above = above.take_while(|folder| *folder != self.base);
            above.all(|folder| names.contains(folder))
        });
        left
    }
}

fn tree(root: &Path) -> Tree {
    let entries = walkdir::WalkDir::new(root).into_iter();
    let paths = entries.map(|entry| entry.expect("can be listed").into_path());
    let bytes = |path: &Path| std::fs::read(path).ok();
    paths.map(|path| (path.clone(), bytes(&path))).collect()
}

/// Writes what is left somewhere else and gives what is served there.
fn served_of(left: &Tree, root: &Path) -> Option<String> {
    let elsewhere = tempfile::tempdir().expect("temporary folder");
    for (path, bytes) in left {
        let path = path.strip_prefix(root).expect("lies in the folder");
        let path = elsewhere.path().join("index").join(path);
        match bytes {
            None => std::fs::create_dir_all(path).expect("can write"),
            Some(bytes) => std::fs::write(path, bytes).expect("can write"),
        }
    }
    served(&elsewhere.path().join("index"))
}

/// Coins that fall the same every time.
struct Coins(u64);

impl Coins {
    fn head(&mut self) -> bool {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(99);
        self.0 >> 63 == 1
    }
}

/// Replays what was done up to each step, with a loss of power that leaves more or less of what was
/// not safe yet.
fn lose_power(before: &Tree, operations: &[Operation], root: &Path, expected: &[Option<String>]) {
    let mut coins = Coins(7);
    let mut model = Model {
        base: parent(root).to_owned(),
        seen: before.clone(),
        kept: before.clone(),
    };
    let mut last = None;
    let mut known = BTreeSet::new();
    for n in 0..=operations.len() {
        let mut left = vec![model.after(|| true), model.after(|| false)];
        left.extend((0..12).map(|_| model.after(|| coins.head())));
        if let Some(Operation::Write(path, bytes)) = operations.get(n) {
            let mut torn = model.clone();
            let half = Some(bytes[..bytes.len() / 2].to_vec());
            torn.seen.insert(path.clone(), half);
            left.extend((0..4).map(|_| torn.after(|| coins.head())));
            left.push(torn.after(|| true));
        }
        last = served_of(&left[1], root);
        left.retain(|left| known.insert(left.clone()));
        for left in &left {
            let serving = served_of(left, root);
            let step = operations.get(n);
            assert!(expected.contains(&serving), "{n}, {step:?}: {serving:?}");
        }
        if let Some(operation) = operations.get(n) {
            model.apply(operation);
        }
    }
    // What was acknowledged is on the disk.
    assert_eq!(Some(&last), expected.last());
}

#[test]
fn a_loss_of_power_leaves_the_new_generation_or_the_old() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let root = dir.path().join("index");
    let mut serving = None;
    // The first run, into nothing, and two that build upon the one before.
    for _ in 0..3 {
        let before = tree(dir.path())
            .into_iter()
            .filter(|(path, _)| path != dir.path())
            .collect();
        let recorder = Arc::new(Recorder::default());
        let new = run(&Generations::on(&root, recorder.clone())).expect("can write");
        let operations = recorder.done.lock().expect("is not poisoned").clone();
        assert!(operations.len() > 20);
        let expected = [serving, Some(new)];
        lose_power(&before, &operations, &root, &expected);
        let [_, new] = expected;
        serving = new;
    }
}

/// That these tests can fail: a program that leaves out what publishing depends on is found out.
#[test]
fn what_is_not_synced_is_noticed() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let root = dir.path().join("index");
    let old = run(&Generations::new(&root)).expect("can write");
    let before = tree(dir.path())
        .into_iter()
        .filter(|(path, _)| path != dir.path())
        .collect();
    let recorder = Arc::new(Recorder::default());
    let new = run(&Generations::on(&root, recorder.clone())).expect("can write");
    let operations = recorder.done.lock().expect("is not poisoned").clone();
    let expected = [Some(old.clone()), Some(new.clone())];
    let folder = |name: &String| root.join("generations").join(name);
    let last_of = |wanted: &Path| {
        let is_sync =
            |step: &Operation| matches!(step, Operation::Sync(folder) if folder == wanted);
        operations.iter().rposition(is_sync).expect("is synced")
    };
    for (what, at) in [
        (
            "the folder of the new generation",
            last_of(&root.join("generations")),
        ),
        ("its summary", last_of(&folder(&new))),
        ("the name of what is served", last_of(&root)),
        (
            "that the old one is not whole any more",
            last_of(&folder(&old)),
        ),
    ] {
        let mut without = operations.clone();
        without.remove(at);
        let replayed = AssertUnwindSafe(|| lose_power(&before, &without, &root, &expected));
        assert!(catch_unwind(replayed).is_err(), "{what}");
    }
}

#[test]
fn a_disk_that_fails_leaves_the_old_generation() {
    for kind in [io::ErrorKind::StorageFull, io::ErrorKind::Other] {
        let mut at = 0;
        loop {
            let dir = tempfile::tempdir().expect("temporary folder");
            let root = dir.path().join("index");
            let old = run(&Generations::new(&root)).expect("can write");
            let recorder = Arc::new(Recorder {
                fails_at: Some((at, kind)),
                ..Recorder::default()
            });
            let result = run(&Generations::on(&root, recorder.clone()));
            if recorder.n.load(Ordering::Relaxed) <= at {
                break;
            }
            let serving = served(&root);
            // Only steps that come after the new one has its name may leave that.
            if serving.as_ref() != Some(&old) {
                let named = recorder.done.lock().expect("is not poisoned");
                let is_name = |path: &Path| path == root.join("CURRENT");
                let is_named =
                    |step: &Operation| matches!(step, Operation::Rename(_, to) if is_name(to));
                assert!(named.iter().any(is_named), "{at}: {serving:?}, {result:?}");
            }
            // The next run is not in its way.
            let next = run(&Generations::new(&root)).expect("can write");
            assert_eq!(served(&root), Some(next));
            at += 1;
        }
        assert!(at > 20);
    }
}

#[test]
fn going_back_is_one_step() {
    let dir = tempfile::tempdir().expect("temporary folder");
    let root = dir.path().join("index");
    let first = run(&Generations::new(&root)).expect("can write");
    let second = {
        let generations = Generations::new(&root);
        let name = generations.create().expect("can write");
        let summary = BuildSummary {
            generation: name.clone(),
            ..BuildSummary::default()
        };
        let manifest = manifest().write().expect("can be written");
        generations.describe(&name, &manifest).expect("can write");
        generations
            .publish(&summary, &Checksums::default())
            .expect("can write");
        name
    };
    let before = tree(dir.path())
        .into_iter()
        .filter(|(path, _)| path != dir.path())
        .collect();
    let recorder = Arc::new(Recorder::default());
    let back = Generations::on(&root, recorder.clone()).roll_back(|_| true);
    assert_eq!(back.expect("can write"), Some(first.clone()));
    let operations = recorder.done.lock().expect("is not poisoned").clone();
    lose_power(&before, &operations, &root, &[Some(second), Some(first)]);
}
