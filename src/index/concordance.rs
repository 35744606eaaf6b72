//! Concordances: every occurrence on one line, and the words beside them.
//!
//! What stands around an occurrence is in the text only, so the texts of the matching documents are
//! read: in the order in which they are stored, on all cores, of the newest so many documents, and
//! none that an order by date or document shows to lie on another page. Of the lines only the first
//! are kept.

use std::cmp::Reverse;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tantivy::DocAddress;

use super::columns::Columns;
use super::deadline::Deadline;
use super::highlight::Highlighter;
use super::parts::Parts;
use super::reader::{Found, Holds, Reader, found as found_by};
use super::stored::Stored;
use crate::analysis::fold;
use crate::analysis::units::{is_mask_sign, is_stop};
use crate::analysis::words;
use crate::search::{
    Beside, Concordance, ConcordanceRequest, Error, Line, LineOrder, Listed, Neighbour, Request,
    Zone,
};
use crate::snippet::{Mark, MatchClass};

/// Characters that lines are sorted by. Enough to tell apart what a person can see, whatever the
/// width of the context: so the order does not depend on it.
const KEY_CHARS: usize = 24;

/// Parts in which documents are read, for each core: some are done before others.
const PARTS_A_THREAD: usize = 4;
/// Fewest documents for which a part is worth while.
const PART_DOCS: usize = 64;

/// Characters of a clause in which the word beside an occurrence is looked for.
const CLAUSE_CHARS: usize = 24;

/// Answers `request`.
pub(super) fn concordance(
    reader: &Reader,
    request: &ConcordanceRequest,
) -> Result<Concordance, Error> {
    let asked = Request {
        relax: false,
        n_snippets: 0,
        ..request.request.clone()
    };
    let matching = reader.matching(&asked);
    let found = found_by(&matching, &asked)?;
    let highlighter = Highlighter::new(&asked, true);
    let documents = found.docs.iter().map(|docs| docs.len() as u64).sum();
    let counts = found.counts.iter().flatten();
    let occurrences = counts.map(|count| u64::from(count.n)).sum();
    let (mut sources, truncated) = sources(reader, &found, request.max_read)?;
    let n_listed = sources.iter().map(|source| source.n as u64).sum();
    let n_listed_documents = sources.len() as u64;
    let reading = Reading {
        reader,
        highlighter: &highlighter,
        holds: &found.holds,
        deadline: Deadline::new(asked.deadline),
    };
    let listed = if let Some(beside) = request.group {
        reading.neighbours(&sources, beside, &asked)?
    } else {
        match request.order {
            LineOrder::Date => {
                sources.sort_by(|a, b| (Reverse(a.day), &a.path).cmp(&(Reverse(b.day), &b.path)));
            }
            _ => sources.sort_by(|a, b| a.path.cmp(&b.path)),
        }
        let is_placed = matches!(request.order, LineOrder::Date | LineOrder::Document);
        let places = if is_placed && all_in_text(&asked) {
            reading.by_source(&sources, &asked)?
        } else {
            reading.by_key(&sources, request)?
        };
        Listed::Lines(reading.lines(&sources, places, request.context)?)
    };
    Ok(Concordance {
        index: reader.info(),
        variants: highlighter.variants(),
        documents,
        occurrences,
        n_listed_documents,
        n_listed,
        truncated,
        listed,
    })
}

/// Whether every occurrence that is counted stands in the text: a title may be the file's name.
fn all_in_text(request: &Request) -> bool {
    let root = request.query.root.as_ref();
    root.is_none_or(|root| {
        let all = Parts::of_all(root, request.zone_of_places(), request.mask);
        all.iter().all(|parts| parts.zone != Zone::Title)
    })
}

/// A document whose text is read.
struct Source {
    address: DocAddress,
    day: u64,
    path: String,
    /// Occurrences in it.
    n: usize,
}

