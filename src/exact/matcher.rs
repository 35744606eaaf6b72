//! Finds phrases: the lists of a cheapest cover of a phrase's pairs, intersected from the shortest.

use super::lists::{List, RUN};
use super::reader::Reader;
use super::record::DocCount;
use super::surfaces::{RARE, Surfaces};
use super::{Corrupt, UnitId};
use crate::analysis::surface::{OTHER, OTHER_GAP, is_odd_code};
use crate::analysis::{Phrase, Surface};

/// The occurrences of a phrase in one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocMatch {
    /// Number of the document in its segment.
    pub doc: u32,
    /// How often it holds the phrase, overlapping occurrences counted each.
    pub n: u32,
    /// How many of these have the phrase's very characters.
    pub n_exact: u32,
    /// How many may or may not have them: only the text can tell.
    pub n_undecided: u32,
}

/// Where a phrase is looked for.
#[derive(Clone, Copy, Default)]
pub struct Within<'a> {
    /// Only these documents matter, which ascend; of others some may be among the answers all the
    /// same. `None`: all do.
    pub docs: Option<&'a [u32]>,
    /// Only behind so many units of each document.
    pub skip: Option<&'a dyn Fn(u32) -> u32>,
}

impl Reader {
    /// Every document of the segment that holds `phrase`, deleted ones included, ascending.
    ///
    /// Of a long list of positions only what concerns the documents of `within` is read.
    pub fn find(&self, phrase: &Phrase, within: Within<'_>) -> Result<Vec<DocMatch>, Corrupt> {
        let surfaces = phrase.surfaces();
        self.find_as(phrase, within, Some(&surfaces))
    }

    /// The same without a word on how occurrences are written: none is counted as exact.
    pub fn count(&self, phrase: &Phrase, within: Within<'_>) -> Result<Vec<DocMatch>, Corrupt> {
        self.find_as(phrase, within, None)
    }

