//! Documents and occurrences by year, month, kind, meeting, speaker and region: several queries side
//! by side, each exact.

use rustc_hash::FxHashMap;
use tantivy::DocAddress;
use tantivy::columnar::{Column, StrColumn};

use super::columns::{Columns, Filtering};
use super::counting::Count;
use super::highlight::Highlighter;
use super::matching::{DocSets, Wanted};
use super::reader::{Reader, found as found_by};
use crate::search::{
    Bucket, By, Counts, CountsRequest, Error, QueryCounts, Request, Summary, Tally,
};

/// Counts what `request` asks for.
pub(super) fn count_by(reader: &Reader, request: &CountsRequest) -> Result<Counts, Error> {
    let asked = |n: usize| Request {
        query: request.queries.get(n).cloned().unwrap_or_default(),
        zone: request.zone,
        mask: request.mask,
        scope: request.scope,
        filters: request.filters.clone(),
        // What holds only some of the words has no place in a series.
        relax: false,
        deadline: request.deadline,
        ..Request::default()
    };
    let n_queries = request.queries.len();
    let mut buckets = Buckets::new(request.by, n_queries);
    let mut documents = 0;
    {
        let any = asked(n_queries);
        let matching = reader.matching(&any);
        let mut all = matching.docs(&Wanted::All(Vec::new()))?;
        Filtering::new(&matching, &request.filters).apply(&mut all)?;
        for (ord, docs) in all.iter().enumerate() {
            documents += docs.len() as u64;
            buckets.each_of(reader, ord, docs, |bucket, _| bucket.documents += 1)?;
        }
    }
    let mut queries = Vec::with_capacity(n_queries);
    let first = asked(0);
    let first = reader.matching(&first);
    for n in 0..n_queries {
        let asked = asked(n);
        let matching = reader.matching(&asked).sharing_lookups(&first);
        let found = found_by(&matching, &asked)?;
        let mut total = Tally::default();
        for (ord, (docs, counts)) in found.docs.iter().zip(&found.counts).enumerate() {
            for count in counts {
                add(&mut total, count);
            }
            buckets.each_of(reader, ord, docs, |bucket, at| {
                add(
                    &mut bucket.counts[n],
                    &counts.get(at).copied().unwrap_or_default(),
                );
            })?;
        }
        let (first, last) = ends(reader, &found.docs)?;
        queries.push(QueryCounts {
            total,
            variants: Highlighter::new(&asked, false).variants(),
            first,
            last,
        });
    }
    let (buckets, without, n_left_out) = buckets.sorted(request.limit);
    Ok(Counts {
        index: reader.info(),
        documents,
        buckets,
        n_left_out,
        without,
        queries,
    })
}

fn add(tally: &mut Tally, count: &Count) {
    tally.documents += 1;
    tally.occurrences += u64::from(count.n);
}

/// A day and the document of it.
type DatedDoc = (u64, u32);

/// Buckets while they are being filled, over all segments.
struct Buckets {
    by: By,
    n_queries: usize,
    all: Vec<Bucket>,
    places: FxHashMap<String, usize>,
    without: Bucket,
}

impl Buckets {
    fn new(by: By, n_queries: usize) -> Self {
        Self {
            by,
            n_queries,
            all: Vec::new(),
            places: FxHashMap::default(),
            without: empty(String::new(), n_queries),
        }
    }

    /// Calls `count` for every bucket of each of `docs`, with the document's place there; a document
    /// without a value has the bucket of these.
    fn each_of(
        &mut self,
        reader: &Reader,
        ord: usize,
        docs: &[u32],
        mut count: impl FnMut(&mut Bucket, usize),
    ) -> tantivy::Result<()> {
        let values = Values::new(&Columns::of(&reader.searcher, ord), self.by)?;
        let mut known: FxHashMap<u64, usize> = FxHashMap::default();
        let mut keys = Vec::new();
        for (at, doc) in docs.iter().enumerate() {
            keys.clear();
            values.keys(*doc, &mut keys);
            if keys.is_empty() {
                count(&mut self.without, at);
            }
            for key in &keys {
                let place = if let Some(place) = known.get(key) {
                    *place
                } else {
                    let place = self.place(values.text(*key)?);
                    known.insert(*key, place);
                    place
                };
                if let Some(bucket) = self.all.get_mut(place) {
                    count(bucket, at);
                }
            }
        }
        Ok(())
    }

    fn place(&mut self, value: String) -> usize {
        let (buckets, n_queries) = (&mut self.all, self.n_queries);
        *self.places.entry(value).or_insert_with_key(|value| {
            buckets.push(empty(value.clone(), n_queries));
            buckets.len() - 1
        })
    }

