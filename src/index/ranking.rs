//! What matching documents score: BM25 over words and over pairs of characters together, wholes and
//! titles above them (docs/adr/0003-ranking.md).
//!
//! Signals are added up one after the other, the weightiest first. As soon as what is left to add
//! cannot bring a document among the first ones any more, it is not looked at again: the scores of
//! the first `k` are exact, the others are lower bounds.

use std::ops::Range;
use std::sync::Arc;

use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Score, TERMINATED, Term};

use super::matching::{DocSets, Frequencies, Matching, stream_of};
use super::parts::{Parts, Wording};
use crate::analysis::units::OwnedUnit;
use crate::analysis::{Phrase, units, words};
use crate::query::{Leaf, LeafKind, Node};
use crate::search::{Mask, Zone};

/// Saturation of the term frequency, and weight of the document's length.
const K1: Score = 0.8;
const B: Score = 0.75;

/// A single character adds to scores only if no more than an eighth or so of the documents have it:
/// others tell little, and their lists are long.
const MIN_IDF_OF_SINGLE: Score = 2.0;

/// What each signal weighs; see docs/adr/0003-ranking.md.
mod weights {
    use tantivy::Score;

    /// The whole keyword or phrase in the text.
    pub(super) const WHOLE: Score = 1.0;
    /// The same in the title.
    pub(super) const WHOLE_IN_TITLE: Score = 2.0;
    /// A word of the dictionary in the text.
    pub(super) const WORD: Score = 0.5;
    /// The same in the title.
    pub(super) const WORD_IN_TITLE: Score = 0.7;
    /// A run of letters or digits.
    pub(super) const RUN: Score = 1.0;
    /// A single character.
    pub(super) const SINGLE: Score = 0.5;
    /// A pair of neighbouring units of a keyword.
    pub(super) const PAIR: Score = 1.0;
    /// The same where one of them belongs to a function word, or both do.
    pub(super) const PAIR_WITH_FUNCTION_WORD: Score = 0.7;
    pub(super) const PAIR_OF_FUNCTION_WORDS: Score = 0.2;
    /// A keyword right behind the one before.
    pub(super) const ADJACENT: Score = 1.5;
}

/// Something that adds to scores.
struct Signal {
    zone: Zone,
    source: Source,
    boost: Score,
}

impl Signal {
    /// Whether it is one Chinese character.
    fn is_single(&self) -> bool {
        matches!(&self.source, Source::Exact(p) if matches!(p.units(), [OwnedUnit::Han(_)]))
    }
}

/// Where it is counted.
enum Source {
    /// By the exact index.
    Exact(Phrase),
    /// In tantivy's postings of words.
    Word(Field, String),
}

/// A signal with what it can add at most.
struct Weighed {
    signal: Signal,
    bound: Score,
    /// Of documents, in units.
    average_len: Score,
}

/// Of each unit of `text`, from its first that counts: whether it is part of a function word.
fn function_units(text: &str) -> Vec<bool> {
    let words = words::segment(text);
    let function_words: Vec<_> = words
        .into_iter()
        .filter(|word| words::is_function(&text[word.clone()]))
        .collect();
    let units = units::collect(text).into_iter();
    let within = |range: &Range<usize>| {
        let mut words = function_words.iter();
        words.any(|word| word.start <= range.start && range.end <= word.end)
    };
    units.map(|(_, range)| within(&range)).collect()
}

/// Scores the documents that match a query.
pub(super) struct Ranking<'a> {
    matching: &'a Matching<'a>,
    signals: Vec<Signal>,
}

impl<'a> Ranking<'a> {
    pub(super) fn new(matching: &'a Matching<'a>, root: &Node) -> Self {
        let mut ranking = Self {
            matching,
            signals: Vec::new(),
        };
        root.for_each_positive(&mut |leaf| ranking.leaf(leaf));
        ranking.adjacency(root);
        ranking
    }

    fn leaf(&mut self, leaf: &Leaf) {
        let Some(parts) = self.matching.parts(leaf) else {
            return;
        };
        let Parts { zone, whole, .. } = parts;
        let is_there = |wording: &&Wording| !self.matching.is_known_nowhere(zone, wording);
        let wordings: Vec<&Wording> = whole.wordings.iter().filter(is_there).collect();
        for phrase in wordings.iter().flat_map(|wording| wording.pattern.parts()) {
            if zone != Zone::Title {
                self.exact(phrase, Zone::Title, weights::WHOLE_IN_TITLE);
            }
            self.exact(phrase, zone, weights::WHOLE);
        }
        if let Some(typed) = whole.typed()
            && leaf.kind == LeafKind::Keyword
        {
            self.words(typed, zone);
        }
    }

