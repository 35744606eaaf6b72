//! Runs of the indexer that something comes between: the archive goes away while it is read, files
//! cannot be read for a time, the run is stopped. What was known stays, and the next run goes on.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use yicha::corpus::{self, Failure, WalkError};
use yicha::document::DocumentId;
use yicha::index::{
    self, BuildError, Extent, Options, Progress, Reader, Rebuild, Run, Step, check, update,
};
use yicha::search::Searcher;

struct Place {
    folder: TempDir,
}

/// Renames the archive when so many files have been read, and listens.
#[derive(Default)]
struct Meddler {
    at: Option<u64>,
    root: PathBuf,
    resumed: Cell<Option<u64>>,
    failed: RefCell<Vec<String>>,
}

impl Progress for Meddler {
    fn step(&self, step: Step) {
        if let Step::Reading { done, .. } = step
            && Some(done) == self.at
        {
            fs::rename(&self.root, self.root.with_extension("away")).expect("can be renamed");
            // What an unmounted share leaves.
            fs::create_dir(&self.root).expect("can write");
        }
    }

    fn failed(&self, failure: &Failure) {
        self.failed.borrow_mut().push(failure.path.clone());
    }

    fn rebuilding(&self, why: &Rebuild) {
        assert_eq!(*why, Rebuild::Asked);
    }

    fn resuming(&self, documents: u64) {
        self.resumed.set(Some(documents));
    }
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("temporary folder"),
        }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("corpus")
    }

    fn write(&self, path: &str, text: &str) {
        let file = self.root().join(path);
        fs::create_dir_all(file.parent().expect("lies in the folder")).expect("can write");
        fs::write(file, text).expect("can write");
    }

    fn write_many(&self, folder: &str, n: usize) {
        for n in 0..n {
            self.write(
                &format!("{folder}/{n}.txt"),
                &format!("第{n}号\n{folder}的水渠要修，编号{n}。"),
            );
        }
    }

    fn index(&self) -> index::Settings {
        index::Settings {
            path: self.folder.path().join("index"),
            threads: 1,
            // As many checkpoints as can be.
            checkpoint_seconds: 0,
            ..index::Settings::default()
        }
    }

    fn run(&self, options: &Options, progress: &Meddler) -> Result<Run, BuildError> {
        let mut archive = corpus::Archive::default();
        archive.corpus.path = self.root();
        let options = Options {
            // A process that another test starts right now has the lock of a run before until it is
            // another program.
            wait: Duration::from_secs(30),
            ..options.clone()
        };
        update(&archive, &self.index(), &options, progress)
    }

    /// A run that nothing comes between: added, changed, moved, removed, unchanged.
    fn counts(&self) -> ([u64; 5], Meddler) {
        let progress = Meddler::default();
        let summary = self
            .run(&Options::default(), &progress)
            .expect("runs")
            .summary;
        let counts = [
            summary.added,
            summary.changed,
            summary.moved,
            summary.removed,
            summary.unchanged,
        ];
        self.check(summary.documents);
        (counts, progress)
    }

    /// A run in which the archive goes away; it is back afterwards.
    fn interrupted(&self, at: u64, options: &Options) -> BuildError {
        let progress = Meddler {
            at: Some(at),
            root: self.root(),
            ..Meddler::default()
        };
        let error = self.run(options, &progress).expect_err("is refused");
        let removed = fs::remove_dir(self.root());
        assert!(removed.is_ok(), "the archive did not go away: {error:?}");
        fs::rename(self.root().with_extension("away"), self.root()).expect("can be renamed");
        error
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.index().path).expect("can be read")
    }

    /// Proves the index, and that no unfinished one is left.
    fn check(&self, documents: u64) {
        let root = self.index().path;
        let mut archive = corpus::Archive::default();
        archive.corpus.path = self.root();
        let extent = Extent {
            sample: 20,
            archive: Some(&archive),
        };
        let proof = check(&root, extent, &|_| {}).expect("can be read");
        assert_eq!(proof.problems, Vec::<String>::new());
        assert_eq!(proof.documents, documents);
        for folder in fs::read_dir(root.join("generations")).expect("is there") {
            let folder = folder.expect("can be listed").path();
            assert!(folder.join("summary.json").exists());
            let names = fs::read_dir(folder).expect("is there").flatten();
            let mut names = names.map(|name| name.file_name().to_string_lossy().into_owned());
            let is_left = |name: &String| {
                let begins = [".tmp", "partial-"];
                begins.iter().any(|begin| name.starts_with(begin)) || name.contains(".new")
            };
            assert_eq!(names.find(is_left), None);
        }
    }

    fn text(&self, path: &str) -> Option<String> {
        let document = self.reader().document(DocumentId::of_path(path), None);
        document.ok().map(|document| document.text)
    }
}

