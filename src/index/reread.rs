//! Proves that what is stored is what the archive gives: takes documents out of files once more and
//! compares them with those of the index.
//!
//! Only of files that are as the manifest has them: what has changed since the build is the next run's.

use std::path::Path;

use tantivy::DocAddress;

use super::compare::Stock;
use super::fingerprint::fingerprint;
use super::manifest::{FileRecord, Manifest, hex};
use super::proof::{Dice, Proof};
use super::store::Record;
use super::{ids, schema};
use crate::corpus::{
    self, Archive, Entry, FailureCode, Found, Imprint, Known, Memory, Read, Verdict,
};
use crate::document::{Document, DocumentId};
use crate::structure::Rules;

/// Files for which another thread is worth while.
const FILES_PER_THREAD: usize = 50;
/// What decides what documents are made of files.
const DECISIVE: [&str; 2] = ["extraction", "settings"];

/// Compares what is stored of the documents of `n` files, taken at random, with what they give now.
/// `step` is told how many are done.
pub(super) fn compare(
    stock: &Stock,
    manifest: &Manifest,
    archive: &Archive,
    n: usize,
    step: &dyn Fn(usize),
    proof: &mut Proof,
) {
    let fitting = fingerprint(archive);
    let is_other = |name: &&str| manifest.head.fingerprint.get(*name) != fitting.get(*name);
    let rules = Rules::new(&archive.derive).ok();
    let root = std::fs::canonicalize(&archive.corpus.path).ok();
    let chosen = chosen(manifest, n);
    let (Some(rules), Some(root), false) = (rules, root, DECISIVE.iter().any(is_other)) else {
        // Other settings or another program make other documents, and a run builds all anew.
        proof.left_out += chosen.len();
        return;
    };
    let (mut entries, mut records) = (Vec::new(), Vec::new());
    for record in chosen {
        match entry(&root, record) {
            Some(entry) => {
                entries.push(entry);
                records.push(record);
            }
            None => proof.left_out += 1,
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(entries.len() / FILES_PER_THREAD + 1);
    let memory = AsTheyWere { records: &records };
    let mut states: Vec<State> = records.iter().map(|_| State::default()).collect();
    let mut n_done = 0;
    let read = corpus::read_unknown(archive, &rules, &entries, threads, &memory, |read| {
        match read {
            Read::Begun(n, imprint, verdict) => {
                states[n].is_left_out = imprint.is_none() || verdict == Verdict::Same;
            }
            Read::Found(n, Found::Document(document)) => {
                states[n].found.push(document.id);
                states[n].differ(difference(stock, &document));
            }
            Read::Found(n, Found::Failure(failure)) => {
                let passing = [FailureCode::Unreadable, FailureCode::Timeout];
                let is_known = records[n]
                    .failures
                    .iter()
                    .any(|known| known.path == failure.path && known.code == failure.code.name());
                if passing.contains(&failure.code) {
                    states[n].is_left_out = true;
                } else if !is_known {
                    let code = failure.code.name();
                    let problem = format!("{}: cannot be read any more ({code})", failure.path);
                    states[n].differ(Some(problem));
                }
            }
            Read::Done(n) => {
                conclude(records[n], std::mem::take(&mut states[n]), proof);
                n_done += 1;
                step(n_done);
            }
        }
        Ok::<(), std::convert::Infallible>(())
    });
    let Ok(()) = read;
}

/// What is found out about a file.
#[derive(Default)]
struct State {
    /// It has changed since, or cannot be read at this moment.
    is_left_out: bool,
    found: Vec<DocumentId>,
    problems: Vec<String>,
}

impl State {
    fn differ(&mut self, problem: Option<String>) {
        self.problems.extend(problem);
    }
}

fn conclude(record: &FileRecord, state: State, proof: &mut Proof) {
    if state.is_left_out {
        proof.left_out += 1;
        return;
    }
    proof.reread += 1;
    let mut problems = state.problems;
    for (path, id) in record.paths().zip(record.ids()) {
        if !state.found.contains(&id) && problems.is_empty() {
            problems.push(format!("{path}: its file does not give it any more"));
        }
    }
    for problem in problems {
        proof.wrong(problem);
    }
}

/// In what a document is not the one that is stored.
fn difference(stock: &Stock, document: &Document) -> Option<String> {
    let path = &document.path;
    let stored = ids::find(&stock.searcher, stock.fields.id, document.id)
        .ok()
        .flatten()
        .and_then(|address: DocAddress| stock.record(address).ok());
    let Some(stored) = stored else {
        return Some(format!("{path}: its file gives it, but it is not stored"));
    };
    let now = Record::decode(&schema::record(document))?;
    if stored.text != now.text {
        return Some(format!(
            "{path}: the stored text is not what its file gives"
        ));
    }
    let derived = |record: &Record| {
        let (title, origin) = (record.title.clone(), record.origin.clone());
        (
            title,
            origin,
            record.outline.clone(),
            record.encoding.clone(),
        )
    };
    (derived(&stored) != derived(&now))
        .then(|| format!("{path}: the stored title, origin or outline is not what its file gives"))
}

/// Files with documents, taken at random.
fn chosen(manifest: &Manifest, n: usize) -> Vec<&FileRecord> {
    let files = manifest.files.iter();
    let mut files: Vec<&FileRecord> = files.filter(|file| !file.documents.is_empty()).collect();
    let mut dice = Dice::new(files.len() as u64);
    let n = n.min(files.len());
    for at in 0..n {
        let other = at + dice.below(files.len() - at);
        files.swap(at, other);
    }
    files.truncate(n);
    files
}

/// The file as it is now; `None` where it is not as it was.
fn entry(root: &Path, record: &FileRecord) -> Option<Entry> {
    let entry = Entry::at(root, &record.path).ok()?;
    record
        .looks_like(entry.stamp, entry.sidecar)
        .then_some(entry)
}

/// Remembers what files were when the index was built of them.
struct AsTheyWere<'a> {
    records: &'a [&'a FileRecord],
}