    fn find_as(
        &self,
        phrase: &Phrase,
        within: Within<'_>,
        surfaces: Option<&[Surface<'_>]>,
    ) -> Result<Vec<DocMatch>, Corrupt> {
        let Some(ids) = self.ids(phrase)? else {
            return Ok(Vec::new());
        };
        if let [id] = ids[..] {
            // Counts by document tell plain from odd, not one odd writing from another.
            let plain = surfaces.is_none_or(|surfaces| !surfaces[0].is_odd());
            if plain
                && within.skip.is_none()
                && let Some(docs) = self.record(id)?.docs()?
            {
                return Ok(of_counts(docs, within.docs));
            }
        }
        let mut positions = self.positions_of(&ids, within.docs)?;
        if let Some(skip) = within.skip {
            let mut doc = 0;
            positions.retain(|position| {
                doc = self.doc_of(*position, doc);
                position - self.starts()[doc as usize] >= skip(doc)
            });
        }
        self.by_document(&positions, surfaces)
    }

    /// The documents of `within` that hold `phrase`, ascending.
    pub fn docs(&self, phrase: &Phrase, within: Option<&[u32]>) -> Result<Vec<u32>, Corrupt> {
        let Some(ids) = self.ids(phrase)? else {
            return Ok(Vec::new());
        };
        let listed = match ids[..] {
            [id] => self.record(id)?.docs()?,
            _ => None,
        };
        let mut docs = Vec::new();
        if let Some(listed) = listed {
            docs.extend(listed.iter().map(|count| count.doc));
        } else {
            let mut end = 0;
            for position in self.positions_of(&ids, within)? {
                if position >= end {
                    let doc = self.doc_of(position, docs.last().copied().unwrap_or(0));
                    end = self
                        .starts()
                        .get(doc as usize + 1)
                        .copied()
                        .unwrap_or(u32::MAX);
                    docs.push(doc);
                }
            }
        }
        if let Some(within) = within {
            intersect(&mut docs, within);
        }
        Ok(docs)
    }

    /// Positions at which `phrase` begins, ascending.
    pub fn positions(&self, phrase: &Phrase) -> Result<Vec<u32>, Corrupt> {
        match self.ids(phrase)? {
            Some(ids) => self.positions_of(&ids, None),
            None => Ok(Vec::new()),
        }
    }

    /// How many places a search for `phrase` has to look at: at least as many as it occurs in.
    pub fn estimate(&self, phrase: &Phrase) -> Result<usize, Corrupt> {
        let Some(ids) = self.ids(phrase)? else {
            return Ok(0);
        };
        let mut least = usize::MAX;
        for pair in ids.windows(2) {
            let list = self.record(pair[0])?.list(pair[1])?;
            least = least.min(list.map_or(0, |list| list.n));
        }
        // A single unit is counted by document.
        Ok(least.min(self.n_docs() as usize))
    }

    fn ids(&self, phrase: &Phrase) -> Result<Option<Vec<UnitId>>, Corrupt> {
        let ids = phrase
            .units()
            .iter()
            .map(|unit| self.unit_id(unit.as_unit()));
        ids.collect()
    }

    /// Start positions of the sequence `ids`.
    fn positions_of(&self, ids: &[UnitId], within: Option<&[u32]>) -> Result<Vec<u32>, Corrupt> {
        if let [id] = ids {
            let mut positions = self.unit_positions(*id)?;
            if let Some(docs) = within {
                let mut doc = 0;
                intersect_by(&mut positions, docs, |position| {
                    doc = self.doc_of(*position, doc);
                    doc
                });
            }
            return Ok(positions);
        }
        let mut lists: Vec<List<'_>> = Vec::with_capacity(ids.len() - 1);
        for pair in ids.windows(2) {
            match self.record(pair[0])?.list(pair[1])? {
                Some(list) => lists.push(list),
                None => return Ok(Vec::new()),
            }
        }
        let mut chosen = cheapest_cover(&lists);
        chosen.sort_by_key(|index| lists[*index].n);
        let mut positions = Vec::new();
        let first = chosen[0];
        match within {
            // A document is worth skipping to only if it spares reading some others' positions.
            Some(docs) if docs.len() * 2 < lists[first].n => {
                let starts = self.starts();
                let range = |doc: &u32| {
                    let pair = starts.get(*doc as usize..*doc as usize + 2)?;
                    Some((pair[0], pair[1]))
                };
                lists[first].decode_within(docs.iter().filter_map(range), &mut positions)?;
            }
            _ => lists[first].decode(&mut positions)?,
        }
        // From places of the pair to starts of the phrase; those too near the front are none.
        positions.retain(|position| *position >= first as u32);
        for position in &mut positions {
            *position -= first as u32;
        }
        for &index in &chosen[1..] {
            if positions.is_empty() {
                break;
            }
            lists[index].retain(&mut positions, index as u32)?;
        }
        Ok(positions)
    }

    fn by_document(
        &self,
        positions: &[u32],
        surfaces: Option<&[Surface<'_>]>,
    ) -> Result<Vec<DocMatch>, Corrupt> {
        let comparison = match surfaces {
            Some(surfaces) => Some(Comparison::new(self, surfaces)?),
            None => None,
        };
        let mut matches: Vec<DocMatch> = Vec::new();
        let (mut doc, mut end) = (0, 0);
        for &position in positions {
            if position >= end {
                doc = self.doc_of(position, doc);
                end = self
                    .starts()
                    .get(doc as usize + 1)
                    .copied()
                    .unwrap_or(u32::MAX);
                matches.push(DocMatch {
                    doc,
                    n: 0,
                    n_exact: 0,
                    n_undecided: 0,
                });
            }
            let verdict = match &comparison {
                Some(comparison) => comparison.verdict(position)?,
                None => Verdict::Normalized,
            };
            if let Some(last) = matches.last_mut() {
                last.n += 1;
                last.n_exact += u32::from(verdict == Verdict::Exact);
                last.n_undecided += u32::from(verdict == Verdict::Undecided);
            }
        }
        Ok(matches)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Exact,
    Normalized,
    Undecided,
}

/// Compares how occurrences are written with how a phrase is.
struct Comparison<'r, 'p> {
    reader: &'r Reader,
    stored: Surfaces<'r>,
    /// Of each unit but the last: its code, and its number in the table of this segment.
    inner: Vec<(u8, Option<u8>)>,
    /// Of the last, what follows left out.
    last: Surface<'p>,
    all_plain: bool,
}

impl<'r, 'p> Comparison<'r, 'p> {
    fn new(reader: &'r Reader, surfaces: &[Surface<'p>]) -> Result<Self, Corrupt> {
        let (last, inner) = surfaces
            .split_last()
            .map_or((Surface::PLAIN, &[][..]), |(l, i)| (*l, i));
        let number = |surface: &Surface<'_>| {
            let key = surface.key();
            reader
                .rarer()
                .iter()
                .position(|known| *known == key)
                .map(|n| n as u8)
        };
        let coded = |surface: &Surface<'_>| match surface.code() {
            code if code < OTHER_GAP => (code, None),
            code => (code, number(surface)),
        };
        Ok(Self {
            reader,
            stored: reader.surfaces()?,
            inner: inner.iter().map(coded).collect(),
            last: last.without_gap(),
            all_plain: surfaces
                .iter()
                .all(|surface| surface.without_gap() == Surface::PLAIN)
                && inner.iter().all(|surface| *surface == Surface::PLAIN),
        })
    }

