//! Rank 3: what can be asked of an archive and what is answered, as plain data, and the trait
//! behind which an engine answers. HTTP and the terminal see no more than this.

mod concordance;
mod counts;
mod paging;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;

use crate::document::{Date, DocumentId, Heading, Origin};
use crate::query::{Field, Node, Query};
use crate::snippet::{Fragment, Run};

pub use concordance::{
    Beside, Concordance, ConcordanceRequest, Line, LineOrder, Listed, MAX_CONTEXT, MAX_LINES,
    MAX_READ, Neighbour,
};
pub use counts::{Bucket, By, Counts, CountsRequest, MAX_QUERIES, QueryCounts, Tally};
pub use paging::{After, SortKey};

/// `[search]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether searches find what is under masks unless they say otherwise.
    pub mask_matching: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mask_matching: true,
        }
    }
}

/// Where keywords and phrases without a field of their own are looked for (`in=`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Zone {
    /// The whole text.
    #[default]
    All,
    /// The title.
    Title,
    /// The lines of the outline.
    Heading,
    /// The text without its title.
    Body,
}

/// Whether parts of what is looked for may be under masks (`mask=`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mask {
    /// Such places are found, too.
    #[default]
    Also,
    /// They are not.
    Off,
    /// Nothing else is.
    Only,
}

/// Where everything that is joined by AND has to stand together (`scope=`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Anywhere in the document.
    #[default]
    Document,
    /// In one paragraph.
    Paragraph,
    /// Between two stops.
    Sentence,
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
    /// Newest first; documents without a date last.
    Newest,
    /// Oldest first; documents without a date last.
    Oldest,
}

/// What documents are filtered and counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Facet {
    /// 文种.
    Kind,
    /// The year.
    Year,
    /// Name of the meeting.
    Meeting,
    /// Who speaks.
    Speaker,
    /// Which place it is of.
    Region,
    /// Kind of file.
    Format,
}

impl Facet {
    /// All of them, as answers list them.
    pub const ALL: [Self; 6] = [
        Self::Kind,
        Self::Year,
        Self::Meeting,
        Self::Speaker,
        Self::Region,
        Self::Format,
    ];

    /// Name of the parameter and of the field in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "type",
            Self::Year => "year",
            Self::Meeting => "meeting",
            Self::Speaker => "speaker",
            Self::Region => "region",
            Self::Format => "format",
        }
    }
}

/// What leaves documents out, whatever the query says. Different ones have to hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// The value is one of these.
    pub values: Vec<(Facet, Vec<String>)>,
    /// In one of these folders, or at one of these paths; with `/` at its end it is a folder.
    pub paths: Vec<String>,
    /// Not before.
    pub from: Option<Date>,
    /// Not after.
    pub until: Option<Date>,
}

impl Filters {
    /// Folders as they are asked for; the archive itself leaves nothing out.
    pub fn folders(paths: Vec<String>) -> Vec<String> {
        let is_archive = |path: &String| path.trim_matches('/').is_empty();
        if paths.iter().any(is_archive) {
            return Vec::new();
        }
        paths
    }
}

/// How many documents have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCount {
    /// The value.
    pub value: String,
    /// Documents that have it.
    pub documents: u64,
}

/// A search.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is looked for.
    pub query: Query,
    /// Where.
    pub zone: Zone,
    /// Whether what is under masks counts.
    pub mask: Mask,
    /// How close together it has to stand.
    pub scope: Scope,
    /// Among which documents.
    pub filters: Filters,
    /// In which order hits come.
    pub sort: Sort,
    /// What to count the found documents by. A facet's own filter is left out when it is counted,
    /// so that the values beside the chosen one show what they would bring.
    pub facets: Vec<Facet>,
    /// Most values a facet, the commonest.
    pub facet_limit: usize,
    /// Hits to leave out at the front.
    pub offset: usize,
    /// Most hits to give.
    pub limit: usize,
    /// Most fragments a hit.
    pub n_snippets: usize,
    /// Characters of a fragment.
    pub snippet_chars: usize,
    /// Whether most of the words are enough where nothing holds all that was asked.
    pub relax: bool,
    /// Whether [`Total::exact`] has to be right. Some occurrences can be told apart by the text only,
    /// and a list of many pages need not read it for each.
    pub by_class: bool,
    /// Only what comes behind this hit of an earlier answer; `offset` is then 0.
    pub after: Option<After>,
    /// When an answer is of no use any more: what takes longer ends with [`Error::Timeout`].
    pub deadline: Option<Instant>,
}

