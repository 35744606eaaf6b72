//! Collects hits: exact totals of everything that matches, and the first of them in some order.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::ops::Bound;
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocAddress, DocId, Score, Searcher, SegmentOrdinal, SegmentReader, TantivyError};

use super::columns::Columns;
use super::counting::Count;
use super::matching::DocSets;
use crate::search::{After, Sort, SortKey, Total};

/// A collected document.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Top {
    pub(super) address: DocAddress,
    pub(super) score: Score,
    pub(super) occurrences: u64,
    /// The ordinal of its path in its segment.
    path_ord: u64,
    /// The first day of its date; 0 without one.
    day: u64,
    /// Greater is better.
    key: Key,
}

impl Top {
    /// Where a list goes on behind this document, which is at `path` and its hit of this number from 1.
    pub(super) fn after(&self, generation: &str, position: u64, path: &str) -> After {
        After {
            generation: generation.to_owned(),
            position,
            key: match &self.key {
                Key::Score(rank, score) => SortKey::Relevance(*rank, *score),
                Key::Count(n) => SortKey::Occurrences(*n),
                Key::Title(Reverse(title)) => SortKey::Title(title.clone()),
                Key::Day(_) => SortKey::Day(self.day),
            },
            day: self.day,
            path: path.to_owned(),
        }
    }
}

/// What is compared first: documents that hold keywords whole come before those with their words.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
enum Key {
    Score(u32, Score),
    Count(u64),
    /// The lesser title is the better.
    Title(Reverse<String>),
    /// A day, or one that stands for none.
    Day(u64),
}

/// What a collector gives.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) total: Total,
    /// Best first.
    pub(super) top: Vec<Top>,
    /// Documents of which only the text can tell how many occurrences are exact, and how many
    /// have been counted as such.
    pub(super) undecided: Vec<(DocAddress, u64)>,
}

/// Collects the `k` first documents.
pub(super) struct HitCollector {
    /// Documents that may be collected, and how often the query occurs in each.
    pub(super) docs: Arc<DocSets>,
    pub(super) counts: Arc<Vec<Vec<Count>>>,
    pub(super) sort: Sort,
    /// Whether most of the words were enough.
    pub(super) relaxed: bool,
    pub(super) k: usize,
    pub(super) paths: Paths,
    /// Only what comes behind this is among the first; totals are of all.
    pub(super) after: Option<Arc<After>>,
}

impl Collector for HitCollector {
    type Fruit = Collected;
    type Child = SegmentHits;