    /// The words and pairs of a keyword. A word of two characters is a pair like others, and a word.
    fn words(&mut self, whole: &Phrase, zone: Zone) {
        let fields = self.matching.fields;
        let words = words::ranking_words(whole.text());
        for word in words.iter().filter(|word| words::is_indexed(word)) {
            if zone != Zone::Title {
                self.word(fields.words, word, Zone::All, weights::WORD);
            }
            self.word(
                fields.title_words,
                word,
                Zone::Title,
                weights::WORD_IN_TITLE,
            );
        }
        let n_units = whole.units().len();
        if n_units < 2 {
            return;
        }
        let is_function = function_units(whole.text());
        for (unit, is_function) in whole.slices(1).zip(&is_function) {
            if matches!(unit.units(), [OwnedUnit::Run(_)]) {
                // A number or a foreign word is a unit by itself, and one that says much.
                self.exact(&unit, zone, weights::RUN);
            } else if !is_function {
                self.exact(&unit, zone, weights::SINGLE);
            }
        }
        if n_units == 2 {
            return;
        }
        for (pair, is_function) in whole.slices(2).zip(is_function.windows(2)) {
            if pair.units().contains(&OwnedUnit::Stop) {
                continue;
            }
            let boost = match is_function {
                [true, true] => weights::PAIR_OF_FUNCTION_WORDS,
                [true, false] | [false, true] => weights::PAIR_WITH_FUNCTION_WORD,
                _ => weights::PAIR,
            };
            self.exact(&pair, zone, boost);
            if is_function != [true, true] && words.iter().any(|word| word == pair.text()) {
                self.exact(&pair, zone, weights::WORD);
                if zone != Zone::Title {
                    self.exact(&pair, Zone::Title, weights::WORD_IN_TITLE);
                }
            }
        }
    }

    /// Keywords that stand side by side in the query do well to stand so in the text.
    fn adjacency(&mut self, node: &Node) {
        match node {
            Node::And(nodes) => {
                for pair in nodes.windows(2) {
                    let (Node::Leaf(first), Node::Leaf(second)) = (&pair[0], &pair[1]) else {
                        continue;
                    };
                    let parts = |leaf| Parts::of(leaf, self.matching.zone, Mask::Off);
                    if let (Some(a), Some(b)) = (parts(first), parts(second))
                        && a.zone == b.zone
                        && let (Some(first), Some(second)) = (a.whole.typed(), b.whole.typed())
                    {
                        let both = first.followed_by(second);
                        self.exact(&both, a.zone, weights::ADJACENT);
                    }
                }
                for node in nodes {
                    self.adjacency(node);
                }
            }
            Node::Or(nodes) => {
                for node in nodes {
                    self.adjacency(node);
                }
            }
            Node::Leaf(_) | Node::Condition(_) | Node::Near(..) | Node::Not(_) => {}
        }
    }

    fn exact(&mut self, phrase: &Phrase, zone: Zone, boost: Score) {
        let same = |signal: &&mut Signal| {
            signal.zone == zone
                && matches!(&signal.source, Source::Exact(p) if p.units() == phrase.units())
        };
        if let Some(signal) = self.signals.iter_mut().find(same) {
            signal.boost += boost;
        } else {
            self.signals.push(Signal {
                zone,
                source: Source::Exact(phrase.clone()),
                boost,
            });
        }
    }

    fn word(&mut self, field: Field, word: &str, zone: Zone, boost: Score) {
        let same = |signal: &&mut Signal| matches!(&signal.source, Source::Word(f, w) if *f == field && w == word);
        if let Some(signal) = self.signals.iter_mut().find(same) {
            signal.boost += boost;
        } else {
            self.signals.push(Signal {
                zone,
                source: Source::Word(field, word.to_owned()),
                boost,
            });
        }
    }

    /// The scores of the documents in `docs`, of which the first `k` are shown. `rank` says what
    /// comes before scores: a document with a greater rank is better.
    pub(super) fn scores(
        self,
        docs: &DocSets,
        k: usize,
        rank: impl Fn(usize, usize) -> u32 + Send + Sync,
    ) -> tantivy::Result<Vec<Vec<Score>>> {
        let matching = self.matching;
        let mut weighed = Vec::with_capacity(self.signals.len());
        for signal in self.signals {
            let (n_docs, n_units) = size(matching, signal.zone);
            let Some(idf) = idf(matching, &signal, n_docs)? else {
                continue;
            };
            if !signal.is_single() || idf > MIN_IDF_OF_SINGLE {
                let bound = idf * signal.boost * (1.0 + K1);
                let average_len = (n_units as f64 / n_docs.max(1) as f64).max(1.0) as Score;
                weighed.push(Weighed {
                    signal,
                    bound,
                    average_len,
                });
            }
        }
        weighed.sort_by(|a, b| b.bound.total_cmp(&a.bound));
        matching.by_segment(|ord| {
            let docs = docs.get(ord).map(Vec::as_slice).unwrap_or_default();
            scores_in_segment(matching, &weighed, ord, docs, k, |at| rank(ord, at))
        })
    }
}