    #[inline]
    fn verdict(&self, position: u32) -> Result<Verdict, Corrupt> {
        let n_inner = self.inner.len() as u32;
        if !self.all_plain || n_inner >= 64 {
            return self.compare_each(position);
        }
        let n_plain = self.stored.n_plain(position)?;
        let plain = n_plain > n_inner
            || (n_plain == n_inner && !is_odd_code(self.stored.get(position + n_inner)?.code));
        Ok(if plain {
            Verdict::Exact
        } else {
            Verdict::Normalized
        })
    }

    fn compare_each(&self, position: u32) -> Result<Verdict, Corrupt> {
        let mut verdict = Verdict::Exact;
        for (want, at) in self.inner.iter().zip(position..) {
            let have = self.stored.get(at)?;
            if have.code != want.0 {
                return Ok(Verdict::Normalized);
            }
            if have.code >= OTHER_GAP && want.1 != Some(have.number) {
                if have.number != RARE {
                    return Ok(Verdict::Normalized);
                }
                verdict = Verdict::Undecided;
            }
        }
        let have = self.stored.get(position + self.inner.len() as u32)?;
        let same = match have.code {
            OTHER_GAP => self.last == Surface::PLAIN,
            OTHER if have.number == RARE => {
                if self.last.is_odd() {
                    verdict = Verdict::Undecided;
                }
                self.last.is_odd()
            }
            OTHER => {
                let key = self.reader.rarer().get(usize::from(have.number));
                let surface = key.and_then(|key| Surface::from_key(key));
                surface.is_some_and(|surface| surface.without_gap() == self.last)
            }
            code => Surface::from_code(code).is_some_and(|s| s.without_gap() == self.last),
        };
        Ok(if same { verdict } else { Verdict::Normalized })
    }
}

/// Chooses, of the pairs of a phrase, those that together touch every unit and whose lists cost
/// least to read.
///
/// Two chosen neighbours are at most two apart, so no unit is left out; the first and the last pair
/// are always among them. Source: docs/exact-index.md, "Covers".
fn cheapest_cover(lists: &[List<'_>]) -> Vec<usize> {
    let shortest = lists.iter().map(|list| list.n).min().unwrap_or(0);
    // A list is skipped through: of a long one no more is read than a run for each candidate.
    let cost = |index: usize| lists[index].n.min(shortest.saturating_mul(RUN)) + 16;
    let mut best: Vec<(usize, usize)> = Vec::with_capacity(lists.len());
    for index in 0..lists.len() {
        let before = match index {
            0 => (0, 0),
            1 => (best[0].0, 0),
            _ if best[index - 2].0 < best[index - 1].0 => (best[index - 2].0, index - 2),
            _ => (best[index - 1].0, index - 1),
        };
        best.push((before.0 + cost(index), before.1));
    }
    let mut chosen = vec![lists.len() - 1];
    while let Some(&index) = chosen.last()
        && index > 0
    {
        chosen.push(best[index].1);
    }
    chosen
}

fn of_counts(mut docs: Vec<DocCount>, within: Option<&[u32]>) -> Vec<DocMatch> {
    if let Some(within) = within {
        intersect_by(&mut docs, within, |count| count.doc);
    }
    let found = |d: &DocCount| DocMatch {
        doc: d.doc,
        n: d.n,
        n_exact: d.n - d.n_odd,
        n_undecided: 0,
    };
    docs.iter().map(found).collect()
}

/// Keeps of `docs` those that are in `others`; both ascend.
pub fn intersect(docs: &mut Vec<u32>, others: &[u32]) {
    intersect_by(docs, others, |doc| *doc);
}

fn intersect_by<T>(items: &mut Vec<T>, others: &[u32], mut doc: impl FnMut(&T) -> u32) {
    let mut rest = others;
    items.retain(|item| {
        let doc = doc(item);
        let mut step = 1;
        while step < rest.len() && rest[step] < doc {
            rest = &rest[step..];
            step *= 2;
        }
        let reach = (step + 1).min(rest.len());
        rest = &rest[rest[..reach].partition_point(|other| *other < doc)..];
        rest.first() == Some(&doc)
    });
}