/// The documents with occurrences, as they are stored; the newest where they are too many, and
/// whether they are.
fn sources(reader: &Reader, found: &Found, most: usize) -> Result<(Vec<Source>, bool), Error> {
    let mut picked = Vec::new();
    for (ord, (docs, counts)) in (0..).zip(found.docs.iter().zip(&found.counts)) {
        let days = Columns::of(&reader.searcher, ord as usize).number("first_day")?;
        for (doc, count) in docs.iter().zip(counts).filter(|(_, count)| count.n > 0) {
            let day = days.first(*doc).unwrap_or(0);
            picked.push((Reverse(day), DocAddress::new(ord, *doc), count.n as usize));
        }
    }
    let truncated = picked.len() > most;
    if truncated {
        picked.select_nth_unstable(most);
        picked.truncate(most);
    }
    picked.sort_unstable_by_key(|(_, address, _)| *address);
    let mut sources: Vec<Source> = Vec::with_capacity(picked.len());
    for segment in picked.chunk_by(|(_, a, _), (_, b, _)| a.segment_ord == b.segment_ord) {
        let Some((_, DocAddress { segment_ord, .. }, _)) = segment.first() else {
            continue;
        };
        let column = Columns::of(&reader.searcher, *segment_ord as usize).text("path")?;
        let start = sources.len();
        let mut ords = Vec::with_capacity(segment.len());
        for (at, (Reverse(day), address, n)) in (start..).zip(segment) {
            ords.extend(column.term_ords(address.doc_id).next().map(|ord| (ord, at)));
            sources.push(Source {
                address: *address,
                day: *day,
                path: String::new(),
                n: *n,
            });
        }
        // In the order of the dictionary, which is read but once: one by one took most of the time.
        ords.sort_unstable();
        let sorted: Vec<u64> = ords.iter().map(|(ord, _)| *ord).collect();
        let mut places = ords.iter().map(|(_, at)| *at);
        column
            .dictionary()
            .sorted_ords_to_term_cb(&sorted, |path| {
                if let Some(source) = places.next().and_then(|at| sources.get_mut(at)) {
                    source.path = String::from_utf8_lossy(path).into_owned();
                }
            })?;
    }
    Ok((sources, truncated))
}

/// An occurrence that may become a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// What it is sorted by.
    key: String,
    /// Number of its document.
    source: usize,
    /// Bytes of the text.
    start: usize,
    end: usize,
    class: MatchClass,
}

struct Reading<'a> {
    reader: &'a Reader,
    highlighter: &'a Highlighter,
    holds: &'a Holds,
    deadline: Deadline,
}

