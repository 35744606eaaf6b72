//! A long random test: an archive that is edited, runs of `index` that are killed at random moments,
//! and a server that is asked all the while. No answer may fail or miss a document that is there,
//! and after each run that ends by itself the index is the archive, document by document.
//!
//! It takes about twenty seconds; `YICHA_TEST_SECONDS=600` makes it longer, `YICHA_TEST_SEED=7`
//! makes other edits.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use yicha::corpus::Archive;
use yicha::document::DocumentId;
use yicha::index::{Extent, Reader, check};
use yicha::search::Searcher;

use crate::server::{Server, get};

/// Documents that stay, whatever else happens; they may move.
const FIXED: u64 = 60;
/// What is in each of these, and in no other.
const PHRASE: &str = "水库除险加固";
/// The same as it is asked for.
const SEARCH: &str =
    "/api/v1/search?q=%22%E6%B0%B4%E5%BA%93%E9%99%A4%E9%99%A9%E5%8A%A0%E5%9B%BA%22&limit=1";
/// Longest time until a server answers from a new generation. It is two seconds where nothing else
/// runs; tests run side by side.
const TAKEN_UP: Duration = Duration::from_secs(20);

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// A folder with an archive, and what is in it.
struct Place {
    folder: TempDir,
    texts: BTreeMap<String, String>,
    dice: Dice,
    made: usize,
}

impl Place {
    fn new(seed: u64) -> Self {
        let mut place = Self {
            folder: tempfile::tempdir().expect("temporary folder"),
            texts: BTreeMap::new(),
            dice: Dice(seed),
            made: 0,
        };
        for n in 0..FIXED {
            let folder = n % 3;
            let text = format!("第{n}号简报\n{PHRASE}工程进展顺利。编号{n}。");
            place.write(&format!("常设{folder}甲/{n}.txt"), text);
        }
        for _ in 0..200 {
            place.add();
        }
        place
    }

    fn corpus(&self, path: &str) -> PathBuf {
        self.folder.path().join("corpus").join(path)
    }

    fn write(&mut self, path: &str, text: String) {
        let file = self.corpus(path);
        fs::create_dir_all(file.parent().expect("lies in the folder")).expect("can write");
        fs::write(file, &text).expect("can write");
        self.texts.insert(path.to_owned(), text);
    }

    fn text(&mut self) -> String {
        self.made += 1;
        let n = self.made;
        let lines = 1 + self.dice.below(6);
        let line = format!("各单位要抓好河道清淤和防汛值守，第{n}次检查发现问题{lines}处。\n");
        format!("第{n}号通知\n{}", line.repeat(lines))
            .trim_end()
            .to_owned()
    }

    fn add(&mut self) {
        let text = self.text();
        let path = format!("通知{}/{}.txt", self.dice.below(5), self.made);
        self.write(&path, text);
    }

    /// One of the documents that may go.
    fn loose(&mut self) -> Option<String> {
        let loose = self.texts.keys().filter(|path| !path.starts_with("常设"));
        let loose: Vec<String> = loose.cloned().collect();
        let n = self.dice.below(loose.len());
        loose.get(n).cloned()
    }

    /// Gives a folder another name.
    fn move_folder(&mut self) {
        let folders = self.texts.keys().filter_map(|path| path.split('/').next());
        let mut folders: Vec<String> = folders.map(str::to_owned).collect();
        folders.dedup();
        let n = self.dice.below(folders.len());
        let old = folders[n].clone();
        self.made += 1;
        let kind: String = old.chars().take(3).collect();
        let new = format!("{kind}移{}", self.made);
        fs::rename(self.corpus(&old), self.corpus(&new)).expect("can be renamed");
        let inside = |path: &String| path.starts_with(&format!("{old}/"));
        let moved: Vec<String> = self
            .texts
            .keys()
            .filter(|path| inside(path))
            .cloned()
            .collect();
        for path in moved {
            let text = self.texts.remove(&path).expect("is there");
            self.texts.insert(path.replacen(&old, &new, 1), text);
        }
    }

