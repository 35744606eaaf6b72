//! A phrase with openings: `"中国*城"`, where a few units may stand, and `"以…作为…"`, where anything
//! may stand up to the end of the sentence. `masked.rs` also finds a phrase some of whose units are
//! struck out in a text.
//!
//! What is found in a text here is found in the index by `exact`; the two are written apart.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::phrase::Phrase;
use super::units::{OwnedUnit, collect};

mod masked;

pub use masked::{MIN_LITERAL, can_be_masked, retain_outermost};

/// What may stand between two parts of a pattern; never a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Link {
    /// A mask, or one to [`STAR_UNITS`] units: `*`.
    Star,
    /// Any units, or none: `…`.
    Gap,
}

/// Most units that a `*` stands for.
pub const STAR_UNITS: u32 = 6;

/// Parts that stand behind each other, with links between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern {
    /// At least one.
    parts: Vec<Phrase>,
    /// One less.
    links: Vec<Link>,
}

impl Pattern {
    /// The pattern of a query's text; `None` where it has no units. Links at its ends are dropped:
    /// nothing is asked about what stands around it. Masks alone are what they are.
    pub fn new(text: &str) -> Option<Self> {
        let (mut parts, mut links) = (Vec::new(), Vec::new());
        let mut waiting = None;
        let pieces = pieces(text);
        let has_units = |(_, piece): &(Option<Link>, &str)| Phrase::new(piece).is_some();
        let first = pieces.iter().position(has_units);
        let last = pieces.iter().rposition(has_units);
        for (n, (link, piece)) in pieces.into_iter().enumerate() {
            waiting = waiting.max(link);
            let inside =
                first.is_some_and(|first| first <= n) && last.is_some_and(|last| n <= last);
            let part = || Phrase::piece(piece, Some(n) > first, Some(n) < last);
            if let Some(part) = inside.then(part).flatten() {
                if !parts.is_empty() {
                    links.push(waiting.unwrap_or(Link::Gap));
                }
                parts.push(part);
                waiting = None;
            }
        }
        if parts.is_empty() {
            parts.push(Phrase::new(text)?);
        }
        Some(Self { parts, links })
    }

    /// The parts, at least one.
    pub fn parts(&self) -> &[Phrase] {
        &self.parts
    }

    /// What stands between each part and the next.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The only part, if there is but one.
    pub fn as_phrase(&self) -> Option<&Phrase> {
        match &self.parts[..] {
            [only] => Some(only),
            _ => None,
        }
    }
}

impl fmt::Display for Pattern {
    /// Writes the pattern as a query could hold it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, part) in self.parts.iter().enumerate() {
            match n.checked_sub(1).map(|before| self.links[before]) {
                None => {}
                Some(Link::Star) => f.write_str("*")?,
                Some(Link::Gap) => f.write_str("…")?,
            }
            f.write_str(part.text())?;
        }
        Ok(())
    }
}

impl From<Phrase> for Pattern {
    fn from(phrase: Phrase) -> Self {
        Self {
            parts: vec![phrase],
            links: Vec::new(),
        }
    }
}

/// Cuts a text at its links; each piece comes with the link before it.
fn pieces(text: &str) -> Vec<(Option<Link>, &str)> {
    let mut pieces = Vec::new();
    let (mut start, mut at, mut link) = (0, 0, None);
    while at < text.len() {
        let rest = &text[at..];
        let (next, len) = match rest.chars().next() {
            Some('*' | '＊') => {
                let signs = rest.len() - rest.trim_start_matches(['*', '＊']).len();
                (Some(Link::Star), signs)
            }
            Some('…') => (
                Some(Link::Gap),
                rest.len() - rest.trim_start_matches('…').len(),
            ),
            Some('.') if rest.starts_with("...") => (
                Some(Link::Gap),
                rest.len() - rest.trim_start_matches('.').len(),
            ),
            Some(c) => (None, c.len_utf8()),
            None => break,
        };
        if next.is_some() {
            pieces.push((link, &text[start..at]));
            link = next;
            start = at + len;
        }
        at += len;
    }
    pieces.push((link, &text[start..]));
    pieces
}

/// How well something found agrees with what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Agreement {
    /// The very characters.
    Exact,
    /// Equal after normalisation.
    Normalized,
    /// Equal if masks stand for what is missing.
    Masked,
}

