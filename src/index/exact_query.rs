//! What a query has found in the exact index, as a query of tantivy's: documents with their scores.

use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::query::{EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError};

use super::matching::DocSets;
use super::plugin::Stream;
use super::store;
use crate::exact::Reader;

/// The exact indexes of one segment, and what is stored of its documents.
pub(super) struct ExactSegment {
    pub(super) id: SegmentId,
    pub(super) store: store::Reader,
    pub(super) text: Reader,
    pub(super) title: Reader,
    pub(super) headings: Reader,
}

impl ExactSegment {
    pub(super) fn stream(&self, stream: Stream) -> &Reader {
        match stream {
            Stream::Text => &self.text,
            Stream::Title => &self.title,
            Stream::Headings => &self.headings,
        }
    }
}

/// The exact indexes of all segments that a searcher sees, in its order.
pub(super) type ExactSegments = Arc<[ExactSegment]>;

/// The documents that a query has found, and what they score.
#[derive(Clone)]
pub(super) struct ExactQuery {
    found: Arc<Found>,
}

struct Found {
    segments: ExactSegments,
    docs: Arc<DocSets>,
    /// Of each document; empty where nobody asks.
    scores: Vec<Vec<Score>>,
}

impl ExactQuery {
    pub(super) fn new(
        segments: &ExactSegments,
        docs: &Arc<DocSets>,
        scores: Vec<Vec<Score>>,
    ) -> Self {
        Self {
            found: Arc::new(Found {
                segments: Arc::clone(segments),
                docs: Arc::clone(docs),
                scores,
            }),
        }
    }
}

impl std::fmt::Debug for ExactQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let n_docs: usize = self.found.docs.iter().map(Vec::len).sum();
        write!(f, "exact({n_docs} documents)")
    }
}

impl Query for ExactQuery {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for ExactQuery {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut segments = self.found.segments.iter();
        let Some(ord) = segments.position(|s| s.id == reader.segment_id()) else {
            return Ok(Box::new(EmptyScorer));
        };
        Ok(Box::new(ExactScorer {
            found: Arc::clone(&self.found),
            ord,
            at: 0,
            boost,
        }))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        if scorer.doc() > doc || scorer.seek(doc) != doc {
            let error = format!("document {doc} does not match");
            return Err(TantivyError::InvalidArgument(error));
        }
        Ok(Explanation::new("sum of signals, BM25", scorer.score()))
    }
}

struct ExactScorer {
    found: Arc<Found>,
    ord: usize,
    at: usize,
    boost: Score,
}

impl DocSet for ExactScorer {
    #[inline]
    fn advance(&mut self) -> DocId {
        self.at += 1;
        self.doc()
    }

    #[inline]
    fn doc(&self) -> DocId {
        let docs = self.found.docs.get(self.ord);
        let doc = docs.and_then(|docs| docs.get(self.at));
        doc.copied().unwrap_or(TERMINATED)
    }

    fn size_hint(&self) -> u32 {
        self.found.docs.get(self.ord).map_or(0, Vec::len) as u32
    }
}

impl Scorer for ExactScorer {
    #[inline]
    fn score(&mut self) -> Score {
        let scores = self.found.scores.get(self.ord);
        let score = scores.and_then(|scores| scores.get(self.at));
        score.map_or(0.0, |score| score * self.boost)
    }
}
