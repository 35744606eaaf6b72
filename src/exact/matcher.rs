//! Finds phrases: the lists of a cheapest cover of a phrase's pairs, intersected from the shortest.

use super::borders::Borders;
use super::comparison::{Comparison, Verdict};
use super::lists::{List, RUN, contains, gallop};
use super::lookups::Lookups;
use super::reader::Reader;
use super::record::DocCount;
use super::spans::SpanWriting;
use super::{Corrupt, UnitId};
use crate::analysis::surface::is_usual_writing;
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
    /// How many have masks for what is missing.
    pub n_masked: u32,
}

impl DocMatch {
    /// No occurrence in a document.
    pub fn none(doc: u32) -> Self {
        Self {
            doc,
            n: 0,
            n_exact: 0,
            n_undecided: 0,
            n_masked: 0,
        }
    }

    /// Counts one more.
    pub fn add(&mut self, writing: SpanWriting) {
        self.n += 1;
        match writing {
            SpanWriting::Exact => self.n_exact += 1,
            SpanWriting::Undecided => self.n_undecided += 1,
            SpanWriting::Normalized => {}
            SpanWriting::Masked => self.n_masked += 1,
        }
    }
}

/// Where a phrase is looked for.
#[derive(Clone, Copy, Default)]
pub struct Within<'a> {
    /// Only these documents matter, which ascend; of others some may be among the answers all the
    /// same. `None`: all do.
    pub docs: Option<&'a [u32]>,
    /// Only behind so many units of each document.
    pub skip: Option<&'a dyn Fn(u32) -> u32>,
    /// Only what lies in these ranges of positions matters, which ascend; of others some may be among
    /// the answers.
    pub ranges: Option<&'a [(u32, u32)]>,
    /// Where all sentences end, if that is known already.
    pub sentences: Option<&'a Borders>,
    /// What was looked up before in all documents.
    pub lookups: Option<&'a Lookups>,
    /// Asked now and then in what may take long: whether nobody waits for the answer any more, which
    /// is then cut short.
    pub given_up: Option<&'a dyn Fn() -> bool>,
}

impl Within<'_> {
    pub(super) fn is_given_up(&self) -> bool {
        self.given_up.is_some_and(|given_up| given_up())
    }
}

impl Reader {
    /// Every document of the segment that holds `phrase`, deleted ones included, ascending.
    ///
    /// Of a long list of positions only what concerns the documents of `within` is read.
    pub fn find(&self, phrase: &Phrase, within: Within<'_>) -> Result<Vec<DocMatch>, Corrupt> {
        let Some(ids) = self.ids(phrase)? else {
            return Ok(Vec::new());
        };
        let surfaces = phrase.surfaces();
        if let [id] = ids[..] {
            // Counts by document tell plain from odd, and of these the usual from others.
            let surface = surfaces[0].without_gap();
            let told = !surface.is_odd() || is_usual_writing(surface.writing());
            if told && within.skip.is_none() {
                let docs = self.unit_docs(id)?;
                return Ok(of_counts(&docs, surface.is_odd(), within.docs));
            }
        }
        let positions = self.positions_behind(&ids, within)?;
        self.by_document(&positions, &surfaces)
    }

    /// The same without a word on how occurrences are written: documents, and how often each holds
    /// `phrase`.
    pub fn count(&self, phrase: &Phrase, within: Within<'_>) -> Result<Vec<(u32, u32)>, Corrupt> {
        let Some(ids) = self.ids(phrase)? else {
            return Ok(Vec::new());
        };
        if let [id] = ids[..]
            && within.skip.is_none()
        {
            let found = of_counts(&self.unit_docs(id)?, false, within.docs);
            return Ok(found.iter().map(|found| (found.doc, found.n)).collect());
        }
        let mut counts = Vec::new();
        let positions = self.positions_behind(&ids, within)?;
        self.for_each_doc(&positions, |doc, positions| {
            counts.push((doc, positions.len() as u32));
            Ok(())
        })?;
        Ok(counts)
    }

    /// The documents of `within` that hold `phrase`, ascending.
    pub fn docs(&self, phrase: &Phrase, within: Within<'_>) -> Result<Vec<u32>, Corrupt> {
        let Some(ids) = self.ids(phrase)? else {
            return Ok(Vec::new());
        };
        let listed = match ids[..] {
            [id] if within.skip.is_none() => Some(self.unit_docs(id)?),
            _ => None,
        };
        let mut docs = Vec::new();
        if let Some(listed) = listed {
            if let Some(within) = within.docs {
                let found = of_counts(&listed, false, Some(within));
                return Ok(found.iter().map(|found| found.doc).collect());
            }
            docs.extend(listed.iter().map(|count| count.doc));
        } else {
            let positions = self.positions_behind(&ids, within)?;
            self.for_each_doc(&positions, |doc, _| {
                docs.push(doc);
                Ok(())
            })?;
        }
        if let Some(within) = within.docs {
            intersect(&mut docs, within);
        }
        Ok(docs)
    }