fn rebuild() -> Options {
    Options {
        rebuild: true,
        ..Options::default()
    }
}

#[test]
fn a_first_build_goes_on_when_the_archive_is_back() {
    let place = Place::new();
    place.write_many("甲", 300);
    let error = place.interrupted(200, &Options::default());
    assert!(
        matches!(error, BuildError::Walk(WalkError::Lost)),
        "{error}"
    );
    assert!(error.is_refusal());
    assert!(Reader::open(&place.index().path).is_err());
    // What a run leaves that is killed while it writes.
    let generations = fs::read_dir(place.index().path.join("generations")).expect("is there");
    for folder in generations {
        let folder = folder.expect("can be listed").path();
        for name in [".tmpAb12Cd", "partial-9.jsonl.zst.new", "summary.json.new"] {
            fs::write(folder.join(name), "half").expect("can write");
        }
    }
    let (counts, progress) = place.counts();
    assert_eq!(counts, [300, 0, 0, 0, 0]);
    let resumed = progress.resumed.get().expect("goes on");
    // How far it got is up to the clock: files are read ahead, and checkpoints keep a distance.
    assert!((1..300).contains(&resumed), "{resumed}");
}

#[test]
fn a_daily_run_goes_on_too() {
    let place = Place::new();
    place.write_many("甲", 40);
    place.write_many("乙", 200);
    assert_eq!(place.counts().0, [240, 0, 0, 0, 0]);
    // A folder moves, some files change, some go, some are new.
    fs::rename(place.root().join("乙"), place.root().join("丁")).expect("can be renamed");
    place.write_many("丙", 200);
    for n in 0..10 {
        place.write(&format!("甲/{n}.txt"), &format!("改后的第{n}号"));
        fs::remove_file(place.root().join(format!("甲/3{n}.txt"))).expect("can remove");
    }
    let served = || place.reader().stats().expect("can be told").index;
    let before = served();
    for at in [150, 120] {
        let error = place.interrupted(at, &Options::default());
        assert!(
            matches!(error, BuildError::Walk(WalkError::Lost)),
            "{error}"
        );
        assert_eq!(served(), before);
    }
    let (counts, progress) = place.counts();
    assert!(progress.resumed.get().is_some());
    // What was read but not safe yet is new to the run that goes on, even if it was changed.
    let [added, changed, moved, removed, unchanged] = counts;
    assert_eq!(
        (added + changed, moved, removed, unchanged),
        (210, 200, 10, 20)
    );
    assert!((200..=202).contains(&added), "{counts:?}");
    assert_eq!(place.text("甲/3.txt").as_deref(), Some("改后的第3号"));
    assert_eq!(place.text("乙/3.txt"), None);
    assert!(place.text("丁/3.txt").is_some());
    assert_eq!(place.counts().0, [0, 0, 0, 0, 430]);
}