    /// The buckets in their order, those without a value, and how many were left out.
    fn sorted(self, limit: usize) -> (Vec<Bucket>, Bucket, u64) {
        let mut buckets = self.all;
        if self.by.is_time() {
            // Years and months have as many digits each.
            buckets.sort_by(|a, b| a.value.cmp(&b.value));
            return (buckets, self.without, 0);
        }
        let sum = |bucket: &Bucket| {
            let documents: u64 = bucket.counts.iter().map(|count| count.documents).sum();
            let occurrences: u64 = bucket.counts.iter().map(|count| count.occurrences).sum();
            (documents, occurrences)
        };
        buckets.retain(|bucket| sum(bucket).0 > 0);
        buckets.sort_by(|a, b| sum(b).cmp(&sum(a)).then_with(|| a.value.cmp(&b.value)));
        let n_left_out = buckets.len().saturating_sub(limit) as u64;
        buckets.truncate(limit);
        (buckets, self.without, n_left_out)
    }
}

fn empty(value: String, n_queries: usize) -> Bucket {
    Bucket {
        value,
        documents: 0,
        counts: vec![Tally::default(); n_queries],
    }
}

/// The values of one segment's documents, as numbers that mean something within it.
enum Values {
    Years(Column<u64>),
    /// The first and the last day.
    Months(Column<u64>, Column<u64>),
    Texts(StrColumn),
}

impl Values {
    fn new(columns: &Columns<'_>, by: By) -> tantivy::Result<Self> {
        Ok(match by {
            By::Year => Self::Years(columns.number("year")?),
            By::Month => Self::Months(columns.number("first_day")?, columns.number("last_day")?),
            by => Self::Texts(columns.text(by.name())?),
        })
    }

    fn keys(&self, doc: u32, into: &mut Vec<u64>) {
        match self {
            Self::Years(years) => into.extend(years.first(doc)),
            Self::Months(first, last) => {
                // Of a document of which only the year is known nobody knows the month.
                let month = |column: &Column<u64>| column.first(doc).map(|day| day / 100);
                into.extend(month(first).filter(|_| month(first) == month(last)));
            }
            Self::Texts(column) => into.extend(column.term_ords(doc)),
        }
    }

    fn text(&self, key: u64) -> tantivy::Result<String> {
        Ok(match self {
            Self::Years(_) => format!("{key:04}"),
            Self::Months(..) => format!("{:04}-{:02}", key / 100, key % 100),
            Self::Texts(column) => {
                let mut value = String::new();
                column.ord_to_str(key, &mut value)?;
                value
            }
        })
    }
}

/// The oldest and the newest of `docs`, of those with a date; of one day the first by path, as in
/// lists by date.
fn ends(reader: &Reader, docs: &DocSets) -> Result<(Option<Summary>, Option<Summary>), Error> {
    let (mut oldest, mut newest): (Option<End>, Option<End>) = (None, None);
    for (ord, docs) in docs.iter().enumerate() {
        let columns = Columns::of(&reader.searcher, ord);
        let (days, paths) = (columns.number("first_day")?, columns.text("path")?);
        let path_ord = |doc: u32| paths.term_ords(doc).next().unwrap_or(u64::MAX);
        let dated = docs
            .iter()
            .filter_map(|doc| Some((days.first(*doc).filter(|day| *day > 0)?, *doc)));
        let (mut low, mut high): (Option<DatedDoc>, Option<DatedDoc>) = (None, None);
        for (day, doc) in dated {
            let earlier_path = |other: u32| path_ord(doc) < path_ord(other);
            if low.is_none_or(|(d, other)| day < d || day == d && earlier_path(other)) {
                low = Some((day, doc));
            }
            if high.is_none_or(|(d, other)| day > d || day == d && earlier_path(other)) {
                high = Some((day, doc));
            }
        }
        let end = |(day, doc): (u64, u32)| -> tantivy::Result<End> {
            let mut path = String::new();
            paths.ord_to_str(path_ord(doc), &mut path)?;
            let address = DocAddress::new(ord as u32, doc);
            Ok(End { day, path, address })
        };
        if let Some(low) = low.map(end).transpose()?
            && oldest
                .as_ref()
                .is_none_or(|end| (low.day, &low.path) < (end.day, &end.path))
        {
            oldest = Some(low);
        }
        if let Some(high) = high.map(end).transpose()?
            && newest
                .as_ref()
                .is_none_or(|end| high.day > end.day || high.day == end.day && high.path < end.path)
        {
            newest = Some(high);
        }
    }
    let summary = |end: Option<End>| {
        end.map(|end| reader.stored(end.address)?.summary())
            .transpose()
    };
    Ok((summary(oldest)?, summary(newest)?))
}

/// A document at one end of time.
struct End {
    day: u64,
    path: String,
    address: DocAddress,
}
