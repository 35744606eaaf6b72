//! Places of more than plain phrases: patterns with openings, and phrases some of whose units are
//! struck out. Each is put together from the places of plain sequences of units.

use rustc_hash::FxHashSet;

use super::breaks::Break;
use super::comparison::{Comparison, Verdict};
use super::lists::List;
use super::matcher::{DocMatch, Within};
use super::reader::Reader;
use super::{Corrupt, MASK, UnitId};
use crate::analysis::pattern::{MIN_LITERAL, STAR_UNITS, can_be_masked};
use crate::analysis::surface::OTHER_GAP;
use crate::analysis::{Link, OwnedUnit, Pattern, Phrase, Surface, Unit};

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

impl Reader {
    /// Every place where `pattern` begins and can be completed, with the nearest end; by start.
    pub fn spans(&self, pattern: &Pattern, within: Within<'_>) -> Result<Vec<Span>, Corrupt> {
        let mut places = Vec::with_capacity(pattern.parts().len());
        for part in pattern.parts() {
            if within.is_given_up() {
                return Ok(Vec::new());
            }
            let Some(ids) = self.ids(part)? else {
                return Ok(Vec::new());
            };
            places.push(self.positions_behind(&ids, within)?);
        }
        let stops = match pattern.links() {
            [] => Vec::new(),
            _ => self.stops_near(&places)?,
        };
        // From the last part: where it begins, where the whole ends, how it is written.
        let mut behind: Option<Vec<Span>> = None;
        for (index, part) in pattern.parts().iter().enumerate().rev() {
            if within.is_given_up() {
                return Ok(Vec::new());
            }
            let surfaces = part.surfaces();
            let comparison = Comparison::new(self, &surfaces)?;
            let len = part.units().len() as u32;
            let mut spans = Vec::with_capacity(places[index].len());
            for &start in &places[index] {
                let end = start + len;
                let writing = || SpanWriting::from(comparison.verdict(start));
                let Some(behind) = &behind else {
                    let writing = writing();
                    spans.push(Span {
                        start,
                        end,
                        writing,
                    });
                    continue;
                };
                let (low, high) = self.reach(pattern.links()[index], end, &stops);
                // Ends ascend with starts, so the first has the nearest end.
                let from = behind.partition_point(|next| next.start < low);
                if let Some(next) = behind.get(from).filter(|next| next.start < high) {
                    spans.push(Span {
                        start,
                        end: next.end,
                        writing: writing().max(next.writing),
                    });
                }
            }
            behind = Some(spans);
        }
        Ok(behind.unwrap_or_default())
    }

    /// Where the next part may begin behind one that ends at `end`: from, and up to.
    fn reach(&self, link: Link, end: u32, stops: &[u32]) -> (u32, u32) {
        let doc = self.doc_of(end.saturating_sub(1), 0);
        // The position behind a document's last unit.
        let doc_end = self
            .starts()
            .get(doc as usize + 1)
            .map_or(end, |start| start - 1);
        let stop = stops
            .get(stops.partition_point(|stop| *stop < end))
            .copied();
        let stop = stop.unwrap_or(doc_end).min(doc_end);
        match link {
            Link::Gap => (end, stop + 1),
            Link::Star => (end + 1, stop.min(end.saturating_add(STAR_UNITS)) + 1),
        }
    }

    /// The stops of the documents in which the rarest of some lists of places lie.
    fn stops_near(&self, places: &[Vec<u32>]) -> Result<Vec<u32>, Corrupt> {
        let rarest = places.iter().min_by_key(|places| places.len());
        let mut docs = Vec::new();
        self.for_each_doc(rarest.map_or(&[], Vec::as_slice), |doc, _| {
            docs.push(doc);
            Ok(())
        })?;
        self.breaks_of(Break::Sentence, &docs)
    }

