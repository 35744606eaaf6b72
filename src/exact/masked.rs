//! Places of phrases some of whose units are struck out.

use std::cell::OnceCell;

use super::lists::List;
use super::matcher::Within;
use super::reader::Reader;
use super::spans::{Span, SpanWriting};
use super::{Corrupt, MASK, UnitId};
use crate::analysis::Phrase;
use crate::analysis::pattern::{MIN_LITERAL, can_be_masked, retain_outermost};

impl Reader {
    /// Every place where `phrase` begins with some of its units under masks, with the farthest end;
    /// by start. What lies inside of another place is none of its own.
    pub fn masked_spans(&self, phrase: &Phrase, within: Within<'_>) -> Result<Vec<Span>, Corrupt> {
        if !can_be_masked(phrase) || !self.has_masks()? {
            return Ok(Vec::new());
        }
        let masked = Masked::new(self, phrase, within)?;
        if masked.is_nowhere()? {
            return Ok(Vec::new());
        }
        let mut spans = masked.spans()?;
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

    /// Whether any document has a mask.
    pub fn has_masks(&self) -> Result<bool, Corrupt> {
        Ok(!self.unit_docs(MASK)?.is_empty())
    }
}

/// Looks for a phrase some of whose units are under masks.
///
/// It goes out from masks: of the units that may stand beside one the rarer part is left after a
/// step or two, so that a phrase of a thousand units is looked for in about a thousand lists.
struct Masked<'a> {
    reader: &'a Reader,
    within: Within<'a>,
    ids: Vec<Option<UnitId>>,
    /// The list of each unit of the phrase with the next.
    pairs: Vec<Opened<'a>>,
    /// The list of each with a mask behind it.
    before_mask: Vec<Opened<'a>>,
    /// The list of a mask with each behind it.
    behind_mask: Vec<Opened<'a>>,
}

/// A list, if there is one, opened when it is first asked for.
type Opened<'a> = OnceCell<Option<List<'a>>>;

/// A mask at a position, and how many units of the phrase stand right before it, or which is the
/// first of those right behind it to the end of the phrase.
type Side = (u32, usize);

/// Two masks at positions, and which unit is the first behind those that stand between them.
type Middle = (u32, u32, usize);

/// More places are looked through now and then for such as lie inside of others.
const MANY: usize = 1 << 16;

impl<'a> Masked<'a> {
    fn new(reader: &'a Reader, phrase: &Phrase, within: Within<'a>) -> Result<Self, Corrupt> {
        let mut ids = Vec::with_capacity(phrase.units().len());
        for unit in phrase.units() {
            ids.push(reader.unit_id(unit.as_unit())?);
        }
        let unopened = || ids.iter().map(|_| OnceCell::new()).collect();
        Ok(Self {
            reader,
            within,
            pairs: unopened(),
            before_mask: unopened(),
            behind_mask: unopened(),
            ids,
        })
    }

    /// Whether no unit of the phrase stands beside any mask.
    fn is_nowhere(&self) -> Result<bool, Corrupt> {
        for id in self.ids.iter().flatten() {
            if self.reader.pair_places(*id, MASK)? > 0 || self.reader.pair_places(MASK, *id)? > 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn opened<'l>(
        &self,
        list: &'l Opened<'a>,
        first: Option<UnitId>,
        second: Option<UnitId>,
    ) -> Result<Option<&'l List<'a>>, Corrupt> {
        if list.get().is_none() {
            let opened = match (first, second) {
                (Some(first), Some(second)) => self.reader.list(first, second)?,
                _ => None,
            };
            let _ = list.set(opened);
        }
        Ok(list.get().and_then(Option::as_ref))
    }

    /// The list of the unit of this number with a mask behind it.
    fn before_mask(&self, number: usize) -> Result<Option<&List<'a>>, Corrupt> {
        self.opened(&self.before_mask[number], self.ids[number], Some(MASK))
    }