    /// Start positions of the sequence `ids`, without those that are passed over.
    pub(super) fn positions_behind(
        &self,
        ids: &[UnitId],
        within: Within<'_>,
    ) -> Result<Vec<u32>, Corrupt> {
        let mut positions = self.positions_of(ids, within.docs)?;
        self.pass_over(&mut positions, within);
        Ok(positions)
    }

    /// Positions at which `phrase` begins, ascending.
    pub fn positions(&self, phrase: &Phrase) -> Result<Vec<u32>, Corrupt> {
        match self.ids(phrase)? {
            Some(ids) => self.positions_of(&ids, None),
            None => Ok(Vec::new()),
        }
    }

    /// How many places a search for `phrase` has to look at, at least as many as it occurs in; of a
    /// single unit, which is counted by document, how many documents.
    pub fn estimate(&self, phrase: &Phrase) -> Result<usize, Corrupt> {
        let Some(ids) = self.ids(phrase)? else {
            return Ok(0);
        };
        let mut least = None;
        for pair in ids.windows(2) {
            let n = self.pair_places(pair[0], pair[1])?;
            if n == 0 {
                return Ok(0);
            }
            least = Some(least.map_or(n, |least: usize| least.min(n)));
        }
        Ok(least.unwrap_or(self.n_docs() as usize))
    }

    /// Whether looking for `phrase` in so many documents only costs less than in all.
    pub fn is_spared(&self, phrase: &Phrase, n_docs: usize) -> Result<bool, Corrupt> {
        Ok(phrase.units().len() == 1 || pays(n_docs, self.estimate(phrase)?))
    }

    /// How many documents hold `phrase`, deleted ones included; where a pair of units stands in
    /// very many places, an estimate from some of them.
    pub fn doc_freq(&self, phrase: &Phrase) -> Result<u64, Corrupt> {
        let Some(ids) = self.ids(phrase)? else {
            return Ok(0);
        };
        if let [first, second] = ids[..] {
            return self.pair_docs((first, second), || {
                let list = self.list(first, second)?;
                list.map_or(Ok(0), |list| self.list_doc_freq(&list))
            });
        }
        if let [id] = ids[..] {
            // The list itself, if there is one, need not be read.
            let n_docs = match self.record(id)?.n_docs() {
                0 => self.unit_docs(id)?.len(),
                n_docs => n_docs,
            };
            return Ok(n_docs as u64);
        }
        let mut n = 0;
        self.for_each_doc(&self.positions_of(&ids, None)?, |_, _| {
            n += 1;
            Ok(())
        })?;
        Ok(n)
    }

    fn list_doc_freq(&self, list: &List<'_>) -> Result<u64, Corrupt> {
        let mut positions = Vec::new();
        let sampled = list.sample(&mut positions)?;
        if !sampled {
            list.decode(&mut positions)?;
        }
        let (mut n_docs, mut n_steps) = (0u64, 0);
        for run in positions.chunks(if sampled { RUN } else { positions.len().max(1) }) {
            self.for_each_doc(run, |_, _| {
                n_docs += 1;
                Ok(())
            })?;
            n_steps += run.len() - 1;
            // The first document of a run may have begun before it.
            n_docs -= u64::from(sampled);
        }
        if sampled {
            // How many steps from place to place lead into another document tells of all places.
            let share = list.n as f64 / n_steps.max(1) as f64;
            n_docs = (n_docs as f64 * share).round().max(1.0) as u64;
        }
        Ok(n_docs)
    }

    pub(super) fn ids(&self, phrase: &Phrase) -> Result<Option<Vec<UnitId>>, Corrupt> {
        let ids = phrase
            .units()
            .iter()
            .map(|unit| self.unit_id(unit.as_unit()));
        ids.collect()
    }

    /// Start positions of the sequence `ids`.
    pub(super) fn positions_of(
        &self,
        ids: &[UnitId],
        within: Option<&[u32]>,
    ) -> Result<Vec<u32>, Corrupt> {
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
            match self.list(pair[0], pair[1])? {
                Some(list) => lists.push(list),
                None => return Ok(Vec::new()),
            }
        }
        let mut chosen = cheapest_cover(&lists.iter().collect::<Vec<_>>());
        chosen.sort_by_key(|index| lists[*index].n);
        let first = chosen[0];
        let mut positions = self.decoded(&lists[first], within)?;
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