/// A pattern found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Numbers of units.
    pub units: Range<usize>,
    /// How well it agrees.
    pub agreement: Agreement,
}

/// The units of a text, to look for patterns in.
pub struct TextUnits<'t> {
    text: &'t str,
    units: Vec<(OwnedUnit, Range<usize>)>,
    /// Of each unit its [`code`].
    codes: Vec<u32>,
    /// Numbers of those that are stops.
    stops: Vec<u32>,
    has_masks: bool,
    /// Places that were looked for: of many patterns parts are the same.
    known: RefCell<FxHashMap<Phrase, Rc<Vec<Occurrence>>>>,
}

/// Where a phrase begins, and how well it agrees there.
type Occurrence = (usize, Agreement);

/// Units that are looked at together.
const CHUNK: usize = 16;

/// A number by which most units are told apart: those that are equal have the same.
fn code(unit: &OwnedUnit) -> u32 {
    match unit {
        OwnedUnit::Stop => 0,
        OwnedUnit::Mask => 1,
        OwnedUnit::Han(c) => u32::from(*c),
        OwnedUnit::Run(run) => run.bytes().fold(u32::MAX, |all, byte| {
            (all.rotate_left(5) ^ u32::from(byte)) | 1 << 31
        }),
    }
}

impl<'t> TextUnits<'t> {
    /// Cuts a text into its units.
    pub fn new(text: &'t str) -> Self {
        let units = collect(text);
        let codes: Vec<u32> = units.iter().map(|(unit, _)| code(unit)).collect();
        let stop = code(&OwnedUnit::Stop);
        let numbered = codes.iter().zip(0..);
        let stops = numbered.filter(|(code, _)| **code == stop).map(|(_, n)| n);
        Self {
            text,
            stops: stops.collect(),
            has_masks: codes.contains(&code(&OwnedUnit::Mask)),
            units,
            codes,
            known: RefCell::default(),
        }
    }

    /// Number of units.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The bytes of the text that some units, at least one, were read from.
    pub fn bytes(&self, units: Range<usize>) -> Range<usize> {
        self.units[units.start].1.start..self.units[units.end - 1].1.end
    }

    /// Numbers of the units that were read from some bytes.
    pub fn units_of(&self, bytes: &Range<usize>) -> Range<usize> {
        let start = self
            .units
            .partition_point(|(_, range)| range.end <= bytes.start);
        let end = self
            .units
            .partition_point(|(_, range)| range.start < bytes.end);
        start..end.max(start)
    }

    /// Numbers of the units that are stops, and of those that end paragraphs.
    pub fn breaks(&self) -> (Vec<u32>, Vec<u32>) {
        let mut ends = self.stops.clone();
        ends.retain(|n| self.text[self.units[*n as usize].1.clone()].contains('\n'));
        (self.stops.clone(), ends)
    }

    /// Every place where the pattern begins and can be completed, with the nearest end; by start.
    pub fn find(&self, pattern: &Pattern) -> Vec<Found> {
        // Per part, from the last: where it begins, where the whole ends, how well it agrees.
        let mut behind: Option<Vec<(usize, usize, Agreement)>> = None;
        for (index, part) in pattern.parts.iter().enumerate().rev() {
            let mut found = Vec::new();
            for &(start, agreement) in self.places(part).iter() {
                let end = start + part.units().len();
                match &behind {
                    None => found.push((start, end, agreement)),
                    Some(behind) => {
                        let reach = self.reach(pattern.links[index], end);
                        // Ends ascend with starts, so the first has the nearest end.
                        let from = behind.partition_point(|next| next.0 < reach.start);
                        if let Some(next) = behind.get(from).filter(|next| next.0 < reach.end) {
                            found.push((start, next.1, agreement.max(next.2)));
                        }
                    }
                }
            }
            behind = Some(found);
        }
        let found = behind.unwrap_or_default().into_iter();
        found
            .map(|(start, end, agreement)| Found {
                units: start..end,
                agreement,
            })
            .collect()
    }

    /// Where the next part may begin behind a part that ends at `end`.
    fn reach(&self, link: Link, end: usize) -> Range<usize> {
        let stops = &self.stops;
        let stop = stops.get(stops.partition_point(|stop| (*stop as usize) < end));
        let stop = stop.map_or(self.units.len(), |stop| *stop as usize);
        match link {
            Link::Gap => end..stop + 1,
            Link::Star => end + 1..stop.min(end + STAR_UNITS as usize) + 1,
        }
    }