    /// The list of a mask with the unit of this number behind it.
    fn behind_mask(&self, number: usize) -> Result<Option<&List<'a>>, Corrupt> {
        self.opened(&self.behind_mask[number], Some(MASK), self.ids[number])
    }

    /// Keeps of `places` those `offset` behind which the unit of this number stands before the next.
    fn retain_pair(
        &self,
        places: &mut Vec<u32>,
        number: usize,
        offset: usize,
    ) -> Result<(), Corrupt> {
        if places.is_empty() {
            return Ok(());
        }
        let (first, second) = (self.ids[number], self.ids[number + 1]);
        let pair = self.opened(&self.pairs[number], first, second)?;
        retain(places, pair, offset)
    }

    /// Units of the phrase.
    fn len(&self) -> usize {
        self.ids.len()
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
            let mut starts = self.places(self.before_mask(n - 1)?)?;
            starts.retain(|place| *place >= back);
            for start in &mut starts {
                *start -= back;
            }
            for number in (0..n - 1).rev() {
                self.retain_pair(&mut starts, number, number)?;
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
            let mut masks = self.places(self.behind_mask(from)?)?;
            for number in from..self.len() - 1 {
                self.retain_pair(&mut masks, number, number - from + 1)?;
            }
            sides.extend(masks.into_iter().map(|mask| (mask, from)));
        }
        sides.sort_unstable();
        Ok(sides)
    }

    /// Pairs of masks with units of the phrase between them, which begin with the one numbered
    /// `from`; some are hidden on both sides.
    fn middles(&self, from: usize) -> Result<Vec<Middle>, Corrupt> {
        let mut middles = Vec::new();
        let mut masks = self.places(self.behind_mask(from)?)?;
        for to in from + 1..self.len() {
            if masks.is_empty() {
                break;
            }
            let n = to - from;
            let mut both = masks.clone();
            retain(&mut both, self.before_mask(to - 1)?, n)?;
            middles.extend(both.into_iter().map(|mask| (mask, mask + 1 + n as u32, to)));
            self.retain_pair(&mut masks, to - 1, n)?;
        }
        Ok(middles)
    }

    /// Of places that have the same masks and units between these, only the largest is made: others
    /// lie inside of it.
    fn spans(&self) -> Result<Vec<Span>, Corrupt> {
        let (lefts, rights) = (self.lefts()?, self.rights()?);
        let len = self.len();
        // The most units before a mask, if it hides the one with this number.
        let most_before = |mask: u32, hidden: usize| {
            let sides = at(&lefts, mask);
            let n = sides.partition_point(|side| side.1 <= hidden);
            n.checked_sub(1).map_or(0, |n| sides[n].1)
        };
        // The first unit behind a mask, if it hides the one before this.
        let first_behind = |mask: u32, from: usize| {
            let sides = at(&rights, mask);
            let n = sides.partition_point(|side| side.1 < from);
            sides.get(n).map_or(len, |side| side.1)
        };
        let mut spans = Vec::new();
        // One mask: it may stand at either end, or in between.
        let single = lefts.iter().copied();
        for (mask, n) in single.chain(rights.iter().map(|side| (side.0, 0))) {
            spans.extend(self.span(mask, n, mask, first_behind(mask, n + 1), 0));
        }
        // With nothing between them (`**、*`) each of two hides a unit at least.
        for first in self.reader.positions_of(&[MASK, MASK], self.within.docs)? {
            let ns = at(&lefts, first).iter().map(|side| side.1).chain([0]);
            for n in ns.filter(|n| n + 2 <= len) {
                let from = first_behind(first + 1, n + 2);
                spans.extend(self.span(first, n, first + 1, from, 0));
            }
        }
        let mut room = MANY;
        for from in 1..len {
            if self.within.is_given_up() {
                break;
            }
            for (first, second, to) in self.middles(from)? {
                let n = most_before(first, from - 1);
                let next = first_behind(second, to + 1);
                spans.extend(self.span(first, n, second, next, to - from));
            }
            // In a phrase that repeats itself much may be hidden in many ways.
            if spans.len() > room {
                retain_outermost(&mut spans, |span| (span.start, span.end));
                room = MANY.max(spans.len() * 2);
            }
        }
        Ok(spans)
    }

    /// A place from the first mask with some units before it to the last with those from `from` on
    /// behind it, if enough of the phrase is left.
    fn span(
        &self,
        first: u32,
        n_before: usize,
        last: u32,
        from: usize,
        n_between: usize,
    ) -> Option<Span> {
        let n_behind = self.len() - from;
        (n_before + n_between + n_behind >= MIN_LITERAL).then(|| Span {
            start: first - n_before as u32,
            end: last + 1 + n_behind as u32,
            writing: SpanWriting::Masked,
        })
    }
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