impl Request {
    /// Where places of the query are: in one field if nothing of it is asked elsewhere.
    pub fn zone_of_places(&self) -> Zone {
        match self.query.root.as_ref().and_then(Node::only_field) {
            Some(Field::Title) => Zone::Title,
            Some(Field::Heading) => Zone::Heading,
            Some(Field::Text) | None => self.zone,
        }
    }
}

impl Default for Request {
    fn default() -> Self {
        Self {
            query: Query::default(),
            zone: Zone::All,
            mask: Mask::Also,
            scope: Scope::Document,
            filters: Filters::default(),
            sort: Sort::Relevance,
            facets: Vec::new(),
            facet_limit: 20,
            offset: 0,
            limit: 10,
            n_snippets: 3,
            snippet_chars: 90,
            relax: true,
            by_class: true,
            after: None,
            deadline: None,
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
    /// Other writings of the query's numbers that were looked for, too.
    pub variants: Vec<String>,
    /// What was found in all.
    pub total: Total,
    /// The part of it that was asked for.
    pub hits: Vec<Hit>,
    /// The facets that were asked for, each value with its documents, the commonest first.
    pub facets: Vec<(Facet, Vec<FacetCount>)>,
    /// The last of the hits, where more come behind it.
    pub last: Option<After>,
    /// Why nothing matched, where nothing did.
    pub hint: Option<Hint>,
}

/// Why nothing held all that was asked, and what would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The longest part of a keyword or phrase, in units, that is written somewhere in the archive.
    pub longest_found: Option<String>,
    /// Terms joined by AND, each with the documents that the others find without it.
    pub without: Vec<TermCount>,
    /// Documents that the filters keep away; `None` where there are no filters.
    pub without_filters: Option<u64>,
    /// Queries that may have been meant, each with what it finds; the most first.
    pub did_you_mean: Vec<TermCount>,
}

/// A term or a query with a number of documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermCount {
    /// As it would be typed.
    pub term: String,
    /// Documents.
    pub documents: u64,
}

/// What a [`Suggestion`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SuggestionKind {
    /// Name of a meeting.
    Meeting,
    /// Who speaks.
    Speaker,
    /// Title of a document.
    Title,
    /// Line of an outline.
    Heading,
    /// A frequent phrase.
    Phrase,
}

impl SuggestionKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Meeting,
        Self::Speaker,
        Self::Title,
        Self::Heading,
        Self::Phrase,
    ];

    /// Name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Meeting => "meeting",
            Self::Speaker => "speaker",
            Self::Title => "title",
            Self::Heading => "heading",
            Self::Phrase => "phrase",
        }
    }
}

/// Something of the archive that goes on from what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// As it is written in the archive.
    pub text: String,
    /// What it is.
    pub kind: SuggestionKind,
    /// Documents that have it as that; of a phrase, that hold it.
    pub documents: u64,
    /// Ranges of characters of `text` that were typed, half-open.
    pub matched: Vec<std::ops::Range<usize>>,
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
    /// Occurrences with masks for what is missing.
    pub masked: u64,
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
    /// Its title in runs, joined without loss.
    pub title: Vec<Run>,
    /// The best places.
    pub fragments: Vec<Placed>,
}

/// A fragment and the headings above its first match, the outermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The fragment.
    pub fragment: Fragment,
    /// Texts of the headings.
    pub outline: Vec<String>,
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
    /// When it was given or signed, as exactly as it is known.
    pub date: Option<Date>,
    /// The year that it belongs to.
    pub year: Option<u16>,
    /// 文种.
    pub kind: Option<String>,
    /// Name of the meeting.
    pub meeting: Option<String>,
    /// Who speaks.
    pub speaker: Option<String>,
    /// Which place it is of.
    pub region: Option<String>,
    /// Kind of file, as in filters.
    pub format: String,
    /// Character encoding of the file; empty for a format that has none of its own.
    pub encoding: String,
}