    fn places(&self, phrase: &Phrase) -> Rc<Vec<Occurrence>> {
        if let Some(known) = self.known.borrow().get(phrase) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.look_for(phrase));
        let mut known = self.known.borrow_mut();
        Rc::clone(known.entry(phrase.clone()).or_insert(found))
    }

    fn look_for(&self, phrase: &Phrase) -> Vec<Occurrence> {
        let units = phrase.units();
        let Some(first) = units.first().map(code) else {
            return Vec::new();
        };
        // Most chunks have none, which one look at all of a chunk tells.
        let chunks = self.codes.chunks(CHUNK).zip((0..).step_by(CHUNK));
        let starts = chunks
            .filter(|(codes, _)| codes.contains(&first))
            .flat_map(|(codes, at)| (at..).zip(codes))
            .filter(|(_, code)| **code == first);
        let windows = starts.filter_map(|(start, _)| {
            let window = self.units.get(start..start + units.len())?;
            Some((start, window))
        });
        let equal = windows.filter(|(_, window)| window.iter().map(|u| &u.0).eq(units));
        equal
            .map(|(start, window)| {
                let range = window[0].1.start..window[units.len() - 1].1.end;
                let exact = &self.text[range] == phrase.text();
                let agreement = if exact {
                    Agreement::Exact
                } else {
                    Agreement::Normalized
                };
                (start, agreement)
            })
            .collect()
    }

    /// Whether the unit of this number is a mask.
    pub fn is_mask(&self, at: usize) -> bool {
        let unit = self.units.get(at).map(|(unit, _)| unit);
        unit == Some(&OwnedUnit::Mask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, text: &str, expect: &[&str]) {
        let pattern = Pattern::new(pattern).expect("has units");
        let units = TextUnits::new(text);
        let found = units.find(&pattern);
        let found: Vec<&str> = found
            .iter()
            .map(|f| &text[units.bytes(f.units.clone())])
            .collect();
        assert_eq!(found, expect, "{pattern:?} in {text}");
    }

    #[test]
    fn a_star_is_a_mask_or_a_few_units() {
        check("中国*城", "中国*城，中国科技城", &["中国*城", "中国科技城"]);
        check("中国*城", "中国城", &[]);
        check("中国*城", "中国一二三四五六城", &["中国一二三四五六城"]);
        check("中国*城", "中国一二三四五六七城", &[]);
        check("中国*城", "中国。城", &[]);
        check("中国*城", "中国好。城", &[]);
        check("甲*乙*丙", "甲一乙乙二丙", &["甲一乙乙二丙"]);
        check("中国＊＊城*", "中国新城城", &["中国新城"]);
    }

    #[test]
    fn a_gap_ends_with_the_sentence() {
        check("以…作为…", "以园区建设作为主战场", &["以园区建设作为"]);
        check("以...作为", "以作为，以人。作为", &["以作为"]);
        check("以……作为…抓手", "以甲作为乙抓手、抓手", &["以甲作为乙抓手"]);
        check("以…作为", "以甲以乙作为", &["以甲以乙作为", "以乙作为"]);
    }

    #[test]
    fn a_stop_beside_an_opening_is_asked_for() {
        check(
            "步伐。*立市",
            "步伐。*立市，步伐*立市，步伐甲立市",
            &["步伐。*立市"],
        );
        check("丙。*丁", "甲乙丙。*丁，丙5G丁", &["丙。*丁"]);
        check("丙*。丁", "丙*。丁丙*丁", &["丙*。丁"]);
        check("甲*。*乙", "甲一。二乙，甲一二三乙", &["甲一。二乙"]);
        check("甲；…乙", "甲；丙乙，甲丙乙", &["甲；丙乙"]);
        // At the ends of the whole it says nothing.
        check("。甲*乙！", "甲一乙", &["甲一乙"]);
        check("。*甲", "甲", &["甲"]);
    }

    #[test]
    fn masks_alone_are_masks() {
        check("*", "四*省", &["*"]);
        assert_eq!(Pattern::new("，"), None);
        assert_eq!(Pattern::new("…"), None);
    }
}
