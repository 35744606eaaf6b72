//! A phrase, looked up in the exact index, as a query of tantivy's: scored by BM25 on occurrences.

use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::query::{EmptyScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED};

use super::plugin::Stream;
use crate::exact::{DocMatch, Reader};

/// Saturation of the term frequency, and weight of the document's length.
const K1: Score = 1.2;
const B: Score = 0.75;

/// The exact indexes of one segment.
pub(super) struct ExactSegment {
    pub(super) id: SegmentId,
    pub(super) text: Reader,
    pub(super) title: Reader,
}

impl ExactSegment {
    pub(super) fn stream(&self, stream: Stream) -> &Reader {
        match stream {
            Stream::Text => &self.text,
            Stream::Title => &self.title,
        }
    }
}

/// The exact indexes of all segments that a searcher sees, in its order.
pub(super) type ExactSegments = Arc<[ExactSegment]>;

/// Everything that matches one phrase: a list a segment, by the order of segments.
pub(super) struct Matches {
    pub(super) stream: Stream,
    pub(super) by_segment: Vec<Vec<DocMatch>>,
    /// Number of documents of the index that match, or an estimate where only a part was looked at.
    pub(super) doc_freq: u64,
}

/// Documents that hold a phrase.
#[derive(Clone)]
pub(super) struct ExactQuery {
    segments: ExactSegments,
    matches: Arc<Matches>,
    boost: Score,
}

impl ExactQuery {
    pub(super) fn new(segments: &ExactSegments, matches: &Arc<Matches>, boost: Score) -> Self {
        Self {
            segments: Arc::clone(segments),
            matches: Arc::clone(matches),
            boost,
        }
    }
}

impl std::fmt::Debug for ExactQuery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exact({} documents)^{}",
            self.matches.doc_freq, self.boost
        )
    }
}

impl Query for ExactQuery {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let readers = || self.segments.iter().map(|s| s.stream(self.matches.stream));
        let n_docs: u64 = readers().map(|reader| u64::from(reader.n_docs())).sum();
        let n_units: u64 = readers().map(Reader::n_units).sum();
        let df = self.matches.doc_freq.min(n_docs) as f32;
        // BM25's idf in the form that never goes below zero.
        let idf = (1.0 + (n_docs as f32 - df + 0.5) / (df + 0.5)).ln();
        Ok(Box::new(ExactWeight {
            query: self.clone(),
            weight: idf * self.boost * (1.0 + K1),
            average_len: (n_units as f32 / n_docs.max(1) as f32).max(1.0),
        }))
    }
}

struct ExactWeight {
    query: ExactQuery,
    weight: Score,
    /// In units.
    average_len: Score,
}

impl Weight for ExactWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let segments = &self.query.segments;
        let Some(ord) = segments.iter().position(|s| s.id == reader.segment_id()) else {
            return Ok(Box::new(EmptyScorer));
        };
        Ok(Box::new(ExactScorer {
            segments: Arc::clone(segments),
            matches: Arc::clone(&self.query.matches),
            ord,
            at: 0,
            weight: self.weight * boost,
            average_len: self.average_len,
        }))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(reader, 1.0)?;
        if scorer.seek(doc) != doc {
            let error = format!("document {doc} does not match");
            return Err(tantivy::TantivyError::InvalidArgument(error));
        }
        Ok(Explanation::new(
            "occurrences of a phrase, BM25",
            scorer.score(),
        ))
    }
}

struct ExactScorer {
    segments: ExactSegments,
    matches: Arc<Matches>,
    ord: usize,
    at: usize,
    weight: Score,
    average_len: Score,
}

impl ExactScorer {
    #[inline]
    fn list(&self) -> &[DocMatch] {
        &self.matches.by_segment[self.ord]
    }
}

impl DocSet for ExactScorer {
    #[inline]
    fn advance(&mut self) -> DocId {
        self.at += 1;
        self.doc()
    }

    #[inline]
    fn seek(&mut self, target: DocId) -> DocId {
        self.at = seek(self.list(), self.at, target);
        self.doc()
    }

    #[inline]
    fn doc(&self) -> DocId {
        self.list().get(self.at).map_or(TERMINATED, |m| m.doc)
    }

    fn size_hint(&self) -> u32 {
        self.list().len() as u32
    }
}

impl Scorer for ExactScorer {
    fn score(&mut self) -> Score {
        let Some(found) = self.list().get(self.at) else {
            return 0.0;
        };
        let tf = found.n as Score;
        let reader = self.segments[self.ord].stream(self.matches.stream);
        let len = reader.doc_len(found.doc) as Score / self.average_len;
        self.weight * tf / (tf + K1 * (1.0 - B + B * len))
    }
}

/// The first place from `at` on whose document is not below `target`.
#[inline]
pub(super) fn seek(list: &[DocMatch], at: usize, target: DocId) -> usize {
    let (mut low, mut step) = (at, 1);
    while low + step <= list.len() && list[low + step - 1].doc < target {
        low += step;
        step *= 2;
    }
    let high = (low + step).min(list.len());
    low + list[low.min(high)..high].partition_point(|m| m.doc < target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeking_finds_the_first_not_below() {
        let m = |doc| DocMatch {
            doc,
            n: 1,
            n_exact: 0,
            n_undecided: 0,
        };
        let list: Vec<DocMatch> = [1, 4, 5, 9, 12, 40].into_iter().map(m).collect();
        for target in 0..50 {
            let expected = list.partition_point(|m| m.doc < target);
            for at in 0..=expected {
                assert_eq!(seek(&list, at, target), expected, "{target} from {at}");
            }
        }
    }
}