    /// Positions of the ends of sentences or paragraphs in some documents, which ascend.
    pub fn breaks_of(&self, kind: Break, docs: &[u32]) -> Result<Vec<u32>, Corrupt> {
        let mut breaks = Vec::new();
        self.breaks(kind)?
            .decode_within(self.ranges(docs), &mut breaks)?;
        Ok(breaks)
    }

    /// First position of a document, and the one behind its last unit.
    pub fn doc_range(&self, doc: u32) -> (u32, u32) {
        let start = self.starts().get(doc as usize).copied().unwrap_or(0);
        (start, start + self.doc_len(doc))
    }

    /// Every place where `phrase` begins with some of its units under masks, with the farthest end;
    /// by start. What lies inside of another place is none of its own.
    pub fn masked_spans(&self, phrase: &Phrase, within: Within<'_>) -> Result<Vec<Span>, Corrupt> {
        if !can_be_masked(phrase) || !self.has_masks()? {
            return Ok(Vec::new());
        }
        let mut spans = Masked::new(self, phrase, within)?.spans()?;
        retain_outermost(&mut spans, |span| (span.start, span.end));
        if let Some(skip) = within.skip {
            let mut doc = 0;
            spans.retain(|span| {
                doc = self.doc_of(span.start, doc);
                span.start - self.starts()[doc as usize] >= skip(doc)
            });
        }
        Ok(spans)
    }

    /// Leaves out spans of `pattern` right before or behind which, with nothing in between, one of
    /// these units stands: what was found is only a part of a larger number then.
    pub fn retain_between(
        &self,
        spans: &mut Vec<Span>,
        pattern: &Pattern,
        before: &[OwnedUnit],
        behind: &[OwnedUnit],
    ) -> Result<(), Corrupt> {
        if spans.is_empty() {
            return Ok(());
        }
        let ends = |pattern: &Pattern| {
            let first = pattern.parts().first()?.units().first()?.clone();
            Some((first, pattern.parts().last()?.units().last()?.clone()))
        };
        let Some((first, last)) = ends(pattern) else {
            return Ok(());
        };
        let mut touched: FxHashSet<u32> = FxHashSet::default();
        for unit in before {
            let starts = spans.iter().filter_map(|span| span.start.checked_sub(1));
            touched.extend(self.touching(unit.as_unit(), first.as_unit(), starts.collect())?);
        }
        spans.retain(|span| {
            !span
                .start
                .checked_sub(1)
                .is_some_and(|at| touched.contains(&at))
        });
        touched.clear();
        for unit in behind {
            let lasts = spans.iter().map(|span| span.end - 1);
            touched.extend(self.touching(last.as_unit(), unit.as_unit(), lasts.collect())?);
        }
        spans.retain(|span| !touched.contains(&(span.end - 1)));
        Ok(())
    }

    /// Those of `places` at which two units stand with nothing between them.
    fn touching(
        &self,
        first: Unit<'_>,
        second: Unit<'_>,
        mut places: Vec<u32>,
    ) -> Result<Vec<u32>, Corrupt> {
        let (Some(first), Some(second)) = (self.unit_id(first)?, self.unit_id(second)?) else {
            return Ok(Vec::new());
        };
        let Some(list) = self.record(first)?.list(second)? else {
            return Ok(Vec::new());
        };
        places.sort_unstable();
        places.dedup();
        list.retain(&mut places, 0)?;
        let surfaces = self.surfaces()?;
        places.retain(|place| {
            let code = surfaces.get(*place);
            // With something between them, whether or not the table says what.
            if code.code == OTHER_GAP {
                return false;
            }
            let surface = if let Some(surface) = Surface::from_code(code.code) {
                Some(surface)
            } else {
                let key = self.rarer().get(usize::from(code.number));
                key.and_then(|key| Surface::from_key(key))
            };
            surface.is_none_or(Surface::has_no_gap)
        });
        Ok(places)
    }