    fn for_segment(
        &self,
        ord: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> tantivy::Result<SegmentHits> {
        let column = |name: &str| {
            let column = segment.fast_fields().str(name)?;
            column.ok_or_else(|| TantivyError::SchemaError(format!("no column `{name}`")))
        };
        let (paths, titles) = (column("path")?, column("title")?);
        let border = self.after.as_deref();
        let border = border.map(|after| Border::new(after, self.sort, &paths, &titles));
        Ok(SegmentHits {
            border: border.transpose()?,
            ord,
            docs: Arc::clone(&self.docs),
            counts: Arc::clone(&self.counts),
            at: 0,
            sort: self.sort,
            relaxed: self.relaxed,
            k: self.k,
            heap: BinaryHeap::new(),
            paths,
            titles,
            days: segment.fast_fields().u64("first_day")?,
            total: Total::default(),
            undecided: Vec::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.sort == Sort::Relevance
    }

    fn merge_fruits(&self, fruits: Vec<tantivy::Result<Collected>>) -> tantivy::Result<Collected> {
        let mut all = Collected::default();
        for fruit in fruits {
            let fruit = fruit?;
            all.total.documents += fruit.total.documents;
            all.total.occurrences += fruit.total.occurrences;
            all.total.exact += fruit.total.exact;
            all.total.masked += fruit.total.masked;
            all.top.extend(fruit.top);
            all.undecided.extend(fruit.undecided);
        }
        let better = |a: &Top, b: &Top| {
            let by_key = b.key.partial_cmp(&a.key).unwrap_or(Ordering::Equal);
            by_key
                .then_with(|| b.day.cmp(&a.day))
                .then_with(|| self.paths.compare(a, b))
        };
        all.top.sort_by(better);
        all.top.truncate(self.k);
        Ok(all)
    }
}

/// The paths of all segments. Few documents are told apart by them, so they are read when they are
/// compared.
pub(super) struct Paths(Vec<StrColumn>);

impl Paths {
    pub(super) fn new(searcher: &Searcher) -> tantivy::Result<Self> {
        let columns = (0..searcher.segment_readers().len())
            .map(|ord| Columns::of(searcher, ord).text("path"));
        columns.collect::<tantivy::Result<_>>().map(Self)
    }

    fn compare(&self, a: &Top, b: &Top) -> Ordering {
        if a.address.segment_ord == b.address.segment_ord {
            return a.path_ord.cmp(&b.path_ord);
        }
        self.path(a).cmp(&self.path(b))
    }

    /// Empty where it cannot be read; its document cannot be shown either.
    fn path(&self, top: &Top) -> String {
        let mut path = String::new();
        if let Some(column) = self.0.get(top.address.segment_ord as usize)
            && column.ord_to_str(top.path_ord, &mut path).is_err()
        {
            path.clear();
        }
        path
    }
}

/// The first documents of one segment, and its totals.
pub(super) struct SegmentHits {
    ord: SegmentOrdinal,
    docs: Arc<DocSets>,
    counts: Arc<Vec<Vec<Count>>>,
    /// Place of the last document in both.
    at: usize,
    sort: Sort,
    relaxed: bool,
    k: usize,
    border: Option<Border>,
    /// The worst on top.
    heap: BinaryHeap<Reverse<Candidate>>,
    paths: StrColumn,
    titles: StrColumn,
    days: Column<u64>,
    total: Total,
    undecided: Vec<(DocAddress, u64)>,
}

/// The hit behind which a list goes on, as its segments see it.
struct Border {
    primary: (u64, Score),
    /// The segment has no such title, so nothing is equal to it.
    is_between: bool,
    day: u64,
    /// The least ordinal of the paths behind.
    first_path: u64,
}

impl Border {
    fn new(
        after: &After,
        sort: Sort,
        paths: &StrColumn,
        titles: &StrColumn,
    ) -> tantivy::Result<Self> {
        let (path, is_path) = least_behind(paths, &after.path)?;
        let first_path = path.saturating_add(u64::from(is_path));
        let mut is_between = false;
        let primary = match &after.key {
            SortKey::Relevance(rank, score) => (u64::from(*rank), *score),
            SortKey::Occurrences(n) => (*n, 0.0),
            SortKey::Day(day) if sort == Sort::Oldest => (oldest_first(*day), 0.0),
            SortKey::Day(day) => (*day, 0.0),
            SortKey::Title(title) => {
                let (ord, is_title) = least_behind(titles, title)?;
                is_between = !is_title;
                (u64::MAX - ord, 0.0)
            }
        };
        Ok(Self {
            primary,
            is_between,
            day: after.day,
            first_path,
        })
    }

    /// Whether the border comes before a document of this kind.
    fn is_before(&self, primary: (u64, Score), day: u64, path: impl Fn() -> u64) -> bool {
        let by_primary = primary.0.cmp(&self.primary.0);
        let by_primary = by_primary.then_with(|| primary.1.total_cmp(&self.primary.1));
        if self.is_between {
            return by_primary != Ordering::Greater;
        }
        match by_primary.then_with(|| day.cmp(&self.day)) {
            Ordering::Less => true,
            Ordering::Equal => path() >= self.first_path,
            Ordering::Greater => false,
        }
    }
}

/// A document while its segment is being collected; greater is better. Ordinals of paths and titles
/// stand for them within the segment.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    primary: (u64, Score),
    day: u64,
    path_ord: Reverse<u64>,
    doc: DocId,
    score: Score,
    occurrences: u64,
}

impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Candidate {}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_class = self.primary.0.cmp(&other.primary.0);
        by_class
            .then_with(|| self.primary.1.total_cmp(&other.primary.1))
            .then_with(|| self.day.cmp(&other.day))
            .then_with(|| self.path_ord.cmp(&other.path_ord))
    }
}

