//! How often a query occurs in the documents that match it.

use super::branches::{Branched, When};
use super::matching::{DocSets, Matching};
use crate::analysis::Phrase;
use crate::exact::DocMatch;

/// The occurrences of a query in one document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) n: u32,
    pub(super) n_exact: u32,
    /// Of which only the text can tell whether they are exact.
    pub(super) n_undecided: u32,
    /// Keywords of several words that occur whole.
    pub(super) n_whole: u32,
    /// Under masks.
    pub(super) n_masked: u32,
}

impl Count {
    /// Adds what was counted otherwise of the same document.
    pub(super) fn add_count(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.n_exact = self.n_exact.saturating_add(other.n_exact);
        self.n_undecided = self.n_undecided.saturating_add(other.n_undecided);
        self.n_masked = self.n_masked.saturating_add(other.n_masked);
        self.n_whole = self.n_whole.saturating_add(other.n_whole);
    }

    pub(super) fn add(&mut self, found: &DocMatch) {
        self.n = self.n.saturating_add(found.n);
        self.n_exact = self.n_exact.saturating_add(found.n_exact);
        self.n_undecided = self.n_undecided.saturating_add(found.n_undecided);
        self.n_masked = self.n_masked.saturating_add(found.n_masked);
    }

    /// What comes before scores: documents that hold more keywords whole are better, and those that
    /// hold what was asked for only under masks come last, unless the search was `relaxed`: there a
    /// mask may hide all but the end of a question, and says nothing for or against a document.
    pub(super) fn rank(&self, relaxed: bool) -> u32 {
        if !relaxed && self.n > 0 && self.n == self.n_masked {
            0
        } else {
            self.n_whole + 1
        }
    }
}

/// Counts the occurrences of all leaves in each of `docs`: of a keyword those of the whole, or,
/// where that does not occur, those of its words. `holds` are the documents of what the leaves depend
/// on.
pub(super) fn counts(
    matching: &Matching<'_>,
    leaves: &[Branched],
    holds: &[DocSets],
    docs: &DocSets,
) -> tantivy::Result<Vec<Vec<Count>>> {
    matching.by_segment(|ord| match docs.get(ord) {
        Some(docs) => counts_in(matching, ord, leaves, holds, docs),
        None => Ok(Vec::new()),
    })
}

/// The same in one segment.
fn counts_in(
    matching: &Matching<'_>,
    ord: usize,
    leaves: &[Branched],
    holds: &[DocSets],
    docs: &[u32],
) -> tantivy::Result<Vec<Count>> {
    let mut counts = vec![Count::default(); docs.len()];
    for leaf in leaves {
        matching.deadline.check()?;
        let parts = &leaf.parts;
        let counts_there = |when: &When, doc: u32| {
            when.is_so(|number| {
                let holds = holds.get(number).and_then(|sets| sets.get(ord));
                holds.is_some_and(|docs| docs.binary_search(&doc).is_ok())
            })
        };
        // Ranking will ask for longer ones in all documents, but not for what is more than a phrase.
        let is_longer = |phrase: &Phrase| phrase.units().len() > 2;
        let is_longer = parts.whole.only_phrase().is_some_and(is_longer);
        let within = (!is_longer).then_some(docs);
        let whole = matching.sought(ord, parts.zone, &parts.whole, within)?;
        let several = !parts.words.is_empty();
        let mut is_whole = vec![false; docs.len()];
        for_each_of(docs, &whole, |at, found| {
            is_whole[at] = true;
            if counts_there(&leaf.whole, docs[at]) {
                counts[at].add(found);
                counts[at].n_whole += u32::from(several && found.n > found.n_masked);
            }
        });
        let (mut rest, mut places) = (Vec::new(), Vec::new());
        for (at, doc) in docs
            .iter()
            .enumerate()
            .filter(|(at, doc)| several && !is_whole[*at] && counts_there(&leaf.words, **doc))
        {
            rest.push(*doc);
            places.push(at);
        }
        for word in &parts.words {
            let found = matching.sought(ord, parts.zone, word, Some(&rest))?;
            for_each_of(&rest, &found, |at, found| counts[places[at]].add(found));
        }
    }
    Ok(counts)
}

/// Calls `each` with what was found in each of `docs`, and the document's place there.
pub(super) fn for_each_of(
    docs: &[u32],
    found: &[DocMatch],
    mut each: impl FnMut(usize, &DocMatch),
) {
    let mut at = 0;
    for one in found {
        while docs.get(at).is_some_and(|doc| *doc < one.doc) {
            at += 1;
        }
        if docs.get(at) == Some(&one.doc) {
            each(at, one);
        }
    }
}