    /// Whether any document has a mask.
    pub fn has_masks(&self) -> Result<bool, Corrupt> {
        Ok(!self.unit_docs(MASK)?.is_empty())
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

impl From<Verdict> for SpanWriting {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Exact => Self::Exact,
            Verdict::Normalized => Self::Normalized,
            Verdict::Undecided => Self::Undecided,
        }
    }
}

/// Looks for a phrase some of whose units are under masks.
///
/// It goes out from masks: of the units that may stand beside one the rarer part is left after a
/// step or two, so that a phrase of a thousand units is looked for in about a thousand lists.
struct Masked<'a> {
    reader: &'a Reader,
    within: Within<'a>,
    /// The list of each unit of the phrase with the next.
    pairs: Vec<Option<List<'a>>>,
    /// The list of each with a mask behind it.
    before_mask: Vec<Option<List<'a>>>,
    /// The list of a mask with each behind it.
    behind_mask: Vec<Option<List<'a>>>,
}

/// A mask at a position, and how many units of the phrase stand right before it, or which is the
/// first of those right behind it to the end of the phrase.
type Side = (u32, usize);

/// Two masks at positions, with the units from one number up to another between them.
type Middle = (u32, u32, usize, usize);

impl<'a> Masked<'a> {
    fn new(reader: &'a Reader, phrase: &Phrase, within: Within<'a>) -> Result<Self, Corrupt> {
        let mut ids = Vec::with_capacity(phrase.units().len());
        for unit in phrase.units() {
            ids.push(reader.unit_id(unit.as_unit())?);
        }
        let list = |first: Option<UnitId>, second: Option<UnitId>| match (first, second) {
            (Some(first), Some(second)) => reader.record(first)?.list(second),
            _ => Ok(None),
        };
        let mut masked = Self {
            reader,
            within,
            pairs: Vec::with_capacity(ids.len()),
            before_mask: Vec::with_capacity(ids.len()),
            behind_mask: Vec::with_capacity(ids.len()),
        };
        for pair in ids.windows(2) {
            masked.pairs.push(list(pair[0], pair[1])?);
        }
        for id in ids {
            masked.before_mask.push(list(id, Some(MASK))?);
            masked.behind_mask.push(list(Some(MASK), id)?);
        }
        Ok(masked)
    }

    /// Units of the phrase.
    fn len(&self) -> usize {
        self.before_mask.len()
    }

    fn places(&self, list: Option<&List<'_>>) -> Result<Vec<u32>, Corrupt> {
        list.map_or(Ok(Vec::new()), |list| {
            self.reader.decoded(list, self.within.docs)
        })
    }

    /// Masks behind the first units of the phrase.
    fn lefts(&self) -> Result<Vec<Side>, Corrupt> {
        let mut sides = Vec::new();
        for n in 1..self.len() {
            if self.within.is_given_up() {
                break;
            }
            // From places of the last of these units to those of the first.
            let back = n as u32 - 1;
            let mut starts = self.places(self.before_mask[n - 1].as_ref())?;
            starts.retain(|place| *place >= back);
            for start in &mut starts {
                *start -= back;
            }
            for (offset, pair) in self.pairs[..n - 1].iter().enumerate().rev() {
                retain(&mut starts, pair.as_ref(), offset)?;
            }
            sides.extend(starts.into_iter().map(|start| (start + n as u32, n)));
        }
        sides.sort_unstable();
        Ok(sides)
    }

    /// Masks before the last units of the phrase.
    fn rights(&self) -> Result<Vec<Side>, Corrupt> {
        let mut sides = Vec::new();
        for from in 1..self.len() {
            if self.within.is_given_up() {
                break;
            }
            let mut masks = self.places(self.behind_mask[from].as_ref())?;
            for (offset, pair) in self.pairs[from..].iter().enumerate() {
                retain(&mut masks, pair.as_ref(), offset + 1)?;
            }
            sides.extend(masks.into_iter().map(|mask| (mask, from)));
        }
        sides.sort_unstable();
        Ok(sides)
    }

