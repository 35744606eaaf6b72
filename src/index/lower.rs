//! From the query tree to queries of tantivy's: what matches, and what it scores.
//!
//! What matches is decided by the exact index alone; words and pairs of units only add to scores.
//! Where several phrases have to meet in a document, they are first brought together rarest first
//! (see [`super::candidates`]); everything else is then looked up in what is left only.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Score, Searcher, Term};

use super::candidates::{Candidates, DocSets, damaged, stream_of, title_skip};
use super::collector::LeafCount;
use super::exact_query::{ExactQuery, ExactSegments, Matches};
use super::highlight::Parts;
use super::plugin::Stream;
use super::schema::Fields;
use crate::analysis::{Phrase, words};
use crate::document::DocumentId;
use crate::exact::{DocMatch, Within};
use crate::query::{Leaf, LeafKind, Node};
use crate::search::Zone;

/// What each signal weighs: first guesses, not tuned on any set; see docs/adr/0003-ranking.md.
mod weights {
    use tantivy::Score;

    /// The whole keyword or phrase in the text.
    pub(super) const WHOLE: Score = 1.0;
    /// The same in the title.
    pub(super) const WHOLE_IN_TITLE: Score = 2.0;
    /// A word of the dictionary in the text.
    pub(super) const WORD: Score = 1.5;
    /// The same in the title.
    pub(super) const WORD_IN_TITLE: Score = 0.7;
    /// A pair of neighbouring units of a keyword.
    pub(super) const PAIR: Score = 1.0;
    /// A keyword right behind the one before.
    pub(super) const ADJACENT: Score = 1.5;
}

/// A query that can be run.
pub(super) struct Lowered {
    pub(super) query: Box<dyn Query>,
    pub(super) leaves: Vec<LeafCount>,
}

/// Lowers one query; phrases that occur in it several times are looked up once.
pub(super) struct Lowering<'a> {
    searcher: &'a Searcher,
    segments: &'a ExactSegments,
    fields: &'a Fields,
    zone: Zone,
    /// No other document can match; `None` where that is not known.
    candidates: Option<DocSets>,
    found: FxHashMap<(Zone, Phrase, bool), Arc<Matches>>,
}

type Clauses = Vec<(Occur, Box<dyn Query>)>;

impl<'a> Lowering<'a> {
    pub(super) fn new(
        searcher: &'a Searcher,
        segments: &'a ExactSegments,
        fields: &'a Fields,
        zone: Zone,
    ) -> Self {
        Self {
            searcher,
            segments,
            fields,
            zone,
            candidates: None,
            found: FxHashMap::default(),
        }
    }

    /// Lowers the whole query. `relaxed`: most of the words of its keywords are enough.
    pub(super) fn lower(&mut self, root: Option<&Node>, relaxed: bool) -> tantivy::Result<Lowered> {
        let Some(root) = root else {
            return Ok(Lowered {
                query: everything(),
                leaves: Vec::new(),
            });
        };
        self.candidates = self.finder().of(root, relaxed)?;
        self.found.clear();
        let query = if relaxed {
            self.relaxed(root)?
        } else {
            self.node(root)?
        };
        Ok(Lowered {
            query,
            leaves: self.leaf_counts(root)?,
        })
    }