impl SegmentCollector for SegmentHits {
    type Fruit = tantivy::Result<Collected>;

    fn collect(&mut self, doc: DocId, score: Score) {
        let ord = self.ord as usize;
        let docs = self.docs.get(ord).map_or(&[][..], Vec::as_slice);
        while docs.get(self.at).is_some_and(|other| *other < doc) {
            self.at += 1;
        }
        let counts = self.counts.get(ord).and_then(|counts| counts.get(self.at));
        let count = counts.copied().unwrap_or_default();
        self.total.documents += 1;
        self.total.occurrences += u64::from(count.n);
        self.total.exact += u64::from(count.n_exact);
        self.total.masked += u64::from(count.n_masked);
        if count.n_undecided > 0 {
            let address = DocAddress::new(self.ord, doc);
            self.undecided.push((address, u64::from(count.n_exact)));
        }
        let day = || self.days.first(doc).unwrap_or(0);
        let primary = match self.sort {
            Sort::Relevance => (u64::from(count.rank(self.relaxed)), score),
            Sort::Occurrences => (u64::from(count.n), 0.0),
            Sort::Title => (u64::MAX - first_ord(&self.titles, doc), 0.0),
            Sort::Newest => (day(), 0.0),
            Sort::Oldest => (oldest_first(day()), 0.0),
        };
        if let Some(border) = &self.border {
            let path = || first_ord(&self.paths, doc);
            if !border.is_before(primary, day(), path) {
                return;
            }
        }
        let full = self.heap.len() >= self.k;
        if let Some(Reverse(worst)) = self.heap.peek()
            && full
        {
            // Most are turned away before anything is read of them.
            let by_primary = primary.0.cmp(&worst.primary.0);
            let by_primary = by_primary.then_with(|| primary.1.total_cmp(&worst.primary.1));
            if by_primary.then_with(|| day().cmp(&worst.day)) == Ordering::Less {
                return;
            }
        }
        self.heap.push(Reverse(Candidate {
            primary,
            day: day(),
            path_ord: Reverse(first_ord(&self.paths, doc)),
            doc,
            score,
            occurrences: u64::from(count.n),
        }));
        if full {
            self.heap.pop();
        }
    }

    fn harvest(self) -> tantivy::Result<Collected> {
        let mut top = Vec::with_capacity(self.heap.len());
        let text = |column: &StrColumn, doc| {
            let mut text = String::new();
            column.ord_to_str(first_ord(column, doc), &mut text)?;
            tantivy::Result::Ok(text)
        };
        for Reverse(candidate) in &self.heap {
            top.push(Top {
                address: DocAddress::new(self.ord, candidate.doc),
                score: candidate.score,
                occurrences: candidate.occurrences,
                day: candidate.day,
                path_ord: candidate.path_ord.0,
                key: match self.sort {
                    Sort::Relevance => Key::Score(candidate.primary.0 as u32, candidate.primary.1),
                    Sort::Occurrences => Key::Count(candidate.primary.0),
                    Sort::Newest | Sort::Oldest => Key::Day(candidate.primary.0),
                    Sort::Title => Key::Title(Reverse(text(&self.titles, candidate.doc)?)),
                },
            });
        }
        Ok(Collected {
            total: self.total,
            top,
            undecided: self.undecided,
        })
    }
}

/// The ordinal of a text, and that it is there; else that of the next text, which may not exist.
fn least_behind(column: &StrColumn, text: &str) -> tantivy::Result<(u64, bool)> {
    let from = Bound::Excluded(text.as_bytes());
    let (from, _) = column
        .dictionary()
        .term_bounds_to_ord(from, Bound::Unbounded)?;
    Ok(match from {
        Bound::Excluded(ord) => (ord, true),
        Bound::Included(ord) => (ord, false),
        Bound::Unbounded => (0, false),
    })
}

/// Greater for an older day; least for none, which is 0.
fn oldest_first(day: u64) -> u64 {
    if day == 0 { 0 } else { u64::MAX - day }
}

fn first_ord(column: &StrColumn, doc: DocId) -> u64 {
    column.term_ords(doc).next().unwrap_or(u64::MAX)
}