    /// Pairs of masks with units of the phrase between them, of which some are hidden on both sides.
    fn middles(&self) -> Result<Vec<Middle>, Corrupt> {
        let mut middles = Vec::new();
        for from in 1..self.len() {
            if self.within.is_given_up() {
                break;
            }
            let mut masks = self.places(self.behind_mask[from].as_ref())?;
            for to in from + 1..self.len() {
                if masks.is_empty() {
                    break;
                }
                let n = to - from;
                let mut both = masks.clone();
                retain(&mut both, self.before_mask[to - 1].as_ref(), n)?;
                let second = |first: u32| first + 1 + n as u32;
                middles.extend(both.into_iter().map(|m| (m, second(m), from, to)));
                retain(&mut masks, self.pairs[to - 1].as_ref(), n)?;
            }
        }
        Ok(middles)
    }

    fn spans(&self) -> Result<Vec<Span>, Corrupt> {
        let (lefts, rights) = (self.lefts()?, self.rights()?);
        let len = self.len();
        let mut spans = Vec::new();
        let mut add = |first: u32, n_before: usize, last: u32, from: usize, n_between: usize| {
            let n_behind = len - from;
            if n_before + n_between + n_behind >= MIN_LITERAL {
                spans.push(Span {
                    start: first - n_before as u32,
                    end: last + 1 + n_behind as u32,
                    writing: SpanWriting::Masked,
                });
            }
        };
        // One mask: it may stand at either end, or in between.
        for &(place, n) in &lefts {
            add(place, n, place, len, 0);
            for &(_, from) in at(&rights, place).iter().filter(|(_, from)| *from > n) {
                add(place, n, place, from, 0);
            }
        }
        for &(place, from) in &rights {
            add(place, 0, place, from, 0);
        }
        // Two: none of the phrase may stand before the first, or behind the second.
        let before = |mask: u32| at(&lefts, mask).iter().map(|side| side.1).chain([0]);
        let behind = |mask: u32| at(&rights, mask).iter().map(|side| side.1).chain([len]);
        for (first, second, from, to) in self.middles()? {
            for n in before(first).filter(|n| *n < from) {
                for next in behind(second).filter(|next| *next > to) {
                    add(first, n, second, next, to - from);
                }
            }
        }
        // With nothing between them (`**、*`) each hides a unit at least.
        for first in self.reader.positions_of(&[MASK, MASK], self.within.docs)? {
            for n in before(first) {
                for from in behind(first + 1).filter(|from| *from >= n + 2) {
                    add(first, n, first + 1, from, 0);
                }
            }
        }
        Ok(spans)
    }
}

/// Sorts places and leaves out those that lie inside of another: what is under masks is none of its
/// own there. `range` gives where a place begins and ends.
pub fn retain_outermost<T, N: Ord + Copy + Default>(
    places: &mut Vec<T>,
    range: impl Fn(&T) -> (N, N),
) {
    places.sort_by_key(|place| {
        let (start, end) = range(place);
        (start, std::cmp::Reverse(end))
    });
    let mut reached = N::default();
    places.retain(|place| {
        let end = range(place).1;
        let outer = end > reached;
        reached = reached.max(end);
        outer
    });
}

/// Keeps of `places` those that have a position of a list `offset` behind them.
fn retain(places: &mut Vec<u32>, list: Option<&List<'_>>, offset: usize) -> Result<(), Corrupt> {
    match list {
        Some(list) if !places.is_empty() => list.retain(places, offset as u32),
        _ => {
            places.clear();
            Ok(())
        }
    }
}

/// The sides of the mask at a position.
fn at(sides: &[Side], place: u32) -> &[Side] {
    let start = sides.partition_point(|side| side.0 < place);
    let n = sides[start..].partition_point(|side| side.0 == place);
    &sides[start..start + n]
}