    /// The positions of a list, all of those in documents of `within` among them.
    pub(super) fn decoded(
        &self,
        list: &List<'_>,
        within: Option<&[u32]>,
    ) -> Result<Vec<u32>, Corrupt> {
        let mut positions = Vec::new();
        match within {
            Some(docs) if pays(docs.len(), list.n) => {
                list.decode_within(self.ranges(docs), &mut positions)?;
            }
            _ => list.decode(&mut positions)?,
        }
        Ok(positions)
    }

    /// First position of each of some documents, and the start of the next.
    pub(super) fn ranges(&self, docs: &[u32]) -> impl Iterator<Item = (u32, u32)> {
        docs.iter().filter_map(|doc| {
            let pair = self.starts().get(*doc as usize..*doc as usize + 2)?;
            Some((pair[0], pair[1]))
        })
    }

    pub(super) fn by_document(
        &self,
        positions: &[u32],
        surfaces: &[Surface<'_>],
    ) -> Result<Vec<DocMatch>, Corrupt> {
        let comparison = Comparison::new(self, surfaces)?;
        let mut matches: Vec<DocMatch> = Vec::new();
        self.for_each_doc(positions, |doc, positions| {
            let mut found = DocMatch {
                n: positions.len() as u32,
                ..DocMatch::none(doc)
            };
            if let Some(n_exact) = comparison.n_exact(positions) {
                found.n_exact = n_exact;
            } else {
                for &position in positions {
                    let verdict = comparison.verdict(position);
                    found.n_exact += u32::from(verdict == Verdict::Exact);
                    found.n_undecided += u32::from(verdict == Verdict::Undecided);
                }
            }
            matches.push(found);
            Ok(())
        })?;
        Ok(matches)
    }

    /// Calls `each` with every document that holds some of `positions`, which ascend, and with these.
    pub(super) fn for_each_doc(
        &self,
        positions: &[u32],
        mut each: impl FnMut(u32, &[u32]) -> Result<(), Corrupt>,
    ) -> Result<(), Corrupt> {
        let (mut doc, mut rest) = (0, positions);
        while let Some(&first) = rest.first() {
            doc = self.doc_of(first, doc);
            let end = self.starts().get(doc as usize + 1).copied();
            let end = end.unwrap_or(u32::MAX);
            let n = 1 + rest[1..].iter().take_while(|p| **p < end).count();
            each(doc, &rest[..n])?;
            rest = &rest[n..];
        }
        Ok(())
    }
}

/// Chooses, of the pairs of a phrase, those that together touch every unit and whose lists cost
/// least to read.
///
/// Two chosen neighbours are at most two apart, so no unit is left out; the first and the last pair
/// are always among them. Source: docs/exact-index.md, "Covers".
pub(super) fn cheapest_cover(lists: &[&List<'_>]) -> Vec<usize> {
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

/// Whether it pays to skip to so many documents in a list of positions: each has to spare reading
/// some of others.
fn pays(n_docs: usize, n_positions: usize) -> bool {
    n_docs * 2 < n_positions
}

/// `odd`: whether it is asked for the usual odd writing.
fn of_counts(counts: &[DocCount], odd: bool, within: Option<&[u32]>) -> Vec<DocMatch> {
    let found = |d: &DocCount| DocMatch {
        n: d.n,
        n_exact: if odd {
            d.n_odd - d.n_unusual
        } else {
            d.n - d.n_odd
        },
        ..DocMatch::none(d.doc)
    };
    let Some(within) = within else {
        return counts.iter().map(found).collect();
    };
    let mut matches = Vec::with_capacity(within.len().min(counts.len()));
    let mut at = 0;
    for doc in within {
        // The two are often of very different lengths.
        at = gallop(at, counts.len(), |at| counts[at].doc <= *doc);
        matches.extend(counts.get(at).filter(|count| count.doc == *doc).map(found));
    }
    matches
}

/// Keeps of `docs` those that are in `others`; both ascend.
pub fn intersect(docs: &mut Vec<u32>, others: &[u32]) {
    intersect_by(docs, others, |doc| *doc);
}

fn intersect_by<T>(items: &mut Vec<T>, others: &[u32], mut doc: impl FnMut(&T) -> u32) {
    let mut rest = others;
    items.retain(|item| contains(&mut rest, doc(item)));
}
