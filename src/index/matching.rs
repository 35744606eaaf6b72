//! Which documents match: sets of documents, taken together as the query tree says.
//!
//! The exact index alone decides. Where several phrases have to meet in a document the rarest is
//! looked up first, and each other only in what the ones before have left.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;
use tantivy::{Searcher, TantivyError};

use super::deadline::Deadline;
use super::exact_query::ExactSegments;
use super::parts::{Parts, Sought, Wording};
use super::plugin::Stream;
use super::schema::Fields;
use crate::analysis::Phrase;
use crate::exact::{Borders, Break, Corrupt, DocMatch, Lookups, Span, Within};
use crate::query::{Condition, Leaf, LeafKind, Node};
use crate::search::{Mask, Scope, Zone};

/// Documents for which threads are worth being woken.
const MANY_DOCS: u64 = 1 << 10;
/// Leaves, and bytes of all keywords, up to which a query takes little.
const FEW_LEAVES: usize = 4;
const SHORT_BYTES: usize = 16;

/// Matching documents by segment, ascending; none that is deleted.
pub(super) type DocSets = Vec<Vec<u32>>;

/// What a document has to hold.
pub(super) enum Wanted {
    Sought(Zone, Sought),
    /// To be such a document.
    Condition(Condition),
    /// All of these, cheapest first; of none: every document matches.
    All(Vec<Wanted>),
    /// Any of these; of none: no document matches.
    Any(Vec<Wanted>),
    Not(Box<Wanted>),
    /// At least so many of these words, which come rarest first.
    Most(Vec<(Zone, Sought)>, usize),
}

/// Matches a query against all segments of an index.
pub(super) struct Matching<'a> {
    pub(super) searcher: &'a Searcher,
    pub(super) segments: &'a ExactSegments,
    pub(super) fields: &'a Fields,
    /// Where leaves are looked for that do not say so themselves.
    pub(super) zone: Zone,
    pub(super) mask: Mask,
    /// Under masks only what shows more than it hides.
    pub(super) only_told: bool,
    pub(super) deadline: Deadline,
    /// Whether segments are asked at the same time.
    at_once: bool,
    /// What leaves look for.
    parts: Arc<Mutex<FxHashMap<Leaf, Option<Parts>>>>,
    /// Phrases that were looked up in all documents of a segment.
    found: Arc<Mutex<Found>>,
    /// Of these only how often.
    frequencies: Mutex<FxHashMap<(usize, Zone, Phrase), Arc<Frequencies>>>,
    /// The same with their other wordings and under masks.
    pub(super) sought: Mutex<FoundSought>,
    /// Where all sentences, paragraphs or documents of a segment end.
    pub(super) borders: Arc<Mutex<FoundBorders>>,
    /// Places that were looked up in all documents of a segment.
    pub(super) lookups: Arc<Mutex<FoundPlaces>>,
    /// The places of patterns in all documents of a segment.
    pub(super) spans: Arc<Mutex<FoundSpans>>,
}

/// Documents that hold something, ascending, and how often each does.
pub(super) type Frequencies = Vec<(u32, u32)>;
/// Occurrences by segment, zone and phrase.
type Found = FxHashMap<(usize, Zone, Phrase), Arc<Vec<DocMatch>>>;
pub(super) type FoundSought = FxHashMap<(usize, Zone, Sought), Arc<Vec<DocMatch>>>;
pub(super) type FoundSpans = FxHashMap<(usize, Zone, Wording), Arc<Vec<Span>>>;
pub(super) type FoundPlaces = FxHashMap<(usize, Zone), Arc<Lookups>>;
pub(super) type FoundBorders = FxHashMap<(usize, Zone, Option<Break>), Arc<Borders>>;

impl<'a> Matching<'a> {
    pub(super) fn new(
        searcher: &'a Searcher,
        segments: &'a ExactSegments,
        fields: &'a Fields,
        zone: Zone,
        mask: Mask,
    ) -> Self {
        Self {
            searcher,
            segments,
            fields,
            zone,
            mask,
            only_told: false,
            deadline: Deadline::default(),
            at_once: false,
            parts: Arc::default(),
            found: Arc::default(),
            frequencies: Mutex::default(),
            sought: Mutex::default(),
            borders: Arc::default(),
            lookups: Arc::default(),
            spans: Arc::default(),
        }
    }

    /// The same, given up at a moment.
    pub(super) fn until(self, deadline: Deadline) -> Self {
        Self { deadline, ..self }
    }

