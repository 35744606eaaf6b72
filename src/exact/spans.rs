//! Places of patterns with openings, put together from the places of plain sequences of units.

use std::sync::Arc;

use super::borders::Borders;
use super::breaks::Break;
use super::comparison::{Comparison, Verdict};
use super::lookups::Lookups;
use super::matcher::{DocMatch, Within};
use super::reader::Reader;
use super::sets::{NumberSet, advanced, sort_distinct};
use super::{Corrupt, STOP, UnitId};
use crate::analysis::pattern::STAR_UNITS;
use crate::analysis::{Link, Pattern, Phrase};

/// A place where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its first position in the segment.
    pub start: u32,
    /// Behind its last.
    pub end: u32,
    /// How it is written.
    pub writing: SpanWriting,
}

/// How a place is written, as far as the index knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpanWriting {
    /// With the very characters that were asked for.
    Exact,
    /// Only the text can tell whether with the very characters.
    Undecided,
    /// Otherwise.
    Normalized,
    /// With masks for what is missing.
    Masked,
}

/// A part of a pattern.
pub(super) struct Sequence<'p> {
    /// Which of the different ones it is.
    pub(super) number: usize,
    pub(super) phrase: &'p Phrase,
    pub(super) ids: Vec<UnitId>,
    /// About how much has to be read to find it.
    cost: usize,
    positions: Arc<Vec<u32>>,
}

/// The different parts of a pattern, and the number of each of its parts.
type Sequences<'p> = (Vec<Sequence<'p>>, Vec<usize>);

/// Most places whose stretches are worth skipping to.
const FEW_STRETCHES: usize = 1 << 10;

/// More places of the rarest part are better joined sentence by sentence.
const COMMON: usize = if cfg!(test) { 2 } else { 1 << 12 };

/// Less than one document of so many is a few.
const FEW_DOCS: usize = 8;

impl Reader {
    /// Every place where `pattern` begins and can be completed, with the nearest end; by start.
    ///
    /// The rarest part is looked up first. Unless a part goes over the end of a sentence, all of them
    /// stand in one, so that of each other part only those places are kept that lie in a sentence
    /// which had all parts before; often nothing is left long before the commonest is looked at.
    pub fn spans(&self, pattern: &Pattern, within: Within<'_>) -> Result<Vec<Span>, Corrupt> {
        let Some((mut parts, order)) = self.sequences(pattern)? else {
            return Ok(Vec::new());
        };
        parts.sort_by_key(|part| part.cost);
        let has_stop = parts.iter().any(|part| part.ids.contains(&STOP));
        // Some pair of units stands nowhere where nothing has to be read.
        let Some(rarest) = parts.first_mut().filter(|part| part.cost > 0) else {
            return Ok(Vec::new());
        };
        rarest.positions = self.looked_up(&rarest.ids, within)?;
        if pattern.links().is_empty() {
            return self.spans_at(rarest.phrase, &rarest.positions);
        }
        let is_common = rarest.positions.len() > COMMON;
        if let Some(sentences) = within.sentences.filter(|_| is_common && !has_stop) {
            return self.joined_by_sentence(pattern, &parts, &order, sentences, within);
        }
        let own;
        let sentences = if let Some(sentences) = within.sentences {
            sentences
        } else {
            let docs = self.docs_at(&rarest.positions);
            own = self.borders(Some(Break::Sentence), Some(&docs))?;
            &own
        };
        if !self.narrowed(&mut parts, sentences, within)? {
            return Ok(Vec::new());
        }
        self.joined(pattern, &parts, &order, sentences, within)
    }

