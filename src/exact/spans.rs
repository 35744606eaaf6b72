//! Places of more than plain phrases: patterns with openings, and phrases some of whose units are
//! struck out. Each is put together from the places of plain sequences of units.

use rustc_hash::FxHashSet;

use super::breaks::Break;
use super::matcher::{Comparison, DocMatch, Verdict, Within};
use super::reader::Reader;
use super::{Corrupt, MASK, UnitId};
use crate::analysis::pattern::{MAX_MASKS, MIN_LITERAL, STAR_UNITS, can_be_masked};
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
                let from = behind.partition_point(|next| next.start < low);
                let next = behind[from..].iter().take_while(|next| next.start < high);
                if let Some(next) = next.min_by_key(|next| next.end) {
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
        let starts = self.starts();
        let ranges = docs.iter().filter_map(|doc| {
            let pair = starts.get(*doc as usize..*doc as usize + 2)?;
            Some((pair[0], pair[1]))
        });
        let mut breaks = Vec::new();
        let list = self.breaks(kind)?;
        if list.n > 0 {
            list.decode_within(ranges, &mut breaks)?;
        }
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
        let mut ids = Vec::with_capacity(phrase.units().len());
        for unit in phrase.units() {
            ids.push(self.unit_id(unit.as_unit())?);
        }
        let masked = Masked {
            reader: self,
            ids,
            within,
        };
        let (lefts, rights, middles) = (masked.lefts()?, masked.rights()?, masked.middles()?);
        let mut spans = masked.join(&lefts, &rights, &middles);
        spans.sort_unstable_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
        let mut reached = 0;
        spans.retain(|span| {
            let outer = span.end > reached;
            reached = reached.max(span.end);
            outer
        });
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
struct Masked<'a> {
    reader: &'a Reader,
    /// Its units; `None` where no document has that unit.
    ids: Vec<Option<UnitId>>,
    within: Within<'a>,
}

/// A mask at a position, and how many units of the phrase stand right before it, or which is the
/// first of those right behind it to the end of the phrase.
type Side = (u32, usize);

/// Two masks at positions, with the units from one number up to another between them.
type Middle = (u32, u32, usize, usize);

impl Masked<'_> {
    /// Positions of a mask with these units right before and behind it.
    fn places(
        &self,
        before: &[UnitId],
        behind: &[UnitId],
        last: bool,
    ) -> Result<Vec<u32>, Corrupt> {
        let mut ids = before.to_vec();
        ids.push(MASK);
        ids.extend_from_slice(behind);
        if last {
            ids.push(MASK);
        }
        let mut places = self.reader.positions_of(&ids, self.within.docs)?;
        for place in &mut places {
            *place += before.len() as u32;
        }
        Ok(places)
    }

    /// Whether two units stand together anywhere.
    fn meet(&self, first: UnitId, second: UnitId) -> Result<bool, Corrupt> {
        Ok(self.reader.record(first)?.list(second)?.is_some())
    }

    fn known(&self, range: std::ops::Range<usize>) -> Option<Vec<UnitId>> {
        self.ids.get(range)?.iter().copied().collect()
    }

    /// Masks behind the first units of the phrase.
    fn lefts(&self) -> Result<Vec<Side>, Corrupt> {
        let mut sides = Vec::new();
        for n in 1..self.ids.len() {
            let Some(before) = self.known(0..n) else {
                break;
            };
            if self.meet(before[n - 1], MASK)? {
                let places = self.places(&before, &[], false)?;
                sides.extend(places.into_iter().map(|place| (place, n)));
            }
        }
        sides.sort_unstable();
        Ok(sides)
    }

    /// Masks before the last units of the phrase.
    fn rights(&self) -> Result<Vec<Side>, Corrupt> {
        let mut sides = Vec::new();
        for from in (1..self.ids.len()).rev() {
            let Some(behind) = self.known(from..self.ids.len()) else {
                break;
            };
            if self.meet(MASK, behind[0])? {
                let places = self.places(&[], &behind, false)?;
                sides.extend(places.into_iter().map(|place| (place, from)));
            }
        }
        sides.sort_unstable();
        Ok(sides)
    }

    /// Pairs of masks with units of the phrase between them, of which some are hidden on both sides.
    fn middles(&self) -> Result<Vec<Middle>, Corrupt> {
        let mut middles = Vec::new();
        let len = self.ids.len();
        if MAX_MASKS < 2 {
            return Ok(middles);
        }
        if self.meet(MASK, MASK)? {
            // Nothing between them: `**、*`.
            for first in self.reader.positions_of(&[MASK, MASK], self.within.docs)? {
                middles.extend((1..len).map(|at| (first, first + 1, at, at)));
            }
        }
        let mut ends = vec![false; len];
        for (unit, end) in self.ids.iter().zip(&mut ends) {
            *end = match unit {
                Some(unit) => self.meet(*unit, MASK)?,
                None => false,
            };
        }
        for from in 1..len.saturating_sub(1) {
            let Some(first) = self.ids[from] else {
                continue;
            };
            if !self.meet(MASK, first)? {
                continue;
            }
            for to in from + 1..len {
                let Some(between) = self.known(from..to) else {
                    break;
                };
                if ends[to - 1] {
                    let places = self.places(&[], &between, true)?;
                    let second = |place: u32| place + 1 + between.len() as u32;
                    middles.extend(places.into_iter().map(|p| (p, second(p), from, to)));
                }
            }
        }
        Ok(middles)
    }

    fn join(&self, lefts: &[Side], rights: &[Side], middles: &[Middle]) -> Vec<Span> {
        let len = self.ids.len();
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
        for &(place, n) in lefts {
            add(place, n, place, len, 0);
            for &(_, from) in at(rights, place).iter().filter(|(_, from)| *from > n) {
                add(place, n, place, from, 0);
            }
        }
        for &(place, from) in rights {
            add(place, 0, place, from, 0);
        }
        // Two.
        for &(first, second, from, to) in middles {
            let nothing = [(first, 0)];
            let before = at(lefts, first)
                .iter()
                .chain(&nothing)
                .filter(|side| side.1 < from);
            for &(_, n) in before {
                let none = [(second, len)];
                let behind = at(rights, second)
                    .iter()
                    .chain(&none)
                    .filter(|side| side.1 > to);
                for &(_, behind) in behind {
                    add(first, n, second, behind, to - from);
                }
            }
        }
        spans
    }
}

/// The sides of the mask at a position.
fn at(sides: &[Side], place: u32) -> &[Side] {
    let start = sides.partition_point(|side| side.0 < place);
    let n = sides[start..].partition_point(|side| side.0 == place);
    &sides[start..start + n]
}
