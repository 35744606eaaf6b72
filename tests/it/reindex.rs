//! Runs that change only what changed: what they count, what they leave alone, what they refuse, and
//! that a run which is killed leaves an index that answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tempfile::TempDir;
use yicha::corpus::Archive;
use yicha::index::{Extent, check};

/// A folder with an archive and its index.
struct Place {
    folder: TempDir,
}

impl Place {
    /// Some documents, changed long ago, and their index.
    fn indexed() -> Self {
        let place = Self {
            folder: tempfile::tempdir().expect("temporary folder"),
        };
        for n in 0..12 {
            let text = format!("第{n}号通知\n各单位要抓好河道清淤工作，责任到人。编号{n}。");
            place.write(&format!("2023/{n}.txt"), text);
        }
        place.write("2022/总结.txt", "年度总结\n园区道路已经修好。");
        place.write("图.jpg", b"\xFF\xD8\xFF");
        let made = place.index(&[], 4);
        assert_eq!(made["added"], 13);
        place
    }

    fn corpus(&self, path: &str) -> PathBuf {
        self.folder.path().join("corpus").join(path)
    }

    /// Writes a file that looks as if it was written long ago.
    fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let file = self.corpus(path);
        fs::create_dir_all(file.parent().expect("lies in the folder")).expect("can write");
        fs::write(&file, content).expect("can write");
        self.age(path, 1000);
    }

    fn age(&self, path: &str, seconds: u64) {
        let then = SystemTime::now() - Duration::from_secs(seconds);
        let file = fs::File::options()
            .write(true)
            .open(self.corpus(path))
            .expect("is there");
        file.set_modified(then).expect("can be set");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yicha"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("YICHA_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs `index --json` with more arguments; gives its summary, or nothing where it has none.
    fn index(&self, arguments: &[&str], status: i32) -> Value {
        let arguments = [&["index", "--json"][..], arguments].concat();
        let output = self.command(&arguments).output().expect("can be run");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {told}");
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }

    fn status(&self, arguments: &[&str]) -> Option<i32> {
        let output = self.command(arguments).output().expect("can be run");
        output.status.code()
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("index")
    }

    /// Proves the index.
    fn check(&self) {
        let mut archive = Archive::default();
        archive.corpus.path = self.corpus("");
        let extent = Extent {
            sample: 30,
            archive: Some(&archive),
        };
        let proof = check(&self.root(), extent, &|_| {}).expect("can be read");
        assert_eq!(proof.problems, Vec::<String>::new());
        assert!(proof.reread > 0, "{} left out", proof.left_out);
    }

    /// Documents in which a phrase is.
    fn found(&self, phrase: &str) -> u64 {
        let q = format!("\"{phrase}\"");
        let output = self.command(&["search", &q, "--json"]).output();
        let value: Value =
            serde_json::from_slice(&output.expect("can be run").stdout).expect("is JSON");
        value["total"]["documents"].as_u64().expect("is a number")
    }
}

/// Every file of a folder with its size and its last change.
fn state(folder: &Path) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.expect("can be listed");
        let metadata = entry.metadata().expect("can be read");
        let changed = metadata.modified().expect("is known");
        files.insert(entry.path().to_owned(), (metadata.len(), changed));
    }
    files
}

/// Compares what a run did: added, changed, moved, removed, unchanged.
fn check_counts(summary: &Value, expected: [u64; 5]) {
    let names = ["added", "changed", "moved", "removed", "unchanged"];
    let got = names.map(|name| summary[name].as_u64().expect("is a number"));
    assert_eq!(got, expected, "{summary}");
}

#[test]
fn nothing_to_do_touches_nothing() {
    let place = Place::indexed();
    let before = state(&place.root());
    let run = place.index(&[], 0);
    check_counts(&run, [0, 0, 0, 0, 13]);
    let current = fs::read_to_string(place.root().join("CURRENT")).expect("is there");
    assert_eq!(run["generation"], current);
    assert_eq!(run["failed"][0]["path"], "图.jpg");
    // A file that was only touched is the same.
    place.age("2023/3.txt", 500);
    check_counts(&place.index(&[], 0), [0, 0, 0, 0, 13]);
    check_counts(&place.index(&["--dry-run"], 0), [0, 0, 0, 0, 13]);
    assert_eq!(state(&place.root()), before);
}

