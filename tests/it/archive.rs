//! Archives to test on: files in a temporary folder with their index, and the repository's own
//! sample archive.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tempfile::TempDir;
use yicha::corpus::{self, Failure};
use yicha::index::{self, BuildSummary, Progress, Reader, Step};
use yicha::query::{self, Limits, Query};
use yicha::search::{Request, Response, Searcher};

/// Root of the sample archive.
pub(crate) const SAMPLE_CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");

struct Silent;

impl Progress for Silent {
    fn step(&self, _: Step) {}
    fn failed(&self, _: &Failure) {}
}

fn build(archive: &corpus::Archive, index: &index::Settings) -> BuildSummary {
    index::build(archive, index, &Silent).expect("can be built")
}

fn write_file(root: &Path, path: &str, bytes: &[u8]) {
    let file = root.join(path);
    fs::create_dir_all(file.parent().expect("lies in the root")).expect("can write");
    fs::write(file, bytes).expect("can write");
}

/// An archive of a test's own, with its index.
pub(crate) struct Archive {
    /// Holds everything; goes with the archive.
    _folder: TempDir,
    source: corpus::Archive,
    index: index::Settings,
    /// What the first build said.
    pub(crate) summary: BuildSummary,
    /// What the first build published.
    pub(crate) reader: Arc<Reader>,
}

impl Archive {
    /// Writes files, each with its path, and builds their index.
    pub(crate) fn of<P: AsRef<str>, B: AsRef<[u8]>>(files: &[(P, B)]) -> Self {
        Self::with(files, |_, _| {})
    }

    /// The same with other settings.
    pub(crate) fn with<P: AsRef<str>, B: AsRef<[u8]>>(
        files: &[(P, B)],
        adjust: impl FnOnce(&mut corpus::Settings, &mut index::Settings),
    ) -> Self {
        Self::adjusted(files, |archive, index| adjust(&mut archive.corpus, index))
    }

    /// The same with settings of readers and rules, too.
    pub(crate) fn adjusted<P: AsRef<str>, B: AsRef<[u8]>>(
        files: &[(P, B)],
        adjust: impl FnOnce(&mut corpus::Archive, &mut index::Settings),
    ) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut archive = corpus::Archive::default();
        archive.corpus.path = folder.path().join("corpus");
        let mut index = index::Settings {
            path: folder.path().join("index"),
            threads: 2,
            ..index::Settings::default()
        };
        adjust(&mut archive, &mut index);
        for (path, bytes) in files {
            write_file(&archive.corpus.path, path.as_ref(), bytes.as_ref());
        }
        let summary = build(&archive, &index);
        let reader = Reader::open(&index.path).expect("was just built");
        Self {
            _folder: folder,
            source: archive,
            index,
            summary,
            reader: Arc::new(reader),
        }
    }

    /// Root of the files.
    pub(crate) fn corpus(&self) -> &Path {
        &self.source.corpus.path
    }

    /// Folder of the index.
    pub(crate) fn index(&self) -> &Path {
        &self.index.path
    }

    /// Writes one more file; the index does not know it yet.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        write_file(&self.source.corpus.path, path, bytes.as_ref());
    }

    /// Builds once more; `reader` stays as it was.
    pub(crate) fn rebuild(&self) -> BuildSummary {
        build(&self.source, &self.index)
    }
}

/// The sample archive, indexed.
pub(crate) struct Sample {
    /// What the build said.
    pub(crate) summary: BuildSummary,
    /// What it published.
    pub(crate) reader: Arc<Reader>,
}

/// The sample archive, indexed once a run.
pub(crate) fn sample() -> &'static Sample {
    static SAMPLE: OnceLock<Sample> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut corpus = corpus::Archive::default();
        corpus.corpus.path = PathBuf::from(SAMPLE_CORPUS);
        let index = index::Settings {
            path: folder.path().join("index"),
            ..index::Settings::default()
        };
        let summary = build(&corpus, &index);
        let reader = Arc::new(Reader::open(&index.path).expect("was just built"));
        // A static is never dropped, so the folder goes now; the files stay mapped.
        Sample { summary, reader }
    })
}

/// Parses a query that is short enough.
pub(crate) fn parse(q: &str) -> Query {
    query::parse(q, Limits::default()).expect("is short")
}

/// A search for `q` with as many hits as one page may have.
pub(crate) fn request(q: &str) -> Request {
    Request {
        query: parse(q),
        limit: 100,
        ..Request::default()
    }
}

/// Searches where nothing can fail.
pub(crate) fn ask(searcher: &dyn Searcher, request: &Request) -> Response {
    searcher.search(request).expect("can be searched")
}

/// The paths of the hits, in their order.
pub(crate) fn paths(response: &Response) -> Vec<String> {
    response
        .hits
        .iter()
        .map(|hit| hit.document.path.clone())
        .collect()
}
