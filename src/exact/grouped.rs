//! Patterns of parts that all are common: joined sentence by sentence, in those that hold all parts.

use std::sync::Arc;

use super::Corrupt;
use super::borders::Borders;
use super::comparison::Comparison;
use super::matcher::Within;
use super::reader::Reader;
use super::sets::NumberSet;
use super::spans::{Sequence, Span, SpanWriting};
use crate::analysis::pattern::STAR_UNITS;
use crate::analysis::{Link, Pattern};

/// Places, and parts of sentences, that are looked at between two questions whether anybody still
/// waits.
const PATIENCE: usize = 1 << 16;

/// Some positions, which ascend, by the sentences in which they lie.
pub(super) struct Grouped {
    /// The sentences in which there is any.
    pub(super) sentences: NumberSet,
    /// Of each of these where its positions begin, and behind them where all end.
    starts: Vec<u32>,
    /// Such sentences before each word of the set.
    ranks: Vec<u32>,
}

impl Grouped {
    pub(super) fn new(positions: &[u32], borders: &Borders) -> Self {
        let mut sentences = NumberSet::new(borders.n_stretches() as usize);
        let mut starts = Vec::new();
        let (mut walk, mut last) = (borders.walk(), None);
        for (position, at) in positions.iter().zip(0..) {
            let sentence = walk.stretch(*position);
            if last != Some(sentence) {
                sentences.insert(sentence);
                starts.push(at);
                last = Some(sentence);
            }
        }
        starts.push(positions.len() as u32);
        let ranks = sentences.ranks();
        Self {
            sentences,
            starts,
            ranks,
        }
    }

    /// How much memory it takes, in positions.
    pub(super) fn n_kept(&self) -> usize {
        self.starts.len() + self.ranks.len() * 3
    }

    /// The positions that lie in a sentence.
    #[inline]
    fn within<'p>(&self, positions: &'p [u32], sentence: u32) -> &'p [u32] {
        let Some(at) = self.sentences.rank(&self.ranks, sentence) else {
            return &[];
        };
        let ends = self.starts.get(at..at + 2);
        let range = ends.map(|ends| ends[0] as usize..ends[1] as usize);
        range.and_then(|range| positions.get(range)).unwrap_or(&[])
    }
}

/// A part, ready to be joined with others.
struct Joined<'r, 'p> {
    positions: Arc<Vec<u32>>,
    grouped: Arc<Grouped>,
    comparison: Comparison<'r, 'p>,
    len: u32,
}

impl Reader {
    /// The places at which all parts of a pattern stand behind each other in one sentence; none of the
    /// parts holds a stop. `order` says which of the parts each is.
    pub(super) fn joined_by_sentence(
        &self,
        pattern: &Pattern,
        parts: &[Sequence<'_>],
        order: &[usize],
        sentences: &Borders,
        within: Within<'_>,
    ) -> Result<Vec<Span>, Corrupt> {
        let mut held: Option<NumberSet> = None;
        let mut ready: Vec<Option<Joined<'_, '_>>> = parts.iter().map(|_| None).collect();
        for part in parts {
            if within.is_given_up() {
                return Ok(Vec::new());
            }
            let positions = self.looked_up(&part.ids, within)?;
            let grouped = match within.lookups {
                Some(lookups) => lookups.grouped(&part.ids, &positions, sentences),
                None => Arc::new(Grouped::new(&positions, sentences)),
            };
            match &mut held {
                Some(held) => held.intersect(&grouped.sentences),
                None => held = Some(grouped.sentences.clone()),
            }
            if held.as_ref().is_none_or(NumberSet::is_empty) {
                return Ok(Vec::new());
            }
            if let Some(slot) = ready.get_mut(part.number) {
                *slot = Some(Joined {
                    positions,
                    grouped,
                    comparison: Comparison::new(self, &part.phrase.surfaces())?,
                    len: part.ids.len() as u32,
                });
            }
        }
        let mut held = held.unwrap_or_default();
        if let Some(docs) = within.docs {
            let mut of_docs = NumberSet::new(sentences.n_stretches() as usize);
            for (start, end) in self.ranges(docs) {
                of_docs.insert_range(sentences.stretch(start), sentences.stretch(end - 1) + 1);
            }
            held.intersect(&of_docs);
        }
        let part_of = |n: &usize| ready.get(*n).and_then(Option::as_ref);
        let Some(ordered) = order.iter().map(part_of).collect::<Option<Vec<_>>>() else {
            return Ok(Vec::new());
        };
        let (mut spans, mut n_seen, mut is_given_up) = (Vec::new(), 0, false);
        let (mut behind, mut here): (Vec<Span>, Vec<Span>) = Default::default();
        held.for_each(|sentence| {
            behind.clear();
            for (index, part) in ordered.iter().enumerate().rev() {
                // A sentence may be as long as a text, and a pattern have hundreds of parts.
                n_seen += behind.len() + 1;
                if n_seen > PATIENCE {
                    is_given_up = is_given_up || within.is_given_up();
                    n_seen = 0;
                }
                if is_given_up {
                    return;
                }
                here.clear();
                let link = pattern.links().get(index).copied();
                join(part, link, sentence, &behind, &mut here);
                std::mem::swap(&mut behind, &mut here);
                if behind.is_empty() {
                    return;
                }
            }
            spans.extend_from_slice(&behind);
        });
        Ok(spans)
    }
}

/// Joins what a part has in a sentence with what stands `behind` it; the last has no link.
#[inline]
fn join(
    part: &Joined<'_, '_>,
    link: Option<Link>,
    sentence: u32,
    behind: &[Span],
    into: &mut Vec<Span>,
) {
    let mut from = 0;
    for &start in part.grouped.within(&part.positions, sentence) {
        let end = start + part.len;
        let (end, writing) = match link {
            None => (end, SpanWriting::Exact),
            Some(link) => {
                let (low, high) = match link {
                    Link::Gap => (end, u32::MAX),
                    Link::Star => (end + 1, end.saturating_add(STAR_UNITS)),
                };
                // Ends ascend with starts, so the first has the nearest end.
                while behind.get(from).is_some_and(|next| next.start < low) {
                    from += 1;
                }
                match behind.get(from) {
                    None => break,
                    Some(next) if next.start <= high => (next.end, next.writing),
                    Some(_) => continue,
                }
            }
        };
        into.push(Span {
            start,
            end,
            writing: SpanWriting::from(part.comparison.verdict(start)).max(writing),
        });
    }
}