#[test]
fn only_what_changed_is_done() {
    let place = Place::indexed();
    place.write("2023/0.txt", "第0号通知\n改为抓好堤坝加固工作。");
    place.write("2024/新.txt", "新的通知\n堤坝加固要快。");
    fs::remove_file(place.corpus("2023/1.txt")).expect("can remove");
    fs::create_dir_all(place.corpus("存档")).expect("can write");
    fs::rename(place.corpus("2022"), place.corpus("存档/2021年")).expect("can be renamed");
    let expected = [1, 1, 1, 1, 10];
    check_counts(&place.index(&["--dry-run"], 0), expected);
    let before = place.root().join("generations");
    let first = state(&before);
    check_counts(&place.index(&[], 4), expected);
    let now = state(&before);
    let kept = first.keys().filter(|path| path.is_file());
    for path in kept {
        assert_eq!(first[path], now[path], "{}", path.display());
    }
    assert_eq!(place.found("堤坝加固"), 2);
    assert_eq!(place.found("河道清淤"), 10);
    place.check();
    // What comes from the path is derived again.
    let output = place.command(&["search", "year:2021", "--json"]).output();
    let value: Value = serde_json::from_slice(&output.expect("can be run").stdout).expect("JSON");
    assert_eq!(value["hits"][0]["path"], "存档/2021年/总结.txt");
    check_counts(&place.index(&[], 0), [0, 0, 0, 0, 13]);
    // Figures are those of a new build.
    let stats = |place: &Place| -> Value {
        let output = place.command(&["stats", "--json"]).output();
        serde_json::from_slice(&output.expect("can be run").stdout).expect("is JSON")
    };
    let after = stats(&place);
    place.index(&["--rebuild"], 4);
    let anew = stats(&place);
    for name in [
        "paragraphs",
        "characters",
        "formats",
        "encodings",
        "types",
        "years",
    ] {
        assert_eq!(after[name], anew[name], "{name}");
    }
}

#[test]
fn a_sidecar_counts_as_a_change() {
    let place = Place::indexed();
    place.write("2022/总结.txt.meta.toml", "year = 2019\n");
    check_counts(&place.index(&[], 4), [0, 1, 0, 0, 12]);
    check_counts(&place.index(&[], 0), [0, 0, 0, 0, 13]);
    let year = |year: &str| place.status(&["search", &format!("year:{year} 总结")]);
    assert_eq!((year("2019"), year("2022")), (Some(0), Some(1)));
    fs::remove_file(place.corpus("2022/总结.txt.meta.toml")).expect("can remove");
    check_counts(&place.index(&[], 4), [0, 1, 0, 0, 12]);
    assert_eq!((year("2019"), year("2022")), (Some(1), Some(0)));
}

#[test]
fn many_small_runs_keep_few_segments() {
    let place = Place::indexed();
    for n in 0..12 {
        place.write(
            &format!("每日/{n}.txt"),
            format!("每日{n}\n巡查河道清淤情况。"),
        );
        let removed = [1, 0][n % 2];
        if removed == 1 {
            fs::remove_file(place.corpus(&format!("2023/{n}.txt"))).expect("can remove");
        }
        let run = place.index(&["--max-shrink", "100"], 4);
        assert_eq!(
            (&run["added"], &run["removed"]),
            (&1.into(), &removed.into())
        );
    }
    assert_eq!(place.found("河道清淤"), 18);
    place.check();
    let current = fs::read_to_string(place.root().join("CURRENT")).expect("is there");
    let files = state(&place.root().join("generations").join(current));
    let stores = files
        .keys()
        .filter(|path| path.extension().is_some_and(|e| e == "store"));
    assert!(stores.count() <= 8);
}

#[test]
fn what_looks_like_a_loss_is_refused() {
    let place = Place::indexed();
    for n in 0..6 {
        fs::remove_file(place.corpus(&format!("2023/{n}.txt"))).expect("can remove");
    }
    let before = state(&place.root().join("generations"));
    place.index(&[], 5);
    place.index(&["--rebuild"], 5);
    assert_eq!(state(&place.root().join("generations")).len(), before.len());
    assert_eq!(place.found("河道清淤"), 12);
    check_counts(&place.index(&["--max-shrink", "100"], 4), [0, 0, 0, 6, 7]);
    assert_eq!(place.found("河道清淤"), 6);
}