impl Reading<'_> {
    /// A document and its occurrences.
    fn read(&self, source: &Source) -> Result<(Stored, Vec<Mark>), Error> {
        self.deadline.check()?;
        let stored = self.reader.stored(source.address)?;
        let holds = self.holds.at(source.address);
        let found = self
            .highlighter
            .marks(stored.text(), &stored.layout, &holds);
        Ok((stored, found.marks))
    }

    /// Reads all documents in the order in which they are stored, in several parts at once, and joins
    /// what the parts give two at a time.
    fn read_all<T: Default + Send>(
        sources: &[Source],
        read: impl Fn(&[usize]) -> Result<T, Error> + Send + Sync,
        join: impl Fn(T, T) -> T + Send + Sync,
    ) -> Result<T, Error> {
        let mut order: Vec<usize> = (0..sources.len()).collect();
        order.sort_unstable_by_key(|n| sources[*n].address);
        let n_parts = rayon::current_num_threads() * PARTS_A_THREAD;
        let parts = order.par_chunks(order.len().div_ceil(n_parts).max(PART_DOCS));
        parts
            .map(read)
            .try_reduce(T::default, |a, b| Ok(join(a, b)))
    }

    /// The occurrences of a page in an order of documents, which says how many lie before it.
    fn by_source(&self, sources: &[Source], request: &Request) -> Result<Vec<Place>, Error> {
        let mut skip = request.offset;
        let mut places = Vec::new();
        for (n, source) in sources.iter().enumerate() {
            if skip >= source.n {
                skip -= source.n;
                continue;
            }
            let (_, marks) = self.read(source)?;
            let rest = marks.iter().skip(std::mem::take(&mut skip));
            places.extend(rest.map(|mark| place(String::new(), n, mark)));
            if places.len() >= request.limit {
                break;
            }
        }
        places.truncate(request.limit);
        Ok(places)
    }

    /// The occurrences of a page in an order that needs all of them.
    fn by_key(
        &self,
        sources: &[Source],
        request: &ConcordanceRequest,
    ) -> Result<Vec<Place>, Error> {
        let (offset, limit) = (request.request.offset, request.request.limit);
        let k = offset.saturating_add(limit);
        let read = |part: &[usize]| self.first_by_key(sources, part, request.order, k);
        let mut first = Self::read_all(sources, read, |mut a, b| {
            a.extend(b);
            keep_first(&mut a, k);
            a
        })?;
        first.sort_unstable();
        first.drain(..offset.min(first.len()));
        Ok(first)
    }

    /// The first `k` occurrences of some documents, in no certain order.
    fn first_by_key(
        &self,
        sources: &[Source],
        part: &[usize],
        order: LineOrder,
        k: usize,
    ) -> Result<Vec<Place>, Error> {
        let mut first: Vec<Place> = Vec::new();
        // The greatest key that may still be among them.
        let mut bound: Option<Vec<char>> = None;
        for &n in part {
            let (stored, marks) = self.read(&sources[n])?;
            let text = stored.text();
            first.extend(marks.iter().filter_map(|mark| {
                let bound = bound.as_deref();
                let key = match order {
                    LineOrder::Right => key(text[mark.range.end..].chars(), bound)?,
                    LineOrder::Left => key(text[..mark.range.start].chars().rev(), bound)?,
                    LineOrder::Date | LineOrder::Document => String::new(),
                };
                Some(place(key, n, mark))
            }));
            // Now and then, so that it costs little and what is kept stays small.
            if first.len() > k.saturating_mul(2).saturating_add(1_000) {
                keep_first(&mut first, k);
                bound = first.iter().max().map(|last| last.key.chars().collect());
            }
        }
        keep_first(&mut first, k);
        Ok(first)
    }

    /// The lines of these occurrences.
    fn lines(
        &self,
        sources: &[Source],
        places: Vec<Place>,
        context: usize,
    ) -> Result<Vec<Line>, Error> {
        let mut lines = Vec::with_capacity(places.len());
        let mut open = None;
        for place in places {
            self.deadline.check()?;
            let stored = match open.take() {
                Some((of, stored)) if of == place.source => stored,
                _ => self.reader.stored(sources[place.source].address)?,
            };
            let summary = stored.summary()?;
            let text = stored.text();
            let (before, behind) = (&text[..place.start], &text[place.end..]);
            let left = before.rsplit('\n').next().unwrap_or("");
            let left: Vec<char> = left.chars().rev().take(context).collect();
            let right = behind.split('\n').next().unwrap_or("");
            let start = before.chars().count();
            let found = &text[place.start..place.end];
            lines.push(Line {
                id: summary.id,
                title: summary.title,
                date: summary.date,
                path: summary.path,
                paragraph: before.matches('\n').count() + 1,
                start,
                end: start + found.chars().count(),
                left: left.into_iter().rev().collect(),
                text: found.to_owned(),
                right: right.chars().take(context).collect(),
                class: place.class,
            });
            open = Some((place.source, stored));
        }
        Ok(lines)
    }

    /// The words beside all occurrences.
    fn neighbours(
        &self,
        sources: &[Source],
        beside: Beside,
        request: &Request,
    ) -> Result<Listed, Error> {
        let read = |part: &[usize]| self.words_beside(sources, part, beside);
        let Words { counted, n_without } = Self::read_all(sources, read, Words::join)?;
        let n_words = counted.len() as u64;
        let mut words: Vec<Neighbour> = counted
            .into_iter()
            .map(|(word, counted)| Neighbour {
                word,
                occurrences: counted.occurrences,
                documents: counted.documents,
            })
            .collect();
        words.sort_by(|a, b| {
            let by_count = (b.occurrences, b.documents).cmp(&(a.occurrences, a.documents));
            by_count.then_with(|| a.word.cmp(&b.word))
        });
        let page = words.into_iter().skip(request.offset).take(request.limit);
        Ok(Listed::Neighbours {
            words: page.collect(),
            n_words,
            n_without,
        })
    }

    /// The words beside the occurrences in some documents.
    fn words_beside(
        &self,
        sources: &[Source],
        part: &[usize],
        beside: Beside,
    ) -> Result<Words, Error> {
        let mut words = Words::default();
        for &n in part {
            let (stored, marks) = self.read(&sources[n])?;
            for mark in &marks {
                let Some(word) = neighbour(stored.text(), mark, beside) else {
                    words.n_without += 1;
                    continue;
                };
                let of_word = words.counted.entry(word).or_default();
                of_word.occurrences += 1;
                if of_word.last_source != Some(n) {
                    of_word.last_source = Some(n);
                    of_word.documents += 1;
                }
            }
        }
        Ok(words)
    }
}

/// Words beside the occurrences of some documents.
#[derive(Default)]
struct Words {
    counted: FxHashMap<String, Counted>,
    /// Occurrences that have none.
    n_without: u64,
}

