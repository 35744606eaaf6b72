//! Every occurrence on a line of its own with what stands around it, and the words beside them.

use super::{IndexInfo, Request};
use crate::document::{Date, DocumentId};
use crate::query::Query;
use crate::snippet::MatchClass;

/// Most documents whose texts are read for one concordance; beyond it, the newest ones are.
pub const MAX_READ: usize = 20_000;

/// Most lines, or words, of which one can be asked for: `offset + limit` of a concordance. Each costs
/// a hundred bytes or two while the texts are read.
pub const MAX_LINES: usize = 100_000;

/// Most characters of context on each side.
pub const MAX_CONTEXT: usize = 60;

/// The order of lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LineOrder {
    /// By what stands to the left, from the match outwards.
    #[default]
    Left,
    /// By what stands to the right, from the match outwards.
    Right,
    /// Newest first; documents without a date last.
    Date,
    /// By path, and inside a document by place.
    Document,
}

/// On which side of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Beside {
    /// Behind it.
    Next,
    /// Before it.
    Previous,
}

/// What lines are asked for.
#[derive(Clone, Debug)]
pub struct ConcordanceRequest {
    /// What is looked for, where, and among which documents: its query, zone, mask, scope, filters,
    /// offset, limit and deadline.
    pub request: Request,
    /// Most characters on each side.
    pub context: usize,
    /// In which order.
    pub order: LineOrder,
    /// The words beside the occurrences instead of the occurrences.
    pub group: Option<Beside>,
    /// Most documents whose texts are read.
    pub max_read: usize,
}

impl ConcordanceRequest {
    /// For all occurrences of a query.
    pub fn new(query: Query) -> Self {
        Self {
            request: Request {
                query,
                relax: false,
                limit: 20,
                ..Request::default()
            },
            context: 20,
            order: LineOrder::default(),
            group: None,
            max_read: MAX_READ,
        }
    }
}

/// The lines of a query.
#[derive(Clone, Debug)]
pub struct Concordance {
    /// The index that answered.
    pub index: IndexInfo,
    /// Other writings of the query's numbers that were looked for, too.
    pub variants: Vec<String>,
    /// Documents that match; exact.
    pub documents: u64,
    /// Occurrences in them; exact.
    pub occurrences: u64,
    /// Documents with occurrences that are listed.
    pub n_listed_documents: u64,
    /// Occurrences in these.
    pub n_listed: u64,
    /// Whether these are not all, but the newest [`ConcordanceRequest::max_read`].
    pub truncated: bool,
    /// The part that was asked for.
    pub listed: Listed,
}

/// What a concordance lists.
#[derive(Clone, Debug)]
pub enum Listed {
    /// One line an occurrence.
    Lines(Vec<Line>),
    /// Words beside the occurrences, the commonest first.
    Neighbours {
        /// The words.
        words: Vec<Neighbour>,
        /// How many words there are in all.
        n_words: u64,
        /// Occurrences that have no word on this side in their clause.
        n_without: u64,
    },
}

/// An occurrence with what stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its document.
    pub id: DocumentId,
    /// Title of it.
    pub title: String,
    /// Date of it.
    pub date: Option<Date>,
    /// Place of it in the archive.
    pub path: String,
    /// Number of the paragraph in which it starts, from 1.
    pub paragraph: usize,
    /// First character of the text.
    pub start: usize,
    /// Behind its last character.
    pub end: usize,
    /// What stands before it in its paragraph.
    pub left: String,
    /// Itself, as it stands in the text.
    pub text: String,
    /// What stands behind it in its paragraph.
    pub right: String,
    /// How well it agrees.
    pub class: MatchClass,
}

/// A word that stands beside occurrences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// The word, folded.
    pub word: String,
    /// Occurrences beside which it stands.
    pub occurrences: u64,
    /// Documents that have such an occurrence.
    pub documents: u64,
}
