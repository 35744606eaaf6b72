//! Rank 2: what can be asked of an archive and what is answered, as plain data, and the trait
//! behind which an engine answers. HTTP and the terminal see no more than this.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::DocumentId;
use crate::query::Query;
use crate::snippet::{Fragment, Run};

/// Where keywords and phrases without a field of their own are looked for (`in=`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Zone {
    /// The whole text.
    #[default]
    All,
    /// The title.
    Title,
    /// The text without its title line.
    Body,
}

/// The order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Best first.
    #[default]
    Relevance,
    /// Most occurrences first.
    Occurrences,
    /// By title.
    Title,
}

/// A search.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is looked for.
    pub query: Query,
    /// Where.
    pub zone: Zone,
    /// In which order hits come.
    pub sort: Sort,
    /// Hits to leave out at the front.
    pub offset: usize,
    /// Most hits to give.
    pub limit: usize,
    /// Most fragments a hit.
    pub n_snippets: usize,
    /// Characters of a fragment.
    pub snippet_chars: usize,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            query: Query::default(),
            zone: Zone::All,
            sort: Sort::Relevance,
            offset: 0,
            limit: 10,
            n_snippets: 3,
            snippet_chars: 90,
        }
    }
}

/// Largest `offset + limit` of a search.
pub const MAX_WINDOW: usize = 10_000;

/// What a search found.
#[derive(Clone, Debug)]
pub struct Response {
    /// The index that answered.
    pub index: IndexInfo,
    /// Whether nothing held all that was asked, so that most of the words were enough.
    pub relaxed: bool,
    /// What was found in all.
    pub total: Total,
    /// The part of it that was asked for.
    pub hits: Vec<Hit>,
}

/// Numbers about everything that was found; exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// Documents.
    pub documents: u64,
    /// Occurrences in all of them.
    pub occurrences: u64,
    /// Occurrences that have the query's very characters.
    pub exact: u64,
    /// Occurrences that are equal after normalisation.
    pub normalized: u64,
}

/// One document that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// Which.
    pub document: Summary,
    /// How relevant; comparable within one response only.
    pub score: f32,
    /// Occurrences of the query in it.
    pub occurrences: u64,
    /// The best places.
    pub fragments: Vec<Fragment>,
}

/// A document in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Its name in addresses.
    pub id: DocumentId,
    /// Place in the archive.
    pub path: String,
    /// Title.
    pub title: String,
    /// Kind of file, as in filters.
    pub format: String,
    /// Character encoding of the file.
    pub encoding: String,
}

/// One document as a whole.
#[derive(Clone, Debug)]
pub struct FullDocument {
    /// The index that answered.
    pub index: IndexInfo,
    /// What lists show of it.
    pub summary: Summary,
    /// Where each derived value was read: name, value, place.
    pub derived: Vec<(&'static str, String, String)>,
    /// Whether lines of a hard-wrapped file were joined.
    pub rejoined: bool,
    /// Size of the file in bytes.
    pub size: u64,
    /// The text; paragraphs are separated by `\n`.
    pub text: String,
    /// The paragraphs, in order; matches of the query are marked.
    pub paragraphs: Vec<Paragraph>,
    /// Occurrences of the query, where there was one.
    pub matches: Option<Total>,
}

/// A paragraph of a document.
#[derive(Clone, Debug)]
pub struct Paragraph {
    /// From 1.
    pub n: usize,
    /// First character, counted from the start of the text.
    pub start: usize,
    /// Its text in runs, joined without loss.
    pub runs: Vec<Run>,
}

/// What is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexInfo {
    /// Name of the generation.
    pub generation: String,
    /// Number of documents.
    pub documents: u64,
    /// When it was built, RFC 3339.
    pub built_at: String,
}

/// Figures about the index.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// The index.
    pub index: IndexInfo,
    /// Paragraphs of all documents.
    pub paragraphs: u64,
    /// Characters of all documents.
    pub characters: u64,
    /// Units of all documents.
    pub units: u64,
    /// Bytes of the index on disk.
    pub bytes: u64,
    /// Documents by kind of file.
    pub formats: BTreeMap<String, u64>,
    /// Documents by character encoding.
    pub encodings: BTreeMap<String, u64>,
    /// Files that could not be read, by code.
    pub failures: BTreeMap<String, u64>,
    /// Seconds that the build took.
    pub seconds: f64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no index to ask yet.
    #[error("no index is open yet; run `yicha index`")]
    NotReady,
    /// No document of this name.
    #[error("no document has the id or path `{0}`")]
    NoDocument(String),
    /// The index is damaged or cannot be read.
    #[error("the index cannot be read")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What kind of [`Error`], for those who turn errors into statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was asked for does not exist.
    Missing,
    /// It may exist in a moment.
    NotReady,
    /// It is our fault.
    Internal,
}

impl Error {
    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotReady => ErrorKind::NotReady,
            Self::NoDocument(_) => ErrorKind::Missing,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }
}

/// An engine that answers searches.
pub trait Searcher: Send + Sync {
    /// Answers a search.
    fn search(&self, request: &Request) -> Result<Response, Error>;

    /// One document by its id, with the matches of `query` if there is one.
    fn document(&self, id: DocumentId, query: Option<&Query>) -> Result<FullDocument, Error>;

    /// What is known of one document, without its text.
    fn summary(&self, id: DocumentId) -> Result<Summary, Error>;

    /// Figures about the index.
    fn stats(&self) -> Result<Stats, Error>;
}

/// A searcher that is shared by threads.
pub type SharedSearcher = Arc<dyn Searcher>;