/// One document as a whole.
#[derive(Clone, Debug)]
pub struct FullDocument {
    /// The index that answered.
    pub index: IndexInfo,
    /// What lists show of it.
    pub summary: Summary,
    /// Where it comes from, with the places where that was read.
    pub origin: Origin,
    /// Whether lines of a hard-wrapped file were joined.
    pub rejoined: bool,
    /// Size of the file in bytes.
    pub size: u64,
    /// The text; paragraphs are separated by `\n`.
    pub text: String,
    /// The paragraphs, in order; matches of the query are marked.
    pub paragraphs: Vec<Paragraph>,
    /// The outline, in the order of the text.
    pub headings: Vec<Heading>,
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
    /// Documents by kind, 讲话 and others.
    pub kinds: BTreeMap<String, u64>,
    /// Documents by year.
    pub years: BTreeMap<String, u64>,
    /// Documents by character encoding.
    pub encodings: BTreeMap<String, u64>,
    /// Files that could not be read, by code.
    pub failures: BTreeMap<String, u64>,
    /// Seconds that the build took.
    pub seconds: f64,
    /// The last run of the indexer that did anything, published or not, as far as it is known.
    pub last_run: Option<LastRun>,
}

/// How the last run of the indexer ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LastRun {
    /// When, RFC 3339.
    pub ended: String,
    /// `published`, `refused` or `failed`.
    pub outcome: String,
    /// Documents: added, changed, moved, removed.
    pub documents: [u64; 4],
    /// Files that could not be read.
    pub failed: u64,
    /// How long it took.
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
    /// The generation of [`Request::after`] is gone.
    #[error("the generation `{0}` that the cursor belongs to is gone; begin anew without a cursor")]
    CursorExpired(String),
    /// It took longer than the request allows.
    #[error("the search took too long")]
    Timeout,
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
    /// It existed once.
    Gone,
    /// It took too long.
    Timeout,
    /// It is our fault.
    Internal,
}

impl Error {
    /// What kind of error it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotReady => ErrorKind::NotReady,
            Self::NoDocument(_) => ErrorKind::Missing,
            Self::CursorExpired(_) => ErrorKind::Gone,
            Self::Timeout => ErrorKind::Timeout,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }
}

/// An engine that answers searches.
pub trait Searcher: Send + Sync {
    /// Answers a search.
    fn search(&self, request: &Request) -> Result<Response, Error>;

    /// Counts documents and occurrences by what is known of documents.
    fn counts(&self, request: &CountsRequest) -> Result<Counts, Error>;

    /// Every occurrence on a line of its own, or the words beside them.
    fn concordance(&self, request: &ConcordanceRequest) -> Result<Concordance, Error>;

    /// One document by its id, with the matches of `query` if there is one.
    fn document(&self, id: DocumentId, query: Option<&Query>) -> Result<FullDocument, Error> {
        let query = query.cloned().unwrap_or_default();
        let request = Request {
            query,
            ..Request::default()
        };
        self.document_for(id, &request)
    }

    /// One document by its id, with what a search marks in it: matches of the request's query in its
    /// zone, under masks or not, as close together as its scope says.
    fn document_for(&self, id: DocumentId, request: &Request) -> Result<FullDocument, Error>;

    /// What is known of one document, without its text.
    fn summary(&self, id: DocumentId) -> Result<Summary, Error>;

    /// What goes on from `typed`, best first, at most `limit`. An engine need not have any.
    fn suggest(&self, typed: &str, limit: usize) -> Result<Vec<Suggestion>, Error> {
        let _ = (typed, limit);
        Ok(Vec::new())
    }

    /// Figures about the index.
    fn stats(&self) -> Result<Stats, Error>;
}

/// A searcher that is shared by threads.
pub type SharedSearcher = Arc<dyn Searcher>;