    /// The different parts of a pattern, and which each of its parts is; `None` where a unit of it
    /// stands nowhere.
    fn sequences<'p>(&self, pattern: &'p Pattern) -> Result<Option<Sequences<'p>>, Corrupt> {
        let (mut parts, mut order): (Vec<Sequence<'_>>, Vec<usize>) = Default::default();
        for phrase in pattern.parts() {
            if let Some(known) = parts.iter().position(|part| part.phrase == phrase) {
                order.push(known);
                continue;
            }
            let Some(ids) = self.ids(phrase)? else {
                return Ok(None);
            };
            let cost = match ids[..] {
                // Not the documents that a search for the unit would count: there may be many in each.
                [id] => self.record(id)?.n_bytes(),
                _ => self.estimate(phrase)?,
            };
            let number = parts.len();
            order.push(number);
            parts.push(Sequence {
                number,
                phrase,
                ids,
                cost,
                positions: Arc::default(),
            });
        }
        Ok(Some((parts, order)))
    }

    /// Where `phrase` begins, ascending.
    pub fn places_of(&self, phrase: &Phrase, within: Within<'_>) -> Result<Arc<Vec<u32>>, Corrupt> {
        match self.ids(phrase)? {
            Some(ids) => self.looked_up(&ids, within),
            None => Ok(Arc::default()),
        }
    }

    /// Start positions of a sequence of units; those in all documents are looked up but once.
    pub(super) fn looked_up(
        &self,
        ids: &[UnitId],
        within: Within<'_>,
    ) -> Result<Arc<Vec<u32>>, Corrupt> {
        if let Some(known) = within.lookups.and_then(|lookups| lookups.places(ids)) {
            return Ok(known);
        }
        // Where it spares little reading, all is read, and kept.
        let (mut ranges, mut docs) = (within.ranges, within.docs);
        if let &[id] = ids {
            ranges = ranges.filter(|ranges| self.pays(id, ranges.len()));
            docs = docs.filter(|docs| ranges.is_none() && self.pays(id, docs.len()));
        } else {
            docs = docs.filter(|docs| self.are_few(docs));
        }
        let within = Within {
            docs,
            ranges,
            ..within
        };
        let places = Arc::new(self.positions_within(ids, within)?);
        if let Some(lookups) = within.lookups
            && ranges.is_none()
            && docs.is_none()
        {
            lookups.keep(ids, &places);
        }
        Ok(places)
    }

    /// Whether so few documents matter that it is worth skipping others.
    pub fn are_few(&self, docs: &[u32]) -> bool {
        docs.len() < self.n_docs() as usize / FEW_DOCS
    }

    /// The places of `phrase` at some of these starts.
    pub fn spans_at(&self, phrase: &Phrase, starts: &[u32]) -> Result<Vec<Span>, Corrupt> {
        let surfaces = phrase.surfaces();
        let comparison = Comparison::new(self, &surfaces)?;
        let len = phrase.units().len() as u32;
        let span = |start: &u32| Span {
            start: *start,
            end: start + len,
            writing: comparison.verdict(*start).into(),
        };
        Ok(starts.iter().map(span).collect())
    }

    /// Counts the places of `phrase` at some of its starts by document.
    pub fn at_starts(&self, phrase: &Phrase, starts: &[u32]) -> Result<Vec<DocMatch>, Corrupt> {
        self.by_document(starts, &phrase.surfaces())
    }

    /// About how many places have to be looked at to find a pattern.
    pub fn n_places(&self, pattern: &Pattern) -> Result<usize, Corrupt> {
        let parts = self.sequences(pattern)?.map(|(parts, _)| parts);
        let costs = parts.into_iter().flatten().map(|part| part.cost);
        Ok(costs.min().unwrap_or(0))
    }

    /// Behind all positions.
    pub fn n_positions(&self) -> u32 {
        self.layout().n_positions as u32
    }

    /// Looks up all parts but the first, which is known already. `false`: one of them is nowhere beside
    /// the others.
    fn narrowed(
        &self,
        parts: &mut [Sequence<'_>],
        sentences: &Borders,
        within: Within<'_>,
    ) -> Result<bool, Corrupt> {
        if parts.iter().any(|part| part.ids.contains(&STOP)) {
            for part in &mut parts[1..] {
                part.positions = self.looked_up(&part.ids, within)?;
            }
            return Ok(!within.is_given_up());
        }
        let own = Lookups::default();
        // What is known of sentences goes by their numbers.
        let known = within.lookups.filter(|_| within.sentences.is_some());
        let known = known.unwrap_or(&own);
        let mut held: Option<NumberSet> = None;
        for n in 0..parts.len() {
            let few = match n.checked_sub(1).map(|before| &parts[before]) {
                Some(before) => self.few_stretches(before, sentences, held.as_ref()),
                None => None,
            };
            let part = &mut parts[n];
            if n > 0 {
                let ranges = few.as_deref();
                part.positions = self.looked_up(&part.ids, Within { ranges, ..within })?;
            }
            let here = known.grouped(&part.ids, &part.positions, sentences);
            match &mut held {
                Some(held) => held.intersect(&here.sentences),
                None => held = Some(here.sentences.clone()),
            }
            if held.as_ref().is_some_and(NumberSet::is_empty) || within.is_given_up() {
                return Ok(false);
            }
        }
        let Some(held) = held else {
            return Ok(false);
        };
        // The rarest tells which sentences are left; to these the lists of others are skipped through.
        let mut left: Option<Vec<(u32, u32)>> = None;
        for part in parts.iter_mut() {
            let few = left
                .as_ref()
                .filter(|left| left.len() * 16 < part.positions.len());
            let positions = if let Some(left) = few {
                inside(&part.positions, left)
            } else {
                let mut walk = sentences.walk();
                let holds = |position: &&u32| held.contains(walk.stretch(**position));
                part.positions.iter().filter(holds).copied().collect()
            };
            left = left.or_else(|| Some(self.around(&positions, sentences)));
            part.positions = Arc::new(positions);
        }
        Ok(true)
    }

    /// The stretches in which some positions, which ascend, lie.
    fn around(&self, positions: &[u32], borders: &Borders) -> Vec<(u32, u32)> {
        let mut stretches: Vec<(u32, u32)> = Vec::new();
        for &position in positions {
            if stretches.last().is_none_or(|last| last.1 <= position) {
                stretches.push(borders.around(position, self.n_positions()));
            }
        }
        stretches
    }

    /// The stretches in which parts are left, if these are so few that lists are better skipped through
    /// than read.
    fn few_stretches(
        &self,
        part: &Sequence<'_>,
        borders: &Borders,
        held: Option<&NumberSet>,
    ) -> Option<Vec<(u32, u32)>> {
        // Who is rare itself needs no counting.
        let held = held?;
        if part.positions.len() > FEW_STRETCHES && held.len() > FEW_STRETCHES {
            return None;
        }
        let range = |stretch| borders.range(stretch, self.n_positions());
        Some(held.to_vec().into_iter().map(range).collect())
    }

    /// The places at which all parts stand behind each other.
    fn joined(
        &self,
        pattern: &Pattern,
        parts: &[Sequence<'_>],
        order: &[usize],
        sentences: &Borders,
        within: Within<'_>,
    ) -> Result<Vec<Span>, Corrupt> {
        let part_of = |index: usize| parts.iter().find(|part| part.number == order[index]);
        // From the last part: where it begins, where the whole ends, how it is written.
        let mut behind: Option<Vec<Span>> = None;
        for index in (0..order.len()).rev() {
            let Some(part) = part_of(index).filter(|_| !within.is_given_up()) else {
                return Ok(Vec::new());
            };
            let len = part.ids.len() as u32;
            let Some(next) = behind else {
                behind = Some(self.spans_at(part.phrase, &part.positions)?);
                continue;
            };
            let surfaces = part.phrase.surfaces();
            let comparison = Comparison::new(self, &surfaces)?;
            let mut spans = Vec::with_capacity(part.positions.len().min(next.len()));
            let (mut from, mut stop) = (0, 0);
            for &start in part.positions.iter() {
                let end = start + len;
                // Of a sentence without end it is far away: it is looked for once.
                if stop < end {
                    stop = sentences.next(end);
                }
                let (low, high) = match pattern.links()[index] {
                    Link::Gap => (end, stop),
                    Link::Star => (end + 1, stop.min(end.saturating_add(STAR_UNITS))),
                };
                // Ends ascend with starts, so the first has the nearest end.
                while next.get(from).is_some_and(|next| next.start < low) {
                    from += 1;
                }
                match next.get(from) {
                    None => break,
                    Some(next) if next.start <= high => spans.push(Span {
                        start,
                        end: next.end,
                        writing: SpanWriting::from(comparison.verdict(start)).max(next.writing),
                    }),
                    Some(_) => {}
                }
            }
            behind = Some(spans);
        }
        Ok(behind.unwrap_or_default())
    }

    /// Start positions of a sequence of units, without those that are passed over.
    fn positions_within(&self, ids: &[UnitId], within: Within<'_>) -> Result<Vec<u32>, Corrupt> {
        let ranges = within.ranges;
        let &[id] = ids else {
            let docs = ranges.map(|ranges| {
                let starts: Vec<u32> = ranges.iter().map(|range| range.0).collect();
                self.docs_at(&starts)
            });
            let docs = docs.as_deref().or(within.docs);
            return self.positions_behind(ids, Within { docs, ..within });
        };
        let record = self.record(id)?;
        let mut positions = Vec::new();
        if let Some(ranges) = ranges {
            record.positions(Some(ranges), &mut positions)?;
            sort_distinct(&mut positions, self.layout().n_positions as usize);
        } else if let Some(docs) = within.docs {
            let ranges: Vec<(u32, u32)> = self.ranges(docs).collect();
            record.positions(Some(&ranges), &mut positions)?;
            sort_distinct(&mut positions, self.layout().n_positions as usize);
        } else {
            positions = record.sorted_positions()?;
        }
        self.pass_over(&mut positions, within);
        Ok(positions)
    }

    /// Whether to look for a unit in so many ranges costs less than to look for it everywhere.
    fn pays(&self, id: UnitId, n_ranges: usize) -> bool {
        let record = self.record(id);
        record.is_ok_and(|record| n_ranges * record.n_pairs() < record.n_bytes())
    }

    /// Leaves out positions at the start of documents that are passed over.
    pub(super) fn pass_over(&self, positions: &mut Vec<u32>, within: Within<'_>) {
        if let Some(skip) = within.skip {
            let (mut doc, mut first, mut end) = (0, 0, 0);
            positions.retain(|position| {
                if *position >= end {
                    doc = self.doc_of(*position, doc);
                    let start = self.starts()[doc as usize];
                    (first, end) = (
                        start.saturating_add(skip(doc)),
                        start + self.doc_len(doc) + 1,
                    );
                }
                *position >= first
            });
        }
    }

    /// The documents in which some positions, which ascend, lie.
    fn docs_at(&self, positions: &[u32]) -> Vec<u32> {
        let (mut docs, mut end) = (Vec::new(), 0);
        for &position in positions {
            if position >= end {
                let doc = self.doc_of(position, docs.last().copied().unwrap_or(0));
                end = self.starts().get(doc as usize + 1).copied().unwrap_or(end);
                docs.push(doc);
            }
        }
        docs
    }

    /// Where documents end, and, if asked for, sentences or paragraphs in them: of `docs`, which
    /// ascend, or of all.
    pub fn borders(&self, kind: Option<Break>, docs: Option<&[u32]>) -> Result<Borders, Corrupt> {
        let mut borders = Vec::new();
        if let Some(kind) = kind {
            let breaks = self.breaks(kind)?;
            match docs {
                Some(docs) => breaks.decode_within(self.ranges(docs), &mut borders)?,
                None => breaks.decode(&mut borders)?,
            }
        }
        // Those of a document, and of the one before it: nothing reaches from there into it.
        match docs {
            None => borders.extend(self.starts().iter().filter_map(|at| at.checked_sub(1))),
            Some(docs) => {
                for (start, end) in self.ranges(docs) {
                    borders.extend(start.checked_sub(1));
                    borders.push(end - 1);
                }
            }
        }
        Ok(Borders::new(borders, self.layout().n_positions as u32))
    }

    /// First position of a document, and the one behind its last unit.
    pub fn doc_range(&self, doc: u32) -> (u32, u32) {
        let start = self.starts().get(doc as usize).copied().unwrap_or(0);
        (start, start + self.doc_len(doc))
    }

    /// Counts places by document.
    pub fn count_spans(&self, spans: &[Span]) -> Vec<DocMatch> {
        let mut counts: Vec<DocMatch> = Vec::new();
        let mut doc = 0;
        for span in spans {
            doc = self.doc_of(span.start, doc);
            match counts.last_mut() {
                Some(last) if last.doc == doc => last.add(span.writing),
                _ => {
                    let mut first = DocMatch::none(doc);
                    first.add(span.writing);
                    counts.push(first);
                }
            }
        }
        counts
    }
}

/// Those of some positions that lie in ranges; both ascend.
fn inside(positions: &[u32], ranges: &[(u32, u32)]) -> Vec<u32> {
    let (mut inside, mut at) = (Vec::new(), 0);
    for (start, end) in ranges {
        at = advanced(positions, at, *start);
        let behind = advanced(positions, at, *end);
        inside.extend_from_slice(&positions[at..behind]);
        at = behind;
    }
    inside
}

impl From<Verdict> for SpanWriting {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Exact => Self::Exact,
            Verdict::Normalized => Self::Normalized,
            Verdict::Undecided => Self::Undecided,
        }
    }
}