    fn edit(&mut self) {
        let loose = self.loose();
        match (self.dice.below(8), loose) {
            (0..=2, _) | (_, None) => self.add(),
            (3, Some(path)) => {
                fs::remove_file(self.corpus(&path)).expect("can remove");
                self.texts.remove(&path);
            }
            (4 | 5, Some(path)) => {
                let text = self.text();
                self.write(&path, text);
            }
            (6, Some(path)) => {
                // Two files exchange what is in them.
                let Some(other) = self.loose() else { return };
                let (a, b) = (self.texts[&path].clone(), self.texts[&other].clone());
                self.write(&path, b);
                self.write(&other, a);
            }
            _ => self.move_folder(),
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yicha"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            // As many checkpoints as can be.
            .env("YICHA_INDEX__CHECKPOINT_SECONDS", "0")
            .stdin(Stdio::null());
        command
    }

    fn run(&self, rebuild: bool) -> Child {
        let mut arguments = vec!["index", "--wait", "30", "--max-shrink", "90"];
        if rebuild {
            arguments.push("--rebuild");
        }
        let mut command = self.command(&arguments);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        child.expect("can be run")
    }

    /// Compares the index with the archive.
    fn compare(&self) {
        let root = self.folder.path().join("index");
        let mut archive = Archive::default();
        archive.corpus.path = self.folder.path().join("corpus");
        let extent = Extent {
            sample: 20,
            archive: Some(&archive),
        };
        let proof = check(&root, extent, &|_| {}).expect("can be read");
        assert_eq!(proof.problems, Vec::<String>::new());
        let reader = Reader::open(&root).expect("can be read");
        let stats = reader.stats().expect("can be told");
        assert_eq!(stats.index.documents, self.texts.len() as u64);
        for (path, text) in &self.texts {
            let id = DocumentId::of_path(path);
            let found = reader.document(id, None);
            let found = found.unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(&found.text, text, "{path}");
        }
    }

    fn current(&self) -> String {
        fs::read_to_string(self.folder.path().join("index/CURRENT")).expect("is there")
    }
}

/// Somebody who asks all the while, and notes every answer that is wrong.
struct Asker {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    wrong: Arc<Mutex<Vec<String>>>,
    thread: JoinHandle<()>,
}

impl Asker {
    fn start(address: SocketAddr) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(AtomicU64::new(0));
        let wrong = Arc::new(Mutex::new(Vec::new()));
        let thread = thread::spawn({
            let (stop, asked, wrong) = (stop.clone(), asked.clone(), wrong.clone());
            move || {
                while !stop.load(Ordering::Relaxed) {
                    let answer = get(address, SEARCH);
                    let is_right = answer.as_ref().is_ok_and(|(status, body)| {
                        let total = &body["total"];
                        *status == 200
                            && total["documents"] == FIXED
                            && total["occurrences"] == FIXED
                    });
                    if !is_right {
                        let mut wrong = wrong.lock().expect("is not poisoned");
                        wrong.push(format!("{answer:?}"));
                    }
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self {
            stop,
            asked,
            wrong,
            thread,
        }
    }

    /// How often it asked, and which answers were wrong.
    fn end(self) -> (u64, Vec<String>) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("has asked");
        let wrong = self.wrong.lock().expect("is not poisoned").clone();
        (self.asked.load(Ordering::Relaxed), wrong)
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "who makes it longer wants to know what it did"
)]
fn kills_edits_and_runs_under_live_queries_lose_nothing() {
    let seconds = Duration::from_secs(number("YICHA_TEST_SECONDS").unwrap_or(18));
    let mut place = Place::new(number("YICHA_TEST_SEED").unwrap_or(20_261_123).max(1));
    let first = place.run(false).wait_with_output().expect("can be run");
    assert_eq!(first.status.code(), Some(0));
    let server = Server::start(&mut place.command(&["serve", "--listen", "127.0.0.1:0"]));
    let asker = Asker::start(server.address);
    let started = Instant::now();
    // How long runs take, incremental and full, as far as they ended by themselves.
    let mut took = [Duration::from_millis(600), Duration::from_millis(1500)];
    let (mut n_killed, mut n_ended, mut n_resumed) = (0, 0, 0);
    while started.elapsed() < seconds || n_killed < 12 {
        for _ in 0..=place.dice.below(40) {
            place.edit();
        }
        // Some runs in a row are killed, then one ends.
        for n_left in (0..=place.dice.below(4)).rev() {
            let is_full = place.dice.below(3) == 0;
            let longest = took[usize::from(is_full)].as_millis() as usize;
            let begun = Instant::now();
            let mut run = place.run(is_full);
            if n_left > 0 {
                let wait = place.dice.below(longest + longest / 5);
                thread::sleep(Duration::from_millis(wait as u64));
                // The system's hardest way: nothing is finished or cleaned up.
                run.kill().expect("can be killed");
                n_killed += 1;
                if place.dice.below(2) == 0 {
                    place.edit();
                }
            }
            let output = run.wait_with_output().expect("ends");
            let told = String::from_utf8_lossy(&output.stderr);
            n_resumed += u32::from(told.contains("接着上次中断的任务继续"));
            if n_left == 0 {
                assert_eq!(output.status.code(), Some(0), "{told}");
                took[usize::from(is_full)] = begun.elapsed();
                n_ended += 1;
            }
        }
        place.compare();
        let published = Instant::now();
        loop {
            let (status, body) = get(server.address, SEARCH).expect("answers");
            assert_eq!(status, 200, "{body}");
            if body["index"]["generation"] == place.current() {
                break;
            }
            assert!(published.elapsed() < TAKEN_UP, "{body}");
            thread::sleep(Duration::from_millis(50));
        }
        let left = fs::read_dir(place.folder.path().join("index/generations"));
        assert!(left.expect("is there").count() <= 2);
    }
    let (n_answers, wrong) = asker.end();
    println!("{n_killed} killed, {n_ended} ended, {n_resumed} resumed, {n_answers} answers");
    assert_eq!(wrong, Vec::<String>::new());
    assert!(n_answers > 100);
}
