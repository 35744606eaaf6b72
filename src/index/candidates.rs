//! The documents that can match at all: where several phrases have to meet, the rarest is looked up
//! first and each other only in what the ones before have left.

use tantivy::{Searcher, TantivyError};

use super::exact_query::ExactSegments;
use super::highlight::Parts;
use super::plugin::Stream;
use crate::analysis::Phrase;
use crate::exact::{Corrupt, intersect};
use crate::query::{Leaf, LeafKind, Node};
use crate::search::Zone;

/// Documents by segment, ascending.
pub(super) type DocSets = Vec<Vec<u32>>;

/// A phrase that a document has to hold, and where.
type Required = (Zone, Phrase);

pub(super) struct Candidates<'a> {
    pub(super) segments: &'a ExactSegments,
    pub(super) zone: Zone,
}

impl Candidates<'_> {
    /// The documents that may match `root`, none of those that do left out; `None` where looking
    /// for them would spare nothing. `relaxed`: most of the words of keywords are enough.
    pub(super) fn of(&self, root: &Node, relaxed: bool) -> tantivy::Result<Option<DocSets>> {
        let nodes = match root {
            Node::And(nodes) => nodes.as_slice(),
            Node::Leaf(_) => std::slice::from_ref(root),
            _ => return Ok(None),
        };
        let (mut all, mut most) = (Vec::new(), Vec::new());
        for node in nodes {
            if let Node::Leaf(leaf) = node {
                let into = if relaxed && leaf.kind == LeafKind::Keyword {
                    &mut most
                } else {
                    &mut all
                };
                self.require(leaf, into);
            }
        }
        if all.len() + most.len() < 2 {
            return Ok(None);
        }
        let (all, most) = (self.by_rarity(all)?, self.by_rarity(most)?);
        let mut sets = Vec::with_capacity(self.segments.len());
        for ord in 0..self.segments.len() {
            let held = if all.is_empty() {
                None
            } else {
                Some(self.holding_all(ord, &all)?)
            };
            sets.push(match held {
                Some(held) if most.is_empty() => held,
                held => self.holding_most(ord, &most, held.as_deref())?,
            });
        }
        Ok(Some(sets))
    }

    /// Adds what a leaf requires: a phrase itself, a keyword its words.
    fn require(&self, leaf: &Leaf, into: &mut Vec<Required>) {
        let Some(parts) = Parts::of(leaf, self.zone) else {
            return;
        };
        let phrases = if parts.words.is_empty() {
            vec![parts.whole]
        } else {
            parts.words
        };
        for phrase in phrases {
            if !into
                .iter()
                .any(|(zone, p)| *zone == parts.zone && p.units() == phrase.units())
            {
                into.push((parts.zone, phrase));
            }
        }
    }

    /// The rarest first, each with what it weighs: nothing where it stands nowhere.
    fn by_rarity(&self, required: Vec<Required>) -> tantivy::Result<Vec<(u32, Required)>> {
        let mut weighed = Vec::with_capacity(required.len());
        for one in required {
            let mut n = 0;
            for segment in &**self.segments {
                let exact = segment.stream(stream_of(one.0));
                n += exact.estimate(&one.1).map_err(damaged)?;
            }
            weighed.push((n, one));
        }
        weighed.sort_by_key(|(n, _)| *n);
        Ok(weighed
            .into_iter()
            .map(|(n, one)| (u32::from(n > 0), one))
            .collect())
    }

    fn docs(
        &self,
        ord: usize,
        one: &Required,
        within: Option<&[u32]>,
    ) -> tantivy::Result<Vec<u32>> {
        // Where a title line is passed over the documents are a few too many, which is allowed.
        let exact = self.segments[ord].stream(stream_of(one.0));
        exact.docs(&one.1, within).map_err(damaged)
    }

    fn holding_all(&self, ord: usize, required: &[(u32, Required)]) -> tantivy::Result<Vec<u32>> {
        let mut held: Option<Vec<u32>> = None;
        for (_, one) in required {
            held = Some(self.docs(ord, one, held.as_deref())?);
            if held.as_ref().is_some_and(Vec::is_empty) {
                break;
            }
        }
        Ok(held.unwrap_or_default())
    }

    /// Documents that hold most of the words that stand anywhere: more than half of them.
    ///
    /// Who holds that much holds one of the rarer words; the commonest, which together do not weigh
    /// enough, are then only looked for in those documents.
    fn holding_most(
        &self,
        ord: usize,
        required: &[(u32, Required)],
        within: Option<&[u32]>,
    ) -> tantivy::Result<Vec<u32>> {
        let enough = required.iter().map(|(weight, _)| weight).sum::<u32>() / 2 + 1;
        let mut left = 0;
        let n_common = required
            .iter()
            .rev()
            .take_while(|(weight, _)| {
                left += weight;
                left < enough
            })
            .count();
        let (rare, common) = required.split_at(required.len() - n_common);
        let n_docs = self.segments[ord].text.n_docs();
        let mut weights = vec![0u32; n_docs as usize];
        for (weight, one) in rare {
            for doc in self.docs(ord, one, within)? {
                weights[doc as usize] += weight;
            }
        }
        let mut held: Vec<u32> = (0..n_docs)
            .filter(|doc| weights[*doc as usize] > 0)
            .collect();
        let mut left: u32 = common.iter().map(|(weight, _)| weight).sum();
        held.retain(|doc| weights[*doc as usize] + left >= enough);
        for (weight, one) in common {
            for doc in self.docs(ord, one, Some(&held))? {
                weights[doc as usize] += weight;
            }
            left -= weight;
            // Who cannot get there any more need not be looked at again.
            held.retain(|doc| weights[*doc as usize] + left >= enough);
        }
        if let Some(within) = within {
            intersect(&mut held, within);
        }
        Ok(held)
    }
}

pub(super) fn stream_of(zone: Zone) -> Stream {
    if zone == Zone::Title {
        Stream::Title
    } else {
        Stream::Text
    }
}

/// Units at the start of a document that are passed over.
pub(super) type Skip = Box<dyn Fn(u32) -> u32>;

/// For [`Zone::Body`]: how many units of each document are its title line.
pub(super) fn title_skip(
    searcher: &Searcher,
    ord: usize,
    zone: Zone,
) -> tantivy::Result<Option<Skip>> {
    if zone != Zone::Body {
        return Ok(None);
    }
    let title_units = searcher
        .segment_reader(ord as u32)
        .fast_fields()
        .u64("title_units")?;
    Ok(Some(Box::new(move |doc| {
        title_units.first(doc).unwrap_or(0) as u32
    })))
}

pub(super) fn damaged(corrupt: Corrupt) -> TantivyError {
    TantivyError::InternalError(corrupt.to_string())
}