    /// The same with all segments asked at the same time, where what is asked is worth the threads.
    pub(super) fn for_query(self, root: Option<&Node>, scope: Scope) -> Self {
        let is_large = self.searcher.num_docs() >= MANY_DOCS;
        let at_once = is_large && root.is_some_and(|root| is_laborious(root, scope));
        Self { at_once, ..self }
    }

    /// The same with what another has looked up, or will: other phrases often have the same units.
    pub(super) fn sharing_lookups(self, other: &Self) -> Self {
        Self {
            borders: Arc::clone(&other.borders),
            lookups: Arc::clone(&other.lookups),
            ..self
        }
    }

    /// The same for what shows more than it hides, where it is under masks; what else was looked up
    /// is known there.
    pub(super) fn only_told(&self) -> Self {
        let (zone, mask) = (self.zone, self.mask);
        let told = Self::new(self.searcher, self.segments, self.fields, zone, mask);
        Self {
            only_told: true,
            deadline: self.deadline,
            at_once: self.at_once,
            parts: Arc::clone(&self.parts),
            found: Arc::clone(&self.found),
            spans: Arc::clone(&self.spans),
            ..told.sharing_lookups(self)
        }
    }

    /// The occurrences of a phrase in documents of one segment; of others than those of `docs` some
    /// may be among them. What is looked up in all documents is kept for the next who asks.
    pub(super) fn find(
        &self,
        ord: usize,
        zone: Zone,
        phrase: &Phrase,
        docs: Option<&[u32]>,
    ) -> tantivy::Result<Arc<Vec<DocMatch>>> {
        let key = (ord, zone, phrase.clone());
        if let Some(found) = locked(&self.found).get(&key) {
            return Ok(Arc::clone(found));
        }
        self.deadline.check()?;
        let skip = title_skip(self.searcher, ord, zone)?;
        let skip = skip.as_deref();
        let exact = self.segments[ord].stream(stream_of(zone));
        let docs = match docs {
            Some(docs) if exact.is_spared(phrase, docs.len()).map_err(damaged)? => Some(docs),
            _ => None,
        };
        let found = exact.find(
            phrase,
            Within {
                docs,
                skip,
                ..Within::default()
            },
        );
        let found = Arc::new(found.map_err(damaged)?);
        if docs.is_none() {
            locked(&self.found).insert(key, Arc::clone(&found));
        }
        Ok(found)
    }

    /// Everything that is looked for, in documents of one segment; of others than those of `docs`
    /// some may be among them.
    pub(super) fn sought(
        &self,
        ord: usize,
        zone: Zone,
        sought: &Sought,
        docs: Option<&[u32]>,
    ) -> tantivy::Result<Arc<Vec<DocMatch>>> {
        let masked = self.masked(ord, zone, sought)?;
        if sought.mask == Mask::Only {
            return Ok(masked);
        }
        if let Some(phrase) = sought.only_phrase().filter(|_| masked.is_empty()) {
            return self.find(ord, zone, phrase, docs);
        }
        let key = (ord, zone, sought.clone());
        if let Some(found) = locked(&self.sought).get(&key) {
            return Ok(Arc::clone(found));
        }
        let exact = self.segments[ord].stream(stream_of(zone));
        // Where it spares little, all is looked up, and kept.
        let docs = docs.filter(|docs| docs.len() < exact.n_docs() as usize / 2);
        let mut all = masked.to_vec();
        for (n, wording) in sought.wordings.iter().enumerate() {
            self.deadline.check()?;
            match wording.pattern.as_phrase() {
                Some(phrase) if wording.before.is_empty() && wording.behind.is_empty() => {
                    let found = self.find(ord, zone, phrase, docs)?;
                    all.extend(found.iter().map(|found| as_wording(*found, n)));
                }
                _ => {
                    let spans = self.wording_spans(ord, zone, wording, docs)?;
                    let found = exact.count_spans(&spans).into_iter();
                    all.extend(found.map(|found| as_wording(found, n)));
                }
            }
        }
        let all = Arc::new(by_document(all));
        if docs.is_none() {
            locked(&self.sought).insert(key, Arc::clone(&all));
        }
        Ok(all)
    }

    /// How often documents hold a phrase, without a word on how it is written; of others than `docs`
    /// some may be among them.
    pub(super) fn frequencies(
        &self,
        ord: usize,
        zone: Zone,
        phrase: &Phrase,
        docs: &[u32],
    ) -> tantivy::Result<Arc<Frequencies>> {
        let key = (ord, zone, phrase.clone());
        if let Some(known) = locked(&self.frequencies).get(&key) {
            return Ok(Arc::clone(known));
        }
        if let Some(found) = locked(&self.found).get(&key) {
            return Ok(Arc::new(frequencies_of(found)));
        }
        Ok(Arc::new(self.counted(ord, zone, phrase, Some(docs))?))
    }