impl Words {
    /// With those of other documents.
    fn join(self, other: Self) -> Self {
        let (mut more, less) = if self.counted.len() < other.counted.len() {
            (other, self)
        } else {
            (self, other)
        };
        more.n_without += less.n_without;
        for (word, counted) in less.counted {
            let of_word = more.counted.entry(word).or_default();
            of_word.occurrences += counted.occurrences;
            of_word.documents += counted.documents;
        }
        more
    }
}

/// How often a word stands beside occurrences.
#[derive(Default)]
struct Counted {
    occurrences: u64,
    documents: u64,
    last_source: Option<usize>,
}

/// Leaves the first `k`, in no certain order.
fn keep_first(places: &mut Vec<Place>, k: usize) {
    if places.len() > k {
        places.select_nth_unstable(k);
        places.truncate(k);
    }
}

fn place(key: String, source: usize, mark: &Mark) -> Place {
    Place {
        key,
        source,
        start: mark.range.start,
        end: mark.range.end,
        class: mark.class,
    }
}

/// The first characters up to the end of the paragraph, folded, without signs: `，大旗` stands beside
/// `大旗`. `None` as soon as it is known to come behind `bound`.
fn key(chars: impl Iterator<Item = char>, bound: Option<&[char]>) -> Option<String> {
    let mut key = String::new();
    // As long as all of it agrees with the bound, what follows decides.
    let (mut n, mut bound) = (0, bound);
    for c in chars.take_while(|c| *c != '\n') {
        fold::fold_char(c, |folded| {
            let is_ideograph = ('\u{4e00}'..='\u{9fff}').contains(&folded);
            if is_ideograph || folded.is_alphanumeric() || is_mask_sign(folded) {
                key.push(folded);
                n += 1;
            }
        });
        if let Some(of_bound) = bound {
            let so_far = key.chars().cmp(of_bound.iter().copied().take(n));
            if so_far.is_gt() {
                return None;
            }
            bound = bound.filter(|_| so_far.is_eq());
        }
        if n >= KEY_CHARS {
            break;
        }
    }
    Some(key)
}

/// The word right beside an occurrence, folded, by the dictionary's cut of what is left of the
/// clause; function words are passed over. `None` where the clause has no other.
fn neighbour(text: &str, mark: &Mark, beside: Beside) -> Option<String> {
    match beside {
        Beside::Next => {
            let behind = &text[mark.range.end..];
            let end = behind
                .char_indices()
                .enumerate()
                .find(|(n, (_, c))| *n == CLAUSE_CHARS || ends_clause(*c))
                .map_or(behind.len(), |(_, (at, _))| at);
            let clause = &behind[..end];
            pick(clause, words::segment(clause).into_iter())
        }
        Beside::Previous => {
            let before = &text[..mark.range.start];
            let start = before
                .char_indices()
                .rev()
                .enumerate()
                .find(|(n, (_, c))| *n == CLAUSE_CHARS || ends_clause(*c))
                .map_or(0, |(_, (at, c))| at + c.len_utf8());
            let clause = &before[start..];
            pick(clause, words::segment(clause).into_iter().rev())
        }
    }
}

fn pick(clause: &str, ranges: impl Iterator<Item = std::ops::Range<usize>>) -> Option<String> {
    let mut words = ranges.map(|range| &clause[range]);
    words.find(|word| !words::is_function(word)).map(fold::fold)
}

/// Signs between clauses and what else parts words: not quotes, brackets and blanks, which stand
/// between a verb and its object. A name that was struck out is no word.
fn ends_clause(c: char) -> bool {
    let mut ends = is_stop(c);
    fold::fold_char(c, |c| {
        ends |= is_stop(c) || is_mask_sign(c) || matches!(c, '，' | ',' | '、' | '：' | ':' | '—');
    });
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_given_up_as_soon_as_it_comes_behind_the_bound() {
        let of = |text: &str, bound: &str| {
            let bound: Vec<char> = bound.chars().collect();
            key(text.chars(), Some(&bound))
        };
        for (text, bound) in [
            ("产業", "产业"),
            ("产", "产业"),
            ("，丁", "三"),
            ("产业\n园", "产业"),
        ] {
            assert_eq!(of(text, bound), key(text.chars(), None), "{text} {bound}");
        }
        for (text, bound) in [("产业园", "产业"), ("园", "产业"), ("甲", "")] {
            assert_eq!(of(text, bound), None, "{text} {bound}");
        }
    }
}
