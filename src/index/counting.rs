//! How often a query occurs in the documents that match it.

use super::highlight::Parts;
use super::matching::{DocSets, Matching};
use crate::exact::DocMatch;
use crate::query::Node;

/// The occurrences of a query in one document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) n: u32,
    pub(super) n_exact: u32,
    /// Of which only the text can tell whether they are exact.
    pub(super) n_undecided: u32,
    /// Keywords of several words that occur whole.
    pub(super) n_whole: u32,
}

impl Count {
    fn add(&mut self, found: &DocMatch) {
        self.n = self.n.saturating_add(found.n);
        self.n_exact = self.n_exact.saturating_add(found.n_exact);
        self.n_undecided = self.n_undecided.saturating_add(found.n_undecided);
    }
}

/// Counts the occurrences of all leaves in each of `docs`: of a keyword those of the whole, or,
/// where that does not occur, those of its words. The same leaf asked twice counts once.
pub(super) fn counts(
    matching: &Matching<'_>,
    root: Option<&Node>,
    docs: &DocSets,
) -> tantivy::Result<Vec<Vec<Count>>> {
    let leaves = root.map_or_else(Vec::new, |root| Parts::of_all(root, matching.zone));
    let mut all = Vec::with_capacity(docs.len());
    for (ord, docs) in docs.iter().enumerate() {
        let mut counts = vec![Count::default(); docs.len()];
        for parts in &leaves {
            // Ranking will ask for longer ones in all documents.
            let within = (parts.whole.units().len() <= 2).then_some(docs.as_slice());
            let whole = matching.find(ord, parts.zone, &parts.whole, within)?;
            let several = !parts.words.is_empty();
            let mut is_whole = vec![false; docs.len()];
            for_each_of(docs, &whole, |at, found| {
                counts[at].add(found);
                counts[at].n_whole += u32::from(several);
                is_whole[at] = true;
            });
            let (mut rest, mut places) = (Vec::new(), Vec::new());
            for (at, doc) in docs
                .iter()
                .enumerate()
                .filter(|(at, _)| several && !is_whole[*at])
            {
                rest.push(*doc);
                places.push(at);
            }
            for word in &parts.words {
                let found = matching.find(ord, parts.zone, word, Some(&rest))?;
                for_each_of(&rest, &found, |at, found| counts[places[at]].add(found));
            }
        }
        all.push(counts);
    }
    Ok(all)
}

/// Calls `each` with what was found in each of `docs`, and the document's place there.
fn for_each_of(docs: &[u32], found: &[DocMatch], mut each: impl FnMut(usize, &DocMatch)) {
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
