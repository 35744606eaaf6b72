//! What is asked for when nothing matches: most of the words of a query instead of all.

use super::matching::{DocSets, Matching, Wanted};
use super::parts::Sought;
use crate::query::{Leaf, LeafKind, Node};
use crate::search::Zone;

impl Matching<'_> {
    /// Whether there is something to relax: three words at least, in one keyword or in several.
    pub(super) fn can_be_relaxed(&self, root: &Node) -> bool {
        let mut n_words = 0;
        root.for_each_positive(&mut |leaf| {
            if leaf.kind == LeafKind::Keyword {
                n_words += self.parts(leaf).map_or(0, |parts| {
                    parts.words.len().max(1) + parts.function_words.len()
                });
            }
        });
        n_words >= 3
    }

    /// Whether all of these documents match by masks alone that hide at least as much as they show.
    /// Of a long question hardly more than its last word stands beside some mask of any archive.
    pub(super) fn are_only_guessed(&self, root: &Node, docs: &DocSets) -> tantivy::Result<bool> {
        if !self.may_be_masked(root)? {
            return Ok(false);
        }
        let told = self.only_told();
        let wanted = told.node(root)?;
        for (ord, docs) in docs.iter().enumerate() {
            if !told.eval(ord, &wanted, Some(docs))?.is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether something that is looked for stands under masks somewhere.
    fn may_be_masked(&self, node: &Node) -> tantivy::Result<bool> {
        let mut soughts = Vec::new();
        node.for_each_positive(&mut |leaf| {
            let parts = self.parts(leaf);
            soughts.extend(parts.map(|parts| (parts.zone, parts.whole)));
        });
        for (zone, sought) in soughts {
            if self.is_masked_anywhere(zone, &sought)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a part of a relaxed query asks for: most of the words of its keywords instead of all.
    pub(super) fn relaxed_node(&self, node: &Node) -> tantivy::Result<Wanted> {
        let nodes = match node {
            Node::And(nodes) => nodes.as_slice(),
            Node::Leaf(leaf) if leaf.kind == LeafKind::Keyword => std::slice::from_ref(node),
            Node::Or(nodes) => return Ok(Wanted::Any(self.each(nodes, Self::relaxed_node)?)),
            _ => return self.node(node),
        };
        let (mut all, mut words) = (Vec::new(), Vec::new());
        let mut n_function = 0;
        for node in nodes {
            match node {
                Node::Leaf(leaf) if leaf.kind == LeafKind::Keyword => {
                    n_function += self.words(leaf, &mut words);
                }
                _ => all.push(self.relaxed_node(node)?),
            }
        }
        if !words.is_empty() {
            let mut by_cost = Vec::with_capacity(words.len());
            for (zone, word) in words {
                by_cost.push((self.sought_cost(zone, &word)?, (zone, word)));
            }
            by_cost.retain(|(cost, _)| *cost > 0);
            by_cost.sort_by_key(|(cost, _)| *cost);
            let words = by_cost.into_iter().map(|(_, word)| word);
            let words: Vec<_> = words.collect();
            // More than half; of a question, which has function words, half: these count as if they
            // stood everywhere, but a quarter of the others has to be there.
            let enough = if n_function == 0 {
                words.len() / 2 + 1
            } else {
                (words.len() + n_function)
                    .div_ceil(2)
                    .saturating_sub(n_function)
                    .max(words.len().div_ceil(4))
                    .max(1)
            };
            all.push(Wanted::Most(words, enough));
        }
        let relaxed = self.all(all)?;
        if self.may_be_masked(node)? {
            // What stands under masks is kept, whatever they hide.
            return Ok(Wanted::Any(vec![self.node(node)?, relaxed]));
        }
        Ok(relaxed)
    }

    /// Adds the words of a keyword, or itself where it is one; each but once. Gives the number of
    /// its function words, which are not added.
    fn words(&self, leaf: &Leaf, into: &mut Vec<(Zone, Sought)>) -> usize {
        let Some(parts) = self.parts(leaf) else {
            return 0;
        };
        let zone = parts.zone;
        let words = if parts.words.is_empty() {
            vec![parts.whole]
        } else {
            parts.words
        };
        for word in words {
            let entry = (zone, word);
            if !into.contains(&entry) {
                into.push(entry);
            }
        }
        parts.function_words.len()
    }

    /// Documents that hold `enough` of `words`, which come rarest first.
    ///
    /// Who holds that much holds one of the rarer words; the commonest, which together are not
    /// enough, are then only looked for in those documents.
    pub(super) fn holding_most(
        &self,
        ord: usize,
        words: &[(Zone, Sought)],
        enough: usize,
        within: Option<&[u32]>,
    ) -> tantivy::Result<Vec<u32>> {
        let (rare, common) = words.split_at(words.len().saturating_sub(enough - 1));
        let n_docs = self.segments[ord].text.n_docs();
        let mut n_held = vec![0u16; n_docs as usize];
        let count = |docs: &[u32], n_held: &mut [u16]| {
            for doc in docs {
                // A query has at most 1,000 characters, and a word one at least.
                n_held[*doc as usize] += 1;
            }
        };
        for (zone, word) in rare {
            count(&self.holding(ord, *zone, word, within)?, &mut n_held);
        }
        let can = |n: u16, n_left: usize| n > 0 && usize::from(n) + n_left >= enough;
        let mut docs: Vec<u32> = (0..n_docs)
            .filter(|doc| can(n_held[*doc as usize], common.len()))
            .collect();
        for (index, (zone, word)) in common.iter().enumerate() {
            count(&self.holding(ord, *zone, word, Some(&docs))?, &mut n_held);
            // Who cannot get there any more need not be looked at again.
            docs.retain(|doc| can(n_held[*doc as usize], common.len() - index - 1));
        }
        Ok(docs)
    }

    /// The documents that hold all of some terms but one, for each of the first `n`.
    pub(super) fn docs_without(&self, terms: &[Node], n: usize) -> tantivy::Result<Vec<DocSets>> {
        /// Lacks more than one.
        const MORE: u16 = u16::MAX;
        let mut by_cost = Vec::with_capacity(terms.len());
        for (term, number) in terms.iter().zip(1u16..) {
            let wanted = self.node(term)?;
            by_cost.push((self.cost(&wanted)?, number, wanted));
        }
        by_cost.sort_by_key(|(cost, number, _)| (*cost, *number));
        let mut without = vec![DocSets::new(); n];
        let everything = self.docs(&Wanted::All(Vec::new()))?;
        for (ord, mut docs) in everything.into_iter().enumerate() {
            // The number of the only term that each lacks; 0: none.
            let mut lacks = vec![0u16; self.segments[ord].text.n_docs() as usize];
            for (_, number, wanted) in &by_cost {
                let holding = self.eval(ord, wanted, Some(&docs))?;
                let mut holding = holding.iter().peekable();
                docs.retain(|doc| {
                    while holding.next_if(|other| *other < doc).is_some() {}
                    let lacked = &mut lacks[*doc as usize];
                    if holding.peek() != Some(&doc) {
                        *lacked = if *lacked == 0 { *number } else { MORE };
                    }
                    *lacked != MORE
                });
            }
            for (sets, number) in without.iter_mut().zip(1..) {
                let lacks_no_other = |doc: &&u32| [0, number].contains(&lacks[**doc as usize]);
                sets.push(docs.iter().filter(lacks_no_other).copied().collect());
            }
        }
        Ok(without)
    }
}