#[test]
fn other_settings_lead_to_a_new_build() {
    let place = Place::indexed();
    fs::write(
        place.folder.path().join("config.toml"),
        "[derive]\npatterns = [\"{year}/{title}\"]\n",
    )
    .expect("can write");
    let output = place.command(&["index"]).output().expect("can be run");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("设置已改变，全部重建"), "{told}");
    check_counts(&place.index(&[], 0), [0, 0, 0, 0, 13]);
}

#[test]
fn generations_go_back_and_away() {
    let place = Place::indexed();
    let first = fs::read_to_string(place.root().join("CURRENT")).expect("is there");
    place.write("2024/新.txt", "新的通知\n堤坝加固要快。");
    place.index(&[], 4);
    assert_eq!(place.found("堤坝加固"), 1);
    assert_eq!(place.status(&["rollback"]), Some(0));
    assert_eq!(place.found("堤坝加固"), 0);
    assert_eq!(place.status(&["rollback"]), Some(1));
    let output = place.command(&["generations", "--json"]).output();
    let listed: Value =
        serde_json::from_slice(&output.expect("can be run").stdout).expect("is JSON");
    let listed = listed["generations"].as_array().expect("is a list").clone();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[1]["generation"], first);
    assert_eq!(
        (&listed[0]["current"], &listed[1]["current"]),
        (&false.into(), &true.into())
    );
    check_counts(&place.index(&[], 4), [1, 0, 0, 0, 13]);
    assert_eq!(place.status(&["gc", "--keep", "1"]), Some(0));
    assert_eq!(place.found("堤坝加固"), 1);
    assert_eq!(place.status(&["rollback"]), Some(1));
    place.check();
}

#[test]
fn a_check_finds_damage() {
    let place = Place::indexed();
    assert_eq!(place.status(&["check", "--sample", "20"]), Some(0));
    let name = place.root().join("CURRENT");
    let current = fs::read_to_string(&name).expect("is there");
    fs::write(&name, "\0").expect("can write");
    assert_eq!(place.status(&["check", "--sample", "5"]), Some(1));
    assert_eq!(place.found("河道清淤"), 12);
    fs::write(&name, &current).expect("can write");
    let folder = place.root().join("generations").join(current);
    for path in state(&folder).into_keys().filter(|path| path.is_file()) {
        let name = path
            .file_name()
            .expect("has a name")
            .to_string_lossy()
            .into_owned();
        if name.starts_with('.') {
            continue;
        }
        let bytes = fs::read(&path).expect("can be read");
        let mut bad = bytes.clone();
        bad[bytes.len() / 2] ^= 0x10;
        fs::write(&path, &bad).expect("can write");
        let extent = Extent {
            sample: 5,
            archive: None,
        };
        let proof = check(&place.root(), extent, &|_| {});
        let is_noticed = proof.as_ref().is_ok_and(|proof| proof.n_problems > 0);
        assert!(is_noticed, "{name}");
        fs::write(&path, bytes).expect("can write");
    }
    place.check();
}

#[test]
fn a_name_that_is_lost_is_written_again() {
    let place = Place::indexed();
    let name = place.root().join("CURRENT");
    let current = fs::read_to_string(&name).expect("is there");
    fs::remove_file(&name).expect("can remove");
    check_counts(&place.index(&[], 0), [0, 0, 0, 0, 13]);
    assert_eq!(fs::read_to_string(&name).expect("is there"), current);
    place.check();
}