impl Memory for AsTheyWere<'_> {
    /// All of one that has another content by now: it is left out.
    fn known(&self, n: usize, imprint: &Imprint) -> Known {
        let record = self.records[n];
        if record.hash == hex(imprint.hash) && record.sidecar_hash() == imprint.sidecar {
            Known::Nothing
        } else {
            Known::Same
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::PathBuf;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::corpus::Failure;
    use crate::index::{Generations, Progress, Settings, Step, build, proof};

    struct Silent;

    impl Progress for Silent {
        fn step(&self, _: Step) {}
        fn failed(&self, _: &Failure) {}
    }

    /// An archive of three files with its index.
    struct Place {
        folder: tempfile::TempDir,
        archive: Archive,
        manifest: Manifest,
        stock: Stock,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("temporary folder");
            let mut archive = Archive::default();
            archive.corpus.path = folder.path().join("corpus");
            fs::create_dir(&archive.corpus.path).expect("can write");
            for name in ["甲", "乙", "丙"] {
                write(
                    &archive.corpus.path.join(format!("{name}.txt")),
                    name,
                    1_000,
                );
            }
            let settings = Settings {
                path: folder.path().join("index"),
                ..Settings::default()
            };
            let built = build(&archive, &settings, &Silent).expect("can be built");
            let generations = Generations::new(&settings.path);
            let name = built.generation;
            Self {
                manifest: generations.manifest(&name).expect("is whole"),
                stock: proof::open(&generations.folder(&name)).expect("is whole"),
                archive,
                folder,
            }
        }

        fn file(&self, name: &str) -> PathBuf {
            self.archive.corpus.path.join(format!("{name}.txt"))
        }

        /// Files that were read again, those left out, and what is wrong.
        fn compared(&self) -> (usize, usize, Vec<String>) {
            let mut proof = Proof::default();
            let (manifest, archive) = (&self.manifest, &self.archive);
            compare(&self.stock, manifest, archive, 9, &|_| {}, &mut proof);
            (proof.reread, proof.left_out, proof.problems)
        }
    }

    fn write(file: &Path, name: &str, seconds_ago: u64) {
        fs::write(file, format!("关于{name}的通知\n请各单位照办。")).expect("can write");
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - seconds_ago);
        let file = File::options().write(true).open(file).expect("is there");
        file.set_modified(then).expect("can be set");
    }

    #[test]
    fn what_is_stored_is_what_the_archive_gives() {
        let place = Place::new();
        assert_eq!(place.compared(), (3, 0, Vec::new()));
        assert!(place.folder.path().join("index").is_dir());
    }

    #[test]
    fn files_that_have_changed_are_left_out() {
        let mut place = Place::new();
        write(&place.file("甲"), "甲", 500);
        // As long as before, and as old.
        write(&place.file("乙"), "丁", 1_000);
        fs::remove_file(place.file("丙")).expect("can remove");
        assert_eq!(place.compared(), (0, 3, Vec::new()));
        place.archive.corpus.max_file_size = 1 << 30;
        write(&place.file("乙"), "乙", 1_000);
        assert_eq!(place.compared(), (0, 3, Vec::new()));
    }

    #[test]
    fn another_text_than_the_files_is_noticed() {
        let mut place = Place::new();
        write(&place.file("乙"), "丁", 1_000);
        let bytes = fs::read(place.file("乙")).expect("can be read");
        let hash = hex(xxhash_rust::xxh3::xxh3_128(&bytes));
        let files = &mut place.manifest.files;
        let file = files.iter_mut().find(|file| file.path == "乙.txt");
        file.expect("is known").hash = hash;
        let wrong = "乙.txt: the stored text is not what its file gives".to_owned();
        assert_eq!(place.compared(), (3, 0, vec![wrong]));
    }

    #[test]
    fn a_document_that_its_file_does_not_give_is_noticed() {
        let mut place = Place::new();
        let files = &mut place.manifest.files;
        let file = files.iter_mut().find(|file| file.path == "甲.txt");
        file.expect("is known").documents[0].member = "/附件.txt".to_owned();
        let wrong = "甲.txt/附件.txt: its file does not give it any more".to_owned();
        assert_eq!(place.compared(), (3, 0, vec![wrong]));
    }
}
