//! Documents and occurrences over time, kinds, meetings, speakers and regions.

use std::time::Instant;

use super::{Filters, IndexInfo, Mask, Scope, Summary, Zone};
use crate::query::Query;

/// Most queries that are counted side by side.
pub const MAX_QUERIES: usize = 5;

/// What documents are put into buckets by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum By {
    /// The year that they belong to.
    Year,
    /// The month of their date, `2023-07`.
    Month,
    /// 文种.
    Kind,
    /// Name of the meeting.
    Meeting,
    /// Who speaks.
    Speaker,
    /// Which place they are of.
    Region,
}

impl By {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Year,
        Self::Month,
        Self::Kind,
        Self::Meeting,
        Self::Speaker,
        Self::Region,
    ];

    /// Name as a value of the parameter `by`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Kind => "type",
            Self::Meeting => "meeting",
            Self::Speaker => "speaker",
            Self::Region => "region",
        }
    }

    /// Whether the buckets are stretches of time.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Year | Self::Month)
    }
}

/// What is to be counted, among which documents.
#[derive(Clone, Debug)]
pub struct CountsRequest {
    /// Counted side by side; an empty query has all documents and no occurrences.
    pub queries: Vec<Query>,
    /// By what.
    pub by: By,
    /// Where leaves are looked for that do not say so themselves.
    pub zone: Zone,
    /// Whether what is under masks counts.
    pub mask: Mask,
    /// How close together what is joined by AND has to stand.
    pub scope: Scope,
    /// Among which documents.
    pub filters: Filters,
    /// Most buckets where they are no stretches of time; of time there are all.
    pub limit: usize,
    /// When an answer is of no use any more.
    pub deadline: Option<Instant>,
}

/// Documents and occurrences of one query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Documents that match.
    pub documents: u64,
    /// Occurrences in them.
    pub occurrences: u64,
}

/// A value and what is counted of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// The value; a year or month as digits. Empty in [`Counts::without`].
    pub value: String,
    /// Documents that the filters leave, whether a query matches or not.
    pub documents: u64,
    /// Of each query, in their order.
    pub counts: Vec<Tally>,
}

/// What was counted; exact.
#[derive(Clone, Debug)]
pub struct Counts {
    /// The index that answered.
    pub index: IndexInfo,
    /// Documents that the filters leave.
    pub documents: u64,
    /// Of time: every stretch in which there is a document, the oldest first. Else those in which a
    /// query matches, the most documents first.
    pub buckets: Vec<Bucket>,
    /// Buckets that [`CountsRequest::limit`] has left out.
    pub n_left_out: u64,
    /// Documents that have no such value.
    pub without: Bucket,
    /// What goes for each query as a whole, in their order.
    pub queries: Vec<QueryCounts>,
}

/// A query as a whole.
#[derive(Clone, Debug)]
pub struct QueryCounts {
    /// Documents and occurrences in all.
    pub total: Tally,
    /// Other writings of its numbers that were looked for, too.
    pub variants: Vec<String>,
    /// The oldest document that matches, of those with a date.
    pub first: Option<Summary>,
    /// The newest.
    pub last: Option<Summary>,
}