#[test]
fn what_a_server_would_not_open_is_built_anew() {
    let place = Place::indexed();
    let current = || fs::read_to_string(place.root().join("CURRENT")).expect("is there");
    let heal = |ending: &str| {
        let folder = place.root().join("generations").join(current());
        let mut files = state(&folder).into_keys();
        let file = files.find(|path| path.to_string_lossy().ends_with(ending));
        let file = file.expect("is there");
        let mut bytes = fs::read(&file).expect("can be read");
        let end = bytes.len() - 3;
        bytes[end] ^= 0x10;
        // Generations share files of segments.
        fs::remove_file(&file).expect("can remove");
        fs::write(&file, &bytes).expect("can write");
        let output = place.command(&["index"]).output().expect("can be run");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(4), "{ending}: {told}");
        assert!(told.contains("现有索引不能沿用"), "{ending}: {told}");
        place.check();
    };
    for ending in ["meta.json", "summary.json", ".exact", ".documents"] {
        heal(ending);
    }
    // The damaged one is not kept in the place of one that can be gone back to.
    let good = current();
    place.write("2024/新.txt", "新的通知\n堤坝加固要快。");
    place.index(&[], 4);
    heal(".exact");
    assert_eq!(place.status(&["rollback"]), Some(0));
    assert_eq!(current(), good);
    place.check();
}

#[test]
fn failures_are_written_to_a_file() {
    let place = Place::indexed();
    let arguments = ["--rebuild", "--failures", "failures.tsv"];
    place.index(&arguments, 4);
    let written = fs::read_to_string(place.folder.path().join("failures.tsv"));
    let expected = "图.jpg\tunsupported\tno reader for this kind of file\n";
    assert_eq!(written.expect("was written"), expected);
}

#[test]
fn a_killed_run_loses_nothing_and_the_next_heals() {
    let place = Place::indexed();
    for n in 0..300 {
        let text = format!("记录{n}\n会议研究了水库除险工作，编号{n}，请各地抓好落实。");
        place.write(&format!("记录/{n}.txt"), text);
    }
    let mut seen = 13;
    for round in 0..8u64 {
        place.write("2024/变.txt", format!("变化{round}\n河道清淤第{round}次。"));
        let mut arguments = vec!["index", "--quiet"];
        if round % 2 == 1 {
            arguments.push("--rebuild");
        }
        let mut command = place.command(&arguments);
        let mut run = command
            .env("YICHA_INDEX__CHECKPOINT_SECONDS", "0")
            .spawn()
            .expect("can be run");
        thread::sleep(Duration::from_millis(100 + 150 * round));
        run.kill().expect("can be killed");
        run.wait().expect("ends");
        let found = place.found("抓好");
        assert!(found + 1 >= seen, "round {round}: {found} of {seen}");
        seen = seen.max(found);
    }
    // The last run may have come to its end before it was killed; then there is nothing to do.
    let status = place.status(&["index", "--quiet"]);
    assert!(matches!(status, Some(0 | 4)), "{status:?}");
    assert_eq!(place.found("水库除险"), 300);
    assert_eq!(place.found("河道清淤第7次"), 1);
    place.check();
    assert_eq!(
        fs::read_dir(place.root().join("generations"))
            .expect("is there")
            .count(),
        2
    );
}

#[test]
fn a_killed_build_goes_on_where_it_was() {
    let place = Place::indexed();
    fs::remove_dir_all(place.root()).expect("can remove");
    for n in 0..400 {
        let text = format!("记录{n}\n会议研究了水库除险工作，编号{n}。");
        place.write(&format!("记录/{n}.txt"), text);
    }
    let mut command = place.command(&["index", "--quiet"]);
    let mut run = command
        .env("YICHA_INDEX__CHECKPOINT_SECONDS", "0")
        .spawn()
        .expect("can be run");
    let has_checkpoint = || {
        // Files come and go while they are listed.
        let files = walkdir::WalkDir::new(place.root()).into_iter().flatten();
        let mut names = files.map(|file| file.file_name().to_string_lossy().into_owned());
        // The first may not be known to the index yet.
        names.any(|name| {
            let number = name.strip_prefix("partial-");
            let number = number.and_then(|rest| rest.strip_suffix(".jsonl.zst"));
            number.is_some_and(|number| number != "1")
        })
    };
    while run.try_wait().expect("can be asked").is_none() && !has_checkpoint() {
        thread::sleep(Duration::from_millis(2));
    }
    run.kill().expect("can be killed or has ended");
    run.wait().expect("ends");
    // Where it ended before it could be killed there is nothing to see.
    if has_checkpoint() {
        let output = place.command(&["index"]).output().expect("can be run");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("接着上次中断的任务继续"), "{told}");
    }
    check_counts(&place.index(&[], 0), [0, 0, 0, 0, 413]);
    assert_eq!(place.found("水库除险"), 400);
    place.check();
}