/// Documents and units of all segments.
fn size(matching: &Matching<'_>, zone: Zone) -> (u64, u64) {
    let mut size = (0, 0);
    for segment in &**matching.segments {
        let exact = segment.stream(stream_of(zone));
        size.0 += u64::from(exact.n_docs());
        size.1 += exact.n_units();
    }
    size
}

/// The inverse document frequency of a signal, in the form that never goes below zero; `None` where
/// it stands nowhere.
fn idf(matching: &Matching<'_>, signal: &Signal, n_docs: u64) -> tantivy::Result<Option<Score>> {
    let doc_freq = match &signal.source {
        Source::Exact(phrase) => matching.doc_freq(signal.zone, phrase)?,
        Source::Word(field, word) => {
            let term = Term::from_field_text(*field, word);
            matching.searcher.doc_freq(&term)?
        }
    };
    let (n, df) = (n_docs as Score, doc_freq.min(n_docs) as Score);
    let idf = (1.0 + (n - df + 0.5) / (df + 0.5)).ln();
    Ok((doc_freq > 0).then_some(idf))
}

fn scores_in_segment(
    matching: &Matching<'_>,
    weighed: &[Weighed],
    ord: usize,
    docs: &[u32],
    k: usize,
    rank: impl Fn(usize) -> u32,
) -> tantivy::Result<Vec<Score>> {
    let mut scores = vec![0.0; docs.len()];
    // Who may still be among the first `k`: documents, and where they are in `docs`.
    let mut active = docs.to_vec();
    let mut places: Vec<usize> = (0..docs.len()).collect();
    let mut added = 0.0;
    let mut left: Score = weighed.iter().map(|one| one.bound).sum();
    for (index, weighed_signal) in weighed.iter().enumerate() {
        let Weighed {
            signal,
            bound,
            average_len,
        } = weighed_signal;
        matching.deadline.check()?;
        let exact = matching.segments[ord].stream(stream_of(signal.zone));
        let mut at = 0;
        for &(doc, n) in frequencies(matching, signal, ord, &active)?.iter() {
            while active.get(at).is_some_and(|a| *a < doc) {
                at += 1;
            }
            if active.get(at) == Some(&doc) {
                let tf = n as Score;
                let len = exact.doc_len(doc) as Score / average_len;
                scores[places[at]] += bound * tf / (tf + K1 * (1.0 - B + B * len));
            }
        }
        added += bound;
        left -= bound;
        // Nobody can go past the last signal; before, it pays once much has been added.
        if index + 1 < weighed.len() && k > 0 && active.len() > k && added > left {
            let key = |score: Score, place: usize| {
                u64::from(rank(place)) << 32 | u64::from(score.max(0.0).to_bits())
            };
            let mut keys: Vec<u64> = places.iter().map(|p| key(scores[*p], *p)).collect();
            let worst = active.len() - k;
            let threshold = *keys.select_nth_unstable(worst).1;
            // A little more than what is left, for sums of rounded numbers.
            let reach = left * 1.001 + 0.001;
            places.retain(|place| key(scores[*place] + reach, *place) >= threshold);
            active.clear();
            active.extend(places.iter().map(|place| docs[*place]));
        }
    }
    Ok(scores)
}

/// How often documents of one segment hold a signal; of others than `docs` some may be missing.
fn frequencies(
    matching: &Matching<'_>,
    signal: &Signal,
    ord: usize,
    docs: &[u32],
) -> tantivy::Result<Arc<Frequencies>> {
    match &signal.source {
        Source::Exact(phrase) => matching.frequencies(ord, signal.zone, phrase, docs),
        Source::Word(field, word) => {
            let term = Term::from_field_text(*field, word);
            let reader = &matching.searcher.segment_readers()[ord];
            let index = reader.inverted_index(*field)?;
            let postings = index.read_postings(&term, IndexRecordOption::WithFreqs)?;
            let mut found = Vec::new();
            if let Some(mut postings) = postings {
                for &wanted in docs {
                    if postings.doc() < wanted {
                        postings.seek(wanted);
                    }
                    match postings.doc() {
                        TERMINATED => break,
                        doc if doc == wanted => found.push((doc, postings.term_freq())),
                        _ => {}
                    }
                }
            }
            Ok(Arc::new(found))
        }
    }
}