#[test]
fn a_run_that_goes_on_sees_what_has_changed_meanwhile() {
    let place = Place::new();
    place.write_many("甲", 200);
    place.counts();
    place.write_many("乙", 200);
    place.write("甲/1.txt", "改过一次");
    place.interrupted(150, &Options::default());
    // Files that the stopped run has read, has not read, and has found as they were.
    place.write("甲/1.txt", "第1号\n甲的水渠要修，编号1。");
    place.write("甲/2.txt", "又改了");
    place.write("乙/0.txt", "乙也改了");
    fs::remove_file(place.root().join("乙/1.txt")).expect("can remove");
    fs::remove_file(place.root().join("甲/5.txt")).expect("can remove");
    let (_, progress) = place.counts();
    assert!(progress.resumed.get().is_some());
    assert_eq!(
        place.text("甲/1.txt").as_deref(),
        Some("第1号\n甲的水渠要修，编号1。")
    );
    assert_eq!(place.text("甲/2.txt").as_deref(), Some("又改了"));
    assert_eq!(place.text("乙/0.txt").as_deref(), Some("乙也改了"));
    assert_eq!(
        (place.text("乙/1.txt"), place.text("甲/5.txt")),
        (None, None)
    );
}

#[test]
fn only_a_run_that_does_the_same_goes_on() {
    let place = Place::new();
    place.write_many("甲", 200);
    place.counts();
    place.write_many("乙", 200);
    place.interrupted(150, &Options::default());
    // Everything anew has nothing to go on from, and the other way round.
    place.interrupted(150, &rebuild());
    let progress = Meddler::default();
    place.run(&rebuild(), &progress).expect("runs");
    assert!(progress.resumed.get().is_some_and(|n| n < 400));
    place.write_many("丙", 200);
    place.interrupted(150, &rebuild());
    let (counts, progress) = place.counts();
    assert_eq!(
        (counts, progress.resumed.get()),
        ([200, 0, 0, 0, 400], None)
    );
}

#[test]
fn an_empty_archive_is_refused_at_the_first_run_too() {
    let place = Place::new();
    fs::create_dir(place.root()).expect("can write");
    let refused = place.run(&Options::default(), &Meddler::default());
    assert!(matches!(
        refused,
        Err(BuildError::ArchiveEmpty { documents: 0 })
    ));
    let options = Options {
        max_shrink: Some(100),
        ..Options::default()
    };
    let run = place.run(&options, &Meddler::default()).expect("is meant");
    assert_eq!(run.summary.documents, 0);
}

#[test]
fn a_damaged_summary_does_not_open_the_guard() {
    let place = Place::new();
    place.write_many("甲", 50);
    place.counts();
    let current = fs::read_to_string(place.index().path.join("CURRENT")).expect("is there");
    let folder = place.index().path.join("generations").join(current);
    fs::write(folder.join("summary.json"), "{").expect("can write");
    for n in 10..50 {
        fs::remove_file(place.root().join(format!("甲/{n}.txt"))).expect("can remove");
    }
    let progress = Meddler::default();
    let mut archive = corpus::Archive::default();
    archive.corpus.path = place.root();
    let refused = update(&archive, &place.index(), &rebuild(), &progress);
    assert!(matches!(
        refused,
        Err(BuildError::Shrunk {
            before: 50,
            now: 10,
            ..
        })
    ));
}

/// What the system does not let be read; done in a process that is not the administrator's.
#[cfg(unix)]
mod unreadable {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use serde_json::Value;

    use super::{Path, Place, fs};

    const NOBODY: u32 = 65534;

    fn permit(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("can be set");
    }