    /// The same for all documents. They are kept for the next who asks.
    fn all_frequencies(
        &self,
        ord: usize,
        zone: Zone,
        phrase: &Phrase,
    ) -> tantivy::Result<Arc<Frequencies>> {
        let key = (ord, zone, phrase.clone());
        if let Some(known) = locked(&self.frequencies).get(&key) {
            return Ok(Arc::clone(known));
        }
        let found = locked(&self.found).get(&key).map(Arc::clone);
        let all = Arc::new(match found {
            Some(found) => frequencies_of(&found),
            None => self.counted(ord, zone, phrase, None)?,
        });
        locked(&self.frequencies).insert(key, Arc::clone(&all));
        Ok(all)
    }

    fn counted(
        &self,
        ord: usize,
        zone: Zone,
        phrase: &Phrase,
        docs: Option<&[u32]>,
    ) -> tantivy::Result<Frequencies> {
        self.deadline.check()?;
        let skip = title_skip(self.searcher, ord, zone)?;
        let within = Within {
            docs,
            skip: skip.as_deref(),
            ..Within::default()
        };
        let exact = self.segments[ord].stream(stream_of(zone));
        exact.count(phrase, within).map_err(damaged)
    }

    /// About how many documents hold a phrase.
    pub(super) fn doc_freq(&self, zone: Zone, phrase: &Phrase) -> tantivy::Result<u64> {
        let mut doc_freq = 0;
        for (ord, segment) in self.segments.iter().enumerate() {
            doc_freq += if phrase.units().len() > 2 {
                // The frequencies are asked for next.
                self.all_frequencies(ord, zone, phrase)?.len() as u64
            } else {
                let exact = segment.stream(stream_of(zone));
                exact.doc_freq(phrase).map_err(damaged)?
            };
        }
        Ok(doc_freq)
    }

    /// What a leaf looks for; `None` if it has no units.
    pub(super) fn parts(&self, leaf: &Leaf) -> Option<Parts> {
        if let Some(known) = locked(&self.parts).get(leaf) {
            return known.clone();
        }
        let parts = Parts::of(leaf, self.zone, self.mask);
        locked(&self.parts).insert(leaf.clone(), parts.clone());
        parts
    }

    /// What `root` asks for; everything if there is none.
    pub(super) fn strict(&self, root: Option<&Node>) -> tantivy::Result<Wanted> {
        match root {
            Some(root) => self.node(root),
            None => Ok(Wanted::All(Vec::new())),
        }
    }

    pub(super) fn node(&self, node: &Node) -> tantivy::Result<Wanted> {
        Ok(match node {
            Node::Leaf(leaf) => match self.parts(leaf) {
                None => Wanted::Any(Vec::new()),
                Some(parts) if parts.words.is_empty() => Wanted::Sought(parts.zone, parts.whole),
                // Who holds the whole holds all its words.
                Some(parts) => {
                    let words = parts.words.into_iter().chain(parts.function_words);
                    let words = self.all(words.map(|w| Wanted::Sought(parts.zone, w)).collect())?;
                    if parts.whole.wordings.len() > 1
                        || self.is_masked_anywhere(parts.zone, &parts.whole)?
                    {
                        // Words have no masks, and not all wordings of the whole.
                        Wanted::Any(vec![Wanted::Sought(parts.zone, parts.whole), words])
                    } else {
                        words
                    }
                }
            },
            // Nearness is decided by a plan; this is what it is asked about.
            Node::Near(_, first, second) => {
                self.all(vec![self.node(first)?, self.node(second)?])?
            }
            Node::Condition(condition) => Wanted::Condition(condition.clone()),
            Node::Not(inner) => Wanted::Not(Box::new(self.excluded(inner)?)),
            Node::Or(nodes) => Wanted::Any(self.each(nodes, Self::node)?),
            Node::And(nodes) => self.all(self.each(nodes, Self::node)?)?,
        })
    }

    /// What NOT leaves out: of a keyword only the whole. To leave out every document in which its
    /// words stand somewhere would hide most of an archive.
    fn excluded(&self, node: &Node) -> tantivy::Result<Wanted> {
        Ok(match node {
            Node::Leaf(leaf) => match Parts::of(leaf, self.zone, Mask::Off) {
                None => Wanted::Any(Vec::new()),
                Some(parts) => Wanted::Sought(parts.zone, parts.whole),
            },
            Node::Near(_, first, second) => {
                self.all(vec![self.excluded(first)?, self.excluded(second)?])?
            }
            Node::Condition(condition) => Wanted::Condition(condition.clone()),
            // What is not what is left out stays, and of it, too, only whole keywords count.
            Node::Not(inner) => Wanted::Not(Box::new(self.excluded(inner)?)),
            Node::Or(nodes) => Wanted::Any(self.each(nodes, Self::excluded)?),
            Node::And(nodes) => self.all(self.each(nodes, Self::excluded)?)?,
        })
    }