    fn finder(&self) -> Candidates<'a> {
        Candidates {
            segments: self.segments,
            zone: self.zone,
        }
    }

    /// Whether there is anything to relax: a keyword of several words, or several keywords.
    pub(super) fn can_relax(&self, root: &Node) -> bool {
        let mut n_words = 0;
        root.for_each_positive(&mut |leaf| {
            if leaf.kind == LeafKind::Keyword {
                n_words += Parts::of(leaf, self.zone).map_or(0, |parts| parts.words.len().max(1));
            }
        });
        n_words > 2
    }

    fn leaf_counts(&mut self, root: &Node) -> tantivy::Result<Vec<LeafCount>> {
        let mut all: Vec<Parts> = Vec::new();
        root.for_each_positive(&mut |leaf| {
            let parts = Parts::of(leaf, self.zone);
            let known = |p: &Parts| {
                all.iter()
                    .any(|a| a.zone == p.zone && a.whole.units() == p.whole.units())
            };
            let new = parts.filter(|p| !known(p));
            all.extend(new);
        });
        let mut counts = Vec::with_capacity(all.len());
        for parts in &all {
            let mut words = Vec::with_capacity(parts.words.len());
            for word in &parts.words {
                words.push(self.find(word, parts.zone)?);
            }
            counts.push(LeafCount {
                whole: self.find(&parts.whole, parts.zone)?,
                words,
            });
        }
        Ok(counts)
    }

    fn node(&mut self, node: &Node) -> tantivy::Result<Box<dyn Query>> {
        match node {
            Node::Leaf(leaf) => self.leaf(leaf),
            Node::Path(prefix) => Ok(self.path(prefix)),
            Node::Not(inner) => {
                let excluded = self.excluded(inner)?;
                boolean(vec![
                    (Occur::Must, everything()),
                    (Occur::MustNot, excluded),
                ])
            }
            Node::Or(nodes) => {
                let mut clauses = Clauses::new();
                for node in nodes {
                    clauses.push((Occur::Should, self.node(node)?));
                }
                boolean(clauses)
            }
            Node::And(nodes) => {
                let mut clauses = Clauses::new();
                for node in nodes {
                    clauses.push(match node {
                        Node::Not(inner) => (Occur::MustNot, self.excluded(inner)?),
                        _ => (Occur::Must, self.node(node)?),
                    });
                }
                if clauses.iter().all(|clause| clause.0 == Occur::MustNot) {
                    clauses.push((Occur::Must, everything()));
                }
                self.adjacency(nodes, &mut clauses)?;
                boolean(clauses)
            }
        }
    }

    /// What NOT leaves out: of a keyword only the whole. To leave out every document in which its
    /// words stand somewhere would hide most of an archive.
    fn excluded(&mut self, node: &Node) -> tantivy::Result<Box<dyn Query>> {
        match node {
            Node::Leaf(leaf) => match Parts::of(leaf, self.zone) {
                Some(parts) => self.exact(&parts.whole, parts.zone, weights::WHOLE),
                None => boolean(Clauses::new()),
            },
            // What is not what is left out stays, and of it, too, only whole keywords count.
            Node::Not(inner) => {
                let inner = self.excluded(inner)?;
                boolean(vec![(Occur::Must, everything()), (Occur::MustNot, inner)])
            }
            Node::Path(prefix) => Ok(self.path(prefix)),
            Node::Or(nodes) | Node::And(nodes) => {
                let occur = if matches!(node, Node::Or(_)) {
                    Occur::Should
                } else {
                    Occur::Must
                };
                let mut clauses = Clauses::new();
                for node in nodes {
                    clauses.push((occur, self.excluded(node)?));
                }
                boolean(clauses)
            }
        }
    }

    fn leaf(&mut self, leaf: &Leaf) -> tantivy::Result<Box<dyn Query>> {
        let Some(parts) = Parts::of(leaf, self.zone) else {
            return boolean(Clauses::new());
        };
        let whole = self.exact(&parts.whole, parts.zone, weights::WHOLE)?;
        let mut clauses = Clauses::new();
        if parts.words.is_empty() {
            clauses.push((Occur::Must, whole));
        } else {
            // Who holds the whole holds all its words.
            clauses.push((Occur::Should, whole));
            for word in &parts.words {
                clauses.push((Occur::Must, self.unscored(word, parts.zone)?));
            }
        }
        self.signals(leaf, &parts, &mut clauses)?;
        boolean(clauses)
    }

    /// Adds what makes a document that matches anyway a better hit.
    fn signals(
        &mut self,
        leaf: &Leaf,
        parts: &Parts,
        clauses: &mut Clauses,
    ) -> tantivy::Result<()> {
        if parts.zone != Zone::Title {
            let title = self.signal(&parts.whole, Zone::Title, weights::WHOLE_IN_TITLE)?;
            clauses.push((Occur::Should, title));
        }
        if leaf.kind == LeafKind::Phrase {
            return Ok(());
        }
        let words = words::ranking_words(&leaf.text);
        for word in words.iter().filter(|word| words::is_indexed(word)) {
            clauses.push((Occur::Should, term(self.fields.words, word, weights::WORD)));
            let in_title = term(self.fields.title_words, word, weights::WORD_IN_TITLE);
            clauses.push((Occur::Should, in_title));
        }
        // A number or a foreign word is a unit by itself, and one that says much.
        if parts.whole.units().len() > 1 {
            for unit in parts.whole.runs() {
                clauses.push((
                    Occur::Should,
                    self.signal(&unit, parts.zone, weights::WORD)?,
                ));
            }
        }
        if parts.whole.units().len() > 2 {
            for pair in parts.whole.pairs() {
                // A word of two characters is a pair like others, and a word.
                let is_word = words.iter().any(|word| word == pair.text());
                let boost = if is_word {
                    weights::PAIR + weights::WORD
                } else {
                    weights::PAIR
                };
                clauses.push((Occur::Should, self.signal(&pair, parts.zone, boost)?));
                if is_word && parts.zone != Zone::Title {
                    let in_title = self.signal(&pair, Zone::Title, weights::WORD_IN_TITLE)?;
                    clauses.push((Occur::Should, in_title));
                }
            }
        }
        Ok(())
    }

    /// Keywords that stand side by side in the query do well to stand so in the text.
    fn adjacency(&mut self, nodes: &[Node], clauses: &mut Clauses) -> tantivy::Result<()> {
        for pair in nodes.windows(2) {
            let (Node::Leaf(first), Node::Leaf(second)) = (&pair[0], &pair[1]) else {
                continue;
            };
            if let (Some(a), Some(b)) = (Parts::of(first, self.zone), Parts::of(second, self.zone))
                && a.zone == b.zone
            {
                let both = a.whole.followed_by(&b.whole);
                clauses.push((
                    Occur::Should,
                    self.signal(&both, a.zone, weights::ADJACENT)?,
                ));
            }
        }
        Ok(())
    }

    /// The query with most of the words of its keywords instead of all.
    fn relaxed(&mut self, node: &Node) -> tantivy::Result<Box<dyn Query>> {
        let nodes = match node {
            Node::Leaf(leaf) if leaf.kind == LeafKind::Keyword => std::slice::from_ref(node),
            Node::And(nodes) => nodes.as_slice(),
            Node::Or(nodes) => {
                let mut clauses = Clauses::new();
                for node in nodes {
                    clauses.push((Occur::Should, self.relaxed(node)?));
                }
                return boolean(clauses);
            }
            _ => return self.node(node),
        };
        let Some(holding_most) = self.finder().of(node, true)? else {
            return self.node(node);
        };
        let mut clauses: Clauses = vec![(Occur::Must, self.these(holding_most))];
        for node in nodes {
            match node {
                Node::Leaf(leaf) if leaf.kind == LeafKind::Keyword => {
                    if let Some(parts) = Parts::of(leaf, self.zone) {
                        let whole = self.exact(&parts.whole, parts.zone, weights::WHOLE)?;
                        clauses.push((Occur::Should, whole));
                        self.signals(leaf, &parts, &mut clauses)?;
                    }
                }
                Node::Not(inner) => clauses.push((Occur::MustNot, self.excluded(inner)?)),
                _ => clauses.push((Occur::Must, self.relaxed(node)?)),
            }
        }
        boolean(clauses)
    }

    /// Just these documents, without a score.
    fn these(&self, sets: DocSets) -> Box<dyn Query> {
        let found = |doc| DocMatch {
            doc,
            n: 1,
            n_exact: 0,
            n_undecided: 0,
        };
        let matches = Matches {
            stream: Stream::Text,
            doc_freq: sets.iter().map(|docs| docs.len() as u64).sum(),
            by_segment: sets
                .into_iter()
                .map(|docs| docs.into_iter().map(found).collect())
                .collect(),
        };
        Box::new(ExactQuery::new(self.segments, &Arc::new(matches), 0.0))
    }

    /// Documents in a folder, or the one at a path.
    fn path(&self, prefix: &str) -> Box<dyn Query> {
        let id = DocumentId::of_path(prefix).to_string();
        let terms = [(self.fields.folder, prefix), (self.fields.id, &id)];
        let either = terms.map(|(field, text)| {
            let term = Term::from_field_text(field, text);
            Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn Query>
        });
        let either = BooleanQuery::union(either.into());
        Box::new(ConstScoreQuery::new(Box::new(either), 0.0))
    }

    fn exact(
        &mut self,
        phrase: &Phrase,
        zone: Zone,
        boost: Score,
    ) -> tantivy::Result<Box<dyn Query>> {
        let matches = self.find(phrase, zone)?;
        Ok(Box::new(ExactQuery::new(self.segments, &matches, boost)))
    }

    /// The same for what only adds to scores.
    fn signal(
        &mut self,
        phrase: &Phrase,
        zone: Zone,
        boost: Score,
    ) -> tantivy::Result<Box<dyn Query>> {
        let matches = self.look_up(phrase, zone, false)?;
        Ok(Box::new(ExactQuery::new(self.segments, &matches, boost)))
    }

    fn unscored(&mut self, phrase: &Phrase, zone: Zone) -> tantivy::Result<Box<dyn Query>> {
        self.exact(phrase, zone, 0.0)
    }

    /// Looks a phrase up in all segments.
    fn find(&mut self, phrase: &Phrase, zone: Zone) -> tantivy::Result<Arc<Matches>> {
        self.look_up(phrase, zone, true)
    }

    /// `classes`: whether it will be asked how occurrences are written.
    fn look_up(
        &mut self,
        phrase: &Phrase,
        zone: Zone,
        classes: bool,
    ) -> tantivy::Result<Arc<Matches>> {
        let key = (zone, phrase.clone(), classes);
        if let Some(matches) = self.found.get(&key) {
            return Ok(Arc::clone(matches));
        }
        let stream = stream_of(zone);
        let mut by_segment = Vec::with_capacity(self.segments.len());
        let mut estimate = 0;
        for (ord, segment) in self.segments.iter().enumerate() {
            let exact = segment.stream(stream);
            let skip = title_skip(self.searcher, ord, zone)?;
            let within = Within {
                docs: self.candidates.as_ref().map(|sets| &*sets[ord]),
                skip: skip.as_deref(),
            };
            let found = if classes {
                exact.find(phrase, within)
            } else {
                exact.count(phrase, within)
            };
            by_segment.push(found.map_err(damaged)?);
            estimate += exact.estimate(phrase).map_err(damaged)? as u64;
        }
        let n_found = by_segment.iter().map(|list| list.len() as u64).sum();
        let doc_freq = if self.candidates.is_none() {
            n_found
        } else {
            estimate
        };
        let matches = Arc::new(Matches {
            stream,
            by_segment,
            doc_freq,
        });
        self.found.insert(key, Arc::clone(&matches));
        Ok(matches)
    }
}

fn everything() -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(Box::new(AllQuery), 0.0))
}

fn term(field: Field, word: &str, boost: Score) -> Box<dyn Query> {
    let query = TermQuery::new(
        Term::from_field_text(field, word),
        IndexRecordOption::WithFreqs,
    );
    Box::new(BoostQuery::new(Box::new(query), boost))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "reads better where all else can fail"
)]
fn boolean(mut clauses: Clauses) -> tantivy::Result<Box<dyn Query>> {
    if clauses.len() == 1 && clauses[0].0 != Occur::MustNot {
        return Ok(clauses.remove(0).1);
    }
    Ok(Box::new(BooleanQuery::new(clauses)))
}
