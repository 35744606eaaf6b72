//! Which leaves of a query made a document match. Of what OR joins, only the branches that hold in a
//! document did: `甲 乙 | 丙` marks and counts 甲 only where 乙 stands, too.

use super::matching::{DocSets, Matching};
use super::parts::Parts;
use crate::query::{Leaf, Node};

/// When something counts: if all of some numbers hold, or all of some others. `None`: always.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct When(Option<Vec<Vec<usize>>>);

impl When {
    /// If the number holds.
    pub(super) fn on(number: usize) -> Self {
        Self(Some(vec![vec![number]]))
    }

    fn all_of(numbers: &[usize]) -> Self {
        Self((!numbers.is_empty()).then(|| vec![numbers.to_vec()]))
    }

    /// Never.
    fn never() -> Self {
        Self(Some(Vec::new()))
    }

    /// If this is so, or the other.
    fn or(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(mut any), Some(more)) => {
                any.extend(more);
                Self(Some(any))
            }
            _ => Self(None),
        }
    }

    /// Whether it is so, given what holds.
    pub(super) fn is_so(&self, holds: impl Fn(usize) -> bool) -> bool {
        let all = |numbers: &Vec<usize>| numbers.iter().all(|number| holds(*number));
        self.0.as_ref().is_none_or(|any| any.iter().any(all))
    }
}

/// What a leaf looks for, and when it counts.
#[derive(Clone, Debug)]
pub(super) struct Branched {
    pub(super) parts: Parts,
    pub(super) whole: When,
    /// Its words, which count where the whole is not.
    pub(super) words: When,
}

impl Branched {
    pub(super) fn new(parts: Parts, when: When) -> Self {
        let words = if parts.words.is_empty() {
            When::never()
        } else {
            when.clone()
        };
        Self {
            parts,
            whole: when,
            words,
        }
    }
}

/// The same leaf asked twice, as one that counts when either does.
pub(super) fn merged(leaves: Vec<Branched>) -> Vec<Branched> {
    let mut kept: Vec<Branched> = Vec::with_capacity(leaves.len());
    for leaf in leaves {
        let same = |known: &&mut Branched| known.parts.is_same(&leaf.parts);
        let Some(known) = kept.iter_mut().find(same) else {
            kept.push(leaf);
            continue;
        };
        known.whole = std::mem::take(&mut known.whole).or(leaf.whole);
        known.words = std::mem::take(&mut known.words).or(leaf.words);
        // Once as a phrase and once as a keyword: its words may do as well.
        if known.parts.words.is_empty() {
            known.parts.words = leaf.parts.words;
            known.parts.function_words = leaf.parts.function_words;
        }
    }
    kept
}

/// What a leaf looks for; `None` if it has no units.
type PartsOf<'a> = &'a dyn Fn(&Leaf) -> Option<Parts>;

/// The leaves of a query that are not under NOT, and the branches that they depend on.
#[derive(Default)]
pub(super) struct Branches {
    pub(super) leaves: Vec<Branched>,
    /// What stands beside OR and is more than one word or phrase, which holds wherever it occurs.
    nodes: Vec<Node>,
}

impl Branches {
    /// `parts`: what a leaf looks for.
    pub(super) fn new(root: Option<&Node>, parts: PartsOf<'_>) -> Self {
        let mut branches = Self::default();
        if let Some(root) = root {
            branches.add(root, parts, &mut Vec::new());
        }
        branches.leaves = merged(std::mem::take(&mut branches.leaves));
        branches
    }

    /// `within`: numbers of the branches that `node` belongs to.
    fn add(&mut self, node: &Node, parts: PartsOf<'_>, within: &mut Vec<usize>) {
        match node {
            Node::Leaf(leaf) => {
                let when = || When::all_of(within);
                self.leaves
                    .extend(parts(leaf).map(|parts| Branched::new(parts, when())));
            }
            Node::And(nodes) => {
                for node in nodes {
                    self.add(node, parts, within);
                }
            }
            Node::Near(_, first, second) => {
                self.add(first, parts, within);
                self.add(second, parts, within);
            }
            Node::Or(nodes) => {
                for node in nodes {
                    let is_evident = match node {
                        Node::Leaf(leaf) => parts(leaf).is_none_or(|parts| parts.words.is_empty()),
                        Node::Condition(_) | Node::Not(_) => true,
                        _ => false,
                    };
                    if is_evident {
                        self.add(node, parts, within);
                        continue;
                    }
                    within.push(self.nodes.len());
                    self.nodes.push(node.clone());
                    self.add(node, parts, within);
                    within.pop();
                }
            }
            Node::Condition(_) | Node::Not(_) => {}
        }
    }

    /// How many branches leaves depend on.
    pub(super) fn n_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Documents of `docs` in which each branch holds; if the query was `relaxed`, with most of its
    /// words.
    pub(super) fn docs(
        &self,
        matching: &Matching<'_>,
        docs: &DocSets,
        relaxed: bool,
    ) -> tantivy::Result<Vec<DocSets>> {
        let mut wanted = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            wanted.push(if relaxed {
                matching.relaxed_node(node)?
            } else {
                matching.node(node)?
            });
        }
        let by_segment = matching.by_segment(|ord| {
            let docs = docs.get(ord).map(Vec::as_slice).unwrap_or_default();
            let held = wanted.iter().map(|one| matching.eval(ord, one, Some(docs)));
            held.collect::<tantivy::Result<Vec<_>>>()
        })?;
        let mut all = vec![DocSets::new(); self.nodes.len()];
        for held in by_segment {
            for (sets, docs) in all.iter_mut().zip(held) {
                sets.push(docs);
            }
        }
        Ok(all)
    }
}