    pub(super) fn each(
        &self,
        nodes: &[Node],
        lower: impl Fn(&Self, &Node) -> tantivy::Result<Wanted>,
    ) -> tantivy::Result<Vec<Wanted>> {
        nodes.iter().map(|node| lower(self, node)).collect()
    }

    /// All of these, the cheapest first.
    pub(super) fn all(&self, wanted: Vec<Wanted>) -> tantivy::Result<Wanted> {
        let mut flat = Vec::with_capacity(wanted.len());
        for one in wanted {
            match one {
                Wanted::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        let mut by_cost = Vec::with_capacity(flat.len());
        for one in flat {
            by_cost.push((self.cost(&one)?, one));
        }
        by_cost.sort_by_key(|(cost, _)| *cost);
        Ok(Wanted::All(
            by_cost.into_iter().map(|(_, one)| one).collect(),
        ))
    }

    /// Asks something of every segment, in their order.
    pub(super) fn by_segment<T: Send>(
        &self,
        ask: impl Fn(usize) -> tantivy::Result<T> + Send + Sync,
    ) -> tantivy::Result<Vec<T>> {
        let n = self.segments.len();
        if !self.at_once {
            return (0..n).map(ask).collect();
        }
        let mut answers: Vec<Option<tantivy::Result<T>>> = (0..n).map(|_| None).collect();
        let ask = &ask;
        // This thread asks one itself: only others have to be woken.
        rayon::in_place_scope(|scope| {
            let mut numbered = (0..n).zip(&mut answers);
            let own = numbered.next();
            for (ord, answer) in numbered {
                scope.spawn(move |_| *answer = Some(ask(ord)));
            }
            if let Some((ord, answer)) = own {
                *answer = Some(ask(ord));
            }
        });
        answers.into_iter().flatten().collect()
    }
}

/// Whether a query takes long enough for threads to be woken: it has openings, many leaves or long
/// ones, or places in it matter beyond the document.
fn is_laborious(root: &Node, scope: Scope) -> bool {
    let (mut n_leaves, mut n_bytes, mut has_openings) = (0, 0, false);
    root.for_each_positive(&mut |leaf| {
        n_leaves += 1;
        // Of a long phrase the rarest part is looked up, of a keyword all words.
        if leaf.kind == LeafKind::Keyword {
            n_bytes += leaf.text.len();
        }
        has_openings |= leaf.text.contains(['*', '＊', '…']) || leaf.text.contains("...");
    });
    let is_long = n_leaves > FEW_LEAVES || n_bytes > SHORT_BYTES;
    is_long || has_openings || scope != Scope::Document || root.has_near()
}

/// What is kept, for one thread at a time: briefly, so that none waits for what another looks up.
pub(super) fn locked<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    // Only whole entries are put in: a panic elsewhere leaves none half.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn stream_of(zone: Zone) -> Stream {
    match zone {
        Zone::Title => Stream::Title,
        Zone::Heading => Stream::Headings,
        Zone::All | Zone::Body => Stream::Text,
    }
}

/// Units at the start of a document that are passed over.
pub(super) type Skip = Box<dyn Fn(u32) -> u32>;

/// For [`Zone::Body`]: how many units at the start of each document are its title.
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

/// A match by another wording than the one that was typed is not exact.
fn as_wording(found: DocMatch, n: usize) -> DocMatch {
    if n == 0 {
        return found;
    }
    DocMatch {
        n_exact: 0,
        n_undecided: 0,
        ..found
    }
}

fn frequencies_of(found: &[DocMatch]) -> Frequencies {
    found.iter().map(|found| (found.doc, found.n)).collect()
}

/// Adds up the matches of each document.
pub(super) fn by_document(mut matches: Vec<DocMatch>) -> Vec<DocMatch> {
    matches.sort_by_key(|found| found.doc);
    matches.dedup_by(|b, a| {
        let same = a.doc == b.doc;
        if same {
            a.n += b.n;
            a.n_exact += b.n_exact;
            a.n_undecided += b.n_undecided;
            a.n_masked += b.n_masked;
        }
        same
    });
    matches
}

pub(super) fn damaged(corrupt: Corrupt) -> TantivyError {
    TantivyError::InternalError(corrupt.to_string())
}