    /// Runs `index`; gives the exit status, the summary and what it told. `None` where the program
    /// cannot be run as another.
    fn index(place: &Place) -> Option<(i32, Value, String)> {
        let probe = place.folder.path().join("probe");
        fs::write(&probe, "").expect("can write");
        permit(&probe, 0);
        let mut command = Command::new(env!("CARGO_BIN_EXE_yicha"));
        command
            .args(["index", "--json"])
            .current_dir(place.folder.path())
            .stdin(Stdio::null());
        if fs::File::open(&probe).is_ok() {
            // Nothing is hidden from the administrator.
            permit(place.folder.path(), 0o777);
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().ok()?;
        let summary = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        Some((output.status.code()?, summary, told))
    }

    fn count(summary: &Value) -> [u64; 5] {
        let names = ["added", "changed", "moved", "removed", "unchanged"];
        names.map(|name| summary[name].as_u64().expect("is a number"))
    }

    #[test]
    fn what_was_read_before_stays_until_it_can_be_read_again() {
        let place = Place::new();
        place.write_many("甲", 20);
        place.write_many("乙", 20);
        let Some((status, _, told)) = index(&place) else {
            return;
        };
        assert_eq!(status, 0, "{told}");
        // A file that is changed and closed, one that is new and closed, a folder that is closed.
        place.write("甲/1.txt", "改过的一号");
        place.write("甲/新.txt", "新的");
        let closed = ["甲/1.txt", "甲/新.txt", "乙"].map(|path| place.root().join(path));
        for path in &closed {
            permit(path, 0);
        }
        let (status, summary, told) = index(&place).expect("could be run");
        assert_eq!((status, count(&summary)), (4, [0, 0, 0, 0, 40]), "{told}");
        let failed = summary["failed"].as_array().expect("is a list").clone();
        let failed: Vec<&Value> = failed.iter().map(|one| &one["path"]).collect();
        assert_eq!(failed, ["乙", "甲/1.txt", "甲/新.txt"]);
        for name in ["甲/新.txt", "甲/1.txt", "乙"] {
            let line = format!("未能读取 {name}：没有读取权限（unreadable）");
            assert!(told.contains(&line), "{told}");
        }
        assert!(place.text("甲/1.txt").expect("is there").contains("编号1"));
        assert!(place.text("乙/1.txt").is_some());
        place.check(40);
        // The same again is no news: nothing is published, and nothing told but the count.
        let (status, summary, told) = index(&place).expect("could be run");
        assert_eq!((status, count(&summary)), (0, [0, 0, 0, 0, 40]), "{told}");
        assert!(!told.contains("甲/新.txt"), "{told}");
        // No time of theirs changes when they can be read again.
        for path in &closed {
            permit(path, 0o755);
        }
        let (status, summary, told) = index(&place).expect("could be run");
        assert_eq!((status, count(&summary)), (0, [1, 1, 0, 0, 39]), "{told}");
        assert_eq!(place.text("甲/1.txt").as_deref(), Some("改过的一号"));
        place.check(41);
    }

    #[test]
    fn whoever_only_reads_an_index_needs_no_right_to_write() {
        let place = Place::new();
        place.write_many("甲", 5);
        let run = |arguments: &[&str], is_nobody: bool| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_yicha"));
            command
                .args(arguments)
                .current_dir(place.folder.path())
                .stdin(Stdio::null());
            if is_nobody {
                command.uid(NOBODY).gid(NOBODY);
            }
            command.output().ok()
        };
        assert!(run(&["index"], false).is_some_and(|output| output.status.success()));
        permit(place.folder.path(), 0o755);
        let current = fs::read_to_string(place.index().path.join("CURRENT")).expect("is there");
        let generations = place.index().path.join("generations");
        permit(&generations.join(current), 0o555);
        // The administrator may write all the same; whoever is none cannot become another.
        let is_administrator = fs::File::create(generations.join("probe")).is_ok();
        let Some(output) = run(&["search", "水渠", "--limit", "1"], is_administrator) else {
            return;
        };
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{told}");
    }

    #[test]
    fn a_sidecar_is_read_when_it_can_be() {
        let place = Place::new();
        place.write_many("甲", 5);
        place.write("甲/1.txt.meta.toml", "year = 2019\n");
        let sidecar = place.root().join("甲/1.txt.meta.toml");
        permit(&sidecar, 0);
        let Some((status, summary, told)) = index(&place) else {
            return;
        };
        assert_eq!(
            (status, &summary["failed"][0]["code"]),
            (4, &"unreadable".into()),
            "{told}"
        );
        assert_eq!(index(&place).expect("could be run").0, 0);
        permit(&sidecar, 0o644);
        let (status, summary, told) = index(&place).expect("could be run");
        assert_eq!((status, count(&summary)), (0, [0, 1, 0, 0, 4]), "{told}");
    }
}
