//! Answers what someone who types may be about to type: the proposals of the file of suggestions,
//! mixed, and phrases counted by the exact index.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;
use tantivy::Searcher;

use super::exact_query::ExactSegments;
use super::matching::damaged;
use super::suggestions::{Proposal, Suggestions};
use crate::analysis::Phrase;
use crate::exact::Within;
use crate::search::{Suggestion, SuggestionKind};

/// Of so many suggestions at most so many are of one kind while there are others.
const SHARE_OF_KIND: (usize, usize) = (3, 5);
/// Most phrases whose counts are kept.
const MAX_COUNTED: usize = 50_000;
/// A phrase that would have to be looked for in more places is said to be in about as many documents
/// as it was mined from.
const MAX_PLACES: usize = 100_000;

/// The suggestions of a generation, opened when first asked for.
pub(super) struct Suggester {
    folder: PathBuf,
    suggestions: OnceLock<Option<Suggestions>>,
    /// Documents that hold a phrase.
    counted: Mutex<FxHashMap<String, u64>>,
}

impl Suggester {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            suggestions: OnceLock::new(),
            counted: Mutex::default(),
        }
    }

    /// `None` where there are none.
    pub(super) fn suggestions(&self) -> Option<&Suggestions> {
        let open = || Suggestions::open(&self.folder);
        self.suggestions.get_or_init(open).as_ref()
    }

    pub(super) fn suggest(
        &self,
        searcher: &Searcher,
        segments: &ExactSegments,
        typed: &str,
        limit: usize,
    ) -> tantivy::Result<Vec<Suggestion>> {
        let Some(suggestions) = self.suggestions() else {
            return Ok(Vec::new());
        };
        let mut proposals = suggestions.proposals(typed, limit);
        order(&mut proposals);
        let mut chosen = chosen(&proposals, limit);
        for proposal in &mut chosen {
            if proposal.kind == SuggestionKind::Phrase {
                let documents = self.documents(searcher, segments, proposal)?;
                proposal.documents = u32::try_from(documents).unwrap_or(u32::MAX);
            }
        }
        // Phrases of documents that are gone.
        chosen.retain(|proposal| proposal.documents > 0);
        order(&mut chosen);
        let suggestion = |proposal: Proposal| Suggestion {
            text: proposal.text,
            kind: proposal.kind,
            documents: u64::from(proposal.documents),
            matched: proposal.matched,
        };
        Ok(chosen.into_iter().map(suggestion).collect())
    }

    /// How many documents hold a phrase.
    fn documents(
        &self,
        searcher: &Searcher,
        segments: &ExactSegments,
        proposal: &Proposal,
    ) -> tantivy::Result<u64> {
        let counted = || self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(documents) = counted().get(&proposal.text) {
            return Ok(*documents);
        }
        let Some(phrase) = Phrase::new(&proposal.text) else {
            return Ok(0);
        };
        let mut documents = 0;
        for (segment, reader) in segments.iter().zip(searcher.segment_readers()) {
            if segment.text.estimate(&phrase).map_err(damaged)? > MAX_PLACES {
                return Ok(u64::from(proposal.documents));
            }
            let docs = segment
                .text
                .docs(&phrase, Within::default())
                .map_err(damaged)?;
            let alive = docs.iter().filter(|doc| !reader.is_deleted(**doc));
            documents += alive.count() as u64;
        }
        let mut counted = counted();
        if counted.len() >= MAX_COUNTED {
            counted.clear();
        }
        counted.insert(proposal.text.clone(), documents);
        Ok(documents)
    }
}

/// What begins with what was typed comes first, then what more documents have; a name or a title
/// weighs more than a phrase of as many documents, which stands for much else.
fn order(proposals: &mut [Proposal]) {
    let weight = |proposal: &Proposal| {
        let bonus = match proposal.kind {
            SuggestionKind::Meeting | SuggestionKind::Speaker => 3.0,
            SuggestionKind::Title => 1.5,
            SuggestionKind::Heading => 1.0,
            SuggestionKind::Phrase => 0.0,
        };
        f64::from(proposal.documents).ln_1p() + bonus
    };
    proposals.sort_by(|a, b| {
        b.begins
            .cmp(&a.begins)
            .then_with(|| weight(b).total_cmp(&weight(a)))
            .then_with(|| a.text.cmp(&b.text))
    });
}

/// The first `limit` of ordered proposals, without letting one kind crowd out those of others that
/// begin with what was typed as well.
fn chosen(proposals: &[Proposal], limit: usize) -> Vec<Proposal> {
    let most = (limit * SHARE_OF_KIND.0).div_ceil(SHARE_OF_KIND.1);
    let mut chosen: Vec<Proposal> = Vec::with_capacity(limit);
    for begins in [true, false] {
        let mut crowd = Vec::new();
        for proposal in proposals
            .iter()
            .filter(|proposal| proposal.begins == begins)
        {
            // What begins with it may have it inside again.
            if chosen.iter().any(|known| known.text == proposal.text) {
                continue;
            }
            let of_kind = chosen.iter().filter(|known| known.kind == proposal.kind);
            if chosen.len() < limit && of_kind.count() < most {
                chosen.push(proposal.clone());
            } else {
                crowd.push(proposal.clone());
            }
        }
        let room = limit - chosen.len();
        chosen.extend(crowd.into_iter().take(room));
    }
    chosen
}
